# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The error for an invalid command line."""

from __future__ import annotations


class UsageError(Exception):
    """An invalid command line; the message is one sentence that names the option."""
