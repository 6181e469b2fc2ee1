# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Parse lines of text into the steps of a dialogue."""

from __future__ import annotations

import re

from ..model.dialogue import HELO, Blank, Hear, Pattern, Say, Secret, StartTls
from ..text.escapes import unescape
from .matching import compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..model.dialogue import Part, Step

WORDS = {
    "send": "send the text; \\r \\n \\t \\\\ \\0 \\xHH are escapes, {host} {port} {helo} {NAME} are filled in, {{ and }} are braces",
    "line": "the same, with CR LF at the end",
    "send-hex": "send bytes, as in send-hex 00 ff",
    "expect": "read until the text occurs (with the escapes)",
    "expect-regex": (
        "read until the regular expression matches in the first 8 KiB of the answer; ^ and $ match at the start and end"
        " of each line, named groups are captured"
    ),
    "expect-hex": "read until the bytes occur",
    "reject": "the answer is wrong if the text occurs before the match of the next expect",
    "reject-regex": "the same with a regular expression",
    "reject-hex": "the same with bytes",
    "capture": "capture NAME REGEX: as expect-regex; its first group, or the whole match, is stored as {NAME}",
    "keep": "the next expect also sees data that arrived before the last send or line; without it, it does not",
    "starttls": "do the TLS handshake",
}
"""The words that a line may begin with, and their meanings. # begins a comment for the steps after it, up to the first step
that can fail."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}\Z")
_BLANK = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")

# A longer expression may take long to compile.
LONGEST = 1000


class StepError(ValueError):
    """A line that is not a valid step: ``number`` is the line, from 1, ``sentence`` is the message without it."""

    def __init__(self, number: int, sentence: str) -> None:
        super().__init__(number, sentence)
        self.number = number
        self.sentence = sentence

    def __str__(self) -> str:
        return f"line {self.number}: {self.sentence}"


def parse(lines: Iterable[str], secret: Callable[[str], bytes]) -> tuple[Step, ...]:
    """Parse the steps; ``secret`` returns the bytes of file:PATH and env:NAME. Raises StepError."""
    reader = _Reader(secret)
    rejected = kept = 0  # the lines of the first reject and the first keep that wait for their expect
    for number, line in enumerate(lines, 1):
        try:
            reader.take(line)
        except UnicodeEncodeError as problem:
            odd = problem.object[problem.start]
            raise StepError(
                number, f"invalid character U+{ord(odd):04X}: a surrogate cannot be encoded"
            ) from None
        except ValueError as problem:
            raise StepError(number, str(problem)) from None
        rejected = (rejected or number) if reader.rejected else 0
        kept = (kept or number) if reader.keeps else 0
    if rejected:
        raise StepError(rejected, "reject needs a later expect, which determines when the answer is complete")
    if kept:
        raise StepError(kept, "keep needs a later expect, which sees the data")
    return tuple(reader.steps)


class _Reader:
    """Collects the steps; keeps the reject patterns and the comment for the next one."""

    def __init__(self, secret: Callable[[str], bytes]) -> None:
        self.steps: list[Step] = []
        self.rejected: list[tuple[Pattern, str]] = []
        self._secret = secret
        self._comment = ""
        self._captured = {"host", "port", HELO}
        self._in_tls = False
        self._sent = False  # whether a text is sent since the last answer or handshake
        self.keeps = False

    def take(self, line: str) -> None:
        # Spaces at the end belong to the text; spaces before the word do not.
        line = line.lstrip(" \t")
        if not line.strip():
            return
        if line.startswith("#"):
            self._comment = line[1:].strip()
            return
        word, _sign, rest = line.partition(" ")
        if word not in WORDS:
            raise ValueError(f"unknown step {word[:40]!r}: must be one of {', '.join(WORDS)}")
        if not rest.strip() and word not in ("starttls", "line", "keep"):
            raise ValueError(f"{word} needs an argument")
        if rest.strip() and word in ("starttls", "keep"):
            raise ValueError(f"{word} takes no argument")
        verb, _sign, kind = word.partition("-")
        if verb in ("send", "line"):
            self._say(word, kind, rest)
        elif verb == "starttls":
            if self._in_tls:
                raise ValueError("starttls can occur once only")
            self._in_tls = True
            self._add(StartTls(comment=self._comment))
        elif verb == "keep":
            self.keeps = True
        elif verb == "reject":
            self.rejected.append(
                (_pattern(kind, rest), self._comment or f"the answer contains {rest.strip()!r}")
            )
            self._comment = ""
        elif verb == "capture":
            name, _sign, expression = rest.strip().partition(" ")
            if not _NAME.match(name) or not expression.strip():
                raise ValueError(
                    "capture needs a name and a regular expression, as in capture role role:(\\w+)\\r"
                )
            self._hear(_pattern("regex", expression.strip()), name)
            self._captured.add(name)
        else:
            self._hear(_pattern(kind, rest), "")

    def _add(self, step: Step) -> None:
        if self.rejected and not step.reads:
            raise ValueError("reject must be followed by an expect before any other step")
        if self.keeps and step.begins_tls:
            raise ValueError("keep must be followed by an expect before starttls")
        self.steps.append(step)
        self._sent = not step.reads and not step.begins_tls
        if step.reads or step.begins_tls:  # a Say cannot fail, so its comment is also for the answer
            self._comment = ""

    def _hear(self, pattern: Pattern, name: str) -> None:
        unwanted = tuple(self.rejected)
        self.rejected = []
        fresh = self._sent and not self.keeps
        self.keeps = False
        if pattern.kind == "regex":
            self._captured.update(compiled(pattern.data).groupindex)
        self._add(Hear((pattern,), unwanted=unwanted, capture=name, comment=self._comment, fresh=fresh))

    def _say(self, word: str, kind: str, rest: str) -> None:
        if kind == "hex":
            parts: tuple[Part, ...] = (_hex(rest),)
        else:
            parts = self._parts(rest)
            if word == "line":
                parts = (*parts, b"\r\n")
        self._add(Say(parts, shown=f"{word} {rest}", comment=self._comment))

    def _parts(self, text: str) -> tuple[Part, ...]:
        parts: list[Part] = []
        end = 0
        for match in _BLANK.finditer(text):
            parts.append(_bytes(text[end : match.start()]))
            end = match.end()
            found = match.group()
            if found in ("{{", "}}"):
                parts.append(found[:1].encode())
            elif match.group(1) is None:
                raise ValueError(f"single {found} is invalid: write {found}{found} for a brace")
            else:
                parts.append(self._blank(match.group(1)))
        parts.append(_bytes(text[end:]))
        return tuple(each for each in parts if each != b"")

    def _blank(self, name: str) -> Part:
        if name.startswith(("file:", "env:")):
            return Secret(name, self._secret(name))
        if name not in self._captured:
            raise ValueError(
                f"unknown placeholder {{{name[:40]}}}: must be host, port, helo, a name captured by an earlier step, file:PATH"
                " or env:NAME"
            )
        return Blank(name)


def _bytes(text: str) -> bytes:
    return unescape(text.encode("utf-8", "surrogateescape"))


def _hex(text: str) -> bytes:
    try:
        found = bytes.fromhex(text.replace(":", " "))
    except ValueError:
        raise ValueError(
            f"invalid bytes {text[:40]!r}: must be pairs of hexadecimal digits, as in 00 ff"
        ) from None
    if not found:
        raise ValueError("no bytes given: must be at least one")
    return found


def _pattern(kind: str, text: str) -> Pattern:
    if kind == "hex":
        return Pattern("text", _hex(text))
    if kind != "regex":
        return Pattern("text", _bytes(text))
    source = text.encode("utf-8", "surrogateescape")
    if len(source) > LONGEST:
        raise ValueError(f"the regular expression is too long: must have at most {LONGEST} bytes")
    try:
        compiled(source)
    except (re.error, ValueError, RecursionError, OverflowError) as problem:
        raise ValueError(f"invalid regular expression {text[:60]!r}: {problem}") from None
    return Pattern("regex", source, foreign=True)
