# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""A failure reduced to what groups are made from, the clusters of equal failures, and how many targets were checked where."""

from __future__ import annotations

from ..conversation.trace import prefix
from ..model.causes import CERTIFICATE_CAUSES, LOCAL_CAUSES, Cause, Phase
from ..model.target import is_literal
from ..model.verdict import LOCAL
from ..text.clean import clean
from ..wire.kernel import is_host_unreachable, is_rejected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import Optional

    from ..model.evidence import Evidence, Icmp
    from ..model.outcome import Attempt
    from ..model.result import Check, Result
    from ..model.verdict import Fault

    Named = tuple[str, Hashable, Optional[Check]]

# Classes of failures. Failures of one class and place can have one cause. The class of every other failure is its cause
# and its phase.
HERE = "here"  # only the monitoring host can be the cause
LOOKUP = "lookup"  # the name service did not answer the question
UNHEARD = "unheard"  # no sign of the host: the way to it can be the cause
REJECTED = "rejected"  # a device prohibits the traffic
UNROUTED = "unrouted"  # a device has no route, or the TTL ran out there
LOOKUP_CAUSES = (Cause.RESOLVER_FAILED, Cause.RESOLVER_SILENT)
SIGNED = (REJECTED, UNROUTED)
PATH = (UNHEARD, UNROUTED)
REFUSED = f"{Cause.REFUSED} {Phase.CONNECT}"

SLOW, OPEN = "slow", "open"
"""Causes of failures without a failed attempt: a threshold, and a port that is open and should not be."""

# Three can be compared: a trace that differs from two others is the exception.
REPRESENTATIVES = 3

# Distinct addresses and ports that are counted one by one. Each takes 0.25 KiB; beyond this number they are counted by
# prefix, so that a sweep of a million targets stays below its 64 MiB.
MOST_PLACES = 40_000

# Clusters that are kept apart. Each takes about 2 KiB with its representatives.
MOST_CLUSTERS = 4_000

# Characters of a certificate's subject, and of its fingerprint, that name it.
SUBJECT, FINGERPRINT = 80, 16

# Hops and diagnoses that a cluster keeps.
_MOST_KINDS = 8


class Failing:
    """What groups are made from: one failure.

    kind       its class
    cause      a Cause, SLOW or OPEN
    signer     the device that signs it (class REJECTED, UNROUTED), the row of the diagnosis (HERE), the certificate that
               is not accepted, or ""
    hop        where the way to the target ends as far as is known; "": no hop answered; None: unknown
    address    the address or the name that the check was about
    prefix     the prefix of the address, the zone of a name (LOOKUP), or ""
    port       the port, or 0
    origin     the source of a matrix, or ""
    is_lookup  whether it is about a name, not an address
    ttl        the TTL at which that hop answered, or 0
    rejecter   the device that answered the trace with a reject, or ""
    resolver   the name server that the check asked, or ""
    """

    __slots__ = (
        "address", "cause", "hop", "is_lookup", "kind", "origin", "port", "prefix", "rejecter", "resolver", "signer",
        "ttl",
    )  # fmt: skip

    def __init__(self, kind: str, cause: str, address: str, prefix: str, port: int, origin: str = "") -> None:
        self.kind = kind
        self.cause = cause
        self.address = address
        self.prefix = prefix
        self.port = port
        self.origin = origin
        self.signer = ""
        self.hop: str | None = None
        self.ttl = 0
        self.rejecter = ""
        self.resolver = ""
        self.is_lookup = False

    @property
    def place(self) -> tuple[str, str, str, int, str]:
        """The cluster that it belongs to."""
        return self.kind, self.signer, self.prefix, self.port, self.origin


