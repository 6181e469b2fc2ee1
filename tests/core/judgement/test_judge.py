# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The judge: which facts and which policy lead to which state."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.attempts import HERE, OTHER, bad, good, legs
from tcp_health.dialogue.steps import exchange
from tcp_health.judgement.judge import judge
from tcp_health.judgement.measures import BY_NAME, MEASURES
from tcp_health.model.causes import CAUSES, CERTIFICATE_CAUSES, LOCAL_CAUSES, Cause, Phase
from tcp_health.model.outcome import Attempt, Outcome
from tcp_health.model.ranges import Range
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Address
from tcp_health.model.verdict import CRITICAL, OK, STATES, UNKNOWN, WARNING, Policy, Verdict, worst


def judged(
    *attempts: Attempt, sent: int | None = None, policy: Policy | None = None, **recipe: Any
) -> Verdict:
    count = len({attempt.probe for attempt in attempts})
    recipe.setdefault("count", count)
    outcome = Outcome(Probe(HERE, Recipe(**recipe)), attempts, count if sent is None else sent)
    return judge(outcome, policy or Policy())


def limits(**thresholds: tuple[str, str]) -> Policy:
    """A policy with warning and critical ranges as text; "" means no threshold."""
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


def test_the_option_r_does_not_apply_to_unix_sockets() -> None:
    refused = bad(Cause.REFUSED, address=Address(0, "/run/s", 0))
    assert judged(refused, policy=Policy(on_refused=OK)).state == CRITICAL


@pytest.mark.parametrize(
    ("warning", "critical", "state"),
    [("0.2", "", OK), ("0.1", "", OK), ("0.05", "", WARNING), ("0.05", "0.07", CRITICAL), ("", "0.05", CRITICAL),
     ("50ms", "1s", WARNING), ("0.2:", "", WARNING), ("@0.05:0.2", "", WARNING), ("~:0.2", "", OK), ("0.01", "0.2", WARNING)],
)  # fmt: skip
def test_the_time_is_compared_with_its_thresholds(warning: str, critical: str, state: int) -> None:
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
        if measured.name in ("connect", "rtt"):  # with --count these are six measures each
            continue
        metric = next(each for each in verdict.metrics if each.measure.name == measured.name)
        assert metric.state == (CRITICAL if inside[0] == "@" or metric.value else OK)
        assert verdict.state == metric.state


def test_a_threshold_on_a_measure_of_a_count_holds_for_a_single_probe_too() -> None:
    assert judged(good(), policy=limits(connect_max=("0.01", ""))).state == WARNING
    assert judged(bad(Cause.REFUSED), policy=limits(failed=("", "50"))).state == CRITICAL


def test_a_failure_alone_decides_the_state() -> None:
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


def test_an_accepted_failure_among_several_probes_is_ok() -> None:
    assert judged(good(0), bad(Cause.REFUSED, 1), policy=Policy(on_refused=OK)).state == OK
    assert (
        judged(good(0), bad(Cause.REFUSED, 1), bad(Cause.RESET, 2), policy=Policy(on_refused=OK)).state
        == WARNING
    )


def test_thresholds_for_failed_replace_that_rule() -> None:
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


def test_one_failed_address_of_several_is_a_warning() -> None:
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
def test_a_forgery_among_several_is_critical_however_many_succeed(cause: str) -> None:
    wanted = CRITICAL if cause in FORGED else WARNING
    failed = bad(cause, 1, phase=Phase.TLS, address=OTHER)
    for verdict in (
        judged(legs(good(), failed.replace(probe=0), of=good()), addresses="all"),
        judged(good(0), failed, good(2)),
        judged(good(0), failed, bad(Cause.REFUSED, 2), good(3)),
    ):
        assert verdict.state == wanted
        assert verdict.failing is not None
        assert wanted == WARNING or verdict.failing.cause == cause, "it is the reported one"
    assert judged(failed).state == (
        UNKNOWN if cause in LOCAL_CAUSES else WARNING if cause == Cause.MISMATCH else CRITICAL
    )


def test_every_certificate_cause_is_a_forgery_or_a_date() -> None:
    assert set(FORGED) | set(OUTDATED) == CERTIFICATE_CAUSES | {Cause.TLS_INJECTION}


def test_the_worst_of_several_failed_addresses_decides() -> None:
    refused, silent = bad(Cause.REFUSED), bad(Cause.TIMED_OUT, address=OTHER)
    for order in ((refused, silent), (silent, refused)):
        for addresses in ("all", "any"):
            attempt = legs(*order, of=order[0])
            assert judged(attempt, addresses=addresses, policy=Policy(on_refused=OK)).state == CRITICAL


def test_a_local_problem_with_one_address_does_not_count_if_another_was_tried() -> None:
    refused, lack = bad(Cause.REFUSED), bad(Cause.NO_ROUTE, address=OTHER)
    assert judged(legs(lack, refused, of=refused), addresses="any", policy=Policy(on_refused=OK)).state == OK
    assert (
        judged(legs(lack, refused, of=lack), addresses="all", policy=Policy(on_refused=OK)).state == UNKNOWN
    )
    assert judged(legs(lack, lack, of=lack), addresses="any").state == UNKNOWN


def test_a_failed_address_before_one_that_answers_is_not_a_failure() -> None:
    assert judged(legs(bad(Cause.REFUSED, address=OTHER), of=good()), addresses="any").state == OK
