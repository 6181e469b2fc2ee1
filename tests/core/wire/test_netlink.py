# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests and answers of rtnetlink: as the kernel writes them, truncated, of other kinds, and hostile."""

from __future__ import annotations

import errno
import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcp_health.model.local import Interface, Neighbour, Route
from tcp_health.wire.netlink import (
    interface_answer,
    interface_request,
    neighbours_answer,
    neighbours_request,
    route_answer,
    route_request,
)

SEQUENCE = 7
NEWLINK, NEWROUTE, NEWNEIGH, DONE, ERROR = 16, 24, 28, 3, 2
INET, INET6 = 2, 10


def packed(text: str) -> bytes:
    return ipaddress.ip_address(text).packed


def attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def number(value: int) -> bytes:
    return struct.pack("=I", value)


def message(kind: int, body: bytes, sequence: int = SEQUENCE) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, 0, sequence, 4242) + body


def route(*attributes: bytes, family: int = INET, kind: int = 1) -> bytes:
    body = struct.pack("=8BI", family, 32, 0, 0, 254, 0, 0, kind, 512)
    return message(NEWROUTE, body + b"".join(attributes))


def neighbour(text: str, state: int, index: int = 4, family: int = 0) -> bytes:
    family = family or (INET6 if ":" in text else INET)
    body = struct.pack("=BxxxiHBB", family, index, state, 0, 1)
    return message(NEWNEIGH, body + attribute(1, packed(text)) + attribute(2, b"\2\xfc\0\0\0\5"))


def link(*attributes: bytes, flags: int = 1) -> bytes:
    return message(NEWLINK, struct.pack("=BxHiII", 0, 1, 4, flags, 0) + b"".join(attributes))


def failed(code: int) -> bytes:
    return message(ERROR, struct.pack("=i", code) + bytes(16))


# Requests, byte by byte


def test_a_request_for_a_route_has_the_address_the_source_and_the_interface() -> None:
    body = struct.pack("=8BI", INET, 32, 32, 0, 0, 0, 0, 0, 0)
    body += attribute(1, packed("192.0.2.1")) + attribute(2, packed("192.0.2.9")) + attribute(4, number(3))
    wanted = struct.pack("=IHHII", 16 + len(body), 26, 1, 9, 0) + body
    assert route_request(9, packed("192.0.2.1"), packed("192.0.2.9"), 3) == wanted


def test_a_request_for_an_ipv6_route_has_128_bits() -> None:
    body = struct.pack("=8BI", INET6, 128, 0, 0, 0, 0, 0, 0, 0) + attribute(1, packed("2001:db8::1"))
    assert (
        route_request(9, packed("2001:db8::1")) == struct.pack("=IHHII", 16 + len(body), 26, 1, 9, 0) + body
    )


@pytest.mark.parametrize(("version", "family"), [(4, INET), (6, INET6)])
def test_a_request_for_neighbours_is_a_dump_of_one_interface(version: int, family: int) -> None:
    body = struct.pack("=BxxxiHBB", family, 0, 0, 0, 0) + attribute(8, number(3))
    assert neighbours_request(9, version, 3) == struct.pack("=IHHII", 16 + len(body), 30, 0x301, 9, 0) + body


def test_a_request_for_an_interface_has_its_index() -> None:
    body = struct.pack("=BxHiII", 0, 0, 3, 0, 0)
    assert interface_request(9, 3) == struct.pack("=IHHII", 16 + len(body), 18, 1, 9, 0) + body


# Routes


def test_a_route_through_a_gateway_is_read() -> None:
    raw = route(
        attribute(15, number(254)),
        attribute(1, packed("198.51.100.7")),
        attribute(4, number(4)),
        attribute(7, packed("192.0.2.2")),
        attribute(5, packed("192.0.2.1")),
    )
    found = route_answer(raw, SEQUENCE)
    assert found == Route("unicast", 4, gateway="192.0.2.1", source="192.0.2.2")
    assert not found.is_on_link


def test_a_route_without_a_gateway_is_on_our_own_link() -> None:
    found = route_answer(route(attribute(4, number(4))), SEQUENCE)
    assert found == Route("unicast", 4)
    assert found.is_on_link


def test_an_ipv6_route_is_read() -> None:
    raw = route(attribute(4, number(2)), attribute(5, packed("fe80::1")), family=INET6)
    assert route_answer(raw, SEQUENCE) == Route("unicast", 2, gateway="fe80::1")


def test_an_ipv4_route_may_have_an_ipv6_gateway() -> None:
    via = struct.pack("=H", INET6) + packed("fe80::1")
    assert route_answer(route(attribute(18, via)), SEQUENCE) == Route("unicast", gateway="fe80::1")


