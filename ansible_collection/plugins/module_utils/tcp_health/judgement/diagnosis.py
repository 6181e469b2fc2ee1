# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Outcome → Fault: a table of rules, each with the evidence that it needs, the possible domains and the words.

- The rules are read from the top. The first whose evidence is present gives the fault.
- A rule names every domain that its evidence leaves possible, and no other. Faults that look the same to a client have
  one rule.
- A RST has two possible senders, the host and a firewall, unless its TTL shows another sender. The sender of an ICMP
  message is a claim. The sentence mentions if it does not fit the traced path.
- A hop that does not answer is not evidence: routers need not answer a trace, and answer only so many probes a second.
- What was not measured rules nothing out. Where a measurement narrows a set, the next row has the wider set without it.
"""

from __future__ import annotations

from ..model.causes import TIMEOUT_WORDS, Cause, Phase
from ..model.verdict import (
    CONTENT,
    DNS,
    DOMAINS,
    FIREWALL,
    HANDSHAKE_STATES,
    LOCAL,
    NETWORK,
    OK,
    SERVER,
    TLS,
    TLS_REFUSALS,
    Fault,
)  # fmt: skip
from ..text.units import plain
from .case import ANSWER, CONNECT, HANDSHAKE, LOOKUP, REST, ROUND_TRIPS, SYNS, Case
from .commands import dig, on_host, s_client, traceroute
from .evidence import (
    accepted_versions,
    acknowledged,
    certificate,
    connected,
    control_port,
    counted,
    evidence_lines,
    expiry,
    failed_step,
    icmp_message,
    is_clock_ahead,
    join,
    loop,
    milliseconds,
    next_hop,
    own_step,
    path_end,
    plural,
    query_icmp,
    small_segments,
    today,
    unexpected_answer,
)
from .judge import lacks_certificate

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
    decide     what would decide between the domains, at the end of the sentence, or ""
    unseen     whether the answers may have arrived and been dropped by the monitoring host: then local is possible as
               well, unless its packet counters exclude it
    """

    __slots__ = ("box", "decide", "domains", "meaning", "name", "next", "sentence", "short", "unseen", "when")

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
        decide: Words = "",
        unseen: bool = False,
    ) -> None:
        self.name = name
        self.meaning = meaning
        self.when = when
        self.domains = domains
        self.short = short
        self.sentence = sentence
        self.box = box
        self.next = next
        self.decide = decide
        self.unseen = unseen


def name_server_is(answer: str) -> Callable[[Case], bool]:
    """Return a condition: whether the check's own query of the name server had this result."""
    return lambda case: (
        case.name_server is not None and case.name_server.answer == answer and case.phase == Phase.RESOLVE
    )


def name_control(case: Case) -> str:
    """Suggest a control port where it was not given."""
    here = case.address.startswith("127.") or case.address == "::1"
    if here or case.recipe.control_port is not None or case.recipe.network != "tcp":
        return ""
    return "name an open port with --control-port to tell the host from a filter"


def allow_tests(case: Case) -> str:
    """Suggest to allow the tests on a second connection, where they are turned off."""
    return "without --trace never the check looks for lost segments" if case.recipe.trace == "never" else ""


def timed_out(case: Case) -> bool:
    """Whether an established connection got no answer."""
    return case.is_established() and case.cause == Cause.TIMED_OUT


def seconds(case: Case) -> str:
    """The limit that the attempt exceeded."""
    return f"{plain(case.recipe.exceeded_limit(case.attempt.began, case.attempt.time))} s"


def syn_unanswered(case: Case) -> bool:
    """Whether the SYN got no answer."""
    return case.is_connecting() and case.cause == Cause.TIMED_OUT


def refused(case: Case) -> bool:
    """Whether a RST answered the SYN."""
    address = case.attempt.address
    return (
        case.is_connecting() and case.cause == Cause.REFUSED and case.icmp is None
        and address is not None and address.family != 0
    )  # fmt: skip


def certificate_not_accepted(case: Case) -> str:
    """Why verification failed, and the certificate."""
    return join(f"the certificate is not accepted: {case.error}", certificate(case))


def no_answer_to_the_syn(case: Case) -> str:
    """What is known about a SYN without an answer, and what can be the cause: an answer of the control port excludes some."""
    down = "" if case.control_answers() else " host or path down,"
    return (
        join("no answer to the SYN", path_end(case), control_port(case))
        + f": filtered,{down} accept queue full, or the answer is lost"
    )


_ENDS: tuple[str, ...] = ("", "_min", "_mean", "_max", "_median", "_p95", "_mdev")

# Measures that a delay of the event loop makes longer. The kernel measures the round-trip time, so it is not one.
_LOCAL_TIMES = ("time", "resolve", "tls", "first_byte", *(f"connect{end}" for end in _ENDS))

ANY_LOOKUP = (DNS, LOCAL, NETWORK, FIREWALL)
NO_ANSWER = (NETWORK, FIREWALL, SERVER)
NO_HOP = (LOCAL, NETWORK, FIREWALL, SERVER)
ON_THE_WAY = (NETWORK, FIREWALL)
HOST_OR_FIREWALL = (FIREWALL, SERVER)

