# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A server that never stops sending does not put off the deadlines of others."""

from __future__ import annotations

from support.fake_network import FakeNetwork
from support.scripted import FLOOD, accepts, is_silent
from tcp_health.dialogue.steps import exchange
from tcp_health.engine.engine import run
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Target

ENDLESS, SILENT = "127.0.0.2", "127.0.0.3"


def test_deadlines_hold_beside_an_endless_answer() -> None:
    network = FakeNetwork({ENDLESS: accepts(FLOOD), SILENT: is_silent()})
    endless = Recipe(timeout=10.0, dialogue=exchange(read="eof"))
    short = Recipe(timeout=1.0, trace="never")
    probes = [
        Probe(Target(ENDLESS, 80), endless),
        *(Probe(Target(SILENT, 80), short, number) for number in range(500)),
    ]
    late = [each.elapsed for each in run(probes, network=network) if each.probe.key is not None]
    assert len(late) == 500
    assert max(late) < 1.1
