# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hostile banners, generated from a seed, and a server that sends a different one on each of its ports."""

from __future__ import annotations

import contextlib
import random
import selectors
import socket
import threading
import time
from typing import TYPE_CHECKING, NamedTuple, cast

from real.daemon import Staged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self

PLANTED = "FORGED"
"""The beginning of a forged line or perfdata label; no engine may find it there."""

ATTACKS: tuple[bytes, ...] = (
    # A perfdata item after a bar, quoted and unquoted, with the name of a real one and with a new one.
    b"|time=9s;;;0;10",
    b" | FORGED=9s;1;2;0;10",
    b"|'FORGED'=9s;;;;",
    b"|'x'=9s;;",
    b"'x'=9s;;",
    b"\"FORGED\"='9';",
    b"||'",
    b"''''''",
    b"\\|FORGED=1\\",
    "\uff5cFORGED=1".encode(),
    b"%7CFORGED=1",
    # A forged line, with every line ending that any reader accepts.
    b"\nFORGED OK - all is well|FORGED=1",
    b"\r\nFORGED OK - all is well|FORGED=1\r\n",
    b"\rFORGED OK - all is well",
    b"\x0bFORGED\x0cFORGED\x1cFORGED\x1dFORGED\x1eFORGED",
    b"\xc2\x85FORGED|FORGED=1",
    b"\xe2\x80\xa8FORGED|FORGED=1",
    b"\xe2\x80\xa9FORGED|FORGED=1",
    b"\x85FORGED",
    b"\\nFORGED OK|FORGED=1",
    b"\\\\nFORGED\\\\\\nFORGED",
    b"\n\n\n\n",
    # The engines' own files: a block of status.dat, an external command, a line of the log.
    b"\n\t}\n\nservicestatus {\n\thost_name=loopback\n\tservice_description=FORGED\n\tcurrent_state=0\n",
    b"\n[1700000000] PROCESS_SERVICE_CHECK_RESULT;loopback;FORGED;0;OK\n",
    b'","state":0,"performance_data":["FORGED=1"],"x":"',
    # Terminals: colours, titles, cleared screens, C1 controls as bytes and as UTF-8, backspaces, a bell.
    b"\x1b[31mred\x1b[0m",
    b"\x1b]0;FORGED\x07",
    b"\x1b[2J\x1b[H",
    b"\x9b31m",
    b"\xc2\x9b31m\xc2\x90",
    b"\x08\x08\x08\x08\x08\x08\x7f\x7f",
    b"\x07\x05\x0e\x0f\x1a",
    b"\xe2\x80\xae\xe2\x81\xa6 FORGED",
    # Web interfaces.
    b"<script>alert('FORGED')</script>",
    b"<img src=x onerror=alert(1)>",
    b"\"><b style='position:fixed'>",
    b"</td></tr><!--",
    b"&lt;b&gt;&#60;b&#62;",
    "\uff1cb\uff1e".encode(),
    # Shells, macros, formats.
    b"$(touch FORGED)`id`;id;&&id",
    b"$USER1$ $HOSTADDRESS$ $ARG1$ $$",
    b"%s%n%d%x {0} {state} ${HOME}",
    b"; ; ;;;;;",
    # Invalid text: NUL, overlong and truncated UTF-8, a surrogate, code points beyond Unicode.
    b"\x00\x00|FORGED=1\x00\nFORGED",
    b"\xff\xfe\xfd",
    b"\xc3(\xe2\x82\xf0\x9f",
    b"\xc0\xbcb\xc0\xbe\xe0\x80\xbc",
    b"\xed\xa0\x80\xed\xbf\xbf",
    b"\xf4\x90\x80\x80\xf8\x88\x80\x80\x80",
    b"\xef\xbb\xbf\xef\xbf\xbe\xef\xbf\xbf\xe2\x80\x8b",
    b"e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86",
    # Length: longer than a line, longer than a page, longer than Nagios' 8 KiB.
    b"A" * 300,
    b"<|>" * 400,
    b"x=1 " * 1500,
    b"\n" * 3000,
    "é|".encode() * 4500,
)

HARMLESS = (b"220 mail.example.org ESMTP ready", b"hello", b" ", b", ", b"+OK", b"0.5", "naïve ✓".encode())


class Banner(NamedTuple):
    """A server's banner, and a word in it that a check can expect."""

    name: str
    word: str
    content: bytes