def test_the_mtu_that_was_learned_is_read() -> None:
    metrics = attribute(1, number(1)) + attribute(2, number(1400))
    assert route_answer(route(attribute(8, metrics)), SEQUENCE) == Route("unicast", mtu=1400)
    # NLA_F_NESTED, as some kernels mark it.
    assert route_answer(route(attribute(0x8008, metrics)), SEQUENCE) == Route("unicast", mtu=1400)


@pytest.mark.parametrize(
    ("kind", "word"),
    [(1, "unicast"), (2, "local"), (3, "broadcast"), (6, "blackhole"), (7, "unreachable"), (8, "prohibit"),
     (0, "other"), (9, "other"), (255, "other")],
)  # fmt: skip
def test_a_route_has_a_kind(kind: int, word: str) -> None:
    found = route_answer(route(kind=kind), SEQUENCE)
    assert found == Route(word)
    assert found.is_on_link is (word == "unicast")


@pytest.mark.parametrize(
    "code", [errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL, errno.EPERM]
)
def test_without_a_route_there_is_an_errno(code: int) -> None:
    found = route_answer(failed(-code), SEQUENCE)
    assert found == Route("none", error=code)
    assert not found.is_on_link


@pytest.mark.parametrize("code", [0, 1, 101, -4096, -(1 << 31)])
def test_an_error_of_zero_is_no_answer(code: int) -> None:
    assert route_answer(failed(code), SEQUENCE) is None


# Neighbours


@pytest.mark.parametrize(
    ("state", "word", "missing"),
    [(0, "none", False), (1, "incomplete", True), (2, "reachable", False), (4, "stale", False), (8, "delay", False),
     (16, "probe", False), (32, "failed", True), (64, "noarp", False), (128, "permanent", False)],
)  # fmt: skip
@pytest.mark.parametrize("text", ["192.0.2.1", "2001:db8::1"])
def test_a_neighbour_has_its_state(text: str, state: int, word: str, missing: bool) -> None:
    found, last = neighbours_answer(neighbour(text, state) + message(DONE, number(0)), SEQUENCE)
    assert found == (Neighbour(text, word, 4),)
    assert found[0].is_missing is missing
    assert last


def test_an_answer_may_have_several_parts() -> None:
    part = neighbour("192.0.2.1", 2) + neighbour("192.0.2.2", 32)
    assert neighbours_answer(part, SEQUENCE) == (
        (Neighbour("192.0.2.1", "reachable", 4), Neighbour("192.0.2.2", "failed", 4)),
        False,
    )


def test_an_error_ends_the_neighbours() -> None:
    assert neighbours_answer(failed(-errno.EPERM), SEQUENCE) == ((), True)


@pytest.mark.parametrize("state", [3, 5, 255, 256, 0x8000, 0xFFFF])
def test_a_state_that_no_kernel_has_is_left_out(state: int) -> None:
    assert neighbours_answer(neighbour("192.0.2.1", state), SEQUENCE) == ((), False)


@pytest.mark.parametrize(("index", "family"), [(0, INET), (-1, INET), (4, INET6), (4, 7), (4, 255)])
def test_a_neighbour_without_an_interface_or_of_another_family_is_left_out(index: int, family: int) -> None:
    assert neighbours_answer(neighbour("192.0.2.1", 2, index, family), SEQUENCE) == ((), False)


# Interfaces


def test_an_interface_has_its_name_its_carrier_and_its_state() -> None:
    raw = link(attribute(3, b"eth0\0"), attribute(16, b"\6"), attribute(33, b"\1"))
    found = interface_answer(raw, SEQUENCE)
    assert found == Interface("eth0", True, True, "up")
    assert not found.is_down


def test_an_unplugged_cable_is_seen() -> None:
    raw = link(attribute(3, b"eth0\0"), attribute(16, b"\2"), attribute(33, b"\0"))
    found = interface_answer(raw, SEQUENCE)
    assert found == Interface("eth0", True, False, "down")
    assert found.is_down


def test_the_carrier_of_an_interface_that_is_not_up_is_unknown() -> None:
    raw = link(attribute(3, b"eth0\0"), attribute(16, b"\2"), attribute(33, b"\1"), flags=0)
    found = interface_answer(raw, SEQUENCE)
    assert found == Interface("eth0", False, None, "down")
    assert found.is_down


@pytest.mark.parametrize("state", [b"", b"\7", b"\xff", b"\6\0\0\0"])
def test_a_state_that_no_interface_has_is_unknown(state: bytes) -> None:
    raw = link(attribute(3, b"eth0\0"), attribute(16, state), attribute(33, b"\1\0"))
    found = interface_answer(raw, SEQUENCE)
    assert found == Interface("eth0", True, None, "unknown")
    assert not found.is_down


