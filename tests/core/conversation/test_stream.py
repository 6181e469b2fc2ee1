# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TLS as bytes, with real OpenSSL at both ends: records cut and joined, ends of every kind, keys renewed, floods."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.playing import check_of, faults, on_fake, on_real
from support.scenario import CRITICAL, OK, RECEIVE, TLS, TO_A, UNKNOWN, WARNING, A, Scenario
from support.scripted import END, HEAR, RESET, accepts, hear
from support.starttls_peers import HEALTHY, REFUSES, starttls
from support.tls_peers import (
    GREETING,
    MIDDLE,
    NAMES,
    PEERS,
    V1_2,
    V1_3,
    Peer,
    Session,
    behind_proxy,
    bytewise,
    context,
    read_header,
    speaks,
)
from tcp_health.conversation.attempt import AttemptBuilder
from tcp_health.conversation.stream import ENOUGH, TlsStream, _answers_request
from tcp_health.conversation.wants import Receive, Send
from tcp_health.dialogue import matching
from tcp_health.dialogue.matching import matches
from tcp_health.model.causes import Cause
from tcp_health.model.recipe import TlsPlan
from tcp_health.model.target import Target
from tcp_health.network.network import Network
from tcp_health.report.document import to_document
from tcp_health.runs.repeat import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.scripted import Performance

CONNECTION: Any = "connection"
"""A connection for a conversation without a network: it only appears in the wants."""

BOTH = {"1.2": {"newest": V1_2}, "1.3": {"oldest": V1_3}}


def good(version: str = "1.3") -> ssl.SSLContext:
    return context(MIDDLE.leaf(NAMES), **BOTH[version])


def says(*texts: bytes, closes: bool = True) -> Callable[[Session], Performance]:
    """Send these texts, each in a record of its own, and close."""

    def talk(session: Session) -> Performance:
        for each in texts:
            yield from session.say(each)
        if closes:
            yield from session.close()

    return talk


def changed(peer: Peer, name: str, change: Callable[[int, bytes], list[Any]]) -> Peer:
    """Return the same peer with changed output: the number of an output, from 0, gives what is done instead."""

    def perform(_: Any) -> Performance:
        performance, given_, number = peer.begin(), b"", 0
        action = next(performance)
        while True:
            if isinstance(action, bytes):
                for each in change(number, action):
                    yield each
                    if each is RESET:
                        return
                number += 1
            else:
                given_ = yield action
            try:
                action = performance.send(given_)
            except StopIteration:
                return

    return Peer(name, perform, peer.notes)


def cut_at(peer: Peer, places: list[int]) -> Peer:
    """Return the same peer, with each of its outputs cut at these places."""

    def pieces(_: int, data: bytes) -> list[bytes]:
        ends = sorted({0, len(data), *(place % len(data) for place in places)})
        return [data[begin:end] for begin, end in zip(ends, ends[1:])]

    return changed(peer, f"{peer.name}, cut", pieces)


def joined(peer: Peer) -> Peer:
    """Return the same peer, with outputs that follow each other joined into one segment."""

    def perform(_: Any) -> Performance:
        performance, held, given_ = peer.begin(), b"", b""
        action = next(performance)
        while True:
            if isinstance(action, bytes):
                held += action
            else:
                if held:
                    yield held
                held = b""
                given_ = yield action
            try:
                action = performance.send(given_)
            except StopIteration:
                if held:
                    yield held
                return

    return Peer(f"{peer.name}, joined", perform, peer.notes)


def late(peer: Peer, seconds: float) -> Peer:
    """Return the same peer, with a pause before each output after its flight."""
    return changed(peer, f"{peer.name}, late", lambda number, data: [seconds, data] if number else [data])


def talks(name: str, *texts: bytes, version: str = "1.3", closes: bool = True) -> Peer:
    return speaks(name, good(version), says(*texts, closes=closes))


LAX = "--no-verify "
STEPS = r"--step 'expect one\n' --step 'expect two\n' --step 'expect three\n' "
LONG = b"x" * 50_000 + b"needle"
TO_THE_END = LAX + "--read eof -e hello"


