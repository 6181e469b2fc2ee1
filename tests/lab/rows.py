# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every row of the laboratory: those of faults.py as later evidence reads them, those of november.py, and drawn.py's."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .faults import FAULTS, IN_ITS_NAME
from .november import ANSWERED, ARP, AT_ONCE, GONE, HANGS, NOT_ACKNOWLEDGED, NOVEMBER, REPEATED

if TYPE_CHECKING:
    from .nouns import Row

REVISED = {
    "service-hangs": HANGS,
    "server-stalls": HANGS,
    # Nothing of ours to repeat: neither a small MTU on the way back nor a filter is excluded.
    "service-silent": ("firewall", "network", "server"),
    "greeting-lost": ("firewall", "network", "server"),
    "accepted-then-closed": IN_ITS_NAME,
    "syn-lost-once": REPEATED,
    "syn-ack-lost-once": REPEATED,
    "lossy-path": REPEATED,
    "data-dropped": NOT_ACKNOWLEDGED,
    "request-dropped": NOT_ACKNOWLEDGED,
    "path-dies": GONE,
    # A service proxy without a service rejects in the host's name.
    "port-unreachable-by-host": IN_ITS_NAME,
    "ipv6-port-unreachable-by-host": IN_ITS_NAME,
}
"""Rows of faults.py whose evidence leaves more open than was thought at first; none of them names a box."""

LATEST = {
    "host-off": ARP,
    "router2-down": ARP,
    "gateway-dead": ARP,
    "no-route-here": AT_ONCE,
    "source-not-ours": AT_ONCE,
    "own-filter-rejects": ANSWERED,
    "no-route-at-router1": ANSWERED,
    "no-route-at-router2": ANSWERED,
    "icmp-host-unreachable": ANSWERED,
    "icmp-net-unreachable": ANSWERED,
    "prohibited-at-router1": ANSWERED,
    "prohibited-at-host": ANSWERED,
    "port-unreachable-by-router2": ANSWERED,
    "rst-by-router1": ANSWERED,
    "nothing-listens": ANSWERED,
    "nothing-listens-no-control": ANSWERED,
    "accepted-then-closed": ANSWERED,
    "accepted-then-reset": ANSWERED,
    "ipv6-no-route-at-router2": ANSWERED,
    "ipv6-nothing-listens": ANSWERED,
}
"""Rows of faults.py whose cause is known early."""


def _revised(row: Row) -> Row:
    if row.name in REVISED:
        # Its phrases name the domain that was thought to be the only one.
        says = tuple(re.sub("^(firewall|network|server): ", "", each) for each in row.says)
        row = replace(row, domains=REVISED[row.name], box=None, says=says)
    return replace(row, latest=LATEST.get(row.name, row.latest))


ROWS: tuple[Row, ...] = (*(_revised(row) for row in FAULTS), *NOVEMBER)
"""Every row that does not depend on a seed."""

