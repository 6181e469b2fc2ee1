# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The named services as data: port, dialogue, TLS. A new service is a row."""

from __future__ import annotations

from .model import Value, _set


class Service(Value):
    """What check_tcp's service names stand for.

    An expected text of a service begins the answer; any one of several will do. quit goes out as it stands.
    """

    __slots__ = ("expect", "hide_output", "name", "network", "port", "quit", "send", "tls")
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
    ) -> None:
        _set(self, "name", name)
        _set(self, "port", port)
        _set(self, "network", network)
        _set(self, "send", send)
        _set(self, "expect", expect)
        _set(self, "quit", quit)
        _set(self, "tls", tls)
        _set(self, "hide_output", hide_output)


# The XMPP greeting is check_tcp's own, of the days before RFC 6120; {host} is the target's name.
_JABBER = (
    "<stream:stream to='{host}' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>\n"
)

SERVICES = {
    row.name: row
    for row in (
        Service("tcp"),
        Service("udp", network="udp"),
        Service("ftp", 21, expect=("220",), quit="QUIT\r\n"),
        Service("pop", 110, expect=("+OK",), quit="QUIT\r\n"),
        Service("spop", 995, expect=("+OK",), quit="QUIT\r\n", tls=True),
        Service("imap", 143, expect=("* OK",), quit="a1 LOGOUT\r\n"),
        Service("simap", 993, expect=("* OK",), quit="a1 LOGOUT\r\n", tls=True),
        Service("smtp", 25, expect=("220",), quit="QUIT\r\n"),
        Service("ssmtp", 465, expect=("220",), quit="QUIT\r\n", tls=True),
        Service("nntp", 119, expect=("200", "201"), quit="QUIT\r\n"),
        Service("nntps", 563, expect=("200", "201"), quit="QUIT\r\n", tls=True),
        Service(
            "jabber",
            5222,
            send=_JABBER,
            expect=("<?xml version='1.0'",),
            quit="</stream:stream>\n",
            hide_output=True,
        ),
        Service("clamd", 3310, send="PING", expect=("PONG",)),
    )
}
"""Every service by its name, in the order of the documentation."""
