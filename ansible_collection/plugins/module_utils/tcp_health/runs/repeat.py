# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Carry out one check or many: judge and explain each, and repeat those with --wait."""

from __future__ import annotations

from ..engine.engine import run
from ..engine.pace import TLS_LIMIT
from ..judgement.judge import judge
from ..model.result import Result, Rounds
from ..model.verdict import DOMAINS, OK, PORT_STATES, Fault

# As in engine/engine.py.
try:
    from _heapq import heappop, heappush
except ImportError:  # pragma: no cover - CPython and PyPy have it
    from heapq import heappop, heappush

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from typing import Any

    from ..conversation.doors import Network
    from ..model.outcome import Attempt, Outcome
    from ..model.recipe import Probe
    from ..model.result import Check
    from ..model.verdict import Policy, Verdict

_NEVER = float("inf")

# A check that expects silence needs the time of three SYNs: Linux sends them after 0, 1 and 3 s. With less, a port that
# answers would count as filtered.
SILENCE = 3.0


class RepeatedCheck:
    """A check and the state of its runs: one run, or with --wait several.

    row      the caller's own object for the check, or None
    number   how many runs were started
    good     how many of the last runs were OK without a break
    due      the time of the next run, or of the end of the wait; None after the last run
    """

    # Of the class, as long as they are as they begin: a sweep makes one object for each target.
    due: float | None = None
    good = 0
    number = 0
    _began = _ended = _end = 0.0
    _verdict: Verdict | None = None
    _bad: Verdict | None = None  # of the last run that was not OK

    def __init__(self, check: Check, row: Any = None) -> None:
        self.check = check
        self.row = row

    def begin(self, now: float) -> Probe | None:
        """Return the probe of the next run, or None if the time of --wait is over."""
        probe = self.check.probe
        wait = self.check.options.wait
        if wait is not None:
            if not self.number:
                self._began, self._end = now, now + wait
            elif now >= self._end or self._end - now < self._least():
                self._ended = now
                return None
            # -t limits one run, --wait limits all runs together.
            left = min(probe.recipe.timeout, max(self._end - now, 0.001))
            probe = probe.replace(recipe=probe.recipe.replace(timeout=left))
        self.number += 1
        return probe

    def _least(self) -> float:
        """Return the time that another run needs at least."""
        silent = "filtered" in PORT_STATES[self.check.policy.expect_state]
        return min(self.check.probe.recipe.timeout, SILENCE) if silent else 0.0

    def run_ended(self, verdict: Verdict, at: float) -> None:
        """Store the verdict of a run that ended at the time ``at``, and decide whether to repeat it."""
        options = self.check.options
        self._verdict, self._ended = verdict, at
        if verdict.state != OK:
            self._bad = verdict
        self.good = self.good + 1 if verdict.state == OK else 0
        outcome = verdict.outcome
        # Each run would break another connection, which the server counts.
        counted = outcome.probe.recipe.broken_counts and any(each.broke_off for each in outcome.attempts)
        if options.wait is None or self.good >= options.consecutive or counted or outcome.interrupted:
            self.due = None
        else:
            self.due = min(at + options.wait_interval, self._end)

    def result(self) -> Result:
        """Return the result of the last run."""
        check, verdict = self.check, self._verdict
        if verdict is None:
            raise RuntimeError("a check has at least one run")
        elapsed = self._ended - self._began if check.options.wait is not None else None
        rounds = Rounds(self.number, self.good, check.options.consecutive, elapsed)
        if verdict.state == OK and check.options.wait is not None and not rounds.held:
            # The last run was OK, but the time of --wait was over before enough runs in a row were OK: a timeout.
            state = check.policy.on_timeout
            verdict = verdict.replace(state=state, base=state)
            if self._bad is not None and state != OK:
                # What failed last is why the runs in a row are missing.
                return Result(check, verdict, fault_of(self._bad), rounds)
        return Result(check, verdict, fault_of(verdict), rounds)


