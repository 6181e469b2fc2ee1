# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Root renders into a folder of another user, who plants links, swaps names, and fills the disk."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from real.daemon import scratch_folder
from support.config_program import NOBODY, PROGRAM, as_nobody, command, everything, run, words_for
from support.swapping import swapping
from tcp_health_plugins.common.folder import Folder, FolderError
from tcp_health_plugins.config.rendering import FILES, MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, whom another user attacks")

SECONDS = 2.0


@pytest.fixture
def hostile() -> Iterator[Path]:
    """A folder with a list of targets, a folder ``theirs`` of another user, and a folder ``root`` of root."""
    with scratch_folder() as place:
        (place / "targets").write_text("db1:5432\n")
        (place / "theirs").mkdir()
        os.chown(place / "theirs", NOBODY, -1)
        (place / "root").mkdir()
        (place / "root/passwd").write_text("root:x:0:0\n")
        (place / "root/passwd").chmod(0o600)
        yield place


def render(place: Path, output: Path, *more: str) -> subprocess.CompletedProcess[str]:
    words = ["render", "--format", "nagios", "--targets", f"{place}/targets", "--output", str(output)]
    return command(*words, *more, timeout=30)


def pristine(place: Path) -> None:
    assert everything(place / "root") == {"passwd": b"root:x:0:0\n"}
    assert stat.S_IMODE((place / "root/passwd").stat().st_mode) == 0o600


@pytest.mark.field(48)
def test_links_under_every_predictable_name_are_not_followed(hostile: Path) -> None:
    folder = hostile / "theirs"
    assert render(hostile, folder).returncode == 0
    with as_nobody():
        for pid in range(os.getpid(), os.getpid() + 2000):
            for name in FILES["nagios"]:
                (folder / f".{name}.{pid}.old.tmp").symlink_to(hostile / "root/passwd")
                (folder / f".{name}.{pid}.tmp").symlink_to(hostile / "root/new")
    (hostile / "targets").write_text("db2:5432\n")
    assert render(hostile, folder).returncode == 0
    assert b"db2" in (folder / "tcp_health_targets.cfg").read_bytes()
    pristine(hostile)


@pytest.mark.field(48)
@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize("kind", ["link", "dangling", "fifo", "device", "socket", "huge"])
def test_what_another_user_puts_in_place_of_a_file_is_neither_read_nor_followed(
    kind: str, force: tuple[str, ...], hostile: Path
) -> None:
    place = hostile / "theirs/tcp_health_targets.cfg"
    if kind == "link":
        place.symlink_to(hostile / "root/passwd")
    elif kind == "dangling":
        place.symlink_to(hostile / "root/new")
    elif kind == "fifo":
        os.mkfifo(place)
    elif kind == "device":
        place.symlink_to("/dev/zero")
    elif kind == "socket":
        os.mknod(place, stat.S_IFSOCK | 0o666)
    else:
        with place.open("wb") as file:
            file.write(MARKER.encode())
            file.truncate(1 << 30)
    began = time.monotonic()
    done = render(hostile, hostile / "theirs", *force)
    assert time.monotonic() - began < 5
    assert done.returncode == (0 if force and kind != "huge" else 1) or kind == "huge"
    assert "internal error" not in done.stderr
    pristine(hostile)


@pytest.mark.field(48)
def test_a_link_of_another_user_on_the_way_to_the_folder_is_refused(hostile: Path) -> None:
    with as_nobody():
        (hostile / "theirs/out").symlink_to(hostile / "root")
        (hostile / "theirs/deep").symlink_to(hostile)
    for path in ("theirs/out", "theirs/deep/root", "theirs/../theirs/out", "theirs/out/new"):
        done = render(hostile, hostile / path)
        assert done.returncode == 1
        assert "in this path is a symbolic link of another user; nothing was written" in done.stderr
    pristine(hostile)


def test_a_link_of_root_on_the_way_to_the_folder_is_followed(hostile: Path) -> None:
    (hostile / "first").symlink_to("second")
    (hostile / "second").symlink_to(hostile / "third")
    (hostile / "third").mkdir()
    assert render(hostile, hostile / "first").returncode == 0
    assert set(everything(hostile / "third")) == set(FILES["nagios"])
    (hostile / "loop").symlink_to("loop")
    assert "Too many levels of symbolic links" in render(hostile, hostile / "loop").stderr


@pytest.mark.field(48)
def test_no_race_leads_a_write_out_of_the_folder(hostile: Path) -> None:
    """The acceptance script does the same for ten seconds."""
    (hostile / "theirs/out").mkdir()
    os.chown(hostile / "theirs/out", NOBODY, -1)
    said = set()
    with swapping(hostile / "theirs", hostile / "root", "out") as attacker:
        end = time.monotonic() + SECONDS
        number = 0
        while time.monotonic() < end or number < 4:
            number += 1
            (hostile / "targets").write_text(f"db{number}:5432\n")
            done = render(hostile, hostile / "theirs/out", "--force")
            assert "internal error" not in done.stderr
            said.add((done.returncode, done.stderr.rpartition(":")[2]))
            pristine(hostile)
    assert attacker.stdout is not None
    assert int(attacker.stdout.read()) > 1000, "the attacker is too slow to prove anything"
    attacker.stdout.close()
    assert {code for code, _ in said} <= {0, 1}


