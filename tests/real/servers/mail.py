# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The mail server Postfix: healthy, without free connections, and without a key for its TLS."""

from __future__ import annotations

import contextlib
import subprocess
from typing import TYPE_CHECKING

from real.credentials import server_credentials
from real.daemon import give, need, scratch_folder
from real.servers.server import Server, crowded, free_ports, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "postfix"

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = /dev/stdout
myhostname = mail.example.org
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
smtpd_relay_restrictions = reject
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_CAfile = {authority}
smtpd_tls_security_level = may
postscreen_greet_banner = mail.example.org ESMTP, please wait
postscreen_greet_wait = 6s
"""

MASTER = """
127.0.0.1:{smtp}  inet  n  -  n  -  -  smtpd
127.0.0.1:{ssmtp} inet  n  -  n  -  -  smtpd -o smtpd_tls_wrappermode=yes
127.0.0.1:{submission} inet  n  -  n  -  -  smtpd -o smtpd_tls_security_level=encrypt
127.0.0.1:{ssmtp_client} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_tls_security_level=encrypt -o smtpd_tls_req_ccert=yes
127.0.0.1:{smtp_proxied} inet n - n - - smtpd -o smtpd_upstream_proxy_protocol=haproxy
127.0.0.1:{smtp_plain} inet n - n - - smtpd -o smtpd_tls_security_level=none
127.0.0.1:{smtp_strict} inet n - n - - smtpd -o smtpd_delay_reject=no -o smtpd_helo_required=yes -o smtpd_helo_restrictions=reject_invalid_helo_hostname,reject_non_fqdn_helo_hostname
127.0.0.1:{smtp_crowded} inet n - n - - smtpd -o smtpd_client_connection_count_limit=1
127.0.0.1:{smtp_keyless} inet n - n - - smtpd -o smtpd_tls_key_file=/dev/null
127.0.0.1:{smtp_screened} inet n - n - 1 postscreen
smtpd     pass          -  -  n  -  -  smtpd
tlsproxy  unix          -  -  n  -  0  tlsproxy
dnsblog   unix          -  -  n  -  0  dnsblog
cleanup   unix          n  -  n  -  0  cleanup
qmgr      unix          n  -  n  300 1 qmgr
rewrite   unix          -  -  n  -  -  trivial-rewrite
bounce    unix          -  -  n  -  0  bounce
defer     unix          -  -  n  -  0  bounce
proxymap  unix          -  -  n  -  -  proxymap
anvil     unix          -  -  n  -  1  anvil
tlsmgr    unix          -  -  n 1000? 1 tlsmgr
postlog   unix-dgram    n  -  n  -  1  postlogd
"""


@contextlib.contextmanager
def postfix() -> Iterator[Server]:
    """A mail server that accepts no mail, and must be started as root: `smtp`, `ssmtp`, `submission`, and more.

    `ssmtp_client` requires a client's certificate; `smtp_proxied` requires the PROXY protocol; `smtp_plain` has no
    STARTTLS; `smtp_keyless` offers it and has no key; `smtp_crowded` accepts one connection at a time; `smtp_screened`
    is postscreen, which sends the first line of its greeting, and the last one after 6 s.
    `smtp_strict` refuses EHLO with a name that is invalid or not fully qualified.
    """
    program = need("postfix", PACKAGE)
    with scratch_folder() as folder:
        kinds = ("proxied", "plain", "crowded", "keyless", "screened", "strict")
        ports = free_ports("smtp", "ssmtp", "submission", "ssmtp_client", *(f"smtp_{kind}" for kind in kinds))
        for name in ("conf", "queue", "data"):
            (folder / name).mkdir()
        give(folder / "data", "postfix")
        main = MAIN.format(folder=folder, **server_credentials(folder)._asdict())
        (folder / "conf/main.cf").write_text(main)
        (folder / "conf/master.cf").write_text(MASTER.format(**ports))
        config = ["-c", str(folder / "conf")]
        subprocess.run([program, *config, "check"], check=True, timeout=60, capture_output=True)
        # `postfix start-fg` starts its master in a process group of its own and does not end it.
        asked = subprocess.run(
            [need("postconf", PACKAGE), *config, "-h", "daemon_directory"],
            check=True,
            timeout=10,
            capture_output=True,
            text=True,
        )
        with running([asked.stdout.strip() + "/master", *config, "-s"], folder, ports) as server:
            yield server


@contextlib.contextmanager
def crowded_postfix() -> Iterator[Server]:
    """On `smtp_crowded` it answers 421, too many connections."""
    with postfix() as server, crowded(server["smtp_crowded"], b"421"):
        yield server
