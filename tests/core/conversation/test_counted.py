# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a check does where the server counts broken connections: it breaks at most one, and names the counter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.fake_network import FakeNetwork
from support.minting import Authority
from support.playing import check_of
from support.scripted import END, RESET, Way, accepts, is_silent, refuses
from support.service_scenarios import OPENING_TALKS, SERVICE_TALKS, Talk
from support.starttls_peers import HEALTHY, starttls
from support.tls_peers import context
from tcp_health.model.causes import Cause
from tcp_health.model.verdict import CRITICAL, OK
from tcp_health.report.document import to_document
from tcp_health.report.sentence import output
from tcp_health.runs.repeat import evaluate
from tcp_health.services.starttls import STARTTLS
from tcp_health.services.table import SERVICES

if TYPE_CHECKING:
    from tcp_health.model.result import Result

HOST = "10.9.0.7"
ROUTERS = ("10.0.1.1",)
MYSQL = f"-H {HOST} --starttls mysql "

FOREVER = (
    "--count 5 --interval 0.1 -t 20",
    "--retries 3 --retry-delay 0 -t 20",
    "--wait 20 --wait-interval 0.1",
)
COUNTING = sorted(
    [name for name, row in SERVICES.items() if row.broken_counts]
    + [name for name, row in STARTTLS.items() if row.broken_counts]
)

pytestmark = pytest.mark.field(1)


def play(words: str, *servers: Any, **network: Any) -> tuple[Result, FakeNetwork]:
    """Play a check against a server for each connect, the last one for all further connects."""
    fake = FakeNetwork({HOST: list(servers)}, **network)
    result = evaluate(check_of(words), network=fake)
    assert not fake.open
    return result, fake


def peers(protocol: str, number: int = 2) -> list[Any]:
    """Servers whose certificate no trusted authority has signed."""
    shown = context(Authority("a stranger").leaf([HOST]))
    return [starttls(protocol, HEALTHY, shown) for _ in range(number)]


def packets(heard: bytes) -> list[int]:
    """The numbers of MySQL's packets."""
    numbers = []
    while heard:
        numbers.append(heard[3])
        heard = heard[4 + int.from_bytes(heard[:3], "little") :]
    return numbers


@pytest.mark.parametrize("more", ["", "--service mysql", "--close reset", *FOREVER])
def test_a_rejected_certificate_breaks_one_connection_and_the_second_logs_in(more: str) -> None:
    first, second = servers = peers("mysql")
    result, network = play(MYSQL + more, *map(accepts, servers))
    assert result.state == CRITICAL
    assert [attempt.cause for attempt in result.outcome.attempts] == [Cause.CERTIFICATE_UNKNOWN_ISSUER]
    assert len(network.syns) == 2
    assert packets(first.notes.heard) == [1], "the request for TLS"
    assert packets(second.notes.heard) == [1, 2, 0], "the request for TLS, the login, and COM_QUIT"
    assert b"tcp_health\0" in second.notes.heard
    assert result.fault is not None
    assert "the server counts this connection (max_connect_errors)" in result.fault.sentence


@pytest.mark.parametrize("words", ["--fingerprint " + "ab" * 32, "--sni a.test --verify-name b.test"])
def test_a_session_that_is_only_refused_by_us_ends_with_a_login(words: str) -> None:
    [peer] = peers("mysql", 1)
    result, network = play(
        MYSQL + "--no-verify " * ("fingerprint" in words) + words, accepts(peer), accepts()
    )
    assert result.state == CRITICAL
    if "fingerprint" in words:
        assert len(network.syns) == 1
        assert result.fault is not None
        assert "counts" not in result.fault.sentence
        assert packets(peer.notes.heard) == [1, 2, 0]


def test_a_reset_does_not_overtake_the_login() -> None:
    [peer] = peers("mysql", 1)
    result, network = play(MYSQL + "--no-verify --close reset", accepts(peer))
    assert (result.state, packets(peer.notes.heard)) == (OK, [1, 2, 0])
    assert [what for _, what, _ in network.journal if what in ("close", "reset")] == ["close"]


def test_where_broken_connections_do_not_count_every_retry_is_made() -> None:
    servers = peers("smtp", 5)
    result, network = play(
        f"-H {HOST} --starttls smtp --retries 3 --retry-delay 0 -t 20", *map(accepts, servers)
    )
    assert len(result.outcome.attempts) == 4
    assert len(network.syns) == 5
    assert servers[-1].notes.heard.endswith(b"QUIT\r\n"), "the second connection ends politely"


