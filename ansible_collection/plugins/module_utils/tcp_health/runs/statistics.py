# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Statistics of any number of durations in bounded memory."""

from __future__ import annotations

from math import ceil, log, sqrt

from ..model.observation import Spread

# Bounds of the intervals in which durations are counted: each is 2 % above the one below. The middle of an interval is
# at most 1 % away from every duration in it. From a microsecond to a day there are 1,270 intervals.
_RATIO = 1.02
_LEAST, _MOST = 1e-6, 86400.0
_SCALE = 1 / log(_RATIO)


class Durations:
    """The distribution of durations in seconds: exact least, mean, most and deviation, and percentiles within 1 %.

    counts   how many durations each interval has, by its number
    """

    __slots__ = ("_mean", "_squares", "count", "counts", "least", "most")

    def __init__(self) -> None:
        self.count = 0
        self.least = self.most = 0.0
        self._mean = self._squares = 0.0
        self.counts: dict[int, int] = {}

    def add(self, value: float) -> None:
        """Add a duration."""
        self.count += 1
        if self.count == 1:
            self.least = self.most = value
        elif value < self.least:
            self.least = value
        elif value > self.most:
            self.most = value
        # Welford's method: a sum of squares would lose its precision over a million values.
        before = value - self._mean
        self._mean += before / self.count
        self._squares += before * (value - self._mean)
        place = int(log(min(max(value, _LEAST), _MOST) / _LEAST) * _SCALE)
        self.counts[place] = self.counts.get(place, 0) + 1

    def percentile(self, share: float) -> float:
        """Return the percentile (nearest rank) for a share from 0 to 100, at most 1 % away from the exact one."""
        rank = max(1, ceil(share * self.count / 100))
        seen = 0
        for place in sorted(self.counts):
            seen += self.counts[place]
            if seen >= rank:
                middle: float = _LEAST * _RATIO ** (place + 0.5)
                return min(max(middle, self.least), self.most)
        return self.most

    def spread(self, name: str) -> Spread:
        """Return the distribution under this name; there must be at least one duration."""
        return Spread(
            name, self.count, self.least, self._mean, self.most, sqrt(max(self._squares, 0.0) / self.count),
            self.percentile(50), self.percentile(95), self.percentile(99),
        )  # fmt: skip
