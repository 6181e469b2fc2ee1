# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Expressions and packets of protocols that the services and STARTTLS share."""

from __future__ import annotations

from ..dialogue.steps import hear

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.dialogue import Step

OVERLOADED = "too many connections"
UNAVAILABLE = "it is not available at the moment"

# Rules for every expression of the services and of STARTTLS:
# - It describes the whole answer, up to its last byte, and the shortest one that is complete. So an answer byte by byte gets
#   the same result as one in one piece, and dialogue/beginnings.py knows from the expression which answer is incomplete:
#   its rest is waited for until -t, however long the server pauses. An answer that neither a wanted nor a rejected
#   expression describes is judged after the silence of --expect-timeout. So describe each refusal, too.
# - Wanted and rejected expressions begin at the first unread byte and exclude each other, for the same reason.
# - A repeated part ends with a byte that it cannot contain (a line contains no line end). So there is only one way to
#   match, and a hostile answer cannot make the search slow.


def reply(code: str) -> str:
    r"""Return the expression for a whole reply, of one line or several (RFC 5321, 4.2.1): 250-a CRLF 250 b CRLF.

    CODE is an expression for the three digits. An empty text may come without its space.
    """
    return rf"(?:{code}-[^\n]*\n)*{code}(?: [^\n]*|\r)?\n"


def ftp_reply(code: str) -> str:
    """Return the expression for a whole reply of FTP (RFC 959, 4.2), whose inner lines may begin with any text."""
    return rf"(?:{code}-[^\n]*\n(?:(?!{code}(?: |\r?\n))[^\n]*\n)*)?{code}(?: [^\n]*|\r)?\n"


def bytes_with(bit: int, on: bool = True) -> str:
    """Return a character class: the bytes in which this bit is set, or not set if ``on`` is false."""
    return "[" + "".join(f"\\x{byte:02x}" for byte in range(256) if bool(byte & bit) is on) + "]"


# A length in BER, at most four bytes of it (X.690, 8.1.3). It needs (?s), since any byte may be a length.
BER_LENGTH = r"(?:[\x00-\x7f]|\x81.|\x82..|\x83...|\x84....)"

REFUSED = {
    rf"^{reply('4[0-9][0-9]')}": UNAVAILABLE,
    rf"^{reply('5[0-9][0-9]')}": "it refuses service",
}
"""The replies of SMTP and similar protocols that are refusals, with their messages (RFC 5321, 4.2.1)."""


