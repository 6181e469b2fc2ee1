# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine: many at once, each to its deadline, within the limit, fed lazily; and what the real network adds."""

from __future__ import annotations

import ast
import inspect
import json
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from fake_network import FakeNetwork
from level_network import LevelNetwork
from loopback import Stage
from playing import check_of
from scripted import END, FLOOD, RESET, Name, accepts, drip, hear, is_silent, refuses
from tcp_health import doors
from tcp_health.dialogue import exchange
from tcp_health.engine import run
from tcp_health.model import Cause, Outcome, Probe, Recipe, Target
from tcp_health.network import Connection, Network

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
A, B = "127.0.0.2", "127.0.0.3"


def probes(number: int, recipe: Recipe | None = None, host: str = A) -> list[Probe]:
    return [Probe(Target(host, 80), recipe or Recipe(), key) for key in range(number)]


def test_ten_thousand_silent_targets_take_no_time() -> None:
    network = FakeNetwork(default=is_silent())
    began = time.process_time()
    outcomes = list(run(probes(10_000), network=network, limit=10_000))
    assert (
        time.process_time() - began < 5.0
    )  # 0.3 s where nothing else runs; a second of real waiting is 10,000
    assert len(outcomes) == 10_000
    assert {outcome.attempts[0].cause for outcome in outcomes} == {Cause.TIMED_OUT}
    assert max(outcome.elapsed for outcome in outcomes) == pytest.approx(10.0)
    assert network.time - network.start == pytest.approx(10.0)


def test_the_limit_makes_them_wait_for_each_other() -> None:
    network = FakeNetwork(default=is_silent())
    outcomes = list(run(probes(100), network=network, limit=10))
    assert network.most == 10
    assert network.time - network.start == pytest.approx(100.0)
    assert max(outcome.elapsed for outcome in outcomes) == pytest.approx(10.0), (
        "waiting for a place is not the probe's"
    )


@pytest.mark.parametrize("limit", [1, 3, 10])
@pytest.mark.parametrize("addresses", ["any", "all"])
def test_addresses_count_towards_the_limit(addresses: str, limit: int) -> None:
    hosts = [f"127.0.0.{number}" for number in range(10, 18)]
    network = FakeNetwork({host: accepts(0.1, b"x", after=0.6) for host in hosts}, {"db": Name(*hosts)})
    outcomes = list(
        run(
            probes(5, Recipe(addresses=addresses, dialogue=exchange(expect=[b"x"]), timeout=60), "db"),
            network=network,
            limit=limit,
        )
    )
    assert network.most <= limit
    assert [outcome.attempts[0].failure for outcome in outcomes] == [None] * 5
    if addresses == "all":
        assert {len(outcome.attempts[0].legs) for outcome in outcomes} == {8}


def test_an_address_that_no_place_was_left_for_is_the_prober_s_lack() -> None:
    network = FakeNetwork({A: is_silent(), B: accepts()}, {"db": Name(A, B)})
    [outcome] = run(probes(1, Recipe(addresses="all", timeout=1), "db"), network=network, limit=1)
    assert [leg.cause for leg in outcome.attempts[0].legs] == [Cause.TIMED_OUT, Cause.LOCAL_LIMIT]


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="from 1"):
        next(run(probes(1), network=FakeNetwork(), limit=0))


def test_probes_are_pulled_lazily() -> None:
    pulled = []

    def endless() -> Iterator[Probe]:
        for key in count():
            pulled.append(key)
            yield Probe(Target(A, 80), Recipe(), key)

    outcomes = list(islice(run(endless(), network=FakeNetwork({A: accepts()}), limit=5), 20))
    assert len(outcomes) == 20
    assert len(pulled) <= 20 + 5 + 32, "no more than the limit and a burst beyond what was asked for"


def test_outcomes_come_as_they_end_and_carry_their_key() -> None:
    network = FakeNetwork({A: accepts(0.5, b"x"), B: accepts(0.1, b"x")})
    recipe = Recipe(dialogue=exchange(expect=[b"x"]))
    pair = [Probe(Target(A, 80), recipe, "slow"), Probe(Target(B, 80), recipe, "fast")]
    assert [outcome.key for outcome in run(pair, network=network)] == ["fast", "slow"]


def test_ending_early_closes_what_is_open() -> None:
    network = FakeNetwork({A: accepts(), B: is_silent()})
    many = [Probe(Target(host, 80), Recipe()) for host in (A, B, B, B)]
    with closing(cast("Any", run(many, network=network))) as outcomes:
        next(outcomes)
        assert network.open
    assert not network.open


