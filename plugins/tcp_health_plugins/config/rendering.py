# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Templates and definitions → the text of an engine's configuration; nothing else imports jinja2."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tcp_health.quoting import icinga2_value, nagios_value

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"

MARKER = "# Made by tcp_health_config"
"""What the first line of every file begins with: a file that begins otherwise is somebody else's."""

FILES = {
    "nagios": ("tcp_health_command.cfg", "tcp_health_targets.cfg"),
    "icinga2": ("tcp_health_command.conf", "tcp_health_targets.conf"),
}
"""By format: the files, each from the template of its name; a later file may use what an earlier one defines."""

# The names under which Ansible knows the same functions, so that one template serves both.
FILTERS = {
    "tcp_health.monitoring.icinga2_value": icinga2_value,
    "tcp_health.monitoring.nagios_value": nagios_value,
}


def render(style: str, context: Mapping[str, object]) -> dict[str, str]:
    """The texts of a format's files by their names; ``context`` is what the templates may use."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / style),
        autoescape=False,  # noqa: S701 - no HTML: each value goes through its engine's own filter
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(FILTERS)
    return {name: environment.get_template(f"{name}.j2").render(context) for name in FILES[style]}
