# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The behaviour of servers, as data: for the fake network with a virtual clock, and for real servers."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Callable, Union

from tcp_health.model.causes import Cause
from tcp_health.model.evidence import Icmp
from tcp_health.model.local import Counters, Neighbour
from tcp_health.model.outcome import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tcp_health.model.evidence import TcpState
    from tcp_health.model.local import Interface, Reach

    State = Union[TcpState, Callable[[float], TcpState], None]


class Hear:
    """A step: wait until the client has sent these bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __repr__(self) -> str:
        return f"hear({self.data!r})"


class Word:
    """A step that is a word."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __repr__(self) -> str:
        return self.word


END = Word("END")
"""A step: the server sends FIN, and continues to read."""

RESET = Word("RESET")
"""A step: reset the connection."""

FLOOD = Word("FLOOD")
"""A step: data without end, as fast as the client reads them."""

HEAR = Word("HEAR")
"""What a play yields to be given the next bytes that the client sends."""

Performance = Generator[Union[bytes, float, Word], bytes, None]
"""A play on one connection: it yields bytes to send, a pause in seconds, HEAR, END or RESET."""


class Play:
    """A step that needs more than a list, such as a TLS session, or a dialogue that depends on what the client sends.

    begin  starts it for a connection; it is closed when the client has closed its side, or the connection
    """

    def __init__(self, name: str, begin: Callable[[], Performance]) -> None:
        self.name = name
        self.begin = begin

    def __repr__(self) -> str:
        return f"<{self.name}>"


# Bytes are sent, a number is a pause in seconds; a function gets all received bytes and returns what to send.
Step = Union[bytes, float, Hear, Word, Play, Callable[[bytes], bytes]]


def hear(data: bytes) -> Hear:
    """Wait until the client has sent these bytes; empty: anything, including an empty datagram."""
    return Hear(data)


def drip(pause: float, bytes_: int) -> list[Step]:
    """The steps of a server that sends one byte at a time, with a pause before each."""
    steps: list[Step] = [pause, b"x"]
    return steps * bytes_


class Server:
    """A server at an address.

    kind       accept, refuse, silent (the SYN is dropped), icmp (it is answered by a message), fail (the connect
               fails in the call itself), full (the connect has to wait: a unix socket's backlog), gone (nothing
               exists at the path)
    steps      what it does on each connection once it is established (after the TLS handshake, if any)
    after      seconds the handshake takes, or the refusal, or the message; real servers take the time they take
    failure    the failure of the connect, for refuse, icmp and fail
    retransmits  SYNs the kernel repeats before the handshake succeeds
    lingers    whether the server keeps its side open when the client has ended its own
    deaf       whether it reads nothing
    certificate  days until its TLS certificate expires; None: no TLS
    state      the client's kernel's view of a connection, or a function that returns it for the seconds since then
    small      the same for a connection of small segments
    quiet      the same for a connection on which the client has sent nothing; None: as ``state``
    small_steps  what it does on a connection of small segments; None: as on any other
    forgets    whether it answers a keepalive probe with a reset, as a host that was restarted
    """

    def __init__(
        self,
        kind: str,
        steps: tuple[Step, ...] = (),
        *,
        after: float = 0.001,
        failure: Failure | None = None,
        retransmits: int = 0,
        lingers: bool = False,
        deaf: bool = False,
        certificate: float | None = None,
        state: State = None,
        small: State = None,
        quiet: State = None,
        small_steps: tuple[Step, ...] | None = None,
        forgets: bool = False,
    ) -> None:
        self.state = state
        self.small = small
        self.quiet = quiet
        self.small_steps = steps if small_steps is None else small_steps
        self.forgets = forgets
        self.kind = kind
        self.steps = steps
        self.after = after
        self.failure = failure
        self.retransmits = retransmits
        self.lingers = lingers
        self.deaf = deaf
        self.certificate = certificate

    def __repr__(self) -> str:
        return f"<{self.kind} {self.steps!r}>"


def accepts(*steps: Step, **settings: Any) -> Server:
    """A server that accepts, then plays the steps, then stays silent until the client closes."""
    return Server("accept", steps, **settings)


def refuses(after: float = 0.001) -> Server:
    """A host without a listener on the port."""
    return Server("refuse", after=after, failure=Failure(Cause.REFUSED, "Connection refused", None, 0))


def is_silent() -> Server:
    """A host, or a firewall before it, that drops every SYN."""
    return Server("silent")


