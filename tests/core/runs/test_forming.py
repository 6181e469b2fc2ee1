# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The groups as they form: the largest clusters of a run that still goes on, in the words of the result."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from support.grouping import bad, expired, good, signed, unresolved
from tcp_health.model.causes import Cause
from tcp_health.runs.clusters import MOST_CLUSTERS
from tcp_health.runs.groups import Groups

if TYPE_CHECKING:
    from tcp_health.model.result import Result

REFUSED = [bad(f"10.0.0.{each}", cause=Cause.REFUSED) for each in range(1, 6)]
SILENT = [bad(f"10.0.1.{each}", 25) for each in range(1, 9)]


def groups_of(*results: Result) -> Groups:
    groups = Groups()
    for each in results:
        groups.add(each)
    return groups


def test_the_largest_clusters_come_first_without_those_beyond_the_number() -> None:
    groups = groups_of(*REFUSED, good("10.0.0.9"), *SILENT, bad("10.0.7.1", cause=Cause.REFUSED))
    assert groups.forming(2) == [
        "no answer to the SYN: 8 targets in 10.0.1.0/24, port 25",
        "refused: 5 targets in 10.0.0.0/24, port 443",
    ]
    assert groups.forming(9)[2:] == ["10.0.7.1:443: refused"]


def test_before_the_first_failure_there_are_no_groups() -> None:
    assert groups_of(good("10.0.0.9")).forming(3) == []


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        ([signed(f"10.0.0.{each}", "10.9.9.9") for each in (1, 2)], "10.9.9.9 rejects 2 targets in 10.0.0.0/24, port 443"),
        (
            [signed(f"10.0.0.{each}", "10.9.9.9", (3, 0)) for each in (1, 2)],
            "10.9.9.9 cannot reach 2 targets in 10.0.0.0/24, port 443",
        ),
        (
            [bad(f"10.0.0.{each}", cause=Cause.NO_ROUTE) for each in (1, 2)],
            "monitoring host: no route from here, 2 targets in 10.0.0.0/24, port 443",
        ),
        ([unresolved(f"db{each}.example.net") for each in (1, 2)], "zone example.net: no answer, 2 lookups"),
        ([unresolved(name, server="10.0.0.53") for name in ("db1", "db2")], "name server 10.0.0.53: resolver silent, 2 lookups"),
        (
            [expired(f"10.0.0.{each}", b"der") for each in (1, 2)],
            "certificate (SHA-256 5050d80d22ecd471…): certificate expired, 2 targets in 10.0.0.0/24, port 443",
        ),
    ],
)  # fmt: skip
def test_each_kind_has_the_words_of_its_group(results: list[Result], sentence: str) -> None:
    assert groups_of(*results).forming(3) == [sentence]


def test_a_look_at_the_groups_does_not_change_the_result() -> None:
    results = [*REFUSED, *SILENT, good("10.0.1.20", 25), unresolved("db1.example.net")]
    looked_at = Groups()
    for each in results:
        looked_at.add(each)
        looked_at.forming(3)
    assert looked_at.finish() == groups_of(*results).finish()
    assert looked_at.to_trace() == groups_of(*results).to_trace()


def test_a_look_at_the_most_clusters_takes_a_few_milliseconds() -> None:
    groups = Groups()
    for number in range(2 * MOST_CLUSTERS):
        address = f"10.{number >> 8}.{number & 255}.1"
        groups.note_fact({"cause": "refused", "address": address, "port": number})
    times = []
    for _ in range(20):
        begin = time.process_time()
        groups.forming(3)
        times.append(time.process_time() - begin)
    assert min(times) < 0.005
