# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Cleaning of foreign text: whatever a remote host sends becomes one harmless printable line."""

from __future__ import annotations

# What of an answer is shown: enough for any banner, and a flood leaves the line readable.
SHOWN = 200

# A pipe begins perfdata, angle brackets begin HTML in a web interface, a backslash begins an escape in Nagios'
# result files. They are shown as characters that look alike and mean nothing.
_HARMLESS = {ord("|"): "¦", ord("<"): "‹", ord(">"): "›", ord("\\"): "∖"}


def clean(foreign: bytes | str, limit: int = SHOWN) -> str:
    """Foreign text as one harmless printable line of at most ``limit`` characters.

    Bytes are read as UTF-8. Whatever is not printable (controls, line and paragraph separators, marks that turn
    the direction of text) becomes a space, runs of spaces one, and what a monitoring system would interpret a
    character that looks alike.
    """
    # Four bytes are the longest UTF-8 character: no more than these can be shown.
    text = (
        foreign[: limit * 4 + 4].decode("utf-8", "replace")
        if isinstance(foreign, bytes)
        else foreign[: limit * 4]
    )
    shown = "".join(each if each.isprintable() else " " for each in text)
    shown = " ".join(shown.split()).translate(_HARMLESS)
    return shown if len(shown) <= limit and len(foreign) <= limit * 4 else shown[:limit].rstrip() + "…"
