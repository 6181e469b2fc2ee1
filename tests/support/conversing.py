# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plays one conversation in an engine, without a probe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcp_health.engine.engine import IterableSource, _Engine
from tcp_health.engine.tasks import Task
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Target

if TYPE_CHECKING:
    from tcp_health.conversation.doors import Network
    from tcp_health.conversation.wants import Conversation

PROBE = Probe(Target("127.0.0.1", 80), Recipe())


def converse(conversation: Conversation, network: Network) -> Any:
    """Return what a conversation returns; the engine closes the connections that it leaves open."""
    returned: list[Any] = []

    def whole() -> Conversation:
        returned.append((yield from conversation))
        return (), 0, False  # what a probe's conversation returns: attempts, packets sent, interrupted

    engine = _Engine(IterableSource(()), network, 1000, 100, None)
    task = Task(whole(), PROBE, network.now())
    task.at, task.lag_count = network.wall(), 0
    engine._tasks.add(task)  # noqa: SLF001 - what the engine does with a probe, for a conversation without one
    engine._in_flight += 1  # noqa: SLF001 - as above
    engine._advance(task, None)  # noqa: SLF001 - as above
    try:
        list(engine.outcomes())
    finally:
        engine.close()
    return returned[0]
