# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The data of one attempt, collected while it runs."""

from __future__ import annotations

from ..model.causes import TLS_CAUSES, Cause, Phase
from ..model.outcome import Attempt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.evidence import Evidence, TcpState
    from ..model.local import Counters
    from ..model.outcome import Failure, TlsFacts
    from ..model.target import Address, Target


class AttemptBuilder:
    """Collects the data of one attempt; ``done`` makes the frozen Attempt."""

    __slots__ = (
        "address", "began", "captured", "connect", "connect_by", "counters", "evidence", "explain", "failure", "first_byte", "idle",
        "keepalive_since", "last", "last_try", "legs", "number", "phase", "probe", "quiet", "received", "resolve", "retransmits", "rtt",
        "secured", "sent", "silence", "size", "small_segments", "start", "step", "target", "tls",
    )  # fmt: skip

    def __init__(self, target: Target, probe: int, number: int, began: float, start: float) -> None:
        self.target = target
        self.probe = probe
        self.number = number
        self.began = began
        self.start = start
        self.last = began  # the last event that counts towards the time
        self.connect_by = began  # the time at which a name lookup or a connect is given up
        self.idle = 0.0  # deliberate pauses before that
        self.silence = 0.0  # the wait after it, for the rest of an answer
        self.address: Address | None = None
        self.resolve: float | None = None
        self.connect: float | None = None
        self.tls: float | None = None
        self.first_byte: float | None = None
        self.rtt: float | None = None
        self.retransmits: int | None = None
        self.received = b""
        self.size = 0
        self.secured: TlsFacts | None = None
        self.captured: dict[str, bytes] = {}
        self.step = 0  # number of the step, from 1
        self.failure: Failure | None = None
        self.phase = Phase.RECEIVE
        self.legs: tuple[Attempt, ...] = ()
        self.explain = False  # whether a failure is to be explained
        self.last_try = True  # whether no retry follows
        self.keepalive_since: float | None = None  # when the first keepalive probe was sent
        self.sent = 0  # bytes, as the peer's kernel acknowledges them
        self.small_segments: bool | None = None  # whether the text got through in small segments
        self.quiet: TcpState | None = None  # the state of a connection on which nothing was sent
        self.counters: Counters | None = None  # what this host had counted when the silence was noticed
        self.evidence: Evidence | None = None

    @classmethod
    def leg(cls, whole: AttemptBuilder) -> AttemptBuilder:
        """Return a builder for one address of several, after the name lookup that they share."""
        attempt = cls(whole.target, whole.probe, whole.number, whole.began, whole.start)
        attempt.resolve = whole.resolve
        attempt.explain = whole.explain
        attempt.connect_by = whole.connect_by
        attempt.last_try = whole.last_try
        return attempt

    def fail(self, failure: Failure, phase: str, at: float) -> None:
        """Record the failure, its phase and its time."""
        self.failure = failure
        self.phase = phase
        self.last = at
        if failure.cause == Cause.TIMED_OUT:
            self.idle = 0.0  # the limit includes the pauses

    def fail_reading(self, failure: Failure, at: float) -> None:
        """Record why reading failed. The silence before a mismatch does not count towards the time."""
        last = self.last
        if failure.cause in (Cause.MISMATCH, Cause.HOST_BLOCKED, Cause.STARTTLS_REFUSED):
            self.silence = at - last
        else:
            last = at
        in_tls = failure.cause in TLS_CAUSES
        self.fail(failure, Phase.TLS if in_tls else Phase.RECEIVE, last)

    def failed(self, failure: Failure, phase: str, at: float) -> Attempt:
        """Record the failure, and return the attempt."""
        self.fail(failure, phase, at)
        return self.done()

    def done(self) -> Attempt:
        """Return the attempt."""
        return Attempt(
            probe=self.probe,
            number=self.number,
            began=self.began - self.start,
            address=self.address,
            resolve=self.resolve,
            connect=self.connect,
            tls=self.tls,
            first_byte=self.first_byte,
            time=self.last - self.began - self.idle,
            rtt=self.rtt,
            retransmits=self.retransmits,
            received=self.received,
            size=self.size,
            secured=self.secured,
            captured=tuple(self.captured.items()),
            step=self.step if self.failure is not None else 0,
            failure=self.failure,
            phase=self.phase,
            evidence=self.evidence,
            legs=self.legs,
        )
