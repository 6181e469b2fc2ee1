# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The path trace: which SYNs it sends and when, how it treats silent and contradictory hops, and that it never exceeds the limit."""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.fake_network import FakeNetwork
from support.ipv6 import MISSING, has_ipv6
from support.playing import check_of
from support.scripted import Name, Server, Way, accepts, fails, hear, icmp, is_silent, refuses
from tcp_health.conversation.trace import AHEAD, MOST_HOPS, SILENT_TAIL, prefix
from tcp_health.dialogue.steps import exchange
from tcp_health.engine.engine import run
from tcp_health.model.causes import Cause
from tcp_health.model.recipe import Probe, Recipe, SynOptions
from tcp_health.model.target import Address, Target
from tcp_health.network.network import Connection, Network
from tcp_health.runs.repeat import evaluate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcp_health.model.evidence import Path as Trail

ROOT = Path(__file__).parents[3]
HOST = "10.9.0.7"
ROUTERS = tuple(f"10.0.{number}.1" for number in range(1, 12))
SPECIAL_RATE = 50.0
"""SYNs a second that the whole process may send beyond the checks' own."""

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a trace needs Linux' error queue")


def traced(network: FakeNetwork, words: str = "", host: str = HOST) -> tuple[Trail | None, Any]:
    """The path that a failing check (or, with --trace always, any check) has found, and its outcome."""
    check = check_of(f"-H {host} -p 80 -t 5 {words}")
    result = evaluate(check, network=network)
    assert not network.open
    evidence = result.outcome.attempts[-1].evidence
    return (evidence.path if evidence is not None else None), result


def ttls(network: FakeNetwork) -> list[int]:
    """The TTLs of the trace's SYNs, in the order they were sent."""
    return [special.ttl for _, _, special in network.syns if special is not None and special.ttl]


def kinds(path: Trail | None) -> list[str]:
    assert path is not None
    return [hop.kind for hop in path.hops]


# Which SYNs


@pytest.mark.parametrize("length", [0, 1, 2, 3, 7, 11])
@pytest.mark.parametrize("hop", [0.0002, 0.01, 0.04])
@pytest.mark.parametrize("server", [accepts(), refuses(), refuses(after=0.3), accepts(after=0.3)], ids=repr)
def test_no_syn_goes_more_than_two_hops_beyond_the_host(length: int, hop: float, server: Server) -> None:
    network = FakeNetwork({HOST: server}, ways={HOST: Way(*ROUTERS[:length], hop=hop)})
    path, _ = traced(network, "--trace always")
    assert path is not None
    assert path.whole
    assert kinds(path) == ["router"] * length + ["open" if server.kind == "accept" else "refused"]
    assert [each.address for each in path.hops] == [*ROUTERS[:length], HOST]
    assert max(ttls(network)) <= length + 1 + 2
    assert len(ttls(network)) == len(set(ttls(network)))


@pytest.mark.parametrize("silent", [(1,), (2,), (3,), (1, 2, 3), (2, 4), (1, 3, 5), (4, 5)])
def test_a_silent_hop_is_reported_and_does_not_extend_the_trace(silent: Sequence[int]) -> None:
    routers = [None if ttl in silent else ROUTERS[ttl] for ttl in range(1, 6)]
    network = FakeNetwork({HOST: accepts()}, ways={HOST: Way(*routers)})
    path, _ = traced(network, "--trace always")
    assert kinds(path) == ["silent" if each is None else "router" for each in routers] + ["open"]
    assert max(ttls(network)) <= 6 + 2


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.one_of(st.none(), st.integers(1, 250)), max_size=12, unique_by=lambda each: each or object()),
    st.floats(0.0001, 0.03),
    st.floats(0.0005, 0.2),
    st.sampled_from(["accept", "refuse", "silent"]),
    st.floats(0.05, 5.0),
)
def test_on_any_path_the_trace_is_within_the_limit_and_near_the_host(
    hosts: list[int | None], hop: float, after: float, kind: str, limit: float
) -> None:
    server = {"accept": accepts(after=after), "refuse": refuses(after=after), "silent": is_silent()}[kind]
    routers = [None if each is None else f"10.0.{each}.1" for each in hosts]
    network = FakeNetwork({HOST: server}, ways={HOST: Way(*routers, hop=hop)})
    result = evaluate(check_of(f"-H {HOST} -p 80 -t {limit:.4f} --trace always"), network=network)
    assert not network.open
    assert network.time - network.start <= limit + 0.001
    sent = [each for each in network.syns if each[2] is not None and each[2].ttl]
    assert all(at < limit for at, _, _ in sent)
    if kind != "silent":
        assert (
            max([special.ttl for _, _, special in sent if special is not None], default=0) <= len(routers) + 3
        )
    evidence = result.outcome.attempts[-1].evidence
    path = evidence.path if evidence is not None else None
    for ttl, each in enumerate(path.hops if path is not None else (), 1):
        wanted = routers[ttl - 1] if ttl <= len(routers) else HOST
        assert each.address in (None, wanted), "a hop is what answered there, or unknown"


