# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""sweep: `run()` over 10,000 targets compared with a bare loop and the C plugin: processor, memory, the kernel's round trip."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING

from support.listener_process import listening

from .figure import Figure
from .greeter import greeting
from .jobs import HOST, Sweep, bare, ours
from .process import PATHS, c_check_tcp, cpu, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Cost = tuple[float, float]  # seconds of CPU, and of wall time

CPU_GOAL = 2.5
MEMORY_GOAL = 64.0
ROUND_TRIP_GOAL = 2.0

CHECKS = 10_000
LIMIT = 1_000
FEW = 16
ROUNDS = 5
PROCESSES = 200

# A server that greets at once ends a connection within half a millisecond, and no more than some 200 are ever open.
# A server that waits longer than the start of a thousand checks keeps a thousand open.
SLOW = ("--behaviour", "slow", "--delay", "0.2")


def figures(
    checks: int = CHECKS, limit: int = LIMIT, rounds: int = ROUNDS, processes: int = PROCESSES
) -> Iterator[Figure]:
    """Processor time relative to the bare loop, memory, and the round trip with a thousand in flight."""
    with greeting() as port, listening("--quiet", *SLOW) as slow:
        yield _processor(port, slow.port, checks, limit, rounds, processes)
        yield _memory(slow.port, checks, limit)
        yield _round_trip(slow.port, checks // 2, limit, rounds)


def _processor(port: int, slow: int, checks: int, limit: int, rounds: int, processes: int) -> Figure:
    loops, engines = _interleaved(port, checks, limit, rounds)
    crowded_loops, crowded = _interleaved(slow, checks // 2, limit, rounds)
    each = median(cpu for cpu, _ in engines) / checks
    costs = f"{each * checks:.2f} s of CPU, the bare loop {median(cpu for cpu, _ in loops):.2f} s"
    times = (
        f"wall time {median(wall for _, wall in engines):.2f} s and {median(wall for _, wall in loops):.2f} s"
    )
    return Figure(
        "sweep CPU",
        _ratio(engines, loops),
        "times a bare epoll loop",
        most=CPU_GOAL,
        notes=(
            f"{checks} checks: {costs}; {times}; medians of {rounds}",
            f"{_ratio(crowded, crowded_loops):.2f} times where a slow server keeps {limit} open all the time",
            _beside_c(port, each, processes),
        ),
    )


def _interleaved(port: int, checks: int, limit: int, rounds: int) -> tuple[list[Cost], list[Cost]]:
    """The costs of the bare loop and of `run()`, alternating."""
    loops: list[Cost] = []
    engines: list[Cost] = []
    for _ in range(rounds):
        loops.append(_timed(bare, port, checks, limit))
        engines.append(_timed(ours, port, checks, limit))
    return loops, engines


def _ratio(engines: list[Cost], loops: list[Cost]) -> float:
    return median(engine / loop for (engine, _), (loop, _) in zip(engines, loops))


def _timed(job: Callable[[int, int, int], None], port: int, checks: int, limit: int) -> Cost:
    """Measure the cost of the job in this process."""
    gc.collect()  # frees the memory of the previous one
    wall, began = time.perf_counter(), time.process_time()
    job(port, checks, limit)
    return time.process_time() - began, time.perf_counter() - wall


def _beside_c(port: int, each: float, processes: int) -> str:
    plugin = c_check_tcp()
    if plugin is None:
        return f"{each * 1e6:.0f} µs a check; C check_tcp is not installed (make engines)"
    command = (plugin, "-H", HOST, "-p", str(port), "-e", "Hello")
    process = median(cpu(command) for _ in range(processes))
    return (
        f"{each * 1e6:.0f} µs a check, a process of C check_tcp {process * 1e6:.0f} µs (median of {processes}):"
        f" 1/{process / each:.0f}"
    )


def _memory(port: int, checks: int, limit: int) -> Figure:
    command = [sys.executable, "-m", "bench.memory", str(port), str(checks), str(limit)]
    done = subprocess.run(command, env={**environment(), **PATHS}, capture_output=True, text=True, check=True)
    return Figure(
        "sweep memory", int(done.stdout) / 1024, "MiB at its peak, a process of its own", most=MEMORY_GOAL
    )


def _round_trip(port: int, checks: int, limit: int, rounds: int) -> Figure:
    many: list[Sampled] = []
    few: list[Sampled] = []
    for _ in range(rounds):
        few.append(Sampled(port, max(checks // 50, FEW), FEW))
        many.append(Sampled(port, checks, limit))
    ratio = median(crowd.round_trip / calm.round_trip for crowd, calm in zip(many, few))
    return Figure(
        "sweep round trip",
        ratio,
        f"times that of {FEW} in flight with {min(crowd.peak for crowd in many)} in flight",
        least=1 / ROUND_TRIP_GOAL,
        most=ROUND_TRIP_GOAL,
        notes=tuple(
            f"{name} in flight: round trip {_micro(each.round_trip for each in sampled)} µs,"
            f" wall time of a connect {_micro(each.connect for each in sampled)} µs,"
            f" the loop's lag {_micro(each.lag for each in sampled)} µs; medians of {rounds}"
            for name, sampled in ((FEW, few), (limit, many))
        ),
    )


def _micro(seconds: Iterator[float]) -> str:
    return f"{median(seconds) * 1e6:.0f}"


class Sampled:
    """The medians of a sweep, in seconds: the kernel's round trip, the connect's wall time, the loop's lag."""

    def __init__(self, port: int, checks: int, limit: int) -> None:
        round_trips: list[float] = []
        connects: list[float] = []
        lags: list[float] = []
        sweep = Sweep(port, checks, limit)
        for outcome in sweep:
            attempt = outcome.attempts[0]
            if attempt.rtt is not None:
                round_trips.append(attempt.rtt)
            if attempt.connect is not None:
                connects.append(attempt.connect)
            lags.append(outcome.lag)
        self.round_trip = median(round_trips)
        self.connect = median(connects)
        self.lag = median(lags)
        self.peak = sweep.peak
