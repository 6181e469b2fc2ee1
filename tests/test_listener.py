# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""tcp_health_listener: every behaviour, its limits and its ends, on real sockets."""

from __future__ import annotations

import os
import re
import resource
import select
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import fields
from pathlib import Path

import pytest

from listener_process import DEFAULTS, PROGRAM, listening, until
from tcp_health_plugins.common.usage import UsageError
from tcp_health_plugins.listener.behaviours import BEHAVIOURS, Behaviour
from tcp_health_plugins.listener.connection import WRITE, Connection
from tcp_health_plugins.listener.main import main
from tcp_health_plugins.listener.options import Options, options, parser, unescape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import IO

    from listener_process import ListenerProcess
    from tcp_health_plugins.listener.behaviours import Script

GREETING = b"Hello, client!"
TIMEOUT = 10.0  # of a test's own sockets: nothing here takes so long, so it means a hang

# Every line that the listener may log of its connections.
LINE = re.compile(
    r"Listening on \S+"
    r"|Connection \d+ from 127\.0\.0\.1:\d+"
    r"|Connection \d+ from 127\.0\.0\.1:\d+ [a-z ()0-9.]+: duration \d+\.\d{3} s, received \d+ bytes, sent \d+ bytes"
    r"|Stopping: \d+ connected, grace period \S+ s"
)


