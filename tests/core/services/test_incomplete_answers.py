# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers that pause in the middle: of every service and STARTTLS protocol, at every byte."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from support.fake_network import FakeNetwork
from support.player import steps_of
from support.playing import faults, on_real
from support.scenario import Scenario
from support.scripted import END, Step, accepts
from support.service_rows import scenario_of
from support.service_scenarios import OPENING_TALKS, SAME, SERVICE_TALKS, Talk
from tcp_health.dialogue.beginnings import beginnings, is_beginning
from tcp_health.engine.engine import run
from tcp_health.model.causes import Cause
from tcp_health.model.dialogue import HELO, Blank, Hear, Say
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Target
from tcp_health.services.starttls import STARTTLS
from tcp_health.services.table import SERVICES

if TYPE_CHECKING:
    from pathlib import Path

    from tcp_health.model.outcome import Attempt

TALKS = (*SERVICE_TALKS, *OPENING_TALKS)
LIMIT = 60.0
PAUSE = 6.0
HOST = "127.0.0.2"


def introduced(step: Any) -> Any:
    """The step with the name in EHLO that the table of talks expects."""
    if not isinstance(step, Say):
        return step
    return step.replace(parts=tuple(b"localhost" if each == Blank(HELO) else each for each in step.parts))


def played(talk: Talk, script: tuple[Step, ...]) -> Attempt:
    """Run the steps of a talk, without TLS, against a changed script."""
    recipe = Recipe(dialogue=tuple(map(introduced, steps_of(talk))), timeout=LIMIT)
    network = FakeNetwork({HOST: accepts(*script)})
    [outcome] = run([Probe(Target(host=HOST, port=4000), recipe)], network=network)
    return outcome.attempts[0]


def as_planned(talk: Talk, attempt: Attempt) -> bool:
    """Whether an attempt has the result of the table."""
    if talk.words is None:
        captured = {name: value.decode() for name, value in attempt.captured}
        return attempt.failure is None and captured == talk.captured
    refused = Cause.STARTTLS_REFUSED if talk in OPENING_TALKS else Cause.MISMATCH
    refused = Cause.HOST_BLOCKED if talk.blocked else refused
    error = attempt.failure.error if attempt.failure is not None else ""
    return attempt.cause == refused and talk.words in error and bool(talk.words) is bool(error)


def cuts(talk: Talk) -> list[tuple[int, int]]:
    """Every place within the bytes of a server: the number of the step, and of the byte."""
    return [
        (place, byte)
        for place, step in enumerate(talk.steps)
        if isinstance(step, bytes)
        for byte in range(1, len(step))
    ]


@pytest.mark.field(2)
@pytest.mark.once
@pytest.mark.parametrize("talk", TALKS, ids=repr)
def test_a_pause_changes_no_result(talk: Talk) -> None:
    """The server pauses for 6 s, at each byte in turn."""
    for place, byte in cuts(talk):
        before, data, after = talk.steps[:place], talk.steps[place], talk.steps[place + 1 :]
        assert isinstance(data, bytes)
        attempt = played(talk, (*before, data[:byte], PAUSE, data[byte:], *after))
        assert as_planned(talk, attempt), (data[:byte], attempt.failure)


@pytest.mark.field(2)
@pytest.mark.once
@pytest.mark.parametrize("talk", [talk for talk in TALKS if talk.words != ""], ids=repr)
def test_an_answer_that_stays_incomplete_is_no_claim(talk: Talk) -> None:
    """The server goes silent at each byte in turn, or ends the connection there."""
    for place, byte in cuts(talk):
        before, data = talk.steps[:place], talk.steps[place]
        assert isinstance(data, bytes)
        attempt = played(talk, (*before, data[:byte]))
        if not as_planned(talk, attempt):
            assert (attempt.cause, attempt.time) == (Cause.TIMED_OUT, LIMIT), data[:byte]
        ended = played(talk, (*before, data[:byte], END))
        if not as_planned(talk, ended):
            cause = Cause.CLOSED_EARLY if talk in OPENING_TALKS else Cause.MISMATCH
            assert ended.failure is not None
            assert (ended.cause, ended.failure.error) == (cause, ""), data[:byte]


