# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The output when a silence or the time limit ended an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.fake_network import FakeNetwork
from support.playing import check_of
from support.scripted import END, FLOOD, accepts, drip, hear
from tcp_health.report.sentence import output
from tcp_health.runs.repeat import evaluate

if TYPE_CHECKING:
    from tcp_health.model.outcome import Attempt

HOST = "127.0.0.2"


def checked(words: str, *steps: Any) -> tuple[Attempt, list[str]]:
    """Check a scripted server; returns the attempt and the output."""
    result = evaluate(
        check_of(f"-H {HOST} -p 4000 --trace never {words}"),
        network=FakeNetwork({HOST: accepts(*steps)}),
    )
    return result.outcome.attempts[0], output(result)


@pytest.mark.field(2)
@pytest.mark.parametrize(
    ("words", "silence"),
    [("-e 220", "2 s"), ("--step 'expect 220' --expect-timeout 500ms", "0.5 s")],
)
def test_the_output_names_a_silence_that_ended_the_wait(words: str, silence: str) -> None:
    attempt, lines = checked(words, b"hello\r\n")
    if silence:
        assert attempt.cause == "mismatch"
        assert (
            f"expected '220', received 7 bytes that do not contain it, then nothing for {silence} (--expect-timeout)"
            in lines[1]
        )
    else:
        assert "nothing for" not in " ".join(lines)


@pytest.mark.field(2)
def test_an_answer_that_ends_at_once_has_no_silence() -> None:
    _, lines = checked("-e 220", b"hello\r\n", END)
    assert "nothing for" not in " ".join(lines)


@pytest.mark.field(2)
@pytest.mark.parametrize(
    ("steps", "first", "second"),
    [
        ((b"hello\r\n",), "unexpected answer before TLS", "expected the greeting, received 7 bytes that do not contain it, then nothing for 2 s"),
        ((b"220 a\r\n", hear(b"EHLO"), b"250 a\r\n"), "no STARTTLS", "it does not offer TLS"),
        ((b"220 a\r\n", hear(b"EHLO"), b"250-a\r\n"), "the answer stops", "waiting for an offer of STARTTLS"),
        ((b"220 a\r\n", hear(b"EHLO"), b"250-a\r\n", END), "closed in its answer", ""),
    ],
)  # fmt: skip
def test_nothing_is_claimed_of_an_offer_before_it_was_heard_whole(
    steps: tuple[Any, ...], first: str, second: str
) -> None:
    _, lines = checked("--starttls smtp", *steps)
    assert first in lines[0]
    assert second in " ".join(lines[1:])


@pytest.mark.field(2)
@pytest.mark.parametrize("words", ["--starttls smtp", "--service submission"])
def test_an_announced_line_is_awaited_until_the_limit(words: str) -> None:
    steps = (
        b"220-mx\r\n",
        6.0,
        b"220 mx\r\n",
        hear(b"EHLO"),
        b"250-mx\r\n",
        6.0,
        b"250-STARTTLS\r\n",
        6.0,
        b"250 OK\r\n",
        hear(b"STARTTLS"),
        b"220 go\r\n",
    )
    for limit, cause in ((30, None), (11, "timed_out")):
        attempt, _ = checked(f"-t {limit} {words}", *steps)
        # The script does no TLS.
        assert attempt.cause == ("timed_out" if "starttls" in words else cause)
        assert attempt.phase == ("tls" if "starttls" in words and cause is None else "receive")


@pytest.mark.field(6)
@pytest.mark.parametrize("steps", [[FLOOD], drip(0.05, 200), drip(1.0, 20)], ids=["flood", "50 ms", "1 s"])
@pytest.mark.parametrize("words", ["--read eof", "-e 220", "--step 'expect 220'", "--starttls xmpp"])
def test_an_answer_without_an_end_is_no_silence(words: str, steps: list[Any]) -> None:
    attempt, lines = checked(f"-t 4 {words}", *steps)
    if steps == [FLOOD] and words != "--read eof":
        assert (attempt.cause, attempt.size >= 1 << 20) == (
            "starttls_refused" if "xmpp" in words else "mismatch",
            True,
        )
        return
    assert attempt.cause == "timed_out"
    assert "Socket timeout after 4 seconds - server or content: the answer did not end within 4 s" in lines[0]