def icmp(
    kind: int, code: int, *, version: int = 4, after: float = 0.01, offender: str = "10.99.0.254"
) -> Server:
    """A router that answers the SYN with an ICMP message."""
    prohibited = (kind, code) in ({4: {(3, 9), (3, 10), (3, 13)}, 6: {(1, 1), (1, 5), (1, 6)}}[version])
    port = (version, kind, code) in ((4, 3, 3), (6, 1, 4))
    cause = Cause.PROHIBITED if prohibited else Cause.REFUSED if port else Cause.UNREACHABLE
    # Linux: EHOSTUNREACH for all of IPv4's; of IPv6's EACCES for what is prohibited, ENETUNREACH for no route.
    words = "Connection refused" if port else "No route to host"
    if version == 6 and not port:
        words = "Permission denied" if prohibited else "Network is unreachable"
    return Server("icmp", after=after, failure=Failure(cause, words, Icmp(version, kind, code, offender), 0))


def fails(cause: str, words: str) -> Server:
    """A fault of the monitoring host: the connect fails in the call itself."""
    return Server("fail", failure=Failure(cause, words))


def is_full(*steps: Step, until: float) -> Server:
    """A Unix socket that accepts after its backlog was full for so many seconds."""
    return Server("full", steps, after=until)


def is_gone() -> Server:
    """A path without a Unix socket."""
    return Server("gone", failure=Failure(Cause.SOCKET_MISSING, "No such file or directory"))


class Name:
    """The name service's answer for a name: addresses or a failure after some seconds, or no answer."""

    def __init__(
        self, *addresses: str, after: float = 0.001, failure: Failure | None = None, silent: bool = False
    ) -> None:
        self.addresses = addresses
        self.after = after
        self.failure = failure
        self.silent = silent


class Way:
    """The path to an address: a router a hop, and then the host.

    routers  the address of each, None for one that answers no trace; several addresses alternate, as where paths
             of equal cost differ, and a SYN from a chosen port stays with the first
    hop      seconds there and back for each hop
    passes   hops that a SYN gets through at most; None: all of them
    sender   the hop that sends the answers for the host, beyond the host where its address is translated;
             0: the host itself
    start    the TTL that its answers start with
    """

    def __init__(
        self,
        *routers: str | tuple[str | None, ...] | None,
        hop: float = 0.002,
        passes: int | None = None,
        sender: int = 0,
        start: int = 64,
    ) -> None:
        self.routers = routers
        self.hop = hop
        self.passes = passes
        self.sender = sender
        self.start = start
        self._turn = 0

    def router(self, ttl: int, port: int) -> str | None:
        """The router that a SYN with this TTL ends at."""
        found = self.routers[ttl - 1]
        if not isinstance(found, tuple):
            return found
        if port:
            return found[0]
        self._turn += 1
        return found[self._turn % len(found)]

    @property
    def host(self) -> int:
        """The smallest TTL that reaches the host."""
        return len(self.routers) + 1

    @property
    def arrival(self) -> int:
        """The TTL with which its answers arrive."""
        return self.start - (self.sender or self.host) + 1


def idle(_: float) -> Counters:
    """Counters of a host that delivers every packet."""
    return Counters(received=0, delivered=0, forwarded=0, received6=0, delivered6=0, forwarded6=0)


class Local:
    """What the monitoring host reports about itself; None for what the script does not have.

    reaches     by address text: a Reach, or a function that returns it for the seconds since the start
    interfaces  by name
    counters    a function that returns them for the seconds since the start
    hosts       the addresses of each name in /etc/hosts; None: it cannot be read
    connections a function that returns the connections of every port for the seconds since the start
    """

    def __init__(
        self,
        *,
        reaches: Mapping[str, Reach | Callable[[float], Reach]] | None = None,
        interfaces: Sequence[Interface] = (),
        counters: Callable[[float], Counters] | None = idle,
        hosts: Mapping[str, tuple[str, ...]] | None = None,
        connections: Callable[[float], list[tuple[str, str, int]]] | None = None,
    ) -> None:
        self.connections = connections
        self.reaches = dict(reaches or {})
        self.interfaces = {each.name: each for each in interfaces}
        self.counters = counters
        self.hosts = hosts


# Linux asks for a neighbour once a second, three times (net.ipv4.neigh.default.retrans_time_ms, mcast_solicit).
GIVEN_UP = 3.05


def unanswered(reach: Reach, began: float = 0.0) -> Callable[[float], Reach]:
    """A next hop that is asked for from a time on and never answers: incomplete, then failed."""

    def at(seconds: float) -> Reach:
        hop = reach.next_hop
        if hop is None or seconds < began:
            return reach
        state = "incomplete" if seconds < began + GIVEN_UP else "failed"
        return reach.replace(neighbour=Neighbour(hop, state, reach.route.index))

    return at
