# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make deb` builds two packages with the programs, their links, and the version of the core."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tcp_health import __version__

ROOT = Path(__file__).resolve().parents[2]
MAIN, DIVERSION = "tcp-health", "tcp-health-check-tcp"

pytestmark = [
    pytest.mark.once,
    pytest.mark.engine("dh", "debhelper"),
    pytest.mark.engine("dh_python3", "dh-python"),
]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the built packages by name."""
    folder = tmp_path_factory.mktemp("packages")
    done = subprocess.run(
        [ROOT / ".make/deb", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: os.umask(0o077),
    )
    assert done.returncode == 0, done.stderr
    found = {Path(line).name.partition("_")[0]: Path(line) for line in done.stdout.splitlines()}
    assert set(found) == {MAIN, DIVERSION}
    return found


def dpkg_deb(*words: str | Path) -> str:
    return subprocess.run(["dpkg-deb", *words], capture_output=True, text=True, check=True).stdout


def content(package: Path) -> dict[str, str]:
    """Return the mode, owner and, for a link, the target of each path in a package."""
    found = {}
    for line in dpkg_deb("-c", package).splitlines():
        mode, owner, _, _, _, path, *target = line.split(maxsplit=7)
        found[path.removeprefix(".")] = " ".join([mode, owner, *target])
    return found


def test_the_version_is_the_core_s(packages: dict[str, Path]) -> None:
    changelog = (ROOT / ".make/debian/changelog").read_text(encoding="utf-8")
    assert re.match(r"tcp-health \((.+)\) unstable; ", changelog)[1] == __version__  # type: ignore[index]
    for package in packages.values():
        assert dpkg_deb("-f", package, "Version").strip() == __version__


def test_the_homepage_is_the_project_s(packages: dict[str, Path]) -> None:
    settings = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    homepage = dpkg_deb("-f", packages[MAIN], "Homepage").strip()
    assert re.search(r"^url = (.+)$", settings, re.MULTILINE)[1] == homepage  # type: ignore[index]


def test_the_main_package_has_the_programs_their_links_and_pages(packages: dict[str, Path]) -> None:
    files = content(packages[MAIN])
    for name in ("check_tcp_health", "check_tcp_sweep", "tcp_health_config", "tcp_health_listener"):
        assert files[f"/usr/lib/tcp-health/{name}"] == "-rwxr-xr-x root/root"
        assert files[f"/usr/bin/{name}"] == f"lrwxrwxrwx root/root -> ../lib/tcp-health/{name}"
        assert f"/usr/share/man/man1/{name}.1.gz" in files
        assert f"/usr/share/bash-completion/completions/{name}" in files
        assert f"/usr/share/zsh/vendor-completions/_{name}" in files
    assert files["/usr/lib/nagios/plugins/check_tcp_health"].endswith("-> ../../tcp-health/check_tcp_health")
    core = ROOT / "plugins/tcp_health"
    modules = {str(path.relative_to(core)) for path in core.rglob("*.py")}
    assert modules <= {path.partition("/usr/lib/tcp-health/tcp_health/")[2] for path in files}
    assert not [path for path in files if "__pycache__" in path or path.endswith((".pyc", "/LICENSE"))]
    assert all(" root/root" in each and each[8] == "-" for each in files.values() if each[0] != "l")


def test_the_diversion_has_nothing_but_the_link(packages: dict[str, Path]) -> None:
    files = content(packages[DIVERSION])
    names = [
        path for path, each in files.items() if each[0] != "d" and not path.startswith("/usr/share/doc/")
    ]
    assert names == ["/usr/lib/nagios/plugins/check_tcp"]
    assert f"{MAIN} (= {__version__})" in dpkg_deb("-f", packages[DIVERSION], "Depends")


@pytest.mark.engine("lintian", "lintian")
def test_lintian_has_no_remark(packages: dict[str, Path]) -> None:
    """Pedantic tags included. Of the experimental ones it names the programs below /usr/lib/tcp-health, beside their core."""
    done = subprocess.run(
        ["lintian", "--allow-root", "--display-info", "--pedantic", *packages.values()],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_packages_are_the_same_when_built_again(packages: dict[str, Path], tmp_path: Path) -> None:
    subprocess.run([ROOT / ".make/deb", tmp_path], cwd=ROOT, capture_output=True, check=True)
    for package in packages.values():
        assert package.read_bytes() == (tmp_path / package.name).read_bytes()


def test_the_checkout_stays_as_it_was(packages: dict[str, Path]) -> None:
    assert packages
    assert not (ROOT / "debian").exists()


def test_missing_tools_are_named(tmp_path: Path) -> None:
    lacking = tmp_path / "dpkg-query"
    lacking.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    lacking.chmod(0o755)
    environ = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        [ROOT / ".make/deb", tmp_path / "dist"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        "make deb needs packages that are missing: apt-get install dpkg-dev debhelper dh-python python3\n"
    )
