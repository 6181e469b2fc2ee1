# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An expect after a send sees only what arrives after the send, unless keep is written before it."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from support.fake_network import FakeNetwork
from support.playing import check_of
from support.scripted import END, FLOOD, RESET, accepts, hear
from support.steps import no_secret
from tcp_health.dialogue.grammar import StepError, parse
from tcp_health.network.network import Network
from tcp_health.runs.repeat import evaluate

if TYPE_CHECKING:
    from tcp_health.model.outcome import Attempt

HOST = "127.0.0.2"


def checked(steps: list[str], *script: Any, more: str = "") -> Attempt:
    """Run a dialogue against a scripted server."""
    words = " ".join(f"--step '{step}'" for step in steps)
    network = FakeNetwork({HOST: accepts(*script)})
    result = evaluate(check_of(f"-H {HOST} -p 4000 --trace never {more} {words}"), network=network)
    assert not network.open
    return result.outcome.attempts[0]


GREETING = b"+OK dovecot ready\r\n"


@pytest.mark.field(47)
@pytest.mark.parametrize(
    ("steps", "script", "cause"),
    [
        (["expect +OK", "line QUIT", "expect ready"], (GREETING, hear(b"QUIT"), b"+OK bye\r\n"), "mismatch"),
        (["expect +OK", "line QUIT", "keep", "expect ready"], (GREETING, hear(b"QUIT"), b"+OK bye\r\n"), None),
        (["expect +OK", "keep", "line QUIT", "expect ready"], (GREETING, hear(b"QUIT"), b"+OK bye\r\n"), None),
        (["expect +OK", "line QUIT", "expect bye"], (GREETING, hear(b"QUIT"), b"+OK bye\r\n"), None),
        (["expect +OK", "expect ready"], (GREETING,), None),
        # What has arrived, but was not read yet.
        (["expect-regex .*\\n", "send x", "expect two" ], (b"one\r\n", b"two\r\n", hear(b"x"), b"three\r\n"), "mismatch"),
        (["expect-regex .*\\n", "send x", "keep", "expect two"], (b"one\r\n", b"two\r\n", hear(b"x"), b"three\r\n"), None),
        # Two requests in a row are one: the answer to the first may arrive before the second is sent.
        (["expect +OK", "line A", "line B", "expect a", "expect b"], (GREETING, hear(b"A\r\nB\r\n"), b"a\r\nb\r\n"), None),
        # Only the first expect after a request forgets.
        (["expect +OK", "line A", "expect a", "expect rest"], (GREETING, hear(b"A"), b"a, and the rest\r\n"), None),
        # The race that remains: this data was under way.
        (["expect +OK", "line QUIT", "expect ready"], (b"+OK", hear(b"QUIT"), b" dovecot ready\r\n"), None),
        (["expect +OK", "line QUIT", "reject ready", "expect bye"], (GREETING, hear(b"QUIT"), b"+OK bye\r\n"), None),
    ],
)  # fmt: skip
def test_an_expect_after_a_send_sees_only_what_comes_after_it(
    steps: list[str], script: tuple[Any, ...], cause: str | None
) -> None:
    assert checked(steps, *script).cause == cause


@pytest.mark.field(47)
def test_the_end_of_the_connection_is_noticed() -> None:
    assert checked(["expect +OK", "line QUIT", "expect ready"], GREETING, END).cause == "closed_early"
    assert checked(["expect +OK", "line QUIT", "expect ready"], GREETING, RESET).cause == "reset"


@pytest.mark.field(47)
def test_a_stream_without_end_is_not_dropped_for_ever() -> None:
    attempt = checked(["expect x", "line QUIT", "expect ready"], FLOOD, more="-t 3")
    assert attempt.cause == "mismatch"
    assert attempt.time < 3


@pytest.mark.field(47)
def test_bytes_before_tls_stay_an_injection() -> None:
    steps = ["expect 220", "line STARTTLS", "starttls"]
    assert checked(steps, b"220 a\r\n", hear(b"STARTTLS")).cause == "tls_injection"
    steps = ["expect-regex 220 .*\\n", "line STARTTLS", "expect-regex 220 .*\\n", "starttls"]
    assert (
        checked(steps, b"220 a\r\n", hear(b"STARTTLS"), b"220 go\r\n250 injected\r\n").cause
        == "tls_injection"
    )


@pytest.mark.field(47)
def test_the_named_services_read_every_byte() -> None:
    """Their expressions begin at the first unread byte, so nothing is forgotten there."""
    script = (b"220 a\r\n250 b\r\n", hear(b"EHLO"))
    result = evaluate(
        check_of(f"-H {HOST} -p 4000 --service submission"), network=FakeNetwork({HOST: accepts(*script)})
    )
    assert result.outcome.attempts[0].failure is None


@pytest.mark.field(47)
@pytest.mark.parametrize("kept", [False, True])
def test_the_same_on_real_sockets(kept: bool) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with listener, connection:
            connection.sendall(GREETING)
            while connection.recv(100):
                connection.sendall(b"+OK bye\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    port = listener.getsockname()[1]
    keep = "--step keep" if kept else ""
    check = check_of(
        f"-H 127.0.0.1 -p {port} --step 'expect +OK' {keep} --step 'line QUIT' --step 'expect ready' --expect-timeout 0.2"
    )
    network = Network()
    began = time.monotonic()
    try:
        attempt = evaluate(check, network=network).outcome.attempts[0]
    finally:
        network.shut()
        thread.join(5)
    assert attempt.cause == (None if kept else "mismatch")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("written", "number", "sentence"),
    [
        (["keep"], 1, "keep needs a later expect, which sees the data"),
        (["expect a", "keep", "line b"], 2, "keep needs a later expect, which sees the data"),
        (["keep it", "expect a"], 1, "keep takes no argument"),
        (["line a", "keep", "starttls"], 3, "keep must be followed by an expect before starttls"),
    ],
)
def test_an_invalid_keep_gets_a_sentence(written: list[str], number: int, sentence: str) -> None:
    with pytest.raises(StepError) as caught:
        parse(written, no_secret)
    assert (caught.value.number, caught.value.sentence) == (number, sentence)
