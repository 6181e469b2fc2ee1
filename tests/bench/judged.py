# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""judged: check_tcp_sweep's own loop, with verdicts and a row of JSON for each target, beside other programs."""

from __future__ import annotations

import gc
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from support.listener_process import listening
from support.sweeping import PROGRAM, closed_port, unanswered
from tcp_health.model.recipe import Probe
from tcp_health.model.result import Check
from tcp_health.model.target import Target
from tcp_health.settings.build import build
from tcp_health.settings.rows import WrongRow, rows
from tcp_health_plugins.sweep.options import parse
from tcp_health_plugins.sweep.run import Run
from tcp_health_plugins.sweep.streams import new_file

from .figure import Figure
from .greeter import greeting
from .jobs import HOST, bare, ours
from .process import PATHS, c_check_tcp, cpu, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CPU_GOAL = 2.2
C_GOAL = 14.0
SILENT_GOAL = 1.05
SILENT_CPU_GOAL = 0.6
GROWTH_GOAL = 1.1
MEMORY_GOAL = 64.0

CHECKS = 10_000
LIMIT = 1_000
ROUNDS = 5
PROCESSES = 200
SILENT = 4_000


def figures(
    checks: int = CHECKS,
    limit: int = LIMIT,
    rounds: int = ROUNDS,
    processes: int = PROCESSES,
    silent: int = SILENT,
) -> Iterator[Figure]:
    """The cost of a row, its ratio to a process of check_tcp, and the time of silent targets."""
    with listening("--quiet") as listener, greeting() as port, tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/rows.jsonl"
        made, other = Rows(port, checks), Rows(listener.port, checks)
        loops, engines, ours_judged, asleep = [], [], [], []
        for _ in range(rounds):
            loops.append(_timed(bare, port, checks, limit))
            engines.append(_timed(ours, port, checks, limit))
            ours_judged.append(_timed(partial(judged, rows=made, path=path), port, checks, limit))
        for _ in range(rounds):
            loop = _timed(bare, listener.port, checks, limit)
            asleep.append(_timed(partial(judged, rows=other, path=path), listener.port, checks, limit) / loop)
        each = median(ours_judged) / checks
        yield Figure(
            "judged CPU",
            _ratio(ours_judged, loops),
            "times a bare epoll loop, with verdicts and a file of JSON lines",
            most=CPU_GOAL,
            notes=(
                f"{each * 1e6:.0f} µs a check; run() alone {_ratio(engines, loops):.2f} times; medians of {rounds}",
                f"{median(asleep):.2f} times with a server that sleeps between two connections, and is woken by the client",
                *_others(port, checks, limit, folder),
            ),
        )
        plugin = c_check_tcp()
        if plugin is not None:
            command = (plugin, "-H", HOST, "-p", str(port), "-e", "Hello")
            process = median(cpu(command) for _ in range(processes))
            yield Figure(
                "judged beside C",
                process / each,
                f"checks for the CPU of one process of C check_tcp, {process * 1e6:.0f} µs",
                least=C_GOAL,
            )
    yield from _silent(silent, limit)


class Rows:
    """The rows of a sweep, made without a file and before it begins: what reading them costs is printed by itself."""

    def __init__(self, port: int, checks: int) -> None:
        built = build({"host": HOST, "port": port, "read": "eof"})
        probes = [Probe(Target(HOST, port), built.probe.recipe, number) for number in range(checks)]
        self._rows = [
            MadeRow(f"targets:{number}", Check(probe, built.policy, built.options))
            for number, probe in enumerate(probes)
        ]

    def count(self) -> int:
        """Return how many rows there are."""
        return len(self._rows)

    def rows(self) -> Iterator[MadeRow]:
        """Yield the rows."""
        yield from self._rows


class MadeRow:
    """A row as check_tcp_sweep lists it."""

    __slots__ = ("check", "host_name", "labels", "name", "place")

    def __init__(self, place: str, check: Check) -> None:
        self.place = place
        self.host_name = HOST
        self.name = "tcp"
        self.labels: tuple[tuple[str, str], ...] = ()
        self.check = check


