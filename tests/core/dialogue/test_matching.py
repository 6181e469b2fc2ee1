# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Matching an answer: check_tcp's rules, whole or byte by byte, at a bounded cost."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Union

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support import fuzz_dialogues
from tcp_health.dialogue.matching import MOST_FOR_EXPRESSIONS, Match, Unwanted, matches
from tcp_health.dialogue.steps import hear
from tcp_health.model.dialogue import Hear, Pattern
from tcp_health.services.protocols import ftp_reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    Outcome = Union[tuple[int, dict[str, bytes]], str, bool, None]


def text(data: bytes) -> Pattern:
    return Pattern("text", data)


def regex(source: bytes, foreign: bool = False) -> Pattern:
    return Pattern("regex", source, foreign)


def outcome(found: Match | Unwanted | bool | None) -> Outcome:
    if isinstance(found, Match):
        return found.end, found.captured
    return f"unwanted {found.words}" if isinstance(found, Unwanted) else found


def decided(step: Hear, pieces: Iterable[bytes]) -> Outcome:
    """The result for an answer that arrives in these pieces: the first final result, else the last one."""
    received = b""
    found: Outcome = None
    for piece in pieces:
        received += piece
        found = outcome(matches(step, received, len(piece)))
        if found is not None:
            break
    return found


@pytest.mark.parametrize(
    ("step", "answer", "wanted"),
    [
        # check_tcp: any of several texts, anywhere
        (Hear((text(b"220"),)), b"x220y", (4, {})),
        (Hear((text(b"220"),)), b"x22", None),
        (Hear((text(b"550"), text(b"220"))), b"220", (3, {})),
        (Hear((text(b"22"), text(b"220"))), b"220", (2, {})),
        (Hear((text(b"20"), text(b"220"))), b"220", (3, {})),
        # and with -A all of them, in any order, also where they overlap
        (Hear((text(b"b"), text(b"a")), every=True), b"a--b--", (4, {})),
        (Hear((text(b"b"), text(b"a")), every=True), b"aaa", None),
        (Hear((text(b"ab"), text(b"bc")), every=True), b"abc", (3, {})),
        # The texts of a service are at the beginning of the answer; an answer that begins differently is a mismatch at once
        (Hear((text(b"220"),), anywhere=False), b"220 hello", (3, {})),
        (Hear((text(b"220"),), anywhere=False), b"22", None),
        (Hear((text(b"220"),), anywhere=False), b" 220", False),
        (Hear((text(b"200"), text(b"201")), anywhere=False), b"201 no posting", (3, {})),
        (Hear((text(b"200"), text(b"201")), anywhere=False), b"20", None),
        (Hear((text(b"2"), text(b"220")), anywhere=False), b"220", (1, {})),
        (Hear((text(b"2"), text(b"220")), anywhere=False, every=True), b"220", (3, {})),
        (Hear((text(b"2"), text(b"550")), anywhere=False, every=True), b"220", False),
        (Hear((text(b""),)), b"x", (0, {})),
        # An expression is searched
        (Hear((regex(rb"role:(\w+)\r"),)), b"# Replication\r\nrole:master\r\n", (27, {})),
        (Hear((regex(rb"(?P<role>m\w+)\r"),)), b"role:master\r\n", (12, {"role": b"master"})),
        (Hear((regex(rb"role:(\w+)\r"),), capture="role"), b"role:master\r\n", (12, {"role": b"master"})),
        (Hear((regex(rb"mas\w+\r"),), capture="it"), b"role:master\r\n", (12, {"it": b"master\r"})),
        (Hear((regex(rb"a(b)?c"),), capture="it"), b"ac", (2, {"it": b""})),
        (Hear((regex(rb"(?P<a>x)|(?P<b>y)"),)), b"y", (1, {"b": b"y"})),
        # A user's expression works on lines
        (Hear((regex(rb"^role:", True),)), b"\nrole:", (6, {})),
        (Hear((regex(rb"^role:"),)), b"\nrole:", None),
        # Unwanted texts
        (Hear((text(b"OK"),), unwanted=((text(b"NO"), "it says no"),)), b"NO", "unwanted it says no"),
        (Hear((text(b"OK"),), unwanted=((text(b"NO"), ""),)), b"NO and OK", "unwanted "),
        (Hear((text(b"OK"),), unwanted=((text(b"NO"), ""),)), b"OK and NO", (2, {})),
        (Hear((text(b"NO"),), unwanted=((text(b"NO"), ""),)), b"NO", "unwanted "),
        (Hear((text(b"OK"),), unwanted=((regex(rb"N.", True), ""),)), b"..N", None),
        (Hear((text(b"OK"),), unwanted=((regex(rb"N.", True), ""),)), b"..NO", "unwanted "),
        (Hear((text(b"OK"),), anywhere=False, unwanted=((text(b"NO"), ""),)), b"NO", "unwanted "),
        (Hear((text(b"OK"),), anywhere=False, unwanted=((text(b"NO"), ""),)), b"NA", False),
        # No text: any byte matches
        (Hear(), b"x", (1, {})),
        (Hear(unwanted=((text(b"NO"), ""),)), b"NO", "unwanted "),
    ],
)  # fmt: skip
def test_the_rules(step: Hear, answer: bytes, wanted: Outcome) -> None:
    assert outcome(matches(step, answer)) == wanted
    assert outcome(matches(step, answer, len(answer))) == wanted


