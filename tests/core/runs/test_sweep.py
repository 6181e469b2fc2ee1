# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A sweep: its pace on virtual time, its end, and the short path of healthy outcomes over the whole table of scenarios."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from scenarios import SCENARIOS
from support.command_line import built
from support.fake_network import FakeNetwork
from support.playing import check_of
from support.scripted import Name, accepts, is_silent, refuses
from tcp_health.judgement.healthy import is_healthy
from tcp_health.judgement.judge import judge
from tcp_health.model.result import Result
from tcp_health.model.verdict import CRITICAL, OK, UNKNOWN
from tcp_health.report.row import healthy_line, to_row
from tcp_health.runs.repeat import evaluate, fault_of
from tcp_health.runs.sweep import CATCH_UP, HELD, MOST_LAG, Pace, SweepSource, sweep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.scenario import Scenario
    from tcp_health.model.result import Check

A, B = "10.0.0.1", "10.0.0.2"


class Row:
    """A row of a list of targets."""

    def __init__(
        self, check: Check, place: str = "targets:1", labels: tuple[tuple[str, str], ...] = ()
    ) -> None:
        self.check = check
        self.place = place
        self.labels = labels
        self.host_name = check.probe.target.host or "localhost"
        self.name = "café 'x' \\ \x00"


def rows(count: int, host: str = A, words: str = "") -> Iterator[Row]:
    check = built(f"-H {host} -p 80 --trace never {words}")
    for number in range(count):
        yield Row(check, f"targets:{number}")


def starts(network: FakeNetwork) -> list[float]:
    return [when for when, what, _ in network.journal if what == "connect"]


@pytest.mark.parametrize("labels", [(), (("site", "fra"), ("téam", '"web"'))])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_the_short_path_gives_what_the_long_one_gives(
    scenario: Scenario, labels: tuple[tuple[str, str], ...]
) -> None:
    """A healthy outcome is OK without a fault, and its line has the data of the whole judgement."""
    folder = "/run/test"
    servers = {text.format(folder=folder): each for text, each in scenario.servers.items()}
    check = check_of(scenario.words, folder=folder)
    network = FakeNetwork(servers, scenario.names)
    outcome = evaluate(check, network=network).outcome
    if not is_healthy(outcome, check.policy):
        return
    verdict = judge(outcome, check.policy)
    assert (verdict.state, verdict.failing, fault_of(verdict)) == (OK, None, None)
    row = Row(check, labels=labels)
    line = healthy_line(row, outcome)
    long = to_row(row, Result(check, verdict))
    assert json.loads(line) == long
    assert list(json.loads(line)) == list(long)
    assert "\\n" not in line


def test_many_scenarios_take_the_short_path() -> None:
    short = 0
    for scenario in SCENARIOS:
        servers = {text.format(folder="/run/test"): each for text, each in scenario.servers.items()}
        check = check_of(scenario.words)
        outcome = evaluate(check, network=FakeNetwork(servers, scenario.names)).outcome
        short += is_healthy(outcome, check.policy)
    assert short > 50


def test_a_failure_has_its_result_and_a_healthy_check_has_none() -> None:
    network = FakeNetwork({A: accepts(), B: refuses()})
    source = SweepSource([*rows(1, A), *rows(1, B)], Pace())
    ended = [
        (row.check.probe.target.host, result and result.state)
        for row, _, result in sweep(source, network=network)
    ]
    assert ended == [(A, None), (B, CRITICAL)]


def test_a_check_with_wait_is_repeated_in_a_sweep() -> None:
    network = FakeNetwork({A: [refuses(), accepts()]})
    ((_, _, result),) = sweep(SweepSource(rows(1, words="--wait 5"), Pace()), network=network)
    assert result is not None
    assert (result.state, result.rounds.number) == (OK, 2)


def test_the_rate_is_kept() -> None:
    network = FakeNetwork({A: accepts()})
    list(sweep(SweepSource(rows(200), Pace(rate=100)), network=network))
    begun = starts(network)
    assert begun[-1] - begun[0] == pytest.approx(1.99, abs=0.02)
    for first, later in zip(begun, begun[20:]):
        assert later - first > 0.2 - CATCH_UP - 0.001


def test_the_rate_does_not_make_up_for_a_long_pause() -> None:
    network = FakeNetwork({A: accepts()})
    held = [True]
    source = SweepSource(rows(200), Pace(rate=100), hold=lambda: held[0])
    assert source.next(network.now()) == pytest.approx(network.now() + 0.05)
    held[0] = False
    network.time += 10
    list(sweep(source, network=network))
    begun = starts(network)
    assert begun[-1] - begun[0] > 2 - CATCH_UP - 0.02


@pytest.mark.parametrize("limit", [1, 3])
def test_a_host_has_at_most_so_many_checks_in_flight(limit: int) -> None:
    network = FakeNetwork({A: accepts(after=0.1), B: accepts(after=0.1)})
    both = [*rows(9, A), *rows(9, B)]
    ended = [
        row.check.probe.target.host
        for row, _, _ in sweep(SweepSource(both, Pace(per_host=limit)), network=network)
    ]
    assert sorted(map(str, ended)) == [A] * 9 + [B] * 9
    assert network.most == 2 * limit
    assert network.now() - network.start == pytest.approx(9 / limit * 0.1, abs=0.01)


