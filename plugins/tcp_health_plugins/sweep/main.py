# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""check_tcp_sweep: check many TCP services in one process, and print one result."""

from __future__ import annotations

import gc
import signal
import sys
import tempfile
from contextlib import nullcontext
from typing import TYPE_CHECKING

from tcp_health.model.verdict import UNKNOWN
from tcp_health.text.clean import clean
from tcp_health.text.files import FileError
from tcp_health_plugins.common.output import is_terminal, write_error, write_output
from tcp_health_plugins.common.usage import UsageError

from .options import PLUGIN, PROGRAM, STANDARD_OUTPUT, Options, parse
from .outputs import WRITERS, state_of, summary
from .run import Run
from .sources import Sources
from .store import dumped
from .streams import Stream, StreamError, new_file, refuse_unwritable, standard_output, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from .options import Output
    from .progress import Bar

# Bytes of an output in memory, before it goes to a temporary file.
_IN_MEMORY = 1 << 23


# New objects until a garbage collection: with 1,000 in flight, it then takes 1 % of the CPU time.
_COLLECT = 20_000

# Where the Python packages of the outputs come from.
_PACKAGES = {
    "nagiosplugin": "python3-nagiosplugin",
    "prometheus_client": "python3-prometheus-client",
    "yaml": "python3-yaml",
}


def main(arguments: Sequence[str]) -> int:
    """Run the sweep, print the result, and return the exit code."""
    options = None
    try:
        options = parse(arguments)
        if isinstance(options, str):
            write_output(options + "\n")
            return UNKNOWN  # as the plugin guidelines require
        return _sweep(options, arguments)
    except UsageError as error:
        return _failed(options, str(error), f"Try '{PROGRAM} --help'.")
    except (StreamError, FileError) as error:
        return _failed(options, str(error))
    except ModuleNotFoundError as error:
        package = _PACKAGES.get(error.name or "", error.name)
        return _failed(options, f"the Python package {error.name} is missing: install it (Debian: {package})")
    except KeyboardInterrupt:
        return _failed(options, "interrupted before the first check")
    except Exception as error:  # noqa: BLE001 - the one place where no traceback may reach a user
        return _failed(options, f"internal error: {type(error).__name__}: {error}")


def _failed(options: Options | str | None, sentence: str, *more: str) -> int:
    """Print why there is no result: to standard error, and as a plugin's result where one is expected."""
    outputs = options.outputs if isinstance(options, Options) else (PLUGIN,)
    if PLUGIN in outputs:
        write_output(f"SWEEP UNKNOWN - {clean(sentence, 400)}\n")
    write_error(f"{PROGRAM}: {sentence}", *more)
    return UNKNOWN


def _sweep(options: Options, arguments: Sequence[str]) -> int:
    _prepare(options.outputs)
    # What the imports made stays. A check makes no cycles of objects, and the collector would look at all in flight for
    # every few hundred.
    gc.freeze()
    gc.set_threshold(_COLLECT)
    # Until there is a run to end, as Ctrl-C: the copy of standard input is removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sources = Sources(options.files, options.input_format, options.settings)
    run = Run(options, arguments)
    _stop_on_signals(run)
    # What fails before the first check leaves the file of an earlier run.
    stream = next((_stream(each) for each in options.outputs if each.format == "jsonl"), None)
    with _bar(sources, options.outputs) as bar:
        run.carry_out(sources, stream, bar)
    if stream is not None:
        stream.write(dumped({"summary": summary(run)}) + "\n")
        stream.flush(wait=True)
    # The files first: a result on standard output must not be OK if one of them cannot be written.
    for each in sorted(options.outputs, key=lambda output: output.path == STANDARD_OUTPUT):
        failure = _failure(each, run) if each.format != "jsonl" else ""
        if failure:
            run.unwritten.append(failure)
            write_error(f"{PROGRAM}: {failure}")
    return state_of(run)


def _prepare(outputs: Sequence[Output]) -> None:
    """Refuse, before the first check, outputs that cannot be made. Raises ModuleNotFoundError and StreamError."""
    for output in outputs:
        if output.format == "plugin":
            from tcp_health_plugins.check import nagios  # noqa: F401 - imported to see whether it can be
        elif output.format == "prometheus":
            from . import textfile  # noqa: F401 - as above
        if output.path != STANDARD_OUTPUT:
            refuse_unwritable(output.path)


def _bar(sources: Sources, outputs: Sequence[Output]) -> AbstractContextManager[Bar | None]:
    """Return the progress bar, or nothing if standard error is no terminal or rich is not installed.

    JSON lines on a terminal are the progress themselves: a bar between them would erase some.
    """
    lines = any(each.format == "jsonl" and each.path == STANDARD_OUTPUT for each in outputs)
    if not is_terminal(sys.stderr) or (lines and is_terminal(sys.stdout)):
        return nullcontext()
    try:
        from .progress import Bar
    except ModuleNotFoundError:
        return nullcontext()
    return Bar(sources.count())


def _stop_on_signals(run: Run) -> None:
    """End the run on Ctrl-C and SIGTERM; a second signal ends the process."""

    def stop(number: int, _frame: object) -> None:
        run.stop()
        signal.signal(number, signal.SIG_DFL)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


def _stream(output: Output) -> Stream:
    return standard_output() if output.path == STANDARD_OUTPUT else new_file(output.path)


def _failure(output: Output, run: Run) -> str:
    """Write an output; return why that failed, or ""."""
    try:
        _write(output, WRITERS[output.format](run))
    except StreamError as error:
        return str(error)
    return ""


def _write(output: Output, texts: Iterator[str]) -> None:
    """Write an output: to a file whole or not at all, to standard output piece by piece."""
    if output.path == STANDARD_OUTPUT:
        stream = standard_output()
        for text in texts:
            stream.write(text)
            stream.flush(wait=True)
        return
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as content:
        for text in texts:
            content.write(text.encode("utf-8", "backslashreplace"))
        content.seek(0)
        write_whole(output.path, content)
