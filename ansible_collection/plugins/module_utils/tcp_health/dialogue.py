# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The steps of a dialogue as data: what is said, what is expected, where TLS begins; frozen, and without any I/O."""

from __future__ import annotations

from .model import Value, _set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Union

    Part = Union[bytes, "Secret", "Blank"]
    Step = Union["Say", "Hear", "StartTls"]


PROXY_LINE = "proxy line"


class Secret(Value):
    """Bytes that are sent and never shown; ``name`` says where they came from, as in env:PASSWORD."""

    __slots__ = ("_data", "name")
    name: str
    _data: bytes

    def __init__(self, name: str, data: bytes) -> None:
        _set(self, "name", name)
        _set(self, "_data", data)

    def reveal(self) -> bytes:
        """The bytes, for the wire alone."""
        return self._data

    def __repr__(self) -> str:
        return f"Secret({self.name!r})"


class Blank(Value):
    """A place in what is said: host, port, or what an earlier step captured under that name.

    PROXY_LINE is the header of the PROXY protocol's version 1, which has the connection's own addresses.
    """

    __slots__ = ("name",)
    name: str

    def __init__(self, name: str) -> None:
        _set(self, "name", name)


class Pattern(Value):
    """What an answer may hold: kind text (data as it stands) or regex (data is the expression's source).

    foreign says that the expression is a user's: it is matched under a guard, since it may take for ever.
    """

    __slots__ = ("data", "foreign", "kind")
    kind: str
    data: bytes
    foreign: bool

    def __init__(self, kind: str, data: bytes, foreign: bool = False) -> None:
        if kind not in ("text", "regex"):
            raise ValueError(f"a pattern is a text or a regex, unlike {kind!r}")
        _set(self, "kind", kind)
        _set(self, "data", data)
        _set(self, "foreign", foreign)


class Say(Value):
    """Send the parts, joined. shown is how a person wrote them; opening marks what only prepares TLS."""

    __slots__ = ("comment", "opening", "parts", "shown")
    reads = False
    begins_tls = False
    parts: tuple[Part, ...]
    shown: str
    comment: str
    opening: bool

    def __init__(
        self, parts: tuple[Part, ...], *, shown: str = "", comment: str = "", opening: bool = False
    ) -> None:
        _set(self, "parts", tuple(parts))
        _set(self, "shown", shown)
        _set(self, "comment", comment)
        _set(self, "opening", opening)

    def fill(self, values: Mapping[str, bytes]) -> bytes:
        """The bytes to send; a blank that nothing was captured for stays empty."""
        return b"".join(
            each if isinstance(each, bytes)
            else each.reveal() if isinstance(each, Secret)
            else values.get(each.name, b"")
            for each in self.parts
        )  # fmt: skip

    @property
    def has_proxy_line(self) -> bool:
        """Whether the connection's own addresses are needed to fill it."""
        return any(isinstance(each, Blank) and each.name == PROXY_LINE for each in self.parts)

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """What of it must never be shown, should the other side echo it."""
        return tuple(each.reveal() for each in self.parts if isinstance(each, Secret))


class Hear(Value):
    """Read until the answer is what is wanted, or cannot become it.

    wanted     any one of these patterns will do, or with ``every`` each must occur; none at all: any byte will do
    unwanted   patterns that make the answer wrong as soon as they occur, each with the words for it ("" for none)
    anywhere   whether a text may stand anywhere in the answer, or begins it; an expression is searched either way
    read       what is read beyond a match: data (nothing), or eof (up to the end)
    capture    the name under which what an expression matched is kept: its first group, or the whole
    comment    what the step is for, in the user's words or the service's
    opening    whether it only prepares TLS: a wrong answer then says that there will be no TLS
    required   whether an answer must come at all; without it an end of the connection will do

    What a step has used of the answer, up to the end of its match, the next one does not see.
    """

    __slots__ = (
        "anywhere", "capture", "comment", "every", "opening", "read", "required", "unwanted", "wanted",
    )  # fmt: skip
    reads = True
    begins_tls = False
    wanted: tuple[Pattern, ...]
    unwanted: tuple[tuple[Pattern, str], ...]
    every: bool
    anywhere: bool
    read: str
    capture: str
    comment: str
    opening: bool
    required: bool

    def __init__(
        self,
        wanted: tuple[Pattern, ...] = (),
        *,
        unwanted: tuple[tuple[Pattern, str], ...] = (),
        every: bool = False,
        anywhere: bool = True,
        read: str = "data",
        capture: str = "",
        comment: str = "",
        opening: bool = False,
        required: bool = True,
    ) -> None:
        if read not in ("data", "eof"):
            raise ValueError(f"read is data or eof, unlike {read!r}")
        _set(self, "wanted", tuple(wanted))
        _set(self, "unwanted", tuple(unwanted))
        _set(self, "every", every)
        _set(self, "anywhere", anywhere)
        _set(self, "read", read)
        _set(self, "capture", capture)
        _set(self, "comment", comment)
        _set(self, "opening", opening)
        _set(self, "required", required)


class StartTls(Value):
    """The TLS handshake. Where it is not the first step, whatever came before it and was not asked for is an attack.

    opening marks one that follows from other settings than a dialogue of the user's.
    """

    __slots__ = ("comment", "opening")
    reads = False
    begins_tls = True
    comment: str
    opening: bool

    def __init__(self, comment: str = "", *, opening: bool = False) -> None:
        _set(self, "comment", comment)
        _set(self, "opening", opening)


def say(text: str | bytes, *, comment: str = "", opening: bool = False) -> Say:
    r"""A Say of raw bytes, or of a text with blanks: ``say("HEAD / HTTP/1.1\r\nHost: {host}\r\n\r\n")``."""
    if isinstance(text, bytes):
        return Say((text,), comment=comment, opening=opening)
    parts: list[Part] = []
    rest = text
    while rest:
        plain, brace, rest = rest.partition("{")
        if plain:
            parts.append(plain.encode())
        if brace:
            name, _, rest = rest.partition("}")
            parts.append(Blank(name))
    return Say(tuple(parts), shown=text, comment=comment, opening=opening)


def hear(
    *wanted: str | bytes, reject: Mapping[str, str] | None = None, comment: str = "", opening: bool = False,
    read: str = "data",
) -> Hear:  # fmt: skip
    r"""A Hear of regular expressions, any of which will do; ``reject`` is those that must not occur → the words for it.

    Text is encoded as Latin-1, so that "\x00" and "\xff" are bytes. Named groups are captured. The expressions are
    ours: they must not be able to backtrack without end, nobody guards them.
    """

    def pattern(each: str | bytes) -> Pattern:
        return Pattern("regex", each.encode("latin-1") if isinstance(each, str) else each)

    return Hear(
        tuple(pattern(each) for each in wanted),
        unwanted=tuple((pattern(each), words) for each, words in (reject or {}).items()),
        comment=comment, opening=opening, read=read,
    )  # fmt: skip


def exchange(
    send: bytes | None = None,
    expect: tuple[bytes, ...] | list[bytes] = (),
    *,
    every: bool = False,
    anywhere: bool = True,
    read: str = "none",
) -> tuple[Step, ...]:
    """check_tcp's dialogue: a text to send or none, then texts to expect or none; read is none, data or eof."""
    steps: list[Step] = []
    if send is not None:
        steps.append(Say((send,)))
    if expect or read != "none":
        wanted = tuple(Pattern("text", each) for each in expect)
        steps.append(
            Hear(
                wanted,
                every=every,
                anywhere=anywhere,
                read="eof" if read == "eof" else "data",
                required=bool(expect) or read == "data",
            )
        )
    return tuple(steps)