class CheckSource:
    """A Source of the engine: it returns the probe of each check, and repeats checks with --wait.

    limit     the maximum number of checks with --wait at once: between two runs, the engine does not count them
    expired   checks whose time ended between two runs; the caller removes them
    """

    def __init__(self, checks: Iterable[Check], limit: int) -> None:
        self._checks = iter(checks)
        self._limit = limit
        self._exhausted = False
        self._with_wait = 0
        self._running: dict[
            int, RepeatedCheck
        ] = {}  # by the identity of the probe, which the outcome contains
        self._waiting: list[tuple[float, int, RepeatedCheck]] = []  # a heap, by the time of the next run
        self._serial = 0
        self.expired: list[RepeatedCheck] = []

    def next(self, now: float) -> Probe | float | None:
        """Return the next probe, or the time at which to call again, or None after the last probe."""
        waiting = self._waiting
        while waiting and waiting[0][0] <= now:
            repeated = heappop(waiting)[2]
            probe = repeated.begin(now)
            if probe is not None:
                return self._started(repeated, probe)
            self._with_wait -= 1
            self.expired.append(repeated)
        if not self._exhausted and self._with_wait < self._limit:
            taken = self._take()
            if taken is not None:
                probe = taken.check.probe
                if taken.check.options.wait is None:
                    taken.number = 1
                else:
                    self._with_wait += 1
                    probe = taken.begin(now) or probe
                return self._started(taken, probe)
        if waiting:
            return waiting[0][0]
        return _NEVER if self._with_wait or not self._exhausted else None

    def _take(self) -> RepeatedCheck | None:
        """Return the next check, or None: there is none now, or none any more (_exhausted)."""
        check = next(self._checks, None)
        if check is not None:
            return RepeatedCheck(check)
        self._exhausted = True
        return None

    def _started(self, repeated: RepeatedCheck, probe: Probe) -> Probe:
        if id(probe) in self._running:  # the same check is in flight already
            probe = probe.replace()
        self._running[id(probe)] = repeated
        return probe

    def check_of(self, probe: Probe) -> Check:
        """Return the check of a probe that is in flight."""
        return self._running[id(probe)].check

    def run_ended(self, outcome: Outcome, at: float) -> RepeatedCheck | None:
        """Judge the outcome of a run; return its check if this was the last run."""
        repeated = self._running.pop(id(outcome.probe))
        repeated.run_ended(self._judged(outcome, repeated.check.policy), at)
        if repeated.due is None:
            self._with_wait -= repeated.check.options.wait is not None
            return repeated
        self._serial += 1
        heappush(self._waiting, (repeated.due, self._serial, repeated))
        return None

    @staticmethod
    def _judged(outcome: Outcome, policy: Policy) -> Verdict:
        return judge(outcome, policy)


def evaluate_many(
    checks: Iterable[Check],
    *,
    network: Network | None = None,
    limit: int = 1000,
    tls_limit: int = TLS_LIMIT,
    on_attempt: Callable[[Check, Attempt], object] | None = None,
    pulse: Callable[[float], bool] | None = None,
) -> Generator[Result, None, None]:
    """Carry out checks, judge them, and explain failures; yield each Result when its check ends.

    Args:
        checks: a check is taken only when the limit allows it.
        network: the network to use, which is not closed; None: the real one.
        limit: the maximum number of connections at once, and of checks with --wait.
        tls_limit: the maximum number of TLS handshakes at once.
        on_attempt: called with a check and its attempt when the attempt ends.
        pulse: as in the engine's run. Checks that are left when it ends the run have no result.
    """
    own = None
    if network is None:
        from ..network.network import Network as RealNetwork

        network = own = RealNetwork()
    now = network.now
    source = CheckSource(checks, limit)

    def ended_attempt(probe: Probe, attempt: Attempt) -> None:
        if on_attempt is not None:
            on_attempt(source.check_of(probe), attempt)

    outcomes = run(
        source,
        network=network,
        limit=limit,
        tls_limit=tls_limit,
        on_attempt=None if on_attempt is None else ended_attempt,
        pulse=pulse,
    )
    try:
        for outcome in outcomes:
            ended = source.run_ended(outcome, now())
            if ended is not None:
                yield ended.result()
            while source.expired:
                yield source.expired.pop().result()
        while source.expired:
            yield source.expired.pop().result()
    finally:
        outcomes.close()
        if own is not None:
            own.shut()


def evaluate(
    check: Check,
    *,
    network: Network | None = None,
    on_attempt: Callable[[Attempt], object] | None = None,
    keep_interrupted: bool = False,
) -> Result:
    """Carry out a check, judge it, and explain a failure; with --wait the result is that of the last run.

    Args:
        check: the check.
        network: as in evaluate_many.
        on_attempt: called with each attempt when it ends.
        keep_interrupted: return what a count had measured when KeyboardInterrupt ended it, instead of raising it.
    """
    results = evaluate_many(
        (check,),
        network=network,
        tls_limit=check.options.tls_limit,
        on_attempt=None if on_attempt is None else lambda _unused, attempt: on_attempt(attempt),
    )
    try:
        result = next(results)
    finally:
        results.close()
    if result.outcome.interrupted and not keep_interrupted:
        raise KeyboardInterrupt
    return result


def fault_of(verdict: Verdict) -> Fault | None:
    """Return the fault if an attempt failed, a threshold was exceeded or a SYN was retransmitted; else None."""
    if verdict.state == OK and (verdict.failing is not None or verdict.policy.expect_state != "open"):
        return None  # the settings accept the failure, or expect it
    retransmitted = any(attempt.retransmits for attempt in verdict.outcome.attempts)
    if verdict.failing is None and verdict.state == OK and not retransmitted:
        return None
    try:
        from ..judgement.diagnosis import diagnose  # a healthy check has nothing to explain
    except (OSError, ImportError) as problem:  # no descriptor is left to read the module with
        return None if verdict.state == OK else _unexplained(str(problem))
    return diagnose(verdict)


def _unexplained(error: str) -> Fault:
    """Return the fault of a failure that cannot be explained, because this host is out of descriptors or files."""
    return Fault(
        "out-of-descriptors",
        DOMAINS,
        "no diagnosis",
        f"the monitoring host could not load the diagnosis: {error}",
        None,
        (),
        "ulimit -n",
    )
