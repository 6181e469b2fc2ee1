# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The addresses, ports, names and hops of one topology, drawn from a seed."""

from __future__ import annotations

import random

NEVER_MORE_LOST = 3
"""The longest streak of SYNs that a lossy path loses: the fourth gets through within 4 s on every kernel."""


class Wire:
    """A network between two neighbours: its left end is the one nearer to the client. IPv4 and IPv6.

    others      two further addresses of a host in this network
    off, off6   addresses that no host has
    """

    def __init__(self, draw: random.Random, second: int, third: int, prefix: str, number: int) -> None:
        hosts = draw.sample(range(1, 255), 5)
        self.net = f"10.{second}.{third}.0/24"
        self.left, self.right, *self.others, self.off = (f"10.{second}.{third}.{host}" for host in hosts)
        low, off, high = sorted(draw.sample(range(1, 0xFFFF), 3))
        subnet = f"{prefix}:{number + 1:x}::"
        self.net6 = f"{subnet}/64"
        self.left6, self.right6 = f"{subnet}{low:x}", f"{subnet}{high:x}"
        self.off6 = f"{subnet}{off:x}"


class Plan:
    """A topology as drawn: client, routers (two to four), server, and what each is called.

    wires     from the client outwards: wires[0] is client and router 1, wires[-1] the last router and the server
    """

    def __init__(self, seed: int, row: str) -> None:
        draw = random.Random(f"{seed}/{row}")  # noqa: S311 - repeatable on purpose
        self.draw = draw
        self.routers = draw.choice((2, 2, 3, 4))
        nets = draw.sample(
            [(second, third) for second in range(1, 255) for third in range(256)], self.routers + 3
        )
        prefix = f"fd{draw.randrange(256):02x}:{draw.randrange(1, 0x10000):x}:{draw.randrange(1, 0x10000):x}"
        self.wires = [Wire(draw, *nets[number], prefix, number) for number in range(self.routers + 1)]
        self.resolver = f"10.{nets[-1][0]}.{nets[-1][1]}.{draw.randrange(1, 255)}"
        self.stranger = f"10.{nets[-2][0]}.{nets[-2][1]}.{draw.randrange(1, 255)}"
        self.port, self.control, self.closed = draw.sample(range(1024, 32768), 3)
        self.domain = "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=6)) + ".test"

    @property
    def host(self) -> str:
        """The server's first address."""
        return self.wires[-1].right

    @property
    def host6(self) -> str:
        """The server's IPv6 address."""
        return self.wires[-1].right6

    @property
    def near(self) -> str:
        """The host on the client's own link."""
        return self.wires[0].others[0]

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """What the name server knows: name and addresses."""
        host, others = self.host, self.wires[-1].others
        return {
            f"db1.{self.domain}": (host,),
            f"three.{self.domain}": (host, *others),
            f"both.{self.domain}": (host, self.host6),
            f"only4.{self.domain}": (host,),
            f"dead.{self.domain}": (self.wires[-1].off,),
            f"first-off.{self.domain}": (self.wires[-1].off, host),
        }

    def placeholders(self) -> dict[str, str]:
        """What stands for the placeholders of a row."""
        second, third = self.wires[-1].others
        words = {
            "client": self.wires[0].left, "host": self.host, "host6": self.host6, "second": second, "third": third,
            "resolver": self.resolver, "stranger": self.stranger,
            "port": str(self.port), "control": str(self.control), "closed": str(self.closed),
            "name": f"db1.{self.domain}", "three": f"three.{self.domain}", "both": f"both.{self.domain}",
            "only4": f"only4.{self.domain}", "unknown": f"unknown.{self.domain}",
            "near": self.near, "off": self.wires[-1].off, "off6": self.wires[-1].off6,
            "near_off": self.wires[0].off, "near_off6": self.wires[0].off6,
            "dead": f"dead.{self.domain}", "first_off": f"first-off.{self.domain}",
            "alpn": ",".join(letter * 250 for letter in "abcd"),
            "large": "x" * 4000, "huge": "x" * 120_000,
            "hosts_ttl_at_router2": str(64 - self.routers + 1),
        }  # fmt: skip
        for number in range(1, self.routers + 1):
            words[f"router{number}"] = words["last"] = self.wires[number - 1].right
            words[f"router{number}_6"] = words["last_6"] = self.wires[number - 1].right6
        return words

    def lost_syns(self, percent: int, of: int = 20) -> list[int]:
        """Which SYNs of every `of` a lossy path loses, counted from 0."""
        while True:
            lost = sorted(self.draw.sample(range(of), of * percent // 100))
            flags = [number in lost for number in range(of)] * 2
            if not any(all(flags[start : start + NEVER_MORE_LOST + 1]) for start in range(of)):
                return lost
