# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evidence about the monitoring host, routing loops, segments out of order and second connections, on the fake network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.conversing import converse
from support.fake_network import FakeNetwork
from support.playing import check_of
from support.scripted import Local, Name, Way, accepts, fails, hear, icmp, is_silent, refuses, unanswered
from tcp_health.conversation.wants import (
    AskPeer,
    Close,
    Connect,
    FindReach,
    Fork,
    Inspect,
    Pause,
    ReadCounters,
    ReadHosts,
    ReadInterface,
    Receive,
    Send,
)
from tcp_health.model.causes import Cause
from tcp_health.model.evidence import TcpState
from tcp_health.model.local import Counters, HostsEntry, Interface, Neighbour, Reach, Route
from tcp_health.model.outcome import Failure
from tcp_health.model.recipe import Recipe, SynOptions
from tcp_health.model.target import Address
from tcp_health.runs.repeat import evaluate

if TYPE_CHECKING:
    from collections.abc import Generator

    from tcp_health.conversation.wants import Answer, Want

    Steps = Generator[Want, Answer, Any]

HOST, GATEWAY, BEYOND = "192.0.2.7", "192.0.2.1", "198.51.100.7"
ON_LINK = Reach(HOST, Route("unicast", 2, "eth0", source="192.0.2.9"))
ROUTED = Reach(BEYOND, Route("unicast", 2, "eth0", GATEWAY, "192.0.2.9"))
NO_ROUTE = Reach("2001:db8::7", Route("none", error=101))
RECIPE = Recipe()


def values(*wants: Want) -> Steps:
    """Run these wants one after another, and return the values."""
    found = []
    for want in wants:
        _, value, failure = yield want
        assert failure is None
        found.append(value)
    return found


# This host


@pytest.mark.parametrize(("reach", "hop"), [(ON_LINK, HOST), (ROUTED, GATEWAY)])
def test_a_next_hop_that_is_off_is_seen_while_the_connect_is_pending(reach: Reach, hop: str) -> None:
    local = Local(reaches={reach.address: unanswered(reach)})
    network = FakeNetwork({reach.address: is_silent()}, local=local)
    address = Address(4, reach.address, 80)
    beginning = network.time

    def connecting() -> Steps:
        _, connection, _ = yield Connect(address, RECIPE, beginning + 3.5)
        return connection

    def watching() -> Steps:
        states = []
        for at in (0.1, 1.0, 3.0, 3.2):
            yield Pause(beginning + at)
            _, found, _ = yield FindReach(address, RECIPE)
            states.append(found.neighbour)
        return found, states

    def both() -> Steps:
        _, results, _ = yield Fork([connecting(), watching()], beginning + 4.0)
        return results[1]

    found, states = converse(both(), network)
    assert states == [
        Neighbour(hop, state, 2) for state in ("incomplete", "incomplete", "incomplete", "failed")
    ]
    assert found.next_hop == hop
    assert found.route.is_on_link is (hop == HOST)


def test_an_address_without_a_route_has_an_errno() -> None:
    network = FakeNetwork(local=Local(reaches={NO_ROUTE.address: NO_ROUTE}))
    [found] = converse(values(FindReach(Address(6, NO_ROUTE.address, 80), RECIPE)), network)
    assert found == NO_ROUTE
    assert found.next_hop is None


def test_the_route_is_asked_for_from_the_check_s_source() -> None:
    network = FakeNetwork()
    address = Address(4, HOST, 80)
    wants = FindReach(address, RECIPE), FindReach(address, Recipe(source="192.0.2.9"))
    assert converse(values(*wants), network) == [None, None]
    assert [text for _, _, text in network.asked] == [HOST, f"{HOST} from 192.0.2.9"]


def test_an_unplugged_cable_is_seen_at_once() -> None:
    out = Interface("eth0", True, False, "down")
    network = FakeNetwork(local=Local(interfaces=[out, Interface("lo", True, True)]))
    found = converse(values(ReadInterface("eth0"), ReadInterface("lo"), ReadInterface("eth1")), network)
    assert found == [out, Interface("lo", True, True), None]
    assert [each.is_down for each in found[:2]] == [True, False]
    assert network.time == network.start


def test_answers_that_this_host_drops_are_counted_between_two_readings() -> None:
    def counters(seconds: float) -> Counters:
        packets = int(10 * seconds)
        return Counters(
            received=1000 + packets,
            delivered=900 + packets // 2,
            forwarded=100,
            reverse_path_filtered=packets // 2,
        )

    network = FakeNetwork(local=Local(counters=counters))
    before, _, after = converse(values(ReadCounters(), Pause(network.time + 1.0), ReadCounters()), network)
    assert after.since(before) == Counters(received=10, delivered=5, forwarded=0, reverse_path_filtered=5)
    assert after.since(before).undelivered == 5


