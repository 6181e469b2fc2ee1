# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copy the project's version and addresses, which setup.cfg and the core have, to galaxy.yml, packaging and description."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

from tcp_health import __version__

ROOT = Path(__file__).resolve().parent.parent


def addresses() -> dict[str, str]:
    """Return the addresses in setup.cfg by their name in lower case; the project's own is homepage."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = settings["metadata"]["project_urls"].strip().splitlines()
    found = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition("=") for line in lines)
    }
    return {"homepage": settings["metadata"]["url"], **found}


def galaxy(present: str) -> str:
    """Return galaxy.yml with the version and the addresses."""
    known = addresses()
    values = {
        "version": __version__,
        "repository": known["source"],
        "documentation": known["documentation"],
        "homepage": known["homepage"],
        "issues": known["issues"],
    }
    return _replaced(present, values)


def control(present: str) -> str:
    """Return the packaging's control file with the address."""
    return _replaced(present, {"Homepage": addresses()["homepage"]})


def copyright_file(present: str) -> str:
    """Return the packaging's copyright file with the address of the source."""
    return _replaced(present, {"Source": addresses()["source"]})


def description(_present: str) -> str:
    """Return the README for a package index, where a relative link has no target: with absolute links and pictures."""
    source = addresses()["source"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.sub(r"\]\((?![a-z]+://|#)([^)]+)\)", rf"]({source}/\1)", readme)


def _replaced(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text, count = re.subn(rf"^{name}: .*$", f"{name}: {value}", text, flags=re.MULTILINE)
        if count != 1:
            raise ValueError(f"the file needs one line {name}:")
    return text
