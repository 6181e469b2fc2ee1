# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether this machine has IPv6 on loopback: containers often do not."""

from __future__ import annotations

import functools
import socket

MISSING = "this machine has no IPv6 loopback"


@functools.lru_cache(maxsize=1)
def has_ipv6() -> bool:
    """Return whether a socket can be bound to ::1."""
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True
