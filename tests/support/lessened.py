# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Situations of the diagnosis table, and what they lead to when a part of their evidence was not collected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcp_health.dialogue.steps import exchange
from tcp_health.judgement.diagnosis import diagnose
from tcp_health.judgement.judge import judge
from tcp_health.judgement.measures import BY_NAME
from tcp_health.model.evidence import Evidence
from tcp_health.model.outcome import Outcome
from tcp_health.model.ranges import Range
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Target
from tcp_health.model.verdict import Policy

from .attempts import good
from .given import SLOW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tcp_health.model.outcome import Attempt
    from tcp_health.model.verdict import Fault, Verdict

    from .given import Given

STALL = ("tcp", "asked", "small", "quiet")
STATE = ("out_of_order", "window", "acked", "segments_in")
"""Fields of a connection's state that are None where the kernel does not report them."""


def lessened(attempt: Attempt) -> Iterator[tuple[str, Attempt]]:
    """An attempt without one part of its evidence at a time: the part's name, and the rest."""
    for name in ("rtt", "retransmits"):
        if getattr(attempt, name) is not None:
            yield name, attempt.replace(**{name: None})
    failure = attempt.failure
    if failure is not None and failure.icmp is not None:
        yield "icmp", attempt.replace(failure=failure.replace(icmp=None))
    if failure is not None and failure.retransmits is not None:
        yield "failure.retransmits", attempt.replace(failure=failure.replace(retransmits=None))
    if attempt.evidence is not None:
        yield "evidence", attempt.replace(evidence=None)
        for name, rest in _without_a_part(attempt.evidence):
            yield name, attempt.replace(evidence=rest)


def _without_a_part(evidence: Evidence) -> Iterator[tuple[str, Evidence]]:
    for name in _collected(evidence, Evidence.FIELDS):
        yield name, evidence.replace(**{name: None})
    if evidence.control is not None and evidence.control.ttl is not None:
        yield "control.ttl", evidence.replace(control=evidence.control.replace(ttl=None))
    stall = evidence.stall
    if stall is None:
        return
    for name in _collected(stall, STALL):
        yield f"stall.{name}", evidence.replace(stall=stall.replace(**{name: None}))
    if stall.tcp is not None:
        for name in _collected(stall.tcp, STATE):
            rest = stall.replace(tcp=stall.tcp.replace(**{name: None}))
            yield f"stall.tcp.{name}", evidence.replace(stall=rest)


def _collected(value: Any, names: Any) -> list[str]:
    return [name for name in names if getattr(value, name) is not None]


class Change:
    """What a part of the evidence does to a verdict: its row and domains with it, and those without it."""

    def __init__(self, situation: str, part: str, fault: Fault, rest: Fault) -> None:
        self.situation = situation
        self.part = part
        self.row = fault.row
        self.domains = frozenset(fault.domains)
        self.other_row = rest.row
        self.wider = frozenset(rest.domains)

    def __repr__(self) -> str:
        before, after = (", ".join(sorted(each)) for each in (self.domains, self.wider))
        return f"{self.situation}: {self.row} ({before}), without {self.part} {self.other_row} ({after})"


def without(stories: Iterable[Any], given: Iterable[Given]) -> list[Change]:
    """Every situation of stories, of failures given directly and of times above a threshold, less each of its parts."""
    found = []
    for name, verdict in _verdicts(stories, given):
        fault = diagnose(verdict)
        attempts = verdict.outcome.attempts
        for place, attempt in enumerate(attempts):
            for part, rest in lessened(attempt):
                changed = (*attempts[:place], rest, *attempts[place + 1 :])
                other = diagnose(judge(verdict.outcome.replace(attempts=changed), verdict.policy))
                if fault is not None and other is not None:
                    found.append(Change(name, part, fault, other))
    return found


def _verdicts(stories: Iterable[Any], given: Iterable[Given]) -> Iterator[tuple[str, Verdict]]:
    for story in stories:
        seen = story.play()
        if seen.fault is not None:
            yield story.name, seen.result.verdict
    for each in given:
        probe = Probe(Target("db", 5432), Recipe(**each.recipe))
        yield each.name, judge(Outcome(probe, (each.attempt,)), Policy())
    slow: list[tuple[str, str, dict[str, Any], str]] = SLOW  # type: ignore[assignment]  # inferred with objects
    for row, _, facts, measure in slow:
        policy = Policy({measure: (Range.parse("0.2", BY_NAME[measure].unit), None)})
        probe = Probe(Target("db", 5432), Recipe(dialogue=exchange(read="data")))
        yield f"{row} by {measure}", judge(Outcome(probe, (good(**facts),)), policy)


def rows_that_narrow(changes: Iterable[Change]) -> frozenset[str]:
    """The rows that drop a domain because of evidence: without it their domains are a true superset."""
    return frozenset([each.row for each in changes if each.domains < each.wider])


def that_lose(changes: Iterable[Change]) -> list[Change]:
    """The changes that lose a domain, although nothing was learned: the evidence is missing, and the set is not wider."""
    return [each for each in changes if each.domains - each.wider]
