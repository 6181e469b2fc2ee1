# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Result → the first line and the lines that always follow it, with check_tcp's phrases; foreign text is cleaned here."""

from __future__ import annotations

from ..judgement.judge import is_blind
from ..judgement.timeouts import MIDDLE, TIMEOUT_WORDS
from ..model.causes import LOCAL_CAUSES, TLS_CAUSES, Cause, Phase
from ..model.verdict import CRITICAL, OK, STATES
from ..text.clean import SHOWN, clean
from ..text.units import readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model.outcome import Attempt
    from ..model.recipe import Recipe
    from ..model.result import Result, Rounds
    from ..model.target import Target
    from ..model.verdict import Fault, Verdict

# The guidelines want a first line of about 80 characters; what is beyond this goes to the second one.
FIRST_LINE = 110

_HOUR = 3600
_DAY = 24 * _HOUR

_NAME_CAUSES = (Cause.NAME_UNKNOWN, Cause.NO_ADDRESS, Cause.RESOLVER_FAILED)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def prefix(result: Result) -> str:
    """SERVICE STATE, as every first line begins."""
    return f"{result.check.options.service} {STATES[result.state]}"


def sentences(result: Result) -> list[str]:
    """The text without prefix and perfdata: the first line, then lines below it that always belong to it."""
    verdict, check = result.verdict, result.check
    lines = [_phrase(result)]
    certificate = _certificate_line(result)
    if certificate:
        expiry = next((each.state for each in verdict.metrics if each.measure.name == "certificate_days"), OK)
        # The certificate's line stands first, as in check_tcp, unless something worse decided the state.
        told_first = expiry == verdict.state or is_blind(verdict.outcome, check.policy)
        lines.insert(0 if told_first else 1, certificate)
    # The first line's room is counted with its prefix and the separator; what finds none there goes below,
    # but for the verdict: a notification shows no other line.
    room = FIRST_LINE - len(prefix(result)) - 6
    fault = result.fault
    told = [clean(fault.sentence, 400)] if fault is not None else []
    told.extend(filter(None, _said_instead(result)))
    words = fault_words(fault) if fault is not None else ""
    several = list(_several(verdict))
    left: list[str] = []
    below = False
    separator = " - "
    for part in (*several, words, *_more(result)):
        if not part:
            continue
        if part == words or (not below and len(lines[0]) + len(separator) + len(part) <= room):
            lines[0] += separator + part
            separator = ", "
            continue
        below = True
        if part in several:
            told.insert(0, part)
        else:
            left.append(part)
    lines[1:1] = [line for line in (" - ".join(told), ", ".join(left)) if line]
    return lines


def output(result: Result) -> list[str]:
    """Return the first line with its prefix, and the lines that always follow it."""
    first, *rest = sentences(result)
    return [f"{prefix(result)} - {first}", *rest]


def _said_instead(result: Result) -> Iterator[str]:
    """What the dialogue waited for, and what came instead."""
    verdict, check = result.verdict, result.check
    failing = verdict.failing
    if failing is None:
        return
    unfinished = failing.cause in (Cause.TIMED_OUT, Cause.CLOSED_EARLY) and failing.phase == Phase.RECEIVE
    if unfinished and result.fault is not None:
        from ..judgement.evidence import waiting  # loaded by whatever made the fault

        yield clean(waiting(failing, verdict.outcome.probe.recipe), 300)
    if unfinished or failing.cause in (Cause.NOT_TLS, Cause.STARTTLS_REFUSED, Cause.TLS_INJECTION):
        said = "" if check.options.hide_output else clean(failing.received, 100)
        yield f"it said: {said}" if said else ""


def fault_words(fault: Fault) -> str:
    """Where the problem is, in a few words: the domains that the evidence leaves open, and what was seen."""
    return f"{_domains(fault)}: {clean(fault.short, 80)}"


def _domains(fault: Fault) -> str:
    *others, last = fault.domains
    return f"{', '.join(others)} or {last}" if others else last


