# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parse the listener's command line into Options."""

from __future__ import annotations

import argparse
import os
import re
from dataclasses import dataclass, fields

from tcp_health.text.units import seconds
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

TIME is a number of seconds, or has a unit: 2, 1.5s, 500ms, 250us, 1m, 1h.

exit codes: 0 ended by SIGTERM or Ctrl-C, 1 cannot listen or cannot write the
log, 3 invalid arguments.
"""


@dataclass(frozen=True)
class Options:
    """The listener's options, times in seconds.

    bind             address or host name without brackets; "" for all interfaces
    greeting         the bytes to send, with escapes replaced
    tls_cert         PEM file of the certificate, its chain and perhaps its key; None for no TLS
    tls_key          PEM file of the key; None if it is in the file of the certificate
    flap             for how long the port is open, and for how long closed, in turn; None keeps it open
    idle_timeout     0 for no timeout
    max_connections  None for no limit
    grace            how long connections may go on after the listener is stopped
    """

    bind: str = ""
    port: int = 0
    network: str = "tcp"
    greeting: bytes = b"Hello, client!"
    behaviour: Behaviour = Behaviour()  # noqa: RUF009 - frozen
    delay: float = 1.0
    tls_cert: str | None = None
    tls_key: str | None = None
    flap: tuple[float, float] | None = None
    idle_timeout: float = 0.0
    max_connections: int | None = None
    quiet: bool = False
    grace: float = 5.0

    def __post_init__(self) -> None:
        if self.behaviour.name == "flood" and not self.greeting:
            raise ValueError("invalid --greeting '': must not be empty with --behaviour flood")
        if self.tls_key is not None and self.tls_cert is None:
            raise ValueError("--tls-key: requires --tls-cert")


def parser() -> argparse.ArgumentParser:
    """Return the parser. `-h` and `-V` are plain flags, since argparse would print without handling write errors."""
    result = Parser(
        prog="tcp_health_listener",
        usage="%(prog)s [--bind ADDRESS] [--port N] [OPTION...]",
        description="A TCP server with selectable behaviour, as a target for testing checks.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    default = Options()
    add = result.add_argument
    add("-h", "--help", action="store_true", help="print this help and exit")
    add("-V", "--version", action="store_true", help="print the version and exit")
    add("--bind", metavar="ADDRESS", type=typed(_address), default=default.bind,
        help="address or host name to listen on (default: all interfaces)")  # fmt: skip
    add("--port", metavar="N", type=typed(_port), default=default.port,
        help="port to listen on; 0, the default, selects a free one")  # fmt: skip
    add("--network", metavar="WORD", type=typed(_network), default=default.network,
        help="tcp4, tcp6, or tcp for both (default)")  # fmt: skip
    add("--greeting", metavar="TEXT", type=typed(unescape), default=default.greeting,
        help="text to send, with \\r \\n \\t \\0 \\\\ \\xHH replaced and no newline added"
        " (default: Hello, client!)")  # fmt: skip
    add("--behaviour", metavar="WORD", type=typed(Behaviour.read), default=default.behaviour,
        help=f"{', '.join(BEHAVIOURS)} (default: greet); {REFUSE_SOME}=N%%, alone or after a comma,"
        " resets N percent of the connections; also --behavior")  # fmt: skip
    # An action of its own, so that a message has the spelling that was typed.
    add("--behavior", dest="behaviour", type=typed(Behaviour.read), default=default.behaviour,
        help=argparse.SUPPRESS)  # fmt: skip
    add("--delay", metavar="TIME", type=typed(seconds), default=default.delay,
        help="delay of slow, and between the bytes of drip (default: 1s)")  # fmt: skip
    add("--tls-cert", metavar="FILE", type=typed(_file), default=default.tls_cert,
        help="begin each connection with TLS: PEM file of the certificate and its chain")  # fmt: skip
    add("--tls-key", metavar="FILE", type=typed(_file), default=default.tls_key,
        help="PEM file of the key (default: it is in the file of the certificate)")  # fmt: skip
    add("--flap", metavar="UP:DOWN", type=typed(_flap), default=default.flap,
        help="open the port for UP, close it for DOWN, and repeat")  # fmt: skip
    add("--idle-timeout", metavar="TIME", type=typed(seconds), default=default.idle_timeout,
        help="close connections without traffic for this long (default: never)")  # fmt: skip
    add("--max-connections", metavar="N", type=typed(_count), default=default.max_connections,
        help="let new clients wait while N are connected (default: no limit)")  # fmt: skip
    add("--grace", metavar="TIME", type=typed(seconds), default=default.grace,
        help="how long connections may go on after SIGTERM or Ctrl-C (default: 5s)")  # fmt: skip
    add("--quiet", action="store_true", help="do not log connections")
    return result


def options(given: argparse.Namespace) -> Options:
    """Return the Options of a parsed command line. Raises UsageError."""
    try:
        return Options(**{field.name: getattr(given, field.name) for field in fields(Options)})
    except ValueError as error:
        raise UsageError(str(error)) from None


def unescape(text: str) -> bytes:
    r"""Return the bytes of `text`, with \r, \n, \t, \0, \\ and \xHH replaced. Raises ValueError for other escapes."""

    def replacement(match: re.Match[bytes]) -> bytes:
        escape = match.group(1)
        if escape[:1] == b"x" and len(escape) == 3:  # noqa: PLR2004 - the x and two digits
            return bytes([int(escape[1:], 16)])
        if escape not in _SIMPLE_ESCAPES:
            raise ValueError(
                rf"invalid escape {os.fsdecode(match.group())!a}: must be \r, \n, \t, \0, \\ or \xHH"
            )
        return _SIMPLE_ESCAPES[escape]

    return _ESCAPE.sub(replacement, os.fsencode(text))


def _address(text: str) -> str:
    host = text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text
    if text and (not host or any(not 32 < ord(each) < 127 for each in host)):  # noqa: PLR2004 - printable ASCII
        raise ValueError(f"invalid address {text[:60]!a}: must be an IP address or a host name")
    return host


def _file(text: str) -> str:
    if not text:
        raise ValueError("invalid file name '': must not be empty")
    return text


def _port(text: str) -> int:
    return _integer("port", text, 0, 65535)


def _count(text: str) -> int:
    return _integer("number", text, 1, 1_000_000)


def _integer(noun: str, text: str, least: int, most: int) -> int:
    # int() accepts signs, spaces and underscores, and is slow for many digits.
    if text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most:  # noqa: PLR2004 - digits
        return int(text)
    raise ValueError(f"invalid {noun} {text[:40]!a}: must be a whole number from {least} to {most}")


def _network(text: str) -> str:
    if text not in ("tcp", "tcp4", "tcp6"):
        raise ValueError(f"invalid network {text[:40]!a}: must be tcp, tcp4 or tcp6")
    return text


def _flap(text: str) -> tuple[float, float]:
    up, colon, down = text.partition(":")
    if not colon:
        raise ValueError(f"invalid schedule {text[:40]!a}: must be two durations, as in 5s:2s")
    times = seconds(up), seconds(down)
    if min(times) < 0.01:  # noqa: PLR2004 - shorter times would only make a busy loop
        raise ValueError(f"invalid schedule {text[:40]!a}: both durations must be at least 10ms")
    return times
