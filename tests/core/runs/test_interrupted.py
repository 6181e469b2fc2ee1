# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""KeyboardInterrupt during a count: what was measured is the result, and nothing stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.fake_network import FakeNetwork
from support.reported import check_of
from support.scripted import accepts, is_silent
from tcp_health.engine.engine import run
from tcp_health.model.verdict import CRITICAL, OK
from tcp_health.report.sentence import output
from tcp_health.runs.repeat import evaluate, evaluate_many

if TYPE_CHECKING:
    from tcp_health.conversation import doors
    from tcp_health.model.outcome import Attempt

A = "192.0.2.1"


class Interrupted(FakeNetwork):
    """A network whose user presses Ctrl-C at a virtual time."""

    after = 2.5

    def poll(self, timeout: float) -> tuple[float, list[doors.Handle]]:
        """Poll, or raise KeyboardInterrupt when the poll would wait beyond the time."""
        if self.now() + timeout > self.began + self.after:
            self.after = float("inf")
            raise KeyboardInterrupt
        return super().poll(timeout)

    began = 0.0


def network(server: object) -> Interrupted:
    made = Interrupted({A: server})  # type: ignore[dict-item]  # any server of the scripted ones
    made.began = made.now()
    return made


@pytest.mark.field(26)
def test_the_probes_that_have_ended_are_the_result() -> None:
    user = network(accepts())
    result = evaluate(check_of(f"-H {A} -p 80 --trace never --count 50"), network=user, keep_interrupted=True)
    assert (result.outcome.sent, len(result.outcome.attempts), result.outcome.interrupted) == (3, 3, True)
    assert result.state == OK
    assert "interrupted after 3 of 50 probes" in "".join(output(result))
    assert not user.open


@pytest.mark.field(26)
def test_the_probe_in_flight_does_not_count() -> None:
    user = network(is_silent())
    result = evaluate(
        check_of(f"-H {A} -p 80 --trace never --count 50 -e 220 --attempt-timeout 0.4 -t 99"),
        network=user,
        keep_interrupted=True,
    )
    assert result.outcome.sent == 3
    user = network(is_silent())
    user.after = 2.2
    result = evaluate(
        check_of(f"-H {A} -p 80 --trace never --count 50 -e 220 --attempt-timeout 0.4 -t 99"),
        network=user,
        keep_interrupted=True,
    )
    assert result.outcome.sent == 2
    assert {each.probe for each in result.outcome.attempts} == {0, 1}
    assert result.state == CRITICAL
    assert not user.open


def test_a_probe_with_a_retry_left_does_not_count() -> None:
    user = network(is_silent())
    words = f"-H {A} -p 80 --trace never --count 50 -e 220 --attempt-timeout 0.4 --retries 1 --retry-delay 5 -t 99"
    with pytest.raises(KeyboardInterrupt):
        evaluate(check_of(words), network=user, keep_interrupted=True)
    assert not user.open


def test_an_interruption_after_an_attempt_counts_its_probe() -> None:
    seen: list[Attempt] = []

    def interrupt(attempt: Attempt) -> None:
        seen.append(attempt)
        if len(seen) == 2:
            raise KeyboardInterrupt

    user = network(accepts())
    check = check_of(f"-H {A} -p 80 --trace never --count 50")
    result = evaluate(check, network=user, on_attempt=interrupt, keep_interrupted=True)
    assert result.outcome.sent == len(seen) == 2
    assert not user.open


def test_it_is_raised_where_nothing_asks_for_the_part() -> None:
    user = network(accepts())
    with pytest.raises(KeyboardInterrupt):
        evaluate(check_of(f"-H {A} -p 80 --trace never --count 50"), network=user)
    assert not user.open


def test_many_checks_yield_their_parts_before_it_is_raised() -> None:
    user = network(accepts())
    results = evaluate_many(
        [check_of(f"-H {A} -p 80 --trace never --count {count}") for count in (1, 40, 50)], network=user
    )
    assert [next(results).outcome.sent for _ in range(3)] == [1, 3, 3]
    with pytest.raises(KeyboardInterrupt):
        next(results)
    assert not user.open


def test_the_engine_raises_it_after_the_outcomes() -> None:
    user = network(accepts())
    outcomes = run([check_of(f"-H {A} -p 80 --trace never --count 50").probe], network=user)
    assert next(outcomes).interrupted
    with pytest.raises(KeyboardInterrupt):
        next(outcomes)


def test_with_wait_the_interruption_ends_the_repetition() -> None:
    user = network(accepts())
    check = check_of(f"-H {A} -p 80 --trace never --count 50 --wait 900 --consecutive 2")
    result = evaluate(check, network=user, keep_interrupted=True)
    assert result.outcome.sent == 3
    assert result.state == CRITICAL, "two checks in a row were asked for"
