# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Read a setting's value from text, by the kind of the setting."""

from __future__ import annotations

from ..judgement.measures import BY_NAME
from ..model.ranges import Range
from ..model.target import parse_port
from ..model.verdict import STATES
from ..text.escapes import unescape
from ..text.units import number, seconds
from .error import SettingError
from .table import TLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .table import Setting

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


def read(setting: Setting, text: str, *, escape: bool = False) -> Any:
    """The value that ``text`` is for a setting: str, bytes, int, float, bool, Range, or a tuple of two.

    escape: whether a text of kind "bytes" has check_tcp's escapes. Raises SettingError.
    """
    try:
        return _READERS[setting.kind](setting, text, escape)
    except ValueError as problem:
        raise SettingError(setting.name, str(problem)) from None


def _read_text(setting: Setting, text: str, escape: bool) -> str:
    if "\0" in text:
        raise ValueError("a text cannot hold a NUL character")
    # An empty macro must not switch off what it was to name; check_tcp takes an empty --sni.
    named = (setting.group == TLS and setting.name != "sni") or setting.name == "dialogue"
    if named and not text.strip():
        raise ValueError(f"takes a {setting.metavar.lower()}, unlike {text!r}")
    return text


def _read_bytes(setting: Setting, text: str, escape: bool) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    return unescape(raw) if escape else raw


def _read_words(setting: Setting, text: str, escape: bool) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(","))
    # RFC 7301, 3.1: a protocol's name has 1 to 255 bytes.
    if not all(1 <= len(word) <= 255 and word.isascii() and word.isprintable() for word in words):
        raise ValueError(f"takes names parted by commas, as in h2,http/1.1, unlike {text[:40]!r}")
    return words


def _read_fingerprint(setting: Setting, text: str, escape: bool) -> str:
    # As openssl prints it: sha256 Fingerprint=AB:CD:…
    digits = text.rpartition("=")[2].replace(":", "").replace(" ", "").lower()
    if len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
        raise ValueError(f"takes the 64 hexadecimal digits of a SHA-256, unlike {text[:80]!r}")
    return digits


def _read_integer(setting: Setting, text: str, escape: bool) -> int:
    digits = text.strip(" ")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"takes a whole number, unlike {text[:40]!r}")
    if len(digits) > 9:
        raise ValueError(f"takes a whole number of at most 9 digits, unlike {text[:40]!r}")
    value = int(digits)
    if value < setting.least:
        raise ValueError(f"takes a whole number from {setting.least:g}, unlike {text[:40]!r}")
    return value


def _read_port(setting: Setting, text: str, escape: bool) -> int:
    return parse_port(text.strip(" "))


def _read_ports(setting: Setting, text: str, escape: bool) -> tuple[int, ...]:
    return tuple(parse_port(word.strip()) for word in text.split(","))


def _read_seconds(setting: Setting, text: str, escape: bool) -> float:
    return _not_below(setting, seconds(text), text)


def _read_number(setting: Setting, text: str, escape: bool) -> float:
    return _not_below(setting, number(text), text)


def _not_below(setting: Setting, value: float, text: str) -> float:
    # A least of 0 that is not meant to be reached is written as the smallest step above it.
    if value < setting.least:
        raise ValueError(f"takes a number above 0, unlike {text[:40]!r}")
    return value


def _read_timeout(setting: Setting, text: str, escape: bool) -> tuple[float | None, int | None]:
    time, colon, state = text.partition(":")
    if not time and not state:
        raise ValueError(f"takes seconds, seconds:state or :state, unlike {text[:40]!r}")
    limit = seconds(time) if time else None
    if limit == 0:
        raise ValueError("a timeout is longer than 0 seconds")
    return limit, read_state(state) if colon else None


def _read_choice(setting: Setting, text: str, escape: bool) -> str:
    if text not in setting.choices:
        raise ValueError(f"takes one of {', '.join(setting.choices)}, unlike {text[:40]!r}")
    return text


def _read_state(setting: Setting, text: str, escape: bool) -> int:
    return read_state(text)


def _read_range(setting: Setting, text: str, escape: bool) -> Range:
    measure = BY_NAME[setting.name.partition("_")[2]]
    # Of the days alone the share of a whole is known: the lifetime.
    share = measure.name == "certificate_days" and "%" in text
    return Range.parse(text, "%" if share else measure.unit, less_is_worse=measure.less_is_worse, share=share)


def _read_days(setting: Setting, text: str, escape: bool) -> tuple[int, int]:
    warning, _, critical = (part.strip() or "0" for part in text.partition(","))
    if not all(part.isascii() and part.isdigit() and len(part) < 7 for part in (warning, critical)):
        raise ValueError(f"takes days, or days for warning and critical as in 30,14, unlike {text[:40]!r}")
    return int(warning), int(critical)


def _read_flag(setting: Setting, text: str, escape: bool) -> bool:
    word = text.lower()
    if word not in TRUE | FALSE:
        raise ValueError(f"takes yes or no, unlike {text[:40]!r}")
    return word in TRUE


_READERS = {
    "text": _read_text,
    "bytes": _read_bytes,
    "words": _read_words,
    "fingerprint": _read_fingerprint,
    "integer": _read_integer,
    "port": _read_port,
    "ports": _read_ports,
    "seconds": _read_seconds,
    "number": _read_number,
    "timeout": _read_timeout,
    "choice": _read_choice,
    "state": _read_state,
    "range": _read_range,
    "days": _read_days,
    "flag": _read_flag,
    "counter": _read_integer,
    "ignored": _read_text,
}


def read_state(text: str) -> int:
    """A state's number from its name in any case, or 0 to 3.

    A beginning of the name will do, and so will any word that begins with ok, warn or crit, as check_tcp has it.
    """
    word = text.upper()
    if len(word) == 1 and word in "0123":
        return int(word)
    if word:
        for state, name in STATES.items():
            if name.startswith(word) or word.startswith(name[:4]):
                return state
    raise ValueError(f"takes ok, warning, critical or unknown, unlike {text[:40]!r}")


class Given:
    """Values as they are given one after the other, as words: on a command line, in a row, in a task.

    Order counts for -E, which changes how the send and quit texts after it are read. ``values`` is what
    ``build`` takes.
    """

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def put(self, setting: Setting, text: str) -> None:
        """Take one value. Of a repeatable setting every value counts, of others the last. Raises SettingError."""
        # An expected text is taken as it stands, as in check_tcp: there a backslash is a backslash.
        escape = bool(self.values.get("escape")) and setting.name in ("send", "quit")
        value = read(setting, text, escape=escape)
        if setting.name == "quit" and not escape:
            value += b"\r\n"
        if setting.repeatable:
            value = (*self.values.get(setting.name, ()), value)
        self.values[setting.name] = value

    def switch_on(self, setting: Setting) -> None:
        """Take a flag; a counter goes one up."""
        if setting.kind == "counter":
            self.values[setting.name] = self.values.get(setting.name, 0) + 1
        else:
            self.values[setting.name] = True
