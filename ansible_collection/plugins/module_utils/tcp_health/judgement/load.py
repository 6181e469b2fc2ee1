# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Keep the load of the monitoring process out of the judgement: thresholds that only its own lag exceeds."""

from __future__ import annotations

from ..model.verdict import CRITICAL, OK, UNKNOWN, WARNING, worst

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.verdict import Metric, Verdict

# A measure is doubtful if the lag is more than this part of it.
_PART = 0.1

# The times that the process measures itself. The kernel measures the round trip, whatever the process does.
_OWN = frozenset(("time", "resolve", "connect", "tls", "first_byte"))


def without_load(verdict: Verdict) -> Verdict:
    """Return the verdict without thresholds that were exceeded while the process was late to read its network events.

    The kernel's round trip then decides about the threshold of the connect. For other times the state of the measure is
    UNKNOWN: ``measured_under_load`` returns their names.
    """
    if not verdict.outcome.lag or not any(_is_doubtful(each, verdict) for each in verdict.metrics):
        return verdict
    rtt = next((each.value for each in verdict.metrics if each.measure.name == "rtt"), None)
    metrics = tuple(
        _corrected(each, rtt) if _is_doubtful(each, verdict) else each for each in verdict.metrics
    )
    state = worst((verdict.base, *(metric.state for metric in metrics)))
    return verdict.replace(state=state, metrics=metrics)


def measured_under_load(verdict: Verdict) -> tuple[str, ...]:
    """Return the names of the measures about which ``without_load`` has not decided."""
    return tuple(
        each.measure.name for each in verdict.metrics if each.state == UNKNOWN and each.measure.name in _OWN
    )


def _is_doubtful(metric: Metric, verdict: Verdict) -> bool:
    if metric.state == OK:
        return False
    name = metric.measure.name
    own = name in _OWN or name.startswith("connect_")
    return own and verdict.outcome.lag > _PART * metric.value


def _corrected(metric: Metric, rtt: float | None) -> Metric:
    if metric.measure.name != "connect" or rtt is None:
        return metric.replace(state=UNKNOWN)
    state = OK
    if metric.critical is not None and metric.critical.alerts(rtt):
        state = CRITICAL
    elif metric.warning is not None and metric.warning.alerts(rtt):
        state = WARNING
    return metric.replace(state=state)
