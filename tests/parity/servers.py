# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The servers of the comparison: each plays one script on loopback and records what the plugin sent."""

from __future__ import annotations

import contextlib
import pathlib
import select
import socket
import ssl
import struct
import threading
import time

HOLD = 8.0  # seconds after which a server closes the connection of an idle client
FTP = b"220 hello ftp server\r\n"
JABBER = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams' id='1'>"
)

# What a server does with one connection: words of `Server._play`. After the last one it reads until the client has
# closed, unless the script ended the connection itself.
SCRIPTS: dict[str, tuple[tuple[str, bytes | float], ...]] = {
    "ftp": (("send", FTP),),
    "ftp-ends": (("send", FTP), ("close", 0)),
    "silent": (),
    "slow": (("wait", 1.3), ("send", b"220 slow\r\n")),
    "late": (("wait", 0.5), ("send", b"220 late\r\n")),
    "echo": (("echo", 0),),
    "echo-slow": (("echo", 0.6),),
    "close": (("close", 0),),
    "reset": (("reset", 0),),
    "close-late": (("wait", 0.5), ("close", 0)),
    "reset-late": (("wait", 0.5), ("reset", 0)),
    "drip": (("drip", b"220 drip feed\r\n"),),
    "drip-end": (("drip", b"220 x\r\n"), ("close", 0)),
    "two": (("send", b"220-first\r\n"), ("wait", 0.4), ("send", b"220 second\r\n")),
    "two-far": (("send", b"220-first\r\n"), ("wait", 3.0), ("send", b"220 second\r\n")),
    "lines": (("send", b"220-one\r\n220-two\r\n220 three\r\n"),),
    "long": (("send", b"x" * 3000 + b"needle" + b"y" * 3000 + b"\r\n"),),
    "one": (("send", b"2"),),
    "one-end": (("send", b"2"), ("close", 0)),
    "blank": (("send", b" \r\n\t "),),
    "newline": (("send", b"\n"),),
    "nul": (("send", b"220 a\x00b hidden\r\n"),),
    "nul-first": (("send", b"\x00220 hidden\r\n"),),
    "high": (("send", "220 gr\u00fc\u00dfe \u20ac\r\n".encode()),),
    "latin": (("send", b"220 gr\xfc\xdfe\r\n"),),
    "forge": (("send", b"220 x|time=9s;;;\r\nOK - forged | y=1\r\n"),),
    "escape": (("send", b"220 \x1b[31mred\x07<script>\r\n"),),
    "padded": (("send", b"  220 padded  \r\n\r\n"),),
    "pop": (("send", b"+OK pop ready\r\n"),),
    "imap": (("send", b"* OK imap ready\r\n"),),
    "smtp": (("send", b"220 mail ESMTP\r\n"),),
    "nntp": (("send", b"200 news, posting\r\n"),),
    "nntp-read": (("send", b"201 news, no posting\r\n"),),
    "jabber": (("recv", 20), ("send", JABBER)),
    "jabber-error": (("recv", 20), ("send", b"<stream:error/>")),
    "clamd": (("recv", 4), ("send", b"PONG\n")),
    "clamd-bad": (("recv", 4), ("send", b"UNKNOWN COMMAND\n")),
    "refusing": (("send", b"500 go away\r\n"),),
    "answer": (("recv", 1), ("send", b"200 answer\r\n")),
    "reset-after": (("send", FTP), ("wait", 0.2), ("reset", 0)),
}


