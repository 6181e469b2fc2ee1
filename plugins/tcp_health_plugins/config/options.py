# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line of tcp_health_config: words to Options."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from tcp_health_plugins.common.arguments import Parser, typed
from tcp_health_plugins.common.usage import UsageError

from .definitions import wrong_name

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

PROGRAM = "tcp_health_config"

FORMATS = ("nagios", "icinga2")

USAGE = f"""\
usage: {PROGRAM} render --format nagios|icinga2 --targets FILE
                                --output DIR [OPTION...]"""

# Where the engines, as they are delivered, say that the plugins are.
_PLUGIN_DIRS = {"nagios": "$USER1$", "icinga2": "PluginDir"}

_MACRO = re.compile(r"\$USER[0-9]{1,3}\$")
_CONSTANT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATH = re.compile(r"/[A-Za-z0-9_./+@:-]*")

_HELP = f"""\
{USAGE}

Writes Nagios or Icinga 2 configuration for a list of targets: a command that
runs check_tcp_health, the hosts, and a service for each target.

  --format WORD            nagios or icinga2
  --targets FILE           a target a line: host:port, [v6]:port or /socket, and
                           behind it settings as key=value; - is standard input
  --output DIR             the folder for the files; made where it is missing
  --plugin-dir DIR         where check_tcp_health is: a path, $USERn$ for Nagios
                           ($USER1$), a constant for Icinga 2 (PluginDir)
  --host-template NAME     what each host uses or imports (generic-host)
  --service-template NAME  what each service uses or imports (generic-service)
  --no-hosts               services alone, for hosts that are defined elsewhere
  --force                  replace files that this program has not made
  -h, --help               print this and exit
  -V, --version            print the version and exit

Rows take every setting of check_tcp_health that concerns the check, with
underscores in its name, and name= and host_name= for what the objects are
called. Nothing is written when any row is wrong.

example:
  $ cat targets
  # our databases
  db1:5432 retries=2 warning_time=200ms
  [2001:db8::7]:22 host_name=gate expect='SSH-2.0'
  mail.example.org service=imap name='mailbox access'
  $ {PROGRAM} render --format icinga2 --targets targets \\
        --output /etc/icinga2/conf.d/tcp_health

exit codes: 0 written or unchanged, 1 nothing was written (a row is wrong, a
file cannot be read or written, jinja2 is missing), 3 wrong arguments,
130 interrupted."""


@dataclass(frozen=True)
class Options:
    """What is to be rendered; the fields are the flags, plugin_dir as the engine's language writes it."""

    format: str
    targets: str
    output: Path
    plugin_dir: str
    host_template: str
    service_template: str
    no_hosts: bool
    force: bool


def parse(arguments: Sequence[str]) -> Options | str:
    """Read a command line: Options, or the text that was asked for. Raises UsageError."""
    words = _parser().parse_args(arguments)
    if words.help:
        return _HELP
    if words.version:
        from tcp_health import __version__

        return f"{PROGRAM} {__version__}"
    if words.action is None:
        raise UsageError(
            "no arguments: what is to be done is render" if not arguments else "render is missing"
        )
    for name in ("format", "targets", "output"):
        if getattr(words, name) is None:
            raise UsageError(f"render needs --{name}")
    values = {field.name: getattr(words, field.name) for field in fields(Options)}
    values["plugin_dir"] = _plugin_dir(words.plugin_dir or _PLUGIN_DIRS[words.format], words.format)
    return Options(**values)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=PROGRAM, add_help=False, allow_abbrev=False)
    add = parser.add_argument
    add("action", nargs="?", type=typed(_action))
    add("--format", type=typed(_format))
    add("--targets", type=typed(_text))
    add("--output", type=typed(_folder))
    add("--plugin-dir", type=typed(_text))
    add("--host-template", type=typed(_name), default="generic-host")
    add("--service-template", type=typed(_name), default="generic-service")
    add("--no-hosts", action="store_true")
    add("--force", action="store_true")
    add("-h", "--help", action="store_true")
    add("-V", "--version", action="store_true")
    return parser


def _action(text: str) -> str:
    if text != "render":
        raise ValueError(f"what can be done is render, unlike {text[:40]!a}")
    return text


def _format(text: str) -> str:
    if text not in FORMATS:
        raise ValueError(f"takes {' or '.join(FORMATS)}, unlike {text[:40]!a}")
    return text


def _text(text: str) -> str:
    if not text or "\0" in text:
        raise ValueError("takes a path, unlike an empty text")
    return text


def _folder(text: str) -> Path:
    return Path(_text(text))


def _name(text: str) -> str:
    sentence = wrong_name(text)
    if sentence:
        raise ValueError(sentence)
    return text


def _plugin_dir(text: str, style: str) -> str:
    """The folder as a command_line begins with it, or as an expression of Icinga's."""
    path = text.rstrip("/") or "/"
    if _PATH.fullmatch(text):
        return path if style == "nagios" else f'"{path}"'
    kinds = {"nagios": (_MACRO, "$USER1$"), "icinga2": (_CONSTANT, "PluginDir")}
    pattern, example = kinds[style]
    if not pattern.fullmatch(text):
        raise UsageError(
            f"--plugin-dir: takes an absolute path of plain characters or, for {style}, what {example} is an example"
            f" of, unlike {text[:80]!a}"
        )
    return text
