# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Text of files of the system → facts: counters and connections of /proc/net, interfaces of /sys/class/net, /etc/hosts."""

from __future__ import annotations

from sys import byteorder

from ..model.local import Counters, Interface
from .kernel import _ipv6 as ipv6_text

# Counters' fields by the names in /proc/net/snmp, netstat and snmp6.
_FIELDS = {
    "Ip InReceives": "received",
    "Ip InDelivers": "delivered",
    "Ip ForwDatagrams": "forwarded",
    "Ip InDiscards": "discarded",
    "Tcp InCsumErrors": "bad_checksums",
    "TcpExt IPReversePathFilter": "reverse_path_filtered",
    "TcpExt ListenOverflows": "listen_overflows",
    "TcpExt ListenDrops": "listen_drops",
    "Ip6InReceives": "received6",
    "Ip6InDelivers": "delivered6",
    "Ip6OutForwDatagrams": "forwarded6",
    "Ip6InDiscards": "discarded6",
}


def counters(*texts: str) -> Counters | None:
    """Read /proc/net/snmp, netstat and snmp6, in any order; None where they have no counter that we know.

    The first two have pairs of lines, the names and then the values, that begin with the same group: ``Ip: A B`` and
    ``Ip: 1 2``. The third has a name and a value on each line.
    """
    found: dict[str, int] = {}
    for text in texts:
        names: list[str] = []
        for line in text.split("\n"):
            words = line.split()
            if len(words) == 2 and not words[0].endswith(":"):
                _note(found, words[0], words[1])
            elif words and names and words[0] == names[0] and len(words) == len(names):
                for name, value in zip(names[1:], words[1:]):
                    _note(found, f"{words[0][:-1]} {name}", value)
                names = []
            else:
                names = words
    return Counters(**found) if found else None


def _note(found: dict[str, int], name: str, value: str) -> None:
    # A counter of Linux has at most 64 bits, 20 digits.
    if name in _FIELDS and value.isascii() and value.isdigit() and len(value) <= 20:
        found[_FIELDS[name]] = int(value)


def interface(name: str, flags: str | None, carrier: str | None, state: str | None) -> Interface | None:
    """Read an interface's files in /sys/class/net; None means that a file cannot be read.

    The file ``carrier`` of an interface that is not up cannot be read. Returns None if no file can be read.
    """
    if flags is None and carrier is None and state is None:
        return None
    word = (state or "").strip()
    bits = (flags or "").strip()
    up = None
    if bits.startswith("0x"):
        try:
            up = bool(int(bits, 16) & 1)  # IFF_UP
        except ValueError:
            pass
    return Interface(
        name,
        up,
        {"1": True, "0": False}.get((carrier or "").strip()) if up is not False else None,
        word if word in Interface.STATES else "unknown",
    )


def hosts_entry(raw: bytes, name: str) -> tuple[str, ...]:
    """Return what a hosts(5) file has as addresses of a name, whatever its case, each once; they may be any words."""
    try:
        wanted = name.encode("utf-8", "surrogateescape").lower()
    except UnicodeEncodeError:
        return ()  # no bytes are written so
    found = []
    for line in raw.lower().split(b"\n"):
        if wanted in line:
            words = line.partition(b"#")[0].split()
            if wanted in words[1:]:
                found.append(words[0].decode("utf-8", "replace"))
    return tuple(dict.fromkeys(found))


# States of include/net/tcp_states.h in which data can still be sent or received: ESTABLISHED, SYN_RECV, FIN_WAIT1,
# CLOSE_WAIT, LAST_ACK, CLOSING. In FIN_WAIT2 and TIME_WAIT, this host has closed and the peer has acknowledged all.
_ACTIVE = frozenset(("01", "03", "04", "08", "09", "0B"))

_MAPPED = bytes(10) + b"\xff\xff"


def connections(text: str, port: int) -> list[tuple[str, str, int]]:
    """Read /proc/net/tcp or tcp6: the connections of a local port that carry data, as (local, remote, remote port).

    An IPv4 address that is mapped into IPv6 is an IPv4 address. Lines that cannot be read are skipped.
    """
    wanted = f":{port:04X} "
    found = []
    for line in text.split("\n"):
        if wanted not in line:
            continue
        words = line.split()
        if len(words) < 4 or words[3] not in _ACTIVE or not words[1].endswith(wanted[:-1]):
            continue
        try:
            remote, _sign, number = words[2].partition(":")
            found.append((_address(words[1].partition(":")[0]), _address(remote), int(number, 16)))
        except ValueError:
            continue
    return found


def _address(digits: str) -> str:
    """Return an address that the kernel printed as 32-bit words in the byte order of the host."""
    if len(digits) not in (8, 32):
        raise ValueError(f"invalid address {digits!r}: must have 8 or 32 digits")
    packed = b"".join(
        int(digits[start : start + 8], 16).to_bytes(4, byteorder) for start in range(0, len(digits), 8)
    )
    if packed.startswith(_MAPPED):
        packed = packed[12:]
    return ".".join(map(str, packed)) if len(packed) == 4 else ipv6_text(packed)
