# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Show the progress of a sweep on a terminal; the only module that imports rich."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

if TYPE_CHECKING:
    from tcp_health.runs.groups import Groups

    from .store import Store

# Groups below the bar: with the bar they fit on the smallest terminal.
_GROUPS = 3


class Bar:
    """A bar on standard error: checks that have ended, their rate, the time left, failures, and the groups as they form.

    It is drawn in the loop of the sweep, without a thread of its own, which would delay the timestamps.
    """

    def __init__(self, total: int | None) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=None),
            TextColumn("{task.completed:.0f}/{task.fields[rows]}"),
            TextColumn("{task.fields[rate]}/s"),
            TextColumn("[red]{task.fields[failed]} failed"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("left"),
            auto_refresh=False,
            expand=True,
        )
        rows = "?" if total is None else str(total)
        self._task = self._progress.add_task("", total=total, rows=rows, rate=0, failed=0)
        self._live = Live(
            self._progress, console=Console(file=sys.stderr), auto_refresh=False, transient=True
        )

    def __enter__(self) -> Bar:  # noqa: PYI034 - Self is in typing from Python 3.11 on
        self._live.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._live.stop()

    def update(self, store: Store, groups: Groups) -> None:
        """Draw the bar anew."""
        ended = sum(store.counts.values())
        elapsed = self._progress.tasks[0].elapsed or 0.0
        rate = f"{ended / elapsed:.0f}" if elapsed > 0 else "0"
        self._progress.update(self._task, completed=ended, rate=rate, failed=store.failed)
        lines = [
            Text(f"  {sentence}", overflow="ellipsis", no_wrap=True) for sentence in groups.forming(_GROUPS)
        ]
        self._live.update(Group(self._progress, *lines), refresh=True)
