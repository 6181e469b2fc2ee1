# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The named services and the openings of TLS: the data by itself, byte by byte, and then as the check plays it."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.playing import faults, on_fake
from support.scenario import Scenario
from support.scripted import END, Hear, accepts
from support.service_scenarios import OPENING_TALKS, SAME, SERVICE_TALKS, STRANGERS, Talk
from support.starttls_peers import starttls
from tcp_health.dialogue.matching import Match, Unwanted, matches
from tcp_health.model.dialogue import Blank, Say, StartTls
from tcp_health.model.dialogue import Hear as Hearing
from tcp_health.services.starttls import STARTTLS, Opening
from tcp_health.services.table import SERVICES
from tcp_health.settings.build import STARTTLS_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from support.scripted import Step as Script
    from tcp_health.model.dialogue import Step
    from tcp_health.services.service import Service

PAGE = Path(__file__).resolve().parents[3] / "docs" / "services.md"
OURS = [service for service in SERVICES.values() if not service.check_tcp]
ROWS: tuple[Service | Opening, ...] = (*OURS, *STARTTLS.values())

# The first part checks the data: a small player walks over the steps without a network or a clock.


class Played:
    """What a dialogue came to: words as in a Talk, what was captured, and what nobody had asked for."""

    def __init__(self, words: str | None, captured: dict[str, str], unread: bytes) -> None:
        self.words = words
        self.captured = captured
        self.unread = unread


class Player:
    """A server's script, and a dialogue; SIZE is how many bytes arrive at once."""

    def __init__(self, steps: Sequence[Step], script: Iterable[Script], size: int) -> None:
        self.steps = steps
        self.script = list(script)
        self.size = size
        self.said = b""
        self.waiting = b""
        self.unread = b""
        self.values = {"host": b"127.0.0.2", "port": b"4000"}
        self.captured: dict[str, str] = {}

    def play(self) -> Played:
        """Walk to the end, or to the first step that fails."""
        for step in self.steps:
            if isinstance(step, Say):
                self.said += step.fill(self.values)
            elif isinstance(step, Hearing):
                words = self._hear(step)
                if words is not None:
                    return Played(words, self.captured, self.unread)
        self._serve()
        assert not self.waiting or self.size == 1, "the script goes on where the dialogue ends"
        assert not any(isinstance(step, Hear) for step in self.script), "the server waits for more"
        return Played(None, self.captured, self.unread + self.waiting)

    def _hear(self, step: Hearing) -> str | None:
        fresh = 0
        while True:
            found = matches(step, self.unread, fresh) if self.unread else None
            if isinstance(found, Unwanted):
                return found.words
            if isinstance(found, Match):
                self.unread = self.unread[found.end :]
                for name, value in found.captured.items():
                    self.values[name] = value
                    self.captured[name] = value.decode()
                return None
            self._serve()
            if not self.waiting:
                return ""
            fresh = min(self.size, len(self.waiting))
            self.unread, self.waiting = self.unread + self.waiting[:fresh], self.waiting[fresh:]

    def _serve(self) -> None:
        while self.script:
            step = self.script[0]
            if isinstance(step, Hear):
                if step.data not in self.said:
                    return
                self.said = self.said.partition(step.data)[2]
            elif isinstance(step, bytes):
                self.waiting += step
            else:
                assert step is END
            self.script.pop(0)


def steps_of(talk: Talk) -> tuple[Step, ...]:
    return STARTTLS[talk.name].steps if talk in OPENING_TALKS else SERVICES[talk.name].steps


