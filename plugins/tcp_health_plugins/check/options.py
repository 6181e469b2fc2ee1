# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parse the plugin's command line into settings, by the rules of getopt_long and check_tcp."""

from __future__ import annotations

from tcp_health.settings.readers import Given
from tcp_health.settings.table import SETTINGS, TABLE, SettingError
from tcp_health_plugins.common.usage import UsageError

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, BinaryIO

    from tcp_health.settings.table import Setting

OWN_NAME = "check_tcp_health"

# check_tcp replaces these older forms everywhere on the command line, even where they are the value of an option.
_OLD_FORMS = {"-to": "-t", "-wt": "-w", "-ct": "-c"}

# Parsing stops at these options, as check_tcp stops at -h and -V.
_ACTIONS = ("help", "help_all", "version")


class CommandLine:
    """The meaning of a command line.

    action        "check", or one of help, help_all, version
    values        by the settings' names, as settings.build takes them
    service       upper-case name for the first line, or "" for the name of the service that is checked
    host_named    whether the host was given by an option
    check_tcp     whether the program was called by a name that check_tcp's package uses
    ignored       the arguments that check_tcp does not read
    """

    __slots__ = ("action", "check_tcp", "host_named", "ignored", "service", "values")

    def __init__(self) -> None:
        self.action = "check"
        self.values: dict[str, Any] = {}
        self.service = ""
        self.host_named = False
        self.check_tcp = False
        self.ignored: list[str] = []


def parse(
    arguments: Sequence[str], program: str, environ: Mapping[str, str], stdin: BinaryIO | None = None
) -> CommandLine:
    """Parse a command line. ``program`` is the name by which the plugin was called. Raises UsageError."""
    command = CommandLine()
    given = Given()
    _select_service(command, given, program)
    rest = [_OLD_FORMS.get(argument, argument) for argument in arguments]
    if not rest:
        raise UsageError("missing arguments: a host and a port are required")
    host = None
    if not _is_option(rest[0]):
        host = rest.pop(0)
    if any(argument.startswith("--extra-opts") for argument in rest):
        rest = _with_extra_opts(rest, program, environ, stdin)
    try:
        rest = _parse_options(rest, command, given)
    except SettingError as error:  # from the named service, so no option of the command line has caused it
        raise UsageError(describe(error)) from None
    # An argument after the options replaces a host before them. check_tcp ignores the arguments after it.
    if rest and "host" not in given.values:
        host = rest.pop(0)
    command.ignored = rest
    command.host_named = "host" in given.values
    if host is not None and not command.host_named:
        given.values["host"] = host
    command.values = given.values
    return command


def describe(error: SettingError) -> str:
    """Return the message of a setting's error, with the setting's option."""
    return f"{_flags_of(error.name)}: {error.sentence}"


def _flags_of(name: str) -> str:
    flags = TABLE[name].flags
    return "/".join((flags[0], flags[-1])) if len(flags) > 1 else flags[0]


def service_in_name(program: str) -> str:
    """Return the service in a program name, as "ftp" in check_ftp; "" for our own and other names."""
    name = program.rpartition("/")[2]
    service = name[6:].lower() if name.startswith("check_") else ""
    return "" if service.startswith("tcp_health") else service


def _select_service(command: CommandLine, given: Given, program: str) -> None:
    """Set the service that a link's name selects; check_tcp accepts any name that begins with one, in any case."""
    suffix = service_in_name(program)
    if not suffix:
        return
    command.check_tcp = True
    command.service = suffix.upper()
    if suffix == "tcp":
        return
    from tcp_health.services.table import SERVICES  # most checks name no service

    known = [name for name, service in SERVICES.items() if service.check_tcp]
    matching = [name for name in known if suffix.startswith(name) and name != "tcp"]
    if not matching:
        name = program.rpartition("/")[2]
        raise UsageError(f"invalid program name {name!r}: must be check_ and one of {', '.join(known)}")
    given.put(TABLE["service"], max(matching, key=len))


