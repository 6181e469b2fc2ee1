# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the table of named services in docs/services.md."""

from __future__ import annotations

import re

from marks import write_table

from tcp_health.services.table import SERVICES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcp_health.model.service import Service

HEAD = ("name", "port", "TLS", "what is sent", "OK means that", "captured")
SENT = HEAD.index("what is sent")

_FLAG = re.compile(r"(?<!\S)-[a-z]\b")


def write_into(present: str) -> str:
    """Return the page with a new table. The column "what is sent" is written by hand, and kept."""
    rows = (tuple(_cells(service, _sent(present, service.name))) for service in SERVICES.values())
    return write_table(present, "services", HEAD, rows)


def _sent(present: str, name: str) -> str:
    """Return what the page lists as sent by the check: no table in the code describes these bytes."""
    row = re.search(rf"^\| `{name}` \|.*$", present, re.MULTILINE)
    return row.group().split(" | ")[SENT] if row is not None else ""


def _cells(service: Service, sent: str) -> Iterator[str]:
    yield f"`{service.name}`"
    yield "" if service.port is None else str(service.port)
    yield ("lax" if service.check_tcp else "verified") if service.tls else ""
    yield sent
    yield _FLAG.sub(r"`\g<0>`", service.means)
    yield " ".join(f"`{name}`" for name in _captured(service))


def _captured(service: Service) -> dict[str, None]:
    """Return the names that its expressions capture, in their order, without duplicates."""
    patterns = (pattern for step in service.steps for pattern in step.wanted)
    found = (name for pattern in patterns for name in re.compile(pattern.data).groupindex)
    return dict.fromkeys(found)
