# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real TCP servers from Debian, each as a context manager that gives the ports it answers on, by service name."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from parity.certificates import Mint
from real.daemon import Daemon, account, free_port, give, group, listens, need, scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

READY = 20.0
"""Seconds in which a server must take its first connection; the slowest, postfix, needs about one."""

Ports = dict[str, int]

PACKAGES = {
    "nginx": "nginx-light",
    "sshd": "openssh-server",
    "redis-server": "redis-server",
    "postfix": "postfix",
    "dovecot": "dovecot-imapd and dovecot-pop3d",
}
"""Program and Debian package of each server here: the arguments of the mark `engine`."""

NGINX = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    ssl_certificate {certificate};
    ssl_certificate_key {certificate};
    server {{
        listen 127.0.0.1:{http};
        listen 127.0.0.1:{https} ssl;
        location / {{ return 200 "It works.\\n"; }}
    }}
}}
"""

SSHD = """
ListenAddress 127.0.0.1:{ssh}
HostKey {folder}/host_key
PidFile {folder}/sshd.pid
StrictModes no
UsePAM no
"""

REDIS = """
bind 127.0.0.1
port {redis}
dir {folder}
save ""
daemonize no
"""

POSTFIX_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = /dev/stdout
myhostname = mail.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
smtpd_relay_restrictions = reject
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {certificate}
smtpd_tls_security_level = may
"""

POSTFIX_MASTER = """
127.0.0.1:{smtp}  inet  n  -  n  -  -  smtpd
127.0.0.1:{ssmtp} inet  n  -  n  -  -  smtpd -o smtpd_tls_wrappermode=yes
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

DOVECOT = """
protocols = imap pop3
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
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
"""


@contextlib.contextmanager
def nginx() -> Iterator[Ports]:
    """A web server that answers every path with 200: `http`, `https`."""
    program = need("nginx", PACKAGES["nginx"])
    user = "user www-data;" if os.geteuid() == 0 else ""
    with scratch_folder() as folder:
        ports = free_ports("http", "https")
        config = NGINX.format(folder=folder, user=user, certificate=certificate(folder), **ports)
        (folder / "nginx.conf").write_text(config)
        with running([program, "-e", "stderr", "-c", str(folder / "nginx.conf")], folder, ports):
            yield ports


@contextlib.contextmanager
def sshd() -> Iterator[Ports]:
    """A secure shell server: `ssh`."""
    program = need("sshd", PACKAGES["sshd"])
    keygen = need("ssh-keygen", "openssh-client")
    if os.geteuid() == 0:
        # Compiled into the program, and made by the service manager, which nobody runs here.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with scratch_folder() as folder:
        ports = free_ports("ssh")
        subprocess.run(
            [keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "host_key")], check=True, timeout=30
        )
        (folder / "sshd_config").write_text(SSHD.format(folder=folder, **ports))
        with running([program, "-D", "-e", "-f", str(folder / "sshd_config")], folder, ports):
            yield ports


@contextlib.contextmanager
def redis() -> Iterator[Ports]:
    """An in-memory database that keeps nothing: `redis`."""
    program = need("redis-server", PACKAGES["redis-server"])
    with scratch_folder() as folder:
        ports = free_ports("redis")
        (folder / "redis.conf").write_text(REDIS.format(folder=folder, **ports))
        with running([program, str(folder / "redis.conf")], folder, ports):
            yield ports


@contextlib.contextmanager
def postfix() -> Iterator[Ports]:
    """A mail server that takes no mail: `smtp`, `ssmtp`. It must be started as root."""
    program = need("postfix", PACKAGES["postfix"])
    with scratch_folder() as folder:
        ports = free_ports("smtp", "ssmtp")
        for name in ("conf", "queue", "data"):
            (folder / name).mkdir()
        give(folder / "data", "postfix")
        main = POSTFIX_MAIN.format(folder=folder, certificate=certificate(folder))
        (folder / "conf/main.cf").write_text(main)
        (folder / "conf/master.cf").write_text(POSTFIX_MASTER.format(**ports))
        config = ["-c", str(folder / "conf")]
        subprocess.run([program, *config, "check"], check=True, timeout=60, capture_output=True)
        # `postfix start-fg` starts its master in a process group of its own and does not end it.
        asked = subprocess.run(
            [need("postconf", PACKAGES["postfix"]), *config, "-h", "daemon_directory"],
            check=True,
            timeout=10,
            capture_output=True,
            text=True,
        )
        with running([asked.stdout.strip() + "/master", *config, "-s"], folder, ports):
            yield ports


@contextlib.contextmanager
def dovecot() -> Iterator[Ports]:
    """A mailbox server without mailboxes: `imap`, `simap`, `pop`, `spop`."""
    program = need("dovecot", PACKAGES["dovecot"])
    with scratch_folder() as folder:
        ports = free_ports("imap", "simap", "pop", "spop")
        config = DOVECOT.format(
            folder=folder,
            certificate=certificate(folder),
            internal=account("dovecot"),
            group=group(account("dovecot")),
            login=account("dovenull"),
            **ports,
        )
        (folder / "dovecot.conf").write_text(config)
        with running([program, "-F", "-c", str(folder / "dovecot.conf")], folder, ports):
            yield ports


@contextlib.contextmanager
def running(command: list[str], folder: Path, ports: Mapping[str, int]) -> Iterator[None]:
    """Run COMMAND while the body runs, which begins when all PORTS take connections."""
    with Daemon(command, folder / "console.log") as daemon:
        for name, port in ports.items():
            daemon.wait_until(functools.partial(listens, port), READY, f"{name} on port {port}")
        yield


def free_ports(*names: str) -> Ports:
    """Return a free port for each of NAMES."""
    return {name: free_port() for name in names}


def certificate(folder: Path) -> Path:
    """Make a certificate of 90 days with its key in one file in FOLDER."""
    return Mint(folder).certificate("server", [("CN", "server.example.org")], 90.5)
