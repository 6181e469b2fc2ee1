# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Make the long output, and the page that explains a result (--explain)."""

from __future__ import annotations

from ..model.causes import Cause, Phase
from ..model.value import Value
from ..model.verdict import STATES
from ..text.clean import clean
from ..text.units import duration, fixed, plain, readable
from .sentence import fault_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..model.outcome import Attempt
    from ..model.result import Result
    from ..model.verdict import Verdict

# The levels of -v that add the phases' times with the settings, and every measure with every field of an attempt.
_PHASES, _EVERYTHING = 2, 3

DEFAULT = " (default)"
"""The end of a setting that has its default value. No setting's own text has a space."""

# Columns of a page of --explain without its indent.
_WIDTH = 76

# Seconds until Linux reports that a host on a link does not answer: three ARP requests, one a second.
_ARP = 3.1

# Names of a certificate on one line: the certificates of large hosters have some hundred.
_NAMES = 20

# Surplus certificates on lines of their own: a server may present any number of them.
_SURPLUS = 5


def long_output(result: Result, settings: Sequence[str] = ()) -> list[str]:
    """Return the lines of the long output for the verbosity of the check.

    settings   the settings in effect, as settings.build.in_force returns them: name=value, with DEFAULT at the end of those
               that have their default value
    """
    verdict, check = result.verdict, result.check
    if check.options.explain:
        return explanation(result, settings)
    level = check.options.verbose
    lines: list[str] = []
    if level < 1:
        return lines
    count = verdict.outcome.probe.recipe.count
    for attempt in verdict.outcome.listed:
        lines.append(attempt_line(attempt, count))
        lines.extend(f"  {attempt_line(leg, count)}" for leg in attempt.legs)
        if attempt.received and not check.options.hide_output:
            lines.append(f"  received {attempt.size} bytes{_at_last(attempt)}: {clean(attempt.received)}")
        lines.extend(f"  {clean(line, 300)}" for line in _secured_lines(attempt, verdict.outcome.at))
        if level >= _PHASES:
            lines.extend(_phase_lines(attempt))
    lines.extend(_omitted(verdict))
    lines.extend(f"evidence: {clean(each, 300)}" for each in _evidence(result))
    if result.fault is not None and result.fault.next:
        lines.append(f"next: {clean(result.fault.next, 300)}")
    if level >= _PHASES:
        lines.append("settings: " + " ".join(each.partition(" ")[0] for each in settings))
    if level >= _EVERYTHING:
        lines.extend(_everything(verdict))
    return lines


def _seconds(value: float) -> str:
    return f"{value:.6f} s"


def attempt_line(attempt: Attempt, count: int = 1, shown: Callable[[float], str] = _seconds) -> str:
    """Return one line about an attempt, for the long output and for the progress on a terminal; shown words its time."""
    which = (
        f"probe {attempt.probe + 1}, attempt {attempt.number}" if count > 1 else f"attempt {attempt.number}"
    )
    address = f" {attempt.address.text}" if attempt.address is not None and attempt.address.family else ""
    if attempt.failure is None:
        return f"{which}:{clean(address) and ' ' + clean(address)} ok in {shown(attempt.time)}"
    error = f" ({clean(attempt.failure.error)})" if attempt.failure.error else ""
    cause = attempt.failure.cause.replace("_", " ")
    return f"{which}:{clean(address) and ' ' + clean(address)} {cause}{error} after {shown(attempt.time)}, {attempt.phase}"


