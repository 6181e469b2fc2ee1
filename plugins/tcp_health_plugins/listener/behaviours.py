# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the listener does with a connection: each behaviour as a generator of steps.

A step is what the connection does next:

    bytes     these are sent, all of them, as fast as the client takes them
    float     a pause of so many seconds
    RECEIVE   the next bytes of the client become the step's value; empty bytes are its end of file
    FINISH    a FIN is sent: nothing is written any more, but the client is still read
    RESET     the connection ends at once with a RST

Where the generator ends, the connection is closed politely. It owns no socket and no clock.
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
FINISH = "finish"
RESET = "reset"

REFUSE_SOME = "refuse-some"
_ALL = 100  # percent

# One system call of a flood: as much as a loopback socket takes at once.
_FLOOD_BLOCK = 65536


def greet(greeting: bytes, _delay: float) -> Script:
    """The greeting, then the end."""
    yield greeting


def echo(_greeting: bytes, _delay: float) -> Script:
    """Everything back, until the client's end of file (RFC 862); what is not taken back holds up the reading."""
    while True:
        data = yield RECEIVE
        if not data:
            return
        yield data


def silent(_greeting: bytes, _delay: float) -> Script:
    """Not a byte, until the client ends; what it sends is read and dropped."""
    while (yield RECEIVE):
        pass


def close(_greeting: bytes, _delay: float) -> Script:
    """A FIN right after the handshake."""
    yield FINISH


def reset(_greeting: bytes, _delay: float) -> Script:
    """A RST right after the handshake."""
    yield RESET


def slow(greeting: bytes, delay: float) -> Script:
    """A pause, then the greeting and the end."""
    yield delay
    yield greeting


def drip(greeting: bytes, delay: float) -> Script:
    """The greeting byte by byte, with a pause before each but the first, then the end."""
    for at in range(len(greeting)):
        if at:
            yield delay
        yield greeting[at : at + 1]


def flood(greeting: bytes, _delay: float) -> Script:
    """The greeting again and again, as fast as the client takes it, without an end."""
    block = _flood_block(greeting)
    while True:
        yield block


def half(greeting: bytes, _delay: float) -> Script:
    """The greeting and a FIN, after which the client is read until it ends too."""
    yield greeting
    yield FINISH
    while (yield RECEIVE):
        pass


BEHAVIOURS: dict[str, Callable[[bytes, float], Script]] = {
    script.__name__: script for script in (greet, echo, silent, close, reset, slow, drip, flood, half)
}


@dataclass(frozen=True)
class Behaviour:
    """What connections meet: one of BEHAVIOURS, and the share of them that is reset instead.

    name            a key of BEHAVIOURS
    refuse_percent  0 to 100; the refused ones are spread evenly, so that 25 means every fourth connection
    """

    name: str = "greet"
    refuse_percent: int = 0

    def __post_init__(self) -> None:
        if self.name not in BEHAVIOURS:
            raise ValueError(f"{self.name[:40]!a} is none of {', '.join(BEHAVIOURS)}, {REFUSE_SOME}=N%")
        if not 0 <= self.refuse_percent <= _ALL:
            raise ValueError(f"{REFUSE_SOME} takes a whole number from 0% to 100%, not {self.refuse_percent}")

    @classmethod
    def read(cls, text: str) -> Behaviour:
        """The behaviour that `text` says: `echo`, `refuse-some=30%`, `slow,refuse-some=30%`. Raises ValueError."""
        name, percent = None, None
        for part in text.split(","):
            word, equals, value = part.strip().partition("=")
            if equals and word == REFUSE_SOME and percent is None:
                percent = _percent(value)
            elif name is None:
                name = part.strip()
            else:
                raise ValueError(f"{text[:40]!a} says more than one behaviour and one {REFUSE_SOME}=N%")
        return cls("greet" if name is None else name, percent or 0)

    def script(self, number: int, greeting: bytes, delay: float) -> Script:
        """The steps for connection `number`, which counts from 1."""
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
        raise ValueError(f"{REFUSE_SOME} takes a whole number from 0% to 100%, not {text[:40]!a}")
    return int(digits)
