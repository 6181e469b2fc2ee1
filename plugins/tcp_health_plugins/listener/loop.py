# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The listener's event loop: accepts clients, drives their connections, and stops on a signal."""

from __future__ import annotations

import errno
import heapq
import resource
import select
import socket
import time
from contextlib import suppress
from itertools import count

from tcp_health.text.units import duration

from .binding import bind, bound_address, format_address, listen, resolve
from .connection import Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .binding import BindAddress
    from .options import Options
    from .secured import SecuredSocket

    Timer = Callable[[Connection, float], None]

# Clients accepted between two polls. The cost of a poll is small beside these, and they take a millisecond or two, so that
# the connected clients do not wait long.
_BURST = 128
_LAST_BURSTS = 64  # before the port closes; without a limit, a stream of new clients would keep it open

# epoll's cost does not grow with idle connections; every POSIX system has poll. Both have the methods register, modify,
# unregister and poll; the timeout is in seconds for epoll and in milliseconds for poll.
_POLLER = getattr(select, "epoll", select.poll)
_TIMEOUT_UNITS_PER_SECOND = 1 if hasattr(select, "epoll") else 1000
_LONGEST_WAIT = 3600.0  # the system call takes milliseconds as a 32-bit number

# accept(2): these errors concern the client's connection only, such as a client that has closed it already.
_CLIENT_ERRORS = frozenset(
    getattr(errno, name)
    for name in (
        "ECONNABORTED", "EPROTO", "ENETDOWN", "ENOPROTOOPT", "EHOSTDOWN", "ENONET", "EHOSTUNREACH",
        "EOPNOTSUPP", "ENETUNREACH", "EPERM",
    )
    if hasattr(errno, name)
)  # fmt: skip

# Seconds between retries after an accept error: the missing resource may be free again at once, and one try per second
# costs almost nothing.
_FIRST_BACKOFF = 0.005
_LONGEST_BACKOFF = 1.0
_SPARE_TIMERS = 4096  # timers of ended connections that may stay queued; removing them costs a pass over all

_LISTEN_RETRY = 1.0  # seconds, when another process has the port at the end of a flap's down time


