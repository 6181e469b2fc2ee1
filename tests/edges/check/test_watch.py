# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""check_tcp_health --watch as a process: its lines and rows, signals, a terminal, a full disk, and --on-change."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.command_line import complaint, read
from support.listener_process import listening, until
from tcp_health_plugins.common.terminal import coloured

if TYPE_CHECKING:
    from collections.abc import Iterator

PLUGIN = str(Path(__file__).parents[3] / "plugins" / "check_tcp_health")

# Nothing listens there: ports below 1024 that no service has.
DEAD = "127.0.0.2:1"


@contextmanager
def watching(words: str, **settings: Any) -> Iterator[subprocess.Popen[str]]:
    """A watch, which is killed at the end if it has not ended."""
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, **settings}
    command = [sys.executable, PLUGIN, "--watch", *shlex.split(words)]
    process = subprocess.Popen(command, text=True, encoding="utf-8", **settings)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str], number: int = signal.SIGINT) -> tuple[str, str, int]:
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    return out, err, process.returncode


def test_a_probe_is_a_line_and_ctrl_c_prints_the_statistics() -> None:
    with listening("--quiet") as listener, watching(f"127.0.0.1:{listener.port} --interval 0.05") as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.stdout.readline()
        out, err, code = ended(process)
    assert re.fullmatch(
        rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{{3}} 127\.0\.0\.1:{listener.port} connect [\d.]+ ms, time [\d.]+ ms,"
        r" rtt [\d.]+ ms\n",
        first,
    )
    statistics = out.partition("---")[2]
    assert re.search(r"^\d+ probes, 0 failed, 0 of \d+ SYNs lost$", statistics, re.MULTILINE)
    assert re.search(r"^ +min +avg +max +mdev +p50 +p95 +p99  ms$", statistics, re.MULTILINE)
    assert re.search(r"^connect( +[\d.]+){7}$", statistics, re.MULTILINE)
    assert (err, code) == ("", 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_while_a_probe_waits(number: int) -> None:
    words = "127.0.0.1:{} -e never -t 60"
    # The tests may run below nohup, which ignores SIGHUP for its children too.
    default = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL)}
    with (
        listening("--behaviour", "silent") as server,
        watching(words.format(server.port), **default) as process,
    ):
        server.wait_for("from 127.0.0.1")
        began = time.monotonic()
        out, err, code = ended(process, number)
    assert time.monotonic() - began < 5
    assert (out.splitlines()[1:], err, code) == (["no probe has ended yet"], "", 3)


