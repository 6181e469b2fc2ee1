# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""make lab: the table of faults, run row by row. SEED=number, ROWS=name,name."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from pathlib import Path

from . import runner, trial
from .faults import FAULTS


def main(seed: str, names: str) -> int:
    """Run the named rows, or all; without a seed draw one. Return the exit code."""
    known = {row.name for row in FAULTS}
    wanted = [name for name in names.split(",") if name]
    unknown = [name for name in wanted if name not in known]
    if unknown or (seed and not seed.isdigit()):
        complaint = f"there is no row {unknown[0]}" if unknown else f"SEED is a number, unlike {seed!r}"
        sys.stderr.write(f"make lab: {complaint}\n")
        return 2
    if os.geteuid() != 0:
        sys.stdout.write("Skipped: make lab: network namespaces and packet filters need root.\n")
        return 0
    missing = [each for each in ("ip", "nft", trial.PYTHON) if shutil.which(each) is None]
    if missing:
        sys.stderr.write(f"make lab: {', '.join(missing)} is missing: make engines installs it.\n")
        return 1
    number = int(seed) if seed else random.SystemRandom().randrange(1_000_000)
    rows = [row for row in FAULTS if not wanted or row.name in wanted]
    say(f"make lab SEED={number}: {len(rows)} rows, as uid 65534, compared with {_beside()}")
    try:
        return 1 if runner.run(number, rows, say) else 0
    except KeyboardInterrupt:
        say("interrupted; all processes and namespaces have ended")
        return 130


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
