# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fuzzer for dialogues: lines, answers, whole conversations and TLS sessions.

PYTHONPATH=tests:plugins python3 -m support.fuzz_dialogues [--inputs N] [--seed N] [--jobs N] [--kind NAME]
"""

from __future__ import annotations

import argparse
import faulthandler
import random
import re
import ssl
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from support.minting import Authority
from tcp_health.conversation.attempt import AttemptBuilder
from tcp_health.conversation.session import KEPT, Session
from tcp_health.conversation.wants import Connect, OwnAddress, Pause, Receive, Secure, Send
from tcp_health.dialogue.grammar import WORDS, StepError, parse
from tcp_health.dialogue.matching import Match, UnmatchableError, Unwanted, matches
from tcp_health.dialogue.steps import exchange
from tcp_health.model.causes import CAUSES, Cause
from tcp_health.model.dialogue import Hear, Pattern, Say, StartTls
from tcp_health.model.outcome import Failure
from tcp_health.model.recipe import Recipe, TlsPlan
from tcp_health.model.target import Address, Target
from tcp_health.network.network import Network
from tcp_health.services.starttls import STARTTLS
from tcp_health.services.table import SERVICES

if sys.version_info >= (3, 11):
    from re import _parser as parser  # type: ignore[attr-defined]  # the module has no annotations
else:
    import sre_parse as parser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tcp_health.model.dialogue import Step

CHUNK = 5_000  # inputs from one random seed, so that the result does not depend on how the work is shared
SLOWEST = 0.5  # seconds of processor time for an input; a search that is stopped at 50 ms may take several times that
HANGING = 120  # seconds for a chunk's slowest input, after which Python prints a traceback and ends
MOST_WANTS = 20_000  # of a conversation; one with more is in an endless loop


# Texts that match an expression, and then differ


def fitting(parsed: Any, chance: random.Random, most: int) -> bytes:
    """A text that the parsed expression matches, unless an assertion prevents it."""
    out = bytearray()
    for op, value in parsed:
        kind = str(op)
        if len(out) >= most:
            break
        if kind == "LITERAL":
            out.append(value & 0xFF)
        elif kind in ("NOT_LITERAL", "ANY"):
            out += b"x" if value != ord("x") else b"y"
        elif kind == "IN":
            out.append(_one_of(value) & 0xFF)
        elif kind == "BRANCH":
            out += fitting(chance.choice(value[1]), chance, most)
        elif kind == "SUBPATTERN":
            out += fitting(value[-1], chance, most)
        elif kind in ("MAX_REPEAT", "MIN_REPEAT"):
            least, largest, inner = value
            for _ in range(max(least, min(int(largest), chance.choice((0, 1, 3, 200))))):
                out += fitting(inner, chance, most)
                if len(out) >= most:
                    break
    return bytes(out[:most])


def _one_of(items: Any) -> int:
    op, value = items[0]
    if str(op) in ("NEGATE", "CATEGORY"):
        return ord("x")
    return int(value[0] if str(op) == "RANGE" else value)


def hostile(source: bytes, size: int, chance: random.Random) -> Iterator[bytes]:
    """Texts that begin as a match and then are endless, or repeat a part, and never match."""
    # The expressions are written with the character of the same number for each byte.
    parsed = parser.parse(source.decode("latin-1"))
    for piece in (b"x", b"\n", b"x\n", b"\r\n", b" ", b"\x00", b"\xff", b"0", b'"'):
        yield piece * (size // len(piece))
    for _ in range(6):
        text = fitting(parsed, chance, size)
        if not text:
            continue
        cut = text[: -chance.choice((1, 2, 3, 5, 8, len(text)))] or text
        begin = chance.randrange(len(text))
        end = chance.randrange(begin, len(text)) + 1
        part = text[begin:end]
        for head, tail in ((cut, b"x"), (cut, b"\n"), (cut, cut), (text[:end], part), (text[:begin], b"x\n")):
            yield (head + tail * (size // len(tail)))[:size]


@lru_cache(maxsize=1)
def rows() -> list[tuple[Step, ...]]:
    """The dialogues of the named services and of the openings of TLS."""
    named: list[Any] = [*SERVICES.values(), *STARTTLS.values()]
    return [row.steps for row in named if row.steps]


@lru_cache(maxsize=1024)
def parsed_of(source: bytes) -> Any:
    """An expression as the library parses it; None if it is invalid."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parser.parse(source.decode("latin-1"))
    except (re.error, ValueError, RecursionError, OverflowError):
        return None


