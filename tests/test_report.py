# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words: check_tcp's phrases, what we know more, perfdata, and foreign text that can forge nothing."""

from __future__ import annotations

import json
import random
import re
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfdata import Item, icinga, nagios
from tcp_health.judge import Verdict, judge
from tcp_health.measures import applicable
from tcp_health.model import CAUSES, Address, Attempt, Cause, Failure, Icmp, Outcome, Phase, TlsFacts
from tcp_health.report import (
    FIRST_LINE,
    SHOWN,
    attempt_line,
    clean,
    long_output,
    perfdata,
    plain,
    prefix,
    sentences,
)
from tcp_health.settings import Check, build
from tcp_health_plugins.check.options import parse

V4 = Address(4, "192.0.2.1", 80)
FORBIDDEN = set("|<>\\\n\r\t\0\x1b\x7f\x85\u2028\u2029\u202e\u200b\ufeff")


def check_of(words: str) -> Check:
    line = parse(shlex.split(words), "check_tcp_health", {})
    return build(line.values, host_named=line.host_named)


def judged(words: str, *attempts: Attempt, sent: int | None = None) -> tuple[Verdict, Check]:
    check = check_of(f"-H db -p 80 {words}")
    count = len({attempt.probe for attempt in attempts})
    outcome = Outcome(check.probe, attempts, count if sent is None else sent, at=1_800_000_000.0, elapsed=0.5)
    return judge(outcome, check.policy), check


def first_line(words: str, *attempts: Attempt, **rest: Any) -> str:
    verdict, check = judged(words, *attempts, **rest)
    return f"{prefix(verdict, check)} - {sentences(verdict, check)[0]}"


def good(**facts: Any) -> Attempt:
    known = {
        "time": 0.847e-3,
        "resolve": 0.0,
        "connect": 0.0005,
        "retransmits": 0,
        "rtt": 0.0004,
        "address": V4,
    }
    return Attempt(**{**known, **facts})


def bad(
    cause: str, phase: str = Phase.CONNECT, error: str = "", icmp: Icmp | None = None, **facts: Any
) -> Attempt:
    return Attempt(failure=Failure(cause, error, icmp), phase=phase, **{"time": 0.1, "address": V4, **facts})


# Phrases


@pytest.mark.parametrize(
    ("attempt", "line"),
    [
        (good(), "TCP OK - 0.001 second response time on db port 80"),
        (good(received=b"220 hi\r\n", size=8), "TCP OK - 0.001 second response time on db port 80 [220 hi]"),
        (bad(Cause.NAME_UNKNOWN, Phase.RESOLVE, "Name or service not known"),
         "TCP CRITICAL - Invalid hostname, address or socket: db - Name or service not known"),
        (bad(Cause.NO_ADDRESS, Phase.RESOLVE, "db is no IPv4 address"),
         "TCP CRITICAL - Invalid hostname, address or socket: db - db is no IPv4 address"),
        (bad(Cause.RESOLVER_FAILED, Phase.RESOLVE, "Temporary failure in name resolution"),
         "TCP CRITICAL - Invalid hostname, address or socket: db - Temporary failure in name resolution"),
        (bad(Cause.RESOLVER_SILENT, Phase.RESOLVE, time=10.0),
         "TCP CRITICAL - Socket timeout after 10 seconds - the name lookup had no answer"),
        (bad(Cause.TIMED_OUT, time=10.001), "TCP CRITICAL - Socket timeout after 10 seconds - no answer to the SYN"),
        (bad(Cause.TIMED_OUT, Phase.TLS, time=10.0),
         "TCP CRITICAL - Socket timeout after 10 seconds - connected, the TLS handshake had no end"),
        (bad(Cause.TIMED_OUT, Phase.SEND, time=10.0),
         "TCP CRITICAL - Socket timeout after 10 seconds - connected, the other side does not read"),
        (bad(Cause.TIMED_OUT, Phase.RECEIVE, time=10.0),
         "TCP CRITICAL - Socket timeout after 10 seconds - connected, no answer came"),
        (bad(Cause.TIMED_OUT, Phase.RECEIVE, time=10.0, size=5, received=b"12345"),
         "TCP CRITICAL - Socket timeout after 10 seconds - the answer stopped in the middle"),
        (bad(Cause.TIMED_OUT, error="Connection timed out", time=3.0),
         "TCP CRITICAL - connect to address db and port 80: Connection timed out - no answer to the SYN"),
        (bad(Cause.REFUSED, error="Connection refused"), "TCP CRITICAL - connect to address db and port 80: Connection refused"),
        (bad(Cause.UNREACHABLE, error="No route to host", icmp=Icmp(4, 3, 1, "192.0.2.254")),
         "TCP CRITICAL - connect to address db and port 80: No route to host - ICMP type 3 code 1, signed 192.0.2.254"),
        (bad(Cause.MISMATCH, Phase.RECEIVE, received=b"421 busy\r\n", size=10),
         "TCP WARNING - Unexpected response from host/socket: 421 busy"),
        (bad(Cause.CLOSED_EARLY, Phase.RECEIVE), "TCP CRITICAL - No data received from host - closed before any data"),
        (bad(Cause.RESET, Phase.RECEIVE), "TCP CRITICAL - No data received from host - connection reset by the other side"),
        (bad(Cause.PORT_UNREACHABLE, Phase.RECEIVE), "TCP CRITICAL - No data received from host - UDP port closed"),
        (bad(Cause.TLS_FAILED, Phase.TLS, "wrong version number"),
         "TCP CRITICAL - Cannot make SSL connection. - wrong version number"),
        (bad(Cause.RESET, Phase.TLS), "TCP CRITICAL - Cannot make SSL connection. - connection reset by the other side"),
        (bad(Cause.NO_ROUTE, error="Network is unreachable"),
         "TCP UNKNOWN - connect to address db and port 80: Network is unreachable - the prober, not the target"),
    ],
)  # fmt: skip
def test_a_failure_has_check_tcp_s_phrase_and_what_we_know_more(attempt: Attempt, line: str) -> None:
    assert first_line("-e x", attempt) == line