@pytest.mark.parametrize("size", [65536, 1], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("talk", [*SERVICE_TALKS, *OPENING_TALKS], ids=repr)
def test_the_data_come_to_what_the_table_says(talk: Talk, size: int) -> None:
    played = Player(steps_of(talk), talk.steps, size).play()
    if talk.words is None:
        assert played.words is None
        assert played.captured == talk.captured
    else:
        assert played.words is not None
        assert talk.words in played.words
        assert bool(talk.words) is bool(played.words)


@pytest.mark.parametrize("talk", [each for each in OPENING_TALKS if each.words is None], ids=repr)
def test_an_opening_takes_the_whole_go_ahead_and_nothing_more(talk: Talk) -> None:
    steps = steps_of(talk)
    for size in (1, 3, 65536):
        assert Player(steps, talk.steps, size).play().unread == b""
    last = talk.steps[-1]
    if isinstance(last, bytes):
        assert Player(steps, (*talk.steps[:-1], last[:-1]), 65536).play().words == ""
        injected = Player(steps, (*talk.steps[:-1], last + b"injected\r\n"), 65536).play()
        assert (injected.words, injected.unread) == (None, b"injected\r\n")


@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_other_protocol_passes_for_a_service(stranger: str) -> None:
    kin = {
        "SSH": {"ssh"},
        "telnet": {"telnet"},
        "POP": {"pop3s"},
        "IMAP": {"imaps"},
        "SMTP": {"ftps"},
        # finger's answer has no form: any line will do that is not the first one of a well-known protocol.
        "NNTP": {"finger"},
        "VNC": {"finger"},
        "a name": {"finger"},
    }.get(stranger, set())
    passed = set()
    for service in OURS:
        # It answers the same whatever is said.
        script = [STRANGERS[stranger] for step in service.steps if not isinstance(step, Say)]
        if Player(service.steps, script[:1], 65536).play().words is None:
            passed.add(service.name)
    assert passed == kin


@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_other_protocol_opens_tls(stranger: str) -> None:
    passed = {
        opening.name
        for opening in STARTTLS.values()
        if Player(opening.steps, [STRANGERS[stranger]], 65536).play().words is None
    }
    # "SSH" begins with the letter that is PostgreSQL's whole go-ahead: what stands behind it is an injection then.
    assert passed == {"SSH": {"postgres"}, "MySQL": {"mysql"}}.get(stranger, set())


def expressions() -> list[tuple[str, bytes]]:
    return [
        (row.name, pattern.data)
        for row in ROWS
        for step in row.steps
        if isinstance(step, Hearing)
        for pattern in (*step.wanted, *(each for each, _ in step.unwanted))
    ]


def test_no_answer_makes_an_expression_wander() -> None:
    """Each expression meets what its rows say, cut and repeated to the bound of what is searched."""
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
                # The slowest takes 30 ms; what grows with the square takes a hundred times as long as that.
                assert time.process_time() - began < 0.5, (name, source, part)


def test_what_is_wanted_and_what_is_rejected_begin_where_reading_begins() -> None:
    for name, source in expressions():
        assert re.match(rb"(?:\(\?[a-z]+\))?\^", source), (name, source)


def test_a_group_has_one_meaning() -> None:
    names = {group for _, source in expressions() for group in re.compile(source).groupindex}
    assert names == {
        "access", "answer", "capabilities", "health", "master_link_status", "protocol", "role", "server", "software",
        "status", "version",
    }  # fmt: skip


def test_what_is_said_has_no_blank_that_nothing_fills() -> None:
    for row in ROWS:
        known = {"host", "port"}
        for step in row.steps:
            if isinstance(step, Say):
                assert {part.name for part in step.parts if isinstance(part, Blank)} <= known, row.name
            elif not isinstance(step, StartTls):
                for pattern in step.wanted:
                    known |= set(re.compile(pattern.data).groupindex)
        row.quit.encode("latin-1")


# check_tcp's names are as check_tcp has them; every other row is complete.


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
        assert service.steps == twin.steps or name == "sips"  # its Via says TLS


@pytest.mark.parametrize("name", STARTTLS)
def test_every_opening_has_its_scenarios(name: str) -> None:
    talks = [talk for talk in OPENING_TALKS if talk.name == name]
    assert any(talk.words is None for talk in talks)
    assert sum(bool(talk.words) for talk in talks) >= 1, "a refusal has words"
    assert any(talk.words == "" for talk in talks), "another protocol"


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
            if not isinstance(step, (Say, StartTls))
            for pattern in step.wanted
            for group in re.compile(pattern.data).groupindex
        }
        assert set(re.findall(r"`([a-z_]+)`", cells[5])) == captured, service.name


