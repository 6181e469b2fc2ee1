# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command of --on-change: one at a time, the last state wins, and none outlives its limit."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING

import pytest

from tcp_health_plugins.check.on_change import ChangeCommand

if TYPE_CHECKING:
    from pathlib import Path


def facts(state: str, target: str = "db1:22") -> dict[str, str]:
    return {"TCP_HEALTH_TARGET": target, "TCP_HEALTH_STATE": state, "TCP_HEALTH_STATE_BEFORE": "?"}


def shell(text: str) -> str:
    return f"sh -c {shlex.quote(text)}"


def served(command: ChangeCommand, seconds: float = 10.0) -> list[str]:
    """Serve until nothing runs and nothing waits; return the sentences."""
    found: list[str] = []
    end = time.monotonic() + seconds
    while True:
        found += command.serve(time.monotonic())
        if not command.is_busy:
            return found
        assert time.monotonic() < end
        time.sleep(0.01)


def test_one_runs_at_a_time_and_of_those_that_wait_the_last_of_each_target(tmp_path: Path) -> None:
    log = tmp_path / "log"
    line = '"$TCP_HEALTH_TARGET $TCP_HEALTH_STATE_BEFORE $TCP_HEALTH_STATE"'
    command = ChangeCommand(shell(f"echo begin {line} >> {log}; sleep 0.3; echo end {line} >> {log}"))
    command.changed(facts("CRITICAL"))
    assert command.serve(time.monotonic()) == []
    for state in ("OK", "WARNING", "UNKNOWN"):
        command.changed(facts(state))
    command.changed(facts("WARNING", "db2:22"))
    assert served(command) == []
    calls = ["db1:22 OK CRITICAL", "db1:22 CRITICAL UNKNOWN", "db2:22 OK WARNING"]
    expected = [f"{word} {call}" for call in calls for word in ("begin", "end")]
    assert log.read_text(encoding="utf-8").splitlines() == expected


def test_a_state_that_has_come_back_meanwhile_runs_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = ChangeCommand(shell(f"echo $TCP_HEALTH_STATE >> {log}; sleep 0.3"))
    command.changed(facts("CRITICAL"))
    command.serve(time.monotonic())
    command.changed(facts("OK"))
    command.changed(facts("CRITICAL"))
    served(command)
    assert log.read_text(encoding="utf-8") == "CRITICAL\n"


@pytest.mark.parametrize("text", ["sleep 60", "trap '' TERM; while :; do sleep 0.1; done"])
def test_a_command_that_takes_too_long_is_ended(text: str) -> None:
    command = ChangeCommand(shell(text), limit=0.2)
    command.changed(facts("CRITICAL"))
    began = time.monotonic()
    assert served(command) == ["--on-change for db1:22 CRITICAL: ended after 0.2 s"]
    assert time.monotonic() - began < 8


def test_the_end_of_the_watch_ends_a_command_that_ignores_sigterm() -> None:
    command = ChangeCommand(shell("trap '' TERM; while :; do sleep 0.1; done"))
    command.changed(facts("CRITICAL"))
    command.serve(time.monotonic())
    command.changed(facts("WARNING", "db2:22"))
    time.sleep(0.3)
    assert command.close() == [
        "--on-change for db1:22 CRITICAL: ended, because the watch has ended",
        "--on-change for db2:22 WARNING: not started, because the watch has ended",
    ]
    assert not command.is_busy


@pytest.mark.parametrize(
    ("text", "reason"),
    [("exit 3", "exit code 3"), ("kill -9 $$", "ended by signal 9"), ("exit 0", "")],
)
def test_each_failure_is_a_sentence(text: str, reason: str) -> None:
    command = ChangeCommand(shell(text))
    command.changed(facts("CRITICAL"))
    assert served(command) == ([f"--on-change for db1:22 CRITICAL: {reason}"] if reason else [])


def test_a_command_that_has_vanished_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "alert"
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    command = ChangeCommand(str(path))
    path.unlink()
    command.changed(facts("CRITICAL"))
    assert served(command) == ["--on-change for db1:22 CRITICAL: No such file or directory"]


def test_what_it_prints_goes_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    command = ChangeCommand(shell("echo out; echo err >&2; cat"))
    command.changed(facts("CRITICAL"))
    served(command)
    assert capfd.readouterr() == ("", "out\nerr\n")
