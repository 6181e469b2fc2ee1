# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failures with their evidence given directly, and for each the evidence that narrows its domains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.attempts import V4, bad
from support.scripted import idle
from tcp_health.judgement.diagnosis import diagnose
from tcp_health.judgement.judge import judge
from tcp_health.model.causes import Cause, Phase
from tcp_health.model.evidence import Control, Evidence, Hop, Icmp, NameServer, Path, Stall, TcpState
from tcp_health.model.local import Counters, HostsEntry, Interface, Neighbour, Reach, Route
from tcp_health.model.outcome import Attempt, Failure, Outcome
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Target
from tcp_health.model.verdict import Fault, Policy

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE, GATEWAY, ROUTER, RESOLVER, HOST = "10.0.0.9", "10.0.0.1", "10.1.0.1", "10.0.0.53", V4.text
LOOKUP = "dns local network firewall"
SYN = "local network firewall server"
ANY = "network firewall server"


class Given:
    """A failed attempt with evidence.

    row, domains  what it leads to
    without       evidence, each of which narrows the domains: what the whole is without it, and the domains then
    says, never   words that the sentence and the evidence must contain, and must not
    """

    def __init__(
        self,
        name: str,
        row: str,
        domains: str,
        attempt: Attempt,
        *without: tuple[Attempt, str],
        says: Sequence[str] = (),
        never: Sequence[str] = (),
        **recipe: Any,
    ) -> None:
        self.name = name
        self.row = row
        self.domains = tuple(domains.split())
        self.attempt = attempt
        self.without = without
        self.says = says
        self.never = never
        self.recipe = recipe

    def __repr__(self) -> str:
        return self.name

    def fault(self, attempt: Attempt | None = None) -> Fault:
        """The fault of its attempt, or of another one."""
        return fault_of(attempt or self.attempt, **self.recipe)


def fault_of(attempt: Attempt, policy: Policy | None = None, **recipe: Any) -> Fault:
    """The fault that an attempt leads to."""
    outcome = Outcome(Probe(Target("db", 5432), Recipe(**recipe)), (attempt,))
    fault = diagnose(judge(outcome, policy or Policy()))
    assert fault is not None
    return fault


def failed(cause: str, phase: str, evidence: Evidence | None = None, **facts: Any) -> Attempt:
    """A failed attempt; icmp and error are those of its failure."""
    failure = Failure(cause, facts.pop("error", ""), facts.pop("icmp", None), facts.pop("repeated", None))
    if evidence is None or evidence.counters is None:
        evidence = (evidence or Evidence()).replace(counters=IDLE)
    attempt: Attempt = bad(cause, phase=phase, **facts).replace(failure=failure, evidence=evidence)
    return attempt


IDLE = idle(0.0)


def unheard(evidence: Evidence | None = None, **facts: Any) -> Attempt:
    """No answer to the SYN."""
    return failed(Cause.TIMED_OUT, Phase.CONNECT, evidence, repeated=3, **facts)


def refused(evidence: Evidence | None = None) -> Attempt:
    return failed(Cause.REFUSED, Phase.CONNECT, evidence)


def looked_up(evidence: Evidence | None = None, cause: str = Cause.RESOLVER_FAILED) -> Attempt:
    """A failed name lookup."""
    return failed(cause, Phase.RESOLVE, evidence, address=None)


def silent(stall: Stall | None, phase: str = Phase.RECEIVE, **facts: Any) -> Attempt:
    """No answer on an established connection."""
    return failed(Cause.TIMED_OUT, phase, Evidence(stall=stall), **{"connect": 0.001, **facts})


def reach(address: str, gateway: str | None, state: str = "failed", kind: str = "unicast") -> Reach:
    neighbour = Neighbour(gateway or address, state) if kind == "unicast" else None
    return Reach(address, Route(kind, 2, "eth0", gateway), neighbour)


def server(answer: str, error: str = "", address: str = RESOLVER) -> Evidence:
    """The answer of a name server, or why the query failed."""
    return Evidence(name_server=NameServer(address, answer, error))


