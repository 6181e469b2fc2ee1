# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A client and a server with nothing but the user-space link between them: for measuring what a check reports."""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from pathlib import Path

from . import link
from .namespaces import Namespace, end, spawn

CLIENT, SERVER, PORT = "10.0.0.1", "10.0.0.2", 4000
BACKLOG = 4096


class Line:
    """Two hosts and the link between them; this process is the client from now on.

    late  how late each frame left the link: towards the server, and towards the client
    """

    def __init__(self, seconds: float, held: float) -> None:
        self.late = (link.Lateness(), link.Lateness())
        self.client, self.middle, self.server = (Namespace(name) for name in ("client", "middle", "server"))
        for box in (self.client, self.server):
            box.sysctl(
                {"ipv4/tcp_syncookies": 0, "core/somaxconn": BACKLOG, "ipv4/tcp_max_syn_backlog": BACKLOG}
            )
        for box in (self.client, self.middle, self.server):
            box.sysctl({"ipv6/conf/default/disable_ipv6": 1})
        self._wire()
        self.middle.enter()
        self.processes = link.start(seconds, self.late)
        self.server.enter()
        self.processes.append(spawn(greet_later, listening(SERVER), held))
        self.client.enter()
        self.processes.append(spawn(greet_later, listening("127.0.0.1"), held))

    def _wire(self) -> None:
        """Two veth pairs; the neighbours are known for good, so that no ARP gets in between."""
        self.client.ip(
            "link set dev lo up", f"link add name right type veth peer name left netns {self.middle.path}"
        )
        self.middle.ip(f"link add name right type veth peer name left netns {self.server.path}")
        up = "gso_max_segs 1 up"
        self.client.ip(
            f"link set dev right address 02:00:00:00:00:01 {up}", f"address add {CLIENT}/24 dev right"
        )
        self.middle.ip(f"link set dev left {up}", f"link set dev right {up}")
        self.server.ip(
            f"link set dev left address 02:00:00:00:00:02 {up}", f"address add {SERVER}/24 dev left"
        )
        self.client.ip(f"neighbour replace {SERVER} lladdr 02:00:00:00:00:02 nud permanent dev right")
        self.server.ip(f"neighbour replace {CLIENT} lladdr 02:00:00:00:00:01 nud permanent dev left")
        for box, device in ((self.client, "right"), (self.server, "left")):
            box.enter()
            link.without_offloads(device)

    def listen_drops(self) -> int:
        """How many SYNs the server's kernel has dropped because the accept queue was full."""
        self.server.enter()
        names, values = (
            line.split()
            for line in Path("/proc/self/net/netstat").read_text(encoding="ascii").splitlines()
            if line.startswith("TcpExt:")
        )
        self.client.enter()
        return int(values[names.index("ListenDrops")])

    def close(self) -> None:
        """End the link and the servers; the namespaces end with them and this process."""
        end(self.processes)


def listening(address: str) -> socket.socket:
    """A socket whose backlog has room for this many connections in flight."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, PORT))
    sock.listen(BACKLOG)
    sock.setblocking(False)
    return sock


def greet_later(sock: socket.socket, held: float) -> None:
    """Hold each connection for a time, then greet and close it; until the process is ended."""
    waiting: deque[tuple[float, socket.socket]] = deque()
    while True:
        left = max(waiting[0][0] - time.monotonic(), 0.0) if waiting else None
        select.select([sock], (), (), left)
        try:
            while True:
                connection, _ = sock.accept()
                waiting.append((time.monotonic() + held, connection))
        except BlockingIOError:
            pass
        while waiting and waiting[0][0] <= time.monotonic():
            _, connection = waiting.popleft()
            try:
                connection.sendall(b"hello\n")
            except OSError:
                pass
            connection.close()
