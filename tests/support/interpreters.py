# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Pythons of this machine, as `make test` finds them."""

from __future__ import annotations

from .scripts import script


def find(version: str) -> str | None:
    """A real interpreter of a version such as 3.9, or None."""
    found: str | None = script("test").find(version)
    return found
