# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Verdict → sentence, perfdata and plain data; whatever a remote host sent is cleaned here."""

from __future__ import annotations

from ..judgement.judge import is_blind
from ..judgement.measures import applicable
from ..model.causes import LOCAL_CAUSES, TLS_CAUSES, Cause, Phase
from ..model.value import Value
from ..model.verdict import OK, STATES
from ..text.clean import SHOWN, clean
from ..text.units import fixed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from ..model.certificate import Presented
    from ..model.outcome import Attempt
    from ..model.recipe import Recipe
    from ..model.result import Check, Result, Rounds
    from ..model.target import Target
    from ..model.verdict import Fault, Metric, Verdict

# The guidelines want a first line of about 80 characters; what is beyond this goes to the second one.
FIRST_LINE = 110

# Alternative names of a certificate in JSON: shared ones of large hosters have some hundred.
MOST_NAMES = 100


class PerfItem(Value):
    """A perfdata item: label, value and thresholds in fixed point, unit of measure, least and greatest value."""

    label: str
    value: str
    unit: str
    warning: str
    critical: str
    minimum: str
    maximum: str

    def __str__(self) -> str:
        fields = f"{self.warning};{self.critical};{self.minimum};{self.maximum}"
        return f"{self.label}={self.value}{self.unit};{fields}".rstrip(";")


def perfdata(result: Result, only_time: bool = False) -> tuple[PerfItem, ...]:
    """The perfdata items, in the measures' order, up to the first that is unknown.

    So a failure shortens the line at its end and never shifts an item: graphs keep their shape.
    """
    verdict, check = result.verdict, result.check
    known = {metric.measure.name: metric for metric in verdict.metrics}
    items = []
    for measure in applicable(verdict.outcome.probe, frozenset(verdict.policy.thresholds)):
        metric = known.get(measure.name)
        if metric is None or (only_time and measure.name != "time"):
            break
        items.append(perf_item(metric, check.probe.recipe.timeout))
    return tuple(items)


def perf_item(metric: Metric, timeout: float) -> PerfItem:
    """One metric as a perfdata item; the time has the timeout as its greatest value, as in check_tcp."""
    measure = metric.measure
    unit = measure.unit
    maximum = ""
    if measure.name == "time":
        maximum = fixed(timeout, unit)
    elif unit == "%":
        maximum = "100"
    return PerfItem(
        measure.name,
        fixed(metric.value, unit),
        unit,
        metric.warning.perfdata(unit) if metric.warning is not None else "",
        metric.critical.perfdata(unit) if metric.critical is not None else "",
        "" if measure.name == "certificate_days" else fixed(0.0, unit),
        maximum,
    )


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


def _said_instead(result: Result) -> Iterator[str]:
    """What the dialogue waited for, and what came instead."""
    verdict, check = result.verdict, result.check
    failing = verdict.failing
    if failing is None:
        return
    unfinished = failing.cause in (Cause.TIMED_OUT, Cause.CLOSED_EARLY) and failing.phase == Phase.RECEIVE
    if unfinished and result.fault is not None:
        from ..judgement.diagnosis import waiting  # loaded by whatever made the fault

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
    return failure_phrase(
        failing, verdict.outcome.probe.recipe, target, where, hide=check.options.hide_output
    )


