# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Turn rows of targets into the hosts and services of an engine's configuration."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tcp_health.settings.readers import TRUE
from tcp_health.settings.rows import WrongRow, position
from tcp_health.settings.table import SETTINGS, TABLE
from tcp_health.text.quoting import nagios_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcp_health.settings.rows import Row
    from tcp_health.settings.table import Setting

# The characters that Nagios rejects in names (the default of illegal_object_name_chars), those that begin a comment or
# continue a line there, and the ! that Icinga puts between host and service. One rule, so that a file suits both.
_FORBIDDEN = "`~!$%^&*\"|'<>?,()=;\\"

# Users' own commands get the address through $HOSTADDRESS$, so it has no character special to a shell, and no leading
# dash that would make it an option.
_ADDRESS = re.compile(r"[\w:][\w.:%-]*")

# Nagios copies an argument into a buffer of 8,192 bytes and cuts off the rest silently (base/checks.c).
NAGIOS_ARGUMENT = 8191

ENGINE_TIMEOUT = 60
"""Seconds after which both engines kill a check by default."""

# Seconds added to the check's own timeout, for the start of Python on a busy host.
_GRACE = 10

# Settings that are useless in a service definition: they print no check result, or have no effect.
_NO_ARGUMENTS = {
    *("help", "help_all", "list_services", "version", "output"),
    *("critical_codes", "warning_codes", "protocol"),
}


COMMON = (
    *("host", "port", "family", "service", "timeout", "retries", "retry_delay", "escape", "send", "expect"),
    *("tls", "starttls", "ca_file", "verify_name", "warning_time", "critical_time"),
    *("warning_certificate_days", "critical_certificate_days", "on_refused", "on_mismatch"),
)
"""The settings that most services need. Icinga's CheckCommand with these alone fits on two screens."""


@dataclass(frozen=True)
class Host:
    """A host object: its name, the first name or IPv4 address of its rows, and the first IPv6 address ("" if missing)."""

    name: str
    address: str
    address6: str


@dataclass(frozen=True)
class Service:
    """A service object.

    words          the plugin's arguments
    variables      the same as pairs (name of the setting, value); the values of a repeatable setting are a list
    seconds        the timeout of the check itself
    check_timeout  Icinga's timeout for the service in seconds, or None when its default is long enough
    """

    host_name: str
    name: str
    words: list[str]
    variables: list[tuple[str, Any]]
    seconds: float
    check_timeout: int | None


def name_error(text: str) -> str:
    """Return why a text cannot be the name of an object in both engines, or ""."""
    for character in text:
        if character in _FORBIDDEN or not character.isprintable():
            return f"invalid name {text[:80]!r}: must not contain {character!a}"
    if not text or text != text.strip() or text[0] == "+" or text == "null":
        return f"invalid name {text[:80]!r}: must not be empty or null, begin with + or a space, or end with a space"
    return ""


def icinga2_settings(*, common: bool = False) -> list[Setting]:
    """Return the settings that are arguments of Icinga's CheckCommand, all or the common ones, in the table's order."""
    found = [each for each in SETTINGS if "plugin" in each.edges and each.name not in _NO_ARGUMENTS]
    return [each for each in found if each.name in COMMON] if common else found


def services(rows: Iterable[Row], style: str) -> tuple[list[Service], list[WrongRow]]:
    """Return the services of ``rows`` in their order, and the errors of rows that cannot be a service."""
    found = []
    errors = []
    places: dict[tuple[str, str], str] = {}  # by the names of host and service
    for row in rows:
        error = _service_error(row, places, style)
        if error is not None:
            errors.append(error)
            continue
        places[row.host_name, row.name] = row.place
        found.append(_service(row))
    return found, errors


def hosts(rows: Iterable[Row]) -> tuple[list[Host], list[WrongRow]]:
    """Return the hosts of ``rows`` in the order of their first rows, and the errors of rows with an invalid address."""
    addresses: dict[str, dict[bool, str]] = {}  # by host, then by whether it is an IPv6 address
    errors = []
    for row in rows:
        target = row.check.probe.target
        address = target.address or target.host or "127.0.0.1"
        if not _ADDRESS.fullmatch(address) or address == "null":
            name = "address" if target.address else "host"
            sentence = f"invalid address {address[:80]!r}: must be a host name or an IP address"
            errors.append(WrongRow(row.place, name, sentence))
            continue
        addresses.setdefault(row.host_name, {}).setdefault(":" in address, address)
    return [
        Host(name, known.get(False, ""), known.get(True, "")) for name, known in addresses.items()
    ], errors


def _service_error(row: Row, places: dict[tuple[str, str], str], style: str) -> WrongRow | None:
    for key, text in (("host_name", row.host_name), ("name", row.name)):
        sentence = name_error(text)
        if sentence:
            return WrongRow(row.place, key, f"{sentence}; set another name with {key}=")
    earlier = places.get((row.host_name, row.name))
    if earlier is not None:
        return WrongRow(
            row.place,
            "name",
            f"duplicate service {row.name!r} of host {row.host_name!r}, first in {position(earlier)};"
            " set another name with name=",
        )
    if style == "nagios":
        length = len(" ".join(map(nagios_value, row.words())).encode())
        if length > NAGIOS_ARGUMENT:
            return WrongRow(
                row.place,
                "",
                f"the settings are too long: {length} bytes, and Nagios takes at most {NAGIOS_ARGUMENT}",
            )
    return None


def _service(row: Row) -> Service:
    check = row.check
    limit = check.probe.recipe.timeout if check.options.wait is None else check.options.wait
    needed = math.ceil(limit) + _GRACE
    return Service(
        row.host_name,
        row.name,
        row.words(),
        _variables(row),
        limit,
        needed if needed > ENGINE_TIMEOUT else None,
    )


def _variables(row: Row) -> list[tuple[str, Any]]:
    values: dict[str, Any] = {}
    for name, text in row.texts:
        setting = TABLE[name]
        if setting.repeatable:
            values.setdefault(name, []).append(text)
        elif not setting.takes_value:
            values[name] = text.lower() in TRUE
        elif setting.kind in {"port", "integer"}:
            values[name] = int(text)
        else:
            values[name] = text
    return list(values.items())
