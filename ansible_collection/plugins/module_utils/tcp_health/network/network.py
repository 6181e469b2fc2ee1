# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The real network: clock, sockets, TCP_INFO, the error queue. It loads the resolver and TLS when needed."""

from __future__ import annotations

import errno
import os
import select
import sys
from time import CLOCK_REALTIME, clock_gettime, monotonic, time

from ..model.causes import Cause
from ..model.outcome import Failure
from ..model.target import Address
from ..wire.kernel import (
    CLOSE_WAIT,
    ESTABLISHED,
    FULL_TCP_INFO_SIZE,
    OTHER_SYSTEMS,
    TCP_INFO_SIZE,
    icmp_error,
    is_prohibited,
    other_info,
    tcp_info,
    tcp_state,
)
from .errors import CAUSE_OF, SYNCHRONOUS, failure_of
from .pollers import ENDED, READABLE, WRITABLE, EdgePoller, LevelPoller

# The module socket takes 2.5 ms to import, most of it for enums. What a check needs is in the module below it.
try:
    import _socket as socket
except ImportError:  # pragma: no cover - CPython and PyPy have it
    import socket  # type: ignore[no-redef]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

    from ..conversation import doors
    from ..model.evidence import Icmp, TcpState
    from ..model.local import Counters, HostsEntry, Interface, Reach
    from ..model.recipe import Recipe, SynOptions, TlsPlan
    from ..model.target import Target
    from .resolver import Lookup, Resolver
    from .tls import Contexts, TlsSession

    Handle = Union["Connection", "Lookup", "Wakeup"]
    SocketAddress = Union[str, tuple[str, int], tuple[str, int, int, int]]

_LINUX = sys.platform.startswith("linux")

# A refused SYN is ECONNREFUSED. These errors mean that the connection was established, and reset before it was polled.
_AFTERWARDS = (errno.ECONNRESET, errno.EPIPE)

# linux/in.h, linux/in6.h; the socket module lacks the names. IPv4 queues the ICMP message that ends a TCP connect by
# default.
_IPV6_RECVERR = 25
_RECVERR = {4: (socket.IPPROTO_IP, 11), 6: (socket.IPPROTO_IPV6, _IPV6_RECVERR)}

_CONNECTED = (ESTABLISHED, CLOSE_WAIT)

# What connect_ex returns if no error is known yet.
_UNDER_WAY = (0, errno.EINPROGRESS)

# Not every system can make a socket non-blocking in the call that makes it.
_NONBLOCK = getattr(socket, "SOCK_NONBLOCK", 0)

# Bytes of one read: much more than a greeting, and few calls for an endless answer.
CHUNK = 16384

_FAMILIES = {0: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}


class Connection:
    """A socket, connecting or established. Attributes that are not listed here are described in doors.Connection.

    early_error  errno of a reset that came before the established connection was polled, or 0
    recverr      whether IPV6_RECVERR is set, so that the kernel queues ICMP messages
    readable, writable, ended  what the poller has reported; reset when a call would block
    """

    __slots__ = (
        "began", "connecting", "early_error", "ended", "fileno", "is_open", "is_tcp", "readable", "recverr",
        "retransmits", "rtt", "socket", "task", "writable",
    )  # fmt: skip

    def __init__(self, sock: socket.socket, is_tcp: bool, began: float) -> None:
        self.socket = sock
        self.fileno = sock.fileno()
        self.is_tcp = is_tcp
        self.began = began
        self.is_open = True
        self.connecting = True
        self.early_error = 0
        self.recverr = False
        self.readable = False
        self.writable = False
        self.ended = False
        self.rtt: float | None = None
        self.retransmits: int | None = None
        self.task: Any = None  # as in doors.Handle


class Wakeup:
    """A watched descriptor; ``task`` is as in doors.Handle."""

    __slots__ = ("fileno", "task")

    def __init__(self, fileno: int) -> None:
        self.fileno = fileno
        self.task: Any = None


