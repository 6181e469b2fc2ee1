# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a document shows of a terminal: its commands with their output, compared with a real run."""

from __future__ import annotations

import re
from typing import NamedTuple

CUT = "…"
"""Stands in a document for anything up to the end of the line, or to the text after it."""

# What differs between two runs: times, and the dates and serial numbers of certificates made for the run.
_VARIES = (
    (re.compile(r"\d{4}-\d\d-\d\d"), r"\d{4}-\d\d-\d\d"),
    (re.compile(r"\d+(?:\.\d+)? (?:ms|us)\b"), r"\d+(?:\.\d+)? (?:ms|us|s)"),
    (re.compile(r"\d+\.\d+"), r"\d+\.\d+"),
    (re.compile(re.escape(CUT)), r".*"),
)
_VARYING = re.compile("|".join(f"({pattern.pattern})" for pattern, _ in _VARIES))
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Shown(NamedTuple):
    """A command line of a document, and its output as the document shows it, line by line."""

    command: str
    lines: tuple[str, ...]


def blocks(text: str, kind: str) -> list[str]:
    """Return the fenced blocks of a kind, such as console."""
    return [body for found, body in _BLOCK.findall(text) if found == kind]


def commands(block: str) -> list[Shown]:
    """Return the commands of a console block: a line after `$ `, then its output."""
    found: list[Shown] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(Shown(line[2:], ()))
        elif found:
            found[-1] = found[-1]._replace(lines=(*found[-1].lines, line))
        else:
            raise ValueError(f"a console block begins with {line!r}: must be a command")
    return found


def same(shown: str, printed: str) -> bool:
    """Whether a printed line is the shown one, except for times, dates and what the document has cut."""
    return re.fullmatch(_pattern(shown), printed) is not None


def _pattern(shown: str) -> str:
    parts, place = [], 0
    addresses = [match.span() for match in _ADDRESS.finditer(shown)]
    for match in _VARYING.finditer(shown):
        if any(begin <= match.start() < end for begin, end in addresses):
            continue
        parts += [re.escape(shown[place : match.start()]), _VARIES[(match.lastindex or 1) - 1][1]]
        place = match.end()
    return "".join([*parts, re.escape(shown[place:])])


def difference(shown: Shown, printed: str) -> str:
    """Return what differs between the shown and the printed output of a command, or ""."""
    lines = printed.rstrip("\n").split("\n") if printed else []
    for expected, line in zip(shown.lines, lines):
        if not same(expected, line):
            return f"$ {shown.command}\n  shown:   {expected}\n  printed: {line}"
    if len(lines) != len(shown.lines):
        return f"$ {shown.command}: {len(shown.lines)} lines are shown, {len(lines)} are printed:\n{printed}"
    return ""
