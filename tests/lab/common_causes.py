# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults that many targets share, each in a fresh fan of namespaces, and the groups that a run over them must give."""

from __future__ import annotations

import json
import os
import random
import shutil
import threading
import time
from typing import TYPE_CHECKING, Any, Callable

from real.folders import open_folder
from support.command_line import built
from tcp_health.runs.groups import Groups
from tcp_health.runs.repeat import evaluate, evaluate_many

from .fan import FAR, FAR_TARGETS, NEAR, NEAR_TARGETS, PORT, RESOLVER, ROUTER, WITNESS, Fan
from .namespaces import end, own_files, spawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tcp_health.model.result import Check

EVERYTHING = (*NEAR_TARGETS, *FAR_TARGETS)

NAMES = tuple(f"db{number}.lab.example" for number in range(300))

UNRELATED = 50
"""Failures without a common cause: 5 % of the targets."""

LIMIT = "3"
"""Seconds that each check may take: a few retransmissions, and time for a trace."""

LONGEST = 60.0
"""Seconds after which a situation is ended."""


class Situation:
    """A fault, and what must come of it.

    name       its name
    break_it   breaks the fan
    targets    what is checked
    groups     the groups with more than one failure: kind, least and most failures, and the device that names it
    total      the number of failures
    singles    the number of failures in groups of one
    suspicion  words of the suspicion, or ""
    witness    whether a witness is checked before and after the run
    in_flight  connections at once
    """

    def __init__(
        self,
        name: str,
        break_it: Callable[[Fan], object],
        groups: Sequence[tuple[str, int, int, str]],
        total: int,
        *,
        targets: Sequence[str] = EVERYTHING,
        singles: int = 0,
        suspicion: str = "",
        witness: bool = False,
        in_flight: int = 1000,
    ) -> None:
        self.name = name
        self.break_it = break_it
        self.groups = groups
        self.total = total
        self.targets = targets
        self.singles = singles
        self.suspicion = suspicion
        self.witness = witness
        self.in_flight = in_flight

    def complaints(self, seen: dict[str, Any]) -> list[str]:
        """Return what is wrong with an explanation."""
        wrong = []
        groups = seen["groups"]
        if self.suspicion:
            if self.suspicion not in str(seen["suspicion"]):
                wrong.append(f"the suspicion is {seen['suspicion']!r}, expected {self.suspicion!r}")
            return [f"{self.name}: {each}" for each in wrong]
        if seen["suspicion"] is not None:
            wrong.append(f"the suspicion is {seen['suspicion']!r}, expected no suspicion")
        common = [each for each in groups if each["kind"] != "single"]
        singles = len(groups) - len(common)
        if singles != self.singles:
            wrong.append(f"{singles} failures are single, expected {self.singles}")
        found = [(each["kind"], each["count"], each["named"]) for each in common]
        matched = len(found) == len(self.groups) and all(
            any(kind == one and least <= count <= most and named == name for one, count, named in found)
            for kind, least, most, name in self.groups
        )
        if not matched:
            wrong.append(f"the groups are {found}, expected {list(self.groups)}")
        failed = sum(each["count"] for each in groups)
        if failed != self.total or seen["failed"] != self.total:
            wrong.append(
                f"{failed} failures are in the groups and {seen['failed']} are counted, expected {self.total}"
            )
        return [f"{self.name}: {each}" for each in wrong]


def silent_router(made: Fan) -> None:
    """The router of the 400 forwards nothing."""
    made.sysctl("near", {"ipv4/ip_forward": 0})


def router_off(made: Fan) -> None:
    """The router of the 400 is off: the router before it gets no answer to ARP."""
    made.ip("near", "link set dev left down")


def route_lost(made: Fan) -> None:
    """The router of the 400 has lost its routes to them, and has one back to the client."""
    made.ip("near", "route del 10.77.0.0/16", "route del default", "route add 10.70.0.0/16 via 10.71.0.1")


def two_faults(made: Fan) -> None:
    """One router is silent, and the other one rejects a prefix, each time."""
    silent_router(made)
    made.sysctl("far", {"ipv4/icmp_ratelimit": 0})
    made.filter("far", "forward", "ip daddr 10.78.0.0/24 reject with icmp type admin-prohibited")


def limited_reject(made: Fan) -> None:
    """A router rejects two prefixes, and sends six messages at once and then one a second."""
    made.filter("far", "forward", "ip daddr 10.78.0.0/23 reject with icmp type admin-prohibited")


def unrelated(made: Fan, among: Sequence[str] = EVERYTHING, count: int = UNRELATED) -> None:
    """Some hosts are silent, some refuse, and some are reported as unreachable."""
    rng = random.Random(20261128)  # noqa: S311 - repeatable on purpose
    chosen = rng.sample(list(among), count)
    for box, start in (("many", "10.77."), ("more", "10.78.")):
        mine = [each for each in chosen if each.startswith(start)]
        made.filter(
            box,
            "input",
            *(f"ip daddr {each} drop" for each in mine[::3]),
            *(f"ip daddr {each} reject with tcp reset" for each in mine[1::3]),
        )
        made.sysctl(box, {"ipv4/icmp_ratelimit": 0})
        made.ip(box, *(f"route add unreachable {each}/32" for each in mine[2::3]))


