# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Servers with STARTTLS: each protocol is a table of requests and answers, with its attacks."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Callable, NamedTuple, Union

from support.scripted import END, HEAR
from support.tls_peers import MIDDLE, NAMES, V1_2, V1_3, Peer, Session, context

if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator

    from support.scripted import Performance, Word
    from support.tls_peers import Heard, Notes

    Hearing = Callable[[], Heard]
    Saying = Callable[[bytes], Performance]

HEALTHY = "healthy"
REFUSES = "refuses"
"""It offers TLS, and refuses it on request."""

WITHHOLDS = "withholds"
"""It does not offer TLS, and knows no such command."""

INJECTS = "injects"
"""Plaintext after the STARTTLS reply, in the same segment."""

INJECTS_LATER = "injects later"
"""Plaintext after the STARTTLS reply, in a segment of its own."""

INJECTS_AT_HELLO = "injects at the hello"
"""Plaintext answers the ClientHello, before the server's own."""

VARIANTS = (HEALTHY, REFUSES, WITHHOLDS, INJECTS, INJECTS_LATER, INJECTS_AT_HELLO)

Says = Union[bytes, Callable[["re.Match[bytes]"], bytes]]


class Row(NamedTuple):
    r"""The answer to a request.

    hears     an expression that matches the whole request
    says      the answer, with \\1 and so on from the request, or a function of the match
    refused   the answer of a server that offers TLS and refuses it
    withheld  the answer of a server that does not offer TLS, and the answer during TLS
    begins    whether TLS follows
    ends      whether the server closes
    """

    hears: bytes
    says: Says
    refused: Says | None = None
    withheld: Says | None = None
    begins: bool = False
    ends: bool = False


class Protocol(NamedTuple):
    """A protocol.

    greeting   the server's greeting
    withheld   the same where TLS is not offered
    frame      the length of the first request in these bytes, and the end of the relevant part; None: incomplete
    rows       its requests
    otherwise  the answer to any other request; empty: it closes
    injected   a line of plaintext to inject
    within     the server's greeting over TLS
    packets    whether the handshake is inside of packets of TDS
    """

    greeting: bytes
    frame: Callable[[bytes], tuple[int, int] | None]
    rows: tuple[Row, ...]
    injected: bytes
    otherwise: bytes = b""
    withheld: bytes | None = None
    within: bytes = b""
    packets: bool = False


def starttls(
    name: str, variant: str = HEALTHY, settings: ssl.SSLContext | None = None, pause: float = 0.0
) -> Peer:
    """A peer that speaks this protocol; it waits ``pause`` seconds before it injects in a segment of its own."""
    protocol = PROTOCOLS[name]

    def perform(notes: Notes) -> Performance:
        desk = _Desk(protocol, variant, _hear_plainly(notes), _say_plainly)
        # If the greeting is the last text before TLS (MySQL), the attacker appends to it.
        early = any(row.begins and not row.says for row in protocol.rows)
        yield from _go_ahead(desk.greeting, protocol, variant if early else HEALTHY, pause)
        go = yield from desk.serve()
        if go is None:
            yield END
            return
        yield from _go_ahead(go, protocol, HEALTHY if early else variant, pause)
        agreed = settings or context(MIDDLE.leaf(NAMES), newest=newest_version(name))
        session = _PacketSession(agreed, notes) if protocol.packets else Session(agreed, notes)
        session.take(desk.unread or (yield HEAR))
        if variant == INJECTS_AT_HELLO:
            yield protocol.injected
        if (yield from session.shake()):
            within = _Desk(protocol, WITHHOLDS, session.hear, session.say)
            if protocol.within:
                yield from session.say(protocol.within)
            yield from within.serve()
            yield from session.close()

    return Peer(f"{name} {variant}", perform)


def newest_version(name: str) -> ssl.TLSVersion:
    """Return the newest TLS version that servers of this protocol have: TDS 7 has no TLS 1.3."""
    return V1_2 if PROTOCOLS[name].packets else V1_3


def _go_ahead(text: bytes, protocol: Protocol, variant: str, pause: float) -> Performance:
    text += protocol.injected if variant == INJECTS else b""
    if text:
        yield text
    if variant == INJECTS_LATER:
        if pause:
            yield pause
        yield protocol.injected


