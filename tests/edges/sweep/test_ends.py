# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What check_tcp_sweep leaves alone: the files of the user, and the clock after a signal or the deadline."""

from __future__ import annotations

import json
import os
import pty
import resource
import signal
import subprocess
import tempfile
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from support.listener_process import listening, until
from support.sweeping import closed_port, rows_file, started, swept, unanswered
from tcp_health_plugins.sweep.sources import temporary_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("output", ["csv:{}", "jsonl:{}", "jsonl:{}/../targets"])
@pytest.mark.parametrize("option", ["", "--exclude"])
def test_an_output_does_not_replace_a_list_of_the_user(tmp_path: Path, output: str, option: str) -> None:
    targets = rows_file(tmp_path, f"127.0.0.1:{closed_port()}")
    (tmp_path / "folder").mkdir()
    named = output.format(tmp_path / ("folder" if "/../" in output else "targets"))
    before = targets.read_bytes()
    done = swept("--output", named, *([option, targets, "-"] if option else [targets]), text="")
    assert done.code == 3
    assert done.err.startswith("check_tcp_sweep: --output: '")
    assert "is a list of targets, which would be replaced\n" in done.err
    assert targets.read_bytes() == before


def test_one_file_with_two_names_is_not_written_twice(tmp_path: Path) -> None:
    targets = rows_file(tmp_path, f"127.0.0.1:{closed_port()}")
    done = swept("--output", "json:./found", "--output", "csv:found", targets, cwd=tmp_path)
    assert done.err.startswith("check_tcp_sweep: --output: 'found' is given twice\n")
    assert not (tmp_path / "found").exists()


def test_sigterm_before_the_end_of_standard_input_leaves_no_file(tmp_path: Path) -> None:
    with started(
        ["-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"TMPDIR": str(tmp_path)},
    ) as process:  # fmt: skip
        # Not any file: tempfile tries the folder with one of its own.
        assert until(lambda: any(tmp_path.glob("check_tcp_sweep.*")), 20)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (3, b"SWEEP UNKNOWN - interrupted before the first check\n")
    assert list(tmp_path.iterdir()) == []


def test_a_signal_while_the_copy_of_standard_input_is_made_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def signalled(*arguments: Any) -> int:
        descriptor = opened(*arguments)
        signal.raise_signal(signal.SIGINT)
        return descriptor

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(os, "open", signalled)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            temporary_file()
    finally:
        signal.signal(signal.SIGINT, before)
    assert list(tmp_path.iterdir()) == []


def test_the_deadline_ends_the_first_check_of_the_witnesses(tmp_path: Path) -> None:
    with unanswered() as silent:
        done = swept(
            "--witness", f"127.0.0.1:{silent}", "--deadline", "0.5", "--output", "jsonl",
            rows_file(tmp_path, f"127.0.0.1:{closed_port()}"),
        )  # fmt: skip
    assert done.code == 3
    assert done.summary["ended"] == "stopped at the deadline"
    assert done.summary["counts"]["not_reached"] == 1
    # Only the second check of the witnesses comes after the deadline, 3 s.
    assert done.summary["end"] - done.summary["start"] < 4.5
    assert "a check of the witnesses was not finished, and has no effect" in done.summary["notes"]


def test_a_signal_ends_the_second_check_of_the_witnesses(tmp_path: Path) -> None:
    with listening("--quiet") as listener, unanswered() as silent:
        good = f"127.0.0.1:{listener.port}"
        words = [
            "--witness",
            good,
            "--witness",
            f"127.0.0.1:{silent}",
            "--output",
            "jsonl",
            rows_file(tmp_path, good),
        ]
        with started(words, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            first = json.loads(process.stdout.readline())  # after the first check of the witnesses
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            rest = process.stdout.read()
            took = time.monotonic() - began
    summary = json.loads(rest.splitlines()[-1])["summary"]
    assert first["state"] == "OK"
    assert (process.returncode, summary["state"], summary["suspicion"]) == (0, "OK", None)
    assert summary["notes"] == ["a check of the witnesses was not finished, and has no effect"]
    assert took < 1


def test_a_file_that_cannot_be_written_makes_the_result_unknown(tmp_path: Path) -> None:
    with listening("--quiet") as listener:
        targets = rows_file(tmp_path, *(f"127.0.0.1:{listener.port} name=n{each}" for each in range(300)))
        done = swept("--output", "plugin", "--output", f"json:{tmp_path}/found", "--output", "table", targets,
                     preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (4096, 4096)))  # fmt: skip
    reason = f"cannot write to {tmp_path}/found: File too large"
    assert done.code == 3
    assert done.out.startswith(f"SWEEP UNKNOWN - {reason}, 300 targets OK|")
    assert f"\nUNKNOWN: {reason}, 300 targets OK\n" in done.out
    assert done.err == f"check_tcp_sweep: {reason}\n"


def test_one_ctrl_d_ends_rows_that_are_typed(tmp_path: Path) -> None:
    terminal, inside = pty.openpty()
    try:
        with started(["-", "--output", "jsonl"], stdin=inside, stdout=subprocess.PIPE,
                     env={"TMPDIR": str(tmp_path)}) as process:  # fmt: skip
            os.write(terminal, f"127.0.0.1:{closed_port()}\n".encode())
            assert until(lambda: any(tmp_path.glob("check_tcp_sweep.*")), 20)
            time.sleep(0.3)  # the row has been read, and the program waits for another one
            os.write(terminal, b"\x04")
            try:
                out, _ = process.communicate(timeout=10)
            finally:
                process.kill()
    finally:
        os.close(terminal)
        os.close(inside)
    assert process.returncode == 2
    assert len(out.splitlines()) == 2
