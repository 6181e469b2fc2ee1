# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`--extra-opts`: a section of an ini file to command line words, as the Monitoring Plugins read it."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

OPTION = "--extra-opts"

FILE_NAMES = ("monitoring-plugins.ini", "plugins.ini", "nagios-plugins.ini")
"""What is looked for in each folder of `$NAGIOS_CONFIG_PATH`."""

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
"""Where the C plugins look at last, in their order."""

# What C calls a space. str.strip() alone takes more, such as a no-break space, which belongs to a value.
_BLANKS = " \t\n\v\f\r"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def expand(
    arguments: Sequence[str], program: str, environ: Mapping[str, str], stdin: BinaryIO | None
) -> list[str]:
    """Replace each `--extra-opts[=[SECTION][@FILE]]` by what the file says, and put that before the rest.

    `program` names the section where none is given. A word behind a bare `--extra-opts` is its value unless
    it begins with a dash. As in C the whole line is searched, behind `--` and where another option wants its
    value too. Raises ValueError with one sentence that names the file and the line, never the line's text:
    it may hold a secret.
    """
    given = list(arguments)
    words: list[str] = []
    rest: list[str] = []
    while given:
        word = given.pop(0)
        if word == OPTION:
            locator = given.pop(0) if given and not given[0].startswith("-") else ""
        elif word.startswith(f"{OPTION}="):
            locator = word[len(OPTION) + 1 :]
        else:
            rest.append(word)
            continue
        section, at, path = locator.partition("@")
        if not at:
            path = _find(environ)
        words += _options(_read(path, stdin), section or program, path)
    return words + rest


def _find(environ: Mapping[str, str]) -> str:
    named = environ.get("MP_CONFIG_FILE")
    if named:
        return named
    folders = [folder for folder in environ.get("NAGIOS_CONFIG_PATH", "").split(":") if folder]
    candidates = [f"{folder}/{name}" for folder in folders for name in FILE_NAMES]
    for path in (*candidates, *STANDARD_FILES):
        if os.path.exists(path):  # noqa: PTH110 - pathlib is an import more, at each start
            return path
    raise ValueError(f"{OPTION}: there is no file in any standard place; {OPTION}=[SECTION]@FILE names one")


def _read(path: str, stdin: BinaryIO | None) -> bytes:
    try:
        if path != "-":
            with open(path, "rb") as file:  # noqa: PTH123 - as above
                return file.read()
        if stdin is not None:
            return stdin.read()
    except OSError as error:
        raise ValueError(f"{OPTION}: cannot read {path!r}: {error.strerror}") from None
    raise ValueError(f"{OPTION}: cannot read '-': there is no standard input")


def _options(content: bytes, section: str, path: str) -> list[str]:
    words: list[str] = []
    inside: bool | None = None
    seen = False
    for number, text in enumerate(os.fsdecode(content.removeprefix(_BYTE_ORDER_MARK)).split("\n"), 1):
        line = text.strip(_BLANKS)
        while line.startswith("["):
            # A header that never ends begins a section that nobody can name. Behind that of the section
            # sought its first line may follow at once; what follows another's is as foreign as its lines.
            name, closed, line = line[1:].partition("]")
            inside = bool(closed) and name.strip(_BLANKS) == section
            seen = seen or inside
            line = line.lstrip(_BLANKS) if inside else ""
        if not line or line[0] in "#;":
            continue
        if inside is None:
            raise ValueError(f"{OPTION}: {path!r}, line {number}: text stands before the first [section]")
        if inside:
            try:
                words += _option(line)
            except ValueError as error:
                raise ValueError(f"{OPTION}: {path!r}, line {number}: {error}") from None
    if not words:
        raise ValueError(f"{OPTION}: {path!r} has no {'option in its ' if seen else ''}section {section!r}")
    return words


def _option(line: str) -> list[str]:
    key, equals, value = line.partition("=")
    key, value = key.rstrip(_BLANKS), value.lstrip(_BLANKS)
    if not (key and equals):
        raise ValueError("it is not KEY=VALUE, nor KEY= for an option without a value")
    if key.startswith("-"):
        raise ValueError("a key is written without its dashes")
    if "\0" in line:
        raise ValueError("it has a NUL byte")
    if len(key) > 1:
        return [f"--{key}={value}" if value else f"--{key}"]
    # C glues the two with a "=", which getopt then takes for a part of the value.
    return [f"-{key}", value] if value else [f"-{key}"]
