# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Mask secrets in data from remote hosts: each run of eight bytes of a secret, also in common encodings."""

from __future__ import annotations

import binascii
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MASK = b"***"

# A run of this many bytes of a secret is masked. A shorter run occurs by chance too often: many passwords contain a word
# such as "server", and a server repeats such words.
RUN = 8

# A secret shorter than a run is masked where all of it occurs. Below this length only as it was sent, because a few
# bytes occur by chance in every longer encoded text.
SHORTEST_ENCODED = 4

_CONTROL = bytes([*range(0x21), 0x7F])
_LETTERS_AND_DIGITS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SEPARATORS = bytes(set(range(256)) - set(_LETTERS_AND_DIGITS))

# The escapes of each kind: in URLs, in HTML, with a backslash (JSON, C, Python, shells), in quoted-printable. They are
# undone one kind after the other, because a secret may contain what another kind takes for an escape.
_ESCAPES = (
    re.compile(rb"%([0-9A-Fa-f]{2})|%u([0-9A-Fa-f]{4})"),
    re.compile(rb"&#[xX]([0-9A-Fa-f]{1,6});?|&#([0-9]{1,7});?|&([A-Za-z][A-Za-z0-9]{1,31};)"),
    re.compile(
        # Two escapes of JSON are one character beyond U+FFFF.
        rb"\\u([dD][89ABab][0-9A-Fa-f]{2})\\u([dD][C-Fc-f][0-9A-Fa-f]{2})"
        rb"|\\u([0-9A-Fa-f]{4})|\\u\{([0-9A-Fa-f]{1,6})\}|\\x([0-9A-Fa-f]{2})|\\([0-3][0-7]{2})|\\([^A-Za-z0-9])"
    ),
    re.compile(rb"=([0-9A-Fa-f]{2})|=\r?\n"),
)


