# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The judge: facts and a policy to a state, with the one order of states; and the measures it holds thresholds against."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcp_health.dialogue.build import exchange
from tcp_health.judgement.judge import judge
from tcp_health.judgement.measures import BY_NAME, MEASURES, applicable, measure
from tcp_health.model.causes import CAUSES, CERTIFICATE_CAUSES, LOCAL_CAUSES, Cause, Phase
from tcp_health.model.outcome import Attempt, Failure, Outcome
from tcp_health.model.ranges import Range
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Address, Target
from tcp_health.model.verdict import CRITICAL, OK, STATES, UNKNOWN, WARNING, Policy, Verdict, worst

HERE = Target("db", 5432)
V4, OTHER = Address(4, "192.0.2.1", 5432), Address(4, "192.0.2.2", 5432)


def good(probe: int = 0, **facts: Any) -> Attempt:
    known = {"time": 0.1, "resolve": 0.001, "connect": 0.02, "rtt": 0.019, "retransmits": 0, "address": V4}
    return Attempt(probe=probe, **{**known, **facts})


def bad(cause: str, probe: int = 0, phase: str = Phase.CONNECT, **facts: Any) -> Attempt:
    return Attempt(probe=probe, failure=Failure(cause), phase=phase, **{"time": 0.1, "address": V4, **facts})


def judged(
    *attempts: Attempt, sent: int | None = None, policy: Policy | None = None, **recipe: Any
) -> Verdict:
    count = len({attempt.probe for attempt in attempts})
    recipe.setdefault("count", count)
    outcome = Outcome(Probe(HERE, Recipe(**recipe)), attempts, count if sent is None else sent)
    return judge(outcome, policy or Policy())


def limits(**thresholds: tuple[str, str]) -> Policy:
    """A policy with warning and critical ranges as words; "" is none."""
    found = {}
    for name, pair in thresholds.items():
        unit, worse = BY_NAME[name].unit, BY_NAME[name].less_is_worse
        warning, critical = (Range.parse(text, unit, less_is_worse=worse) if text else None for text in pair)
        found[name] = warning, critical
    return Policy(found)


def test_the_order_of_states_is_check_tcp_s() -> None:
    assert worst([OK, UNKNOWN]) == UNKNOWN
    assert worst([UNKNOWN, WARNING]) == WARNING
    assert worst([WARNING, CRITICAL]) == CRITICAL
    assert worst([]) == OK
    for states in permutations(STATES):
        assert worst(states) == CRITICAL


@given(
    st.lists(st.sampled_from(sorted(STATES)), min_size=1),
    st.lists(st.sampled_from(sorted(STATES)), min_size=1),
)
def test_the_worst_of_all_is_the_worst_of_the_worst(some: list[int], others: list[int]) -> None:
    assert worst([*some, *others]) == worst([worst(some), worst(others)])


@pytest.mark.parametrize("cause", sorted(CAUSES))
def test_every_cause_has_a_state(cause: str) -> None:
    wanted = {Cause.MISMATCH: WARNING, **dict.fromkeys(LOCAL_CAUSES, UNKNOWN)}.get(cause, CRITICAL)
    assert judged(bad(cause)).state == wanted


@pytest.mark.parametrize("state", sorted(STATES))
@pytest.mark.parametrize(
    ("setting", "causes"),
    [
        ("on_refused", {Cause.REFUSED}),
        ("on_mismatch", {Cause.MISMATCH}),
        ("on_timeout", {Cause.TIMED_OUT, Cause.RESOLVER_SILENT}),
        ("on_local", LOCAL_CAUSES),
    ],
)
def test_a_setting_decides_for_its_causes_and_no_other(setting: str, causes: set[str], state: int) -> None:
    plain: Policy = Policy()
    changed: Policy = plain.replace(**{setting: state})
    for cause in CAUSES:
        wanted = state if cause in causes else judged(bad(cause), policy=plain).state
        assert judged(bad(cause), policy=changed).state == wanted, cause


