# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Make the first line of the output, with check_tcp's phrases, and the lines that always follow it."""

from __future__ import annotations

from ..judgement.judge import lacks_certificate
from ..model.causes import LOCAL_CAUSES, MIDDLE, TIMEOUT_WORDS, TLS_CAUSES, Cause, Phase
from ..model.verdict import CRITICAL, OK, STATES, TLS_REFUSALS
from ..text.clean import SHOWN, clean
from ..text.units import readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model.outcome import Attempt
    from ..model.ranges import Range
    from ..model.recipe import Recipe
    from ..model.result import Result, Rounds
    from ..model.target import Target
    from ..model.verdict import Fault, Metric, Verdict

# The plugin guidelines ask for a first line of about 80 characters. Parts that would exceed this limit go to the
# lines below.
FIRST_LINE = 110

_HOUR = 3600
_DAY = 24 * _HOUR

_NAME_CAUSES = (Cause.NAME_UNKNOWN, Cause.NO_ADDRESS, Cause.RESOLVER_FAILED)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def prefix(result: Result) -> str:
    """Return SERVICE STATE, the beginning of every first line."""
    return f"{result.check.options.service} {STATES[result.state]}"


def sentences(result: Result) -> list[str]:
    """Return the first line without its prefix and the perfdata, and the lines that always follow it."""
    verdict, check = result.verdict, result.check
    lines = [_phrase(result)]
    certificate = _certificate_line(result)
    if certificate:
        expiry = next((each.state for each in verdict.metrics if each.measure.name == "certificate_days"), OK)
        # The certificate's line comes first, as in check_tcp, unless something worse decided the state.
        comes_first = expiry == verdict.state or lacks_certificate(verdict.outcome, check.policy)
        lines.insert(0 if comes_first else 1, certificate)
    # The prefix and the separator count towards the limit. The reasons of the state stay on the first line whatever
    # its length, because a notification shows only that line.
    room = FIRST_LINE - len(prefix(result)) - 6
    fault = result.fault
    explanation = [clean(fault.sentence, 400)] if fault is not None else []
    explanation.extend(filter(None, _received_instead(result)))
    addresses = _failed_addresses(verdict)
    fault_part = fault_words(fault) if fault is not None else ""
    expiry_part, decisive = _expiry_words(result)
    reasons = {fault_part, expiry_part} if decisive else {fault_part}
    others: list[str] = []
    full = False
    separator = " - "
    for part in filter(None, (addresses, fault_part, expiry_part, *_more(result), _healthy_expiry(result))):
        if part in reasons or (not full and len(lines[0]) + len(separator) + len(part) <= room):
            lines[0] += separator + part
            separator = ", "
            continue
        full = True
        if part == addresses:
            explanation.insert(0, part)
        else:
            others.append(part)
    lines[1:1] = [line for line in (" - ".join(explanation), ", ".join(others)) if line]
    return lines


def output(result: Result) -> list[str]:
    """Return the first line with its prefix, and the lines that always follow it."""
    first, *rest = sentences(result)
    return [f"{prefix(result)} - {first}", *rest]


def _received_instead(result: Result) -> Iterator[str]:
    """Yield what the dialogue waited for, and what was received instead."""
    verdict, check = result.verdict, result.check
    failing = verdict.failing
    if failing is None:
        return
    unfinished = failing.cause in (Cause.TIMED_OUT, Cause.CLOSED_EARLY) and failing.phase == Phase.RECEIVE
    if unfinished and result.fault is not None:
        from ..judgement.evidence import waiting  # the fault was made with it, so it is loaded

        yield clean(waiting(failing, verdict.outcome.probe.recipe), 300)
    if unfinished or failing.cause in (Cause.NOT_TLS, Cause.STARTTLS_REFUSED, Cause.TLS_INJECTION):
        received = "" if check.options.hide_output else clean(failing.received, 100)
        yield f"received: {received}" if received else ""


def fault_words(fault: Fault) -> str:
    """Return where the problem is, in a few words: the possible domains, and what was seen."""
    return f"{_domains(fault)}: {clean(fault.short, 80)}"


def _domains(fault: Fault) -> str:
    *others, last = fault.domains
    return f"{', '.join(others)} or {last}" if others else last