def test_the_trace_stops_at_the_first_answer() -> None:
    network = FakeNetwork({HOST: refuses()}, ways={HOST: Way(*ROUTERS[:3])})
    path, _ = traced(network)
    assert path is not None
    assert path.end is not None
    assert (path.end.ttl, path.end.kind) == (4, "refused")
    last = max(at for at, _, special in network.syns if special is not None and special.ttl)
    assert last < 0.1


def test_a_reject_ends_the_path_where_it_came_from() -> None:
    server = icmp(3, 13, offender=ROUTERS[1])
    network = FakeNetwork({HOST: server}, ways={HOST: Way(*ROUTERS[:1])})
    path, _ = traced(network)
    assert kinds(path) == ["router", "icmp"]
    assert path is not None
    assert path.position(ROUTERS[1]) == 2


def test_a_path_of_silent_hops_is_followed_a_few_hops_only() -> None:
    network = FakeNetwork({HOST: is_silent()}, ways={HOST: Way(*ROUTERS[:2], passes=2)})
    path, _ = traced(network)
    assert kinds(path) == ["router", "router"]
    assert max(ttls(network)) <= 2 + SILENT_TAIL + AHEAD
    assert path is not None
    assert path.whole


def test_an_endless_path_is_not_followed_forever() -> None:
    network = FakeNetwork({HOST: is_silent()}, ways={HOST: Way(*[f"10.1.{ttl}.1" for ttl in range(60)])})
    path, _ = traced(network)
    assert path is not None
    assert max(ttls(network)) == MOST_HOPS
    assert len(path.hops) == MOST_HOPS


def test_every_syn_has_the_port_of_the_check() -> None:
    network = FakeNetwork({HOST: refuses()}, ways={HOST: Way(*ROUTERS[:2])})
    traced(network)
    assert {address.port for _, address, _ in network.syns} == {80}


def test_no_syn_goes_to_a_port_that_was_not_configured() -> None:
    for words, ports in (("", {80}), ("--control-port 22", {22, 80})):
        network = FakeNetwork({HOST: is_silent()}, ways={HOST: Way(*ROUTERS[:2])})
        traced(network, words)
        assert {address.port for _, address, _ in network.syns} == ports


# Paths that disagree


def test_contradictory_hops_are_traced_again_from_one_port() -> None:
    way = Way(ROUTERS[0], (ROUTERS[1], ROUTERS[2]), (ROUTERS[2], ROUTERS[1]), hop=0.002)
    network = FakeNetwork({HOST: refuses()}, ways={HOST: way})
    path, _ = traced(network)
    ports = [special.port for _, _, special in network.syns if special is not None and special.ttl]
    assert path is not None
    assert path.steady
    assert [each.address for each in path.hops] == [ROUTERS[0], ROUTERS[1], ROUTERS[2], HOST]
    assert len(set(ports) - {0}) == 1
    single = [special.ttl for _, _, special in network.syns if special is not None and special.port]
    assert single == [1, 2, 3, 4], "one after the other: one port cannot be used twice at once"


