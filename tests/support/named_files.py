# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything by which a user names a file, and the objects that can be there instead of a file."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from support.measuring import Done, measured
from tcp_health.settings.table import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from support.minting import Files

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
PROGRAMS = ("check_tcp_health", "tcp_health_config", "tcp_health_listener")
NOBODY = 65534

LIMIT = 10.0
"""The time limit of a check by default, in seconds."""

SLACK = 0.2
"""What a check may take beyond its limit."""

HUGE = 300 << 20

_FILE = re.compile(r"\b(FILE|DIR|DIRECTORY|PATH)\b")

# These name a directory that is not opened: it becomes part of the configuration.
_NOT_OPENED = {"--plugin-dir"}

# What the options of other programs need beside them.
_COMPANIONS = {
    "--targets": ("render", "--format", "nagios", "--output", "{folder}/out"),
    "--output": ("render", "--format", "nagios", "--targets", "{targets}"),
    "--tls-cert": ("--tls-key", "{key}"),
    "--tls-key": ("--tls-cert", "{chain}"),
}

# What a setting needs beside it. The files of a key are opened only with a certificate.
_BESIDE = {
    "client_key": ("--client-cert", "{both}"),
    "client_key_password_file": ("--client-cert", "{both}", "--client-key", "{locked}"),
}


class Namer(NamedTuple):
    """A way to name a file.

    title    the setting, option or variable
    program  the executable
    words    its arguments, with {path} for the file
    environ  the environment variables, with {path} for the file
    inside   whether {path} is a folder of certificates that contains the file
    """

    title: str
    program: str
    words: tuple[str, ...]
    environ: tuple[tuple[str, str], ...] = ()
    inside: bool = False


LOG = "log_attempts"
"""The one file that a check writes."""


def namers() -> list[Namer]:
    """Every way to name a file: from the settings table, the help of the programs, the steps, and the environment."""
    check = ("-H", "127.0.0.1", "-p", "{port}")
    found = [
        Namer(setting.name, PROGRAMS[0], (*check, *_BESIDE.get(setting.name, ()), *_words(setting.name)))
        for setting in SETTINGS
        if _FILE.search(setting.metavar)
    ]
    found.append(Namer("{file:PATH}", PROGRAMS[0], (*check, "--step", "line {{file:{path}}}")))
    found += [
        Namer(name, PROGRAMS[0], (*check, "--tls"), ((name, "{path}"),))
        for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF")
    ]
    found.append(
        Namer("MP_CONFIG_FILE", PROGRAMS[0], ("--extra-opts", *check), (("MP_CONFIG_FILE", "{path}"),))
    )
    words = ("render", "--format", "nagios", "--output", "{folder}/out", "--targets", "{targets}")
    found.append(Namer("OPENSSL_CONF of the generator", PROGRAMS[1], words, (("OPENSSL_CONF", "{path}"),)))
    found += [
        each._replace(title=f"file in {each.title}", inside=True)
        for each in found
        if each.title in ("ca_path", "SSL_CERT_DIR")
    ]
    return found + [
        Namer(option, program, (*_COMPANIONS.get(option, ()), option, "{path}"))
        for program in PROGRAMS[1:]
        for option in sorted(_options(program))
    ]


def _words(name: str) -> tuple[str, ...]:
    if name == "extra_opts":
        return ("--extra-opts=@{path}",)
    return (f"--{name.replace('_', '-')}", "{path}")


