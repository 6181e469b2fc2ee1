# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Percentiles, deviation and extremes of durations, against those of the sorted list, and their memory."""

from __future__ import annotations

import random
import statistics
import sys

import pytest

from tcp_health.runs.statistics import Durations


def filled(values: list[float]) -> Durations:
    durations = Durations()
    for value in values:
        durations.add(value)
    return durations


@pytest.mark.parametrize("seed", range(5))
def test_percentiles_are_at_most_one_percent_away(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    values = [chance.lognormvariate(-7, 1.5) for _ in range(5000)]
    durations = filled(values)
    ordered = sorted(values)
    for share in (1, 50, 90, 95, 99, 99.9, 100):
        exact = ordered[max(0, -int(-share * len(ordered) // 100) - 1)]
        assert durations.percentile(share) == pytest.approx(exact, rel=0.01), share


def test_extremes_mean_and_deviation_are_exact() -> None:
    values = [1e6 + each for each in (0.001, 0.002, 0.004)]  # a sum of squares would lose them
    spread = filled(values).spread("time")
    assert (spread.least, spread.most, spread.count) == (min(values), max(values), 3)
    assert spread.mean == pytest.approx(statistics.fmean(values))
    assert spread.mdev == pytest.approx(statistics.pstdev(values), rel=1e-3)


def test_one_value_is_every_percentile_exactly() -> None:
    spread = filled([0.0123]).spread("connect")
    assert {spread.least, spread.mean, spread.most, spread.median, spread.p95, spread.p99} == {0.0123}
    assert spread.mdev == 0.0


@pytest.mark.parametrize("value", [0.0, 1e-9, 1e9])
def test_any_duration_can_be_added(value: float) -> None:
    assert filled([value]).percentile(50) == value


def test_a_million_durations_take_no_more_memory_than_the_intervals() -> None:
    durations = Durations()
    chance = random.Random(1)  # noqa: S311 - repeatable on purpose
    for _ in range(1_000_000):
        durations.add(10 ** chance.uniform(-7, 6))
    assert durations.count == 1_000_000
    assert len(durations.counts) <= 1274
    assert sys.getsizeof(durations.counts) < 100_000
