# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Make lines and rows from what a watch observes: a probe, the end of an outage, the statistics of a target."""

from __future__ import annotations

from time import localtime, strftime

from ..model.target import is_literal
from ..model.verdict import OK, STATES
from ..text.clean import clean
from ..text.units import utc
from .sentence import fault_words, output, sentences

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..model.observation import Observation, Outage, Spread, Summary
    from ..model.outcome import Attempt
    from ..model.result import Check
    from ..model.target import Target

PHASES = ("resolve", "connect", "tls", "first_byte", "time", "rtt")
"""The durations of a row."""

COLUMNS = (
    "at", "target", "number", "address", "state", "failed", "cause", "phase", *PHASES, "retransmits", "output", "fault",
    "outage", "outage_began", "outage_probes", "state_before",
)  # fmt: skip
"""The keys of a row, in the order of the columns of CSV."""

# Numbers below a limit have so many decimals; one that is rounded to 100.0 has none.
_DECIMALS = (0.9995, 3), (9.995, 2), (99.95, 1)

# The letters of the longest name of a duration, and those of a date.
_NAME, _DAY = 10, 10


def clock(at: float, *, date: bool = True) -> str:
    """Return a wall clock time as local time with milliseconds, with or without the date."""
    whole = int(at)
    text = strftime("%Y-%m-%d %H:%M:%S" if date else "%H:%M:%S", localtime(whole))
    return f"{text}.{int((at - whole) * 1000):03}"


def probe_line(seen: Observation, *, date: bool = True) -> str:
    """Return the line of a probe, without the word of its state: the time, the target, and what the probe has shown."""
    result = seen.result
    outcome = result.outcome
    attempt = outcome.attempts[-1]
    target = outcome.probe.target
    begin = f"{clock(outcome.at, date=date)} {clean(target.text)}"
    address = attempt.address
    if address is not None and address.family and address.text != target.host:
        begin += f" ({clean(address.text)})"
    if result.state != OK:
        # The target is on the line already.
        known = f"connect to address {clean(str(target.host))} and port {target.port}: "
        return f"{begin} {STATES[result.state]} {sentences(result)[0].removeprefix(known)}"
    parts = [
        f"{name.replace('_', ' ')} {milliseconds(value)}"
        for name, value in _times(attempt, looked_up=_is_name(target))
    ]
    if attempt.retransmits:
        parts.append(f"{attempt.retransmits} SYN retransmitted")
    if attempt.failure is not None:  # the failure that was expected
        parts.insert(0, sentences(result)[0])
    return f"{begin} {', '.join(parts)}"


def _times(attempt: Attempt, *, looked_up: bool) -> list[tuple[str, float]]:
    """Return the durations of a line, that of the name lookup only if there was one."""
    return [
        (name, value)
        for name in PHASES
        if (value := getattr(attempt, name)) is not None and (name != "resolve" or looked_up)
    ]


def _is_name(target: Target) -> bool:
    """Whether a probe of this target looks up a name."""
    return target.host is not None and target.address is None and not is_literal(target.host)


def outage_line(seen: Observation, *, date: bool = True) -> str:
    """Return the line for the end of an outage, or ""."""
    outage = seen.outage
    if outage is None:
        return ""
    outcome = seen.result.outcome
    return (
        f"{clock(outcome.at, date=date)} {clean(outcome.probe.target.text)} answers again after {outage.seconds:.3f} s,"
        f" {_probes(outage.probes)} failed"
    )


def milliseconds(value: float) -> str:
    """Return a duration in milliseconds with three digits: `0.412 ms`, `12.3 ms`, `1204 ms`."""
    return f"{_three(value * 1000)} ms"


def _three(number: float) -> str:
    """Return a number with three digits: `0.412`, `1.20`, `12.3`, `1204`."""
    decimals = next((decimals for limit, decimals in _DECIMALS if number < limit), 0)
    return f"{number:.{decimals}f}"


def _probes(number: int) -> str:
    return f"{number} probe{'' if number == 1 else 's'}"


def row(seen: Observation) -> dict[str, Any]:
    """Return a probe as plain data with the keys of COLUMNS. Times are in seconds, unknown facts are None."""
    result = seen.result
    outcome, verdict = result.outcome, result.verdict
    attempt = outcome.attempts[-1]
    failing = verdict.failing
    cause = failing.cause if failing is not None else None
    outage = seen.outage
    return {
        "at": utc(outcome.at),
        "target": clean(outcome.probe.target.text),
        "number": seen.number,
        "address": clean(attempt.address.text) if attempt.address is not None else None,
        "state": STATES[result.state],
        "failed": seen.failed,
        "cause": cause,
        "phase": failing.phase if failing is not None and cause is not None else None,
        **{name: _rounded(getattr(attempt, name)) for name in PHASES},
        "retransmits": attempt.retransmits,
        "output": output(result)[0],
        "fault": fault_words(result.fault) if result.fault is not None else None,
        "outage": _rounded(outage.seconds) if outage is not None else None,
        "outage_began": utc(outage.began) if outage is not None else None,
        "outage_probes": outage.probes if outage is not None else None,
        "state_before": STATES[seen.before] if seen.before is not None else None,
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)


