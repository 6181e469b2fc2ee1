# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Outcome → measures: the numbers for thresholds and perfdata."""

from __future__ import annotations

from ..model.causes import Cause, Phase
from ..model.verdict import Measure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..model.outcome import Attempt, Outcome
    from ..model.recipe import Probe, Recipe


_STATISTICS = (
    ("min", "minimum"),
    ("mean", "mean"),
    ("max", "maximum"),
    ("median", "median"),
    ("p95", "95th percentile"),
    ("mdev", "mean deviation"),
)


def _statistics_of(name: str, words: str) -> tuple[Measure, ...]:
    return tuple(
        Measure(f"{name}_{end}", "s", f"{word} of the {words} over all probes") for end, word in _STATISTICS
    )


MEASURES = (
    Measure("time", "s", "time of the whole check, from the name lookup to the last byte"),
    Measure("failed", "%", "share of the probes that failed"),
    Measure("loss", "%", "share of the SYNs that were retransmitted or not answered"),
    Measure("resolve", "s", "time of the name lookup"),
    Measure("connect", "s", "time of the TCP handshake, measured by the check"),
    *_statistics_of("connect", "TCP handshake time"),
    Measure("retransmits", "", "number of retransmitted SYNs"),
    Measure(
        "certificate_days",
        "",
        "days until the first certificate of the server's chain expires",
        less_is_worse=True,
    ),
    Measure("tls", "s", "time of the TLS handshake"),
    Measure(
        "first_byte",
        "s",
        "time from the request, or the connect, to the first byte of the answer or to its end",
    ),
    Measure("rtt", "s", "round-trip time, measured by the kernel at the connect"),
    *_statistics_of("rtt", "round-trip time"),
)
"""Every measure, in the order of the perfdata. The round-trip time is last, because a retransmitted SYN can leave it
unknown, and the places of the others must not depend on that. The certificate's days come before the handshake's time:
if verification fails, they are known, and the handshake has no time."""

BY_NAME = {measure.name: measure for measure in MEASURES}

STATISTICS = tuple(name for name, _unused1 in _STATISTICS)

DAY = 86400.0


def applicable(probe: Probe, asked: frozenset[str] = frozenset()) -> tuple[Measure, ...]:
    """Return the measures that the settings of a probe allow, and those in asked, whatever its outcome.

    The items of the perfdata and their order depend on nothing else, so that graphs keep their data sources.
    """
    recipe = probe.recipe
    is_path = probe.target.path is not None
    known = _last.get((is_path, asked))
    if known is not None and known[0] is recipe:
        return known[1]
    found = _applicable(recipe, is_path, asked)
    if len(_last) >= _MOST_LAST:
        _last.clear()
    _last[is_path, asked] = recipe, found
    return found


# The last recipe and its measures, for each set of measures that were asked for: the rows of a sweep share few recipes.
_last: dict[tuple[bool, frozenset[str]], tuple[Recipe, tuple[Measure, ...]]] = {}
_MOST_LAST = 100


def _applicable(recipe: Recipe, is_path: bool, asked: frozenset[str]) -> tuple[Measure, ...]:
    counted = recipe.count > 1
    left_out = set()
    if not counted:
        left_out.update({"failed", "loss"} - asked)
    for name in ("connect", "rtt"):
        statistics = {f"{name}_{end}" for end in STATISTICS}
        left_out.update(({name} if counted else statistics) - asked)
    if recipe.network == "udp" or is_path:
        left_out.update(measure.name for measure in MEASURES if measure.name.startswith("rtt"))
        left_out.update(("retransmits", "loss"))
    if is_path:
        left_out.add("resolve")
    if recipe.tls is None:
        left_out.update(("tls", "certificate_days"))
    if not recipe.reads:
        left_out.add("first_byte")
    return tuple(measure for measure in MEASURES if measure.name not in left_out)


def needs(name: str) -> str:
    """Return what a check must have for a measure to be known, as a clause."""
    if name in ("tls", "certificate_days"):
        return "requires a check with TLS (--tls, --ssl)"
    if name == "first_byte":
        return "requires a check that reads (--expect, --read)"
    return "requires a TCP check of a host"


def measure(outcome: Outcome) -> dict[str, float]:
    """Return every measure of an outcome that is known, by name: in seconds, in percent, or a plain number."""
    finals = outcome.finals
    good = [attempt for attempt in finals if attempt.failure is None]
    values: dict[str, float] = {}
    counted = good or finals
    if counted:
        values["time"] = _mean([attempt.time for attempt in counted])
    if outcome.sent:
        values["failed"] = 100.0 * (outcome.sent - len(good)) / outcome.sent
    sent, lost = syns(outcome.attempts)
    if sent:
        values["loss"] = 100.0 * lost / sent
    for name in ("resolve", "connect", "tls", "first_byte", "rtt"):
        seen = _seen(counted, name)
        if seen:
            values[name] = _mean(seen)
    for name in ("connect", "rtt") if good else ():
        seen = _seen(good, name)
        if seen:
            for end, value in zip(STATISTICS, _statistics(seen)):
                values[f"{name}_{end}"] = value
    repeated = [attempt.retransmits for attempt in counted if attempt.retransmits is not None]
    if repeated:
        values["retransmits"] = sum(repeated)
    if outcome.probe.recipe.tls is not None:
        first = outcome.first_to_expire(counted)
        if first is not None:
            from ..wire.certificate import days_left  # a plain check has no certificate

            values["certificate_days"] = days_left(first.not_after, outcome.at)
    return values


def _seen(attempts: Sequence[Attempt], name: str) -> list[float]:
    return [value for attempt in attempts if (value := getattr(attempt, name)) is not None]


def syns(attempts: Sequence[Attempt]) -> tuple[int, int]:
    """Return the number of SYNs sent, and how many were retransmitted or not answered, over all attempts and legs."""
    sent = lost = 0
    for attempt in attempts:
        # With --addresses any the legs are the addresses that failed; the address that answered is the attempt's own.
        alone = all(leg.address != attempt.address for leg in attempt.legs)
        for each in (*attempt.legs, attempt) if alone else attempt.legs:
            if each.retransmits is None:
                continue
            sent += 1 + each.retransmits
            lost += each.retransmits
            unanswered = each.cause in (Cause.TIMED_OUT, Cause.UNREACHABLE, Cause.PROHIBITED)
            lost += unanswered and each.phase == Phase.CONNECT
    return sent, lost


def _mean(values: Sequence[float]) -> float:
    return values[0] if len(values) == 1 else sum(values) / len(values)


def _statistics(values: Sequence[float]) -> tuple[float, ...]:
    """Return minimum, mean, maximum, median, 95th percentile (nearest rank), mean absolute deviation."""
    ordered = sorted(values)
    size = len(ordered)
    mean = sum(ordered) / size
    middle = size // 2
    median = ordered[middle] if size % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    rank = -(-95 * size // 100)
    deviation = sum(abs(value - mean) for value in ordered) / size
    return ordered[0], mean, ordered[-1], median, ordered[rank - 1], deviation
