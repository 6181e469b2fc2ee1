# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make install` creates a folder for every user, keeps files of other programs, and can be undone."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from real.folders import open_folder
from support.scripts import script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
TREE = "lib/tcp-health"

pytestmark = pytest.mark.once


def make(verb: str, **variables: str | Path) -> subprocess.CompletedProcess[str]:
    """Run make with umask 077, without the variables of an outer make."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    words = [f"{name}={value}" for name, value in variables.items()]
    command = ["make", "-s", verb, *words]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: os.umask(0o077),
    )


def succeed(verb: str, **variables: str | Path) -> str:
    """Run make; return its output."""
    done = make(verb, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def folder_for_all() -> Path:
    """Return a new folder that every user may enter, which tmp_path is not."""
    return open_folder("tcp-health-install-")


@pytest.fixture(scope="module")
def system_python() -> str:
    """Return the default interpreter of `make install`, which every user may run; skip without one."""
    python = "/usr/bin/python3"
    ready = "import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 9))"
    here = Path(python).exists()
    if not here or subprocess.run([python, "-c", ready], capture_output=True, check=False).returncode:
        pytest.skip(f"{python} with venv is missing: make engines installs python3 and python3-venv")
    return python


@pytest.fixture(scope="module")
def installed(system_python: str) -> Iterator[Path]:
    """Yield a folder with an installation: prefix/ and plugins/, which had another program's check_udp before."""
    folder = folder_for_all()
    plugins = folder / "plugins"
    plugins.mkdir()
    plugins.chmod(0o755)
    plugins.joinpath("check_udp").write_text("theirs\n", encoding="utf-8")
    try:
        printed = succeed("install", PREFIX=folder / "prefix", PLUGINDIR=plugins)
        folder.joinpath("printed").write_text(printed, encoding="utf-8")
        yield folder
        succeed("uninstall", PREFIX=folder / "prefix")
        assert [path.name for path in plugins.iterdir()] == ["check_udp"]
    finally:
        shutil.rmtree(folder)


