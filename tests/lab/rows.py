# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every row of the laboratory: those of faults.py as later evidence reads them, those of november.py, remaining.py and drawn.py."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .faults import FAULTS, IN_ITS_NAME
from .november import (
    ANSWERED,
    ARP,
    AT_ONCE,
    DATA_LOST,
    GONE,
    HANGS,
    NOVEMBER,
    OFF_OR_LINK,
    OWN_LINK,
    REPEATED,
)
from .remaining import REMAINING

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
    "data-dropped": DATA_LOST,
    "request-dropped": DATA_LOST,
    "path-dies": GONE,
    "host-off": OFF_OR_LINK,
    "router2-down": OFF_OR_LINK,
    "icmp-host-unreachable": OFF_OR_LINK,
    "gateway-dead": OWN_LINK,
    # A filter that drops UDP only, or an answer from another address.
    "resolver-silent": ("dns", "firewall"),
    # A service proxy without a service rejects in the host's name.
    "port-unreachable-by-host": IN_ITS_NAME,
    "ipv6-port-unreachable-by-host": IN_ITS_NAME,
}
"""Rows of faults.py whose evidence leaves more open than was thought at first."""

WITH_BOX = frozenset({"host-off", "router2-down", "icmp-host-unreachable", "resolver-silent"})
"""Those of them that still name a box: the path ends there, or it is the name server itself."""

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
        box = row.box if row.name in WITH_BOX else None
        row = replace(row, domains=REVISED[row.name], box=box, says=says)
    return replace(row, latest=LATEST.get(row.name, row.latest))


ROWS: tuple[Row, ...] = (*(_revised(row) for row in FAULTS), *NOVEMBER, *REMAINING)
"""Every row that does not depend on a seed."""

PENDING: dict[str, str] = {}
"""Rows, and kinds of drawn rows, that the code does not pass yet, and what it does instead. Only ROWS=name runs them."""


def is_pending(row: Row) -> bool:
    """Whether PENDING contains the row, or for a row that is drawn from a seed (drawn.py) its kind."""
    return row.name in PENDING or row.name.partition("-with-")[0] in PENDING