class Cluster:
    """Failures of one class, with one signer, in one prefix, on one port.

    first       the failure that began it
    causes      the number of failures by cause
    members     (name, key, address) of failures, as many as are kept
    checks      representatives, the first by name: (name, key, check); a plain fact has no check
    hops        traces by the hop at which they end
    ttls        the least TTL at which each of these hops answered, where known
    reporting   the hops among them that report the host or its network as unreachable
    rejecters   traces by the device that rejects them
    resolvers   traces by the name server
    boxes       traces by the device that the diagnosis names
    here        traces by the row of a diagnosis that leaves only the monitoring host
    domains     the domains of each diagnosis; those of traces replace the others
    traced, again   how many representatives were traced, and how many were OK then
    lines       the sentence of the diagnosis of a representative, by name
    words, next the short words and the next command of the first diagnosis, each with its name
    is_traced   whether the diagnosis has a trace
    """

    __slots__ = (
        "again", "boxes", "causes", "checks", "count", "domains", "first", "here", "hops", "is_traced", "lines",
        "members", "next", "rejecters", "reporting", "resolvers", "traced", "ttls", "words",
    )  # fmt: skip

    def __init__(self, first: Failing) -> None:
        self.first = first
        self.count = 0
        self.causes: dict[str, int] = {}
        self.members: list[tuple[str, Hashable, str]] = []
        self.checks: list[Named] = []
        self.hops: dict[str, int] = {}
        self.ttls: dict[str, int] = {}
        self.reporting: set[str] = set()
        self.rejecters: dict[str, int] = {}
        self.resolvers: dict[str, int] = {}
        self.boxes: dict[str, int] = {}
        self.here: dict[str, int] = {}
        self.domains: set[tuple[str, ...]] = set()
        self.words: tuple[str, str] = ("", "")
        self.lines: dict[str, str] = {}
        self.next: tuple[str, str] = ("", "")
        self.is_traced = False
        self.traced = 0
        self.again = 0

    @property
    def hop(self) -> str | None:
        """The farthest hop at which its traces end; None: unknown. A router may not answer, but no trace goes too far."""
        return max(self.hops, key=lambda each: (self.ttls.get(each, 0), self.hops[each], each), default=None)

    @property
    def own_row(self) -> str:
        """The row of the diagnosis, if each trace that failed leaves only the monitoring host; else ""."""
        row, count = next(iter(self.here.items()), ("", 0))
        return row if count and count == self.traced - self.again else ""

    @property
    def box(self) -> str:
        """The device that every diagnosis names, or ""."""
        return next(iter(self.boxes)) if len(self.boxes) == 1 else ""

    def note(self, failing: Failing) -> None:
        """Add what a failure shows about the way to it."""
        if failing.hop is not None:
            self._count(self.hops, failing.hop)
            if failing.ttl and failing.hop in self.hops:
                self.ttls[failing.hop] = min(failing.ttl, self.ttls.get(failing.hop, failing.ttl))
            if failing.cause == Cause.UNREACHABLE and failing.hop and len(self.reporting) < _MOST_KINDS:
                self.reporting.add(failing.hop)
        if failing.kind == HERE:
            self._count(self.here, failing.signer)
        if failing.rejecter:
            self._count(self.rejecters, failing.rejecter)
        if failing.resolver:
            self._count(self.resolvers, failing.resolver)

    @staticmethod
    def _count(counts: dict[str, int], value: str) -> None:
        if value in counts or len(counts) < _MOST_KINDS:
            counts[value] = counts.get(value, 0) + 1

    def diagnose(self, name: str, fault: Fault | None, by_trace: bool = False) -> None:
        """Add a diagnosis: the domains of all are kept, the words of the first by name. One with a trace replaces the others."""
        if fault is None:
            return
        if by_trace and not self.is_traced:
            self.is_traced = True
            self.domains, self.lines, self.words, self.next = set(), {}, ("", ""), ("", "")
        if len(self.domains) < _MOST_KINDS:
            self.domains.add(fault.domains)
        if not self.words[0] or name < self.words[0]:
            self.words = name, fault.short
            self.next = name, fault.next
        if len(self.lines) < REPRESENTATIVES or name < max(self.lines):
            self.lines[name] = fault.sentence
            if len(self.lines) > REPRESENTATIVES:
                del self.lines[max(self.lines)]
        if fault.box is not None and fault.box != self.first.address:
            self._count(self.boxes, fault.box)

    def offer(self, name: str, key: Hashable, check: Check | None) -> None:
        """Offer a representative: those that are first by name are kept, so that the order of the results has no effect."""
        kept = self.checks
        if len(kept) == REPRESENTATIVES and name >= kept[-1][0]:
            return
        kept.append((name, key, check))
        kept.sort(key=lambda each: each[0])
        del kept[REPRESENTATIVES:]


