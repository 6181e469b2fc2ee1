# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks that send a secret to a server that echoes it, and every output that a result has."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Any

from support.echoes import Search, random_echo, random_secret
from support.fake_network import FakeNetwork
from support.scripted import END, accepts, hear
from support.steps import A, setting_of
from tcp_health.api import Result as PublicResult
from tcp_health.report.details import attempt_line, long_output
from tcp_health.report.document import to_document
from tcp_health.report.perfdata import perfdata
from tcp_health.report.sentence import prefix, sentences
from tcp_health.runs.repeat import evaluate
from tcp_health.settings.build import in_force
from tcp_health.text.clean import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcp_health.model.result import Result

NAME = "TCP_HEALTH_TEST_SECRET"
"""The environment variable with the secret."""

LOGIN = ("--step", f"line AUTH {{env:{NAME}}}")

ENDINGS = {
    "a mismatch": ("--step", "expect \\x01never", "--expect-timeout", "0.1"),
    "a match": ("--step", "expect-regex (?s)."),
    "a capture": ("--step", "capture said (?s)(.+)"),
    "a small capture": ("--step", "capture said (?s)..(.{5})"),
    "a rejection": ("--step", "reject-regex (?s).", "--step", "expect \\x01never"),
    "no TLS": ("--step", "starttls", "--no-verify"),
    "an injection": ("--step", "expect-regex (?s).", "--step", "starttls", "--no-verify"),
}
"""Steps after the login, by how the check ends."""

MODES: tuple[dict[str, Any], ...] = (
    {},
    {"verbose": 1},
    {"verbose": 2},
    {"verbose": 3},
    {"explain": True},
    {"hide_output": True, "verbose": 3},
)
"""The options of each output mode."""


def result_of(secret: bytes, answer: bytes, ending: Sequence[str], *more: str) -> tuple[Result, list[str]]:
    """The result of a check that sends the secret and gets the answer, and its settings in force."""
    os.environ[NAME] = os.fsdecode(secret)
    try:
        words = [*LOGIN, *ending, "--trace", "never", *more]
        check = setting_of(*words)
        from support.playing import FAKE_PORT
        from tcp_health_plugins.check.options import parse

        settings = in_force(parse(["-H", A, "-p", str(FAKE_PORT), *words], "check_tcp_health", {}).values)
    finally:
        del os.environ[NAME]
    network = FakeNetwork({A: accepts(hear(b"AUTH " + secret + b"\r\n"), answer, END)})
    result = evaluate(check, network=network)
    if secret not in network.heard[A]:
        raise AssertionError("the secret was not sent")
    return result, settings


def outputs_of(result: Result, settings: Sequence[str]) -> Iterator[object]:
    """Yield every output of a result: text of each mode, JSON, the line of an attempt, and what Python shows."""
    check = result.check
    for mode in MODES:
        shown = result.replace(check=check.replace(options=check.options.replace(**mode)))
        yield "\n".join((prefix(shown), *sentences(shown), *long_output(shown, settings)))
    yield " ".join(map(str, perfdata(result)))
    yield to_document(result)
    public = PublicResult(result)
    yield [public.message, repr(public), str(public.fault), [str(each) for each in public.attempts]]
    yield [attempt_line(each, 2) for each in result.outcome.attempts]
    yield [repr(each) for each in (check, result, *result.outcome.attempts)]


OURS = set(":[]'\"(),")
"""What our own words can have directly before or after an answer."""


def facts_of(result: Result) -> Iterator[str]:
    """Yield what was received and captured, without any words of ours."""
    for attempt in result.outcome.attempts:
        yield from (clean(data, 1 << 16) for data in (attempt.received, *dict(attempt.captured).values()))


def leaks(seed: int, cases: int) -> list[str]:
    """Return the runs of secrets in outputs, for random secrets, echoes and endings; the same ones for the same seed."""
    source = random.Random(seed)  # noqa: S311 - repeatable, and no secret
    found = []
    for number in range(cases):
        secret = random_secret(source)
        form, answer = random_echo(source, secret)
        name = source.choice(list(ENDINGS))
        result, settings = result_of(secret, answer, ENDINGS[name])
        search = Search(form, secret)
        runs = search.found(*outputs_of(result, settings))
        # A colon, a bracket or a quotation mark of ours may be beside seven bytes of the secret; in a search without
        # spaces the end of a word of ours may be beside six, as in `received: `.
        received = search.found(*facts_of(result))
        runs = [run for run in runs if run in received or not {*run[:2], *run[-2:]} & OURS]
        if runs:
            found.append(
                f"seed {seed}, case {number}: {form.name}, {name}: {secret!r} {answer!r}: {runs[:3]}"
            )
    return found
