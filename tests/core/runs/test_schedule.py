# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The watch on virtual time: intervals, outages, changes of state, name lookups, statistics."""

from __future__ import annotations

import gc
import tracemalloc
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from support.command_line import built
from support.fake_network import WALL, FakeNetwork
from support.scripted import RESET, Name, accepts, is_silent, refuses
from tcp_health.model.verdict import CRITICAL, OK, WARNING
from tcp_health.runs.schedule import Schedule, observe

if TYPE_CHECKING:
    from tcp_health.model.observation import Observation
    from tcp_health.model.result import Check

A, B = "10.0.0.1", "10.0.0.2"


def check(words: str = "", host: str = A) -> Check:
    return built(f"--watch -H {host} -p 80 {words or '--trace never'}")


def watched(network: FakeNetwork, number: int, *checks: Check) -> tuple[Schedule, list[Observation]]:
    """The first observations of a watch, which then ends."""
    schedule = Schedule(checks or [check()])
    observed = observe(schedule, network=network)
    found = list(islice(observed, number))
    observed.close()
    return schedule, found


def starts(found: list[Observation]) -> list[float]:
    """When the probes began, in seconds since the start."""
    return [round(seen.result.outcome.at - WALL, 3) for seen in found]


def test_probes_begin_at_the_interval_whatever_they_take() -> None:
    network = FakeNetwork({A: accepts(after=0.4)})
    _, found = watched(network, 4, check("--interval 0.5"))
    assert starts(found) == [0.0, 0.5, 1.0, 1.5]
    assert [seen.number for seen in found] == [1, 2, 3, 4]


def test_a_probe_that_takes_longer_delays_the_next_to_a_whole_interval() -> None:
    network = FakeNetwork({A: [accepts(after=2.3), accepts(after=0.1)]})
    _, found = watched(network, 3, check("--trace never"))
    assert starts(found) == [0.0, 3.0, 4.0]


def test_several_targets_are_spread_over_the_interval_and_do_not_wait_for_each_other() -> None:
    network = FakeNetwork({A: accepts(after=0.1), B: is_silent()})
    _, found = watched(network, 5, check("-t 3 --trace never"), check("-t 3 --trace never", B))
    began = [(seen.result.outcome.probe.target.host, at) for seen, at in zip(found, starts(found))]
    assert began == [(A, 0.0), (A, 1.0), (A, 2.0), (A, 3.0), (B, 0.5)]


def test_an_outage_lasts_from_the_first_failed_probe_to_the_connection_that_follows() -> None:
    network = FakeNetwork({A: [accepts(after=0.1), refuses(), refuses(), refuses(), accepts(after=0.1)]})
    _, found = watched(network, 6)
    assert [seen.failed for seen in found] == [False, True, True, True, False, False]
    assert [seen.outage is not None for seen in found] == [False, False, False, False, True, False]
    outage = found[4].outage
    assert outage is not None
    assert outage.began - WALL == pytest.approx(1.0)
    assert (outage.probes, outage.ended) == (3, True)
    assert outage.seconds == pytest.approx(3.1)  # the connection took 0.1 s


def test_an_outage_does_not_end_when_a_long_dialogue_ends() -> None:
    network = FakeNetwork({A: [refuses(), accepts(b"22", 5.0, b"0 ready", after=0.1)]})
    _, found = watched(network, 2, check("-e '220 ready' --trace never --expect-timeout 9"))
    assert found[1].outage is not None
    assert found[1].outage.seconds == pytest.approx(1.1)


def test_a_threshold_that_is_exceeded_is_no_outage() -> None:
    network = FakeNetwork({A: accepts(after=0.3)})
    schedule, found = watched(network, 2, check("-w 0.2 --trace never"))
    assert [(seen.result.state, seen.failed, seen.outage) for seen in found] == [(WARNING, False, None)] * 2
    summary = schedule.targets[0].summary(network.now())
    assert (summary.sent, summary.failed, summary.breached, summary.outages) == (2, 0, 2, 0)


# For each case: --consecutive, the servers of the probes (a: accepts, r: refuses, x: resets), and the changes as
# (number of the probe, state before, state).
CHANGES = [
    (1, "aara", [(3, OK, CRITICAL), (4, CRITICAL, OK)]),
    (1, "ra", [(1, OK, CRITICAL), (2, CRITICAL, OK)]),  # down when the watch begins
    (2, "arara", []),
    (2, "arraraa", [(3, OK, CRITICAL), (7, CRITICAL, OK)]),
    (3, "rrraaa", [(3, OK, CRITICAL), (6, CRITICAL, OK)]),
    (3, "rraaa", []),
    (2, "xrxr", [(2, OK, CRITICAL)]),
]


@pytest.mark.parametrize(("consecutive", "servers", "changes"), CHANGES)
def test_a_state_changes_once_after_so_many_probes_in_a_row(
    consecutive: int, servers: str, changes: list[tuple[int, int, int]]
) -> None:
    made = {"a": accepts(b"220"), "r": refuses(), "x": accepts(RESET)}
    network = FakeNetwork({A: [made[each] for each in servers]})
    _, found = watched(network, len(servers), check(f"-e 220 --trace never --consecutive {consecutive}"))
    seen = [(each.number, each.before, each.result.state) for each in found if each.before is not None]
    assert seen == changes