def ends_with(*actions: Any) -> Callable[[Session], Performance]:
    """Send a text, and play these actions in place of a close."""

    def talk(session: Session) -> Performance:
        yield from session.say(b"220 hello\r\n")
        for each in actions:  # noqa: UP028 - a tuple's iterator has no send()
            yield each

    return talk


def resets(_: Session) -> Performance:
    """Reset before any output."""
    yield 0.05
    yield RESET


def ends_within_a_record(session: Session) -> Performance:
    """End before the last byte of the output."""
    session.tls.write(b"220 hello\r\n")
    yield session.outgoing.read()[:-1]
    yield END


def goes_on_behind_its_close(session: Session) -> Performance:
    """Send close_notify in the middle of the output, and the rest without TLS."""
    yield from session.say(b"220 hel")
    with suppress(ssl.SSLError):
        session.tls.unwrap()
    yield from session.flush()
    yield b"lo, and more\r\n"
    while (yield HEAR):
        pass


def instead(wrong: bytes, version: str, behind: int = 0) -> Peer:
    """A server that sends nonsense in place of its flight, or after the first record of it."""

    def change(number: int, data: bytes) -> list[Any]:
        length = 5 + int.from_bytes(data[3:5], "big")
        return [data] if number else [data[: length * behind] + wrong, END]

    return changed(talks("", version=version), f"nonsense, {version}", change)


def row(
    name: str, words: str, peer: Any, state: str = OK, cause: str = "", phase: str = "", **rest: Any
) -> Scenario:
    server = peer if hasattr(peer, "kind") else accepts(peer)
    return Scenario(name, TO_A + words, {A: server}, state=state, cause=cause, phase=phase or None, **rest)


def rows_of(version: str) -> Iterator[Scenario]:
    """The scenarios that are the same for both versions."""

    def talking(talk: Callable[[Session], Performance]) -> Peer:
        return speaks("", good(version), talk)

    three = b"one\n", b"two\n", b"three\n"
    yield row("steps, a record each", LAX + STEPS, talks("", *three, version=version))
    yield row(
        "steps, all in one segment with the handshake's end",
        LAX + STEPS,
        joined(talks("", *three, version=version)),
    )
    yield row("steps, all in one record", LAX + STEPS, talks("", b"".join(three), version=version))
    yield row(
        "steps, a record for each byte",
        LAX + STEPS,
        talks("", *(bytes([each]) for each in b"".join(three)), version=version),
    )
    yield row("steps, every byte by itself", LAX + STEPS, bytewise(talks("", *three, version=version)))
    yield row("a long answer", LAX + "-e needle", talks("", LONG, version=version))
    yield row("a long answer in one segment", LAX + "-e needle", joined(talks("", LONG, version=version)))
    yield row("an end without close_notify", LAX + "-e hello", talking(ends_with(END)))
    yield row("an end without close_notify is an end", TO_THE_END, talking(ends_with(END)))
    yield row(
        "an end without close_notify in the middle of an answer",
        LAX + "-e more",
        talking(ends_with(END)),
        WARNING,
        Cause.MISMATCH,
        RECEIVE,
    )
    yield row(
        "an end in the middle of a record",
        LAX + "-e 220",
        talking(ends_within_a_record),
        CRITICAL,
        Cause.CLOSED_EARLY,
        RECEIVE,
    )
    yield row(
        "a reset in the middle of an answer",
        LAX + "-e more",
        talking(ends_with(0.05, RESET)),
        WARNING,
        Cause.MISMATCH,
        RECEIVE,
    )
    yield row("a reset before an answer", LAX + "-e 220", talking(resets), CRITICAL, Cause.RESET, RECEIVE)
    yield row(
        "what follows close_notify does not count",
        LAX + "-e hello",
        talking(goes_on_behind_its_close),
        WARNING,
        Cause.MISMATCH,
        RECEIVE,
        says=("220 hel",),
    )
    yield row("up to close_notify", LAX + "--read eof -e 220", talking(goes_on_behind_its_close))
    yield row(
        "text within the session",
        LAX + "-e 2200",
        talking(ends_with(b"not a record\r\n")),
        CRITICAL,
        Cause.TLS_FAILED,
        TLS,
    )
    yield row(
        "a record that was changed on the way",
        LAX + "-e 2200",
        talking(ends_with(b"\x17\x03\x03\x00\x20" + bytes(32))),
        CRITICAL,
        Cause.TLS_FAILED,
        TLS,
    )
    old = version == "1.2"
    for name, wrong, cause in (
        ("text", b"HTTP/1.1 400 Bad Request\r\n\r\n", Cause.NOT_TLS),
        ("zeros", bytes(64), Cause.NOT_TLS),
        ("a record of nothing", b"\x16\x03\x03\x00\x00", Cause.CLOSED_EARLY if old else Cause.TLS_FAILED),
        (
            "a record longer than any",
            b"\x16\x03\x03\xff\xff" + bytes(200),
            Cause.NOT_TLS if old else Cause.TLS_FAILED,
        ),
        ("data", b"\x17\x03\x03\x00\x05hello", Cause.TLS_FAILED),
        ("a Finished message", b"\x16\x03\x03\x00\x10\x14\x00\x00\x0c" + bytes(12), Cause.TLS_FAILED),
    ):
        yield row(f"{name} in the handshake", LAX + "-t 5", instead(wrong, version, 1), CRITICAL, cause, TLS)


