# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Decode check_tcp's escapes in the text to send."""

from __future__ import annotations

_BACKSLASH = 0x5C
_ESCAPES = {ord("n"): b"\n", ord("r"): b"\r", ord("t"): b"\t", ord("0"): b"\0", _BACKSLASH: b"\\"}


def unescape(raw: bytes) -> bytes:
    r"""Decode the escapes \n \r \t \\ of check_tcp, and \0 and \xHH.

    The backslash before any other character is dropped, as check_tcp does. Raises ValueError with one sentence.
    """
    out = bytearray()
    position = 0
    while position < len(raw):
        byte = raw[position]
        position += 1
        if byte != _BACKSLASH:
            out.append(byte)
            continue
        if position == len(raw):
            raise ValueError("invalid escape: incomplete at the end of the text")
        kind = raw[position]
        position += 1
        if kind == ord("x"):
            digits = raw[position : position + 2]
            try:
                out += bytes.fromhex(digits.decode("ascii").ljust(2))
            except ValueError:
                raise ValueError("invalid escape \\x: must have two hexadecimal digits") from None
            position += 2
        else:
            out += _ESCAPES.get(kind, bytes((kind,)))
    return bytes(out)
