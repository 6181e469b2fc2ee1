# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write UTF-8 to standard output and standard error in every locale. They may be closed or full."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from typing import TextIO

CLOSED = "it is closed"
READER_GONE = "its reader has gone"


def write_output(text: str, errors: str = "backslashreplace") -> str | None:
    """Write text to standard output and flush it; return None, or the reason why that failed.

    The reason is CLOSED, READER_GONE (as after `| head`) or the system's error message. ``errors`` selects the error
    handler for characters that cannot be encoded.
    """
    if sys.stdout is None:  # closed before Python started
        return CLOSED
    try:
        _write(sys.stdout, text, errors)
    except BrokenPipeError:
        _discard(1)
        return READER_GONE
    except (OSError, ValueError) as error:  # Python raises ValueError for a stream that it has closed itself
        _discard(1)
        return getattr(error, "strerror", None) or CLOSED
    return None


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal. One that is closed, or that is no stream of the system, is not."""
    try:
        return stream is not None and stream.isatty()
    except (AttributeError, ValueError):
        return False


def write_error(*lines: str) -> str | None:
    """Write lines to standard error with unprintable characters escaped; return None, or the reason why that failed."""
    return draw("".join(f"{_one_line(line)}\n" for line in lines))


def draw(text: str) -> str | None:
    """Write text with its control characters to standard error; return None, or the reason why that failed."""
    if sys.stderr is None:
        return CLOSED
    try:
        _write(sys.stderr, text, "backslashreplace")
    except (OSError, ValueError) as error:
        _discard(2)
        return getattr(error, "strerror", None) or CLOSED
    return None


def _one_line(text: str) -> str:
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _write(stream: TextIO, text: str, errors: str) -> None:
    buffer = getattr(stream, "buffer", None)
    if buffer is None:  # an io.StringIO
        stream.write(text)
        stream.flush()
        return
    buffer.write(_encoded(text, stream, errors))
    buffer.flush()


def _encoded(text: str, stream: TextIO, errors: str) -> bytes:
    r"""Encode text as UTF-8; for a terminal in another encoding, as ASCII.

    An engine looks for the ASCII characters | and \ in the bytes of the output. In encodings such as GBK, Big5 and
    Shift-JIS, these bytes also occur within letters, so a server could send letters that become perfdata. Neither the
    locale nor PYTHONIOENCODING therefore selects the encoding. A terminal that does not expect UTF-8 would interpret
    some of its bytes as control characters.
    """
    if text.isascii():
        return text.encode()
    if is_terminal(stream):
        from locale import CODESET, nl_langinfo  # costs 3 ms

        if nl_langinfo(CODESET).upper() != "UTF-8":
            return text.encode("ascii", errors)
    return text.encode("utf-8", errors)


def _discard(descriptor: int) -> None:
    """Redirect a descriptor to /dev/null, so that Python's flush at exit does not fail again."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)
    except OSError:
        pass
