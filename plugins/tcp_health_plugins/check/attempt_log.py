# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write a line for each attempt to a file or to standard error as soon as it ends (--log-attempts)."""

from __future__ import annotations

import os
import time

from tcp_health.text.clean import clean
from tcp_health.text.files import FileError, waiting
from tcp_health.text.units import fixed, utc
from tcp_health_plugins.common.folder import Folder
from tcp_health_plugins.common.output import write_error

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Callable

    from tcp_health.model.outcome import Attempt
    from tcp_health.model.target import Target

STANDARD_ERROR = "-"

# The mode of a new file, before the umask: it has addresses and causes, as the output of the check has.
_MODE = 0o644

# Characters of a line, so that it is one system call in a pipe too.
_LONGEST = 500


class AttemptLog:
    """The log of a check's attempts. It never fails: the first error is reported as one sentence, and ends the log."""

    def __init__(self, path: str, target: Target, report: Callable[[str], None]) -> None:
        """Open the log.

        path     a file, which is appended to; "-" for standard error
        report   called at most once, with the sentence about an error
        """
        self._path = path
        self._place = clean(target.text)
        self._report = report
        self._number = 0
        self._descriptor: int | None = None
        self._ended = False
        if path.endswith("/") or not path:
            self._end(f"{path}: names no file")
        elif path != STANDARD_ERROR:
            self._open()

    def __call__(self, attempt: Attempt) -> None:
        """Write the line of an attempt that has just ended."""
        if self._ended:
            return
        self._number += 1
        line = f"{utc(time.time())} {self._number} {described(attempt, self._place)}"
        waiting.append(self._path if self._descriptor is not None else "standard error")
        try:
            if self._descriptor is None:
                failure = write_error(line)
            else:
                failure = _appended(self._descriptor, f"{line}\n".encode("utf-8", "replace"))
        finally:
            waiting.pop()
        if failure is not None:
            self._end(f"{self._path}: {failure}")

    def _open(self) -> None:
        folder, name = os.path.split(self._path)
        waiting.append(self._path)
        try:
            with Folder.open(folder or ".") as opened:
                self._descriptor = opened.append(name, _MODE)
        except FileError as error:
            self._end(f"{self._path}: {error.reason}")
        except OSError as error:
            self._end(f"{self._path}: {error.strerror or error}")
        except ValueError as error:  # a NUL in the path
            self._end(f"{self._path!r}: {error}")
        finally:
            waiting.pop()

    def _end(self, sentence: str) -> None:
        self._ended = True
        self._report(clean(f"--log-attempts {sentence}", 400))


def described(attempt: Attempt, place: str) -> str:
    """Return the line of an attempt after its time and number: the result, the seconds, the target, and the message."""
    address = attempt.address
    if address is not None and address.family and address.text not in place:
        place += f" ({address.text})"
    failure = attempt.failure
    if failure is None:
        message = f"received {attempt.size} bytes" if attempt.size else "connected"
        return clean(f"ok {fixed(attempt.time, 's')} {place} {message}", _LONGEST)
    error = f" ({failure.error})" if failure.error else ""
    message = f"{failure.cause.replace('_', ' ')}{error}, {attempt.phase}"
    return clean(f"failed {fixed(attempt.time, 's')} {place} {message}", _LONGEST)


def _appended(descriptor: int, line: bytes) -> str | None:
    """Append a line, usually by one system call, so that several checks can share a file; return the reason of a failure."""
    try:
        while line:
            line = line[os.write(descriptor, line) :]
    except OSError as error:
        return error.strerror or str(error)
    return None
