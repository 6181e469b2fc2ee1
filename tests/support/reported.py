# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judged checks with every kind of attempt, for tests of reports."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from tcp_health.judgement.judge import judge
from tcp_health.model.causes import Phase
from tcp_health.model.outcome import Attempt, Failure, Outcome
from tcp_health.model.result import Check, Result
from tcp_health.model.target import Address
from tcp_health.report.sentence import prefix, sentences
from tcp_health.settings.build import build
from tcp_health_plugins.check.options import parse

if TYPE_CHECKING:
    from tcp_health.model.evidence import Icmp

V4 = Address(4, "192.0.2.1", 80)


def check_of(words: str) -> Check:
    line = parse(shlex.split(words), "check_tcp_health", {})
    return build(line.values, host_named=line.host_named)


def result_of(check: Check, *attempts: Attempt) -> Result:
    """The result of a check with these attempts."""
    return Result(check, judge(Outcome(check.probe, attempts), check.policy))


def judged(words: str, *attempts: Attempt, sent: int | None = None) -> Result:
    check = check_of(f"-H db -p 80 {words}")
    count = len({attempt.probe for attempt in attempts})
    outcome = Outcome(check.probe, attempts, count if sent is None else sent, at=1_800_000_000.0, elapsed=0.5)
    return Result(check, judge(outcome, check.policy))


def first_line(words: str, *attempts: Attempt, **rest: Any) -> str:
    result = judged(words, *attempts, **rest)
    return f"{prefix(result)} - {sentences(result)[0]}"


def good(**facts: Any) -> Attempt:
    known = {
        "time": 0.847e-3,
        "resolve": 0.0,
        "connect": 0.0005,
        "retransmits": 0,
        "rtt": 0.0004,
        "address": V4,
    }
    return Attempt(**{**known, **facts})


def bad(
    cause: str, phase: str = Phase.CONNECT, error: str = "", icmp: Icmp | None = None, **facts: Any
) -> Attempt:
    return Attempt(failure=Failure(cause, error, icmp), phase=phase, **{"time": 0.1, "address": V4, **facts})
