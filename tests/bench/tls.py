# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""tls: a check's time for a verified handshake compared with `openssl s_client`, and the cost of a whole process."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from support.listener_process import until
from support.minting import Authority

from .figure import Figure
from .process import CHECK, cpu, environment, going_first
from .relay import HOST, relaying

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HANDSHAKE_GOAL = 1.5
PROCESS_GOAL = 1.2

PAIRS = 40
RSA_PAIRS = 15
NAME = "localhost"

_OURS = "check_tcp_health --tls"
_FLOOR = "python -c 'import ssl, nagiosplugin' and a blocking handshake"
_S_CLIENT = "openssl s_client"

_BLOCKING = """
import socket, ssl, sys
import nagiosplugin
context = ssl.create_default_context(cafile=sys.argv[1])
with socket.create_connection(("127.0.0.1", int(sys.argv[2]))) as sock:
    with context.wrap_socket(sock, server_hostname=sys.argv[3]) as tls:
        tls.getpeercert()
"""


def figures(pairs: int = PAIRS, rsa_pairs: int = RSA_PAIRS) -> Iterator[Figure]:
    """The ratio of the check's handshake to that of s_client, and of its process to one with only a handshake."""
    if shutil.which("openssl") is None:
        raise RuntimeError("openssl is missing: make engines installs it")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), "ec") as (port, ca):
        with serving(Path(folder), "rsa2048") as (rsa_port, rsa_ca), going_first():
            rsa = _Handshakes(rsa_port, rsa_ca, rsa_pairs)
        with going_first() as priority:
            ec = _Handshakes(port, ca, pairs)
        yield _handshake(ec, rsa, priority)
        yield _process(port, ca, pairs)


@contextmanager
def serving(folder: Path, key: str) -> Iterator[tuple[int, str]]:
    """`openssl s_server` on a free port of loopback, TLS 1.3, with a certificate for this kind of key: port, and trusted authority.

    It serves one client after another, and presents an intermediate's certificate, as most servers do.
    """
    folder = folder / key
    folder.mkdir()
    middle = Authority("Bench CA").intermediate("Bench Intermediate")
    files = middle.leaf((NAME,), key=key).write(folder)
    between = folder / "intermediate.pem"
    between.write_bytes(middle.pem)
    log = folder / "log"
    command = ["openssl", "s_server", "-accept", f"{HOST}:0", "-www", "-tls1_3"]
    command += ["-cert", str(files.chain), "-key", str(files.key), "-cert_chain", str(between)]
    # The server has the same priority as its clients: other programs must not run between their flights.
    with log.open("wb") as output, going_first():
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment()
        )
    try:
        if not until(lambda: "ACCEPT " in log.read_text(), process=server):
            raise RuntimeError(f"openssl s_server does not begin: {log.read_text()}")
        line = log.read_text().partition("ACCEPT ")[2].split()[0]
        yield int(line.rpartition(":")[2]), str(files.ca)
    finally:
        server.terminate()
        server.wait()


class _Handshakes:
    """Seconds of alternating handshakes, all of them through the same relay.

    told      the check's own figure: from before its ClientHello to the end of the handshake
    ours      between the check's flights, as the relay saw them
    s_client  between the flights of s_client
    """

    def __init__(self, port: int, ca: str, pairs: int) -> None:
        self.told: list[float] = []
        self.ours: list[float] = []
        self.s_client: list[float] = []
        with relaying(port) as relay:
            clients = (
                _s_client(relay.port, ca),
                (*_check(relay.port, ca), "--output", "json"),
            )
            for turn in range(-1, pairs):
                for place in (0, 1) if turn % 2 else (1, 0):
                    output = _output(clients[place])
                    seconds = relay.handshake()
                    if turn < 0:
                        continue  # the first start compiles and caches, which is no part of a check
                    if place:
                        self.told.append(json.loads(output)["measures"]["tls"])
                    (self.ours if place else self.s_client).append(seconds)

    @property
    def ratio(self) -> float:
        """The ratio of the check's figure to that of s_client, the median of the pairs."""
        return median(ours / theirs for ours, theirs in zip(self.told, self.s_client))

    def __str__(self) -> str:
        told, ours, theirs = (median(each) * 1e3 for each in (self.told, self.ours, self.s_client))
        return (
            f"medians of {len(self.told)}: reported {told:.2f} ms, between its flights {ours:.2f} ms,"
            f" between those of {_S_CLIENT} {theirs:.2f} ms"
        )


def _handshake(ec: _Handshakes, rsa: _Handshakes, priority: str) -> Figure:
    return Figure(
        "tls handshake",
        ec.ratio,
        f"times that of {_S_CLIENT}, TLS 1.3, verified, EC P-256",
        most=HANDSHAKE_GOAL,
        notes=(f"{ec}; at {priority} priority", f"RSA 2048: {rsa.ratio:.2f} times; {rsa}"),
    )


def _process(port: int, ca: str, pairs: int) -> Figure:
    commands = {
        _FLOOR: (sys.executable, "-c", _BLOCKING, ca, str(port), NAME),
        _OURS: _check(port, ca),
        _S_CLIENT: _s_client(port, ca),
    }
    for name, command in commands.items():
        # The first start compiles and caches, which is no part of a check.
        cpu(command, mute=name == _S_CLIENT)
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(pairs):
        # Forwards and backwards, so that the order favours neither.
        for name in list(commands)[:: 1 if turn % 2 else -1]:
            seconds[name].append(cpu(commands[name], mute=name == _S_CLIENT))
    ratio = median(ours / floor for ours, floor in zip(seconds[_OURS], seconds[_FLOOR]))
    shown = ", ".join(f"{name} {median(values) * 1e3:.1f} ms" for name, values in seconds.items())
    return Figure(
        "tls process",
        ratio,
        f"times {_FLOOR}, CPU",
        most=PROCESS_GOAL,
        notes=(f"medians of {pairs}: {shown}",),
    )


def _check(port: int, ca: str) -> tuple[str, ...]:
    return (*CHECK, "-H", NAME, "--address", HOST, "-p", str(port), "--tls", "--ca-file", ca)


def _s_client(port: int, ca: str) -> tuple[str, ...]:
    program = shutil.which("openssl") or ""
    verified = ("-CAfile", ca, "-verify_return_error", "-verify_hostname", NAME, "-servername", NAME)
    return (program, "s_client", "-connect", f"{HOST}:{port}", *verified, "-brief")


def _output(command: Sequence[str]) -> str:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        timeout=20,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout
