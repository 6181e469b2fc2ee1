# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The server of the sweeps: it greets, closes, and never sleeps, until its stdin ends.

The kernel counts the waking of a sleeping server as time of the client whose packet wakes it. That is no time of a check:
a server is on another host. And it is not the same for all: a client that sends a thousand SYNs in a row wakes the server
once, one that waits for each answer wakes it each time. It must be fast: a client that finds no answer yet polls again.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

GREETING = b"Hello, client!\r\n"

# Connections accepted between two polls.
_ACCEPTED = 16


@contextmanager
def greeting() -> Iterator[int]:
    """Run the server in a process of its own on all addresses of this host; yield its port."""
    with subprocess.Popen(
        [sys.executable, "-S", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the server has no pipes")
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


def main() -> None:
    """Print the port, and serve."""
    # Any address, for programs that check many addresses of loopback.
    with socket.create_server(("", 0), backlog=4096) as server, select.epoll() as poller:
        server.setblocking(False)
        print(server.getsockname()[1], flush=True)
        poller.register(server.fileno(), select.EPOLLIN)
        poller.register(0, select.EPOLLIN)
        accept = server._accept  # type: ignore[attr-defined]  # noqa: SLF001 - without an object for each client
        while True:
            for descriptor, _ in poller.poll(0):
                if descriptor == 0:
                    return
                with suppress(BlockingIOError):
                    for _ in range(_ACCEPTED):
                        client, _ = accept()
                        with suppress(OSError):
                            os.write(client, GREETING)
                        os.close(client)


if __name__ == "__main__":
    main()
