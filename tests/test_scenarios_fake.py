# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every scenario on the fake network, to the microsecond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scenarios import SCENARIOS
from support.playing import faults, on_fake
from tcp_health.model.causes import CAUSES

if TYPE_CHECKING:
    from support.scenario import Scenario


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_on_the_fake_network(scenario: Scenario) -> None:
    assert not faults(scenario, on_fake(scenario), exact=True)


def test_no_two_scenarios_have_the_same_name() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("cause", sorted(CAUSES))
def test_every_cause_has_a_scenario(cause: str) -> None:
    assert [scenario for scenario in SCENARIOS if scenario.cause == cause]