HELLO_REQUEST = b"\x16\x03\x03\x00\x04\x00\x00\x00\x00"
SERVER_HELLO = b"\x16\x03\x03\x00\x31\x02\x00\x00\x2d\x03\x03" + bytes(42)
ALERT = b"\x15\x03\x03\x00\x02\x01\x00"
ASKS = r"--step 'expect hello\r\n' --step 'line STARTTLS' --step 'expect go\r\n' --step starttls "


def upgrades(*actions: Any) -> Any:
    """A server with a user-defined dialogue, which plays these actions on the request for TLS."""
    return accepts(b"hello\r\n", hear(b"STARTTLS\r\n"), *actions, talks("", GREETING))


def refused_injection(name: str, *actions: Any, words: str = "") -> Scenario:
    return row(
        name,
        LAX + words + ASKS + "--step 'expect 220'",
        upgrades(*actions),
        CRITICAL,
        Cause.TLS_INJECTION,
        TLS,
    )


ROWS = [
    *(Scenario(**{**vars(each), "name": f"{version}: {each.name}"}) for version in BOTH for each in rows_of(version)),
    row("an alert that comes within 0.2 s", LAX, late(PEERS["client certificate required, 1.3"](), 0.1), CRITICAL,
        Cause.CLIENT_CERTIFICATE_REQUIRED, TLS),
    row("an alert that comes later is heard with the answer", LAX + "-e 220",
        late(PEERS["client certificate required, 1.3"](), 0.4), CRITICAL, Cause.CLIENT_CERTIFICATE_REQUIRED, TLS),
    row("an alert that comes later is not waited for", LAX, late(PEERS["client certificate required, 1.3"](), 0.4)),
    row("an alert that comes later is not waited for where it alone is wanted", LAX + "--expect-state"
        " client-certificate-required -t 3", late(PEERS["client certificate required, 1.3"](), 0.4), CRITICAL),
    row("TLS behind one's own steps", LAX + ASKS + "--step 'expect 220'", upgrades(b"go\r\n")),
    refused_injection("injected in the segment of the STARTTLS reply", b"go\r\n250 more\r\n"),
    refused_injection("injected in the segment of the STARTTLS reply, a single byte", b"go\r\n\x16"),
    refused_injection("injected in the segment of the STARTTLS reply, and looks like TLS", b"go\r\n" + SERVER_HELLO),
    refused_injection("injected in the segment of the STARTTLS reply, a request for a handshake", b"go\r\n" + HELLO_REQUEST),
    refused_injection("injected in a segment of its own", b"go\r\n", 0.02, b"250 more\r\n"),
    row("injected in a segment of its own, and looks like TLS", LAX + ASKS, upgrades(b"go\r\n", 0.02, SERVER_HELLO),
        CRITICAL, Cause.TLS_FAILED, TLS),
    row("an alert after the STARTTLS reply closes it", LAX + ASKS, upgrades(b"go\r\n", 0.02, ALERT, END), CRITICAL,
        Cause.CLOSED_EARLY, TLS),
    row("a STARTTLS reply that never ends", LAX + ASKS + "--expect-timeout 0.1", upgrades(b"go"), WARNING, Cause.MISMATCH, RECEIVE),
    refused_injection("injected after a STARTTLS reply that is as long as --max-bytes", b"220 go\r\n250 more\r\n", words="-m 8 "),
    row("--max-bytes is for what comes through TLS", LAX + "-m 10 --starttls smtp", starttls("smtp", HEALTHY)),
    row("--max-bytes counts behind TLS", LAX + "-m 3 " + ASKS + "--step 'expect 220 tls'", upgrades(b"go\r\n"), WARNING,
        Cause.MISMATCH, RECEIVE),
    row("no farewell in the clear when the dialogue failed before TLS", LAX + "-q FAREWELL --expect-timeout 0.1 " + ASKS,
        upgrades(b"no\r\n"), WARNING, Cause.MISMATCH, RECEIVE, heard={A: b"STARTTLS\r\n"}),
    row("no farewell in the clear when TLS was refused", LAX + "-q FAREWELL --helo me.test --starttls smtp", starttls("smtp", REFUSES),
        CRITICAL, Cause.STARTTLS_REFUSED, TLS, heard={A: b"EHLO me.test\r\nSTARTTLS\r\n"}),
    row("no farewell in the clear when an expression had no end", LAX + "-q FAREWELL --step 'expect-regex ^(a+)+$'"
        " --step starttls", accepts(b"a" * 60 + b"!"), UNKNOWN, Cause.EXPRESSION_STOPPED, RECEIVE, heard={A: b""}),
    row("PROXY v1 before STARTTLS", LAX + "--proxy-protocol v1 --starttls smtp", behind_proxy(starttls("smtp", HEALTHY), 1)),
    row("PROXY v2 before STARTTLS", LAX + "--proxy-protocol v2 --starttls imap", behind_proxy(starttls("imap", HEALTHY), 2)),
    row("PROXY v2 before one's own steps", LAX + "--proxy-protocol v2 --step starttls --step 'expect 220'",
        PEERS["PROXY v2"]()),
    row("PROXY v1 without TLS", "--proxy-protocol v1 -e 220", PEERS["PROXY and no TLS"]()),
]  # fmt: skip


