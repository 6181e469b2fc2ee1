# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The listener's behaviours, each as a generator of the steps of one connection.

A step is what the connection does next:

    bytes     send all of these bytes, as fast as the client reads them
    float     wait for this number of seconds
    RECEIVE   wait for bytes of the client; the generator gets them as the value of the step, b"" at end of file
    SEND_FIN  send a FIN: the listener sends nothing more but still reads
    SEND_RST  end the connection at once with a RST

When the generator ends, the connection is closed with a FIN. A generator has no socket and no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Union

    Step = Union[bytes, float, str]
    Script = Generator[Step, bytes, None]

RECEIVE = "receive"
SEND_FIN = "send FIN"
SEND_RST = "send RST"

REFUSE_SOME = "refuse-some"
_ALL = 100  # percent

# Bytes in one system call of a flood: about as much as a loopback socket accepts at once.
_FLOOD_BLOCK = 65536


def greet(greeting: bytes, _delay: float) -> Script:
    """Send the greeting, then close."""
    yield greeting


def echo(_greeting: bytes, _delay: float) -> Script:
    """Send everything back until the client's end of file (RFC 862); reads no further while the client does not read."""
    while True:
        data = yield RECEIVE
        if not data:
            return
        yield data


def silent(_greeting: bytes, _delay: float) -> Script:
    """Send nothing; read and discard until the client's end of file."""
    while (yield RECEIVE):
        pass


def close(_greeting: bytes, _delay: float) -> Script:
    """Send a FIN right after the handshake."""
    yield SEND_FIN


def reset(_greeting: bytes, _delay: float) -> Script:
    """Send a RST right after the handshake."""
    yield SEND_RST


def slow(greeting: bytes, delay: float) -> Script:
    """Wait, send the greeting, then close."""
    yield delay
    yield greeting


def drip(greeting: bytes, delay: float) -> Script:
    """Send the greeting byte by byte with a delay between the bytes, then close."""
    for at in range(len(greeting)):
        if at:
            yield delay
        yield greeting[at : at + 1]


def flood(greeting: bytes, _delay: float) -> Script:
    """Send the greeting repeatedly, as fast as the client reads it, without an end."""
    block = _flood_block(greeting)
    while True:
        yield block


def half(greeting: bytes, _delay: float) -> Script:
    """Send the greeting and a FIN, then read until the client's end of file."""
    yield greeting
    yield SEND_FIN
    while (yield RECEIVE):
        pass


BEHAVIOURS: dict[str, Callable[[bytes, float], Script]] = {
    script.__name__: script for script in (greet, echo, silent, close, reset, slow, drip, flood, half)
}


@dataclass(frozen=True)
class Behaviour:
    """The behaviour of all connections: one of BEHAVIOURS, and the percentage of connections to reset instead.

    name            a key of BEHAVIOURS
    refuse_percent  0 to 100; the resets are spread evenly, so that 25 means every fourth connection
    """

    name: str = "greet"
    refuse_percent: int = 0

    def __post_init__(self) -> None:
        if self.name not in BEHAVIOURS:
            known = f"{', '.join(BEHAVIOURS)} or {REFUSE_SOME}=N%"
            raise ValueError(f"invalid behaviour {self.name[:40]!a}: must be {known}")
        if not 0 <= self.refuse_percent <= _ALL:
            raise ValueError(_percent_error(str(self.refuse_percent)))

    @classmethod
    def read(cls, text: str) -> Behaviour:
        """Parse a behaviour such as `echo`, `refuse-some=30%` or `slow,refuse-some=30%`. Raises ValueError."""
        name, percent = None, None
        for part in text.split(","):
            key, equals, value = part.strip().partition("=")
            if equals and key == REFUSE_SOME and percent is None:
                percent = _percent(value)
            elif name is None:
                name = part.strip()
            else:
                raise ValueError(
                    f"invalid behaviour {text[:40]!a}: must be at most one behaviour and one {REFUSE_SOME}=N%"
                )
        return cls("greet" if name is None else name, percent or 0)

    def script(self, number: int, greeting: bytes, delay: float) -> Script:
        """Return the steps of connection `number`, counted from 1."""
        percent = self.refuse_percent
        if number * percent // _ALL > (number - 1) * percent // _ALL:
            return reset(greeting, delay)
        return BEHAVIOURS[self.name](greeting, delay)


@lru_cache(maxsize=1)
def _flood_block(greeting: bytes) -> bytes:
    return greeting * (_FLOOD_BLOCK // len(greeting) + 1)


def _percent(text: str) -> int:
    digits = text[:-1] if text[-1:] == "%" else text
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(_ALL))):
        raise ValueError(_percent_error(text))
    return int(digits)


def _percent_error(text: str) -> str:
    return f"invalid {REFUSE_SOME} {text[:40]!a}: must be a whole number from 0% to 100%"
