# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The virus scanner ClamAV's daemon, with a database of one line, or an endless one."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING

from real.daemon import need, scratch_folder
from real.servers.server import Server, free_ports, run_as, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "clamav-daemon"

CONFIG = """
Foreground yes
TCPAddr 127.0.0.1
TCPSocket {clamd}
DatabaseDirectory {folder}/database
TemporaryDirectory {folder}
ConcurrentDatabaseReload no
"""

SIGNATURE = "44d88612fea8a8f36de82e1278abb02f:68:Test.File\n"
"""The MD5 sum and the size of the EICAR test file."""


@contextlib.contextmanager
def clamd() -> Iterator[Server]:
    """A virus scanner: `clamd`."""
    program = need("clamd", PACKAGE)
    with scratch_folder("clamav") as folder:
        ports = free_ports("clamd")
        (folder / "database").mkdir()
        (folder / "database/one.hdb").write_text(SIGNATURE)
        (folder / "clamd.conf").write_text(CONFIG.format(folder=folder, **ports))
        command = [*run_as("clamav"), program, "--config-file", str(folder / "clamd.conf")]
        with running(command, folder, ports) as server:
            yield server


@contextlib.contextmanager
def loading_clamd() -> Iterator[Server]:
    """It reloads an endless database: it answers no client. While it starts it refuses clients."""
    with clamd() as server:
        endless = server.daemon.log.parent / "database/two.hdb"
        os.mkfifo(endless)
        endless.chmod(0o644)
        with socket.create_connection(("127.0.0.1", server["clamd"]), 5) as client:
            client.sendall(b"zRELOAD\0")
            client.recv(100)
        try:
            yield server
        finally:
            server.kill()  # it would end when it has read its database
