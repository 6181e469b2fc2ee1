# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The laboratory's table: fault, expected verdict, result, and the C plugin's output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import judging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .nouns import Row
    from .trial import Trial

WIDTHS = (6, 30, 50, 50)


def heading() -> str:
    """The columns' names."""
    return _columns("", "fault", "expected", "said", "the C plugin")


def entry(row: Row, places: Mapping[str, str], ours: Trial, theirs: Trial | None, wrong: list[str]) -> str:
    """A row of the table, the plugin's output below it, and its errors."""
    lines = [
        _columns(
            "WRONG" if wrong else "right",
            row.name,
            judging.expected(row),
            judging.said(ours, places),
            _words(theirs) if theirs is not None else "not installed (make engines)",
        )
    ]
    lines += [f"       {row.fault}: {' / '.join(judging.Said(ours).lines) or '(nothing)'}"]
    lines += [f"       WRONG: {each}" for each in wrong]
    return "\n".join(lines)


def _words(trial: Trial) -> str:
    """The first line without its perfdata, and the state, which the C plugin does not always print."""
    first = (trial.out.splitlines() or [""])[0].partition("|")[0].strip()
    return f"{judging.STATES[trial.code] if trial.code in range(4) else trial.code}: {first}"


def _columns(*texts: str) -> str:
    cells = [text.ljust(width) for text, width in zip(texts, WIDTHS)]
    return " ".join([*cells, *texts[len(WIDTHS) :]]).rstrip()
