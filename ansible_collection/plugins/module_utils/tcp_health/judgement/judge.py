# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Outcome and Policy → Verdict: the state of a check."""

from __future__ import annotations

from ..model.causes import CERTIFICATE_CAUSES, LOCAL_CAUSES, Cause
from ..model.verdict import CRITICAL, OK, RANK, WARNING, Metric, Verdict, worst
from .measures import DAY, applicable, measure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.outcome import Attempt, Outcome
    from ..model.ranges import Range
    from ..model.verdict import Measure, Policy

# Measures whose thresholds count also after a failure: no failure changes the dates of a certificate.
_ALWAYS_COUNTED = frozenset({"certificate_days"})

# Causes that can mean that another host answered, or that the connection was altered on the path. An expired
# certificate does not mean that.
_FORGERY = (CERTIFICATE_CAUSES | {Cause.TLS_INJECTION}) - {
    Cause.CERTIFICATE_EXPIRED,
    Cause.CERTIFICATE_NOT_YET_VALID,
}


def judge(outcome: Outcome, policy: Policy) -> Verdict:
    """Decide the state of an outcome. The same facts and policy always give the same verdict."""
    values = measure(outcome)
    failing, base = _failures(outcome, policy)
    counting = _counting(outcome, policy, failing)
    # Most measures have no threshold.
    metrics = tuple(
        [
            _metric(
                each,
                values[each.name],
                _thresholds(outcome, policy, each.name),
                (WARNING, CRITICAL) if each.name in _ALWAYS_COUNTED else counting,
            )
            if each.name in policy.thresholds
            else Metric(each, values[each.name])
            for each in applicable(outcome.probe, frozenset(policy.thresholds))
            if each.name in values
        ]
    )
    # A user who ends a count has seen enough: what was measured decides.
    unsent = 0 if outcome.interrupted else outcome.probe.recipe.count - outcome.sent
    base = worst((base, WARNING if unsent else OK, CRITICAL if lacks_certificate(outcome, policy) else OK))
    state = worst([base, *[metric.state for metric in metrics]])
    return Verdict(state, base, metrics, outcome, policy, failing, unsent)


def _metric(
    measure: Measure,
    value: float,
    thresholds: tuple[Range | None, Range | None],
    counting: tuple[int, ...],
) -> Metric:
    """Return a measure with the state that its thresholds lead to; counting has the states that are possible."""
    warning, critical = thresholds
    state = OK
    if critical is not None and CRITICAL in counting and critical.alerts(value):
        state = CRITICAL
    elif warning is not None and WARNING in counting and warning.alerts(value):
        state = WARNING
    return Metric(measure, value, warning, critical, state)


def lacks_certificate(outcome: Outcome, policy: Policy) -> bool:
    """Whether the expiry of a certificate is to be checked, and the server presented no certificate.

    That is CRITICAL, as in check_tcp. A cipher without authentication needs no certificate.
    """
    if "certificate_days" not in policy.thresholds:
        return False
    good = any(attempt.failure is None for attempt in outcome.finals)
    return good and outcome.first_to_expire() is None


def _thresholds(outcome: Outcome, policy: Policy, name: str) -> tuple[Range | None, Range | None]:
    """Return the thresholds of a measure, in its unit."""
    warning, critical = policy.thresholds[name]
    if not any(each is not None and each.share for each in (warning, critical)):
        return warning, critical
    first = outcome.first_to_expire()
    days = first.lifetime / DAY if first is not None else 0.0
    return warning and warning.of(days), critical and critical.of(days)


def _counting(outcome: Outcome, policy: Policy, failing: Attempt | None) -> tuple[int, ...]:
    """Return the states that thresholds can lead to.

    After a failure of every attempt, the failure alone decides the state. A mismatch is the exception.
    """
    everything_failed = all(attempt.failure is not None for attempt in outcome.finals)
    if failing is None or not everything_failed or "failed" in policy.thresholds:
        return WARNING, CRITICAL
    # As in check_tcp: a time above the critical threshold outranks a mismatch, one above the warning threshold does not.
    return (CRITICAL,) if failing.cause == Cause.MISMATCH else ()


def _failures(outcome: Outcome, policy: Policy) -> tuple[Attempt | None, int]:
    """Return the failure to report, and the state that the failures lead to without thresholds."""
    finals = outcome.finals
    addresses = outcome.probe.recipe.addresses
    states = [_reported(attempt, addresses, policy) for attempt in finals if policy.is_bad(attempt)]
    legs = [
        (policy.of_failure(leg), leg)
        for attempt in finals
        if attempt.failure is None and addresses == "all"
        for leg in attempt.legs
        if leg.failure is not None
    ]
    if not states and not legs:
        return None, OK
    _unused0, failing = max(states or legs, key=_rank)
    if "failed" in policy.thresholds and states:
        return failing, OK
    if states and len(states) == len(finals):
        return failing, worst(state for state, _unused1 in states)
    # Some attempts succeeded: that is WARNING, unless the policy accepts each of these failures.
    accepted = all(state == OK for state, _unused1 in (*states, *legs))
    # A failure of this kind decides the state even if the other attempts succeeded.
    forged = [pair for pair in (*states, *legs) if pair[1].cause in _FORGERY and pair[0] != OK]
    if forged:
        return max(forged, key=_rank)[1], max(forged, key=_rank)[0]
    return failing, OK if accepted else WARNING


def _reported(attempt: Attempt, addresses: str, policy: Policy) -> tuple[int, Attempt]:
    """Return the state of a failed attempt and the failure to report: the worst one of several addresses."""
    if not attempt.legs:
        return policy.of_failure(attempt), attempt
    legs = [attempt, *(leg for leg in attempt.legs if leg.failure is not None)]
    if addresses == "any":
        # A problem of the monitoring host with one address does not matter if another address could be tried.
        legs = [leg for leg in legs if leg.cause not in LOCAL_CAUSES] or legs
    return max(((policy.of_failure(leg), leg) for leg in legs), key=_rank)


def _rank(pair: tuple[int, Attempt]) -> int:
    return RANK[pair[0]]
