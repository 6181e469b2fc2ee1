# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line of the laboratory: what make lab prints for a row that does not exist."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.practice import PRACTICE
from lab.rows import ROWS

pytestmark = pytest.mark.once

TESTS = Path(__file__).resolve().parents[1]


def test_an_unknown_row_lists_every_row_with_its_fault_and_the_reason_is_last() -> None:
    environ = {**os.environ, "ROWS": "healthy,unknown", "SEED": "7", "PYTHONPATH": str(TESTS)}
    done = subprocess.run(
        [sys.executable, "-B", "-m", "lab"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    *rows, reason = done.stderr.splitlines()
    assert reason.startswith(f"make lab: unknown row 'unknown': must be one of the {len(rows)} above")
    listed = dict(row.split(maxsplit=1) for row in rows)
    for row in (*ROWS, *PRACTICE):
        assert listed[row.name] == row.fault
