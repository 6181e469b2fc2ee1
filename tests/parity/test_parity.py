# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""check_tcp_health compared with check_tcp: a sample of the command lines of tests/acceptance/3-3-parity."""

from __future__ import annotations

import concurrent.futures
import itertools

import pytest

from parity.cases import PAIRED, SERVICES, Case, all_cases
from parity.compare import Stage, complaints, from_record, is_second_look, read_record
from parity.differences import DIFFERENCES, DOCUMENT, OUTPUT, table

CASES = all_cases()
RECORD = read_record()
SECTIONS = sorted({case.section for case in CASES})
WIDTH = 12  # cases at a time: half of their time is waiting
SAMPLE = 7  # cases of a section that make test plays; the acceptance script plays all of them
OPTIONS = {
    "-H": "--host", "-p": "--po", "-4": "--use-ipv4", "-6": "--use-ipv6", "-E": "--es", "-s": "--se",
    "-e": "--exp", "-A": "--a", "-q": "--q", "-m": "--ma", "-d": "--d", "-w": "--warning", "-c": "--critical",
    "-t": "--t", "-r": "--re", "-M": "--mi", "-j": "--ja", "-S": "--ss", "-D": "--ce", "--sni": "--sn",
    "-v": "--verb", "-V": "--vers", "-h": "--he", "--extra-opts": "--extra-opts", "-C": "--critical-c",
    "-W": "--warning-c", "-P": "--pr",
}  # fmt: skip


def lasts(case: Case) -> bool:
    """Whether the case waits: for silence after a mismatch, for a timeout, or for a slow server."""
    marks = (" -d ", "-t ", "-to ", "slow", "silent", "far", "nope", "late", "--delay", "=other", "=letters")
    if any(mark in case.label for mark in marks):
        return True
    # A mismatch with a service's own text is found at once, one with -e only after silence.
    _, phrases = RECORD[case.label]
    return "-e" in case.words and any("Unexpected response" in phrase for phrase in phrases)


def sample(section: str) -> list[Case]:
    """Cases spread over a section, including quick ones, intended differences and each service's own port."""
    quick = [case for case in CASES if case.section == section and not lasts(case)]
    wanted = [case for case in quick if case.wanted][:2]
    ports = [case for case in quick if case.words == ("-H", "127.0.0.77")]
    return wanted + ports + quick[:: max(1, len(quick) // SAMPLE)]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The folder of certificates, ini files and links that all cases share."""
    return Stage(tmp_path_factory.mktemp("parity"))


def play(stage: Stage, cases: list[Case], *, live: bool) -> list[str]:
    """The errors of a list of cases, each with its case; a case that fails under load is repeated alone."""

    def one(case: Case) -> list[str]:
        theirs = stage.run("c", case) if live else from_record(RECORD[case.label])
        found = complaints(case, theirs, stage.run("ours", case), live=live)
        if (
            live
            and (theirs.exit, [theirs.neutral(phrase) for phrase in theirs.phrases()]) != RECORD[case.label]
        ):
            found.append("the record does not say what check_tcp does")
        return [f"{case.label}: {complaint}" for complaint in found]

    with concurrent.futures.ThreadPoolExecutor(WIDTH) as pool:
        results = list(zip(cases, pool.map(one, cases)))
    return [line for case, found in results if found for line in one(case)]


@pytest.mark.once
@pytest.mark.engine("check_tcp", "monitoring-plugins-basic")
@pytest.mark.parametrize("section", SECTIONS)
def test_the_same_arguments_give_the_same_state_as_check_tcp(section: str, stage: Stage) -> None:
    assert play(stage, sample(section), live=True) == []


def test_the_state_is_the_recorded_one_of_check_tcp(stage: Stage) -> None:
    cases = [case for section in SECTIONS for case in sample(section)[2:4]]
    assert play(stage, cases, live=False) == []


def test_every_case_is_recorded() -> None:
    assert list(RECORD) == [case.label for case in CASES]


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_has_three_command_lines(option: str) -> None:
    spellings = (option, OPTIONS[option])
    assert sum(any(word.startswith(spellings) for word in case.words) for case in CASES) >= 3


@pytest.mark.parametrize("pair", list(itertools.combinations(PAIRED, 2)), ids="".join)
def test_every_pair_of_options_has_a_command_line(pair: tuple[str, str]) -> None:
    assert any(set(pair) <= set(case.words) for case in CASES if case.section == "pair")


@pytest.mark.parametrize("link", ["check_tcp", "check_udp", *SERVICES])
def test_every_service_name_has_three_command_lines(link: str) -> None:
    assert sum(case.link == link for case in CASES) >= 3


def test_every_intended_difference_has_a_case() -> None:
    assert {case.wanted for case in CASES} - {""} == set(DIFFERENCES)


def test_the_document_lists_every_intended_difference() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert table(DIFFERENCES) in text
    assert table(OUTPUT) in text


@pytest.mark.parametrize(
    ("seconds", "ours", "theirs", "expected"),
    [
        (1.0, [b"hi", b"hi"], [b"hi"], True),
        (1.0, [b"hi bye", b"hi"], [b"hi bye"], True),
        (0.4, [b"hi", b"hi"], [b"hi"], False),
        (1.0, [b"hi", b"ho"], [b"hi"], False),
        (1.0, [b"ho", b"ho"], [b"hi"], False),
        (1.0, [b"hi", b"hi", b"hi"], [b"hi"], False),
        (1.0, [b"hi"], [], False),
    ],
)
def test_one_more_connection_may_only_repeat_what_was_sent_first(
    seconds: float, ours: list[bytes], theirs: list[bytes], expected: bool
) -> None:
    assert is_second_look(seconds, ours, theirs) is expected
