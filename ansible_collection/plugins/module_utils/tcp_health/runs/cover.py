# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Choose the fewest causes that cover all failures: which causes are possible, and which of them are needed."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from ..model.causes import Cause
from ..model.explanation import KINDS
from .clusters import HERE, LOOKUP, PATH, REFUSED, REJECTED, SIGNED, UNHEARD, UNROUTED, wide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from .clusters import Cluster

    Name = tuple[object, ...]

# A place is a cause where at least this many addresses fail, and at least half of its targets. When 5 % of the hosts fail
# independently, a prefix of n hosts passes both with a probability of at most 0.22 % (n = 6), and of 0.006 % at n = 10.
LEAST = 3
HALF = 0.5

# Two services of one host, and two messages of one device, share more than the hosts of a prefix do.
LEAST_TOGETHER = 2
_TOGETHER = frozenset(("address", "signer", "host", "certificate"))

SEVERAL = 2

# Silence where others are rejected is never a target's own, not even once.
LEAST_BESIDE = 1

# A port everywhere, and a wide prefix, are causes only where nearly every target fails: half of them may be several
# faults. And most targets with other ports must not fail, or it is only the port that all of them have.
MOST = 0.9

_RANKS = {kind: number for number, kind in enumerate(KINDS)}


class Atom:
    """Failures of a cluster that no cause separates: those at one address that fails more than once, or all the others.

    address   the address, or the name; "" for all the others
    members   (name, key) of each that is kept
    count     how many there are
    spread    at how many addresses they are
    """

    __slots__ = ("address", "cluster", "count", "members", "spread")

    def __init__(self, cluster: Cluster, address: str) -> None:
        self.cluster = cluster
        self.address = address
        self.members: list[tuple[str, Hashable]] = []
        self.count = self.spread = 0


def atoms_of(clusters: Sequence[Cluster]) -> list[Atom]:
    """Divide clusters by the addresses that fail more than once."""
    counts: dict[str, int] = {}
    for cluster in clusters:
        for _unused0, _unused1, address in cluster.members:
            counts[address] = counts.get(address, 0) + 1
    found: list[Atom] = []
    for cluster in clusters:
        rest = Atom(cluster, "")
        apart: dict[str, Atom] = {}
        for name, key, address in cluster.members:
            if counts[address] == 1:
                rest.members.append((name, key))
                continue
            atom = apart.get(address)
            if atom is None:
                atom = apart[address] = Atom(cluster, address)
                atom.spread = 1
            atom.members.append((name, key))
            atom.count += 1
        rest.count = rest.spread = cluster.count - sum(each.count for each in apart.values())
        found.extend(atom for _unused0, atom in sorted(apart.items()))
        if rest.count:
            found.append(rest)
    for atom in found:
        atom.members.sort(key=lambda each: (each[0], str(each[1])))
    return found


def chosen(atoms: Sequence[Atom], totals: Mapping[Name, int]) -> list[tuple[Name, list[Atom]]]:
    """Return the chosen causes with the failures of each; what no cause covers has the name "single".

    It takes the cause that covers most failures, the wider one of two equals, until the rest shares no cause; then it
    drops each cause whose failures the others cover. The order of the atoms has no effect.
    """
    causes = _possible(atoms, totals)
    order = sorted(causes, key=_rank)
    counts = [atom.count for atom in atoms]
    heap = [(-sum(counts[each] for each in causes[name]), place) for place, name in enumerate(order)]
    heapify(heap)
    free = bytearray(b"\1" * len(atoms))
    taken: list[Name] = []
    while heap:
        gain, place = heappop(heap)
        name = order[place]
        now = sum(counts[each] for each in causes[name] if free[each])
        if now < _least(name):
            continue
        if -gain != now:
            heappush(heap, (-now, place))
            continue
        taken.append(name)
        for each in causes[name]:
            free[each] = 0
    found: list[tuple[Name, list[Atom]]] = []
    free = bytearray(b"\1" * len(atoms))
    for name in _needed(taken, causes):
        found.append((name, [atoms[each] for each in causes[name] if free[each]]))
        for each in causes[name]:
            free[each] = 0
    found.extend((("single",), [atom]) for each, atom in enumerate(atoms) if free[each])
    return found


def _needed(taken: list[Name], causes: Mapping[Name, list[int]]) -> list[Name]:
    """Drop each cause whose failures the others cover, beginning with the one that was chosen last."""
    covers: dict[int, int] = {}
    for name in taken:
        for each in causes[name]:
            covers[each] = covers.get(each, 0) + 1
    needed = []
    for name in reversed(taken):
        if all(covers[each] > 1 for each in causes[name]):
            for each in causes[name]:
                covers[each] -= 1
        else:
            needed.append(name)
    return needed[::-1]


