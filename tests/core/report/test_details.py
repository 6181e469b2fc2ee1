# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines below the first: attempts, phases and the effective settings."""

from __future__ import annotations

from support.command_line import read
from support.reported import bad, good, judged
from tcp_health.model.causes import Cause
from tcp_health.report.details import attempt_line, long_output
from tcp_health.settings.build import in_force


def test_v_shows_the_attempts_vv_the_phases_and_vvv_everything() -> None:
    attempts = (bad(Cause.REFUSED, error="Connection refused"), good(number=2))
    sizes = []
    for level in ("", "-v", "-vv", "-vvv"):
        result = judged(f"--retries 1 {level}", *attempts)
        sizes.append(len(long_output(result)))
    assert sizes[0] == 0
    assert sizes[1] == 2
    assert sizes[1] < sizes[2] < sizes[3]


def test_the_line_of_an_attempt_has_its_result_and_time() -> None:
    assert attempt_line(good()) == "attempt 1: 192.0.2.1 ok in 0.000847 s"
    assert (
        attempt_line(bad(Cause.REFUSED, error="Connection refused", probe=2, number=3), 5)
        == "probe 3, attempt 3: 192.0.2.1 refused (Connection refused) after 0.100000 s, connect"
    )


def test_a_secret_free_setting_is_shown_in_force() -> None:
    words = "-vv -E -s 'a\\r\\n' -r warn"
    settings = in_force(read(f"-H db -p 80 {words}").values)
    result = judged(words, good())
    [line] = [line for line in long_output(result, settings) if line.startswith("settings:")]
    assert "on_refused=warning" in line
    assert "host=db" in line
