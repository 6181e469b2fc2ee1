# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Source with a descriptor: the engine calls it again when that is readable, on the fake and on the real network."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import closing
from math import inf
from typing import TYPE_CHECKING, Any, cast

import pytest

from support.fake_network import FakeNetwork
from support.level_network import LevelNetwork
from support.loopback import Stage
from support.scripted import Name, accepts, is_silent
from tcp_health.dialogue.steps import exchange
from tcp_health.engine.engine import run
from tcp_health.model.causes import Cause
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Address, Target
from tcp_health.network.network import Connection, Network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tcp_health.engine.engine import WakingSource
    from tcp_health.model.outcome import Outcome

A, B = "127.0.0.2", "127.0.0.3"

SILENT = Recipe(dialogue=exchange(expect=[b"x"]), timeout=1.0)
"""A check with a timeout of one second, of a server that accepts and sends nothing."""


class Jobs:
    """A Source of the fake network: a probe for each host that arrives in the pipe, and the end for "end".

    pause   seconds until its next call if nothing has arrived
    asked   the times of its calls, since the start
    begun   when each probe was begun
    """

    def __init__(self, network: FakeNetwork, recipe: Recipe | None = None, *, pause: float = inf) -> None:
        self.network = network
        self.recipe = recipe or Recipe()
        self.pause = pause
        self.asked: list[float] = []
        self.begun: list[float] = []
        self.waiting: list[str] = []

    def fileno(self) -> int:
        """The pipe's."""
        return self.network.pipe.fileno()

    def next(self, now: float) -> Probe | float | None:
        """Read the pipe, and act on the messages."""
        since = now - self.network.start
        self.asked.append(since)
        self.waiting += self.network.pipe.read()
        if not self.waiting:
            return now + self.pause
        job = self.waiting.pop(0)
        if job == "end":
            return None
        self.begun.append(since)
        return Probe(Target(job, 80), self.recipe, len(self.begun))


if TYPE_CHECKING:
    _: type[WakingSource] = Jobs


def about(*moments: float) -> Any:
    return pytest.approx(list(moments), abs=1e-6)


# On the fake network


def test_a_source_is_called_early_when_its_descriptor_is_readable() -> None:
    network = FakeNetwork({A: accepts()}, wakes=[(0.5, A), (0.7, "end")])
    source = Jobs(network, pause=60.0)
    assert len(list(run(source, network=network))) == 1
    assert source.begun == about(0.5)
    assert network.time - network.start == pytest.approx(0.7)


def test_a_source_without_a_time_waits_only_for_its_descriptor() -> None:
    network = FakeNetwork({A: accepts()}, wakes=[(3600.0, A), (7200.0, "end")])
    source = Jobs(network)
    [outcome] = run(source, network=network)
    assert outcome.attempts[0].failure is None
    assert source.begun == about(3600.0)
    assert network.polls < 200, "a poll a minute, and those of the check"


def test_a_message_that_was_there_already_wakes_it() -> None:
    network = FakeNetwork({A: accepts()}, wakes=[(0.0, A), (0.0, "end")])
    source = Jobs(network)
    assert len(list(run(source, network=network))) == 1
    assert source.begun == about(0.0)


def test_several_messages_at_once_are_all_taken() -> None:
    network = FakeNetwork({A: accepts()}, wakes=[(0.5, A)] * 20 + [(0.5, "end")])
    source = Jobs(network)
    assert len(list(run(source, network=network))) == 20
    assert max(source.begun) < 0.6


def test_a_probe_begins_while_others_are_in_flight() -> None:
    network = FakeNetwork({A: accepts()}, wakes=[(0.1, A), (0.4, A), (0.4, "end")])
    source = Jobs(network, SILENT)
    assert [outcome.key for outcome in run(source, network=network)] == [1, 2]
    assert source.begun == about(0.1, 0.4)


def test_what_arrives_while_the_limit_is_reached_is_begun_as_soon_as_there_is_room() -> None:
    network = FakeNetwork({A: accepts()}, wakes=[(0.1, A), (0.2, A), (0.3, "end")])
    source = Jobs(network, SILENT)
    outcomes = list(run(source, network=network, limit=1))
    assert len(outcomes) == 2
    assert source.begun == about(0.1, 1.1)
    assert network.polls < 30, "a descriptor that stays readable costs no polls"


