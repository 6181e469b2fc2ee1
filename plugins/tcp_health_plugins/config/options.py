# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parse the command line of tcp_health_config into Options."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tcp_health.text.clean import clean
from tcp_health_plugins.common.arguments import Parser, typed
from tcp_health_plugins.common.row_files import FORMATS as INPUT_FORMATS
from tcp_health_plugins.common.usage import UsageError

from .definitions import name_error

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

PROGRAM = "tcp_health_config"

FORMATS = ("nagios", "icinga2")
SUBCOMMANDS = ("render", "command")

# What each subcommand requires, and what else it takes.
_TAKES = {
    "render": (
        ("format", "targets", "output"),
        ("input_format", "name", "plugin_dir", "host_template", "service_template", "no_hosts", "force"),
    ),
    "command": (("format",), ("plugin_dir", "all_settings")),
}
_OPTIONS = {name for takes in _TAKES.values() for names in takes for name in names}
_DEFAULTS: dict[str, Any] = {
    "targets": "",
    "output": Path(),
    "input_format": None,
    "name": "",
    "origin": "",
    "host_template": "generic-host",
    "service_template": "generic-service",
}

USAGE = f"""\
usage: {PROGRAM} render --format nagios|icinga2 --targets FILE
                                --output DIR [OPTION...]
       {PROGRAM} command --format nagios|icinga2 [OPTION...]"""

# The names of the plugin directory in the engines' default configurations.
_PLUGIN_DIRS = {"nagios": "$USER1$", "icinga2": "PluginDir"}

_MACRO = re.compile(r"\$USER[0-9]{1,3}\$")
_CONSTANT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIST = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
_UNNAMED = "targets"  # the list on standard input, or on another descriptor
_PATH = re.compile(r"/[A-Za-z0-9_./+@:-]*")

_HELP = f"""\
{USAGE}

Writes Nagios or Icinga 2 configuration for a list of targets: a command that
runs check_tcp_health, the hosts, and a service for each target. The subcommand
command prints the definition of the command alone.

  --format WORD            nagios or icinga2
  --targets FILE           targets with their settings: as lines such as
                           db1:5432 retries=2, as CSV, JSON, JSON lines, YAML
                           or an Ansible inventory; - is standard input
  --input-format WORD      lines, csv, json, jsonl, yaml or inventory (by the
                           end of FILE: .csv, .json, .jsonl, .yaml; else lines)
  --output DIR             directory for the files; created if missing
  --name NAME              name of the list, in the name of its file: lists with
                           different names can have the same directory (the name
                           of FILE without its extension; then the file of
                           another list with this name is not replaced)
  --plugin-dir DIR         directory of check_tcp_health: a path, $USERn$ for
                           Nagios ($USER1$), a constant for Icinga 2 (PluginDir)
  --host-template NAME     template that each host uses (generic-host)
  --service-template NAME  template that each service uses (generic-service)
  --no-hosts               write only services, for hosts defined elsewhere
  --all-settings           with command: every setting as an argument of the
                           CheckCommand, not only the common ones
  --force                  replace files that this program did not write, and
                           that of another list
  -h, --help               print this help and exit
  -V, --version            print the version and exit

A row may have every setting of check_tcp_health that concerns the check, with
underscores in its name, and name= and host_name= for the names of the objects.
Nothing is written when a row is invalid.

example:
  $ cat targets
  # our databases
  db1:5432 retries=2 warning_time=200ms
  [2001:db8::7]:22 host_name=gate expect='SSH-2.0'
  mail.example.org service=imap name='mailbox access'
  $ {PROGRAM} render --format icinga2 --targets targets \\
        --output /etc/icinga2/conf.d/tcp_health

exit codes: 0 written or unchanged, 1 nothing was written (a row is invalid, a
file cannot be read or written, jinja2 is missing), 3 invalid arguments,
130 interrupted."""


@dataclass(frozen=True)
class Options:
    """The options of a subcommand; plugin_dir as the engine's configuration language writes it.

    ``origin`` is the place of the list if its file has no name of its own (--name), else "". The subcommand command has
    no targets, no name and no origin.
    """

    subcommand: str
    format: str
    targets: str
    input_format: str | None
    output: Path
    name: str
    origin: str
    plugin_dir: str
    host_template: str
    service_template: str
    no_hosts: bool
    all_settings: bool
    force: bool