def connect(listener: ListenerProcess, host: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection((host, listener.port), TIMEOUT)


@pytest.fixture(autouse=True)
def _buffered_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the listener's output be buffered as it is by default, whatever the caller's environment says."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


def read(sock: socket.socket) -> bytes:
    """Everything until end of file."""
    data = b""
    while True:
        more = sock.recv(65536)
        if not more:
            return data
        data += more


def answer(listener: ListenerProcess, host: str = "127.0.0.1") -> bytes:
    with connect(listener, host) as sock:
        return read(sock)


def is_reset(listener: ListenerProcess) -> bool:
    try:
        return answer(listener) is None
    except ConnectionResetError:
        return True


def is_refused(listener: ListenerProcess) -> bool:
    try:
        connect(listener).close()
    except ConnectionRefusedError:
        return True
    return False


def run(
    *arguments: str,
    prefix: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    stdout: int | IO[bytes] = subprocess.PIPE,
) -> subprocess.CompletedProcess[str]:
    """The executable, for those command lines that end by themselves."""
    return subprocess.run(
        [*prefix, sys.executable, str(PROGRAM), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=env,
        text=True,
        timeout=20,
        check=False,
    )


def with_files(soft: int, hard: int) -> list[str]:
    """A command's prefix that limits its open files."""
    return ["/bin/sh", "-c", f'ulimit -Sn {soft} && ulimit -Hn {hard} && exec "$@"', "sh"]


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[None]:
    """`work` in a thread, as long as the block; the end of its socket ends it."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    thread.join(TIMEOUT)
    assert not thread.is_alive()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")


# What connections meet.


def test_it_greets_and_closes() -> None:
    with listening() as listener:
        assert answer(listener) == GREETING


def test_the_greeting_is_sent_as_it_is_with_escapes_replaced_and_nothing_added() -> None:
    with listening("--greeting", r"220 caf\xc3\xa9\r\n\0\\n") as listener:
        assert answer(listener) == b"220 caf\xc3\xa9\r\n\x00\\n"


def test_a_client_that_speaks_first_gets_the_greeting_and_end_of_file_rather_than_a_reset() -> None:
    with listening() as listener, connect(listener) as sock:
        sock.sendall(b"x" * 100_000)
        time.sleep(0.1)
        sock.sendall(b"more after the listener's FIN")
        assert read(sock) == GREETING


def test_a_client_that_never_closes_is_let_go_after_the_linger() -> None:
    with listening() as listener, connect(listener) as sock:
        began = time.monotonic()
        assert read(sock) == GREETING
        listener.wait_for("closed (the client did not close within 5 s)")
        assert 4.5 < time.monotonic() - began < 8


def test_echo_returns_every_byte_until_the_client_ends() -> None:
    sent = os.urandom(12_000_000)
    with listening("--behaviour", "echo") as listener, connect(listener) as sock:

        def send() -> None:
            sock.sendall(sent)
            sock.shutdown(socket.SHUT_WR)

        with beside(send):
            time.sleep(0.3)  # until the buffers are full, so that the listener sends in parts
            received = read(sock)
    assert received == sent


def test_a_silent_listener_reads_says_nothing_and_ends_with_the_client() -> None:
    with listening("--behaviour", "silent") as listener, connect(listener) as sock:
        sock.sendall(b"anybody there?")
        sock.settimeout(0.2)
        with pytest.raises(socket.timeout):
            sock.recv(1)
        sock.settimeout(TIMEOUT)
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(1) == b""
        log = listener.wait_for("closed by the client")
        assert "received 14 bytes, sent 0 bytes" in log


def test_close_is_end_of_file_without_a_byte() -> None:
    with listening("--behaviour", "close") as listener:
        assert answer(listener) == b""


def test_reset_is_a_reset() -> None:
    with listening("--behaviour", "reset") as listener:
        assert is_reset(listener)
        listener.wait_for(" reset: duration ")


def test_slow_waits_before_the_greeting() -> None:
    with listening("--behaviour", "slow", "--delay", "300ms") as listener, connect(listener) as sock:
        began = time.monotonic()
        assert sock.recv(1) == GREETING[:1]
        assert 0.29 < time.monotonic() - began < 2
        assert read(sock) == GREETING[1:]


def test_a_drip_comes_byte_by_byte() -> None:
    arguments = ("--behaviour", "drip", "--delay", "5ms", "--greeting", "drop" * 15)
    with listening(*arguments) as listener, connect(listener) as sock:
        began = time.monotonic()
        time.sleep(0.2)  # a client that does not read delays its ACKs, for which Nagle's algorithm would wait
        assert read(sock) == b"drop" * 15
        assert 59 * 0.005 < time.monotonic() - began < 3
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    # linux/tcp.h, struct tcp_info: tcpi_data_segs_in; the FIN and segments sent twice may be among them.
    assert struct.unpack_from("=I", info, 152)[0] >= 60


def test_a_flood_repeats_the_greeting_without_an_end() -> None:
    with listening("--behaviour", "flood") as listener, connect(listener) as sock:
        time.sleep(0.3)  # until the buffers are full, so that the listener sends in parts
        data = b""
        while len(data) < 12_000_000:
            data += sock.recv(65536)
    assert data == (GREETING * (len(data) // len(GREETING) + 1))[: len(data)]


def test_a_turn_of_a_connection_is_a_few_steps_even_if_its_client_takes_everything() -> None:
    def endless() -> Script:
        while True:
            yield b"x"

    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0)
        connection = Connection(ours, ("peer", 0), 1, endless(), now=0.0)
        connection.start(0.0)
        assert 1 <= connection.sent < 10
        assert connection.interest == WRITE


def test_a_flood_that_nobody_reads_or_that_is_read_fast_holds_up_no_other_client() -> None:
    with listening("--behaviour", "flood") as listener, connect(listener), connect(listener) as fast:

        def read_fast() -> None:
            with suppress(OSError):
                while fast.recv(1_000_000):
                    pass

        with beside(read_fast):
            for _ in range(5):
                with connect(listener) as sock:
                    began = time.monotonic()
                    assert sock.recv(1)
                    assert time.monotonic() - began < 1
            fast.shutdown(socket.SHUT_RDWR)


def test_half_sends_a_fin_and_goes_on_reading() -> None:
    with listening("--behaviour", "half") as listener:
        with connect(listener) as sock:
            assert read(sock) == GREETING
            time.sleep(0.1)
            for _ in range(10):  # had the listener closed, the second of these would be reset
                sock.sendall(b"0123456789")
                time.sleep(0.01)
        assert "received 100 bytes, sent 14 bytes" in listener.wait_for("closed by the client")


@pytest.mark.parametrize(
    ("percent", "reset"),
    [(0, ""), (25, "4 8 12"), (50, "2 4 6 8 10 12"), (100, "1 2 3 4 5 6 7 8 9 10 11 12")],
)
def test_the_refused_ones_are_spread_evenly(percent: int, reset: str) -> None:
    with listening("--behaviour", f"refuse-some={percent}%") as listener:
        seen = [number for number in range(1, 13) if is_reset(listener)]
    assert " ".join(map(str, seen)) == reset


def test_of_a_hundred_connections_exactly_the_share_is_refused_and_the_rest_meet_the_other_behaviour() -> (
    None
):
    with listening("--behaviour", "close,refuse-some=37%", "--quiet") as listener:
        assert sum(is_reset(listener) for _ in range(100)) == 37
        assert answer(listener) == b""


# The port.


def test_the_bound_address_is_the_first_line() -> None:
    with listening() as listener:
        assert listener.log == f"Listening on 127.0.0.1:{listener.port}\n"
        assert listener.port > 0


@needs_ipv6
def test_an_ipv6_address_is_written_in_brackets_and_read_with_or_without_them() -> None:
    for word in ("::1", "[::1]"):
        with listening("--bind", word) as listener:
            assert listener.log == f"Listening on [::1]:{listener.port}\n"
            assert answer(listener, "::1") == GREETING
            listener.wait_for("Connection 1 from [::1]:")


@needs_ipv6
def test_without_an_address_all_interfaces_of_both_families_answer() -> None:
    with listening("--bind", "") as listener:
        assert listener.log.startswith("Listening on [::]:")
        assert (
            answer(listener, "127.0.0.1")
            == answer(listener, "127.0.0.2")
            == answer(listener, "::1")
            == GREETING
        )
        listener.wait_for("Connection 1 from 127.0.0.1:")


@needs_ipv6
@pytest.mark.parametrize(
    ("network", "host", "other"), [("tcp4", "127.0.0.1", "::1"), ("tcp6", "::1", "127.0.0.1")]
)
def test_a_network_of_one_family_does_not_answer_in_the_other(network: str, host: str, other: str) -> None:
    with listening("--bind", "", "--network", network) as listener:
        assert answer(listener, host) == GREETING
        with pytest.raises(ConnectionRefusedError):
            connect(listener, other)


def test_a_name_can_be_bound() -> None:
    with listening("--bind", "localhost") as listener:
        assert listener.host == "127.0.0.1"
        assert answer(listener) == GREETING


def test_a_flapping_port_is_refused_while_down_and_comes_back_on_the_same_port() -> None:
    with listening("--flap", "400ms:400ms", "--behaviour", "silent") as listener, connect(listener) as kept:
        for _ in range(2):
            assert until(lambda: is_refused(listener))
            assert until(lambda: not is_refused(listener))
        assert listener.log.count(f"Listening on 127.0.0.1:{listener.port}\n") >= 3
        assert listener.log.count(f"Closed 127.0.0.1:{listener.port} for 0.4 s\n") >= 2
        kept.sendall(b"x")  # a connection outlives the port
        kept.shutdown(socket.SHUT_WR)
        assert kept.recv(1) == b""


def test_nobody_else_gets_the_port_while_it_is_down() -> None:
    with listening("--flap", "50ms:10s") as listener:
        listener.wait_for("Closed ")
        with socket.socket() as sock, pytest.raises(OSError, match="in use"):
            sock.bind(("127.0.0.1", listener.port))


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


def test_an_exhausted_process_says_so_backs_off_without_spinning_and_recovers() -> None:
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


def test_a_limit_of_files_below_the_wanted_connections_is_said_at_the_start() -> None:
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
        rf"Connection 1 from {peer} closed: duration (\d\.\d\d\d) s, received 3 bytes, sent 14 bytes\n", log
    )
    assert match, log
    assert 0.2 <= float(match.group(1)) < 2


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
    """The next line from the process's pipe; it fails rather than hang when none comes."""
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


# The end.


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


def test_what_still_runs_after_the_grace_period_is_closed_with_a_fin() -> None:
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


def test_clients_whose_handshake_is_over_are_served_before_the_port_closes() -> None:
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


# Failures.


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock.getsockname()[1]


def test_a_port_in_use_is_one_sentence_and_exit_code_1() -> None:
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
def test_a_bad_address_is_one_sentence_and_exit_code_1(arguments: list[str], sentence: str) -> None:
    ended = run(*arguments)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"tcp_health_listener: {sentence}")
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.endswith(".\n")


def test_a_missing_permission_is_one_sentence_and_exit_code_1() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text(encoding="ascii"))
    if first <= 1:
        pytest.skip("this machine lets everybody have every port (ip_unprivileged_port_start)")
    prefix = []
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("setpriv is missing (Debian's util-linux), and root may have every port")
        prefix = ["setpriv", "--bounding-set", "-net_bind_service"]
    ended = run("--bind", "127.0.0.1", "--port", "1", prefix=prefix)
    assert ended.returncode == 1
    assert ended.stderr == (
        "tcp_health_listener: cannot listen on 127.0.0.1:1: Permission denied"
        f" (ports below {first} require root or CAP_NET_BIND_SERVICE).\n"
    )


