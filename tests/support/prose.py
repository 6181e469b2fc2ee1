# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The prose of the repository: its pages, comments, docstrings, messages and help texts, without code and values."""

from __future__ import annotations

import ast
import configparser
import io
import os
import re
import subprocess
import sys
import tokenize
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .english import CHECK_TCP, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("docs", "comments", "docstrings", "messages", "help")
MADE = {".git", ".venv", "build", "dist", "__pycache__", ".hypothesis", "collections", "node_modules"}
PRODUCT = ("plugins/", "ansible_collection/plugins/")
"""The folders whose string literals a user may read."""

HOLE = "…"  # a value in an f-string


class Passage(NamedTuple):
    """A paragraph, a docstring, a comment, a message: its text, and the line of FILE where it begins."""

    kind: str
    file: str
    line: int
    text: str

    @property
    def is_for_users(self) -> bool:
        """Whether users read it, rather than those who change the code."""
        pages = ("README.md", "docs/", "ansible_collection/README.md")
        page = self.file.startswith(pages) and not self.file.startswith("docs/decisions/")
        return self.kind in {"messages", "help"} or page

    @property
    def prose(self) -> str:
        """The text with spaces in place of code, values and addresses; no character changes its place."""
        text = self.text
        for pattern in _VALUES:
            text = pattern.sub(_spaces, text)
        if self.kind == "docstrings":
            text = _FIELDS.sub(_spaces, text)
        return text

    @property
    def words(self) -> int:
        """How many words of prose it has."""
        return len(_WORD.findall(self.prose))

    def hits(self) -> Iterator[Hit]:
        """The words that the project avoids."""
        prose = self.prose
        for word in WORDS:
            if word.for_users and not self.is_for_users:
                continue
            for match in word.found(prose):
                line = self.line + prose.count("\n", 0, match.start())
                found = " ".join(match.group().split()) or word.word
                yield Hit(self.kind, self.file, line, found, word.better)


class Hit(NamedTuple):
    """A word that the project avoids, and where it is."""

    kind: str
    file: str
    line: int
    word: str
    better: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.word} -> {self.better}"


_FIELDS = re.compile(r"^ *\w+(?:, \w+)*(?=  +\S)", re.MULTILINE)
"""The names of fields before their descriptions, which begin in one column."""

_WORD = re.compile(r"[A-Za-z][A-Za-z'\u2019-]*")
_VALUES = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (r"<!--.*?-->", re.DOTALL),
        (r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL),  # code
        (r"\]\([^)\s]*\)", 0),  # where a link leads
        (r"\b[a-z][a-z+]*://[^\s)>\"']+", 0),
        ("|".join(map(re.escape, CHECK_TCP)), 0),
        (r"\"[^\"\n]{1,200}(?:\n[^\"\n]{1,200}){0,2}\"", 0),
        (r"(?<![\w'])'[^'\n]{1,100}'(?!\w)", 0),
        (r"[\u201c\u2018‹][^\u201d\u2019›]{1,200}[\u201d\u2019›]", 0),
        (r"(?<![\w-])--?[A-Za-z][\w-]*", 0),  # options
        (r"\b\w+=\S+", 0),
        (
            r"\bnoqa(?:: ?[A-Z]+\d+(?:, ?[A-Z]+\d+)*)?|\btype: ignore(?:\[[\w, -]*\])?|\bfmt: \w+|\bpragma: no cover",
            0,
        ),
    )
)


def _spaces(match: re.Match[str]) -> str:
    """Replace the text with spaces; quotes around it and line ends stay."""
    text = match.group()
    quote = text[0] if text[0] in "\"'" else ""
    inner = re.sub(r"[^\n]", " ", text[len(quote) : len(text) - len(quote)])
    return f"{quote}{inner}{quote}"


def passages(root: Path = ROOT) -> Iterator[Passage]:
    """Yield all prose of the repository."""
    for path in _files(root):
        name = path.relative_to(root).as_posix()
        if path.suffix == ".md" or (path.suffix == ".yml" and path.parent.name == "modules"):
            yield from _page(name, path.read_text(encoding="utf-8"))
        elif path.suffix == ".py" or _is_script(path):
            source = path.read_text(encoding="utf-8")
            yield from _comments(name, source)
            yield from _strings(name, source)
    yield from _help(root)


