# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings → the options in the documentation of the Ansible module."""

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

# Where a command line's help speaks of the order of its words, or a task has more to know.
REWORDED = {
    "address": ["Connect to this address, while O(host) stays the name."],
    "escape": [
        r"Let \n, \r, \t, \\, \0 and \xHH count in O(send) and O(quit).",
        "A text in YAML's double quotes needs no such thing: YAML has replaced them already.",
    ],
    "expect": [
        "Text that the answer must hold. Of several, any of them will do, or with O(expect_all) all of them.",
        "A text or a list of texts. A text with commas is one text.",
    ],
    "network": ["Transport. Without it V(tcp), or what the O(service) uses."],
    "quit": ["Text to send before the end. CR LF is added unless O(escape) is true."],
    "retry_jitter": ["The pause grows at random, by up to this."],
    "service": ["Named service, which stands for a port and a dialogue, such as V(ftp), V(imap), V(smtp)."],
    "timeout": [
        "Limit for everything, the name lookup included. Without it V(10s), and O(interval) for each of O(count).",
        "A colon and a state say what a timeout leads to, as in V(5:unknown) or V(:ok).",
    ],
    "wait": ["Repeat until the check is OK, for at most this time. Each round has its O(timeout)."],
}

FIRST_VERSION = "0.1.0"  # the module's own: an option that came with it needs no mention of it
WIDTH = 118


def write_into(text: str) -> str:
    """Return the module's text with its options made anew, between the lines `options:` and `notes:`."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the module's documentation has no line options: with a line notes: behind it")
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
    """Return what an option means, sentence by sentence, in Ansible's markup."""
    if setting.name in REWORDED:
        return REWORDED[setting.name]
    text = _FLAG.sub(_named, setting.help)
    sentences = [f"{text[:1].upper()}{text[1:]}."]
    if setting.kind == "days":
        sentences.append("Days, or days for both as in V(30,14).")
    return sentences


_FLAG = re.compile(r"(?<![\w-])--?[A-Za-z][a-z-]*")
_SETTING_OF_FLAG = {flag: setting.name for setting in SETTINGS for flag in setting.flags}


def _named(match: re.Match[str]) -> str:
    name = _SETTING_OF_FLAG[match.group()]
    if "ansible" not in TABLE[name].edges:
        raise ValueError(
            f"the help of an option of the module speaks of {match.group()}, which it does not have"
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
    """Return a value as YAML on one line: plain where that reads back as the same, in double quotes otherwise."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value)
    plain = _PLAIN.fullmatch(text) and ": " not in text and not text.endswith((":", " "))
    if (plain and text.lower() not in _NOT_TEXT) or re.fullmatch(r"\d+(\.\d+)?[a-z]+", text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
