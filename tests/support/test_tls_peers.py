# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The peers of the TLS tests have the defects that they claim; clients of other projects confirm them."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import stat
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from support.fake_network import FakeConnection, FakeNetwork
from support.loopback import Stage
from support.minting import PASSWORD, Authority
from support.scripted import accepts
from support.starttls_peers import HEALTHY, INJECTS, INJECTS_LATER, PROTOCOLS, REFUSES, WITHHOLDS, starttls
from support.tls_peers import CLIENTS, GREETING, NAMES, PEERS, ROOT, Header, Peer, read_header
from tcp_health.model.recipe import Recipe
from tcp_health.model.target import Address

if TYPE_CHECKING:
    from pathlib import Path

    from tcp_health.model.outcome import Failure

A = "127.0.0.1"

needs_openssl = pytest.mark.engine("openssl", "openssl")


def client() -> ssl.SSLContext:
    settings = ssl.create_default_context(cadata=ROOT.pem.decode())
    settings.minimum_version = ssl.TLSVersion.TLSv1_2
    return settings


def visited(peer: Peer, settings: ssl.SSLContext, ahead: bytes = b"") -> str:
    """What a strict client gets from the peer: the protocol and the greeting, or the error's words."""
    with Stage({A: accepts(peer)}) as stage, socket.create_connection((A, stage.port), 5) as sock:
        sock.sendall(ahead)
        try:
            with settings.wrap_socket(sock, server_hostname=A, suppress_ragged_eofs=False) as secure:
                text = secure.recv(100)
                try:
                    secure.settimeout(0.05)
                    end = "end" if not secure.recv(100) else "more"
                except socket.timeout:
                    end = ""
                return f"{secure.version()} {text.decode()}{end}"
        except ssl.SSLCertVerificationError as problem:
            return problem.verify_message
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):  # the latter on Python 3.9
            return "cut short"
        except ssl.SSLError as problem:
            return problem.reason or str(problem)
        except ConnectionResetError:
            return "reset"


# Python 3.9 and early releases of 3.10 and 3.11, that of Debian 12 included, set OpenSSL's SSL_OP_IGNORE_UNEXPECTED_EOF.
IGNORES_AN_END = bool(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).options & 1 << 7)

HEARD_1_2, HEARD_1_3 = (f"TLSv1.{each} {GREETING.decode()}" for each in (2, 3))

SEEN = {
    "healthy": HEARD_1_3,
    "only TLS 1.2": HEARD_1_2,
    "only TLS 1.3": HEARD_1_3,
    "only TLS 1.0": "TLSV1_ALERT_PROTOCOL_VERSION",
    "only TLS 1.1": "TLSV1_ALERT_PROTOCOL_VERSION",
    "self-signed": "self-signed certificate",
    "unknown issuer": "unable to get local issuer certificate",
    "unknown root": "self-signed certificate in certificate chain",
    "missing intermediate": "unable to get local issuer certificate",
    "name mismatch": "IP address mismatch, certificate is not valid for '127.0.0.1'.",
    "no name at all": "IP address mismatch, certificate is not valid for '127.0.0.1'.",
    "expired": "certificate has expired",
    "expired intermediate": "certificate has expired",
    "not yet valid": "certificate is not yet valid",
    "a client's certificate": "unsuitable certificate purpose",
    "issued by no authority": "invalid CA certificate",
    "RSA 512": "EE certificate key too weak",
    "RSA 1024": "EE certificate key too weak",
    "client certificate required, 1.2": "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "client certificate required, 1.3": "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "client certificate optional, 1.2": HEARD_1_2,
    "client certificate optional, 1.3": HEARD_1_3,
    "no common cipher": "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "ALPN of another protocol": HEARD_1_3,
    "alert handshake_failure": "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "alert internal_error": "TLSV1_ALERT_INTERNAL_ERROR",
    "alert unrecognized_name": "TLSV1_UNRECOGNIZED_NAME",
    "SMTP": "WRONG_VERSION_NUMBER",
    "HTTP": "WRONG_VERSION_NUMBER",
    "SSH": "WRONG_VERSION_NUMBER",
    "reset after the ClientHello": "reset",
    "end after the ClientHello": "cut short",
    "reset in the server's flight": "reset",
    "end in the server's flight": "cut short",
    "byte by byte": HEARD_1_3,
    "byte by byte, 1.2": HEARD_1_2,
    "end without close_notify": f"{HEARD_1_3}end" if IGNORES_AN_END else "cut short",
    "end with close_notify": f"{HEARD_1_3}end",
}
"""The result of Python's own client, which is strict, for each peer."""


