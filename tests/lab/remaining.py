# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows for what the faults of the other files do not meet in the diagnosis table: each has a row here that meets it."""

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
)
from .nouns import LAST, Dead, Filter, Lacks, Loop, Paused, Resolver, Row, SlowLink, UnixSocket
from .november import AGAIN, ANSWERED, ARP, ONCE, REJECTS, TLS_HANGS, UDP, UDP_ASK

NAME = "-H {name} -p {port} -t 4"
ANY_LOOKUP = ("dns", "firewall", "local", "network")
UNTRACED = "--trace never"
TLS = CONNECT + " --tls"
OUR_CA = "--ca-file {pki}/%s.pem.crt"
QUERY = "udp dport 53"
UNREACHABLE = "reject with icmp type net-unreachable"
NAMED = " --verify-name name7.laboratory.test"
STALLED = (*NOWHERE, "tls")

LOOKUPS = (
    # A name server on our own link that does not answer ARP: it is off, or its link, or our netmask is too wide.
    Row(
        "resolver-on-link-off", "the name server on our own link is off",
        "-H {name} -p {port} -t 6", ("dns", "local", "network"), CRITICAL, warm=False,
        inject=(Resolver("closed", "near_off"),), says=("ARP", "{near_off}"),
    ),
    Row(
        "local-resolver-closed", "the service that resolves names on this host is down",
        NAME, ("dns", "local"), CRITICAL, inject=(Resolver("closed", "client"),), says=("{client}", "closed"),
        latest=ANSWERED,
    ),
    Row(
        "local-resolver-fails", "the service that resolves names on this host answers SERVFAIL",
        NAME, ANY_LOOKUP, CRITICAL, inject=(Resolver("servfail", "client"),), says=("{client}", "servfail"),
        latest=ANSWERED,
    ),
    # Router 1 answers the trace, and nothing is heard of the name server's host.
    Row(
        "resolver-far-silent", "the path to the name server drops everything",
        NAME, ("dns", "firewall", "network"), CRITICAL,
        inject=(Resolver("closed", "second"), Filter(LAST, "forward", "ip daddr {second}")),
        says=("{second}", "does not answer"),
    ),
    # The first packet, of the system's lookup, is lost: a router has few ICMP messages for one host.
    Row(
        "resolver-unreachable", "router 1 says that the network of the name server is unreachable",
        NAME + " -4", ANY_LOOKUP, CRITICAL,
        inject=(
            Resolver("closed", "second"),
            Filter("router1", "forward", QUERY + ONCE), Filter("router1", "forward", QUERY, UNREACHABLE),
        ),
        says=("{second}", "unreachable"),
    ),
    Row(
        "resolver-prohibited", "router 1 says that queries to the name server are prohibited",
        NAME + " -4", ("firewall",), CRITICAL, box="router1",
        inject=(
            Resolver("closed", "second"),
            Filter("router1", "forward", QUERY + ONCE), Filter("router1", "forward", QUERY, REJECTS),
        ),
        says=("{second}", "prohibited", "{router1}"),
    ),
    # For TCP and UDP alike: port unreachable from a router is a filter's.
    Row(
        "resolver-port-unreachable-by-router", "router 1 says port unreachable for queries to the name server",
        NAME + " -4", ("firewall",), CRITICAL, box="router1",
        inject=(
            Resolver("closed", "second"),
            Filter("router1", "forward", QUERY + ONCE),
            Filter("router1", "forward", QUERY, "reject with icmp type port-unreachable"),
        ),
        says=("{second}", "port unreachable", "{router1}"), never=("is closed",),
    ),
    Row(
        "udp-port-unreachable-by-router", "UDP: router 1 says port unreachable",
        UDP_ASK, ("firewall",), CRITICAL, box="router1", more=UDP, service="datagrams",
        inject=(Filter("router1", "forward", "udp dport {port}", "reject with icmp type port-unreachable"),),
        says=("{router1}", "port unreachable"), latest=ANSWERED,
    ),
    # The query for A is answered, the one for AAAA is not.
    Row(
        "lookup-hangs-resolver-answers", "the name server ignores queries for IPv6 addresses",
        NAME, ANY_LOOKUP, CRITICAL, inject=(Resolver("no-aaaa"),), says=("answers", "lookup"),
    ),
    Row(
        "lookup-fails-resolver-answers", "the answer is truncated, and the name server has no DNS over TCP",
        NAME, ("dns", "local"), CRITICAL, inject=(Resolver("truncated"),), says=("answers", "lookup"),
        latest=ANSWERED,
    ),
    Row(
        "lookup-untraced", "the name server answers SERVFAIL, and no query of our own is allowed",
        NAME, ANY_LOOKUP, CRITICAL, more=UNTRACED, inject=(Resolver("servfail"),), says=("--trace never",),
        never=("servfail",), latest=ANSWERED,
    ),
)  # fmt: skip