def test_a_refused_unix_socket_is_not_what_r_speaks_of() -> None:
    refused = bad(Cause.REFUSED, address=Address(0, "/run/s", 0))
    assert judged(refused, policy=Policy(on_refused=OK)).state == CRITICAL


def test_a_policy_has_no_other_states() -> None:
    with pytest.raises(ValueError, match="there is no state 4"):
        Policy(on_refused=4)


@pytest.mark.parametrize(
    ("warning", "critical", "state"),
    [("0.2", "", OK), ("0.1", "", OK), ("0.05", "", WARNING), ("0.05", "0.07", CRITICAL), ("", "0.05", CRITICAL),
     ("50ms", "1s", WARNING), ("0.2:", "", WARNING), ("@0.05:0.2", "", WARNING), ("~:0.2", "", OK), ("0.01", "0.2", WARNING)],
)  # fmt: skip
def test_the_time_is_held_against_its_thresholds(warning: str, critical: str, state: int) -> None:
    assert judged(good(time=0.1), policy=limits(time=(warning, critical))).state == state


@pytest.mark.parametrize(
    "measured",
    [each for each in MEASURES if each.name not in ("certificate_days", "tls")],
    ids=lambda each: each.name,
)
def test_every_measure_can_have_thresholds(measured: Any) -> None:
    attempts = [good(0, first_byte=0.03), good(1, first_byte=0.04, retransmits=1)]
    for inside in ("0:0", "@~:1000"):
        verdict = judged(
            *attempts, policy=limits(**{measured.name: ("", inside)}), dialogue=exchange(read="data")
        )
        if measured.name in ("connect", "rtt"):  # over a count these are six measures each
            continue
        metric = next(each for each in verdict.metrics if each.measure.name == measured.name)
        assert metric.state == (CRITICAL if inside[0] == "@" or metric.value else OK)
        assert verdict.state == metric.state


def test_a_threshold_on_a_measure_of_a_count_holds_for_a_single_probe_too() -> None:
    assert judged(good(), policy=limits(connect_max=("0.01", ""))).state == WARNING
    assert judged(bad(Cause.REFUSED), policy=limits(failed=("", "50"))).state == CRITICAL


def test_a_failure_decides_alone() -> None:
    slow = bad(Cause.TIMED_OUT, time=9.0)
    assert judged(slow, policy=limits(time=("1", "2"))).state == CRITICAL
    lenient = Policy({"time": (None, Range.parse("1", "s"))}, on_timeout=OK)
    assert judged(slow, policy=lenient).state == OK


@pytest.mark.parametrize(
    ("warning", "critical", "on_mismatch", "state"),
    [("0.05", "", WARNING, WARNING), ("0.05", "", OK, OK), ("", "0.05", OK, CRITICAL), ("", "0.05", WARNING, CRITICAL),
     ("", "0.2", OK, OK), ("0.05", "", CRITICAL, CRITICAL)],
)  # fmt: skip
def test_only_a_critical_time_outranks_a_mismatch(
    warning: str, critical: str, on_mismatch: int, state: int
) -> None:
    policy = Policy(limits(time=(warning, critical)).thresholds, on_mismatch=on_mismatch)
    assert judged(bad(Cause.MISMATCH, phase=Phase.RECEIVE, time=0.1), policy=policy).state == state


def test_some_failed_probes_are_a_warning_and_all_are_critical() -> None:
    assert judged(good(0), bad(Cause.REFUSED, 1)).state == WARNING
    assert judged(bad(Cause.REFUSED, 0), bad(Cause.TIMED_OUT, 1)).state == CRITICAL


def test_a_failure_among_several_that_was_declared_fine_is_none() -> None:
    assert judged(good(0), bad(Cause.REFUSED, 1), policy=Policy(on_refused=OK)).state == OK
    assert (
        judged(good(0), bad(Cause.REFUSED, 1), bad(Cause.RESET, 2), policy=Policy(on_refused=OK)).state
        == WARNING
    )


