# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Make the steps of a dialogue: from text with placeholders, from expressions, from check_tcp's -s and -e."""

from __future__ import annotations

from ..model.causes import Cause
from ..model.dialogue import Blank, Hear, Pattern, Say

# pylint: disable-next=unused-import
from . import matching  # noqa: F401 - a session needs it later, when no descriptor may be left to load it with

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..model.dialogue import Part, Step


def say(text: str | bytes, *, comment: str = "", opening: bool = False) -> Say:
    r"""Return a Say of raw bytes, or of a text with placeholders: ``say("HEAD / HTTP/1.1\r\nHost: {host}\r\n\r\n")``."""
    if isinstance(text, bytes):
        return Say((text,), comment=comment, opening=opening)
    parts: list[Part] = []
    rest = text
    while rest:
        plain, brace, rest = rest.partition("{")
        if plain:
            parts.append(plain.encode())
        if brace:
            name, _sign, rest = rest.partition("}")
            parts.append(Blank(name))
    return Say(tuple(parts), shown=text, comment=comment, opening=opening)


def hear(
    *wanted: str | bytes, reject: Mapping[str, str] | None = None, blocks: Mapping[str, str] | None = None,
    comment: str = "", opening: bool = False, read: str = "data", required: bool = True, closed: str = "",
) -> Hear:  # fmt: skip
    r"""Return a Hear of regular expressions, any of which is enough. ``reject`` has those that must not occur, with messages.

    ``blocks`` has those with which the server reports that it blocks this host.

    Text is encoded as Latin-1, so that "\x00" and "\xff" are bytes. Named groups are captured. In the message of a
    rejected expression, {NAME} is what its group of that name matched. These expressions have no time limit, so they
    must not backtrack without end. ``required`` and ``closed`` are those of Hear.
    """

    def pattern(each: str | bytes, cause: str = Cause.MISMATCH) -> Pattern:
        return Pattern("regex", each.encode("latin-1") if isinstance(each, str) else each, cause=cause)

    return Hear(
        tuple(pattern(each) for each in wanted),
        unwanted=(
            *((pattern(each), words) for each, words in (reject or {}).items()),
            *((pattern(each, Cause.HOST_BLOCKED), words) for each, words in (blocks or {}).items()),
        ),
        comment=comment, opening=opening, read=read, required=required, closed=closed,
    )  # fmt: skip


def exchange(
    send: bytes | None = None,
    expect: tuple[bytes, ...] | list[bytes] = (),
    *,
    every: bool = False,
    anywhere: bool = True,
    read: str = "none",
) -> tuple[Step, ...]:
    """Return check_tcp's dialogue: an optional text to send, then optional texts to expect; read is none, data or eof."""
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