def parse(arguments: Sequence[str]) -> Options | str:
    """Return the Options of a command line, or the text of --help or --version. Raises UsageError."""
    given = _parser().parse_args(arguments)
    if given.help:
        return _HELP
    if given.version:
        from tcp_health import __version__

        return f"{PROGRAM} {__version__}"
    if given.subcommand is None:
        raise UsageError(f"missing subcommand: {' or '.join(SUBCOMMANDS)}")
    required, optional = _TAKES[given.subcommand]
    for name in required:
        if getattr(given, name) is None:
            raise UsageError(f"{given.subcommand} requires --{name}")
    for name in sorted(_OPTIONS):
        if name not in required + optional and getattr(given, name) not in (None, False):
            raise UsageError(f"{given.subcommand} does not take --{name.replace('_', '-')}")
    values = _DEFAULTS | {name: each for name, each in vars(given).items() if each is not None}
    values["plugin_dir"] = _plugin_dir(given.plugin_dir or _PLUGIN_DIRS[given.format], given.format)
    if given.subcommand == "render" and given.name is None:
        values["name"] = _name_of(given.targets)
        values["origin"] = _origin_of(given.targets)
    return Options(**{field.name: values[field.name] for field in fields(Options)})


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=PROGRAM, add_help=False, allow_abbrev=False)
    add = parser.add_argument
    add("subcommand", nargs="?", type=typed(_subcommand))
    add("--format", type=typed(_format))
    add("--targets", type=typed(_path))
    add("--input-format", type=typed(_input_format))
    add("--output", type=typed(_directory))
    add("--name", type=typed(_list_name))
    add("--plugin-dir", type=typed(_path))
    add("--host-template", type=typed(_object_name))
    add("--service-template", type=typed(_object_name))
    add("--no-hosts", action="store_true")
    add("--all-settings", action="store_true")
    add("--force", action="store_true")
    add("-h", "--help", action="store_true")
    add("-V", "--version", action="store_true")
    return parser


def _subcommand(text: str) -> str:
    if text not in SUBCOMMANDS:
        raise ValueError(f"invalid subcommand {text[:40]!a}: must be {' or '.join(SUBCOMMANDS)}")
    return text


def _format(text: str) -> str:
    if text not in FORMATS:
        raise ValueError(f"invalid format {text[:40]!a}: must be {' or '.join(FORMATS)}")
    return text


def _input_format(text: str) -> str:
    if text not in INPUT_FORMATS:
        raise ValueError(f"invalid input format {text[:40]!a}: must be one of {', '.join(INPUT_FORMATS)}")
    return text


def _path(text: str) -> str:
    if not text or "\0" in text:
        raise ValueError(f"invalid path {text[:80]!a}: must not be empty")
    return text


def _directory(text: str) -> Path:
    return Path(_path(text))


def _list_name(text: str) -> str:
    if not _LIST.fullmatch(text) or text == "command":
        raise ValueError(
            f"invalid list name {text[:80]!a}: must be letters, digits, ., _ and -, begin with a letter or a digit,"
            " and not be 'command'"
        )
    return text


def _name_of(targets: str) -> str:
    """Return the name of the list in a file. Raises UsageError."""
    if targets == "-" or targets.startswith("/dev/"):  # a shell's <(command) is /dev/fd/63
        return _UNNAMED
    try:
        return _list_name(Path(targets).stem)
    except ValueError as error:
        raise UsageError(f"--targets: {error}; set another one with --name") from None


def _origin_of(targets: str) -> str:
    """Return the absolute path of a list, ``-`` for standard input, or "" if a comment cannot have the path as it is."""
    if targets == "-" or targets.startswith("/dev/"):
        return "-"
    try:
        path = str(Path(targets).absolute())
    except OSError:  # the current directory has been removed
        return ""
    return path if clean(path, len(path)) == path else ""


def _object_name(text: str) -> str:
    error = name_error(text)
    if error:
        raise ValueError(error)
    return text


def _plugin_dir(text: str, style: str) -> str:
    """Return the directory as a command_line of Nagios begins with it, or as an expression of Icinga."""
    path = text.rstrip("/") or "/"
    if _PATH.fullmatch(text):
        return path if style == "nagios" else f'"{path}"'
    kinds = {
        "nagios": (_MACRO, "a macro such as $USER1$"),
        "icinga2": (_CONSTANT, "a constant such as PluginDir"),
    }
    pattern, alternative = kinds[style]
    if not pattern.fullmatch(text):
        raise UsageError(
            f"--plugin-dir: invalid directory {text[:80]!a}: must be an absolute path of letters, digits and ._/+@:-,"
            f" or {alternative}"
        )
    return text
