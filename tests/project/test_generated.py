# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of `make generate` are up to date, and contain every setting, measure, service and cause."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tcp_health.judgement.measures import MEASURES
from tcp_health.model.causes import CAUSES
from tcp_health.services.table import SERVICES
from tcp_health.settings.arguments import specification
from tcp_health.settings.table import SETTINGS, Setting
from tcp_health.settings.task import argument_spec

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.once

MODULE = ROOT / "ansible_collection/plugins/modules/tcp_health.yml"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The generator, .make/generate.py."""
    monkeypatch.syspath_prepend(str(ROOT / ".make"))
    return importlib.import_module("generate")


def test_the_generated_files_are_up_to_date(made: ModuleType) -> None:
    assert not list(made.stale()), "make generate puts this right"


def test_check_names_a_stale_file_and_fails(made: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    made.FILES["docs/stale.md"] = lambda _: "new text"
    try:
        assert made.main(["--check"]) == 1
    finally:
        del made.FILES["docs/stale.md"]
    assert "docs/stale.md is not up to date: run make generate" in capsys.readouterr().out
    assert not (ROOT / "docs/stale.md").exists()


def test_the_generator_runs_as_make_runs_it() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / ".make/generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_reference_page_names_everything() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    names = [setting.name for setting in SETTINGS] + [measure.name for measure in MEASURES]
    for name in (*names, *CAUSES):
        assert f"`{name}`" in page, name
    for setting in SETTINGS:
        if setting.kind != "range":
            assert all(f"`{flag}" in page for flag in setting.flags), setting.name


def test_the_page_of_services_lists_what_is_sent_and_what_ok_means() -> None:
    page = (ROOT / "docs/services.md").read_text(encoding="utf-8")
    for name in SERVICES:
        [row] = re.findall(rf"^\| `{name}` \| \d* \|.*$", page.partition("## STARTTLS")[0], re.MULTILINE)
        _, _, _, said, means, _ = (cell.strip() for cell in row.strip("|").split("|"))
        assert said, f"{name}: what is said is written by hand"
        assert means, name


def test_a_new_service_gets_a_row_and_hand_written_cells_stay(made: ModuleType) -> None:
    page = (ROOT / "docs/services.md").read_text(encoding="utf-8")
    without = re.sub(r"^\| `redis` .*\n", "", page, flags=re.MULTILINE)
    again = made.services_page.write_into(without.replace("| PING |", "| a PING |"))
    assert "| `redis` | 6379 |  |  | it answered" in again
    assert "| `clamd` | 3310 |  | a PING |" in again


def test_the_module_documents_every_argument_and_nothing_else_between_its_markers() -> None:
    text = MODULE.read_text(encoding="utf-8")
    options = text.partition("\n  options:\n")[2].partition("\n  notes:\n")[0]
    names = [
        line.strip(" :") for line in options.splitlines() if line.startswith("    ") and line[4:5].isalpha()
    ]
    assert names == list(argument_spec())


def test_yaml_reads_the_options_as_in_the_table(made: ModuleType) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML comes with ansible-core, for Python 3.11 and newer")
    options = made.module_options
    texts = ["yes", "No", "null", "4", "1.5", "127.0.0.1", "1s", "any", ":ok", "a:", "'b'", "@1", "%"]
    for text in (*texts, "a: b", "a #b", r"\n \x41", 'a "b"'):
        assert yaml.safe_load(options.scalar(text)) == text
    for value in (True, False, 0, 1.0):
        assert yaml.safe_load(options.scalar(value)) is not None
        assert yaml.safe_load(options.scalar(value)) == value
    words = "what: 'it' \\n is; a long text that has to be wrapped, " * 4
    setting = Setting("size", "choice", words, choices=("no", "1"))
    read = yaml.safe_load(options.option("size", specification(setting), setting))["size"]
    assert read["choices"] == ["no", "1"]
    assert " ".join(read["description"]).startswith("What: 'it' \\n is; a long text")


def test_a_module_without_the_markers_is_refused(made: ModuleType) -> None:
    with pytest.raises(ValueError, match="no line options:"):
        made.module_options.write_into("nothing")
