# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A long series of attempts keeps what the report needs, and its memory has a limit."""

from __future__ import annotations

import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from support.measuring import measured
from support.minting import self_signed
from tcp_health.conversation.attempt import Series
from tcp_health.judgement.judge import judge
from tcp_health.model.causes import Cause, Phase
from tcp_health.model.dialogue import StartTls
from tcp_health.model.outcome import DETAILED, Attempt, Failure, Outcome, TlsFacts
from tcp_health.model.recipe import MOST_ATTEMPTS, Probe, Recipe, TlsPlan
from tcp_health.model.result import Check, Options, Result
from tcp_health.model.target import Target
from tcp_health.model.value import FieldError
from tcp_health.model.verdict import Policy
from tcp_health.report.details import long_output
from tcp_health.report.document import to_document
from tcp_health.wire.certificate import presented

CHECK = [sys.executable, str(Path(__file__).resolve().parents[3] / "plugins" / "check_tcp_health")]
MOST_MEMORY = 64  # MiB


def attempt(number: int, failure: Failure | None = None, secured: TlsFacts | None = None) -> Attempt:
    return Attempt(
        probe=number, received=f"answer {number}".encode(), size=5000, time=number / 1e6, connect=number / 1e7,
        captured=(("role", b"x"),), failure=failure, phase=Phase.RECEIVE, secured=secured,
    )  # fmt: skip


def series(count: int, failed: dict[int, Failure] | None = None) -> Series:
    made = Series(lax=False)
    for number in range(count):
        made.add(attempt(number, (failed or {}).get(number)))
    return made


def result_of(made: Series) -> Result:
    recipe = Recipe(count=len(made))
    check = Check(Probe(Target.parse("h", 1), recipe), Policy(), Options(service="TCP", verbose=3))
    outcome = Outcome(check.probe, tuple(made), len(made))
    return Result(check, judge(outcome, Policy()), None)


@pytest.mark.field(57)
def test_the_first_and_the_last_attempts_keep_everything() -> None:
    count = 2 * DETAILED + 300
    made = series(count)
    assert [each.probe for each in made] == list(range(count))
    kept = [each.probe for each in made if each.received]
    assert kept == [*range(DETAILED), *range(count - DETAILED, count)]
    assert all(each.size == 5000 and each.connect is not None for each in made)


@pytest.mark.field(57)
def test_a_short_series_keeps_everything() -> None:
    assert all(each.received and each.captured for each in series(2 * DETAILED))


@pytest.mark.field(57)
def test_the_first_attempt_with_each_result_keeps_everything() -> None:
    mismatch, reset = Failure(Cause.MISMATCH), Failure(Cause.RESET)
    made = series(3000, {1200: mismatch, 1300: reset, 1400: mismatch, 1500: reset})
    assert [each.probe for each in made[DETAILED:-DETAILED] if each.received] == [1200, 1300]


@pytest.mark.field(57)
def test_the_measures_are_those_of_all_attempts() -> None:
    whole = tuple(attempt(number) for number in range(3000))
    light = series(3000)
    recipe = Recipe(count=3000)
    probe = Probe(Target.parse("h", 1), recipe)
    verdicts = [judge(Outcome(probe, each, 3000), Policy()) for each in (whole, tuple(light))]
    assert verdicts[0].metrics == verdicts[1].metrics
    assert verdicts[0].state == verdicts[1].state


@pytest.mark.field(57)
@pytest.mark.parametrize("lax", [False, True])
def test_the_certificate_that_expires_first_is_kept_and_only_that_one(lax: bool) -> None:
    shown = [presented(self_signed(days=day).der) for day in (900, 500, 300, 700)]
    facts = [TlsFacts("TLSv1.3", "x", (each,)) for each in shown]
    made = Series(lax=lax)
    places = {1100: facts[1], 1200: facts[3], 1300: facts[2], 1400: facts[1]}
    for number in range(3000):
        made.add(attempt(number, secured=places.get(number, facts[0])))
    kept = [each.probe for each in made[DETAILED:-DETAILED] if each.secured is not None]
    assert kept == [1300]


@pytest.mark.field(3)
@pytest.mark.field(57)
def test_a_certificate_outside_the_chain_is_not_the_one_that_is_kept() -> None:
    """The server also presents a certificate that expires sooner, which no client uses."""
    leaf, sooner, other = (presented(self_signed(days=days).der) for days in (900, 800, 300))
    usual = TlsFacts("TLSv1.3", "x", (leaf,), chain=(leaf,))
    places = {
        1200: TlsFacts("TLSv1.3", "x", (leaf, other), chain=(leaf,)),
        1300: TlsFacts("TLSv1.3", "x", (sooner,), chain=(sooner,)),
    }
    made = Series(lax=False)
    for number in range(3000):
        made.add(attempt(number, secured=places.get(number, usual)))
    probe = Probe(Target.parse("h", 1), Recipe(count=3000, dialogue=(StartTls(),), tls=TlsPlan()))
    first = Outcome(probe, tuple(made), 3000).first_to_expire()
    assert first is not None
    assert first == sooner.certificate


@pytest.mark.field(57)
def test_a_report_lists_at_most_a_thousand_attempts_and_says_so() -> None:
    result = result_of(series(3000))
    document = to_document(result)
    numbers = [each["probe"] for each in document["attempts"]]
    assert numbers == [*range(1, DETAILED + 1), *range(3001 - DETAILED, 3001)]
    assert document["attempts_omitted"] == 2000
    lines = long_output(result)
    assert "2000 attempts in the middle are not listed; the statistics include them" in lines
    assert sum(line.startswith("probe ") for line in lines) == 1000
    short = result_of(series(1000))
    assert to_document(short)["attempts_omitted"] == 0
    assert not [line for line in long_output(short) if "not listed" in line]


@pytest.mark.field(57)
def test_a_check_makes_at_most_so_many_attempts() -> None:
    Recipe(count=MOST_ATTEMPTS)
    Recipe(retries=MOST_ATTEMPTS - 1)
    for count, retries, name in (
        (MOST_ATTEMPTS + 1, 0, "count"),
        (1, MOST_ATTEMPTS, "retries"),
        (25_000, 2, "count"),
    ):
        with pytest.raises(FieldError, match="must make at most 50000 attempts") as caught:
            Recipe(count=count, retries=retries)
        assert caught.value.field == name


@pytest.mark.field(57)
@pytest.mark.parametrize("more", [[], ["-vvv"], ["--output", "json"]], ids=str)
def test_a_count_with_a_long_banner_takes_little_memory(more: list[str]) -> None:
    """6,000 of them: without the limit 24 MiB more. The acceptance script counts to 50,000."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:

        def serve() -> None:
            try:
                while True:
                    client, _ = server.accept()
                    with client:
                        client.sendall(os.urandom(16) + b"x" * 5000)
            except OSError:
                pass

        threading.Thread(target=serve, daemon=True).start()
        port = str(server.getsockname()[1])
        words = [
            "-H",
            "127.0.0.1",
            "-p",
            port,
            "--count",
            "6000",
            "--interval",
            "0",
            "--read",
            "data",
            "-t",
            "120",
        ]
        done = measured([*CHECK, *words, *more], patience=120)
        server.shutdown(socket.SHUT_RDWR)
    assert "6000" in done.output
    assert done.memory < MOST_MEMORY / 2
