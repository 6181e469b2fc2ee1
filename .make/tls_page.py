# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the table of TLS settings in docs/tls.md."""

from __future__ import annotations

from marks import write_table
from settings_page import flags_of, meaning_of

from tcp_health.settings.table import SETTINGS, TLS


def write_into(present: str) -> str:
    """Return the page with a new table."""
    rows = ((flags_of(each), meaning_of(each)) for each in SETTINGS if each.group == TLS)
    return write_table(present, "settings", ("command line", "meaning"), rows)
