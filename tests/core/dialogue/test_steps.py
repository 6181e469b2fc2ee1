# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines become steps, or one sentence with the place and the reason."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.steps import NO_EXPECT, no_secret
from tcp_health.dialogue.grammar import LONGEST, WORDS, StepError, parse
from tcp_health.model.dialogue import Blank, Hear, Pattern, Say, StartTls
from tcp_health.text.files import lines

if TYPE_CHECKING:
    from pathlib import Path

    from tcp_health.model.dialogue import Step


def said(data: bytes, shown: str, comment: str = "") -> Say:
    return Say((data,), shown=shown, comment=comment)


def expected(kind: str, data: bytes, **rest: Any) -> Hear:
    return Hear((Pattern(kind, data, kind == "regex"),), **rest)


# Valid steps


@pytest.mark.parametrize(
    ("written", "steps"),
    [
        (["send PING"], [said(b"PING", "send PING")]),
        (["send PING "], [said(b"PING ", "send PING ")]),
        (["send  PING"], [said(b" PING", "send  PING")]),
        ([" \tsend PING"], [said(b"PING", "send PING")]),
        ([r"send a\r\n\t\\\0\x7f\xFF\q"], [said(b"a\r\n\t\\\0\x7f\xffq", r"send a\r\n\t\\\0\x7f\xFF\q")]),
        (["send ä\udcff"], [said(b"\xc3\xa4\xff", "send ä\udcff")]),
        (["send {{}}"], [Say((b"{", b"}"), shown="send {{}}")]),
        (["send {{{host}}}"], [Say((b"{", Blank("host"), b"}"), shown="send {{{host}}}")]),
        (["send {host}:{port}"], [Say((Blank("host"), b":", Blank("port")), shown="send {host}:{port}")]),
        (["line EHLO me"], [Say((b"EHLO me", b"\r\n"), shown="line EHLO me")]),
        (["line"], [Say((b"\r\n",), shown="line ")]),
        (["send-hex 00 ff:0A0b"], [said(b"\x00\xff\x0a\x0b", "send-hex 00 ff:0A0b")]),
        (["expect 220"], [expected("text", b"220")]),
        ([r"expect \r\n "], [expected("text", b"\r\n ")]),
        (["expect {host}"], [expected("text", b"{host}")]),
        ([r"expect-regex ^\d{3} "], [expected("regex", rb"^\d{3} ")]),
        (["expect-hex 02 03"], [expected("text", b"\x02\x03")]),
        ([r"capture role role:(\w+)\r"], [expected("regex", rb"role:(\w+)\r", capture="role")]),
        (["capture  role  a b "], [expected("regex", b"a b", capture="role")]),
        (["starttls"], [StartTls()]),
        (["starttls "], [StartTls()]),
        (["# is it there", "send x"], [said(b"x", "send x", "is it there")]),
        (["#is it there", "", "starttls"], [StartTls(comment="is it there")]),
        (["# an older thought", "# it wants TLS", "expect x"], [expected("text", b"x", comment="it wants TLS")]),
        (
            ["# of all three", "send x", "send y", "expect z", "expect w"],
            [
                said(b"x", "send x", "of all three"),
                said(b"y", "send y", "of all three"),
                expected("text", b"z", comment="of all three", fresh=True),
                expected("text", b"w"),
            ],
        ),
        (["", "   ", "\t", "send x"], [said(b"x", "send x")]),
        ([], []),
        (["# nothing below"], []),
        (
            ["# full", "reject 452", "reject-hex 00", "# ready", "reject-regex ^5", "expect 220"],
            [Hear(
                (Pattern("text", b"220"),),
                unwanted=(
                    (Pattern("text", b"452"), "full"),
                    (Pattern("text", b"\0"), "the answer contains '00'"),
                    (Pattern("regex", b"^5", True), "ready"),
                ),
            )],
        ),
        (
            ["reject a", "capture x (b)"],
            [Hear(
                (Pattern("regex", b"(b)", True),), unwanted=((Pattern("text", b"a"), "the answer contains 'a'"),), capture="x",
            )],
        ),
        (
            ["expect-regex <(?P<challenge>.*?)>", "line {challenge}"],
            [
                expected("regex", b"<(?P<challenge>.*?)>"),
                Say((Blank("challenge"), b"\r\n"), shown="line {challenge}"),
            ],
        ),
    ],
)  # fmt: skip
def test_a_line_is_parsed_as_its_step(written: list[str], steps: list[Step]) -> None:
    assert list(parse(written, no_secret)) == steps


def test_every_step_word_has_a_description() -> None:
    rest = {
        "capture": "x (y)",
        "starttls": "",
        "keep": "",
        "send-hex": "00",
        "expect-hex": "00",
        "reject-hex": "00",
    }
    for word in WORDS:
        assert parse([f"{word} {rest.get(word, 'x')}", "expect x"], no_secret)
        assert WORDS[word]


def test_a_dialogue_in_a_file_is_the_same_as_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "dialogue"
    path.write_bytes("\ufeff# grüß Gott\r\nexpect 220\r\n\r\nline QUIT\r\nexpect \\xff".encode())
    given_ = parse(["# grüß Gott", "expect 220", "line QUIT", r"expect \xff"], no_secret)
    assert parse(lines(str(path)), no_secret) == given_
    path.write_text("# grüß Gott\nexpect 220\nline QUIT\nexpect \\xff\n\n", "utf-8")
    assert parse(lines(str(path)), no_secret) == given_


