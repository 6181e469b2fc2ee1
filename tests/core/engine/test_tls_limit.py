# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limit on handshakes at once: the order of waiting, what waiting is not counted as, and when a place becomes free."""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from support.fake_network import FakeNetwork
from support.minting import Authority
from support.playing import check_of
from support.scripted import HEAR, RESET, Name, Play, accepts
from support.tls_peers import GREETING, Notes, Session, context, greet
from tcp_health.engine.engine import run
from tcp_health.judgement.judge import judge
from tcp_health.model.causes import Cause, Phase
from tcp_health.model.outcome import Failure
from tcp_health.model.recipe import Probe
from tcp_health.model.result import Result
from tcp_health.model.target import Target
from tcp_health.model.verdict import UNKNOWN
from tcp_health.report.sentence import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from support.scripted import Performance, Server
    from tcp_health.model.outcome import Attempt, Outcome
    from tcp_health.model.recipe import Recipe

TRIP = 0.1
"""Seconds until a server answers a ClientHello."""

# The time of a handshake on the fake network: only the connect and the answer take time.
CONNECT = 0.001


class Watched(FakeNetwork):
    """The fake network, which counts the handshakes in flight from the servers' reports.

    shaking    unanswered ClientHellos
    together   the largest number of them at once
    hellos     the last number of each host's address, in order, and the time
    """

    def __init__(self, names: dict[str, Name] | None = None) -> None:
        super().__init__({}, names)
        self.shaking = self.together = 0
        self.hellos: list[tuple[int, float]] = []

    def serve(self, *servers: Callable[[Watched, int], Server]) -> list[str]:
        """Put each server at an address of its own; return the addresses."""
        hosts = [f"10.0.0.{number}" for number in range(1, len(servers) + 1)]
        for number, (host, server) in enumerate(zip(hosts, servers), 1):
            self.servers[host] = server(self, number)
        return hosts

    def begin(self, number: int) -> None:
        """A ClientHello has come."""
        self.hellos.append((number, round(self.time - self.start, 6)))
        self.shaking += 1
        self.together = max(self.together, self.shaking)

    def end(self) -> None:
        """It is answered, or the client has stopped waiting."""
        self.shaking -= 1


@lru_cache(maxsize=1)
def settings() -> Any:
    return context(Authority("Test CA").leaf())


def a_trip() -> Performance:
    """A pause, followed by an empty action: the fake network runs a play ahead to its next action before it waits."""
    yield TRIP
    yield 0.0


def shakes(network: Watched, number: int) -> Server:
    """A server that answers after a round trip, and greets."""

    def perform() -> Performance:
        session = Session(settings(), Notes())
        heard = yield HEAR
        network.begin(number)
        yield from a_trip()
        network.end()
        session.incoming.write(heard)
        if (yield from session.shake()):
            yield from greet(session)

    return accepts(Play("shakes", perform))


def hesitates(network: Watched, number: int) -> Server:
    """A server that answers after a round trip, and greets a few seconds later."""

    def perform() -> Performance:
        session = Session(settings(), Notes())
        heard = yield HEAR
        network.begin(number)
        yield from a_trip()
        network.end()
        session.incoming.write(heard)
        if (yield from session.shake()):
            yield 5.0
            yield from greet(session)

    return accepts(Play("hesitates", perform))


def drags(network: Watched, number: int) -> Server:
    """A server that answers a ClientHello byte by byte, and never finishes."""

    def perform() -> Performance:
        yield HEAR
        network.begin(number)
        yield b"\x16\x03\x03\x3f\xff"
        while True:
            yield 0.3
            yield b"\0"

    return accepts(Play("drags", perform))


def resets(network: Watched, number: int) -> Server:
    """A server that resets after a round trip."""

    def perform() -> Performance:
        yield HEAR
        network.begin(number)
        yield from a_trip()
        network.end()
        yield RESET

    return accepts(Play("resets", perform))


def plain(network: Watched, number: int) -> Server:
    """A server without TLS; the client notices it."""

    def perform() -> Performance:
        yield HEAR
        network.begin(number)
        yield from a_trip()
        network.end()
        yield b"220 no TLS here\r\n"

    return accepts(Play("plain", perform))


