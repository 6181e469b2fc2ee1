# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What MariaDB counts against the host of a check, until it blocks it.

Run as a program (PYTHONPATH=plugins:tests python3 -m real.blocking) it prints a line of JSON for each step: the check,
its output, and what the server has counted since it started. Exit code 75 where the system allows no namespace.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from real.apart import CANNOT, CLIENT, INSIDE, arrange, unshare
from real.credentials import trusted
from real.installed import SOURCE
from real.servers.databases import asked, counting_mariadb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from real.servers.server import Server

LIMIT = 10
"""max_connect_errors."""

COUNTED = """
SELECT COALESCE(MAX(SUM_CONNECT_ERRORS), 0), COALESCE(MAX(COUNT_HANDSHAKE_ERRORS), 0),
COALESCE(MAX(COUNT_HOST_BLOCKED_ERRORS), 0) FROM performance_schema.host_cache
"""

NAMES = ("errors", "handshakes", "blocked")
"""The columns: errors is what counts towards a block; a successful login sets it to 0. The others only grow."""

USER = "CREATE USER tcp_health@'%'"
"""The user of the checks: without a password, and without privileges."""


def check(server: Server, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a check of the database from the address that it counts."""
    command = [
        sys.executable,
        str(SOURCE / "plugins/check_tcp_health"),
        "-H",
        "127.0.0.1",
        "-p",
        str(server["mysql"]),
    ]
    return subprocess.run(
        [*command, "--source", CLIENT, *words], capture_output=True, text=True, check=False, timeout=60
    )


def counters(server: Server) -> dict[str, int]:
    """Return what the database has counted against its only client."""
    return dict(zip(NAMES, map(int, asked(server, COUNTED).split())))


def story(server: Server, rounds: int) -> Iterator[dict[str, Any]]:
    """Yield the steps; ROUNDS is how many checks of a kind are made where none of them counts."""
    good = "--ca-file", str(trusted())
    asked(server, "CREATE USER application@'%' IDENTIFIED BY 'open-sesame'")

    def step(title: str, *words: str) -> dict[str, Any]:
        done = check(server, *words)
        return {"title": title, "code": done.returncode, "output": done.stdout, **counters(server)}

    for _ in range(3):
        yield step("bad certificate", "--starttls", "mysql")
        yield step("login", "--service", "mysql")
    yield step(
        "bad certificate, with retries", "--starttls", "mysql", "--retries", "3", "--retry-delay", "0.1"
    )
    yield step("bad certificate, with a count", "--starttls", "mysql", "--count", "3", "--interval", "0.1")
    yield step("bad certificate, with a wait", "--starttls", "mysql", "--wait", "2", "--wait-interval", "0.2")
    yield step("wrong fingerprint", "--starttls", "mysql", "--no-verify", "--fingerprint", "ab" * 32)
    for _ in range(rounds):
        yield step("good certificate", "--starttls", "mysql", *good)
        yield step("good certificate, with a reset", "--starttls", "mysql", "--close", "reset", *good)
        yield step("login through TLS", "--service", "mysql", "--starttls", "mysql", *good)
        yield step("login", "--service", "mysql")
    asked(server, USER)
    for _ in range(max(rounds, LIMIT + 2)):
        yield step("bad certificate, with a user", "--starttls", "mysql")
    asked(server, "DROP USER tcp_health@'%'")
    for _ in range(LIMIT):
        yield step("bad certificate", "--starttls", "mysql")
    yield step("blocked", "--starttls", "mysql")
    yield step("blocked", "--service", "mysql")
    yield step("blocked, as JSON", "--service", "mysql", "--output", "json")
    asked(server, "FLUSH HOSTS")
    yield step("login", "--service", "mysql")


def _main() -> int:
    if INSIDE not in os.environ:
        if unshare("true"):
            sys.stderr.write("the system allows no namespaces here\n")
            return CANNOT
        return unshare(sys.executable, "-m", "real.blocking", *sys.argv[1:])
    arrange()
    with counting_mariadb(LIMIT) as server:
        for step in story(server, int((*sys.argv[1:], "1")[0])):
            sys.stdout.write(json.dumps(step) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