@pytest.mark.parametrize("scenario", ROWS, ids=str)
def test_on_the_fake_network(scenario: Scenario) -> None:
    wrong = faults(scenario, on_fake(scenario), exact=True)
    assert not wrong


@pytest.mark.once
@pytest.mark.parametrize("scenario", ROWS, ids=str)
def test_on_loopback(scenario: Scenario, tmp_path: Path) -> None:
    assert not faults(scenario, on_real(scenario, tmp_path), exact=False)


@given(st.lists(st.integers(0, 4000), max_size=12), st.sampled_from(list(BOTH)), st.booleans())
def test_records_may_be_cut_anywhere(places: list[int], version: str, longer: bool) -> None:
    texts = (LONG, b"one\n") if longer else (b"o", b"ne\n")
    peer = cut_at(talks("", *texts, b"two\nthree\n", version=version), places)
    assert not faults(row("", LAX + STEPS, peer), on_fake(row("", LAX + STEPS, peer)), exact=True)


# PROXY, version 1, as a server on real sockets sees the connection


@pytest.mark.parametrize("family", ["127.0.0.1", "::1", "unix"])
def test_the_header_has_the_addresses_that_the_server_sees(family: str, tmp_path: Path) -> None:
    """Some servers reject UNKNOWN, which the protocol has for health checks (2.1); a Unix socket has no addresses."""
    unix = family == "unix"
    kind = socket.AF_UNIX if unix else socket.AF_INET6 if ":" in family else socket.AF_INET
    with socket.socket(kind) as listener:
        listener.bind(str(tmp_path / "socket") if unix else (family, 0))
        listener.listen()
        place = listener.getsockname()
        target = f"-H {place}" if unix else f"-H {family} -p {place[1]}"
        network = Network()
        try:
            result = evaluate(check_of(f"{target} --proxy-protocol v1 -t 5"), network=network)
            verdict = result.verdict
        finally:
            network.shut()
        listener.settimeout(5)
        connection, peer = listener.accept()
        with connection:
            heard = connection.recv(4096)
    assert verdict.state == 0
    if unix:
        assert heard == b"PROXY UNKNOWN\r\n"
    else:
        version = "TCP6" if ":" in family else "TCP4"
        assert heard.decode() == f"PROXY {version} {peer[0]} {place[0]} {peer[1]} {place[1]}\r\n"
        (header, length) = read_header(heard) or (None, 0)
        assert header is not None
        assert (header.family, length) == (version, len(heard))


