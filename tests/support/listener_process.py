# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The listener as a process of its own: `with listening("--behaviour", "echo") as listener: listener.port`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

PROGRAM = Path(__file__).resolve().parents[2] / "plugins" / "tcp_health_listener"

# The default options: loopback, a free port, and no wait for open connections at the end.
DEFAULTS = ("--bind", "127.0.0.1", "--port", "0", "--grace", "0")

# Starting takes 0.1 s; a machine that also runs other tests may take much longer.
_PATIENCE = 20.0


class ListenerProcess:
    """A running listener.

    process  the subprocess.Popen
    host     the address it is bound to, without brackets
    port     the port it is bound to
    """

    def __init__(self, process: subprocess.Popen[bytes], output: Path, errors: Path) -> None:
        self.process = process
        self._output = output
        self._errors = errors
        first = self.wait_for("Listening on ").split("Listening on ", 1)[1].split("\n", 1)[0]
        host, _, port = first.rpartition(":")
        self.host = host.strip("[]")
        self.port = int(port)

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    @property
    def log(self) -> str:
        """Its stdout until now."""
        return self._output.read_text(encoding="utf-8")

    @property
    def errors(self) -> str:
        """Its stderr until now."""
        return self._errors.read_text(encoding="utf-8")

    def wait_for(self, text: str, times: int = 1, patience: float = _PATIENCE) -> str:
        """Wait until `text` is in the log so often; return the log, or raise AssertionError."""
        if until(lambda: "\n" in self.log and self.log.count(text) >= times, patience, self.process):
            return self.log
        raise AssertionError(
            f"{text!r} did not come {times} times within {patience} s; exit code {self.process.poll()},"
            f" stdout {self.log!r}, stderr {self.errors!r}"
        )

    def stop(self, number: int = signal.SIGTERM, patience: float = _PATIENCE) -> int:
        """Send the signal; return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(patience)

    def cpu_seconds(self) -> float:
        """User and system time until now, from proc(5)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wakeups(self) -> int:
        """The number of its voluntary context switches until now, from proc(5)."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])


@contextmanager
def listening(
    *arguments: str,
    program: Path = PROGRAM,
    prefix: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[ListenerProcess]:
    """Start a listener with DEFAULTS and `arguments`, and end it after the block, by its process id.

    It runs on the interpreter of the tests, in a session of its own. Its output goes to files, so that a test
    that does not read it cannot block it. `prefix` is a command that executes its arguments.
    """
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder, "stdout"), Path(folder, "stderr")
        with output.open("wb") as stdout, errors.open("wb") as stderr:
            process = subprocess.Popen(
                [*prefix, sys.executable, str(program), *DEFAULTS, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env=env,
                cwd=cwd,
                start_new_session=True,
            )
        try:
            yield ListenerProcess(process, output, errors)
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE)
            finally:
                process.kill()
                process.wait()


def until(
    true: Callable[[], bool], patience: float = _PATIENCE, process: subprocess.Popen[bytes] | None = None
) -> bool:
    """Whether `true` became true within `patience` seconds, and before the end of `process`."""
    ends = time.monotonic() + patience
    while time.monotonic() < ends:
        gone = process is not None and process.poll() is not None
        if true():
            return True
        if gone:
            return False
        time.sleep(0.01)
    return False