OURSELVES = (
    Row(
        "tls-settings-impossible", "no TLS version is left by the settings",
        CONNECT, ("local",), UNKNOWN, more="--tls --tls-max 1.2 --ciphers aNULL", service="tls",
        latest=ANSWERED,
    ),
    Row(
        "expression-too-slow", "a regular expression that has too many ways to match",
        CONNECT, ("local",), UNKNOWN, more="--step 'expect-regex (a|aa)+$'", service="letters",
        says=("regular expression",), latest=ANSWERED,
    ),
    Row(
        "socket-not-ours", "a Unix socket that only another user may open",
        "-H {socket} -t 3", ("local",), CRITICAL, inject=(UnixSocket("closed"),), says=("not allowed",), latest=ANSWERED,
    ),
    # The kernel of this host signs: its next hop does not answer ARP, and the neighbour table cannot be read.
    Row(
        "own-neighbour-without-netlink", "the gateway is off, and netlink is forbidden to the check",
        "-H {host} -p {port} -t 6", ("local", "network", "server"), CRITICAL, warm=False,
        inject=(Dead("router1", "client"), Lacks(("netlink",))), says=("ARP",), never=("{client} cannot reach",), latest=ARP,
    ),
    Row(
        "refused-here", "the address is one of the monitoring host, and nothing listens there",
        "-H {client} -p {port} -t 3", ("local", "server"), CRITICAL, says=("monitoring host",), latest=ANSWERED,
    ),
    Row(
        "datagram-too-long", "UDP: a datagram that is longer than a datagram can be",
        "-H {host} -p {port} -t 3 -s {huge} -e PONG", NOWHERE, CRITICAL, more=UDP, service="datagrams",
        says=("too long",), latest=ANSWERED,
    ),
    Row(
        "probes-do-not-fit", "more probes than -t has time for",
        CONNECT, ("local",), WARNING, more="--count 9 --interval 2", says=("do not fit",),
    ),
    # The pause is less than half of the whole time, so the event loop's delay does not explain it.
    Row(
        "slow-here", "the monitoring host pauses during the connect",
        "-H {host} -p {port} -t 5" + AGAIN, ("local",), WARNING, more="--warning-connect 0.4", service="late",
        inject=(SlowLink(0.1), Paused(0.7)), says=("busy",),
    ),
    Row(
        "wait-too-short", "--wait ends before enough checks in a row are made",
        CONNECT, ("local",), CRITICAL, more="--wait 1 --wait-interval 0.4 --consecutive 50", says=("--wait",),
    ),
)  # fmt: skip

SIGNED = (
    Row(
        "ttl-exceeded", "a routing loop, and no trace is allowed",
        CONNECT, ("network",), CRITICAL, more=UNTRACED, inject=(Loop(),), says=("loop",), latest=ANSWERED,
    ),
    Row(
        "reject-route-ipv6", "IPv6: router 1 says reject route",
        "-H {host6} -p {port} -t 5", ("firewall", "network"), CRITICAL, box="router1_6",
        inject=(Filter("router1", "forward", EVERYTHING, "reject with icmpv6 type reject-route"),),
        says=("{router1_6}", "reject"), latest=ANSWERED,
    ),
    Row(
        "prohibited-unsigned", "router 1 says prohibited, and the system has no error queue",
        CONNECT, NOWHERE, CRITICAL,
        inject=(Filter("router1", "forward", EVERYTHING, "reject with icmp type admin-prohibited"), Lacks(("errqueue",))),
        says=("sender",), latest=ANSWERED,
    ),
    Row(
        "dropped-untraced", "the host drops in silence, and no trace is allowed",
        "-H {host} -p {port} -t 3", NOWHERE, CRITICAL, more=UNTRACED, inject=(Filter("server", "input", EVERYTHING),),
        says=("no answer to the SYN",), tells=('"name": "untraced"',),
    ),
)  # fmt: skip