def test_hops_that_remain_contradictory_are_reported() -> None:
    network = FakeNetwork(
        {HOST: is_silent()}, ways={HOST: Way(ROUTERS[0], ROUTERS[1], ROUTERS[0], ROUTERS[2])}
    )
    path, result = traced(network)
    assert path is not None
    assert not path.steady
    assert "paths may differ" in result.fault.sentence


# When


def test_the_trace_begins_when_the_first_syn_has_gone_half_a_second_unanswered() -> None:
    network = FakeNetwork({HOST: is_silent()}, ways={HOST: Way(*ROUTERS[:2])})
    _, result = traced(network)
    first = min(at for at, _, special in network.syns if special is not None)
    assert first == pytest.approx(0.5)
    assert result.outcome.elapsed == pytest.approx(5.0)
    assert result.outcome.attempts[0].time == pytest.approx(5.0)


@pytest.mark.parametrize("after", [0.501, 0.55, 1.01, 3.02])
def test_a_late_syn_ack_wins_and_ends_the_trace(after: float) -> None:
    network = FakeNetwork(
        {f"{HOST}[80]": [accepts(after=after), is_silent()]}, ways={HOST: Way(*ROUTERS, hop=0.2)}
    )
    path, result = traced(network)
    assert result.outcome.attempts[0].failure is None
    assert result.outcome.attempts[0].connect == pytest.approx(after)
    assert result.outcome.elapsed == pytest.approx(after, abs=0.15)
    assert path is None or after > 3, "or it was complete by then"
    assert all(at <= after for at, _, special in network.syns if special is not None)


@pytest.mark.parametrize("limit", [0.001, 0.01, 0.1, 0.5, 0.501, 0.55, 0.56, 0.6, 0.7, 1, 2, 3])
@pytest.mark.parametrize(
    "words", ["", "--control-port 22", "--addresses all", "--count 2 --interval 0", "--retries 1"]
)
@pytest.mark.parametrize(
    "server", [is_silent(), refuses(), icmp(3, 1, after=0.4), refuses(after=0.6)], ids=repr
)
def test_a_trace_ends_within_the_limit(server: Server, words: str, limit: float) -> None:
    network = FakeNetwork(
        {HOST: server}, {"db": Name(HOST, HOST[:-1] + "8")}, ways={HOST: Way(*ROUTERS[:3])}, default=server
    )
    evaluate(check_of(f"-H db -p 80 -t {limit} {words}"), network=network)
    assert network.time - network.start <= limit + 1e-3
    assert not network.open
    assert all(at <= limit for at, _, _ in network.syns)


@pytest.mark.parametrize("limit", [0.52, 0.55, 0.58, 0.62])
def test_a_trace_without_time_reports_nothing(limit: float) -> None:
    """Hops without time to answer are not reported as silent."""
    network = FakeNetwork({HOST: is_silent()}, ways={HOST: Way(*ROUTERS[:2], hop=0.2)})
    path, result = traced(network, f"-t {limit}")
    assert path is None
    assert result.fault.row == "untraced"
    assert "the path was not traced" in result.fault.sentence


def test_a_trace_that_the_limit_cut_short_is_reported_as_such() -> None:
    network = FakeNetwork({HOST: is_silent()}, ways={HOST: Way(*ROUTERS[:10], hop=0.03)})
    path, result = traced(network, "-t 0.7")
    assert path is not None
    assert not path.whole
    assert "no time to finish the trace" in result.fault.sentence


@pytest.mark.parametrize(
    "words", ["", "-e 220", "--count 5 --interval 0.1", "--addresses all", "--retries 2"]
)
def test_a_healthy_check_sends_no_trace(words: str) -> None:
    network = FakeNetwork({HOST: accepts(0.2, b"220")})
    traced(network, words)
    assert [special for _, _, special in network.syns if special is not None] == []
    assert "ask peer" not in [what for _, what, _ in network.journal]