TABLE = (
    # The name lookup
    Rule(
        "no-such-name", "the name service reports that the name does not exist",
        lambda case: case.cause == Cause.NAME_UNKNOWN, (DNS,),
        "no such name",
        lambda case: f"no such name: the name service does not know {case.target.host}",
        next=lambda case: f"getent ahosts {case.target.host}"),
    Rule(
        "no-address", "the name has no address of the requested family",
        lambda case: case.cause == Cause.NO_ADDRESS, (DNS,),
        lambda case: f"no IPv{case.recipe.family or '4 or IPv6'} address",
        lambda case: f"{case.target.host} has no IPv{case.recipe.family or '4 or IPv6'} address",
        next=lambda case: f"getent ahosts {case.target.host}"),
    # The query takes the way that everything else takes. What is wrong on this host, or at its gateway, is not the name
    # server's fault.
    Rule(
        "interface-down", "nothing was heard, and the interface of the route has no carrier or is down",
        Case.interface_down, (LOCAL,),
        lambda case: f"interface {case.interface.name if case.interface else ''} has no link",
        lambda case: (
            f"interface {case.interface.name if case.interface else ''} of the monitoring host carries no packets: "
            f"{'no carrier' if case.interface and case.interface.carrier is False else 'it is down'}"
        ),
        next=lambda case: f"ip link show {case.interface.name}" if case.interface else ""),
    Rule(
        "resolver-no-route", "the monitoring host has no route to the name server",
        lambda case: case.lookup_failed() and not case.query_not_permitted() and case.no_route(), (LOCAL,),
        "no route to the resolver",
        lambda case: f"the monitoring host has no route to name server {case.name_server_address}, which is unreachable",
        next=lambda case: f"ip route get {case.name_server_address}"),
    Rule(
        "resolver-filtered-here", "the monitoring host does not permit the query: EPERM, or an ICMP message of its own",
        Case.query_not_permitted, (LOCAL,),
        "local packet filter",
        lambda case: f"a packet filter on the monitoring host does not permit queries to {case.name_server_address}",
        next="nft list ruleset"),
    # A name server on our own link that does not answer ARP is off, or its link is, or our netmask is too wide.
    Rule(
        "resolver-neighbour", "the name server is on the same link, and does not answer ARP or neighbour discovery",
        lambda case: case.lookup_failed() and case.is_on_link() and case.next_hop_missing(), (DNS, LOCAL, NETWORK),
        "resolver does not answer ARP",
        lambda case: f"name server {next_hop(case)} is on the same link, and does not answer ARP or neighbour discovery",
        next="ip neighbour"),
    # It is off, or its link is, or the route of this host has a wrong address.
    Rule(
        "gateway-silent", "nothing was heard, and the gateway does not answer ARP or neighbour discovery",
        lambda case: case.next_hop_missing() and not case.is_on_link(), (LOCAL, NETWORK),
        "gateway does not answer",
        lambda case: join(
            f"gateway {next_hop(case)} does not answer ARP or neighbour discovery: it is off, its link is down, or less"
            " likely it is not the right gateway", icmp_message(case)),
        next=lambda case: f"ip neighbour; ip route get {case.reach.address if case.reach else case.address}"),
    # Nothing listens on this host: the service that resolves names here is down.
    Rule(
        "local-resolver-closed", "the check's own DNS query: the name server is on this host, and its port is closed",
        lambda case: name_server_is("closed")(case) and case.is_own_name_server(), (DNS, LOCAL),
        "local resolver closed",
        lambda case: f"the port of name server {case.name_server_address} on the monitoring host is closed",
        next="systemctl status systemd-resolved; ss -lun sport = :53"),
    # It forwards the queries. Where its own servers are unreachable it is silent, or answers SERVFAIL or REFUSED.
    Rule(
        "local-resolver-failing",
        "the check's own DNS query: the name server is on this host, and is silent or answers with an error",
        lambda case: case.lookup_failed() and case.name_server is not None and case.is_own_name_server()
        and not case.name_server_works(), ANY_LOOKUP,
        lambda case: f"local resolver {'silent' if case.name_server and case.name_server.answer == 'silent' else 'fails'}",
        lambda case: (
            f"name server {case.name_server_address} on the monitoring host: "
            f"{case.name_server.answer.upper() if case.name_server else ''}; it may not reach the servers that it asks"
        ),
        next="resolvectl status"),
    # Only a filter prohibits, and port unreachable from another sender than the name server is a filter's too.
    Rule(
        "resolver-rejected", "the check's own DNS query: ICMP prohibited, or port unreachable from another address",
        name_server_is("rejected"), (FIREWALL,),
        lambda case: f"resolver rejected by {case.query_sender() or 'an unknown sender'}",
        lambda case: f"queries to name server {case.name_server_address} are rejected: {query_icmp(case)}",
        box=Case.query_sender, next=dig),
    # Port unreachable from the name server: dns includes whatever runs there, a filter of that host too.
    Rule(
        "resolver-closed", "the check's own DNS query: the port of the name server is closed",
        name_server_is("closed"), (DNS,),
        "resolver closed",
        lambda case: f"the port of name server {case.name_server_address} is closed",
        box=lambda case: case.name_server_address, next=dig),
    # The host lives, and the way to it works for TCP. A filter may drop UDP, or answers from another address.
    Rule(
        "resolver-silent", "the check's own DNS query: the name server does not answer, but its host answers a SYN",
        lambda case: name_server_is("silent")(case) and case.path is not None and case.path.end is not None, (DNS, FIREWALL),
        "resolver silent",
        lambda case: f"name server {case.name_server_address} does not answer, its host does",
        box=lambda case: case.name_server_address, next=dig),
    Rule(
        "resolver-unanswered", "the check's own DNS query: the name server does not answer, a router on the path does",
        lambda case: name_server_is("silent")(case) and case.hop_answered(), (DNS, NETWORK, FIREWALL),
        "resolver silent",
        lambda case: join(f"name server {case.name_server_address} does not answer", path_end(case)),
        next=dig),
    # A name server on another network shares its path with everything else.
    Rule(
        "resolver-unheard", "the check's own DNS query: the name server does not answer, nor does any hop before it",
        name_server_is("silent"), ANY_LOOKUP,
        "resolver silent",
        lambda case: join(
            f"name server {case.name_server_address} does not answer", path_end(case) if case.path is not None else "")
        + ": the name server, the path to it, a firewall or the monitoring host",
        next=lambda case: f"{dig(case)}; ip route get {case.name_server_address}"),
    Rule(
        "resolver-unreachable", "the check's own DNS query: the name server is unreachable",
        name_server_is("unreachable"), ANY_LOOKUP,
        "resolver unreachable",
        lambda case: join(
            f"name server {case.name_server_address} is unreachable",
            query_icmp(case) or (case.name_server.error if case.name_server is not None else "")),
        next=dig),
    # A system's lookup waits 5 s for an answer before it asks again: one lost packet is enough. TCP may be filtered.
    Rule(
        "lookup-silent", "the check's own DNS query: the name server answers, but the system's lookup got no answer",
        lambda case: case.name_server_works() and case.cause == Cause.RESOLVER_SILENT, ANY_LOOKUP,
        "lookup hangs, resolver answers",
        lambda case: (
            f"the system's lookup got no answer, but name server {case.name_server_address} answers: check nsswitch.conf,"
            " the search domains and DNS over TCP, or a packet was lost"
        ),
        next=lambda case: f"getent ahosts {case.target.host}; {dig(case)}"),
    Rule(
        "lookup-hangs", "the check's own DNS query: the name server answers, but the system's lookup failed",
        Case.name_server_works, (DNS, LOCAL),
        "lookup fails, resolver answers",
        lambda case: (
            f"the system's lookup failed, but name server {case.name_server_address} answers: check nsswitch.conf, the"
            " search domains and DNS over TCP"
        ),
        next=lambda case: f"getent ahosts {case.target.host}; {dig(case)}"),
    Rule(
        "resolver-failing", "the check's own DNS query: the name server answers with an error",
        Case.name_server_answers, (DNS,),
        lambda case: f"resolver answers {case.name_server.answer.upper()}" if case.name_server else "",
        lambda case: (
            f"name server {case.name_server.address} answers {case.name_server.answer.upper()}" if case.name_server else ""
        ),
        box=lambda case: case.name_server_address, next=dig),
    # getaddrinfo() reports one error for SERVFAIL, a closed port and an unreachable server.
    Rule(
        "lookup-failed", "the lookup failed, and the check sent no DNS query of its own",
        Case.lookup_failed, ANY_LOOKUP,
        lambda case: "no answer" if case.cause == Cause.RESOLVER_SILENT else "name lookup failed",
        lambda case: (
            TIMEOUT_WORDS[Phase.RESOLVE][1] if case.cause == Cause.RESOLVER_SILENT
            else f"the name lookup failed: {case.error}"
        ),
        next=lambda case: f"getent ahosts {case.target.host}",
        decide=lambda case: (
            "without --trace never the check queries the name server itself" if case.recipe.trace == "never" else ""
        )),

    # The monitoring host
    Rule(
        "out-of-descriptors", "the monitoring host is out of descriptors, ports, buffers or memory",
        lambda case: case.cause == Cause.LOCAL_LIMIT, (LOCAL,),
        "out of resources",
        lambda case: f"the monitoring host is out of descriptors, ports or memory: {case.error}",
        next="ulimit -n; ss -s"),
    Rule(
        "tls-unusable", "the given certificates, keys or TLS settings cannot be used",
        lambda case: case.cause == Cause.TLS_UNUSABLE, (LOCAL,),
        "invalid TLS settings",
        lambda case: case.error),
    Rule(
        "expression-stopped", "matching a regular expression took too long",
        lambda case: case.cause == Cause.EXPRESSION_STOPPED, (LOCAL,),
        "regular expression too slow",
        lambda case: join(case.error, f"step {case.recipe.own_step(case.attempt.step)} of the dialogue")),
    Rule(
        "no-route-here", "the connect call itself failed: the monitoring host has no route to the address",
        lambda case: case.cause == Cause.NO_ROUTE, (LOCAL,),
        "no route from here",
        lambda case: f"the monitoring host has no route to {case.address}",
        next=lambda case: f"ip route get {case.address}"),
    Rule(
        "source-unusable", "the monitoring host cannot send from the given source",
        lambda case: case.cause == Cause.SOURCE_UNUSABLE, (LOCAL,),
        "unusable source",
        lambda case: case.error,
        next="ip address"),
    Rule(
        "no-access", "the operating system denies access to the target",
        lambda case: case.cause == Cause.ACCESS_DENIED, (LOCAL,),
        "access denied",
        lambda case: f"this user is not allowed to open {case.target.path or case.address}",
        next=lambda case: f"ls -l {case.target.path}" if case.target.path else ""),
    Rule(
        "own-filter", "ICMP prohibited or port unreachable, from an address of the monitoring host",
        lambda case: case.is_own_icmp() and case.is_rejected(), (LOCAL,),
        "local packet filter",
        lambda case: f"{icmp_message(case)}: a packet filter on the monitoring host",
        box=lambda case: case.sender, next="nft list ruleset"),
    # No gateway takes part. With a netmask that is too wide, this host looks on its own link for a host elsewhere.
    Rule(
        "host-neighbour", "the host is on the same link, and does not answer ARP or neighbour discovery",
        lambda case: case.next_hop_missing() and case.is_on_link(), (LOCAL, NETWORK, SERVER),
        "host does not answer ARP",
        lambda case: join(
            f"host {next_hop(case)} is on the same link, and does not answer ARP or neighbour discovery: it is off, its"
            " link is down, or less likely the netmask of the monitoring host is wrong", icmp_message(case)),
        next="ip neighbour"),
    Rule(
        "own-neighbour", "ICMP host unreachable, from an address of the monitoring host: ARP got no answer",
        Case.is_own_icmp, (LOCAL, NETWORK, SERVER),
        "next hop does not answer",
        lambda case: f"the gateway, or {case.address} if it is on the same link, does not answer ARP: {icmp_message(case)}",
        next=lambda case: f"ip neighbour; ip route get {case.address}"),

    # ICMP messages and refusals
    Rule(
        "loop", "the same routers answer the trace again and again",
        lambda case: case.is_connecting() and case.has_loop(), (NETWORK,),
        "routing loop",
        loop,
        next=traceroute),
    Rule(
        "ttl-exceeded", "ICMP time exceeded: the packets are forwarded until their TTL runs out",
        Case.is_time_exceeded, (NETWORK,),
        "TTL exceeded",
        lambda case: f"{icmp_message(case)}: a routing loop",
        next=traceroute),
    # A UDP port without a service, or a filter that answers as such a host does.
    Rule(
        "port-closed", "ICMP port unreachable for UDP, from the host or from an unknown sender",
        lambda case: case.cause == Cause.PORT_UNREACHABLE and (case.icmp is None or case.is_host_icmp()), (SERVER, FIREWALL),
        "UDP port closed",
        lambda case: join(
            "the UDP port is closed (ICMP port unreachable from the host, or from a firewall answering for it)",
            icmp_message(case)),
        next=on_host("ss -lun sport = :{port}")),
    # Only a filter prohibits. Everything else may come from a service proxy on the host (kube-proxy without endpoints), or
    # from a port that is forwarded to a machine that is off.
    Rule(
        "rejected-by-host", "ICMP port or host unreachable, from the target itself",
        lambda case: case.is_host_icmp() and not case.is_prohibited(), HOST_OR_FIREWALL,
        lambda case: f"rejected by {case.sender}",
        lambda case: f"{icmp_message(case)}: its packet filter, or a port that it forwards to a machine that is off",
        next=on_host("nft list ruleset"),
        decide=name_control),
    Rule(
        "reject-route", "ICMPv6 reject route: a route that rejects, or a packet filter that answers like one",
        Case.is_reject_route, ON_THE_WAY,
        lambda case: f"rejected by {case.sender}",
        icmp_message,
        box=lambda case: case.sender, next=traceroute),
    Rule(
        "rejected", "ICMP prohibited, or port unreachable, which only a packet filter sends for TCP",
        Case.is_rejected, (FIREWALL,),
        lambda case: f"rejected by {case.sender}",
        icmp_message,
        box=lambda case: case.sender, next=traceroute),
    # Its next hop does not answer ARP: the host, its link, or another router.
    Rule(
        "host-unreachable", "ICMP host or address unreachable: the next hop of a router does not answer",
        Case.is_host_unreachable, (NETWORK, SERVER),
        lambda case: f"{case.sender} cannot reach {case.address}",
        icmp_message,
        box=lambda case: case.sender, next=traceroute),
    # A router has no route: this side of the host.
    Rule(
        "unreachable", "another ICMP message: a router cannot reach the host",
        lambda case: case.icmp is not None, (NETWORK,),
        lambda case: f"{case.sender} cannot reach {case.address}",
        icmp_message,
        box=lambda case: case.sender, next=traceroute),
    # A router without a route, a filter there or here, or a host that does not answer ARP.
    Rule(
        "unreachable-unsigned", "the kernel reports that the host is unreachable or prohibited, without a sender",
        lambda case: case.cause in (Cause.UNREACHABLE, Cause.PROHIBITED), NO_HOP,
        lambda case: f"{case.cause}",
        lambda case: f"{case.cause}: the operating system does not report the sender",
        next=traceroute),
    # Distances, because one host may send its RSTs and its SYN-ACKs with different TTLs.
    Rule(
        "refused-elsewhere", "a RST from nearer than an answer of the control port, and not from where the trace ends",
        lambda case: refused(case) and case.is_from_nearer(), (FIREWALL,),
        lambda case: f"refused, probably by {case.rst_sender() or 'a nearer hop'}",
        lambda case: join(
            f"the RST arrived with TTL {case.ttl}: probably sent by {case.rst_sender() or 'a hop nearer than the host'}",
            path_end(case), control_port(case)),
        box=Case.rst_sender, next=traceroute),
    # Two machines answer for one address. Which of them the user means is not known.
    Rule(
        "refused-translated", "a RST from another distance than an answer of the control port, but not from nearer",
        lambda case: refused(case) and case.has_other_distance(), HOST_OR_FIREWALL,
        "refused",
        lambda case: join(
            "connection refused (RST)", control_port(case),
            f"{case.rst_distance()} and {case.control_distance()} routers away: the address is translated, and different"
            " machines answer its ports"),
        next=traceroute),
    # A user who names 127.0.0.1 means this host. With another address of it, the name or the address may be the wrong one.
    Rule(
        "refused-here", "a RST, and the address is one of the monitoring host, other than the loopback addresses",
        lambda case: refused(case) and case.is_own_address(), (LOCAL, SERVER),
        "refused by the monitoring host",
        lambda case: join(
            f"connection refused (RST): {case.address} is an address of the monitoring host, and nothing listens there, or"
            " its packet filter rejects", control_port(case)),
        next=on_host("ss -ltn sport = :{port}")),
    Rule(
        "refused", "a RST without an ICMP message: nothing listens on the port, or a firewall answers for the host",
        refused, HOST_OR_FIREWALL,
        "refused",
        lambda case: join("connection refused (RST) by the host, or by a firewall answering for it", control_port(case)),
        next=on_host("ss -ltn sport = :{port}"), decide=name_control),
    Rule(
        "socket-full", "the backlog of the Unix socket is full until the time limit",
        lambda case: case.target.path is not None and case.is_connecting() and case.cause == Cause.TIMED_OUT, (SERVER,),
        "backlog full",
        lambda case: f"the backlog of {case.target.path} is full: the service does not accept connections",
        next=lambda case: f"ss -lx src {case.target.path}"),
    Rule(
        "socket-refused", "no process listens on the Unix socket, or the socket does not exist",
        lambda case: case.target.path is not None and case.is_connecting(), (SERVER,),
        "nothing is listening",
        lambda case: f"no process listens on {case.target.path}",
        next=lambda case: f"ss -lx src {case.target.path}"),

    # No answer to the SYN, and answers that are dropped here
    Rule(
        "reverse-path", "as many packets as SYNs were dropped by rp_filter of the monitoring host",
        lambda case: case.heard_nothing() and case.failure is not None and case.reverse_path_filtered(), (LOCAL,),
        "dropped by rp_filter",
        "the monitoring host dropped the answers (rp_filter): its route back leaves through another interface",
        next=lambda case: f"ip route get {case.address}; sysctl net.ipv4.conf.all.rp_filter"),
    # The counter is one of all traffic: an input filter that drops broadcasts makes it grow too. It rules nothing out.
    Rule(
        "dropped-here", "no answer to the SYN, and as many packets arrived at the monitoring host and were not delivered",
        lambda case: syn_unanswered(case) and case.may_be_dropped_here(), NO_HOP,
        "no answer, or dropped here",
        lambda case: join(
            "no answer to the SYN", path_end(case), control_port(case),
            f"{case.undelivered()} packets arrived at the monitoring host and were dropped: the answers may be among them"),
        next="nft list ruleset; nstat -az IpInReceives IpInDelivers"),
    # The way to the host works. Hop 1 answered the control port, and is silent for this port alone.
    Rule(
        "control-answers", "no answer to the SYN, no hop answered the trace, but the control port answers",
        lambda case: syn_unanswered(case) and case.control_answers() and not case.hop_answered()
        and (case.path is not None or case.is_on_link()), (LOCAL, FIREWALL, SERVER),
        "no answer to the SYN",
        lambda case: join("no answer to the SYN", control_port(case))
        + ": a firewall, the accept queue of the service, or a packet filter on the monitoring host",
        next=on_host("ss -ltn sport = :{port}")),
    # No hop is between this host and the target: a trace shows nothing.
    Rule(
        "on-link", "no answer to the SYN from a host on the same link, whose neighbour entry is not missing",
        lambda case: syn_unanswered(case) and case.is_on_link() and not case.hop_answered(), NO_HOP,
        "no answer to the SYN",
        lambda case: join("no answer to the SYN", f"{case.address} is on the same link", control_port(case))
        + ": filtered, host or link down, accept queue full, or the answer is lost",
        next="ip neighbour; nft list ruleset", decide=name_control),
    Rule(
        "nowhere", "no answer to the SYN, and no hop answered the trace, not even the first",
        lambda case: syn_unanswered(case) and case.no_hop_answered(), NO_HOP,
        "no answer, no hop answers",
        lambda case: join("no answer to the SYN", path_end(case), control_port(case))
        + ": the cause can be the monitoring host, the gateway, a firewall or the target host",
        next=lambda case: f"ip route get {case.address}; ip neighbour; nft list ruleset", decide=name_control),
    Rule(
        "untraced", "no answer to the SYN, and the path was not traced: the packets may not leave the monitoring host",
        lambda case: syn_unanswered(case) and case.path is None, NO_HOP,
        "no answer to the SYN",
        no_answer_to_the_syn,
        next=traceroute, decide=name_control),
    Rule(
        "unanswered", "no answer to the SYN: filtered, accept queue full, host or path down, or the answer is lost",
        syn_unanswered, NO_ANSWER,
        "no answer to the SYN",
        no_answer_to_the_syn,
        next=traceroute, decide=name_control, unseen=True),

    # Established connections
    # A filter of our own output is no candidate: with one, sending fails (EPERM). One of our input is.
    Rule(
        "udp-silent", "no answer to a datagram: UDP has no acknowledgements",
        lambda case: case.recipe.network == "udp" and timed_out(case), NO_HOP,
        "no answer to the datagram",
        "no answer to the datagram: filtered, lost, or no service answers such a request",
        next=on_host("ss -lun sport = :{port}")),
    Rule(
        "black-hole", "large segments are lost, small segments get through",
        lambda case: case.is_established() and case.stall is not None and case.stall.small is True
        and not case.request_acknowledged(), (NETWORK,),
        "MTU black hole",
        lambda case: join(
            "MTU black hole: segments of 536 bytes get through, larger ones do not", acknowledged(case)),
        next=lambda case: f"tracepath -n {case.address}"),
    # The smaller size limits what the server sends, too.
    Rule(
        "black-hole-back", "the request is acknowledged, and is answered on a second connection with small segments only",
        lambda case: case.is_established() and case.stall is not None and case.stall.small is True, (NETWORK,),
        "MTU black hole on the way back",
        lambda case: join(
            "MTU black hole: answers in segments of 536 bytes get through, larger ones do not", acknowledged(case)),
        next=lambda case: f"on {case.address}: tracepath -n to the monitoring host"),
    # A filter of contents, or a path that loses what is large or corrupt. A service that hangs leaves no gap.
    # A slow path delays an answer, but does not make it endless.
    Rule(
        "endless", "the server kept sending until the time was over",
        Case.keeps_sending, (SERVER, CONTENT),
        lambda case: f"the answer did not end within {seconds(case)}",
        lambda case: join(
            connected(case), f"the answer did not end within {seconds(case)}: {case.attempt.size} bytes",
            f"the last {case.attempt.silence or 0.0:.1f} s before the end"),
        next=lambda case: f"check_tcp_health -H {case.target.host} -p {case.target.port} --read data -v"),
    Rule(
        "segment-missing", "a segment of the answer is missing before others that arrived",
        lambda case: case.is_established() and case.cause in (Cause.TIMED_OUT, Cause.MISMATCH) and case.segment_missing(),
        ON_THE_WAY,
        "part of the answer is lost",
        lambda case: join(
            connected(case), "a part of the answer is lost on the way, later parts arrived", acknowledged(case),
            small_segments(case)),
        next=lambda case: f"tracepath -n {case.address}"),
    # Every probe of the window was answered, so the sender lives: a service without room, a tarpit, or a SYN proxy.
    Rule(
        "window-never-opened", "the receive window was never above zero, and window probes are answered",
        lambda case: timed_out(case) and case.window_never_opened() and case.window_probes_answered(), HOST_OR_FIREWALL,
        "window never opened",
        lambda case: join(
            connected(case), "the receive window was never above zero: the service does not read, or a tarpit or a SYN proxy"
            " answers for it", acknowledged(case)),
        next=on_host("ss -tni sport = :{port}"), decide=name_control),
    # A SYN proxy hides the host: every cause of an unanswered SYN is left.
    Rule(
        "window-unanswered", "the receive window was never above zero, and window probes are not answered",
        lambda case: timed_out(case) and case.window_never_opened(), NO_ANSWER,
        "window never opened",
        lambda case: join(
            connected(case), "the receive window was never above zero, then silence: a SYN proxy before a dead host, or the"
            " path or the host went down", acknowledged(case)),
        next=traceroute, decide=name_control, unseen=True),
    Rule(
        "window-closed", "the peer's receive window is zero: the service does not read",
        lambda case: timed_out(case) and case.window_closed(), (SERVER,),
        "does not read",
        lambda case: join("the service does not read: its receive window is zero", acknowledged(case)),
        next=on_host("ss -tni sport = :{port}")),
    # Keepalive probes have no payload. A path or a network card that corrupts payload looks like a filter, but is rarer.
    Rule(
        "payload-filtered", "sent data is not acknowledged, but probes on a second connection without data are",
        lambda case: timed_out(case) and case.request_lost() and case.quiet_acknowledged(), NO_ANSWER,
        "data lost after the handshake",
        lambda case: join(
            connected(case), "data is lost after the TCP handshake, but a second connection without data lives: a firewall"
            " that drops this request, or less likely a path or a network card that corrupts data", acknowledged(case)),
        next=traceroute),
    # The host accepted a second connection, so it lives.
    Rule(
        "request-lost", "sent data is not acknowledged, although the host accepts a second connection",
        lambda case: timed_out(case) and case.request_lost() and case.host_answered_again(), ON_THE_WAY,
        "data lost after the handshake",
        lambda case: join(connected(case), "data is lost after the TCP handshake", acknowledged(case), small_segments(case)),
        next=traceroute),
    Rule(
        "request-unacknowledged", "sent data was retransmitted and not acknowledged, and no second connection was tried",
        lambda case: timed_out(case) and case.request_lost(), NO_ANSWER,
        "data lost after the handshake",
        lambda case: join(
            connected(case), "data is lost after the TCP handshake, or the host went down", acknowledged(case)),
        next=traceroute, decide=allow_tests, unseen=True),
    # A firewall that suddenly drops everything looks the same.
    Rule(
        "peer-gone", "keepalive probes are not acknowledged any more",
        lambda case: timed_out(case) and case.probes_unacknowledged(), NO_ANSWER,
        "path or host went down",
        lambda case: join(
            connected(case), "then the path or the host went down, or a firewall drops everything: "
            f"{plural(case.tcp.probes if case.tcp else 0, 'keepalive probe')} not acknowledged",
            acknowledged(case)),
        next=traceroute, decide="a host that lost power does not answer on any port", unseen=True),
    Rule(
        "forgotten", "a keepalive probe was answered with a RST",
        lambda case: case.is_established() and case.cause == Cause.RESET and case.was_probed(), HOST_OR_FIREWALL,
        "connection forgotten",
        lambda case: join(connected(case), "the peer no longer knows the connection", acknowledged(case)),
        next=on_host("ss -tn sport = :{port}")),
    Rule(
        "answer-dropped-here", "no answer to a request, and packets arrived at the monitoring host that were not delivered",
        lambda case: timed_out(case) and case.may_be_dropped_here(), NO_HOP,
        "no answer, or dropped here",
        lambda case: join(
            connected(case), TIMEOUT_WORDS[case.silent_phase()][1], acknowledged(case),
            f"{case.undelivered()} packets arrived at the monitoring host and were dropped: the answers may be among them"),
        next="nft list ruleset; nstat -az IpInReceives IpInDelivers"),
    # Its data may be lost, or it hangs, or it speaks no TLS and waits for more.
    Rule(
        "tls-hangs", "the TLS handshake did not finish, keepalive probes are acknowledged, and no segment is lost",
        lambda case: timed_out(case) and case.phase == Phase.TLS and case.peer_alive() and case.no_segment_lost(),
        (FIREWALL, SERVER, TLS),
        TIMEOUT_WORDS[Phase.TLS][0],
        lambda case: join(
            connected(case), TIMEOUT_WORDS[Phase.TLS][1], acknowledged(case),
            "the host's kernel acknowledges keepalive probes", "no segment is lost")
        + ": the service does not answer or does not use TLS, or less likely a firewall drops its answer",
        next=s_client, unseen=True),
    Rule(
        "tls-hangs-untested", "the TLS handshake did not finish, and keepalive probes are acknowledged",
        lambda case: timed_out(case) and case.phase == Phase.TLS and case.peer_alive(), (NETWORK, FIREWALL, SERVER, TLS),
        TIMEOUT_WORDS[Phase.TLS][0],
        lambda case: join(
            connected(case), TIMEOUT_WORDS[Phase.TLS][1], acknowledged(case),
            "the host's kernel acknowledges keepalive probes")
        + ": the service does not answer or does not use TLS, or its answer is lost",
        next=s_client, decide=allow_tests, unseen=True),
    Rule(
        "stalls", "the answer stopped in the middle, keepalive probes are acknowledged, and no segment is lost",
        lambda case: timed_out(case) and bool(case.attempt.received) and case.peer_alive() and case.no_segment_lost(),
        HOST_OR_FIREWALL,
        "stalls in the answer",
        lambda case: join(
            f"the service stalls after {case.attempt.size} bytes of its answer", acknowledged(case),
            "the host's kernel acknowledges keepalive probes", "no segment is lost")
        + ", or less likely a firewall drops the rest",
        next=on_host("ss -tnp sport = :{port}"), unseen=True),
    Rule(
        "stalls-untested", "the answer stopped in the middle, and keepalive probes are acknowledged",
        lambda case: timed_out(case) and bool(case.attempt.received) and case.peer_alive(), NO_ANSWER,
        "the answer stops",
        lambda case: join(
            f"the service stalls after {case.attempt.size} bytes of its answer", acknowledged(case),
            "the host's kernel acknowledges keepalive probes") + ", or the rest is lost",
        next=on_host("ss -tnp sport = :{port}"), decide=allow_tests, unseen=True),
    Rule(
        "hangs", "the request and keepalive probes are acknowledged, no segment is lost, but no answer came",
        lambda case: timed_out(case) and case.request_acknowledged() and case.peer_alive() and case.no_segment_lost(),
        HOST_OR_FIREWALL,
        "hangs",
        lambda case: join(
            connected(case), acknowledged(case), "the host's kernel acknowledges keepalive probes", "no segment is lost")
        + ": the service hangs, or less likely a firewall drops its answer",
        next=on_host("ss -tnp sport = :{port}"), unseen=True),
    Rule(
        "hangs-untested", "the request and keepalive probes are acknowledged, but no answer came",
        lambda case: timed_out(case) and case.request_acknowledged() and case.peer_alive(), NO_ANSWER,
        "no answer to the request",
        lambda case: join(connected(case), acknowledged(case), "the host's kernel acknowledges keepalive probes")
        + ": the service hangs, or its answer is lost",
        next=on_host("ss -tnp sport = :{port}"), decide=allow_tests, unseen=True),
    # Nothing of ours is there to repeat: neither a small MTU on the way back nor a filter is excluded.
    Rule(
        "says-nothing", "connected, no data sent or received; keepalive probes are acknowledged",
        lambda case: timed_out(case) and case.peer_alive(), NO_ANSWER,
        "sends nothing",
        lambda case: join(
            connected(case), "no more data was received" if case.attempt.size else "no data was received",
            "the host's kernel acknowledges keepalive probes",
            "the service sends nothing, or its data is lost"),
        next=on_host("ss -tnp sport = :{port}"), unseen=True),
    Rule(
        "tls-silence", "connected, then silence in the TLS handshake, without keepalive evidence",
        lambda case: timed_out(case) and case.phase == Phase.TLS, (NETWORK, FIREWALL, SERVER, TLS),
        TIMEOUT_WORDS[Phase.TLS][0],
        lambda case: join(connected(case), TIMEOUT_WORDS[Phase.TLS][1], acknowledged(case)),
        next=s_client, unseen=True),
    Rule(
        "silence", "connected, then silence, without keepalive evidence: no time, or not supported by the system",
        timed_out, NO_ANSWER,
        lambda case: TIMEOUT_WORDS[case.silent_phase()][0],
        lambda case: join(connected(case), TIMEOUT_WORDS[case.silent_phase()][1], acknowledged(case)),
        next=on_host("ss -tnp sport = :{port}"), unseen=True),

    # TLS
    Rule(
        "tls-injection", "data between the reply to STARTTLS and the TLS handshake",
        lambda case: case.cause == Cause.TLS_INJECTION, (TLS,),
        "injection before TLS",
        lambda case: join(
            "data arrived between the reply to STARTTLS and the TLS handshake, where it is not allowed (RFC 3207, 4.2)",
            case.error),
        next=s_client),
    # Other hosts may be served: nothing of the path is left to suspect, only what the server counts.
    Rule(
        "host-blocked", "the server reports that it blocks the monitoring host, because of earlier connections",
        lambda case: case.cause == Cause.HOST_BLOCKED, (SERVER,),
        "blocks this host",
        lambda case: f"the server refuses the monitoring host: {case.error}"),
    # Firewalls that inspect a protocol remove or overwrite what they do not permit.
    Rule(
        "starttls-refused", "the service does not begin TLS after the STARTTLS command",
        lambda case: case.cause == Cause.STARTTLS_REFUSED, (FIREWALL, SERVER, TLS),
        # Without a message of the step, the answer is unknown: it neither offers nor refuses TLS.
        lambda case: "no STARTTLS" if case.error else "unexpected answer before TLS",
        lambda case: f"the service does not begin TLS: {failed_step(case)}",
        next=s_client),
    Rule(
        "not-tls", "the answer to the ClientHello is not a TLS record",
        lambda case: case.cause == Cause.NOT_TLS, (TLS,),
        "not TLS",
        "the service does not use TLS, or begins it only after STARTTLS (--starttls)",
        next=lambda case: f"check_tcp_health -H {case.target.host} -p {case.target.port} --read data -v"),
    Rule(
        "tls-version-accepted", "the server accepts a TLS version that --expect-state requires it to refuse",
        lambda case: case.verdict.policy.expect_state in TLS_REFUSALS and case.attempt.accepts_version, (TLS,),
        "old TLS version accepted",
        lambda case: (
            f"the check offered {accepted_versions(case)}, and the server accepted"
            + (f" {case.attempt.secured.protocol}" if case.attempt.secured is not None else " it")
        ),
        next=s_client),
    Rule(
        "client-certificate", "the server requested a client certificate, got no acceptable one, and ended the handshake",
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
    Rule(
        "tls-protocol", "no TLS version in common: alert protocol version, or a version that the check does not accept",
        lambda case: case.cause == Cause.TLS_PROTOCOL, (TLS,),
        lambda case: (
            "no TLS version in common" if case.recipe.tls and case.recipe.tls.maximum else "protocol too old"
        ),
        lambda case: join(
            f"client and server have no TLS version in common: {case.error}",
            f"the check accepts {accepted_versions(case)}"),
        next=s_client),
    Rule(
        "tls-alert", "the server ended the handshake with another alert",
        lambda case: case.cause == Cause.TLS_ALERT, (TLS,),
        lambda case: f"alert {case.error}",
        lambda case: f"the server ended the TLS handshake with the alert {case.error}",
        next=s_client),
    Rule(
        "clock-ahead", "a certificate expired, more than 30 years before the time of the monitoring host",
        lambda case: (case.cause == Cause.CERTIFICATE_EXPIRED or (case.failure is None and case.has_alert("certificate_days")))
        and is_clock_ahead(case), (TLS, LOCAL),
        "certificate expired",
        lambda case: join(
            certificate_not_accepted(case) if case.failure else expiry(case),
            f"or the clock of the monitoring host is fast, it shows {today(case)}",
        ),
        next="date"),
    Rule(
        "certificate-expired", "verification: the certificate, or another one of the chain, has expired",
        lambda case: case.cause == Cause.CERTIFICATE_EXPIRED, (TLS,),
        "certificate expired",
        certificate_not_accepted,
        next=s_client),
    Rule(
        "certificate-not-yet-valid", "verification: the certificate, or another one of the chain, is not valid yet",
        lambda case: case.cause == Cause.CERTIFICATE_NOT_YET_VALID, (TLS, LOCAL),
        "certificate not yet valid",
        lambda case: join(certificate_not_accepted(case), "or the clock of the monitoring host is slow"),
        next="date"),
    Rule(
        "unknown-issuer", "verification: self-signed certificate, untrusted issuer, or missing intermediate certificate",
        lambda case: case.cause == Cause.CERTIFICATE_UNKNOWN_ISSUER, (TLS,),
        "unknown issuer",
        certificate_not_accepted,
        next=s_client),
    Rule(
        "name-mismatch", "verification: the certificate is valid for other names only",
        lambda case: case.cause == Cause.CERTIFICATE_NAME_MISMATCH, (TLS,),
        "name mismatch",
        certificate_not_accepted,
        next=s_client),
    Rule(
        "fingerprint", "the certificate does not have a given fingerprint",
        lambda case: case.cause == Cause.FINGERPRINT_MISMATCH, (TLS,),
        "fingerprint mismatch",
        lambda case: f"the certificate is not the pinned one: {case.error}",
        next=s_client),
    Rule(
        "certificate-rejected", "verification failed for another reason",
        lambda case: case.cause == Cause.CERTIFICATE_REJECTED, (TLS,),
        "certificate rejected",
        certificate_not_accepted,
        next=s_client),
    Rule(
        "tls-reset", "a RST during the TLS handshake",
        lambda case: case.phase == Phase.TLS and case.cause == Cause.RESET, (FIREWALL, SERVER, TLS),
        "reset in the handshake",
        lambda case: join(
            connected(case), "then reset during the TLS handshake by the host, or by a firewall answering for it",
            acknowledged(case)),
        next=s_client),
    Rule(
        "tls-closed", "the connection was closed during the TLS handshake",
        lambda case: case.phase == Phase.TLS and case.cause == Cause.CLOSED_EARLY, (FIREWALL, SERVER, TLS),
        lambda case: "closed in the handshake" if case.attempt.tls is None else "closed after the handshake",
        lambda case: join(
            connected(case), f"then {case.error or 'closed during the TLS handshake'}", acknowledged(case)),
        next=s_client),
    Rule(
        "tls", "the TLS handshake failed for another reason",
        lambda case: case.cause == Cause.TLS_FAILED or case.phase == Phase.TLS, (TLS,),
        lambda case: "handshake failed" if case.attempt.tls is None else "failed after the handshake",
        lambda case: f"{'the TLS handshake' if case.attempt.tls is None else 'TLS'} failed: {case.error}",
        next=s_client),

    # The end of a connection, and the answer
    # A transparent proxy accepts in the host's name, and closes when it cannot reach the host.
    Rule(
        "closed-early", "the connection was closed before any data, or during the answer",
        lambda case: case.cause == Cause.CLOSED_EARLY, HOST_OR_FIREWALL,
        lambda case: "closed in its answer" if case.attempt.size else "accepted, then closed",
        lambda case: join(
            connected(case),
            f"closed after {case.attempt.size} bytes of its answer" if case.attempt.size
            else "accepted, then closed before any data",
            acknowledged(case), case.error),
        next=on_host("journalctl -e")),
    Rule(
        "reset", "a RST on an established connection",
        lambda case: case.cause == Cause.RESET, HOST_OR_FIREWALL,
        "accepted, then reset",
        lambda case: join(
            connected(case), "accepted, then reset by the host, or by a firewall answering for it", acknowledged(case)),
        next=on_host("journalctl -e")),
    Rule(
        "mismatch", "the answer is not what was expected",
        lambda case: case.cause == Cause.MISMATCH, (CONTENT,),
        unexpected_answer,
        failed_step,
        # A command that only reads would break a connection.
        next=lambda case: "" if case.recipe.broken_counts else f"check_tcp_health -H {case.target.host} -p {case.target.port} --read data -v"),

    Rule(
        "other", "a system error that no other row describes",
        lambda case: case.failure is not None, NO_HOP,
        "unknown error",
        lambda case: f"the operating system reported: {case.error or case.cause}"),

    # No failure
    # A service that should not run, or a filter that is missing.
    Rule(
        "port-open", "the port is open, and --expect-state asks for another state",
        lambda case: case.is_open_unexpectedly() and case.verdict.policy.expect_state not in HANDSHAKE_STATES,
        HOST_OR_FIREWALL,
        "the port is open",
        lambda case: join(connected(case), "a service accepts connections, and no firewall prevents them"),
        next=on_host("ss -ltnp sport = :{port}")),
    Rule(
        "certificate-optional", "the TLS handshake succeeded without an accepted client certificate",
        Case.is_open_unexpectedly, (TLS,),
        "client certificate not required",
        "the server finished the TLS handshake with a client that has no certificate",
        next=s_client),
    Rule(
        "no-certificate", "the expiry of a certificate is to be checked, and the server presented no certificate",
        lambda case: lacks_certificate(case.outcome, case.verdict.policy), (TLS,),
        "no readable certificate",
        "the server presented no certificate that can be read",
        next=s_client),
    Rule(
        "certificate-expires", "the days until a certificate expires are outside their thresholds",
        lambda case: case.failure is None and case.has_alert("certificate_days"), (TLS,),
        "certificate to renew",
        expiry,
        next=s_client),
    Rule(
        "prober-busy",
        "a time is outside its thresholds, and the event loop of the check was delayed for half of that time",
        lambda case: case.failure is None and case.alerts(*_LOCAL_TIMES) and case.loop_delayed(), (LOCAL,),
        "monitoring host busy",
        lambda case: (
            f"the monitoring host is busy: the event loop of the check was delayed for {case.outcome.lag * 1000:.0f} ms,"
            f" the check took {case.attempt.time * 1000:.0f} ms"
        ),
        next="uptime; top"),
    # Else they waited for the probes before them, and the parts of their time decide, as for a threshold of the time.
    Rule(
        "unsent", "probes were not sent: the interval leaves no time for them, or the event loop was delayed",
        lambda case: case.failure is None and case.verdict.unsent > 0 and (case.has_no_time() or case.loop_delayed()),
        (LOCAL,),
        "probes not sent",
        lambda case: (
            f"{plural(case.verdict.unsent, 'probe')} not sent: --count and --interval do not fit into -t"
            if case.has_no_time() else f"{plural(case.verdict.unsent, 'probe')} not sent: the monitoring host is busy"
        )),
    # A lost SYN or answer, a rate limit of a firewall, a full accept queue.
    Rule(
        "syns-repeated", "SYNs were retransmitted, and a threshold for them, for the connect or for the time is exceeded",
        lambda case: case.retransmitted_syns() > 0
        and (case.has_alert("retransmits", "loss") or case.is_slow("connect", SYNS)), NO_ANSWER,
        lambda case: f"{plural(case.retransmitted_syns(), 'SYN')} repeated",
        "SYNs or the answers to them are lost on the path, limited by a firewall, or dropped by a full accept queue",
        next=on_host("nstat -az TcpExtListenDrops")),
    Rule(
        "slow-lookup", "the time of the name lookup is outside its thresholds, or most of the whole time",
        lambda case: case.is_slow("resolve", LOOKUP), (DNS,),
        lambda case: f"slow name lookup ({milliseconds(case.attempt.resolve)})",
        lambda case: f"the name lookup took {milliseconds(case.attempt.resolve)} of {milliseconds(case.attempt.time)}",
        next=dig),
    Rule(
        "slow-path", "the round-trip time is outside its thresholds, or explains most of a time that is",
        lambda case: case.is_slow("rtt", ROUND_TRIPS) or any(
            case.is_slow(name) and (case.round_trip() or 0.0) >= (value or 0.0) / 2
            for name, value in (
                ("connect", case.attempt.connect), ("first_byte", case.attempt.first_byte), ("tls", case.attempt.tls))
        ), (NETWORK,),
        lambda case: f"slow round trip ({milliseconds(case.round_trip())})",
        lambda case: (
            f"the round-trip time is {(case.round_trip() or 0) * 1000:.1f} ms: most of the time is spent on the path"
        ),
        next=traceroute),
    # The kernel measures the round trip, the check the connect: what lies between them is spent here.
    Rule(
        "slow-here", "the connect took longer here than the kernel's round-trip time",
        lambda case: case.is_slow("connect", CONNECT) and case.round_trip() is not None, (LOCAL,),
        lambda case: f"monitoring host busy (connect {milliseconds(case.attempt.connect)})",
        lambda case: (
            f"the connect took {milliseconds(case.attempt.connect)}, and {milliseconds(case.round_trip())} of it on the path:"
            " the monitoring host is busy"
        ),
        next="uptime; top"),
    Rule(
        "slow-connect", "the connect took long, and the kernel reports no round-trip time",
        lambda case: case.is_slow("connect", CONNECT, SYNS), NO_HOP,
        lambda case: f"slow connect ({milliseconds(case.attempt.connect)})",
        lambda case: f"the connect took {milliseconds(case.attempt.connect)}, and the round-trip time is unknown",
        next=traceroute),
    Rule(
        "slow-tls", "the time of the TLS handshake is outside its thresholds, or most of the whole time",
        lambda case: case.is_slow("tls", HANDSHAKE), (SERVER, TLS),
        lambda case: f"slow TLS handshake ({milliseconds(case.attempt.tls)})",
        lambda case: (
            f"the TLS handshake took {milliseconds(case.attempt.tls)}, the round-trip time is "
            f"{milliseconds(case.round_trip())}: the server, or what it needs for the handshake"
        ),
        next=s_client),
    # The kernel waits 0.2 s or more before it sends a segment again.
    Rule(
        "request-repeated",
        "the time to the first byte is outside its thresholds, or most of the whole time, and the request was retransmitted",
        lambda case: case.is_slow("first_byte", ANSWER) and case.repeated_segments() > 0, NO_ANSWER,
        lambda case: f"request repeated (first byte {milliseconds(case.attempt.first_byte)})",
        lambda case: (
            f"the first byte was received {milliseconds(case.attempt.first_byte)} after the request, of which"
            f" {plural(case.repeated_segments(), 'segment')} had to be sent again: lost on the path, or dropped by a firewall or"
            " the host"
        ),
        next=traceroute),
    # A UDP socket has no round-trip time: a slow path looks like a slow service.
    Rule(
        "slow-answer-unmeasured",
        "the time to the first byte is outside its thresholds, or most of the whole time, and the round-trip time is unknown",
        lambda case: case.is_slow("first_byte", ANSWER) and case.round_trip() is None, NO_ANSWER,
        lambda case: f"slow to answer (first byte {milliseconds(case.attempt.first_byte)})",
        lambda case: (
            f"slow: the first byte was received {milliseconds(case.attempt.first_byte)} after the request, and the"
            " round-trip time is unknown: a slow service, or a slow path"
        ),
        next=on_host("top")),
    Rule(
        "slow-answer", "the time to the first byte is outside its thresholds, or most of the whole time",
        lambda case: case.is_slow("first_byte", ANSWER), (SERVER,),
        lambda case: (
            f"slow to answer (first byte {milliseconds(case.attempt.first_byte)}, round trip "
            f"{milliseconds(case.round_trip())})"
        ),
        lambda case: (
            f"slow: the first byte was received {milliseconds(case.attempt.first_byte)} after the request, the"
            f" round-trip time is {milliseconds(case.round_trip())}"
        ),
        next=on_host("top")),
    # The rest of an answer, or of a dialogue: a slow service and a thin path look the same.
    Rule(
        "slow-rest", "most of a time that is outside its thresholds is spent after the first byte",
        lambda case: case.is_slow("time", REST), (NETWORK, SERVER),
        lambda case: f"slow after the first byte ({milliseconds(case.shares()[REST])})",
        lambda case: (
            f"{milliseconds(case.shares()[REST])} of {milliseconds(case.attempt.time)} were spent after the first byte: a slow"
            " service, or a slow path"
        ),
        next=on_host("top")),
    Rule(
        "outside-thresholds", "another measure is outside its thresholds, for example below them",
        Case.has_alert, (NETWORK, FIREWALL, SERVER),
        "outside the thresholds",
        "a measure is outside its thresholds, and nothing failed"),
    # The last run was OK, and so were all before it.
    Rule(
        "wait-too-short", "--wait ended before enough checks in a row were OK, and none failed",
        lambda case: case.verdict.state != OK and case.failure is None, (LOCAL,),
        "--wait is too short",
        "--wait ended before enough checks in a row were made, and none of them failed"),
    Rule(
        "repeated", "the connect succeeded after SYNs were retransmitted",
        lambda case: case.retransmitted_syns() > 0, NO_ANSWER,
        lambda case: f"{plural(case.retransmitted_syns(), 'SYN')} repeated",
        "SYNs or the answers to them are lost on the path, limited by a firewall, or dropped by a full accept queue",
        next=on_host("nstat -az TcpExtListenDrops")),
)  # fmt: skip
"""The rules in their order: the first whose evidence is present gives the fault."""


def diagnose(verdict: Verdict) -> Fault | None:
    """Return the fault that the evidence of a verdict shows, or None if nothing is wrong.

    A verdict whose state is not OK always has one.
    """
    if not verdict.outcome.attempts:
        return None
    case = Case(verdict)
    # No network is between the check and a Unix socket.
    impossible = (NETWORK, FIREWALL) if case.target.path is not None else ()
    for rule in TABLE:
        if rule.when(case):
            possible = (*rule.domains, LOCAL) if rule.unseen and not case.is_counted() else rule.domains
            domains = [each for each in DOMAINS if each in possible and each not in impossible]
            return Fault(
                rule.name,
                tuple(domains),
                _short(rule, case),
                "; ".join(
                    filter(None, (_words(rule.sentence, case), _words(rule.decide, case), counted(case)))
                ),
                rule.box(case) if rule.box is not None else None,
                tuple(evidence_lines(case)),
                _words(rule.next, case),
            )
    return None


def evidence(verdict: Verdict) -> tuple[str, ...]:
    """Return the evidence about the reported attempt, a line each, also if nothing is wrong."""
    return tuple(evidence_lines(Case(verdict)))


def _short(rule: Rule, case: Case) -> str:
    """Return a few words for the first line, with the user's step that was interrupted."""
    words = _words(rule.short, case)
    step = own_step(case) if case.cause != Cause.MISMATCH else ""  # those words name the step
    return f"{words}, {step}" if step else words


def _words(words: Words, case: Case) -> str:
    return words if isinstance(words, str) else words(case)
