# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The databases PostgreSQL and MariaDB: healthy, starting up, and without free connections."""

from __future__ import annotations

import contextlib
import subprocess
from typing import TYPE_CHECKING

from real.credentials import server_credentials
from real.daemon import NotReadyError, account, give, need, scratch_folder
from real.servers.server import Server, crowded, free_ports, run_as, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POSTGRES_PACKAGE = "postgresql-15"
MARIADB_PACKAGE = "mariadb-server"
PGBOUNCER_PACKAGE = "pgbouncer"

POSTGRES_PROGRAM = "/usr/lib/postgresql/15/bin/postgres"
INITDB = "/usr/lib/postgresql/15/bin/initdb"
"""Outside of every PATH: Debian allows several releases at the same time."""

STARTUP = b"\0\0\0\x29\0\3\0\0user\0postgres\0database\0postgres\0\0"
"""StartupMessage of version 3.0, its length first (PostgreSQL, message formats)."""

POSTGRES = """
listen_addresses = '127.0.0.1'
port = {postgres}
unix_socket_directories = ''
ssl = {ssl}
ssl_cert_file = '{certificate}'
ssl_key_file = '{key}'
fsync = off
shared_buffers = 1MB
dynamic_shared_memory_type = mmap
max_connections = 10
superuser_reserved_connections = 0
max_wal_senders = 0
authentication_timeout = 600
{more}
"""


@contextlib.contextmanager
def postgres(more: str = "", ssl: str = "on", signal_file: str = "") -> Iterator[Server]:
    """A database that requires a password: `postgres`, with and without TLS."""
    program = need(POSTGRES_PROGRAM, POSTGRES_PACKAGE)
    with scratch_folder("postgres") as folder:
        (folder / "password").write_text("open-sesame")
        place = ["-D", str(folder / "data"), "--no-sync", "--no-instructions", "--locale=C", "-E", "UTF8"]
        access = ["-U", "postgres", "-A", "scram-sha-256", f"--pwfile={folder / 'password'}"]
        subprocess.run(
            [*run_as("postgres"), INITDB, *place, *access],
            check=True,
            capture_output=True,
            timeout=60,
            cwd="/",
        )
        ports = free_ports("postgres")
        files = server_credentials(folder, "postgres")
        config = POSTGRES.format(ssl=ssl, more=more, **files._asdict(), **ports)
        (folder / "data/postgresql.conf").write_text(config)
        if signal_file:
            give_empty(folder / "data" / signal_file, "postgres")
        try:
            with running([*run_as("postgres"), program, "-D", str(folder / "data")], folder, ports) as server:
                yield server
        finally:
            forget_memory(folder / "data/postmaster.pid")


PGBOUNCER = """
[databases]
shop = host=127.0.0.1 port=1
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {pgbouncer}
auth_type = {auth}
auth_file = {folder}/users
unix_socket_dir =
max_client_conn = {most}
"""


@contextlib.contextmanager
def pgbouncer(auth: str = "trust", most: int = 100) -> Iterator[Server]:
    """A pooler with another user and database than those of the check, and without a database server: `pgbouncer`."""
    program = need("pgbouncer", PGBOUNCER_PACKAGE)
    with scratch_folder("postgres") as folder:
        ports = free_ports("pgbouncer")
        (folder / "users").write_text('"shop" "open-sesame"\n')
        (folder / "pgbouncer.ini").write_text(PGBOUNCER.format(folder=folder, auth=auth, most=most, **ports))
        command = [*run_as("postgres"), program, str(folder / "pgbouncer.ini")]
        with running(command, folder, ports) as server:
            yield server


@contextlib.contextmanager
def crowded_pgbouncer() -> Iterator[Server]:
    """All its connections are in use: 08P01, no more connections allowed."""
    with pgbouncer("md5", most=1) as server, crowded(server["pgbouncer"], b"E", STARTUP):
        yield server


def forget_memory(file: Path) -> None:
    """Remove the shared memory that a killed PostgreSQL leaves; the id is in line 7 of its FILE, which also remains."""
    if file.exists():
        segment = file.read_text(encoding="ascii").splitlines()[6].split()[1]
        subprocess.run(["ipcrm", "-m", segment], check=False, capture_output=True, timeout=10)


def give_empty(path: Path, owner: str) -> None:
    """Make an empty file for OWNER."""
    path.touch(mode=0o600)
    give(path, owner)