class Listener:
    """A TCP server in one thread: call `open`, `run` and `close`, and `stop` from a signal handler."""

    def __init__(
        self,
        options: Options,
        log: Callable[[str], None],
        flush: Callable[[], None],
        secure: Callable[[socket.socket], SecuredSocket] | None = None,
    ) -> None:
        """Create the server. It passes lines to `log`, and calls `flush` before each poll.

        secure   wraps the socket of a client for TLS; None without TLS
        """
        self._options = options
        self._secure = secure
        self._log = log
        self._flush = flush
        self._poller = _POLLER()
        self._connections: dict[int, Connection] = {}
        self._accepted = 0
        self._socket: socket.socket | None = None
        self._accepting = False  # the poller watches the listening socket
        self._at_limit = False
        self._backoff = 0.0
        self._accept_again_at = 0.0
        self._address: BindAddress | None = None  # set for a flap, which binds it again
        self._reserved: socket.socket | None = None  # reserves the port while a flap keeps it closed
        self._flap_at: float | None = None
        self._timers: list[tuple[float, int, Timer, Connection]] = []
        self._timer_numbers = count()  # keeps the order of timers with equal times
        self._stops = 0
        self._ends_at: float | None = None
        self._wakeup, self.waker = socket.socketpair()
        self._wakeup.settimeout(0)
        self.waker.settimeout(0)
        self._poller.register(self._wakeup, select.POLLIN)

    def open(self) -> None:
        """Bind the port and listen. Raises OSError, or UnicodeError for an invalid host name."""
        options = self._options
        sock = bind(resolve(options.bind, options.port, options.network))
        self._listen(sock)
        if options.flap:
            self._address = bound_address(sock)
            self._flap_at = time.monotonic() + options.flap[0]
        self._flush()

    def stop(self) -> None:
        """Stop accepting, and end with the last connection or the grace period; the second call ends at once.

        It only counts, so that a signal handler can call it. A byte to `waker`, as signal.set_wakeup_fd sends it,
        wakes the loop.
        """
        self._stops += 1

    def run(self) -> None:
        """Serve until `stop`, then end every connection."""
        while not self._is_over():
            self._poll_once()
        for connection in list(self._connections.values()):
            connection.close_now("closed at the end of the grace period")
            self._remove(connection)
        self._flush()

    def close(self) -> None:
        """Close every socket at once."""
        for connection in self._connections.values():
            connection.sock.close()
        self._connections.clear()
        for sock in (self._socket, self._reserved, self._wakeup, self.waker):
            if sock is not None:
                sock.close()
        if hasattr(self._poller, "close"):
            self._poller.close()

    def _is_over(self) -> bool:
        if self._ends_at is None:
            return False
        return not self._connections or self._stops > 1 or time.monotonic() >= self._ends_at

    def _poll_once(self) -> None:
        self._update_accepting()
        self._flush()
        events = self._poller.poll(self._poll_timeout() * _TIMEOUT_UNITS_PER_SECOND)
        now = time.monotonic()
        port_ready = False
        for descriptor, _ in events:
            connection = self._connections.get(descriptor)
            if connection is not None:
                connection.ready(now)
                self._update(connection)
            elif descriptor == self._wakeup.fileno():
                self._wakeup.recv(64)
            else:
                port_ready = True
        # Accepting comes after the events of the connections: a new connection may get the descriptor of one closed
        # above, and must not get its events.
        if port_ready:
            self._accept(now)
        self._run_timers(now)
        if self._stops and self._ends_at is None:
            self._start_stopping(now)
        elif self._flap_at is not None and now >= self._flap_at:
            self._flap(now)

    def _poll_timeout(self) -> float:
        """Return the seconds until the next timer."""
        due = [time.monotonic() + _LONGEST_WAIT]
        if self._timers:
            due.append(self._timers[0][0])
        if self._flap_at is not None:
            due.append(self._flap_at)
        if self._ends_at is not None:
            due.append(self._ends_at)
        if self._socket is not None and not self._accepting and not self._at_limit:
            due.append(self._accept_again_at)
        return max(0.0, min(due) - due[0] + _LONGEST_WAIT)

    # The port.

    def _update_accepting(self) -> None:
        """Poll for new clients, except at the limit of connections and during the backoff after an accept error."""
        if self._socket is None:
            return
        full = self._free_slots() <= 0
        if full and not self._at_limit and not self._options.quiet:
            self._log(f"{len(self._connections)} connected, limit reached; new clients wait")
        self._at_limit = full
        wanted = not full and time.monotonic() >= self._accept_again_at
        if wanted and not self._accepting:
            self._poller.register(self._socket, select.POLLIN)
        elif self._accepting and not wanted:
            self._poller.unregister(self._socket)
        self._accepting = wanted

    def _free_slots(self) -> int:
        """The number of clients to accept in one burst."""
        most = self._options.max_connections
        return _BURST if most is None else min(_BURST, most - len(self._connections))

    def _accept(self, now: float) -> bool:
        """Accept a burst; return whether more clients may be waiting."""
        options = self._options
        listening = self._socket
        if listening is None:
            return False
        for _ in range(self._free_slots()):
            try:
                sock, peer = listening.accept()
            except BlockingIOError:
                return False
            except OSError as error:
                if error.errno in _CLIENT_ERRORS:
                    continue
                self._start_backoff(error, now)
                return False
            self._backoff = 0.0
            sock.settimeout(0)
            self._accepted += 1
            script = options.behaviour.script(self._accepted, options.greeting, options.delay)
            try:
                client = sock if self._secure is None else self._secure(sock)
            except OSError:  # the client has closed it already
                sock.close()
                continue
            connection = Connection(client, peer, self._accepted, script, now)
            self._connections[client.fileno()] = connection
            if not options.quiet:
                self._log(f"Connection {connection.number} from {format_address(peer)}")
            if options.idle_timeout:
                self._set_timer(now + options.idle_timeout, self._idle, connection)
            connection.start(now)
            self._update(connection)
        return True

    def _start_backoff(self, error: OSError, now: float) -> None:
        self._backoff = min(self._backoff * 2 or _FIRST_BACKOFF, _LONGEST_BACKOFF)
        self._accept_again_at = now + self._backoff
        hint = ""
        if error.errno == errno.EMFILE:
            limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            hint = f" (limit of this process: {limit}; raise it with ulimit -n)"
        connected = len(self._connections)
        self._log(
            f"Cannot accept a connection: {error.strerror}{hint}; {connected} connected,"
            f" retrying in {self._backoff:g} s"
        )

    def _close_port(self, now: float) -> None:
        """Close the port, but first accept the clients whose handshake is complete: they see a connection already."""
        for _ in range(_LAST_BURSTS):
            if not self._accept(now):
                break
        if self._socket is not None:
            if self._accepting:
                self._poller.unregister(self._socket)
            self._accepting = False
            self._socket.close()
            self._socket = None

    def _flap(self, now: float) -> None:
        if self._options.flap is None or self._address is None:
            return
        up, down = self._options.flap
        if self._socket is not None:
            self._close_port(now)
            self._flap_at = now + down
            self._log(f"Closed {format_address(self._address.address)} for {down:g} s")
            with suppress(OSError):  # tried again when the port is to open
                self._reserved = bind([self._address])
            return
        try:
            self._listen(self._reserved or bind([self._address]))
        except OSError as error:
            self._flap_at = now + _LISTEN_RETRY
            self._log(
                f"Cannot listen on {format_address(self._address.address)} again: {error.strerror};"
                f" retrying in {_LISTEN_RETRY:g} s"
            )
        else:
            self._flap_at = now + up
        self._reserved = None

    def _listen(self, sock: socket.socket) -> None:
        listen(sock)
        self._socket = sock
        self._log(f"Listening on {format_address(sock.getsockname())}")

    def _start_stopping(self, now: float) -> None:
        self._close_port(now)
        self._flap_at = None
        self._ends_at = now + self._options.grace
        self._log(f"Stopping: {len(self._connections)} connected, grace period {self._options.grace:g} s")

    # The connections.

    def _update(self, connection: Connection) -> None:
        """Update the poller and the timers after a turn of the connection."""
        if connection.ended is not None:
            self._remove(connection)
            return
        if connection.interest != connection.watched:
            if connection.watched < 0:
                self._poller.register(connection.sock, connection.interest)
            else:
                self._poller.modify(connection.sock, connection.interest)
            connection.watched = connection.interest
        wake_at = connection.wake_at
        if wake_at is not None and wake_at != connection.timer_at:
            connection.timer_at = wake_at
            self._set_timer(wake_at, self._wake, connection)

    def _remove(self, connection: Connection) -> None:
        sock = connection.sock
        del self._connections[sock.fileno()]
        if connection.watched >= 0:
            self._poller.unregister(sock)
        sock.close()
        if not self._options.quiet:
            self._log(
                f"Connection {connection.number} from {format_address(connection.peer)} {connection.ended}:"
                f" duration {duration(time.monotonic() - connection.began)},"
                f" received {connection.received} bytes, sent {connection.sent} bytes"
            )

    def _set_timer(self, at: float, action: Timer, connection: Connection) -> None:
        heapq.heappush(self._timers, (at, next(self._timer_numbers), action, connection))

    def _run_timers(self, now: float) -> None:
        if len(self._timers) > _SPARE_TIMERS + 4 * len(self._connections):
            self._timers = [timer for timer in self._timers if timer[-1].ended is None]
            heapq.heapify(self._timers)
        timers = self._timers
        while timers and timers[0][0] <= now:
            _, _, action, connection = heapq.heappop(timers)
            if connection.ended is None:
                action(connection, now)
                self._update(connection)

    def _wake(self, connection: Connection, now: float) -> None:
        if connection.wake_at is not None and connection.wake_at <= now:
            connection.wake(now)

    def _idle(self, connection: Connection, now: float) -> None:
        limit = self._options.idle_timeout
        due = connection.active + limit
        if due <= now:
            connection.finish(f"closed after {limit:g} s without a byte", now)
        else:
            self._set_timer(due, self._idle, connection)
