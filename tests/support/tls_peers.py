# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Servers that speak TLS with real OpenSSL, each with a defect of its own, as plays for the real and the fake network."""

from __future__ import annotations

import re
import socket
import ssl
import tempfile
import warnings
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from support.minting import Authority, Minted, self_signed
from support.scripted import END, HEAR, RESET, Performance, Play

if TYPE_CHECKING:
    from collections.abc import Generator

    from support.scripted import Word

    Heard = Generator["bytes | float | Word", bytes, bytes]  # a part of a play that returns bytes
    Shaken = Generator["bytes | float | Word", bytes, bool]

    Talk = Callable[["Session"], Performance]

NAMES = ("localhost", "tls.test", "127.0.0.1", "::1")
"""The name in every certificate, except in those with a wrong name."""

ROOT = Authority("Test CA")
"""The authority that the clients trust."""

MIDDLE = ROOT.intermediate("Test Intermediate")
CLIENTS = Authority("Clients' CA")
"""The authority of client certificates that the servers trust."""

GREETING = b"220 tls.test ready\r\n"
"""The text that a peer sends over TLS by default."""

V1_0, V1_1, V1_2, V1_3 = (
    ssl.TLSVersion.TLSv1,
    ssl.TLSVersion.TLSv1_1,
    ssl.TLSVersion.TLSv1_2,
    ssl.TLSVersion.TLSv1_3,
)


class Notes:
    """What a peer saw of its clients, all of them together.

    heard     what they sent, decrypted
    sessions  the handshakes that succeeded
    failures  OpenSSL's words for those that failed
    headers   the PROXY protocol's headers
    offences  why clients without a valid header were dropped
    """

    def __init__(self) -> None:
        self.heard = b""
        self.sessions: list[Handshake] = []
        self.failures: list[str] = []
        self.headers: list[Header] = []
        self.offences: list[str] = []


class Handshake(NamedTuple):
    """The result of a handshake: the name the client asked for, the protocol and cipher, and the client's certificate (DER)."""

    name: str | None
    protocol: str | None
    cipher: str
    alpn: str | None
    client: bytes | None


class Header(NamedTuple):
    """A PROXY protocol header; LOCAL and UNKNOWN have no addresses."""

    version: int
    family: str
    source: str = ""
    source_port: int = 0
    destination: str = ""
    destination_port: int = 0


class Peer(Play):
    """A play that takes notes."""

    def __init__(
        self, name: str, perform: Callable[[Notes], Performance], notes: Notes | None = None
    ) -> None:
        self.notes = Notes() if notes is None else notes
        super().__init__(name, partial(perform, self.notes))


# TLS


@lru_cache(maxsize=256)
def context(
    minted: Minted,
    *,
    oldest: ssl.TLSVersion = V1_2,
    newest: ssl.TLSVersion = V1_3,
    ciphers: str = "DEFAULT",
    client: str = "",
    alpn: tuple[str, ...] = (),
    presents: int | None = None,
    root: bool = False,
) -> ssl.SSLContext:
    """A server's context: OpenSSL at security level 0, which allows every weak key.

    client    "optional" or "required": it asks for a client's certificate, of CLIENTS
    presents  how many certificates of its chain; all unless given
    root      whether it presents the root, too
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the old protocols, which some rows are about
        made.minimum_version = oldest
        made.maximum_version = newest
    chain = [*minted.chain[:presents], *([minted.root] if root else [])]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "both.pem")
        path.write_bytes(b"".join(each.pem for each in chain) + minted.key_pem)
        made.load_cert_chain(path)
    if client:
        made.verify_mode = ssl.CERT_REQUIRED if client == "required" else ssl.CERT_OPTIONAL
        made.load_verify_locations(cadata=CLIENTS.pem.decode())
    if alpn:
        made.set_alpn_protocols(list(alpn))
    made.sni_callback = _note_name
    return made


def _note_name(session: Any, name: str | None, _: ssl.SSLContext) -> None:
    session.name_asked_for = name


class Session:
    """The server's end of a TLS session; its methods are parts of a play, to be yielded from."""

    def __init__(self, settings: ssl.SSLContext, notes: Notes) -> None:
        self.notes = notes
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = settings.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.shaken = False

    def take(self, data: bytes) -> None:
        """Take what the client sent."""
        self.incoming.write(data)

    def shake(self) -> Shaken:
        """Do the handshake; on failure send the alert, end, and return False."""
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                yield from self.flush()
                self.take((yield HEAR))
                continue
            except ssl.SSLError as problem:
                yield from self.flush()
                self.notes.failures.append(problem.reason or str(problem))
                yield END
                return False
            break
        yield from self.flush()
        self.shaken = True
        cipher = self.tls.cipher()
        name = getattr(self.tls, "name_asked_for", None)
        client = self.tls.getpeercert(binary_form=True)
        self.notes.sessions.append(
            Handshake(
                name,
                self.tls.version(),
                cipher[0] if cipher else "",
                self.tls.selected_alpn_protocol(),
                client,
            )
        )
        return True

    def hear(self) -> Heard:
        """Return what the client sends next; nothing after its close_notify."""
        while True:
            try:
                data = self.tls.read(65536)
            except ssl.SSLWantReadError:
                yield from self.flush()
                self.take((yield HEAR))
                continue
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLError as problem:
                self.notes.failures.append(problem.reason or str(problem))
                return b""
            self.notes.heard += data
            return data

    def say(self, data: bytes) -> Performance:
        """Send bytes."""
        self.tls.write(data)
        yield from self.flush()

    def close(self) -> Performance:
        """Send close_notify and end."""
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass  # the client's close_notify is not awaited
        yield from self.flush()
        yield END

    def flush(self) -> Performance:
        """Send what OpenSSL has to send."""
        if self.outgoing.pending:
            yield self.outgoing.read()


