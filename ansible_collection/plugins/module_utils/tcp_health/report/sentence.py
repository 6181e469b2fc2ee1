# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Make the first line of the output, with check_tcp's phrases, and the lines that always follow it."""

from __future__ import annotations

from ..judgement.judge import lacks_certificate
from ..model.causes import LOCAL_CAUSES, MIDDLE, TIMEOUT_WORDS, TLS_CAUSES, Cause, Phase
from ..model.verdict import OK, RANK, STATES, TLS_REFUSALS
from ..text.clean import SHOWN, clean
from ..text.units import plain, readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model.outcome import Attempt
    from ..model.recipe import Probe
    from ..model.result import Options, Result
    from ..model.target import Target
    from ..model.verdict import Fault, Metric, Verdict

# A text message has 160 characters. The order of the parts and what is cut first: docs/check_tcp_health.md, "The first
# line", and decision 24.
FIRST_LINE = 160

# A shorter piece of an answer does not show what it is.
_PIECE = 10

# Characters of a host name or a path. A longer one would move the reason out of the text message.
_NAME = 60

# The names of the rules of a diagnosis that the words of this module repeat.
_EXPIRY = "certificate-expires"
_REPEATED = ("repeated", "syns-repeated")

_MISMATCHES = (Cause.MISMATCH, Cause.HOST_BLOCKED)
_NAME_CAUSES = (Cause.NAME_UNKNOWN, Cause.NO_ADDRESS, Cause.RESOLVER_FAILED)


def prefix(result: Result) -> str:
    """Return SERVICE STATE, the beginning of every first line."""
    return f"{result.check.options.service} {STATES[result.state]}"


def sentences(result: Result) -> list[str]:
    """Return the first line without its prefix and the perfdata, and the lines that always follow it."""
    verdict, check = result.verdict, result.check
    first, answer = _phrase(result)
    if check.options.as_check_tcp:
        first, answer = first + answer, ""
    certificate = _certificate_line(result)
    below = [certificate] if certificate else []
    expiry = next((each.state for each in verdict.metrics if each.measure.name == "certificate_days"), OK)
    # The certificate's line comes first, as in check_tcp, unless something worse decided the state.
    if certificate and (expiry == verdict.state or lacks_certificate(verdict.outcome, check.policy)):
        first, answer, below = certificate, "", [first + answer]
    # The reasons of the state stay on the first line whatever its length, because a notification shows only that line.
    first = " - ".join(filter(None, (first, ", ".join(filter(None, _reasons(result))), _diagnosis(result))))
    # The prefix and the separator after it count towards the limit.
    room = FIRST_LINE - len(prefix(result)) - 3
    others: list[str] = []
    separator = " - "
    for part in filter(None, _known(result)):
        if not others and len(first) + len(separator) + len(part) <= room:
            first += separator + part
            separator = ", "
        else:
            others.append(part)
    shown = _cut(answer, room - len(first))
    explanation = [clean(result.fault.sentence, 400)] if result.fault is not None else []
    explanation.extend(filter(None, _received_instead(result, whole=shown == answer)))
    return [
        first + shown,
        *(line for line in (" - ".join(explanation), ", ".join(others)) if line),
        *below,
    ]


def output(result: Result) -> list[str]:
    """Return the first line with its prefix, and the lines that always follow it."""
    first, *rest = sentences(result)
    return [f"{prefix(result)} - {first}", *rest]


def _cut(answer: str, room: int) -> str:
    """Return the beginning of an answer in its brackets, as much as fits, or "" if that is too little."""
    if len(answer) <= room:
        return answer
    length = room - len(" […]")
    return f"{answer[: length + 2].rstrip()}…]" if length >= _PIECE else ""


def _received_instead(result: Result, *, whole: bool) -> Iterator[str]:
    """Yield what the dialogue waited for, and what was received instead, unless the first line has the whole answer."""
    verdict, check = result.verdict, result.check
    failing = verdict.failing
    if failing is None:
        return
    unfinished = failing.cause in (Cause.TIMED_OUT, Cause.CLOSED_EARLY) and failing.phase == Phase.RECEIVE
    if unfinished and result.fault is not None:
        from ..judgement.evidence import waiting  # the fault was made with it, so it is loaded

        yield clean(waiting(failing, verdict.outcome.probe.recipe), 300)
    cut = failing.cause in _MISMATCHES and not whole
    if unfinished or cut or failing.cause in (Cause.NOT_TLS, Cause.STARTTLS_REFUSED, Cause.TLS_INJECTION):
        received = "" if check.options.hide_output else clean(failing.received, 100)
        yield f"received: {received}" if received else ""


def fault_words(fault: Fault) -> str:
    """Return where the problem is, in a few words: the possible domains, and what was seen."""
    return f"{_domains(fault)}: {clean(fault.short, 100)}"


def _domains(fault: Fault) -> str:
    *others, last = fault.domains
    return f"{', '.join(others)} or {last}" if others else last


def _where(target: Target, options: Options) -> str:
    if target.path is not None:
        return f"socket {_name(target.path, options)}"
    return (
        f"{_name(str(target.host), options)} port {target.port}"
        if options.host_named
        else f"port {target.port}"
    )


