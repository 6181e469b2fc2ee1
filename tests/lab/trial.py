# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One trial: a fresh topology, one fault, one run of a plugin in it as an unprivileged user."""

from __future__ import annotations

import contextlib
import os
import resource
import shlex
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import injections, resolver, services
from .namespaces import become_nobody, end, forbid, own_files, spawn
from .nouns import (
    FewDescriptors,
    FirstNameServer,
    Lacks,
    Later,
    Paused,
    Pinned,
    Resolver,
    SlowLink,
    UnixSocket,
)
from .plan import Plan
from .topology import SECONDS, Topology

if TYPE_CHECKING:
    from .nouns import Row

PYTHON = "/usr/bin/python3"
C_PLUGIN = "/usr/lib/nagios/plugins/check_tcp"

SYN_SENT = "02"  # as /proc/net/tcp has it

PATIENCE = 10.0
"""The timeout in seconds of the laboratory's own operations, which take milliseconds."""

OVERTIME = 20.0
"""Seconds after a plugin's own limit when it is killed and counts as failed."""


class Trial:
    """A plugin's output, its exit code, its wall time in seconds, and the packets that each injected rule matched."""

    def __init__(self, out: str, err: str, code: int, seconds: float, bites: list[int]) -> None:
        self.out = out
        self.err = err
        self.code = code
        self.seconds = seconds
        self.bites = bites


def words_for(row: Row, plan: Plan, ours: bool, installed: Path = Path()) -> list[str]:
    """The arguments of the command line, without the program."""
    places = {**plan.placeholders(), "pki": str(installed), "socket": str(_socket(installed, row))}
    words = shlex.split(row.command) + (shlex.split(row.more) if ours else [])
    return [word.format(**places) for word in words]


def ours(row: Row, seed: int, installed: Path) -> Trial:
    """Run check_tcp_health on a row."""
    plan = Plan(seed, row.name)
    program = [PYTHON, "-ESs", str(installed / "check_tcp_health"), "--output", "json"]
    return _try(row, plan, [*program, *words_for(row, plan, True, installed)], installed)


def theirs(row: Row, seed: int, installed: Path) -> Trial:
    """Run the C plugin on a row, in a topology of its own: the routers' ICMP tokens are not shared."""
    plan = Plan(seed, row.name)
    return _try(row, plan, [C_PLUGIN, *words_for(row, plan, False, installed)], installed)


def _try(row: Row, plan: Plan, command: list[str], installed: Path) -> Trial:
    with contextlib.ExitStack() as exits:
        topology = _built(row, plan, exits)
        held = _staffed(topology, row, installed, exits)
        held += [
            _unix(each.kind, _socket(installed, row), exits)
            for each in row.inject
            if isinstance(each, UnixSocket)
        ]
        exits.callback(held.clear)
        if row.warm:
            _warm_up(topology, row)
        injections.inject(topology, row.inject)
        for each in row.inject:
            if isinstance(each, Later):
                exits.callback(end, [spawn(_later, topology, each)])
        trial = _run(topology, row, command, installed)
        trial.bites = injections.bites(topology, row.inject)
        return trial


def _later(topology: Topology, later: Later) -> None:
    time.sleep(later.seconds)
    injections.inject(topology, (later.fault,))


def _built(row: Row, plan: Plan, exits: contextlib.ExitStack) -> Topology:
    seconds = next((each.seconds for each in row.inject if isinstance(each, SlowLink)), SECONDS)
    topology = Topology(plan, seconds)
    exits.callback(end, topology.processes)
    return topology


def _socket(installed: Path, row: Row) -> Path:
    """The path of a trial's Unix socket: short, because the kernel takes 107 bytes."""
    return installed / f"{row.name}-{os.getpid()}.socket"


def _unix(kind: str, path: Path, exits: contextlib.ExitStack) -> list[socket.socket]:
    """Make a Unix socket of a kind."""
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(str(path))
    path.chmod(0o600 if kind == "closed" else 0o666)
    if kind == "refused":
        return []
    sock.listen(0 if kind == "full" else 8)
    if kind == "greets":
        exits.callback(end, [spawn(services.serve, sock, "greet", path.parent)])
    held = [sock]
    if kind == "full":
        held.append(socket.socket(socket.AF_UNIX))
        held[1].connect(str(path))
    return held


