# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A daemon started in the foreground in a scratch folder, waited for, and ended by its process id."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Callable

from real.folders import open_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

POLL = 0.05
"""Seconds between two polls of a condition."""


class NotReadyError(Exception):
    """An event did not happen in time, or its daemon ended first."""


def need(program: str, package: str) -> str:
    """Return the full path of PROGRAM; NotReadyError that names its Debian PACKAGE when it is missing.

    A test declares this with the mark `engine(program, package)` and is skipped.
    """
    folders = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    found = shutil.which(program, path=folders)
    if found is None:
        raise NotReadyError(f"{program} is missing: make engines installs {package}")
    return found


def account(wanted: str) -> str:
    """Return the user of a daemon: WANTED when we are root, else the current user."""
    return wanted if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def group(user: str) -> str:
    """Return the name of USER's own group, which may have another name than the user."""
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 without a listener at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether HOST accepts a connection on PORT."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def scratch_folder(owner: str | None = None) -> Iterator[Path]:
    """Create a folder that every user may enter and OWNER may write, and remove it afterwards.

    pytest's tmp_path is below a folder of mode 700, which a daemon that drops its privileges cannot enter.
    """
    folder = open_folder("tcp-health-")
    try:
        if owner is not None:
            give(folder, owner)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def give(path: Path, owner: str) -> None:
    """Make OWNER and its group own PATH; without root the file and the daemon belong to the current user."""
    if os.geteuid() == 0:
        entry = pwd.getpwnam(owner)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def wait_until(look: Callable[[], object], seconds: float, what: str) -> None:
    """Call LOOK until it returns something true; NotReadyError with WHAT after SECONDS."""
    end = time.monotonic() + seconds
    while not look():
        if time.monotonic() >= end:
            raise NotReadyError(f"{what}: not within {seconds:g} s")
        time.sleep(POLL)


class Staged:
    """A context manager that is set up in steps: its exit undoes each of them, the last one first."""

    exits: contextlib.ExitStack

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.exits.__exit__(kind, error, trace)


class Daemon:
    """One process in the foreground, its output in a file that is shown after an error."""

    def __init__(
        self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.command = list(command)
        self.log = log
        self.environment = dict(environment) if environment is not None else None
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                cwd="/",
                # A session of its own, so that the daemon's children can be ended with it, and no other process.
                start_new_session=True,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()
        if kind is not None:
            sys.stderr.write(self.story())

    def wait_until(self, look: Callable[[], object], seconds: float, what: str) -> None:
        """Wait for LOOK as `wait_until` does, but fail at once when the daemon has ended."""

        def looked() -> object:
            seen = look()
            if not seen and self.process is not None and self.process.poll() is not None:
                raise NotReadyError(f"{what}: {self.command[0]} ended with {self.process.returncode}")
            return seen

        try:
            wait_until(looked, seconds, what)
        except NotReadyError as error:
            raise NotReadyError(f"{error}\n{self.story()}") from None

    def end(self, seconds: float = 10) -> None:
        """Ask the daemon to end, wait, and kill the rest of its session."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def story(self) -> str:
        """Return the command and the end of its output."""
        text = self.log.read_text(errors="backslashreplace") if self.log.exists() else ""
        return f"--- {' '.join(self.command)}\n{text[-4000:]}"