def test_rows_that_wait_for_their_host_are_bounded() -> None:
    read = 0

    def many() -> Iterator[Row]:
        nonlocal read
        for each in rows(3 * HELD):
            read += 1
            yield each

    network = FakeNetwork({A: accepts(after=0.1)})
    running = sweep(SweepSource(many(), Pace(per_host=1)), network=network)
    next(running)
    assert read <= HELD + 2
    running.close()


def test_what_the_end_of_the_run_leaves_is_not_reached_and_never_down() -> None:
    network = FakeNetwork({A: accepts(), B: is_silent()})
    source = SweepSource([*rows(3, A), *rows(20, B, "-t 5")], Pace(limit=10))
    until = network.now() + 1.0
    ended = [
        row.check.probe.target.host
        for row, _, _ in sweep(source, network=network, pulse=lambda now: now >= until)
    ]
    assert ended == [A] * 3
    assert network.now() <= until + 0.25
    assert network.open == set()
    assert len(list(source.left(unread=True))) == 20


def test_unread_rows_stay_unread_when_the_user_interrupts() -> None:
    network = FakeNetwork({B: is_silent()})
    source = SweepSource(rows(20, B, "-t 5"), Pace(limit=10))
    list(sweep(source, network=network, pulse=lambda now: now >= network.start + 1))
    assert len(list(source.left(unread=False))) == 10


def test_rows_that_wait_for_their_host_or_for_their_next_run_are_not_reached_either() -> None:
    network = FakeNetwork({A: is_silent(), B: refuses()})
    source = SweepSource([*rows(5, A, "-t 5"), *rows(1, B, "--wait 60 --wait-interval 10")], Pace(per_host=1))
    assert list(sweep(source, network=network, pulse=lambda now: now >= network.start + 1)) == []
    assert len(list(source.left(unread=True))) == 6


def outcome_of(**changes: Any) -> Any:
    network = FakeNetwork({A: accepts()})
    return evaluate(built(f"-H {A} -p 80"), network=network).outcome.replace(**changes)


def test_a_lag_lowers_the_number_in_flight_once_and_it_rises_again() -> None:
    source = SweepSource(rows(0), Pace(limit=1000))
    late = outcome_of(lag=2 * MOST_LAG, elapsed=0.5)
    for _ in range(5):  # the same lag
        source.note_lag(late, 100.0)
    assert (source.allowed, source.lowered) == (700, 1)
    source.note_lag(late, 100.6)
    assert (source.allowed, source.lowered) == (489, 2)
    for tenth in range(20):
        source.note_lag(outcome_of(lag=0.001), 101.0 + tenth / 10)
    assert source.allowed == 1000


def test_a_lag_never_stops_a_sweep() -> None:
    source = SweepSource(rows(0), Pace(limit=1000))
    for second in range(100):
        source.note_lag(outcome_of(lag=1.0, elapsed=0.1), 100.0 + second)
    assert source.allowed == 16


def test_a_busy_process_judges_no_threshold_of_its_own_times() -> None:
    """The process spends 50 ms on each connect: that must not look like a slow server."""
    network = FakeNetwork({A: accepts()}, busy=0.05)
    source = SweepSource(rows(8, A, "-w 0.1 -c 0.15 --warning-connect 0.04"), Pace())
    for _, outcome, result in sweep(source, network=network):
        assert outcome is not None
        assert result is not None
        by_name = {metric.measure.name: metric.state for metric in result.verdict.metrics}
        assert by_name["connect"] == OK  # the kernel's round trip is short
        assert by_name["time"] in (OK, UNKNOWN)
        assert result.state in (OK, UNKNOWN)


def test_a_slow_server_is_slow_whatever_the_lag() -> None:
    network = FakeNetwork({A: accepts(after=0.2)})
    ((_, _, result),) = sweep(SweepSource(rows(1, A, "-c 0.1"), Pace()), network=network)
    assert result is not None
    assert result.state == CRITICAL


def test_the_row_of_a_threshold_under_load_names_the_measure() -> None:
    network = FakeNetwork({A: accepts()}, busy=0.05)
    source = SweepSource(rows(8, A, "-c 0.1"), Pace())
    found = [to_row(row, result) for row, _, result in sweep(source, network=network) if result is not None]
    late = [each for each in found if "measured_under_load" in each]
    assert late
    assert all(each["measured_under_load"] == ["time"] and each["state"] == "UNKNOWN" for each in late)


def test_the_row_of_a_failure_says_what_was_seen() -> None:
    network = FakeNetwork({B: refuses()})
    ((row, _, result),) = sweep(SweepSource(rows(1, B), Pace()), network=network)
    assert result is not None
    data = to_row(row, result)
    assert (data["state"], data["cause"], data["phase"], data["fault"]) == (
        "CRITICAL",
        "refused",
        "connect",
        "refused",
    )
    assert data["domains"] == ["firewall", "server"]
    assert data["output"].startswith("TCP CRITICAL - connect to address")


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"rate": -1.0}, {"per_host": -1}])
def test_an_impossible_pace_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="invalid"):
        Pace(**wrong)


def test_a_name_is_looked_up_by_its_own_check() -> None:
    network = FakeNetwork({A: accepts()}, {"db.example": Name(A)})
    assert len(list(sweep(SweepSource(rows(3, "db.example"), Pace()), network=network))) == 3
