# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Outcome → Fault: where the problem is, in which words, and on what evidence. Pure, and a table.

The rules on top of the table:

- The rows are read from the top; the first whose evidence is there gives the fault.
- A row names every domain that its evidence leaves open, and no other. What looks the same to a client has one row.
- A RST is "refused by the host or in its name" unless its TTL shows another sender. What an ICMP message says is what
  its signer claims; one that does not fit the traced path is called so.
- No answer is no evidence against a single box: routers need not answer a trace, and answer only so many a second.
"""

from __future__ import annotations

from ..model.causes import Cause, Phase
from ..model.verdict import CONTENT, DNS, DOMAINS, FIREWALL, LOCAL, NETWORK, SERVER, TLS, Fault
from ..wire.kernel import is_prohibited
from .timeouts import TIMEOUT_WORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Union

    from ..model.certificate import Certificate
    from ..model.dialogue import Pattern, Step
    from ..model.evidence import Control, Evidence, Icmp, NameServer, Path, Stall
    from ..model.outcome import Attempt, Failure, Outcome
    from ..model.recipe import Recipe
    from ..model.verdict import Verdict

    Words = Union[str, Callable[["Case"], str]]


class Case:
    """A failing (or slow) attempt with its evidence, and the questions that the table's rows ask of it."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.outcome: Outcome = verdict.outcome
        self.recipe = self.outcome.probe.recipe
        self.target = self.outcome.probe.target
        self.attempt: Attempt = verdict.failing or self.outcome.attempts[-1]
        self.failure: Failure | None = self.attempt.failure
        self.cause = self.attempt.cause
        self.phase = self.attempt.phase
        evidence: Evidence | None = self.attempt.evidence
        self.path: Path | None = evidence.path if evidence is not None else None
        self.ttl: int | None = evidence.ttl if evidence is not None else None
        self.control: Control | None = evidence.control if evidence is not None else None
        self.stall: Stall | None = evidence.stall if evidence is not None else None
        self.name_server: NameServer | None = evidence.name_server if evidence is not None else None

    # What was seen

    def connecting(self) -> bool:
        """Whether it failed before there was a connection."""
        return self.phase == Phase.CONNECT

    def talking(self) -> bool:
        """Whether it failed on an established connection."""
        return self.phase in (Phase.TLS, Phase.SEND, Phase.RECEIVE)

    @property
    def icmp(self) -> Icmp | None:
        """The ICMP message that ended the connect, or that the path's end gave."""
        return self.failure.icmp if self.failure is not None else None

    def icmp_own(self) -> bool:
        """Whether an ICMP message is signed with our own address."""
        return self.icmp is not None and self.icmp.own

    def icmp_prohibits(self) -> bool:
        """Whether an ICMP message forbids: administratively, or as a firewall's reject looks."""
        return self.icmp is not None and (is_prohibited(self.icmp) or self._is_port_unreachable())

    def _is_port_unreachable(self) -> bool:
        return self.icmp is not None and (self.icmp.kind, self.icmp.code) == (
            (3, 3) if self.icmp.version == 4 else (1, 4)
        )

    def busy(self) -> bool:
        """Whether our own loop was away for half of what the check took: those times say nothing of the target."""
        return self.outcome.lag >= max(self.attempt.time / 2, WORTH_TELLING)

    def silence(self) -> str:
        """What the silence interrupted: a phase, or middle, the answer."""
        return "middle" if self.phase == Phase.RECEIVE and self.attempt.received else self.phase

    def rst_from_elsewhere(self) -> bool:
        """Whether a RST arrived with a TTL that the host's own answers have not."""
        control = self.control
        if self.ttl is None:
            return False
        if control is not None and control.kind == "open" and control.ttl is not None:
            return control.ttl < self.ttl
        end = self.path.end if self.path is not None else None
        return end is not None and any(start - end.ttl + 2 <= self.ttl <= start for start in (64, 128, 255))

    def nothing_answered(self) -> bool:
        """Whether a trace was made and not even the first hop answered."""
        return self.path is not None and self.path.end is None and self.path.last_router is None

    def peer_alive(self) -> bool:
        """Whether the peer's kernel has answered what ours asked, up to the end."""
        stall = self.stall
        if stall is None or stall.tcp is None:
            return False
        if stall.asked is None or stall.asked < ASKED_LONG_ENOUGH:
            return False
        return stall.tcp.probes == 0 and not stall.tcp.unanswered

    def peer_silent(self) -> bool:
        """Whether the peer's kernel has left questions unanswered."""
        tcp = self.stall.tcp if self.stall is not None else None
        return tcp is not None and tcp.probes > 0

    def request_lost(self) -> bool:
        """Whether what was sent has been repeated and not acknowledged."""
        tcp = self.stall.tcp if self.stall is not None else None
        return tcp is not None and tcp.unacked > 0 and tcp.retransmits > 0 and not self.window_closed()

    def window_closed(self) -> bool:
        """Whether the other side takes no more bytes, though it acknowledged some."""
        tcp = self.stall.tcp if self.stall is not None else None
        return tcp is not None and tcp.window == 0 and (tcp.acked or 0) > 1

    def request_acknowledged(self) -> bool:
        """Whether every byte that was sent has been acknowledged."""
        stall = self.stall
        if stall is None or stall.tcp is None or not stall.sent or stall.tcp.acked is None:
            return False
        return stall.tcp.acked >= stall.sent + 1

    def asked(self) -> bool:
        """Whether the peer's kernel was asked for long enough to answer."""
        return (
            self.stall is not None and self.stall.asked is not None and self.stall.asked >= ASKED_LONG_ENOUGH
        )

    def asked_at_all(self) -> bool:
        """Whether the peer's kernel was asked, and long enough for one question."""
        return self.stall is not None and self.stall.asked is not None and self.stall.asked > 0.3

    def alerts(self, *names: str) -> bool:
        """Whether a measure's threshold alerts."""
        return any(metric.state and metric.measure.name in names for metric in self.verdict.metrics)

    def repeated(self) -> int:
        """SYNs that were repeated by connects that succeeded."""
        finals = self.outcome.finals
        return sum(attempt.retransmits or 0 for attempt in finals if attempt.failure is None)

    # Words for it

    @property
    def error(self) -> str:
        """The system's words for the failure, or ""."""
        return self.failure.error if self.failure is not None else ""

    def step_words(self) -> str:
        """The step that failed, what it is for, what was expected, and how much came."""
        number = self.attempt.step
        step = self.recipe.step(number)
        comment = step.comment if step is not None else ""
        built_in = step is not None and step.built_in
        expected = (comment or "another answer") if built_in else expectation(step)
        came = f"expected {expected}, received {self.attempt.size} bytes that do not hold it"
        if self.error:
            came = self.error  # the step itself has words for this answer
        # The user has not written a built-in step: its number would mean nothing.
        if built_in or (not comment and not several_answers(self.recipe)):
            return came
        return f"step {self.recipe.own_step(number)}{f' ({comment})' if comment else ''}: {came}"

    def certificate_words(self) -> str:
        """Whose certificate was presented, and what of it matters for the failure."""
        secured = self.attempt.secured
        if secured is None or not secured.presented:
            return ""
        if secured.problem:
            return secured.problem
        found = secured.certificates
        words = _join(self._certificate_words(found), self._also(found[0]))
        return f"{words} (seen on a second connection, without verification)" if secured.second else words

    def _also(self, own: Certificate) -> str:
        """That the certificate is out of its time, too: OpenSSL names one defect of several."""
        from ..wire.certificate import day

        if self.cause in (Cause.CERTIFICATE_EXPIRED, Cause.CERTIFICATE_NOT_YET_VALID):
            return ""
        if own.not_after < self.outcome.at:
            return f"and it ended on {day(own.not_after)}"
        return f"and it begins on {day(own.not_before)}" if own.not_before > self.outcome.at else ""

    def _certificate_words(self, found: tuple[Certificate, ...]) -> str:
        from ..wire.certificate import day

        own = found[0]
        name = own.common_name or own.subject or "a nameless subject"
        if self.cause == Cause.CERTIFICATE_NAME_MISMATCH:
            names = [*own.dns_names, *own.ip_addresses]
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            return f"it is for {', '.join(names[:5]) or 'no name at all'}{more}"
        if self.cause == Cause.CERTIFICATE_EXPIRED:
            first = min(found, key=lambda each: each.not_after)
            if first.not_after > self.outcome.at + self.outcome.elapsed:
                # A trusted root is not presented, and Python 3.9 tells of no intermediate.
                return f"{name} itself lasts until {day(own.not_after)}, an authority above it has ended"
            return f"{first.common_name or first.subject} ended on {day(first.not_after)}"
        if self.cause == Cause.CERTIFICATE_NOT_YET_VALID:
            last = max(found, key=lambda each: each.not_before)
            if last.not_before <= self.outcome.at:
                return f"{name} itself has begun, an authority above it has not"
            return f"{last.common_name or last.subject} begins on {day(last.not_before)}"
        issuer = own.issuer_common_name or own.issuer or "a nameless issuer"
        return f"{name} signed itself" if own.self_signed else f"{name} was issued by {issuer}"

    @property
    def address(self) -> str:
        """The address that it went to."""
        address = self.attempt.address
        return address.text if address is not None else str(self.target.host)

    @property
    def signer(self) -> str:
        """Who signed the ICMP message."""
        return (self.icmp.offender if self.icmp is not None else None) or "nobody named"

    def claim(self) -> str:
        """The ICMP message, its signer, where the trace met the signer, and how often it came."""
        icmp = self.icmp
        if icmp is None:
            return ""
        name = ICMP_NAMES.get((icmp.version, icmp.kind, icmp.code), f"type {icmp.kind} code {icmp.code}")
        where = self._fit()
        tries = [
            each
            for attempt in self.outcome.attempts
            for each in (attempt.legs or (attempt,))
            if each.address == self.attempt.address
        ]
        same = sum(each.failure is not None and each.failure.icmp == icmp for each in tries)
        count = f", {same} of {len(tries)} tries" if len(tries) > 1 else ""
        return f"ICMP {name}, signed {self.signer}{where}{count}"

    def _fit(self) -> str:
        if self.path is None or self.icmp is None or not self.path.hops or self.icmp_own():
            return ""
        if self.icmp.offender == self.address:
            return " (the host itself)"
        position = self.path.position(self.icmp.offender)
        if position is not None:
            return f" (hop {position})"
        if self.path.end is None:
            return f" (behind hop {self.path.hops[-1].ttl})"
        # A silent hop may be the one; only a path without a gap can contradict.
        silent = any(hop.kind == "silent" for hop in self.path.hops)
        return " (not met on the traced path)" if silent else " (does not fit the traced path)"

    def reach(self) -> str:
        """How far the path answers."""
        path = self.path
        if path is None:
            return "the path was not traced"
        may_differ = "" if path.steady else " (paths may differ)"
        if not path.whole:
            may_differ += " (no time for more)"
        end = path.end
        if end is not None and end.kind in ("open", "refused"):
            return f"a SYN of the trace was answered at hop {end.ttl}{may_differ}"
        if end is not None:
            return f"the path ends at {end.address} (hop {end.ttl}){may_differ}"
        router = path.last_router
        if router is None:
            return "no hop of the path answers, not even hop 1"
        return f"the path answers up to {router.address} (hop {router.ttl}){may_differ}"

    def control_words(self) -> str:
        """What the control port said."""
        control = self.control
        if control is None:
            return ""
        if control.kind in ("open", "refused"):
            return f"port {control.port} answers"
        return (
            f"port {control.port} is silent too"
            if control.kind == "silent"
            else f"port {control.port} is rejected"
        )

    def rst_sender(self) -> str | None:
        """The router that a RST's TTL points at, or None."""
        if self.ttl is None or self.path is None:
            return None
        start = next(each for each in (64, 128, 255) if self.ttl <= each)
        position = start - self.ttl + 1
        return next(
            (hop.address for hop in self.path.hops if hop.ttl == position and hop.kind == "router"), None
        )

    def acknowledged(self) -> str:
        """How much of the request the other kernel has."""
        stall = self.stall
        if stall is None or stall.tcp is None or not stall.sent or stall.tcp.acked is None:
            return ""
        return f"{max(0, min(stall.tcp.acked - 1, stall.sent))} of {stall.sent} bytes acknowledged"

    def connected(self) -> str:
        """How the connect went."""
        connect = self.attempt.connect
        return f"connected in {connect * 1000:.1f} ms" if connect is not None else "connected"


