# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""check_tcp_sweep as a process, and targets for it: a listener, a closed port, a port that does not answer."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, str(ROOT / "plugins" / "check_tcp_sweep"))


class Swept:
    """A finished run.

    lines  the JSON lines of standard output
    """

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines without the closing record."""
        return [each for each in map(json.loads, self.out.splitlines()) if "summary" not in each]

    @property
    def summary(self) -> dict[str, Any]:
        """The closing record of the JSON lines."""
        found: dict[str, Any] = json.loads(self.out.splitlines()[-1])["summary"]
        return found


def swept(*words: object, text: str | None = None, **settings: Any) -> Swept:
    """Run check_tcp_sweep to its end."""
    done = subprocess.run(
        [*PROGRAM, *map(str, words)],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        encoding="utf-8",
        **settings,
    )
    return Swept(done)


def started(words: Sequence[object], **settings: Any) -> subprocess.Popen[bytes]:
    """Start check_tcp_sweep."""
    return subprocess.Popen([*PROGRAM, *map(str, words)], **settings)


def closed_port() -> int:
    """Return a port of loopback on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def unanswered(address: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """A port of loopback that answers no SYN: the queue of its listener is full."""
    with socket.socket() as server:
        server.bind((address, port))
        server.listen(0)
        port = server.getsockname()[1]
        clients = []
        for _ in range(2):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex((address, port))
            clients.append(client)
        try:
            yield port
        finally:
            for client in clients:
                client.close()


def rows_file(folder: Path, *rows: str) -> Path:
    """Write a list of targets."""
    path = folder / "targets"
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def open_files(pid: int) -> int:
    """Return how many descriptors a process has."""
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - names alone
