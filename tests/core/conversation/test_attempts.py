# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The attempt that a result speaks from, and how soon it is there: the one that knows most, at most 1 s after it knows."""

from __future__ import annotations

from typing import Any

import pytest

from support.fake_network import FakeNetwork
from support.playing import check_of
from support.scripted import Name, Server, Way, accepts, fails, hear, icmp, is_silent, refuses
from tcp_health.model.causes import Cause, Phase
from tcp_health.model.outcome import Attempt, Failure, most_telling
from tcp_health.report.details import long_output
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


def evidence_of(result: Any) -> Any:
    """What is known of the reported failure."""
    return result.verdict.failing.evidence


def failed(cause: str, phase: str = Phase.CONNECT, number: int = 1) -> Attempt:
    return Attempt(number=number, failure=Failure(cause), phase=phase)


# The attempt with the most precise failure


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
    assert document["output"].endswith(" - 2 attempts, attempt 1 reported")


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
    assert result.outcome.elapsed <= after + 0.9 + 1e-3
    assert result.verdict.failing.failure.icmp.offender == LAST


def test_a_confirming_attempt_that_gets_no_answer_is_no_result() -> None:
    result, _ = result_of("-t 10", icmp(3, 13, offender=ROUTER), is_silent(), ways={HOST: Way(ROUTER)})
    assert [each.cause for each in result.outcome.attempts] == [Cause.PROHIBITED, Cause.TIMED_OUT]
    assert result.verdict.failing.number == 1
    assert result.outcome.elapsed <= 0.91 + 1e-3


def test_a_confirming_attempt_that_connects_has_the_whole_limit() -> None:
    result, _ = result_of("-t 10 -s x -e y", icmp(3, 1), accepts(hear(b"x"), 3.0, b"y"))
    assert result.state == 0


# As fast as the kernel knows


@pytest.mark.parametrize("limit", [2, 4, 5, 6, 10])
@pytest.mark.parametrize("control", [False, True], ids=["", "a silent control port"])
@pytest.mark.parametrize(
    "server",
    [
        refuses(),
        refuses(after=0.6),
        icmp(3, 13, offender=ROUTER),
        icmp(3, 0, after=0.7, offender=ROUTER),
        icmp(3, 1, after=OFF, offender=LAST),
        icmp(11, 0, after=1.0, offender=LAST),
        fails(Cause.NO_ROUTE, "Network is unreachable"),
    ],
    ids=repr,
)
def test_a_known_result_waits_a_second_at_most(server: Server, control: bool, limit: int) -> None:
    words = f"-t {limit} --control-port 22" if control else f"-t {limit}"
    result, _ = result_of(words, server, ways={HOST: Way(ROUTER, LAST)}, more={f"{HOST}[22]": is_silent()})
    known = server.after if server.kind != "fail" else 0.0
    if known > limit:
        assert result.outcome.elapsed == pytest.approx(limit)
        return
    assert server.failure is not None
    assert result.verdict.failing.cause == server.failure.cause
    assert result.outcome.elapsed <= known + 1.0 + 1e-3
    assert result.verdict.failing.time <= known + 1e-3
    if server.kind == "fail":
        assert result.outcome.elapsed == pytest.approx(0.0)


@pytest.mark.parametrize("retries", [1, 2])
def test_with_retries_each_attempt_ends_when_the_kernel_knows(retries: int) -> None:
    server = icmp(3, 1, after=OFF, offender=LAST)
    result, _ = result_of(
        f"-t 20 --retries {retries} --control-port 22", server, ways={HOST: Way(ROUTER, LAST)},
        more={f"{HOST}[22]": is_silent()},
    )  # fmt: skip
    assert [each.time for each in result.outcome.attempts] == pytest.approx([OFF] * (retries + 1))
    assert result.outcome.elapsed <= (retries + 1) * OFF + retries + 1.0


def test_a_silent_control_port_is_tested_beside_the_trace() -> None:
    network = FakeNetwork({HOST: refuses(), f"{HOST}[22]": is_silent()}, ways={HOST: Way(None, ROUTER, LAST)})
    result = evaluate(check_of(f"-H {HOST} -p 80 -t 10 --control-port 22"), network=network)
    [began] = [at for at, address, _ in network.syns if address.port == 22]
    assert began < 0.01
    assert result.outcome.elapsed <= 0.001 + 0.8 + 1e-3
    evidence = evidence_of(result)
    assert evidence.control.kind == "silent"
    assert evidence.path.end.ttl == 4
    assert evidence.ttl == 61


def test_a_trace_goes_on_after_the_answer_that_interrupted_it() -> None:
    """Hop 1 is silent: the trace needs half a second, and the RST comes meanwhile."""
    network = FakeNetwork(
        {HOST: [refuses(after=0.55), refuses()]}, ways={HOST: Way(None, ROUTER, LAST, hop=0.1)}
    )
    result = evaluate(check_of(f"-H {HOST} -p 80 -t 5"), network=network)
    evidence = evidence_of(result)
    assert result.outcome.elapsed <= 1.6
    assert [hop.address for hop in evidence.path.hops] == [None, ROUTER, LAST, HOST]


