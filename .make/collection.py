# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build the archive of the Ansible collection: `collection.py [FOLDER]`, with a core that is small to send.

Ansible sends the core to the managed host with every task. Without comments and docstrings it has two thirds of its
compressed size. The lines keep their numbers, so a traceback fits the sources.
"""

from __future__ import annotations

import ast
import io
import shutil
import subprocess
import sys
import tempfile
import tokenize
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
COLLECTION = ROOT / "ansible_collection"
SENT = ("plugins/module_utils", "plugins/modules")

# The interpreter of the module, and the lines of copyright and licence.
KEPT_LINES = 3

IGNORED = shutil.ignore_patterns("__pycache__", "*.pyi", "py.typed", "*.tar.gz")


def slim(source: str) -> str:
    """Return a module without comments and docstrings, except the first lines. The other lines keep their numbers."""
    lines = source.split("\n")
    for first, last, column, alone in _docstrings(ast.parse(source)):
        lines[first - 1 : last] = [" " * column + "pass" if alone else "", *[""] * (last - first)]
    for line, column in _comments(source):
        if line > KEPT_LINES and lines[line - 1]:
            lines[line - 1] = lines[line - 1][:column].rstrip()
    return "\n".join(lines).rstrip("\n") + "\n"


def _docstrings(tree: ast.Module) -> Iterator[tuple[int, int, int, bool]]:
    """Yield the first and the last line of each text that is a statement, its column, and whether it is a whole body."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):  # that of a lambda
            continue
        for each in body:
            text = each.value if isinstance(each, ast.Expr) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield each.lineno, each.end_lineno or each.lineno, each.col_offset, len(body) == 1


def _comments(source: str) -> Iterator[tuple[int, int]]:
    """Yield the line and the column of each comment."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start


def prepare(folder: Path) -> Path:
    """Copy the collection below a folder, with a small core; return the copy."""
    copy = folder / "collection"
    shutil.copytree(COLLECTION, copy, ignore=IGNORED)
    for place in SENT:
        for path in (copy / place).rglob("*.py"):
            path.write_text(slim(path.read_text(encoding="utf-8")), encoding="utf-8")
    return copy


def main(arguments: list[str]) -> int:
    """Build the archive, and print its path."""
    into = Path(arguments[0] if arguments else "dist").absolute()
    program = shutil.which("ansible-galaxy")
    if program is None:
        print(
            "make collection needs ansible-core, which make installs where Python is 3.11 or newer",
            file=sys.stderr,
        )
        return 1
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = prepare(Path(folder))
        # ansible-galaxy writes below the home, unless the variable names another folder.
        done = subprocess.run(
            [program, "collection", "build", "--force", "--output-path", str(into), str(copy)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        return 1
    print(done.stdout.strip().rpartition(" ")[2])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
