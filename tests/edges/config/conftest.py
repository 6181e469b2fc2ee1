# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures of the tests of tcp_health_config."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a file of two targets."""
    (tmp_path / "targets").write_text("db1:5432 retries=2\n[2001:db8::7]:22 expect='SSH-2.0'\n")
    return tmp_path
