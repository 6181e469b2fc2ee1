# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""What one probe does, step by step: a generator that asks for its next want and hears what happened.

It owns no socket and no clock, and knows causes, never states. The nesting: count, retries, attempt, addresses.
"""

from __future__ import annotations

from .expectation import matches
from .model import LOCAL_CAUSES, Attempt, Cause, Failure, Phase
from .wants import (
    AskPeer,
    Await,
    Close,
    Connect,
    Finish,
    Fork,
    Inspect,
    Pause,
    Receive,
    Resolve,
    Secure,
    Send,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    from .model import Address, Probe, Recipe, TlsFacts
    from .wants import Answer, Want

    Steps = Generator[Want, Answer, Any]

# RFC 8305, section 5 ("Connection Attempt Delay"): 250 ms is the recommended value.
STAGGER = 0.25

# An ICMP error ends a connect at once, and a single one may be a router that converges; 0.2 s is enough for the
# kernel's own route to settle and small beside any time limit.
CONFIRMATION = 0.2

# How long the other side may take to answer our FIN with its own before we leave: inside -t, outside every time.
DRAIN = 0.1

# What an answer is searched through at most, and what of it an Attempt keeps: an endless one must not fill memory.
SEARCHED = 1 << 20
KEPT = 1 << 12

# After this long without an answer something is wrong: a SYN is repeated after 1 s, and no healthy answer of a
# name service or a path takes as long. From here on evidence is gathered beside the wait.
PATIENCE = 0.5

# How long until a connect that the system had no room for is tried again: it tells nobody when there is room.
CROWDED = 0.01

_ICMP_CAUSES = frozenset((Cause.UNREACHABLE, Cause.PROHIBITED, Cause.PORT_UNREACHABLE))


def converse(probe: Probe, start: float, tell: Callable[[Attempt], None] | None = None) -> Steps:
    """The whole conversation for a probe that begins at ``start``; ``tell`` hears of each attempt as it ends.

    Returns (attempts, sent): a tuple of every Attempt in order, and how many probes of the count were begun.
    """
    recipe = probe.recipe
    deadline = start + recipe.timeout
    attempts: list[Attempt] = []
    now = start
    number = 0
    while True:
        now = yield from _probe(probe, number, start, now, deadline, attempts, tell)
        number += 1
        if number == recipe.count:
            break
        begin = start + number * recipe.interval
        if begin >= deadline or now >= deadline:
            break
        if begin > now:
            now, _, _ = yield Pause(begin)
    unexplained = [place for place, attempt in enumerate(attempts) if _is_a_riddle(attempt, recipe)]
    if unexplained or recipe.trace == "always":
        # Once, and behind the last probe: evidence must not hold up the measurement.
        place = unexplained[-1] if unexplained else -1
        attempts[place] = yield from _explain(attempts[place], attempts, probe, now, deadline)
    return tuple(attempts), number


def _probe(
    probe: Probe,
    number: int,
    start: float,
    now: float,
    deadline: float,
    attempts: list[Attempt],
    tell: Callable[[Attempt], None] | None,
) -> Generator[Want, Answer, float]:
    """One probe of the count: an attempt, and its retries. Returns the time of its end."""
    recipe = probe.recipe
    tries = 0
    confirmed = False
    while True:
        left = (recipe.count - number) * (recipe.retries + 1) - tries
        limit = recipe.attempt_timeout
        if limit is None:
            limit = (deadline - now) / max(left, 1)
        tries += 1
        # What another attempt may mend needs no explanation yet.
        # And of a count the last alone is looked into: evidence must not hold up the measurement.
        last = tries > recipe.retries and number == recipe.count - 1
        curious = last and Cause.TIMED_OUT not in recipe.final
        attempt, now = yield from _attempt(
            probe, number, tries, start, now, min(now + limit, deadline), curious
        )
        attempts.append(attempt)
        if tell is not None:
            tell(attempt)
        failure = _unfinished(attempt, recipe)
        if failure is None or failure.cause in recipe.final:
            break
        jitter = 0.0
        if tries <= recipe.retries:
            pause = recipe.retry_delay * recipe.retry_backoff ** (tries - 1)
            jitter = recipe.retry_jitter
        elif (
            not confirmed
            and not recipe.retries
            and (failure.icmp is not None or failure.cause in _ICMP_CAUSES)
        ):
            confirmed = True
            pause = CONFIRMATION
        else:
            break
        if now + pause >= deadline:
            break
        now, _, _ = yield Pause(now + pause, jitter)
        if now >= deadline:
            break
    return now


def _explain(
    attempt: Attempt, earlier: list[Attempt], probe: Probe, now: float, deadline: float
) -> Generator[Want, Answer, Attempt]:
    """Find out what can still be found out about an attempt; returns it with that."""
    investigation = _investigation()
    if investigation is None:
        return attempt
    leg = (
        next((leg for leg in attempt.legs if leg.failure is not None), None)
        if attempt.failure is None
        else None
    )
    dead = leg or attempt
    known = dead
    if known.evidence is None:
        # An earlier attempt may have traced the path already; the routers should not have to answer twice.
        there = (
            each for attempt in earlier for each in (attempt, *attempt.legs) if each.address == dead.address
        )
        known = dead.replace(
            evidence=next((each.evidence for each in there if each.evidence is not None), None)
        )
    found = yield from investigation.after(known, probe.target, probe.recipe, now, deadline)
    explained: Attempt = dead.replace(evidence=found)
    if leg is None:
        return explained
    legs = tuple(explained if each is leg else each for each in attempt.legs)
    return attempt.replace(legs=legs)  # type: ignore[no-any-return]


def _investigation() -> Any:
    """The module that gathers evidence; None where it cannot be loaded, for lack of descriptors as a rule.

    A healthy check has nothing to explain and does not load it.
    """
    try:
        from . import investigation
    except (OSError, ImportError):
        return None
    return investigation


def _is_a_riddle(attempt: Attempt, recipe: Recipe) -> bool:
    """Whether it failed, and not as it was expected to."""
    failure = _unfinished(attempt, recipe)
    return failure is not None and failure.cause not in recipe.final


def _unfinished(attempt: Attempt, recipe: Recipe) -> Failure | None:
    """The failure for which another attempt could be worth while: its own, or with "all" that of a leg."""
    if attempt.failure is None and recipe.addresses == "all":
        for leg in attempt.legs:
            if leg.failure is not None:
                return leg.failure
    return attempt.failure


def _attempt(
    probe: Probe, number: int, tries: int, start: float, now: float, deadline: float, curious: bool
) -> Generator[Want, Answer, tuple[Attempt, float]]:
    """One attempt, from the name lookup to the close. Returns it and the time of its end."""
    recipe = probe.recipe
    attempt = _Notes(number, tries, now, start)
    attempt.curious = curious
    patience = min(now + PATIENCE, deadline) if curious and recipe.trace != "never" else deadline
    at, addresses, failure = yield Resolve(probe.target, recipe, patience)
    if failure is not None and failure.cause == Cause.TIMED_OUT and at < deadline:
        investigation = _investigation()
        if investigation is None:
            at, addresses, failure = yield Resolve(probe.target, recipe, deadline)
        else:
            answer, attempt.evidence = yield from investigation.beside_lookup(probe.target, recipe, deadline)
            at, addresses, failure = answer
    if failure is not None:
        if failure.cause == Cause.TIMED_OUT:
            failure = Failure(Cause.RESOLVER_SILENT)
        return attempt.failed(failure, Phase.RESOLVE, at), at
    attempt.resolve = at - now
    if recipe.any_port:
        first = addresses[0]
        addresses = tuple(first.replace(port=port) for port in recipe.any_port)
        return (yield from _any(attempt, addresses, recipe, deadline))
    if len(addresses) == 1 or recipe.addresses == "first":
        at = yield from _talk(attempt, addresses[0], recipe, deadline)
        return attempt.done(), at
    if recipe.addresses == "all":
        return (yield from _all(attempt, addresses, recipe, deadline))
    return (yield from _any(attempt, addresses, recipe, deadline))


def _any(
    attempt: _Notes, addresses: tuple[Address, ...], recipe: Recipe, deadline: float
) -> Generator[Want, Answer, tuple[Attempt, float]]:
    """The first address that answers wins (RFC 8305); what the others came to is kept as legs."""
    racers = [_connect(_Notes.leg(attempt), address, recipe, deadline) for address in addresses]
    if recipe.any_port:  # any answer of the host itself will do, and from whichever port it comes first
        at, results, _ = yield Fork(racers, deadline, enough=_answered)
        alive = next(
            (notes for notes, connection in filter(None, results) if _answered((notes, connection))), None
        )
        if alive is not None and alive.failure is not None:
            return alive.done(), at
    else:
        at, results, _ = yield Fork(racers, deadline, enough=_established, stagger=STAGGER)
    failed = [notes for notes, connection in filter(None, results) if connection is None]
    winner = next((result for result in results if result is not None and result[1] is not None), None)
    if winner is None:
        if not failed:  # pragma: no cover - every connect ends by the fork's own deadline, and so is a result
            return attempt.failed(Failure(Cause.TIMED_OUT), Phase.CONNECT, at), at
        # What the prober lacks for one address says nothing where another could be asked.
        last = next((each for each in reversed(failed) if not _is_local(each)), failed[-1])
        last.legs = tuple(notes.done() for notes in failed)
        last.last = at
        return last.done(), at
    notes, connection = winner
    notes.legs = tuple(each.done() for each in failed)
    at = yield from _dialogue(notes, connection, recipe, deadline)
    return notes.done(), at


def _all(
    attempt: _Notes, addresses: tuple[Address, ...], recipe: Recipe, deadline: float
) -> Generator[Want, Answer, tuple[Attempt, float]]:
    """Every address is checked; the attempt stands for the slowest that lives, or for the first dead one."""
    notes = [_Notes.leg(attempt) for _ in addresses]
    talks = [_talk(each, address, recipe, deadline) for each, address in zip(notes, addresses)]
    at, ends, _ = yield Fork(talks, deadline)
    for each, address, end in zip(notes, addresses, ends):
        if end is None and each.failure is None:
            if each.address is None:
                each.address = address
                lack = Failure(Cause.LOCAL_LIMIT, "no room among the connections in flight")
                each.fail(lack, Phase.CONNECT, at)
            else:
                each.fail(Failure(Cause.TIMED_OUT), Phase.RECEIVE, at)
    legs = tuple(each.done() for each in notes)
    living = [each for each, leg in zip(notes, legs) if leg.failure is None]
    chosen = max(living, key=lambda each: each.last) if living else notes[0]
    chosen.legs = legs
    return chosen.done(), at


def _established(result: tuple[_Notes, Any]) -> bool:
    return result[1] is not None


def _answered(result: tuple[_Notes, Any]) -> bool:
    """Whether the host itself has answered: with a SYN-ACK, or with a RST that no ICMP message claims."""
    notes, connection = result
    failure = notes.failure
    return connection is not None or (
        failure is not None and failure.cause == Cause.REFUSED and failure.icmp is None
    )


def _is_local(notes: _Notes) -> bool:
    return notes.failure is not None and notes.failure.cause in LOCAL_CAUSES


def _connect(notes: _Notes, address: Address, recipe: Recipe, deadline: float) -> Steps:
    """Connect and note how it went; returns the notes and the connection, or None in its place."""
    notes.address = address
    began = None
    patience = None
    if notes.curious and recipe.trace != "never" and address.family and recipe.network == "tcp":
        patience = notes.last + PATIENCE
    at, connection, failure = yield Connect(address, recipe, deadline, None, patience)
    if failure is not None and connection is not None:  # it is still on its way
        investigation = _investigation()
        if investigation is None:
            at, connection, failure = yield Await(connection, deadline)
        else:
            beside = investigation.beside_connect(connection, address, recipe, deadline)
            (at, connection, failure), notes.evidence = yield from beside
    while failure is None and connection is None:
        # A unix socket's backlog is full. check_tcp's connect() sleeps until it is not.
        if began is None:
            began = at
        at, _, _ = yield Pause(min(at + CROWDED, deadline))
        if at >= deadline:
            failure = Failure(Cause.TIMED_OUT)
        else:
            at, connection, failure = yield Connect(address, recipe, deadline)
    if failure is not None:
        notes.retransmits = failure.retransmits
        notes.fail(failure, Phase.CONNECT, at)
        return notes, None
    notes.last = at
    notes.connect = at - (connection.began if began is None else began)
    notes.rtt = connection.rtt
    notes.retransmits = connection.retransmits
    return notes, connection


def _talk(notes: _Notes, address: Address, recipe: Recipe, deadline: float) -> Generator[Want, Answer, float]:
    """Connect to one address and hold the dialogue there. Returns the time of its end."""
    _, connection = yield from _connect(notes, address, recipe, deadline)
    if connection is None:
        return notes.last
    return (yield from _dialogue(notes, connection, recipe, deadline))


def _dialogue(
    notes: _Notes, connection: Any, recipe: Recipe, deadline: float
) -> Generator[Want, Answer, float]:
    """TLS, send, receive, quit, and the end of the connection. Returns the time of that end."""
    stream = None
    if recipe.tls is not None:
        stream, now, failure = yield from _handshake(notes, connection, recipe, deadline)
        if failure is not None:
            notes.fail(failure, Phase.TLS, now)
            yield from _part(notes, connection)
            return now
    if recipe.send or (recipe.send is not None and recipe.network == "udp"):
        notes.sent = len(recipe.send)
        if stream is None:
            now, _, failure = yield Send(connection, recipe.send, deadline)
        else:
            now, _, failure = yield from stream.send(recipe.send, deadline)
            notes.sent = stream.given
        silent = failure is not None and failure.cause == Cause.TIMED_OUT
        # With nothing to read, whether a reset came before the text or behind it is a race that says nothing.
        told = (
            recipe.expect or recipe.read != "none" or (failure is not None and failure.cause == Cause.RESET)
        )
        if failure is not None and (silent or not told):
            notes.fail(failure, Phase.SEND, now)
            yield from _part(notes, connection)
            return now
        # With something to read, what the other side said before it went explains more than the failed send.
        notes.last = now
    if recipe.receive_delay:
        before = notes.last
        now, _, _ = yield Pause(min(before + recipe.receive_delay, deadline))
        if now >= deadline:
            notes.fail(Failure(Cause.TIMED_OUT), Phase.RECEIVE, now)
            yield from _part(notes, connection)
            return now
        notes.idle += now - before
        notes.last = now
    ended = False
    if recipe.expect or recipe.read != "none":
        ended = yield from _receive(notes, stream, connection, recipe, deadline)
        if notes.failure is not None and notes.failure.cause != Cause.MISMATCH:
            yield from _part(notes, connection)
            return notes.last
    now = notes.last + notes.silence
    if recipe.quit:
        # The answer has been read: whether the farewell still arrives says nothing of the service.
        if stream is None:
            at, _, failure = yield Send(connection, recipe.quit, deadline)
        else:
            at, _, failure = yield from stream.send(recipe.quit, deadline)
        if failure is None and notes.failure is None:
            notes.last = now = at
    return (yield from _end(stream, connection, recipe, ended, now, deadline))


def _part(notes: _Notes, connection: Any) -> Generator[Want, Answer, None]:
    """Give up a connection that failed, once the kernel has said how it stood."""
    now, tcp, _ = yield Inspect(connection)
    if tcp is not None:
        from .evidence import Evidence, Stall  # loaded by whatever made the TcpState

        asked = now - notes.asked if notes.asked is not None else None
        notes.evidence = Evidence(stall=Stall(tcp, notes.sent, asked, notes.small))
    yield Close(connection)


def _end(
    stream: _TlsStream | None, connection: Any, recipe: Recipe, ended: bool, now: float, deadline: float
) -> Generator[Want, Answer, float]:
    """FIN, then a short drain until the other side's FIN, so that neither side sees a reset."""
    if recipe.close == "reset":
        now, _, _ = yield Close(connection, reset=True)
        return now
    if not ended and recipe.network == "tcp":
        if stream is not None:
            yield from stream.finish(deadline)
        yield Finish(connection)
        limit = min(now + DRAIN, deadline)
        failure = None
        data = b"more"
        while data and failure is None and now < limit:
            now, data, failure = yield Receive(connection, limit)
    now, _, _ = yield Close(connection)
    return now


