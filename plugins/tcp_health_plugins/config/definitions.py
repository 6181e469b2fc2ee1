# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows of targets → the hosts and services that an engine's configuration defines."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tcp_health.quoting import nagios_value
from tcp_health.settings import SETTINGS, TABLE
from tcp_health.targets import WrongRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcp_health.settings import Setting
    from tcp_health.targets import Row

# What Nagios refuses in names (illegal_object_name_chars as it is delivered), what begins a comment or continues
# a line there, and Icinga's ! between host and service: one rule, so that a file of targets serves both.
_FORBIDDEN = "`~!$%^&*\"|'<>?,()=;\\"

# An address goes to other people's commands through $HOSTADDRESS$, so nothing that a shell or an option reads.
_ADDRESS = re.compile(r"[\w:][\w.:%-]*")

# Nagios copies an argument into a buffer of 8,192 bytes and drops the rest without a word (base/checks.c).
NAGIOS_ARGUMENT = 8191

ENGINE_TIMEOUT = 60
"""Seconds after which both engines end a check, as they are delivered."""

# What an engine grants beyond the check's own limit: starting Python, and a busy machine.
_GRACE = 10

# Not for a service definition: they print something else than a result, or do nothing at all.
_NO_ARGUMENTS = {"help", "help_all", "version", "output", "critical_codes", "warning_codes", "protocol"}


@dataclass(frozen=True)
class Host:
    """A host object: its name, and the first address of each kind that a row names ("" for none)."""

    name: str
    address: str
    address6: str


@dataclass(frozen=True)
class Service:
    """A service object.

    words          the plugin's command line
    variables      the same as (setting's name, value), a repeatable setting's values as a list
    seconds        how long the check may take by its own settings
    check_timeout  what Icinga has to allow, where that is more than it does by itself; else None
    """

    host_name: str
    name: str
    words: list[str]
    variables: list[tuple[str, Any]]
    seconds: float
    check_timeout: int | None


def wrong_name(text: str) -> str:
    """What is wrong with a name of an object, as half a sentence; "" when nothing is."""
    for character in text:
        if character in _FORBIDDEN or not character.isprintable():
            return f"a name in Nagios and Icinga cannot hold {character!a}"
    if not text or text != text.strip() or text[0] == "+" or text == "null":
        return f"no object of Nagios can be called {text!r}"
    return ""


def icinga2_settings() -> list[Setting]:
    """The settings that Icinga's CheckCommand has an argument for, in the table's order."""
    return [each for each in SETTINGS if "plugin" in each.edges and each.name not in _NO_ARGUMENTS]


def services(rows: Iterable[Row], style: str) -> tuple[list[Service], list[WrongRow]]:
    """The services of ``rows`` in their order, and the rows that cannot be one."""
    found = []
    wrong = []
    taken: dict[tuple[str, str], int] = {}
    for row in rows:
        problem = _problem(row, taken, style)
        if problem is not None:
            wrong.append(problem)
            continue
        taken[row.host_name, row.name] = row.line
        found.append(_service(row))
    return found, wrong


def hosts(rows: Iterable[Row]) -> tuple[list[Host], list[WrongRow]]:
    """The hosts of ``rows`` in the order of their first rows, and the rows whose address cannot be a host's."""
    addresses: dict[str, dict[bool, str]] = {}
    wrong = []
    for row in rows:
        target = row.check.probe.target
        address = target.address or target.host or "127.0.0.1"
        if not _ADDRESS.fullmatch(address) or address == "null":
            name = "address" if target.address else "host"
            wrong.append(WrongRow(row.line, name, f"no host object can have the address {address[:80]!r}"))
            continue
        addresses.setdefault(row.host_name, {}).setdefault(":" in address, address)
    return [Host(name, known.get(False, ""), known.get(True, "")) for name, known in addresses.items()], wrong


def _problem(row: Row, taken: dict[tuple[str, str], int], style: str) -> WrongRow | None:
    for key, text in (("host_name", row.host_name), ("name", row.name)):
        sentence = wrong_name(text)
        if sentence:
            return WrongRow(row.line, key, f"{sentence}; give another one by {key}=")
    earlier = taken.get((row.host_name, row.name))
    if earlier is not None:
        return WrongRow(
            row.line,
            "name",
            f"line {earlier} is {row.name!r} of {row.host_name} already; give another one by name=",
        )
    if style == "nagios":
        length = len(" ".join(map(nagios_value, row.words())).encode())
        if length > NAGIOS_ARGUMENT:
            return WrongRow(
                row.line,
                "",
                f"its settings come to {length} bytes, and Nagios takes {NAGIOS_ARGUMENT} at most",
            )
    return None


def _service(row: Row) -> Service:
    check = row.check
    limit = check.probe.recipe.timeout if check.wait is None else check.wait
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
            values[name] = row.check.values[name]
        elif setting.kind in {"port", "integer"}:
            values[name] = int(text)
        else:
            values[name] = text
    return list(values.items())
