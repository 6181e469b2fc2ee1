# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""--log-attempts: a line for each attempt as soon as it ends, in a file or on standard error."""

from __future__ import annotations

import json
import os
import re
import resource
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.listener_process import listening, until

CHECK = [
    sys.executable,
    str(Path(__file__).resolve().parents[3] / "plugins" / "check_tcp_health"),
    "-H",
    "127.0.0.1",
]
LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (\d+) (ok|failed) (\d+\.\d{6}) 127\.0\.0\.1:\d+ (.+)"
)


def ended(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a check."""
    return subprocess.run(  # type: ignore[call-overload,no-any-return]  # options are subprocess.run's own
        [*CHECK, *words], check=False, **{"capture_output": True, "text": True, "timeout": 30, **options}
    )


@pytest.fixture
def dead() -> object:
    """A port that refuses: it is bound, and nothing listens on it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield str(taken.getsockname()[1])


@pytest.fixture
def alive() -> object:
    with listening() as listener:
        yield str(listener.port)


def test_each_attempt_is_a_line_with_time_number_result_seconds_and_message(
    tmp_path: Path, dead: str
) -> None:
    log = tmp_path / "log"
    done = ended("-p", dead, "--retries", "2", "--retry-delay", "1ms", "--log-attempts", str(log))
    assert (done.returncode, done.stderr) == (2, "")
    lines = [LINE.fullmatch(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [line and line.group(1, 2) for line in lines] == [
        ("1", "failed"),
        ("2", "failed"),
        ("3", "failed"),
    ]
    assert {line and line.group(4) for line in lines} == {"refused (Connection refused), connect"}


def test_a_healthy_check_is_a_line_and_its_output_is_unchanged(tmp_path: Path, alive: str) -> None:
    log = tmp_path / "log"
    plain = ended("-p", alive, "-e", "Hello")
    done = ended("-p", alive, "-e", "Hello", "--log-attempts", str(log))
    assert (done.returncode, done.stderr) == (0, "")
    masked = [re.sub(r"\d+\.\d+", "T", each.stdout) for each in (plain, done)]
    assert masked[0] == masked[1]
    [line] = log.read_text(encoding="utf-8").splitlines()
    found = LINE.fullmatch(line)
    assert found
    assert found.group(1, 2, 4) == ("1", "ok", "received 14 bytes")
    assert 0 < float(found.group(3)) < 1


def test_a_dash_is_standard_error_and_standard_output_stays_the_result(alive: str) -> None:
    done = ended("-p", alive, "--count", "3", "--interval", "1ms", "--log-attempts", "-")
    assert [line.split()[1:3] for line in done.stderr.splitlines()] == [["1", "ok"], ["2", "ok"], ["3", "ok"]]
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert done.stdout.startswith("TCP OK - ")


def test_repetitions_and_probes_are_counted_together(dead: str) -> None:
    words = ("--wait", "2", "--wait-interval", "0.1", "--log-attempts", "-")
    done = ended("-p", dead, *words)
    numbers = [int(line.split()[1]) for line in done.stderr.splitlines()]
    assert len(numbers) > 1
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_line_is_written_when_the_attempt_ends_and_not_with_the_result(tmp_path: Path, dead: str) -> None:
    log = tmp_path / "log"
    words = [
        *CHECK,
        "-p",
        dead,
        "--retries",
        "1",
        "--retry-delay",
        "20",
        "-t",
        "60",
        "--log-attempts",
        str(log),
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        try:
            assert until(lambda: log.exists() and log.read_bytes().endswith(b"\n"), 20, process)
            assert process.poll() is None
        finally:
            process.kill()


def test_several_checks_append_whole_lines_to_one_file(tmp_path: Path, alive: str) -> None:
    log = tmp_path / "log"
    log.write_text("a line of before\n", encoding="utf-8")
    words = [*CHECK, "-p", alive, "--count", "50", "--interval", "1ms", "--log-attempts", str(log)]
    running = [subprocess.Popen(words, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [each.wait(30) for each in running] == [0, 0, 0]
    first, *lines = log.read_text(encoding="utf-8").splitlines()
    assert first == "a line of before"
    assert len(lines) == 150
    assert all(map(LINE.fullmatch, lines))


def test_a_new_file_has_the_mode_of_the_umask(tmp_path: Path, alive: str) -> None:
    log = tmp_path / "log"
    ended("-p", alive, "--log-attempts", str(log), umask=0o027)
    assert stat.S_IMODE(log.stat().st_mode) == 0o640


def test_no_link_is_followed_and_no_device_or_pipe_is_opened(tmp_path: Path, alive: str) -> None:
    target = tmp_path / "target"
    target.write_text("unchanged", encoding="utf-8")
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "dangling").symlink_to(tmp_path / "new")
    (tmp_path / "hard").hardlink_to(target) if sys.version_info >= (3, 10) else os.link(
        target, tmp_path / "hard"
    )
    os.mkfifo(tmp_path / "fifo")
    reasons = {
        "link": "is a symbolic link, which is not followed",
        "dangling": "is a symbolic link, which is not followed",
        "hard": "has another name (a hard link)",
        "fifo": "not a regular file",
        "": "names no file",
        ".": "Is a directory",
        "missing/log": "No such file or directory",
    }
    for name, reason in reasons.items():
        path = f"{tmp_path}/{name}"
        done = ended("-p", alive, "--log-attempts", path)
        assert (done.returncode, done.stderr) == (0, ""), name
        first, second = done.stdout.splitlines()
        assert first.startswith("TCP OK - ")
        assert second == f"--log-attempts {path}: {reason}"
    assert target.read_text(encoding="utf-8") == "unchanged"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("state", "code"), [("alive", 0), ("dead", 2)])
def test_a_full_disk_is_one_line_below_a_result_that_stays(
    tmp_path: Path, state: str, code: int, request: pytest.FixtureRequest
) -> None:
    """A limit of the size of files stops the log after its first bytes, as a full disk does."""
    port, log = request.getfixturevalue(state), tmp_path / "log"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    words = ("--count", "4", "--interval", "1ms", "--log-attempts", str(log))
    done = ended("-p", port, *words, preexec_fn=limit)
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.count(f"\n--log-attempts {log}: File too large\n") == 1
    assert done.stdout.count("--log-attempts") == 1
    assert log.stat().st_size == 100


def test_a_full_or_closed_standard_error_is_one_line_too(alive: str) -> None:
    words = ("--log-attempts", "-", "--count", "2", "--interval", "1ms")
    with Path("/dev/full").open("wb") as full:
        done = ended("-p", alive, *words, capture_output=False, stdout=subprocess.PIPE, stderr=full)
    assert done.returncode == 0
    assert done.stdout.splitlines()[1:] == ["--log-attempts -: No space left on device"]
    closed = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" 2>&-', "sh", *CHECK, "-p", alive, *words],
        stdout=subprocess.PIPE, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert closed.returncode == 0
    assert closed.stdout.splitlines()[1:] == ["--log-attempts -: it is closed"]


def test_json_stays_a_document_and_the_reason_is_on_standard_error(tmp_path: Path, alive: str) -> None:
    done = ended("-p", alive, "--output", "json", "--log-attempts", str(tmp_path))
    assert json.loads(done.stdout)["state"] == "OK"
    assert done.stderr == f"check_tcp_health: --log-attempts {tmp_path}: Is a directory\n"


def test_what_a_server_sends_forges_no_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with listening("--greeting", r"x\n2026-01-01T00:00:00.000Z 2 ok\n") as listener:
        ended("-p", str(listener.port), "-e", "nope", "--expect-timeout", "10ms", "--log-attempts", str(log))
    [line] = log.read_text(encoding="utf-8").splitlines()
    assert LINE.fullmatch(line)


def test_a_plain_check_loads_no_log(alive: str) -> None:
    code = f"import sys; from tcp_health_plugins.check.main import main; main(['127.0.0.1', '{alive}'], 'check_tcp_health'); sys.exit('tcp_health_plugins.check.attempt_log' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(CHECK[1]).parent, capture_output=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_time_is_that_of_the_end_in_utc(alive: str) -> None:
    began = time.time()
    done = ended("-p", alive, "--log-attempts", "-", env={**os.environ, "TZ": "Asia/Tokyo"})
    stamp = done.stderr.split()[0]
    seconds = float(
        f"{int(time.mktime(time.strptime(stamp[:19], '%Y-%m-%dT%H:%M:%S'))) - time.timezone}{stamp[19:-1]}"
    )
    assert began - 0.002 <= seconds <= time.time()
