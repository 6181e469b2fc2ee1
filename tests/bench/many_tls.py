# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""many-tls: one `run()` over 2,000 TLS targets: memory, handshakes in flight, contexts, and the processor's time."""

from __future__ import annotations

import gc
import json
import socket
import ssl
import subprocess
import sys
import time
from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from tcp_health.engine.engine import run
from tcp_health.engine.pace import TLS_LIMIT
from tcp_health.model.recipe import Probe
from tcp_health.model.target import Target
from tcp_health.network.network import Network
from tcp_health.network.tls import TlsSession
from tcp_health.settings.build import build

from .figure import Figure
from .memory import peak
from .process import PATHS, environment
from .tls_server import EXPIRED, HEALTHY, MISNAMED, TRIP, Listening, Seen, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcp_health.model.outcome import Outcome
    from tcp_health.model.recipe import TlsPlan

MEMORY_GOAL = 128.0
CPU_GOAL = 1.5

TARGETS = 2_000
LIMIT = 1_000
ADDRESSES = 20
ROUNDS = 3

# The last two of ten targets have an invalid certificate.
KINDS = (HEALTHY,) * 8 + (EXPIRED, MISNAMED)

VERIFICATION = {
    HEALTHY: "verified",
    EXPIRED: "certificate_expired",
    MISNAMED: "certificate_name_mismatch",
}
"""The expected outcome of a target of each kind."""


class Found(NamedTuple):
    """The result of a process that only sweeps.

    memory    its peak, MiB
    wall      seconds of the sweep on the clock
    cpu       seconds of the processor
    contexts  number of OpenSSL contexts that it created
    sessions  number of TLS sessions that it created: one per handshake
    most      the largest number of handshakes at once
    left      TLS sessions that still existed at its end, with its outcomes kept
    wrong     unexpected outcomes, the first few as text
    """

    memory: float
    wall: float
    cpu: float
    contexts: int
    sessions: int
    most: int
    left: int
    wrong: Sequence[str]


