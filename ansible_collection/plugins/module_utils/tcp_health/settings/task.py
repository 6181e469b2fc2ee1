# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The settings that only an Ansible task has, as a table, and the argument_spec of the module."""

from __future__ import annotations

import re

from ..model.verdict import PORT_STATES
from .arguments import offered, specification
from .readers import read
from .table import ABOVE_ZERO, TABLE, TARGET, TIME, VERDICT, Setting, SettingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

TASK = ("task",)
DRAINED = "drained"
FAIL_ON = ("critical", "unknown", "warning", "never")

SETTINGS = (
    Setting("state", "choice", "state of the port that the task requires", choices=(*PORT_STATES, DRAINED), default="open",
            edges=TASK, since="0.2.0", group=TARGET),
    Setting("exclude_hosts", "words", "hosts whose connections do not count", metavar="IP,IP", edges=TASK, since="0.2.0", group=TARGET),
    Setting("wait_delay", "seconds", "pause before the first check", unit="s", least=ABOVE_ZERO, edges=TASK, since="0.2.0", group=TIME),
    Setting("fail_on", "choice", "states that fail the task", choices=FAIL_ON, default="unknown", edges=TASK, since="0.2.0", group=VERDICT),
    Setting("detail", "choice", "how much is returned for each check", choices=("brief", "full"), default="brief",
            edges=TASK, since="0.2.0", group=VERDICT),
    Setting("msg", "text", "message of the task if it fails", edges=TASK, since="0.2.0", group=VERDICT),
)  # fmt: skip
"""The table, without the options that are no text: targets, groups and secrets."""

ALIASES = {"state": "expect_state", "wait_interval": "sleep", "wait_delay": "delay"}
"""The names that wait_for, the command line or a row has for an option of the module."""

OWN_DEFAULTS = {"on_mismatch": "critical", "host": None}
"""Defaults of the module that are not those of the table: a task must not be ok if the wanted text does not come."""

_GROUP = re.compile(r"[\w.:-]{1,255}")
# An option of the command line in a sentence; of expect_state with its value.
_FLAG = re.compile(r"--([a-z][a-z-]*[a-z])(?:(?<=expect-state) ([\w-]+))?")

FOR_DRAINED = frozenset(("host", "port", "wait", "wait_interval", "consecutive"))
"""The settings of a check that also have an effect with the state ``drained``."""


def argument_spec() -> dict[str, dict[str, Any]]:
    """Return the argument_spec for AnsibleModule."""
    spec: dict[str, dict[str, Any]] = {
        "targets": {"type": "list", "elements": "raw"},
        "groups": {"type": "dict"},
        "secrets": {"type": "dict", "no_log": True},
    }
    for setting in (*offered(), *SETTINGS):
        if setting.name != "expect_state":
            spec[setting.name] = task_specification(setting)
    return spec


def task_specification(setting: Setting) -> dict[str, Any]:
    """Return the argument_spec of one setting in a task."""
    found = specification(setting)
    if setting.name in OWN_DEFAULTS:
        default = OWN_DEFAULTS[setting.name]
        found.pop("default", None)
        if default is not None:
            found["default"] = default
    if setting.name in ALIASES:
        found["aliases"] = [*found.get("aliases", ()), ALIASES[setting.name]]
    if setting.name == "exclude_hosts":
        found.update(type="list", elements="str")
    return found


class Task:
    """The arguments of a task.

    own      the values of the settings in this table, by name
    shared   the arguments for every check, as ``settings.arguments.values`` takes them, without defaults
    targets  the rows of ``targets``, or None
    groups   the settings of each group of rows
    """

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self.own = {setting.name: _own(setting, arguments.get(setting.name)) for setting in SETTINGS}
        self.targets: list[Any] | None = arguments.get("targets")
        self.groups: dict[str, Any] = arguments.get("groups") or {}
        self.shared: dict[str, Any] = {}
        for setting in offered():
            argument = arguments.get(setting.name)
            # The defaults of argument_spec: a setting that is not given can have another value with a service.
            default = None if setting.name in OWN_DEFAULTS else specification(setting).get("default")
            if argument is not None and argument != default:
                self.shared[setting.name] = argument
        if self.own["state"] not in ("open", DRAINED):
            self.shared["expect_state"] = self.own["state"]
        self._refuse()

    def _refuse(self) -> None:
        """Raise SettingError for arguments that exclude each other."""
        for name, each in self.groups.items():
            if not _GROUP.fullmatch(str(name)) or not isinstance(each, dict) or "host" in each:
                raise SettingError(
                    "groups",
                    f"invalid group {str(name)[:40]!r}: must be a name with settings, without a host",
                )
        if self.groups and self.targets is None:
            raise SettingError("groups", "requires targets")
        if self.targets is not None:
            if "host" in self.shared:
                raise SettingError("host", "cannot be given with targets: each target has its own")
            if not self.targets:
                raise SettingError("targets", "invalid list []: must not be empty")
        drained = self.own["state"] == DRAINED
        if not drained:
            if self.own["exclude_hosts"]:
                raise SettingError("exclude_hosts", "requires state: drained")
            return
        if self.targets is not None:
            raise SettingError("targets", "cannot be given with state: drained, which is about this host")
        for name in self.shared:
            if name not in FOR_DRAINED and name != "on_mismatch":
                raise SettingError(name, "has no effect with state: drained")
        if "port" not in self.shared:
            raise SettingError("port", "missing: state: drained requires the port of this host")


def option_name(name: str) -> str:
    """Return the module's name of a setting."""
    return "state" if name == "expect_state" else name


def worded(sentence: str) -> str:
    """Return a sentence with the module's options in place of those of the command line."""
    return _FLAG.sub(_as_option, sentence)


def _as_option(match: re.Match[str]) -> str:
    name = match[1].replace("-", "_")
    if name not in TABLE:
        return match[0]
    return f"{option_name(name)}: {match[2]}" if match[2] else option_name(name)


def _own(setting: Setting, argument: Any) -> Any:
    """Return the value of an argument of this table."""
    if argument is None:
        return setting.default
    if isinstance(argument, (list, tuple)):
        return tuple(str(each) for each in argument)
    if isinstance(argument, (dict, bool)):
        raise SettingError(setting.name, f"invalid value {argument!r:.40}: must be a string")
    return read(setting, str(argument))


def environment(secrets: Any) -> dict[str, str]:
    """Return the variables of ``secrets``. Raises SettingError, which never shows a value."""
    found = {}
    for name, value in (secrets or {}).items():
        if not isinstance(name, str) or not name.isidentifier():
            raise SettingError(
                "secrets", f"invalid name {name!r:.40}: must be letters, digits and underscores"
            )
        if not isinstance(value, (str, int)) or isinstance(value, bool) or "\0" in str(value):
            raise SettingError("secrets", f"invalid value of {name[:40]}: must be a string")
        found[name] = str(value)
    return found
