# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Read facts about this host: routes, neighbours and interfaces by netlink, counters, and its hosts file.

Only a check that fails loads this module. No privileges are necessary. A fact that the system does not have, or does
not permit to read, is None: other systems have no netlink, and a container or a seccomp filter may block it.
"""

from __future__ import annotations

import os
import select
import socket
import sys
from time import monotonic

from ..model.local import HostsEntry, Reach
from ..wire import netlink, system_files
from ..wire.kernel import MEMORY_SIZE, received_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from ..model.local import Counters, Interface, Neighbour
    from ..model.target import Address

    Kind = TypeVar("Kind")

# Seconds for all parts of an answer, in which the other checks of a sweep wait. A route takes about 30 us, 1,000
# neighbours 5 ms.
LONGEST = 0.05

# Bytes of one part of an answer. The kernel sends parts of at most 32 KiB (NLMSG_GOODSIZE, and the reader's size).
PART = 32768

# Parts of one answer. A neighbour takes about 76 bytes, so these parts have room for 27,000 neighbours. Linux has at
# most 1,024 by default (net.ipv4.neigh.default.gc_thresh3).
PARTS = 64

# /proc/net/snmp, netstat and snmp6 have 1 to 8 KiB.
PROC_SIZE = 65536

# Searching this many bytes takes 8 ms, or 0.3 s if every line has the name. A list of blocked names may be larger: the
# rest is not read.
HOSTS_SIZE = 1 << 20

# Since Linux 4.12; the socket module does not have the name.
_SO_MEMINFO = 55

# 16 MiB have room for 100,000 connections of 150 bytes each.
CONNECTIONS_SIZE = 1 << 24

_PROC = ("/proc/net/snmp", "/proc/net/netstat", "/proc/net/snmp6")
_CONNECTIONS = ("/proc/net/tcp", "/proc/net/tcp6")
_INTERFACES = "/sys/class/net"
_HOSTS = "/etc/hosts"


def reach(address: Address, source: str | None = None) -> Reach | None:
    """Return how this host reaches an address; source: the address or interface to send from, or None."""
    try:
        family = {4: socket.AF_INET, 6: socket.AF_INET6}[address.family]
        packed = socket.inet_pton(family, address.text)
    except (KeyError, OSError, ValueError):
        return None
    index, own = address.scope, b""
    if source is not None:
        try:
            own = socket.inet_pton(family, source.partition("%")[0])
        except (OSError, ValueError):
            index = _index_of(source) or index
    sequence = _sequence()
    found = _ask(
        netlink.route_request(sequence, packed, own, index), lambda raw: netlink.route_answer(raw, sequence)
    )
    if found is None:
        return None
    route = found.replace(interface=_name_of(found.index))
    # The address in the same form as in the kernel's answers.
    text = socket.inet_ntop(family, packed)
    how = Reach(text, route)
    if how.next_hop is None or not route.index:
        return how
    return how.replace(neighbour=_neighbour(how.next_hop, route.index))


def _neighbour(address: str, index: int) -> Neighbour | None:
    sequence = _sequence()

    def read(raw: bytes) -> tuple[Neighbour | None] | None:
        found, last = netlink.neighbours_answer(raw, sequence)
        own = next((each for each in found if (each.address, each.index) == (address, index)), None)
        return (own,) if own is not None or last else None

    answer = _ask(netlink.neighbours_request(sequence, 6 if ":" in address else 4, index), read)
    return answer[0] if answer is not None else None


def interface(name: str) -> Interface | None:
    """Return the state of an interface: by netlink, else from /sys, which may be that of another network namespace."""
    index = _index_of(name)
    if index:
        sequence = _sequence()
        found = _ask(
            netlink.interface_request(sequence, index), lambda raw: netlink.interface_answer(raw, sequence)
        )
        if found is not None:
            return found
    if not name or "/" in name or name in (".", ".."):
        return None
    flags, carrier, state = (
        _text(f"{_INTERFACES}/{name}/{each}", 64) for each in ("flags", "carrier", "operstate")
    )
    return system_files.interface(name, flags, carrier, state)


def counters() -> Counters | None:
    """Return the packet counters of this host; None where /proc/net cannot be read."""
    return system_files.counters(*[_text(path, PROC_SIZE) or "" for path in _PROC])


def connections(port: int) -> list[tuple[str, str, int]] | None:
    """Return the connections of a port of this host, as in ``system_files.connections``; None: they cannot be read."""
    texts = [_text(path, CONNECTIONS_SIZE) for path in _CONNECTIONS]
    if texts[0] is None:  # a kernel without IPv6 has only the first file
        return None
    return [each for text in texts if text for each in system_files.connections(text, port)]


def hosts_entry(name: str, is_address: Callable[[str], bool]) -> HostsEntry | None:
    """Return what /etc/hosts has for a name; None if it cannot be read, or is too large and the name was not found."""
    raw = _read(_HOSTS, HOSTS_SIZE + 1)
    if raw is None:
        return None
    whole = len(raw) <= HOSTS_SIZE
    found = system_files.hosts_entry(raw if whole else raw.rpartition(b"\n")[0], name)
    addresses = tuple(each for each in found if is_address(each))
    return HostsEntry(name, addresses) if addresses or whole else None


def out_of_order(sock: socket.socket) -> int | None:
    """Return the memory, in bytes, of the segments that a connection has received after a missing segment.

    It is None if the kernel does not report it, or if there is data, an error or a FIN to read, because each of them
    takes memory too. The memory is read first, so a segment that arrives meanwhile makes the result None.
    """
    try:
        import fcntl  # other systems do not have these modules
        import termios

        memory = received_memory(sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, MEMORY_SIZE))
        unread = int.from_bytes(fcntl.ioctl(sock.fileno(), termios.FIONREAD, bytes(4)), sys.byteorder)
        poller = select.poll()
        poller.register(sock, select.POLLRDHUP)
        return None if unread or poller.poll(0) else memory
    except (ImportError, AttributeError, OSError, ValueError):
        return None


def _ask(request: bytes, read: Callable[[bytes], Kind | None]) -> Kind | None:
    """Send one netlink request, and return the first value that ``read`` returns for a part of the answer, or None.

    It never waits: the kernel has answered when sendto() returns, and adds the rest of a long answer during recv().
    """
    kind = getattr(socket, "AF_NETLINK", None)
    if kind is None:
        return None
    end = monotonic() + LONGEST
    try:
        with socket.socket(kind, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0) as sock:  # 0: NETLINK_ROUTE
            sock.setblocking(False)
            sock.sendto(request, (0, 0))
            for _unused in range(PARTS):
                raw, sender = sock.recvfrom(PART)
                found = read(raw) if sender[0] == 0 else None  # 0: the kernel
                if found is not None or monotonic() > end:
                    return found
    except OSError:
        pass  # BlockingIOError too: the answer has ended
    return None


def _sequence() -> int:
    """Return the number of a request and of its answers. The socket is new, so any number except 0 is unique."""
    return int(monotonic() * 1e6) % 0x7FFFFFFF + 1


def _index_of(name: str) -> int:
    try:
        return socket.if_nametoindex(name)
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return 0


def _name_of(index: int) -> str | None:
    try:
        return socket.if_indextoname(index) if index else None
    except (OSError, OverflowError):
        return None


def _text(path: str, size: int) -> str | None:
    raw = _read(path, size)
    return raw.decode("ascii", "replace") if raw is not None else None


def _read(path: str, size: int) -> bytes | None:
    """Return up to ``size`` bytes of a file, or None if it cannot be read. It never waits, even for a named pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError):
        return None
    parts = []
    try:
        while size > 0:
            part = os.read(descriptor, size)
            if not part:
                break
            parts.append(part)
            size -= len(part)
    except OSError:
        return None  # EINVAL: the carrier of an interface that is not up
    finally:
        os.close(descriptor)
    return b"".join(parts)
