# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run a check with nagiosplugin and return the plugin's output; the only module that imports nagiosplugin."""

from __future__ import annotations

import nagiosplugin
from nagiosplugin import state as states

from tcp_health.model.verdict import CRITICAL, OK, UNKNOWN, WARNING, worst
from tcp_health.report.perfdata import perfdata, wanted_items
from tcp_health.report.sentence import prefix, sentences
from tcp_health.runs.repeat import evaluate

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from tcp_health.model.outcome import Attempt
    from tcp_health.model.result import Check, Result
    from tcp_health.report.perfdata import PerfItem

_STATES = {OK: states.Ok, WARNING: states.Warn, CRITICAL: states.Critical, UNKNOWN: states.Unknown}

# The metric for the state of the check as a whole: failures and unsent probes have no number of their own.
_CHECK = "check"


class CheckResource(nagiosplugin.Resource):  # type: ignore[misc]  # the library has no annotations
    """nagiosplugin's resource: it runs the check and keeps its result."""

    def __init__(
        self, check: Check, on_attempt: Callable[[Attempt], None] | None = None, network: Any = None
    ) -> None:
        self.check = check
        self._on_attempt = on_attempt
        self._network = network
        self.result: Result | None = None

    @property
    def name(self) -> str:
        """The name with which the library would begin the first line."""
        return self.check.options.service

    def probe(self) -> Iterator[nagiosplugin.Metric]:
        """Run the check; yield a metric for the check as a whole, and one for each known measure."""
        self.result = evaluate(
            self.check, network=self._network, on_attempt=self._on_attempt, keep_interrupted=True
        )
        verdict = self.result.verdict
        yield nagiosplugin.Metric(_CHECK, verdict.base)
        for metric in verdict.metrics:
            yield nagiosplugin.Metric(
                metric.measure.name, metric.value, metric.measure.unit, context="measure"
            )


class VerdictContext(nagiosplugin.Context):  # type: ignore[misc]  # the library has no annotations
    """Evaluation: take the state and perfdata of each metric from the verdict."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._items: dict[str, PerfItem] | None = None

    def evaluate(self, metric: nagiosplugin.Metric, resource: CheckResource) -> nagiosplugin.Result:
        """Return the metric's state, as the core has judged it."""
        state = metric.value
        if metric.name != _CHECK and resource.result is not None:
            metrics = resource.result.verdict.metrics
            state = next(each.state for each in metrics if each.measure.name == metric.name)
        return nagiosplugin.Result(_STATES[state], metric=metric)

    def performance(
        self, metric: nagiosplugin.Metric, resource: CheckResource
    ) -> nagiosplugin.Performance | None:
        """Return the metric's perfdata in fixed point, or None when the output leaves it out."""
        if self._items is None and resource.result is not None:
            items = perfdata(resource.result)
            self._items = {item.label: item for item in items}
        item = (self._items or {}).get(metric.name)
        if item is None:
            return None
        return nagiosplugin.Performance(
            item.label, item.value, item.unit, item.warning, item.critical, item.minimum, item.maximum
        )


class RankedResults(nagiosplugin.Results):  # type: ignore[misc]  # the library has no annotations
    """Results ranked by the core's order of states; the library ranks UNKNOWN above CRITICAL."""

    @property
    def most_significant_state(self) -> Any:
        """The worst state by the core's order. Raises ValueError without results."""
        if not self.results:
            raise ValueError("no results")
        return _STATES[worst(result.state.code for result in self.results)]


class VerdictSummary(nagiosplugin.Summary):  # type: ignore[misc]  # the library has no annotations
    """Presentation: the sentence on the first line."""

    def __init__(self, resource: CheckResource) -> None:
        self._resource = resource

    def ok(self, results: Any) -> str:  # noqa: ARG002 - the library's signature; the verdict has more than the results
        """Return the sentence on the first line."""
        return self.lines()[0]

    problem = ok

    def lines(self) -> list[str]:
        """Return the sentence on the first line and the lines that always follow it."""
        result = self._resource.result
        return [""] if result is None else sentences(result)