def figures(
    targets: int = TARGETS, limit: int = LIMIT, tls_limit: int = TLS_LIMIT, rounds: int = ROUNDS
) -> Iterator[Figure]:
    """Memory with a thousand open sessions, handshakes at once, contexts, and the cost of a handshake."""
    prompt, seen = found(targets, limit, tls_limit)
    # The server delays its greetings until the maximum number of connections is open.
    held, crowd = found(targets, limit, tls_limit, min(limit, targets * KINDS.count(HEALTHY) // len(KINDS)))
    wrong = (*prompt.wrong, *held.wrong)
    if wrong:
        raise RuntimeError(f"unexpected outcomes: {'; '.join(wrong[:3])}")
    yield Figure(
        "many-tls memory",
        held.memory,
        f"MiB at its peak, {targets} targets, {crowd.sessions} sessions open at once, every outcome kept",
        most=MEMORY_GOAL,
        notes=(f"{prompt.memory:.2f} MiB where servers greet at once; {held.left} sessions left at the end",),
    )
    counted = f"counted at the server {seen.most}, at the network {prompt.most}"
    cost = f"{prompt.wall:.1f} s, {prompt.cpu / prompt.sessions * 1e3:.2f} ms of CPU a handshake"
    yield Figure(
        "many-tls in flight",
        max(prompt.most, held.most, seen.most),
        "handshakes at once",
        most=tls_limit,
        notes=(
            f"{counted}; {prompt.sessions} handshakes, those on second connections among them",
            f"{cost}; the server answers a ClientHello after {TRIP * 1e3:.0f} ms",
        ),
    )
    yield Figure(
        "many-tls contexts",
        prompt.contexts,
        "OpenSSL contexts: verified, and unverified for second connections",
        most=2,
    )
    yield _processor(max(targets // 4, 1), limit, tls_limit, rounds)


def found(targets: int, limit: int, tls_limit: int, hold: int = 0) -> tuple[Found, Seen]:
    """The result of a sweep in a process of its own, and what the server saw."""
    with serving(ADDRESSES, hold=hold) as server:
        words = [json.dumps(server.listening), *map(str, (targets, limit, tls_limit))]
        done = subprocess.run(
            [sys.executable, "-m", "bench.many_tls", *words],
            env={**environment(), **PATHS}, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        return Found(*json.loads(done.stdout)), server.seen()


def _processor(targets: int, limit: int, tls_limit: int, rounds: int) -> Figure:
    loops: list[float] = []
    engines: list[float] = []
    with serving(ADDRESSES, trip=0.0) as server:
        for turn in range(-1, rounds):
            loop = _timed(blocking(server.listening, targets))
            engine = _timed(sweep(server.listening, targets, limit, tls_limit, Network(), (HEALTHY,)))
            if turn >= 0:
                loops.append(loop / targets)
                engines.append(engine / targets)
    ours, theirs = median(engines) * 1e3, median(loops) * 1e3
    return Figure(
        "many-tls CPU",
        median(engine / loop for engine, loop in zip(engines, loops)),
        "times a loop of blocking handshakes with the same context",
        most=CPU_GOAL,
        notes=(
            f"{ours:.2f} ms a check, a blocking one {theirs:.2f} ms; medians of {rounds} times {targets}",
        ),
    )


def _timed(job: Iterator[Any]) -> float:
    gc.collect()  # frees the memory of the previous one
    began = time.process_time()
    for _ in job:
        pass
    return time.process_time() - began


def blocking(listening: Listening, targets: int) -> Iterator[bytes]:
    """One verified handshake after another, and one read each; no other work."""
    context = ssl.create_default_context(cafile=listening.ca)
    for number in range(targets):
        sock = socket.create_connection((listening.addresses[number % ADDRESSES], listening.port))
        with context.wrap_socket(sock, server_hostname=f"n{number}.{HEALTHY}") as tls:
            yield tls.recv(4096)


def sweep(
    listening: Listening,
    targets: int,
    limit: int,
    tls_limit: int,
    network: Network,
    kinds: Sequence[str] = KINDS,
) -> Iterator[Outcome]:
    """`run()` over as many targets, each with a name of its own, all with one plan."""
    port, hosts = listening.port, listening.addresses
    settings = {"host": HEALTHY, "port": port, "tls": True, "ca_file": listening.ca, "expect": [b"220"]}
    recipe = build({**settings, "timeout": (60.0, None)}).probe.recipe

    def probes() -> Iterator[Probe]:
        for number in range(targets):
            host = f"n{number}.{kinds[number % len(kinds)]}"
            yield Probe(Target(host, port, None, hosts[number % len(hosts)]), recipe, number)

    yield from run(probes(), network=network, limit=limit, tls_limit=tls_limit)


class _Door(Network):
    """The network, which counts the handshakes that go through it."""

    def __init__(self) -> None:
        super().__init__()
        self.sessions = self.most = 0
        self.shaking: set[_Watched] = set()

    def secure(self, plan: TlsPlan, name: str | None) -> Any:
        session = super().secure(plan, name)
        if not isinstance(session, TlsSession):
            return session
        watched = _Watched(session, self)
        self.sessions += 1
        self.shaking.add(watched)
        self.most = max(self.most, len(self.shaking))
        return watched


class _Watched:
    """A session that reports the end of its handshake."""

    __slots__ = ("_door", "_session")

    def __init__(self, session: TlsSession, door: _Door) -> None:
        self._session = session
        self._door = door

    def handshake(self) -> Any:
        done = self._session.handshake()
        if done is not None:
            self._door.shaking.discard(self)
        return done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def _found(listening: Listening, targets: int, limit: int, tls_limit: int) -> Found:
    door = _Door()
    cpu, wall = time.process_time(), time.perf_counter()
    outcomes = list(sweep(listening, targets, limit, tls_limit, door))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    contexts = len(door._tls or ())  # noqa: SLF001 - no public name has it
    door.shut()
    left = sum(isinstance(each, TlsSession) for each in gc.get_objects())
    wrong = [words for words in map(_wrong, outcomes) if words]
    counts = Counter(outcome.probe.key for outcome in outcomes)
    if len(counts) != targets or len(outcomes) != targets:
        wrong.append(f"{targets} targets had {len(outcomes)} outcomes of {len(counts)}")
    if door.shaking:
        wrong.append(f"{len(door.shaking)} handshakes never ended")
    return Found(peak() / 1024, wall, cpu, contexts, door.sessions, door.most, left, wrong[:5])


def _wrong(outcome: Outcome) -> str:
    """The difference from the expected outcome, or an empty text."""
    attempt = outcome.attempts[-1]
    host = str(outcome.probe.target.host)
    wanted = VERIFICATION[host.partition(".")[2]]
    secured = attempt.secured
    cause = attempt.failure.cause if attempt.failure is not None else "verified"
    if cause != wanted or secured is None or secured.verification != wanted:
        return f"{host}: {cause}, {secured and secured.verification}, not {wanted}"
    if secured.second != (wanted != "verified"):
        return f"{host}: {'a' if secured.second else 'no'} second connection"
    if wanted == "verified" and (attempt.tls is None or attempt.received[:3] != b"220"):
        return f"{host}: {attempt}"
    return ""


if __name__ == "__main__":
    print(json.dumps(_found(Listening(*json.loads(sys.argv[1])), *map(int, sys.argv[2:5]))))
