# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network namespaces without a name: held by a descriptor of the process that made them, gone when it ends.

So nothing has to be removed, whatever ends a run: Ctrl-C, a crash, even SIGKILL. Every process that is started here
dies with the one that started it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CLONE_NEWNET, CLONE_NEWNS = 0x40000000, 0x00020000  # linux/sched.h
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18  # linux/mount.h
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38  # linux/prctl.h

NOBODY = 65534

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: Any) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


class Namespace:
    """A network namespace of its own; the process is in it once it is made."""

    def __init__(self, name: str) -> None:
        _call("unshare", CLONE_NEWNET)
        self.name = name
        self._descriptor = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        # What `ip` takes as a namespace: a path, here through the process that holds it.
        self.path = f"/proc/{os.getpid()}/fd/{self._descriptor}"

    def enter(self) -> None:
        """Move this process into the namespace; its sockets and children belong there from now on."""
        _call("setns", self._descriptor, CLONE_NEWNET)

    def ip(self, *lines: str) -> None:
        """Let `ip` carry out a batch of commands inside."""
        self.run(["ip", "-batch", "-"], "\n".join(lines) + "\n")

    def run(self, command: Sequence[str], text: str = "") -> str:
        """Run a program inside and return what it printed; RuntimeError with its complaint when it fails."""
        self.enter()
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name}: {' '.join(command)}: {done.stderr.strip()}\n{text}")
        return done.stdout

    def sysctl(self, values: Mapping[str, int]) -> None:
        """Set kernel parameters below net, by their path."""
        self.enter()
        for key, value in values.items():
            Path("/proc/sys/net", key).write_text(str(value), encoding="ascii")


def die_with_parent() -> None:
    """Let the kernel end this process when its parent ends, however that comes about."""
    _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == 1:
        os._exit(1)


def spawn(work: Callable[..., object], *arguments: Any) -> int:
    """Run a function in a process of its own, which ends with this one; returns its process id."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's affair: it ends, and so do we
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        die_with_parent()
        work(*arguments)
        code = 0
    except BaseException:  # noqa: BLE001 - the whole life of this process
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def end(processes: Sequence[int]) -> None:
    """End processes that `spawn` started, and wait for them."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def own_files(files: Mapping[str, str], mountpoint: Path) -> None:
    """Give this process files of its own in place of the system's: path and content.

    They lie in memory, in a mount namespace that ends with the process and its children.
    """
    _call("unshare", CLONE_NEWNS)
    _call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    # What /sys/class/net shows is the network namespace in which it was mounted.
    _call("mount", b"sysfs", b"/sys", b"sysfs", 0, None)
    _call("mount", b"tmpfs", os.fsencode(mountpoint), b"tmpfs", 0, b"mode=755")
    for number, (path, content) in enumerate(files.items()):
        mine = mountpoint / str(number)
        mine.write_text(content, encoding="ascii")
        mine.chmod(0o644)
        _call("mount", os.fsencode(mine), os.fsencode(path), None, MS_BIND, None)


def become_nobody() -> None:
    """Give up root for good: uid and gid 65534, no groups, no capabilities, no way to get any."""
    capability = 0
    while _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    die_with_parent()  # the change of user has cleared it
