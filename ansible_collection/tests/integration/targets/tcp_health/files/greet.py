# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A server that greets: `greet.py FILE` writes its port to FILE and ends by itself after a minute."""

from __future__ import annotations

import os
import socket
import sys
import time

END = time.monotonic() + 60

with socket.create_server(("127.0.0.1", 0)) as server:
    with open(sys.argv[1] + ".new", "w", encoding="ascii") as file:
        file.write(str(server.getsockname()[1]))
    os.replace(sys.argv[1] + ".new", sys.argv[1])
    while time.monotonic() < END and os.path.exists(sys.argv[1]):
        server.settimeout(1)
        try:
            connection, _peer = server.accept()
        except socket.timeout:
            continue
        with connection:
            connection.sendall(b"220 ready\r\n")
