# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Situations in which diagnoses were false or late: what each must get, written down before the code that passes them.

As in faults.py, the diagnosis follows the evidence that an unprivileged client can collect, not the injected fault.
"""

from __future__ import annotations

from dataclasses import replace

from .faults import (
    CONNECT,
    CRITICAL,
    EVERYTHING,
    IN_ITS_NAME,
    NOWHERE,
    OK,
    PAYLOAD_BACK,
    SYN,
    SYN_ACK,
    UNANSWERED,
    WARNING,
    WITH_CONTROL,
)
from .nouns import (
    CLIENT,
    LAST,
    SERVER,
    Container,
    Dead,
    Filter,
    Later,
    Loop,
    NoRoute,
    Paused,
    Pinned,
    Resolver,
    ReversePath,
    Row,
    Silent,
    SlowLink,
    SmallMtu,
    SynProxy,
    Unplugged,
)

CONNECT6 = "-H {host6} -p {port} -t 5"
NAME = "-H {name} -p {port} -t 5"
NEAR = "-H {near} -p {port} -t 5"
NEVER_TRACE = "--trace never"
AGAIN = " -E -s PING\\r\\n -e PONG"

# A router needs 3.05 s until it reports that no host answers ARP; a second is left for the rest.
ARP = 4.1

# What is known without waiting: the kernel of this machine, or the answer of another box.
AT_ONCE = 0.5
ANSWERED = 1.5

# The request was acknowledged, the kernel of the host answers, and two tests show no lost segment (no segment lies out
# of order, and a second connection with small segments gets no answer either): the service hangs, or a filter drops
# every byte of the answer.
HANGS = ("firewall", "server")

# A segment before others was lost every time: a filter that looks at contents, or a path that loses what is too large
# or corrupt. A service that hangs leaves no gap.
GAP = ("firewall", "network")

# The request is repeated and not acknowledged. A filter that looks at contents; a stateful firewall that has not seen
# the handshake; a path that corrupts payload. A second connection, which sends nothing, decides the words: its
# keepalive probes are acknowledged, or not.
NOT_ACKNOWLEDGED = ("firewall", "network")

# The same, and the second connection lives: what is lost is the data. A network card that corrupts it is excluded by nothing.
DATA_LOST = ("firewall", "network", "server")

# Data came, or the request was acknowledged, and then the host's kernel answers no more: the path or the host died.
GONE = ("firewall", "network", "server")

# The next hop of a router does not answer ARP: the host is off, or its link is. The box is the router.
OFF_OR_LINK = ("network", "server")

# The gateway does not answer ARP: it is off, its link is, or our route has a wrong address.
OWN_LINK = ("local", "network")

# SYNs were repeated before the connect succeeded: lost, limited by a firewall, or dropped by a full accept queue.
REPEATED = ("firewall", "network", "server")

OFF = (
    Row(
        "off-within-4-s", "the host is off, and -t is 4 s",
        "-H {host} -p {port} -t 4", OFF_OR_LINK, CRITICAL, box="last", warm=False,
        inject=(Dead(SERVER),), says=("{last}", "host unreachable"), latest=4.0,
    ),
    Row(
        "off-within-5-s", "the host is off, -t is 5 s, with a control port",
        CONNECT, OFF_OR_LINK, CRITICAL, box="last", more=WITH_CONTROL, warm=False,
        inject=(Dead(SERVER),), says=("{last}", "host unreachable"), latest=ARP,
    ),
    Row(
        "off-within-6-s-tls", "the host is off, TLS was asked for",
        "-H {host} -p {port} -t 6 -S", OFF_OR_LINK, CRITICAL, box="last", warm=False,
        inject=(Dead(SERVER),), says=("{last}", "host unreachable"), latest=ARP,
    ),
    Row(
        "off-with-retry", "the host is off, one retry",
        "-H {host} -p {port} -t 10", OFF_OR_LINK, CRITICAL, box="last", more="--retries 1", warm=False,
        inject=(Dead(SERVER),), says=("{last}", "host unreachable"), latest=9.2,
    ),
    Row(
        "off-by-name", "the only address of a name is off",
        "-H {dead} -p {port} -t 6", OFF_OR_LINK, CRITICAL, box="last", warm=False,
        says=("{last}", "host unreachable"), latest=ARP,
    ),
    Row(
        "off-ipv6", "IPv6: the host is off",
        CONNECT6, OFF_OR_LINK, CRITICAL, box="last_6", warm=False,
        inject=(Dead(SERVER),), says=("{last_6}", "host unreachable"), latest=ARP,
    ),
    Row(
        "off-router2-within-5-s", "router 2 is off, and -t is 5 s",
        CONNECT, OFF_OR_LINK, CRITICAL, box="router1", warm=False,
        inject=(Dead("router2"),), says=("{router1}", "host unreachable"), latest=ARP,
    ),
    # Before ARP has failed no box knows more than that nothing came.
    Row(
        "off-within-2-s", "the host is off, and -t is shorter than ARP",
        "-H {host} -p {port} -t 2", UNANSWERED, CRITICAL, warm=False,
        inject=(Dead(SERVER),), says=("no answer to the SYN",), latest=2.3,
    ),
    Row(
        "off-gateway-within-5-s", "our gateway is off, and -t is 5 s",
        CONNECT, OWN_LINK, CRITICAL, warm=False,
        inject=(Dead("router1", "client"),), says=("gateway|neighbour|next hop",), latest=ARP,
    ),
    Row(
        "off-gateway-ipv6", "IPv6: our gateway is off",
        "-H {host6} -p {port} -t 6", OWN_LINK, CRITICAL, warm=False,
        inject=(Dead("router1", "client"),), says=("gateway|neighbour|next hop",), latest=ARP,
    ),
    # Our own route shows that the target is on our link: it is the host that does not answer, no gateway. It is off, or its
    # link is down.
    Row(
        "off-on-our-link", "a host on our own link is off",
        "-H {near_off} -p {port} -t 5", ("local", *OFF_OR_LINK), CRITICAL, warm=False,
        says=("{near_off}", "ARP|neighbour"), never=("gateway", "next hop"), latest=ARP,
    ),
    Row(
        "off-on-our-link-4-s", "a host on our own link is off, a request, -t is 4 s",
        "-H {near_off} -p {port} -t 4" + AGAIN, ("local", *OFF_OR_LINK), CRITICAL, more=WITH_CONTROL, warm=False,
        says=("{near_off}", "ARP|neighbour"), never=("gateway", "next hop"), latest=4.0,
    ),
    Row(
        "off-on-our-link-ipv6", "IPv6: a host on our own link is off",
        "-H {near_off6} -p {port} -t 6", ("local", *OFF_OR_LINK), CRITICAL, warm=False,
        says=("{near_off6}", "ARP|neighbour"), never=("gateway", "next hop"), latest=ARP,
    ),
    # Its neighbour entry is still valid. There is no hop before the host, so a trace shows nothing; and no test
    # excludes a filter here.
    Row(
        "died-on-our-link", "a host on our own link died a moment ago",
        NEAR, NOWHERE, CRITICAL, inject=(Silent("router1", "near"),), says=("no answer to the SYN",), never=("gateway",),
    ),
    # The router's message is known, and so no timeout.
    Row(
        "off-state-of-timeouts", "the host is off, and timeouts have another state",
        "-H {host} -p {port} -t 6", OFF_OR_LINK, CRITICAL, box="last", more="-t 6:UNKNOWN", warm=False,
        inject=(Dead(SERVER),), says=("{last}", "host unreachable"), latest=ARP,
    ),
    Row(
        "healthy-cold", "nothing: no box has talked to another before",
        CONNECT + " -e 220", (), OK, more=WITH_CONTROL, warm=False, latest=ANSWERED,
    ),
    Row(
        "healthy-on-our-link", "nothing: a host on our own link",
        NEAR + " -e 220", (), OK, more=WITH_CONTROL, warm=False, latest=ANSWERED,
    ),
    # Another address wins. What the first one came to is worth a line.
    Row(
        "healthy-second-address", "nothing: the first address of a name is off, the second answers",
        "-H {first_off} -p {port} -t 6 -e 220", (), OK, warm=False, tells=("{off}",), latest=ARP,
    ),
)  # fmt: skip

NAMES_AND_UPLINK = (
    # The query's own errno: ENETUNREACH.
    Row(
        "name-without-route", "a name, and no route here",
        NAME, ("local",), CRITICAL, inject=(NoRoute(CLIENT),), says=("no route|unreachable",),
    ),
    # EPERM.
    Row(
        "name-own-filter", "a name, and our own filter drops the queries",
        NAME, ("local",), CRITICAL,
        inject=(Filter(CLIENT, "output", "udp dport 53"),), says=("filter|permitted|permission",),
    ),
    # Our own kernel reports that no host answers ARP for the gateway.
    Row(
        "name-gateway-off", "a name, and our gateway is off",
        "-H {name} -p {port} -t 6", OWN_LINK, CRITICAL, warm=False,
        inject=(Dead("router1", "client"),), says=("gateway|neighbour|next hop",),
    ),
    # Nothing answers, neither the name server nor a hop before it. The name server is on another network: what it
    # shares with everything else may have failed.
    Row(
        "name-gateway-died", "a name, and our gateway died a moment ago",
        NAME, ("dns", "firewall", "local", "network"), CRITICAL,
        inject=(Dead("router1", "client"),), says=("{resolver}",),
    ),
    Row(
        "name-unplugged", "a name, and the cable is out",
        NAME, ("local",), CRITICAL, inject=(Unplugged(),), says=("carrier|cable|link",),
    ),
    Row(
        "unplugged", "the cable is out",
        CONNECT, ("local",), CRITICAL, inject=(Unplugged(),), says=("carrier|cable|link",), latest=ARP,
    ),
    Row(
        "unplugged-ipv6", "IPv6: the cable is out",
        CONNECT6 + AGAIN, ("local",), CRITICAL, inject=(Unplugged(),), says=("carrier|cable|link",), latest=ARP,
    ),
    Row("healthy-name", "nothing: a name", NAME + " -e 220", (), OK, more=WITH_CONTROL, latest=ANSWERED),
    # The pinned address is off. That the name is pinned is worth a line.
    Row(
        "name-pinned", "/etc/hosts has an old address of the name",
        "-H {name} -p {port} -t 6", OFF_OR_LINK, CRITICAL, box="last", warm=False,
        inject=(Pinned("name", "off"),), says=("{off}", "host unreachable"), tells=("/etc/hosts",), latest=ARP,
    ),
)  # fmt: skip

# The TTL of what the server sends, as a way back of another length leaves it: no packet shows how it came about.
BACK_LONGER, BACK_SHORTER = "ip ttl set 63", "ip ttl set 65"
FROM_HOST = "meta nfproto ipv4 tcp sport > 0"

WAYS_BACK = (
    Row(
        "closed-back-longer", "nothing listens, and the way back is one hop longer",
        CONNECT, IN_ITS_NAME, CRITICAL, service="none",
        inject=(Filter(SERVER, "output", FROM_HOST, BACK_LONGER),), says=("refused",), never=("probably",),
        latest=ANSWERED,
    ),
    Row(
        "closed-back-shorter", "nothing listens, and the way back is one hop shorter",
        CONNECT + AGAIN, IN_ITS_NAME, CRITICAL, service="none",
        inject=(Filter(SERVER, "output", FROM_HOST, BACK_SHORTER),), says=("refused",), never=("probably",),
        latest=ANSWERED,
    ),
    Row(
        "closed-back-shorter-ipv6", "IPv6: nothing listens, and the way back is two hops shorter",
        CONNECT6, IN_ITS_NAME, CRITICAL, service="none",
        inject=(Filter(SERVER, "output", "meta nfproto ipv6 tcp sport > 0", "ip6 hoplimit set 66"),),
        says=("refused",), never=("probably",), latest=ANSWERED,
    ),
    Row(
        "closed-back-longer-control", "nothing listens, the way back is longer, the control port answers",
        CONNECT, IN_ITS_NAME, CRITICAL, more=WITH_CONTROL, service="none",
        inject=(Filter(SERVER, "output", FROM_HOST, "ip ttl set 62"),), says=("refused",), never=("probably",),
        latest=ANSWERED,
    ),
    # Systems send RSTs with another initial TTL than SYN-ACKs: distances are the same.
    Row(
        "closed-rst-255", "nothing listens, and the host sends RSTs with TTL 255",
        CONNECT, IN_ITS_NAME, CRITICAL, more=WITH_CONTROL, service="none",
        inject=(Filter(SERVER, "output", FROM_HOST + " tcp flags & rst == rst", "ip ttl set 255"),),
        says=("refused",), never=("probably",), latest=ANSWERED,
    ),
    Row(
        "closed-syn-ack-255", "nothing listens, and the host sends SYN-ACKs with TTL 128",
        CONNECT, IN_ITS_NAME, CRITICAL, more=WITH_CONTROL, service="none",
        inject=(Filter(SERVER, "output", FROM_HOST + " tcp sport {control}", "ip ttl set 128"),),
        says=("refused",), never=("probably",), latest=ANSWERED,
    ),
    # Without another answer of the host there is nothing to compare its TTL with.
    Row(
        "rst-by-router1-no-control", "router 1 sends a RST in the host's name, no control port named",
        CONNECT, IN_ITS_NAME, CRITICAL,
        inject=(Filter("router1", "forward", EVERYTHING, "reject with tcp reset"),), says=("refused",), latest=ANSWERED,
    ),
    # Another distance than the control port's, and a router is at that distance.
    Row(
        "rst-by-router1-host-128", "router 1 sends a RST, the host's own answers have TTL 128",
        CONNECT, ("firewall",), CRITICAL, box="router1", more=WITH_CONTROL,
        inject=(
            Filter("router1", "forward", EVERYTHING, "reject with tcp reset"),
            Filter(SERVER, "output", FROM_HOST + " tcp sport {control}", "ip ttl set 128"),
        ),
        says=("probably", "{router1}"), latest=ANSWERED,
    ),
    Row(
        "healthy-back-longer", "nothing: the way back is longer",
        CONNECT + " -e 220", (), OK, more=WITH_CONTROL, inject=(Filter(SERVER, "output", FROM_HOST, BACK_LONGER),),
    ),
)  # fmt: skip

FRAG_NEEDED = "icmp type destination-unreachable icmp code frag-needed"
TOO_BIG = "icmpv6 type packet-too-big"

BACK = (
    # The small last segment gets through and lies out of order; with small segments the whole answer comes.
    Row(
        "mtu-back", "a small MTU on the way back, and its ICMP is filtered",
        "-H {host} -p {port} -t 6" + AGAIN, ("network",), CRITICAL, service="report",
        inject=(SmallMtu(1300), Filter("router2", "output", FRAG_NEEDED)), says=("MTU",), never=("hangs", "stalls"),
    ),
    # Nothing of the answer gets through at all.
    Row(
        "mtu-back-whole", "a small MTU on the way back, every segment of the answer is larger",
        "-H {host} -p {port} -t 8" + AGAIN, ("network",), CRITICAL, service="whole",
        inject=(SmallMtu(1200), Filter("router2", "output", FRAG_NEEDED)), says=("MTU",), never=("hangs", "stalls"),
    ),
    Row(
        "mtu-back-ipv6", "IPv6: a small MTU on the way back",
        "-H {host6} -p {port} -t 6" + AGAIN, ("network",), CRITICAL, service="report",
        inject=(SmallMtu(1300), Filter("router2", "output", TOO_BIG)), says=("MTU",), never=("hangs", "stalls"),
    ),
    Row(
        "mtu-there-ipv6", "IPv6: a small MTU on the way there",
        "-H {host6} -p {port} -t 8 -s {large} -e 250", ("network",), CRITICAL, service="large",
        inject=(SmallMtu(1300), Filter("router1", "output", TOO_BIG)), says=("MTU", "536|[0-9]+ bytes"),
    ),
    # The server's certificate does not arrive; a second handshake with small segments does.
    Row(
        "mtu-back-tls", "TLS: a small MTU on the way back",
        "-H {host} -p {port} -t 6 -S", ("network",), CRITICAL, service="tls",
        inject=(SmallMtu(900), Filter("router2", "output", FRAG_NEEDED)), says=("MTU",),
    ),
    # A ClientHello with many names of protocols does not get through; in small segments it does.
    Row(
        "mtu-there-tls", "TLS: a small MTU on the way there",
        "-H {host} -p {port} -t 8 -S", ("network",), CRITICAL, service="tls", more="--alpn {alpn}",
        inject=(SmallMtu(900), Filter("router1", "output", FRAG_NEEDED)), says=("MTU",), never=("hangs",),
    ),
    # Acknowledged, and every byte of the answer dropped: looks like a service that hangs.
    Row(
        "answer-dropped", "router 1 drops the whole answer",
        "-H {host} -p {port} -t 6" + AGAIN, HANGS, CRITICAL, service="pong",
        inject=(Filter("router1", "forward", PAYLOAD_BACK),), says=("6 of 6 bytes",),
    ),
    Row(
        "answer-dropped-ipv6", "IPv6: the last router drops the whole answer",
        "-H {host6} -p {port} -t 6" + AGAIN, HANGS, CRITICAL, service="pong", more=WITH_CONTROL,
        inject=(Filter(LAST, "forward", "meta length > 72 tcp flags & syn == 0 tcp sport {port}"),),
        says=("6 of 6 bytes",),
    ),
    # The tests were not allowed.
    Row(
        "answer-dropped-untested", "router 1 drops the whole answer, --trace never",
        "-H {host} -p {port} -t 6" + AGAIN, NOWHERE, CRITICAL, service="pong",
        more=NEVER_TRACE, inject=(Filter("router1", "forward", PAYLOAD_BACK),), says=("6 of 6 bytes",),
    ),
    Row(
        "hangs-untested", "a service that hangs, --trace never",
        "-H {host} -p {port} -t 6" + AGAIN, NOWHERE, CRITICAL, service="silent",
        more=NEVER_TRACE, says=("6 of 6 bytes",),
    ),
    Row(
        "hangs-ipv6", "IPv6: a service that hangs",
        "-H {host6} -p {port} -t 6" + AGAIN, HANGS, CRITICAL, service="silent", says=("6 of 6 bytes",),
    ),
    # The parts after it come and cannot be delivered.
    Row(
        "answer-part-dropped", "a filter drops the first part of the answer",
        "-H {host} -p {port} -t 6" + AGAIN, GAP, CRITICAL, service="parts",
        inject=(Filter("router2", "forward", "tcp sport {port} @ih,0,32 0x4c495354"),), never=("hangs", "stalls"),
    ),
    Row(
        "answer-middle-dropped", "IPv6: a filter drops the middle of the answer",
        "-H {host6} -p {port} -t 6" + AGAIN, GAP, WARNING, service="parts",
        inject=(Filter("router1", "forward", "tcp sport {port} @ih,0,32 0x6974656d"),), never=("hangs", "stalls"),
    ),
    Row(
        "healthy-parts", "nothing: an answer in parts, one of which is lost once",
        "-H {host} -p {port} -t 6" + AGAIN, (), OK, service="parts",
        inject=(Filter("router2", "forward", PAYLOAD_BACK + " limit rate 1/hour burst 1 packets"),),
    ),
    Row(
        "healthy-large-answer", "nothing: a small MTU on the way back, found by ICMP",
        "-H {host} -p {port} -t 6" + AGAIN, (), OK, service="report", inject=(SmallMtu(1300),),
    ),
)  # fmt: skip

ONCE = " limit rate 1/hour burst 1 packets"

SYNS = (
    Row(
        "syn-lost-twice", "the first two SYNs are lost",
        "-H {host} -p {port} -t 6 -e 220", REPEATED, OK,
        inject=(Filter("router1", "forward", SYN + " limit rate 1/hour burst 2 packets"),),
        says=("[12] SYN",),  # a probe of the trace may be the second that is lost
    ),
    Row(
        "syn-lost-once-ipv6", "IPv6: the host's filter drops the first SYN, as a rate limit does",
        CONNECT6 + " -e 220", REPEATED, OK, inject=(Filter(SERVER, "input", SYN + ONCE),), says=("1 SYN",),
    ),
    Row(
        "syn-ack-lost-once-tls", "TLS: the first SYN-ACK is lost",
        CONNECT + " -S", REPEATED, OK, service="tls", inject=(Filter("router2", "forward", SYN_ACK + ONCE),),
        says=("SYNs? ",),
    ),
    Row(
        "syn-retransmits-alert", "the first SYN is lost, and a threshold for that",
        CONNECT, REPEATED, WARNING, more="--warning-retransmits 0",
        inject=(Filter("router1", "forward", SYN + ONCE),), says=("1 SYN",),
    ),
    Row(
        "syn-loss-alert", "a SYN of three is lost, and a threshold for that",
        "-H {host} -p {port} -t 8", REPEATED, WARNING, more="--count 3 --interval 0.2 --warning-loss 10",
        inject=(Filter("router1", "forward", SYN + ONCE),), says=("1 SYN",),
    ),
    # The kernel repeats the SYN before the answer can be here. None is lost.
    Row(
        "healthy-very-slow-path", "nothing: a round trip above the kernel's first timeout",
        "-H {host} -p {port} -t 10 -e 220", (), OK, inject=(SlowLink(0.6),),
    ),
)  # fmt: skip

PING = "tcp dport {port} @ih,0,32 0x50494e47"

CONTENTS = (
    Row(
        "request-filtered", "a filter drops what it does not like in a request",
        "-H {host} -p {port} -t 6" + AGAIN, DATA_LOST, CRITICAL, service="pong",
        inject=(Filter("router2", "forward", PING),), says=("0 of 6 bytes",), never=("hangs", "MTU"),
    ),
    Row(
        "request-filtered-ipv6", "IPv6: the host's filter drops a request",
        "-H {host6} -p {port} -t 6" + AGAIN, DATA_LOST, CRITICAL, service="pong", more=WITH_CONTROL,
        inject=(Filter(SERVER, "input", PING),), says=("0 of 6 bytes",), never=("hangs", "MTU"),
    ),
    Row(
        "client-hello-filtered", "a filter drops the ClientHello",
        "-H {host} -p {port} -t 6 -S", DATA_LOST, CRITICAL, service="tls",
        inject=(Filter("router1", "forward", "tcp dport {port} @ih,0,16 0x1603"),), never=("hangs", "MTU"),
    ),
    Row(
        "everything-lost", "router 2 drops everything after the SYN",
        "-H {host} -p {port} -t 6" + AGAIN, NOT_ACKNOWLEDGED, CRITICAL, service="pong",
        inject=(Filter("router2", "forward", "tcp dport {port} tcp flags & syn == 0"),),
        says=("0 of 6 bytes",), never=("hangs", "MTU"),
    ),
    Row(
        "healthy-other-contents", "nothing: a filter looks for other contents",
        CONNECT + AGAIN, (), OK, service="pong",
        inject=(Filter("router1", "forward", "tcp dport {port} @ih,0,32 0x45564c21", idle=True),),
    ),
)  # fmt: skip

ANSWERING = r"-H {host} -p {port} -t 8 -E -s PING\r\n"

POWER = (
    Row(
        "healthy-pauses", "nothing: an answer with pauses longer than that of keepalive probes",
        "-H {host} -p {port} -t 8" + AGAIN, (), OK, service="slow-parts", more="--expect-timeout 6",
    ),
    Row(
        "power-lost", "the server loses power in the middle of its answer",
        ANSWERING, GONE, CRITICAL, more="--read eof", service="drip", inject=(Later(1.5, Dead(SERVER)),),
        says=("the path or the host went down",), never=("hangs", "stalls"),
    ),
    Row(
        "power-lost-ipv6", "IPv6: the server loses power in the middle of its answer",
        r"-H {host6} -p {port} -t 8 -E -s PING\r\n", GONE, CRITICAL, more="--read eof " + WITH_CONTROL, service="drip",
        inject=(Later(2.0, Dead(SERVER)),), says=("the path or the host went down",), never=("hangs", "stalls"),
    ),
    Row(
        "power-lost-before", "the server loses power before it answers",
        "-H {host} -p {port} -t 8" + AGAIN, GONE, CRITICAL, service="silent", inject=(Later(1.5, Dead(SERVER)),),
        says=("the path or the host went down",), never=("hangs", "stalls"),
    ),
    Row(
        "router-dies", "router 2 loses power in the middle of the answer",
        ANSWERING, GONE, CRITICAL, more="--read eof", service="drip", inject=(Later(1.5, Dead("router2")),),
        says=("the path or the host went down",), never=("hangs", "stalls"),
    ),
)  # fmt: skip

OUR_INPUT = (
    Row(
        "healthy-own-filter", "nothing: our own filter drops answers of another port",
        CONNECT + " -e 220", (), OK, inject=(Filter(CLIENT, "input", "tcp sport {control}", idle=True),),
    ),
    # Packets are counted as received and not as delivered. The counter is one of all traffic: an input filter that drops
    # broadcasts makes it grow beside any silence. So it adds this host, and excludes nothing.
    Row(
        "own-input-drops", "our own filter drops the answers",
        CONNECT, NOWHERE, CRITICAL, inject=(Filter(CLIENT, "input", "tcp sport {port}"),), never=("the host died",),
    ),
    Row(
        "own-input-drops-ipv6", "IPv6: our own filter drops the answers",
        CONNECT6, NOWHERE, CRITICAL, more=WITH_CONTROL, inject=(Filter(CLIENT, "input", "tcp sport {port}"),),
    ),
    Row(
        "own-input-drops-data", "our own filter drops the answer to a request",
        "-H {host} -p {port} -t 6" + AGAIN, NOWHERE, CRITICAL, service="pong",
        inject=(Filter(CLIENT, "input", PAYLOAD_BACK),), never=("hangs",),
    ),
    # IPReversePathFilter counts them.
    Row(
        "reverse-path", "our own kernel expects the answers on another interface",
        CONNECT, ("local",), CRITICAL, inject=(ReversePath(),), says=("reverse path|rp_filter",),
    ),
    # The control port is answered, so hop 1 lives; for our port alone it is silent.
    Row(
        "own-filter-drops-control", "our own filter drops, the control port answers",
        CONNECT, ("firewall", "local", "server"), CRITICAL, more=WITH_CONTROL,
        inject=(Filter(CLIENT, "output", EVERYTHING),), says=("port {control} answers",),
    ),
    Row(
        "dropped-on-our-link-control", "a host on our own link drops, its control port answers",
        NEAR, ("firewall", "local", "server"), CRITICAL, more=WITH_CONTROL,
        inject=(Filter("router1", "input", EVERYTHING),), says=("port {control} answers",),
    ),
)  # fmt: skip

HOSTS_NAME = (
    Row(
        "container-dead", "the port is forwarded to a container that is off",
        "-H {host} -p {port} -t 6", IN_ITS_NAME, CRITICAL, inject=(Container("port", alive=False),),
        says=("{host}", "host unreachable"), never=("cannot reach",), latest=ARP,
    ),
    Row(
        "host-unreachable-by-host", "the host's own filter says host unreachable",
        CONNECT, IN_ITS_NAME, CRITICAL, more=WITH_CONTROL,
        inject=(Filter(SERVER, "input", EVERYTHING, "reject with icmp type host-unreachable"),),
        says=("{host}", "host unreachable"), never=("cannot reach",), latest=ANSWERED,
    ),
    Row(
        "host-unreachable-by-host-ipv6", "IPv6: the host's own filter says address unreachable",
        CONNECT6 + AGAIN, IN_ITS_NAME, CRITICAL,
        inject=(Filter(SERVER, "input", EVERYTHING, "reject with icmpv6 type addr-unreachable"),),
        says=("{host6}", "unreachable"), never=("cannot reach",), latest=ANSWERED,
    ),
    # The RST comes from farther away than the control port's answer.
    Row(
        "container-closed", "the port is forwarded to a container in which nothing listens",
        CONNECT, IN_ITS_NAME, CRITICAL, more=WITH_CONTROL, inject=(Container("port", serves=False),),
        says=("refused", "translat"), never=("probably sent",), latest=ANSWERED,
    ),
    # The RST comes from nearer than the control port's answer, and from where the trace ends: from the host.
    Row(
        "container-control", "nothing listens, and the control port is forwarded to a container",
        CONNECT, IN_ITS_NAME, CRITICAL, more=WITH_CONTROL, service="none", inject=(Container("control"),),
        says=("refused", "translat"), latest=ANSWERED,
    ),
    Row(
        "healthy-container", "nothing: the port is forwarded to a container",
        CONNECT + " -e 220", (), OK, more=WITH_CONTROL, inject=(Container("port"),),
    ),
)  # fmt: skip

THRESHOLDS = (
    Row(
        "time-first-byte", "-w against a service slow to its first byte",
        CONNECT + AGAIN + " -w 0.5", ("server",), WARNING, service="late", says=("first byte", "1[0-9]{{3}}"),
    ),
    Row(
        "time-first-byte-ipv6", "IPv6: -c against a service slow to its first byte",
        CONNECT6 + AGAIN + " -w 0.5 -c 1", ("server",), CRITICAL, service="late", says=("first byte", "1[0-9]{{3}}"),
    ),
    Row(
        "time-slow-path", "-w against a slow path",
        CONNECT + " -w 0.4", ("network",), WARNING, inject=(SlowLink(0.3),), says=("round trip", "6[0-9]{{2}}"),
    ),
    Row(
        "time-resolve", "-w against a slow name server",
        NAME + " -e 220 -w 0.3", ("dns",), WARNING, inject=(Resolver("late"),), says=("name|lookup|resol",),
    ),
    Row(
        "time-syn-repeated", "-w against a repeated SYN",
        CONNECT + " -e 220 -w 0.5", REPEATED, WARNING, inject=(Filter("router1", "forward", SYN + ONCE),),
        says=("1 SYN",),
    ),
    Row(
        "time-tls", "-w against a slow TLS handshake",
        CONNECT + " -S -w 0.5", ("server", "tls"), WARNING, service="tls-late", says=("TLS",),
    ),
    Row(
        "time-lag", "-w against a machine that has no time for the check",
        "-H {host} -p {port} -t 10" + AGAIN + " -w 2.5", ("local",), WARNING, service="pong",
        inject=(SlowLink(0.4), Paused(4.0)), says=("the event loop of the check was delayed",),
    ),
    Row(
        "resolve-alert", "a threshold for the name lookup",
        NAME, ("dns",), WARNING, more="--warning-resolve 0.3", inject=(Resolver("late"),), says=("name|lookup|resol",),
    ),
    Row(
        "connect-alert", "a threshold for the connect, and a slow path",
        CONNECT, ("network",), WARNING, more="--warning-connect 0.4", inject=(SlowLink(0.3),), says=("round trip",),
    ),
    Row(
        "connect-alert-repeated", "a threshold for the connect, and a repeated SYN",
        CONNECT6, REPEATED, WARNING, more="--warning-connect 0.5", inject=(Filter("router2", "forward", SYN + ONCE),),
        says=("1 SYN",),
    ),
    Row(
        "tls-alert", "a threshold for the TLS handshake",
        CONNECT + " -S", ("server", "tls"), WARNING, more="--warning-tls 0.5", service="tls-late", says=("TLS",),
    ),
    Row(
        "certificate-alert", "a certificate that ends in 20 days",
        CONNECT + " -S -D 30", ("tls",), WARNING, service="tls", says=("certificate",),
    ),
    Row(
        "healthy-below-thresholds", "nothing: every threshold is kept",
        NAME + AGAIN + " -w 4 -c 5", (), OK, service="late", more="--warning-first-byte 3 --warning-connect 1",
    ),
    Row(
        "healthy-tls", "nothing: TLS",
        CONNECT + AGAIN + " -S -w 4", (), OK, service="tls", more=WITH_CONTROL,
    ),
)  # fmt: skip

UDP = "--network udp"
UDP_ASK = "-H {host} -p {port} -t 5 -s ASK -e PONG"

DATAGRAMS = (
    # For UDP the kernel of a host reports port unreachable where nothing listens, and so does a filter.
    Row(
        "udp-closed", "UDP: nothing listens",
        UDP_ASK, IN_ITS_NAME, CRITICAL, more=UDP, service="none", says=("port", "{host}|host"), latest=ANSWERED,
    ),
    Row(
        "udp-prohibited", "UDP: router 1 says prohibited",
        UDP_ASK, ("firewall",), CRITICAL, box="router1", more=UDP,
        inject=(Filter("router1", "forward", "udp dport {port}", "reject with icmp type admin-prohibited"),),
        says=("{router1}", "prohibited"), latest=ANSWERED,
    ),
    Row(
        "udp-no-route", "UDP: route missing at router 2",
        UDP_ASK, ("network",), CRITICAL, box="router2", more=UDP, inject=(NoRoute("router2"),),
        says=("{router2}", "unreachable"), latest=ANSWERED,
    ),
    Row(
        "udp-closed-ipv6", "IPv6, UDP: nothing listens",
        "-H {host6} -p {port} -t 5 -s ASK -e PONG", IN_ITS_NAME, CRITICAL, more=UDP, service="none", says=("port",),
        latest=ANSWERED,
    ),
    Row(
        "healthy-udp", "nothing: UDP",
        UDP_ASK, (), OK, more=UDP, service="datagrams", latest=ANSWERED,
    ),
    # One answer that our own input filter drops looks like other traffic in the counters.
    Row(
        "udp-dropped", "UDP: router 2 drops in silence",
        UDP_ASK, NOWHERE, CRITICAL, more=UDP, inject=(Filter("router2", "forward", "udp dport {port}"),),
        says=("no answer to the datagram",),
    ),
)  # fmt: skip

WINDOW_ZERO = "tcp window set 0"

WINDOWS = (
    # Nothing but the SYN was ever acknowledged, and the window is closed.
    Row(
        "window-zero", "a service whose window is closed from the start",
        "-H {host} -p {port} -t 6" + AGAIN, IN_ITS_NAME, CRITICAL, service="silent",
        inject=(Filter(SERVER, "output", "tcp sport {port}", WINDOW_ZERO),), says=("window",), never=("after the handshake",),
    ),
    Row(
        "window-zero-ipv6", "IPv6: a service whose window is closed from the start",
        "-H {host6} -p {port} -t 6" + AGAIN, IN_ITS_NAME, CRITICAL, service="silent", more=WITH_CONTROL,
        inject=(Filter(SERVER, "output", "tcp sport {port}", WINDOW_ZERO),), says=("window",), never=("after the handshake",),
    ),
    Row(
        "tarpit", "a tarpit at router 2 keeps every connection open with a closed window",
        "-H {host} -p {port} -t 6 -S", IN_ITS_NAME, CRITICAL, service="silent",
        inject=(Filter("router2", "forward", "tcp sport {port}", WINDOW_ZERO),), says=("window",),
    ),
    # Probes of the window are not answered either: whatever may be wrong with an unanswered SYN is so behind the proxy.
    Row(
        "syn-proxy", "a SYN proxy at router 2, and the host behind it died",
        "-H {host} -p {port} -t 6" + AGAIN, UNANSWERED, CRITICAL, inject=(SynProxy("router2"), Dead(SERVER)),
        says=("window",),
    ),
    Row(
        "healthy-slow-reader", "nothing: a service that reads a large request",
        CONNECT + " -s {large} -e 250", (), OK, service="large", more=WITH_CONTROL,
    ),
)  # fmt: skip

CONTROL_SILENT = Filter(SERVER, "input", "tcp dport {control}")

CONTROLS = (
    Row(
        "healthy-control-silent", "nothing: the control port is silent",
        CONNECT + " -e 220", (), OK, more=WITH_CONTROL, inject=(replace(CONTROL_SILENT, idle=True),), latest=ANSWERED,
    ),
    Row(
        "closed-control-silent", "nothing listens, and the control port is silent",
        "-H {host} -p {port} -t 8", IN_ITS_NAME, CRITICAL, more=WITH_CONTROL, service="none", inject=(CONTROL_SILENT,),
        says=("refused",), latest=ANSWERED,
    ),
    Row(
        "prohibited-control-silent", "router 1 says prohibited, and the control port is silent",
        "-H {host} -p {port} -t 8", ("firewall",), CRITICAL, box="router1", more=WITH_CONTROL,
        inject=(
            Filter("router1", "forward", EVERYTHING, "reject with icmp type admin-prohibited"),
            Filter("router1", "forward", "tcp dport {control}", idle=True),
        ),
        says=("{router1}", "prohibited"), latest=ANSWERED,
    ),
    Row(
        "closed-control-silent-ipv6", "IPv6: nothing listens, and the control port is silent",
        "-H {host6} -p {port} -t 10", IN_ITS_NAME, CRITICAL, more=WITH_CONTROL, service="none",
        inject=(CONTROL_SILENT,), says=("refused",), latest=ANSWERED,
    ),
    Row(
        "closed-control-silent-retry", "nothing listens, the control port is silent, one retry",
        "-H {host} -p {port} -t 10", IN_ITS_NAME, CRITICAL, more=WITH_CONTROL + " --retries 1", service="none",
        inject=(CONTROL_SILENT,), says=("refused",), latest=4.0,
    ),
)  # fmt: skip

LOOPS = (
    Row(
        "healthy-loop-elsewhere", "nothing: a routing loop for IPv6, and IPv4 is checked",
        CONNECT + " -e 220", (), OK, more=WITH_CONTROL, inject=(Loop(6),), latest=ANSWERED,
    ),
    Row(
        "loop", "a routing loop between router 1 and router 2",
        CONNECT, ("network",), CRITICAL, inject=(Loop(),), says=("loop", "{router1}", "{router2}"), latest=2.0,
    ),
    Row(
        "loop-ipv6", "IPv6: a routing loop between router 1 and router 2",
        CONNECT6, ("network",), CRITICAL, inject=(Loop(6),), says=("loop", "{router1_6}", "{router2_6}"), latest=2.0,
    ),
    Row(
        "loop-tls", "TLS: a routing loop between router 1 and router 2",
        "-H {host} -p {port} -t 10 -S", ("network",), CRITICAL, more=WITH_CONTROL, inject=(Loop(),),
        says=("loop", "{router1}", "{router2}"), latest=2.0,
    ),
)  # fmt: skip

REJECTS = "reject with icmp type admin-prohibited"

# The first attempt knows what the later ones, which get no answer, do not.
ATTEMPTS = (
    Row(
        "prohibited-once", "router 1 says prohibited once, and is silent from then on",
        "-H {host} -p {port} -t 6", ("firewall",), CRITICAL, box="router1",
        inject=(Filter("router1", "forward", EVERYTHING + ONCE, REJECTS), Filter("router1", "forward", EVERYTHING)),
        says=("{router1}", "prohibited"), latest=ANSWERED,
    ),
    Row(
        "prohibited-once-retry", "router 2 says prohibited once, and is silent from then on; one retry",
        "-H {host} -p {port} -t 6" + AGAIN, ("firewall",), CRITICAL, box="router2", more="-t 6:UNKNOWN --retries 1",
        inject=(Filter("router2", "forward", EVERYTHING + ONCE, REJECTS), Filter("router2", "forward", EVERYTHING)),
        says=("{router2}", "prohibited"),
    ),
    Row(
        "no-route-once-ipv6", "IPv6: router 1 says no route once, and is silent from then on; one retry",
        "-H {host6} -p {port} -t 6", ("network",), CRITICAL, box="router1_6", more="--retries 1",
        inject=(
            Filter("router1", "forward", EVERYTHING + ONCE, "reject with icmpv6 type no-route"),
            Filter("router1", "forward", EVERYTHING),
        ),
        says=("{router1_6}", "unreachable|no route"),
    ),
)  # fmt: skip

# The ClientHello was acknowledged and nothing came: the service hangs, or speaks no TLS, or its answer is dropped.
TLS_HANGS = ("firewall", "server", "tls")

TLS_AND_CLOSED = (
    Row(
        "tls-on-plain", "TLS to a service that waits for a plain request",
        "-H {host} -p {port} -t 6 -S", TLS_HANGS, CRITICAL, service="silent", says=("handshake",),
    ),
    Row(
        "tls-on-plain-ipv6", "IPv6: TLS to a service that waits for a plain request",
        "-H {host6} -p {port} -t 6 -S", TLS_HANGS, CRITICAL, service="silent", more=WITH_CONTROL, says=("handshake",),
    ),
    Row(
        "tls-answer-dropped", "TLS: a filter drops the server's answer",
        "-H {host} -p {port} -t 6 -S", TLS_HANGS, CRITICAL, service="tls",
        inject=(Filter("router1", "forward", PAYLOAD_BACK),), says=("handshake",),
    ),
    # A transparent proxy accepts in the host's name, and closes when it cannot reach the host.
    Row(
        "closed-early-ipv6", "IPv6: accepted, then closed",
        CONNECT6 + " -e 220", IN_ITS_NAME, CRITICAL, service="close", says=("closed",), latest=ANSWERED,
    ),
    Row(
        "closed-early-tls", "TLS: accepted, then closed",
        CONNECT + " -S", TLS_HANGS, CRITICAL, service="close", says=("closed",), latest=ANSWERED,
    ),
)  # fmt: skip

NOVEMBER: tuple[Row, ...] = (
    *OFF, *NAMES_AND_UPLINK, *WAYS_BACK, *BACK, *SYNS, *CONTENTS, *POWER, *OUR_INPUT, *HOSTS_NAME, *THRESHOLDS,
    *DATAGRAMS, *WINDOWS, *CONTROLS, *LOOPS, *ATTEMPTS, *TLS_AND_CLOSED,
)  # fmt: skip