def test_the_page_has_a_line_for_every_opening() -> None:
    lines = PAGE.read_text(encoding="utf-8").partition("## STARTTLS")[2].splitlines()
    for opening in STARTTLS.values():
        assert any(
            line.startswith(f"| `{opening.name}` | {opening.port} |") and opening.source in line
            for line in lines
        ), opening.name


# The second part lets the check itself play the same rows, on the fake network.


def scenario_of(talk: Talk) -> Scenario:
    opening = talk in OPENING_TALKS
    option = "--starttls" if opening else "--no-verify --service" if SERVICES[talk.name].tls else "--service"
    healthy = talk.words is None
    return Scenario(
        repr(talk),
        f"-H 127.0.0.2 -p {{port}} {option} {talk.name} --trace never",
        {"127.0.0.2": accepts(*talk.steps)},
        state="OK" if healthy else "CRITICAL" if opening else "WARNING",
        cause="" if healthy else "starttls_refused" if opening else "mismatch",
        says=(talk.words or "", *(f"{name} {value}" for name, value in talk.captured.items())),
    )


BEHIND_STARTTLS = (
    ("submission", "smtp", b"EHLO localhost\r\nSTARTTLS\r\nEHLO localhost\r\nQUIT\r\n"),
    ("sieve", "sieve", b"STARTTLS\r\nLOGOUT\r\n"),
    ("postgres", "postgres", None),
    ("ldap", "ldap", None),
    ("mysql", "mysql", None),
)
"""A service, the protocol that begins its TLS, and what the server hears where that can be told at a glance."""


@pytest.mark.parametrize(("service", "opening", "heard"), BEHIND_STARTTLS)
def test_behind_starttls_the_service_goes_on_without_its_greeting(
    service: str, opening: str, heard: bytes | None
) -> None:
    peer = starttls(opening)
    scenario = Scenario(
        service,
        f"-H 127.0.0.2 -p {{port}} --no-verify --service {service} --starttls {opening} --trace never -t 5",
        {"127.0.0.2": accepts(peer)},
    )
    seen = on_fake(scenario)
    assert faults(scenario, seen, exact=True) == []
    assert seen.elapsed < 0.5, "nothing was waited for in vain"
    assert heard is None or peer.notes.heard == heard
    if service == "mysql":
        # The greeting was packet 0, the request for TLS 1 (in the clear), the login is 2.
        length = int.from_bytes(peer.notes.heard[:3], "little")
        login = peer.notes.heard[4 + length :]
        assert (peer.notes.heard[3], login[3]) == (1, 2)
        assert login[4 + int.from_bytes(login[:3], "little") :] == b"\x01\x00\x00\x00\x01", "COM_QUIT"


def test_the_settings_know_every_opening() -> None:
    """They have names of their own: most checks do without the rows."""
    assert tuple(STARTTLS) == STARTTLS_NAMES


PLAIN = [talk for talk in SERVICE_TALKS if not SERVICES[talk.name].tls]


@pytest.mark.parametrize("talk", PLAIN, ids=repr)
def test_the_check_comes_to_what_the_table_says(talk: Talk) -> None:
    scenario = scenario_of(talk)
    assert faults(scenario, on_fake(scenario), exact=True) == []


@pytest.mark.parametrize("talk", [talk for talk in OPENING_TALKS if talk.words is not None], ids=repr)
def test_an_opening_that_fails_says_why(talk: Talk) -> None:
    scenario = scenario_of(talk)
    assert faults(scenario, on_fake(scenario), exact=True) == []