def recipe(words: str = "") -> Recipe:
    return check_of(f"-H h -p 443 --tls --no-verify --trace never {words}").probe.recipe


def swept(
    network: Watched, hosts: Sequence[str], *words: str, tls_limit: int, limit: int = 1000
) -> list[Outcome]:
    """The outcomes, in the order of the hosts; with words for all of them, or for each."""
    words = (words or ("",)) * (1 if len(words) > 1 else len(hosts))
    probes = [Probe(Target(host, 443), recipe(each), host) for host, each in zip(hosts, words)]
    found = {each.probe.key: each for each in run(probes, network=network, limit=limit, tls_limit=tls_limit)}
    assert not network.open
    assert set(found) == set(hosts)
    return [found[host] for host in hosts]


def finals(outcomes: Sequence[Outcome]) -> list[Attempt]:
    return [each.attempts[-1] for each in outcomes]


def causes(outcomes: Sequence[Outcome]) -> list[str]:
    return [each.failure.cause if each.failure is not None else "" for each in finals(outcomes)]


@pytest.mark.parametrize("limit", [1, 3, 64])
def test_no_more_handshakes_are_in_flight_than_the_limit(limit: int) -> None:
    network = Watched()
    outcomes = swept(network, network.serve(*[shakes] * 12), tls_limit=limit)
    assert network.together == min(limit, 12)
    assert causes(outcomes) == [""] * 12
    assert network.most == 12, "those who wait for their turn are connected already"


def test_handshakes_begin_in_the_order_of_their_connects() -> None:
    network = Watched()
    swept(network, network.serve(*[shakes] * 6), tls_limit=1)
    assert [number for number, _ in network.hellos] == [1, 2, 3, 4, 5, 6]
    times = [when for _, when in network.hellos]
    assert [later - earlier for earlier, later in zip(times, times[1:])] == pytest.approx([TRIP] * 5)


def test_waiting_for_a_place_is_not_counted() -> None:
    network = Watched()
    outcomes = swept(network, network.serve(*[shakes] * 5), tls_limit=1)
    for turn, (outcome, attempt) in enumerate(zip(outcomes, finals(outcomes))):
        assert attempt.tls == pytest.approx(TRIP)
        assert attempt.time == pytest.approx(CONNECT + TRIP)
        assert outcome.elapsed == pytest.approx(CONNECT + TRIP * (turn + 1)), "it waited all the same"


@pytest.mark.parametrize(("server", "cause"), [(resets, Cause.RESET), (plain, Cause.NOT_TLS)])
def test_a_handshake_that_fails_gives_its_place_back(
    server: Callable[[Watched, int], Server], cause: str
) -> None:
    network = Watched()
    outcomes = swept(network, network.serve(server, shakes, server, shakes), tls_limit=1)
    assert causes(outcomes) == [cause, "", cause, ""]
    assert network.together == 1
    assert network.time - network.start < 1.0


def test_a_handshake_that_lasts_until_its_deadline_gives_its_place_back() -> None:
    network = Watched()
    hosts = network.serve(drags, shakes, shakes)
    outcomes = swept(network, hosts, "-t 2", "", "", tls_limit=1)
    assert causes(outcomes) == [Cause.TIMED_OUT, "", ""]
    assert finals(outcomes)[0].phase == Phase.TLS
    assert network.hellos[1][1] == pytest.approx(2.0, abs=0.01)
    assert [attempt.tls for attempt in finals(outcomes)[1:]] == pytest.approx([TRIP] * 2)


def test_a_deadline_that_passes_while_waiting_is_a_local_failure_and_delays_no_other() -> None:
    network = Watched()
    hosts = network.serve(drags, shakes, shakes, shakes)
    outcomes = swept(network, hosts, "-t 5", "-t 2", "-t 10", "-t 3", tls_limit=1)
    assert causes(outcomes) == [Cause.TIMED_OUT, Cause.LOCAL_LIMIT, "", Cause.LOCAL_LIMIT]
    assert [each.elapsed for each in outcomes] == pytest.approx([5.0, 2.0, 5.0 + TRIP, 3.0], abs=0.01)
    assert [number for number, _ in network.hellos] == [1, 3], "whose time is up begins no handshake"
    assert {finals(outcomes)[place].phase for place in (1, 3)} == {Phase.TLS}


