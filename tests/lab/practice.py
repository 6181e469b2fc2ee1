# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Forty situations from practice, written down from docs/diagnosis.md alone, before the code was read or they were run.

Each names the domains that the evidence of an unprivileged client leaves open, all of them and no other. They are not
tuned: docs/laboratory.md has the first result of each. `make lab` leaves them out; ROWS=practice runs them.
"""

from __future__ import annotations

from .faults import (
    CONNECT,
    CRITICAL,
    EVERYTHING,
    IN_ITS_NAME,
    NOWHERE,
    OK,
    PAYLOAD_OUT,
    UNANSWERED,
    UNKNOWN,
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
    FirstNameServer,
    Later,
    LocalRoute,
    NoWayBack,
    Pinned,
    Portal,
    Resolver,
    Row,
    SmallMtu,
    SynProxy,
    Translated,
    WrongGateway,
    WrongNeighbour,
    WrongNetmask,
)
from .november import AGAIN, FRAG_NEEDED, HANGS, NAME, NEVER_TRACE, PING, UDP, UDP_ASK

LONGER = "-H {host} -p {port} -t 8" + AGAIN
ANY_SYN = "tcp flags & (fin|syn|rst|ack) == syn"
RESET = "reject with tcp reset"
PONG = "tcp sport {port} @ih,0,32 0x504f4e47"

DNS = (
    # That the name server's host answers a SYN to port 53 does not show that a filter lets UDP pass.
    Row(
        "dns-udp-filtered", "a packet filter before the name server drops UDP, and lets TCP pass",
        NAME, ("dns", "firewall"), CRITICAL, box="resolver", inject=(Filter("router1", "input", "udp dport 53"),),
    ),
    # Prohibited is the word of a filter; a name server that is down is "port unreachable".
    Row(
        "dns-prohibited", "a packet filter before the name server rejects queries as prohibited",
        NAME, ("firewall",), CRITICAL, box="resolver",
        inject=(Filter("router1", "input", "udp dport 53", "reject with icmp type admin-prohibited"),),
    ),
    # The answer asks for TCP, and the SYN to port 53 is not answered: whatever may be wrong with such a SYN.
    Row(
        "dns-truncated", "the answer is truncated, and a packet filter drops DNS over TCP",
        "-H {name} -p {port} -t 6", ("dns", "firewall", "local", "network"), CRITICAL, box="resolver",
        inject=(Resolver("truncated"), Filter("router1", "input", "tcp dport 53")),
    ),
    # The query for A is answered, the one for AAAA is not; another source of nsswitch.conf may hang as well.
    Row(
        "dns-aaaa-ignored", "an old load balancer for DNS ignores queries for IPv6 addresses",
        "-H {name} -p {port} -t 6", ("dns", "firewall", "local", "network"), CRITICAL, box="resolver",
        inject=(Resolver("no-aaaa"),),
    ),
    Row(
        "dns-first-server-silent", "the first of two name servers is silent, and -w",
        "-H {name} -p {port} -t 10 -e 220 -w 2", ("dns",), WARNING,
        inject=(FirstNameServer("second"), Filter(LAST, "forward", "udp dport 53")),
    ),
    # To the client it is a name server that does not answer, as with dns-udp-filtered.
    Row(
        "dns-answers-from-elsewhere", "a name server with two addresses answers from the other one",
        NAME, ("dns", "firewall"), CRITICAL, box="resolver",
        inject=(Filter("router1", "output", "udp sport 53", "ip saddr set {near}"),),
    ),
    # The target is the monitoring host itself: a wrong line, or a service that does not run here.
    Row(
        "dns-pinned-to-ourselves", "/etc/hosts gives the name the monitoring host's own address",
        NAME, ("local", "server"), CRITICAL, inject=(Pinned("name", "client"),),
    ),
)  # fmt: skip

TLS = (
    Row(
        "tls-reset-by-ips", "an intrusion prevention system resets the connection when it sees the ClientHello",
        CONNECT + " -S", ("firewall", "server", "tls"), CRITICAL, service="tls",
        inject=(Filter("router2", "forward", "tcp dport {port} @ih,0,16 0x1603", RESET),),
    ),
    Row(
        "tls-closed-after-hello", "a load balancer knows no host for the name, and closes after the ClientHello",
        CONNECT + " -S", ("firewall", "server", "tls"), CRITICAL, service="hello-close",
    ),
    # The request cannot be repeated in small segments, so nothing excludes the path.
    Row(
        "tls-application-hangs", "the TLS handshake succeeds, and the application hangs because its disk is dead",
        "-H {host} -p {port} -t 6 -S" + AGAIN, UNANSWERED, CRITICAL, service="tls-silent",
    ),
    # A firewall that inspects SMTP hides the command; a server without a certificate does not know it.
    Row(
        "tls-starttls-hidden", "a firewall that inspects SMTP hides STARTTLS",
        CONNECT, ("firewall", "server", "tls"), CRITICAL, service="stripped", more="--starttls smtp",
    ),
)  # fmt: skip

BALANCERS = (
    Row(
        "balancer-resets-request", "a load balancer without a healthy host resets after the request",
        CONNECT + AGAIN, IN_ITS_NAME, CRITICAL, service="reset-later",
    ),
    # The answer has 6 bytes: no MTU keeps it back. The second connection has met the other host.
    Row(
        "balancer-half-hangs", "one of two hosts after a load balancer hangs, and every second request meets it",
        LONGER, HANGS, CRITICAL, service="every-second",
    ),
    # The translation gives the router's ICMP message the sender {host}.
    Row(
        "balancer-host-off", "the host to which a load balancer translates is off",
        "-H {host} -p {port} -t 6", IN_ITS_NAME, CRITICAL, warm=False, inject=(Translated("off"),),
    ),
    # The client's kernel resets a connection that it does not know; the check's socket sees nothing.
    Row(
        "balancer-answer-untranslated", "the SYN-ACK comes from the host's own address, not from the load balancer's",
        CONNECT, UNANSWERED, CRITICAL, more=WITH_CONTROL,
        inject=(Filter(SERVER, "output", "tcp sport {port} ip saddr {host}", "ip saddr set {second}"),),
    ),
)  # fmt: skip

CONTAINERS_AND_VPN = (
    Row(
        "container-policy", "a network policy drops packets to the container",
        CONNECT, UNANSWERED, CRITICAL, more=WITH_CONTROL,
        inject=(Container("port"), Filter(SERVER, "forward", EVERYTHING)),
    ),
    Row(
        "vpn-mtu-untested", "a tunnel has a small MTU and its ICMP is filtered, --trace never",
        "-H {host} -p {port} -t 6 -s {large} -e 250", UNANSWERED, CRITICAL, service="large", more=NEVER_TRACE,
        inject=(SmallMtu(1280), Filter("router1", "output", FRAG_NEEDED)),
    ),
    Row(
        "vpn-down-unreachable", "the tunnel is down, and its client has left an unreachable route",
        CONNECT, ("local",), UNKNOWN, inject=(LocalRoute("unreachable"),),
    ),
    Row(
        "vpn-down-blackhole", "the tunnel is down, and its client has left a blackhole route",
        CONNECT, ("local",), UNKNOWN, inject=(LocalRoute("blackhole"),),
    ),
    # The first byte is late because the request was retransmitted; a host that drops what its card received loses it too.
    Row(
        "vpn-rekeys", "the tunnel loses the request four times while it renews its keys, and -w",
        "-H {host} -p {port} -t 10" + AGAIN + " -w 0.5", UNANSWERED, WARNING, service="pong",
        inject=(Filter("router2", "forward", PAYLOAD_OUT + " limit rate 1/hour burst 4 packets"),),
    ),
    Row(
        "vpn-no-way-back", "the far end of the tunnel has no route back to us",
        CONNECT, UNANSWERED, CRITICAL, more=WITH_CONTROL, inject=(NoWayBack(),),
    ),
)  # fmt: skip

CARRIER = (
    Row(
        "carrier-ports-exhausted", "the carrier's NAT has no free port, and drops every SYN",
        CONNECT, UNANSWERED, CRITICAL, more=WITH_CONTROL, inject=(Filter("router1", "forward", ANY_SYN),),
    ),
    Row(
        "carrier-mapping-lost", "the carrier's NAT forgets the connection while the service works, and resets it",
        LONGER, IN_ITS_NAME, CRITICAL, service="silent",
        inject=(Later(1.5, Filter("router1", "forward", EVERYTHING, RESET)),),
    ),
    # RFC 4443, code 6: a reject route is a policy of a router, or an address block that is not in use.
    Row(
        "carrier-reject-route", "IPv6: a router of the carrier has a reject route",
        "-H {host6} -p {port} -t 5", ("firewall", "network"), CRITICAL, box="router2_6",
        inject=(Filter("router2", "forward", EVERYTHING, "reject with icmpv6 type reject-route"),),
    ),
)  # fmt: skip

PORTALS = (
    Row(
        "portal-redirects", "a captive portal answers the request with a redirect",
        CONNECT + AGAIN, ("content",), WARNING, service="pong", inject=(Portal(),),
    ),
    Row(
        "portal-answers-tls", "a captive portal answers the ClientHello in plain text",
        CONNECT + " -S", ("tls",), CRITICAL, service="tls", inject=(Portal(),),
    ),
    # The control port is refused as well, so no distance of the host is known.
    Row(
        "portal-resets", "a captive portal answers every SYN with a RST",
        CONNECT, IN_ITS_NAME, CRITICAL, more=WITH_CONTROL, inject=(Filter("router1", "forward", ANY_SYN, RESET),),
    ),
)  # fmt: skip

INTRUSION = (
    Row(
        "ips-resets-request", "an intrusion prevention system resets the connection when it sees the request",
        CONNECT + AGAIN, IN_ITS_NAME, CRITICAL, service="pong", inject=(Filter("router2", "forward", PING, RESET),),
    ),
    # Keepalive probes are not acknowledged any more: the host or the path died, or a filter drops all that we send.
    Row(
        "ips-shuns-us", "an intrusion prevention system drops everything from us a second after the request",
        LONGER, UNANSWERED, CRITICAL, service="silent",
        inject=(Later(1.0, Filter("router1", "forward", "ip saddr {client}")),),
    ),
    # Its RST goes to the server, whose kernel no longer knows the connection.
    Row(
        "ips-resets-server", "a filter against leaks drops the answer, and resets the server's side only",
        LONGER, IN_ITS_NAME, CRITICAL, service="pong", inject=(Filter("router2", "forward", PONG, RESET),),
    ),
)  # fmt: skip

HARDWARE = (
    # A router reports that no host answers ARP. That is the link, or the host, as on our own link.
    Row(
        "hardware-no-power", "TLS: the host's power supply is dead",
        "-H {host} -p {port} -t 6 -S", ("network", "server"), CRITICAL, box="last", warm=False, inject=(Dead(SERVER),),
    ),
    # Segments without data arrive. A filter, a path or a network card of the host can lose the others.
    Row(
        "hardware-card-corrupts", "the host's network card corrupts all segments with data, and its kernel discards them",
        "-H {host} -p {port} -t 6" + AGAIN, UNANSWERED, CRITICAL, service="pong",
        inject=(Filter(SERVER, "input", PAYLOAD_OUT),),
    ),
)  # fmt: skip

MISROUTED = (
    # The gateway is off, or it has another address than our route has.
    Row(
        "misrouted-wrong-gateway", "the monitoring host's default route has an address that no host has",
        "-H {host} -p {port} -t 6", ("local", "network"), CRITICAL, inject=(WrongGateway(),),
    ),
    # The host is off, the link is broken, or the host is not on this link at all.
    Row(
        "misrouted-wrong-netmask", "the monitoring host's netmask is too wide, so it looks for the host on its own link",
        "-H {host} -p {port} -t 6", ("local", "network", "server"), CRITICAL, inject=(WrongNetmask(),),
    ),
    Row(
        "misrouted-stale-neighbour", "the gateway was replaced, and the monitoring host has its old link address",
        CONNECT, NOWHERE, CRITICAL, inject=(WrongNeighbour(),),
    ),
    Row(
        "misrouted-ttl-1", "the service answers with a TTL of 1, as routing daemons do",
        CONNECT, UNANSWERED, CRITICAL, more=WITH_CONTROL,
        inject=(Filter(SERVER, "output", "meta nfproto ipv4 tcp sport {port}", "ip ttl set 1"),),
    ),
    Row(
        "misrouted-datagram", "UDP: the service answers from its other address",
        UDP_ASK, UNANSWERED, CRITICAL, more=UDP, service="datagrams",
        inject=(Filter(SERVER, "output", "udp sport {port}", "ip saddr set {second}"),),
    ),
)  # fmt: skip

HEALTHY = (
    Row(
        "practice-healthy-translated", "nothing: a load balancer translates to another address",
        CONNECT + " -e 220", (), OK, more=WITH_CONTROL, inject=(Translated("second"),),
    ),
    Row(
        "practice-healthy-without-icmp", "nothing: our own filter drops all ICMP, and the answer is slow",
        CONNECT + AGAIN, (), OK, service="late", more=WITH_CONTROL,
        inject=(Filter(CLIENT, "input", "meta l4proto icmp", idle=True),),
    ),
    Row(
        "practice-healthy-syn-proxy", "nothing: a SYN proxy completes handshakes for the host",
        CONNECT + AGAIN, (), OK, service="pong", inject=(SynProxy("router2"),),
    ),
)  # fmt: skip

PRACTICE: tuple[Row, ...] = (
    *DNS, *TLS, *BALANCERS, *CONTAINERS_AND_VPN, *CARRIER, *PORTALS, *INTRUSION, *HARDWARE, *MISROUTED, *HEALTHY,
)  # fmt: skip
"""The situations, in the order of the record."""
