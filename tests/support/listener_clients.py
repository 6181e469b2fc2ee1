# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clients of a listener, and runs of its executable that end by themselves."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from support.listener_process import PROGRAM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import IO

    from support.listener_process import ListenerProcess


GREETING = b"Hello, client!"
TIMEOUT = 10.0  # of a test's own sockets: no operation here takes so long, so a timeout means a hang


def connect(listener: ListenerProcess, host: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection((host, listener.port), TIMEOUT)


def read(sock: socket.socket) -> bytes:
    """Read until end of file."""
    data = b""
    while True:
        more = sock.recv(65536)
        if not more:
            return data
        data += more


def answer(listener: ListenerProcess, host: str = "127.0.0.1") -> bytes:
    with connect(listener, host) as sock:
        return read(sock)


def is_reset(listener: ListenerProcess) -> bool:
    try:
        return answer(listener) is None
    except ConnectionResetError:
        return True


def is_refused(listener: ListenerProcess) -> bool:
    try:
        connect(listener).close()
    except ConnectionRefusedError:
        return True
    return False


def run(
    *arguments: str,
    prefix: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    stdout: int | IO[bytes] = subprocess.PIPE,
) -> subprocess.CompletedProcess[str]:
    """Run the executable with a command line that ends by itself."""
    return subprocess.run(
        [*prefix, sys.executable, str(PROGRAM), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=env,
        text=True,
        timeout=20,
        check=False,
    )


def with_files(soft: int, hard: int) -> list[str]:
    """The prefix of a command that limits its open files."""
    return ["/bin/sh", "-c", f'ulimit -Sn {soft} && ulimit -Hn {hard} && exec "$@"', "sh"]


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[None]:
    """Run `work` in a thread during the block; the end of its socket ends it."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    thread.join(TIMEOUT)
    assert not thread.is_alive()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
