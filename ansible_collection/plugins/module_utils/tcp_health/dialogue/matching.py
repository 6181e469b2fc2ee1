# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Match an answer, which may still be incomplete, against the patterns of a step."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import Any

    from ..model.dialogue import Hear, Pattern

# The bytes of an answer that our own expressions search. Each new byte may cost a search of all bytes before it. The limit
# for users' expressions is in timed_search.py, and lower.
MOST_FOR_EXPRESSIONS = 1 << 16


class Match:
    """A match: ``end`` is its end in the answer, ``captured`` has the values of its groups by name.

    groups  the values of all groups of a user's expression, named ones too, in order
    """

    __slots__ = ("captured", "end", "groups")

    def __init__(self, end: int, captured: dict[str, bytes], groups: tuple[bytes, ...] = ()) -> None:
        self.end = end
        self.captured = captured
        self.groups = groups


class Unwanted:
    """An unwanted pattern occurred: ``words`` is the message of the step for it, or ""; ``cause`` is the failure's."""

    __slots__ = ("cause", "words")

    def __init__(self, words: str, cause: str) -> None:
        self.words = words
        self.cause = cause


class UnmatchableError(Exception):
    """A user's expression could not be matched in bounded time; the text gives the reason in one clause."""


def matches(step: Hear, received: bytes, fresh: int = 0) -> Match | Unwanted | bool | None:
    """Match what was received: returns a Match; Unwanted; False: it cannot match any more; None: more bytes may match.

    The rules are those of check_tcp: any pattern is enough, or with ``every`` each must occur. A text may occur anywhere,
    or without ``anywhere`` must begin the answer. ``fresh`` is the number of bytes at the end that are new since the
    last call; so an answer that arrives byte by byte does not cost a search of all of it for each byte. Raises
    UnmatchableError.
    """
    found = _wanted(step, received, fresh)
    if not step.unwanted:
        return found
    before = received
    if isinstance(found, Match):
        # Bytes after the match do not count: in smaller pieces, they would arrive after it.
        before = received[: found.end]
        fresh = fresh and max(1, fresh - len(received) + len(before))
    spoilt = [(*_search(pattern, before, fresh), words, pattern.cause) for pattern, words in step.unwanted]
    spoilt = [each for each in spoilt if each[0] >= 0]
    if not spoilt:
        return found
    _unused0, captured, _unused2, words, cause = min(spoilt, key=_end)
    for name, value in captured.items():
        words = words.replace(f"{{{name}}}", value.decode("utf-8", "backslashreplace"))
    return Unwanted(words, cause)


def unfinished(step: Hear, received: bytes) -> bool:
    """Return whether what was received, which matches nothing yet, is the beginning of an answer that the step describes.

    The expressions of the services describe their answers whole, so more is to come: the next line of a reply, the rest
    of a line or of a message. A user's texts and expressions describe a part of an answer, and say nothing about the rest.
    """
    if len(received) >= MOST_FOR_EXPRESSIONS:
        return False  # what comes is not searched
    described = (*step.wanted, *(each for each, _unused1 in step.unwanted))
    if any(pattern.foreign or pattern.kind != "regex" for pattern in described):
        return False
    from .beginnings import is_beginning  # a healthy check never asks

    return any(is_beginning(pattern.data, received) for pattern in described)


def _wanted(step: Hear, received: bytes, fresh: int) -> Match | bool | None:
    if not step.wanted:
        return Match(len(received), {}) if received else None
    if not step.anywhere and all(pattern.kind == "text" for pattern in step.wanted):
        return _beginning(step, received)
    if len(step.wanted) == 1:
        hit = _search(step.wanted[0], received, fresh, step.capture)
        return Match(*hit) if hit[0] >= 0 else None
    # If all must occur, one may be in the older bytes.
    found = [_search(pattern, received, 0 if step.every else fresh, step.capture) for pattern in step.wanted]
    hits = [hit for hit in found if hit[0] >= 0]
    if not hits or (step.every and len(hits) < len(found)):
        return None
    if not step.every:
        return Match(*min(hits, key=_end))  # the one that is complete first
    captured: dict[str, bytes] = {}
    for _unused0, named, _unused2 in hits:
        captured.update(named)
    return Match(max(map(_end, hits)), captured, tuple([each for hit in hits for each in hit[2]]))


def _end(hit: tuple[Any, ...]) -> Any:
    return hit[0]


def _beginning(step: Hear, received: bytes) -> Match | bool | None:
    texts = [pattern.data for pattern in step.wanted]
    hits = [len(text) for text in texts if received.startswith(text)]
    if step.every and len(hits) == len(texts):
        return Match(max(hits), {})
    if hits and not step.every:
        return Match(min(hits), {})
    growing = any(len(received) < len(text) and text.startswith(received) for text in texts)
    return None if growing else False


def _search(
    pattern: Pattern, received: bytes, fresh: int, capture: str = ""
) -> tuple[int, dict[str, bytes], tuple[bytes, ...]]:
    """Find the first occurrence of a pattern; returns its end, or -1, what it captured, and all groups."""
    text = pattern.data
    if pattern.kind == "text":
        place = received.find(text, max(0, len(received) - fresh - len(text) + 1) if fresh and text else 0)
        return (place + len(text) if place >= 0 else -1), {}, ()
    most = MOST_FOR_EXPRESSIONS
    if pattern.foreign:
        from .timed_search import MOST

        most = MOST
    if fresh and len(received) - fresh >= most:
        return -1, {}, ()  # the searched bytes are the same as before
    match = _match(pattern, received[:most])
    if match is None:
        return -1, {}, ()
    captured = {name: value for name, value in match.groupdict().items() if value is not None}
    if capture:
        captured[capture] = (match.group(1) if match.re.groups else match.group()) or b""
    return match.end(), captured, match.groups(b"") if pattern.foreign else ()


def compiled(source: bytes) -> re.Pattern[bytes]:
    """Compile a user's expression, once: compiling may be slow. Raises what re.compile raises."""
    expression = _compiled.get(source)
    if expression is None:
        import re
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about syntax that a later Python may read differently
            # For users ^ and $ match at the start and end of each line. A step may begin in the middle of a line.
            expression = _compiled[source] = re.compile(source, re.MULTILINE)
    return expression


# It has at most one entry for each expression in the settings.
_compiled: dict[bytes, re.Pattern[bytes]] = {}


def _match(pattern: Pattern, received: bytes) -> re.Match[bytes] | None:
    import re  # a plain check has texts only

    if not pattern.foreign:
        return re.compile(pattern.data).search(received)
    expression = compiled(pattern.data)
    from .timed_search import StoppedError, search

    try:
        return search(expression, received)
    except StoppedError as problem:
        raise UnmatchableError(str(problem)) from None