def test_a_name_in_the_hosts_file_is_found_without_a_name_service() -> None:
    network = FakeNetwork(local=Local(hosts={"db1": ("192.0.2.1",)}))
    assert converse(values(ReadHosts("db1"), ReadHosts("db2")), network) == [
        HostsEntry("db1", ("192.0.2.1",)),
        HostsEntry("db2"),
    ]
    assert not network.lookups


def test_facts_that_a_system_does_not_report_are_none() -> None:
    wants = FindReach(Address(4, HOST, 80), RECIPE), ReadInterface("eth0"), ReadCounters(), ReadHosts("db1")
    assert converse(values(*wants), FakeNetwork(local=Local(counters=None))) == [None] * 4


def test_a_healthy_check_reads_no_local_evidence() -> None:
    network = FakeNetwork({HOST: accepts(b"x")}, local=Local(reaches={HOST: ON_LINK}, hosts={}))
    assert evaluate(check_of(f"-H {HOST} -p 80 -e x"), network=network).verdict.state == 0
    assert network.asked == []


# The path


def test_a_routing_loop_is_in_the_path() -> None:
    routers = ("10.0.1.1", *["10.0.2.1", "10.0.3.1"] * 15)
    network = FakeNetwork({BEYOND: is_silent()}, ways={BEYOND: Way(*routers[:30], passes=30)})
    result = evaluate(check_of(f"-H {BEYOND} -p 80 -t 5"), network=network)
    evidence = result.outcome.attempts[-1].evidence
    assert evidence is not None
    assert evidence.path is not None
    assert evidence.path.loop == ("10.0.2.1", "10.0.3.1")
    assert evidence.path.repeated == ("10.0.2.1", "10.0.3.1")


# Connections


def test_segments_that_arrived_out_of_order_are_in_the_state() -> None:
    lost = TcpState(1, acked=5, out_of_order=832)
    network = FakeNetwork(
        {HOST: accepts(state=lambda seconds: lost if seconds > 1 else lost.replace(out_of_order=0))}
    )

    def waiting() -> Steps:
        now, connection, _ = yield Connect(Address(4, HOST, 80), RECIPE, network.time + 5)
        _, first, _ = yield Inspect(connection)
        yield Pause(now + 2)
        _, second, _ = yield Inspect(connection)
        yield Close(connection)
        return first, second

    first, second = converse(waiting(), network)
    assert (first.out_of_order, second.out_of_order) == (0, 832)


@pytest.mark.parametrize("filtered", [True, False], ids=["filter of contents", "everything lost"])
def test_a_second_connection_in_small_segments_and_one_that_is_silent(filtered: bool) -> None:
    """While the first connection waits, one sends the same bytes in segments of 536 bytes, and one sends nothing."""
    alive = TcpState(1, acked=1, heard=0.4, segments_in=5)
    dead = TcpState(1, acked=1, probes=2, heard=2.4, segments_in=1)
    server = accepts(
        hear(b"PING"),
        state=TcpState(1, acked=1, unacked=1, unanswered=2, retransmits=2),
        small=TcpState(1, acked=5),
        quiet=alive if filtered else dead,
        small_steps=(hear(b"PING"), b"PONG"),
    )
    network = FakeNetwork({HOST: server})
    address = Address(4, HOST, 80)
    end = network.time + 3.0

    def small() -> Steps:
        _, connection, _ = yield Connect(address, RECIPE, end, SynOptions(segment=536))
        yield Send(connection, b"PING", end)
        _, data, _ = yield Receive(connection, end)
        _, tcp, _ = yield Inspect(connection)
        yield Close(connection, reset=True)
        return data, tcp

    def silent() -> Steps:
        now, connection, _ = yield Connect(address, RECIPE, end)
        yield AskPeer(connection)
        yield Pause(now + 2.5)
        _, tcp, _ = yield Inspect(connection)
        yield Close(connection, reset=True)
        return tcp

    def first() -> Steps:
        _, connection, _ = yield Connect(address, RECIPE, end)
        yield Send(connection, b"PING", end)
        _, results, _ = yield Fork([small(), silent()], end)
        _, tcp, _ = yield Inspect(connection)
        _, data, failure = yield Receive(connection, end)
        yield Close(connection)
        return tcp, data, failure, results

    tcp, data, failure, (answered, quiet) = converse(first(), network)
    assert (tcp.unacked, data, failure.cause) == (1, None, "timed_out")
    assert answered == (b"PONG", TcpState(1, acked=5))
    assert quiet == (alive if filtered else dead)
    assert not network.open


# What a failing check collects


def evidence_of(words: str, network: FakeNetwork) -> Any:
    result = evaluate(check_of(words), network=network)
    assert not network.open
    failing = result.verdict.failing
    assert failing is not None
    return failing.evidence


OFF_LINK = Local(
    reaches={HOST: unanswered(ON_LINK)},
    interfaces=[Interface("eth0", True, True, "up")],
    counters=lambda seconds: Counters(received=int(10 * seconds), delivered=0),
    hosts={"db1": (HOST,)},
)


