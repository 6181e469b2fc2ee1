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


def spread(tests: list[str]) -> list[str]:
    """Return each test once: first one of each function, then the others."""
    functions = {test.partition("[")[0]: test for test in reversed(tests)}
    return list(dict.fromkeys((*functions.values(), *tests)))


def play(
    rows: Collection[int], decided: Mapping[int, tuple[str, str]], most: int | None = None
) -> tuple[str, list[str]]:
    """Run the tests of all rows; return the figures, and what has no test or fails. The list of the rows is on stderr.

    decided   rows that were decided otherwise than wanted, or with a limit: the place of the reason, and the reason
    most      how many tests of a row run, of different functions where there are some; None: all
    """
    collector = Collector(rows)
    os.chdir(ROOT)
    said = io.StringIO()
    words = ["-q", "-p", "no:cacheprovider"]
    files = [
        str(each) for each in sorted(Path("tests").rglob("test_*.py")) if "mark.field(" in each.read_text()
    ]
    with contextlib.redirect_stdout(said):
        pytest.main([*words, "--collect-only", *files], plugins=[collector])
        chosen = {test for row in rows for test in spread(collector.tests[row])[:most]}
        pytest.main([*words, "-n", "2", *sorted(chosen)], plugins=[collector])
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
    if collector.passed + len(collector.bad) < len(chosen):
        wrong.append(f"{len(chosen)} tests were to run: {said.getvalue()[-2000:]}")
    tested = sum(bool(collector.tests[row]) for row in rows)
    return (
        f"{tested} of {len(rows)} rows in {collector.passed} tests, {len(decided)} with a decision",
        wrong,
    )
