# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""A failed or slow attempt with its evidence, and the questions that the rules of the diagnosis ask about it."""

from __future__ import annotations

from ..model.causes import MIDDLE, Cause, Phase
from ..wire.kernel import is_prohibited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.evidence import Control, Evidence, Icmp, NameServer, Path, Stall
    from ..model.outcome import Attempt, Failure, Outcome
    from ..model.verdict import Verdict

# Seconds. A shorter delay of the event loop changes the measured times less than a person would notice.
NOTICEABLE_DELAY = 0.05

# Seconds. The first keepalive probe is sent after 1 s, and its acknowledgement takes a round trip. Before this time a
# probe that was not acknowledged cannot be distinguished from a late acknowledgement.
PROBED_LONG_ENOUGH = 1.2

# Seconds. A RST that arrives sooner after keepalive was turned on does not answer a probe.
FIRST_PROBE = 0.3


class Case:
    """A failed or slow attempt with its evidence, and the questions that the rules ask about it."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.outcome: Outcome = verdict.outcome
        self.recipe = self.outcome.probe.recipe
        self.target = self.outcome.probe.target
        self.attempt: Attempt = verdict.failing or self.outcome.attempts[-1]
        self.failure: Failure | None = self.attempt.failure
        self.cause = self.attempt.cause
        self.phase = self.attempt.phase
        evidence: Evidence | None = self.attempt.evidence
        self.path: Path | None = evidence.path if evidence is not None else None
        self.ttl: int | None = evidence.ttl if evidence is not None else None
        self.control: Control | None = evidence.control if evidence is not None else None
        self.stall: Stall | None = evidence.stall if evidence is not None else None
        self.name_server: NameServer | None = evidence.name_server if evidence is not None else None

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

    def is_rejected(self) -> bool:
        """Whether the ICMP message prohibits the traffic: administratively, or as the reject of a firewall."""
        return self.icmp is not None and (is_prohibited(self.icmp) or self._is_port_unreachable())

    def _is_port_unreachable(self) -> bool:
        return self.icmp is not None and (self.icmp.kind, self.icmp.code) == (
            (3, 3) if self.icmp.version == 4 else (1, 4)
        )

    # A RST

    def has_foreign_ttl(self) -> bool:
        """Whether the RST arrived with a TTL that answers of the host itself do not have."""
        control = self.control
        if self.ttl is None:
            return False
        if control is not None and control.kind == "open" and control.ttl is not None:
            return control.ttl < self.ttl
        end = self.path.end if self.path is not None else None
        return end is not None and any(start - end.ttl + 2 <= self.ttl <= start for start in (64, 128, 255))

    def rst_sender(self) -> str | None:
        """Return the router at the distance that the TTL of the RST shows, or None."""
        if self.ttl is None or self.path is None:
            return None
        start = next(each for each in (64, 128, 255) if self.ttl <= each)
        position = start - self.ttl + 1
        return next(
            (hop.address for hop in self.path.hops if hop.ttl == position and hop.kind == "router"), None
        )

    # Silence

    def silent_phase(self) -> str:
        """Return the phase that the silence interrupted, or MIDDLE for an answer that had begun."""
        return MIDDLE if self.phase == Phase.RECEIVE and self.attempt.received else self.phase

    def no_hop_answered(self) -> bool:
        """Whether the path was traced, and not even the first hop answered."""
        return self.path is not None and self.path.end is None and self.path.last_router is None

    def peer_alive(self) -> bool:
        """Whether the peer's kernel acknowledged the keepalive probes up to the end."""
        stall = self.stall
        if stall is None or stall.tcp is None:
            return False
        if stall.asked is None or stall.asked < PROBED_LONG_ENOUGH:
            return False
        return stall.tcp.probes == 0 and not stall.tcp.unanswered

    def probes_unacknowledged(self) -> bool:
        """Whether the peer's kernel did not acknowledge keepalive probes."""
        tcp = self.stall.tcp if self.stall is not None else None
        return tcp is not None and tcp.probes > 0

    def was_probed(self) -> bool:
        """Whether keepalive was on for long enough that a RST can be the answer to a probe."""
        return self.stall is not None and self.stall.asked is not None and self.stall.asked > FIRST_PROBE

    def request_lost(self) -> bool:
        """Whether sent data was retransmitted and is not acknowledged."""
        tcp = self.stall.tcp if self.stall is not None else None
        return tcp is not None and tcp.unacked > 0 and tcp.retransmits > 0 and not self.window_closed()

    def window_closed(self) -> bool:
        """Whether the peer's receive window is zero after it acknowledged some data."""
        tcp = self.stall.tcp if self.stall is not None else None
        return tcp is not None and tcp.window == 0 and (tcp.acked or 0) > 1

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

    def name_server_answers(self) -> bool:
        """Whether the lookup failed although the name server answers a query of the check."""
        known = self.name_server is not None and self.name_server.answer not in (
            "silent",
            "closed",
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
        """Whether the value of one of these measures is outside its thresholds."""
        return any(metric.state and metric.measure.name in names for metric in self.verdict.metrics)

    def retransmitted_syns(self) -> int:
        """Return how many SYNs were retransmitted by connects that succeeded."""
        finals = self.outcome.finals
        return sum(attempt.retransmits or 0 for attempt in finals if attempt.failure is None)
