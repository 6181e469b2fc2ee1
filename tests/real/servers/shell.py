# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The secure shell server OpenSSH, healthy and without free connections."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from real.daemon import need, scratch_folder
from real.servers.server import Server, crowded, free_ports, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "openssh-server"

CONFIG = """
ListenAddress 127.0.0.1:{ssh}
HostKey {folder}/host_key
PidFile {folder}/sshd.pid
StrictModes no
UsePAM no
MaxStartups {startups}
{more}
"""


@contextlib.contextmanager
def sshd(startups: str = "100", more: str = "") -> Iterator[Server]:
    """A secure shell server: `ssh`; MORE lines of its configuration."""
    program = need("sshd", PACKAGE)
    keygen = need("ssh-keygen", "openssh-client")
    if os.geteuid() == 0:
        # Compiled into the program, and created by the service manager, which does not run here.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with scratch_folder() as folder:
        ports = free_ports("ssh")
        subprocess.run(
            [keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "host_key")], check=True, timeout=30
        )
        (folder / "sshd_config").write_text(
            CONFIG.format(folder=folder, startups=startups, more=more, **ports)
        )
        with running([program, "-D", "-e", "-f", str(folder / "sshd_config")], folder, ports) as server:
            yield server


@contextlib.contextmanager
def crowded_sshd() -> Iterator[Server]:
    """During another client's login, it sends further clients an error instead of a greeting."""
    with sshd("1:100:1") as server, crowded(server["ssh"], b"Exceeded"):
        yield server