# Floods


def driven(conversation: Any, answer: Callable[[Any, float], Any], until: float) -> tuple[Any, float]:
    """Run a conversation to its end, on a clock that each read moves by 1 ms; return its result and the time."""
    now = 0.0
    given_: Any = None
    try:
        while True:
            want = conversation.send(given_)
            now += 0.001 if isinstance(want, Receive) else 0.0
            if now > until:
                raise AssertionError("it goes on after its deadline")
            given_ = (now, answer(want, now), None)
    except StopIteration as end:
        return end.value, now


def a_session() -> Any:
    network = Network()
    try:
        return network.secure(TlsPlan(verify=False), None)
    finally:
        network.shut()


def test_a_handshake_that_never_ends_is_ended_at_the_deadline() -> None:
    """A server may send any number of HelloRequests during a handshake (RFC 5246, 7.4.1.1): they are ignored."""
    stream = TlsStream(CONNECTION, a_session())
    attempt = AttemptBuilder(Target("tls.test", 443), 0, 1, 0.0, 0.0)
    (now, failure), _ = driven(
        stream.handshake(attempt, 0.3, 9.0),
        lambda want, _: HELLO_REQUEST * 9 if isinstance(want, Receive) else None,
        0.4,
    )
    assert failure.cause == Cause.TIMED_OUT
    assert now == pytest.approx(0.3)


def test_records_without_end_that_hold_nothing_are_ended_at_the_deadline() -> None:
    """Thousands of session tickets after the handshake, one by one, and no byte of data."""
    settings = context.__wrapped__(MIDDLE.leaf(NAMES), oldest=V1_3)
    settings.num_tickets = 2000
    server = Session(settings, PEERS["healthy"]().notes)
    stream = TlsStream(CONNECTION, a_session())
    attempt = AttemptBuilder(Target("tls.test", 443), 0, 1, 0.0, 0.0)
    outbox: list[bytes] = []

    def serve(want: Any, _: float) -> Any:
        if isinstance(want, Send):
            server.incoming.write(want.data)
            with suppress(ssl.SSLWantReadError):
                server.tls.do_handshake()
            records = server.outgoing.read()
            while records:
                length = 5 + int.from_bytes(records[3:5], "big")
                outbox.append(records[:length])
                records = records[length:]
        return outbox.pop(0) if isinstance(want, Receive) else None

    (_, failure), _ = driven(stream.handshake(attempt, 9.0, 9.0), serve, 9.0)
    assert failure is None
    assert len(outbox) == 2000
    (now, data, failure), _ = driven(stream.receive(0.5), serve, 0.6)
    assert data is None
    assert failure is not None
    assert failure.cause == Cause.TIMED_OUT
    assert now == pytest.approx(0.5)