@pytest.mark.field(48)
def test_a_folder_that_was_replaced_is_refused_and_the_earlier_files_are_restored(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with Folder.open(str(tmp_path / "out")) as folder:
        new = folder.write("name", b"new", 0o644)
        folder.refuse_change()
        (tmp_path / "out").rename(tmp_path / "moved")
        with pytest.raises(FolderError, match="another program changes"):
            folder.refuse_change()
        (tmp_path / "out").mkdir()
        with pytest.raises(FolderError, match="another program changes"):
            folder.refuse_change()
        folder.replace(new[0], "name", new[1])
    assert everything(tmp_path / "moved") == {"name": b"new"}
    assert everything(tmp_path / "out") == {}


@pytest.mark.field(48)
def test_another_file_under_the_random_name_is_noticed(tmp_path: Path) -> None:
    with Folder.open(str(tmp_path)) as folder:
        new, identity = folder.write("name", b"new", 0o644)
        (tmp_path / new).unlink()
        (tmp_path / new).write_text("theirs")
        with pytest.raises(FolderError, match="another program changes"):
            folder.replace(new, "name", identity)


def test_without_hard_links_the_earlier_file_is_copied(tmp_path: Path) -> None:
    """A file of another user cannot be linked by everyone (fs.protected_hardlinks)."""
    with scratch_folder() as place:
        (place / "targets").write_text("db1:5432\n")
        assert run(place) == 0
        (place / "out").chmod(0o777)
        (place / "targets").write_text("db2:5432\n")
        with as_nobody():
            assert run(place) == 0
        assert b"db2" in (place / "out/tcp_health_targets.cfg").read_bytes()
        assert set(everything(place / "out")) == set(FILES["nagios"])


# Disks: in a mount namespace, so that no other process sees the file system

IN_NAMESPACE = ["unshare", "--mount", "--propagation", "private", "sh", "-euc"]


@pytest.mark.engine("unshare", "util-linux")
@pytest.mark.parametrize("blocks", range(1, 10))
def test_on_a_full_disk_the_earlier_set_remains(blocks: int, hostile: Path) -> None:
    """The disk has room for fewer or more of the new files: none, the first, or both, but not always the links."""
    script = f"""
        mount -t tmpfs -o size={4 * blocks}k none {hostile}/theirs
        printf 'db1:5432\\n' >{hostile}/targets
        "$@" --output {hostile}/theirs >{hostile}/first 2>&1 || exit 0
        cp {hostile}/theirs/* {hostile}/root/
        i=0; while [ $i -lt 60 ]; do i=$((i + 1)); echo "host$i:5432 name='a long name for this service which makes the file grow'"; done >{hostile}/targets
        code=0
        "$@" --output {hostile}/theirs >{hostile}/second 2>&1 || code=$?
        ls -A {hostile}/theirs >{hostile}/names
        cat {hostile}/second
        if [ $code = 1 ]; then for each in {hostile}/theirs/*; do cmp $each {hostile}/root/$(basename $each); done; fi
        exit $code
    """
    words = [*PROGRAM, "render", "--format", "nagios", "--targets", f"{hostile}/targets"]
    done = subprocess.run(
        [*IN_NAMESPACE, script, "sh", *words], capture_output=True, text=True, check=False, timeout=60
    )
    if not (hostile / "names").exists():  # too small for the first set
        assert "No space left on device; nothing was written" in (hostile / "first").read_text()
        return
    assert (hostile / "names").read_text().split() == sorted(FILES["nagios"]), done
    assert done.returncode in (0, 1), done
    if done.returncode:
        assert "No space left on device; nothing was written" in done.stdout


@pytest.mark.engine("unshare", "util-linux")
def test_a_read_only_disk_is_one_message(hostile: Path) -> None:
    script = f'mount -t tmpfs -o ro none {hostile}/theirs; exec "$@" --output {hostile}/theirs/new'
    words = [*PROGRAM, "render", "--format", "nagios", "--targets", f"{hostile}/targets"]
    done = subprocess.run(
        [*IN_NAMESPACE, script, "sh", *words], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"tcp_health_config: cannot create the directory {hostile}/theirs/new: Read-only file system;"
        " nothing was written\n"
    )


@pytest.mark.engine("unshare", "util-linux")
def test_neither_program_needs_a_home_that_can_be_written(hostile: Path) -> None:
    script = f'mount -t tmpfs -o ro none {hostile}/theirs; HOME={hostile}/theirs exec "$@"'
    (hostile / "out").mkdir()
    for words, code in (
        ([*PROGRAM, *words_for(hostile)], 0),
        (
            [
                sys.executable,
                str(Path(PROGRAM[1]).with_name("check_tcp_health")),
                "-H",
                "127.0.0.1",
                "-p",
                "1",
            ],
            2,
        ),
    ):
        done = subprocess.run(
            [*IN_NAMESPACE, script, "sh", *words], capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode, done.stderr) == (code, "")
