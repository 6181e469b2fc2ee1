# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""What the outside offers: the protocols of the network and of its handles.

They are read by type checkers only: the real network, the fake one of the tests, the engine and the conversations
import them under TYPE_CHECKING, since the typing module costs 7 ms at each start.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal, Protocol

    from ..model.evidence import TcpState
    from ..model.local import Counters, HostsEntry, Interface, Reach
    from ..model.outcome import Failure, TlsFacts
    from ..model.recipe import Recipe, SynOptions, TlsPlan
    from ..model.target import Address, Target

    # A network gets only handles that it has made itself, and only it knows their class. With the class of the protocol
    # as the parameter's type, each network would have to accept the handles of all others.
    OwnConnection = Any

    class Handle(Protocol):
        """What a network reports as ready.

        task  the engine's task that waits for the handle, or None. A network stores it and never reads it. It has no
              type here because the engine is above this module.
        """

        task: Any

    class Connection(Handle, Protocol):
        """A connection, pending or established. Times are monotonic seconds.

        connecting   whether the connect is still pending
        began        when the connect was called
        rtt          the kernel's round trip in seconds; None: unknown, or a SYN was repeated
        retransmits  SYNs that the kernel repeated; None: unknown
        """

        connecting: bool
        began: float
        rtt: float | None
        retransmits: int | None

    class Lookup(Handle, Protocol):
        """A pending name lookup; result is the addresses or a Failure once it has ended."""

        result: tuple[Address, ...] | Failure | None

    class TlsSession(Protocol):
        """TLS as bytes: ``outgoing`` returns what is to be sent, ``incoming`` takes what was received."""

        def incoming(self, data: bytes) -> None:
            """Take bytes from the other side; empty bytes are its end of file."""
            raise NotImplementedError

        def outgoing(self) -> bytes:
            """Return the bytes to send now, if any."""
            raise NotImplementedError

        def handshake(self) -> Literal[True] | Failure | None:
            """Continue the handshake: True when it is done, None when it needs more bytes, or why it failed."""
            raise NotImplementedError

        def write(self, data: bytes) -> Failure | None:
            """Encrypt data into records to send."""
            raise NotImplementedError

        def read(self) -> bytes | Failure | None:
            """Return decrypted bytes, empty at the end; None when it needs more bytes first."""
            raise NotImplementedError

        def finish(self) -> None:
            """Queue close_notify."""
            raise NotImplementedError

        def facts(self) -> TlsFacts:
            """Return the facts about the handshake; without certificates if it has failed and they are not known."""
            raise NotImplementedError

    class Network(Protocol):
        """The clock, the name service, and the sockets. One engine uses a network at a time.

        Only ``poll`` blocks.
        """

        def now(self) -> float:
            """Return the monotonic time in seconds."""
            raise NotImplementedError

        def wall(self) -> float:
            """Return the time of day in seconds since the epoch."""
            raise NotImplementedError

        def random(self) -> float:
            """Return a random number from 0 to 1."""
            raise NotImplementedError

        def poll(self, timeout: float) -> tuple[float, Sequence[Handle]]:
            """Wait up to ``timeout`` seconds; returns the time at which the wait ended, and the ready handles."""
            raise NotImplementedError

        def watch(self, descriptor: int) -> Handle:
            """Report the returned handle once, when the descriptor is readable or at its end; replaces the last watch.

            Raises OSError where the descriptor cannot be watched.
            """
            raise NotImplementedError

        def unwatch(self) -> None:
            """Stop watching the descriptor."""
            raise NotImplementedError

        def resolve(self, target: Target, recipe: Recipe) -> tuple[Address, ...] | Failure | Lookup:
            """Return the target's addresses where no name service is needed, else a pending Lookup."""
            raise NotImplementedError

        def connect(
            self, address: Address, recipe: Recipe, special: SynOptions | None = None
        ) -> Connection | Failure | None:
            """Begin to connect; returns the connection, or why the connect failed.

            Returns None if the backlog of a Unix socket is full: the kernel does not report when there is room again.
            """
            raise NotImplementedError

        def connected(self, connection: OwnConnection) -> bool | Failure:
            """Return whether a connection that was ready is established; False: the connect is still pending."""
            raise NotImplementedError

        def give_up(self, connection: OwnConnection) -> Failure:
            """Return the failure of a connect that has timed out, with the number of SYNs without an answer."""
            raise NotImplementedError

        def send(self, connection: OwnConnection, data: bytes) -> int | Failure | None:
            """Return how many bytes the kernel took; None: it takes no bytes now, and the connection is reported later."""
            raise NotImplementedError

        def receive(self, connection: OwnConnection) -> bytes | Failure | None:
            """Return bytes, empty at the end of file; None: there are no bytes yet, and the connection is reported later."""
            raise NotImplementedError

        def finish(self, connection: OwnConnection) -> None:
            """Send FIN."""
            raise NotImplementedError

        def close(self, connection: OwnConnection, reset: bool = False) -> None:
            """Close a connection, with a RST if ``reset``."""
            raise NotImplementedError

        def inspect(self, connection: OwnConnection) -> TcpState | None:
            """Return the kernel's state of a connection; None if there is no state."""
            raise NotImplementedError

        def own_address(self, connection: OwnConnection) -> Address:
            """Return the local address of a connection."""
            raise NotImplementedError

        def start_keepalive(self, connection: OwnConnection) -> None:
            """Send a keepalive probe to the peer's kernel every second from now on."""
            raise NotImplementedError

        def name_servers(self) -> tuple[Address, ...]:
            """Return the name servers of this system."""
            raise NotImplementedError

        def reach(self, address: Address, recipe: Recipe) -> Reach | None:
            """Return the route to an address and the neighbour there; None where the system does not report them."""
            raise NotImplementedError

        def interface(self, name: str) -> Interface | None:
            """Return the state of an interface of this host; None where there is none, or it cannot be read."""
            raise NotImplementedError

        def counters(self) -> Counters | None:
            """Return the packet counters of this host; None where they cannot be read."""
            raise NotImplementedError

        def connections(self, port: int) -> list[tuple[str, str, int]] | None:
            """Return the connections of a port of this host as (local, remote, remote port); None: they cannot be read."""
            raise NotImplementedError

        def hosts_entry(self, name: str) -> HostsEntry | None:
            """Return what /etc/hosts has for a name; None where it cannot be read to its end."""
            raise NotImplementedError

        def secure(self, plan: TlsPlan, name: str | None) -> TlsSession | Failure:
            """Return a new TLS session that sends the server name ``name``."""
            raise NotImplementedError

        def shut(self) -> None:
            """Close everything that is still open."""
            raise NotImplementedError