def test_the_option_trace_always_changes_no_time() -> None:
    times = []
    for word in ("never", "always"):
        network = FakeNetwork({HOST: accepts(0.2, b"220")}, ways={HOST: Way(*ROUTERS[:9], hop=0.03)})
        path, result = traced(network, f"-e 220 --trace {word}")
        assert (path is None) is (word == "never")
        assert result.state == 0
        times.append(
            [(each.time, each.connect, each.first_byte, each.rtt) for each in result.outcome.attempts]
        )
    assert times[0] == times[1]


def test_with_a_count_the_path_is_traced_once_and_delays_no_probe() -> None:
    network = FakeNetwork({HOST: is_silent()}, ways={HOST: Way(*ROUTERS[:2])})
    path, result = traced(network, "-t 10 --count 5 --interval 2 --attempt-timeout 1.5")
    assert [each.began for each in result.outcome.attempts] == pytest.approx([0, 2, 4, 6, 8])
    sent = ttls(network)
    assert sent
    assert len(sent) == len(set(sent)), "once"
    assert kinds(path) == ["router", "router"]


def test_a_count_of_refusals_is_traced_after_the_last() -> None:
    network = FakeNetwork({HOST: refuses()}, ways={HOST: Way(*ROUTERS[:2])})
    path, result = traced(network, "--count 4 --interval 1")
    assert [each.began for each in result.outcome.attempts] == pytest.approx([0, 1, 2, 3])
    assert min(at for at, _, special in network.syns if special is not None) > 3
    assert path is not None


@pytest.mark.parametrize("word", ["failure", "always"])
@pytest.mark.parametrize(
    "server",
    [accepts(hear(b"x"), b"y"), accepts(), refuses(), is_silent()],
    ids=["answers", "accepts", "refuses", "silent"],
)
def test_udp_and_unix_sockets_have_no_path(server: Server, word: str) -> None:
    for words in (
        f"-H {HOST} -p 80 --network udp -s x -e y",
        "-H /run/s -e y",
        "-H /run/s",
    ):
        network = FakeNetwork(
            {HOST: server, "/run/s": server if server.kind == "accept" else fails(Cause.REFUSED, "no")}
        )
        evaluate(check_of(f"{words} -t 2 --trace {word}"), network=network)
        assert "special" not in [what for _, what, _ in network.journal]


def test_syns_that_this_host_cannot_send_are_no_evidence_about_the_path() -> None:
    class Locked(FakeNetwork):
        """A system that allows no process to set a TTL."""

        def connect(self, address: Address, recipe: Recipe, special: SynOptions | None = None) -> Any:
            if special is not None:
                return fails(Cause.NO_ROUTE, "Operation not permitted").failure
            return super().connect(address, recipe, special)

    for server in (is_silent(), refuses()):
        path, result = traced(Locked({HOST: server}), "--control-port 80")
        assert path is None
        assert result.fault.row in ("untraced", "refused")


# The process's pace


def sweep(hosts: Sequence[str], network: FakeNetwork, **recipe: Any) -> list[Any]:
    plan = Recipe(**{"trace": "failure", "timeout": 10.0, **recipe})
    return list(run([Probe(Target(host, 80), plan, host) for host in hosts], network=network))


def paced(network: FakeNetwork) -> list[float]:
    """The times of the diagnosis' SYNs, including those to control ports."""
    return [at for at, address, special in network.syns if special is not None or address.port != 80]


@pytest.mark.parametrize("server", [is_silent(), refuses()], ids=repr)
@pytest.mark.parametrize("control", [None, 22])
def test_a_sweep_sends_no_more_than_its_tokens(server: Server, control: int | None) -> None:
    hosts = [f"10.{number}.0.7" for number in range(1, 200)]
    network = FakeNetwork(default=server, ways={host: Way(*ROUTERS[:3]) for host in hosts})
    outcomes = sweep(hosts, network, control_port=control)
    assert len(outcomes) == len(hosts)
    times = sorted(paced(network))
    assert len(times) > 50
    for first, at in enumerate(times):
        window = sum(1 for each in times[first:] if each < at + 1.0)
        assert window <= 2 * SPECIAL_RATE, "a full bucket and a second of filling"
    assert len(times) <= SPECIAL_RATE * (times[-1] + 1.1)
    assert max(outcome.elapsed for outcome in outcomes) <= 10.001