def test_a_watched_descriptor_is_noticed_once_while_the_limit_is_reached() -> None:
    """The source has returned no probe, and then the addresses of one probe fill the limit."""
    network = FakeNetwork(
        {A: accepts(), B: accepts()}, {"db": Name(A, B)}, wakes=[(0.1, "db"), (0.5, A), (0.6, "end")]
    )
    recipe = Recipe(dialogue=exchange(expect=[b"x"]), timeout=1.0, addresses="all")
    source = Jobs(network, recipe)
    assert len(list(run(source, network=network, limit=2))) == 2
    assert network.most == 2
    assert source.begun == about(0.1, 1.1)
    assert not [at for at in source.asked if 0.2 < at < 1.0]
    assert network.polls < 30


def test_a_source_may_end_when_its_descriptor_is_readable() -> None:
    network = FakeNetwork(wakes=[(5.0, "end")])
    source = Jobs(network, pause=60.0)
    assert not list(run(source, network=network))
    assert source.asked == about(0.0, 5.0)


def test_a_source_may_end_while_probes_are_in_flight() -> None:
    network = FakeNetwork({A: accepts()}, wakes=[(0.1, A), (0.2, "end"), (0.3, "nobody reads this")])
    source = Jobs(network, SILENT)
    assert len(list(run(source, network=network))) == 1
    assert max(source.asked) == pytest.approx(0.2)


def test_a_source_is_called_at_its_time_without_a_readable_descriptor() -> None:
    class Once(Jobs):
        """It has a probe of its own at a given time."""

        def next(self, now: float) -> Probe | float | None:
            """Return a probe by the clock."""
            if len(self.asked) == 1:
                self.waiting += [A, "end"]
            return super().next(now)

    network = FakeNetwork({A: accepts()})
    source = Once(network, pause=2.0)
    assert len(list(run(source, network=network))) == 1
    assert source.begun == about(2.0)


class Closing(Jobs):
    """It closes its pipe when "close" arrives, and continues by the clock."""

    def next(self, now: float) -> Probe | float | None:
        """A probe for each host, the last one a second after the pipe was closed."""
        if not self.network.pipe.is_open:
            return super().next(now) if self.asked[-1] < 60.0 else None
        found = super().next(now)
        if isinstance(found, Probe) and found.target.host == "close":
            self.network.pipe.close()
            self.waiting.append(A)
            return now + 60.0
        return found


def test_a_source_may_close_its_descriptor() -> None:
    network = FakeNetwork({A: accepts()}, wakes=[(0.5, "close"), (1.0, "nobody reads this")])
    source = Closing(network)
    [outcome] = run(source, network=network)
    assert outcome.attempts[0].failure is None
    assert source.begun[-1] == pytest.approx(60.5)
    assert not [at for at in source.asked if 0.6 < at < 60.0]


def test_a_source_that_leaves_its_descriptor_unread_is_asked_again_at_once() -> None:
    class Lazy(Jobs):
        """It reads the pipe at every third call."""

        def next(self, now: float) -> Probe | float | None:
            """Return no probe, or what has arrived."""
            if len(self.asked) % 3:
                self.asked.append(now - self.network.start)
                return now + 60.0
            return super().next(now)

    network = FakeNetwork({A: accepts()}, wakes=[(0.5, A), (0.5, "end")])
    source = Lazy(network)
    list(run(source, network=network))
    assert source.begun == about(0.5)


def test_a_source_that_keeps_a_rate_hides_its_descriptor_meanwhile() -> None:
    class Paced(Jobs):
        """One probe per second, however many have arrived."""

        def fileno(self) -> int:
            """The pipe's descriptor, unless it may not begin a probe now."""
            return -1 if self.begun and self.asked[-1] < self.begun[-1] + 1.0 else super().fileno()

        def next(self, now: float) -> Probe | float | None:
            """Return no probe until the second is over."""
            if self.begun and now - self.network.start < self.begun[-1] + 1.0:
                self.asked.append(now - self.network.start)
                return self.network.start + self.begun[-1] + 1.0
            return super().next(now)

    network = FakeNetwork({A: accepts()}, wakes=[(0.5, A), (0.6, A), (0.7, A), (0.8, "end")])
    source = Paced(network)
    assert len(list(run(source, network=network))) == 3
    assert source.begun == about(0.5, 1.5, 2.5)
    assert network.polls < 60


def test_a_run_that_is_ended_early_watches_nothing_any_more() -> None:
    network = FakeNetwork({A: accepts()}, wakes=[(0.1, A), (5.0, A)])
    source = Jobs(network)
    with closing(cast("Any", run(source, network=network))) as outcomes:
        next(outcomes)
    asked = len(source.asked)
    list(run([Probe(Target(A, 80), SILENT, key) for key in range(9)], network=network, limit=1))
    assert network.time - network.start > 5.0
    assert len(source.asked) == asked


