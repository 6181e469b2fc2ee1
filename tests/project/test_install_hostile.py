# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make install` and `make uninstall` as root, in folders that belong to another user."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from real.daemon import scratch_folder
from support.config_program import NOBODY
from support.scripts import script
from support.swapping import swapping
from tcp_health_plugins.common.folder import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, whom another user attacks"),
]


@pytest.fixture(scope="module")
def installer() -> ModuleType:
    """Return the script that `make install` runs as a module."""
    return script("install")


@pytest.fixture
def hostile() -> Iterator[Path]:
    """A folder with ``theirs`` of another user, ``root`` of root, and a small ``stage`` that is ready to be placed."""
    with scratch_folder() as place:
        (place / "theirs/out").mkdir(parents=True)
        for path in ("theirs", "theirs/out"):
            os.chown(place / path, NOBODY, -1)
        (place / "root").mkdir()
        (place / "root/passwd").write_text("root:x:0:0\n")
        (place / "root/passwd").chmod(0o600)
        stage = place / "stage"
        (stage / "tcp_health/text").mkdir(parents=True)
        for name in ("check_tcp_health", "tcp_health/__init__.py", "tcp_health/text/files.py"):
            (stage / name).write_text(f"# {name}\n")
        (stage / "check_tcp_health").chmod(0o755)
        files = ["check_tcp_health", "tcp_health/__init__.py", "tcp_health/text/files.py", "installed.json"]
        (stage / "installed.json").write_text(json.dumps({"files": files, "links": {}}))
        yield place


def settings(installer: ModuleType, prefix: Path, **more: str) -> object:
    found: object = installer.Settings({"PREFIX": str(prefix), **more})
    return found


def pristine(place: Path) -> None:
    assert [path.name for path in (place / "root").iterdir()] == ["passwd"]
    assert (place / "root/passwd").read_text() == "root:x:0:0\n"
    assert stat.S_IMODE((place / "root/passwd").stat().st_mode) == 0o600


@pytest.mark.field(48)
def test_a_link_of_another_user_in_place_of_a_folder_is_refused(installer: ModuleType, hostile: Path) -> None:
    (hostile / "theirs/out/lib").symlink_to(hostile / "root")
    os.lchown(hostile / "theirs/out/lib", NOBODY, -1)
    with pytest.raises(FolderError, match="symbolic link of another user"):
        installer.place(settings(installer, hostile / "theirs/out"), hostile / "stage", set())
    with pytest.raises(FolderError, match="symbolic link of another user"):
        installer.link(hostile / "theirs/out/lib/check_tcp", "/x")
    pristine(hostile)


@pytest.mark.field(48)
def test_a_link_under_the_once_predictable_name_of_a_link_is_not_touched(
    installer: ModuleType, hostile: Path
) -> None:
    planted = hostile / "theirs/out/.check_tcp.new"
    planted.symlink_to(hostile / "root/passwd")
    installer.link(hostile / "theirs/out/check_tcp", "/x/check_tcp_health")
    assert str((hostile / "theirs/out/check_tcp").readlink()) == "/x/check_tcp_health"
    assert planted.is_symlink()
    pristine(hostile)


@pytest.mark.field(48)
def test_the_files_of_others_are_kept_without_following_their_links(
    installer: ModuleType, hostile: Path
) -> None:
    prefix = hostile / "theirs/out"
    installer.place(settings(installer, prefix), hostile / "stage", set())
    tree = prefix / "lib/tcp-health"
    (tree / "notes").mkdir()
    (tree / "notes/mine.txt").write_text("mine\n")
    (tree / "notes/link").symlink_to(hostile / "root")
    listed = set(json.loads((tree / "installed.json").read_text())["files"])
    installer.place(settings(installer, prefix), hostile / "stage", listed)
    assert (tree / "notes/mine.txt").read_text() == "mine\n"
    assert (tree / "notes/link").is_symlink()
    assert [path.name for path in (prefix / "lib").iterdir()] == ["tcp-health"]
    os.mkfifo(tree / "notes/fifo")
    with pytest.raises(ValueError, match="fifo: not a regular file"):
        installer.place(settings(installer, prefix), hostile / "stage", listed)
    assert (tree / "notes/mine.txt").read_text() == "mine\n"
    assert [path.name for path in (prefix / "lib").iterdir()] == ["tcp-health"]
    pristine(hostile)


@pytest.mark.field(48)
def test_uninstall_removes_nothing_outside_whatever_the_list_says(
    installer: ModuleType, hostile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prefix = hostile / "theirs/out"
    installer.place(settings(installer, prefix), hostile / "stage", set())
    tree = prefix / "lib/tcp-health"
    (tree / "tcp_health/text").rename(tree / "moved")
    (tree / "tcp_health/text").symlink_to(hostile / "root")
    (tree / "__pycache__").symlink_to(hostile / "root")
    files = [
        "../../../../root/passwd",
        "tcp_health/text/passwd",
        str(hostile / "root/passwd"),
        "check_tcp_health",
    ]
    links = {str(hostile / "root/passwd"): str(tree / "check_tcp_health")}
    (tree / "installed.json").write_text(json.dumps({"files": files, "links": links}))
    installer.uninstall(settings(installer, prefix))
    assert not (tree / "check_tcp_health").exists()
    assert "files of other programs" in capsys.readouterr().out
    pristine(hostile)


@pytest.mark.field(48)
def test_a_list_of_files_that_is_a_fifo_is_one_message(installer: ModuleType, hostile: Path) -> None:
    prefix = hostile / "theirs/out"
    (prefix / "lib/tcp-health").mkdir(parents=True)
    os.mkfifo(prefix / "lib/tcp-health/installed.json")
    with pytest.raises(ValueError, match=r"installed\.json: not a regular file"):
        installer.uninstall(settings(installer, prefix))


@pytest.mark.field(48)
def test_no_race_leads_an_installation_out_of_the_folder(installer: ModuleType, hostile: Path) -> None:
    prefix = hostile / "theirs/out"
    ended = {"done": 0, "refused": 0}
    with swapping(hostile / "theirs", hostile / "root", "out") as attacker:
        end = time.monotonic() + 2
        while time.monotonic() < end:
            try:
                installer.place(settings(installer, prefix, FORCE="1"), hostile / "stage", set())
                installer.link(prefix / "bin/check_tcp", "/x/check_tcp_health")
                ended["done"] += 1
            except (OSError, ValueError, installer.Refusal):
                ended["refused"] += 1
            pristine(hostile)
    assert sum(ended.values()) > 10, ended
    assert attacker.stdout is not None
    with attacker.stdout:
        assert int(attacker.stdout.read()) > 1000
