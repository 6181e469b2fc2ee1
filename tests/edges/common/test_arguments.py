# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parser that the programs share: each error is an exception with one message."""

from __future__ import annotations

import pytest

from tcp_health_plugins.common.arguments import Parser, typed
from tcp_health_plugins.common.usage import UsageError


def port(text: str) -> int:
    raise ValueError(f"{text!r} is no port")


def test_an_error_of_argparse_is_an_exception() -> None:
    parser = Parser(prog="x", add_help=False)
    parser.add_argument("--port")
    with pytest.raises(UsageError, match=r"^--port: expected one argument$"):
        parser.parse_args(["--port"])


def test_the_message_of_a_reader_reaches_the_user() -> None:
    parser = Parser(prog="x", add_help=False)
    parser.add_argument("--port", type=typed(port))
    with pytest.raises(UsageError, match=r"^--port: 'a' is no port$"):
        parser.parse_args(["--port", "a"])
