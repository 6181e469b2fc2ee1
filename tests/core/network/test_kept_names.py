# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Name lookups that are kept for a whole run, in bounded number."""

from __future__ import annotations

import socket

from support.lookups import printed

# One check after another, so that no two lookups are in flight together.
LOOKUPS = """
import json, socket
asked = []

def lookup(host, *rest):
    name = host.decode()
    asked.append(name)
    if name == "unknown.test":
        raise socket.gaierror(socket.EAI_NONAME, "unknown")
    if name == "failing.test":
        raise socket.gaierror(socket.EAI_AGAIN, "try again")
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

socket.getaddrinfo = lookup
from tcp_health.engine.engine import run
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Target
from tcp_health.network.network import Network
network = Network(kept_names={kept})
recipe = Recipe(trace="never")
outcomes = list(run([Probe(Target(name, port), recipe) for name, port in {targets}], network=network, limit=1))
network.shut()
print(json.dumps([asked, [[o.attempts[-1].cause, o.attempts[-1].address and o.attempts[-1].address.port] for o in outcomes]]))
"""


def looked_up(kept: int, targets: list[tuple[str, int]]) -> tuple[list[str], list[list[object]]]:
    script = LOOKUPS.format(kept=kept, targets=targets)
    asked, ends = printed(script)
    return asked, ends


def test_a_kept_name_is_looked_up_once_and_each_check_has_its_own_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        ports = [one.getsockname()[1], two.getsockname()[1], one.getsockname()[1]]
        asked, ends = looked_up(10, [("a.test", port) for port in ports])
    assert asked == ["a.test"]
    assert ends == [[None, port] for port in ports]


def test_an_unknown_name_stays_unknown() -> None:
    asked, ends = looked_up(10, [("unknown.test", 1)] * 3)
    assert (asked, ends) == (["unknown.test"], [["name_unknown", None]] * 3)


def test_a_name_service_that_fails_is_asked_again() -> None:
    asked, ends = looked_up(10, [("failing.test", 1)] * 2)
    assert len(asked) > 1
    assert ends == [["resolver_failed", None]] * 2


def test_the_number_of_kept_names_is_bounded() -> None:
    names = [f"n{number}.test" for number in (1, 2, 3, 3, 2, 1)]
    asked, _ = looked_up(2, [(name, 1) for name in names])
    assert asked == ["n1.test", "n2.test", "n3.test", "n1.test"]


def test_without_the_setting_each_check_looks_its_name_up() -> None:
    asked, _ = looked_up(0, [("a.test", 1)] * 3)
    assert asked == ["a.test"] * 3
