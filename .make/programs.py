# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Describe the programs as data, for their man pages and completions: from the settings table, and from help texts."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from tcp_health.services.table import SERVICES
from tcp_health.settings.table import SETTINGS
from tcp_health_plugins.check.help import EXAMPLES
from tcp_health_plugins.check.main import USAGE
from tcp_health_plugins.common import row_files
from tcp_health_plugins.config import options as config
from tcp_health_plugins.listener import options as listener
from tcp_health_plugins.listener.behaviours import BEHAVIOURS
from tcp_health_plugins.sweep import options as sweep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcp_health.settings.table import Setting

FILE, DIRECTORY, HOST = "file", "directory", "host"
"""What a shell completes for a value that is not one of some words."""

_VALUES = {"FILE": FILE, "DIR": DIRECTORY, "DIRECTORY": DIRECTORY, "HOST": HOST}  # by placeholder
_STATES = ("ok", "warning", "critical", "unknown")

# Words of options whose help texts list them in a sentence, by the option or by its placeholder.
_WORDS = {
    "--format": config.FORMATS,
    "FORMAT[:PATH]": sweep.FORMATS,
    "--input-format": row_files.FORMATS,
    "--behaviour": tuple(BEHAVIOURS),
    "--network": ("tcp", "tcp4", "tcp6"),
}


# The heading of a block of options.
_OPTIONS = r"[a-z ]+:\n"

_ABOUT = (
    (
        "check_tcp_health connects to a TCP service, runs a dialogue, compares times with thresholds, and prints"
        " one result as the Nagios plugin guidelines ask. It reports where a problem is: DNS, the network, a"
        " firewall, the server, TLS, the content of the answer, or the monitoring host itself."
    ),
    (
        "Under a name of check_tcp's package, such as check_tcp, check_ftp or check_imap, it accepts the command"
        " lines of that plugin and prints its phrases."
    ),
)


@dataclass(frozen=True)
class Option:
    """An option: its flags, the placeholder of its value ("" without one), and what a shell completes for the value."""

    flags: tuple[str, ...]
    metavar: str
    help: str
    group: str = ""
    words: tuple[str, ...] = ()
    completes: str = ""
    repeatable: bool = False


@dataclass(frozen=True)
class Program:
    """A program: what its page and its completion need. `commands` are its subcommands, `host` is a first argument."""

    name: str
    summary: str
    usage: list[str]
    paragraphs: list[str]
    options: list[Option]
    examples: list[str]
    exit_codes: dict[str, str]
    commands: tuple[str, ...] = ()
    host: bool = False


def programs() -> list[Program]:
    """Return all programs."""
    return [
        _plugin(),
        _from_help("check_tcp_sweep", sweep.HELP, ()),
        _from_help("tcp_health_config", _help_of_config(), config.SUBCOMMANDS),
        _from_help("tcp_health_listener", _help_of_listener(), ()),
    ]


def _plugin() -> Program:
    return Program(
        name="check_tcp_health",
        summary="check a TCP service for Nagios, Icinga and the shell",
        usage=USAGE.partition("\n")[0].partition(": ")[2].splitlines(),
        paragraphs=list(_ABOUT),
        options=[option for each in SETTINGS if "plugin" in each.edges for option in _options_of(each)],
        examples=EXAMPLES.splitlines()[1:],
        exit_codes={
            "0": "OK",
            "1": "WARNING",
            "2": "CRITICAL",
            "3": "UNKNOWN: invalid arguments, a problem of the monitoring host, and the texts of the help and the version",
        },
        host=True,
    )


def _options_of(setting: Setting) -> Iterator[Option]:
    """Yield the option of a setting, and one for each of its constants: -4 is --family 4."""
    constants = dict(setting.constants)
    for text in dict.fromkeys(constants.values()):
        flags = tuple(flag for flag in setting.flags if constants.get(flag) == text)
        long = "--" + setting.name.replace("_", "-")
        yield Option(flags, "", f"the same as {long} {text}", setting.group)
    words = setting.choices
    if setting.kind == "state":
        words = _STATES
    if setting.name == "service":
        words = tuple(SERVICES)
    yield Option(
        flags=tuple(flag for flag in setting.flags if flag not in constants),
        metavar=setting.metavar if setting.takes_value else "",
        help=_with_default(setting),
        group=setting.group,
        words=words,
        completes=_VALUES.get(setting.metavar, ""),
        repeatable=setting.repeatable or setting.kind == "counter",
    )


def _with_default(setting: Setting) -> str:
    if setting.default in (None, False, ()) or setting.kind in ("state", "counter"):
        return setting.help
    default = f"{setting.default:g}" if isinstance(setting.default, float) else setting.default
    return f"{setting.help} ({default})"


def _help_of_config() -> str:
    text = config.parse(["--help"])
    if not isinstance(text, str):
        raise TypeError("tcp_health_config --help is not a text")
    return text


def _help_of_listener() -> str:
    """Return the help in 80 columns without colours; argparse takes both from the terminal."""
    kept = {name: os.environ.get(name) for name in ("COLUMNS", "NO_COLOR")}
    os.environ.update(COLUMNS="80", NO_COLOR="1")
    try:
        return listener.parser().format_help()
    finally:
        for name, value in kept.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _from_help(name: str, text: str, commands: tuple[str, ...]) -> Program:
    """Return a program from its help: usage, paragraphs, options, examples and exit codes, in blocks."""
    usage, *blocks = [block for block in text.strip("\n").split("\n\n") if block.strip()]
    paragraphs: list[str] = []
    options: list[Option] = []
    examples: list[str] = []
    codes: dict[str, str] = {}
    for block in blocks:
        if re.match(rf"({_OPTIONS})?  +-", block):
            options += _options_in(block)
        elif block.startswith("example"):
            examples += block.splitlines()[1:]
        elif block.startswith("exit codes:"):
            codes = _codes_in(" ".join(block.split()))
        else:
            paragraphs.append(" ".join(block.split()))
    if not (paragraphs and options and codes):
        raise ValueError(f"the help of {name} lacks a paragraph, the options or the exit codes")
    summary = paragraphs[0].partition(":")[0].rstrip(".")
    return Program(
        name=name,
        summary=summary[0].lower() + summary[1:],
        usage=usage.partition(": ")[2].splitlines(),
        paragraphs=paragraphs,
        options=options,
        examples=examples,
        exit_codes=codes,
        commands=commands,
    )


def _options_in(block: str) -> list[Option]:
    entries = re.split(r"\n(?=  -)", re.sub(rf"^({_OPTIONS})", "", block))
    found = []
    for entry in entries:
        head, _, rest = re.sub(r"\n +", " ", entry.strip()).partition("  ")
        words = head.split()
        flags = tuple(word.rstrip(",") for word in words if word.startswith("-"))
        metavar = next((word for word in words if not word.startswith("-")), "")
        listed = (_WORDS.get(flags[-1]) or _WORDS.get(metavar, ())) if metavar else ()
        found.append(Option(flags, metavar, rest.strip(), "", tuple(listed), _VALUES.get(metavar, "")))
    return found


def _codes_in(line: str) -> dict[str, str]:
    """Return the codes of a sentence such as "exit codes: 0 written, 1 nothing was written (a, b), 3 invalid"."""
    found = re.findall(r"(?:^exit codes:|,) (\d+) (.+?)(?=, \d+ |\.?$)", line)
    return dict(found)
