# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The conversation of one probe: its count, retries, attempts and addresses, as generators that yield wants.

It has no socket and no clock. It reports causes, never states.
"""

from __future__ import annotations

from ..model.causes import LOCAL_CAUSES, Cause, Phase
from ..model.outcome import DETAILED, Attempt, Failure, Outcome
from .attempt import AttemptBuilder, Few, Series
from .session import FIRST_LOOK, Session, investigation
from .wants import Await, Connect, Fork, Pause, Resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.recipe import Probe, Recipe
    from ..model.target import Address
    from .doors import Connection
    from .wants import Steps, Tell

# RFC 8305, section 5 ("Connection Attempt Delay"): 250 ms is the recommended value.
STAGGER = 0.25

# Seconds before a connect that ended with an ICMP error is repeated once. A single error may come from a router whose
# routes are just changing. 0.2 s is enough for the kernel's own route, and short compared with any time limit.
CONFIRMATION = 0.2

# An ICMP error that took longer is not confirmed: a host that is off is reported after 3.05 s of ARP, and the second
# attempt would only wait for that again. A router whose routes change answers at once.
LONGEST_CONFIRMED = 1.0

# Seconds that the confirming connect may take, its name lookup included: the first failure is known, and waits for it.
# A router answers six packets at once and then one a second, so the second message may never come.
CONFIRMATION_WAIT = 0.4

# Seconds without an answer to the SYN before a trace, where the server counts broken connections: its SYNs may reach a
# server whose answer was only lost. The kernel repeats a SYN after 1 s.
LATE_LOOK = 1.5

# Seconds until a connect to a Unix socket with a full backlog is tried again. The kernel does not report when there is
# room.
CROWDED = 0.01

_ICMP_CAUSES = frozenset((Cause.UNREACHABLE, Cause.PROHIBITED, Cause.PORT_UNREACHABLE))


def converse(
    probe: Probe, start: float, tell: Tell | None = None
) -> Steps[tuple[tuple[Attempt, ...], int, bool]]:
    """Run the conversation of a probe that begins at ``start``; ``tell`` is called with each attempt when it ends.

    Returns (attempts, sent, interrupted): a tuple of every Attempt in order, how many probes of the count were begun,
    and whether KeyboardInterrupt ended it: then only the probes that had ended count. Without one of them it is raised.
    """
    recipe = probe.recipe
    deadline = start + recipe.timeout
    # One check of a sweep has no use for the bookkeeping of a long series, which takes 1 µs.
    few = recipe.count * (recipe.retries + 1) <= DETAILED
    attempts = Few() if few else Series(lax=recipe.tls is not None and recipe.tls.lax)
    now = start
    number = 0
    try:
        while True:
            now, known = yield from _probe(probe, number, start, now, deadline, attempts, tell)
            number += 1
            if number == recipe.count or (recipe.broken_counts and attempts[-1].broke_off):
                break  # another attempt could break another connection
            begin = start + number * recipe.interval
            if begin >= deadline or now >= deadline:
                break
            if begin > now:
                now, _value, _failure = yield Pause(begin)
        yield from _explain_last(probe, attempts, known, deadline)
    except KeyboardInterrupt:
        last = attempts[-1] if attempts else None
        if last is not None and last.probe == number and _is_last_try(last, recipe):
            number += 1  # it was interrupted between its end and the next probe
        if not number:
            raise
        return tuple([each for each in attempts if each.probe < number]), number, True
    return tuple(attempts), number, False


def _is_last_try(attempt: Attempt, recipe: Recipe) -> bool:
    """Whether no retry can change the result of an attempt's probe."""
    failure = _unfinished(attempt, recipe)
    return failure is None or failure.cause in recipe.final or attempt.number > recipe.retries