def failing_of(result: Result) -> Failing:
    """Reduce the result of a failed check."""
    attempt = result.verdict.failing or result.outcome.attempts[-1]
    fault = result.fault
    target = result.check.probe.target
    address = attempt.address
    failure = attempt.failure
    cause = failure.cause if failure is not None else OPEN if result.verdict.failing is not None else SLOW
    if attempt.phase == Phase.RESOLVE and failure is not None and cause not in LOCAL_CAUSES:
        name = target.host or ""
        found = Failing(
            LOOKUP if cause in LOOKUP_CAUSES else cause,
            cause,
            name,
            zone(name),
            0,
        )
        found.is_lookup = True
        if attempt.evidence is not None and attempt.evidence.name_server is not None:
            found.resolver = attempt.evidence.name_server.address
        return found
    text = address.text if address is not None else target.text
    port = (address.port if address is not None else target.port) or 0
    net = prefix(address) if address is not None and address.family else ""
    kind = kind_of(cause, attempt.phase if failure is not None else "")
    found = Failing(kind, cause, text, net, port)
    if fault is not None and fault.domains == (LOCAL,):
        found.kind, found.signer = HERE, fault.row
    elif failure is not None and failure.icmp is not None:
        _sign(found, failure.icmp)
    if cause in CERTIFICATE_CAUSES:
        found.signer = _certificate(attempt)
    _trace(found, attempt)
    return found


def kind_of(cause: str, phase: str) -> str:
    """Return the class of a failure without an ICMP message."""
    if phase == Phase.CONNECT and cause in (Cause.TIMED_OUT, Cause.UNREACHABLE):
        return UNHEARD
    return f"{cause} {phase}" if phase else cause


def _sign(found: Failing, icmp: Icmp) -> None:
    """Add the sender of an ICMP message. A message of the host about itself shows no common cause."""
    if icmp.own or icmp.offender is None or icmp.offender == found.address:
        return
    if is_host_unreachable(icmp):
        # Each of the hosts may be off by itself: the sender is only the end of the way.
        found.kind, found.hop = UNHEARD, icmp.offender
    elif is_rejected(icmp):
        found.kind, found.signer, found.rejecter = REJECTED, icmp.offender, icmp.offender
    else:
        found.kind, found.signer, found.hop = UNROUTED, icmp.offender, icmp.offender


def _certificate(attempt: Attempt) -> str:
    """Return the server's own certificate: its subject and the beginning of its fingerprint; or ""."""
    own = attempt.secured.own if attempt.secured is not None else None
    if own is None:
        return ""
    from ..wire.certificate import fingerprint  # most runs have no certificate

    digest = fingerprint(own.der)[:FINGERPRINT]
    subject = clean(own.certificate.subject, SUBJECT) if own.certificate is not None else ""
    return f"{subject} (SHA-256 {digest}…)".lstrip()