def explanation(result: Result, settings: Sequence[str] = ()) -> list[str]:
    """Return a page: what was asked for, the verdict and its reasons, the steps, the evidence, and the default settings.

    settings   as in long_output
    """
    verdict, check = result.verdict, result.check
    recipe = verdict.outcome.probe.recipe
    defaults = [each[: -len(DEFAULT)] for each in settings if each.endswith(DEFAULT)]
    lines = ["", "Settings that differ from the defaults"]
    lines.extend(f"  {each}" for each in settings if not each.endswith(DEFAULT))
    lines += ["", "Verdict", f"  {STATES[verdict.state]}"]
    if result.fault is not None:
        lines.append(f"  {fault_words(result.fault)}")
        lines.append(f"  {clean(result.fault.sentence, 400)}")
        if result.fault.next:
            lines.append(f"  next: {clean(result.fault.next, 300)}")
    lines += ["", "Reasons of the state"]
    lines.extend(f"  {each}" for each in _reasons(result))
    lines += ["", "Steps"]
    for attempt in verdict.outcome.listed:
        lines.append(f"  after {duration(attempt.began)}: {attempt_line(attempt, recipe.count, duration)}")
        lines.extend(f"    {attempt_line(leg, recipe.count, duration)}" for leg in attempt.legs)
        lines.extend(f"  {line}" for line in _phase_lines(attempt, duration))
        lines.extend(f"    {clean(line, 300)}" for line in _secured_lines(attempt, verdict.outcome.at))
        if attempt.received and not check.options.hide_output:
            lines.append(f"    received {attempt.size} bytes{_at_last(attempt)}: {clean(attempt.received)}")
    lines.extend(f"  {each}" for each in _omitted(verdict))
    lines += ["", "Evidence"]
    lines.extend(f"  {clean(each, 300)}" for each in _evidence(result) or ("no evidence collected",))
    lines.extend(f"  {each}" for each in _short_attempt(verdict))
    lines += ["", "Settings with their default values"]
    lines.extend(f"  {each}" for each in _filled(defaults))
    return lines


def _filled(words: Iterable[str]) -> list[str]:
    """Return lines of words, each line no longer than a page is wide."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= _WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _omitted(verdict: Verdict) -> Iterator[str]:
    """Yield a line if a long series of attempts is not listed as a whole."""
    outcome = verdict.outcome
    omitted = len(outcome.attempts) - len(outcome.listed)
    if omitted:
        yield f"{omitted} attempts in the middle are not listed; the statistics include them"


def _evidence(result: Result) -> tuple[str, ...]:
    """Return the evidence of a fault, of a failure that the thresholds accept, or of a healthy check that was traced."""
    if result.fault is not None:
        return result.fault.evidence
    outcome, failing = result.outcome, result.verdict.failing
    expected = failing is None or failing.cause in outcome.probe.recipe.final
    if expected and all(attempt.evidence is None for attempt in outcome.attempts):
        return ()
    from ..judgement.diagnosis import evidence  # only a check with evidence needs it

    return evidence(result.verdict)


def _short_attempt(verdict: Verdict) -> Iterator[str]:
    """Yield a line if the reported attempt ended before an unreachable host could be reported."""
    failing, recipe = verdict.failing, verdict.outcome.probe.recipe
    if failing is None or failing.cause != Cause.TIMED_OUT or failing.phase != Phase.CONNECT:
        return
    if recipe.network == "tcp" and verdict.outcome.probe.target.path is None and failing.time < _ARP:
        yield (
            f"the attempt had {failing.time:.2f} s: a host that is off is reported as unreachable after {_ARP} s, so give"
            " it more (-t, --attempt-timeout, fewer --retries)"
        )


def _reasons(result: Result) -> Iterator[str]:
    """Yield the parts of the verdict with their states."""
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
            yield f"{metric.measure.name} {readable(metric.value, metric.measure.unit)} ({', '.join(limits)}): {STATES[metric.state]}"
    if verdict.unsent:
        yield f"{verdict.unsent} probes not sent: WARNING"
    if result.rounds.number > 1:
        yield f"checked {result.rounds.number} times"
    yield f"the worst of these: {STATES[verdict.state]}"
    if result.fault is not None:
        yield f"diagnosis: {result.fault.row}; it does not change the state"


def _phase_lines(attempt: Attempt, shown: Callable[[float], str] = _seconds) -> Iterator[str]:
    """Yield one line with the times of an attempt's phases, if any is known."""
    phases = [
        f"{name} {shown(value)}"
        for name in ("resolve", "connect", "tls", "first_byte", "rtt")
        if (value := getattr(attempt, name)) is not None
    ]
    if attempt.retransmits is not None:
        phases.append(f"retransmits {attempt.retransmits}")
    if phases:
        yield "  " + ", ".join(phases)


