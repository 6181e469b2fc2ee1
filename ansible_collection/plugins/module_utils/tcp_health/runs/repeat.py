# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The same check until it is good: what --wait asks for, and one round where it does not."""

from __future__ import annotations

from ..engine.engine import run
from ..judgement.judge import judge
from ..model.result import Result, Rounds
from ..model.verdict import OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..model.outcome import Attempt
    from ..model.recipe import Probe
    from ..model.result import Check
    from ..model.verdict import Fault, Verdict


class Repetition:
    """A Source that yields a check's probe, and yields it again until ``judged`` reports enough good rounds.

    number   rounds started
    good     rounds in a row, up to the last, that were OK
    """

    def __init__(self, check: Check) -> None:
        self._probe = check.probe
        self._options = check.options
        self._end: float | None = None
        self._next: float | None = 0.0
        self.good = 0
        self.number = 0

    def next(self, now: float) -> Probe | float | None:
        """Return the probe of the next round, or when it is due, or None after the last."""
        wait = self._options.wait
        if self._end is None:
            self._end = now + (wait or 0.0)
        if self._next is None or (self.number and (wait is None or now >= self._end)):
            return None
        if now < self._next:
            return min(self._next, self._end) if self.number else self._next
        self._next = float("inf")  # until this round has been judged
        self.number += 1
        probe = self._probe
        if wait is None:
            return probe
        # -t limits a round, --wait all of them.
        left = min(probe.recipe.timeout, max(self._end - now, 0.001))
        return probe.replace(recipe=probe.recipe.replace(timeout=left))

    def judged(self, state: int, at: float) -> None:
        """Take the state of a round, and the time of its end."""
        options = self._options
        self.good = self.good + 1 if state == OK else 0
        if options.wait is None or self.good >= options.consecutive:
            self._next = None
        else:
            self._next = at + options.wait_interval

    @property
    def rounds(self) -> Rounds:
        """The rounds made so far."""
        return Rounds(self.number, self.good, self._options.consecutive)


def evaluate(check: Check, *, network: Any = None, tell: Callable[[Attempt], None] | None = None) -> Result:
    """Carry out a check, judge it, and explain a failure; with --wait the result is that of the last round."""
    own = network is None
    if own:
        from ..network.network import Network

        network = Network()
    source = Repetition(check)
    verdict = None
    try:
        for outcome in run(source, network=network, tls_limit=check.options.tls_limit, on_attempt=tell):
            verdict = judge(outcome, check.policy)
            source.judged(verdict.state, network.now())
    finally:
        if own:
            network.shut()
    if verdict is None:
        raise RuntimeError("a check has at least one round")
    rounds = source.rounds
    if verdict.state == OK and check.options.wait is not None and not rounds.held:
        # The last round was OK, but the wait ran out before enough in a row were: that is a timeout.
        state = check.policy.on_timeout
        verdict = verdict.replace(state=state, base=state)
    return Result(check, verdict, fault_of(verdict), rounds)


def fault_of(verdict: Verdict) -> Fault | None:
    """Return the fault of a verdict, where something failed, alerts, or had to be repeated."""
    if verdict.state == OK and verdict.policy.expect_state != "open":
        return None  # what was expected is no fault
    repeated = any(attempt.retransmits for attempt in verdict.outcome.attempts)
    if verdict.failing is None and verdict.state == OK and not repeated:
        return None
    try:
        from ..judgement.diagnosis import diagnose  # a healthy check has nothing to explain
    except (OSError, ImportError):  # no descriptor is left to read the module with
        return None
    return diagnose(verdict)