def _hear_plainly(notes: Notes) -> Hearing:
    def hear() -> Heard:
        heard = yield HEAR
        notes.heard += heard
        return heard

    return hear


def _say_plainly(text: bytes) -> Performance:
    yield text


class _PacketSession(Session):
    """The same inside of packets of TDS during the handshake, as SQL Server does: small ones, to be put together."""

    def __init__(self, settings: ssl.SSLContext, notes: Notes) -> None:
        super().__init__(settings, notes)
        self.unread = b""

    def take(self, data: bytes) -> None:
        if self.shaken:
            super().take(data)
            return
        self.unread += data
        while (found := _tds_message(self.unread)) is not None:
            assert self.unread[0] == 0x12, "a handshake is in packets of PRELOGIN"
            super().take(self.unread[8 : found[0]])
            self.unread = self.unread[found[0] :]

    def flush(self) -> Performance:
        if self.shaken:
            yield from super().flush()
            return
        records = self.outgoing.read()
        while records:
            part, records = records[:500], records[500:]
            yield _tds(0x12, part, last=not records)


class _Desk:
    """The part that answers requests, in plaintext or over TLS."""

    def __init__(self, protocol: Protocol, variant: str, hear: Hearing, say: Saying) -> None:
        self.protocol = protocol
        self.variant = variant
        self.hear = hear
        self.say = say
        self.unread = b""
        withheld = variant == WITHHOLDS and protocol.withheld is not None
        self.greeting = (protocol.withheld if withheld else None) or protocol.greeting

    def serve(self) -> Generator[bytes | float | Word, bytes, bytes | None]:
        """Answer until TLS starts, and return the STARTTLS reply; None: the dialogue is over."""
        while True:
            question = yield from self._question()
            if not question:
                return None
            row, match = self._find(question)
            if row is None or match is None:
                if not self.protocol.otherwise:
                    return None
                yield from self.say(self.protocol.otherwise)
                continue
            other = {REFUSES: row.refused, WITHHOLDS: row.withheld}.get(self.variant)
            says = row.says if other is None else other
            answer = says(match) if callable(says) else match.expand(says)
            if row.begins and other is None:
                return answer
            if answer:
                yield from self.say(answer)
            if row.ends:
                return None

    def _question(self) -> Heard:
        while True:
            found = self.protocol.frame(self.unread)
            if found is not None:
                question, self.unread = self.unread[: found[1]], self.unread[found[0] :]
                return question
            heard = yield from self.hear()
            if not heard:
                return b""
            self.unread += heard

    def _find(self, question: bytes) -> tuple[Row | None, re.Match[bytes] | None]:
        for row in self.protocol.rows:
            match = re.fullmatch(row.hears, question, re.DOTALL | re.IGNORECASE)
            if match is not None:
                return row, match
        return None, None


# How requests are separated


def _line(unread: bytes) -> tuple[int, int] | None:
    end = unread.find(b"\r\n")
    return None if end < 0 else (end + 2, end)


def _tag(unread: bytes) -> tuple[int, int] | None:
    match = re.match(rb"\s*(?:<\?xml[^>]*\?>\s*)?(?:<starttls[^/>]*></starttls>|<[^>]*>)", unread)
    return None if match is None else (match.end(), match.end())


def _ber(unread: bytes) -> tuple[int, int] | None:
    if len(unread) < 2 or len(unread) < 2 + (unread[1] & 0x7F if unread[1] & 0x80 else 0):
        return None
    head, length = 2, unread[1]
    if length & 0x80:
        head += length & 0x7F
        length = int.from_bytes(unread[2:head], "big")
    return None if len(unread) < head + length else (head + length, head + length)


def _postgres_message(unread: bytes) -> tuple[int, int] | None:
    head = 0 if unread[:1] == b"\x00" else 1  # the first message of a session has no type
    if len(unread) < head + 4:
        return None
    length = head + int.from_bytes(unread[head : head + 4], "big")
    return None if len(unread) < length else (length, length)