def _receive(
    notes: _Notes, stream: _TlsStream | None, connection: Any, recipe: Recipe, deadline: float
) -> Generator[Want, Answer, bool]:
    """Read what the recipe wants and note it; returns whether the other side ended the connection."""
    began = notes.last
    heard = _Heard(recipe, deadline)
    while True:
        # While nothing comes, the peer's kernel is asked whether it lives.
        until = heard.limit if notes.asked is not None else min(heard.limit, notes.last + PATIENCE)
        if stream is None:
            now, data, failure = yield Receive(connection, until)
        else:
            now, data, failure = yield from stream.receive(until)
        if failure is not None and failure.cause == Cause.TIMED_OUT and now < heard.limit:
            now, data, failure = yield from _ask(notes, connection, recipe, now, heard.limit)
            if failure is not None and failure.cause == Cause.TIMED_OUT and now < heard.limit:
                continue
        if failure is not None or not data:
            break
        if not heard.size:
            notes.first_byte = now - began
        notes.last = now
        notes.size = heard.size + len(data)
        if heard.take(data, now):
            break
        if now >= heard.limit:  # an endless answer is always there at once
            failure = Failure(Cause.TIMED_OUT)
            break
    ended = failure is None and not data
    notes.received = heard.received[:KEPT]
    problem = _reading_problem(heard, ended, failure, now >= deadline)
    if problem is not None:
        notes.unread(problem, now)
    elif ended:
        notes.last = now
        if notes.first_byte is None:
            notes.first_byte = now - began  # the end is the answer
    return ended or (failure is not None and failure.cause != Cause.TIMED_OUT)


