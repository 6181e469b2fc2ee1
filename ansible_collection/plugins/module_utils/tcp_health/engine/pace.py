# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The engine's pace: its limits between two polls, its lag, and the rate of diagnostic SYNs."""

from __future__ import annotations

from bisect import bisect_left

# Connects begun between two polls. Few, so that an answer gets its timestamp soon after its arrival. With 1,000 checks
# in flight on loopback, where the kernel's round trip is 3 µs, 99 % of the connects take at most 0.4 ms; with a burst
# of 32, 1.4 ms, and with 256, 6.2 ms (tests/bench/burst.py). Fewer polls cost less: with 8, a check of a sweep takes 7 %
# less CPU time than with 4.
BURST = 8

# Outcomes that the caller gets between two polls. A thousand silent targets end at once, and a caller that explains each
# in 0.1 ms would keep the process from the network for 0.1 s. No more than BURST, so that the checks that take their
# place begin as fast: 4,000 silent targets take 4.18 s with a limit of 1 s, 1,000 in flight; with 16, 4.24 s.
BATCH = 8

# Receives of one task between two polls: an endless answer must not delay the other connections.
READS = 64

# TLS handshakes in flight: each takes some milliseconds, in which this process reads no other answer.
TLS_LIMIT = 64

# If a poll returns this many seconds after its timeout, the process was stopped or got no CPU time.
STOPPED = 0.05

# All diagnostic SYNs in a second (traces, control ports, TTL probes): far below what a router notices.
SYN_RATE = 50.0

# Traces in a second towards one prefix. Of 20 or 100 simultaneous traces 6 were complete; of one a second all were.
TRACE_RATE = 1.0

# Prefixes that are stored before those older than a second are removed.
MOST_PREFIXES = 1000

# Stored entries of the lag, and how many of the oldest are removed if there are more.
_MOST_LAGS, _DROPPED_LAGS = 1000, 500

_NEVER = float("inf")


class Lag:
    """The times during which the process did not poll the network. They delay the timestamps of events.

    count  number of such times so far
    """

    __slots__ = ("_stretches", "count")

    def __init__(self) -> None:
        self.count = 0
        # (number, seconds) of the times that no later one has exceeded.
        self._stretches: list[tuple[int, float]] = []

    def note(self, seconds: float) -> None:
        """Add a time between two polls."""
        stretches = self._stretches
        while stretches and stretches[-1][1] <= seconds:
            stretches.pop()
        stretches.append((self.count, seconds))
        self.count += 1
        if len(stretches) > _MOST_LAGS:
            del stretches[:_DROPPED_LAGS]

    def since(self, count: int) -> float:
        """Return the longest time since the count was ``count``, or 0.0."""
        position = bisect_left(self._stretches, (count,))
        return self._stretches[position][1] if position < len(self._stretches) else 0.0


class SynBudget:
    """The rate limit of diagnostic SYNs: a token bucket for the process, and a rate of traces towards each prefix."""

    __slots__ = ("_filled_at", "_tokens", "_traced")

    def __init__(self) -> None:
        self._tokens = SYN_RATE
        self._filled_at = 0.0
        self._traced: dict[str, float] = {}  # when the last trace towards the prefix began

    def ready_at(self, tokens: int, prefix: str | None, now: float) -> float:
        """Return the time at which that many SYNs may be sent; prefix: the destination of the trace that they begin, if any."""
        self._tokens = min(SYN_RATE, self._tokens + (now - self._filled_at) * SYN_RATE)
        self._filled_at = now
        ready = now
        if self._tokens < tokens:
            ready = now + (tokens - self._tokens) / SYN_RATE
        if prefix is not None:
            ready = max(ready, self._traced.get(prefix, -_NEVER) + 1 / TRACE_RATE)
        return ready

    def spend(self, tokens: int, prefix: str | None, now: float) -> None:
        """Use the tokens and the prefix that ``ready_at`` has just allowed."""
        self._tokens -= tokens
        if prefix is not None:
            if len(self._traced) >= MOST_PREFIXES:
                self._traced = {each: at for each, at in self._traced.items() if now - at < 1 / TRACE_RATE}
            self._traced[prefix] = now
