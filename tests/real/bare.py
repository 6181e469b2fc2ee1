# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bare Debian tree, made by debootstrap from the mirror of this machine's apt, and commands in it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

LIMIT = 900.0
"""Seconds until a step counts as hanging."""

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"}

BOOKS = ("var/lib/dpkg", "var/lib/apt", "var/log", "var/cache", "dev", "proc", "sys", "run", "tmp")
"""What every installation of a package writes, or no package has."""


class StepError(Exception):
    """A failed step; the message is the end of its output."""


def debian_here() -> tuple[str, str]:
    """Return this machine's release of Debian, and the mirror of its apt."""
    text = Path("/etc/os-release").read_text(encoding="utf-8")
    release = re.findall(r"^VERSION_CODENAME=(\w+)", text, re.MULTILINE)
    command = ["apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)", "Created-By: Packages"]
    for line in output_of(*command).splitlines():
        if line.split()[:1] == release[:1]:
            return line.split()[0], line.split()[1]
    raise StepError("apt has no mirror of this machine's release of Debian")


def output_of(*command: str | Path, **options: object) -> str:
    """Run a command that must succeed; return its output. Raises StepError."""
    done = subprocess.run(  # type: ignore[call-overload]  # options are subprocess.run's own
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
        **options,
    )
    if done.returncode:
        words = " ".join(map(str, command))
        raise StepError(f"{words} ended with {done.returncode}:\n{done.stdout[-3000:]}")
    output: str = done.stdout
    return output


class Tree:
    """A Debian tree with packages. Nothing is mounted there: no /proc, no /sys."""

    def __init__(self, folder: Path, packages: list[str]) -> None:
        if os.geteuid() != 0 or shutil.which("debootstrap") is None:
            raise StepError("the bare Debian tree needs root and debootstrap (make engines)")
        self.release, mirror = debian_here()
        self.folder = folder
        include = f"--include={','.join(packages)}"
        output_of("debootstrap", "--variant=minbase", include, self.release, folder, mirror)

    def run(self, *command: str, user: str = "root") -> tuple[int, str]:
        """Run a command in the tree as a user, with a short environment; return its exit code and its output."""
        done = subprocess.run(
            ["chroot", f"--userspec={user}:{user}", str(self.folder), *command],
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        return done.returncode, done.stdout

    def succeed(self, *command: str, user: str = "root") -> str:
        """Run a command that must succeed; return its output. Raises StepError."""
        code, output = self.run(*command, user=user)
        if code:
            raise StepError(f"{' '.join(command)} ended with {code}:\n{output[-3000:]}")
        return output

    def snapshot(self) -> dict[str, str]:
        """Return all files, folders and links, each with its mode, owner and content."""
        found = {}
        for root, folders, names in os.walk(self.folder):
            here = Path(root).relative_to(self.folder)
            folders[:] = [name for name in folders if str(here / name) not in BOOKS]
            for name in folders + names:
                path = Path(root, name)
                found[str(here / name)] = described(path)
        return found


def described(path: Path) -> str:
    """Return what a path is: its mode, owner, and the target or a digest of the content."""
    status = path.lstat()
    what = ""
    if stat.S_ISLNK(status.st_mode):
        what = str(path.readlink())
    elif stat.S_ISREG(status.st_mode):
        what = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{status.st_mode:o} {status.st_uid}:{status.st_gid} {what}"
