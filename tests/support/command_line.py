# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks and values from a command line, and the message about an invalid one."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from tcp_health.settings.build import build
from tcp_health.settings.table import SettingError
from tcp_health_plugins.check.options import CommandLine, describe, parse
from tcp_health_plugins.common.usage import UsageError

if TYPE_CHECKING:
    from tcp_health.model.result import Check


def read(words: str | list[str], program: str = "check_tcp_health") -> CommandLine:
    return parse(shlex.split(words) if isinstance(words, str) else words, program, {})


def built(words: str | list[str], program: str = "check_tcp_health") -> Check:
    line = read(words, program)
    return build(
        line.values, service_shown=line.service, host_named=line.host_named, check_tcp=line.check_tcp
    )


def value(words: str | list[str], name: str) -> Any:
    return read(words).values.get(name)


def complaint(words: str | list[str], program: str = "check_tcp_health") -> str:
    """The message about an invalid command line."""
    try:
        built(words, program)
    except UsageError as problem:
        return str(problem)
    except SettingError as problem:
        return describe(problem)
    raise AssertionError(f"{words!r} is taken")