# Lines

ALPHABET = "{}()[]\\x0a*+?:#|^$ fe\r\t"
EXPRESSIONS = (
    "^220 ", "role:(\\w+)\\r", "(?P<name>[a-z]+)=(?P<value>.*)\\n", "(a+)+$", "(?i)ok|no", "[^\\n]*\\n", "x{1,9}", "\\x00.",
    "(?s).*!", "(?=a)b", "(?<!x)y", "a|", "()", "[[a]", "(?m)^$", "(?P<host>x)",
)  # fmt: skip
TEXTS = (
    "220", "OK", "\\r\\n", "PASS {env:PASSWORD}", "{host}:{port}", "{role}", "{{", "}}", "\\x00\\xff", "ä", "\udcff", "\ud800",
    "{file:/x}", "a\\", "\0",
)  # fmt: skip


def a_line(chance: random.Random) -> str:
    """A line that may be a step."""
    way = chance.randrange(10)
    if way == 0:
        return "".join(
            chr(chance.choice((chance.randrange(128), chance.randrange(0x110000)))) for _ in range(9)
        )
    word = chance.choice(list(WORDS))
    if way == 1:
        return f"{word} " + "".join(chance.choice(ALPHABET) for _ in range(chance.randrange(30)))
    if way == 2:
        return chance.choice(("", "   ", "# why", f"\t{word}", word.upper(), word))
    rest = chance.choice(EXPRESSIONS if "regex" in word or word == "capture" else TEXTS)
    if word == "capture":
        rest = chance.choice(("role", "name", "x1", "1x", "")) + " " + rest
    elif word.endswith("-hex"):
        rest = chance.choice(("00 ff", "0", "zz", "0d0a", ":", "00:01:02"))
    elif word == "starttls":
        rest = ""
    return f"{word} {rest}"


def a_secret(name: str) -> bytes:
    """A secret from the environment; there are no files."""
    if name.startswith("file:"):
        raise ValueError(f"{name[5:]}: No such file or directory")
    return b"a secret"


def fuzz_lines(chance: random.Random) -> tuple[str, str | None]:
    """Some lines: they are steps, or raise an error with its place."""
    lines = [a_line(chance) for _ in range(chance.choice((1, 2, 3, 3, 8)))]
    try:
        steps = parse(lines, a_secret)
    except StepError as problem:
        wrong = (
            None if 1 <= problem.number <= len(lines) and problem.sentence.strip() else f"it says {problem}"
        )
    else:
        wrong = None if len(steps) <= len(lines) else "there are more steps than lines"
        if "a secret" in repr(steps):
            wrong = "the secret is shown"
    return repr(lines), wrong


# Answers


def a_hear(chance: random.Random) -> Hear:
    """A step that receives: with texts, with expressions, or from a named service."""
    way = chance.randrange(8)
    if way < 2:
        return chance.choice([step for step in chance.choice(rows()) if isinstance(step, Hear)] or [Hear()])
    if way < 4:
        try:
            steps = parse([f"expect-regex {chance.choice(EXPRESSIONS)}"], a_secret)
        except StepError:
            return Hear()
        return next(step for step in steps if isinstance(step, Hear))
    texts = [Pattern("text", a_text(chance)) for _ in range(chance.randrange(4))]
    anywhere = chance.random() < 0.5
    unwanted = [(Pattern("text", a_text(chance)), "no") for _ in range(chance.randrange(3) * anywhere)]
    return Hear(tuple(texts), unwanted=tuple(unwanted), anywhere=anywhere, every=chance.random() < 0.5,
                read=chance.choice(("data", "data", "eof")), required=chance.random() < 0.8)  # fmt: skip


def a_text(chance: random.Random) -> bytes:
    """A short text that occurs often."""
    return bytes(chance.choice(b"ab\r\n") for _ in range(chance.randint(1, 3)))


