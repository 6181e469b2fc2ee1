# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""tcp_health_listener with --tls-cert and --tls-key: its behaviours inside of TLS, handshakes that fail or hang, bad files."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import pytest

from support.listener_clients import GREETING, TIMEOUT, beside, read, run
from support.listener_process import PROGRAM, ListenerProcess, listening
from support.minting import Authority

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.minting import Files


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Authority().leaf(["localhost"]).write(tmp_path_factory.mktemp("tls"))


@contextmanager
def secured(files: Files, *arguments: str) -> Iterator[ListenerProcess]:
    with listening("--tls-cert", str(files.chain), "--tls-key", str(files.key), *arguments) as listener:
        yield listener


def connect(listener: ListenerProcess, version: ssl.TLSVersion | None = None) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if version is not None:
        context.maximum_version = version
    sock = socket.create_connection(("127.0.0.1", listener.port), TIMEOUT)
    return context.wrap_socket(sock, suppress_ragged_eofs=False)


def is_closed_by_reset(sock: ssl.SSLSocket) -> bool:
    """Whether the kernel has closed the socket without our doing, as after a RST: TCP_CLOSE in TCP_INFO."""
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) == b"\x07"


def check(listener: ListenerProcess, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, PROGRAM.parent / "check_tcp_health", "-H", "127.0.0.1", "-p", str(listener.port), *words],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_it_greets_in_tls_and_ends_the_session_before_the_connection(
    files: Files, version: ssl.TLSVersion
) -> None:
    with secured(files) as listener:
        with connect(listener, version) as sock:
            assert read(sock) == GREETING  # without close_notify, it would raise SSLEOFError
            assert sock.version() == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
        log = listener.wait_for("closed")
        assert "received 0 bytes, sent 14 bytes" in log


def test_the_key_may_be_in_the_file_of_the_certificate(files: Files) -> None:
    with listening("--tls-cert", str(files.both)) as listener, connect(listener) as sock:
        assert read(sock) == GREETING


def test_a_check_verifies_its_certificate(files: Files) -> None:
    with secured(files) as listener:
        assert (
            check(listener, "--tls", "--ca-file", str(files.ca), "--verify-name", "localhost", "-e", "Hello")[
                0
            ]
            == 0
        )
        code, printed = check(listener, "--tls")
        assert (code, "SSL CRITICAL - " in printed or "TCP CRITICAL - " in printed) == (2, True)
        assert "certificate" in printed


def test_echo_returns_every_byte_in_tls_until_the_client_ends(files: Files) -> None:
    sent = os.urandom(6_000_000)
    received = b""
    with secured(files, "--behaviour", "echo") as listener, connect(listener) as sock:
        sock.settimeout(TIMEOUT)

        def send() -> None:
            sock.sendall(sent)

        with beside(send):
            time.sleep(0.3)  # until the buffers are full, so that the listener sends in parts
            while len(received) < len(sent):
                received += sock.recv(65536)
        assert received == sent
        sock.unwrap()  # waits for the close_notify of the listener
        listener.wait_for("closed by the client")


def test_half_reads_on_after_the_end_of_its_session(files: Files) -> None:
    with secured(files, "--behaviour", "half") as listener, connect(listener) as sock:
        assert read(sock) == GREETING
        sock.sendall(b"more after the listener's FIN")
        time.sleep(0.1)
        assert "duration" not in listener.log
        sock.close()
        listener.wait_for("duration")


def test_a_flood_in_tls_goes_on_until_the_client_has_gone(files: Files) -> None:
    with secured(files, "--behaviour", "flood", "--greeting", "x") as listener:
        with connect(listener) as sock:
            size = 0
            while size < 2_000_000:
                size += len(sock.recv(65536))
        listener.wait_for("reset by the client")


def test_a_reset_comes_after_the_handshake(files: Files) -> None:
    with secured(files, "--behaviour", "reset") as listener:
        # OpenSSL reports some resets as an end of file.
        with connect(listener, ssl.TLSVersion.TLSv1_2) as sock:
            with pytest.raises((ConnectionResetError, ssl.SSLEOFError)):
                sock.recv(1)
            assert is_closed_by_reset(sock)
        listener.wait_for(" reset: duration")


