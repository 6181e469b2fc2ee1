# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a server does, as data: played by the fake network on virtual time, and by real servers on real sockets."""

from __future__ import annotations

from typing import Any, Union

from tcp_health.model import Cause, Failure, Icmp


class Hear:
    """A step: wait until the client has sent these bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data


class Word:
    """A step that is a word."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __repr__(self) -> str:
        return self.word


END = Word("END")
"""A step: the end of what the server sends (FIN); it goes on reading."""

RESET = Word("RESET")
"""A step: reset the connection."""

FLOOD = Word("FLOOD")
"""A step: data without end, as fast as the client takes them."""

# bytes are said, a number is a pause in seconds.
Step = Union[bytes, float, Hear, Word]


def hear(data: bytes) -> Hear:
    """Wait until the client has sent these bytes."""
    return Hear(data)


def drip(pause: float, bytes_: int) -> list[Step]:
    """The steps of a server that says a byte at a time, with a pause before each."""
    steps: list[Step] = [pause, b"x"]
    return steps * bytes_


class Server:
    """What answers at an address.

    kind       accept, refuse, silent (the SYN is dropped), icmp (it is answered by a message), fail (the connect
               fails in the call itself), full (the connect has to wait: a unix socket's backlog), gone (nothing
               is at the path)
    steps      what is done on each connection once it stands (and its TLS handshake, if any, is done)
    after      seconds the handshake takes, or the refusal, or the message; real servers take the time they take
    failure    what the connect comes to, for refuse, icmp and fail
    retransmits  SYNs the kernel repeats before the handshake succeeds
    lingers    whether the server keeps its side open when the client has ended its own
    deaf       whether it reads nothing
    certificate  days its TLS certificate is still good for; None: it speaks no TLS
    """

    def __init__(
        self,
        kind: str,
        steps: tuple[Step, ...] = (),
        *,
        after: float = 0.001,
        failure: Failure | None = None,
        retransmits: int = 0,
        lingers: bool = False,
        deaf: bool = False,
        certificate: float | None = None,
    ) -> None:
        self.kind = kind
        self.steps = steps
        self.after = after
        self.failure = failure
        self.retransmits = retransmits
        self.lingers = lingers
        self.deaf = deaf
        self.certificate = certificate

    def __repr__(self) -> str:
        return f"<{self.kind} {self.steps!r}>"


def accepts(*steps: Step, **settings: Any) -> Server:
    """A server that accepts, then does the steps, then stays silent until the client ends."""
    return Server("accept", steps, **settings)


def refuses(after: float = 0.001) -> Server:
    """A host where nothing listens on the port."""
    return Server("refuse", after=after, failure=Failure(Cause.REFUSED, "Connection refused", None, 0))


def is_silent() -> Server:
    """A host, or a filter before it, that drops every SYN."""
    return Server("silent")


def icmp(
    kind: int, code: int, *, version: int = 4, after: float = 0.01, offender: str = "10.99.0.254"
) -> Server:
    """A router that answers the SYN with an ICMP message."""
    prohibited = (kind, code) in ({4: {(3, 9), (3, 10), (3, 13)}, 6: {(1, 1), (1, 5), (1, 6)}}[version])
    port = (version, kind, code) in ((4, 3, 3), (6, 1, 4))
    cause = Cause.PROHIBITED if prohibited else Cause.REFUSED if port else Cause.UNREACHABLE
    words = {Cause.REFUSED: "Connection refused", Cause.PROHIBITED: "Permission denied"}.get(
        cause, "No route to host"
    )
    return Server("icmp", after=after, failure=Failure(cause, words, Icmp(version, kind, code, offender), 0))


def fails(cause: str, words: str) -> Server:
    """Something on the prober's own side: the connect fails in the call itself."""
    return Server("fail", failure=Failure(cause, words))


def is_full(*steps: Step, until: float) -> Server:
    """A unix socket whose backlog is full for so long, and which then accepts."""
    return Server("full", steps, after=until)


def is_gone() -> Server:
    """A unix socket's path where nothing is."""
    return Server("gone", failure=Failure(Cause.SOCKET_MISSING, "No such file or directory"))


class Name:
    """What the name service says of a name: addresses, or a failure, after some seconds; or nothing, ever."""

    def __init__(
        self, *addresses: str, after: float = 0.001, failure: Failure | None = None, silent: bool = False
    ) -> None:
        self.addresses = addresses
        self.after = after
        self.failure = failure
        self.silent = silent
