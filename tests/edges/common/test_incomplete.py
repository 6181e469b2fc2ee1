# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An executable without the packages that it imports, as after a copy of one file."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[3] / "plugins"
MISSING = "cannot be loaded: No module named 'tcp_health"


@pytest.mark.parametrize(
    ("program", "begin", "code"),
    [
        ("check_tcp_health", "TCP UNKNOWN - ", 3),
        ("check_tcp_sweep", "SWEEP UNKNOWN - ", 3),
        ("tcp_health_config", "", 1),
        ("tcp_health_listener", "", 1),
    ],
)
def test_an_executable_without_its_packages_prints_a_sentence(
    program: str, begin: str, code: int, tmp_path: Path
) -> None:
    shutil.copy(PLUGINS / program, tmp_path)
    done = subprocess.run(
        [sys.executable, "-S", str(tmp_path / program), "--help"], capture_output=True, text=True, check=False
    )
    text, other = (done.stdout, done.stderr) if begin else (done.stderr, done.stdout)
    assert (done.returncode, other, text.count("\n")) == (code, "", 1)
    assert text.startswith(f"{begin}{program} {MISSING}")