def _rank(name: Name) -> tuple[object, ...]:
    """Order causes: the wider kinds first, then by their texts."""
    return (_RANKS[str(name[0])], len(name), *map(str, name[1:]))


def _least(name: Name) -> int:
    """Return how many failures a cause must explain."""
    return LEAST_TOGETHER if name[0] in _TOGETHER else LEAST_BESIDE if name[0] == "silent_beside" else LEAST


def _has_spread(name: Name, atoms: list[Atom]) -> bool:
    """Whether the failures of a place are at several addresses: else the one address is the cause."""
    if name[0] in _TOGETHER or name[0] == "silent_beside":
        return True
    apart = {each.address for each in atoms if each.address}
    return len(apart) + sum(each.spread for each in atoms if not each.address) >= LEAST


class _View:
    """What all failures show together.

    failed     failures for which the way to the host can be the cause, by place
    rejecting  the device that rejects most targets, by prefix, port and source
    rejecters  the devices that reject, by wide prefix and port
    hops       the hop at which all traces into a wide prefix end; None: they end at several
    reporting  the hops that report hosts or networks as unreachable, by wide prefix
    ttls       the TTL at which a device answered, where known
    """

    def __init__(self, atoms: Sequence[Atom], totals: Mapping[Name, int]) -> None:
        self.totals = totals
        self.failed: dict[Name, int] = {}
        self.rejecters: dict[tuple[str, int], set[str]] = {}
        self.hops: dict[str, str | None] = {}
        self.reporting: dict[str, set[str]] = {}
        self.ttls: dict[str, int] = {}
        counts: dict[tuple[str, int, str], dict[str, int]] = {}
        for atom in atoms:
            if atom.cluster.first.kind in PATH and atom.cluster.first.prefix:
                for key in self._places(atom.cluster.first.prefix, atom.cluster.first.port):
                    self.failed[key] = self.failed.get(key, 0) + atom.count
        for cluster in dict.fromkeys(atom.cluster for atom in atoms):
            first = cluster.first
            net, port = first.prefix, first.port
            for hop, ttl in cluster.ttls.items():
                self.ttls[hop] = min(ttl, self.ttls.get(hop, ttl))
            if first.is_lookup or not net:
                continue
            signed = first.kind == REJECTED
            for device, count in ({first.signer: cluster.count} if signed else cluster.rejecters).items():
                place = counts.setdefault((net, port, first.origin), {})
                place[device] = place.get(device, 0) + count
                self.rejecters.setdefault((wide(net), port), set()).add(device)
            if first.kind in PATH and self.fails_together(net, port):
                self.reporting.setdefault(wide(net), set()).update(cluster.reporting)
            end = cluster.hop
            if end is not None and first.kind == UNHEARD:
                self.hops[wide(net)] = end if self.hops.get(wide(net), end) == end else None
        self.rejecting = {
            place: max(devices, key=lambda each: (devices[each], each)) for place, devices in counts.items()
        }

    @staticmethod
    def _places(net: str, port: int) -> list[Name]:
        return [("prefix", net, port), ("prefix", net), ("prefix", wide(net)), ("all",)]

    def fails_together(self, net: str, port: int) -> bool:
        """Whether most targets in the narrowest place around a failure fail, of those with enough targets to compare.

        All traces to hosts that are off end at the router before them, which works. It is a cause only where its other
        targets fail as well.
        """
        places = self._places(net, port)
        place = next((each for each in places if self.totals.get(each, 0) >= LEAST), places[-1])
        return self.failed.get(place, 0) >= HALF * self.totals.get(place, 0)

    def may_reach(self, cluster: Cluster, device: str) -> bool:
        """Whether the traces of a cluster leave room for a device beyond their end: it may not have answered them."""
        hop = cluster.hop
        if not hop or device not in self.ttls:
            return True
        return cluster.ttls.get(hop, 0) < self.ttls[device]


def _possible(atoms: Sequence[Atom], totals: Mapping[Name, int]) -> dict[Name, list[int]]:
    """Return the possible causes, each with the failures that it covers."""
    view = _View(atoms, totals)
    causes: dict[Name, list[int]] = {}
    for number, atom in enumerate(atoms):
        for name in _names(atom, view):
            causes.setdefault(name, []).append(number)
    kinds: dict[str, int] = {}
    for atom in atoms:
        kinds[atom.cluster.first.kind] = kinds.get(atom.cluster.first.kind, 0) + atom.count
    return {
        name: covered
        for name, covered in causes.items()
        if _is_cause(name, [atoms[each] for each in covered], kinds, totals)
    }


