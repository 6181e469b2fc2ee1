# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Command line → values by their settings' names, after getopt_long's rules and check_tcp's habits."""

from __future__ import annotations

from tcp_health.problems import SettingError
from tcp_health.settings import SETTINGS, TABLE, Given
from tcp_health_plugins.common.usage import UsageError

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, BinaryIO

    from tcp_health.settings import Setting

OWN_NAME = "check_tcp_health"

# check_tcp takes these for its older forms wherever they stand, values included.
_OLD_FORMS = {"-to": "-t", "-wt": "-w", "-ct": "-c"}

# Settings that end the reading at once, as -h and -V do in check_tcp.
_AT_ONCE = ("help", "help_all", "version")


class CommandLine:
    """What a command line asks for.

    action        "check", or one of help, help_all, version
    values        by the settings' names, as settings.build takes them
    service       upper-case name for the first line, or "" for the named service's own
    host_named    whether the host was given by an option
    check_tcp     whether the program runs under one of check_tcp's names
    ignored       words that stand where check_tcp reads no more
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
    """Read a command line; ``program`` is the name it was called by. Raises UsageError."""
    line = CommandLine()
    given = Given()
    _named_service(line, given, program)
    words = [_OLD_FORMS.get(word, word) for word in arguments]
    if not words:
        raise UsageError("no arguments: at least a host and a port are needed")
    host = None
    if not _is_option(words[0]):
        host = words.pop(0)
    if any(word.startswith("--extra-opts") for word in words):
        words = _with_extra_opts(words, program, environ, stdin)
    try:
        rest = _read_options(words, line, given)
    except SettingError as problem:  # a named service's, which no flag of the line has set
        raise UsageError(f"{_flag(problem.name)} {problem.sentence}") from None
    # A word after the options replaces the first one, and whatever stands behind it is not read.
    if rest and "host" not in given.values:
        host = rest.pop(0)
    line.ignored = rest
    line.host_named = "host" in given.values
    if host is not None and not line.host_named:
        given.values["host"] = host
    line.values = given.values
    return line


def describe(problem: SettingError) -> str:
    """A setting's error as a sentence about its option."""
    return f"{_flag(problem.name)}: {problem.sentence}"


def _flag(name: str) -> str:
    flags = TABLE[name].flags
    return " or ".join((flags[0], flags[-1])) if len(flags) > 1 else flags[0]


def service_word(program: str) -> str:
    """What a name like check_ftp says behind its "check_", in lower case; nothing for our own and other names."""
    name = program.rpartition("/")[2]
    word = name[6:].lower() if name.startswith("check_") else ""
    return "" if word.startswith("tcp_health") else word


def _named_service(line: CommandLine, given: Given, program: str) -> None:
    """The service that a link's name stands for; check_tcp takes any name that begins with one, in any case."""
    word = service_word(program)
    if not word:
        return
    line.check_tcp = True
    line.service = word.upper()
    if word == "tcp":
        return
    from tcp_health.services import SERVICES  # most checks name no service

    theirs = [name for name, service in SERVICES.items() if service.check_tcp]
    matching = [name for name in theirs if word.startswith(name) and name != "tcp"]
    if not matching:
        name = program.rpartition("/")[2]
        raise UsageError(f"called as {name}, and check_tcp has no service {word}; it has {', '.join(theirs)}")
    given.put(TABLE["service"], max(matching, key=len))


def _with_extra_opts(
    words: list[str], program: str, environ: Mapping[str, str], stdin: BinaryIO | None
) -> list[str]:
    from .extra_opts import expand

    try:
        return expand(words, program.rpartition("/")[2], environ, stdin)
    except ValueError as problem:
        raise UsageError(str(problem)) from None


def _is_option(word: str) -> bool:
    """check_tcp's rule for its first word: one or two dashes and something else behind them."""
    return word.startswith("-") and not word.startswith("---") and word != "-"


def _read_options(words: list[str], line: CommandLine, given: Given) -> list[str]:
    """Read options up to the first word that is none; returns what is left. The words are consumed."""
    while words:
        word = words[0]
        if word == "--":
            return words[1:]
        if not word.startswith("-") or word == "-":
            break
        words.pop(0)
        if word.startswith("--"):
            _read_long(word, words, line, given)
        else:
            _read_cluster(word, words, line, given)
        if line.action != "check":
            return []
    return words


def _read_long(word: str, words: list[str], line: CommandLine, given: Given) -> None:
    name, equals, value = word.partition("=")
    flag, setting = _find(name)
    constant = dict(setting.constants).get(flag)
    if constant is not None or not setting.takes_value:
        if equals:
            raise UsageError(f"option {flag} takes no value, unlike {value[:40]!r}")
        _take(flag, setting, constant, line, given)
        return
    if not equals:
        if not words:
            raise UsageError(f"option {flag} needs a value: {flag} {setting.metavar}")
        value = words.pop(0)
    _take(flag, setting, value, line, given)


def _read_cluster(word: str, words: list[str], line: CommandLine, given: Given) -> None:
    """Short options: flags may stand together, a value may stick to its letter."""
    position = 1
    while position < len(word):
        flag = "-" + word[position]
        position += 1
        setting = _SHORT.get(flag)
        if setting is None:
            raise UsageError(f"there is no option {flag}")
        constant = dict(setting.constants).get(flag)
        if constant is not None or not setting.takes_value:
            _take(flag, setting, constant, line, given)
            if line.action != "check":
                return
            continue
        if position < len(word):
            value = word[position:]
        elif words:
            value = words.pop(0)
        else:
            raise UsageError(f"option {flag} needs a value: {flag} {setting.metavar}")
        _take(flag, setting, value, line, given)
        return


def _take(flag: str, setting: Setting, text: str | None, line: CommandLine, given: Given) -> None:
    if setting.name in _AT_ONCE:
        line.action = setting.name
        return
    if text is None:
        given.switch_on(setting)
        return
    if setting.kind == "ignored":
        return
    try:
        given.put(setting, text)
    except SettingError as problem:
        raise UsageError(f"option {flag}: {problem.sentence}") from None


_PLUGIN_SETTINGS = tuple(setting for setting in SETTINGS if "plugin" in setting.edges)
_SHORT = {
    flag: setting for setting in _PLUGIN_SETTINGS for flag in setting.flags if not flag.startswith("--")
}


def _find(name: str) -> tuple[str, Setting]:
    """The long option that a word names: in full, or by a beginning that only one has.

    check_tcp's own options come first, so that a beginning that is clear there stays clear among all of ours.
    """
    own: dict[str, Setting] = {}
    for old in (True, False):
        for setting in _PLUGIN_SETTINGS:
            for flag in setting.flags:
                if flag == name:
                    return flag, setting
                if flag.startswith(name) and flag.startswith("--") and (flag in setting.old) is old:
                    own[flag] = setting
        if own:
            break
    # check_tcp calls --crit ambiguous because of an option that it ignores; what does nothing competes with nothing.
    own = {flag: setting for flag, setting in own.items() if setting.kind != "ignored"} or own
    meanings = {(setting.name, dict(setting.constants).get(flag)) for flag, setting in own.items()}
    if len(meanings) == 1:
        return next(iter(own.items()))
    if not own:
        raise UsageError(f"there is no option {name[:40]}")
    raise UsageError(f"option {name} could be {' or '.join(sorted(own)[:6])}")
