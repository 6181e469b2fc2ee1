# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read rows of targets from a file or from standard input, in every format that they can have."""

from __future__ import annotations

import os
import sys

from tcp_health.settings.rows import IN_UTF_16, MOST_LINE, WrongRow, decoded, rows, rows_of, unmarked
from tcp_health.settings.table import SettingError
from tcp_health.text.files import FileError, content, opened, stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import BinaryIO

    from tcp_health.settings.rows import Item, Row

STANDARD_INPUT = "-"

STREAMED = ("lines", "csv", "jsonl")
"""The formats that are read row by row: a source in them can have any size."""

FORMATS = (*STREAMED, "json", "yaml", "inventory")

SUFFIXES = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".yaml": "yaml",
    ".yml": "yaml",
}
"""The format of a file by the end of its name. Every other file has lines."""

# Bytes of a document that is read as a whole.
MOST_DOCUMENT = 1 << 25
MOST_YAML = 1 << 22


def format_of(path: str) -> str:
    """Return the format of a file by the end of its name."""
    return SUFFIXES.get(os.path.splitext(path)[1].lower(), "lines")  # noqa: PTH122 - pathlib is slow to import


def name_of(path: str) -> str:
    """Return the name of a source for messages."""
    return "standard input" if path == STANDARD_INPUT else path


def read_rows(
    path: str,
    input_format: str | None = None,
    *,
    most: int = sys.maxsize,
    elsewhere: bool = False,
    defaults: Mapping[str, object] | None = None,
    groups: Mapping[str, Mapping[str, object]] | None = None,
) -> Iterator[Row | WrongRow]:
    """Read the rows of a file, or of standard input if the path is ``-``. Raises FileError.

    input_format   one of FORMATS, or None for the one that belongs to the end of the path
    most           the largest number of bytes that are read
    elsewhere, defaults, groups   as in ``rows_of``
    """
    kind = input_format or format_of(path)
    name = name_of(path)
    if kind == "lines":
        yield from rows(_lines(path, most), defaults, groups, elsewhere=elsewhere)
        return
    if kind in STREAMED:
        items = (_csv if kind == "csv" else _json_lines)(_texts(_lines(path, most)))
    else:
        items = _document(
            kind, name, _content(path, min(most, MOST_YAML if kind == "yaml" else MOST_DOCUMENT))
        )
    yield from rows_of(items, defaults, groups, elsewhere=elsewhere)


def _lines(path: str, most: int) -> Iterator[bytes]:
    """Yield the lines of a source. Of a line that is too long, the beginning, which its reader refuses."""
    file = _standard_input() if path == STANDARD_INPUT else os.fdopen(opened(path, most), "rb")
    name = name_of(path)
    left = most
    whole = True
    try:
        while True:
            part = file.readline(MOST_LINE + 1)
            left -= len(part)
            if left < 0:
                raise FileError(name, f"longer than {most} bytes")
            if not part:
                return
            if whole:
                yield part
            whole = part[-1:] == b"\n"
    except OSError as problem:
        raise FileError(name, problem.strerror or str(problem), problem.errno or 0) from None
    finally:
        if path != STANDARD_INPUT:
            file.close()


def _content(path: str, most: int) -> bytes:
    try:
        if path == STANDARD_INPUT:
            return stream(name_of(path), _standard_input(), most)
        return content(path, most)
    except FileError as problem:
        if problem.errno or not problem.reason.startswith("longer than"):
            raise
        raise FileError(name_of(path), f"{problem.reason}: use lines, CSV or JSON lines") from None


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        raise FileError(name_of(STANDARD_INPUT), "closed")
    return sys.stdin.buffer


def _texts(lines: Iterable[bytes]) -> Iterator[tuple[str, str] | WrongRow]:
    """Yield the number and the text of each line."""
    for number, line in enumerate(lines, 1):
        raw = line if number > 1 else unmarked(line)
        if raw is None:
            yield IN_UTF_16
            return
        try:
            yield str(number), decoded(raw)
        except SettingError as error:
            yield WrongRow(str(number), "", error.sentence, _section_in(raw.decode("latin-1")))


def _section_in(text: str) -> str:
    """Return the beginning of the section that a line has, which cannot be read; "" if it has none."""
    found = [each for each in ("[default", "[group") if each in text]
    return found[0] if found else ""


def _csv(lines: Iterable[tuple[str, str] | WrongRow]) -> Iterator[Item]:
    """Yield the rows of a CSV file. A cell cannot contain a line end, so an open quote hides no other row."""
    import csv

    header: list[str] | None = None
    delimiter = ","
    for each in lines:
        if isinstance(each, WrongRow):
            yield each
            continue
        place, text = each
        if not text.strip() or text[0] == "#":
            continue
        if header is None:
            # A spreadsheet of a country with a decimal comma writes semicolons. A name has none of these characters.
            delimiter = next((sign for sign in text if sign in ",;\t"), ",")
        try:
            [cells] = csv.reader([text], delimiter=delimiter, strict=True)
        except csv.Error as error:
            sentence = "missing closing quote" if "unexpected end" in str(error) else f"invalid CSV: {error}"
            yield WrongRow(place, "", sentence, _section_in(text))
            continue
        if header is None:
            header = [cell.strip() for cell in cells]
            if "host" not in header:
                yield WrongRow(
                    place, "host", "missing column: the first line must have the names of the columns"
                )
        elif any(cells):
            yield _csv_row(place, header, cells)


def _csv_row(place: str, header: list[str], cells: list[str]) -> Item:
    if len(cells) != len(header):
        sentence = f"invalid number of cells {len(cells)}: must be {len(header)}, as in the first line"
        return WrongRow(place, "", sentence, _section_in(" ".join(cells)))
    row: dict[str, object] = {}
    for name, cell in zip(header, cells):
        if not cell:
            continue
        earlier = row.get(name)
        row[name] = (
            cell if earlier is None else [*(earlier if isinstance(earlier, list) else [earlier]), cell]
        )
    return place, row


def _json_lines(lines: Iterable[tuple[str, str] | WrongRow]) -> Iterator[Item]:
    from .json_text import json_of
    from .row_documents import checked

    for each in lines:
        if isinstance(each, WrongRow):
            yield each
        elif each[1].strip():
            place, text = each
            try:
                yield checked(place, json_of(text))
            except ValueError as error:
                yield WrongRow(place, "", str(error), _section_in(text))


def _document(kind: str, name: str, whole: bytes) -> Iterator[Item]:
    from . import row_documents

    raw = unmarked(whole)
    if raw is None:
        yield IN_UTF_16
        return
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        yield WrongRow(str(line), "", f"invalid byte 0x{error.object[error.start]:02x}: must be UTF-8")
        return
    yield from row_documents.items_of(kind, name, text)
