# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Whether an answer is what was expected, while it may still be growing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .model import Recipe


def matches(recipe: Recipe, received: bytes, fresh: int = 0) -> bool | None:
    """True: it matches; False: it can no longer match; None: more bytes could make it match.

    The rules are check_tcp's: any one of the texts will do, or with expect_all each must occur; they stand
    anywhere, or with expect_anywhere off they begin the answer. ``fresh`` is how many bytes at the end are
    new since the last call, so that a dripping server cannot make each byte cost a search of all before it.
    """
    texts = recipe.expect
    if recipe.expect_anywhere:
        if recipe.expect_all:
            found = all(text in received for text in texts)
        else:
            found = any(received.find(text, _first(received, text, fresh)) >= 0 for text in texts)
        return True if found else None
    hits = sum(received.startswith(text) for text in texts)
    if hits == len(texts) or (hits and not recipe.expect_all):
        return True
    growing = any(len(received) < len(text) and text.startswith(received) for text in texts)
    return None if growing else False


def _first(received: bytes, text: bytes, fresh: int) -> int:
    """Where the search may begin: before it, an earlier call has looked."""
    return max(0, len(received) - fresh - len(text) + 1) if fresh else 0
