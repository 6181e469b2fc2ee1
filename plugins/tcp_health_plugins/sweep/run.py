# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carry out a sweep: read the rows, run the checks, collect what is found, and explain the failures."""

from __future__ import annotations

import resource
import time
from typing import TYPE_CHECKING

import tcp_health.judgement.diagnosis  # noqa: F401 - loading it takes 20 ms, in which the loop would be late
from tcp_health import __version__
from tcp_health.judgement.judge import judge
from tcp_health.model.result import Result
from tcp_health.model.target import Target
from tcp_health.model.verdict import STATES, UNKNOWN
from tcp_health.network.network import Network
from tcp_health.report.document import to_document
from tcp_health.report.row import healthy_line, naming, to_row
from tcp_health.runs.groups import Groups
from tcp_health.runs.repeat import evaluate_many
from tcp_health.runs.sweep import KEPT_NAMES, Pace, SweepSource, sweep
from tcp_health.settings.build import build

from .exclusions import Exclusions
from .exclusions import read as read_exclusions
from .options import NEED_ROWS, shown
from .sources import Invalid, Listed
from .store import EXCLUDED, INVALID, NOT_REACHED, SHOWN, Store, dumped
from .streams import BACKLOG, PIECE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from tcp_health.model.explanation import Explanation, Group
    from tcp_health.model.outcome import Outcome
    from tcp_health.model.result import Check

    from .options import Options
    from .progress import Bar
    from .sources import Sources
    from .streams import Stream

# Descriptors besides the connections: standard streams, files of rows and outputs, the poller, lookups and their threads.
_OTHER_FILES = 128

# Seconds between two writes of lines that do not fill a piece, so that a reader sees them soon.
_FLUSH_EACH = 0.25

# Seconds of a witness's check, and of a trace: a run of seconds must not wait for minutes.
_WITNESS_TIMEOUT = 3.0

# How often the limit is lowered before the user reads of it: any machine is late once in a while.
_WORTH_A_NOTE = 3

COMPLETE, INTERRUPTED, DEADLINE = "complete", "interrupted", "stopped at the deadline"


