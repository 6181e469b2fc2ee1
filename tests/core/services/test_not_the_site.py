# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The statuses of HTTP that are no answer of the site, as docs/services.md lists them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.player import Player
from tcp_health.services.table import SERVICES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "services.md"


def listed() -> dict[int, bool]:
    """The statuses of the page: whether each is OK."""
    rows = re.findall(r"^  \| (\S.*?) \| (OK|mismatch) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {int(status): state == "OK" for words, state in rows for status in re.findall(r"\b\d{3}\b", words)}


@pytest.mark.field(11)
def test_the_page_lists_what_the_service_does() -> None:
    page = listed()
    assert {400, 401, 403, 404, 407, 408, 421, 426, 429, 451, 511} <= set(page)
    for status in range(200, 1000):
        steps = SERVICES["http"].steps
        words = Player(steps, [b"HTTP/1.1 %d x\r\n" % status], 65536).play().words
        assert words is None or words, status  # nothing waits for more
        assert (words is None) is page.get(status, status < 500), status