# Whole or in pieces

# Few letters, so that texts occur, overlap and contain each other.
SHORT = st.text("ab\r\n", min_size=1, max_size=3).map(str.encode)
ANSWERS = st.text("abc\r\n", max_size=24).map(str.encode)


@st.composite
def texts(draw: st.DrawFn) -> Hear:
    """Steps of texts, of every kind."""
    wanted = draw(st.lists(SHORT.map(text), max_size=3))
    anywhere = draw(st.booleans())
    # A text at the beginning of the answer needs no unwanted texts: any other beginning is a mismatch.
    unwanted = draw(st.lists(st.tuples(SHORT.map(text), st.sampled_from(["", "no"])), max_size=2 * anywhere))
    return Hear(tuple(wanted), unwanted=tuple(unwanted), every=draw(st.booleans()), anywhere=anywhere)


# As our own expressions are: they match the smallest complete answer, and wanted and unwanted ones exclude each other.
LINES = hear(r"^(?:a-[^\n]*\n)*a[^\n]*\n", r"^(?P<b>b)[^\n]*\n", reject={r"^c[^\n]*\n": "it is c"})
USERS = Hear(
    (regex(rb"a(b+)\r", True),),
    capture="bs",
    unwanted=((regex(rb"cc|\n\n", True), "users"), (text(b"ca"), "")),
)


@given(st.one_of(texts(), st.just(LINES), st.just(USERS)), ANSWERS, st.lists(st.integers(0, 24), max_size=4))
@example(Hear((text(b"a"), text(b"ab"))), b"ab", [])
@example(Hear((text(b"ab"), text(b"a"))), b"ab", [])
@example(Hear((text(b"a"), text(b"ab")), anywhere=False), b"ab", [])
@example(Hear((text(b"a"),), unwanted=((text(b"b"), ""),)), b"ab", [])
@example(Hear((text(b"a"),), unwanted=((text(b"ab"), ""),)), b"ab", [])
def test_the_result_does_not_depend_on_how_the_answer_is_cut(
    step: Hear, answer: bytes, cuts: list[int]
) -> None:
    whole = decided(step, [answer] if answer else [])
    bytewise = decided(step, [answer[at : at + 1] for at in range(len(answer))])
    places = sorted({0, len(answer), *(cut for cut in cuts if cut < len(answer))})
    pieces = decided(step, [answer[begin:end] for begin, end in zip(places, places[1:])])
    if not step.wanted:  # any byte matches, and how many bytes arrive with it depends on the pieces
        whole, bytewise, pieces = (each and not isinstance(each, str) for each in (whole, bytewise, pieces))
        if step.unwanted:
            return
    assert whole == bytewise == pieces


