# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Web, telephony and chat services, as data."""

from __future__ import annotations

from ..dialogue.steps import hear, say
from ..model.service import Service, secured
from .protocols import SERVER_ERROR, XMPP_NO_FEATURES, XMPP_OPEN, XMPP_REFUSALS, status, xmpp_features

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.dialogue import Step

_GET = "Host: {host}\r\nUser-Agent: tcp-health\r\nAccept: */*\r\nConnection: close\r\n\r\n"

# Answers to a correct request that are not the site's answer. docs/services.md has the reasons, and those for other codes.
_NOT_THE_SITE = {
    "400": "bad request: the port may expect TLS or a client certificate",
    "407": "a proxy that requires authentication answers, not the site",
    "408": "the request did not arrive whole in time",
    "421": "it does not serve this name: -H must be the name of the site, --address the address of the server",
    "429": "too many requests: a limit for clients answers, not the site",
    "511": "a captive portal on the path answers, not the site",
    "5(?!11)[0-9][0-9]": "a server error",
    "[06-9][0-9][0-9]": "an invalid status",
}

_HTTP = Service(
    "http",
    80,
    steps=(
        say("GET / HTTP/1.1\r\n" + _GET),
        status(
            r"HTTP/1\.[01]",
            "(?!400|407|408|421|429)[2-4][0-9][0-9]",
            _NOT_THE_SITE,
        ),
    ),
    idempotent=True,
    means="the site answered a request for /, with a status below 500 other than 400, 407, 408, 421 and 429 (RFC 9110)",
)

# The status line, the header's lines, and the field in the body.
_HEALTH = r"(?s)^HTTP/1\.[01] 200 [^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n(?:(?!\"status\").)*\"status\" ?: ?"

_ELASTICSEARCH = Service(
    "elasticsearch",
    9200,
    steps=(
        # Cluster health API; filter_path selects one field: {"status":"green"}.
        say("GET /_cluster/health?filter_path=status HTTP/1.1\r\n" + _GET),
        hear(
            _HEALTH + r"\"(?P<health>green|yellow)\"",
            r"^HTTP/1\.[01] (?P<access>40[13])[^\n]*\n",
            reject={
                _HEALTH + r"\"red\"": "the cluster's status is red",
                r"^HTTP/1\.[01] (?!200|40[13])[2-9][0-9][0-9][^\n]*\n": "it cannot report the cluster's health",
            },
            comment="the cluster's health",
        ),
    ),
    idempotent=True,
    means="the cluster's status is green or yellow, or it requested authentication (Cluster health API)",
)

_RTSP = Service(
    "rtsp",
    554,
    steps=(
        say("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: tcp-health\r\n\r\n"),
        status(r"RTSP/[12]\.0", "[2-4][0-9][0-9]", SERVER_ERROR),
    ),
    idempotent=True,
    means="it answered OPTIONS with a status below 500 (RFC 2326, 10.1)",
)


def _sip(transport: str) -> tuple[Step, ...]:
    # RFC 3261, 8.1.1: the required fields. The branch begins with the magic cookie; rport makes the answer use this
    # connection.
    return (
        say(
            "OPTIONS sip:{host} SIP/2.0\r\n"
            f"Via: SIP/2.0/{transport} localhost;branch=z9hG4bK-tcp-health;rport\r\n"
            "Max-Forwards: 70\r\nFrom: <sip:tcp-health@localhost>;tag=tcp-health\r\nTo: <sip:{host}>\r\n"
            "Call-ID: tcp-health@localhost\r\nCSeq: 1 OPTIONS\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n"
        ),
        status(r"SIP/2\.0", "[2346][0-9][0-9]", SERVER_ERROR),
    )


_SIP_MEANS = "it answered OPTIONS with a status other than 5xx (RFC 3261, 11)"

_AJP = Service(
    "ajp",
    8009,
    steps=(
        # 0x1234, length 1, CPing (10); the answer AB, length 1, CPong (9).
        say(b"\x12\x34\x00\x01\x0a", comment="CPing"),
        hear(r"^AB\x00\x01\x09", comment="CPong"),
    ),
    idempotent=True,
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
    idempotent=True,
    means="a process was free, and returned its values (FastCGI 1.0, 4.1)",
)

_GOPHER = Service(
    "gopher",
    70,
    steps=(
        say("\r\n", comment="a request for the main menu"),
        hear(
            r"^[0-24-9+ITghis][^\t\r\n]*\t[^\t\r\n]*\t[^\t\r\n]*\t[0-9]{1,5}[^\n]*\n",
            reject={r"^3[^\t\r\n]*(?:\t[^\n]*)?\n": "it answers with an error"},
            comment="an item of a menu",
        ),
    ),
    idempotent=True,
    means="it answered with a menu (RFC 1436)",
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
    means="it serves the domain that the host name gives, and opened a stream (RFC 6120, 4)",
)

_IRC = Service(
    "irc",
    6667,
    steps=(
        # CAP keeps the connection unregistered. A server without capabilities may ignore it; to PING it answers that the
        # client is not registered.
        say("CAP LS 302\r\nPING tcp_health\r\n", comment="a query for its capabilities, and a ping"),
        hear(
            r"^:(?P<server>[^ \r\n]{1,120}) (?:CAP|NOTICE|PONG|020|421|451|461)[ \r][^\n]*\n",
            r"^NOTICE [^\n]*\n",
            reject={r"^(?::[^ \r\n]* )?ERROR[ :][^\n]*\n": "it rejects the connection"},
            comment="any answer",
        ),
    ),
    quit="QUIT\r\n",
    means="it answered with an IRC message other than ERROR (RFC 2812; IRCv3 capability negotiation)",
)

ROWS = (
    _HTTP,
    secured(_HTTP, "https", 443),
    _ELASTICSEARCH,
    _AJP,
    _FASTCGI,
    _GOPHER,
    _RTSP,
    Service("sip", 5060, steps=_sip("TCP"), means=_SIP_MEANS),
    Service("sips", 5061, steps=_sip("TLS"), tls=True, means=_SIP_MEANS),
    _XMPP,
    secured(_XMPP, "xmpps", 5223),
    _IRC,
    secured(_IRC, "ircs", 6697),
)
