# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real servers from Debian, checked by service name if check_tcp has one, otherwise with send and expect."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest

from real import servers
from real.fixtures import started
from real.installed import linked_plugins

pytestmark = pytest.mark.once

OK, WARNING, CRITICAL = 0, 1, 2

Check = Callable[..., "subprocess.CompletedProcess[str]"]

web = pytest.mark.engine("nginx", servers.PACKAGES["nginx"])
shell = pytest.mark.engine("sshd", servers.PACKAGES["sshd"])
database = pytest.mark.engine("redis-server", servers.PACKAGES["redis-server"])
mail = pytest.mark.engine("postfix", servers.PACKAGES["postfix"])
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="postfix must be started as root")
mailboxes = pytest.mark.engine("dovecot", servers.PACKAGES["dovecot"])


nginx = started(servers.nginx)
sshd = started(servers.sshd)
redis = started(servers.redis)
postfix = started(servers.postfix)
dovecot = started(servers.dovecot)


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """A function that runs a plugin of the given name on a port of 127.0.0.1."""
    folder = linked_plugins(tmp_path)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])

    def run(name: str, port: int, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(folder / name), "-H", "127.0.0.1", "-p", str(port), *words],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    return run


REQUEST = ("-E", "-s", r"GET / HTTP/1.0\r\n\r\n", "-e", "200 OK")
"""check_tcp has no name for web servers: a request to send, and a word of the answer."""


@web
def test_nginx_answers_a_request_that_is_sent(check: Check, nginx: servers.Server) -> None:
    seen = check("check_tcp", nginx["http"], *REQUEST)
    assert (seen.returncode, seen.stdout[:9]) == (OK, "TCP OK - "), seen


@web
def test_nginx_answers_a_request_through_tls(check: Check, nginx: servers.Server) -> None:
    seen = check("check_tcp", nginx["https"], "-S", *REQUEST)
    assert (seen.returncode, seen.stdout[:9]) == (OK, "TCP OK - "), seen


@web
def test_the_days_of_a_real_certificate_are_reported(check: Check, nginx: servers.Server) -> None:
    seen = check("check_tcp", nginx["https"], "-D", "30,10")
    assert seen.returncode == OK, seen
    assert "OK - Certificate 'server.example.org' will expire" in seen.stdout
    assert check("check_tcp", nginx["https"], "-D", "100,10").returncode == WARNING


@web
@pytest.mark.field(15)
def test_nginx_refuses_the_versions_that_it_is_not_set_to(check: Check, nginx: servers.Server) -> None:
    for port, version, state in (
        ("https", "1.1", OK), ("https_tls12", "1.1", OK), ("https_tls13", "1.2", OK), ("https_tls13", "1.0", OK),
        ("https_tls10", "1.0", CRITICAL), ("https_tls10", "1.1", CRITICAL), ("https", "1.2", CRITICAL),
        ("http", "1.1", CRITICAL),
    ):  # fmt: skip
        words = ("--no-verify", "--expect-state", f"tls-{version}-refused")
        seen = check("check_tcp", nginx[port], *words)
        assert seen.returncode == state, (port, version, seen)


@shell
def test_sshd_sends_its_protocol_version(check: Check, sshd: servers.Server) -> None:
    seen = check("check_tcp", sshd["ssh"], "-e", "SSH-2.0")
    assert seen.returncode == OK, seen
    assert "[SSH-2.0-OpenSSH" in seen.stdout


@database
def test_redis_answers_ping_with_pong(check: Check, redis: servers.Server) -> None:
    seen = check("check_tcp", redis["redis"], "-E", "-s", r"PING\r\n", "-e", "PONG")
    assert seen.returncode == OK, seen
    assert "[+PONG]" in seen.stdout


@mail
@as_root
@pytest.mark.parametrize("service", ["smtp", "ssmtp"])
def test_postfix_is_checked_by_its_service_name(check: Check, postfix: servers.Server, service: str) -> None:
    seen = check(f"check_{service}", postfix[service])
    assert seen.returncode == OK, seen
    assert seen.stdout.startswith(f"{service.upper()} OK - ")
    assert "[220 mail.example.org ESMTP Postfix]" in seen.stdout


@mailboxes
@pytest.mark.parametrize("service", ["imap", "simap", "pop", "spop"])
def test_dovecot_is_checked_by_its_service_names(check: Check, dovecot: servers.Server, service: str) -> None:
    seen = check(f"check_{service}", dovecot[service])
    assert seen.returncode == OK, seen
    assert seen.stdout.startswith(f"{service.upper()} OK - ")


@mailboxes
@pytest.mark.parametrize(
    ("service", "port"), [("pop", "imap"), ("imap", "pop"), ("ftp", "pop"), ("smtp", "imap")]
)
def test_another_service_on_the_port_is_a_mismatch(
    check: Check, dovecot: servers.Server, service: str, port: str
) -> None:
    seen = check(f"check_{service}", dovecot[port])
    assert seen.returncode == WARNING, seen
    assert f"{service.upper()} WARNING - Unexpected response from host/socket: " in seen.stdout


@shell
def test_a_service_name_for_mailboxes_does_not_match_a_shell_server(
    check: Check, sshd: servers.Server
) -> None:
    seen = check("check_imap", sshd["ssh"])
    assert seen.returncode == WARNING, seen
    assert "Unexpected response from host/socket: SSH-2.0-OpenSSH" in seen.stdout


@pytest.mark.field(50)
@database
def test_redis_repeats_120_characters_of_a_token_and_no_output_has_a_part_of_it(
    check: Check, redis: servers.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "".join(f"{number:x}-" for number in range(100_000, 100_060))
    monkeypatch.setenv("TOKEN", token)
    words = ("--step", "line LOGIN {env:TOKEN}", "--step", "expect +OK", "--expect-timeout", "0.2")
    for more in ((), ("-vvv",), ("--explain",), ("--output", "json")):
        seen = check("check_tcp", redis["redis"], *words, *more)
        assert "with args beginning with: '***'" in seen.stdout
        assert not any(token[place : place + 8] in seen.stdout for place in range(len(token) - 7))


@database
def test_an_error_of_redis_is_a_mismatch(check: Check, redis: servers.Server) -> None:
    seen = check("check_tcp", redis["redis"], "-E", "-s", r"NONSENSE\r\n", "-e", "PONG")
    assert seen.returncode == WARNING, seen
    assert "Unexpected response from host/socket: -ERR" in seen.stdout