@pytest.mark.once
@pytest.mark.parametrize("name", SEEN)
def test_each_peer_has_its_defect(name: str) -> None:
    settings = client()
    settings.set_ciphers("DEFAULT:@SECLEVEL=2")
    settings.set_alpn_protocols(["h2"])
    seen = visited(PEERS[name](), settings)
    seen = seen.replace("self signed", "self-signed")  # as OpenSSL 1.1.1 has it
    assert seen == SEEN[name]


def test_the_peer_notes_what_was_negotiated() -> None:
    peer = PEERS["client certificate required, 1.3"]()
    mine = CLIENTS.leaf(("somebody",), usage="client")
    with Stage({A: accepts(peer)}) as stage, socket.create_connection((A, stage.port), 5) as sock:
        settings = client()
        _load(settings, mine.chain_pem + mine.key_pem)
        with settings.wrap_socket(sock, server_hostname="tls.test") as secure:
            assert secure.recv(100) == GREETING
            secure.sendall(b"hello")
    (agreed,) = peer.notes.sessions
    assert (agreed.name, agreed.protocol, agreed.client) == ("tls.test", "TLSv1.3", mine.der)
    assert peer.notes.heard == b"hello"


def test_only_a_common_alpn_protocol_is_selected() -> None:
    for name, picked in (("ALPN of another protocol", None), ("ALPN h2 and http/1.1", "http/1.1")):
        settings = client()
        settings.set_alpn_protocols(["http/1.1"])
        peer = PEERS[name]()
        visited(peer, settings)
        assert [each.alpn for each in peer.notes.sessions] == [picked]


def test_a_backend_behind_a_proxy_answers_to_the_header_only() -> None:
    line = b"PROXY TCP4 127.0.0.1 127.0.0.2 40000 443\r\n"
    v2 = b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x7f\x00\x00\x01\x7f\x00\x00\x02\x9c\x40\x01\xbb"
    for name, ahead, version in (("PROXY v1", line, 1), ("PROXY v2", v2, 2), ("PROXY v1 or v2", v2, 2)):
        peer = PEERS[name]()
        assert visited(peer, client(), ahead) == HEARD_1_3
        assert peer.notes.headers == [Header(version, "TCP4", A, 40000, "127.0.0.2", 443)]
    peer = PEERS["PROXY v2"]()
    with Stage({A: accepts(peer)}) as stage, socket.create_connection((A, stage.port), 0.1) as sock:
        sock.sendall(line)
        with pytest.raises(socket.timeout):
            sock.recv(1)
    assert peer.notes.offences == ["it begins with something else"]