def _with_extra_opts(
    arguments: list[str], program: str, environ: Mapping[str, str], stdin: BinaryIO | None
) -> list[str]:
    from .extra_opts import expand

    try:
        return expand(arguments, program.rpartition("/")[2], environ, stdin)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _is_option(argument: str) -> bool:
    """Whether check_tcp takes its first argument as an option: one or two dashes and another character after them."""
    return argument.startswith("-") and not argument.startswith("---") and argument != "-"


def _parse_options(arguments: list[str], command: CommandLine, given: Given) -> list[str]:
    """Parse up to the first non-option argument; return it and the arguments after it. Consumes the list."""
    while arguments:
        argument = arguments[0]
        if argument == "--":
            return arguments[1:]
        if not argument.startswith("-") or argument == "-":
            break
        arguments.pop(0)
        if argument.startswith("--"):
            _parse_long(argument, arguments, command, given)
        else:
            _parse_short(argument, arguments, command, given)
        if command.action != "check":
            return []
    return arguments


def _parse_long(argument: str, arguments: list[str], command: CommandLine, given: Given) -> None:
    name, equals, value = argument.partition("=")
    flag, setting = _find_long(name)
    constant = dict(setting.constants).get(flag)
    if constant is not None or not setting.takes_value:
        if equals:
            raise UsageError(f"option {flag} takes no value, but {value[:40]!r} was given")
        _apply(flag, setting, constant, command, given)
        return
    if not equals:
        if not arguments:
            raise UsageError(f"option {flag} requires a value: {flag} {setting.metavar}")
        value = arguments.pop(0)
    _apply(flag, setting, value, command, given)


def _parse_short(argument: str, arguments: list[str], command: CommandLine, given: Given) -> None:
    """Parse an argument of short options: several flags, or one with its value, as in -4S and -p80."""
    position = 1
    while position < len(argument):
        flag = "-" + argument[position]
        position += 1
        setting = _SHORT.get(flag)
        if setting is None:
            raise UsageError(f"unknown option {flag}")
        constant = dict(setting.constants).get(flag)
        if constant is not None or not setting.takes_value:
            _apply(flag, setting, constant, command, given)
            if command.action != "check":
                return
            continue
        if position < len(argument):
            value = argument[position:]
        elif arguments:
            value = arguments.pop(0)
        else:
            raise UsageError(f"option {flag} requires a value: {flag} {setting.metavar}")
        _apply(flag, setting, value, command, given)
        return


def _apply(flag: str, setting: Setting, text: str | None, command: CommandLine, given: Given) -> None:
    if setting.name in _ACTIONS:
        command.action = setting.name
        return
    if text is None:
        given.switch_on(setting)
        return
    if setting.kind == "ignored":
        return
    try:
        given.put(setting, text)
    except SettingError as error:
        raise UsageError(f"option {flag}: {error.sentence}") from None


_PLUGIN_SETTINGS = tuple(setting for setting in SETTINGS if "plugin" in setting.edges)
_SHORT = {
    flag: setting for setting in _PLUGIN_SETTINGS for flag in setting.flags if not flag.startswith("--")
}


def _find_long(name: str) -> tuple[str, Setting]:
    """Return the long option that a name or an unambiguous abbreviation selects, and its setting.

    check_tcp's own options are searched first, so that an abbreviation of them keeps its meaning beside ours.
    """
    candidates: dict[str, Setting] = {}
    for old in (True, False):
        for setting in _PLUGIN_SETTINGS:
            for flag in setting.flags:
                if flag == name:
                    return flag, setting
                if flag.startswith(name) and flag.startswith("--") and (flag in setting.old) is old:
                    candidates[flag] = setting
        if candidates:
            break
    # check_tcp rejects --crit as ambiguous because of an option that it ignores. We prefer options with an effect.
    candidates = {
        flag: setting for flag, setting in candidates.items() if setting.kind != "ignored"
    } or candidates
    meanings = {(setting.name, dict(setting.constants).get(flag)) for flag, setting in candidates.items()}
    if len(meanings) == 1:
        return next(iter(candidates.items()))
    if not candidates:
        raise UsageError(f"unknown option {name[:40]}")
    raise UsageError(f"ambiguous option {name}: could be {' or '.join(sorted(candidates)[:6])}")