def test_a_signal_that_the_parent_has_blocked_ends_it_too() -> None:
    code = (
        "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals());"
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    command = [sys.executable, "-c", code, PLUGIN, "--watch", DEAD, "--interval", "0.05"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            process.terminate()
            assert process.wait(20) == 2
        finally:
            process.kill()


def test_nohup_keeps_its_meaning() -> None:
    code = "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    command = [sys.executable, "-c", code, PLUGIN, "--watch", DEAD, "--interval", "0.05"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(signal.SIGHUP)
            for _ in range(20):
                assert "CRITICAL" in process.stdout.readline()
        finally:
            process.kill()


def test_a_second_signal_ends_a_watch_whose_output_nobody_reads() -> None:
    with watching(f"{DEAD} --interval 0.01 --output jsonl") as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(3)  # the pipe of 64 KiB is full
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == -signal.SIGINT


def test_the_exit_code_is_that_of_the_worst_state() -> None:
    words = f"{DEAD} 127.0.0.1:{{}} --interval 0.1 --output jsonl"
    with listening("--quiet") as server, watching(words.format(server.port)) as process:
        assert process.stdout is not None
        rows = [json.loads(process.stdout.readline()) for _ in range(4)]
        out, _, code = ended(process)
    assert {row["target"]: row["state"] for row in rows} == {
        f"127.0.0.1:{server.port}": "OK",
        DEAD: "CRITICAL",
    }
    last = [json.loads(line) for line in out.splitlines()][-2:]
    assert [(row["statistics"], row["state"]) for row in last] == [(True, "CRITICAL"), (True, "OK")]
    assert code == 2


def test_failures_only_prints_failures_and_the_end_of_an_outage() -> None:
    with listening() as listener:
        words = f"127.0.0.1:{listener.port} --interval 0.05 --failures-only --output jsonl"
        port = str(listener.port)
        with watching(words) as process:
            listener.wait_for("Connection 3 from")
            listener.stop()
            assert process.stdout is not None
            first = json.loads(process.stdout.readline())
            with listening("--quiet", "--port", port):
                row = first
                while row["outage"] is None:
                    row = json.loads(process.stdout.readline())
                time.sleep(0.3)
                rest, _, _ = ended(process)
    assert (first["state"], first["cause"], first["state_before"]) == ("CRITICAL", "refused", "OK")
    assert first["number"] > 1
    assert (row["state"], row["outage_began"], row["state_before"]) == ("OK", first["at"], "CRITICAL")
    assert [json.loads(line).get("statistics") for line in rest.splitlines()] == [True]


def test_csv_has_a_header_and_the_statistics_go_to_standard_error() -> None:
    with watching(f"{DEAD} --interval 0.1 --output csv") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        out, err, code = ended(process)
    rows = list(csv.DictReader([*lines, *out.splitlines(keepends=True)]))
    assert {(row["target"], row["state"], row["failed"], row["connect"]) for row in rows} == {
        (DEAD, "CRITICAL", "true", "")
    }
    assert err.startswith(f"--- {DEAD}, ")
    assert code == 2


def test_a_reader_that_has_gone_is_one_sentence() -> None:
    with watching(f"{DEAD} --interval 0.05") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        process.wait(30)
        assert process.stderr.read() == (
            "check_tcp_health: the watch has ended: cannot write to standard output: its reader has gone\n"
        )
        process.stdout = None
    assert process.returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("output", ["text", "jsonl", "csv"])
def test_a_full_disk_is_one_sentence(output: str) -> None:
    with (
        Path("/dev/full").open("w", encoding="utf-8") as full,
        watching(f"{DEAD} --output {output}", stdout=full) as process,
    ):
        _, err = process.communicate(timeout=30)
    sentence = (
        "check_tcp_health: the watch has ended: cannot write to standard output: No space left on device\n"
    )
    assert (err, process.returncode) == (sentence, 3)


def script(folder: Path, text: str) -> Path:
    path = folder / "alert"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_on_change_is_run_once_for_a_change_without_a_shell(tmp_path: Path) -> None:
    alert = script(
        tmp_path, 'echo "$# $1 $TCP_HEALTH_TARGET $TCP_HEALTH_STATE_BEFORE $TCP_HEALTH_STATE" >> "$2"'
    )
    log = tmp_path / "log"
    command = shlex.quote(f"{alert} '$(id) *' {log}")
    with watching(f"{DEAD} --interval 0.05 --consecutive 3 --on-change {command}") as process:
        assert process.stdout is not None
        for _ in range(10):
            process.stdout.readline()
        assert until(log.exists, 10)
        _, err, _ = ended(process)
    assert log.read_text(encoding="utf-8") == f"2 $(id) * {DEAD} OK CRITICAL\n"
    assert err == ""


def test_the_failure_of_a_command_is_reported_and_the_watch_goes_on(tmp_path: Path) -> None:
    alert = script(tmp_path, "exit 7")
    with watching(f"{DEAD} --interval 0.05 --on-change {alert}") as process:
        assert process.stdout is not None
        for _ in range(10):
            process.stdout.readline()
        _, err, _ = ended(process)
    assert err == f"check_tcp_health: --on-change for {DEAD} CRITICAL: exit code 7\n"


def test_ctrl_c_leaves_no_child(tmp_path: Path) -> None:
    alert = script(tmp_path, f'echo $$ > "{tmp_path}/pid"; sleep 60 & echo $! >> "{tmp_path}/pid"; wait')
    with watching(f"{DEAD} --interval 0.05 --on-change {alert}") as process:
        assert until(
            lambda: (
                len((tmp_path / "pid").read_text().split()) == 2 if (tmp_path / "pid").exists() else False
            ),
            10,
        )
        assert process.stdout is not None
        for _ in range(5):
            assert process.stdout.readline()  # the probes go on meanwhile
        _, err, _ = ended(process)
    assert err == f"check_tcp_health: --on-change for {DEAD} CRITICAL: ended, because the watch has ended\n"
    pids = (tmp_path / "pid").read_text(encoding="ascii").split()
    assert until(lambda: not any(map(runs, pids)), 10)


def runs(pid: str) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Terminal:
    """A watch on a terminal, started by a shell.

    The shell waits after the watch: when the first process of a terminal ends, the kernel may drop what it has printed.
    """

    def __init__(self, words: str, **environ: str) -> None:
        self.pid, self.descriptor = pty.fork()
        if not self.pid:  # pragma: no cover - the child
            command = shlex.join([sys.executable, str(PLUGIN), "--watch", *shlex.split(words)])
            line = f"trap : INT; {command}; echo exit code $?.; exec cat"
            environ = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", **environ}
            os.execve("/bin/sh", ["sh", "-c", line], environ)  # noqa: S606 - the child of the terminal
        self._data = b""

    @property
    def seen(self) -> str:
        """What the terminal got; the last letter may not be complete."""
        return self._data.decode(errors="replace")

    def wait_for(self, pattern: str) -> str:
        """Read until this is on the terminal; return its first group, or all of it."""
        end = time.monotonic() + 20
        while True:
            found = re.search(pattern, self.seen, re.DOTALL)
            if found:
                return found[found.re.groups]
            assert time.monotonic() < end, self.seen
            self._data += os.read(self.descriptor, 65536)

    def end(self) -> int:
        """Press Ctrl-C and read the rest; return the exit code."""
        os.write(self.descriptor, b"\x03")
        code = self.wait_for(r"exit code (\d+)\.")
        os.close(self.descriptor)  # ends the shell
        os.waitpid(self.pid, 0)
        return int(code)


def test_a_terminal_shows_the_last_minute_and_enter_prints_the_statistics() -> None:
    with listening("--quiet") as listener:
        terminal = Terminal(f"127.0.0.1:{listener.port} --interval 0.2", NO_COLOR="1")
        terminal.wait_for(r"connect.*connect.*[▁-█] +\d")
        os.write(terminal.descriptor, b"\n")
        terminal.wait_for(r"probes, 0 failed.*connect [\d.]+ ms, time")
        assert terminal.end() == 0
    assert len(re.findall("min +avg +max", terminal.seen)) == 2  # on Enter and at the end
    assert "\033[J" in terminal.seen
    assert "\033[3" not in terminal.seen  # no colour


def test_a_failure_on_a_terminal_is_coloured() -> None:
    terminal = Terminal(f"{DEAD} --interval 0.2", NO_COLOR="")
    terminal.wait_for("×")
    assert terminal.end() == 2
    assert coloured("CRITICAL", "CRITICAL") in terminal.seen
    assert "\033[31m×\033[0m" in terminal.seen


def test_a_terminal_without_utf_8_gets_ascii() -> None:
    terminal = Terminal(f"{DEAD} --interval 0.2", LC_ALL="C", NO_COLOR="1")
    terminal.wait_for(r" X+ CRITICAL")
    assert terminal.end() == 2
    assert terminal.seen.isascii()


def test_a_terminal_without_cursor_movement_gets_lines_alone() -> None:
    terminal = Terminal(f"{DEAD} --interval 0.1", TERM="dumb")
    terminal.wait_for("CRITICAL.*CRITICAL")
    assert terminal.end() == 2
    assert "\033" not in terminal.seen


REFUSED = [
    ("--watch db1:22 --count 3", "--count: cannot be combined with --watch"),
    ("--watch db1:22 --wait 3", "--wait: cannot be combined with --watch"),
    ("--watch db1:22 --explain", "--explain: cannot be combined with --watch"),
    ("--watch db1:22 --log-attempts -", "--log-attempts: cannot be combined with --watch"),
    ("--watch db1:22 --perfdata full", "--perfdata: cannot be combined with --watch"),
    (
        "--watch db1:22 --output json",
        "--output: invalid format 'json': with --watch, it must be text, jsonl or csv",
    ),
    (
        "--watch db1:22 --interval 1ms",
        "--interval: invalid interval 0.001: with --watch, it must be at least 10ms",
    ),
    ("db1:22 --on-change true", "--on-change: requires --watch"),
    ("db1:22 --failures-only", "--failures-only: requires --watch"),
    ("db1:22 --output jsonl", "--output: invalid format 'jsonl': requires --watch"),
    ("db1:22 --output csv", "--output: invalid format 'csv': requires --watch"),
    ("db1:22 db2:22", "unexpected argument 'db2:22'"),
    ("--watch " + " ".join(f"db{each}:22" for each in range(21)), "21 targets: --watch takes at most 20"),
]


@pytest.mark.parametrize(("words", "sentence"), REFUSED)
def test_a_wrong_combination_is_refused_by_name(words: str, sentence: str) -> None:
    assert complaint(words).startswith(sentence)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("db1:22 db1:22", "invalid target 'db1:22': given twice"),
        ("db1:22 --on-change 'a \"b'", "option --on-change: invalid command: no closing quotation"),
        ("db1:22 --on-change ''", "option --on-change: invalid command: must not be empty"),
        ("db1:22 --on-change no-such-command", "option --on-change: command not found: 'no-such-command'"),
    ],
)
def test_what_only_the_watch_finds_is_refused_before_the_first_probe(words: str, sentence: str) -> None:
    with watching(words) as process:
        out, err = process.communicate(timeout=30)
    assert out.startswith(f"TCP UNKNOWN - {sentence}")
    assert (err, process.returncode) == ("", 3)


def test_the_names_of_check_tcp_have_no_watch(tmp_path: Path) -> None:
    link = tmp_path / "check_tcp"
    link.symlink_to(PLUGIN)
    done = subprocess.run(
        [sys.executable, str(link), "-H", "127.0.0.1", "-p", "1", "--watch"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("TCP UNKNOWN - --watch: requires the program name check_tcp_health")
    assert done.returncode == 3


def test_further_targets_have_the_same_settings_and_may_be_urls() -> None:
    line = read("--watch https://www1 db1:5432 -t 3")
    assert [values["host"] for values in line.further] == ["db1:5432"]
    assert line.values["tls"]
    assert "tls" not in line.further[0]
    assert line.further[0]["timeout"] == line.values["timeout"]


def test_one_check_loads_nothing_of_the_watch() -> None:
    code = (
        "import sys; from tcp_health_plugins.check.main import main; main(['-H', '127.0.0.2', '-p', '1'], 'check_tcp_health');"
        "print([each for each in sys.modules if each.endswith(('.watch', '.schedule', '.printers', '.observed'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(PLUGIN).parent
    )
    assert done.stdout.endswith("[]\n")
