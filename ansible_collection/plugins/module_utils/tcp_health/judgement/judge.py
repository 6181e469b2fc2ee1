# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Outcome and Policy → Verdict; the one order of states."""

from __future__ import annotations

from ..model.causes import CERTIFICATE_CAUSES, LOCAL_CAUSES, Cause
from ..model.verdict import CRITICAL, OK, RANK, WARNING, Metric, Verdict, worst
from .measures import DAY, applicable, measure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.outcome import Attempt, Outcome
    from ..model.ranges import Range
    from ..model.verdict import Measure, Policy

# Measures whose thresholds count whatever became of the dialogue: no answer makes a certificate last longer.
_APART = frozenset({"certificate_days"})


# Causes with which somebody else may have answered; whose dates are wrong is still himself.
_FORGED = (CERTIFICATE_CAUSES | {Cause.TLS_INJECTION}) - {
    Cause.CERTIFICATE_EXPIRED,
    Cause.CERTIFICATE_NOT_YET_VALID,
}


def judge(outcome: Outcome, policy: Policy) -> Verdict:
    """Decide the state of an outcome. Pure: the same facts and policy give the same verdict."""
    values = measure(outcome)
    failing, base = _failures(outcome, policy)
    counting = _counting(outcome, policy, failing)
    metrics = tuple(
        _metric(
            each,
            values[each.name],
            _thresholds(outcome, policy, each.name),
            (WARNING, CRITICAL) if each.name in _APART else counting,
        )
        for each in applicable(outcome.probe, frozenset(policy.thresholds))
        if each.name in values
    )
    unsent = outcome.probe.recipe.count - outcome.sent
    base = worst((base, WARNING if unsent else OK, CRITICAL if is_blind(outcome, policy) else OK))
    return Verdict(
        worst((base, *(metric.state for metric in metrics))), base, metrics, outcome, policy, failing, unsent
    )


def _metric(
    measure: Measure,
    value: float,
    thresholds: tuple[Range | None, Range | None],
    counting: tuple[int, ...],
) -> Metric:
    """A measure with the state that its thresholds lead to, as far as they count.

    They count in full where the check succeeded. A failure decides alone, except for a mismatch, which a CRITICAL
    threshold outranks.
    """
    warning, critical = thresholds
    state = OK
    if critical is not None and CRITICAL in counting and critical.alerts(value):
        state = CRITICAL
    elif warning is not None and WARNING in counting and warning.alerts(value):
        state = WARNING
    return Metric(measure, value, warning, critical, state)


def is_blind(outcome: Outcome, policy: Policy) -> bool:
    """Whether days are to be counted and there is no certificate to count them of: CRITICAL for check_tcp, too.

    A cipher that authenticates nobody does without one.
    """
    if "certificate_days" not in policy.thresholds:
        return False
    good = any(attempt.failure is None for attempt in outcome.finals)
    return good and outcome.first_to_expire() is None


def _thresholds(outcome: Outcome, policy: Policy, name: str) -> tuple[Range | None, Range | None]:
    """A measure's thresholds, in its own unit."""
    warning, critical = policy.thresholds.get(name, (None, None))
    if not any(each is not None and each.share for each in (warning, critical)):
        return warning, critical
    first = outcome.first_to_expire()
    days = first.lifetime / DAY if first is not None else 0.0
    return warning and warning.of(days), critical and critical.of(days)


def _counting(outcome: Outcome, policy: Policy, failing: Attempt | None) -> tuple[int, ...]:
    """The states that thresholds may still lead to."""
    everything_failed = all(attempt.failure is not None for attempt in outcome.finals)
    if failing is None or not everything_failed or "failed" in policy.thresholds:
        return WARNING, CRITICAL
    # check_tcp's rule: a CRITICAL time outranks a mismatch, a WARNING one does not change its state.
    return (CRITICAL,) if failing.cause == Cause.MISMATCH else ()


def _failures(outcome: Outcome, policy: Policy) -> tuple[Attempt | None, int]:
    """The failure to tell, and the state that the failures lead to by themselves."""
    finals = outcome.finals
    addresses = outcome.probe.recipe.addresses
    states = [_told(attempt, addresses, policy) for attempt in finals if policy.is_bad(attempt)]
    legs = [
        (policy.of_failure(leg), leg)
        for attempt in finals
        if attempt.failure is None and addresses == "all"
        for leg in attempt.legs
        if leg.failure is not None
    ]
    if not states and not legs:
        return None, OK
    _, failing = max(states or legs, key=_rank)
    if "failed" in policy.thresholds and states:
        return failing, OK
    if states and len(states) == len(finals):
        return failing, worst(state for state, _ in states)
    # Some of several live: that is a warning, unless the user called each of these failures fine.
    fine = all(state == OK for state, _ in (*states, *legs))
    # Whoever answers there as somebody else, or between us and the service, is no matter of how many do.
    forged = [pair for pair in (*states, *legs) if pair[1].cause in _FORGED and pair[0] != OK]
    if forged:
        return max(forged, key=_rank)[1], max(forged, key=_rank)[0]
    return failing, OK if fine else WARNING


def _told(attempt: Attempt, addresses: str, policy: Policy) -> tuple[int, Attempt]:
    """The state of a failed attempt, and the failure to tell: with several addresses the worst of theirs."""
    legs = [attempt, *(leg for leg in attempt.legs if leg.failure is not None)]
    if addresses == "any":
        # What the prober lacks for one address says nothing where another could be asked.
        legs = [leg for leg in legs if leg.cause not in LOCAL_CAUSES] or legs
    return max(((policy.of_failure(leg), leg) for leg in legs), key=_rank)


def _rank(pair: tuple[int, Attempt]) -> int:
    return RANK[pair[0]]
