# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a check costs besides its CPU time: its system calls, and the modules that it imports."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.process import PATHS, environment

LOADED = """
import sys
from tcp_health_plugins.check.main import main
try:
    main()
except SystemExit:
    pass
sys.stderr.write("\\n".join(sys.modules))
"""


def system_calls(command: tuple[str, ...]) -> int:
    """The fewest system calls of five runs of a command: some depend on other programs on the machine."""
    if shutil.which("strace") is None:
        raise RuntimeError("strace is missing: make engines installs it")
    counts = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(5):
            log = Path(folder, "log")
            subprocess.run(
                ["strace", "-f", "-c", "-o", str(log), *command],
                check=True,
                env=environment(),
                stdout=subprocess.DEVNULL,
            )
            found = re.search(r"(\d+)\s+(?:\d+\s+)?total$", log.read_text(encoding="utf-8"), re.MULTILINE)
            if found is None:
                raise RuntimeError("strace reports no counts on this machine")
            counts.append(int(found.group(1)))
    return min(counts)


def modules(words: tuple[str, ...]) -> frozenset[str]:
    """The names in sys.modules at the end of a check."""
    # The program ends its process with os._exit, which is therefore replaced.
    source = "import os\nos._exit = lambda code: None\n" + LOADED
    done = subprocess.run(
        [sys.executable, "-c", source, *words],
        env={**environment(), **PATHS},
        capture_output=True,
        text=True,
        check=False,
    )
    found = frozenset(done.stderr.split())
    if "tcp_health.conversation.probe" not in found:
        raise RuntimeError(f"no check was made: {done}")
    return found