def _explain_last(probe: Probe, attempts: Few, known: float, deadline: float) -> Steps[None]:
    """Collect the evidence about the last attempt that failed, if any; known: as in ``_explain``."""
    recipe = probe.recipe
    if recipe.trace == "never":
        return
    if recipe.trace == "always" or any(_is_unexplained(each, recipe) for each in attempts):
        # Once, and after the last probe: collecting evidence must not delay the measurement.
        finals = Outcome(probe, tuple(attempts)).finals
        chosen = next((each for each in reversed(finals) if _is_unexplained(each, recipe)), None)
        if chosen is None and recipe.trace == "always":
            chosen = attempts[-1]
        if chosen is not None:
            place = [each is chosen for each in attempts].index(True)
            attempts[place] = yield from _explain(chosen, attempts, probe, known, deadline)


def _probe(
    probe: Probe,
    number: int,
    start: float,
    now: float,
    deadline: float,
    attempts: Few,
    tell: Tell | None,
) -> Steps[tuple[float, float]]:
    """Run one probe of the count: an attempt and its retries.

    Returns the time of its end, and the time at which its result was known: a confirming attempt comes after that.
    """
    recipe = probe.recipe
    tries = 0
    known: float | None = None
    while True:
        left = (recipe.count - number) * (recipe.retries + 1) - tries
        limit = recipe.attempt_timeout
        if limit is None:
            limit = (deadline - now) / max(left, 1)
        tries += 1
        # No evidence is collected if another attempt follows, and of a count only the last probe is explained:
        # collecting evidence must not delay the measurement.
        last = tries > recipe.retries and number == recipe.count - 1
        explain = last and Cause.TIMED_OUT not in recipe.final
        attempt, now = yield from _attempt(
            probe, number, tries, start, now, min(now + limit, deadline), explain, tries > recipe.retries,
            None if known is None else known + CONFIRMATION + CONFIRMATION_WAIT,
        )  # fmt: skip
        attempts.add(attempt)
        if tell is not None:
            tell(probe, attempt)
        failure = _unfinished(attempt, recipe)
        if failure is None or failure.cause in recipe.final or (recipe.broken_counts and attempt.broke_off):
            break
        jitter = 0.0
        if tries <= recipe.retries:
            pause = recipe.retry_delay * recipe.retry_backoff ** (tries - 1)
            jitter = recipe.retry_jitter
        elif known is None and not recipe.retries and _is_to_be_confirmed(attempt, failure):
            known = now
            pause = CONFIRMATION
        else:
            break
        if now + pause >= deadline:
            break
        now, _value, _failure = yield Pause(now + pause, jitter)
        if now >= deadline:
            break
    return now, now if known is None else known


def _is_to_be_confirmed(attempt: Attempt, failure: Failure) -> bool:
    """Whether a second attempt can show more about an ICMP message than the first."""
    if failure.icmp is None and failure.cause not in _ICMP_CAUSES:
        return False
    return not failure.retransmits and attempt.time - (attempt.resolve or 0.0) < LONGEST_CONFIRMED


def _explain(
    attempt: Attempt, attempts: list[Attempt], probe: Probe, known: float, deadline: float
) -> Steps[Attempt]:
    """Collect the evidence about an attempt that is still missing; returns the attempt with it.

    known   the time since which its failure is known
    """
    found = investigation()
    if found is None:
        return attempt
    leg = (
        next((leg for leg in attempt.legs if leg.failure is not None), None)
        if attempt.failure is None
        else None
    )
    dead = leg or attempt
    # Another attempt may have traced the path already. A second trace would load the routers again.
    others = [
        each
        for other in attempts
        for each in (other, *other.legs)
        if each is not dead and each.address == dead.address
    ]
    evidence = found.joined(dead, others)
    deadline -= found.MARGIN
    # With --trace always the user waits for the trace.
    if dead.failure is not None and dead.cause != Cause.TIMED_OUT and probe.recipe.trace != "always":
        deadline = min(deadline, known + found.HELD)
    evidence = yield from found.after(dead.replace(evidence=evidence), probe.target, probe.recipe, deadline)
    explained: Attempt = dead.replace(evidence=evidence)
    if leg is None:
        return explained
    legs = tuple(explained if each is leg else each for each in attempt.legs)
    return attempt.replace(legs=legs)


