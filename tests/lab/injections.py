# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Injects each fault into a topology, and counts whether it had an effect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import services
from .namespaces import Namespace, spawn
from .nouns import (
    Container,
    Dead,
    Filter,
    Later,
    LocalRoute,
    Loop,
    Loss,
    NoRoute,
    NoWayBack,
    Portal,
    ReversePath,
    Silent,
    SmallMtu,
    SynProxy,
    Translated,
    Unplugged,
    WrongGateway,
    WrongNeighbour,
    WrongNetmask,
)

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
        elif isinstance(injection, Silent):
            _fall_silent(topology, injection)
        elif isinstance(injection, Unplugged):
            # The other end of the client's pair of devices: the client itself still has its interface up.
            topology.boxes["middle"].ip("link set dev left down")
        elif isinstance(injection, Loop):
            _loop(topology, injection)
        elif isinstance(injection, ReversePath):
            _expect_elsewhere(topology)
        elif isinstance(injection, SynProxy):
            _proxy(topology, injection)
        elif isinstance(injection, Container):
            _contain(topology, injection)
        elif isinstance(injection, Translated):
            _redirect(topology, "last", "dnat ip to " + topology.plan.placeholders()[injection.address])
        elif isinstance(injection, Portal):
            _redirect(topology, "router1", "redirect")
            topology.boxes["router1"].enter()
            sock = services.listening(topology.plan.port, "portal")
            spawn(services.serve, sock, "portal", None)  # ends with the trial's process
            sock.close()
        else:
            _misroute(topology, injection)


def _misroute(topology: Topology, injection: Injection) -> None:
    client, first, server = topology.boxes["client"], topology.plan.wires[0], topology.plan.wires[-1]
    if isinstance(injection, LocalRoute):
        client.ip(f"route add {injection.kind} {server.net}")
    elif isinstance(injection, WrongGateway):
        client.ip(f"route replace default via {first.off}")
    elif isinstance(injection, WrongNetmask):
        client.ip(f"route add {topology.plan.host}/32 dev right")
    elif isinstance(injection, WrongNeighbour):
        client.ip(f"neighbour replace {first.right} lladdr 02:00:00:00:00:99 nud permanent dev right")
    elif isinstance(injection, NoWayBack):
        topology.boxes["last"].ip(f"route del {first.net}")


def _redirect(topology: Topology, box: str, verdict: str) -> None:
    plan = topology.plan
    lines = ["chain translated {", "type nat hook prerouting priority dstnat"]
    lines += [f"ip daddr {plan.host} tcp dport {plan.port} {verdict}", "}"]
    _load(topology, box, "inet", lines)


def bites(topology: Topology, injections: tuple[Injection, ...]) -> list[int]:
    """How many packets each injected packet filter has caught; a dead box and a lossy path count as one each."""
    caught = []
    injections = tuple(each.fault if isinstance(each, Later) else each for each in injections)
    for box in sorted({each.box for each in injections if isinstance(each, Filter) and not each.idle}):
        caught += _caught(topology, box, "inet")
    for each in injections:
        if isinstance(each, Silent):
            caught.append(sum(_caught(topology, each.box, "netdev")))
        if isinstance(each, Dead):
            caught.append(sum(_caught(topology, each.box, "netdev")))
        elif isinstance(each, Loss):
            caught.append(sum(_caught(topology, "router1", "inet")))
    return caught


def _caught(topology: Topology, box: str, family: str) -> list[int]:
    if not topology.boxes[box].run(["nft", "list", "tables", family]).strip():
        return [0]  # a fault that was to begin later, and did not
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


def _fall_silent(topology: Topology, injection: Silent) -> None:
    address = topology.plan.placeholders()[injection.address]
    lines = ["chain left {", "type filter hook ingress device left priority 0"]
    lines += [f"arp daddr ip {address} counter drop", f"ip daddr {address} counter drop", "}"]
    _load(topology, injection.box, "netdev", lines)


def _loop(topology: Topology, injection: Loop) -> None:
    wire, server = topology.plan.wires[1], topology.plan.wires[-1]
    net, back = (server.net, wire.left) if injection.family == 4 else (server.net6, wire.left6)
    # With two routers the server's network is router 2's own: a more specific route comes first.
    bits = 32 if injection.family == 4 else 128
    host = topology.plan.host if injection.family == 4 else topology.plan.host6
    destination = net if topology.plan.routers > 2 else f"{host}/{bits}"
    topology.boxes["router2"].ip(f"route replace {destination} via {back}")


def _expect_elsewhere(topology: Topology) -> None:
    """Packets leave through the interface on the right; the main table sends the server's network to another one.

    The mark chooses the other table for packets that leave. A packet that arrives is looked up without a mark.
    """
    client, wires = topology.boxes["client"], topology.plan.wires
    client.ip("link add name aside type veth peer name away", "link set dev aside up", "link set dev away up")
    client.sysctl({"ipv4/conf/right/rp_filter": 1})
    client.ip(
        f"route add {wires[-1].net} dev aside", "rule add fwmark 1 lookup 100",
        f"route add default via {wires[0].right} table 100",
    )  # fmt: skip
    lines = [
        "chain other_table {",
        "type route hook output priority mangle",
        f"ip daddr {wires[-1].net} meta mark set 1",
        "}",
    ]
    _load(topology, "client", "inet", lines)


def _proxy(topology: Topology, injection: SynProxy) -> None:
    box, port = topology.boxes[injection.box], topology.plan.port
    # As nft(8) has it for synproxy: SYNs are not tracked, and the ACK of a handshake is not taken for a connection's.
    box.sysctl({"netfilter/nf_conntrack_tcp_loose": 0, "ipv4/tcp_syncookies": 1, "ipv4/tcp_timestamps": 1})
    lines = [
        "chain raw {",
        "type filter hook prerouting priority raw",
        f"tcp dport {port} tcp flags syn notrack",
        "}",
    ]
    lines += [
        "chain forward {", "type filter hook forward priority 0",
        f"tcp dport {port} ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm",
        "ct state invalid drop", "}",
    ]  # fmt: skip
    _load(topology, injection.box, "inet", lines)


INSIDE, OUTSIDE = "172.31.255.2", "172.31.255.1"
"""Addresses of a container and of its host on their link; the drawn ones begin with 10."""


def _contain(topology: Topology, injection: Container) -> None:
    server, plan = topology.boxes["server"], topology.plan
    port = int(plan.placeholders()[injection.port])
    container = Namespace("container")
    topology.boxes["container"] = container
    server.sysctl({"ipv4/ip_forward": 1})
    server.ip(
        f"link add name inside type veth peer name eth netns {container.path}",
        f"address add {OUTSIDE}/24 dev inside", "link set dev inside gso_max_segs 1 up",
    )  # fmt: skip
    lines = ["chain prerouting {", "type nat hook prerouting priority dstnat"]
    lines += [f"ip daddr {plan.host} tcp dport {port} dnat ip to {INSIDE}", "}"]
    _load(topology, "server", "inet", lines)
    container.ip("link set dev lo up", "link set dev eth gso_max_segs 1 up")
    if injection.alive:
        container.ip(f"address add {INSIDE}/24 dev eth", f"route add default via {OUTSIDE}")
    if injection.alive and injection.serves:
        container.enter()
        sock = services.listening(port, "greet")
        spawn(services.serve, sock, "greet", None)  # ends with the trial's process
        sock.close()
