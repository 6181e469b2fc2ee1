# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""What a conversation may ask for next; the engine carries each out and answers ``(at, value, failure)``.

``at`` is the monotonic time at which it happened, ``value`` is the result, ``failure`` is why there is none. Every
want that can take time has an absolute deadline; at the deadline the answer is a Failure with the cause TIMED_OUT.
Nothing changes a want once it is made: what the engine notes while it carries one out belongs to the engine's task.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from typing import Any, Union

    from ..model.outcome import Failure
    from ..model.recipe import Recipe, SynOptions, TlsPlan
    from ..model.target import Address, Target
    from .doors import Connection

    # The type of a value depends on the want; a generator has one type for all that is sent into it.
    Answer = tuple[float, Any, Union[Failure, None]]
    Conversation = Generator["Want", Answer, Any]


class Want:
    """Anything a conversation may yield."""

    __slots__ = ()
    deadline: float


class Resolve(Want):
    """Look up a target's addresses: value is a tuple of Address, in the order to try them."""

    __slots__ = ("deadline", "recipe", "target")

    def __init__(self, target: Target, recipe: Recipe, deadline: float) -> None:
        self.target = target
        self.recipe = recipe
        self.deadline = deadline


class Connect(Want):
    """Connect to an address: value is a Connection.

    first_look: a time before the deadline. A connect that is still pending then is answered with the connection and
    the failure TIMED_OUT, and Await continues to wait for it. None: wait until the deadline.
    """

    __slots__ = ("address", "deadline", "final", "recipe", "special")

    def __init__(
        self,
        address: Address,
        recipe: Recipe,
        deadline: float,
        special: SynOptions | None = None,
        first_look: float | None = None,
    ) -> None:
        self.address = address
        self.recipe = recipe
        self.special = special
        self.deadline = deadline if first_look is None or first_look >= deadline else first_look
        self.final = self.deadline == deadline


class Await(Want):
    """Wait for a connect that is pending: the same answer as Connect's."""

    __slots__ = ("connection", "deadline")

    def __init__(self, connection: Connection, deadline: float) -> None:
        self.connection = connection
        self.deadline = deadline


class Allow(Want):
    """Wait for permission to send diagnostic SYNs: value is whether it was given by the deadline.

    prefix  network prefix of a trace's target, at most one trace a second; None for SYNs that are no trace
    tokens  number of SYNs, taken from what the process may send in a second
    """

    __slots__ = ("deadline", "prefix", "tokens")

    def __init__(self, prefix: str | None, tokens: int, deadline: float) -> None:
        self.prefix = prefix
        self.tokens = tokens
        self.deadline = deadline


class Inspect(Want):
    """Read the kernel's state of a connection: value is a TcpState, or None where there is none. Answered at once."""

    __slots__ = ("connection",)

    def __init__(self, connection: Connection) -> None:
        self.connection = connection


class AskPeer(Want):
    """Have the kernel send a keepalive probe to the peer every second from now on. Answered at once."""

    __slots__ = ("connection",)

    def __init__(self, connection: Connection) -> None:
        self.connection = connection


class OwnAddress(Want):
    """Get a connection's local address: value is an Address, without text for a unix socket. Answered at once."""

    __slots__ = ("connection",)

    def __init__(self, connection: Connection) -> None:
        self.connection = connection


class NameServers(Want):
    """Get the name servers of this system: value is a tuple of Address. Answered at once."""

    __slots__ = ()


class FindReach(Want):
    """Find how this host reaches an address, from the recipe's source: value is a Reach, or None. Answered at once.

    The neighbour in it changes while a connect is pending: incomplete at once, failed after 3 s. The kernel may remove
    an entry that has failed, and the next SYN makes it incomplete again.
    """

    __slots__ = ("address", "recipe")

    def __init__(self, address: Address, recipe: Recipe) -> None:
        self.address = address
        self.recipe = recipe


class ReadInterface(Want):
    """Read the state of an interface of this host, by its name: value is an Interface, or None. Answered at once."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class ReadCounters(Want):
    """Read the packet counters of this host: value is Counters, or None. Answered at once."""

    __slots__ = ()


class ReadHosts(Want):
    """Look up a name in /etc/hosts alone: value is a HostsEntry, or None. Answered at once."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Secure(Want):
    """Start TLS on a connection: value is a TLS session, as bytes, that has sent and received nothing yet.

    name is the server name to send (SNI), or None. The answer has to wait while the limit of handshakes in flight is
    reached. The handshake counts towards that limit until Secured, or until the connection is closed.
    """

    __slots__ = ("connection", "deadline", "name", "plan")

    def __init__(self, connection: Connection, plan: TlsPlan, name: str | None, deadline: float) -> None:
        self.connection = connection
        self.plan = plan
        self.name = name
        self.deadline = deadline


class Secured(Want):
    """Stop counting a handshake: it has succeeded or failed, or makes no progress. Answered at once."""

    __slots__ = ("connection",)

    def __init__(self, connection: Connection) -> None:
        self.connection = connection


class Send(Want):
    """Hand all of data to the kernel: value is None."""

    __slots__ = ("connection", "data", "deadline")

    def __init__(self, connection: Connection, data: bytes, deadline: float) -> None:
        self.connection = connection
        self.data = data
        self.deadline = deadline


class Receive(Want):
    """Receive some bytes, at most 64 KiB at once: value is bytes, empty at the end of file."""

    __slots__ = ("connection", "deadline")

    def __init__(self, connection: Connection, deadline: float) -> None:
        self.connection = connection
        self.deadline = deadline


class Pause(Want):
    """Wait until the deadline, and up to ``jitter`` seconds longer, drawn at random."""

    __slots__ = ("deadline", "jitter")

    def __init__(self, deadline: float, jitter: float = 0.0) -> None:
        self.deadline = deadline
        self.jitter = jitter


class Finish(Want):
    """Send FIN: we send nothing more. Answered at once."""

    __slots__ = ("connection",)

    def __init__(self, connection: Connection) -> None:
        self.connection = connection


class Close(Want):
    """Close a connection, with a RST if ``reset``. Answered at once."""

    __slots__ = ("connection", "reset")

    def __init__(self, connection: Connection, reset: bool = False) -> None:
        self.connection = connection
        self.reset = reset


class Fork(Want):
    """Run several conversations side by side: value is a tuple of what each returned, None for one that did not end.

    enough   whether a child's return value ends the fork: the other children are then closed, with their
             connections. Without it the fork lasts until every child has ended.
    stagger  seconds between the starts of two children; a child that ends without being enough starts the
             next one at once. 0 starts all together.
    ahead    how many children start together before the stagger applies

    The connections of a child that has ended belong to the parent. Children count towards the engine's limit.
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