def _is_unexplained(attempt: Attempt, recipe: Recipe) -> bool:
    """Whether the attempt failed in a way that was not expected."""
    failure = _unfinished(attempt, recipe)
    return failure is not None and failure.cause not in recipe.final


def _unfinished(attempt: Attempt, recipe: Recipe) -> Failure | None:
    """Return the failure that a retry could mend: the attempt's own, or with "all" that of a leg; or None."""
    if attempt.failure is None and recipe.addresses == "all":
        for leg in attempt.legs:
            if leg.failure is not None:
                return leg.failure
    return attempt.failure


def _attempt(
    probe: Probe,
    number: int,
    tries: int,
    start: float,
    now: float,
    deadline: float,
    explain: bool,
    last: bool,
    connect_by: float | None,
) -> Steps[tuple[Attempt, float]]:
    """Run one attempt, from the name lookup to the close. Returns it and the time of its end.

    connect_by   the time at which a connect is given up, where that is before the deadline, or None
    """
    recipe = probe.recipe
    secrets = recipe.secrets if recipe.dialogue else ()
    attempt = AttemptBuilder(probe.target, number, tries, now, start, secrets)
    attempt.explain = explain
    attempt.last_try = last
    attempt.connect_by = by = deadline if connect_by is None else min(deadline, connect_by)
    first_look = min(now + FIRST_LOOK, by) if explain and recipe.trace != "never" else by
    at, addresses, failure = yield Resolve(probe.target, recipe, first_look)
    if failure is not None and failure.cause == Cause.TIMED_OUT and at < by:
        found = investigation()
        if found is None:
            at, addresses, failure = yield Resolve(probe.target, recipe, by)
        else:
            answer, attempt.evidence = yield from found.beside_lookup(probe.target, recipe, by)
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
        at = yield from _check_address(attempt, addresses[0], recipe, deadline)
        return attempt.done(), at
    if recipe.addresses == "all":
        return (yield from _all(attempt, addresses, recipe, deadline))
    return (yield from _any(attempt, addresses, recipe, deadline))


def _any(
    attempt: AttemptBuilder, addresses: tuple[Address, ...], recipe: Recipe, deadline: float
) -> Steps[tuple[Attempt, float]]:
    """Connect to all addresses and use the first that answers (RFC 8305). Those that failed become legs."""
    builders = [AttemptBuilder.leg(attempt) for _unused in addresses]
    racers = [_connect(each, address, recipe) for each, address in zip(builders, addresses)]
    if recipe.any_port:  # any answer of the host itself is enough, from any port
        at, results, _failure = yield Fork(racers, deadline, enough=_answered)
        alive = next((leg for leg, connection in filter(None, results) if _answered((leg, connection))), None)
        if alive is not None and alive.failure is not None:
            return alive.done(), at
    else:
        at, results, _failure = yield Fork(racers, deadline, enough=_established, stagger=STAGGER)
    failed = [leg for leg, connection in filter(None, results) if connection is None]
    winner = next((result for result in results if result is not None and result[1] is not None), None)
    if winner is None:
        if not failed:  # pragma: no cover - every connect ends by the deadline of the fork
            return attempt.failed(Failure(Cause.TIMED_OUT), Phase.CONNECT, at), at
        # A local problem with one address does not explain the failure of another one.
        last = next((each for each in reversed(failed) if not _is_local(each)), failed[-1])
        last.legs = tuple(leg.done() for leg in failed)
        last.last = at
        return last.done(), at
    leg, connection = winner
    for each, result in zip(builders, results):
        if result is None and each.address is not None:  # it has begun, and another address was faster
            each.fail(Failure(Cause.TIMED_OUT, _OVERTAKEN), Phase.CONNECT, at)
    leg.legs = tuple(each.done() for each in builders if each.failure is not None)
    at = yield from Session(leg, connection, recipe, deadline).run()
    return leg.done(), at


