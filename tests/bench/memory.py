# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The memory of a sweep: `python -m bench.memory PORT CHECKS LIMIT` prints its peak, in KiB."""

from __future__ import annotations

import sys
from pathlib import Path

from .jobs import ours


def peak() -> int:
    """The peak resident memory of this process in KiB (VmHWM of proc(5))."""
    # Not getrusage's: that begins with the memory of the parent process.
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError("/proc/self/status has no VmHWM")


if __name__ == "__main__":
    ours(*map(int, sys.argv[1:4]))
    print(peak())
