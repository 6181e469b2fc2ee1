# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""hung-resolver: the time until a check has printed and ended whose name no resolver answers for."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from .figure import Figure
from .process import CHECK, PATHS, environment, go_first
from .silent_resolver import prefix, questions, silence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIMIT = 1.0
GOAL = LIMIT + 0.2
RUNS = 10

# A busy machine delays every program. So root's checks run at real-time priority, and at the same time as each check
# an interpreter only sleeps for the limit: if that one needs more than this, the run is invalid and is repeated, up to
# this total.
KEPT = LIMIT + 0.1
MOST_RUNS = 25

_INSIDE = (sys.executable, "-m", "bench.hung_resolver")

# The exit code of the part inside the namespaces if they cannot be used here.
NOT_POSSIBLE = 77

ARGUMENTS = ("-H", "silent.invalid", "-p", "80", "-t", f"{LIMIT:g}")
SLEEPER = (sys.executable, "-c", f"import socket, time; time.sleep({LIMIT})")

# Without permission for namespaces: the same check, with a name lookup that sleeps instead of the C library's.
_DEAF = """
import socket, sys, time
socket.getaddrinfo = lambda *arguments, **named: time.sleep(60)
sys.argv[0] = "check_tcp_health"
from tcp_health_plugins.check.main import main
sys.exit(main())
"""


def figures(runs: int = RUNS) -> Iterator[Figure]:
    """The slowest of several checks that wait for a resolver without an answer."""
    pairs, how = _asking(runs)
    counted = [seconds for seconds, sleeper in pairs if sleeper <= KEPT]
    repeated = len(pairs) - len(counted)
    # If every run was invalid, all of them are used.
    seconds = counted or [seconds for seconds, _ in pairs]
    sleepers = [sleeper for _, sleeper in pairs]
    beside = f"an interpreter that sleeps as long {min(sleepers):.2f} to {max(sleepers):.2f} s"
    notes = [f"fastest {min(seconds):.2f} s; at the same time {beside}; {how}"]
    if repeated:
        notes.append(
            f"{repeated} more runs were invalid: that interpreter itself needed more than {KEPT:g} s"
        )
    yield Figure(
        "hung-resolver",
        max(seconds),
        f"s until a check with -t {LIMIT:g} has printed and ended, the slowest of {len(seconds)}",
        most=GOAL,
        notes=tuple(notes),
    )


def _asking(runs: int) -> tuple[list[tuple[float, float]], str]:
    """The seconds of each run and of its sleeper, and the kind of resolver."""
    namespaces = prefix()
    if namespaces is not None:
        done = _apart([*namespaces, *_INSIDE, "silence", str(runs)])
        if done.returncode == 0:
            return _read(done.stdout, "a name server that never answers")
        if done.returncode != NOT_POSSIBLE:
            raise RuntimeError(done.stderr)
    done = _apart([*_INSIDE, "deaf", str(runs)])
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return _read(done.stdout, "a getaddrinfo that sleeps, since this machine allows no namespaces")


def _apart(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env={**environment(), **PATHS}, capture_output=True, text=True, check=False
    )


def _read(text: str, how: str) -> tuple[list[tuple[float, float]], str]:
    found = json.loads(text)
    pairs = [(float(ours), float(sleeper)) for ours, sleeper in found["pairs"]]
    return pairs, f"{how}, at {'real-time' if found['first'] else 'the usual'} priority"


def _pairs(command: Sequence[str], runs: int) -> list[tuple[float, float]]:
    pairs: list[tuple[float, float]] = []
    while sum(sleeper <= KEPT for _, sleeper in pairs) < runs and len(pairs) < max(MOST_RUNS, runs):
        with ThreadPoolExecutor(1) as pool:
            sleeper = pool.submit(timed, SLEEPER, "", 0)
            pairs.append((timed(command, "TCP CRITICAL", 2), sleeper.result()))
    return pairs


def timed(command: Sequence[str], words: str, code: int) -> float:
    """Seconds from a command's start until it has ended and its output was read.

    RuntimeError for another exit code, or if `words` are not in its output.
    """
    began = time.perf_counter()
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**environment(), **PATHS}
    )
    seconds = time.perf_counter() - began
    if done.returncode != code or words not in done.stdout or done.stderr:
        raise RuntimeError(f"exit code {done.returncode}, {done.stdout!r}, {done.stderr!r}")
    return seconds


def _inside(kind: str, runs: int) -> int:
    """In a process, and perhaps namespaces, of its own: print the pairs; NOT_POSSIBLE if no query arrives."""
    first = go_first()
    if kind == "deaf":
        pairs = _pairs([sys.executable, "-c", _DEAF, *ARGUMENTS], runs)
    else:
        try:
            with silence() as sock:
                pairs = _pairs([*CHECK, *ARGUMENTS], runs)
                if questions(sock) < runs:  # for example because a cache daemon answered
                    return NOT_POSSIBLE
        except (OSError, subprocess.CalledProcessError):
            return NOT_POSSIBLE
    print(json.dumps({"pairs": pairs, "first": first}))
    return 0


if __name__ == "__main__":
    sys.exit(_inside(sys.argv[1], int(sys.argv[2])))
