# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Carry out the checks of many rows at a controlled pace, with a short path for healthy outcomes."""

from __future__ import annotations

from collections import deque

from ..engine.engine import run
from ..engine.pace import TLS_LIMIT
from ..judgement.healthy import is_healthy
from ..judgement.judge import judge
from ..judgement.load import without_load
from ..model.value import Value
from .repeat import CheckSource, RepeatedCheck

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from typing import Any, Protocol, Union

    from ..conversation.doors import Network
    from ..model.outcome import Outcome
    from ..model.recipe import Probe
    from ..model.result import Check, Result
    from ..model.verdict import Policy, Verdict

    class Row(Protocol):
        """What the sweep needs of a row; the rest of it belongs to the caller."""

        @property
        def check(self) -> Check:
            """The check of the row."""

    # The row is Any: it is the caller's own object.
    Ended = tuple[Any, Outcome, Union[Result, None]]

_NEVER = float("inf")

# Names whose lookup is kept for the run. With its addresses, each takes about 0.5 KiB.
KEPT_NAMES = 10_000

# Rows that wait because their host has as many checks in flight as --per-host allows. More are not read meanwhile.
HELD = 10_000

# Seconds of missed starts that --rate makes up for: after a pause, a burst of more would break the promise of a rate.
CATCH_UP = 0.1

# Seconds until a source that was held is asked again.
HELD_FOR = 0.05

# A lag above this many seconds lowers the number in flight: a tenth of it is the shortest time that users set as a
# threshold, 5 ms. With 1,000 in flight on loopback the lag is about 3 ms.
MOST_LAG = 0.05

# After such a lag, this part of the checks may stay in flight. Each tenth of a second without one, another part of the
# limit is added. The number never falls below the third.
_LOWERED, _RAISED, _FEWEST = 0.7, 0.05, 16
_RAISE_EACH = 0.1


class Pace(Value, kw_only=True):
    """How fast a sweep may go.

    limit     connections in flight
    rate      checks begun in a second; 0: as many as the limit allows
    per_host  checks in flight to one host; 0: as many as the limit allows
    """

    limit: int = 1000
    rate: float = 0.0
    per_host: int = 0

    def _validate(self) -> None:
        if self.limit < 1:
            raise ValueError(f"invalid limit {self.limit}: must be a number from 1")
        if self.rate < 0 or self.per_host < 0:
            raise ValueError("invalid rate or number per host: must not be negative")


