# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Decide whether received bytes are the beginning of an answer that an expression describes."""

from __future__ import annotations

import re

# The expressions of a step describe each answer whole, so they also say which bytes an answer can begin with: those that
# match with every part allowed to be cut off by the end of the data. `ab*c` becomes `(?:a|\Z)b*(?:c|\Z)`.

_ATOM = re.compile(
    r"(?P<head>\(\?[ims]+\)|\^)"
    r"|(?P<negative>\(\?<?!)"
    r"|(?P<open>\(\?:|\(\?=|\(\?P<\w+>|\((?!\?))"
    r"|(?P<end>[|)])"
    r"|(?P<byte>\\x[0-9a-f]{2}|\\[nrst().|{}*+?\[\]^$\\/\"'-]|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\()\[{*+?|$])"
)
_TIMES = re.compile(r"[*+?]\??|\{(?P<least>\d+)(?:(?P<to>,)(?P<most>\d*))?\}\??")


def is_beginning(source: bytes, data: bytes) -> bool:
    """Return whether ``data`` are the beginning of an answer that ``source`` matches, or begin with such an answer."""
    return re.compile(beginnings(source)).match(data) is not None


def beginnings(source: bytes) -> bytes:
    """Return the expression that matches each beginning of what ``source`` matches, up to the end of the data.

    It knows the syntax that the services use, and raises ValueError for any other.
    """
    text = source.decode("latin-1")
    made, end = _sequence(text, 0)
    if end != len(text):
        raise ValueError(f"unbalanced bracket at {end} of {text!r}")
    return made.encode("latin-1")


def _sequence(text: str, place: int) -> tuple[str, int]:
    """Return the changed alternatives up to the bracket that closes them, and its place."""
    made: list[str] = []
    while place < len(text):
        atom = _ATOM.match(text, place)
        if atom is None:
            raise ValueError(f"unknown syntax at {place} of {text!r}")
        kind, part, place = atom.lastgroup, atom.group(), atom.end()
        if kind == "end" and part == ")":
            return "".join(made), place - 1
        if kind in ("head", "end"):
            made.append(part)
        elif kind == "negative":
            closed = _sequence(text, place)[1]
            made.append(f"{part}{text[place:closed]})")
            place = closed + 1
        elif kind == "open":
            inner, place = _sequence(text, place)
            times = _TIMES.match(text, place + 1)
            made.append(f"{part if part == '(?=' else '(?:'}{inner}){times.group() if times else ''}")
            place = times.end() if times else place + 1
        else:
            times = _TIMES.match(text, place)
            made.append(_repeated(part, times))
            place = times.end() if times else place
    return "".join(made), place


def _repeated(byte: str, times: re.Match[str] | None) -> str:
    """Return the changed form of one byte or class with its repetition."""
    how = times.group() if times else ""
    if how[:1] in ("*", "?") and how:
        return byte + how  # may be missing
    if times is None or times["least"] is None:
        return f"(?:{byte}{how}|\\Z)"
    most = times["most"] if times["to"] else times["least"]
    return f"(?:{byte}{how}|{byte}{{0,{most}}}\\Z)"
