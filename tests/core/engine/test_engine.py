# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine: many probes at once, each with its deadline, within the limit, pulled lazily."""

from __future__ import annotations

import time
from contextlib import closing
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from support.fake_network import FakeNetwork
from support.playing import check_of
from support.scripted import FLOOD, RESET, Name, accepts, drip, is_silent, refuses
from tcp_health.dialogue.steps import exchange
from tcp_health.engine.engine import run
from tcp_health.model.causes import Cause
from tcp_health.model.outcome import Outcome
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Target
from tcp_health.network.network import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcp_health.conversation import doors

ROOT = Path(__file__).parents[3]
A, B = "127.0.0.2", "127.0.0.3"


def probes(number: int, recipe: Recipe | None = None, host: str = A) -> list[Probe]:
    return [Probe(Target(host, 80), recipe or Recipe(), key) for key in range(number)]


def test_ten_thousand_silent_targets_take_no_real_time() -> None:
    network = FakeNetwork(default=is_silent())
    began = time.process_time()
    outcomes = list(run(probes(10_000), network=network, limit=10_000))
    assert (
        time.process_time() - began < 5.0
    )  # 0.3 s where nothing else runs; a second of real waiting is 10,000
    assert len(outcomes) == 10_000
    assert {outcome.attempts[0].cause for outcome in outcomes} == {Cause.TIMED_OUT}
    assert max(outcome.elapsed for outcome in outcomes) == pytest.approx(10.0)
    assert network.time - network.start == pytest.approx(10.0)


def test_the_limit_makes_probes_wait_for_each_other() -> None:
    network = FakeNetwork(default=is_silent())
    outcomes = list(run(probes(100), network=network, limit=10))
    assert network.most == 10
    assert network.time - network.start == pytest.approx(100.0)
    assert max(outcome.elapsed for outcome in outcomes) == pytest.approx(10.0), (
        "waiting for a place is not the probe's"
    )


@pytest.mark.parametrize("limit", [1, 3, 10])
@pytest.mark.parametrize("addresses", ["any", "all"])
def test_addresses_count_towards_the_limit(addresses: str, limit: int) -> None:
    hosts = [f"127.0.0.{number}" for number in range(10, 18)]
    network = FakeNetwork({host: accepts(0.1, b"x", after=0.6) for host in hosts}, {"db": Name(*hosts)})
    outcomes = list(
        run(
            probes(5, Recipe(addresses=addresses, dialogue=exchange(expect=[b"x"]), timeout=60), "db"),
            network=network,
            limit=limit,
        )
    )
    assert network.most <= limit
    assert [outcome.attempts[0].failure for outcome in outcomes] == [None] * 5
    if addresses == "all":
        assert {len(outcome.attempts[0].legs) for outcome in outcomes} == {8}


def test_an_address_without_a_free_place_is_a_local_failure() -> None:
    network = FakeNetwork({A: is_silent(), B: accepts()}, {"db": Name(A, B)})
    [outcome] = run(probes(1, Recipe(addresses="all", timeout=1), "db"), network=network, limit=1)
    assert [leg.cause for leg in outcome.attempts[0].legs] == [Cause.TIMED_OUT, Cause.LOCAL_LIMIT]


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="from 1"):
        next(run(probes(1), network=FakeNetwork(), limit=0))


def test_probes_are_pulled_lazily() -> None:
    pulled = []

    def endless() -> Iterator[Probe]:
        for key in count():
            pulled.append(key)
            yield Probe(Target(A, 80), Recipe(), key)

    outcomes = list(islice(run(endless(), network=FakeNetwork({A: accepts()}), limit=5), 20))
    assert len(outcomes) == 20
    assert len(pulled) <= 20 + 5 + 32, "no more than the limit and a burst beyond what was asked for"


def test_outcomes_come_as_they_end_and_carry_their_key() -> None:
    network = FakeNetwork({A: accepts(0.5, b"x"), B: accepts(0.1, b"x")})
    recipe = Recipe(dialogue=exchange(expect=[b"x"]))
    pair = [Probe(Target(A, 80), recipe, "slow"), Probe(Target(B, 80), recipe, "fast")]
    assert [outcome.key for outcome in run(pair, network=network)] == ["fast", "slow"]


def test_ending_early_closes_open_connections() -> None:
    network = FakeNetwork({A: accepts(), B: is_silent()})
    many = [Probe(Target(host, 80), Recipe()) for host in (A, B, B, B)]
    with closing(cast("Any", run(many, network=network))) as outcomes:
        next(outcomes)
        assert network.open
    assert not network.open


def test_ending_early_closes_the_connections_of_a_fork() -> None:
    network = FakeNetwork({A: is_silent(), B: is_silent(), "127.0.0.4": accepts()}, {"db": Name(A, B)})
    pair = [
        Probe(Target("db", 80), Recipe(addresses="all")),
        Probe(Target("127.0.0.4", 80), Recipe(dialogue=exchange(expect=[b"x"]), timeout=1)),
    ]
    with closing(cast("Any", run(pair, network=network))) as outcomes:
        next(outcomes)
        assert len(network.open) == 2
    assert not network.open


class Slowly:
    """A Source: one probe each second, three in total."""

    def __init__(self) -> None:
        self.begun: list[float] = []
        self.due: float | None = None

    def next(self, now: float) -> Probe | float | None:
        """Return the next probe when it is due."""
        if len(self.begun) == 3:
            return None
        if self.due is not None and now < self.due:
            return self.due
        self.begun.append(now)
        self.due = now + 1.0
        return Probe(Target(A, 80), Recipe())


