# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""A regular expression of a user's, matched in bounded time: under an interval timer, in the main thread.

An expression may take time that doubles with each byte, so bounding the bytes does not bound it. Python looks for
signals while it matches, which nothing but a signal can use to end it.
"""

from __future__ import annotations

import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import Any, NoReturn

# Seconds for one match. An expression that is well made takes well below 1 ms for 64 KiB.
LIMIT = 0.05


class StoppedError(Exception):
    """A match that was not finished, or could not be begun: its text says why in one clause."""


def search(expression: re.Pattern[bytes], data: bytes) -> re.Match[bytes] | None:
    """``expression.search(data)`` within LIMIT seconds. Raises StoppedError.

    The handler and the timer are as they were afterwards; a timer that would have gone off meanwhile does so late.
    """
    if not hasattr(signal, "setitimer"):
        raise StoppedError("this system has no interval timer to bound a regular expression with")
    try:
        before = signal.signal(signal.SIGALRM, _stop)
    except ValueError:
        raise StoppedError(
            "a regular expression is matched in the main thread only, where it can be stopped"
        ) from None
    rest, interval = signal.setitimer(signal.ITIMER_REAL, LIMIT)
    try:
        try:
            return expression.search(data)
        finally:
            # The alarm may still come here, between the match's end and the timer's: it ends this call either way.
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _AlarmError:
        raise StoppedError(f"the regular expression took longer than {LIMIT * 1000:.0f} ms") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if rest:
            signal.setitimer(signal.ITIMER_REAL, max(rest - LIMIT, 1e-6), interval)


class _AlarmError(Exception):
    """The timer went off."""


def _stop(_number: int, _frame: Any) -> NoReturn:
    raise _AlarmError
