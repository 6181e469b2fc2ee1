# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The examples of docs/targets.md: each makes the checks that the page shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tcp_health.settings.rows import NAMING, Row
from tcp_health_plugins.common.row_files import FORMATS, MOST_DOCUMENT, MOST_YAML, SUFFIXES, read_rows

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "targets.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`([\w.]+)`[^\n]*:\n\n```\w+\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
CHECKS = re.findall(r"^check_tcp_health (.*)$", PAGE, re.MULTILINE)

NAMED = [
    ("www", "the web", ()),
    ("db1", "tcp 5432", (("team", "dba"),)),
    ("db2", "tcp 5433", (("site", "fra"), ("team", "dba"))),
]


def test_the_page_has_an_example_of_each_format() -> None:
    assert set(FILES) == {
        "inventory.yaml",
        *(f"targets.{end}" for end in ("txt", "csv", "jsonl", "json", "yaml")),
    }
    assert len(CHECKS) == 3


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.once) if name == "inventory.yaml" else name for name in FILES],
)
def test_an_example_makes_the_checks_of_the_page(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(FILES[name])
    kind = None
    if name == "inventory.yaml":
        program = Path(sys.executable).parent / "ansible-inventory"
        if not program.exists():
            pytest.skip("ansible-core needs Python 3.11")
        printed = subprocess.run([program, "-i", path, "--list"], capture_output=True, check=True).stdout
        path.write_bytes(printed)
        kind = "inventory"
    found = list(read_rows(str(path), kind))
    rows = [each for each in found if isinstance(each, Row)]
    assert len(rows) == len(found), found
    if kind == "inventory":
        rows.sort(key=lambda row: [each[0] for each in NAMED].index(row.host_name))
    assert [" ".join(row.words()) for row in rows] == CHECKS
    assert [(row.host_name, row.name, row.labels) for row in rows] == NAMED


def test_the_page_has_the_names_formats_and_limits_of_the_code() -> None:
    for name in (*NAMING, *FORMATS):
        assert f"| `{name}`" in PAGE, name
    for suffix in SUFFIXES:
        assert f"`{suffix}`" in PAGE
    assert f"at most {MOST_DOCUMENT >> 20} MiB" in PAGE
    assert f"at most {MOST_YAML >> 20} MiB" in PAGE
