# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each certificate of a connection is parsed once, however many interfaces show it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from support.loopback import Stage
from support.tls_defects import ROWS, minted
from tcp_health.wire import certificate
from tcp_health_plugins.check.main import main

if TYPE_CHECKING:
    from pathlib import Path

    from tcp_health.model.certificate import Certificate

BY_TITLE = {row.title: row for row in ROWS}

# The peers present their own certificate and an intermediate one, and the chain that verified ends with the root.
# Python 3.9 reports the server's own only.
PRESENTED, CHAIN = (2, 3) if sys.version_info >= (3, 10) else (1, 1)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return minted(tmp_path_factory.mktemp("minted"))


@pytest.mark.parametrize(
    "more", ["", "-D 30", "-D 30 -vvv", "-D 30 --output json", "-D 30,10 --output json -vvv"]
)
@pytest.mark.parametrize(
    "title",
    [
        "certificate: healthy",
        "certificate: name mismatch, an address",  # read on a second connection, without verification
        "name: --verify-name and another --sni",  # compared with the name by the check itself
    ],
)
def test_a_certificate_of_a_connection_is_parsed_once(
    title: str,
    more: str,
    places: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    parsed: list[bytes] = []
    read = certificate.read

    def counted(der: bytes) -> Certificate:
        parsed.append(der)
        return read(der)

    monkeypatch.setattr(certificate, "read", counted)
    row = BY_TITLE[title]
    _, servers = row.begin()
    with Stage({row.at.format(folder=tmp_path): servers}) as stage:
        main([*row.line(stage.port, tmp_path, places).split(), *more.split()], "check_tcp_health")
    assert capsys.readouterr().out
    # Without verification no root is known.
    assert len(parsed) == len(set(parsed)) == (PRESENTED if "mismatch" in title else CHAIN)
