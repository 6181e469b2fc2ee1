# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter targets: the hosts of an inventory group as targets of the module tcp_health."""

from __future__ import annotations

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def targets(hosts: Any, ports: Any, hostvars: Any = None, **settings: Any) -> list[dict[str, Any]]:
    """Return a target for each host and port.

    hosts     names of hosts, as a group has them
    ports     a port, or several
    hostvars  the variables of the hosts: a target has the address in ansible_host; None: the name is the address
    settings  settings of every target
    """
    if isinstance(hosts, (str, Mapping)) or not hasattr(hosts, "__iter__"):
        raise AnsibleFilterError(f"targets: invalid hosts {hosts!r:.40}: must be a list of names")
    if isinstance(ports, (str, int)):
        ports = [ports]
    found = []
    for host in hosts:
        address = host
        if hostvars is not None and host in hostvars:
            address = hostvars[host].get("ansible_host") or host
        found += [
            {"name": f"{host}:{port}", "host": str(address), "port": int(port), **settings} for port in ports
        ]
    return found


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"targets": targets}
