# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run the tests on the default interpreter, then on each other one we promise, and list what was skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

VENV = Path(".venv")
SKIPPED = VENV / "skipped"  # a line for each skipped test; .ci/run wants it empty
PROMISED = ("3.9", "3.11", "3.13")
# What says nothing new on a second interpreter; see the markers in pyproject.toml.
ELSEWHERE = ["-m", "not engine and not once"]
PROBE = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2], sys.executable)"


def main(arguments: list[str]) -> int:
    """Return 0 when every run passed; ARGUMENTS go to pytest."""
    default = "{}.{}".format(*sys.version_info)
    SKIPPED.write_text("", encoding="utf-8")
    lines = [run(default, Path(sys.executable), arguments)]
    for version in PROMISED:
        if version == default:
            continue
        interpreter = find(version)
        if interpreter is None:
            lines.append((True, f"Python {version}: not found with venv on this machine, not tested"))
            continue
        folder = VENV / version
        if subprocess.run(["sh", ".make/venv", folder, interpreter, "test"], check=False).returncode:
            lines.append((False, f"Python {version}: could not be set up"))
            continue
        lines.append(run(version, folder / "bin" / "python", [*ELSEWHERE, *arguments]))
    print()
    for _, line in lines:
        print(line)
    print(skips())
    return 0 if all(passed for passed, _ in lines) else 1


def run(version: str, python: Path, arguments: list[str]) -> tuple[bool, str]:
    """Run pytest once; return whether it passed, and the line that says so."""
    print(f"== Python {version}", flush=True)
    began = time.monotonic()
    mine = SKIPPED.with_suffix(f".{version}")
    mine.unlink(missing_ok=True)
    # The name of the interpreter keeps what two runs have cached apart.
    status = subprocess.run(
        [
            python,
            "-m",
            "pytest",
            "--quiet",
            "--skips",
            mine,
            "-o",
            f"cache_dir={VENV}/pytest-{version}",
            *arguments,
        ],
        check=False,
    ).returncode
    if mine.exists():
        with SKIPPED.open("a", encoding="utf-8") as every:
            every.write(mine.read_text(encoding="utf-8"))
        mine.unlink()
    word = "passed" if status == 0 else f"FAILED (pytest's exit code {status})"
    return status == 0, f"Python {version}: {word} in {time.monotonic() - began:.0f} s"


def find(version: str) -> str | None:
    """Return a real interpreter of that version that has venv, or None."""
    name = f"python{version}"
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    found = [path for folder in folders if (path := shutil.which(name, path=folder))]
    # A shim of pyenv stands in PATH for every version, and fails for those that are not switched on.
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found += sorted(str(path) for path in pyenv.glob(f"versions/{version}.*/bin/{name}"))
    for path in found:
        answer = subprocess.run([path, "-c", PROBE], capture_output=True, text=True, check=False)
        if answer.returncode == 0 and answer.stdout.startswith(f"{version} "):
            return answer.stdout.split(maxsplit=1)[1].strip()
    return None


def skips() -> str:
    """Return the reasons of what was skipped, each with how many tests it kept back."""
    reasons = Counter(line.partition("\t")[2] for line in SKIPPED.read_text(encoding="utf-8").splitlines())
    if not reasons:
        return "Skipped: nothing"
    rows = [f"  {count:4} × {reason}" for reason, count in sorted(reasons.items())]
    return "\n".join([f"Skipped: {sum(reasons.values())} tests", *rows])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
