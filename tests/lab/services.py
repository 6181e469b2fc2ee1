# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The behaviours of the laboratory's server: one function each."""

from __future__ import annotations

import socket
import struct
import threading
import time

GREETING = b"220 laboratory ready\r\n"
CHUNK = b"." * 999 + b"\n"
TCP_REPAIR = 19  # linux/tcp.h


def listening(port: int, behaviour: str) -> socket.socket:
    """A socket that listens on every address, IPv4 and IPv6."""
    sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    if behaviour == "deaf":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.bind(("::", port))
    sock.listen(0 if behaviour == "full" else 64)
    return sock


def filled(host: str, port: int) -> list[socket.socket]:
    """Connections that fill the accept queue with a backlog of 0: it holds one, and then SYNs are dropped."""
    sock = socket.create_connection((host, port), timeout=5)
    try:
        socket.create_connection((host, port), timeout=0.2).close()
    except TimeoutError:
        return [sock]
    except OSError as problem:
        if "timed out" in str(problem):  # Python 3.9 has a class of its own for it
            return [sock]
        raise
    raise RuntimeError("the accept queue does not fill")


def serve(sock: socket.socket, behaviour: str) -> None:
    """Accept connections and apply the behaviour to each, until the process is ended."""
    treat = {
        "greet": _greet, "pong": _pong, "late": _late, "large": _large, "silent": _hold, "deaf": _hold,
        "close": _close, "reset": _reset, "drip": _drip, "stall": _stall, "forget": _forget,
    }[behaviour]  # fmt: skip
    while True:
        connection, _ = sock.accept()
        threading.Thread(target=_quietly, args=(treat, connection), daemon=True).start()


def _quietly(treat: object, connection: socket.socket) -> None:
    try:
        treat(connection)  # type: ignore[operator]
        connection.close()
    except OSError:
        pass  # the other side has closed, or a fault ended the connection


def _greet(connection: socket.socket) -> None:
    connection.sendall(GREETING)
    connection.recv(1024)


def _pong(connection: socket.socket) -> None:
    connection.recv(1024)
    connection.sendall(b"PONG\r\n")
    connection.recv(1024)


def _late(connection: socket.socket) -> None:
    connection.recv(1024)
    time.sleep(1.5)
    connection.sendall(b"PONG\r\n")
    connection.recv(1024)


def _large(connection: socket.socket) -> None:
    received = 0
    while received < 4000:
        data = connection.recv(65536)
        if not data:
            return
        received += len(data)
    connection.sendall(b"250 received\r\n")
    connection.recv(1024)


def _hold(connection: socket.socket) -> None:
    time.sleep(600)
    connection.close()


def _close(connection: socket.socket) -> None:
    connection.close()


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _drip(connection: socket.socket) -> None:
    connection.recv(1024)
    for _ in range(100):
        connection.sendall(CHUNK)
        time.sleep(0.1)


def _stall(connection: socket.socket) -> None:
    connection.recv(1024)
    connection.sendall(CHUNK * 2)
    time.sleep(600)


def _forget(connection: socket.socket) -> None:
    """Close as a power failure does: nothing is sent, and the kernel no longer knows the connection."""
    connection.recv(1024)
    time.sleep(0.1)
    connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    connection.close()
