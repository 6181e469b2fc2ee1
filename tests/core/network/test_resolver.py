# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Name lookups: shared, bounded in number, and never waited for beyond the limit."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

from support.lookups import printed
from tcp_health.model.causes import Cause

ROOT = Path(__file__).parents[3]


LOOKUPS = """
import json, socket, sys, threading, time
asked, most, lock = [], 0, threading.Lock()

def lookup(host, *rest):
    global most
    with lock:
        asked.append(host.decode())
        most = max(most, sum(each.name.startswith("resolver") for each in threading.enumerate()))
    time.sleep({seconds})
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

socket.getaddrinfo = lookup
from tcp_health.dialogue.steps import exchange
from tcp_health.engine.engine import run
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Target
names = {names}
outcomes = list(run([Probe(Target(name, {port}), Recipe(timeout={timeout})) for name in names]))
causes = [outcome.attempts[0].cause for outcome in outcomes]
print(json.dumps([sorted(asked), most, causes]))
"""


def looked_up(names: list[str], seconds: float, timeout: float) -> tuple[list[str], int, list[str | None]]:
    with socket.create_server(("127.0.0.1", 0), backlog=256) as server:
        script = LOOKUPS.format(seconds=seconds, names=names, timeout=timeout, port=server.getsockname()[1])
        asked, most, causes = printed(script)
    return asked, most, causes


def test_identical_names_in_flight_share_one_lookup() -> None:
    asked, _, causes = looked_up(["one.test"] * 50 + ["two.test"] * 50, 0.1, 5)
    assert asked == ["one.test", "two.test"]
    assert causes == [None] * 100


def test_a_literal_reaches_no_lookup() -> None:
    asked, most, causes = looked_up(["127.0.0.1"] * 3, 0.1, 5)
    assert (asked, most, causes) == ([], 0, [None] * 3)


def test_at_most_32_threads_look_names_up() -> None:
    asked, most, causes = looked_up([f"n{number}.test" for number in range(100)], 0.05, 10)
    assert (len(asked), most) == (100, 32)
    assert causes == [None] * 100


def test_hung_lookups_delay_no_other_check() -> None:
    began = time.monotonic()
    asked, most, causes = looked_up([f"n{number}.test" for number in range(50)], 60, 0.5)
    assert time.monotonic() - began < 10
    assert (len(asked), most) == (32, 32)
    assert causes == [Cause.RESOLVER_SILENT] * 50


HUNG = """
import socket, sys, time
socket.getaddrinfo = lambda *arguments, **named: time.sleep(60)
from tcp_health_plugins.check.main import main
sys.exit(main(sys.argv[1:], "check_tcp_health"))
"""


def test_with_a_hung_resolver_the_check_prints_and_ends_in_time() -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", HUNG, "-H", "db.test", "-p", "80", "-t", "1", "--trace", "never"],
        capture_output=True, text=True, check=False, timeout=30, cwd=ROOT / "plugins",
    )  # fmt: skip
    took = time.monotonic() - began
    beginning = time.monotonic()
    subprocess.run([sys.executable, "-c", "import socket, nagiosplugin"], check=True)
    start_up = time.monotonic() - beginning
    assert done.stdout.startswith(
        "TCP CRITICAL - Socket timeout after 1 seconds - dns, local, network or firewall: no answer|time=1.0"
    )
    assert (done.returncode, done.stderr) == (2, "")
    assert took - start_up < 2.0