def an_answer(chance: random.Random, step: Hear | None) -> bytes:
    """An answer to that step: one that matches, a damaged one, or any text."""
    way = chance.randrange(10)
    patterns = [] if step is None else [*step.wanted, *(pattern for pattern, _ in step.unwanted)]
    if patterns and way < 6:
        pattern = chance.choice(patterns)
        parsed = None if pattern.kind == "text" else parsed_of(pattern.data)
        text = pattern.data if parsed is None else fitting(parsed, chance, 2000)
        if way < 3:
            return text
        if way == 3:
            return damaged(text, chance)
        return (
            text[: chance.randrange(len(text) + 1)]
            + chance.choice((b"x", b"\n", text or b"-")) * chance.choice((1, 40, 900))
        )[:9000]
    if way == 6:
        return chance.randbytes(chance.choice((1, 5, 300)))
    if way == 7:
        return chance.choice(
            (b"220 ", b"a" * 60 + b"!", b"\x16\x03\x01", b"HTTP/1.1 ", b"\r\n", b"-ERR ")
        ) * chance.choice((1, 30))
    return b"".join(a_text(chance) for _ in range(chance.randrange(9)))


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Make one to three small changes at random places."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        if not changed:
            break
        at = chance.randrange(len(changed))
        way = chance.randrange(5)
        if way == 0:
            changed[at] ^= 1 << chance.randrange(8)
        elif way == 1:
            changed[at] = chance.choice(b"\x00\xff\x16\x17\x15\x80\n")
        elif way == 2:
            del changed[at : at + chance.randint(1, 20)]
        elif way == 3:
            changed[at:at] = chance.randbytes(chance.randint(1, 20))
        else:
            other = chance.randrange(len(changed))
            changed[at:at] = changed[other : other + 40]
    return bytes(changed)


def split(data: bytes, chance: random.Random) -> list[bytes]:
    """The same in pieces that are not empty."""
    if chance.random() < 0.1 and len(data) < 300:
        return [data[at : at + 1] for at in range(len(data))]
    places = sorted({0, len(data), *(chance.randrange(len(data) + 1) for _ in range(chance.randrange(4)))})
    return [data[begin:end] for begin, end in zip(places, places[1:])]


def decided(step: Hear, pieces: list[bytes]) -> object:
    """The outcome of an answer that arrives in these pieces."""
    received = b""
    found: Any = None
    for piece in pieces:
        received += piece
        found = matches(step, received, len(piece))
        if found is not None:
            break
    if isinstance(found, Match):
        return found.end, found.captured
    return found.words if isinstance(found, Unwanted) else found


def fuzz_answers(chance: random.Random) -> tuple[str, str | None]:
    """A step and an answer: the outcome is the same whole and in pieces, except with a user's greedy expression."""
    step = a_hear(chance)
    answer = b"".join(an_answer(chance, step) for _ in range(chance.choice((1, 1, 2, 3))))
    pieces = split(answer, chance)
    shown = f"{step!r} {pieces!r}"
    try:
        whole, cut = decided(step, [answer] if answer else []), decided(step, pieces)
    except UnmatchableError as problem:
        users = any(pattern.foreign for pattern in step.wanted)
        return shown, None if users and "50 ms" in str(problem) else f"it says {problem}"
    same = whole == cut or any(pattern.foreign for pattern in step.wanted) or not step.wanted
    return shown, None if same else f"{whole!r} whole, {cut!r} in pieces"


# Conversations


class Wire:
    """The other side of a conversation: what it sends, when, and how it ends; it moves the clock.

    pieces  what it has sent and the client has not read yet
    """

    def __init__(self, chance: random.Random, pieces: list[bytes], ending: str) -> None:
        self.chance = chance
        self.pieces = pieces
        self.ending = ending
        self.now = 0.0
        self.heard = b""

    def hear(self, data: bytes) -> None:
        """Take what the client sends."""
        self.heard += data

    def answer(self, want: Any) -> tuple[float, Any, Failure | None]:
        """Return what the engine would answer."""
        kind = type(want)
        if kind is Receive:
            return self._receive(want)
        if kind is Send:
            self.hear(bytes(want.data))
            broken = self.ending == "reset" and not self.pieces and self.chance.random() < 0.5
            return self.now, None, Failure(Cause.RESET, "Broken pipe") if broken else None
        if kind is Pause:
            self.now = max(self.now, want.deadline)
        elif kind is Secure:
            made = network().secure(want.plan, want.name)
            return (self.now, None, made) if isinstance(made, Failure) else (self.now, made, None)
        elif kind is Connect:
            return self.now, None, Failure(Cause.REFUSED, "Connection refused")
        elif kind is OwnAddress:
            return self.now, Address(4, "127.0.0.9", 50000), None
        return self.now, None, None

    def _receive(self, want: Any) -> tuple[float, Any, Failure | None]:
        pause = self.chance.choice((0.0, 0.0, 0.001, 0.3))
        if (self.pieces or self.ending != "silence") and self.now + pause <= max(want.deadline, self.now):
            self.now += pause
            if self.pieces:
                return self.now, self.pieces.pop(0), None
            if self.ending == "flood":
                self.now += 0.01
                return self.now, b"x" * 4000, None
            return (
                (self.now, b"", None)
                if self.ending == "end"
                else (self.now, None, Failure(Cause.RESET, "reset"))
            )
        self.now = max(self.now, want.deadline)
        return self.now, None, Failure(Cause.TIMED_OUT)