def test_a_descriptor_that_cannot_be_watched_is_an_error_of_the_source() -> None:
    class Wrong(Jobs):
        """It returns a descriptor that does not exist."""

        def fileno(self) -> int:
            """An invalid number."""
            return 999

    network = FakeNetwork()
    with pytest.raises(OSError, match="Bad file descriptor"):
        list(run(Wrong(network), network=network))


# On the real network


class Counted:
    """Counts the polls of a real network."""

    polls = 0

    def poll(self, timeout: float) -> Any:
        """Count the poll, then do it."""
        self.polls += 1
        return cast("Any", super()).poll(timeout)


class CountedNetwork(Counted, Network):
    """The real network."""


class CountedLevelNetwork(Counted, LevelNetwork):
    """The real network without epoll."""


@pytest.fixture(params=[CountedNetwork, CountedLevelNetwork], ids=["epoll", "level"])
def network(request: pytest.FixtureRequest) -> Iterator[CountedNetwork]:
    made = request.param()
    yield made
    made.shut()


class Socket:
    """A Source that reads bytes from a socket: a probe for each ``p``, the end for ``e`` or end of file.

    on_probe  called when it returns a probe
    """

    def __init__(self, port: int, recipe: Recipe | None = None) -> None:
        self.reader, self.writer = socket.socketpair()
        self.reader.setblocking(False)
        self.probe = Probe(Target(A, port), recipe or Recipe())
        self.waiting = b""
        self.on_probe: Callable[[], None] = lambda: None

    def fileno(self) -> int:
        """The reader's descriptor, -1 once it is closed."""
        return self.reader.fileno()

    def next(self, _now: float) -> Probe | float | None:
        """Read, and act on the messages."""
        try:
            self.waiting += self.reader.recv(100) or b"e"
        except BlockingIOError:
            pass
        except OSError:  # closed by on_probe
            self.waiting += b"e"
        if not self.waiting:
            return inf
        job, self.waiting = self.waiting[:1], self.waiting[1:]
        if job == b"e":
            self.close()
            return None
        self.on_probe()
        return self.probe

    def later(self, *jobs: bytes | float) -> threading.Thread:
        """Write the jobs in a thread, with pauses between them, and close the other end."""

        def write() -> None:
            for job in jobs:
                if isinstance(job, bytes):
                    self.writer.sendall(job)
                else:
                    time.sleep(job)
            self.writer.close()

        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """Close what is still open."""
        self.reader.close()


def carried_out(source: Socket, network: Network, *jobs: bytes | float, limit: int = 10) -> list[Outcome]:
    thread = source.later(*jobs)
    try:
        return list(run(source, network=network, limit=limit))
    finally:
        thread.join(10)
        source.close()


def test_a_socket_wakes_its_source(network: CountedNetwork) -> None:
    with Stage({A: accepts()}) as stage:
        source = Socket(stage.port)
        began = time.monotonic()
        outcomes = carried_out(source, network, 0.1, b"p", 0.1, b"pp", 0.1, b"e")
    assert [outcome.attempts[0].failure for outcome in outcomes] == [None] * 3
    assert 0.3 <= time.monotonic() - began < 10
    assert network.polls < 60, "nothing is polled for without need"


def test_the_end_of_the_other_side_wakes_it_too(network: CountedNetwork) -> None:
    source = Socket(1)
    began = time.monotonic()
    assert not carried_out(source, network, 0.1)
    assert time.monotonic() - began < 10


def test_a_socket_that_stays_readable_costs_no_polls_while_the_limit_is_reached(
    network: CountedNetwork,
) -> None:
    recipe = Recipe(dialogue=exchange(expect=[b"x"]), timeout=0.5, trace="never")
    with Stage({A: accepts()}) as stage:
        outcomes = carried_out(Socket(stage.port, recipe), network, b"p", 0.1, b"p", limit=1)
    assert [outcome.attempts[0].cause for outcome in outcomes] == [Cause.TIMED_OUT] * 2
    assert network.polls < 40


def test_a_watched_socket_is_reported_once_while_the_limit_is_reached(network: CountedNetwork) -> None:
    with closing(socket.socket()) as silent:
        silent.bind((A, 0))
        reader, writer = socket.socketpair()
        with reader, writer:
            handle = network.watch(reader.fileno())
            writer.send(b"unread")
            assert network.poll(1.0)[1] == [handle]
            assert network.poll(0.05)[1] == []
            handle = network.watch(reader.fileno())
            assert network.poll(1.0)[1] == [handle], "a new watch sees what was there before"
            network.watch(reader.fileno())
            network.unwatch()
            assert network.poll(0.05)[1] == []


