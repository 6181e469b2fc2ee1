# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The nouns of the laboratory: the row of its table, and the faults that it can inject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

CLIENT, SERVER, LAST = "client", "server", "last"
"""Names of boxes. The others are router1, router2 and so on; "last" is the router next to the server."""


DEFAULT_LIMIT = 10.0
"""-t of check_tcp_health and of check_tcp, in seconds."""


@dataclass(frozen=True)
class Filter:
    """A packet filter on a box: the verdict for matching packets, both in nftables' syntax.

    hook   where in the box's stack: input, forward or output
    idle   the rule is expected to match nothing: what the check sends is not what the filter looks for
    """

    box: str
    hook: str
    match: str
    verdict: str = "drop"
    idle: bool = False


@dataclass(frozen=True)
class Dead:
    """A box that drops everything, including ARP and neighbour discovery, on one of its sides or on both.

    toward  the dead side: client, server, or both
    """

    box: str
    toward: str = "both"


@dataclass(frozen=True)
class NoRoute:
    """A box has lost its route: a router loses the route towards the server, the client its default route."""

    box: str
    family: int = 4


@dataclass(frozen=True)
class SmallMtu:
    """The link between router 1 and router 2 carries packets of at most this many bytes; the ends do not know."""

    size: int


@dataclass(frozen=True)
class Loss:
    """Router 1 loses this share of the packets towards the server.

    Of the SYNs it loses exactly this share. The seed decides which ones, so that a run is repeatable and the kernel never
    loses more than four in a row. Of the other packets it loses a random share.
    """

    percent: int


@dataclass(frozen=True)
class SlowLink:
    """The link between the client and router 1 has this delay in each direction, in seconds."""

    seconds: float


@dataclass(frozen=True)
class Resolver:
    """What the name server does: answer, stay silent, be closed, or fail with a DNS response code.

    address  the placeholder of its address; another one than its usual address is that of the client, or of nobody
    """

    behaviour: str
    address: str = "resolver"


@dataclass(frozen=True)
class FewDescriptors:
    """The check may have this many descriptors open."""

    limit: int


@dataclass(frozen=True)
class Silent:
    """A box ignores every packet to one of its addresses, ARP included, as if the host with that address had died."""

    box: str
    address: str


@dataclass(frozen=True)
class Unplugged:
    """The client's network interface has lost its carrier: the cable is out."""


@dataclass(frozen=True)
class Loop:
    """Router 2 sends packets for the server back to router 1, which sends them to router 2 again."""

    family: int = 4


@dataclass(frozen=True)
class ReversePath:
    """The client discards every answer of the server: its routing table expects them on another interface (rp_filter)."""


@dataclass(frozen=True)
class SynProxy:
    """A router completes handshakes in the server's name, and connects to the server only afterwards."""

    box: str


@dataclass(frozen=True)
class Container:
    """The server translates a port to a container after it.

    port    a placeholder: port or control
    alive   whether the container runs; if not, no host answers ARP for its address
    serves  whether a service listens in the container; if not, the container refuses
    """

    port: str
    alive: bool = True
    serves: bool = True


@dataclass(frozen=True)
class Pinned:
    """/etc/hosts of the client has a line that gives a name another address; both are placeholders."""

    name: str
    address: str


@dataclass(frozen=True)
class Paused:
    """The check's process is stopped while it connects, and continues later, as on an overloaded machine."""

    seconds: float


@dataclass(frozen=True)
class Later:
    """A fault begins when the check has run for this many seconds."""

    seconds: float
    fault: Filter | Dead


@dataclass(frozen=True)
class Translated:
    """The router next to the server translates the port's connections to another address; a placeholder names it."""

    address: str


@dataclass(frozen=True)
class Portal:
    """Router 1 takes the port's connections for itself, and answers every request with a redirect, as a captive portal."""


@dataclass(frozen=True)
class LocalRoute:
    """The client has a route of this kind to the server's network: unreachable, blackhole or prohibit."""

    kind: str


