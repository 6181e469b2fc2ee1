# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdict → nagiosplugin's objects → the plugin's text and exit code; nothing else imports nagiosplugin."""

from __future__ import annotations

import nagiosplugin
from nagiosplugin import state as states

from tcp_health.judge import CRITICAL, OK, UNKNOWN, WARNING, worst
from tcp_health.report import long_output, perfdata, prefix, sentences
from tcp_health.rounds import evaluate

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from tcp_health.judge import Verdict
    from tcp_health.model import Attempt
    from tcp_health.report import PerfItem
    from tcp_health.rounds import Rounds
    from tcp_health.settings import Check

_STATES = {OK: states.Ok, WARNING: states.Warn, CRITICAL: states.Critical, UNKNOWN: states.Unknown}

# The metric of what is no number: the failures, and the probes that were not sent.
_CHECK = "check"


class Probing(nagiosplugin.Resource):  # type: ignore[misc]  # the library has no annotations
    """Acquisition: carries out the check."""

    def __init__(
        self, check: Check, tell: Callable[[Attempt], None] | None = None, network: Any = None
    ) -> None:
        self.check = check
        self._tell = tell
        self._network = network
        self.verdict: Verdict | None = None
        self.rounds: Rounds | None = None

    @property
    def name(self) -> str:
        """What the library would begin the first line with."""
        return self.check.service

    def probe(self) -> Iterator[nagiosplugin.Metric]:
        """Every measure that is known, and one for what is no number."""
        self.verdict, self.rounds = evaluate(self.check, network=self._network, tell=self._tell)
        yield nagiosplugin.Metric(_CHECK, self.verdict.base)
        for metric in self.verdict.metrics:
            yield nagiosplugin.Metric(
                metric.measure.name, metric.value, metric.measure.unit, context="measure"
            )


class Judgement(nagiosplugin.Context):  # type: ignore[misc]  # the library has no annotations
    """Evaluation: asks the verdict, for a measure and for the check as a whole."""

    def __init__(self, name: str, only_time: bool) -> None:
        super().__init__(name)
        self._only_time = only_time
        self._items: dict[str, PerfItem] | None = None

    def evaluate(self, metric: nagiosplugin.Metric, resource: Probing) -> nagiosplugin.Result:
        """The state that the core's judgement gave to this metric."""
        verdict = resource.verdict
        state = metric.value
        if metric.name != _CHECK and verdict is not None:
            state = next(each.state for each in verdict.metrics if each.measure.name == metric.name)
        return nagiosplugin.Result(_STATES[state], metric=metric)

    def performance(self, metric: nagiosplugin.Metric, resource: Probing) -> nagiosplugin.Performance | None:
        """The metric's perfdata item in fixed point, where the line has it."""
        if self._items is None and resource.verdict is not None:
            items = perfdata(resource.verdict, resource.check, only_time=self._only_time)
            self._items = {item.label: item for item in items}
        item = (self._items or {}).get(metric.name)
        if item is None:
            return None
        return nagiosplugin.Performance(
            item.label, item.value, item.unit, item.warning, item.critical, item.minimum, item.maximum
        )


class RankedResults(nagiosplugin.Results):  # type: ignore[misc]  # the library has no annotations
    """Results in the core's order of states: the library ranks UNKNOWN above CRITICAL."""

    @property
    def most_significant_state(self) -> Any:
        """The worst state by the core's order; ValueError where there is no result."""
        if not self.results:
            raise ValueError("no results")
        return _STATES[worst(result.state.code for result in self.results)]


class Words(nagiosplugin.Summary):  # type: ignore[misc]  # the library has no annotations
    """Presentation: the first line's sentence."""

    def __init__(self, resource: Probing) -> None:
        self._resource = resource

    def ok(self, results: Any) -> str:  # noqa: ARG002 - the library hands them over; the verdict knows more
        """The sentence of the first line."""
        return self.lines()[0]

    problem = ok

    def lines(self) -> list[str]:
        """The sentence of the first line, and those that always stand below it."""
        resource = self._resource
        if resource.verdict is None:
            return [""]
        return sentences(resource.verdict, resource.check, resource.rounds)


def carry_out(
    check: Check,
    *,
    only_time: bool = False,
    notes: tuple[str, ...] = (),
    tell: Callable[[Attempt], None] | None = None,
    network: Any = None,
) -> tuple[str, int]:
    """Carry out a check; returns the plugin's whole output, without a last newline, and the exit code."""
    resource = Probing(check, tell, network)
    words = Words(resource)
    controller = nagiosplugin.Check(
        resource, Judgement(_CHECK, only_time), Judgement("measure", only_time), words, RankedResults()
    )
    controller()
    verdict = resource.verdict
    if verdict is None:
        raise RuntimeError("the check has not been carried out")
    first, *below = words.lines()
    # The library sorts its perfdata; graphs want the order in which a check learns them.
    items = [str(result.metric.performance() or "") for result in controller.results.results]
    line = f"{prefix(verdict, check)} - {first}|{' '.join(filter(None, items))}"
    return "\n".join((line, *below, *notes, *long_output(verdict, check))), controller.exitcode
