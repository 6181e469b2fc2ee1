# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The outcome of a probe: its attempts and the facts about TLS, without a judgement."""

from __future__ import annotations

from .causes import CAUSES, CERTIFICATE_CAUSES, ESTABLISHED, TIMEOUTS, Cause, Phase
from .value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from .certificate import Certificate, Presented
    from .evidence import Evidence, Icmp
    from .recipe import Probe
    from .target import Address


# Seconds. A server that sends again after a shorter pause has not stopped sending.
_SILENCE = 0.5

VERSION_ALERT = "alert protocol version"
ENDED_FOR_VERSION = "the server ends the handshake, and speaks a newer TLS version"
VERSION_REFUSED = frozenset((VERSION_ALERT, ENDED_FOR_VERSION))
"""The errors of TLS_PROTOCOL with which the server refuses the offered versions. Others are refusals of the check's side."""


class Failure(Value):
    """Why a step failed.

    cause        a Cause
    error        message of the operating system or of OpenSSL, unescaped, or ""
    icmp         the ICMP message that caused it, or None
    retransmits  SYNs retransmitted until then, if known
    """

    cause: str
    error: str = ""
    icmp: Icmp | None = None
    retransmits: int | None = None

    def _validate(self) -> None:
        if self.cause not in CAUSES:
            raise ValueError(f"unknown cause {self.cause!r}")


# Causes of a failure after which the server still waits for the client.
_BROKEN_OFF = frozenset({Cause.TIMED_OUT, Cause.EXPRESSION_STOPPED})


