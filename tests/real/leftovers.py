# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the checks leave at real servers, at the logging that Debian sets: lines of logs, counters, and hits of fail2ban.

Everything runs in the namespace of real.apart, where the checks come from a second address.
"""

from __future__ import annotations

import functools
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Callable, NamedTuple

from real import servers
from real.apart import CLIENT
from real.credentials import trusted
from real.daemon import need
from real.installed import SOURCE
from real.servers import databases, memory
from real.servers.chat import prosody
from real.servers.databases import asked, counting_mariadb
from real.servers.directory import slapd
from real.servers.files import vsftpd
from real.servers.web import nginx

if TYPE_CHECKING:
    from collections.abc import Iterable

    from real.servers import Server, Start

PLUGIN = SOURCE / "plugins/check_tcp_health"
PAGE = SOURCE / "docs/services.md"

AT_ONCE = 6
"""Servers that are checked side by side; the checks of one server follow each other."""

QUIET = 0.3
"""Seconds without a new line after which a log counts as complete."""

STARTS: dict[str, Start] = {
    "nginx": functools.partial(nginx, "/dev/stdout"),
    "sshd": servers.sshd,
    "redis": servers.redis,
    "memcached": servers.memcached,
    "postfix": servers.postfix,
    "dovecot": servers.dovecot,
    "vsftpd": functools.partial(vsftpd, transfers="YES"),
    "slapd": functools.partial(slapd, level="32768"),
    "postgres": servers.postgres,
    "mariadb": functools.partial(counting_mariadb, 100_000),
    "mosquitto": servers.mosquitto,
    "prosody": functools.partial(prosody, level="info"),
    "clamd": servers.clamd,
    "inspircd": servers.inspircd,
    "xrdp": servers.xrdp,
    "sentinel": memory.sentinel,
    "twemproxy": memory.twemproxy,
    "binary_memcached": memory.binary_memcached,
    "pgbouncer": databases.pgbouncer,
}
"""The servers with the logging of Debian's configuration. slapd's is off (32768): what is logged at every level."""


class Kind(NamedTuple):
    """A check of a port of a server; certificate is good, bad, not verified, or "" without TLS."""

    server: str
    port: str
    words: tuple[str, ...]
    certificate: str = ""

    @property
    def title(self) -> str:
        """The check in the table."""
        return f"`{' '.join(self.words)}`"


def named(server: str, *names: str) -> list[Kind]:
    """Return the checks of ports by services with the same names."""
    return [Kind(server, name, ("--service", name)) for name in names]


def secured(server: str, port: str, *words: str) -> list[Kind]:
    """Return a check with a certificate that is accepted, and one with a certificate that is not."""
    return [Kind(server, port, words, each) for each in ("good", "bad")]


KINDS = (
    *named("nginx", "http"),
    *secured("nginx", "https", "--service", "https"),
    *named("sshd", "ssh"),
    *named("redis", "redis"),
    *secured("redis", "rediss", "--service", "rediss"),
    *named("memcached", "memcached"),
    *named("postfix", "smtp", "submission"),
    Kind("postfix", "ssmtp", ("--service", "ssmtp"), "not verified"),
    *secured("postfix", "ssmtp", "--service", "submissions"),
    *secured("postfix", "smtp", "--starttls", "smtp"),
    *named("dovecot", "imap", "pop", "sieve", "lmtp"),
    Kind("dovecot", "simap", ("--service", "simap"), "not verified"),
    Kind("dovecot", "spop", ("--service", "spop"), "not verified"),
    *secured("dovecot", "simap", "--service", "imaps"),
    *secured("dovecot", "spop", "--service", "pop3s"),
    *secured("dovecot", "imap", "--starttls", "imap"),
    *secured("dovecot", "pop", "--starttls", "pop3"),
    *secured("dovecot", "sieve", "--starttls", "sieve"),
    *secured("dovecot", "lmtp", "--starttls", "lmtp"),
    *named("vsftpd", "ftp"),
    *secured("vsftpd", "ftp", "--starttls", "ftp"),
    *named("slapd", "ldap"),
    *secured("slapd", "ldaps", "--service", "ldaps"),
    *secured("slapd", "ldap", "--starttls", "ldap"),
    *named("postgres", "postgres"),
    *secured("postgres", "postgres", "--starttls", "postgres"),
    *named("mariadb", "mysql"),
    *secured("mariadb", "mysql", "--starttls", "mysql"),
    *named("mosquitto", "mqtt"),
    *secured("mosquitto", "mqtts", "--service", "mqtts"),
    *named("prosody", "jabber"),
    Kind("prosody", "jabber", ("--service", "xmpp")),
    *secured("prosody", "jabbers", "--service", "xmpps"),
    *secured("prosody", "jabber", "--starttls", "xmpp"),
    *secured("prosody", "jabber_server", "--starttls", "xmpp-server"),
    *named("clamd", "clamd"),
    *named("inspircd", "irc"),
    *secured("inspircd", "ircs", "--service", "ircs"),
    *secured("inspircd", "irc", "--starttls", "irc"),
    *named("xrdp", "rdp"),
    *secured("xrdp", "rdp", "--starttls", "rdp"),
    *named("sentinel", "sentinel"),
    Kind("twemproxy", "redis", ("--service", "redis")),
    Kind("binary_memcached", "memcached", ("--service", "memcached-binary")),
    Kind("pgbouncer", "pgbouncer", ("--service", "postgres")),
)
"""Every named service and STARTTLS protocol for which Debian has a server here."""

LOGS = {"inspircd": "ircd.log", "xrdp": "xrdp.log"}
"""The log of a server that writes the same lines to its console."""

FROM_LOOPBACK = {"redis", "postgres", "sentinel", "twemproxy"}
"""Servers whose default configuration accepts no client but 127.0.0.1."""

FILTERS = {
    "sshd": ("sshd[mode=normal]", "sshd[mode=extra]"),
    "postfix": ("postfix[mode=more]", "postfix[mode=extra]", "postfix[mode=aggressive]"),
    "dovecot": ("dovecot", "dovecot[mode=aggressive]"),
    "vsftpd": ("vsftpd",),
    "slapd": ("slapd",),
    "mariadb": ("mysqld-auth",),
    "nginx": ("nginx-http-auth", "nginx-bad-request", "nginx-botsearch"),
}
"""fail2ban's filters for each server; in brackets the mode, if it is not the default."""

