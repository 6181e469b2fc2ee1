# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""What a check does on one established connection: the steps of the dialogue, TLS among them, and the close."""

from __future__ import annotations

from ..model.causes import CERTIFICATE_CAUSES, TLS_CAUSES, Cause, Phase
from ..model.outcome import ENDED_FOR_VERSION, Failure
from .attempt import AttemptBuilder
from .wants import (
    AskPeer,
    Close,
    Connect,
    Finish,
    Inspect,
    OwnAddress,
    Pause,
    ReadCounters,
    Receive,
    Secure,
    Secured,
    Send,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import TypeIs

    from ..dialogue.matching import Match
    from ..model.dialogue import Hear, Say, Step
    from ..model.outcome import TlsFacts
    from ..model.recipe import Recipe, TlsPlan
    from ..model.target import Address
    from .doors import Connection
    from .stream import TlsStream
    from .wants import Answer, Steps

# How long to wait for the FIN of the server after ours. It is inside the limit of -t, and no part of a measured time.
DRAIN = 0.1

# The bytes of an answer that are searched at most, and those that an Attempt keeps: an endless answer must not fill the
# memory.
SEARCHED = 1 << 20
KEPT = 1 << 12

# Seconds without an answer after which evidence is collected while the check keeps waiting. A healthy name server or
# host answers sooner, and the kernel retransmits a SYN after 1 s only.
FIRST_LOOK = 0.5

# Seconds after which Linux retransmits a segment at the earliest (TCP_RTO_MIN).
LEAST_RETRANSMISSION = 0.2

# Seconds to wait for an alert after a TLS 1.3 handshake. The client finishes before the server has verified the client
# certificate, so an alert about it comes later. A round trip to the other side of the earth takes 0.2 s.
LATE_ALERT_WAIT = 0.2

# What a server does that requires a client certificate and does not get it.
_WITHOUT_CERTIFICATE = frozenset((Cause.CLIENT_CERTIFICATE_REQUIRED, Cause.CLOSED_EARLY, Cause.RESET))

# Failures after which the quit command is still sent: the connection works.
_QUIT_AFTER = frozenset(
    (Cause.MISMATCH, Cause.HOST_BLOCKED, Cause.STARTTLS_REFUSED, Cause.EXPRESSION_STOPPED)
)


def investigation() -> Any:  # a module, whose contents have no type of their own
    """Return the module that collects evidence; None if it cannot be loaded, usually for lack of descriptors.

    A healthy check does not load it.
    """
    try:
        from . import investigation as found
    except (OSError, ImportError):
        return None
    return found


# A check without a dialogue does not load the classes of its steps.


def _is_hear(step: Step) -> TypeIs[Hear]:
    return step.reads


def _begins_request(steps: tuple[Step, ...], place: int) -> bool:
    """Whether the text at this place is the first of a request whose answer must not be older than it."""
    if place and _is_say(steps[place - 1]):
        return False
    following = next((each for each in steps[place:] if not _is_say(each)), None)
    return following is not None and _is_hear(following) and following.fresh


def _is_say(step: Step) -> TypeIs[Say]:
    return not step.reads and not step.begins_tls


class Session:
    """The dialogue on one established connection, and the end of that connection.

    If the check has checks of its own after the handshake, a client certificate is not sent in the first one: they come
    first. If the server asks for it, there is a second connection, and the dialogue begins again.

    unread   received bytes that no step has used yet
    values   the values of the placeholders: host, port, and what was captured
    ended    whether the server has ended the connection
    """

    __slots__ = (
        "_again", "_paused", "_single_text", "_unanswered", "_withholds", "attempt", "connection", "deadline", "ended", "recipe", "stream", "unread", "values",
    )  # fmt: skip

    def __init__(
        self, attempt: AttemptBuilder, connection: Connection, recipe: Recipe, deadline: float
    ) -> None:
        self.attempt = attempt
        self.recipe = recipe
        self.deadline = deadline
        self._withholds = recipe.tls is not None and self.withholds(recipe)
        self._open(connection)

    @staticmethod
    def withholds(recipe: Recipe) -> bool:
        """Whether the first handshake is without the client certificate.

        A server that counts broken connections gets one connection only, and the steps of a user are not repeated.
        """
        plan = recipe.tls
        if plan is None or plan.client_cert is None or not plan.checks_itself or recipe.broken_counts:
            return False
        return recipe.opens_tls_itself

    def _open(self, connection: Connection) -> None:
        self.connection = connection
        self.stream: TlsStream | None = None
        self.unread = b""
        self.ended = False
        self.values: dict[str, bytes] = {}
        self._single_text: bytes | None = b""  # what was sent, if it is one text without TLS; else None
        self._paused = False
        self._again = False
        self._unanswered = (
            False  # whether the server ended the connection in place of an answer to the ClientHello
        )

    def run(self) -> Steps[float]:
        """Run all steps, then end the connection. Returns the time of that end."""
        attempt, recipe = self.attempt, self.recipe
        began, idle = attempt.last, attempt.idle
        if recipe.dialogue or recipe.receive_delay:
            yield from self._take_steps()
        if self._again and attempt.address is not None:
            now = yield from self._start_over(attempt.address)
            if attempt.failure is not None:
                return now
            # A client that presents its certificate at once does not wait for this.
            attempt.idle = idle + now - began
            yield from self._take_steps()
        failure = attempt.failure
        if failure is None or failure.cause in _QUIT_AFTER:
            if attempt.silence and attempt.keepalive_since is not None:
                yield from self._read_state()  # a part of the answer may be missing
            return (yield from self._close())
        now = attempt.last
        if self.stream is not None and failure.cause in CERTIFICATE_CAUSES:
            yield from self._take_leave()
        else:
            yield from self._abandon()
        if (
            recipe.tls is not None
            and (attempt.last_try or recipe.broken_counts)
            and attempt.secured is None
            and failure.cause in CERTIFICATE_CAUSES
            and now < self.deadline
        ):
            now = yield from _read_rejected_certificate(attempt, recipe, failure.cause, self.deadline)
        elif Cause.TLS_PROTOCOL in recipe.final and self._unanswered and not recipe.broken_counts:
            now = yield from _test_newer_version(attempt, recipe, self.deadline)
        return now

    def _take_steps(self) -> Steps[None]:
        """Take the steps up to the first that fails, or up to a handshake after which the dialogue begins again."""
        attempt, recipe = self.attempt, self.recipe
        steps = recipe.dialogue
        for number, step in enumerate(steps, 1):
            attempt.step = number
            if _is_hear(step):
                if recipe.receive_delay:
                    yield from self._pause()
                if attempt.failure is None:
                    yield from self._hear(step)
            elif _is_say(step):
                if _begins_request(steps, number - 1):
                    yield from self._forget()
                if attempt.failure is None:
                    yield from self._say(step, reads_later=any(each.reads for each in steps[number:]))
            else:
                # After a PROXY header, which the server does not answer, TLS is still the first thing.
                yield from self._begin_tls(step, first=not any(each.reads for each in steps[: number - 1]))
            if attempt.failure is not None or self._again:
                break
        else:
            if recipe.receive_delay:
                yield from self._pause()

    def _start_over(self, address: Address) -> Steps[float]:
        """Connect again to a server that has passed the checks, to present the client certificate. Returns the time."""
        attempt = self.attempt
        if self.stream is not None:
            yield from self._close()
        else:
            yield Close(self.connection)
        now, connection, failure = yield Connect(address, self.recipe, self.deadline)
        if connection is None or failure is not None:
            attempt.fail(failure or Failure(Cause.TIMED_OUT), Phase.CONNECT, now)
            return now
        attempt.begin_again(now)
        self._withholds = False
        self._open(connection)
        return now

    # Sending

    def _forget(self) -> Steps[None]:
        """Drop what has arrived before a request, so that the next step sees only what comes after it."""
        attempt = self.attempt
        self.unread = b""
        dropped = 0
        while not self.ended and dropped < SEARCHED:  # a server may send without end
            if self.stream is None:
                now, data, failure = yield Receive(self.connection, attempt.last)
            else:
                now, data, failure = yield from self.stream.receive(attempt.last)
            if failure is not None:
                if failure.cause != Cause.TIMED_OUT:
                    attempt.fail_reading(failure, now)
                return
            self.ended = not data
            dropped += len(data or b"")
            attempt.size += len(data or b"")

    def _say(self, step: Say, reads_later: bool) -> Steps[None]:
        attempt, recipe = self.attempt, self.recipe
        if not self.values:
            self.values = _placeholder_values(attempt)
        if step.names_our_side:
            from ..model.dialogue import HELO, PROXY_LINE  # the code that made the step has loaded it

            _at, own, _failure = yield OwnAddress(self.connection)
            self.values[PROXY_LINE] = _proxy_line(own, attempt.address)
            self.values.setdefault(HELO, _address_literal(own))
        data = step.fill(self.values)
        if not data and recipe.network != "udp":
            return
        self._single_text = data if self._single_text == b"" and self.stream is None else None
        now, failure = yield from self._send(data)
        silent = failure is not None and (failure.cause == Cause.TIMED_OUT or failure.cause in TLS_CAUSES)
        # If no step reads, a reset can arrive before or after the text by chance, and means nothing.
        # A datagram that was not sent gets no answer, and the error of an earlier one is reported only once.
        ignored = (reads_later and recipe.network != "udp") or (
            failure is not None and failure.cause == Cause.RESET
        )
        if failure is not None and (silent or not ignored):
            attempt.fail(failure, Phase.SEND, now)
            return
        # If a step reads later, the last bytes from the server explain more than the failed send.
        attempt.last = now

    def _send(self, data: bytes) -> Steps[tuple[float, Failure | None]]:
        if self.stream is None:
            self.attempt.sent += len(data)
            now, _value, failure = yield Send(self.connection, data, self.deadline)
        else:
            before = self.stream.sent
            now, _value, failure = yield from self.stream.send(data, self.deadline)
            self.attempt.sent += self.stream.sent - before
        return now, failure

    def _pause(self) -> Steps[None]:
        """Wait for ``receive_delay``, once, between sending and reading."""
        recipe, attempt = self.recipe, self.attempt
        if self._paused:
            return
        self._paused = True
        before = attempt.last
        now, _value, _failure = yield Pause(min(before + recipe.receive_delay, self.deadline))
        if now >= self.deadline:
            attempt.fail(Failure(Cause.TIMED_OUT), Phase.RECEIVE, now)
            return
        attempt.idle += now - before
        attempt.last = now

    # TLS

    def _begin_tls(self, step: Step, first: bool) -> Steps[None]:
        """Do the handshake, and the checks of the certificate that OpenSSL does not do.

        first   whether no step has read anything before
        """
        attempt, plan = self.attempt, self.recipe.tls
        if plan is None:  # pragma: no cover - a Recipe with this step has a plan
            return
        if not first and (yield from self._has_injection()):
            return
        from .stream import TlsStream  # not loaded without TLS, and not timed with it

        before = attempt.last
        offered = plan.replace(withheld=True) if self._withholds else plan
        now, session, failure = yield Secure(
            self.connection, offered, plan.asked_name(attempt.target.host), self.deadline
        )
        if failure is not None:
            if failure.cause == Cause.TIMED_OUT:
                failure = Failure(
                    Cause.LOCAL_LIMIT, "timed out while waiting for other TLS handshakes to finish"
                )
            attempt.fail(failure, Phase.TLS, now)
            return
        # The wait for a free place among the handshakes is no time of the server.
        attempt.idle += now - before
        attempt.last = now
        stream = TlsStream(self.connection, session, step.packets)
        began = now
        now, failure = yield from stream.handshake(attempt, self.deadline, FIRST_LOOK, self._look)
        yield Secured(self.connection)
        attempt.sent += stream.sent
        # A server that requires a client certificate ends a handshake without one, until TLS 1.2 before it is finished.
        asks = self._withholds and stream.asked
        if failure is not None and not (asks and failure.cause in _WITHOUT_CERTIFICATE):
            self._unanswered = failure.cause in (Cause.RESET, Cause.CLOSED_EARLY) and not stream.begun
            attempt.received = attempt.received[:KEPT]  # what came in place of TLS
            if failure.cause == Cause.NOT_TLS and not first:
                failure = Failure(
                    Cause.TLS_INJECTION, "the data after the server's STARTTLS reply is not TLS"
                )
            attempt.fail(failure, Phase.TLS, now)
            return
        attempt.last = now
        facts: TlsFacts = session.facts().replace(asked=stream.asked)
        if failure is None:
            attempt.tls = now - began
            self.stream = stream
            self._single_text = None
        # Python 3.9 knows no certificate of a handshake that is not finished.
        unfit = _certificate_failure(facts, plan, attempt.target.host) if self.stream or facts.own else None
        if unfit is not None:
            attempt.secured = facts.replace(verification=unfit.cause)
            attempt.fail(unfit, Phase.TLS, now)
            return
        if asks:
            self._again = True
            return
        attempt.secured = facts
        if plan.verify:
            attempt.secured = facts.replace(
                verification="verified_without_name" if plan.any_name else "verified"
            )
        # check_tcp does not wait for the server's end of the handshake.
        lax = plan.lax and Cause.CLIENT_CERTIFICATE_REQUIRED not in self.recipe.final
        if stream.asked and facts.protocol == "TLSv1.3" and not lax:
            yield from self._wait_for_late_alert()

    def _has_injection(self) -> Steps[bool]:
        """Whether data came after the STARTTLS reply and before the handshake, which is forbidden (RFC 3207, 4.2)."""
        attempt = self.attempt
        now = attempt.last
        extra = self.unread
        if not extra:
            now, data, failure = yield Receive(self.connection, now)
            extra = data or b""
            if failure is not None and failure.cause != Cause.TIMED_OUT:
                attempt.fail(failure, Phase.TLS, now)
                return True
        if not extra:
            return False
        attempt.received = extra[:KEPT]
        words = f"{len(extra)} byte{'s' if len(extra) > 1 else ''} after the server's STARTTLS reply"
        attempt.fail(Failure(Cause.TLS_INJECTION, words), Phase.TLS, now)
        return True

    def _wait_for_late_alert(self) -> Steps[None]:
        """Read once, for an alert about the client certificate or its absence."""
        attempt, stream = self.attempt, self.stream
        if stream is None:  # pragma: no cover - it is called after a handshake
            return
        before = attempt.last
        now, data, failure = yield from stream.receive(min(before + LATE_ALERT_WAIT, self.deadline))
        if failure is None and not data:
            words = "the connection ended right after a handshake in which the server requested a client certificate"
            attempt.fail(Failure(Cause.CLOSED_EARLY, words), Phase.TLS, now)
            return
        if failure is None:
            self.unread = data
            attempt.size = len(data)
            if data:  # the first bytes of the answer: not an extra wait
                attempt.first_byte = now - before
                attempt.last = now
                return
        elif failure.cause != Cause.TIMED_OUT:
            attempt.fail(failure, Phase.TLS, now)
            return
        attempt.idle += now - before
        attempt.last = now

    # Reading

    def _hear(self, step: Hear) -> Steps[None]:
        """Read until the answer is complete or wrong, and record it."""
        attempt, recipe, stream = self.attempt, self.recipe, self.stream
        began = attempt.last
        # --max-bytes applies to the answer. Before TLS all bytes are kept: the rest may be an injection.
        before_tls = recipe.tls is not None and stream is None
        reader = _AnswerReader(step, recipe, self.deadline, 0 if before_tls else recipe.max_bytes)
        first = attempt.first_byte is None
        failure: Failure | None = None
        problem = None
        try:
            done = bool(self.unread) and reader.take(self.unread, began)
            while not done and not self.ended:
                # After FIRST_LOOK without data, keepalive probes are sent.
                until = (
                    reader.limit
                    if attempt.keepalive_since is not None
                    else min(reader.limit, attempt.last + FIRST_LOOK)
                )
                if stream is None:
                    now, data, failure = yield Receive(self.connection, until)
                else:
                    now, data, failure = yield from stream.receive(until)
                if failure is not None and failure.cause == Cause.TIMED_OUT and now < reader.limit:
                    said = self._repeatable_request()
                    now, data, failure = yield from self._look(now, reader.limit, said, attempt.size)
                    if failure is not None and failure.cause == Cause.TIMED_OUT and now < reader.limit:
                        continue
                if failure is not None and failure.cause == Cause.TIMED_OUT and reader.waits_on():
                    continue
                if failure is not None:
                    break
                if first and attempt.first_byte is None:
                    attempt.first_byte = now - began
                    if data and attempt.explain and attempt.first_byte >= LEAST_RETRANSMISSION:
                        yield from self._read_retransmissions()
                if not data:
                    self.ended = True
                    break
                if reader.size:
                    attempt.pause = max(attempt.pause, now - attempt.last)
                attempt.last = now
                attempt.size += len(data)
                done = reader.take(data, now)
                if not done and now >= reader.limit:  # an endless answer never lets a read time out
                    failure = Failure(Cause.TIMED_OUT)
                    break
            else:
                now = attempt.last
        except _StepError as given:
            problem, now = given.failure, attempt.last
        if problem is None:
            problem = reader.problem(self.ended, failure, now >= self.deadline)
        self.ended = self.ended or (failure is not None and failure.cause != Cause.TIMED_OUT)
        self._finish_reading(reader, problem, failure, now)
        if first and problem is not None and not reader.size:
            attempt.first_byte = None

    def _finish_reading(
        self, reader: _AnswerReader, problem: Failure | None, failure: Failure | None, now: float
    ) -> None:
        """Record the result of a step: its answer, or ``problem``. ``failure`` is what ended the reading."""
        attempt = self.attempt
        attempt.received = reader.received[:KEPT]
        self.unread = b""
        if problem is not None:
            if reader.step.opening and problem.cause == Cause.MISMATCH:
                # An incomplete reply is no refusal: the connection ended too early.
                cut = self.ended and not problem.error and reader.is_unfinished()
                problem = (
                    (failure or Failure(Cause.CLOSED_EARLY))
                    if cut
                    else Failure(Cause.STARTTLS_REFUSED, problem.error)
                )
            attempt.fail_reading(problem, now)
            return
        if self.ended and failure is None:
            attempt.last = now
        match = reader.match
        if match is not None:
            self.unread = reader.received[match.end :]
            if match.captured:
                self._capture(match.captured, reader.received)
            if match.groups:
                attempt.groups = match.groups
                if attempt.secrets:
                    from ..dialogue.timed_search import MOST  # what a user's expression searches

                    attempt.grouped = reader.received[:MOST]

    def _capture(self, captured: dict[str, bytes], answer: bytes) -> None:
        """Store captured values."""
        attempt = self.attempt
        if not self.values:
            self.values = _placeholder_values(attempt)
        self.values.update(captured)
        attempt.captured.update(captured)
        if attempt.secrets:
            from ..dialogue.timed_search import MOST  # what a user's expression searches

            attempt.answers.update(dict.fromkeys(captured, answer[:MOST]))

    def _repeatable_request(self) -> bytes:
        """Return what the check has sent if it may be sent again, or b"": one text, and no step before it."""
        only = self.attempt.step - 1 == 1
        return self._single_text or b"" if only and self.recipe.repeatable else b""

    def _look(self, now: float, limit: float, said: bytes, got: int) -> Steps[Answer]:
        """Send keepalive probes to a silent service, and test other connections.

        said   what was sent and may be sent again, or b""
        got    bytes of the answer that have arrived

        Returns the answer that came meanwhile, as a Receive does.
        """
        attempt, recipe = self.attempt, self.recipe
        attempt.keepalive_since = now
        silence = now, None, Failure(Cause.TIMED_OUT)
        yield AskPeer(self.connection)
        if recipe.trace == "never" or not attempt.explain or attempt.address is None:
            return silence
        _at, tcp, _failure = yield Inspect(self.connection)
        found = investigation()
        if tcp is None or found is None:
            return silence
        _at, attempt.counters, _failure = yield ReadCounters()
        request = found.Request(said, got)
        beside = found.beside_silence(self.connection, attempt.address, recipe, request, tcp, limit)
        answer: Answer
        answer, attempt.small_segments, attempt.quiet = yield from beside
        return answer

    # Closing

    def _abandon(self) -> Steps[None]:
        """Close a connection that failed, after reading the kernel's state of it."""
        yield from self._read_state()
        yield Close(self.connection)

    def _take_leave(self) -> Steps[float]:
        """End a TLS session whose certificate is not accepted, with the quit command of the protocol that began TLS.

        The user's own quit command may be confidential. The server would log or count an end without a command.
        """
        self.recipe = self.recipe.replace(quit=self.recipe.farewell, close="polite")
        return (yield from self._close())

    def _read_state(self) -> Steps[None]:
        """Add the kernel's state of the connection to the evidence."""
        attempt = self.attempt
        now, tcp, _failure = yield Inspect(self.connection)
        if tcp is not None:
            from ..model.evidence import Evidence, Stall  # loaded by the code that made the TcpState

            asked = now - attempt.keepalive_since if attempt.keepalive_since is not None else None
            stall = Stall(tcp, attempt.sent, asked, attempt.small_segments, attempt.quiet)
            known = (attempt.evidence or Evidence()).replace(stall=stall)
            if attempt.counters is not None:
                known = yield from investigation().counted(known, attempt.counters)
            attempt.evidence = known

    def _read_retransmissions(self) -> Steps[None]:
        """Add the kernel's state of a slow connection to the evidence, if a segment of the request was sent again."""
        attempt = self.attempt
        _at, tcp, _failure = yield Inspect(self.connection)
        if tcp is not None and tcp.retransmits > (attempt.retransmits or 0):
            from ..model.evidence import Evidence, Stall

            stall = Stall(tcp, attempt.sent)
            attempt.evidence = (attempt.evidence or Evidence()).replace(stall=stall)

    def _close(self) -> Steps[float]:
        """Send the quit command and FIN, then read until the server's FIN, so that neither side sees a reset."""
        attempt, recipe, deadline = self.attempt, self.recipe, self.deadline
        now = attempt.last + (attempt.silence or 0.0)
        # A quit command that was meant for TLS may be confidential.
        in_the_clear = recipe.tls is not None and self.stream is None
        if recipe.quit and not in_the_clear:
            # The answer has been read: a quit command that fails is no fault of the service.
            at, failure = yield from self._send(recipe.quit)
            if failure is None and attempt.failure is None:
                attempt.last = now = at
        # A RST can overtake the quit command. Where broken connections count, this one would then be broken.
        if recipe.close == "reset" and not (recipe.quit and recipe.broken_counts):
            now, _value, _failure = yield Close(self.connection, reset=True)
            return now
        if not self.ended and recipe.network == "tcp":
            limit = min(now + DRAIN, deadline)
            if self.stream is not None:
                # A server that finds the end of the session after the command sees a client that is lost.
                if recipe.quit:
                    yield Receive(self.connection, limit)
                yield from self.stream.finish(deadline)
            yield Finish(self.connection)
            failure = None
            data = b"more"
            while data and failure is None and now < limit:
                now, data, failure = yield Receive(self.connection, limit)
        now, _value, _failure = yield Close(self.connection)
        return now


def _proxy_line(own: Address, peer: Address | None) -> bytes:
    """Return the header of the PROXY protocol, version 1 (section 2.1); UNKNOWN for a Unix socket."""
    if not own.family or peer is None:
        return b"PROXY UNKNOWN\r\n"
    return f"PROXY TCP{own.family} {own.text} {peer.text} {own.port} {peer.port}\r\n".encode()


def _address_literal(own: Address) -> bytes:
    """Return our address as a mail client gives it in place of a host name (RFC 5321, 4.1.3)."""
    if not own.family:
        return b"localhost"
    return f"[{'IPv6:' if ':' in own.text else ''}{own.text}]".encode()


def _placeholder_values(attempt: AttemptBuilder) -> dict[str, bytes]:
    host, port = attempt.target.host or "localhost", attempt.target.port or 0
    text = f"[{host}]" if ":" in host else host
    return {"host": text.encode("utf-8", "surrogateescape"), "port": str(port).encode()}


_NO_CERTIFICATE = "the server presented no certificate"


def _certificate_failure(facts: TlsFacts, plan: TlsPlan, host: str | None) -> Failure | None:
    """Do the checks that OpenSSL does not do: a name other than the SNI, weak keys, fingerprints."""
    other_name = plan.verify and plan.checks_other_name
    weak = plan.verify and plan.lowers_security
    if not plan.fingerprints and not other_name and not weak:
        return None
    from ..wire.certificate import chain_weakness, covers, fingerprint, weakness

    own = facts.own
    if weak:
        # Python 3.9 does not report the chain.
        words = chain_weakness(facts.chain) if facts.chain else weakness(own) if own is not None else ""
        if words:
            return Failure(Cause.CERTIFICATE_REJECTED, words)
    expected = plan.expected_name(host)
    if other_name and expected is not None:
        if own is None or own.certificate is None:
            return Failure(Cause.CERTIFICATE_REJECTED, own.problem if own is not None else _NO_CERTIFICATE)
        if not covers(own.certificate, expected):
            return Failure(Cause.CERTIFICATE_NAME_MISMATCH, f"certificate is not valid for '{expected}'")
    found = fingerprint(own.der if own is not None else b"")
    if plan.fingerprints and found not in plan.fingerprints:
        return Failure(Cause.FINGERPRINT_MISMATCH, f"the fingerprint is {found}")
    return None


def _read_rejected_certificate(
    attempt: AttemptBuilder, recipe: Recipe, cause: str, deadline: float
) -> Steps[float]:
    """Read the rejected certificate on a second connection, without verification. Returns the time of its end."""
    plan = recipe.tls
    if plan is None:  # pragma: no cover - there was a handshake
        return attempt.last
    now, secured = yield from _second_handshake(attempt, recipe, plan, deadline)
    if secured is not None:
        attempt.secured = secured.replace(second=True, verification=cause)
    return now


def _test_newer_version(attempt: AttemptBuilder, recipe: Recipe, deadline: float) -> Steps[float]:
    """Decide whether a server ended the handshake because of its TLS versions: it then speaks a newer one.

    Many servers answer with the alert protocol_version (RFC 8446, 6.2), which needs no test. Others close the connection.
    """
    plan = recipe.tls
    if plan is None or plan.maximum is None:  # pragma: no cover - the setting has set it
        return attempt.last
    newer = plan.replace(minimum=_NEWER[plan.maximum], maximum=None)
    now, secured = yield from _second_handshake(attempt, recipe, newer, deadline)
    if secured is not None:
        attempt.failure = Failure(Cause.TLS_PROTOCOL, ENDED_FOR_VERSION)
    return now


_NEWER = {"1.0": "1.1", "1.1": "1.2", "1.2": "1.3"}


def _second_handshake(
    attempt: AttemptBuilder, recipe: Recipe, plan: TlsPlan, deadline: float
) -> Steps[tuple[float, TlsFacts | None]]:
    """Do the handshake of a plan without verification on a second connection. Returns the time of its end, and its facts.

    Only the steps that the protocol needs to start TLS are sent there. With the user's own steps before TLS there is
    no second connection: a repetition of these steps could have effects.
    """
    if attempt.address is None or not recipe.opens_tls_itself:
        return attempt.last, None
    steps = recipe.dialogue
    handshake = [step.begins_tls for step in steps].index(True)
    unverified = plan.replace(
        verify=False, sni=plan.asked_name(attempt.target.host), verify_name=None, any_name=False, ca_file=None, ca_path=None,
        client_cert=None, client_key=None, client_key_password=None, fingerprints=(),
    )  # fmt: skip
    again = recipe.replace(
        tls=unverified,
        dialogue=steps[: handshake + 1],
        quit=recipe.farewell,
        close="polite",
        receive_delay=0.0,
        final=frozenset(),
    )
    now, connection, failure = yield Connect(attempt.address, again, deadline)
    if failure is not None or connection is None:
        return now, None
    scratch = AttemptBuilder.leg(attempt)
    scratch.address = attempt.address
    scratch.last = now
    now = yield from Session(scratch, connection, again, deadline).run()
    return now, scratch.secured


class _StepError(Exception):
    """A problem that ends a step while its answer is matched."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


class _AnswerReader:
    """Collects the answer of a step: the bytes to search, and the time limit.

    most    bytes to read at most; 0: no limit
    limit   the time until which the answer may grow
    """

    __slots__ = ("deadline", "limit", "match", "matched", "most", "received", "recipe", "size", "step")

    def __init__(self, step: Hear, recipe: Recipe, deadline: float, most: int) -> None:
        self.most = most
        self.step = step
        self.recipe = recipe
        self.deadline = deadline
        self.limit = deadline
        self.received = b""
        self.size = 0
        self.match: Match | None = None
        self.matched = not step.wanted and not step.unwanted

    def take(self, data: bytes, now: float) -> bool:
        """Take new bytes; returns whether the answer is complete. Raises _StepError."""
        recipe, step = self.recipe, self.step
        self.size += len(data)
        if len(self.received) < SEARCHED:
            self.received += data
            if self.most:
                self.received = self.received[: self.most]
        if not self.matched:
            found = self._look(len(data))
            if found is False or (not found and len(self.received) >= SEARCHED):
                return True
            if found and not isinstance(found, bool):
                self.match = found
                self.matched = True
            # An answer that does not match yet may grow as long as no pause is longer than expect_timeout.
            self.limit = self.deadline if self.matched else min(self.deadline, now + recipe.expect_timeout)
        if self.most and self.size >= self.most:
            return True
        return self.matched and step.read != "eof"

    def _look(self, fresh: int) -> Match | bool | None:
        from ..dialogue.matching import UnmatchableError, Unwanted, matches  # most checks expect nothing

        try:
            found = matches(self.step, self.received, fresh)
        except UnmatchableError as problem:
            raise _StepError(Failure(Cause.EXPRESSION_STOPPED, str(problem))) from None
        if isinstance(found, Unwanted):
            raise _StepError(Failure(found.cause, found.words))
        return found

    def is_unfinished(self) -> bool:
        """Return whether the answer has begun as the step describes it, and is not complete."""
        from ..dialogue.matching import unfinished

        return not self.matched and unfinished(self.step, self.received)

    def waits_on(self) -> bool:
        """Whether to wait on after a silence, up to the deadline: more of the answer is announced."""
        if self.limit >= self.deadline or not self.is_unfinished():
            return False
        self.limit = self.deadline
        return True

    def problem(self, ended: bool, failure: Failure | None, late: bool) -> Failure | None:
        """Return what is wrong with the answer, or None. late: the deadline has passed."""
        step, size, matched = self.step, self.size, self.matched
        eof = step.read == "eof"
        if matched and (step.wanted or size) and (not eof or ended or failure is None):
            return None
        if failure is not None and failure.cause == Cause.TIMED_OUT:
            return failure if late or not size else Failure(Cause.MISMATCH)
        if failure is not None and failure.cause in TLS_CAUSES:
            return failure
        if not matched and size:
            return Failure(Cause.MISMATCH)
        if failure is not None:
            # A service that may end the connection can also reset it: it has not read all that was sent.
            return None if step.built_in and not step.required and failure.cause == Cause.RESET else failure
        if not size and step.required:
            return Failure(Cause.CLOSED_EARLY, step.closed)
        return None
