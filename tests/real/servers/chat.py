# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The chat servers Prosody and InspIRCd: healthy, without a certificate, and for another host."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from real.credentials import SERVER_NAME, server_credentials
from real.daemon import need, scratch_folder
from real.servers.server import Server, free_ports, run_as, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PACKAGE = "prosody"
IRC_PACKAGE = "inspircd"

CONFIG = """
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {jabber} }}
c2s_direct_tls_ports = {{ {jabbers} }}
s2s_ports = {{ {jabber_server} }}
modules_enabled = {{ "saslauth", "disco" }}
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
    """A chat server for HOSTS: `jabber` and `jabber_server` with STARTTLS, `jabbers`; it logs from LEVEL on."""
    program = need("prosody", PACKAGE)
    with scratch_folder("prosody") as folder:
        ports = free_ports("jabber", "jabbers", "jabber_server")
        files = server_credentials(folder, "prosody")
        config = CONFIG.format(folder=folder, level=level, ssl=ssl.format(**files._asdict()), **ports)
        config += "".join(f'VirtualHost "{host}"\n' for host in hosts)
        (folder / "prosody.cfg.lua").write_text(config)
        command = [*run_as("prosody"), program, "-F", "--config", str(folder / "prosody.cfg.lua")]
        if ssl != SSL:
            del ports["jabbers"]
        with running(command, folder, ports) as server:
            yield server


IRC_CONFIG = """
<server name="irc.example.org" description="irc" network="Example">
<admin name="admin" nick="admin" email="admin@example.org">
<bind address="127.0.0.1" port="{irc}" type="clients">
<connect allow="*" resolvehostnames="no" useconnectban="no">
<pid file="{folder}/inspircd.pid">
<log method="file" type="*" level="default" target="{folder}/ircd.log">
{ssl}
"""

IRC_SSL = """
<bind address="127.0.0.1" port="{ircs}" type="clients" sslprofile="clients">
<module name="ssl_gnutls">
<module name="starttls">
<sslprofile name="clients" provider="gnutls" certfile="{certificate}" keyfile="{key}" hash="sha256" mindhbits="1024">
"""


@contextlib.contextmanager
def inspircd(ssl: str = IRC_SSL) -> Iterator[Server]:
    """An IRC server: `irc` with STARTTLS, `ircs`."""
    program = need("inspircd", IRC_PACKAGE)
    with scratch_folder("irc") as folder:
        ports = free_ports("irc", "ircs")
        values = {**server_credentials(folder, "irc")._asdict(), **ports}
        (folder / "inspircd.conf").write_text(
            IRC_CONFIG.format(folder=folder, ssl=ssl.format(**values), **ports)
        )
        if ssl != IRC_SSL:
            del ports["ircs"]
        # Its files are next to its log; as root it refuses to run without --runasroot.
        command = [*run_as("irc"), program, "--nofork", "--config", str(folder / "inspircd.conf")]
        with running(command, folder, ports) as server:
            yield server


def plain_inspircd() -> contextlib.AbstractContextManager[Server]:
    """It knows no command STARTTLS."""
    return inspircd(ssl="")


def plain_prosody() -> contextlib.AbstractContextManager[Server]:
    """It does not offer STARTTLS."""
    return prosody(ssl="c2s_require_encryption = false\ns2s_require_encryption = false\n")


def other_prosody() -> contextlib.AbstractContextManager[Server]:
    """It does not serve the requested host: the stream error host-unknown."""
    return prosody(hosts=("elsewhere.example.org",))