def failure_phrase(
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
            threshold = metric.critical if metric.state == 2 else metric.warning
            if threshold is not None:
                whose = _first_to_expire(verdict) if of_certificate else ""
                limit = f"({STATES[metric.state].lower()} {threshold.text})"
                yield f"{metric.measure.name} {_amount(metric)}{whose} {limit}"
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
        yield "the name lookup had no answer"
    elif cause == Cause.TIMED_OUT:
        yield (
            _TIMEOUT_WORDS[failing.phase] if failing.phase != Phase.RECEIVE or not failing.size else _STALLED
        )
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


def _at_last(attempt: Attempt) -> str:
    """A word for bytes that are the end of several answers."""
    return ", at last" if len(attempt.received) < min(attempt.size, 4096) else ""


_NAME_CAUSES = (Cause.NAME_UNKNOWN, Cause.NO_ADDRESS, Cause.RESOLVER_FAILED)
_STALLED = "the answer stopped in the middle"
_TIMEOUT_WORDS = {
    Phase.RESOLVE: "the name lookup had no answer",
    Phase.CONNECT: "no answer to the SYN",
    Phase.TLS: "connected, the TLS handshake had no end",
    Phase.SEND: "connected, the other side does not read",
    Phase.RECEIVE: "connected, no answer came",
}


def _amount(metric: Metric) -> str:
    unit = metric.measure.unit
    if unit == "s":
        return f"{metric.value:.3f} s" if metric.value >= 0.001 else f"{metric.value * 1e6:.0f} us"
    return f"{metric.value:.3g}{unit and ' ' + unit}"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _date(epoch: float) -> str:
    """A date as check_tcp prints it, in UTC and in English whatever the locale."""
    from time import gmtime

    when = gmtime(epoch)
    clock = f"{when.tm_hour:02}:{when.tm_min:02}:{when.tm_sec:02}"
    return f"{_DAYS[when.tm_wday]} {_MONTHS[when.tm_mon - 1]} {when.tm_mday:2} {clock} {when.tm_year} +0000"


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
    days = int(left // 86400)
    if left < 0:
        return f"Certificate '{name}' expired on {date}."
    if days == 0:
        amount = f"{int(left // 3600)} hours" if left >= 3600 else f"{int(left // 60)} minutes"
        return f"Certificate '{name}' expires in {amount} ({date})"
    metric = next((each for each in verdict.metrics if each.measure.name == "certificate_days"), None)
    if metric is not None and metric.state != OK:
        return f"Certificate '{name}' expires in {days} day(s) ({date})."
    return f"Certificate '{name}' will expire on {date}."


def attempt_line(attempt: Attempt, count: int = 1) -> str:
    """One attempt on one line: for long output, and for the stream of attempts on a terminal."""
    which = (
        f"probe {attempt.probe + 1}, attempt {attempt.number}" if count > 1 else f"attempt {attempt.number}"
    )
    address = f" {attempt.address.text}" if attempt.address is not None and attempt.address.family else ""
    if attempt.failure is None:
        return f"{which}:{clean(address) and ' ' + clean(address)} ok in {attempt.time:.6f} s"
    error = f" ({clean(attempt.failure.error)})" if attempt.failure.error else ""
    cause = attempt.failure.cause.replace("_", " ")
    return f"{which}:{clean(address) and ' ' + clean(address)} {cause}{error} after {attempt.time:.6f} s, {attempt.phase}"


def explanation(result: Result, settings: Sequence[str] = ()) -> list[str]:
    """One page that says what was done, what was seen, what it came to and how."""
    verdict, check = result.verdict, result.check
    recipe = verdict.outcome.probe.recipe
    lines = ["", "Settings in force"]
    lines.extend(f"  {each}" for each in settings)
    lines += ["", "Steps"]
    for attempt in verdict.outcome.attempts:
        lines.append(f"  at {attempt.began:.3f} s  {attempt_line(attempt, recipe.count)}")
        lines.extend(f"    {attempt_line(leg, recipe.count)}" for leg in attempt.legs)
        lines.extend(f"  {line}" for line in _phase_lines(attempt))
        lines.extend(f"    {clean(line, 300)}" for line in _secured_lines(attempt))
        if attempt.received and not check.options.hide_output:
            lines.append(f"    received {attempt.size} bytes{_at_last(attempt)}: {clean(attempt.received)}")
    lines += ["", "Evidence"]
    lines.extend(f"  {clean(each, 300)}" for each in _evidence(result) or ("none needed",))
    lines += ["", "Verdict", f"  {STATES[verdict.state]}"]
    if result.fault is not None:
        lines.append(f"  {fault_words(result.fault)}")
        lines.append(f"  {clean(result.fault.sentence, 400)}")
        if result.fault.next:
            lines.append(f"  next: {clean(result.fault.next, 300)}")
    lines += ["", "How it was reached"]
    lines.extend(f"  {each}" for each in _reasons(result))
    return lines


def _evidence(result: Result) -> tuple[str, ...]:
    """What was found out: of a fault, or of a healthy check whose path was traced all the same."""
    if result.fault is not None:
        return result.fault.evidence
    if all(attempt.evidence is None for attempt in result.outcome.attempts):
        return ()
    from ..judgement.diagnosis import evidence  # a healthy check has nothing to explain

    return evidence(result.verdict)


def _reasons(result: Result) -> Iterator[str]:
    verdict = result.verdict
    failing = verdict.failing
    if failing is None:
        yield "nothing failed"
    else:
        yield f"{(failing.cause or failing.port_state or '').replace('_', ' ')}: {STATES[verdict.base]}"
    for metric in verdict.metrics:
        if metric.warning is not None or metric.critical is not None:
            limits = [
                f"{word} {threshold.text}"
                for word, threshold in (("warning", metric.warning), ("critical", metric.critical))
                if threshold is not None
            ]
            yield f"{metric.measure.name} {_amount(metric)}, {', '.join(limits)}: {STATES[metric.state]}"
    if verdict.unsent:
        yield f"{verdict.unsent} probes not sent: WARNING"
    if result.rounds.number > 1:
        yield f"{result.rounds.number} rounds"
    yield f"the worst of these: {STATES[verdict.state]}"
    if result.fault is not None:
        yield f"the verdict's row in the table is {result.fault.row}; it changes no state"


def long_output(result: Result, settings: Sequence[str] = ()) -> list[str]:
    """The lines below the first, as many as the verbosity asks for.

    settings: the settings in force, as settings.in_force returns them.
    """
    verdict, check = result.verdict, result.check
    if check.options.explain:
        return explanation(result, settings)
    level = check.options.verbose
    lines: list[str] = []
    if level < 1:
        return lines
    count = verdict.outcome.probe.recipe.count
    for attempt in verdict.outcome.attempts:
        lines.append(attempt_line(attempt, count))
        lines.extend(f"  {attempt_line(leg, count)}" for leg in attempt.legs)
        if attempt.received and not check.options.hide_output:
            lines.append(f"  received {attempt.size} bytes{_at_last(attempt)}: {clean(attempt.received)}")
        lines.extend(f"  {clean(line, 300)}" for line in _secured_lines(attempt))
        if level >= 2:
            lines.extend(_phase_lines(attempt))
    lines.extend(f"evidence: {clean(each, 300)}" for each in _evidence(result))
    if result.fault is not None and result.fault.next:
        lines.append(f"next: {clean(result.fault.next, 300)}")
    if level >= 2:
        lines.append("settings: " + " ".join(settings))
    if level >= 3:
        lines.extend(_everything(verdict))
    return lines


def _phase_lines(attempt: Attempt) -> Iterator[str]:
    phases = [
        f"{name} {value:.6f} s"
        for name in ("resolve", "connect", "tls", "first_byte", "rtt")
        if (value := getattr(attempt, name)) is not None
    ]
    if attempt.retransmits is not None:
        phases.append(f"retransmits {attempt.retransmits}")
    if phases:
        yield "  " + ", ".join(phases)


def _secured_lines(attempt: Attempt) -> Iterator[str]:
    """What TLS agreed on, and what the certificate says, a line each."""
    secured = attempt.secured
    if secured is None:
        return
    from ..wire.certificate import day  # a plain check has no certificate

    agreed = f", ALPN {secured.alpn}" if secured.alpn else ""
    asked = ", a client certificate was asked for" if secured.asked else ""
    verification = secured.verification.replace("_", " ")
    second = " (on a second connection, made without verification)" if secured.second else ""
    yield f"{secured.protocol} {secured.cipher}{agreed}, {verification}{asked}{second}"
    if secured.problem:
        yield secured.problem
        return
    if not secured.certificates:
        return
    own, *others = secured.certificates
    yield f"certificate: subject {own.subject or 'empty'}, issuer {own.issuer or 'empty'}{', self-signed' if own.self_signed else ''}"
    names = [*own.dns_names, *own.ip_addresses]
    yield f"certificate: names {', '.join(names[:20]) or 'none'}{', …' if len(names) > 20 else ''}"
    size = f" {own.key_size} bits" if own.key_size else ""
    yield f"certificate: serial {own.serial:x}, key {own.key_type}{size}, valid {day(own.not_before)} to {day(own.not_after)}"
    if not secured.chain_known:
        yield "of the chain only the server's own certificate is known: Python 3.9 tells no more"
    elif others:
        first = min((own, *others), key=lambda each: each.not_after)
        yield (
            f"chain of {len(others) + 1}: the first to expire is {first.common_name or first.subject}"
            f" on {day(first.not_after)}"
        )


def _everything(verdict: Verdict) -> Iterator[str]:
    for metric in verdict.metrics:
        yield f"{metric.measure.name} {metric.value:.9g}{metric.measure.unit}, {STATES[metric.state]}"
    outcome = verdict.outcome
    yield f"elapsed {outcome.elapsed:.6f} s, loop lag {outcome.lag:.6f} s"
    for attempt in outcome.attempts:
        # What came is shown above; whole, it would fill the 4 KiB that Nagios reads of a plugin's output.
        yield clean(repr(attempt.replace(received=b"", captured=(), legs=(), secured=None)), 1500)


def plain(result: Result) -> dict[str, Any]:
    """The verdict as plain data for JSON, Ansible and whatever comes later; docs/json.md has its schema.

    Times are seconds, foreign text is clean. Absent facts are None.
    """
    verdict, check = result.verdict, result.check
    outcome = verdict.outcome
    target = outcome.probe.target
    lines = sentences(result)
    cause = verdict.failing.cause if verdict.failing is not None else None
    return {
        "schema": 1,
        "service": check.options.service,
        "target": {
            "host": _or_none(target.host),
            "port": target.port,
            "path": _or_none(target.path),
            "address": target.address,
        },
        "state": STATES[verdict.state],
        "exit_code": verdict.state,
        "output": f"{prefix(result)} - {lines[0]}",
        "long_output": lines[1:],
        "cause": cause,
        "phase": verdict.failing.phase if cause is not None and verdict.failing is not None else None,
        "fault": _plain_fault(result.fault),
        "at": outcome.at,
        "elapsed": outcome.elapsed,
        "lag": outcome.lag,
        "count": outcome.probe.recipe.count,
        "sent": outcome.sent,
        "rounds": result.rounds.number,
        "measures": {metric.measure.name: metric.value for metric in verdict.metrics},
        "metrics": [
            {
                "name": metric.measure.name,
                "value": metric.value,
                "unit": metric.measure.unit,
                "warning": metric.warning.text if metric.warning is not None else None,
                "critical": metric.critical.text if metric.critical is not None else None,
                "state": STATES[metric.state],
            }
            for metric in verdict.metrics
        ],
        "perfdata": " ".join(map(str, perfdata(result))),
        "attempts": [_plain_attempt(attempt, check) for attempt in outcome.attempts],
    }


def _plain_secured(attempt: Attempt) -> dict[str, Any] | None:
    """What TLS agreed on, and the certificates as they were presented."""
    secured = attempt.secured
    if secured is None:
        return None
    return {
        "protocol": clean(secured.protocol),
        "cipher": clean(secured.cipher),
        "alpn": clean(secured.alpn) if secured.alpn else None,
        "verification": secured.verification,
        "second_connection": secured.second,
        "client_certificate_asked": secured.asked,
        "chain_known": secured.chain_known,
        "certificates": [_plain_certificate(each) for each in secured.presented],
    }


def _plain_certificate(shown: Presented) -> dict[str, Any]:
    from ..wire.certificate import fingerprint  # a plain check has no certificate

    certificate = shown.certificate
    if certificate is None:
        return {"error": clean(shown.problem), "fingerprint": fingerprint(shown.der)}
    return {
        "error": None,
        "fingerprint": fingerprint(shown.der),
        "subject": clean(certificate.subject),
        "issuer": clean(certificate.issuer),
        "serial": f"{certificate.serial:x}",
        "not_before": certificate.not_before,
        "not_after": certificate.not_after,
        "dns_names": [clean(each, 255) for each in certificate.dns_names[:MOST_NAMES]],
        "ip_addresses": list(certificate.ip_addresses[:MOST_NAMES]),
        "key_type": certificate.key_type,
        "key_size": certificate.key_size,
        "self_signed": certificate.self_signed,
    }


def _or_none(text: str | None) -> str | None:
    return clean(text, 255) if text is not None else None


def _plain_fault(fault: Fault | None) -> dict[str, Any] | None:
    if fault is None:
        return None
    return {
        "name": fault.row,
        "domains": list(fault.domains),
        "sentence": clean(fault.sentence, 400),
        "box": clean(fault.box) if fault.box is not None else None,
        "evidence": [clean(each, 300) for each in fault.evidence],
        "next": clean(fault.next, 300),
    }


def _plain_attempt(attempt: Attempt, check: Check) -> dict[str, Any]:
    failure = attempt.failure
    icmp = failure.icmp if failure is not None else None
    return {
        "probe": attempt.probe + 1,
        "attempt": attempt.number,
        "began": attempt.began,
        "address": clean(attempt.address.text) if attempt.address is not None else None,
        "state": "failed" if failure is not None else "ok",
        "cause": failure.cause if failure is not None else None,
        "phase": attempt.phase if failure is not None else None,
        "error": clean(failure.error) if failure is not None and failure.error else None,
        "icmp": None if icmp is None else {
            "version": icmp.version, "type": icmp.kind, "code": icmp.code, "offender": icmp.offender,
        },
        "time": attempt.time,
        "resolve": attempt.resolve,
        "connect": attempt.connect,
        "tls": attempt.tls,
        "first_byte": attempt.first_byte,
        "rtt": attempt.rtt,
        "retransmits": attempt.retransmits,
        "size": attempt.size,
        "received": None if check.options.hide_output or not attempt.received else clean(attempt.received),
        "step": check.probe.recipe.own_step(attempt.step) or None,
        "captured": {} if check.options.hide_output else {name: clean(data) for name, data in attempt.captured},
        "secured": _plain_secured(attempt),
        "addresses": [_plain_attempt(leg, check) for leg in attempt.legs],
    }  # fmt: skip
