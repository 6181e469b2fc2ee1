# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Evidence for a diagnosis: what the kernel, the path, another port and the name service report."""

from __future__ import annotations

from .value import Value


class Icmp(Value):
    """An ICMP message that ended a connect (RFC 792, RFC 4443).

    version    4 or 6
    kind       type of the message
    code       code of the message
    offender   address of the sender as the message claims it, or None where the kernel names none
    own        whether that is an address of this host: its own filter, or its failed ARP or neighbour lookup
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
    retransmits   segments retransmitted in all
    heard         time since the last acknowledgement arrived
    acked         bytes that the peer acknowledged, its SYN included; None where the kernel is too old
    segments_in   segments received in all, or None
    window        bytes that the peer is willing to receive, or None
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


class Stall(Value):
    """The state of a connection when the check gave up on it, or lost it.

    tcp     the kernel's view of it, or None
    sent    bytes that were given to the kernel
    asked   seconds since keepalive probes were turned on, or None
    small   whether the same bytes got through in small segments on another connection; None: not tried
    """

    tcp: TcpState | None
    sent: int = 0
    asked: float | None = None
    small: bool | None = None


class Hop(Value):
    """The answer to a SYN with a small TTL.

    ttl       the TTL it was sent with
    kind      one of KINDS: router (time exceeded), open, refused, icmp (another ICMP message), local (it could not
              be sent), silent
    address   who answered, or None
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
            raise ValueError(f"a hop is one of {', '.join(self.KINDS)}, unlike {self.kind!r}")


class Path(Value):
    """A path trace.

    hops     by TTL, from 1
    steady   whether the hops did not contradict each other
    whole    whether the trace was finished; the time limit may cut it short
    """

    hops: tuple[Hop, ...]
    steady: bool = True
    whole: bool = True

    @property
    def end(self) -> Hop | None:
        """The first hop that answered as a host does, or rejected the SYN."""
        return next((hop for hop in self.hops if hop.kind in ("open", "refused", "icmp")), None)

    @property
    def last_router(self) -> Hop | None:
        """The farthest router that answered."""
        return next((hop for hop in reversed(self.hops) if hop.kind == "router"), None)

    def position(self, address: str | None) -> int | None:
        """Return the TTL at which an address answered, or None."""
        return next((hop.ttl for hop in self.hops if address is not None and hop.address == address), None)


class Control(Value):
    """The answer of another port of the host: kind as in Hop, ttl of the answer or None, icmp or None."""

    port: int
    kind: str
    ttl: int | None = None
    icmp: Icmp | None = None


class NameServer(Value):
    """The answer of a name server to our own query.

    answer   silent, closed, unreachable, malformed, or the name of the response code (RFC 1035, 4.1.1): noerror,
             servfail, nxdomain, refused, …
    """

    address: str
    answer: str


class Evidence(Value):
    """All evidence about one attempt. A field is None where it was not collected, or the system does not report it.

    ttl   the TTL with which the RST arrived
    """

    path: Path | None = None
    ttl: int | None = None
    control: Control | None = None
    stall: Stall | None = None
    name_server: NameServer | None = None
