# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Run many conversations at once, with their deadlines and a limit. One target and a million use the same loop."""

from __future__ import annotations

from ..conversation.probe import converse
from ..conversation.wants import (
    Allow,
    AskPeer,
    Await,
    Close,
    Connect,
    FindReach,
    Finish,
    Fork,
    Inspect,
    NameServers,
    OwnAddress,
    Pause,
    ReadCounters,
    ReadHosts,
    ReadInterface,
    Receive,
    Resolve,
    Secure,
    Secured,
    Send,
)
from ..model.causes import Cause
from ..model.outcome import Failure, Outcome
from ..network.pollers import EVENTS
from .pace import BATCH, BURST, READS, STOPPED, TLS_LIMIT, Lag, SynBudget
from .tasks import NEVER, RunningFork, SourceTask, Task

# heapq takes 0.1 ms to import, for more than these.
try:
    from _heapq import heapify, heappop, heappush
except ImportError:  # pragma: no cover - CPython and PyPy have it
    from heapq import heapify, heappop, heappush

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from typing import Any, Protocol, Union

    from ..conversation.doors import Connection, Handle, Network
    from ..conversation.wants import Answer, Conversation, Tell, Want
    from ..model.recipe import Probe

    class Source(Protocol):
        """A supplier of probes for the engine."""

        def next(self, now: float) -> Probe | float | None:
            """Return the next Probe; a monotonic time, if there is no probe before it; or None, if there are no more.

            The engine calls it when the limit allows another probe: at the returned time, and each time after the
            caller of ``run`` has taken outcomes.
            """
            raise NotImplementedError

    class WakingSource(Source, Protocol):
        """A Source that may get probes before the time that it has returned: from a socket, a pipe or a signal.

        When its descriptor is readable, the engine calls ``next`` again, as soon as the limit allows. A source that
        does not know a time returns infinity.
        """

        def fileno(self) -> int:
            """Return the descriptor to watch, or -1 to watch no descriptor.

            The engine calls it each time ``next`` has returned a time. It watches the descriptor until it is readable
            or ``next`` is called again. So a source may open, replace and close its descriptor in ``next``, and must
            read from it there: a descriptor that is still readable wakes the source again at once. A source that does
            not want to read yet, for example to keep a rate, returns -1.
            """
            raise NotImplementedError

    Feed = Union[Source, Iterable[Probe]]

    # The parts of a row of the engine's table. Wants and handles are Any, because each function accepts only the
    # classes of its own row.
    Begin = Callable[[Task, Any], Union[Answer, float]]
    Conversing = Callable[[Probe, float, Union[Tell, None]], Conversation]
    Ready = Callable[[Task, Any, float], None]
    Late = Callable[[Task, float], None]

# The longest timeout of a poll in seconds: epoll accepts no infinity, and one wake-up a minute costs nothing.
_LONGEST_POLL = 60.0

# From this number of timers on, those that are no longer needed are removed: they would fill the memory.
_MANY_TIMERS = 2000

# The same with a pulse: a user who presses Ctrl-C does not notice a quarter of a second.
PULSE = 0.25


class IterableSource:
    """A plain iterable of probes as a Source."""

    def __init__(self, probes: Iterable[Probe]) -> None:
        self._probes = iter(probes)

    def next(self, now: float) -> Probe | None:
        """Return the next probe, or None after the last."""
        return next(self._probes, None)


def run(
    probes: Feed,
    *,
    network: Network | None = None,
    limit: int = 1000,
    tls_limit: int = TLS_LIMIT,
    on_attempt: Tell | None = None,
    pulse: Callable[[float], bool] | None = None,
) -> Generator[Outcome, None, None]:
    """Carry out every probe, and yield its Outcome when it ends.

    Args:
        probes: an iterable or a Source. A probe is taken only when the limit allows it.
        network: the network to use, which is not closed; None: the real one.
        limit: the maximum number of connections at once.
        tls_limit: the maximum number of TLS handshakes at once.
        on_attempt: called with a probe and its attempt when the attempt ends.
        pulse: called with the time between two polls, at least every quarter of a second. When it returns True, the
            run ends, and conversations in flight have no outcome.

    Raises:
        ValueError: a limit is below 1.
        OSError: the source's descriptor cannot be watched.
        KeyboardInterrupt: after the outcomes of the counts that it interrupts, with the probes that had ended.
    """
    for name, value in (("limit", limit), ("tls_limit", tls_limit)):
        if value < 1:
            raise ValueError(f"invalid {name} {value!r}: must be a number from 1")
    # Only a Source has this method; for mypy, an Iterable could have it too.
    source: Any = probes if hasattr(probes, "next") else IterableSource(probes)
    own = None
    if network is None:
        from ..network.network import Network as RealNetwork

        network = own = RealNetwork()
    engine = _Engine(source, network, limit, tls_limit, on_attempt, pulse)
    try:
        yield from engine.outcomes()
    except KeyboardInterrupt:
        yield from engine.interrupted()
        raise
    finally:
        engine.close()
        if own is not None:
            own.shut()


