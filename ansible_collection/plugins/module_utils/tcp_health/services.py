# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The named services as data: port, dialogue, TLS. A new service is a row."""

from __future__ import annotations

from .service import Service
from .services_data import ROWS as DATA
from .services_hosts import ROWS as HOSTS
from .services_mail import ROWS as MAIL
from .services_web import ROWS as WEB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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

SERVICES = {row.name: row for row in (*_CHECK_TCP, *MAIL, *WEB, *DATA, *HOSTS)}
"""Every service by its name, in the order of the documentation."""
