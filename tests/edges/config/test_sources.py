# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""tcp_health_config with every source of targets, and the labels of rows."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from support.config_program import PROGRAM, STYLES, run
from support.row_sources import KINDS, written
from tcp_health_plugins.common.row_files import SUFFIXES
from tcp_health_plugins.config import main as config

if TYPE_CHECKING:
    from pathlib import Path

ROWS: list[dict[str, Any] | bytes] = [
    {"host": "db1:5432", "retries": "2", "labels": {"site": "fra"}},
    {"host": "mail.example.org", "service": "imap", "name": "mailbox access", "expect": ["a", "b"]},
]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_source_gives_the_same_services(kind: str, style: str, tmp_path: Path) -> None:
    ends = {each: end for end, each in SUFFIXES.items()}
    texts = []
    for each in (kind, "lines"):
        path = tmp_path / f"targets{ends.get(each, '')}"
        path.write_bytes(written(each, ROWS)[0])
        words = ["render", "--format", style, "--targets", str(path), "--output", str(tmp_path / each)]
        assert config.main([*words, *(["--input-format", each] if each not in ends else [])]) == 0
        text = next((tmp_path / each).glob("tcp_health_targets.*")).read_text()
        # A host of an inventory is the host object of its checks.
        texts.append(re.sub(r"(host_name +(= )?)\S+", r"\1x", text[text.index("ervice") :]))
    assert texts[0] == texts[1]


def test_standard_input_has_the_format_that_is_named(tmp_path: Path) -> None:
    words = [*PROGRAM, "render", "--format", "nagios", "--targets", "-", "--output", str(tmp_path / "out")]
    done = subprocess.run(
        [*words, "--input-format", "jsonl"],
        input=json.dumps(ROWS[0]).encode(),
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith(b"1 host, 1 service: ")


def test_an_unknown_input_format_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, "nagios", "--input-format", "xml") == 3
    assert (
        "invalid input format 'xml': must be one of lines, csv, jsonl, json, yaml, inventory"
        in capsys.readouterr().err
    )


def test_errors_have_the_order_of_the_rows_and_their_paths(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps({
        "targets": ["a:1", {"host": "b", "port": "ssh"}, {"host": "a:1"}],
        "groups": {"g": {"targets": [{"host": "we$ird:1"}, {"host": "c:1", "labels": {"x": "a;b"}}]}},
    }))  # fmt: skip
    words = ["render", "--format", "nagios", "--targets", str(path), "--output", str(tmp_path / "out")]
    assert config.main(words) == 1
    *lines, last = capsys.readouterr().err.splitlines()
    assert [line.removeprefix(f"{path}: ").partition(": ")[0] for line in lines] == [
        "targets[1].port", "targets[2].name", "groups.g.targets[0].host_name", "groups.g.targets[0].host", "groups.g.targets[1].labels",
    ]  # fmt: skip
    assert "first in targets[0]; set another name with name=" in lines[1]
    assert last.endswith("nothing was written: 4 of 5 rows are invalid")


def test_labels_are_custom_variables(place: Path) -> None:
    (place / "targets").write_text("db1:22 labels=site=fra,team=x_y\n")
    assert run(place) == 0
    text = (place / "out/tcp_health_targets.cfg").read_text()
    assert re.findall(r"^    (_\w+) +(.*)$", text, re.MULTILINE) == [("_site", "fra"), ("_team", "x_y")]
    assert run(place, "icinga2") == 0
    text = (place / "out/tcp_health_targets.conf").read_text()
    assert re.findall(r"^  (vars\.labels.*)$", text, re.MULTILINE) == [
        'vars.labels["site"] = "fra"', 'vars.labels["team"] = "x_y"',
    ]  # fmt: skip


@pytest.mark.parametrize("labels", ["site=a;b", "site=$HOSTNAME$", "site=x\\\\", "a=1,A=2"])
def test_labels_that_an_engine_would_misread_are_refused(
    labels: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "targets").write_text(f"db1:22 'labels={labels}'\n")
    assert run(place) == 1
    assert ":1: labels: " in capsys.readouterr().err