UNIX = (
    Row(
        "healthy-socket", "nothing: a Unix socket",
        "-H {socket} -t 3 -e 220", (), OK, inject=(UnixSocket("greets"),), latest=ANSWERED,
    ),
    Row(
        "socket-full", "the backlog of a Unix socket is full",
        "-H {socket} -t 2", ("server",), CRITICAL, inject=(UnixSocket("full"),), says=("backlog",),
    ),
    Row(
        "socket-refused", "no process listens on a Unix socket",
        "-H {socket} -t 3", ("server",), CRITICAL, inject=(UnixSocket("refused"),), says=("listen",), latest=ANSWERED,
    ),
    # The kernel measures no round trip of a Unix socket.
    Row(
        "socket-connect-alert", "a threshold for the connect to a Unix socket",
        "-H {socket} -t 3", ("local", "server"), WARNING, more="--warning-connect 0:0", inject=(UnixSocket("greets"),),
        says=("connect",), latest=ANSWERED,
    ),
)  # fmt: skip

# Without a test, and without a look at this host's counters, its own input filter is possible as well.
UNTESTED = (
    Row(
        "request-dropped-untraced", "a filter drops the request, and no test is allowed",
        "-H {host} -p {port} -t 4" + AGAIN, NOWHERE, CRITICAL, more=UNTRACED, service="pong",
        inject=(Filter("router1", "forward", PAYLOAD_OUT),), says=("data is lost",),
    ),
    Row(
        "tls-hangs-untested", "TLS to a service that hangs, and no test is allowed",
        "-H {host} -p {port} -t 4 -S", STALLED, CRITICAL, more=UNTRACED, service="silent", says=("handshake", "--trace never"),
    ),
    Row(
        "stalls-untested", "the answer stops in the middle, and no test is allowed",
        "-H {host} -p {port} -t 4 -s PING", NOWHERE, CRITICAL, more=UNTRACED + " --read eof", service="stall",
        says=("stalls", "--trace never"),
    ),
    # No time for a keepalive probe.
    Row(
        "tls-hangs-short", "TLS to a service that hangs, in a short time",
        "-H {host} -p {port} -t 0.4 -S", STALLED, CRITICAL, service="silent", says=("handshake",),
    ),
    Row(
        "hangs-short", "a service that hangs, in a short time",
        "-H {host} -p {port} -t 0.4" + AGAIN, NOWHERE, CRITICAL, service="silent", says=("no answer",),
    ),
)  # fmt: skip

HANDSHAKES = (
    Row(
        "starttls-injected", "data between the reply to STARTTLS and the handshake",
        CONNECT, ("tls",), CRITICAL, more="--starttls smtp", service="injected", says=("RFC 3207",), latest=ANSWERED,
    ),
    Row(
        "starttls-missing", "a service without STARTTLS, or a firewall that hides it",
        CONNECT, TLS_HANGS, CRITICAL, more="--starttls smtp", service="stripped", says=("STARTTLS",), latest=ANSWERED,
    ),
    Row(
        "client-certificate-missing", "the server requires a client certificate",
        CONNECT + " -S", ("tls",), CRITICAL, service="tls-client", more="--read data", says=("client certificate",),
        latest=ANSWERED,
    ),
    Row(
        "tls-version", "the server has only TLS 1.2, and 1.3 is required",
        CONNECT, ("tls",), CRITICAL, more="-S --tls-min 1.3", service="tls-old", says=("tls: (no TLS version|protocol too old)",), latest=ANSWERED,
    ),
    Row(
        "tls-internal-error", "the server ends the handshake with an alert",
        CONNECT + " -S", ("tls",), CRITICAL, service="alert", says=("tls: alert internal",), latest=ANSWERED,
    ),
    Row(
        "tls-strange-record", "the server answers the ClientHello with an unknown message",
        CONNECT + " -S", ("tls",), CRITICAL, service="strange", says=("handshake",), latest=ANSWERED,
    ),
    Row(
        "tls-reset", "the server resets the connection after the ClientHello",
        CONNECT + " -S", TLS_HANGS, CRITICAL, service="reset-later", says=("reset",), latest=ANSWERED,
    ),
    Row(
        "certificate-expired", "the certificate has expired",
        TLS, ("tls",), CRITICAL, more=OUR_CA % "expired" + NAMED, service="tls-expired", says=("certificate expired",), latest=ANSWERED,
    ),
    # More than 30 years ago: a clock that is wrong is as likely.
    Row(
        "certificate-ancient", "the certificate has expired in 1991",
        TLS, ("local", "tls"), CRITICAL, more=OUR_CA % "ancient" + NAMED, service="tls-ancient", says=("expired", "clock"),
        latest=ANSWERED,
    ),
    Row(
        "certificate-early", "the certificate is not valid yet",
        TLS, ("local", "tls"), CRITICAL, more=OUR_CA % "early" + NAMED, service="tls-early", says=("not yet valid",), latest=ANSWERED,
    ),
    Row(
        "certificate-self-signed", "the certificate is self-signed",
        TLS, ("tls",), CRITICAL, service="tls", says=("unknown issuer", "self-signed"), latest=ANSWERED,
    ),
    Row(
        "certificate-other-name", "the certificate is valid for other names",
        TLS, ("tls",), CRITICAL, more=OUR_CA % "tls", service="tls", says=("name",), latest=ANSWERED,
    ),
    Row(
        "certificate-other-fingerprint", "the certificate is not the pinned one",
        TLS, ("tls",), CRITICAL, more="--no-verify --fingerprint " + "AB" * 32, service="tls", says=("pinned",),
        latest=ANSWERED,
    ),
    Row(
        "certificate-purpose", "the certificate is for clients only",
        TLS, ("tls",), CRITICAL, more=OUR_CA % "purpose" + NAMED, service="tls-purpose", says=("certificate rejected", "purpose"), latest=ANSWERED,
    ),
    Row(
        "certificate-missing", "a cipher without a certificate, and days to check",
        CONNECT + " -S", ("tls",), CRITICAL, more="--warning-certificate-days 30: --ciphers aNULL:@SECLEVEL=0 --tls-max 1.2",
        service="tls-anonymous", says=("certificate",), latest=ANSWERED,
    ),
    Row(
        "healthy-verified", "nothing: a verified certificate",
        TLS, (), OK, more=OUR_CA % "tls" + NAMED, service="tls", latest=ANSWERED,
    ),
)  # fmt: skip

