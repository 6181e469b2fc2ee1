# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures of the tests of tcp_health_listener."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _buffered_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the listener's output be buffered as it is by default, independent of the caller's environment."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
