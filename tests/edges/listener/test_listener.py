# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""tcp_health_listener: its limits, its log, its shutdown and its errors, on real sockets."""

from __future__ import annotations

import os
import re
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from support.listener_clients import GREETING, TIMEOUT, answer, connect, is_refused, read, run, with_files
from support.listener_process import DEFAULTS, PROGRAM, listening, until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


# Every line that the listener may log of its connections.
LINE = re.compile(
    r"Listening on \S+"
    r"|Connection \d+ from 127\.0\.0\.1:\d+"
    r"|Connection \d+ from 127\.0\.0\.1:\d+ [a-z ()0-9.]+: duration [0-9.]+ (us|ms|s), received \d+ bytes, sent \d+ bytes"
    r"|Stopping: \d+ connected, grace period \S+ s"
)


# Its limits.


def test_a_connection_without_a_byte_is_closed_with_a_fin() -> None:
    arguments = ("--behaviour", "echo", "--idle-timeout", "400ms")
    with listening(*arguments) as listener, connect(listener) as sock:
        for _ in range(4):  # bytes keep it alive for longer than the timeout
            time.sleep(0.15)
            sock.sendall(b"x")
            assert sock.recv(1) == b"x"
        began = time.monotonic()
        assert sock.recv(1) == b""
        assert 0.35 < time.monotonic() - began < 2
        sock.close()
        listener.wait_for("closed after 0.4 s without a byte")


def test_further_clients_wait_while_the_most_connections_are_open() -> None:
    with listening("--behaviour", "echo", "--max-connections", "2") as listener, ExitStack() as stack:
        first, second, third = (stack.enter_context(connect(listener)) for _ in range(3))
        third.sendall(b"x")
        third.settimeout(0.3)
        with pytest.raises(socket.timeout):
            third.recv(1)
        before = listener.cpu_seconds(), listener.wakeups()
        time.sleep(0.3)
        assert listener.cpu_seconds() - before[0] < 0.1
        assert listener.wakeups() - before[1] <= 1
        first.close()
        third.settimeout(TIMEOUT)
        assert third.recv(1) == b"x"
        second.sendall(b"y")
        assert second.recv(1) == b"y"
        assert "2 connected, limit reached; new clients wait\n" in listener.log


def test_it_holds_ten_thousand_connections_at_once() -> None:
    wanted = 10_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < wanted + 100:
        pytest.skip(f"this machine allows a process {hard} open files; {wanted} connections need more")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with listening("--behaviour", "silent", "--quiet") as listener, ExitStack() as stack:
            for _ in range(wanted):
                stack.enter_context(connect(listener))
            assert until(lambda: established(listener.port) == wanted), established(listener.port)
            with connect(listener) as one_more:
                one_more.shutdown(socket.SHUT_WR)
                assert one_more.recv(1) == b""
            assert listener.stop() == 0
            assert listener.errors == ""
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def established(port: int) -> int:
    """The established connections of a listening port that a process has accepted, as ss shows them."""
    if not shutil.which("ss"):
        pytest.skip("ss is missing (Debian's iproute2)")
    command = ["ss", "-Htnp", "state", "established", f"( sport = :{port} )"]
    lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    return sum("users:" in line for line in lines)


def test_a_process_without_descriptors_reports_it_backs_off_and_recovers() -> None:
    clients = 60
    with ExitStack() as stack:
        listener = stack.enter_context(listening("--behaviour", "echo", prefix=with_files(32, 32)))
        socks = [stack.enter_context(connect(listener)) for _ in range(clients)]
        listener.wait_for("Cannot accept a connection: Too many open files (limit of this process: 32;")
        before, lines = listener.cpu_seconds(), listener.log.count("Cannot accept")
        time.sleep(2)
        assert listener.cpu_seconds() - before < 0.1  # 0.00 s was seen; a spinning loop takes 2 s
        assert listener.log.count("Cannot accept") - lines < 12  # 5 ms doubled up to 1 s
        socks[0].sendall(b"still served")
        assert socks[0].recv(100) == b"still served"
        for sock in socks[:40]:
            sock.close()
        socks[-1].sendall(b"and again")
        assert socks[-1].recv(100) == b"and again"
        assert listener.errors == ""


