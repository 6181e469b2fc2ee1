# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real servers as fixtures of pytest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from real.servers import Server


def started(
    server: Callable[[], AbstractContextManager[Server]],
) -> Callable[[], Iterator[Server]]:
    """Return a fixture for a module that runs SERVER while its tests need it."""

    def run() -> Iterator[Server]:
        with server() as ports:
            yield ports

    return pytest.fixture(scope="module", name=server.__name__)(run)