def silent(network: Watched, number: int) -> Server:
    """A server that never answers a ClientHello."""

    def perform() -> Performance:
        yield HEAR
        network.begin(number)
        while True:
            yield HEAR

    return accepts(Play("silent", perform))


def test_silence_holds_a_place_for_half_a_second() -> None:
    """As many silent servers as places must not cause a timeout for all the others."""
    network = Watched()
    outcomes = swept(network, network.serve(*[silent] * 3, *[shakes] * 3), *["-t 4"] * 6, tls_limit=1)
    assert causes(outcomes) == [Cause.TIMED_OUT] * 3 + [""] * 3
    assert [when for _, when in network.hellos] == pytest.approx(
        [CONNECT, 0.5, 1.0, 1.5, 1.5 + TRIP, 1.5 + 2 * TRIP], abs=0.01
    )
    assert [attempt.tls for attempt in finals(outcomes)[3:]] == pytest.approx([TRIP] * 3)


def opens_late(seconds: float, *, answers: bool) -> Callable[[Watched, int], Server]:
    """A mail server that greets after some time, begins TLS on request, and then answers a ClientHello or never does."""

    def make(network: Watched, number: int) -> Server:
        def perform() -> Performance:
            yield seconds
            for said in (b"220 late ESMTP\r\n", b"250-late\r\n250 STARTTLS\r\n", b"220 go\r\n"):
                yield said
                heard = yield HEAR
            network.begin(number)
            while not answers:
                yield HEAR
            yield from a_trip()
            network.end()
            session = Session(settings(), Notes())
            session.incoming.write(heard)
            yield from session.shake()
            while True:
                yield HEAR

        return accepts(Play("opens late", perform))

    return make


def test_silence_after_a_slow_greeting_holds_a_place_no_longer() -> None:
    """A keepalive probe that was sent while the client waited for the greeting is no reason to keep the place."""
    network = Watched()
    hosts = network.serve(opens_late(0.8, answers=False), opens_late(0.9, answers=True))
    outcomes = swept(network, hosts, "-t 4 --starttls smtp", "-t 6 --starttls smtp", tls_limit=1)
    assert causes(outcomes) == [Cause.TIMED_OUT, ""]
    assert [when for _, when in network.hellos] == pytest.approx([0.8, 1.3], abs=0.01)


def test_a_handshake_without_end_has_taken_the_whole_limit() -> None:
    """Waiting for a place is not counted, except for a check that ran into the limit."""
    network = Watched()
    outcomes = swept(network, network.serve(drags, silent), "-t 2", "-t 5", tls_limit=1)
    assert causes(outcomes) == [Cause.TIMED_OUT] * 2
    assert network.hellos[1][1] == pytest.approx(2.0, abs=0.01)
    assert [attempt.time for attempt in finals(outcomes)] == pytest.approx([2.0, 5.0], abs=0.01)


def test_no_place_until_the_deadline_is_reported_as_a_local_failure() -> None:
    network = Watched()
    hosts = network.serve(drags, shakes)
    check = check_of("-H h -p 443 --tls --no-verify --trace never -t 2")
    probes = [Probe(Target(host, 443), check.probe.recipe, host) for host in hosts]
    found = {each.probe.key: each for each in run(probes, network=network, tls_limit=1)}
    failure = found[hosts[1]].attempts[-1].failure
    assert failure == Failure(Cause.LOCAL_LIMIT, "timed out while waiting for other TLS handshakes to finish")
    verdict = judge(found[hosts[1]], check.policy)
    assert verdict.state == UNKNOWN
    assert (
        "timed out while waiting for other TLS handshakes to finish" in sentences(Result(check, verdict))[0]
    )