@pytest.mark.parametrize("limit", [0.7, 2, 5])
def test_an_unanswered_syn_has_the_neighbour_the_interface_and_the_counters(limit: float) -> None:
    network = FakeNetwork({HOST: is_silent()}, local=OFF_LINK)
    evidence = evidence_of(f"-H {HOST} -p 80 -t {limit}", network)
    assert evidence.reach.neighbour.is_missing
    assert evidence.reach.route.is_on_link
    assert evidence.interface == Interface("eth0", True, True, "up")
    assert evidence.counters.undelivered == int(10 * limit) - 5
    assert min(at for at, _, _ in network.asked) == pytest.approx(0.5)


def test_a_neighbour_that_had_not_answered_stays_known_when_its_entry_is_gone() -> None:
    def gone(seconds: float) -> Reach:
        return unanswered(ON_LINK)(seconds) if seconds < 1 else ON_LINK

    network = FakeNetwork({HOST: is_silent()}, local=Local(reaches={HOST: gone}))
    assert evidence_of(f"-H {HOST} -p 80 -t 3", network).reach.neighbour.state == "incomplete"


def test_a_neighbour_that_fails_while_it_is_waited_for_is_known() -> None:
    """Its entry is old: the kernel uses it first, and then asks."""

    def dying(seconds: float) -> Reach:
        return ON_LINK.replace(neighbour=Neighbour(HOST, "stale" if seconds < 2 else "failed", 2))

    network = FakeNetwork({HOST: is_silent()}, local=Local(reaches={HOST: dying}))
    assert evidence_of(f"-H {HOST} -p 80 -t 3", network).reach.neighbour.state == "failed"


def test_a_failed_route_is_in_the_evidence() -> None:
    address = NO_ROUTE.address
    network = FakeNetwork(
        {address: fails(Cause.NO_ROUTE, "Network is unreachable")}, local=Local(reaches={address: NO_ROUTE})
    )
    assert evidence_of(f"-H {address} -p 80 -t 5", network).reach == NO_ROUTE


@pytest.mark.parametrize(
    ("name", "words", "wanted"),
    [("db1", "", HostsEntry("db1", (HOST,))), ("db2", "", None), ("db1", f"--address {HOST}", None), (HOST, "", None)],
)  # fmt: skip
def test_the_hosts_file_is_read_for_a_name_whose_address_fails(
    name: str, words: str, wanted: HostsEntry | None
) -> None:
    names = {"db1": Name(HOST), "db2": Name(HOST)}
    network = FakeNetwork({HOST: refuses()}, names, local=OFF_LINK)
    assert evidence_of(f"-H {name} -p 80 -t 5 {words}", network).hosts == wanted


@pytest.mark.parametrize("words", ["", "-s x -e y", "--control-port 22", "--network udp -s x -e y"])
@pytest.mark.parametrize("server", [is_silent(), refuses(), accepts(), icmp(3, 1)], ids=repr)
def test_without_a_trace_nothing_is_asked(words: str, server: Any) -> None:
    names = {"db1": Name(HOST)}
    network = FakeNetwork({HOST: server}, names, local=OFF_LINK, resolvers=["192.0.2.53"])
    evaluate(check_of(f"-H db1 -p 80 -t 3 --trace never {words}"), network=network)
    assert not network.asked


RESOLVER = "198.51.100.53"
UPLINK = Reach(RESOLVER, Route("unicast", 2, "eth0", GATEWAY, "192.0.2.9"))


@pytest.mark.parametrize(
    ("server", "local", "answer", "error"),
    [
        (is_silent(), Local(reaches={RESOLVER: unanswered(UPLINK)}), "silent", ""),
        (
            fails(Cause.NO_ROUTE, "Network is unreachable"),
            Local(reaches={RESOLVER: NO_ROUTE.replace(address=RESOLVER)}),
            "unreachable",
            "Network is unreachable",
        ),
        (
            is_silent(),
            Local(reaches={RESOLVER: UPLINK}, interfaces=[Interface("eth0", True, False, "down")]),
            "silent",
            "",
        ),
    ],
    ids=["gateway off", "no route", "cable out"],
)
@pytest.mark.parametrize(
    "name", [Name(silent=True), Name(failure=Failure(Cause.RESOLVER_FAILED, "Try again"))]
)
def test_a_name_server_is_asked_for_with_the_way_to_it(
    name: Name, server: Any, local: Local, answer: str, error: str
) -> None:
    network = FakeNetwork({RESOLVER: server}, {"db1": name}, local=local, resolvers=[RESOLVER])
    evidence = evidence_of("-H db1 -p 80 -t 5", network)
    assert (evidence.name_server.answer, evidence.name_server.error) == (answer, error)
    assert evidence.reach.address == RESOLVER
    assert evidence.interface == local.interfaces.get("eth0")
    if answer == "silent" and not local.interfaces:
        assert evidence.reach.neighbour.is_missing
