# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The databases in memory, Redis and memcached: healthy, with a password, loading, a replica, and without free connections."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from real.credentials import server_credentials
from real.daemon import give, need, scratch_folder
from real.servers.server import Server, crowded, free_ports, run_as, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REDIS_PACKAGE = "redis-server"
MEMCACHED_PACKAGE = "memcached"
TWEMPROXY_PACKAGE = "nutcracker"
SENTINEL_PACKAGE = "redis-sentinel"

REDIS = """
bind 127.0.0.1
port {redis}
tls-port {rediss}
tls-cert-file {certificate}
tls-key-file {key}
tls-ca-cert-file {authority}
tls-auth-clients no
dir {folder}
save ""
daemonize no
{more}
"""

KEYS = 4000
KEY_SIZE = 1100  # bytes, more than the interval below: it serves its clients after each key

LOADING = """
key-load-delay 10000
loading-process-events-interval-bytes 1024
"""
"""10 ms (the unit is a microsecond) for each key of the dump: for 40 s it answers that it is loading."""


@contextlib.contextmanager
def redis(more: str = "", keys: int = 0) -> Iterator[Server]:
    """A database without persistence: `redis`, and `rediss` through TLS; it loads a dump of KEYS first."""
    program = need("redis-server", REDIS_PACKAGE)
    with scratch_folder("redis") as folder:
        if keys:
            dump(program, keys, folder)
        ports = free_ports("redis", "rediss")
        files = server_credentials(folder, "redis")
        config = REDIS.format(folder=folder, more=more, **files._asdict(), **ports)
        (folder / "redis.conf").write_text(config)
        command = [*run_as("redis"), program, str(folder / "redis.conf")]
        with running(command, folder, ports) as server:
            yield server


def dump(program: str, keys: int, folder: Path) -> None:
    """Start a Redis that writes a dump of KEYS into FOLDER and ends."""
    port = free_ports("redis")["redis"]
    place = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", ""]
    flat = ["--rdbcompression", "no", "--enable-debug-command", "local"]
    command = [*run_as("redis"), program, *place, *flat]
    with (
        running(command, folder, {"redis": port}),
        socket.create_connection(("127.0.0.1", port), 5) as client,
    ):
        client.sendall(b"DEBUG POPULATE %d key %d\r\nSAVE\r\n" % (keys, KEY_SIZE))
        answers = client.makefile("rb")
        for _ in range(2):
            answers.readline()


def locked_redis() -> contextlib.AbstractContextManager[Server]:
    """It answers every command except a password with -NOAUTH."""
    return redis("requirepass open-sesame")


def loading_redis() -> contextlib.AbstractContextManager[Server]:
    """It answers with -LOADING, for longer than any test."""
    return redis(LOADING, KEYS)


def replica_redis() -> contextlib.AbstractContextManager[Server]:
    """A replica that cannot reach its master: it answers PING, and its role is `slave`, its link down."""
    return redis("replicaof 127.0.0.1 1")


@contextlib.contextmanager
def forbidden_redis() -> Iterator[Server]:
    """A database whose users may not use INFO, and whose INFO has another name (`redis_renamed`)."""
    with (
        redis("user default on nopass ~* +@all -info") as limited,
        redis('rename-command INFO ""') as renamed,
    ):
        yield Server(limited.daemon, {"redis": limited["redis"], "redis_renamed": renamed["redis"]})


TWEMPROXY = """
cache:
  listen: 127.0.0.1:{proxy}
  hash: fnv1a_64
  distribution: ketama
  redis: true
  servers:
   - 127.0.0.1:{redis}:1
"""


@contextlib.contextmanager
def twemproxy() -> Iterator[Server]:
    """The proxy nutcracker before a Redis: `redis` is the port of the proxy."""
    program = need("nutcracker", TWEMPROXY_PACKAGE)
    with redis() as database, scratch_folder() as folder:
        ports = free_ports("redis", "statistics")
        (folder / "proxy.yml").write_text(TWEMPROXY.format(proxy=ports["redis"], redis=database["redis"]))
        place = ["-c", str(folder / "proxy.yml"), "-a", "127.0.0.1", "-s", str(ports["statistics"])]
        with running([program, *place], folder, {"redis": ports["redis"]}) as server:
            yield server


SENTINEL = """
bind 127.0.0.1
port {sentinel}
dir {folder}
sentinel monitor cart 127.0.0.1 {redis} 1
sentinel down-after-milliseconds cart 500
"""


@contextlib.contextmanager
def sentinel(live: bool = True) -> Iterator[Server]:
    """A Redis Sentinel whose master is up, or not: `sentinel`."""
    program = need("redis-sentinel", SENTINEL_PACKAGE)
    with contextlib.ExitStack() as exits, scratch_folder("redis") as folder:
        master = exits.enter_context(redis())
        ports = free_ports("sentinel")
        file = folder / "sentinel.conf"
        file.write_text(SENTINEL.format(folder=folder, redis=master["redis"], **ports))
        give(file, "redis")
        with running([*run_as("redis"), program, str(file)], folder, ports) as server:
            if not live:
                master.kill()
            yield server


def lonely_sentinel() -> contextlib.AbstractContextManager[Server]:
    """A Redis Sentinel whose master is down."""
    return sentinel(live=False)


def binary_memcached() -> contextlib.AbstractContextManager[Server]:
    """A cache that accepts the binary protocol only."""
    return memcached("-B", "binary")


@contextlib.contextmanager
def memcached(*more: str) -> Iterator[Server]:
    """A cache: `memcached`."""
    program = need("memcached", MEMCACHED_PACKAGE)
    with scratch_folder() as folder:
        ports = free_ports("memcached")
        place = ["-l", "127.0.0.1", "-p", str(ports["memcached"]), "-U", "0", "-m", "4", "-t", "1"]
        command = [*run_as("memcache"), program, *place, *more]
        with running(command, folder, ports) as server:
            yield server


@contextlib.contextmanager
def locked_memcached() -> Iterator[Server]:
    """It answers every command except a password with CLIENT_ERROR unauthenticated."""
    with scratch_folder("memcache") as folder:
        (folder / "users").write_text("somebody:open-sesame\n")
        with memcached("-Y", str(folder / "users")) as server:
            yield server


@contextlib.contextmanager
def crowded_memcached() -> Iterator[Server]:
    """All its connections are in use: ERROR Too many open connections."""
    few = ("-c", "30", "-o", "maxconns_fast")  # its own descriptors count too
    with memcached(*few) as server, crowded(server["memcached"], b"ERROR", b"version\r\n"):
        yield server
