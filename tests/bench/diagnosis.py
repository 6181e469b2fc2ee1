# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""diagnosis: the cost of diagnosis for a healthy check."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from support.listener_process import listening

from .figure import Figure
from .process import CHECK, cpu

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

GOAL = 1.05
PAIRS = 40

# On a busy machine one measurement is off by 3 % without a real difference. The median of three is not.
ROUNDS = 3

ON, OFF = ("--trace", "failure"), ("--trace", "never")


def figures(pairs: int = PAIRS, rounds: int = ROUNDS) -> Iterator[Figure]:
    """The ratio of a healthy check with diagnosis to one without."""
    with listening("--quiet") as listener:
        target = ("-H", listener.host, "-p", str(listener.port))
        commands = {each: (*CHECK, *target, *each) for each in (ON, OFF)}
        for command in commands.values():
            cpu(command)  # the first start compiles and caches, which is no part of a check
        found = sorted(_round(commands, pairs) for _ in range(rounds))
    ratio, on, off = found[len(found) // 2]
    ratios = ", ".join(f"{each[0]:.3f}" for each in found)
    yield Figure(
        "diagnosis",
        ratio,
        f"times a healthy check with {' '.join(OFF)}, CPU",
        most=GOAL,
        notes=(
            f"medians of {pairs}, in turns: {' '.join(ON)} {on * 1e3:.1f} ms, {' '.join(OFF)} {off * 1e3:.1f} ms",
            f"the middle one of {rounds} rounds: {ratios}",
        ),
    )


def _round(commands: Mapping[tuple[str, str], Sequence[str]], pairs: int) -> tuple[float, float, float]:
    """The ratio of the medians, and both."""
    seconds: dict[tuple[str, str], list[float]] = {ON: [], OFF: []}
    for turn in range(pairs):
        # Alternating, so that the order favours neither.
        for name in (ON, OFF) if turn % 2 else (OFF, ON):
            seconds[name].append(cpu(commands[name]))
    on, off = median(seconds[ON]), median(seconds[OFF])
    return on / off, on, off