def _where(target: Target, named: bool = True) -> str:
    if target.path is not None:
        return f"socket {clean(target.path)}"
    return f"{clean(str(target.host))} port {target.port}" if named else f"port {target.port}"


def _phrase(result: Result) -> str:
    """Return check_tcp's phrase for the result."""
    verdict, check = result.verdict, result.check
    failing = verdict.failing
    finals = verdict.outcome.finals
    target = verdict.outcome.probe.target
    where = _where(target, check.options.host_named)
    proven = (
        verdict.base == OK
        and failing is not None
        and failing.cause in (Cause.CLIENT_CERTIFICATE_REQUIRED, Cause.TLS_PROTOCOL)
    )
    if failing is None or proven or any(attempt.failure is None for attempt in finals):
        time = next((each.value for each in verdict.metrics if each.measure.name == "time"), 0.0)
        received = b""
        last = next((step for step in reversed(verdict.outcome.probe.recipe.dialogue) if step.wanted), None)
        if last is not None and not last.opening and not check.options.hide_output:
            good = next((each for each in reversed(finals) if each.failure is None), None)
            # Captured parts of an answer are more useful than its beginning, and are printed instead.
            received = good.received if good is not None and not good.captured else b""
        # An answer of a binary protocol is not readable.
        binary = last is not None and last.built_in and b"\0" in received[:SHOWN]
        banner = "" if binary else clean(received)
        return f"{time:.3f} second response time on {where}" + (f" [{banner}]" if banner else "")
    return _failure_phrase(
        failing, verdict.outcome.probe.recipe, target, where, hide=check.options.hide_output
    )


def _failure_phrase(
    failing: Attempt, recipe: Recipe, target: Target, where: str, *, hide: bool = False
) -> str:
    """Return check_tcp's phrase for a failure."""
    failure = failing.failure
    if failure is None:
        return ""
    cause = failure.cause
    if cause in (Cause.NAME_UNKNOWN, Cause.NO_ADDRESS, Cause.RESOLVER_FAILED):
        return f"Invalid hostname, address or socket: {clean(target.address or target.host or '')}"
    if cause == Cause.RESOLVER_SILENT or (cause == Cause.TIMED_OUT and not failure.error):
        return f"Socket timeout after {_limit(failing, recipe)} seconds"
    if cause in (Cause.MISMATCH, Cause.HOST_BLOCKED):
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
    """Return the limit that a timeout exceeded: that of the check, or a shorter one of the attempt."""
    return _plain_number(recipe.exceeded_limit(failing.began, failing.time))


def _plain_number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _failed_addresses(verdict: Verdict) -> str:
    """Return which of several addresses failed, if all had to succeed."""
    if verdict.outcome.probe.recipe.addresses == "all":
        legs = [leg for attempt in verdict.outcome.finals[-1:] for leg in attempt.legs]
        dead = [leg for leg in legs if leg.failure is not None]
        if dead:
            names = ", ".join(clean(leg.address.text) for leg in dead[:3] if leg.address is not None)
            return f"{len(dead)} of {len(legs)} addresses failed: {names}"
    return ""


def _more(result: Result) -> Iterator[str]:
    """Yield what is known beyond check_tcp's phrase, in a few words each."""
    verdict, check = result.verdict, result.check
    outcome = verdict.outcome
    recipe = outcome.probe.recipe
    finals = outcome.finals
    failed = [attempt for attempt in finals if attempt.failure is not None]
    failing = verdict.failing
    if recipe.count > 1:
        if outcome.interrupted and outcome.sent < recipe.count:
            yield f"interrupted after {outcome.sent} of {recipe.count} probes"
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
        told = (
            "" if failing is None or failing.number == last.number else f", attempt {failing.number} reported"
        )
        yield f"attempt {last.number} of {tries}" if last.failure is None else f"{last.number} attempts{told}"
    elif recipe.count > 1 and len(outcome.attempts) > outcome.sent:
        yield f"{len(outcome.attempts) - outcome.sent} retries"
    repeated = sum(attempt.retransmits or 0 for attempt in finals if attempt.failure is None)
    if repeated and (result.fault is None or result.fault.row != "repeated"):
        yield f"{repeated} SYN{'s' if repeated > 1 else ''} repeated"
    for metric in verdict.metrics:
        threshold = _exceeded(metric)
        if threshold is not None and metric.measure.name != "certificate_days":
            limit = f"({STATES[metric.state].lower()} {threshold.text})"
            yield f"{metric.measure.name} {readable(metric.value, metric.measure.unit)} {limit}"
    if not check.options.certificate_line and lacks_certificate(outcome, check.policy):
        yield "no readable certificate"
    yield from _repetition_words(result.rounds)


