# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many checks of one command line in one process, one after the other: a hundred plugins take half a minute to start.

Run as a program (PYTHONPATH=plugins:tests python3 -m real.many COUNT WORDS…) it prints the state of each, as a number.
"""

from __future__ import annotations

import shlex
import sys

from support.playing import check_of
from tcp_health.runs.repeat import evaluate


def _main(count: int, words: list[str]) -> None:
    for _ in range(count):
        sys.stdout.write(f"{evaluate(check_of(shlex.join(words))).state}\n")


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2:])
