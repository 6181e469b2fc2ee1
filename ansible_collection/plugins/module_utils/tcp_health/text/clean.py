# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Clean text from remote hosts: make one harmless printable line of it."""

from __future__ import annotations

# Characters of an answer that are shown: enough for a banner, and a long answer leaves the line readable.
SHOWN = 200

# A pipe begins the perfdata, an angle bracket begins HTML in a web interface, and a backslash begins an escape in
# Nagios' result files. Similar characters without a meaning replace them.
_HARMLESS = {ord("|"): "¦", ord("<"): "‹", ord(">"): "›", ord("\\"): "∖"}


def clean(foreign: bytes | str, limit: int = SHOWN) -> str:
    """Return text from a remote host as one harmless printable line of at most ``limit`` characters.

    Bytes are decoded as UTF-8. Each sequence of spaces and of characters that are not printable (control characters,
    line and paragraph separators, direction marks) becomes one space. A similar character replaces each one that a
    monitoring system would interpret.
    """
    # A character of UTF-8 has at most four bytes, so the bytes after these cannot be shown.
    text = (
        foreign[: limit * 4 + 4].decode("utf-8", "replace")
        if isinstance(foreign, bytes)
        else foreign[: limit * 4]
    )
    # Most text is printable, and looking at each character of a line takes 10 µs.
    shown = text if text.isprintable() else "".join(each if each.isprintable() else " " for each in text)
    shown = " ".join(shown.split())
    # Looking for these characters is faster than translating a text without them.
    if "|" in shown or "<" in shown or ">" in shown or "\\" in shown:
        shown = shown.translate(_HARMLESS)
    return shown if len(shown) <= limit and len(foreign) <= limit * 4 else shown[:limit].rstrip() + "…"
