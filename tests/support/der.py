# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificates built byte by byte, because no library signs malformed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SEQUENCE, SET, INTEGER, BITS, OCTETS, OID, UTF8 = 0x30, 0x31, 0x02, 0x03, 0x04, 0x06, 0x0C
COMMON_NAME = b"\x55\x04\x03"
ORGANIZATION = b"\x55\x04\x0a"
ALTERNATIVE_NAMES = b"\x55\x1d\x11"
ED25519 = bytes.fromhex("300506032b6570")


def element(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    octets = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(octets)]) + octets + content


def name(*pairs: tuple[bytes, int, bytes]) -> bytes:
    return element(
        SEQUENCE,
        *(
            element(SET, element(SEQUENCE, element(OID, kind), element(tag, text)))
            for kind, tag, text in pairs
        ),
    )


def utc(text: str) -> bytes:
    return element(0x17, text.encode())


def generalized(text: str) -> bytes:
    return element(0x18, text.encode())


def certificate(
    *,
    version: bytes = b"\xa0\x03\x02\x01\x02",
    serial: bytes = b"\x05",
    issuer: bytes = b"",
    not_before: bytes = b"",
    not_after: bytes = b"",
    subject: bytes = b"",
    algorithm: bytes = b"",
    key: bytes = b"",
    extensions: bytes = b"",
    behind: bytes = b"",
    sign: Callable[[bytes], bytes] = lambda _: bytes(64),
) -> bytes:
    """A whole certificate; ``sign`` makes the signature of its signed part. Without it the signature is all zeros."""
    plain = name((COMMON_NAME, UTF8, b"localhost"))
    algorithm = algorithm or ED25519
    body = element(
        SEQUENCE,
        version,
        element(INTEGER, serial),
        algorithm,
        issuer or plain,
        element(SEQUENCE, not_before or utc("260101000000Z"), not_after or utc("270101000000Z")),
        subject or plain,
        key or element(SEQUENCE, ED25519, element(BITS, b"\x00" * 33)),
        element(0xA3, element(SEQUENCE, extensions)) if extensions else b"",
    )
    return element(SEQUENCE, body, algorithm, element(BITS, b"\x00" + sign(body))) + behind


def alternative_names(*names: bytes) -> bytes:
    return element(SEQUENCE, element(OID, ALTERNATIVE_NAMES), element(OCTETS, element(SEQUENCE, *names)))


def dotted(text: str) -> bytes:
    """Encode an object identifier such as "2.5.4.3"."""
    first, second, *others = map(int, text.split("."))
    octets = bytearray()
    for arc in (40 * first + second, *others):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(0x80 | arc & 0x7F)
        octets += bytes(reversed(septets))
    return bytes(octets)
