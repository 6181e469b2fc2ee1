# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a check leaves at real servers: their logs and counters, and the filters that read them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from real import leftovers, servers, situations
from real.credentials import trusted
from real.daemon import need
from support.namespace import CANNOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from real.servers import Server

pytestmark = pytest.mark.once

PLUGIN = Path(__file__).resolve().parents[2] / "plugins" / "check_tcp_health"
OK, WARNING, CRITICAL = 0, 1, 2

shell = pytest.mark.engine("sshd", servers.PACKAGES["sshd"])
bans = pytest.mark.engine("fail2ban-regex", "fail2ban")
mail = pytest.mark.engine("postfix", servers.PACKAGES["postfix"])
database = pytest.mark.engine("mariadbd", servers.PACKAGES["mariadbd"])
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="postfix must be started as root")


def check(port: int, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a check of PORT on 127.0.0.1."""
    return subprocess.run(
        [sys.executable, str(PLUGIN), "-H", "127.0.0.1", "-p", str(port), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def lines_after(server: Server, count: int, *words: str) -> list[str]:
    """Run COUNT checks, and return what the server then adds to its log."""
    settled(server.daemon.log)  # what the connection leaves that waited for the port
    before = server.daemon.log.stat().st_size
    for _ in range(count):
        assert check(server["ssh"], *words).returncode == OK
    return settled(server.daemon.log)[before:].decode().splitlines()


def settled(log: Path) -> bytes:
    """Return a log, once it has not grown for half a second."""
    text, seen = log.read_bytes(), None
    while text != seen:
        time.sleep(0.5)
        text, seen = log.read_bytes(), text
    return text


@shell
@pytest.mark.field(5)
def test_sshd_logs_no_error_for_a_check() -> None:
    with servers.sshd(more="LogLevel ERROR") as server:
        assert lines_after(server, 3, "--service", "ssh") == []
        assert lines_after(server, 3, "--service", "ssh", "--close", "reset") == []
        assert any("kex_exchange_identification" in line for line in lines_after(server, 3)), (
            "a check of the port alone"
        )


@shell
@bans
@pytest.mark.field(5)
@pytest.mark.parametrize("mode", ["normal", "extra", "ddos", "aggressive"])
def test_fail2ban_finds_nothing_of_a_check_in_the_log_of_sshd(mode: str, tmp_path: Path) -> None:
    """Its modes ddos and aggressive match every connection without a login: the page shows ignoreip for these."""
    with servers.sshd() as server:
        lines = lines_after(server, 3, "--service", "ssh")
    assert len(lines) == 6, "two lines of information a check"
    log = tmp_path / "auth.log"
    log.write_text("".join(f"Nov 28 10:00:00 host sshd[7]: {line}\n" for line in lines))
    source = f"/etc/fail2ban/filter.d/sshd.conf[mode={mode}]"
    done = subprocess.run(
        [need("fail2ban-regex", "fail2ban"), str(log), source],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    expected = "6 lines, 0 ignored, 3 matched" if mode in ("ddos", "aggressive") else ", 0 matched"
    assert expected.rpartition(", ")[2] in done.stdout, done.stdout
    if mode in ("ddos", "aggressive"):
        page = (PLUGIN.parents[1] / "docs" / "services.md").read_text(encoding="utf-8")
        assert f"`{mode}`" in page
        assert "ignoreip = " in page


@mail
@as_root
@pytest.mark.field(7)
def test_a_mail_server_that_is_strict_about_names_accepts_the_address_of_our_side() -> None:
    with servers.postfix() as server:
        port = server["smtp_strict"]
        for words in (("--service", "submission"), ("--starttls", "smtp", "--ca-file", str(trusted()))):
            assert check(port, *words).returncode == OK, words
            assert check(port, *words, "--helo", "monitor.example.org").returncode == OK, words
            refused = check(port, *words, "--helo", "localhost")
            assert refused.returncode != OK
            assert "localhost›: Helo command rejected" in refused.stdout, refused.stdout


@mail
@as_root
def test_a_mail_server_loses_no_connection_after_quit() -> None:
    with servers.postfix() as server:
        for _ in range(8):
            assert check(server["ssmtp"], "--service", "ssmtp").returncode == OK
        log = settled(server.daemon.log).decode()
    assert log.count(" quit=1 ") == 8
    assert "lost connection after QUIT" not in log


def test_the_page_has_a_line_for_every_kind_of_check() -> None:
    """tests/acceptance/11-2-logs compares what is in them."""
    page = leftovers.PAGE.read_text(encoding="utf-8").partition(leftovers.MARK)[2].partition(leftovers.END)[0]
    for kind in leftovers.KINDS:
        assert f"| {kind.title} | {kind.server} | {kind.certificate} |" in page


def test_every_service_and_protocol_of_a_real_server_is_surveyed() -> None:
    def names(checks: Iterable[tuple[str, tuple[str, ...]]]) -> set[tuple[str, str]]:
        return {(server, words[place + 1]) for server, words in checks for place, word in enumerate(words)
                if word in ("--service", "--starttls") and words[place + 1] != "tcp"}  # fmt: skip

    real = names((each.server, each.words) for each in situations.HEALTHY if each.server in leftovers.STARTS)
    assert real <= names((each.server, each.words) for each in leftovers.KINDS)


@pytest.fixture(scope="module")
def story() -> list[dict[str, Any]]:
    """The steps of real.blocking."""
    folders = os.pathsep.join([str(PLUGIN.parent), str(PLUGIN.parents[1] / "tests")])
    done = subprocess.run(
        [sys.executable, "-m", "real.blocking"],
        env={**os.environ, "PYTHONPATH": folders},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode == CANNOT:
        pytest.skip("the system allows no namespaces")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@database
@as_root
@pytest.mark.field(1)
def test_a_check_adds_one_connection_error_at_most(story: list[dict[str, Any]]) -> None:
    before = {"errors": 0, "handshakes": 0}
    for step in story:
        grown = step["handshakes"] - before["handshakes"]
        bad = step["title"].startswith("bad certificate")
        if step["title"] != "login" or step["handshakes"]:  # FLUSH HOSTS clears all
            assert grown == bad, step
        assert step["errors"] <= before["errors"] + 1, step
        if step["title"] == "bad certificate, with a user":
            assert step["errors"] == 0, "a login that succeeds resets it"
        if bad:
            assert "the server counts this connection (max_connect_errors)" in step["output"], step
        before = step
    assert {step["code"] for step in story if step["title"].startswith("good")} == {OK}
    assert {step["code"] for step in story if step["title"].startswith("login")} == {OK}


@database
@as_root
@pytest.mark.field(1)
def test_the_verdict_after_a_block_names_the_block(story: list[dict[str, Any]]) -> None:
    blocked = [step for step in story if step["title"].startswith("blocked")]
    assert [step["code"] for step in blocked] == [CRITICAL] * 3
    for step in blocked[:2]:
        assert "server: blocks this host" in step["output"]
        assert "many connection errors (max_connect_errors) until FLUSH HOSTS" in step["output"]
    shown = json.loads(blocked[2]["output"])
    assert [attempt["cause"] for attempt in shown["attempts"]] == ["host_blocked"]
    assert shown["fault"]["name"] == "host-blocked"
    assert blocked[2]["blocked"] == 4, "and the second connection of the check before them"
