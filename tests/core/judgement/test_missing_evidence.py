# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every row whose evidence drops a domain has a test that takes this evidence away, and finds the domain again."""

from __future__ import annotations

import pytest

from core.judgement.test_diagnosis import STORIES
from support.given import GIVEN
from support.lessened import rows_that_narrow, without

WIDER = {
    "own-neighbour": ("icmp", "local network firewall server"),
    "own-filter": ("icmp", "local network firewall server"),
    "rejected-by-host": ("icmp", "local network firewall server"),
    "hangs-untested": ("counters", "local network firewall server"),
    "payload-filtered": ("evidence", "local network firewall server"),
    "peer-gone": ("counters", "local network firewall server"),
    "request-unacknowledged": ("counters", "local network firewall server"),
    "says-nothing": ("counters", "local network firewall server"),
    "silence": ("counters", "local network firewall server"),
    "stalls-untested": ("counters", "local network firewall server"),
    "window-unanswered": ("counters", "local network firewall server"),
    "slow-answer": ("rtt", "network firewall server"),
    "syns-repeated": ("retransmits", "local network firewall server"),
    "slow-path": ("rtt", "local network firewall server"),
    "slow-here": ("rtt", "local network firewall server"),
}
"""Rows that support.given does not take evidence from: the evidence, and the domains without it."""


@pytest.mark.parametrize("row", WIDER)
def test_without_the_evidence_the_domains_are_wider(row: str) -> None:
    name, domains = WIDER[row]
    changes = [each for each in without(STORIES, GIVEN) if (each.row, each.part) == (row, name)]
    assert any(set(each.wider) == set(domains.split()) and each.domains < each.wider for each in changes), (
        changes
    )


def test_every_row_that_drops_a_domain_by_evidence_has_a_test() -> None:
    tested = {given.row for given in GIVEN if given.without} | set(WIDER)
    assert rows_that_narrow(without(STORIES, GIVEN)) <= tested
