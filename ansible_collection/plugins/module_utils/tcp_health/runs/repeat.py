# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Checks → results: carry out one check or many, judge and explain each, and repeat those with --wait."""

from __future__ import annotations

from heapq import heappop, heappush

from ..engine.engine import run
from ..engine.pace import TLS_LIMIT
from ..judgement.judge import judge
from ..model.result import Result, Rounds
from ..model.verdict import DOMAINS, OK, Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from typing import Any

    from ..model.outcome import Attempt, Outcome
    from ..model.recipe import Probe
    from ..model.result import Check
    from ..model.verdict import Verdict

_NEVER = float("inf")


class Repetition:
    """A check and its runs: one, or with --wait as many as it takes.

    number   runs started
    good     runs in a row, up to the last, that were OK
    due      after a run, when the next one is due, or the wait is over; None after the last run
    """

    __slots__ = ("_bad", "_end", "_verdict", "check", "due", "good", "number")

    def __init__(self, check: Check) -> None:
        self.check = check
        self.due: float | None = None
        self.good = 0
        self.number = 0
        self._end = 0.0
        self._verdict: Verdict | None = None
        self._bad: Verdict | None = None  # of the last run that was not OK

    def begin(self, now: float) -> Probe | None:
        """Return the probe of the next run, or None when the wait is over."""
        probe = self.check.probe
        wait = self.check.options.wait
        if wait is not None:
            if not self.number:
                self._end = now + wait
            elif now >= self._end:
                return None
            # -t limits a run, --wait all of them.
            left = min(probe.recipe.timeout, max(self._end - now, 0.001))
            probe = probe.replace(recipe=probe.recipe.replace(timeout=left))
        self.number += 1
        return probe

    def judged(self, verdict: Verdict, at: float) -> None:
        """Take the verdict of a run, and the time of its end."""
        options = self.check.options
        self._verdict = verdict
        if verdict.state != OK:
            self._bad = verdict
        self.good = self.good + 1 if verdict.state == OK else 0
        if options.wait is None or self.good >= options.consecutive:
            self.due = None
        else:
            self.due = min(at + options.wait_interval, self._end)

    def result(self) -> Result:
        """Return the result, which is that of the last run."""
        check, verdict = self.check, self._verdict
        if verdict is None:
            raise RuntimeError("a check has at least one run")
        rounds = Rounds(self.number, self.good, check.options.consecutive)
        if verdict.state == OK and check.options.wait is not None and not rounds.held:
            # The last run was OK, but the wait ran out before enough in a row were: that is a timeout.
            state = check.policy.on_timeout
            verdict = verdict.replace(state=state, base=state)
            if self._bad is not None and state != OK:
                # What failed last is why the runs in a row are missing.
                return Result(check, verdict, fault_of(self._bad), rounds)
        return Result(check, verdict, fault_of(verdict), rounds)


class Repetitions:
    """A Source that yields the probe of each check, and again those of the checks that are repeated.

    limit   of the checks that are repeated: between two runs they take no place in the engine
    over    the repetitions whose wait ended between two runs; the caller takes them out
    """

    def __init__(self, checks: Iterable[Check], limit: int) -> None:
        self._checks = iter(checks)
        self._limit = limit
        self._exhausted = False
        self._repeated = 0
        self._running: dict[int, Repetition] = {}  # by the identity of the probe, which its outcome has too
        self._waiting: list[tuple[float, int, Repetition]] = []  # a heap by the time that is due
        self._serial = 0
        self.over: list[Repetition] = []

    def next(self, now: float) -> Probe | float | None:
        """Return the next probe, or when there may be one, or None after the last."""
        waiting = self._waiting
        while waiting and waiting[0][0] <= now:
            repetition = heappop(waiting)[2]
            probe = repetition.begin(now)
            if probe is not None:
                return self._started(repetition, probe)
            self._repeated -= 1
            self.over.append(repetition)
        if not self._exhausted and self._repeated < self._limit:
            check = next(self._checks, None)
            if check is not None:
                repetition = Repetition(check)
                self._repeated += check.options.wait is not None
                return self._started(repetition, repetition.begin(now) or check.probe)
            self._exhausted = True
        if waiting:
            return waiting[0][0]
        return _NEVER if self._repeated else None

    def _started(self, repetition: Repetition, probe: Probe) -> Probe:
        if id(probe) in self._running:  # the same check again, while it is in flight
            probe = probe.replace()
        self._running[id(probe)] = repetition
        return probe

    def check_of(self, probe: Probe) -> Check:
        """Return the check of a probe that is in flight."""
        return self._running[id(probe)].check

    def judged(self, outcome: Outcome, at: float) -> Repetition | None:
        """Judge the outcome of a run; return its repetition if that was the last run."""
        repetition = self._running.pop(id(outcome.probe))
        repetition.judged(judge(outcome, repetition.check.policy), at)
        if repetition.due is None:
            self._repeated -= repetition.check.options.wait is not None
            return repetition
        self._serial += 1
        heappush(self._waiting, (repetition.due, self._serial, repetition))
        return None


def evaluate_many(
    checks: Iterable[Check],
    *,
    network: Any = None,
    limit: int = 1000,
    tls_limit: int = TLS_LIMIT,
    on_attempt: Callable[[Check, Attempt], object] | None = None,
) -> Generator[Result, None, None]:
    """Carry out checks, judge them, and explain failures; yield each Result as its check ends.

    Args:
        checks: they are pulled lazily.
        network: a network to use, which is left open; None: the real one.
        limit: the most connections at once, and the most checks with --wait.
        tls_limit: the most connections in the middle of a TLS handshake.
        on_attempt: called with each attempt as it ends, and the check that it belongs to.
    """
    own = network is None
    if own:
        from ..network.network import Network

        network = Network()
    source = Repetitions(checks, limit)

    def ended_attempt(probe: Probe, attempt: Attempt) -> None:
        if on_attempt is not None:
            on_attempt(source.check_of(probe), attempt)

    outcomes = run(
        source,
        network=network,
        limit=limit,
        tls_limit=tls_limit,
        on_attempt=None if on_attempt is None else ended_attempt,
    )
    try:
        for outcome in outcomes:
            ended = source.judged(outcome, network.now())
            if ended is not None:
                yield ended.result()
            while source.over:
                yield source.over.pop().result()
        while source.over:
            yield source.over.pop().result()
    finally:
        outcomes.close()
        if own:
            network.shut()


def evaluate(check: Check, *, network: Any = None, tell: Callable[[Attempt], object] | None = None) -> Result:
    """Carry out a check, judge it, and explain a failure; with --wait the result is that of the last run."""
    results = evaluate_many(
        (check,),
        network=network,
        tls_limit=check.options.tls_limit,
        on_attempt=None if tell is None else lambda _, attempt: tell(attempt),
    )
    try:
        return next(results)
    finally:
        results.close()


def fault_of(verdict: Verdict) -> Fault | None:
    """Return the fault of a verdict, where something failed, alerts, or had to be repeated."""
    if verdict.state == OK and verdict.policy.expect_state != "open":
        return None  # what was expected is no fault
    repeated = any(attempt.retransmits for attempt in verdict.outcome.attempts)
    if verdict.failing is None and verdict.state == OK and not repeated:
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
