# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Outcome → Fault: a table of rules, each with the evidence that it needs, the possible domains and the words.

- The rules are read from the top. The first whose evidence is present gives the fault.
- A rule names every domain that its evidence leaves possible, and no other. Faults that look the same to a client have
  one rule.
- A RST has two possible senders, the host and a firewall, unless its TTL shows another sender. The sender of an ICMP
  message is a claim. The sentence mentions if it does not fit the traced path.
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
    plural,
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
    domains    the possible domains according to the evidence
    short      a few words for the first line
    sentence   one sentence for the second line
    box        the address of the device that the evidence names, where there is one
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
    """Return a condition: whether the check's own query of the name server had this result."""
    return lambda case: (
        case.name_server is not None and case.name_server.answer == answer and case.phase == Phase.RESOLVE
    )


_ENDS: tuple[str, ...] = ("", "_min", "_mean", "_max", "_median", "_p95", "_mdev")

# Measures that a delay of the event loop makes longer. The kernel measures the round-trip time, so it is not one.
_LOCAL_TIMES = ("time", "resolve", "tls", "first_byte", *(f"connect{end}" for end in _ENDS))

NO_ANSWER = (NETWORK, FIREWALL, SERVER)
HOST_OR_FIREWALL = (FIREWALL, SERVER)

