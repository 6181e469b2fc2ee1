# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Streams of lines: whole lines only, no wait for a slow reader, and one reason when writing fails."""

from __future__ import annotations

import io
import os
import resource
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.sweeping import ROOT
from tcp_health_plugins.sweep.streams import BACKLOG, PIECE, Stream, StreamError, new_file, write_whole

if TYPE_CHECKING:
    from pathlib import Path

LINE = "x" * 150 + "\n"


def test_a_full_pipe_does_not_wait_and_its_lines_stay_whole() -> None:
    reader, writer = os.pipe()
    stream = Stream(writer, "a pipe")
    for _ in range(2 * BACKLOG // len(LINE)):
        stream.write(LINE)
        stream.flush()
    assert stream.waiting > BACKLOG
    read = os.read(reader, 1 << 20)
    assert read.endswith(b"\n")
    assert set(read.splitlines()) == {LINE.strip().encode()}
    stream.flush()
    assert 0 < len(os.read(reader, 1 << 20)) <= 1 << 20
    os.close(reader)
    stream.close()


def test_the_end_waits_for_the_reader() -> None:
    script = "import sys, time; time.sleep(0.5); print(len(sys.stdin.read().splitlines()))"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as slow:
        assert slow.stdin is not None
        stream = Stream(os.dup(slow.stdin.fileno()), "a pipe")
        for _ in range(10_000):
            stream.write(LINE)
        stream.flush(wait=True)
        stream.close()
        assert slow.communicate()[0] == b"10000\n"
    assert stream.waiting == 0


def test_a_line_that_is_longer_than_a_piece_is_written(tmp_path: Path) -> None:
    stream = new_file(str(tmp_path / "rows"))
    stream.write("y" * (3 * PIECE) + "\n")
    stream.write(LINE)
    stream.flush()
    stream.close()
    assert (tmp_path / "rows").read_text() == "y" * (3 * PIECE) + "\n" + LINE


def test_a_non_blocking_descriptor_loses_nothing() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    stream = Stream(writer, "a pipe")
    for _ in range(1000):
        stream.write(LINE)
    stream.flush()
    got = b""
    while stream.waiting:
        got += os.read(reader, 1 << 16)
        stream.flush()
    stream.close()
    while part := os.read(reader, 1 << 16):
        got += part
    assert got == LINE.encode() * 1000
    os.close(reader)


def test_a_file_that_cannot_grow_keeps_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    script = (
        "import resource, signal, sys; sys.path.insert(0, 'plugins')\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "from tcp_health_plugins.sweep.streams import StreamError, new_file\n"
        f"stream = new_file({str(path)!r})\n"
        "try:\n"
        "    for _ in range(100):\n"
        f"        stream.write({LINE!r}); stream.flush()\n"
        "    stream.write('z' * 5000 + chr(10)); stream.flush()\n"
        "except StreamError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"cannot write to {path}: File too large\n"
    text = path.read_text()
    assert text.endswith("\n")
    assert set(text.splitlines()) == {LINE.strip()}


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    kept = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(StreamError, match=r"cannot write to .*/out: File too large"):
            write_whole(str(path), io.BytesIO(b"x" * 1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, kept)
    assert path.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["out"]
    write_whole(str(path), io.BytesIO(b"after"))
    assert path.read_text() == "after"


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("of another program")
    (tmp_path / "rows").symlink_to(tmp_path / "other")
    with pytest.raises(StreamError, match="it is not a regular file"):
        new_file(str(tmp_path / "rows"))
    assert (tmp_path / "other").read_text() == "of another program"
