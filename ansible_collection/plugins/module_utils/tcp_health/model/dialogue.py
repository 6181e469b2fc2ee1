# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The steps of a dialogue as data: what is sent, what is expected, where TLS starts."""

from __future__ import annotations

from .causes import Cause
from .value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Union

    Part = Union[bytes, "Secret", "Blank"]


PROXY_LINE = "proxy line"
HELO = "helo"


class Secret(Value):
    """Bytes that are used and never shown; ``name`` is their source, as in env:PASSWORD.

    Its texts are masks, so a message, a log or a traceback that contains it does not contain the bytes.
    """

    name: str
    _data: bytes

    def reveal(self) -> bytes:
        """Return the bytes. Use them only to send them, to unlock a key with them, and to mask them."""
        return self._data

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return f"Secret({self.name!r}, ***)"


class Blank(Value):
    """A placeholder in the bytes to send: host, port, or the name under which an earlier step captured something.

    PROXY_LINE is the header of the PROXY protocol, version 1, with the addresses of the connection. HELO is the name that
    a mail client gives itself: the address literal of our side of the connection (RFC 5321, 4.1.3).
    """

    name: str


class Pattern(Value):
    """Something that an answer may contain.

    kind      text (``data`` occurs as it is) or regex (``data`` is the source of an expression)
    foreign   whether a user wrote the expression. It may backtrack for very long, so a timer limits its matching
    cause     the cause of the failure if it is unwanted and occurs
    """

    kind: str
    data: bytes
    foreign: bool = False
    cause: str = Cause.MISMATCH

    def _validate(self) -> None:
        if self.kind not in ("text", "regex"):
            raise ValueError(f"invalid kind of pattern {self.kind!r}: must be text or regex")


class Step(Value, kw_only=True):
    """A step of a dialogue.

    comment   the purpose of the step, from the user or from the table of services, or ""
    opening   whether it begins TLS or sends a PROXY header. Such a step is not part of the user's dialogue
    """

    comment: str = ""
    opening: bool = False

    reads = False  # whether it waits for an answer
    begins_tls = False  # whether it is the TLS handshake

    @property
    def wanted(self) -> tuple[Pattern, ...]:
        """The patterns that an answer must contain; () for a step that waits for no answer."""
        return ()

    @property
    def every(self) -> bool:
        """Whether the answer must contain all wanted patterns, and not just one of them."""
        return False

    @property
    def packets(self) -> str:
        """The packets that carry its handshake, or ""."""
        return ""

    @property
    def built_in(self) -> bool:
        """Whether its expressions are built in. The user has not seen them, so no message shows them."""
        return any(each.kind == "regex" and not each.foreign for each in self.wanted)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets that it sends. They must not be shown, even if the server echoes them."""
        return ()


class Say(Step):
    """Send the parts, joined; ``shown`` is the line that the user wrote for it, or ""."""

    parts: tuple[Part, ...]
    shown: str = ""

    def fill(self, values: Mapping[str, bytes]) -> bytes:
        """Return the bytes to send. A placeholder without a value stays empty."""
        return b"".join(
            each if isinstance(each, bytes)
            else each.reveal() if isinstance(each, Secret)
            else values.get(each.name, b"")
            for each in self.parts
        )  # fmt: skip

    @property
    def names_our_side(self) -> bool:
        """Whether the addresses of the connection are needed to fill it."""
        return any(isinstance(each, Blank) and each.name in (PROXY_LINE, HELO) for each in self.parts)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets that it sends. They must not be shown, even if the server echoes them."""
        return tuple(each for each in self.parts if isinstance(each, Secret))


class Hear(Step):
    """Read until the answer matches, or can no longer match.

    wanted     any of these patterns is enough, or with ``every`` each must occur; () accepts any byte
    unwanted   patterns that make the answer wrong as soon as they occur, each with a message or ""
    every      whether all wanted patterns must occur
    anywhere   whether a text may occur anywhere in the answer, or must begin it; an expression is always searched
    read       what to read beyond a match: data (nothing more), or eof (up to the end)
    capture    the name under which the match is kept (its first group, or all of it), or ""
    required   whether there must be an answer; without it the end of the connection is accepted
    closed     the message if the connection ends without an answer, or ""
    fresh      whether it sees only what arrives after the texts that were sent right before it

    A step consumes the answer up to the end of its match. The next step sees the rest.
    """

    wanted: tuple[Pattern, ...] = ()
    unwanted: tuple[tuple[Pattern, str], ...] = ()
    every: bool = False
    anywhere: bool = True
    read: str = "data"
    capture: str = ""
    required: bool = True
    closed: str = ""
    fresh: bool = False

    reads = True

    def _validate(self) -> None:
        if self.read not in ("data", "eof"):
            raise ValueError(f"invalid value {self.read!r} of read: must be data or eof")


class StartTls(Step):
    """The TLS handshake. Unless it is the first step, unexpected data that arrived before it are an injection.

    packets   the packets that carry the handshake, and nothing after it: tds, or ""
    """

    packets: str = ""

    begins_tls = True
