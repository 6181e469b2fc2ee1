# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A client, a router, and two networks after it, each after a router of its own: 400 targets on one, 600 on the other.

Each network is one namespace, to which its whole prefix is local, so that a thousand targets take no more than ten.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from . import link
from .namespaces import Namespace, spawn
from .resolver import answer, bound
from .topology import SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

PORT = 7443
CLIENT, ROUTER, RESOLVER, WITNESS = "10.70.0.1", "10.70.0.2", "10.75.0.53", "10.76.0.1"
NEAR, FAR = "10.71.0.2", "10.72.0.2"
"""The routers of the two networks, as the client's traces see them."""

NEAR_NETS = tuple(f"10.77.{number}" for number in range(4))
FAR_NETS = tuple(f"10.78.{number}" for number in range(6))
HOSTS = tuple(range(1, 101))

NEAR_TARGETS = tuple(f"{net}.{host}" for net in NEAR_NETS for host in HOSTS)
FAR_TARGETS = tuple(f"{net}.{host}" for net in FAR_NETS for host in HOSTS)

BACKLOG = 4096

# name: the devices as (name, namespace at the other end), the addresses, and the routes
_CHAIN = {
    "client": (("right", "middle"),),
    "middle": (("right", "router"),),
    "router": (("near", "near"), ("far", "far")),
    "near": (("down", "many"),),
    "far": (("down", "more"),),
    "many": (),
    "more": (),
}
_ADDRESSES = {
    "client": (f"{CLIENT}/24 dev right",),
    "router": (f"{ROUTER}/24 dev left", "10.71.0.1/24 dev near", "10.72.0.1/24 dev far", f"{RESOLVER}/32 dev lo", f"{WITNESS}/32 dev lo"),
    "near": (f"{NEAR}/24 dev left", "10.73.0.1/24 dev down"),
    "far": (f"{FAR}/24 dev left", "10.74.0.1/24 dev down"),
    "many": ("10.73.0.2/24 dev left",),
    "more": ("10.74.0.2/24 dev left",),
}  # fmt: skip
_ROUTES = {
    "client": (f"default via {ROUTER}",),
    "router": (f"10.77.0.0/16 via {NEAR}", f"10.78.0.0/16 via {FAR}"),
    "near": ("default via 10.71.0.1", "10.77.0.0/16 via 10.73.0.2"),
    "far": ("default via 10.72.0.1", "10.78.0.0/16 via 10.74.0.2"),
    "many": ("default via 10.73.0.1", "local 10.77.0.0/16 dev lo"),
    "more": ("default via 10.74.0.1", "local 10.78.0.0/16 dev lo"),
}


class Fan:
    """The namespaces, by name; this process ends up in that of the client."""

    def __init__(self) -> None:
        self.boxes = {name: Namespace(name) for name in _CHAIN}
        for name, box in self.boxes.items():
            router = name in ("router", "near", "far")
            box.sysctl({"ipv4/ip_forward": int(router), "ipv6/conf/all/disable_ipv6": 1})
            box.ip("link set dev lo up")
            for device, other in _CHAIN[name]:
                box.ip(f"link add name {device} type veth peer name left netns {self.boxes[other].path}")
        for name, box in self.boxes.items():
            devices = [device for device, _ in _CHAIN[name]] + ["left"] * (name != "client")
            box.ip(
                *(f"link set dev {device} gso_max_segs 1 up" for device in devices),
                *(f"address add {each}" for each in _ADDRESSES.get(name, ())),
            )
        for name, routes in _ROUTES.items():
            self.boxes[name].ip(*(f"route add {each}" for each in routes))
        for name, device in (("client", "right"), ("router", "left")):
            self.boxes[name].enter()
            link.without_offloads(device)
        self.boxes["middle"].enter()
        link.start(SECONDS)
        for name in ("many", "more", "router"):
            self.boxes[name].sysctl({"core/somaxconn": BACKLOG})
            spawn(accept, listening())
        self.boxes["client"].enter()

    def resolver(self, names: Mapping[str, tuple[str, ...]], behaviour: str) -> None:
        """Start a name server on the router."""
        self.boxes["router"].enter()
        spawn(answer, bound(RESOLVER), names, behaviour)
        self.boxes["client"].enter()

    def filter(self, box: str, hook: str, *rules: str) -> None:
        """Add packet filter rules to a box, for the packets that it forwards or those that it gets (nftables)."""
        lines = "".join(f"add rule ip lab {hook} {each}\n" for each in rules)
        chain = f"add table ip lab\nadd chain ip lab {hook} {{ type filter hook {hook} priority 0; }}\n"
        self.boxes[box].run(["nft", "-f", "-"], chain + lines)
        self.boxes["client"].enter()

    def ip(self, box: str, *lines: str) -> None:
        """Run `ip` commands on a box."""
        self.boxes[box].ip(*lines)
        self.boxes["client"].enter()

    def sysctl(self, box: str, values: Mapping[str, int]) -> None:
        """Set kernel parameters of a box."""
        self.boxes[box].sysctl(values)
        self.boxes["client"].enter()


def listening() -> socket.socket:
    """A socket that listens on every address of this namespace."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("", PORT))
    sock.listen(BACKLOG)
    return sock


def accept(sock: socket.socket) -> None:
    """Accept connections and close them, until the process is ended."""
    while True:
        sock.accept()[0].close()