def _where(target: Target, named: bool = True) -> str:
    if target.path is not None:
        return f"socket {clean(target.path)}"
    return f"{clean(str(target.host))} port {target.port}" if named else f"port {target.port}"


def _phrase(result: Result) -> str:
    """What check_tcp would say."""
    verdict, check = result.verdict, result.check
    failing = verdict.failing
    finals = verdict.outcome.finals
    target = verdict.outcome.probe.target
    where = _where(target, check.options.host_named)
    proven = verdict.base == OK and failing is not None and failing.cause == Cause.CLIENT_CERTIFICATE_REQUIRED
    if failing is None or proven or any(attempt.failure is None for attempt in finals):
        time = next((each.value for each in verdict.metrics if each.measure.name == "time"), 0.0)
        received = b""
        last = next((step for step in reversed(verdict.outcome.probe.recipe.dialogue) if step.wanted), None)
        if last is not None and not last.opening and not check.options.hide_output:
            good = next((each for each in reversed(finals) if each.failure is None), None)
            # What expressions took of an answer says more than its beginning.
            received = good.received if good is not None and not good.captured else b""
        # The bytes of a binary protocol are not readable.
        binary = last is not None and last.built_in and b"\0" in received[:SHOWN]
        banner = "" if binary else clean(received)
        return f"{time:.3f} second response time on {where}" + (f" [{banner}]" if banner else "")
    return _failure_phrase(
        failing, verdict.outcome.probe.recipe, target, where, hide=check.options.hide_output
    )


def _failure_phrase(
    failing: Attempt, recipe: Recipe, target: Target, where: str, *, hide: bool = False
) -> str:
    """check_tcp's words for a failure."""
    failure = failing.failure
    if failure is None:
        return ""
    cause = failure.cause
    if cause in (Cause.NAME_UNKNOWN, Cause.NO_ADDRESS, Cause.RESOLVER_FAILED):
        return f"Invalid hostname, address or socket: {clean(target.address or target.host or '')}"
    if cause == Cause.RESOLVER_SILENT or (cause == Cause.TIMED_OUT and not failure.error):
        return f"Socket timeout after {_limit(failing, recipe)} seconds"
    if cause == Cause.MISMATCH:
        banner = "" if hide else clean(failing.received)
        return f"Unexpected response from host/socket{f': {banner}' if banner else f' on {where}'}"
    if cause in TLS_CAUSES or (failing.phase == Phase.TLS and cause not in LOCAL_CAUSES):
        return "Cannot make SSL connection."
    if failing.phase in (Phase.SEND, Phase.RECEIVE) and cause not in LOCAL_CAUSES:
        return "No data received from host"
    words = clean(failure.error)
    if cause in (Cause.TLS_UNUSABLE, Cause.EXPRESSION_STOPPED):
        return words
    if target.path is not None:
        return f"connect to file socket {clean(target.path)}: {words}"
    return f"connect to address {clean(str(target.host))} and port {target.port}: {words}"


def _limit(failing: Attempt, recipe: Recipe) -> str:
    """The limit that a timeout ran into: the whole check's, or a shorter one of the attempt."""
    # Timers wake up late, never early: within a twentieth of a second of the whole limit it was that one.
    if failing.began + failing.time >= recipe.timeout - 0.05:
        return _plain_number(recipe.timeout)
    return _plain_number(recipe.attempt_timeout or round(failing.time, 2))


def _plain_number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _several(verdict: Verdict) -> Iterator[str]:
    """Which of several addresses failed."""
    if verdict.outcome.probe.recipe.addresses == "all":
        legs = [leg for attempt in verdict.outcome.finals[-1:] for leg in attempt.legs]
        dead = [leg for leg in legs if leg.failure is not None]
        if dead:
            names = ", ".join(clean(leg.address.text) for leg in dead[:3] if leg.address is not None)
            yield f"{len(dead)} of {len(legs)} addresses failed: {names}"


