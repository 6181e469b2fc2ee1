# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One connection of the listener: runs a behaviour's steps on a socket and closes it without losing data."""

from __future__ import annotations

import errno
import select
import socket
import struct
from contextlib import suppress

from .behaviours import RECEIVE, SEND_FIN, SEND_RST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Union

    from .behaviours import Script
    from .secured import SecuredSocket

    Bytes = Union[bytes, memoryview]

READ = select.POLLIN  # epoll and poll have the same bits on Linux; other systems have poll only
WRITE = select.POLLOUT

# Seconds that we wait for the client's FIN after ours, as web servers do: long enough for a few round trips in a slow
# network, and a bound on how long a client can hold the descriptor.
LINGER = 5.0

_CHUNK = 65536
_STEPS_PER_TURN = 4  # so that a flood does not delay the other connections
_DISCARDED_CHUNKS = 16  # of unread data, before a close
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, for 0 s

CLOSED = "closed"
CLOSED_BY_CLIENT = "closed by the client"
RESET_BY_CLIENT = "reset by the client"


class Connection:
    """A client's connection. The loop reads `interest`, `wake_at` and `ended` after each call.

    With TLS, the steps begin after the handshake, and the bytes are counted without the records.

    sock      a socket, or a SecuredSocket
    number    of the connection, counted from 1
    peer      the client's address
    began     when it was accepted, in seconds of the monotonic clock
    active    when a byte was last received or sent
    received  number of bytes from the client
    sent      number of bytes to the client
    interest  the events to poll for: READ, WRITE or 0; errors are always reported
    watched   the events that the loop polls for; -1 before it polls for any
    wake_at   when to call `wake`; None for never
    timer_at  when the loop's timer calls `wake`; None before it sets one
    ended     how the connection ended, for the log; None while it is open
    """

    __slots__ = (
        "_ending",
        "_finished",
        "_handshake",
        "_peer_finished",
        "_pending",
        "_script",
        "_secured",
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
        self,
        sock: socket.socket | SecuredSocket,
        peer: tuple[Any, ...],
        number: int,
        script: Script,
        now: float,
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
        self._handshake: Callable[[], int] | None = getattr(sock, "handshake", None)
        self._secured = self._handshake is not None
        self._script = script
        self._pending: Bytes = b""
        self._finished = False  # our FIN is sent
        self._peer_finished = False  # the client's FIN came
        self._ending: str | None = None  # the value of `ended` once the client's FIN comes

    def start(self, now: float) -> None:
        """Begin the TLS handshake, or run the first steps."""
        if self._handshake is not None:
            self._shake_hands(now)
        else:
            self._run_steps(None, now)

    def ready(self, now: float) -> None:
        """Continue after the poll reported an event of `interest`, or an error."""
        if self._handshake is not None:
            self._shake_hands(now)
        elif self.interest == READ:
            self._receive(now)
        elif self.interest == WRITE:
            if self._flush(now):
                self._run_steps(None, now)
        else:  # without an interest only an error is reported
            self.ended = RESET_BY_CLIENT

    def wake(self, now: float) -> None:
        """Continue at `wake_at`: a delay is over, or the client's FIN has not come in time."""
        self.wake_at = None
        if self._ending is None:
            self._run_steps(None, now)
        else:
            self.close_now(f"{self._ending} (the client did not close within {LINGER:g} s)")

    def finish(self, ending: str, now: float) -> None:
        """Send a FIN, discard what the client still sends, and end with its FIN or after LINGER.

        Closing at once would send a RST when unread data is queued or comes later, and the client may then lose data
        that it has not read yet (RFC 1122, 4.2.2.13). The second call does nothing.
        """
        if self._ending is not None:
            return
        self._script.close()
        self._handshake = None
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

    def close_now(self, ending: str) -> None:
        """End without waiting for the client: with a FIN, unless more data is unread than is discarded here."""
        self._script.close()
        self._send_fin()
        self._discard_unread()
        self.ended = ending

    def _shake_hands(self, now: float) -> None:
        """Continue the TLS handshake, and run the first steps when it is done."""
        if self._handshake is None:
            return
        self.active = now
        try:
            self.interest = self._handshake()
        except OSError as error:
            if isinstance(error, ConnectionResetError):
                self.ended = RESET_BY_CLIENT
            else:  # the client has to read the alert, so the connection is not closed at once
                self.finish(f"closed, no TLS handshake: {error.strerror}", now)
            return
        if not self.interest:
            self._handshake = None
            self._run_steps(None, now)

    def _run_steps(self, data: bytes | None, now: float) -> None:
        for _ in range(_STEPS_PER_TURN):
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
            elif step is SEND_FIN:
                self._send_fin()
            elif step is SEND_RST:
                with suppress(OSError):  # some systems reject this after the client's RST
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
        """Send the pending bytes; return whether all were sent."""
        if not self._pending:
            return True
        try:
            sent = self.sock.send(self._pending)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self.ended = _describe(error)
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
            self.ended = _describe(error)
            return
        self._peer_finished = not data
        if not (self._finished and self._secured):  # what comes after our FIN is not decrypted any more
            self.received += len(data)
        self.active = now
        if self._ending is None:
            self._run_steps(data, now)
        elif not data:
            self.ended = self._ending

    def _send_fin(self) -> None:
        if self._finished:
            return
        self._finished = True
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            self.ended = _describe(error)

    def _discard_unread(self) -> None:
        try:
            for _ in range(_DISCARDED_CHUNKS):
                if not self.sock.recv(_CHUNK):
                    return
        except OSError:  # no data is left, or the connection is broken
            return


def _describe(error: OSError) -> str:
    # After a RST has been reported once, a write fails with EPIPE and a shutdown with ENOTCONN.
    if isinstance(error, (ConnectionResetError, BrokenPipeError)) or error.errno == errno.ENOTCONN:
        return RESET_BY_CLIENT
    return f"lost ({error.strerror})"