# Invalid lines

UNKNOWN = "must be host, port, helo, a name captured by an earlier step, file:PATH or env:NAME"


@pytest.mark.parametrize(
    ("written", "number", "sentence"),
    [
        (["speak up"], 1, f"unknown step 'speak': must be one of {', '.join(WORDS)}"),
        (["SEND x"], 1, f"unknown step 'SEND': must be one of {', '.join(WORDS)}"),
        (["send\tx"], 1, f"unknown step 'send\\tx': must be one of {', '.join(WORDS)}"),
        (["send x", "", "x" * 100], 3, f"unknown step '{'x' * 40}': must be one of {', '.join(WORDS)}"),
        (["send"], 1, "send needs an argument"),
        (["send    "], 1, "send needs an argument"),
        (["expect"], 1, "expect needs an argument"),
        (["reject-hex "], 1, "reject-hex needs an argument"),
        (["capture"], 1, "capture needs an argument"),
        (["send \\"], 1, "invalid escape: incomplete at the end of the text"),
        (["send \\xg0"], 1, "invalid escape \\x: must have two hexadecimal digits"),
        (["expect \\x1"], 1, "invalid escape \\x: must have two hexadecimal digits"),
        (["send {"], 1, "single { is invalid: write {{ for a brace"),
        (["send }"], 1, "single } is invalid: write }} for a brace"),
        (["send {host"], 1, "single { is invalid: write {{ for a brace"),
        (["send {host}}"], 1, "single } is invalid: write }} for a brace"),
        (["send {}"], 1, "unknown placeholder {}: " + UNKNOWN),
        (["send {role}", "capture role x"], 1, "unknown placeholder {role}: " + UNKNOWN),
        (["capture role x", "send {rule}"], 2, "unknown placeholder {rule}: " + UNKNOWN),
        (["send-hex 0"], 1, "invalid bytes '0': must be pairs of hexadecimal digits, as in 00 ff"),
        (["send-hex ::"], 1, "no bytes given: must be at least one"),
        (["expect-hex zz"], 1, "invalid bytes 'zz': must be pairs of hexadecimal digits, as in 00 ff"),
        (["expect-regex ("], 1, "invalid regular expression '(': missing ), unterminated subpattern at position 0"),
        (["expect-regex (?u)x"], 1, "invalid regular expression '(?u)x': "),
        (["expect-regex x{99999999999999999999}"], 1, "invalid regular expression 'x{99999999999999999999}': "),
        (["expect-regex " + "(" * 500 + ")" * 500], 1, f"invalid regular expression '{'(' * 60}': "),
        (["reject-regex *", "expect x"], 1, "invalid regular expression '*': nothing to repeat at position 0"),
        (["expect-regex " + "x" * (LONGEST + 1)], 1, f"the regular expression is too long: must have at most {LONGEST} bytes"),
        (["capture role"], 1, "capture needs a name and a regular expression, as in capture role role:(\\w+)\\r"),
        (["capture 1st x"], 1, "capture needs a name and a regular expression, as in capture role role:(\\w+)\\r"),
        (["capture " + "x" * 33 + " y"], 1,
         "capture needs a name and a regular expression, as in capture role role:(\\w+)\\r"),
        (["starttls now"], 1, "starttls takes no argument"),
        (["starttls", "send x", "starttls"], 3, "starttls can occur once only"),
        (["reject x"], 1, NO_EXPECT),
        (["send y", "reject x", "# the end", ""], 2, NO_EXPECT),
        (["reject x", "expect y", "reject z", "reject a"], 3, NO_EXPECT),
        (["reject x", "send y", "expect z"], 2, "reject must be followed by an expect before any other step"),
        (["reject x", "starttls"], 2, "reject must be followed by an expect before any other step"),
        (["send \ud800"], 1, "invalid character U+D800: a surrogate cannot be encoded"),
        (["expect-regex \ud800"], 1, "invalid character U+D800: a surrogate cannot be encoded"),
    ],
)  # fmt: skip
def test_an_invalid_line_gets_one_sentence_with_its_place(
    written: list[str], number: int, sentence: str
) -> None:
    with pytest.raises(StepError) as caught:
        parse(written, no_secret)
    assert caught.value.number == number
    if sentence.endswith(": "):
        assert caught.value.sentence.startswith(sentence)
    else:
        assert caught.value.sentence == sentence
    assert str(caught.value) == f"line {number}: {caught.value.sentence}"


def test_an_expression_that_a_later_python_reads_differently_causes_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for source in ("[[a]", "[a||b]", "[a~~b]", "x"):
            parse([f"expect-regex {source}"], no_secret)


LINES = st.one_of(
    st.text(max_size=40),
    st.builds("{} {}".format, st.sampled_from(list(WORDS)), st.text(max_size=30)),
    st.builds("{} {}".format, st.sampled_from(list(WORDS)), st.text("{}()[]\\x0a*+?:#|^$ fe", max_size=20)),
)


@given(st.lists(LINES, max_size=5))
def test_any_text_is_steps_or_one_message(written: list[str]) -> None:
    def give(name: str) -> bytes:
        raise ValueError(f"there is no {name}")

    try:
        steps = parse(written, give)
    except StepError as problem:
        told = problem.number, problem.sentence
        assert 1 <= told[0] <= len(written)
        assert told[1]
    else:
        assert len(steps) <= len(written)
        for step in steps:
            if isinstance(step, Say):
                step.fill({})
