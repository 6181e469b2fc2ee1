# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads pip's settings on this machine, for commands without its variables or files, or in another tree."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys

SECTIONS = ("global", "install", ":env:")
"""The last one wins, as in `pip install`."""

ELSEWHERE = {"user", "target", "prefix", "root", "require-virtualenv"}
"""Settings that change the folder of installations."""

PROXY = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY")


def configuration() -> dict[str, str]:
    """Return pip's settings by name, from its files and its variables."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, str] = {}
    for section in SECTIONS:
        for name, value in re.findall(rf"^{section}\.([\w.-]+)=('.*'|\".*\")$", listed, re.MULTILINE):
            found[name.strip(".")] = ast.literal_eval(value)
    return found


def proxy() -> str:
    """Return the proxy for the index from the variables, or an empty text."""
    return next((os.environ[name] for name in PROXY if os.environ.get(name)), "")


def as_file() -> str:
    """Return the settings as the text of a pip.conf, without those that change the folder of installations."""
    found = {name: value for name, value in configuration().items() if name not in ELSEWHERE}
    if proxy():
        found.setdefault("proxy", proxy())
    # The further lines of a value are indented.
    lines = ["{} = {}".format(name, value.strip().replace("\n", "\n    ")) for name, value in found.items()]
    return "\n".join(("[global]", *lines, ""))
