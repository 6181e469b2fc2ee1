# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What other connections show about a silence: small segments, no data at all; and when none of them is made."""

from __future__ import annotations

from typing import Any

import pytest

from support.fake_network import FakeNetwork
from support.playing import check_of
from support.scripted import Local, Name, Server, accepts, hear
from tcp_health.model.evidence import Stall, TcpState
from tcp_health.model.local import Counters
from tcp_health.runs.repeat import evaluate
from tcp_health.services.table import SERVICES

HOST = "10.9.0.7"
TO_HOST = f"-H {HOST} -p 80 -t 6 "
ASK = "-s PING -e PONG"
ANSWER = b"PONG" + b"x" * 1000

TAKEN = TcpState(1, acked=5)
"""The request of 4 bytes was acknowledged."""

LOST = TcpState(1, acked=1, unacked=1, unanswered=3, retransmits=3)
DEAD = TcpState(1, acked=1, probes=1, heard=1.7, segments_in=1)
ALIVE = TcpState(1, acked=1, segments_in=3)


def stall_of(words: str, server: Any, **network: Any) -> tuple[Stall, FakeNetwork]:
    """Play a check against a server (or one for each connect in turn), and return what is known of its silence."""
    fake = FakeNetwork({HOST: server}, **network)
    result = evaluate(check_of(words), network=fake)
    assert not fake.open
    failing = result.verdict.failing
    assert failing is not None
    assert failing.evidence is not None
    assert failing.evidence.stall is not None
    return failing.evidence.stall, fake


def others(network: FakeNetwork) -> int:
    """The number of connects after the first."""
    return len(network.syns) - 1


def black_hole(after: float = 0.0) -> list[Server]:
    """Segments of the usual size never arrive."""
    hole = accepts(hear(b"PING"), state=TAKEN, small_steps=(hear(b"PING"), after, ANSWER))
    return [hole, hole]


# The answer is repeated in small segments


@pytest.mark.parametrize("after", [0.0, 0.3, 1.0])
def test_an_answer_that_comes_in_small_segments_only_is_lost_for_its_size(after: float) -> None:
    stall, network = stall_of(TO_HOST + ASK, black_hole(after))
    assert stall.small is True
    assert [special.segment if special is not None else 0 for _, _, special in network.syns] == [0, 536, 0]
    assert max(at for at, _, _ in network.syns) < 2.6


def test_a_service_that_hangs_answers_no_repeated_request() -> None:
    stall, network = stall_of(TO_HOST + ASK, accepts(state=TAKEN))
    assert stall.small is False
    assert others(network) == 1


def test_a_service_that_hung_once_is_no_black_hole() -> None:
    works = accepts(hear(b"PING"), ANSWER, state=TAKEN)
    stall, network = stall_of(TO_HOST + ASK, [accepts(state=TAKEN), works, works])
    assert stall.small is None
    assert others(network) == 2


def test_an_answer_that_fits_into_a_small_segment_is_not_lost_for_its_size() -> None:
    short = accepts(hear(b"PING"), state=TAKEN, small_steps=(hear(b"PING"), b"PONG"))
    stall, _ = stall_of(TO_HOST + ASK, short)
    assert stall.small is False


def test_a_part_of_an_answer_counts() -> None:
    """1000 bytes arrived. A repetition that brings no more than these proves nothing."""
    begins = accepts(hear(b"PING"), ANSWER, state=TAKEN)
    stall, _ = stall_of(TO_HOST + "-s PING --read eof", begins)
    assert stall.small is False
    whole = accepts(hear(b"PING"), ANSWER, state=TAKEN, small_steps=(hear(b"PING"), 2 * ANSWER))
    stall, _ = stall_of(TO_HOST + "-s PING --read eof", whole)
    assert stall.small is True


def test_a_late_answer_ends_the_tests() -> None:
    server = accepts(hear(b"PING"), 0.9, b"PONG", state=TAKEN)
    network = FakeNetwork({HOST: server})
    result = evaluate(check_of(TO_HOST + ASK), network=network)
    [attempt] = result.outcome.attempts
    assert attempt.failure is None
    assert attempt.first_byte == pytest.approx(0.9)
    assert result.outcome.elapsed < 1.1
    assert not network.open


def test_a_client_hello_is_repeated() -> None:
    """The server's certificate does not arrive."""
    hole = accepts(state=TcpState(1, acked=600), small_steps=(0.01, ANSWER))
    stall, _ = stall_of(TO_HOST + "-S", [hole, hole])
    assert stall.small is True