def test_a_limit_of_files_below_the_wanted_connections_is_reported_at_the_start() -> None:
    with listening("--max-connections", "5000", prefix=with_files(64, 64)) as listener:
        assert "The limit of open files allows 48 connections, not 5000" in listener.log
        assert answer(listener) == GREETING


def test_the_soft_limit_of_files_is_raised_to_the_hard_one() -> None:
    with listening("--behaviour", "silent", prefix=with_files(32, 128)) as listener, ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(connect(listener))
        assert "Connection 60 from" in listener.wait_for("Connection ", 60)


def test_a_client_that_resets_during_a_pause_is_noticed_at_once() -> None:
    with listening("--behaviour", "slow", "--delay", "60") as listener:
        sock = connect(listener)
        listener.wait_for("Connection 1 ")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
        listener.wait_for("reset by the client: duration ", patience=5)


def test_it_sleeps_while_nothing_happens() -> None:
    with listening("--behaviour", "silent", "--idle-timeout", "60") as listener, connect(listener):
        listener.wait_for("Connection 1 ")
        before = listener.wakeups()
        time.sleep(0.3)
        assert listener.wakeups() - before <= 1


def test_it_works_where_there_is_no_epoll(tmp_path: Path) -> None:
    program = tmp_path / "without_epoll"
    program.write_text(
        f"import select, sys\ndel select.epoll\nsys.path.insert(0, {str(PROGRAM.parent)!r})\n"
        "from tcp_health_plugins.listener.main import main\nsys.exit(main(sys.argv[1:]))\n",
        encoding="utf-8",
    )
    with listening("--behaviour", "slow", "--delay", "300ms", program=program) as listener:
        began = time.monotonic()
        assert answer(listener) == GREETING
        assert 0.29 < time.monotonic() - began < 2
        listener.wait_for(" closed: ")
        before = listener.wakeups()
        with connect(listener):
            time.sleep(0.25)
        assert listener.wakeups() - before < 20
        assert listener.stop() == 0


# The log.


def test_each_connection_is_logged_with_its_peer_and_at_the_close_its_duration() -> None:
    with listening("--behaviour", "slow", "--delay", "200ms") as listener:
        with connect(listener) as sock:
            peer = f"127.0.0.1:{sock.getsockname()[1]}"
            listener.wait_for(f"Connection 1 from {peer}\n")
            sock.sendall(b"abc")
            assert read(sock) == GREETING
        log = listener.wait_for("duration")
    match = re.search(
        rf"Connection 1 from {peer} closed: duration (\d+(?:\.\d+)?) (us|ms|s), received 3 bytes, sent 14 bytes\n",
        log,
    )
    assert match, log
    assert 0.2 <= float(match.group(1)) * {"us": 1e-6, "ms": 1e-3, "s": 1.0}[match.group(2)] < 2


def test_what_clients_send_cannot_forge_a_line_of_the_log() -> None:
    hostile = b"\nListening on 192.0.2.1:1\r\n\x1b[2J\x1b]0;t\x07\0Connection 9 from x\n" + bytes(range(256))
    for behaviour in ("greet", "echo", "silent", "half", "reset"):
        with listening("--behaviour", behaviour) as listener:
            for _ in range(3):
                with suppress(ConnectionError), connect(listener) as sock:
                    sock.sendall(hostile)
                    sock.shutdown(socket.SHUT_WR)
                    read(sock)
            log = listener.wait_for("duration", 3)
        assert all(LINE.fullmatch(line) for line in log.splitlines()), log
        assert len(log.splitlines()) == 7


def test_quiet_logs_the_address_and_no_connections() -> None:
    with listening("--quiet") as listener:
        assert answer(listener) == GREETING
        assert listener.stop() == 0
        assert [line.split()[0] for line in listener.log.splitlines()] == ["Listening", "Stopping:"]