def greet(session: Session) -> Performance:
    """Greet, listen until the client closes, and close."""
    yield from session.say(GREETING)
    while (yield from session.hear()):
        pass
    yield from session.close()


def greet_and_end(session: Session) -> Performance:
    """Greet, and end without close_notify: the client cannot know whether data is missing."""
    yield from session.say(GREETING)
    yield END


def greet_and_reset(session: Session) -> Performance:
    """Greet, and reset."""
    yield from session.say(GREETING)
    yield RESET


def greet_and_close(session: Session) -> Performance:
    """Greet, and close with close_notify."""
    yield from session.say(GREETING)
    yield from session.close()


def speaks(name: str, settings: ssl.SSLContext, talk: Talk = greet) -> Peer:
    """A peer that speaks TLS from the first byte."""

    def perform(notes: Notes) -> Performance:
        session = Session(settings, notes)
        if (yield from session.shake()):
            yield from talk(session)

    return Peer(name, perform)


# Defects outside of TLS


def bytewise(peer: Peer) -> Peer:
    """The same, but every byte travels alone."""

    def perform(_: Notes) -> Performance:
        performance, given = peer.begin(), b""
        action = next(performance)
        while True:
            if isinstance(action, bytes):
                for each in action:
                    yield bytes([each])
            else:
                given = yield action
            try:
                action = performance.send(given)
            except StopIteration:
                return

    return Peer(f"{peer.name}, byte by byte", perform, peer.notes)