PREFIX = {"sshd": "sshd[7]: ", "slapd": "slapd[7]: ", "vsftpd": ""}
"""What the system's log writes before the lines of a server that writes no name itself."""


class Left(NamedTuple):
    """What CHECKS checks of a kind left: lines without their numbers, counters that grew, filters that matched."""

    kind: Kind
    checks: int
    codes: Counter[int]
    lines: Counter[str]
    grown: dict[str, int]
    banned: dict[str, int]


def survey(count: int) -> list[Left]:
    """Make COUNT checks of each kind, in this process's namespace."""
    with ThreadPoolExecutor(AT_ONCE) as pool, servers.together(STARTS) as found:
        asked(found["mariadb"], "CREATE USER application@'%' IDENTIFIED BY 'open-sesame'")

        def visit(name: str) -> list[Left]:
            kinds = [kind for kind in KINDS if kind.server == name]
            return [measured(found[name], kind, count) for kind in kinds]

        return [left for lefts in pool.map(visit, STARTS) for left in lefts]


def measured(server: Server, kind: Kind, count: int) -> Left:
    """Make COUNT checks of a kind, one after the other."""
    counters = COUNTERS.get(kind.server, _none)
    checked(server, kind, 1)  # the first may find a cache empty, and leaves another line
    before, counted = settled(kind.server, server), counters(server)
    codes = checked(server, kind, 1) + checked(server, kind, count - 1)
    fresh = settled(kind.server, server)[len(before) :]
    after = counters(server)
    lines = fresh.decode("utf-8", "replace").splitlines()
    return Left(
        kind,
        count,
        codes,
        Counter(filter(None, map(plain, lines))),
        {name: after[name] - counted[name] for name in after if after[name] != counted[name]},
        banned(kind.server, lines),
    )


