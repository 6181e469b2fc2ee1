# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The faults of the laboratory and the verdict that each must get. They were written before the code.

Rows that look the same to a client expect the same verdict, which names everything it may be; the comments give the
evidence that such rows share. The verdict follows the evidence, not what was injected.
"""

from __future__ import annotations

from .nouns import (
    CLIENT,
    LAST,
    SERVER,
    Dead,
    FewDescriptors,
    Filter,
    Loss,
    NoRoute,
    Resolver,
    Row,
    SlowLink,
    SmallMtu,
)

OK, WARNING, CRITICAL, UNKNOWN = range(4)

# The SYN is not answered, and at least one router on the path is alive. A firewall after that router, a host that has
# just died, a full accept queue, a router that has just died, a lost answer: all look the same. An answer of the host's
# control port, or of some routers, is reported, but rules out none of them: routers need not answer a trace, and a path
# may differ by port.
UNANSWERED = ("firewall", "network", "server")

# The same, and not even the first router answers. Our own output firewall and a gateway that has just died are further
# candidates; since many routers never answer a trace, the candidates above remain.
NOWHERE = ("firewall", "local", "network", "server")

# A RST with the host's TTL: the host, or a firewall answering for it.
IN_ITS_NAME = ("firewall", "server")

# Connected, the host's kernel acknowledges keepalive probes, no data was sent or received: the service sends nothing,
# or its data is lost.
NOTHING_CAME = ("network", "server")

CONNECT = "-H {host} -p {port} -t 5"
WITH_CONTROL = "--control-port {control}"
REQUEST = CONNECT + r" -E -s PING\r\n -e PONG"
SYN = "tcp flags & (fin|syn|rst|ack) == syn tcp dport {port}"
SYN_ACK = "tcp flags & (fin|syn|rst|ack) == (syn|ack) tcp sport {port}"
# A segment with payload: an IPv4 header has 20 bytes, a TCP header with timestamps 32.
PAYLOAD_OUT = "ip length > 52 tcp flags & syn == 0 tcp dport {port}"
PAYLOAD_BACK = "ip length > 52 tcp flags & syn == 0 tcp sport {port}"
EVERYTHING = "tcp dport {port}"

HEALTHY = (
    Row("healthy", "nothing: a connect", CONNECT, (), OK, more=WITH_CONTROL),
    Row("healthy-ipv6", "nothing: IPv6, a banner", "-H {host6} -p {port} -e 220 -t 5", (), OK),
    Row(
        "healthy-three-addresses", "nothing: a name with three addresses",
        "-H {three} -p {port} -e 220 -t 5", (), OK, more="--addresses all",
    ),
    Row(
        "healthy-slow-answer", "nothing: an answer after 1.5 s, no threshold",
        REQUEST, (), OK, service="late",
    ),
    Row(
        "healthy-slow-path", "nothing: a round trip of 200 ms, no threshold",
        REQUEST, (), OK, service="pong", inject=(SlowLink(0.1),),
    ),
    Row(
        "healthy-small-mtu", "nothing: a small MTU, found by ICMP as it should be",
        CONNECT + " -s {large} -e 250", (), OK, service="large", inject=(SmallMtu(1300),),
    ),
    Row(
        "healthy-control-closed", "nothing: but the control port is closed",
        CONNECT + " -e 220", (), OK, more="--control-port {closed}",
    ),
)  # fmt: skip

NAMES = (
    Row(
        "no-such-name", "no such name",
        "-H {unknown} -p {port} -t 5", ("dns",), CRITICAL, says=("no such name",),
    ),
    Row(
        "resolver-silent", "the resolver is silent",
        "-H {name} -p {port} -t 5", ("dns",), CRITICAL, box="resolver",
        inject=(Resolver("silent"),), says=("{resolver}", "silent|no answer|(not|never) answer"),
    ),
    Row(
        "resolver-closed", "the resolver's port is closed",
        "-H {name} -p {port} -t 5", ("dns",), CRITICAL, box="resolver",
        inject=(Resolver("closed"),), says=("{resolver}", "closed|refused"), never=("servfail",),
    ),
    Row(
        "resolver-servfail", "the resolver answers SERVFAIL",
        "-H {name} -p {port} -t 5", ("dns",), CRITICAL, box="resolver",
        inject=(Resolver("servfail"),), says=("{resolver}", "servfail"), never=("closed", "silent"),
    ),
    Row(
        "resolver-refuses", "the resolver answers REFUSED",
        "-H {name} -p {port} -t 5", ("dns",), CRITICAL, box="resolver",
        inject=(Resolver("refused"),), says=("{resolver}", "refused"), never=("closed", "silent", "servfail"),
    ),
    Row(
        "name-without-family", "the name has no IPv6 address",
        "-6 -H {only4} -p {port} -t 5", ("dns",), CRITICAL, says=("no .*address", "ipv6"),
    ),
)  # fmt: skip

OURSELVES = (
    Row(
        "no-route-here", "no route here",
        CONNECT, ("local",), UNKNOWN, inject=(NoRoute(CLIENT),), says=("no route",),
    ),
    # An ICMP message signed with our own address.
    Row(
        "own-filter-rejects", "our own filter rejects",
        CONNECT, ("local",), CRITICAL, box="client",
        inject=(Filter(CLIENT, "output", EVERYTHING, "reject with icmp type admin-prohibited"),),
        says=("{client}", "prohibited"), never=("hop [1-9]",),
    ),
    Row(
        "own-filter-drops", "our own filter drops",
        CONNECT, NOWHERE, CRITICAL,
        inject=(Filter(CLIENT, "output", EVERYTHING),), says=("no answer to the SYN", "hop 1|first hop|no hop"),
    ),
    Row(
        "gateway-died", "our gateway died a moment ago",
        CONNECT, NOWHERE, CRITICAL, more=WITH_CONTROL,
        inject=(Dead("router1", "client"),), says=("no answer to the SYN", "hop 1|first hop|no hop"),
    ),
    # Our own kernel reports that no host answers its ARP requests. It does not show the gateway to an ordinary user.
    Row(
        "gateway-dead", "our gateway is dead (ARP fails)",
        "-H {host} -p {port} -t 10", ("network",), CRITICAL, warm=False,
        inject=(Dead("router1", "client"),), says=("gateway|neighbour|next hop",), never=("{host} cannot reach",),
    ),
    Row(
        "source-not-ours", "the source address is not ours",
        CONNECT, ("local",), UNKNOWN, more="--source {stranger}", says=("{stranger}",),
    ),
    Row(
        "descriptors-exhausted", "descriptors exhausted",
        CONNECT, ("local",), UNKNOWN, inject=(FewDescriptors(4),), says=("descriptor|open files",),
    ),
)  # fmt: skip

UNREACHABLE = (
    Row(
        "host-off", "the host is off (ARP fails)",
        "-H {host} -p {port} -t 10", ("network",), CRITICAL, box="last", more=WITH_CONTROL, warm=False,
        inject=(Dead(SERVER),), says=("{last} cannot reach|by {last}", "host unreachable"),
    ),
    Row(
        "host-died", "the host died a moment ago",
        CONNECT, UNANSWERED, CRITICAL, more=WITH_CONTROL, inject=(Dead(SERVER),),
        says=("no answer to the SYN", "the path answers up to {last}"), never=("port {control} answers",),
    ),
    Row(
        "no-route-at-router1", "route missing at router 1",
        CONNECT, ("network",), CRITICAL, box="router1",
        inject=(NoRoute("router1"),), says=("{router1}", "net(work)? unreachable"),
    ),
    Row(
        "no-route-at-router2", "route missing at router 2",
        CONNECT, ("network",), CRITICAL, box="router2",
        inject=(NoRoute("router2"),), says=("{router2}", "net(work)? unreachable"),
    ),
    Row(
        "router2-down", "router 2 is down (ARP fails)",
        "-H {host} -p {port} -t 10", ("network",), CRITICAL, box="router1", more=WITH_CONTROL, warm=False,
        inject=(Dead("router2"),), says=("{router1} cannot reach|by {router1}", "host unreachable"),
    ),
    Row(
        "router2-died", "router 2 died a moment ago",
        CONNECT, UNANSWERED, CRITICAL, more=WITH_CONTROL, inject=(Dead("router2"),),
        says=("no answer to the SYN", "the path answers up to {router1}"), never=("port {control} answers",),
    ),
    Row(
        "icmp-host-unreachable", "router 1 says host unreachable",
        CONNECT, ("network",), CRITICAL, box="router1",
        inject=(Filter("router1", "forward", EVERYTHING, "reject with icmp type host-unreachable"),),
        says=("{router1}", "host unreachable"),
    ),
    Row(
        "icmp-net-unreachable", "router 2 says net unreachable",
        CONNECT, ("network",), CRITICAL, box="router2",
        inject=(Filter("router2", "forward", EVERYTHING, "reject with icmp type net-unreachable"),),
        says=("{router2}", "net(work)? unreachable"),
    ),
)  # fmt: skip

REJECTED = (
    Row(
        "prohibited-at-router1", "router 1 says prohibited",
        CONNECT, ("firewall",), CRITICAL, box="router1",
        inject=(Filter("router1", "forward", EVERYTHING, "reject with icmp type admin-prohibited"),),
        says=(
            "firewall: rejected by {router1}", "administratively prohibited", r"from {router1} \(hop 1\)",
            "2 of 2 tries",
        ),
    ),
    Row(
        "prohibited-at-host", "the host says prohibited",
        CONNECT, ("firewall",), CRITICAL, box="host",
        inject=(Filter(SERVER, "input", EVERYTHING, "reject with icmp type admin-prohibited"),),
        says=("firewall: rejected by {host}", "administratively prohibited", "from {host}"),
    ),
    Row(
        "host-prohibited-at-host", "the host says host prohibited",
        CONNECT, ("firewall",), CRITICAL, box="host",
        inject=(Filter(SERVER, "input", EVERYTHING, "reject with icmp type host-prohibited"),),
        says=("firewall: rejected by {host}", "prohibited", "from {host}"),
    ),
    Row(
        "port-unreachable-by-router2", "router 2 says port unreachable",
        CONNECT, ("firewall",), CRITICAL, box="router2",
        inject=(Filter("router2", "forward", EVERYTHING, "reject with icmp type port-unreachable"),),
        says=("firewall: rejected by {router2}", "port unreachable", "from {router2}"), never=("answering for it",),
    ),
    Row(
        "port-unreachable-by-host", "the host says port unreachable",
        CONNECT, ("firewall",), CRITICAL, box="host",
        inject=(Filter(SERVER, "input", EVERYTHING, "reject with icmp type port-unreachable"),),
        says=("firewall: rejected by {host}", "port unreachable", "from {host}"), never=("answering for it",),
    ),
)  # fmt: skip

REFUSED = (
    Row(
        "rst-by-router1", "router 1 sends a RST in the host's name",
        CONNECT, ("firewall",), CRITICAL, box="router1", more=WITH_CONTROL,
        inject=(Filter("router1", "forward", EVERYTHING, "reject with tcp reset"),),
        says=("probably", "{router1}"),
    ),
    Row(
        "rst-by-router2", "router 2 sends a RST in the host's name",
        CONNECT, ("firewall",), CRITICAL, box="router2", more=WITH_CONTROL,
        inject=(Filter("router2", "forward", EVERYTHING, "reject with tcp reset"),),
        says=("probably", "{router2}"),
    ),
    # No ICMP, and the RST has the TTL of the control port's answer.
    Row(
        "nothing-listens", "nothing listens",
        CONNECT, IN_ITS_NAME, CRITICAL, more=WITH_CONTROL, service="none",
        says=(r"refused \(RST\) by the host, or by a firewall answering for it",),
    ),
    Row(
        "rst-by-the-hosts-filter", "the host's own filter sends a RST",
        CONNECT, IN_ITS_NAME, CRITICAL, more=WITH_CONTROL,
        inject=(Filter(SERVER, "input", EVERYTHING, "reject with tcp reset"),),
        says=(r"refused \(RST\) by the host, or by a firewall answering for it",),
    ),
    Row(
        "rst-imitated", "router 2 sends a RST with the host's TTL",
        CONNECT, IN_ITS_NAME, CRITICAL, more=WITH_CONTROL,
        inject=(
            Filter("router2", "forward", EVERYTHING, "reject with tcp reset"),
            Filter("router2", "output", "tcp sport {port} tcp flags & rst == rst", "ip ttl set {hosts_ttl_at_router2}"),
        ),
        says=(r"refused \(RST\) by the host, or by a firewall answering for it",),
    ),
    # Without a control port there is no TTL to compare with the RST's.
    Row(
        "nothing-listens-no-control", "nothing listens, no control port named",
        CONNECT, IN_ITS_NAME, CRITICAL, service="none", says=(r"refused \(RST\) by the host, or by a firewall answering for it",),
    ),
)  # fmt: skip

SILENT = (
    Row(
        "dropped-at-router2", "router 2 drops in silence",
        CONNECT, UNANSWERED, CRITICAL, more=WITH_CONTROL,
        inject=(Filter("router2", "forward", EVERYTHING),),
        says=("no answer to the SYN", "the path answers up to {router2}", "port {control} answers"),
    ),
    Row(
        "dropped-at-host", "the host drops in silence",
        CONNECT, UNANSWERED, CRITICAL, more=WITH_CONTROL,
        inject=(Filter(SERVER, "input", EVERYTHING),),
        says=("no answer to the SYN", "the path answers up to {last}", "port {control} answers"),
    ),
    Row(
        "syn-ack-dropped", "router 1 drops the SYN-ACK on the way back",
        CONNECT, UNANSWERED, CRITICAL, more=WITH_CONTROL,
        inject=(Filter("router1", "forward", SYN_ACK),),
        says=("no answer to the SYN", "the path answers up to {last}", "port {control} answers"),
    ),
    Row(
        "accept-queue-full", "the accept queue is full",
        CONNECT, UNANSWERED, CRITICAL, more=WITH_CONTROL, service="full",
        says=("no answer to the SYN", "the path answers up to {last}", "port {control} answers"),
    ),
    Row(
        "dropped-at-host-no-control", "the host drops in silence, no control port named",
        CONNECT, UNANSWERED, CRITICAL,
        inject=(Filter(SERVER, "input", EVERYTHING),),
        says=("no answer to the SYN", "the path answers up to {last}"), never=("port [0-9]+ answers",),
    ),
    Row(
        "syn-lost-once", "the first SYN is lost",
        CONNECT, ("network",), OK,
        inject=(Filter("router1", "forward", SYN + " limit rate 1/hour burst 1 packets"),),
        says=("network: 1 SYN repeated",),
    ),
    Row(
        "syn-ack-lost-once", "the first SYN-ACK is lost",
        CONNECT, ("network",), OK,
        inject=(Filter("router1", "forward", SYN_ACK + " limit rate 1/hour burst 1 packets"),),
        says=("network: 1 SYN repeated",),
    ),
    Row(
        "lossy-path", "a lossy path (30 %)",
        "-H {host} -p {port} -t 50", ("network",), OK,
        more="--count 20 --interval 0.2 --attempt-timeout 12",
        inject=(Loss(30),), says=("[1-9][0-9]* SYNs repeated",),
    ),
)  # fmt: skip

CONNECTED = (
    Row(
        "accepted-then-closed", "accepted, then closed",
        CONNECT + " -e 220", ("server",), CRITICAL, service="close", says=("accepted, then closed",),
    ),
    # A RST right after the handshake; its sender is unknown.
    Row(
        "accepted-then-reset", "accepted, then reset",
        CONNECT + " -e 220", IN_ITS_NAME, CRITICAL, service="reset",
        says=("accepted, then reset",), never=("refused",),
    ),
    Row(
        "reset-by-router", "accepted, then reset by router 1 in the host's name",
        REQUEST, IN_ITS_NAME, CRITICAL, service="pong",
        inject=(Filter("router1", "forward", PAYLOAD_OUT, "reject with tcp reset"),),
        says=("accepted, then reset",), never=("refused",),
    ),
    Row(
        "service-hangs", "a silent service, request sent",
        REQUEST, ("server",), CRITICAL, service="silent",
        says=("server: hangs", "6 of 6 bytes acknowledged", "the host's kernel acknowledges"),
    ),
    Row(
        "service-silent", "a silent service, nothing sent",
        CONNECT + " -e 220", NOTHING_CAME, CRITICAL, service="silent",
        says=("the host's kernel acknowledges|the host is alive",), never=("server: hangs", "acknowledged"),
    ),
    Row(
        "greeting-lost", "the greeting is lost on its way",
        CONNECT + " -e 220", NOTHING_CAME, CRITICAL,
        inject=(Filter("router1", "forward", PAYLOAD_BACK),),
        says=("the host's kernel acknowledges|the host is alive",), never=("server: hangs", "acknowledged"),
    ),
    Row(
        "service-not-reading", "a service that does not read",
        CONNECT + " -s {huge} -e 250", ("server",), CRITICAL, service="deaf", says=("read", "window"),
    ),
    Row(
        "slow-first-byte", "a service slow to its first byte",
        REQUEST, ("server",), WARNING, more="--warning-first-byte 0.5", service="late", says=("slow|late",),
    ),
    Row(
        "slow-path", "a slow path (200 ms)",
        CONNECT, ("network",), WARNING, more="--warning-rtt 0.1", inject=(SlowLink(0.1),),
        says=("round[- ]trip",),
    ),
    Row(
        "mtu-black-hole", "a small MTU, and its ICMP is filtered",
        "-H {host} -p {port} -t 8 -s {large} -e 250", ("network",), CRITICAL, service="large",
        inject=(
            SmallMtu(1300),
            Filter("router1", "output", "icmp type destination-unreachable icmp code frag-needed"),
        ),
        says=("MTU", "536"), never=("on the way back",),
    ),
    Row(
        "data-dropped", "router 1 drops whatever comes after the handshake",
        "-H {host} -p {port} -t 8 -s {large} -e 250", ("network",), CRITICAL, service="large",
        inject=(Filter("router1", "forward", PAYLOAD_OUT),),
        says=("after the handshake",), never=("MTU black hole",),
    ),
    Row(
        "request-dropped", "router 2 drops a small request after the handshake",
        REQUEST, ("network",), CRITICAL, service="pong",
        inject=(Filter("router2", "forward", PAYLOAD_OUT),),
        says=("after the handshake", "0 of 6 bytes acknowledged"), never=("MTU",),
    ),
    Row(
        "path-dies", "the path dies in the middle of the answer",
        r"-H {host} -p {port} -t 6 -E -s PING\r\n", ("network",), CRITICAL, more="--read eof", service="drip",
        inject=(Filter("router1", "forward", "ct bytes > 3000"),),
        says=("the path or the host went down",), never=("server: hangs",),
    ),
    Row(
        "server-stalls", "the server stalls in the middle of the answer",
        r"-H {host} -p {port} -t 6 -E -s PING\r\n", ("server",), CRITICAL, more="--read eof", service="stall",
        says=("the host's kernel acknowledges|the host is alive",),
    ),
    # A RST as the answer to a keepalive probe: from the host, or from a firewall with a connection table.
    Row(
        "connection-forgotten", "the other side forgets the connection",
        REQUEST, IN_ITS_NAME, CRITICAL, service="forget", says=("forgot|no longer knows",), never=("refused",),
    ),
    Row(
        "wrong-banner", "a wrong banner",
        CONNECT + " -e SSH-2.0", ("content",), WARNING, says=("ssh-2.0", "220"),
    ),
    Row(
        "no-tls", "a service without TLS, asked for it",
        CONNECT + " -S", ("tls",), CRITICAL, says=("(not|no|use) TLS",),
    ),
)  # fmt: skip

SEVERAL = (
    Row(
        "one-of-three-dead", "one of three addresses is dead",
        "-H {three} -p {port} -t 5", UNANSWERED, WARNING, more="--addresses all",
        inject=(Filter(SERVER, "input", "ip daddr {third} " + EVERYTHING),),
        says=("{third}", "the path answers up to {last}"), never=("{host} .*no answer", "{second} .*no answer"),
    ),
    Row(
        "ipv6-dead", "IPv6 is dead, IPv4 lives",
        "-H {both} -p {port} -t 5", ("network",), WARNING, box="last_6", more="--addresses all",
        inject=(NoRoute(LAST, 6),), says=("{host6}", "{last_6}"),
    ),
)  # fmt: skip

IPV6 = (
    Row(
        "ipv6-no-route-at-router2", "IPv6: route missing at router 2",
        "-H {host6} -p {port} -t 5", ("network",), CRITICAL, box="router2_6",
        inject=(NoRoute("router2", 6),), says=("{router2_6}",),
    ),
    Row(
        "ipv6-prohibited-at-router1", "IPv6: router 1 says prohibited",
        "-H {host6} -p {port} -t 5", ("firewall",), CRITICAL, box="router1_6",
        inject=(Filter("router1", "forward", EVERYTHING, "reject with icmpv6 type admin-prohibited"),),
        says=("firewall: rejected by {router1_6}", "prohibited", r"from {router1_6} \(hop 1\)"),
    ),
    Row(
        "ipv6-port-unreachable-by-host", "IPv6: the host says port unreachable",
        "-H {host6} -p {port} -t 5", ("firewall",), CRITICAL, box="host6",
        inject=(Filter(SERVER, "input", EVERYTHING, "reject with icmpv6 type port-unreachable"),),
        says=("firewall: rejected by {host6}", "port unreachable", "from {host6}"), never=("answering for it",),
    ),
    Row(
        "ipv6-rst-by-router1", "IPv6: router 1 sends a RST in the host's name",
        "-H {host6} -p {port} -t 5", ("firewall",), CRITICAL, box="router1_6", more=WITH_CONTROL,
        inject=(Filter("router1", "forward", EVERYTHING, "reject with tcp reset"),),
        says=("probably", "{router1_6}"),
    ),
    Row(
        "ipv6-nothing-listens", "IPv6: nothing listens",
        "-H {host6} -p {port} -t 5", IN_ITS_NAME, CRITICAL, more=WITH_CONTROL, service="none",
        says=(r"refused \(RST\) by the host, or by a firewall answering for it",),
    ),
    Row(
        "ipv6-dropped-at-host", "IPv6: the host drops in silence",
        "-H {host6} -p {port} -t 5", UNANSWERED, CRITICAL, more=WITH_CONTROL,
        inject=(Filter(SERVER, "input", EVERYTHING),),
        says=("no answer to the SYN", "the path answers up to {last_6}", "port {control} answers"),
    ),
)  # fmt: skip

FAULTS: tuple[Row, ...] = (
    *HEALTHY, *NAMES, *OURSELVES, *UNREACHABLE, *REJECTED, *REFUSED, *SILENT, *CONNECTED, *SEVERAL, *IPV6,
)  # fmt: skip
