# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A relay before a server that acts in the middle of a conversation: stops or kills the server at a given byte."""

from __future__ import annotations

import contextlib
import functools
import selectors
import socket
import struct
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from real.daemon import Staged, wait_until

if TYPE_CHECKING:
    from typing_extensions import Self

PATIENCE = 5.0
"""Seconds in which a server must accept the relay's connection."""

TURN = 0.1
"""Seconds between two checks of whether the relay should end."""

ESTABLISHED = "01"
"""The state of a connection in /proc/net/tcp."""

RESET = struct.pack("ii", 1, 0)
"""A value of SO_LINGER with which a close sends RST."""


class Relay(Staged):
    """Accepts connections on `port` and forwards them to SERVER_PORT, one at a time, until ACT is due.

    ACT is called once, in the first connection: after the server has accepted it, and has sent AFTER bytes, which are
    forwarded. Further bytes of the server are lost. If its connection ends with FIN or RST, the
    client's ends in the same way.
    """

    def __init__(self, server_port: int, act: Callable[[], None], after: int = 0) -> None:
        self.server_port = server_port
        self.act = act
        self.after = after
        self.acted = threading.Event()
        self.ending = threading.Event()
        self.exits = contextlib.ExitStack()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(TURN)
        self.port: int = self.listener.getsockname()[1]

    def __enter__(self) -> Self:
        thread = threading.Thread(target=self.serve, daemon=True)
        self.exits.enter_context(self.listener)
        self.exits.callback(thread.join, PATIENCE)
        self.exits.callback(self.ending.set)
        thread.start()
        return self

    def serve(self) -> None:
        """Accept one connection after the other until the end."""
        while not self.ending.is_set():
            with contextlib.suppress(socket.timeout):
                client, _ = self.listener.accept()
                with client:
                    self.hand_on(client)

    def hand_on(self, client: socket.socket) -> None:
        """Connect CLIENT with the server until either ends."""
        try:
            server = socket.create_connection(("127.0.0.1", self.server_port), PATIENCE)
        except OSError:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            return
        with server:
            wait_until(functools.partial(is_accepted, server), PATIENCE, "the relay's connection is taken")
            if self.after == 0:
                self.strike()
            try:
                self.pass_bytes(client, server)
            except OSError:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    def pass_bytes(self, client: socket.socket, server: socket.socket) -> None:
        """Forward the bytes from either side."""
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ)
            selector.register(server, selectors.EVENT_READ)
            while not self.ending.is_set():
                for key, _ in selector.select(TURN):
                    data = (client if key.fileobj is client else server).recv(65536)
                    if not data:
                        return
                    if key.fileobj is client:
                        server.sendall(data)
                    else:
                        self.answer(client, data)

    def answer(self, client: socket.socket, data: bytes) -> None:
        """Forward DATA of the server, up to the byte at which to act, and no further bytes."""
        if self.acted.is_set():
            return
        due = len(data) >= self.after
        client.sendall(data[: self.after] if due else data)
        self.after -= len(data)
        if due:
            self.strike()

    def strike(self) -> None:
        """Act, once."""
        if not self.acted.is_set():
            self.acted.set()
            self.act()


def is_accepted(connection: socket.socket) -> bool:
    """Return whether the server process, and not only its kernel, has accepted CONNECTION.

    An established connection with inode 0 in /proc/net/tcp (proc(5)) belongs to no file: it waits for accept().
    """
    ours, theirs = (f"{port:04X}" for port in (connection.getsockname()[1], connection.getpeername()[1]))
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(f":{theirs}") and fields[2].endswith(f":{ours}"):
            return fields[3] != ESTABLISHED or fields[9] != "0"
    # A server that has closed the connection had accepted it.
    return True
