# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/diagnosis.md: the diagnosis table as a page for users."""

from __future__ import annotations

from marks import write_table

from tcp_health.judgement.diagnosis import TABLE


def write_into(present: str) -> str:
    """Return the page with the table written anew between its marks; the text around it stays."""
    rows = ((row.name, row.meaning, ", ".join(row.domains)) for row in TABLE)
    return write_table(present, "of faults", ("row", "what was seen", "domains left open"), rows)