def plain_postgres() -> contextlib.AbstractContextManager[Server]:
    """It answers the request for TLS with N."""
    return postgres(ssl="off")


def starting_postgres() -> contextlib.AbstractContextManager[Server]:
    """It waits for an archive that never arrives: 57P03, the database system is starting up."""
    return postgres("restore_command = 'sleep 600'", signal_file="recovery.signal")


def standby_postgres() -> contextlib.AbstractContextManager[Server]:
    """A standby that accepts no clients: 57P03, the database system is not accepting connections."""
    return postgres("hot_standby = off", signal_file="standby.signal")


@contextlib.contextmanager
def crowded_postgres() -> Iterator[Server]:
    """All its connections are in use: 53300, sorry, too many clients already."""
    # It accepts twice as many connections as it has slots for users, vacuum and workers, before authentication.
    small = "max_connections = 1\nautovacuum_max_workers = 1\nmax_worker_processes = 0"
    with postgres(small) as server, crowded(server["postgres"], b"E", STARTUP):
        yield server


@contextlib.contextmanager
def mariadb(*more: str) -> Iterator[Server]:
    """A database without tables, not even those of its users: `mysql`, with and without TLS."""
    program = need("mariadbd", MARIADB_PACKAGE)
    with scratch_folder("mysql") as folder:
        (folder / "data").mkdir()
        give(folder / "data", "mysql")
        ports = free_ports("mysql")
        files = server_credentials(folder, "mysql")
        command = [
            *(*run_as("mysql"), program, "--no-defaults"),
            *(
                f"--datadir={folder}/data",
                f"--socket={folder}/socket",
                "--bind-address=127.0.0.1",
                f"--port={ports['mysql']}",
            ),
            *("--skip-networking=0", "--skip-grant-tables", "--skip-innodb", "--default-storage-engine=Aria"),
            f"--pid-file={folder}/pid",
            *(f"--ssl-cert={files.certificate}", f"--ssl-key={files.key}", *more),
        ]
        with running(command, folder, ports) as server:
            yield server


@contextlib.contextmanager
def counting_mariadb(errors: int, *more: str) -> Iterator[Server]:
    """A database with users, which blocks a host after ERRORS connections without a login: `mysql`."""
    program = need("mariadbd", MARIADB_PACKAGE)
    with scratch_folder("mysql") as folder:
        (folder / "data").mkdir()
        give(folder / "data", "mysql")
        # When it starts, it removes temporary tables that it finds, of other servers too.
        plain = (
            *("--no-defaults", f"--datadir={folder}/data", f"--tmpdir={folder}"),
            *("--skip-innodb", "--default-storage-engine=Aria"),
        )
        made = subprocess.run(
            [
                *(need("mariadb-install-db", MARIADB_PACKAGE), *plain, f"--user={account('mysql')}"),
                *("--auth-root-authentication-method=normal", "--skip-test-db"),
            ],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if made.returncode != 0:
            raise NotReadyError(f"mariadb-install-db: {made.stdout}{made.stderr}")
        ports = free_ports("mysql")
        files = server_credentials(folder, "mysql")
        command = [
            *(*run_as("mysql"), program, *plain, f"--socket={folder}/socket", f"--pid-file={folder}/pid"),
            *("--bind-address=127.0.0.1", f"--port={ports['mysql']}", "--performance-schema=ON"),
            f"--max-connect-errors={errors}",
            *(f"--ssl-cert={files.certificate}", f"--ssl-key={files.key}", *more),
        ]
        with running(command, folder, ports) as server:
            yield server


def asked(server: Server, statement: str) -> str:
    """Let the administrator of a counting_mariadb run a statement; return the values, with tabs between them."""
    socket = server.daemon.log.parent / "socket"
    done = subprocess.run(
        [
            need("mariadb", MARIADB_PACKAGE),
            "--no-defaults",
            "-uroot",
            f"--socket={socket}",
            "-NBe",
            statement,
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.stdout


def plain_mariadb() -> contextlib.AbstractContextManager[Server]:
    """It does not support TLS."""
    return mariadb("--skip-ssl")


@contextlib.contextmanager
def crowded_mariadb() -> Iterator[Server]:
    """All its connections are in use: error 1040, too many connections, instead of a greeting."""
    # 10 is the minimum of the setting. The error's packet is 23 bytes long, a greeting much longer.
    few = ("--max-connections=10", "--connect-timeout=600")
    with mariadb(*few) as server, crowded(server["mysql"], b"\x17"):
        yield server
