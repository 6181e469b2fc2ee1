# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policy that attempts are judged by: its valid values."""

from __future__ import annotations

import pytest

from tcp_health.model.verdict import Policy


def test_a_policy_has_no_other_states() -> None:
    with pytest.raises(ValueError, match="invalid state 4"):
        Policy(on_refused=4)
