# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The demonstration that `make demo` runs: the bundled listener, a healthy check, a slow one, a dead port."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# The executables next to this interpreter, with a path that the reader can use to run them again.
HERE = Path(sys.executable).parent
COMMANDS = HERE.relative_to(Path.cwd()) if HERE.is_relative_to(Path.cwd()) else HERE
SLOW = ["--behaviour", "slow", "--delay", "0.6"]
GRACE = 10.0  # seconds after which a check or a listener counts as hanging


def main() -> int:
    """Show the three checks; return 0 when each has its expected exit code."""
    with listener() as healthy, listener(*SLOW) as slow, dead_port() as dead:
        ended = [
            show("A healthy service", healthy, 0),
            show("A slow one, with a warning time of 0.3 s", slow, 1, "-w", "0.3"),
            show("A port where nothing listens", dead, 2),
        ]
    return 0 if all(ended) else 1


@contextmanager
def listener(*options: str) -> Iterator[int]:
    """Run the bundled listener; yields its port."""
    command: list[str | Path] = [
        COMMANDS / "tcp_health_listener",
        "--bind",
        "127.0.0.1",
        "--port",
        "0",
        *options,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline().strip()
            if not first.startswith("Listening on "):
                sys.exit(f"The listener did not start: {first}")
            yield int(first.rpartition(":")[2])
        finally:
            process.terminate()


@contextmanager
def dead_port() -> Iterator[int]:
    """Yield a port that refuses: it is bound, so that no other program listens there, but not listened on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def show(title: str, port: int, wanted: int, *options: str) -> bool:
    """Run one check and print it as on a terminal; return whether it has the expected exit code."""
    command = [f"{COMMANDS}/check_tcp_health", "-H", "127.0.0.1", "-p", str(port), "--read", "eof", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=GRACE, check=False)
    print(f"{title}:\n  $ {' '.join(command)}")
    for line in (done.stdout + done.stderr).splitlines():
        print(f"  {line}")
    print(f"  exit code {done.returncode}\n")
    if done.returncode != wanted:
        print(f"  wanted exit code {wanted}\n")
    return done.returncode == wanted


if __name__ == "__main__":
    sys.exit(main())