def checked(server: Server, kind: Kind, count: int) -> Counter[int]:
    """Make COUNT checks, one after the other; return their exit codes."""
    words = [*kind.words, *(["--ca-file", str(trusted())] if kind.certificate == "good" else [])]
    source = [] if kind.server in FROM_LOOPBACK else ["--source", CLIENT]
    place = ["-H", "127.0.0.1", "-p", str(server[kind.port])]
    if count == 1:
        done = subprocess.run(
            [sys.executable, str(PLUGIN), *place, *source, *words],
            capture_output=True,
            check=False,
            timeout=60,
        )
        return Counter([done.returncode])
    folders = os.pathsep.join([str(PLUGIN.parent), str(SOURCE / "tests")])
    many = subprocess.run(
        [sys.executable, "-m", "real.many", str(count), *place, *source, *words],
        env={**os.environ, "PYTHONPATH": folders},
        capture_output=True,
        text=True,
        check=True,
        timeout=60 + 2 * count,
    )
    return Counter(map(int, many.stdout.split()))


def settled(name: str, server: Server) -> bytes:
    """Return the logs of a server, once they have not grown for a moment."""
    logs = sorted(server.daemon.log.parent.glob(LOGS.get(name, "*.log")))

    def read() -> bytes:
        return b"".join(log.read_bytes() for log in logs)

    text, seen = read(), None
    while text != seen:
        time.sleep(QUIET)
        text, seen = read(), text
    return text


_STAMP = re.compile(
    r"^(?:[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]+ \d{4}|\d{4}-\d\d-\d\d(?:T| +)[\d:.]+(?: [A-Z]+)?|[A-Z][a-z]{2} +\d+ [\d:]+"
    r"|\d+:[A-Z] \d+ [A-Z][a-z]{2} \d{4} [\d:.]+|\d{10}(?=: )|[0-9a-f]{8}\.[0-9a-f]{8} 0x[0-9a-f]+)[: ]*"
)
_CLOCK = re.compile(r"\[\d+/[A-Z][a-z]{2}/\d{4}:[^\]]*\]")
_SESSION = re.compile(
    r"session=<[^>]*>|\[\d{8}-\d\d:\d\d:\d\d\] | \(age=\d+s\)|(?<= C-)0x[0-9a-f]+|auto-[0-9A-F-]{36}|c2s[0-9a-f]{6,}|mail\.example\.org |localhost |(?<=\[)\d+(?=\])"
)


def plain(line: str) -> str:
    """Return a line of a log without its time, and with N in place of the numbers that differ from check to check."""
    text = _CLOCK.sub("[TIME]", _SESSION.sub("", _STAMP.sub("", line.strip()))).replace("[]", "")
    for name in (f"client.example.org[{CLIENT}]", "client.example.org", CLIENT):
        text = text.replace(name, "ADDRESS")
    # Prosody learns of the end of a connection before or after it has closed its own side.
    text = text.replace("disconnected: connection closed", "disconnected: closed")
    return re.sub(r"\s+", " ", re.sub(r"(?<![\w.])\d+(?:\.\d+)*\b", "N", text)).strip()


