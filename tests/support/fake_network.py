# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A network of scripted servers on a virtual clock: it has the real network's methods, and no real time passes."""

from __future__ import annotations

import errno
import functools
import ssl
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from support.certificates import server_context
from support.scripted import END, FLOOD, HEAR, RESET, Hear, Local, Name, Play, Server, Way, Word
from tcp_health.model.causes import Cause
from tcp_health.model.evidence import Icmp
from tcp_health.model.local import HostsEntry
from tcp_health.model.outcome import Failure
from tcp_health.model.target import Address, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from support.scripted import Performance
    from tcp_health.conversation import doors
    from tcp_health.model.evidence import TcpState
    from tcp_health.model.local import Counters, Interface, Reach
    from tcp_health.model.recipe import Recipe, SynOptions, TlsPlan

# The longest virtual time of a test in seconds: an engine that waits longer waits forever.
LONGEST = 86400.0

# Bytes that a client can send to a server that does not read.
WINDOW = 65536

WALL = 1_800_000_000.0
"""The wall clock at the beginning."""


class FakeConnection:
    """A client's end of a connection."""

    def __init__(self, address: Address, server: Server, began: float) -> None:
        self.address = address
        self.server = server
        self.began = began
        self.connecting = True
        self.is_open = True
        self.rtt: float | None = None
        self.retransmits: int | None = None
        self.task: Any = None
        self.inbox: list[bytes | Failure] = []
        self.window = WINDOW if server.deaf else 1 << 40
        self.refused: Failure | None = None
        self.floods = False
        self.actor: _Actor | None = None
        self.special: SynOptions | None = None
        self.sent = 0

    @property
    def is_small(self) -> bool:
        """Whether the connection has small segments."""
        return self.special is not None and self.special.segment > 0


class FakeLookup:
    """A pending name lookup."""

    def __init__(self) -> None:
        self.result: tuple[Address, ...] | Failure | None = None
        self.task: Any = None


class FakeWakeup:
    """A watched descriptor."""

    def __init__(self) -> None:
        self.task: Any = None


class FakePipe:
    """The end of a pipe that a Source reads: readable from a message's arrival until it is read."""

    NUMBER = 3

    def __init__(self) -> None:
        self.is_open = True
        self.arrived: list[str] = []

    def fileno(self) -> int:
        """Return the descriptor, or -1 after close(), as socket.fileno() does."""
        return self.NUMBER if self.is_open else -1

    def read(self) -> list[str]:
        """Take the messages that have arrived."""
        arrived, self.arrived = self.arrived, []
        return arrived

    def close(self) -> None:
        """Close it: it is no longer readable."""
        self.is_open = False