def banners(seed: int, count: int, attacks: Sequence[bytes] = ATTACKS) -> list[Banner]:
    """Return COUNT banners: first each attack alone, then mixtures; the same ones for the same SEED."""
    source = random.Random(seed)  # noqa: S311 (repeatable, and not a secret)
    return [_banner(source, number, attacks) for number in range(count)]


def attacks_in(bars: Sequence[str], slashes: Sequence[str]) -> list[bytes]:
    """Return attacks for an encoding in which the letters BARS and SLASHES contain those characters."""
    texts = [
        "{bar}time=9s;;;0;10",
        "{bar}FORGED=9s;1;2;0;10 FORGED=1",
        "ready{bar}'FORGED'=9s",
        "{slash}n{bar}FORGED=1",
        "{slash}nFORGED OK - all is well{bar}FORGED=1",
        "{bar}{bar}{bar} 'x'=9s",
    ]
    return [text.format(bar=bar, slash=slash).encode() for bar, slash in zip(bars, slashes) for text in texts]


def _banner(source: random.Random, number: int, attacks: Sequence[bytes]) -> Banner:
    word = f"WORD{number:04d}"
    if number < len(attacks):
        pieces = [attacks[number]]
    else:
        pieces = [source.choice(attacks) for _ in range(source.randint(1, 8))]
        pieces += [source.choice(HARMLESS) for _ in range(source.randint(0, 4))]
        pieces += [source.getrandbits(8 * 8).to_bytes(8, "big") for _ in range(source.randint(0, 3))]
        source.shuffle(pieces)
    # Half of them begin with the word; the others have it after or within the attacks.
    place = 0 if number % 4 < 2 else source.randint(0, len(pieces))
    pieces.insert(place, word.encode())
    return Banner(f"banner-{number:04d}", word, b"".join(pieces))


class BannerServer(Staged):
    """Sends contents[i] to clients of ports[i] on 127.0.0.1, closes its side and reads until the end.

    It greets one client after the other, each after DELAY seconds.
    """

    def __init__(self, contents: Sequence[bytes], delay: float = 0) -> None:
        self.contents = list(contents)
        self.delay = delay
        self.ports: list[int] = []
        self.exits = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as exits:
            selector = exits.enter_context(selectors.DefaultSelector())
            wake, self._stop = socket.socketpair()
            exits.enter_context(wake)
            exits.enter_context(self._stop)
            selector.register(wake, selectors.EVENT_READ, None)
            for content in self.contents:
                listener = exits.enter_context(socket.socket())
                listener.bind(("127.0.0.1", 0))
                listener.listen(16)
                listener.setblocking(False)
                selector.register(listener, selectors.EVENT_READ, content)
                self.ports.append(listener.getsockname()[1])
            thread = threading.Thread(target=_serve, args=(selector, wake, self.delay), daemon=True)
            thread.start()
            exits.callback(thread.join)
            exits.callback(self._stop.send, b"x")
            self.exits = exits.pop_all()
        return self


class _Guest:
    """One connection and its unsent bytes."""

    def __init__(self, connection: socket.socket, content: bytes) -> None:
        self.connection = connection
        self.left = memoryview(content)


def _serve(selector: selectors.BaseSelector, wake: socket.socket, delay: float) -> None:
    guests: set[_Guest] = set()
    while True:
        for key, _ in selector.select():
            if key.fileobj is wake:
                for guest in guests:
                    guest.connection.close()
                return
            if isinstance(key.data, _Guest):
                if not _go_on(selector, key.data):
                    selector.unregister(key.fileobj)
                    key.data.connection.close()
                    guests.discard(key.data)
            else:
                time.sleep(delay)
                guests.add(_welcome(selector, cast("socket.socket", key.fileobj), key.data))


def _welcome(selector: selectors.BaseSelector, listener: socket.socket, content: bytes) -> _Guest:
    guest = _Guest(listener.accept()[0], content)
    guest.connection.setblocking(False)
    selector.register(guest.connection, selectors.EVENT_WRITE, guest)
    return guest


def _go_on(selector: selectors.BaseSelector, guest: _Guest) -> bool:
    """Continue to send or read; False when the client has closed."""
    try:
        if not guest.left:
            return guest.connection.recv(4096) != b""
        guest.left = guest.left[guest.connection.send(guest.left) :]
        if not guest.left:
            guest.connection.shutdown(socket.SHUT_WR)
            selector.modify(guest.connection, selectors.EVENT_READ, guest)
    except OSError:
        return False
    return True
