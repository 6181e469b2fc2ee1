# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bytes of TCP_INFO and of the error queue: as the kernel writes them, cut short, and hostile."""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcp_health.kernel import (
    ESTABLISHED,
    OTHER_SYSTEMS,
    TCP_INFO_SIZE,
    TcpInfo,
    icmp_error,
    is_prohibited,
    other_info,
    tcp_info,
)
from tcp_health.model import Icmp

IP, IP_RECVERR = 0, 11
IPV6, IPV6_RECVERR = 41, 25
SYN_SENT = 2


def info(
    state: int = ESTABLISHED, unanswered: int = 0, rtt: int = 0, total: int = 0, behind: bytes = b""
) -> bytes:
    """Build a struct tcp_info: eight bytes, then 24 words of 32 bits."""
    words = [0] * 24
    words[15] = rtt  # tcpi_rtt, in microseconds
    words[23] = total  # tcpi_total_retrans
    return struct.pack("=8B24I", state, 0, unanswered, 0, 0, 0, 0, 0, *words) + behind


def queued(origin: int, kind: int, code: int, offender: bytes = b"", number: int = 113) -> bytes:
    """Build a struct sock_extended_err, with the offender's address behind it."""
    return struct.pack("=IBBBBII", number, origin, kind, code, 0, 0, 0) + offender


def offender4(text: str) -> bytes:
    return struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(text))


def offender6(text: str) -> bytes:
    return struct.pack("=HHI16sI", 10, 0, 0, ipaddress.IPv6Address(text).packed, 0)


def test_tcp_info_has_state_repeats_and_round_trip() -> None:
    assert tcp_info(info(rtt=20_000)) == TcpInfo(ESTABLISHED, 0, 0, 0.02)
    assert tcp_info(info(SYN_SENT, unanswered=3, total=3)) == TcpInfo(SYN_SENT, 3, 3, None)


def test_a_newer_kernel_has_more_behind_it() -> None:
    assert tcp_info(info(rtt=7, behind=b"\xff" * 144)) == TcpInfo(ESTABLISHED, 0, 0, 7e-6)


def test_a_round_trip_of_zero_is_none() -> None:
    found = tcp_info(info(rtt=0))
    assert found is not None
    assert found.rtt is None


def test_after_a_repeated_syn_there_is_no_round_trip() -> None:
    found = tcp_info(info(rtt=1_030_000, total=1))
    assert found is not None
    assert found.rtt is None
    assert found.retransmits == 1


@pytest.mark.parametrize("size", [0, 1, 8, TCP_INFO_SIZE - 1])
def test_a_tcp_info_cut_short_is_none(size: int) -> None:
    assert tcp_info(info()[:size]) is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="TCP_INFO is Linux's here")
def test_the_kernel_of_this_machine_writes_it_so() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        raw = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 512)
        found = tcp_info(raw)
        assert found is not None
        assert (found.state, found.unanswered, found.retransmits) == (ESTABLISHED, 0, 0)
        assert found.rtt is not None
        assert 0 < found.rtt < 1


def test_an_icmp_message_has_version_type_code_and_signer() -> None:
    assert icmp_error(IP, IP_RECVERR, queued(2, 3, 1, offender4("192.0.2.1"))) == Icmp(4, 3, 1, "192.0.2.1")
    assert icmp_error(IPV6, IPV6_RECVERR, queued(3, 1, 4, offender6("2001:db8::1"))) == Icmp(
        6, 1, 4, "2001:db8::1"
    )


@pytest.mark.parametrize(
    ("level", "kind", "origin"),
    [
        (IP, IP_RECVERR, 1),
        (IP, IP_RECVERR, 4),
        (IP, IP_RECVERR, 0),
        (IP, 8, 2),
        (IPV6, IP_RECVERR, 3),
        (1, 11, 2),
    ],
)
def test_what_is_no_icmp_message_is_none(level: int, kind: int, origin: int) -> None:
    assert icmp_error(level, kind, queued(origin, 3, 1, offender4("192.0.2.1"))) is None


