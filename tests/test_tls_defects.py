# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every TLS defect against a server that has it: state, cause, diagnosis, words, and what the server saw of us."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loopback import Stage
from playing import check_of
from tcp_health.network import Network
from tcp_health.report import long_output, plain
from tcp_health.rounds import evaluate
from tls_defects import ROWS, Row, differences, minted, seen_differences

if TYPE_CHECKING:
    from typing import Any


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return minted(tmp_path_factory.mktemp("minted"))


def played(row: Row, places: dict[str, str], folder: Path) -> tuple[dict[str, Any], list[str]]:
    """What the check came to, and where that differs from the row."""
    peer, servers = row.begin()
    network = Network()
    try:
        with Stage({row.at.format(folder=folder): servers}) as stage:
            check = check_of(row.line(stage.port, folder, places).replace("{", "{{").replace("}", "}}"))
            verdict, rounds = evaluate(check, network=network)
    finally:
        network.shut()
    document = plain(verdict, check, rounds)
    fault = document["fault"]["name"] if document["fault"] else ""
    lines = [document["output"], *document["long_output"], *long_output(verdict, check), document["perfdata"]]
    found = differences(row, document["state"], document["cause"] or "", fault, lines)
    return document, found + seen_differences(row, peer, sum(stage.connects.values()))


@pytest.mark.parametrize("row", [row for row in ROWS if row.applies()], ids=lambda row: row.title)
def test_a_defect_is_told_by_name(row: Row, places: dict[str, str], tmp_path: Path) -> None:
    _, found = played(row, places, tmp_path)
    assert not found, "\n".join(found)