def _trace(found: Failing, attempt: Attempt) -> None:
    """Add where a trace ended, if there was one and the host did not answer it."""
    evidence: Evidence | None = attempt.evidence
    path = evidence.path if evidence is not None else None
    if evidence is None or path is None:
        return
    end = path.end
    if end is not None and end.kind == "icmp" and end.address not in (None, found.address):
        if end.icmp is not None and is_rejected(end.icmp):
            found.rejecter = end.address or ""
    elif end is not None:
        return
    last = end or path.last_router
    if last is not None and (found.hop is None or found.hop == last.address):
        found.hop, found.ttl = last.address, last.ttl
    elif found.hop is None:
        found.hop = (evidence.reach.route.gateway if evidence.reach is not None else None) or ""


def zone(name: str) -> str:
    """Return the zone of a name: what follows its first label."""
    return name.rstrip(".").partition(".")[2]


def wide(net: str) -> str:
    """Return the first 16 bits of an IPv4 prefix, or the first 32 of an IPv6 prefix."""
    mark = ":" if ":" in net else "."
    return mark.join(net.split(mark)[:2])


def net_text(net: str) -> str:
    """Return a prefix, or a wide one, in the usual notation."""
    if ":" in net:
        return f"{net}::/{16 * (net.count(':') + 1)}"
    missing = 3 - net.count(".")
    return f"{net}{'.0' * missing}/{32 - 8 * missing}"


class Seen:
    """How many targets were checked, by address and port; by prefix where there are too many addresses.

    checked    all of them
    named      how many lookups of names were made
    """

    def __init__(self) -> None:
        self.checked = 0
        self.named = 0
        self.is_coarse = False
        self._places: dict[tuple[str, int], int] = {}
        self._zones: dict[str, int] = {}
        self._origins: dict[str, int] = {}

    def add(self, address: str, port: int, net: str | None = None) -> None:
        """Count one target at an address; ``net`` is its prefix where the caller knows it."""
        if self.is_coarse:
            address = (prefix_of(address) if net is None else net) or address
        place = address, port
        places = self._places
        count = places.get(place)
        if count is not None:
            places[place] = count + 1
            return
        if len(places) >= MOST_PLACES:
            if self.is_coarse:
                address, port = "", 0
                places["", 0] = places.get(("", 0), 0) + 1
                return
            self._coarsen()
            self.add(address, port, net)
            return
        places[place] = 1

    def _coarsen(self) -> None:
        fine, self._places, self.is_coarse = self._places, {}, True
        for (address, port), count in fine.items():
            place = prefix_of(address) or address, port
            self._places[place] = self._places.get(place, 0) + count

    def add_name(self, name: str) -> None:
        """Count one lookup."""
        self.named += 1
        tail = zone(name)
        if tail in self._zones or len(self._zones) < MOST_CLUSTERS:
            self._zones[tail] = self._zones.get(tail, 0) + 1

    def add_origin(self, origin: str) -> None:
        """Count one check of a source."""
        self._origins[origin] = self._origins.get(origin, 0) + 1

    def totals(self) -> dict[tuple[object, ...], int]:
        """Return the number of targets by address, by prefix and wide prefix, by these with a port, by port, zone and source."""
        found: dict[tuple[object, ...], int] = {("all",): self.checked, ("lookups",): self.named}
        for (text, port), count in self._places.items():
            net = text if self.is_coarse else prefix_of(text)
            keys: list[tuple[object, ...]] = [("port", port)]
            if not self.is_coarse:
                keys += [("address", text), ("address", text, port)]
            if net:
                keys += [
                    ("prefix", net),
                    ("prefix", net, port),
                    ("prefix", wide(net)),
                    ("prefix", wide(net), port),
                ]
            for key in keys:
                found[key] = found.get(key, 0) + count
        found.update({("zone", each): count for each, count in self._zones.items()})
        found.update({("from", each): count for each, count in self._origins.items()})
        return found


class _Plain:
    """An address as far as ``prefix`` reads it."""

    __slots__ = ("family", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.family = 6 if ":" in text else 4


def prefix_of(text: str) -> str:
    """Return the prefix of an address that is given as text; "" for a path or a name."""
    return prefix(_Plain(text)) if is_literal(text) else ""  # type: ignore[arg-type]
