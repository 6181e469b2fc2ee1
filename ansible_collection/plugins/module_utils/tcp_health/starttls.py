# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""How each protocol is asked to begin TLS, as data: the steps before the handshake. A new protocol is a row."""

from __future__ import annotations

from .dialogue import hear, say
from .model import Value, _set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .dialogue import Step


class Opening(Value):
    """What --starttls NAME stands for: the protocol's port, the steps before the handshake, where they are specified.

    The go-ahead's expression takes the whole of it, its line end included: whatever stands behind it was not asked
    for. quit is the farewell that goes out through TLS at the end.
    """

    __slots__ = ("name", "port", "quit", "source", "steps")
    name: str
    port: int
    steps: tuple[Step, ...]
    quit: str
    source: str

    def __init__(
        self, name: str, port: int, *, steps: tuple[Step, ...], quit: str = "", source: str = ""
    ) -> None:
        _set(self, "name", name)
        _set(self, "port", port)
        _set(self, "steps", tuple(each.replace(opening=True) for each in steps))
        _set(self, "quit", quit)
        _set(self, "source", source)


STARTTLS = {
    row.name: row
    for row in (
        Opening(
            "smtp",
            25,
            steps=(
                hear(r"^(?:220-[^\n]*\n)*220(?: [^\n]*)?\n", comment="the greeting"),
                say("EHLO localhost\r\n"),
                hear(
                    r"^(?:250[- ][^\n]*\n)*250[- ]STARTTLS\r?\n(?:250-[^\n]*\n)*(?:250 [^\n]*\n)?",
                    comment="an offer of STARTTLS",
                ),
                say("STARTTLS\r\n"),
                hear(r"^220(?: [^\n]*)?\n", comment="the go-ahead"),
            ),
            quit="QUIT\r\n",
            source="RFC 3207",
        ),
    )
}
"""Every protocol by its name, in the order of the documentation."""