TABLE = (
    # The name lookup
    Rule("no-such-name", "the name service reports that the name does not exist",
        lambda case: case.cause == Cause.NAME_UNKNOWN, (DNS,),
        "no such name",
        lambda case: f"no such name: the name service does not know {case.target.host}",
        next=lambda case: f"getent ahosts {case.target.host}"),
    Rule("no-address", "the name has no address of the requested family",
        lambda case: case.cause == Cause.NO_ADDRESS, (DNS,),
        lambda case: f"no IPv{case.recipe.family or '4 or IPv6'} address",
        lambda case: f"{case.target.host} has no IPv{case.recipe.family or '4 or IPv6'} address",
        next=lambda case: f"getent ahosts {case.target.host}"),
    Rule("resolver-closed", "the check's own DNS query: the port of the name server is closed",
        name_server_is("closed"), (DNS,),
        "resolver closed",
        lambda case: f"the port of name server {case.name_server_address} is closed",
        box=lambda case: case.name_server_address, next=dig),
    Rule("resolver-silent", "the check's own DNS query: the name server does not answer",
        name_server_is("silent"), (DNS,),
        "resolver silent",
        lambda case: f"name server {case.name_server_address} does not answer",
        box=lambda case: case.name_server_address, next=dig),
    Rule("resolver-unreachable", "the check's own DNS query: the name server is unreachable",
        name_server_is("unreachable"), (DNS,),
        "resolver unreachable",
        lambda case: f"name server {case.name_server_address} is unreachable",
        box=lambda case: case.name_server_address, next=dig),
    Rule("lookup-hangs", "the check's own DNS query: the name server answers, but the system's lookup failed",
        Case.name_server_works, (DNS, LOCAL),
        "lookup fails, resolver answers",
        lambda case: (
            f"the system's lookup failed, but name server {case.name_server_address} answers: check nsswitch.conf, the"
            " search domains and DNS over TCP"
        ),
        next=lambda case: f"getent ahosts {case.target.host}; {dig(case)}"),
    Rule("resolver-failing", "the check's own DNS query: the name server answers with an error",
        Case.name_server_answers, (DNS,),
        lambda case: f"resolver answers {case.name_server.answer.upper()}" if case.name_server else "",
        lambda case: (
            f"name server {case.name_server.address} answers {case.name_server.answer.upper()}" if case.name_server else ""
        ),
        box=lambda case: case.name_server_address, next=dig),
    Rule("lookup-failed", "the lookup failed, and the check sent no DNS query of its own",
        lambda case: case.phase == Phase.RESOLVE and case.cause in (Cause.RESOLVER_FAILED, Cause.RESOLVER_SILENT),
        (DNS,),
        lambda case: "no answer" if case.cause == Cause.RESOLVER_SILENT else "name lookup failed",
        lambda case: (
            TIMEOUT_WORDS[Phase.RESOLVE][1] if case.cause == Cause.RESOLVER_SILENT
            else f"the name lookup failed: {case.error}"
        ),
        next=lambda case: f"getent ahosts {case.target.host}"),

    # The monitoring host
    Rule("out-of-descriptors", "the monitoring host is out of descriptors, ports, buffers or memory",
        lambda case: case.cause == Cause.LOCAL_LIMIT, (LOCAL,),
        "out of resources",
        lambda case: f"the monitoring host is out of descriptors, ports or memory: {case.error}",
        next="ulimit -n; ss -s"),
    Rule("tls-unusable", "the given certificates, keys or TLS settings cannot be used",
        lambda case: case.cause == Cause.TLS_UNUSABLE, (LOCAL,),
        "invalid TLS settings",
        lambda case: case.error),
    Rule("expression-stopped", "matching a regular expression took too long",
        lambda case: case.cause == Cause.EXPRESSION_STOPPED, (LOCAL,),
        "regular expression too slow",
        lambda case: join(case.error, f"step {case.recipe.own_step(case.attempt.step)} of the dialogue")),
    Rule("no-route-here", "the connect call itself failed: the monitoring host has no route to the address",
        lambda case: case.cause == Cause.NO_ROUTE, (LOCAL,),
        "no route from here",
        lambda case: f"the monitoring host has no route to {case.address}",
        next=lambda case: f"ip route get {case.address}"),
    Rule("source-unusable", "the monitoring host cannot send from the given source",
        lambda case: case.cause == Cause.SOURCE_UNUSABLE, (LOCAL,),
        "unusable source",
        lambda case: case.error,
        next="ip address"),
    Rule("no-access", "the operating system denies access to the target",
        lambda case: case.cause == Cause.ACCESS_DENIED, (LOCAL,),
        "access denied",
        lambda case: f"this user is not allowed to open {case.target.path or case.address}",
        next=lambda case: f"ls -l {case.target.path}" if case.target.path else ""),
    Rule("own-filter", "ICMP prohibited or port unreachable, from an address of the monitoring host",
        lambda case: case.is_own_icmp() and case.is_rejected(), (LOCAL,),
        "local packet filter",
        lambda case: f"{icmp_message(case)}: a packet filter on the monitoring host",
        box=lambda case: case.sender, next="nft list ruleset"),
    Rule("own-neighbour", "ICMP host unreachable, from an address of the monitoring host: ARP got no answer",
        lambda case: case.is_own_icmp(), (NETWORK,),
        "next hop does not answer",
        lambda case: f"the gateway, or {case.address} if it is on the same link, does not answer ARP: {icmp_message(case)}",
        next=lambda case: f"ip neighbour; ip route get {case.address}"),

    # ICMP messages and refusals
    Rule("rejected", "ICMP prohibited, or port unreachable, which only a packet filter sends for TCP",
        lambda case: case.is_rejected(), (FIREWALL,),
        lambda case: f"rejected by {case.sender}",
        icmp_message,
        box=lambda case: case.sender, next=traceroute),
    Rule("unreachable", "another ICMP message: a router cannot reach the host",
        lambda case: case.icmp is not None, (NETWORK,),
        lambda case: f"{case.sender} cannot reach {case.address}",
        icmp_message,
        box=lambda case: case.sender, next=traceroute),
    Rule("unreachable-unsigned", "the kernel reports that the host is unreachable, without a sender",
        lambda case: case.is_connecting() and case.cause in (Cause.UNREACHABLE, Cause.PROHIBITED), (NETWORK, FIREWALL),
        lambda case: f"{case.cause}",
        lambda case: f"{case.cause}: the operating system does not report the sender",
        next=traceroute),
    Rule("refused-elsewhere", "a RST whose TTL differs from the host's other answers, or does not fit the path",
        lambda case: case.is_connecting() and case.cause == Cause.REFUSED and case.has_foreign_ttl(), (FIREWALL,),
        lambda case: f"refused, probably by {case.rst_sender() or 'a nearer hop'}",
        lambda case: join(
            f"the RST arrived with TTL {case.ttl}: probably sent by {case.rst_sender() or 'a hop nearer than the host'}",
            path_end(case), control_port(case)),
        box=Case.rst_sender, next=traceroute),
    Rule("refused", "a RST without an ICMP message: nothing listens on the port, or a firewall answers for the host",
        lambda case: case.is_connecting() and case.cause == Cause.REFUSED and case.attempt.address is not None
        and case.attempt.address.family != 0, HOST_OR_FIREWALL,
        "refused",
        lambda case: join("connection refused (RST) by the host, or by a firewall answering for it", control_port(case)),
        next=on_host("ss -ltn sport = :{port}")),
    Rule("socket-full", "the backlog of the Unix socket is full until the time limit",
        lambda case: case.target.path is not None and case.is_connecting() and case.cause == Cause.TIMED_OUT, (SERVER,),
        "backlog full",
        lambda case: f"the backlog of {case.target.path} is full: the service does not accept connections",
        next=lambda case: f"ss -lx src {case.target.path}"),
    Rule("socket-refused", "no process listens on the Unix socket, or the socket does not exist",
        lambda case: case.target.path is not None and case.is_connecting(), (SERVER,),
        "nothing is listening",
        lambda case: f"no process listens on {case.target.path}",
        next=lambda case: f"ss -lx src {case.target.path}"),

    # No answer to the SYN
    Rule("nowhere", "no answer to the SYN, and no hop answered the trace, not even the first",
        lambda case: case.is_connecting() and case.cause == Cause.TIMED_OUT and case.no_hop_answered(),
        (LOCAL, NETWORK, FIREWALL, SERVER),
        "no answer, no hop answers",
        lambda case: join("no answer to the SYN", path_end(case), control_port(case))
        + ": the cause can be the monitoring host, the gateway, a firewall or the target host",
        next=lambda case: f"ip route get {case.address}; ip neighbour; nft list ruleset"),
    Rule("unanswered", "no answer to the SYN: filtered, accept queue full, host or path down, or the answer is lost",
        lambda case: case.is_connecting() and case.cause == Cause.TIMED_OUT, NO_ANSWER,
        "no answer to the SYN",
        lambda case: join("no answer to the SYN", path_end(case), control_port(case)) + (
            ": filtered, accept queue full, or the answer is lost" if control_port(case).endswith("answers")
            else ": filtered, host or path down, accept queue full, or the answer is lost"
        ),
        next=traceroute),
    Rule("reset-at-once", "a RST right after the TCP handshake",
        lambda case: case.is_connecting() and case.cause == Cause.RESET, HOST_OR_FIREWALL,
        "accepted, then reset",
        "the connection was accepted, then reset at once by the host, or by a firewall answering for it",
        next=on_host("journalctl -e")),

    # Established connections
    Rule("udp-silent", "no answer to a datagram: UDP has no acknowledgements",
        lambda case: case.recipe.network == "udp" and case.is_established() and case.cause == Cause.TIMED_OUT, NO_ANSWER,
        "no answer to the datagram",
        "no answer to the datagram: filtered, lost, or no service answers such a request",
        next=on_host("ss -lun sport = :{port}")),
    Rule("black-hole", "large segments are lost, small segments get through",
        lambda case: case.is_established() and case.stall is not None and case.stall.small is True, (NETWORK,),
        "MTU black hole",
        lambda case: join(
            "MTU black hole: segments of 536 bytes get through, larger ones do not", acknowledged(case)),
        next=lambda case: f"tracepath -n {case.address}"),
    Rule("window-closed", "the peer's receive window is zero: the service does not read",
        lambda case: case.is_established() and case.cause == Cause.TIMED_OUT and case.window_closed(), (SERVER,),
        "does not read",
        lambda case: join("the service does not read: its receive window is zero", acknowledged(case)),
        next=on_host("ss -tni sport = :{port}")),
    Rule("request-lost", "sent data was retransmitted and not acknowledged",
        lambda case: case.is_established() and case.cause == Cause.TIMED_OUT and case.request_lost(), (NETWORK,),
        "data lost after the handshake",
        lambda case: join(connected(case), "data is lost after the TCP handshake", acknowledged(case)),
        next=traceroute),
    Rule("peer-gone", "keepalive probes are not acknowledged any more",
        lambda case: case.is_established() and case.cause == Cause.TIMED_OUT and case.probes_unacknowledged(), (NETWORK,),
        "path went down",
        lambda case: join(
            connected(case), "then the path or the host went down: "
            f"{plural(case.stall.tcp.probes if case.stall and case.stall.tcp else 0, 'keepalive probe')} not acknowledged",
            acknowledged(case)),
        next=traceroute),
    Rule("forgotten", "a keepalive probe was answered with a RST",
        lambda case: case.is_established() and case.cause == Cause.RESET and case.was_probed(), HOST_OR_FIREWALL,
        "connection forgotten",
        lambda case: join(connected(case), "the peer no longer knows the connection", acknowledged(case)),
        next=on_host("ss -tn sport = :{port}")),
    Rule("stalls", "the answer stopped in the middle, and keepalive probes are acknowledged",
        lambda case: case.is_established() and case.cause == Cause.TIMED_OUT and bool(case.attempt.received)
        and case.peer_alive(),
        (SERVER,),
        "stalls in the answer",
        lambda case: join(
            f"the service stalls after {case.attempt.size} bytes of its answer", acknowledged(case),
            "the host's kernel acknowledges keepalive probes"),
        next=on_host("ss -tnp sport = :{port}")),
    Rule("hangs", "the request and keepalive probes are acknowledged, but the service does not answer",
        lambda case: case.is_established() and case.cause == Cause.TIMED_OUT and case.request_acknowledged()
        and case.peer_alive(), (SERVER,),
        "hangs",
        lambda case: join(connected(case), acknowledged(case), "the host's kernel acknowledges keepalive probes"),
        next=on_host("ss -tnp sport = :{port}")),
    Rule("says-nothing",
        "connected, no data sent or received, or the TLS handshake did not finish; keepalive probes are acknowledged",
        lambda case: case.is_established() and case.cause == Cause.TIMED_OUT and case.peer_alive(), (NETWORK, SERVER),
        lambda case: TIMEOUT_WORDS[Phase.TLS][0] if case.phase == Phase.TLS else "sends nothing",
        lambda case: join(
            connected(case),
            TIMEOUT_WORDS[Phase.TLS][1] if case.phase == Phase.TLS
            else "no more data was received" if case.attempt.size else "no data was received",
            "the host's kernel acknowledges keepalive probes",
            "the service sends nothing, or its data is lost"),
        next=on_host("ss -tnp sport = :{port}")),
    Rule("silence", "connected, then silence, without keepalive evidence: no time, or not supported by the system",
        lambda case: case.is_established() and case.cause == Cause.TIMED_OUT, (NETWORK, SERVER),
        lambda case: TIMEOUT_WORDS[case.silent_phase()][0],
        lambda case: join(connected(case), TIMEOUT_WORDS[case.silent_phase()][1], acknowledged(case)),
        next=on_host("ss -tnp sport = :{port}")),

    # TLS
    Rule("tls-injection", "data between the reply to STARTTLS and the TLS handshake",
        lambda case: case.cause == Cause.TLS_INJECTION, (TLS,),
        "injection before TLS",
        lambda case: join(
            "data arrived between the reply to STARTTLS and the TLS handshake, where it is not allowed (RFC 3207, 4.2)",
            case.error),
        next=s_client),
    Rule("starttls-refused", "the service does not begin TLS after the STARTTLS command",
        lambda case: case.cause == Cause.STARTTLS_REFUSED, (TLS,),
        "no STARTTLS",
        lambda case: f"the service does not begin TLS: {failed_step(case)}",
        next=s_client),
    Rule("not-tls", "the answer to the ClientHello is not a TLS record",
        lambda case: case.cause == Cause.NOT_TLS, (TLS,),
        "not TLS",
        "the service does not use TLS, or begins it only after STARTTLS (--starttls)",
        next=lambda case: f"check_tcp_health -H {case.target.host} -p {case.target.port} --read data -v"),
    Rule("client-certificate", "the server requested a client certificate, got no acceptable one, and ended the handshake",
        lambda case: case.cause == Cause.CLIENT_CERTIFICATE_REQUIRED, (TLS,),
        lambda case: (
            "client certificate not accepted" if case.recipe.tls and case.recipe.tls.client_cert
            else "client certificate required"
        ),
        lambda case: (
            "the server does not accept the client certificate" if case.recipe.tls and case.recipe.tls.client_cert
            else "the server requires a client certificate"
        ) + (f": {case.error}" if case.error else ""),
        next=s_client),
    Rule("tls-protocol", "no TLS version in common: alert protocol version, or a version that the check does not accept",
        lambda case: case.cause == Cause.TLS_PROTOCOL, (TLS,),
        lambda case: (
            "no TLS version in common" if case.recipe.tls and case.recipe.tls.maximum else "protocol too old"
        ),
        lambda case: join(
            f"client and server have no TLS version in common: {case.error}",
            f"the check accepts {accepted_versions(case)}"),
        next=s_client),
    Rule("tls-alert", "the server ended the handshake with another alert",
        lambda case: case.cause == Cause.TLS_ALERT, (TLS,),
        lambda case: f"alert {case.error}",
        lambda case: f"the server ended the TLS handshake with the alert {case.error}",
        next=s_client),
    Rule("certificate-expired", "verification: the certificate, or another one of the chain, has expired",
        lambda case: case.cause == Cause.CERTIFICATE_EXPIRED, (TLS,),
        "certificate expired",
        lambda case: join(f"the certificate is not accepted: {case.error}", certificate(case)),
        next=s_client),
    Rule("certificate-not-yet-valid", "verification: the certificate, or another one of the chain, is not valid yet",
        lambda case: case.cause == Cause.CERTIFICATE_NOT_YET_VALID, (TLS, LOCAL),
        "certificate not yet valid",
        lambda case: join(
            f"the certificate is not accepted: {case.error}", certificate(case),
            "or the clock of the monitoring host is slow"),
        next="date"),
    Rule("unknown-issuer", "verification: self-signed certificate, untrusted issuer, or missing intermediate certificate",
        lambda case: case.cause == Cause.CERTIFICATE_UNKNOWN_ISSUER, (TLS,),
        "unknown issuer",
        lambda case: join(f"the certificate is not accepted: {case.error}", certificate(case)),
        next=s_client),
    Rule("name-mismatch", "verification: the certificate is valid for other names only",
        lambda case: case.cause == Cause.CERTIFICATE_NAME_MISMATCH, (TLS,),
        "name mismatch",
        lambda case: join(f"the certificate is not accepted: {case.error}", certificate(case)),
        next=s_client),
    Rule("fingerprint", "the certificate does not have a given fingerprint",
        lambda case: case.cause == Cause.FINGERPRINT_MISMATCH, (TLS,),
        "fingerprint mismatch",
        lambda case: f"the certificate is not the pinned one: {case.error}",
        next=s_client),
    Rule("certificate-rejected", "verification failed for another reason",
        lambda case: case.cause == Cause.CERTIFICATE_REJECTED, (TLS,),
        "certificate rejected",
        lambda case: join(f"the certificate is not accepted: {case.error}", certificate(case)),
        next=s_client),
    Rule("tls-reset", "a RST during the TLS handshake",
        lambda case: case.phase == Phase.TLS and case.cause == Cause.RESET, (FIREWALL, SERVER, TLS),
        "reset in the handshake",
        lambda case: join(
            connected(case), "then reset during the TLS handshake by the host, or by a firewall answering for it",
            acknowledged(case)),
        next=s_client),
    Rule("tls-closed", "the connection was closed during the TLS handshake",
        lambda case: case.phase == Phase.TLS and case.cause == Cause.CLOSED_EARLY, (SERVER, TLS),
        lambda case: "closed in the handshake" if case.attempt.tls is None else "closed after the handshake",
        lambda case: join(
            connected(case), f"then {case.error or 'closed during the TLS handshake'}", acknowledged(case)),
        next=s_client),
    Rule("tls", "the TLS handshake failed for another reason",
        lambda case: case.cause == Cause.TLS_FAILED or case.phase == Phase.TLS, (TLS,),
        lambda case: "handshake failed" if case.attempt.tls is None else "failed after the handshake",
        lambda case: f"{'the TLS handshake' if case.attempt.tls is None else 'TLS'} failed: {case.error}",
        next=s_client),

    # The end of a connection, and the answer
    Rule("closed-early", "the connection was closed before any data, or during the answer",
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
            connected(case), "accepted, then reset by the host, or by a firewall answering for it", acknowledged(case)),
        next=on_host("journalctl -e")),
    Rule("port-closed", "ICMP port unreachable for UDP",
        lambda case: case.cause == Cause.PORT_UNREACHABLE, (SERVER, FIREWALL),
        "UDP port closed",
        "the UDP port is closed (ICMP port unreachable from the host, or from a firewall answering for it)",
        next=on_host("ss -lun sport = :{port}")),
    Rule("mismatch", "the answer is not what was expected",
        lambda case: case.cause == Cause.MISMATCH, (CONTENT,),
        "unexpected answer",
        failed_step,
        next=lambda case: f"check_tcp_health -H {case.target.host} -p {case.target.port} --read data -v"),

    # No failure
    Rule("prober-busy",
        "a time is outside its thresholds, and the event loop of the check was delayed for half of that time",
        lambda case: case.failure is None and case.alerts(*_LOCAL_TIMES) and case.loop_delayed(), (LOCAL,),
        "monitoring host busy",
        lambda case: (
            f"the monitoring host is busy: the event loop of the check was delayed for {case.outcome.lag * 1000:.0f} ms,"
            f" the check took {case.attempt.time * 1000:.0f} ms"
        ),
        next="uptime; top"),
    Rule("slow-path", "the round-trip time is outside its thresholds",
        lambda case: case.failure is None and case.alerts(*(f"rtt{end}" for end in _ENDS)), (NETWORK,),
        "slow round trip",
        lambda case: f"the round-trip time is {(case.attempt.rtt or 0) * 1000:.1f} ms",
        next=traceroute),
    Rule("slow-answer", "the time to the first byte is outside its thresholds",
        lambda case: case.failure is None and case.alerts("first_byte"), (SERVER,),
        "slow to answer",
        lambda case: (
            f"slow: the first byte was received {(case.attempt.first_byte or 0) * 1000:.0f} ms after the request, the"
            f" round-trip time is {(case.attempt.rtt or 0) * 1000:.1f} ms"
        ),
        next=on_host("top")),
    Rule("repeated", "the connect succeeded after SYNs were retransmitted",
        lambda case: case.retransmitted_syns() > 0, (NETWORK,),
        lambda case: f"{plural(case.retransmitted_syns(), 'SYN')} repeated",
        "SYNs or the answers to them are lost on the path",
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
