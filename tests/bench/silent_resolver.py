# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A resolver that never answers, for processes started inside: namespaces of their own, a silent socket at port 53."""

from __future__ import annotations

import fcntl
import shutil
import socket
import struct
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# linux/sockios.h and linux/if.h: read and set an interface's flags; it is up.
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1

# Long enough that the resolver itself does not time out during a check.
_FILES = {
    "/etc/resolv.conf": "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n",
    "/etc/nsswitch.conf": "hosts: files dns\n",
}


def prefix() -> list[str] | None:
    """The prefix of a command for mount and network namespaces of its own, as root or as a user; None if forbidden."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return None
    for rights in ([], ["--user", "--map-root-user"]):
        command = [unshare, *rights, "--mount", "--net"]
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    return None


@contextmanager
def silence() -> Iterator[socket.socket]:
    """Inside such namespaces: send every lookup to a socket that never answers; yield that socket.

    Raises OSError or CalledProcessError if that is not possible.
    """
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        mounted = []
        try:
            for name, text in _FILES.items():
                own = Path(folder, Path(name).name)
                own.write_text(text, encoding="ascii")
                subprocess.run(["mount", "--bind", own, name], capture_output=True, check=True)
                mounted.append(name)
            _raise_loopback(sock)
            sock.bind(("127.0.0.1", 53))
            sock.setblocking(False)
            yield sock
        finally:
            for name in mounted:
                subprocess.run(["umount", name], capture_output=True, check=False)


def _raise_loopback(sock: socket.socket) -> None:
    """The network namespace begins with a loopback that is down."""
    request = struct.pack("16sh14x", b"lo", 0)
    _, flags = struct.unpack("16sh14x", fcntl.ioctl(sock, _SIOCGIFFLAGS, request))
    fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def questions(sock: socket.socket) -> int:
    """How many datagrams came since the last call."""
    count = 0
    with suppress(BlockingIOError):
        while sock.recv(4096):
            count += 1
    return count
