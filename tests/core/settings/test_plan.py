# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps that settings make, and settings that cannot be combined."""

from __future__ import annotations

import pytest

from support.steps import setting_of
from tcp_health.settings.table import SettingError


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--step", "send x", "--step", "speak"], "step: step 2: unknown step 'speak': must be one of"),
        (["--step", "send x", "--dialogue", "x"], "step: cannot be combined with --dialogue"),
        (["--step", "send x", "-s", "y"], "step: cannot be combined with --send: write it as a step"),
        (["--step", "send x", "-e", "y"], "step: cannot be combined with --expect: write it as a step"),
        (["--step", "send x", "--network", "udp"], "step: requires TCP"),
        (["--step", "# nothing"], "step: contains no step"),
        (
            ["--step", "starttls", "--starttls", "smtp"],
            "starttls: cannot be combined with a step that begins TLS",
        ),
    ],
)
def test_an_error_has_the_name_of_the_setting(words: list[str], sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        setting_of(*words)
    assert str(caught.value).startswith(sentence)