def judged(_port: int, checks: int, limit: int, rows: Rows, path: str) -> None:
    """Check, judge, and write a row of JSON for each target of the rows."""
    words = ["--limit", str(limit), "--output", f"jsonl:{path}", "-"]
    options = parse(words)
    if isinstance(options, str):
        raise TypeError(options)
    run = Run(options, words)
    stream = new_file(path)
    try:
        run.carry_out(rows, stream, None)  # type: ignore[arg-type]
        stream.flush(wait=True)
    finally:
        stream.close()
    if run.store.counts["ok"] != checks:
        raise RuntimeError(f"{checks} checks had {run.store.counts}")


def _timed(job: Callable[[int, int, int], None], port: int, checks: int, limit: int) -> float:
    gc.collect()
    began = time.process_time()
    job(port, checks, limit)
    return time.process_time() - began


def _ratio(ones: list[float], others: list[float]) -> float:
    return median(one / other for one, other in zip(ones, others))


def _others(port: int, checks: int, limit: int, folder: str) -> Iterator[str]:
    """Yield a line for each other program that does the same on the same listener."""
    yield _reading(checks)
    yield from _whole_program(port, checks, limit, folder)
    plugin = c_check_tcp()
    if plugin is not None:
        few = max(checks // 10, 1)
        line = f"seq {few} | xargs -P 2 -n 1 sh -c '{plugin} -H {HOST} -p {port} -e Hello >/dev/null'"
        yield _line("check_tcp through xargs -P 2, with a shell each", few, ("/bin/sh", "-c", line))
    nmap = shutil.which("nmap")
    if nmap is not None:
        few = min(checks, 250)
        command = (
            nmap,
            "-sT",
            "-n",
            "-Pn",
            "-p",
            str(port),
            "--max-retries",
            "0",
            f"127.0.0.{'1-' + str(few)}",
        )
        yield _line("nmap -sT of the port on as many addresses, connect alone", few, command)
    go = shutil.which("go")
    if go is not None:
        program = f"{folder}/sweep"
        source = Path(__file__).with_name("sweep.go")
        subprocess.run([go, "build", "-o", program, source], check=True, capture_output=True)
        yield _line("a Go program of the same job", checks, (program, str(port), str(checks), str(limit)))
    yield from _exporter(port, checks, folder)


def _line(name: str, checks: int, command: tuple[str, ...]) -> str:
    began = time.monotonic()
    spent = cpu(command, mute=True)
    wall = time.monotonic() - began
    return f"{name}: {spent / checks * 1e6:.0f} µs of CPU a check, {checks} in {wall:.2f} s"


def _reading(checks: int) -> str:
    equal = [f"10.0.{number // 250 % 250}.{number % 250}:22 read=eof\n".encode() for number in range(checks)]
    other = [line.rstrip() + f" timeout={1 + number}\n".encode() for number, line in enumerate(equal)]
    costs = []
    for lines in (equal, other):
        began = time.process_time()
        for row in rows(lines):
            if isinstance(row, WrongRow):
                raise TypeError(str(row))
        costs.append((time.process_time() - began) / checks * 1e6)
    return f"reading a row: {costs[0]:.0f} µs of CPU, one with settings of its own {costs[1]:.0f} µs"


def _whole_program(port: int, checks: int, limit: int, folder: str) -> Iterator[str]:
    targets = Path(folder, "targets")
    targets.write_text(f"{HOST}:{port} read=eof\n" * checks, encoding="ascii")
    command = (*PROGRAM, "--limit", str(limit), "--output", f"jsonl:{folder}/whole.jsonl", str(targets))
    yield _line("check_tcp_sweep as a program, with lines in", checks, command)


def _exporter(port: int, checks: int, folder: str) -> Iterator[str]:
    """Yield the cost of a probe of blackbox_exporter, asked by wrk."""
    exporter, wrk = shutil.which("prometheus-blackbox-exporter"), shutil.which("wrk")
    if exporter is None or wrk is None or checks < LIMIT:
        return
    configuration = Path(folder, "blackbox.yml")
    configuration.write_text(
        "modules: {banner: {prober: tcp, tcp: {query_response: [{expect: Hello}]}}}\n", encoding="ascii"
    )
    with _running(
        exporter, f"--config.file={configuration}", "--web.listen-address=127.0.0.1:19115"
    ) as process:
        time.sleep(1)
        url = f"http://127.0.0.1:19115/probe?module=banner&target={HOST}:{port}"
        before = _spent(process.pid)
        done = subprocess.run([wrk, "-t1", "-c32", "-d5s", url], capture_output=True, text=True, check=True)
        spent = _spent(process.pid) - before
    probes = next(int(line.split()[0]) for line in done.stdout.splitlines() if "requests in" in line)
    yield f"blackbox_exporter under wrk: {spent / probes * 1e6:.0f} µs of CPU a probe, {probes} in 5 s"


@contextmanager
def _running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=10)


