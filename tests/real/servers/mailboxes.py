# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The mailbox server Dovecot: healthy, without TLS, and waiting for its authentication."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from real.credentials import server_credentials
from real.daemon import account, group, need, scratch_folder
from real.servers.server import Server, free_ports, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "dovecot-imapd dovecot-pop3d dovecot-managesieved dovecot-lmtpd"

CONFIG = """
protocols = imap pop3 sieve lmtp
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
ssl = {ssl}
ssl_cert = <{certificate}
ssl_key = <{key}
mail_location = maildir:{folder}/mail
passdb {{
    driver = static
    args = nopassword=y
}}
userdb {{
    driver = static
    args = uid=65534 gid=65534 home={folder}/mail
}}
service anvil {{
    chroot =
}}
service imap-login {{
    chroot =
    inet_listener imap {{
        port = {imap}
    }}
    inet_listener imaps {{
        port = {simap}
        ssl = yes
    }}
}}
service pop3-login {{
    chroot =
    inet_listener pop3 {{
        port = {pop}
    }}
    inet_listener pop3s {{
        port = {spop}
        ssl = yes
    }}
}}
service managesieve-login {{
    chroot =
    inet_listener sieve {{
        port = {sieve}
    }}
}}
service lmtp {{
    inet_listener lmtp {{
        port = {lmtp}
    }}
}}
{more}
"""


@contextlib.contextmanager
def dovecot(more: str = "", ssl: str = "yes") -> Iterator[Server]:
    """A mailbox server without mailboxes: `imap`, `simap`, `pop`, `spop`, `sieve`, `lmtp`."""
    program = need("dovecot", PACKAGE)
    need("/usr/lib/dovecot/managesieve-login", PACKAGE)
    need("/usr/lib/dovecot/lmtp", PACKAGE)
    with scratch_folder() as folder:
        ports = free_ports("imap", "simap", "pop", "spop", "sieve", "lmtp")
        config = CONFIG.format(
            folder=folder,
            internal=account("dovecot"),
            group=group(account("dovecot")),
            login=account("dovenull"),
            ssl=ssl,
            more=more,
            **server_credentials(folder)._asdict(),
            **ports,
        )
        (folder / "dovecot.conf").write_text(config)
        if ssl == "no":
            del ports["simap"], ports["spop"]
        with running([program, "-F", "-c", str(folder / "dovecot.conf")], folder, ports) as server:
            yield server


def plain_dovecot() -> contextlib.AbstractContextManager[Server]:
    """It refuses STARTTLS and STLS."""
    return dovecot(ssl="no")


@contextlib.contextmanager
def stuck_dovecot() -> Iterator[Server]:
    """Its authentication does not answer: clients get no greeting for 10 s, and then a message to wait."""
    with dovecot("service auth {\n executable = /bin/sleep 600\n}\n") as server:
        try:
            yield server
        finally:
            server.kill()  # its master would wait for the others to end
