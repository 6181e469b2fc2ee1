# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""oneshot: the processor time of a whole check of a plain TCP target, with start-up."""

from __future__ import annotations

import sys
from statistics import median
from typing import TYPE_CHECKING

from support.listener_process import listening

from .figure import Figure
from .process import CHECK, c_check_tcp, cpu

if TYPE_CHECKING:
    from collections.abc import Iterator

GOAL = 1.35
PAIRS = 40

_BARE = "python -c pass"
_FLOOR = "python -c 'import socket, nagiosplugin'"
_OURS = "check_tcp_health"
_C = "C check_tcp"


def figures(pairs: int = PAIRS) -> Iterator[Figure]:
    """The ratio of a check to the imports that every Python plugin with this library needs."""
    with listening("--quiet") as listener:
        target = ("-H", listener.host, "-p", str(listener.port))
        commands = {
            _FLOOR: (sys.executable, "-c", "import socket, nagiosplugin"),
            _OURS: (*CHECK, *target),
            _BARE: (sys.executable, "-c", "pass"),
        }
        plugin = c_check_tcp()
        if plugin is not None:
            commands[_C] = (plugin, *target)
        for command in commands.values():
            cpu(command)  # the first start compiles and caches, which is no part of a check
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(pairs):
            # Forwards and backwards, so that the order favours neither.
            for name in list(commands)[:: 1 if turn % 2 else -1]:
                seconds[name].append(cpu(commands[name]))
    ratio = median(ours / floor for ours, floor in zip(seconds[_OURS], seconds[_FLOOR]))
    shown = ", ".join(f"{name} {median(values) * 1e3:.1f} ms" for name, values in seconds.items())
    missing = "" if plugin is not None else " (C check_tcp is not installed: make engines)"
    yield Figure(
        "oneshot",
        ratio,
        f"times {_FLOOR}, CPU",
        most=GOAL,
        notes=(f"medians of {pairs}: {shown}{missing}",),
    )
