# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Open the files that users name: regular files of bounded size, without waiting; read text and secrets from them."""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from typing import BinaryIO

# Bytes of a file: enough for a dialogue of a thousand steps, and an endless device does not fill the memory.
MOST = 1 << 16

# Bytes of a file of certificates. The bundle of a distribution has a quarter of a megabyte, and OpenSSL reads 16 MiB
# without a certificate in 0.1 s.
MOST_CERTIFICATES = 1 << 24

# Bytes of OpenSSL's configuration; that of a distribution has 12 KiB.
_MOST_CONFIGURATION = 1 << 20

# Errors of this host and not of the file: it has no descriptor or no memory left.
LACKS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)

# O_NONBLOCK: a FIFO would wait for a writer. O_NOCTTY: a terminal would become the process's own.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

waiting: list[str] = []
"""What is being opened or read now, the innermost last. A file system that does not answer holds the process, and only
the program may end it: its watchdog reads here what it waits for."""


class FileError(ValueError):
    """A file that cannot be used: the sentence is its path and the reason. errno is 0 where the system gave no number."""

    def __init__(self, path: str, reason: str, number: int = 0) -> None:
        super().__init__(f"{path if path.isprintable() else repr(path)}: {reason}")
        self.reason = reason
        self.errno = number


def opened(path: str, most: int, *, folder: int | None = None) -> int:
    """Return a descriptor of a regular file of at most ``most`` bytes. Raises FileError.

    The type is checked before the file is opened, because opening can be enough to start or to rewind a device, and
    again afterwards, because another process may have replaced the file in between.

    folder   the descriptor of the folder that the path is a name in; then a link is not followed
    """
    flags = _FLAGS if folder is None else _FLAGS | os.O_NOFOLLOW
    try:
        _refuse(path, os.stat(path, dir_fd=folder, follow_symlinks=folder is None), most)
        descriptor = os.open(path, flags, dir_fd=folder)
    except OSError as problem:
        raise FileError(path, problem.strerror or str(problem), problem.errno or 0) from None
    except FileError:
        raise
    except ValueError as problem:  # a NUL in the path
        raise FileError(path, str(problem)) from None
    try:
        _refuse(path, os.fstat(descriptor), most)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _refuse(path: str, found: os.stat_result, most: int) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise FileError(path, os.strerror(errno.EISDIR), errno.EISDIR)
    if not stat.S_ISREG(found.st_mode):
        raise FileError(path, "not a regular file")
    if found.st_size > most:
        raise FileError(path, f"longer than {most} bytes")


def name_of(descriptor: int, path: str) -> str:
    """Return the name by which OpenSSL opens the file of a descriptor, which was opened as ``path``.

    Between a check of the path and OpenSSL's own opening, another process could put a FIFO in its place. Only Linux has
    this name. /dev/fd is no substitute: on other systems the two openings share a position.
    """
    name = f"/proc/self/fd/{descriptor}"
    return name if os.path.exists(name) else path  # noqa: PTH110 - pathlib costs 4 ms


def content(path: str, most: int = MOST, *, folder: int | None = None) -> bytes:
    """Return the content of a regular file of at most ``most`` bytes; folder as in ``opened``. Raises FileError."""
    waiting.append(path)
    try:
        descriptor = opened(path, most, folder=folder)
        try:
            return read(path, descriptor, most)
        finally:
            os.close(descriptor)
    finally:
        waiting.pop()


def read(path: str, descriptor: int, most: int) -> bytes:
    """Return what a descriptor still has, at most ``most`` bytes. Raises FileError, which names the path."""
    parts: list[bytes] = []
    left = most + 1
    try:
        while left > 0:
            # A file in /proc has no size, so the size alone is no limit.
            part = os.read(descriptor, min(left, MOST))
            if not part:
                return b"".join(parts)
            parts.append(part)
            left -= len(part)
    except OSError as problem:
        raise FileError(path, problem.strerror or str(problem), problem.errno or 0) from None
    raise FileError(path, f"longer than {most} bytes")


def stream(name: str, file: BinaryIO, most: int = MOST) -> bytes:
    """Return what an open stream, such as standard input, still has: at most ``most`` bytes. Raises FileError."""
    waiting.append(name)
    try:
        found = file.read(most + 1)
    except OSError as problem:
        raise FileError(name, problem.strerror or str(problem), problem.errno or 0) from None
    finally:
        waiting.pop()
    if len(found) > most:
        raise FileError(name, f"longer than {most} bytes")
    return found


def lines(path: str) -> list[str]:
    """Return the lines of a UTF-8 text file without their line ends. Raises ValueError with one sentence."""
    raw = content(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        # The position does not include a byte order mark.
        start = int(problem.start)  # pylint does not know its type
        before = problem.object[:start]
        line, place = before.count(b"\n") + 1, start - before.rfind(b"\n")
        raise ValueError(f"{path}, line {line}: not UTF-8 at byte {place}") from None
    if "\0" in text:
        raise ValueError(f"{path}: contains a NUL character")
    return text.replace("\r\n", "\n").split("\n")


def secret(name: str) -> bytes:
    """Return the secret of file:PATH (its first line) or env:NAME. Raises ValueError with one sentence."""
    kind, _sign, place = name.partition(":")
    if not place:
        raise ValueError(
            f"{{{name}}}: missing name of the {'environment variable' if kind == 'env' else 'file'}"
        )
    if kind == "env":
        value = os.environ.get(place)
        if value is None:
            raise ValueError(f"environment variable {place} is not set")
        if not value:
            raise ValueError(f"environment variable {place} is empty: it must contain the secret")
        return os.fsencode(value)
    first = content(place).partition(b"\n")[0].rstrip(b"\r")
    if not first:
        raise ValueError(f"{place}: the first line is empty: it must contain the secret")
    return first


def unquoted(sentence: str) -> str:
    """Return an error message without the texts that it quotes.

    They are from a file that a user named. It may be a file of passwords, given by mistake, or by a user who may run the
    program but not read the file. The place and the reason remain.
    """
    import re  # only an error needs it

    # A text that is quoted as Python does, or a placeholder: "invalid port 'ssh': must be …" → "invalid port: must be …".
    # One character of punctuation, such as ':', belongs to the message itself.
    return re.sub(
        r""" b?('([^'\\]|\\.){2,}'|"([^"\\]|\\.)+"|'\w'|\{[^{}]*\})…?|(?<= given) for .*$""", "", sentence
    )


def refuse_openssl_configuration() -> None:
    """Raise FileError if OPENSSL_CONF names what OpenSSL would wait for, or read without end.

    OpenSSL opens it when Python's modules ssl and hashlib are imported, which no thread can interrupt.
    """
    path = os.environ.get("OPENSSL_CONF")
    if not path:
        return
    try:
        content(path, _MOST_CONFIGURATION)
    except FileError as problem:
        if problem.errno != errno.ENOENT:  # OpenSSL ignores a missing one
            raise FileError("OPENSSL_CONF", str(problem), problem.errno) from None
