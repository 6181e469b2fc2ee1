# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The nouns of the laboratory: the row of its table, and the faults that it can inject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

CLIENT, SERVER, LAST = "client", "server", "last"
"""Names of boxes beside router1, router2 and so on; last is the router next to the server."""


@dataclass(frozen=True)
class Filter:
    """A packet filter on a box: the verdict for matching packets, both in nftables' syntax.

    hook  where in the box's stack: input, forward or output
    """

    box: str
    hook: str
    match: str
    verdict: str = "drop"


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
    """What the name server does: answer, stay silent, be closed, or fail with a DNS response code."""

    behaviour: str


@dataclass(frozen=True)
class FewDescriptors:
    """The check may have this many descriptors open."""

    limit: int


Injection = Union[Filter, Dead, NoRoute, SmallMtu, Loss, SlowLink, Resolver, FewDescriptors]


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

    Words and expressions have placeholders: {host}, {host6}, {second}, {third} (addresses of the server), {port},
    {control} (a port of the server that always answers), {closed} (one that always refuses), {name}, {three}, {both},
    {only4}, {unknown} (names), {client}, {router1}, {router1_6} and so on, {last}, {last_6}, {resolver} (addresses as
    the client sees them), {stranger} (an address without a host), {large} and {huge} (requests of several packets, and
    of more than the buffers of a server that does not read), {hosts_ttl_at_router2} (the TTL with which the server's packets
    leave router 2).
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
