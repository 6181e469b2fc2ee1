# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""What the kernel, the path and the name service tell about a failure: nouns, frozen, without a judgement."""

from __future__ import annotations

from .model import Value, _set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .model import Icmp


class TcpState(Value):
    """A connection as the kernel sees it (struct tcp_info of Linux). Times are seconds.

    state         enum tcp_states: 1 established, 2 SYN sent, 8 the peer has ended
    unanswered    repeats of the oldest segment that nobody acknowledged yet
    probes        keepalive or window probes that nobody answered yet
    backoff       doublings of the retransmission timer
    unacked       segments sent and not acknowledged
    retransmits   segments repeated in all
    acked         bytes the peer's kernel acknowledged, its SYN's one included; None where the kernel is too old
    heard         time since the last acknowledgement came
    segments_in   segments that came in all
    window        bytes the peer's kernel is willing to take, or None
    """

    __slots__ = (
        "acked", "backoff", "heard", "probes", "retransmits", "segments_in", "state", "unacked", "unanswered", "window",
    )  # fmt: skip
    state: int
    unanswered: int
    probes: int
    backoff: int
    unacked: int
    retransmits: int
    heard: float
    acked: int | None
    segments_in: int | None
    window: int | None

    def __init__(
        self,
        state: int,
        unanswered: int = 0,
        probes: int = 0,
        backoff: int = 0,
        unacked: int = 0,
        retransmits: int = 0,
        heard: float = 0.0,
        acked: int | None = None,
        segments_in: int | None = None,
        window: int | None = None,
    ) -> None:
        _set(self, "state", state)
        _set(self, "unanswered", unanswered)
        _set(self, "probes", probes)
        _set(self, "backoff", backoff)
        _set(self, "unacked", unacked)
        _set(self, "retransmits", retransmits)
        _set(self, "heard", heard)
        _set(self, "acked", acked)
        _set(self, "segments_in", segments_in)
        _set(self, "window", window)


class Stall(Value):
    """How a connection stood when the check gave up on it, or lost it.

    sent       bytes that were given to the kernel
    asked      seconds for which the peer's kernel had been asked by keepalive, or None
    small      whether the same bytes in small segments got through on another connection; None: not tried
    """

    __slots__ = ("asked", "sent", "small", "tcp")
    tcp: TcpState | None
    sent: int
    asked: float | None
    small: bool | None

    def __init__(
        self, tcp: TcpState | None, sent: int = 0, asked: float | None = None, small: bool | None = None
    ) -> None:
        _set(self, "tcp", tcp)
        _set(self, "sent", sent)
        _set(self, "asked", asked)
        _set(self, "small", small)


class Hop(Value):
    """What came of a SYN with a small TTL: kind is one of KINDS (local: it could not be sent); time is seconds."""

    __slots__ = ("address", "icmp", "kind", "time", "ttl")
    ttl: int
    kind: str
    address: str | None
    time: float | None
    icmp: Icmp | None

    KINDS = ("router", "open", "refused", "icmp", "local", "silent")

    def __init__(
        self,
        ttl: int,
        kind: str,
        address: str | None = None,
        time: float | None = None,
        icmp: Icmp | None = None,
    ) -> None:
        if kind not in self.KINDS:
            raise ValueError(f"a hop is one of {', '.join(self.KINDS)}, unlike {kind!r}")
        _set(self, "ttl", ttl)
        _set(self, "kind", kind)
        _set(self, "address", address)
        _set(self, "time", time)
        _set(self, "icmp", icmp)


class Path(Value):
    """A trace: the hops by TTL, from 1.

    steady  whether hops did not contradict each other
    whole   whether it came to its end; the time limit cuts one short
    """

    __slots__ = ("hops", "steady", "whole")
    hops: tuple[Hop, ...]
    steady: bool
    whole: bool

    def __init__(self, hops: tuple[Hop, ...], steady: bool = True, whole: bool = True) -> None:
        _set(self, "hops", hops)
        _set(self, "steady", steady)
        _set(self, "whole", whole)

    @property
    def end(self) -> Hop | None:
        """The first hop that answered as a host does, or ended the SYN."""
        return next((hop for hop in self.hops if hop.kind in ("open", "refused", "icmp")), None)

    @property
    def last_router(self) -> Hop | None:
        """The farthest router that answered."""
        return next((hop for hop in reversed(self.hops) if hop.kind == "router"), None)

    def position(self, address: str | None) -> int | None:
        """The TTL at which a box answered, or None where the trace has not met it."""
        return next((hop.ttl for hop in self.hops if address is not None and hop.address == address), None)


class Control(Value):
    """What another port of the host said: kind as in Hop, ttl the one its answer arrived with, or None."""

    __slots__ = ("icmp", "kind", "port", "ttl")
    port: int
    kind: str
    ttl: int | None
    icmp: Icmp | None

    def __init__(self, port: int, kind: str, ttl: int | None = None, icmp: Icmp | None = None) -> None:
        _set(self, "port", port)
        _set(self, "kind", kind)
        _set(self, "ttl", ttl)
        _set(self, "icmp", icmp)


class NameServer(Value):
    """What a query of our own to a name server came to.

    answer is silent, closed, unreachable, malformed, or the response code's name (RFC 1035, 4.1.1): noerror,
    servfail, nxdomain, refused, and so on.
    """

    __slots__ = ("address", "answer")
    address: str
    answer: str

    def __init__(self, address: str, answer: str) -> None:
        _set(self, "address", address)
        _set(self, "answer", answer)


class Evidence(Value):
    """All that was found out beside the check itself; None where it was not asked, or the system does not say.

    ttl     the TTL with which the refusal arrived
    """

    __slots__ = ("control", "name_server", "path", "stall", "ttl")
    path: Path | None
    ttl: int | None
    control: Control | None
    stall: Stall | None
    name_server: NameServer | None

    def __init__(
        self,
        path: Path | None = None,
        ttl: int | None = None,
        control: Control | None = None,
        stall: Stall | None = None,
        name_server: NameServer | None = None,
    ) -> None:
        _set(self, "path", path)
        _set(self, "ttl", ttl)
        _set(self, "control", control)
        _set(self, "stall", stall)
        _set(self, "name_server", name_server)
