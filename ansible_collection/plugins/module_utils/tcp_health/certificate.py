# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Certificates: DER bytes to names and dates (pure; verifies nothing)."""

from __future__ import annotations

from datetime import datetime, timezone

from .model import Value

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from typing import NoReturn

_SECONDS_A_DAY = 86400

# X.690 identifier octets, and the OIDs' content octets.
_BOOLEAN, _INTEGER, _OCTET_STRING, _OID, _SEQUENCE, _SET = 0x01, 0x02, 0x04, 0x06, 0x30, 0x31
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87
_TAG_GOES_ON = 0x1F  # its low bits all set: further octets follow, which no certificate needs
_LONG_LENGTH, _LONGEST_LENGTH = 0x80, 4  # the form's bit, and the octets that count to 4 GiB
_COMMON_NAME = b"\x55\x04\x03"
_SUBJECT_ALT_NAME = b"\x55\x1d\x11"

# How the string types are written; what is not listed is read as UTF-8, of which ASCII is a part.
_CHARSETS = {0x14: "latin-1", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}

# RFC 5280, 4.1.2.2 allows 20 octets; some authorities use a few more. The bound keeps the number printable.
_LONGEST_SERIAL = 64


class Certificate(Value):
    """What an X.509 certificate says of itself.

    common_name, issuer_common_name   the first of its kind, as OpenSSL picks it; None where there is none
    not_before, not_after             seconds since the epoch, UTC
    serial                            as signed integer
    dns_names, ip_addresses           of the subject alternative name, in its order

    Names are as the peer wrote them: foreign text, control characters included.
    """

    __slots__ = (  # noqa: RUF023 - the order of repr and of the arguments
        "common_name",
        "issuer_common_name",
        "not_before",
        "not_after",
        "serial",
        "dns_names",
        "ip_addresses",
    )

    common_name: str | None
    issuer_common_name: str | None
    not_before: int
    not_after: int
    serial: int
    dns_names: tuple[str, ...]
    ip_addresses: tuple[str, ...]

    def __init__(
        self,
        *,
        common_name: str | None,
        issuer_common_name: str | None,
        not_before: int,
        not_after: int,
        serial: int,
        dns_names: tuple[str, ...] = (),
        ip_addresses: tuple[str, ...] = (),
    ) -> None:
        set_once = object.__setattr__
        set_once(self, "common_name", common_name)
        set_once(self, "issuer_common_name", issuer_common_name)
        set_once(self, "not_before", not_before)
        set_once(self, "not_after", not_after)
        set_once(self, "serial", serial)
        set_once(self, "dns_names", dns_names)
        set_once(self, "ip_addresses", ip_addresses)


def read(der: bytes) -> Certificate:
    """Read a certificate (RFC 5280, 4.1). Raises ValueError with one sentence for whatever is no such thing.

    Each byte is looked at a few times at most, and no deeper than the structure goes: hostile bytes cost no
    more than honest ones.
    """
    outer = _Reader(der, 0, len(der))
    signed = outer.enter(_SEQUENCE, "the certificate")
    if outer.tag() is not None:
        outer.fail("has something behind its end")
    body = signed.enter(_SEQUENCE, "its signed part")
    if body.tag() == _VERSION:
        body.skip()
    serial = _serial(body.enter(_INTEGER, "its serial number"))
    body.enter(_SEQUENCE, "its signature algorithm")
    issuer = _common_name(body.enter(_SEQUENCE, "its issuer"))
    validity = body.enter(_SEQUENCE, "its validity")
    not_before, not_after = _time(validity), _time(validity)
    subject = _common_name(body.enter(_SEQUENCE, "its subject"))
    dns_names, ip_addresses = _alternative_names(body)
    return Certificate(
        common_name=subject,
        issuer_common_name=issuer,
        not_before=not_before,
        not_after=not_after,
        serial=serial,
        dns_names=dns_names,
        ip_addresses=ip_addresses,
    )


def days_left(not_after: float, now: float) -> float:
    """Days from `now` to `not_after`, both in seconds since the epoch; negative once expired."""
    return (not_after - now) / _SECONDS_A_DAY


