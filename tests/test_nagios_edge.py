# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The edge to nagiosplugin: over every scenario its exit code is the judge's, and its line is the report's."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import nagiosplugin
import pytest

from fake_network import FakeNetwork
from perfdata import Item, icinga, nagios
from playing import check_of
from scenarios import SCENARIOS
from tcp_health.judge import STATES, worst
from tcp_health.measures import applicable
from tcp_health.report import long_output, perfdata, prefix, sentences
from tcp_health.rounds import evaluate
from tcp_health_plugins.check.nagios import RankedResults, carry_out

if TYPE_CHECKING:
    from scenario import Scenario
    from tcp_health.judge import Verdict
    from tcp_health.rounds import Rounds
    from tcp_health.settings import Check

FOLDER = "/run/test"


def network_of(scenario: Scenario) -> FakeNetwork:
    return FakeNetwork(
        {text.format(folder=FOLDER): each for text, each in scenario.servers.items()}, scenario.names
    )


@lru_cache(maxsize=512)
def judged(scenario: Scenario) -> tuple[Check, Verdict, Rounds]:
    """What the core alone comes to."""
    check = check_of(scenario.words, folder=FOLDER)
    return check, *evaluate(check, network=network_of(scenario))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_the_exit_code_is_the_judge_s_and_the_text_the_report_s(scenario: Scenario) -> None:
    check, verdict, rounds = judged(scenario)
    text, code = carry_out(check, network=network_of(scenario))
    assert code == verdict.state
    assert STATES[code] == scenario.state
    first, *below = sentences(verdict, check, rounds)
    items = " ".join(map(str, perfdata(verdict, check)))
    assert text.split("\n") == [
        f"{prefix(verdict, check)} - {first}|{items}",
        *below,
        *long_output(verdict, check),
    ]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_both_engines_read_the_same_items_and_a_failure_only_shortens_the_line(scenario: Scenario) -> None:
    check, verdict, _ = judged(scenario)
    text, _ = carry_out(check, network=network_of(scenario))
    items = [Item.parse(str(item)) for item in perfdata(verdict, check)]
    assert nagios(text).items == icinga(text).items == items
    whole = [
        measure.name for measure in applicable(verdict.outcome.probe, frozenset(check.policy.thresholds))
    ]
    assert [item.label for item in items] == whole[: len(items)]
    assert items[0].label == "time"
    if verdict.failing is None and scenario.state == "OK" and not scenario.measures.get("retransmits"):
        assert len(items) == len(whole), "nothing is missing where nothing failed"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_under_a_check_tcp_name_there_is_the_time_alone(scenario: Scenario) -> None:
    check, _, _ = judged(scenario)
    text, code = carry_out(check, only_time=True, network=network_of(scenario))
    assert [item.label for item in nagios(text).items] == ["time"]
    assert STATES[code] == scenario.state


def test_notes_stand_between_the_text_and_the_long_output() -> None:
    scenario = next(each for each in SCENARIOS if each.name == "an address")
    check = check_of(scenario.words + " -v", folder=FOLDER)
    text, _ = carry_out(check, notes=("a note",), network=network_of(scenario))
    assert text.split("\n")[1:3] == ["a note", "attempt 1: 127.0.0.2 ok in 0.001000 s"]


def test_the_library_s_order_of_states_is_not_ours() -> None:
    states = [nagiosplugin.Unknown, nagiosplugin.Warn, nagiosplugin.Ok]
    ours, theirs = RankedResults(), nagiosplugin.Results()
    for state in states:
        for results in (ours, theirs):
            results.add(nagiosplugin.Result(state))
    assert theirs.most_significant_state == nagiosplugin.Unknown
    assert ours.most_significant_state == nagiosplugin.Warn
    assert ours.most_significant_state.code == worst(state.code for state in states)


def test_no_results_are_an_error() -> None:
    with pytest.raises(ValueError, match="no results"):
        _ = RankedResults().most_significant_state
