# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The real network: compared with the fake one, without epoll, polled late; closes, and the kernel's facts."""

from __future__ import annotations

import ast
import errno
import inspect
import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from support.fake_network import FakeNetwork
from support.level_network import LevelNetwork
from support.loopback import Stage
from support.playing import check_of
from support.scripted import END, RESET, accepts, hear, is_silent, refuses
from tcp_health.conversation import doors
from tcp_health.dialogue.steps import exchange
from tcp_health.engine.engine import run
from tcp_health.model.causes import Cause
from tcp_health.model.evidence import Icmp
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Address, Target
from tcp_health.network.network import Connection, Network, _failure_afterwards

A, B = "127.0.0.2", "127.0.0.3"


def test_the_fake_network_has_the_real_one_s_methods() -> None:
    wanted = {name for name in vars(Network) if not name.startswith("_")}
    assert wanted == {name for name in vars(FakeNetwork) if not name.startswith("_")} - {"later", "deliver"}
    for name in wanted - {"now", "wall"}:
        real, fake = inspect.signature(getattr(Network, name)), inspect.signature(getattr(FakeNetwork, name))
        assert [each for each in real.parameters if each != "self"] == list(fake.parameters)[1:], name


def test_the_protocol_has_the_real_network_s_methods() -> None:
    """Mypy compares both networks with the protocol; it would miss a method that is not in the protocol."""
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
def test_without_epoll_the_outcomes_are_the_same(words: str, server: Any, state: str | None) -> None:
    network = LevelNetwork()
    try:
        with Stage({A: server}) as stage:
            [outcome] = run([check_of(f"-H {A} -p {{port}} {words}", stage.port).probe], network=network)
    finally:
        network.shut()
    assert outcome.attempts[0].cause == state


def test_without_epoll_many_outcomes_are_the_same() -> None:
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


def test_an_orderly_close_sends_no_reset() -> None:
    with Stage({A: accepts(0.01, b"x" * 1000)}) as stage:
        [outcome] = run([Probe(Target(A, stage.port), Recipe())])
        assert outcome.attempts[0].failure is None
        _wait_for(lambda: stage.endings.get(A))
        assert stage.endings[A] == ["end"]


class LateNetwork(Network):
    """The real network with a late poll."""

    def poll(self, timeout: float) -> Any:
        """Poll after everything has happened."""
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
def test_data_that_arrived_before_the_poll_is_no_failed_connect(
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


def test_close_reset_sends_a_reset() -> None:
    with Stage({A: accepts()}) as stage:
        list(run([Probe(Target(A, stage.port), Recipe(close="reset"))]))
        _wait_for(lambda: stage.endings.get(A))
        assert stage.endings[A] == ["reset"]


def test_urgent_data_do_not_hide_the_bytes_after_them() -> None:
    """recv() stops before an urgent byte: it returns fewer bytes than requested although more have arrived."""
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


# A real connection's facts


def test_the_kernel_s_round_trip_is_no_longer_than_the_connect() -> None:
    with Stage({A: accepts()}) as stage:
        [outcome] = run([Probe(Target(A, stage.port), Recipe())])
    attempt = outcome.attempts[0]
    assert attempt.retransmits == 0
    assert attempt.rtt is not None
    assert attempt.connect is not None
    assert 0 < attempt.rtt <= attempt.connect


@pytest.mark.parametrize(
    ("code", "message", "wanted"),
    [
        (errno.EHOSTUNREACH, Icmp(4, 3, 13, "10.0.1.1"), Cause.PROHIBITED),
        (errno.EHOSTUNREACH, Icmp(4, 3, 1, "10.0.1.1"), Cause.UNREACHABLE),
        (errno.EACCES, Icmp(6, 1, 1, "fd00::1"), Cause.PROHIBITED),
        (errno.EHOSTUNREACH, None, Cause.UNREACHABLE),
        (errno.ECONNREFUSED, Icmp(4, 3, 3, "127.0.0.1"), Cause.PORT_UNREACHABLE),
        (errno.ECONNREFUSED, Icmp(4, 3, 3, "10.0.1.1"), Cause.PORT_UNREACHABLE),
    ],
)
def test_a_datagram_fails_with_its_icmp_message(
    code: int, message: Icmp | None, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Port unreachable from the host itself is none: the host, or a firewall that answers for it, has sent it."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs Linux' error queue")
    monkeypatch.setattr("tcp_health.network.network._icmp", lambda _: message)
    real = Network()
    found = real.connect(Address(4, "127.0.0.1", 9), Recipe(network="udp", trace="failure"))
    assert isinstance(found, Connection)
    failure = _failure_afterwards(found, OSError(code, os.strerror(code)))
    real.shut()
    assert failure.cause == wanted
    from_the_host = message is not None and message.offender == "127.0.0.1"
    assert failure.icmp == (None if from_the_host else message)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux' error queue")
@pytest.mark.parametrize(("trace", "wanted"), [("failure", 1), ("always", 1), ("never", 0)])
def test_a_datagram_socket_reports_icmp_messages_for_the_diagnosis(trace: str, wanted: int) -> None:
    real = Network()
    found = real.connect(Address(4, "127.0.0.1", 9), Recipe(network="udp", trace=trace))
    assert isinstance(found, Connection)
    assert found.socket.getsockopt(socket.IPPROTO_IP, 11) == wanted  # IP_RECVERR
    real.shut()