def _more(result: Result) -> Iterator[str]:
    """What we know beyond check_tcp, in a few words each."""
    verdict, check = result.verdict, result.check
    outcome = verdict.outcome
    recipe = outcome.probe.recipe
    finals = outcome.finals
    failed = [attempt for attempt in finals if attempt.failure is not None]
    failing = verdict.failing
    if recipe.count > 1:
        if failed:
            yield f"{len(failed)} of {outcome.sent} probes failed{_why(verdict, len(failed) < outcome.sent)}"
        else:
            yield f"{outcome.sent} of {outcome.sent} probes answered"
        if verdict.unsent:
            yield f"{verdict.unsent} of {recipe.count} not sent"
    if not check.options.hide_output:
        captured = finals[-1].captured if finals else ()
        yield ", ".join(f"{name} {clean(data, 60)}" for name, data in captured)
    if check.policy.expect_state != "open":
        yield from _port_words(verdict, check.policy.expect_state)
    if result.fault is None and failing is not None and len(failed) == len(finals):
        yield from _failure_words(failing)
    if recipe.count == 1 and len(outcome.attempts) > 1:
        last = outcome.attempts[-1]
        tries = max(recipe.retries + 1, len(outcome.attempts))
        yield f"attempt {last.number} of {tries}" if last.failure is None else f"{last.number} attempts"
    elif recipe.count > 1 and len(outcome.attempts) > outcome.sent:
        yield f"{len(outcome.attempts) - outcome.sent} retries"
    repeated = sum(attempt.retransmits or 0 for attempt in finals if attempt.failure is None)
    if repeated and (result.fault is None or result.fault.row != "repeated"):
        yield f"{repeated} SYN{'s' if repeated > 1 else ''} repeated"
    for metric in verdict.metrics:
        of_certificate = metric.measure.name == "certificate_days"
        told = of_certificate and check.options.certificate_line
        if metric.state != OK and not told:  # the line of -D tells it
            threshold = metric.critical if metric.state == CRITICAL else metric.warning
            if threshold is not None:
                whose = _first_to_expire(verdict) if of_certificate else ""
                limit = f"({STATES[metric.state].lower()} {threshold.text})"
                yield f"{metric.measure.name} {readable(metric.value, metric.measure.unit)}{whose} {limit}"
    if not check.options.certificate_line and is_blind(outcome, check.policy):
        yield "no certificate to count the days of"
    yield from _round_words(result.rounds)


def _first_to_expire(verdict: Verdict) -> str:
    """Whose certificate the days are of, where it is not the server's own."""
    found = verdict.outcome.first_to_expire()
    own = next((each.secured.own for each in verdict.outcome.finals if each.secured is not None), None)
    if found is None or own is None or own.certificate is None or own.certificate == found:
        return ""
    return f" of {clean(found.common_name or found.subject, 60)}"


def _port_words(verdict: Verdict, expected: str) -> Iterator[str]:
    """How the port showed itself, and whether that was wanted."""
    told = verdict.failing or (verdict.outcome.finals[-1] if verdict.outcome.finals else None)
    state = told.port_state if told is not None else None
    if told is None or state is None:
        return
    which = (
        f"port {told.address.port} "
        if verdict.outcome.probe.recipe.any_port and told.address is not None
        else ""
    )
    if expected == "client-certificate-required" and verdict.base != OK and told.failure is not None:
        yield f"whether it requires a client certificate is not known, {expected} expected"
        return
    asked = told.secured is not None and told.secured.asked and verdict.base != OK
    hint = " (it asks for one, and goes on without)" if asked else ""
    yield (
        f"{which}{state}, as expected" if verdict.base == OK else f"{which}{state}, {expected} expected{hint}"
    )