@pytest.mark.parametrize(
    ("source", "data", "wanted"),
    [
        (rb"^ab*c", b"a", True),
        (rb"^ab*c", b"abbb", True),
        (rb"^ab*c", b"abbd", False),
        (rb"^(?:ab){2}", b"aba", True),
        (rb"^(?:ab){2}", b"abb", False),
        (rb"^[^\n]{2,3}x", b"1", True),
        (rb"^[^\n]{2,3}x", b"1234", False),
        (rb"(?s)^\x00.{4}(?P<name>z+?)y", b"\x00\n\n", True),
        (rb"^(?!SSH-)[a-z]+\n", b"abc", True),
        (rb"^(?=a[^\n]*\n)[^\n]*!", b"ab", True),
        (rb"^(?=a[^\n]*\n)[^\n]*!", b"b", False),
        (rb"(?i)^\* (?:OK|BYE)[^\n]*\n", b"* b", True),
    ],
)
def test_a_beginning_is_what_an_answer_can_begin_with(source: bytes, data: bytes, wanted: bool) -> None:
    assert is_beginning(source, data) is wanted


@pytest.mark.parametrize("source", [rb"a\b", rb"a(?<=b)c", rb"(?:a", rb"a)b", rb"(a)\1"])
def test_other_syntax_is_an_error(source: bytes) -> None:
    with pytest.raises(ValueError, match=r"unknown syntax|unbalanced bracket"):
        beginnings(source)


def test_no_answer_makes_the_question_slow() -> None:
    """Each derived expression gets the texts of its rows, cut and repeated up to the maximum length of a search."""
    for talk in TALKS:
        sources = {
            pattern.data
            for step in steps_of(talk)
            if isinstance(step, Hear)
            for pattern in (*step.wanted, *(each for each, _ in step.unwanted))
        }
        for text in (each for each in talk.steps if isinstance(each, bytes)):
            hostile = (text[:-1] + text[: len(text) // 2 + 1] * 65536)[:65535]
            for source in sources:
                began = time.process_time()
                is_beginning(source, hostile)
                assert time.process_time() - began < 0.5, (talk.name, source, text)


def test_every_row_is_cut() -> None:
    known = {talk.name for talk in TALKS if cuts(talk)}
    ours = {name for name, service in SERVICES.items() if not service.check_tcp}
    assert {SAME.get(name, name) for name in (*ours, *STARTTLS)} - known == {"time"} - known


@pytest.mark.field(2)
@pytest.mark.once
@pytest.mark.parametrize(
    "name", ["submission", "sieve", "ssh", "redis", "http", "mysql", "ldap", "smtp", "xmpp"]
)
def test_a_pause_changes_no_result_on_real_sockets(name: str, tmp_path: Path) -> None:
    """The server pauses for three times as long as --expect-timeout, in the middle of each of its texts."""
    talks = [talk for talk in TALKS if talk.name == name and talk.words != "" and cuts(talk)]
    for talk in (talks[0], talks[-1]):
        steps: list[Step] = []
        for step in talk.steps:
            halves = (
                (step[: len(step) // 2], 0.3, step[len(step) // 2 :]) if isinstance(step, bytes) else (step,)
            )
            steps.extend(each for each in halves if each != b"")
        planned = scenario_of(talk)
        if talk in OPENING_TALKS and talk.words is None:
            continue  # TLS would follow, which the script does not do
        scenario = Scenario(
            f"{planned.name}, in halves", f"{planned.words} --expect-timeout 0.1", {HOST: accepts(*steps)},
            state=planned.state, cause=planned.cause, says=planned.says,
        )  # fmt: skip
        assert faults(scenario, on_real(scenario, tmp_path), exact=False) == []
