# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stubs of services without a Debian package, as a table: run as a program, `stubs.py NAME PORT CERTIFICATE`."""

from __future__ import annotations

import re
import socket
import ssl
import sys
import threading
from typing import NamedTuple

LONGEST = 65536
"""Bytes of one request, after which the stub closes."""

PATIENCE = 60.0
"""Seconds without a request after which the stub closes."""


class Reply(NamedTuple):
    """The reaction to a request that the expression `request` matches: an answer, and then TLS or a close."""

    request: bytes
    answer: bytes
    then: str = ""


class Stub(NamedTuple):
    """A service: its greeting, its replies (the first match counts), and whether TLS begins at the first byte."""

    greeting: bytes = b""
    replies: tuple[Reply, ...] = ()
    tls: bool = False
    closes: bool = False


def frame(kind: int, payload: bytes) -> bytes:
    """Return a frame of AMQP 0-9-1 on channel 0 (section 2.3.5)."""
    return bytes([kind, 0, 0]) + len(payload).to_bytes(4, "big") + payload + b"\xce"


def long_string(text: bytes) -> bytes:
    """Return a long string of AMQP 0-9-1: its length in four bytes, and the text."""
    return len(text).to_bytes(4, "big") + text


OPTIONS = rb"(?s)OPTIONS .*?\r\n\r\n"

RDP = rb"(?s)\x03\0.{2}.\xe0.{5,}"

AMQP_HEADER = b"AMQP\0\0\x09\x01"

AMQP_START = frame(
    1,
    # Connection.Start: class 10, method 10, version 0-9, no properties, the mechanisms, the locales.
    b"\0\x0a\0\x0a\0\x09" + long_string(b"") + long_string(b"PLAIN AMQPLAIN") + long_string(b"en_US"),
)

NNTP = (
    Reply(rb"CAPABILITIES\r\n", b"101 Capabilities\r\nVERSION 2\r\nREADER\r\nSTARTTLS\r\n.\r\n"),
    Reply(rb"MODE READER\r\n", b"200 Reader mode\r\n"),
    Reply(rb"DATE\r\n", b"111 20260101000000\r\n"),
    Reply(rb"STARTTLS\r\n", b"382 Continue with TLS\r\n", "tls"),
    Reply(rb"QUIT\r\n", b"205 Bye\r\n", "close"),
    Reply(rb"[^\n]*\n", b"500 What?\r\n"),
)

AMQP = (
    Reply(re.escape(AMQP_HEADER), AMQP_START),
    # Start-Ok is the next frame; no user exists here: access refused ends the connection.
    Reply(rb"(?s)\x01\0\0.+\xce", b"", "close"),
    Reply(rb"(?s).{8}", AMQP_HEADER, "close"),
)

