# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""How each protocol is asked to begin TLS, as data: the steps before the handshake. A new protocol is a row."""

from __future__ import annotations

from .dialogue import hear, say
from .model import Value, _set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .dialogue import Step


class Opening(Value):
    """What --starttls NAME stands for: the protocol's port, the steps before the handshake, where they are specified.

    The go-ahead's expression takes the whole of it, its line end included: whatever stands behind it was not asked
    for. quit is the farewell that goes out through TLS at the end, a byte a character (Latin-1).
    """

    __slots__ = ("name", "port", "quit", "source", "steps")
    name: str
    port: int
    steps: tuple[Step, ...]
    quit: str
    source: str

    def __init__(
        self, name: str, port: int, *, steps: tuple[Step, ...], quit: str = "", source: str = ""
    ) -> None:
        _set(self, "name", name)
        _set(self, "port", port)
        _set(self, "steps", tuple(each.replace(opening=True) for each in steps))
        _set(self, "quit", quit)
        _set(self, "source", source)


# The rules of every expression here and among the services:
# - It needs the smallest whole answer, so that one that arrives byte by byte comes to the same as a whole one.
# - What is wanted and what is rejected begin at the first unread byte and exclude each other, for the same reason.
# - A repeated part begins and ends with what it cannot hold itself (a line holds no line end), so that there is one
#   way to match: a hostile answer cannot make the search wander.


def reply(code: str) -> str:
    r"""Return the expression for a whole reply, of one line or several (RFC 5321, 4.2.1): 250-a CRLF 250 b CRLF.

    CODE is an expression for the three digits. An empty text may come without its blank.
    """
    return rf"(?:{code}-[^\n]*\n)*{code}(?: [^\n]*|\r)?\n"


def ftp_reply(code: str) -> str:
    """Return the expression for a whole reply of FTP (RFC 959, 4.2), in which lines between may begin with anything."""
    return rf"(?:{code}-[^\n]*\n(?:(?!{code} )[^\n]*\n)*)?{code}(?: [^\n]*|\r)?\n"


def bytes_with(bit: int, on: bool = True) -> str:
    """Return the class of all bytes that have this bit, or do not."""
    return "[" + "".join(f"\\x{byte:02x}" for byte in range(256) if bool(byte & bit) is on) + "]"


# A length in BER, at most four bytes of it (X.690, 8.1.3). It needs (?s), since any byte may be a length.
BER_LENGTH = r"(?:[\x00-\x7f]|\x81.|\x82..|\x83...|\x84....)"

REFUSED = {
    rf"^{reply('4[0-9][0-9]')}": "it is not available at the moment",
    rf"^{reply('5[0-9][0-9]')}": "it refuses",
}
"""The replies of SMTP and its kin that are refusals, and what they say (RFC 5321, 4.2.1)."""

_NO_OFFER = "it does not offer TLS"
_NO = "it refuses to begin TLS"


def mysql_greeting(low: str = ".") -> str:
    """Return the expression for the whole first packet of MySQL (Protocol::HandshakeV10).

    Length (3 bytes), number (0), protocol version 10, server version and NUL, thread (4), 8 bytes of the challenge,
    a NUL, capabilities' lower two bytes, character set, status (2), capabilities' upper two bytes, the length of the
    challenge, 10 reserved, 12 more bytes of the challenge and a NUL; with CLIENT_PLUGIN_AUTH (0x80000) the plugin's
    name and a NUL. LOW is for the second byte of the capabilities. MariaDB before 11 puts "5.5.5-" before its
    version, for the sake of old replicas.
    """
    return (
        r"(?s)^...\x00\x0a(?:5\.5\.5-)?(?P<version>[^\x00]{1,120})\x00.{4}.{8}\x00"
        rf".{low}.{{3}}(?:{bytes_with(0x08)}.{{12}}.{{12}}\x00[^\x00]*\x00|{bytes_with(0x08, on=False)}.{{12}}.{{12}}\x00)"
    )


def mysql_error(code: int) -> str:
    """Return the expression for the beginning of an ERR packet of MySQL: 0xff and the code, lower byte first."""
    low, high = code & 0xFF, code >> 8
    return rf"(?s)^...[\x00-\x0f]\xff\x{low:02x}\x{high:02x}"


