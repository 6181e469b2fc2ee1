# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Group the failures of a run over many targets by their causes, and suspect the monitoring host first."""

from __future__ import annotations

from heapq import nlargest
from operator import attrgetter

from ..model.causes import LOCAL_CAUSES, Cause, Phase
from ..model.explanation import KINDS, Explanation
from ..model.verdict import OK
from .clusters import (
    HERE,
    LOOKUP,
    LOOKUP_CAUSES,
    MOST_CLUSTERS,
    REJECTED,
    REPRESENTATIVES,
    SIGNED,
    UNHEARD,
    Cluster,
    Failing,
    Seen,
    failing_of,
    kind_of,
    prefix_of,
    wide,
    zone,
)
from .cover import atoms_of, chosen
from .group_words import forming, group_of, others_of, single_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from ..model.explanation import Group
    from ..model.result import Check, Result
    from ..model.target import Address, Target
    from .cover import Atom

# Members that are kept in all clusters together: each takes 0.2 KiB.
MOST_MEMBERS = 50_000

# Traces after a run. The engine sends 50 diagnostic SYNs a second, and a trace takes 8 to 12: those that do not get
# theirs within the time limit of the check, 10 s by default, have no result.
MOST_TRACES = 60

# The monitoring host is suspected where this share of at least so many targets fails. A network that has lost its only
# way out still reaches a few targets on its own side. Fewer than ten targets may all be down for one reason of their own.
NEARLY_ALL = 0.9
ENOUGH = 10

SUSPECTED = "the monitoring host is suspected"

# Witnesses that a sentence names.
EXAMPLES = 3

KINDS_IN_ORDER = list(KINDS)

# Phases whose failures a trace explains.
_WORTH_A_TRACE = (UNHEARD, LOOKUP, *SIGNED)


