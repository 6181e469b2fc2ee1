# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Outcome → the numbers that thresholds and perfdata speak of, in the order in which a check learns them."""

from __future__ import annotations

from ..model.causes import Cause, Phase
from ..model.verdict import Measure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..model.outcome import Attempt, Outcome
    from ..model.recipe import Probe


_STATISTICS = (
    ("min", "least"),
    ("mean", "mean"),
    ("max", "greatest"),
    ("median", "median"),
    ("p95", "95th percentile"),
    ("mdev", "mean deviation"),
)


def _over_a_count(name: str, words: str) -> tuple[Measure, ...]:
    return tuple(Measure(f"{name}_{end}", "s", f"{word} {words} over a count") for end, word in _STATISTICS)


MEASURES = (
    Measure("time", "s", "time of the whole check, from the name lookup to the last byte"),
    Measure("failed", "%", "probes of a count that failed, of those sent"),
    Measure("loss", "%", "SYNs that were repeated or never answered, of those sent"),
    Measure("resolve", "s", "time of the name lookup"),
    Measure("connect", "s", "time of the TCP handshake, seen from this process"),
    *_over_a_count("connect", "time of the TCP handshake"),
    Measure("retransmits", "", "SYNs that the kernel repeated"),
    Measure(
        "certificate_days",
        "",
        "days until the first certificate of the server's chain expires",
        less_is_worse=True,
    ),
    Measure("tls", "s", "time of the TLS handshake"),
    Measure(
        "first_byte", "s", "time from the request, or the connect, to the first byte of the answer or its end"
    ),
    Measure("rtt", "s", "round trip of the kernel at the connect"),
    *_over_a_count("rtt", "round trip of the kernel"),
)
"""Every measure, in the order of the perfdata line. The round trip comes last: a repeated SYN may leave it
unknown, and the order of the others must not depend on that. The certificate's days come before the handshake's time:
where verification fails they are known, and the handshake has none."""

BY_NAME = {measure.name: measure for measure in MEASURES}

STATISTICS = tuple(name for name, _ in _STATISTICS)

DAY = 86400.0


def applicable(probe: Probe, asked: frozenset[str] = frozenset()) -> tuple[Measure, ...]:
    """The measures that a probe's settings allow, whatever came of it; those in `asked` included.

    The perfdata line's items and their order follow from this alone, so that graphs never change shape.
    """
    recipe = probe.recipe
    counted = recipe.count > 1
    left_out = set()
    if not counted:
        left_out.update({"failed", "loss"} - asked)
    for name in ("connect", "rtt"):
        statistics = {f"{name}_{end}" for end in STATISTICS}
        left_out.update(({name} if counted else statistics) - asked)
    if recipe.network == "udp" or probe.target.path is not None:
        left_out.update(measure.name for measure in MEASURES if measure.name.startswith("rtt"))
        left_out.update(("retransmits", "loss"))
    if probe.target.path is not None:
        left_out.add("resolve")
    if recipe.tls is None:
        left_out.update(("tls", "certificate_days"))
    if not recipe.reads:
        left_out.add("first_byte")
    return tuple(measure for measure in MEASURES if measure.name not in left_out)


def needs(name: str) -> str:
    """What a measure needs to be known at all, as a clause."""
    if name in ("tls", "certificate_days"):
        return "only a check with TLS knows it (--tls, --ssl)"
    if name == "first_byte":
        return "only a check that reads knows it (--expect, --read)"
    return "only a TCP check of a host knows it"


def measure(outcome: Outcome) -> dict[str, float]:
    """Every measure of an outcome that is known, by name: seconds, percent, or a plain number."""
    finals = outcome.finals
    good = [attempt for attempt in finals if attempt.failure is None]
    values: dict[str, float] = {}
    counted = good or finals
    if counted:
        values["time"] = _mean([attempt.time for attempt in counted])
    if outcome.sent:
        values["failed"] = 100.0 * (outcome.sent - len(good)) / outcome.sent
    sent, lost = _syns(outcome.attempts)
    if sent:
        values["loss"] = 100.0 * lost / sent
    for name in ("resolve", "connect", "tls", "first_byte", "rtt"):
        seen = _seen(counted, name)
        if seen:
            values[name] = _mean(seen)
    for name in ("connect", "rtt"):
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


def _syns(attempts: Sequence[Attempt]) -> tuple[int, int]:
    """SYNs sent, and those of them that were repeated or never answered, over all attempts and their legs."""
    sent = lost = 0
    for attempt in attempts:
        # With "any" the legs are those that failed; the address that answered is the attempt's own.
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
    """Least, mean, greatest, median, 95th percentile (nearest rank), mean absolute deviation."""
    ordered = sorted(values)
    size = len(ordered)
    mean = sum(ordered) / size
    middle = size // 2
    median = ordered[middle] if size % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    rank = -(-95 * size // 100)
    deviation = sum(abs(value - mean) for value in ordered) / size
    return ordered[0], mean, ordered[-1], median, ordered[rank - 1], deviation
