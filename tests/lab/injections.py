# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Injects each fault into a topology, and counts whether it had an effect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .nouns import Dead, Filter, Loss, NoRoute, SmallMtu

if TYPE_CHECKING:
    from .nouns import Injection
    from .topology import Topology

TABLE = "lab"


def inject(topology: Topology, injections: tuple[Injection, ...]) -> None:
    """Inject the faults of the network; other modules inject those of the check and the name server."""
    for injection in injections:
        if isinstance(injection, Filter):
            _filter(topology, injection)
        elif isinstance(injection, Dead):
            _die(topology, injection)
        elif isinstance(injection, NoRoute):
            _forget_route(topology, injection)
        elif isinstance(injection, SmallMtu):
            for box, device in (("router1", "right"), ("router2", "left")):
                topology.boxes[box].ip(f"link set dev {device} mtu {injection.size}")
        elif isinstance(injection, Loss):
            _lose(topology, injection)


def bites(topology: Topology, injections: tuple[Injection, ...]) -> list[int]:
    """How many packets each injected packet filter has caught; a dead box and a lossy path count as one each."""
    caught = []
    for box in sorted({each.box for each in injections if isinstance(each, Filter)}):
        caught += _caught(topology, box, "inet")
    for each in injections:
        if isinstance(each, Dead):
            caught.append(sum(_caught(topology, each.box, "netdev")))
        elif isinstance(each, Loss):
            caught.append(sum(_caught(topology, "router1", "inet")))
    return caught


def _caught(topology: Topology, box: str, family: str) -> list[int]:
    rules = topology.boxes[box].run(["nft", "list", "table", family, TABLE])
    return [int(packets) for packets in re.findall(r"counter packets (\d+)", rules)]


def _filter(topology: Topology, injection: Filter) -> None:
    box = topology.boxes[injection.box]
    match = injection.match.format(**topology.plan.placeholders())
    verdict = injection.verdict.format(**topology.plan.placeholders())
    if "ct bytes" in match:
        box.sysctl({"netfilter/nf_conntrack_acct": 1})
    _rules(topology, injection.box, injection.hook, [f"{match} counter {verdict}"])


def _lose(topology: Topology, injection: Loss) -> None:
    port = topology.plan.port
    lost = ", ".join(map(str, topology.plan.lost_syns(injection.percent)))
    syn = f"tcp flags & (fin|syn|rst|ack) == syn tcp dport {port}"
    others = f"tcp flags & syn == 0 tcp dport {port}"
    _rules(
        topology, "router1", "forward",
        [
            f"{syn} numgen inc mod 20 {{ {lost} }} counter drop",
            f"{others} numgen random mod 100 < {injection.percent} counter drop",
        ],
    )  # fmt: skip


def _rules(topology: Topology, box: str, hook: str, rules: list[str]) -> None:
    _load(topology, box, "inet", [f"chain {hook} {{", f"type filter hook {hook} priority 0", *rules, "}"])


def _load(topology: Topology, box: str, family: str, lines: list[str]) -> None:
    text = "\n".join([f"table {family} {TABLE} {{", *lines, "}", ""])
    topology.boxes[box].run(["nft", "-f", "-"], text)


def _die(topology: Topology, injection: Dead) -> None:
    devices = {"client": ["left"], "server": ["right"], "both": ["left", "right"]}[injection.toward]
    if injection.box == "server":
        devices = ["left"]
    lines = []
    for device in devices:
        lines += [
            f"chain {device} {{", f"type filter hook ingress device {device} priority 0", "counter drop", "}",
        ]  # fmt: skip
    _load(topology, injection.box, "netdev", lines)


def _forget_route(topology: Topology, injection: NoRoute) -> None:
    server = topology.plan.wires[-1]
    towards = "default"
    if injection.box != "client":
        towards = server.net if injection.family == 4 else server.net6
    topology.boxes[injection.box].run(["ip", f"-{injection.family}", "route", "del", towards])
