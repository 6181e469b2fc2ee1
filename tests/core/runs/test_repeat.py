# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many checks in one run: taken lazily, repeated with --wait, and all closed with the iterator."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from support.command_line import built
from support.fake_network import FakeNetwork
from support.scripted import RESET, accepts, is_silent, refuses
from tcp_health.model.verdict import CRITICAL, DOMAINS, OK
from tcp_health.runs.repeat import evaluate, evaluate_many

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcp_health.conversation import doors
    from tcp_health.model.outcome import Attempt
    from tcp_health.model.result import Check

A, B, C = "10.0.0.1", "10.0.0.2", "10.0.0.3"


def check(host: str, words: str = "") -> Check:
    return built(f"-H {host} -p 80 --trace never {words}")


def test_each_result_belongs_to_its_check_and_comes_when_that_ends() -> None:
    network = FakeNetwork({A: accepts(after=0.3), B: accepts(after=0.1), C: refuses(after=0.2)})
    checks = [check(host) for host in (A, B, C)]
    results = [
        (result.check, result.state, result.fault is not None)
        for result in evaluate_many(checks, network=network)
    ]
    assert results == [(checks[1], OK, False), (checks[2], CRITICAL, True), (checks[0], OK, False)]


def test_checks_are_taken_when_there_is_room() -> None:
    taken: list[int] = []

    def endless() -> Iterator[Check]:
        for number in range(1_000_000):
            taken.append(number)
            yield check(A)

    network = FakeNetwork({A: accepts(after=0.1)})
    results = evaluate_many(endless(), network=network, limit=5)
    next(results)
    assert len(taken) <= 10  # the first five, and those that replaced them
    results.close()
    assert (network.open, network.most) == (set(), 5)


def test_a_check_with_wait_is_repeated_while_the_others_run() -> None:
    network = FakeNetwork(
        {A: [accepts(RESET), accepts(RESET), accepts(b"220 ready")], B: accepts(after=0.05)}
    )
    checks = [check(A, "-e 220 --wait 5 --wait-interval 0.1"), check(B)]
    results = list(evaluate_many(checks, network=network))
    assert [(result.check, result.state, result.rounds.number) for result in results] == [
        (checks[1], OK, 1),
        (checks[0], OK, 3),
    ]


def test_a_wait_that_ends_too_soon_has_the_fault_of_the_last_run_that_failed() -> None:
    network = FakeNetwork({A: [accepts(RESET), accepts(RESET), accepts(b"220 ready")]})
    result = evaluate(check(A, "-e 220 --wait 1 --wait-interval 0.4 --consecutive 3"), network=network)
    assert (result.state, result.rounds.held) == (CRITICAL, False)
    assert result.fault is not None
    assert result.fault.row == "reset"


def test_a_wait_that_is_too_short_is_a_fault_of_the_check() -> None:
    result = evaluate(
        check(A, "--wait 1 --wait-interval 0.4 --consecutive 9"), network=FakeNetwork({A: accepts()})
    )
    assert result.state == CRITICAL
    assert result.fault is not None
    assert (result.fault.row, result.fault.domains) == ("wait-too-short", ("local",))


def test_without_room_for_the_diagnosis_a_failure_has_every_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tcp_health.judgement.diagnosis", None)
    failed, healthy = evaluate_many(
        [check(A), check(B)], network=FakeNetwork({A: refuses(), B: accepts(after=0.1)})
    )
    assert failed.fault is not None
    assert failed.fault.domains == DOMAINS
    assert healthy.fault is None


def test_the_limit_holds_for_checks_that_wait_between_two_runs() -> None:
    network = FakeNetwork({A: refuses()})
    taken: list[Check] = []

    def several() -> Iterator[Check]:
        for _ in range(6):
            taken.append(check(A, "--wait 1 --wait-interval 0.4"))
            yield taken[-1]

    counts = [
        (len(taken), result.rounds.number) for result in evaluate_many(several(), network=network, limit=2)
    ]
    assert [rounds for _, rounds in counts] == [3] * 6
    assert counts[0][0] <= 4
    assert network.now() - network.start == pytest.approx(3.0, abs=0.1)


def test_a_check_may_be_given_many_times() -> None:
    one = check(A)
    results = list(evaluate_many([one] * 20, network=FakeNetwork({A: accepts()})))
    assert [result.check for result in results] == [one] * 20


def test_an_attempt_is_reported_with_its_check() -> None:
    network = FakeNetwork({A: refuses(after=0.05), B: accepts()})
    checks = [check(A, "--retries 1 --retry-delay 0.1"), check(B)]
    told: list[tuple[int, int]] = []

    def tell(check: Check, attempt: Attempt) -> None:
        told.append((checks.index(check), attempt.number))

    list(evaluate_many(checks, network=network, on_attempt=tell))
    assert told == [(1, 1), (0, 1), (0, 2)]


class UnexpectedError(Exception):
    """The exception of a caller's function."""


def test_an_exception_of_a_callback_ends_the_run_and_closes_everything() -> None:
    network = FakeNetwork({A: accepts(after=0.1), B: is_silent()})

    def tell(_check: Check, _attempt: Attempt) -> None:
        raise UnexpectedError

    with pytest.raises(UnexpectedError):
        list(evaluate_many([check(B), check(A)], network=network, on_attempt=tell))
    assert not network.open


def test_an_exception_of_the_iterable_ends_the_run_and_closes_everything() -> None:
    network = FakeNetwork({B: is_silent()})

    def broken() -> Iterator[Check]:
        yield check(B)
        raise UnexpectedError

    with pytest.raises(UnexpectedError):
        list(evaluate_many(broken(), network=network))
    assert not network.open


def test_an_interruption_closes_everything() -> None:
    class Interrupted(FakeNetwork):
        def poll(self, timeout: float) -> tuple[float, list[doors.Handle]]:
            if self.open and timeout:
                raise KeyboardInterrupt
            return super().poll(timeout)

    network = Interrupted({B: is_silent()})
    with pytest.raises(KeyboardInterrupt):
        evaluate(check(B), network=network)
    assert not network.open


def test_no_check_has_no_result() -> None:
    assert list(evaluate_many([], network=FakeNetwork())) == []
