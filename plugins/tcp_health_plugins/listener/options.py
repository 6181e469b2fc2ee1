# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The listener's command line: words to Options."""

from __future__ import annotations

import argparse
import os
import re
from dataclasses import dataclass, fields

from tcp_health.units import seconds
from tcp_health_plugins.common.arguments import Parser, typed
from tcp_health_plugins.common.usage import UsageError

from .behaviours import BEHAVIOURS, REFUSE_SOME, Behaviour

_SIMPLE_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}
_ESCAPE = re.compile(rb"\\(x[0-9A-Fa-f]{2}|.?)", re.DOTALL)

_EXAMPLES = """\
examples:
  tcp_health_listener --bind 127.0.0.1 --port 4321
  tcp_health_listener --greeting '220 ready\\r\\n' --behaviour slow --delay 2
  tcp_health_listener --behaviour echo,refuse-some=30% --flap 5s:2s

exit codes: 0 ended by SIGTERM or Ctrl-C, 1 cannot listen or cannot write its
log, 3 wrong arguments. Durations: 2, 1.5s, 500ms, 1m, 1h.
"""


@dataclass(frozen=True)
class Options:
    """What the listener was asked to be; the fields are its flags, times in seconds.

    bind             address or name without brackets; empty means all interfaces
    greeting         the bytes themselves, escapes replaced
    flap             how long the port is open and how long closed, in turn; None is always open
    idle_timeout     0 is none
    max_connections  None is no limit
    """

    bind: str = ""
    port: int = 0
    network: str = "tcp"
    greeting: bytes = b"Hello, client!"
    behaviour: Behaviour = Behaviour()  # noqa: RUF009 - frozen
    delay: float = 1.0
    flap: tuple[float, float] | None = None
    idle_timeout: float = 0.0
    max_connections: int | None = None
    quiet: bool = False
    grace: float = 5.0

    def __post_init__(self) -> None:
        if self.behaviour.name == "flood" and not self.greeting:
            raise ValueError("--behaviour flood repeats the greeting, and --greeting is empty")


def parser() -> argparse.ArgumentParser:
    """The command line's parser; `-h` and `-V` are plain flags, so that their text takes the log's one way."""
    words = Parser(
        prog="tcp_health_listener",
        usage="%(prog)s [--bind ADDRESS] [--port N] [--behaviour WORD] [...]",
        description="A TCP server that behaves as told: a target to test checks against.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    default = Options()
    add = words.add_argument
    add("-h", "--help", action="store_true", help="print this and exit")
    add("-V", "--version", action="store_true", help="print the version and exit")
    add("--bind", metavar="ADDRESS", type=typed(_address), default=default.bind,
        help="address or name to listen on (default: all interfaces)")  # fmt: skip
    add("--port", metavar="N", type=typed(_port), default=default.port,
        help="port; 0, the default, picks a free one")  # fmt: skip
    add("--network", metavar="WORD", type=typed(_network), default=default.network,
        help="tcp4, tcp6, or tcp for both (default)")  # fmt: skip
    add("--greeting", metavar="TEXT", type=typed(unescaped), default=default.greeting,
        help="what is said, with \\r \\n \\t \\0 \\\\ \\xHH replaced and nothing added"
        " (default: Hello, client!)")  # fmt: skip
    add("--behaviour", metavar="WORD", type=typed(Behaviour.read), default=default.behaviour,
        help=f"{', '.join(BEHAVIOURS)} (default: greet); {REFUSE_SOME}=N%% alone or after a comma"
        " resets N percent of the connections")  # fmt: skip
    add("--delay", metavar="TIME", type=typed(seconds), default=default.delay,
        help="pause of slow, and between the bytes of drip (default: 1s)")  # fmt: skip
    add("--flap", metavar="UP:DOWN", type=typed(_flap), default=default.flap,
        help="open the port for UP, close it for DOWN, again and again")  # fmt: skip
    add("--idle-timeout", metavar="TIME", type=typed(seconds), default=default.idle_timeout,
        help="close a connection without a byte for so long (default: never)")  # fmt: skip
    add("--max-connections", metavar="N", type=typed(_count), default=default.max_connections,
        help="let further clients wait while N are connected (default: no limit)")  # fmt: skip
    add("--grace", metavar="TIME", type=typed(seconds), default=default.grace,
        help="what running connections get when the listener is to end (default: 5s)")  # fmt: skip
    add("--quiet", action="store_true", help="log no connections")
    return words


def options(words: argparse.Namespace) -> Options:
    """The Options that the parsed words say. Raises UsageError."""
    try:
        return Options(**{field.name: getattr(words, field.name) for field in fields(Options)})
    except ValueError as error:
        raise UsageError(str(error)) from None


def unescaped(text: str) -> bytes:
    r"""The bytes of `text`, with \r, \n, \t, \0, \\ and \xHH replaced. Raises ValueError for other escapes."""

    def replaced(match: re.Match[bytes]) -> bytes:
        word = match.group(1)
        if word[:1] == b"x" and len(word) == 3:  # noqa: PLR2004 - the x and two digits
            return bytes([int(word[1:], 16)])
        if word not in _SIMPLE_ESCAPES:
            raise ValueError(
                rf"the escapes are \r, \n, \t, \0, \\ and \xHH, not {os.fsdecode(match.group())!a}"
            )
        return _SIMPLE_ESCAPES[word]

    return _ESCAPE.sub(replaced, os.fsencode(text))


def _address(text: str) -> str:
    host = text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text
    if text and (not host or any(not 32 < ord(each) < 127 for each in host)):  # noqa: PLR2004 - printable ASCII
        raise ValueError(f"takes an address or a name, not {text[:60]!a}")
    return host


def _port(text: str) -> int:
    return _whole(text, 0, 65535)


def _count(text: str) -> int:
    return _whole(text, 1, 1_000_000)


def _whole(text: str, least: int, most: int) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most:  # noqa: PLR2004
        return int(text)
    raise ValueError(f"takes a whole number from {least} to {most}, not {text[:40]!a}")


def _network(text: str) -> str:
    if text not in ("tcp", "tcp4", "tcp6"):
        raise ValueError(f"takes tcp, tcp4 or tcp6, not {text[:40]!a}")
    return text


def _flap(text: str) -> tuple[float, float]:
    up, colon, down = text.partition(":")
    if not colon:
        raise ValueError(f"takes two durations like 5s:2s, not {text[:40]!a}")
    times = seconds(up), seconds(down)
    if min(times) < 0.01:  # noqa: PLR2004 - less is a busy loop rather than a schedule
        raise ValueError(f"takes durations of at least 10ms, not {text[:40]!a}")
    return times
