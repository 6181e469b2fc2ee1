# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Word the reason why a name is no setting of a row, a task or a Python call. Only an error loads this module."""

from __future__ import annotations

from ..text.nearest import did_you_mean, nearest
from .table import SETTINGS, TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# The attributes of a service of Nagios or Icinga that users write next to a target. None of them is part of a check.
OF_THE_ENGINE = frozenset(
    (
        "check_command", "check_interval", "check_period", "contact_groups", "contacts", "enable_notifications", "groups",
        "hostgroups", "max_check_attempts", "normal_check_interval", "notes", "notes_url", "notification_interval",
        "notification_options", "notification_period", "notifications_enabled", "retry_check_interval", "retry_interval",
        "servicegroups", "use",
    )
)  # fmt: skip

NOT_OF_THE_CHECK = "a setting of Nagios and Icinga, not of the check: set it in the template of the service"


def unknown_setting(name: str, edge: str, others: Iterable[str] = ()) -> str:
    """Return why an interface does not accept a name, without the name itself.

    edge     the interface: a word of Setting.edges
    others   names that it accepts besides the settings
    """
    if name in TABLE:
        return "available on the command line only"
    if name in OF_THE_ENGINE:
        return NOT_OF_THE_CHECK
    return f"unknown setting{did_you_mean(_meant(name, edge, others))}"


def _meant(name: str, edge: str, others: Iterable[str]) -> str:
    """Return the setting that was probably meant, as it is written there: by its name, or by one of its options."""
    known = {}
    for setting in SETTINGS:
        if edge in setting.edges and setting.name != "host":
            constants = dict(setting.constants)
            for flag in setting.flags:
                value = constants.get(flag)
                known[_bare(flag)] = setting.name if value is None else f"{setting.name}={value}"
    known.update((each, each) for each in others)
    bare = _bare(name)
    # -w and -W are different options, so a single letter is compared as it was written.
    return known.get(name.lstrip("-")) or known.get(
        nearest(bare, (each for each in known if len(each) > 1)), ""
    )


def _bare(word: str) -> str:
    bare = word.lstrip("-").replace("-", "_")
    return bare.lower() if len(bare) > 1 else bare