def test_ending_early_closes_what_a_fork_has_open() -> None:
    network = FakeNetwork({A: is_silent(), B: is_silent(), "127.0.0.4": accepts()}, {"db": Name(A, B)})
    pair = [
        Probe(Target("db", 80), Recipe(addresses="all")),
        Probe(Target("127.0.0.4", 80), Recipe(dialogue=exchange(expect=[b"x"]), timeout=1)),
    ]
    with closing(cast("Any", run(pair, network=network))) as outcomes:
        next(outcomes)
        assert len(network.open) == 2
    assert not network.open


class Slowly:
    """A Source: a probe each second, three in all."""

    def __init__(self) -> None:
        self.begun: list[float] = []
        self.due: float | None = None

    def next(self, now: float) -> Probe | float | None:
        """The next probe when its second has come."""
        if len(self.begun) == 3:
            return None
        if self.due is not None and now < self.due:
            return self.due
        self.begun.append(now)
        self.due = now + 1.0
        return Probe(Target(A, 80), Recipe())


def test_a_source_sets_the_pace() -> None:
    source, network = Slowly(), FakeNetwork({A: accepts()})
    assert len(list(run(source, network=network))) == 3
    assert [begun - network.start for begun in source.begun] == pytest.approx([0.0, 1.0, 2.0])


def test_the_outcome_tells_how_long_nobody_looked_at_the_network() -> None:
    network = FakeNetwork({A: accepts(), B: accepts(2.0, b"x")})
    pair = [
        Probe(Target(A, 80), Recipe(), "first"),
        Probe(Target(B, 80), Recipe(dialogue=exchange(expect=[b"x"])), "second"),
    ]
    lags = {}
    for outcome in run(pair, network=network):
        lags[outcome.key] = outcome.lag
        network.time += 0.7  # whoever takes the outcome takes its time
    assert lags["first"] < 0.01
    assert lags["second"] == pytest.approx(0.7)


class Stopped(FakeNetwork):
    """The process is stopped in its first poll, and goes on 3 s too late."""

    def poll(self, timeout: float) -> tuple[float, list[Any]]:
        """As usual, but late where nothing happened."""
        _, ready = super().poll(timeout)
        if not ready and timeout:
            self.time += 3.0
        return self.time, ready


def test_the_outcome_tells_that_the_process_was_stopped() -> None:
    (outcome,) = run(
        [Probe(Target(A, 80), Recipe(timeout=1.0, trace="never"))], network=Stopped({A: is_silent()})
    )
    assert outcome.lag == pytest.approx(3.0)


def test_an_attempt_is_told_as_it_ends() -> None:
    network = FakeNetwork({A: refuses()})
    told: list[tuple[int, float]] = []
    recipe = Recipe(retries=2, retry_delay=1)
    list(
        run(
            probes(1, recipe),
            network=network,
            on_attempt=lambda each: told.append((each.number, network.time - network.start)),
        )
    )
    assert [number for number, _ in told] == [1, 2, 3]
    assert [when for _, when in told] == pytest.approx([0.001, 1.002, 2.003])


def test_an_endless_answer_does_not_hold_up_the_others() -> None:
    network = FakeNetwork({A: accepts(FLOOD), B: accepts(0.05, b"x")})
    pair = [
        Probe(Target(A, 80), Recipe(dialogue=exchange(read="eof"), timeout=5), "endless"),
        Probe(Target(B, 80), Recipe(dialogue=exchange(expect=[b"x"])), "other"),
    ]
    found = {outcome.key: outcome for outcome in run(pair, network=network)}
    assert found["other"].attempts[0].time < 0.06
    assert found["endless"].attempts[0].cause == Cause.TIMED_OUT
    assert len(found["endless"].attempts[0].received) <= 4096


@pytest.mark.parametrize("timeout", [0.0005, 0.0015, 0.07, 0.5])
@pytest.mark.parametrize(
    "words",
    [
        "-e x",
        "-S",
        "--read eof",
        "--retries 3 --retry-delay 0.01",
        "--count 7 --interval 0.05",
        "-d 0.06 -e x",
        "-q BYE",
    ],
)
def test_nothing_lasts_longer_than_the_timeout(words: str, timeout: float) -> None:
    for server in (
        accepts(),
        is_silent(),
        accepts(b"y", lingers=True),
        accepts(*drip(0.01, 100)),
        refuses(),
    ):
        network = FakeNetwork({A: server})
        check = check_of(f"-H {A} -p 80 -t {timeout} {words}")
        [outcome] = run([check.probe], network=network)
        assert outcome.elapsed <= timeout + 1e-9
        assert not network.open