class Network:
    """The real network of this machine. Only one engine may use it at a time. Only lookups run in threads.

    kept_names  the maximum number of names whose lookups are kept; 0: each check looks its name up
    """

    def __init__(self, kept_names: int = 0) -> None:
        self._kept_names = kept_names
        self._poller: EdgePoller | LevelPoller | None = None
        self._resolver: Resolver | None = None
        self._tls: Contexts | None = None
        self._connections: dict[int, Connection] = {}
        self._wakeup: Wakeup | None = None

    now = staticmethod(monotonic)

    @staticmethod
    def wall() -> float:
        """Return the time of day in seconds since the epoch."""
        try:
            return time()
        except OverflowError:  # Python counts nanoseconds in 64 bits, to the year 2262
            return clock_gettime(CLOCK_REALTIME)

    @staticmethod
    def random() -> float:
        """Return a random number from 0 to 1, without the random module, which costs 5 ms to import."""
        return int.from_bytes(os.urandom(4), "big") / 2**32

    def poll(self, timeout: float) -> tuple[float, list[Handle]]:
        """Wait up to ``timeout`` seconds; return the time at which the wait ended, and the ready handles."""
        ready: list[Handle] = []
        connections = self._connections
        if self._poller is None:
            select.select((), (), (), timeout)
            return monotonic(), ready
        events = self._poller.poll(timeout)
        now = monotonic()
        for descriptor, bits in events:
            connection = connections.get(descriptor)
            if connection is None:
                if self._resolver is not None and descriptor == self._resolver.fileno:
                    ready.extend(self._resolver.finished())
                elif self._wakeup is not None and descriptor == self._wakeup.fileno:
                    ready.append(self._wakeup)
                    self.unwatch()
                continue
            if bits & READABLE:
                connection.readable = True
            if bits & WRITABLE:
                connection.writable = True
            if bits & ENDED:
                connection.readable = connection.writable = connection.ended = True
            ready.append(connection)
        return now, ready

    def watch(self, descriptor: int) -> Wakeup:
        """Report the returned handle once, when the descriptor is readable or at its end. Only one descriptor is watched.

        Raises OSError where the descriptor cannot be watched.
        """
        self.unwatch()
        # It is registered again each time: its owner may have closed it, and opened another descriptor with its number.
        self._open_poller().add_reader(descriptor)
        self._wakeup = Wakeup(descriptor)
        return self._wakeup

    def unwatch(self) -> None:
        """Stop watching the descriptor."""
        if self._wakeup is not None and self._poller is not None:
            self._poller.remove_reader(self._wakeup.fileno)
        self._wakeup = None

    def _add(self, connection: Connection) -> None:
        """Register a connection with the poller."""
        if self._wakeup is not None and self._wakeup.fileno == connection.fileno:
            self.unwatch()  # its owner has closed it, and the connection has its number now
        (self._poller or self._open_poller()).add(connection.fileno)
        self._connections[connection.fileno] = connection

    def resolve(self, target: Target, recipe: Recipe) -> tuple[Address, ...] | Failure | Lookup:
        """Return the target's addresses if no name service is needed, else a pending Lookup."""
        if target.path is not None:
            return (Address(0, target.path, 0),)
        host = target.address or target.host or ""
        port = target.port or 0
        literal = _literal(host, port)
        if literal is not None:
            if recipe.family and literal.family != recipe.family:
                return Failure(Cause.NO_ADDRESS, f"{host} is not an IPv{recipe.family} address")
            return (literal,)
        address, _sign, zone = host.partition("%")
        if zone and _literal(address, port) is not None:
            return Failure(Cause.SOURCE_UNUSABLE, _zone_problem(address, zone))
        if target.address is not None:
            return Failure(Cause.NAME_UNKNOWN, f"{target.address} is not an address")
        try:
            if self._resolver is None:
                from .resolver import Resolver  # not needed for an address

                resolver = Resolver(self._kept_names)
                try:
                    if self._wakeup is not None and self._wakeup.fileno == resolver.fileno:
                        self.unwatch()  # as in _add
                    self._open_poller().add_reader(resolver.fileno)
                except OSError:
                    resolver.stop()
                    raise
                self._resolver = resolver
            return self._resolver.ask(host, port, _FAMILIES[recipe.family or _family_of(recipe.source)])
        except (OSError, RuntimeError, ImportError) as problem:  # RuntimeError: no thread could be started
            return Failure(Cause.LOCAL_LIMIT, getattr(problem, "strerror", None) or str(problem))

    def connect(
        self, address: Address, recipe: Recipe, special: SynOptions | None = None
    ) -> Connection | Failure | None:
        """Begin to connect. ``connecting`` of the returned connection is false if it is established already.

        Returns None if the backlog of a Unix socket is full: the kernel does not report when there is room again.
        """
        udp = recipe.network == "udp"
        family = _FAMILIES[address.family] if address.family else socket.AF_UNIX
        try:
            sock = _nonblocking_socket(family, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
        except OSError as problem:
            return failure_of(problem, synchronous=True)
        is_tcp = not udp and address.family != 0
        recverr = is_tcp and _LINUX and address.family == 6
        try:
            if recverr or udp or special is not None or recipe.source is not None or recipe.tls is not None:
                _prepare(sock, address, recipe, special)
            where = (address.text, address.port) if address.family == 4 else _socket_address(address)
            began = monotonic()
            code = sock.connect_ex(where)
            if code not in _UNDER_WAY:
                full = code == errno.EAGAIN and family == socket.AF_UNIX
                failure = None if full else _connect_failure(sock, code, is_tcp, synchronous=True)
                sock.close()
                return failure
            connection = Connection(sock, is_tcp, began)
            connection.recverr = recverr
            self._add(connection)
        except _SourceError as problem:
            sock.close()
            return Failure(Cause.SOURCE_UNUSABLE, str(problem))
        except OSError as problem:
            sock.close()
            return failure_of(problem, synchronous=True)
        if code == 0:
            self._established(connection)
        return connection

    def connected(self, connection: Connection) -> bool | Failure:
        """Return whether a ready connection is established; False: the connect is still pending."""
        sock = connection.socket
        if not connection.is_tcp or not _LINUX:
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                return _connect_failure(sock, code, connection.is_tcp, synchronous=False)
            connection.connecting = False
            if connection.is_tcp:
                _read_other_info(connection)
            return True
        # Only the state proves success: SO_ERROR is also 0 for a dead host after its error queue was read.
        info = tcp_info(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_SIZE))
        state, _unused, retransmits, rtt = info if info is not None else (0, 0, None, None)
        code = 0
        if state not in _CONNECTED:
            # SO_ERROR also has soft errors, such as an ICMP message that arrived while connect() was running.
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if info is not None and (state in _CONNECTED or code in _AFTERWARDS):
            connection.connecting = False
            if connection.recverr:
                # From now on an ICMP message is only a hint. With the option set, it would end the connection.
                sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 0)
            connection.early_error = code
            connection.rtt = rtt
            connection.retransmits = retransmits
            return True
        if code == 0:
            return False
        failure = _connect_failure(sock, code, True, synchronous=False)
        if info is not None:
            failure = Failure(failure.cause, failure.error, failure.icmp, retransmits)
        return failure

    def _established(self, connection: Connection) -> None:
        connection.connecting = False
        connection.writable = True
        if connection.is_tcp and _LINUX:
            self.connected(connection)

    def inspect(self, connection: Connection) -> TcpState | None:
        """Return the kernel's state of a connection; None if the system does not report it."""
        if not connection.is_tcp or not _LINUX or not connection.is_open:
            return None
        try:
            state = tcp_state(
                connection.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, FULL_TCP_INFO_SIZE)
            )
        except OSError:
            return None
        if state is None or state.state != ESTABLISHED:
            return state  # after the peer's FIN no segment is missing, but the FIN itself takes memory
        local = _local()
        return (
            state.replace(out_of_order=local.out_of_order(connection.socket)) if local is not None else state
        )

    @staticmethod
    def own_address(connection: Connection) -> Address:
        """Return the local address of a connection."""
        family = next(
            (each for each, kind in _FAMILIES.items() if each and kind == connection.socket.family), 0
        )
        if not family:
            return Address(0, "", 0)
        text, port, *_unused = connection.socket.getsockname()
        return Address(family, str(text).partition("%")[0], port)

    def start_keepalive(self, connection: Connection) -> None:
        """Send a keepalive probe every second. The peer's kernel answers it; the service there does not notice it."""
        if not connection.is_tcp or not _LINUX:
            return
        sock = connection.socket
        try:
            for option, value in (
                (socket.TCP_KEEPIDLE, 1),
                (socket.TCP_KEEPINTVL, 1),
                (socket.TCP_KEEPCNT, 100),
            ):
                sock.setsockopt(socket.IPPROTO_TCP, option, value)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        except OSError:
            pass  # the connection has ended meanwhile, which the next receive reports

    @staticmethod
    def name_servers() -> tuple[Address, ...]:
        """Return the name servers of resolv.conf that are addresses."""
        from ..text.files import FileError, content
        from ..wire.dns import PORT, name_servers

        try:
            named = name_servers(content("/etc/resolv.conf").decode("utf-8", "replace"))
        except FileError:
            named = name_servers("")
        found = (_literal(each, PORT) for each in named)
        return tuple(each for each in found if each is not None)

    @staticmethod
    def reach(address: Address, recipe: Recipe) -> Reach | None:
        """Return the route to an address and the neighbour there; None where the system does not report them."""
        local = _local()
        found: Reach | None = local.reach(address, recipe.source) if local is not None else None
        return found

    @staticmethod
    def interface(name: str) -> Interface | None:
        """Return the state of an interface of this host; None if it does not exist or cannot be read."""
        local = _local()
        found: Interface | None = local.interface(name) if local is not None else None
        return found

    @staticmethod
    def counters() -> Counters | None:
        """Return the packet counters of this host; None where they cannot be read."""
        local = _local()
        found: Counters | None = local.counters() if local is not None else None
        return found

    @staticmethod
    def connections(port: int) -> list[tuple[str, str, int]] | None:
        """Return the connections of a port of this host as (local, remote, remote port); None: they cannot be read."""
        local = _local()
        found: list[tuple[str, str, int]] | None = local.connections(port) if local is not None else None
        return found

    @staticmethod
    def hosts_entry(name: str) -> HostsEntry | None:
        """Return what /etc/hosts has for a name; None if it cannot be read completely."""
        local = _local()
        if local is None:
            return None
        found: HostsEntry | None = local.hosts_entry(name, lambda text: _literal(text, 0) is not None)
        return found

    def give_up(self, connection: Connection) -> Failure:
        """Return the failure of a connect that has timed out, with the number of unanswered SYNs."""
        unanswered = None
        if connection.is_tcp and _LINUX:
            try:
                info = tcp_info(
                    connection.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_SIZE)
                )
            except OSError:
                info = None
            unanswered = info[1] if info is not None else None
        return Failure(Cause.TIMED_OUT, retransmits=unanswered)

    def send(self, connection: Connection, data: bytes) -> int | Failure | None:
        """Return how many bytes the kernel accepted; None: it accepts no bytes now."""
        try:
            return connection.socket.send(data)
        except BlockingIOError:
            connection.writable = False
            self._open_poller().wait_writable(connection.fileno)
            return None
        except OSError as problem:
            return _failure_afterwards(connection, problem)

    def receive(self, connection: Connection) -> bytes | Failure | None:
        """Return up to CHUNK bytes, b"" at the end of file; None: there is no data yet."""
        if connection.readable:
            try:
                data = connection.socket.recv(CHUNK)
            except BlockingIOError:
                pass
            except OSError as problem:
                return _failure_afterwards(connection, problem)
            else:
                if not data and connection.early_error:
                    error = OSError(connection.early_error, os.strerror(connection.early_error))
                    return failure_of(error, synchronous=False)
                if len(data) < CHUNK and connection.is_tcp and not connection.ended:
                    # All data was read. The next byte or the end is a new event. Datagrams are read one by one.
                    connection.readable = False
                return data
        connection.readable = False
        self._open_poller().wait_readable(connection.fileno)
        return None

    def finish(self, connection: Connection) -> None:
        """Send FIN, unless the connection has ended already."""
        try:
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self, connection: Connection, reset: bool = False) -> None:
        """Close a connection, with a RST (SO_LINGER of 0 s) if ``reset``."""
        if not connection.is_open:
            return
        connection.is_open = False
        self._connections.pop(connection.fileno, None)
        if self._poller is not None:
            self._poller.remove(connection.fileno)
        try:
            if reset:
                # struct linger: two C ints, on and 0 seconds.
                on_and_zero = (1).to_bytes(4, sys.byteorder) + bytes(4)
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on_and_zero)
            connection.socket.close()
        except OSError:
            pass  # a connection that was reset may report it again; it is closed nevertheless

    def secure(self, plan: TlsPlan, name: str | None) -> TlsSession | Failure:
        """Return a new TLS session that sends the server name ``name``, or why it cannot be made."""
        try:
            if self._tls is None:
                from ..text.files import refuse_openssl_configuration

                refuse_openssl_configuration()
                from .tls import Contexts  # ssl takes 12 ms to import, and most checks do not use it

                self._tls = Contexts()
        except ValueError as problem:
            return Failure(Cause.TLS_UNUSABLE, str(problem))
        except (ImportError, OSError) as problem:
            return Failure(Cause.LOCAL_LIMIT, f"the ssl module cannot be loaded: {problem}")
        return self._tls.session(plan, name)

    def shut(self) -> None:
        """Close all connections, the resolver and the poller."""
        for connection in list(self._connections.values()):
            self.close(connection)
        if self._resolver is not None:
            self._resolver.stop()
        if self._poller is not None:
            self._poller.close()
            self._poller = None
        self._wakeup = None

    def _open_poller(self) -> EdgePoller | LevelPoller:
        if self._poller is None:
            self._poller = EdgePoller() if hasattr(select, "epoll") else LevelPoller()
        return self._poller


