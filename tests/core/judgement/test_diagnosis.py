# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every row of the diagnosis table on the fake network: which evidence leads to which domains, words and device."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from scenarios import SCENARIOS
from support.fake_network import FakeNetwork
from support.given import GIVEN, SLOW
from support.loopback import Stage
from support.minting import TODAY
from support.playing import check_of, line_of
from support.scripted import (
    END,
    FLOOD,
    RESET,
    Name,
    Server,
    Way,
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
from support.starttls_peers import INJECTS, WITHHOLDS, starttls
from support.tls_peers import MIDDLE, NAMES, PEERS, V1_3, context, speaks
from tcp_health.judgement import diagnosis
from tcp_health.model.causes import Cause
from tcp_health.model.evidence import Icmp, TcpState
from tcp_health.model.outcome import Failure
from tcp_health.model.verdict import DOMAINS, STATES
from tcp_health.network.network import Network
from tcp_health.report.details import explanation, long_output
from tcp_health.report.document import to_document
from tcp_health.report.sentence import fault_words, sentences
from tcp_health.runs.repeat import evaluate
from tcp_health.settings.build import in_force
from tls_scenarios import FINGERPRINT, NAMED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from support.scenario import Scenario
    from support.scripted import State

HOST, OTHER, HOST6 = "10.9.0.7", "10.9.0.8", "2001:db8:9::7"
R1, R2, R6 = "10.0.0.1", "10.1.0.1", "2001:db8:1::1"
RESOLVER = "10.0.0.53"
WAY = Way(R1, R2)
TO_HOST = f"-H {HOST} -p 80 -t 5 "
BY_NAME = "-H db.example -p 80 -t 5 "
CONTROLLED = TO_HOST + "--control-port 22 "
LARGE = "x" * 4000


class Story:
    """A situation that leads to a row of the table.

    row      the expected row, or None: no fault
    domains  the expected domains
    says     words that the output must contain; never: words that it must not contain
    box      the expected device
    """

    def __init__(
        self,
        name: str,
        row: str | None,
        words: str,
        domains: str,
        servers: Mapping[str, Server | Sequence[Server]] | None = None,
        *,
        state: str = "CRITICAL",
        says: Sequence[str] = (),
        never: Sequence[str] = (),
        box: str | None = None,
        **network: Any,
    ) -> None:
        self.name = name
        self.row = row
        self.words = words
        self.domains = tuple(domains.split())
        self.servers = servers or {}
        self.state = state
        self.says = says
        self.never = never
        self.box = box
        self.network = network

    def __repr__(self) -> str:
        return self.name

    def play(self, words: str = "") -> Seen:
        """Run the check once."""
        return Seen(self.words + words, FakeNetwork(self.servers, **self.network))


class Seen:
    """The result of a command line on a network."""

    def __init__(self, words: str, network: Any) -> None:
        self.network = network
        self.check = check_of(words)
        self.values = line_of(words).values
        began = network.now()
        self.result = evaluate(self.check, network=network)
        self.elapsed = network.now() - began
        self.left = len(getattr(network, "open", ()))
        network.shut()
        self.fault = self.result.fault
        self.lines = sentences(self.result)
        self.document = to_document(self.result)

    @property
    def attempts(self) -> list[tuple[object, ...]]:
        """The facts of the attempts, without the evidence."""
        return [
            (
                each.probe,
                each.number,
                each.began,
                each.cause,
                each.phase,
                each.time,
                each.connect,
                each.first_byte,
            )
            for each in self.result.outcome.attempts
        ]


def established(acked: int | None = 1, **facts: Any) -> TcpState:
    """An established connection whose peer acknowledges keepalive probes."""
    return TcpState(1, acked=acked, heard=0.4, segments_in=9, window=64240, **facts)


def talks(*steps: Any, state: State = None, **rest: Any) -> dict[str, Server]:
    return {HOST: accepts(*steps, state=state or established(), **rest)}


def dying(seconds: float) -> TcpState:
    """A connection whose path goes down right after the handshake: one more unacknowledged probe per second."""
    return established(5, probes=max(0, int(seconds - 0.5)))


def answers(code: int) -> dict[str, Server]:
    """A name server that answers each query with a response code (RFC 1035, 4.1.1)."""
    ask = hear(b"\x01\x00\x00\x01")
    return {RESOLVER: accepts(ask, lambda query: _response(query, code))}


def _response(query: bytes, code: int) -> bytes:
    return query[:2] + bytes((0x81, 0x80 | code)) + query[4:]


def named(failure: str = "", **rest: Any) -> dict[str, Any]:
    """A name service that fails or does not answer, and a resolver for the check's own query."""
    name = (
        Name(failure=Failure(failure, "Temporary failure in name resolution"))
        if failure
        else Name(silent=True)
    )
    return {"names": {"db.example": name}, "resolvers": [RESOLVER], **rest}


def message(kind: int, code: int, cause: str, *, own: bool = False, signer: str = R1) -> Server:
    failure = Failure(cause, "No route to host", Icmp(4, kind, code, signer, own), 0)
    return Server("icmp", after=0.01, failure=failure)


FAILED = Cause.RESOLVER_FAILED
UNANSWERED = "network firewall server"
NO_HOP = "local " + UNANSWERED
ANY_LOOKUP = "dns local network firewall"
UNTESTED = "-s PING -e PONG --trace never "
WAYS: dict[str, Any] = {"ways": {HOST: WAY}}
FIREWALL_AT_1: dict[str, Any] = {"ways": {HOST: Way(R1, R2, sender=1), f"{HOST}[22]": WAY}}

FORGED = message(3, 13, Cause.PROHIBITED, signer="203.0.113.66")
"""From a sender that guesses the ports of a connection. Every hop forwards the SYNs of a trace."""

STORIES = [
    # The name lookup
    Story("no such name", "no-such-name", "-H nowhere.example -p 80", "dns", says=("does not know nowhere.example",)),
    Story("no address of this family", "no-address", BY_NAME + "-6", "dns", says=("no IPv6 address",),
          names={"db.example": Name(HOST)}),
    Story("the resolver's port is closed", "resolver-closed", BY_NAME, "dns", {RESOLVER: refuses()}, box=RESOLVER,
          says=("resolver closed",), **named(FAILED)),
    Story("the resolver is silent", "resolver-silent", BY_NAME, "dns firewall", {RESOLVER: accepts()}, box=RESOLVER,
          says=("name server 10.0.0.53 does not answer", "Socket timeout after 5 seconds"), **named()),
    Story("the resolver is silent, and so is the path to it", "resolver-unheard", BY_NAME, ANY_LOOKUP,
          {RESOLVER: [accepts(), is_silent()]}, says=("name server 10.0.0.53 does not answer",),
          ways={RESOLVER: Way(R1, R2, passes=0)}, **named()),
    Story("the resolver cannot be reached", "resolver-unreachable", BY_NAME, ANY_LOOKUP,
          servers={RESOLVER: fails(Cause.NO_ROUTE, "Network is unreachable")}, says=("is unreachable",), **named(FAILED)),
    Story("the lookup hangs, the resolver knows the name", "lookup-silent", BY_NAME, ANY_LOOKUP, answers(0),
          says=("the system's lookup got no answer", "answers"), **named()),
    Story("the lookup hangs, the resolver knows no such name", "lookup-silent", BY_NAME, ANY_LOOKUP, answers(3), **named()),
    Story("the lookup fails, the resolver knows the name", "lookup-hangs", BY_NAME, "dns local", answers(0),
          says=("the system's lookup failed", "answers"), **named(FAILED)),
    Story("the resolver answers SERVFAIL", "resolver-failing", BY_NAME, "dns", answers(2), box=RESOLVER,
          says=("SERVFAIL",), **named(FAILED)),
    Story("the resolver answers REFUSED", "resolver-failing", BY_NAME, "dns", answers(5), box=RESOLVER,
          says=("REFUSED",), **named(FAILED)),
    Story("the resolver answers malformed data", "resolver-failing", BY_NAME, "dns", box=RESOLVER, says=("MALFORMED",),
          servers={RESOLVER: accepts(hear(b"\x01\x00\x00\x01"), b"\xff\x00")}, **named(FAILED)),
    Story("the lookup fails and no resolver is known", "lookup-failed", BY_NAME, ANY_LOOKUP, **named(FAILED, resolvers=[])),
    Story("the lookup gets no answer and evidence is turned off", "lookup-failed", BY_NAME + "--trace never", ANY_LOOKUP, {RESOLVER: accepts()}, **named()),
    Story("no time to query the resolver", "lookup-failed", BY_NAME + "-t 0.6", ANY_LOOKUP, {RESOLVER: accepts()}, **named()),

    # The monitoring host
    Story("out of descriptors", "out-of-descriptors", TO_HOST, "local", state="UNKNOWN",
          servers={HOST: fails(Cause.LOCAL_LIMIT, "Too many open files")}, says=("out of resources",)),
    Story("no route here", "no-route-here", TO_HOST, "local", state="UNKNOWN", says=("no route from here",),
          servers={HOST: fails(Cause.NO_ROUTE, "Network is unreachable")}),
    Story("the source is unusable", "source-unusable", TO_HOST + "--source 192.0.2.1", "local", state="UNKNOWN",
          servers={HOST: fails(Cause.SOURCE_UNUSABLE, "cannot send from 192.0.2.1")}, says=("cannot send from",)),
    Story("no access to a Unix socket", "no-access", "-H /run/s", "local",
          {"/run/s": fails(Cause.ACCESS_DENIED, "Permission denied")}, says=("access denied",)),
    Story("a local packet filter rejects", "own-filter", TO_HOST, "local", says=("local packet filter",), box="10.0.0.9",
          servers={HOST: message(3, 13, Cause.PROHIBITED, own=True, signer="10.0.0.9")}, **WAYS),
    Story("the next hop does not answer", "own-neighbour", TO_HOST, "local network server", never=("firewall",),
          servers={HOST: message(3, 1, Cause.UNREACHABLE, own=True, signer="10.0.0.9")}, says=("does not answer ARP",)),

    # ICMP messages and refusals
    Story("a routing loop", "loop", TO_HOST, "network", {HOST: is_silent()},
          says=("routing loop between 10.0.0.1 and 10.1.0.1",), ways={HOST: Way(R1, R2, R1, R2)}),
    Story("a service proxy rejects in the host's name", "rejected-by-host", TO_HOST, "firewall server",
          {HOST: message(3, 1, Cause.UNREACHABLE, signer=HOST)}, never=("cannot reach",),
          says=("host unreachable from 10.9.0.7", "a port that it forwards"), **WAYS),
    Story("port unreachable by the host", "rejected-by-host", TO_HOST, "firewall server",
          {HOST: message(3, 3, Cause.REFUSED, signer=HOST)}, **WAYS),
    Story("prohibited by a router", "rejected", TO_HOST, "firewall", {HOST: message(3, 13, Cause.PROHIBITED, signer=R2)}, box=R2,
          says=("rejected by 10.1.0.1", "administratively prohibited from 10.1.0.1 (hop 2), 2 of 2 tries"), **WAYS),
    Story("rejected with port unreachable", "rejected", TO_HOST, "firewall", {HOST: message(3, 3, Cause.REFUSED)}, box=R1, **WAYS),
    Story("rejected by the host", "rejected", TO_HOST, "firewall", {HOST: message(3, 10, Cause.PROHIBITED, signer=HOST)}, box=HOST,
          says=("(the host itself)",), **WAYS),
    Story("a forged sender", "rejected", TO_HOST, "firewall", {HOST: [FORGED, FORGED, accepts()]},
          box="203.0.113.66", says=("from 203.0.113.66 (does not fit the traced path)",), **WAYS),
    Story("rejected over IPv6", "rejected", f"-H {HOST6} -p 80", "firewall",
          {HOST6: icmp(1, 1, version=6, offender=R6)}, box=R6, ways={HOST6: Way(R6)}),
    Story("a router has no route", "unreachable", TO_HOST, "network", {HOST: message(3, 0, Cause.UNREACHABLE)}, box=R1,
          says=("10.0.0.1 cannot reach 10.9.0.7", "(hop 1)"), never=("firewall",), **WAYS),
    Story("unreachable without a sender", "unreachable-unsigned", TO_HOST, "local " + UNANSWERED,
          {HOST: Server("icmp", failure=Failure(Cause.UNREACHABLE, "No route to host"))}, **WAYS),
    Story("a RST from nearer than the answer of the control port", "refused-elsewhere", CONTROLLED, "firewall", box=R1,
          servers={HOST: refuses(), f"{HOST}[22]": accepts()}, says=("probably by 10.0.0.1", "TTL 64"), **FIREWALL_AT_1),
    Story("a RST that does not fit the path: the way back may be shorter", "refused", TO_HOST, "firewall server",
          {HOST: refuses()}, never=("probably",), ways={HOST: Way(R1, R2, R6, start=66)}),
    Story("refused, and the RST fits", "refused", TO_HOST, "firewall server", {HOST: refuses()},
          says=("by the host, or by a firewall answering for it",), never=("probably",), **WAYS),
    Story("refused, and the control port fits too", "refused", CONTROLLED, "firewall server", never=("probably",),
          servers={HOST: refuses(), f"{HOST}[22]": accepts()}, says=("port 22 answers",), **WAYS),
    Story("refused by a host with an initial TTL of 128", "refused", TO_HOST, "firewall server", {HOST: refuses()},
          ways={HOST: Way(R1, R2, start=128)}, never=("probably",)),
    Story("refused by a host with an initial TTL of 255", "refused", TO_HOST, "firewall server", {HOST: refuses()},
          ways={HOST: Way(R1, R2, start=255)}, never=("probably",)),
    Story("refused by a neighbour", "refused", TO_HOST, "firewall server", {HOST: refuses()}, ways={HOST: Way()}),
    Story("no socket at the path", "socket-refused", "-H /run/s", "server", {"/run/s": is_gone()}, says=("no process listens on /run/s",)),
    Story("a full backlog", "socket-full", "-H /run/s -t 1", "server", {"/run/s": is_full(until=99)}, says=("backlog full",)),

    # No answer to the SYN: faults that look the same have one row
    Story("nothing answers", "nowhere", TO_HOST, "local network firewall server", {HOST: is_silent()},
          says=("not even hop 1",), ways={HOST: Way(R1, R2, passes=0)}),
    Story("no hop answers, but another port of the host does", "control-answers", CONTROLLED, "local firewall server",
          {HOST: is_silent(), f"{HOST}[22]": accepts()}, says=("port 22 answers",), never=("gateway",),
          ways={HOST: Way(R1, R2, passes=0), f"{HOST}[22]": WAY}),
    Story("nothing from the host", "unanswered", TO_HOST, UNANSWERED, {HOST: is_silent()},
          says=("answers up to 10.1.0.1 (hop 2)",), **WAYS),
    Story("another port of the host answers", "unanswered", CONTROLLED, UNANSWERED,
          {HOST: is_silent(), f"{HOST}[22]": accepts()}, says=("port 22 answers", "queue full, or the answer is lost"), **WAYS),
    Story("another port of the host refuses", "unanswered", CONTROLLED, UNANSWERED,
          {HOST: is_silent(), f"{HOST}[22]": refuses()}, says=("port 22 answers",), **WAYS),
    Story("another port of the host does not answer either", "unanswered", CONTROLLED, UNANSWERED, {HOST: is_silent()},
          says=("port 22 does not answer", "host or path down"), **WAYS),
    Story("the path ends one hop earlier", "unanswered", TO_HOST, UNANSWERED, {HOST: is_silent()},
          says=("answers up to 10.0.0.1 (hop 1)",), ways={HOST: Way(R1, R2, passes=1)}),
    Story("the trace is turned off", "untraced", TO_HOST + "--trace never", NO_HOP, {HOST: is_silent()},
          says=("the path was not traced",), **WAYS),
    Story("reset at once", "reset", TO_HOST, "firewall server", says=("accepted, then reset",),
          servers={HOST: Server("refuse", failure=Failure(Cause.RESET, "Connection reset by peer"))}, **WAYS),

    # Established connections
    Story("an MTU black hole", "black-hole", TO_HOST + f"-s {LARGE} -e 220", "network",
          talks(state=established(1, unacked=3, retransmits=2), small=established(4001)), says=("536", "0 of 4000 bytes acknowledged")),
    Story("segments of every size are lost", "request-lost", TO_HOST + f"-s {LARGE} -e 220", "network firewall",
          talks(state=established(1, unacked=3, retransmits=2), small=established(1), quiet=established(1, probes=1)),
          never=("MTU", "hangs")),
    Story("a service that does not read", "window-closed", TO_HOST + "-s MEGABYTE -e 220", "server",
          {HOST: accepts(deaf=True, state=TcpState(1, acked=4345, window=0, unacked=1, retransmits=1))}, says=("does not read",)),
    Story("the request is lost", "request-unacknowledged", TO_HOST + UNTESTED, NO_HOP,
          talks(state=established(1, unacked=1, retransmits=3, backoff=3)), says=("0 of 4 bytes acknowledged",)),
    Story("the path goes down", "peer-gone", TO_HOST + "-s PING -e PONG", UNANSWERED, talks(state=dying), says=("4 keepalive probes not acknowledged",)),
    Story("the path goes down during the answer", "peer-gone", TO_HOST + "--read eof", UNANSWERED, talks(b"half", state=dying)),
    Story("a forgotten connection", "forgotten", TO_HOST + "-e 220", "firewall server", talks(forgets=True),
          says=("no longer knows the connection",)),
    Story("the answer stalls", "stalls-untested", TO_HOST + "-s PING --read eof --trace never", NO_HOP, talks(b"half", state=established(5)),
          says=("stalls after 4 bytes", "4 of 4 bytes acknowledged")),
    Story("a byte every second", "endless", TO_HOST + "--read eof", "server content", talks(*drip(1.0, 20), state=established()),
          says=("the answer did not end within 5 s: 4 bytes, the last 1.0 s before the end",), never=("stalls", "stopped")),
    Story("a stream without end", "endless", TO_HOST + "--read eof", "server content", talks(FLOOD, state=established()),
          says=("the answer did not end within 5 s",), never=("stalls", "stopped")),
    Story("a byte every 50 ms before an expected text", "endless", TO_HOST + "-e 220", "server content",
          talks(*drip(0.05, 200), state=established()), says=("the answer did not end within 5 s",)),
    Story("drops, and then a silence that is longer", "stalls-untested", TO_HOST + "--read eof --trace never", NO_HOP,
          talks(*drip(1.0, 2), state=established(1)), never=("did not end",)),
    Story("a later step hangs", "hangs-untested",
          TO_HOST + "--step 'expect 220 hello\\r\\n' --step '# the role' --step 'line INFO' --step 'expect-regex role:(.*)'", UNANSWERED,
          talks(b"220 hello\r\n", state=established(7)), never=("stalls",),
          says=("hangs", "step 3 (the role) waited for /role:(.*)/", "6 of 6 bytes acknowledged")),
    Story("a later step without a comment gets no answer", "says-nothing",
          TO_HOST + "--step 'expect 220 hello\\r\\n' --step 'expect 250'", UNANSWERED, talks(b"220 hello\r\n"),
          never=("stalls", "no data was received,"), says=("step 2 waited for '250'", "no more data was received")),
    Story("a step has the number that the user gave it", "says-nothing",
          TO_HOST + "--proxy-protocol v1 --step 'expect 220 hello\\r\\n' --step 'expect 250'", UNANSWERED,
          talks(b"220 hello\r\n"), never=("step 3",), says=("step 2 waited for '250'",)),
    Story("a later step stalls", "stalls-untested",
          TO_HOST + "--step 'expect 220 hello\\r\\n' --step 'line INFO' --step 'expect role' --expect-timeout 9", UNANSWERED,
          talks(b"220 hello\r\n", hear(b"INFO\r\n"), b"ro", state=established(7)),
          says=("step 3 waited for 'role'", "received: ro")),
    Story("a dialogue with one step needs no number", "says-nothing", TO_HOST + "--step 'expect 220'", UNANSWERED,
          talks(), never=("step 1", "waited")),
    Story("a named service hangs", "hangs-untested", f"-H {HOST} -t 5 --service redis --trace never", NO_HOP, talks(state=established(15)),
          says=("waiting for PONG, or a request for authentication",), never=("step ", "PONG\\r")),
    Story("a named service hangs during its dialogue", "hangs-untested", f"-H {HOST} -t 5 --helo localhost --service submission", UNANSWERED,
          talks(b"220 mail ESMTP\r\n", state=established(17)), says=("waiting for an answer to EHLO",), never=("stalls",)),
    Story("the service hangs", "hangs-untested", TO_HOST + UNTESTED, NO_HOP, talks(state=established(5)),
          says=("4 of 4 bytes acknowledged, the host's kernel acknowledges keepalive probes",)),
    Story("the service sends nothing", "says-nothing", TO_HOST + "-e 220", UNANSWERED, talks(), never=("hangs",)),
    Story("the service does not answer the TLS handshake", "tls-hangs-untested", TO_HOST + "-S --trace never", NO_HOP + " tls", talks(),
          says=("the handshake stops", "the TLS handshake stopped", "the host's kernel acknowledges keepalive probes"), never=("hangs",)),
    Story("no time for keepalive probes", "silence", TO_HOST + "-t 1 -e 220", UNANSWERED, talks(), never=("hangs", "alive")),
    Story("a system without TCP_INFO", "silence", TO_HOST + "-s PING -e PONG", NO_HOP, {HOST: accepts()}, never=("hangs",)),

    Story("a TLS handshake on a system without TCP_INFO", "tls-silence", TO_HOST + "-S", NO_HOP + " tls", {HOST: accepts()}),
    Story("a window that never opens", "window-never-opened", TO_HOST + "-s PING -e PONG", "firewall server",
          talks(state=TcpState(1, acked=1, window=0, probes=4, segments_in=5)), says=("the receive window was never above zero",),
          never=("after the TCP handshake",)),
    Story("a window that never opens, then silence", "window-unanswered", TO_HOST + "-s PING -e PONG", UNANSWERED,
          talks(state=TcpState(1, acked=1, window=0, probes=4, segments_in=1)), says=("the receive window",)),

    # TLS
    Story("a database that blocks this host", "host-blocked", f"-H {HOST} --service mysql", "server",
          talks(b"\x13\x00\x00\x00\xff\x69\x04Host is blocked"), says=("server: blocks this host", "max_connect_errors"), never=("unexpected answer",)),
    Story("no TLS", "not-tls", TO_HOST + "-S", "tls", talks(b"220 hello\r\n" * 9),
          says=("not TLS", "does not use TLS", "received: 220 hello")),
    Story("an injection", "tls-injection", TO_HOST + NAMED + "--starttls smtp", "tls", talks(starttls("smtp", INJECTS)),
          says=("injection before TLS", "after the server's STARTTLS reply")),
    Story("no STARTTLS", "starttls-refused", TO_HOST + NAMED + "--starttls smtp", "firewall server tls", talks(starttls("smtp", WITHHOLDS)),
          says=("does not begin TLS: it does not offer TLS",)),
    Story("a client certificate is required", "client-certificate", TO_HOST + NAMED, "tls",
          talks(PEERS["client certificate required, 1.2"]()), says=("requires a client certificate",)),
    Story("an old protocol", "tls-protocol", TO_HOST + NAMED, "tls", talks(PEERS["only TLS 1.0"]()),
          says=("the check accepts TLS 1.2 to 1.3",)),
    Story("an alert", "tls-alert", TO_HOST + NAMED, "tls", talks(PEERS["alert handshake_failure"]()),
          says=("with the alert handshake failure",)),
    Story("an expired certificate", "certificate-expired", TO_HOST + NAMED, "tls", talks(PEERS["expired"]()),
          says=("certificate has expired, localhost expired on",)),
    Story("an expired intermediate", "certificate-expired", TO_HOST + NAMED, "tls", talks(PEERS["expired intermediate"]()),
          says=("Old Intermediate expired on" if sys.version_info >= (3, 10) else "an intermediate or root certificate has expired",)),
    Story("a clock that is 7,900 years ahead", "clock-ahead", TO_HOST + NAMED, "local tls", talks(PEERS["expired"]()),
          says=("localhost expired on 2", "or the clock of the monitoring host is fast, it shows 99"), today=TODAY + 7900 * 31556952),
    Story("a clock that is 100 years ahead, and no verification", "clock-ahead", TO_HOST + "-D 30", "local tls",
          talks(PEERS["healthy"]()), says=("localhost expired on 2", "it shows 21"), today=TODAY + 100 * 31556952),
    Story("a certificate that is not valid yet", "certificate-not-yet-valid", TO_HOST + NAMED, "local tls",
          talks(PEERS["not yet valid"]()), says=("is valid from", "or the clock of the monitoring host is slow"), today=TODAY),
    Story("an unknown issuer", "unknown-issuer", TO_HOST + NAMED, "tls", talks(PEERS["unknown issuer"]()),
          says=("issued by Stranger CA", "seen on a second connection")),
    Story("a self-signed certificate", "unknown-issuer", TO_HOST + NAMED, "tls", talks(PEERS["self-signed"]()),
          says=("localhost is self-signed",)),
    Story("another name", "name-mismatch", TO_HOST + NAMED, "tls", talks(PEERS["name mismatch"]()),
          says=("it is for other.test",)),
    Story("another certificate", "fingerprint", TO_HOST + NAMED + FINGERPRINT, "tls", talks(PEERS["healthy"]()),
          says=("the fingerprint is",)),
    Story("a certificate for other uses", "certificate-rejected", TO_HOST + NAMED, "tls",
          talks(PEERS["a client's certificate"]()), says=("not accepted",)),
    Story("a reset in the handshake", "tls-reset", TO_HOST + NAMED, "firewall server tls",
          talks(PEERS["reset after the ClientHello"]()), says=("reset during the TLS handshake",)),
    Story("closed in the handshake", "tls-closed", TO_HOST + NAMED, "firewall server tls",
          talks(PEERS["end after the ClientHello"]()), says=("closed in the handshake", "ended in the middle of the handshake")),
    Story("closed right after the handshake", "tls-closed", TO_HOST + NAMED, "firewall server tls",
          talks(speaks("", context(MIDDLE.leaf(NAMES), oldest=V1_3, client="optional"), lambda session: session.close())),
          says=("closed after the handshake",), never=("closed in the handshake",)),
    Story("a malformed handshake", "tls", TO_HOST + NAMED, "tls", says=("handshake failed",),
          servers=talks(hear(b"\x16"), b"\x16\x03\x03\x00\x04\x02\x00\x00\x00", END)),
    Story("a missing CA file", "tls-unusable", TO_HOST + "--ca-file /nowhere/ca.pem", "local",
          talks(PEERS["healthy"]()), state="UNKNOWN", says=("/nowhere/ca.pem: No such file",)),
    Story("a regular expression that takes too long", "expression-stopped", TO_HOST + "--step 'expect-regex ^(a+)+$'", "local",
          talks(b"a" * 60 + b"!"), state="UNKNOWN", says=("took longer than 50 ms", "step 1 of the dialogue")),

    # The answer
    Story("closed before any data", "closed-early", TO_HOST + "-e 220", "firewall server", talks(END), says=("accepted, then closed",)),
    Story("reset during the dialogue", "reset", TO_HOST + "-e 220", "firewall server", talks(0.1, RESET), says=("accepted, then reset",)),
    Story("a closed UDP port", "port-closed", TO_HOST + "--network udp -s PING -e PONG", "firewall server", {HOST: refuses()}),
    Story("a silent UDP port", "udp-silent", TO_HOST + "--network udp -s PING -e PONG", NO_HOP, {HOST: accepts()},
          never=("connected",)),
    Story("the wrong banner", "mismatch", TO_HOST + "-e SSH", "content", talks(b"220 hello\r\n"), state="WARNING", says=("expected 'SSH'",)),

    # No failure
    Story("a busy monitoring host", "prober-busy", TO_HOST + "-w 0.3", "local", talks(b"220"), state="WARNING", busy=0.4,
          says=("local: monitoring host busy", "400 ms")),
    Story("a busy monitoring host without thresholds", None, TO_HOST, "", talks(b"220"), state="OK", busy=0.4),
    Story("a slow path", "slow-path", TO_HOST + "--warning-rtt 0.1", "network", talks(after=0.2), state="WARNING", says=("200.0 ms",)),
    Story("a slow path, and a threshold for the connect", "slow-path", TO_HOST + "--warning-connect 0.1", "network", talks(after=0.2),
          state="WARNING", says=("200.0 ms",)),
    Story("a slow path, and a threshold for the time", "slow-path", TO_HOST + "-e 220 -w 0.1", "network", talks(b"220", after=0.2),
          state="WARNING", says=("slow round trip (200 ms)",)),
    Story("a slow service", "slow-answer", TO_HOST + "-e 220 --warning-first-byte 0.1", "server", talks(0.3, b"220"),
          state="WARNING", says=("slow: the first byte was received 300 ms",)),
    Story("a request that was sent again", "request-repeated", TO_HOST + "-s PING -e PONG -w 0.2", UNANSWERED,
          {HOST: accepts(0.7, b"PONG", state=established(4, retransmits=1))}, state="WARNING", says=("1 segment had to be sent again",)),
    Story("a slow service, and a threshold for the time", "slow-answer", TO_HOST + "-e 220 -w 0.2", "server", talks(0.501, b"220"),
          state="WARNING", says=("server: slow to answer (first byte 501 ms, round trip 1.0 ms)",)),
    Story("a slow UDP service", "slow-answer-unmeasured", TO_HOST + "--network udp -s PING -e PONG -w 0.2", UNANSWERED,
          talks(0.5, b"PONG"), state="WARNING", says=("round-trip time is unknown",)),
    Story("a slow service, and a critical time", "slow-answer", TO_HOST + "-e 220 -w 0.2 -c 0.4", "server", talks(0.5, b"220")),
    Story("a slow name lookup", "slow-lookup", BY_NAME + "-w 0.2", "dns", talks(), state="WARNING", says=("300 ms of 301 ms",),
          names={"db.example": Name(HOST, after=0.3)}),
    Story("a threshold for the name lookup", "slow-lookup", BY_NAME + "--critical-resolve 0.2", "dns", talks(),
          names={"db.example": Name(HOST, after=0.3)}),
    Story("a slow rest of the answer", "slow-rest", TO_HOST + "--read eof -w 0.2", "network server", talks(b"half", 0.5, END),
          state="WARNING", says=("after the first byte",)),
    Story("a repeated SYN", "repeated", TO_HOST, UNANSWERED, talks(after=1.01, retransmits=1), state="OK", says=("1 SYN repeated",)),
    Story("a repeated SYN, and a threshold for the time", "syns-repeated", TO_HOST + "-w 0.5", UNANSWERED,
          talks(after=1.01, retransmits=1), state="WARNING", says=("1 SYN repeated",)),
    Story("a repeated SYN, and a threshold for that", "syns-repeated", TO_HOST + "--warning-retransmits 0", UNANSWERED,
          talks(after=1.01, retransmits=1), state="WARNING"),
    Story("a repeated SYN of several, and a threshold for the loss", "syns-repeated", TO_HOST + "--count 2 --warning-loss 10",
          UNANSWERED, {HOST: [accepts(after=1.01, retransmits=1), accepts()]}, state="WARNING"),
    Story("a round trip above the retransmission timeout: no SYN is lost", None, TO_HOST + "-e 220", "",
          talks(1.2, b"220", after=1.2, retransmits=1), state="OK"),
    Story("a round trip above the retransmission timeout, and a threshold", "slow-path", TO_HOST + "-e 220 -w 2", "network",
          talks(1.2, b"220", after=1.2, retransmits=1), state="WARNING", says=("1200.0 ms",)),
    Story("some of several probes failed", "reset", TO_HOST + "-e 220 --count 2", "firewall server",
          {HOST: [accepts(b"220"), accepts(0.1, RESET)]}, state="WARNING"),
    Story("an interval that leaves no time", "unsent", TO_HOST + "--count 3 --interval 3", "local", talks(), state="WARNING",
          says=("do not fit into -t",)),
    Story("a time below its range", "outside-thresholds", TO_HOST + "-w 1:", UNANSWERED, talks(), state="WARNING"),
    Story("an open port that should be closed", "port-open", TO_HOST + "--expect-state closed", "firewall server", talks()),
    Story("a client certificate that is not required", "certificate-optional",
          TO_HOST + NAMED + " --expect-state client-certificate-required", "tls", talks(PEERS["healthy"]())),
    Story("an old TLS version that is still accepted", "tls-version-accepted",
          TO_HOST + NAMED + " --expect-state tls-1.1-refused", "tls", talks(PEERS["only TLS 1.1"]()),
          says=("the check offered TLS 1.0 to 1.1, and the server accepted TLSv1.1",)),
    Story("an old TLS version that is refused", None, TO_HOST + NAMED + " --expect-state tls-1.1-refused", "",
          talks(PEERS["healthy"]()), state="OK"),
    Story("no certificate", "no-certificate", TO_HOST + "-S --warning-certificate-days 30", "tls", talks(PEERS["no common cipher"]())),
    Story("a certificate to renew", "certificate-expires", TO_HOST + NAMED + " --warning-certificate-days 100000", "tls",
          talks(PEERS["healthy"]()), state="WARNING", says=("is valid until",)),

    # Healthy
    Story("a healthy service", None, TO_HOST + "-e 220", "", talks(b"220"), state="OK"),
    Story("a healthy service, traced", None, TO_HOST + "-e 220 --trace always", "", talks(b"220"), state="OK", **WAYS),
    Story("a slow service without thresholds", None, TO_HOST + "-e 220", "", talks(2.0, b"220"), state="OK"),
    Story("expected to be closed", None, TO_HOST + "--expect-state closed", "", {HOST: refuses()}, state="OK", **WAYS),
]  # fmt: skip


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_the_evidence_leads_to_its_row(story: Story) -> None:
    seen = story.play()
    shown = " / ".join([seen.document["output"], *seen.document["long_output"]])
    assert STATES[seen.result.state] == story.state, shown
    found = seen.fault.row if seen.fault is not None else None
    assert found == story.row, shown
    assert (seen.fault.domains if seen.fault is not None else ()) == story.domains, shown
    for words in story.says:
        assert words in shown
    for words in story.never:
        assert words not in shown
    if story.box is not None and seen.fault is not None:
        assert seen.fault.box == story.box
    assert seen.left == 0
    assert seen.elapsed <= seen.check.probe.recipe.timeout + 1e-6


def test_every_row_of_the_table_has_a_story() -> None:
    played = {story.row for story in STORIES} | {given.row for given in GIVEN} | {row for row, *_ in SLOW}
    played.add("wait-too-short")  # tests/core/runs/test_repeat.py
    assert {row.name for row in diagnosis.TABLE} == played - {None}


def test_no_two_rows_have_the_same_name() -> None:
    assert len({row.name for row in diagnosis.TABLE}) == len(diagnosis.TABLE)


@pytest.mark.parametrize("row", diagnosis.TABLE, ids=lambda row: row.name)
def test_without_a_row_its_stories_have_another_result(
    row: diagnosis.Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row is needed: without it, its stories lead to another fault."""
    monkeypatch.setattr(diagnosis, "TABLE", tuple(each for each in diagnosis.TABLE if each is not row))
    for story in STORIES:
        if story.row == row.name:
            fault = story.play().fault
            assert fault is None or (fault.row, fault.short) != (row.name, row.short)


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_evidence_never_changes_a_state_or_a_time(story: Story) -> None:
    seen = story.play(" --trace failure")
    quiet = story.play(" --trace never")
    assert seen.result.state == quiet.result.state
    assert seen.result.verdict.base == quiet.result.verdict.base
    assert seen.attempts == quiet.attempts
    always = story.play(" --trace always")
    assert always.result.state == quiet.result.state
    assert always.attempts == quiet.attempts


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_a_trace_changes_no_scenario(scenario: Scenario) -> None:
    """Each scenario has the same state, attempts and times with and without evidence."""
    folder = "/run/test"
    servers = {text.format(folder=folder): each for text, each in scenario.servers.items()}
    seen = [
        Seen(
            scenario.words + f" --trace {word}",
            FakeNetwork(servers, scenario.names),
        )
        for word in ("failure", "never")
    ]
    assert seen[0].result.state == seen[1].result.state
    assert seen[0].attempts == seen[1].attempts
    assert seen[0].elapsed <= max(seen[1].elapsed, seen[0].check.probe.recipe.timeout * 1.001) + 1e-6


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_the_first_line_has_the_short_words_and_the_second_the_sentence(story: Story) -> None:
    seen = story.play()
    fault = seen.result.fault
    if fault is not None:
        first, second = sentences(seen.result)[:2]
        # A certificate's own words are more exact.
        assert ("tls: certificate of " if fault.row == "certificate-expires" else fault_words(fault)) in first
        assert fault.sentence in second


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_a_page_explains_every_story(story: Story) -> None:
    seen = story.play(" --explain")
    settings = in_force(seen.values)
    page = explanation(seen.result, settings)
    assert long_output(seen.result, settings) == page
    headings = [
        "Settings that differ from the defaults",
        "Verdict",
        "Reasons of the state",
        "Steps",
        "Evidence",
        "Settings with their default values",
    ]
    assert [line for line in page if line in headings] == headings
    assert f"  {STATES[seen.result.state]}" in page
    assert len(page) < 70, "one page"
    assert all(line.isprintable() for line in page)
    if seen.fault is not None:
        assert any(seen.fault.row in line for line in page)
        assert seen.document["fault"]["name"] == seen.fault.row


@pytest.mark.parametrize("story", [each for each in STORIES if each.row == "unanswered"], ids=str)
def test_faults_that_look_the_same_are_all_named(story: Story) -> None:
    fault = story.play().fault
    assert fault is not None
    for words in ("filtered", "queue full", "the answer is lost"):
        assert words in fault.sentence
    assert fault.box is None


def test_a_row_with_a_device_has_one_domain_or_its_own() -> None:
    """A router where the path ends is the network's, whatever is after it, and a name server is the name service's."""
    for row in diagnosis.TABLE:
        assert row.box is None or len(row.domains) == 1 or {"dns", "network"} & set(row.domains), row.name
        assert set(row.domains) <= set(DOMAINS)
        assert row.domains, row.name
        assert row.meaning, row.name


def test_a_late_answer_is_received_during_the_test_with_small_segments() -> None:
    """The answer arrives 0.7 s after the request. The test does not change its time."""
    server = accepts(0.7, b"PONG", state=established(1, unacked=2, retransmits=1), small=established(1))
    seen = Seen(TO_HOST + f"-s {LARGE} -e PONG", FakeNetwork({HOST: server}))
    [attempt] = seen.result.outcome.attempts
    assert attempt.failure is None
    assert attempt.first_byte == pytest.approx(0.7)
    assert any(special is not None and special.segment for _, _, special in seen.network.syns)


def test_of_several_addresses_the_failed_one_is_explained() -> None:
    servers = {HOST: accepts(), OTHER: is_silent()}
    for words, state in (("--addresses all", 1), ("--addresses any", 0)):
        network = FakeNetwork(servers, {"db.example": Name(OTHER, HOST)}, ways={OTHER: WAY})
        seen = Seen(BY_NAME + words, network)
        assert seen.result.state == state
        if state:
            assert seen.fault is not None
            assert seen.fault.row == "unanswered"
            assert "10.1.0.1 (hop 2)" in seen.fault.sentence
            assert OTHER in seen.document["output"] + " ".join(seen.document["long_output"])
        else:
            assert seen.fault is None, "one address that answers is enough"


def test_when_every_address_fails_the_verdict_has_evidence() -> None:
    network = FakeNetwork(
        {HOST: refuses(), OTHER: refuses()}, {"db.example": Name(OTHER, HOST)}, ways={OTHER: WAY, HOST: WAY}
    )
    seen = Seen(BY_NAME, network)
    assert seen.fault is not None
    assert seen.fault.row == "refused"
    assert any("hop 1: 10.0.0.1 router" in line for line in seen.fault.evidence)


@pytest.mark.parametrize("words", ["--expect-state alive --any-port 22,443", "--expect-state alive"])
def test_a_host_that_refuses_is_alive(words: str) -> None:
    seen = Seen(f"-H {HOST} -p 22 -t 2 {words}", FakeNetwork({HOST: refuses()}))
    assert seen.result.state == 0
    assert "refused, as expected" in seen.document["output"]
    assert seen.fault is None


def test_the_path_of_a_healthy_check_is_shown_on_request() -> None:
    for words, there in (
        ("--trace always -v", True),
        ("--trace always --explain", True),
        ("-v --trace failure", False),
    ):
        seen = Seen(TO_HOST + words, FakeNetwork({HOST: accepts()}, **WAYS))
        shown = " ".join(long_output(seen.result))
        assert ("hop 2: 10.1.0.1 router" in shown) is there
        assert seen.fault is None
        assert seen.document["state"] == "OK"


STATES_OF_A_PORT = {"open": accepts(), "refused": refuses(), "rejected": icmp(3, 13), "filtered": is_silent()}


@pytest.mark.parametrize("wanted", ["open", "refused", "rejected", "closed", "filtered", "alive"])
@pytest.mark.parametrize("real", STATES_OF_A_PORT)
def test_an_expected_state_is_ok_and_any_other_critical(wanted: str, real: str) -> None:
    good = {"closed": ("refused", "rejected"), "alive": ("open", "refused")}.get(wanted, (wanted,))
    network = FakeNetwork({HOST: STATES_OF_A_PORT[real]}, ways={HOST: WAY})
    seen = Seen(f"-H {HOST} -p 80 -t 2 --expect-state {wanted}", network)
    assert seen.result.state == (0 if real in good else 2), seen.document["output"]
    if wanted != "open":
        words = f"{real}, as expected" if real in good else f"{real}, {wanted} expected"
        assert words in " ".join([seen.document["output"], *seen.document["long_output"]])
    if real in good:
        assert seen.fault is None
    if real in good and real in ("refused", "filtered"):
        assert not [special for _, _, special in network.syns if special is not None], (
            "an expected failure is not investigated"
        )


@pytest.mark.parametrize(
    ("words", "state", "says"),
    [("--expect-state open", 0, "response time"), ("--expect-state refused", 2, "open, refused expected"),
     ("--expect-state closed", 2, "open, closed expected"), ("--expect-state alive", 0, "open, as expected")],
)  # fmt: skip
def test_a_real_open_port_is_open(words: str, state: int, says: str) -> None:
    with Stage({"127.0.0.1": accepts()}) as stage:
        seen = Seen(f"-H 127.0.0.1 -p {stage.port} -t 3 {words}", Network())
    assert seen.result.state == state
    assert says in " ".join(seen.lines)


@pytest.mark.parametrize(
    ("words", "state", "says"),
    [("--expect-state refused", 0, "refused, as expected"), ("--expect-state closed", 0, "refused, as expected"),
     ("--expect-state alive", 0, "refused, as expected"), ("--expect-state filtered", 2, "refused, filtered expected"),
     ("", 2, "connection refused (RST) by the host, or by a firewall answering for it")],
)  # fmt: skip
def test_a_real_closed_port_refuses(words: str, state: int, says: str) -> None:
    with Stage({"127.0.0.1": refuses()}) as stage:
        seen = Seen(f"-H 127.0.0.1 -p {stage.port} -t 3 {words}", Network())
    assert seen.result.state == state
    assert says in " ".join(seen.lines)


def test_any_real_port_that_answers_makes_a_host_alive() -> None:
    with Stage({"127.0.0.1": refuses()}) as closed, Stage({"127.0.0.1": accepts()}) as opened:
        for ports in (f"{closed.port},{opened.port}", f"{opened.port},{closed.port}", f"{closed.port}"):
            seen = Seen(f"-H 127.0.0.1 --any-port {ports} --expect-state alive -t 3", Network())
            assert seen.result.state == 0
            assert "as expected" in seen.lines[0]


def test_a_failed_lookup_is_critical_for_every_expected_state() -> None:
    seen = Seen("-H nowhere.example -p 80 --expect-state closed", FakeNetwork())
    assert STATES[seen.result.state] == "CRITICAL"
    assert seen.fault is not None
    assert seen.fault.row == "no-such-name"


def test_of_several_ports_the_first_answer_wins() -> None:
    servers = {
        f"{HOST}[22]": is_silent(),
        f"{HOST}[443]": accepts(after=0.1),
        f"{HOST}[80]": refuses(after=0.3),
    }
    network = FakeNetwork(servers)
    seen = Seen(f"-H {HOST} --any-port 22,443,80 --expect-state alive -t 2", network)
    assert seen.result.state == 0
    assert seen.elapsed == pytest.approx(0.1, abs=0.2)
    assert [address.port for _, address, _ in network.syns] == [22, 443, 80]
    assert seen.left == 0


def test_of_several_ports_the_one_that_answered_is_named() -> None:
    servers = {f"{HOST}[22]": is_silent(), f"{HOST}[443]": refuses()}
    seen = Seen(f"-H {HOST} --any-port 22,443 --expect-state alive -t 2", FakeNetwork(servers))
    assert "port 443 refused, as expected" in seen.document["output"]


def test_a_host_none_of_whose_ports_answers_is_not_alive() -> None:
    network = FakeNetwork({HOST: is_silent()}, ways={HOST: WAY})
    seen = Seen(f"-H {HOST} --any-port 22,443 --expect-state alive -t 2", network)
    assert STATES[seen.result.state] == "CRITICAL"
    assert seen.fault is not None
    assert seen.fault.domains == ("network", "firewall", "server")
    assert seen.elapsed <= 2.0 + 1e-6


TEXT = "hunter2"


@pytest.mark.parametrize(
    "servers", [talks(state=established(8)), talks(RESET), {HOST: refuses()}, talks(b"421 go away")]
)
def test_no_evidence_contains_the_text_that_was_sent(servers: dict[str, Server]) -> None:
    seen = Seen(TO_HOST + f"-s {TEXT} -e ok -vvv", FakeNetwork(servers, ways={HOST: WAY}))
    assert seen.fault is not None
    shown = [seen.fault.sentence, seen.fault.short, seen.fault.next, *seen.fault.evidence, *seen.lines]
    assert TEXT not in " ".join(shown)
