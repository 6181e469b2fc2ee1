# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the programs know about a terminal: its width, whether it gets colours, and how text is wrapped and coloured."""

from __future__ import annotations

import os

from .output import is_terminal

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

__all__ = ["COLOURS", "coloured", "columns", "headline", "is_terminal", "wants_colour", "width", "wrapped"]

COLOURS = ("auto", "always", "never")
"""The values of --color."""

# The width without a terminal: that of the help texts.
STANDARD = 80

# Lines are not made shorter than this: a label and a word of the text would not fit. A terminal that is narrower wraps
# them itself.
NARROWEST = 40

# Select Graphic Rendition (ECMA-48, 8.3.117) for the words of the states. Text on a ground of its own can be read on
# dark and on light terminals; yellow text on white can not.
_STATES = {"OK": "30;42", "WARNING": "30;43", "CRITICAL": "97;41", "UNKNOWN": "97;45"}
_UNITS = ("us", "ms", "s", "%")

_RESET = "\033[0m"


def width(stream: TextIO | None, environ: Mapping[str, str] = os.environ) -> int:
    """Return the number of columns: COLUMNS if it is set, else that of the stream's terminal, else 80.

    It is at least NARROWEST. A program that shows lines for a longer time calls it again for each of them, because the
    user may resize the terminal.
    """
    given = environ.get("COLUMNS", "")
    number = int(given) if given.isascii() and given.isdigit() and len(given) <= len("10000") else 0
    if not number and stream is not None:
        try:
            number = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError, AttributeError):  # no terminal, closed, or no descriptor at all
            number = 0
    return max(number or STANDARD, NARROWEST)


def wants_colour(choice: str, stream: TextIO | None, environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether text for a stream is coloured; ``choice`` is the value of --color.

    With auto it is if the stream is a terminal, NO_COLOR is not set or empty (no-color.org), and TERM is neither unset
    nor dumb.
    """
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR") or environ.get("TERM", "dumb") in ("", "dumb"):
        return False
    return is_terminal(stream)


def coloured(text: str, state: str) -> str:
    """Return text in the colour of a state: OK, WARNING, CRITICAL or UNKNOWN."""
    return f"\033[{_STATES[state]}m{text}{_RESET}"


def columns(text: str) -> int:
    """Return how many columns of a terminal a printable text takes: wide letters take two, accents on a letter none."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(1 + (east_asian_width(each) in "WF") for each in text if category(each) not in ("Mn", "Me"))


def wrapped(text: str, columns_given: int, indent: str = "") -> list[str]:
    """Return the lines of a text that fit a number of columns; all but the first begin with ``indent``.

    Text is broken at spaces, but not between a number and its unit. A word that is longer than a line is broken anywhere, and no letter is lost. Spaces at
    the beginning of the text and several in a row are kept, except where a line ends.
    """
    lines = []
    rest = text
    before = ""
    while columns(before + rest) > columns_given:
        end = _fitting(rest, columns_given - columns(before))
        space = rest.rfind(" ", 0, end + 1)
        while space > 0 and _is_before_unit(rest, space):
            space = rest.rfind(" ", 0, space)
        if rest[: max(space, 0)].strip():
            end = space
        lines.append(before + rest[:end].rstrip())
        rest = rest[end:].lstrip()
        before = indent
    return [*lines, before + rest] if rest or not lines else lines


def headline(line: str, end: int, state: str, columns_given: int, *, colour: bool) -> list[str]:
    """Return a first line, such as `TCP OK - …`, wrapped; with colour for the state that ends at the place ``end``."""
    first, *rest = wrapped(line, columns_given, "  ")
    begin = end - len(state)
    if colour and first[begin:end] == state:
        first = first[:begin] + coloured(state, state) + first[end:]
    return [first, *rest]


def _is_before_unit(text: str, space: int) -> bool:
    """Whether the space at this place is between a number and its unit."""
    word = text[space + 1 :].partition(" ")[0].rstrip(").,;:")
    return word in _UNITS and text[space - 1].isdigit()


def _fitting(text: str, room: int) -> int:
    """Return how many letters of a text fit into a number of columns; at least one."""
    used = 0
    for place, each in enumerate(text):
        used += columns(each)
        if used > room and place:
            return place
    return len(text)
