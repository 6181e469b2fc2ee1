# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The engine's state of a conversation in flight, and of the children of a fork."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..conversation.doors import Connection, Lookup
    from ..conversation.wants import Conversation, Fork
    from ..model.recipe import Probe

NEVER = float("inf")


class Task:
    """A conversation in flight: that of a probe, or a child of a fork.

    probe         its probe; None for a child
    start, at     when it began: monotonic, and wall clock (for a probe only)
    lag_count     the count of the engine's Lag at the start (for a probe only)
    want          the want that it waits for; None: it does not wait
    ready, late   the functions for a ready handle and for the deadline, from the want's row in the engine's table
    deadline      when to call ``late``
    timer         when its earliest timer expires
    connections   its open connections
    lookup        its pending name lookup, or None
    fork, index   the fork whose child it is, and its index there
    children      the fork that it waits for, or None
    reads         number of receives so far
    unsent        the bytes of a Send that the kernel has not accepted yet
    out_of_limit  whether it does not count for the limit while it waits (Allow)
    """

    __slots__ = (
        "at", "children", "connections", "deadline", "fork", "generator", "index", "lag_count", "late", "lookup",
        "out_of_limit", "probe", "reads", "ready", "start", "timer", "unsent", "want",
    )  # fmt: skip

    # Set where they are needed and not read before, because a sweep makes a task for each check.
    at: float
    lag_count: int
    index: int
    ready: Callable[[Task, Any, float], None]
    late: Callable[[Any, float], None]
    unsent: bytes

    def __init__(self, generator: Conversation, probe: Probe | None, start: float) -> None:
        self.generator: Conversation | None = generator
        self.probe = probe
        self.start = start
        self.want: Any = None
        self.deadline = NEVER
        self.timer = NEVER
        self.connections: list[Connection] = []
        self.lookup: Lookup | None = None
        self.fork: RunningFork | None = None
        self.children: RunningFork | None = None
        self.reads = 0
        self.out_of_limit = False


class SourceTask:
    """The task of the source's descriptor: ``ready`` is called when the descriptor is readable."""

    __slots__ = ("ready",)

    want = True  # it always waits

    def __init__(self, ready: Callable[[SourceTask, Any, float], None]) -> None:
        self.ready = ready


class RunningFork:
    """The children of a task that waits for them.

    waiting   children that have not begun
    running   tasks of the running children, by index
    results   the result of each child; None: it has not ended
    starting  whether _start_children is running: a child that ends meanwhile must not start another
    done      whether the fork has ended
    deadline  when to call ``late``, which starts the next child
    timer     when its earliest timer expires
    """

    __slots__ = (
        "deadline", "done", "late", "parent", "results", "running", "starting", "timer", "waiting",
        "want",
    )  # fmt: skip

    def __init__(self, parent: Task, want: Fork, late: Callable[[RunningFork, float], None]) -> None:
        self.parent = parent
        self.want = want
        self.late: Callable[[Any, float], None] = late
        self.waiting = list(want.children)
        # Any, as for a generator: each conversation returns another type.
        self.results: list[Any] = [None] * len(self.waiting)
        self.running: dict[int, Task] = {}
        self.starting = True
        self.done = False
        self.deadline = NEVER
        self.timer = NEVER
