# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the tables of rooms and modules in ARCHITECTURE.md from the modules' docstrings."""

from __future__ import annotations

import ast
from pathlib import Path

from marks import write_table

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "ansible_collection/plugins/module_utils/tcp_health"
EDGES = ROOT / "plugins/tcp_health_plugins"


def write_into(present: str) -> str:
    """Return the page with new tables."""
    page = write_table(present, "core", ("room or module", "what it is"), _rows(CORE))
    return write_table(page, "edges", ("program or module", "what it is"), _rows(EDGES))


def _rows(package: Path) -> list[tuple[str, str]]:
    """Return a row for each room, followed by its modules, and the modules outside the rooms."""
    rows = [(f"`{path.name}`", _sentence(path)) for path in _modules(package)]
    for room in sorted(path.parent for path in package.glob("*/__init__.py")):
        rows.append((f"**`{room.name}/`**", _sentence(room / "__init__.py")))
        rows += [(f"`{room.name}/{path.name}`", _sentence(path)) for path in _modules(room)]
    return rows


def _modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")


def _sentence(path: Path) -> str:
    """Return the first line of a module's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]