MYSQL_UNHEALTHY = {
    mysql_error(1040): "too many connections",
    mysql_error(1203): "too many connections of this user",
    mysql_error(1129): "it blocks this host because of many connection errors",
    mysql_error(1053): "it is shutting down",
    mysql_error(1041): "it is out of memory",
    mysql_error(1135): "it cannot create a thread",
}
"""Errors of MySQL that stand for its health, and not for what it thinks of us (Server Error Message Reference)."""


def mysql_login(number: int, capabilities: bytes) -> bytes:
    """Return the packet of that number that logs in (Protocol::HandshakeResponse41), with a name that nobody has.

    A server counts connections that end without one, and blocks a host after max_connect_errors of them.
    """
    body = mysql_request(capabilities) + b"tcp_health\x00" + b"\x00"
    return bytes((len(body), 0, 0, number)) + body


def mysql_request(capabilities: bytes) -> bytes:
    """Return what an SSLRequest and a login have in common: capabilities, 16 MiB a packet, utf8, 23 reserved."""
    return capabilities + b"\x00\x00\x00\x01" + b"\x21" + bytes(23)


# CLIENT_SECURE_CONNECTION (0x8000), CLIENT_SSL (0x800), CLIENT_PROTOCOL_41 (0x200), CLIENT_LONG_PASSWORD (1).
_MYSQL_TLS = b"\x01\x8a\x00\x00"

# SSLRequest (PostgreSQL, message formats): length 8, then the number 80877103.
_POSTGRES_SSL = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"

# LDAPMessage 1, ExtendedRequest (0x77) with the name of StartTLS (RFC 4511, 4.12 and 4.14.1).
_LDAP_STARTTLS = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + b"1.3.6.1.4.1.1466.20037"


# LDAPMessage 1 with an ExtendedResponse (0x78), up to its result code (RFC 4511, 4.12 and 4.1.9).
_LDAP_ANSWER = rf"\x30{BER_LENGTH}\x02\x01\x01\x78{BER_LENGTH}\x0a\x01"

# A whole LDAPMessage of up to 255 bytes, by its own length, short or long: what stands in it differs from server to
# server.
_LDAP_MESSAGE = (
    r"\x30(?:\x81|\x82\x00|\x84\x00\x00\x00|(?=[\x00-\x7f]))(?:"
    + "|".join(rf"\x{size:02x}.{{{size}}}" for size in range(8, 256))
    + ")"
)

# Up to the end of the stream's header (RFC 6120, 4.7); an XML declaration may come first, and blanks.
_XMPP_HEADER = r"(?s)^\s{0,16}(?:<\?xml[^>]*>\s{0,16})?<stream:stream\s[^>]*>\s{0,16}"

