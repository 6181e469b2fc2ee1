# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How each protocol begins TLS: its data alone, byte by byte, and then in a check."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.player import Player, steps_of
from support.playing import faults, on_fake
from support.scenario import Scenario
from support.scripted import accepts
from support.service_rows import scenario_of
from support.service_scenarios import OPENING_TALKS, STRANGERS, Talk
from support.starttls_peers import starttls
from tcp_health.services.protocols import MSSQL_ENCRYPT_ON, RDP_REQUEST, mssql_prelogin
from tcp_health.services.starttls import STARTTLS
from tcp_health.settings.table import STARTTLS_NAMES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "services.md"


@pytest.mark.parametrize("talk", [each for each in OPENING_TALKS if each.words is None], ids=repr)
def test_an_opening_takes_the_whole_reply_and_nothing_more(talk: Talk) -> None:
    steps = steps_of(talk)
    for size in (1, 3, 65536):
        assert Player(steps, talk.steps, size).play().unread == b""
    last = talk.steps[-1]
    if isinstance(last, bytes):
        assert Player(steps, (*talk.steps[:-1], last[:-1]), 65536).play().words == ""
        injected = Player(steps, (*talk.steps[:-1], last + b"injected\r\n"), 65536).play()
        assert (injected.words, injected.unread) == (None, b"injected\r\n")


@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_other_protocol_opens_tls(stranger: str) -> None:
    passed = {
        opening.name
        for opening in STARTTLS.values()
        if Player(opening.steps, [STRANGERS[stranger]], 65536).play().words is None
    }
    # "SSH" begins with the letter that is PostgreSQL's whole reply to SSLRequest: the rest is an injection then.
    assert passed == {"SSH": {"postgres"}, "MySQL": {"mysql"}}.get(stranger, set())


@pytest.mark.parametrize("name", STARTTLS)
def test_every_opening_has_its_scenarios(name: str) -> None:
    talks = [talk for talk in OPENING_TALKS if talk.name == name]
    assert any(talk.words is None for talk in talks)
    assert sum(bool(talk.words) for talk in talks) >= 1, "a refusal has words"
    assert any(talk.words == "" for talk in talks), "another protocol"


def test_the_page_has_a_line_for_every_opening() -> None:
    lines = PAGE.read_text(encoding="utf-8").partition("## STARTTLS")[2].splitlines()
    for opening in STARTTLS.values():
        assert any(
            line.startswith(f"| `{opening.name}` | {opening.port} |") and opening.source in line
            for line in lines
        ), opening.name


BEHIND_STARTTLS = (
    ("submission", "smtp", b"EHLO localhost\r\nSTARTTLS\r\nEHLO localhost\r\nQUIT\r\n"),
    ("sieve", "sieve", b"STARTTLS\r\nLOGOUT\r\n"),
    ("postgres", "postgres", None),
    ("ldap", "ldap", None),
    ("mysql", "mysql", None),
    ("lmtp", "lmtp", b"LHLO localhost\r\nSTARTTLS\r\nLHLO localhost\r\nQUIT\r\n"),
    ("irc", "irc", b"STARTTLS\r\nCAP LS 302\r\nPING tcp_health\r\nQUIT\r\n"),
    # Their services have no step that could follow.
    ("rdp", "rdp", RDP_REQUEST),
    ("mssql", "mssql", mssql_prelogin(MSSQL_ENCRYPT_ON)),
)
"""A service, the protocol that starts its TLS, and the bytes that the server receives, if they are short."""


@pytest.mark.parametrize(("service", "opening", "heard"), BEHIND_STARTTLS)
def test_after_starttls_the_service_goes_on_without_its_greeting(
    service: str, opening: str, heard: bytes | None
) -> None:
    peer = starttls(opening)
    scenario = Scenario(
        service,
        f"-H 127.0.0.2 -p {{port}} --no-verify --service {service} --starttls {opening} --helo localhost --trace never -t 5",
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
    """The settings have a list of the names: most checks do not load the rows."""
    assert tuple(STARTTLS) == STARTTLS_NAMES


@pytest.mark.parametrize("talk", [talk for talk in OPENING_TALKS if talk.words is not None], ids=repr)
def test_a_failed_starttls_dialogue_has_a_reason(talk: Talk) -> None:
    scenario = scenario_of(talk)
    assert faults(scenario, on_fake(scenario), exact=True) == []
