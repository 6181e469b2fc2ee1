# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attempts with every kind of end, for tests of the code that evaluates them."""

from __future__ import annotations

from typing import Any

from tcp_health.model.causes import Phase
from tcp_health.model.outcome import Attempt, Failure
from tcp_health.model.target import Address, Target

HERE = Target("db", 5432)
V4, OTHER = Address(4, "192.0.2.1", 5432), Address(4, "192.0.2.2", 5432)


def good(probe: int = 0, **facts: Any) -> Attempt:
    known = {"time": 0.1, "resolve": 0.001, "connect": 0.02, "rtt": 0.019, "retransmits": 0, "address": V4}
    return Attempt(probe=probe, **{**known, **facts})


def bad(cause: str, probe: int = 0, phase: str = Phase.CONNECT, **facts: Any) -> Attempt:
    return Attempt(probe=probe, failure=Failure(cause), phase=phase, **{"time": 0.1, "address": V4, **facts})


def legs(*attempts: Attempt, of: Attempt) -> Attempt:
    whole: Attempt = of.replace(legs=attempts)
    return whole
