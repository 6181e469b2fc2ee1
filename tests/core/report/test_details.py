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


def page_of(words: str) -> list[str]:
    """The page of --explain for a healthy check."""
    line = f"-H db -p 80 --explain {words}"
    return long_output(judged(f"--explain {words}", good()), in_force(read(line).values))


def test_the_page_begins_with_what_differs_from_the_defaults() -> None:
    page = page_of("--retries 3 -r warn -t 10 -E -s x --read data")
    end = page.index("Verdict")
    assert page[:end] == [
        "",
        "Settings that differ from the defaults",
        "  host=db",
        "  port=80",
        "  retries=3",
        "  escape=yes",
        "  send='x'",
        "  read=data",
        "  on_refused=warning",
        "",
    ]
    defaults = " ".join(page[page.index("Settings with their default values") + 1 :]).split()
    assert {"timeout=10.0", "on_timeout=critical", "trace=failure"} <= {*defaults}
    assert not [each for each in defaults if each.startswith(("explain", "retries", "host"))]


def test_a_derived_setting_differs_from_its_default() -> None:
    page = page_of("--count 5 --interval 2")
    assert "  timeout=20.0" in page[: page.index("Verdict")]


def test_the_page_fits_a_terminal_and_has_durations_in_fitting_units() -> None:
    page = page_of("")
    assert max(map(len, page)) <= 80
    assert "  after 0 us: attempt 1: 192.0.2.1 ok in 0.8 ms" in page

    page = long_output(judged("--explain", good().replace(connect=0.000412)), [])
    assert any("connect 0.4 ms" in line for line in page)


def test_the_host_is_shown_first_even_if_it_is_the_default() -> None:
    assert in_force(read("-H 127.0.0.1 -p 80").values)[:2] == ["host=127.0.0.1", "port=80"]


def test_an_accepted_failure_without_a_trace_has_its_evidence() -> None:
    """No fault lists it: the thresholds accept a part of the failures."""
    words = "-vv --trace never --count 2 --critical-failed 50"
    attempts = bad(Cause.REFUSED, error="Connection refused"), good(probe=1)
    result = judged(words, *attempts)
    assert result.fault is None
    assert "evidence: refused in the connect phase: Connection refused" in long_output(result)
    accepted = judged(f"{words} -r ok", *attempts)
    assert not [line for line in long_output(accepted) if line.startswith("evidence:")]
