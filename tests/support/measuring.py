# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run a command and measure its time and its memory.

As a program: measuring.py DESCRIPTOR COMMAND… runs the command and writes its peak memory in KiB to the descriptor. The
kernel counts the memory of the process that starts a command as the command's own, so a small one starts it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Done:
    """How a command ended: its exit code (negative: a signal), its output, its seconds, and its peak memory in MiB."""

    def __init__(self, code: int, output: str, seconds: float, memory: float) -> None:
        self.code = code
        self.output = output
        self.seconds = seconds
        self.memory = memory


def measured(
    command: Sequence[str],
    environ: Mapping[str, str] | None = None,
    patience: float = 60,
    stdin: int = subprocess.DEVNULL,
) -> Done:
    """Run a command; end it after ``patience`` seconds, which is then part of its time."""
    reading, writing = os.pipe()
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-ISs", __file__, str(writing), str(patience), *command],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(writing,),
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(environ or {})},
    )
    os.close(writing)
    output, _ = process.communicate()
    seconds = time.monotonic() - began
    with open(reading, encoding="ascii") as report:  # noqa: PTH123 - a descriptor
        status, memory, own = report.read().split()
    return Done(int(status), output.decode("utf-8", "replace"), min(seconds, float(own)), int(memory) / 1024)


def main() -> int:
    """Run the command of the command line."""
    import signal

    descriptor, patience, command = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    os.set_inheritable(descriptor, False)
    began = time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, patience)
    _, status, usage = os.wait4(pid, 0)
    text = f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss} {time.monotonic() - began}\n"
    os.write(descriptor, text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
