# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order of the first line, and what is cut: field rows 19, 20, 21 and 24."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from scenarios import SCENARIOS
from support.command_line import built
from support.fake_network import FakeNetwork
from support.playing import on_fake
from support.reported import bad, first_line, good, judged
from support.scripted import END, RESET, accepts, refuses
from tcp_health.judgement.judge import judge
from tcp_health.model.causes import Cause, Phase
from tcp_health.model.outcome import Outcome
from tcp_health.model.result import Result
from tcp_health.report.details import explanation, long_output
from tcp_health.report.document import to_document
from tcp_health.report.sentence import FIRST_LINE, output
from tcp_health.runs.repeat import evaluate

if TYPE_CHECKING:
    from support.scenario import Scenario
    from support.scripted import Server

A = "127.0.0.2"
HTML = b"<html><head><title>Welcome</title></head><body>" + b"It works! " * 30 + b"</body></html>"
PHRASE = "0.500 second response time on db port 80"


def lines_of(words: str, server: Server, program: str = "check_tcp_health") -> list[str]:
    """The first lines of a check against a server of the fake network."""
    check = built(shlex.split(f"-H {A} -p 4000 {words}"), program)
    return output(evaluate(check, network=FakeNetwork({A: server})))


@pytest.mark.field(19)
def test_a_reason_comes_before_the_answer_and_the_answer_is_cut() -> None:
    slow = good(time=0.5, received=HTML, size=len(HTML))
    line = first_line("-e x -w 0.1", slow)
    assert line.startswith(f"TCP WARNING - {PHRASE} - time 0.500 s (warning 0.1) [‹html›‹head›")
    assert line.endswith("…]")
    assert len(line) == FIRST_LINE


@pytest.mark.field(19)
def test_a_reason_comes_before_the_captured_parts_of_an_answer() -> None:
    slow = good(time=0.5, captured=(("status", b"200"),), received=HTML, size=len(HTML))
    assert (
        first_line("-e x -w 0.1", slow) == f"TCP WARNING - {PHRASE} - time 0.500 s (warning 0.1) - status 200"
    )


@pytest.mark.field(19)
@pytest.mark.parametrize(
    "words", ["-e x -w 0.1", "-e x -w 0.1 -c 0.2 --warning-rtt 0.1ms", "-e x --warning-connect 0.1ms"]
)
def test_no_answer_and_no_name_moves_the_reason_out_of_a_text_message(words: str) -> None:
    for size in (0, 1, 9, 10, 11, *range(30, 250, 7)):
        for length in (1, 20, 60, 61, 100, 253):
            attempt = good(time=0.5, received=b"b" * size, size=size)
            host = "h" * length
            check = built(f"-H {host} -p 65535 {words}")
            first, *_ = output(Result(check, judge(Outcome(check.probe, (attempt,)), check.policy)))
            assert re.search(r"\((warning|critical) 0", first[:FIRST_LINE]), first
            assert "b]" not in first or first.endswith("b]")
            assert len(first) <= FIRST_LINE or "[" not in first, first


@pytest.mark.field(19)
def test_an_unexpected_answer_is_last_and_is_whole_on_the_second_line() -> None:
    first, second = lines_of("-e ready", accepts(HTML, END))
    assert first.startswith(
        f"TCP WARNING - Unexpected response from host/socket on {A} port 4000 - content: expected 'ready' [‹html›"
    )
    assert len(first) == FIRST_LINE
    assert second.startswith(
        "expected 'ready', received 361 bytes that do not contain it - received: ‹html›‹head›"
    )
    short = lines_of("-e ready", accepts(b"421 busy\r\n", END))
    assert short[0].endswith(" - content: expected 'ready' [421 busy]")
    assert "received: " not in short[1]


@pytest.mark.field(19)
def test_an_answer_of_which_little_fits_is_left_out() -> None:
    for length in range(1, 60):
        line = first_line(
            f"-e x --warning-connect 0.1ms --{'x' and 'service ftp'}", good(received=b"b" * 300, size=300)
        ).replace("db", "d" * length, 1)
        assert "[b" in line
    check = built(f"-H {'h' * 60} -p 65535 -e x -w 0.1ms --warning-connect 0.1ms")
    attempt = good(time=0.5, received=b"banner" * 50, size=300)
    first, *_ = output(Result(check, judge(Outcome(check.probe, (attempt,)), check.policy)))
    assert "[" not in first


@pytest.mark.field(19)
def test_under_a_name_of_check_tcp_its_phrase_stays_whole() -> None:
    check = built("-H db -p 80 -e x -w 0.1", "check_tcp")
    attempt = good(time=0.5, received=b"b" * 200, size=200)
    [first] = output(Result(check, judge(Outcome(check.probe, (attempt,)), check.policy)))
    assert first == f"TCP WARNING - {PHRASE} [{'b' * 200}] - time 0.500 s (warning 0.1)"
    first, *_ = lines_of("-e ready", accepts(b"421 busy\r\n", END), "check_tcp")
    assert first == "TCP WARNING - Unexpected response from host/socket: 421 busy - content: expected 'ready'"


COMMENTED = "--step '# the greeting' --step 'expect 220' --step '# is it a relay' --step 'expect 251' -t 5 --expect-timeout 0.1"


