# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make the man pages of the programs, in the macros of man(7)."""

from __future__ import annotations

import re

from settings_page import KINDS_TABLE

from tcp_health import __version__
from tcp_health.judgement.measures import MEASURES
from tcp_health.services.table import SERVICES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from programs import Option, Program

# The plugin's page has what the settings' values are, as docs/settings.md has.
PLUGIN = "check_tcp_health"

ENVIRONMENT = {
    "MP_CONFIG_FILE": "the ini file that --extra-opts reads",
    "NAGIOS_CONFIG_PATH": "folders where --extra-opts searches for its ini file, separated by colons",
}


def page(program: Program, others: Iterable[str]) -> str:
    """Return the man page of a program; `others` are the programs that it names at its end."""
    is_plugin = program.name == PLUGIN
    parts = [
        f'.TH {program.name.upper()} 1 "" "tcp-health {__version__}" "User Commands"',
        ".nh",  # options and names stay whole, to be found and copied
        ".ad l",
        ".SH NAME",
        f"{text(program.name)} \\- {text(program.summary)}",
        ".SH SYNOPSIS",
        *block(program.usage),
        ".SH DESCRIPTION",
        *(line for paragraph in program.paragraphs for line in (".PP", text(paragraph))),
        ".SH OPTIONS",
        *_options(program.options),
    ]
    if is_plugin:
        parts += [".SH VALUES", *entries(_kinds())]
        parts += [".SH MEASURES", *entries((each.name, each.help) for each in MEASURES)]
        parts += [".SH SERVICES", *entries(_services())]
    parts += [".SH EXIT STATUS", *entries(program.exit_codes.items())]
    parts += [".SH ENVIRONMENT", *entries(ENVIRONMENT.items())] if is_plugin else []
    parts += [".SH EXAMPLES", *block(program.examples)]
    parts += [".SH SEE ALSO", ", ".join(f"\\fB{text(other)}\\fR(1)" for other in others), ""]
    return "\n".join(parts)


def _options(options: list[Option]) -> Iterator[str]:
    group = ""
    for option in options:
        if option.group != group:
            group = option.group
            yield f'.SS "{text(group)}"'
        flags = ", ".join(f"\\fB{text(flag)}\\fR" for flag in option.flags)
        yield ".TP"
        yield flags + (f" \\fI{text(option.metavar)}\\fR" if option.metavar else "")
        repeated = option.repeatable and "repeat" not in option.help
        yield text(option.help + ("; can be repeated" if repeated else ""))


def _kinds() -> Iterator[tuple[str, str]]:
    """Yield the kinds of value and what each accepts, from the table of docs/settings.md."""
    for kind, accepted in re.findall(r"^\| (.+?) \| (.+) \|$", KINDS_TABLE, re.MULTILINE):
        if kind != "kind":
            yield kind, accepted.replace("`", "")


def _services() -> Iterator[tuple[str, str]]:
    for name, service in SERVICES.items():
        port = f"port {service.port}" if service.port else "no default port"
        yield name, f"{port}{', TLS' if service.tls else ''}; OK means that {service.means}"


def entries(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield a list of terms with their texts."""
    for term, words in pairs:
        yield ".TP"
        yield f"\\fB{text(term)}\\fR"
        yield text(words)


def block(lines: list[str]) -> list[str]:
    """Return lines that keep their ends and their indentation."""
    return [".PP", ".nf", *(text(line) for line in lines), ".fi"]


def text(words: str) -> str:
    """Escape a line: every dash is one that can be copied, and no line is taken as a request."""
    escaped = words.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    escaped = escaped.replace("^", "\\(ha").replace("~", "\\(ti").replace('"', "\\(dq")
    return f"\\&{escaped}" if escaped.startswith(".") else escaped
