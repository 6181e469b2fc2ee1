# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cost of a process: the processor time of a command from fork to exit."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent.parent

# For a process that imports this project and this package.
PATHS = {"PYTHONPATH": os.pathsep.join((str(ROOT / "plugins"), str(ROOT / "tests")))}

CHECK = (sys.executable, str(ROOT / "plugins" / "check_tcp_health"))

# The folders of the C plugin in the distributions; PATH does not have them.
_FOLDERS = ("/usr/lib/nagios/plugins", "/usr/lib64/nagios/plugins", "/usr/local/libexec/nagios")
# Debian's diversion first: if it exists, the other name is probably a link to ours.
_C_NAMES = ("check_tcp.distrib", "check_tcp")


def c_check_tcp() -> str | None:
    """The path of the C plugin, or None."""
    for folder in _FOLDERS:
        for name in _C_NAMES:
            path = Path(folder, name)
            if path.is_file() and path.read_bytes()[:4] == b"\x7fELF":
                return str(path)
    return None


def environment() -> dict[str, str]:
    """The environment of the measured commands: only the variables that a monitoring engine would set."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ}


def cpu(command: Sequence[str], wanted: int = 0, *, mute: bool = False) -> float:
    """User and system seconds of a command, its own children included; RuntimeError at another exit code.

    Its stdin is empty; its stdout is discarded, and with ``mute`` also its stderr.
    """
    pid = os.posix_spawn(
        command[0],
        list(command),
        environment(),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            *((os.POSIX_SPAWN_OPEN, each, os.devnull, os.O_WRONLY, 0) for each in ((1, 2) if mute else (1,))),
        ],
    )
    _, status, usage = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code != wanted:
        raise RuntimeError(f"{' '.join(command)} ended with {code}, not {wanted}")
    return usage.ru_utime + usage.ru_stime


def go_first() -> bool:
    """Raise the priority of this process and its children, since other work would be measured too; return success."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(os.sched_get_priority_min(os.SCHED_RR)))
    except OSError:
        return False
    return True


@contextmanager
def going_first() -> Iterator[str]:
    """As go_first, during the block; yield a description."""
    try:
        yield "real-time" if go_first() else "the usual"
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
