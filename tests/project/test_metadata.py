# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The metadata of a release: one place for version and addresses, known classifiers, and the licence as an expression."""

from __future__ import annotations

import configparser
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tcp_health import __version__

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
PROMISED = ("3.9", "3.10", "3.11", "3.12", "3.13")

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def metadata() -> configparser.SectionProxy:
    """Return the section metadata of setup.cfg."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    return settings["metadata"]


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return .make/addresses.py."""
    monkeypatch.syspath_prepend(str(ROOT / ".make"))
    return importlib.import_module("addresses")


def test_galaxy_yml_has_the_addresses_of_setup_cfg(addresses: ModuleType) -> None:
    galaxy = (ROOT / "ansible_collection/galaxy.yml").read_text(encoding="utf-8")
    found = dict(re.findall(r"^(\w+): (.+)$", galaxy, re.MULTILINE))
    known = addresses.addresses()
    assert found["version"] == __version__
    for theirs, ours in (
        ("repository", "source"),
        ("documentation", "documentation"),
        ("homepage", "homepage"),
        ("issues", "issues"),
    ):
        assert found[theirs] == known[ours]


def test_a_file_without_the_line_of_an_address_is_refused(addresses: ModuleType) -> None:
    with pytest.raises(ValueError, match="one line version:"):
        addresses.galaxy("namespace: x\n")


def test_the_place_of_the_addresses_says_that_they_are_examples(metadata: configparser.SectionProxy) -> None:
    text = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    if "example.org" in metadata["url"]:
        assert "example.org until the project has a home" in text


def test_every_link_of_the_description_works_on_a_package_index(
    metadata: configparser.SectionProxy, addresses: ModuleType
) -> None:
    name = metadata["long_description"].partition("file:")[2].strip()
    text = (ROOT / name).read_text(encoding="utf-8")
    source = addresses.addresses()["source"]
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) > 10
    for link in links:
        assert re.match(r"https://|#", link), link
        if link.startswith(source + "/"):
            assert (ROOT / link[len(source) + 1 :].partition("#")[0]).exists(), link
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.replace(source + "/", "") == readme


def test_the_licence_is_the_same_expression_for_every_setuptools(
    metadata: configparser.SectionProxy,
) -> None:
    assert metadata["license"] == metadata["license_expression"] == "GPL-3.0-or-later AND BSD-2-Clause"
    assert "License ::" not in metadata["classifiers"]  # an index refuses both together


def test_the_classifiers_name_every_promised_python(metadata: configparser.SectionProxy) -> None:
    named = re.findall(r"^Programming Language :: Python :: (3\.\d+)$", metadata["classifiers"], re.MULTILINE)
    assert tuple(named) == PROMISED


def test_the_changelog_begins_with_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+)", text, re.MULTILINE)[0] == __version__


def test_the_collection_has_a_fragment_for_its_changelog() -> None:
    fragments = ROOT / "ansible_collection/changelogs/fragments"
    changelog = ROOT / "ansible_collection/CHANGELOG.md"
    assert list(fragments.glob("*.yml")) or __version__ in changelog.read_text(encoding="utf-8")


def test_ansible_doc_accepts_the_module_and_its_author(tmp_path: Path) -> None:
    folder = Path(sys.executable).parent
    if not (folder / "ansible-doc").exists():
        pytest.skip("ansible-core needs Python 3.11 or newer")
    copy = tmp_path / "ansible_collections/tcp_health/monitoring"
    shutil.copytree(ROOT / "ansible_collection", copy)
    done = subprocess.run(
        [folder / "ansible-doc", "-j", "-t", "module", "tcp_health.monitoring.tcp_health"],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(tmp_path), "ANSIBLE_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)["tcp_health.monitoring.tcp_health"]["doc"]
    # The form that Ansible's validate-modules wants: an account in parentheses, or !UNKNOWN where it is missing.
    assert [
        re.fullmatch(r"\w.* \((@[\w-]+|!UNKNOWN)\)", line) is not None for line in document["author"]
    ] == [True]