def _mysql_packet(unread: bytes) -> tuple[int, int] | None:
    length = 4 + int.from_bytes(unread[:3], "little")
    return None if len(unread) < max(4, length) else (length, length)


def _tpkt(unread: bytes) -> tuple[int, int] | None:
    length = int.from_bytes(unread[2:4], "big")
    return None if len(unread) < max(4, length) else (length, length)


def _tds_message(unread: bytes) -> tuple[int, int] | None:
    length = int.from_bytes(unread[2:4], "big")
    return None if len(unread) < max(8, length) else (length, length)


# Binary messages


def _element(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return bytes([tag, len(content)]) + content


def _ldap(number: bytes, *parts: bytes) -> bytes:
    return _element(0x30, b"\x02", number, *parts)


def _ldap_result(tag: int, code: int, words: bytes = b"", *more: bytes) -> bytes:
    return _element(tag, bytes([0x0A, 1, code]), b"\x04\x00", _element(0x04, words), *more)


_STARTTLS_OID = b"1.3.6.1.4.1.1466.20037"


def _ldap_extended(code: int, words: bytes = b"") -> Callable[[re.Match[bytes]], bytes]:
    return lambda match: _ldap(match[1], _ldap_result(0x78, code, words, _element(0x8A, _STARTTLS_OID)))


def _ldap_found(match: re.Match[bytes]) -> bytes:
    attribute = _element(0x30, _element(0x04, b"supportedLDAPVersion"), _element(0x31, _element(0x04, b"3")))
    entry = _ldap(match[1], _element(0x64, b"\x04\x00", _element(0x30, attribute)))
    return entry + _ldap(match[1], _ldap_result(0x65, 0))


def _postgres(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return kind + struct.pack(">i", 4 + len(content)) + content


def _mysql(number: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return len(content).to_bytes(3, "little") + bytes([number]) + content


def _mysql_greeting(capabilities: int) -> bytes:
    return _mysql(
        0,
        b"\x0a8.0.36\x00\x07\x00\x00\x00abcdefgh\x00",
        struct.pack("<HBHHB", capabilities & 0xFFFF, 255, 2, capabilities >> 16, 21),
        bytes(10),
        b"ijklmnopqrst\x00mysql_native_password\x00",
    )


def _mysql_error(number: int, code: int, state: bytes, words: bytes) -> bytes:
    return _mysql(number, b"\xff", struct.pack("<H", code), b"#", state, words)


_CLIENT_SSL = 0x0800
_MYSQL = 0x81BFF7FF  # the capabilities of a current server, without TLS
_WITH_SSL = re.escape(bytes(each for each in range(256) if each & (_CLIENT_SSL >> 8)))

_XMPP_OPEN = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:%s' "
    b"xmlns:stream='http://etherx.jabber.org/streams' id='1' from='tls.test' version='1.0'>"
)
_XMPP_TLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
_XMPP_SASL = b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"


def _features(content: bytes, peer: bytes = b"client") -> bytes:
    return _XMPP_OPEN % peer + b"<stream:features>" + content + b"</stream:features>"


_XMPP_TLS_ROWS = (
    Row(
        rb"\s*<starttls xmlns=['\"]urn:ietf:params:xml:ns:xmpp-tls['\"]\s*(?:/>|></starttls>)",
        b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
        begins=True,
        refused=b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>",
        withheld=b"<stream:error><unsupported-stanza-type "
        b"xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
    ),
    Row(rb"\s*</stream:stream>", b"</stream:stream>", ends=True),
)


def _rdp(kind: int, value: int) -> bytes:
    """Return a Connection Confirm with an RDP_NEG_RSP (2) or an RDP_NEG_FAILURE (3)."""
    return b"\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00" + struct.pack("<BBHI", kind, 0, 8, value)


def _tds(kind: int, content: bytes, last: bool = True) -> bytes:
    """Return one packet of TDS."""
    return struct.pack(">BBHHBB", kind, last, 8 + len(content), 0, 1, 0) + content


def _tds_error(number: int, words: str) -> bytes:
    """Return an ERROR and a DONE (MS-TDS, 2.2.7.10 and 2.2.7.6)."""
    error = struct.pack("<iBBH", number, 1, 14, len(words)) + words.encode("utf-16-le") + bytes(6)
    return b"\xaa" + struct.pack("<H", len(error)) + error + b"\xfd\x02\x00" + bytes(10)


def _prelogin(encryption: int) -> bytes:
    """Return the answer of SQL Server to PRELOGIN, with five options as in its versions since 2005."""
    options = (bytes((16, 0, 16, 0, 0, 0)), bytes((encryption,)), b"\x00", b"", b"\x00")
    head, place = b"", 5 * len(options) + 1
    for token, option in enumerate(options):
        head += struct.pack(">BHH", token, place, len(option))
        place += len(option)
    return _tds(4, head + b"\xff" + b"".join(options))


# fmt: off
PROTOCOLS: dict[str, Protocol] = {
    # RFC 3207
    "smtp": Protocol(
        b"220 tls.test ESMTP\r\n",
        _line,
        (
            Row(rb"EHLO \S+", b"250-tls.test\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 8BITMIME\r\n",
                withheld=b"250-tls.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n"),
            Row(rb"STARTTLS", b"220 2.0.0 Ready to start TLS\r\n", begins=True,
                refused=b"454 4.7.0 TLS not available due to local problem\r\n",
                withheld=b"502 5.5.1 Command not implemented\r\n"),
            Row(rb"QUIT", b"221 2.0.0 Bye\r\n", ends=True),
        ),
        b"250 2.0.0 injected\r\n",
        b"500 5.5.2 Syntax error\r\n",
    ),
    # RFC 9051, section 6.2.1
    "imap": Protocol(
        b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] tls.test ready\r\n",
        _line,
        (
            Row(rb"(\S+) CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n\\1 OK done\r\n",
                withheld=b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n\\1 OK done\r\n"),
            Row(rb"(\S+) STARTTLS", b"\\1 OK Begin TLS negotiation now\r\n", begins=True,
                refused=b"\\1 NO TLS is not available\r\n", withheld=b"\\1 BAD Unknown command\r\n"),
            Row(rb"(\S+) LOGOUT", b"* BYE\r\n\\1 OK done\r\n", ends=True),
        ),
        b"* OK injected\r\n",
        b"* BAD Unknown command\r\n",
        b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] tls.test ready\r\n",
    ),
    # RFC 2595, section 4
    "pop3": Protocol(
        b"+OK tls.test ready\r\n",
        _line,
        (
            Row(rb"CAPA", b"+OK\r\nUIDL\r\nSTLS\r\n.\r\n", withheld=b"+OK\r\nUIDL\r\nUSER\r\n.\r\n"),
            Row(rb"STLS", b"+OK Begin TLS negotiation\r\n", begins=True,
                refused=b"-ERR TLS is not available\r\n", withheld=b"-ERR Unknown command\r\n"),
            Row(rb"QUIT", b"+OK Bye\r\n", ends=True),
        ),
        b"+OK injected\r\n",
        b"-ERR Unknown command\r\n",
    ),
    # RFC 4217
    "ftp": Protocol(
        b"220 tls.test FTP\r\n",
        _line,
        (
            Row(rb"FEAT", b"211-Features:\r\n AUTH TLS\r\n PBSZ\r\n UTF8\r\n211 End\r\n",
                withheld=b"211-Features:\r\n UTF8\r\n211 End\r\n"),
            Row(rb"AUTH (?:TLS|SSL)", b"234 Proceed with negotiation\r\n", begins=True,
                refused=b"431 Unable to accept the security mechanism\r\n",
                withheld=b"502 Command not implemented\r\n"),
            Row(rb"QUIT", b"221 Bye\r\n", ends=True),
        ),
        b"230 injected\r\n",
        b"500 Unknown command\r\n",
    ),
    # RFC 4511, section 4.14; a client's messages are numbered from 1 to 127 here
    "ldap": Protocol(
        b"",
        _ber,
        (
            Row(rb"\x30.\x02(\x01.)\x77.\x80." + re.escape(_STARTTLS_OID), _ldap_extended(0), begins=True,
                refused=_ldap_extended(52, b"TLS is not available"),
                withheld=_ldap_extended(2, b"unsupported extended operation")),
            Row(rb"\x30.\x02(\x01.)\x63.+", _ldap_found),
            Row(rb"\x30.\x02(\x01.)\x60.+", lambda match: _ldap(match[1], _ldap_result(0x61, 0))),
            Row(rb"\x30.\x02\x01.\x42\x00", b"", ends=True),
        ),
        _ldap(b"\x01\x01", _ldap_result(0x61, 0)),
    ),
    # RFC 6120, section 5
    "xmpp": Protocol(
        b"",
        _tag,
        (
            Row(rb"\s*(?:<\?xml[^>]*\?>\s*)?<stream:stream .*>", _features(_XMPP_TLS),
                withheld=_features(_XMPP_SASL)),
            *_XMPP_TLS_ROWS,
        ),
        b"<message><body>injected</body></message>",
    ),
    # "Message Flow" in the chapter of PostgreSQL's manual on its protocol
    "postgres": Protocol(
        b"",
        _postgres_message,
        (
            Row(rb"\x00\x00\x00\x08\x04\xd2\x16\x2f", b"S", begins=True, refused=b"N",
                withheld=_postgres(b"E", b"SFATAL\x00C0A000\x00Munsupported frontend protocol\x00\x00")),
            Row(rb"\x00\x00..\x00\x03\x00.user\x00.+",
                _postgres(b"R", struct.pack(">i", 10), b"SCRAM-SHA-256\x00\x00")),
            Row(rb"X\x00\x00\x00\x04", b"", ends=True),
        ),
        _postgres(b"N", b"SNOTICE\x00Minjected\x00\x00"),
    ),
    # "Connection Phase" in MySQL's source documentation: the server greets, and TLS follows without a reply to SSLRequest
    "mysql": Protocol(
        _mysql_greeting(_MYSQL | _CLIENT_SSL),
        _mysql_packet,
        (
            Row(rb"\x20\x00\x00\x01.[" + _WITH_SSL + rb"].{30}", b"", begins=True,
                refused=_mysql_error(2, 3159, b"HY000", b"TLS is not available"),
                withheld=_mysql_error(2, 1043, b"08S01", b"Bad handshake")),
            Row(rb"...\x01.+", _mysql_error(2, 1045, b"28000", b"Access denied")),
            Row(rb"...\x02.+", _mysql_error(3, 1045, b"28000", b"Access denied")),
        ),
        _mysql(1, b"\x00\x00\x00\x02\x00\x00\x00"),
        withheld=_mysql_greeting(_MYSQL),
    ),
    # RFC 5804, section 2.2
    "sieve": Protocol(
        b'"IMPLEMENTATION" "tls.test"\r\n"SIEVE" "fileinto"\r\n"STARTTLS"\r\n"VERSION" "1.0"\r\nOK "ready"\r\n',
        _line,
        (
            Row(rb"CAPABILITY", b'"IMPLEMENTATION" "tls.test"\r\n"SIEVE" "fileinto"\r\n"STARTTLS"\r\nOK\r\n',
                withheld=b'"IMPLEMENTATION" "tls.test"\r\n"SIEVE" "fileinto"\r\n"SASL" "PLAIN"\r\nOK\r\n'),
            Row(rb"STARTTLS", b'OK "Begin TLS negotiation now."\r\n', begins=True,
                refused=b'NO "TLS is not available."\r\n', withheld=b'NO "Unknown command."\r\n'),
            Row(rb"LOGOUT", b'OK "Bye"\r\n', ends=True),
        ),
        b'OK "injected"\r\n',
        b'NO "Unknown command."\r\n',
        withheld=b'"IMPLEMENTATION" "tls.test"\r\n"SIEVE" "fileinto"\r\n"SASL" "PLAIN"\r\nOK "ready"\r\n',
        within=b'"IMPLEMENTATION" "tls.test"\r\n"SIEVE" "fileinto"\r\n"SASL" "PLAIN"\r\nOK "TLS stands."\r\n',
    ),
    # RFC 4642
    "nntp": Protocol(
        b"200 tls.test ready, posting allowed\r\n",
        _line,
        (
            Row(rb"CAPABILITIES", b"101 Capabilities:\r\nVERSION 2\r\nREADER\r\nSTARTTLS\r\n.\r\n",
                withheld=b"101 Capabilities:\r\nVERSION 2\r\nREADER\r\n.\r\n"),
            Row(rb"STARTTLS", b"382 Continue with TLS negotiation\r\n", begins=True,
                refused=b"580 Can not initiate TLS negotiation\r\n", withheld=b"500 Unknown command\r\n"),
            Row(rb"QUIT", b"205 Bye\r\n", ends=True),
        ),
        b"200 injected\r\n",
        b"500 Unknown command\r\n",
    ),
    # RFC 6120, section 5, for the stream of a server
    "xmpp-server": Protocol(
        b"",
        _tag,
        (
            Row(rb"\s*(?:<\?xml[^>]*\?>\s*)?<stream:stream .*xmlns=['\"]jabber:server['\"].*>",
                _features(_XMPP_TLS, b"server"), withheld=_features(b"", b"server")),
            *_XMPP_TLS_ROWS,
        ),
        b"<message><body>injected</body></message>",
    ),
    # RFC 2033 and RFC 3207
    "lmtp": Protocol(
        b"220 tls.test LMTP\r\n",
        _line,
        (
            Row(rb"LHLO \S+", b"250-tls.test\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 8BITMIME\r\n",
                withheld=b"250-tls.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n"),
            Row(rb"STARTTLS", b"220 2.0.0 Begin TLS negotiation now.\r\n", begins=True,
                refused=b"454 4.7.0 TLS not available due to local problem\r\n",
                withheld=b"502 5.5.1 Command not implemented\r\n"),
            Row(rb"QUIT", b"221 2.0.0 Bye\r\n", ends=True),
        ),
        b"250 2.0.0 injected\r\n",
        b"500 5.5.2 Syntax error\r\n",
    ),
    # IRCv3, extension tls
    "irc": Protocol(
        b":irc.test 020 * :Please wait while we process your connection.\r\n",
        _line,
        (
            Row(rb"CAP LS(?: 302)?", b":irc.test CAP * LS :tls multi-prefix\r\n",
                withheld=b":irc.test CAP * LS :multi-prefix\r\n"),
            Row(rb"STARTTLS", b":irc.test 670 * :STARTTLS successful, go ahead with TLS handshake\r\n", begins=True,
                refused=b":irc.test 691 * :STARTTLS failure\r\n",
                withheld=b":irc.test 421 * STARTTLS :Unknown command\r\n"),
            Row(rb"QUIT", b"ERROR :Closing link\r\n", ends=True),
        ),
        b":irc.test NOTICE * :injected\r\n",
        b":irc.test 421 * :Unknown command\r\n",
    ),
    # MS-RDPBCGR, section 5.4.2.1: the first message asks for TLS, and the handshake follows its answer
    "rdp": Protocol(
        b"",
        _tpkt,
        (
            Row(rb"\x03\x00\x00\x13\x0e\xe0.{5}\x01.\x08\x00[\x01-\x03]\x00\x00\x00", _rdp(2, 1), begins=True,
                refused=_rdp(3, 3), withheld=_rdp(2, 0)),
        ),
        b"\x03\x00\x00\x09\x02\xf0\x80\x21\x80",
    ),
    # MS-TDS, sections 2.2.6.5 and 3.3.5: the handshake is inside of packets
    "mssql": Protocol(
        b"",
        _tds_message,
        (
            # The option ENCRYPTION is at the place 17 and on (1), or required (3).
            Row(rb"\x12\x01.{6}\x00\x00.\x00\x06.*\xff.{6}[\x00\x01\x03].*", _prelogin(1), begins=True,
                refused=_tds(4, _tds_error(17188, "SQL Server cannot accept new connections.")), withheld=_prelogin(2)),
            Row(rb"\x10\x01.+", _tds(4, _tds_error(18456, "Login failed for user.")), ends=True),
        ),
        _tds(4, b"\xfd" + bytes(12)),
        packets=True,
    ),
}
# fmt: on
