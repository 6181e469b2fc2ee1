# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each probe has the time of day at which it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.fake_network import FakeNetwork
from support.scripted import accepts
from tcp_health.engine.engine import run
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_a_clock_that_is_set_while_the_source_blocks_counts_for_its_probe() -> None:
    """As after a suspension of the machine, which the monotonic clock does not count."""
    network = FakeNetwork(default=accepts())
    begun = network.today

    def targets() -> Iterator[Probe]:
        for key in range(2):
            network.today = begun + 3600 * key
            yield Probe(Target("127.0.0.2", 80), Recipe(), key)

    ats = {outcome.probe.key: outcome.at for outcome in run(targets(), network=network)}
    assert ats == {0: begun, 1: begun + 3600}