@pytest.mark.parametrize(
    "wrong",
    [
        b"\x16\x03\x01",
        b"PROXY TCP4 127.0.0.1 127.0.0.1 1\r\n",
        b"PROXY TCP4 127.0.0.1 127.0.0.1 01 2\r\n",
        b"PROXY TCP4 127.0.0.1 127.0.0.1 1 65536\r\n",
        b"PROXY TCP4 ::1 ::1 1 2\r\n",
        b"PROXY TCP6 127.0.0.1 127.0.0.1 1 2\r\n",
        b"PROXY TCP4  127.0.0.1 127.0.0.1 1 2\r\n",
        b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\n" + b"x" * 100,
        b"\r\n\r\n\x00\r\nQUIT\n\x11\x11\x00\x0c" + bytes(12),
        b"\r\n\r\n\x00\r\nQUIT\n\x21\x41\x00\x0c" + bytes(12),
        b"\r\n\r\n\x00\r\nQUIT\n\x21\x21\x00\x0c" + bytes(12),
        b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0e" + bytes(14),
    ],
)
def test_a_malformed_header_is_refused(wrong: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has words of its own
        read_header(wrong)


@pytest.mark.parametrize("header", [b"PROXY UNKNOWN\r\n", b"\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"])
def test_a_header_is_read_as_soon_as_it_is_complete(header: bytes) -> None:
    assert [read_header(header[:length]) for length in range(1, len(header))] == [None] * (len(header) - 1)
    found = read_header(header + b"more")
    assert found is not None
    assert found[1] == len(header)


OPENSSL_LACKS = ("rdp", "mssql")
"""OpenSSL's client does not know these protocols. FreeTDS's client knows mssql (tests/real/test_starttls.py)."""


@pytest.mark.once
@needs_openssl
@pytest.mark.parametrize("name", [each for each in PROTOCOLS if each not in OPENSSL_LACKS])
def test_each_protocol_begins_tls_with_a_client_that_knows_it(name: str, tmp_path: Path) -> None:
    done, peer = _s_client(name, HEALTHY, tmp_path)
    assert "Verification: OK" in done, done
    assert len(peer.notes.sessions) == 1


QUESTIONS = {
    "smtp": b"STARTTLS\r\n",
    "imap": b"a STARTTLS\r\n",
    "pop3": b"STLS\r\n",
    "ftp": b"AUTH TLS\r\n",
    "ldap": b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037",
    "xmpp": b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    "postgres": b"\x00\x00\x00\x08\x04\xd2\x16\x2f",
    "mysql": b"\x20\x00\x00\x01\x00\x0a" + bytes(30),
    "sieve": b"STARTTLS\r\n",
    "nntp": b"STARTTLS\r\n",
    "xmpp-server": b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    "lmtp": b"STARTTLS\r\n",
    "irc": b"STARTTLS\r\n",
    "rdp": b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x01\x00\x00\x00",
    "mssql": b"\x12\x01\x00\x1a\x00\x00\x00\x00\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff"
    + bytes(6)
    + b"\x01",
}


@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.parametrize("variant", [REFUSES, WITHHOLDS])
def test_where_tls_is_refused_the_answer_is_a_refusal(name: str, variant: str) -> None:
    going = next(row for row in PROTOCOLS[name].rows if row.begins)
    says = going.refused if variant == REFUSES else going.withheld
    frame = PROTOCOLS[name].frame(QUESTIONS[name])
    assert frame
    match = re.fullmatch(going.hears, QUESTIONS[name][: frame[1]], re.DOTALL)
    assert match
    assert says
    peer = starttls(name, variant)
    _told(peer, QUESTIONS[name], says(match) if callable(says) else match.expand(says))
    assert not peer.notes.sessions


@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.parametrize("variant", [INJECTS, INJECTS_LATER])
def test_injected_text_follows_the_go_ahead_before_any_tls(name: str, variant: str) -> None:
    protocol = PROTOCOLS[name]
    question = b"" if name == "mysql" else QUESTIONS[name]
    told = _told(starttls(name, variant), question, protocol.injected)
    assert len(told) > len(protocol.injected)


def test_a_peer_plays_on_the_fake_network_as_on_the_real_one() -> None:
    for name in (
        "healthy",
        "byte by byte",
        "client certificate required, 1.3",
        "reset in the server's flight",
    ):
        peer = PEERS[name]()
        assert _visited_in_a_fake(peer) == {
            "healthy": GREETING.decode(),
            "byte by byte": GREETING.decode(),
            "client certificate required, 1.3": "TLSV13_ALERT_CERTIFICATE_REQUIRED",
            "reset in the server's flight": "reset",
        }[name]  # fmt: skip


def test_a_pause_passes_on_the_virtual_clock() -> None:
    network = FakeNetwork({A: accepts(starttls("smtp", INJECTS_LATER, pause=7.0))})
    connection = _connected(network)
    network.send(connection, b"STARTTLS\r\n")
    told: list[tuple[int, object]] = []
    while len(told) < 3:
        data = network.receive(connection)
        if data is None:
            network.poll(60.0)
        else:
            told.append((round(network.now() - network.start), data))
    assert [when for when, _ in told] == [0, 0, 7]
    assert told[2][1] == PROTOCOLS["smtp"].injected


def test_secret_files_are_private_and_openssl_reads_every_file(tmp_path: Path) -> None:
    minted = Authority("Another CA").intermediate("Between").leaf(NAMES)
    files = minted.write(tmp_path)
    secret = (files.both, files.key, files.locked, files.password)
    assert {stat.S_IMODE(each.stat().st_mode) for each in secret} == {0o600}
    for trust in ({"cafile": str(files.ca)}, {"capath": str(files.folder)}):
        settings = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, **trust)
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(files.chain, files.locked, PASSWORD)
        assert _shaken(settings, server)


