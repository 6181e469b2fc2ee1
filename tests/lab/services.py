# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The behaviours of the laboratory's server: one function each."""

from __future__ import annotations

import itertools
import socket
import ssl
import struct
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GREETING = b"220 laboratory ready\r\n"
CHUNK = b"." * 999 + b"\n"
TCP_REPAIR = 19  # linux/tcp.h

LATE = 1.5
"""Seconds that a slow service takes."""

SEGMENT = 1448
"""Bytes of payload of a full segment: an MTU of 1500, and headers of 52 bytes with timestamps."""


def listening(port: int, behaviour: str) -> socket.socket:
    """A socket that listens on every address, IPv4 and IPv6."""
    datagrams = behaviour == "datagrams"
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    if behaviour == "deaf":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.bind(("::", port))
    if datagrams:
        return sock
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


def serve(sock: socket.socket, behaviour: str, pki: Path) -> None:
    """Accept connections and treat each as the behaviour requires, until the process is ended.

    pki  the folder with certificates and keys, for behaviours that speak TLS
    """
    while behaviour == "datagrams":
        _, peer = sock.recvfrom(1024)
        sock.sendto(b"PONG", peer)
    treat = {
        "greet": _greet, "pong": _pong, "late": _late, "large": _large, "silent": _hold, "deaf": _hold,
        "close": _close, "reset": _reset, "drip": _drip, "stall": _stall, "forget": _forget, "report": _report, "whole": _whole, "parts": _parts,
        "reset-later": _reset_later, "hello-close": _hello_close, "stripped": _stripped, "portal": _portal,
        "every-second": partial(_every_second, count=itertools.count()), "slow-parts": partial(_parts, pause=LATE),
        "blocking": _block, "letters": _letters, "injected": _injected, "alert": partial(_record, record=_ALERT),
        "strange": partial(_record, record=_STRANGE),
        "tls-silent": partial(_tls, pki=pki, answers=False), "tls": partial(_tls, pki=pki),
        "tls-late": partial(_tls, pki=pki, late=LATE), "tls-expired": partial(_tls, pki=pki, name="expired"),
        "tls-ancient": partial(_tls, pki=pki, name="ancient"), "tls-early": partial(_tls, pki=pki, name="early"), "tls-purpose": partial(_tls, pki=pki, name="purpose"),
        "tls-old": partial(_tls, pki=pki, newest=ssl.TLSVersion.TLSv1_2), "tls-client": partial(_tls, pki=pki, mutual=True),
        "tls-anonymous": partial(_tls, pki=pki, newest=ssl.TLSVersion.TLSv1_2, ciphers="aNULL:@SECLEVEL=0"),
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
    time.sleep(LATE)
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


def _report(connection: socket.socket) -> None:
    """Answer with two full segments and a smaller one."""
    connection.recv(1024)
    connection.sendall(b"." * (2 * SEGMENT) + b"." * 800 + b"PONG\r\n")
    connection.recv(1024)


def _whole(connection: socket.socket) -> None:
    """Answer with full segments only."""
    connection.recv(1024)
    connection.sendall(b"." * (2 * SEGMENT - 6) + b"PONG\r\n")
    connection.recv(1024)


def _parts(connection: socket.socket, pause: float = 0.2) -> None:
    """Answer with several segments, with pauses between them."""
    # With Nagle's algorithm a part would wait for the acknowledgement of a lost one, and no part would lie out of order.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.recv(1024)
    for part in (b"LIST\r\n", b"item\r\n", b"PONG\r\n"):
        connection.sendall(part)
        time.sleep(pause)
    connection.recv(1024)


def _reset_later(connection: socket.socket) -> None:
    """Read a request, and reset the connection."""
    connection.recv(1024)
    _reset(connection)


def _hello_close(connection: socket.socket) -> None:
    """Read a request, and close without an answer."""
    connection.recv(4096)


def _stripped(connection: socket.socket) -> None:
    """Speak SMTP as it is seen after a firewall that hides STARTTLS."""
    connection.sendall(GREETING)
    while data := connection.recv(1024):
        known = data.upper().startswith((b"EHLO", b"HELO", b"QUIT"))
        connection.sendall(
            b"250-laboratory\r\n250 XXXXXXXA\r\n" if known else b"500 unrecognized command\r\n"
        )


def _portal(connection: socket.socket) -> None:
    """Answer any request with a redirect to a page of terms."""
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://portal.test/\r\nContent-Length: 0\r\n\r\n")


def _every_second(connection: socket.socket, count: Iterator[int]) -> None:
    """Answer every second request, as two hosts after a load balancer, the first of which hangs."""
    if connection.recv(1024) and next(count) % 2 == 0:
        time.sleep(600)
    connection.sendall(b"PONG\r\n")
    connection.recv(1024)


_ALERT = bytes.fromhex("15 03 03 00 02 02 50")
"""A TLS record: the fatal alert internal_error."""

_STRANGE = bytes.fromhex("16 03 03 00 04 63 00 00 00")
"""A TLS record: a handshake message of a type that does not exist."""


def _record(connection: socket.socket, record: bytes) -> None:
    """Answer a ClientHello with one TLS record."""
    connection.recv(4096)
    connection.sendall(record)
    connection.recv(1024)


def _block(connection: socket.socket) -> None:
    """Send MySQL's error 1129, and close."""
    words = b"\xff" + struct.pack("<H", 1129) + b"Host is blocked because of many connection errors"
    connection.sendall(struct.pack("<I", len(words)) + words)


def _letters(connection: socket.socket) -> None:
    """Greet with many letters: a careless regular expression has many ways to match them."""
    connection.sendall(b"a" * 4000 + b"!\r\n")
    connection.recv(1024)


def _injected(connection: socket.socket) -> None:
    """Speak SMTP, and send more than the reply to STARTTLS before TLS."""
    connection.sendall(GREETING)
    while data := connection.recv(1024):
        if data.upper().startswith(b"STARTTLS"):
            connection.sendall(b"220 go ahead\r\n250 injected\r\n")
        else:
            connection.sendall(b"250-laboratory\r\n250 STARTTLS\r\n")


def _tls(
    connection: socket.socket,
    pki: Path,
    name: str = "tls",
    late: float = 0.0,
    answers: bool = True,
    newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
    mutual: bool = False,
    ciphers: str = "",
) -> None:
    """Speak TLS, after a while; answer a request within it, or not.

    name    the certificate
    mutual  whether a client certificate is required
    """
    time.sleep(late)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = newest
    context.load_cert_chain(pki / f"{name}.pem")
    if mutual:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(pki / f"{name}.pem")
    if ciphers:
        context.set_ciphers(ciphers)
    secured = context.wrap_socket(connection, server_side=True)
    if secured.recv(1024):
        if not answers:
            time.sleep(600)
        secured.sendall(b"PONG\r\n")
        secured.recv(1024)
