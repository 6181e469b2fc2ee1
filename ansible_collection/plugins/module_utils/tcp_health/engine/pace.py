# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The engine's pace: its limits between two polls, its lag, and the rate of diagnostic SYNs."""

from __future__ import annotations

from bisect import bisect_left

# Connects begun between two polls. Few, so that an answer gets its timestamp soon after it came: with 1,000 in flight
# on loopback, where the kernel's round trip is 7 µs, 99 % of the connects are seen within 0.35 ms; with a burst of 32
# within 3 ms, of 256 within 10 ms. The CPU time of a check is the same with all of them (tests/bench/burst.py).
BURST = 4

# Receives of one task between two polls: an endless answer must not delay the other connections.
READS = 64

# TLS handshakes in flight: each costs some milliseconds of this one process, in which it reads no other answer.
TLS_LIMIT = 64

# The process was stopped, or had no CPU, where a poll returns this many seconds after its timeout.
STOPPED = 0.05

# Diagnostic SYNs a second in all (traces, control ports, TTL probes): far below what a router notices.
SYN_RATE = 50.0

# Traces a second towards one prefix: of 20 or 100 at once 6 were complete, of one a second every one.
TRACE_RATE = 1.0

# Prefixes remembered before those are dropped whose second is over.
MOST_PREFIXES = 1000

# Entries kept of the lag, and how many of the oldest are dropped beyond that.
_MOST_LAGS, _DROPPED_LAGS = 1000, 500

_NEVER = float("inf")


class Lag:
    """How long the process did not look at the network: it delays the timestamp of what happens meanwhile.

    count  stretches noted so far
    """

    __slots__ = ("_stretches", "count")

    def __init__(self) -> None:
        self.count = 0
        # (number, seconds) of the stretches that no later one has exceeded.
        self._stretches: list[tuple[int, float]] = []

    def note(self, seconds: float) -> None:
        """Note a stretch of time between two looks."""
        stretches = self._stretches
        while stretches and stretches[-1][1] <= seconds:
            stretches.pop()
        stretches.append((self.count, seconds))
        self.count += 1
        if len(stretches) > _MOST_LAGS:
            del stretches[:_DROPPED_LAGS]

    def since(self, count: int) -> float:
        """Return the longest stretch since ``count`` of them had been noted; 0.0: none."""
        position = bisect_left(self._stretches, (count,))
        return self._stretches[position][1] if position < len(self._stretches) else 0.0


class SynBudget:
    """The diagnostic SYNs that the process may send: a token bucket, and a rate of traces towards one prefix."""

    __slots__ = ("_filled_at", "_tokens", "_traced")

    def __init__(self) -> None:
        self._tokens = SYN_RATE
        self._filled_at = 0.0
        self._traced: dict[str, float] = {}  # when the last trace towards a prefix began

    def ready_at(self, tokens: int, prefix: str | None, now: float) -> float:
        """Return when so many SYNs may be sent; prefix: they begin a trace towards it."""
        self._tokens = min(SYN_RATE, self._tokens + (now - self._filled_at) * SYN_RATE)
        self._filled_at = now
        ready = now
        if self._tokens < tokens:
            ready = now + (tokens - self._tokens) / SYN_RATE
        if prefix is not None:
            ready = max(ready, self._traced.get(prefix, -_NEVER) + 1 / TRACE_RATE)
        return ready

    def spend(self, tokens: int, prefix: str | None, now: float) -> None:
        """Take what ``ready_at`` has just said to be ready."""
        self._tokens -= tokens
        if prefix is not None:
            if len(self._traced) >= MOST_PREFIXES:
                self._traced = {each: at for each, at in self._traced.items() if now - at < 1 / TRACE_RATE}
            self._traced[prefix] = now
