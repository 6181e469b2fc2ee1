# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A terminal that shows lines, and below them a line of blocks for each target: the last minute of its watch."""

from __future__ import annotations

import os
from locale import CODESET, nl_langinfo

from tcp_health.model.verdict import OK, RANK, STATES, WARNING
from tcp_health.report.observed import milliseconds
from tcp_health.text.clean import clean
from tcp_health_plugins.common.output import write_output
from tcp_health_plugins.common.terminal import coloured, columns, wants_colour, width, wrapped

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

# Seconds that the blocks show.
SHOWN = 60

# A block for each eighth of the longest time of the minute; a failed probe; a second without a probe.
_UNICODE = "▁▂▃▄▅▆▇█", "×", " "
_ASCII = ".:-=+*%@", "X", " "

_SGR = {OK: "32", WARNING: "33"}
_FAILED = "31"

# Columns for the last time, and for the spaces around the blocks.
_TIME = 10


class Minute:
    """The last minute of a target, a second a place: the longest time, and the worst state.

    last   what is shown after the blocks: the last time, or a state
    """

    def __init__(self, label: str) -> None:
        self.label = label
        self.last = ""
        self._seconds: dict[int, tuple[float, int, bool]] = {}

    def add(self, now: float, time: float, state: int, failed: bool) -> None:
        """Add a probe that has ended now."""
        place = int(now)
        longest, worst, any_failed = self._seconds.get(place, (0.0, OK, False))
        self._seconds[place] = (
            max(longest, 0.0 if failed else time),
            max(worst, state, key=RANK.__getitem__),
            any_failed or failed,
        )
        self.last = STATES[state] if failed else milliseconds(time)
        if len(self._seconds) > SHOWN:
            for old in [each for each in self._seconds if each <= place - SHOWN]:
                del self._seconds[old]

    def blocks(self, now: float, room: int, signs: tuple[str, str, str], colour: bool) -> str:
        """Return the blocks, at most ``room`` of them: a block is a second, or several where the room is less."""
        levels, failed_sign, nothing = signs
        each_has = -(-SHOWN // max(room, 1))
        end = int(now) + 1
        end += -end % each_has  # a block keeps its seconds while time passes
        shown = {place: seen for place, seen in self._seconds.items() if place > end - 1 - SHOWN}
        most = max((seen[0] for seen in shown.values()), default=0.0)
        text = []
        for first in range(end - SHOWN // each_has * each_has, end, each_has):
            parts = [shown[place] for place in range(first, first + each_has) if place in shown]
            if not parts:
                text.append(nothing)
                continue
            longest, state = (
                max(part[0] for part in parts),
                max((part[1] for part in parts), key=RANK.__getitem__),
            )
            failed = any(part[2] for part in parts)
            level = min(len(levels) - 1, int(longest / most * len(levels))) if most else 0
            sign = failed_sign if failed else levels[level]
            text.append(
                f"\033[{_FAILED if failed else _SGR.get(state, _FAILED)}m{sign}\033[0m" if colour else sign
            )
        return "".join(text)


class Screen:
    """Standard output that is a terminal; ``color`` is the value of --color."""

    def __init__(self, stream: TextIO, labels: Sequence[str], color: str) -> None:
        self._stream = stream
        self._colour = wants_colour(color, stream)
        self._signs = _UNICODE if nl_langinfo(CODESET).upper() == "UTF-8" else _ASCII
        self.minutes = [Minute(clean(label)) for label in labels]
        self._drawn = 0  # lines below the last one that stays
        self._width = 0  # that of the terminal when they were drawn
        self._entered = 0

    def entered(self, lines: int) -> None:
        """The user has pressed Enter: the terminal has moved the cursor down."""
        self._entered += lines

    def show(self, now: float, *lines: str, state: int | None = None) -> str | None:
        """Add lines, with the word of this state coloured, and draw the blocks again; return why that failed, or None."""
        present = width(self._stream)
        text = [self._erased(present)]
        for line in lines:
            word = STATES[state] if state is not None else ""
            for part in wrapped(line, present, "  "):
                if word and self._colour and f" {word} " in part:
                    before, _, after = part.partition(f" {word} ")
                    part = f"{before} {coloured(word, word)} {after}"  # noqa: PLW2901 - the same part, with colour
                    word = ""
                text.append(part + "\n")
        text.append("\n".join(self._status(now, present)))
        return write_output("".join(text), errors="replace")

    def end(self, *lines: str) -> str | None:
        """Leave the blocks as they are, and add lines below them."""
        begin = "\n" if self._drawn else ""
        self._drawn = 0
        present = width(self._stream)
        shown = [part for line in lines for part in wrapped(line, present, "  ")]
        return write_output(begin + "".join(f"{line}\n" for line in shown), errors="replace")

    def _erased(self, present: int) -> str:
        """Return what erases the blocks. After a change of the width it is unknown which lines the terminal has wrapped."""
        drawn, self._drawn = self._drawn, 0
        entered, self._entered = self._entered, 0
        if not drawn:
            return ""
        if present != self._width:
            return "\n"
        up = drawn - 1 + entered
        return "\r" + (f"\033[{up}A" if up else "") + "\033[J"

    def _status(self, now: float, present: int) -> list[str]:
        """Return the lines of blocks that fit the terminal."""
        try:
            high = os.get_terminal_size(self._stream.fileno()).lines
        except (OSError, ValueError):
            high = 24
        shown = self.minutes[: max(1, high // 2)]
        label = min(max(columns(each.label) for each in shown), present // 3)
        room = min(SHOWN, present - 1 - label - _TIME - 2)
        lines = []
        for each in shown:
            name = each.label if columns(each.label) <= label else each.label[: label - 1] + "…"
            name += " " * (label - columns(name))
            lines.append(f"{name} {each.blocks(now, room, self._signs, self._colour)} {each.last[:_TIME]}")
        self._drawn, self._width = len(lines), present
        return lines
