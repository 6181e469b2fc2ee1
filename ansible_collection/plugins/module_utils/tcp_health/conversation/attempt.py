# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The data of one attempt, collected while it runs."""

from __future__ import annotations

from ..model.causes import TLS_CAUSES, Cause, Phase
from ..model.outcome import DETAILED, Attempt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..dialogue.masking import Mask
    from ..model.certificate import Presented
    from ..model.dialogue import Secret
    from ..model.evidence import Evidence, TcpState
    from ..model.local import Counters
    from ..model.outcome import Failure, TlsFacts
    from ..model.target import Address, Target


class Few(list["Attempt"]):
    """The attempts of a check that makes few."""

    __slots__ = ()

    add = list.append


class Series(Few):
    """The attempts of a check. In the middle of a long series they keep only what the statistics need.

    The report may be about the first attempt with each result, and about the certificate that expires first: these stay.
    """

    def __init__(self, *, lax: bool) -> None:
        """lax: whether only the server's own certificate counts (TlsPlan.lax)."""
        super().__init__()
        self._lax = lax
        self._first: dict[str | None, tuple[float, int]] = {}  # by result: the first expiry, and its place

    def add(self, attempt: Attempt) -> None:
        """Append an attempt, and lighten the one that is no longer among the last."""
        self.append(attempt)
        place = len(self) - 1 - DETAILED
        if place < 0:
            return
        left = self[place]
        known = self._first.get(left.cause)
        first = left.first_to_expire(self._lax)
        expiry = first.not_after if first is not None else float("inf")
        if known is None:
            self._first[left.cause] = expiry, place
            return
        before, kept = known
        sooner = expiry < before
        if sooner:
            self._first[left.cause] = expiry, place
            if kept >= DETAILED:
                self[kept] = _lightened(self[kept])
        if place >= DETAILED:
            self[place] = _lightened(left, secured=sooner)


def _lightened(attempt: Attempt, *, secured: bool = False) -> Attempt:
    """Return an attempt without what was received; secured: whether it keeps its certificates."""
    legs = tuple([_lightened(leg, secured=secured) for leg in attempt.legs])
    kept = attempt.secured if secured else None
    return attempt.replace(received=b"", captured=(), groups=(), evidence=None, secured=kept, legs=legs)


class AttemptBuilder:
    """Collects the data of one attempt; ``done`` makes the frozen Attempt."""

    __slots__ = (
        "address", "answers", "began", "captured", "connect", "connect_by", "counters", "evidence", "explain",
        "failure", "first_byte", "grouped", "groups", "idle", "keepalive_since", "last", "last_try", "legs",
        "number", "pause", "phase", "probe", "quiet", "received", "resolve", "retransmits", "rtt", "secrets",
        "secured", "sent", "silence", "size", "small_segments", "start", "step", "target", "tls",
    )  # fmt: skip

    def __init__(
        self,
        target: Target,
        probe: int,
        number: int,
        began: float,
        start: float,
        secrets: tuple[Secret, ...] = (),
    ) -> None:
        self.target = target
        self.secrets = secrets  # to be masked in what the server sends
        self.probe = probe
        self.number = number
        self.began = began
        self.start = start
        self.last = began  # the last event that counts towards the time
        self.connect_by = began  # the time at which a name lookup or a connect is given up
        self.idle = 0.0  # deliberate pauses before that
        self.silence: float | None = None  # the wait after it, for the rest of an answer
        self.pause = 0.0  # the longest between two parts of an answer
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
        self.answers: dict[str, bytes] = {}  # with secrets: the answer that each capture is a part of
        self.groups: tuple[bytes, ...] = ()
        self.grouped = b""  # with secrets: the answer that the groups are a part of
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
        attempt = cls(whole.target, whole.probe, whole.number, whole.began, whole.start, whole.secrets)
        attempt.resolve = whole.resolve
        attempt.explain = whole.explain
        attempt.connect_by = whole.connect_by
        attempt.last_try = whole.last_try
        return attempt

    def begin_again(self, at: float) -> None:
        """Forget the dialogue so far: it begins again on another connection to the same address."""
        self.last = at
        self.tls = self.first_byte = self.keepalive_since = None
        self.received = b""
        self.size = self.sent = self.step = 0
        self.silence = None
        self.pause = 0.0

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
        self.silence = at - last
        if failure.cause not in (Cause.MISMATCH, Cause.HOST_BLOCKED, Cause.STARTTLS_REFUSED):
            last = at
        in_tls = failure.cause in TLS_CAUSES
        self.fail(failure, Phase.TLS if in_tls else Phase.RECEIVE, last)

    def failed(self, failure: Failure, phase: str, at: float) -> Attempt:
        """Record the failure, and return the attempt."""
        self.fail(failure, phase, at)
        return self.done()

    def done(self) -> Attempt:
        """Return the attempt. Secrets in what the server has sent are masked.

        This is done after the measurement, whose times it would distort.
        """
        received, captured, groups, secured = self.received, self.captured, self.groups, self.secured
        if self.secrets:
            mask = _mask_for(self.secrets)
            received = mask.masked(received)
            captured = {
                name: mask.masked_capture(data, self.answers.get(name, b""))
                for name, data in captured.items()
            }
            groups = tuple([mask.masked_capture(data, self.grouped) for data in groups])
            if secured is not None:
                secured = _masked(secured, mask)
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
            received=received,
            size=self.size,
            secured=secured,
            captured=tuple(captured.items()),
            groups=groups,
            step=self.step if self.failure is not None else 0,
            failure=self.failure,
            phase=self.phase,
            evidence=self.evidence,
            silence=self.silence,
            pause=self.pause,
            legs=self.legs,
        )


def _mask_for(secrets: tuple[Secret, ...]) -> Mask:
    """Return the mask for the secrets. The last one is kept, for the next attempt; a plain check loads no mask."""
    if _last and _last[0][0] == secrets:
        return _last[0][1]
    from ..dialogue.masking import Mask

    mask = Mask([each.reveal() for each in secrets])
    _last[:] = [(secrets, mask)]
    return mask


_last: list[tuple[tuple[Secret, ...], Mask]] = []


def _masked(secured: TlsFacts, mask: Mask) -> TlsFacts:
    """Return the facts with secrets masked: a server that has got one can present it in its next certificate."""
    return secured.replace(
        presented=tuple([_masked_certificate(each, mask) for each in secured.presented]),
        chain=tuple([_masked_certificate(each, mask) for each in secured.chain]),
    )


def _masked_certificate(shown: Presented, mask: Mask) -> Presented:
    """Return the certificate with masked names; a serial number with a secret in it becomes 0."""
    found = shown.certificate
    if found is None:
        return shown
    texts = {
        name: mask.masked_text(text)
        for name in ("subject", "issuer", "common_name", "issuer_common_name")
        if (text := getattr(found, name)) is not None
    }
    lists = {
        name: tuple([mask.masked_text(each) for each in getattr(found, name)])
        for name in ("dns_names", "ip_addresses")
    }
    serial = f"{found.serial:x}"
    kept = found.serial if mask.masked_text(serial) == serial else 0
    return shown.replace(certificate=found.replace(**texts, **lists, serial=kept))
