# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults that many targets share, each in a fresh fan of namespaces, and the groups that a run over them must give."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from real.folders import open_folder

from .fan import FAR, FAR_TARGETS, NEAR, NEAR_TARGETS, PORT, RESOLVER, ROUTER, WITNESS, Fan
from .namespaces import end, own_files, spawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EVERYTHING = (*NEAR_TARGETS, *FAR_TARGETS)

NAMES = tuple(f"db{number}.lab.example" for number in range(300))

UNRELATED = 50
"""Failures without a common cause: 5 % of the targets."""

LIMIT = "3"
"""Seconds that each check may take: a few retransmissions, and time for a trace."""

PROGRAM = Path(__file__).resolve().parents[2] / "plugins" / "check_tcp_sweep"

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
    rate       checks begun in a second; 0: as many as possible
    after      number of results after which the fault begins; 0: before the run
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
        rate: int = 0,
        after: int = 0,
    ) -> None:
        self.name = name
        self.break_it = break_it
        self.groups = groups
        self.total = total
        self.targets = targets
        self.singles = singles
        self.suspicion = suspicion
        self.witness = witness
        self.rate = rate
        self.after = after

    def complaints(self, seen: dict[str, Any]) -> list[str]:
        """Return what is wrong with the outputs of a sweep."""
        found = seen["json"]
        wrong = self._wrong_state(seen) + _wrong_words(seen)
        if not self.suspicion:
            wrong += self._wrong_groups(found)
        return [f"{self.name}: {each}" for each in wrong]

    def _wrong_state(self, seen: dict[str, Any]) -> list[str]:
        """Return what is wrong with the suspicion and the states."""
        found, code = seen["json"], seen["code"]
        states = {row["state"] for row in found["rows"]}
        wrong = []
        if self.suspicion not in str(found["suspicion"]) or (found["suspicion"] is None) != (
            not self.suspicion
        ):
            wrong.append(
                f"the suspicion is {found['suspicion']!r}, expected {self.suspicion or 'no suspicion'!r}"
            )
        expected, possible = (3, {"OK", "UNKNOWN"}) if self.suspicion else (2, {"OK", "CRITICAL", "UNKNOWN"})
        if code != expected or found["exit_code"] != expected or not states <= possible:
            wrong.append(f"the exit code is {code}, and the states are {sorted(states)}")
        if self.after and "OK" not in states:
            wrong.append("no target is OK, although the fault began later")
        if self.suspicion and ("CRITICAL" in seen["plugin"] or "CRITICAL" in seen["table"]):
            wrong.append("a target is reported as down")
        return wrong

    def _wrong_groups(self, found: dict[str, Any]) -> list[str]:
        """Return what is wrong with the groups and their members."""
        wrong = []
        groups = [(each["kind"], each["count"], _named(each)) for each in found["groups"]]
        matched = len(groups) == len(self.groups) and all(
            any(kind == one and least <= count <= most and named == name for one, count, named in groups)
            for kind, least, most, name in self.groups
        )
        if not matched:
            wrong.append(f"the groups are {groups}, expected {list(self.groups)}")
        failed = [row for row in found["rows"] if row["state"] != "OK"]
        alone = [row for row in failed if not row.get("group")]
        if len(failed) != self.total or len(alone) != self.singles:
            wrong.append(
                f"{len(failed)} targets failed and {len(alone)} are in no group,"
                f" expected {self.total} and {self.singles}"
            )
        for each in found["groups"]:
            inside = [row["place"] for row in failed if row.get("group") == each["number"]]
            if len(inside) != each["count"] or set(inside) != set(each["members"]):
                wrong.append(
                    f"group {each['number']} has {each['count']} failures, and {len(inside)} rows name it"
                )
        return wrong


def _named(group: dict[str, Any]) -> str | None:
    """Return the device that names a group of the JSON document."""
    value: str | None = group.get({"hop": "hop", "resolver": "resolver"}.get(group["kind"], "box"))
    return value


