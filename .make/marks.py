# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Replace a table between its marks in a hand-written page."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def write_table(page: str, name: str, head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return the page with a new table of that name between its marks. The other text is kept."""
    begin, end = f"<!-- the table {name}: make generate -->\n", "<!-- end of the table -->\n"
    before, mark, rest = page.partition(begin)
    _, closing, after = rest.partition(end)
    if not (mark and closing):
        raise ValueError(f"the page needs the lines {begin.strip()} and {end.strip()}")
    return "".join((before, mark, "\n", table(head, rows), "\n", end, after))


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    first = list(head)
    lines = [first, *map(list, rows)]
    shown = ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |" for cells in lines]
    return "\n".join((shown[0], "|" + "---|" * len(first), *shown[1:], ""))
