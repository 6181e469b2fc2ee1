# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Situations that users met with services, with the real servers of Debian."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest

from real import servers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

pytestmark = pytest.mark.once

OK, WARNING, CRITICAL = 0, 1, 2

PLUGIN = Path(__file__).resolve().parents[2] / "plugins" / "check_tcp_health"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="postfix must be started as root")


def started(
    server: Callable[[], AbstractContextManager[servers.Server]],
) -> Callable[[], Iterator[servers.Server]]:
    """Return a fixture of this module that runs SERVER while its tests need it."""

    def run() -> Iterator[servers.Server]:
        with server() as ports:
            yield ports

    return pytest.fixture(scope="module", name=server.__name__)(run)


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
