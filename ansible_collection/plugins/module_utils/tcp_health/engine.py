# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Many conversations in flight, their deadlines, the limit, the pace: one loop for one target and for a million."""

from __future__ import annotations

from bisect import bisect_left
from heapq import heapify, heappop, heappush

from .conversation import converse
from .model import Cause, Failure, Outcome
from .wants import (
    Allow,
    AskPeer,
    Await,
    Close,
    Connect,
    Finish,
    Fork,
    Inspect,
    NameServers,
    OwnAddress,
    Pause,
    Receive,
    Resolve,
    Secure,
    Secured,
    Send,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, Protocol, Union

    from .model import Attempt, Probe
    from .wants import Answer, Conversation, Want

    class Source(Protocol):
        """What feeds the engine."""

        def next(self, now: float) -> Probe | float | None:
            """A Probe to begin; or a monotonic time before which there is none; or None: there are no more."""

    Feed = Union[Source, Iterable[Probe]]

# Connects begun between two polls. Few, so that an answer is stamped soon after it came: with 1,000 in flight on
# loopback, where the kernel's round trip is 7 µs, 99 % of the connects are seen within 0.35 ms; with a burst of 32
# within 3 ms, of 256 within 10 ms. The CPU a check is the same with all of them (tests/bench/burst.py).
BURST = 4

# Receives of one task between two polls: an endless answer that is always there must not hold up the others.
READS = 64

# TLS handshakes at once: each costs some milliseconds of this one process, in which no other answer is looked at.
TLS_LIMIT = 64

# SYNs a second that traces, control ports and TTL probes may send in all: far below what a router notices.
SPECIAL_RATE = 50.0

# A poll that returns so much later than it was to: the process was stopped, or had no processor.
STOPPED = 0.05

# Traces a second towards one prefix: of 20 or 100 at once 6 were complete, of one a second every one.
TRACE_RATE = 1.0

# Prefixes remembered before those are forgotten whose second is over.
MOST_PREFIXES = 1000

_NEVER = float("inf")


class Each:
    """A plain iterable of probes as a Source."""

    def __init__(self, probes: Iterable[Probe]) -> None:
        self._probes = iter(probes)

    def next(self, now: float) -> Probe | None:
        """The next probe, at once."""
        return next(self._probes, None)


def run(
    probes: Feed,
    *,
    network: Any = None,
    limit: int = 1000,
    tls_limit: int = TLS_LIMIT,
    tell: Callable[[Attempt], None] | None = None,
) -> Iterator[Outcome]:
    """Check every probe, at most ``limit`` connections at once, and yield each Outcome as it ends.

    Of the connections at most ``tls_limit`` are in the middle of a TLS handshake. probes are pulled lazily: an
    iterable, or a Source. ``tell`` hears of each attempt as it ends. network is the real one unless another is
    given, which is then left open. Raises ValueError for a limit below 1.
    """
    if limit < 1 or tls_limit < 1:
        raise ValueError(f"the limits are numbers of connections from 1, unlike {limit!r} and {tls_limit!r}")
    source = probes if hasattr(probes, "next") else Each(probes)
    own = network is None
    if own:
        from .network import Network

        network = Network()
    engine = _Engine(source, network, limit, tls_limit, tell)
    try:
        yield from engine.outcomes()
    finally:
        engine.close()
        if own:
            network.shut()


class _Task:
    """A conversation in flight; one of several children of a fork, or a probe's own."""

    __slots__ = (
        "at",
        "connections",
        "deadline",
        "fork",
        "generator",
        "index",
        "lookup",
        "loop",
        "out_of_limit",
        "probe",
        "reads",
        "start",
        "unsent",
        "wake",
        "want",
    )  # fmt: skip

    def __init__(self, generator: Conversation, probe: Probe | None, start: float) -> None:
        self.generator: Conversation | None = generator
        self.probe = probe
        self.start = start
        self.at = 0.0
        self.loop = 0
        self.want: Want | None = None
        self.deadline = _NEVER
        self.wake = _NEVER
        self.connections: list[Any] = []
        self.lookup: Any = None
        self.fork: _Fork | None = None
        self.index = 0
        self.reads = 0
        self.out_of_limit = False  # whether it has given up its place while it waits (Allow)
        self.unsent = b""  # what the kernel has not taken yet of a Send


class _Fork:
    """The children of a task that waits for them."""

    __slots__ = ("children", "deadline", "done", "parent", "results", "running", "starting", "wake", "want")

    def __init__(self, parent: _Task, want: Fork) -> None:
        self.parent = parent
        self.want = want
        self.children = list(want.children)
        self.results: list[Any] = [None] * len(self.children)
        self.running: dict[int, _Task] = {}
        self.starting = True
        self.done = False
        self.deadline = _NEVER  # when the next child is to be started
        self.wake = _NEVER


class _Engine:
    def __init__(
        self, source: Any, network: Any, limit: int, tls_limit: int, tell: Callable[[Attempt], None] | None
    ) -> None:
        self._source = source
        self._network = network
        self._limit = limit
        self._tls_limit = tls_limit
        self._shaking: set[Any] = set()  # connections in the middle of a TLS handshake
        self._unshaken: list[_Task] = []  # tasks that wait to begin one, in their order
        self._tell = tell
        self._timers: list[tuple[float, int, Any]] = []
        self._serial = 0
        self._in_flight = 0
        self._tasks: set[_Task] = set()
        self._finished: list[Outcome] = []
        self._unread: list[Any] = []  # connections that may have more for their task at once
        self._starved: list[_Fork] = []  # forks with children that the limit holds back
        self._exhausted = False
        self._next_start = 0.0
        self._loops = 0
        # Loops whose stretch without a look at the network no later one has surpassed: (loop, seconds).
        self._lags: list[tuple[int, float]] = []
        self._do: dict[type, Callable[[_Task, Any], Answer | float]] = {
            Resolve: self._resolve,
            Connect: self._connect,
            Secure: self._secure,
            Secured: self._secured,
            Send: self._send,
            Receive: self._receive,
            Pause: self._pause,
            Finish: self._finish,
            Close: self._close,
            Fork: self._start_fork,
            Await: self._await,
            Allow: self._allow,
            Inspect: self._inspect,
            AskPeer: self._ask_peer,
            NameServers: self._name_servers,
            OwnAddress: self._own_address,
        }
        self._tokens = SPECIAL_RATE
        self._tokens_at = 0.0
        self._traced: dict[str, float] = {}

    def outcomes(self) -> Iterator[Outcome]:
        network = self._network
        now = network.now()
        while True:
            if self._in_flight < self._limit:
                if self._starved:
                    self._feed_forks()
                if not self._exhausted:
                    self._begin_some(now)
            if self._finished:
                finished, self._finished = self._finished, []
                yield from finished
                self._next_start = 0.0  # what the caller learned may be what its source waited for
            if not self._tasks and self._exhausted:
                return
            before = network.now()
            self._note_lag(before - now)
            patience = self._patience(before)
            now, ready = network.poll(patience)
            if now - before > patience + STOPPED:
                self._note_lag(now - before - patience)
            if self._unread:
                ready = self._unread + ready
                self._unread = []
            for handle in ready:
                task = handle.task
                if task is not None and task.want is not None:
                    self._look_again(task, handle, now)
            if self._timers and self._timers[0][0] <= now:
                self._expire(now)
            if self._unshaken:
                self._begin_handshakes()

    def close(self) -> None:
        """End every conversation that is still in flight."""
        for task in list(self._tasks):
            self._abandon(task)
        self._tasks.clear()

    # The pace

    def _begin_some(self, now: float) -> None:
        if now < self._next_start:
            return
        for _ in range(BURST):
            if self._in_flight >= self._limit:  # a probe with several addresses takes several places
                return
            probe = self._source.next(self._network.now())
            if probe is None:
                self._exhausted = True
                return
            if isinstance(probe, float):
                self._next_start = probe
                return
            start = self._network.now()
            task = _Task(converse(probe, start, self._tell), probe, start)
            task.at = self._network.wall()
            task.loop = self._loops
            self._tasks.add(task)
            self._in_flight += 1
            self._advance(task, None)

    def _patience(self, now: float) -> float:
        """How long the next poll may wait."""
        if self._unread or (self._unshaken and len(self._shaking) < self._tls_limit):
            return 0.0
        if not self._exhausted and self._in_flight < self._limit:
            wait = self._next_start - now
            if wait <= 0:
                return 0.0
        else:
            wait = _NEVER
        if self._timers:
            wait = min(wait, self._timers[0][0] - now)
        return max(0.0, min(wait, 60.0))

    def _note_lag(self, stretch: float) -> None:
        lags = self._lags
        while lags and lags[-1][1] <= stretch:
            lags.pop()
        lags.append((self._loops, stretch))
        self._loops += 1
        if len(lags) > 1000:
            del lags[:500]

    def _lag_since(self, loop: int) -> float:
        position = bisect_left(self._lags, (loop,))
        return self._lags[position][1] if position < len(self._lags) else 0.0

    # Carrying out what conversations want

    def _advance(self, task: _Task, answer: Answer | None) -> None:
        """Hand the conversation its answer, and carry out what it wants until something has to be waited for.

        What begins a want returns its answer, or the time until which to wait for it.
        """
        do = self._do
        task.want = None
        try:
            send = task.generator.send  # type: ignore[union-attr]  # a task that is advanced has not ended
            while True:
                want = send(answer)  # type: ignore[arg-type]  # a generator's first send is None
                result = do[want.__class__](task, want)
                if not isinstance(result, tuple):
                    break
                answer = result
        except StopIteration as end:
            self._ended(task, end.value)
            return
        task.want = want
        task.deadline = result
        if result < task.wake:
            self._set_timer(result, task)

    def _look_again(self, task: _Task, handle: Any, now: float) -> None:
        """Something happened at a handle: see whether it is what its task waits for."""
        want = task.want
        kind = want.__class__
        if kind is Receive:
            if want.connection is handle:  # type: ignore[union-attr]
                value = self._network.receive(handle)
                if value is not None:
                    failed = value.__class__ is Failure
                    self._advance(task, (now, None, value) if failed else (now, value, None))
        elif kind is Connect or kind is Await:
            if handle.connecting:
                value = self._network.connected(handle)
                if value is True:
                    self._advance(task, (now, handle, None))
                elif value is not False:
                    self._drop(task, handle)
                    self._advance(task, (now, None, value))
        elif kind is Send:
            if want.connection is handle:  # type: ignore[union-attr]
                answer = self._send(task, want, task.unsent)  # type: ignore[arg-type]  # its class is Send
                if isinstance(answer, tuple):
                    self._advance(task, answer)
        elif kind is Resolve and handle is task.lookup and handle.result is not None:
            task.lookup = None
            result = handle.result
            self._advance(task, (now, None, result) if isinstance(result, Failure) else (now, result, None))

    def _resolve(self, task: _Task, want: Resolve) -> Answer | float:
        found = self._network.resolve(want.target, want.recipe)
        if found.__class__ is tuple:
            return self._network.now(), found, None
        if found.__class__ is Failure:
            return self._network.now(), None, found
        found.task = task
        task.lookup = found
        return want.deadline

    def _connect(self, task: _Task, want: Connect) -> Answer | float:
        connection = self._network.connect(want.address, want.recipe, want.special)
        if connection is None:
            return self._network.now(), None, None
        if connection.__class__ is Failure:
            return self._network.now(), None, connection
        connection.task = task
        task.connections.append(connection)
        if connection.connecting:
            return want.deadline
        return self._network.now(), connection, None

    def _await(self, task: _Task, want: Await) -> Answer | float:
        connection = want.connection
        owner = connection.task
        if owner is not task:
            owner.connections.remove(connection)
            task.connections.append(connection)
            connection.task = task
        if connection.connecting:
            return want.deadline
        return self._network.now(), connection, None

    def _allow(self, task: _Task, want: Allow) -> Answer | float:
        """A token bucket for the process's special SYNs, and a pace for its traces towards one prefix."""
        now = self._network.now()
        self._tokens = min(SPECIAL_RATE, self._tokens + (now - self._tokens_at) * SPECIAL_RATE)
        self._tokens_at = now
        ready: float = now
        if self._tokens < want.tokens:
            ready = now + (want.tokens - self._tokens) / SPECIAL_RATE
        if want.prefix is not None:
            ready = max(ready, self._traced.get(want.prefix, -_NEVER) + 1 / TRACE_RATE)
        if now < ready < want.deadline:
            if not task.out_of_limit:
                task.out_of_limit = True
                self._in_flight -= 1  # it holds no connection: a sweep goes on meanwhile
            return ready
        if task.out_of_limit:
            task.out_of_limit = False
            self._in_flight += 1
        if ready > now:
            return now, False, None
        self._tokens -= want.tokens
        if want.prefix is not None:
            if len(self._traced) >= MOST_PREFIXES:
                self._traced = {each: at for each, at in self._traced.items() if now - at < 1 / TRACE_RATE}
            self._traced[want.prefix] = now
        return now, True, None

    def _inspect(self, task: _Task, want: Inspect) -> Answer:
        return self._network.now(), self._network.inspect(want.connection), None

    def _ask_peer(self, task: _Task, want: AskPeer) -> Answer:
        self._network.start_keepalive(want.connection)
        return self._network.now(), None, None

    def _name_servers(self, task: _Task, want: NameServers) -> Answer:
        return self._network.now(), self._network.name_servers(), None

    def _own_address(self, task: _Task, want: OwnAddress) -> Answer:
        return self._network.now(), self._network.own_address(want.connection), None

    def _secure(self, task: _Task, want: Secure) -> Answer | float:
        if len(self._shaking) >= self._tls_limit:
            self._unshaken.append(task)
            return want.deadline
        session = self._network.secure(want.plan, want.name)
        now = self._network.now()
        if isinstance(session, Failure):
            return now, None, session
        self._shaking.add(want.connection)
        return now, session, None

    def _secured(self, task: _Task, want: Secured) -> Answer:
        self._shaking.discard(want.connection)
        return self._network.now(), None, None

    def _begin_handshakes(self) -> None:
        """Let those begin their handshake that had to wait for their turn."""
        while self._unshaken and len(self._shaking) < self._tls_limit:
            task = self._unshaken.pop(0)
            if task.want.__class__ is Secure:  # it has not given up meanwhile
                answer = self._secure(task, task.want)
                if isinstance(answer, tuple):
                    self._advance(task, answer)

    def _send(self, task: _Task, want: Send, unsent: bytes | None = None) -> Answer | float:
        data = want.data if unsent is None else unsent
        while True:
            count = self._network.send(want.connection, data)
            if count is None:
                task.unsent = data
                return want.deadline
            if isinstance(count, Failure):
                return self._network.now(), None, count
            data = data[count:]
            if not data:
                return self._network.now(), None, None

    def _receive(self, task: _Task, want: Receive) -> Answer | float:
        task.reads += 1
        if not task.reads % READS:
            self._unread.append(want.connection)
            return want.deadline
        value = self._network.receive(want.connection)
        if value is None:
            return want.deadline
        now = self._network.now()
        return (now, None, value) if value.__class__ is Failure else (now, value, None)

    def _pause(self, task: _Task, want: Pause) -> Answer | float:
        deadline = want.deadline
        if want.jitter:
            deadline += want.jitter * self._network.random()
        now = self._network.now()
        return (now, None, None) if deadline <= now else deadline

    def _finish(self, task: _Task, want: Finish) -> Answer:
        self._network.finish(want.connection)
        return self._network.now(), None, None

    def _close(self, task: _Task, want: Close) -> Answer:
        self._drop(task, want.connection, want.reset)
        return self._network.now(), None, None

    def _drop(self, task: _Task, connection: Any, reset: bool = False) -> None:
        connection.task = None
        self._shaking.discard(connection)
        task.connections.remove(connection)
        self._network.close(connection, reset)

    # Several conversations side by side

    def _start_fork(self, task: _Task, want: Fork) -> Answer | float:
        fork = _Fork(task, want)
        task.lookup = fork
        self._in_flight -= 1  # while it waits it holds no connection, and a child takes its place
        done = self._start_children(fork, self._network.now())
        return self._end_fork(fork) if done else want.deadline

    def _start_children(self, fork: _Fork, now: float) -> bool:
        """Start the next child, or all of them where no stagger holds them back, as far as the limit lets them.

        One child of a fork always runs, whatever the limit: it has its parent's place. Returns whether the fork
        is done with.
        """
        fork.starting = True
        fork.deadline = _NEVER
        stagger = fork.want.stagger
        while fork.children and not fork.done and now < fork.want.deadline:
            if fork.running and self._in_flight >= self._limit:
                self._starved.append(fork)
                break
            child = _Task(fork.children.pop(0), None, now)
            child.fork = fork
            child.index = len(fork.results) - len(fork.children) - 1
            fork.running[child.index] = child
            self._tasks.add(child)
            self._in_flight += 1
            self._advance(child, None)
            if (
                stagger
                and child.index in fork.running
                and fork.children
                and len(fork.running) >= fork.want.ahead
            ):
                fork.deadline = now + stagger
                if fork.deadline < fork.wake:
                    self._set_timer(fork.deadline, fork)
                break
        fork.starting = False
        return fork.done

    def _feed_forks(self) -> None:
        """Start the children that the limit held back, now that there is room."""
        starved, self._starved = self._starved, []
        for fork in starved:
            if not fork.done and self._start_children(fork, self._network.now()):
                self._advance(fork.parent, self._end_fork(fork))

    def _child_ended(self, child: _Task, value: Any) -> None:
        fork = child.fork
        if fork is None:
            return
        fork.results[child.index] = value
        del fork.running[child.index]
        for connection in child.connections:
            connection.task = fork.parent
            fork.parent.connections.append(connection)
        child.connections = []
        enough = fork.want.enough
        fork.done = (enough is not None and enough(value)) or not (fork.running or fork.children)
        if fork.starting:
            return  # whoever starts the children goes on from here
        done = fork.done
        if not done and fork.children and (fork.want.stagger or not fork.running):
            done = self._start_children(fork, self._network.now())
        if done:
            self._advance(fork.parent, self._end_fork(fork))

    def _end_fork(self, fork: _Fork) -> Answer:
        """Close the children that still run or never did; returns the parent's answer."""
        fork.done = True
        fork.deadline = _NEVER
        for child in fork.running.values():
            self._abandon(child)
            self._forget(child)
        fork.running.clear()
        for generator in fork.children:
            generator.close()
        fork.children.clear()
        fork.parent.lookup = None
        self._in_flight += 1
        return self._network.now(), tuple(fork.results), None

    # Ends

    def _ended(self, task: _Task, value: Any) -> None:
        now = self._network.now()
        if task.fork is not None:
            self._forget(task)
            self._child_ended(task, value)
            return
        for connection in task.connections:  # only a conversation with a fault leaves one open
            connection.task = None
            self._shaking.discard(connection)
            self._network.close(connection)
        attempts, sent = value
        elapsed = now - task.start
        probe: Any = task.probe  # only a fork's children have none
        lag = self._lag_since(task.loop)
        self._finished.append(Outcome(probe, attempts, sent, task.at, elapsed, lag))
        self._forget(task)

    def _forget(self, task: _Task) -> None:
        self._tasks.discard(task)
        self._in_flight -= 1
        task.want = None
        task.generator = None
        task.deadline = _NEVER

    def _abandon(self, task: _Task) -> None:
        """Close a conversation before its end, with everything it opened."""
        if task.out_of_limit:
            task.out_of_limit = False
            self._in_flight += 1
        if isinstance(task.lookup, _Fork):
            self._end_fork(task.lookup)
        elif task.lookup is not None:
            task.lookup.task = None
        task.lookup = None
        if task.generator is not None:
            task.generator.close()
        for connection in task.connections:
            connection.task = None
            self._shaking.discard(connection)
            self._network.close(connection)
        task.connections = []

    # Deadlines

    def _set_timer(self, when: float, holder: Any) -> None:
        holder.wake = when
        self._serial += 1
        heappush(self._timers, (when, self._serial, holder))
        if len(self._timers) > 2000 and len(self._timers) > 4 * len(self._tasks):
            # Conversations that ended long before their deadline leave their timer behind.
            self._timers = [timer for timer in self._timers if timer[2].deadline < _NEVER]
            heapify(self._timers)

    def _expire(self, now: float) -> None:
        timers = self._timers
        due = []
        while timers and timers[0][0] <= now:
            due.append(heappop(timers)[2])
        for holder in due:
            holder.wake = _NEVER
            if holder.deadline == _NEVER:
                continue
            if holder.deadline > now:
                self._set_timer(holder.deadline, holder)
            elif holder.__class__ is _Fork:
                if not holder.done and self._start_children(holder, now):
                    self._advance(holder.parent, self._end_fork(holder))
            elif holder.want is not None:
                self._time_out(holder, now)

    def _time_out(self, task: _Task, now: float) -> None:
        want = task.want
        kind = want.__class__
        if kind is Pause:
            self._advance(task, (now, None, None))
        elif kind is Connect or kind is Await:
            connection = task.connections[-1] if kind is Connect else want.connection  # type: ignore[union-attr]
            failure = self._network.give_up(connection)
            if kind is Connect and not want.final:  # type: ignore[union-attr]
                self._advance(task, (now, connection, failure))
            else:
                self._drop(task, connection)
                self._advance(task, (now, None, failure))
        elif kind is Allow:
            answer = self._allow(task, want)  # type: ignore[arg-type]  # its class is Allow
            if isinstance(answer, tuple):
                self._advance(task, answer)
            else:
                task.deadline = answer
                if answer < task.wake:
                    self._set_timer(answer, task)
        elif kind is Fork:
            fork = task.lookup
            for child in list(fork.running.values()):
                while child.want is not None and child.deadline <= now and not fork.done:
                    self._time_out(child, now)
            if not fork.done:
                self._advance(task, self._end_fork(fork))
        else:
            if kind is Resolve:
                task.lookup.task = None
                task.lookup = None
            self._advance(task, (now, None, Failure(Cause.TIMED_OUT)))
