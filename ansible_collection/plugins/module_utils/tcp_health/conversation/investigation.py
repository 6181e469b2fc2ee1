# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The evidence that is collected about a failure, as conversations. Only a failing check loads this module."""

from __future__ import annotations

from ..model.causes import Cause, Phase
from ..model.evidence import Evidence, NameServer, Path
from ..model.outcome import Failure
from ..model.recipe import Recipe, SynOptions
from ..wire.dns import answer as answer_of
from ..wire.dns import question
from .trace import arrival_ttl, control, is_nearer, trace
from .wants import Allow, Await, Close, Connect, Fork, Inspect, NameServers, Pause, Receive, Resolve, Send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..model.evidence import Control
    from ..model.outcome import Attempt
    from ..model.target import Address, Target
    from .doors import Connection
    from .wants import Answer, Conversation, Steps

# Seconds of the time limit that remain for the output. Evidence is collected until then.
MARGIN = 0.05

# Seconds that our own DNS query waits. The system's resolver waits 5 s (resolv.conf(5), timeout). A name server that
# works answers from its cache at once.
QUERY_WAIT = 1.0

# A server that got less time than this for the query does not count as silent.
LEAST_QUERY_WAIT = 0.25

# Seconds that a trace may wait for its turn if the failure is certain already. Longer waits would delay the results of a
# sweep.
TURN_WAIT = 1.0

# Seconds that the same bytes get in small segments. On a path that loses large segments only, they took 17 ms.
SMALL_WAIT = 0.8
LEAST_SMALL_WAIT = 0.3
SMALL_SEGMENT = 536  # RFC 9293, 3.7.1: what every IPv4 path carries

# The wait for an answer that a TTL filter may drop: at least 0.1 s, or this many times the round trip of the host.
TTL_WAIT = 0.1
TTL_WAITS = 4


def beside_connect(
    connection: Connection, address: Address, recipe: Recipe, deadline: float
) -> Steps[tuple[Answer, Evidence | None]]:
    """Wait for a connect whose first SYN was not answered, and trace the path meanwhile.

    Returns the answer of the connect, and the Evidence. A late SYN-ACK ends the trace.
    """
    end = deadline - MARGIN
    children = [_await(connection, deadline), _survey(address, recipe, end, end)]
    at, (answer, survey), _ = yield Fork(children, deadline, enough=_is_connected)
    if answer is None:
        answer = at, None, None
    path, other = survey or (None, None)
    return answer, Evidence(path=path, control=other) if path is not None or other is not None else None


def _await(connection: Connection, deadline: float) -> Steps[Answer]:
    answer = yield Await(connection, deadline)
    return answer


def _is_connected(value: Any) -> bool:
    return len(value) == 3 and value[1] is not None and value[2] is None


def _survey(
    address: Address, recipe: Recipe, deadline: float, turn: float
) -> Steps[tuple[Path | None, Control | None]]:
    """Trace the path, and try the control port if there is one. Returns (Path or None, Control or None)."""
    children: list[Conversation] = [trace(address, recipe, deadline, turn)]
    if recipe.control_port is not None:
        children.append(control(address, recipe.control_port, recipe, deadline))
    _, results, _ = yield Fork(children, deadline)
    return results[0], results[1] if len(results) > 1 else None


def beside_lookup(target: Target, recipe: Recipe, deadline: float) -> Steps[tuple[Answer, Evidence | None]]:
    """Wait for a lookup without an answer so far, and send a DNS query of our own meanwhile.

    Returns the answer of the lookup, and the Evidence.
    """
    children = [_look_up(target, recipe, deadline), ask_name_server(target, recipe, deadline - MARGIN)]
    at, (answer, server), _ = yield Fork(children, deadline, enough=_is_resolved)
    return answer or (at, None, None), Evidence(name_server=server) if server is not None else None


def _look_up(target: Target, recipe: Recipe, deadline: float) -> Steps[Answer]:
    answer = yield Resolve(target, recipe, deadline)
    return answer


def _is_resolved(value: Any) -> bool:
    return isinstance(value, tuple)


def ask_name_server(target: Target, recipe: Recipe, deadline: float) -> Steps[NameServer | None]:
    """Query the first name server of the system for the target's name; returns a NameServer or None."""
    began, servers, _ = yield NameServers()
    if not servers or began >= deadline:
        return None
    identity = int(began * 1e6)
    try:
        query = question(target.host or "", identity, recipe.family)
    except ValueError:
        return None
    address = servers[0]
    limit = min(began + QUERY_WAIT, deadline)
    # Without the source address of the check, as the system's resolver does it.
    now, connection, failure = yield Connect(address, Recipe(network="udp"), limit)
    if failure is None:
        now, _, failure = yield Send(connection, query, limit)
    answer = None
    while failure is None and answer is None:
        now, data, failure = yield Receive(connection, limit)
        if failure is None:
            answer = answer_of(data, identity)
    if connection is not None:
        yield Close(connection)
    if failure is not None:
        if failure.cause == Cause.LOCAL_LIMIT or (
            failure.cause == Cause.TIMED_OUT and now - began < LEAST_QUERY_WAIT
        ):
            return None
        answer = {Cause.PORT_UNREACHABLE: "closed", Cause.REFUSED: "closed", Cause.TIMED_OUT: "silent"}.get(
            failure.cause, "unreachable"
        )
    return NameServer(address.text, answer or "malformed")