def query(icmp: Icmp) -> Evidence:
    """An ICMP message that rejects the query of a name server."""
    return Evidence(name_server=NameServer(RESOLVER, "rejected", "No route to host", icmp))


def path(*routers: str | None, end: str | None = None) -> Path:
    hops = [Hop(ttl, "router" if each else "silent", each) for ttl, each in enumerate(routers, 1)]
    if end is not None:
        hops.append(Hop(len(hops) + 1, end, HOST))
    return Path(tuple(hops))


def tcp(**facts: Any) -> TcpState:
    """An established connection whose peer acknowledged 4 bytes, and keepalive probes."""
    known = {"acked": 5, "heard": 0.4, "segments_in": 6, "window": 64240, "out_of_order": 0}
    return TcpState(1, **{**known, **facts})


def stall(small: bool | None = False, quiet: TcpState | None = None, **facts: Any) -> Stall:
    """A silence after a request of 4 bytes."""
    return Stall(tcp(**facts), 4, 4.0, small, quiet)


LOST: dict[str, Any] = {"acked": 1, "unacked": 1, "retransmits": 4, "backoff": 4, "segments_in": 1}
QUIET, GONE = TcpState(1, segments_in=3, acked=1), TcpState(1, segments_in=1, probes=2, acked=1)

ROUTERS = path(GATEWAY, ROUTER)
OWN = Icmp(4, 3, 1, HERE, own=True)
PROHIBITED = Icmp(4, 3, 13, GATEWAY)
DOWN = Interface("eth0", up=True, carrier=False, state="down")
NO_HOP = path(None, None, None)
NEARER = path(GATEWAY, end="refused")  # a router answers a SYN with TTL 2 as the host would