class Server:
    """One listener, bound by its constructor, which plays its script until `stop()`.

    `kind` is tcp4, tcp6, unix, udp4, udp6, or one that does not listen: closed and closed6 (a port), deaf (a
    Unix socket), missing (a path that does not exist). `received` holds the bytes of each connection, in order of arrival;
    `names` the server names that TLS clients asked for (None without a name).
    """

    def __init__(
        self,
        script: str,
        kind: str = "tcp4",
        certificate: pathlib.Path | None = None,
        folder: pathlib.Path | None = None,
    ) -> None:
        self.script = script
        self.kind = kind
        self.received: list[bytes] = []
        self.names: list[str | None] = []
        self.path = ""
        self.port = 0
        self._context = self._tls(certificate) if certificate else None
        self._stop = threading.Event()
        self._abandon = threading.Event()
        self._threads: list[threading.Thread] = []
        self._socket = self._bind(folder)
        # A bound socket that does not listen refuses, and no other program can get its port.
        if self._socket is not None and not kind.startswith("closed") and kind != "deaf":
            self._start(self._datagrams if kind.startswith("udp") else self._accept, ())

    def _tls(self, certificate: pathlib.Path) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

        def note(_socket: ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> None:
            self.names.append(name)

        context.num_tickets = 0  # a client that closes at once must not get a reset
        context.sni_callback = note  # type: ignore[assignment]
        return context

    def _bind(self, folder: pathlib.Path | None) -> socket.socket | None:
        if self.kind == "missing":
            self.path = f"{folder}/missing"
            return None
        if self.kind in ("unix", "deaf"):
            self.path = f"{folder}/socket"
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(self.path)
            if self.kind == "unix":
                listener.listen(16)
            return listener
        family = socket.AF_INET6 if self.kind.endswith("6") else socket.AF_INET
        style = socket.SOCK_DGRAM if self.kind.startswith("udp") else socket.SOCK_STREAM
        listener = socket.socket(family, style)
        try:
            listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        if style == socket.SOCK_STREAM and not self.kind.startswith("closed"):
            listener.listen(16)
        return listener

    def _start(self, target: object, args: tuple[object, ...]) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        thread.start()
        self._threads.append(thread)

    def _accept(self) -> None:
        if self._socket is None:
            return
        self._socket.settimeout(0.03)
        while True:
            stopping = (
                self._stop.is_set()
            )  # read before accept: connections that arrived before it are still served
            try:
                connection, _ = self._socket.accept()
            except OSError:  # no client for a moment
                if stopping:
                    return
                continue
            self.received.append(b"")
            self._start(self._serve, (connection, len(self.received) - 1))

    def _datagrams(self) -> None:
        if self._socket is None:
            return
        self._socket.settimeout(0.03)
        while True:
            stopping = self._stop.is_set()
            try:
                data, peer = self._socket.recvfrom(65536)
            except OSError:
                if stopping:
                    return
                continue
            self.received.append(data)
            answer = {"echo": data, "ftp": FTP, "empty": b""}.get(self.script)
            if answer is not None:
                self._socket.sendto(answer, peer)

    def _serve(self, connection: socket.socket, index: int) -> None:
        connection.settimeout(HOLD)
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            if self._play(connection, index):
                self._read(connection, index, HOLD)
        except (OSError, ValueError):
            pass  # the client has closed; the bytes that it sent are recorded
        finally:
            with contextlib.suppress(OSError):
                connection.close()

    def _play(self, connection: socket.socket, index: int) -> bool:
        """Play the script; True if the rest is still to be read."""
        echoed = 0
        for verb, value in SCRIPTS[self.script]:
            if isinstance(value, bytes):
                self._speak(connection, index, verb, value)
            elif verb == "wait":
                self._read(connection, index, value)
            elif verb == "recv":
                self._read(connection, index, HOLD, enough=int(value))
            elif verb == "echo":
                while self._read(connection, index, HOLD, enough=len(self.received[index]) + 1):
                    self._read(connection, index, value)
                    connection.sendall(self.received[index][echoed:])
                    echoed = len(self.received[index])
            elif verb == "close" and self._context is None:
                connection.shutdown(socket.SHUT_WR)
            elif verb == "close":
                return False  # half-closing under TLS would record the client's bytes encrypted
            elif verb == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
        return True

    def _speak(self, connection: socket.socket, index: int, verb: str, text: bytes) -> None:
        """Send a text: at once for the verb "send", byte by byte for "drip"."""
        if verb == "send":
            connection.sendall(text)
            return
        for byte in text:
            connection.sendall(bytes([byte]))
            self._read(connection, index, 0.12)

    def _read(self, connection: socket.socket, index: int, seconds: float, enough: int | None = None) -> bool:
        """Record what arrives in a time, or up to a number of bytes; False at the end of file."""
        end = time.monotonic() + seconds
        while enough is None or len(self.received[index]) < enough:
            left = end - time.monotonic()
            if left <= 0 or self._abandon.is_set():
                break
            if not select.select([connection], [], [], min(left, 0.2))[0]:
                continue
            data = connection.recv(4096)
            if not data:
                if enough is None and seconds < HOLD:
                    time.sleep(max(0.0, end - time.monotonic()))  # a half-closed client may still read
                return False
            self.received[index] += data
        return True

    def stop(self) -> None:
        """Accept waiting connections, read them to their end for a short time, and close."""
        self._stop.set()
        end = time.monotonic() + 0.6
        for (
            thread
        ) in self._threads:  # the first one starts the others, and has ended before this loop reads the list
            thread.join(max(0.0, end - time.monotonic()))
        self._abandon.set()
        if self._socket is not None:
            self._socket.close()
        if self.kind in ("unix", "deaf"):
            with contextlib.suppress(OSError):
                pathlib.Path(self.path).unlink()
