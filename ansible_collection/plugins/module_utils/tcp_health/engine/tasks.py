# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""What the engine notes about a conversation in flight, and about the children of a fork."""

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

    probe         what is checked; None: it is a child
    start, at     when it began: monotonic, and time of day (of a probe only)
    lag_count     the count of the engine's Lag by then (of a probe only)
    want          what it waits for, of the class that its row in the engine's table is for; None: it does not wait
    ready, late   that row's functions: for a ready handle, and for the deadline
    deadline      when to call ``late``
    timer         when its earliest timer expires
    connections   what it has open
    lookup        the pending name lookup
    fork          the fork whose child it is, with its index there
    children      the fork that it waits for
    reads         receives so far
    unsent        what the kernel has not taken yet of a Send
    out_of_limit  whether it has given up its place in the limit while it waits (Allow)
    """

    __slots__ = (
        "at", "children", "connections", "deadline", "fork", "generator", "index", "lag_count", "late", "lookup",
        "out_of_limit", "probe", "reads", "ready", "start", "timer", "unsent", "want",
    )  # fmt: skip

    # Set where they are needed, and not read before: a sweep makes a task for each check.
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
    """The source in a task's place: ``ready`` is called when its descriptor is readable."""

    __slots__ = ("ready",)

    want = True  # it always waits

    def __init__(self, ready: Callable[[SourceTask, Any, float], None]) -> None:
        self.ready = ready


class RunningFork:
    """The children of a task that waits for them.

    waiting   children that have not begun
    running   tasks of those that have, by their index
    results   what each has returned; None: it has not ended
    starting  whether children are being started right now: what ends meanwhile starts no other
    done      whether it has ended
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
        # As with a generator's: what a conversation returns has a type of its own.
        self.results: list[Any] = [None] * len(self.waiting)
        self.running: dict[int, Task] = {}
        self.starting = True
        self.done = False
        self.deadline = NEVER
        self.timer = NEVER
