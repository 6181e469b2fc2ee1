# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documents: every path in them exists, every link has a target, and the tables are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "ansible_collection/plugins/module_utils/tcp_health"
EDGES = ROOT / "plugins/tcp_health_plugins"
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "ansible_collection/*.md")
    for path in ROOT.glob(pattern)
    if not path.is_symlink()
)
# A path in a code span: it contains a slash, and ends in a known extension or in a slash.
PATH = re.compile(r"`((?:[\w.-]+/)+(?:[\w-]+\.(?:py|md|cfg|toml|yml|json|j2))?)`")
LINK = re.compile(r"\]\(([^)#\s]+)?(#[^)\s]+)?\)")

pytestmark = pytest.mark.once


def words_of(path: Path) -> str:
    """A page without its code blocks."""
    return re.sub(r"^ *```.*?^ *```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def missing_paths(text: str) -> list[str]:
    """The paths in code spans that exist neither in the repository or its tests, nor in the core or the programs."""
    bases = ROOT, ROOT / "tests", CORE, EDGES
    return [name for name in PATH.findall(text) if not any((base / name).exists() for base in bases)]


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_path_in_a_document_for_developers_exists(name: str) -> None:
    text = words_of(ROOT / name)
    assert len(PATH.findall(text)) > 10
    assert missing_paths(text) == []


def test_a_path_that_does_not_exist_is_found() -> None:
    text = "see `engine/engine.py`, `engine/nothing.py`, `tests/project/` and `no/folder/`"
    assert missing_paths(text) == ["engine/nothing.py", "no/folder/"]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_has_a_target(page: Path) -> None:
    for target, anchor in LINK.findall(words_of(page)):
        if "://" in target:
            continue
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{target} in {page.name}"
        if anchor and path.suffix == ".md":
            heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor[1:] in {anchor_of(head) for head in heads}, f"{target}{anchor} in {page.name}"


def anchor_of(head: str) -> str:
    """The anchor of a heading: lower case, without punctuation, dashes for spaces."""
    return re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-")


def test_the_index_of_the_documentation_lists_every_page() -> None:
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    linked = {(ROOT / "docs" / target).resolve() for target, _ in LINK.findall(index) if "://" not in target}
    pages = {path for path in (ROOT / "docs").glob("*.md") if path.name != "README.md"}
    assert pages <= linked