class _Heard:
    """An answer as it grows: what of it is kept for the search, and until when it may go on."""

    __slots__ = ("deadline", "limit", "matched", "received", "recipe", "size")

    def __init__(self, recipe: Recipe, deadline: float) -> None:
        self.recipe = recipe
        self.deadline = deadline
        self.limit = deadline
        self.received = b""
        self.size = 0
        self.matched = not recipe.expect

    def take(self, data: bytes, now: float) -> bool:
        """Note fresh bytes; returns whether no more are wanted."""
        recipe = self.recipe
        self.size += len(data)
        if len(self.received) < SEARCHED:
            self.received += data
            if recipe.max_bytes:
                self.received = self.received[: recipe.max_bytes]
        if not self.matched:
            verdict = matches(recipe, self.received, len(data))
            if verdict is False or (not verdict and len(self.received) >= SEARCHED):
                return True
            self.matched = bool(verdict)
            # An answer that began without matching may go on while no silence is longer than this.
            self.limit = self.deadline if verdict else min(self.deadline, now + recipe.expect_timeout)
        if recipe.max_bytes and self.size >= recipe.max_bytes:
            return True
        return self.matched and recipe.read != "eof"


def _ask(
    notes: _Notes, connection: Any, recipe: Recipe, now: float, limit: float
) -> Generator[Want, Answer, Answer]:
    """The service keeps silent: let its kernel be asked, and see whether large segments are what gets lost.

    Returns what came meanwhile, as a Receive does.
    """
    notes.asked = now
    silence = now, None, Failure(Cause.TIMED_OUT)
    yield AskPeer(connection)
    if not recipe.send or notes.size or recipe.trace == "never" or recipe.tls is not None:
        return silence
    _, tcp, _ = yield Inspect(connection)
    if tcp is None or not tcp.unacked or not tcp.retransmits or notes.address is None:
        return silence
    investigation = _investigation()
    if investigation is None or len(recipe.send) <= 2 * investigation.SMALL_SEGMENT:
        return silence
    beside = investigation.beside_silence(connection, notes.address, recipe, now, limit)
    answer, notes.small = yield from beside
    return answer  # type: ignore[no-any-return]