@pytest.mark.parametrize("size", range(16))
def test_a_control_message_cut_short_is_none(size: int) -> None:
    assert icmp_error(IP, IP_RECVERR, queued(2, 3, 1, offender4("192.0.2.1"))[:size]) is None


@pytest.mark.parametrize("size", range(16, 24))
def test_a_signer_cut_short_is_nobody(size: int) -> None:
    assert icmp_error(IP, IP_RECVERR, queued(2, 3, 1, offender4("192.0.2.1"))[:size]) == Icmp(4, 3, 1, None)


def test_a_signer_without_a_family_is_nobody() -> None:
    assert icmp_error(IP, IP_RECVERR, queued(2, 3, 1, bytes(16))) == Icmp(4, 3, 1, None)


@given(st.ip_addresses(v=6))
def test_an_ipv6_signer_is_written_as_rfc_5952_wants(address: ipaddress.IPv6Address) -> None:
    found = icmp_error(IPV6, IPV6_RECVERR, queued(3, 1, 0, offender6(str(address))))
    assert found is not None
    mapped = address.ipv4_mapped
    assert found.offender == (f"::ffff:{mapped}" if mapped is not None else str(address))


@pytest.mark.parametrize(
    "text",
    [
        "::",
        "::1",
        "1::",
        "2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1",
        "1:0:0:2:0:0:0:3",
        "::ffff:192.0.2.1",
        "1:2:3:4:5:6:7:8",
    ],
)
def test_an_ipv6_signer_is_written_as_the_system_writes_it(text: str) -> None:
    found = icmp_error(IPV6, IPV6_RECVERR, queued(3, 1, 0, offender6(text)))
    assert found is not None
    assert found.offender == socket.inet_ntop(socket.AF_INET6, ipaddress.IPv6Address(text).packed)


@given(st.integers(0, 64), st.integers(0, 64), st.binary(max_size=600))
def test_no_bytes_are_too_wild(level: int, kind: int, raw: bytes) -> None:
    for found in (
        icmp_error(level, kind, raw),
        icmp_error(IP, IP_RECVERR, raw),
        icmp_error(IPV6, IPV6_RECVERR, raw),
    ):
        assert found is None or isinstance(found, Icmp)
    read = tcp_info(raw)
    assert (read is None) is (len(raw) < TCP_INFO_SIZE)


@pytest.mark.parametrize(
    ("version", "kind", "code", "prohibited"),
    [(4, 3, 13, True), (4, 3, 9, True), (4, 3, 10, True), (4, 3, 0, False), (4, 3, 1, False), (4, 3, 3, False),
     (4, 11, 0, False), (6, 1, 1, True), (6, 1, 5, True), (6, 1, 6, True), (6, 1, 0, False), (6, 1, 4, False), (6, 3, 0, False)],
)  # fmt: skip
def test_what_a_filter_forbids(version: int, kind: int, code: int, prohibited: bool) -> None:
    assert is_prohibited(Icmp(version, kind, code, None)) is prohibited


# Other systems


def test_macos_tells_milliseconds_and_repeated_packets() -> None:
    raw = bytearray(112)
    raw[44:48] = (23).to_bytes(4, sys.byteorder)
    assert other_info(bytes(raw), "darwin") == pytest.approx((0.023, 0))
    raw[104:112] = (2).to_bytes(8, sys.byteorder)
    assert other_info(bytes(raw), "darwin") == (None, 2)


def test_freebsd_tells_microseconds_and_repeated_packets() -> None:
    raw = bytearray(236)
    raw[68:72] = (1500).to_bytes(4, sys.byteorder)
    assert other_info(bytes(raw), "freebsd") == pytest.approx((0.0015, 0))
    raw[120:124] = (1).to_bytes(4, sys.byteorder)
    assert other_info(bytes(raw), "freebsd") == (None, 1)


@pytest.mark.parametrize("system", sorted(OTHER_SYSTEMS))
def test_what_another_system_cuts_short_is_unknown(system: str) -> None:
    for size in range(OTHER_SYSTEMS[system][2].size):
        assert other_info(bytes(size), system) is None
