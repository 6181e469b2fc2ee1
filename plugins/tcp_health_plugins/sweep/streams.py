# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the lines of a run while it goes on: whole lines, and without waiting for a slow reader."""

from __future__ import annotations

import os
import select
import stat
from contextlib import suppress

from tcp_health_plugins.common.folder import Folder
from tcp_health_plugins.common.output import READER_GONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

# Bytes of one write. To a pipe, a write of at most this many bytes is never split (PIPE_BUF of pipe(7)), and does not
# wait where poll reports that the pipe is writable. To a file, it lies in two pages at most, so a SIGKILL hardly ever
# splits it.
PIECE = 4096

# Bytes that may wait for a slow reader before the sweep begins no more checks. What is in flight then still adds its
# lines: with 1,000 in flight less than another megabyte.
BACKLOG = 1 << 20

_MODE = 0o644


class StreamError(Exception):
    """A stream cannot be written; the message is the reason."""


class Stream:
    """Lines to a descriptor.

    name     for messages
    waiting  bytes that are not written yet
    """

    def __init__(self, descriptor: int, name: str) -> None:
        self.name = name
        self.waiting = 0
        self._descriptor = descriptor
        self._lines: list[bytes] = []
        self._is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)

    def write(self, text: str) -> None:
        """Add whole lines."""
        data = text.encode("utf-8", "backslashreplace")
        self._lines.append(data)
        self.waiting += len(data)

    def flush(self, *, wait: bool = False) -> None:
        """Write what can be written without waiting, or with ``wait`` all of it. Raises StreamError."""
        while self._lines and (wait or self._is_file or self._poll.poll(0)):
            self._write(self._next_piece())

    def _next_piece(self) -> bytes:
        """Take the next lines: as many as fit in a piece, and at least one."""
        size = count = 0
        for line in self._lines:
            if count and size + len(line) > PIECE:
                break
            size += len(line)
            count += 1
        piece = b"".join(self._lines[:count])
        del self._lines[:count]
        return piece

    def _write(self, piece: bytes) -> None:
        written = 0
        try:
            while written < len(piece):
                written += os.write(self._descriptor, piece[written:])
        except BlockingIOError:  # the descriptor is non-blocking, as a shell may have left it
            self._lines.insert(0, piece[written:])
            self.waiting -= written
            self._poll.poll(1000)
            return
        except OSError as error:
            self._cut(piece[:written])
            self._lines.clear()
            self.waiting = 0
            reason = READER_GONE if isinstance(error, BrokenPipeError) else error.strerror
            raise StreamError(f"cannot write to {self.name}: {reason}") from None
        self.waiting -= written

    def _cut(self, written: bytes) -> None:
        """Remove a part of a line from the end of a file that is full."""
        part = len(written) - (written.rfind(b"\n") + 1)
        if part and self._is_file:
            with suppress(OSError):
                end = os.lseek(self._descriptor, 0, os.SEEK_CUR)
                os.ftruncate(self._descriptor, end - part)
                os.lseek(self._descriptor, end - part, os.SEEK_SET)

    def close(self) -> None:
        """Close the descriptor."""
        with suppress(OSError):
            os.close(self._descriptor)


def standard_output() -> Stream:
    """Return a stream to standard output. Raises StreamError."""
    try:
        return Stream(os.dup(1), "standard output")
    except OSError:
        raise StreamError("cannot write to standard output: it is closed") from None


def new_file(path: str) -> Stream:
    """Return a stream to a new file, which replaces one of this name at once. Raises StreamError."""
    try:
        with _folder_of(path) as folder:
            name = _replace(folder, path, b"")
            descriptor = os.open(name, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder.descriptor)
    except OSError as error:
        raise StreamError(f"cannot write to {path}: {error.strerror}") from None
    return Stream(descriptor, path)


def write_whole(path: str, content: IO[bytes]) -> None:
    """Write a file whole or not at all. Raises StreamError."""
    try:
        with _folder_of(path) as folder:
            _replace(folder, path, content)
    except OSError as error:
        raise StreamError(f"cannot write to {path}: {error.strerror}") from None


def refuse_unwritable(path: str) -> None:
    """Raise StreamError if there is no folder for a file, or if its name is taken by something else than a file."""
    try:
        with _folder_of(path) as folder:
            _refuse(folder, path)
    except OSError as error:
        raise StreamError(f"cannot write to {path}: {error.strerror}") from None


def _folder_of(path: str) -> Folder:
    return Folder.open(os.path.dirname(path) or ".")  # noqa: PTH120 - the path as given


def _refuse(folder: Folder, path: str) -> str:
    """Return the name of a file that may be replaced. Raises OSError."""
    name = os.path.basename(path)  # noqa: PTH119 - the path as given
    found = folder.status(name) if name else None
    if not name or (found is not None and not stat.S_ISREG(found.st_mode)):
        raise OSError(0, "it is not a regular file")
    return name


def _replace(folder: Folder, path: str, content: IO[bytes] | bytes) -> str:
    """Write a file in place of one with its name, or leave that one; return the name."""
    name = _refuse(folder, path)
    new, identity = folder.write(name, content, _MODE)
    try:
        folder.replace(new, name, identity)
    except BaseException:
        folder.remove(new)
        raise
    folder.synchronize()
    return name
