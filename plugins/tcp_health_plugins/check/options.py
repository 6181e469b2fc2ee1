# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parse the plugin's command line into settings, by the rules of getopt_long and check_tcp."""

from __future__ import annotations

from tcp_health.settings.readers import Given
from tcp_health.settings.table import OUTPUT, SETTINGS, TABLE, TIME, SettingError
from tcp_health_plugins.common.usage import UsageError

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from typing import Any, BinaryIO

    from tcp_health.settings.table import Setting

OWN_NAME = "check_tcp_health"

# check_tcp replaces these older forms everywhere on the command line, even where they are the value of an option.
_OLD_FORMS = {"-to": "-t", "-wt": "-w", "-ct": "-c"}

# Parsing stops at these options, as check_tcp stops at -h and -V.
_ACTIONS = ("help", "help_all", "list_services", "version")

# A later option of these groups replaces an earlier one, as in other programs: commands of engines append such options.
# A second host, text or threshold is refused instead, because one of them would not be checked.
_LAST_COUNTS = (TIME, OUTPUT)

# Targets of --watch: more have no room on a terminal.
MOST_TARGETS = 20


class CommandLine:
    """The meaning of a command line.

    action        "check", or one of help, help_all, list_services, version
    values        by the settings' names, as settings.build takes them
    service       upper-case name for the first line, or "" for the name of the service that is checked
    host_named    whether the host was given by an option
    check_tcp     whether the program was called by a name that check_tcp's package uses
    ignored       the arguments that check_tcp does not read; an empty last one is not among them
    further       the values of the further targets of --watch, as in values
    from_file     whether some settings are from a file: then an error must not show their texts
    """

    __slots__ = ("action", "check_tcp", "from_file", "further", "host_named", "ignored", "service", "values")

    def __init__(self) -> None:
        self.action = "check"
        self.values: dict[str, Any] = {}
        self.service = ""
        self.host_named = False
        self.check_tcp = False
        self.from_file = False
        self.ignored: list[str] = []
        self.further: list[dict[str, Any]] = []


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
    if command.check_tcp and not _is_option(rest[0]):
        host = rest.pop(0)
    stored: list[str] = []
    if any(argument.startswith("--extra-opts") for argument in rest):
        stored, rest = _with_extra_opts(rest, program, environ, stdin)
        command.from_file = True
    if not command.check_tcp:
        _parse_strictly(stored, rest, command, given)
        return command
    words = _Reader(command, given).read([*stored, *rest])
    # An argument after the options replaces a host before them. check_tcp ignores the arguments after it.
    if words and "host" not in given.values:
        host = words.pop(0)
    command.ignored = _without_empty_end(words)
    command.host_named = "host" in given.values
    if host is not None and not command.host_named:
        given.values["host"] = host
    command.values = given.values
    return command


def _parse_strictly(stored: list[str], arguments: list[str], command: CommandLine, given: Given) -> None:
    """Parse a command line of our own name: options after words count too, and nothing is ignored.

    stored   the options of --extra-opts, which the command line may replace
    """
    command.values = given.values
    _Reader(command, given, strict=True, stored=True).read(stored)
    if command.action != "check":
        return
    reader = _Reader(command, given, strict=True)
    words = reader.read(arguments)
    if command.action == "check":
        further = _take_words(words, reader.seen, given)
        command.further = [_with_host(given, word) for word in further]
        given.expand_url()
        command.host_named = "host" in given.values


