# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The job of a sweep, twice: with `run()`, and with a minimal loop over epoll."""

from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING

from tcp_health.engine.engine import run
from tcp_health.model.recipe import Probe
from tcp_health.model.target import Target
from tcp_health.settings.build import build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcp_health.model.outcome import Outcome

HOST = "127.0.0.1"


def bare(port: int, checks: int, limit: int) -> None:
    """Connect, read until end of file, close; `checks` times, `limit` at once, and no other work."""
    poller = select.epoll()
    connections: dict[int, socket.socket] = {}
    begun = ended = 0
    while ended < checks:
        while begun < checks and len(connections) < limit:
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            sock.connect_ex((HOST, port))
            connections[sock.fileno()] = sock
            poller.register(sock.fileno(), select.EPOLLIN)
            begun += 1
        for descriptor, _ in poller.poll():
            sock = connections[descriptor]
            try:
                data = sock.recv(16384)
            except BlockingIOError:
                continue
            if not data:
                sock.close()
                del connections[descriptor]
                ended += 1
    poller.close()


class Sweep:
    """`run()` over as many targets, to be iterated once.

    peak  the largest number in flight at once, as the caller sees it: begun, and outcome not yet returned
    """

    def __init__(self, port: int, checks: int, limit: int) -> None:
        self.peak = 0
        self._begun = 0
        self._ended = 0
        self._checks = checks
        self._limit = limit
        self._probe = build({"host": HOST, "port": port, "read": "eof"}).probe

    def __iter__(self) -> Iterator[Outcome]:
        for outcome in run(self._probes(), limit=self._limit):
            attempt = outcome.attempts[0]
            if attempt.failure is not None or not attempt.size:
                raise RuntimeError(f"a check of the sweep failed: {attempt}")
            self.peak = max(self.peak, min(self._begun - self._ended, self._limit))
            self._ended += 1
            yield outcome
        if self._ended != self._checks:
            raise RuntimeError(f"{self._checks} checks had {self._ended} outcomes")

    def _probes(self) -> Iterator[Probe]:
        port, recipe = self._probe.target.port, self._probe.recipe
        for number in range(self._checks):
            self._begun += 1
            yield Probe(Target(HOST, port), recipe, number)


def ours(port: int, checks: int, limit: int) -> None:
    """The same with `run()`, with outcomes that are checked and dropped."""
    for _ in Sweep(port, checks, limit):
        pass
