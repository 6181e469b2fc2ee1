# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Pythons of this machine, as `make test` finds them."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def find(version: str) -> str | None:
    """A real interpreter of a version such as 3.9, or None."""
    path = Path(__file__).resolve().parents[2] / ".make/test.py"
    # By its path: as a module its name is that of Python's own tests.
    spec = importlib.util.spec_from_file_location("make_test", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: str | None = module.find(version)
    return found
