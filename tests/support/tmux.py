# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A program on a real terminal: tmux shows it, gets its keys, and is resized."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


class Screen:
    """A terminal in which a program runs; it has its own server, so no session of the user is touched."""

    def __init__(self, socket: Path) -> None:
        self._command = ("tmux", "-S", str(socket), "-f", "/dev/null")

    def tmux(self, *words: str, environ: Mapping[str, str] | None = None) -> str:
        """Run a command of tmux; return what it prints."""
        return subprocess.run(
            [*self._command, *words],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
            timeout=30,
            env=environ,
        ).stdout

    def shown(self, *, colours: bool = False) -> str:
        """Return the text on the screen, without empty lines at its end."""
        return self.tmux("capture-pane", "-p", *(("-e",) if colours else ())).rstrip("\n")

    def all_lines(self) -> str:
        """Return the text that has scrolled away, and that on the screen; lines that the terminal has wrapped are joined."""
        return self.tmux("capture-pane", "-p", "-J", "-S", "-")

    def press(self, *keys: str) -> None:
        """Press keys: letters, or names such as Enter and C-c."""
        self.tmux("send-keys", *keys)

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size."""
        self.tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def end(self) -> None:
        """End the server, with the program, if it has not ended yet."""
        subprocess.run([*self._command, "kill-server"], capture_output=True, check=False, timeout=30)

    def wait(self, found: Callable[[str], bool], seconds: float = 20.0) -> str:
        """Wait until a test of everything that was shown is true; return that text, or raise AssertionError."""
        end = time.monotonic() + seconds
        while True:
            text = self.all_lines()
            if found(text):
                return text
            if time.monotonic() > end:
                raise AssertionError(f"not shown within {seconds} s:\n{text}")
            time.sleep(0.05)


@contextmanager
def terminal(
    command: Sequence[str], columns: int, lines: int, environ: Mapping[str, str] | None = None
) -> Iterator[Screen]:
    """Run a command on a terminal of that size. After its end, its exit code is shown as "exit code N"."""
    with tempfile.TemporaryDirectory() as folder:
        screen = Screen(Path(folder) / "tmux")
        line = f"trap : INT; {shlex.join(command)}; echo exit code $?; exec cat"
        variables = {**os.environ, "LC_ALL": "C.UTF-8", "SHELL": "/bin/sh", **(environ or {})}
        variables.pop("TMUX", None)
        screen.tmux(
            "new-session", "-d", "-x", str(columns), "-y", str(lines), "sh", "-c", line, environ=variables
        )
        try:
            yield screen
        finally:
            screen.end()
