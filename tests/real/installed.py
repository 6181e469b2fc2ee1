# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plugins where a test needs them: installed for another user by `make install`, or linked from the checkout."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from real.folders import open_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

SOURCE = Path(__file__).resolve().parents[2]

INSTEAD = "TCP_HEALTH_PLUGINS"
"""The variable with a folder of plugins to test instead of ours, such as that of the C plugins."""

SERVICES = (
    *("check_tcp", "check_udp", "check_ftp", "check_imap", "check_simap", "check_pop", "check_spop"),
    *("check_smtp", "check_ssmtp", "check_nntp", "check_nntps", "check_jabber", "check_clamd"),
)
"""The names that select a service, as the C plugin's links do."""

OTHER = "check_smtp"
"""A name that selects a service, but is another plugin in the packages: make install does not link it."""


@functools.lru_cache(maxsize=1)
def installed_plugins() -> Path:
    """Install the checkout once, for the system's Python, and return the plugin folder for the engines.

    Any user may enter it; it is removed when this process ends.
    """
    if INSTEAD in os.environ:
        return Path(os.environ[INSTEAD])
    prefix = open_folder("tcp-health-installed-")
    atexit.register(shutil.rmtree, prefix, ignore_errors=True)
    links = [name for name in SERVICES if name != OTHER]
    words = [f"PREFIX={prefix}", f"PLUGINDIR={prefix}/plugins", "DESTDIR=", f"LINKS={' '.join(links)}"]
    done = subprocess.run(
        ["make", "-C", str(SOURCE), "install", *words, "PYTHON=/usr/bin/python3"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode != 0:
        raise RuntimeError(f"make install failed:\n{done.stdout}{done.stderr}")
    (prefix / "plugins" / OTHER).symlink_to(prefix / "lib/tcp-health/check_tcp_health")
    return prefix / "plugins"


def linked_plugins(folder: Path, names: Iterable[str] = SERVICES) -> Path:
    """Fill FOLDER with links of NAMES to the executable in the checkout, and return the folder to run them from."""
    if INSTEAD in os.environ:
        return Path(os.environ[INSTEAD])
    for name in names:
        (folder / name).symlink_to(SOURCE / "plugins" / "check_tcp_health")
    return folder
