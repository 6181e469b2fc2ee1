# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""What a conversation may ask for next; the engine carries each out and answers ``(at, value, failure)``.

``at`` is the monotonic time at which it happened, ``value`` what came of it, ``failure`` why it did not. Every
want that can take time has an absolute deadline; past it the answer is a Failure with the cause TIMED_OUT.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from typing import Any, Union

    from ..model.outcome import Failure
    from ..model.recipe import Recipe, TlsPlan
    from ..model.target import Address, Target

    Answer = tuple[float, Any, Union[Failure, None]]
    Conversation = Generator["Want", Answer, Any]


class Want:
    """Anything a conversation may yield."""

    __slots__ = ()
    deadline: float


class Resolve(Want):
    """The addresses of a target: value is a tuple of Address, in the order to try them."""

    __slots__ = ("deadline", "recipe", "target")

    def __init__(self, target: Target, recipe: Recipe, deadline: float) -> None:
        self.target = target
        self.recipe = recipe
        self.deadline = deadline


class Special:
    """What sets a SYN of a diagnosis apart from the check's own; 0 leaves each as the system has it.

    ttl        the TTL it is sent with; routers' answers to it are heard
    least_ttl  answers that arrive with less are dropped by our kernel (IP_MINTTL, IPV6_MINHOPCOUNT)
    segment    largest segment in bytes (TCP_MAXSEG)
    port       source port
    """

    __slots__ = ("least_ttl", "port", "segment", "ttl")

    def __init__(self, *, ttl: int = 0, least_ttl: int = 0, segment: int = 0, port: int = 0) -> None:
        self.ttl = ttl
        self.least_ttl = least_ttl
        self.segment = segment
        self.port = port


class Connect(Want):
    """A connection: value is a Connection, as network.py has it.

    patience: a time before the deadline at which the answer is the connection with the failure TIMED_OUT, when it
    is still on its way: Await then goes on waiting for it. None waits for the deadline at once.
    """

    __slots__ = ("address", "deadline", "final", "recipe", "special")

    def __init__(
        self,
        address: Address,
        recipe: Recipe,
        deadline: float,
        special: Special | None = None,
        patience: float | None = None,
    ) -> None:
        self.address = address
        self.recipe = recipe
        self.special = special
        self.deadline = deadline if patience is None or patience >= deadline else patience
        self.final = self.deadline == deadline


class Await(Want):
    """A connection that is on its way to be established: the same answer as Connect's."""

    __slots__ = ("connection", "deadline")

    def __init__(self, connection: Any, deadline: float) -> None:
        self.connection = connection
        self.deadline = deadline


class Allow(Want):
    """Permission for SYNs beyond the check's own: value is whether it was given by the deadline.

    prefix  towards which a trace is to start, at most one a second; None for single SYNs
    tokens  how many of the process's SYNs a second it takes
    """

    __slots__ = ("deadline", "limit", "prefix", "tokens", "waits")

    def __init__(self, prefix: str | None, tokens: int, deadline: float) -> None:
        self.prefix = prefix
        self.tokens = tokens
        self.limit = deadline
        self.deadline = deadline  # the engine's: when to look again
        self.waits = False  # the engine's: whether it has given up its place among the connections meanwhile


class Inspect(Want):
    """A connection as the kernel sees it now: value is a TcpState or None. Answered at once."""

    __slots__ = ("connection",)

    def __init__(self, connection: Any) -> None:
        self.connection = connection


class AskPeer(Want):
    """From now on the kernel asks the peer's kernel once a second whether it lives (keepalive). Answered at once."""

    __slots__ = ("connection",)

    def __init__(self, connection: Any) -> None:
        self.connection = connection


class OwnAddress(Want):
    """Where a connection comes from: value is an Address; a unix socket's has no text. Answered at once."""

    __slots__ = ("connection",)

    def __init__(self, connection: Any) -> None:
        self.connection = connection


class NameServers(Want):
    """The name servers that this system asks: value is a tuple of Address. Answered at once."""

    __slots__ = ()


class Secure(Want):
    """TLS over a connection, as bytes: value is a TLS session that has sent and received nothing yet.

    name is the server name to ask for, or None. It waits for its turn where as many handshakes are in flight as may
    be; from then on it counts as one of those until it is Secured, or the connection is closed.
    """

    __slots__ = ("connection", "deadline", "name", "plan")

    def __init__(self, connection: Any, plan: TlsPlan, name: str | None, deadline: float) -> None:
        self.connection = connection
        self.plan = plan
        self.name = name
        self.deadline = deadline


class Secured(Want):
    """The handshake on a connection has ended, one way or the other, or makes no progress. Answered at once."""

    __slots__ = ("connection",)

    def __init__(self, connection: Any) -> None:
        self.connection = connection


class Send(Want):
    """All of data handed to the kernel: value is None."""

    __slots__ = ("connection", "data", "deadline")

    def __init__(self, connection: Any, data: bytes, deadline: float) -> None:
        self.connection = connection
        self.data = data
        self.deadline = deadline


class Receive(Want):
    """Some bytes, at most 64 KiB at once: value is bytes, empty at the end of file."""

    __slots__ = ("connection", "deadline")

    def __init__(self, connection: Any, deadline: float) -> None:
        self.connection = connection
        self.deadline = deadline


class Pause(Want):
    """Nothing, until the deadline and up to ``jitter`` seconds, drawn at random, beyond it."""

    __slots__ = ("deadline", "jitter")

    def __init__(self, deadline: float, jitter: float = 0.0) -> None:
        self.deadline = deadline
        self.jitter = jitter


class Finish(Want):
    """FIN: the end of what we send. Answered at once."""

    __slots__ = ("connection",)

    def __init__(self, connection: Any) -> None:
        self.connection = connection


class Close(Want):
    """The connection is given up, by a reset if so wished. Answered at once."""

    __slots__ = ("connection", "reset")

    def __init__(self, connection: Any, reset: bool = False) -> None:
        self.connection = connection
        self.reset = reset


class Fork(Want):
    """Several conversations side by side: value is a tuple of what each returned, None where it did not end.

    enough   says of a child's return value whether it ends the fork: the others are then closed, with their
             connections. Without it the fork lasts until every child has ended.
    stagger  seconds between the starts of two children; a child that ends without being enough starts the
             next one at once. 0 starts all together.
    ahead    how many children start together where they are staggered

    A connection of a child that ended belongs to the parent from then on. Children count towards the engine's
    limit.
    """

    __slots__ = ("ahead", "children", "deadline", "enough", "stagger")

    def __init__(
        self,
        children: Sequence[Conversation],
        deadline: float,
        enough: Callable[[Any], bool] | None = None,
        stagger: float = 0.0,
        ahead: int = 1,
    ) -> None:
        self.ahead = ahead
        self.children = children
        self.deadline = deadline
        self.enough = enough
        self.stagger = stagger
