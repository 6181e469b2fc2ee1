# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""What a watch observes: the result of each probe, outages, and the statistics of a target."""

from __future__ import annotations

from .value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .result import Result


class Outage(Value):
    """A time in which every probe failed.

    began     the wall clock at the start of the first failed probe
    seconds   from then until a connection was established again, or until now if it has not ended
    probes    how many probes failed
    ended     whether it has ended
    """

    began: float
    seconds: float
    probes: int
    ended: bool = True


class Observation(Value):
    """The result of one probe of a watch.

    number    the number of the probe of this target, from 1
    result    its result
    failed    whether it failed; one that only exceeded a threshold has not
    outage    the outage that this probe has ended, or None
    before    the state of the target until now, if this probe has changed it, else None
    last      the last outage that has ended, or None; with --consecutive, it ends before the state changes
    """

    number: int
    result: Result
    failed: bool
    outage: Outage | None = None
    before: int | None = None
    last: Outage | None = None


class Spread(Value):
    """The distribution of a duration over the probes that did not fail, in seconds.

    name             time, connect, tls, first_byte or rtt
    mdev             the standard deviation, which ping calls mdev
    median, p95, p99   percentiles, each at most 1 % away from that of the values themselves
    """

    name: str
    count: int
    least: float
    mean: float
    most: float
    mdev: float
    median: float
    p95: float
    p99: float


class Summary(Value):
    """The statistics of a target.

    began     the wall clock at the start of the first probe, or 0.0
    seconds   from then until now
    sent      probes that have ended; failed: how many of them failed; breached: how many exceeded a threshold only
    syns      SYNs sent, where known; lost: how many of them were retransmitted or not answered
    spreads   the durations
    outages   the number of outages
    longest   the longest outage, also if it has not ended, or None
    state     the state of the target, or None before the first probe
    """

    began: float
    seconds: float
    sent: int
    failed: int
    breached: int
    syns: int
    lost: int
    spreads: tuple[Spread, ...]
    outages: int
    longest: Outage | None
    state: int | None