def test_the_same_conversation_is_the_same_every_time() -> None:
    def once() -> tuple[Any, ...]:
        network = FakeNetwork({A: [accepts(RESET), accepts(0.1, b"220")]})
        [outcome] = run(
            [check_of(f"-H {A} -p 80 -e 220 --retries 3 --retry-jitter 1").probe], network=network
        )
        return outcome, network.journal

    assert once() == once()


# The fake and the real network


def test_the_fake_network_has_the_real_one_s_methods() -> None:
    wanted = {name for name in vars(Network) if not name.startswith("_")}
    assert wanted == {name for name in vars(FakeNetwork) if not name.startswith("_")} - {"later", "deliver"}
    for name in wanted - {"now", "wall"}:
        real, fake = inspect.signature(getattr(Network, name)), inspect.signature(getattr(FakeNetwork, name))
        assert [each for each in real.parameters if each != "self"] == list(fake.parameters)[1:], name


def test_the_protocol_has_the_real_network_s_methods() -> None:
    """Mypy holds both networks to the protocol; a method that is not in it would escape."""
    tree = ast.parse(Path(doors.__file__).read_text(encoding="utf-8"))
    [protocol] = (
        node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == "Network"
    )
    offered = {node.name for node in protocol.body if isinstance(node, ast.FunctionDef)}
    assert offered == {name for name in vars(Network) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("words", "server", "state"),
    [
        ("", accepts(), None),
        ("", refuses(), Cause.REFUSED),
        ("-e needle", accepts(b"nee", 0.05, b"dle"), None),
        ("-s PING -e PONG -q BYE", accepts(hear(b"PING"), 0.05, b"PONG"), None),
        ("--read eof", accepts(b"x" * 500_000, 0.02, END), None),
        ("-e x", accepts(0.02, RESET), Cause.RESET),
        ("-e x -t 0.2", accepts(), Cause.TIMED_OUT),
        ("-t 0.2", is_silent(), Cause.TIMED_OUT),
        ("-S -e needle", accepts(b"x" * 100_000 + b"needle", certificate=30), None),
        ("-t 5 -e heard -s MEGABYTEMEGABYTEEND", accepts(0.1, hear(b"xEND"), b"heard"), None),
    ],
)
def test_without_epoll_it_comes_to_the_same(words: str, server: Any, state: str | None) -> None:
    network = LevelNetwork()
    try:
        with Stage({A: server}) as stage:
            [outcome] = run([check_of(f"-H {A} -p {{port}} {words}", stage.port).probe], network=network)
    finally:
        network.shut()
    assert outcome.attempts[0].cause == state


def test_without_epoll_many_come_to_the_same() -> None:
    network = LevelNetwork()
    try:
        with Stage({A: accepts(0.02, b"x", END)}) as stage:
            target = Target(A, stage.port)
            outcomes = list(
                run([Probe(target, Recipe(dialogue=exchange(read="eof")))] * 50, network=network, limit=20)
            )
    finally:
        network.shut()
    assert [outcome.attempts[0].size for outcome in outcomes] == [1] * 50


def test_a_polite_end_is_no_reset_to_the_server() -> None:
    with Stage({A: accepts(0.01, b"x" * 1000)}) as stage:
        [outcome] = run([Probe(Target(A, stage.port), Recipe())])
        assert outcome.attempts[0].failure is None
        _wait_for(lambda: stage.endings.get(A))
        assert stage.endings[A] == ["end"]


class LateNetwork(Network):
    """The real network in the hands of somebody who looks late."""

    def poll(self, timeout: float) -> Any:
        """Look once everything has happened."""
        time.sleep(0.1)
        return super().poll(timeout)


@pytest.mark.parametrize(
    ("recipe", "server", "cause"),
    [
        (Recipe(), accepts(RESET), None),
        (Recipe(dialogue=exchange(read="data")), accepts(RESET), Cause.RESET),
        (Recipe(dialogue=exchange(read="data")), accepts(b"x", 0.02, RESET), None),
        (Recipe(dialogue=exchange(read="data")), accepts(b"x", END), None),
        (Recipe(dialogue=exchange(read="data")), accepts(END), Cause.CLOSED_EARLY),
    ],
)
def test_what_came_before_we_looked_is_no_failed_connect(
    recipe: Recipe, server: Any, cause: str | None
) -> None:
    network = LateNetwork()
    try:
        with Stage({A: server}) as stage:
            [outcome] = run([Probe(Target(A, stage.port), recipe)], network=network)
    finally:
        network.shut()
    assert outcome.attempts[0].connect is not None
    assert outcome.attempts[0].cause == cause


def test_close_reset_is_one() -> None:
    with Stage({A: accepts()}) as stage:
        list(run([Probe(Target(A, stage.port), Recipe(close="reset"))]))
        _wait_for(lambda: stage.endings.get(A))
        assert stage.endings[A] == ["reset"]


