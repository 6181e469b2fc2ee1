# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""What protocols say, as expressions and packets that services and STARTTLS share."""

from __future__ import annotations

from ..dialogue.steps import hear

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.dialogue import Step

OVERLOADED = "too many connections"
UNAVAILABLE = "it is not available at the moment"

# The rules of every expression among the services and openings:
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
    return rf"(?:{code}-[^\n]*\n(?:(?!{code}(?: |\r?\n))[^\n]*\n)*)?{code}(?: [^\n]*|\r)?\n"


def bytes_with(bit: int, on: bool = True) -> str:
    """Return the class of all bytes that have this bit, or do not."""
    return "[" + "".join(f"\\x{byte:02x}" for byte in range(256) if bool(byte & bit) is on) + "]"


# A length in BER, at most four bytes of it (X.690, 8.1.3). It needs (?s), since any byte may be a length.
BER_LENGTH = r"(?:[\x00-\x7f]|\x81.|\x82..|\x83...|\x84....)"

REFUSED = {
    rf"^{reply('4[0-9][0-9]')}": UNAVAILABLE,
    rf"^{reply('5[0-9][0-9]')}": "it refuses",
}
"""The replies of SMTP and its kin that are refusals, and what they say (RFC 5321, 4.2.1)."""


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
MYSQL_TLS = b"\x01\x8a\x00\x00"

# Up to the end of the stream's header (RFC 6120, 4.7); an XML declaration may come first, and blanks.
XMPP_HEADER = r"(?s)^\s{0,16}(?:<\?xml[^>]*>\s{0,16})?<stream:stream\s[^>]*>\s{0,16}"

XMPP_OPEN = (
    "<?xml version='1.0'?><stream:stream to='{host}' version='1.0' xmlns='jabber:client'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)

XMPP_REFUSALS = {
    XMPP_HEADER + r"<stream:error>(?:(?!</stream:error>).)*<host-unknown.*?</stream:error>": (
        "it does not serve this name: the host is the domain, --address says where it is"
    ),
    XMPP_HEADER + r"<stream:error>(?:(?!<host-unknown|</stream:error>).)*</stream:error>": (
        "it ends the stream with an error"
    ),
}
"""Answers to a stream's opening that are errors (RFC 6120, 4.9), and what they say."""


def xmpp_features(inner: str) -> str:
    """Return the expression for a stream's header and its features, with INNER somewhere in these (RFC 6120, 4.3.2)."""
    return rf"{XMPP_HEADER}<stream:features(?:\s[^>]*)?(?<!/)>{inner}</stream:features>"


XMPP_NO_FEATURES = rf"{XMPP_HEADER}<stream:features\s{{0,16}}/>"
"""The expression for a stream's header with an empty list of features."""


def status(protocol: str, wanted: str, reject: dict[str, str]) -> Step:
    """Read a status line as of HTTP, behind any interim answers (RFC 9110, 15.2); WANTED and REJECT are its digits."""
    interim = rf"^(?:{protocol} 1[0-9][0-9][^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n)*"
    return hear(
        rf"{interim}{protocol} (?P<status>{wanted})[^\n]*\n",
        reject={rf"{interim}{protocol} {digits}[^\n]*\n": words for digits, words in reject.items()},
        comment="the status",
    )


SERVER_ERROR = {"5[0-9][0-9]": "a server error"}