def as_stranger(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command as `nobody` with an empty environment; without root as the current user."""

    def become_nobody() -> None:
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)

    return subprocess.run(
        command, env={}, cwd="/", capture_output=True, text=True, check=False, preexec_fn=become_nobody
    )


@pytest.mark.parametrize(
    "path",
    [
        f"prefix/{TREE}/check_tcp_health",
        "plugins/check_tcp_health",
        "plugins/check_tcp",
        "plugins/check_ftp",
        pytest.param("prefix/bin/check_tcp_health", marks=pytest.mark.field(37)),
    ],
)
def test_another_user_runs_it_with_an_empty_environment(installed: Path, path: str) -> None:
    done = as_stranger(installed / path, "-V")
    assert (done.returncode, done.stderr) == (3, "")
    assert version() in done.stdout


def test_the_definitions_to_copy_name_the_folder_of_plugins(installed: Path) -> None:
    share = installed / "prefix/share/tcp-health"
    assert sorted(path.name for path in share.iterdir()) == ["icinga2", "nagios", "nrpe"]
    done = as_stranger("/bin/cat", share / "nrpe/tcp_health.cfg")
    assert done.stdout.count(f"={installed}/plugins/check_tcp_health ") == 4


def version() -> str:
    """Return the version of the core."""
    text = (ROOT / "plugins/tcp_health/__init__.py").read_text(encoding="utf-8")
    return text.partition('__version__ = "')[2].partition('"')[0]


@pytest.mark.field(37)
@pytest.mark.parametrize(
    "name", ["check_tcp_health", "check_tcp_sweep", "tcp_health_config", "tcp_health_listener"]
)
def test_man_and_the_shells_find_their_files_below_share(installed: Path, name: str) -> None:
    share = installed / "prefix/share"
    for path in (f"man/man1/{name}.1", f"bash-completion/completions/{name}", f"zsh/site-functions/_{name}"):
        done = as_stranger("/bin/cat", share / path)
        assert (done.returncode, done.stderr) == (0, "")
        assert name in done.stdout


@pytest.mark.parametrize("name", ["check_tcp_sweep", "tcp_health_config", "tcp_health_listener"])
def test_another_user_runs_the_tools(installed: Path, name: str) -> None:
    done = as_stranger(installed / "prefix/bin" / name, "--help")
    assert done.stderr == ""
    assert name in done.stdout


def test_everything_is_readable_by_all_and_writable_by_its_owner_alone(installed: Path) -> None:
    for path in [installed / "prefix", *installed.joinpath("prefix").rglob("*")]:
        if path.is_symlink():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = 0o755 if path.is_dir() or (path.parent.name == "tcp-health" and not path.suffix) else 0o644
        assert mode == wanted, f"{path} has {mode:o}"


def test_every_module_is_compiled_with_the_path_it_has(installed: Path, system_python: str) -> None:
    tree = installed / "prefix" / TREE
    interpreter = interpreter_of(tree)
    assert interpreter == system_python
    loads = (
        "import importlib.util, marshal, pathlib, sys\n"
        "for path in pathlib.Path(sys.argv[1]).rglob('*.py'):\n"
        "    data = pathlib.Path(importlib.util.cache_from_source(str(path))).read_bytes()\n"
        "    assert marshal.loads(data[16:]).co_filename == str(path), path\n"
        "    assert int.from_bytes(data[8:12], 'little') == int(path.stat().st_mtime), path\n"
    )
    done = subprocess.run([interpreter, "-c", loads, tree], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def interpreter_of(tree: Path) -> str:
    """Return the interpreter in the first line of the installed plugin."""
    first = tree.joinpath("check_tcp_health").read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith("#!/")
    return first[2:].split()[0]


def test_nothing_outside_the_folder_is_imported_but_the_standard_library(installed: Path) -> None:
    tree = installed / "prefix" / TREE
    code = "import sys; sys.path.insert(0, sys.argv[1]); import jinja2, nagiosplugin, tcp_health; print(sys.path[1:])\n"
    code += "for module in (jinja2, nagiosplugin, tcp_health): assert module.__file__.startswith(sys.argv[1])"
    done = as_stranger(interpreter_of(tree), "-ESsc", code, tree)
    assert (done.returncode, done.stderr) == (0, "")
    assert "-packages" not in done.stdout


def test_a_default_name_that_is_taken_is_left_alone_and_named(installed: Path) -> None:
    assert installed.joinpath("plugins/check_udp").read_text(encoding="utf-8") == "theirs\n"
    printed = installed.joinpath("printed").read_text(encoding="utf-8")
    assert f"{installed}/plugins/check_udp" in printed.partition("Not replaced")[2]


def test_a_requested_name_that_is_taken_stops_the_installation(installed: Path) -> None:
    done = make(
        "install", PREFIX=installed / "other", PLUGINDIR=installed / "plugins", LINKS="check_tcp check_udp"
    )
    assert done.returncode != 0
    assert done.stderr.startswith(
        f"{installed}/plugins/check_tcp belongs to another program: nothing was changed."
    )
    assert not installed.joinpath("other").exists()


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PREFIX", "usr/local", "invalid PREFIX 'usr/local': must be an absolute path without spaces."),
        ("PLUGINDIR", "/a b", "invalid PLUGINDIR '/a b': must be an absolute path without spaces."),
        (
            "LINKS",
            "../sh",
            (
                "invalid LINKS '../sh': must be none, or names of check_tcp's package: check_tcp, check_udp, check_ftp,"
                " check_imap, check_simap, check_pop, check_spop, check_ssmtp, check_nntp, check_nntps, check_jabber,"
                " check_clamd."
            ),
        ),
        pytest.param(
            "LINKS",
            "check_tcp check_smtp",
            "invalid LINKS 'check_smtp': it is another plugin, whose options this one does not have.",
            marks=pytest.mark.field(40),
        ),
        ("PYTHON", "/bin/false", "/bin/false is not a Python 3.9 or newer: name one with PYTHON=."),
    ],
)
def test_an_invalid_setting_is_one_message(tmp_path: Path, variable: str, value: str, words: str) -> None:
    settings: dict[str, str | Path] = {"PREFIX": tmp_path, "PLUGINDIR": tmp_path, variable: value}
    done = make("install", **settings)
    assert done.returncode != 0
    assert words in (done.stdout + done.stderr).splitlines()
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def staged(system_python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a DESTDIR of a RHEL-like system, after two installations, with files of another program between them."""
    root = tmp_path_factory.mktemp("staged")
    root.joinpath("usr/lib64/nagios/plugins").mkdir(parents=True)
    settings: dict[str, str | Path] = {"PREFIX": "/opt/tcp", "DESTDIR": root}
    succeed("install", LINKS="check_imap", **settings)
    tree = root / "opt/tcp" / TREE
    tree.joinpath("notes.txt").write_text("theirs\n", encoding="utf-8")
    tree.joinpath("tcp_health", "gone.py").write_text("", encoding="utf-8")
    listed = json.loads(tree.joinpath("installed.json").read_text(encoding="utf-8"))
    listed["files"].append("tcp_health/gone.py")  # as if the earlier version had installed it
    tree.joinpath("installed.json").write_text(json.dumps(listed), encoding="utf-8")
    root.joinpath("usr/lib64/nagios/plugins/check_pop").write_text("theirs\n", encoding="utf-8")
    succeed("install", LINKS="check_pop", FORCE="1", **settings)
    return root


def test_links_and_compiled_modules_do_not_contain_destdir(staged: Path) -> None:
    link = staged / "usr/lib64/nagios/plugins/check_imap"
    assert str(link.readlink()) == f"/opt/tcp/{TREE}/check_tcp_health"
    holds = [
        path for path in staged.rglob("*") if path.is_file() and str(staged).encode() in path.read_bytes()
    ]
    assert not holds


def test_a_second_installation_keeps_links_and_other_files_and_removes_old_ones(staged: Path) -> None:
    plugins = staged / "usr/lib64/nagios/plugins"
    expected = ["check_imap", "check_pop", "check_tcp_health", "check_tcp_sweep"]
    assert sorted(path.name for path in plugins.iterdir()) == expected
    tree = staged / "opt/tcp" / TREE
    assert tree.joinpath("notes.txt").read_text(encoding="utf-8") == "theirs\n"
    assert not tree.joinpath("tcp_health/gone.py").exists()
    assert [path.name for path in tree.parent.iterdir()] == ["tcp-health"]


def test_force_overwrites_a_requested_name(staged: Path) -> None:
    assert staged.joinpath("usr/lib64/nagios/plugins/check_pop").is_symlink()


@pytest.mark.field(37)
def test_uninstall_leaves_no_file_and_no_folder(system_python: str, tmp_path: Path) -> None:
    tmp_path.joinpath("usr/lib/nagios/plugins").mkdir(parents=True)
    tmp_path.joinpath("srv/theirs").mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    succeed("install", DESTDIR=tmp_path)
    succeed("install", DESTDIR=tmp_path)  # the second one finds the folders of the first
    assert tmp_path.joinpath("usr/local/share/man/man1").is_dir()
    manifest = tmp_path / "usr/local" / TREE / "installed.json"
    listed = json.loads(manifest.read_text(encoding="utf-8"))
    listed["folders"].append("/srv/theirs")  # as the owner of the folder could have written
    manifest.write_text(json.dumps(listed), encoding="utf-8")
    succeed("uninstall", DESTDIR=tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


def test_uninstall_removes_only_installed_files(staged: Path) -> None:
    copy = Path(shutil.copytree(staged, staged.with_name("uninstalled"), symlinks=True))
    plugins = copy / "usr/lib64/nagios/plugins"
    plugins.joinpath("check_pop").unlink()
    plugins.joinpath("check_pop").write_text("theirs by now\n", encoding="utf-8")
    printed = succeed("uninstall", PREFIX="/opt/tcp", DESTDIR=copy)
    assert "notes.txt" in printed
    files = [str(path.relative_to(copy)) for path in sorted(copy.rglob("*")) if not path.is_dir()]
    assert files == [f"opt/tcp/{TREE}/notes.txt", "usr/lib64/nagios/plugins/check_pop"]
    assert "No installation" in succeed("uninstall", PREFIX="/opt/tcp", DESTDIR=copy)


@pytest.fixture(scope="module")
def installer() -> ModuleType:
    """Return the script that `make install` runs as a module."""
    return script("install")


@pytest.mark.parametrize(
    "folder",
    ["/usr/lib/nagios/plugins", "/usr/lib64/nagios/plugins", "/usr/local/libexec/nagios"],
    ids=["debian", "rhel", "bsd"],
)
def test_the_plugin_folder_of_the_system_is_found(installer: ModuleType, tmp_path: Path, folder: str) -> None:
    tmp_path.joinpath(folder[1:]).mkdir(parents=True)
    assert installer.find_plugindir(installer.Settings({"DESTDIR": str(tmp_path)})) == folder


@pytest.mark.parametrize(
    ("line", "folder"),
    [
        ("ID=debian", "/usr/lib/nagios/plugins"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"', "/usr/lib64/nagios/plugins"),
        ("ID=freebsd", "/usr/local/libexec/nagios"),
    ],
    ids=["debian", "rhel", "bsd"],
)
def test_a_system_without_plugins_gets_its_default_folder(
    installer: ModuleType, tmp_path: Path, line: str, folder: str
) -> None:
    tmp_path.joinpath("etc").mkdir()
    tmp_path.joinpath("etc/os-release").write_text(f"NAME=x\n{line}\n", encoding="utf-8")
    assert installer.find_plugindir(installer.Settings({"DESTDIR": str(tmp_path)})) == folder
