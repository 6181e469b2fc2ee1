# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Outcome and Policy → Verdict; the one order of states."""

from __future__ import annotations

from .measures import DAY, applicable, first_to_expire, measure
from .model import CERTIFICATE_CAUSES, LOCAL_CAUSES, Cause, Value, _set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .diagnosis import Fault
    from .measures import Measure
    from .model import Attempt, Outcome
    from .ranges import Range

OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3

STATES = {OK: "OK", WARNING: "WARNING", CRITICAL: "CRITICAL", UNKNOWN: "UNKNOWN"}
"""The states of the plugin guidelines: exit code and word."""

# The order in which the C plugins let the parts of one check outrank each other: a known problem before a
# missing answer. nagiosplugin ranks UNKNOWN above CRITICAL, and so would hide an outage behind a local lack.
_RANK = {OK: 0, UNKNOWN: 1, WARNING: 2, CRITICAL: 3}


def worst(states: Iterable[int]) -> int:
    """The state that stands for several: CRITICAL, then WARNING, then UNKNOWN, then OK."""
    return max(states, key=_RANK.__getitem__, default=OK)


# Measures whose thresholds count whatever became of the dialogue: no answer makes a certificate last longer.
_APART = frozenset({"certificate_days"})


PORT_STATES = {
    "open": frozenset(("open",)),
    "refused": frozenset(("refused",)),
    "rejected": frozenset(("rejected",)),
    "closed": frozenset(("refused", "rejected")),
    "filtered": frozenset(("filtered",)),
    "client-certificate-required": frozenset(("client-certificate-required",)),
    "alive": frozenset(("open", "refused")),
}
"""What --expect-state takes, and the states of a port (model.Attempt.port_state) that satisfy it."""


# Causes with which somebody else may have answered; whose dates are wrong is still himself.
_FORGED = (CERTIFICATE_CAUSES | {Cause.TLS_INJECTION}) - {
    Cause.CERTIFICATE_EXPIRED,
    Cause.CERTIFICATE_NOT_YET_VALID,
}


class Policy(Value):
    """What a user holds against the facts: thresholds by measure as (warning, critical), states by cause."""

    __slots__ = ("expect_state", "on_local", "on_mismatch", "on_refused", "on_timeout", "thresholds")
    thresholds: Mapping[str, tuple[Range | None, Range | None]]
    on_refused: int
    on_mismatch: int
    on_timeout: int
    on_local: int
    expect_state: str

    def __init__(
        self,
        thresholds: Mapping[str, tuple[Range | None, Range | None]] | None = None,
        *,
        on_refused: int = CRITICAL,
        on_mismatch: int = WARNING,
        on_timeout: int = CRITICAL,
        on_local: int = UNKNOWN,
        expect_state: str = "open",
    ) -> None:
        if expect_state not in PORT_STATES:
            raise ValueError(f"no port can be expected to be {expect_state!r}")
        for state in (on_refused, on_mismatch, on_timeout, on_local):
            if state not in STATES:
                raise ValueError(f"there is no state {state!r}")
        _set(self, "thresholds", dict(thresholds or {}))
        _set(self, "on_refused", on_refused)
        _set(self, "on_mismatch", on_mismatch)
        _set(self, "on_timeout", on_timeout)
        _set(self, "on_local", on_local)
        _set(self, "expect_state", expect_state)

    def is_bad(self, attempt: Attempt) -> bool:
        """Whether an attempt is to be told: it failed, or the port is open and should not be."""
        return attempt.failure is not None or "open" not in PORT_STATES[self.expect_state]

    def of_failure(self, attempt: Attempt) -> int:
        """The state that an attempt's failure leads to; OK where it has none, or the one that was expected."""
        cause = attempt.cause
        if self.expect_state != "open" and attempt.port_state is not None:
            return OK if attempt.port_state in PORT_STATES[self.expect_state] else CRITICAL
        if cause is None:
            return OK
        if cause == Cause.REFUSED:
            # A refusal that -r speaks of is TCP's alone; a unix socket's address has family 0.
            tcp = attempt.address is None or attempt.address.family != 0
            return self.on_refused if tcp else CRITICAL
        if cause == Cause.MISMATCH:
            return self.on_mismatch
        if cause in (Cause.TIMED_OUT, Cause.RESOLVER_SILENT):
            return self.on_timeout
        return self.on_local if cause in LOCAL_CAUSES else CRITICAL