def banned(server: str, lines: list[str]) -> dict[str, int]:
    """Return how many lines each filter of fail2ban matches."""
    found = {}
    for source in FILTERS.get(server, ()):
        name, bracket, mode = source.partition("[")
        with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
            stamp = time.strftime("%b %d %H:%M:%S host ") if server in PREFIX or server == "postfix" else ""
            log.write("".join(f"{stamp}{PREFIX.get(server, '')}{_within(server, line)}\n" for line in lines))
            log.flush()
            done = subprocess.run(
                [
                    need("fail2ban-regex", "fail2ban"),
                    log.name,
                    f"/etc/fail2ban/filter.d/{name}.conf{bracket}{mode}",
                ],
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
        hits = re.search(r"^Lines: .*?(\d+) matched", done.stdout, re.MULTILINE)
        if hits is None:
            raise RuntimeError(f"fail2ban-regex: {done.stdout[-500:]}{done.stderr[-500:]}")
        if int(hits.group(1)):
            found[source] = int(hits.group(1))
    return found


def _within(server: str, line: str) -> str:
    """Return a line as it is after the system's log has written its time and the host."""
    return re.sub(r"^\S+ +\d+ [\d:]+ \S+ ", "", line) if server == "postfix" else line


def _none(server: Server) -> dict[str, int]:
    return {}


def _redis(server: Server) -> dict[str, int]:
    return _numbers(
        _talk(server["redis"], b"INFO stats\r\nINFO errorstats\r\nQUIT\r\n"),
        ":",
        ("error", "reject", "denied"),
    )


def _memcached(server: Server) -> dict[str, int]:
    text = _talk(server["memcached"], b"stats\r\nquit\r\n").replace("STAT ", "").replace(" ", "=")
    return _numbers(text, "=", ("error", "reject", "listen_disabled"))


def _numbers(text: str, separator: str, wanted: Iterable[str]) -> dict[str, int]:
    pairs = (line.strip().split(separator, 1) for line in text.splitlines() if separator in line)
    return {
        name: int(value) for name, value in pairs if value.isdigit() and any(each in name for each in wanted)
    }


def _talk(port: int, said: bytes) -> str:
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(said)
        return b"".join(iter(lambda: client.recv(65536), b"")).decode()


def _mariadb(server: Server) -> dict[str, int]:
    columns = "SUM_CONNECT_ERRORS", "COUNT_HOST_BLOCKED_ERRORS", "COUNT_AUTHENTICATION_ERRORS"
    sums = ", ".join(f"COALESCE(SUM({name}), 0)" for name in columns)
    values = asked(server, f"SELECT {sums} FROM performance_schema.host_cache").split()  # noqa: S608 - constants
    return dict(zip(columns, map(int, values)))


COUNTERS: dict[str, Callable[[Server], dict[str, int]]] = {
    "redis": _redis,
    "memcached": _memcached,
    "mariadb": _mariadb,
}
"""The counters of errors that a server shows."""

# The table

HEAD = ("check", "server", "certificate", "a check leaves", "fail2ban", "why it is not less")

LONGEST = 100
"""Characters of a line that the table shows."""


def row(left: Left) -> tuple[str, ...]:
    """Return the cells of the table but the last, which is written by hand."""
    kind = left.kind
    return kind.title, kind.server, kind.certificate, contents(left), "; ".join(sorted(left.banned))


def contents(left: Left) -> str:
    """Return the lines and counters of one check. What is left less often than by every second check is not shown."""
    shares = {text: round(number / left.checks) for text, number in left.lines.items()}
    lines = [
        f"{f'{share}× ' if share > 1 else ''}`{_short(text)}`"
        for text, share in sorted(shares.items())
        if share
    ]
    counters = [f"{name} +{round(number / left.checks)}" for name, number in sorted(left.grown.items())]
    return "; ".join([*lines, *counters]) or "nothing"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def wrong(lefts: Iterable[Left]) -> list[str]:
    """Return what is wrong with the checks themselves: another result than the one that is due, or a counter that ran away."""
    found = []
    for left in lefts:
        due = 2 if left.kind.certificate == "bad" else 0
        title = f"{left.kind.title} {left.kind.certificate}"
        if left.codes != Counter({due: left.checks}):
            found.append(f"{title}: exit codes {dict(left.codes)}")
        found += [
            f"{title}: {name} +{number} after {left.checks} checks"
            for name, number in left.grown.items()
            if number > left.checks
        ]
    return found


MARK, END = "<!-- the table left: tests/acceptance/11-2-logs --write -->\n", "<!-- end of the table -->\n"


def written(page: str, lefts: Iterable[Left]) -> str:
    """Return the page with a new table. The last column is written by hand, and kept."""
    before, mark, rest = page.partition(MARK)
    old, end, after = rest.partition(END)
    if not (mark and end):
        raise ValueError(f"the page needs the lines {MARK.strip()} and {END.strip()}")
    reasons = {
        tuple(cells[:3]): cells[-1]
        for cells in (
            re.split(r"(?<!\\\\) \| ", line[2:-2]) for line in old.splitlines() if line.startswith("| `")
        )
    }
    rows = [
        (*row(left), reasons.get((left.kind.title, left.kind.server, left.kind.certificate), ""))
        for left in lefts
    ]
    shown = ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |" for cells in (HEAD, *rows)]
    table = "\n".join((shown[0], "|" + "---|" * len(HEAD), *shown[1:], ""))
    return f"{before}{mark}\n{table}\n{end}{after}"