def carry_out(
    check: Check,
    *,
    notes: Sequence[str] = (),
    settings: Sequence[str] = (),
    on_attempt: Callable[[Attempt], None] | None = None,
    show: Callable[[Result], str] | None = None,
    network: Any = None,
) -> tuple[str, int]:
    """Run a check; return the plugin's whole output without the last newline, and the exit code.

    notes       lines to print after the first lines; the check may add some
    settings    the settings in force, for the long output
    on_attempt  called with each attempt of a repeated check when it ends
    show        returns the output of a terminal; the notes, the settings and the perfdata are then not printed here
    network     what the check uses instead of the real network
    """
    long_output = _import_long_output(check)
    resource = CheckResource(check, on_attempt, network)
    summary = VerdictSummary(resource)
    controller = nagiosplugin.Check(
        resource,
        VerdictContext(_CHECK),
        VerdictContext("measure"),
        summary,
        RankedResults(),
    )
    controller()
    result = resource.result
    if result is None:
        raise RuntimeError("nagiosplugin has not run the check")
    if show is not None:
        return show(result), controller.exitcode
    first, *below = summary.lines()
    # The library would sort the perfdata by name. Ours keeps the order in which a check measures them.
    items = [str(each.metric.performance() or "") for each in controller.results.results]
    line = f"{prefix(result)} - {first}"
    if wanted_items(check.options) != "none":
        line += f"|{' '.join(filter(None, items))}"
    return "\n".join((line, *below, *notes, *long_output(result, settings))), controller.exitcode


def _import_long_output(check: Check) -> Callable[[Result, Sequence[str]], list[str]]:
    """Return the function that makes the long output; its module is imported only if the check asks for any.

    This happens before the check: afterwards the system may have no descriptor left to read the module with.
    """
    if not check.options.explain and not check.options.verbose:
        return lambda _result, _settings: []
    from tcp_health.report.details import long_output

    return long_output


class SummaryResource(nagiosplugin.Resource):  # type: ignore[misc]  # the library has no annotations
    """nagiosplugin's resource for a result that is known already: a state, and perfdata items."""

    def __init__(self, name: str, state: int, items: Sequence[tuple[str, ...]]) -> None:
        self._name = name
        self.state = state
        self.items = items

    @property
    def name(self) -> str:
        """The name with which the library would begin the first line."""
        return self._name

    def probe(self) -> Iterator[nagiosplugin.Metric]:
        """Yield a metric for the state, and one for each item."""
        yield nagiosplugin.Metric(_CHECK, self.state)
        for item in self.items:
            yield nagiosplugin.Metric(item[0], item, context="item")


class SummaryContext(nagiosplugin.Context):  # type: ignore[misc]  # the library has no annotations
    """Evaluation of a SummaryResource: the state as given; an item has its own perfdata and no state."""

    def evaluate(self, metric: nagiosplugin.Metric, resource: SummaryResource) -> nagiosplugin.Result:
        """Return the given state."""
        return nagiosplugin.Result(_STATES[resource.state], metric=metric)

    def performance(
        self,
        metric: nagiosplugin.Metric,
        resource: SummaryResource,  # noqa: ARG002 - the library's signature
    ) -> nagiosplugin.Performance | None:
        """Return an item as perfdata."""
        return None if metric.name == _CHECK else nagiosplugin.Performance(*metric.value)


def summarized(
    service: str, state: int, sentence: str, items: Sequence[tuple[str, ...]], lines: Sequence[str]
) -> str:
    """Return the output of a plugin whose result is known, without the last newline.

    items   perfdata: label, value, unit, warning, critical, minimum, maximum
    lines   the long output
    """
    controller = nagiosplugin.Check(
        SummaryResource(service, state, items),
        SummaryContext(_CHECK),
        SummaryContext("item"),
        RankedResults(),
    )
    controller()
    word = str(_STATES[controller.exitcode]).upper()
    shown = [str(each.metric.performance() or "") for each in controller.results.results]
    return "\n".join((f"{service} {word} - {sentence}|{' '.join(filter(None, shown))}", *lines))
