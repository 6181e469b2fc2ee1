# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The connections of a port in /proc/net/tcp and tcp6: in every state, of both families, hostile, and real ones."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcp_health.network.local import connections as of_this_host
from tcp_health.wire.system_files import connections

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
REST = "00000000:00000000 00:00000000 00000000     0        0 1 1 0 20 4 30 10 -1\n"

little = pytest.mark.skipif(sys.byteorder != "little", reason="the samples are of a little-endian host")


def line(local: str, remote: str, state: str) -> str:
    return f"   0: {local} {remote} {state} {REST}"


@little
def test_addresses_of_both_families_are_read() -> None:
    v4 = line("0100000A:1F90", "0200000A:C350", "01")
    v6 = line("B80D0120000000000000000001000000:1F90", "B80D0120000000000000000002000000:C351", "01")
    mapped = line("0000000000000000FFFF00000100000A:1F90", "0000000000000000FFFF00000300000A:C352", "01")
    assert connections(HEAD + v4 + v6 + mapped, 8080) == [
        ("10.0.0.1", "10.0.0.2", 50000),
        ("2001:db8::1", "2001:db8::2", 50001),
        ("10.0.0.1", "10.0.0.3", 50002),
    ]


@little
@pytest.mark.parametrize(
    ("state", "counts"),
    [
        ("01", True),  # ESTABLISHED
        ("02", False),  # SYN_SENT
        ("03", True),  # SYN_RECV
        ("04", True),  # FIN_WAIT1
        ("05", False),  # FIN_WAIT2
        ("06", False),  # TIME_WAIT
        ("07", False),  # CLOSE
        ("08", True),  # CLOSE_WAIT
        ("09", True),  # LAST_ACK
        ("0A", False),  # LISTEN
        ("0B", True),  # CLOSING
    ],
)
def test_a_connection_counts_while_data_can_be_sent_or_received(state: str, counts: bool) -> None:
    assert bool(connections(line("0100000A:0050", "0200000A:C350", state), 80)) is counts


@little
def test_other_ports_and_connections_to_the_same_port_elsewhere_do_not_count() -> None:
    text = line("0100000A:0051", "0200000A:C350", "01") + line("0100000A:C350", "0200000A:0050", "01")
    assert connections(text, 80) == []


def test_lines_that_cannot_be_read_are_skipped() -> None:
    for local, remote in (
        ("xyz:0050", "0200000A:C350"),
        ("0100000A:0050", "02:C350"),
        ("0100000A:0050", "0200000A:"),
    ):
        assert connections(line(local, remote, "01"), 80) == []
    assert connections("x :0050 \n   0: :0050 \n", 80) == []


@given(st.text(alphabet="0123456789ABCDEF: \n", max_size=300), st.integers(1, 65535))
def test_no_text_is_an_error(text: str, port: int) -> None:
    connections(text, port)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="this system has no /proc/net/tcp")
@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_connection_of_this_host_is_found_until_it_is_closed(family: int, host: str) -> None:
    with socket.socket(family) as server:
        try:
            server.bind((host, 0))
        except OSError:
            pytest.skip(f"this host has no {host}")
        server.listen()
        port = server.getsockname()[1]
        assert of_this_host(port) == []
        with socket.create_connection((host, port)) as client:
            accepted, _ = server.accept()
            assert of_this_host(port) == [(host, host, client.getsockname()[1])]
            accepted.close()
        assert of_this_host(port) == []
