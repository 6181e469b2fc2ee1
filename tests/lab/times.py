# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The time table: seven faults and six values of -t, our time and check_tcp's; for one attempt if there is a retry.

python3 -m lab.times in tests, as root, prints it. SEED=number repeats its addresses.
"""

from __future__ import annotations

import math
import os
import random
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from . import runner
from .faults import CRITICAL, EVERYTHING, UNKNOWN, WITH_CONTROL
from .nouns import CLIENT, SERVER, Dead, Filter, Loop, NoRoute, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .trial import Trial

GOAL = 1.0
"""Seconds that our result may come after check_tcp's."""

PAUSE = 1.0
"""--retry-delay."""

SECONDS = (2, 4, 5, 6, 10, None)
"""Values of -t; None: without -t. The default of both plugins is 10."""

LIMIT = "-H {host} -p {port} -t 10"

FAULTS = (
    Row("host-off", "the host is off", LIMIT, (), CRITICAL, more=WITH_CONTROL, warm=False, inject=(Dead(SERVER),)),
    Row("gateway-off", "our gateway is off", LIMIT, (), CRITICAL, warm=False, inject=(Dead("router1", "client"),)),
    Row("no-route-here", "no route here", LIMIT, (), UNKNOWN, inject=(NoRoute(CLIENT),)),
    Row(
        "prohibited", "router 1 says prohibited", LIMIT, (), CRITICAL,
        inject=(Filter("router1", "forward", EVERYTHING, "reject with icmp type admin-prohibited"),),
    ),
    Row(
        "closed", "nothing listens, and the control port is silent", LIMIT, (), CRITICAL, more=WITH_CONTROL,
        service="none", inject=(Filter(SERVER, "input", "tcp dport {control}", idle=True),),
    ),
    Row("loop", "a routing loop", LIMIT, (), CRITICAL, inject=(Loop(),)),
    Row("dropped", "the host drops in silence", LIMIT, (), CRITICAL, inject=(Filter(SERVER, "input", EVERYTHING),)),
)  # fmt: skip


def cells(values: Sequence[int | None] = SECONDS) -> list[Row]:
    """Every fault with every one of these -t, without and with a retry."""
    found = []
    for fault in FAULTS:
        for seconds in values:
            limit = f"-t {seconds}" if seconds else ""
            command = fault.command.replace("-t 10", limit).strip()
            found.append(replace(fault, name=f"{fault.name} -t {seconds or 'default'}", command=command))
            more = f"{fault.more} --retries 1".strip()
            found.append(replace(found[-1], name=f"{found[-1].name} --retries 1", more=more))
    return found


def later_by(row: Row, ours: Trial, theirs: Trial) -> float:
    """By how many seconds we are later than check_tcp; with a retry, per attempt and without the pause.

    A result with another exit code, or of a fault that has not bitten, has no time: it counts as late.
    """
    if ours.code != row.state or theirs.code not in (CRITICAL, UNKNOWN) or not all(ours.bites):
        return math.inf
    if "--retries 1" not in row.more:
        return ours.seconds - theirs.seconds
    return (ours.seconds - PAUSE) / 2 - theirs.seconds


def table(seed: int, values: Sequence[int | None] = SECONDS) -> tuple[list[str], float]:
    """The lines of the table, and the largest difference. Late rows run once more, fewer at the same time."""
    found: dict[str, tuple[float, str]] = {}
    rows = cells(values)
    for width in (WIDTH, WIDTH_AGAIN):
        for row, trials in runner.results(seed, rows, width):
            ours, theirs = trials["ours"], trials["theirs"]
            difference = later_by(row, ours, theirs)
            line = f"{row.name:<45} {ours.seconds:7.2f} {theirs.seconds:9.2f} {difference:8.2f}"
            found[row.name] = min(found.get(row.name, (difference, line)), (difference, line))
        rows = [row for row in rows if found[row.name][0] > GOAL]
    lines = [f"{line}{'  LATE' if difference > GOAL else ''}" for difference, line in found.values()]
    heading = f"{'fault and -t':<45} {'ours':>7} {'check_tcp':>9} {'later by':>8}"
    return [heading, *sorted(lines)], max(difference for difference, _ in found.values())


WIDTH = 8
"""Topologies side by side: fewer than in the laboratory, so that times are those of the check and not of the machine."""

WIDTH_AGAIN = 2
"""The same for results that were late: one row, ours and theirs."""


def main() -> int:
    """Print the table; the exit code is 1 if a result was later than GOAL."""
    if os.geteuid() != 0:
        sys.stdout.write("Skipped: lab.times: network namespaces and packet filters need root.\n")
        return 0
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
    lines, largest = table(seed)
    late_ones = sum(line.endswith("LATE") for line in lines)
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.write(
        f"{'FAIL' if late_ones else 'PASS'} seed {seed}: {len(lines) - 1} results, {late_ones} late, the largest"
        f" difference {largest:.2f} s, goal {GOAL:.1f} s\n"
    )
    return 1 if late_ones else 0


if __name__ == "__main__":
    sys.exit(main())