class _Reader:
    """A walk over the elements (tag, length, content: X.690, 8.1) between two places of `der`."""

    __slots__ = ("_at", "_der", "_stop")

    def __init__(self, der: bytes, at: int, stop: int) -> None:
        self._der = der
        self._at = at
        self._stop = stop

    def tag(self) -> int | None:
        """Return the next element's tag, or None at the end."""
        return self._der[self._at] if self._at < self._stop else None

    def enter(self, tag: int, what: str) -> _Reader:
        """Step over the next element, which must have this tag, and return a reader of its content."""
        if self.tag() != tag:
            self.fail(f"lacks {what}")
        return self.skip()

    def skip(self) -> _Reader:
        """Step over the next element, whatever it is, and return a reader of its content."""
        start = self._at + 2
        if start > self._stop:
            self.fail("ends too early")
        if self._der[self._at] & _TAG_GOES_ON == _TAG_GOES_ON:
            self.fail("has a tag that no certificate has")
        length = self._der[self._at + 1]
        if length >= _LONG_LENGTH:
            octets = length - _LONG_LENGTH
            if not 1 <= octets <= _LONGEST_LENGTH:  # 0 is the indefinite form, which DER forbids
                self.fail("has a length that no certificate has")
            length = int.from_bytes(self._der[start : start + octets], "big")
            start += octets
        if start + length > self._stop:
            self.fail("ends too early")
        content = _Reader(self._der, start, start + length)
        self._at = start + length
        return content

    def content(self) -> bytes:
        return self._der[self._at : self._stop]

    def fail(self, what: str) -> NoReturn:
        raise ValueError(f"not a readable certificate: it {what} (byte {self._at} of {len(self._der)})")


def _serial(integer: _Reader) -> int:
    octets = integer.content()
    if not 1 <= len(octets) <= _LONGEST_SERIAL:
        integer.fail("has no serial number of a sane length")
    return int.from_bytes(octets, "big", signed=True)


def _common_name(name: _Reader) -> str | None:
    # RFC 5280, 4.1.2.4: a sequence of sets of pairs of a type and a value.
    while name.tag() is not None:
        pairs = name.enter(_SET, "a set in a name")
        while pairs.tag() is not None:
            pair = pairs.enter(_SEQUENCE, "a pair in a name")
            kind = pair.enter(_OID, "a type in a name").content()
            tag = pair.tag()
            value = pair.skip().content()
            if kind == _COMMON_NAME:
                return value.decode(_CHARSETS.get(tag or 0, "utf-8"), "replace")
    return None


def _time(validity: _Reader) -> int:
    # RFC 5280, 4.1.2.5: YYMMDDHHMMSSZ with 50 to 99 in the twentieth century, or YYYYMMDDHHMMSSZ.
    tag = validity.tag()
    field = validity.skip()
    text = field.content()
    if tag == _UTC_TIME:
        text = (b"19" if text[:2] >= b"50" else b"20") + text
    figures = text[:-1]
    in_form = tag in (_UTC_TIME, _GENERALIZED_TIME) and len(text) == len("YYYYMMDDHHMMSSZ")
    if not (in_form and figures.isdigit() and text.endswith(b"Z")):
        field.fail("has a date in an unknown form")
    month, day, hour, minute, second = (int(figures[at : at + 2]) for at in range(4, 14, 2))
    try:
        moment = datetime(int(figures[:4]), month, day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError:
        field.fail("has a date that no calendar has")
    return int(moment.timestamp())


def _alternative_names(body: _Reader) -> tuple[tuple[str, ...], tuple[str, ...]]:
    dns_names: list[str] = []
    ip_addresses: list[str] = []
    while body.tag() is not None:
        if body.tag() != _EXTENSIONS:
            body.skip()
            continue
        extensions = body.skip().enter(_SEQUENCE, "its extensions")
        while extensions.tag() is not None:
            extension = extensions.enter(_SEQUENCE, "an extension")
            kind = extension.enter(_OID, "an extension's type").content()
            if extension.tag() == _BOOLEAN:
                extension.skip()
            value = extension.enter(_OCTET_STRING, "an extension's value")
            if kind == _SUBJECT_ALT_NAME:
                _general_names(value.enter(_SEQUENCE, "its alternative names"), dns_names, ip_addresses)
    return tuple(dns_names), tuple(ip_addresses)


def _general_names(names: _Reader, dns_names: list[str], ip_addresses: list[str]) -> None:
    while names.tag() is not None:
        tag = names.tag()
        content = names.skip().content()
        if tag == _DNS_NAME:
            dns_names.append(content.decode("utf-8", "replace"))
        elif tag == _IP_ADDRESS and len(content) in (4, 16):
            from ipaddress import ip_address

            ip_addresses.append(str(ip_address(content)))