def summary_lines(check: Check, summary: Summary) -> list[str]:
    """Return the statistics of a target as lines."""
    lines = [f"--- {clean(check.probe.target.text)}, {summary.seconds:.1f} s ---"]
    if not summary.sent:
        return [*lines, "no probe has ended yet"]
    counts = [_probes(summary.sent), f"{summary.failed} failed{_share(summary.failed, summary.sent)}"]
    if summary.breached:
        counts.append(f"{summary.breached} over a threshold")
    if summary.syns:
        counts.append(f"{summary.lost} of {summary.syns} SYNs lost{_share(summary.lost, summary.syns)}")
    lines.append(", ".join(counts))
    lines.extend(_table(summary.spreads))
    if summary.longest is not None:
        number = f"{summary.outages} outage{'' if summary.outages == 1 else 's'}"
        lines.append(f"{number}, the longest: {_outage_words(summary.longest)}")
    return lines


def _share(part: int, whole: int) -> str:
    return f" ({100 * part / whole:.3g} %)" if part else ""


def _table(spreads: Sequence[Spread]) -> list[str]:
    """Return the durations as a table in milliseconds, which fits a terminal of 80 columns."""
    heads = ("min", "avg", "max", "mdev", "p50", "p95", "p99")
    lines = [" " * _NAME + "".join(f"{head:>9}" for head in heads) + "  ms"]
    for each in spreads:
        values = (each.least, each.mean, each.most, each.mdev, each.median, each.p95, each.p99)
        figures = "".join(f"{_three(1000 * value):>9}" for value in values)
        lines.append(each.name.replace("_", " ").ljust(_NAME) + figures)
    return lines if spreads else []


def _outage_words(outage: Outage) -> str:
    end = outage.began + outage.seconds
    same_day = clock(end)[:_DAY] == clock(outage.began)[:_DAY]
    until = clock(end, date=not same_day) if outage.ended else "now"
    return f"{outage.seconds:.3f} s, {clock(outage.began)} to {until}"


def summary_row(check: Check, summary: Summary) -> dict[str, Any]:
    """Return the statistics of a target as plain data. Times are in seconds."""
    longest = summary.longest
    return {
        "statistics": True,
        "target": clean(check.probe.target.text),
        "state": STATES[summary.state] if summary.state is not None else None,
        "from": utc(summary.began) if summary.sent else None,
        "seconds": round(summary.seconds, 6),
        "sent": summary.sent,
        "failed": summary.failed,
        "breached": summary.breached,
        "syns": summary.syns,
        "syns_lost": summary.lost,
        "durations": {
            each.name: {
                "count": each.count,
                "min": _rounded(each.least),
                "avg": _rounded(each.mean),
                "max": _rounded(each.most),
                "mdev": _rounded(each.mdev),
                "p50": _rounded(each.median),
                "p95": _rounded(each.p95),
                "p99": _rounded(each.p99),
            }
            for each in summary.spreads
        },
        "outages": summary.outages,
        "longest_outage": None if longest is None else {
            "from": utc(longest.began),
            "to": utc(longest.began + longest.seconds) if longest.ended else None,
            "seconds": _rounded(longest.seconds),
            "probes": longest.probes,
        },
    }  # fmt: skip


def environment(seen: Observation) -> dict[str, str]:
    """Return the facts about a change of state as variables for the environment of a command; unknown facts are empty."""
    facts = row(seen)
    target = seen.result.outcome.probe.target
    first, *rest = output(seen.result)
    recovered = seen.result.state == OK
    return {
        "TCP_HEALTH_TARGET": facts["target"],
        "TCP_HEALTH_HOST": clean(target.host or target.path or "", 255),
        "TCP_HEALTH_PORT": str(target.port or ""),
        "TCP_HEALTH_ADDRESS": facts["address"] or "",
        "TCP_HEALTH_STATE": facts["state"],
        "TCP_HEALTH_STATE_BEFORE": facts["state_before"] or "",
        "TCP_HEALTH_AT": facts["at"],
        "TCP_HEALTH_CAUSE": facts["cause"] or "",
        "TCP_HEALTH_PHASE": facts["phase"] or "",
        "TCP_HEALTH_FAULT": facts["fault"] or "",
        "TCP_HEALTH_OUTPUT": first,
        "TCP_HEALTH_LONG_OUTPUT": " ".join(rest),
        "TCP_HEALTH_OUTAGE_SECONDS": f"{seen.last.seconds:.3f}"
        if recovered and seen.last is not None
        else "",
    }
