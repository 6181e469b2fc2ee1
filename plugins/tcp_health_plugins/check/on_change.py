# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run the command of --on-change once for each change of state, one at a time, without delaying the probes."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from time import monotonic, sleep

from tcp_health_plugins.common.usage import UsageError

# Seconds that a command may take.
LIMIT = 30.0

# Seconds from SIGTERM to SIGKILL.
GRACE = 1.0

_NEVER = float("inf")


class ChangeCommand:
    """The command of --on-change.

    It has no shell, and its standard input is empty. What it prints appears on standard error, because standard output
    has the rows. While it runs, the last state of each target waits for it; states between are not reported.

    deadline   the time of ``serve`` at which it must be called again
    """

    def __init__(self, text: str, *, limit: float = LIMIT) -> None:
        """Split the text as a shell would. Raises UsageError."""
        self._limit = limit
        try:
            self._words = shlex.split(text)
        except ValueError as error:
            raise UsageError(f"option --on-change: invalid command: {str(error).lower()}") from None
        if not self._words or not self._words[0]:
            raise UsageError("option --on-change: invalid command: must not be empty")
        if shutil.which(self._words[0]) is None:
            raise UsageError(f"option --on-change: command not found: {self._words[0][:80]!r}")
        self.deadline = _NEVER
        self._process: subprocess.Popen[bytes] | None = None
        self._signals: list[int] = []
        self._about = ""
        self._too_long = False
        self._reported: dict[str, str] = {}  # the state that the command was called with last
        self._waiting: dict[str, dict[str, str]] = {}

    @property
    def is_busy(self) -> bool:
        """Whether a command was started and not collected by ``serve``, or a change waits for one."""
        return self._process is not None or bool(self._waiting)

    def changed(self, facts: dict[str, str]) -> None:
        """Call the command with these facts when it is free. Facts of the same target that still wait are replaced."""
        target = facts["TCP_HEALTH_TARGET"]
        self._waiting.pop(target, None)
        before = self._reported.get(target, "OK")
        if facts["TCP_HEALTH_STATE"] != before:
            self._waiting[target] = {**facts, "TCP_HEALTH_STATE_BEFORE": before}

    def serve(self, now: float) -> list[str]:
        """Start, end and collect commands, as far as it is time for that; return a sentence for each failure."""
        failures: list[str] = []
        while True:
            process = self._process
            if process is not None:
                code = process.poll()
                if code is None:
                    if now >= self.deadline:
                        self._end_group(process, now)
                    return failures
                self._process = None
                self.deadline = _NEVER
                failures.extend(self._failure(code))
            if not self._waiting:
                return failures
            self._start(now, failures)

    def _start(self, now: float, failures: list[str]) -> None:
        target = next(iter(self._waiting))
        facts = self._waiting.pop(target)
        self._reported[target] = facts["TCP_HEALTH_STATE"]
        self._about = f"{facts['TCP_HEALTH_TARGET']} {facts['TCP_HEALTH_STATE']}"
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own command, without a shell
                self._words,
                stdin=subprocess.DEVNULL,
                stdout=2 if sys.stderr is not None else subprocess.DEVNULL,
                env={**os.environ, **facts},
                # A group of its own: Ctrl-C on the terminal reaches the watch alone, which then ends the whole group.
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            failures.append(f"--on-change for {self._about}: {getattr(error, 'strerror', None) or error}")
            return
        self._signals = [signal.SIGTERM, signal.SIGKILL]
        self._too_long = False
        self.deadline = now + self._limit

    def _end_group(self, process: subprocess.Popen[bytes], now: float) -> None:
        """Send the next of SIGTERM and SIGKILL to the command and its children."""
        self._too_long = True
        if not self._signals:  # SIGKILL was sent, and the kernel has not ended it yet
            return
        number = self._signals.pop(0)
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass
        self.deadline = now + GRACE if self._signals else _NEVER

    def _failure(self, code: int) -> list[str]:
        if self._too_long:
            return [f"--on-change for {self._about}: ended after {self._limit:g} s"]
        if code < 0:
            return [f"--on-change for {self._about}: ended by signal {-code}"]
        return [f"--on-change for {self._about}: exit code {code}"] if code else []

    def close(self) -> list[str]:
        """End a command that still runs, and its children; return a sentence if there was one, or changes were not reported."""
        lost = [
            f"--on-change for {each['TCP_HEALTH_TARGET']} {each['TCP_HEALTH_STATE']}: not started, because the watch has ended"
            for each in self._waiting.values()
        ]
        self._waiting.clear()
        process, self._process = self._process, None
        if process is None:
            return lost
        code = process.poll()
        if code is not None:
            return [*self._failure(code), *lost]
        self._end_group(process, 0.0)
        until = monotonic() + GRACE
        while process.poll() is None and monotonic() < until:
            sleep(0.01)
        if process.poll() is None:
            self._end_group(process, 0.0)
            process.wait()
        return [f"--on-change for {self._about}: ended, because the watch has ended", *lost]
