# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the rows, several topologies side by side, and prints the table."""

from __future__ import annotations

import json
import os
import random
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from real.folders import open_folder

from . import judging, report, trial
from .namespaces import end, spawn
from .plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .nouns import Row

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"

WIDTH = 8 * (os.cpu_count() or 1)
"""Topologies at the same time: most of a trial's time is waiting."""

LONGEST = 120.0
"""Seconds after which a trial is ended: the longest of them has a limit of 50."""


DAYS = 20
"""Days until the server's certificate ends."""


class Job:
    """A trial in a process of its own, and the pipe for its result."""

    def __init__(self, row: Row, plugin: str, work: Callable[[], trial.Trial]) -> None:
        self.row = row
        self.plugin = plugin
        self.reader, writer = os.pipe()
        self.began = time.monotonic()
        self.process = spawn(_told, work, writer)
        os.close(writer)
        self._received = b""

    def result(self) -> trial.Trial | None:
        """Read available bytes; return the trial when it is complete. An exception in the process is a failed trial."""
        data = os.read(self.reader, 1 << 16)
        self._received += data
        if data and not self._received.endswith(b"\n"):
            return None
        try:
            return trial.Trial(**json.loads(self._received))
        except ValueError:
            return trial.Trial("", "the laboratory failed; its own words are above", -1, 0.0, [])

    def end(self) -> None:
        """End the process, and with it all processes of its topology."""
        os.close(self.reader)
        end([self.process])


def _told(work: Callable[[], trial.Trial], writer: int) -> None:
    data = json.dumps(vars(work())).encode() + b"\n"
    while data:
        data = data[os.write(writer, data) :]


def run(seed: int, rows: Sequence[Row], say: Callable[[str], None], plugins: Path = PLUGINS) -> list[str]:
    """Run every row, in an order drawn from the seed; return the names of the wrong ones."""
    began = time.monotonic()
    order = list(rows)
    random.Random(seed).shuffle(order)  # noqa: S311 - repeatable on purpose
    # Stable. The longest begin first: a long one that begins last would make the whole run longer.
    order.sort(key=lambda row: -row.limit)
    wrong: list[str] = []
    say(report.heading())
    for row, trials in results(seed, order, plugins=plugins):
        places = Plan(seed, row.name).placeholders()
        found = judging.complaints(row, places, trials["ours"])
        wrong += [row.name] if found else []
        say(report.entry(row, places, trials["ours"], trials.get("theirs"), found))
    say(
        f"{'FAIL' if wrong else 'PASS'} {len(order) - len(wrong)} of {len(order)} rows right, seed {seed},"
        f" {time.monotonic() - began:.0f} s"
    )
    if wrong:
        say(f"Again: make lab SEED={seed} ROWS={','.join(wrong)}")
    return wrong


def results(
    seed: int, rows: Sequence[Row], width: int = WIDTH, plugins: Path = PLUGINS
) -> Iterator[tuple[Row, dict[str, trial.Trial]]]:
    """Each row with its trials, ours and theirs, as they end; `width` topologies side by side."""
    folder = open_folder("tcp-health-lab-")
    try:
        yield from _results(seed, list(rows), width, _installed(folder, plugins))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _installed(folder: Path, plugins: Path) -> Path:
    """A copy of the plugin that any user may read, compiled for the Python that runs it."""
    (folder / "mount").mkdir()
    shutil.copy(plugins / "check_tcp_health", folder)
    for package in ("tcp_health", "tcp_health_plugins"):
        shutil.copytree(
            plugins / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "templates")
        )
    _certify(folder)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    subprocess.run([trial.PYTHON, "-m", "compileall", "-q", str(folder)], check=True, timeout=120)
    return folder


def _certify(folder: Path) -> None:
    """Make self-signed certificates, each with its key in NAME.pem and alone in NAME.pem.crt.

    tls      ends in DAYS; its many names make the server's flight larger than a segment
    expired, ancient, early, purpose   has expired, has expired in 1991, is not valid yet, is for clients only
    """
    names = ",".join(f"DNS:name{number}.laboratory.test" for number in range(60))
    now = int(time.time())
    since_1990 = 20 * 365 - now // 86400
    for name, first, last, usage in (
        ("tls", -1, DAYS, "serverAuth"),
        ("expired", -30, -10, "serverAuth"),
        ("ancient", since_1990, since_1990 + 365, "serverAuth"),
        ("early", 10, 30, "serverAuth"),
        ("purpose", -1, DAYS, "clientAuth"),
    ):
        pem, config = folder / f"{name}.pem", folder / f"{name}.conf"
        own = folder / f"{name}.ca"
        own.mkdir()
        (own / "index").touch()
        config.write_text(
            f"""[ca]
default_ca = own
[own]
database = {own}/index
new_certs_dir = {own}
rand_serial = yes
default_md = sha256
policy = policy
x509_extensions = extensions
[policy]
commonName = supplied
[req]
distinguished_name = subject
[subject]
[extensions]
subjectAltName = {names}
extendedKeyUsage = {usage}
""",
            encoding="ascii",
        )
        dates = [
            time.strftime("%Y%m%d%H%M%SZ", time.gmtime(now + days * 86400 + 3600)) for days in (first, last)
        ]
        new = f"req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=laboratory -keyout {pem} -out {pem}.csr -config {config}"
        sign = f"ca -batch -notext -selfsign -config {config} -in {pem}.csr -keyfile {pem} -out {pem}.crt"
        for words in (new.split(), [*sign.split(), "-startdate", dates[0], "-enddate", dates[1]]):
            subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=60)
        with pem.open("ab") as both:
            both.write(Path(f"{pem}.crt").read_bytes())


def _results(
    seed: int, rows: list[Row], width: int, installed: Path
) -> Iterator[tuple[Row, dict[str, trial.Trial]]]:
    plugins: dict[str, Any] = {"ours": trial.ours}
    if Path(trial.C_PLUGIN).exists():
        plugins["theirs"] = trial.theirs
    waiting = [(row, plugin) for row in rows for plugin in plugins]
    running: dict[int, Job] = {}
    done: dict[str, dict[str, trial.Trial]] = {row.name: {} for row in rows}
    try:
        while waiting or running:
            while waiting and len(running) < width:
                row, plugin = waiting.pop(0)
                job = Job(row, plugin, lambda row=row, plugin=plugin: plugins[plugin](row, seed, installed))  # type: ignore[misc]
                running[job.reader] = job
            ready, _, _ = select.select(list(running), [], [], 1.0)
            late = [each for each, job in running.items() if time.monotonic() - job.began > LONGEST]
            for reader in {*ready, *late}:
                job = running[reader]
                result = job.result() if reader in ready else trial.Trial("", "did not end", -1, LONGEST, [])
                if result is None:
                    continue
                del running[reader]
                job.end()
                done[job.row.name][job.plugin] = result
                if len(done[job.row.name]) == len(plugins):
                    yield job.row, done[job.row.name]
    finally:
        for job in running.values():
            job.end()
