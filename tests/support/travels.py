# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finds the modules of the core that Ansible sends to a managed host, from the import statements."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

COLLECTION = Path(__file__).resolve().parents[2] / "ansible_collection"
CORE = COLLECTION / "plugins" / "module_utils" / "tcp_health"
MODULE = COLLECTION / "plugins" / "modules" / "tcp_health.py"
PREFIX = "ansible_collections.tcp_health.monitoring.plugins.module_utils.tcp_health"


def sent(*, for_types: bool = True) -> set[str]:
    """Return the modules that the Ansible module imports, directly or not, by their names below the core.

    Ansible follows every import statement, in functions and for type checkers too. A package travels with its modules.

    for_types: whether imports under TYPE_CHECKING count
    """
    found: set[str] = set()
    waiting = {name.removeprefix(PREFIX).lstrip(".") for name in _imports(MODULE, [], for_types)}
    while waiting:
        name = waiting.pop()
        path = _path(name)
        if name in found or path is None:
            continue
        found.add(name)
        if name:
            waiting.add(name.rpartition(".")[0])
        parts = name.split(".") if name else []
        waiting |= set(_imports(path, parts if path.name == "__init__.py" else parts[:-1], for_types))
    return found


def _path(name: str) -> Path | None:
    path = CORE.joinpath(*name.split(".")) if name else CORE
    places = [path / "__init__.py", path.with_suffix(".py")] if name else [path / "__init__.py"]
    return next((place for place in places if place.exists()), None)


def _imports(path: Path, package: list[str], for_types: bool) -> Iterator[str]:
    """Yield the names below the core that a module's import statements may mean."""
    for node in _statements(ast.parse(path.read_text(encoding="utf-8")), for_types):
        if node.level:
            source = ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
        elif (node.module or "").startswith(PREFIX):
            source = node.module or ""
        else:
            continue
        yield source
        yield from (f"{source}.{alias.name}".lstrip(".") for alias in node.names)


def _statements(node: ast.AST, for_types: bool) -> Iterator[ast.ImportFrom]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ImportFrom):
            yield child
        elif for_types or not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from _statements(child, for_types)
