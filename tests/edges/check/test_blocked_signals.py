# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A parent that blocks or ignores signals: its children inherit that, and must work as usual."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from support.listener_process import listening
from support.loopback import Stage
from support.scripted import accepts
from tcp_health.dialogue import timed_search

pytestmark = pytest.mark.field(55)

PLUGIN = Path(__file__).parents[3] / "plugins" / "check_tcp_health"
A = "127.0.0.2"
HOSTILE = b"x" * 100 + b"!"
ENDLESS = re.compile(rb"^(x+)+$")

BLOCK = "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())"
IGNORE = """
for number in (signal.SIGVTALRM, signal.SIGALRM, signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
    signal.signal(number, signal.SIG_IGN)
"""


def under(setting: str) -> list[str]:
    """Return the prefix of a command that runs it as the child of a parent with this setting of its signals."""
    return [sys.executable, "-c", f"import os, signal, sys\n{setting}\nos.execv(sys.argv[1], sys.argv[1:])"]


@pytest.mark.parametrize("setting", [BLOCK, IGNORE, BLOCK + IGNORE], ids=["blocked", "ignored", "both"])
def test_an_expression_is_stopped(setting: str) -> None:
    with Stage({A: accepts(HOSTILE)}) as stage:
        words = [f"-H{A}", f"-p{stage.port}", "-t", "5", "--step", "expect-regex ^(x+)+$"]
        began = time.monotonic()
        done = subprocess.run(
            [*under(setting), sys.executable, str(PLUGIN), *words],
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
    assert done.returncode == 3, done
    assert "the regular expression took longer than 50 ms" in done.stdout
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("setting", [BLOCK, IGNORE, BLOCK + IGNORE], ids=["blocked", "ignored", "both"])
def test_the_time_limit_and_a_closed_output_need_no_signal(setting: str) -> None:
    with Stage({A: accepts()}) as stage:
        read, write = os.pipe()
        os.close(read)
        words = [f"-H{A}", f"-p{stage.port}", "-t", "0.5", "-e", "220"]
        done = subprocess.run(
            [*under(setting), sys.executable, str(PLUGIN), *words],
            stdout=write, stderr=subprocess.PIPE, text=True, check=False, timeout=30,
        )  # fmt: skip
        os.close(write)
    assert (done.returncode, done.stderr) == (2, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_listener_ends_by_a_signal_that_its_parent_blocked(number: int) -> None:
    with listening(prefix=under(BLOCK)) as listener:
        try:
            assert listener.stop(number, patience=5) == 0
        finally:
            listener.process.kill()


def _ring(rung: list[int], number: int, _: object) -> None:
    rung.append(number)


def test_the_mask_and_a_waiting_alarm_are_as_before() -> None:
    for waiting in (False, True):
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGVTALRM])
        rung: list[int] = []
        handler = signal.signal(signal.SIGVTALRM, partial(_ring, rung))
        try:
            if waiting:
                signal.raise_signal(signal.SIGVTALRM)
            assert timed_search.search(re.compile(b"y"), b"xy") is not None
            with pytest.raises(timed_search.StoppedError, match="took longer"):
                timed_search.search(ENDLESS, HOSTILE)
            assert signal.SIGVTALRM in signal.pthread_sigmask(signal.SIG_BLOCK, ())
            assert (signal.SIGVTALRM in signal.sigpending()) is waiting
            assert not rung
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            assert len(rung) == waiting
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            signal.signal(signal.SIGVTALRM, handler)
