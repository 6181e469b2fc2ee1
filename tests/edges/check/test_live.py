# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The blocks of a watch: a minute in any width, failures, and seconds without a probe."""

from __future__ import annotations

import pytest

from tcp_health.model.verdict import CRITICAL, OK, WARNING
from tcp_health_plugins.check.live import Minute

SIGNS = "12345678", "x", "-"


def filled(*probes: tuple[float, float]) -> Minute:
    """A minute with a healthy probe at each time, as (time of the day, duration)."""
    minute = Minute("db1:22")
    for at, duration in probes:
        minute.add(at, duration, OK, failed=False)
    return minute


def test_a_block_is_a_second_and_the_newest_is_on_the_right() -> None:
    minute = filled((100.2, 0.1), (101.9, 0.8), (103.0, 0.4))
    assert minute.blocks(103.5, 60, SIGNS, colour=False) == "-" * 56 + "18-4".replace("1", "2").replace(
        "4", "5"
    )


def test_a_failed_probe_hides_the_healthy_ones_of_its_second() -> None:
    minute = filled((100.1, 0.1))
    minute.add(100.5, 3.0, CRITICAL, failed=True)
    assert minute.blocks(100.9, 60, SIGNS, colour=False)[-1] == "x"
    assert minute.last == "CRITICAL"


def test_only_the_last_minute_is_kept() -> None:
    minute = filled(*((float(each), 0.1) for each in range(10_000)))
    assert minute.blocks(9_999.5, 60, SIGNS, colour=False) == "8" * 60
    assert minute.blocks(10_009.5, 60, SIGNS, colour=False) == "8" * 50 + "-" * 10
    assert minute.blocks(10_070.0, 60, SIGNS, colour=False) == "-" * 60


@pytest.mark.parametrize("room", [60, 59, 31, 30, 13, 1, 0])
def test_the_blocks_fit_any_width_and_lose_no_failure(room: int) -> None:
    minute = filled(*((float(each), 0.1) for each in range(1000, 1060)))
    minute.add(1030.0, 0.1, CRITICAL, failed=True)
    shown = minute.blocks(1059.9, room, SIGNS, colour=False)
    assert len(shown) <= max(room, 1)
    assert shown.count("x") == 1


def test_a_block_has_the_colour_of_its_worst_state() -> None:
    minute = filled((100.0, 0.1))
    minute.add(101.0, 0.2, WARNING, failed=False)
    shown = minute.blocks(101.0, 60, SIGNS, colour=True)
    assert shown.endswith("\033[32m5\033[0m\033[33m8\033[0m")
