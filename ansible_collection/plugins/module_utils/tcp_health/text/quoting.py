# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Values as the configuration of Nagios and of Icinga 2 writes them, so that they come out unchanged."""

from __future__ import annotations

import shlex

from .units import fixed

_ICINGA2 = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "$": "$$"})


def nagios_value(text: str) -> str:
    """One word of a check_command's arguments: what Nagios Core hands to the plugin is ``text`` again.

    The shell's quotes come first, for Nagios splits the finished line as the shell does. Before that, Nagios cuts
    the argument at ! (base/checks.c), replaces $…$, and ends a line of its configuration at ; (xdata/xodtemplate.c).
    Raises ValueError for what no line can hold.
    """
    if "\n" in text or "\0" in text:
        raise ValueError("a word of a Nagios command can hold neither a line feed nor a NUL character")
    return shlex.quote(text).replace("!", "\\!").replace("$", "$$").replace(";", "\\;")


def icinga2_value(value: object) -> str:
    """A value in Icinga 2's configuration language: text, number, yes or no, or a list of them.

    A $ in a text is doubled: Icinga replaces $…$ in custom variables when a check uses them. Raises ValueError for
    what that language cannot say.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return fixed(value)
    if isinstance(value, (list, tuple)):
        return f"[ {', '.join(map(icinga2_value, value))} ]" if value else "[ ]"
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(f"Icinga 2 has no value for {value!r}")
    return f'"{value.translate(_ICINGA2)}"'
