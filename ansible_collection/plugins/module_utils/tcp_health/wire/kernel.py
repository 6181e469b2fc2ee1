# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Parse TCP_INFO and messages of the socket error queue. A value that the bytes do not contain is None."""

from __future__ import annotations

from sys import byteorder

from ..model.evidence import Icmp, TcpState  # loaded early: a failure may leave no descriptor to load it with

# struct takes 0.1 ms to import, to give names to this module.
try:
    from _struct import Struct, unpack_from
except ImportError:  # pragma: no cover - CPython and PyPy have it
    from struct import Struct, unpack_from

# struct tcp_info of Linux (include/uapi/linux/tcp.h), the part that every kernel since 2.6 has: state at byte 0,
# retransmits at 2, rtt in microseconds at 68, total_retrans at 100. New kernels only append fields.
_TCP_INFO = Struct("=BxB65xI28xI")
TCP_INFO_SIZE = _TCP_INFO.size

# enum tcp_states of Linux: only in these two has a connect succeeded (in the second, the peer's FIN came with it).
ESTABLISHED, CLOSE_WAIT = 1, 8

# struct sock_extended_err (include/uapi/linux/errqueue.h): errno, origin, type, code, pad, info, data. The socket address
# of the sender follows.
_EXTENDED_ERROR = Struct("=IBBBxII")
_ORIGIN_ICMP, _ORIGIN_ICMP6 = 2, 3
_AF_INET, _AF_INET6 = 2, 10


def tcp_info(raw: bytes) -> tuple[int, int, int, float | None] | None:
    """Parse TCP_INFO: the state, unanswered SYNs, retransmitted segments, and the round trip; None if it is too short.

    The round trip is in seconds. It is None without a sample, and after a retransmitted SYN: if the SYN-ACK was lost, the
    kernel's value includes the SYN retransmission timeout (1.03 s). A tuple, since each check reads it once.
    """
    if len(raw) < TCP_INFO_SIZE:
        return None
    state, unanswered, rtt, retransmits = _TCP_INFO.unpack_from(raw)
    return state, unanswered, retransmits, rtt / 1e6 if rtt and not retransmits else None


# TCP information of other systems: the socket option, the size to read, the layout of the round trip and of the
# retransmitted packets, and the unit of the round trip in seconds. Both structures are in netinet/tcp.h. macOS: struct
# tcp_connection_info, with tcpi_srtt in milliseconds and tcpi_txretransmitpackets, 64 bits. FreeBSD: struct tcp_info,
# with tcpi_rtt in microseconds and tcpi_snd_rexmitpack.
OTHER_SYSTEMS = {
    "darwin": (0x106, 112, Struct("=44xI56xQ"), 1e-3),
    "freebsd": (32, 124, Struct("=68xI48xI"), 1e-6),
}


def other_info(raw: bytes, system: str) -> tuple[float | None, int] | None:
    """Parse another system's structure; returns the round trip in seconds and retransmitted packets; None if too short."""
    _unused0, _unused1, layout, unit = OTHER_SYSTEMS[system]
    if len(raw) < layout.size:
        return None
    rtt, retransmits = layout.unpack_from(raw)
    return (rtt * unit if rtt and not retransmits else None), retransmits


# Further fields of struct tcp_info by their offsets, as kernels appended them: since 4.1 bytes_acked (120), since
# 4.2 segs_in (140), since 5.4 snd_wnd (228). A shorter answer lacks the later ones.
_COUNTERS = Struct("=B1x3B")  # state, (ca_state), retransmits, probes, backoff
FULL_TCP_INFO_SIZE = 232


def tcp_state(raw: bytes) -> TcpState | None:
    """Parse all fields of TCP_INFO, whatever length the kernel returns; returns None if it is too short."""
    if len(raw) < TCP_INFO_SIZE:
        return None
    state, unanswered, probes, backoff = _COUNTERS.unpack_from(raw)

    def number(offset: int, size: int = 4) -> int | None:
        field = raw[offset : offset + size]
        return int.from_bytes(field, byteorder) if len(field) == size else None

    return TcpState(
        state,
        unanswered,
        probes,
        backoff,
        number(24) or 0,
        number(100) or 0,
        (number(56) or 0) / 1000,
        number(120, 8),
        number(140),
        number(228),
    )


