# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write docs/settings.md: the reference of settings, measures and causes."""

from __future__ import annotations

import re

from marks import table

from tcp_health.judgement.measures import MEASURES
from tcp_health.model.causes import CAUSES, LOCAL_CAUSES
from tcp_health.model.verdict import STATES
from tcp_health.settings.table import SETTINGS
from tcp_health.settings.task import SETTINGS as TASK_SETTINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcp_health.settings.table import Setting

INTRODUCTION = """# Settings, measures, causes

`make generate` writes this page from the code. Change the code, not this page.

A setting has one name. It has underscores in Ansible, in rows of targets and in JSON, and dashes after `--` on the
command line. Some settings have more options on the command line. The column "where" lists who accepts the setting:
the command line of `check_tcp_health`, rows of targets, the Ansible module `tcp_health`.
"""

KINDS_TABLE = """## Kinds of value

| kind | accepted values |
|---|---|
| text, bytes | any text; bytes are sent as UTF-8, and `--escape` enables backslash escapes |
| integer, port, counter | a whole number |
| number | a decimal number, without exponent |
| seconds | a decimal number with an optional unit: `1.5`, `500ms`, `2s`, `1m`, `1h`, `250us` |
| timeout | seconds, a state after a colon, or both: `5`, `5:unknown`, `:ok` |
| choice, version | one of the words in the table |
| words | comma-separated names; in Ansible also a list |
| fingerprint | 64 hexadecimal digits, with or without colons |
| state | `ok`, `warning`, `critical`, `unknown`, an abbreviation of one, or `0` to `3` |
| range | a threshold: `N` alerts above N and below 0, `N:` below N, `~:N` above N, `N:M` outside, `@N:M` inside; units `us`, `ms`, `s` for times, `%` for ratios |
| days | whole days for the warning, or for warning and critical: `30,14` |
| flag | on the command line the option without a value; elsewhere yes or no |
| ignored | accepted, without effect |
"""

ABOUT_MEASURES = """## Measures

The measures are in the order of the perfdata line. Every measure has two thresholds, and all interfaces accept them.
Those of `time` have short options as well. Where lower is worse, a threshold `N` means `N:`.
"""

ABOUT_SERVICES = """## Services

[services.md](services.md) describes the values of `service`: port, TLS, dialogue, and what OK means.
"""

ABOUT_TASK = """## Ansible only

The module `tcp_health` has these settings too, and `targets` and `secrets`; [ansible.md](ansible.md) describes them. Its
`state` replaces `expect_state`, and its default of `on_mismatch` is `critical`.
"""

ABOUT_CAUSES = """## Causes

A cause is the reason why an attempt failed. JSON and Ansible return one of these words. A cause that concerns the
monitoring host leads to the state of `on_local`.
"""

WHERE = {"plugin": "command line", "rows": "rows", "ansible": "Ansible"}


def page(present: str = "") -> str:  # noqa: ARG001 - other pages keep a part of their text
    """Return the whole page."""
    parts = [INTRODUCTION, KINDS_TABLE]
    parts += [_group(name) for name in dict.fromkeys(setting.group for setting in SETTINGS)]
    parts += [_task(), _measures(), ABOUT_SERVICES, _causes()]
    return "\n".join(parts)


def _group(name: str) -> str:
    head = ("setting", "command line", "kind", "default", "where", "meaning")
    rows = (_row(each) for each in SETTINGS if each.group == name and not _listed_below(each))
    return f"## {name}\n\n{table(head, rows)}"


def _listed_below(setting: Setting) -> bool:
    """Whether it is a threshold without a short option: the table of measures lists those."""
    return setting.kind == "range" and len(setting.flags) == 1


def _row(setting: Setting) -> Iterator[str]:
    yield f"`{setting.name}`"
    yield flags_of(setting)
    yield (
        setting.kind
        + (", may be repeated" if setting.repeatable else "")
        + (", secret" if setting.secret else "")
    )
    yield _default(setting)
    yield (
        "everywhere" if len(setting.edges) == len(WHERE) else ", ".join(WHERE[edge] for edge in setting.edges)
    )
    yield meaning_of(setting)


def flags_of(setting: Setting) -> str:
    """Return the command-line options of a setting, as code."""
    constants = dict(setting.constants)
    flags = [f"`{flag}`" for flag in setting.flags if flag not in constants]
    if setting.takes_value:
        flags[-1] = f"{flags[-1][:-1]} {setting.metavar}`"
    flags += [f"`{flag}` ({text})" for flag, text in constants.items()]
    return ", ".join(flags)


def meaning_of(setting: Setting) -> str:
    """Return the help of a setting, with flags and escapes as code."""
    return _code(setting.help) + (f" (since {setting.since})" if setting.since != "0.1.0" else "")


def _default(setting: Setting) -> str:
    value = setting.default
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if setting.kind == "state":
        return STATES[value].lower()
    unit = f" {setting.unit}" if setting.unit else ""
    return f"{value:g}{unit}" if isinstance(value, (int, float)) else f"`{value}`"


def _task() -> str:
    head = ("setting", "kind", "default", "meaning")
    rows = ((f"`{each.name}`", each.kind, _default(each), each.help) for each in TASK_SETTINGS)
    return f"{ABOUT_TASK}\n{table(head, rows)}"


def _measures() -> str:
    head = ("measure", "unit", "meaning", "lower is worse", "thresholds")
    rows = (
        (
            f"`{each.name}`",
            "seconds" if each.unit == "s" else each.unit,
            each.help,
            "yes" if each.less_is_worse else "",
            f"`warning_{each.name}`, `critical_{each.name}`",
        )
        for each in MEASURES
    )
    return f"{ABOUT_MEASURES}\n{table(head, rows)}"


def _causes() -> str:
    head = ("cause", "meaning", "concerns")
    rows = (
        (f"`{name}`", text, "the monitoring host" if name in LOCAL_CAUSES else "the target or the path to it")
        for name, text in CAUSES.items()
    )
    return f"{ABOUT_CAUSES}\n{table(head, rows)}"


_CODE = re.compile(r"(?<![\w-])(-[A-Za-z]|--[a-z][a-z-]*|\\\S+)")


def _code(text: str) -> str:
    """Format flags and escapes as code."""
    return _CODE.sub(r"`\1`", text)