if TYPE_CHECKING:
    _unused: type[doors.Network] = Network


def _local() -> Any:
    """Return the module local, or None if it cannot be loaded, as when no descriptor is left."""
    try:
        from . import local  # only a check that fails needs it
    except (ImportError, OSError):
        return None
    return local


def _read_other_info(connection: Connection) -> None:
    """Set the round-trip time and the retransmitted SYNs on macOS and FreeBSD. On other systems they stay unknown."""
    system = next((name for name in OTHER_SYSTEMS if sys.platform.startswith(name)), None)
    if system is None:
        return
    option, size, _unused2, _unused3 = OTHER_SYSTEMS[system]
    try:
        raw = connection.socket.getsockopt(socket.IPPROTO_TCP, option, size)
    except OSError:
        return  # an older system does not have the option
    found = other_info(raw, system)
    if found is not None:
        connection.rtt, connection.retransmits = found


def _nonblocking_socket(family: int, kind: int) -> socket.socket:
    sock = socket.socket(family, kind | _NONBLOCK)
    if not _NONBLOCK:
        sock.setblocking(False)
    return sock


def _literal(host: str, port: int) -> Address | None:
    """Return the address if the host is an IP address; None for a name."""
    if ":" in host:
        try:
            found = socket.getaddrinfo(
                host, port, socket.AF_INET6, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST
            )
        except (OSError, UnicodeError):
            return None
        text, number, _unused2, scope = found[0][4]  # type: ignore[misc]  # AF_INET6 addresses have four parts
        return Address(6, str(text).partition("%")[0], int(number), int(scope))
    try:
        socket.inet_pton(socket.AF_INET, host)
    except (OSError, ValueError):
        return None
    return Address(4, host, port)


