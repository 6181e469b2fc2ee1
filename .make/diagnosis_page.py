# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the table of faults in docs/diagnosis.md."""

from __future__ import annotations

from marks import write_table

from tcp_health.judgement.diagnosis import TABLE


def write_into(present: str) -> str:
    """Return the page with a new table between its marks. The other text is kept."""
    rows = ((row.name, row.meaning, ", ".join(row.domains)) for row in TABLE)
    return write_table(present, "of faults", ("row", "evidence", "possible domains"), rows)
