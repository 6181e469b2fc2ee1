# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Show the progress of a sweep on a terminal; the only module that imports rich."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from tcp_health_plugins.common.output import draw

if TYPE_CHECKING:
    from tcp_health.runs.groups import Groups

    from .store import Store

# Groups below the bar: with the bar they fit on the smallest terminal.
_GROUPS = 3

# To the end of the line, and to the end of the screen. tmux takes the second one in the first line of the screen for the
# command clear, and keeps what it erases as lines that have scrolled away. So it is only used below a line.
_ERASE_LINE, _ERASE_BELOW = "\033[K", "\033[J"

# The cursor.
_HIDE, _SHOW = "\033[?25l", "\033[?25h"


class Bar:
    """A bar on standard error: checks that have ended, their rate, failures, the time left, and the groups as they form.

    It is drawn in the loop of the sweep, without a thread of its own, which would delay the timestamps. The cursor is
    always at its beginning. So it can be erased after the terminal was resized: how many lines it then has is unknown.

    doing   what the run does when all checks have ended, or ""
    """

    doing = ""

    def __init__(self, total: int | None) -> None:
        self._console = Console(file=sys.stderr)
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=None),
            TextColumn("{task.completed:.0f}/{task.fields[rows]}"),
            TextColumn("{task.fields[rate]}/s"),
            TextColumn("[red]{task.fields[failed]} failed"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=self._console,
            auto_refresh=False,
            expand=True,
        )
        rows = "?" if total is None else str(total)
        self._task = self._progress.add_task("", total=total, rows=rows, rate=0, failed=0)

    def __enter__(self) -> Bar:  # noqa: PYI034 - Self is in typing from Python 3.11 on
        self._write(_HIDE)
        return self

    def __exit__(self, *_error: object) -> None:
        self._draw([""])
        self._write(_SHOW)

    def update(self, store: Store, groups: Groups) -> None:
        """Draw the bar anew."""
        ended = sum(store.counts.values())
        elapsed = self._progress.tasks[0].elapsed or 0.0
        rate = f"{ended / elapsed:.0f}" if elapsed > 0 else "0"
        self._progress.update(self._task, completed=ended, rate=rate, failed=store.failed)
        sentences = [*([self.doing] if self.doing else []), *groups.forming(_GROUPS)]
        lines = [Text(f"  {sentence}", overflow="ellipsis", no_wrap=True) for sentence in sentences]
        try:
            with self._console.capture() as drawn:
                self._console.print(Group(self._progress, *lines))
        except OSError:  # the terminal has gone; the result of the run does not depend on it
            return
        self._draw(drawn.get().splitlines())

    def _draw(self, lines: list[str]) -> None:
        """Draw lines in place of those before, and return to the beginning of the first one."""
        text = "".join(f"{_ERASE_LINE}{line}\n" for line in lines)
        self._write(f"\r{text}{_ERASE_BELOW}\033[{len(lines)}A\r")

    def _write(self, text: str) -> None:
        if not self._console.is_dumb_terminal:
            draw(text)
