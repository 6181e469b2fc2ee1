# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bytes of TCP_INFO and of the error queue: as the kernel writes them, cut short, and hostile."""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcp_health.model.evidence import Icmp, TcpState
from tcp_health.wire.kernel import (
    ESTABLISHED,
    FULL_TCP_INFO_SIZE,
    MEMORY_SIZE,
    OTHER_SYSTEMS,
    TCP_INFO_SIZE,
    icmp_error,
    is_prohibited,
    other_info,
    received_memory,
    tcp_info,
    tcp_state,
)

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
    """Build a struct sock_extended_err, followed by the sender's address."""
    return struct.pack("=IBBBBII", number, origin, kind, code, 0, 0, 0) + offender


def offender4(text: str) -> bytes:
    return struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(text))


def offender6(text: str) -> bytes:
    return struct.pack("=HHI16sI", 10, 0, 0, ipaddress.IPv6Address(text).packed, 0)


def test_tcp_info_has_state_repeats_and_round_trip() -> None:
    assert tcp_info(info(rtt=20_000)) == (ESTABLISHED, 0, 0, 0.02)
    assert tcp_info(info(SYN_SENT, unanswered=3, total=3)) == (SYN_SENT, 3, 3, None)


def test_a_newer_kernel_has_further_fields() -> None:
    assert tcp_info(info(rtt=7, behind=b"\xff" * 144)) == (ESTABLISHED, 0, 0, 7e-6)


def test_a_round_trip_of_zero_is_none() -> None:
    found = tcp_info(info(rtt=0))
    assert found is not None
    assert found[3] is None


def test_after_a_repeated_syn_there_is_no_round_trip() -> None:
    found = tcp_info(info(rtt=1_030_000, total=1))
    assert found is not None
    assert found[2:] == (1, None)


@pytest.mark.parametrize("size", [0, 1, 8, TCP_INFO_SIZE - 1])
def test_a_truncated_tcp_info_is_none(size: int) -> None:
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
        *counts, rtt = found
        assert counts == [ESTABLISHED, 0, 0]
        assert rtt is not None
        assert 0 < rtt < 1


def test_an_icmp_message_has_version_type_code_and_sender() -> None:
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
def test_another_message_is_no_icmp_message(level: int, kind: int, origin: int) -> None:
    assert icmp_error(level, kind, queued(origin, 3, 1, offender4("192.0.2.1"))) is None


@pytest.mark.parametrize("size", range(16))
def test_a_truncated_control_message_is_none(size: int) -> None:
    assert icmp_error(IP, IP_RECVERR, queued(2, 3, 1, offender4("192.0.2.1"))[:size]) is None


@pytest.mark.parametrize("size", range(16, 24))
def test_a_truncated_sender_is_none(size: int) -> None:
    assert icmp_error(IP, IP_RECVERR, queued(2, 3, 1, offender4("192.0.2.1"))[:size]) == Icmp(4, 3, 1, None)


def test_a_sender_without_a_family_is_none() -> None:
    assert icmp_error(IP, IP_RECVERR, queued(2, 3, 1, bytes(16))) == Icmp(4, 3, 1, None)


@given(st.ip_addresses(v=6))
def test_an_ipv6_sender_is_written_as_in_rfc_5952(address: ipaddress.IPv6Address) -> None:
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
def test_an_ipv6_sender_is_written_as_the_system_writes_it(text: str) -> None:
    found = icmp_error(IPV6, IPV6_RECVERR, queued(3, 1, 0, offender6(text)))
    assert found is not None
    assert found.offender == socket.inet_ntop(socket.AF_INET6, ipaddress.IPv6Address(text).packed)


@given(st.integers(0, 64), st.integers(0, 64), st.binary(max_size=600))
def test_any_bytes_are_read_without_an_error(level: int, kind: int, raw: bytes) -> None:
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
def test_icmp_messages_of_firewalls_are_recognized(
    version: int, kind: int, code: int, prohibited: bool
) -> None:
    assert is_prohibited(Icmp(version, kind, code, None)) is prohibited


# Other systems


def test_macos_reports_milliseconds_and_repeated_packets() -> None:
    raw = bytearray(112)
    raw[44:48] = (23).to_bytes(4, sys.byteorder)
    assert other_info(bytes(raw), "darwin") == pytest.approx((0.023, 0))
    raw[104:112] = (2).to_bytes(8, sys.byteorder)
    assert other_info(bytes(raw), "darwin") == (None, 2)


def test_freebsd_reports_microseconds_and_repeated_packets() -> None:
    raw = bytearray(236)
    raw[68:72] = (1500).to_bytes(4, sys.byteorder)
    assert other_info(bytes(raw), "freebsd") == pytest.approx((0.0015, 0))
    raw[120:124] = (1).to_bytes(4, sys.byteorder)
    assert other_info(bytes(raw), "freebsd") == (None, 1)


@pytest.mark.parametrize("system", sorted(OTHER_SYSTEMS))
def test_a_truncated_tcp_info_of_another_system_is_unknown(system: str) -> None:
    for size in range(OTHER_SYSTEMS[system][2].size):
        assert other_info(bytes(size), system) is None


# The whole of it, for a connection that failed


