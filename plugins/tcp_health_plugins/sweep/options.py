# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parse the command line of check_tcp_sweep into Options."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tcp_health.model.target import Target
from tcp_health.settings.table import DIALOGUE, TABLE
from tcp_health.text.units import seconds
from tcp_health_plugins.common.arguments import Parser, typed
from tcp_health_plugins.common.row_files import FORMATS as INPUT_FORMATS
from tcp_health_plugins.common.usage import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

PROGRAM = "check_tcp_sweep"

FORMATS = ("plugin", "jsonl", "json", "csv", "prometheus", "table")

NEED_ROWS = ("json", "csv", "prometheus", "table")
"""The outputs that need every row, and are made at the end."""

STANDARD_OUTPUT = "-"

_COUNT = re.compile(r"([0-9]{1,9}|[0-9]{1,3}(?:\.[0-9]{1,6})?%)", re.ASCII)

USAGE = f"""\
usage: {PROGRAM} [OPTION...] FILE...
       {PROGRAM} [OPTION...] - <FILE"""

HELP = f"""\
{USAGE}

Checks many TCP services in one process, and prints one result: how many targets
failed, and which of them have the same cause.

Each FILE is a list of targets (docs/targets.md); - is standard input. In the
simplest form, a line has one target, such as host:port, [v6]:port or /socket,
then settings of check_tcp_health as key=value.

rows:
  --input-format WORD      lines, csv, jsonl, json, yaml or inventory (by the
                           end of FILE's name; lines)
  --set NAME=VALUE         setting for every row that does not set it itself;
                           repeatable
  --exclude FILE           targets to leave out, one per line: a host,
                           host:port, or a network such as 10.0.0.0/8; reported
                           as excluded
  --strict                 check no target when a row is invalid

pace:
  --limit N                connections in flight (1000); lowered to what the
                           limit of open files allows, and while this process is
                           late
  --rate N                 checks begun in a second (as many as the limit
                           allows)
  --spread TIME            begin the checks evenly within TIME
  --per-host N             checks in flight to one host (as many as the limit
                           allows)
  --deadline TIME          end of the whole run; targets without a result are
                           reported as not reached

judgement:
  --warning-failed N       WARNING if more than N targets failed; N% is a
                           percentage of the targets that were checked
  --critical-failed N      CRITICAL in the same way
  --no-traces              do not trace the path to targets of each group
  --witness HOST:PORT      a target that must answer before and after the run;
                           when all fail, this host is suspected; repeatable

output:
  --output FORMAT[:PATH]   plugin, jsonl, json, csv, prometheus or table; to
                           standard output or to PATH; repeatable (plugin)
  --full                   with jsonl and json: the whole document of each
                           result
  -h, --help               print this help and exit
  -V, --version            print the version and exit

TIME is a number of seconds, or has a unit: 2, 1.5s, 500ms, 1m, 1h.

Without --warning-failed and --critical-failed the state is that of the worst
target. Rows that are invalid or were not reached make it at least UNKNOWN.

example:
  $ cat targets
  # our databases
  db1:5432 retries=2
  [2001:db8::7]:22 host_name=gate expect='SSH-2.0'
  $ {PROGRAM} --set timeout=2s --critical-failed 5% targets
  $ {PROGRAM} --output jsonl:/tmp/rows --output table targets

exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN: invalid arguments, invalid
rows, targets that were not reached, a problem of the monitoring host."""


@dataclass(frozen=True)
class Output:
    """An output: its format, and its path or STANDARD_OUTPUT."""

    format: str
    path: str


PLUGIN = Output("plugin", STANDARD_OUTPUT)
"""The output without --output."""


@dataclass(frozen=True)
class Threshold:
    """A number of failed targets: a count, or a percentage of the targets that were checked."""

    value: float
    percent: bool

    def count(self, checked: int) -> float:
        """Return the threshold as a number of targets."""
        return self.value * checked / 100 if self.percent else self.value

    def is_exceeded(self, failed: int, checked: int) -> bool:
        """Whether more targets failed."""
        return failed > self.count(checked)


@dataclass(frozen=True)
class Options:
    """The options of a sweep; times in seconds, 0 for no limit.

    settings   (name, text) of every --set
    witnesses  targets as the user wrote them
    """

    files: tuple[str, ...]
    input_format: str | None
    settings: tuple[tuple[str, str], ...]
    exclude: str | None
    strict: bool
    limit: int
    rate: float
    spread: float
    per_host: int
    deadline: float
    warning_failed: Threshold | None
    critical_failed: Threshold | None
    witnesses: tuple[str, ...]
    no_traces: bool
    outputs: tuple[Output, ...]
    full: bool