@pytest.mark.parametrize("limit", [5, 10])
def test_a_loop_ends_the_trace_at_once(limit: int) -> None:
    """A router answers six packets at once: a trace to the end would see the loop no more."""
    routers = (ROUTER, *[LAST, "10.0.3.1"] * 14)
    network = FakeNetwork({HOST: icmp(11, 0, after=1.0, offender=LAST)}, ways={HOST: Way(*routers)})
    result = evaluate(check_of(f"-H {HOST} -p 80 -t {limit}"), network=network)
    evidence = evidence_of(result)
    assert evidence.path.loop == (LAST, "10.0.3.1")
    assert max(special.ttl for _, _, special in network.syns if special is not None) <= 8
    assert max(at for at, _, special in network.syns if special is not None) < 1.0
    assert result.outcome.elapsed == pytest.approx(1.0, abs=0.01)


# The sender of a RST, and the control port


@pytest.mark.parametrize(
    ("rst", "other", "ttls"),
    [
        (Way(ROUTER, LAST), Way(ROUTER, LAST), (62, 62)),
        (Way(ROUTER, LAST, sender=1), Way(ROUTER, LAST), (64, 62)),
        (Way(ROUTER, LAST, start=255), Way(ROUTER, LAST), (253, 62)),
        (Way(ROUTER, LAST), Way(ROUTER, LAST, start=128), (62, 126)),
        (Way(ROUTER, LAST, sender=5), Way(ROUTER, LAST), (60, 62)),
        (Way(ROUTER, LAST), Way(ROUTER, LAST, sender=4), (62, 61)),
        (Way(ROUTER, LAST, sender=9), Way(ROUTER, LAST, sender=9), (None, None)),
    ],
    ids=["the host", "router 1", "RSTs with 255", "SYN-ACKs with 128", "translated", "control translated", "too far"],
)  # fmt: skip
def test_both_ttls_are_exact_wherever_the_answers_come_from(
    rst: Way, other: Way, ttls: tuple[int | None, int | None]
) -> None:
    network = FakeNetwork(
        {HOST: refuses(), f"{HOST}[22]": accepts()}, ways={f"{HOST}[80]": rst, f"{HOST}[22]": other}
    )
    result = evaluate(check_of(f"-H {HOST} -p 80 -t 5 --control-port 22"), network=network)
    evidence = evidence_of(result)
    assert (evidence.ttl, evidence.control.ttl) == ttls
    assert result.outcome.elapsed <= 1.001


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("-t 2", True),
        ("-t 6 --retries 1", True),
        ("-t 10 --attempt-timeout 1", True),
        ("-t 4", False),
        ("-t 10 --retries 1", False),
    ],
)
def test_an_attempt_that_is_too_short_for_an_unreachable_host_is_explained(words: str, shown: bool) -> None:
    result, _ = result_of(f"{words} --explain", is_silent())
    assert ("is reported as unreachable after 3.1 s" in " ".join(long_output(result))) is shown


@pytest.mark.parametrize("server", [refuses(), accepts(), accepts(hear(b"x"))], ids=repr)
def test_no_other_failure_is_called_too_short(server: Server) -> None:
    result, _ = result_of("-t 2 --explain -s x -e y", server)
    assert "is reported as unreachable" not in " ".join(long_output(result))


# Datagrams


@pytest.mark.parametrize(
    "server", [icmp(3, 13, offender=ROUTER), icmp(3, 0, offender=LAST), icmp(3, 1)], ids=repr
)
def test_a_datagram_has_the_icmp_message_that_answers_it(server: Server) -> None:
    result, network = result_of("-t 5 --network udp -s x -e y", server)
    assert server.failure is not None
    assert result.verdict.failing.failure == server.failure
    assert result.outcome.elapsed < 1.0
    assert all(special is None for _, _, special in network.syns)


# Several addresses


@pytest.mark.parametrize(
    ("first", "cause", "words"),
    [
        (is_silent(), "timed_out", "no answer before another address answered"),
        (refuses(), "refused", "Connection refused"),
        (icmp(3, 1, after=0.2, offender=LAST), "unreachable", "No route to host"),
    ],
    ids=repr,
)
def test_a_second_address_that_wins_shows_what_the_first_came_to(
    first: Server, cause: str, words: str
) -> None:
    network = FakeNetwork({HOST: first, "10.9.0.8": accepts()}, {"db": Name(HOST, "10.9.0.8")})
    result = evaluate(check_of("-H db -p 80 -t 5 -v"), network=network)
    assert result.state == 0
    [leg] = to_document(result)["attempts"][0]["addresses"]
    assert (leg["address"], leg["cause"], leg["error"]) == (HOST, cause, words)
    assert leg["retransmits"] in (None, 0)
    assert any(HOST in line and words in line for line in long_output(result))
    assert not network.open


def test_an_address_whose_turn_never_came_is_not_reported() -> None:
    network = FakeNetwork(default=accepts(), names={"db": Name(HOST, "10.9.0.8")})
    result = evaluate(check_of("-H db -p 80 -t 5"), network=network)
    assert to_document(result)["attempts"][0]["addresses"] == []
