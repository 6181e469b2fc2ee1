# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The examples of docs/api.md: run against a server on loopback, and read by a type checker from outside the package."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def example(text: str, port: int) -> str:
    """Return an example with its hosts on loopback: db1, db2 and 192.0.2.* as 127.0.0.1, and 5432 as the port."""
    text = re.sub(r"\bdb[12]\b|\b192\.0\.2\.(\d+|\{number\})", "127.0.0.1", text)
    return text.replace("5432", str(port))


def run_example(
    text: str, port: int, folder: Path, python: Sequence[str], environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run an example as a program in a folder, with PATH as its only environment variable."""
    program = folder / "example.py"
    program.write_text(example(text, port), encoding="utf-8")
    return subprocess.run(
        [*python, program],
        cwd=folder,
        env={"PATH": os.defpath, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def type_check(folder: Path, python: Sequence[str], environ: Mapping[str, str], *programs: str) -> str:
    """Return what mypy --strict reports for the programs, or for the page's examples; "" if nothing.

    python: the interpreter whose packages the programs import
    """
    names = []
    for number, text in enumerate(programs or EXAMPLES):
        names.append(f"program_{number}.py")
        folder.joinpath(names[-1]).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--no-error-summary",
            "--python-executable",
            *python,
            *names,
        ],
        cwd=folder,
        env={"PATH": os.defpath, **environ},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.stdout + done.stderr