def test_a_source_sets_the_pace() -> None:
    source, network = Slowly(), FakeNetwork({A: accepts()})
    assert len(list(run(source, network=network))) == 3
    assert [begun - network.start for begun in source.begun] == pytest.approx([0.0, 1.0, 2.0])


def test_the_outcome_has_the_time_without_a_poll() -> None:
    network = FakeNetwork({A: accepts(), B: accepts(2.0, b"x")})
    pair = [
        Probe(Target(A, 80), Recipe(), "first"),
        Probe(Target(B, 80), Recipe(dialogue=exchange(expect=[b"x"])), "second"),
    ]
    lags = {}
    for outcome in run(pair, network=network):
        lags[outcome.key] = outcome.lag
        network.time += 0.7  # the caller is slow to take the outcome
    assert lags["first"] < 0.01
    assert lags["second"] == pytest.approx(0.7)


class Stopped(FakeNetwork):
    """The process is stopped during its first poll, and continues 3 s too late."""

    def poll(self, timeout: float) -> tuple[float, list[doors.Handle]]:
        """Poll; return late if no event happened."""
        _, ready = super().poll(timeout)
        if not ready and timeout:
            self.time += 3.0
        return self.time, ready


def test_the_outcome_has_the_lag_of_a_stopped_process() -> None:
    (outcome,) = run(
        [Probe(Target(A, 80), Recipe(timeout=1.0, trace="never"))], network=Stopped({A: is_silent()})
    )
    assert outcome.lag == pytest.approx(3.0)


def test_an_attempt_is_reported_when_it_ends() -> None:
    network = FakeNetwork({A: refuses()})
    told: list[tuple[int, float]] = []
    recipe = Recipe(retries=2, retry_delay=1)
    list(
        run(
            probes(1, recipe),
            network=network,
            on_attempt=lambda _, each: told.append((each.number, network.time - network.start)),
        )
    )
    assert [number for number, _ in told] == [1, 2, 3]
    assert [when for _, when in told] == pytest.approx([0.001, 1.002, 2.003])


def test_an_endless_answer_does_not_hold_up_the_others() -> None:
    network = FakeNetwork({A: accepts(FLOOD), B: accepts(0.05, b"x")})
    pair = [
        Probe(Target(A, 80), Recipe(dialogue=exchange(read="eof"), timeout=5), "endless"),
        Probe(Target(B, 80), Recipe(dialogue=exchange(expect=[b"x"])), "other"),
    ]
    found = {outcome.key: outcome for outcome in run(pair, network=network)}
    assert found["other"].attempts[0].time < 0.06
    assert found["endless"].attempts[0].cause == Cause.TIMED_OUT
    assert len(found["endless"].attempts[0].received) <= 4096


@pytest.mark.parametrize("timeout", [0.0005, 0.0015, 0.07, 0.5])
@pytest.mark.parametrize(
    "words",
    [
        "-e x",
        "-S",
        "--read eof",
        "--retries 3 --retry-delay 0.01",
        "--count 7 --interval 0.05",
        "-d 0.06 -e x",
        "-q BYE",
    ],
)
def test_nothing_lasts_longer_than_the_timeout(words: str, timeout: float) -> None:
    for server in (
        accepts(),
        is_silent(),
        accepts(b"y", lingers=True),
        accepts(*drip(0.01, 100)),
        refuses(),
    ):
        network = FakeNetwork({A: server})
        check = check_of(f"-H {A} -p 80 -t {timeout} {words}")
        [outcome] = run([check.probe], network=network)
        assert outcome.elapsed <= timeout + 1e-9
        assert not network.open


def test_the_same_conversation_is_the_same_every_time() -> None:
    def once() -> tuple[Any, ...]:
        network = FakeNetwork({A: [accepts(RESET), accepts(0.1, b"220")]})
        [outcome] = run(
            [check_of(f"-H {A} -p 80 -e 220 --retries 3 --retry-jitter 1").probe], network=network
        )
        return outcome, network.journal

    assert once() == once()


def test_outcomes_and_connections_are_plain_values() -> None:
    assert isinstance(next(run(probes(1), network=FakeNetwork({A: accepts()}))), Outcome)
    assert {"rtt", "retransmits", "began"} <= set(Connection.__slots__)


def test_a_pulse_is_called_while_nothing_happens_and_ends_the_run() -> None:
    network = FakeNetwork(default=is_silent())
    called: list[float] = []

    def pulse(now: float) -> bool:
        called.append(now - network.start)
        return now - network.start >= 2.0

    assert list(run(probes(10), network=network, pulse=pulse)) == []
    assert max(later - first for first, later in zip(called, called[1:])) <= 0.25
    assert called[-1] == pytest.approx(2.0, abs=0.25)
    assert network.open == set()


def test_outcomes_that_end_together_leave_time_for_the_network() -> None:
    """A caller that is slow with each outcome must not keep the process from its other checks."""
    network = FakeNetwork(default=is_silent())
    polls = [network.polls for _ in run(probes(1000), network=network)]
    assert max(polls.count(each) for each in set(polls)) <= 16


def test_a_run_that_ends_early_hands_over_what_has_ended() -> None:
    network = FakeNetwork(default=is_silent())
    outcomes = list(run(probes(100), network=network, pulse=lambda now: now - network.start >= 10.0))
    assert len(outcomes) == 100