def _zone_problem(address: str, zone: str) -> str:
    """Return why the system does not accept an address with that zone."""
    try:
        socket.if_nametoindex(zone)
    except OSError:
        return f"no such interface: {zone}"
    return f"{address} takes no interface: only a link-local address does"


def _family_of(source: str | None) -> int:
    """Return the address family of a source address; 0 for an interface, which can have both."""
    own = _literal(source, 0) if source is not None else None
    return own.family if own is not None else 0


def _socket_address(address: Address) -> SocketAddress:
    if address.family == 4:
        return address.text, address.port
    if address.family == 6:
        return address.text, address.port, 0, address.scope
    return address.text


def _prepare(sock: socket.socket, address: Address, recipe: Recipe, special: SynOptions | None) -> None:
    """Set the options of a socket before its connect, and bind it. Raises OSError and _SourceError."""
    is_tcp = recipe.network != "udp" and address.family != 0
    port = special.port if special is not None else 0
    if port:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if recipe.source is not None and address.family:
        port = _bind(sock, recipe.source, address.family, port)
    if port:
        sock.bind(("" if address.family == 4 else "::", port))
    if recipe.tls is not None and is_tcp:
        # A handshake consists of several small writes. Nagle's algorithm would delay the later ones by 40 ms.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if special is not None:
        _set_special(sock, special, address.family)
    if is_tcp and _LINUX and address.family == 6:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
    elif recipe.network == "udp" and _LINUX and address.family and recipe.trace != "never":
        # Without it a UDP socket reports no ICMP message but port unreachable.
        sock.setsockopt(*_RECVERR[address.family], 1)