def test_data_that_come_with_the_deadline_are_data() -> None:
    server_said: list[bytes] = []

    class Late:
        """A session that has data to read after it received any bytes."""

        def read(self) -> bytes | None:
            return server_said.pop() if server_said else None

        def outgoing(self) -> bytes:
            return b""

        def incoming(self, data: bytes) -> None:
            server_said.append(data and b"220")

    late: Any = Late()
    (_, data, failure), _ = driven(
        TlsStream(CONNECTION, late).receive(0.001),
        lambda want, _: b"x" if isinstance(want, Receive) else None,
        1.0,
    )
    assert (data, failure) == (b"220", None)


# Data that arrives together


def shaken(settings: ssl.SSLContext) -> tuple[TlsStream, Session]:
    """Return both ends of an established session, in memory; the server's data after the handshake have been read."""
    server = Session(settings, PEERS["healthy"]().notes)
    stream = TlsStream(CONNECTION, a_session())
    said: list[bytes] = []

    def serve(want: Any, _: float) -> Any:
        if isinstance(want, Send):
            server.incoming.write(want.data)
            with suppress(ssl.SSLWantReadError):
                server.tls.do_handshake()
            said.append(server.outgoing.read())
        return said.pop(0) if isinstance(want, Receive) else None

    attempt = AttemptBuilder(Target("tls.test", 443), 0, 1, 0.0, 0.0)
    (_, failure), _ = driven(stream.handshake(attempt, 9.0, 9.0), serve, 9.0)
    assert failure is None
    for each in said:
        stream.session.incoming(each)
    return stream, server


def each_by_itself(server: Session, text: bytes) -> bytes:
    """The records of a server that sends one byte in each."""
    for each in text:
        server.tls.write(bytes([each]))
    return server.outgoing.read()


def heard_of(stream: TlsStream, segment: bytes) -> list[Any]:
    """The results of the reads of one segment, up to the end or the failure; no other segment arrives."""
    found: list[Any] = []
    segments = [segment]

    def serve(want: Any, _: float) -> Any:
        return segments.pop() if isinstance(want, Receive) else None

    while not found or (isinstance(found[-1], bytes) and found[-1]):
        (_, data, failure), _ = driven(stream.receive(9.0), serve, 9.0)
        found.append(data if failure is None else failure)
    return found


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("ending", ["close_notify", "nonsense"])
def test_records_that_came_together_are_looked_at_together(version: str, ending: str) -> None:
    """With a record for each byte, not every byte may cost a search; the data after them are not lost."""
    stream, server = shaken(good(version))
    text = bytes(range(250)) * 12
    records = each_by_itself(server, text)
    if ending == "close_notify":
        with suppress(ssl.SSLError):
            server.tls.unwrap()
        records += server.outgoing.read()
    else:
        records += b"\x17\x03\x03\x00\x20" + bytes(32)
    first, end = heard_of(stream, records)
    assert first == text
    if ending == "close_notify":
        assert end == b""
    else:
        assert end.cause == Cause.TLS_FAILED


def test_the_bytes_of_one_search_are_bounded() -> None:
    stream, server = shaken(good())
    server.tls.write(b"x" * (4 * ENOUGH))
    with suppress(ssl.SSLError):
        server.tls.unwrap()
    *parts, end = heard_of(stream, server.outgoing.read())
    assert b"".join(parts) == b"x" * (4 * ENOUGH)
    assert max(map(len, parts)) < 2 * ENOUGH
    assert end == b""


