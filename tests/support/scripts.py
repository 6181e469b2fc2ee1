# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The scripts of the make targets, as modules."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

FOLDER = Path(__file__).resolve().parents[2] / ".make"


def script(name: str) -> ModuleType:
    """Return a new module of a script in .make/, such as `install`.

    It is loaded by its path: the name of test.py is that of Python's own tests.
    """
    path = FOLDER / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"make_{name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