def line_of(process: subprocess.Popen[bytes]) -> bytes:
    """Return the next line from the process's pipe; fail after a timeout."""
    pipe = process.stdout
    assert pipe is not None
    line = b""
    while not line.endswith(b"\n"):
        assert select.select([pipe], [], [], TIMEOUT)[0], "no line came"
        more = os.read(pipe.fileno(), 1)
        assert more, "the pipe ended"
        line += more
    return line


def test_the_log_is_seen_line_by_line_through_a_pipe() -> None:
    with subprocess.Popen([sys.executable, str(PROGRAM), *DEFAULTS], stdout=subprocess.PIPE) as process:
        try:
            port = int(line_of(process).rpartition(b":")[2])
            socket.create_connection(("127.0.0.1", port), TIMEOUT).close()
            assert line_of(process).startswith(b"Connection 1 from 127.0.0.1:")
            assert b"duration" in line_of(process)
        finally:
            process.terminate()


# Shutdown.


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_silently_with_exit_code_0(number: int) -> None:
    with listening("--grace", "30") as listener:
        began = time.monotonic()
        assert listener.stop(number) == 0
        assert time.monotonic() - began < 5
        assert listener.errors == ""


def test_running_connections_may_end_within_the_grace_period_while_new_ones_are_refused() -> None:
    with listening("--behaviour", "slow", "--delay", "600ms", "--grace", "10") as listener:
        with connect(listener) as sock:
            listener.wait_for("Connection 1 ")
            listener.process.terminate()
            listener.wait_for("Stopping: 1 connected, grace period 10 s")
            assert is_refused(listener)
            assert read(sock) == GREETING
        began = time.monotonic()
        assert listener.process.wait(TIMEOUT) == 0
        assert time.monotonic() - began < 4
        assert " closed: duration " in listener.log


def test_connections_that_outlast_the_grace_period_are_closed_with_a_fin() -> None:
    with listening("--behaviour", "slow", "--delay", "60", "--grace", "300ms") as listener:
        with connect(listener) as sock:
            sock.sendall(b"unread data would turn a careless close into a reset")
            listener.wait_for("Connection 1 ")
            began = time.monotonic()
            assert listener.stop() == 0
            assert 0.25 < time.monotonic() - began < 3
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
            assert sock.recv(1) == b""
        assert "closed at the end of the grace period: duration " in listener.log


def test_a_second_signal_ends_the_grace_period() -> None:
    with listening("--behaviour", "silent", "--grace", "60") as listener, connect(listener) as sock:
        listener.wait_for("Connection 1 ")
        listener.process.send_signal(signal.SIGINT)
        listener.wait_for("Stopping")
        assert listener.stop(signal.SIGINT, patience=5) == 0
        assert sock.recv(1) == b""


def test_connected_clients_are_served_before_the_port_closes() -> None:
    with listening("--behaviour", "greet", "--grace", "10", "--quiet") as listener, ExitStack() as stack:
        os.kill(listener.pid, signal.SIGSTOP)
        socks = [stack.enter_context(connect(listener)) for _ in range(200)]
        os.kill(listener.pid, signal.SIGTERM)
        os.kill(listener.pid, signal.SIGCONT)
        for sock in socks:
            assert read(sock) == GREETING
            sock.close()
        assert listener.process.wait(TIMEOUT) == 0


def test_ctrl_c_at_a_terminal_leaves_no_traceback() -> None:
    leader, follower = os.openpty()
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), *DEFAULTS],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    ) as process:
        os.close(follower)
        seen = os.read(leader, 1000)
        assert seen.startswith(b"Listening on 127.0.0.1:")
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT) == 0
        assert os.read(leader, 1000) == b"Stopping: 0 connected, grace period 0 s\r\n"
    os.close(leader)


# Errors.


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock.getsockname()[1]


