# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The named services: their data alone, byte by byte, and then in a check."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.player import Player, steps_of
from support.playing import faults, on_fake
from support.service_rows import scenario_of
from support.service_scenarios import OPENING_TALKS, SAME, SERVICE_TALKS, STRANGERS, Talk
from tcp_health.model.dialogue import Blank, Hear, Say, StartTls
from tcp_health.services.starttls import STARTTLS, Opening
from tcp_health.services.table import SERVICES

if TYPE_CHECKING:
    from tcp_health.model.service import Service

PAGE = Path(__file__).resolve().parents[3] / "docs" / "services.md"
OURS = [service for service in SERVICES.values() if not service.check_tcp]
ROWS: tuple[Service | Opening, ...] = (*OURS, *STARTTLS.values())


@pytest.mark.parametrize("size", [65536, 1], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("talk", [*SERVICE_TALKS, *OPENING_TALKS], ids=repr)
def test_the_data_have_the_results_of_the_table(talk: Talk, size: int) -> None:
    played = Player(steps_of(talk), talk.steps, size).play()
    if talk.words is None:
        assert played.words is None
        assert played.captured == talk.captured
    else:
        assert played.words is not None
        assert talk.words in played.words
        assert bool(talk.words) is bool(played.words)


@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_other_protocol_passes_for_a_service(stranger: str) -> None:
    kin = {
        "SSH": {"ssh"},
        "telnet": {"telnet"},
        "POP": {"pop3s"},
        "IMAP": {"imaps"},
        "SMTP": {"ftps"},
        # finger's answer has no form: any line matches, unless it is the first line of a well-known protocol.
        "NNTP": {"finger"},
        "VNC": {"finger"},
        "a name": {"finger"},
    }.get(stranger, set())
    passed = set()
    for service in OURS:
        # Its answers do not depend on the input.
        script = [STRANGERS[stranger] for step in service.steps if not isinstance(step, Say)]
        if Player(service.steps, script[:1], 65536).play().words is None:
            passed.add(service.name)
    assert passed == kin


def expressions() -> list[tuple[str, bytes]]:
    return [
        (row.name, pattern.data)
        for row in ROWS
        for step in row.steps
        if isinstance(step, Hear)
        for pattern in (*step.wanted, *(each for each, _ in step.unwanted))
    ]


def test_no_answer_makes_an_expression_slow() -> None:
    """Each expression gets the texts of its rows, cut and repeated up to the maximum length of a search."""
    said: dict[str, set[bytes]] = {}
    for talk in (*SERVICE_TALKS, *OPENING_TALKS):
        said.setdefault(talk.name, set()).update(each for each in talk.steps if isinstance(each, bytes))
    for name, source in set(expressions()):
        expression = re.compile(source)
        for text in said[SAME.get(name, name)]:
            line = text.rpartition(b"\n")[0].rpartition(b"\n")[2] + b"\n"
            for part in filter(None, (text[:-1], line, text[: len(text) // 2 + 1])):
                hostile = (text[:-1] + part * (65536 // len(part)))[:65536]
                began = time.process_time()
                expression.search(hostile)
                # The slowest takes 30 ms; quadratic time would be a hundred times as long.
                assert time.process_time() - began < 0.5, (name, source, part)


def test_wanted_and_rejected_texts_begin_where_reading_begins() -> None:
    for name, source in expressions():
        assert re.match(rb"(?:\(\?[a-z]+\))?\^", source), (name, source)


def test_a_group_has_one_meaning() -> None:
    names = {group for _, source in expressions() for group in re.compile(source).groupindex}
    assert names == {
        "access", "answer", "capabilities", "condition", "health", "master", "master_link_status", "masters", "protocol",
        "role", "server", "software", "status", "version",
    }  # fmt: skip


def test_sent_texts_have_no_unfilled_placeholder() -> None:
    for row in ROWS:
        known = {"host", "port", "helo"}
        for step in row.steps:
            if isinstance(step, Say):
                assert {part.name for part in step.parts if isinstance(part, Blank)} <= known, row.name
            elif not isinstance(step, StartTls):
                for pattern in step.wanted:
                    known |= set(re.compile(pattern.data).groupindex)
        row.quit.encode("latin-1")


# check_tcp's services are the same as in check_tcp; every other row is complete.


def test_check_tcps_names_keep_its_dialogues() -> None:
    theirs = [service for service in SERVICES.values() if service.check_tcp]
    assert [service.name for service in theirs] == [
        "tcp", "udp", "ftp", "pop", "spop", "imap", "simap", "smtp", "ssmtp", "nntp", "nntps", "jabber", "clamd",
    ]  # fmt: skip
    assert not any(service.steps for service in theirs)
    assert not any(service.send or service.expect for service in OURS)


@pytest.mark.parametrize("service", OURS, ids=lambda service: service.name)
def test_every_service_has_its_scenarios(service: Service) -> None:
    name = service.name
    talks = [talk for talk in SERVICE_TALKS if talk.name == SAME.get(name, name)]
    assert any(talk.words is None for talk in talks), name
    assert any(talk.words is not None for talk in talks), name
    if name in SAME:
        twin = SERVICES[SAME[name]]
        assert service.tls
        assert not twin.tls
        assert service.steps == twin.steps or name == "sips"  # its Via contains TLS


def test_the_page_has_a_line_for_every_service() -> None:
    lines = PAGE.read_text(encoding="utf-8").partition("## STARTTLS")[0].splitlines()
    for service in SERVICES.values():
        [line] = [line for line in lines if line.startswith(f"| `{service.name}` |")] or [""]
        assert line, service.name
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells[1] == ("" if service.port is None else str(service.port)), service.name
        assert cells[2] == (("lax" if service.check_tcp else "verified") if service.tls else ""), service.name
        captured = {
            group
            for step in service.steps
            if isinstance(step, Hear)
            for pattern in step.wanted
            for group in re.compile(pattern.data).groupindex
        }
        assert set(re.findall(r"`([a-z_]+)`", cells[5])) == captured, service.name


PLAIN = [talk for talk in SERVICE_TALKS if not SERVICES[talk.name].tls]


@pytest.mark.parametrize("talk", PLAIN, ids=repr)
def test_the_check_has_the_result_of_the_table(talk: Talk) -> None:
    scenario = scenario_of(talk)
    assert faults(scenario, on_fake(scenario), exact=True) == []