@pytest.mark.parametrize("cause", sorted(CAUSES))
@pytest.mark.parametrize("phase", [Phase.RESOLVE, Phase.CONNECT, Phase.TLS, Phase.SEND, Phase.RECEIVE])
def test_no_cause_in_any_phase_is_without_words(cause: str, phase: str) -> None:
    line = first_line("", bad(cause, phase, "words of the system"))
    assert len(line.partition(" - ")[2]) > 10
    assert "None" not in line


def test_a_bare_word_s_host_is_left_out_as_check_tcp_does() -> None:
    check = check_of("db -p 80")
    verdict = judge(Outcome(check.probe, (good(),)), check.policy)
    assert sentences(verdict, check) == ["0.001 second response time on port 80"]


def test_a_unix_socket_is_named_by_its_path() -> None:
    check = check_of("-H /run/s")
    fine = judge(Outcome(check.probe, (good(address=Address(0, "/run/s", 0)),)), check.policy)
    assert sentences(fine, check) == ["0.001 second response time on socket /run/s"]
    gone = judge(
        Outcome(check.probe, (bad(Cause.SOCKET_MISSING, error="No such file or directory"),)), check.policy
    )
    assert sentences(gone, check) == ["connect to file socket /run/s: No such file or directory"]


def test_the_answer_is_hidden_on_request() -> None:
    attempt = bad(Cause.MISMATCH, Phase.RECEIVE, received=b"secret", size=6)
    assert (
        first_line("-j -e x", attempt) == "TCP WARNING - Unexpected response from host/socket on db port 80"
    )
    verdict, check = judged("-j -e x -vvv --output json", attempt, good(number=2, received=b"secret", size=6))
    assert "secret" not in "\n".join(
        [*sentences(verdict, check), *long_output(verdict, check), json.dumps(plain(verdict, check))]
    )


def test_what_does_not_fit_the_first_line_moves_and_the_phrase_never_does() -> None:
    host = "h" * 80
    check = check_of(f"-H {host} -p 80 -w 0.0001")
    verdict = judge(Outcome(check.probe, (good(),)), check.policy)
    lines = sentences(verdict, check)
    assert lines == [f"0.001 second response time on {host} port 80", "time 847 us (warning 0.0001)"]
    for length in range(1, 200):
        check = check_of(f"-H {'h' * length} -p 80 -w 0.0001")
        first, *rest = sentences(judge(Outcome(check.probe, (good(),)), check.policy), check)
        assert rest or len("TCP WARNING - " + first) <= FIRST_LINE