def _files(root: Path) -> list[Path]:
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [
            name for name in folders if name not in MADE and not name.endswith((".egg-info", "_cache"))
        ]
        found += [Path(folder, name) for name in names if not name.startswith("LICENSE")]
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def _is_script(path: Path) -> bool:
    with path.open("rb") as file:
        return file.readline(200).rstrip().endswith(b"python3")


def _page(name: str, text: str) -> Iterator[Passage]:
    """The paragraphs of a page in Markdown: a heading, an item's lines, a row of a table are one each."""
    begun, block, fence = 0, list[str](), ""
    for number, line in enumerate(chain(text.splitlines(), [""]), 1):
        stripped = line.strip()
        mark = re.match(r"`{3,}|~{3,}", stripped)
        alone = stripped.startswith(("#", "|"))
        if block and (mark or not stripped or alone or fence or re.match(r"[-*+] |\d+\. ", stripped)):
            yield Passage("docs", name, begun, "\n".join(block))
            block = []
        if mark and not fence:
            fence = mark.group()
        elif fence:
            fence = "" if stripped.startswith(fence) and not stripped.strip("`~") else fence
        elif alone:
            yield Passage("docs", name, number, line)
        elif stripped:
            begun = begun if block else number
            block.append(line)


def _comments(name: str, source: str) -> Iterator[Passage]:
    """Comments, those on consecutive lines of their own as one; without the lines for tools and lawyers."""
    begun, column, block = 0, 0, list[str]()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        (row, start), text = token.start, token.string.lstrip("#").removeprefix(" ")
        alone = not token.line[:start].strip()
        if block and not (alone and row == begun + len(block) and start == column):
            yield Passage("comments", name, begun, "\n".join(block))
            block = []
        if token.string.startswith(("#!", "# Copyright: ", "# GNU General Public", "# Simplified BSD")):
            continue
        begun = begun if block else row
        column = start if alone else -1
        block.append(text)
    if block:
        yield Passage("comments", name, begun, "\n".join(block))


def _strings(name: str, source: str) -> Iterator[Passage]:
    """Docstrings, those of constants included; and of what is installed the string literals that are text."""
    is_product = name.startswith(PRODUCT)
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            if isinstance(node.value.value, str):
                yield Passage("docstrings", name, node.lineno, node.value.value)
            continue
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            text = _text(node)
            if is_product and " " in text.strip() and len(re.findall(r"\b[A-Za-z]{2,}\b", text)) > 1:
                yield Passage("messages", name, node.lineno, text)
        if isinstance(node, ast.JoinedStr):
            # An expression in braces may contain a string, too.
            waiting += [each for each in node.values if isinstance(each, ast.FormattedValue)]
        else:
            waiting += ast.iter_child_nodes(node)


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(
        each.value if isinstance(each, ast.Constant) and isinstance(each.value, str) else HOLE
        for each in node.values
    )


def _help(root: Path) -> Iterator[Passage]:
    """What the executables print for --help and, where there is one, --help-all; a line in both counts once."""
    settings = configparser.ConfigParser()
    settings.read(root / "setup.cfg", encoding="utf-8")
    for script in settings["options"]["scripts"].split():
        seen = set[str]()
        for option in ("--help", "--help-all"):
            done = subprocess.run(
                [sys.executable, root / script, option],
                capture_output=True,
                encoding="utf-8",
                env={**os.environ, "COLUMNS": "80", "LC_ALL": "C.UTF-8"},
                timeout=60,
                check=False,
            )
            if option == "--help" and not done.stdout:
                raise RuntimeError(f"{script} --help printed nothing: {done.stderr}")
            place = f"{Path(script).name} {option}"
            for begun, text in _paragraphs(done.stdout, seen):
                yield Passage("help", place, begun, text)
            seen.update(done.stdout.splitlines())


def _paragraphs(text: str, seen: set[str]) -> Iterator[tuple[int, str]]:
    """The paragraphs of a help text, each with the line where it begins, without the lines that were seen before."""
    begun, block = 0, list[str]()
    for number, line in enumerate(chain(text.splitlines(), [""]), 1):
        if line.strip() and line not in seen:
            begun = begun if block else number
            block.append(line)
        elif block:
            yield begun, "\n".join(block)
            block = []
