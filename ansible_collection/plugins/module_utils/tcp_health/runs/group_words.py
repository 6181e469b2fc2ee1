# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Make a group from a cause and its failures: its facts, its sentence, and its evidence."""

from __future__ import annotations

from ..model.causes import CERTIFICATE_CAUSES, Cause
from ..model.explanation import Group
from ..model.verdict import DOMAINS, SERVER
from .clusters import HERE, LOOKUP, OPEN, REJECTED, SLOW, UNHEARD, UNROUTED, net_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Hashable, Iterable, Mapping, Sequence

    from .clusters import Cluster
    from .cover import Atom, Name

# Names of targets in a group.
EXAMPLES = 3

# Lines of evidence with the diagnosis of a target.
LINES = 3

_WORDS = {
    Cause.TIMED_OUT: "no answer",
    Cause.REFUSED: "refused",
    Cause.MISMATCH: "an unexpected answer",
    Cause.RESOLVER_SILENT: "no answer of the name service",
    Cause.RESOLVER_FAILED: "the name lookup fails",
    Cause.NAME_UNKNOWN: "no such name",
    SLOW: "outside a threshold",
    OPEN: "open, which is not expected",
}


# The groups that clusters of these classes become, whatever else fails.
_KINDS = {HERE: "host", REJECTED: "signer", UNROUTED: "signer"}


