# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The named services as data: port, dialogue, TLS. A new service is a row."""

from __future__ import annotations

from .dialogue import hear, say
from .model import Value, _set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .dialogue import Step


class Service(Value):
    """What a service's name stands for.

    check_tcp's own have send, expect and quit: an expected text begins the answer, any one of several will do.
    The others have steps. quit goes out as it stands, after the answer.

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

_OTHERS = (
    Service(
        "ssh",
        22,
        steps=(hear(r"^SSH-(?P<protocol>[0-9.]+)-(?P<software>[^\r\n ]{1,60})[^\r\n]{0,200}\r?\n"),),
        means="the server sent its identification string (RFC 4253, 4.2)",
    ),
    Service(
        "redis",
        6379,
        steps=(
            say("PING\r\n", comment="is it there"),
            hear(
                r"^\+PONG\r\n",
                r"^-(?P<access>NOAUTH|NOPERM)[^\r\n]*\r\n",
                reject={
                    r"^-LOADING": "it is loading its dataset",
                    r"^-MASTERDOWN": "its link with the master is down",
                },
                comment="PONG, or that it wants authentication",
            ),
        ),
        quit="QUIT\r\n",
        means="it answered PING, or asked for authentication; it is not loading its dataset",
    ),
)

SERVICES = {row.name: row for row in (*_CHECK_TCP, *_OTHERS)}
"""Every service by its name, in the order of the documentation."""
