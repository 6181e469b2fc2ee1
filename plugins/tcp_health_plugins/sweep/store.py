# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep what a run has found: counts, the worst rows, and with outputs that need them all rows, in a temporary file."""

from __future__ import annotations

import json
import tempfile
from heapq import heappush, heappushpop
from typing import TYPE_CHECKING

from tcp_health.model.verdict import OK, RANK, STATES, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# Rows of each kind that the plugin's output shows: more would not be read, and a notification would not carry them.
SHOWN = 20

# Bytes of rows in memory, before they go to a file.
_IN_MEMORY = 1 << 23

_ENCODER = json.JSONEncoder()

NOT_REACHED, EXCLUDED, INVALID = "not_reached", "excluded", "invalid"
"""What a row without a state is counted as. Its line has this key."""

COUNTED = (*(word.lower() for word in STATES.values()), NOT_REACHED, EXCLUDED, INVALID)


def dumped(data: Any) -> str:
    """Return plain data as one line of JSON."""
    return _ENCODER.encode(data)


class Store:
    """The rows of a run.

    counts   rows by COUNTED
    worst    the worst rows, as plain data, the worst first
    invalid  the first invalid rows, as "place: reason"
    """

    def __init__(self, *, keep_rows: bool) -> None:
        self.counts: dict[str, int] = dict.fromkeys(COUNTED, 0)
        self.invalid: list[str] = []
        self._worst: list[tuple[int, int, dict[str, Any]]] = []
        self._serial = 0
        # As long as the run.
        self._spool = tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="ascii") if keep_rows else None  # noqa: SIM115

    @property
    def checked(self) -> int:
        """The number of rows that have a state."""
        return sum(self.counts[word.lower()] for word in STATES.values())

    @property
    def failed(self) -> int:
        """The number of rows whose state is not OK."""
        return self.checked - self.counts["ok"]

    def add_healthy(self, line: str) -> None:
        """Add the line of a healthy row."""
        self.counts["ok"] += 1
        if self._spool is not None:
            self._spool.write(line + "\n")

    def add(self, data: dict[str, Any], state: int, line: str) -> None:
        """Add a row of another kind, with its line."""
        self.counts[STATES[state].lower()] += 1
        if state != OK:
            self._serial += 1
            entry = RANK[state], -self._serial, data
            if len(self._worst) < SHOWN:
                heappush(self._worst, entry)
            else:
                heappushpop(self._worst, entry)
        if self._spool is not None:
            self._spool.write(line + "\n")

    def add_unchecked(self, kind: str, line: str) -> None:
        """Add a row that was not checked: NOT_REACHED, EXCLUDED or INVALID."""
        self.counts[kind] += 1
        if self._spool is not None:
            self._spool.write(line + "\n")

    @property
    def worst(self) -> list[dict[str, Any]]:
        """The worst rows: by state, then in the order in which they ended."""
        return [data for _, _, data in sorted(self._worst, key=lambda entry: (-entry[0], -entry[1]))]

    def suspect(self) -> None:
        """Count every failed row as UNKNOWN: the monitoring host may be the cause."""
        failed = self.failed
        for word in STATES.values():
            if word != STATES[OK]:
                self.counts[word.lower()] = 0
        self.counts[STATES[UNKNOWN].lower()] = failed

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield all rows as plain data, in the order in which they ended."""
        if self._spool is None:
            raise RuntimeError("the rows were not kept")
        self._spool.seek(0)
        for line in self._spool:
            yield json.loads(line)
