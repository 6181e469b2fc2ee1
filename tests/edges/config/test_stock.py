# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rendered configuration loads with Debian's configuration and the engines' own samples, which stay unchanged."""

from __future__ import annotations

import gzip
import io
import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from real.daemon import account, give, group, scratch_folder
from support.config_program import STYLES, everything, run, words_for
from tcp_health_plugins.config import main as config

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.once

NAGIOS = pytest.mark.engine("nagios4", "nagios4-core")
ICINGA = pytest.mark.engine("icinga2", "icinga2-bin")
DEBIAN = Path("/etc/nagios4/nagios.cfg")
EXAMPLES = Path("/usr/share/doc/nagios4-core/examples")
ICINGA_FOLDER = Path("/etc/icinga2")


@pytest.fixture
def lists(place: Path) -> Iterator[Path]:
    """Yield a folder that the engines' user may enter, with two lists: targets and databases.txt."""
    del place
    known = {entry.pw_name for entry in pwd.getpwall()}
    with scratch_folder(account("nagios") if "nagios" in known else None) as folder:
        (folder / "targets").write_text("web:80\n[2001:db8::7]:22 expect='SSH-2.0'\n")
        (folder / "databases.txt").write_text("db1:5432 retries=2\n")
        yield folder


def render_both(folder: Path, style: str) -> Path:
    """Render both lists into the same folder, and return it."""
    assert run(folder, style) == 0
    words = words_for(folder, style)
    words[words.index(f"{folder}/targets")] = f"{folder}/databases.txt"
    assert config.main(words) == 0
    return folder / "out"


def nagios_verified(folder: Path, main: str) -> tuple[str, list[str]]:
    """Return the summary and the errors of `nagios4 -v` for a main file's text."""
    (folder / "nagios.cfg").write_text(main)
    done = subprocess.run(
        ["nagios4", "-v", folder / "nagios.cfg"], capture_output=True, text=True, check=False, timeout=60
    )
    errors = re.findall(r"^Error: .*", done.stdout + done.stderr, re.MULTILINE)
    assert done.returncode == 0 or errors, done.stdout
    return done.stdout, errors


@NAGIOS
@pytest.mark.field(38)
@pytest.mark.field(39)
def test_two_lists_load_with_debian_s_nagios(lists: Path) -> None:
    out = render_both(lists, "nagios")
    summary, errors = nagios_verified(lists, DEBIAN.read_text() + f"cfg_dir={out}\n")
    assert errors == []
    assert "Checked 4 hosts." in summary  # and localhost


@NAGIOS
@pytest.mark.field(38)
def test_two_lists_load_with_nagios_own_samples(lists: Path) -> None:
    out = render_both(lists, "nagios")
    objects = lists / "objects"
    objects.mkdir()
    for sample in sorted((EXAMPLES / "template-object").iterdir()):
        if sample.suffix == ".gz":
            objects.joinpath(sample.stem).write_bytes(gzip.decompress(sample.read_bytes()))
        elif sample.suffix == ".cfg":
            shutil.copy(sample, objects)
    main = gzip.decompress((EXAMPLES / "nagios.cfg.gz").read_bytes()).decode()
    main, count = re.subn(r"^cfg_file=\S*/objects/", f"cfg_file={objects}/", main, flags=re.MULTILINE)
    assert count >= 5
    summary, errors = nagios_verified(lists, main + f"cfg_dir={out}\n")
    assert errors == []
    assert "Checked 4 hosts." in summary


