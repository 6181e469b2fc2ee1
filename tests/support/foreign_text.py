# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text from other hosts: banners that try to forge output, and a test of whether a line is harmless."""

from __future__ import annotations

import random

FORBIDDEN = set("|<>\\\n\r\t\0\x1b\x7f\x85\u2028\u2029\u202e\u200b\ufeff")


def hostile(seed: int) -> bytes:
    """A hostile banner."""
    draw = random.Random(seed)  # noqa: S311 - no secret: the same banners in every run
    pieces = [
        b"|time=0s;;;0;0", b"\nTCP OK - fine", b"\r\n", b"\0", b"\x1b[31m", b"\x1b]0;title\x07", b"<script>alert(1)</script>", b"&lt;b&gt;",
        b"\\n", b"$HOSTNAME$", b"'", b'"', b";", b"=", b",", b"\x80\xff\xfe", "\u202e\u2028\u2029\ufeff\u200b".encode(),
        "ä€😀".encode(), b"%n%s", b"`id`", b"\x9b31m", "\x85\x9b".encode(), b"x" * 300, b" " * 50, b"\t",
    ]  # fmt: skip
    return b"".join(
        draw.choice(pieces) if draw.random() < 0.7 else draw.randbytes(draw.randrange(12))
        for _ in range(draw.randrange(12))
    )


def harmless(line: str) -> bool:
    return line.isprintable() and not FORBIDDEN & set(line)
