# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Wait until a port of this host has no connections left."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from ..model.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Network, IPv6Network
    from typing import Union

    from ..conversation.doors import Network

    Net = Union[IPv4Network, IPv6Network]

# Remote hosts that the result names.
MOST_HOSTS = 10


class Drained(Value, kw_only=True):
    """The connections of a port at the end of the wait. Times are seconds.

    held      whether there was no connection, as often in a row as required
    count     how many connections were left, or None: the system does not report them
    hosts     some of their remote hosts
    rounds    how often they were counted
    elapsed   how long it took
    """

    held: bool
    count: int | None
    hosts: tuple[str, ...]
    rounds: int
    elapsed: float


def networks(texts: Sequence[str]) -> list[Net]:
    """Read addresses and networks. Raises ValueError."""
    found = []
    for text in texts:
        try:
            found.append(ip_network(text.strip(), strict=False))
        except ValueError:  # noqa: PERF203 - each text is named
            raise ValueError(
                f"invalid address {text[:60]!r}: must be an IP address or a network, as in 192.0.2.0/24"
            ) from None
    return found


def drain(
    network: Network,
    port: int,
    *,
    address: str | None = None,
    excluded: Sequence[Net] = (),
    wait: float | None = None,
    interval: float = 1.0,
    consecutive: int = 1,
) -> Drained:
    """Count the connections of a local port until there are none, for at most ``wait`` seconds.

    Args:
        network: the network of this host.
        port: the local port.
        address: the local address of the connections that count; None: any.
        excluded: remote networks whose connections do not count.
        wait: seconds; None: count once.
        interval: seconds from a count to the next.
        consecutive: how many counts in a row must be zero.
    """
    began = network.now()
    end = began + (wait or 0.0)
    good = rounds = 0
    while True:
        left = _left(network, port, address, excluded)
        if left == []:
            # The kernel's table changes while it is read, and a row can be missed.
            left = _left(network, port, address, excluded)
        rounds += 1
        good = good + 1 if left == [] else 0
        now = network.now()
        if left is None or good >= consecutive or now >= end:
            hosts = tuple(dict.fromkeys(left or ()))[:MOST_HOSTS]
            return Drained(
                held=good >= consecutive,
                count=None if left is None else len(left),
                hosts=hosts,
                rounds=rounds,
                elapsed=now - began,
            )
        network.poll(min(interval, end - now))


def _left(network: Network, port: int, address: str | None, excluded: Sequence[Net]) -> list[str] | None:
    """Return the remote host of each connection that counts."""
    found = network.connections(port)
    if found is None:
        return None
    return [
        remote
        for local, remote, _unused2 in found
        if address in (None, local) and not any(ip_address(remote) in each for each in excluded)
    ]
