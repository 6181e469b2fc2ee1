# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run command lines in the network of the README's examples (lab/scene.py), with the programs as installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from real.folders import open_folder
from real.installed import SOURCE, installed_plugins

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHECK_TCP = "/usr/lib/nagios/plugins/check_tcp"

_LIMIT = 300
"""Seconds for all commands of one call: each has a limit of its own."""


class Ended(NamedTuple):
    """What a command printed, on stdout and stderr together, and its exit code."""

    output: str
    code: int


def run(commands: Sequence[str], *, columns: int = 0, files: Mapping[str, str] | None = None) -> list[Ended]:
    """Run command lines one after the other, in a folder with those files; as root, which the network needs.

    With ``columns`` they write to a terminal of that width. Raises RuntimeError where the network cannot be built.
    """
    prefix = installed_plugins().parent
    folder = open_folder("tcp-health-scene-")
    try:
        programs = folder / "bin"
        programs.mkdir()
        for program in (prefix / "bin").iterdir():
            (programs / program.name).symlink_to(program)
        (programs / "check_tcp").symlink_to(CHECK_TCP)
        (folder / "lib").symlink_to(prefix / "lib/tcp-health")
        work = folder / "work"
        work.mkdir()
        work.chmod(0o777)
        for name, text in (files or {}).items():
            (work / name).write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "lab.scene", str(folder), *([str(columns)] if columns else [])],
            input=json.dumps(list(commands)),
            env={**os.environ, "PYTHONPATH": f"{SOURCE}/plugins:{SOURCE}/tests"},
            capture_output=True,
            text=True,
            check=False,
            timeout=_LIMIT,
        )
        if done.returncode != 0:
            raise RuntimeError(f"the network of the examples does not work:\n{done.stderr}")
        return [Ended(output, code) for output, code in json.loads(done.stdout)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
