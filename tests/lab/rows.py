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

PENDING: dict[str, str] = {}
"""Rows, and kinds of drawn rows, that the code does not pass yet, and what it does instead. Only ROWS=name runs them."""


def is_pending(row: Row) -> bool:
    """Whether PENDING contains the row, or for a row that is drawn from a seed (drawn.py) its kind."""
    return row.name in PENDING or row.name.partition("-with-")[0] in PENDING
