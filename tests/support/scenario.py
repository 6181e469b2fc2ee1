# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A row of the table of scenarios, and the names that its rows share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from support.scripted import Name, Server

LOOPBACK = "loopback"
"""Real servers on loopback can play the scenario."""

NAMESPACE = "namespace"
"""The scenario needs a namespace of its own, with a scripted name service and a network that drops packets and answers
with ICMP messages."""


class Scenario:
    """A row.

    words      the command line; {port} is the servers' port, {folder} a folder for Unix sockets
    servers    what answers at each address (one behaviour, or one for each connect in turn, the last for the rest)
    names      what the name service knows
    state, cause, phase, attempts   the expected outcome; cause "" means no cause
    time       the measure `time`; elapsed: from the start to the end of everything. Seconds
    began      when each attempt began
    causes     the cause of each attempt; legs: of each address of the last one
    measures   some measures' values
    says       words of the output
    heard      what a server received; connects: the number of its connections
    reality    LOOPBACK, NAMESPACE, or a sentence: why real sockets cannot play it
    """

    def __init__(
        self,
        name: str,
        words: str,
        servers: Mapping[str, Server | Sequence[Server]],
        *,
        state: str = "OK",
        cause: str = "",
        phase: str | None = None,
        attempts: int = 1,
        time: float | None = None,
        elapsed: float | None = None,
        began: Sequence[float] | None = None,
        causes: tuple[str | None, ...] | None = None,
        legs: tuple[str | None, ...] | None = None,
        sent: int | None = None,
        rounds: int | None = None,
        measures: Mapping[str, float] | None = None,
        says: tuple[str, ...] = (),
        heard: Mapping[str, bytes] | None = None,
        connects: Mapping[str, int] | None = None,
        names: Mapping[str, Name] | None = None,
        reality: str = LOOPBACK,
    ) -> None:
        self.name = name
        self.words = words
        self.servers = servers
        self.names: Mapping[str, Name] = names or {}
        self.state = state
        self.cause = cause
        self.phase = phase
        self.attempts = attempts
        self.time = time
        self.elapsed = elapsed
        self.began = began
        self.causes = causes
        self.legs = legs
        self.sent = sent
        self.rounds = rounds
        self.measures: Mapping[str, float] = measures or {}
        self.says = says
        self.heard: Mapping[str, bytes] = heard or {}
        self.connects: Mapping[str, int] = connects or {}
        self.reality = reality

    def __repr__(self) -> str:
        return self.name


A, B, C = "127.0.0.2", "127.0.0.3", "127.0.0.4"
TO_A = "-H 127.0.0.2 -p {port} "
DB = "-H db.example -p {port} "
FAR, FAR_TOO = "10.99.0.7", "10.99.0.8"
TO_FAR = f"-H {FAR} -p {{port}} "
OK, WARNING, CRITICAL, UNKNOWN = "OK", "WARNING", "CRITICAL", "UNKNOWN"
CONNECT, RESOLVE, TLS, SEND, RECEIVE = "connect", "resolve", "tls", "send", "receive"
GREETING = b"220 hello\r\n"
NO_COUNT = "a refusal is the kernel's: it cannot be made to count connects"
VIRTUAL = "the times are too long for a test, and a shorter row shows the same"
