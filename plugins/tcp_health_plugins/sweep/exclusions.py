# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the targets that a sweep leaves out: hosts, hosts with a port, and networks."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from tcp_health.model.target import Target, is_literal
from tcp_health.model.value import FieldError
from tcp_health.text import files
from tcp_health_plugins.common.usage import UsageError

if TYPE_CHECKING:
    from typing import Union

    Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

# Bytes of a file: about half a million hosts.
MOST = 1 << 23


class Exclusions:
    """The excluded targets."""

    def __init__(self) -> None:
        self._hosts: set[str] = set()
        self._targets: set[str] = set()
        self._networks: list[Network] = []

    def __bool__(self) -> bool:
        return bool(self._hosts or self._targets or self._networks)

    def add(self, text: str) -> None:
        """Add a line of the file. Raises ValueError."""
        if text.startswith("/"):
            self._targets.add(text)
        elif "*" in text or "?" in text:
            # No name contains these: as a name, the line would exclude nothing.
            raise ValueError(f"invalid host {text[:80]!r}: patterns are not supported")
        elif "/" in text:
            self._networks.append(_network(text))
        elif is_literal(text) or (":" not in text):
            self._hosts.add(_normal(Target(text, 1).host or ""))
        else:
            target = Target.parse(text)
            self._targets.add(f"{_normal(target.host or '')} {target.port}")

    def contain(self, target: Target) -> bool:
        """Whether a target is excluded: by its host, its address, or both with the port."""
        if target.path is not None:
            return target.path in self._targets
        for host in filter(None, (target.host, target.address)):
            name = _normal(host)
            if name in self._hosts or f"{name} {target.port}" in self._targets:
                return True
            if self._networks and is_literal(host):
                address = ipaddress.ip_address(host.partition("%")[0])
                if any(address in each for each in self._networks):
                    return True
        return False


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"invalid network {text[:80]!r}: must be as 192.0.2.0/24 or 2001:db8::/32") from None


def _normal(host: str) -> str:
    """Return the one form of a host: ::1 and 0:0::1 are the same, and so are names in upper and lower case."""
    if is_literal(host):
        try:
            return str(ipaddress.ip_address(host))
        except ValueError:  # an address with leading zeros
            return host
    return host.lower().rstrip(".")


def read(path: str) -> Exclusions:
    """Return the exclusions in a file. Raises UsageError, which names the line."""
    found = Exclusions()
    try:
        text = files.content(path, MOST).decode("utf-8-sig")
    except (files.FileError, UnicodeDecodeError) as error:
        reason = str(error) if isinstance(error, files.FileError) else f"{path}: not UTF-8"
        raise UsageError(f"--exclude: cannot read {reason}") from None
    for number, line in enumerate(text.splitlines(), 1):
        word = line.partition("#")[0].strip()
        try:
            if word:
                found.add(word)
        except (FieldError, ValueError) as error:
            raise UsageError(f"--exclude: {path}:{number}: {error}") from None
    return found