@pytest.mark.parametrize("name", [b"", b"\0", b"\0eth0"])
def test_an_interface_without_a_name_is_none(name: bytes) -> None:
    assert interface_answer(link(attribute(3, name)), SEQUENCE) is None
    assert interface_answer(failed(-errno.ENODEV), SEQUENCE) is None


# Hostile bytes


WHOLE = [
    route(attribute(4, number(4)), attribute(5, packed("192.0.2.1"))),
    route(attribute(4, number(4)), attribute(5, packed("fe80::1")), family=INET6),
    neighbour("192.0.2.1", 2) + neighbour("2001:db8::1", 32) + message(DONE, number(0)),
    link(attribute(3, b"eth0\0"), attribute(16, b"\6"), attribute(33, b"\1")),
    failed(-errno.ENETUNREACH),
]


def read(raw: bytes) -> None:
    """Every reader returns a noun with valid fields, or nothing, for these bytes."""
    found = route_answer(raw, SEQUENCE)
    assert found is None or isinstance(found, Route)
    neighbours, last = neighbours_answer(raw, SEQUENCE)
    assert isinstance(last, bool)
    for text in (
        *[each.address for each in neighbours],
        *([found.gateway, found.source] if found is not None else []),
    ):
        assert text is None or ipaddress.ip_address(text) is not None
    other = interface_answer(raw, SEQUENCE)
    assert other is None or isinstance(other, Interface)


@pytest.mark.parametrize("whole", WHOLE, ids=range(len(WHOLE)))
def test_an_answer_cut_short_is_read_as_far_as_it_is_whole(whole: bytes) -> None:
    for size in range(len(whole)):
        read(whole[:size])
    assert route_answer(whole[:15], SEQUENCE) is None
    assert neighbours_answer(whole[:15], SEQUENCE) == ((), False)
    assert interface_answer(whole[:15], SEQUENCE) is None


@pytest.mark.parametrize("whole", WHOLE, ids=range(len(WHOLE)))
def test_the_answer_to_another_request_is_none(whole: bytes) -> None:
    assert route_answer(whole, SEQUENCE + 1) is None
    assert neighbours_answer(whole, SEQUENCE + 1) == ((), False)
    assert interface_answer(whole, SEQUENCE + 1) is None


@pytest.mark.parametrize("length", [0, 1, 15, 1 << 16, (1 << 32) - 1])
def test_a_message_with_an_impossible_length_ends_the_reading(length: int) -> None:
    for whole in WHOLE:
        read(number(length) + whole[4:])
        assert neighbours_answer(number(length) + whole[4:] + neighbour("192.0.2.1", 2), SEQUENCE) == (
            (),
            False,
        )


@pytest.mark.parametrize("length", [0, 1, 3, 9, 1000, 0xFFFF])
def test_an_attribute_with_an_impossible_length_ends_the_attributes(length: int) -> None:
    broken = struct.pack("=HH", length, 5) + b"\1\2\3\4"
    assert route_answer(route(attribute(4, number(4)), broken), SEQUENCE) == Route("unicast", 4)


@pytest.mark.parametrize("size", [0, 1, 3, 5, 15, 17, 20])
def test_an_address_of_another_length_is_none(size: int) -> None:
    raw = route(attribute(5, bytes(size)), attribute(7, bytes(size)), attribute(18, bytes(size)))
    assert route_answer(raw, SEQUENCE) == Route("unicast")
    assert route_answer(route(attribute(4, bytes(size)), attribute(8, bytes(size))), SEQUENCE) == Route(
        "unicast"
    )


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_an_error(raw: bytes) -> None:
    read(raw)


@given(st.sampled_from([NEWROUTE, NEWNEIGH, NEWLINK, ERROR, DONE]), st.binary(max_size=200))
def test_any_body_is_read_without_an_error(kind: int, body: bytes) -> None:
    read(message(kind, body))


@given(st.sampled_from(WHOLE), st.data())
def test_any_changed_byte_is_read_without_an_error(whole: bytes, data: st.DataObject) -> None:
    raw = bytearray(whole)
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=6)):
        raw[place] = data.draw(st.integers(0, 255))
    read(bytes(raw))


@pytest.mark.parametrize("word", ["sideways", ""])
def test_an_unknown_kind_or_state_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="invalid kind of route"):
        Route(word)
    with pytest.raises(ValueError, match="invalid state of a neighbour"):
        Neighbour("192.0.2.1", word)
    with pytest.raises(ValueError, match="invalid state of an interface"):
        Interface("eth0", state=word)