SILENT = accepts()
REFUSING = accepts(b"\x13\x00\x00\x00\xff\x10\x04Too many connections", END)
ODD = accepts(b"?\n")
GONE = accepts(RESET)
CLOSED = accepts(END)


@pytest.mark.parametrize(
    ("server", "attempts"), [(SILENT, 1), (ODD, 1), (REFUSING, 3), (GONE, 3), (CLOSED, 3)], ids=repr
)
def test_attempts_end_with_the_one_that_broke_a_connection(server: Any, attempts: int) -> None:
    """A server that refuses in its protocol, or ends the connection itself, counts nothing against the client."""
    result, network = play(
        f"-H {HOST} --service mysql --retries 2 --retry-delay 0 --attempt-timeout 1 -t 6", server
    )
    assert len(result.outcome.attempts) == len(network.syns) == attempts
    assert result.state != OK


def test_a_wait_goes_on_while_the_port_is_closed_or_the_server_ends_the_connection() -> None:
    healthy = next(talk for talk in SERVICE_TALKS if talk.name == "mysql" and talk.words is None)
    servers = refuses(), accepts(END), accepts(*healthy.steps)
    result, _ = play(f"-H {HOST} --service mysql --trace never --wait 20 --wait-interval 1", *servers)
    assert (result.state, result.rounds.number) == (OK, 3)


# The trace

LOGIN = next(talk for talk in SERVICE_TALKS if talk.name == "mysql" and talk.words is None)


def opened(network: FakeNetwork) -> int:
    """How many connections to the host were opened by SYNs of the diagnosis."""
    return sum(special is not None and special.ttl > len(ROUTERS) for _, _, special in network.syns)


@pytest.mark.parametrize("after", [0.001, 0.7, 1.3])
@pytest.mark.parametrize("trace", ["failure", "always"])
def test_no_trace_reaches_a_server_whose_answer_is_late(after: float, trace: str) -> None:
    server = accepts(*LOGIN.steps, after=after)
    words = f"-H {HOST} --service mysql --trace {trace}"
    result, network = play(words, server, ways={HOST: Way(*ROUTERS)})
    assert result.state == OK
    assert opened(network) == 0


def test_a_trace_opens_one_connection_at_most() -> None:
    """The first SYNs are lost, and then the server answers all others at once."""
    servers = accepts(*LOGIN.steps, after=3.2), accepts()
    _, network = play(f"-H {HOST} --service mysql", *servers, ways={HOST: Way(*ROUTERS)})
    assert opened(network) == 1
    _, network = play(
        f"-H {HOST} -p 80 -e x", accepts(b"x", after=3.2), accepts(), ways={HOST: Way(*ROUTERS)}
    )
    assert opened(network) > 1, "it is faster where nothing counts"


def test_a_silent_port_is_still_traced() -> None:
    result, _ = play(f"-H {HOST} --service mysql -t 8", is_silent(), ways={HOST: Way(*ROUTERS)})
    assert result.fault is not None
    assert ROUTERS[-1] in result.fault.sentence


# What is counted is named


def test_the_rows_that_count() -> None:
    assert COUNTING == ["mysql", "mysql", "ssh", "vnc"]


@pytest.mark.parametrize("name", sorted({*COUNTING}))
def test_the_page_names_the_counter(name: str) -> None:
    page = (Path(__file__).parents[3] / "docs" / "services.md").read_text(encoding="utf-8")
    notes = page.partition("### Notes on single services")[2]
    [note] = [note for note in notes.split("\n- ") if note.startswith(f"**{name}**")]
    assert SERVICES[name].broken_counts in note


BLOCKS = [talk for talk in (*SERVICE_TALKS, *OPENING_TALKS) if talk.blocked]


@pytest.mark.parametrize("talk", BLOCKS, ids=repr)
def test_a_block_is_a_verdict_of_its_own(talk: Talk) -> None:
    option = "--starttls" if talk in OPENING_TALKS else "--service"
    result, network = play(f"-H {HOST} -v -M ok {option} {talk.name}", accepts(*talk.steps))
    assert (result.state, result.fault and result.fault.row) == (CRITICAL, "host-blocked")
    assert len(network.syns) == 1
    first, second, *_ = output(result)
    assert " - server: blocks this host" in first
    assert second.startswith("the server refuses the monitoring host: ")
    assert SERVICES[talk.name].broken_counts in second
    [attempt] = to_document(result)["attempts"]
    assert attempt["cause"] == "host_blocked"


def test_the_named_rows_block_in_a_scenario() -> None:
    assert {talk.name for talk in BLOCKS} == {*COUNTING}
