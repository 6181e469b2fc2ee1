# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Make the perfdata."""

from __future__ import annotations

from ..judgement.measures import applicable
from ..model.value import Value
from ..text.units import fixed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.result import Options, Result
    from ..model.verdict import Metric


class PerfItem(Value):
    """A perfdata item: label, value and thresholds in fixed point, unit of measure, minimum and maximum."""

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


def perfdata(result: Result) -> tuple[PerfItem, ...]:
    """Return the perfdata items that the check asks for in the order of the measures, up to the first unknown one.

    A failure shortens the line at its end and never shifts an item, so that graphs keep their data sources.
    """
    verdict, check = result.verdict, result.check
    wanted = wanted_items(check.options)
    if wanted == "none":
        return ()
    known = {metric.measure.name: metric for metric in verdict.metrics}
    items = []
    for measure in applicable(verdict.outcome.probe, frozenset(verdict.policy.thresholds)):
        metric = known.get(measure.name)
        if metric is None or (wanted == "time" and measure.name != "time"):
            break
        items.append(perf_item(metric, check.probe.recipe.timeout))
    return tuple(items)


def wanted_items(options: Options) -> str:
    """Return which items an output has, as a value of --perfdata: check_tcp has no JSON, so its names mean nothing there."""
    return options.perfdata or ("time" if options.as_check_tcp and options.output == "text" else "full")


def perf_item(metric: Metric, timeout: float) -> PerfItem:
    """Return a metric as a perfdata item; the maximum of the time is the timeout, as in check_tcp."""
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
