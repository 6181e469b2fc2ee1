# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The chat server Prosody: healthy, without a certificate, and for another host."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from real.credentials import SERVER_NAME, server_credentials
from real.daemon import need, scratch_folder
from real.servers.server import Server, free_ports, run_as, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PACKAGE = "prosody"

CONFIG = """
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {jabber} }}
c2s_direct_tls_ports = {{ {jabbers} }}
modules_enabled = {{ "saslauth", "disco" }}
modules_disabled = {{ "s2s" }}
authentication = "anonymous"
log = {{ {level} = "*console" }}
{ssl}
"""

SSL = """
modules_enabled = {{ "tls", "saslauth", "disco" }}
ssl = {{ certificate = "{certificate}", key = "{key}" }}
"""

HOSTS = (SERVER_NAME, "localhost", "127.0.0.1")


@contextlib.contextmanager
def prosody(ssl: str = SSL, hosts: Sequence[str] = HOSTS, level: str = "warn") -> Iterator[Server]:
    """A chat server for HOSTS: `jabber` with STARTTLS, `jabbers`; it logs from LEVEL on."""
    program = need("prosody", PACKAGE)
    with scratch_folder("prosody") as folder:
        ports = free_ports("jabber", "jabbers")
        files = server_credentials(folder, "prosody")
        config = CONFIG.format(folder=folder, level=level, ssl=ssl.format(**files._asdict()), **ports)
        config += "".join(f'VirtualHost "{host}"\n' for host in hosts)
        (folder / "prosody.cfg.lua").write_text(config)
        command = [*run_as("prosody"), program, "-F", "--config", str(folder / "prosody.cfg.lua")]
        with running(command, folder, ports if ssl == SSL else {"jabber": ports["jabber"]}) as server:
            yield server


def plain_prosody() -> contextlib.AbstractContextManager[Server]:
    """It does not offer STARTTLS."""
    return prosody(ssl="c2s_require_encryption = false\n")


def other_prosody() -> contextlib.AbstractContextManager[Server]:
    """It does not serve the requested host: the stream error host-unknown."""
    return prosody(hosts=("elsewhere.example.org",))
