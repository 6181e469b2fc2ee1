# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An argparse parser that raises UsageError, and types whose error messages reach the user."""

from __future__ import annotations

import argparse

from .usage import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn, TypeVar

    Value = TypeVar("Value")


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that raises UsageError instead of printing and exiting."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print."""
        words = message.partition("unrecognized arguments: ")[2].split()
        if words:
            from tcp_health.text.nearest import did_you_mean, nearest

            flags = [
                flag for action in self._actions for flag in action.option_strings if flag.startswith("--")
            ]
            message += did_you_mean(nearest(words[0].partition("=")[0], flags))
        raise UsageError(message.removeprefix("argument "))


def typed(read: Callable[[str], Value]) -> Callable[[str], Value]:
    """Wrap a function for `type=` so that the message of its ValueError reaches the user."""

    def reading(text: str) -> Value:
        try:
            return read(text)
        except ValueError as error:  # argparse would print its own message instead
            raise argparse.ArgumentTypeError(str(error)) from None

    return reading
