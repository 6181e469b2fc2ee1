# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Evidence about the monitoring host: its routes, neighbours, interfaces and counters, and its hosts file."""

from __future__ import annotations

from .value import Value


class Route(Value):
    """The route that the kernel of this host chooses for an address.

    kind       one of KINDS; local: an address of this host; "none": there is no route, see ``error``
    index      index of the interface that it leaves through, or 0
    interface  name of that interface, or None
    gateway    address of the next router; None: the address is directly connected, or an address of this host
    source     the source address that the kernel selects, or None
    mtu        MTU of the path, where one is configured or the kernel has learned it from an ICMP message; or None
    error      errno of the lookup where there is no route (ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL), or 0
    """

    kind: str
    index: int = 0
    interface: str | None = None
    gateway: str | None = None
    source: str | None = None
    mtu: int | None = None
    error: int = 0

    KINDS = (
        "none", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "other",
    )  # fmt: skip

    def _validate(self) -> None:
        if self.kind not in self.KINDS:
            raise ValueError(f"invalid kind of route {self.kind!r}: must be one of {', '.join(self.KINDS)}")

    @property
    def is_on_link(self) -> bool:
        """Whether the address is on a link of this host: no router is between them."""
        return self.kind == "unicast" and self.gateway is None


class Neighbour(Value):
    """An entry of the kernel's neighbour table (ARP, IPv6 neighbour discovery).

    address  IP address
    state    one of STATES, in the words of ip-neighbour(8). incomplete: no answer so far; failed: no answer to any
             request; reachable: confirmed in the last seconds; stale: answered before; delay, probe: it is stale,
             and the kernel is confirming it; noarp, permanent: no requests are sent; "none": no request was sent yet
    index    index of the interface
    """

    address: str
    state: str
    index: int = 0

    STATES = ("none", "incomplete", "reachable", "stale", "delay", "probe", "failed", "noarp", "permanent")

    def _validate(self) -> None:
        if self.state not in self.STATES:
            raise ValueError(
                f"invalid state of a neighbour {self.state!r}: must be one of {', '.join(self.STATES)}"
            )

    @property
    def is_missing(self) -> bool:
        """Whether it has not answered: packets to it are queued, or were dropped."""
        return self.state in ("incomplete", "failed")


class Reach(Value):
    """How this host reaches an address.

    address    the address
    route      the route to it
    neighbour  the entry of the next hop; None: there is no entry, the interface needs no entry, or it could not be read
    """

    address: str
    route: Route
    neighbour: Neighbour | None = None

    @property
    def next_hop(self) -> str | None:
        """The address of the gateway, or the address itself if it is on a link of this host; None without a unicast route."""
        if self.route.kind != "unicast":
            return None
        return self.route.gateway or self.address


class Interface(Value):
    """The state of an interface of this host.

    name     its name
    up       whether it is administratively up (IFF_UP), or None
    carrier  whether there is a link, as with a cable; None: unknown, as for an interface that is not up
    state    operational state of RFC 2863, one of STATES; unknown: the driver does not report it, as for lo and tun
    """

    name: str
    up: bool | None = None
    carrier: bool | None = None
    state: str = "unknown"

    STATES = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")

    def _validate(self) -> None:
        if self.state not in self.STATES:
            raise ValueError(
                f"invalid state of an interface {self.state!r}: must be one of {', '.join(self.STATES)}"
            )

    @property
    def is_down(self) -> bool:
        """Whether the interface certainly transmits no packets."""
        return (
            self.up is False
            or self.carrier is False
            or self.state in ("notpresent", "down", "lowerlayerdown")
        )


class Counters(Value, kw_only=True):
    """Packet counters of this host for all its traffic, since boot or between two readings. None: not known.

    received, received6        IP packets that arrived (Ip InReceives, Ip6InReceives)
    delivered, delivered6      of these, passed to TCP, UDP, ICMP, … (InDelivers)
    forwarded, forwarded6      of these, sent on to another host (ForwDatagrams)
    discarded, discarded6      of these, dropped because memory was short, or by some filters (InDiscards)
    reverse_path_filtered      dropped by rp_filter: the route back leaves through another interface
    bad_checksums              TCP segments with a wrong checksum
    listen_overflows           connections dropped because an accept queue of this host was full
    listen_drops               SYNs to a socket of this host that were dropped, for any reason
    """

    received: int | None = None
    received6: int | None = None
    delivered: int | None = None
    delivered6: int | None = None
    forwarded: int | None = None
    forwarded6: int | None = None
    discarded: int | None = None
    discarded6: int | None = None
    reverse_path_filtered: int | None = None
    bad_checksums: int | None = None
    listen_overflows: int | None = None
    listen_drops: int | None = None

    def since(self, earlier: Counters) -> Counters:
        """Return what was counted between two readings; a counter that went back, as after an overflow, is None."""
        changes = {}
        for name in type(self).FIELDS:
            now: int | None = getattr(self, name)
            before: int | None = getattr(earlier, name)
            changes[name] = now - before if now is not None and before is not None and now >= before else None
        return type(self)(**changes)

    @property
    def undelivered(self) -> int | None:
        """How many IPv4 packets arrived, but were neither delivered nor forwarded; or None.

        An input filter or rp_filter of this host has dropped them. A packet in n fragments counts n - 1 times. At the
        moment of a reading, a packet may be counted as received only. So only a difference between two readings that
        is greater than one packet is evidence.
        """
        return _undelivered(self.received, self.delivered, self.forwarded)

    @property
    def undelivered6(self) -> int | None:
        """The same for IPv6, or None."""
        return _undelivered(self.received6, self.delivered6, self.forwarded6)


def _undelivered(received: int | None, delivered: int | None, forwarded: int | None) -> int | None:
    if received is None or delivered is None:
        return None
    return max(0, received - delivered - (forwarded or 0))


class HostsEntry(Value):
    """What /etc/hosts has for a name: its addresses in the order of the file, or () where it is not there."""

    name: str
    addresses: tuple[str, ...] = ()
