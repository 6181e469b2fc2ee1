# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A connection of the listener: it walks a behaviour's steps on a socket, and ends politely."""

from __future__ import annotations

import errno
import select
import socket
import struct
from contextlib import suppress

from .behaviours import FINISH, RECEIVE, RESET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Union

    from .behaviours import Script

    Bytes = Union[bytes, memoryview]

READ = select.POLLIN  # epoll and poll share these bits on Linux; elsewhere there is only poll
WRITE = select.POLLOUT

# After our FIN we wait so long for the client's, as web servers do: long enough for a slow network's round
# trips, and no client can hold the descriptor longer.
LINGER = 5.0

_CHUNK = 65536
_STEPS_A_TURN = 4  # a flood leaves the loop to the others after so many blocks
_DRAINED_AT_MOST = 16  # chunks of unread data that are dropped before a close
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, for 0 s

CLOSED = "closed"
CLOSED_BY_CLIENT = "closed by the client"
RESET_BY_CLIENT = "reset by the client"


class Connection:
    """A client's connection. The loop reads `interest`, `wake_at` and `ended` after each call.

    number    counts the connections from 1
    peer      the client's address
    began     when it was accepted, in seconds of the monotonic clock
    active    when a byte last came or went
    received  bytes from the client
    sent      bytes to the client
    interest  what to poll for: READ, WRITE or 0; errors are always reported
    watched   what the loop polls for; -1 before the first time
    wake_at   when `wake` is due; None for never
    timer_at  when the loop wakes it; None before the first time
    ended     how it ended, in words; None while it lives
    """

    __slots__ = (
        "_ending",
        "_finished",
        "_peer_finished",
        "_pending",
        "_script",
        "active",
        "began",
        "ended",
        "interest",
        "number",
        "peer",
        "received",
        "sent",
        "sock",
        "timer_at",
        "wake_at",
        "watched",
    )

    def __init__(
        self, sock: socket.socket, peer: tuple[Any, ...], number: int, script: Script, now: float
    ) -> None:
        self.sock = sock
        self.peer = peer
        self.number = number
        self.began = self.active = now
        self.received = self.sent = 0
        self.interest = 0
        self.watched = -1
        self.wake_at: float | None = None
        self.timer_at: float | None = None
        self.ended: str | None = None
        self._script = script
        self._pending: Bytes = b""
        self._finished = False  # our FIN is sent
        self._peer_finished = False  # the client's FIN came
        self._ending: str | None = None  # how it will have ended, once the client's FIN comes

    def start(self, now: float) -> None:
        """Walk the first steps."""
        self._walk(None, now)

    def ready(self, now: float) -> None:
        """Go on after the poll reported what `interest` asked for, or an error."""
        if self.interest == READ:
            self._receive(now)
        elif self.interest == WRITE:
            if self._flush(now):
                self._walk(None, now)
        else:  # nothing was asked for, so the connection is broken
            self.ended = RESET_BY_CLIENT

    def wake(self, now: float) -> None:
        """Go on after `wake_at`: the pause is over, or the client's FIN is overdue."""
        self.wake_at = None
        if self._ending is None:
            self._walk(None, now)
        else:
            self.cut(f"{self._ending} (the client did not close within {LINGER:g} s)")

    def finish(self, ending: str, now: float) -> None:
        """Send a FIN, drop what the client still sends, and end with its FIN, or after LINGER without one.

        Closing at once would be a RST where unread data waits or comes later, and a RST may take from the
        client what it has not read yet (RFC 1122, 4.2.2.13). The second call does nothing.
        """
        if self._ending is not None:
            return
        self._script.close()
        self._pending = b""
        self._send_fin()
        if self.ended is not None:
            return
        if self._peer_finished:
            self.ended = ending
            return
        self._ending = ending
        self.interest = READ
        self.wake_at = now + LINGER

    def cut(self, ending: str) -> None:
        """End now, with a FIN rather than a RST as far as what has come until now goes."""
        self._script.close()
        self._send_fin()
        self._drop_unread()
        self.ended = ending

    def _walk(self, data: bytes | None, now: float) -> None:
        for _ in range(_STEPS_A_TURN):
            try:
                step = next(self._script) if data is None else self._script.send(data)
            except StopIteration:
                self.finish(CLOSED_BY_CLIENT if self._peer_finished else CLOSED, now)
                return
            data = None
            if isinstance(step, bytes):
                self._pending = step
                if not self._flush(now):
                    return
            elif step is RECEIVE:
                self.interest = READ
                return
            elif step is FINISH:
                self._send_fin()
            elif step is RESET:
                with suppress(OSError):  # some systems refuse this once the client has reset
                    self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                self.ended = "reset"
            else:
                self.interest = 0
                self.wake_at = now + float(step)
                return
            if self.ended is not None:
                return
        self.interest = WRITE

    def _flush(self, now: float) -> bool:
        """Send what is pending; whether all of it went."""
        if not self._pending:
            return True
        try:
            sent = self.sock.send(self._pending)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self.ended = _lost(error)
            return False
        if sent:
            self.sent += sent
            self.active = now
        if sent == len(self._pending):
            self._pending = b""
            return True
        self._pending = memoryview(self._pending)[sent:]
        self.interest = WRITE
        return False

    def _receive(self, now: float) -> None:
        try:
            data = self.sock.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self.ended = _lost(error)
            return
        self._peer_finished = not data
        self.received += len(data)
        self.active = now
        if self._ending is None:
            self._walk(data, now)
        elif not data:
            self.ended = self._ending

    def _send_fin(self) -> None:
        if self._finished:
            return
        self._finished = True
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            self.ended = _lost(error)

    def _drop_unread(self) -> None:
        try:
            for _ in range(_DRAINED_AT_MOST):
                if not self.sock.recv(_CHUNK):
                    return
        except OSError:  # nothing is left, or the client is gone
            return


def _lost(error: OSError) -> str:
    # A RST shows as EPIPE to a write and as ENOTCONN to a shutdown, once it has been reported before.
    if isinstance(error, (ConnectionResetError, BrokenPipeError)) or error.errno == errno.ENOTCONN:
        return RESET_BY_CLIENT
    return f"lost ({error.strerror})"
