# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the options in the documentation of the Ansible module, from the table of settings."""

from __future__ import annotations

import re
import textwrap

from tcp_health.settings.arguments import offered
from tcp_health.settings.table import SETTINGS, TABLE
from tcp_health.settings.task import SETTINGS as TASK_SETTINGS
from tcp_health.settings.task import argument_spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from tcp_health.settings.table import Setting

BEGIN = "\n  options:\n"
END = "\n  notes:\n"
REMARK = "    # From the table of settings; make generate writes them.\n"

# Descriptions of settings whose help is about the command line only, or too short for a task.
REWORDED = {
    "targets": [
        (
            "Targets to check at once, in place of O(host). Each is a text as for O(host), or a dictionary of options of this"
            " module for one target, and a C(name), which is returned."
        ),
        (
            "The options of the task are for all targets. Those of a target override them. O(state) in a target is that of"
            " this target, except V(drained)."
        ),
        "Every target is read before the first connection. An invalid one fails the task, and is named by its index.",
    ],
    "groups": [
        "Options for some of O(targets): each group has a name and options. A target with C(group) has those of this group.",
        "The options of a target override those of its group, and those of the group override the task's.",
    ],
    "any_port": ["Ports to try with O(state=alive): one answer is enough."],
    "secrets": [
        "Secrets by name, each for the placeholder V({env:NAME}) in O(step) and in the file of O(dialogue).",
        (
            "Ansible does not show them, and neither the result nor the list of processes contains them. A variable of the task's"
            " C(environment) is shown by C(-vvv)."
        ),
    ],
    "state": [
        "The state that the port must have. Any other state fails the task.",
        (
            "V(open) accepts connections, and every other option holds. V(closed) refuses (RST) or rejects (ICMP) them."
            " V(filtered) does not answer. V(alive) is any answer of the host."
        ),
        (
            "V(drained) means that no connection to O(port) of the host of the task is left. O(host) is then a local address, by"
            " default any. A connection counts while data can be sent or received on it: not in the states TIME-WAIT and FIN-WAIT-2."
        ),
        "An unknown host name, or a problem of the host of the task, is none of these states.",
    ],
    "exclude_hosts": [
        "Addresses and networks of remote hosts whose connections do not count, with O(state=drained).",
    ],
    "wait_delay": ["Pause before the first check. O(wait) begins after it."],
    "fail_on": [
        (
            "Which states fail the task, once, after all targets. V(critical) is CRITICAL only, V(unknown) UNKNOWN too, and"
            " V(warning) every state except OK."
        ),
        "A state that does not fail the task is shown as a warning, except with V(never).",
    ],
    "detail": [
        (
            "V(brief) returns the name, the state, the cause, the domain, a sentence and the time of each check. V(full) also"
            " returns all measures, attempts and certificates. V(drained) has no more than the brief form."
        ),
    ],
    "msg": [
        "Message of the task if it fails, in place of the one that names the failed targets and the reasons."
    ],
    "host": ["Host name, address, host:port, URL or /path of a Unix socket. The default is V(127.0.0.1)."],
    "on_mismatch": [
        "State if the answer does not match, or a step of the dialogue rejects it. The plugin's default is V(warning).",
    ],
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
        "Repeat the check until it is OK, for at most this time, with O(state) until the port has this state.",
        "The time is for all addresses together. O(timeout) applies to each repetition.",
    ],
}

NEW = "0.2.0"  # that of the options without a row in a table of settings
FIRST_VERSION = "0.1.0"  # that of the module: such an option needs no version of its own
WIDTH = 116


def write_into(text: str) -> str:
    """Return the module's text with its options replaced, between the lines `options:` and `notes:`."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the module's documentation has no line options: before a line notes:")
    known = {setting.name: setting for setting in (*offered(), *TASK_SETTINGS)}
    options = "".join(option(name, spec, known.get(name)) for name, spec in argument_spec().items()).rstrip(
        "\n"
    )
    return f"{before}{begin}{REMARK}{textwrap.indent(options, '  ')}{end}{after}"


def option(name: str, spec: dict[str, Any], setting: Setting | None) -> str:
    """Return one option as YAML, with its last newline."""
    details = {"description": REWORDED[name] if setting is None else description(setting), **spec}
    details.pop("no_log", None)
    since = NEW if setting is None else setting.since
    if since != FIRST_VERSION:
        details["version_added"] = since
    lines = [f"  {name}:"]
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
