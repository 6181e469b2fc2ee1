# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A server that greets: `greet.py FILE` writes its port to FILE and ends by itself after a minute."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

END = time.monotonic() + 60
PORT = Path(sys.argv[1])

with socket.create_server(("127.0.0.1", 0)) as server:
    unfinished = PORT.with_name(PORT.name + ".new")
    unfinished.write_text(str(server.getsockname()[1]), encoding="ascii")
    unfinished.replace(PORT)
    while time.monotonic() < END and PORT.exists():
        server.settimeout(1)
        try:
            connection, _peer = server.accept()
        except socket.timeout:
            continue
        with connection:
            connection.sendall(b"220 ready\r\n")
