# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
# The public names for type checkers. They are in a stub, since Ansible takes every import in __init__.py for a real one.

from .api import Attempt, Fault, Result, check, check_many

__version__: str

__all__ = ["Attempt", "Fault", "Result", "__version__", "check", "check_many"]
