# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A relay before a TLS 1.3 server, which measures the handshake of every client in the same way."""

from __future__ import annotations

import select
import socket
import threading
import time
from contextlib import contextmanager
from queue import Queue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"

# More than the size of a handshake flight.
_CHUNK = 65536

_PATIENCE = 20.0


class Relay:
    """Forwards bytes between one client at a time and the server at a port, and records the times of the client's flights.

    In TLS 1.3 a client's first flight is its ClientHello, and the second ends its handshake (RFC 8446, 2). The time
    between the two is that of the server's work, two passes through this relay, and the client's own work.
    """

    def __init__(self, server: int) -> None:
        self._server = server
        self._listener = socket.create_server((HOST, 0))
        self._seconds: Queue[float] = Queue()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self.port: int = self._listener.getsockname()[1]

    def handshake(self) -> float:
        """Seconds between the flights of the next client that has gone; NaN for one that sent no second."""
        return self._seconds.get(timeout=_PATIENCE)

    def close(self) -> None:
        """Accept no more clients."""
        # Closing alone would not wake the thread from its accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(_PATIENCE)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, socket.create_connection((HOST, self._server)) as server:
                for each in (client, server):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._seconds.put(_relayed(client, server))


def _relayed(client: socket.socket, server: socket.socket) -> float:
    """Forward the bytes of both sides until both have closed; return the seconds between the client's flights."""
    other = {client: server, server: client}
    begun = answered = False
    began = ended = float("nan")
    while other:
        for sock in select.select(list(other), [], [])[0]:
            try:
                data = sock.recv(_CHUNK)
                now = time.perf_counter()
                if not data:
                    other.pop(sock).shutdown(socket.SHUT_WR)
                    continue
                other[sock].sendall(data)
            except OSError:  # one side has closed: the other may close
                return ended - began
            if sock is server:
                answered = begun
            elif not begun:
                begun, began = True, now
            elif answered and ended != ended:  # noqa: PLR0124 - only NaN differs from itself
                ended = now
    return ended - began


@contextmanager
def relaying(server: int) -> Iterator[Relay]:
    """A relay before the server at that port of loopback."""
    relay = Relay(server)
    try:
        yield relay
    finally:
        relay.close()
