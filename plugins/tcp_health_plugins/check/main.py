# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""check_tcp_health: check one target and print one result, as the Nagios plugin guidelines ask."""

from __future__ import annotations

import gc
import os
import sys

from tcp_health.settings.build import build, in_force
from tcp_health.settings.table import TABLE, SettingError
from tcp_health_plugins.common.output import READER_GONE, is_terminal, write_error, write_output
from tcp_health_plugins.common.usage import UsageError

from .options import OWN_NAME, describe, parse, service_in_name

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from tcp_health.model.outcome import Attempt
    from tcp_health.model.result import Check, Result

    from .options import CommandLine
    from .watchdog import Watchdog

UNKNOWN = 3

# The guidelines define three levels of -v; the highest one adds the traceback to an internal error.
MOST_VERBOSE = 3

# check_tcp stops there too; the note keeps an option from being lost unnoticed.
IGNORED = "ignored after the first non-option argument"

# The files that OpenSSL opens itself.
_FILE_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF")

USAGE = f"""Usage: {OWN_NAME} -H HOST -p PORT [-t SECONDS] [-w RANGE] [-c RANGE] [OPTION...]
Try '{OWN_NAME} -h' for the most used options, '--help-all' for all of them."""


def main(arguments: Sequence[str] | None = None, program: str | None = None) -> int:
    """Run the plugin, print its output, and return its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    program = sys.argv[0] if program is None else program
    service = service_in_name(program).upper() or "TCP"
    ignored: list[str] = []
    from_file = False
    watchdog = None
    problem = begin = ""
    try:
        if any(argument.startswith("--extra-opts") for argument in arguments):
            watchdog = _watchdog(service, _limit_on(arguments, program))
        command = parse(arguments, program, os.environ, getattr(sys.stdin, "buffer", None))
        ignored, from_file = command.ignored, command.from_file
        if command.action == "check" and (watchdog is not None or _opens_files(command.values)):
            watchdog = watchdog or _watchdog(service, _limit(command.values))
            watchdog.limit(_limit(command.values))
        if command.action == "check" and command.values.get("watch"):
            return _watch(command, watchdog)
        text, code = _run(command, watchdog)
    except (UsageError, SettingError) as error:
        sentence = describe(error, from_file=from_file) if isinstance(error, SettingError) else str(error)
        if ignored:
            sentence += f"; {IGNORED}: {' '.join(ignored)}"
        problem = f"{service} UNKNOWN - {_one_line(sentence)}\n{USAGE}"
    except KeyboardInterrupt:
        problem = f"{service} UNKNOWN - interrupted before the check ended"
        begin = "\n"  # the terminal has printed ^C in the line
    except ModuleNotFoundError as error:
        if error.name != "nagiosplugin":
            problem = _internal_error(error, service, arguments)
        else:
            problem = (
                f"{service} UNKNOWN - the Python package nagiosplugin is missing for {_one_line(sys.executable or 'this Python')}:"
                " install it (Debian: python3-nagiosplugin)"
            )
    except Exception as error:  # noqa: BLE001 - the one place where no traceback may reach a user
        problem = _internal_error(error, service, arguments)
    if problem:
        text, code = problem, UNKNOWN
        if not service_in_name(program) and is_terminal(sys.stdout):
            text = begin + _on_terminal(problem, len(f"{service} UNKNOWN"), arguments)
    if watchdog is not None:
        watchdog.stop()
    return _print_result(text, code)


def _on_terminal(text: str, end: int, arguments: Sequence[str]) -> str:
    """Return the text of an error for a terminal; the state ends at the place ``end``."""
    from tcp_health_plugins.common.terminal import headline, wants_colour, width, wrapped

    choice = "never" if any(each.startswith("--color") for each in arguments) else "auto"
    columns = width(sys.stdout)
    first, *rest = text.split("\n")
    lines = headline(first, end, "UNKNOWN", columns, colour=wants_colour(choice, sys.stdout))
    for line in rest:
        lines.extend(wrapped(line, columns, "  "))
    return "\n".join(lines)


def _opens_files(values: Mapping[str, Any]) -> bool:
    """Whether the user names a file: in a setting, a step or a variable. The system's own files are no reason for a thread."""
    return (
        any(TABLE[name].metavar in ("FILE", "DIRECTORY") for name in values)
        or any("{file:" in step for step in values.get("step", ()))
        or (_may_use_tls(values) and any(name in os.environ for name in _FILE_VARIABLES))
    )


