# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Temporary folders that every user may enter: daemons and plugins run as users of their own."""

from __future__ import annotations

import tempfile
from pathlib import Path

LONGEST = 32
"""The maximum length of a temporary folder's path: a Unix socket's path has at most 107 bytes, and dovecot adds 60."""


def open_folder(prefix: str) -> Path:
    """Create a temporary folder of mode 755.

    It is below /tmp if the default place is closed to other users, as with libpam-tmpdir, or has a long path.
    """
    place = Path(tempfile.gettempdir())
    is_open = all(each.stat().st_mode & 0o001 for each in (place, *place.parents))
    if not is_open or len(str(place)) > LONGEST:
        place = Path("/tmp")  # noqa: S108 - mkdtemp takes a name that nothing else has
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
    folder.chmod(0o755)
    return folder