def _exceeded(metric: Metric) -> Range | None:
    """Return the threshold that decided a measure's state, or None for OK."""
    if metric.state == OK:
        return None
    return metric.critical if metric.state == CRITICAL else metric.warning


def _expiry_words(result: Result) -> tuple[str, bool]:
    """Return when the first certificate of the chain expires, and whether this decided the state.

    Empty if the date is within its thresholds, or if check_tcp's line for -D reports it.
    """
    verdict = result.verdict
    metric = next((each for each in verdict.metrics if each.measure.name == "certificate_days"), None)
    threshold = _exceeded(metric) if metric is not None else None
    certificate = verdict.outcome.first_to_expire()
    if metric is None or threshold is None or certificate is None or result.check.options.certificate_line:
        return "", False
    from ..wire.certificate import day  # a plain check has no certificate

    name = clean(certificate.name, 60)
    date = day(certificate.not_after)
    if metric.value < 0:
        when = f"expired {_days(-metric.value)} ago, on {date}"
    else:
        when = f"expires in {_days(metric.value)}, on {date}"
    limit = f"{STATES[metric.state].lower()} {_outside(threshold.text)}"
    return f"certificate{name and ' of ' + name} {when} ({limit})", metric.state == verdict.state


def _healthy_expiry(result: Result) -> str:
    """Return when the first certificate of the chain expires, if all is well and TLS is more than check_tcp's."""
    verdict, options = result.verdict, result.check.options
    plan = verdict.outcome.probe.recipe.tls
    if plan is None or plan.lax or options.as_check_tcp or options.certificate_line:
        return ""
    days = next((each.value for each in verdict.metrics if each.measure.name == "certificate_days"), -1.0)
    first = verdict.outcome.first_to_expire()
    if verdict.state != OK or verdict.failing is not None or days < 0 or first is None:
        return ""
    from ..wire.certificate import day  # a plain check has no certificate

    others = [each.secured for each in verdict.outcome.finals if each.secured is not None]
    own = any(each.own is not None and each.own.certificate == first for each in others)
    whose = "" if own else f" of {clean(first.name, 60)}"
    # Shorter than the words of an alert, so that it fits on the first line.
    return f"certificate{whose} until {day(first.not_after)} ({_days(days)})"


def _days(amount: float) -> str:
    """Return a number of days, rounded down, or of hours for less than a day."""
    number, unit = (int(amount), "day") if amount >= 1 else (int(amount * 24), "hour")
    return f"{number} {unit}{'' if number == 1 else 's'}" if number else "less than an hour"


def _outside(threshold: str) -> str:
    """Return the values for which a threshold on days alerts, in words: `below 30` for the range 30:."""
    first, colon, last = threshold.lstrip("@").partition(":")
    share = " of its lifetime" if "%" in threshold else ""
    if threshold.startswith("@") or not colon:
        return threshold
    if not last:
        return f"below {first}{share}"
    return f"above {last}{share}" if first == "~" else f"outside {first or 0} to {last}{share}"


def _port_words(verdict: Verdict, expected: str) -> Iterator[str]:
    """Yield the state of the port, and whether it was expected."""
    attempt = verdict.failing or (verdict.outcome.finals[-1] if verdict.outcome.finals else None)
    state = attempt.port_state if attempt is not None else None
    if attempt is None or state is None:
        return
    which = (
        f"port {attempt.address.port} "
        if verdict.outcome.probe.recipe.any_port and attempt.address is not None
        else ""
    )
    if expected == "client-certificate-required" and verdict.base != OK and attempt.failure is not None:
        yield f"client certificate requirement unknown, {expected} expected"
        return
    if expected in TLS_REFUSALS:
        if verdict.base == OK:
            yield f"{expected}, as expected"
        elif attempt.accepts_version:
            known = clean(attempt.secured.protocol) if attempt.secured is not None else ""
            yield f"{known or f'TLS {TLS_REFUSALS[expected]} or older'} is accepted, {expected} expected"
        else:
            yield f"TLS version refusal unknown, {expected} expected"
        return
    requested = attempt.secured is not None and attempt.secured.asked and verdict.base != OK
    hint = " (requested, but not required)" if requested else ""
    yield (
        f"{which}{state}, as expected" if verdict.base == OK else f"{which}{state}, {expected} expected{hint}"
    )