def test_handshakes_that_hang_hold_no_other_client_and_no_processor(files: Files) -> None:
    with secured(files) as listener, ExitStack() as stack:
        for each in (b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", listener.port), TIMEOUT))
            sock.sendall(each)
        listener.wait_for("Connection 3 from")
        with connect(listener) as healthy:
            assert read(healthy) == GREETING
        before = listener.wakeups()
        time.sleep(0.5)
        assert listener.wakeups() - before <= 2
        assert listener.cpu_seconds() < 2


def test_the_idle_timeout_ends_a_handshake(files: Files) -> None:
    with secured(files, "--idle-timeout", "0.2") as listener:
        with socket.create_connection(("127.0.0.1", listener.port), TIMEOUT) as sock:
            assert sock.recv(1) == b""
        listener.wait_for("closed after 0.2 s without a byte")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"GET / HTTP/1.0\r\n\r\n", "no TLS handshake: http request"),
        (b"\x00" * 64, "no TLS handshake: "),
        (b"", "no TLS handshake: closed by the client"),
    ],
)
def test_a_failed_handshake_is_logged_with_its_reason(files: Files, sent: bytes, words: str) -> None:
    with secured(files) as listener:
        with socket.create_connection(("127.0.0.1", listener.port), TIMEOUT) as sock:
            sock.sendall(sent)
            sock.shutdown(socket.SHUT_WR)
            read(sock)
        listener.wait_for(f"closed, {words}")
        with connect(listener) as healthy:
            assert read(healthy) == GREETING


def test_a_client_receives_the_alert_for_its_version(files: Files) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DHE-RSA-AES128-GCM-SHA256")  # no cipher for a key on an elliptic curve
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with secured(files) as listener, socket.create_connection(("127.0.0.1", listener.port), TIMEOUT) as sock:
        with pytest.raises(ssl.SSLError, match=r"(?i)handshake.failure"):
            context.wrap_socket(sock)
        listener.wait_for("closed, no TLS handshake: no shared cipher")


def test_a_client_that_resets_during_the_handshake_is_noticed(files: Files) -> None:
    with secured(files) as listener:
        sock = socket.create_connection(("127.0.0.1", listener.port), TIMEOUT)
        listener.wait_for("Connection 1 ")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        sock.close()
        listener.wait_for("reset by the client")


def test_a_signal_ends_it_in_the_middle_of_a_handshake(files: Files) -> None:
    with secured(files) as listener, socket.create_connection(("127.0.0.1", listener.port), TIMEOUT):
        listener.wait_for("Connection 1 ")
        assert listener.stop() == 0
        assert listener.errors == ""


def test_bad_files_are_one_message(files: Files, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Authority("Another").leaf(["localhost"]).write(tmp_path / "other")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    damaged = tmp_path / "damaged.pem"
    damaged.write_text(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n",
        encoding="ascii",
    )
    missing = str(tmp_path / "missing")
    chain, key = str(files.chain), str(files.key)
    rows = [
        (["--tls-cert", missing], f"--tls-cert {missing}: No such file or directory."),
        (["--tls-cert", str(fifo)], f"--tls-cert {fifo}: not a regular file."),
        (["--tls-cert", str(tmp_path)], f"--tls-cert {tmp_path}: Is a directory."),
        (["--tls-cert", "/dev/zero"], "--tls-cert /dev/zero: not a regular file."),
        (["--tls-cert", key], f"--tls-cert {key}: no PEM certificate in this file."),
        (["--tls-cert", chain], f"--tls-key {chain}: no PEM key in this file; give its file with --tls-key."),
        (["--tls-cert", chain, "--tls-key", missing], f"--tls-key {missing}: No such file or directory."),
        (["--tls-cert", chain, "--tls-key", chain], f"--tls-key {chain}: no PEM key in this file; give its file with --tls-key."),
        (["--tls-cert", chain, "--tls-key", str(other.key)], f"--tls-key {other.key}: this key does not belong to the certificate in {chain}."),
        (["--tls-cert", chain, "--tls-key", str(files.locked)], f"--tls-key {files.locked}: the key must not be encrypted."),
        (["--tls-cert", str(damaged)], f"--tls-cert {damaged}: OpenSSL does not accept this certificate or its key."),
    ]  # fmt: skip
    for arguments, sentence in rows:
        ended = run("--bind", "127.0.0.1", *arguments)
        assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", f"tcp_health_listener: {sentence}\n")


def test_ssl_is_imported_only_for_tls() -> None:
    code = "import sys; import tcp_health_plugins.listener.main; sys.exit('ssl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROGRAM.parent, check=False).returncode == 0