# A loop that is away for longer than this makes times longer that a person would notice.
WORTH_TELLING = 0.05

# Keepalive asks after 1 s and the answer takes a round trip; a question left open is told from a late one after this.
ASKED_LONG_ENOUGH = 1.2

ICMP_NAMES = {
    (4, 3, 0): "net unreachable",
    (4, 3, 1): "host unreachable",
    (4, 3, 2): "protocol unreachable",
    (4, 3, 3): "port unreachable",
    (4, 3, 4): "fragmentation needed",
    (4, 3, 9): "net administratively prohibited",
    (4, 3, 10): "host administratively prohibited",
    (4, 3, 13): "administratively prohibited",
    (4, 11, 0): "time exceeded",
    (6, 1, 0): "net unreachable (no route)",
    (6, 1, 1): "administratively prohibited",
    (6, 1, 3): "host unreachable (address unreachable)",
    (6, 1, 4): "port unreachable",
    (6, 1, 5): "prohibited by source address policy",
    (6, 1, 6): "reject route, prohibited",
    (6, 3, 0): "hop limit exceeded",
}
"""Names of ICMP messages (RFC 792, RFC 1812 5.2.7.1, RFC 4443)."""


class Row:
    """A row of the table: its name, the evidence it takes, the domains, and the words."""

    __slots__ = ("box", "domains", "meaning", "name", "next", "sentence", "short", "when")

    def __init__(
        self,
        name: str,
        meaning: str,
        when: Callable[[Case], bool],
        domains: tuple[str, ...],
        short: Words,
        sentence: Words,
        *,
        box: Callable[[Case], str | None] | None = None,
        next: Words = "",
    ) -> None:
        self.name = name
        self.meaning = meaning
        self.when = when
        self.domains = domains
        self.short = short
        self.sentence = sentence
        self.box = box
        self.next = next