GIVEN = [
    # Names
    Given("the cable is out, and a name", "interface-down", "local",
          looked_up(server("silent").replace(interface=DOWN)),
          (looked_up(server("silent")), LOOKUP), says=("eth0", "no carrier")),
    Given("no route in the table, and a name", "resolver-no-route", "local",
          looked_up(server("silent").replace(reach=reach(RESOLVER, None, kind="none"))), (looked_up(server("silent")), LOOKUP)),
    Given("an own filter, and a name", "resolver-filtered-here", "local",
          looked_up(server("unreachable", "Operation not permitted")),
          (looked_up(server("unreachable")), LOOKUP), says=("packet filter on the monitoring host",)),
    Given("a dead gateway, and a name", "gateway-silent", "local network",
          looked_up(server("unreachable").replace(reach=reach(RESOLVER, GATEWAY))),
          (looked_up(server("unreachable")), LOOKUP), says=("gateway 10.0.0.1 does not answer ARP",)),
    Given("a name server on our link that is off", "resolver-neighbour", "dns local network",
          looked_up(server("silent").replace(reach=reach(RESOLVER, None, "incomplete"))),
          (looked_up(server("silent")), LOOKUP), never=("gateway",)),
    Given("a local resolver that does not run", "local-resolver-closed", "dns local",
          looked_up(server("closed", address="127.0.0.53")), (looked_up(), LOOKUP)),
    Given("a local resolver that is silent", "local-resolver-failing", LOOKUP,
          looked_up(server("silent", address="127.0.0.53"), Cause.RESOLVER_SILENT), says=("SILENT",)),
    Given("a local resolver that answers SERVFAIL", "local-resolver-failing", LOOKUP,
          looked_up(server("servfail", address="127.0.0.53"))),
    Given("a silent name server whose host answers", "resolver-silent", "dns firewall",
          looked_up(server("silent").replace(path=path(GATEWAY, end="refused"))), (looked_up(server("silent")), LOOKUP)),
    Given("a silent name server behind a router that answers", "resolver-unanswered", "dns network firewall",
          looked_up(server("silent").replace(path=ROUTERS)), (looked_up(server("silent")), LOOKUP)),
    Given("a silent name server, and no hop answers", "resolver-unheard", LOOKUP,
          looked_up(server("silent").replace(path=NO_HOP))),
    Given("a router that rejects queries", "resolver-rejected", "firewall", looked_up(query(PROHIBITED)),
          (looked_up(server("unreachable")), LOOKUP), says=("from 10.0.0.1", "name server 10.0.0.53: rejected")),
    Given("a router that rejects queries as port unreachable", "resolver-rejected", "firewall",
          looked_up(query(Icmp(4, 3, 3, GATEWAY))), (looked_up(server("unreachable")), LOOKUP), says=("port unreachable",)),
    Given("our own filter rejects queries", "resolver-filtered-here", "local",
          looked_up(query(PROHIBITED.replace(offender=HERE, own=True))), (looked_up(server("unreachable")), LOOKUP)),
    Given("a router without a route to the name server", "resolver-unreachable", LOOKUP,
          looked_up(server("unreachable").replace(name_server=NameServer(RESOLVER, "unreachable", "", Icmp(4, 3, 0, GATEWAY)))),
          says=("net unreachable from 10.0.0.1",)),
    Given("a closed name server", "resolver-closed", "dns", looked_up(server("closed")), (looked_up(), LOOKUP)),
    Given("a name server that fails", "resolver-failing", "dns", looked_up(server("servfail")), (looked_up(), LOOKUP)),
    Given("a name server that works", "lookup-hangs", "dns local", looked_up(server("noerror")), (looked_up(), LOOKUP)),

    # This host, and its own link
    Given("the cable is out", "interface-down", "local", unheard(Evidence(interface=DOWN)), (unheard(), SYN)),
    Given("an interface that is off", "interface-down", "local",
          unheard(Evidence(interface=Interface("eth0", up=False))), (unheard(), SYN), says=("it is down",)),
    Given("a host on our link, before ARP has failed", "host-neighbour", "local network server",
          unheard(Evidence(reach=reach(HOST, None, "incomplete"), path=NO_HOP)), (unheard(Evidence(path=NO_HOP)), SYN),
          never=("gateway", "next hop"), says=(f"host {HOST} is on the same link, and does not answer ARP",)),
    Given("a host on our link that is off", "host-neighbour", "local network server",
          failed(Cause.UNREACHABLE, Phase.CONNECT, Evidence(reach=reach(HOST, None)), icmp=OWN), never=("gateway", "next hop")),
    Given("a gateway that is off", "gateway-silent", "local network",
          failed(Cause.UNREACHABLE, Phase.CONNECT, Evidence(reach=reach(HOST, GATEWAY)), icmp=OWN),
          (failed(Cause.UNREACHABLE, Phase.CONNECT, icmp=OWN), "local network server"), never=(f"{HOST} cannot", "firewall")),
    Given("a gateway, before ARP has failed", "gateway-silent", "local network",
          unheard(Evidence(reach=reach(HOST, GATEWAY, "incomplete"), path=NO_HOP)), (unheard(Evidence(path=NO_HOP)), SYN)),
    Given("a host on our link that is silent", "on-link", SYN,
          unheard(Evidence(reach=reach(HOST, None, "stale"), path=NO_HOP)), never=("gateway",)),
    Given("a host on our link whose control port answers", "control-answers", "local firewall server",
          unheard(Evidence(reach=reach(HOST, None, "reachable"), path=NO_HOP, control=Control(22, "open"))),
          (unheard(Evidence(reach=reach(HOST, None, "reachable"), path=NO_HOP)), SYN)),
    Given("answers dropped by rp_filter", "reverse-path", "local",
          unheard(Evidence(path=ROUTERS, counters=Counters(reverse_path_filtered=4))), (unheard(), SYN), says=("rp_filter",)),
    Given("fewer packets dropped by rp_filter than SYNs", "unanswered", ANY,
          unheard(Evidence(path=ROUTERS, counters=IDLE.replace(reverse_path_filtered=1))), (unheard(), SYN),
          (unheard(Evidence(path=ROUTERS, counters=Counters())), SYN)),
    Given("packets that were not delivered", "dropped-here", SYN,
          unheard(Evidence(path=ROUTERS, counters=Counters(received=9, delivered=5, forwarded=0))), says=("4 packets arrived",)),
    Given("packets of an answer that were not delivered", "answer-dropped-here", SYN,
          silent(stall()).replace(evidence=Evidence(stall=stall(), counters=Counters(received=9, delivered=5))), never=("hangs",)),
    Given("one packet that was not delivered", "unanswered", ANY,
          unheard(Evidence(path=ROUTERS, counters=Counters(received=9, delivered=8))), (unheard(), SYN)),
    Given("a name pinned in /etc/hosts", "unanswered", ANY,
          unheard(Evidence(path=ROUTERS, hosts=HostsEntry("db", (HOST,)))), says=(f"/etc/hosts: db is {HOST}",)),

    # Refusals and ICMP
    Given("a loop", "loop", "network", unheard(Evidence(path=path(GATEWAY, ROUTER, GATEWAY, ROUTER, GATEWAY, ROUTER))),
          (unheard(), SYN), says=("routing loop between 10.0.0.1 and 10.1.0.1",)),
    Given("the TTL runs out", "ttl-exceeded", "network",
          failed(Cause.UNREACHABLE, Phase.CONNECT, icmp=Icmp(4, 11, 0, ROUTER)), (failed(Cause.UNREACHABLE, Phase.CONNECT), SYN),
          says=("time exceeded from 10.1.0.1: a routing loop",)),
    Given("a prohibition", "rejected", "firewall",
          failed(Cause.PROHIBITED, Phase.CONNECT, icmp=Icmp(4, 3, 13, ROUTER)), (failed(Cause.PROHIBITED, Phase.CONNECT), SYN)),
    Given("a router that cannot reach the host", "host-unreachable", "network server",
          failed(Cause.UNREACHABLE, Phase.CONNECT, icmp=Icmp(4, 3, 1, ROUTER)), (failed(Cause.UNREACHABLE, Phase.CONNECT), SYN)),
    Given("IPv6: a router that cannot reach the host", "host-unreachable", "network server",
          failed(Cause.UNREACHABLE, Phase.CONNECT, icmp=Icmp(6, 1, 3, "2001:db8::1")), (failed(Cause.UNREACHABLE, Phase.CONNECT), SYN)),
    Given("a router without a route", "unreachable", "network",
          failed(Cause.UNREACHABLE, Phase.CONNECT, icmp=Icmp(4, 3, 0, ROUTER)), (failed(Cause.UNREACHABLE, Phase.CONNECT), SYN)),
    Given("a reject route", "reject-route", "network firewall",
          failed(Cause.PROHIBITED, Phase.CONNECT, icmp=Icmp(6, 1, 6, "2001:db8::1")), (failed(Cause.PROHIBITED, Phase.CONNECT), SYN)),
    Given("a RST from an address of this host", "refused-here", "local server",
          refused(Evidence(reach=reach(HOST, None, kind="local"))), says=("an address of the monitoring host",)),
    Given("a RST from nearer than the control port", "refused-elsewhere", "firewall",
          refused(Evidence(path=NEARER, ttl=64, control=Control(22, "open", 62))),
          (refused(Evidence(path=NEARER, ttl=64, control=Control(22, "open"))), "firewall server"),
          (refused(Evidence(path=NEARER, ttl=64)), "firewall server"), says=("probably sent by 10.0.0.1",)),
    Given("a RST from nearer, and a host with TTL 128", "refused-elsewhere", "firewall",
          refused(Evidence(path=NEARER, ttl=64, control=Control(22, "open", 126))),
          (refused(Evidence(path=NEARER, ttl=64)), "firewall server"), says=("probably sent by 10.0.0.1",)),
    Given("a RST with TTL 255 from the same distance", "refused", "firewall server",
          refused(Evidence(path=ROUTERS, ttl=253, control=Control(22, "open", 62))), never=("probably", "translated")),
    Given("a RST from the same distance, the way back is longer", "refused", "firewall server",
          refused(Evidence(path=ROUTERS, ttl=61, control=Control(22, "open", 61))), never=("probably", "translated")),
    Given("a RST from farther than the control port", "refused-translated", "firewall server",
          refused(Evidence(path=ROUTERS, ttl=61, control=Control(22, "open", 62))), says=("translated",), never=("probably",)),
    Given("a RST from where the trace ends, the control port is farther away", "refused-translated", "firewall server",
          refused(Evidence(path=path(GATEWAY, ROUTER, end="refused"), ttl=62, control=Control(22, "open", 61))),
          says=("translated",), never=("probably",)),
    Given("a RST from nearer than the control port, and no trace", "refused-translated", "firewall server",
          refused(Evidence(ttl=64, control=Control(22, "open", 62))), never=("probably",)),
    Given("UDP: a closed port", "port-closed", "firewall server",
          failed(Cause.PORT_UNREACHABLE, Phase.RECEIVE, icmp=Icmp(4, 3, 3, HOST)), network="udp"),
    Given("UDP: rejected by a router", "rejected", "firewall",
          failed(Cause.PROHIBITED, Phase.RECEIVE, icmp=Icmp(4, 3, 13, ROUTER)), (failed(Cause.PROHIBITED, Phase.RECEIVE), SYN),
          network="udp"),
    Given("UDP: a router without a route", "unreachable", "network",
          failed(Cause.UNREACHABLE, Phase.RECEIVE, icmp=Icmp(4, 3, 0, ROUTER)), (failed(Cause.UNREACHABLE, Phase.RECEIVE), SYN),
          network="udp"),
    Given("no answer, a router answers", "unanswered", ANY, unheard(Evidence(path=ROUTERS)), (unheard(), SYN)),
    Given("an error that no other row has", "other", SYN, failed(Cause.OTHER, Phase.CONNECT, error="Protocol error")),

    # Established connections
    Given("an MTU black hole there", "black-hole", "network",
          silent(stall(True, **LOST)), (silent(stall(None, **LOST)), ANY), says=("536",)),
    Given("an MTU black hole back", "black-hole-back", "network",
          silent(stall(True)), (silent(stall(None)), ANY), says=("MTU", "536"), never=("hangs", "stalls")),
    Given("an MTU black hole under TLS", "black-hole-back", "network",
          silent(stall(True), Phase.TLS), (silent(stall(None), Phase.TLS), "network firewall server tls"), says=("MTU",)),
    Given("a missing segment", "segment-missing", "network firewall",
          silent(stall(None, out_of_order=832)), (silent(stall(None, out_of_order=None)), ANY), never=("hangs", "stalls")),
    Given("a missing segment in an answer that does not match", "segment-missing", "network firewall",
          failed(Cause.MISMATCH, Phase.RECEIVE, Evidence(stall=stall(None, out_of_order=832)), size=9, received=b"x"), never=("stalls",)),
    Given("a window that never opened", "window-never-opened", "firewall server",
          silent(stall(None, acked=1, window=0, probes=4, segments_in=5)),
          (silent(stall(None, acked=1, window=0, probes=4, segments_in=None)), ANY), says=("4 probes, the peer answers",)),
    Given("a SYN proxy before a dead host", "window-unanswered", ANY,
          silent(stall(None, acked=1, window=0, probes=4, segments_in=1)), says=("4 probes not acknowledged",)),
    Given("a window that closed", "window-closed", "server",
          silent(stall(None, acked=3, window=0)), (silent(stall(None, acked=3, window=None)), ANY), never=("keepalive probes for",)),
    Given("a host that died with a closed window", "peer-gone", ANY,
          silent(stall(None, acked=3, window=0, probes=5, segments_in=3))),
    Given("a payload filter", "payload-filtered", ANY,
          silent(stall(None, QUIET, **LOST)),
          says=("0 of 4 bytes", "a second connection without data: its keepalive probes are acknowledged"),
          never=("hangs", "keepalive probes for", "MTU")),
    Given("everything is lost after the handshake", "request-lost", "network firewall",
          silent(stall(None, GONE, **LOST)), (silent(stall(None, **LOST)), ANY), never=("hangs", "MTU")),
    Given("power lost in the middle", "peer-gone", ANY,
          silent(stall(None, probes=3), received=b"half", size=4),
          says=("the path or the host went down",), never=("hangs", "stalls")),
    Given("a service that hangs", "hangs", "firewall server", silent(stall()),
          (silent(stall(None)), ANY), (silent(stall(out_of_order=None)), ANY),
          says=("4 of 4 bytes acknowledged", "the service hangs, or less likely a firewall")),
    Given("a service that stalls", "stalls", "firewall server", silent(stall(), received=b"half", size=4),
          (silent(stall(None), received=b"half", size=4), ANY),
          (silent(stall(out_of_order=None), received=b"half", size=4), ANY)),
    Given("a server that keeps sending", "endless", "server content",
          silent(stall(), received=b"half", size=4, silence=0.05), says=("the answer did not end",), never=("stalls",)),
    Given("a server that sends now and then", "endless", "server content",
          silent(stall(), received=b"half", size=4, silence=1.0, pause=1.5)),
    Given("a path that died after a pause", "peer-gone", ANY,
          silent(stall(None, probes=2), received=b"half", size=4, silence=2.0, pause=6.0)),
    Given("a segment that is missing after a pause", "segment-missing", "network firewall",
          silent(stall(None, out_of_order=832), received=b"half", size=4, silence=2.0, pause=6.0)),
    Given("a stream in which a segment is late", "endless", "server content",
          silent(stall(None, out_of_order=832), received=b"half", size=4, silence=0.01, pause=0.1)),
    Given("a server that has stopped after pauses", "stalls", "firewall server",
          silent(stall(), received=b"half", size=4, silence=2.0, pause=1.5)),
    Given("a TLS handshake that hangs", "tls-hangs", "firewall server tls", silent(stall(), Phase.TLS),
          (silent(stall(None), Phase.TLS), ANY + " tls"), (silent(stall(out_of_order=None), Phase.TLS), ANY + " tls")),
    Given("keepalive probes that had no time", "silence", ANY,
          silent(Stall(tcp(), 4, 0.4)), says=("no keepalive probe was acknowledged: no time",), never=("all acknowledged",)),
    Given("keepalive probes that the kernel never sent", "request-unacknowledged", ANY,
          silent(stall(None, **LOST)), says=("no keepalive probe was acknowledged: data is not acknowledged",), never=("all acknowledged",)),
    Given("nothing was heard since keepalive was turned on", "silence", ANY,
          silent(stall(None, heard=4.5)), never=("all acknowledged", "kernel acknowledges")),
]  # fmt: skip


