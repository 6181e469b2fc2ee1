# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Print what a watch observes: as lines of text, on a terminal with blocks, as JSON lines or as CSV."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from time import monotonic

from tcp_health.report.details import long_output
from tcp_health.report.observed import COLUMNS, outage_line, probe_line, row, summary_lines, summary_row
from tcp_health_plugins.common.output import is_terminal, write_error, write_output

from .live import Screen

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcp_health.model.observation import Observation, Summary
    from tcp_health.model.result import Check

    Summaries = Sequence[tuple[Check, Summary]]

# Seconds after which the blocks of a terminal are drawn again, though no probe has ended.
_REDRAWN = 1.0


class OutputEnded(Exception):  # noqa: N818 - the message is the reason
    """Standard output cannot be written; the message is the reason."""


def printer_for(output: str, color: str, labels: Sequence[str]) -> Lines:
    """Return the printer for --output, --color and what standard output is; the labels are the targets."""
    if output == "jsonl":
        return JsonLines()
    if output == "csv":
        return Csv()
    if is_terminal(sys.stdout) and os.environ.get("TERM", "dumb") not in ("", "dumb"):
        return Terminal(labels, color)
    return Lines()


class Lines:
    """A line for each probe.

    due   the time of ``tick`` at which it must be called again
    """

    due = float("inf")

    def begin(self) -> None:
        """Print what comes before the first probe."""

    def probe(self, seen: Observation) -> None:
        """Print a probe, and the end of an outage."""
        self._write(*_lines(seen, date=True))

    def quiet(self, seen: Observation) -> None:
        """Take notice of a probe that is not printed (--failures-only)."""

    def entered(self, lines: int) -> None:
        """Take notice that the user has pressed Enter."""

    def statistics(self, summaries: Summaries) -> None:
        """Print the statistics so far."""
        self.end(summaries)

    def end(self, summaries: Summaries) -> None:
        """Print the statistics at the end."""
        self._write(*_summary_lines(summaries))

    def warn(self, sentence: str) -> None:
        """Print a sentence to standard error."""
        write_error(sentence)

    def tick(self, now: float) -> None:
        """Draw again what changes with the time."""

    def _write(self, *lines: str) -> None:
        if lines:
            _require(write_output("".join(f"{line}\n" for line in lines), errors="replace"))


def _lines(seen: Observation, *, date: bool) -> list[str]:
    """Return the lines of a probe: with -v its long output follows, and after an outage the length of that."""
    lines = [probe_line(seen, date=date), *(f"  {each}" for each in long_output(seen.result))]
    ended = outage_line(seen, date=date)
    return [*lines, ended] if ended else lines


def _summary_lines(summaries: Summaries) -> list[str]:
    return [line for check, summary in summaries for line in summary_lines(check, summary)]


def _require(reason: str | None) -> None:
    if reason is not None:
        raise OutputEnded(reason)


class Terminal(Lines):
    """Lines on a terminal, with the last minute below them."""

    def __init__(self, labels: Sequence[str], color: str) -> None:
        self._screen = Screen(sys.stdout, labels, color)
        self._places = {label: place for place, label in enumerate(labels)}
        self.due = 0.0

    def probe(self, seen: Observation) -> None:
        """Print a probe, and the end of an outage."""
        self._note(seen)
        _require(self._screen.show(monotonic(), *_lines(seen, date=False), state=seen.result.state))

    def quiet(self, seen: Observation) -> None:
        """Show the probe in the blocks alone, when they are drawn the next time."""
        self._note(seen)

    def _note(self, seen: Observation) -> None:
        outcome = seen.result.outcome
        minute = self._screen.minutes[self._places[outcome.probe.target.text]]
        minute.add(monotonic(), outcome.attempts[-1].time, seen.result.state, seen.failed)

    def entered(self, lines: int) -> None:
        """Take notice that the terminal has moved the cursor down."""
        self._screen.entered(lines)

    def statistics(self, summaries: Summaries) -> None:
        """Print the statistics above the blocks."""
        _require(self._screen.show(monotonic(), *_summary_lines(summaries)))

    def end(self, summaries: Summaries) -> None:
        """Print the statistics below the blocks."""
        _require(self._screen.end(*_summary_lines(summaries)))

    def warn(self, sentence: str) -> None:
        """Print the sentence above the blocks."""
        _require(self._screen.show(monotonic(), sentence))

    def tick(self, now: float) -> None:
        """Move the blocks to the left."""
        if now >= self.due:
            self.due = now + _REDRAWN
            _require(self._screen.show(monotonic()))


class JsonLines(Lines):
    """A JSON object on a line for each probe, and for the statistics."""

    def probe(self, seen: Observation) -> None:
        """Print a probe."""
        self._write(json.dumps(row(seen), ensure_ascii=False))

    def end(self, summaries: Summaries) -> None:
        """Print an object for the statistics of each target."""
        self._write(*(json.dumps(summary_row(*each), ensure_ascii=False) for each in summaries))


class Csv(Lines):
    """A header, and a row for each probe. The statistics go to standard error: they have other columns."""

    def begin(self) -> None:
        """Print the header."""
        self._write_row(COLUMNS)

    def probe(self, seen: Observation) -> None:
        """Print a probe."""
        self._write_row(tuple(row(seen).values()))

    def end(self, summaries: Summaries) -> None:
        """Print the statistics to standard error."""
        write_error(*_summary_lines(summaries))

    def _write_row(self, values: Sequence[object]) -> None:
        text = io.StringIO()
        shown = [str(each).lower() if isinstance(each, bool) else each for each in values]
        csv.writer(text, lineterminator="\n").writerow(shown)
        _require(write_output(text.getvalue(), errors="replace"))
