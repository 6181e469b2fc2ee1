# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The named services as data: port, dialogue, TLS. A new service is a row."""

from __future__ import annotations

from .dialogue import hear, say
from .model import Value, _set
from .starttls import (
    BER_LENGTH,
    MYSQL_UNHEALTHY,
    REFUSED,
    XMPP_NO_FEATURES,
    XMPP_OPEN,
    XMPP_REFUSALS,
    ftp_reply,
    mysql_error,
    mysql_greeting,
    mysql_login,
    reply,
    xmpp_features,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .dialogue import Step


class Service(Value):
    """What a service's name stands for.

    check_tcp's own have send, expect and quit: an expected text begins the answer, any one of several will do.
    The others have steps. quit goes out as it stands, after the answer, a byte a character (Latin-1).
    What asks for authentication is alive: whoever has no account can know no more.

    means      what it says of a service that the check is OK, for the documentation
    check_tcp  whether the name is one of check_tcp's: those keep its dialogue and its lax TLS, and links may have them
    """

    __slots__ = (
        "check_tcp", "expect", "hide_output", "means", "name", "network", "port", "quit", "send", "steps", "tls",
    )  # fmt: skip
    steps: tuple[Step, ...]
    means: str
    check_tcp: bool
    name: str
    port: int | None
    network: str
    send: str
    expect: tuple[str, ...]
    quit: str
    tls: bool
    hide_output: bool

    def __init__(
        self,
        name: str,
        port: int | None = None,
        *,
        network: str = "tcp",
        send: str = "",
        expect: tuple[str, ...] = (),
        quit: str = "",
        tls: bool = False,
        hide_output: bool = False,
        steps: tuple[Step, ...] = (),
        means: str = "",
        check_tcp: bool = False,
    ) -> None:
        _set(self, "name", name)
        _set(self, "port", port)
        _set(self, "network", network)
        _set(self, "send", send)
        _set(self, "expect", expect)
        _set(self, "quit", quit)
        _set(self, "tls", tls)
        _set(self, "hide_output", hide_output)
        _set(self, "steps", steps)
        _set(self, "means", means)
        _set(self, "check_tcp", check_tcp)


# The XMPP greeting is check_tcp's own, of the days before RFC 6120; {host} is the target's name.
_JABBER = (
    "<stream:stream to='{host}' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>\n"
)


def _as_check_tcp(name: str, port: int | None = None, **rest: Any) -> Service:
    return Service(name, port, check_tcp=True, **rest)


_CHECK_TCP = (
    _as_check_tcp("tcp"),
    _as_check_tcp("udp", network="udp"),
    _as_check_tcp("ftp", 21, expect=("220",), quit="QUIT\r\n"),
    _as_check_tcp("pop", 110, expect=("+OK",), quit="QUIT\r\n"),
    _as_check_tcp("spop", 995, expect=("+OK",), quit="QUIT\r\n", tls=True),
    _as_check_tcp("imap", 143, expect=("* OK",), quit="a1 LOGOUT\r\n"),
    _as_check_tcp("simap", 993, expect=("* OK",), quit="a1 LOGOUT\r\n", tls=True),
    _as_check_tcp("smtp", 25, expect=("220",), quit="QUIT\r\n"),
    _as_check_tcp("ssmtp", 465, expect=("220",), quit="QUIT\r\n", tls=True),
    _as_check_tcp("nntp", 119, expect=("200", "201"), quit="QUIT\r\n"),
    _as_check_tcp("nntps", 563, expect=("200", "201"), quit="QUIT\r\n", tls=True),
    _as_check_tcp(
        "jabber",
        5222,
        send=_JABBER,
        expect=("<?xml version='1.0'",),
        quit="</stream:stream>\n",
        hide_output=True,
    ),
    _as_check_tcp("clamd", 3310, send="PING", expect=("PONG",)),
)

# The expressions follow the rules that stand in starttls.py. Where an answer wants authentication, a group named
# `access` has the server's own word for it.

_OVERLOADED = "too many connections"
_UNAVAILABLE = "it is not available at the moment"


def _secured(plain: Service, name: str, port: int) -> Service:
    """Return the same service over TLS, verified."""
    changed: Service = plain.replace(name=name, port=port, tls=True)
    return changed


def _status(protocol: str, wanted: str, reject: dict[str, str]) -> Step:
    """Read a status line as of HTTP, behind any interim answers (RFC 9110, 15.2); WANTED and REJECT are its digits."""
    interim = rf"^(?:{protocol} 1[0-9][0-9][^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n)*"
    return hear(
        rf"{interim}{protocol} (?P<status>{wanted})[^\n]*\n",
        reject={rf"{interim}{protocol} {digits}[^\n]*\n": words for digits, words in reject.items()},
        comment="the status",
    )


_GET = "Host: {host}\r\nUser-Agent: tcp-health\r\nAccept: */*\r\nConnection: close\r\n\r\n"
_SERVER_ERROR = {"5[0-9][0-9]": "a server error"}

# A request that asks for nothing amiss comes to 400 where TLS is spoken, or where the name is not served.
_HTTP = Service(
    "http",
    80,
    steps=(
        say("GET / HTTP/1.1\r\n" + _GET),
        _status(
            r"HTTP/1\.[01]",
            "(?!400)[2-4][0-9][0-9]",
            {**_SERVER_ERROR, "400": "it cannot read a plain request for this name: is TLS spoken here?"},
        ),
    ),
    means="it answered a request for / with a status below 500, and not 400 (RFC 9110)",
)

# The status line, the header's lines, and the field in the body.
_HEALTH = r"(?s)^HTTP/1\.[01] 200 [^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n(?:(?!\"status\").)*\"status\" ?: ?"

_ELASTICSEARCH = Service(
    "elasticsearch",
    9200,
    steps=(
        # Cluster health API; filter_path leaves one field of it: {"status":"green"}.
        say("GET /_cluster/health?filter_path=status HTTP/1.1\r\n" + _GET),
        hear(
            _HEALTH + r"\"(?P<health>green|yellow)\"",
            r"^HTTP/1\.[01] (?P<access>40[13])[^\n]*\n",
            reject={
                _HEALTH + r"\"red\"": "the cluster's status is red",
                r"^HTTP/1\.[01] (?:408|5[0-9][0-9])[^\n]*\n": "it cannot tell the cluster's health",
            },
            comment="the cluster's health",
        ),
    ),
    means="the cluster's status is green or yellow, or it asked for authentication (Cluster health API)",
)

_SMTP_GREETING = hear(rf"^{reply('220')}", reject=REFUSED, comment="the greeting")

_SUBMISSION = Service(
    "submission",
    587,
    steps=(
        _SMTP_GREETING,
        say("EHLO localhost\r\n"),
        hear(rf"^{reply('250')}", reject=REFUSED, comment="what it offers"),
    ),
    quit="QUIT\r\n",
    means="it greeted, and answered EHLO (RFC 6409, RFC 5321)",
)

_IMAPS = Service(
    "imaps",
    993,
    steps=(
        hear(
            r"(?i)^\* (?:OK|PREAUTH)[^\n]*\n",
            reject={r"(?i)^\* BYE[^\n]*\n": "it turns us away"},
            comment="the greeting",
        ),
    ),
    tls=True,
    quit="a1 LOGOUT\r\n",
    means="its certificate is good, and it greeted (RFC 9051, 7.1)",
)

_POP3S = Service(
    "pop3s",
    995,
    steps=(hear(r"^\+OK[^\n]*\n", reject={r"^-ERR[^\n]*\n": "it turns us away"}, comment="the greeting"),),
    tls=True,
    quit="QUIT\r\n",
    means="its certificate is good, and it greeted (RFC 1939, 4)",
)

_FTPS = Service(
    "ftps",
    990,
    steps=(
        # 120 says that 220 comes later.
        hear(
            rf"^(?:{ftp_reply('120')})?{ftp_reply('220')}",
            reject={
                rf"^{ftp_reply('421')}": _UNAVAILABLE,
                rf"^{ftp_reply('5[0-9][0-9]')}": "it refuses",
            },
            comment="the greeting",
        ),
    ),
    tls=True,
    quit="QUIT\r\n",
    means="its certificate is good, and it greeted (RFC 959, 5.4)",
)

_SIEVE = Service(
    "sieve",
    4190,
    steps=(
        hear(
            r"(?i)^(?:\"(?!IMPLEMENTATION\")[^\n]*\n)*\"IMPLEMENTATION\" \"(?P<software>[^\"\r\n]{0,120})\"\r?\n"
            r"(?:\"(?!IMPLEMENTATION\")[^\n]*\n)*OK[^\n]*\n",
            reject={r"(?i)^(?:\"[^\n]*\n)*(?:NO|BYE)[^\n]*\n": "it turns us away"},
            comment="the greeting",
        ),
    ),
    quit="LOGOUT\r\n",
    means="it greeted with its capabilities and OK (RFC 5804, 1.7 and 1.8)",
)

_LMTP = Service(
    "lmtp",
    24,
    steps=(
        _SMTP_GREETING,
        say("LHLO localhost\r\n"),
        hear(rf"^{reply('250')}", reject=REFUSED, comment="what it offers"),
    ),
    quit="QUIT\r\n",
    means="it greeted, and answered LHLO (RFC 2033)",
)

_SPAMD = Service(
    "spamd",
    783,
    steps=(
        say("PING SPAMC/1.2\r\n\r\n"),
        hear(
            r"^SPAMD/[0-9.]{1,9} 0 PONG\r?\n",
            reject={r"^SPAMD/[0-9.]{1,9} [1-9][0-9]{0,3}[^\n]*\n": "it answers with an error"},
        ),
    ),
    means="it answered PING (SpamAssassin, spamd/PROTOCOL)",
)

_SSH = Service(
    "ssh",
    22,
    steps=(
        # Lines that are not the identification string may come before it.
        hear(
            r"^(?:(?!SSH-|Exceeded MaxStartups|Not allowed at this time)[^\n]*\n)*"
            r"SSH-(?P<protocol>2\.0|1\.99)-(?P<software>[^\r\n ]{1,120})[^\n]*\n",
            reject={
                # OpenSSH says these in place of it, and closes: sshd_config(5), MaxStartups, PerSourcePenalties.
                r"^Exceeded MaxStartups\r?\n": "too many connections wait for authentication (MaxStartups)",
                r"^Not allowed at this time\r?\n": "it does not take this host at the moment (PerSourcePenalties)",
                r"^SSH-1\.[0-8][^\n]*\n": "it speaks version 1 alone",
            },
            comment="the identification string",
        ),
    ),
    means="it sent its identification string, of version 2 (RFC 4253, 4.2)",
)

_REDIS = Service(
    "redis",
    6379,
    steps=(
        say("PING\r\n", comment="is it there"),
        hear(
            r"^\+PONG\r\n",
            r"^-(?P<access>NOAUTH|NOPERM)[^\r\n]*\r\n",
            reject={
                r"^-LOADING[^\r\n]*\r\n": "it is loading its dataset",
                r"^-MASTERDOWN[^\r\n]*\r\n": "its link with the master is down",
                r"^-BUSY[^\r\n]*\r\n": "a script keeps it busy",
                r"^-DENIED[^\r\n]*\r\n": "it is in protected mode, and takes nobody from other hosts",
                r"^-ERR max number of clients[^\r\n]*\r\n": _OVERLOADED,
            },
            comment="PONG, or that it wants authentication",
        ),
        say("INFO replication\r\n"),
        # A bulk string of lines "name:value". A sentinel has no such section; a replica is a slave there.
        hear(
            r"^\$[0-9]{1,6}\r\n(?:#[^\r\n]*\r\n)?role:(?P<role>(?!slave)[a-z-]{1,32})\r\n(?:[^\r\n]+\r\n)*\r\n",
            r"^\$[0-9]{1,6}\r\n(?:#[^\r\n]*\r\n)?role:(?P<role>slave)\r\n(?:(?!master_link_status)[^\r\n]+\r\n)*"
            r"master_link_status:(?P<master_link_status>up)\r\n(?:[^\r\n]+\r\n)*\r\n",
            r"^\$0\r\n\r\n",
            r"^-(?P<access>NOAUTH|NOPERM)[^\r\n]*\r\n",
            reject={
                r"^\$[0-9]{1,6}\r\n(?:#[^\r\n]*\r\n)?role:slave\r\n(?:(?!master_link_status)[^\r\n]+\r\n)*"
                r"master_link_status:down\r\n(?:[^\r\n]+\r\n)*\r\n": "its link with the master is down",
                r"^-LOADING[^\r\n]*\r\n": "it is loading its dataset",
            },
            comment="its role in the replication",
        ),
    ),
    quit="QUIT\r\n",
    means="it answered PING, and a replica's link with its master is up; or it asked for authentication (RESP, INFO)",
)

_MEMCACHED = Service(
    "memcached",
    11211,
    steps=(
        say("version\r\n"),
        hear(
            r"^VERSION (?P<version>[^\r\n]{1,60})\r\n",
            r"^CLIENT_ERROR (?P<access>unauthenticated)[^\r\n]*\r\n",
            reject={r"^ERROR Too many open connections\r\n": _OVERLOADED},
        ),
    ),
    quit="quit\r\n",
    means="it told its version, or asked for authentication (memcached, doc/protocol.txt)",
)

# StartupMessage: length, version 3.0, user and database, a NUL (PostgreSQL, message formats).
_POSTGRES_STARTUP = b"\x00\x03\x00\x00user\x00tcp_health\x00database\x00postgres\x00\x00"


def _postgres_error(code: str) -> str:
    """Return the expression for a whole ErrorResponse: its fields are a letter, a text and a NUL; C is the SQLSTATE."""
    return rf"(?s)^E.{{4}}(?:[ABD-Za-z][^\x00]*\x00)*C{code}\x00(?:[A-Za-z][^\x00]*\x00)*\x00"


_POSTGRES = Service(
    "postgres",
    5432,
    steps=(
        say((len(_POSTGRES_STARTUP) + 4).to_bytes(4, "big") + _POSTGRES_STARTUP, comment="StartupMessage"),
        hear(
            r"(?s)^R\x00\x00.{6}",  # Authentication: what it wants, or that it is content
            _postgres_error("(?P<access>28[0-9A-Z]{3}|3D000)"),
            reject={
                _postgres_error(
                    "57P03"
                ): "it takes no connections: it is starting up, shutting down or in recovery",
                _postgres_error("57P0[12]"): "it is shutting down",
                _postgres_error("53[0-9A-Z]{3}"): "too many connections, or another resource is exhausted",
                _postgres_error("(?!28|3D000|57P0[123]|53)[0-9A-Z]{5}"): "it answers with an error",
            },
            comment="a request for authentication",
        ),
    ),
    means="it came as far as authentication: it is not starting up, shutting down or out of connections",
)

# CLIENT_SECURE_CONNECTION (0x8000), CLIENT_PROTOCOL_41 (0x200), CLIENT_LONG_PASSWORD (1).
_MYSQL_PLAIN = b"\x01\x82\x00\x00"
_MYSQL_ANSWER = r"(?s)^...[\x01-\x0f]"

_MYSQL = Service(
    "mysql",
    3306,
    steps=(
        hear(
            mysql_greeting(),
            reject={**MYSQL_UNHEALTHY, mysql_error(1130): "it does not take this host"},
            comment="the greeting",
        ),
        say(
            mysql_login(1, _MYSQL_PLAIN),
            comment="a login that may fail, so that the connection is not held against us",
        ),
        # OK, a change of method, more of a method's data, or an error that is not among those of its health.
        hear(
            _MYSQL_ANSWER + r"[\x00\x01\xfe]",
            _MYSQL_ANSWER + r"\xff(?!\x10\x04|\xb3\x04|\x69\x04|\x1d\x04|\x11\x04|\x6f\x04)..",
            reject=MYSQL_UNHEALTHY,
            comment="what it thinks of the login",
        ),
    ),
    quit="\x01\x00\x00\x00\x01",  # COM_QUIT
    means="it greeted and took a login's packet, whatever it thought of the login (MySQL, connection phase)",
)

# SearchRequest (0x63) of message 1: no base, baseObject, never dereference, no limits, types and values,
# (objectClass=*), supportedLDAPVersion (RFC 4511, 4.5.1; RFC 4512, 5.1).
_ROOT_DSE = (
    b"\x30\x3b\x02\x01\x01\x63\x36\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00"
    b"\x87\x0bobjectClass\x30\x16\x04\x14supportedLDAPVersion"
)

# Any SearchResultEntry (0x64) of message 1, then SearchResultDone (0x65) up to its result code.
_LDAP_DONE = (
    rf"(?s)^(?:\x30{BER_LENGTH}\x02\x01\x01\x64.*?)?\x30{BER_LENGTH}\x02\x01\x01\x65{BER_LENGTH}\x0a\x01"
)

# 53 unless the diagnostic message is OpenLDAP's for who has to authenticate (slapd.conf(5), require authc): behind the
# code stand a name, empty as a rule, and the message of 23 bytes.
_LDAP_UNWILLING = r"\x35\x04(?:[^\x00]|\x00\x04(?:[^\x17]|\x17(?!authentication required).{23}))"

_LDAP = Service(
    "ldap",
    389,
    steps=(
        say(_ROOT_DSE, comment="a search for the root DSE"),
        hear(
            # Any code but those below: an answer, or that it wants another authentication or shows us nothing.
            _LDAP_DONE + r"[^\x33-\x35\x50]",
            _LDAP_DONE + r"\x35\x04\x00\x04\x17(?P<access>authentication required)",
            reject={
                _LDAP_DONE + r"\x33": "it is busy",
                _LDAP_DONE + r"\x34": "it is unavailable",
                _LDAP_DONE + _LDAP_UNWILLING: "it is unwilling to perform",
                _LDAP_DONE + r"\x50": "it has an internal error (other)",
                # Notice of Disconnection is message 0 (section 4.4.1).
                rf"(?s)^\x30{BER_LENGTH}\x02\x01\x00\x78{BER_LENGTH}\x0a\x01.": "it turns us away",
            },
            comment="the end of the search",
        ),
    ),
    quit="0\x05\x02\x01\x02\x42\x00",  # UnbindRequest (0x42), message 2
    means="it answered a search for its root DSE, or asked for authentication; it is not busy, unavailable or unwilling",
)

_MQTT = Service(
    "mqtt",
    1883,
    steps=(
        # CONNECT: 12 bytes; MQTT, level 4 (3.1.1), clean session, keep alive 60 s, no client identifier, which would
        # take the place of whoever has the same (OASIS MQTT 3.1.1, 3.1).
        say(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00", comment="CONNECT"),
        # CONNACK (3.2): 0 accepted, 2 the identifier, 4 and 5 authentication.
        hear(
            r"^\x20\x02[\x00\x01][\x00\x02\x04\x05]",
            reject={
                r"^\x20\x02[\x00\x01]\x03": "it is unavailable",
                # A server of MQTT 5 alone answers with its own 0x84, and a byte more (OASIS MQTT 5.0, 3.2).
                r"^\x20\x02[\x00\x01]\x01|^\x20\x03\x00\x84\x00": "it does not speak MQTT 3.1.1",
            },
            comment="CONNACK",
        ),
    ),
    quit="\xe0\x00",  # DISCONNECT
    means="it accepted a connection, or asked for authentication (MQTT 3.1.1, 3.2)",
)

_AMQP_HEADER = b"AMQP\x00\x00\x09\x01"

_AMQP = Service(
    "amqp",
    5672,
    steps=(
        say(_AMQP_HEADER, comment="the protocol header of 0-9-1"),
        # Connection.Start: a method frame (1) of channel 0, class 10, method 10, version 0-9, a table of the server's
        # properties with "version" as a long string, mechanisms, locales, 0xce (AMQP 0-9-1, 2.3.5 and 1.4.2.1).
        hear(
            r"(?s)^\x01\x00\x00.{4}\x00\x0a\x00\x0a\x00\x09.{4}(?:(?!\x07versionS\x00).)*"
            r"\x07versionS\x00\x00\x00.(?P<version>[0-9][0-9.]{0,30})[^0-9.].*?[a-zA-Z0-9_.-]\xce",
            r"(?s)^\x01\x00\x00.{4}\x00\x0a\x00\x0a\x00\x09.{4}(?:(?!\x07versionS\x00).)*?[a-zA-Z0-9_.-]\xce",
            # Another version of AMQP answers with the header that it would have taken (AMQP 0-9-1, 4.2.2).
            r"(?s)^AMQP[\x00-\x03]...",
            comment="Connection.Start, or the protocol header of another version",
        ),
    ),
    means="it spoke AMQP: Connection.Start of 0-9-1, or the header of the version that it speaks",
)

_RTSP = Service(
    "rtsp",
    554,
    steps=(
        say("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: tcp-health\r\n\r\n"),
        _status(r"RTSP/[12]\.0", "[2-4][0-9][0-9]", _SERVER_ERROR),
    ),
    means="it answered OPTIONS with a status below 500 (RFC 2326, 10.1)",
)


def _sip(transport: str) -> tuple[Step, ...]:
    # Section 8.1.1 names the fields; the branch begins with the magic cookie, the answer comes on this connection.
    return (
        say(
            "OPTIONS sip:{host} SIP/2.0\r\n"
            f"Via: SIP/2.0/{transport} localhost;branch=z9hG4bK-tcp-health;rport\r\n"
            "Max-Forwards: 70\r\nFrom: <sip:tcp-health@localhost>;tag=tcp-health\r\nTo: <sip:{host}>\r\n"
            "Call-ID: tcp-health@localhost\r\nCSeq: 1 OPTIONS\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n"
        ),
        _status(r"SIP/2\.0", "[2346][0-9][0-9]", _SERVER_ERROR),
    )


_SIP_MEANS = "it answered OPTIONS with a status other than a server error, 5xx (RFC 3261, 11)"

_RDP = Service(
    "rdp",
    3389,
    steps=(
        # TPKT (RFC 1006) of 19 bytes; X.224 Connection Request (0xe0); RDP_NEG_REQ that asks for TLS or CredSSP.
        say(
            b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00",
            comment="X.224 Connection Request",
        ),
        # Connection Confirm (0xd0): alone, with RDP_NEG_RSP (2), or with RDP_NEG_FAILURE (3), of which 1, 2, 5 and 6
        # name another way of security than we asked for (MS-RDPBCGR, 2.2.1.2).
        hear(
            r"(?s)^\x03\x00\x00\x0b\x06\xd0.{5}",
            r"(?s)^\x03\x00\x00\x13\x0e\xd0.{5}\x02.\x08\x00.{4}",
            r"(?s)^\x03\x00\x00\x13\x0e\xd0.{5}\x03.\x08\x00[\x01\x02\x05\x06]\x00\x00\x00",
            reject={
                r"(?s)^\x03\x00\x00\x13\x0e\xd0.{5}\x03.\x08\x00\x03\x00\x00\x00": "it has no certificate",
                r"(?s)^\x03\x00\x00.[\x06-\xff]\x80.{5}": "it disconnects",
            },
            comment="X.224 Connection Confirm",
        ),
    ),
    means="it confirmed the connection (MS-RDPBCGR, 2.2.1.2)",
)

_VNC_FAILED = r"(?s)^\x00\x00\x00\x00.{1,7}?"

_VNC = Service(
    "vnc",
    5900,
    steps=(
        hear(r"^RFB (?P<version>[0-9]{3}\.[0-9]{3})\n", comment="ProtocolVersion"),
        # The same version: nobody may ask for a higher one, and servers exist that take no lower one.
        say("RFB {version}\n"),
        # A list of security types, its length first, or before 3.7 one type as four bytes; none at all is a failure,
        # the length of its reason and the reason follow (RFC 6143, 7.1.2 and appendix A).
        hear(
            r"^[\x01-\xff]",
            r"^\x00\x00\x00[\x01-\xff]",
            reject={
                _VNC_FAILED + r"[Tt]oo many [a-z]{1,20} failures": "too many failures: it blocks this host",
                _VNC_FAILED + r"[Tt]oo many (?:users|connections|clients)": _OVERLOADED,
            },
            comment="security types",
        ),
    ),
    means="it told its version, and offered a way of authentication (RFC 6143, 7.1)",
)

_IDENT = Service(
    "ident",
    113,
    steps=(
        say("{port} , {port}\r\n"),
        hear(
            r"(?i)^[ \t]{0,4}[0-9]{1,5}[ \t]{0,4},[ \t]{0,4}[0-9]{1,5}[ \t]{0,4}:"
            r"[ \t]{0,4}(?P<answer>USERID|ERROR)[ \t]{0,4}:[^\n]*\n"
        ),
    ),
    means="it answered a query, if only with an error: the connection asked for is nobody's (RFC 1413)",
)

_TIME = Service(
    "time",
    37,
    steps=(
        # Seconds since 1900: 0xe1000000 is August 2019, 0xff000000 July 2035. Telnet begins with 0xff.
        hear(r"(?s)^[\xe1-\xfe].{3}", comment="four bytes, a time of our days"),
    ),
    means="it told a time between 2019 and 2035 (RFC 868)",
)

_DAYTIME = Service(
    "daytime",
    13,
    steps=(
        # The form is anybody's choice; every one in use has hours and minutes.
        hear(
            r"^\r?\n?(?!220[ -]|\+OK|\* |SSH-|HTTP/)[ -~]{0,60}?[0-9]{1,2}:[0-9]{2}[ -~]{0,60}\r?\n",
            comment="a line with the time of day",
        ),
    ),
    means="it told the time of day, in whatever form (RFC 867)",
)

_FINGER = Service(
    "finger",
    79,
    steps=(
        say("\r\n", comment="who is there"),
        hear(
            r"^(?!220[ -]|\+OK|-ERR|\* |SSH-|HTTP/)[\t\r -~\x80-\xff]*\n",
            reject={r"^(?:220[ -]|\+OK|-ERR|\* |SSH-|HTTP/)": "another protocol answers"},
            comment="a line of text",
        ),
    ),
    means="it answered with a line of text, if only that it tells nothing (RFC 1288)",
)

_ECHO = Service(
    "echo",
    7,
    steps=(say("tcp-health\r\n"), hear(r"^tcp-health\r\n")),
    means="it sent back what was sent (RFC 862)",
)

_TELNET = Service(
    "telnet",
    23,
    steps=(hear(r"(?s)^[^\xff]{0,1000}\xff[\xfb-\xfe].", comment="a WILL, WONT, DO or DONT"),),
    means="it began to negotiate options (RFC 854, RFC 855)",
)

_XMPP = Service(
    "xmpp",
    5222,
    steps=(
        say(XMPP_OPEN, comment="the stream's opening"),
        hear(
            xmpp_features(r"(?:(?!</stream:features>).)*"),
            XMPP_NO_FEATURES,
            reject=XMPP_REFUSALS,
            comment="the stream's features",
        ),
    ),
    quit="</stream:stream>",
    means="it serves the host's name as a domain, and opened a stream (RFC 6120, 4)",
)

_RSYNC = Service(
    "rsync",
    873,
    steps=(
        hear(
            r"^@RSYNCD: (?P<protocol>[0-9.]{1,12})[^\n]*\n",
            reject={r"^@ERROR[^\n]*\n": "it answers with an error"},
            comment="the greeting",
        ),
    ),
    means="the daemon greeted with its protocol's version (rsync, csprotocol.txt)",
)

_SVN = Service(
    "svn",
    3690,
    steps=(
        # ( success ( minver maxver mechs ( capability ... ) ) )
        hear(
            r"^\( success \( [0-9]{1,9} (?P<protocol>[0-9]{1,9}) \([^()]*\) \([^()]*\) \) \) ",
            reject={r"^\( failure \(": "it answers with a failure"},
            comment="the greeting",
        ),
    ),
    means="svnserve greeted (Subversion, libsvn_ra_svn/protocol)",
)

_NATS = Service(
    "nats",
    4222,
    steps=(
        # What stands behind the look ahead has its line end: the search for the version goes along the line once.
        hear(
            r"^INFO (?=[^\n]*\n)[^\n]*?\"version\": ?\"(?P<version>[^\"\n]{1,60})\"[^\n]*\n",
            reject={r"^-ERR[^\n]*\n": "it turns us away"},
            comment="INFO",
        ),
        say(b'CONNECT {"verbose":false,"pedantic":false}\r\nPING\r\n'),
        hear(
            r"^(?:INFO [^\n]*\n)*PONG\r?\n",
            r"(?i)^(?:INFO [^\n]*\n)*-ERR '(?P<access>Authorization[^'\n]{0,40}|Authentication[^'\n]{0,40}"
            r"|Secure Connection - TLS Required)'\r?\n",
            reject={
                r"(?i)^(?:INFO [^\n]*\n)*-ERR '(?!Authorization|Authentication|Secure Connection)[^\n]*\n": (
                    "it answers with an error"
                ),
            },
            comment="PONG, or that it wants authentication",
        ),
    ),
    means="it answered PING, or asked for authentication or TLS (NATS client protocol)",
)

_ZOOKEEPER = Service(
    "zookeeper",
    2181,
    steps=(
        # Of the four-letter words the only one that is allowed unless somebody configured otherwise.
        say("srvr"),
        hear(
            r"^Zookeeper version: (?P<version>[^,\s]{1,60})[^\n]*\n(?:(?!Mode: )[^\n]*\n)*Mode: (?P<role>[a-z-]{1,20})\n",
            r"^srvr is (?P<access>not executed because it is not in the whitelist)\.",
            reject={
                r"^This ZooKeeper instance is not currently serving requests": "it is not serving requests: no quorum?",
            },
        ),
    ),
    means="it serves requests, in the role it told, or does not allow srvr (ZooKeeper Administrator's Guide)",
)

# OP_MSG (2013), request 1: length, number, answer to, operation, flags; a section (0) with the document
# {hello: 1, $db: "admin"} (MongoDB Wire Protocol; BSON: 0x10 int32, 0x02 string, 0x08 boolean, 0x01 double).
_MONGODB_BODY = b"\x10hello\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00"
_MONGODB_HELLO = b"\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00" + bytes(4) + b"\x00"
_MONGODB_ANSWER = r"(?s)^.{8}\x01\x00\x00\x00\xdd\x07\x00\x00.{5}"
_MONGODB_SERVES = r"\x08(?:isWritablePrimary|secondary|arbiterOnly)\x00\x01"

_MONGODB = Service(
    "mongodb",
    27017,
    steps=(
        say(
            (len(_MONGODB_HELLO) + len(_MONGODB_BODY) + 8).to_bytes(4, "little")
            + _MONGODB_HELLO
            + (len(_MONGODB_BODY) + 4).to_bytes(4, "little")
            + _MONGODB_BODY,
            comment="hello",
        ),
        hear(
            rf"{_MONGODB_ANSWER}(?:(?!{_MONGODB_SERVES}|\x01ok\x00).)*"
            r"\x08(?P<role>isWritablePrimary|secondary|arbiterOnly)\x00\x01",
            reject={
                rf"{_MONGODB_ANSWER}(?:(?!{_MONGODB_SERVES}|\x01ok\x00).)*\x01ok\x00.{{6}}\xf0\x3f": (
                    "it is neither primary nor secondary nor an arbiter"
                ),
                rf"{_MONGODB_ANSWER}(?:(?!{_MONGODB_SERVES}|\x01ok\x00).)*\x01ok\x00\x00{{8}}": "it refuses hello",
            },
            comment="what it is",
        ),
    ),
    means="it is a primary, a secondary, an arbiter, a router, or stands alone (MongoDB, hello); 4.4.2 and newer",
)

_DICT = Service(
    "dict",
    2628,
    steps=(
        # 220 text <capabilities> <message identifier>
        hear(
            r"^220 [^<\r\n]*<(?P<capabilities>[^<>\r\n]{0,200})> <[^<>\r\n]{1,200}>[^\n]*\n",
            r"^(?P<access>530) [^\n]*\n",
            reject={
                r"^420 [^\n]*\n": _UNAVAILABLE,
                r"^421 [^\n]*\n": "it is shutting down",
            },
            comment="the greeting",
        ),
    ),
    quit="QUIT\r\n",
    means="it greeted, or said that we have no access (RFC 2229, 3.1)",
)

_GOPHER = Service(
    "gopher",
    70,
    steps=(
        say("\r\n", comment="the list of everything"),
        hear(
            r"^[0-24-9+ITghis][^\t\r\n]*\t[^\t\r\n]*\t[^\t\r\n]*\t[0-9]{1,5}[^\n]*\n",
            reject={r"^3[^\t\r\n]*(?:\t[^\n]*)?\n": "it answers with an error"},
            comment="an item of a menu",
        ),
    ),
    means="it answered with a menu (RFC 1436)",
)

_SOCKS5 = Service(
    "socks5",
    1080,
    steps=(
        # Version 5, two methods: none, user name and password.
        say(b"\x05\x02\x00\x02"),
        # The method it takes; 0xff that it takes none of these.
        hear(r"^\x05[\x00\x02\xff]", comment="the method"),
    ),
    means="it chose a way of authentication, or wants another one (RFC 1928, 3)",
)

# Behind its length of 17: number 0x7463, recursion desired, one question: the root's name servers, in the Internet.
_DNS_QUERY = b"\x00\x11\x74\x63\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01"


def _dns_code(code: int) -> str:
    """Return the expression for an answer with this code: recursion available, authentic and unchecked may be set."""
    seconds = "".join(rf"\x{high | code:02x}" for high in (0x00, 0x10, 0x20, 0x30, 0x80, 0x90, 0xA0, 0xB0))
    return rf"(?s)^..\x74\x63[\x80-\x87][{seconds}]"


_DNS = Service(
    "dns",
    53,
    steps=(
        say(_DNS_QUERY, comment="a query for the root's name servers"),
        # NoError, NXDomain, NotImp or Refused: it has no recursion for us.
        hear(
            *(_dns_code(code) for code in (0, 3, 4, 5)),
            reject={
                _dns_code(2): "it failed to find the root's name servers (SERVFAIL)",
                _dns_code(1): "it does not understand the query (FORMERR)",
            },
            comment="an answer",
        ),
    ),
    means="it answered a query, if only to refuse it (RFC 1035, 4; over TCP RFC 7766)",
)

_IRC = Service(
    "irc",
    6667,
    steps=(
        say("CAP LS 302\r\n", comment="which capabilities it has; it then waits, and registers nobody"),
        hear(
            r"^:(?P<server>[^ \r\n]{1,120}) (?:CAP|NOTICE|020|421|451|461)[ \r][^\n]*\n",
            r"^NOTICE [^\n]*\n",
            reject={r"^(?::[^ \r\n]* )?ERROR[ :][^\n]*\n": "it turns us away"},
            comment="any answer",
        ),
    ),
    quit="QUIT\r\n",
    means="it answered with a message of IRC other than ERROR (RFC 2812; IRCv3 capability negotiation)",
)

_CASSANDRA = Service(
    "cassandra",
    9042,
    steps=(
        # Version 4, no flags, stream 0, OPTIONS (5), no body.
        say(b"\x04\x00\x00\x00\x05\x00\x00\x00\x00", comment="OPTIONS"),
        # SUPPORTED (6), or an ERROR (0) with its code.
        hear(
            r"(?s)^[\x83-\x85].\x00\x00\x06.{4}",
            reject={
                r"(?s)^[\x83-\x85].\x00\x00\x00.{4}\x00\x00\x10\x01": "it is overloaded",
                r"(?s)^[\x83-\x85].\x00\x00\x00.{4}\x00\x00\x10\x02": "it is bootstrapping",
                r"(?s)^[\x83-\x85].\x00\x00\x00.{4}(?!\x00\x00\x10[\x01\x02]).{4}": "it answers with an error",
            },
            comment="SUPPORTED",
        ),
    ),
    means="it told what it supports (CQL binary protocol v4, 4.1.3 and 4.2.4)",
)

_KAFKA = Service(
    "kafka",
    9092,
    steps=(
        # Size 10, ApiVersions (18) version 0, correlation "tcph", no client.
        say(b"\x00\x00\x00\x0a\x00\x12\x00\x00tcph\xff\xff", comment="ApiVersions"),
        # Size, correlation, error 0 or 35 (another version, if you please).
        hear(r"(?s)^\x00...tcph\x00[\x00\x23]", comment="the versions it knows"),
    ),
    means="the broker told which requests it knows (Kafka protocol, ApiVersions)",
)

_AJP = Service(
    "ajp",
    8009,
    steps=(
        # 0x1234, length 1, CPing (10); the answer AB, length 1, CPong (9).
        say(b"\x12\x34\x00\x01\x0a", comment="CPing"),
        hear(r"^AB\x00\x01\x09", comment="CPong"),
    ),
    means="it answered CPing (Apache JServ Protocol 1.3)",
)

_FASTCGI = Service(
    "fastcgi",
    9000,
    steps=(
        # Version 1, FCGI_GET_VALUES (9), request 0, 17 bytes and 7 of padding; a name of 15 bytes, no value.
        say(b"\x01\x09\x00\x00\x00\x11\x07\x00\x0f\x00FCGI_MPXS_CONNS" + bytes(7), comment="FCGI_GET_VALUES"),
        hear(r"^\x01\x0a\x00\x00", comment="FCGI_GET_VALUES_RESULT"),
    ),
    means="a process is free, and told its values (FastCGI 1.0, 4.1)",
)


def _rpc_null(program: int, version: int) -> tuple[Step, ...]:
    """Return a call of procedure 0, which every program has and which does nothing (RFC 5531, 8.2, 9 and 11)."""
    # CALL (0), RPC version 2, program, version, procedure 0, AUTH_NONE twice.
    numbers = (0, 2, program, version, 0, 0, 0, 0, 0)
    call = b"tcph" + b"".join(number.to_bytes(4, "big") for number in numbers)
    # REPLY (1), MSG_ACCEPTED (0), a verifier, how it went.
    accepted = r"(?s)^\x80\x00\x00.tcph\x00\x00\x00\x01\x00\x00\x00\x00.{4}\x00\x00\x00\x00\x00\x00\x00"
    denied = r"(?s)^\x80\x00\x00.tcph\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00"
    return (
        say((0x80000000 + len(call)).to_bytes(4, "big") + call, comment="a call of the null procedure"),
        hear(
            accepted + r"[\x00\x02]",  # SUCCESS, or PROG_MISMATCH: another version of it is there
            denied + r"\x01",  # AUTH_ERROR
            reject={
                accepted + r"\x01": "the program is not there",
                accepted + r"[\x03-\xff]": "it answers with an error",
            },
            comment="its reply",
        ),
    )


# SMB2 NEGOTIATE: the transport's length, a header of 64 bytes with command 0 and one credit, a body of 36 bytes with
# four dialects, 2.0.2 to 3.0.2 (MS-SMB2, 2.1, 2.2.1.2 and 2.2.3).
_SMB2_HEADER = b"\xfeSMB\x40\x00" + bytes(8) + b"\x01\x00" + bytes(48)
_SMB2_NEGOTIATE = (
    b"\x24\x00\x04\x00\x01\x00"
    + bytes(6)
    + b"tcp-health-check"
    + bytes(8)
    + b"\x02\x02\x10\x02\x00\x03\x02\x03"
)

_SMB = Service(
    "smb",
    445,
    steps=(
        say(
            (len(_SMB2_HEADER) + len(_SMB2_NEGOTIATE)).to_bytes(4, "big") + _SMB2_HEADER + _SMB2_NEGOTIATE,
            comment="NEGOTIATE",
        ),
        # An answer to NEGOTIATE: a success, or STATUS_NOT_SUPPORTED, that it speaks other dialects.
        hear(
            r"(?s)^\x00...\xfeSMB\x40\x00..(?:\x00\x00\x00\x00|\xbb\x00\x00\xc0)\x00\x00",
            reject={
                r"(?s)^\x00...\xfeSMB\x40\x00..(?!\x00\x00\x00\x00|\xbb\x00\x00\xc0).{4}\x00\x00": (
                    "it answers with an error"
                ),
            },
            comment="its answer",
        ),
    ),
    means="it answered NEGOTIATE (MS-SMB2, 2.2.4)",
)

_MSSQL = Service(
    "mssql",
    1433,
    steps=(
        # PRELOGIN (0x12) of 26 bytes: version at 11, 6 bytes; encryption at 17, 1 byte; end; no encryption.
        say(
            b"\x12\x01\x00\x1a\x00\x00\x00\x00\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff"
            + bytes(6)
            + b"\x02",
            comment="PRELOGIN",
        ),
        # A tabular result (4) that begins with its version, too.
        hear(r"(?s)^\x04\x01.{6}\x00\x00.\x00\x06", comment="its PRELOGIN"),
    ),
    means="it answered PRELOGIN (MS-TDS, 2.2.6.5)",
)

_MPD = Service(
    "mpd",
    6600,
    steps=(
        hear(
            r"^OK MPD (?P<version>[0-9.]{1,20})\n",
            reject={r"^ACK[^\n]*\n": "it turns us away"},
            comment="the greeting",
        ),
    ),
    quit="close\n",
    means="it greeted with its protocol's version (Music Player Daemon, protocol)",
)

_OTHERS = (
    _SSH,
    _SUBMISSION,
    _secured(_SUBMISSION, "submissions", 465),
    _IMAPS,
    _POP3S,
    _FTPS,
    _LMTP,
    _SIEVE,
    _SPAMD,
    _HTTP,
    _secured(_HTTP, "https", 443),
    _ELASTICSEARCH,
    _REDIS,
    _secured(_REDIS, "rediss", 6379),
    _MEMCACHED,
    _POSTGRES,
    _MYSQL,
    _MSSQL,
    _MONGODB,
    _CASSANDRA,
    _LDAP,
    _secured(_LDAP, "ldaps", 636),
    _MQTT,
    _secured(_MQTT, "mqtts", 8883),
    _AMQP,
    _secured(_AMQP, "amqps", 5671),
    _KAFKA,
    _NATS,
    _ZOOKEEPER,
    _XMPP,
    _secured(_XMPP, "xmpps", 5223),
    _IRC,
    _secured(_IRC, "ircs", 6697),
    _RTSP,
    Service("sip", 5060, steps=_sip("TCP"), means=_SIP_MEANS),
    Service("sips", 5061, steps=_sip("TLS"), tls=True, means=_SIP_MEANS),
    _RDP,
    _VNC,
    _TELNET,
    _DNS,
    _secured(_DNS, "dot", 853),
    _SOCKS5,
    Service(
        "rpcbind", 111, steps=_rpc_null(100000, 2), means="it answered a call that does nothing (RFC 1833, 3)"
    ),
    Service(
        "nfs", 2049, steps=_rpc_null(100003, 4), means="it answered a call that does nothing (RFC 7530, 15.1)"
    ),
    _SMB,
    _RSYNC,
    _SVN,
    _AJP,
    _FASTCGI,
    _MPD,
    _DICT,
    _GOPHER,
    _IDENT,
    _FINGER,
    _TIME,
    _DAYTIME,
    _ECHO,
)

SERVICES = {row.name: row for row in (*_CHECK_TCP, *_OTHERS)}
"""Every service by its name, in the order of the documentation."""
