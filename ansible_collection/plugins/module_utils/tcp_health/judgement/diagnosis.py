# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Outcome → Fault: a table of rules, each with the evidence that it needs, the possible domains and the words.

- The rules are read from the top. The first whose evidence is present gives the fault.
- A rule names every domain that its evidence leaves possible, and no other. Faults that look the same to a client have
  one rule.
- A RST has two possible senders, the host and a firewall, unless its TTL shows another sender. An ICMP message contains
  what its sender claims. The fault says so if the sender does not fit the traced path.
- A hop that does not answer is not evidence: routers need not answer a trace, and answer only so many probes a second.
"""

from __future__ import annotations

from ..model.causes import Cause, Phase
from ..model.verdict import CONTENT, DNS, DOMAINS, FIREWALL, LOCAL, NETWORK, SERVER, TLS, Fault
from .case import Case
from .commands import dig, on_host, s_client, traceroute
from .evidence import (
    accepted_versions,
    acknowledged,
    certificate,
    connected,
    control_port,
    evidence_lines,
    failed_step,
    icmp_message,
    join,
    path_end,
)
from .timeouts import TIMEOUT_WORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Union

    from ..model.verdict import Verdict

    Words = Union[str, Callable[[Case], str]]


class Rule:
    """A row of the table.

    name       its name in JSON and in the documentation
    meaning    the evidence in words, for the documentation
    when       whether a case has this evidence
    domains    the domains that the evidence leaves possible
    short      a few words for the first line
    sentence   one sentence for the second line
    box        the address of the device that caused the fault, where the evidence shows it
    next       a command to try next, or ""
    """

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


def name_server_is(answer: str) -> Callable[[Case], bool]:
    """Return the question whether the check's own query of the name server had this result."""
    return lambda case: (
        case.name_server is not None and case.name_server.answer == answer and case.phase == Phase.RESOLVE
    )


_ENDS: tuple[str, ...] = ("", "_min", "_mean", "_max", "_median", "_p95", "_mdev")

# What a busy prober makes longer; the kernel's round trip is not among it.
_LOCAL_TIMES = ("time", "resolve", "tls", "first_byte", *(f"connect{end}" for end in _ENDS))

NO_ANSWER = (NETWORK, FIREWALL, SERVER)
HOST_OR_FIREWALL = (FIREWALL, SERVER)

