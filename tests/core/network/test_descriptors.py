# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A check without free descriptors prints one clear line, at any point of the check."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nagiosplugin
import pytest

from tcp_health.engine.engine import run
from tcp_health.model.causes import Cause
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
LIBRARY = str(Path(nagiosplugin.__file__).parent.parent)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as server:
        yield server.getsockname()[1]


# 3 descriptors are open at the start, and Python does not start with a limit of 3. With 4 one is left, so that a
# module can be imported, but its socket or poller fails. Site files need more: -S loads no site.
@pytest.mark.parametrize(
    "words",
    [
        "-H 127.0.0.1",
        "-H localhost",
        "-H 127.0.0.1 -S",
        "-H /nonexistent/socket",
        "-H 127.0.0.1 --output json",
    ],
)
@pytest.mark.parametrize("limit", [4, 5, 6, 7, 8, 9])
def test_missing_descriptors_are_reported_in_one_line(words: str, limit: int, port: int) -> None:
    done = subprocess.run(
        [sys.executable, "-S", str(ROOT / "plugins" / "check_tcp_health"), *words.split(), "-p", str(port), "-t", "0.3"],
        capture_output=True, text=True, check=False, timeout=30, env={"PYTHONPATH": LIBRARY},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)),
    )  # fmt: skip
    assert not done.stderr
    assert "Traceback" not in done.stdout
    if "json" in words:
        assert '"state": "' in done.stdout or done.stdout.startswith("TCP UNKNOWN - ")
        return
    first = done.stdout.splitlines()[0]
    state = ["OK", "WARNING", "CRITICAL", "UNKNOWN"][done.returncode]
    assert first.startswith(f"TCP {state} - ")
    if state == "CRITICAL" and "/nonexistent" in words:
        assert "No such file" in first
    elif state == "UNKNOWN":
        assert "Too many open files" in first
    elif "-S" in words:
        assert "the handshake stops" in first
    else:
        assert state == "OK", first


@pytest.mark.parametrize("words", ["-H 127.0.0.1", "-H localhost"])
def test_a_check_with_enough_descriptors_succeeds(words: str, port: int) -> None:
    """The errors above are caused by the missing descriptors."""
    test_missing_descriptors_are_reported_in_one_line(words, 12, port)


SWEEP = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
from tcp_health.dialogue.steps import exchange
from tcp_health.engine.engine import run
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Target
recipe = Recipe(dialogue=exchange(read="data"), timeout=0.5)
outcomes = run([Probe(Target("127.0.0.1", {port}), recipe)] * 100, limit=100)
causes = [outcome.attempts[0].cause for outcome in outcomes]
print(len(causes), sorted(set(causes)))
"""


def test_a_sweep_without_enough_descriptors_continues(port: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SWEEP.format(port=port)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        cwd=ROOT / "plugins",
    )
    assert done.stdout.split(maxsplit=1) == ["100", "['local_limit', 'timed_out']\n"]


def test_every_run_closes_its_descriptors(port: int) -> None:
    """Each run closes what it opened: sockets, poller, resolver."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for host in ("127.0.0.1", "localhost"):
        for _ in range(5):
            [outcome] = run([Probe(Target(host, port), Recipe(family=4))])
            assert outcome.attempts[0].cause in (None, Cause.NAME_UNKNOWN)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