@NAGIOS
@pytest.mark.field(38)
def test_a_value_in_the_user_s_template_comes_first(lists: Path) -> None:
    out = render_both(lists, "nagios")
    own = "define host {\n name own\n use generic-host\n register 0\n max_check_attempts 7\n}\n"
    (lists / "own.cfg").write_text(own)
    for path in out.iterdir():
        path.write_text(path.read_text().replace("generic-host,", "own,"))
    main, count = re.subn(r"^precached_object_file=.*\n", "", DEBIAN.read_text(), flags=re.MULTILINE)
    assert count == 1
    main += f"cfg_dir={out}\ncfg_file={lists}/own.cfg\nprecached_object_file={lists}/precached\n"
    (lists / "nagios.cfg").write_text(main)
    done = subprocess.run(
        ["nagios4", "-vp", lists / "nagios.cfg"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    hosts = (lists / "precached").read_text().split("define host {")[1:]
    attempts = {match[1]: each for each in hosts if (match := re.search(r"host_name\s+(\S+)", each))}
    assert re.search(r"max_check_attempts\s+7\n", attempts["db1"])


@ICINGA
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to read Debian's /etc/icinga2")
@pytest.mark.field(38)
@pytest.mark.field(39)
def test_two_lists_load_with_debian_s_icinga(lists: Path) -> None:
    out = render_both(lists, "icinga2")
    stock = Path(shutil.copytree(ICINGA_FOLDER, lists / "icinga2", symlinks=True))
    shutil.copytree(out, stock / "conf.d/tcp_health")
    for path in (stock, *stock.rglob("*")):
        if not path.is_symlink():
            give(path, account("nagios"))
    assert icinga_errors(stock, lists) == []


def icinga_errors(stock: Path, scratch: Path) -> list[str]:
    """Return the errors of `icinga2 daemon -C` for a copy of Debian's folder."""
    user = account("nagios")
    places = []
    for name in ("DataDir", "LogDir", "CacheDir", "SpoolDir", "InitRunDir"):
        (scratch / name).mkdir()
        give(scratch / name, user)
        places.append(f"-D{name}={scratch / name}")
    done = subprocess.run(
        ["icinga2", "daemon", "-C", "-c", stock / "icinga2.conf", f"-DConfigDir={stock}", *places],
        env={**os.environ, "ICINGA2_USER": user, "ICINGA2_GROUP": group(user)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    lines = (done.stdout + done.stderr).splitlines()
    found = [line for line in lines if "critical/" in line]
    return found or ([] if done.returncode == 0 else lines)


@pytest.mark.field(39)
@pytest.mark.parametrize("style", STYLES)
def test_a_second_list_gets_a_file_of_its_own(
    style: str, lists: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = render_both(lists, style)
    end = {"nagios": "cfg", "icinga2": "conf"}[style]
    assert set(everything(out)) == {
        f"tcp_health_{name}.{end}" for name in ("command", "databases", "targets")
    }
    assert b"web" in everything(out)[f"tcp_health_targets.{end}"]
    assert f"tcp_health_command.{end} (as before)" in capsys.readouterr().out


def rendered_from(lists: Path, place: str, style: str, *more: str) -> int:
    """Render the list at another place into the same folder; return the exit code."""
    path = lists / place
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text("db1:80\n")
    words = words_for(lists, style, *more)
    words[words.index(f"{lists}/targets")] = str(path)
    return config.main(words)


@pytest.mark.field(39)
@pytest.mark.parametrize("style", STYLES)
def test_a_list_with_the_same_name_in_another_folder_is_refused(
    style: str, lists: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end = {"nagios": "cfg", "icinga2": "conf"}[style]
    assert rendered_from(lists, "a/site/targets", style) == 0
    before = everything(lists / "out")
    for other in ("b/site/targets", "a/site/targets.txt", "targets"):
        assert rendered_from(lists, other, style) == 1
        assert capsys.readouterr().err == (
            f"tcp_health_config: {lists}/out/tcp_health_targets.{end} is the file of another list,"
            f" {lists}/a/site/targets: set another name with --name, or replace it with --force; nothing was written\n"
        )
        assert everything(lists / "out") == before
    assert rendered_from(lists, "b/site/targets", style, "--name", "b") == 0
    assert set(everything(lists / "out")) == {*before, f"tcp_health_b.{end}"}
    assert rendered_from(lists, "b/site/targets", style, "--force") == 0
    assert (
        b"\n# List: %b/b/site/targets\n" % bytes(lists)
        in everything(lists / "out")[f"tcp_health_targets.{end}"]
    )


@pytest.mark.field(39)
def test_the_same_list_by_another_path_and_a_moved_list_are_no_other_list(lists: Path) -> None:
    assert rendered_from(lists, "a/targets", "nagios") == 0
    (lists / "link").symlink_to("a")
    assert rendered_from(lists, "link/targets", "nagios") == 0
    (lists / "a").rename(lists / "c")
    (lists / "link").unlink()
    assert rendered_from(lists, "c/targets", "nagios") == 0
    (lists / "c/targets").unlink()
    assert rendered_from(lists, "d/targets", "nagios") == 0


@pytest.mark.field(39)
def test_a_list_with_a_name_of_its_own_has_no_place_in_the_output(lists: Path) -> None:
    assert rendered_from(lists, "a/targets", "nagios", "--name", "x") == 0
    first = everything(lists / "out")
    assert rendered_from(lists, "b/a/targets", "nagios", "--name", "x") == 0
    assert everything(lists / "out") == first
    assert rendered_from(lists, "a\nb/targets", "nagios") == 0
    assert b"# List" not in everything(lists / "out")["tcp_health_targets.cfg"]


@pytest.mark.field(39)
def test_a_list_on_standard_input_and_one_in_a_file_are_two_lists(
    lists: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = words_for(lists, "nagios")
    words[words.index(f"{lists}/targets")] = "-"
    for _ in range(2):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"db1:80\n")))
        assert config.main(words) == 0
    assert run(lists, "nagios") == 1
    assert "is the file of another list, -: set another name" in capsys.readouterr().err
    assert run(lists, "nagios", "--force") == 0
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"db1:80\n")))
    assert config.main(words) == 1


@pytest.mark.field(39)
def test_name_sets_another_name(lists: Path) -> None:
    assert run(lists, "nagios", "--name", "site-b") == 0
    assert "tcp_health_site-b.cfg" in everything(lists / "out")


@pytest.mark.field(39)
@pytest.mark.parametrize("name", ["command", "-x", ".hidden", "a b", "é", "../up", "a" * 101])
def test_a_name_that_cannot_name_the_file_is_refused(
    name: str, lists: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(lists, "nagios", f"--name={name}") == 3
    assert f"--name: invalid list name {name[:80]!a}: must be letters, digits" in capsys.readouterr().err
    assert not (lists / "out").exists()


@pytest.mark.field(39)
def test_a_list_whose_name_cannot_name_the_file_asks_for_another(
    lists: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (lists / "targets").rename(lists / "command.txt")
    words = words_for(lists)
    words[words.index(f"{lists}/targets")] = f"{lists}/command.txt"
    assert config.main(words) == 3
    assert "; set another one with --name" in capsys.readouterr().err
