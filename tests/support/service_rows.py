# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The scenarios of the named services and of the STARTTLS protocols, one per row."""

from __future__ import annotations

from support.scenario import Scenario
from support.scripted import accepts
from support.service_scenarios import OPENING_TALKS, Talk
from tcp_health.services.table import SERVICES


def scenario_of(talk: Talk) -> Scenario:
    opening = talk in OPENING_TALKS
    option = "--starttls" if opening else "--no-verify --service" if SERVICES[talk.name].tls else "--service"
    healthy = talk.words is None
    return Scenario(
        repr(talk),
        f"-H 127.0.0.2 -p {{port}} {option} {talk.name} --helo localhost --trace never",
        {"127.0.0.2": accepts(*talk.steps)},
        state="OK" if healthy else "CRITICAL" if opening or talk.blocked else "WARNING",
        cause=""
        if healthy
        else "host_blocked"
        if talk.blocked
        else "starttls_refused"
        if opening
        else "mismatch",
        says=(talk.words or "", *(f"{name} {value}" for name, value in talk.captured.items())),
    )
