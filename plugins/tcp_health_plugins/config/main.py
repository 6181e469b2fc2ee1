# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""tcp_health_config: writes Nagios and Icinga configuration for a list of targets."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from tcp_health.targets import Row, WrongRow, rows
from tcp_health_plugins.common.output import CLOSED, READER_GONE, write_error, write_output
from tcp_health_plugins.common.usage import UsageError

from .definitions import ENGINE_TIMEOUT, hosts, icinga2_settings, services
from .options import PROGRAM, USAGE, Options, parse
from .writing import NotWrittenError, write_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .definitions import Service

DONE = 0
NOT_WRITTEN = 1
WRONG_ARGUMENTS = 3
INTERRUPTED = 130  # as a shell reports what Ctrl-C ended

STANDARD_INPUT = "-"


def main(arguments: Sequence[str]) -> int:
    """Run the command; prints what it did and returns its exit code."""
    try:
        wanted = parse(arguments)
        if isinstance(wanted, str):
            return _say(wanted)
        return _render(wanted)
    except UsageError as problem:
        write_error(f"{PROGRAM}: {problem}", *USAGE.splitlines(), f"Try '{PROGRAM} --help'.")
        return WRONG_ARGUMENTS
    except NotWrittenError as problem:
        write_error(f"{PROGRAM}: {problem}; nothing was written")
        return NOT_WRITTEN
    except KeyboardInterrupt:
        write_error(f"{PROGRAM}: interrupted; nothing was written")
        return INTERRUPTED
    except Exception as problem:  # noqa: BLE001 - the edge's one: no traceback reaches a user
        write_error(f"{PROGRAM}: internal fault: {type(problem).__name__}: {problem}")
        return NOT_WRITTEN


def _render(options: Options) -> int:
    known, wrong, count = _read(options)
    found, no_services = services(known, options.format)
    homes, no_hosts = ([], []) if options.no_hosts else hosts(known)
    problems = sorted([*wrong, *no_services, *no_hosts], key=lambda each: each.line)
    if problems:
        place = _shown(options)
        bad = len({problem.line for problem in problems})
        write_error(
            *(f"{place}:{problem.line}: {problem}" for problem in problems),
            f"{PROGRAM}: nothing was written: {bad} of {_number(count, 'row')} {'is' if bad == 1 else 'are'} wrong",
        )
        return NOT_WRITTEN
    if not known:
        raise NotWrittenError(f"{_shown(options)} names no target")
    try:
        from .rendering import MARKER, render
    except ModuleNotFoundError as problem:
        raise NotWrittenError(
            f"the Python package {problem.name} is missing: install jinja2 (Debian and Fedora: python3-jinja2)"
        ) from None
    texts = render(
        options.format,
        {
            "plugin_dir": options.plugin_dir,
            "host_template": options.host_template,
            "service_template": options.service_template,
            "settings": icinga2_settings(),
            "hosts": homes,
            "services": found,
        },
    )
    changed = write_set(options.output, texts, MARKER, force=options.force)
    _note(options, found)
    states = [
        f"{options.output / name} ({'new' if options.output / name in changed else 'as before'})"
        for name in texts
    ]
    return _say(f"{_number(len(homes), 'host')}, {_number(len(found), 'service')}: {', '.join(states)}")


def _read(options: Options) -> tuple[list[Row], list[WrongRow], int]:
    """The file's rows, those that are wrong, and how many there are of both."""
    known: list[Row] = []
    wrong: list[WrongRow] = []
    try:
        with contextlib.ExitStack() as exits:
            if options.targets == STANDARD_INPUT:
                if sys.stdin is None:
                    raise NotWrittenError("standard input is closed")
                lines = sys.stdin.buffer
            else:
                lines = exits.enter_context(open(options.targets, "rb"))  # noqa: PTH123 - as it was given
            # The checks are made where the engine runs: its secrets and files are not here.
            for row in rows(lines, elsewhere=True):
                if isinstance(row, Row):
                    known.append(row)
                else:
                    wrong.append(row)
    except OSError as problem:
        raise NotWrittenError(f"cannot read {_shown(options)}: {problem.strerror}") from None
    return known, wrong, len(known) + len(wrong)


def _shown(options: Options) -> str:
    return "standard input" if options.targets == STANDARD_INPUT else options.targets


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _note(options: Options, found: Sequence[Service]) -> None:
    """Nagios has one limit for all services, which only its main file can raise; Icinga's is in the definition."""
    longest = max(each.seconds for each in found)
    if options.format == "nagios" and longest >= ENGINE_TIMEOUT:
        write_error(
            f"{PROGRAM}: note: a check may take {longest:g} s; service_check_timeout in nagios.cfg,"
            f" {ENGINE_TIMEOUT} s as delivered, has to be longer"
        )


def _say(text: str) -> int:
    """Print to standard output; returns the exit code. What was asked for is done even where nobody reads of it."""
    failure = write_output(text + "\n")
    if failure in (None, CLOSED, READER_GONE):
        return DONE
    write_error(f"{PROGRAM}: cannot write to standard output: {failure}")
    return NOT_WRITTEN