@lru_cache(maxsize=1)
def network() -> Network:
    """One network for all, since it keeps the TLS contexts; it has no connections."""
    return Network()


LIMIT = 3.0


def held(recipe: Recipe, wire: Wire) -> str | None:
    """Run the dialogue; return its errors."""
    building = AttemptBuilder(Target("tls.test", 25), 0, 1, 0.0, 0.0, recipe.secrets)
    building.address = Address(4, "127.0.0.2", 25)
    connection: Any = "the connection"  # it only appears in the wants
    conversation = Session(building, connection, recipe, LIMIT).run()
    answer: Any = None
    over = None
    try:
        for _ in range(MOST_WANTS):
            answer = wire.answer(conversation.send(answer))
    except StopIteration as end:
        over = end.value
    if over is None:
        return "it never ends"
    attempt = building.done()
    if attempt.failure is not None and attempt.failure.cause not in CAUSES:
        return f"its cause is {attempt.failure.cause}"
    if len(attempt.received) > KEPT:
        return f"it keeps {len(attempt.received)} bytes"
    if over > LIMIT + 0.4:  # the longest pause here, and the time of one piece of a flood
        return f"it ends at {over:.2f} s"
    shown = b" ".join((attempt.received, *(data for _, data in attempt.captured), repr(attempt).encode()))
    told = any(getattr(step, "secrets", ()) for step in recipe.dialogue)
    return "the secret is shown" if told and b"a secret" in shown else None


def some_steps(chance: random.Random) -> tuple[Step, ...]:
    """A dialogue: a user's, a named service's, check_tcp's, or any steps in any order."""
    way = chance.randrange(4)
    if way == 0:
        return chance.choice(rows())
    if way == 1:
        texts = [a_text(chance) for _ in range(chance.randrange(3))]
        return exchange(
            chance.choice((None, b"", b"PING")), texts, every=chance.random() < 0.5, anywhere=chance.random() < 0.5,
            read=chance.choice(("none", "data", "eof")),
        )  # fmt: skip
    if way == 2:
        steps: list[Any] = [
            chance.choice((a_hear(chance), Say((b"hello\r\n",)))) for _ in range(chance.randrange(1, 5))
        ]
        return tuple(steps)
    lines = [line for line in (a_line(chance) for _ in range(6)) if _is_step(line)]
    try:
        return parse([*lines, "expect-regex x"], a_secret)
    except StepError:
        return parse(
            ["line {env:PASSWORD}", f"capture it {chance.choice(('secret(.*)', 'a (s.*)', '.+'))}"], a_secret
        )


def _is_step(line: str) -> bool:
    try:
        return bool(parse([line], a_secret))
    except StepError:
        return False


def fuzz_conversations(chance: random.Random) -> tuple[str, str | None]:
    """A dialogue with a server that sends anything: it ends in time, with a known cause."""
    steps = some_steps(chance)
    if chance.random() < 0.1 and not any(step.begins_tls for step in steps):
        steps = (*steps, StartTls())
    said = b"".join(an_answer(chance, step) for step in steps if isinstance(step, Hear))
    said += chance.choice((b"", b"", b"a secret", b"PASS a secret\r\n", b"a sec"))
    pieces = split(said, chance)
    ending = chance.choice(("end", "reset", "silence", "flood"))
    wire = Wire(chance, pieces[:], ending)
    recipe = Recipe(
        dialogue=steps, tls=TlsPlan(verify=False) if any(step.begins_tls for step in steps) else None, quit=chance.choice((b"", b"QUIT\r\n")), timeout=LIMIT,
        expect_timeout=chance.choice((0.1, 2.0)), max_bytes=chance.choice((0, 0, 5)),
        receive_delay=chance.choice((0.0, 0.0, 0.5)), close=chance.choice(("polite", "reset")),
    )  # fmt: skip
    return f"{steps!r} {pieces!r} {ending}", held(recipe, wire)


