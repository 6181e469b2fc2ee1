# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""More events than one poll returns: answers that have arrived are read before a deadline counts."""

from __future__ import annotations

import select
import socket
import threading
import time

import pytest

from tcp_health.engine import engine
from tcp_health.engine.engine import run
from tcp_health.model.recipe import Probe
from tcp_health.model.target import Target
from tcp_health.network import pollers
from tcp_health.settings.build import build

COUNT = 300
EVENTS = 64
LIMIT = 3.0
"""Seconds. A busy machine takes a part of the first one to connect."""


def accepted(server: socket.socket, clients: list[socket.socket]) -> None:
    """Accept all clients."""
    while len(clients) < COUNT:
        clients.append(server.accept()[0])


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="only epoll limits the events of a poll")
def test_a_late_process_reads_what_has_arrived_before_it_counts_deadlines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # With the real number, the test would need more descriptors than a process has.
    for module in (engine, pollers):
        monkeypatch.setattr(module, "EVENTS", EVENTS)
    clients: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=COUNT) as server:
        port = server.getsockname()[1]
        thread = threading.Thread(target=accepted, args=(server, clients))
        thread.start()
        recipe = build(
            {"host": "127.0.0.1", "port": port, "read": "data", "timeout": (LIMIT, None)}
        ).probe.recipe
        slept: list[float] = []

        def pulse(_: float) -> bool:
            if len(clients) == COUNT and not slept:
                for client in clients:
                    client.send(b"ready")
                slept.append(LIMIT + 0.1)
                time.sleep(slept[0])
            return False

        probes = [Probe(Target("127.0.0.1", port), recipe, number) for number in range(COUNT)]
        causes = [outcome.attempts[-1].cause for outcome in run(probes, limit=COUNT, pulse=pulse)]
        thread.join()
    for client in clients:
        client.close()
    assert slept
    assert causes == [None] * COUNT