def _reading_problem(heard: _Heard, ended: bool, failure: Failure | None, late: bool) -> Failure | None:
    """What is wrong with what was read, or None."""
    recipe, size, matched = heard.recipe, heard.size, heard.matched
    if matched and (recipe.expect or size) and (recipe.read != "eof" or ended or failure is None):
        return None
    if failure is not None and failure.cause == Cause.TIMED_OUT:
        return failure if late or not size else Failure(Cause.MISMATCH)
    if not matched and size:
        return Failure(Cause.MISMATCH)
    if failure is not None:
        return failure
    if not size and (recipe.expect or recipe.read == "data"):
        return Failure(Cause.CLOSED_EARLY)
    return None


def _handshake(
    notes: _Notes, connection: Any, recipe: Recipe, deadline: float
) -> Generator[Want, Answer, tuple[_TlsStream | None, float, Failure | None]]:
    """The TLS handshake; returns the stream, the time of its end, and why it failed."""
    began = notes.last
    now, session, failure = yield Secure(connection, recipe.tls, deadline)  # type: ignore[arg-type]  # asked only with a plan
    if failure is not None:
        return None, now, failure
    stream = _TlsStream(connection, session)
    now, failure = yield from stream.handshake(notes, deadline)
    notes.last = now
    if failure is not None:
        return None, now, failure
    notes.tls = now - began
    notes.secured = session.facts()
    return stream, now, None


