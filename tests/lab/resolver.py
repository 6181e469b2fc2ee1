# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A DNS responder of the laboratory: A and AAAA of a few names, or a failure of a chosen kind (RFC 1035)."""

from __future__ import annotations

import socket
import struct
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADER = struct.Struct("!HHHHHH")
_TYPES = {1: socket.AF_INET, 28: socket.AF_INET6}
_CODES = {"servfail": 2, "refused": 5}
_NO_SUCH_NAME = 3
_AAAA = 28

LATE = 0.5
"""Seconds that the name server takes for an answer when it is late."""


def bound(address: str) -> socket.socket:
    """A socket at the name service's port."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, 53))
    return sock


def answer(sock: socket.socket, names: Mapping[str, tuple[str, ...]], behaviour: str) -> None:
    """Answer queries until the process is ended.

    `silent` reads them and does not answer, `late` waits half a second, `truncated` asks for TCP, and `no-aaaa` ignores
    queries for IPv6 addresses.
    """
    while True:
        query, peer = sock.recvfrom(512)
        if behaviour == "silent":
            continue
        if behaviour == "late":
            time.sleep(LATE)
        if behaviour == "no-aaaa" and _kind(query) == _AAAA:
            continue
        reply = response(query, names, _CODES.get(behaviour, 0))
        if behaviour == "truncated":
            reply = truncated(reply)
        if reply:
            sock.sendto(reply, peer)


def _kind(query: bytes) -> int:
    _, end = _name(query, _HEADER.size)
    kind: int = struct.unpack_from("!H", query, end)[0]
    return kind


def truncated(reply: bytes) -> bytes:
    """A reply without its records, and with the flag that asks for TCP."""
    number, flags, questions, _, _, _ = _HEADER.unpack_from(reply)
    _, end = _name(reply, _HEADER.size)
    return _HEADER.pack(number, flags | 0x0200, questions, 0, 0, 0) + reply[_HEADER.size : end + 4]


def response(query: bytes, names: Mapping[str, tuple[str, ...]], code: int = 0) -> bytes:
    """The response to a query; None for other messages."""
    try:
        number, flags, questions, _, _, _ = _HEADER.unpack_from(query)
        name, end = _name(query, _HEADER.size)
        kind, _ = struct.unpack_from("!HH", query, end)
    except (struct.error, IndexError, UnicodeDecodeError):
        return b""
    if questions != 1 or flags & 0x8000:
        return b""
    addresses = names.get(name.lower(), ())
    if not code and not addresses:
        code = _NO_SUCH_NAME
    records = b""
    count = 0
    for address in () if code else addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        if _TYPES.get(kind) == family:
            packed = socket.inet_pton(family, address)
            records += struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(packed)) + packed
            count += 1
    # QR, AA, RD as asked, RA
    header = _HEADER.pack(number, 0x8480 | flags & 0x0100 | code, 1, count, 0, 0)
    return header + query[_HEADER.size : end + 4] + records


def _name(packet: bytes, at: int) -> tuple[str, int]:
    labels = []
    while packet[at]:
        size = packet[at]
        labels.append(packet[at + 1 : at + 1 + size].decode("ascii"))
        at += size + 1
    return ".".join(labels), at + 1