TABLE = (
    # The name service
    Rule("no-such-name", "the name service says that there is no such name",
        lambda case: case.cause == Cause.NAME_UNKNOWN, (DNS,),
        "no such name",
        lambda case: f"no such name: the name service knows no {case.target.host}",
        next=lambda case: f"getent ahosts {case.target.host}"),
    Rule("no-address", "the name has no address of the wanted family",
        lambda case: case.cause == Cause.NO_ADDRESS, (DNS,),
        lambda case: f"no IPv{case.recipe.family or '4 or 6'} address",
        lambda case: f"{case.target.host} has no address for IPv{case.recipe.family or '4 or 6'}",
        next=lambda case: f"getent ahosts {case.target.host}"),
    Rule("resolver-closed", "a query of our own: the name server's port is closed",
        name_server_is("closed"), (DNS,),
        "resolver closed",
        lambda case: f"the port of name server {case.name_server_address} is closed",
        box=lambda case: case.name_server_address, next=dig),
    Rule("resolver-silent", "a query of our own: the name server is silent",
        name_server_is("silent"), (DNS,),
        "resolver silent",
        lambda case: f"no answer from name server {case.name_server_address}: it is silent",
        box=lambda case: case.name_server_address, next=dig),
    Rule("resolver-unreachable", "a query of our own: the name server cannot be reached",
        name_server_is("unreachable"), (DNS,),
        "resolver unreachable",
        lambda case: f"name server {case.name_server_address} cannot be reached",
        box=lambda case: case.name_server_address, next=dig),
    Rule("lookup-hangs", "a query of our own: the name server answers, the system's lookup did not",
        Case.name_server_works, (DNS, LOCAL),
        "lookup fails, resolver answers",
        lambda case: f"the system's lookup failed, and name server {case.name_server_address} answers: nsswitch, search domains, TCP",
        next=lambda case: f"getent ahosts {case.target.host}; {dig(case)}"),
    Rule("resolver-failing", "a query of our own: the name server answers with a failure",
        Case.name_server_answers, (DNS,),
        lambda case: f"resolver answers {case.name_server.answer.upper()}" if case.name_server else "",
        lambda case: (
            f"name server {case.name_server_address} answers {case.name_server.answer.upper()}" if case.name_server else ""
        ),
        box=lambda case: case.name_server_address, next=dig),
    Rule("lookup-failed", "the lookup failed, and there is no query of our own",
        lambda case: case.phase == Phase.RESOLVE and case.cause in (Cause.RESOLVER_FAILED, Cause.RESOLVER_SILENT),
        (DNS,),
        lambda case: "no answer" if case.cause == Cause.RESOLVER_SILENT else "the name lookup failed",
        lambda case: (
            "the name lookup had no answer" if case.cause == Cause.RESOLVER_SILENT
            else f"the name lookup failed: {case.error}"
        ),
        next=lambda case: f"getent ahosts {case.target.host}"),

    # Ourselves
    Rule("out-of-descriptors", "the prober lacks descriptors, ports, buffers or memory",
        lambda case: case.cause == Cause.LOCAL_LIMIT, (LOCAL,),
        "the prober, not the target",
        lambda case: f"the prober is out of descriptors, ports or memory: {case.error}",
        next="ulimit -n; ss -s"),
    Rule("tls-unusable", "certificates, keys or TLS settings of our own that cannot be used",
        lambda case: case.cause == Cause.TLS_UNUSABLE, (LOCAL,),
        "our own TLS settings",
        lambda case: case.error),
    Rule("expression-stopped", "a user's regular expression was not matched in bounded time",
        lambda case: case.cause == Cause.EXPRESSION_STOPPED, (LOCAL,),
        "the expression takes too long",
        lambda case: join(case.error, f"step {case.recipe.own_step(case.attempt.step)} of the dialogue")),
    Rule("no-route-here", "the connect failed in the call itself: our own routing table",
        lambda case: case.cause == Cause.NO_ROUTE, (LOCAL,),
        "no route from here",
        lambda case: f"no route from here to {case.address}",
        next=lambda case: f"ip route get {case.address}"),
    Rule("source-unusable", "the wanted source is not ours to send from",
        lambda case: case.cause == Cause.SOURCE_UNUSABLE, (LOCAL,),
        "the source is not ours",
        lambda case: case.error,
        next="ip address"),
    Rule("no-access", "the system denies access to the target",
        lambda case: case.cause == Cause.ACCESS_DENIED, (LOCAL,),
        "access denied here",
        lambda case: f"this user may not open {case.target.path or case.address}",
        next=lambda case: f"ls -l {case.target.path}" if case.target.path else ""),
    Rule("own-filter", "an ICMP message that forbids, signed with our own address",
        lambda case: case.is_own_icmp() and case.is_rejected(), (LOCAL,),
        "our own filter rejects",
        lambda case: f"{icmp_message(case)}: our own filter",
        box=lambda case: case.sender, next="nft list ruleset"),
    Rule("own-neighbour", "ICMP host unreachable, signed with our own address: nobody answered our ARP",
        lambda case: case.is_own_icmp(), (NETWORK,),
        "our next hop does not answer",
        lambda case: f"our gateway, or {case.address} if it is on our link, does not answer ARP: {icmp_message(case)}",
        next=lambda case: f"ip neighbour; ip route get {case.address}"),

    # What others said
    Rule("rejected", "an ICMP message that forbids, or port unreachable, which only a filter sends for TCP",
        lambda case: case.is_rejected(), (FIREWALL,),
        lambda case: f"rejected by {case.sender}",
        icmp_message,
        box=lambda case: case.sender, next=traceroute),
    Rule("unreachable", "an ICMP message of a router: it has no way to the host",
        lambda case: case.icmp is not None, (NETWORK,),
        lambda case: f"{case.sender} cannot reach {case.address}",
        icmp_message,
        box=lambda case: case.sender, next=traceroute),
    Rule("unreachable-unsigned", "the kernel says unreachable, and nobody signed it",
        lambda case: case.is_connecting() and case.cause in (Cause.UNREACHABLE, Cause.PROHIBITED), (NETWORK, FIREWALL),
        lambda case: f"{case.cause}",
        lambda case: f"{case.cause}: the system does not tell who said so",
        next=traceroute),
    Rule("refused-elsewhere", "a RST whose TTL is not that of the host's other answers, or does not fit the path",
        lambda case: case.is_connecting() and case.cause == Cause.REFUSED and case.has_foreign_ttl(), (FIREWALL,),
        lambda case: f"refused, probably by {case.rst_sender() or 'a nearer box'}",
        lambda case: join(
            f"the RST arrived with TTL {case.ttl}: probably sent by {case.rst_sender() or 'a box nearer than the host'}",
            path_end(case), control_port(case)),
        box=Case.rst_sender, next=traceroute),
    Rule("refused", "a RST without an ICMP message: nothing listens, or a filter answers in the host's name",
        lambda case: case.is_connecting() and case.cause == Cause.REFUSED and case.attempt.address is not None
        and case.attempt.address.family != 0, HOST_OR_FIREWALL,
        "refused",
        lambda case: join("refused by the host or in its name", control_port(case)),
        next=on_host("ss -ltn sport = :{port}")),
    Rule("socket-full", "a unix socket's backlog is full for as long as the check waits",
        lambda case: case.target.path is not None and case.is_connecting() and case.cause == Cause.TIMED_OUT, (SERVER,),
        "backlog full",
        lambda case: f"the backlog of {case.target.path} is full: its service accepts no connection",
        next=lambda case: f"ss -lx src {case.target.path}"),
    Rule("socket-refused", "nothing listens at a unix socket, or there is none",
        lambda case: case.target.path is not None and case.is_connecting(), (SERVER,),
        "nothing listens there",
        lambda case: f"nothing listens at {case.target.path}",
        next=lambda case: f"ss -lx src {case.target.path}"),

    # No answer to the SYN
    Rule("nowhere", "no answer to the SYN, and no hop answered a trace, not even the first",
        lambda case: case.is_connecting() and case.cause == Cause.TIMED_OUT and case.no_hop_answered(),
        (LOCAL, NETWORK, FIREWALL, SERVER),
        "no answer, no hop answers",
        lambda case: join(
            "no answer to the SYN", path_end(case), control_port(case),
            "ourselves, the gateway, a filter or the host"),
        next=lambda case: f"ip route get {case.address}; ip neighbour; nft list ruleset"),
    Rule("unanswered", "no answer to the SYN: a filter, a full queue, a dead host or path, or the answer is lost",
        lambda case: case.is_connecting() and case.cause == Cause.TIMED_OUT, NO_ANSWER,
        "no answer to the SYN",
        lambda case: join(
            "no answer to the SYN", path_end(case), control_port(case),
            "filtered, queue full, or the answer is lost" if control_port(case).endswith("answers")
            else "filtered, dead, queue full, or the answer is lost"),
        next=traceroute),
    Rule("reset-at-once", "a RST right behind the handshake",
        lambda case: case.is_connecting() and case.cause == Cause.RESET, HOST_OR_FIREWALL,
        "accepted, then reset",
        "accepted, then reset at once by the host or in its name",
        next=on_host("journalctl -e")),

    # Established
    Rule("udp-silent", "no answer to a datagram: UDP acknowledges nothing",
        lambda case: case.recipe.network == "udp" and case.is_established() and case.cause == Cause.TIMED_OUT, NO_ANSWER,
        "no answer to the datagram",
        "no answer to the datagram: filtered, lost, or nothing answers such a request",
        next=on_host("ss -lun sport = :{port}")),
    Rule("black-hole", "large segments are lost and small ones get through",
        lambda case: case.is_established() and case.stall is not None and case.stall.small is True, (NETWORK,),
        "MTU black hole",
        lambda case: join(
            "MTU black hole: segments of 536 bytes get through, larger ones do not", acknowledged(case)),
        next=lambda case: f"tracepath -n {case.address}"),
    Rule("window-closed", "the other side's window is closed: its service does not read",
        lambda case: case.is_established() and case.cause == Cause.TIMED_OUT and case.window_closed(), (SERVER,),
        "does not read",
        lambda case: join("the service does not read: its window is closed", acknowledged(case)),
        next=on_host("ss -tni sport = :{port}")),
    Rule("request-lost", "what was sent has been repeated and nobody acknowledged it",
        lambda case: case.is_established() and case.cause == Cause.TIMED_OUT and case.request_lost(), (NETWORK,),
        "data lost after the handshake",
        lambda case: join(connected(case), "data are lost after the handshake", acknowledged(case)),
        next=traceroute),
    Rule("peer-gone", "the other kernel answers our questions no more",
        lambda case: case.is_established() and case.cause == Cause.TIMED_OUT and case.probes_unacknowledged(), (NETWORK,),
        "the path died",
        lambda case: join(
            connected(case), "then the path or the host died: the host's kernel left "
            f"{case.stall.tcp.probes if case.stall and case.stall.tcp else 0} questions unanswered",
            acknowledged(case)),
        next=traceroute),
    Rule("forgotten", "a RST to our question whether the other kernel is still there",
        lambda case: case.is_established() and case.cause == Cause.RESET and case.was_probed(), HOST_OR_FIREWALL,
        "connection forgotten",
        lambda case: join(connected(case), "the other side no longer knows the connection", acknowledged(case)),
        next=on_host("ss -tn sport = :{port}")),
    Rule("stalls", "the answer stopped in the middle, and the other kernel answers our questions",
        lambda case: case.is_established() and case.cause == Cause.TIMED_OUT and bool(case.attempt.received)
        and case.peer_alive(),
        (SERVER,),
        "stalls in the answer",
        lambda case: join(
            f"the service stalls after {case.attempt.size} bytes of its answer", acknowledged(case),
            "the host's kernel answers"),
        next=on_host("ss -tnp sport = :{port}")),
    Rule("hangs", "our request was acknowledged, the other kernel answers, the service says nothing",
        lambda case: case.is_established() and case.cause == Cause.TIMED_OUT and case.request_acknowledged()
        and case.peer_alive(), (SERVER,),
        "hangs",
        lambda case: join(connected(case), acknowledged(case), "the host's kernel answers"),
        next=on_host("ss -tnp sport = :{port}")),
    Rule("says-nothing", "connected, nothing sent and nothing came, or a TLS handshake without end; the other kernel answers",
        lambda case: case.is_established() and case.cause == Cause.TIMED_OUT and case.peer_alive(), (NETWORK, SERVER),
        lambda case: TIMEOUT_WORDS[Phase.TLS][0] if case.phase == Phase.TLS else "says nothing",
        lambda case: join(
            connected(case), TIMEOUT_WORDS[Phase.TLS][1] if case.phase == Phase.TLS else "nothing more came" if case.attempt.size else "nothing came",
            "the host's kernel answers",
            "the service says nothing, or what it said is lost"),
        next=on_host("ss -tnp sport = :{port}")),
    Rule("silence", "connected, and no time to ask the other kernel, or no way on this system",
        lambda case: case.is_established() and case.cause == Cause.TIMED_OUT, (NETWORK, SERVER),
        lambda case: TIMEOUT_WORDS[case.silent_phase()][0],
        lambda case: join(connected(case), TIMEOUT_WORDS[case.silent_phase()][1], acknowledged(case)),
        next=on_host("ss -tnp sport = :{port}")),
    # TLS
    Rule("tls-injection", "bytes between the go-ahead of STARTTLS and the handshake",
        lambda case: case.cause == Cause.TLS_INJECTION, (TLS,),
        "injection before TLS",
        lambda case: join(
            "somebody spoke between the go-ahead and the TLS handshake, where nobody may (RFC 3207, 4.2)", case.error),
        next=s_client),
    Rule("starttls-refused", "the service does not begin TLS when it is asked to",
        lambda case: case.cause == Cause.STARTTLS_REFUSED, (TLS,),
        "no STARTTLS",
        lambda case: f"the service does not begin TLS: {failed_step(case)}",
        next=s_client),
    Rule("not-tls", "what answers the ClientHello is no TLS record",
        lambda case: case.cause == Cause.NOT_TLS, (TLS,),
        "not TLS",
        "what answers there speaks no TLS, or begins it later, as --starttls does",
        next=lambda case: f"check_tcp_health -H {case.target.host} -p {case.target.port} --read data -v"),
    Rule("client-certificate", "the server asked for a client certificate, and ended the handshake without a good one",
        lambda case: case.cause == Cause.CLIENT_CERTIFICATE_REQUIRED, (TLS,),
        lambda case: (
            "client certificate not accepted" if case.recipe.tls and case.recipe.tls.client_cert
            else "client certificate required"
        ),
        lambda case: (
            "the server does not accept our client certificate" if case.recipe.tls and case.recipe.tls.client_cert
            else "the server requires a client certificate"
        ) + (f": {case.error}" if case.error else ""),
        next=s_client),
    Rule("tls-protocol", "no TLS version in common: alert protocol version, or a version that we do not accept",
        lambda case: case.cause == Cause.TLS_PROTOCOL, (TLS,),
        lambda case: (
            "no TLS version in common" if case.recipe.tls and case.recipe.tls.maximum else "protocol too old"
        ),
        lambda case: join(
            f"the two sides have no TLS version in common: {case.error}", f"accepted here: {accepted_versions(case)}"),
        next=s_client),
    Rule("tls-alert", "the server ended the handshake by another alert",
        lambda case: case.cause == Cause.TLS_ALERT, (TLS,),
        lambda case: f"alert {case.error}",
        lambda case: f"the server ended the TLS handshake with the alert {case.error}",
        next=s_client),
    Rule("certificate-expired", "verification: the certificate, or one of its chain, has expired",
        lambda case: case.cause == Cause.CERTIFICATE_EXPIRED, (TLS,),
        "certificate expired",
        lambda case: join(f"the certificate is not accepted: {case.error}", certificate(case)),
        next=s_client),
    Rule("certificate-not-yet-valid", "verification: the certificate, or one of its chain, is not valid yet",
        lambda case: case.cause == Cause.CERTIFICATE_NOT_YET_VALID, (TLS, LOCAL),
        "certificate not yet valid",
        lambda case: join(
            f"the certificate is not accepted: {case.error}", certificate(case), "or our clock is behind"),
        next="date"),
    Rule("unknown-issuer", "verification: self-signed, an issuer that is not trusted, or an intermediate that is not sent",
        lambda case: case.cause == Cause.CERTIFICATE_UNKNOWN_ISSUER, (TLS,),
        "unknown issuer",
        lambda case: join(f"the certificate is not accepted: {case.error}", certificate(case)),
        next=s_client),
    Rule("name-mismatch", "verification: the certificate is for other names",
        lambda case: case.cause == Cause.CERTIFICATE_NAME_MISMATCH, (TLS,),
        "name mismatch",
        lambda case: join(f"the certificate is not accepted: {case.error}", certificate(case)),
        next=s_client),
    Rule("fingerprint", "the certificate is another than the pinned one",
        lambda case: case.cause == Cause.FINGERPRINT_MISMATCH, (TLS,),
        "another certificate",
        lambda case: f"the certificate is not the one that was pinned: {case.error}",
        next=s_client),
    Rule("certificate-rejected", "verification failed for another reason",
        lambda case: case.cause == Cause.CERTIFICATE_REJECTED, (TLS,),
        "certificate rejected",
        lambda case: join(f"the certificate is not accepted: {case.error}", certificate(case)),
        next=s_client),
    Rule("tls-reset", "a RST in the middle of the TLS handshake",
        lambda case: case.phase == Phase.TLS and case.cause == Cause.RESET, (FIREWALL, SERVER, TLS),
        "reset in the handshake",
        lambda case: join(
            connected(case), "then reset in the middle of the TLS handshake, by the host or in its name",
            acknowledged(case)),
        next=s_client),
    Rule("tls-closed", "end of file in the middle of the TLS handshake",
        lambda case: case.phase == Phase.TLS and case.cause == Cause.CLOSED_EARLY, (SERVER, TLS),
        lambda case: "closed in the handshake" if case.attempt.tls is None else "closed behind the handshake",
        lambda case: join(
            connected(case), f"then {case.error or 'closed in the middle of the TLS handshake'}", acknowledged(case)),
        next=s_client),
    Rule("tls", "the TLS handshake failed for another reason",
        lambda case: case.cause == Cause.TLS_FAILED or case.phase == Phase.TLS, (TLS,),
        lambda case: "handshake failed" if case.attempt.tls is None else "failed behind the handshake",
        lambda case: f"{'the TLS handshake' if case.attempt.tls is None else 'TLS'} failed: {case.error}",
        next=s_client),

    Rule("closed-early", "end of file before any data",
        lambda case: case.cause == Cause.CLOSED_EARLY, (SERVER,),
        lambda case: "closed in its answer" if case.attempt.size else "accepted, then closed",
        lambda case: join(
            connected(case),
            f"closed after {case.attempt.size} bytes of its answer" if case.attempt.size
            else "accepted, then closed before any data",
            acknowledged(case)),
        next=on_host("journalctl -e")),
    Rule("reset", "a RST on an established connection",
        lambda case: case.is_established() and case.cause == Cause.RESET, HOST_OR_FIREWALL,
        "accepted, then reset",
        lambda case: join(
            connected(case), "accepted, then reset by the host or in its name", acknowledged(case)),
        next=on_host("journalctl -e")),
    Rule("port-closed", "ICMP port unreachable for UDP",
        lambda case: case.cause == Cause.PORT_UNREACHABLE, (SERVER, FIREWALL),
        "UDP port closed",
        "the UDP port is closed, by the host or in its name",
        next=on_host("ss -lun sport = :{port}")),
    Rule("mismatch", "the answer is not what was expected",
        lambda case: case.cause == Cause.MISMATCH, (CONTENT,),
        "unexpected answer",
        failed_step,
        next=lambda case: f"check_tcp_health -H {case.target.host} -p {case.target.port} --read data -v"),

    # Nothing failed
    Rule("prober-busy", "a time's threshold alerts, and for half of that time our own loop could not look",
        lambda case: case.failure is None and case.alerts(*_LOCAL_TIMES) and case.loop_delayed(), (LOCAL,),
        "the prober is busy",
        lambda case: (
            f"the prober is busy: for {case.outcome.lag * 1000:.0f} ms it could not look at the network, the check took"
            f" {case.attempt.time * 1000:.0f} ms"
        ),
        next="uptime; top"),
    Rule("slow-path", "the round trip's threshold alerts",
        lambda case: case.failure is None and case.alerts(*(f"rtt{end}" for end in _ENDS)), (NETWORK,),
        "slow round trip",
        lambda case: f"the round trip takes {(case.attempt.rtt or 0) * 1000:.1f} ms",
        next=traceroute),
    Rule("slow-answer", "the first byte's threshold alerts",
        lambda case: case.failure is None and case.alerts("first_byte"), (SERVER,),
        "slow to answer",
        lambda case: (
            f"slow: the first byte came {(case.attempt.first_byte or 0) * 1000:.0f} ms after the request, the round"
            f" trip takes {(case.attempt.rtt or 0) * 1000:.1f} ms"
        ),
        next=on_host("top")),
    Rule("repeated", "the connect succeeded after repeated SYNs",
        lambda case: case.repeated_syns() > 0, (NETWORK,),
        lambda case: f"{case.repeated_syns()} SYN{'s' if case.repeated_syns() > 1 else ''} repeated",
        "SYNs, or the answers to them, are lost on the way",
        next=traceroute),
)  # fmt: skip
"""The table, read from the top."""


def diagnose(verdict: Verdict) -> Fault | None:
    """Return the fault that the evidence of a verdict shows, or None if nothing is wrong."""
    if not verdict.outcome.attempts:
        return None
    case = Case(verdict)
    for rule in TABLE:
        if rule.when(case):
            return Fault(
                rule.name,
                tuple(domain for domain in DOMAINS if domain in rule.domains),
                _words(rule.short, case),
                _words(rule.sentence, case),
                rule.box(case) if rule.box is not None else None,
                tuple(evidence_lines(case)),
                _words(rule.next, case),
            )
    return None


def evidence(verdict: Verdict) -> tuple[str, ...]:
    """Return the evidence about the reported attempt, a line each, also if nothing is wrong."""
    return tuple(evidence_lines(Case(verdict)))


def _words(words: Words, case: Case) -> str:
    return words if isinstance(words, str) else words(case)
