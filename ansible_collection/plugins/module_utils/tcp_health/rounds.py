# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The same check until it is good: what --wait asks for, and one round where it does not."""

from __future__ import annotations

from .engine import run
from .judge import OK, judge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .judge import Verdict
    from .model import Attempt, Probe
    from .settings import Check


class Rounds:
    """A Source that gives a check's probe, and gives it again while ``judged`` says that it is not good yet.

    number   rounds begun
    good     rounds in a row, up to the last, that were OK
    """

    def __init__(self, check: Check) -> None:
        self._check = check
        self._end: float | None = None
        self._next: float | None = 0.0
        self.good = 0
        self._now = 0.0
        self.number = 0

    def next(self, now: float) -> Probe | float | None:
        """The probe of the next round when its time has come."""
        self._now = now
        wait = self._check.wait
        if self._end is None:
            self._end = now + (wait or 0.0)
        if self._next is None or (self.number and (wait is None or now >= self._end)):
            return None
        if now < self._next:
            return min(self._next, self._end) if self.number else self._next
        self._next = float("inf")  # until this round has been judged
        self.number += 1
        probe = self._check.probe
        if wait is None:
            return probe
        # -t bounds a round, and the wait the whole.
        left = min(probe.recipe.timeout, max(self._end - now, 0.001))
        return probe.replace(recipe=probe.recipe.replace(timeout=left))  # type: ignore[no-any-return]

    def judged(self, state: int, at: float) -> None:
        """Hear of a round's state, and when it ended."""
        check = self._check
        self.good = self.good + 1 if state == OK else 0
        if check.wait is None or self.good >= check.consecutive:
            self._next = None
        else:
            self._next = at + check.wait_interval

    @property
    def wanted(self) -> int:
        """How many rounds in a row have to be OK."""
        return self._check.consecutive

    @property
    def held(self) -> bool:
        """Whether the wanted state held for as many rounds in a row as were asked for."""
        return self.good >= self._check.consecutive


def evaluate(
    check: Check, *, network: Any = None, tell: Callable[[Attempt], None] | None = None
) -> tuple[Verdict, Rounds]:
    """Carry out a check and judge it; returns the verdict of the last round, and what is known of the rounds."""
    own = network is None
    if own:
        from .network import Network

        network = Network()
    rounds = Rounds(check)
    verdict = None
    try:
        handshakes = check.values["tls_limit"]
        for outcome in run(rounds, network=network, tls_limit=handshakes, on_attempt=tell):
            verdict = judge(outcome, check.policy)
            rounds.judged(verdict.state, network.now())
    finally:
        if own:
            network.shut()
    if verdict is None:
        raise RuntimeError("a check has at least one round")
    if verdict.state == OK and check.wait is not None and not rounds.held:
        # The last round was OK, but the wait ran out before as many in a row were: that is a timeout.
        state = check.policy.on_timeout
        verdict = verdict.replace(state=state, base=state)
    return explained(verdict), rounds


def explained(verdict: Verdict) -> Verdict:
    """The verdict with its fault, where something failed, alerts, or had to be repeated."""
    if verdict.state == OK and verdict.policy.expect_state != "open":
        return verdict  # what was expected is no fault
    repeated = any(attempt.retransmits for attempt in verdict.outcome.attempts)
    if verdict.failing is None and verdict.state == OK and not repeated:
        return verdict
    try:
        from .diagnosis import diagnose  # a healthy check has nothing to explain
    except (OSError, ImportError):  # no descriptor to read it with: the state stands without
        return verdict
    return verdict.replace(fault=diagnose(verdict))  # type: ignore[no-any-return]