REPEATED = Evidence(stall=Stall(tcp(retransmits=1), 4))
SLOW = [
    ("slow-here", "local", {"connect": 0.4, "rtt": 0.001, "time": 0.5}, "connect"),
    ("slow-here", "local", {"connect": 0.4, "rtt": 0.001, "time": 0.41}, "time"),
    ("slow-connect", "local network firewall server", {"connect": 0.4, "rtt": None, "time": 0.41}, "connect"),
    ("slow-tls", "server tls", {"tls": 0.4, "rtt": 0.001, "time": 0.5}, "tls"),
    ("slow-tls", "server tls", {"tls": 0.4, "rtt": 0.001, "time": 0.5}, "time"),
    ("slow-path", "network", {"tls": 0.4, "rtt": 0.3, "connect": 0.31, "time": 0.8}, "tls"),
    ("slow-path", "network", {"first_byte": 0.4, "rtt": 0.3, "connect": 0.31, "time": 0.8}, "first_byte"),
    ("slow-answer", "server", {"first_byte": 0.4, "rtt": 0.001, "time": 0.5}, "time"),
    (
        "request-repeated",
        "network firewall server",
        {"first_byte": 0.4, "rtt": 0.001, "time": 0.5, "evidence": REPEATED},
        "time",
    ),
    ("slow-lookup", "dns", {"resolve": 0.4, "time": 0.5}, "time"),
    ("slow-rest", "network server", {"time": 0.9}, "time"),
]
"""Successes above a threshold of 0.2 s: row, domains, facts, and the measure with the threshold."""
