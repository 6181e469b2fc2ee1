# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A file that does not answer holds no check beyond its time limit."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from support.minting import Authority
from support.named_files import SLACK
from tcp_health_plugins.check.main import main

CHECK = [sys.executable, str(Path(__file__).resolve().parents[3] / "plugins" / "check_tcp_health")]

# The start of Python takes longer on a busy machine; a check that is held ends never.
BUSY = 1.5


def ended(*words: str, stdin: int = subprocess.DEVNULL) -> tuple[int, str, float]:
    """Run a check; return its exit code, its first line, and how long it took."""
    began = time.monotonic()
    done = subprocess.run(
        [*CHECK, *words], stdin=stdin, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.partition("\n")[0], time.monotonic() - began


@pytest.mark.field(54)
def test_a_certificate_that_becomes_a_fifo_during_the_handshake_ends_with_the_time_limit(
    tmp_path: Path,
) -> None:
    """OpenSSL opens the file when the server's certificate arrives, which is after every check of ours."""
    root = Authority("a root")
    files = root.leaf(["localhost"]).write(tmp_path)
    [hashed] = files.folder.iterdir()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.both)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(1, socket.MSG_PEEK)
                hashed.unlink()
                os.mkfifo(hashed)
                try:
                    context.wrap_socket(client, server_side=True)
                except OSError:
                    pass

        threading.Thread(target=serve, daemon=True).start()
        port = str(server.getsockname()[1])
        code, line, seconds = ended(
            "-H", "localhost", "-p", port, "--tls", "--ca-path", str(files.folder), "-t", "1"
        )
    assert (code, line) == (3, f"TCP UNKNOWN - local: {files.folder}: no answer from this file within 1 s")
    assert seconds < 1 + SLACK + BUSY


@pytest.mark.field(54)
def test_standard_input_without_an_end_ends_with_the_time_limit() -> None:
    reading, writing = os.pipe()
    try:
        words = ("-H", "127.0.0.1", "-p", "1", "-t", "0.5", "--extra-opts=x@-")
        code, line, seconds = ended(*words, stdin=reading)
    finally:
        os.close(reading)
        os.close(writing)
    assert (code, line) == (3, "TCP UNKNOWN - local: standard input: no answer from this file within 0.5 s")
    assert seconds < 0.5 + SLACK + BUSY


@pytest.mark.field(54)
def test_standard_input_without_a_limit_is_read_up_to_one() -> None:
    with Path("/dev/zero").open("rb") as zeros:
        code, line, _ = ended("-H", "127.0.0.1", "-p", "1", "--extra-opts=x@-", stdin=zeros.fileno())
    assert (code, line) == (3, "TCP UNKNOWN - --extra-opts: cannot read '-': longer than 65536 bytes")


def test_no_watchdog_is_left_when_the_check_has_ended(tmp_path: Path) -> None:
    """It would end a program that calls main()."""
    before = len([*Path("/proc/self/task").iterdir()])
    for _ in range(3):
        main(["-H", "127.0.0.1", "-p", "1", "--dialogue", str(tmp_path / "missing")], "check_tcp_health")
    end = time.monotonic() + 5
    while len([*Path("/proc/self/task").iterdir()]) > before and time.monotonic() < end:
        time.sleep(0.01)
    assert len([*Path("/proc/self/task").iterdir()]) == before


def test_a_slow_check_that_waits_for_no_file_is_not_ended(tmp_path: Path) -> None:
    """The watchdog runs, because the check names a file, and the server is silent until the limit."""
    words = ("--tls", "--ca-file", str(Authority("a root").leaf(["localhost"]).write(tmp_path).ca))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        code, line, _ = ended("-H", "127.0.0.1", "-p", port, *words, "-t", "0.5")
    assert code == 2
    assert line.startswith("TCP CRITICAL - Socket timeout after 0.5 seconds")


@pytest.mark.field(54)
def test_the_watchdog_ends_no_process_that_goes_on_after_the_check(tmp_path: Path) -> None:
    """A caller may wait for a file of its own later; it ended a worker of the tests."""
    authority = tmp_path / "ca.pem"
    authority.write_bytes(Authority("a root").pem)
    program = (
        "import sys, time; from tcp_health_plugins.check.main import main; from tcp_health.text.files import waiting;"
        "main(sys.argv[1:], 'check_tcp_health'); waiting.append('later'); time.sleep(0.6); print('goes on')"
    )
    plugins = Path(CHECK[1]).parent
    done = subprocess.run(
        [sys.executable, "-c", program, "-H", "127.0.0.1", "-p", "1", "-t", "0.3", "--ca-file", str(authority)],
        cwd=plugins, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "goes on", done