def _round_words(rounds: Rounds) -> Iterator[str]:
    if rounds.held:
        if rounds.number > 1:
            yield f"round {rounds.number}"
    elif rounds.good:
        yield f"{rounds.good} round{'s' if rounds.good > 1 else ''} in a row OK, {rounds.wanted} wanted"
    elif rounds.number > 1:
        yield f"not OK in {rounds.number} rounds"


def _why(verdict: Verdict, partly: bool) -> str:
    failing = verdict.failing
    if not partly or failing is None or failing.failure is None:
        return ""
    return f" ({failing.failure.cause.replace('_', ' ')})"


def _failure_words(failing: Attempt) -> Iterator[str]:
    """A few words that the phrase does not have: what the failure ended."""
    failure = failing.failure
    if failure is None:
        return
    cause = failure.cause
    if cause == Cause.RESOLVER_SILENT:
        yield TIMEOUT_WORDS[Phase.RESOLVE][1]
    elif cause == Cause.TIMED_OUT:
        yield _timeout_words(failing)
    elif cause == Cause.RESET:
        yield f"connection reset {'by the other side' if failing.phase != Phase.CONNECT else 'at once'}"
    elif cause == Cause.CLOSED_EARLY:
        yield "closed before any data"
    elif cause == Cause.PORT_UNREACHABLE:
        yield "UDP port closed"
    elif (cause in _NAME_CAUSES or cause in TLS_CAUSES) and failure.error:
        yield clean(failure.error, 80)
    elif cause in LOCAL_CAUSES:
        yield "the prober, not the target"
    if failure.icmp is not None:
        icmp = failure.icmp
        signer = f", signed {icmp.offender}" if icmp.offender else ""
        yield f"ICMP type {icmp.kind} code {icmp.code}{signer}"


def _timeout_words(failing: Attempt) -> str:
    if failing.phase == Phase.RECEIVE and failing.size:
        return TIMEOUT_WORDS[MIDDLE][1]
    _, words = TIMEOUT_WORDS[failing.phase]
    return words if failing.phase in (Phase.RESOLVE, Phase.CONNECT) else f"connected, {words}"


def _certificate_line(result: Result) -> str:
    """check_tcp's line for -D, when the check got as far as the certificate."""
    verdict, check = result.verdict, result.check
    if not check.options.certificate_line:
        return ""
    secured = next(
        (each.secured for each in reversed(verdict.outcome.attempts) if each.secured is not None), None
    )
    if secured is None:
        return ""
    if secured.own is None:
        return "Cannot retrieve server certificate."
    if secured.own.certificate is None:
        return f"Cannot read the server certificate: {clean(secured.own.problem)}"
    finals = verdict.outcome.finals
    good = [attempt for attempt in finals if attempt.failure is None]
    # The one that the days are counted to may be another of the chain.
    certificate = verdict.outcome.first_to_expire(good or finals) or secured.own.certificate
    name = clean(certificate.common_name) if certificate.common_name else "Unknown CN"
    date = _date(certificate.not_after)
    left = certificate.not_after - verdict.outcome.at
    days = int(left // _DAY)
    if left < 0:
        return f"Certificate '{name}' expired on {date}."
    if days == 0:
        amount = f"{int(left // _HOUR)} hours" if left >= _HOUR else f"{int(left // 60)} minutes"
        return f"Certificate '{name}' expires in {amount} ({date})"
    metric = next((each for each in verdict.metrics if each.measure.name == "certificate_days"), None)
    if metric is not None and metric.state != OK:
        return f"Certificate '{name}' expires in {days} day(s) ({date})."
    return f"Certificate '{name}' will expire on {date}."


def _date(epoch: float) -> str:
    """A date as check_tcp prints it, in UTC and in English whatever the locale."""
    from time import gmtime

    when = gmtime(epoch)
    clock = f"{when.tm_hour:02}:{when.tm_min:02}:{when.tm_sec:02}"
    return f"{_DAYS[when.tm_wday]} {_MONTHS[when.tm_mon - 1]} {when.tm_mday:2} {clock} {when.tm_year} +0000"
