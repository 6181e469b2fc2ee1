# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sweeps by the version of the core that is in PYTHONPATH: `python sweeper.py PORT CHECKS LIMIT`.

It prints the core's place, then for each line of its input the seconds of CPU of one sweep. So two versions can sweep in
turns. It imports nothing of the benchmarks, which need their own version of the core.
"""

from __future__ import annotations

import gc
import sys
import time
from typing import TYPE_CHECKING, Any

import tcp_health
from support.rooms import found

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"


class Sweeper:
    """Sweeps over one server, at most `limit` checks at once."""

    def __init__(self, port: int, limit: int) -> None:
        self._run = found("run", "tcp_health.engine")
        self._probe = found("Probe", "tcp_health.model", "tcp_health.conversation")
        self._target = found("Target", "tcp_health.model")
        build = found("build", "tcp_health.settings")
        self._recipe = build({"host": HOST, "port": port, "read": "eof"}).probe.recipe
        self._port = port
        self._limit = limit

    def sweep(self, checks: int) -> float:
        """Check the server that many times; returns the seconds of CPU."""
        gc.collect()
        began, ended = time.process_time(), 0
        for outcome in self._run(self._probes(checks), limit=self._limit):
            attempt = outcome.attempts[0]
            if attempt.failure is not None or not attempt.size:
                raise RuntimeError(f"a check of the sweep failed: {attempt}")
            ended += 1
        spent = time.process_time() - began
        if ended != checks:
            raise RuntimeError(f"{checks} checks had {ended} outcomes")
        return spent

    def _probes(self, checks: int) -> Iterator[Any]:
        for number in range(checks):
            yield self._probe(self._target(HOST, self._port), self._recipe, number)


def main(port: int, checks: int, limit: int) -> None:
    """Sweep once for each line of standard input, after one sweep that is not measured."""
    sweeper = Sweeper(port, limit)
    sweeper.sweep(limit)
    print(tcp_health.__file__, flush=True)
    for _ in sys.stdin:
        print(sweeper.sweep(checks), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
