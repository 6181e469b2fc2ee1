# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A healthy check with the diagnosis on: the system calls and the modules of one with it off."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[3] / "plugins"

MOST = 5
"""System calls that the diagnosis may add to a healthy check."""

CHECK = """
import sys
sys.path.insert(0, sys.argv[1])
from tcp_health_plugins.check.options import parse
from tcp_health.runs.repeat import evaluate
from tcp_health.settings.build import build
line = parse(sys.argv[2:], "check_tcp_health", {})
assert evaluate(build(line.values)).state == 0
print(*sorted(name for name in sys.modules if name.startswith("tcp_health")))
"""


def serve(server: socket.socket) -> None:
    """Answer every client."""
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.recv(100)
            connection.sendall(b"PONG")


@pytest.mark.once
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace counts the system calls")
def test_a_healthy_check_is_unchanged(tmp_path: Path) -> None:
    calls, modules = {}, {}
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        port = server.getsockname()[1]
        for word in ("never", "failure", "never", "failure"):  # the first two may compile modules
            words = f"-H 127.0.0.1 -p {port} -E -s PING -e PONG --trace {word}".split()
            file = tmp_path / word
            done = subprocess.run(
                ["strace", "-f", "-qq", "-o", file, sys.executable, "-c", CHECK, str(PLUGINS), *words],
                capture_output=True, text=True, check=False, timeout=60,
            )  # fmt: skip
            if "ptrace" in done.stderr:
                pytest.skip("this system does not allow ptrace")
            assert done.returncode == 0, done.stderr
            calls[word] = len(file.read_text(encoding="utf-8", errors="replace").splitlines())
            modules[word] = done.stdout
    assert modules["failure"] == modules["never"]
    assert calls["failure"] - calls["never"] <= MOST