def mysql_greeting(low: str = ".") -> str:
    """Return the expression for the whole first packet of MySQL (Protocol::HandshakeV10).

    Length (3 bytes), number (0), protocol version 10, server version and NUL, thread (4), 8 bytes of the challenge,
    a NUL, capabilities' lower two bytes, character set, status (2), capabilities' upper two bytes, the length of the
    challenge, 10 reserved, 12 more bytes of the challenge and a NUL; with CLIENT_PLUGIN_AUTH (0x80000) the plugin's
    name and a NUL. LOW is for the second byte of the capabilities. MariaDB before 11 puts "5.5.5-" before its
    version, for old replicas.
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
    mysql_error(1053): "it is shutting down",
    mysql_error(1041): "it is out of memory",
    mysql_error(1135): "it cannot create a thread",
}
"""Errors of MySQL about its health, not about the client (Server Error Message Reference)."""

MYSQL_COUNTER = "max_connect_errors"
"""The setting that limits the connections without a login from a host, before MySQL blocks it."""

MYSQL_BLOCKED = {
    mysql_error(
        1129
    ): f"it blocks this host because of many connection errors ({MYSQL_COUNTER}) until FLUSH HOSTS"
}
"""The error with which MySQL blocks a host, and its message."""


def mysql_login(number: int, capabilities: bytes) -> bytes:
    """Return a login with this packet number (Protocol::HandshakeResponse41), for a user that does not exist.

    A server counts connections without a login, and blocks a client host after max_connect_errors of them.
    """
    body = mysql_request(capabilities) + b"tcp_health\x00" + b"\x00"
    return bytes((len(body), 0, 0, number)) + body


MYSQL_QUIT = b"\x01\x00\x00\x00\x01"
"""COM_QUIT: without it, the server logs the end of a connection that has logged in as an error."""


def mysql_request(capabilities: bytes) -> bytes:
    """Return the common part of an SSLRequest and a login: capabilities, 16 MiB a packet, utf8, 23 reserved."""
    return capabilities + b"\x00\x00\x00\x01" + b"\x21" + bytes(23)


# CLIENT_SECURE_CONNECTION (0x8000), CLIENT_SSL (0x800), CLIENT_PROTOCOL_41 (0x200), CLIENT_LONG_PASSWORD (1).
MYSQL_TLS = b"\x01\x8a\x00\x00"

# TPKT (RFC 1006) of 19 bytes; X.224 Connection Request (0xe0); RDP_NEG_REQ that asks for TLS or CredSSP.
RDP_REQUEST = b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00"

# Its answers (MS-RDPBCGR, 2.2.1.2): a Connection Confirm (0xd0) without data, as of a server that knows no other security
# than its own, and one up to its type, which is RDP_NEG_RSP (2) or RDP_NEG_FAILURE (3); a Disconnect Request (0x80).
RDP_BARE_CONFIRM = r"(?s)^\x03\x00\x00\x0b\x06\xd0.{5}"
RDP_CONFIRM = r"(?s)^\x03\x00\x00\x13\x0e\xd0.{5}"
RDP_DISCONNECT = r"(?s)^\x03\x00\x00.[\x06-\xff]\x80.{5}"

# Values of the option ENCRYPTION of PRELOGIN (MS-TDS, 2.2.6.5): encrypt the whole connection, or none of it.
MSSQL_ENCRYPT_ON = 1
MSSQL_ENCRYPT_NOT_SUP = 2


def mssql_prelogin(encryption: int) -> bytes:
    """Return a PRELOGIN (0x12) of 26 bytes: version at 11, 6 bytes; encryption at 17, 1 byte; the end of the list."""
    return (
        b"\x12\x01\x00\x1a\x00\x00\x00\x00\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff"
        + bytes(6)
        + bytes((encryption,))
    )


# Up to the end of the stream's header (RFC 6120, 4.7). An XML declaration and spaces may come first.
XMPP_HEADER = r"(?s)^\s{0,16}(?:<\?xml[^>]*>\s{0,16})?<stream:stream\s[^>]*>\s{0,16}"

XMPP_OPEN = (
    "<?xml version='1.0'?><stream:stream to='{host}' version='1.0' xmlns='jabber:client'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)

XMPP_SERVER_OPEN = XMPP_OPEN.replace("jabber:client", "jabber:server")

XMPP_REFUSALS = {
    XMPP_HEADER + r"<stream:error>(?:(?!</stream:error>).)*<host-unknown.*?</stream:error>": (
        "it does not serve this domain: -H must be the domain, --address the address of the server"
    ),
    XMPP_HEADER + r"<stream:error>(?:(?!<host-unknown|</stream:error>).)*</stream:error>": (
        "it ends the stream with an error"
    ),
}
"""Answers to a stream opening that are errors (RFC 6120, 4.9), with their messages."""


def xmpp_features(inner: str) -> str:
    """Return the expression for a stream's header and its features, with INNER in them (RFC 6120, 4.3.2)."""
    return rf"{XMPP_HEADER}<stream:features(?:\s[^>]*)?(?<!/)>{inner}</stream:features>"


XMPP_NO_FEATURES = rf"{XMPP_HEADER}<stream:features\s{{0,16}}/>"
"""The expression for a stream's header with an empty list of features."""


def status(protocol: str, wanted: str, reject: dict[str, str]) -> Step:
    """Read a status line as in HTTP, after any interim answers (RFC 9110, 15.2); WANTED and REJECT match its digits."""
    interim = rf"^(?:{protocol} 1[0-9][0-9][^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n)*"
    return hear(
        rf"{interim}{protocol} (?P<status>{wanted})[^\n]*\n",
        reject={rf"{interim}{protocol} {digits}[^\n]*\n": words for digits, words in reject.items()},
        comment="the status",
    )


SERVER_ERROR = {"5[0-9][0-9]": "a server error"}
