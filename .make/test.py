# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run the tests on each supported interpreter, those of the plugin on its oldest library, and list the skipped tests."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

VENV = Path(".venv")
SKIPPED = VENV / "skipped"  # a line for each skipped test; .ci/run requires it to be empty
PROMISED = ("3.9", "3.11", "3.13")
# Many tests wait for daemons or timeouts: two at a time took 155 s instead of 410. A file stays on one worker,
# since its tests share what they started.
SPREAD = ["-n", "2", "--dist", "loadfile"]
# Leaves out the tests that do not depend on the interpreter; see the markers in pyproject.toml.
ELSEWHERE = ["-m", "not engine and not once"]
# Nothing from a virtual environment: it has packages, and make puts ours first in PATH.
PROBE = """
import ensurepip, sys, venv
if sys.prefix == sys.base_prefix:
    print('%d.%d' % sys.version_info[:2], sys.executable)
"""
# Names the version to the one test that makes sure that the run has it.
OLDEST_LIBRARY = "TCP_HEALTH_NAGIOSPLUGIN"
NO_TESTS_COLLECTED = 5  # pytest's exit code
ONE_SETUP = Lock()  # an editable installation writes into the checkout
HANGING = 2400.0  # seconds; four times what the whole run takes on two cores


def main(arguments: list[str]) -> int:
    """Return 0 when every run passed; ARGUMENTS go to pytest."""
    default = "{}.{}".format(*sys.version_info)
    SKIPPED.unlink(missing_ok=True)
    # The others run at the same time as the default one: most tests wait.
    with ThreadPoolExecutor(max_workers=len(PROMISED)) as beside:
        waiting = [beside.submit(run_other, version, arguments) for version in PROMISED if version != default]
        if not arguments:
            waiting.append(beside.submit(run_oldest_library))
        print(f"== Python {default}", flush=True)
        runs = [run(default, Path(sys.executable), [*SPREAD, *arguments], output=None)]
        for other in waiting:
            result = other.result()
            print(result.output, end="", flush=True)
            runs.append(result)
    print()
    for result in runs:
        print(result.line)
    print(list_skips([line for result in runs for line in result.skipped]))
    return 0 if all(result.passed for result in runs) else 1


class Run:
    """The result on one interpreter: `line` is a summary, `skipped` has a line for each skipped test."""

    __slots__ = ("line", "output", "passed", "skipped")

    def __init__(self, *, passed: bool, line: str, output: str = "", skipped: tuple[str, ...] = ()) -> None:
        self.passed = passed
        self.line = line
        self.output = output
        self.skipped = skipped


def run_other(version: str, arguments: list[str]) -> Run:
    """Run the tests that depend on the interpreter on another one, if it is installed."""
    interpreter = find(version)
    if interpreter is None:
        return Run(passed=True, line=f"Python {version}: not found with venv on this machine, not tested")
    folder = VENV / version
    setup = ["sh", ".make/venv", str(folder), interpreter, "test"]
    with ONE_SETUP:
        done = subprocess.run(setup, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        return Run(passed=False, line=f"Python {version}: could not be set up", output=done.stdout)
    return run(version, folder / "bin" / "python", [*ELSEWHERE, *arguments], output=subprocess.PIPE)


def run_oldest_library() -> Run:
    """Run the tests of the plugin on the oldest supported nagiosplugin; all other runs have the newest."""
    settings = configparser.ConfigParser()
    settings.read("setup.cfg", encoding="utf-8")
    [version] = re.findall(r"^nagiosplugin >=([\d.]+)", settings["options"]["install_requires"], re.MULTILINE)
    name = f"nagiosplugin-{version}"
    folder = VENV.resolve() / name
    pip: list[str | Path] = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    pip += ["--no-deps", "--upgrade", "--target", folder, f"nagiosplugin=={version}"]
    if not folder.joinpath("nagiosplugin").is_dir():
        done = subprocess.run(pip, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            return Run(passed=False, line=f"{name}: could not be installed", output=done.stdout)
    environ = {**os.environ, "PYTHONPATH": str(folder), OLDEST_LIBRARY: version}
    result = run(name, Path(sys.executable), ["tests/edges/check"], output=subprocess.PIPE, environ=environ)
    result.line = result.line.removeprefix("Python ")
    return result


def run(
    version: str,
    python: Path,
    arguments: list[str],
    output: int | None,
    environ: dict[str, str] | None = None,
) -> Run:
    """Run pytest once; its output goes to stdout, or into the result when OUTPUT is a pipe."""
    began = time.monotonic()
    skips = SKIPPED.with_suffix(f".{version}")
    skips.unlink(missing_ok=True)
    command: list[str | Path] = [
        python,
        "-m",
        "pytest",
        "--quiet",
        "--skips",
        skips,
        "-o",
        f"cache_dir={VENV}/pytest-{version}",
    ]
    done = subprocess.run(
        [*command, *arguments],
        stdout=output,
        stderr=output and subprocess.STDOUT,
        env=environ,
        text=True,
        timeout=HANGING,
        check=False,
    )
    # ARGS may select no tests for another interpreter.
    nothing_left = done.returncode == NO_TESTS_COLLECTED and len(arguments) > len(ELSEWHERE)
    passed = done.returncode == 0 or (nothing_left and output is not None)
    word = "passed" if passed else f"FAILED (pytest's exit code {done.returncode})"
    return Run(
        passed=passed,
        line=f"Python {version}: {word} in {time.monotonic() - began:.0f} s",
        output=f"== Python {version}\n{done.stdout}" if output else "",
        skipped=tuple(skips.read_text(encoding="utf-8").splitlines()) if skips.exists() else (),
    )


def find(version: str) -> str | None:
    """Return an interpreter of that version with venv that is not a shim, or None."""
    name = f"python{version}"
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    found = [path for folder in folders if (path := shutil.which(name, path=folder))]
    # PATH has a shim of pyenv for every version; it fails for versions that are not activated.
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found += sorted(str(path) for path in pyenv.glob(f"versions/{version}.*/bin/{name}"))
    for path in found:
        answer = subprocess.run([path, "-c", PROBE], capture_output=True, text=True, check=False)
        if answer.returncode == 0 and answer.stdout.startswith(f"{version} "):
            return answer.stdout.split(maxsplit=1)[1].strip()
    return None


def list_skips(lines: list[str]) -> str:
    """Keep the skipped tests for .ci/run; return the reasons, each with the number of its tests."""
    SKIPPED.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    if not lines:
        return "Skipped: nothing"
    reasons = Counter(line.partition("\t")[2] for line in lines)
    rows = [f"  {count:4} × {reason}" for reason, count in sorted(reasons.items())]
    return "\n".join([f"Skipped: {len(lines)} tests", *rows])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
