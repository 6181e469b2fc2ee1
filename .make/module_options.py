# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the options in the documentation of the Ansible module, from the table of settings."""

from __future__ import annotations

import re
import textwrap

from tcp_health.settings.arguments import offered, specification
from tcp_health.settings.table import SETTINGS, TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from tcp_health.settings.table import Setting

BEGIN = "\noptions:\n"
END = "\nnotes:\n"
REMARK = "  # From the table of settings; make generate writes them.\n"

# Descriptions of settings whose help is about the command line only, or too short for a task.
REWORDED = {
    "address": ["Connect to this address instead of those of O(host)."],
    "escape": [
        r"Replace \n, \r, \t, \\, \0 and \xHH in O(send) and O(quit).",
        "A string in double quotes does not need this option: YAML replaces the escapes in it.",
    ],
    "expect": [
        "Text that the answer must contain. Of several texts, it must contain any, or with O(expect_all) all.",
        "A string or a list of strings. A string with commas is one text.",
    ],
    "network": ["Transport protocol. The default is that of O(service), or V(tcp)."],
    "quit": ["Text to send before closing. CR LF is added unless O(escape) is true."],
    "service": ["Named service, which sets the port and the dialogue, such as V(ftp), V(imap) or V(smtp)."],
    "timeout": [
        "Timeout of the whole check, with the name lookup. The default is V(10s), plus O(interval) for each of O(count).",
        "A state after a colon is the state after a timeout, as in V(5:unknown) or V(:ok).",
    ],
    "wait": [
        "Repeat the check until it is OK, for at most this time. O(timeout) applies to each repetition."
    ],
}

FIRST_VERSION = "0.1.0"  # that of the module: such an option needs no version of its own
WIDTH = 118


def write_into(text: str) -> str:
    """Return the module's text with its options replaced, between the lines `options:` and `notes:`."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the module's documentation has no line options: before a line notes:")
    options = "".join(map(option, offered())).rstrip("\n")
    return f"{before}{begin}{REMARK}{options}{end}{after}"


def option(setting: Setting) -> str:
    """Return one option as YAML, with its last newline."""
    details = {"description": description(setting), **specification(setting)}
    details.pop("no_log", None)
    if setting.since != FIRST_VERSION:
        details["version_added"] = setting.since
    lines = [f"  {setting.name}:"]
    for key, value in details.items():
        if isinstance(value, list):
            lines.append(f"    {key}:")
            for each in value:
                lines.extend(_item(each))
        else:
            lines.append(f"    {key}: {scalar(value)}")
    return "".join(f"{line}\n" for line in lines)


def description(setting: Setting) -> list[str]:
    """Return the description of an option as sentences, in Ansible's markup."""
    if setting.name in REWORDED:
        return REWORDED[setting.name]
    text = _FLAG.sub(_named, setting.help)
    sentences = [f"{text[:1].upper()}{text[1:]}."]
    if setting.kind == "days":
        sentences.append("Days for the warning, or for warning and critical as in V(30,14).")
    return sentences


_FLAG = re.compile(r"(?<![\w-])--?[A-Za-z][a-z-]*")
_SETTING_OF_FLAG = {flag: setting.name for setting in SETTINGS for flag in setting.flags}


def _named(match: re.Match[str]) -> str:
    name = _SETTING_OF_FLAG[match.group()]
    if "ansible" not in TABLE[name].edges:
        raise ValueError(
            f"the help of an option of the module mentions {match.group()}, which the module does not have"
        )
    return f"O({name})"


def _item(value: Any) -> Iterator[str]:
    """Yield the lines of an item of a list, under an option's key."""
    text = scalar(value)
    if text[:1] == '"' and " " in text:
        # Long or special texts: a folded block needs no escapes.
        yield "      - >-"
        yield from _wrapped(value, "        ")
    else:
        yield from _wrapped(text, "      - ")


def _wrapped(text: str, indent: str) -> list[str]:
    further = " " * len(indent)
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=further, break_on_hyphens=False
    )


_PLAIN = re.compile(r"[A-Za-z/(][^#\n]*")
_NOT_TEXT = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def scalar(value: Any) -> str:
    """Return a value as YAML on one line: plain if that reads back as the same, otherwise in double quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value)
    plain = _PLAIN.fullmatch(text) and ": " not in text and not text.endswith((":", " "))
    if (plain and text.lower() not in _NOT_TEXT) or re.fullmatch(r"\d+(\.\d+)?[a-z]+", text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
