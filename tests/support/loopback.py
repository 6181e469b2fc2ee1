# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real servers on loopback that play scripts, and local conditions that make a real connect fail."""

from __future__ import annotations

import errno
import os
import resource
import socket
import struct
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from support.certificates import server_context
from support.scripted import END, FLOOD, HEAR, RESET, Hear, Play, Server
from tcp_health.model.causes import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

NOBODY = 65534


class Stage:
    """Servers by address, all on one port, each connection in a thread of its own.

    port      the port they share
    connects  number of accepted connections, by address
    heard     what each server received from all its clients, by address
    endings   how the clients ended their connections, by address: "end" (FIN) or "reset", in order
    """

    def __init__(self, servers: Mapping[str, Server | Sequence[Server]], *, udp: bool = False) -> None:
        self.connects: dict[str, int] = {}
        self.heard: dict[str, bytes] = {}
        self.endings: dict[str, list[str]] = {}
        self._servers = {
            text: [each] if isinstance(each, Server) else list(each) for text, each in servers.items()
        }
        self._udp = udp
        self._over = threading.Event()
        self._stack = ExitStack()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self.port = 0

    def __enter__(self) -> Stage:  # noqa: PYI034 - Self is of Python 3.11
        places = [text for text in self._servers if not text.startswith("/")]
        for _ in range(50):
            try:
                bound = self._bind(places)
                break
            except OSError as problem:
                if problem.errno != errno.EADDRINUSE:
                    raise
        else:
            raise OSError("no port is free on every address")
        for text, servers in self._servers.items():
            if text.startswith("/"):
                self._begin_unix(text, servers)
            elif self._udp:
                self._begin_udp(text, servers, bound[text])
            else:
                self._begin_tcp(text, servers, bound[text])
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._stack.close()
        # After a shutdown a thread still reads what arrived before it, but it reads nothing from a closed socket.
        self._shut_down_all()
        for thread in self._threads:
            thread.join(5)
            if thread.is_alive():
                raise AssertionError(f"the server's thread {thread.name} does not end")
        for sock in self._sockets:
            sock.close()

    def _shut_down_all(self) -> None:
        for sock in self._sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:  # noqa: PERF203 - each socket is its own case
                pass  # never connected, or closed already

    # Sockets

    def _bind(self, places: list[str]) -> dict[str, socket.socket]:
        kind = socket.SOCK_DGRAM if self._udp else socket.SOCK_STREAM
        bound: dict[str, socket.socket] = {}
        self.port = 0
        try:
            for text in places:
                sock = bound[text] = socket.socket(socket.AF_INET6 if ":" in text else socket.AF_INET, kind)
                if not self._udp:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind((text, self.port))
                self.port = sock.getsockname()[1]
        except OSError:
            for sock in bound.values():
                sock.close()
            raise
        self._sockets += bound.values()
        return bound

    def _begin_tcp(self, text: str, servers: list[Server], sock: socket.socket) -> None:
        kind = servers[0].kind
        if kind == "accept":
            if servers[0].deaf:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.listen(64)
            self._start(self._accept, text, servers, sock)
        elif kind == "silent":
            self._fill(sock, (text, self.port))
        elif kind != "refuse":  # a bound socket that does not listen refuses
            raise AssertionError(f"no server on loopback can {kind}")

    def _begin_udp(self, text: str, servers: list[Server], sock: socket.socket) -> None:
        if servers[0].kind == "refuse":
            sock.close()
        elif servers[0].kind == "accept":
            self._start(self._datagrams, text, servers, sock)

    def _begin_unix(self, path: str, servers: list[Server]) -> None:
        server = servers[0]
        if server.kind == "gone":
            return
        kind = socket.SOCK_STREAM
        if server.failure is not None and server.failure.cause == Cause.OTHER:
            kind = socket.SOCK_DGRAM  # EPROTOTYPE, which is in no table
        sock = socket.socket(socket.AF_UNIX, kind)
        sock.bind(path)
        self._sockets.append(sock)
        if server.failure is not None and server.failure.cause == Cause.ACCESS_DENIED:
            Path(path).chmod(0)
            self._stack.enter_context(_not_root())
        elif server.kind == "full":
            self._fill(sock, path)
            self._start(self._accept_later, path, servers, sock)
        elif server.kind == "accept":
            sock.listen(64)
            self._start(self._accept, path, servers, sock)

    def _fill(self, sock: socket.socket, where: Any) -> None:
        """Listen with a full queue: further SYNs are dropped, further unix connects get EAGAIN."""
        sock.listen(0)
        for _ in range(8):
            filler = socket.socket(sock.family, socket.SOCK_STREAM)
            self._sockets.append(filler)
            filler.settimeout(0.05)
            try:
                filler.connect(where)
            except (socket.timeout, BlockingIOError):
                return

    def _start(self, work: Any, *arguments: Any) -> None:
        thread = threading.Thread(
            target=work, args=arguments, name=f"{work.__name__} {arguments[0]}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    # The behaviour of the servers

    def _accept_later(self, text: str, servers: list[Server], sock: socket.socket) -> None:
        self._over.wait(servers[0].after)
        self._accept(text, servers, sock)

    def _accept(self, text: str, servers: list[Server], sock: socket.socket) -> None:
        while not self._over.is_set():
            try:
                connection, _ = sock.accept()
            except OSError:
                return
            self._sockets.append(connection)
            if self._over.is_set():
                return
            self.connects[text] = self.connects.get(text, 0) + 1
            server = servers.pop(0) if len(servers) > 1 else servers[0]
            self._start(self._serve, text, server, connection)

    def _serve(self, text: str, server: Server, connection: socket.socket) -> None:
        ending = "end"
        try:
            if server.certificate is not None:
                context = server_context(_today(), server.certificate)
                connection = context.wrap_socket(connection, server_side=True)
                self._sockets.append(connection)
            ending = self._do(text, server, connection) or ending
        except ConnectionResetError:
            ending = "reset"
        except OSError:
            return
        finally:
            if not server.lingers:
                connection.close()
        self.endings.setdefault(text, []).append(ending)

    def _do(self, text: str, server: Server, connection: socket.socket) -> str:
        heard = b""
        for step in server.steps:
            if isinstance(step, Hear):
                while step.data not in heard:
                    data = self._receive(text, connection)
                    if not data:
                        return ""
                    heard += data
                heard = heard.partition(step.data)[2]
            elif isinstance(step, bytes):
                connection.sendall(step)
            elif isinstance(step, Play):
                if not self._perform(text, step, connection, heard):
                    return "by us" if connection.fileno() < 0 else ""
                heard = b""
            elif step is END:
                socket.socket.shutdown(connection, socket.SHUT_WR)
            elif step is RESET:
                _reset(connection)
                return "by us"
            elif step is FLOOD:
                while not self._over.is_set():
                    connection.sendall(b"x" * 65536)
            elif isinstance(step, (int, float)) and self._over.wait(step):
                return "by us"
        if server.deaf:
            self._over.wait()
            return "by us"
        while self._receive(text, connection):
            pass
        if server.lingers:
            self._over.wait()
        return ""

    def _perform(self, text: str, play: Play, connection: socket.socket, heard: bytes) -> bool:
        """Play the actions; False: the play was cut short, and the connection is closed if this server did that."""
        if connection.family != socket.AF_UNIX:
            # Each action's bytes are in a segment of their own.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        performance, given = play.begin(), b""
        try:
            action = next(performance)
            while True:
                if action is HEAR:
                    given, heard = heard or self._receive(text, connection), b""
                    if not given:
                        return False
                elif isinstance(action, bytes):
                    connection.sendall(action)
                elif action is END:
                    socket.socket.shutdown(connection, socket.SHUT_WR)
                elif action is RESET:
                    _reset(connection)
                    connection.close()
                    return False
                elif isinstance(action, (int, float)) and self._over.wait(action):
                    return False
                action = performance.send(given)
        except StopIteration:
            return True
        finally:
            performance.close()

    def _receive(self, text: str, connection: socket.socket) -> bytes:
        data = connection.recv(65536)
        self.heard[text] = self.heard.get(text, b"") + data
        return data

    def _datagrams(self, text: str, servers: list[Server], sock: socket.socket) -> None:
        """Answer each datagram that the script waits for with the steps up to the next wait."""
        steps = list(servers[0].steps)
        client: Any = None
        sock.settimeout(0.05)
        while not self._over.is_set():
            if steps and not isinstance(steps[0], Hear):
                step = steps.pop(0)
                if isinstance(step, bytes):
                    sock.sendto(step, client)
                elif isinstance(step, (int, float)):
                    self._over.wait(step)
                continue
            try:
                data, client = sock.recvfrom(65536)
            except socket.timeout:
                continue
            except OSError:
                return
            self.heard[text] = self.heard.get(text, b"") + data
            first = steps[0] if steps else None
            if isinstance(first, Hear) and first.data in data:
                steps.pop(0)


def _reset(connection: socket.socket) -> None:
    """Make its close send a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _today() -> float:
    """The time that the certificates' days are counted from: the same for a whole run, so that each is made once."""
    return _BEGAN


_BEGAN = time.time()


@contextmanager
def _not_root() -> Iterator[None]:
    """As root, become an unprivileged user during the block: root has every permission."""
    if os.geteuid():
        yield
        return
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@contextmanager
def no_descriptors() -> Iterator[None]:
    """Prevent new descriptors; open ones stay open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
