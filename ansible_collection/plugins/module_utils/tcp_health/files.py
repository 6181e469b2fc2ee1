# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""What settings name instead of holding it: a dialogue's file, secrets in files and in the environment."""

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


def _content(path: str) -> bytes:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - pathlib costs 4 ms
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            # Reading a FIFO would wait for a writer, outside every limit.
            raise ValueError("not a regular file")  # noqa: TRY301 - one place gives the path
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs 4 ms
            content = file.read(MOST + 1)
    except OSError as problem:
        raise ValueError(f"{path}: {problem.strerror}") from None
    except ValueError as problem:  # a NUL in the path, too
        raise ValueError(f"{path if path.isprintable() else repr(path)}: {problem}") from None
    if len(content) > MOST:
        raise ValueError(f"{path}: longer than {MOST} bytes")
    return content