def _set_special(sock: socket.socket, special: SynOptions, family: int) -> None:
    """Set the options of a diagnostic SYN. The socket module does not have all their names (linux/in.h, in6.h)."""
    level, ttl, errors, least = (
        (socket.IPPROTO_IP, socket.IP_TTL, 11, 21)
        if family == 4
        else (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 25, 73)
    )
    if not _LINUX and (special.ttl or special.least_ttl):
        # On other systems these numbers are other options, and no error queue contains the sender of an ICMP message.
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    if special.ttl:
        # IP_RECVERR, IPV6_RECVERR: a router's ICMP message ends the connect.
        sock.setsockopt(level, errors, 1)
        sock.setsockopt(level, ttl, special.ttl)
    if special.least_ttl:
        sock.setsockopt(level, least, special.least_ttl)  # IP_MINTTL, IPV6_MINHOPCOUNT
    if special.segment:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, special.segment)


class _SourceError(Exception):
    """The source address or interface cannot be used; the text is one clause."""


def _bind(sock: socket.socket, source: str, family: int, port: int) -> int:
    """Bind to a source address or interface. Return the port if it must still be bound, else 0."""
    own = _literal(source, port)
    try:
        if own is None:
            if not hasattr(socket, "SO_BINDTODEVICE"):
                raise _SourceError("this system cannot send through a named interface; give an address")
            sock.setsockopt(
                socket.SOL_SOCKET, socket.SO_BINDTODEVICE, source.encode("utf-8", "surrogateescape")
            )
            return port
        if own.family != family:
            raise _SourceError(f"{source} is an IPv{own.family} address, the target has IPv{family}")
        if _LINUX and not port:
            # IP_BIND_ADDRESS_NO_PORT (linux/in.h): the kernel chooses the port at the connect, so that connections to
            # different targets can share one.
            sock.setsockopt(socket.IPPROTO_IP, 24, 1)
        sock.bind(_socket_address(own))
    except OSError as problem:
        if problem.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
            raise
        raise _SourceError(f"cannot send from {source}: {problem.strerror}") from None
    return 0


