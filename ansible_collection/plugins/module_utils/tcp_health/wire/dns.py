# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Build a DNS query, and parse the response code of an answer."""

from __future__ import annotations

from struct import Struct, error

# RFC 1035, 4.1.1: ID, flags, and the counts of questions, answers, authorities, additionals.
_HEADER = Struct("!6H")
_RESPONSE, _RECURSION_DESIRED = 0x8000, 0x0100
_TYPE_A, _TYPE_AAAA, _CLASS_IN = 1, 28, 1

# RFC 1035, 4.1.1 and RFC 2136, 2.2.
RESPONSE_CODES = {
    0: "noerror", 1: "formerr", 2: "servfail", 3: "nxdomain", 4: "notimp", 5: "refused", 9: "notauth",
}  # fmt: skip

PORT = 53


def question(name: str, identity: int, family: int = 0) -> bytes:
    """Return a query for the addresses of a name. Raises ValueError for an invalid DNS name (RFC 1035, 2.3.4)."""
    labels = name.rstrip(".").split(".")
    encoded = bytearray()
    for label in labels:
        raw = label.encode("utf-8", "surrogateescape")
        if not 0 < len(raw) < 64:
            raise ValueError("invalid name: each label must have 1 to 63 bytes")
        encoded += bytes((len(raw),)) + raw
    if len(encoded) > 254:
        raise ValueError("invalid name: must have at most 255 bytes")
    header = _HEADER.pack(identity & 0xFFFF, _RECURSION_DESIRED, 1, 0, 0, 0)
    kind = _TYPE_AAAA if family == 6 else _TYPE_A
    return header + bytes(encoded) + b"\0" + kind.to_bytes(2, "big") + _CLASS_IN.to_bytes(2, "big")


def answer(raw: bytes, identity: int) -> str | None:
    """Return the name of the response code; "malformed" for an invalid answer; None for an answer to another query."""
    try:
        found, flags, *_unused = _HEADER.unpack_from(raw)
    except error:
        return "malformed"
    if found != identity & 0xFFFF:
        return None
    if not flags & _RESPONSE:
        return "malformed"
    code = flags & 0xF
    return RESPONSE_CODES.get(code, f"rcode {code}")


def name_servers(text: str) -> tuple[str, ...]:
    """Return the servers of a resolv.conf, at most three as in the system's resolver; without any, its default."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            found.append(words[1])
    return tuple(found[:3]) or ("127.0.0.1",)
