# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Situations that users met with services, with the real servers of Debian."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from real import servers
from real.fixtures import started

pytestmark = pytest.mark.once

OK, WARNING, CRITICAL = 0, 1, 2

PLUGIN = Path(__file__).resolve().parents[2] / "plugins" / "check_tcp_health"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="postfix must be started as root")


postfix = started(servers.postfix)


def check(port: int, *words: str, limit: float = 15) -> tuple[int, str]:
    """Check a port of 127.0.0.1; returns the exit code and the output without perfdata."""
    command = [sys.executable, str(PLUGIN)]
    done = subprocess.run(
        [*command, "-H", "127.0.0.1", "-p", str(port), "-t", str(limit), *words],
        capture_output=True, text=True, check=False, timeout=limit + 15,
    )  # fmt: skip
    return done.returncode, done.stdout.replace("|", "\n", 1)


# Postfix' postscreen sends 220-, waits for 6 s, and then sends 220 through smtpd. It remembers a client that it has let
# in, so each test comes from another address.


@as_root
@pytest.mark.field(2)
@pytest.mark.engine("postfix", servers.PACKAGES["postfix"])
def test_postscreen_lets_the_check_in_after_its_pause(postfix: servers.Server) -> None:
    began = time.monotonic()
    code, output = check(postfix["smtp_screened"], "--service", "submission", "--source", "127.0.0.2")
    assert code == OK, output
    assert "250-mail.example.org" in output
    assert time.monotonic() - began > 5.5


@as_root
@pytest.mark.field(2)
@pytest.mark.engine("postfix", servers.PACKAGES["postfix"])
def test_starttls_waits_for_postscreen(postfix: servers.Server) -> None:
    began = time.monotonic()
    code, output = check(
        postfix["smtp_screened"], "--starttls", "smtp", "--no-verify", "--source", "127.0.0.3"
    )
    assert code == OK, output
    assert time.monotonic() - began > 5.5


@as_root
@pytest.mark.field(2)
@pytest.mark.engine("postfix", servers.PACKAGES["postfix"])
def test_a_limit_within_the_pause_is_no_refusal(postfix: servers.Server) -> None:
    code, output = check(
        postfix["smtp_screened"], "--starttls", "smtp", "--no-verify", "--source", "127.0.0.4", limit=4
    )
    assert code == CRITICAL, output
    assert "Socket timeout after 4 seconds" in output
    assert "waiting for the greeting" in output
    assert "no STARTTLS" not in output


# Redis that does not report its role


@pytest.mark.field(4)
@pytest.mark.engine("redis-server", servers.PACKAGES["redis-server"])
def test_a_redis_that_forbids_info_is_healthy_without_a_role() -> None:
    with servers.memory.forbidden_redis() as database:
        code, output = check(database["redis"], "--service", "redis")
        assert (code, "access NOPERM" in output) == (OK, True), output
        code, output = check(database["redis_renamed"], "--service", "redis")
        assert (code, "role" in output) == (OK, False), output


@pytest.mark.field(4)
@pytest.mark.engine("nutcracker", servers.PACKAGES["nutcracker"])
@pytest.mark.engine("redis-server", servers.PACKAGES["redis-server"])
def test_twemproxy_is_healthy_without_a_role() -> None:
    with servers.memory.twemproxy() as proxy:
        for _ in range(20):  # it may end the connection with a reset or not
            code, output = check(proxy["redis"], "--service", "redis")
            assert (code, "role" in output) == (OK, False), output


@pytest.mark.field(10)
@pytest.mark.engine("redis-sentinel", servers.PACKAGES["redis-sentinel"])
def test_a_sentinel_reports_its_masters() -> None:
    with servers.memory.sentinel() as sentinel:
        code, output = check(sentinel["sentinel"], "--service", "sentinel")
        assert (code, "masters 1" in output) == (OK, True), output
        code, output = check(sentinel["sentinel"], "--service", "redis")
        assert (code, "role sentinel" in output) == (OK, True), output


@pytest.mark.field(10)
@pytest.mark.engine("redis-sentinel", servers.PACKAGES["redis-sentinel"])
def test_a_sentinel_names_a_master_that_is_down() -> None:
    with servers.memory.lonely_sentinel() as sentinel:
        code, output = OK, ""
        until = time.monotonic() + 10
        while code == OK and time.monotonic() < until:
            time.sleep(0.2)
            code, output = check(sentinel["sentinel"], "--service", "sentinel")
        assert code == WARNING, output
        assert "the master cart is down (" in output


@pytest.mark.field(10)
@pytest.mark.engine("redis-server", servers.PACKAGES["redis-server"])
def test_a_redis_is_no_sentinel() -> None:
    with servers.redis() as database:
        code, output = check(database["redis"], "--service", "sentinel")
        assert (code, "it is not a Sentinel" in output) == (WARNING, True), output


# PgBouncer


@pytest.mark.field(8)
@pytest.mark.engine("pgbouncer", servers.PACKAGES["pgbouncer"])
@pytest.mark.parametrize("auth", ["trust", "any", "md5", "plain", "scram-sha-256"])
def test_pgbouncer_without_our_user_and_database_is_healthy(auth: str) -> None:
    with servers.databases.pgbouncer(auth) as pooler:
        code, output = check(pooler["pgbouncer"], "--service", "postgres")
        assert code == OK, output
        assert ("access 08P01" in output) is (auth in ("trust", "any")), output


@pytest.mark.field(8)
@pytest.mark.engine("pgbouncer", servers.PACKAGES["pgbouncer"])
def test_a_full_pgbouncer_is_not_healthy() -> None:
    with servers.databases.crowded_pgbouncer() as pooler:
        code, output = check(pooler["pgbouncer"], "--service", "postgres")
        assert (code, "too many connections" in output) == (WARNING, True), output


# memcached with the binary protocol


@pytest.mark.field(9)
@pytest.mark.engine("memcached", servers.PACKAGES["memcached"])
def test_a_binary_memcached_is_named_at_once() -> None:
    with servers.memory.binary_memcached() as cache:
        began = time.monotonic()
        code, output = check(cache["memcached"], "--service", "memcached")
        assert (code, "memcached-binary" in output) == (CRITICAL, True), output
        assert time.monotonic() - began < 2
        code, output = check(cache["memcached"], "--service", "memcached-binary")
        assert code == OK, output


@pytest.mark.field(9)
@pytest.mark.engine("memcached", servers.PACKAGES["memcached"])
def test_a_memcached_of_both_protocols_answers_both() -> None:
    with servers.memcached() as cache:
        for service in ("memcached", "memcached-binary"):
            code, output = check(cache["memcached"], "--service", service)
            assert code == OK, output
