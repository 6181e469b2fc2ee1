# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The output of a check on a terminal: wrapped at its width, aligned and coloured. A check that writes elsewhere does not load it."""

from __future__ import annotations

from tcp_health.model.verdict import STATES
from tcp_health.report.details import long_output
from tcp_health.report.layout import headlines, rows
from tcp_health.report.sentence import prefix
from tcp_health_plugins.common.terminal import coloured, headline, wrapped

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcp_health.model.result import Result
    from tcp_health.report.layout import Row

_INDENT = "  "

# The line of the long output with the command to try next. In two lines it could not be copied, so the terminal wraps it.
_COMMAND = "next: "


def screen(
    result: Result, notes: Sequence[str], settings: Sequence[str], *, columns: int, colour: bool
) -> str:
    """Return the output of a result for a terminal of so many columns.

    notes      lines to print after the facts
    settings   the settings in force, for the long output
    """
    first, *rest = headlines(result)
    lines = headline(first, len(prefix(result)), STATES[result.state], columns, colour=colour)
    for line in rest:
        lines.extend(wrapped(_INDENT + line, columns, 2 * _INDENT))
    lines.extend(_table(list(rows(result)), columns, colour))
    for line in (*notes, *long_output(result, settings)):
        text = line.lstrip()
        indent = " " * (len(line) - len(text)) + 2 * _INDENT
        lines.extend([line] if text.startswith(_COMMAND) else wrapped(line.rstrip(), columns, indent))
    return "\n".join(lines)


def _table(facts: Sequence[Row], columns: int, colour: bool) -> Iterator[str]:
    """Yield the lines of a table: labels, numbers aligned at their units, and text in lines below each other."""
    labels = max((len(each.label) for each in facts), default=0)
    numbers = max((len(each.number) for each in facts), default=0)
    last = ""
    for each in facts:
        label = each.label if each.label != last else ""
        last = each.label
        start = f"{_INDENT}{label.ljust(labels)}{_INDENT}"
        indent = " " * len(start)
        if each.number:
            start += each.number.rjust(numbers) + (_INDENT if each.text else "")
        whole = start + each.text
        lines = [whole] if each.whole else wrapped(whole, columns, indent)
        if colour and each.state:
            _colour_last(lines, each.state)
        yield from lines


def _colour_last(lines: list[str], state: str) -> None:
    """Colour the last occurrence of a state: the name of a certificate before it can contain the same word."""
    for place in reversed(range(len(lines))):
        before, found, after = lines[place].rpartition(state)
        if found:
            lines[place] = before + coloured(state, state) + after
            return
