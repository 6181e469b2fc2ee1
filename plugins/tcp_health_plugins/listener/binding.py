# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the listener listens: words to an address, and an address to a listening socket."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NETWORKS = {"tcp": socket.AF_UNSPEC, "tcp4": socket.AF_INET, "tcp6": socket.AF_INET6}

# The kernel lowers it to net.core.somaxconn, so that a burst waits for us and no SYN is dropped.
_BACKLOG = 65535

# The machine lacks this family or this address; another of the candidates may do.
_TRY_THE_NEXT = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT})


@dataclass(frozen=True)
class Place:
    """An address to listen on.

    family   AF_INET or AF_INET6
    address  as the socket module has it for the family: host and port, for IPv6 also flow and scope
    dual     whether an IPv6 socket takes IPv4 connections too
    """

    family: int
    address: tuple[Any, ...]
    dual: bool = False


def places(host: str, port: int, network: str) -> list[Place]:
    """The addresses that `host` means, in the order in which they are tried, IPv4 before IPv6.

    An empty host means all interfaces; with network tcp that is one socket for IPv6 and IPv4, and IPv4 alone
    where the machine has no IPv6. Raises OSError or UnicodeError where the name has no address.
    """
    everything = Place(socket.AF_INET6, ("::", port), dual=network == "tcp")
    if not host:
        ipv4 = Place(socket.AF_INET, ("0.0.0.0", port))  # noqa: S104 - all interfaces are what was asked for
        return {"tcp": [everything, ipv4], "tcp4": [ipv4], "tcp6": [everything]}[network]
    if host == "::" and network != "tcp4":
        return [everything]
    found = socket.getaddrinfo(host, port, NETWORKS[network], socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    known = [Place(family, address) for family, _, _, _, address in found]
    return sorted(known, key=lambda each: each.family != socket.AF_INET)


def bind(candidates: list[Place]) -> socket.socket:
    """A socket at the first of the candidates that this machine has. Raises OSError.

    Until it listens, connecting to it is refused, and yet nobody else gets the port, not even as the one that
    the system picks for an outgoing connection.
    """
    for candidate in candidates[:-1]:
        try:
            return _bind(candidate)
        except OSError as error:  # noqa: PERF203 - two or three candidates
            if error.errno not in _TRY_THE_NEXT:
                raise
    return _bind(candidates[-1])


def listen(sock: socket.socket) -> None:
    """Let a bound socket listen, without blocking. Raises OSError, and the socket is closed then."""
    try:
        # Accepted sockets inherit it; without it Nagle's algorithm would gather the bytes of a drip.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.listen(_BACKLOG)
        sock.settimeout(0)
    except OSError:
        sock.close()
        raise


def place(sock: socket.socket) -> Place:
    """Where a socket is bound, so that another can take its place."""
    dual = sock.family == socket.AF_INET6 and not sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    return Place(sock.family, sock.getsockname(), dual)


def written(address: tuple[Any, ...]) -> str:
    """`host:port`, IPv6 in brackets; an IPv4 peer of an IPv6 socket is written as IPv4 (RFC 4291, 2.5.5.2)."""
    host, port = str(address[0]), address[1]
    if host.startswith("::ffff:") and "." in host:
        host = host[len("::ffff:") :]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _bind(where: Place) -> socket.socket:
    sock = socket.socket(where.family, socket.SOCK_STREAM)
    try:
        # A port whose old connections are in TIME_WAIT can be taken; one that somebody listens on cannot.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if where.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not where.dual))
        sock.bind(where.address)
    except OSError:
        sock.close()
        raise
    return sock
