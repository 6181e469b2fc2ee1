# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/diagnosis.md: the diagnosis table as a page for users."""

from __future__ import annotations

from tcp_health.diagnosis import TABLE

_BEGIN, _END = "<!-- the table: make generate -->\n", "<!-- end of the table -->\n"


def write_into(present: str) -> str:
    """Return the page with the table written anew between its marks; the text around it stays."""
    before, mark, rest = present.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (mark and end):
        raise ValueError(f"docs/diagnosis.md needs the lines {_BEGIN.strip()} and {_END.strip()}")
    rows = ["| row | what was seen | domains left open |", "|---|---|---|"]
    rows += [f"| {row.name} | {row.meaning} | {', '.join(row.domains)} |" for row in TABLE]
    return "".join((before, mark, "\n", *(f"{row}\n" for row in rows), "\n", end, after))
