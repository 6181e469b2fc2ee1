# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failures are grouped by the fewest causes, each failure is in one group, and the monitoring host is suspected first."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from support.grouping import (
    HOST_UNREACHABLE,
    bad,
    ends_at,
    explained,
    found,
    good,
    key_of,
    signed,
    unresolved,
)
from tcp_health.model.causes import Cause

if TYPE_CHECKING:
    from tcp_health.model.explanation import Explanation
    from tcp_health.model.result import Result

R0, R1 = "10.0.0.1", "10.0.1.1"


def network(net: str, count: int = 100) -> list[str]:
    return [f"{net}.{number}" for number in range(1, count + 1)]


def healthy(nets: int = 6) -> list[Result]:
    return [good(host) for net in range(nets) for host in network(f"10.2.{net}")]


def behind(nets: int = 4) -> list[str]:
    return [host for net in range(nets) for host in network(f"10.1.{net}")]


def singles(explanation: Explanation) -> int:
    return sum(each.kind == "single" for each in explanation.groups)


def test_what_is_behind_a_failed_router_is_one_group() -> None:
    silent = [bad(host) for host in behind()]
    explanation = explained([*healthy(), *silent], {"10.1.": ends_at(R0)})
    assert found(explanation) == [("hop", 400, R0)]
    [group] = explanation.groups
    assert group.targets == 400
    assert set(group.members) == {key_of(each) for each in silent}
    assert (
        group.sentence
        == "no answer from all 400 targets in 4 prefixes, port 443: the path ends after 10.0.0.1"
    )
    assert "server" not in group.domains
    assert explanation.suspicion is None


def test_a_router_that_reports_some_hosts_is_the_same_hop() -> None:
    some = [signed(host, R0, HOST_UNREACHABLE) for host in behind()[:7]]
    silent = [bad(host) for host in behind()[7:]]
    assert found(explained([*healthy(), *some, *silent], {"10.1.": ends_at(R0)})) == [("hop", 400, R0)]


def test_two_faults_at_once_are_two_groups() -> None:
    silent = [bad(host) for host in behind()]
    rejected = [signed(host, R1) for host in network("10.3.0", 50)]
    explanation = explained([*healthy(), *rejected, *silent], {"10.1.": ends_at(R0)})
    assert found(explanation) == [("hop", 400, R0), ("signer", 50, R1)]


def test_silence_beside_a_reject_is_a_group_of_its_own() -> None:
    rejected = [signed(host, R1) for host in behind()[:400:40]]
    silent = [bad(host) for host in behind() if key_of(bad(host)) not in {key_of(each) for each in rejected}]
    explanation = explained([*healthy(), *rejected, *silent], {"10.1.": ends_at(R0)})
    assert [(each.kind, each.count) for each in explanation.groups] == [
        ("silent_beside", 390),
        ("signer", 10),
    ]
    assert "not proven" in explanation.groups[0].sentence
    assert R1 in explanation.groups[0].sentence


def test_unrelated_failures_stay_single() -> None:
    rng = random.Random(1)  # noqa: S311 - repeatable on purpose
    targets = [
        (f"10.{wide}.{net}.{host}", 443) for wide in range(2) for net in range(5) for host in range(1, 101)
    ]
    lost = set(rng.sample(range(1000), 50))
    results = [
        bad(*target, cause=rng.choice((Cause.TIMED_OUT, Cause.REFUSED))) if number in lost else good(*target)
        for number, target in enumerate(targets)
    ]
    explanation = explained(results, {"10.": ends_at(R0)})
    assert found(explanation) == []
    assert singles(explanation) == 50


def test_a_dead_resolver_is_one_group_and_does_not_touch_literals() -> None:
    names = [unresolved(f"host{number}.example.org") for number in range(300)]
    explanation = explained([*names, *healthy()])
    assert [(each.kind, each.count) for each in explanation.groups] == [("resolver", 300)]
    assert explanation.suspicion is None


def test_the_monitoring_host_is_suspected_when_nearly_everything_fails() -> None:
    everything = [bad(host) for net in ("10.1.0", "10.2.0", "192.0.2") for host in network(net)]
    assert "unrelated prefixes" in str(explained(everything).suspicion)
    assert explained([*everything, *healthy()]).suspicion is None


def test_a_host_with_all_its_services_down_is_one_group() -> None:
    down = [bad("10.2.0.7", port, Cause.REFUSED) for port in (22, 80, 443)]
    others = [good(host) for host in network("10.2.0") if host != "10.2.0.7"]
    [group] = explained([*down, *others]).groups
    assert (group.kind, group.count, group.prefix, group.port) == ("address", 3, "10.2.0.0/24", None)
