# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""A failed or slow attempt with its evidence, and the questions that the rules of the diagnosis ask about it."""

from __future__ import annotations

from ..model.causes import MIDDLE, Cause, Phase
from ..model.evidence import distance
from ..model.verdict import CRITICAL, OK
from ..wire.kernel import is_host_unreachable, is_prohibited, is_reject_route, is_rejected
from .measures import STATISTICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.evidence import Control, Evidence, Icmp, NameServer, Path, Stall, TcpState
    from ..model.local import Counters, HostsEntry, Interface, Reach
    from ..model.outcome import Attempt, Failure, Outcome
    from ..model.verdict import Metric, Verdict

# Seconds. A shorter delay of the event loop changes the measured times less than a person would notice.
NOTICEABLE_DELAY = 0.05

# Seconds. The first keepalive probe is sent after 1 s, and its acknowledgement takes a round trip. Before this time a
# probe that was not acknowledged cannot be distinguished from a late acknowledgement.
PROBED_LONG_ENOUGH = 1.2

# Seconds. A RST that arrives sooner after keepalive was turned on does not answer a probe.
FIRST_PROBE = 0.3

# Seconds. The first SYN is retransmitted after this time (RFC 6298, 2.1), whether it was lost or its answer is on the way.
RETRANSMISSION_TIMEOUT = 1.0

# An answer that is dropped is sent again after 0.2, 0.4 and 0.8 s (RFC 6298 with Linux' least timeout).
LEAST_REPEATED = 3

# Failures after which nothing is known of the far end. An answer of the far end refutes a dead interface or gateway.
_NOTHING_HEARD = frozenset(
    (Cause.TIMED_OUT, Cause.UNREACHABLE, Cause.NO_ROUTE, Cause.RESOLVER_FAILED, Cause.RESOLVER_SILENT)
)

# The parts of an attempt's time, for a threshold of the whole.
LOOKUP, SYNS, ROUND_TRIPS, CONNECT, HANDSHAKE, ANSWER, REST = (
    "lookup", "syns", "round trips", "connect", "handshake", "answer", "rest",
)  # fmt: skip