class SweepSource(CheckSource):
    """A Source of the engine that begins the checks of rows at a pace.

    allowed   how many checks may be in flight now: the limit, or fewer while the loop lags
    lowered   how often a lag has lowered it
    hold      called before a check begins; True: not now, because the caller cannot take more results
    """

    def __init__(self, rows: Iterable[Row], pace: Pace, hold: Callable[[], bool] | None = None) -> None:
        super().__init__((), pace.limit)
        self._rows = iter(rows)
        self._limit = self.allowed = pace.limit
        self.lowered = 0
        self.hold = hold
        self._gap = 1 / pace.rate if pace.rate else 0.0
        self._due = 0.0  # when the next check may begin; 0: no check has begun
        self._changed = 0.0  # when the number in flight was lowered or raised
        self._per_host = pace.per_host
        self._busy: dict[str, int] = {}  # checks in flight, by host
        self._held: dict[str, deque[Row]] = {}  # rows that wait for their host
        self._held_count = 0
        self._free: deque[str] = deque()  # hosts with held rows that may begin one

    def next(self, now: float) -> Probe | float | None:
        """Return the next probe, or the time at which to call again, or None after the last probe."""
        if len(self._running) >= self.allowed:
            return _NEVER
        if now < self._due:
            return self._due
        if self.hold is not None and self.hold():
            return now + HELD_FOR
        found = super().next(now)
        if self._gap and found is not None and not isinstance(found, float):
            self._due = (max(self._due, now - CATCH_UP) if self._due else now) + self._gap
        return found

    def _take(self) -> RepeatedCheck | None:
        if self._per_host:
            row = self._next_of_free_host()
        else:
            row = next(self._rows, None)
            self._exhausted = row is None
        return None if row is None else RepeatedCheck(row.check, row)

    def _next_of_free_host(self) -> Row | None:
        """Return the next row whose host has room for another check."""
        if self._free:
            host = self._free.popleft()
            held = self._held[host]
            row = held.popleft()
            if not held:
                del self._held[host]
            self._held_count -= 1
            self._busy[host] = self._busy.get(host, 0) + 1
            return row
        while self._held_count < HELD:
            following = next(self._rows, None)
            if following is None:
                self._exhausted = not self._held
                return None
            host = _host_of(following.check)
            if self._busy.get(host, 0) < self._per_host:
                self._busy[host] = self._busy.get(host, 0) + 1
                return following
            self._held.setdefault(host, deque()).append(following)
            self._held_count += 1
        return None

    def _release(self, check: Check) -> None:
        host = _host_of(check)
        left = self._busy[host] - 1
        if left:
            self._busy[host] = left
        else:
            del self._busy[host]
        if len(self._held.get(host, ())) > self._free.count(host):
            self._free.append(host)

    def healthy(self, outcome: Outcome) -> Row | None:
        """Return the row of a plain healthy outcome, whose check has ended; None for every other outcome."""
        number = id(outcome.probe)
        repeated = self._running[number]
        check = repeated.check
        if check.options.wait is not None or not is_healthy(outcome, check.policy):
            return None
        del self._running[number]
        if self._per_host:
            self._release(check)
        return repeated.row  # type: ignore[no-any-return]

    def run_ended(self, outcome: Outcome, at: float) -> RepeatedCheck | None:
        """Judge the outcome of a run; return its check if this was the last run."""
        ended = super().run_ended(outcome, at)
        if ended is not None and self._per_host:
            self._release(ended.check)
        return ended

    @staticmethod
    def _judged(outcome: Outcome, policy: Policy) -> Verdict:
        return without_load(judge(outcome, policy))

    def note_lag(self, outcome: Outcome, now: float) -> None:
        """Lower the number in flight after a long lag, and raise it again."""
        if outcome.lag > MOST_LAG:
            # The outcomes that were in flight together all have the same lag: it counts once.
            if now - outcome.elapsed >= self._changed:
                self.allowed = max(min(_FEWEST, self._limit), int(self.allowed * _LOWERED))
                self.lowered += 1
                self._changed = now
        elif self.allowed < self._limit and now - self._changed >= _RAISE_EACH:
            self.allowed = min(self._limit, self.allowed + max(1, int(self._limit * _RAISED)))
            self._changed = now

    def left(self, *, unread: bool) -> Iterator[Any]:
        """Yield the rows without a result: in flight, waiting, and with ``unread`` those that were not read yet."""
        for repeated in (*self._running.values(), *(each for _unused0, _unused1, each in self._waiting)):
            yield repeated.row
        for held in self._held.values():
            yield from held
        if unread:
            yield from self._rows


def _host_of(check: Check) -> str:
    target = check.probe.target
    return target.address or target.host or target.path or ""


def sweep(
    source: SweepSource,
    *,
    network: Network | None = None,
    tls_limit: int = TLS_LIMIT,
    pulse: Callable[[float], bool] | None = None,
) -> Generator[Ended, None, None]:
    """Carry out the checks of a source, and yield (row, outcome, result) when a check ends.

    The result is None for a plain healthy outcome: judging it would lead to OK without a fault (judgement/healthy.py).
    When ``pulse`` ends the run, the rows that are left can be asked from the source.

    Args:
        source: the rows and the pace.
        network: the network to use, which is not closed; None: the real one, which keeps its name lookups.
        tls_limit: the maximum number of TLS handshakes at once.
        pulse: as in the engine's run.
    """
    own = None
    if network is None:
        from ..network.network import Network as RealNetwork

        network = own = RealNetwork(kept_names=KEPT_NAMES)
    now = network.now
    outcomes = run(source, network=network, limit=source.allowed, tls_limit=tls_limit, pulse=pulse)
    try:
        for outcome in outcomes:
            if outcome.lag > MOST_LAG or source.lowered:
                source.note_lag(outcome, now())
            row = source.healthy(outcome)
            if row is not None:
                yield row, outcome, None
                continue
            ended = source.run_ended(outcome, now())
            if ended is not None:
                yield _ended(ended)
            while source.expired:
                yield _ended(source.expired.pop())
        while source.expired:
            yield _ended(source.expired.pop())
    finally:
        outcomes.close()
        if own is not None:
            own.shut()


def _ended(repeated: RepeatedCheck) -> Ended:
    result = repeated.result()
    return repeated.row, result.outcome, result