def _staffed(topology: Topology, row: Row, pki: Path, exits: contextlib.ExitStack) -> list[Any]:
    """Start the servers and the name server; returns what must be kept for as long as they are to run."""
    plan = topology.plan
    kept: list[Any] = []
    topology.boxes["server"].enter()
    for port, behaviour in ((plan.port, row.service), (plan.control, "greet")):
        if behaviour == "none":
            continue
        sock = services.listening(port, behaviour)
        kept.append(sock)
        if behaviour == "full":
            kept += services.filled(plan.host, port)
        else:
            exits.callback(end, [spawn(services.serve, sock, behaviour, pki)])
    if row.uses_near:
        topology.boxes["router1"].enter()
        for port in (plan.port, plan.control):
            kept.append(services.listening(port, "greet"))
            exits.callback(end, [spawn(services.serve, kept[-1], "greet", pki)])
    server = _name_server(row)
    if server.behaviour != "closed":
        topology.boxes["client" if server.address == "client" else "router1"].enter()
        sock53 = resolver.bound(plan.placeholders()[server.address])
        kept.append(sock53)
        exits.callback(end, [spawn(resolver.answer, sock53, plan.names, server.behaviour)])
    return kept


def _name_server(row: Row) -> Resolver:
    return next((each for each in row.inject if isinstance(each, Resolver)), Resolver("answer"))


def _warm_up(topology: Topology, row: Row) -> None:
    """A healthy check a moment ago, of every address: all boxes know their neighbours.

    It ends with resets that the server has seen: the kernel would repeat a FIN that is in flight when the fault is injected,
    and the ICMP answers to it would use up tokens that the routers need.
    """
    plan = topology.plan
    topology.boxes["client"].enter()
    socks = []
    near = (plan.near,) if row.uses_near else ()
    for address in (plan.host, *plan.wires[-1].others, plan.host6, *near):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.setblocking(False)
        sock.connect_ex((address, plan.control))
        socks.append(sock)
    for sock in socks:
        sock.settimeout(PATIENCE)
        if not sock.recv(100):
            raise RuntimeError("the laboratory does not work: no greeting from the control port")
    for sock in socks:
        sock.close()
    topology.boxes["server"].enter()
    ended = time.monotonic() + PATIENCE
    while _connections(plan.control):
        if time.monotonic() > ended:
            raise RuntimeError("the laboratory does not work: the control port's connections do not end")
        time.sleep(0.005)


def _connections(port: int) -> int:
    """How many connections to a port this namespace has, in any state except LISTEN."""
    lines = Path("/proc/self/net/tcp6").read_text(encoding="ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    return sum(1 for each in fields if each[1].endswith(f":{port:04X}") and each[3] != "0A")


def _in_state(state: str) -> bool:
    """Whether a connection of this namespace is in a state."""
    lines = Path("/proc/self/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return any(line.split()[3] == state for line in lines)


def _pause(process: int, pause: Paused) -> None:
    """Stop a process once it connects, and let it go on; from a process that the check does not wait for."""
    if os.fork():
        return
    try:
        os.closerange(0, 256)
        ended = time.monotonic() + PATIENCE
        while not _in_state(SYN_SENT) and time.monotonic() < ended:
            time.sleep(0.01)
        os.kill(process, signal.SIGSTOP)
        time.sleep(pause.seconds)
        os.kill(process, signal.SIGCONT)
    finally:
        os._exit(0)


def _run(topology: Topology, row: Row, command: list[str], installed: Path) -> Trial:
    plan = topology.plan
    limit = next((each.limit for each in row.inject if isinstance(each, FewDescriptors)), None)
    pinned = [each for each in row.inject if isinstance(each, Pinned)]
    places = plan.placeholders()
    hosts = "".join(f"{places[each.address]} {places[each.name]}\n" for each in pinned)
    pause = next((each for each in row.inject if isinstance(each, Paused)), None)
    first = [each.address for each in row.inject if isinstance(each, FirstNameServer)]
    name_servers = [places[each] for each in (*first, _name_server(row).address)]
    lacking = [facility for each in row.inject if isinstance(each, Lacks) for facility in each.facilities]
    files = {
        "/etc/resolv.conf": "".join(f"nameserver {each}\n" for each in name_servers),
        "/etc/hosts": "127.0.0.1 localhost\n" + hosts,
        "/etc/nsswitch.conf": "hosts: files dns\n",
    }

    def enter() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        topology.boxes["client"].enter()
        own_files(files, installed / "mount")
        if pause is not None:
            _pause(os.getpid(), pause)
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        become_nobody()
        forbid(lacking)

    began = time.monotonic()
    most = row.limit + OVERTIME
    try:
        done = subprocess.run(
            command,
            env={},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=most,
            preexec_fn=enter,  # safe: this process has one thread
        )
    except subprocess.TimeoutExpired:
        return Trial("", f"killed after {most:g} s", -1, most, [])
    return Trial(done.stdout, done.stderr, done.returncode, time.monotonic() - began, [])
