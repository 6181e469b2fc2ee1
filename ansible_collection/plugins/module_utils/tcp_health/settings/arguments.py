# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Convert the table of settings to Ansible's argument_spec, and a task's arguments to values."""

from __future__ import annotations

from ..model.verdict import STATES
from .error import SettingError
from .readers import Given
from .table import SETTINGS

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .table import Setting

# Numbers with a unit are "str", so that 500ms is accepted like 0.5. A repeatable setting is "raw": Ansible's "list"
# splits a single string at its commas, and an answer could then match a part of the expected text. Words are "raw",
# too: Ansible's "str" converts a list to its Python form, with brackets.
TYPES = {
    "text": "str",
    "bytes": "str",
    "words": "raw",
    "fingerprint": "raw",
    "integer": "int",
    "port": "int",
    "ports": "str",
    "seconds": "str",
    "number": "float",
    "timeout": "str",
    "choice": "str",
    "state": "str",
    "range": "str",
    "days": "str",
    "flag": "bool",
}
"""Ansible's type for each kind of setting."""

ALIASES = {"warning_time": ("warning",), "critical_time": ("critical",)}
"""Shorter names, the same as on the command line."""

DEPENDENT = frozenset({"network", "timeout"})
"""Settings whose default depends on others (service, count). An explicit default would override that."""


def offered() -> Iterator[Setting]:
    """Return the settings that a task can have, in the table's order."""
    return (setting for setting in SETTINGS if "ansible" in setting.edges)


def argument_spec() -> dict[str, dict[str, Any]]:
    """Return the argument_spec for AnsibleModule."""
    return {setting.name: specification(setting) for setting in offered()}


def specification(setting: Setting) -> dict[str, Any]:
    """Return the argument_spec of one setting; absent keys have Ansible's default."""
    found: dict[str, Any] = {"type": "raw" if setting.repeatable else TYPES[setting.kind]}
    if setting.kind == "choice":
        found["choices"] = list(setting.choices)
    elif setting.kind == "state":
        found["choices"] = [state.lower() for state in STATES.values()]
    default = _default(setting)
    if default is not None:
        found["default"] = default
    if setting.name in ALIASES:
        found["aliases"] = list(ALIASES[setting.name])
    if setting.secret:
        found["no_log"] = True
    elif setting.name.endswith(("_key", "_password_file")):
        found["no_log"] = False  # a path; without this, Ansible warns that its name looks like a secret's
    return found


def _default(setting: Setting) -> Any:
    """Return a default as a task writes it, or None if the setting has no default."""
    if setting.default is None or setting.name in DEPENDENT:
        return None
    if setting.kind == "state":
        return STATES[setting.default].lower()
    if setting.kind != "seconds":
        return setting.default
    # A default below the least value means "off". A task cannot write it.
    return f"{setting.default:g}s" if setting.default >= setting.least else None


def values(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values for ``build`` of a task's arguments (AnsibleModule.params). Raises SettingError.

    The arguments are read like options of the command line, in the table's order. None means absent.
    """
    given = Given()
    for setting in offered():
        argument = arguments.get(setting.name)
        if argument is not None:
            for text in _texts(setting, argument):
                given.put(setting, text)
    return given.values


def _texts(setting: Setting, argument: Any) -> list[str]:
    if not isinstance(argument, list) or not (setting.repeatable or setting.kind == "words"):
        return [_text(setting, argument)]
    several = [_text(setting, each) for each in argument]
    return several if setting.repeatable or not several else [",".join(several)]


def _text(setting: Setting, argument: Any) -> str:
    if setting.kind == "flag":
        return "yes" if argument else "no"
    # YAML reads an unquoted yes as true. The text "True" is not what the user wrote.
    if isinstance(argument, (str, int, float)) and not isinstance(argument, bool):
        return str(argument)
    raise SettingError(setting.name, f"invalid value {argument!r:.40}: must be a string or a list of strings")
