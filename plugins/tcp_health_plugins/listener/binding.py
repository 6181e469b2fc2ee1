# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find the addresses that the listener may bind, and bind and format them."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NETWORKS = {"tcp": socket.AF_UNSPEC, "tcp4": socket.AF_INET, "tcp6": socket.AF_INET6}

# The kernel lowers this to net.core.somaxconn. A long queue keeps the SYNs of a burst from being dropped.
_BACKLOG = 65535

# The host lacks this address or its family; the next candidate may work.
_TRY_NEXT = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT})


@dataclass(frozen=True)
class BindAddress:
    """An address to listen on.

    family   AF_INET or AF_INET6
    address  as the socket module has it for the family: host and port, for IPv6 also flow and scope
    dual     whether an IPv6 socket accepts IPv4 connections too
    """

    family: int
    address: tuple[Any, ...]
    dual: bool = False


def resolve(host: str, port: int, network: str) -> list[BindAddress]:
    """Return the addresses of a host name in the order in which to try them, IPv4 before IPv6.

    An empty host means all interfaces. With network tcp that is one socket for IPv6 and IPv4, or IPv4 only on a host
    without IPv6. Raises OSError or UnicodeError when the name has no address.
    """
    ipv6_any = BindAddress(socket.AF_INET6, ("::", port), dual=network == "tcp")
    if not host:
        ipv4_any = BindAddress(socket.AF_INET, ("0.0.0.0", port))  # noqa: S104 - the user asks for all interfaces
        return {"tcp": [ipv6_any, ipv4_any], "tcp4": [ipv4_any], "tcp6": [ipv6_any]}[network]
    if host == "::" and network != "tcp4":
        return [ipv6_any]
    found = socket.getaddrinfo(host, port, NETWORKS[network], socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    addresses = [BindAddress(family, address) for family, _, _, _, address in found]
    return sorted(addresses, key=lambda each: each.family != socket.AF_INET)


def bind(candidates: list[BindAddress]) -> socket.socket:
    """Return a socket bound to the first candidate that this host has. Raises OSError.

    Until the socket listens, the kernel refuses connections to it, but reserves the port: no other program can bind
    it, and it is not selected as the source port of an outgoing connection.
    """
    for candidate in candidates[:-1]:
        try:
            return _bind(candidate)
        except OSError as error:  # noqa: PERF203 - two or three candidates
            if error.errno not in _TRY_NEXT:
                raise
    return _bind(candidates[-1])


def listen(sock: socket.socket) -> None:
    """Make a bound socket listen and not block. Closes the socket when that raises OSError."""
    try:
        # Accepted sockets inherit this. With Nagle's algorithm several bytes of a drip would share a segment.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.listen(_BACKLOG)
        sock.settimeout(0)
    except OSError:
        sock.close()
        raise


def bound_address(sock: socket.socket) -> BindAddress:
    """Return the address of a bound socket, so that another socket can be bound to it later."""
    dual = sock.family == socket.AF_INET6 and not sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    return BindAddress(sock.family, sock.getsockname(), dual)


def format_address(address: tuple[Any, ...]) -> str:
    """Return `host:port`, with IPv6 in brackets and IPv4-mapped IPv6 (RFC 4291, 2.5.5.2) as IPv4."""
    host, port = str(address[0]), address[1]
    if host.startswith("::ffff:") and "." in host:
        host = host[len("::ffff:") :]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _bind(candidate: BindAddress) -> socket.socket:
    sock = socket.socket(candidate.family, socket.SOCK_STREAM)
    try:
        # This allows a port with old connections in TIME_WAIT, but not one on which another socket listens.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if candidate.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not candidate.dual))
        sock.bind(candidate.address)
    except OSError:
        sock.close()
        raise
    return sock
