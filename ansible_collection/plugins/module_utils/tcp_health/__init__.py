# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The core of tcp-health: checks TCP services and says what was seen. Standard library only."""

__version__ = "0.1.0"
