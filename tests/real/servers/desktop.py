# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The desktop server xrdp: healthy, and without TLS. It has no desktop."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from real.credentials import server_credentials
from real.daemon import need, scratch_folder
from real.servers.server import Server, free_ports, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "xrdp"

CONFIG = """
[Globals]
ini_version=1
fork=true
port=tcp://127.0.0.1:{rdp}
security_layer={layer}
certificate={certificate}
key_file={key}
ssl_protocols=TLSv1.2, TLSv1.3

[Logging]
LogFile={folder}/xrdp.log
LogLevel=INFO
EnableSyslog=false
EnableConsole=true
ConsoleLevel=INFO
"""


@contextlib.contextmanager
def xrdp(layer: str = "negotiate") -> Iterator[Server]:
    """A desktop server: `rdp`, which begins TLS if the client asks for it."""
    program = need("xrdp", PACKAGE)
    with scratch_folder() as folder:
        ports = free_ports("rdp")
        files = server_credentials(folder)
        (folder / "xrdp.ini").write_text(
            CONFIG.format(folder=folder, layer=layer, **files._asdict(), **ports)
        )
        command = [program, "--nodaemon", "--config", str(folder / "xrdp.ini")]
        with running(command, folder, ports) as server:
            yield server


def plain_xrdp() -> contextlib.AbstractContextManager[Server]:
    """It knows RDP's own encryption only."""
    return xrdp(layer="rdp")
