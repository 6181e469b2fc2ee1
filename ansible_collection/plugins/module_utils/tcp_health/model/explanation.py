# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The explanation of a run over many targets: the groups of its failures, and the suspicion against the monitoring host."""

from __future__ import annotations

from .value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

KINDS = {
    "host": "the monitoring host itself: its routes, its packet filter, its resources",
    "resolver": "the name service: the lookups fail",
    "signer": "a device that signs its ICMP messages: it rejects, or has no route",
    "silent_beside": "silence in a prefix and on a port where a device rejects other targets; it may be the same cause",
    "hop": "the traces end at one hop: what is beyond it does not answer",
    "from": "one source of a matrix: most of its checks fail",
    "port": "one port in several prefixes, while other ports answer",
    "prefix": "one network prefix: most of its targets fail",
    "zone": "one zone of names: most of its lookups fail",
    "address": "one address or name: every service there fails",
    "certificate": "one certificate, presented by several services",
    "single": "one target that shares no cause with others",
    "others": "single failures beyond the limit, counted only",
}
"""The kinds of causes, the wider ones first. Of two that explain as many failures, the wider one is chosen."""


class Group(Value, kw_only=True):
    """Failures with one cause.

    kind       a key of KINDS
    cause      the most frequent cause of its failures: a Cause, "slow" (a threshold), or "open" (not expected)
    domains    the possible domains, in the order of DOMAINS
    box        the address of the device that signs the failures or that the diagnosis names, or None
    resolver   the address of the name server, or None where it is not known or not involved
    hop        the address of the last hop that answered the traces, or None
    prefix     the network prefix, as 10.1.2.0/24, if all targets are in one; else None
    port       the port, if all targets have the same one; else None
    origin     the source of a matrix, if all checks have the same one; else None
    count      the number of failures
    targets    the number of targets that were checked in the same place, or 0 where that is not known
    examples   up to three names
    members    the keys of the failures, at most the limit
    more       whether there are more than these members
    sentence   one sentence
    evidence   the evidence, a line each
    next       a command to try next, or ""
    """

    kind: str
    cause: str
    count: int
    sentence: str
    domains: tuple[str, ...] = ()
    box: str | None = None
    resolver: str | None = None
    hop: str | None = None
    prefix: str | None = None
    port: int | None = None
    origin: str | None = None
    targets: int = 0
    examples: tuple[str, ...] = ()
    members: tuple[Hashable, ...] = ()
    more: bool = False
    evidence: tuple[str, ...] = ()
    next: str = ""

    def _validate(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"invalid kind of group {self.kind!r}: must be one of {', '.join(KINDS)}")


class Explanation(Value, kw_only=True):
    """Why the failures of a run happened. Each failure is in exactly one group.

    groups     the groups; those with the most failures first
    suspicion  why the monitoring host itself is suspected: then no target may be reported as down; or None
    checked    the number of results
    failed     the number of failures
    causes     the number of failures by cause
    """

    groups: tuple[Group, ...] = ()
    suspicion: str | None = None
    checked: int = 0
    failed: int = 0
    causes: Mapping[str, int] = {}
