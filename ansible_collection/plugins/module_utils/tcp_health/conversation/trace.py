# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Diagnostic SYNs: a path trace with small TTLs, SYNs that reject answers from near devices, and a control port."""

from __future__ import annotations

from ..model.causes import LOCAL_CAUSES, Cause
from ..model.evidence import Control, Hop, Path
from ..model.recipe import SynOptions
from ..model.target import Address
from .wants import Allow, Close, Connect, Fork, Pause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.outcome import Failure
    from ..model.recipe import Recipe
    from .wants import Steps

# SYNs in flight beyond the last hop that has answered. With three, at most two reach the host, where each opens a real
# connection.
AHEAD = 3

# Seconds that a hop may take to answer. A path around the world takes 0.3 s. With less, SYNs would already reach a host
# on a slow link while it has not answered yet.
HOP_WAIT = 0.5

# Seconds between two traces to one prefix.
TURN = 1.0

# A control port that got less time than this does not count as silent.
LEAST_WAIT = 0.25

# Silent TTLs after the last one that answered; then the path is taken to end.
SILENT_TAIL = 4

# RFC 1812, 5.3.1 and common practice: hosts start at 64, 128 or 255; no path is longer than this.
MOST_HOPS = 30

# The initial TTLs of Linux and the BSDs, of Windows, and of network devices.
STARTS = (64, 128, 255)

# Hops that an answer may come from beyond the host.
FARTHEST = 4

_TIME_EXCEEDED = {4: 11, 6: 3}


def trace(
    address: Address, recipe: Recipe, deadline: float, turn: float, trail: Trail | None = None
) -> Steps[Path | None]:
    """Trace the path to an address with SYNs to the port of the check; returns a Path, or None if nothing is known.

    The port is the same because filters treat ports differently. There is one trace a second to one prefix, since a
    router answers six SYNs at once and then one a second (Linux: net.ipv4.icmp_ratelimit). ``turn`` is the time until
    which the trace may wait for its turn. A ``trail`` that an earlier call has begun is continued.
    """
    trail = trail if trail is not None else Trail()
    # A SYN that reaches the port opens a connection, which is broken. One at a time is sent where that counts.
    ahead = 1 if recipe.broken_counts else AHEAD
    if not trail.begun:
        _at, allowed, _failure = yield Allow(prefix(address), ahead, turn)
        if not allowed:
            return None
    hops = [
        _hop(trail, address, recipe, ttl, 0, deadline, trail.begun or ttl > ahead)
        for ttl in range(1, MOST_HOPS + 1)
        if ttl not in trail
    ]
    trail.begun = True
    # The stagger is longer than any hop takes, so that no more than these are ever in flight.
    yield Fork(hops, deadline, enough=trail.is_complete, stagger=2 * HOP_WAIT, ahead=ahead)
    path = trail.path()
    if path.steady or path.loop or recipe.broken_counts:
        return path if path.hops or path.whole else None
    # Different source ports may take different paths (ECMP), and one port takes one. This second trace to the same
    # routers waits for its turn as well, or a sweep would use up what they answer. Where a result waits for it there is
    # no time for a turn: it is made at once, with the second of the six packets that a router answers at once.
    now, _value, _failure = yield Pause(0.0)
    turns = deadline - now > TURN
    _at, allowed, _failure = yield Allow(prefix(address) if turns else None, AHEAD, deadline)
    if not allowed:
        return path
    again = Trail()
    port = 33434 + address.port % 1000
    for ttl in range(1, MOST_HOPS + 1):
        yield from _hop(again, address, recipe, ttl, port, deadline, True)
        if ttl not in again or again.is_complete(None):
            break
    single = again.path()
    return single if single.end is not None or (single.whole and single.hops) else path


def prefix(address: Address) -> str:
    """Return the network prefix whose traces share routers: 24 bits of an IPv4 address, 48 of an IPv6 address."""
    if address.family == 4:
        return address.text.rpartition(".")[0]
    head, _sign, tail = address.text.partition("::")
    groups = head.split(":") if head else []
    last = tail.split(":") if tail else []
    return ":".join([*groups, *["0"] * (8 - len(groups) - len(last)), *last][:3])


class Trail:
    """The hops known so far, in any order; ``in`` tests whether the result for a TTL is known.

    begun   whether a trace has had its turn
    """

    def __init__(self) -> None:
        self.begun = False
        self._hops: dict[int, Hop] = {}

    def __contains__(self, ttl: int) -> bool:
        return ttl in self._hops

    def note(self, hop: Hop) -> None:
        """Record the answer to a SYN."""
        self._hops[hop.ttl] = hop

    @property
    def end(self) -> int:
        """The smallest TTL that reached the host or was rejected, or 0."""
        return min((hop.ttl for hop in self._hops.values() if hop.kind in _ENDS), default=0)

    def is_complete(self, _unused: object) -> bool:
        """Whether no further SYN is needed."""
        end = self.end
        if end:
            # Hops before the end may still answer.
            return all(ttl in self._hops for ttl in range(1, end))
        answered = max((hop.ttl for hop in self._hops.values() if hop.kind == "router"), default=0)
        if all(answered + more in self._hops for more in range(1, SILENT_TAIL + 1)):
            return True
        # A loop ends at no host, and a router in it answers six SYNs at once and then one a second.
        return self._is_known_up_to(answered) and bool(Path(self._up_to(answered)).loop)

    def _is_known_up_to(self, ttl: int) -> bool:
        return all(each in self._hops for each in range(1, ttl + 1))

    def _up_to(self, ttl: int) -> tuple[Hop, ...]:
        return tuple(self._hops.get(each) or Hop(each, "silent") for each in range(1, ttl + 1))

    def path(self) -> Path:
        """Return what is known of the path."""
        answered = [hop.ttl for hop in self._hops.values() if hop.kind == "router"]
        stopped = self.end
        if stopped and self._hops[stopped].kind == "local":
            stopped -= 1  # a SYN that could not be sent has no result
            while stopped and self._hops.get(stopped, _NO_HOP).kind == "silent":
                stopped -= 1
        last = stopped if self.end else max(answered, default=0)
        hops = self._up_to(last)
        seen = [hop.address for hop in hops if hop.kind == "router" and hop.address is not None]
        beyond = any(ttl > last for ttl in answered)
        whole = self.is_complete(None) and (not self.end or stopped == self.end)
        return Path(hops, steady=len(seen) == len(set(seen)) and not beyond, whole=whole)


