# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The processes of a daemon, found in /proc by descent and session, so that they can be signalled by their ids."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import NamedTuple

ROUNDS = 20
"""The number of searches for children that started while the others were signalled."""


class Process(NamedTuple):
    """A process in /proc; its id and its start, in clock ticks since boot, identify it uniquely."""

    pid: int
    started: int
    parent: int
    session: int
    state: str

    def is_there(self) -> bool:
        """Return whether this process still runs, and its id was not reused for another one."""
        now = process(self.pid)
        return now is not None and now.started == self.started and now.state != "Z"


def process(pid: int) -> Process | None:
    """Return the process PID, or None without such a process (proc(5): /proc/pid/stat)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name before it is in parentheses and may contain any byte.
    fields = text.rpartition(")")[2].split()
    return Process(pid, int(fields[19]), int(fields[1]), int(fields[3]), fields[0])


def family(root: int) -> list[Process]:
    """Return ROOT, its descendants and the processes of its session, the oldest first."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    everybody = [found for pid in pids if (found := process(pid))]
    members: list[Process] = []
    known = {root}
    # A child is never older than its parent: one pass in the order of start finds them all.
    for each in sorted(everybody, key=lambda found: (found.started, found.pid)):
        if each.pid == root or each.parent in known or each.session == root:
            known.add(each.pid)
            members.append(each)
    return [each for each in members if each.state != "Z"]


def signal_family(root: int, number: int) -> list[Process]:
    """Send signal NUMBER to ROOT and its whole family, including new processes; return them."""
    told: dict[int, Process] = {}
    for _ in range(ROUNDS):
        new = [each for each in family(root) if each.pid not in told]
        if not new:
            break
        for each in new:
            told[each.pid] = each
            signal_process(each, number)
    return list(told.values())


def signal_process(each: Process, number: int) -> None:
    """Send signal NUMBER to one process, unless its id was reused."""
    if each.is_there():
        with contextlib.suppress(ProcessLookupError):
            os.kill(each.pid, number)