def test_urgent_data_do_not_hide_what_comes_behind_them() -> None:
    """recv() stops before an urgent byte, with less than it was asked for and more behind it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"before")
                connection.send(b"!", socket.MSG_OOB)
                connection.sendall(b"needle")
                connection.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        [outcome] = run(
            [
                Probe(
                    Target("127.0.0.1", port),
                    Recipe(dialogue=exchange(expect=[b"needle"]), timeout=3, receive_delay=0.1),
                )
            ]
        )
        thread.join(5)
    assert outcome.attempts[0].failure is None


def _wait_for(true: Any) -> None:
    ends = time.monotonic() + 5
    while not true() and time.monotonic() < ends:
        time.sleep(0.01)


# Lookups

LOOKUPS = """
import json, socket, sys, threading, time
asked, most, lock = [], 0, threading.Lock()

def lookup(host, *rest):
    global most
    with lock:
        asked.append(host.decode())
        most = max(most, sum(each.name.startswith("resolver") for each in threading.enumerate()))
    time.sleep({seconds})
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

socket.getaddrinfo = lookup
from tcp_health.dialogue import exchange
from tcp_health.engine import run
from tcp_health.model import Probe, Recipe, Target
names = {names}
outcomes = list(run([Probe(Target(name, {port}), Recipe(timeout={timeout})) for name in names]))
causes = [outcome.attempts[0].cause for outcome in outcomes]
print(json.dumps([sorted(asked), most, causes]))
"""


def looked_up(names: list[str], seconds: float, timeout: float) -> tuple[list[str], int, list[str | None]]:
    with socket.create_server(("127.0.0.1", 0), backlog=256) as server:
        script = LOOKUPS.format(seconds=seconds, names=names, timeout=timeout, port=server.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
            cwd=ROOT / "plugins",
        )
    asked, most, causes = json.loads(done.stdout)
    return asked, most, causes


def test_identical_names_in_flight_share_one_lookup() -> None:
    asked, _, causes = looked_up(["one.test"] * 50 + ["two.test"] * 50, 0.1, 5)
    assert asked == ["one.test", "two.test"]
    assert causes == [None] * 100


def test_a_literal_reaches_no_lookup() -> None:
    asked, most, causes = looked_up(["127.0.0.1"] * 3, 0.1, 5)
    assert (asked, most, causes) == ([], 0, [None] * 3)


def test_at_most_32_threads_look_names_up() -> None:
    asked, most, causes = looked_up([f"n{number}.test" for number in range(100)], 0.05, 10)
    assert (len(asked), most) == (100, 32)
    assert causes == [None] * 100


def test_hung_lookups_hold_up_nobody() -> None:
    began = time.monotonic()
    asked, most, causes = looked_up([f"n{number}.test" for number in range(50)], 60, 0.5)
    assert time.monotonic() - began < 10
    assert (len(asked), most) == (32, 32)
    assert causes == [Cause.RESOLVER_SILENT] * 50


HUNG = """
import socket, sys, time
socket.getaddrinfo = lambda *arguments, **named: time.sleep(60)
from tcp_health_plugins.check import main
sys.exit(main(sys.argv[1:], "check_tcp_health"))
"""


def test_with_a_hung_resolver_the_check_prints_and_ends_in_time() -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", HUNG, "-H", "db.test", "-p", "80", "-t", "1", "--trace", "never"],
        capture_output=True, text=True, check=False, timeout=30, cwd=ROOT / "plugins",
    )  # fmt: skip
    took = time.monotonic() - began
    beginning = time.monotonic()
    subprocess.run([sys.executable, "-c", "import socket, nagiosplugin"], check=True)
    start_up = time.monotonic() - beginning
    assert done.stdout.startswith("TCP CRITICAL - Socket timeout after 1 seconds - dns: no answer|time=1.0")
    assert (done.returncode, done.stderr) == (2, "")
    assert took - start_up < 2.0


# A real connection's facts


def test_the_kernel_s_round_trip_is_no_longer_than_the_connect() -> None:
    with Stage({A: accepts()}) as stage:
        [outcome] = run([Probe(Target(A, stage.port), Recipe())])
    attempt = outcome.attempts[0]
    assert attempt.retransmits == 0
    assert attempt.rtt is not None
    assert attempt.connect is not None
    assert 0 < attempt.rtt <= attempt.connect


def test_outcomes_and_connections_are_plain_values() -> None:
    assert isinstance(next(run(probes(1), network=FakeNetwork({A: accepts()}))), Outcome)
    assert {"rtt", "retransmits", "began"} <= set(Connection.__slots__)