def _take_words(words: list[str], seen: Container[str], given: Given) -> list[str]:
    """Take the arguments that are not options: HOST, or HOST PORT. Raises SettingError and UsageError.

    Returns the further targets, which only --watch may have.

    seen   the settings whose options the command line has
    """
    if words and "host" not in seen:
        host, *words = words  # an empty one is the value of an undefined macro, and no host
        if host.isdigit() or not host.isascii():
            from .mistakes import wrong_host

            sentence = wrong_host(host)
            if sentence:
                raise UsageError(sentence)
        given.put(TABLE["host"], host)
        if words and words[0].isdigit() and "port" not in seen:
            given.put(TABLE["port"], words.pop(0))
    words = _without_empty_end(words)
    if given.values.get("watch") and not any(word.isdigit() or not word for word in words):
        if len(words) >= MOST_TARGETS:
            raise UsageError(f"{len(words) + 1} targets: --watch takes at most {MOST_TARGETS}")
        return words
    if words:
        from .mistakes import left_over

        raise UsageError(left_over(words[0], host="host" in seen, port="port" in given.values))
    return words


def _with_host(given: Given, host: str) -> dict[str, Any]:
    """Return the values of a further target, which differ by its host and by what that means as a URL."""
    other = Given()
    other.values = given.values.copy()
    other.put(TABLE["host"], host)
    other.expand_url()
    return other.values


def _without_empty_end(words: list[str]) -> list[str]:
    """Return the words without empty ones at the end: Debian's commands end in '$ARG2$', which is often empty."""
    while words and not words[-1]:
        words = words[:-1]
    return words


def describe(error: SettingError, *, from_file: bool = False) -> str:
    """Return the message of a setting's error, with the setting's option; from_file as in CommandLine."""
    sentence = error.sentence
    if from_file:
        from tcp_health.text.files import unquoted  # most checks have no options from a file

        sentence = unquoted(sentence)
    return f"{_flags_of(error.name)}: {sentence}"


def _of_file(error: UsageError, argument: str, place: str) -> UsageError:
    """Return the error of an option from a file with its place instead of its text."""
    from tcp_health.text.files import unquoted

    name, _, value = argument.partition("=")
    sentence = unquoted(str(error))
    for text in (value, "" if name in _FLAGS else name, "" if name in _FLAGS else name[:40]):
        sentence = sentence.replace(f" {text}", "") if text else sentence
    return UsageError(f"{place}: {sentence}")


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
) -> tuple[list[str], list[str]]:
    from .extra_opts import expand

    try:
        return expand(arguments, program.rpartition("/")[2], environ, stdin)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _is_option(argument: str) -> bool:
    """Whether check_tcp takes its first argument as an option: one or two dashes and another character after them."""
    return argument.startswith("-") and not argument.startswith("---") and argument != "-"


