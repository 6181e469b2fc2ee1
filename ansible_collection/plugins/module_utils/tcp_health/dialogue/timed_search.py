# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Search with a user's regular expression in bounded time: with an interval timer, in the main thread.

The time of an expression may double with each byte, so a limit of the bytes alone does not bound it. Only a signal can
stop a match: Python checks for signals every few thousand steps. One step may read all the bytes, so the timer alone
does not bound the time either.
"""

from __future__ import annotations

import signal
from time import process_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import Any, NoReturn

# Seconds of the process's CPU time for one search, so that a busy machine does not matter. A good expression needs less
# than 1 ms.
LIMIT = 0.05

# Bytes that are searched. With 64 KiB, expressions as simple as [\w\s]*! ran for 0.8 s on Python 3.11, and for 12 s on
# Python 3.9, before Python checked for the signal. With this limit no known expression takes 0.3 s.
MOST = 1 << 13


class StoppedError(Exception):
    """A search that was stopped, or could not begin; the text gives the reason in one clause."""


def search(expression: re.Pattern[bytes], data: bytes) -> re.Match[bytes] | None:
    """Return ``expression.search(data[:MOST])``, within LIMIT seconds. Raises StoppedError.

    The timer counts the CPU time of the process (SIGVTALRM), so alarms of the caller (SIGALRM) work as usual. Afterwards
    the handler, the timer and the mask are restored. A timer that was due meanwhile goes off late.
    """
    if not hasattr(signal, "setitimer"):
        raise StoppedError("this system has no interval timer to limit the time of a regular expression")
    before = signal.getsignal(signal.SIGVTALRM)
    if before is None:
        raise StoppedError(
            "the interval timer that limits the time of a regular expression is in use by other code of this process"
        )
    try:
        signal.signal(signal.SIGVTALRM, before)  # changes nothing; it fails outside the main thread
    except ValueError:
        raise StoppedError(
            "regular expressions can be matched in the main thread only, because their time limit needs a signal"
        ) from None
    # No alarm of the caller may arrive while our handler is set.
    rest, interval = signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    began = process_time()
    signal.signal(signal.SIGVTALRM, _stop)
    # A process inherits the mask of its parent, which may block the signal.
    alarm = (signal.SIGVTALRM,)
    blocked = signal.SIGVTALRM in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    waiting = blocked and signal.SIGVTALRM in signal.sigpending()
    try:
        if waiting:
            signal.sigwait(alarm)  # it would end this search
        if blocked:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, alarm)
        signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
        try:
            return expression.search(data[:MOST])
        finally:
            # The alarm may still arrive here, between the end of the match and of the timer. It ends this call too.
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except _AlarmError:
        raise StoppedError(f"the regular expression took longer than {LIMIT * 1000:.0f} ms") from None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if blocked:
            signal.pthread_sigmask(signal.SIG_BLOCK, alarm)
        signal.signal(signal.SIGVTALRM, before)
        if waiting:
            signal.raise_signal(signal.SIGVTALRM)
        if rest:
            # A timer that is due gets the shortest time, since 0 would mean no timer.
            left = max(rest - (process_time() - began), 1e-6)
            signal.setitimer(signal.ITIMER_VIRTUAL, left, interval)


class _AlarmError(Exception):
    """The timer went off."""


def _stop(_number: int, _frame: Any) -> NoReturn:
    raise _AlarmError
