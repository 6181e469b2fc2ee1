# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Watch targets: begin a probe of each at its interval, and observe changes, outages and statistics."""

from __future__ import annotations

from ..engine.engine import run
from ..engine.pace import TLS_LIMIT
from ..judgement.judge import judge
from ..judgement.measures import syns
from ..model.observation import Observation, Outage, Summary
from ..model.result import Result
from ..model.target import is_literal
from ..model.verdict import OK
from .repeat import fault_of
from .statistics import Durations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from ..conversation.doors import Network
    from ..engine.engine import Source
    from ..model.outcome import Outcome
    from ..model.recipe import Probe
    from ..model.result import Check

# Seconds after which a name is looked up again although its address answers: the name may have moved.
LOOKUP_AGAIN = 60.0

# The durations of the statistics.
_DURATIONS = ("connect", "rtt", "tls", "first_byte", "time")


class Watched:
    """A target that is watched.

    check     its check
    due       when its next probe begins
    began     when the probe in flight began, or None
    state     its state: the last one that --consecutive probes have confirmed; None before that
    streak    probes in a row, all OK or all not OK, whose state is not the state of the target
    """

    __slots__ = (
        "_address", "_breached", "_down", "_down_at", "_down_probes", "_durations", "_failed", "_first", "_known_at", "_last",
        "_last_ok", "_longest", "_lost", "_outages", "_sent", "_started", "_started_at", "_syns", "began", "check", "due",
        "state", "streak",
    )  # fmt: skip

    def __init__(self, check: Check) -> None:
        self.check = check
        self.due = 0.0
        self.began: float | None = None
        self.state: int | None = None
        self.streak = 0
        self._last_ok = True
        self._first: float | None = None  # when its first probe was due
        self._address: str | None = None  # the address that answered last, and when its name was looked up
        self._known_at = 0.0
        self._started: float | None = None
        self._started_at = 0.0
        self._sent = self._failed = self._breached = self._syns = self._lost = self._outages = 0
        self._durations = {name: Durations() for name in _DURATIONS}
        self._longest: Outage | None = None
        self._last: Outage | None = None
        self._down: float | None = None  # when the first failed probe of an outage began
        self._down_at = 0.0
        self._down_probes = 0

    def begin(self, now: float) -> Probe:
        """Return the probe that begins now."""
        self.began = now
        if self._first is None:
            self._first = self.due
        probe = self.check.probe
        if self._address is not None and now - self._known_at < LOOKUP_AGAIN:
            probe = probe.replace(target=probe.target.replace(address=self._address))
        else:
            self._address = None
            self._known_at = now
        if self.state not in (None, OK) and probe.recipe.trace == "failure":
            # The path of an outage was traced when it began. A trace a second would load the routers.
            probe = probe.replace(recipe=probe.recipe.replace(trace="never"))
        return probe

    def ended(self, outcome: Outcome, now: float) -> Observation:
        """Judge the outcome of the probe in flight, which has ended now, and decide when the next one begins."""
        check, start = self.check, now if self.began is None else self.began
        self.began = None
        self._set_due(now)
        verdict = judge(outcome, check.policy)
        failed = verdict.base != OK
        self._keep_address(outcome, failed)
        self._count(outcome, start, failed, verdict.state)
        outage = self._follow_outage(outcome, start, failed)
        before = self.state
        changed = self._follow_state(verdict.state)
        return Observation(
            self._sent,
            Result(check, verdict, fault_of(verdict)),
            failed,
            outage,
            (OK if before is None else before) if changed else None,
            self._last,
        )

    def _set_due(self, now: float) -> None:
        """Set the time of the next probe: a whole number of intervals after the first, and not in the past."""
        interval = self.check.probe.recipe.interval
        self.due += interval
        if self.due < now:
            self.due += -(-(now - self.due) // interval) * interval

    def _keep_address(self, outcome: Outcome, failed: bool) -> None:
        """Keep the address of a name while it answers. After a failure the name is looked up again."""
        target, recipe = self.check.probe.target, self.check.probe.recipe
        address = outcome.attempts[-1].address if outcome.attempts else None
        named = target.host is not None and target.address is None and not is_literal(target.host)
        if failed or not named or address is None or address.scope or recipe.addresses == "all":
            self._address = None
        else:
            self._address = address.text

    def _count(self, outcome: Outcome, start: float, failed: bool, state: int) -> None:
        if self._started is None:
            self._started, self._started_at = start, outcome.at
        self._sent += 1
        self._failed += failed
        self._breached += state != OK and not failed
        sent, lost = syns(outcome.attempts)
        self._syns += sent
        self._lost += lost
        if not failed and outcome.attempts:
            last = outcome.attempts[-1]
            for name, durations in self._durations.items():
                value = getattr(last, name)
                if value is not None:
                    durations.add(value)

    def _follow_outage(self, outcome: Outcome, start: float, failed: bool) -> Outage | None:
        """Return the outage that this probe ends, or None."""
        if failed:
            if self._down is None:
                self._down, self._down_at, self._down_probes = start, outcome.at, 0
                self._outages += 1
            self._down_probes += 1
            return None
        if self._down is None:
            return None
        # The server was there again when the connection was established, not when its dialogue was over.
        last = outcome.attempts[-1]
        up = start + last.began + (last.resolve or 0.0) + (last.connect or 0.0)
        self._last = ended = Outage(self._down_at, up - self._down, self._down_probes)
        self._down = None
        if self._longest is None or ended.seconds > self._longest.seconds:
            self._longest = ended
        return ended

    def _follow_state(self, state: int) -> bool:
        """Return whether the state of the target changes: --consecutive probes in a row are OK, or are not OK.

        A target is taken to be OK when its watch begins, so that one that is down then is a change.
        """
        fine = state == OK
        known = OK if self.state is None else self.state
        if state == known:
            self.streak = 0
        else:
            self.streak = self.streak + 1 if fine == self._last_ok and self.streak else 1
        self._last_ok = fine
        if state == known or self.streak >= self.check.options.consecutive:
            if self.state is None and state == known:
                self.state = state
                return False
            changed = state != known
            self.state = state
            self.streak = 0
            return changed
        return False

    def summary(self, now: float) -> Summary:
        """Return the statistics so far."""
        longest = self._longest
        if self._down is not None and (longest is None or now - self._down > longest.seconds):
            longest = Outage(self._down_at, now - self._down, self._down_probes, ended=False)
        return Summary(
            self._started_at,
            0.0 if self._started is None else now - self._started,
            self._sent,
            self._failed,
            self._breached,
            self._syns,
            self._lost,
            tuple(each.spread(name) for name, each in self._durations.items() if each.count),
            self._outages,
            longest,
            self.state,
        )


class Schedule:
    """A Source of the engine without an end: it begins a probe of each target at its interval.

    A target has one probe in flight. One that lasts longer than the interval delays the next to the next whole
    interval. The first probes of several targets are spread over an interval.
    """

    def __init__(self, checks: Iterable[Check]) -> None:
        self.targets = [Watched(check) for check in checks]
        self._begun = False
        self._running: dict[int, Watched] = {}  # by the identity of the probe, which the outcome contains

    def next(self, now: float) -> Probe | float:
        """Return the next probe, or the time at which it begins."""
        if not self._begun:
            self._begun = True
            for place, each in enumerate(self.targets):
                each.due = now + each.check.probe.recipe.interval * place / len(self.targets)
        waiting = [each for each in self.targets if each.began is None]
        if not waiting:
            return float("inf")
        first = min(waiting, key=lambda each: each.due)
        if first.due > now:
            return first.due
        probe = first.begin(now)
        if id(probe) in self._running:  # the same check is given twice
            probe = probe.replace()
        self._running[id(probe)] = first
        return probe

    def ended(self, outcome: Outcome, now: float) -> Observation:
        """Return what a probe has shown that has ended now."""
        return self._running.pop(id(outcome.probe)).ended(outcome, now)


def observe(
    schedule: Schedule,
    source: Source | None = None,
    *,
    network: Network | None = None,
    tls_limit: int = TLS_LIMIT,
) -> Generator[Observation, None, None]:
    """Probe the targets of a schedule without an end; yield what each probe has shown.

    Args:
        schedule: the targets.
        source: what the engine asks for probes; None: the schedule. A program passes a source of its own, which asks
            the schedule, to be called for other events too. An error that it raises ends the watch.
        network: the network to use, which is not closed; None: the real one.
        tls_limit: the maximum number of TLS handshakes at once.
    """
    own = None
    if network is None:
        from ..network.network import Network as RealNetwork

        network = own = RealNetwork()
    outcomes = run(schedule if source is None else source, network=network, tls_limit=tls_limit)
    try:
        for outcome in outcomes:
            yield schedule.ended(outcome, network.now())
    finally:
        outcomes.close()
        if own is not None:
            own.shut()
