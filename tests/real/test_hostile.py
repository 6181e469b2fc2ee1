# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nagios and Icinga check servers whose banners try to forge lines, perfdata and states."""

from __future__ import annotations

from pathlib import Path

import pytest

from real import hostile
from real.banners import ATTACKS, banners
from real.installed import installed_plugins

pytestmark = pytest.mark.once

ENGINES = [
    pytest.param("icinga", marks=pytest.mark.engine("icinga2", "icinga2-bin")),
    pytest.param("nagios", marks=pytest.mark.engine("nagios4", "nagios4-core")),
]

SEED = 3_2026
COUNT = 120
"""The number of banners here; the acceptance script has 500, a new seed each time, and both states of each."""

OPTIONS = ("", "-v", "-vv", "-vvv", "--perfdata=full")

C_PLUGINS = Path("/usr/lib/nagios/plugins")


@pytest.mark.parametrize("engine", ENGINES)
def test_hostile_banners_forge_nothing(engine: str) -> None:
    found = hostile.checked(engine, banners(SEED, COUNT), installed_plugins(), OPTIONS, hostile.IN_TURN)
    assert found.checked == COUNT
    assert not found.forged, f"seed {SEED}\n{found}"
    assert not found.states, f"seed {SEED}\n{found}"


@pytest.mark.engine("/usr/lib/nagios/plugins/check_tcp", "monitoring-plugins-basic")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_plugin_that_prints_banners_raw_would_be_caught(engine: str) -> None:
    found = hostile.checked(engine, banners(SEED, len(ATTACKS)), C_PLUGINS, [""], hostile.IN_TURN)
    for kind in (
        "perfdata item",
        "a line of the server's own",
        "characters",
        "HTML",
        "a change of direction",
    ):
        assert any(kind in each for each in found.forged), kind
