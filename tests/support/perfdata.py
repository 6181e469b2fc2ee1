# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plugin output read as Nagios Core and as Icinga 2 read it; ValueError for an item that is in no grammar."""

from __future__ import annotations

import re

# The guidelines, "Performance data": 'label'=value[UOM];[warn];[crit];[min];[max], value in [-0-9.].
_RANGE = r"@?(~|-?[0-9]+(\.[0-9]+)?)?(:(-?[0-9]+(\.[0-9]+)?)?)?"
_NUMBER = r"-?[0-9]+(\.[0-9]+)?"
_ITEM = re.compile(
    rf"(?P<label>[^\s'=|]+)=(?P<value>{_NUMBER})(?P<unit>us|ms|s|%|B|c)?"
    rf"(;(?P<warning>{_RANGE})?(;(?P<critical>{_RANGE})?(;(?P<minimum>{_NUMBER})?(;(?P<maximum>{_NUMBER})?)?)?)?)?"
)


class Item:
    """A perfdata item, as text: label, value, unit, and the four fields after them."""

    def __init__(self, *fields: str) -> None:
        self.fields = fields
        self.label = fields[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Item) and self.fields == other.fields

    def __hash__(self) -> int:
        return hash(self.fields)

    def __repr__(self) -> str:
        return f"Item{self.fields}"

    @classmethod
    def parse(cls, text: str) -> Item:
        """Read one; the standard's grammar, which is also what Icinga's parser wants: no comma, no U, no exponent."""
        found = _ITEM.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no perfdata item")
        names = ("label", "value", "unit", "warning", "critical", "minimum", "maximum")
        return cls(*(found[name] or "" for name in names))


class Read:
    """Plugin output as an engine parses it: the first line's text, the lines below, the items."""

    def __init__(self, text: str, below: str, items: list[Item]) -> None:
        self.text = text
        self.below = below
        self.items = items


def nagios(output: str) -> Read:
    """Read as Nagios Core 4: perfdata is what follows the first | of line one, and the first | of all below it."""
    first, _, rest = output.partition("\n")
    text, _, items = first.partition("|")
    below, _, more = rest.partition("|")
    return Read(text, below, [Item.parse(word) for word in (items + " " + more).split()])


def icinga(output: str) -> Read:
    """Read as Icinga 2: on every line, what follows the first | is perfdata when there is a = in it."""
    texts: list[str] = []
    words: list[str] = []
    for line in output.split("\n"):
        text, bar, items = line.partition("|")
        if bar and "=" in items:
            texts.append(text)
            words += items.split()
        else:
            texts.append(line)
    return Read(texts[0], "\n".join(texts[1:]), [Item.parse(word) for word in words])