WRONG = [
    (["--port", "65536"], "--port: invalid port '65536': must be a whole number from 0 to 65535"),
    (["--port", "-1"], "--port: invalid port '-1': must be a whole number from 0 to 65535"),
    (["--port", "٣"], "--port: invalid port '\\u0663': must be a whole number from 0 to 65535"),
    (["--port"], "--port: expected one argument"),
    (["--network", "udp"], "--network: invalid network 'udp': must be tcp, tcp4 or tcp6"),
    (["--bind", "a b"], "--bind: invalid address 'a b': must be an IP address or a host name"),
    (["--bind", "[]"], "--bind: invalid address '[]': must be an IP address or a host name"),
    (["--greeting", "\\q"], "--greeting: invalid escape '\\\\q': must be \\r, \\n, \\t, \\0, \\\\ or \\xHH"),
    (["--greeting", "end\\"], "--greeting: invalid escape '\\\\': must be \\r, \\n, \\t, \\0, \\\\ or \\xHH"),
    (
        ["--behaviour", "dance"],
        "--behaviour: invalid behaviour 'dance': must be greet, echo, silent, close, reset, slow, drip,",
    ),
    (["--behaviour", ""], "--behaviour: invalid behaviour '': must be greet,"),
    (["--behaviour", "refuse-some"], "--behaviour: invalid behaviour 'refuse-some': must be greet,"),
    (
        ["--behaviour", "echo,slow"],
        "--behaviour: invalid behaviour 'echo,slow': must be at most one behaviour and one refuse-some=N%",
    ),
    (
        ["--behaviour", "refuse-some=101%"],
        "--behaviour: invalid refuse-some '101': must be a whole number from 0% to 100%",
    ),
    (
        ["--behaviour", "refuse-some=x"],
        "--behaviour: invalid refuse-some 'x': must be a whole number from 0% to 100%",
    ),
    (
        ["--behaviour", "flood", "--greeting", ""],
        "invalid --greeting '': must not be empty with --behaviour flood",
    ),
    (["--delay", "soon"], "--delay: 'soon' is not a number with an optional unit (us, ms, s, m, h)"),
    (["--delay=-1"], "--delay: '-1' is a negative duration"),
    (["--flap", "5s"], "--flap: invalid schedule '5s': must be two durations, as in 5s:2s"),
    (["--flap", "0:1"], "--flap: invalid schedule '0:1': both durations must be at least 10ms"),
    (["--idle-timeout", "nan"], "--idle-timeout: 'nan' is not a number"),
    (
        ["--max-connections", "0"],
        "--max-connections: invalid number '0': must be a whole number from 1 to 1000000",
    ),
    (["--grace", "1e3"], "--grace: '1e3' is not a number"),
    (["--por", "1"], "unrecognized arguments: --por 1"),
    (["127.0.0.1\n\x1b[31m"], "unrecognized arguments: 127.0.0.1\\n\\x1b[31m"),
]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    WRONG,
    ids=[" ".join(row[0]).encode("unicode_escape").decode() for row in WRONG],
)
def test_wrong_arguments_are_one_sentence_that_names_the_option(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 3
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith(f"tcp_health_listener: {sentence}")
    assert error.endswith(". See tcp_health_listener --help.\n")
    assert error.count("\n") == 1


def test_wrong_arguments_end_the_process_with_exit_code_3() -> None:
    ended = run("--port", "x")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (3, "", 1)


def test_the_help_names_every_option_and_shows_examples_that_the_parser_takes() -> None:
    ended = run("--help", env={**os.environ, "COLUMNS": "80"})
    assert (ended.returncode, ended.stderr) == (0, "")
    wanted = [
        "bind",
        "port",
        "network",
        "greeting",
        "behaviour",
        "delay",
        "flap",
        "idle-timeout",
        "max-connections",
        "grace",
        "quiet",
    ]
    assert all(f"\n  --{word} " in ended.stdout for word in wanted)
    assert max(map(len, ended.stdout.splitlines())) <= 80
    examples = re.findall(r"^  tcp_health_listener (.+)$", ended.stdout, re.MULTILINE)
    assert len(examples) == 3
    for example in examples:
        options(parser().parse_args(shlex.split(example)))


def test_its_page_has_every_option_and_every_behaviour_and_its_examples_are_valid() -> None:
    page = (PROGRAM.parent.parent / "docs" / "tcp_health_listener.md").read_text(encoding="utf-8")
    for field in fields(Options):
        assert f"`--{field.name.replace('_', '-')}" in page
    for name in BEHAVIOURS:
        assert f"\n| `{name}` | " in page
    examples = re.findall(r"`tcp_health_listener (-.+?)` \|$", page, re.MULTILINE)
    assert len(examples) == len(BEHAVIOURS) + 1
    for example in examples:
        options(parser().parse_args(shlex.split(example)))


def test_the_version_is_printed() -> None:
    ended = run("--version")
    assert ended.returncode == 0
    assert re.fullmatch(r"tcp_health_listener \d+\.\d+\.\d+\S*\n", ended.stdout)


@pytest.mark.parametrize("arguments", [["--help"], ["--bind", "127.0.0.1"]], ids=["help", "log"])
def test_a_full_disk_is_one_sentence_and_exit_code_1(arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = run(*arguments, stdout=full)
    assert ended.returncode == 1
    assert ended.stderr == "tcp_health_listener: cannot write to standard output: No space left on device.\n"


@pytest.mark.parametrize("arguments", [["--help"], ["--bind", "127.0.0.1"]], ids=["help", "log"])
def test_a_closed_pipe_ends_it_without_a_word(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = run(*arguments, stdout=writer)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (1, "")


def test_a_reader_of_the_log_that_goes_away_ends_it_without_a_word() -> None:
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
        listener.wait_for(": duration 0.0")
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


# The words alone.


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", b""),
        ("plain", b"plain"),
        (r"\r\n\t\0\\", b"\r\n\t\0\\"),
        (r"\x00\xFF\x7f", b"\x00\xff\x7f"),
        (r"\\n", b"\\n"),
        ("ü", b"\xc3\xbc"),
        ("\udcff", b"\xff"),  # a byte of the command line that is no UTF-8
    ],
)
def test_escapes_become_their_bytes(text: str, data: bytes) -> None:
    assert unescape(text) == data


@pytest.mark.parametrize("text", ["\\", r"\x", r"\x4", r"\xgg", r"\1", "\\\n"])
def test_other_escapes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="invalid escape"):
        unescape(text)


@pytest.mark.parametrize(
    ("text", "behaviour"),
    [
        ("drip", Behaviour("drip")),
        ("refuse-some=30%", Behaviour("greet", 30)),
        ("refuse-some=30", Behaviour("greet", 30)),
        ("slow,refuse-some=5%", Behaviour("slow", 5)),
        ("refuse-some=5%, slow", Behaviour("slow", 5)),
    ],
)
def test_behaviours_and_a_share_to_refuse_combine(text: str, behaviour: Behaviour) -> None:
    assert Behaviour.read(text) == behaviour


def test_the_parser_raises_one_kind_of_error() -> None:
    with pytest.raises(UsageError, match="--delay"):
        parser().parse_args(["--delay", "x"])
