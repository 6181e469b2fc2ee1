# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Man pages and completions: `man`, bash and zsh read them, and they have every option."""

from __future__ import annotations

import importlib
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tcp_health.judgement.measures import MEASURES
from tcp_health.services.table import SERVICES
from tcp_health.settings.table import SETTINGS, STARTTLS_NAMES
from tcp_health_plugins.config.options import SUBCOMMANDS

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("check_tcp_health", "check_tcp_sweep", "tcp_health_config", "tcp_health_listener")
FLAGS = sorted(flag for setting in SETTINGS if "plugin" in setting.edges for flag in setting.flags)

pytestmark = [pytest.mark.once, pytest.mark.field(37)]


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what an installation has below share/."""
    folder = tmp_path_factory.mktemp("share")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / ".make"))
        made: ModuleType = importlib.import_module("share")
        made.write(folder)
    return folder


def shown(share: Path, name: str) -> str:
    """Return a page as `man` shows it in a terminal of 100 columns; it has no warnings."""
    command = ["man", "--warnings", "-l", str(share / f"man/man1/{name}.1")]
    environ = {"PATH": os.defpath, "MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MANROFFOPT": "-c", "MANOPT": ""}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return re.sub(".\b", "", done.stdout)


@pytest.mark.engine("man", "man-db")
@pytest.mark.parametrize("name", PROGRAMS)
def test_man_reads_the_page_without_a_warning(share: Path, name: str) -> None:
    page = shown(share, name)
    for head in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES", "SEE ALSO"):
        assert f"\n{head}\n" in page
    assert f"{name} - " in page
    assert max(map(len, page.splitlines())) <= 100


@pytest.mark.engine("man", "man-db")
def test_the_page_of_the_plugin_has_every_option_measure_and_service(share: Path) -> None:
    words = set(re.split(r"[\s,]+", shown(share, "check_tcp_health")))
    assert {*FLAGS, *SERVICES, *(each.name for each in MEASURES)} - words == set()


@pytest.mark.engine("man", "man-db")
def test_an_example_in_the_page_can_be_copied(share: Path) -> None:
    page = shown(share, "check_tcp_health")
    assert r"check_tcp_health -H web -p 80 -E -s 'HEAD / HTTP/1.0\r\n\r\n' -e '200 OK'" in page


@pytest.mark.engine("man", "man-db")
@pytest.mark.parametrize("name", PROGRAMS[1:])
def test_the_page_of_a_tool_has_every_option_of_its_help(share: Path, name: str) -> None:
    page = shown(share, name)
    assert set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", help_of(name))) - set(
        re.split(r"[\s,]+", page)
    ) <= {"-"}


def help_of(name: str) -> str:
    """Return the options in the help of a program."""
    command = [sys.executable, str(ROOT / "plugins" / name), "--help"]
    text = subprocess.run(
        command, capture_output=True, text=True, check=False
    ).stdout  # a plugin exits with 3
    return "\n".join(line for line in text.splitlines() if line.startswith("  -"))


def in_bash(share: Path, line: str) -> list[str]:
    """Return what bash offers at the end of a line; it splits words at a =, as an interactive bash does."""
    name = line.split(maxsplit=1)[0]
    words = re.sub(r"=", " = ", line).split(" ")
    words = [word for word in words if word] + ([""] if line.endswith(" ") else [])
    script = (
        f"source {shlex.quote(str(share / 'bash-completion/completions' / name))}\n"
        f"COMP_WORDS=({' '.join(map(shlex.quote, words))}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n"
        f"compopt() {{ :; }}\n_{name}\n"
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("check_tcp_health --starttls ", set(STARTTLS_NAMES)),
        ("check_tcp_health --starttls=", set(STARTTLS_NAMES)),
        ("check_tcp_health --starttls=po", {"pop3", "postgres"}),
        ("check_tcp_health -H db1 --service post", {"postgres"}),
        ("check_tcp_health -M ", {"ok", "warning", "critical", "unknown"}),
        ("check_tcp_health --retry-d", {"--retry-delay"}),
        ("check_tcp_health -p ", set()),
        ("tcp_health_config ", set(SUBCOMMANDS)),
        ("tcp_health_config render --format ", {"nagios", "icinga2"}),
        ("tcp_health_listener --behaviour sl", {"slow"}),
        ("check_tcp_sweep --output pro", {"prometheus"}),
        ("check_tcp_sweep --input-format j", {"json", "jsonl"}),
    ],
)
def test_bash_completes(share: Path, line: str, offered: set[str]) -> None:
    assert set(in_bash(share, line)) == offered


def test_bash_offers_every_option(share: Path) -> None:
    assert sorted(in_bash(share, "check_tcp_health -")) == FLAGS


def test_bash_completes_the_name_of_a_file(share: Path, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    assert in_bash(share, f"check_tcp_health --ca-file {tmp_path}/c") == [str(tmp_path / "ca.pem")]


def in_zsh(share: Path, line: str) -> str:
    """Return what zsh prints on a terminal when TAB is pressed at the end of a line."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="dumb", COLUMNS="200", LINES="200")
        os.execvp("zsh", ["zsh", "-f", "-i"])  # noqa: S606 - an interactive shell is what the test needs
    try:
        folder = shlex.quote(str(share / "zsh/site-functions"))
        setup = (
            f"stty rows 200 cols 200; PS1=; fpath=({folder} $fpath); autoload -Uz compinit; "
            "compinit -u -D; LISTMAX=0; setopt nobeep; print rea''dy\n"
        )
        os.write(terminal, setup.encode())
        read_until(terminal, "ready")
        os.write(terminal, f"{line}\t\t".encode())
        return read_until(terminal, None)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


def read_until(terminal: int, word: str | None, seconds: float = 20.0) -> str:
    """Return the output up to a word, or up to the first pause of a second after some output."""
    read = ""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pause = 1.0 if read.strip() and word is None else end - time.monotonic()
        if not select.select([terminal], [], [], max(pause, 0))[0]:
            break
        read += os.read(terminal, 65536).decode("utf-8", "replace")
        if word is not None and word in read:
            break
    assert word is None or word in read, read
    return read


@pytest.mark.engine("zsh", "zsh")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("check_tcp_health --starttls=", set(STARTTLS_NAMES)),
        ("check_tcp_health -M ", {"ok", "warning", "critical", "unknown"}),
        ("check_tcp_health --service postg", {"postgres"}),
        ("check_tcp_health --retry-del", {"--retry-delay="}),
        ("tcp_health_config render --format=", {"nagios", "icinga2"}),
        ("tcp_health_listener --behaviour sl", {"slow"}),
        ("check_tcp_sweep --output pro", {"prometheus"}),
        ("check_tcp_sweep --input-format j", {"json", "jsonl"}),
    ],
)
def test_zsh_completes(share: Path, line: str, offered: set[str]) -> None:
    printed = in_zsh(share, line)
    assert offered <= set(printed.replace("=", "= ").split()) | set(re.findall(r"[\w-]+=?", printed)), printed


@pytest.mark.engine("zsh", "zsh")
def test_zsh_lists_every_long_option(share: Path) -> None:
    printed = in_zsh(share, "check_tcp_health --")
    assert {flag for flag in FLAGS if flag.startswith("--")} - set(re.findall(r"--[\w-]+", printed)) == set()