def test_a_descriptor_with_the_number_of_a_closed_one_is_another(network: CountedNetwork) -> None:
    """The source closes its socket and opens one, which gets the same number, as after a reload."""
    with Stage({A: accepts()}) as stage:
        source = Socket(stage.port)
        first = source.writer

        def reload() -> None:
            source.on_probe = lambda: None
            number = source.reader.fileno()
            source.reader.close()
            source.reader, source.writer = socket.socketpair()
            source.reader.setblocking(False)
            if source.reader.fileno() != number:
                os.dup2(source.reader.fileno(), number)
                source.reader.close()
                source.reader = socket.socket(fileno=number)
                source.reader.setblocking(False)
            source.later(0.2, b"p", 0.1, b"e")

        source.on_probe = reload
        thread = threading.Timer(0.1, first.send, [b"p"])
        thread.start()
        outcomes = list(run(source, network=network))
        thread.join(10)
        first.close()
    assert [outcome.attempts[0].failure for outcome in outcomes] == [None, None]


def test_a_connection_may_get_the_number_of_a_descriptor_that_its_source_has_closed(
    network: CountedNetwork,
) -> None:
    with Stage({A: accepts(0.05, b"x")}) as stage:
        source = Socket(stage.port, Recipe(dialogue=exchange(expect=[b"x"]), timeout=5.0))
        source.on_probe = source.close
        outcomes = carried_out(source, network, 0.1, b"p")
    assert [outcome.attempts[0].failure for outcome in outcomes] == [None]


def test_a_closed_descriptor_of_which_there_is_a_copy_costs_no_polls(network: CountedNetwork) -> None:
    """Epoll's registration ends only when the last copy is closed, and a child process may have one."""

    class Timed(Socket):
        """It closes its socket at a given time, while that is watched."""

        calls = 0

        def next(self, now: float) -> Probe | float | None:
            """Return no probe, the probe, the end."""
            self.calls += 1
            if self.calls == 1:
                return now + 0.1
            self.close()
            return self.probe if self.calls == 2 else None

    with Stage({A: accepts()}) as stage:
        source = Timed(stage.port, Recipe(dialogue=exchange(expect=[b"x"]), timeout=0.5, trace="never"))
        copy = source.reader.dup()
        with copy:
            outcomes = carried_out(source, network, 0.2, b"unread", 0.1)
    assert [outcome.attempts[0].cause for outcome in outcomes] == [Cause.TIMED_OUT]
    assert network.polls < 30


def test_a_watched_number_that_a_connection_gets_belongs_to_the_connection(network: CountedNetwork) -> None:
    """Its owner closes the descriptor while it is watched, without notice."""
    with Stage({A: accepts(b"x")}) as stage:
        connection = _with_the_number_of_a_watched_one(network, Address(4, A, stage.port))
        until = time.monotonic() + 5
        while connection.connecting and time.monotonic() < until:
            if network.poll(0.5)[1] == [connection]:
                network.connected(connection)
        assert not connection.connecting
        network.unwatch()
        while network.receive(connection) is None and time.monotonic() < until:
            assert network.poll(0.5)[1] in ([], [connection])
        assert time.monotonic() < until


def _with_the_number_of_a_watched_one(network: Network, address: Address) -> Connection:
    """A connection with the number of a descriptor that was closed while it was watched.

    Another thread may take the number first, or free a lower one: then the function tries again.
    """
    for _ in range(100):
        reader, writer = socket.socketpair()
        with writer:
            number = reader.fileno()
            network.watch(number)
            reader.close()
            connection = network.connect(address, Recipe())
        assert isinstance(connection, Connection)
        if connection.fileno == number:
            return connection
        network.close(connection)
    raise AssertionError("no connection got the number")


def test_a_descriptor_that_cannot_be_watched_is_an_error(network: CountedNetwork) -> None:
    with pytest.raises(OSError, match=r"."):
        network.watch(987)
    assert network.poll(0.0)[1] == []


def test_a_name_lookup_and_a_source_both_cause_events(network: CountedNetwork) -> None:
    source = Socket(1)
    source.probe = Probe(Target("localhost", 1), Recipe(family=4, timeout=5.0, trace="never"))
    outcomes = carried_out(source, network, b"p", 0.1, b"p", 0.1, b"e")
    assert {outcome.attempts[0].cause for outcome in outcomes} <= {Cause.REFUSED, Cause.NAME_UNKNOWN}
    assert len(outcomes) == 2


def test_a_plain_source_is_not_watched() -> None:
    network = FakeNetwork({A: is_silent()}, wakes=[(0.5, "nobody reads this")])
    assert len(list(run([Probe(Target(A, 80), Recipe(timeout=1.0))], network=network))) == 1
    assert network.pipe.arrived == ["nobody reads this"]
