# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The evidence that is collected about a failure, as conversations. Only a failing check loads this module."""

from __future__ import annotations

from ..model.causes import Cause, Phase
from ..model.evidence import Evidence, NameServer, Path
from ..model.outcome import Failure
from ..model.recipe import Recipe, SynOptions
from ..model.target import is_literal
from ..wire.dns import answer as answer_of
from ..wire.dns import question
from ..wire.kernel import is_rejected
from .trace import Trail, arrival_ttl, control, trace
from .wants import (
    Allow,
    AskPeer,
    Await,
    Close,
    Connect,
    FindReach,
    Fork,
    Inspect,
    NameServers,
    Pause,
    ReadCounters,
    ReadHosts,
    ReadInterface,
    Receive,
    Resolve,
    Send,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..model.evidence import Control, Hop, TcpState
    from ..model.local import Counters
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

# Seconds that a failure which is known may wait for evidence: with the start of the program not more than 1 s.
HELD = 0.9

# Seconds that the control port has to answer: while the check waits anyway, a SYN is repeated once meanwhile; a failure
# that is known is held for less.
CONTROL_WAIT = 1.5
CONTROL_HOLDS = 0.8

# Seconds that the same bytes get in small segments. On a path that loses large segments only, they took 17 ms.
SMALL_WAIT = 0.8
LEAST_SMALL_WAIT = 0.3
SMALL_SEGMENT = 536  # RFC 9293, 3.7.1: what every IPv4 path carries

# Seconds that a repeated request has to be answered at least before it counts as unanswered, and how many times as long
# as in small segments.
LEAST_ANSWER_WAIT = 0.6
ANSWER_WAITS = 3

# Seconds until a connection without data is looked at. Its first keepalive probe is sent after 1 s, and counts as
# unanswered from 1.5 s on. The margin is for the connect.
QUIET_WAIT = 1.7
QUIET_MARGIN = 0.3

# The wait for an answer that a TTL filter may drop: at least 0.1 s, or this many times the round trip of the host.
TTL_WAIT = 0.1
TTL_WAITS = 4


class Survey:
    """The trace of the path to an address, and the test of its control port, side by side. It can be continued.

    path        the path, when the trace has ended, or None
    control     the answer of the control port, or None
    ttl         the TTL with which a RST of the address arrives, or None
    is_refused  whether the address answers with a RST, whose sender is to be found
    """

    def __init__(self, address: Address, recipe: Recipe, is_refused: bool = False) -> None:
        self._address = address
        self._recipe = recipe
        self.is_refused = is_refused
        self._trail = Trail()
        self._measured = self._measured_control = False
        self.path: Path | None = None
        self.control: Control | None = None
        self.ttl: int | None = None

    def run(self, deadline: float, turn: float, wait: float) -> Steps[None]:
        """Collect what is not known yet; ``wait`` is the seconds that the control port has to answer."""
        now, _value, _failure = yield Pause(0.0)
        children: list[Conversation] = []
        if self.path is None:
            children.append(self._trace(deadline, turn))
        if self.control is None and self._recipe.control_port is not None:
            children.append(self._test(self._recipe.control_port, min(now + wait, deadline), deadline))
        if children:
            yield Fork(children, deadline)
        yield from self._measure(deadline)

    def _trace(self, deadline: float, turn: float) -> Steps[None]:
        self.path = yield from trace(self._address, self._recipe, deadline, turn, self._trail)
        yield from self._measure(deadline)

    def _test(self, port: int, limit: float, deadline: float) -> Steps[None]:
        self.control = yield from control(self._address, port, self._recipe, limit)
        yield from self._measure(deadline)

    def _measure(self, deadline: float) -> Steps[None]:
        """Find the TTLs of a RST and of the control port's answers, each once its answer and the path are known."""
        end = self.path.end if self.path is not None else None
        if not self.is_refused or end is None or end.ttl < _BEYOND_A_ROUTER:
            return
        children: list[Conversation] = []
        if not self._measured:
            self._measured = True
            children.append(self._measure_rst(end, deadline))
        known = self.control
        if known is not None and known.kind == "open" and not self._measured_control:
            self._measured_control = True
            children.append(self._measure_control(known, end, deadline))
        if children:
            yield Fork(children, deadline)

    def _measure_rst(self, end: Hop, deadline: float) -> Steps[None]:
        self.ttl = yield from arrival_ttl(self._address, self._recipe, end.ttl, _ttl_wait(end), deadline)

    def _measure_control(self, known: Control, end: Hop, deadline: float) -> Steps[None]:
        other = self._address.replace(port=known.port)
        ttl = yield from arrival_ttl(other, self._recipe, end.ttl, _ttl_wait(end), deadline)
        self.control = known.replace(ttl=ttl)

    def added_to(self, known: Evidence) -> Evidence:
        """Return evidence with what the survey has found."""
        return known.replace(path=self.path, control=self.control, ttl=self.ttl)


# The least distance of a host with a router before it, which could send a RST in its name.
_BEYOND_A_ROUTER = 2


def _ttl_wait(end: Hop) -> float:
    return max(TTL_WAIT, TTL_WAITS * (end.time or 0.0))


def beside_connect(
    connection: Connection, address: Address, recipe: Recipe, deadline: float
) -> Steps[tuple[Answer, Evidence]]:
    """Wait for a connect whose first SYN was not answered, and collect evidence meanwhile.

    Returns the answer of the connect, and the Evidence. A late SYN-ACK ends the trace at once; after another answer the
    trace may finish.
    """
    end = deadline - MARGIN
    before = yield from _own_facts(Evidence(), address, recipe)
    _at, counters, _failure = yield ReadCounters()
    survey = Survey(address, recipe)
    children = [_await(connection, deadline), survey.run(end, end, CONTROL_WAIT)]
    at, (answer, _unused1), _failure = yield Fork(children, deadline, enough=_has_ended)
    if answer is None:
        answer = at, None, None
    failure = answer[2]
    if failure is None:
        return answer, survey.added_to(before)
    if failure.cause != Cause.TIMED_OUT:
        survey.is_refused = failure.cause == Cause.REFUSED and failure.icmp is None
        held = min(answer[0] + HELD, end)
        yield from survey.run(held, held, CONTROL_HOLDS)
    known = survey.added_to((yield from _own_facts(before, address, recipe)))
    return answer, (yield from counted(known, counters))


def _await(connection: Connection, deadline: float) -> Steps[Answer]:
    answer = yield Await(connection, deadline)
    return answer


def _has_ended(value: Any) -> bool:
    """Whether a connect has an answer: a survey returns None."""
    return value is not None and (value[2] is None or value[2].cause != Cause.TIMED_OUT)


def _own_facts(known: Evidence, address: Address, recipe: Recipe) -> Steps[Evidence]:
    """Add the route to an address, the neighbour there, and the interface.

    A neighbour that has not answered is kept: the kernel removes its entry when it has failed, and asks again.
    """
    _at, reach, _failure = yield FindReach(address, recipe)
    earlier = known.reach
    if earlier is not None and earlier.neighbour is not None and earlier.neighbour.is_missing:
        neighbour = reach.neighbour if reach is not None else None
        if neighbour is None or not neighbour.is_missing:
            reach = earlier
    name = reach.route.interface if reach is not None else None
    interface = None
    if name is not None:
        _at, interface, _failure = yield ReadInterface(name)
    return known.replace(reach=reach or earlier, interface=interface or known.interface)


def counted(known: Evidence, before: Counters | None) -> Steps[Evidence]:
    """Add what this host has counted since an earlier reading."""
    if before is None:
        return known
    _at, after_it, _failure = yield ReadCounters()
    return known.replace(counters=after_it.since(before)) if after_it is not None else known


def beside_lookup(target: Target, recipe: Recipe, deadline: float) -> Steps[tuple[Answer, Evidence | None]]:
    """Wait for a lookup without an answer so far, and send a DNS query of our own meanwhile.

    Returns the answer of the lookup, and the Evidence.
    """
    children = [_look_up(target, recipe, deadline), ask_name_server(target, recipe, deadline - MARGIN)]
    at, (answer, evidence), _failure = yield Fork(children, deadline, enough=_is_resolved)
    return answer or (at, None, None), evidence


def _look_up(target: Target, recipe: Recipe, deadline: float) -> Steps[Answer]:
    answer = yield Resolve(target, recipe, deadline)
    return answer


def _is_resolved(value: Any) -> bool:
    return isinstance(value, tuple)


def ask_name_server(target: Target, recipe: Recipe, deadline: float) -> Steps[Evidence | None]:
    """Query the first name server of the system for the target's name; returns the Evidence about it, or None."""
    began, servers, _failure = yield NameServers()
    if not servers or began >= deadline:
        return None
    identity = int(began * 1e6)
    try:
        query = question(target.host or "", identity, recipe.family)
    except ValueError:
        return None
    address = servers[0]
    limit = min(began + QUERY_WAIT, deadline)
    now, connection, failure = yield Connect(address, _PLAIN, limit)
    if failure is None:
        now, _value, failure = yield Send(connection, query, limit)
    answer = None
    while failure is None and answer is None:
        now, data, failure = yield Receive(connection, limit)
        if failure is None:
            answer = answer_of(data, identity)
    if connection is not None:
        yield Close(connection)
    if failure is not None:
        # Without a socket there was no query. An interface without carrier takes no packet (ENOBUFS with IP_RECVERR).
        if connection is None and failure.cause == Cause.LOCAL_LIMIT:
            return None
        if failure.cause == Cause.TIMED_OUT and now - began < LEAST_QUERY_WAIT:
            return None
        answer = {Cause.PORT_UNREACHABLE: "closed", Cause.REFUSED: "closed", Cause.TIMED_OUT: "silent"}.get(
            failure.cause, "unreachable"
        )
    error, icmp = (failure.error, failure.icmp) if failure is not None else ("", None)
    if icmp is not None:
        answer = "rejected" if is_rejected(icmp) else "unreachable"
    known = Evidence(name_server=NameServer(address.text, answer or "malformed", error, icmp))
    known = yield from _own_facts(known, address, _PLAIN)
    if answer == "silent" and not address.text.startswith("127."):
        # Its host, or a router before it, may answer a SYN: then the path is not what is silent.
        path = yield from trace(address, _SYNS, deadline, min(now + TURN_WAIT, deadline))
        known = known.replace(path=path)
    return known


# Without the source address of the check, as the system's resolver does it.
_PLAIN, _SYNS = Recipe(network="udp", trace="failure"), Recipe()


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
    failure, address = attempt.failure, attempt.address
    now, _value, _failure = yield Pause(0.0)
    if recipe.trace == "never":
        return known
    if failure is not None and attempt.phase == Phase.RESOLVE:
        if failure.cause == Cause.RESOLVER_FAILED and known.name_server is None and now < deadline:
            asked = yield from ask_name_server(target, recipe, deadline)
            return asked or known
        return known
    if address is None or not address.family:
        return known
    if failure is not None and failure.cause in _OF_THE_PATH:
        known = yield from _own_facts(known, address, recipe)
        if (
            attempt.phase == Phase.CONNECT
            and target.host
            and not target.address
            and not is_literal(target.host)
        ):
            _at, entry, _failure = yield ReadHosts(target.host)
            known = known.replace(hosts=entry if entry is not None and entry.addresses else None)
    if recipe.network != "tcp" or now >= deadline:
        return known
    turn = min(now + TURN_WAIT, deadline)
    if failure is None:
        # The host answers: a trace would break a connection to it.
        if known.path is None and not recipe.broken_counts:
            path = yield from trace(address, recipe, deadline, turn)
            known = known.replace(path=path)
        return known
    if attempt.phase != Phase.CONNECT or failure.cause not in _WORTH_A_TRACE:
        return known
    survey = Survey(address, recipe, failure.cause == Cause.REFUSED and failure.icmp is None)
    survey.path, survey.control, survey.ttl = known.path, known.control, known.ttl
    yield from survey.run(deadline, turn, CONTROL_WAIT if failure.cause == Cause.TIMED_OUT else CONTROL_HOLDS)
    return survey.added_to(known)


_WORTH_A_TRACE = frozenset((Cause.REFUSED, Cause.UNREACHABLE, Cause.PROHIBITED, Cause.TIMED_OUT, Cause.RESET))
_OF_THE_PATH = _WORTH_A_TRACE | {Cause.NO_ROUTE, Cause.PORT_UNREACHABLE}


def beside_silence(
    connection: Connection, address: Address, recipe: Recipe, request: Request, tcp: TcpState, deadline: float
) -> Steps[tuple[Answer, bool | None, TcpState | None]]:
    """Wait for a late answer, and test other connections meanwhile, as far as the state of this one asks for them.

    Returns the answer as a Receive does, whether small segments get through where others do not (None: unknown), and the
    state of a connection on which nothing is sent (None: not tried).
    """
    now, _value, _failure = yield Pause(0.0)
    lost = tcp.unacked > 0 and tcp.retransmits > 0
    small: Conversation | None = None
    quiet: Conversation | None = None
    limit = now
    end = deadline - MARGIN
    if not recipe.broken_counts:
        if lost:
            limit = now + QUIET_WAIT + QUIET_MARGIN
            quiet = quiet_connection(address, recipe, min(limit, end))
        if lost and len(request.data) > 2 * SMALL_SEGMENT:
            limit = max(limit, now + SMALL_WAIT)
            small = small_segments(address, recipe, request.data, min(now + SMALL_WAIT, end))
        elif request.data and (tcp.acked or 0) > len(request.data):
            limit = deadline
            small = small_answer(address, recipe, request, end)
    limit = min(limit, deadline)
    children: list[Conversation] = [_receive(connection, limit), *filter(None, (small, quiet))]
    if len(children) == 1:
        return (now, None, Failure(Cause.TIMED_OUT)), None, None
    at, results, _failure = yield Fork(children, limit, enough=_is_an_answer)
    found = dict(zip([child for child in (small, quiet) if child is not None], results[1:]))
    answer = results[0] or (at, None, Failure(Cause.TIMED_OUT))
    return (
        answer,
        found[small] if small is not None else None,
        found[quiet] if quiet is not None else None,
    )


class Request:
    """What a check has sent, and may send again.

    data   the bytes, or b"": they must not be repeated
    got    how many bytes of an answer have arrived
    """

    __slots__ = ("data", "got")

    def __init__(self, data: bytes, got: int) -> None:
        self.data = data
        self.got = got


def _receive(connection: Connection, deadline: float) -> Steps[Answer]:
    yield Await(connection, deadline)
    answer = yield Receive(connection, deadline)
    return answer


def _is_an_answer(value: Any) -> bool:
    return isinstance(value, tuple) and (value[2] is None or value[2].cause != Cause.TIMED_OUT)


def quiet_connection(address: Address, recipe: Recipe, deadline: float) -> Steps[TcpState | None]:
    """Return the kernel's state of another connection on which nothing is sent; None: there was no time, or no connection.

    Only keepalive probes are sent there. They are acknowledged where a filter drops what it finds in a request, and are
    not where all segments after the handshake are lost.
    """
    now, allowed, _failure = yield Allow(None, 1, deadline)
    if not allowed or now + QUIET_WAIT > deadline:
        return None
    now, connection, failure = yield Connect(address, recipe, deadline)
    if failure is not None:
        return None
    yield AskPeer(connection)
    end = now + QUIET_WAIT
    tcp = None
    if end <= deadline:
        yield Pause(end)
        _at, tcp, _failure = yield Inspect(connection)
    yield Close(connection, reset=True)
    return tcp


def small_segments(address: Address, recipe: Recipe, data: bytes, deadline: float) -> Steps[bool | None]:
    """Whether the same bytes get through in small segments on another connection; None: unknown."""
    now, allowed, _failure = yield Allow(None, 1, deadline)
    if not allowed or now + LEAST_SMALL_WAIT > deadline:
        return None
    _at, connection, failure = yield Connect(address, recipe, deadline, SynOptions(segment=SMALL_SEGMENT))
    if failure is not None:
        return None
    _at, _value, failure = yield Send(connection, data, deadline)
    passed = False
    pause = 0.02
    while failure is None and now < deadline:
        now, _value, _failure = yield Pause(min(now + pause, deadline))
        pause *= 2
        _at, tcp, _failure = yield Inspect(connection)
        if tcp is None or tcp.acked is None:
            break
        # bytes_acked counts the SYN as one.
        if tcp.acked > len(data):
            passed = True
            break
    yield Close(connection, reset=True)
    return passed


def small_answer(address: Address, recipe: Recipe, request: Request, deadline: float) -> Steps[bool | None]:
    """Whether a request is answered in small segments, and not in segments of the usual size; None: unknown.

    The size that we announce (TCP_MAXSEG) bounds what the other side sends. A service that answers in segments of the
    usual size too was only slow the first time.
    """
    small, took = yield from _is_answered(
        address, recipe, request, deadline, SynOptions(segment=SMALL_SEGMENT)
    )
    if not small:
        return None if small is None or took < LEAST_ANSWER_WAIT else False
    now, _value, _failure = yield Pause(0.0)
    wait = max(LEAST_ANSWER_WAIT, ANSWER_WAITS * took)
    usual, took = yield from _is_answered(address, recipe, request, min(now + wait, deadline), None)
    return True if usual is False and took > wait / 2 else None


def _is_answered(
    address: Address, recipe: Recipe, request: Request, deadline: float, options: SynOptions | None
) -> Steps[tuple[bool | None, float]]:
    """Whether more than the first connection received arrives on another one; None: unknown. Also returns the seconds."""
    began, allowed, _failure = yield Allow(None, 1, deadline)
    if not allowed:
        return None, 0.0
    now, connection, failure = yield Connect(address, recipe, deadline, options)
    if failure is not None:
        return None, 0.0
    now, _value, failure = yield Send(connection, request.data, deadline)
    # A segment that was too large for the path has more bytes than a small one.
    lacking = request.got + SMALL_SEGMENT + 1
    while failure is None and lacking > 0:
        now, data, failure = yield Receive(connection, deadline)
        if failure is None and not data:
            break
        lacking -= len(data or b"")
    yield Close(connection, reset=True)
    ended = failure is not None and failure.cause != Cause.TIMED_OUT
    return (None if lacking > 0 and ended else lacking <= 0), now - began
