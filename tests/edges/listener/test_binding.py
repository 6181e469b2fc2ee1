# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where tcp_health_listener listens: addresses, families, and a port that goes away and comes back."""

from __future__ import annotations

import socket

import pytest

from support.listener_clients import GREETING, answer, connect, is_refused, needs_ipv6
from support.listener_process import listening, until


def test_the_bound_address_is_the_first_line() -> None:
    with listening() as listener:
        assert listener.log == f"Listening on 127.0.0.1:{listener.port}\n"
        assert listener.port > 0


@needs_ipv6
def test_an_ipv6_address_is_written_in_brackets_and_read_with_or_without_them() -> None:
    for word in ("::1", "[::1]"):
        with listening("--bind", word) as listener:
            assert listener.log == f"Listening on [::1]:{listener.port}\n"
            assert answer(listener, "::1") == GREETING
            listener.wait_for("Connection 1 from [::1]:")


@needs_ipv6
def test_without_an_address_all_interfaces_of_both_families_answer() -> None:
    with listening("--bind", "") as listener:
        assert listener.log.startswith("Listening on [::]:")
        assert (
            answer(listener, "127.0.0.1")
            == answer(listener, "127.0.0.2")
            == answer(listener, "::1")
            == GREETING
        )
        listener.wait_for("Connection 1 from 127.0.0.1:")


@needs_ipv6
@pytest.mark.parametrize(
    ("network", "host", "other"), [("tcp4", "127.0.0.1", "::1"), ("tcp6", "::1", "127.0.0.1")]
)
def test_a_network_of_one_family_does_not_answer_in_the_other(network: str, host: str, other: str) -> None:
    with listening("--bind", "", "--network", network) as listener:
        assert answer(listener, host) == GREETING
        with pytest.raises(ConnectionRefusedError):
            connect(listener, other)


def test_a_name_can_be_bound() -> None:
    with listening("--bind", "localhost") as listener:
        assert listener.host == "127.0.0.1"
        assert answer(listener) == GREETING


def test_a_flapping_port_refuses_while_down_and_returns_on_the_same_port() -> None:
    with listening("--flap", "400ms:400ms", "--behaviour", "silent") as listener, connect(listener) as kept:
        for _ in range(2):
            assert until(lambda: is_refused(listener))
            assert until(lambda: not is_refused(listener))
        assert listener.log.count(f"Listening on 127.0.0.1:{listener.port}\n") >= 3
        assert listener.log.count(f"Closed 127.0.0.1:{listener.port} for 0.4 s\n") >= 2
        kept.sendall(b"x")  # a connection outlives the port
        kept.shutdown(socket.SHUT_WR)
        assert kept.recv(1) == b""


def test_no_other_program_can_bind_the_port_while_it_is_down() -> None:
    with listening("--flap", "50ms:10s") as listener:
        listener.wait_for("Closed ")
        with socket.socket() as sock, pytest.raises(OSError, match="in use"):
            sock.bind(("127.0.0.1", listener.port))