def _name(name: str, options: Options) -> str:
    """Return a host name or a path, without its middle if it is very long; check_tcp prints it whole."""
    if options.as_check_tcp or len(name) <= _NAME:
        return clean(name)
    half = _NAME // 2
    return clean(f"{name[:half]}…{name[1 - half :]}")


def _phrase(result: Result) -> tuple[str, str]:
    """Return check_tcp's phrase for the result, and the server's answer as it follows this phrase, or ""."""
    verdict, check = result.verdict, result.check
    options = check.options
    failing = verdict.failing
    finals = verdict.outcome.finals
    where = _where(verdict.outcome.probe.target, options)
    proven = (
        verdict.base == OK
        and failing is not None
        and failing.cause in (Cause.CLIENT_CERTIFICATE_REQUIRED, Cause.TLS_PROTOCOL)
    )
    if failing is None or proven or any(attempt.failure is None for attempt in finals):
        time = next((each.value for each in verdict.metrics if each.measure.name == "time"), 0.0)
        received = b""
        last = next((step for step in reversed(verdict.outcome.probe.recipe.dialogue) if step.wanted), None)
        if last is not None and not last.opening and not options.hide_output:
            good = next((each for each in reversed(finals) if each.failure is None), None)
            # Captured parts of an answer are more useful than its beginning, and are printed instead.
            received = good.received if good is not None and not good.captured else b""
        # An answer of a binary protocol is not readable.
        binary = last is not None and last.built_in and b"\0" in received[:SHOWN]
        banner = "" if binary else clean(received)
        return f"{time:.3f} second response time on {where}", f" [{banner}]" if banner else ""
    if failing.cause in _MISMATCHES:
        phrase = "Unexpected response from host/socket"
        banner = "" if options.hide_output else clean(failing.received)
        if banner and options.as_check_tcp:
            return phrase, f": {banner}"
        return f"{phrase} on {where}", f" [{banner}]" if banner else ""
    return _failure_phrase(failing, verdict.outcome.probe, options), ""


def _failure_phrase(failing: Attempt, probe: Probe, options: Options) -> str:
    """Return check_tcp's phrase for a failure."""
    failure, target = failing.failure, probe.target
    if failure is None:
        return ""
    cause = failure.cause
    if cause in _NAME_CAUSES:
        return f"Invalid hostname, address or socket: {_name(target.address or target.host or '', options)}"
    if cause == Cause.RESOLVER_SILENT or (cause == Cause.TIMED_OUT and not failure.error):
        # The limit of the check, or a shorter one of the attempt.
        limit = probe.recipe.exceeded_limit(failing.began, failing.time)
        return f"Socket timeout after {plain(limit)} seconds"
    if cause in TLS_CAUSES or (failing.phase == Phase.TLS and cause not in LOCAL_CAUSES):
        return "Cannot make SSL connection."
    if failing.phase in (Phase.SEND, Phase.RECEIVE) and cause not in LOCAL_CAUSES:
        return "No data received from host"
    words = clean(failure.error)
    if cause in (Cause.TLS_UNUSABLE, Cause.EXPRESSION_STOPPED):
        return words
    if target.path is not None:
        return f"connect to file socket {_name(target.path, options)}: {words}"
    return f"connect to address {_name(str(target.host), options)} and port {target.port}: {words}"


def _failed_addresses(verdict: Verdict) -> str:
    """Return which of several addresses failed, if all had to succeed."""
    if verdict.outcome.probe.recipe.addresses == "all":
        legs = [leg for attempt in verdict.outcome.finals[-1:] for leg in attempt.legs]
        dead = [leg for leg in legs if leg.failure is not None]
        if dead:
            names = ", ".join(clean(leg.address.text) for leg in dead[:3] if leg.address is not None)
            return f"{len(dead)} of {len(legs)} addresses failed: {names}"
    return ""


def _reasons(result: Result) -> Iterator[str]:
    """Yield why the result has its state, beyond check_tcp's phrase, in a few words each: the worst of a kind first."""
    verdict, check = result.verdict, result.check
    outcome = verdict.outcome
    yield _failed_addresses(verdict)
    if outcome.probe.recipe.count > 1:
        failed = sum(attempt.failure is not None for attempt in outcome.finals)
        if failed:
            limit = next((_limit(each) for each in verdict.metrics if each.measure.name == "failed"), "")
            yield f"{failed} of {outcome.sent} probes failed{_why(verdict, failed < outcome.sent)}{limit}"
        if verdict.unsent:
            yield f"{verdict.unsent} of {outcome.probe.recipe.count} not sent"
    if check.policy.expect_state != "open" and verdict.base != OK:
        yield from _port_words(verdict, check.policy.expect_state)
    exceeded = [each for each in verdict.metrics if each.state != OK]
    for metric in sorted(exceeded, key=lambda each: -RANK[each.state]):
        name = metric.measure.name
        if name == "failed" and metric.value:
            continue
        if name != "certificate_days":
            yield f"{name} {readable(metric.value, metric.measure.unit)}{_limit(metric)}"
        elif result.fault is None or result.fault.row != _EXPIRY:
            yield _expiry(result)
    lacks = not check.options.certificate_line and lacks_certificate(outcome, check.policy)
    if lacks and (result.fault is None or result.fault.row != "no-certificate"):
        yield "no readable certificate"
    rounds = result.rounds
    if rounds.good and not rounds.held:
        yield f"{rounds.good} of {rounds.wanted} checks in a row OK"


