# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How pip is configured on this machine, for what runs without its variables, its files, or in another tree."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys

SECTIONS = ("global", "install", ":env:")
"""The last one wins, as in `pip install`."""

ELSEWHERE = {"user", "target", "prefix", "root", "require-virtualenv"}
"""Settings that send what pip installs elsewhere."""

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
    """Return the proxy that variables name for the index, or nothing."""
    return next((os.environ[name] for name in PROXY if os.environ.get(name)), "")


def as_file() -> str:
    """Return the settings as the text of a pip.conf, without those that let pip install elsewhere."""
    found = {name: value for name, value in configuration().items() if name not in ELSEWHERE}
    if proxy():
        found.setdefault("proxy", proxy())
    # A value of several lines goes on in lines that are indented.
    lines = ["{} = {}".format(name, value.strip().replace("\n", "\n    ")) for name, value in found.items()]
    return "\n".join(("[global]", *lines, ""))
