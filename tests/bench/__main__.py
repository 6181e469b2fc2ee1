# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run the benchmarks, all or those named: `python tests/bench [NAME...]`; exit code 1 when a goal is missed."""

from __future__ import annotations

import sys
from pathlib import Path

# Python puts this folder first in the path; the imports need the folder above it, and the checkout.
TESTS = Path(__file__).resolve().parent.parent
sys.path[0:1] = [str(TESTS), str(TESTS.parent / "plugins")]

from bench.runner import main  # noqa: E402 - only now it can be found

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
