# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The attempt that a result speaks from, and how soon it is there: the one that knows most, at most 1 s after it knows."""

from __future__ import annotations

from typing import Any

import pytest

from support.fake_network import FakeNetwork
from support.playing import check_of
from support.scripted import Server, Way, accepts, hear, icmp, is_silent, refuses
from tcp_health.model.causes import Cause, Phase
from tcp_health.model.outcome import Attempt, Failure, most_telling
from tcp_health.report.document import to_document
from tcp_health.runs.repeat import evaluate

HOST, ROUTER, LAST = "10.9.0.7", "10.0.1.1", "10.0.2.1"
OFF = 3.05  # seconds of ARP before a router reports that a host is unreachable


def result_of(words: str, *servers: Server, **network: Any) -> tuple[Any, FakeNetwork]:
    """Play a check whose connects meet these servers in turn; the diagnosis meets the last of them."""
    fake = FakeNetwork({HOST: list(servers), **network.pop("more", {})}, **network)
    result = evaluate(check_of(f"-H {HOST} -p 80 {words}"), network=fake)
    assert not fake.open
    return result, fake


def failed(cause: str, phase: str = Phase.CONNECT, number: int = 1) -> Attempt:
    return Attempt(number=number, failure=Failure(cause), phase=phase)


# The attempt that tells most


@pytest.mark.parametrize(
    ("attempts", "wanted"),
    [
        ([failed(Cause.UNREACHABLE), failed(Cause.TIMED_OUT)], 0),
        ([failed(Cause.REFUSED), failed(Cause.TIMED_OUT), failed(Cause.RESOLVER_SILENT, Phase.RESOLVE)], 0),
        ([failed(Cause.TIMED_OUT), failed(Cause.REFUSED)], 1),
        ([failed(Cause.UNREACHABLE), failed(Cause.REFUSED)], 1),
        ([failed(Cause.MISMATCH, Phase.RECEIVE), failed(Cause.REFUSED)], 1),
        ([failed(Cause.MISMATCH, Phase.RECEIVE), failed(Cause.TIMED_OUT, Phase.RECEIVE)], 0),
        ([failed(Cause.UNREACHABLE), failed(Cause.TIMED_OUT, Phase.RECEIVE)], 1),
        ([failed(Cause.TIMED_OUT, Phase.RECEIVE), failed(Cause.TIMED_OUT)], 0),
        ([failed(Cause.TIMED_OUT), failed(Cause.TIMED_OUT)], 1),
        ([failed(Cause.TIMED_OUT), failed(Cause.LOCAL_LIMIT)], 0),
        ([failed(Cause.LOCAL_LIMIT), failed(Cause.TIMED_OUT)], 1),
        ([failed(Cause.REFUSED), Attempt()], 1),
    ],
)
def test_the_most_telling_attempt(attempts: list[Attempt], wanted: int) -> None:
    assert most_telling(attempts) is attempts[wanted]


@pytest.mark.parametrize("limit", ["5", "5:ok", "5:unknown"])
@pytest.mark.parametrize("first", [refuses(), icmp(3, 13, offender=ROUTER), icmp(3, 1)], ids=repr)
def test_a_later_timeout_hides_no_cause(limit: str, first: Server) -> None:
    result, _ = result_of(f"-t {limit} --retries 1", first, is_silent())
    assert result.state == 2
    assert first.failure is not None
    assert result.verdict.failing.cause == first.failure.cause
    assert result.verdict.failing.failure.icmp == first.failure.icmp
    assert result.verdict.failing.time == pytest.approx(first.after)
    document = to_document(result)
    assert [each["cause"] for each in document["attempts"]] == [first.failure.cause, "timed_out"]
    assert document["cause"] == first.failure.cause
    assert "2 attempts, attempt 1 reported" in " ".join(document["long_output"])


def test_the_evidence_of_every_attempt_is_kept() -> None:
    """The first attempt has the ICMP message, the second has traced the path while it waited."""
    result, _ = result_of(
        "-t 6 --retries 1 --control-port 22",
        icmp(3, 1, offender=LAST),
        is_silent(),
        ways={HOST: Way(ROUTER, LAST)},
        more={f"{HOST}[22]": accepts()},
    )
    failing = result.verdict.failing
    assert failing.number == 1
    assert failing.failure.icmp.offender == LAST
    assert [hop.address for hop in failing.evidence.path.hops] == [ROUTER, LAST]
    assert failing.evidence.control.kind == "open"


def test_a_timeout_after_the_connect_replaces_what_has_passed() -> None:
    result, _ = result_of("-t 4 -e 220", icmp(3, 0), accepts())
    assert (result.verdict.failing.phase, result.verdict.failing.number) == (Phase.RECEIVE, 2)


# The confirming attempt


@pytest.mark.parametrize("after", [0.001, 0.3, 0.9])
def test_what_failed_within_a_second_is_confirmed(after: float) -> None:
    result, _ = result_of("-t 10", icmp(3, 1, after=after), refuses())
    assert len(result.outcome.attempts) == 2
    assert result.verdict.failing.cause == Cause.REFUSED


@pytest.mark.parametrize("after", [1.0, OFF])
@pytest.mark.parametrize("limit", [4, 5, 6, 10])
def test_a_host_that_is_off_is_reported_when_the_kernel_knows(after: float, limit: int) -> None:
    server = icmp(3, 1, after=after, offender=LAST)
    result, _ = result_of(f"-t {limit}", server, ways={HOST: Way(ROUTER, LAST)})
    assert len(result.outcome.attempts) == 1
    assert result.outcome.elapsed <= after + 1.0
    assert result.verdict.failing.failure.icmp.offender == LAST


def test_a_confirming_attempt_that_gets_no_answer_is_no_result() -> None:
    result, _ = result_of("-t 10", icmp(3, 13, offender=ROUTER), is_silent(), ways={HOST: Way(ROUTER)})
    assert [each.cause for each in result.outcome.attempts] == [Cause.PROHIBITED, Cause.TIMED_OUT]
    assert result.verdict.failing.number == 1
    assert result.outcome.elapsed <= 1.01 + 1e-3


def test_a_confirming_attempt_that_connects_has_the_whole_limit() -> None:
    result, _ = result_of("-t 10 -s x -e y", icmp(3, 1), accepts(hear(b"x"), 3.0, b"y"))
    assert result.state == 0