def _spent(pid: int) -> float:
    """The CPU seconds of a process until now (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _silent(targets: int, limit: int) -> Iterator[Figure]:
    with unanswered() as port, tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "targets")
        path.write_text(f"{HOST}:{port}\n" * targets, encoding="ascii")
        words = (
            *PROGRAM,
            "--no-traces",
            "--set",
            "timeout=1s",
            "--limit",
            str(limit),
            "--output",
            f"jsonl:{folder}/rows",
        )
        empty = Path(folder, "empty")
        empty.write_text("", encoding="ascii")
        began = time.monotonic()
        start = cpu((*words, str(empty)), 3)
        start_wall = time.monotonic() - began
        began = time.monotonic()
        spent = cpu((*words, str(path)), 2)
        wall = time.monotonic() - began - start_wall
    rounds = targets / limit
    yield Figure(
        "silent time",
        wall / rounds,
        f"times the limit of 1 s for {targets} silent targets, {limit} in flight, without start-up ({start_wall:.2f} s)",
        most=SILENT_GOAL,
    )
    yield Figure(
        "silent CPU", spent - start, f"s of CPU, without start-up ({start:.2f} s)", most=SILENT_CPU_GOAL
    )


def grown(few: int, many: int, limit: int = LIMIT) -> Iterator[Figure]:
    """The CPU time of a check in a run of many, relative to one of few, and the memory: all healthy, and all failing."""
    with listening("--quiet") as listener, tempfile.TemporaryDirectory() as folder:
        for kind, row, code in (
            ("healthy", f"{HOST}:{listener.port} read=eof", 0),
            ("failing", f"{HOST}:{closed_port()}", 2),
        ):
            costs = []
            peak = 0.0
            for checks in (few, many):
                path = Path(folder, "targets")
                with path.open("w", encoding="ascii") as file:
                    file.writelines(f"{row}\n" for _ in range(checks))
                words = ("--no-traces", "--limit", str(limit), "--output", f"jsonl:{folder}/rows", str(path))
                peak, spent = peak_and_cpu(words, code)
                costs.append(spent / checks)
            words_of = (
                f"{few} and {many} {kind} targets: {costs[0] * 1e6:.0f} and {costs[1] * 1e6:.0f} µs a check"
            )
            yield Figure(f"grown CPU, {kind}", costs[1] / costs[0], f"times; {words_of}", most=GROWTH_GOAL)
            yield Figure(f"grown memory, {kind}", peak, f"MiB at its peak, {many} targets", most=MEMORY_GOAL)


def peak_and_cpu(words: tuple[str, ...], code: int) -> tuple[float, float]:
    """Run check_tcp_sweep; return its peak memory in MiB, and its CPU seconds."""
    # Not the memory of getrusage: that begins with the memory of the parent process.
    script = (
        "import os, sys;"
        "pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ);"
        "status = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT);"
        "_, code, usage = os.wait4(pid, 0);"
        "print(usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime);"
        "sys.exit(os.waitstatus_to_exitcode(code) != int(sys.argv[1]))"
    )
    command = [sys.executable, "-S", "-c", script, str(code), *PROGRAM, *words]
    done = subprocess.run(command, env={**environment(), **PATHS}, capture_output=True, text=True, check=True)
    peak, spent = done.stdout.split()
    return float(peak), float(spent)
