# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failures are grouped by the fewest causes, each failure is in one group, and the monitoring host is suspected first."""

from __future__ import annotations

import doctest
import random
import re
from itertools import product
from pathlib import Path as File
from typing import TYPE_CHECKING

import pytest

from support.grouping import (
    HOST_UNREACHABLE,
    NET_UNREACHABLE,
    bad,
    ends_at,
    expired,
    explained,
    found,
    good,
    key_of,
    result_of,
    signed,
    unresolved,
)
from tcp_health.model.causes import Cause, Phase
from tcp_health.model.evidence import Evidence, Hop, Icmp, Path
from tcp_health.model.explanation import KINDS, Group
from tcp_health.model.local import Interface
from tcp_health.model.outcome import Attempt, Failure
from tcp_health.model.target import Address
from tcp_health.runs.clusters import MOST_CLUSTERS, MOST_PLACES
from tcp_health.runs.cover import _possible, atoms_of, chosen
from tcp_health.runs.groups import MOST_MEMBERS, Groups, group_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tcp_health.model.explanation import Explanation
    from tcp_health.model.result import Result

PAGE = File(__file__).resolve().parents[3] / "docs" / "groups.md"

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


def test_plain_facts_of_a_matrix_are_grouped_in_the_same_way() -> None:
    def fact(source: str, address: str, cause: str = "", port: int = 443, box: str = "") -> dict[str, object]:
        return {"from": source, "address": address, "port": port, "cause": cause, "box": box}

    hosts = network("10.2.0", 6)
    every = [(source, address) for source in hosts for address in hosts]
    host_down = [fact(*pair, "timed_out" if pair[1] == hosts[0] else "") for pair in every]
    [group] = group_facts(host_down).groups
    assert (group.kind, group.count, group.sentence) == (
        "address", 6, "10.2.0.1: no answer, all 6 targets, port 443",
    )  # fmt: skip
    source_down = [fact(*pair, "timed_out" if pair[0] == hosts[1] else "") for pair in every]
    [group] = group_facts(source_down).groups
    assert (group.kind, group.count, group.origin) == ("from", 6, hosts[1])
    rejected = [fact(*pair, "prohibited" if pair[1] in hosts[:3] else "", box=R1) for pair in every]
    [group] = group_facts(rejected).groups
    assert (group.kind, group.count, group.box) == ("signer", 18, R1)
    names = [fact("web1", f"db{number}.example.org", "resolver_failed") for number in range(4)]
    [group] = group_facts([*names, *(fact("web1", host) for host in hosts)]).groups
    assert (group.kind, group.count, group.origin) == ("zone", 4, "web1")
    everything = [fact(*pair, "timed_out") for pair in every]
    assert group_facts(everything).suspicion is None


def test_members_are_bounded_and_counted_on() -> None:
    groups = Groups(limit=10)
    for host in behind(1):
        groups.add(bad(host), host)
    for host in network("10.9.0", 50):
        groups.add(good(host), host)
        groups.add(bad(host, 80, Cause.MISMATCH, "receive"), f"mail {host}")
    [silent, mismatch] = groups.finish().groups
    assert (silent.count, len(silent.members), silent.more) == (100, 10, True)
    assert (mismatch.count, len(mismatch.members), mismatch.more, mismatch.kind) == (50, 10, True, "prefix")
    assert len(silent.examples) == 3