def _connect_failure(sock: socket.socket, code: int, is_tcp: bool, *, synchronous: bool) -> Failure:
    """Return why a connect failed: by its errno, and by the ICMP message in the error queue, if any."""
    words = os.strerror(code)
    if sock.family == socket.AF_UNIX:
        return Failure(CAUSE_OF.get(code, Cause.OTHER), words)
    icmp = _icmp(sock) if _LINUX and is_tcp else None
    cause = CAUSE_OF.get(code, Cause.OTHER)
    if icmp is not None:
        if is_prohibited(icmp):
            cause = Cause.PROHIBITED
        elif cause != Cause.REFUSED:
            cause = Cause.UNREACHABLE
    elif synchronous:
        cause = SYNCHRONOUS.get(code, cause)
    elif cause == Cause.ACCESS_DENIED:
        cause = Cause.PROHIBITED
    return Failure(cause, words, icmp)


def _failure_afterwards(connection: Connection, problem: OSError) -> Failure:
    """Return why a send or receive failed; for UDP with the ICMP message, unless the host itself reports port unreachable.

    The cause has all that is known of that one: the host sends it, or a firewall that answers for it.
    """
    failure = failure_of(problem, synchronous=False, datagram=not connection.is_tcp)
    closed = failure.cause == Cause.PORT_UNREACHABLE
    unreachable = closed or failure.cause in (Cause.UNREACHABLE, Cause.ACCESS_DENIED)
    if connection.is_tcp or not _LINUX or not unreachable:
        return failure
    icmp = _icmp(connection.socket)
    if icmp is None or (closed and icmp.offender in (None, connection.socket.getpeername()[0])):
        return failure
    if closed:
        return Failure(failure.cause, failure.error, icmp)
    cause = Cause.PROHIBITED if is_prohibited(icmp) else Cause.UNREACHABLE
    return Failure(cause, failure.error, icmp)


def _icmp(sock: socket.socket) -> Icmp | None:
    """Return the first ICMP message in the socket's error queue, or None: a RST leaves no entry there."""
    try:
        _unused0, control, _unused2, _unused3 = sock.recvmsg(576, 512, socket.MSG_ERRQUEUE)
    except OSError:
        return None
    for level, kind, raw in control:
        message = icmp_error(level, kind, raw)
        if message is not None:
            own = message.offender is not None and message.offender == sock.getsockname()[0]
            return message.replace(own=True) if own else message
    return None
