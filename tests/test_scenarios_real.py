# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The same scenarios on real sockets: on loopback, or in a namespace where they need one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scenarios import SCENARIOS
from support.namespace import CANNOT
from support.playing import Seen, faults, on_real
from support.scenario import LOOPBACK, NAMESPACE, Scenario
from tcp_health.model.causes import CAUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent

ON_LOOPBACK = [scenario for scenario in SCENARIOS if scenario.reality == LOOPBACK]
IN_NAMESPACE = [scenario for scenario in SCENARIOS if scenario.reality == NAMESPACE]


@pytest.mark.parametrize("scenario", ON_LOOPBACK, ids=str)
def test_on_loopback(scenario: Scenario, tmp_path: Path) -> None:
    assert not faults(scenario, on_real(scenario, tmp_path), exact=False)


@pytest.fixture(scope="module", autouse=True)
def playing_meanwhile(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str] | None]:
    """Play the scenarios of the namespace at the same time as those on loopback: both mostly wait."""
    if not any("in_a_namespace" in item.name for item in request.session.items):
        yield None
        return
    process = subprocess.Popen(
        [sys.executable, "-m", "support.namespace"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(HERE), str(HERE.parent / "plugins")))},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    with process:
        yield process
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # unless it has ended, with those it started


@pytest.fixture(scope="module")
def namespace(playing_meanwhile: subprocess.Popen[str] | None) -> dict[str, Any]:
    """The outcome of each scenario of the namespace, by its name; one namespace plays them all."""
    assert playing_meanwhile is not None
    output, errors = playing_meanwhile.communicate(timeout=120)
    if playing_meanwhile.returncode == CANNOT:
        pytest.skip(errors.strip())
    assert playing_meanwhile.returncode == 0, errors
    return dict(map(json.loads, output.splitlines()))


@pytest.mark.parametrize("scenario", IN_NAMESPACE, ids=str)
def test_in_a_namespace(scenario: Scenario, namespace: dict[str, Any]) -> None:
    played = namespace[scenario.name]
    assert "fault" not in played, played["fault"]
    assert not faults(scenario, Seen.revive(played), exact=False)


@pytest.mark.parametrize("cause", sorted(CAUSES))
def test_every_cause_can_be_produced_on_real_sockets(cause: str) -> None:
    assert [scenario for scenario in ON_LOOPBACK + IN_NAMESPACE if scenario.cause == cause]
