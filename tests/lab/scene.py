# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The network of the README's examples: command lines in, what they print and their exit codes out.

`python -m lab.scene FOLDER [COLUMNS]` (PYTHONPATH=plugins:tests, as root) reads a list of command lines as JSON from
stdin and writes a list of [output, exit code] as JSON. FOLDER has the programs, ours and check_tcp's, in bin/, and is
where they run. With COLUMNS the output is a terminal of that width. Two routers stand between the client and the
server, which is every host but the client:

db1               5432: greets
app1              8080: accepts, and is silent
db2               router 1 rejects what goes there
www.example.org   443: TLS, with a certificate that a private authority has signed
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import select
import ssl
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from support.minting import Authority

from . import services
from .injections import inject
from .namespaces import become_nobody, own_files, spawn
from .nouns import Filter
from .plan import Plan
from .topology import Topology

if TYPE_CHECKING:
    import socket

LIMIT = 60.0
"""Seconds after which a command counts as hanging."""

ROWS = 50

DAYS = 60
"""The certificate's days, and a part of a day: the days that the output counts do not change between two runs."""

NETS = ((192, 0, 2), (198, 51, 100), (203, 0, 113))
"""The networks of RFC 5737, from the client to the server: documents may show their addresses."""

DB1, APP1, DB2 = (f"203.0.113.{last}" for last in (10, 20, 30))
HOSTS = {"localhost": "127.0.0.1", "db1": DB1, "www.example.org": DB1, "app1": APP1, "db2": DB2}


class ScenePlan(Plan):
    """A plan with two routers, and addresses that do not change."""

    def __init__(self) -> None:
        super().__init__(0, "scene")
        self.routers = 2
        for number, ((first, second, third), wire) in enumerate(zip(NETS, self.wires)):
            net = f"{first}.{second}.{third}"
            wire.net = f"{net}.0/24"
            wire.left, wire.right = (
                f"{net}.10" if not number else f"{net}.1",
                f"{net}.{2 if number == 1 else 1}",
            )
        last = self.wires[len(NETS) - 1]
        last.left, last.right, last.others = "203.0.113.1", DB1, [APP1, DB2]
        del self.wires[len(NETS) :]


def _serve_tls(sock: socket.socket, file: str) -> None:
    """Complete the handshake with whoever connects, and wait until the client closes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    while True:
        connection, _ = sock.accept()
        threading.Thread(target=_greet_tls, args=(context, connection), daemon=True).start()


def _greet_tls(context: ssl.SSLContext, connection: socket.socket) -> None:
    with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secured:
        secured.recv(1024)


def _run(topology: Topology, command: str, folder: Path, columns: int) -> list[object]:
    """Run a command line as an ordinary user on the client; return its output and its exit code."""
    files = {"/etc/hosts": "".join(f"{address} {name}\n" for name, address in HOSTS.items())}

    def enter() -> None:
        topology.boxes["client"].enter()
        own_files(files, folder / "mount")
        become_nobody()

    environment = {
        "PATH": f"{folder}/bin:/usr/bin:/bin",
        "PYTHONPATH": f"{folder}/lib",
        "SSL_CERT_FILE": f"{folder}/ca/ca.pem",
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
    }
    master, slave = pty.openpty() if columns else os.pipe()
    writer = slave
    if columns:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", ROWS, columns, 0, 0))
    with subprocess.Popen(
        ["/bin/bash", "-c", command],
        env=environment,
        cwd=folder / "work",
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=writer,
        preexec_fn=enter,  # noqa: PLW1509 - this process has one thread
    ) as process:
        os.close(writer)
        printed = _everything(master, process)
    return [printed.replace("\r\n", "\n"), process.returncode]


def _everything(reader: int, process: subprocess.Popen[bytes]) -> str:
    """Return what a process writes until it ends; end it after LIMIT."""
    printed = b""
    ended = time.monotonic() + LIMIT
    try:
        while select.select([reader], [], [], max(ended - time.monotonic(), 0))[0]:
            data = os.read(reader, 65536)
            if not data:
                return printed.decode()
            printed += data
        process.kill()
        return printed.decode() + "(ended after the limit)\n"
    except OSError:  # a terminal that nothing has open
        return printed.decode()
    finally:
        os.close(reader)


def main() -> int:
    """Build the network, run the commands from stdin in it, and print what they did."""
    folder = Path(sys.argv[1])
    columns = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    plan = ScenePlan()
    topology = Topology(plan)
    inject(
        topology, (Filter("router1", "forward", f"ip daddr {DB2}", "reject with icmp type admin-prohibited"),)
    )
    topology.boxes["server"].enter()
    for port, behaviour in ((5432, "greet"), (8080, "silent")):
        sock = services.listening(port, behaviour)
        spawn(services.serve, sock, behaviour, folder)
    authority = Authority("Example CA")
    for name in ("ca", "web", "mount"):
        (folder / name).mkdir()
    authority.write(folder / "ca")
    files = authority.leaf(["www.example.org"], days=DAYS + 0.5).write(folder / "web")
    spawn(_serve_tls, services.listening(443, "greet"), str(files.both))
    ended = [_run(topology, command, folder, columns) for command in json.load(sys.stdin)]
    json.dump(ended, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
