# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""tcp_health_config: write Nagios and Icinga configuration for a list of targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcp_health.settings.rows import Row, WrongRow
from tcp_health.text.files import FileError, refuse_openssl_configuration
from tcp_health_plugins.common.output import CLOSED, READER_GONE, write_error, write_output
from tcp_health_plugins.common.row_files import name_of, read_rows
from tcp_health_plugins.common.usage import UsageError

from .definitions import ENGINE_TIMEOUT, hosts, icinga2_settings, services
from .options import PROGRAM, USAGE, Options, parse
from .writing import NotWrittenError, write_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from .definitions import Service

DONE = 0
NOT_WRITTEN = 1
WRONG_ARGUMENTS = 3
INTERRUPTED = 130  # what a shell reports after Ctrl-C

# Bytes of a list of targets: half a million rows, far more than an engine can load.
MOST = 1 << 25


def main(arguments: Sequence[str]) -> int:
    """Run the command, print the result, and return the exit code."""
    try:
        options = parse(arguments)
        if isinstance(options, str):
            return _print(options)
        return _render(options) if options.subcommand == "render" else _print_command(options)
    except UsageError as error:
        write_error(f"{PROGRAM}: {error}", *USAGE.splitlines(), f"Try '{PROGRAM} --help'.")
        return WRONG_ARGUMENTS
    except NotWrittenError as error:
        write_error(f"{PROGRAM}: {error}; nothing was written")
        return NOT_WRITTEN
    except KeyboardInterrupt:
        write_error(f"{PROGRAM}: interrupted; nothing was written")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one place where no traceback may reach a user
        write_error(f"{PROGRAM}: internal error: {type(error).__name__}: {error}")
        return NOT_WRITTEN


def _render(options: Options) -> int:
    found = _read_targets(options)
    valid_rows = [each for each in found if isinstance(each, Row)]
    invalid_rows = [each for each in found if isinstance(each, WrongRow)]
    service_objects, without_service = services(valid_rows, options.format)
    host_objects, without_host = ([], []) if options.no_hosts else hosts(valid_rows)
    order = {each.place: number for number, each in enumerate(found)}
    errors = sorted([*invalid_rows, *without_service, *without_host], key=lambda each: order[each.place])
    if errors:
        invalid = len({error.place for error in errors})
        write_error(
            *(error.located(name_of(options.targets)) for error in errors),
            f"{PROGRAM}: nothing was written: {invalid} of {_counted(len(order), 'row')}"
            f" {'is' if invalid == 1 else 'are'} invalid",
        )
        return NOT_WRITTEN
    if not valid_rows:
        raise NotWrittenError(f"{name_of(options.targets)} contains no target")
    rendering = _import_rendering()
    texts = rendering.render(
        options.format,
        options.name,
        {
            "plugin_dir": options.plugin_dir,
            "host_template": options.host_template,
            "service_template": options.service_template,
            "settings": icinga2_settings(),
            "hosts": host_objects,
            "services": service_objects,
        },
        options.origin,
    )
    origin = (rendering.ORIGIN, options.origin)
    changed = write_files(options.output, texts, rendering.MARKER, origin=origin, force=options.force)
    _warn_of_engine_timeout(options, service_objects)
    files = [
        f"{options.output / name} ({'new' if options.output / name in changed else 'as before'})"
        for name in texts
    ]
    counts = f"{_counted(len(host_objects), 'host')}, {_counted(len(service_objects), 'service')}"
    return _print(f"{counts}: {', '.join(files)}")


def _print_command(options: Options) -> int:
    """Print the definition of the command, for a user's own configuration."""
    settings = icinga2_settings(common=not options.all_settings)
    context = {"plugin_dir": options.plugin_dir, "settings": settings}
    return _print(_import_rendering().render_command(options.format, context).rstrip("\n"))


def _import_rendering() -> ModuleType:
    """Return the module that needs jinja2. Raises NotWrittenError."""
    try:
        refuse_openssl_configuration()  # jinja2 imports hashlib
        from . import rendering
    except ModuleNotFoundError as error:
        raise NotWrittenError(
            f"the Python package {error.name} is missing: install jinja2 (Debian and Fedora: python3-jinja2)"
        ) from None
    except FileError as error:
        raise NotWrittenError(str(error)) from None
    return rendering


def _read_targets(options: Options) -> list[Row | WrongRow]:
    try:
        # The checks run on another host, which has the secrets and files that they name.
        return list(read_rows(options.targets, options.input_format, most=MOST, elsewhere=True))
    except FileError as error:
        raise NotWrittenError(f"cannot read {error}") from None


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _warn_of_engine_timeout(options: Options, service_objects: Sequence[Service]) -> None:
    """Warn when Nagios would end a check too early; its timeout for all services is set in its main file only.

    Icinga needs no warning: its timeout is part of each service's definition.
    """
    longest = max(each.seconds for each in service_objects)
    if options.format == "nagios" and longest >= ENGINE_TIMEOUT:
        write_error(
            f"{PROGRAM}: note: a check may take {longest:g} s: set service_check_timeout in nagios.cfg"
            f" to a higher value (default: {ENGINE_TIMEOUT} s)"
        )


def _print(text: str) -> int:
    """Print to standard output; return the exit code. A closed output is no failure: the files are written."""
    failure = write_output(text + "\n")
    if failure in (None, CLOSED, READER_GONE):
        return DONE
    write_error(f"{PROGRAM}: cannot write to standard output: {failure}")
    return NOT_WRITTEN