def _names(atom: Atom, view: _View) -> list[Name]:
    """Return the causes that an atom could have."""
    cluster = atom.cluster
    first = cluster.first
    kind, net, port = first.kind, first.prefix, first.port
    if kind == HERE:
        return [("host", first.signer)]
    if cluster.own_row:
        return [("host", cluster.own_row)]
    if kind in SIGNED:
        hops: list[Name] = [("hop", first.signer)] if kind == UNROUTED else []
        return [("signer", kind, first.signer), *hops]
    if kind == REFUSED and cluster.box:
        return [("signer", REJECTED, cluster.box)]
    names: list[Name] = []
    if atom.address:
        names += [("address", kind, atom.address), ("address", kind, atom.address, port)]
    if first.origin:
        names.append(("from", kind, first.origin))
    if first.is_lookup:
        names += [("resolver",)] if kind == LOOKUP and not first.origin else []
        return [*names, ("zone", kind, net)] if net else names
    if not net:
        return names  # a Unix socket, or a prefix that was not kept
    if kind == UNHEARD and Cause.TIMED_OUT in cluster.causes:
        beside = view.rejecting.get((net, port, first.origin))
        if beside is not None:
            return [("silent_beside", beside)]
    if first.signer:
        names.append(("certificate", kind, first.signer))
    names += [("prefix", kind, net), ("prefix", kind, net, port), ("port", kind, port)]
    if wide(net) != net:
        names += [("prefix", kind, wide(net)), ("prefix", kind, wide(net), port)]
    if kind == UNHEARD and view.fails_together(net, port):
        names += _beyond(cluster, view)
    return names


def _beyond(cluster: Cluster, view: _View) -> list[Name]:
    """Return the hops and devices that can have cut off a whole prefix.

    A router answers six packets at once and then one a second. So few of the targets that it rejects or cannot reach get
    its message, and a trace may end before it. Its messages about other targets of the same wide prefix count, unless a
    trace went farther.
    """
    net, port = wide(cluster.first.prefix), cluster.first.port
    # There are too many clusters to trace all of them where a large network fails.
    hop = cluster.hop if cluster.hop is not None else view.hops.get(net)
    hops = {hop} if hop is not None else set()
    hops.update(each for each in view.reporting.get(net, ()) if view.may_reach(cluster, each))
    beside = [each for each in view.rejecters.get((net, port), ()) if view.may_reach(cluster, each)]
    return [*(("hop", each) for each in sorted(hops)), *(("silent_beside", each) for each in sorted(beside))]


def _is_cause(name: Name, covered: list[Atom], kinds: Mapping[str, int], totals: Mapping[Name, int]) -> bool:
    """Whether enough fails at a place, of what was checked there."""
    count = sum(atom.count for atom in covered)
    if count < _least(name) or not _has_spread(name, covered) or not _is_common(name, count, totals):
        return False
    if name[0] == "prefix" and wide(str(name[2])) == name[2]:
        return len({atom.cluster.hop for atom in covered if atom.cluster.hop is not None}) < SEVERAL
    if name[0] != "port":
        return True
    return _is_apart(name, {atom.cluster.first.prefix for atom in covered}, count, kinds, totals)


def _is_common(name: Name, count: int, totals: Mapping[Name, int]) -> bool:
    """Whether enough of the targets at a place fail for the place to be the cause."""
    kind = name[0]
    if kind == "prefix":
        share = HALF if wide(str(name[2])) != name[2] else MOST
        return count >= share * totals.get(("prefix", *name[2:]), count)
    if kind in ("from", "zone"):
        return count >= HALF * totals.get((kind, name[2]), count)
    if kind == "resolver":
        return count >= HALF * totals.get(("lookups",), count)
    if kind == "address":
        return count >= totals.get(("address", *name[2:]), count)
    return True


def _is_apart(
    name: Name, nets: set[str], count: int, kinds: Mapping[str, int], totals: Mapping[Name, int]
) -> bool:
    """Whether a port fails in several prefixes, and the other ports do not."""
    there = totals.get(("port", name[2]), count)
    others = totals.get(("all",), count) - there
    elsewhere = kinds[str(name[1])] - count
    return len(nets) >= SEVERAL and count >= MOST * there and others >= LEAST and elsewhere < HALF * others
