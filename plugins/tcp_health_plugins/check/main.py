# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""check_tcp_health: one target, one result, after the conventions of the Nagios plugins."""

from __future__ import annotations

import gc
import os
import sys

from tcp_health.problems import SettingError
from tcp_health.settings import build
from tcp_health_plugins.common.output import READER_GONE, write_error, write_output
from tcp_health_plugins.common.usage import UsageError

from .options import OWN_NAME, describe, parse, service_word

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tcp_health.model import Attempt
    from tcp_health.settings import Check

    from .options import CommandLine

UNKNOWN = 3

# As many v as the guidelines know; at this level an internal fault shows where it happened.
MOST_VERBOSE = 3

USAGE = f"""Usage: {OWN_NAME} -H HOST -p PORT [-t SECONDS] [-w RANGE] [-c RANGE] [OPTION...]
Try '{OWN_NAME} -h' for the most used options, '--help-all' for all of them."""


def main(arguments: Sequence[str] | None = None, program: str | None = None) -> int:
    """Run the plugin; prints its output and returns its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    name = sys.argv[0] if program is None else program
    service = service_word(name).upper() or "TCP"
    ignored: list[str] = []
    try:
        line = parse(words, name, os.environ, getattr(sys.stdin, "buffer", None))
        ignored = line.ignored
        text, code = _answer(line)
    except (UsageError, SettingError) as problem:
        sentence = describe(problem) if isinstance(problem, SettingError) else str(problem)
        if ignored:
            sentence += f"; not read, since options end at the first word that is none: {' '.join(ignored)}"
        text, code = f"{service} UNKNOWN - {_one_line(sentence)}\n{USAGE}", UNKNOWN
    except KeyboardInterrupt:
        text, code = f"{service} UNKNOWN - interrupted before the check had ended", UNKNOWN
    except ModuleNotFoundError as problem:
        if problem.name != "nagiosplugin":
            text = _internal_fault(problem, service, words)
        else:
            text = (
                f"{service} UNKNOWN - the Python package nagiosplugin is missing for {_one_line(sys.executable or 'this Python')}:"
                " install it (Debian: python3-nagiosplugin)"
            )
        code = UNKNOWN
    except Exception as problem:  # noqa: BLE001 - the one place where no traceback may reach a user
        text, code = _internal_fault(problem, service, words), UNKNOWN
    return _print(text, code)


def _answer(line: CommandLine) -> tuple[str, int]:
    if line.action != "check":
        from .help import text_for

        return text_for(line.action), UNKNOWN
    check = build(line.values, service_shown=line.service, host_named=line.host_named)
    notes: tuple[str, ...] = ()
    if line.ignored:
        from tcp_health.report import clean

        notes = (
            f"ignored, since options end at the first word that is none: {clean(' '.join(line.ignored))}",
        )
    if check.values["output"] == "json":
        return _json(check)
    carry_out = _import_edge()
    wanted = check.values["perfdata"] or ("time" if line.check_tcp else "full")
    return carry_out(check, only_time=wanted == "time", notes=notes, tell=_teller(check))


def _import_edge() -> Callable[..., tuple[str, int]]:
    """What carries a check out by nagiosplugin.

    Imports leave next to no garbage, yet the collector looks for it a dozen times meanwhile. Held back, and told
    that what is there now will stay, it saves a tenth of the whole check: 52 ms of CPU instead of 59, with 57 for
    the bare imports (medians of 80).
    """
    first = gc.isenabled() and f"{__package__}.nagios" not in sys.modules
    if first:
        gc.disable()
    try:
        from .nagios import carry_out
    finally:
        if first:
            gc.freeze()
            gc.enable()
    return carry_out


def _json(check: Check) -> tuple[str, int]:
    import json

    from tcp_health.report import plain
    from tcp_health.rounds import evaluate

    verdict, rounds = evaluate(check, tell=_teller(check))
    return json.dumps(plain(verdict, check, rounds), indent=2), verdict.state


def _teller(check: Check) -> Callable[[Attempt], None] | None:
    """What prints the attempts of a repeated check as they end, for whoever watches; None where nobody does."""
    recipe = check.probe.recipe
    repeated = recipe.count > 1 or recipe.retries or check.wait is not None
    try:
        if not repeated or not sys.stderr.isatty():
            return None
    except (AttributeError, ValueError):  # stderr is closed
        return None
    from tcp_health.report import attempt_line

    return lambda attempt: write_error(attempt_line(attempt, recipe.count))


def _one_line(sentence: str) -> str:
    from tcp_health.report import clean

    return clean(sentence, 400)


def _internal_fault(problem: Exception, service: str, words: Sequence[str]) -> str:
    line = f"{service} UNKNOWN - internal fault: {type(problem).__name__}: {_one_line(str(problem))}"
    if (
        sum(word.count("v") for word in words if word.startswith("-v") and set(word[1:]) == {"v"})
        < MOST_VERBOSE
    ):
        return f"{line} (-vvv shows where)"
    import traceback

    return "\n".join((line, *map(_one_line, traceback.format_exc().splitlines())))


def _print(text: str, code: int) -> int:
    """Write the output whole; what cannot be written is said on stderr and changes the exit code."""
    failure = write_output(text + "\n", errors="replace")
    if failure is None or failure is READER_GONE:
        return code
    write_error(f"{OWN_NAME}: cannot write the result to standard output: {failure}")
    return UNKNOWN