class Mask:
    """Finds secrets in data, and masks them.

    Found are runs of eight bytes of a secret, in upper or lower case; with spaces, line ends or invisible characters
    between them; if the run has eight letters and digits, with anything else between them; as UTF-16; with escapes of
    URLs, HTML, JSON, C and quoted-printable; in hexadecimal digits; in base64 at any alignment.
    """

    __slots__ = ("_least", "_lengths", "_literal", "_possible", "_runs")

    def __init__(self, secrets: Iterable[bytes]) -> None:
        self._runs: set[bytes] = set()
        self._literal: set[bytes] = set()  # secrets that are too short for the runs
        for secret in secrets:
            runs: set[bytes] = set()
            for spelling in _spellings(secret):
                runs.update(_runs_of(spelling.lower()))
            self._runs.update(runs)
            if not runs and secret:
                self._literal.add(secret.lower())
        self._lengths = sorted(set(map(len, self._runs)))
        self._least = self._lengths[0] if self._lengths else 0
        # Only where this many bytes in a row occur in secrets, each place is compared.
        bytes_of_runs = b"".join(b"\\x%02x" % each for each in sorted(set(b"".join(self._runs))))
        self._possible = re.compile(b"[%b]{%d,}" % (bytes_of_runs or b"x", self._least))

    def masked(self, data: bytes) -> bytes:
        """Return the data with secrets masked."""
        parts = []
        end = 0
        for start, stop in self._places(data):
            parts += [data[end:start], MASK]
            end = stop
        parts.append(data[end:])
        return b"".join(parts)

    def masked_text(self, text: str) -> str:
        """Return the text with secrets masked."""
        data = text.encode("utf-8", "surrogatepass")
        found = self.masked(data)
        return text if found == data else found.decode("utf-8", "replace")

    def masked_capture(self, data: bytes, answer: bytes) -> bytes:
        """Return what was captured from an answer with secrets masked: a capture may be a small part of a secret."""
        hidden = b"\0".join(answer[start:stop] for start, stop in self._places(answer))
        return MASK if data and data in hidden else self.masked(data)

    def _places(self, data: bytes) -> list[tuple[int, int]]:
        """Return the start and the end of each part of the data that contains a secret; they do not overlap."""
        found: list[tuple[int, int]] = []
        lower = data.lower()
        for secret in self._literal:
            place = lower.find(secret)
            while place >= 0:
                found.append((place, place + len(secret)))
                place = lower.find(secret, place + len(secret))
        if self._runs:
            for view in _views(_View(data), self._least):
                for compact in (_visible(view), _letters_and_digits(view)):
                    found.extend(compact.origin(*place) for place in self._occurrences(compact.text))
        merged: list[tuple[int, int]] = []
        for start, end in sorted(found):
            if merged and start <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            else:
                merged.append((start, end))
        return merged

    def _occurrences(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Yield where runs occur, joined if they overlap."""
        text = text.lower()
        runs = self._runs
        for possible in self._possible.finditer(text):
            start = end = -1
            for place in range(possible.start(), possible.end() - self._least + 1):
                for length in self._lengths:
                    if place + length <= possible.end() and text[place : place + length] in runs:
                        if place >= end:
                            if end >= 0:
                                yield start, end
                            start = place
                        end = max(end, place + length)
            if end >= 0:
                yield start, end


class _View:
    """A reading of some data: ``text``, and for each of its bytes the place in the data of ``parent`` that it is from.

    The places are computed only when a secret was found.
    """

    __slots__ = ("_find_places", "_places", "parent", "text")

    def __init__(
        self,
        text: bytes,
        parent: _View | None = None,
        find_places: Callable[[], list[tuple[int, int]]] | None = None,
    ) -> None:
        self.text = text
        self.parent = parent
        self._find_places = find_places
        self._places: list[tuple[int, int]] | None = None

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of the original data from which text[start:end] is."""
        if self.parent is None or self._find_places is None:
            return start, end
        if self._places is None:
            self._places = self._find_places()
        return self.parent.origin(self._places[start][0], self._places[end - 1][1])


def _spellings(secret: bytes) -> set[bytes]:
    """Return the secret, and if it is not ASCII, its other cases and encodings."""
    found = {secret}
    if secret.isascii():
        return found
    try:
        text = secret.decode()
    except UnicodeDecodeError:
        return found
    for each in (text, text.lower(), text.upper()):
        found.update(
            each.encode(encoding, "ignore") for encoding in ("utf-8", "utf-16-le", "utf-16-be", "latin-1")
        )
    return found


def _runs_of(secret: bytes) -> Iterator[bytes]:
    """Yield the runs of a secret: each without the characters that are not visible, and of letters and digits only.

    The whole secret is the only run of a short one.
    """
    view = _View(secret)
    short = len(secret) <= RUN
    visible, letters = _visible(view), _letters_and_digits(view).text
    text = visible.text
    kept = [visible.origin(place, place + 1)[0] for place in range(len(text))]
    first = last = 0
    for start in range(1 if short else len(secret) - RUN + 1):
        while first < len(kept) and kept[first] < start:
            first += 1
        while last < len(kept) and kept[last] < start + RUN:
            last += 1
        # Of fewer visible characters, the output has less than a run: it never has two spaces in a row.
        if last - first >= SHORTEST_ENCODED:
            yield text[first:last]
    if short and len(letters) >= SHORTEST_ENCODED:
        yield letters
    for start in range(len(letters) - RUN + 1):
        yield letters[start : start + RUN]


def _views(data: _View, least: int) -> Iterator[_View]:
    """Yield the readings of the data: as it is, decoded from base64 and hexadecimal digits, and without escapes."""
    # Text in UTF-16 with the characters of ASCII is ASCII with NULs between.
    plain = _without(data, b"\0")
    unescaped = list(_unescaped(plain))
    for view in (plain, *unescaped):
        yield view
        yield from _from_base64(view, least)
        yield from _from_hex(view, least)
    # Two levels, as in &amp;lt; or in a URL within JSON.
    for view in unescaped:
        yield from _unescaped(view)


def _without(view: _View, dropped: bytes) -> _View:
    """Return the view without some bytes."""
    text = view.text
    found = text.translate(None, dropped)
    if len(found) == len(text):
        return view
    return _View(
        found, view, lambda: [(place, place + 1) for place, each in enumerate(text) if each not in dropped]
    )


def _letters_and_digits(view: _View) -> _View:
    return _without(view, _SEPARATORS)


def _visible(view: _View) -> _View:
    """Return the view without what ``clean`` shows as a space."""
    text = view.text
    if text.isascii():
        return _without(view, _CONTROL)
    decoded = text.decode("utf-8", "surrogateescape")
    found = decoded.translate(_INVISIBLE).encode("utf-8", "surrogateescape")
    if len(found) == len(text):
        return view

    def places() -> list[tuple[int, int]]:
        kept = []
        place = 0
        for each in decoded:
            end = place + len(each.encode("utf-8", "surrogateescape"))
            if _INVISIBLE[ord(each)] is not None:
                kept += [(byte, byte + 1) for byte in range(place, end)]
            place = end
        return kept

    return _View(found, view, places)


class _Invisible(dict):  # type: ignore[type-arg]  # of int to int or None
    """A table for str.translate that removes spaces and what is not printable; it keeps bytes that are not UTF-8."""

    def __missing__(self, code: int) -> int | None:
        each = chr(code)
        kept = (each.isprintable() and each != " ") or 0xDC80 <= code <= 0xDCFF  # noqa: PLR2004 - surrogateescape
        self[code] = found = code if kept else None
        return found


_INVISIBLE = _Invisible()


def _unescaped(view: _View) -> Iterator[_View]:
    """Yield the view with its escapes undone, for each kind that it contains."""
    for pattern, new in zip(_ESCAPES, (_of_url, _of_html, _of_backslash, _of_url)):
        if pattern.search(view.text):
            yield _replaced(view, pattern, new)


def _replaced(view: _View, pattern: re.Pattern[bytes], new: Callable[[re.Match[bytes]], bytes]) -> _View:
    """Return the view with each match replaced."""
    text = view.text

    def places() -> list[tuple[int, int]]:
        known = []
        end = 0
        for match in pattern.finditer(text):
            known += [(place, place + 1) for place in range(end, match.start())]
            known += [match.span()] * len(new(match))
            end = match.end()
        return known + [(place, place + 1) for place in range(end, len(text))]

    return _View(pattern.sub(new, text), view, places)


def _of_url(match: re.Match[bytes]) -> bytes:
    byte = match.group(1)
    if byte:
        return bytes((int(byte, 16),))
    return _character(int(match.group(2), 16)) if match.re.groups > 1 else b""


def _of_html(match: re.Match[bytes]) -> bytes:
    digits, decimal, name = match.groups()
    if not name:
        return _character(int(digits, 16) if digits else int(decimal))
    from html.entities import html5  # 2,231 names: loaded only if such an escape occurs

    return html5.get(name.decode(), match.group().decode()).encode()


def _of_backslash(match: re.Match[bytes]) -> bytes:
    high, low, code, braced, byte, octal, itself = match.groups()
    if itself:
        return itself
    if byte or octal:
        return bytes((int(byte, 16) if byte else int(octal, 8),))
    if high:
        return _character(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF))
    return _character(int(code or braced, 16))