def test_one_trace_a_second_goes_towards_one_prefix() -> None:
    hosts = [f"10.9.0.{number}" for number in range(1, 40)]
    network = FakeNetwork(default=is_silent(), ways={host: Way(*ROUTERS[:3]) for host in hosts})
    sweep(hosts, network)
    begun = sorted(at for at, _, special in network.syns if special is not None and special.ttl == 1)
    assert len(begun) > 5
    assert all(later - earlier >= 1 - 1e-6 for earlier, later in zip(begun, begun[1:]))


def test_refusals_do_not_queue_up_for_their_trace() -> None:
    """A fault that is already certain waits at most one second for evidence."""
    hosts = [f"10.9.0.{number}" for number in range(1, 100)]
    network = FakeNetwork(default=refuses())
    outcomes = sweep(hosts, network)
    assert max(outcome.elapsed for outcome in outcomes) < 3.0
    assert {outcome.attempts[0].cause for outcome in outcomes} == {Cause.REFUSED}


def test_a_check_that_waits_for_a_trace_delays_no_other_check() -> None:
    hosts = [f"10.{number >> 8}.{number & 255}.7" for number in range(2000)]
    network = FakeNetwork(default=refuses())
    plan = Recipe(trace="failure", timeout=10.0)
    outcomes = list(run([Probe(Target(host, 80), plan) for host in hosts], network=network, limit=50))
    assert len(outcomes) == 2000
    assert network.time - network.start < 3.0, "not 2000 / 50 seconds"
    assert len([at for at in paced(network) if at < 1.0]) <= 2 * SPECIAL_RATE
    assert network.most <= 50 + SPECIAL_RATE


def test_diagnosing_thousands_of_silent_targets_costs_little() -> None:
    hosts = [f"10.{number >> 8}.{number & 255}.7" for number in range(5000)]
    network = FakeNetwork(default=is_silent())
    began = time.process_time()
    outcomes = sweep(hosts, network)
    assert len(outcomes) == 5000
    assert time.process_time() - began < 20.0


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("10.1.2.3", "10.1.2"), ("2001:db8:1:2::3", "2001:db8:1"), ("2001:db8::3", "2001:db8:0"), ("2001:db8:0:5::3", "2001:db8:0"),
     ("fd00::1", "fd00:0:0"), ("::1", "0:0:0"), ("1::2:3:4:5:6:7", "1:0:2"), ("1:2:3:4:5:6:7:8", "1:2:3")],
)  # fmt: skip
def test_a_prefix_has_the_length_that_routers_share(text: str, wanted: str) -> None:
    assert prefix(Address(6 if ":" in text else 4, text, 80)) == wanted


# Real sockets


@pytest.fixture
def listening() -> Any:
    with socket.create_server(("127.0.0.1", 0), backlog=256) as server:
        yield server.getsockname()[1]


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@linux
def test_two_hundred_failing_checks_leave_no_descriptor(listening: int) -> None:
    before = descriptors()
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        closed = bound.getsockname()[1]
        refused = Recipe(trace="failure", timeout=2.0, control_port=listening)
        silent = Recipe(trace="failure", timeout=0.9, dialogue=exchange(b"x", read="data"))
        probes = [Probe(Target("127.0.0.1", closed), refused)] * 100 + [
            Probe(Target("127.0.0.1", listening), silent)
        ] * 100
        outcomes = list(run(probes, limit=200))
    assert {outcome.attempts[0].cause for outcome in outcomes} == {Cause.REFUSED, Cause.TIMED_OUT}
    assert descriptors() == before


@linux
def test_a_check_with_few_descriptors_omits_the_trace(listening: int) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        opened = descriptors()
        resource.setrlimit(resource.RLIMIT_NOFILE, (opened + 2, hard))
        try:
            [outcome] = run(
                [
                    Probe(
                        Target("127.0.0.1", port),
                        Recipe(trace="failure", timeout=1.0, control_port=listening),
                    )
                ]
            )
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert outcome.attempts[0].cause == Cause.REFUSED