def plural(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def group_of(
    name: Name, atoms: Sequence[Atom], totals: Mapping[Name, int], hops: Container[str], limit: int
) -> Group:
    """Make the group of a chosen cause. ``hops`` are all that have answered a trace of the run."""
    kind = str(name[0])
    clusters = list(dict.fromkeys(atom.cluster for atom in atoms))
    firsts = [each.first for each in clusters]
    count = sum(atom.count for atom in atoms)
    members = sorted(
        (each for atom in atoms for each in atom.members), key=lambda each: (each[0], str(each[1]))
    )
    kept = members[:limit]
    prefixes = sorted({each.prefix for each in firsts if each.prefix and not each.is_lookup})
    if kind == "prefix":
        prefixes = [str(name[2])]  # perhaps a wide one, around those of the clusters
    ports = sorted({each.port for each in firsts if each.port})
    origins = sorted({each.origin for each in firsts})
    # Of the targets at these places.
    places = {("prefix", each.prefix, each.port) for each in firsts if each.prefix and not each.is_lookup}
    if kind in ("prefix", "address"):
        targets = totals.get((kind, *name[2:]), 0)
    elif kind in ("from", "zone", "port"):
        targets = totals.get((kind, name[2]), 0)
    elif kind == "resolver":
        targets = totals.get(("lookups",), 0)
    else:
        targets = sum(totals.get(each, 0) for each in places)
    hop = str(name[1]) if kind == "hop" else _common(each.hop or "" for each in clusters)
    signer = str(name[1]) if kind == "silent_beside" else ""
    box = signer or (str(name[2]) if kind == "signer" else _common(each.box for each in clusters))
    resolver = _common(server for each in clusters for server in each.resolvers)
    where = _where(prefixes, ports, origins)
    return Group(
        kind=kind,
        cause=_cause(clusters),
        domains=_domains(kind, clusters, sum(atom.spread for atom in atoms)),
        box=box or None,
        resolver=resolver or None,
        hop=hop or None,
        prefix=net_text(prefixes[0]) if len(prefixes) == 1 else None,
        port=ports[0] if len(ports) == 1 else None,
        origin=origins[0] or None if len(origins) == 1 else None,
        count=count,
        targets=max(targets, count) if targets else 0,
        examples=_examples(clusters, members),
        members=tuple(key for _unused0, key in kept),
        more=len(kept) < count,
        sentence=_sentence(
            kind, name, clusters, count, max(targets, count), where, signer, resolver, hop in hops
        ),
        evidence=tuple(_evidence(clusters, signer)),
        next=min((each.next for each in clusters if each.next[0]), default=("", ""))[1],
    )


def _examples(clusters: Sequence[Cluster], members: Sequence[tuple[str, Hashable]]) -> tuple[str, ...]:
    """Return the first names. A cluster that was found late has no members, but it has representatives."""
    if members:
        return tuple(name for name, _unused1 in members[:EXAMPLES])
    return tuple(sorted(name for each in clusters for name, _unused1, _unused2 in each.checks)[:EXAMPLES])


def single_of(atom: Atom, name: str, key: Hashable) -> Group:
    """Make the group of one failure that shares no cause with others."""
    cluster = atom.cluster
    first = cluster.first
    line = cluster.lines.get(name)
    return Group(
        kind="single",
        cause=_cause([cluster]),
        domains=_domains("single", [cluster], 1),
        box=first.signer if first.kind == REJECTED else cluster.box or None,
        hop=cluster.hop or None,
        prefix=net_text(first.prefix) if first.prefix and not first.is_lookup else None,
        port=first.port or None,
        origin=first.origin or None,
        count=1,
        targets=1,
        examples=(name,),
        members=(key,),
        sentence=f"{name}: {_short([cluster])}",
        evidence=() if line is None else (f"{name}: {line}",),
        next=cluster.next[1] if cluster.next[0] == name else "",
    )


def forming(cluster: Cluster) -> str:
    """Return a cluster in the words of the group that it would be by itself, while targets are still checked."""
    first = cluster.first
    if cluster.count == 1 and cluster.checks:
        return f"{cluster.checks[0][0]}: {_short([cluster])}"
    kind = _KINDS.get(first.kind, "")
    if first.is_lookup:
        kind = "zone" if first.prefix else "resolver" if first.kind == LOOKUP else ""
    elif first.cause in CERTIFICATE_CAUSES and first.signer:
        kind = "certificate"
    prefixes = [first.prefix] if first.prefix and not first.is_lookup else []
    where = _where(prefixes, [first.port] if first.port else [], [first.origin])
    name = kind, first.kind, first.prefix if first.is_lookup else first.signer
    resolver = _common(cluster.resolvers)
    return _sentence(kind, name, [cluster], cluster.count, 0, where, "", resolver, is_heard=False)


def others_of(clusters: Sequence[Cluster], count: int) -> Group:
    """Make the group of the failures that share no cause with others, and are beyond the limit."""
    return Group(
        kind="others",
        cause=_cause(clusters),
        count=count,
        more=True,
        sentence=f"{plural(count, 'more failure')} without a common cause, beyond the limit of the list",
    )


def _cause(clusters: Sequence[Cluster]) -> str:
    counts: dict[str, int] = {}
    for cluster in clusters:
        for cause, number in cluster.causes.items():
            counts[cause] = counts.get(cause, 0) + number
    return max(sorted(counts), key=lambda each: counts[each])


def _common(values: Iterable[str]) -> str:
    """Return the value that all have, without the empty ones; else ""."""
    known = {each for each in values if each}
    return known.pop() if len(known) == 1 else ""


def _domains(kind: str, clusters: Sequence[Cluster], addresses: int) -> tuple[str, ...]:
    """Return the domains that every diagnosis leaves possible, or all of them where they have no common one."""
    each_set = [set(domains) for cluster in clusters for domains in cluster.domains]
    if not each_set:
        return ()
    left = set.intersection(*each_set) if kind != "silent_beside" else set()
    left = left or set.union(*each_set)  # that a few are rejected does not prove it of the others
    # Several hosts do not go down at once: what they share is the way to them.
    if kind in ("hop", "prefix", "silent_beside") and addresses > 1 and clusters[0].first.kind == UNHEARD:
        left = left - {SERVER} or left
    return tuple(each for each in DOMAINS if each in left)


def _where(prefixes: Sequence[str], ports: Sequence[int], origins: Sequence[str]) -> str:
    """Return the place of a group in words, with a space before it."""
    words = ""
    if prefixes:
        words += f" in {net_text(prefixes[0])}" if len(prefixes) == 1 else f" in {len(prefixes)} prefixes"
    if ports:
        words += f", port {ports[0]}" if len(ports) == 1 else f", {len(ports)} ports"
    if len(origins) == 1 and origins[0]:
        words += f", from {origins[0]}"
    return words


def _short(clusters: Sequence[Cluster]) -> str:
    """Return the failure in a few words."""
    words = min((each.words for each in clusters if each.words[0]), default=("", ""))[1]
    cause = _cause(clusters)
    return words or _WORDS.get(cause, cause.replace("_", " "))


def _sentence(
    kind: str,
    name: Name,
    clusters: Sequence[Cluster],
    count: int,
    targets: int,
    where: str,
    signer: str,
    resolver: str,
    is_heard: bool,
) -> str:
    """Return the sentence of a group; ``targets`` 0: how many there are is not known yet."""
    share = plural(count, "target")
    if targets:
        share = f"{count} of {plural(targets, 'target')}" if targets > count else f"all {share}"
    if kind == "host":
        return f"monitoring host: {_short(clusters)}, {plural(count, 'target')}{where}"
    if kind == "signer":
        verb = "rejects" if name[1] == REJECTED else "cannot reach"
        return f"{name[2]} {verb} {plural(count, 'target')}{where}"
    if kind == "silent_beside":
        return (
            f"{plural(count, 'target')}{where} without an answer, where {signer} rejects others:"
            " probably rejected too, but without an ICMP message that is not proven"
        )
    if kind == "hop":
        unheard = f"no hop answers{name[1] and f', not even {name[1]}'}"
        end = f"the path ends after {name[1]}" if is_heard else unheard
        return f"no answer from {share}{where}: {end}"
    if kind == "certificate":
        return f"certificate {name[2]}: {_short(clusters)}, {plural(count, 'target')}{where}"
    if kind in ("resolver", "zone", "from"):
        of = (
            f"name server {resolver or 'of the monitoring host'}"
            if kind == "resolver"
            else f"{kind} {name[2]}"
        )
        noun = "check" if kind == "from" else "lookup"
        number = f"{count} of {plural(targets, noun)}" if targets else plural(count, noun)
        return f"{of}: {_short(clusters)}, {number}"
    if kind == "address":
        ports = {each.first.port for each in clusters if each.first.port}
        return f"{name[2]}: {_short(clusters)}, {share}{f', port {ports.pop()}' if len(ports) == 1 else ''}"
    if kind == "port":
        return f"port {name[2]}: {_short(clusters)}, {share}{where.partition(', port')[0]}"
    return f"{_short(clusters)}: {share}{where}"


def _evidence(clusters: Sequence[Cluster], signer: str) -> list[str]:
    lines = []
    traced, again = sum(each.traced for each in clusters), sum(each.again for each in clusters)
    ends: dict[str, int] = {}
    for cluster in clusters:
        for hop, count in cluster.hops.items():
            ends[hop] = ends.get(hop, 0) + count
    if signer:
        lines.append(f"{signer} rejects other targets in the same prefix, on the same port")
    lines.extend(
        f"{plural(ends[hop], 'trace')} {'ends' if ends[hop] == 1 else 'end'} at {hop or 'the monitoring host: no hop answered'}"
        for hop in sorted(ends, key=lambda each: (-ends[each], each))
    )
    if again:
        lines.append(f"{again} of {plural(traced, 'target')} answered when traced")
    # One of each cluster, then the second ones.
    known = sorted(
        (place, each, line)
        for cluster in clusters
        for place, (each, line) in enumerate(sorted(cluster.lines.items()))
    )
    lines.extend(f"{each}: {line}" for _unused0, each, line in known[:LINES])
    return lines
