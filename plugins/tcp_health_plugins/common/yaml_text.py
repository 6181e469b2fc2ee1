# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read a YAML document into the same values as JSON; the only module that imports PyYAML."""

from __future__ import annotations

import re

import yaml

from .json_text import DocumentError, Names, repeated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TAG = "tag:yaml.org,2002:"
_MERGE = _TAG + "merge"

# The one that uses libyaml is ten times as fast, and is not in every package.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


DEEPEST = 100
"""The maximum number of values inside each other. libyaml composes them by recursion, and its stack has an end."""


class _Loader(_Base):  # type: ignore[misc]  # PyYAML has no annotations
    """A loader that keeps each scalar but null as the text that is written.

    YAML 1.1 would make the number 620 of the range 10:20, and the number 8 of 010.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML wants it in the class
    yaml_constructors: dict[str, Any] = {}  # noqa: RUF012

    def names(self, node: Any) -> Names:
        own = Names()
        merged = Names()
        for key, value in node.value:
            made = self.construct_object(value, deep=True)
            if key.tag == _MERGE:
                for each in made if isinstance(made, list) else [made]:
                    if not isinstance(each, Names):
                        raise _error(value, "only names with values can be merged")
                    for name in each:
                        merged.setdefault(name, each[name])
            elif isinstance(key, yaml.ScalarNode):
                own[key.value] = made
            else:
                raise _error(key, "a name must be a text")
        found = Names({**merged, **own})
        found.twice = repeated(key.value for key, _ in node.value if key.tag != _MERGE)
        return found

    def texts(self, node: Any) -> list[Any]:
        return [self.construct_object(each, deep=True) for each in node.value]

    def text(self, node: Any) -> str:
        return str(node.value)

    def nothing(self, node: Any) -> None:  # noqa: ARG002 - as PyYAML calls it
        return None

    def unknown(self, node: Any) -> None:
        raise _error(node, "tags are not accepted")


def _error(node: Any, sentence: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=sentence, problem_mark=node.start_mark)


_Loader.add_implicit_resolver(_TAG + "null", re.compile("(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(_MERGE, re.compile("<<$"), ["<"])
for _tag, _constructor in (
    (_TAG + "map", _Loader.names),
    (_TAG + "seq", _Loader.texts),
    (_TAG + "str", _Loader.text),
    (_TAG + "null", _Loader.nothing),
    (None, _Loader.unknown),
):
    _Loader.add_constructor(_tag, _constructor)


def yaml_of(text: str) -> object:
    """Return the value of a YAML document. Raises DocumentError."""
    try:
        _refuse_deep(text)
        loader = _Loader(text)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else str(error.problem_mark.line + 1)
        raise DocumentError(line, f"invalid YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise DocumentError("", "invalid YAML: a character that YAML does not accept") from None


def _refuse_deep(text: str) -> None:
    """Raise DocumentError if a document has more than DEEPEST values inside each other."""
    depth = 0
    for event in yaml.parse(text, Loader=_Base):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                line = str(event.start_mark.line + 1)
                raise DocumentError(line, "invalid YAML: too many nested values")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