STATES = (
    Row(
        "answer-without-end", "a service that sends until the time is over",
        r"-H {host} -p {port} -t 3 -E -s PING\r\n", ("content", "server"), CRITICAL, more="--read eof", service="drip",
        says=("the answer did not end within 3 s",), never=("stalls",),
    ),
    Row(
        "port-open", "a service listens where none should",
        CONNECT, IN_ITS_NAME, CRITICAL, more="--expect-state closed", says=("open",), latest=ANSWERED,
    ),
    Row(
        "tls-version-accepted", "the server should refuse TLS 1.2",
        CONNECT, ("tls",), CRITICAL, more="--no-verify --expect-state tls-1.2-refused", service="tls-old",
        says=("offered TLS 1.0 to 1.2", "accepted TLSv1.2"), latest=ANSWERED,
    ),
    Row(
        "host-blocked", "MySQL blocks the monitoring host",
        CONNECT, ("server",), CRITICAL, more="--service mysql", service="blocking", says=("blocks this host", "max_connect_errors"),
        latest=ANSWERED,
    ),
    Row(
        "client-certificate-optional", "the server should require a client certificate",
        CONNECT, ("tls",), CRITICAL, more="-S --expect-state client-certificate-required", service="tls",
        says=("client certificate",),
    ),
    Row(
        "time-request-repeated", "-w against a request that is lost once",
        "-H {host} -p {port} -t 5" + AGAIN + " -w 0.15", UNANSWERED, WARNING, service="pong",
        inject=(Filter("router1", "forward", PAYLOAD_OUT + ONCE),), says=("segment",),
    ),
    # A UDP socket has no round-trip time.
    Row(
        "udp-slow-path", "UDP: -w against a slow path",
        "-H {host} -p {port} -t 5 -s ASK -e PONG -w 0.4", UNANSWERED, WARNING, more=UDP, service="datagrams",
        inject=(SlowLink(0.3),), says=("round-trip time is unknown",),
    ),
    Row(
        "time-rest", "-w against a service that pauses within its answer",
        "-H {host} -p {port} -t 5" + AGAIN + " -w 0.2", ("network", "server"), WARNING, service="parts",
        says=("after the first byte",),
    ),
    Row(
        "below-threshold", "a time below its threshold",
        CONNECT + " -w 3:", ("firewall", "network", "server"), WARNING, says=("outside",), latest=ANSWERED,
    ),
)  # fmt: skip

REMAINING: tuple[Row, ...] = (*LOOKUPS, *OURSELVES, *SIGNED, *UNIX, *UNTESTED, *HANDSHAKES, *STATES)
