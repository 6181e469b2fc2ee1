# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Find the known word that is nearest to a mistyped one, and word the hint. Only an error loads this module."""

from __future__ import annotations

from difflib import get_close_matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# The least similarity, as difflib computes it. At 0.7 every option with one wrong, missing, additional or exchanged
# letter has a hint. A word of up to four letters with one wrong letter has 0.67.
_SIMILAR = 0.7
_SIMILAR_SHORT = 0.6
_SHORT = 4


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that is most similar to a word, or "" if no word is similar."""
    found = get_close_matches(word, known, 1, _SIMILAR_SHORT if len(word) <= _SHORT else _SIMILAR)
    return found[0] if found else ""


def did_you_mean(word: str) -> str:
    """Return the hint about a word that was meant, as the end of a sentence; "" for an empty word."""
    return f": did you mean {word}?" if word else ""
