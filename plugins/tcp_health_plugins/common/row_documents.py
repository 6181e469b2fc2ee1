# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find the rows in JSON and YAML documents, and in an Ansible inventory."""

from __future__ import annotations

import re

from tcp_health.model.target import is_literal
from tcp_health.settings.rows import WrongRow
from tcp_health.text.files import FileError

from .json_text import DocumentError, Names, json_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tcp_health.settings.rows import Item

# The variables of an inventory.
CHECKS = "tcp_health_checks"
DEFAULTS = "tcp_health_defaults"

_PARTS = ("defaults", "groups", "targets")
_PLAIN = re.compile(r"[\w.:-]{1,255}")

# Ansible's form of a text that is marked as unsafe.
_UNSAFE = "__ansible_unsafe"


def items_of(kind: str, source: str, text: str) -> Iterator[Item]:
    """Yield the sections and rows of a document. Raises FileError if a library is missing.

    kind     json, yaml or inventory
    source   the name of the source
    """
    if kind == "yaml":
        try:
            from .yaml_text import yaml_of
        except ModuleNotFoundError as error:
            reason = f"the Python package {error.name} is missing: install PyYAML (Debian and Fedora: python3-yaml)"
            raise FileError(source, reason) from None
        read = yaml_of
    else:
        read = json_of
    try:
        document = read(text)
    except DocumentError as error:
        yield WrongRow(error.line, "", str(error))
        return
    yield from (_inventory if kind == "inventory" else _parts)(document)


def checked(place: str, given: object, beside: Mapping[str, object] | None = None) -> Item:
    """Return a row, or a section, if its names are unique. beside: the values of names that it does not have."""
    if not isinstance(given, Names):
        return place, given
    row = {**beside, **given} if beside else given
    host = str(row.get("host"))
    section = host if host[:1] == "[" else ""
    for name in given.twice:
        return WrongRow(place, name, "given twice", section)
    for name, value in given.items():
        if isinstance(value, Names) and value.twice:
            return WrongRow(place, name, "a name is given twice", section)
    return place, row


def _parts(document: object) -> Iterator[Item]:
    """Yield the defaults, the groups, the rows, and then the rows of each group."""
    if isinstance(document, list):
        yield from _rows("", document, None)
        return
    if not isinstance(document, Names):
        yield WrongRow(
            "", "", "invalid document: must be a list of targets, or have targets, groups and defaults"
        )
        return
    for name in document:
        if name not in _PARTS:
            inventory = ": an Ansible inventory needs --input-format inventory" if name == "_meta" else ""
            # It may be mistyped, and the rows would run without it.
            yield WrongRow(
                "",
                "",
                f"invalid document: must only have {', '.join(_PARTS)}{inventory}",
                "[defaults]",
            )
    for name in document.twice & set(_PARTS):
        yield WrongRow(name, "", "given twice", "[defaults]")
    defaults = document.get("defaults")
    if defaults is not None:
        yield _section("defaults", defaults, "[defaults]")
    groups = document.get("groups")
    if groups is None:
        groups = Names()
    elif not isinstance(groups, Names):
        yield WrongRow("groups", "", "invalid groups: must be names with settings and targets", "[defaults]")
        groups = Names()
    members: list[tuple[str, str, object]] = []
    for number, (name, group) in enumerate(groups.items()):
        place = f"groups.{name}" if _PLAIN.fullmatch(name) else f"groups[{number}]"
        settings = group
        if isinstance(group, Names):
            settings = Names({key: value for key, value in group.items() if key != "targets"})
            settings.twice = group.twice
            members.append((f"{place}.targets", name, group.get("targets")))
        if name in groups.twice:
            yield WrongRow(place, "", "given twice", f"[group {name}]")
        else:
            yield _section(place, settings, f"[group {name}]")
    yield from _rows("targets", document.get("targets"), None)
    for place, name, targets in members:
        yield from _rows(place, targets, name)