@pytest.mark.parametrize(
    ("words", "seconds", "shown"),
    [("-t 0.3", 0.3, "0.3"), ("-t 10", 10.02, "10"), ("-t 10 --attempt-timeout 2.5", 2.501, "2.5"), ("-t 10 --retries 2", 3.3341, "3.33"),
     ("-t 1200", 1200.0, "1200"), ("-t 250ms", 0.2501, "0.25")],
)  # fmt: skip
def test_a_timeout_names_the_limit_that_it_ran_into(words: str, seconds: float, shown: str) -> None:
    assert f"Socket timeout after {shown} seconds" in first_line(words, bad(Cause.TIMED_OUT, time=seconds))


def test_the_attempts_are_told_at_v_the_phases_at_vv_everything_at_vvv() -> None:
    attempts = (bad(Cause.REFUSED, error="Connection refused"), good(number=2))
    sizes = []
    for level in ("", "-v", "-vv", "-vvv"):
        verdict, check = judged(f"--retries 1 {level}", *attempts)
        sizes.append(len(long_output(verdict, check)))
    assert sizes[0] == 0
    assert sizes[1] == 2
    assert sizes[1] < sizes[2] < sizes[3]


def test_an_attempt_s_line_says_what_and_when() -> None:
    assert attempt_line(good()) == "attempt 1: 192.0.2.1 ok in 0.000847 s"
    assert (
        attempt_line(bad(Cause.REFUSED, error="Connection refused", probe=2, number=3), 5)
        == "probe 3, attempt 3: 192.0.2.1 refused (Connection refused) after 0.100000 s, connect"
    )


def test_a_secret_free_setting_is_shown_in_force() -> None:
    verdict, check = judged("-vv -E -s 'a\\r\\n' -r warn", good())
    [line] = [line for line in long_output(verdict, check) if line.startswith("settings:")]
    assert "on_refused=warning" in line
    assert "host=db" in line


# Perfdata


def test_check_tcp_s_item() -> None:
    verdict, check = judged("-w 0.5 -c 5", good())
    assert [str(item) for item in perfdata(verdict, check, only_time=True)] == [
        "time=0.000847s;0.500000;5.000000;0.000000;10.000000"
    ]


def test_an_item_without_thresholds_keeps_its_fields() -> None:
    verdict, check = judged("", good())
    assert str(perfdata(verdict, check)[0]) == "time=0.000847s;;;0.000000;10.000000"


def test_a_percentage_ends_at_100() -> None:
    verdict, check = judged("--count 2 --warning-failed 10% --critical-loss 5:", good(), good(probe=1))
    items = {item.label: str(item) for item in perfdata(verdict, check)}
    assert items["failed"] == "failed=0%;10;;0;100"
    assert items["loss"] == "loss=0%;;5:;0;100"


ATTEMPTS = st.builds(
    lambda failed, cause, phase, facts, number, known: (
        bad(cause, phase, **facts, number=number) if failed else good(**facts, number=number)
    ).replace(**dict.fromkeys(known)),
    st.booleans(),
    st.sampled_from(sorted(CAUSES)),
    st.sampled_from([Phase.RESOLVE, Phase.CONNECT, Phase.TLS, Phase.SEND, Phase.RECEIVE]),
    st.fixed_dictionaries(
        {name: st.floats(0, 1e6) for name in ("time", "resolve", "connect", "tls", "first_byte", "rtt")}
    ),
    st.integers(1, 3),
    st.sets(st.sampled_from(["resolve", "connect", "tls", "first_byte", "rtt", "retransmits"])),
)
SETTINGS = st.sampled_from(
    ["", "-w 0.5 -c 1:", "-e x", "--read eof -w ~:5", "--count 3", "--count 3 --warning-loss 5 --critical-rtt-p95 @1:2", "-S -D 30,5",
     "--retries 2 --critical-failed 50", "--warning-connect-max 5ms"]
)  # fmt: skip


@given(SETTINGS, st.lists(ATTEMPTS, min_size=1, max_size=5))
def test_every_perfdata_line_is_in_both_grammars_and_a_beginning_of_the_whole(
    words: str, attempts: list[Attempt]
) -> None:
    verdict, check = judged(words, *(attempt.replace(probe=index) for index, attempt in enumerate(attempts)))
    items = perfdata(verdict, check)
    line = " ".join(map(str, items))
    assert [item.label for item in nagios(f"text|{line}").items] == [item.label for item in items]
    assert [item.label for item in icinga(f"text|{line}").items] == [item.label for item in items]
    whole = [
        measure.name for measure in applicable(verdict.outcome.probe, frozenset(check.policy.thresholds))
    ]
    assert [item.label for item in items] == whole[: len(items)]
    assert items[0].label == "time"


