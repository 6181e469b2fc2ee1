# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of the system: counters, interfaces and hosts, as they are written, truncated, of other kinds, and hostile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcp_health.model.local import Counters, Interface
from tcp_health.wire.system_files import counters, hosts_entry, interface

SNMP = """\
Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards InDelivers
Ip: 2 64 1000 0 0 20 0 3 900
Icmp: InMsgs InErrors
Icmp: 47 0
Tcp: RtoAlgorithm RtoMin RtoMax MaxConn InErrs InCsumErrors
Tcp: 1 200 120000 -1 9 5
"""
NETSTAT = """\
TcpExt: SyncookiesSent IPReversePathFilter ListenOverflows ListenDrops
TcpExt: 0 7 11 12
IpExt: InNoRoutes InOctets
IpExt: 0 18446744073709551615
"""
SNMP6 = """\
Ip6InReceives                   \t4822
Ip6InDiscards                   \t1
Ip6InDelivers                   \t4800
Ip6OutForwDatagrams             \t2
"""
WHOLE = Counters(
    received=1000, delivered=900, forwarded=20, discarded=3, bad_checksums=5, reverse_path_filtered=7, listen_overflows=11,
    listen_drops=12, received6=4822, delivered6=4800, forwarded6=2, discarded6=1,
)  # fmt: skip


def test_the_counters_are_read_by_their_names() -> None:
    assert counters(SNMP, NETSTAT, SNMP6) == WHOLE
    assert counters(SNMP6, SNMP, NETSTAT) == WHOLE


def test_a_counter_of_another_group_is_another_counter() -> None:
    assert counters("Tcp: InReceives\nTcp: 5\nIp: InCsumErrors\nIp: 5\n") is None


def test_a_file_that_cannot_be_read_leaves_its_counters_unknown() -> None:
    assert counters("", "", "") is None
    assert counters() is None
    assert counters("", NETSTAT, "") == Counters(
        reverse_path_filtered=7, listen_overflows=11, listen_drops=12
    )


@pytest.mark.parametrize(
    "text",
    ["Ip: InReceives\n", "Ip: InReceives\nTcp: 5\n", "Ip: InReceives InDelivers\nIp: 5\n", "Ip: InReceives\nIp: -5\n",
     "Ip: InReceives\nIp: 5x\n", "Ip: InReceives\nIp: \u0665\n", "Ip: InReceives\nIp: 1e3\n", "Ip: InReceives\nIp: " + "9" * 21,
     "Ip6InReceives\n", "Ip6InReceives x\n", "Ip6InReceives 1 2\n", "\n\n", ":\n:\n", "Ip:\nIp:\n"],
    ids=range(14),
)  # fmt: skip
def test_invalid_counters_are_omitted(text: str) -> None:
    assert counters(text) is None


def test_a_file_cut_short_has_the_counters_before_the_cut() -> None:
    for size in range(len(SNMP)):
        found = counters(SNMP[:size])
        for name in Counters.FIELDS if found is not None else ():
            value = getattr(found, name)
            # Digits may be cut from the last number.
            assert value is None or str(getattr(WHOLE, name)).startswith(str(value))


@given(st.lists(st.text(max_size=300), max_size=3))
def test_any_counters_are_read_without_an_error(texts: list[str]) -> None:
    found = counters(*texts)
    assert found is None or isinstance(found, Counters)


# A difference of two readings


def test_a_difference_has_what_was_counted_between_two_readings() -> None:
    later = WHOLE.replace(received=1010, delivered=904, forwarded=21, reverse_path_filtered=8)
    found = later.since(WHOLE)
    assert (found.received, found.delivered, found.forwarded) == (10, 4, 1)
    assert (found.reverse_path_filtered, found.listen_overflows) == (1, 0)
    assert found.undelivered == 5
    assert found.undelivered6 == 0


def test_a_counter_that_went_back_or_is_unknown_has_no_difference() -> None:
    found = Counters(received=5, delivered=7).since(Counters(received=6, forwarded=1))
    assert found == Counters()
    assert found.undelivered is None
    assert found.undelivered6 is None


def test_more_delivered_than_received_is_nothing_undelivered() -> None:
    assert Counters(received=5, delivered=7).undelivered == 0


# Interfaces


def test_an_interface_is_read_from_its_files() -> None:
    assert interface("eth0", "0x1003\n", "1\n", "up\n") == Interface("eth0", True, True, "up")
    assert interface("eth0", "0x1003\n", "0\n", "down\n") == Interface("eth0", True, False, "down")
    assert interface("eth0", "0x1002\n", None, "down\n") == Interface("eth0", False, None, "down")
    assert interface("lo", "0x9\n", "1\n", "unknown\n") == Interface("lo", True, True, "unknown")


def test_an_interface_whose_files_cannot_be_read_is_none() -> None:
    assert interface("eth0", None, None, None) is None


@pytest.mark.parametrize("text", ["", "\n", "x", "2", "-1", "0x", "0xzz", "1003", "0x1003x", "up up", "UP"])
def test_invalid_text_in_an_interface_s_file_is_unknown(text: str) -> None:
    assert interface("eth0", text, text, text) == Interface("eth0")


@given(st.text(max_size=64), st.text(max_size=64), st.text(max_size=64))
def test_any_interface_file_is_read_without_an_error(flags: str, carrier: str, state: str) -> None:
    assert interface("eth0", flags, carrier, state) is not None


# Hosts


HOSTS = b"""\
127.0.0.1 localhost
# 192.0.2.9 db1
192.0.2.1\tdb1.example DB1 # db2
2001:db8::1 db1
::1 localhost ip6-localhost
192.0.2.1 db1
db3
"""


@pytest.mark.parametrize(
    ("name", "addresses"),
    [("db1", ("192.0.2.1", "2001:db8::1")), ("Db1.EXAMPLE", ("192.0.2.1",)), ("localhost", ("127.0.0.1", "::1")),
     ("db2", ()), ("db3", ()), ("db", ()), ("192.0.2.1", ()), ("#", ())],
)  # fmt: skip
def test_a_name_in_the_hosts_file_has_its_addresses(name: str, addresses: tuple[str, ...]) -> None:
    assert hosts_entry(HOSTS, name) == addresses
    assert hosts_entry(HOSTS.replace(b"\n", b"\r\n"), name) == addresses


def test_a_hosts_file_cut_short_has_the_lines_before_the_cut() -> None:
    whole = hosts_entry(HOSTS, "db1")
    for size in range(len(HOSTS)):
        found = hosts_entry(HOSTS[:size], "db1")
        # The cut may shorten the name of a line, which is then another name.
        assert found == whole[: len(found)]


def test_bytes_beyond_ascii_are_compared_as_they_are() -> None:
    assert hosts_entry("192.0.2.1 münchen\n".encode(), "münchen") == ("192.0.2.1",)
    assert hosts_entry(b"\xff\xfe \xff\n", "\udcff") == ("\ufffd\ufffd",)
    assert hosts_entry(HOSTS, "\ud800") == ()


@given(st.binary(max_size=500), st.text(min_size=1, max_size=20))
def test_any_hosts_file_is_read_without_an_error(raw: bytes, name: str) -> None:
    assert isinstance(hosts_entry(raw, name), tuple)
