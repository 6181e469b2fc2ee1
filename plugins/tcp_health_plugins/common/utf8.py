# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Start the program again in Python's UTF-8 mode, because the locale has another encoding."""

from __future__ import annotations

import os
import sys

# The arguments of this process as bytes, the interpreter and its options among them (proc(5)).
_COMMAND_LINE = "/proc/self/cmdline"


def restart() -> None:
    """Replace this process by the same program in UTF-8 mode. Returns if the system does not allow it.

    In the locale's encoding, a text to send or to expect would have other bytes than the user gave, and a path or a
    comment would be printed in other bytes. In UTF-8 mode every byte of an argument, of the environment and of a path
    stays as it is, as in a program in C. The process keeps its id. Python has no way to change the encoding of a
    running interpreter.
    """
    try:
        with open(_COMMAND_LINE, "rb") as file:  # noqa: PTH123 - pathlib costs 4 ms
            _, *given = file.read().split(b"\0")[:-1]
        if sys.executable:
            os.execv(sys.executable, [os.fsencode(sys.executable), b"-X", b"utf8", *given])  # noqa: S606 - no shell is wanted
    except (OSError, ValueError):
        return