class Run:
    """A sweep and its result.

    command      the command line, without secrets
    start, end   wall clock, as seconds since the epoch
    store        the rows and their counts
    explanation  groups and suspicion
    ended        COMPLETE, INTERRUPTED or DEADLINE
    limit        connections in flight
    lowered      how often the limit was lowered because this process was late
    notes        further sentences for the user
    unwritten    why outputs could not be written
    """

    def __init__(self, options: Options, arguments: Sequence[str]) -> None:
        self.options = options
        self.command = shown(arguments)
        self.version = __version__
        self.start = self.end = time.time()
        self.store = Store(keep_rows=any(each.format in NEED_ROWS for each in options.outputs))
        self.explanation: Explanation
        self.ended = COMPLETE
        self.lowered = 0
        self.notes: list[str] = []
        self.unwritten: list[str] = []
        self.limit = options.limit
        allowed = _raise_descriptors(options.limit)
        if allowed < self.limit:
            self.limit = allowed
            self.notes.append(
                f"at most {allowed} connections in flight instead of {options.limit}: the limit of open files (ulimit -n)"
            )
        self._groups = Groups()
        self._member_of: dict[str, int] = {}
        self._stopped = False

    def stop(self) -> None:
        """End the run with what is known. A signal handler may call it."""
        self._stopped = True

    def carry_out(self, sources: Sources, stream: Stream | None, bar: Bar | None) -> None:
        """Check all rows. Raises StreamError when the lines cannot be written, UsageError for an invalid option."""
        options = self.options
        excluded = read_exclusions(options.exclude) if options.exclude is not None else Exclusions()
        witnesses = [_witness(text) for text in options.witnesses]
        rate = sources.count() / options.spread if options.spread else options.rate
        lines = _Lines(stream)
        source = SweepSource(
            self._rows(sources, excluded, lines),
            Pace(limit=self.limit, rate=rate, per_host=options.per_host),
            hold=None if stream is None else lines.are_behind,
        )
        network = Network(kept_names=KEPT_NAMES)
        try:
            until = time.monotonic() + options.deadline if options.deadline else float("inf")
            before = self._witnessed(witnesses, lambda now: bool(self._over(now, until)))
            swept = sweep(source, network=network, pulse=self._pulse(until, lines, bar))
            groups, store, full = self._groups, self.store, options.full
            for row, outcome, result in swept:
                if result is not None or full:
                    self._ended(row, outcome, result, lines)
                    continue
                address = outcome.attempts[0].address
                groups.add_healthy(row.check.probe.target, address)  # type: ignore[arg-type]  # never None
                line = healthy_line(row, outcome)
                store.add_healthy(line)
                lines.write(line)
            if bar is not None:
                bar.update(store, groups)
            if self.ended != COMPLETE:
                for row in source.left(unread=self.ended == DEADLINE):
                    self._unchecked(NOT_REACHED, {**naming(row), NOT_REACHED: True}, lines)
            self.lowered = source.lowered
            rounds = [before]
            if self.ended == COMPLETE and not options.no_traces:
                self._trace(network, until, lines, bar)
            if self.ended != INTERRUPTED:
                rounds.append(self._witnessed(witnesses, self._ending(float("inf"), lines, bar)))
        finally:
            network.shut()
        self._explain(rounds if witnesses else [])
        lines.flush()

    def _witnessed(self, witnesses: Sequence[Check], pulse: Callable[[float], bool]) -> list[Result]:
        """Check the witnesses. If the run is to end before all have a result, return no results: they prove nothing."""
        results = list(evaluate_many(witnesses, pulse=pulse))
        if len(results) == len(witnesses):
            return results
        self.notes.append("a check of the witnesses was not finished, and has no effect")
        return []

    def _trace(self, network: Network, until: float, lines: _Lines, bar: Bar | None) -> None:
        """Trace representatives of the failures, until the user or the deadline ends it: all targets have their results."""
        checks = self._groups.to_trace()
        if bar is not None and checks:
            bar.doing = f"tracing {len(checks)} of the failures"
            bar.update(self.store, self._groups)
        traced = 0
        for result in evaluate_many(checks, network=network, pulse=self._ending(until, lines, bar)):
            self._groups.traced(result)
            traced += 1
        if bar is not None:
            bar.doing = ""
        if traced < len(checks):
            reason = self._over(time.monotonic(), until) or INTERRUPTED
            self.notes.append(f"{traced} of {len(checks)} traces were made: {reason}")

    def _ending(self, until: float, lines: _Lines, bar: Bar | None) -> Callable[[float], bool]:
        """Return the pulse of what follows the checks."""

        def pulse(now: float) -> bool:
            self._show(now, lines, bar)
            return bool(self._over(now, until))

        return pulse

    def _over(self, now: float, until: float) -> str:
        """Return why the run ends now, or ""."""
        return INTERRUPTED if self._stopped else DEADLINE if now >= until else ""

    def _explain(self, witnesses: list[list[Result]]) -> None:
        self.explanation = self._groups.finish(witnesses)
        if self.explanation.suspicion:
            self.store.suspect()
        for number, group in enumerate(self.groups, 1):
            self._member_of.update((row.place, number) for row in members(group))
        self.end = time.time()
        if self.lowered >= _WORTH_A_NOTE:
            self.notes.append(
                f"the number of connections in flight was lowered {self.lowered} times:"
                " this process could not read its network events in time"
            )

    @property
    def groups(self) -> list[Group]:
        """The groups of failures with a common cause."""
        return [group for group in self.explanation.groups if group.kind not in ("single", "others")]

    def group_of(self, place: str) -> int:
        """Return the number of the group that a row belongs to, from 1; 0: to no group, or its members are too many."""
        return self._member_of.get(place, 0)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield all rows with their final state."""
        suspected = bool(self.explanation.suspicion)
        for data in self.store.rows():
            if data.pop("provisional", False):
                if suspected:
                    data["state"] = STATES[UNKNOWN]
                number = self.group_of(data["place"])
                if number:
                    data["group"] = number
            yield data

    def _rows(self, sources: Sources, excluded: Exclusions, lines: _Lines) -> Iterator[Listed]:
        """Yield the rows to check. Those that are invalid or excluded get their line at once."""
        excludes = bool(excluded)
        refused = self.options.strict and any(isinstance(row, Invalid) for row in sources.rows())
        if refused:
            self.notes.append("no target was checked, because a row is invalid (--strict)")
        for row in sources.rows():
            if isinstance(row, Invalid):
                if len(self.store.invalid) < SHOWN:
                    self.store.invalid.append(row.text)
                self._unchecked(INVALID, {INVALID: row.text}, lines)
            elif excludes and excluded.contain(row.check.probe.target):
                self._unchecked(EXCLUDED, {**naming(row), EXCLUDED: True}, lines)
            elif refused:
                self._unchecked(NOT_REACHED, {**naming(row), NOT_REACHED: True}, lines)
            else:
                yield row

    def _unchecked(self, kind: str, data: dict[str, Any], lines: _Lines) -> None:
        line = dumped(data)
        self.store.add_unchecked(kind, line)
        lines.write(line)
        lines.wait()  # a million excluded rows must not fill the memory

    def _ended(self, row: Any, outcome: Outcome, result: Result | None, lines: _Lines) -> None:
        """Count, store and write the row of a check that has ended; result None: a healthy one."""
        if result is None:
            result = Result(row.check, judge(outcome, row.check.policy))
        self._groups.add(result, row)
        data = to_row(row, result)
        if result.state:
            data["provisional"] = True
        shown = {**data, "result": to_document(result)} if self.options.full else data
        line = dumped(shown)
        self.store.add(data, result.state, line)
        lines.write(line)

    def _show(self, now: float, lines: _Lines, bar: Bar | None) -> None:
        if now >= lines.due:
            lines.pulse(now)
            if bar is not None:
                bar.update(self.store, self._groups)

    def _pulse(self, until: float, lines: _Lines, bar: Bar | None) -> Callable[[float], bool]:
        def pulse(now: float) -> bool:
            self._show(now, lines, bar)
            self.ended = self._over(now, until) or COMPLETE
            return self.ended != COMPLETE

        return pulse


class _Lines:
    """The JSON lines of a run, or no lines without a stream.

    due  when the lines are written, though they do not fill a piece
    """

    def __init__(self, stream: Stream | None) -> None:
        self._stream = stream
        self.due = 0.0

    def write(self, line: str) -> None:
        if self._stream is not None:
            self._stream.write(line + "\n")
            if self._stream.waiting >= PIECE:
                self._stream.flush()

    def are_behind(self) -> bool:
        """Whether so many lines wait for the reader that no more checks should begin."""
        if self._stream is not None and self._stream.waiting > BACKLOG:
            self._stream.flush()
            return self._stream.waiting > BACKLOG
        return False

    def wait(self) -> None:
        """Wait for the reader while too many lines wait for it."""
        if self._stream is not None and self._stream.waiting > BACKLOG:
            self._stream.flush(wait=True)

    def pulse(self, now: float) -> None:
        self.due = now + _FLUSH_EACH
        self.flush()

    def flush(self) -> None:
        if self._stream is not None:
            self._stream.flush()


def members(group: Group) -> Iterator[Listed]:
    """Yield the rows of a group: they are the keys of its members."""
    for row in group.members:
        if isinstance(row, Listed):
            yield row


def _witness(text: str) -> Check:
    target = Target.parse(text)
    return build(
        {"host": target.host, "port": target.port, "timeout": (_WITNESS_TIMEOUT, None), "trace": "never"}
    )


def _raise_descriptors(wanted: int) -> int:
    """Raise the limit of open files as far as needed and allowed; return how many connections it allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, soft - _OTHER_FILES))