def test_warning_and_critical_in_turn_are_a_change_from_ok() -> None:
    network = FakeNetwork({A: [accepts(b"no"), refuses(), accepts(b"no"), refuses()]})
    _, found = watched(network, 4, check("-e 220 --expect-timeout 0.1 --trace never --consecutive 3"))
    assert [seen.result.state for seen in found] == [WARNING, CRITICAL, WARNING, CRITICAL]
    assert [(seen.number, seen.before) for seen in found if seen.before is not None] == [(3, OK)]


def test_a_name_is_looked_up_after_a_failure_and_once_a_minute() -> None:
    network = FakeNetwork({A: [accepts(), accepts(), refuses(), accepts()]}, {"db1": Name(A)})
    _, found = watched(network, 4, check("--trace never", "db1"))
    assert network.lookups == ["db1", "db1"]  # at the beginning, and after the third probe
    _, found = watched(network, 130, check("--trace never", "db1"))
    assert 3 <= len(network.lookups) - 2 <= 4
    assert {seen.result.outcome.probe.target.host for seen in found} == {"db1"}


def test_a_name_that_has_moved_is_found_after_the_failure() -> None:
    network = FakeNetwork({A: [accepts(), is_silent()], B: accepts()}, {"db1": Name(A)})
    schedule = Schedule([check("-t 1 --trace never", "db1")])
    observed = observe(schedule, network=network)
    first, failed = next(observed), next(observed)
    network.names["db1"] = Name(B)
    after = next(observed)
    observed.close()
    texts = [each.result.outcome.attempts[-1].address for each in (first, failed, after)]
    assert [each.text for each in texts if each is not None] == [A, A, B]
    assert after.outage is not None


def test_every_address_is_checked_each_time_where_all_must_answer() -> None:
    network = FakeNetwork({A: accepts(), B: accepts()}, {"db1": Name(A, B)})
    watched(network, 3, check("--addresses all --trace never", "db1"))
    assert network.lookups == ["db1"] * 3


def test_the_path_of_an_outage_is_traced_when_it_begins_and_not_again() -> None:
    network = FakeNetwork({A: is_silent()})
    watched(network, 4, check("-t 2 --trace failure"))
    special = [at for at, what, _ in network.journal if what == "special"]
    assert special
    assert max(special) < 2.1
    network = FakeNetwork({A: is_silent()})
    watched(network, 3, check("-t 2 --trace always"))
    assert max(at for at, what, _ in network.journal if what == "special") > 3


def test_the_statistics_count_probes_syns_and_durations() -> None:
    network = FakeNetwork({A: [accepts(after=0.1), accepts(after=0.3), is_silent(), accepts(after=0.2)]})
    schedule, _ = watched(network, 4, check("-t 0.9 --trace never"))
    summary = schedule.targets[0].summary(network.now())
    assert (summary.sent, summary.failed, summary.outages, summary.state) == (4, 1, 1, OK)
    assert summary.lost >= 1
    connect = next(each for each in summary.spreads if each.name == "connect")
    assert {each.count for each in summary.spreads} == {3}  # the failed probe has no duration
    assert connect.least == pytest.approx(0.1)
    assert connect.most == pytest.approx(0.3)
    assert connect.mean == pytest.approx(0.2)
    assert summary.longest is not None
    assert summary.longest.seconds == pytest.approx(1.2)


def test_the_longest_outage_may_be_the_one_that_has_not_ended() -> None:
    network = FakeNetwork({A: [accepts(), refuses(), accepts(), refuses()]})
    schedule, _ = watched(network, 9)
    longest = schedule.targets[0].summary(network.now()).longest
    assert longest is not None
    assert (longest.ended, longest.probes) == (False, 6)
    assert longest.seconds == pytest.approx(5.0, abs=0.01)


@pytest.mark.parametrize(("servers", "longest"), [("arrara", 2.0), ("ararra", 2.0), ("arara", 1.0)])
def test_the_longest_outage_is_kept(servers: str, longest: float) -> None:
    network = FakeNetwork({A: [accepts() if each == "a" else refuses() for each in servers]})
    schedule, _ = watched(network, len(servers))
    summary = schedule.targets[0].summary(network.now())
    assert summary.outages == 2
    assert summary.longest is not None
    assert summary.longest.seconds == pytest.approx(longest, abs=0.01)


def test_another_problem_and_one_ok_do_not_confirm_a_recovery() -> None:
    servers = [refuses(), refuses(), accepts(b"no"), accepts(b"220"), refuses(), refuses()]
    network = FakeNetwork({A: servers})
    words = "-e 220 --expect-timeout 0.1 --trace never --consecutive 2"
    _, found = watched(network, 6, check(words))
    assert [(seen.number, seen.result.state) for seen in found if seen.before is not None] == [(2, CRITICAL)]


def test_a_target_without_a_probe_yet_has_no_state() -> None:
    schedule = Schedule([check()])
    summary = schedule.targets[0].summary(5.0)
    assert (summary.state, summary.sent, summary.spreads, summary.longest) == (None, 0, (), None)


def test_the_end_of_a_watch_closes_the_connections() -> None:
    network = FakeNetwork({A: accepts(after=0.1), B: is_silent()})
    watched(network, 3, check(), check("--trace never", B))
    assert network.open == set()


def test_memory_does_not_grow_with_the_number_of_probes() -> None:
    network = FakeNetwork({A: [accepts(after=0.001)] * 3 + [refuses()] + [accepts(after=0.001)]})
    observed = observe(Schedule([check("--interval 0.01")]), network=network)

    def used(number: int) -> int:
        for _ in islice(observed, number):
            network.journal.clear()
            network.syns.clear()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        first = used(2000)
        assert used(4000) - first < 20_000
    finally:
        tracemalloc.stop()
        observed.close()