class Metric(Value):
    """A measure with its value, its thresholds and the state they lead to, as far as thresholds count.

    They count in full where the check succeeded; a failure decides alone, but for a mismatch, which only
    CRITICAL outranks (`counting` holds the states that count).
    """

    __slots__ = ("critical", "measure", "state", "value", "warning")
    measure: Measure
    value: float
    warning: Range | None
    critical: Range | None
    state: int

    def __init__(
        self,
        measure: Measure,
        value: float,
        warning: Range | None = None,
        critical: Range | None = None,
        counting: tuple[int, ...] = (WARNING, CRITICAL),
    ) -> None:
        state = OK
        if critical is not None and CRITICAL in counting and critical.alerts(value):
            state = CRITICAL
        elif warning is not None and WARNING in counting and warning.alerts(value):
            state = WARNING
        _set(self, "measure", measure)
        _set(self, "value", value)
        _set(self, "warning", warning)
        _set(self, "critical", critical)
        _set(self, "state", state)


class Verdict(Value):
    """The judgement: a state, the metrics with theirs, and what else decided.

    metrics   every measure that is known, in the table's order
    failing   the attempt whose failure is to be told, or None
    base      the state that failures and unsent probes lead to, thresholds apart
    unsent    probes of the count that time left unbegun
    fault     where the problem is, or None where there is none, or nobody has looked (diagnosis.py); never a reason
              for the state
    """

    __slots__ = ("base", "failing", "fault", "metrics", "outcome", "policy", "state", "unsent")
    state: int
    base: int
    metrics: tuple[Metric, ...]
    outcome: Outcome
    policy: Policy
    failing: Attempt | None
    unsent: int
    fault: Fault | None

    def __init__(
        self, state: int, base: int, metrics: tuple[Metric, ...], outcome: Outcome, policy: Policy,
        failing: Attempt | None, unsent: int, fault: Fault | None = None,
    ) -> None:  # fmt: skip
        _set(self, "state", state)
        _set(self, "base", base)
        _set(self, "metrics", metrics)
        _set(self, "outcome", outcome)
        _set(self, "policy", policy)
        _set(self, "failing", failing)
        _set(self, "unsent", unsent)
        _set(self, "fault", fault)


def judge(outcome: Outcome, policy: Policy) -> Verdict:
    """Decide the state of an outcome. Pure: the same facts and policy give the same verdict."""
    values = measure(outcome)
    failing, base = _failures(outcome, policy)
    counting = _counting(outcome, policy, failing)
    metrics = tuple(
        Metric(
            each,
            values[each.name],
            *_thresholds(outcome, policy, each.name),
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


def is_blind(outcome: Outcome, policy: Policy) -> bool:
    """Whether days are to be counted and there is no certificate to count them of: CRITICAL for check_tcp, too.

    A cipher that authenticates nobody does without one.
    """
    if "certificate_days" not in policy.thresholds:
        return False
    good = any(attempt.failure is None for attempt in outcome.finals)
    return good and first_to_expire(outcome) is None


def _thresholds(outcome: Outcome, policy: Policy, name: str) -> tuple[Range | None, Range | None]:
    """A measure's thresholds, in its own unit."""
    warning, critical = policy.thresholds.get(name, (None, None))
    if not any(each is not None and each.share for each in (warning, critical)):
        return warning, critical
    first = first_to_expire(outcome)
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
    return _RANK[pair[0]]