# A connection without data


@pytest.mark.parametrize("quiet", [ALIVE, DEAD], ids=["filter of contents", "everything lost"])
@pytest.mark.parametrize("words", [ASK, "-S", "--step 'send PING' --step 'expect PONG'"])
def test_a_lost_request_is_compared_with_a_connection_without_data(quiet: TcpState, words: str) -> None:
    stall, network = stall_of(TO_HOST + words, accepts(state=LOST, quiet=quiet))
    assert stall.quiet == quiet
    assert stall.small is None
    assert others(network) == 1
    assert [what for _, what, _ in network.journal].count("ask peer") == 2
    assert b"PINGPING" not in network.heard.get(HOST, b"")


@pytest.mark.parametrize("limit", [0.6, 1, 2])
def test_too_little_time_tells_nothing_about_it(limit: float) -> None:
    stall, _ = stall_of(f"-H {HOST} -p 80 -t {limit} {ASK}", accepts(state=LOST, quiet=DEAD))
    assert stall.quiet is None


# What is never done


@pytest.mark.parametrize(
    "words",
    [
        f"{ASK} --trace never",
        "-S --trace never",
        "--step 'send PING' --step 'expect PONG'",
        "-e 220",
        "--service mysql",
        "--service mysql -s PING -e PONG",
        "--service smtp",
    ],
)
def test_nothing_is_repeated_that_may_have_an_effect(words: str) -> None:
    stall, network = stall_of(TO_HOST + words, accepts(state=TAKEN.replace(acked=2000), quiet=ALIVE))
    assert (stall.small, stall.quiet) == (None, None)
    assert others(network) == 0


@pytest.mark.parametrize("words", ["--service mysql", f"{ASK} --trace never"])
def test_no_connection_is_broken_where_that_counts(words: str) -> None:
    stall, network = stall_of(TO_HOST + words, accepts(state=LOST, quiet=ALIVE))
    assert stall.quiet is None
    assert others(network) == 0


def test_a_row_of_the_services_may_be_repeated() -> None:
    stall, network = stall_of(TO_HOST + "--service redis", accepts(state=TcpState(1, acked=15)))
    assert stall.small is False
    assert network.heard[HOST] == 2 * b"*1\r\n$4\r\nPING\r\n"


def test_an_attempt_before_the_last_is_not_tested() -> None:
    _, network = stall_of(TO_HOST + ASK + " --retries 1 --retry-delay 0", accepts(state=TAKEN))
    assert [special is not None for _, _, special in network.syns] == [False, False, True]


@pytest.mark.parametrize("name", sorted(name for name, row in SERVICES.items() if row.idempotent))
def test_an_idempotent_row_sends_first_and_counts_no_broken_connection(name: str) -> None:
    row = SERVICES[name]
    assert row.send or not row.steps[0].reads
    assert not row.broken_counts


# This host


def test_answers_that_this_host_drops_are_counted_during_the_silence() -> None:
    local = Local(counters=lambda seconds: Counters(received=int(10 * seconds), delivered=0))
    fake = FakeNetwork({HOST: accepts(state=TAKEN)}, local=local)
    failing = evaluate(check_of(TO_HOST + ASK), network=fake).verdict.failing
    assert failing is not None
    assert failing.evidence is not None
    assert failing.evidence.counters is not None
    assert failing.evidence.counters.undelivered == 55


def test_an_answer_with_a_gap_is_known_when_it_does_not_match() -> None:
    """The first part came, the second is lost, the third lies out of order."""
    gap = TcpState(1, acked=5, out_of_order=832)
    stall, network = stall_of(TO_HOST + ASK, accepts(hear(b"PING"), b"LIST", state=gap))
    assert stall.tcp == gap
    assert network.time - network.start < 3


def test_a_path_that_was_traced_during_a_late_connect_stays_in_the_evidence() -> None:
    fake = FakeNetwork({HOST: accepts(after=3.0, state=TAKEN)}, {"db": Name(HOST)})
    failing = evaluate(check_of(TO_HOST + ASK), network=fake).verdict.failing
    assert failing is not None
    assert failing.evidence is not None
    assert failing.evidence.stall is not None


def test_a_request_that_was_never_taken_is_not_repeated() -> None:
    """The window is zero from the start: nothing but the SYN is acknowledged, and nothing is outstanding."""
    stall, network = stall_of(TO_HOST + ASK, accepts(state=TcpState(1, acked=1, window=0)))
    assert (stall.small, stall.quiet) == (None, None)
    assert others(network) == 0
