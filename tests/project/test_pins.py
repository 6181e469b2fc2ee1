# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The versions and hashes that `make install` lets pip install: complete, allowed by setup.cfg, and required."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from importlib.metadata import requires
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / ".make/pins"
REQUIREMENT = re.compile(r"^([\w.-]+)==([\w.]+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n", re.MULTILINE)

pytestmark = [pytest.mark.once, pytest.mark.field(59)]


def pinned(name: str) -> dict[str, str]:
    """Return the versions in a file by package."""
    return {package: version for package, version, _ in REQUIREMENT.findall(text(name))}


def text(name: str) -> str:
    return (PINS / name).read_text(encoding="utf-8")


def wanted() -> dict[str, str]:
    """Return what setup.cfg requires, by package."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = settings["options"]["install_requires"].split("\n")
    return dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))


def closure(names: set[str]) -> set[str]:
    """Return packages with everything that they require."""
    found: set[str] = set()
    while names:
        name = names.pop()
        found.add(name)
        needed = [line for line in requires(name) or [] if "extra ==" not in line]
        names |= {re.split(r"[^\w.-]", line)[0].lower() for line in needed} - found
    return found


@pytest.mark.parametrize("name", ["run.txt", "build.txt"])
def test_every_line_is_a_version_with_hashes_and_no_file_names_an_index(name: str) -> None:
    lines = re.sub(r"^#.*\n", "", text(name), flags=re.MULTILINE)
    assert REQUIREMENT.search(lines)
    assert REQUIREMENT.sub("", lines) == ""


def test_exactly_the_packages_of_an_installation_are_pinned() -> None:
    assert set(pinned("run.txt")) == closure(set(wanted()))
    assert set(pinned("build.txt")) == {"setuptools"}


def test_the_pinned_versions_are_those_that_setup_cfg_allows() -> None:
    packaging = pytest.importorskip("packaging.specifiers")
    for name, allowed in wanted().items():
        assert pinned("run.txt")[name] in packaging.SpecifierSet(allowed), name


def test_a_file_with_another_hash_is_not_installed(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    unwanted = shutil.ignore_patterns(
        ".git", ".venv", "*.egg-info", "*_cache", "__pycache__", "tests", ".hypothesis"
    )
    shutil.copytree(ROOT, copy, symlinks=True, ignore=unwanted)
    pins = copy / ".make/pins/run.txt"
    pins.write_text(re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", text("run.txt")), encoding="utf-8")
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["make", "-s", "install", f"DESTDIR={tmp_path}/root"],
        cwd=copy,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert "Nothing was changed: the packages could not be downloaded or built" in done.stderr
    assert not list(tmp_path.joinpath("root").rglob("check_tcp_health"))