def test_thresholds_on_failed_take_the_place_of_that_rule() -> None:
    attempts = good(0), good(1), good(2), bad(Cause.REFUSED, 3)
    assert judged(*attempts, policy=limits(failed=("30", "50"))).state == OK
    assert judged(*attempts, policy=limits(failed=("20", "50"))).state == WARNING
    assert judged(*attempts, policy=limits(failed=("10", "20"))).state == CRITICAL


def test_a_retry_that_succeeded_leaves_no_failure() -> None:
    verdict = judged(bad(Cause.RESET, number=1), good(number=2))
    assert verdict.state == OK
    assert verdict.failing is None


def test_unsent_probes_are_at_least_a_warning() -> None:
    assert judged(good(), count=3).state == WARNING
    assert judged(good(), count=3).unsent == 2
    assert judged(bad(Cause.REFUSED), count=3).state == CRITICAL
    assert judged(bad(Cause.NO_ROUTE), count=3).state == WARNING


def legs(*attempts: Attempt, of: Attempt) -> Attempt:
    whole: Attempt = of.replace(legs=attempts)
    return whole


def test_one_dead_address_of_all_is_a_warning() -> None:
    attempt = legs(good(), bad(Cause.REFUSED, address=OTHER), of=good())
    verdict = judged(attempt, addresses="all")
    assert verdict.state == WARNING
    assert verdict.failing is not None
    assert verdict.failing.address == OTHER
    assert judged(attempt, addresses="all", policy=Policy(on_refused=OK)).state == OK


FORGED = (
    Cause.CERTIFICATE_UNKNOWN_ISSUER, Cause.CERTIFICATE_NAME_MISMATCH, Cause.CERTIFICATE_REJECTED,
    Cause.FINGERPRINT_MISMATCH, Cause.TLS_INJECTION,
)  # fmt: skip
OUTDATED = (Cause.CERTIFICATE_EXPIRED, Cause.CERTIFICATE_NOT_YET_VALID)


@pytest.mark.parametrize("cause", sorted(CAUSES))
def test_somebody_else_among_several_is_critical_however_many_answer(cause: str) -> None:
    wanted = CRITICAL if cause in FORGED else WARNING
    failed = bad(cause, 1, phase=Phase.TLS, address=OTHER)
    for verdict in (
        judged(legs(good(), failed.replace(probe=0), of=good()), addresses="all"),
        judged(good(0), failed, good(2)),
        judged(good(0), failed, bad(Cause.REFUSED, 2), good(3)),
    ):
        assert verdict.state == wanted
        assert verdict.failing is not None
        assert wanted == WARNING or verdict.failing.cause == cause, "it is the one that is told"
    assert judged(failed).state == (
        UNKNOWN if cause in LOCAL_CAUSES else WARNING if cause == Cause.MISMATCH else CRITICAL
    )


def test_every_cause_of_a_certificate_is_one_or_the_other() -> None:
    assert set(FORGED) | set(OUTDATED) == CERTIFICATE_CAUSES | {Cause.TLS_INJECTION}


def test_of_dead_addresses_the_worst_decides() -> None:
    refused, silent = bad(Cause.REFUSED), bad(Cause.TIMED_OUT, address=OTHER)
    for order in ((refused, silent), (silent, refused)):
        for addresses in ("all", "any"):
            attempt = legs(*order, of=order[0])
            assert judged(attempt, addresses=addresses, policy=Policy(on_refused=OK)).state == CRITICAL


def test_what_the_prober_lacks_for_one_address_says_nothing_where_another_was_asked() -> None:
    refused, lack = bad(Cause.REFUSED), bad(Cause.NO_ROUTE, address=OTHER)
    assert judged(legs(lack, refused, of=refused), addresses="any", policy=Policy(on_refused=OK)).state == OK
    assert (
        judged(legs(lack, refused, of=lack), addresses="all", policy=Policy(on_refused=OK)).state == UNKNOWN
    )
    assert judged(legs(lack, lack, of=lack), addresses="any").state == UNKNOWN


