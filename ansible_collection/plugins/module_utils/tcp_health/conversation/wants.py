# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The requests that a conversation yields; the engine carries each out and answers ``(at, value, failure)``.

``at`` is the monotonic time at which it happened, ``value`` is the result, ``failure`` is why there is no result. Every
want that can take time has an absolute deadline; at the deadline the answer is a Failure with the cause TIMED_OUT.
"""

from __future__ import annotations

from ..model.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from typing import Any, TypeVar, Union

    from ..model.outcome import Attempt, Failure
    from ..model.recipe import Probe, Recipe, SynOptions, TlsPlan
    from ..model.target import Address, Target
    from .doors import Connection

    # The type of a value depends on the want; a generator has one type for all that is sent into it.
    Answer = tuple[float, Any, Union[Failure, None]]
    Conversation = Generator["Want", Answer, Any]
    Returned = TypeVar("Returned")
    Steps = Generator["Want", Answer, Returned]
    # What a conversation calls with each attempt when it ends.
    Tell = Callable[[Probe, Attempt], None]


class Want(Value):
    """A request that a conversation may yield."""


class Resolve(Want):
    """Look up a target's addresses: value is a tuple of Address, in the order to try them."""

    target: Target
    recipe: Recipe
    deadline: float


class Connect(Want):
    """Connect to an address: value is a Connection.

    final   whether the connect is given up at the deadline. Otherwise a connect that is still pending then is answered
            with the connection and the failure TIMED_OUT, and Await continues to wait for it.
    """

    address: Address
    recipe: Recipe
    deadline: float
    special: SynOptions | None = None
    final: bool = True


class Await(Want):
    """Wait for a connect that is pending: the same answer as Connect's."""

    connection: Connection
    deadline: float


class Allow(Want):
    """Wait for permission to send diagnostic SYNs: value is whether it was given by the deadline.

    prefix  network prefix of a trace's target, which allows one trace a second; None for SYNs outside a trace
    tokens  number of SYNs, for the process's limit of SYNs a second
    """

    prefix: str | None
    tokens: int
    deadline: float


class Inspect(Want):
    """Read the kernel's state of a connection: value is a TcpState, or None if the kernel has no state. Answered at once."""

    connection: Connection


class AskPeer(Want):
    """Have the kernel send a keepalive probe to the peer every second from now on. Answered at once."""

    connection: Connection


class OwnAddress(Want):
    """Get a connection's local address: value is an Address, without text for a Unix socket. Answered at once."""

    connection: Connection


class NameServers(Want):
    """Get the name servers of this system: value is a tuple of Address. Answered at once."""


class FindReach(Want):
    """Find how this host reaches an address, from the recipe's source: value is a Reach, or None. Answered at once.

    The neighbour in it changes while a connect is pending: incomplete at once, failed after 3 s. The kernel may remove
    an entry that has failed, and the next SYN makes it incomplete again.
    """

    address: Address
    recipe: Recipe


class ReadInterface(Want):
    """Read the state of an interface of this host, by its name: value is an Interface, or None. Answered at once."""

    name: str


class ReadCounters(Want):
    """Read the packet counters of this host: value is Counters, or None. Answered at once."""


class ReadHosts(Want):
    """Look up a name in /etc/hosts alone: value is a HostsEntry, or None. Answered at once."""

    name: str


class Secure(Want):
    """Start TLS on a connection: value is a TLS session, as bytes, that has sent and received nothing yet.

    name is the server name to send (SNI), or None. The answer has to wait while the limit of handshakes in flight is
    reached. The handshake counts towards that limit until Secured, or until the connection is closed.
    """

    connection: Connection
    plan: TlsPlan
    name: str | None
    deadline: float


class Secured(Want):
    """Stop counting a handshake: it has succeeded or failed, or makes no progress. Answered at once."""

    connection: Connection


class Send(Want):
    """Hand all of data to the kernel: value is None."""

    connection: Connection
    data: bytes
    deadline: float


class Receive(Want):
    """Receive some bytes, at most 64 KiB at once: value is bytes, empty at the end of file."""

    connection: Connection
    deadline: float


class Pause(Want):
    """Wait until the deadline, and up to ``jitter`` seconds longer, drawn at random."""

    deadline: float
    jitter: float = 0.0


class Finish(Want):
    """Send FIN: we send nothing more. Answered at once."""

    connection: Connection


class Close(Want):
    """Close a connection, with a RST if ``reset``. Answered at once."""

    connection: Connection
    reset: bool = False


class Fork(Want):
    """Run several conversations side by side: value is a tuple of what each returned, None for one that did not end.

    enough   whether a child's return value ends the fork: the other children are then closed, with their
             connections. Without it the fork lasts until every child has ended.
    stagger  seconds between the starts of two children; a child that ends without being enough starts the
             next one at once. 0 starts all together.
    ahead    how many children start together before the stagger applies

    The connections of a child that has ended belong to the parent. Children count towards the engine's limit.
    """

    children: Sequence[Conversation]
    deadline: float
    enough: Callable[[Any], bool] | None = None
    stagger: float = 0.0
    ahead: int = 1
