# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""A regular expression of a user's, matched in bounded time: under an interval timer, in the main thread.

An expression may take time that doubles with each byte, so bounding the bytes does not bound it. Python looks for
signals while it matches, which nothing but a signal can use to end it. It does so every few thousand steps, and one
step may look at all the bytes, so that the timer alone does not bound it either.
"""

from __future__ import annotations

import signal
from time import process_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import Any, NoReturn

# Seconds of processor time for one match, which a busy machine does not use up. An expression that is well made takes
# well below 1 ms.
LIMIT = 0.05

# Bytes that are looked at. With 64 KiB expressions as plain as [\w\s]*! went on for 0.8 s on Python 3.11, and for 12 s
# on Python 3.9, before the signal was looked for; with these none that we know takes 0.3 s.
MOST = 1 << 13


class StoppedError(Exception):
    """A match that was not finished, or could not be begun: its text says why in one clause."""


def search(expression: re.Pattern[bytes], data: bytes) -> re.Match[bytes] | None:
    """``expression.search(data[:MOST])`` within LIMIT seconds. Raises StoppedError.

    The timer is the one of the process's own time (SIGVTALRM): alarms of the caller's go off as ever. The handler and
    the timer are as they were afterwards; a timer that would have gone off meanwhile does so late.
    """
    if not hasattr(signal, "setitimer"):
        raise StoppedError("this system has no interval timer to bound a regular expression with")
    before = signal.getsignal(signal.SIGVTALRM)
    if before is None:
        raise StoppedError(
            "something else than Python in this process uses the interval timer that bounds a regular expression"
        )
    try:
        signal.signal(signal.SIGVTALRM, before)  # changes nothing, but tells whether it may be changed
    except ValueError:
        raise StoppedError(
            "a regular expression is matched in the main thread only, where it can be stopped"
        ) from None
    # Nobody else's alarm comes while the handler is ours.
    rest, interval = signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    began = process_time()
    signal.signal(signal.SIGVTALRM, _stop)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
        try:
            return expression.search(data[:MOST])
        finally:
            # The alarm may still come here, between the match's end and the timer's: it ends this call either way.
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except _AlarmError:
        raise StoppedError(f"the regular expression took longer than {LIMIT * 1000:.0f} ms") from None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        if rest:
            # An alarm that is due comes at once, and a little more than none is what tells it from no timer.
            left = max(rest - (process_time() - began), 1e-6)
            signal.setitimer(signal.ITIMER_VIRTUAL, left, interval)


class _AlarmError(Exception):
    """The timer went off."""


def _stop(_number: int, _frame: Any) -> NoReturn:
    raise _AlarmError
