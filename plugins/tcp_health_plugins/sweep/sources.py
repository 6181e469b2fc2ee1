# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows of a sweep: of several files and of standard input, one after another."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from typing import TYPE_CHECKING

from tcp_health.settings.rows import WrongRow, rows_of
from tcp_health.text.files import FileError, opened
from tcp_health_plugins.common.row_files import STANDARD_INPUT, STREAMED, format_of, name_of, read_rows
from tcp_health_plugins.common.usage import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tcp_health.settings.rows import Row

# A trace of every failed target would take minutes and load the routers. Three targets of each cluster are traced after
# the run.
_DEFAULTS: dict[str, object] = {"trace": "never"}


# Bytes of standard input that are copied at a time.
_PIECE = 1 << 16


class Listed:
    """A valid row with its place, which also names its source: ``targets:17``."""

    __slots__ = ("check", "host_name", "labels", "name", "place")

    def __init__(self, source: str, row: Row) -> None:
        place = row.place
        self.place = f"{source}:{place}" if place.isdigit() else f"{source}: {place}"
        self.host_name = row.host_name
        self.name = row.name
        self.labels = row.labels
        self.check = row.check

    def __str__(self) -> str:
        """Return the target, as the groups name their examples."""
        return self.check.probe.target.text


class Invalid:
    """An invalid row: its place and the reason in one text, without any text of the source."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Sources:
    """The lists of targets that the user names; they can be read several times.

    Raises UsageError for settings that are invalid, and for a file that cannot be read.
    """

    def __init__(
        self, files: Sequence[str], input_format: str | None, settings: Sequence[tuple[str, str]]
    ) -> None:
        self._format = input_format
        self._defaults = dict(_DEFAULTS)
        given: dict[str, list[str]] = {}
        for name, text in settings:
            given.setdefault(name, []).append(text)
        self._defaults.update({name: texts if len(texts) > 1 else texts[0] for name, texts in given.items()})
        wrong = next(rows_of((), self._defaults), None)
        if isinstance(wrong, WrongRow):
            # The reason begins with the name of a setting, or has no name: the text may be a secret.
            gap = " " if wrong.name and wrong.reason.startswith(f"{wrong.name}:") else ": "
            raise UsageError(f"--set{gap}{wrong.reason}")
        self._copy: tempfile._TemporaryFileWrapper[bytes] | None = None
        self._files = [(name_of(path), self._copied() if path == STANDARD_INPUT else path) for path in files]
        for name, path in self._files:
            _refuse_unreadable(name, path)

    def _copied(self) -> str:
        """Copy standard input to a temporary file: the sweep must not wait for a slow writer between two checks."""
        if sys.stdin is None:
            raise UsageError("standard input is closed")
        self._copy = temporary_file()
        try:
            # One read at a time: on a terminal, an end of file is reported by one read alone.
            while piece := os.read(sys.stdin.fileno(), _PIECE):
                self._copy.write(piece)
            self._copy.flush()
        except OSError as error:
            raise UsageError(f"cannot copy standard input to {self._copy.name}: {error.strerror}") from None
        return self._copy.name

    def _format_of(self, name: str, path: str) -> str:
        return self._format or format_of(path if name == path else name)

    def count(self) -> int:
        """Return how many rows there are, about: in formats that are read row by row, the lines with content."""
        total = 0
        for name, path in self._files:
            kind = self._format_of(name, path)
            if kind not in STREAMED:
                total += sum(1 for _ in read_rows(path, kind, defaults=self._defaults))
                continue
            with open(opened(path, sys.maxsize), "rb") as lines:  # noqa: PTH123 - a descriptor
                found = sum(1 for line in lines if line.strip() and line.lstrip()[:1] not in b"#[")
            total += found - (kind == "csv" and found > 0)
        return total

    def rows(self) -> Iterator[Listed | Invalid]:
        """Yield all rows. Raises FileError."""
        for name, path in self._files:
            for row in read_rows(path, self._format_of(name, path), defaults=self._defaults):
                yield Invalid(row.located(name)) if isinstance(row, WrongRow) else Listed(name, row)


def temporary_file() -> tempfile._TemporaryFileWrapper[bytes]:
    """Return a new file that is removed with this object. A signal between the two waits: it would leave the file."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        return tempfile.NamedTemporaryFile(prefix="check_tcp_sweep.")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _refuse_unreadable(name: str, path: str) -> None:
    """Raise UsageError for a file that cannot be opened, before the first check."""
    try:
        os.close(opened(path, sys.maxsize))
    except FileError as error:
        raise UsageError(f"cannot read {name}: {error.reason}") from None
