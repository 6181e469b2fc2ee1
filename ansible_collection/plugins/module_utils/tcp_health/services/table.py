# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The table of all named services. A new service is a row in the file of its kind."""

from __future__ import annotations

from ..model.service import Service
from .data import ROWS as DATA
from .hosts import ROWS as HOSTS
from .mail import ROWS as MAIL
from .web import ROWS as WEB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The stream opening of check_tcp, older than RFC 6120; {host} is the name of the target.
_JABBER = (
    "<stream:stream to='{host}' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>\n"
)


def _as_check_tcp(name: str, port: int | None = None, **rest: Any) -> Service:
    return Service(name, port, check_tcp=True, **rest)


def _greets(name: str, port: int, quit_command: str, *expect: str, tls: bool = False) -> Service:
    means = f"its greeting begins with {' or '.join(expect)}"
    return _as_check_tcp(name, port, expect=expect, quit=quit_command, tls=tls, means=means)


_CHECK_TCP = (
    _as_check_tcp("tcp", means="it accepts connections; with -e, it sends the expected text"),
    _as_check_tcp("udp", network="udp", means="it sends the text that -e expects"),
    _greets("ftp", 21, "QUIT\r\n", "220"),
    _greets("pop", 110, "QUIT\r\n", "+OK"),
    _greets("spop", 995, "QUIT\r\n", "+OK", tls=True),
    _greets("imap", 143, "a1 LOGOUT\r\n", "* OK"),
    _greets("simap", 993, "a1 LOGOUT\r\n", "* OK", tls=True),
    _greets("smtp", 25, "QUIT\r\n", "220"),
    _greets("ssmtp", 465, "QUIT\r\n", "220", tls=True),
    _greets("nntp", 119, "QUIT\r\n", "200", "201"),
    _greets("nntps", 563, "QUIT\r\n", "200", "201", tls=True),
    _as_check_tcp(
        "jabber",
        5222,
        send=_JABBER,
        expect=("<?xml version='1.0'",),
        quit="</stream:stream>\n",
        hide_output=True,
        means="its answer begins with an XML declaration",
    ),
    _as_check_tcp(
        "clamd", 3310, send="PING", expect=("PONG",), idempotent=True, means="its answer begins with PONG"
    ),
)

SERVICES = {row.name: row for row in (*_CHECK_TCP, *MAIL, *WEB, *DATA, *HOSTS)}
"""Every service by its name, in the order of the documentation."""