def _repetition_words(rounds: Rounds) -> Iterator[str]:
    """Yield how often --wait repeated the check."""
    if rounds.held:
        if rounds.number > 1:
            yield f"check {rounds.number}"
    elif rounds.good:
        yield f"{rounds.good} of {rounds.wanted} checks in a row OK"
    elif rounds.number > 1:
        yield f"not OK in {rounds.number} checks"


def _why(verdict: Verdict, partly: bool) -> str:
    """Return the cause of the failed probes in parentheses, if only some failed."""
    failing = verdict.failing
    if not partly or failing is None or failing.failure is None:
        return ""
    return f" ({failing.failure.cause.replace('_', ' ')})"


def _failure_words(failing: Attempt) -> Iterator[str]:
    """Yield what check_tcp's phrase does not contain: what the failure interrupted."""
    failure = failing.failure
    if failure is None:
        return
    cause = failure.cause
    if cause == Cause.RESOLVER_SILENT:
        yield TIMEOUT_WORDS[Phase.RESOLVE][1]
    elif cause == Cause.TIMED_OUT:
        yield _timeout_words(failing)
    elif cause == Cause.RESET:
        yield f"connection reset {'by peer' if failing.phase != Phase.CONNECT else 'at once'}"
    elif cause == Cause.CLOSED_EARLY:
        yield "closed before any data"
    elif cause == Cause.PORT_UNREACHABLE:
        yield "UDP port closed"
    elif (cause in _NAME_CAUSES or cause in TLS_CAUSES) and failure.error:
        yield clean(failure.error, 80)
    elif cause in LOCAL_CAUSES:
        yield "monitoring host, not the target"
    if failure.icmp is not None:
        icmp = failure.icmp
        sender = f", from {icmp.offender}" if icmp.offender else ""
        yield f"ICMP type {icmp.kind} code {icmp.code}{sender}"


def _timeout_words(failing: Attempt) -> str:
    """Return what a timeout interrupted."""
    if failing.is_endless:
        return "the answer did not end"
    if failing.phase == Phase.RECEIVE and failing.size:
        return TIMEOUT_WORDS[MIDDLE][1]
    _, words = TIMEOUT_WORDS[failing.phase]
    return words if failing.phase in (Phase.RESOLVE, Phase.CONNECT) else f"connected, {words}"


def _certificate_line(result: Result) -> str:
    """Return check_tcp's line for -D, or an empty text if TLS did not begin."""
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
    # The first certificate to expire may be another one of the chain.
    certificate = verdict.outcome.first_to_expire(good or finals) or secured.own.certificate
    shown = certificate.common_name if check.options.as_check_tcp else certificate.alternative
    name = clean(shown) if shown else "Unknown CN"
    date = _date(certificate.not_after, check.options.as_check_tcp)
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
    if check.options.as_check_tcp:
        return f"Certificate '{name}' will expire on {date}."
    return f"Certificate '{name}' will expire on {date} (in {_days(left / _DAY)})."


def _date(epoch: float, as_check_tcp: bool) -> str:
    """Return a date as check_tcp prints it, in UTC, and in English in every locale. Only check_tcp prints the year 2 as 2."""
    from time import gmtime

    when = gmtime(epoch)
    year = f"{when.tm_year}" if as_check_tcp else f"{when.tm_year:04}"
    clock = f"{when.tm_hour:02}:{when.tm_min:02}:{when.tm_sec:02}"
    return f"{_DAYS[when.tm_wday]} {_MONTHS[when.tm_mon - 1]} {when.tm_mday:2} {clock} {year} +0000"
