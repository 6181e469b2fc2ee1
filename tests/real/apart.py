# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A namespace with only a loopback, in which a second address of this host is a client with a name.

MySQL never counts 127.0.0.1, and counts other clients only if their name is known. The name service is a file here, so no
query leaves the namespace.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from support.namespace import CANNOT, INSIDE, unshare

CLIENT = "127.0.0.2"
"""The address of the checks: --source."""

HOSTS = f"127.0.0.1 localhost server.example.org\n{CLIENT} client.example.org\n"

__all__ = ["CANNOT", "CLIENT", "INSIDE", "arrange", "unshare"]


def arrange() -> None:
    """Start the loopback of this process's namespace, and cover the files of the name service."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True, timeout=10)
    for target, text in (
        ("/etc/hosts", HOSTS),
        ("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
    ):
        with tempfile.NamedTemporaryFile("w", delete=False) as cover:
            cover.write(text)
        Path(cover.name).chmod(0o644)
        subprocess.run(["mount", "--bind", cover.name, target], check=True, timeout=10)
        Path(cover.name).unlink()