def _character(code: int) -> bytes:
    return chr(code).encode("utf-8", "replace") if code <= sys.maxunicode else b"?"


def _from_base64(view: _View, least: int) -> Iterator[_View]:
    """Yield what each long word contains if it is base64 that begins at one of its first four characters."""
    compact = _visible(view)
    text = compact.text.translate(_URL_SAFE)
    for word in re.finditer(rb"[A-Za-z0-9+/]{%d,}" % -(-least * 8 // 6), text):
        for start in range(word.start(), word.start() + 4):
            digits = text[start : word.end()]
            size = len(digits) * 6 // 8
            # A single character after the last group of four has no whole byte.
            digits = digits[: -(-size * 8 // 6)]
            found = binascii.a2b_base64(digits + b"A" * (-len(digits) % 4))[:size]
            yield _View(found, compact, _digit_places(start, size, 6))


_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def _from_hex(view: _View, least: int) -> Iterator[_View]:
    """Yield the bytes of each long series of hexadecimal digits that begins at its first or its second digit."""
    readings = [_letters_and_digits(view)]
    if _PREFIXED.search(view.text):  # an array as 0x68, 0x75
        readings.append(_replaced(view, _PREFIXED_OR_SEPARATOR, lambda match: match.group(1) or b""))
    for compact in readings:
        for series in re.finditer(rb"[0-9A-Fa-f]{%d,}" % (2 * least), compact.text):
            for start in range(series.start(), series.start() + 2):
                size = (series.end() - start) // 2
                found = bytes.fromhex(compact.text[start : start + 2 * size].decode())
                yield _View(found, compact, _digit_places(start, size, 4))


_PREFIXED = re.compile(rb"0[xX]([0-9A-Fa-f]{2})")
_PREFIXED_OR_SEPARATOR = re.compile(rb"0[xX]([0-9A-Fa-f]{2})|[^0-9A-Za-z]")


def _digit_places(start: int, size: int, bits: int) -> Callable[[], list[tuple[int, int]]]:
    """Return a function for the places of bytes that are written as digits of so many bits each."""
    return lambda: [(start + place * 8 // bits, start + (place * 8 + 7) // bits + 1) for place in range(size)]
