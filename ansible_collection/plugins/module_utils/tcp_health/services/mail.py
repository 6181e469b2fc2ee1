# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Mail services, as data."""

from __future__ import annotations

from ..dialogue.steps import hear, say
from ..model.service import Service, secured
from .protocols import REFUSED, reply

_SMTP_GREETING = hear(rf"^{reply('220')}", reject=REFUSED, comment="the greeting")

_SUBMISSION = Service(
    "submission",
    587,
    steps=(
        _SMTP_GREETING,
        say("EHLO {helo}\r\n"),
        hear(rf"^{reply('250')}", reject=REFUSED, comment="an answer to EHLO"),
    ),
    quit="QUIT\r\n",
    means="it sent a greeting, and accepted EHLO (RFC 6409, RFC 5321)",
)

_IMAPS = Service(
    "imaps",
    993,
    steps=(
        hear(
            r"(?i)^\* (?:OK|PREAUTH)[^\n]*\n",
            reject={r"(?i)^\* BYE[^\n]*\n": "it rejects the connection"},
            comment="the greeting",
        ),
    ),
    tls=True,
    quit="a1 LOGOUT\r\n",
    means="its certificate is valid, and its greeting is OK or PREAUTH, not BYE (RFC 9051, 7.1)",
)

_POP3S = Service(
    "pop3s",
    995,
    steps=(
        hear(
            r"^\+OK[^\n]*\n", reject={r"^-ERR[^\n]*\n": "it rejects the connection"}, comment="the greeting"
        ),
    ),
    tls=True,
    quit="QUIT\r\n",
    means="its certificate is valid, and its greeting is +OK, not -ERR (RFC 1939, 4)",
)

_LMTP = Service(
    "lmtp",
    24,
    steps=(
        _SMTP_GREETING,
        say("LHLO {helo}\r\n"),
        hear(rf"^{reply('250')}", reject=REFUSED, comment="an answer to LHLO"),
    ),
    quit="QUIT\r\n",
    means="it sent a greeting, and accepted LHLO (RFC 2033)",
)

_SIEVE = Service(
    "sieve",
    4190,
    steps=(
        hear(
            r"(?i)^(?:\"(?!IMPLEMENTATION\")[^\n]*\n)*\"IMPLEMENTATION\" \"(?P<software>[^\"\r\n]{0,120})\"\r?\n"
            r"(?:\"(?!IMPLEMENTATION\")[^\n]*\n)*OK[^\n]*\n",
            reject={r"(?i)^(?:\"[^\n]*\n)*(?:NO|BYE)[^\n]*\n": "it rejects the connection"},
            comment="the greeting",
        ),
    ),
    quit="LOGOUT\r\n",
    means="it sent its capabilities and OK (RFC 5804, 1.7 and 1.8)",
)

_SPAMD = Service(
    "spamd",
    783,
    steps=(
        say("PING SPAMC/1.2\r\n\r\n"),
        hear(
            r"^SPAMD/[0-9.]{1,9} 0 PONG\r?\n",
            reject={r"^SPAMD/[0-9.]{1,9} [1-9][0-9]{0,3}[^\n]*\n": "it answers with an error"},
            comment="PONG",
        ),
    ),
    idempotent=True,
    means="it answered PING (SpamAssassin, spamd/PROTOCOL)",
)

ROWS = (
    _SUBMISSION,
    secured(_SUBMISSION, "submissions", 465),
    _IMAPS,
    _POP3S,
    _LMTP,
    _SIEVE,
    _SPAMD,
)
