# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""What settings name instead of holding it: files, and secrets in files and in the environment."""

from __future__ import annotations

import os
import stat

# A dialogue of a thousand steps fits; a device that never ends must not fill memory.
MOST = 1 << 16


def lines(path: str) -> list[str]:
    """The lines of a UTF-8 text file, without their ends. Raises ValueError with one sentence."""
    raw = _content(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        # Places are counted behind a byte order mark.
        line = problem.object[: problem.start].count(b"\n") + 1
        byte = problem.object[problem.start]
        raise ValueError(f"{path}, line {line}: not UTF-8 (byte 0x{byte:02x})") from None
    if "\0" in text:
        raise ValueError(f"{path}: a text cannot hold a NUL character")
    return text.replace("\r\n", "\n").split("\n")


def secret(name: str) -> bytes:
    """The secret that file:PATH (its first line) or env:NAME stands for. Raises ValueError with one sentence."""
    kind, _, place = name.partition(":")
    if not place:
        raise ValueError(f"{{{name}}} names no {'variable' if kind == 'env' else 'file'}")
    if kind == "env":
        value = os.environ.get(place)
        if value is None:
            raise ValueError(f"the environment has no variable {place}")
        if not value:
            raise ValueError(f"the environment's {place} is to hold the secret, and is empty")
        return os.fsencode(value)
    content = _content(place)
    first = content.partition(b"\n")[0].rstrip(b"\r")
    if not first:
        raise ValueError(f"{place}: its first line is to hold the secret, and is empty")
    return first


def mode(path: str) -> int:
    """The mode of a file or folder; whatever else there is is refused. Raises ValueError with one sentence.

    Reading a FIFO would wait for a writer, outside every limit.
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
    """As many bytes of a file, or all it has. Raises ValueError with one sentence."""
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
