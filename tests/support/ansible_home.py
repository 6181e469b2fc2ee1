# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible in a directory of its own, with the collection of `make collection`, and without the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def find_ansible() -> str | None:
    """Return the directory of Ansible's programs: that of this interpreter, or one in PATH."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    found = shutil.which("ansible-playbook", path=path)
    return str(Path(found).parent) if found else None


class Ansible:
    """Ansible in its own directory, with the collection installed as from Galaxy and without the checkout."""

    def __init__(self, folder: Path, programs: str, *, install: bool = True) -> None:
        self.folder = folder
        self._programs = programs
        self.environ = {
            "PATH": f"{programs}:/usr/bin:/bin",
            "HOME": str(folder / "home"),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"),
            "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
            "ANSIBLE_REMOTE_TMP": str(folder / "remote"),
            # Without it, a job writes its result below HOME, and Ansible looks for it in the user's home.
            "ANSIBLE_ASYNC_DIR": str(folder / "async"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PIPELINING": "1",  # a task starts one process instead of four
        }
        (folder / "home").mkdir()
        build = [sys.executable, str(ROOT / ".make/collection.py"), str(folder)]
        environ = {**os.environ, "PATH": self.environ["PATH"]}
        subprocess.run(build, env=environ, check=True, stdout=subprocess.DEVNULL, timeout=120)
        [self.archive] = folder.glob("tcp_health-monitoring-*.tar.gz")
        if install:
            self.run(
                "ansible-galaxy", "collection", "install", "--offline", "-p", str(folder / "collections"),
                str(self.archive),
            )  # fmt: skip

    def run(
        self,
        program: str,
        *arguments: str,
        code: int = 0,
        collections: Path | None = None,
        seconds: float = 120,
        **settings: str,
    ) -> str:
        """Run a program; return its output with warnings, or raise AssertionError with the output.

        settings: variables of the environment
        """
        environ = {**self.environ, **settings}
        if collections is not None:
            environ["ANSIBLE_COLLECTIONS_PATH"] = str(collections)
        done = subprocess.run(
            [Path(self._programs, program), *arguments],
            cwd=self.folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if program == "ansible-doc" else subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout
