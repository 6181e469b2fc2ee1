# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stubs for services without a Debian package, as servers like the others: one process each."""

from __future__ import annotations

import contextlib
import functools
import sys
from typing import TYPE_CHECKING

from real import stubs
from real.credentials import server_credentials
from real.daemon import scratch_folder
from real.servers.server import Server, free_ports, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from real.servers.server import Start


@contextlib.contextmanager
def stub(name: str) -> Iterator[Server]:
    """The stub NAME: its only port has its name."""
    with scratch_folder() as folder:
        ports = free_ports(name)
        certificate = server_credentials(folder).both
        command = [sys.executable, "-S", "-E", stubs.__file__, name, str(ports[name]), str(certificate)]
        with running(command, folder, ports) as server:
            yield server


STUBS: dict[str, Start] = {name: functools.partial(stub, name) for name in stubs.STUBS}
"""Every stub by name."""