def _may_use_tls(values: Mapping[str, Any]) -> bool:
    return "service" in values or "step" in values or any(TABLE[name].group == "TLS" for name in values)


def _limit(values: Mapping[str, Any]) -> float:
    limit: float = (values.get("timeout") or (None,))[0] or TABLE["timeout"].default
    return limit


def _limit_on(arguments: Sequence[str], program: str) -> float:
    """Return the time limit on the command line alone: the file with further options is still to be read."""
    try:
        given = parse([each for each in arguments if not each.startswith("--extra-opts")], program, {})
    except (UsageError, SettingError):
        return _limit({})
    return _limit(given.values)


def _watchdog(service: str, seconds: float) -> Watchdog:
    from .watchdog import Watchdog

    def end(sentence: str) -> None:
        os._exit(_print_result(f"{service} UNKNOWN - local: {sentence}", UNKNOWN))

    return Watchdog(seconds, end)


def _run(command: CommandLine, watchdog: Watchdog | None) -> tuple[str, int]:
    """Do what the command line asks for; return the output and the exit code."""
    if command.action != "check":
        from .help import text_for

        columns = None
        if command.action == "list_services" and not command.check_tcp and is_terminal(sys.stdout):
            from tcp_health_plugins.common.terminal import width

            columns = width(sys.stdout)
        return text_for(command.action, columns), UNKNOWN
    check = build(
        command.values,
        service_shown=command.service,
        host_named=command.host_named,
        check_tcp=command.check_tcp,
    )
    if watchdog is not None:
        watchdog.limit(max(check.probe.recipe.timeout, check.options.wait or 0.0))
    notes: list[str] = []
    on_attempt = _attempt_printer(check)
    if "log_attempts" in command.values:
        from .attempt_log import STANDARD_ERROR, AttemptLog

        path = command.values["log_attempts"]
        log = AttemptLog(path, check.probe.target, notes.append)
        shown = (
            None if path == STANDARD_ERROR else on_attempt
        )  # else a terminal would show each attempt twice
        on_attempt = log if shown is None else _both(log, shown)
    if check.options.output == "json":
        output = _run_as_json(check, on_attempt)
        write_error(*(f"{OWN_NAME}: {note}" for note in notes))
        return output
    if command.ignored:
        from tcp_health.text.clean import clean

        notes.insert(0, f"{IGNORED}: {clean(' '.join(command.ignored))}")
    carry_out = _import_carry_out()
    settings = in_force(command.values) if check.options.explain or check.options.verbose > 1 else ()
    return carry_out(
        check,
        notes=notes,
        settings=settings,
        on_attempt=on_attempt,
        show=_terminal_output(check, notes, settings),
    )


def _terminal_output(
    check: Check, notes: Sequence[str], settings: Sequence[str]
) -> Callable[[Result], str] | None:
    """Return the function that makes the output for a terminal, or None if the output is for an engine."""
    color = check.options.color or "auto"
    if check.options.as_check_tcp or not (color == "always" or is_terminal(sys.stdout)):
        return None
    from tcp_health_plugins.common.terminal import wants_colour, width

    from .screen import screen

    def show(result: Result) -> str:
        text = screen(
            result, notes, settings, columns=width(sys.stdout), colour=wants_colour(color, sys.stdout)
        )
        # The terminal has printed ^C in the line.
        return f"\n{text}" if result.outcome.interrupted else text

    return show


