# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The steps before the TLS handshake of each protocol with STARTTLS, as a table. A new protocol is a row."""

from __future__ import annotations

from ..dialogue.steps import hear, say
from ..model.value import Value
from .protocols import (
    BER_LENGTH,
    MYSQL_BLOCKED,
    MYSQL_COUNTER,
    MYSQL_QUIT,
    MYSQL_TLS,
    MYSQL_UNHEALTHY,
    REFUSED,
    XMPP_NO_FEATURES,
    XMPP_OPEN,
    XMPP_REFUSALS,
    bytes_with,
    ftp_reply,
    mysql_error,
    mysql_greeting,
    mysql_login,
    mysql_request,
    reply,
    xmpp_features,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.dialogue import Step


class Opening(Value):
    """A protocol of --starttls: its port, the steps before the handshake, and their specification.

    The expression for the reply to STARTTLS matches all of it, with its line end: all bytes after it are an injection.
    The quit command is sent over TLS at the end, one byte a character (Latin-1), also if the certificate is not accepted
    and the handshake has finished. ``broken_counts`` is as in a Service.
    """

    name: str
    port: int
    steps: tuple[Step, ...]
    quit: str = ""
    source: str = ""
    broken_counts: str = ""

    def _validate(self) -> None:
        self._complete(steps=tuple(each.replace(opening=True) for each in self.steps))


_NO_OFFER = "it does not offer TLS"
_NO = "it refuses to start TLS"


# SSLRequest (PostgreSQL, message formats): length 8, then the number 80877103.
_POSTGRES_SSL = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"

# LDAPMessage 1, ExtendedRequest (0x77) with the name of StartTLS (RFC 4511, 4.12 and 4.14.1).
_LDAP_STARTTLS = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + b"1.3.6.1.4.1.1466.20037"


# LDAPMessage 1 with an ExtendedResponse (0x78), up to its result code (RFC 4511, 4.12 and 4.1.9).
_LDAP_ANSWER = rf"\x30{BER_LENGTH}\x02\x01\x01\x78{BER_LENGTH}\x0a\x01"

# A whole LDAPMessage of up to 255 bytes, with its length in the short or a long form. Its contents differ between servers.
_LDAP_MESSAGE = (
    r"\x30(?:\x81|\x82\x00|\x84\x00\x00\x00|(?=[\x00-\x7f]))(?:"
    + "|".join(rf"\x{size:02x}.{{{size}}}" for size in range(8, 256))
    + ")"
)

_XMPP_TLS = "urn:ietf:params:xml:ns:xmpp-tls"

STARTTLS = {
    row.name: row
    for row in (
        Opening(
            "smtp",
            25,
            steps=(
                hear(rf"^{reply('220')}", reject=REFUSED, comment="the greeting"),
                say("EHLO {helo}\r\n"),
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
                    rf"^{reply('220')}",
                    reject={rf"^{reply('[45][0-9][0-9]')}": _NO},
                    comment="the reply to STARTTLS",
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
                        # RFC 9051, 6.2.1 allows STARTTLS before authentication only.
                        r"(?i)^\* PREAUTH[^\n]*\n": "its greeting is PREAUTH, after which TLS cannot start",
                        r"(?i)^\* BYE[^\n]*\n": "it rejects the connection",
                    },
                    comment="the greeting",
                ),
                say("a1 STARTTLS\r\n"),
                hear(
                    r"(?i)^(?:\* (?!BYE)[^\n]*\n)*a1 OK[^\n]*\n",
                    reject={
                        r"(?i)^(?:\* (?!BYE)[^\n]*\n)*a1 (?:NO|BAD)[^\n]*\n": _NO,
                        r"(?i)^(?:\* (?!BYE)[^\n]*\n)*\* BYE[^\n]*\n": "it rejects the connection",
                    },
                    comment="the reply to STARTTLS",
                ),
            ),
            quit="a2 LOGOUT\r\n",
            source="RFC 9051, 6.2.1",
        ),
        Opening(
            "pop3",
            110,
            steps=(
                hear(
                    r"^\+OK[^\n]*\n",
                    reject={r"^-ERR[^\n]*\n": "it rejects the connection"},
                    comment="the greeting",
                ),
                say("STLS\r\n"),
                hear(r"^\+OK[^\n]*\n", reject={r"^-ERR[^\n]*\n": _NO}, comment="the reply to STLS"),
            ),
            quit="QUIT\r\n",
            source="RFC 2595, 4",
        ),
        Opening(
            "ftp",
            21,
            steps=(
                # 120 announces that 220 follows later.
                hear(
                    rf"^(?:{ftp_reply('120')})?{ftp_reply('220')}",
                    reject={
                        rf"^{ftp_reply('421')}": "it is not available at the moment",
                        rf"^{ftp_reply('5[0-9][0-9]')}": "it refuses service",
                    },
                    comment="the greeting",
                ),
                say("AUTH TLS\r\n"),
                hear(
                    rf"^{ftp_reply('234')}",
                    reject={rf"^{ftp_reply('(?:334|[45][0-9][0-9])')}": _NO},
                    comment="the reply to AUTH TLS",
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
                        rf"(?s)^{_LDAP_ANSWER}\x02": "it does not support StartTLS",
                        rf"(?s)^{_LDAP_ANSWER}[\x33\x34]": "it cannot start TLS at the moment",
                        rf"(?s)^{_LDAP_ANSWER}[^\x00\x02\x33\x34]": _NO,
                        # Notice of Disconnection is message 0 (section 4.4.1).
                        rf"(?s)^\x30{BER_LENGTH}\x02\x01\x00\x78{BER_LENGTH}\x0a\x01.": "it rejects the connection",
                    },
                    comment="the reply to StartTLS",
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
                # No space is allowed between this and the handshake (RFC 6120, 5.3.3).
                hear(
                    rf"^\s{{0,16}}<proceed\s+xmlns=['\"]{_XMPP_TLS}['\"]\s{{0,16}}(?:/>|>\s{{0,16}}</proceed>)",
                    reject={r"^\s{0,16}<failure[\s/>]": _NO, r"^\s{0,16}<stream:error>": _NO},
                    comment="the reply to starttls",
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
                        # ErrorResponse: from a server that cannot fork, or that is older than its support of TLS.
                        r"(?s)^E.{4}(?:[A-Za-z][^\x00]*\x00)+\x00": "it answers with an error",
                    },
                    comment="the reply to SSLRequest",
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
                        mysql_error(1130): "it does not accept this host",
                    },
                    blocks=MYSQL_BLOCKED,
                    comment="the greeting, with an offer of TLS",
                ),
                # An SSLRequest has no answer: the handshake follows at once.
                say(b"\x20\x00\x00\x01" + mysql_request(MYSQL_TLS), comment="SSLRequest"),
            ),
            quit=(mysql_login(2, MYSQL_TLS) + MYSQL_QUIT).decode("latin-1"),
            broken_counts=MYSQL_COUNTER,
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
                        r"(?i)^(?:\"[^\n]*\n)*(?:NO|BYE)[^\n]*\n": "it rejects the connection",
                    },
                    comment="the greeting, with an offer of STARTTLS",
                ),
                say("STARTTLS\r\n"),
                hear(
                    r"(?i)^OK[^\n]*\n",
                    reject={r"(?i)^(?:NO|BYE)[^\n]*\n": _NO},
                    comment="the reply to STARTTLS",
                ),
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
                        r"^5[0-9][0-9][^\n]*\n": "it refuses service",
                    },
                    comment="the greeting",
                ),
                say("STARTTLS\r\n"),
                hear(
                    r"^382[^\n]*\n", reject={r"^[45][0-9][0-9][^\n]*\n": _NO}, comment="the reply to STARTTLS"
                ),
            ),
            quit="QUIT\r\n",
            source="RFC 4642, 2.2",
        ),
    )
}
"""Every protocol by its name, in the order of the documentation."""
