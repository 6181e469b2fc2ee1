# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Render the templates of an engine's configuration; the only module that imports jinja2."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tcp_health.text.quoting import icinga2_value, nagios_value

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"

MARKER = "# Made by tcp_health_config"
"""The beginning of the first line of every file. A file without it was not written by this program."""

ORIGIN = "# List: "
"""The beginning of the second line of the file of a list without --name; the place of the list follows."""

FILES = {
    "nagios": ("tcp_health_command.cfg", "tcp_health_targets.cfg"),
    "icinga2": ("tcp_health_command.conf", "tcp_health_targets.conf"),
}
"""The templates of each format. The objects of the second may use the definitions of the first."""

_HEAD = f"{MARKER} render; changes made here are lost when it runs again."
_HEAD_OF_COPY = "# The command of check_tcp_health, as tcp_health_config command prints it."

# Ansible has the same filters under these names, so that the templates work in both.
FILTERS = {
    "tcp_health.monitoring.icinga2_value": icinga2_value,
    "tcp_health.monitoring.nagios_value": nagios_value,
}


def render(style: str, name: str, context: Mapping[str, object], origin: str = "") -> dict[str, str]:
    """Return the texts of a format's files by file name.

    name      that of the list
    context   for the templates
    origin    the place of the list, or ""
    """
    command, targets = FILES[style]
    first, _, rest = _rendered(style, targets, context).partition("\n")
    place = f"{ORIGIN}{origin}\n" if origin else ""
    return {
        command: _rendered(style, command, {**context, "head": _HEAD}),
        targets.replace("targets", name): f"{first}\n{place}{rest}",
    }


def render_command(style: str, context: Mapping[str, object]) -> str:
    """Return the definition of a format's command alone, for a user's own configuration."""
    return _rendered(style, FILES[style][0], {**context, "head": _HEAD_OF_COPY})


def _rendered(style: str, template: str, context: Mapping[str, object]) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / style),
        autoescape=False,  # noqa: S701 - not HTML: the templates quote each value with the engine's filter
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(FILTERS)
    return environment.get_template(f"{template}.j2").render(context)