def silent_and_unrelated(made: Fan) -> None:
    """A router is silent, and of the other targets 5 % fail for reasons of their own."""
    silent_router(made)
    unrelated(made, FAR_TARGETS, 30)


def own_link_down(made: Fan) -> None:
    """The client's link is down."""
    made.ip("client", "link set dev right down")


def cable_pulled(made: Fan) -> None:
    """The other end of the client's link is down: there is no carrier."""
    made.ip("middle", "link set dev left down")


def link_goes_down(made: Fan) -> None:
    """The client's link goes down while the checks run."""
    threading.Timer(0.4, made.ip, ("client", "link set dev right down")).start()


def dead_resolver(made: Fan) -> None:
    """The name server reads the queries, and answers none."""
    made.resolver({}, "silent")


def failing_resolver(made: Fan) -> None:
    """The name server answers SERVFAIL."""
    made.resolver({}, "servfail")


SITUATIONS = (
    Situation("the router of 400 is silent", silent_router, [("hop", 400, 400, ROUTER)], 400),
    Situation("the router of 400 is off", router_off, [("hop", 400, 400, ROUTER)], 400),
    Situation("the router of 400 has no route", route_lost, [("hop", 400, 400, NEAR)], 400),
    Situation(
        "two faults at once", two_faults, [("hop", 400, 400, ROUTER), ("signer", 100, 100, FAR)], 500
    ),
    Situation(
        "a reject that is rate-limited", limited_reject,
        [("signer", 1, 60, FAR), ("silent_beside", 140, 199, FAR)], 200,
    ),
    Situation("5 % unrelated failures", unrelated, [], UNRELATED, singles=UNRELATED),
    Situation(
        "a silent router, and 5 % of the others", silent_and_unrelated, [("hop", 400, 400, ROUTER)], 430, singles=30
    ),
    Situation("our own link is down", own_link_down, [], 1000, suspicion="no route from here"),
    Situation("our own cable is pulled", cable_pulled, [], 1000, suspicion="interface right has no link"),
    Situation(
        "our own link goes down", link_goes_down, [], 0, suspicion="the witness fails", witness=True, in_flight=20
    ),
    Situation(
        "a dead resolver", dead_resolver, [("resolver", 300, 300, RESOLVER)], 300, targets=(*NAMES, *FAR_TARGETS)
    ),
    Situation(
        "a failing resolver", failing_resolver, [("resolver", 300, 300, RESOLVER)], 300, targets=(*NAMES, *FAR_TARGETS)
    ),
    Situation("a dead resolver, and names only", dead_resolver, [], 300, targets=NAMES, suspicion="names are not resolved"),
)  # fmt: skip


def check_of(host: str) -> Check:
    """The check of a target, without a trace, as a sweep makes it."""
    return built(f"-H {host} -p {PORT} -t {LIMIT} --trace never")


def explained(situation: Situation, folder: Path) -> dict[str, Any]:
    """Build the fan in this process, break it, check the targets, and return the explanation as plain data."""
    files = {"/etc/resolv.conf": f"nameserver {RESOLVER}\n", "/etc/nsswitch.conf": "hosts: files dns\n"}
    made = Fan()
    own_files(files, folder)
    witness = check_of(WITNESS)
    rounds = [[evaluate(witness)]] if situation.witness else []
    situation.break_it(made)
    began = time.monotonic()
    groups = Groups()
    for result in evaluate_many(map(check_of, situation.targets), limit=situation.in_flight):
        groups.add(result)
    swept = time.monotonic()
    for result in evaluate_many(groups.to_trace()):
        groups.traced(result)
    traced = time.monotonic()
    if situation.witness:
        rounds.append([evaluate(witness)])
    found = groups.finish(rounds)
    return {
        "failed": found.failed,
        "suspicion": found.suspicion,
        "seconds": [round(swept - began, 1), round(traced - swept, 1)],
        "groups": [
            {
                "kind": each.kind,
                "count": each.count,
                "named": (
                    each.hop if each.kind == "hop" else each.resolver if each.kind == "resolver" else each.box
                ),
                "sentence": each.sentence,
            }
            for each in found.groups
        ],
    }


def all_explained(situations: Sequence[Situation], width: int) -> Iterator[tuple[Situation, dict[str, Any]]]:
    """Run situations, several side by side, each in a process of its own; yield each with its explanation."""
    folder = open_folder("tcp-health-groups-")
    try:
        waiting = list(situations)
        while waiting:
            some, waiting = waiting[:width], waiting[width:]
            jobs = [(each, *_begun(each, folder)) for each in some]
            for each, process, reader in jobs:
                with os.fdopen(reader, encoding="utf-8") as pipe:
                    text = pipe.read()
                end([process])
                yield (
                    each,
                    json.loads(text) if text else {"groups": [], "suspicion": "it failed", "failed": 0},
                )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _begun(situation: Situation, folder: Path) -> tuple[int, int]:
    reader, writer = os.pipe()
    process = spawn(_tell, situation, folder, writer)
    os.close(writer)
    return process, reader


def _tell(situation: Situation, folder: Path, writer: int) -> None:
    timer = threading.Timer(LONGEST, os._exit, (1,))
    timer.daemon = True
    timer.start()
    mine = folder / situation.name.replace(" ", "-")
    mine.mkdir()
    with os.fdopen(writer, "w", encoding="utf-8") as pipe:
        json.dump(explained(situation, mine), pipe)
