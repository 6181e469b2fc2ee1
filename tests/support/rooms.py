# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finds names of the core in any version of the project: in a module, or in a module of a room."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any


def found(name: str, *places: str) -> Any:
    """Return what is defined under that name in the first of these modules or packages; LookupError without one.

    A package is searched with all of its modules: `found("build", "tcp_health.settings")`.
    """
    for place in places:
        try:
            module = importlib.import_module(place)
        except ModuleNotFoundError as problem:
            if problem.name is None or not place.startswith(problem.name):
                raise
            continue
        inside = [
            importlib.import_module(f"{place}.{each.name}")
            for each in pkgutil.iter_modules(getattr(module, "__path__", ()))
        ]
        for each in (module, *inside):
            value = getattr(each, name, None)
            # Not a name that a module imports, and not a module with the same name as its function or class.
            if getattr(value, "__module__", None) == each.__name__:
                return value
    raise LookupError(f"no {name} is defined in {', '.join(places)}")
