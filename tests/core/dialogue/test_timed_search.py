# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A user's regular expression is stopped in time, leaves signals as they were, and the project's own ones need no limit."""

from __future__ import annotations

import random
import re
import signal
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from support.fake_network import FakeNetwork
from support.fuzz_dialogues import hostile
from support.loopback import Stage
from support.playing import check_of
from support.scripted import accepts, hear
from tcp_health.dialogue import timed_search
from tcp_health.model.dialogue import Hear
from tcp_health.network.network import Network
from tcp_health.report.document import to_document
from tcp_health.runs.repeat import evaluate
from tcp_health.services.starttls import STARTTLS
from tcp_health.services.table import SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

A = "127.0.0.2"

# One second of the process's own time is twenty times the limit of a match: a machine may be slow.
AT_ONCE = 1.0

# The kernel's timer counts whole ticks, which on a busy machine are more than the process has had: 27 ms were seen.
LEAST = 0.01

ENDLESS = re.compile(rb"^(x+)+$")
HOSTILE = b"x" * 100 + b"!"


@pytest.fixture(autouse=True)
def _signals_stay() -> Iterator[None]:
    """After each test, the signal handlers are unchanged, and no timer runs."""
    before = signal.getsignal(signal.SIGVTALRM), signal.getsignal(signal.SIGALRM)
    yield
    assert (signal.getsignal(signal.SIGVTALRM), signal.getsignal(signal.SIGALRM)) == before
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def stopped(expression: re.Pattern[bytes], data: bytes) -> float:
    """The processor time until it is stopped."""
    began = time.process_time()
    with pytest.raises(timed_search.StoppedError, match=r"^the regular expression took longer than 50 ms$"):
        timed_search.search(expression, data)
    return time.process_time() - began


def test_a_match_is_returned_unchanged() -> None:
    expression = re.compile(rb"role:(?P<role>\w+)")
    found = timed_search.search(expression, b"# Replication\r\nrole:master\r\n")
    assert found is not None
    assert found["role"] == b"master"
    assert timed_search.search(expression, b"nothing") is None


@pytest.mark.parametrize(
    ("source", "data"),
    [
        (rb"^(x+)+$", HOSTILE),
        (rb"(x|xx)+y", b"x" * 100),
        (rb"(.*)*=", b"x" * 5000),
        (rb"(?:x*){30}y", b"x" * 1000),
        (rb"(x*)\1\1\1!", b"x" * 65536),
    ],
)
def test_a_match_that_takes_forever_is_stopped(source: bytes, data: bytes) -> None:
    assert LEAST < stopped(re.compile(source), data) < AT_ONCE


@pytest.mark.parametrize(
    ("source", "piece"),
    [
        (rb"[\w\s]*!", b"x "),
        (rb"[\w\s]*?[\w\s]*!", b"x "),
        (rb"(?=[\w\s]*!)", b"x "),
        (rb"(?:x|y)*z", b"x"),
        (rb"x*y", b"x"),
        (rb"(?s).*!", b"x"),
    ],
)
def test_a_match_that_checks_for_no_signals_is_stopped_too(source: bytes, piece: bytes) -> None:
    """Each of these took 0.2 to 12 s with 64 KiB, far longer than the timer: Python rarely checks for signals."""
    expression = re.compile(source)
    began = time.process_time()
    with suppress(timed_search.StoppedError):
        assert timed_search.search(expression, piece * (65536 // len(piece))) is None
    assert time.process_time() - began < AT_ONCE / 2


def test_bytes_beyond_the_bound_are_not_searched() -> None:
    assert timed_search.search(re.compile(b"y"), b"x" * (timed_search.MOST - 1) + b"y") is not None
    assert timed_search.search(re.compile(b"y"), b"x" * timed_search.MOST + b"y") is None


def test_time_without_the_processor_does_not_count_as_a_long_match() -> None:
    """On a busy machine a match that needs a few milliseconds of processor time may take 50 ms of wall time."""
    waits: list[int] = []

    def wait(*_: Any) -> None:
        waits.append(1)
        time.sleep(0.12)

    before = signal.signal(signal.SIGPROF, wait)
    try:
        for size in range(8, 30):  # each takes twice as long as the previous one
            signal.setitimer(signal.ITIMER_PROF, 0.004)
            assert timed_search.search(ENDLESS, b"x" * size + b"!") is None
            if waits:
                break
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    assert waits


# Signals


def test_an_alarm_of_the_caller_goes_off_in_time_and_keeps_its_handler() -> None:
    rung: list[float] = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(time.monotonic()))
    began = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        stopped(ENDLESS, HOSTILE)
        assert len(rung) == 1
        assert 0.015 < rung[0] - began < AT_ONCE
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_an_exception_of_the_callers_alarm_ends_the_match() -> None:
    def ring(*_: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    try:
        with pytest.raises(TimeoutError):
            timed_search.search(ENDLESS, HOSTILE)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_timer_that_was_running_goes_on_and_loses_no_more_than_passed() -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGVTALRM, lambda number, _: rung.append(number))
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, 100, 7)
        for _ in range(50):
            timed_search.search(re.compile(b"y"), b"x")
        rest, interval = signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        assert 99 < rest < 101  # in ticks of the kernel; if each match counted as 50 ms, it would be 97.5
        assert interval == 7
        assert not rung
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_a_timer_that_would_have_gone_off_meanwhile_does_so_late() -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGVTALRM, lambda number, _: rung.append(number))
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.02)
        stopped(ENDLESS, HOSTILE)
        until = time.process_time() + AT_ONCE
        while not rung and time.process_time() < until:
            pass
        assert rung == [signal.SIGVTALRM]
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_a_match_within_a_match_leaves_the_outer_one_its_limit() -> None:
    found: list[Any] = []
    before = signal.signal(
        signal.SIGALRM, lambda *_: found.append(timed_search.search(re.compile(b"y"), b"xy"))
    )
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    try:
        assert stopped(ENDLESS, HOSTILE) < AT_ONCE
        assert len(found) == 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# Threads