class _Reader:
    """Reads options into a command line.

    strict   whether it refuses what check_tcp drops: a second value, a missing value, an option without effect
    stored   whether the options come from a file, where no option can be taken for the value of another
    seen     the text of each option, by the names of their settings
    """

    __slots__ = ("_arguments", "_command", "_given", "_stored", "_strict", "seen")

    def __init__(
        self, command: CommandLine, given: Given, *, strict: bool = False, stored: bool = False
    ) -> None:
        self._command = command
        self._given = given
        self._strict = strict
        self._stored = stored
        self._arguments: list[str] = []
        self.seen: dict[str, str] = {}

    def read(self, arguments: list[str]) -> list[str]:
        """Read the options; return the arguments that are not options, or all after the first one unless strict."""
        self._arguments = rest = arguments.copy()
        words = []
        while rest:
            argument = rest.pop(0)
            if argument == "--":
                break
            place = getattr(argument, "place", "")  # extra_opts.FileText has one
            if not argument.startswith("-") or argument == "-":
                if place:
                    raise UsageError(f"{place}: this option takes no value")
                words.append(argument)
                if not self._strict:
                    break
                continue
            try:
                if argument.startswith("--"):
                    self._read_long(argument)
                else:
                    self._read_short(argument)
            except UsageError as error:
                if not place:
                    raise
                raise _of_file(error, argument, place) from None
            if self._command.action != "check":
                return []
        return words + rest

    def _read_long(self, argument: str) -> None:
        name, equals, value = argument.partition("=")
        flag, setting = _find_long(name)
        constant = dict(setting.constants).get(flag)
        if constant is not None or not setting.takes_value:
            if equals:
                raise UsageError(f"option {flag} takes no value, but {value[:40]!r} was given")
            self._apply(flag, setting, constant)
            return
        self._apply(flag, setting, value if equals else self._next_value(flag, setting))

    def _read_short(self, argument: str) -> None:
        """Read an argument of short options: several flags, or one with its value, as in -4S and -p80."""
        name = argument.partition("=")[0]
        if self._strict and f"-{name}" in _FLAGS:
            raise UsageError(f"invalid option {name}: did you mean -{name}?")
        position = 1
        while position < len(argument):
            flag = "-" + argument[position]
            position += 1
            setting = _SHORT.get(flag)
            if setting is None:
                from .mistakes import unknown_short

                raise UsageError(unknown_short(flag, argument))
            constant = dict(setting.constants).get(flag)
            if constant is not None or not setting.takes_value:
                self._apply(flag, setting, constant)
                if self._command.action != "check":
                    return
                continue
            text = argument[position:] or self._next_value(flag, setting)
            try:
                self._apply(flag, setting, text)
            except UsageError as error:
                if position == len(argument):
                    raise
                from .mistakes import long_form

                raise UsageError(f"{error}{long_form(argument)}") from None
            return

    def _next_value(self, flag: str, setting: Setting) -> str:
        if not self._arguments:
            # The output would have another character for the |.
            value = setting.metavar.replace("|", " or ")
            raise UsageError(f"option {flag} requires a value: {flag} {value}")
        value = self._arguments.pop(0)
        if self._strict and not self._stored and value.startswith("-") and _is_known(value):
            own = f"--{setting.name.replace('_', '-')}"
            raise UsageError(
                f"option {flag} requires a value, and {value[:40]} is an option: if it is the value, write {own}={value[:40]}"
            )
        return value

    def _apply(self, flag: str, setting: Setting, text: str | None) -> None:
        if setting.name in _ACTIONS:
            self._command.action = setting.name
            return
        if self._strict:
            self._refuse_lost(flag, setting, text)
        if text is None:
            self._given.switch_on(setting)
            return
        if setting.kind == "ignored":
            return
        try:
            self._given.put(setting, text)
        except SettingError as error:
            raise UsageError(f"option {flag}: {error.sentence}") from None

    def _refuse_lost(self, flag: str, setting: Setting, text: str | None) -> None:
        """Raise UsageError if the option, or an earlier one, would have no effect."""
        if setting.kind == "ignored":
            from .mistakes import without_effect

            raise UsageError(without_effect(flag))
        if setting.name == "escape" and not self._given.values.keys().isdisjoint(("send", "quit")):
            raise UsageError(f"option {flag}: must come before the -s and -q that it changes")
        if text is None or setting.repeatable:
            return
        before = self.seen.get(setting.name, text)
        self.seen[setting.name] = text
        if before != text and setting.name != "trace" and setting.group not in _LAST_COUNTS:
            several = "; --step makes a dialogue of several texts" if setting.name == "send" else ""
            raise UsageError(f"option {flag}: given twice with different values{several}")


def _is_known(argument: str) -> bool:
    """Whether an argument is exactly an option of the table, with or without a value after =; or flags in one word."""
    if argument.startswith("--"):
        return argument.partition("=")[0] in _FLAGS
    flags = [_SHORT.get(f"-{letter}") for letter in argument[1:]]
    if len(flags) == 1:
        return flags[0] is not None
    return bool(flags) and all(each is not None and not each.takes_value for each in flags)


_PLUGIN_SETTINGS = tuple(setting for setting in SETTINGS if "plugin" in setting.edges)
_FLAGS = {flag: setting for setting in _PLUGIN_SETTINGS for flag in setting.flags}
_SHORT = {flag: setting for flag, setting in _FLAGS.items() if not flag.startswith("--")}


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
        from .mistakes import unknown_long

        raise UsageError(unknown_long(name))
    raise UsageError(f"ambiguous option {name}: could be {' or '.join(sorted(candidates)[:6])}")