def parse(arguments: Sequence[str]) -> Options | str:
    """Return the Options of a command line, or the text of --help or --version. Raises UsageError."""
    given = _parser().parse_args(arguments)
    if given.help:
        return HELP
    if given.version:
        from tcp_health import __version__

        return f"{PROGRAM} {__version__}"
    if not given.files:
        raise UsageError("missing FILE: a list of targets, or - for standard input")
    if given.files.count("-") > 1:
        raise UsageError("standard input is given twice")
    outputs = tuple(given.output) or (PLUGIN,)
    if [each.format for each in outputs].count("jsonl") > 1:
        raise UsageError("--output: jsonl is given twice")
    _refuse_overwriting(
        [each.path for each in outputs if each.path != STANDARD_OUTPUT], given.files, given.exclude
    )
    if given.full and not any(each.format in ("jsonl", "json") for each in outputs):
        raise UsageError("--full requires --output jsonl or json")
    if given.rate and given.spread:
        raise UsageError("--rate and --spread exclude each other")
    return Options(
        files=tuple(given.files),
        input_format=given.input_format,
        settings=tuple(given.set),
        exclude=given.exclude,
        strict=given.strict,
        limit=given.limit,
        rate=given.rate,
        spread=given.spread,
        per_host=given.per_host,
        deadline=given.deadline,
        warning_failed=given.warning_failed,
        critical_failed=given.critical_failed,
        witnesses=tuple(given.witness),
        no_traces=given.no_traces,
        outputs=outputs,
        full=given.full,
    )


def _refuse_overwriting(outputs: Sequence[str], lists: Sequence[str], exclude: str | None) -> None:
    """Raise UsageError if one file is written twice, or if an output would replace a list that the user wrote."""
    written: set[str] = set()
    for path in outputs:
        real = os.path.realpath(path)
        if real in written:
            raise UsageError(f"--output: {path!a} is given twice")
        written.add(real)
        if any(
            os.path.realpath(each) == real
            for each in (*lists, *([exclude] if exclude else ()))
            if each != "-"
        ):
            raise UsageError(f"--output: {path!a} is a list of targets, which would be replaced")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=PROGRAM, add_help=False, allow_abbrev=False)
    add = parser.add_argument
    add("files", nargs="*", metavar="FILE", type=typed(_path))
    add("--input-format", type=typed(_input_format))
    add("--set", action="append", default=[], type=typed(_setting))
    add("--exclude", type=typed(_path))
    add("--strict", action="store_true")
    add("--limit", type=typed(_count), default=1000)
    add("--rate", type=typed(_rate), default=0.0)
    add("--spread", type=typed(_time), default=0.0)
    add("--per-host", type=typed(_count), default=0)
    add("--deadline", type=typed(_time), default=0.0)
    add("--warning-failed", type=typed(_threshold))
    add("--critical-failed", type=typed(_threshold))
    add("--no-traces", action="store_true")
    add("--witness", action="append", default=[], type=typed(_witness))
    add("--output", action="append", default=[], type=typed(_output))
    add("--full", action="store_true")
    add("-h", "--help", action="store_true")
    add("-V", "--version", action="store_true")
    return parser


def shown(arguments: Sequence[str]) -> list[str]:
    """Return the command line for a document. The texts of a dialogue are hidden: they may contain a password."""
    words = [PROGRAM]
    for word in arguments:
        head, equals, rest = word.partition("=")
        option, name = (head, rest.partition("=")[0]) if head == "--set" and equals else ("", head)
        setting = TABLE.get(name)
        hidden = setting is not None and (setting.secret or setting.group == DIALOGUE)
        if hidden and (option or words[-1] == "--set"):
            words.append(f"{option}{equals if option else ''}{name}=***")
        else:
            words.append(word)
    return words


def _path(text: str) -> str:
    if not text or "\0" in text:
        raise ValueError(f"invalid path {text[:80]!a}: must not be empty")
    return text


def _input_format(text: str) -> str:
    if text not in INPUT_FORMATS:
        raise ValueError(f"invalid format {text[:40]!a}: must be one of {', '.join(INPUT_FORMATS)}")
    return text


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ValueError(f"invalid setting {name[:40]!a}: must be NAME=VALUE, such as timeout=2s")
    return name, value


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 7 or not int(text):  # noqa: PLR2004 - a million is enough
        raise ValueError(f"invalid number {text[:40]!a}: must be from 1 to 9999999")
    return int(text)


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.001 <= value <= 1e6:  # noqa: PLR2004 - one check in a quarter of an hour, and more than a core can do
        raise ValueError(f"invalid rate {text[:40]!a}: must be a number from 0.001 to 1000000")
    return value


def _time(text: str) -> float:
    value = seconds(text)
    if value <= 0:
        raise ValueError(f"invalid time {text[:40]!a}: must be more than 0")
    return value


def _threshold(text: str) -> Threshold:
    number = text.rstrip("%")
    if not _COUNT.fullmatch(text) or ("%" in text and float(number) > 100):  # noqa: PLR2004 - per cent
        raise ValueError(
            f"invalid number of targets {text[:40]!a}: must be a count such as 5, or a percentage such as 5%"
        )
    return Threshold(float(number), text.endswith("%"))


def _witness(text: str) -> str:
    return Target.parse(text).text


def _output(text: str) -> Output:
    name, colon, path = text.partition(":")
    if name not in FORMATS:
        raise ValueError(f"invalid format {name[:40]!a}: must be one of {', '.join(FORMATS)}")
    if colon and (not path or "\0" in path):
        raise ValueError(f"invalid path in {text[:80]!a}: must not be empty")
    return Output(name, path if colon else STANDARD_OUTPUT)
