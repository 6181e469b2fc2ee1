# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks with attempts as they may have ended, judged: what a report is made of."""

from __future__ import annotations

import shlex
from typing import Any

from tcp_health.judge import Verdict, judge
from tcp_health.model import Address, Attempt, Failure, Icmp, Outcome, Phase
from tcp_health.report import prefix, sentences
from tcp_health.settings import Check, build
from tcp_health_plugins.options import parse

V4 = Address(4, "192.0.2.1", 80)


def check_of(words: str) -> Check:
    line = parse(shlex.split(words), "check_tcp_health", {})
    return build(line.values, host_named=line.host_named)


def judged(words: str, *attempts: Attempt, sent: int | None = None) -> tuple[Verdict, Check]:
    check = check_of(f"-H db -p 80 {words}")
    count = len({attempt.probe for attempt in attempts})
    outcome = Outcome(check.probe, attempts, count if sent is None else sent, at=1_800_000_000.0, elapsed=0.5)
    return judge(outcome, check.policy), check


def first_line(words: str, *attempts: Attempt, **rest: Any) -> str:
    verdict, check = judged(words, *attempts, **rest)
    return f"{prefix(verdict, check)} - {sentences(verdict, check)[0]}"


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
