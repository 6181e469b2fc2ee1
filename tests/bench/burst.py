# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many connects to begin between two polls: `PYTHONPATH=plugins:tests python -m bench.burst` prints a table.

It is no benchmark of `make bench`, since it has no goal: its figures led to the value of engine_pace.BURST.
"""

from __future__ import annotations

import gc
import sys
import time
from statistics import median

import tcp_health.engine.engine
from support.listener_process import listening

from .jobs import Sweep, bare
from .process import go_first
from .sweep import LIMIT, SLOW

BURSTS = (1, 2, 4, 8, 16, 32, 64, 256)
CHECKS = 3_000
ROUNDS = 11


def main(rounds: int) -> None:
    """Print the medians for each burst."""
    samples: dict[int, list[tuple[float, ...]]] = {burst: [] for burst in BURSTS}
    with listening("--quiet", *SLOW) as listener:
        first = go_first()
        for turn in range(rounds):
            began = time.process_time()
            bare(listener.port, CHECKS, LIMIT)
            loop = time.process_time() - began
            for burst in BURSTS[:: 1 if turn % 2 else -1]:
                samples[burst].append(sample(listener.port, burst, loop))
    priority = "real-time" if first else "the usual"
    print(f"{CHECKS} checks, {LIMIT} in flight, at {priority} priority; medians of {rounds}")
    print(
        "burst | CPU, times the bare loop's | connect, wall: median µs | 99 % within µs | kernel's round trip µs"
    )
    for burst, rows in samples.items():
        cpu, middle, late, round_trip = (median(column) for column in zip(*rows))
        print(f"{burst} | {cpu:.2f} | {middle * 1e6:.0f} | {late * 1e6:.0f} | {round_trip * 1e6:.0f}")


def sample(port: int, burst: int, loop: float) -> tuple[float, ...]:
    """Of one sweep: its CPU beside the bare loop's, median and 99th percentile of the connects, median round trip."""
    vars(tcp_health.engine.engine)["BURST"] = burst  # where the engine has imported it
    vars(tcp_health.engine.engine)["BURST"] = burst  # where the engine has imported it
    connects: list[float] = []
    round_trips: list[float] = []
    gc.collect()
    began = time.process_time()
    for outcome in Sweep(port, CHECKS, LIMIT):
        attempt = outcome.attempts[0]
        connects.append(attempt.connect or 0.0)
        round_trips.append(attempt.rtt or 0.0)
    ratio = (time.process_time() - began) / loop
    connects.sort()
    return ratio, median(connects), connects[len(connects) * 99 // 100], median(round_trips)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