def _secured_lines(attempt: Attempt, at: float) -> Iterator[str]:
    """Yield the parameters of the TLS session and the contents of the certificates, one line each."""
    secured = attempt.secured
    if secured is None:
        return
    from ..wire.certificate import day  # a plain check has no certificate

    agreed = f", ALPN {secured.alpn}" if secured.alpn else ""
    requested = ", client certificate requested" if secured.asked else ""
    verification = secured.verification.replace("_", " ")
    second = " (on a second connection, made without verification)" if secured.second else ""
    yield f"{secured.protocol} {secured.cipher}{agreed}, {verification}{requested}{second}"
    if secured.problem:
        yield secured.problem
        return
    if not secured.certificates:
        return
    own, *others = secured.certificates
    yield f"certificate: subject {own.subject or 'empty'}, issuer {own.issuer or 'empty'}{', self-signed' if own.self_signed else ''}"
    names = [*own.dns_names, *own.ip_addresses]
    yield f"certificate: names {', '.join(names[:_NAMES]) or 'none'}{', …' if len(names) > _NAMES else ''}"
    size = f" {own.key_size} bits" if own.key_size else ""
    yield f"certificate: serial {own.serial:x}, key {own.key_type}{size}, valid {day(own.not_before)} to {day(own.not_after)}"
    if not secured.chain_known:
        yield "only the server's own certificate is known: Python 3.9 does not return the chain"
    elif others:
        first = min((own, *others), key=lambda each: each.not_after)
        yield f"chain of {len(others) + 1}: the first to expire is {first.name} on {day(first.not_after)}"
    for each in secured.surplus[:_SURPLUS]:
        extra = each.certificate
        about = each.problem
        if extra is not None:
            ends = "expired on" if extra.not_after < at else "valid until"
            about = f"{extra.name}, {ends} {day(extra.not_after)}"
        yield f"surplus certificate, not in the chain: {about}"
    if len(secured.surplus) > _SURPLUS:
        yield f"{len(secured.surplus) - _SURPLUS} more surplus certificates"


def _at_last(attempt: Attempt) -> str:
    """Return a note if the bytes kept are only the last of all bytes received."""
    masked = b"***" in attempt.received  # has another length than what it replaces
    return ", the last" if not masked and len(attempt.received) < min(attempt.size, 4096) else ""


def _everything(verdict: Verdict) -> Iterator[str]:
    """Yield every measure, and every field of each attempt."""
    for metric in verdict.metrics:
        value = fixed(metric.value, metric.measure.unit)
        yield f"{metric.measure.name} {value}{metric.measure.unit}, {STATES[metric.state]}"
    outcome = verdict.outcome
    yield f"elapsed {outcome.elapsed:.6f} s, loop lag {outcome.lag:.6f} s"
    for attempt in outcome.listed:
        # The received bytes are printed above. Here they could fill the 4 KiB of output that Nagios reads.
        shown = attempt.replace(received=b"", captured=(), legs=(), secured=None)
        yield clean(f"every field, times in seconds: {_spelled(shown)}", 1500)


def _spelled(value: object) -> str:
    """Return a value in words: the fields of a noun that are known, each with its name; fields of nouns in parentheses."""
    if isinstance(value, Value):
        fields = ((name, getattr(value, name)) for name in type(value).FIELDS)
        return ", ".join(
            f"{name.replace('_', ' ')} {f'({_spelled(each)})' if isinstance(each, Value) else _spelled(each)}"
            for name, each in fields
            if each is not None and each not in ("", b"", ())
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return plain(value, 6)
    if isinstance(value, bytes):
        return clean(value)
    if isinstance(value, tuple):
        return "; ".join(
            f"({_spelled(each)})" if isinstance(each, (Value, tuple)) else _spelled(each) for each in value
        )
    return str(value)
