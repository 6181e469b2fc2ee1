# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make collection`: the core in the archive is the same code, on the same lines, without comments and docstrings."""

from __future__ import annotations

import ast
import importlib
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.once


@pytest.fixture
def slim(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    monkeypatch.syspath_prepend(str(ROOT / ".make"))
    found: Callable[[str], str] = importlib.import_module("collection").slim
    return found


def code(source: str) -> str:
    """The syntax tree with line numbers, without the statements that are only a text, and without pass."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                each
                for each in body
                if not (
                    isinstance(each, ast.Pass)
                    or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
                )
            ]
    return ast.dump(tree, include_attributes=True)


def without_ends(dump: str) -> str:
    """The same without the ends of blocks, which a removed docstring at the end of a class moves."""
    return re.sub(r", end_lineno=\d+, end_col_offset=\d+", "", dump)


def test_the_code_is_the_same_on_the_same_lines(slim: Callable[[str], str]) -> None:
    folder = ROOT / "ansible_collection/plugins"
    paths = [path for place in ("module_utils", "modules") for path in (folder / place).rglob("*.py")]
    assert len(paths) > 80
    before = after = 0
    for path in paths:
        source = path.read_text(encoding="utf-8")
        made = slim(source)
        assert without_ends(code(made)) == without_ends(code(source)), path
        assert made.splitlines()[:2] == source.splitlines()[:2]
        assert "GNU General Public" in made or "Simplified BSD" in made
        before += len(zlib.compress(source.encode()))
        after += len(zlib.compress(made.encode()))
    assert after < 0.75 * before


def test_texts_that_are_values_and_signs_in_texts_stay(slim: Callable[[str], str]) -> None:
    source = '# 1\n# 2\n# 3\nx = "# no comment"  # one\n\n\ndef f():\n    """Only\n    this."""\n\n\ny = """\n# kept\n"""\n'
    assert (
        slim(source)
        == '# 1\n# 2\n# 3\nx = "# no comment"\n\n\ndef f():\n    pass\n\n\n\ny = """\n# kept\n"""\n'
    )