def _limit(metric: Metric) -> str:
    """Return the threshold that decided the state of a measure, in parentheses after a space; "" for OK."""
    threshold = metric.exceeded
    return f" ({STATES[metric.state].lower()} {threshold.words()})" if threshold is not None else ""


def _diagnosis(result: Result) -> str:
    """Return where the problem is, or what a failure interrupted if it is not explained."""
    fault = result.fault
    if fault is not None:
        expiry = _expiry(result) if fault.row == _EXPIRY else ""
        return f"{_domains(fault)}: {expiry}" if expiry else fault_words(fault)
    return "" if result.state == OK else ", ".join(_interrupted(result))


def _known(result: Result) -> Iterator[str]:
    """Yield what else is known, in a few words each: what moves to the second line first is last."""
    verdict, check = result.verdict, result.check
    outcome = verdict.outcome
    recipe = outcome.probe.recipe
    finals = outcome.finals
    failing = verdict.failing
    if recipe.count > 1:
        if outcome.interrupted and outcome.sent < recipe.count:
            yield f"interrupted after {outcome.sent} of {recipe.count} probes"
        if all(attempt.failure is None for attempt in finals):
            yield f"{outcome.sent} of {outcome.sent} probes answered"
    if not check.options.hide_output:
        captured = finals[-1].captured if finals else ()
        yield ", ".join(f"{name} {clean(data, 60)}" for name, data in captured)
    if check.policy.expect_state != "open" and verdict.base == OK:
        yield from _port_words(verdict, check.policy.expect_state)
    if result.state == OK:
        yield from _interrupted(result)  # the settings accept the failure
    if recipe.count == 1 and len(outcome.attempts) > 1:
        last = outcome.attempts[-1]
        tries = max(recipe.retries + 1, len(outcome.attempts))
        told = (
            "" if failing is None or failing.number == last.number else f", attempt {failing.number} reported"
        )
        yield f"attempt {last.number} of {tries}" if last.failure is None else f"{last.number} attempts{told}"
    elif recipe.count > 1 and len(outcome.attempts) > outcome.sent:
        retries = len(outcome.attempts) - outcome.sent
        yield f"{retries} {'retry' if retries == 1 else 'retries'}"
    repeated = sum(attempt.retransmits or 0 for attempt in finals if attempt.failure is None)
    if repeated and (result.fault is None or result.fault.row not in _REPEATED):
        yield f"{repeated} SYN{'s' if repeated > 1 else ''} repeated"
    if result.rounds.number > 1 and (result.rounds.held or not result.rounds.good):
        yield f"{'check' if result.rounds.held else 'not OK in'} {result.rounds.number}{'' if result.rounds.held else ' checks'}"
    yield _healthy_expiry(result)


def _expiry(result: Result) -> str:
    from . import expiry  # a plain check has no certificate

    return expiry.alert(result)


def _healthy_expiry(result: Result) -> str:
    """Return when a certificate expires, if all is well and TLS is more than check_tcp's."""
    plan, options = result.outcome.probe.recipe.tls, result.check.options
    if plan is None or plan.lax or options.as_check_tcp or options.certificate_line or result.state != OK:
        return ""
    from . import expiry

    return expiry.healthy(result)


def _certificate_line(result: Result) -> str:
    """Return check_tcp's line for -D, or an empty text if TLS did not begin."""
    if not result.check.options.certificate_line:
        return ""
    from . import expiry

    return expiry.line(result)


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


def _why(verdict: Verdict, partly: bool) -> str:
    """Return the cause of the failed probes in parentheses, if only some failed."""
    failing = verdict.failing
    if not partly or failing is None or failing.failure is None:
        return ""
    return f" ({failing.failure.cause.replace('_', ' ')})"


def _interrupted(result: Result) -> Iterator[str]:
    """Yield what check_tcp's phrase for a failure does not contain: what the failure interrupted."""
    failing = result.verdict.failing
    failure = failing.failure if failing is not None else None
    if failing is None or failure is None or any(each.failure is None for each in result.outcome.finals):
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
        from ..judgement.evidence import icmp_name  # only a failure has such a message

        sender = f" from {failure.icmp.offender}" if failure.icmp.offender else ""
        yield f"ICMP {icmp_name(failure.icmp)}{sender}"


def _timeout_words(failing: Attempt) -> str:
    """Return what a timeout interrupted."""
    if failing.is_endless:
        return "the answer did not end"
    if failing.phase == Phase.RECEIVE and failing.size:
        return TIMEOUT_WORDS[MIDDLE][1]
    _unused0, words = TIMEOUT_WORDS[failing.phase]
    return words if failing.phase in (Phase.RESOLVE, Phase.CONNECT) else f"connected, {words}"