STUBS: dict[str, Stub] = {
    "nntp": Stub(b"200 news.example.org ready\r\n", NNTP),
    "nntps": Stub(b"200 news.example.org ready\r\n", NNTP, tls=True),
    # RFC 3977, 5.1.1: service temporarily unavailable, and the server closes.
    "nntp_unavailable": Stub(b"400 news.example.org is being moved\r\n", closes=True),
    # RFC 4642, 2.2.1: unable to initiate TLS.
    "nntp_plain": Stub(
        b"200 news.example.org ready\r\n", (Reply(rb"STARTTLS\r\n", b"580 Cannot begin TLS\r\n"), *NNTP)
    ),
    # A byte between the go-ahead and the handshake: the subject of CVE-2011-0411.
    "nntp_injected": Stub(
        b"200 news.example.org ready\r\n",
        (Reply(rb"STARTTLS\r\n", b"382 Continue with TLS\r\n200 injected\r\n", "tls"), *NNTP),
    ),
    "amqp": Stub(b"", AMQP),
    "amqps": Stub(b"", AMQP, tls=True),
    # 4.2.2: a server that does not support the version sends the one that it supports, and closes.
    "amqp_other": Stub(b"", (Reply(rb"(?s).{8}", b"AMQP\0\0\x08\x00", "close"),)),
    "rtsp": Stub(b"", (Reply(OPTIONS, b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS\r\n\r\n"),)),
    "rtsp_503": Stub(b"", (Reply(OPTIONS, b"RTSP/1.0 503 Service Unavailable\r\nCSeq: 1\r\n\r\n"),)),
    "sip": Stub(b"", (Reply(OPTIONS, b"SIP/2.0 200 OK\r\nCSeq: 1 OPTIONS\r\n\r\n"),)),
    "sip_503": Stub(b"", (Reply(OPTIONS, b"SIP/2.0 503 Service Unavailable\r\nCSeq: 1 OPTIONS\r\n\r\n"),)),
    # X.224 Connection Confirm in a TPKT, with an RDP negotiation response: TLS chosen (MS-RDPBCGR 2.2.1.2).
    "rdp": Stub(b"", (Reply(RDP, bytes.fromhex("030000130ed00000123400021f080002000000")),)),
    # The same, and a negotiation failure: the server has no certificate (2.2.1.2.2).
    "rdp_failure": Stub(b"", (Reply(RDP, bytes.fromhex("030000130ed000001234000300080003000000")),)),
    "vnc": Stub(b"RFB 003.008\n", (Reply(rb"RFB 003\.\d{3}\n", b"\x01\x02"),)),
    # RFC 6143, 7.1.2: no security types, and the reason.
    "vnc_full": Stub(
        b"RFB 003.008\n",
        (Reply(rb"RFB 003\.\d{3}\n", b"\0" + long_string(b"Too many connections"), "close"),),
    ),
    # RFC 1413: an error in the protocol's own words is an answer.
    "ident": Stub(b"", (Reply(rb"[^\n]*\n", b"0, 0 : ERROR : INVALID-PORT\r\n", "close"),)),
    # RFC 868: 2026-01-01, in seconds since 1900.
    "time": Stub((2208988800 + 1767225600).to_bytes(4, "big"), closes=True),
    # RFC 1288
    "finger": Stub(b"", (Reply(rb"[^\n]*\n", b"No one logged on.\r\n", "close"),)),
}
"""Every stub by name."""


class Client:
    """One client of a stub, in a thread of its own."""

    def __init__(self, stub: Stub, connection: socket.socket, context: ssl.SSLContext) -> None:
        self.stub = stub
        self.connection = connection
        self.context = context

    def serve(self) -> None:
        """Greet and answer until the stub or the client closes."""
        try:
            self.connection.settimeout(PATIENCE)
            if self.stub.tls:
                self.begin_tls()
            self.connection.sendall(self.stub.greeting)
            if not self.stub.closes:
                self.answer()
        except OSError:
            pass  # the client closed, or its handshake failed
        finally:
            self.connection.close()

    def answer(self) -> None:
        """Answer each request."""
        heard = b""
        while len(heard) < LONGEST:
            data = self.connection.recv(4096)
            heard += data
            while (found := self.find(heard)) is not None:
                reply, end = found
                heard = heard[end:]
                self.connection.sendall(reply.answer)
                if reply.then == "close":
                    return
                if reply.then == "tls":
                    heard = b""
                    self.begin_tls()
            if not data:
                return

    def find(self, heard: bytes) -> tuple[Reply, int] | None:
        """Return the first reply to the received bytes HEARD, and where its request ends."""
        for reply in self.stub.replies:
            match = re.match(reply.request, heard)
            if match is not None and match.end():
                return reply, match.end()
        return None

    def begin_tls(self) -> None:
        """Continue over TLS."""
        self.connection = self.context.wrap_socket(self.connection, server_side=True)


def main(name: str, port: str, certificate: str) -> None:
    """Serve the stub NAME on PORT of 127.0.0.1 until the process ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=Client(STUBS[name], connection, context).serve, daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
