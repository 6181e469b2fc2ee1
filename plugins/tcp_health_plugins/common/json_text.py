# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read a JSON document: numbers as they are written, and mappings that know the names that they have twice."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Names(dict[str, object]):
    """A mapping of a document. twice: the names that it has more than once."""

    twice: frozenset[str] = frozenset()


class DocumentError(ValueError):
    """A document that cannot be read: the number of the line, or "", and one sentence."""

    def __init__(self, line: str, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


def json_of(text: str) -> object:
    """Return a JSON value. Numbers are texts, as they are written. Raises DocumentError."""
    try:
        return json.loads(text, object_pairs_hook=_names, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        raise DocumentError(str(error.lineno), f"invalid JSON at column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise DocumentError("", "invalid JSON: too many nested values") from None


def _names(pairs: list[tuple[str, object]]) -> Names:
    names = Names(pairs)
    if len(names) < len(pairs):
        names.twice = repeated(name for name, _ in pairs)
    return names


def repeated(names: Iterable[str]) -> frozenset[str]:
    """Return the names that are there more than once."""
    seen: set[str] = set()
    found: set[str] = set()
    for name in names:
        (found if name in seen else seen).add(name)
    return frozenset(found)