# SO_MEMINFO (linux/sock_diag.h): words of 32 bits, the first of them SK_MEMINFO_RMEM_ALLOC, the memory of what was
# received and not read.
MEMORY_SIZE = 36


def received_memory(raw: bytes) -> int | None:
    """Read an SO_MEMINFO answer: bytes of memory that received segments take; None when it is too short."""
    return int.from_bytes(raw[:4], byteorder) if len(raw) >= 4 else None


def icmp_error(level: int, kind: int, raw: bytes) -> Icmp | None:
    """Parse a control message of the error queue; returns None if it has no ICMP message or is too short."""
    if (level, kind) not in ((0, 11), (41, 25)):  # IPPROTO_IP and IP_RECVERR, IPPROTO_IPV6 and IPV6_RECVERR
        return None
    if len(raw) < _EXTENDED_ERROR.size:
        return None
    _unused0, origin, icmp_type, code, _unused4, _unused5 = _EXTENDED_ERROR.unpack_from(raw)
    version = {_ORIGIN_ICMP: 4, _ORIGIN_ICMP6: 6}.get(origin)
    if version is None:
        return None
    return Icmp(version, icmp_type, code, _offender(raw[_EXTENDED_ERROR.size :]))


def _offender(raw: bytes) -> str | None:
    """Parse the socket address after the error: struct sockaddr_in or sockaddr_in6; returns its address or None."""
    if len(raw) < 2:
        return None
    (family,) = unpack_from("=H", raw)
    if family == _AF_INET and len(raw) >= 8:
        return ".".join(map(str, raw[4:8]))
    if family == _AF_INET6 and len(raw) >= 24:
        return _ipv6(raw[8:24])
    return None


def _ipv6(raw: bytes) -> str:
    """Format an IPv6 address (RFC 5952): lower case, no leading zeros, the first longest run of zero groups as ``::``."""
    groups = unpack_from("!8H", raw)
    if groups[:5] == (0, 0, 0, 0, 0) and groups[5] == 0xFFFF:
        return "::ffff:" + ".".join(map(str, raw[12:16]))
    best, length, run = 0, 1, 0
    for index in range(9):
        if index < 8 and groups[index] == 0:
            run += 1
            continue
        if run > length:
            best, length = index - run, run
        run = 0
    words = [f"{group:x}" for group in groups]
    if length == 1:
        return ":".join(words)
    return ":".join(words[:best]) + "::" + ":".join(words[best + length :])


def is_reject_route(icmp: Icmp) -> bool:
    """Whether the message means that a route rejects the traffic: RFC 4443, 3.1, code 6."""
    return (icmp.version, icmp.kind, icmp.code) == (6, 1, 6)


def is_host_unreachable(icmp: Icmp) -> bool:
    """Whether the message means that the next hop of a router does not answer: RFC 792 code 1, RFC 4443 code 3."""
    return (icmp.version, icmp.kind, icmp.code) in ((4, 3, 1), (6, 1, 3))


def is_prohibited(icmp: Icmp) -> bool:
    """Whether the message means that a policy forbids the traffic: RFC 792, 1812: 9, 10, 13; RFC 4443: 1, 5, 6."""
    if icmp.version == 4:
        return icmp.kind == 3 and icmp.code in (9, 10, 13)
    return icmp.kind == 1 and icmp.code in (1, 5, 6)


def is_port_unreachable(icmp: Icmp) -> bool:
    """Whether the message means that a port is closed: RFC 792 code 3, RFC 4443 code 4."""
    return (icmp.version, icmp.kind, icmp.code) in ((4, 3, 3), (6, 1, 4))


def is_rejected(icmp: Icmp) -> bool:
    """Whether the message prohibits the traffic: administratively, or as the reject of a firewall."""
    return is_prohibited(icmp) or is_port_unreachable(icmp)