def _both(one: Callable[[Attempt], None], other: Callable[[Attempt], None]) -> Callable[[Attempt], None]:
    def call(attempt: Attempt) -> None:
        one(attempt)
        other(attempt)

    return call


def _watch(command: CommandLine, watchdog: Watchdog | None) -> int:
    """Watch the targets until a signal; return the exit code."""
    checks = [
        build(
            values, service_shown=command.service, host_named=command.host_named, check_tcp=command.check_tcp
        )
        for values in (command.values, *command.further)
    ]
    if watchdog is not None:
        watchdog.stop()
    from .watch import watch

    return watch(checks)


def _import_carry_out() -> Callable[..., tuple[str, int]]:
    """Import nagios.carry_out with the garbage collector switched off.

    Imports leave almost no garbage, but the collector runs a dozen times during them. Switching it off, and freezing
    the objects that exist afterwards, takes 52 ms of CPU for a whole check instead of 59, with 57 for the bare imports
    (medians of 80).
    """
    first = f"{__package__}.nagios" not in sys.modules
    if first:
        gc.disable()
    try:
        from .nagios import carry_out
    finally:
        if first:
            gc.freeze()
        gc.enable()
    return carry_out


def _run_as_json(check: Check, on_attempt: Callable[[Attempt], None] | None) -> tuple[str, int]:
    import json

    from tcp_health.report.document import to_document
    from tcp_health.runs.repeat import evaluate

    gc.enable()  # the executable turns it off
    result = evaluate(check, on_attempt=on_attempt, keep_interrupted=True)
    return json.dumps(to_document(result), indent=2), result.state


def _attempt_printer(check: Check) -> Callable[[Attempt], None] | None:
    """Return a function that prints each attempt of a repeated check to a terminal, or None without one."""
    recipe = check.probe.recipe
    repeated = recipe.count > 1 or recipe.retries or check.options.wait is not None
    if not repeated or not is_terminal(sys.stderr):
        return None
    from tcp_health.report.details import attempt_line
    from tcp_health.text.units import duration
    from tcp_health_plugins.common.terminal import width, wrapped

    def show(attempt: Attempt) -> None:
        # The terminal may be resized meanwhile.
        write_error(*wrapped(attempt_line(attempt, recipe.count, duration), width(sys.stderr), "  "))

    return show


def _one_line(sentence: str) -> str:
    from tcp_health.text.clean import clean

    return clean(sentence, 400)


def _clock_problem() -> str:
    """Return what is wrong with the clock, or "". Python's own modules cannot be loaded after the year 2262."""
    import time

    try:
        time.time()
    except OverflowError:
        year = time.gmtime(time.clock_gettime(time.CLOCK_REALTIME)).tm_year
        return f"the clock of the monitoring host is wrong, it shows the year {year:04}"
    return ""


def _internal_error(error: Exception, service: str, arguments: Sequence[str]) -> str:
    clock = _clock_problem() if isinstance(error, OverflowError) else ""
    if clock:
        return f"{service} UNKNOWN - {clock}"
    line = f"{service} UNKNOWN - internal error: {type(error).__name__}: {_one_line(str(error))}"
    # The arguments may be what could not be parsed, so -v is counted without the parser.
    verbosity = sum(each.count("v") for each in arguments if each.startswith("-v") and set(each[1:]) == {"v"})
    if verbosity < MOST_VERBOSE:
        return f"{line} (-vvv prints the traceback)"
    import traceback

    return "\n".join((line, *map(_one_line, traceback.format_exc().splitlines())))


def _print_result(text: str, code: int) -> int:
    """Print the whole output; return the exit code, which is UNKNOWN when the output cannot be written."""
    failure = write_output(text + "\n", errors="replace")
    if failure is None or failure is READER_GONE:
        return code
    write_error(f"{OWN_NAME}: cannot write the result to standard output: {failure}")
    return UNKNOWN