class _TlsStream:
    """TLS records over a connection: what the session wants to say goes out, what comes goes in."""

    __slots__ = ("connection", "given", "session")

    def __init__(self, connection: Any, session: Any) -> None:
        self.connection = connection
        self.session = session
        self.given = 0  # bytes of records, which is what the peer's kernel acknowledges

    def _give(self, records: bytes, deadline: float) -> Steps:
        self.given += len(records)
        answer = yield Send(self.connection, records, deadline)
        return answer

    def handshake(
        self, notes: _Notes, deadline: float
    ) -> Generator[Want, Answer, tuple[float, Failure | None]]:
        now = notes.last
        while True:
            done = self.session.handshake()
            outgoing = self.session.outgoing()
            if outgoing:
                now, _, failure = yield from self._give(outgoing, deadline)
                if failure is not None and done is not True:
                    return now, failure
            if done is True:
                return now, None
            if done is not None:
                return now, done
            until = deadline if notes.asked is not None else min(deadline, now + PATIENCE)
            now, data, failure = yield Receive(self.connection, until)
            if failure is not None and failure.cause == Cause.TIMED_OUT and now < deadline:
                notes.asked = now
                yield AskPeer(self.connection)
                continue
            if failure is not None:
                return now, failure
            self.session.incoming(data)

    def send(self, data: bytes, deadline: float) -> Generator[Want, Answer, Answer]:
        failure = self.session.write(data)
        if failure is not None:
            answer = yield Pause(0.0)
            return answer[0], None, failure
        return (yield from self._give(self.session.outgoing(), deadline))  # type: ignore[no-any-return]

    def receive(self, deadline: float) -> Generator[Want, Answer, Answer]:
        now = None
        while True:
            data = self.session.read()
            if isinstance(data, bytes):
                if now is None:
                    now, _, _ = yield Pause(0.0)
                return now, data, None
            if data is not None:
                if now is None:
                    now, _, _ = yield Pause(0.0)
                return now, None, data
            outgoing = self.session.outgoing()
            if outgoing:  # an answer to a new handshake or key that the other side asked for
                yield from self._give(outgoing, deadline)
            now, raw, failure = yield Receive(self.connection, deadline)
            if failure is not None:
                return now, None, failure
            self.session.incoming(raw)

    def finish(self, deadline: float) -> Generator[Want, Answer, None]:
        self.session.finish()
        outgoing = self.session.outgoing()
        if outgoing:
            yield Send(self.connection, outgoing, deadline)