class Case:
    """A failed or slow attempt with its evidence, and the questions that the rules ask about it."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.outcome: Outcome = verdict.outcome
        self.recipe = self.outcome.probe.recipe
        self.target = self.outcome.probe.target
        good = [attempt for attempt in self.outcome.finals if attempt.failure is None]
        slowest = max(good, key=lambda attempt: attempt.time) if good else self.outcome.attempts[-1]
        self.attempt: Attempt = verdict.failing or slowest
        self.failure: Failure | None = self.attempt.failure
        self.cause = self.attempt.cause
        self.phase = self.attempt.phase
        evidence: Evidence | None = self.attempt.evidence
        self.path: Path | None = evidence.path if evidence is not None else None
        self.ttl: int | None = evidence.ttl if evidence is not None else None
        self.control: Control | None = evidence.control if evidence is not None else None
        self.stall: Stall | None = evidence.stall if evidence is not None else None
        self.name_server: NameServer | None = evidence.name_server if evidence is not None else None
        self.reach: Reach | None = evidence.reach if evidence is not None else None
        self.interface: Interface | None = evidence.interface if evidence is not None else None
        self.counters: Counters | None = evidence.counters if evidence is not None else None
        self.hosts: HostsEntry | None = evidence.hosts if evidence is not None else None

    @property
    def error(self) -> str:
        """The operating system's or OpenSSL's message for the failure, or ""."""
        return self.failure.error if self.failure is not None else ""

    @property
    def address(self) -> str:
        """The address of the attempt."""
        address = self.attempt.address
        return address.text if address is not None else str(self.target.host)

    def is_connecting(self) -> bool:
        """Whether the attempt failed before the connection was established."""
        return self.phase == Phase.CONNECT

    def is_established(self) -> bool:
        """Whether the attempt failed on an established connection."""
        return self.phase in (Phase.TLS, Phase.SEND, Phase.RECEIVE)

    # ICMP

    @property
    def icmp(self) -> Icmp | None:
        """The ICMP message that ended the connect, or that the last hop of the path sent."""
        return self.failure.icmp if self.failure is not None else None

    @property
    def sender(self) -> str:
        """The sender that the ICMP message claims."""
        return (self.icmp.offender if self.icmp is not None else None) or "unknown sender"

    def is_own_icmp(self) -> bool:
        """Whether the ICMP message has an address of this host as its sender."""
        return self.icmp is not None and self.icmp.own

    def is_host_icmp(self) -> bool:
        """Whether the target itself is the claimed sender of the ICMP message."""
        return self.icmp is not None and not self.icmp.own and self.icmp.offender == self.address

    def is_time_exceeded(self) -> bool:
        """Whether the ICMP message reports that the TTL ran out on the way."""
        return self.icmp is not None and (self.icmp.version, self.icmp.kind) in ((4, 11), (6, 3))

    def is_prohibited(self) -> bool:
        """Whether the ICMP message prohibits the traffic administratively, which only a packet filter sends."""
        return self.icmp is not None and is_prohibited(self.icmp)

    def is_reject_route(self) -> bool:
        """Whether the ICMP message reports that a route rejects the traffic."""
        return self.icmp is not None and is_reject_route(self.icmp)

    def is_host_unreachable(self) -> bool:
        """Whether the ICMP message reports that the next hop of its sender does not answer."""
        return self.icmp is not None and is_host_unreachable(self.icmp)

    def is_rejected(self) -> bool:
        """Whether the ICMP message prohibits the traffic: administratively, or as the reject of a firewall."""
        return self.icmp is not None and is_rejected(self.icmp)

    # A RST

    def rst_distance(self) -> int | None:
        """Return how many routers the RST passed, or None."""
        return _routers(self.ttl)

    def control_distance(self) -> int | None:
        """Return how many routers an answer of the control port passed, or None."""
        control = self.control
        return _routers(control.ttl) if control is not None and control.kind in ("open", "refused") else None

    def has_other_distance(self) -> bool:
        """Whether the RST passed another number of routers than an answer of the control port.

        The length of the traced path is no measure: the way back may be longer or shorter than the way there.
        """
        rst, control = self.rst_distance(), self.control_distance()
        return rst is not None and control is not None and rst != control

    def is_from_nearer(self) -> bool:
        """Whether the RST comes from nearer than the control port's answer, and a trace shows no end there.

        A RST from where the trace ends is the host's own: then the control port is forwarded to another machine.
        """
        rst, control = self.rst_distance(), self.control_distance()
        if rst is None or control is None or rst >= control or self.path is None:
            return False
        return self.path.end is None or self.path.end.ttl != rst + 1

    def rst_sender(self) -> str | None:
        """Return the router at the distance that the TTL of the RST shows, or None."""
        passed = self.rst_distance()
        if passed is None or self.path is None:
            return None
        return next(
            (hop.address for hop in self.path.hops if hop.ttl == passed + 1 and hop.kind == "router"), None
        )

    # The monitoring host

    def heard_nothing(self) -> bool:
        """Whether the failure is a silence, or an error without an answer of the far end."""
        return self.cause in _NOTHING_HEARD and (self.icmp is None or self.icmp.own)

    def interface_down(self) -> bool:
        """Whether nothing was heard, and the interface that the route leaves through carries no packets."""
        return self.heard_nothing() and self.interface is not None and self.interface.is_down

    def is_on_link(self) -> bool:
        """Whether the route shows that no router is between this host and the address."""
        return self.reach is not None and self.reach.route.is_on_link

    def is_own_address(self) -> bool:
        """Whether the route shows that the address is one of this host, other than the loopback addresses."""
        return (
            self.reach is not None and self.reach.route.kind == "local"
            and not self.address.startswith("127.") and self.address != "::1"
        )  # fmt: skip

    def next_hop_missing(self) -> bool:
        """Whether nothing was heard, and the next hop has not answered ARP or neighbour discovery."""
        reach = self.reach
        if reach is None or reach.route.kind != "unicast" or not self.heard_nothing():
            return False
        return self.is_own_icmp() or (reach.neighbour is not None and reach.neighbour.is_missing)

    def no_route(self) -> bool:
        """Whether this host has no route to the address that the evidence is about."""
        return self.reach is not None and self.reach.route.kind in (
            "none", "blackhole", "unreachable", "prohibit",
        )  # fmt: skip

    def reverse_path_filtered(self) -> bool:
        """Whether this host dropped as many packets by rp_filter as there were SYNs.

        The counter is one of all traffic, but hosts with symmetric routes do not count anything there.
        """
        dropped = self.counters.reverse_path_filtered if self.counters is not None else None
        repeated = (self.failure.retransmits if self.failure is not None else None) or 0
        return dropped is not None and dropped >= max(2, 1 + repeated)

    def undelivered(self) -> int:
        """Return how many packets arrived at this host during the attempt and went nowhere; 0 if unknown."""
        return self._undelivered() or 0

    def is_counted(self) -> bool:
        """Whether it is known how many packets arrived at this host and went nowhere; a Unix socket has no packets."""
        return self.target.path is not None or self._undelivered() is not None

    def _undelivered(self) -> int | None:
        counters, address = self.counters, self.attempt.address
        if counters is None:
            return None
        return counters.undelivered6 if address is not None and address.family == 6 else counters.undelivered

    def may_be_dropped_here(self) -> bool:
        """Whether as many packets arrived at this host and went nowhere as there should be answers.

        Each SYN has an answer; the other kernel sends an answer to a request at least three times in a second.
        """
        repeated = (self.failure.retransmits if self.failure is not None else None) or 0
        return self.undelivered() >= (max(2, 1 + repeated) if self.is_connecting() else LEAST_REPEATED)

    # Silence

    def silent_phase(self) -> str:
        """Return the phase that the silence interrupted, or MIDDLE for an answer that had begun."""
        return MIDDLE if self.phase == Phase.RECEIVE and self.attempt.received else self.phase

    def keeps_sending(self) -> bool:
        """Whether the server kept sending until the time was over, and nothing shows that its last pause is a loss."""
        lost = (
            self.segment_missing() or self.request_lost()
            or self.probes_unacknowledged() or self.may_be_dropped_here()
        )  # fmt: skip
        return self.attempt.is_endless and (self.attempt.is_flowing or not lost)

    def no_hop_answered(self) -> bool:
        """Whether the path was traced, and not even the first hop answered."""
        return self.path is not None and self.path.end is None and self.path.last_router is None

    @property
    def tcp(self) -> TcpState | None:
        """The kernel's view of the connection, or None."""
        return self.stall.tcp if self.stall is not None else None

    def hop_answered(self) -> bool:
        """Whether any SYN of the trace was answered."""
        return self.path is not None and not self.no_hop_answered()

    def control_answers(self) -> bool:
        """Whether the control port of the host answered."""
        return self.control is not None and self.control.kind in ("open", "refused")

    def has_loop(self) -> bool:
        """Whether the trace shows a routing loop."""
        return self.path is not None and bool(self.path.loop)

    def probes_sent(self) -> bool:
        """Whether a keepalive probe was sent, and there was time for its acknowledgement.

        The kernel sends no probe while data is not acknowledged, or waits to be sent into a closed window.
        """
        stall, tcp = self.stall, self.tcp
        if stall is None or tcp is None or stall.asked is None or stall.asked < PROBED_LONG_ENOUGH:
            return False
        return not tcp.unacked and tcp.window != 0

    def peer_alive(self) -> bool:
        """Whether the peer's kernel acknowledged the keepalive probes up to the end."""
        stall, tcp = self.stall, self.tcp
        if stall is None or tcp is None or stall.asked is None or not self.probes_sent():
            return False
        return tcp.probes == 0 and not tcp.unanswered and tcp.heard < stall.asked

    def probes_unacknowledged(self) -> bool:
        """Whether the peer's kernel did not acknowledge keepalive probes, or probes of its window."""
        return self.tcp is not None and self.tcp.probes > 0 and not self.window_probes_answered()

    def was_probed(self) -> bool:
        """Whether keepalive was on for long enough that a RST can be the answer to a probe."""
        return self.stall is not None and self.stall.asked is not None and self.stall.asked > FIRST_PROBE

    def request_lost(self) -> bool:
        """Whether sent data was retransmitted and is not acknowledged."""
        tcp = self.tcp
        return tcp is not None and tcp.unacked > 0 and tcp.retransmits > 0 and not self.window_closed()

    def window_closed(self) -> bool:
        """Whether the peer's receive window is zero after it acknowledged some data."""
        tcp = self.tcp
        if tcp is None or tcp.window != 0 or (tcp.acked or 0) <= 1:
            return False
        return tcp.probes == 0 or self.window_probes_answered()

    def window_never_opened(self) -> bool:
        """Whether the peer's receive window is zero, and it acknowledged nothing but the SYN."""
        return (
            self.stall is not None
            and self.tcp is not None
            and self.stall.sent > 0
            and self.tcp.window == 0
            and self.tcp.acked is not None
            and self.tcp.acked <= 1
        )

    def window_probes_answered(self) -> bool:
        """Whether the peer answered probes of its closed window.

        The kernel counts them as probes all the same, so the received segments decide: the SYN-ACK, and one for each.
        """
        tcp = self.tcp
        if tcp is None or tcp.window != 0 or tcp.segments_in is None:
            return False
        return tcp.segments_in > max(tcp.probes, 1)

    def host_answered_again(self) -> bool:
        """Whether the host accepted a second connection after the silence began."""
        return self.stall is not None and (self.stall.quiet is not None or self.stall.small is not None)

    def quiet_acknowledged(self) -> bool:
        """Whether a second connection, on which nothing was sent, had its keepalive probes acknowledged."""
        quiet = self.stall.quiet if self.stall is not None else None
        # The SYN-ACK is the first segment, the acknowledgement of a probe the next.
        return quiet is not None and quiet.state == 1 and not quiet.probes and (quiet.segments_in or 0) > 1

    def segment_missing(self) -> bool:
        """Whether received segments wait for one before them: it was lost each time."""
        return self.tcp is not None and bool(self.tcp.out_of_order)

    def no_segment_lost(self) -> bool:
        """Whether both tests for lost segments were made, and neither found one.

        No segment waits for one before it, and the request in small segments on a second connection was not answered.
        """
        return (
            self.tcp is not None
            and self.tcp.out_of_order == 0
            and self.stall is not None
            and self.stall.small is False
        )

    def request_acknowledged(self) -> bool:
        """Whether the peer's kernel acknowledged every byte that was sent."""
        stall = self.stall
        if stall is None or stall.tcp is None or not stall.sent or stall.tcp.acked is None:
            return False
        return stall.tcp.acked >= stall.sent + 1

    # Names

    @property
    def name_server_address(self) -> str:
        """The address of the name server that the check queried."""
        return self.name_server.address if self.name_server is not None else "the name server"

    def lookup_failed(self) -> bool:
        """Whether the name lookup failed without an answer about the name."""
        return self.phase == Phase.RESOLVE and self.cause in (Cause.RESOLVER_FAILED, Cause.RESOLVER_SILENT)

    def query_not_permitted(self) -> bool:
        """Whether a packet filter of this host stopped the query of the check: EPERM, or an ICMP message of this host."""
        server = self.name_server
        if server is None or not self.lookup_failed():
            return False
        rejected = server.answer == "rejected" and server.icmp is not None and server.icmp.own
        return rejected or "not permitted" in server.error

    def query_sender(self) -> str | None:
        """The sender that the ICMP message about the query claims."""
        icmp = self.name_server.icmp if self.name_server is not None else None
        return icmp.offender if icmp is not None else None

    def is_own_name_server(self) -> bool:
        """Whether the name server is on this host: it asks others, and they may be the silent ones."""
        address = self.name_server_address
        routed = self.reach is not None and self.reach.address == address and self.reach.route.kind == "local"
        return routed or address.startswith("127.") or address == "::1"

    def name_server_answers(self) -> bool:
        """Whether the lookup failed although the name server answers a query of the check."""
        known = self.name_server is not None and self.name_server.answer not in (
            "silent",
            "closed",
            "rejected",
            "unreachable",
        )
        return known and self.cause in (Cause.RESOLVER_FAILED, Cause.RESOLVER_SILENT)

    def name_server_works(self) -> bool:
        """Whether the lookup failed although the name server answers a query of the check without a failure."""
        return (
            self.name_server_answers()
            and self.name_server is not None
            and self.name_server.answer in ("noerror", "nxdomain")
        )

    # Slow answers

    def loop_delayed(self) -> bool:
        """Whether the event loop was delayed for half of the attempt's time, so that its times are not the target's."""
        return self.outcome.lag >= max(self.attempt.time / 2, NOTICEABLE_DELAY)

    def alerts(self, *names: str) -> bool:
        """Whether the value of one of these measures is above its thresholds."""
        return any(
            metric.state and metric.measure.name in names and is_too_high(metric)
            for metric in self.verdict.metrics
        )

    def is_slow(self, name: str, *parts: str) -> bool:
        """Whether a measure is above its thresholds, or one of these parts is the largest of a time that is too long.

        The whole time is too long if it is above its thresholds, or if later probes could not be sent.
        """
        if self.failure is not None:
            return False
        names = (name, *(f"{name}_{each}" for each in STATISTICS))
        too_long = self.alerts("time") or self.verdict.unsent > 0
        return self.alerts(*names) or (too_long and self.largest_part() in parts)

    def largest_part(self) -> str:
        """Return the largest part of the attempt's time."""
        shares = self.shares()
        return max(shares, key=lambda part: shares[part])

    def shares(self) -> dict[str, float]:
        """Return the seconds of each part of the attempt's time.

        A TCP handshake takes one round trip, the first byte one, a TLS handshake one or two: one is counted, so that
        the server gets the blame only for what the path does not explain.
        """
        attempt = self.attempt
        trip = self.round_trip() or 0.0
        connect, tls, first = attempt.connect or 0.0, attempt.tls or 0.0, attempt.first_byte or 0.0
        known = (attempt.resolve or 0.0) + connect + tls + first
        trips = sum(min(trip, each) for each in (connect, tls, first))
        waited = max(0.0, connect - trip)
        repeated = bool(attempt.retransmits)
        return {
            LOOKUP: attempt.resolve or 0.0,
            SYNS: waited if repeated else 0.0,
            ROUND_TRIPS: trips,
            CONNECT: 0.0 if repeated else waited,
            HANDSHAKE: max(0.0, tls - trip),
            ANSWER: max(0.0, first - trip),
            REST: max(0.0, attempt.time - known),
        }

    def round_trip(self) -> float | None:
        """Return the round-trip time.

        The kernel has no round-trip time after a repeated SYN. Then it is the whole handshake, if what came later took as long.
        """
        if self.attempt.rtt is not None or not self._was_slow_only(self.attempt):
            return self.attempt.rtt
        return self.attempt.connect

    def _was_slow_only(self, attempt: Attempt) -> bool:
        """Whether every exchange took longer than the retransmission timeout, so that no SYN need have been lost."""
        connect = attempt.connect or 0.0
        later = [each for each in (attempt.tls, attempt.first_byte) if each is not None]
        return bool(later) and connect >= RETRANSMISSION_TIMEOUT and min(later) >= 0.9 * connect

    def retransmitted_syns(self) -> int:
        """Return how many SYNs were retransmitted by connects that succeeded, without those of a very slow path."""
        return sum(
            attempt.retransmits or 0
            for attempt in self.outcome.finals
            if attempt.failure is None and not self._was_slow_only(attempt)
        )

    def repeated_segments(self) -> int:
        """Return how many segments after the SYN the kernel has retransmitted, in a connection that succeeded."""
        if self.failure is not None or self.tcp is None:
            return 0
        return max(0, self.tcp.retransmits - (self.attempt.retransmits or 0))

    def is_open_unexpectedly(self) -> bool:
        """Whether the reported attempt succeeded, and --expect-state asks for another state of the port."""
        return self.verdict.failing is not None and self.failure is None and self.verdict.base != OK

    def has_alert(self, *names: str) -> bool:
        """Whether one of these measures, or any, is outside its thresholds, on either side."""
        return any(
            metric.state and (not names or metric.measure.name in names) for metric in self.verdict.metrics
        )

    def has_no_time(self) -> bool:
        """Whether the interval between the probes leaves no time for all of them."""
        return (self.recipe.count - 1) * self.recipe.interval >= self.recipe.timeout


def is_too_high(metric: Metric) -> bool:
    """Whether a value that alerts is above its range, or inside one that must be avoided; not below it."""
    threshold = (
        metric.critical if metric.state == CRITICAL and metric.critical is not None else metric.warning
    )
    return threshold is None or threshold.inside or metric.value > threshold.end


def _routers(ttl: int | None) -> int | None:
    found = distance(ttl) if ttl is not None else None
    return found[1] if found is not None else None
