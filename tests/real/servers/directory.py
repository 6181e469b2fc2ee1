# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The directory server OpenLDAP: healthy, unwilling, without a key, and with client certificates."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from real.credentials import server_credentials
from real.daemon import need, scratch_folder
from real.servers.server import Server, free_ports, run_as, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "slapd"

TLS = """
TLSCACertificateFile {authority}
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
"""

CONFIG = """
pidfile {folder}/slapd.pid
{tls}
{more}
database config
rootdn cn=config
"""


@contextlib.contextmanager
def slapd(more: str = "", tls: str = TLS, level: str = "0") -> Iterator[Server]:
    """A directory with its root entry only: `ldap` with StartTLS, `ldaps`; LEVEL is what it logs, as a number."""
    program = need("slapd", PACKAGE)
    with scratch_folder("openldap") as folder:
        ports = free_ports("ldap", "ldaps") if tls else free_ports("ldap")
        credentials = server_credentials(folder, "openldap")
        config = CONFIG.format(folder=folder, more=more, tls=tls.format(**credentials._asdict()))
        (folder / "slapd.conf").write_text(config)
        places = " ".join(f"{scheme}://127.0.0.1:{port}/" for scheme, port in ports.items())
        command = [*run_as("openldap"), program, "-d", level, "-f", str(folder / "slapd.conf"), "-h", places]
        with running(command, folder, ports) as server:
            yield server


def unwilling_slapd() -> contextlib.AbstractContextManager[Server]:
    """It answers a search with unwillingToPerform (53)."""
    return slapd("restrict search")


def locked_slapd() -> contextlib.AbstractContextManager[Server]:
    """It requires authentication: unwillingToPerform (53), "authentication required"."""
    return slapd("require authc\ndisallow bind_anon")


def plain_slapd() -> contextlib.AbstractContextManager[Server]:
    """It refuses StartTLS."""
    return slapd(tls="")


def strict_slapd() -> contextlib.AbstractContextManager[Server]:
    """It requires a client certificate for the handshake."""
    return slapd(tls=TLS + "TLSVerifyClient demand\n")