def _options(program: str) -> set[str]:
    """The options of a program whose placeholder in the help names a file."""
    done = subprocess.run(
        [sys.executable, str(PLUGINS / program), "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    pairs = re.findall(r"^ +(--[a-z-]+) ([A-Z:|]+)", done.stdout, re.MULTILINE)
    return {option for option, placeholder in pairs if _FILE.search(placeholder)} - _NOT_OPENED


def forms(folder: Path) -> dict[str, Path]:
    """Make one object of each kind in a folder, and a link to each; return their paths by a short name."""
    plain = folder / "unreadable"
    plain.write_text("secret of another user\n")
    plain.chmod(0)
    if os.geteuid() == 0:
        os.chown(plain, NOBODY, -1)
    with (folder / "huge").open("wb") as file:
        file.truncate(HUGE)
    os.mkfifo(folder / "fifo")
    (folder / "directory").mkdir()
    found = {
        "fifo": folder / "fifo",
        "directory": folder / "directory",
        "terminal": Path("/dev/tty"),
        "zero": Path("/dev/zero"),
        "full": Path("/dev/full"),
        "huge": folder / "huge",
        "unreadable": plain,
        "missing": folder / "missing",
    }
    for name, path in list(found.items()):
        link = folder / f"link-{name}"
        link.symlink_to(path)
        found[f"link to {name}"] = link
    loop = folder / "loop"
    loop.symlink_to(loop)
    return {**found, "loop": loop}


def accepts(namer: Namer, form: str) -> bool:
    """Whether the object is what the setting is for, or what OpenSSL ignores: then the check goes on."""
    kind = form.rpartition(" ")[2]
    if namer.title == LOG:
        return form in ("missing", "huge")  # it is created, and a large one is appended to
    if namer.title == "--output":
        return kind in ("directory", "missing") and form != "link to missing"
    if namer.title == "file in SSL_CERT_DIR":
        return kind in ("missing", "loop")
    if kind == "missing":
        return namer.title.startswith("OPENSSL_CONF") or namer.title.startswith("SSL_CERT_")
    return kind == "directory" and namer.title == "SSL_CERT_DIR"


# Root without the right to read the files of others: as another user, but root's interpreter can be in root's home.
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")


def run(
    namer: Namer,
    path: Path,
    files: Files,
    *,
    folder: Path,
    targets: Path,
    port: int,
    patience: float = LIMIT + 5,
    more: Sequence[str] = (),
) -> Done:
    """Run a program that is given a path; end it after ``patience`` seconds."""
    shown = path
    if namer.inside:
        path = Path(tempfile.mkdtemp(dir=folder))
        (path / "0a1b2c3d.0").symlink_to(shown)
    texts = {"path": path, "folder": folder, "targets": targets, "port": port, **files._asdict()}
    words = [each.format(**texts) for each in (*namer.words, *more)]
    environ = {name: value.format(**texts) for name, value in namer.environ}
    prefix = WITHOUT_RIGHTS if os.geteuid() == 0 else ()
    done = measured([*prefix, sys.executable, str(PLUGINS / namer.program), *words], environ, patience)
    for made in [Path(word) for word in words if word.endswith("/missing")]:
        if made.is_dir():
            shutil.rmtree(made)  # by --output
        elif made.is_file() and not made.is_symlink():
            made.unlink()  # by --log-attempts
    if namer.inside:
        done.output = done.output.replace(str(path), str(shown))
    return done


def wrong(namer: Namer, form: str, path: Path, done: Done) -> list[str]:
    """What is wrong about a run, one line each."""
    where = f"{namer.title}, {form}"
    found = []
    if done.seconds > LIMIT + SLACK:
        found.append(f"{where}: {done.seconds:.2f} s")
    if done.memory > 64:
        found.append(f"{where}: {done.memory:.0f} MiB")
    if "Traceback" in done.output or "internal error" in done.output or done.code < 0:
        found.append(f"{where}: exit {done.code}, {done.output[:300]!r}")
    if accepts(namer, form):
        return found
    first = done.output.partition("\n")[0]
    expected = {"check_tcp_health": 3, "tcp_health_config": 1}.get(namer.program, 1)
    if namer.title == LOG:  # what is wrong with the log is below the result, and does not change it
        first, expected = done.output, 0
    if done.code != expected or str(path) not in first:
        found.append(f"{where}: exit {done.code}, {done.output[:300]!r}")
    if "secret of another user" in done.output:
        found.append(f"{where}: the text is shown")
    return found


@contextlib.contextmanager
def closing_server() -> Iterator[int]:
    """A server that closes every connection at once; yields its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as server:

        def close_all() -> None:
            with contextlib.suppress(OSError):
                while True:
                    server.accept()[0].close()

        threading.Thread(target=close_all, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