class TlsFacts(Value):
    """The facts about a finished TLS handshake.

    protocol, cipher   as OpenSSL names them
    presented     the certificates as the server presented them, its own first; () where it presented no certificate
    chain_known   whether presented is the whole chain; Python 3.9 reports only the server's own certificate
    chain         the chain that OpenSSL built: the server's own certificate first, the trusted one last. Without
                  verification, as far as the presented certificates lead. () on Python 3.9, which does not report it
    alpn          the protocol that was agreed on, or ""
    verification  "verified", "verified_without_name", "not verified", or the cause of CERTIFICATE_CAUSES for which it
                  failed
    second        whether these facts are from a second connection. It is made without verification, after the
                  verification on the first connection has failed
    asked         whether the server asked for a client certificate
    """

    protocol: str
    cipher: str
    presented: tuple[Presented, ...] = ()
    chain_known: bool = False
    alpn: str = ""
    verification: str = "not verified"
    second: bool = False
    asked: bool = False
    chain: tuple[Presented, ...] = ()

    @property
    def own(self) -> Presented | None:
        """The server's own certificate, or None."""
        return self.presented[0] if self.presented else None

    @property
    def used(self) -> tuple[Presented, ...]:
        """The certificates that matter to a client: the chain, or the server's own certificate if no chain is known."""
        return self.chain or self.presented[:1]

    @property
    def surplus(self) -> tuple[Presented, ...]:
        """The presented certificates that are not in the chain: a client ignores them."""
        return tuple(each for each in self.presented if self.chain and each not in self.chain)

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The certificates of ``used`` that could be read."""
        return tuple(each.certificate for each in self.used if each.certificate is not None)

    @property
    def problem(self) -> str:
        """Why a certificate of ``used`` cannot be read, or ""."""
        return next((each.problem for each in self.used if each.problem), "")


class Attempt(Value, kw_only=True):
    """One attempt, from the name lookup to the last byte. Times are seconds.

    probe        the number of its probe, from 0; more than 0 with --count only
    number       the number of the attempt within its probe, from 1
    began        its start, since the start of the whole check
    address      the address that it connected to, or the last one that it tried, or None
    resolve, connect, tls, first_byte   durations of the phases that it completed, else None
    time         its duration, without deliberate pauses and without the quit command
    rtt          the round-trip time as the kernel measured it (RFC 6298), or None
    retransmits  SYNs that the kernel retransmitted, where known
    received     the beginning of the answer, as far as the check needs it; size counts all bytes
    secured      TLS facts, or None
    captured     what the dialogue's expressions captured, as (name, bytes)
    groups       all groups of the last expression that had any, in order
    step         the number of the step that failed, from 1; 0: no step
    failure      why it failed, or None; phase is the phase in which it failed
    evidence     what was collected to explain the failure, or None
    silence      how long nothing had arrived when the reading ended, if it failed, else None
    pause        the longest pause between two parts of the answer before that
    legs         with several addresses: the attempt at each address ("all"), or at each one that failed ("any")
    """

    probe: int = 0
    number: int = 1
    began: float = 0.0
    address: Address | None = None
    resolve: float | None = None
    connect: float | None = None
    tls: float | None = None
    first_byte: float | None = None
    time: float = 0.0
    rtt: float | None = None
    retransmits: int | None = None
    received: bytes = b""
    size: int = 0
    secured: TlsFacts | None = None
    captured: tuple[tuple[str, bytes], ...] = ()
    groups: tuple[bytes, ...] = ()
    step: int = 0
    failure: Failure | None = None
    phase: str = Phase.RECEIVE
    evidence: Evidence | None = None
    silence: float | None = None
    pause: float = 0.0
    legs: tuple[Attempt, ...] = ()

    @property
    def cause(self) -> str | None:
        """The cause of its failure, or None."""
        return self.failure.cause if self.failure is not None else None

    @property
    def is_flowing(self) -> bool:
        """Whether the server was still sending when the time for its answer was over."""
        return self.is_endless and self.silence is not None and self.silence < _SILENCE

    @property
    def is_endless(self) -> bool:
        """Whether the server kept sending until the time was over: its last pause was no longer than one before."""
        silence = self.silence
        if self.cause != Cause.TIMED_OUT or self.phase != Phase.RECEIVE or silence is None:
            return False
        return bool(self.received) and (silence < _SILENCE or silence <= self.pause)

    @property
    def accepts_version(self) -> bool:
        """Whether the server has accepted the TLS version, whatever followed in the handshake."""
        return self.tls is not None or self.cause in (*CERTIFICATE_CAUSES, Cause.CLIENT_CERTIFICATE_REQUIRED)

    @property
    def broke_off(self) -> bool:
        """Whether the check itself ended an established connection, to any address, before its dialogue was over."""
        if any(leg.broke_off for leg in self.legs):
            return True
        failure = self.failure
        if failure is None or self.phase not in ESTABLISHED:
            return False
        if failure.cause == Cause.MISMATCH:
            return not failure.error  # else the answer is one of the protocol, and ends the connection
        return (self.phase == Phase.TLS and self.tls is None) or failure.cause in _BROKEN_OFF

    def first_to_expire(self, lax: bool) -> Certificate | None:
        """Return the certificate that counts and expires first, of all addresses; or None. lax: as in a TlsPlan."""
        found: list[Certificate] = []
        # With "any" the legs are the addresses that failed; the attempt itself is at the address that answered.
        for each in (*self.legs, self):
            if each.secured is not None:
                counted = each.secured.presented[:1] if lax else each.secured.used
                found.extend(one.certificate for one in counted if one.certificate is not None)
        return min(found, key=lambda each: each.not_after, default=None)

    @property
    def port_state(self) -> str | None:
        """The state of the port: open, refused (RST), rejected (ICMP), filtered (silence), or None: unknown.

        Or client-certificate-required: open to clients with a certificate; tls-version-refused: open to clients with a
        newer TLS version.
        """
        failure = self.failure
        if failure is not None and failure.cause == Cause.CLIENT_CERTIFICATE_REQUIRED:
            return "client-certificate-required"
        if failure is not None and failure.cause == Cause.TLS_PROTOCOL and failure.error in VERSION_REFUSED:
            return "tls-version-refused"
        if failure is None or self.phase in (Phase.TLS, Phase.SEND, Phase.RECEIVE):
            return "open"
        if self.phase != Phase.CONNECT:
            return None
        if failure.cause == Cause.REFUSED:
            return "refused" if failure.icmp is None else "rejected"
        if failure.cause == Cause.RESET:
            return "open"
        return {Cause.PROHIBITED: "rejected", Cause.TIMED_OUT: "filtered"}.get(failure.cause)


# Attempts of a long series that keep what was received, at its beginning and at its end: enough for a report, and with
# answers of 4 KiB they take 4 MiB. An attempt without it takes 0.7 KiB.
DETAILED = 500


def most_telling(attempts: Sequence[Attempt]) -> Attempt:
    """Return the last attempt, or where that failed the one whose failure is known best; the later of two equals.

    A later attempt often has less time, or meets a router that answers so many packets a second and no more. Its timeout
    must not hide the ICMP message, the RST or the wrong answer of an earlier attempt.
    """
    best = attempts[0]
    for attempt in attempts[1:]:
        if attempt.failure is None or best.failure is None or _tells_as_much(attempt, best):
            best = attempt
    return best


def _tells_as_much(later: Attempt, best: Attempt) -> bool:
    """Whether the failure of a later attempt is as precise as that of an earlier one."""
    if best.cause == Cause.LOCAL_LIMIT or later.cause not in (*TIMEOUTS, Cause.LOCAL_LIMIT):
        return True
    if later.cause == Cause.LOCAL_LIMIT:
        return False  # it was not made
    if best.cause not in TIMEOUTS:
        # It got farther: what the earlier attempt met at the connect has passed.
        return later.phase in ESTABLISHED and best.phase not in ESTABLISHED
    return _PROGRESS.index(later.phase) >= _PROGRESS.index(best.phase)


_PROGRESS = (Phase.RESOLVE, Phase.CONNECT, Phase.TLS, Phase.SEND, Phase.RECEIVE)


class Outcome(Value):
    """All facts about one probe.

    probe      the Probe that it belongs to
    attempts   every attempt, in order
    sent       probes of the count that were started; fewer than the count when the time ran out
    at         the wall clock at its start, as seconds since the epoch
    elapsed    seconds from its start to its end
    lag        the longest time in seconds between two polls of the network meanwhile
    interrupted  whether the user ended it (Ctrl-C); sent is then the number of probes that had ended
    """

    probe: Probe
    attempts: tuple[Attempt, ...]
    sent: int = 1
    at: float = 0.0
    elapsed: float = 0.0
    lag: float = 0.0
    interrupted: bool = False

    @property
    def finals(self) -> tuple[Attempt, ...]:
        """The attempt that is the result of each started probe: the one with the most precise failure."""
        if len(self.attempts) == 1:
            return self.attempts
        tries: dict[int, list[Attempt]] = {}
        for attempt in self.attempts:
            tries.setdefault(attempt.probe, []).append(attempt)
        return tuple([most_telling(each) for each in tries.values()])

    @property
    def listed(self) -> tuple[Attempt, ...]:
        """The attempts that a report lists: all, or of a long series those at its beginning and at its end."""
        attempts = self.attempts
        return attempts if len(attempts) <= 2 * DETAILED else attempts[:DETAILED] + attempts[-DETAILED:]

    @property
    def key(self) -> Hashable:
        """The key of its Probe."""
        return self.probe.key

    def first_to_expire(self, attempts: Iterable[Attempt] | None = None) -> Certificate | None:
        """Return the certificate of the chain that expires first, or None. It looks at the given attempts, else at the finals.

        With a lax TLS plan (check_tcp's -S), only the server's own certificate counts.
        """
        plan = self.probe.recipe.tls
        if plan is None:
            return None
        counted = self.finals if attempts is None else attempts
        found = [
            each for each in (attempt.first_to_expire(plan.lax) for attempt in counted) if each is not None
        ]
        return min(found, key=lambda each: each.not_after, default=None)
