# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A running server: its ports by service name, and its processes, to be stopped, continued and killed by their ids."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Callable

from real.daemon import Daemon, NotReadyError, account, group, listens, wait_until
from real.processes import family, signal_family, signal_process
from real.relay import is_accepted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

READY = 20.0
"""Seconds in which a server must accept its first connection; on an idle machine the slowest needs about two."""

HELD = 5.0
"""Seconds in which a server must accept a connection that only occupies it."""

SILENT = 0.2
"""Seconds after which a silent server counts as waiting for the client, and has noticed closed connections."""

MOST = 100
"""How many connections are held at most."""

PORTS = range(20000, 32768)
"""Where servers listen: below the ports that Linux gives to outgoing connections, which could take them first."""

taken: set[int] = set()
lock = threading.Lock()


class Server(Mapping[str, int]):
    """The value of a server's context manager: a mapping of its ports, with methods for its processes."""

    def __init__(self, daemon: Daemon, ports: Mapping[str, int]) -> None:
        self.daemon = daemon
        self.ports = dict(ports)

    def __getitem__(self, name: str) -> int:
        return self.ports[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.ports)

    def __len__(self) -> int:
        return len(self.ports)

    @property
    def pid(self) -> int:
        """The first process of the server; the others descend from it."""
        if self.daemon.process is None:
            raise NotReadyError(f"{self.daemon.command[0]} was not started")
        return self.daemon.process.pid

    def stop(self) -> None:
        """Stop all its processes: the kernel still accepts connections, and acknowledges data."""
        signal_family(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Continue all its processes."""
        signal_family(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Kill all its processes at once, so that no process can close its connections."""
        self.stop()
        signal_family(self.pid, signal.SIGKILL)


Start = Callable[[], "AbstractContextManager[Server]"]


@contextlib.contextmanager
def running(command: Sequence[str], folder: Path, ports: Mapping[str, int]) -> Iterator[Server]:
    """Run COMMAND while the body runs, which begins when all PORTS accept connections; end every process."""
    with Daemon(command, folder / "console.log") as daemon:
        server = Server(daemon, ports)
        try:
            for name, port in ports.items():
                daemon.wait_until(functools.partial(listens, port), READY, f"{name} on port {port}")
            yield server
        finally:
            server.go_on()
            members = family(server.pid)
            daemon.end()
            # Those with a session of their own, such as the children of PostgreSQL, if they did not end with it.
            for each in members:
                signal_process(each, signal.SIGKILL)


@contextlib.contextmanager
def together(starts: Mapping[str, Start]) -> Iterator[dict[str, Server]]:
    """Start several servers in parallel and yield them by name; an exception of one ends them all."""
    managers = {name: start() for name, start in starts.items()}
    with ThreadPoolExecutor(len(starts) or 1) as pool, contextlib.ExitStack() as exits:
        entering = {name: pool.submit(manager.__enter__) for name, manager in managers.items()}

        def leave() -> None:
            begun = [managers[name] for name, future in entering.items() if future.exception() is None]
            for leaving in [pool.submit(manager.__exit__, None, None, None) for manager in begun]:
                leaving.result()

        exits.callback(leave)
        yield {name: future.result() for name, future in entering.items()}


def free_ports(*names: str) -> dict[str, int]:
    """Return a free port of 127.0.0.1 for each of NAMES, each port only once in this process."""
    return {name: free_port() for name in names}


def free_port() -> int:
    """Return a port without a listener, outside of the range of outgoing connections."""
    with lock:
        # Another process begins elsewhere in the range.
        offset = (os.getpid() * 61 + len(taken)) % len(PORTS)
        order: list[int] = [*PORTS[offset:], *PORTS[:offset]]
        for port in order:
            if port not in taken and is_free(port):
                taken.add(port)
                return port
    raise NotReadyError(f"no free port from {PORTS.start} to {PORTS.stop - 1}")


def is_free(port: int) -> bool:
    """Return whether a socket can be bound to PORT."""
    with contextlib.suppress(OSError), socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return True
    return False


def run_as(wanted: str) -> list[str]:
    """Return the prefix of a command that runs as the user WANTED; empty without root."""
    if os.geteuid() != 0:
        return []
    user = account(wanted)
    return ["setpriv", "--reuid", user, "--regid", group(user), "--init-groups", "--"]


@contextlib.contextmanager
def crowded(port: int, refusal: bytes, opening: bytes = b"") -> Iterator[None]:
    """Hold connections to PORT while the body runs, as many as it accepts before it refuses further ones with REFUSAL.

    An empty REFUSAL means a server that closes without an answer. OPENING is sent to servers that do not greet.
    """
    with contextlib.ExitStack() as exits:
        refused = 0
        for _ in range(MOST):
            held = exits.enter_context(socket.create_connection(("127.0.0.1", port), timeout=HELD))
            heard = first_words(held, opening)
            if heard is None or not (heard.startswith(refusal) if refusal else heard == b""):
                refused = 0
                continue
            # A single refusal may be due to an earlier connection that is not yet closed.
            refused += 1
            if refused == 2:
                break
            time.sleep(SILENT)
        else:
            raise NotReadyError(f"port {port} takes {MOST} connections and turns nobody away")
        yield


def first_words(connection: socket.socket, opening: bytes) -> bytes | None:
    """Return the first bytes of a server, after our OPENING; empty if it closes, None if it sends nothing."""
    wait_until(functools.partial(is_accepted, connection), HELD, "a connection is taken")
    connection.settimeout(SILENT)
    try:
        connection.sendall(opening)
        return connection.recv(100)
    except socket.timeout:
        return None
    except OSError:
        return b""
