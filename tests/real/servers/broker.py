# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The message broker Mosquitto: open, with a password, through TLS, and without free connections."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from real.credentials import server_credentials
from real.daemon import need, scratch_folder
from real.servers.server import Server, crowded, free_ports, run_as, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "mosquitto"

CONFIG = """
per_listener_settings true
log_dest stderr
persistence false

listener {mqtt} 127.0.0.1
allow_anonymous true

listener {mqtts} 127.0.0.1
allow_anonymous true
certfile {certificate}
keyfile {key}

listener {mqtts_client} 127.0.0.1
allow_anonymous true
cafile {authority}
certfile {certificate}
keyfile {key}
require_certificate true

listener {mqtt_locked} 127.0.0.1
allow_anonymous false

listener {mqtt_crowded} 127.0.0.1
allow_anonymous true
max_connections 1
"""


@contextlib.contextmanager
def mosquitto() -> Iterator[Server]:
    """A message broker: `mqtt`, `mqtts`, and three with restrictions.

    `mqtts_client` requires a client's certificate, `mqtt_locked` a password, `mqtt_crowded` accepts few connections.
    """
    program = need("mosquitto", PACKAGE)
    with scratch_folder("mosquitto") as folder:
        ports = free_ports("mqtt", "mqtts", "mqtts_client", "mqtt_locked", "mqtt_crowded")
        files = server_credentials(folder, "mosquitto")
        (folder / "mosquitto.conf").write_text(CONFIG.format(**files._asdict(), **ports))
        command = [*run_as("mosquitto"), program, "-c", str(folder / "mosquitto.conf")]
        with running(command, folder, ports) as server:
            yield server


@contextlib.contextmanager
def crowded_mosquitto() -> Iterator[Server]:
    """On `mqtt_crowded` it closes without an answer."""
    with mosquitto() as server, crowded(server["mqtt_crowded"], b""):
        yield server