def test_a_port_in_use_is_one_message_and_exit_code_1() -> None:
    with taken_port() as port:
        ended = run("--bind", "127.0.0.1", "--port", str(port))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert (
        ended.stderr == f"tcp_health_listener: cannot listen on 127.0.0.1:{port}: Address already in use.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--bind", "192.0.2.1"], "cannot listen on 192.0.2.1:0: Cannot assign requested address."),
        (["--bind", "300.1.1.1"], "cannot listen on 300.1.1.1:0: "),
        (["--bind", "127.0.0.1:80"], "cannot listen on [127.0.0.1:80]:0: "),
        (["--bind", "::1", "--network", "tcp4"], "cannot listen on [::1]:0: "),
        (["--bind", "127.0.0.1", "--network", "tcp6"], "cannot listen on 127.0.0.1:0: "),
        (["--bind", "a" * 64 + ".invalid"], f"cannot listen on {'a' * 64}.invalid:0: "),
    ],
)
def test_an_invalid_address_is_one_message_and_exit_code_1(arguments: list[str], sentence: str) -> None:
    ended = run(*arguments)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"tcp_health_listener: {sentence}")
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.endswith(".\n")


def test_a_missing_permission_is_one_message_and_exit_code_1() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text(encoding="ascii"))
    if first <= 1:
        pytest.skip("this machine lets every user bind every port (ip_unprivileged_port_start)")
    prefix = []
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("setpriv is missing (Debian's util-linux), and root may bind every port")
        prefix = ["setpriv", "--bounding-set", "-net_bind_service"]
    ended = run("--bind", "127.0.0.1", "--port", "1", prefix=prefix)
    assert ended.returncode == 1
    assert ended.stderr == (
        "tcp_health_listener: cannot listen on 127.0.0.1:1: Permission denied"
        f" (ports below {first} require root or CAP_NET_BIND_SERVICE).\n"
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--bind", "127.0.0.1"]], ids=["help", "log"])
def test_a_full_disk_is_one_message_and_exit_code_1(arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = run(*arguments, stdout=full)
    assert ended.returncode == 1
    assert ended.stderr == "tcp_health_listener: cannot write to standard output: No space left on device.\n"


@pytest.mark.parametrize("arguments", [["--help"], ["--bind", "127.0.0.1"]], ids=["help", "log"])
def test_a_closed_pipe_ends_it_without_a_message(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = run(*arguments, stdout=writer)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (1, "")


def test_a_reader_of_the_log_that_closes_the_pipe_ends_it_without_a_message() -> None:
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), *DEFAULTS], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        port = int(line_of(process).rpartition(b":")[2])
        process.stdout.close()  # type: ignore[union-attr]
        socket.create_connection(("127.0.0.1", port), TIMEOUT).close()
        assert process.wait(TIMEOUT) == 1
        assert process.stderr.read() == b""  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "de_DE.UTF-8"},
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
        {"PYTHONOPTIMIZE": "1"},
        {"PYTHONIOENCODING": "ascii"},
    ],
    ids="-".join,
)
def test_the_environment_changes_nothing(environment: dict[str, str]) -> None:
    with listening("--greeting", "grüß", env={**os.environ, **environment}) as listener:
        assert answer(listener) == "grüß".encode()
        listener.wait_for(": duration ")
        assert listener.stop() == 0
        assert listener.errors == ""


def test_it_serves_with_its_standard_streams_closed() -> None:
    with taken_port() as port:
        pass
    arguments = ["--bind", "127.0.0.1", "--port", str(port)]
    command = 'exec "$@" <&- >&- 2>&-'
    with subprocess.Popen(
        ["/bin/sh", "-c", command, "sh", sys.executable, str(PROGRAM), *arguments]
    ) as process:
        try:
            assert until(lambda: can_connect(port), process=process)
            with socket.create_connection(("127.0.0.1", port), TIMEOUT) as sock:
                assert read(sock) == GREETING
        finally:
            process.terminate()
        assert process.wait(TIMEOUT) == 0


def can_connect(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def test_it_runs_by_its_own_first_line_and_through_a_link_from_another_folder(tmp_path: Path) -> None:
    link = tmp_path / "listener"
    link.symlink_to(PROGRAM)
    ended = subprocess.run([str(link), "--version"], cwd=tmp_path, stdout=subprocess.PIPE, check=True)
    assert ended.stdout.startswith(b"tcp_health_listener ")
    with listening(program=link, cwd=tmp_path) as listener:
        assert answer(listener) == GREETING