def joined(attempt: Attempt, others: list[Attempt]) -> Evidence | None:
    """Return the evidence of an attempt, and what it lacks from other attempts at the same address.

    What belongs to one connection, or to one span of time, is not taken.
    """
    known: Evidence | None = attempt.evidence
    for other in reversed(others):
        if other.evidence is None:
            continue
        known = known or Evidence()
        lacking = [
            name for name in Evidence.FIELDS if getattr(known, name) is None and name not in _OF_ONE_ATTEMPT
        ]
        known = known.replace(**{name: getattr(other.evidence, name) for name in lacking})
    return known


_OF_ONE_ATTEMPT = ("ttl", "stall", "counters")


def after(attempt: Attempt, target: Target, recipe: Recipe, deadline: float) -> Steps[Evidence]:
    """Collect the missing evidence after an attempt has ended; returns all of its Evidence."""
    known = attempt.evidence or Evidence()
    now, _, _ = yield Pause(0.0)
    failure = attempt.failure
    if now >= deadline:
        return known
    turn = min(now + TURN_WAIT, deadline)
    if failure is not None and attempt.phase == Phase.RESOLVE:
        if failure.cause == Cause.RESOLVER_FAILED and known.name_server is None and recipe.trace != "never":
            server = yield from ask_name_server(target, recipe, deadline)
            return known.replace(name_server=server)
        return known
    address = attempt.address
    if recipe.trace == "never" or recipe.network != "tcp" or address is None or not address.family:
        return known
    if failure is None:
        if known.path is None:
            path = yield from trace(address, recipe, deadline, turn)
            known = known.replace(path=path)
        return known
    if attempt.phase != Phase.CONNECT or failure.cause not in _WORTH_A_TRACE:
        return known
    if known.path is None:
        path, other = yield from _survey(address, recipe, deadline, turn)
        known = known.replace(path=path, control=other)
    if failure.cause == Cause.REFUSED and failure.icmp is None:
        known = yield from _who_refused(known, address, recipe, deadline)
    return known


_WORTH_A_TRACE = frozenset((Cause.REFUSED, Cause.UNREACHABLE, Cause.PROHIBITED, Cause.TIMED_OUT, Cause.RESET))


def _who_refused(known: Evidence, address: Address, recipe: Recipe, deadline: float) -> Steps[Evidence]:
    """Add the TTL of a RST, and whether the control port of the host is farther away than the sender of the RST."""
    path: Path | None = known.path
    end = path.end if path is not None else None
    if end is None or end.ttl < 2:
        return known  # no router between us and the host
    wait = max(TTL_WAIT, TTL_WAITS * (end.time or 0.0))
    ttl = yield from arrival_ttl(address, recipe, end.ttl, wait, deadline)
    known = known.replace(ttl=ttl)
    other: Control | None = known.control
    if ttl is not None and other is not None and other.kind == "open":
        nearer = yield from is_nearer(address, other.port, recipe, ttl, wait, deadline)
        if nearer is not None:
            known = known.replace(control=other.replace(ttl=ttl - 1 if nearer else ttl))
    return known


def beside_silence(
    connection: Connection, address: Address, recipe: Recipe, said: bytes, now: float, deadline: float
) -> Steps[tuple[Answer, bool | None]]:
    """Wait for a late answer, and send the same bytes in small segments on another connection meanwhile.

    Returns the answer as a Receive does, and whether the small segments got through; None: unknown.
    """
    limit = min(now + SMALL_WAIT, deadline)
    children = [
        _receive(connection, limit),
        small_segments(address, recipe, said, min(limit, deadline - MARGIN)),
    ]
    at, (answer, small), _ = yield Fork(children, limit, enough=_is_an_answer)
    return answer or (at, None, Failure(Cause.TIMED_OUT)), small


def _receive(connection: Connection, deadline: float) -> Steps[Answer]:
    yield Await(connection, deadline)
    answer = yield Receive(connection, deadline)
    return answer


def _is_an_answer(value: Any) -> bool:
    return isinstance(value, tuple) and (value[2] is None or value[2].cause != Cause.TIMED_OUT)


def small_segments(address: Address, recipe: Recipe, data: bytes, deadline: float) -> Steps[bool | None]:
    """Whether the same bytes get through in small segments on another connection; None: unknown."""
    now, allowed, _ = yield Allow(None, 1, deadline)
    if not allowed or now + LEAST_SMALL_WAIT > deadline:
        return None
    _, connection, failure = yield Connect(address, recipe, deadline, SynOptions(segment=SMALL_SEGMENT))
    if failure is not None:
        return None
    _, _, failure = yield Send(connection, data, deadline)
    passed = False
    pause = 0.02
    while failure is None and now < deadline:
        now, _, _ = yield Pause(min(now + pause, deadline))
        pause *= 2
        _, tcp, _ = yield Inspect(connection)
        if tcp is None or tcp.acked is None:
            break
        # bytes_acked counts the SYN as one.
        if tcp.acked > len(data):
            passed = True
            break
    yield Close(connection, reset=True)
    return passed
