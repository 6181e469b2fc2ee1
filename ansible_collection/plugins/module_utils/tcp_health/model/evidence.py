# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Evidence for a diagnosis: what the kernel, the path, another port and the name service report."""

from __future__ import annotations

from .value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .local import Counters, HostsEntry, Interface, Reach  # a healthy check does not import them


class Icmp(Value):
    """An ICMP message that ended a connect (RFC 792, RFC 4443).

    version    4 or 6
    kind       type of the message
    code       code of the message
    offender   address of the sender as the message claims it, or None where the kernel does not report it
    own        whether offender is an address of this host: its packet filter rejected the SYN, or its ARP or neighbour
               lookup failed
    """

    version: int
    kind: int
    code: int
    offender: str | None
    own: bool = False


class TcpState(Value):
    """The state of a connection as the kernel reports it (struct tcp_info of Linux). Times are seconds.

    state         enum tcp_states: 1 established, 2 SYN sent, 8 the peer has closed
    unanswered    retransmissions of the oldest segment that is not acknowledged
    probes        keepalive or window probes without an answer
    backoff       doublings of the retransmission timer
    unacked       segments sent and not acknowledged
    retransmits   number of retransmitted segments
    heard         time since the last acknowledgement arrived
    acked         bytes that the peer acknowledged, its SYN included; None where the kernel is too old
    segments_in   number of received segments, or None
    window        bytes that the peer is willing to receive, or None
    out_of_order  bytes of memory (SO_MEMINFO) for received segments that cannot be read yet, because a segment before
                  them is missing. None: unknown, or there is data to read first
    """

    state: int
    unanswered: int = 0
    probes: int = 0
    backoff: int = 0
    unacked: int = 0
    retransmits: int = 0
    heard: float = 0.0
    acked: int | None = None
    segments_in: int | None = None
    window: int | None = None
    out_of_order: int | None = None


class Stall(Value):
    """The state of a connection when the check gave up on it, or lost it.

    tcp     the kernel's view of it, or None
    sent    bytes that were given to the kernel
    asked   seconds since keepalive probes were turned on, or None
    small   whether the same bytes got through in small segments on another connection, or were answered there, and not
            in segments of the usual size; None: not tried, or not known
    quiet   the kernel's view of another connection on which nothing was sent, 1.7 s after keepalive probes were turned
            on there; None: not tried
    """

    tcp: TcpState | None
    sent: int = 0
    asked: float | None = None
    small: bool | None = None
    quiet: TcpState | None = None


class Hop(Value):
    """The answer to a SYN with a small TTL.

    ttl       the TTL of the SYN
    kind      one of KINDS: router (time exceeded), open, refused, icmp (another ICMP message), local (it could not
              be sent), silent
    address   the address that answered, or None
    time      seconds until the answer, or None
    icmp      the ICMP message, or None
    """

    ttl: int
    kind: str
    address: str | None = None
    time: float | None = None
    icmp: Icmp | None = None

    KINDS = ("router", "open", "refused", "icmp", "local", "silent")

    def _validate(self) -> None:
        if self.kind not in self.KINDS:
            raise ValueError(f"invalid kind of hop {self.kind!r}: must be one of {', '.join(self.KINDS)}")


class Path(Value):
    """A path trace.

    hops     by TTL, from 1
    steady   whether no two hops contradict each other
    whole    whether the trace was finished; the time limit may cut it short
    """

    hops: tuple[Hop, ...]
    steady: bool = True
    whole: bool = True

    @property
    def end(self) -> Hop | None:
        """The first hop that answered like a host (SYN-ACK or RST), or that rejected the SYN."""
        return next((hop for hop in self.hops if hop.kind in ("open", "refused", "icmp")), None)

    @property
    def last_router(self) -> Hop | None:
        """The farthest router that answered."""
        return next((hop for hop in reversed(self.hops) if hop.kind == "router"), None)

    def position(self, address: str | None) -> int | None:
        """Return the TTL at which an address answered, or None."""
        return next((hop.ttl for hop in self.hops if address is not None and hop.address == address), None)

    @property
    def repeated(self) -> tuple[str, ...]:
        """The addresses of routers that answered at more than one TTL, in the order of the path."""
        seen = self._routers()
        return tuple(dict.fromkeys([each for each in seen if each is not None and seen.count(each) > 1]))

    @property
    def loop(self) -> tuple[str | None, ...]:
        """The routers of a routing loop, each once, None for one that is silent; () without a loop.

        From some TTL on, the same routers answer in the same order until the trace ends. At least two of them answer
        again, or one of them answers twice more. Other repetitions are not a loop: several paths of different length
        in turn (ECMP), or a router that answers at two TTLs in a row.
        """
        if self.end is not None:
            return ()
        seen = self._routers()
        for length in range(2, len(seen) // 2 + 1):
            for start in range(len(seen) - length):
                rest = seen[start:]
                places = [
                    [each for each in rest[place::length] if each is not None] for place in range(length)
                ]
                known = [place[0] for place in places if place]
                repeats = sum(len(place) - 1 for place in places if place)
                if (
                    len(places[0]) > 1
                    and repeats > 1
                    and all(place.count(place[0]) == len(place) for place in places if place)
                    and len(set(known)) == len(known)
                ):
                    return tuple([place[0] if place else None for place in places])
        return ()

    def _routers(self) -> list[str | None]:
        """The address of the router at each TTL, or None."""
        return [hop.address if hop.kind == "router" else None for hop in self.hops]


# The usual initial TTLs: old systems and some devices 32, Linux and the BSDs 64, Windows 128, network devices 255.
FIRST_TTLS = (32, 64, 128, 255)


def distance(ttl: int) -> tuple[int, int] | None:
    """Return the probable initial TTL of an answer, and the number of routers that it passed; None: invalid TTL.

    Compare the distances of two answers, never their TTLs: one host may send its RST with 255 and its SYN-ACK with 64.
    A path has at most about 30 routers, so the initial TTL is the next larger of the usual values.
    """
    first = next((each for each in FIRST_TTLS if each >= ttl), None)
    return (first, first - ttl) if first is not None and ttl > 0 else None


class Control(Value):
    """The answer of another port of the host. kind is as in Hop; ttl is that of the answer, or None."""

    port: int
    kind: str
    ttl: int | None = None
    icmp: Icmp | None = None


class NameServer(Value):
    """The answer of a name server to our own query.

    answer   silent, closed, rejected, unreachable, malformed, or the name of the response code (RFC 1035, 4.1.1):
             noerror, servfail, nxdomain, refused, …
    error    words of the operating system where the query could not be sent, or "": EPERM is a filter of this host
    icmp     the ICMP message that answered the query, unless the name server itself reports its port as closed
    """

    address: str
    answer: str
    error: str = ""
    icmp: Icmp | None = None


class Evidence(Value):
    """All evidence about one attempt. A field is None where it was not collected, or the system does not report it.

    ttl         the TTL with which the RST arrived
    reach       the route to the address and the neighbour there; in the resolve phase, to the name server
    interface   the interface that the route leaves through
    counters    what this host counted while the check waited for an answer
    hosts       what /etc/hosts has for the name, where it has addresses
    """

    path: Path | None = None
    ttl: int | None = None
    control: Control | None = None
    stall: Stall | None = None
    name_server: NameServer | None = None
    reach: Reach | None = None
    interface: Interface | None = None
    counters: Counters | None = None
    hosts: HostsEntry | None = None