@given(texts(), ANSWERS)
def test_what_a_text_comes_to_is_what_the_words_say(step: Hear, answer: bytes) -> None:
    """The same result by another method: from the shortest beginning of the answer that decides."""
    expected: Outcome = None
    for length in range(1, len(answer) + 1):
        received = answer[:length]
        if any(pattern.data in received for pattern, _ in step.unwanted):
            expected = "unwanted"
            break
        where = [
            each.data in received if step.anywhere else received.startswith(each.data) for each in step.wanted
        ]
        if not step.wanted or (all if step.every else any)(where):
            expected = True
            break
    found = decided(step, [answer[at : at + 1] for at in range(len(answer))])
    assert expected == ("unwanted" if isinstance(found, str) else True if isinstance(found, tuple) else None)


@given(ANSWERS, st.lists(SHORT, min_size=1, max_size=3))
def test_the_used_and_the_remaining_bytes_are_the_whole_answer(answer: bytes, parts: list[bytes]) -> None:
    found = matches(Hear(tuple(map(text, parts))), answer)
    if isinstance(found, Match):
        assert any(answer[: found.end].endswith(each) for each in parts)
        assert not any(each in answer[: found.end - 1] for each in parts)


# Cost


def dripped(step: Hear, size: int) -> float:
    """The processor time of an answer that arrives byte by byte and never matches."""
    received = bytearray()
    began = time.process_time()
    answer = b""
    for _ in range(size):
        received += b"x"
        answer = bytes(received)
        assert matches(step, answer, 1) is None
    return time.process_time() - began


def test_an_answer_byte_by_byte_does_not_cost_a_whole_search_for_each_byte() -> None:
    """A search of the whole answer for each byte would take 800 million comparisons, several seconds."""
    step = Hear((text(b"needle"),), unwanted=((text(b"xy" * 100), ""),))
    assert dripped(step, 40_000) < 1.5


@pytest.mark.parametrize("foreign", [False, True])
def test_an_expression_searches_a_bounded_number_of_bytes(foreign: bool) -> None:
    step = Hear((regex(rb"needle", foreign),))
    assert matches(step, b"x" * MOST_FOR_EXPRESSIONS + b"needle") is None
    began = time.process_time()
    for _ in range(50):
        matches(step, b"x" * (1 << 20), 1)
    assert time.process_time() - began < 0.5


def test_bytes_after_the_bound_cause_no_further_search() -> None:
    """Each search with this expression takes ten milliseconds or more."""
    step = Hear((regex(rb"(?s).*!", True),))
    answer = b"x" * (1 << 16)
    began = time.process_time()
    for length in range(60_000, 61_000):
        assert matches(step, answer[:length], 1) is None
    assert time.process_time() - began < 0.5


def test_an_ftp_reply_ends_with_its_last_line_even_if_another_follows() -> None:
    step = Hear((regex(f"^{ftp_reply('220')}".encode()),))
    for last in (b"220 ready\r\n", b"220\r\n", b"220\n"):
        first = b"220-hello\r\n 220 is not yet it\r\n" + last
        assert outcome(matches(step, first + b"220 more\r\n")) == (len(first), {})


@pytest.mark.once
def test_a_short_run_of_the_fuzzer_finds_nothing() -> None:
    assert fuzz_dialogues.main(["--inputs", "3000", "--seed", "5"]) == 0


def test_the_expressions_of_services_are_used_unchanged() -> None:
    step = hear("^\xff\\x00a", reject={"b": "no"})
    assert step.wanted[0].data == b"^\xff\\x00a"
    assert not step.wanted[0].foreign
    assert outcome(matches(step, b"\xff\0a")) == (3, {})
    assert re.compile(step.wanted[0].data).flags & re.MULTILINE == 0
