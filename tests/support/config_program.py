# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs tcp_health_config, in this process or in one of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from real.daemon import scratch_folder
from tcp_health_plugins.config import main as config
from tcp_health_plugins.config import rendering

if TYPE_CHECKING:
    from collections.abc import Iterator


ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, str(ROOT / "plugins/tcp_health_config")]
STYLES = ("nagios", "icinga2")
NOBODY = 65534


def command(*words: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the program as a shell would."""
    return subprocess.run(  # type: ignore[call-overload, no-any-return]  # options are subprocess.run's own
        [*PROGRAM, *map(str, words)], capture_output=True, text=True, check=False, **options
    )


def words_for(place: Path, style: str = "nagios", *more: str) -> list[str]:
    return ["render", "--format", style, "--targets", f"{place}/targets", "--output", f"{place}/out", *more]


def run(place: Path, style: str = "nagios", *more: str) -> int:
    return config.main(words_for(place, style, *more))


def everything(folder: Path) -> dict[str, bytes]:
    """Return the files in a folder, including hidden and incomplete ones."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())} if folder.exists() else {}


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Drop root's privileges for the duration of the block; another user keeps his.

    The templates are copied: an ordinary user may not have access to the checkout's folder.
    """
    if os.geteuid() != 0:
        yield
        return
    templates = rendering.TEMPLATES
    with scratch_folder() as folder:
        rendering.TEMPLATES = Path(shutil.copytree(templates, folder / "templates"))
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)
            rendering.TEMPLATES = templates