def _section(place: str, settings: object, host: str) -> Item:
    if settings is None:
        settings = Names()
    if not isinstance(settings, Names):
        return WrongRow(place, "", "invalid section: must be names with values", host)
    if "host" in settings:
        return WrongRow(place, "host", "not accepted in a section: each row has its own", host)
    return checked(place, settings, {"host": host})


def _rows(place: str, targets: object, group: str | None) -> Iterator[Item]:
    if targets is None:
        return
    if not isinstance(targets, list):
        yield WrongRow(place, "", "invalid targets: must be a list")
        return
    for number, target in enumerate(targets):
        row = Names(host=target) if isinstance(target, str) else target
        # A row outside of all groups is outside of the section before it, too.
        yield checked(f"{place}[{number}]", row, {"group": group})


def _inventory(document: object) -> Iterator[Item]:
    """Yield the checks of each host in what ``ansible-inventory --list`` prints."""
    meta = document.get("_meta") if isinstance(document, Names) else None
    variables = meta.get("hostvars") if isinstance(meta, Names) else None
    if not isinstance(document, Names) or not isinstance(variables, Names):
        yield WrongRow("", "", "invalid inventory: must be what ansible-inventory --list prints")
        return
    for name, group in document.items():
        of_group = group.get("vars") if isinstance(group, Names) else None
        if isinstance(of_group, Names) and (CHECKS in of_group or DEFAULTS in of_group):
            yield WrongRow(f"{name}.vars", "", "printed with --export: must be printed without it")
    for name, of_host in variables.items():
        if isinstance(of_host, Names) and of_host.get(CHECKS) is not None:
            yield from _checks_of(name, of_host)


def _checks_of(name: str, variables: Names) -> Iterator[Item]:
    place = f"{name}.{CHECKS}"
    checks = variables[CHECKS]
    if not isinstance(checks, list):
        yield WrongRow(place, "", "invalid checks: must be a list")
        return
    group = None
    if variables.get(DEFAULTS) is not None:
        group = name
        section = _section(f"{name}.{DEFAULTS}", _plain(variables[DEFAULTS]), f"[group {name}]")
        yield _expanded(section)
    for number, check in enumerate(checks):
        row = _plain(check)
        if isinstance(row, str):
            row = Names(host=row)
        beside: dict[str, object] = {"group": group, "host_name": name}
        if isinstance(row, Names) and row.get("host") is None:
            row.pop("host", None)
            beside.update(_target(name, _plain(variables.get("ansible_host"))))
        yield _expanded(checked(f"{place}[{number}]", row, beside))


def _target(name: str, address: object) -> dict[str, object]:
    """Return the host of a check that names none: the host of the inventory, at the address that Ansible uses."""
    if not isinstance(address, str) or address == name:
        return {"host": name}
    return {"host": name, "address": address} if is_literal(address) else {"host": address}


def _plain(value: object) -> object:
    """Return a value without Ansible's mark of an unsafe text."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, Names):
        return value
    if value.keys() == {_UNSAFE}:
        return Unsafe(str(value[_UNSAFE]))
    names = Names((name, _plain(each)) for name, each in value.items())
    names.twice = value.twice
    return names


class Unsafe(str):
    """A text that Ansible does not expand."""

    __slots__ = ()


def _expanded(item: Item) -> Item:
    """Return an item, or a wrong row if Ansible would expand one of its texts: ansible-inventory does not."""
    if isinstance(item, WrongRow) or not isinstance(item[1], dict):
        return item
    place = item[0]
    row: dict[str, object] = item[1]
    for name, value in row.items():
        texts = value if isinstance(value, list) else value.values() if isinstance(value, Names) else [value]
        if any(isinstance(each, str) and not isinstance(each, Unsafe) and "{{" in each for each in texts):
            host = str(row["host"])
            sentence = "invalid value: a template, which ansible-inventory does not expand"
            return WrongRow(place, name, sentence, host if host[:1] == "[" else "")
    return item