def test_single_failures_beyond_the_limit_are_counted() -> None:
    groups = Groups(limit=5)
    for number in range(200):
        host = f"10.2.{number % 20}.{number}"
        groups.add(bad(host, cause=Cause.REFUSED) if number % 20 == number // 10 else good(host), host)
    found_groups = groups.finish().groups
    assert [(each.kind, each.count) for each in found_groups] == [("others", 5), *[("single", 1)] * 5]


def test_a_witness_that_answers_clears_the_monitoring_host() -> None:
    everything = [bad(host) for net in ("10.1.0", "10.2.0", "192.0.2") for host in network(net)]
    witness = "198.51.100.1"
    for before, after, words in (
        (good, good, None),
        (good, bad, "the witness fails (198.51.100.1:443)"),
        (bad, good, "the witness fails (198.51.100.1:443)"),
    ):
        suspicion = explained(everything, witnesses=[[before(witness)], [after(witness)]]).suspicion
        assert (suspicion is None) if words is None else (words in str(suspicion))
    some = [[good("10.2.0.1"), bad(witness)], [bad("10.2.0.1"), good(witness)]]
    assert explained(everything, witnesses=some).suspicion is None
    both = [[bad("10.2.0.1"), bad(witness)]]
    assert "every witness fails" in str(explained(healthy(), witnesses=both).suspicion)


def test_few_targets_do_not_make_a_suspicion() -> None:
    assert explained([bad(f"10.{net}.0.1") for net in range(9)]).suspicion is None
    assert explained([bad(f"10.{net}.0.1") for net in range(10)]).suspicion is not None
    one_site = [bad(host) for host in behind()]
    assert explained(one_site).suspicion is None


def test_representatives_are_traced_once_and_without_repetition() -> None:
    groups = Groups()
    for result in [*healthy(), *(bad(host) for host in behind()), bad("10.2.0.101", cause=Cause.REFUSED)]:
        groups.add(result, key_of(result))
    checks = groups.to_trace()
    assert len(checks) == 13
    assert {each.probe.recipe.trace for each in checks} == {"failure"}
    assert groups.to_trace() == []


def test_what_answers_when_traced_is_reported() -> None:
    groups = Groups()
    for host in behind():
        groups.add(bad(host), host)
    for check in groups.to_trace():
        groups.traced(good(str(check.probe.target.host)), check.probe.key)
    group = groups.finish().groups[0]
    assert "12 of 12 targets answered when traced" in group.evidence


def test_one_certificate_on_several_services_is_one_group() -> None:
    results = [good(host) for host in network("10.2.0")]
    for net in range(3, 7):
        results += [expired(f"10.{net}.0.{host}", b"one") for host in (1, 2)]
    results += [expired(f"10.7.0.{host}", str(host).encode()) for host in (1, 2)]
    explanation = explained(results)
    assert [(each.kind, each.count) for each in explanation.groups] == [
        ("certificate", 8), ("single", 1), ("single", 1),
    ]  # fmt: skip
    assert "SHA-256 " in explanation.groups[0].sentence


def test_what_only_the_monitoring_host_can_cause_is_its_group() -> None:
    no_route = [bad(f"10.{net}.0.1", cause=Cause.NO_ROUTE) for net in range(3, 6)]
    [group] = explained([*healthy(), *no_route]).groups
    assert (group.kind, group.count, group.domains) == ("host", 3, ("local",))


def test_a_port_that_fails_everywhere_is_one_group() -> None:
    results = [bad(f"10.{net}.0.{host}", 25) for net in range(3, 6) for host in (1, 2)]
    results += [
        good(f"10.{net}.0.{host}", port) for net in range(3, 6) for host in (1, 2) for port in (22, 443)
    ]
    [group] = explained(results).groups
    assert (group.kind, group.port, group.count) == ("port", 25, 6)


def test_a_network_that_is_not_traced_joins_the_others_of_its_wide_prefix() -> None:
    silent = [bad(f"10.1.{net}.{host}") for net in range(60) for host in range(1, 6)]
    explanation = explained([*healthy(), *silent], {f"10.1.{net}.": ends_at(R0) for net in range(5)})
    assert found(explanation) == [("hop", 300, R0)]


def test_traces_that_end_at_different_hops_keep_networks_apart() -> None:
    explanation = explained(
        [*healthy(), *(bad(host) for host in behind(2))], {"10.1.0.": ends_at(R0), "10.1.1.": ends_at(R0, R1)}
    )
    assert found(explanation) == [("hop", 100, R0), ("hop", 100, R1)]


def test_a_reject_in_a_trace_names_the_device_for_silent_neighbours() -> None:
    rejected = Path((Hop(1, "router", R0, 0.001), Hop(2, "icmp", R1, 0.001, Icmp(4, 3, 13, R1))))
    explanation = explained([*healthy(), *(bad(host) for host in behind(1))], {"10.1.0.1": rejected})
    assert [(each.kind, each.count, each.box) for each in explanation.groups] == [("silent_beside", 100, R1)]


def test_few_messages_of_a_router_without_a_route_name_it_for_the_silent_ones() -> None:
    some = [signed(host, R1, NET_UNREACHABLE) for host in behind()[:4]]
    silent = [bad(host) for host in behind()[4:]]
    reported = Path((Hop(1, "router", R0, 0.001), Hop(2, "icmp", R1, 0.001, Icmp(4, 3, 0, R1))))
    traces = {"10.1.0.": reported, "10.1.": ends_at(R0)}
    assert found(explained([*healthy(), *some, *silent], traces)) == [("hop", 400, R1)]


def test_a_trace_beyond_a_device_that_rejects_clears_it() -> None:
    rejected = [signed(host, R1) for host in network("10.1.0", 20)]
    silent = [bad(host) for host in network("10.1.1", 20)]
    path = Path((Hop(1, "router", R0, 0.001), Hop(2, "icmp", R1, 0.001, Icmp(4, 3, 13, R1))))
    near = {"10.1.0.": path, "10.1.1.": ends_at(R0)}
    groups = found(explained([*healthy(), *rejected, *silent], near))
    assert groups == [("signer", 20, R1), ("silent_beside", 20, R1)]
    far = {**near, "10.1.1.": ends_at(R0, R1, "10.0.2.1")}
    groups = found(explained([*healthy(), *rejected, *silent], far))
    assert groups == [("signer", 20, R1), ("hop", 20, "10.0.2.1")]


def test_a_network_that_is_not_traced_stays_apart_where_the_others_end_at_different_hops() -> None:
    silent = [bad(host) for host in behind(3)]
    explanation = explained([*healthy(), *silent], {"10.1.0.": ends_at(R0), "10.1.1.": ends_at(R0, R1)})
    assert sorted(each.kind for each in explanation.groups) == ["hop", "hop", "prefix"]


def test_traces_that_leave_only_the_monitoring_host_make_it_the_cause() -> None:
    groups = Groups()
    for host in behind(2):
        groups.add(bad(host), host)
    for check in groups.to_trace():
        down = Evidence(interface=Interface("eth0", up=True, carrier=False))
        attempt = Attempt(
            address=Address(4, str(check.probe.target.host), 443),
            phase=Phase.CONNECT,
            failure=Failure(Cause.TIMED_OUT),
            evidence=down,
        )
        groups.traced(result_of(check, attempt), check.probe.key)
    explanation = groups.finish()
    assert [(each.kind, each.count) for each in explanation.groups] == [("host", 200)]
    assert "interface eth0 has no link" in str(explanation.suspicion)


def test_two_dead_networks_of_a_wide_prefix_are_not_the_whole_of_it() -> None:
    dead = [bad(host) for net in (1, 7) for host in network(f"10.3.{net}")]
    groups = found(explained([*(good(host) for host in network("10.3.5")), *dead]))
    assert groups == [("prefix", 100, "10.3.1.0/24"), ("prefix", 100, "10.3.7.0/24")]
    groups = found(explained([*healthy(), *dead]))
    assert groups == [("prefix", 200, "10.3.0.0/16")]


def test_a_cause_is_dropped_where_the_others_cover_it() -> None:
    dead = [bad(f"10.{net}.0.{host}", port) for net in (3, 4) for host in (1, 2, 3) for port in (25, 80)]
    others = [good(f"10.9.{net}.1", 80) for net in range(30)]
    assert [each[:2] for each in found(explained([*dead, *others]))] == [("prefix", 6), ("prefix", 6)]


def test_what_a_host_reports_of_itself_is_no_sign_of_others() -> None:
    results = [good(host) for host in network("10.2.0")[10:]]
    results += [signed(host, host) for host in network("10.2.0")[:2]]
    results += [bad(host) for host in network("10.2.0")[2:10]]
    explanation = explained(results, {"10.2.0.": ends_at(R0)})
    assert (found(explanation), singles(explanation)) == ([], 10)


def test_hosts_that_a_router_reports_as_unreachable_can_each_be_off() -> None:
    off = [signed(host, R0, HOST_UNREACHABLE) for host in network("10.2.0")[:5]]
    results = [*off, *(good(host) for host in network("10.2.0")[5:])]
    explanation = explained(results)
    assert (found(explanation), singles(explanation)) == ([], 5)


def test_the_page_has_every_kind_and_its_example() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, re.MULTILINE)
    assert dict(rows[: len(KINDS)]) == KINDS
    assert [name for name, _ in rows[: len(KINDS)]] == list(KINDS)
    fields = [
        name
        for words in re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", page, re.MULTILINE)
        for name in re.findall(r"\w+", words)
    ]
    assert set(fields) >= set(Group.FIELDS)
    assert doctest.testfile(str(PAGE), module_relative=False).failed == 0
    for number in (MOST_PLACES, MOST_CLUSTERS, MOST_MEMBERS):
        assert f"{number:,}" in page