@linux
@pytest.mark.parametrize("family", [4, 6])
def test_the_path_to_this_machine_is_one_hop(family: int) -> None:
    place = "127.0.0.1" if family == 4 else "::1"
    with socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6) as bound:
        bound.bind((place, 0))
        port = bound.getsockname()[1]
        [outcome] = run([Probe(Target(place, port), Recipe(trace="failure", timeout=2.0))])
    evidence = outcome.attempts[0].evidence
    assert evidence is not None
    assert evidence.path is not None
    assert [(hop.ttl, hop.kind, hop.address) for hop in evidence.path.hops] == [(1, "refused", place)]


def syn(source: str | None, **special: int) -> tuple[Any, str, int]:
    """Send a diagnostic SYN to a listener of this process; return the result, and the source address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        network = Network()
        connection = network.connect(
            Address(4, "127.0.0.1", server.getsockname()[1]), Recipe(source=source), SynOptions(**special)
        )
        try:
            name = connection.socket.getsockname() if isinstance(connection, Connection) else ("", 0)
        finally:
            network.shut()
    return connection, name[0], name[1]


@linux
@pytest.mark.parametrize("source", [None, "127.0.0.9", "lo"])
def test_a_special_syn_keeps_to_the_source_that_was_wanted(source: str | None) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for each in (0, port):
        connection, own, chosen = syn(source, ttl=3, port=each)
        assert isinstance(connection, Connection), connection
        assert own == ("127.0.0.9" if source == "127.0.0.9" else "127.0.0.1")
        assert chosen == each if each else chosen > 0


@linux
def test_a_special_syn_without_its_source_is_a_local_failure() -> None:
    connection, _, _ = syn("192.0.2.1", ttl=3)
    assert connection.cause == Cause.SOURCE_UNUSABLE


@linux
@pytest.mark.parametrize("special", [{"ttl": 300}, {"least_ttl": 256}, {"segment": 1 << 20}, {"segment": 1}])
def test_a_syn_that_the_kernel_does_not_allow_is_a_local_failure(special: dict[str, int]) -> None:
    connection, _, _ = syn(None, **special)
    assert connection.cause in (Cause.NO_ROUTE, Cause.LOCAL_LIMIT, Cause.OTHER)


ELSEWHERE = """
import json, socket, sys
from tcp_health.network import network
network._LINUX = False
from support.playing import check_of
from tcp_health.report.details import explanation
from tcp_health.report.document import to_document
from tcp_health.runs.repeat import evaluate
said = []
for words in sys.argv[1:]:
    check = check_of(words)
    result = evaluate(check)
    explanation(result)
    attempt = result.outcome.attempts[-1]
    path = attempt.evidence.path if attempt.evidence is not None else None
    said.append([to_document(result), attempt.rtt, None if path is None else repr(path)])
print(json.dumps(said))
"""


@pytest.mark.once
@pytest.mark.skipif(not has_ipv6(), reason=MISSING)
def test_a_system_without_linux_facts_reports_less_and_never_guesses(listening: int) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        closed = bound.getsockname()[1]
        words = [
            f"-H 127.0.0.1 -p {listening} --trace always", f"-H 127.0.0.1 -p {closed} -t 2 --control-port {listening}",
            f"-H 127.0.0.1 -p {listening} -e 220 -s x -t 2", f"-H ::1 -p {closed} -t 2", "-H /nowhere/s",
        ]  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", ELSEWHERE, *words], capture_output=True, text=True, check=False, timeout=30,
            env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "plugins"), str(ROOT / "tests")))},
        )  # fmt: skip
    assert not done.stderr
    said = json.loads(done.stdout)
    assert [each[0]["state"] for each in said] == ["OK", *["CRITICAL"] * 4]
    assert [each[0]["fault"] and each[0]["fault"]["name"] for each in said] == [
        None,
        "refused",
        "silence",
        "refused",
        "socket-refused",
    ]
    assert all(rtt is None for _, rtt, _ in said)
    assert all(path is None for _, _, path in said)