# TLS


@lru_cache(maxsize=16)
def server_context(version: str, asks: bool) -> ssl.SSLContext:
    """A server's context for that version, with or without a request for a client certificate."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = made.maximum_version = ssl.TLSVersion[version]
    authority = Authority("Fuzz CA")
    with _files(authority.leaf(("tls.test",))) as path:
        made.load_cert_chain(path)
    if asks:
        made.load_verify_locations(cadata=authority.pem.decode())
        made.verify_mode = ssl.CERT_OPTIONAL
    return made


class _files:  # noqa: N801 - reads as what it does
    """A file with the chain and the key, as long as it is needed."""

    def __init__(self, minted: Any) -> None:
        self.text = minted.chain_pem + minted.key_pem

    def __enter__(self) -> str:
        import tempfile

        self.file = tempfile.NamedTemporaryFile(suffix=".pem")
        self.file.write(self.text)
        self.file.flush()
        return self.file.name

    def __exit__(self, *_: object) -> None:
        self.file.close()


class TlsWire(Wire):
    """A real server, whose bytes ``change`` modifies on their way."""

    def __init__(
        self, chance: random.Random, settings: ssl.SSLContext, greeting: bytes, rate: float, ending: str
    ) -> None:
        super().__init__(chance, [], ending)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = settings.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.greeting = greeting
        self.rate = rate
        self.shaken = False
        self.log: list[bytes] = []

    def hear(self, data: bytes) -> None:
        """Take what the client sends: OpenSSL answers, unless it has failed."""
        self.incoming.write(data)
        try:
            if not self.shaken:
                self.tls.do_handshake()
                self.shaken = True
                self.tls.write(self.greeting)
            self.tls.read(65536)
        except (ssl.SSLError, ValueError):
            pass
        records = self.outgoing.read()
        if records:
            self._say(records)

    def _say(self, records: bytes) -> None:
        chance = self.chance
        if chance.random() < self.rate:
            way = chance.randrange(8)
            if way < 4:
                records = damaged(records, chance)
            elif way == 4:
                records = records[: chance.randrange(len(records))]
            elif way == 5:
                records += chance.choice(
                    (records, b"\x15\x03\x03\x00\x02\x02\x28", b"\x16\x03\x03\x00\x04" + bytes(4), b"no TLS")
                )
            elif way == 6:
                parts = split_records(records)
                chance.shuffle(parts)
                records = b"".join(parts)
            else:
                records = chance.choice((b"\x16\x03\x03", b"\x17\x03\x03", b"\x80", b"")) + chance.randbytes(
                    chance.randrange(1, 600)
                )
        self.log.append(records)
        self.pieces += split(records, chance)


def split_records(data: bytes) -> list[bytes]:
    """The records, whole."""
    found = []
    while data:
        length = 5 + int.from_bytes(data[3:5], "big")
        found.append(data[:length])
        data = data[length:]
    return found


PLANS = (
    TlsPlan(verify=False),
    TlsPlan(lax=True, verify=False),
    TlsPlan(),
    TlsPlan(verify=False, fingerprints=("00" * 32,)),
)


def fuzz_sessions(chance: random.Random) -> tuple[str, str | None]:
    """A handshake with a server whose bytes are damaged: it ends in time, with a known cause."""
    settings = server_context(chance.choice(("TLSv1_2", "TLSv1_3")), chance.random() < 0.3)
    greeting = chance.choice((b"220 hello\r\n", b"x" * 20000, b"\n"))
    wire = TlsWire(
        chance,
        settings,
        greeting,
        chance.choice((0.0, 0.7, 0.7, 1.0)),
        chance.choice(("end", "reset", "silence")),
    )
    steps: tuple[Any, ...] = (StartTls(), a_hear(chance), Say((b"more",)), a_hear(chance))
    recipe = Recipe(dialogue=steps[: chance.randint(1, 4)], tls=chance.choice(PLANS), timeout=LIMIT, expect_timeout=0.2,
                    quit=chance.choice((b"", b"QUIT\r\n")))  # fmt: skip
    wrong = held(recipe, wire)
    return f"{recipe.dialogue!r} {recipe.tls!r} {wire.log!r}", wrong


# All kinds

KINDS: dict[str, tuple[Callable[[random.Random], tuple[str, str | None]], int]] = {
    "lines": (fuzz_lines, 30),
    "answers": (fuzz_answers, 40),
    "conversations": (fuzz_conversations, 24),
    "sessions": (fuzz_sessions, 6),
}
"""The kinds of input, each with its percentage."""


class Work(NamedTuple):
    """A share of the work: inputs of one kind, from a random seed of its own."""

    kind: str
    chunk: int
    size: int


class Came(NamedTuple):
    """The result of a share: its errors, and the processor time of the slowest input in seconds."""

    wrong: list[str]
    slowest: float


def fuzz(seed: int, work: Work) -> Came:
    """Do a share of the work. A slow input is tried again, twice: other programs run on this machine, too."""
    chance = random.Random(f"{seed} {work.kind} {work.chunk}")  # noqa: S311 - the same inputs each time
    make = KINDS[work.kind][0]
    wrong: list[str] = []
    slowest = 0.0
    for number in range(work.size):
        state = chance.getstate()
        faulthandler.dump_traceback_later(HANGING, exit=True)
        for _again in range(3):
            chance.setstate(state)
            found, spent = _one(make, chance)
            if spent <= SLOWEST:
                break
        else:
            found = f"it takes {spent:.2f} s: {found}"
        slowest = max(slowest, spent)
        if found is not None:
            wrong.append(f"{work.kind} {work.chunk}/{number}: {found}")
    faulthandler.cancel_dump_traceback_later()
    return Came(wrong, slowest)


def _one(
    make: Callable[[random.Random], tuple[str, str | None]], chance: random.Random
) -> tuple[str | None, float]:
    begun = time.process_time()
    try:
        shown, found = make(chance)
    except Exception as problem:  # noqa: BLE001 - whatever comes is the finding
        shown, found = "", f"{type(problem).__name__}: {problem}"
    spent = time.process_time() - begun
    return f"{found} for {shown}" if found is not None else None, spent


def shares(kind: str, count: int) -> list[Work]:
    """The shares of the work for ``count`` inputs of one kind."""
    return [Work(kind, chunk, min(CHUNK, count - chunk * CHUNK)) for chunk in range(-(-count // CHUNK))]


def run(seed: int, inputs: int, jobs: int, kinds: list[str]) -> list[str]:
    """Run everything, print how many inputs of each kind there were, and return the errors."""
    wrong: list[str] = []
    weight = sum(KINDS[kind][1] for kind in kinds)
    for kind in kinds:
        todo = shares(kind, inputs * KINDS[kind][1] // weight)
        begun = time.monotonic()
        if jobs > 1:
            with ProcessPoolExecutor(jobs) as pool:
                came = list(pool.map(partial(fuzz, seed), todo))
        else:
            came = [fuzz(seed, each) for each in todo]
        spent = time.monotonic() - begun
        found = [line for each in came for line in each.wrong]
        slowest = max((each.slowest for each in came), default=0.0)
        sys.stdout.write(
            f"{sum(each.size for each in todo)} {kind}: {len(found)} wrong, {spent:.1f} s, slowest {slowest * 1000:.0f} ms\n"
        )
        sys.stdout.flush()
        wrong += found
    return wrong


def main(arguments: list[str] | None = None) -> int:
    """Return 0 without errors; print each error with its input."""
    reader = argparse.ArgumentParser(description="Dialogues, fuzzed.")
    reader.add_argument(
        "--inputs", type=int, default=20_000, metavar="N", help="how many, of all kinds (20000)"
    )
    reader.add_argument(
        "--seed", type=int, default=None, metavar="N", help="of chance; drawn when none is given"
    )
    reader.add_argument("--jobs", type=int, default=1, metavar="N", help="processes that share the work (1)")
    reader.add_argument("--kind", action="append", choices=list(KINDS), help="one kind only; repeatable")
    given = reader.parse_args(arguments)
    seed = random.SystemRandom().randrange(1_000_000) if given.seed is None else given.seed
    sys.stdout.write(f"seed {seed}\n")
    wrong = run(seed, given.inputs, given.jobs, given.kind or list(KINDS))
    for each in wrong[:20]:
        sys.stdout.write(f"{each[:3000]}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