def _small_cases() -> Iterator[list[Result]]:
    """Every combination of six targets in two prefixes, each healthy, silent, refused or rejected."""
    hosts = ["10.2.0.1", "10.2.0.2", "10.2.0.3", "10.3.0.1", "10.3.0.2", "10.3.0.3"]
    ends: list[Callable[[str], Result]] = [
        good,
        bad,
        lambda host: bad(host, cause=Cause.REFUSED),
        lambda host: signed(host, R1),
    ]
    made = {(host, number): end(host) for host in hosts for number, end in enumerate(ends)}
    for numbers in product(range(len(ends)), repeat=len(hosts)):
        yield [made[pair] for pair in zip(hosts, numbers)]


def _drawn_cases(count: int) -> Iterator[list[Result]]:
    """Targets at several ports, in prefixes near and far, with names and devices; drawn."""
    rng = random.Random(13)  # noqa: S311 - repeatable on purpose
    hosts = [f"10.{wide}.{net}.{host}" for wide in (2, 3) for net in (0, 1) for host in (1, 2, 3)]
    for _ in range(count):
        causes = rng.choices(["good", "bad", "refused", "signed", "unreachable", "mismatch"], k=3)
        results = []
        for host, port in product(hosts, (22, 443)):
            end = rng.choice(causes)
            if end == "refused":
                results.append(bad(host, port, Cause.REFUSED))
            elif end == "signed":
                results.append(signed(host, rng.choice((R0, R1)), port=port))
            elif end == "unreachable":
                results.append(signed(host, R0, rng.choice((HOST_UNREACHABLE, NET_UNREACHABLE)), port))
            elif end == "mismatch":
                results.append(bad(host, port, Cause.MISMATCH, "receive"))
            else:
                results.append(good(host, port) if end == "good" else bad(host, port))
        yield results + [unresolved(f"db{number}.example.org") for number in range(rng.randrange(4))]