class FakeNetwork:
    """Plays ``servers`` by address text, or by text and port in square brackets, as in "10.0.0.1[22]".

    The value is a server, or a sequence: one for each connect in turn, and the last for all that follow. An address in
    ``ways`` is behind routers: diagnostic SYNs end at a router, or reach the same server as any other connect.

    busy      seconds that the monitoring process spends on each connect, away from the network
    today     the time of day at the start; OpenSSL uses the real clock nevertheless
    names     what the name service knows; any other name is unknown
    journal   (time since the start, what, address text) of connect, special, finish, close and reset
    lookups   the names that were looked up, in order
    heard     what each server received, from all its clients, by address text
    most      the largest number of connections that were open at the same time
    syns      (time since the start, address, SynOptions or None) of every TCP connect
    wakes     (time since the start, message) of what arrives in ``pipe``, the only descriptor that can be watched
    polls     how often it was polled
    local     what the monitoring host reports about itself
    asked     (time since the start, what, address text or name) of reach, interface, counters and hosts
    """

    def __init__(
        self,
        servers: Mapping[str, Server | Sequence[Server]] | None = None,
        names: Mapping[str, Name] | None = None,
        *,
        default: Server | None = None,
        drawn: float = 0.5,
        ways: Mapping[str, Way] | None = None,
        resolvers: Sequence[str] = (),
        busy: float = 0.0,
        today: float = WALL,
        wakes: Sequence[tuple[float, str]] = (),
        local: Local | None = None,
    ) -> None:
        self.local = local or Local()
        self.asked: list[tuple[float, str, str]] = []
        self.today = today
        self.polls = 0
        self.pipe = FakePipe()
        self._wakeup: FakeWakeup | None = None
        self.ways = dict(ways or {})
        self.resolvers = tuple(resolvers)
        self.busy = busy
        self.syns: list[tuple[float, Address, SynOptions | None]] = []
        self.servers = {
            text: each if isinstance(each, Server) else list(each) for text, each in (servers or {}).items()
        }
        self.names = dict(names or {})
        self.default = default
        self.drawn = drawn
        self.start = self.time = 100.0
        self.journal: list[tuple[float, str, str]] = []
        self.lookups: list[str] = []
        self.heard: dict[str, bytes] = {}
        self.open: set[FakeConnection] = set()
        self.most = 0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = 0
        self._ready: list[doors.Handle] = []
        self._real: doors.Network | None = None  # creates the TLS sessions
        for after, message in wakes:
            self.later(after, functools.partial(self._arrived, message))

    # The methods that the engine calls

    def now(self) -> float:
        """The virtual time."""
        return self.time

    def wall(self) -> float:
        """The time of day."""
        return self.today + self.time - self.start

    def random(self) -> float:
        """The number that the test sets."""
        return self.drawn

    def poll(self, timeout: float) -> tuple[float, list[doors.Handle]]:
        """Let time pass until something happens, or the timeout."""
        self.polls += 1
        end = self.time + timeout
        while self._events and self._events[0][0] <= end:
            when = max(self._events[0][0], self.time)
            if self._ready and when > self.time:
                break
            self.time = when
            heappop(self._events)[2]()
        if not self._ready:
            self.time = end
        if self.time > self.start + LONGEST:
            raise AssertionError("the engine waits for something that never comes")
        ready, self._ready = self._ready, []
        return self.time, ready

    def watch(self, descriptor: int) -> FakeWakeup:
        """Report the pipe once, immediately if a message has arrived already."""
        if descriptor != self.pipe.fileno():
            raise OSError(errno.EBADF, "Bad file descriptor")
        wakeup = self._wakeup = FakeWakeup()
        self._wake()
        return wakeup

    def unwatch(self) -> None:
        """Stop watching the pipe."""
        self._wakeup = None

    def resolve(self, target: Target, recipe: Recipe) -> tuple[Address, ...] | Failure | FakeLookup:
        """Return a literal immediately; look up a name in the scripted name service."""
        if target.path is not None:
            return (Address(0, target.path, 0),)
        host, port = target.address or target.host or "", target.port or 0
        wanted = recipe.family or (0 if recipe.source is None else 6 if ":" in recipe.source else 4)
        if ":" in host or host.replace(".", "").isdigit():
            family = 6 if ":" in host else 4
            if recipe.family not in (0, family):
                return Failure(Cause.NO_ADDRESS, f"{host} is not an IPv{recipe.family} address")
            literal, _sign, zone = host.partition("%")
            if zone == "lo":  # the only interface of this network; it has no link-local address
                reason = f"{literal} takes no interface: only a link-local address does"
                return Failure(Cause.SOURCE_UNUSABLE, reason)
            if zone:
                return Failure(Cause.SOURCE_UNUSABLE, f"no such interface: {zone}")
            return (Address(family, host, port),)
        self.lookups.append(host)
        lookup = FakeLookup()
        name = self.names.get(host, Name(failure=Failure(Cause.NAME_UNKNOWN, "Name or service not known")))
        if not name.silent:
            found = tuple(Address(6 if ":" in each else 4, each, port) for each in name.addresses)
            found = tuple(each for each in found if wanted in (0, each.family))
            result = name.failure or found or Failure(Cause.NO_ADDRESS, "No address associated with hostname")
            self.later(name.after, lambda: self._looked_up(lookup, result))
        return lookup

    def connect(
        self, address: Address, recipe: Recipe, special: SynOptions | None = None
    ) -> FakeConnection | Failure | None:
        """Begin to connect to the scripted server of that address."""
        self._note("connect" if special is None else "special", address.text)
        if recipe.network == "tcp" and address.family:
            self.syns.append((self.time - self.start, address, special))
        server = self._on_the_way(address, special) or self._server(address)
        connection = FakeConnection(address, server, self.time)
        self.time += self.busy
        connection.special = special
        if server.kind in ("fail", "gone"):
            return server.failure
        if server.kind == "full" and self.time < self.start + server.after:
            self.journal.pop()
            return None
        self.open.add(connection)
        self.most = max(self.most, len(self.open))
        if recipe.network == "udp" or address.family == 0:
            self._establish(connection)
            connection.rtt = connection.retransmits = None  # figures of TCP
            connection.connecting = False
        elif server.kind == "accept":
            self.later(server.after, lambda: self._establish(connection))
        elif server.kind in ("refuse", "icmp"):
            self.later(server.after, lambda: self._refuse(connection))
        return connection

    def connected(self, connection: FakeConnection) -> bool | Failure:
        """Return whether the connection is established, or why it was refused."""
        if connection.refused is not None:
            return connection.refused
        connection.connecting = connection.actor is None
        return not connection.connecting

    def inspect(self, connection: FakeConnection) -> TcpState | None:
        """The scripted state; None, as on a system without TCP_INFO, where the script has no state."""
        server = connection.server
        state = server.small if connection.is_small else server.state
        if not connection.sent and server.quiet is not None:
            state = server.quiet
        return state(self.time - connection.began) if callable(state) else state

    def own_address(self, connection: FakeConnection) -> Address:
        """A local address."""
        if not connection.address.family:
            return Address(0, "", 0)
        return Address(
            connection.address.family, "::9" if connection.address.family == 6 else "127.0.0.9", 50000
        )

    def start_keepalive(self, connection: FakeConnection) -> None:
        """Note that keepalive probes are sent; a peer that has forgotten the connection answers with a reset."""
        self._note("ask peer", connection.address.text)
        if connection.server.forgets:
            reset = Failure(Cause.RESET, "Connection reset by peer")
            self.later(1.0, lambda: self.deliver(connection, reset))

    def name_servers(self) -> tuple[Address, ...]:
        """The resolvers."""
        return tuple(Address(6 if ":" in each else 4, each, 53) for each in self.resolvers)

    def reach(self, address: Address, recipe: Recipe) -> Reach | None:
        """The scripted one."""
        self._asked(
            "reach", address.text if recipe.source is None else f"{address.text} from {recipe.source}"
        )
        found = self.local.reaches.get(address.text)
        return found(self.time - self.start) if callable(found) else found

    def interface(self, name: str) -> Interface | None:
        """The scripted one."""
        self._asked("interface", name)
        return self.local.interfaces.get(name)

    def counters(self) -> Counters | None:
        """The scripted ones at this time."""
        self._asked("counters", "")
        return self.local.counters(self.time - self.start) if self.local.counters is not None else None

    def connections(self, port: int) -> list[tuple[str, str, int]] | None:
        """The scripted ones at this time."""
        self._asked("connections", str(port))
        return self.local.connections(self.time - self.start) if self.local.connections is not None else None

    def hosts_entry(self, name: str) -> HostsEntry | None:
        """The content of the scripted hosts file."""
        self._asked("hosts", name)
        hosts = self.local.hosts
        return HostsEntry(name, tuple(hosts.get(name, ()))) if hosts is not None else None

    def give_up(self, connection: FakeConnection) -> Failure:
        """The timeout, with the SYNs that were repeated by then."""
        # A newer kernel repeats the SYN after 1, 2, 3 and 4 s.
        return Failure(Cause.TIMED_OUT, retransmits=min(4, int(self.time - connection.began + 1e-9)))

    def send(self, connection: FakeConnection, data: bytes) -> int | Failure | None:
        """Send as many bytes as the window has room for."""
        if connection.refused is not None:
            return connection.refused
        count = min(len(data), connection.window)
        if not count and data:
            return None
        connection.sent += count
        connection.window -= count if connection.server.deaf else 0
        if connection.actor is not None:
            connection.actor.hear(data[:count])
        return count

    def receive(self, connection: FakeConnection) -> bytes | Failure | None:
        """Return what the server has sent and the client has not read yet."""
        if not connection.inbox:
            if connection.floods:
                self.time += 0.0001  # 160 MB/s
                return b"x" * 16384
            return None
        first = connection.inbox[0]
        if isinstance(first, bytes) and first:
            connection.inbox.pop(0)
        return first

    def finish(self, connection: FakeConnection) -> None:
        """The client's FIN, which a server answers with its own unless it lingers."""
        self._note("finish", connection.address.text)
        if connection.actor is not None:
            connection.actor.client_finished()

    def close(self, connection: FakeConnection, reset: bool = False) -> None:
        """Close the connection."""
        if not connection.is_open:
            return
        connection.is_open = False
        self.open.discard(connection)
        self._note("reset" if reset else "close", connection.address.text)

    def secure(self, plan: TlsPlan, name: str | None) -> doors.TlsSession | Failure:
        """A real TLS session: it handles bytes only."""
        if self._real is None:
            from tcp_health.network.network import Network

            self._real = Network()
        return self._real.secure(plan, name)

    def shut(self) -> None:
        """Close what is open."""
        for connection in list(self.open):
            self.close(connection)

    # Events in the network

    def _on_the_way(self, address: Address, special: SynOptions | None) -> Server | None:
        """The device that answers or drops a SYN before the host, or drops the host's answer; None: no device."""
        way = self.ways.get(f"{address.text}[{address.port}]", self.ways.get(address.text))
        if special is None or way is None:
            return None
        if special.least_ttl > way.arrival:
            return Server("silent")
        # A router checks the TTL first, and its filter after that.
        if not special.ttl or special.ttl >= (min(way.sender + 1, way.host) if way.sender else way.host):
            return None
        router = way.router(special.ttl, special.port)
        if router is None or (way.passes is not None and special.ttl > way.passes):
            return Server("silent")
        icmp = Icmp(address.family, *((11, 0) if address.family == 4 else (3, 0)), router)
        failure = Failure(Cause.UNREACHABLE, "No route to host", icmp, 0)
        return Server("icmp", after=way.hop * special.ttl, failure=failure)

    def _server(self, address: Address) -> Server:
        text = f"{address.text}[{address.port}]"
        text = text if text in self.servers else address.text
        found = self.servers.get(text, self.default)
        if found is None:
            raise AssertionError(f"no server was scripted for {text}")
        if isinstance(found, Server):
            return found
        return found.pop(0) if len(found) > 1 else found[0]

    def _note(self, what: str, text: str) -> None:
        self.journal.append((self.time - self.start, what, text))

    def _asked(self, what: str, text: str) -> None:
        self.asked.append((self.time - self.start, what, text))

    def later(self, delay: float, action: Callable[[], None]) -> None:
        """Call a function after so many seconds."""
        self._serial += 1
        heappush(self._events, (self.time + delay, self._serial, action))

    def _arrived(self, message: str) -> None:
        if self.pipe.is_open:
            self.pipe.arrived.append(message)
            self._wake()

    def _wake(self) -> None:
        if self._wakeup is not None and self.pipe.arrived:
            self._ready.append(self._wakeup)
            self._wakeup = None

    def _looked_up(self, lookup: FakeLookup, result: tuple[Address, ...] | Failure) -> None:
        lookup.result = result
        self._ready.append(lookup)

    def _establish(self, connection: FakeConnection) -> None:
        if not connection.is_open:
            return
        server = connection.server
        if connection.address.family and server.kind == "accept":
            connection.retransmits = server.retransmits
            connection.rtt = None if server.retransmits else server.after
        connection.actor = _Actor(self, connection)
        self._ready.append(connection)
        connection.actor.go_on()

    def _refuse(self, connection: FakeConnection) -> None:
        connection.refused = connection.server.failure
        self._ready.append(connection)

    def deliver(self, connection: FakeConnection, what: bytes | Failure) -> None:
        """Let the client receive this."""
        if connection.is_open:
            connection.inbox.append(what)
            self._ready.append(connection)


