# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wake a watch for signals and for Enter: both arrive through one pipe, which the engine polls."""

from __future__ import annotations

import os
import signal
from _thread import start_new_thread
from time import sleep

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from typing_extensions import Self

# Signals that end the watch. One that the caller ignores, as nohup ignores SIGHUP, stays ignored.
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Signals after which the watch looks for what has changed: a command that has ended, the size of the terminal.
_LOOKS = (signal.SIGCHLD, signal.SIGWINCH)

# Seconds between two attempts to read from a terminal whose foreground another process has.
_BACKGROUND = 1.0


class Wake:
    """The events that are no probe; a context that restores the signal handlers at its end.

    stopped   the signal that ends the watch, or 0
    lines     how often Enter was pressed since the last ``drain``
    """

    def __init__(self) -> None:
        self.stopped = 0
        self.lines = 0
        self._lines = 0
        self._handlers: list[tuple[int, Any]] = []
        self._reader, self._writer = -1, -1
        self._old_descriptor = -1

    def __enter__(self) -> Self:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        # A parent may have blocked signals, and its children inherit that.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (*_STOPS, *_LOOKS))
        self._old_descriptor = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in (*_STOPS, *_LOOKS):
            if number in _LOOKS or signal.getsignal(number) != signal.SIG_IGN:
                handler = self._look if number in _LOOKS else self._stop
                self._handlers.append((number, signal.signal(number, handler)))
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._old_descriptor)
        for number, handler in self._handlers:
            signal.signal(number, handler)
        for descriptor in (self._reader, self._writer):
            os.close(descriptor)
        self._reader = self._writer = -1

    def fileno(self) -> int:
        """Return the descriptor that is readable after an event."""
        return self._reader

    def drain(self) -> None:
        """Note what has happened, so that the descriptor is no longer readable."""
        try:
            while os.read(self._reader, 4096):
                pass
        except BlockingIOError:
            pass
        seen, self._lines = self._lines, 0
        self.lines = seen

    def listen(self, descriptor: int) -> None:
        """Count the lines that a user enters on this terminal, in a thread: reading from a terminal may block."""
        # A process in the background that reads from its terminal would be stopped. With this, the read fails.
        self._handlers.append((signal.SIGTTIN, signal.signal(signal.SIGTTIN, signal.SIG_IGN)))
        try:
            start_new_thread(self._listen, (descriptor,))
        except RuntimeError:
            pass  # no thread can be started: the watch goes on without Enter

    def _listen(self, descriptor: int) -> None:
        while self._writer >= 0:
            try:
                data = os.read(descriptor, 4096)
            except OSError:
                sleep(_BACKGROUND)
                continue
            if not data:
                return
            self._lines += data.count(b"\n")
            try:
                os.write(self._writer, b"\0")
            except OSError:  # the pipe is full, or the watch is over
                pass

    def _look(self, number: int, frame: FrameType | None) -> None:
        """The wake-up descriptor is readable now; there is nothing else to do."""

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        if self.stopped:
            # The watch does not end, perhaps because its output is not read: end as without a handler.
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.stopped = number
