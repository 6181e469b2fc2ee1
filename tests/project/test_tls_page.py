# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/tls.md has the result of the check for each defect: each row is played against a server with the defect."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.loopback import Stage
from support.minting import Authority
from support.playing import check_of
from support.scripted import accepts
from support.tls_peers import PEERS, ROOT
from tcp_health.report.document import to_document
from tcp_health.runs.repeat import evaluate

pytestmark = pytest.mark.once

PAGE = Path(__file__).parents[2] / "docs" / "tls.md"
HEAD = "| the server's defect | verdict | cause | state |\n|---|---|---|---|\n"

UNTOLD = ("healthy", "optional", "byte by byte", "close_notify", "reset after data", "PROXY", "ALPN")
"""Words in the names of peers without a TLS defect for such a check."""

TWINS = {"expired and another name", "RSA 512", "alert handshake_failure", "alert no_application_protocol",
         "end in the server's flight", "silent after the ClientHello", "only TLS 1.2", "only TLS 1.3"}  # fmt: skip
"""Peers whose defect has another row, and peers without a defect."""


def rows() -> list[tuple[str, ...]]:
    table = PAGE.read_text(encoding="utf-8").partition(HEAD)[2].partition("\n\n")[0]
    return [tuple(cell.strip(" `") for cell in line.strip("|").split("|")) for line in table.splitlines()]


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the trusted authorities: that of the peers, and one that signed no certificate of theirs."""
    path = tmp_path_factory.mktemp("trusted") / "ca.pem"
    path.write_bytes(ROOT.pem + Authority("Another CA").pem)
    return path


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_each_defect_has_the_result_on_the_page(row: tuple[str, ...], trusted: Path) -> None:
    defect, words, cause, state = row
    with Stage({"127.0.0.1": accepts(PEERS[defect]())}) as stage:
        check = check_of(f"-H localhost --address 127.0.0.1 -p {stage.port} --tls --ca-file {trusted} -e 220")
        result = evaluate(check)
    found = to_document(result)
    assert (found["cause"], found["state"]) == (cause, state)
    assert found["output"] == f"TCP {state} - Cannot make SSL connection. - {words}"


def test_the_page_has_every_defect_that_the_peers_have() -> None:
    defects = {name for name in PEERS if not any(word in name for word in UNTOLD)}
    assert {row[0] for row in rows()} == defects - TWINS
