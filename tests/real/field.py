# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the tests of the rows of what users met, and lists rows without a test or a decision."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ROOT = Path(__file__).resolve().parents[2]


class Collector:
    """Keeps the tests of these rows, notes them by row, and how they end."""

    def __init__(self, rows: Collection[int]) -> None:
        self.rows = rows
        self.tests: dict[int, list[str]] = defaultdict(list)
        self.bad: list[str] = []
        self.passed = 0

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Note the rows of each test, and deselect the tests of other rows."""
        kept: list[pytest.Item] = []
        others: list[pytest.Item] = []
        for item in items:
            found = [row for marker in item.iter_markers("field") for row in marker.args if row in self.rows]
            for row in found:
                self.tests[row].append(item.nodeid)
            (kept if found else others).append(item)
        items[:] = kept
        config.hook.pytest_deselected(items=others)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a test has ended."""
        if report.failed or report.skipped:
            self.bad.append(f"{report.nodeid}: {report.outcome}")
        elif report.when == "call":
            self.passed += 1


def play(rows: Collection[int], decided: Mapping[int, tuple[str, str]]) -> tuple[str, list[str]]:
    """Run the tests of all rows; return the figures, and what has no test or fails. The list of the rows is on stderr."""
    collector = Collector(rows)
    os.chdir(ROOT)
    said = io.StringIO()
    words = ["-q", "-m", "field", "-p", "no:cacheprovider", "--ignore=tests/bench", "tests"]
    with contextlib.redirect_stdout(said):
        pytest.main([*words, "--collect-only"], plugins=[collector])
        chosen = sorted({test for tests in collector.tests.values() for test in tests})
        pytest.main([*words[:-1], "-n", "2", *chosen], plugins=[collector])
    wrong = [*collector.bad]
    for row in rows:
        found = collector.tests[row]
        place, reason = decided.get(row, ("", ""))
        if found:
            sys.stderr.write(f"row {row}: {len(set(found))} tests, {found[0].partition('[')[0]}\n")
        elif row not in decided:
            wrong.append(f"row {row} has no test")
        if reason:
            sys.stderr.write(f"row {row}: decided: {reason} ({place})\n")
            if not Path(place).exists():
                wrong.append(f"row {row}: {place} does not exist")
    if not collector.passed:
        wrong.append(said.getvalue()[-2000:])
    tested = sum(bool(collector.tests[row]) for row in rows)
    return (
        f"{tested} of {len(rows)} rows in {collector.passed} tests, {len(decided)} with a decision",
        wrong,
    )