@dataclass(frozen=True)
class WrongGateway:
    """The client's default route goes to an address on its link that no host has."""


@dataclass(frozen=True)
class WrongNetmask:
    """The client takes the server for a host on its own link."""


@dataclass(frozen=True)
class WrongNeighbour:
    """The client has a permanent neighbour entry for its gateway, with the address of a replaced network card."""


@dataclass(frozen=True)
class NoWayBack:
    """The router next to the server has no route back to the client's network."""


@dataclass(frozen=True)
class FirstNameServer:
    """/etc/resolv.conf of the client has another name server before the usual one; a placeholder names it."""

    address: str


@dataclass(frozen=True)
class Lacks:
    """The check may not use these facilities of the kernel, as in a hardened service unit or on another system.

    netlink     AF_NETLINK sockets
    errqueue    the error queue of a socket, which has the senders of ICMP messages
    """

    facilities: tuple[str, ...]


@dataclass(frozen=True)
class UnixSocket:
    """A Unix socket at {socket}: `full` (its backlog), `refused` (no process listens), `closed` (to other users), or `greets`."""

    kind: str


Injection = Union[
    Filter, Dead, NoRoute, SmallMtu, Loss, SlowLink, Resolver, FewDescriptors, Silent, Unplugged, Loop, ReversePath,
    SynProxy, Container, Pinned, Paused, Later, Translated, Portal, LocalRoute, WrongGateway, WrongNetmask,
    WrongNeighbour, NoWayBack, FirstNameServer, Lacks, UnixSocket,
]  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A fault, how to inject it, the command, and the expected verdict.

    name      unique, for ROWS=
    fault     a description of the fault, for the table
    command   the arguments of both check_tcp_health and the C plugin
    more      further arguments of check_tcp_health alone
    service   what the server does at {port}: a name in services.py
    inject    the faults, in their order
    warm      whether the boxes exchanged packets shortly before, so that their neighbour entries are fresh
    domains   the domains that the verdict names, all of them and no other; empty: no fault may be reported
    box       the box that it names, or None for no box
    state     the exit code
    says      regular expressions that must occur in the first two lines, in upper or lower case
    never     regular expressions that must not
    tells     regular expressions that must occur anywhere in the output, such as in the evidence
    latest    seconds after which the check must have ended; -t and a little more where it is None

    Words and expressions have placeholders: {host}, {host6}, {second}, {third} (addresses of the server), {port},
    {near} (a host on the client's own link, which is router 1 with another address), {off}, {off6} (addresses in the
    server's network that no host has), {near_off}, {near_off6} (the same on the client's own link), {dead}, {first_off}
    (names: of {off}; of {off} and {host}),
    {control} (a port of the server that always answers), {closed} (one that never does), {name}, {three}, {both},
    {only4}, {unknown} (names), {client}, {router1}, {router1_6} and so on, {last}, {last_6}, {resolver} (addresses as
    the client sees them), {stranger} (an address that nobody has), {large} and {huge} (requests of several packets, and
    of more than a server that does not read will take), {alpn} (names of protocols, 1000 bytes), {hosts_ttl_at_router2}
    (the TTL with which the server's packets leave router 2), {pki} (the folder of the certificates), {socket} (the path
    of a Unix socket).
    """

    name: str
    fault: str
    command: str
    domains: tuple[str, ...]
    state: int
    box: str | None = None
    more: str = ""
    service: str = "greet"
    inject: tuple[Injection, ...] = ()
    warm: bool = True
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    latest: float | None = None

    @property
    def limit(self) -> float:
        """The seconds of -t."""
        words = self.command.split()
        return float(words[words.index("-t") + 1].partition(":")[0]) if "-t" in words else DEFAULT_LIMIT

    @property
    def uses_near(self) -> bool:
        """Whether the row needs the host on the client's own link."""
        return "{near}" in f"{self.command} {self.more}"
