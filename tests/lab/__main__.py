# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""make lab: the table of faults, run row by row. SEED=number, ROWS=name,name; ROWS=practice: those of practice.py."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from pathlib import Path

from . import runner, trial
from .drawn import drawn
from .practice import PRACTICE
from .rows import PENDING, ROWS, is_pending


def main(seed: str, names: str) -> int:
    """Run the rows that are named, or all; the seed is drawn when none is given. Returns the exit code."""
    if seed and not seed.isdigit():
        sys.stderr.write(f"make lab: SEED is a number, unlike {seed!r}\n")
        return 2
    number = int(seed) if seed else random.SystemRandom().randrange(1_000_000)
    usual = (*ROWS, *drawn(number))
    every = (*usual, *PRACTICE)
    wanted = [name for name in names.split(",") if name]
    if wanted == ["practice"]:
        wanted = [row.name for row in PRACTICE]
    unknown = sorted({*wanted} - {row.name for row in every})
    if unknown:
        # The reason comes last: on a terminal, the beginning of the list has scrolled away.
        width = max(len(row.name) for row in every)
        sys.stderr.write("".join(f"{row.name:{width}}  {row.fault}\n" for row in every))
        sys.stderr.write(
            f"make lab: unknown row {unknown[0][:60]!a}: must be one of the {len(every)} above"
            f" (the last words of some depend on SEED, here {number}), or practice\n"
        )
        return 2
    if os.geteuid() != 0:
        sys.stdout.write("Skipped: make lab: network namespaces and packet filters need root.\n")
        return 0
    missing = [each for each in ("ip", "nft", "openssl", trial.PYTHON) if shutil.which(each) is None]
    if missing:
        sys.stderr.write(f"make lab: {', '.join(missing)} is missing: make engines installs it.\n")
        return 1
    if wanted:
        rows = [row for row in every if row.name in wanted]
    else:
        rows = [row for row in usual if not is_pending(row)]
    say(f"make lab SEED={number}: {len(rows)} rows, as uid 65534, beside {_beside()}")
    try:
        wrong = runner.run(number, rows, say)
    except KeyboardInterrupt:
        say("interrupted; all processes and namespaces have ended")
        return 130
    if not wanted:
        say(f"{len(PENDING)} rows pending, left out: {', '.join(sorted(PENDING)) or 'none'}")
    return 1 if wrong else 0


def _beside() -> str:
    return trial.C_PLUGIN if Path(trial.C_PLUGIN).exists() else "no C plugin (make engines installs it)"


def say(line: str) -> None:
    """Print a line for the user of make."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _interrupted(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupted)
    os.umask(0o022)  # the plugin runs as another user
    sys.exit(main(os.environ.get("SEED", ""), os.environ.get("ROWS", "")))