class _Engine:
    def __init__(
        self,
        source: Source,
        network: Network,
        limit: int,
        tls_limit: int,
        on_attempt: Tell | None,
        pulse: Callable[[float], bool] | None = None,
    ) -> None:
        self._source = source
        self._network = network
        self._limit = limit
        self._tls_limit = tls_limit
        self._on_attempt = on_attempt
        self._pulse = pulse
        self._longest_poll = _LONGEST_POLL if pulse is None else PULSE
        self._lag = Lag()
        self._syn_budget = SynBudget()
        self._source_fileno: Callable[[], int] | None = getattr(source, "fileno", None)
        self._source_task = SourceTask(self._source_ready)
        self._source_watched = False
        self._exhausted = False
        self._next_start = 0.0
        self._in_flight = 0
        self._tasks: set[Task] = set()
        self._finished: list[Outcome] = []
        self._unread: list[Connection] = []  # connections that may have more data to read
        self._held_back: list[RunningFork] = []  # forks with children that the limit does not allow yet
        self._handshakes: set[Connection] = set()  # connections during their TLS handshake
        self._before_handshake: list[Task] = []  # tasks that wait to begin a handshake, in order
        self._timers: list[tuple[float, int, Task | RunningFork]] = []
        self._serial = 0
        self._begin: Conversing = self._begin_first  # how the next probe's conversation begins
        at_once, ignored, timed_out = self._at_once, self._ignore, self._timed_out
        # For each want: the functions that begin it, handle a ready handle of its task, and handle its deadline.
        self._table: dict[type[Want], tuple[Begin, Ready, Late]] = {
            Resolve: (self._resolve, self._resolve_ready, self._resolve_late),
            Connect: (self._connect, self._connect_ready, self._connect_late),
            Await: (self._await, self._connect_ready, self._await_late),
            Secure: (self._secure, ignored, timed_out),
            Send: (self._send, self._send_ready, timed_out),
            Receive: (self._receive, self._receive_ready, timed_out),
            Pause: (self._pause, ignored, self._pause_late),
            Allow: (self._allow, ignored, self._allow_late),
            Fork: (self._fork, ignored, self._fork_late),
            Secured: at_once(self._secured),
            Finish: at_once(self._finish),
            Close: at_once(self._close),
            Inspect: at_once(self._inspect),
            AskPeer: at_once(self._ask_peer),
            NameServers: at_once(self._name_servers),
            OwnAddress: at_once(self._own_address),
            FindReach: at_once(self._find_reach),
            ReadInterface: at_once(self._read_interface),
            ReadCounters: at_once(self._read_counters),
            ReadHosts: at_once(self._read_hosts),
        }

    def outcomes(self) -> Iterator[Outcome]:
        network = self._network
        note_lag = self._lag.note
        pulse = self._pulse
        now = network.now()
        while True:
            if self._in_flight < self._limit:
                if self._held_back:
                    self._start_held_back()
                if not self._exhausted:
                    self._begin_some(now)
            if self._finished:
                finished = self._finished[:BATCH]
                del self._finished[:BATCH]
                yield from finished
                self._next_start = 0.0  # the source may depend on what the caller did with the outcomes
            if pulse is not None and pulse(now):
                yield from self._finished
                return
            if not self._tasks and self._exhausted and not self._finished:
                return
            before = network.now()
            note_lag(before - now)
            timeout = self._poll_timeout(before)
            now, ready = network.poll(timeout)
            if now - before > timeout + STOPPED:
                note_lag(now - before - timeout)
            if self._unread:
                ready = [*self._unread, *ready]
                self._unread = []
            for handle in ready:
                task: Task | None = handle.task  # or the SourceTask, which also has want and ready
                if task is not None and task.want is not None:
                    task.ready(task, handle, now)
            if self._timers and self._timers[0][0] <= now:
                if len(ready) >= EVENTS:
                    now = self._catch_up(now)
                self._expire(now)
            if len(self._timers) > _MANY_TIMERS:
                self._drop_timers()
            if self._before_handshake:
                self._begin_handshakes()

    def _catch_up(self, now: float) -> float:
        """Handle the events that the last poll had no room for; return the time of the last poll.

        After the process has been late, an answer that has arrived must not time out because others are handled first. The
        events are limited, because an endless answer always has one: each connection could have had one.
        """
        left = len(self._tasks)
        while left > 0:
            self._lag.note(self._network.now() - now)
            now, ready = self._network.poll(0.0)
            for handle in ready:
                task: Task | None = handle.task
                if task is not None and task.want is not None:
                    task.ready(task, handle, now)
            left = left - len(ready) if len(ready) >= EVENTS else 0
        return now

    def interrupted(self) -> Iterator[Outcome]:
        """End every conversation, and yield the outcomes of those that have measured something."""
        for task in [each for each in self._tasks if each.fork is None]:
            self._end_children(task)
            if task.generator is None:
                continue
            try:
                task.generator.throw(KeyboardInterrupt())
            except StopIteration as end:
                self._finish_probe(task, end.value)
            except KeyboardInterrupt:
                task.generator = None
        yield from self._finished

    def close(self) -> None:
        """End every conversation that is still in flight."""
        if self._source_watched:
            self._network.unwatch()
        for task in list(self._tasks):
            self._abandon(task)
        self._tasks.clear()

    def _begin_some(self, now: float) -> None:
        """Begin the next probes, as many as a burst and the limit allow."""
        if now < self._next_start:
            return
        if self._source_watched:
            # No descriptor is watched while the source runs: one that it closes must not stay registered.
            self._source_watched = False
            self._network.unwatch()
        clock = self._network.now
        for _unused in range(BURST):
            if self._in_flight >= self._limit:  # a probe with several addresses counts several times
                return
            probe = self._source.next(clock())
            if probe is None:
                self._exhausted = True
                return
            if isinstance(probe, float):
                self._next_start = probe
                if self._source_fileno is not None:
                    self._watch_source(self._source_fileno())
                return
            start = clock()
            conversation = self._begin(probe, start, self._on_attempt)
            task = Task(conversation, probe, start)
            task.at = self._network.wall()  # the source may have blocked for hours, and the clock been set
            task.lag_count = self._lag.count
            self._tasks.add(task)
            self._in_flight += 1
            self._advance(task, None)

    def _begin_first(self, probe: Probe, start: float, tell: Tell | None) -> Conversation:
        """Begin the first probe's conversation: a single check does not need the short path."""
        self._begin = self._begin_second
        return converse(probe, start, tell)

    def _begin_second(self, probe: Probe, start: float, tell: Tell | None) -> Conversation:
        """Load the short path, and begin with it."""
        try:
            from ..conversation.short import begin
        except (ImportError, OSError):  # no descriptor is left to read the module with
            return converse(probe, start, tell)
        self._begin = begin
        return begin(probe, start, tell)

    def _watch_source(self, descriptor: int) -> None:
        """Watch the source's descriptor, because the source has no probe now."""
        if descriptor >= 0:
            self._network.watch(descriptor).task = self._source_task
            self._source_watched = True

    def _source_ready(self, task: SourceTask, handle: Handle, now: float) -> None:
        """Call the source again as soon as the limit allows. The network has stopped watching the descriptor."""
        self._next_start = 0.0

    def _poll_timeout(self, now: float) -> float:
        """Return how long the next poll may wait."""
        if (
            self._unread
            or self._finished
            or (self._before_handshake and len(self._handshakes) < self._tls_limit)
        ):
            return 0.0
        if not self._exhausted and self._in_flight < self._limit:
            wait = self._next_start - now
            if wait <= 0:
                return 0.0
        else:
            wait = NEVER
        if self._timers:
            wait = min(wait, self._timers[0][0] - now)
        return max(0.0, min(wait, self._longest_poll))

    def _advance(self, task: Task, answer: Answer | None) -> None:
        """Send the answer to the conversation, and carry out its wants until one of them must wait."""
        table = self._table
        task.want = None
        try:
            send = task.generator.send  # type: ignore[union-attr]  # a task that is advanced has not ended
            while True:
                want = send(answer)  # type: ignore[arg-type]  # a generator's first send is None
                begin, ready, late = table[want.__class__]
                # The answer, or the deadline for it.
                result = begin(task, want)
                if not isinstance(result, tuple):
                    break
                answer = result
        except StopIteration as end:
            self._ended(task, end.value)
            return
        task.want = want
        task.ready = ready
        task.late = late
        task.deadline = result
        if result < task.timer:
            self._set_timer(result, task)

    # The functions of the table. A function that begins a want returns the answer, or the deadline for it.

    def _at_once(self, begin: Begin) -> tuple[Begin, Ready, Late]:
        """Return the row for a want that always has its answer at once."""
        return begin, self._ignore, self._timed_out

    def _ignore(self, task: Task, handle: Handle, now: float) -> None:
        """The task does not wait for this handle."""

    def _timed_out(self, task: Task, now: float) -> None:
        self._advance(task, (now, None, Failure(Cause.TIMED_OUT)))

    def _resolve(self, task: Task, want: Resolve) -> Answer | float:
        found = self._network.resolve(want.target, want.recipe)
        if isinstance(found, tuple):
            return self._network.now(), found, None
        if isinstance(found, Failure):
            return self._network.now(), None, found
        found.task = task
        task.lookup = found
        return want.deadline

    def _resolve_ready(self, task: Task, handle: Handle, now: float) -> None:
        lookup = task.lookup
        if lookup is not None and lookup is handle and lookup.result is not None:
            task.lookup = None
            result = lookup.result
            self._advance(task, (now, None, result) if isinstance(result, Failure) else (now, result, None))

    def _resolve_late(self, task: Task, now: float) -> None:
        self._forget_lookup(task)
        self._timed_out(task, now)

    def _forget_lookup(self, task: Task) -> None:
        if task.lookup is not None:
            task.lookup.task = None
            task.lookup = None

    def _connect(self, task: Task, want: Connect) -> Answer | float:
        connection = self._network.connect(want.address, want.recipe, want.special)
        if connection is None:
            return self._network.now(), None, None
        if isinstance(connection, Failure):
            return self._network.now(), None, connection
        connection.task = task
        task.connections.append(connection)
        if connection.connecting:
            return want.deadline
        return self._network.now(), connection, None

    def _connect_ready(self, task: Task, handle: Connection, now: float) -> None:
        if handle.connecting:
            value = self._network.connected(handle)
            if value is True:
                self._advance(task, (now, handle, None))
            elif value is not False:
                self._drop(task, handle)
                self._advance(task, (now, None, value))

    def _connect_late(self, task: Task, now: float) -> None:
        connection = task.connections[-1]
        if task.want.final:
            self._give_up(task, connection, now)
        else:
            self._advance(task, (now, connection, self._network.give_up(connection)))

    def _await(self, task: Task, want: Await) -> Answer | float:
        connection = want.connection
        owner = connection.task
        if owner is not task:
            owner.connections.remove(connection)
            task.connections.append(connection)
            connection.task = task
        if connection.connecting:
            return want.deadline
        return self._network.now(), connection, None

    def _await_late(self, task: Task, now: float) -> None:
        self._give_up(task, task.want.connection, now)

    def _give_up(self, task: Task, connection: Connection, now: float) -> None:
        failure = self._network.give_up(connection)
        self._drop(task, connection)
        self._advance(task, (now, None, failure))

    def _secure(self, task: Task, want: Secure) -> Answer | float:
        if len(self._handshakes) >= self._tls_limit:
            self._before_handshake.append(task)
            return want.deadline
        session = self._network.secure(want.plan, want.name)
        now = self._network.now()
        if isinstance(session, Failure):
            return now, None, session
        self._handshakes.add(want.connection)
        return now, session, None

    def _begin_handshakes(self) -> None:
        """Begin handshakes that had to wait, as far as the limit allows."""
        while self._before_handshake and len(self._handshakes) < self._tls_limit:
            task = self._before_handshake.pop(0)
            if isinstance(task.want, Secure):  # it has not timed out
                answer = self._secure(task, task.want)
                if isinstance(answer, tuple):
                    self._advance(task, answer)

    def _secured(self, task: Task, want: Secured) -> Answer:
        self._handshakes.discard(want.connection)
        return self._network.now(), None, None

    def _send(self, task: Task, want: Send, unsent: bytes | None = None) -> Answer | float:
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

    def _send_ready(self, task: Task, handle: Handle, now: float) -> None:
        if task.want.connection is handle:
            answer = self._send(task, task.want, task.unsent)
            if isinstance(answer, tuple):
                self._advance(task, answer)

    def _receive(self, task: Task, want: Receive) -> Answer | float:
        task.reads += 1
        if not task.reads % READS:
            self._unread.append(want.connection)
            return want.deadline
        value = self._network.receive(want.connection)
        if value is None:
            return want.deadline
        now = self._network.now()
        return (now, value, None) if isinstance(value, bytes) else (now, None, value)

    def _receive_ready(self, task: Task, handle: Handle, now: float) -> None:
        if task.want.connection is handle:
            value = self._network.receive(handle)
            if value is not None:
                self._advance(task, (now, value, None) if isinstance(value, bytes) else (now, None, value))

    def _pause(self, task: Task, want: Pause) -> Answer | float:
        deadline = want.deadline
        if want.jitter:
            deadline += want.jitter * self._network.random()
        now = self._network.now()
        return (now, None, None) if deadline <= now else deadline

    def _pause_late(self, task: Task, now: float) -> None:
        self._advance(task, (now, None, None))

    def _allow(self, task: Task, want: Allow) -> Answer | float:
        now = self._network.now()
        ready_at = self._syn_budget.ready_at(want.tokens, want.prefix, now)
        if now < ready_at < want.deadline:
            if not task.out_of_limit:
                task.out_of_limit = True
                self._in_flight -= 1  # it has no connection, so other probes can use its place
            return ready_at
        self._return_to_limit(task)
        if ready_at > now:
            return now, False, None
        self._syn_budget.spend(want.tokens, want.prefix, now)
        return now, True, None

    def _allow_late(self, task: Task, now: float) -> None:
        answer = self._allow(task, task.want)
        if isinstance(answer, tuple):
            self._advance(task, answer)
            return
        task.deadline = answer
        if answer < task.timer:
            self._set_timer(answer, task)

    def _return_to_limit(self, task: Task) -> None:
        if task.out_of_limit:
            task.out_of_limit = False
            self._in_flight += 1

    def _inspect(self, task: Task, want: Inspect) -> Answer:
        return self._network.now(), self._network.inspect(want.connection), None

    def _ask_peer(self, task: Task, want: AskPeer) -> Answer:
        self._network.start_keepalive(want.connection)
        return self._network.now(), None, None

    def _name_servers(self, task: Task, want: NameServers) -> Answer:
        return self._network.now(), self._network.name_servers(), None

    def _own_address(self, task: Task, want: OwnAddress) -> Answer:
        return self._network.now(), self._network.own_address(want.connection), None

    def _find_reach(self, task: Task, want: FindReach) -> Answer:
        return self._network.now(), self._network.reach(want.address, want.recipe), None

    def _read_interface(self, task: Task, want: ReadInterface) -> Answer:
        return self._network.now(), self._network.interface(want.name), None

    def _read_counters(self, task: Task, want: ReadCounters) -> Answer:
        return self._network.now(), self._network.counters(), None

    def _read_hosts(self, task: Task, want: ReadHosts) -> Answer:
        return self._network.now(), self._network.hosts_entry(want.name), None

    def _finish(self, task: Task, want: Finish) -> Answer:
        self._network.finish(want.connection)
        return self._network.now(), None, None

    def _close(self, task: Task, want: Close) -> Answer:
        self._drop(task, want.connection, want.reset)
        return self._network.now(), None, None

    def _drop(self, task: Task, connection: Connection, reset: bool = False) -> None:
        connection.task = None
        self._handshakes.discard(connection)
        task.connections.remove(connection)
        self._network.close(connection, reset)

    # Forks

    def _fork(self, task: Task, want: Fork) -> Answer | float:
        fork = task.children = RunningFork(task, want, self._next_child_late)
        self._in_flight -= 1  # while it waits it has no connection, and a child uses its place
        done = self._start_children(fork, self._network.now())
        return self._end_fork(fork) if done else want.deadline

    def _fork_late(self, task: Task, now: float) -> None:
        fork: Any = task.children  # a task that waits for a fork has one
        for child in list(fork.running.values()):
            while child.want is not None and child.deadline <= now and not fork.done:
                child.late(child, now)
        if not fork.done:
            self._advance(task, self._end_fork(fork))

    def _next_child_late(self, fork: RunningFork, now: float) -> None:
        """Start the next child: the time between two children is over."""
        if not fork.done and self._start_children(fork, now):
            self._advance(fork.parent, self._end_fork(fork))

    def _start_children(self, fork: RunningFork, now: float) -> bool:
        """Start the next child, or all children if there is no stagger, as far as the limit allows.

        One child of a fork can always run, because it uses its parent's place in the limit. Returns whether the fork
        has ended.
        """
        fork.starting = True
        fork.deadline = NEVER
        stagger = fork.want.stagger
        while fork.waiting and not fork.done and now < fork.want.deadline:
            if fork.running and self._in_flight >= self._limit:
                self._held_back.append(fork)
                break
            child = Task(fork.waiting.pop(0), None, now)
            child.fork = fork
            child.index = len(fork.results) - len(fork.waiting) - 1
            fork.running[child.index] = child
            self._tasks.add(child)
            self._in_flight += 1
            self._advance(child, None)
            if (
                stagger
                and child.index in fork.running
                and fork.waiting
                and len(fork.running) >= fork.want.ahead
            ):
                fork.deadline = now + stagger
                if fork.deadline < fork.timer:
                    self._set_timer(fork.deadline, fork)
                break
        fork.starting = False
        return fork.done

    def _start_held_back(self) -> None:
        """Start the children that had to wait for the limit."""
        held_back, self._held_back = self._held_back, []
        for fork in held_back:
            self._next_child_late(fork, self._network.now())

    def _child_ended(self, fork: RunningFork, child: Task, value: Any) -> None:
        fork.results[child.index] = value
        del fork.running[child.index]
        for connection in child.connections:
            connection.task = fork.parent
            fork.parent.connections.append(connection)
        child.connections = []
        enough = fork.want.enough
        fork.done = (enough is not None and enough(value)) or not (fork.running or fork.waiting)
        if fork.starting:
            return  # _start_children is running, and continues with the next child
        done = fork.done
        if not done and fork.waiting and (fork.want.stagger or not fork.running):
            done = self._start_children(fork, self._network.now())
        if done:
            self._advance(fork.parent, self._end_fork(fork))

    def _end_fork(self, fork: RunningFork) -> Answer:
        """Close the children that are running or have not begun, and return the parent's answer."""
        fork.done = True
        fork.deadline = NEVER
        for child in fork.running.values():
            self._abandon(child)
            self._forget(child)
        fork.running.clear()
        for generator in fork.waiting:
            generator.close()
        fork.waiting.clear()
        fork.parent.children = None
        self._in_flight += 1
        return self._network.now(), tuple(fork.results), None

    # Ends

    def _ended(self, task: Task, value: Any) -> None:
        if task.fork is not None:
            self._forget(task)
            self._child_ended(task.fork, task, value)
            return
        self._finish_probe(task, value)
        if value[2]:
            raise KeyboardInterrupt  # it came while the conversation ran; the others end as well

    def _finish_probe(self, task: Task, value: Any) -> None:
        if task.connections:  # only an interrupt and a conversation with a bug leave one open
            for connection in task.connections[:]:
                self._drop(task, connection)
        attempts, sent, interrupted = value
        probe: Any = task.probe  # only the children of a fork have no probe
        elapsed = self._network.now() - task.start
        lag = self._lag.since(task.lag_count)
        self._finished.append(Outcome(probe, attempts, sent, task.at, elapsed, lag, interrupted))
        self._forget(task)

    def _forget(self, task: Task) -> None:
        self._tasks.discard(task)
        self._in_flight -= 1
        task.want = None
        task.generator = None
        task.deadline = NEVER

    def _abandon(self, task: Task) -> None:
        """Close a conversation before its end, with its connections, lookup and children."""
        self._end_children(task)
        if task.generator is not None:
            task.generator.close()
        for connection in task.connections[:]:
            self._drop(task, connection)

    def _end_children(self, task: Task) -> None:
        """End what a conversation waits for, other than its connections."""
        self._return_to_limit(task)
        if task.children is not None:
            self._end_fork(task.children)
        self._forget_lookup(task)

    # Timers

    def _set_timer(self, when: float, holder: Task | RunningFork) -> None:
        holder.timer = when
        self._serial += 1
        heappush(self._timers, (when, self._serial, holder))

    def _drop_timers(self) -> None:
        """Remove the timers of conversations that ended before their deadline, if they are most of the heap."""
        if len(self._timers) > 4 * len(self._tasks):
            self._timers = [timer for timer in self._timers if timer[2].deadline < NEVER]
            heapify(self._timers)

    def _expire(self, now: float) -> None:
        """Call ``late`` of every task and fork whose deadline has come."""
        timers = self._timers
        due = []
        while timers and timers[0][0] <= now:
            due.append(heappop(timers)[2])
        for holder in due:
            holder.timer = NEVER
            if holder.deadline == NEVER:
                continue
            if holder.deadline > now:
                self._set_timer(holder.deadline, holder)
            elif holder.want is not None:
                holder.late(holder, now)