def _join(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _name_server(answer: str) -> Callable[[Case], bool]:
    return lambda case: (
        case.name_server is not None and case.name_server.answer == answer and case.phase == Phase.RESOLVE
    )


def _resolver_answers(case: Case) -> bool:
    known = case.name_server is not None and case.name_server.answer not in (
        "silent",
        "closed",
        "unreachable",
    )
    return known and case.cause in (Cause.RESOLVER_FAILED, Cause.RESOLVER_SILENT)


def _resolver_answers_us(case: Case) -> bool:
    return (
        _resolver_answers(case)
        and case.name_server is not None
        and case.name_server.answer in ("noerror", "nxdomain")
    )


def _server(case: Case) -> str:
    return case.name_server.address if case.name_server is not None else "the name server"


def _dig(case: Case) -> str:
    return f"dig {case.target.host} @{_server(case)}"


def _traceroute(case: Case) -> str:
    return f"traceroute -T -p {case.target.port} {case.address}"


def _versions(case: Case) -> str:
    """The TLS versions that we accept."""
    plan = case.recipe.tls
    if plan is None or (plan.lax and not (plan.minimum or plan.maximum)):
        return "any TLS"
    least = "1.0" if plan.lax or plan.lowers_security else "1.2"
    oldest, newest = plan.minimum or min(least, plan.maximum or least), plan.maximum or "1.3"
    return f"TLS {oldest}" if oldest == newest else f"TLS {oldest} to {newest}"


def _opening_name(case: Case) -> str:
    """The protocol whose STARTTLS the dialogue begins with, as s_client calls it too; "" where it is none."""
    steps = case.recipe.dialogue
    handshake = next((place for place, step in enumerate(steps) if step.begins_tls), 0)
    if not handshake:
        return ""
    from ..services.starttls import STARTTLS  # most faults have none

    before = steps[:handshake]
    return next((name for name, row in STARTTLS.items() if row.steps == before[-len(row.steps) :]), "")


def _s_client(case: Case) -> str:
    from shlex import quote  # most faults are none of TLS

    plan = case.recipe.tls
    name = plan.asked_name(case.target.host) if plan is not None else None
    # An address is no server name (RFC 6066, 3).
    server_name = f" -servername {name}" if name and ":" not in name and not name[-1].isdigit() else ""
    address = f"[{case.address}]" if ":" in case.address else case.address
    where = case.target.path or f"{address}:{case.target.port}"
    opening = _opening_name(case)
    starttls = f" -starttls {opening}" if opening else ""
    if plan is not None and plan.ca_file is not None:
        starttls += f" -CAfile {quote(plan.ca_file)}"
    if plan is not None and plan.ca_path is not None:
        starttls += f" -CApath {quote(plan.ca_path)}"
    return f"openssl s_client {'-unix' if case.target.path else '-connect'} {where}{server_name}{starttls}"


def _on_host(command: str) -> Callable[[Case], str]:
    return lambda case: f"on {case.address}: {command.format(port=case.target.port)}"


_ENDS: tuple[str, ...] = ("", "_min", "_mean", "_max", "_median", "_p95", "_mdev")

# What a busy prober makes longer; the kernel's round trip is not among it.
_OUR_TIMES = ("time", "resolve", "tls", "first_byte", *(f"connect{end}" for end in _ENDS))

UNANSWERED = (NETWORK, FIREWALL, SERVER)
IN_ITS_NAME = (FIREWALL, SERVER)

TABLE = (
    # The name service
    Row("no-such-name", "the name service says that there is no such name",
        lambda case: case.cause == Cause.NAME_UNKNOWN, (DNS,),
        "no such name",
        lambda case: f"no such name: the name service knows no {case.target.host}",
        next=lambda case: f"getent ahosts {case.target.host}"),
    Row("no-address", "the name has no address of the wanted family",
        lambda case: case.cause == Cause.NO_ADDRESS, (DNS,),
        lambda case: f"no IPv{case.recipe.family or '4 or 6'} address",
        lambda case: f"{case.target.host} has no address for IPv{case.recipe.family or '4 or 6'}",
        next=lambda case: f"getent ahosts {case.target.host}"),
    Row("resolver-closed", "a query of our own: the name server's port is closed",
        _name_server("closed"), (DNS,),
        "resolver closed",
        lambda case: f"the port of name server {_server(case)} is closed",
        box=_server, next=_dig),
    Row("resolver-silent", "a query of our own: the name server is silent",
        _name_server("silent"), (DNS,),
        "resolver silent",
        lambda case: f"no answer from name server {_server(case)}: it is silent",
        box=_server, next=_dig),
    Row("resolver-unreachable", "a query of our own: the name server cannot be reached",
        _name_server("unreachable"), (DNS,),
        "resolver unreachable",
        lambda case: f"name server {_server(case)} cannot be reached",
        box=_server, next=_dig),
    Row("lookup-hangs", "a query of our own: the name server answers, the system's lookup did not",
        _resolver_answers_us, (DNS, LOCAL),
        "lookup fails, resolver answers",
        lambda case: f"the system's lookup failed, and name server {_server(case)} answers: nsswitch, search domains, TCP",
        next=lambda case: f"getent ahosts {case.target.host}; {_dig(case)}"),
    Row("resolver-failing", "a query of our own: the name server answers with a failure",
        _resolver_answers, (DNS,),
        lambda case: f"resolver answers {case.name_server.answer.upper()}" if case.name_server else "",
        lambda case: (
            f"name server {_server(case)} answers {case.name_server.answer.upper()}" if case.name_server else ""
        ),
        box=_server, next=_dig),
    Row("lookup-failed", "the lookup failed, and there is no query of our own",
        lambda case: case.phase == Phase.RESOLVE and case.cause in (Cause.RESOLVER_FAILED, Cause.RESOLVER_SILENT),
        (DNS,),
        lambda case: "no answer" if case.cause == Cause.RESOLVER_SILENT else "the name lookup failed",
        lambda case: (
            "the name lookup had no answer" if case.cause == Cause.RESOLVER_SILENT
            else f"the name lookup failed: {case.failure.error if case.failure else ''}"
        ),
        next=lambda case: f"getent ahosts {case.target.host}"),

    # Ourselves
    Row("out-of-descriptors", "the prober lacks descriptors, ports, buffers or memory",
        lambda case: case.cause == Cause.LOCAL_LIMIT, (LOCAL,),
        "the prober, not the target",
        lambda case: f"the prober is out of descriptors, ports or memory: {case.failure.error if case.failure else ''}",
        next="ulimit -n; ss -s"),
    Row("tls-unusable", "certificates, keys or TLS settings of our own that cannot be used",
        lambda case: case.cause == Cause.TLS_UNUSABLE, (LOCAL,),
        "our own TLS settings",
        lambda case: case.error),
    Row("expression-stopped", "a user's regular expression was not matched in bounded time",
        lambda case: case.cause == Cause.EXPRESSION_STOPPED, (LOCAL,),
        "the expression takes too long",
        lambda case: _join(case.error, f"step {case.recipe.own_step(case.attempt.step)} of the dialogue")),
    Row("no-route-here", "the connect failed in the call itself: our own routing table",
        lambda case: case.cause == Cause.NO_ROUTE, (LOCAL,),
        "no route from here",
        lambda case: f"no route from here to {case.address}",
        next=lambda case: f"ip route get {case.address}"),
    Row("source-unusable", "the wanted source is not ours to send from",
        lambda case: case.cause == Cause.SOURCE_UNUSABLE, (LOCAL,),
        "the source is not ours",
        lambda case: case.failure.error if case.failure else "",
        next="ip address"),
    Row("no-access", "the system denies access to the target",
        lambda case: case.cause == Cause.ACCESS_DENIED, (LOCAL,),
        "access denied here",
        lambda case: f"this user may not open {case.target.path or case.address}",
        next=lambda case: f"ls -l {case.target.path}" if case.target.path else ""),
    Row("own-filter", "an ICMP message that forbids, signed with our own address",
        lambda case: case.icmp_own() and case.icmp_prohibits(), (LOCAL,),
        "our own filter rejects",
        lambda case: f"{case.claim()}: our own filter",
        box=lambda case: case.signer, next="nft list ruleset"),
    Row("own-neighbour", "ICMP host unreachable, signed with our own address: nobody answered our ARP",
        lambda case: case.icmp_own(), (NETWORK,),
        "our next hop does not answer",
        lambda case: f"our gateway, or {case.address} if it is on our link, does not answer ARP: {case.claim()}",
        next=lambda case: f"ip neighbour; ip route get {case.address}"),

    # What others said
    Row("rejected", "an ICMP message that forbids, or port unreachable, which only a filter sends for TCP",
        lambda case: case.icmp_prohibits(), (FIREWALL,),
        lambda case: f"rejected by {case.signer}",
        lambda case: case.claim(),
        box=lambda case: case.signer, next=_traceroute),
    Row("unreachable", "an ICMP message of a router: it has no way to the host",
        lambda case: case.icmp is not None, (NETWORK,),
        lambda case: f"{case.signer} cannot reach {case.address}",
        lambda case: case.claim(),
        box=lambda case: case.signer, next=_traceroute),
    Row("unreachable-unsigned", "the kernel says unreachable, and nobody signed it",
        lambda case: case.connecting() and case.cause in (Cause.UNREACHABLE, Cause.PROHIBITED), (NETWORK, FIREWALL),
        lambda case: f"{case.cause}",
        lambda case: f"{case.cause}: the system does not tell who said so",
        next=_traceroute),
    Row("refused-elsewhere", "a RST whose TTL is not that of the host's other answers, or does not fit the path",
        lambda case: case.connecting() and case.cause == Cause.REFUSED and case.rst_from_elsewhere(), (FIREWALL,),
        lambda case: f"refused, probably by {case.rst_sender() or 'a nearer box'}",
        lambda case: _join(
            f"the RST arrived with TTL {case.ttl}: probably sent by {case.rst_sender() or 'a box nearer than the host'}",
            case.reach(), case.control_words()),
        box=lambda case: case.rst_sender(), next=_traceroute),
    Row("refused", "a RST without an ICMP message: nothing listens, or a filter answers in the host's name",
        lambda case: case.connecting() and case.cause == Cause.REFUSED and case.attempt.address is not None
        and case.attempt.address.family != 0, IN_ITS_NAME,
        "refused",
        lambda case: _join("refused by the host or in its name", case.control_words()),
        next=_on_host("ss -ltn sport = :{port}")),
    Row("socket-full", "a unix socket's backlog is full for as long as the check waits",
        lambda case: case.target.path is not None and case.connecting() and case.cause == Cause.TIMED_OUT, (SERVER,),
        "backlog full",
        lambda case: f"the backlog of {case.target.path} is full: its service accepts no connection",
        next=lambda case: f"ss -lx src {case.target.path}"),
    Row("socket-refused", "nothing listens at a unix socket, or there is none",
        lambda case: case.target.path is not None and case.connecting(), (SERVER,),
        "nothing listens there",
        lambda case: f"nothing listens at {case.target.path}",
        next=lambda case: f"ss -lx src {case.target.path}"),

    # No answer to the SYN
    Row("nowhere", "no answer to the SYN, and no hop answered a trace, not even the first",
        lambda case: case.connecting() and case.cause == Cause.TIMED_OUT and case.nothing_answered(),
        (LOCAL, NETWORK, FIREWALL, SERVER),
        "no answer, no hop answers",
        lambda case: _join(
            "no answer to the SYN", case.reach(), case.control_words(),
            "ourselves, the gateway, a filter or the host"),
        next=lambda case: f"ip route get {case.address}; ip neighbour; nft list ruleset"),
    Row("unanswered", "no answer to the SYN: a filter, a full queue, a dead host or path, or the answer is lost",
        lambda case: case.connecting() and case.cause == Cause.TIMED_OUT, UNANSWERED,
        "no answer to the SYN",
        lambda case: _join(
            "no answer to the SYN", case.reach(), case.control_words(),
            "filtered, queue full, or the answer is lost" if case.control_words().endswith("answers")
            else "filtered, dead, queue full, or the answer is lost"),
        next=_traceroute),
    Row("reset-at-once", "a RST right behind the handshake",
        lambda case: case.connecting() and case.cause == Cause.RESET, IN_ITS_NAME,
        "accepted, then reset",
        "accepted, then reset at once by the host or in its name",
        next=_on_host("journalctl -e")),

    # Established
    Row("udp-silent", "no answer to a datagram: UDP acknowledges nothing",
        lambda case: case.recipe.network == "udp" and case.talking() and case.cause == Cause.TIMED_OUT, UNANSWERED,
        "no answer to the datagram",
        "no answer to the datagram: filtered, lost, or nothing answers such a request",
        next=_on_host("ss -lun sport = :{port}")),
    Row("black-hole", "large segments are lost and small ones get through",
        lambda case: case.talking() and case.stall is not None and case.stall.small is True, (NETWORK,),
        "MTU black hole",
        lambda case: _join(
            "MTU black hole: segments of 536 bytes get through, larger ones do not", case.acknowledged()),
        next=lambda case: f"tracepath -n {case.address}"),
    Row("window-closed", "the other side's window is closed: its service does not read",
        lambda case: case.talking() and case.cause == Cause.TIMED_OUT and case.window_closed(), (SERVER,),
        "does not read",
        lambda case: _join("the service does not read: its window is closed", case.acknowledged()),
        next=_on_host("ss -tni sport = :{port}")),
    Row("request-lost", "what was sent has been repeated and nobody acknowledged it",
        lambda case: case.talking() and case.cause == Cause.TIMED_OUT and case.request_lost(), (NETWORK,),
        "data lost after the handshake",
        lambda case: _join(case.connected(), "data are lost after the handshake", case.acknowledged()),
        next=_traceroute),
    Row("peer-gone", "the other kernel answers our questions no more",
        lambda case: case.talking() and case.cause == Cause.TIMED_OUT and case.peer_silent(), (NETWORK,),
        "the path died",
        lambda case: _join(
            case.connected(), "then the path or the host died: the host's kernel left "
            f"{case.stall.tcp.probes if case.stall and case.stall.tcp else 0} questions unanswered",
            case.acknowledged()),
        next=_traceroute),
    Row("forgotten", "a RST to our question whether the other kernel is still there",
        lambda case: case.talking() and case.cause == Cause.RESET and case.asked_at_all(), IN_ITS_NAME,
        "connection forgotten",
        lambda case: _join(case.connected(), "the other side no longer knows the connection", case.acknowledged()),
        next=_on_host("ss -tn sport = :{port}")),
    Row("stalls", "the answer stopped in the middle, and the other kernel answers our questions",
        lambda case: case.talking() and case.cause == Cause.TIMED_OUT and bool(case.attempt.received)
        and case.peer_alive(),
        (SERVER,),
        "stalls in the answer",
        lambda case: _join(
            f"the service stalls after {case.attempt.size} bytes of its answer", case.acknowledged(),
            "the host's kernel answers"),
        next=_on_host("ss -tnp sport = :{port}")),
    Row("hangs", "our request was acknowledged, the other kernel answers, the service says nothing",
        lambda case: case.talking() and case.cause == Cause.TIMED_OUT and case.request_acknowledged()
        and case.peer_alive(), (SERVER,),
        "hangs",
        lambda case: _join(case.connected(), case.acknowledged(), "the host's kernel answers"),
        next=_on_host("ss -tnp sport = :{port}")),
    Row("says-nothing", "connected, nothing sent and nothing came, or a TLS handshake without end; the other kernel answers",
        lambda case: case.talking() and case.cause == Cause.TIMED_OUT and case.peer_alive(), (NETWORK, SERVER),
        lambda case: TIMEOUT_WORDS[Phase.TLS][0] if case.phase == Phase.TLS else "says nothing",
        lambda case: _join(
            case.connected(), TIMEOUT_WORDS[Phase.TLS][1] if case.phase == Phase.TLS else "nothing more came" if case.attempt.size else "nothing came",
            "the host's kernel answers",
            "the service says nothing, or what it said is lost"),
        next=_on_host("ss -tnp sport = :{port}")),
    Row("silence", "connected, and no time to ask the other kernel, or no way on this system",
        lambda case: case.talking() and case.cause == Cause.TIMED_OUT, (NETWORK, SERVER),
        lambda case: TIMEOUT_WORDS[case.silence()][0],
        lambda case: _join(case.connected(), TIMEOUT_WORDS[case.silence()][1], case.acknowledged()),
        next=_on_host("ss -tnp sport = :{port}")),
    # TLS
    Row("tls-injection", "bytes between the go-ahead of STARTTLS and the handshake",
        lambda case: case.cause == Cause.TLS_INJECTION, (TLS,),
        "injection before TLS",
        lambda case: _join(
            "somebody spoke between the go-ahead and the TLS handshake, where nobody may (RFC 3207, 4.2)", case.error),
        next=_s_client),
    Row("starttls-refused", "the service does not begin TLS when it is asked to",
        lambda case: case.cause == Cause.STARTTLS_REFUSED, (TLS,),
        "no STARTTLS",
        lambda case: f"the service does not begin TLS: {case.step_words()}",
        next=_s_client),
    Row("not-tls", "what answers the ClientHello is no TLS record",
        lambda case: case.cause == Cause.NOT_TLS, (TLS,),
        "not TLS",
        "what answers there speaks no TLS, or begins it later, as --starttls does",
        next=lambda case: f"check_tcp_health -H {case.target.host} -p {case.target.port} --read data -v"),
    Row("client-certificate", "the server asked for a client certificate, and ended the handshake without a good one",
        lambda case: case.cause == Cause.CLIENT_CERTIFICATE_REQUIRED, (TLS,),
        lambda case: (
            "client certificate not accepted" if case.recipe.tls and case.recipe.tls.client_cert
            else "client certificate required"
        ),
        lambda case: (
            "the server does not accept our client certificate" if case.recipe.tls and case.recipe.tls.client_cert
            else "the server requires a client certificate"
        ) + (f": {case.error}" if case.error else ""),
        next=_s_client),
    Row("tls-protocol", "no TLS version in common: alert protocol version, or a version that we do not accept",
        lambda case: case.cause == Cause.TLS_PROTOCOL, (TLS,),
        lambda case: (
            "no TLS version in common" if case.recipe.tls and case.recipe.tls.maximum else "protocol too old"
        ),
        lambda case: _join(
            f"the two sides have no TLS version in common: {case.error}", f"accepted here: {_versions(case)}"),
        next=_s_client),
    Row("tls-alert", "the server ended the handshake by another alert",
        lambda case: case.cause == Cause.TLS_ALERT, (TLS,),
        lambda case: f"alert {case.error}",
        lambda case: f"the server ended the TLS handshake with the alert {case.error}",
        next=_s_client),
    Row("certificate-expired", "verification: the certificate, or one of its chain, has expired",
        lambda case: case.cause == Cause.CERTIFICATE_EXPIRED, (TLS,),
        "certificate expired",
        lambda case: _join(f"the certificate is not accepted: {case.error}", case.certificate_words()),
        next=_s_client),
    Row("certificate-not-yet-valid", "verification: the certificate, or one of its chain, is not valid yet",
        lambda case: case.cause == Cause.CERTIFICATE_NOT_YET_VALID, (TLS, LOCAL),
        "certificate not yet valid",
        lambda case: _join(
            f"the certificate is not accepted: {case.error}", case.certificate_words(), "or our clock is behind"),
        next="date"),
    Row("unknown-issuer", "verification: self-signed, an issuer that is not trusted, or an intermediate that is not sent",
        lambda case: case.cause == Cause.CERTIFICATE_UNKNOWN_ISSUER, (TLS,),
        "unknown issuer",
        lambda case: _join(f"the certificate is not accepted: {case.error}", case.certificate_words()),
        next=_s_client),
    Row("name-mismatch", "verification: the certificate is for other names",
        lambda case: case.cause == Cause.CERTIFICATE_NAME_MISMATCH, (TLS,),
        "name mismatch",
        lambda case: _join(f"the certificate is not accepted: {case.error}", case.certificate_words()),
        next=_s_client),
    Row("fingerprint", "the certificate is another than the pinned one",
        lambda case: case.cause == Cause.FINGERPRINT_MISMATCH, (TLS,),
        "another certificate",
        lambda case: f"the certificate is not the one that was pinned: {case.error}",
        next=_s_client),
    Row("certificate-rejected", "verification failed for another reason",
        lambda case: case.cause == Cause.CERTIFICATE_REJECTED, (TLS,),
        "certificate rejected",
        lambda case: _join(f"the certificate is not accepted: {case.error}", case.certificate_words()),
        next=_s_client),
    Row("tls-reset", "a RST in the middle of the TLS handshake",
        lambda case: case.phase == Phase.TLS and case.cause == Cause.RESET, (FIREWALL, SERVER, TLS),
        "reset in the handshake",
        lambda case: _join(
            case.connected(), "then reset in the middle of the TLS handshake, by the host or in its name",
            case.acknowledged()),
        next=_s_client),
    Row("tls-closed", "end of file in the middle of the TLS handshake",
        lambda case: case.phase == Phase.TLS and case.cause == Cause.CLOSED_EARLY, (SERVER, TLS),
        lambda case: "closed in the handshake" if case.attempt.tls is None else "closed behind the handshake",
        lambda case: _join(
            case.connected(), f"then {case.error or 'closed in the middle of the TLS handshake'}", case.acknowledged()),
        next=_s_client),
    Row("tls", "the TLS handshake failed for another reason",
        lambda case: case.cause == Cause.TLS_FAILED or case.phase == Phase.TLS, (TLS,),
        lambda case: "handshake failed" if case.attempt.tls is None else "failed behind the handshake",
        lambda case: f"{'the TLS handshake' if case.attempt.tls is None else 'TLS'} failed: {case.error}",
        next=_s_client),

    Row("closed-early", "end of file before any data",
        lambda case: case.cause == Cause.CLOSED_EARLY, (SERVER,),
        lambda case: "closed in its answer" if case.attempt.size else "accepted, then closed",
        lambda case: _join(
            case.connected(),
            f"closed after {case.attempt.size} bytes of its answer" if case.attempt.size
            else "accepted, then closed before any data",
            case.acknowledged()),
        next=_on_host("journalctl -e")),
    Row("reset", "a RST on an established connection",
        lambda case: case.talking() and case.cause == Cause.RESET, IN_ITS_NAME,
        "accepted, then reset",
        lambda case: _join(
            case.connected(), "accepted, then reset by the host or in its name", case.acknowledged()),
        next=_on_host("journalctl -e")),
    Row("port-closed", "ICMP port unreachable for UDP",
        lambda case: case.cause == Cause.PORT_UNREACHABLE, (SERVER, FIREWALL),
        "UDP port closed",
        "the UDP port is closed, by the host or in its name",
        next=_on_host("ss -lun sport = :{port}")),
    Row("mismatch", "the answer is not what was expected",
        lambda case: case.cause == Cause.MISMATCH, (CONTENT,),
        "unexpected answer",
        lambda case: case.step_words(),
        next=lambda case: f"check_tcp_health -H {case.target.host} -p {case.target.port} --read data -v"),

    # Nothing failed
    Row("prober-busy", "a time's threshold alerts, and for half of that time our own loop could not look",
        lambda case: case.failure is None and case.alerts(*_OUR_TIMES) and case.busy(), (LOCAL,),
        "the prober is busy",
        lambda case: (
            f"the prober is busy: for {case.outcome.lag * 1000:.0f} ms it could not look at the network, the check took"
            f" {case.attempt.time * 1000:.0f} ms"
        ),
        next="uptime; top"),
    Row("slow-path", "the round trip's threshold alerts",
        lambda case: case.failure is None and case.alerts(*(f"rtt{end}" for end in _ENDS)), (NETWORK,),
        "slow round trip",
        lambda case: f"the round trip takes {(case.attempt.rtt or 0) * 1000:.1f} ms",
        next=_traceroute),
    Row("slow-answer", "the first byte's threshold alerts",
        lambda case: case.failure is None and case.alerts("first_byte"), (SERVER,),
        "slow to answer",
        lambda case: (
            f"slow: the first byte came {(case.attempt.first_byte or 0) * 1000:.0f} ms after the request, the round"
            f" trip takes {(case.attempt.rtt or 0) * 1000:.1f} ms"
        ),
        next=_on_host("top")),
    Row("repeated", "the connect succeeded after repeated SYNs",
        lambda case: case.repeated() > 0, (NETWORK,),
        lambda case: f"{case.repeated()} SYN{'s' if case.repeated() > 1 else ''} repeated",
        "SYNs, or the answers to them, are lost on the way",
        next=_traceroute),
)  # fmt: skip
"""The table, read from the top."""


def waiting(attempt: Attempt, recipe: Recipe) -> str:
    """The step of a dialogue that an attempt waited in, and for what; nothing where there was but one to wait in."""
    step = recipe.step(attempt.step)
    if step is None or not step.wanted or (not step.comment and not several_answers(recipe)):
        return ""
    comment = step.comment
    if step.built_in:
        return f"waiting for {comment}" if comment else ""
    return f"step {recipe.own_step(attempt.step)}{f' ({comment})' if comment else ''} waited for {expectation(step)}"


def expectation(step: Step | None) -> str:
    """What a step wants to hear, for a person."""
    if step is None:
        return "an answer"
    between = " and " if step.every else " or "
    return between.join(_pattern(each) for each in step.wanted[:3]) or "an answer"


def several_answers(recipe: Recipe) -> bool:
    """Whether the user's dialogue waits for more than one answer."""
    return sum(step.reads and not step.opening for step in recipe.dialogue) > 1


def _pattern(pattern: Pattern) -> str:
    if pattern.kind == "regex":
        return f"/{pattern.data.decode('utf-8', 'backslashreplace')}/"
    return repr(pattern.data)[1:]


def diagnose(verdict: Verdict) -> Fault | None:
    """The fault that an outcome's evidence carries, or None where nothing is wrong."""
    if not verdict.outcome.attempts:
        return None
    case = Case(verdict)
    for row in TABLE:
        if row.when(case):
            return Fault(
                row.name,
                tuple(domain for domain in DOMAINS if domain in row.domains),
                _words(row.short, case),
                _words(row.sentence, case),
                row.box(case) if row.box is not None else None,
                tuple(_evidence(case)),
                _words(row.next, case),
            )
    return None


def evidence(verdict: Verdict) -> tuple[str, ...]:
    """What was found out about the attempt that is told, a line each, whether anything is wrong or not."""
    return tuple(_evidence(Case(verdict)))


def _words(words: Words, case: Case) -> str:
    return words if isinstance(words, str) else words(case)


def _evidence(case: Case) -> Iterator[str]:
    """Everything that was found out, a line each, whether the fault rests on it or not."""
    failure = case.failure
    if failure is not None:
        yield f"{failure.cause.replace('_', ' ')} in the {case.phase} phase{f': {failure.error}' if failure.error else ''}"
        if failure.retransmits:
            yield f"{failure.retransmits} SYNs repeated without an answer"
    secured = case.attempt.secured
    if secured is not None and secured.second:
        yield "the certificate was read on a second connection, made without verification"
    if case.icmp is not None:
        yield case.claim()
    if case.outcome.lag >= WORTH_TELLING:
        yield f"this process could not look at the network for {case.outcome.lag:.3f} s at a stretch"
    if case.path is not None:
        for hop in case.path.hops:
            time = f" in {hop.time * 1000:.1f} ms" if hop.time is not None and hop.kind != "silent" else ""
            yield f"hop {hop.ttl}: {hop.address or ''} {hop.kind}{time}".replace("  ", " ")
        yield case.reach()
    if case.ttl is not None:
        yield f"the RST arrived with TTL {case.ttl}"
    if case.control is not None:
        yield case.control_words()
    if case.name_server is not None:
        yield f"name server {case.name_server.address}: {case.name_server.answer}"
    if case.stall is not None and case.stall.tcp is not None:
        tcp = case.stall.tcp
        if case.acknowledged():
            yield case.acknowledged()
        if tcp.retransmits:
            yield f"{tcp.retransmits} segments repeated, {tcp.unacked} not acknowledged"
        if case.stall.asked is not None:
            answers = f"{tcp.probes} questions unanswered" if tcp.probes else "it answers"
            yield f"the host's kernel was asked for {case.stall.asked:.1f} s: {answers}"
        if case.stall.small is not None:
            yield f"segments of 536 bytes {'get through' if case.stall.small else 'are lost too'}"