def test_no_thread_is_left_running() -> None:
    before = threading.active_count()
    assert visited(PEERS["healthy"](), client()) == HEARD_1_3
    assert threading.active_count() == before


def _told(peer: Peer, question: bytes, last: bytes) -> bytes:
    """Read up to the last text that the peer sends; fail if the peer sends another text."""
    heard = b""
    with Stage({A: accepts(peer)}) as stage, socket.create_connection((A, stage.port), 5) as sock:
        sock.sendall(question)
        while not heard.endswith(last):
            more = sock.recv(1000)
            assert more, heard
            heard += more
    return heard


def _load(settings: ssl.SSLContext, pem: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(pem)
        file.flush()
        settings.load_cert_chain(file.name)


def _shaken(client_settings: ssl.SSLContext, server_settings: ssl.SSLContext) -> bool:
    """Whether the two agree, in memory."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client_settings.wrap_bio(back, there, server_hostname=A),
        server_settings.wrap_bio(there, back, server_side=True),
    ]
    for _ in range(3):
        for each in ends:
            try:
                each.do_handshake()
            except ssl.SSLWantReadError:  # noqa: PERF203 - the ends take turns
                pass
    return ends[0].version() == "TLSv1.3"


def _connected(network: FakeNetwork) -> FakeConnection:
    connection = network.connect(Address(4, A, 443), Recipe())
    assert isinstance(connection, FakeConnection)
    network.poll(1.0)
    assert network.connected(connection) is True
    return connection


def _visited_in_a_fake(peer: Peer) -> str:
    network = FakeNetwork({A: accepts(peer)})
    connection = _connected(network)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client().wrap_bio(incoming, outgoing, server_hostname=A)
    while True:
        try:
            return tls.read(100).decode()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as problem:
            return problem.reason
        if outgoing.pending:
            assert network.send(connection, outgoing.read())
        network.poll(1.0)
        data: bytes | Failure | None = network.receive(connection)
        if data is not None:
            if not isinstance(data, bytes):
                return data.cause
            incoming.write(data)


def _s_client(name: str, variant: str, folder: Path) -> tuple[str, Peer]:
    """The output of OpenSSL's own client, and its peer."""
    ca = folder / "ca.pem"
    ca.write_bytes(ROOT.pem)
    peer = starttls(name, variant)
    program = shutil.which("openssl") or ""
    with Stage({A: accepts(peer)}) as stage:
        command = [
            program,
            "s_client",
            "-connect",
            f"{A}:{stage.port}",
            "-starttls",
            name,
            "-CAfile",
            str(ca),
        ]
        command += ["-verify_return_error", "-xmpphost", "tls.test"] if name.startswith("xmpp") else []
        done = subprocess.run(command, input="", capture_output=True, text=True, check=False, timeout=20)
    return done.stdout + done.stderr, peer
