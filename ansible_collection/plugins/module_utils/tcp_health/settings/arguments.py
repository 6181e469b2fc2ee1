# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Read the arguments of an Ansible task or a Python call, and make Ansible's argument_spec from the table."""

from __future__ import annotations

from ..model.verdict import STATES
from .readers import Given
from .table import SETTINGS, SettingError

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from .table import Setting

# Numbers with a unit are "str", so that 500ms is accepted like 0.5. A repeatable setting is "raw": Ansible's "list"
# splits a single string at its commas, and an answer could then match a part of the expected text. Words and texts are
# "raw", too: Ansible's "str" converts a list to its Python form, with brackets, and the check would send that.
TYPES = {
    "text": "raw",
    "bytes": "raw",
    "words": "raw",
    "fingerprint": "raw",
    "helo": "str",
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

JOINED = frozenset({"words", "ports", "days"})
"""Kinds whose text is a comma-separated list, so that a list may be given instead."""


def offered() -> Iterator[Setting]:
    """Return the settings that a task or a Python call can have, in the table's order."""
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
        found["no_log"] = (
            False  # a path; without this, Ansible warns because its name looks like that of a secret
        )
    return found


def _default(setting: Setting) -> Any:
    """Return a default as a task writes it, or None if the setting has no default."""
    if setting.default is None or setting.name in DEPENDENT:
        return None
    if setting.kind == "state":
        return STATES[setting.default].lower()
    if setting.kind != "seconds":
        return setting.default
    # A default below the least value means "off". No task can give this value.
    return f"{setting.default:g}s" if setting.default >= setting.least else None


def refuse_unknown(names: Iterable[str]) -> None:
    """Raise SettingError for the first name that is not an offered setting."""
    known = [setting.name for setting in offered()]
    for name in names:
        if name in known:
            continue
        from .mistakes import unknown_setting  # only a wrong name needs it

        raise SettingError(name, unknown_setting(name, "ansible", ("host",)))


def values(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values for settings.build from AnsibleModule.params, or from the arguments of a Python call.

    Arguments are read like the options of the command line, in the table's order. None means absent, and other names
    are ignored. Raises SettingError.
    """
    given = Given()
    for setting in offered():
        argument = arguments.get(setting.name)
        if argument is not None:
            for text in texts_of(setting, argument):
                given.put(setting, text)
    given.expand_url()
    return given.values


def texts_of(setting: Setting, argument: Any) -> list[str]:
    """Return the texts of a value as Python, JSON or YAML has it. Raises SettingError."""
    joined = setting.kind in JOINED
    if not isinstance(argument, (list, tuple)):
        return [_text(setting, argument)]
    if not (setting.repeatable or joined):
        loop = ": write a loop for several hosts" if setting.name == "host" else ""
        raise SettingError(
            setting.name, f"invalid value {argument!r:.80}: must be one value, not a list{loop}"
        )
    several = [_text(setting, each) for each in argument]
    return several if setting.repeatable or not several else [",".join(several)]


def _text(setting: Setting, argument: Any) -> str:
    if hasattr(argument, "__fspath__"):
        argument = argument.__fspath__()
    if isinstance(argument, bytes) and setting.kind == "bytes":
        return argument.decode("utf-8", "surrogateescape")  # the reader converts it to the same bytes
    if isinstance(argument, bool):
        # YAML reads an unquoted yes as true. For a text, its original form is lost.
        if setting.kind == "flag":
            return "yes" if argument else "no"
    elif isinstance(argument, float):
        text = str(argument)
        return f"{argument:.12f}" if "e" in text else text  # the readers do not accept an exponent
    elif isinstance(argument, (str, int)):
        return str(argument)
    several = " or a list of strings" if setting.repeatable or setting.kind in JOINED else ""
    raise SettingError(setting.name, f"invalid value {argument!r:.40}: must be a string{several}")
