# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table: what servers do × what is asked → phase, cause, attempts, state; played on the fake network and on real sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scripted import (
    END,
    FLOOD,
    RESET,
    Name,
    accepts,
    drip,
    fails,
    hear,
    icmp,
    is_full,
    is_gone,
    is_silent,
    refuses,
)
from tcp_health.model import Cause, Failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scripted import Server

LOOPBACK = "loopback"
"""Real servers on this machine's loopback can play it."""

NAMESPACE = "namespace"
"""It needs a namespace of its own: a name service that does as it is told, a network that drops packets and answers
with ICMP messages."""


class Scenario:
    """A row.

    words      the command line; {port} is the servers' port, {folder} a folder for unix sockets
    servers    what answers at each address (one behaviour, or one for each connect in turn, the last for the rest)
    names      what the name service knows
    state, cause, phase, attempts   what it comes to; cause "" is none
    time       the measure `time`; elapsed: from the start to the end of everything. Seconds
    began      when each attempt began
    causes     the cause of each attempt; legs: of each address of the last one
    measures   some measures' values
    says       words of the output
    heard      what a server heard; connects: how often it was connected to
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


def _row(
    name: str, words: str, servers: Any, state: str = "OK", cause: str = "", phase: str = "", **rest: Any
) -> Scenario:
    return Scenario(name, words, servers, state=state, cause=cause, phase=phase or None, **rest)


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

HOSTS = [
    _row("an address", TO_A, {A: accepts()}, time=0.001, connects={A: 1}),
    _row("host and port in one word", "-H 127.0.0.2:{port}", {A: accepts()}),
    _row("the host as a bare word", "127.0.0.2 -p {port}", {A: accepts()}, says=("on port ",)),
    _row("an IPv6 address", "-H ::1 -p {port}", {"::1": accepts()}),
    _row("an IPv6 address in brackets", "-H [::1] -p {port}", {"::1": accepts()}),
    _row("an IPv6 address in brackets, and the port", "-H [::1]:{port}", {"::1": accepts()}),
    _row("a unix socket", "-H {folder}/s", {"{folder}/s": accepts()}, says=("socket /",)),
    _row("a name of the hosts file", "-H localhost -4 -p {port}", {"127.0.0.1": accepts()},
         names={"localhost": Name("127.0.0.1")}),
    _row("a name", DB, {A: accepts()}, names={"db.example": Name(A, after=0.02)}, time=0.021, reality=NAMESPACE,
         says=("db.example port",), measures={"resolve": 0.02, "connect": 0.001}),
    _row("--address is connected to, and the name is kept", DB + "--address 127.0.0.2 -e 220",
         {A: accepts(GREETING)}, says=("on db.example port ",), connects={A: 1}),
    _row("--address stands for a name that is unknown", DB + "--address 127.0.0.2", {A: refuses()}, CRITICAL,
         Cause.REFUSED, CONNECT, says=("connect to address db.example and port ",)),
    _row("-6 takes the name's IPv6 address", DB + "-6", {A: refuses(), "::1": accepts()},
         names={"db.example": Name("::1", A)}, connects={"::1": 1}, reality=NAMESPACE),
    _row("-4 takes the name's IPv4 address", DB + "-4", {A: accepts(), "::1": refuses()},
         names={"db.example": Name("::1", A)}, connects={A: 1}, reality=NAMESPACE),
    _row("-4 with an IPv6 literal", "-4 -H ::1 -p {port}", {"::1": accepts()}, CRITICAL, Cause.NO_ADDRESS, RESOLVE,
         time=0.0, says=("Invalid hostname, address or socket: ::1", "no IPv4 address")),
    _row("-6 with an IPv4 literal", "-6 " + TO_A, {A: accepts()}, CRITICAL, Cause.NO_ADDRESS, RESOLVE),
    _row("--source of our own", TO_A + "--source 127.0.0.9", {A: accepts()}),
    _row("--source of an interface", TO_A + "--source lo", {A: accepts()}),
    _row("--source of somebody else", TO_A + "--source 203.0.113.9",
         {A: fails(Cause.SOURCE_UNUSABLE, "cannot send from 203.0.113.9: Cannot assign requested address")}, UNKNOWN,
         Cause.SOURCE_UNUSABLE, CONNECT, says=("cannot send from 203.0.113.9", "local: the source is not ours"),
         reality=NAMESPACE),
    _row("--source of another family than the target", TO_A + "--source ::1",
         {A: fails(Cause.SOURCE_UNUSABLE, "::1 is an IPv6 address, the target has IPv4")}, UNKNOWN,
         Cause.SOURCE_UNUSABLE, CONNECT, reality=NAMESPACE),
    _row("--source of an interface that is not there", TO_A + "--source nowhere0",
         {A: fails(Cause.SOURCE_UNUSABLE, "cannot send from nowhere0: No such device")}, UNKNOWN,
         Cause.SOURCE_UNUSABLE, CONNECT, reality=NAMESPACE),
    _row("--source decides the family of a name's addresses", DB + "--source 127.0.0.9 --addresses all",
         {A: accepts(), "::1": refuses()}, names={"db.example": Name("::1", A)}, connects={A: 1}, reality=NAMESPACE),
]  # fmt: skip

NAMES = [
    _row("an unknown name", DB + "-r ok", {}, CRITICAL, Cause.NAME_UNKNOWN, RESOLVE, time=0.001, reality=NAMESPACE,
         says=("Invalid hostname, address or socket: db.example",)),
    _row("a name without an address of the family", DB + "-6", {}, CRITICAL, Cause.NO_ADDRESS, RESOLVE,
         names={"db.example": Name(A)}, reality=NAMESPACE),
    _row("a name service that fails", DB, {}, CRITICAL, Cause.RESOLVER_FAILED, RESOLVE, reality=NAMESPACE,
         names={"db.example": Name(failure=Failure(Cause.RESOLVER_FAILED, "Temporary failure in name resolution"))}),
    _row("a silent name service", DB + "-t 0.3", {}, CRITICAL, Cause.RESOLVER_SILENT, RESOLVE, time=0.3, elapsed=0.3,
         names={"db.example": Name(silent=True)}, reality=NAMESPACE,
         says=("Socket timeout after 0.3 seconds", "the name lookup had no answer")),
    _row("-t N:STATE holds for a silent name service", DB + "-t 0.1:unknown", {}, UNKNOWN, Cause.RESOLVER_SILENT,
         RESOLVE, names={"db.example": Name(silent=True)}, reality=NAMESPACE),
    _row("-t covers lookup and connect together", DB + "-t 0.3", {A: is_silent()}, CRITICAL, Cause.TIMED_OUT, CONNECT,
         names={"db.example": Name(A, after=0.2)}, time=0.3, elapsed=0.3, reality=NAMESPACE),
]  # fmt: skip

BOTH = {"db.example": Name(A, B)}
THREE = {"db.example": Name(A, B, C)}
ADDRESSES = [
    _row("any: the first address answers", DB, {A: accepts(), B: accepts()}, names=BOTH, connects={A: 1, B: 0},
         legs=(), time=0.002, reality=NAMESPACE),
    _row("any: the next starts after 250 ms without an answer", DB, {A: is_silent(), B: accepts()}, names=BOTH,
         time=0.252, connects={B: 1}, measures={"connect": 0.001}, legs=(), reality=NAMESPACE),
    _row("any: the next starts at once after a failure", DB, {A: refuses(), B: accepts()}, names=BOTH, time=0.003,
         legs=("refused",), connects={B: 1}, reality=NAMESPACE),
    _row("any: a slow first address wins while it can", DB, {FAR: accepts(after=0.3), FAR_TOO: accepts(after=0.2)},
         names={"db.example": Name(FAR, FAR_TOO)}, time=0.301, measures={"connect": 0.3}, reality=NAMESPACE),
    _row("any: a slow first address loses to a faster one", DB, {FAR: accepts(after=0.6), FAR_TOO: accepts(after=0.1)},
         names={"db.example": Name(FAR, FAR_TOO)}, time=0.351, measures={"connect": 0.1}, reality=NAMESPACE),
    _row("any: a failure in the pause starts the third", DB, {A: is_silent(), B: refuses(), C: accepts()}, names=THREE,
         time=0.253, connects={C: 1}, legs=("refused",), reality=NAMESPACE),
    _row("any: all refuse", DB, {A: refuses(), B: refuses()}, CRITICAL, Cause.REFUSED, CONNECT, names=BOTH, time=0.003,
         legs=("refused", "refused"), reality=NAMESPACE),
    _row("any: all refuse, and that is fine", DB + "-r ok", {A: refuses(), B: refuses()}, OK, Cause.REFUSED, CONNECT,
         names=BOTH, reality=NAMESPACE),
    _row("any: one refuses, which is fine, the other is silent", DB + "-r ok -t 0.5", {A: is_silent(), B: refuses()},
         CRITICAL, Cause.TIMED_OUT, CONNECT, names=BOTH, legs=("timed_out", "refused"), reality=NAMESPACE),
    _row("any: no route to one says nothing of the other", DB + "-t 0.4",
         {A: is_silent(), "2001:db8::1": fails(Cause.NO_ROUTE, "Network is unreachable")}, CRITICAL, Cause.TIMED_OUT,
         CONNECT, names={"db.example": Name(A, "2001:db8::1")}, causes=("timed_out",), legs=("timed_out", "no_route"),
         reality=NAMESPACE),
    _row("any: no route to the first, and the second answers", DB,
         {"2001:db8::1": fails(Cause.NO_ROUTE, "Network is unreachable"), A: accepts()},
         names={"db.example": Name("2001:db8::1", A)}, legs=("no_route",),
         reality="the system puts addresses without a route last"),
    _row("any: no route to any", DB,
         {"2001:db8::1": fails(Cause.NO_ROUTE, "Network is unreachable"),
          "2001:db8::2": fails(Cause.NO_ROUTE, "Network is unreachable")}, UNKNOWN, Cause.NO_ROUTE, CONNECT,
         names={"db.example": Name("2001:db8::1", "2001:db8::2")}, legs=("no_route", "no_route"), reality=NAMESPACE),
    _row("first: no other is tried", DB + "--addresses first", {A: refuses(), B: accepts()}, CRITICAL, Cause.REFUSED,
         CONNECT, names=BOTH, connects={B: 0}, reality=NAMESPACE),
    _row("first: the first answers", DB + "--addresses first", {A: accepts(), B: refuses()}, names=BOTH,
         reality=NAMESPACE),
    _row("all: every address is checked, and the slowest counts", DB + "--addresses all -e 220",
         {A: accepts(0.2, GREETING), B: accepts(GREETING)}, names=BOTH, time=0.202, legs=(None, None),
         connects={A: 1, B: 1}, reality=NAMESPACE),
    _row("all: the slowest may be the last", DB + "--addresses all -e 220",
         {A: accepts(GREETING), B: accepts(0.2, GREETING)}, names=BOTH, time=0.202, reality=NAMESPACE),
    _row("all: one dead is a warning", DB + "--addresses all", {A: accepts(), B: refuses()}, WARNING, Cause.REFUSED,
         CONNECT, names=BOTH, legs=(None, "refused"), time=0.002, says=("1 of 2 addresses failed: 127.0.0.3",),
         reality=NAMESPACE),
    _row("all: one silent is a warning", DB + "--addresses all -t 0.4", {A: is_silent(), B: accepts()}, WARNING,
         Cause.TIMED_OUT, CONNECT, names=BOTH, legs=("timed_out", None), time=0.002, elapsed=0.4, reality=NAMESPACE),
    _row("all: one dead, and that is fine", DB + "--addresses all -r ok", {A: accepts(), B: refuses()}, OK,
         Cause.REFUSED, CONNECT, names=BOTH, reality=NAMESPACE),
    _row("all: all dead", DB + "--addresses all", {A: refuses(), B: refuses()}, CRITICAL, Cause.REFUSED, CONNECT,
         names=BOTH, legs=("refused", "refused"), reality=NAMESPACE),
    _row("all: one refuses, which is fine, the other is silent", DB + "--addresses all -r ok -t 0.4",
         {A: refuses(), B: is_silent()}, CRITICAL, Cause.TIMED_OUT, CONNECT, names=BOTH,
         legs=("refused", "timed_out"), reality=NAMESPACE),
    _row("all: one that mismatches is a warning", DB + "--addresses all -e 220 -M crit",
         {A: accepts(GREETING, END), B: accepts(b"421 busy\r\n", END)}, WARNING, Cause.MISMATCH, RECEIVE, names=BOTH,
         legs=(None, "mismatch"), reality=NAMESPACE),
    _row("all: the end of the time comes while one answers", DB + "--addresses all -e 220 -t 0.4",
         {A: accepts(), B: accepts(GREETING)}, WARNING, Cause.TIMED_OUT, RECEIVE, names=BOTH,
         legs=("timed_out", None), elapsed=0.4, reality=NAMESPACE),
    _row("all: a dead address is tried again", DB + "--addresses all --retries 1 --retry-delay 0.05 -e 220",
         {A: accepts(GREETING), B: [accepts(RESET), accepts(GREETING)]}, names=BOTH, attempts=2,
         connects={A: 2, B: 2}, says=("attempt 2 of 2",), reality=NAMESPACE),
]  # fmt: skip

PHASES = [
    _row("the phases have times of their own", DB + "-e 220", {FAR: accepts(0.05, GREETING, after=0.03)},
         names={"db.example": Name(FAR, after=0.02)}, time=0.1, reality=NAMESPACE,
         measures={"resolve": 0.02, "connect": 0.03, "first_byte": 0.05, "rtt": 0.03}),
    _row("TLS has a time of its own, outside the connect's", TO_FAR + "-S", {FAR: accepts(after=0.03, certificate=90)},
         measures={"connect": 0.03, "tls": 0.0}, reality=NAMESPACE),
    _row("the first byte counts from the request", TO_A + "-s PING -e PONG", {A: accepts(hear(b"PING"), 0.1, b"PONG")},
         time=0.101, measures={"first_byte": 0.1}),
    _row("an answer in pieces takes until its last", TO_A + "-e hello", {A: accepts(0.05, b"220 he", 0.1, b"llo\r\n")},
         time=0.151, measures={"first_byte": 0.05}),
]  # fmt: skip

LIMITS = [
    _row("a silent host", TO_A + "-t 0.3", {A: is_silent()}, CRITICAL, Cause.TIMED_OUT, CONNECT, time=0.3, elapsed=0.3,
         says=("Socket timeout after 0.3 seconds", "no answer to the SYN")),
    _row("-t N:STATE", TO_A + "-t 0.1:warning", {A: is_silent()}, WARNING, Cause.TIMED_OUT, CONNECT, time=0.1),
    _row("-t N:ok ends the attempts", TO_A + "-t 1:ok --attempt-timeout 0.1 --retries 3", {A: is_silent()}, OK,
         Cause.TIMED_OUT, CONNECT, attempts=1, time=0.1),
    _row("a service that accepts and is silent", TO_A + "-t 0.3 -e 220", {A: accepts()}, CRITICAL, Cause.TIMED_OUT,
         RECEIVE, time=0.3, says=("Socket timeout after 0.3 seconds", "no answer came")),
    _row("a server that is silent in the TLS handshake", TO_A + "-t 0.3 -S", {A: accepts()}, CRITICAL,
         Cause.TIMED_OUT, TLS, time=0.3, says=("Socket timeout after 0.3 seconds", "TLS handshake had no end")),
    _row("a server that does not read", TO_A + "-t 0.3 -s " + "MEGABYTE" * 8, {A: accepts(deaf=True)}, CRITICAL,
         Cause.TIMED_OUT, SEND, time=0.3, says=("Socket timeout after 0.3 seconds", "does not read")),
    _row("a server that does not read, and from which we expect something", TO_A + "-t 0.3 -e x -s " + "MEGABYTE" * 8,
         {A: accepts(deaf=True)}, CRITICAL, Cause.TIMED_OUT, SEND, time=0.3),
    _row("an answer that never ends", TO_A + "-t 0.2 --read eof", {A: accepts(FLOOD)}, CRITICAL, Cause.TIMED_OUT,
         RECEIVE, time=0.2, says=("the answer stopped in the middle",)),
    _row("an answer that never ends and never matches", TO_A + "-t 3 -e needle", {A: accepts(FLOOD)}, WARNING,
         Cause.MISMATCH, RECEIVE),
    _row("a dripping answer", TO_A + "-t 0.3 -e needle", {A: accepts(*drip(0.08, 20))}, CRITICAL, Cause.TIMED_OUT,
         RECEIVE, time=0.3, elapsed=0.3),
    _row("a limit for each attempt", TO_A + "-t 5 --attempt-timeout 0.1 --retries 2 --retry-delay 0.05 --trace never",
         {A: is_silent()}, CRITICAL, Cause.TIMED_OUT, CONNECT, attempts=3, began=(0, 0.15, 0.3), time=0.1,
         elapsed=0.4, says=("Socket timeout after 0.1 seconds", "3 attempts")),
    _row("what is left is shared by the attempts left", TO_A + "-t 0.6 --retries 2 --retry-delay 0", {A: is_silent()},
         CRITICAL, Cause.TIMED_OUT, CONNECT, attempts=3, began=(0, 0.2, 0.4), time=0.2, elapsed=0.6),
    _row("what is left is shared anew after each pause", TO_A + "-t 10 --retries 2", {A: is_silent()}, CRITICAL,
         Cause.TIMED_OUT, CONNECT, attempts=3, began=(0, 10 / 3 + 1, (10 / 3 + 1) + (10 - 10 / 3 - 1) / 2 + 1),
         elapsed=10.0, reality=VIRTUAL),
    _row("the pause on purpose counts against the limit", TO_A + "-e x -d 2 -t 0.3", {A: accepts(b"x")}, CRITICAL,
         Cause.TIMED_OUT, RECEIVE, time=0.3, says=("after 0.3 seconds",)),
    _row("the limit's words hold the pause", TO_A + "-e x -d 0.2 -t 0.3", {A: accepts()}, CRITICAL, Cause.TIMED_OUT,
         RECEIVE, time=0.3, says=("after 0.3 seconds",)),
]  # fmt: skip

RETRIES = [
    _row("success on a later attempt says so", TO_A + "-e 220 --retries 2 --retry-delay 0.05",
         {A: [accepts(RESET), accepts(0.02, GREETING)]}, attempts=2, causes=("reset", None), began=(0, 0.051),
         time=0.021, says=("attempt 2 of 3",)),
    _row("a refusal is tried again", TO_A + "--retries 2 --retry-delay 0.1", {A: [refuses(), refuses(), accepts()]},
         attempts=3, began=(0, 0.101, 0.202), time=0.001, says=("attempt 3 of 3",), reality=NO_COUNT),
    _row("every attempt fails", TO_A + "--retries 2 --retry-delay 0.05", {A: refuses()}, CRITICAL, Cause.REFUSED,
         CONNECT, attempts=3, began=(0, 0.051, 0.102), says=("3 attempts",)),
    _row("the pause between attempts is 1 s", TO_A + "--retries 1", {A: refuses()}, CRITICAL, Cause.REFUSED, CONNECT,
         attempts=2, began=(0, 1.001), reality=VIRTUAL),
    _row("--retry-backoff makes the pauses grow", TO_A + "--retries 3 --retry-delay 0.02 --retry-backoff 2",
         {A: refuses()}, CRITICAL, Cause.REFUSED, CONNECT, attempts=4, began=(0, 0.021, 0.062, 0.143)),
    _row("--retry-jitter adds to the pause", TO_A + "--retries 1 --retry-delay 0.05 --retry-jitter 0.1",
         {A: refuses()}, CRITICAL, Cause.REFUSED, CONNECT, attempts=2, began=(0, 0.101),
         reality="a real draw cannot be foretold"),
    _row("what was declared fine is not tried again", TO_A + "-r ok --retries 3", {A: refuses()}, OK, Cause.REFUSED,
         CONNECT, attempts=1, says=("Connection refused",)),
    _row("-r warn", TO_A + "-r warn", {A: refuses()}, WARNING, Cause.REFUSED, CONNECT),
    _row("no attempt begins when the time is over", TO_A + "-t 0.3 --retries 5 --retry-delay 1", {A: refuses()},
         CRITICAL, Cause.REFUSED, CONNECT, attempts=1),
]  # fmt: skip

ICMP = [
    _row("an ICMP message is confirmed by one more attempt", TO_FAR, {FAR: icmp(3, 1)}, CRITICAL, Cause.UNREACHABLE,
         CONNECT, attempts=2, began=(0, 0.21), reality=NAMESPACE,
         says=("No route to host", "ICMP host unreachable, signed 10.99.0.254", "2 attempts")),
    _row("an ICMP message of a router that converges", TO_FAR, {FAR: [icmp(3, 1), accepts()]}, attempts=2,
         causes=("unreachable", None), says=("attempt 2 of 2",), reality=NAMESPACE),
    _row("with retries, no attempt more than those", TO_FAR + "--retries 1 --retry-delay 0.05", {FAR: icmp(3, 0)},
         CRITICAL, Cause.UNREACHABLE, CONNECT, attempts=2, began=(0, 0.06), reality=NAMESPACE),
    _row("a filter that says so", TO_FAR, {FAR: icmp(3, 13)}, CRITICAL, Cause.PROHIBITED, CONNECT, attempts=2,
         says=("No route to host", "ICMP administratively prohibited", "firewall: rejected by"), reality=NAMESPACE),
    _row("a filter that says so, by code 9", TO_FAR, {FAR: icmp(3, 9)}, CRITICAL, Cause.PROHIBITED, CONNECT, attempts=2,
         reality=NAMESPACE),
    _row("a filter that refuses in the host's name", TO_FAR, {FAR: icmp(3, 3)}, CRITICAL, Cause.REFUSED, CONNECT,
         attempts=2, says=("Connection refused", "ICMP port unreachable"), reality=NAMESPACE),
    _row("-r covers a refusal whoever sent it", TO_FAR + "-r ok", {FAR: icmp(3, 3)}, OK, Cause.REFUSED, CONNECT,
         attempts=1, reality=NAMESPACE),
    _row("IPv6: no route beyond a router", "-H fd99::7 -p {port}", {"fd99::7": icmp(1, 0, version=6, offender="fd99::fe")},
         CRITICAL, Cause.UNREACHABLE, CONNECT, attempts=2,
         says=("Network is unreachable", "ICMP net unreachable (no route), signed fd99::fe"), reality=NAMESPACE),
    _row("IPv6: prohibited", "-H fd99::7 -p {port}", {"fd99::7": icmp(1, 1, version=6, offender="fd99::fe")}, CRITICAL,
         Cause.PROHIBITED, CONNECT, attempts=2, says=("Permission denied",), reality=NAMESPACE),
    _row("IPv6: refused in the host's name", "-H fd99::7 -p {port}",
         {"fd99::7": icmp(1, 4, version=6, offender="fd99::fe")}, CRITICAL, Cause.REFUSED, CONNECT, attempts=2,
         reality=NAMESPACE),
    _row("a refusal by the host is not confirmed", TO_A, {A: refuses()}, CRITICAL, Cause.REFUSED, CONNECT, time=0.001,
         says=("connect to address 127.0.0.2 and port ", "Connection refused")),
    _row("a repeated SYN is told", TO_FAR, {FAR: accepts(after=1.01, retransmits=1)}, time=1.01,
         measures={"retransmits": 1}, says=("1 SYN repeated",), reality=NAMESPACE),
]  # fmt: skip

COUNTS = [
    _row("--count probes, --interval apart", TO_A + "--count 3 --interval 0.1", {A: accepts()}, attempts=3, sent=3,
         began=(0, 0.1, 0.2), time=0.001, measures={"failed": 0, "loss": 0}, says=("3 of 3 probes answered",)),
    _row("a probe that takes longer than the interval", TO_A + "--count 3 --interval 0.05 -e 220",
         {A: accepts(0.12, GREETING)}, attempts=3, began=(0, 0.121, 0.242), time=0.121),
    _row("some failed probes are a warning", TO_A + "--count 3 --interval 0.05 -e 220",
         {A: [accepts(GREETING), accepts(RESET), accepts(GREETING)]}, WARNING, Cause.RESET, RECEIVE, attempts=3,
         measures={"failed": 100 / 3}, says=("1 of 3 probes failed (reset)",)),
    _row("all failed probes are critical", TO_A + "--count 2 --interval 0.05", {A: refuses()}, CRITICAL, Cause.REFUSED,
         CONNECT, attempts=2, measures={"failed": 100}, says=("2 of 2 probes failed",)),
    _row("some failed probes, and that is fine", TO_A + "--count 2 --interval 0.05 -e 220 -M ok",
         {A: [accepts(GREETING), accepts(b"421", END)]}, OK, Cause.MISMATCH, RECEIVE, attempts=2),
    _row("every probe has its retries", TO_A + "--count 2 --interval 0.1 --retries 1 --retry-delay 0.02",
         {A: refuses()}, CRITICAL, Cause.REFUSED, CONNECT, attempts=4, began=(0, 0.021, 0.1, 0.121), sent=2),
    _row("a probe that a retry saved has not failed", TO_A + "--count 2 --interval 0.1 --retries 1 --retry-delay 0 -e 220",
         {A: [accepts(RESET), accepts(GREETING)]}, attempts=3, measures={"failed": 0}, says=("1 retries",)),
    _row("a threshold on failed decides alone", TO_A + "--count 3 --interval 0.02 -e 220 --critical-failed 50%",
         {A: [accepts(GREETING), accepts(RESET), accepts(GREETING)]}, OK, Cause.RESET, RECEIVE, attempts=3),
    _row("a threshold on failed that alerts", TO_A + "--count 2 --interval 0.02 -e 220 --critical-failed 40%",
         {A: [accepts(GREETING), accepts(RESET)]}, CRITICAL, Cause.RESET, RECEIVE, attempts=2),
    _row("what time left unbegun is not sent, and a warning", TO_A + "--count 5 --interval 0.2 -t 0.5", {A: accepts()},
         WARNING, attempts=3, sent=3, measures={"failed": 0}, says=("2 of 5 not sent",)),
    _row("a silent target uses up its share", TO_A + "--count 2 --interval 0.1 -t 0.4", {A: is_silent()}, CRITICAL,
         Cause.TIMED_OUT, CONNECT, attempts=2, began=(0, 0.2), sent=2, elapsed=0.4),
    _row("without -t a count has count × interval + 10 s", TO_A + "--count 3 --interval 5", {A: is_silent()}, CRITICAL,
         Cause.TIMED_OUT, CONNECT, attempts=3, elapsed=25.0, reality=VIRTUAL),
    _row("repeated SYNs are a loss", TO_FAR + "--count 2 --interval 0.01", {FAR: [accepts(after=1.01, retransmits=1), accepts()]},
         attempts=2, measures={"failed": 0, "loss": 100 / 3}, says=("1 SYN repeated",), reality=NAMESPACE),
    _row("SYNs without an answer are a loss", TO_FAR + "--count 2 --interval 0.01 -t 0.5", {FAR: [is_silent(), accepts()]},
         WARNING, Cause.TIMED_OUT, CONNECT, attempts=2, measures={"failed": 50, "loss": 50}, reality=NAMESPACE),
    _row("a threshold on the loss", TO_FAR + "--count 2 --interval 0.01 --warning-loss 20%",
         {FAR: [accepts(after=1.01, retransmits=1), accepts()]}, WARNING, attempts=2, reality=NAMESPACE),
    _row("a lookup that fails sends no SYN", DB + "--count 2 --interval 0.01", {}, CRITICAL, Cause.NAME_UNKNOWN,
         RESOLVE, attempts=2, measures={"failed": 100}, reality=NAMESPACE),
]  # fmt: skip

WAITS = [
    _row("--wait goes on until it is good", TO_A + "-e 220 --wait 5 --wait-interval 0.05",
         {A: [accepts(RESET), accepts(RESET), accepts(GREETING)]}, rounds=3, says=("round 3",)),
    _row("--wait ends when its time is over", TO_A + "--wait 0.35 --wait-interval 0.1", {A: refuses()}, CRITICAL,
         Cause.REFUSED, CONNECT, rounds=4, elapsed=0.35, says=("not OK in 4 rounds",)),
    _row("--wait that is good at once", TO_A + "--wait 5", {A: accepts()}, rounds=1, time=0.001),
    _row("--wait bounds the whole", TO_A + "--wait 0.3", {A: is_silent()}, CRITICAL, Cause.TIMED_OUT, CONNECT,
         rounds=1, elapsed=0.3),
    _row("-t bounds each round", TO_A + "--wait 5 -t 0.2 --wait-interval 0.1", {A: [is_silent(), is_silent(), accepts()]},
         rounds=3, elapsed=0.601, reality="a server on loopback is silent for good"),
    _row("--consecutive wants so many in a row", TO_A + "-e 220 --wait 5 --wait-interval 0.02 --consecutive 2",
         {A: [accepts(GREETING), accepts(RESET), accepts(GREETING), accepts(GREETING)]}, rounds=4, says=("round 4",)),
    _row("--consecutive that is not reached", TO_A + "--wait 0.25 --wait-interval 0.1 --consecutive 9", {A: accepts()},
         CRITICAL, rounds=3, says=("3 rounds in a row OK, 9 wanted",)),
    _row("wait, count, retries, attempts: each inside the one before",
         TO_A + "-e 220 --wait 5 --wait-interval 0.05 --count 2 --interval 0.1 --retries 1 --retry-delay 0.01",
         {A: [accepts(RESET), accepts(RESET), accepts(RESET), accepts(GREETING), accepts(GREETING)]}, rounds=2,
         attempts=2, sent=2, connects={A: 6}, elapsed=0.1 + 0.011 + 0.001 + 0.05 + 0.101),
    _row("--wait's rounds are 1 s apart", TO_A + "--wait 5.5", {A: refuses()}, CRITICAL, Cause.REFUSED, CONNECT,
         rounds=6, reality=VIRTUAL),
]  # fmt: skip

READING = [
    _row("nothing is read unless it is wanted", TO_A, {A: accepts(GREETING)}, time=0.001),
    _row("--read data takes the first that comes", TO_A + "--read data", {A: accepts(0.05, GREETING)}, time=0.051),
    _row("--read data without data", TO_A + "--read data", {A: accepts(END)}, CRITICAL, Cause.CLOSED_EARLY, RECEIVE,
         says=("No data received from host", "closed before any data")),
    _row("--read eof takes all", TO_A + "--read eof", {A: accepts(b"one", 0.05, b"two", 0.05, END)}, time=0.101),
    _row("--read eof goes on after the match, whatever the silence", TO_A + "--read eof -e one --expect-timeout 0.1",
         {A: accepts(b"one", 0.3, b"two", END)}, time=0.301),
    _row("--read eof without data", TO_A + "--read eof", {A: accepts(0.05, END)}, time=0.051),
    _row("--read eof and a reset", TO_A + "--read eof", {A: accepts(b"one", 0.05, RESET)}, CRITICAL,
         Cause.RESET, RECEIVE),
    _row("an answer that matches", TO_A + "-e 220", {A: accepts(GREETING)}, says=("[220 hello]",)),
    _row("an answer that matches in the middle", TO_A + "-e hello", {A: accepts(GREETING)}),
    _row("an answer that comes in pieces", TO_A + "-e '220 hello'", {A: accepts(b"2", 0.03, b"20 he", 0.03, b"llo")}),
    _row("silence after what does not match", TO_A + "-e 220 --expect-timeout 0.2", {A: accepts(0.05, b"421 busy\r\n")},
         WARNING, Cause.MISMATCH, RECEIVE, time=0.051, elapsed=0.251,
         says=("Unexpected response from host/socket: 421 busy",)),
    _row("each piece restarts the silence", TO_A + "-e 220 --expect-timeout 0.2",
         {A: accepts(b"x", 0.15, b"y", 0.15, b"220")}, time=0.301),
    _row("silence of 2 s after what does not match", TO_A + "-e 220", {A: accepts(b"421 busy\r\n")}, WARNING,
         Cause.MISMATCH, RECEIVE, time=0.001, elapsed=2.001, reality=VIRTUAL),
    _row("the end of the time in that silence", TO_A + "-e 220 -t 0.2", {A: accepts(b"421 busy\r\n")}, CRITICAL,
         Cause.TIMED_OUT, RECEIVE, time=0.2),
    _row("the end after what does not match", TO_A + "-e 220", {A: accepts(b"421 busy\r\n", END)}, WARNING,
         Cause.MISMATCH, RECEIVE, elapsed=0.001),
    _row("-M crit", TO_A + "-e 220 -M crit", {A: accepts(b"421 busy\r\n", END)}, CRITICAL, Cause.MISMATCH, RECEIVE),
    _row("a reset after what does not match", TO_A + "-e 220", {A: accepts(b"421 busy\r\n", 0.05, RESET)}, WARNING,
         Cause.MISMATCH, RECEIVE),
    _row("the end before a byte", TO_A + "-e 220", {A: accepts(END)}, CRITICAL, Cause.CLOSED_EARLY, RECEIVE,
         says=("No data received from host", "closed before any data")),
    _row("a reset before a byte", TO_A + "-e 220", {A: accepts(0.02, RESET)}, CRITICAL, Cause.RESET, RECEIVE,
         says=("No data received from host", "accepted, then reset")),
    _row("a reset right behind the handshake", TO_A + "-e 220", {A: accepts(RESET)}, CRITICAL, Cause.RESET, RECEIVE),
    _row("a reset right behind the handshake, and nothing is read", TO_A, {A: accepts(RESET)}),
    _row("any of several texts", TO_A + "-e 250 -e 220", {A: accepts(GREETING)}),
    _row("all of several texts", TO_A + "-A -e 220 -e hello", {A: accepts(b"220 he", 0.03, b"llo")}),
    _row("all of several texts, and one is missing", TO_A + "-A -e 220 -e needle", {A: accepts(GREETING, END)}, WARNING,
         Cause.MISMATCH, RECEIVE),
    _row("a service's own text", TO_A + "--service ftp", {A: accepts(GREETING)}, heard={A: b"QUIT\r\n"}),
    _row("a service's text stands at the beginning, or it is a mismatch at once", TO_A + "--service ftp",
         {A: accepts(b"x220\r\n")}, WARNING, Cause.MISMATCH, RECEIVE, elapsed=0.001),
    _row("a service's text that is begun may go on", TO_A + "--service ftp", {A: accepts(b"22", 0.05, b"0 hello\r\n")}),
    _row("--maxbytes matches what was read up to there", TO_A + "-m 5 -e hello", {A: accepts(b"220 hello")}, WARNING,
         Cause.MISMATCH, RECEIVE, elapsed=0.001),
    _row("--maxbytes that suffice", TO_A + "-m 9 -e hello", {A: accepts(b"220 hello and more")},
         says=("[220 hello]",)),
    _row("--maxbytes ends --read eof", TO_A + "-m 3 --read eof", {A: accepts(b"220 hello")}, time=0.001),
    _row("NUL bytes do not end the matching", TO_A + "-e needle", {A: accepts(b"\0\0\xff\xfe\0needle")}),
    _row("one byte", TO_A + "-e 2", {A: accepts(b"2")}, says=("[2]",)),
    _row("an empty text matches any answer", TO_A + "-e ''", {A: accepts(b"x")}),
    _row("an empty text does not match no answer", TO_A + "-e ''", {A: accepts(END)}, CRITICAL, Cause.CLOSED_EARLY,
         RECEIVE),
    _row("urgent data do not stop the reading", TO_A + "-t 3 -e needle", {A: accepts(b"before", 0.02, b"needle")}),
    _row("a request and its answer", TO_A + "-E -s 'PING\\r\\n' -e PONG -q BYE",
         {A: accepts(hear(b"PING\r\n"), b"PONG\r\n")}, heard={A: b"PING\r\nBYE"}),
    _row("a quit gets CR LF", TO_A + "-q BYE", {A: accepts()}, heard={A: b"BYE\r\n"}),
    _row("a quit after a mismatch", TO_A + "-e 220 -q BYE", {A: accepts(b"x", 0.05, END)}, WARNING, Cause.MISMATCH,
         RECEIVE, heard={A: b"BYE\r\n"}),
    _row("-d waits before reading, outside the time", TO_A + "-d 0.2 -e 220", {A: accepts(GREETING)}, time=0.001,
         elapsed=0.201),
    _row("an answer that takes longer than -d", TO_A + "-d 0.1 -e 220", {A: accepts(0.25, GREETING)}, time=0.151),
    _row("a slow answer and -w", TO_A + "-e 220 -w 0.1 -c 5", {A: accepts(0.15, GREETING)}, WARNING, time=0.151,
         says=("time 0.", "(warning 0.1)")),
    _row("a slow answer and -c", TO_A + "-e 220 -w 0.05 -c 100ms", {A: accepts(0.15, GREETING)}, CRITICAL,
         says=("(critical 100ms)",)),
    _row("a mismatch that is slow beyond -c", TO_A + "-e 220 -c 0.1", {A: accepts(0.15, b"x", END)}, CRITICAL,
         Cause.MISMATCH, RECEIVE),
    _row("a mismatch that is slow beyond -w", TO_A + "-e 220 -M ok -w 0.1", {A: accepts(0.15, b"x", END)}, OK,
         Cause.MISMATCH, RECEIVE),
    _row("the wait for a match does not count", TO_A + "-e 220 --expect-timeout 0.2 -c 0.15", {A: accepts(b"x")},
         WARNING, Cause.MISMATCH, RECEIVE),
    _row("less than a time may be the worse", TO_A + "-e 220 -c 0.05:", {A: accepts(GREETING)}, CRITICAL),
]  # fmt: skip

ENDINGS = [
    _row("the end is waited for at most 0.1 s, outside the time", TO_A, {A: accepts(lingers=True)}, time=0.001,
         elapsed=0.101),
    _row("the end is waited for inside -t", TO_A + "-t 0.05", {A: accepts(lingers=True)}, time=0.001, elapsed=0.05),
    _row("a server that goes on talking at the end", TO_A, {A: accepts(*drip(0.01, 50), lingers=True)}, time=0.001,
         elapsed=0.101),
    _row("an endless answer at the end", TO_A, {A: accepts(FLOOD)}, time=0.001),
    _row("--close reset", TO_A + "--close reset", {A: accepts(lingers=True)}, elapsed=0.001),
]  # fmt: skip

SECURE = [
    _row("TLS", TO_A + "-S", {A: accepts(certificate=90)}, measures={"certificate_days": 90}),
    _row("TLS and a greeting", TO_A + "-S -e 220", {A: accepts(0.05, GREETING, certificate=90)}, time=0.051),
    _row("TLS, a request and an answer", TO_A + "-S -s PING -e PONG -q BYE",
         {A: accepts(hear(b"PING"), b"PONG", certificate=90)}, heard={A: b"PINGBYE\r\n"}),
    _row("TLS and a long request", TO_A + "-S -e heard -s MEGABYTEEND",
         {A: accepts(hear(b"xEND"), b"heard", certificate=90)}),
    _row("TLS and a long answer", TO_A + "-S -e needle", {A: accepts(b"x" * 300_000 + b"needle", certificate=90)}),
    _row("TLS and the end of the answer", TO_A + "-S --read eof", {A: accepts(GREETING, 0.02, END, certificate=90)}),
    _row("a server without TLS", TO_A + "-S", {A: accepts(GREETING, 0.02, END)}, CRITICAL, Cause.NOT_TLS, TLS,
         says=("Cannot make SSL connection.", "tls: not TLS", "it said: 220 hello")),
    _row("an end in the TLS handshake", TO_A + "-S", {A: accepts(hear(b"\x16"), END)}, CRITICAL, Cause.CLOSED_EARLY, TLS,
         says=("Cannot make SSL connection.",)),
    _row("a reset in the TLS handshake", TO_A + "-S -r ok", {A: accepts(hear(b"\x16"), RESET)}, CRITICAL, Cause.RESET,
         TLS, says=("Cannot make SSL connection.",)),
    _row("a certificate that lasts", TO_A + "-D 30,10", {A: accepts(certificate=90.5)},
         says=("Certificate 'localhost' will expire on",)),
    _row("a certificate that ends soon", TO_A + "-D 30,10", {A: accepts(certificate=20.5)}, WARNING,
         says=("Certificate 'localhost' expires in 20 day(s)",)),
    _row("a certificate that ends very soon", TO_A + "-D 30,10", {A: accepts(certificate=5.5)}, CRITICAL),
    _row("a certificate that has ended", TO_A + "-D 30", {A: accepts(certificate=-2)}, CRITICAL,
         says=("expired on",)),
    _row("thresholds on the days", TO_A + "-S --warning-certificate-days 100", {A: accepts(certificate=90.5)}, WARNING),
]  # fmt: skip

LOCAL = [
    _row("no descriptors", TO_A, {A: fails(Cause.LOCAL_LIMIT, "Too many open files")}, UNKNOWN, Cause.LOCAL_LIMIT,
         CONNECT, says=("Too many open files", "the prober, not the target"), reality=NAMESPACE),
    _row("--on-local", "-H 192.0.2.1 -p {port} --on-local critical",
         {"192.0.2.1": fails(Cause.NO_ROUTE, "Network is unreachable")}, CRITICAL, Cause.NO_ROUTE, CONNECT,
         reality=NAMESPACE),
    _row("no route", "-H 192.0.2.1 -p {port}", {"192.0.2.1": fails(Cause.NO_ROUTE, "Network is unreachable")}, UNKNOWN,
         Cause.NO_ROUTE, CONNECT, says=("Network is unreachable", "local: no route from here"), reality=NAMESPACE),
    _row("-r ok does not cover a missing route", "-H 192.0.2.1 -p {port} -r ok",
         {"192.0.2.1": fails(Cause.NO_ROUTE, "Network is unreachable")}, UNKNOWN, Cause.NO_ROUTE, CONNECT,
         reality=NAMESPACE),
]  # fmt: skip

UNIX = [
    _row("no socket at the path", "-H {folder}/s -r ok", {"{folder}/s": is_gone()}, CRITICAL, Cause.SOCKET_MISSING,
         CONNECT, says=("connect to file socket", "No such file or directory")),
    _row("a unix socket that refuses", "-H {folder}/s -r ok", {"{folder}/s": fails(Cause.REFUSED, "Connection refused")},
         CRITICAL, Cause.REFUSED, CONNECT),
    _row("a unix socket that we may not use", "-H {folder}/s", {"{folder}/s": fails(Cause.ACCESS_DENIED, "Permission denied")},
         CRITICAL, Cause.ACCESS_DENIED, CONNECT, says=("Permission denied",)),
    _row("a unix socket of another kind", "-H {folder}/s",
         {"{folder}/s": fails(Cause.OTHER, "Protocol wrong type for socket")}, CRITICAL, Cause.OTHER, CONNECT,
         says=("Protocol wrong type for socket",)),
    _row("a full unix socket is waited for", "-H {folder}/s -t 5", {"{folder}/s": is_full(until=0.3)}, time=0.3),
    _row("a full unix socket is waited for until the limit", "-H {folder}/s -t 0.2", {"{folder}/s": is_full(until=9)},
         CRITICAL, Cause.TIMED_OUT, CONNECT, time=0.2),
    _row("a dialogue over a unix socket", "-H {folder}/s -s PING -e PONG",
         {"{folder}/s": accepts(hear(b"PING"), 0.05, b"PONG")}),
    _row("an answer in pieces over a unix socket", "-H {folder}/s -e needle",
         {"{folder}/s": accepts(b"nee", b"dle")}),
    _row("TLS over a unix socket", "-H {folder}/s -S -e 220", {"{folder}/s": accepts(GREETING, certificate=90)}),
    _row("a family and a port say nothing to a unix socket", "-H {folder}/s -4 -p 80", {"{folder}/s": accepts()}),
    _row("an end without a byte over a unix socket", "-H {folder}/s -e needle", {"{folder}/s": accepts(0.02, END)}, CRITICAL,
         Cause.CLOSED_EARLY, RECEIVE),
]  # fmt: skip

UDP = [
    _row("UDP: a request and its answer", TO_A + "--network udp -s PING -e PONG", {A: accepts(hear(b"PING"), 0.05, b"PONG")},
         time=0.05, heard={A: b"PING"}),
    _row("UDP: an answer in several datagrams", TO_A + "--network udp -s PING -e needle",
         {A: accepts(hear(b"PING"), b"hay", b"more hay", b"needle")}),
    _row("UDP: a closed port", TO_A + "--network udp -s PING -e PONG -r ok", {A: refuses()}, CRITICAL,
         Cause.PORT_UNREACHABLE, RECEIVE, attempts=2, says=("No data received from host", "UDP port closed")),
    _row("UDP: no answer", TO_A + "--network udp -s PING -e PONG -t 0.2", {A: accepts()}, CRITICAL, Cause.TIMED_OUT,
         RECEIVE, time=0.2),
    _row("UDP: an empty datagram", TO_A + "--network udp -s PING -e PONG", {A: accepts(hear(b"PING"), b"")}, CRITICAL,
         Cause.CLOSED_EARLY, RECEIVE),
    _row("UDP: over IPv6", "-H ::1 -p {port} --network udp -s PING -e PONG", {"::1": accepts(hear(b"PING"), b"PONG")}),
    _row("UDP: an empty request", TO_A + "--network udp -s '' -e hello", {A: accepts(hear(b""), b"hello")}),
    _row("UDP: another answer", TO_A + "--network udp -s PING -e PONG --expect-timeout 0.1", {A: accepts(hear(b"PING"), b"?")},
         WARNING, Cause.MISMATCH, RECEIVE),
]  # fmt: skip

SCENARIOS = [
    *HOSTS, *NAMES, *ADDRESSES, *PHASES, *LIMITS, *RETRIES, *ICMP, *COUNTS, *WAITS, *READING, *ENDINGS, *SECURE, *LOCAL,
    *UNIX, *UDP,
]  # fmt: skip
