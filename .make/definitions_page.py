# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write docs/definitions.md's copies of the files in docs/definitions, and Icinga's CheckCommand among these files."""

from __future__ import annotations

import re
from pathlib import Path

from tcp_health_plugins.config.definitions import icinga2_settings

FOLDER = Path(__file__).resolve().parent.parent / "docs/definitions"
COMMAND = "icinga2/tcp_health_command.conf"

_BLOCK = re.compile(r"<!-- the file (\S+): make generate -->\n.*?<!-- end of the file -->\n", re.DOTALL)


def command(present: str = "") -> str:  # noqa: ARG001 - other files keep a part of their text
    """Return Icinga's CheckCommand with the common settings."""
    from tcp_health_plugins.config.rendering import render_command

    context = {"plugin_dir": "PluginDir", "settings": icinga2_settings(common=True)}
    return render_command("icinga2", context)


def write_into(present: str) -> str:
    """Return the page with a new copy of each file that it shows."""

    def copied(match: re.Match[str]) -> str:
        name = match.group(1)
        text = command() if name == COMMAND else (FOLDER / name).read_text(encoding="utf-8")
        head, tail = f"<!-- the file {name}: make generate -->", "<!-- end of the file -->"
        return f"{head}\n\n```\n{text}```\n\n{tail}\n"

    return _BLOCK.sub(copied, present)