@pytest.mark.parametrize(("delay", "failed"), [(0, 2), (2, 1)], ids=["at once", "while the place is free"])
def test_a_retry_after_a_timeout_waits_again(delay: int, failed: int) -> None:
    network = Watched()
    hosts = network.serve(drags, shakes)
    outcomes = swept(
        network, hosts, "-t 2.5", f"-t 20 --attempt-timeout 1 --retries 9 --retry-delay {delay}", tls_limit=1
    )
    assert causes(outcomes) == [Cause.TIMED_OUT, ""]
    assert [number for number, _ in network.hellos] == [1, 2]
    assert [attempt.failure is None for attempt in outcomes[1].attempts] == [False] * failed + [True]


def test_abandoned_forks_give_their_places_back() -> None:
    """With --addresses all a deadline ends those that hang, and those that still wait, together."""
    network = Watched()
    hosts = network.serve(drags, drags, shakes, shakes)
    network.names = {"many": Name(*hosts[:3]), "late": Name(hosts[3], after=0.5)}
    outcomes = swept(network, ("many", "late"), "--addresses all -t 2", "-t 9", tls_limit=1)
    legs = outcomes[0].attempts[0].legs
    assert [leg.failure and leg.failure.cause for leg in legs] == [Cause.TIMED_OUT] + [Cause.LOCAL_LIMIT] * 2
    assert causes(outcomes)[1] == ""
    assert [number for number, _ in network.hellos] == [1, 4]
    assert network.hellos[1][1] == pytest.approx(2.0, abs=0.01)


def test_an_aborted_sweep_leaves_no_open_connection() -> None:
    network = Watched()
    hosts = network.serve(*[drags] * 3, shakes)
    outcomes = run(
        [Probe(Target(host, 443), recipe(), host) for host in reversed(hosts)], network=network, tls_limit=2
    )
    first = next(outcomes)
    assert first.probe.key == hosts[-1]
    assert len(network.open) == 3
    outcomes.close()
    assert not network.open


def test_a_second_connection_waits_for_its_turn_too() -> None:
    network = Watched()
    hosts = network.serve(*[shakes] * 4)
    distrustful = check_of("-H h -p 443 --tls --trace never").probe.recipe
    probes = [Probe(Target(host, 443), distrustful, host) for host in hosts]
    outcomes = list(run(probes, network=network, tls_limit=2))
    assert set(causes(outcomes)) == {Cause.CERTIFICATE_UNKNOWN_ISSUER}
    assert all(attempt.secured is not None and attempt.secured.second for attempt in finals(outcomes))
    assert len(network.hellos) == 8
    assert network.together == 2


def test_hundreds_of_handshakes_use_one_place() -> None:
    """No place is lost: some handshakes succeed and some fail, one after another."""
    network = Watched()
    kinds = (shakes, resets, plain)
    chosen = [kinds[number % 3] for number in range(240)]
    outcomes = swept(network, network.serve(*chosen), "-t 60", limit=50, tls_limit=1)
    counted = {cause: causes(outcomes).count(cause) for cause in ("", Cause.RESET, Cause.NOT_TLS)}
    assert counted == {"": 80, Cause.RESET: 80, Cause.NOT_TLS: 80}
    assert network.together == 1


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match=r"invalid tls_limit .*: must be a number from 1"):
        next(run([], network=FakeNetwork(), tls_limit=limit))


def test_a_long_session_holds_no_place() -> None:
    """The limit is for handshakes only: the conversation after them may take any time."""
    network = Watched()
    hosts = network.serve(*[hesitates] * 4)
    outcomes = swept(network, hosts, f"-e '{GREETING[:3].decode()}'", tls_limit=1)
    assert causes(outcomes) == [""] * 4
    assert [when for _, when in network.hellos] == pytest.approx([CONNECT + TRIP * each for each in range(4)])


def test_plain_checks_do_not_wait_for_handshakes() -> None:
    network = Watched()
    hosts = network.serve(drags, drags)
    network.servers["10.0.1.1"] = accepts(b"hello")
    hello = check_of("-H h -p 80 -e hello").probe.recipe
    numbers = count()
    probes = [Probe(Target(host, 443), recipe("-t 2"), next(numbers)) for host in hosts]
    probes.append(Probe(Target("10.0.1.1", 80), hello, next(numbers)))
    first = next(run(probes, network=network, tls_limit=1))
    assert first.probe.key == 2
    assert first.elapsed < 0.2
