# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a row of the laboratory is made of: the row, and the faults that it can inject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

CLIENT, SERVER, LAST = "client", "server", "last"
"""Names of boxes beside router1, router2 and so on; last is the router next to the server."""


@dataclass(frozen=True)
class Filter:
    """A packet filter on a box: packets that match meet the verdict, both in nftables' words.

    hook  where in the box's stack: input, forward or output
    """

    box: str
    hook: str
    match: str
    verdict: str = "drop"


@dataclass(frozen=True)
class Dead:
    """A box that takes nothing any more, ARP and neighbour discovery included, on one of its sides or on both.

    toward  the side that has died: client, server, or both
    """

    box: str
    toward: str = "both"


@dataclass(frozen=True)
class NoRoute:
    """A box has lost its route: a router the one towards the server, the client its default route."""

    box: str
    family: int = 4


@dataclass(frozen=True)
class SmallMtu:
    """The link between router 1 and router 2 carries packets of at most this many bytes; the ends do not know."""

    size: int


@dataclass(frozen=True)
class Loss:
    """Router 1 loses this share of the packets towards the server.

    Of the SYNs it loses exactly this share, which ones is drawn from the seed, so that a run is repeatable and the
    kernel never meets a longer losing streak than four; of the others it loses a random share.
    """

    percent: int


@dataclass(frozen=True)
class SlowLink:
    """The link between the client and router 1 takes this long in each direction, in seconds."""

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
    """A fault, how to inject it, what is run, and the verdict that is expected.

    name      unique, for ROWS=
    fault     what is wrong, for the table
    command   the words that check_tcp_health and the C plugin both get
    more      further words for check_tcp_health alone
    service   what the server does at {port}: a name in services.py
    inject    the faults, in their order
    warm      whether the boxes have talked to each other a moment ago, as neighbours that are in use have
    domains   the domains that the verdict names, all of them and no other; none: no fault may be reported
    box       the box that it names, or None for none
    state     the exit code
    says      regular expressions that must occur in the first two lines, in whatever case
    never     regular expressions that must not

    Words and expressions have placeholders: {host}, {host6}, {second}, {third} (addresses of the server), {port},
    {control} (a port of the server that always answers), {closed} (one that never does), {name}, {three}, {both},
    {only4}, {unknown} (names), {client}, {router1}, {router1_6} and so on, {last}, {last_6}, {resolver} (addresses as
    the client sees them), {stranger} (an address that nobody has), {large} and {huge} (requests of several packets, and
    of more than a server that does not read will take), {hosts_ttl_at_router2} (the TTL with which the server's packets
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
