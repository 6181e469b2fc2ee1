# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""tcp_health_listener's behaviours: what clients of each behaviour receive."""

from __future__ import annotations

import os
import socket
import struct
import time
from contextlib import suppress

import pytest

from support.listener_clients import GREETING, TIMEOUT, answer, beside, connect, is_reset, read
from support.listener_process import listening
from tcp_health_plugins.listener.connection import WRITE, Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tcp_health_plugins.listener.behaviours import Script


def test_it_greets_and_closes() -> None:
    with listening() as listener:
        assert answer(listener) == GREETING


def test_the_greeting_is_sent_as_it_is_with_escapes_replaced_and_nothing_added() -> None:
    with listening("--greeting", r"220 caf\xc3\xa9\r\n\0\\n") as listener:
        assert answer(listener) == b"220 caf\xc3\xa9\r\n\x00\\n"


def test_a_client_that_speaks_first_gets_the_greeting_and_end_of_file_rather_than_a_reset() -> None:
    with listening() as listener, connect(listener) as sock:
        sock.sendall(b"x" * 100_000)
        time.sleep(0.1)
        sock.sendall(b"more after the listener's FIN")
        assert read(sock) == GREETING


def test_a_client_that_never_closes_is_closed_after_the_linger() -> None:
    with listening() as listener, connect(listener) as sock:
        began = time.monotonic()
        assert read(sock) == GREETING
        listener.wait_for("closed (the client did not close within 5 s)")
        assert 4.5 < time.monotonic() - began < 8


def test_echo_returns_every_byte_until_the_client_ends() -> None:
    sent = os.urandom(12_000_000)
    with listening("--behaviour", "echo") as listener, connect(listener) as sock:

        def send() -> None:
            sock.sendall(sent)
            sock.shutdown(socket.SHUT_WR)

        with beside(send):
            time.sleep(0.3)  # until the buffers are full, so that the listener sends in parts
            received = read(sock)
    assert received == sent


def test_a_silent_listener_reads_sends_nothing_and_closes_with_the_client() -> None:
    with listening("--behaviour", "silent") as listener, connect(listener) as sock:
        sock.sendall(b"anybody there?")
        sock.settimeout(0.2)
        with pytest.raises(socket.timeout):
            sock.recv(1)
        sock.settimeout(TIMEOUT)
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(1) == b""
        log = listener.wait_for("closed by the client")
        assert "received 14 bytes, sent 0 bytes" in log


def test_the_behaviour_close_sends_a_fin_without_data() -> None:
    with listening("--behaviour", "close") as listener:
        assert answer(listener) == b""


def test_the_behaviour_reset_sends_a_reset() -> None:
    with listening("--behaviour", "reset") as listener:
        assert is_reset(listener)
        log = listener.wait_for(" reset: duration ")
    assert "duration 0 us" not in log, "it takes some time to reset a connection"


def test_slow_waits_before_the_greeting() -> None:
    with listening("--behaviour", "slow", "--delay", "300ms") as listener, connect(listener) as sock:
        began = time.monotonic()
        assert sock.recv(1) == GREETING[:1]
        assert 0.29 < time.monotonic() - began < 2
        assert read(sock) == GREETING[1:]


def test_a_drip_comes_byte_by_byte() -> None:
    arguments = ("--behaviour", "drip", "--delay", "5ms", "--greeting", "drop" * 15)
    with listening(*arguments) as listener, connect(listener) as sock:
        began = time.monotonic()
        time.sleep(0.2)  # a client that does not read delays its ACKs, for which Nagle's algorithm would wait
        assert read(sock) == b"drop" * 15
        assert 59 * 0.005 < time.monotonic() - began < 3
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    # linux/tcp.h, struct tcp_info: tcpi_data_segs_in; the FIN and segments sent twice may be among them.
    assert struct.unpack_from("=I", info, 152)[0] >= 60


def test_a_flood_repeats_the_greeting_without_an_end() -> None:
    with listening("--behaviour", "flood") as listener, connect(listener) as sock:
        time.sleep(0.3)  # until the buffers are full, so that the listener sends in parts
        data = b""
        while len(data) < 12_000_000:
            data += sock.recv(65536)
    assert data == (GREETING * (len(data) // len(GREETING) + 1))[: len(data)]


def test_a_turn_of_a_connection_is_a_few_steps_even_if_its_client_takes_everything() -> None:
    def endless() -> Script:
        while True:
            yield b"x"

    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0)
        connection = Connection(ours, ("peer", 0), 1, endless(), now=0.0)
        connection.start(0.0)
        assert 1 <= connection.sent < 10
        assert connection.interest == WRITE


def test_a_flood_that_is_read_fast_or_not_at_all_delays_no_other_client() -> None:
    with listening("--behaviour", "flood") as listener, connect(listener), connect(listener) as fast:

        def read_fast() -> None:
            with suppress(OSError):
                while fast.recv(1_000_000):
                    pass

        with beside(read_fast):
            for _ in range(5):
                with connect(listener) as sock:
                    began = time.monotonic()
                    assert sock.recv(1)
                    assert time.monotonic() - began < 1
            fast.shutdown(socket.SHUT_RDWR)


def test_half_sends_a_fin_and_goes_on_reading() -> None:
    with listening("--behaviour", "half") as listener:
        with connect(listener) as sock:
            assert read(sock) == GREETING
            time.sleep(0.1)
            for _ in range(10):  # had the listener closed, the second of these would be reset
                sock.sendall(b"0123456789")
                time.sleep(0.01)
        assert "received 100 bytes, sent 14 bytes" in listener.wait_for("closed by the client")


@pytest.mark.parametrize(
    ("percent", "reset"),
    [(0, ""), (25, "4 8 12"), (50, "2 4 6 8 10 12"), (100, "1 2 3 4 5 6 7 8 9 10 11 12")],
)
def test_refused_connections_are_spread_evenly(percent: int, reset: str) -> None:
    with listening("--behaviour", f"refuse-some={percent}%") as listener:
        seen = [number for number in range(1, 13) if is_reset(listener)]
    assert " ".join(map(str, seen)) == reset


def test_exactly_the_share_of_a_hundred_connections_is_refused() -> None:
    with listening("--behaviour", "close,refuse-some=37%", "--quiet") as listener:
        assert sum(is_reset(listener) for _ in range(100)) == 37
        assert answer(listener) == b""
