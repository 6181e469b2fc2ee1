# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Client, routers and server as network namespaces in a row, with a link in user space behind the client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import link
from .namespaces import Namespace

if TYPE_CHECKING:
    from .plan import Plan

SECONDS = 0.005
"""What the link takes in each direction: on bare veth an ICMP error comes back inside connect(), as it never does."""

# Before any device exists: an address is usable at once (no duplicate address detection), and nobody solicits routers.
_QUIET = {
    f"ipv6/conf/{which}/{key}": 0
    for which in ("all", "default")
    for key in ("accept_dad", "accept_ra", "router_solicitations")
}
_ROUTER = {"ipv4/ip_forward": 1, "ipv6/conf/all/forwarding": 1}


class Topology:
    """The boxes of a plan, built and connected: box by name, and the processes of its link."""

    def __init__(self, plan: Plan, seconds: float = SECONDS) -> None:
        self.plan = plan
        routers = [f"router{number}" for number in range(1, plan.routers + 1)]
        self.chain = [Namespace(name) for name in ("client", "middle", *routers, "server")]
        self.boxes = {box.name: box for box in self.chain}
        self.boxes["last"] = self.boxes[routers[-1]]
        for box in self.chain:
            box.sysctl({**_QUIET, **(_ROUTER if box.name.startswith("router") else {})})
        self.boxes["middle"].sysctl({"ipv6/conf/default/disable_ipv6": 1})
        for box, following in zip(self.chain, [*self.chain[1:], None]):
            box.ip(*self._devices(box, following), *self._addresses(box.name), *self._routes(box.name))
        for name, device in (("client", "right"), ("router1", "left")):
            self.boxes[name].enter()
            link.without_offloads(device)
        self.boxes["middle"].enter()
        self.processes = link.start(seconds)

    def _devices(self, box: Namespace, following: Namespace | None) -> list[str]:
        """Each box makes the device on its right, and with it the next one's on the left."""
        lines = ["link set dev lo up"]
        if following is not None:
            lines.append(f"link add name right type veth peer name left netns {following.path}")
        devices = [
            name
            for name, there in (("left", box.name != "client"), ("right", following is not None))
            if there
        ]
        return lines + [f"link set dev {device} gso_max_segs 1 up" for device in devices]

    def _addresses(self, name: str) -> list[str]:
        wires = self.plan.wires
        if name == "middle":
            return []
        number = self._number(name)
        held = []
        if number > 0:
            wire = wires[number - 1]
            held += [(wire.right, 24, "left"), (wire.right6, 64, "left")]
        if number < len(wires):
            wire = wires[number]
            held += [(wire.left, 24, "right"), (wire.left6, 64, "right")]
        if name == "server":
            held += [(address, 24, "left") for address in wires[-1].others]
        if name == "router1":
            held += [(self.plan.resolver, 32, "lo"), (self.plan.near, 24, "left")]
        return [
            f"address add {address}/{bits} dev {device}{' nodad' if ':' in address else ''}"
            for address, bits, device in held
        ]

    def _routes(self, name: str) -> list[str]:
        wires = self.plan.wires
        if name == "middle":
            return []
        number = self._number(name)
        lines = []
        if name == "client":
            lines += [f"route add default via {wires[0].right}", f"route add default via {wires[0].right6}"]
        elif name == "server":
            lines += [f"route add default via {wires[-1].left}", f"route add default via {wires[-1].left6}"]
        else:
            if number < self.plan.routers:
                onward, server = wires[number], wires[-1]
                lines += [
                    f"route add {server.net} via {onward.right}", f"route add {server.net6} via {onward.right6}",
                ]  # fmt: skip
            if number > 1:
                backward, client = wires[number - 1], wires[0]
                lines += [
                    f"route add {client.net} via {backward.left}", f"route add {client.net6} via {backward.left6}",
                ]  # fmt: skip
        return lines

    def _number(self, name: str) -> int:
        """How many wires lie between the client and a box."""
        if name == "client":
            return 0
        return len(self.plan.wires) if name == "server" else int(name[len("router") :])
