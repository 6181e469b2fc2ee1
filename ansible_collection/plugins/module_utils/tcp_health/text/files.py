# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Read what settings refer to: text files, and secrets in files and environment variables."""

from __future__ import annotations

import os
import stat

# Bytes of a file: enough for a dialogue of a thousand steps, and an endless device does not fill the memory.
MOST = 1 << 16


def lines(path: str) -> list[str]:
    """Return the lines of a UTF-8 text file without their line ends. Raises ValueError with one sentence."""
    raw = _content(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        # The position does not include a byte order mark.
        line = problem.object[: problem.start].count(b"\n") + 1
        byte = problem.object[problem.start]
        raise ValueError(f"{path}, line {line}: not UTF-8 (byte 0x{byte:02x})") from None
    if "\0" in text:
        raise ValueError(f"{path}: contains a NUL character")
    return text.replace("\r\n", "\n").split("\n")


def secret(name: str) -> bytes:
    """Return the secret of file:PATH (its first line) or env:NAME. Raises ValueError with one sentence."""
    kind, _, place = name.partition(":")
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
    content = _content(place)
    first = content.partition(b"\n")[0].rstrip(b"\r")
    if not first:
        raise ValueError(f"{place}: the first line is empty: it must contain the secret")
    return first


def mode(path: str) -> int:
    """Return the mode of a regular file or a folder. Raises ValueError with one sentence, also for other types.

    A read from a FIFO would wait for a writer, without any timeout.
    """
    shown = path if path.isprintable() else repr(path)
    try:
        found = os.stat(path).st_mode  # noqa: PTH116 - pathlib costs 4 ms
    except OSError as problem:
        raise ValueError(f"{path}: {problem.strerror}") from None
    except ValueError as problem:  # a NUL in the path
        raise ValueError(f"{shown}: {problem}") from None
    if not (stat.S_ISREG(found) or stat.S_ISDIR(found)):
        raise ValueError(f"{shown}: not a regular file")
    return found


def beginning(path: str, most: int) -> bytes:
    """Return at most ``most`` bytes from the beginning of a file. Raises ValueError with one sentence."""
    mode(path)
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs 4 ms
            return file.read(most)
    except OSError as problem:
        raise ValueError(f"{path}: {problem.strerror}") from None


def _content(path: str) -> bytes:
    content = beginning(path, MOST + 1)
    if len(content) > MOST:
        raise ValueError(f"{path}: longer than {MOST} bytes")
    return content
