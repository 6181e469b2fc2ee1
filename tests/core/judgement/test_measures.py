# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measures of an outcome: times, shares and statistics, and which of them a check has."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.attempts import HERE, OTHER, V4, bad, good, legs
from tcp_health.dialogue.steps import exchange
from tcp_health.judgement.measures import applicable, measure
from tcp_health.model.causes import Cause, Phase
from tcp_health.model.outcome import Attempt, Failure, Outcome
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Target


def values(*attempts: Attempt, **recipe: Any) -> dict[str, float]:
    count = len({attempt.probe for attempt in attempts})
    return measure(Outcome(Probe(HERE, Recipe(count=count, **recipe)), attempts, count))


def test_the_time_is_the_successful_attempts() -> None:
    assert values(bad(Cause.RESET, time=9.0), good(number=2, time=0.3))["time"] == 0.3


def test_the_time_of_several_probes_is_the_mean_of_the_successful_ones() -> None:
    assert values(good(0, time=0.1), good(1, time=0.3), bad(Cause.REFUSED, 2, time=9.0))[
        "time"
    ] == pytest.approx(0.2)


def test_the_time_is_that_of_failures_if_no_probe_succeeded() -> None:
    assert values(bad(Cause.REFUSED, 0, time=0.1), bad(Cause.REFUSED, 1, time=0.2))["time"] == pytest.approx(
        0.15
    )


def test_failed_is_the_share_of_the_probes_sent() -> None:
    outcome = Outcome(Probe(HERE, Recipe(count=10)), (good(0), bad(Cause.REFUSED, 1)), 2)
    assert measure(outcome)["failed"] == 50.0


def test_loss_is_the_share_of_retransmitted_or_unanswered_syns() -> None:
    lost = bad(Cause.TIMED_OUT, 1, retransmits=3)
    lost = lost.replace(failure=Failure(Cause.TIMED_OUT, retransmits=3))
    # One SYN, one that was retransmitted once, and four without an answer: seven sent, five lost.
    assert values(good(0), good(2, retransmits=1), lost)["loss"] == pytest.approx(100 * 5 / 7)


def test_a_refusal_answers_a_syn() -> None:
    assert values(good(0), bad(Cause.REFUSED, 1, retransmits=0))["loss"] == 0.0


def test_a_failed_lookup_sends_no_syn() -> None:
    assert "loss" not in values(
        bad(Cause.NAME_UNKNOWN, 0, Phase.RESOLVE), bad(Cause.NAME_UNKNOWN, 1, Phase.RESOLVE)
    )


def test_silence_after_the_handshake_is_not_a_lost_syn() -> None:
    assert values(good(0), bad(Cause.TIMED_OUT, 1, Phase.RECEIVE, retransmits=0))["loss"] == 0.0


def test_loss_counts_the_attempts_that_failed_before_one_succeeded() -> None:
    assert values(bad(Cause.TIMED_OUT, retransmits=0), good(number=2))["loss"] == 50.0


def test_loss_counts_every_address() -> None:
    dead = bad(Cause.TIMED_OUT, address=OTHER, retransmits=0)
    assert values(legs(dead, of=good()), addresses="any")["loss"] == 50.0
    assert values(legs(good(), dead, of=good()), addresses="all")["loss"] == 50.0
    assert (
        values(legs(dead, dead.replace(address=V4), of=dead.replace(address=V4)), addresses="any")["loss"]
        == 100.0
    )


def test_the_statistics_of_several_probes() -> None:
    found = values(*(good(index, connect=value / 1000) for index, value in enumerate((1, 2, 3, 4, 90))))
    wanted = {"min": 0.001, "mean": 0.020, "max": 0.090, "median": 0.003, "p95": 0.090, "mdev": 0.028}
    for end, value in wanted.items():
        assert found[f"connect_{end}"] == pytest.approx(value), end


def test_the_median_of_an_even_number_is_between_the_middle_values() -> None:
    assert values(good(0, rtt=0.1), good(1, rtt=0.3))["rtt_median"] == pytest.approx(0.2)


def test_p95_is_the_nearest_rank() -> None:
    found = values(*(good(index, rtt=float(index + 1)) for index in range(20)))
    assert found["rtt_p95"] == 19.0


@given(st.lists(st.floats(0, 100), min_size=1, max_size=40))
def test_statistics_are_between_minimum_and_maximum(seconds: list[float]) -> None:
    found = values(*(good(index, connect=value) for index, value in enumerate(seconds)))
    for end in ("mean", "median", "p95"):
        assert found["connect_min"] <= found[f"connect_{end}"] * (1 + 1e-9) + 1e-12
        assert found[f"connect_{end}"] <= found["connect_max"] * (1 + 1e-9) + 1e-12
    assert 0 <= found["connect_mdev"] <= found["connect_max"] - found["connect_min"] + 1e-9


@pytest.mark.parametrize(
    ("recipe", "names"),
    [
        ({}, "time resolve connect retransmits rtt"),
        ({"dialogue": exchange(read="data")}, "time resolve connect retransmits first_byte rtt"),
        ({"dialogue": exchange(expect=[b"x"])}, "time resolve connect retransmits first_byte rtt"),
        ({"network": "udp"}, "time resolve connect"),
        (
            {"count": 2},
            (
                "time failed loss resolve connect_min connect_mean connect_max connect_median connect_p95 connect_mdev"
                " retransmits rtt_min rtt_mean rtt_max rtt_median rtt_p95 rtt_mdev"
            ),
        ),
    ],
)
def test_the_perfdata_items_depend_only_on_the_settings(recipe: dict[str, Any], names: str) -> None:
    probe = Probe(HERE, Recipe(**recipe))
    for attempts in ((good(),), (bad(Cause.NAME_UNKNOWN, phase=Phase.RESOLVE),), ()):
        assert [each.name for each in applicable(Outcome(probe, attempts).probe)] == names.split()


def test_a_unix_socket_has_no_syns() -> None:
    outcome = Outcome(Probe(Target(None, path="/run/s"), Recipe(count=2)), ())
    assert not {"loss", "retransmits", "resolve", "rtt_mean"} & {
        each.name for each in applicable(outcome.probe)
    }