_OVERTAKEN = "no answer before another address answered"


def _all(
    attempt: AttemptBuilder, addresses: tuple[Address, ...], recipe: Recipe, deadline: float
) -> Steps[tuple[Attempt, float]]:
    """Check every address. The attempt has the data of the slowest one that works, or of the first that failed."""
    builders = [AttemptBuilder.leg(attempt) for _unused in addresses]
    checks = [_check_address(each, address, recipe, deadline) for each, address in zip(builders, addresses)]
    at, ends, _failure = yield Fork(checks, deadline)
    for each, address, end in zip(builders, addresses, ends):
        if end is None and each.failure is None:
            if each.address is None:
                each.address = address
                lack = Failure(Cause.LOCAL_LIMIT, "timed out while waiting for other connections to finish")
                each.fail(lack, Phase.CONNECT, at)
            else:
                each.fail(Failure(Cause.TIMED_OUT), Phase.RECEIVE, at)
    legs = tuple(each.done() for each in builders)
    living = [each for each, leg in zip(builders, legs) if leg.failure is None]
    chosen = max(living, key=lambda each: each.last) if living else builders[0]
    chosen.legs = legs
    return chosen.done(), at


def _established(result: tuple[AttemptBuilder, Connection | None]) -> bool:
    return result[1] is not None


def _answered(result: tuple[AttemptBuilder, Connection | None]) -> bool:
    """Whether the host itself has answered: with a SYN-ACK, or with a RST and no ICMP message."""
    attempt, connection = result
    failure = attempt.failure
    return connection is not None or (
        failure is not None and failure.cause == Cause.REFUSED and failure.icmp is None
    )


def _is_local(attempt: AttemptBuilder) -> bool:
    return attempt.failure is not None and attempt.failure.cause in LOCAL_CAUSES


def _connect(
    attempt: AttemptBuilder, address: Address, recipe: Recipe
) -> Steps[tuple[AttemptBuilder, Connection | None]]:
    """Connect and record the result; returns the attempt and the connection, or None in its place."""
    attempt.address = address
    began = None
    until = deadline = attempt.connect_by
    if attempt.explain and recipe.trace != "never" and address.family and recipe.network == "tcp":
        until = min(attempt.last + (LATE_LOOK if recipe.broken_counts else FIRST_LOOK), deadline)
    at, connection, failure = yield Connect(address, recipe, until, None, until == deadline)
    if failure is not None and connection is not None:  # it is still pending
        found = investigation()
        if found is None:
            at, connection, failure = yield Await(connection, deadline)
        else:
            beside = found.beside_connect(connection, address, recipe, deadline)
            (at, connection, failure), attempt.evidence = yield from beside
    while failure is None and connection is None:
        # The backlog of a Unix socket is full. In check_tcp, connect() sleeps until there is room.
        if began is None:
            began = at
        at, _value, _failure = yield Pause(min(at + CROWDED, deadline))
        if at >= deadline:
            failure = Failure(Cause.TIMED_OUT)
        else:
            at, connection, failure = yield Connect(address, recipe, deadline)
    if failure is not None:
        attempt.retransmits = failure.retransmits
        attempt.fail(failure, Phase.CONNECT, at)
        return attempt, None
    attempt.last = at
    attempt.connect = at - (connection.began if began is None else began)
    attempt.rtt = connection.rtt
    attempt.retransmits = connection.retransmits
    return attempt, connection


def _check_address(
    attempt: AttemptBuilder, address: Address, recipe: Recipe, deadline: float
) -> Steps[float]:
    """Connect to one address and run the dialogue there. Returns the time of its end."""
    _unused0, connection = yield from _connect(attempt, address, recipe)
    if connection is None:
        return attempt.last
    return (yield from Session(attempt, connection, recipe, deadline).run())
