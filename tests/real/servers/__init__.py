# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real TCP servers from Debian, each as a context manager that yields its ports, by service name."""

from __future__ import annotations

from real.servers import (
    broker,
    chat,
    databases,
    desktop,
    directory,
    files,
    mail,
    mailboxes,
    memory,
    scanner,
    shell,
    web,
)
from real.servers.broker import mosquitto
from real.servers.chat import inspircd, prosody
from real.servers.databases import mariadb, postgres
from real.servers.desktop import xrdp
from real.servers.directory import slapd
from real.servers.files import vsftpd
from real.servers.mail import postfix
from real.servers.mailboxes import dovecot
from real.servers.memory import memcached, redis
from real.servers.scanner import clamd
from real.servers.server import Server, Start, together
from real.servers.shell import sshd
from real.servers.stub import STUBS
from real.servers.web import nginx

__all__ = [
    "FALSIFIED",
    "HEALTHY",
    "PACKAGES",
    "STUBS",
    "Server",
    "Start",
    "clamd",
    "dovecot",
    "inspircd",
    "mariadb",
    "memcached",
    "mosquitto",
    "nginx",
    "postfix",
    "postgres",
    "prosody",
    "redis",
    "slapd",
    "sshd",
    "together",
    "vsftpd",
    "xrdp",
]

PACKAGES = {
    "nginx": web.PACKAGE,
    "sshd": shell.PACKAGE,
    "redis-server": memory.REDIS_PACKAGE,
    "memcached": memory.MEMCACHED_PACKAGE,
    "nutcracker": memory.TWEMPROXY_PACKAGE,
    "redis-sentinel": memory.SENTINEL_PACKAGE,
    "pgbouncer": databases.PGBOUNCER_PACKAGE,
    "postfix": mail.PACKAGE,
    "dovecot": mailboxes.PACKAGE,
    "vsftpd": files.PACKAGE,
    "slapd": directory.PACKAGE,
    databases.POSTGRES_PROGRAM: databases.POSTGRES_PACKAGE,
    "mariadbd": databases.MARIADB_PACKAGE,
    "mosquitto": broker.PACKAGE,
    "prosody": chat.PACKAGE,
    "inspircd": chat.IRC_PACKAGE,
    "xrdp": desktop.PACKAGE,
    "clamd": scanner.PACKAGE,
}
"""Program and Debian package of each server here: the arguments of the mark `engine`."""

HEALTHY: dict[str, Start] = {
    start.__name__: start
    for start in (
        *(
            nginx,
            sshd,
            redis,
            memcached,
            postfix,
            dovecot,
            vsftpd,
            slapd,
            postgres,
            mariadb,
            mosquitto,
            prosody,
        ),
        *(inspircd, xrdp),
        clamd,
    )
}
"""The healthy servers."""

FALSIFIED: dict[str, Start] = {
    start.__name__: start
    for start in (
        shell.crowded_sshd,
        *(memory.locked_redis, memory.loading_redis, memory.replica_redis),
        *(memory.forbidden_redis, memory.twemproxy, memory.sentinel, memory.lonely_sentinel),
        *(memory.locked_memcached, memory.crowded_memcached, memory.binary_memcached),
        mail.crowded_postfix,
        *(mailboxes.plain_dovecot, mailboxes.stuck_dovecot),
        *(files.plain_vsftpd, files.crowded_vsftpd),
        *(directory.unwilling_slapd, directory.locked_slapd, directory.plain_slapd, directory.strict_slapd),
        *(databases.plain_postgres, databases.starting_postgres, databases.standby_postgres),
        *(databases.pgbouncer, databases.crowded_pgbouncer),
        *(databases.crowded_postgres, databases.plain_mariadb, databases.crowded_mariadb),
        broker.crowded_mosquitto,
        *(chat.plain_prosody, chat.other_prosody, chat.plain_inspircd),
        desktop.plain_xrdp,
        scanner.loading_clamd,
    )
}
"""Servers with a fault, or with a requirement that a check may not meet; each has a description."""
