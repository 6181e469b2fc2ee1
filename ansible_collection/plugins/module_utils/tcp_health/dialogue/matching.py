# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Whether an answer is what was expected, while it may still be growing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

    from ..model.dialogue import Hear, Pattern

# Of an answer that our own expressions are matched against: each byte that comes may cost a look at all before it. The
# guard of users' expressions has a lower bound.
MOST_FOR_EXPRESSIONS = 1 << 16


class Match:
    """What was found: ``end`` is where it ends in the answer, ``captured`` what its groups took, by name."""

    __slots__ = ("captured", "end")

    def __init__(self, end: int, captured: dict[str, bytes]) -> None:
        self.end = end
        self.captured = captured


class Unwanted:
    """A pattern of what must not occur did: ``words`` are the step's own for it, or ""."""

    __slots__ = ("words",)

    def __init__(self, words: str) -> None:
        self.words = words


class UnmatchableError(Exception):
    """A user's expression was not matched in bounded time: its text says why in one clause."""


def matches(step: Hear, received: bytes, fresh: int = 0) -> Match | Unwanted | bool | None:
    """A Match; Unwanted; False: it can no longer match; None: more bytes could make it match.

    The rules are check_tcp's: any one of the patterns will do, or with ``every`` each must occur; texts stand
    anywhere, or with ``anywhere`` off they begin the answer. ``fresh`` is how many bytes at the end are new since
    the last call, so that a dripping server cannot make each byte cost a search of all before it. Raises
    UnmatchableError.
    """
    found = _wanted(step, received, fresh)
    if not step.unwanted:
        return found
    before = received
    if isinstance(found, Match):
        # What stands behind the match had not come yet when it was found, were the same answer in smaller pieces.
        before = received[: found.end]
        fresh = fresh and max(1, fresh - len(received) + len(before))
    spoilt = [(_search(pattern, before, fresh)[0], words) for pattern, words in step.unwanted]
    spoilt = [each for each in spoilt if each[0] >= 0]
    return Unwanted(min(spoilt, key=_end)[1]) if spoilt else found


def _wanted(step: Hear, received: bytes, fresh: int) -> Match | bool | None:
    if not step.wanted:
        return Match(len(received), {}) if received else None
    if not step.anywhere and all(pattern.kind == "text" for pattern in step.wanted):
        return _beginning(step, received)
    if len(step.wanted) == 1:
        end, groups = _search(step.wanted[0], received, fresh, step.capture)
        return Match(end, groups) if end >= 0 else None
    # Of several that must each occur, one may have stood in what came before.
    found = [_search(pattern, received, 0 if step.every else fresh, step.capture) for pattern in step.wanted]
    hits = [hit for hit in found if hit[0] >= 0]
    if not hits or (step.every and len(hits) < len(found)):
        return None
    if not step.every:
        return Match(*min(hits, key=_end))  # the one that would have been found first
    captured: dict[str, bytes] = {}
    for _, groups in hits:
        captured.update(groups)
    return Match(max(map(_end, hits)), captured)


def _end(hit: tuple[int, object]) -> int:
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


def _search(pattern: Pattern, received: bytes, fresh: int, capture: str = "") -> tuple[int, dict[str, bytes]]:
    """Where the pattern's first occurrence ends, or -1, and what it captured."""
    text = pattern.data
    if pattern.kind == "text":
        place = received.find(text, max(0, len(received) - fresh - len(text) + 1) if fresh and text else 0)
        return (place + len(text) if place >= 0 else -1), {}
    most = MOST_FOR_EXPRESSIONS
    if pattern.foreign:
        from .timed_search import MOST

        most = MOST
    if fresh and len(received) - fresh >= most:
        return -1, {}  # what may be looked at is what it was
    match = _match(pattern, received[:most])
    if match is None:
        return -1, {}
    captured = {name: value for name, value in match.groupdict().items() if value is not None}
    if capture:
        captured[capture] = (match.group(1) if match.re.groups else match.group()) or b""
    return match.end(), captured


def compiled(source: bytes) -> re.Pattern[bytes]:
    """A user's expression, compiled once: it may take long, or much of the stack. Raises what re.compile does."""
    expression = _compiled.get(source)
    if expression is None:
        import re
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what a later Python may take otherwise
            # A user thinks of lines; what a step before has used may end in the middle of one.
            expression = _compiled[source] = re.compile(source, re.MULTILINE)
    return expression


# As many as the settings have.
_compiled: dict[bytes, re.Pattern[bytes]] = {}


def _match(pattern: Pattern, received: bytes) -> re.Match[bytes] | None:
    import re  # a plain check expects texts alone

    if not pattern.foreign:
        return re.compile(pattern.data).search(received)
    expression = compiled(pattern.data)
    from .timed_search import StoppedError, search

    try:
        return search(expression, received)
    except StoppedError as problem:
        raise UnmatchableError(str(problem)) from None
