# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Combinations of a fault, -t, retries and a control port, drawn from a seed; what they expect follows from the fault."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from .faults import CONNECT, CRITICAL, EVERYTHING, IN_ITS_NAME, REQUEST, UNANSWERED, UNKNOWN
from .nouns import CLIENT, SERVER, Dead, Filter, Injection, Loop, NoRoute, Row
from .november import ARP, AT_ONCE, HANGS, OFF_OR_LINK, OWN_LINK

MANY = 10
"""Combinations per run."""

SECONDS = (2, 3, 4, 5, 6, 8, 10)
RETRIES = (0, 0, 1, 2)
STATES = ("", "", ":UNKNOWN")
"""The state that -t N:STATE leads to. A cause that is known is never a timeout."""

CONTROLS = ("none", "open", "closed", "silent")

PAUSE = 1.0
"""--retry-delay."""

EXTRA = 1.4
"""What an attempt may take beyond its cause: a second for trace and control port, and what a busy machine adds."""


@dataclass(frozen=True)
class Kind:
    """A fault that combinations are drawn from.

    row     its row: command, injections, expected diagnosis
    known   seconds after which each attempt knows its cause; None: only when its time is up
    least   seconds that each attempt needs for this diagnosis
    """

    row: Row
    known: float | None
    least: float = 1.0


_NO_ANSWER = Row("drawn-dropped", "the host drops in silence", CONNECT, UNANSWERED, CRITICAL,
                 inject=(Filter(SERVER, "input", EVERYTHING),))  # fmt: skip

KINDS = (
    Kind(_NO_ANSWER, None, 1.5),
    Kind(
        replace(_NO_ANSWER, name="drawn-syn-ack-dropped", fault="the SYN-ACK is dropped on the way back",
                inject=(Filter("router1", "forward", "tcp flags & (syn|ack) == (syn|ack) tcp sport {port}"),)),
        None, 1.5,
    ),
    Kind(
        Row("drawn-prohibited", "router 1 says prohibited", CONNECT, ("firewall",), CRITICAL, box="router1",
            inject=(Filter("router1", "forward", EVERYTHING, "reject with icmp type admin-prohibited"),)),
        0.0,
    ),
    Kind(
        Row("drawn-port-unreachable", "the last router says port unreachable", CONNECT, ("firewall",), CRITICAL,
            box="last", inject=(Filter("last", "forward", EVERYTHING, "reject with icmp type port-unreachable"),)),
        0.0,
    ),
    Kind(Row("drawn-closed", "nothing listens", CONNECT, IN_ITS_NAME, CRITICAL, service="none"), 0.0),
    Kind(
        Row("drawn-no-route", "route missing at router 2", CONNECT, ("network",), CRITICAL, box="router2",
            inject=(NoRoute("router2"),)),
        0.0,
    ),
    Kind(Row("drawn-no-route-here", "no route here", CONNECT, ("local",), UNKNOWN, inject=(NoRoute(CLIENT),)), 0.0),
    Kind(
        Row("drawn-off", "the host is off", CONNECT, OFF_OR_LINK, CRITICAL, box="last", warm=False,
            inject=(Dead(SERVER),)),
        3.1, ARP,
    ),
    Kind(
        Row("drawn-gateway-off", "our gateway is off", CONNECT, OWN_LINK, CRITICAL, warm=False,
            inject=(Dead("router1", "client"),)),
        3.1, ARP,
    ),
    Kind(Row("drawn-loop", "a routing loop", CONNECT, ("network",), CRITICAL, inject=(Loop(),)), 1.0, 2.0),
    Kind(Row("drawn-hangs", "a service that hangs", REQUEST, HANGS, CRITICAL, service="silent"), None, 4.0),
    Kind(
        Row("drawn-no-such-name", "no such name", "-H {unknown} -p {port} -t 5", ("dns",), CRITICAL), 0.0,
    ),
)  # fmt: skip
"""What combinations are drawn from: faults whose diagnosis needs no particular time, retry or control port."""


def drawn(seed: int) -> tuple[Row, ...]:
    """The combinations of a seed: each of another fault, as far as there are as many."""
    draw = random.Random(f"{seed}/combinations")  # noqa: S311 - repeatable on purpose
    return tuple(_combined(kind, draw) for kind in draw.sample(KINDS, min(MANY, len(KINDS))))


def _combined(kind: Kind, draw: random.Random) -> Row:
    while True:
        seconds, retries, control = draw.choice(SECONDS), draw.choice(RETRIES), draw.choice(CONTROLS)
        # Attempts share -t, and the pauses come from it too.
        if (seconds - retries * PAUSE) / (retries + 1) >= kind.least:
            break
    state = draw.choice(STATES)
    # In `more`: check_tcp has other names for states.
    more = f"-t {seconds}{state}" if state else ""
    more += f" --retries {retries}" if retries else ""
    injected: tuple[Injection, ...] = kind.row.inject
    if control != "none":
        more += f" --control-port {{{'closed' if control == 'closed' else 'control'}}}"
    if control == "silent":
        # No packet may arrive where the control port is asked only about some faults.
        injected += (Filter(SERVER, "input", "tcp dport {control}", idle=True),)
    latest = None
    if kind.known is not None:
        latest = kind.known + EXTRA + retries * (kind.known + PAUSE + EXTRA)
    return replace(
        kind.row,
        name=f"{kind.row.name}-with-t{seconds}{state.lower().replace(':', '-')}-r{retries}-{control}",
        fault=f"{kind.row.fault}, -t {seconds}{state}, {retries} retries, control port: {control}",
        command=kind.row.command.replace("-t 5", f"-t {seconds}"),
        state=UNKNOWN if state and kind.known is None else kind.row.state,
        more=more.strip(),
        inject=injected,
        latest=min(latest, seconds + AT_ONCE) if latest is not None else None,
    )
