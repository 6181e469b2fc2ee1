# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Replace `--extra-opts` by the options in a section of an ini file, as the Monitoring Plugins do."""

from __future__ import annotations

import os

from tcp_health.text.files import FileError, content, stream

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

OPTION = "--extra-opts"

FILE_NAMES = ("monitoring-plugins.ini", "plugins.ini", "nagios-plugins.ini")
"""The file names searched for in each directory of `$NAGIOS_CONFIG_PATH`."""

STANDARD_FILES = (
    "/usr/local/etc/monitoring-plugins/monitoring-plugins.ini",
    "/usr/local/etc/monitoring-plugins.ini",
    "/etc/monitoring-plugins/monitoring-plugins.ini",
    "/etc/monitoring-plugins.ini",
    "/etc/nagios/plugins.ini",
    "/usr/local/nagios/etc/plugins.ini",
    "/usr/local/etc/nagios/plugins.ini",
    "/etc/opt/nagios/plugins.ini",
    "/etc/nagios-plugins.ini",
    "/usr/local/etc/nagios-plugins.ini",
    "/etc/opt/nagios-plugins.ini",
)
"""The standard locations, in the order in which the C plugins search them."""

# The characters of C's isspace(). str.strip() alone removes more, such as a no-break space, which belongs to a value.
_SPACES = " \t\n\v\f\r"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class FileText(str):
    """An option or its value from a file, with the place that an error names instead of it: it may be a secret."""

    __slots__ = ("place",)

    place: str


def expand(
    arguments: Sequence[str], program: str, environ: Mapping[str, str], stdin: BinaryIO | None
) -> tuple[list[str], list[str]]:
    """Return the options of the files that `--extra-opts[=[SECTION][@FILE]]` selects, and the other arguments.

    The default section is `program`. An argument after a bare `--extra-opts` is its value unless it begins with a
    dash. As in C the whole command line is searched, also after `--` and where another option takes its value.
    Raises ValueError with one sentence. It names the file and the line but does not quote the line, which may
    contain a secret.
    """
    given = list(arguments)
    options: list[str] = []
    rest: list[str] = []
    while given:
        argument = given.pop(0)
        if argument == OPTION:
            locator = given.pop(0) if given and not given[0].startswith("-") else ""
        elif argument.startswith(f"{OPTION}="):
            locator = argument[len(OPTION) + 1 :]
        else:
            rest.append(argument)
            continue
        section, at, path = locator.partition("@")
        if not at:
            path = _find_file(environ)
        options += _read_section(_read_file(path, stdin), section or program, path)
    return options, rest


def _find_file(environ: Mapping[str, str]) -> str:
    configured = environ.get("MP_CONFIG_FILE")
    if configured:
        return configured
    folders = [folder for folder in environ.get("NAGIOS_CONFIG_PATH", "").split(":") if folder]
    candidates = [f"{folder}/{name}" for folder in folders for name in FILE_NAMES]
    for path in (*candidates, *STANDARD_FILES):
        if os.path.exists(path):  # noqa: PTH110 - importing pathlib would cost every start
            return path
    raise ValueError(f"{OPTION}: no file in the standard locations: name one with {OPTION}=[SECTION]@FILE")


def _read_file(path: str, stdin: BinaryIO | None) -> bytes:
    try:
        if path != "-":
            return content(path)
        if stdin is not None:
            return stream("standard input", stdin)
    except FileError as error:
        raise ValueError(f"{OPTION}: cannot read {path!r}: {error.reason}") from None
    raise ValueError(f"{OPTION}: cannot read '-': standard input is closed")


def _read_section(content: bytes, section: str, path: str) -> list[str]:
    options: list[str] = []
    inside: bool | None = None
    seen = False
    for number, text in enumerate(os.fsdecode(content.removeprefix(_BYTE_ORDER_MARK)).split("\n"), 1):
        line = text.strip(_SPACES)
        while line.startswith("["):
            # A header without "]" begins a section that no name selects. After the header of our section the first
            # option may follow on the same line; the rest of another section's header line is skipped.
            name, closed, line = line[1:].partition("]")
            inside = bool(closed) and name.strip(_SPACES) == section
            seen = seen or inside
            line = line.lstrip(_SPACES) if inside else ""
        if not line or line[0] in "#;":
            continue
        if inside is None:
            raise ValueError(f"{OPTION}: {path!r}, line {number}: text before the first [section]")
        if inside:
            try:
                for word in map(FileText, _to_option(line)):
                    word.place = f"{OPTION}: {path!r}, line {number}"
                    options.append(word)
            except ValueError as error:
                raise ValueError(f"{OPTION}: {path!r}, line {number}: {error}") from None
    if not options:
        problem = f"section {section!r} is empty" if seen else f"no section {section!r}"
        raise ValueError(f"{OPTION}: {path!r}: {problem}")
    return options


def _to_option(line: str) -> list[str]:
    key, equals, value = line.partition("=")
    key, value = key.rstrip(_SPACES), value.lstrip(_SPACES)
    if not (key and equals):
        raise ValueError("invalid line: must be KEY=VALUE, or KEY= for an option without a value")
    if key.startswith("-"):
        raise ValueError("invalid key: must not begin with a dash")
    if "\0" in line:
        raise ValueError("invalid line: must not contain a NUL byte")
    if len(key) > 1:
        return [f"--{key}={value}" if value else f"--{key}"]
    # C joins key and value by "=", which getopt then takes as part of the value.
    return [f"-{key}", value] if value else [f"-{key}"]