def in_a_thread(work: Any) -> Any:
    """The return value or the exception of a function in a thread."""
    came: list[Any] = []

    def run() -> None:
        try:
            came.append(work())
        except Exception as problem:  # noqa: BLE001 - whatever comes is the result
            came.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    return came[0]


def test_outside_the_main_thread_it_is_refused_with_that_reason() -> None:
    problem = in_a_thread(lambda: timed_search.search(re.compile(b"x"), b"x"))
    assert isinstance(problem, timed_search.StoppedError)
    assert (
        str(problem)
        == "regular expressions can be matched in the main thread only, because their time limit needs a signal"
    )


def checked(words: str, *steps: Any, network: Any = None) -> dict[str, Any]:
    check = check_of(words)
    result = evaluate(check, network=network or FakeNetwork({A: accepts(*steps)}))
    return to_document(result)


EXPECTS = f"-H {A} -p 4000 --step 'expect-regex ^220 '"


def test_a_check_with_a_users_expression_in_a_thread_is_unknown_with_the_reason() -> None:
    document = in_a_thread(lambda: checked(EXPECTS, b"220 hello\r\n"))
    assert (document["state"], document["cause"]) == ("UNKNOWN", "expression_stopped")
    assert "main thread" in " ".join([document["output"], *document["long_output"]])
    assert checked(EXPECTS, b"220 hello\r\n")["state"] == "OK"


def test_a_services_own_expressions_are_matched_in_a_thread_too() -> None:
    steps = hear(b"PING\r\n"), b"+PONG\r\n", hear(b"\r\n"), b"$24\r\nrole:master\r\nslaves:0\r\n\r\n"
    document = in_a_thread(lambda: checked(f"-H {A} -p 4000 --service redis", *steps))
    assert document["state"] == "OK"


def test_a_hostile_answer_to_a_users_expression_makes_the_check_unknown_in_time() -> None:
    began = time.process_time()
    document = checked(f"-H {A} -p 4000 -t 3 --step 'expect-regex ^(x+)+$'", HOSTILE)
    assert (document["state"], document["cause"], document["phase"]) == (
        "UNKNOWN",
        "expression_stopped",
        "receive",
    )
    assert "the regular expression took longer than 50 ms" in " ".join(
        [document["output"], *document["long_output"]]
    )
    assert time.process_time() - began < AT_ONCE


def test_a_hostile_answer_over_a_real_socket_is_stopped_too() -> None:
    with Stage({A: accepts(HOSTILE)}) as stage:
        network = Network()
        try:
            words = f"-H {A} -p {stage.port} -t 3 --step 'reject-regex ^(x+)+$' --step 'expect never'"
            assert checked(words, network=network)["cause"] == "expression_stopped"
        finally:
            network.shut()


# Our own expressions


def own_expressions() -> list[tuple[str, bytes]]:
    """Every expression of a service or of an opening of TLS, with its name."""
    found = set()
    rows: list[tuple[str, Any]] = [*SERVICES.items(), *STARTTLS.items()]
    for name, row in rows:
        for step in row.steps:
            if isinstance(step, Hear):
                found |= {(name, each.data) for each in (*step.wanted, *(each for each, _ in step.unwanted))}
    return sorted(found)


@pytest.mark.once
def test_the_expressions_of_services_take_linear_time() -> None:
    """The slowest takes 15 ms for these 16 KiB; one with quadratic time takes seconds."""
    chance = random.Random(5)  # noqa: S311 - the same texts each time
    slow = []
    for name, source in own_expressions():
        expression = re.compile(source)
        for text in hostile(source, 16384, chance):
            began = time.process_time()
            expression.search(text)
            spent = time.process_time() - began
            if spent > 0.1:
                slow.append((name, source, text[:80], spent))
                break
    assert not slow