if TYPE_CHECKING:
    _: type[doors.Network] = FakeNetwork


class _Actor:
    """The server's end of one connection, which plays its steps."""

    def __init__(self, network: FakeNetwork, connection: FakeConnection) -> None:
        self.network = network
        self.connection = connection
        server = connection.server
        self.steps = list(server.small_steps if connection.is_small else server.steps)
        self.heard = b""
        self.datagrams = 0
        self.waiting = False
        self.ended = False
        self.client_done = False
        self.performance: Performance | None = None
        self.action: bytes | float | Word | None = None
        self.tls: ssl.SSLObject | None = None
        days = connection.server.certificate
        if days is not None:
            self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            context = server_context(network.wall(), days)
            self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
            self.shaken = False

    def go_on(self) -> None:
        """Play the steps until one has to wait."""
        if self.waiting or not self.connection.is_open or (self.tls is not None and not self.shaken):
            return
        while self.steps or self.performance is not None:
            if self.performance is not None:
                if not self._perform(self.performance):
                    return
                continue
            step = self.steps[0]
            if isinstance(step, Hear):
                if step.data not in self.heard or not self.datagrams:
                    return
                if step.data:
                    self.heard = self.heard.partition(step.data)[2]
                self.steps.pop(0)
                continue
            self.steps.pop(0)
            if isinstance(step, (int, float)):
                self.waiting = True
                self.network.later(step, self._waited)
                return
            if isinstance(step, bytes):
                self._say(step)
            elif isinstance(step, Play):
                self.performance = step.begin()
                self.action = next(self.performance)
            elif callable(step):
                self._say(step(self.network.heard[self.connection.address.text]))
            elif step is END:
                self._end()
            elif step is FLOOD:
                self.connection.floods = True
                self.network.deliver(self.connection, b"x")
            elif step is RESET:
                self._reset()
                return

    def _perform(self, performance: Performance) -> bool:
        """Play the next action; False: it has to wait."""
        action, heard = self.action, b""
        if isinstance(action, (int, float)):
            self.waiting = True
            self.network.later(action, self._waited)
        elif action is HEAR:
            heard, self.heard = self.heard, b""
            if not heard:
                return False
        elif isinstance(action, bytes):
            self._say(action)
        elif action is END:
            self._end()
        elif action is RESET:
            self._reset()
            self.performance, self.steps = None, []
            return False
        try:
            self.action = performance.send(heard)
        except StopIteration:
            self.performance = None
        return not self.waiting

    def _reset(self) -> None:
        self.ended = True
        self.network.deliver(self.connection, Failure(Cause.RESET, "Connection reset by peer"))

    def _waited(self) -> None:
        self.waiting = False
        self.go_on()
        if self.client_done and not self.steps:
            self._end()

    def _say(self, data: bytes) -> None:
        if self.tls is not None:
            self.tls.write(data)
            data = self.outgoing.read()
        self.network.deliver(self.connection, data)

    def _end(self) -> None:
        if not self.ended and not self.connection.server.lingers:
            self.ended = True
            self.network.deliver(self.connection, b"")

    def hear(self, data: bytes) -> None:
        """The client has sent something."""
        server = self.connection.server
        if server.deaf:
            return
        if self.tls is not None:
            self.incoming.write(data)
            data = self._decrypt()
        self.heard += data
        self.datagrams += 1
        place = self.connection.address.text
        self.network.heard[place] = self.network.heard.get(place, b"") + data
        if server.kind == "refuse":  # a closed UDP port answers a datagram with an ICMP message
            self.network.deliver(self.connection, Failure(Cause.PORT_UNREACHABLE, "Connection refused"))
            return
        if server.kind == "icmp" and server.failure is not None:
            self.network.deliver(self.connection, server.failure)
            return
        self.go_on()

    def _decrypt(self) -> bytes:
        if self.tls is None:
            return b""
        heard = b""
        try:
            if not self.shaken:
                self.tls.do_handshake()
                self.shaken = True
            while data := self.tls.read(65536):
                heard += data
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            self.network.deliver(self.connection, b"")
        reply = self.outgoing.read()
        if reply:
            self.network.deliver(self.connection, reply)
        return heard

    def client_finished(self) -> None:
        """The client has ended its side."""
        self.client_done = True
        if not self.waiting:
            self._end()
