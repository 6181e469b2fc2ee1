# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules that hold for the files of the repository: licences, headers, links, one version."""

from __future__ import annotations

import ast
import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from real import servers

ROOT = Path(__file__).resolve().parents[2]
CORE = "ansible_collection/plugins/module_utils/"
COPYRIGHT = "# Copyright: (c) 2026, the tcp-health maintainers"
GPL = "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)"
BSD = "# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)"

pytestmark = pytest.mark.once


def files() -> list[Path]:
    """Return the repository's files without links."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        made = {".git", ".venv", "build", "dist", "__pycache__", ".hypothesis", "collections"}
        folders[:] = [
            name for name in folders if name not in made and not name.endswith((".egg-info", "_cache"))
        ]
        found += [Path(folder, name) for name in names]
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def scripts() -> list[Path]:
    """Return the Python files, including those without the extension."""
    return [path for path in files() if path.suffix == ".py" or first_line(path).endswith("python3")]


def first_line(path: Path) -> str:
    with path.open("rb") as file:
        return file.readline(200).decode("utf-8", "replace").strip()


def test_every_python_file_begins_with_its_copyright_and_licence() -> None:
    wrong = []
    for path in scripts():
        lines = path.read_text(encoding="utf-8").splitlines()
        lines = lines[1:] if lines and lines[0].startswith("#!") else lines
        licence = BSD if path.relative_to(ROOT).as_posix().startswith(CORE) else GPL
        if lines[:2] != [COPYRIGHT, licence]:
            wrong.append(str(path.relative_to(ROOT)))
    assert len(scripts()) > 20
    assert not wrong


def test_every_module_has_a_docstring() -> None:
    silent = [
        str(path) for path in scripts() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_every_python_file_is_python_3_9() -> None:
    for path in scripts():
        ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=(3, 9))


@pytest.mark.parametrize("name", ["LICENSE", "LICENSE-BSD-2-Clause"])
def test_the_collection_carries_the_same_licences(name: str) -> None:
    assert (ROOT / name).read_bytes() == (ROOT / "ansible_collection" / name).read_bytes()


def test_the_version_is_the_same_in_every_file() -> None:
    core = (ROOT / "plugins/tcp_health/__init__.py").read_text(encoding="utf-8")
    galaxy = (ROOT / "ansible_collection/galaxy.yml").read_text(encoding="utf-8")
    stated = re.findall(r'^__version__ = "(.+)"$', core, re.MULTILINE)
    assert re.findall(r"^version: (.+)$", galaxy, re.MULTILINE) == stated


def test_links_point_into_the_collection_and_never_out_of_it() -> None:
    links = {
        str(path.relative_to(ROOT)): path.resolve()
        for folder in ("plugins", "ansible_collection", "templates")
        for path in (ROOT / folder).rglob("*")
        if path.is_symlink()
    }
    assert links == {
        "plugins/tcp_health": ROOT / CORE / "tcp_health",
        "plugins/tcp_health_plugins/templates": ROOT / "templates",
    }


def test_every_script_of_the_installation_is_executable() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    named = settings["options"]["scripts"].split()
    there = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "plugins").iterdir()
        if path.is_file() and not path.suffix
    ]
    assert sorted(named) == sorted(there)
    for name in named:
        assert os.access(ROOT / name, os.X_OK), name


def test_every_acceptance_script_is_named_after_its_issue_and_line() -> None:
    found = [path for path in (ROOT / "tests/acceptance").iterdir() if path.is_file()]
    assert found
    for path in found:
        assert re.fullmatch(r"[0-9]+-[0-9]+-[a-z0-9-]+", path.name), path.name
        assert os.access(path, os.X_OK), path.name


def test_make_engines_installs_every_package_that_a_test_needs() -> None:
    listed = re.findall(
        r"^ +([^#\n]+) +#", (ROOT / ".make/engines").read_text(encoding="utf-8"), re.MULTILINE
    )
    packages = set(" ".join(listed).split())
    mark = re.compile(r"""mark\.engine\(\s*"[^"]+",\s*"([^"]+)"\s*\)""")
    needed = {found for path in scripts() for found in mark.findall(path.read_text(encoding="utf-8"))}
    assert needed
    needed |= set(" ".join(servers.PACKAGES.values()).split())
    assert needed <= packages


def test_make_lists_every_target() -> None:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    listed = subprocess.run(
        ["make", "-s"], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    ).stdout
    verbs = "demo test engines lab acceptance acceptance-full lint type format generate picture pins bench bench-full deb collection install uninstall clean"
    assert " ".join(re.findall(r"^make ([\w-]+)", listed, re.MULTILINE)) == verbs


def test_where_venv_is_missing_one_message_names_the_package(tmp_path: Path) -> None:
    lacking = tmp_path / "python3"
    lacking.write_text(
        f'#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; esac\nexec {sys.executable} "$@"\n', encoding="utf-8"
    )
    lacking.chmod(0o755)
    done = subprocess.run(
        [ROOT / ".make/venv", tmp_path / "venv", lacking, ""],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"{lacking} has no venv: install the package python3-venv (on Debian: apt-get install python3-venv).\n"
    )
    assert not (tmp_path / "venv").exists()