class _Notes:
    """What an attempt has come to so far; becomes a frozen Attempt when it is done."""

    __slots__ = (
        "address", "asked", "began", "connect", "curious", "evidence", "failure", "first_byte", "idle", "last", "legs",
        "number", "phase", "probe", "received", "resolve", "retransmits", "rtt", "secured", "sent", "silence", "size",
        "small", "start", "tls",
    )  # fmt: skip

    def __init__(self, probe: int, number: int, began: float, start: float) -> None:
        self.probe = probe
        self.number = number
        self.began = began
        self.start = start
        self.last = began  # when the last thing happened that counts towards the time
        self.idle = 0.0  # pauses on purpose before that
        self.silence = 0.0  # the wait after it, for the rest of an answer that never came
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
        self.failure: Failure | None = None
        self.phase = Phase.RECEIVE
        self.legs: tuple[Attempt, ...] = ()
        self.curious = False  # whether a failure is to be explained
        self.asked: float | None = None  # since when the peer's kernel is asked
        self.sent = 0
        self.small: bool | None = None
        self.evidence: Any = None

    @classmethod
    def leg(cls, whole: _Notes) -> _Notes:
        """Notes for one address of several, after the name lookup they share."""
        notes = cls(whole.probe, whole.number, whole.began, whole.start)
        notes.resolve = whole.resolve
        notes.curious = whole.curious
        return notes

    def fail(self, failure: Failure, phase: str, at: float) -> None:
        self.failure = failure
        self.phase = phase
        self.last = at

    def unread(self, failure: Failure, at: float) -> None:
        """Note why reading ended short; a mismatch's silence does not count towards the time."""
        last = self.last
        if failure.cause == Cause.MISMATCH:
            self.silence = at - last
        else:
            last = at
        if failure.cause == Cause.TIMED_OUT:
            self.idle = 0.0  # the limit that it ran into covers the pauses, too
        self.fail(failure, Phase.RECEIVE, last)

    def failed(self, failure: Failure, phase: str, at: float) -> Attempt:
        self.fail(failure, phase, at)
        return self.done()

    def done(self) -> Attempt:
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
            failure=self.failure,
            phase=self.phase,
            evidence=self.evidence,
            legs=self.legs,
        )
