# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How an acceptance script ends: one line, PASS or FAIL with its figures, and the exit code; and how much it does."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from collections.abc import Sequence


def is_full() -> bool:
    """Return whether the counts that an issue names are wanted (FULL=1), rather than those of the short form."""
    return os.environ.get("FULL", "") not in {"", "0"}


def ended(script: str, show: Callable[[], tuple[str, Sequence[str]]]) -> int:
    """Run SHOW, which returns the figures and the errors; print the line, and the errors on stderr.

    An exception of SHOW is a failure too: a script always prints its line.
    """
    name = script.rpartition("/")[2]
    os.umask(0o022)  # daemons that run as another user read the files of a script
    try:
        figures, wrong = show()
    except Exception as error:  # noqa: BLE001 (the one guard of a script)
        figures, wrong = f"{type(error).__name__}: {error}".partition("\n")[0], [str(error)]
    if wrong:
        sys.stderr.write("".join(f"{line}\n" for line in wrong[:50]))
    sys.stdout.write(f"{'FAIL' if wrong else 'PASS'} {name}: {figures}\n")
    return 1 if wrong else 0