@pytest.mark.parametrize("version", BOTH)
def test_an_answer_in_records_of_a_byte_is_searched_as_often_as_it_is_read(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[int] = []

    def counted(step: Any, received: bytes, fresh: int = 0) -> Any:
        searched.append(fresh)
        return matches(step, received, fresh)

    monkeypatch.setattr(matching, "matches", counted)
    text = b"x" * 3000 + b"needle"
    peer = joined(talks("", *(bytes([each]) for each in text), version=version))
    scenario = row("", LAX + "-e needle", peer)
    assert not faults(scenario, on_fake(scenario), exact=True)
    assert searched == [len(text)]


# Whether a client's flight answers a request for its certificate


def record(kind: int, content: bytes) -> bytes:
    return bytes((kind, 3, 3)) + len(content).to_bytes(2, "big") + content


CHANGE = record(20, b"\x01")
FINISHED = record(22, b"\x0b" + bytes(39))
"""The encrypted Finished of TLS 1.2, whose first byte is random: here it is the type of a Certificate."""


@pytest.mark.parametrize(
    ("flight", "asked"),
    [
        (record(22, b"\x10" + bytes(33)) + CHANGE + FINISHED, False),
        (CHANGE + FINISHED, False),
        (record(22, b"\x0b\0\0\x03\0\0\0") + record(22, b"\x10" + bytes(33)) + CHANGE + FINISHED, True),
        (record(22, b"\x0b\0\0\x03\0\0\0") + CHANGE + record(22, b"\x14" + bytes(39)), True),
        (CHANGE + record(23, bytes(53)), False),
        (record(23, bytes(53)), False),
        (CHANGE + record(23, bytes(25)) + record(23, bytes(53)), True),
        (record(23, bytes(25)) + record(23, bytes(53)), True),
        (b"", False),
        (FINISHED[:4], False),
    ],
)
def test_a_request_for_a_certificate_is_known_by_its_answer(flight: bytes, asked: bool) -> None:
    assert _answers_request(flight) is asked


@pytest.mark.parametrize("version", BOTH)
def test_no_handshake_reports_a_certificate_request_that_was_not_sent(version: str) -> None:
    """One of 256 Finished messages of TLS 1.2 begins with the type of a Certificate: some of these should."""
    settings = good(version)
    assert not [number for number in range(600 if version == "1.2" else 60) if shaken(settings)[0].asked]
    assert shaken(context(MIDDLE.leaf(NAMES), client="optional", **BOTH[version]))[0].asked


# Behaviour that only OpenSSL's own server has


@contextmanager
def s_server(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """OpenSSL's server, which reads commands and text to send from its standard input."""
    both = MIDDLE.leaf(NAMES).write(folder).both
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", both, "-key", both, *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        heard = b""
        while b"ACCEPT" not in heard:
            more = process.stdout.read(4096)
            assert more, heard
            heard += more
        yield process, port
    finally:
        process.kill()
        process.communicate()


@pytest.mark.once
@pytest.mark.engine("openssl", "openssl")
@pytest.mark.parametrize(
    ("words", "command"),
    [(("-tls1_2",), b"r"), (("-tls1_3",), b"k"), (("-tls1_3",), b"K")],
    ids=["renegotiation", "a new key", "a new key on both sides"],
)
def test_a_new_handshake_or_key_in_the_middle_of_an_answer(
    tmp_path: Path, words: tuple[str, ...], command: bytes
) -> None:
    with s_server(tmp_path, *words) as (server, port):
        told: list[bytes] = []
        script = Thread(target=_serve_renewed, args=(server, command, told))
        script.start()
        check = check_of(
            f"-H 127.0.0.1 -p {port} -t 8 --no-verify --step 'expect one' --step 'line answer' --step 'expect two'"
            " --expect-timeout 5"
        )
        network = Network()
        try:
            result = evaluate(check, network=network)
        finally:
            network.shut()
        script.join(9)
    document = to_document(result)
    assert document["state"] == "OK", document
    assert b"SSL_do_handshake -> 1" in told[0]


def _serve_renewed(server: subprocess.Popen[bytes], command: bytes, told: list[bytes]) -> None:
    """Renew, send "one", and after the client's answer renew and send "two"; the server's output goes to ``told``."""
    assert server.stdin is not None
    heard = b""

    def wait_for(words: bytes) -> None:
        nonlocal heard
        while words not in heard:
            more = server.stdout.read(4096) if server.stdout else b""
            if not more:
                return
            heard += more

    wait_for(b"CIPHER is")
    time.sleep(0.05)
    server.stdin.write(command + b"\n")
    time.sleep(0.1)
    server.stdin.write(b"one\n")
    wait_for(b"answer")
    server.stdin.write(command + b"\n")
    time.sleep(0.1)
    server.stdin.write(b"two\n")
    wait_for(b"SSL_do_handshake -> 1")
    told.append(heard)
