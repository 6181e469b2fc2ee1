# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""End a check that a file holds beyond its time limit, such as one on a network file system that does not answer."""

from __future__ import annotations

import _thread
from time import monotonic, sleep

from tcp_health.text.clean import clean
from tcp_health.text.files import waiting

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds after the limit: a check that ends by itself has printed its result by then.
_GRACE = 0.05

# Seconds between two looks.
_PAUSE = 0.02


class Watchdog:
    """A thread that ends the program when the main thread still waits for a file after the time limit.

    Python releases its lock while it opens or reads a file, and while OpenSSL does, so the thread runs. The time that a
    check spends with anything else does not concern it.
    """

    def __init__(self, seconds: float, end: Callable[[str], object]) -> None:
        """Start the thread; ``end`` is called with one sentence and ends the program."""
        self._began = monotonic()
        self._seconds = seconds
        self._end = end
        self._stopped = False
        self._shorter = _thread.allocate_lock()
        self._shorter.acquire()
        try:
            _thread.start_new_thread(self._watch, ())
        except RuntimeError:
            pass  # no thread can be started, and the check itself may still succeed

    def limit(self, seconds: float) -> None:
        """Set the time limit, counted from the start of the watchdog."""
        shorter = seconds < self._seconds
        self._seconds = seconds
        if shorter and self._shorter.locked():
            self._shorter.release()  # wakes the thread

    def stop(self) -> None:
        """End the thread."""
        self._stopped = True
        self.limit(0.0)

    def _watch(self) -> None:
        while not self._stopped:
            left = self._began + self._seconds + _GRACE - monotonic()
            if left > 0:
                self._shorter.acquire(True, min(left, _thread.TIMEOUT_MAX))
                continue
            if waiting and not self._stopped:
                name = waiting[-1]
                self._end(f"{clean(name)}: no answer from this file within {self._seconds:g} s")
            sleep(_PAUSE)
