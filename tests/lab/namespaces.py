# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network namespaces without a name: held by a descriptor of the process that created them, removed when it ends.

So they need no cleanup after any end of a run: Ctrl-C, a crash, even SIGKILL. Every process that is started here
dies with the one that started it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import socket
import struct
import subprocess
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CLONE_NEWNET, CLONE_NEWNS = 0x40000000, 0x00020000  # linux/sched.h
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 4096, 16384, 1 << 18, 2  # linux/mount.h, linux/fs.h
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38  # linux/prctl.h

PR_SET_SECCOMP, _SECCOMP_FILTER = 22, 2  # linux/prctl.h, linux/seccomp.h
_SECCOMP_ERRNO, _SECCOMP_ALLOW = 0x00050000, 0x7FFF0000

FORBIDDEN = {
    "netlink": ({"x86_64": 41, "aarch64": 198}, 0, 0, errno.EAFNOSUPPORT),  # socket(AF_NETLINK, …)
    "errqueue": ({"x86_64": 47, "aarch64": 212}, 2, 0x2000, errno.EOPNOTSUPP),  # recvmsg(…, …, MSG_ERRQUEUE)
}
"""Facilities of the kernel: the call's number by machine, its argument, the bits in it or 0 for AF_NETLINK, the error."""

NOBODY = 65534

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: Any) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


class Namespace:
    """A network namespace of its own; its constructor moves the process into it."""

    def __init__(self, name: str) -> None:
        _call("unshare", CLONE_NEWNET)
        self.name = name
        self._descriptor = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        # `ip` accepts a path as a namespace, here through the process that holds it.
        self.path = f"/proc/{os.getpid()}/fd/{self._descriptor}"

    def enter(self) -> None:
        """Move this process into the namespace; its sockets and children belong there from now on."""
        _call("setns", self._descriptor, CLONE_NEWNET)

    def ip(self, *lines: str) -> None:
        """Run a batch of `ip` commands inside."""
        self.run(["ip", "-batch", "-"], "\n".join(lines) + "\n")

    def run(self, command: Sequence[str], text: str = "") -> str:
        """Run a program inside and return its output; raise RuntimeError with its error if it fails."""
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


def forbid(facilities: Sequence[str]) -> None:
    """Let the kernel refuse facilities of FORBIDDEN to this process and its children, by a filter of system calls."""
    machine = os.uname().machine
    program = [(0x20, 0, 0, 0)]  # load the number of the call
    for facility in facilities:
        numbers, argument, flags, code = FORBIDDEN[facility]
        program += [
            (0x15, 0, 4, numbers[machine]),  # another call: skip four
            (0x20, 0, 0, 16 + 8 * argument),  # load the lower half of the argument (little-endian)
            (0x45 if flags else 0x15, 0, 1, flags or socket.AF_NETLINK),  # bits that are set, or equal
            (0x06, 0, 0, _SECCOMP_ERRNO | code),
            (0x20, 0, 0, 0),
        ]
    program.append((0x06, 0, 0, _SECCOMP_ALLOW))
    if facilities:
        lines = b"".join(struct.pack("=HBBI", *line) for line in program)
        array = ctypes.create_string_buffer(lines, len(lines))
        head = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(array)))
        _call("prctl", PR_SET_SECCOMP, _SECCOMP_FILTER, head, 0, 0)


def die_with_parent() -> None:
    """Let the kernel end this process when its parent ends for any reason."""
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
        signal.signal(
            signal.SIGINT, signal.SIG_IGN
        )  # the parent handles it, and this process ends with the parent
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
    """Replace files of the system for this process: path and content.

    They are in memory, in a mount namespace that ends with the process and its children.
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


def own_folder(path: str, ours: Path) -> None:
    """Replace a folder of the system for this process, after own_files."""
    _call("mount", os.fsencode(ours), os.fsencode(path), None, MS_BIND, None)


def let_go(mountpoint: Path) -> None:
    """Free the folder of own_files, so that this process can delete it."""
    _call("umount2", os.fsencode(mountpoint), MNT_DETACH)


def become_nobody() -> None:
    """Give up root for good: uid and gid 65534, no groups, no capabilities, and no new privileges."""
    capability = 0
    while _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    die_with_parent()  # the change of user has reset it