# Foreign text


def hostile(seed: int) -> bytes:
    """A banner as nobody sends it by accident."""
    draw = random.Random(seed)  # noqa: S311 - no secret: the same banners in every run
    pieces = [
        b"|time=0s;;;0;0", b"\nTCP OK - fine", b"\r\n", b"\0", b"\x1b[31m", b"\x1b]0;title\x07", b"<script>alert(1)</script>", b"&lt;b&gt;",
        b"\\n", b"$HOSTNAME$", b"'", b'"', b";", b"=", b",", b"\x80\xff\xfe", "\u202e\u2028\u2029\ufeff\u200b".encode(),
        "ä€😀".encode(), b"%n%s", b"`id`", b"\x9b31m", "\x85\x9b".encode(), b"x" * 300, b" " * 50, b"\t",
    ]  # fmt: skip
    return b"".join(
        draw.choice(pieces) if draw.random() < 0.7 else draw.randbytes(draw.randrange(12))
        for _ in range(draw.randrange(12))
    )


def harmless(line: str) -> bool:
    return line.isprintable() and not FORBIDDEN & set(line)


def test_ten_thousand_banners_forge_nothing() -> None:
    check = check_of("-H db -p 80 -e x -vv")
    for seed in range(10_000):
        banner = hostile(seed)
        attempt = (
            bad(Cause.MISMATCH, Phase.RECEIVE, received=banner, size=len(banner))
            if seed % 2
            else good(received=banner, size=len(banner))
        )
        verdict = judge(Outcome(check.probe, (attempt,)), check.policy)
        lines = [*sentences(verdict, check), *long_output(verdict, check)]
        assert all(map(harmless, lines)), banner
        perf = " ".join(map(str, perfdata(verdict, check)))
        output = f"{prefix(verdict, check)} - {lines[0]}|{perf}\n" + "\n".join(lines[1:])
        wanted = [Item.parse(str(item)) for item in perfdata(verdict, check)]
        assert nagios(output).items == wanted, banner
        assert icinga(output).items == wanted, banner


@given(st.one_of(st.binary(max_size=2000), st.text(max_size=2000)), st.integers(1, 300))
def test_cleaned_text_is_one_harmless_line_of_bounded_length(foreign: bytes | str, limit: int) -> None:
    line = clean(foreign, limit)
    assert harmless(line)
    assert len(line) <= limit + 1
    assert line == line.strip()
    assert "  " not in line


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126, blacklist_characters="|<>\\"), max_size=SHOWN)
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text
    assert clean(text.encode()) == text


def test_a_long_answer_is_cut_with_a_mark() -> None:
    assert clean(b"x" * 5000) == "x" * SHOWN + "…"
    assert clean("ä" * SHOWN) == "ä" * SHOWN
    assert len(clean(b"\xff" * (1 << 20))) == SHOWN + 1


@given(st.text(min_size=1), st.text(), st.text(), st.binary(max_size=50))
def test_no_text_of_the_system_or_the_session_forges_anything(
    error: str, protocol: str, cipher: str, received: bytes
) -> None:
    attempt = bad(
        Cause.TLS_FAILED,
        Phase.TLS,
        error,
        secured=TlsFacts(protocol, cipher, received),
        received=received,
        size=len(received),
    )
    verdict, check = judged("-S -D 30 -vvv", attempt, attempt.replace(probe=1, legs=(attempt,)))
    assert all(map(harmless, [*sentences(verdict, check), *long_output(verdict, check)]))


@given(st.binary(max_size=300))
def test_no_certificate_forges_anything(certificate: bytes) -> None:
    verdict, check = judged("-S -D 30", good(secured=TlsFacts("TLSv1.3", "x", certificate)))
    assert all(map(harmless, sentences(verdict, check)))


@given(st.binary(max_size=100))
def test_the_document_is_json_and_clean(received: bytes) -> None:
    verdict, check = judged(
        "-e x", bad(Cause.MISMATCH, Phase.RECEIVE, "a|b\n<c>", received=received, size=len(received))
    )
    text = json.dumps(plain(verdict, check), allow_nan=False)
    assert not re.search(r"\\u00[01]|\\u007f", text)
    assert json.loads(text)["attempts"][0]["size"] == len(received)


def test_hostile_words_of_the_user_are_shown_harmlessly() -> None:
    verdict, check = judged("-vv -e '<b>|x' -s '\x1b[31m'", good())
    assert all(map(harmless, long_output(verdict, check)))