@pytest.mark.parametrize("cases", [_small_cases(), _drawn_cases(300)], ids=["all-of-six", "drawn"])
def test_each_failure_is_in_one_group_and_the_order_has_no_effect(cases: Iterator[list[Result]]) -> None:
    rng = random.Random(7)  # noqa: S311 - repeatable on purpose
    traces = {"10.2.": ends_at(R0), "10.3.": ends_at(R0, R1)}
    for results in cases:
        explanation = explained(results, traces)
        failed = sorted(key_of(each) for each in results if each.state)
        assert sorted(str(key) for each in explanation.groups for key in each.members) == failed
        assert sum(each.count for each in explanation.groups) == len(failed) == explanation.failed
        shuffled = rng.sample(results, len(results))
        assert explained(shuffled, traces) == explanation


@pytest.mark.parametrize("cases", [_small_cases(), _drawn_cases(400)], ids=["all-of-six", "drawn"])
def test_no_smaller_number_of_causes_covers_all_failures(cases: Iterator[list[Result]]) -> None:
    for results in cases:
        groups = Groups()
        for each in results:
            groups.add(each, key_of(each))
        atoms = atoms_of(list(groups._clusters.values()))  # noqa: SLF001 - the cover itself is what is tested
        totals = groups._seen.totals()  # noqa: SLF001
        if len(atoms) <= 12:
            assert len(chosen(atoms, totals)) == _fewest(len(atoms), _possible(atoms, totals).values()), (
                results
            )


def _fewest(count: int, causes: Iterable[list[int]]) -> int:
    """The least number of causes and single failures that cover so many failures, by trying all."""
    masks = {sum(1 << each for each in covered) for covered in causes} | {1 << each for each in range(count)}
    reached, steps = {0}, 0
    while (1 << count) - 1 not in reached:
        reached = {one | mask for one in reached for mask in masks}
        steps += 1
    return steps


@pytest.mark.parametrize("hosts", [10, 25, 100])
@pytest.mark.parametrize("seed", range(10))
def test_five_percent_of_independent_failures_stay_single(hosts: int, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    causes = (Cause.TIMED_OUT, Cause.REFUSED, Cause.RESET, Cause.CLOSED_EARLY)
    results = [
        bad(host, cause=rng.choice(causes)) if rng.random() < 0.05 else good(host)
        for net in range(1000 // hosts)
        for host in network(f"10.2.{net}", hosts)
    ]
    explanation = explained(results, {"10.": ends_at(R0)})
    assert found(explanation) == []
    assert explanation.suspicion is None
