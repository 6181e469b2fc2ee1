# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The packets in which TDS 7, the protocol of SQL Server, carries the TLS handshake."""

from __future__ import annotations

# The header of a packet (MS-TDS, 2.2.3.1): type, status, length with the header, and four bytes that do not matter here.
# The handshake is in packets of PRELOGIN (0x12, 2.2.6.5); a server may answer with tabular results (4). Status 1 marks the
# last packet of a message. No packet is larger before a login has negotiated another size (2.2.6.4, PacketSize).
_HEADER = 8
_PRELOGIN, _TABULAR_RESULT = 0x12, 0x04
_MOST = 4096


class Packets:
    """Puts the records of a handshake into packets, and takes them out. After the handshake there are no packets."""

    __slots__ = ("_unread",)

    def __init__(self) -> None:
        self._unread = b""

    def wrap(self, records: bytes) -> bytes:
        """Return the packets with these records."""
        room = _MOST - _HEADER
        wrapped = b""
        for place in range(0, len(records), room):
            part = records[place : place + room]
            last = place + room >= len(records)
            wrapped += bytes((_PRELOGIN, last)) + (_HEADER + len(part)).to_bytes(2, "big") + bytes(4) + part
        return wrapped

    def unwrap(self, data: bytes) -> bytes:
        """Return the records of the packets that are complete now. Bytes that begin no packet are returned unchanged."""
        self._unread += data
        records = b""
        while self._unread:
            size = int.from_bytes(self._unread[2:4], "big")
            known = len(self._unread) >= _HEADER
            if self._unread[0] not in (_PRELOGIN, _TABULAR_RESULT) or (known and size <= _HEADER):
                records += self._unread
                self._unread = b""
            elif not known or len(self._unread) < size:
                break
            else:
                records += self._unread[_HEADER:size]
                self._unread = self._unread[size:]
        return records
