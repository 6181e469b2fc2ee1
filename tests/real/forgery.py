# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Searches an engine's copy of a check's output for text that a hostile server has forged."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from real.banners import PLANTED

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
RANGE = rf"@?(?:(?:~|{NUMBER})?:)?(?:{NUMBER})?"
ITEM = re.compile(
    rf"('(?:[^'=\n]|'')+'|[^\s'=]+)=(?:{NUMBER}|U)(?:s|us|ms|%|B|c)?"
    rf"(?:;(?:{RANGE})?(?:;(?:{RANGE})?(?:;(?:{NUMBER})?(?:;(?:{NUMBER})?)?)?)?)?"
)
"""One perfdata item of the plugin guidelines: 'label'=value[UOM];[warn];[crit];[min];[max]."""

BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that make a terminal or a browser show the text in another order than it is written in."""


def labels(perfdata: str) -> list[str]:
    """Return the labels of a perfdata text; ValueError if it contains anything else than items."""
    found: list[str] = []
    place = 0
    while place < len(perfdata):
        item = ITEM.match(perfdata, place)
        if item is None or (item.end() < len(perfdata) and perfdata[item.end()] != " "):
            raise ValueError(f"no perfdata item at column {place + 1} of {perfdata!r}")
        found.append(item[1].strip("'").replace("''", "'"))
        place = item.end() + 1
    return found


def forgeries(first: str, more: str, perfdata: str, expected: Sequence[str]) -> list[str]:
    """Return the forgeries in a result: its FIRST line, the lines after it, its PERFDATA.

    EXPECTED are the labels that the same check prints for a harmless server.
    """
    found = []
    try:
        seen = labels(perfdata)
    except ValueError as error:
        found.append(str(error))
    else:
        if seen != list(expected):
            found.append(f"perfdata items {seen} instead of {list(expected)}")
    for line in [first, *more.split("\n")]:
        found += _in_line(line)
    return found


def _in_line(line: str) -> list[str]:
    shown = repr(line[:300])
    found = []
    if line.lstrip(" \t\"'").startswith(PLANTED):
        found.append(f"a line of the server's own: {shown}")
    # Cs: a byte that is not UTF-8, as the readers of both engines' results represent it.
    harmful = sorted({char for char in line if unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"}})
    if harmful:
        found.append(f"characters {harmful!r} in {shown}")
    if BIDI.search(line):
        found.append(f"a change of direction in {shown}")
    if "|" in line:
        found.append(f"a bar in {shown}")
    # Harmless here; the spool and the command pipe, which pass on results, read it as an escape.
    if "\\" in line:
        found.append(f"a backslash in {shown}")
    if "<" in line:
        found.append(f"HTML in {shown}")
    return found