def test_an_address_that_failed_before_another_answered_is_no_failure() -> None:
    assert judged(legs(bad(Cause.REFUSED, address=OTHER), of=good()), addresses="any").state == OK


# Measures


def values(*attempts: Attempt, **recipe: Any) -> dict[str, float]:
    count = len({attempt.probe for attempt in attempts})
    return measure(Outcome(Probe(HERE, Recipe(count=count, **recipe)), attempts, count))


def test_the_time_is_the_successful_attempts() -> None:
    assert values(bad(Cause.RESET, time=9.0), good(number=2, time=0.3))["time"] == 0.3


def test_the_time_over_a_count_is_the_mean_of_what_succeeded() -> None:
    assert values(good(0, time=0.1), good(1, time=0.3), bad(Cause.REFUSED, 2, time=9.0))[
        "time"
    ] == pytest.approx(0.2)


def test_the_time_of_failures_is_told_where_there_is_no_other() -> None:
    assert values(bad(Cause.REFUSED, 0, time=0.1), bad(Cause.REFUSED, 1, time=0.2))["time"] == pytest.approx(
        0.15
    )


def test_failed_is_of_the_probes_that_were_sent() -> None:
    outcome = Outcome(Probe(HERE, Recipe(count=10)), (good(0), bad(Cause.REFUSED, 1)), 2)
    assert measure(outcome)["failed"] == 50.0


def test_loss_is_syns_repeated_or_never_answered_of_all_that_were_sent() -> None:
    lost = bad(Cause.TIMED_OUT, 1, retransmits=3)
    lost = lost.replace(failure=Failure(Cause.TIMED_OUT, retransmits=3))
    # One SYN, one that was repeated once, and four without an answer: seven sent, five lost.
    assert values(good(0), good(2, retransmits=1), lost)["loss"] == pytest.approx(100 * 5 / 7)


def test_a_refusal_answers_a_syn() -> None:
    assert values(good(0), bad(Cause.REFUSED, 1, retransmits=0))["loss"] == 0.0


def test_a_lookup_that_failed_sent_no_syn() -> None:
    assert "loss" not in values(
        bad(Cause.NAME_UNKNOWN, 0, Phase.RESOLVE), bad(Cause.NAME_UNKNOWN, 1, Phase.RESOLVE)
    )


def test_a_service_that_is_silent_after_the_handshake_lost_no_syn() -> None:
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


def test_the_statistics_of_a_count() -> None:
    found = values(*(good(index, connect=value / 1000) for index, value in enumerate((1, 2, 3, 4, 90))))
    wanted = {"min": 0.001, "mean": 0.020, "max": 0.090, "median": 0.003, "p95": 0.090, "mdev": 0.028}
    for end, value in wanted.items():
        assert found[f"connect_{end}"] == pytest.approx(value), end


def test_the_median_of_an_even_count_lies_between() -> None:
    assert values(good(0, rtt=0.1), good(1, rtt=0.3))["rtt_median"] == pytest.approx(0.2)


def test_p95_is_the_nearest_rank() -> None:
    found = values(*(good(index, rtt=float(index + 1)) for index in range(20)))
    assert found["rtt_p95"] == 19.0


@given(st.lists(st.floats(0, 100), min_size=1, max_size=40))
def test_statistics_lie_between_least_and_greatest(seconds: list[float]) -> None:
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
def test_the_items_follow_from_the_settings_alone(recipe: dict[str, Any], names: str) -> None:
    probe = Probe(HERE, Recipe(**recipe))
    for attempts in ((good(),), (bad(Cause.NAME_UNKNOWN, phase=Phase.RESOLVE),), ()):
        assert [each.name for each in applicable(Outcome(probe, attempts).probe)] == names.split()


def test_a_unix_socket_has_no_syns() -> None:
    outcome = Outcome(Probe(Target(None, path="/run/s"), Recipe(count=2)), ())
    assert not {"loss", "retransmits", "resolve", "rtt_mean"} & {
        each.name for each in applicable(outcome.probe)
    }