PENDING: dict[str, str] = {
    "accepted-then-closed": "says server",
    "answer-dropped": "says server",
    "answer-dropped-ipv6": "says server",
    "answer-dropped-untested": "says server",
    "answer-middle-dropped": "says content",
    "answer-part-dropped": "says server, says hangs",
    "certificate-alert": "says no fault",
    "client-hello-filtered": "says network",
    "closed-back-shorter": "says firewall, names a box, says probably",
    "closed-back-shorter-ipv6": "says firewall, names a box, says probably",
    "closed-early-ipv6": "says server",
    "closed-early-tls": "says server|tls",
    "closed-rst-255": "says firewall, says probably",
    "connect-alert": "says no fault, other words",
    "connect-alert-repeated": "says network",
    "container-closed": "other words",
    "container-control": "says firewall, other words",
    "container-dead": "says firewall|network|server, other words, late",
    "data-dropped": "says network",
    "died-on-our-link": "says gateway",
    "drawn-closed": "late with a silent control port",
    "drawn-gateway-off": "late",
    "drawn-hangs": "says server",
    "drawn-loop": "names a box",
    "drawn-no-route": "late with a silent control port, or a retry",
    "drawn-off": "says firewall|network|server, names no box, late",
    "drawn-port-unreachable": "late with a silent control port",
    "drawn-prohibited": "late with a silent control port",
    "dropped-on-our-link-control": "says firewall|local|network|server",
    "everything-lost": "says network",
    "greeting-lost": "says network|server",
    "hangs-ipv6": "says server",
    "hangs-untested": "says server",
    "healthy-second-address": "other words",
    "healthy-very-slow-path": "says network",
    "host-unreachable-by-host": "says network, names a box, says cannot reach",
    "host-unreachable-by-host-ipv6": "says network, names a box, says cannot reach",
    "ipv6-port-unreachable-by-host": "says firewall, names a box",
    "loop": "names a box, other words, late",
    "loop-ipv6": "names a box, other words, late",
    "loop-tls": "names a box, other words, late",
    "lossy-path": "says network",
    "name-gateway-died": "says dns, names a box",
    "name-gateway-off": "says dns, names a box, other words",
    "name-own-filter": "says dns, names a box, other words",
    "name-pinned": "says firewall|network|server, names no box, other words, late",
    "name-unplugged": "says dns, names a box, other words",
    "name-without-route": "says dns, names a box",
    "off-on-our-link": "says firewall|local|network|server, other words, says gateway, late",
    "off-on-our-link-4-s": "says firewall|local|network|server, other words, says gateway, late",
    "off-on-our-link-ipv6": "says firewall|local|network|server, other words, says gateway, late",
    "own-filter-drops-control": "says firewall|local|network|server",
    "own-input-drops": "says firewall|network|server",
    "own-input-drops-data": "says server, says hangs",
    "own-input-drops-ipv6": "says firewall|network|server",
    "path-dies": "says network",
    "port-unreachable-by-host": "says firewall, names a box",
    "power-lost": "says network",
    "power-lost-before": "says network",
    "power-lost-ipv6": "says network",
    "request-dropped": "says network",
    "request-filtered": "says network",
    "request-filtered-ipv6": "says network",
    "resolve-alert": "says no fault",
    "reverse-path": "says firewall|network|server, other words",
    "router-dies": "says network",
    "rst-by-router1-host-128": "says firewall|server, names no box, other words",
    "rst-by-router1-no-control": "says firewall, names a box",
    "server-stalls": "says server",
    "service-hangs": "says server",
    "service-silent": "says network|server",
    "syn-ack-lost-once": "says network",
    "syn-ack-lost-once-tls": "says network",
    "syn-loss-alert": "says network",
    "syn-lost-once": "says network",
    "syn-lost-once-ipv6": "says network",
    "syn-lost-twice": "says network",
    "syn-proxy": "says network, other words",
    "syn-retransmits-alert": "says network",
    "tarpit": "says network|server, other words",
    "time-first-byte": "says no fault, other words",
    "time-first-byte-ipv6": "says no fault, other words",
    "time-resolve": "says no fault, other words",
    "time-slow-path": "says no fault, other words",
    "time-syn-repeated": "says network",
    "time-tls": "says no fault, other words",
    "tls-alert": "says no fault",
    "tls-answer-dropped": "says server, other words",
    "tls-on-plain": "says server, other words",
    "tls-on-plain-ipv6": "says server, other words",
    "unplugged": "says firewall|local|network|server, other words, late",
    "unplugged-ipv6": "says firewall|local|network|server, other words, late",
    "window-zero": "says network|server, other words",
    "window-zero-ipv6": "says network|server, other words",
}
"""Rows, and kinds of drawn rows, that the code does not pass yet, and what it does instead. Only ROWS=name runs them."""


def is_pending(row: Row) -> bool:
    """Whether PENDING contains the row, or for a row that is drawn from a seed (drawn.py) its kind."""
    return row.name in PENDING or row.name.partition("-with-")[0] in PENDING
