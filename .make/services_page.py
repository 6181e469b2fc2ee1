# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/services.md: the named services, as a table in a page for users."""

from __future__ import annotations

import re

from marks import write_table

from tcp_health.services.table import SERVICES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcp_health.services.service import Service

HEAD = ("name", "port", "TLS", "what is said", "OK says that", "captured")
SAID = HEAD.index("what is said")

_FLAG = re.compile(r"(?<!\S)-[a-z]\b")


def write_into(present: str) -> str:
    """Return the page with its table written anew; what is said is written by hand there, and stays."""
    rows = (tuple(_cells(service, _said(present, service.name))) for service in SERVICES.values())
    return write_table(present, "services", HEAD, rows)


def _said(present: str, name: str) -> str:
    """What the page says that we say: bytes that no table of the code has in words."""
    row = re.search(rf"^\| `{name}` \|.*$", present, re.MULTILINE)
    return row.group().split(" | ")[SAID] if row is not None else ""


def _cells(service: Service, said: str) -> Iterator[str]:
    yield f"`{service.name}`"
    yield "" if service.port is None else str(service.port)
    yield ("lax" if service.check_tcp else "verified") if service.tls else ""
    yield said
    yield _FLAG.sub(r"`\g<0>`", service.means)
    yield " ".join(f"`{name}`" for name in _captured(service))


def _captured(service: Service) -> dict[str, None]:
    """The names of what its expressions capture, in their order, once each."""
    patterns = (pattern for step in service.steps for pattern in getattr(step, "wanted", ()))
    found = (name for pattern in patterns for name in re.compile(pattern.data).groupindex)
    return dict.fromkeys(found)
