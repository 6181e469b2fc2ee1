# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The listener's loop: it accepts in bursts, drives every connection, and stops in order."""

from __future__ import annotations

import errno
import heapq
import resource
import select
import socket
import time
from contextlib import suppress
from itertools import count

from .binding import bind, listen, place, places, written
from .connection import Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .binding import Place
    from .options import Options

    Timer = Callable[[Connection, float], None]

# Clients accepted between two polls: enough that the poll costs little beside them, and a millisecond or two
# of work, so that those already connected are served in between.
_BURST = 128
_LAST_BURSTS = 64  # of them before the port closes; a flood of clients cannot keep it open

# epoll's cost does not grow with idle connections; poll is what every POSIX system has. Both know register,
# modify, unregister and poll, the one in seconds, the other in milliseconds.
_POLLER = getattr(select, "epoll", select.poll)
_TICKS_A_SECOND = 1 if hasattr(select, "epoll") else 1000
_LONGEST_WAIT = 3600.0  # the system call's milliseconds are 32 bits wide

# accept(2): a client that went away, or a network error waiting on its connection, is no trouble of ours.
_ABOUT_ONE_CLIENT = frozenset(
    getattr(errno, name)
    for name in (
        "ECONNABORTED", "EPROTO", "ENETDOWN", "ENOPROTOOPT", "EHOSTDOWN", "ENONET", "EHOSTUNREACH",
        "EOPNOTSUPP", "ENETUNREACH", "EPERM",
    )
    if hasattr(errno, name)
)  # fmt: skip

# After an accept error: what is missing may be back at once, and a second between tries costs nothing.
_FIRST_BACK_OFF = 0.005
_LONGEST_BACK_OFF = 1.0
_SPARE_TIMERS = 4096  # timers of ended connections are swept out when there are more than these

_LISTEN_AGAIN_AFTER = 1.0  # when somebody else has the port at the end of a flap's pause


