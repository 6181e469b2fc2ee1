# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Requests and answers of rtnetlink(7): the route to an address, the neighbour table, one interface.

It has no I/O. Parts of an answer that are incomplete or contradict themselves are ignored.
"""

from __future__ import annotations

from struct import Struct
from sys import byteorder

from ..model.local import Interface, Neighbour, Route
from .kernel import _ipv6 as ipv6_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# struct nlmsghdr (linux/netlink.h): length, type, flags, sequence number, port of the sender. Each message and each
# attribute begins at a multiple of four bytes.
_MESSAGE = Struct("=IHHII")
_REQUEST, _DUMP = 0x1, 0x300
_ERROR, _DONE = 2, 3

# struct nlattr and struct rtattr: length with this header, type. The two highest bits of the type are flags.
_ATTRIBUTE = Struct("=HH")
_TYPE_BITS = 0x3FFF

# linux/rtnetlink.h: the types of messages.
_NEWLINK, _GETLINK, _NEWROUTE, _GETROUTE, _NEWNEIGH, _GETNEIGH = 16, 18, 24, 26, 28, 30

# struct rtmsg: family, bits of the destination and of the source, tos, table, protocol, scope, type, flags.
_ROUTE = Struct("=8BI")
_RTA_DST, _RTA_SRC, _RTA_OIF, _RTA_GATEWAY, _RTA_PREFSRC, _RTA_METRICS, _RTA_VIA = 1, 2, 4, 5, 7, 8, 18
_RTAX_MTU = 2
_ROUTE_KINDS = {
    1: "unicast", 2: "local", 3: "broadcast", 4: "anycast", 5: "multicast", 6: "blackhole", 7: "unreachable",
    8: "prohibit",
}  # fmt: skip

# struct ndmsg (linux/neighbour.h): family, interface index, state, flags, type.
_NEIGHBOUR = Struct("=B3xiHBB")
_NDA_DST, _NDA_IFINDEX = 1, 8
_NEIGHBOUR_STATES = {
    0: "none", 1: "incomplete", 2: "reachable", 4: "stale", 8: "delay", 16: "probe", 32: "failed", 64: "noarp",
    128: "permanent",
}  # fmt: skip

# struct ifinfomsg: family, hardware type, interface index, flags, mask of changes.
_LINK = Struct("=BxHiII")
_IFLA_IFNAME, _IFLA_OPERSTATE, _IFLA_CARRIER = 3, 16, 33
_IFF_UP = 1

_FAMILIES = {4: 2, 16: 10}  # AF_INET and AF_INET6 of Linux, by the length of an address
_LENGTHS = {family: length for length, family in _FAMILIES.items()}


def route_request(sequence: int, address: bytes, source: bytes = b"", index: int = 0) -> bytes:
    """Compose the request for the route to an address; ``index``: only through this interface, or 0."""
    family = _FAMILIES[len(address)]
    body = _ROUTE.pack(family, 8 * len(address), 8 * len(source), 0, 0, 0, 0, 0, 0)
    body += _attribute(_RTA_DST, address)
    if source:
        body += _attribute(_RTA_SRC, source)
    if index:
        body += _attribute(_RTA_OIF, _NUMBER.pack(index))
    return _message(_GETROUTE, _REQUEST, sequence, body)


def route_answer(raw: bytes, sequence: int) -> Route | None:
    """Read the answer; None if it is not a valid answer."""
    for kind, body in _messages(raw, sequence):
        if kind == _ERROR:
            error = _error(body)
            return Route("none", error=error) if error else None
        if kind != _NEWROUTE or len(body) < _ROUTE.size:
            continue
        family, _unused1, _unused2, _unused3, _unused4, _unused5, _unused6, number, _unused8 = (
            _ROUTE.unpack_from(body)
        )
        if family not in _LENGTHS:
            continue
        found = _attributes(body[_ROUTE.size :])
        gateway = _address(found.get(_RTA_GATEWAY, b""), family)
        via = found.get(_RTA_VIA, b"")  # struct rtvia: a gateway of another family, 16 bits, then its address
        if gateway is None and len(via) > 2:
            gateway = _address(via[2:], int.from_bytes(via[:2], byteorder))
        mtu = _number(_attributes(found.get(_RTA_METRICS, b"")).get(_RTAX_MTU, b""))
        return Route(
            _ROUTE_KINDS.get(number, "other"),
            _number(found.get(_RTA_OIF, b"")) or 0,
            gateway=gateway,
            source=_address(found.get(_RTA_PREFSRC, b""), family),
            mtu=mtu or None,
        )
    return None


def neighbours_request(sequence: int, version: int, index: int) -> bytes:
    """Compose the request for the neighbours of IP version 4 or 6 on an interface. Older kernels send those of all."""
    body = _NEIGHBOUR.pack(2 if version == 4 else 10, 0, 0, 0, 0) + _attribute(
        _NDA_IFINDEX, _NUMBER.pack(index)
    )
    return _message(_GETNEIGH, _REQUEST | _DUMP, sequence, body)


def neighbours_answer(raw: bytes, sequence: int) -> tuple[tuple[Neighbour, ...], bool]:
    """Read one part of the answer; returns the neighbours, and whether it was the last part."""
    found: list[Neighbour] = []
    for kind, body in _messages(raw, sequence):
        if kind in (_ERROR, _DONE):
            return tuple(found), True
        if kind != _NEWNEIGH or len(body) < _NEIGHBOUR.size:
            continue
        family, index, state, _unused3, _unused4 = _NEIGHBOUR.unpack_from(body)
        address = _address(_attributes(body[_NEIGHBOUR.size :]).get(_NDA_DST, b""), family)
        if address is not None and index > 0 and state in _NEIGHBOUR_STATES:
            found.append(Neighbour(address, _NEIGHBOUR_STATES[state], index))
    return tuple(found), False


def interface_request(sequence: int, index: int) -> bytes:
    """Compose the request for an interface."""
    return _message(_GETLINK, _REQUEST, sequence, _LINK.pack(0, 0, index, 0, 0))


def interface_answer(raw: bytes, sequence: int) -> Interface | None:
    """Read the answer; None when it is none, or names no interface."""
    for kind, body in _messages(raw, sequence):
        if kind == _ERROR:
            return None
        if kind != _NEWLINK or len(body) < _LINK.size:
            continue
        _unused0, _unused1, _unused2, flags, _unused4 = _LINK.unpack_from(body)
        found = _attributes(body[_LINK.size :])
        name = found.get(_IFLA_IFNAME, b"").partition(b"\0")[0]
        if not name:
            return None
        up = bool(flags & _IFF_UP)
        carrier = found.get(_IFLA_CARRIER, b"")
        state = found.get(_IFLA_OPERSTATE, b"")
        known = len(state) == 1 and state[0] < len(Interface.STATES)
        return Interface(
            name.decode("utf-8", "surrogateescape"),
            up,
            # If the interface is down, this flag still has its value from the time when it was up.
            bool(carrier[0]) if up and len(carrier) == 1 else None,
            Interface.STATES[state[0]] if known else "unknown",
        )
    return None


_NUMBER = Struct("=I")


def _message(kind: int, flags: int, sequence: int, body: bytes) -> bytes:
    return _MESSAGE.pack(_MESSAGE.size + len(body), kind, flags, sequence, 0) + body


def _attribute(kind: int, data: bytes) -> bytes:
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(data), kind) + data + bytes(-len(data) % 4)


def _messages(raw: bytes, sequence: int) -> Iterator[tuple[int, bytes]]:
    """The messages with a sequence number, as type and body."""
    place = 0
    while place + _MESSAGE.size <= len(raw):
        length, kind, _unused2, number, _unused4 = _MESSAGE.unpack_from(raw, place)
        if length < _MESSAGE.size or place + length > len(raw):
            return
        if number == sequence:
            yield kind, raw[place + _MESSAGE.size : place + length]
        place += length + -length % 4


def _attributes(raw: bytes) -> dict[int, bytes]:
    """The attributes by their type; of two of one type the last, as in the kernel."""
    found = {}
    place = 0
    while place + _ATTRIBUTE.size <= len(raw):
        length, kind = _ATTRIBUTE.unpack_from(raw, place)
        if length < _ATTRIBUTE.size or place + length > len(raw):
            break
        found[kind & _TYPE_BITS] = raw[place + _ATTRIBUTE.size : place + length]
        place += length + -length % 4
    return found


def _error(body: bytes) -> int:
    """The errno of an error message (struct nlmsgerr: the negative errno first); 0 if it is not an error."""
    code = int.from_bytes(body[:4], byteorder, signed=True) if len(body) >= 4 else 0
    return -code if -4096 < code < 0 else 0


def _number(raw: bytes) -> int | None:
    return _NUMBER.unpack(raw)[0] if len(raw) == _NUMBER.size else None


def _address(raw: bytes, family: int) -> str | None:
    if not raw or len(raw) != _LENGTHS.get(family):
        return None
    return ".".join(map(str, raw)) if family == _FAMILIES[4] else ipv6_text(raw)
