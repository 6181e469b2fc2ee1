# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Quote values for the configuration of Nagios and of Icinga 2."""

from __future__ import annotations

import shlex

from .units import fixed

_ICINGA2 = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "$": "$$"})


def nagios_value(text: str) -> str:
    """Quote one word of a check_command's arguments, so that Nagios Core passes exactly ``text`` to the plugin.

    The quotes are those of the shell, because Nagios splits the command line as the shell does. Before that, Nagios
    splits arguments at ! (base/checks.c), replaces $…$, and begins a comment at ; (xdata/xodtemplate.c).
    Raises ValueError for a line feed and for a NUL character.
    """
    if "\n" in text or "\0" in text:
        raise ValueError("a word of a Nagios command cannot contain a line feed or a NUL character")
    return shlex.quote(text).replace("!", "\\!").replace("$", "$$").replace(";", "\\;")


def icinga2_value(value: object) -> str:
    """Return a text, number, boolean or list as a literal of Icinga 2's configuration language.

    A $ in a text is doubled, because Icinga replaces $…$ in custom variables when a check uses them. Raises
    ValueError for other types and for a NUL character.
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
        raise ValueError(f"Icinga 2 has no literal for {value!r}")
    return f'"{value.translate(_ICINGA2)}"'
