# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The steps before the TLS handshake of each protocol with STARTTLS, as a table. A new protocol is a row."""

from __future__ import annotations

from ..dialogue.steps import hear, say
from ..model.value import Value
from .protocols import (
    BER_LENGTH,
    MSSQL_ENCRYPT_ON,
    MYSQL_BLOCKED,
    MYSQL_COUNTER,
    MYSQL_QUIT,
    MYSQL_TLS,
    MYSQL_UNHEALTHY,
    RDP_BARE_CONFIRM,
    RDP_CONFIRM,
    RDP_DISCONNECT,
    RDP_REQUEST,
    REFUSED,
    XMPP_NO_FEATURES,
    XMPP_OPEN,
    XMPP_REFUSALS,
    XMPP_SERVER_OPEN,
    bytes_with,
    ftp_reply,
    mssql_prelogin,
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
    and the handshake has finished.
    ``packets`` is the framing of the handshake, as in StartTls; ``broken_counts`` is as in a Service.
    """

    name: str
    port: int
    steps: tuple[Step, ...]
    quit: str = ""
    source: str = ""
    packets: str = ""
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


def _mail(hello: str) -> tuple[Step, ...]:
    """Return the steps of SMTP, or of LMTP (RFC 2033), which differs in this command only."""
    return (
        hear(rf"^{reply('220')}", reject=REFUSED, comment="the greeting"),
        say(f"{hello} {{helo}}\r\n"),
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
    )


_XMPP_TLS = "urn:ietf:params:xml:ns:xmpp-tls"


def _xmpp(stream: str) -> tuple[Step, ...]:
    """Return the steps of XMPP, for the stream of a client or of a server."""
    return (
        say(stream, comment="the stream's opening"),
        hear(
            xmpp_features(rf"(?:(?!</stream:features>|<starttls\s).)*<starttls\s+xmlns=['\"]{_XMPP_TLS}.*?"),
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
    )


# What a server of IRC may send on its own before it answers: notices about its lookups, and 020, a request to wait.
_IRC_NOTICES = r"^(?:(?::[^ \r\n]{1,255} )?(?:NOTICE|020) [^\n]*\n)*(?::[^ \r\n]{1,255} )?"

# A whole packet of TDS of up to 255 bytes: a tabular result (4), the last packet of its message (1), its length.
_MSSQL_PACKET = (
    r"\x04\x01\x00(?:" + "|".join(rf"\x{size:02x}.{{{size - 4}}}" for size in range(15, 256)) + ")"
)


def _mssql_answer(encryption: str) -> str:
    """Return the expression for a whole PRELOGIN response with the option ENCRYPTION as given (MS-TDS, 2.2.6.5).

    After the header of 8 bytes comes a list of options: each a token, the place of its data after the header, and their
    size. ENCRYPTION is the token 1, with data of one byte; 255 ends the list.
    """
    places = "|".join(
        rf"(?=.{{8}}(?:[^\x01\xff].{{4}}){{0,16}}\x01\x00\x{place:02x}\x00\x01)(?=.{{{8 + place}}}{encryption})"
        for place in range(6, 96)
    )
    return rf"(?s)^(?:{places}){_MSSQL_PACKET}"


STARTTLS = {
    row.name: row
    for row in (
        Opening("smtp", 25, steps=_mail("EHLO"), quit="QUIT\r\n", source="RFC 3207"),
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
        Opening("xmpp", 5222, steps=_xmpp(XMPP_OPEN), source="RFC 6120, 5"),
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
        Opening("xmpp-server", 5269, steps=_xmpp(XMPP_SERVER_OPEN), source="RFC 6120, 5"),
        Opening("lmtp", 24, steps=_mail("LHLO"), quit="QUIT\r\n", source="RFC 2033, RFC 3207"),
        Opening(
            "irc",
            6667,
            steps=(
                say("STARTTLS\r\n"),
                hear(
                    rf"{_IRC_NOTICES}670 [^\n]*\n",
                    reject={
                        # 421: unknown command. Some servers answer 451, not registered, to each that they do not know.
                        rf"{_IRC_NOTICES}4(?:21|51) [^\n]*\n": _NO_OFFER,
                        rf"{_IRC_NOTICES}691 [^\n]*\n": _NO,
                        rf"{_IRC_NOTICES}ERROR [^\n]*\n": "it rejects the connection",
                    },
                    comment="the reply to STARTTLS",
                ),
            ),
            quit="QUIT\r\n",
            source="IRCv3, tls",
        ),
        Opening(
            "rdp",
            3389,
            steps=(
                say(RDP_REQUEST, comment="X.224 Connection Request"),
                hear(
                    # RDP_NEG_RSP with TLS (1), or CredSSP in one of two versions (2, 8), which begin with TLS.
                    rf"{RDP_CONFIRM}\x02.\x08\x00[\x01\x02\x08]\x00\x00\x00",
                    reject={
                        RDP_BARE_CONFIRM: _NO_OFFER,
                        rf"{RDP_CONFIRM}\x02.\x08\x00\x00\x00\x00\x00": _NO_OFFER,
                        rf"{RDP_CONFIRM}\x03.\x08\x00\x02\x00\x00\x00": _NO_OFFER,
                        rf"{RDP_CONFIRM}\x03.\x08\x00\x03\x00\x00\x00": "it has no certificate",
                        rf"{RDP_CONFIRM}\x03.\x08\x00[^\x02\x03]\x00\x00\x00": _NO,
                        RDP_DISCONNECT: "it disconnects",
                    },
                    comment="X.224 Connection Confirm",
                ),
            ),
            source="MS-RDPBCGR, 5.4.2.1",
        ),
        Opening(
            "mssql",
            1433,
            steps=(
                say(mssql_prelogin(MSSQL_ENCRYPT_ON), comment="PRELOGIN"),
                hear(
                    # ENCRYPT_ON or ENCRYPT_REQ; ENCRYPT_OFF would encrypt the login only.
                    _mssql_answer(r"[\x01\x03]"),
                    reject={
                        _mssql_answer(r"[^\x01\x03]"): _NO_OFFER,
                        r"(?s)^\x04\x01.{6}\xaa": "it answers with an error",
                    },
                    comment="the reply to PRELOGIN, with an offer of TLS",
                ),
            ),
            packets="tds",
            source="MS-TDS, 2.2.6.5",
        ),
    )
}
"""Every protocol by its name, in the order of the documentation."""
