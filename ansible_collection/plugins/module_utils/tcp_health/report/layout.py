# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Lay out a result for a person: the sentences, then a row for each fact. A terminal shows it; the perfdata is not in it."""

from __future__ import annotations

from ..judgement.measures import STATISTICS
from ..model.value import Value
from ..model.verdict import OK, STATES
from ..text.clean import clean
from ..text.units import duration
from .expiry import in_days
from .sentence import output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model.result import Result
    from ..model.verdict import Metric

# The phases in the order in which they happen, then what is measured over all of them.
_PHASES = ("resolve", "connect", "tls", "first_byte", "time", "rtt", "retransmits")

# In the order of ping's last line.
_PING = ("min", "mean", "max", "mdev")


class Row(Value):
    """A fact.

    label    what it is
    number   a number with its unit, to be aligned with others, or ""
    text     the text after it
    state    the state that is a word of the text, or ""
    whole    whether the text is a command: in two lines it could not be copied
    """

    label: str
    number: str = ""
    text: str = ""
    state: str = ""
    whole: bool = False


def headlines(result: Result) -> list[str]:
    """Return the first line and the lines that always follow it, with the response time in a unit that fits it."""
    first, *rest = output(result)
    time = next((each.value for each in result.verdict.metrics if each.measure.name == "time"), 0.0)
    # check_tcp's phrase has three decimals, and prints most times as 0.000.
    first = first.replace(f" {time:.3f} second response time", f" {duration(time)} response time", 1)
    return [first, *rest]


def rows(result: Result) -> Iterator[Row]:
    """Yield the facts of a result that its sentences leave out: the evidence, the phases or statistics, the certificate."""
    verdict, fault = result.verdict, result.fault
    # The long output lists the evidence itself.
    if fault is not None and not result.check.options.verbose and not result.check.options.explain:
        for each in fault.evidence:
            yield Row("evidence", text=clean(each, 300))
        if fault.next:
            yield Row("next", text=clean(fault.next, 300), whole=True)
    metrics = {each.measure.name: each for each in verdict.metrics}
    certificate = metrics.pop("certificate_days", None)
    if verdict.outcome.probe.recipe.count > 1:
        yield from _counted(result, metrics)
    for name in _PHASES:
        if name in metrics:
            yield _row(metrics.pop(name), verdict.outcome.probe.recipe.count > 1)
    for metric in metrics.values():
        yield _row(metric)
    yield from _secured(result, certificate)


def _counted(result: Result, metrics: dict[str, Metric]) -> Iterator[Row]:
    """Yield the statistics of a count, as ping prints them; remove their metrics, but for those with a threshold."""
    outcome = result.outcome
    good = sum(each.failure is None for each in outcome.finals)
    text = f"{outcome.sent} sent, {good} ok"
    failed = metrics.pop("failed", None)
    if failed is not None:
        text += f", {outcome.sent - good} failed ({_number(failed)})"
    if result.verdict.unsent:
        text += f", {result.verdict.unsent} not sent"
    yield _judged(failed, Row("probes", text=text))
    loss = metrics.pop("loss", None)
    if loss is not None:
        yield _judged(loss, Row("loss", text=f"{_number(loss)} of the SYNs"))
    for name in ("connect", "rtt"):
        known = {end: metrics[f"{name}_{end}"] for end in STATISTICS if f"{name}_{end}" in metrics}
        if len(known) < len(STATISTICS):
            continue
        figures = {end: f"{metric.value * 1e3:.3f}" for end, metric in known.items()}
        words = "/".join("avg" if end == "mean" else end for end in _PING)
        yield Row(name, text=f"{words} = {'/'.join(figures[end] for end in _PING)} ms")
        yield Row(name, text=f"median {figures['median']} ms, p95 {figures['p95']} ms")
        for end, metric in known.items():
            if metric.warning is None and metric.critical is None:
                del metrics[f"{name}_{end}"]


def _row(metric: Metric, mean: bool = False) -> Row:
    """Return the row of a measure. mean: whether its value is the mean of all probes."""
    text = "mean" if mean and metric.measure.unit == "s" else ""
    return _judged(metric, Row(metric.measure.name.replace("_", " "), _number(metric), text))


def _judged(metric: Metric | None, row: Row) -> Row:
    """Return a row with the thresholds of its measure, and with the state that they lead to unless that is OK."""
    if metric is None:
        return row
    levels = (("warning", metric.warning), ("critical", metric.critical))
    limits = ", ".join(f"{word} {each.text}" for word, each in levels if each is not None)
    state = STATES[metric.state] if metric.state != OK else ""
    parts = row.text, state, limits and f"({limits})"
    return row.replace(text=" ".join(filter(None, parts)), state=state)


def _number(metric: Metric) -> str:
    value, unit = metric.value, metric.measure.unit
    if unit == "s":
        return duration(value)
    return f"{value:.3g} %" if unit == "%" else f"{value:.0f}"


def _secured(result: Result, days: Metric | None) -> Iterator[Row]:
    """Yield the parameters of the TLS session, and the end of the certificate that expires first."""
    outcome = result.outcome
    secured = next((each.secured for each in reversed(outcome.finals) if each.secured is not None), None)
    if secured is not None:
        session = f"{secured.protocol} {secured.cipher}, {secured.verification.replace('_', ' ')}"
        yield Row("session", text=clean(session, 300))
    certificate = outcome.first_to_expire()
    if certificate is None:
        return
    from ..wire.certificate import day, days_left  # a plain check has no certificate

    left = days_left(certificate.not_after, outcome.at)
    date = day(certificate.not_after)
    end = f"expired {in_days(-left)} ago, on {date}" if left < 0 else f"expires in {in_days(left)}, on {date}"
    name = clean(certificate.name, 100)
    yield _judged(days, Row("certificate", text=f"{name}, {end}" if name else end))
