# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file server vsftpd: with explicit TLS, without TLS, and without free connections."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from real.credentials import server_credentials
from real.daemon import need, scratch_folder
from real.servers.server import Server, crowded, free_ports, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "vsftpd"

CONFIG = """
listen=YES
listen_address=127.0.0.1
listen_port={ftp}
background=NO
run_as_launching_user={ordinary}
anonymous_enable=YES
no_anon_password=YES
anon_root={folder}/empty
secure_chroot_dir={folder}/empty
seccomp_sandbox=NO
xferlog_enable={transfers}
vsftpd_log_file={folder}/vsftpd.log
ssl_enable={ssl}
allow_anon_ssl=YES
ssl_ciphers=HIGH
require_ssl_reuse=NO
rsa_cert_file={certificate}
rsa_private_key_file={key}
max_clients={room}
accept_timeout=600
idle_session_timeout=600
"""


@contextlib.contextmanager
def vsftpd(ssl: str = "YES", room: int = 0, transfers: str = "NO") -> Iterator[Server]:
    """An empty file server, which accepts AUTH TLS: `ftp`; at most ROOM clients, 0 for any number.

    TRANSFERS is whether it logs connections and transfers.
    """
    program = need("vsftpd", PACKAGE)
    with scratch_folder() as folder:
        (folder / "empty").mkdir(mode=0o555)
        ports = free_ports("ftp")
        config = CONFIG.format(
            folder=folder,
            ordinary="NO" if os.geteuid() == 0 else "YES",
            ssl=ssl,
            room=room,
            transfers=transfers,
            **server_credentials(folder)._asdict(),
            **ports,
        )
        (folder / "vsftpd.conf").write_text(config.lstrip())
        with running([program, str(folder / "vsftpd.conf")], folder, ports) as server:
            yield server


def plain_vsftpd() -> contextlib.AbstractContextManager[Server]:
    """It refuses AUTH TLS."""
    return vsftpd(ssl="NO")


@contextlib.contextmanager
def crowded_vsftpd() -> Iterator[Server]:
    """Its only connection is in use: it answers 421."""
    with vsftpd(room=1) as server, crowded(server["ftp"], b"421"):
        yield server