def _wrong_words(seen: dict[str, Any]) -> list[str]:
    """Return what the plugin output or the table lacks of the JSON document."""
    found = seen["json"]
    wrong = [f"the plugin output begins with {seen['plugin'][:80]!r}"] * (
        found["output"] not in seen["plugin"]
    )
    wrong += [f"the table begins with {seen['table'][:80]!r}"] * (found["output"] not in seen["table"])
    for each in found["groups"]:
        sentence = each["sentence"]
        wrong += [f"the plugin output lacks {sentence!r}"] * (
            f"group {each['number']}: {sentence}" not in seen["plugin"]
        )
        wrong += [f"the table lacks {sentence!r}"] * (
            f"Group {each['number']}: {sentence}" not in seen["table"]
        )
    return wrong


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
        "our own link goes down", own_link_down, [], 0, suspicion="the witness fails", witness=True, rate=300, after=100
    ),
    Situation(
        "a dead resolver", dead_resolver, [("resolver", 300, 300, RESOLVER)], 300, targets=(*NAMES, *FAR_TARGETS)
    ),
    Situation(
        "a failing resolver", failing_resolver, [("resolver", 300, 300, RESOLVER)], 300, targets=(*NAMES, *FAR_TARGETS)
    ),
    Situation("a dead resolver, and names only", dead_resolver, [], 300, targets=NAMES, suspicion="names are not resolved"),
)  # fmt: skip


def explained(situation: Situation, folder: Path) -> dict[str, Any]:
    """Build the fan in this process, break it, sweep the targets, and return what the outputs have."""
    made = Fan()
    files = {"/etc/resolv.conf": f"nameserver {RESOLVER}\n", "/etc/nsswitch.conf": "hosts: files dns\n"}
    own_files(files, folder)
    if not situation.after:
        situation.break_it(made)
    began = time.monotonic()
    lines_path, json_path, table_path = folder / "run.jsonl", folder / "run.json", folder / "run.txt"
    words = [
        sys.executable, str(PROGRAM), "--set", f"timeout={LIMIT}", "--output", "plugin", "--output", f"json:{json_path}",
        "--output", f"table:{table_path}", "--output", f"jsonl:{lines_path}", "-",
    ]  # fmt: skip
    if situation.witness:
        words[2:2] = ["--witness", f"{WITNESS}:{PORT}"]
    if situation.rate:
        words[2:2] = ["--rate", str(situation.rate)]
    rows = "".join(f"{host}:{PORT}\n" for host in situation.targets)
    if situation.after:
        threading.Thread(target=_break_later, args=(situation, made, lines_path), daemon=True).start()
    done = subprocess.run(words, input=rows, capture_output=True, text=True, timeout=LONGEST, check=False)
    if not json_path.exists():
        raise RuntimeError(f"{situation.name}: {done.stdout}{done.stderr}")
    return {
        "seconds": round(time.monotonic() - began, 1),
        "plugin": done.stdout,
        "code": done.returncode,
        "table": table_path.read_text(encoding="utf-8"),
        "json": json.loads(json_path.read_text(encoding="utf-8")),
    }


def _break_later(situation: Situation, made: Fan, lines: Path) -> None:
    """Break the fan when so many results are written."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        time.sleep(0.02)
        if lines.exists() and lines.read_bytes().count(b"\n") >= situation.after:
            situation.break_it(made)
            return


def all_explained(
    situations: Sequence[Situation], width: int
) -> Iterator[tuple[Situation, dict[str, Any] | None]]:
    """Run situations, several side by side, each in a process of its own; yield each with what it gave."""
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
                yield each, json.loads(text) if text else None
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
    mine = Path(tempfile.mkdtemp(dir=folder))  # a situation may run several times
    with os.fdopen(writer, "w", encoding="utf-8") as pipe:
        json.dump(explained(situation, mine), pipe)