class Listener:
    """A TCP server of one thread: `open` it, `run` it, `stop` it from a signal handler, `close` it."""

    def __init__(self, options: Options, log: Callable[[str], None], flush: Callable[[], None]) -> None:
        """Logs whole sentences through `log`; `flush` is called once a round, before the loop waits."""
        self._options = options
        self._log = log
        self._flush = flush
        self._poller = _POLLER()
        self._connections: dict[int, Connection] = {}
        self._accepted = 0
        self._socket: socket.socket | None = None
        self._accepting = False  # the poller watches the listening socket
        self._at_the_limit = False
        self._back_off = 0.0
        self._accept_again_at = 0.0
        self._place: Place | None = None
        self._next: socket.socket | None = None  # holds the port while a flap has it closed
        self._flap_at: float | None = None
        self._timers: list[tuple[float, int, Timer, Connection]] = []
        self._timer_numbers = count()
        self._stops = 0
        self._ends_at: float | None = None
        self._woken, self.waker = socket.socketpair()
        self._woken.settimeout(0)
        self.waker.settimeout(0)
        self._poller.register(self._woken, select.POLLIN)

    def open(self) -> None:
        """Listen. Raises OSError or UnicodeError where that cannot be."""
        options = self._options
        sock = bind(places(options.bind, options.port, options.network))
        self._listen(sock)
        if options.flap:
            self._place = place(sock)
            self._flap_at = time.monotonic() + options.flap[0]
        self._flush()

    def stop(self) -> None:
        """Stop accepting and end with the last connection or the grace period; the second call ends at once.

        For a signal handler: it only counts. What wakes the loop is a byte to `waker`, as
        signal.set_wakeup_fd sends it.
        """
        self._stops += 1

    def run(self) -> None:
        """Serve until `stop`, and end every connection."""
        while not self._is_over():
            self._round()
        for connection in list(self._connections.values()):
            connection.cut("closed at the end of the grace period")
            self._remove(connection, time.monotonic())
        self._flush()

    def close(self) -> None:
        """Close every socket, without ceremony."""
        for connection in self._connections.values():
            connection.sock.close()
        self._connections.clear()
        for sock in (self._socket, self._next, self._woken, self.waker):
            if sock is not None:
                sock.close()
        if hasattr(self._poller, "close"):
            self._poller.close()

    def _is_over(self) -> bool:
        if self._ends_at is None:
            return False
        return not self._connections or self._stops > 1 or time.monotonic() >= self._ends_at

    def _round(self) -> None:
        self._watch_port()
        self._flush()
        events = self._poller.poll(self._wait() * _TICKS_A_SECOND)
        now = time.monotonic()
        port_ready = False
        for descriptor, _ in events:
            connection = self._connections.get(descriptor)
            if connection is not None:
                connection.ready(now)
                self._settle(connection, now)
            elif descriptor == self._woken.fileno():
                self._woken.recv(64)
            else:
                port_ready = True
        # Accepting comes last: a descriptor closed above may be given out anew here, and none of its events
        # may be taken for the new connection's.
        if port_ready:
            self._accept(now)
        self._run_timers(now)
        if self._stops and self._ends_at is None:
            self._begin_to_stop(now)
        elif self._flap_at is not None and now >= self._flap_at:
            self._flap(now)

    def _wait(self) -> float:
        """Seconds until something is due."""
        due = [time.monotonic() + _LONGEST_WAIT]
        if self._timers:
            due.append(self._timers[0][0])
        if self._flap_at is not None:
            due.append(self._flap_at)
        if self._ends_at is not None:
            due.append(self._ends_at)
        if self._socket is not None and not self._accepting and not self._at_the_limit:
            due.append(self._accept_again_at)
        return max(0.0, min(due) - due[0] + _LONGEST_WAIT)

    # The port.

    def _watch_port(self) -> None:
        """Poll for clients, unless the limit is reached or an accept error is being waited out."""
        if self._socket is None:
            return
        full = self._room() <= 0
        if full and not self._at_the_limit and not self._options.quiet:
            self._log(f"{len(self._connections)} connected, which is the limit; further clients wait")
        self._at_the_limit = full
        wanted = not full and time.monotonic() >= self._accept_again_at
        if wanted and not self._accepting:
            self._poller.register(self._socket, select.POLLIN)
        elif self._accepting and not wanted:
            self._poller.unregister(self._socket)
        self._accepting = wanted

    def _room(self) -> int:
        most = self._options.max_connections
        return _BURST if most is None else min(_BURST, most - len(self._connections))

    def _accept(self, now: float) -> bool:
        """Accept a burst; whether more clients may be waiting."""
        options = self._options
        listening = self._socket
        if listening is None:
            return False
        for _ in range(self._room()):
            try:
                sock, peer = listening.accept()
            except BlockingIOError:
                return False
            except OSError as error:
                if error.errno in _ABOUT_ONE_CLIENT:
                    continue
                self._wait_out(error, now)
                return False
            self._back_off = 0.0
            sock.settimeout(0)
            self._accepted += 1
            script = options.behaviour.script(self._accepted, options.greeting, options.delay)
            connection = Connection(sock, peer, self._accepted, script, now)
            self._connections[sock.fileno()] = connection
            if not options.quiet:
                self._log(f"Connection {connection.number} from {written(peer)}")
            if options.idle_timeout:
                self._set_timer(now + options.idle_timeout, self._idle, connection)
            connection.start(now)
            self._settle(connection, now)
        return True

    def _wait_out(self, error: OSError, now: float) -> None:
        self._back_off = min(self._back_off * 2 or _FIRST_BACK_OFF, _LONGEST_BACK_OFF)
        self._accept_again_at = now + self._back_off
        hint = ""
        if error.errno == errno.EMFILE:
            limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            hint = f" (this process may open {limit}; ulimit -n raises that)"
        connected = len(self._connections)
        self._log(
            f"Cannot accept a connection: {error.strerror}{hint}; {connected} connected,"
            f" trying again in {self._back_off:g} s"
        )

    def _close_port(self, now: float) -> None:
        """Close the port; clients whose handshake is over are still served, since to them they are connected."""
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
        if self._options.flap is None or self._place is None:
            return
        up, down = self._options.flap
        if self._socket is not None:
            self._close_port(now)
            self._flap_at = now + down
            self._log(f"Closed {written(self._place.address)} for {down:g} s")
            with suppress(OSError):  # the next round of the schedule tries again
                self._next = bind([self._place])
            return
        try:
            self._listen(self._next or bind([self._place]))
        except OSError as error:
            self._flap_at = now + _LISTEN_AGAIN_AFTER
            self._log(
                f"Cannot listen on {written(self._place.address)} again: {error.strerror};"
                f" trying again in {_LISTEN_AGAIN_AFTER:g} s"
            )
        else:
            self._flap_at = now + up
        self._next = None

    def _listen(self, sock: socket.socket) -> None:
        listen(sock)
        self._socket = sock
        self._log(f"Listening on {written(sock.getsockname())}")

    def _begin_to_stop(self, now: float) -> None:
        self._close_port(now)
        self._flap_at = None
        self._ends_at = now + self._options.grace
        self._log(f"Stopping, {len(self._connections)} connected, {self._options.grace:g} s of grace")

    # The connections.

    def _settle(self, connection: Connection, now: float) -> None:
        """Do what the connection wants after its turn."""
        if connection.ended is not None:
            self._remove(connection, now)
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

    def _remove(self, connection: Connection, now: float) -> None:
        sock = connection.sock
        del self._connections[sock.fileno()]
        if connection.watched >= 0:
            self._poller.unregister(sock)
        sock.close()
        if not self._options.quiet:
            self._log(
                f"Connection {connection.number} from {written(connection.peer)} {connection.ended}:"
                f" duration {now - connection.began:.3f} s,"
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
                self._settle(connection, now)

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
