# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads pip's settings on this machine, for commands without its variables or files, or in another tree."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

SECTIONS = ("global", "install", ":env:")
"""The last one wins, as in `pip install`."""

ELSEWHERE = {"user", "target", "prefix", "root", "require-virtualenv"}
"""Settings that change the folder of installations."""

PROXY = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY")


NAMES = ("/etc/resolv.conf", "/etc/hosts")
"""This machine resolves the name of the index or of its proxy with them."""

BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The variables that name a bundle of certificates for pip, besides PIP_CERT."""

URLS = {"index-url", "extra-index-url", "find-links"}
OTHERS = {"proxy", "trusted-host", "timeout", "default-timeout", "retries"}


def in_tree(tree: Path) -> dict[str, str]:
    """Copy the files that pip needs to reach its index into a tree; return the variables for pip in the tree.

    No setting with a file or a folder (a constraints file, a folder of wheels): the tree does not have them.
    """
    settings = configuration()
    bundles = {name: os.environ.get(name, "") for name in BUNDLES} | {"PIP_CERT": settings.get("cert", "")}
    found = {name: path for name, path in bundles.items() if path.startswith("/") and Path(path).is_file()}
    for path in {*NAMES, *found.values()}:
        if Path(path).is_file():
            (tree / path[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, tree / path[1:])
    found.update((key, value) for key, value in os.environ.items() if key.endswith(("_proxy", "_PROXY")))
    for name, value in settings.items():
        urls = " ".join(word for word in value.split() if word.startswith(("https://", "http://")))
        kept = urls if name in URLS else value if name in OTHERS else ""
        if kept:
            found["PIP_" + name.upper().replace("-", "_")] = kept
    return found


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