class Groups:
    """Collects the final result of each target of a run, and explains the failures at the end.

    Usage: ``add`` each result, carry out the checks of ``to_trace`` and give their results to ``traced``, then ``finish``.
    The memory is bounded: see MOST_PLACES, MOST_CLUSTERS and MOST_MEMBERS.
    """

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._seen = Seen()
        self._clusters: dict[tuple[str, str, str, int, str], Cluster] = {}
        self._members = 0
        self._failed = 0
        self._causes: dict[str, int] = {}
        self._unresolved = 0
        self._wide: set[str] = set()
        self._asked: dict[Hashable, tuple[str, Cluster]] = {}

    def add(self, result: Result, key: Hashable = None) -> None:
        """Add the final result of a target. ``key`` is the caller's name for it; None: its host and port."""
        verdict = result.verdict
        target = result.check.probe.target
        address = result.outcome.attempts[-1].address
        if verdict.state == OK and address is not None:
            self.add_healthy(target, address)
            return
        self._count(target, address)
        if verdict.state == OK:
            return
        failing = failing_of(result)
        if not failing.is_lookup:
            self._seen.add(failing.address, failing.port)
        name = target.text if key is None else str(key)
        cluster = self._note(failing, name, name if key is None else key, result.check)
        cluster.diagnose(name, result.fault)
        if failing.hop is not None or failing.resolver:
            cluster.traced += 1

    def add_healthy(self, target: Target, address: Address) -> None:
        """Add a healthy target, as ``add`` does, without a result: the short path of a sweep."""
        self._count(target, address)
        self._seen.add(address.text, address.port)

    def _count(self, target: Target, address: Address | None) -> None:
        """Count a target, and its lookup unless it has an address."""
        seen = self._seen
        seen.checked += 1
        host = target.host
        if host is not None and target.address is None and (address is None or address.text != host):
            seen.add_name(host)

    def note_fact(self, fact: Mapping[str, object]) -> None:
        """Add a plain fact; see ``group_facts``."""
        text = {name: str(fact.get(name) or "") for name in ("cause", "address", "from", "box", "phase")}
        address, origin = text["address"], text["from"]
        port = int(str(fact.get("port") or 0))
        self._seen.checked += 1
        self._seen.add(address, port)
        if origin:
            self._seen.add_origin(origin)
        if not text["cause"]:
            return
        cause, box = text["cause"], text["box"] if text["box"] != address else ""
        kind = kind_of(cause, text["phase"] or Phase.CONNECT)
        failing = Failing(kind, cause, address, prefix_of(address), port, origin)
        if cause in LOCAL_CAUSES:
            failing.kind, failing.signer = HERE, f"{cause} {origin}".rstrip()
        elif cause in LOOKUP_CAUSES:
            failing.kind, failing.prefix, failing.is_lookup = LOOKUP, zone(address), True
        elif box and kind == UNHEARD:
            failing.hop = box
        elif box and cause in (Cause.PROHIBITED, Cause.REFUSED):
            failing.kind, failing.signer = REJECTED, box
        key = fact.get("key")
        name = f"{origin + ' to ' if origin else ''}{address}:{port}" if key is None else str(key)
        self._note(failing, name, name if key is None else key, None)

    def _note(self, failing: Failing, name: str, key: Hashable, check: Check | None) -> Cluster:
        clusters = self._clusters
        self._failed += 1
        self._causes[failing.cause] = self._causes.get(failing.cause, 0) + 1
        self._unresolved += failing.kind == LOOKUP
        if len(self._wide) < ENOUGH:
            self._wide.add(failing.prefix if failing.is_lookup else wide(failing.prefix))
        cluster = clusters.get(failing.place)
        if cluster is None:
            if len(clusters) >= MOST_CLUSTERS:
                failing.prefix, failing.origin = wide(failing.prefix) if failing.kind != LOOKUP else "", ""
            if len(clusters) >= 2 * MOST_CLUSTERS:
                failing.prefix = failing.signer = ""
                failing.port = 0
            cluster = clusters.get(failing.place)
            if cluster is None:
                cluster = clusters[failing.place] = Cluster(failing)
        cluster.count += 1
        cluster.causes[failing.cause] = cluster.causes.get(failing.cause, 0) + 1
        cluster.note(failing)
        cluster.offer(name, key, check)
        if len(cluster.members) < self._limit and self._members < MOST_MEMBERS:
            self._members += 1
            cluster.members.append((name, key, failing.address))
        return cluster

    def forming(self, most: int) -> list[str]:
        """Return the sentences of the largest clusters so far, the largest first, for a display during the run.

        They are not traced and not merged yet. The result of the run is not changed. With the most clusters, it takes
        0.5 ms.
        """
        largest = nlargest(most, self._clusters.values(), key=attrgetter("count"))
        return [forming(each) for each in largest]

    def to_trace(self) -> list[Check]:
        """Return checks that trace representatives of each cluster: each has the key of its target.

        They are made once, without --wait, --retries and --count. Clusters of what no trace explains are left out, and
        those whose failures were traced in the run itself. The largest come first, and there are at most MOST_TRACES.
        """
        order = sorted(
            (
                each
                for each in self._clusters.values()
                if each.first.kind in _WORTH_A_TRACE or each.first.kind.endswith(" connect")
            ),
            key=lambda each: (-each.count, *map(str, each.first.place)),
        )
        found: list[Check] = []
        for cluster in order:
            for name, key, check in cluster.checks:
                if len(found) == MOST_TRACES or cluster.traced >= min(REPRESENTATIVES, cluster.count):
                    break
                if check is None or key in self._asked:
                    continue
                self._asked[key] = name, cluster
                recipe = check.probe.recipe.replace(trace="failure", retries=0, count=1)
                probe = check.probe.replace(recipe=recipe, key=key)
                found.append(
                    check.replace(probe=probe, options=check.options.replace(wait=None, consecutive=1))
                )
        return found

    def traced(self, result: Result, key: Hashable = None) -> None:
        """Add the result of a check of ``to_trace``."""
        name, cluster = self._asked.pop(result.check.probe.key if key is None else key)
        cluster.traced += 1
        if result.verdict.state == OK:
            cluster.again += 1
            return
        failing = failing_of(result)
        cluster.note(failing)
        if failing.kind == cluster.first.kind or cluster.first.kind in (UNHEARD, LOOKUP):
            cluster.diagnose(name, result.fault, by_trace=True)

    def finish(self, witnesses: Iterable[Iterable[Result]] = ()) -> Explanation:
        """Explain the failures.

        Args:
            witnesses: the results of the witnesses, one iterable for each time: before the run, and after it.
        """
        clusters = sorted(self._clusters.values(), key=lambda each: tuple(map(str, each.first.place)))
        totals = self._seen.totals()
        hops = {hop for each in clusters for hop in (*each.ttls, *each.reporting)}
        groups: list[Group] = []
        singles: list[tuple[Atom, str, Hashable]] = []
        surplus: list[Cluster] = []
        uncounted = 0
        for name, atoms in chosen(atoms_of(clusters), totals):
            if name[0] == "single":
                atom = atoms[0]
                singles.extend((atom, each, key) for each, key in atom.members)
                if atom.count > len(atom.members):
                    surplus.append(atom.cluster)
                    uncounted += atom.count - len(atom.members)
            else:
                groups.append(group_of(name, atoms, totals, hops, self._limit))
        singles.sort(key=lambda each: each[1])
        groups.extend(single_of(*each) for each in singles[: self._limit])
        surplus.extend(atom.cluster for atom, _unused1, _unused2 in singles[self._limit :])
        uncounted += len(singles[self._limit :])
        if uncounted:
            groups.append(others_of(surplus, uncounted))
        groups.sort(key=lambda each: (-each.count, KINDS_IN_ORDER.index(each.kind), each.sentence))
        return Explanation(
            groups=tuple(groups),
            suspicion=self._suspicion(groups, [list(each) for each in witnesses]),
            checked=self._seen.checked,
            failed=self._failed,
            causes=dict(sorted(self._causes.items())),
        )

    def _suspicion(self, groups: list[Group], times: list[list[Result]]) -> str | None:
        """Return why the monitoring host is suspected, or None.

        Witnesses decide where there are any: the monitoring host works if one of them answers each time.
        """
        times = [each for each in times if each]
        for results in times:
            if all(each.state != OK for each in results):
                names = ", ".join(each.check.probe.target.text for each in results[:EXAMPLES])
                return (
                    f"{SUSPECTED}: {'the witness' if len(results) == 1 else 'every witness'} fails ({names})"
                )
        checked, failed = self._seen.checked, self._failed
        if times or checked < ENOUGH or failed < NEARLY_ALL * checked:
            return None
        here = [each for each in groups if each.kind == "host"]
        if sum(each.count for each in here) >= NEARLY_ALL * failed:
            return f"{SUSPECTED}: {failed} of {checked} targets fail, {here[0].sentence.partition(', ')[0]}"
        if self._unresolved >= NEARLY_ALL * failed:
            return f"{SUSPECTED}: {failed} of {checked} targets fail, because names are not resolved"
        if len(self._wide) > 1:
            return f"{SUSPECTED}: {failed} of {checked} targets fail, in unrelated prefixes"
        return None


def group_facts(facts: Iterable[Mapping[str, object]]) -> Explanation:
    """Group plain facts, as a matrix of checks gathers them; healthy ones count too.

    Each mapping has: ``cause`` (a Cause; None or "" for a healthy check), ``address``, ``port``, and optionally ``from``
    (the host that checked), ``box`` (the sender of an ICMP message), ``phase`` (default connect) and ``key``.
    No monitoring host is suspected: each check may come from another one.
    """
    groups = Groups()
    for fact in facts:
        groups.note_fact(fact)
    return groups.finish().replace(suspicion=None)
