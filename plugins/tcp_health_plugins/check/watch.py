# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Watch targets (--watch): print each probe, on Enter and at the end the statistics, and report changes to a command."""

from __future__ import annotations

import gc
import sys

from tcp_health.model.verdict import OK, UNKNOWN, worst
from tcp_health.report.observed import environment
from tcp_health.runs.schedule import Schedule, observe
from tcp_health_plugins.common.output import READER_GONE, is_terminal, write_error
from tcp_health_plugins.common.usage import UsageError

from .options import OWN_NAME
from .printers import OutputEnded, printer_for
from .wake import Wake

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcp_health.model.observation import Summary
    from tcp_health.model.recipe import Probe
    from tcp_health.model.result import Check

    from .on_change import ChangeCommand
    from .printers import Lines


class _Stop(Exception):  # noqa: N818 - no error
    """A signal ends the watch."""


def watch(checks: Sequence[Check]) -> int:
    """Watch the targets of these checks until a signal; return the exit code. Raises UsageError."""
    gc.enable()  # the executable turns it off
    labels = [check.probe.target.text for check in checks]
    repeated = next((label for label in labels if labels.count(label) > 1), None)
    if repeated is not None:
        raise UsageError(f"invalid target {repeated[:80]!r}: given twice")
    options = checks[0].options
    schedule = Schedule(checks)
    printer = printer_for(options.output, options.color or "auto", labels)
    with Wake() as wake:
        source = _Source(schedule, wake, printer, _command(options.on_change))
        if is_terminal(sys.stdin):
            wake.listen(sys.stdin.fileno())
        try:
            _observe(source, failures_only=options.failures_only, tls_limit=options.tls_limit)
        except OutputEnded as ended:
            reason = str(ended)
            write_error(f"{OWN_NAME}: the watch has ended: cannot write to standard output: {reason}")
            if reason != READER_GONE:
                return UNKNOWN
    states = [each.state for each in schedule.targets if each.state is not None]
    return worst(states) if states else UNKNOWN


def _command(text: str | None) -> ChangeCommand | None:
    if text is None:
        return None
    from .on_change import ChangeCommand

    return ChangeCommand(text)


def _observe(source: _Source, *, failures_only: bool, tls_limit: int) -> None:
    """Print each probe until a signal, then the statistics. Raises OutputEnded."""
    printer, command = source.printer, source.command
    observed = observe(source.schedule, source, tls_limit=tls_limit)
    try:
        printer.begin()
        for seen in observed:
            if seen.result.state == OK and seen.outage is None and failures_only:
                printer.quiet(seen)
            else:
                printer.probe(seen)
            if seen.before is not None and command is not None:
                command.changed(environment(seen))
    except _Stop:
        printer.end(source.summaries())
    finally:
        observed.close()
        if command is not None:
            write_error(*(f"{OWN_NAME}: {each}" for each in command.close()))


class _Source:
    """The engine's source: the schedule, and what else must be done at a time or after an event."""

    def __init__(self, schedule: Schedule, wake: Wake, printer: Lines, command: ChangeCommand | None) -> None:
        self.schedule = schedule
        self.printer = printer
        self.command = command
        self._wake = wake
        self._now = 0.0

    def fileno(self) -> int:
        """Return the descriptor that is readable after a signal or Enter."""
        return self._wake.fileno()

    def next(self, now: float) -> Probe | float:
        """Return the next probe, or the time of the next call."""
        self._now = now
        wake, printer, command = self._wake, self.printer, self.command
        wake.drain()
        if wake.stopped:
            raise _Stop
        if wake.lines:
            printer.entered(wake.lines)
            printer.statistics(self.summaries())
        found = self.schedule.next(now)
        if not isinstance(found, float):
            return found
        printer.tick(now)
        if command is None:
            return min(found, printer.due)
        for failure in command.serve(now):
            printer.warn(f"{OWN_NAME}: {failure}")
        return min(found, printer.due, command.deadline)

    def summaries(self) -> list[tuple[Check, Summary]]:
        """Return the statistics of each target so far."""
        return [(each.check, each.summary(self._now)) for each in self.schedule.targets]
