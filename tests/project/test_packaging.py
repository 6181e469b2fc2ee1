# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every kind of installation runs the same executables with the same core."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXECUTABLES = ("check_tcp_health", "check_tcp_sweep", "tcp_health_config", "tcp_health_listener")
# From outside the checkout: the path of the core, and its version.
CORE = "import tcp_health, tcp_health_plugins; print(tcp_health.__file__, tcp_health.__version__)"

pytestmark = pytest.mark.once


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with a minimal environment, as an engine does."""
    # Pip downloads nothing here, and needs this setting only: "user = true" in a file would change the folder.
    environ = {"PATH": os.defpath, "PIP_USER": "0"}
    return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False)


def build(*command: str | Path, cwd: Path) -> str:
    """Run a command that has to succeed; return its output."""
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the sources, so that the build writes nothing into the checkout."""
    copy = tmp_path_factory.mktemp("source")
    for name in (
        "setup.cfg",
        "pyproject.toml",
        "MANIFEST.in",
        "README.md",
        "LICENSE",
        "LICENSE-BSD-2-Clause",
    ):
        shutil.copy(ROOT / name, copy)
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("plugins", "templates", "ansible_collection"):
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=unwanted)
    return copy


@pytest.fixture(scope="module")
def sdist(source: Path) -> Path:
    command = "from setuptools import build_meta; print(build_meta.build_sdist('dist'))"
    name = build(sys.executable, "-c", command, cwd=source).splitlines()[-1]
    return source / "dist" / name


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    build(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-qq",
        "--no-build-isolation",
        "--no-deps",
        ".",
        "-w",
        "dist",
        cwd=source,
    )
    return next(source.glob("dist/*.whl"))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a virtual environment with pip and the dependencies, but without this project."""
    folder = tmp_path_factory.mktemp("environment")
    build(sys.executable, "-m", "venv", folder, cwd=folder)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    # A line in a .pth file adds that folder without reading the .pth files in it, so this project stays out.
    site.joinpath("dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    assert run(folder / "bin/python", "-c", CORE, cwd=folder).returncode != 0
    return folder


def assert_all_run(folder: Path, cwd: Path) -> None:
    """Start the executables of a folder from another folder; they print their version."""
    for name in EXECUTABLES:
        done = run(folder / name, "-V", cwd=cwd)
        # A plugin exits with 3, as the guidelines require for --version; a tool with 0.
        assert (done.returncode, done.stderr) == (3 if name.startswith("check_") else 0, ""), done
        assert name in done.stdout
        assert version() in done.stdout


def version() -> str:
    """Return the version of the core."""
    text = (ROOT / "plugins/tcp_health/__init__.py").read_text(encoding="utf-8")
    return text.partition('__version__ = "')[2].partition('"')[0]


@pytest.mark.parametrize("way", ["wheel", "sdist", "editable"])
def test_an_installation_by_pip_runs(
    way: str, environment: Path, source: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    what: list[str | Path] = ["--editable", source] if way == "editable" else [request.getfixturevalue(way)]
    pip: list[str | Path] = [
        environment / "bin/python",
        "-m",
        "pip",
        "install",
        "-qq",
        "--no-deps",
        "--no-build-isolation",
    ]
    build(*pip, "--force-reinstall", *what, cwd=tmp_path)
    where, stated = build(environment / "bin/python", "-c", CORE, cwd=tmp_path).split()
    assert stated == version()
    assert Path(where).is_relative_to(source if way == "editable" else environment)
    assert_all_run(environment / "bin", tmp_path)


def test_a_checkout_runs(source: Path, tmp_path: Path) -> None:
    assert_all_run(with_our_python(source, tmp_path), tmp_path)


def test_a_link_in_another_folder_runs(source: Path, tmp_path: Path) -> None:
    plugins = with_our_python(source, tmp_path)
    libexec = tmp_path / "libexec"
    libexec.mkdir()
    for name in EXECUTABLES:
        (libexec / name).symlink_to(plugins / name)
    assert_all_run(libexec, tmp_path)


def with_our_python(source: Path, tmp_path: Path) -> Path:
    """Return a copied checkout's executables, with a first line that names the interpreter with nagiosplugin."""
    copy = tmp_path / "checkout"
    shutil.copytree(source, copy, symlinks=True)
    for name in EXECUTABLES:
        executable = copy / "plugins" / name
        first, _, rest = executable.read_text(encoding="utf-8").partition("\n")
        assert first == "#!/usr/bin/env python3"
        executable.write_text(f"#!{sys.executable}\n{rest}", encoding="utf-8")
    return copy / "plugins"


def test_the_wheel_carries_core_edges_templates_and_licences(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert modules(ROOT / "plugins/tcp_health") <= {name.partition("tcp_health/")[2] for name in names}
    assert modules(ROOT / "plugins/tcp_health_plugins") <= {
        name.partition("tcp_health_plugins/")[2] for name in names
    }
    templates = {str(path.relative_to(ROOT)) for path in (ROOT / "templates").glob("*/[!.]*")}
    assert templates <= {name.partition("tcp_health_plugins/")[2] for name in names}
    assert {Path(name).name for name in names} >= {"LICENSE", "LICENSE-BSD-2-Clause"}
    assert not [name for name in names if "__pycache__" in name or "tests" in name]


def modules(package: Path) -> set[str]:
    """Return the paths of a package's modules and type files, relative to the package."""
    found = {
        str(path.relative_to(package))
        for pattern in ("*.py", "*.pyi", "py.typed")
        for path in package.rglob(pattern)
    }
    assert found
    return found


def test_the_core_has_a_stub_and_a_marker_for_type_checkers() -> None:
    assert {"__init__.pyi", "py.typed"} <= modules(ROOT / "plugins/tcp_health")


def test_the_source_archive_carries_every_module_of_the_core(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("plugins/tcp_health/")[2] for name in archive.getnames()}
    assert modules(ROOT / "plugins/tcp_health") <= names


def test_the_source_archive_holds_files_instead_of_links(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
    assert not [member.name for member in members if member.issym() or member.islnk()]
    assert any(member.name.endswith("plugins/tcp_health/__init__.py") for member in members)


@pytest.mark.parametrize("name", EXECUTABLES)
def test_an_old_python_gets_one_message(name: str, tmp_path: Path) -> None:
    pretend = (
        "import runpy, sys; sys.version_info = (3, 8, 18); runpy.run_path(sys.argv[1], run_name='__main__')"
    )
    done = run(sys.executable, "-c", pretend, ROOT / "plugins" / name, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.endswith(f"{name} needs Python 3.9 or newer, this is 3.8\n")
