# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module for nagiosplugin: for every scenario it has the judge's exit code and the report's line."""

from __future__ import annotations

import os
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import nagiosplugin
import pytest

from scenarios import SCENARIOS
from support.fake_network import FakeNetwork
from support.perfdata import Item, icinga, nagios
from support.playing import check_of
from tcp_health.judgement.measures import applicable
from tcp_health.model.verdict import STATES, worst
from tcp_health.report.details import long_output
from tcp_health.report.perfdata import perfdata
from tcp_health.report.sentence import prefix, sentences
from tcp_health.runs.repeat import evaluate
from tcp_health_plugins.check.nagios import RankedResults, carry_out

if TYPE_CHECKING:
    from support.scenario import Scenario
    from tcp_health.model.result import Result

FOLDER = "/run/test"


def test_the_library_is_the_release_that_the_run_is_for() -> None:
    wanted = os.environ.get("TCP_HEALTH_NAGIOSPLUGIN")
    assert wanted in (None, version("nagiosplugin"))


def network_of(scenario: Scenario) -> FakeNetwork:
    return FakeNetwork(
        {text.format(folder=FOLDER): each for text, each in scenario.servers.items()}, scenario.names
    )


@lru_cache(maxsize=512)
def judged(scenario: Scenario) -> Result:
    """The result of the core alone."""
    check = check_of(scenario.words, folder=FOLDER)
    return evaluate(check, network=network_of(scenario))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_the_exit_code_is_the_judge_s_and_the_text_the_report_s(scenario: Scenario) -> None:
    result = judged(scenario)
    text, code = carry_out(result.check, network=network_of(scenario))
    assert code == result.state
    assert STATES[code] == scenario.state
    first, *below = sentences(result)
    items = " ".join(map(str, perfdata(result)))
    assert text.split("\n") == [
        f"{prefix(result)} - {first}|{items}",
        *below,
        *long_output(result),
    ]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_both_engines_read_the_same_items_and_a_failure_only_shortens_the_line(scenario: Scenario) -> None:
    result = judged(scenario)
    text, _ = carry_out(result.check, network=network_of(scenario))
    items = [Item.parse(str(item)) for item in perfdata(result)]
    assert nagios(text).items == icinga(text).items == items
    whole = [
        measure.name
        for measure in applicable(result.outcome.probe, frozenset(result.check.policy.thresholds))
    ]
    assert [item.label for item in items] == whole[: len(items)]
    assert items[0].label == "time"
    if result.verdict.failing is None and scenario.state == "OK" and not scenario.measures.get("retransmits"):
        assert len(items) == len(whole), "nothing is missing where nothing failed"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_under_a_check_tcp_name_the_only_item_is_the_time(scenario: Scenario) -> None:
    result = judged(scenario)
    check = result.check.replace(options=result.check.options.replace(as_check_tcp=True))
    text, code = carry_out(check, network=network_of(scenario))
    assert [item.label for item in nagios(text).items] == ["time"]
    assert STATES[code] == scenario.state


def test_perfdata_none_prints_no_perfdata_and_no_separator() -> None:
    scenario = next(each for each in SCENARIOS if each.name == "an address")
    full, _ = carry_out(check_of(scenario.words, folder=FOLDER), network=network_of(scenario))
    check = check_of(f"{scenario.words} --perfdata none", folder=FOLDER)
    text, code = carry_out(check, network=network_of(scenario))
    assert (text, code) == (full.partition("|")[0], 0)


def test_notes_are_between_the_text_and_the_long_output() -> None:
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