def whole(**fields: int) -> bytes:
    """Struct tcp_info of a recent kernel; the fields by name, at the offsets that include/uapi/linux/tcp.h gives them."""
    places = {
        "state": (0, 1), "unanswered": (2, 1), "probes": (3, 1), "backoff": (4, 1), "unacked": (24, 4), "heard": (56, 4),
        "total": (100, 4), "acked": (120, 8), "segments_in": (140, 4), "window": (228, 4),
    }  # fmt: skip
    raw = bytearray(FULL_TCP_INFO_SIZE)
    for name, value in fields.items():
        offset, size = places[name]
        raw[offset : offset + size] = value.to_bytes(size, sys.byteorder)
    return bytes(raw)


KNOWN = {
    "state": 1, "unanswered": 2, "probes": 3, "backoff": 4, "unacked": 5, "heard": 1500, "total": 7, "acked": 1 << 33,
    "segments_in": 9, "window": 10,
}  # fmt: skip


def test_the_whole_state_is_read() -> None:
    assert tcp_state(whole(**KNOWN)) == TcpState(1, 2, 3, 4, 5, 7, 1.5, 1 << 33, 9, 10)


@pytest.mark.parametrize("size", range(FULL_TCP_INFO_SIZE + 40))
def test_a_tcp_info_of_any_length_has_its_complete_fields(size: int) -> None:
    raw = (whole(**KNOWN) + b"\xff" * 40)[:size]
    found = tcp_state(raw)
    if size < TCP_INFO_SIZE:
        assert found is None
        return
    assert found is not None
    assert (found.state, found.unanswered, found.probes, found.backoff) == (1, 2, 3, 4)
    assert (found.unacked, found.retransmits, found.heard) == (5, 7, 1.5)
    assert found.acked == (1 << 33 if size >= 128 else None)
    assert found.segments_in == (9 if size >= 144 else None)
    assert found.window == (10 if size >= 232 else None)


@given(st.binary(max_size=400))
def test_any_tcp_info_is_read_without_an_error(raw: bytes) -> None:
    found = tcp_state(raw)
    assert (found is None) is (len(raw) < TCP_INFO_SIZE)
    if found is not None:
        assert found.heard >= 0
        assert all(value is None or value >= 0 for value in (found.acked, found.segments_in, found.window))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="TCP_INFO is Linux's here")
def test_the_kernel_of_this_machine_counts_what_was_acknowledged() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        client.sendall(b"PING")
        end = time.monotonic() + 2
        found = None
        while time.monotonic() < end and (found is None or found.acked is None or found.acked < 5):
            found = tcp_state(client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, FULL_TCP_INFO_SIZE))
            time.sleep(0.001)
        assert found is not None
        assert (found.state, found.unacked, found.retransmits, found.probes) == (ESTABLISHED, 0, 0, 0)
        assert found.acked == 5, "the SYN counts as one"
        assert found.window is not None
        assert found.window > 0


# SO_MEMINFO


def test_the_memory_of_what_was_received_is_the_first_word() -> None:
    raw = struct.pack("=9I", 832, 131072, 5, 6, 7, 8, 9, 10, 11)
    assert len(raw) == MEMORY_SIZE
    assert received_memory(raw) == 832
    assert received_memory(raw + b"\xff" * 40) == 832
    for size in range(MEMORY_SIZE):
        assert received_memory(raw[:size]) == (832 if size >= 4 else None)


@pytest.mark.parametrize("value", [1 << 31, (1 << 32) - 1])
def test_more_memory_than_a_socket_can_have_is_not_negative(value: int) -> None:
    assert received_memory(struct.pack("=I", value)) == value


@given(st.binary(max_size=100))
def test_any_meminfo_is_read_without_an_error(raw: bytes) -> None:
    found = received_memory(raw)
    assert (found is None) is (len(raw) < 4)
    assert found is None or found >= 0


# Hostile queues


@pytest.mark.parametrize("origin", range(256))
def test_only_icmp_and_icmpv6_are_accepted(origin: int) -> None:
    found = icmp_error(IP, IP_RECVERR, queued(origin, 3, 1, offender4("192.0.2.1")))
    assert (found is not None) is (origin in (2, 3))


@pytest.mark.parametrize("family", [0, 1, 2, 3, 10, 16, 17, 255, 65535])
@pytest.mark.parametrize("size", [0, 2, 7, 8, 16, 23, 24, 28, 128])
def test_a_sender_of_another_family_is_none(family: int, size: int) -> None:
    raw = (struct.pack("=H", family) + b"\xc0" * 126)[:size]
    for level, kind, origin in ((IP, IP_RECVERR, 2), (IPV6, IPV6_RECVERR, 3)):
        found = icmp_error(level, kind, queued(origin, 3, 13, raw))
        assert found is not None
        known = (family == 2 and size >= 8) or (family == 10 and size >= 24)
        assert (found.offender is not None) is known
        if found.offender is not None:
            ipaddress.ip_address(found.offender)


@given(st.integers(0, 255), st.integers(0, 255), st.ip_addresses(v=4))
def test_a_forged_sender_is_only_a_claim(kind: int, code: int, signer: ipaddress.IPv4Address) -> None:
    assert icmp_error(IP, IP_RECVERR, queued(2, kind, code, offender4(str(signer)))) == Icmp(
        4, kind, code, str(signer)
    )
