# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A link in user space: moves frames between two devices and holds each of them for a fixed time.

One process per direction, ahead of everything else on the machine (SCHED_FIFO), without garbage collection. What is
due is reckoned from the kernel's own arrival stamp, so that lateness counts everything that came in between. It sleeps
in select until shortly before a frame is due and polls the clock from there: select is exact to some microseconds,
epoll and poll round to milliseconds.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import mmap
import os
import select
import socket
import struct
import time
from collections import deque

from .namespaces import spawn

PACKET_IGNORE_OUTGOING = 23  # linux/if_packet.h, as SOL_PACKET
SOL_PACKET = 263
SO_TIMESTAMPNS, SO_RCVBUFFORCE = 35, 33  # asm-generic/socket.h
ETH_P_ALL = 3
SIOCETHTOOL = 0x8946  # linux/sockios.h
# linux/ethtool.h: receive and transmit checksums, scatter-gather, TSO, GSO, GRO
OFFLOADS = (0x15, 0x17, 0x19, 0x1F, 0x24, 0x2C)

PRIORITY = 50
FRAME = 65536
BUFFER = 32 << 20

EARLY = 50_000
"""Nanoseconds before a frame is due at which sleeping ends: a wake-up takes up to 30 µs here."""

READ_AT_ONCE = 16
"""Frames taken between two looks at what is due: a burst must not make those that are due late."""

_STAMP = struct.Struct("=qq")


class Lateness:
    """How late each frame left, in nanoseconds, in memory that the link's process shares with its parent."""

    MOST = 1 << 20

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8 + 4 * self.MOST)
        self._view = memoryview(self._memory)
        self.count = self._view[:8].cast("Q")
        self.values = self._view[8:].cast("I")

    def sorted(self) -> list[int]:
        """All of them so far, the least first."""
        return sorted(self.values[: min(self.count[0], self.MOST)])

    def clear(self) -> None:
        """Forget them: what follows is counted anew."""
        self.count[0] = 0


def without_offloads(device: str) -> None:
    """Let a device of this namespace hand on what would be on the wire: whole checksums, no super-packets."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command in OFFLOADS:
            value = ctypes.create_string_buffer(struct.pack("=II", command, 0))
            request = struct.pack("@16sP", device.encode(), ctypes.addressof(value))
            try:
                fcntl.ioctl(control, SIOCETHTOOL, request)
            except OSError:
                pass  # a device without this offload


def tap(device: str) -> socket.socket:
    """A socket that gets every frame that arrives at a device, with the time at which the kernel saw it."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
    sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.bind((device, ETH_P_ALL))
    return sock


def start(seconds: float, late: tuple[Lateness, Lateness] | None = None) -> list[int]:
    """Join the devices left and right of this namespace; returns the two processes that do it."""
    left, right = tap("left"), tap("right")
    there, back = late if late is not None else (None, None)
    processes = [spawn(carry, left, right, seconds, there), spawn(carry, right, left, seconds, back)]
    left.close()
    right.close()
    return processes


def carry(source: socket.socket, sink: socket.socket, seconds: float, late: Lateness | None = None) -> None:
    """Move frames from one device to the other, each `seconds` after it came, until the process is ended."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except PermissionError:
        pass  # less exact, that is all; whoever measures looks at the lateness
    gc.disable()
    gc.freeze()
    delay = round(seconds * 1e9)
    waiting: deque[tuple[int, bytes]] = deque()
    descriptor = [source.fileno()]
    receive, send, real, clock = source.recvmsg, sink.send, time.CLOCK_REALTIME, time.clock_gettime_ns
    at_once = socket.MSG_DONTWAIT  # not O_NONBLOCK: both processes have the same sockets
    while True:
        if waiting:
            ahead = waiting[0][0] - clock(real) - EARLY
            if ahead > 0:
                select.select(descriptor, (), (), ahead / 1e9)
        else:
            select.select(descriptor, (), ())
        try:
            for _ in range(READ_AT_ONCE):
                frame, control, _, _ = receive(FRAME, 64, at_once)
                whole, part = _STAMP.unpack_from(control[0][2])
                waiting.append((whole * 1_000_000_000 + part + delay, frame))
        except OSError:
            pass  # nothing more has come, or a fault has taken the device down
        while waiting:
            due, frame = waiting[0]
            now = clock(real)
            if due - now > EARLY:
                break
            while now < due:
                now = clock(real)
            waiting.popleft()
            try:
                send(frame)
            except OSError:
                continue  # the device is down, as a fault may want it
            if late is not None:
                number = late.count[0]
                if number < late.MOST:
                    late.values[number] = min(now - due, 0xFFFFFFFF)
                late.count[0] = number + 1
