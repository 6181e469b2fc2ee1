# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A picture of a terminal: text with colours (SGR, as `tmux capture-pane -e` prints it) in, an SVG out.

The same text always makes the same picture. A letter has a fixed width in it, whatever font the viewer has.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

WIDTH, HEIGHT, SIZE = 8, 18, 13
"""Of a letter's place and of the font, in pixels."""

MARGIN = 12

# Words with single spaces between them.
_WORDS = re.compile(r"\S+(?: \S+)*")

_SGR = re.compile(r"\033\[([\d;]*)m")
_OTHERS = re.compile(r"\033(?:\[[\d;?]*[A-Za-ln-z]|\([A-Z0-9]|[=>])|\r")

# The sixteen colours of a terminal: in the dark and in the light picture the same ones, as terminals have them.
_COLOURS = (
    "#1c1c1c", "#c01c28", "#26a269", "#c7a500", "#2a6fd4", "#a347ba", "#2aa1b3", "#d0cfcc",
    "#6e6e6e", "#f66151", "#33d17a", "#e9ad0c", "#62a0ea", "#c061cb", "#33c7de", "#ffffff",
)  # fmt: skip

GROUNDS = {True: ("#1e1e1e", "#d6d6d6"), False: ("#fbfbfb", "#242424")}
"""Background and text, by whether the picture is dark."""


class Run(NamedTuple):
    """Letters of one line that look the same; ``column`` is the place of the first one."""

    column: int
    text: str
    ink: str | None
    ground: str | None
    bold: bool


class _Pen:
    """The colours in force."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.ink: str | None = None
        self.ground: str | None = None
        self.bold = self.dim = self.reverse = False

    def take(self, codes: list[int]) -> None:
        """Obey the codes of an SGR sequence (ECMA-48, 8.3.117)."""
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.reset()
            elif code in (1, 22):
                self.bold = code == 1
                self.dim = self.dim and code == 1
            elif code == 2:
                self.dim = True
            elif code in (7, 27):
                self.reverse = code == 7
            elif code in (38, 48) and codes[:1] == [5]:
                self._set(code == 38, _of_256(codes[1]))
                del codes[:2]
            elif code in (38, 48) and codes[:1] == [2]:
                self._set(code == 38, "#{:02x}{:02x}{:02x}".format(*codes[1:4]))
                del codes[:4]
            elif code in (39, 49):
                self._set(code == 39, None)
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self._set(True, _COLOURS[code % 10 + (8 if code >= 90 else 0)])
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self._set(False, _COLOURS[code % 10 + (8 if code >= 100 else 0)])

    def _set(self, is_ink: bool, colour: str | None) -> None:
        if is_ink:
            self.ink = colour
        else:
            self.ground = colour


def runs(text: str) -> list[list[Run]]:
    """Return the runs of each line. The colours go on after the end of a line."""
    pen = _Pen()
    found = []
    for line in _OTHERS.sub("", text).split("\n"):
        column = 0
        here: list[Run] = []
        for number, part in enumerate(_SGR.split(line)):
            if number % 2:
                pen.take([int(code or 0) for code in part.split(";")])
            elif part:
                ink, ground = (pen.ground or "", pen.ink or "") if pen.reverse else (pen.ink, pen.ground)
                ink = _COLOURS[8] if pen.dim and not ink else ink
                here.append(Run(column, part, ink, ground, pen.bold))
                column += sum(_columns(each) for each in part)
        found.append(here)
    return found


def svg(text: str, columns: int, description: str, *, dark: bool = True) -> str:
    """Return the picture of a terminal of that width; the description is what a reader hears who does not see it."""
    lines = runs(text.rstrip("\n"))
    ground, ink = GROUNDS[dark]
    width, height = 2 * MARGIN + columns * WIDTH, 2 * MARGIN + len(lines) * HEIGHT
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
            f' font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{SIZE}" fill="{ink}">'
        ),
        f"<title>{escape(description)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{ground}"/>',
    ]
    for row, line in enumerate(lines):
        top = MARGIN + row * HEIGHT
        for run in line:
            parts += _drawn(run, top, ground, ink)
    return "\n".join([*parts, "</svg>", ""])


def letters(picture: str) -> list[str]:
    """Return the text of a picture, one line a row; places without letters are not kept."""
    rows: dict[str, str] = {}
    for place, text in re.findall(r'<text [^>]*y="(\d+)"[^>]*>(.*?)</text>', picture):
        rows[place] = rows.get(place, "") + text
    return list(rows.values())


def _drawn(run: Run, top: int, ground: str, ink: str) -> list[str]:
    left, length = MARGIN + run.column * WIDTH, sum(map(_columns, run.text)) * WIDTH
    parts = []
    if run.ground is not None:
        parts.append(
            f'<rect x="{left}" y="{top}" width="{length}" height="{HEIGHT}" fill="{run.ground or ink}"/>'
        )
    bold = ' font-weight="bold"' if run.bold else ""
    fill = "" if run.ink is None else f' fill="{run.ink or ground}"'
    # What stands in columns begins at its own place: a viewer may give spaces another width than letters.
    for found in _WORDS.finditer(run.text):
        left = MARGIN + (run.column + sum(map(_columns, run.text[: found.start()]))) * WIDTH
        text = found.group()
        length = sum(map(_columns, text)) * WIDTH
        parts.append(
            f'<text x="{left}" y="{top + HEIGHT - 5}" textLength="{length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve"{bold}{fill}>'
            f"{escape(text)}</text>"
        )
    return parts


def _columns(letter: str) -> int:
    return 2 if east_asian_width(letter) in "WF" else 1


def _of_256(number: int) -> str:
    """Return the colour with a number of the 256 (16, a cube of 6 x 6 x 6, and 24 greys)."""
    if number < 16:
        return _COLOURS[number]
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return f"#{grey:02x}{grey:02x}{grey:02x}"
    cube = [0, 95, 135, 175, 215, 255]
    number -= 16
    return f"#{cube[number // 36]:02x}{cube[number // 6 % 6]:02x}{cube[number % 6]:02x}"
