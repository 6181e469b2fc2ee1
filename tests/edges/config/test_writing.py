# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files that tcp_health_config writes: all or no files, and never over a file of another program."""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING

import pytest

from real.daemon import scratch_folder
from support.config_program import NOBODY, STYLES, as_nobody, command, everything, run, words_for
from tcp_health_plugins.config import main as config
from tcp_health_plugins.config.rendering import FILES, MARKER

if TYPE_CHECKING:
    from pathlib import Path


def test_an_output_that_is_a_file_is_one_message(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "out").write_text("mine")
    assert run(place) == 1
    assert capsys.readouterr().err.endswith("/out is not a directory; nothing was written\n")
    assert (place / "out").read_text() == "mine"


def test_an_output_whose_parent_is_missing_is_one_message(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert config.main([*words_for(place)[:-1], f"{place}/no/where"]) == 1
    assert capsys.readouterr().err == (
        f"tcp_health_config: cannot create the directory {place}/no/where: No such file or directory;"
        " nothing was written\n"
    )


def test_an_output_without_permission_is_one_message(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    targets = (place / "targets").read_text()
    with scratch_folder() as folder:
        (folder / "targets").write_text(targets)
        (folder / "out").mkdir(mode=0o555)
        with as_nobody():
            assert run(folder) == 1
        assert capsys.readouterr().err == (
            f"tcp_health_config: cannot write to {folder}/out: Permission denied; nothing was written\n"
        )
        assert everything(folder / "out") == {}


@pytest.mark.field(34)
def test_an_output_below_a_directory_that_may_not_be_searched_is_one_message(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    targets = (place / "targets").read_text()
    with scratch_folder() as folder:
        (folder / "targets").write_text(targets)
        (folder / "closed").mkdir(mode=0o700 if os.geteuid() == 0 else 0o600)
        with as_nobody():
            assert config.main([*words_for(folder)[:-1], f"{folder}/closed/out"]) == 1
        assert capsys.readouterr().err == (
            f"tcp_health_config: cannot write to {folder}/closed/out: Permission denied; nothing was written\n"
        )


@pytest.mark.field(34)
def test_an_output_whose_name_is_too_long_is_one_message(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert config.main([*words_for(place)[:-1], f"{place}/{'n' * 300}"]) == 1
    assert capsys.readouterr().err.endswith(": File name too long; nothing was written\n")


@pytest.mark.parametrize("style", STYLES)
def test_a_full_disk_leaves_the_earlier_set_as_it_was(style: str, place: Path) -> None:
    run(place, style)
    before = everything(place / "out")
    (place / "targets").write_text("".join(f"new{number}:1\n" for number in range(200)))

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = command(*words_for(place, style), preexec_fn=little_room)
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr
        == f"tcp_health_config: cannot write to {place}/out: File too large; nothing was written\n"
    )
    assert everything(place / "out") == before


def test_a_full_disk_leaves_no_new_folder(place: Path) -> None:
    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    done = command(*words_for(place), preexec_fn=no_room)
    assert done.returncode == 1
    assert not (place / "out").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make a file of another user")
@pytest.mark.parametrize("existed", [True, False])
def test_when_the_second_file_cannot_be_renamed_the_first_is_restored(
    existed: bool,
    place: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In a folder with the sticky bit, only root may replace a file of root."""
    targets = (place / "targets").read_text()
    with scratch_folder() as folder:
        (folder / "targets").write_text(targets)
        (folder / "out").mkdir()
        (folder / "out").chmod(0o1777)
        second = folder / "out/tcp_health_targets.cfg"
        second.write_text(f"{MARKER} long ago\n")
        first = folder / "out/tcp_health_command.cfg"
        if existed:
            first.write_text(f"{MARKER} long ago, too\n")
            os.chown(first, NOBODY, -1)
        before = everything(folder / "out")
        with as_nobody():
            assert run(folder) == 1
        assert "Operation not permitted; nothing was written" in capsys.readouterr().err
        assert everything(folder / "out") == before


@pytest.mark.parametrize("style", STYLES)
def test_a_file_of_another_program_is_kept_unless_forced(
    style: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "out").mkdir()
    for name in FILES[style]:
        theirs = place / "out" / name
        theirs.write_text("# written by hand\n")
        before = everything(place / "out")
        assert run(place, style) == 1
        assert f"{theirs} was not written by this program" in capsys.readouterr().err
        assert everything(place / "out") == before
        assert run(place, style, "--force") == 0
        assert theirs.read_text().startswith(MARKER)


def test_a_link_in_the_place_of_a_file_is_not_replaced_unless_forced(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(place)
    own = place / "out/tcp_health_targets.cfg"
    elsewhere = own.rename(place / "elsewhere.cfg")
    own.symlink_to(elsewhere)
    assert run(place) == 1
    assert f"{own} is not a regular file: replace it with --force" in capsys.readouterr().err
    (place / "targets").write_text("other:1\n")
    before = elsewhere.read_bytes()
    assert run(place, "nagios", "--force") == 0
    assert not own.is_symlink()
    assert elsewhere.read_bytes() == before


def test_a_folder_in_the_place_of_a_file_is_never_replaced(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "out/tcp_health_targets.cfg").mkdir(parents=True)
    assert run(place, "nagios", "--force") == 1
    assert "tcp_health_targets.cfg is a directory; nothing was written" in capsys.readouterr().err
    assert set(everything(place / "out/tcp_health_targets.cfg")) == set()