def cut(peer: Peer, end: Word) -> Peer:
    """The same, but it ends or resets in the middle of its first bytes."""

    def perform(_: Notes) -> Performance:
        performance = peer.begin()
        action = next(performance)
        while not isinstance(action, bytes):
            action = performance.send((yield action))
        yield action[: len(action) // 2]
        yield end

    return Peer(f"{peer.name}, cut by {end!r}", perform, peer.notes)


def answers_hello(name: str, *actions: bytes | float | Word) -> Peer:
    """A peer that waits for the whole ClientHello, does this, and reads."""

    def perform(_: Notes) -> Performance:
        yield from _client_hello()
        for each in actions:  # noqa: UP028 - a tuple's iterator has no send()
            yield each
        while True:
            yield HEAR

    return Peer(name, perform)


def _client_hello() -> Heard:
    """Wait for the first record."""
    heard = b""
    while len(heard) < 5 or len(heard) < 5 + int.from_bytes(heard[3:5], "big"):
        heard += yield HEAR
    return heard


def alerts(name: str, code: int, level: int = 2) -> Peer:
    """A peer that answers the ClientHello with an alert (RFC 8446, section 6) and closes."""
    return answers_hello(name, bytes([21, 3, 3, 0, 2, level, code]), END)


def says_plainly(name: str, greeting: bytes, *answers: bytes) -> Peer:
    """A peer that speaks no TLS: it greets, treats each segment as one request, and closes after the last."""

    def perform(_: Notes) -> Performance:
        if greeting:
            yield greeting
        for each in answers:
            yield HEAR
            yield each
        while not answers:
            yield HEAR
        yield END

    return Peer(name, perform)


# The PROXY protocol (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt)

_V2_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_PORT = rb"(0|[1-9][0-9]{0,4})"
_V1 = re.compile(rb"PROXY (TCP[46]) ([0-9A-Fa-f.:]+) ([0-9A-Fa-f.:]+) " + _PORT + b" " + _PORT)
_V2_SIZES = {1: 12, 2: 36, 3: 216}


def behind_proxy(inner: Peer, *versions: int) -> Peer:
    """The same, but only for clients that begin with a strictly correct header of these versions (default: both).

    Other clients get no answer.
    """

    def perform(notes: Notes) -> Performance:
        heard = b""
        found = None
        while found is None:
            heard += yield HEAR
            try:
                found = read_header(heard, versions or (1, 2))
            except ValueError as problem:
                notes.offences.append(str(problem))
                while True:
                    yield HEAR
        header, length = found
        notes.headers.append(header)
        yield from _resumed(inner.begin(), heard[length:])

    return Peer(f"{inner.name}, behind a proxy", perform, inner.notes)


def _resumed(performance: Performance, heard: bytes) -> Performance:
    """The play, which has received these bytes already."""
    action = next(performance)
    while True:
        if action is HEAR and heard:
            given, heard = heard, b""
        else:
            given = yield action
        try:
            action = performance.send(given)
        except StopIteration:
            return


def read_header(heard: bytes, versions: tuple[int, ...] = (1, 2)) -> tuple[Header, int] | None:
    """The header and its length, or None while it is incomplete; ValueError describes what is wrong."""
    starts = {1: b"PROXY ", 2: _V2_SIGNATURE}
    for version in versions:
        start = starts[version]
        if heard[: len(start)] == start[: len(heard)]:
            if len(heard) < len(start):
                return None
            return (_read_v1 if version == 1 else _read_v2)(heard)
    raise ValueError("it begins with something else")


def _read_v1(heard: bytes) -> tuple[Header, int] | None:
    line, end, _ = heard.partition(b"\r\n")
    if len(line) + 2 > 107:
        raise ValueError("the line is longer than 107 bytes")
    if not end:
        return None
    if re.fullmatch(rb"PROXY UNKNOWN(?: [^\r\n]*)?", line):
        return Header(1, "UNKNOWN"), len(line) + 2
    match = _V1.fullmatch(line)
    if match is None:
        raise ValueError("the line is not of its form")
    family = socket.AF_INET if match[1] == b"TCP4" else socket.AF_INET6
    source, destination = (_checked(family, match[each].decode()) for each in (2, 3))
    ports = int(match[4]), int(match[5])
    if max(ports) > 65535:
        raise ValueError("a port is too high")
    return Header(1, match[1].decode(), source, ports[0], destination, ports[1]), len(line) + 2


def _checked(family: int, text: str) -> str:
    try:
        packed = socket.inet_pton(family, text)
    except OSError:
        raise ValueError(f"{text} is no address of its family") from None
    return socket.inet_ntop(family, packed)


def _read_v2(heard: bytes) -> tuple[Header, int] | None:
    if len(heard) < 16:
        return None
    command, kind, length = heard[12], heard[13], int.from_bytes(heard[14:16], "big")
    if command not in (0x20, 0x21):
        raise ValueError("the version or the command is unknown")
    if kind not in (0x00, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32):
        raise ValueError("the family or the protocol is unknown")
    size = _V2_SIZES.get(kind >> 4, 0)
    if length < size:
        raise ValueError("it is too short for its addresses")
    if len(heard) < 16 + length:
        return None
    block = heard[16 : 16 + length]
    _check_tlvs(block[size:])
    if command == 0x20:
        return Header(2, "LOCAL"), 16 + length
    if kind not in (0x11, 0x21):
        return Header(2, "UNKNOWN" if not kind else f"{kind:#04x}"), 16 + length
    family, wide = (socket.AF_INET, 4) if kind == 0x11 else (socket.AF_INET6, 16)
    source, destination = (socket.inet_ntop(family, block[at : at + wide]) for at in (0, wide))
    ports = [int.from_bytes(block[at : at + 2], "big") for at in (2 * wide, 2 * wide + 2)]
    return Header(2, "TCP4" if wide == 4 else "TCP6", source, ports[0], destination, ports[1]), 16 + length


def _check_tlvs(rest: bytes) -> None:
    while rest:
        if len(rest) < 3 or len(rest) < 3 + int.from_bytes(rest[1:3], "big"):
            raise ValueError("a TLV is cut short")
        rest = rest[3 + int.from_bytes(rest[1:3], "big") :]


# The table


def _good(**settings: Any) -> ssl.SSLContext:
    return context(MIDDLE.leaf(NAMES), **settings)


def _without_a_ca() -> ssl.SSLContext:
    return context(ROOT.intermediate("No Authority", ca=False).leaf(NAMES))


def _of_expired_intermediate() -> ssl.SSLContext:
    return context(ROOT.intermediate("Old Intermediate", from_days=-300.0, days=-2.0).leaf(NAMES))


# fmt: off
_TABLE: tuple[tuple[str, Callable[[str], Peer]], ...] = (
    ("healthy", lambda name: speaks(name, _good())),
    ("only TLS 1.2", lambda name: speaks(name, _good(newest=V1_2))),
    ("only TLS 1.3", lambda name: speaks(name, _good(oldest=V1_3))),
    ("only TLS 1.0", lambda name: speaks(name, _good(oldest=V1_0, newest=V1_0))),
    ("only TLS 1.1", lambda name: speaks(name, _good(oldest=V1_1, newest=V1_1))),
    # Certificates
    ("self-signed", lambda name: speaks(name, context(self_signed(NAMES)))),
    ("unknown issuer", lambda name: speaks(name, context(Authority("Stranger CA").leaf(NAMES)))),
    ("unknown root", lambda name: speaks(name, context(Authority("Stranger CA").leaf(NAMES), root=True))),
    ("missing intermediate", lambda name: speaks(name, _good(presents=1))),
    ("name mismatch", lambda name: speaks(name, context(MIDDLE.leaf(("other.test", "192.0.2.1"))))),
    ("no name at all", lambda name: speaks(name, context(MIDDLE.leaf((), common_name="localhost")))),
    ("expired", lambda name: speaks(name, context(MIDDLE.leaf(NAMES, from_days=-90.0, days=-2.0)))),
    ("expired intermediate", lambda name: speaks(name, _of_expired_intermediate())),
    ("not yet valid", lambda name: speaks(name, context(MIDDLE.leaf(NAMES, from_days=2.0)))),
    ("expired and another name", lambda name: speaks(
        name, context(MIDDLE.leaf(("other.test",), from_days=-90.0, days=-2.0)))),
    ("a client's certificate", lambda name: speaks(name, context(MIDDLE.leaf(NAMES, usage="client")))),
    ("issued by no authority", lambda name: speaks(name, _without_a_ca())),
    ("RSA 512", lambda name: speaks(name, context(MIDDLE.leaf(NAMES, key="rsa512"), newest=V1_2))),
    ("RSA 1024", lambda name: speaks(name, context(MIDDLE.leaf(NAMES, key="rsa1024")))),
    # Client certificates
    ("client certificate required, 1.2", lambda name: speaks(name, _good(client="required", newest=V1_2))),
    ("client certificate required, 1.3", lambda name: speaks(name, _good(client="required", oldest=V1_3))),
    ("client certificate optional, 1.2", lambda name: speaks(name, _good(client="optional", newest=V1_2))),
    ("client certificate optional, 1.3", lambda name: speaks(name, _good(client="optional", oldest=V1_3))),
    # No common version or cipher; clients do not offer anonymous ciphers by default.
    ("no common cipher", lambda name: speaks(name, _good(ciphers="aNULL", newest=V1_2))),
    ("ALPN of another protocol", lambda name: speaks(name, _good(alpn=("xmpp-client",)))),
    ("ALPN h2 and http/1.1", lambda name: speaks(name, _good(alpn=("h2", "http/1.1")))),
    ("alert handshake_failure", partial(alerts, code=40)),
    ("alert internal_error", partial(alerts, code=80)),
    ("alert unrecognized_name", partial(alerts, code=112)),
    ("alert no_application_protocol", partial(alerts, code=120)),
    # No TLS
    ("SMTP", lambda name: says_plainly(
        name, b"220 tls.test ESMTP\r\n", b"500 5.5.2 Error: bad syntax\r\n")),
    ("HTTP", lambda name: says_plainly(
        name, b"", b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")),
    ("SSH", lambda name: says_plainly(
        name, b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", b"Invalid SSH identification string.\r\n")),
    # Ends
    ("reset after the ClientHello", lambda name: answers_hello(name, RESET)),
    ("end after the ClientHello", lambda name: answers_hello(name, END)),
    ("silent after the ClientHello", answers_hello),
    ("reset in the server's flight", lambda name: cut(speaks(name, _good()), RESET)),
    ("end in the server's flight", lambda name: cut(speaks(name, _good()), END)),
    ("byte by byte", lambda name: bytewise(speaks(name, _good()))),
    ("byte by byte, 1.2", lambda name: bytewise(speaks(name, _good(newest=V1_2)))),
    ("end without close_notify", lambda name: speaks(name, _good(), greet_and_end)),
    ("end with close_notify", lambda name: speaks(name, _good(), greet_and_close)),
    ("reset after data", lambda name: speaks(name, _good(), greet_and_reset)),
    # Behind a proxy
    ("PROXY v1", lambda name: behind_proxy(speaks(name, _good()), 1)),
    ("PROXY v2", lambda name: behind_proxy(speaks(name, _good()), 2)),
    ("PROXY v1 or v2", lambda name: behind_proxy(speaks(name, _good()))),
    ("PROXY and no TLS", lambda name: behind_proxy(says_plainly(name, GREETING))),
)
# fmt: on

PEERS: dict[str, Callable[[], Peer]] = {name: partial(make, name) for name, make in _TABLE}
"""Each creates a new peer with notes of its own."""
