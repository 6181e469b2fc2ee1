# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dialogue steps for tests: a check with these steps, and a source of secrets that fails."""

from __future__ import annotations

from typing import Any

from support.playing import FAKE_PORT
from tcp_health.settings.build import build
from tcp_health_plugins.check.options import parse as parse_options

A = "127.0.0.2"


def no_secret(name: str) -> bytes:
    raise AssertionError(f"{name} was asked for")


NO_EXPECT = "reject needs a later expect, which determines when the answer is complete"


def setting_of(*words: str) -> Any:
    line = parse_options(["-H", A, "-p", str(FAKE_PORT), *words], "check_tcp_health", {})
    return build(line.values, host_named=line.host_named)
