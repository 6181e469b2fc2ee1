# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A TLS server for many clients at once, in a process of its own, which counts the handshakes that are in flight."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .process import PATHS, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

HEALTHY, EXPIRED, MISNAMED = "healthy.test", "expired.test", "misnamed.test"
"""The second label of a server's name, which selects the defect of its certificate."""

# A round trip within a town. All clients that begin a handshake during it are in a handshake together.
TRIP = 0.02

# The greeting over TLS, after the handshake, or after the required number of handshakes.
GREETING = b"220 ready\r\n"


class Listening(NamedTuple):
    """The data of the server for its clients.

    addresses  where it listens
    port       the same at all of them
    ca         the file with the trusted authority
    """

    addresses: tuple[str, ...]
    port: int
    ca: str


class Seen(NamedTuple):
    """What the server saw.

    connections  how many there were
    handshakes   how many of them sent a ClientHello
    most         the largest number of unanswered ClientHellos: at least as many handshakes were in flight
    sessions     the largest number of open connections with a finished handshake
    """

    connections: int
    handshakes: int
    most: int
    sessions: int


class Serving:
    """A running server; ``seen`` ends it."""

    def __init__(self, process: subprocess.Popen[str], listening: Listening) -> None:
        self._process = process
        self.listening = listening

    def seen(self) -> Seen:
        """End the server; return what it saw."""
        output, _ = self._process.communicate("", timeout=20)
        return Seen(*json.loads(output))


@contextmanager
def serving(addresses: int, trip: float = TRIP, hold: int = 0) -> Iterator[Serving]:
    """A server at so many addresses of loopback, from 127.0.0.2 on.

    trip  seconds after which a ClientHello is answered
    hold  how many sessions must be open before the first is greeted
    """
    from support.minting import Authority  # the server's process reads its certificates from files

    with tempfile.TemporaryDirectory() as folder:
        middle = Authority("Bench CA").intermediate("Bench Intermediate")
        middle.leaf((f"*.{HEALTHY}",)).write(_new(folder, HEALTHY))
        middle.leaf((f"*.{EXPIRED}",), days=-2.0, from_days=-90.0).write(_new(folder, EXPIRED))
        files = middle.leaf((f"*.of-others.{MISNAMED}",)).write(_new(folder, MISNAMED))
        command = [sys.executable, "-m", "bench.tls_server", folder, str(addresses), str(trip), str(hold)]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**environment(), **PATHS},
        )
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise RuntimeError("the TLS server does not begin")
            hosts, port = json.loads(line)
            yield Serving(process, Listening(tuple(hosts), port, str(files.ca)))
        finally:
            process.kill()
            process.communicate()


def _new(folder: str, name: str) -> Path:
    path = Path(folder, name)
    path.mkdir()
    return path


class _Server:
    """Listens, and counts."""

    def __init__(self, folder: Path, trip: float, hold: int) -> None:
        self.trip = trip
        self._hold = hold
        self._waiting: list[_Connection] = []
        self.connections = self.handshakes = self.unanswered = self.most = 0
        self.standing: set[_Connection] = set()
        self._sessions = 0
        self._contexts = {name: _context(folder / name) for name in (HEALTHY, EXPIRED, MISNAMED)}
        self.context = self._contexts[HEALTHY]
        self.context.sni_callback = self._choose

    def _choose(self, session: Any, name: str | None, _: ssl.SSLContext) -> None:
        session.context = self._contexts.get((name or "").partition(".")[2], self.context)

    def shaken(self, connection: _Connection) -> None:
        """Greet the client and all waiting clients, or let it wait for others."""
        self.standing.add(connection)
        self._sessions = max(self._sessions, len(self.standing))
        self._waiting.append(connection)
        if self._sessions >= self._hold:
            for each in self._waiting:
                each.greet()
            self._waiting.clear()

    async def run(self, addresses: int) -> None:
        """Listen until the input ends."""
        loop = asyncio.get_running_loop()
        hosts = [f"127.0.0.{number}" for number in range(2, addresses + 2)]
        port = 0
        for sock in _sockets(hosts):
            await loop.create_server(lambda: _Connection(self, loop), sock=sock, backlog=4096)
            port = sock.getsockname()[1]
        print(json.dumps((hosts, port)), flush=True)
        await loop.run_in_executor(None, sys.stdin.read)
        print(json.dumps((self.connections, self.handshakes, self.most, self._sessions)), flush=True)


def _context(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


def _sockets(hosts: list[str]) -> list[socket.socket]:
    """Listen at each host on the same port: one that is free at the first host, and normally at the others."""
    for _ in range(20):
        found: list[socket.socket] = []
        try:
            for host in hosts:
                port = found[0].getsockname()[1] if found else 0
                found.append(socket.create_server((host, port), backlog=4096))
        except OSError:
            for each in found:
                each.close()
        else:
            return found
    raise RuntimeError(f"no port is free at all of {', '.join(hosts)}")


class _Connection(asyncio.Protocol):
    """A client: the answer to its ClientHello is delayed, so that many wait for their answers at once."""

    def __init__(self, server: _Server, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._loop = loop
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = server.context.wrap_bio(self._in, self._out, server_side=True)
        self._transport: Any = None
        self._begun = self._answers = self._shaken = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._server.connections += 1
        self._transport = transport
        # Without it the kernel delays a second small segment until the first is acknowledged.
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        self._in.write(data)
        server = self._server
        if not self._begun:
            self._begun = True
            server.handshakes += 1
            server.unanswered += 1
            server.most = max(server.most, server.unanswered)
            self._loop.call_later(server.trip, self._answer)
        elif self._answers:
            self._go_on()

    def _answer(self) -> None:
        # Before the first byte of the answer is sent: a client with an answer is not counted.
        self._server.unanswered -= 1
        self._answers = True
        self._go_on()

    def _go_on(self) -> None:
        try:
            if not self._shaken:
                self._tls.do_handshake()
                self._shaken = True
                self._server.shaken(self)
            while self._tls.read(4096):
                pass
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:  # the client does not accept the certificate, or has closed
            self._transport.abort()
            return
        self._transport.write(self._out.read())

    def greet(self) -> None:
        """Send the greeting to a client after its handshake."""
        if self._transport.is_closing():
            return
        try:
            self._tls.write(GREETING)
        except ssl.SSLError:
            return
        self._transport.write(self._out.read())

    def connection_lost(self, problem: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._server.standing.discard(self)


if __name__ == "__main__":
    asyncio.run(_Server(Path(sys.argv[1]), float(sys.argv[3]), int(sys.argv[4])).run(int(sys.argv[2])))