XMPP_OPEN = (
    "<?xml version='1.0'?><stream:stream to='{host}' version='1.0' xmlns='jabber:client'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)

XMPP_REFUSALS = {
    _XMPP_HEADER + r"<stream:error>(?:(?!</stream:error>).)*<host-unknown.*?</stream:error>": (
        "it does not serve this name: the host is the domain, --address says where it is"
    ),
    _XMPP_HEADER + r"<stream:error>(?:(?!<host-unknown|</stream:error>).)*</stream:error>": (
        "it ends the stream with an error"
    ),
}
"""Answers to a stream's opening that are errors (RFC 6120, 4.9), and what they say."""


def xmpp_features(inner: str) -> str:
    """Return the expression for a stream's header and its features, with INNER somewhere in these (RFC 6120, 4.3.2)."""
    return rf"{_XMPP_HEADER}<stream:features(?:\s[^>]*)?(?<!/)>{inner}</stream:features>"


XMPP_NO_FEATURES = rf"{_XMPP_HEADER}<stream:features\s{{0,16}}/>"
"""The expression for a stream's header with an empty list of features."""

_XMPP_TLS = "urn:ietf:params:xml:ns:xmpp-tls"

STARTTLS = {
    row.name: row
    for row in (
        Opening(
            "smtp",
            25,
            steps=(
                hear(rf"^{reply('220')}", reject=REFUSED, comment="the greeting"),
                say("EHLO localhost\r\n"),
                hear(
                    r"(?i)^(?:250-(?!STARTTLS[ \t]*\r?\n)[^\n]*\n)*"
                    rf"(?:250 STARTTLS[ \t]*\r?\n|250-STARTTLS[ \t]*\r?\n{reply('250')})",
                    reject={
                        r"(?i)^(?:250-(?!STARTTLS[ \t]*\r?\n)[^\n]*\n)*"
                        r"250(?: (?!STARTTLS[ \t]*\r?\n)[^\n]*|\r)?\n": _NO_OFFER,
                        **REFUSED,
                    },
                    comment="an offer of STARTTLS",
                ),
                say("STARTTLS\r\n"),
                hear(
                    rf"^{reply('220')}", reject={rf"^{reply('[45][0-9][0-9]')}": _NO}, comment="the go-ahead"
                ),
            ),
            quit="QUIT\r\n",
            source="RFC 3207",
        ),
        Opening(
            "imap",
            143,
            steps=(
                hear(
                    r"(?i)^\* OK[ \r][^\n]*\n|^\* OK\n",
                    reject={
                        # Section 6.2.1 knows STARTTLS before authentication alone.
                        r"(?i)^\* PREAUTH[^\n]*\n": "it greets as if we were authenticated, which rules out TLS",
                        r"(?i)^\* BYE[^\n]*\n": "it turns us away",
                    },
                    comment="the greeting",
                ),
                say("a1 STARTTLS\r\n"),
                hear(
                    r"(?i)^(?:\* (?!BYE)[^\n]*\n)*a1 OK[^\n]*\n",
                    reject={
                        r"(?i)^(?:\* (?!BYE)[^\n]*\n)*a1 (?:NO|BAD)[^\n]*\n": _NO,
                        r"(?i)^(?:\* (?!BYE)[^\n]*\n)*\* BYE[^\n]*\n": "it turns us away",
                    },
                    comment="the go-ahead",
                ),
            ),
            quit="a2 LOGOUT\r\n",
            source="RFC 9051, 6.2.1",
        ),
        Opening(
            "pop3",
            110,
            steps=(
                hear(r"^\+OK[^\n]*\n", reject={r"^-ERR[^\n]*\n": "it turns us away"}, comment="the greeting"),
                say("STLS\r\n"),
                hear(r"^\+OK[^\n]*\n", reject={r"^-ERR[^\n]*\n": _NO}, comment="the go-ahead"),
            ),
            quit="QUIT\r\n",
            source="RFC 2595, 4",
        ),
        Opening(
            "ftp",
            21,
            steps=(
                # 120 says that 220 comes later.
                hear(
                    rf"^(?:{ftp_reply('120')})?{ftp_reply('220')}",
                    reject={
                        rf"^{ftp_reply('421')}": "it is not available at the moment",
                        rf"^{ftp_reply('5[0-9][0-9]')}": "it refuses",
                    },
                    comment="the greeting",
                ),
                say("AUTH TLS\r\n"),
                hear(
                    rf"^{ftp_reply('234')}",
                    reject={rf"^{ftp_reply('(?:334|[45][0-9][0-9])')}": _NO},
                    comment="the go-ahead",
                ),
            ),
            quit="QUIT\r\n",
            source="RFC 4217, 4",
        ),
        Opening(
            "ldap",
            389,
            steps=(
                say(_LDAP_STARTTLS, comment="StartTLS"),
                hear(
                    rf"(?s)^(?={_LDAP_ANSWER}\x00){_LDAP_MESSAGE}",
                    reject={
                        rf"(?s)^{_LDAP_ANSWER}\x02": "it does not know StartTLS",
                        rf"(?s)^{_LDAP_ANSWER}[\x33\x34]": "it cannot begin TLS at the moment",
                        rf"(?s)^{_LDAP_ANSWER}[^\x00\x02\x33\x34]": _NO,
                        # Notice of Disconnection is message 0 (section 4.4.1).
                        rf"(?s)^\x30{BER_LENGTH}\x02\x01\x00\x78{BER_LENGTH}\x0a\x01.": "it turns us away",
                    },
                    comment="the go-ahead",
                ),
            ),
            # UnbindRequest (0x42), message 2.
            quit="0\x05\x02\x01\x02\x42\x00",
            source="RFC 4511, 4.14",
        ),
        Opening(
            "xmpp",
            5222,
            steps=(
                say(XMPP_OPEN, comment="the stream's opening"),
                hear(
                    xmpp_features(
                        rf"(?:(?!</stream:features>|<starttls\s).)*<starttls\s+xmlns=['\"]{_XMPP_TLS}.*?"
                    ),
                    reject={
                        xmpp_features(r"(?:(?!</stream:features>|<starttls\s).)*"): _NO_OFFER,
                        XMPP_NO_FEATURES: _NO_OFFER,
                        **XMPP_REFUSALS,
                    },
                    comment="an offer of STARTTLS",
                ),
                say(f"<starttls xmlns='{_XMPP_TLS}'/>"),
                # Nobody may send a blank between here and the handshake (section 5.3.3).
                hear(
                    rf"^\s{{0,16}}<proceed\s+xmlns=['\"]{_XMPP_TLS}['\"]\s{{0,16}}(?:/>|>\s{{0,16}}</proceed>)",
                    reject={r"^\s{0,16}<failure[\s/>]": _NO, r"^\s{0,16}<stream:error>": _NO},
                    comment="the go-ahead",
                ),
            ),
            source="RFC 6120, 5",
        ),
        Opening(
            "postgres",
            5432,
            steps=(
                say(_POSTGRES_SSL, comment="SSLRequest"),
                hear(
                    r"^S",
                    reject={
                        r"^N": _NO_OFFER,
                        # ErrorResponse: what a server sends that cannot even fork, or is older than TLS.
                        r"(?s)^E.{4}(?:[A-Za-z][^\x00]*\x00)+\x00": "it answers with an error",
                    },
                    comment="the go-ahead",
                ),
            ),
            source="PostgreSQL, Frontend/Backend Protocol, SSL Session Encryption",
        ),
        Opening(
            "mysql",
            3306,
            steps=(
                hear(
                    mysql_greeting(bytes_with(0x08)),
                    reject={
                        mysql_greeting(bytes_with(0x08, on=False)): _NO_OFFER,
                        **MYSQL_UNHEALTHY,
                        mysql_error(1130): "it does not take this host",
                    },
                    comment="the greeting, with an offer of TLS",
                ),
                # Nothing answers an SSLRequest: the handshake follows at once.
                say(b"\x20\x00\x00\x01" + mysql_request(_MYSQL_TLS), comment="SSLRequest"),
            ),
            quit=mysql_login(2, _MYSQL_TLS).decode("latin-1"),
            source="MySQL, Protocol::SSLRequest",
        ),
        Opening(
            "sieve",
            4190,
            steps=(
                hear(
                    r"(?i)^(?:\"(?!STARTTLS\")[^\n]*\n)*\"STARTTLS\"[^\n]*\n(?:\"[^\n]*\n)*OK[^\n]*\n",
                    reject={
                        r"(?i)^(?:\"(?!STARTTLS\")[^\n]*\n)*OK[^\n]*\n": _NO_OFFER,
                        r"(?i)^(?:\"[^\n]*\n)*(?:NO|BYE)[^\n]*\n": "it turns us away",
                    },
                    comment="the greeting, with an offer of STARTTLS",
                ),
                say("STARTTLS\r\n"),
                hear(r"(?i)^OK[^\n]*\n", reject={r"(?i)^(?:NO|BYE)[^\n]*\n": _NO}, comment="the go-ahead"),
            ),
            quit="LOGOUT\r\n",
            source="RFC 5804, 2.2",
        ),
        Opening(
            "nntp",
            119,
            steps=(
                hear(
                    r"^20[01][^\n]*\n",
                    reject={
                        r"^400[^\n]*\n": "it is not available at the moment",
                        r"^5[0-9][0-9][^\n]*\n": "it refuses",
                    },
                    comment="the greeting",
                ),
                say("STARTTLS\r\n"),
                hear(r"^382[^\n]*\n", reject={r"^[45][0-9][0-9][^\n]*\n": _NO}, comment="the go-ahead"),
            ),
            quit="QUIT\r\n",
            source="RFC 4642, 2.2",
        ),
    )
}
"""Every protocol by its name, in the order of the documentation."""