_ENDS = ("open", "refused", "icmp", "local")
_NO_HOP = Hop(0, "silent")


def _hop(
    trail: Trail, address: Address, recipe: Recipe, ttl: int, port: int, deadline: float, asks: bool
) -> Steps[None]:
    """Send one SYN with a TTL, and record its answer in the trail; ``asks``: it has no permission yet."""
    if asks:
        began, allowed, _failure = yield Allow(None, 1, deadline)
    else:
        began, allowed, _unused2 = (yield Pause(0.0))[0], True, None
    if not allowed or began >= deadline or 0 < trail.end < ttl:
        return
    limit = min(began + HOP_WAIT, deadline)
    at, connection, failure = yield Connect(address, recipe, limit, SynOptions(ttl=ttl, port=port))
    if failure is None:
        yield Close(connection, reset=True)
    hop = _answer_at(ttl, address, at - began, failure)
    if hop.kind != "silent" or at < deadline:  # a hop that had no time to answer is not silent
        trail.note(hop)


def _answer_at(ttl: int, address: Address, time: float, failure: Failure | None) -> Hop:
    if failure is None:
        return Hop(ttl, "open", address.text, time)
    icmp = failure.icmp
    if icmp is not None:
        kind = "router" if icmp.kind == _TIME_EXCEEDED[icmp.version] else "icmp"
        return Hop(ttl, kind, icmp.offender, time, icmp)
    if failure.cause == Cause.REFUSED:
        return Hop(ttl, "refused", address.text, time)
    if failure.cause in LOCAL_CAUSES:
        return Hop(ttl, "local")
    return Hop(ttl, "silent")


def arrival_ttl(
    address: Address, recipe: Recipe, distance: int, wait: float, deadline: float
) -> Steps[int | None]:
    """Find the TTL with which the answers of an address arrive here; None: unknown.

    Each SYN accepts only answers with at least a given TTL (IP_MINTTL). Two SYNs find the initial TTL of the sender,
    the others the exact value between it and that of the host's ``distance`` in hops.
    """
    asked = [STARTS[0] - distance + 2, STARTS[0] + 1, STARTS[1] + 1]
    nearer, over_64, over_128 = yield from _pass_each(address, recipe, asked, wait, deadline)
    start = STARTS[2] if over_128 else STARTS[1] if over_64 else STARTS[0]
    own = start - distance + 1  # the TTL of the host's answers if the way back is as long
    if start != STARTS[0]:
        (nearer,) = yield from _pass_each(address, recipe, [own + 1], wait, deadline)
    if nearer is None or over_64 is None or over_128 is None:
        return None
    if not nearer:
        (exact,) = yield from _pass_each(address, recipe, [own], wait, deadline)
        if exact is not False:
            return own if exact else None
        # From farther away: the way back is longer, or the address is translated.
        farther = yield from _pass_each(address, recipe, list(range(own - FARTHEST, own)), wait, deadline)
        return own - FARTHEST - 1 + sum(map(bool, farther)) if any(farther) and None not in farther else None
    rest = list(range(own + 2, start + 1))
    passed = yield from _pass_each(address, recipe, rest, wait, deadline)
    return None if None in passed else own + 1 + sum(map(bool, passed))


def _pass_each(
    address: Address, recipe: Recipe, least: list[int], wait: float, deadline: float
) -> Steps[list[bool | None]]:
    """For each TTL, whether an answer with at least that TTL arrives; None: unknown."""
    if not least:
        return []
    asked = [_passes(address, recipe, ttl, wait, deadline) for ttl in least]
    _at, answers, _failure = yield Fork(asked, deadline)
    return list(answers)


def _passes(address: Address, recipe: Recipe, ttl: int, wait: float, deadline: float) -> Steps[bool | None]:
    now, allowed, _failure = yield Allow(None, 1, deadline)
    if not allowed or now + wait > deadline:
        return None
    _at, connection, failure = yield Connect(address, recipe, now + wait, SynOptions(least_ttl=ttl))
    if failure is None:
        yield Close(connection, reset=True)
        return True
    if failure.cause in LOCAL_CAUSES:
        return None
    return failure.cause == Cause.REFUSED and failure.icmp is None


def control(address: Address, port: int, recipe: Recipe, deadline: float) -> Steps[Control | None]:
    """Try another port of the same host; returns a Control without a TTL, or None: unknown."""
    other = Address(address.family, address.text, port, address.scope)
    began, allowed, _failure = yield Allow(None, 1, deadline)
    if not allowed or began >= deadline:
        return None
    at, connection, failure = yield Connect(other, recipe, deadline)
    if failure is None:
        yield Close(connection, reset=True)
        return Control(port, "open")
    if failure.icmp is not None:
        return Control(port, "icmp", icmp=failure.icmp)
    if failure.cause in LOCAL_CAUSES or (failure.cause == Cause.TIMED_OUT and at - began < LEAST_WAIT):
        return None
    return Control(port, "refused" if failure.cause == Cause.REFUSED else "silent")
