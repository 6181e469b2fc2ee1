# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Read a setting's value from text, by the kind of the setting."""

from __future__ import annotations

from ..judgement.measures import BY_NAME
from ..model.target import parse_port
from ..model.verdict import STATES
from ..text.units import number, seconds
from .table import TABLE, TLS, SettingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..model.ranges import Range
    from .table import Setting

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


def read(setting: Setting, text: str, *, escape: bool = False) -> Any:
    """Return the value of a setting: str, bytes, int, float, bool, Range, or a tuple of two.

    escape: whether check_tcp's escapes in a text of the kind "bytes" are replaced. Raises SettingError.
    """
    try:
        return _READERS[setting.kind](setting, text, escape)
    except ValueError as error:
        raise SettingError(setting.name, str(error)) from None


def _read_text(setting: Setting, text: str, escape: bool) -> str:
    if "\0" in text:
        raise ValueError("invalid text: must not contain a NUL character")
    # The value of an undefined macro is empty. It must not disable verification. check_tcp accepts an empty --sni.
    named = (setting.group == TLS and setting.name != "sni") or setting.name == "dialogue"
    if named and not text.strip():
        raise ValueError(f"invalid {setting.metavar.lower()} {text!r}: must not be empty")
    return text


def _read_bytes(setting: Setting, text: str, escape: bool) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    if not escape:
        return raw
    from ..text.escapes import unescape  # most checks have no escapes

    return unescape(raw)


def _read_words(setting: Setting, text: str, escape: bool) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(","))
    # RFC 7301, 3.1: a protocol's name has 1 to 255 bytes.
    if not all(1 <= len(word) <= 255 and word.isascii() and word.isprintable() for word in words):
        raise ValueError(f"invalid names {text[:40]!r}: must be comma-separated names, as in h2,http/1.1")
    return words


def _read_helo(setting: Setting, text: str, escape: bool) -> str:
    # RFC 5321, 4.1.2: a domain or an address literal. Names of hosts on private networks have underscores.
    inner, extra = (text[1:-1], ".:") if text[:1] == "[" and text[-1:] == "]" else (text, "._")
    if (
        not 0 < len(inner) < 254
        or not inner.replace("-", "").strip(extra)
        or not all(each.isascii() and (each.isalnum() or each in "-" + extra) for each in inner)
    ):
        raise ValueError(
            f"invalid name {text[:40]!r}: must be a host name, or an address as in [192.0.2.1] or [IPv6:2001:db8::1]"
        )
    return text


def _read_fingerprint(setting: Setting, text: str, escape: bool) -> str:
    # openssl prints "sha256 Fingerprint=AB:CD:…".
    digits = text.rpartition("=")[2].replace(":", "").replace(" ", "").lower()
    if len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
        raise ValueError(
            f"invalid fingerprint {text[:80]!r}: must be the 64 hexadecimal digits of a SHA-256 digest"
        )
    return digits


def _read_integer(setting: Setting, text: str, escape: bool) -> int:
    digits = text.strip(" ")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"invalid number {text[:40]!r}: must be a whole number")
    if len(digits) > 9:
        raise ValueError(f"invalid number {text[:40]!r}: must be a whole number of at most 9 digits")
    value = int(digits)
    if value < setting.least:
        raise ValueError(f"invalid number {text[:40]!r}: must be a whole number from {setting.least:g}")
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
    # The least value is 0 or ABOVE_ZERO, and seconds() itself rejects a negative duration.
    if value < setting.least:
        raise ValueError(f"invalid number {text[:40]!r}: must be above 0")
    return value


def _read_timeout(setting: Setting, text: str, escape: bool) -> tuple[float | None, int | None]:
    time, colon, state = text.partition(":")
    if not time and not state:
        raise ValueError(f"invalid timeout {text[:40]!r}: must be SECONDS, SECONDS:STATE or :STATE")
    limit = seconds(time) if time else None
    if limit == 0:
        raise ValueError(f"invalid timeout {text[:40]!r}: must be above 0 seconds")
    return limit, read_state(state) if colon else None


def _read_choice(setting: Setting, text: str, escape: bool) -> str:
    if text not in setting.choices:
        raise ValueError(f"invalid value {text[:40]!r}: must be one of {', '.join(setting.choices)}")
    return text


def _read_state(setting: Setting, text: str, escape: bool) -> int:
    return read_state(text)


def _read_range(setting: Setting, text: str, escape: bool) -> Range:
    measure = BY_NAME[setting.name.partition("_")[2]]
    # A percentage of days is a percentage of the certificate's lifetime.
    share = measure.name == "certificate_days" and "%" in text
    from ..model.ranges import Range  # most checks have no threshold

    return Range.parse(text, "%" if share else measure.unit, less_is_worse=measure.less_is_worse, share=share)


def _read_days(setting: Setting, text: str, escape: bool) -> tuple[int, int]:
    warning, _unused1, critical = (part.strip() or "0" for part in text.partition(","))
    if not all(part.isascii() and part.isdigit() and len(part) < 7 for part in (warning, critical)):
        raise ValueError(
            f"invalid days {text[:40]!r}: must be WARNING or WARNING,CRITICAL in whole days, as in 30,14"
        )
    return int(warning), int(critical)


def _read_flag(setting: Setting, text: str, escape: bool) -> bool:
    word = text.lower()
    if word not in TRUE | FALSE:
        raise ValueError(f"invalid value {text[:40]!r}: must be yes or no")
    return word in TRUE


_READERS = {
    "text": _read_text,
    "bytes": _read_bytes,
    "words": _read_words,
    "helo": _read_helo,
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
    """Return the number of a state from its name in any case, or from 0 to 3. Raises ValueError.

    Like check_tcp, this accepts an abbreviation of the name, and any word that begins with ok, warn, crit or unkn.
    """
    word = text.upper()
    if len(word) == 1 and word in "0123":
        return int(word)
    if word:
        for state, name in STATES.items():
            if name.startswith(word) or word.startswith(name[:4]):
                return state
    raise ValueError(f"invalid state {text[:40]!r}: must be ok, warning, critical or unknown")


class Given:
    """Collects the settings of a command line, a row or a task from their texts, in order.

    -E changes how the send and quit texts after it are read. ``values`` is the argument of ``build``.
    """

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def put(self, setting: Setting, text: str) -> None:
        """Add a value. The last value of a setting replaces the others, unless it is repeatable. Raises SettingError."""
        # check_tcp does not replace escapes in an expected text.
        escape = bool(self.values.get("escape")) and setting.name in ("send", "quit")
        value = read(setting, text, escape=escape)
        if setting.name == "quit" and not escape:
            value += b"\r\n"
        if setting.repeatable:
            value = (*self.values.get(setting.name, ()), value)
        self.values[setting.name] = value

    def switch_on(self, setting: Setting) -> None:
        """Set a flag, or increment a counter."""
        if setting.kind == "counter":
            self.values[setting.name] = self.values.get(setting.name, 0) + 1
        else:
            self.values[setting.name] = True

    def expand_url(self) -> None:
        """Replace a host that is a URL by the settings that it means. The settings that are given remain.

        Raises SettingError.
        """
        host = self.values.get("host", "")
        if "://" not in host:
            return
        from .urls import settings_of  # most targets are no URL

        for name, text in settings_of(host, self.values.get("service") or ""):
            if name == "host" or not self.values.get(name):
                self.put(TABLE[name], text)