@pytest.mark.field(20)
@pytest.mark.parametrize(
    ("words", "script", "part"),
    [
        (COMMENTED, (b"220", b"250 no\r\n"), " - content: step 2 (is it a relay): expected '251' ["),
        (COMMENTED, (b"220",), ", step 2 (is it a relay)"),
        (COMMENTED, (), ", step 1 (the greeting)"),
        (COMMENTED, (b"220", END), " - firewall or server: closed in its answer, step 2 (is it a relay)"),
        (COMMENTED, (b"220", RESET), " - firewall or server: accepted, then reset, step 2 (is it a relay)"),
        ("--step 'expect 220' --step 'expect 251' -t 5", (b"220", END),
         " - firewall or server: closed in its answer, step 2"),
        ("--step '# the queue' --step 'reject full' --step 'expect 251'", (b"full\r\n", END),
         " - content: the queue [full]"),
        ("--step '# a number' --step 'expect-regex ^(a+)+$'", (b"a" * 3000 + b"b",), ", step 1 (a number)"),
        ("--service redis", (b"-LOADING Redis is loading\r\n",), " - content: it is loading its dataset [-LOADING"),
        ("-e 220 --expect-timeout 0.1", (b"421\r\n",), " - content: expected '220' [421]"),
    ],
)  # fmt: skip
def test_the_step_that_failed_and_its_comment_are_in_the_first_line(
    words: str, script: tuple[Any, ...], part: str
) -> None:
    first, *_ = lines_of(words, accepts(*script))
    assert part in first


@pytest.mark.field(20)
def test_a_long_comment_is_cut_before_what_was_expected() -> None:
    first, *_ = lines_of(
        f"--step '# {'long ' * 40}' --step 'expect 251' --expect-timeout 0.1", accepts(b"250\r\n")
    )
    assert "long…): expected '251'" in first
    assert len(first) <= FIRST_LINE


@pytest.mark.field(21)
def test_two_breached_thresholds_are_both_in_the_first_line_the_worst_first() -> None:
    attempt = good(time=0.5, rtt=0.0004, connect=0.0005)
    words = "-w 0.1 -c 1 --critical-connect 0.1ms"
    assert (
        first_line(words, attempt)
        == f"TCP CRITICAL - {PHRASE} - connect 500 us (critical 0.1ms), time 0.500 s (warning 0.1)"
    )
    line = first_line(f"{words} --warning-rtt 0.1ms", attempt)
    assert line.endswith(
        "connect 500 us (critical 0.1ms), time 0.500 s (warning 0.1), rtt 400 us (warning 0.1ms)"
    )
    assert len(line) <= FIRST_LINE


@pytest.mark.field(21)
def test_the_share_of_failed_probes_has_its_threshold_once() -> None:
    attempts = good(), bad(Cause.RESET, Phase.RECEIVE, probe=1)
    line = first_line("--count 2 --critical-failed 40% -e x -w 0.5ms", *attempts)
    assert " - 1 of 2 probes failed (reset) (critical 40%), time 847 us (warning 0.5ms)" in line


@pytest.mark.field(21)
def test_a_threshold_is_written_as_the_values_that_alert() -> None:
    assert "time 847 us (critical below 0.05)" in first_line("-c 0.05:", good())
    assert "time 847 us (warning outside 1ms to 2ms)" in first_line("-w 1ms:2ms", good())
    assert "time 847 us (warning above 0.5ms)" in first_line("-w ~:0.5ms", good())
    assert "time 847 us (warning @0:1)" in first_line("-w @0:1", good())


@pytest.mark.field(24)
@pytest.mark.parametrize(
    ("words", "server", "line"),
    [
        ("-r ok", refuses(), f"TCP OK - connect to address {A} and port 4000: Connection refused"),
        ("-e 220 -M ok", accepts(b"421\r\n", END), f"TCP OK - Unexpected response from host/socket on {A} port 4000 [421]"),
        ("-e 220 -t 1:ok --trace never", accepts(), "TCP OK - Socket timeout after 1 seconds - connected, no answer came"),
    ],
)  # fmt: skip
def test_an_ok_that_was_asked_for_has_no_fault(words: str, server: Server, line: str) -> None:
    check = built(shlex.split(f"-H {A} -p 4000 {words}"))
    result = evaluate(check, network=FakeNetwork({A: server}))
    assert output(result) == [line]
    assert result.fault is None
    assert to_document(result)["fault"] is None


@pytest.mark.field(24)
def test_no_line_has_an_exponent_or_a_representation_of_python() -> None:
    attempt = bad(Cause.REFUSED, error="Connection refused", rtt=3.4e-05, connect=1.2e-07, began=2_500_000.0)
    result = judged("-vvv -w 1000000 --retries 1", attempt, good(number=2, time=1_234_567.0))
    for line in (*output(result), *long_output(result), *explanation(result)):
        assert not re.search(r"\d[eE][-+]?\d", line), line
        assert not re.search(r"None|True|False|\w\(\w+=|b'|\(\)", line), line
    assert "time 1234567.000 s (warning 1000000)" in output(result)[0]
    [field] = [each for each in long_output(result) if "cause refused" in each]
    assert "began 2500000, address (family 4, text 192.0.2.1, port 80, scope 0), connect 0" in field
    assert "failure (cause refused, error Connection refused), phase connect" in field


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_the_first_line_of_every_scenario(scenario: Scenario) -> None:
    """Field rows 19, 21 and 24 hold in each: the domains and every breached threshold are there, an OK has no fault."""
    document = on_fake(scenario).document
    line = document["output"]
    assert not re.search(r"\d[eE][-+]\d", line)
    assert len(line) <= FIRST_LINE + 20, line
    if document["fault"] is None:
        assert document["state"] == "OK"
        return
    assert document["cause"] is None or document["state"] != "OK"
    *others, last = document["fault"]["domains"]
    assert f" - {', '.join(others) + ' or ' if others else ''}{last}: " in line
    for metric in document["metrics"]:
        if metric["state"] != "OK":
            assert f"({metric['state'].lower()} " in line.partition("[")[0] or "Certificate '" in line
