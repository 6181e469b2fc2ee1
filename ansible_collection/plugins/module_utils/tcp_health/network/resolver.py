# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Name lookups in daemon threads. One that hangs does not block the process. Identical lookups share one thread."""

from __future__ import annotations

import errno
import os
import socket

from ..model.causes import Cause
from ..model.outcome import Failure
from ..model.target import Address
from .errors import failure_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections import deque
    from typing import Any

# A dozen lookups that hang already show that the resolver does not answer, so more than 32 threads are no use.
RESOLVER_THREADS = 32


_GAI_CAUSES = {
    socket.EAI_NONAME: Cause.NAME_UNKNOWN,
    socket.EAI_AGAIN: Cause.RESOLVER_FAILED,
    socket.EAI_FAIL: Cause.RESOLVER_FAILED,
    socket.EAI_MEMORY: Cause.LOCAL_LIMIT,
    socket.EAI_FAMILY: Cause.NO_ADDRESS,
}
for _name in ("EAI_NODATA", "EAI_ADDRFAMILY"):  # glibc has them, the BSDs do not
    if hasattr(socket, _name):
        _GAI_CAUSES[getattr(socket, _name)] = Cause.NO_ADDRESS


# Failures that may have passed at the next lookup.
_PASSING = (Cause.LOCAL_LIMIT, Cause.RESOLVER_FAILED)


class Lookup:
    """A pending name lookup. When it has ended, result is its addresses or a Failure."""

    __slots__ = ("port", "result", "task")

    def __init__(self, port: int) -> None:
        self.port = port
        self.result: tuple[Address, ...] | Failure | None = None
        self.task: Any = None


class Resolver:
    """Name lookups in daemon threads. One that hangs does not block the process. Identical lookups share one thread.

    kept  the maximum number of results that are kept, the newest; 0: each lookup asks the name service again
    """

    def __init__(self, kept: int = 0) -> None:
        import threading
        from collections import deque

        self._lock = threading.Condition()
        self._asked: deque[tuple[str, int]] = deque()
        self._done: deque[tuple[tuple[str, int], tuple[Address, ...] | Failure]] = deque()
        self._waiting: dict[tuple[str, int], list[Lookup]] = {}
        self._kept: dict[tuple[str, int], tuple[Address, ...] | Failure] = {}
        self._most_kept = kept
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._thread = threading.Thread
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self.fileno = self._reader.fileno()

    def ask(self, host: str, port: int, family: int) -> Lookup | tuple[Address, ...] | Failure:
        """Begin a lookup, or share an identical one that is running; return the result if it is kept."""
        key = host, family
        known = self._kept.get(key)
        if known is not None:
            return _with_port(known, port)
        waiter = Lookup(port)
        shared = self._waiting.get(key)
        if shared is not None:
            shared.append(waiter)
            return waiter
        with self._lock:
            if self._idle <= len(self._asked) and len(self._threads) < RESOLVER_THREADS:
                thread = self._thread(target=self._work, name="resolver", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # the limit of threads: the running ones are enough, if there is one
                    if not self._threads:
                        raise
                else:
                    self._threads.append(thread)
                    self._idle += 1
            self._asked.append(key)
            self._lock.notify()
        self._waiting[key] = [waiter]
        return waiter

    def finished(self) -> list[Lookup]:
        """Return the lookups that have ended since the last call."""
        try:
            while self._reader.recv(4096):
                pass
        except BlockingIOError:
            pass
        ended = []
        while self._done:
            key, result = self._done.popleft()
            self._keep(key, result)
            for waiter in self._waiting.pop(key, ()):
                waiter.result = _with_port(result, waiter.port)
                ended.append(waiter)
        return ended

    def _keep(self, key: tuple[str, int], result: tuple[Address, ...] | Failure) -> None:
        """Keep a result, unless the next lookup can have another one: a failure of this host or of the name service."""
        if not self._most_kept or (isinstance(result, Failure) and result.cause in _PASSING):
            return
        if len(self._kept) >= self._most_kept:
            del self._kept[next(iter(self._kept))]  # the oldest
        self._kept[key] = result

    def stop(self) -> None:
        """End the idle threads. A thread that hangs in a lookup ends with the process."""
        with self._lock:
            self._asked.clear()
            for _unused in self._threads:
                self._asked.append(("", -1))
            self._lock.notify_all()
        self._reader.close()
        self._writer.close()

    def _work(self) -> None:
        while True:
            with self._lock:
                while not self._asked:
                    self._lock.wait()
                key = self._asked.popleft()
                self._idle -= 1
            if key[1] < 0:
                return
            result = _look_up(*key)
            with self._lock:
                self._idle += 1
            self._done.append((key, result))
            try:
                self._writer.send(b"!")
            except OSError:
                pass  # full: a wake-up is pending already; closed: the resolver was stopped


def _with_port(found: tuple[Address, ...] | Failure, port: int) -> tuple[Address, ...] | Failure:
    """Return the result of a lookup for a port."""
    if isinstance(found, Failure):
        return found
    return tuple([Address(each.family, each.text, port, each.scope) for each in found])


def _look_up(host: str, family: int) -> tuple[Address, ...] | Failure:
    """Ask the system's name service, like other programs on this host."""
    try:
        # Bytes, because Python encodes a str with the idna codec, whose tables take 3 ms to import.
        name: bytes | str = host.encode("ascii") if host.isascii() else host
        found = socket.getaddrinfo(name, None, family, socket.SOCK_STREAM)
    except socket.gaierror as problem:
        lack = _lack_of_descriptors()
        if lack is not None:
            return lack
        return Failure(_GAI_CAUSES.get(problem.errno or 0, Cause.RESOLVER_FAILED), problem.strerror or "")
    except UnicodeError:
        return Failure(Cause.NAME_UNKNOWN, "not a host name")
    except OSError as problem:
        return failure_of(problem, synchronous=True)
    addresses: dict[Address, None] = {}
    for kind, _unused1, _unused2, _unused3, where in found:
        if kind == socket.AF_INET:
            addresses[Address(4, str(where[0]), 0)] = None
        elif kind == socket.AF_INET6:
            addresses[Address(6, str(where[0]).partition("%")[0], 0, int(where[3]))] = None  # type: ignore[misc]
    return tuple(addresses) or Failure(Cause.NO_ADDRESS)


def _lack_of_descriptors() -> Failure | None:
    """Return a Failure if descriptors are so short that the lookup may have failed because of it, else None.

    glibc then reports that the name is unknown. A lookup needs two descriptors at a time, for the hosts file and for a
    socket.
    """
    opened = []
    try:
        for _unused in range(2):
            opened.append(os.open(os.devnull, os.O_RDONLY))  # noqa: PERF401 - what was opened before a failure is closed
    except OSError as problem:
        return (
            failure_of(problem, synchronous=True) if problem.errno in (errno.EMFILE, errno.ENFILE) else None
        )
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return None
