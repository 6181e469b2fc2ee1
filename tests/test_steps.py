# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines become steps or one sentence that says what is wrong where; secrets are sent, and shown nowhere."""

from __future__ import annotations

import copy
import json
import os
import pickle
import re
import traceback
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_network import FakeNetwork
from playing import FAKE_PORT, on_fake
from scenario import Scenario
from scripted import END, accepts, hear
from starttls_peers import starttls
from tcp_health.dialogue import Blank, Hear, Pattern, Say, Secret, StartTls
from tcp_health.files import MOST, lines, secret
from tcp_health.problems import SettingError
from tcp_health.report import plain
from tcp_health.rounds import evaluate
from tcp_health.settings import build
from tcp_health.steps import LONGEST, WORDS, StepError, parse
from tcp_health_plugins.check.main import main
from tcp_health_plugins.check.options import parse as parse_options

if TYPE_CHECKING:
    from pathlib import Path

    from tcp_health.dialogue import Step

A = "127.0.0.2"
SECRET = "hunter2-and-a-half"  # noqa: S105 - of nobody


def no_secret(name: str) -> bytes:
    raise AssertionError(f"{name} was asked for")


def said(data: bytes, shown: str, comment: str = "") -> Say:
    return Say((data,), shown=shown, comment=comment)


def expected(kind: str, data: bytes, **rest: Any) -> Hear:
    return Hear((Pattern(kind, data, kind == "regex"),), **rest)


# What is a step


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
        (["#is it there", "", "starttls"], [StartTls("is it there")]),
        (["# an older thought", "# it wants TLS", "expect x"], [expected("text", b"x", comment="it wants TLS")]),
        (
            ["# of all three", "send x", "send y", "expect z", "expect w"],
            [
                said(b"x", "send x", "of all three"),
                said(b"y", "send y", "of all three"),
                expected("text", b"z", comment="of all three"),
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
                    (Pattern("text", b"\0"), "the answer holds '00'"),
                    (Pattern("regex", b"^5", True), "ready"),
                ),
            )],
        ),
        (
            ["reject a", "capture x (b)"],
            [Hear(
                (Pattern("regex", b"(b)", True),), unwanted=((Pattern("text", b"a"), "the answer holds 'a'"),), capture="x",
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
def test_what_is_written_is_what_is_done(written: list[str], steps: list[Step]) -> None:
    assert list(parse(written, no_secret)) == steps


def test_every_word_is_a_step_and_says_what_it_does() -> None:
    rest = {"capture": "x (y)", "starttls": "", "send-hex": "00", "expect-hex": "00", "reject-hex": "00"}
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


# What is none

UNKNOWN = "here: host, port, what was captured above, file:PATH and env:NAME may stand in braces"
NOTHING_BEHIND = "a reject needs an expect behind it: nobody knows otherwise when the answer is whole"


@pytest.mark.parametrize(
    ("written", "number", "sentence"),
    [
        (["speak up"], 1, f"a step begins with one of {', '.join(WORDS)}, unlike 'speak'"),
        (["SEND x"], 1, f"a step begins with one of {', '.join(WORDS)}, unlike 'SEND'"),
        (["send\tx"], 1, f"a step begins with one of {', '.join(WORDS)}, unlike 'send\\tx'"),
        (["send x", "", "x" * 100], 3, f"a step begins with one of {', '.join(WORDS)}, unlike '{'x' * 40}'"),
        (["send"], 1, "send needs something behind it"),
        (["send    "], 1, "send needs something behind it"),
        (["expect"], 1, "expect needs something behind it"),
        (["reject-hex "], 1, "reject-hex needs something behind it"),
        (["capture"], 1, "capture needs something behind it"),
        (["send \\"], 1, "the text ends in the middle of an escape"),
        (["send \\xg0"], 1, "the escape \\x takes two hexadecimal digits"),
        (["expect \\x1"], 1, "the escape \\x takes two hexadecimal digits"),
        (["send {"], 1, "a single { stands for nothing; {{ is a brace"),
        (["send }"], 1, "a single } stands for nothing; }} is a brace"),
        (["send {host"], 1, "a single { stands for nothing; {{ is a brace"),
        (["send {host}}"], 1, "a single } stands for nothing; }} is a brace"),
        (["send {}"], 1, "nothing is known of {} " + UNKNOWN),
        (["send {role}", "capture role x"], 1, "nothing is known of {role} " + UNKNOWN),
        (["capture role x", "send {rule}"], 2, "nothing is known of {rule} " + UNKNOWN),
        (["send-hex 0"], 1, "takes pairs of hexadecimal digits, as in 00 ff, unlike '0'"),
        (["send-hex ::"], 1, "takes at least one byte"),
        (["expect-hex zz"], 1, "takes pairs of hexadecimal digits, as in 00 ff, unlike 'zz'"),
        (["expect-regex ("], 1, "'(' is no regular expression: missing ), unterminated subpattern at position 0"),
        (["expect-regex (?u)x"], 1, "'(?u)x' is no regular expression: "),
        (["expect-regex x{99999999999999999999}"], 1, "'x{99999999999999999999}' is no regular expression: "),
        (["expect-regex " + "(" * 500 + ")" * 500], 1, f"'{'(' * 60}' is no regular expression: "),
        (["reject-regex *", "expect x"], 1, "'*' is no regular expression: nothing to repeat at position 0"),
        (["expect-regex " + "x" * (LONGEST + 1)], 1, f"a regular expression has at most {LONGEST} bytes"),
        (["capture role"], 1, "capture takes a name and a regular expression, as in capture role role:(\\w+)\\r"),
        (["capture 1st x"], 1, "capture takes a name and a regular expression, as in capture role role:(\\w+)\\r"),
        (["capture " + "x" * 33 + " y"], 1,
         "capture takes a name and a regular expression, as in capture role role:(\\w+)\\r"),
        (["starttls now"], 1, "starttls stands alone"),
        (["starttls", "send x", "starttls"], 3, "TLS has begun already"),
        (["reject x"], 1, NOTHING_BEHIND),
        (["send y", "reject x", "# the end", ""], 2, NOTHING_BEHIND),
        (["reject x", "expect y", "reject z", "reject a"], 3, NOTHING_BEHIND),
        (["reject x", "send y", "expect z"], 2, "a reject needs an expect before anything else is done"),
        (["reject x", "starttls"], 2, "a reject needs an expect before anything else is done"),
        (["send \ud800"], 1, "holds U+D800, which is no character"),
        (["expect-regex \ud800"], 1, "holds U+D800, which is no character"),
    ],
)  # fmt: skip
def test_what_is_no_step_is_told_in_one_sentence_with_its_place(
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


def test_an_expression_that_a_later_python_takes_otherwise_warns_nobody() -> None:
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
def test_any_text_is_steps_or_a_sentence(written: list[str]) -> None:
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


def setting_of(*words: str) -> Any:
    line = parse_options(["-H", A, "-p", str(FAKE_PORT), *words], "check_tcp_health", {})
    return build(line.values, host_named=line.host_named)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--step", "send x", "--step", "speak"], "step: step 2: a step begins with one of"),
        (["--step", "send x", "--dialogue", "x"], "step: and --dialogue exclude each other"),
        (["--step", "send x", "-s", "y"], "step: and --send exclude each other: write it as a step"),
        (["--step", "send x", "-e", "y"], "step: and --expect exclude each other: write it as a step"),
        (["--step", "send x", "--network", "udp"], "step: needs TCP"),
        (["--step", "# nothing"], "step: there is no step"),
        (
            ["--step", "starttls", "--starttls", "smtp"],
            "starttls: is said once: here, or as a step of the dialogue",
        ),
    ],
)
def test_settings_that_cannot_be_are_told_by_name(words: list[str], sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        setting_of(*words)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"send x\r\nspeak\r\n", "line 2: a step begins with one of"),
        (b"\xef\xbb\xbfsend x\nreject y\n\n\n", f"line 2: {NOTHING_BEHIND}"),
        (b"send x\n\nsend \xe4\n", "line 3: not UTF-8 (byte 0xe4)"),
        (b"\xef\xbb\xbfsend x\nsend \xe4\n", "line 2: not UTF-8 (byte 0xe4)"),
        ("send x\n".encode("utf-16"), "line 1: not UTF-8 (byte 0xff)"),
        (b"send a\0b\n", " a text cannot hold a NUL character"),
        (b"#" * (MOST + 1), f" longer than {MOST} bytes"),
        (b"\n\n", " there is no step in it"),
        (b"", " there is no step in it"),
    ],
)
def test_a_file_that_is_no_dialogue_is_told_with_its_place(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "dialogue"
    path.write_bytes(content)
    with pytest.raises(SettingError) as caught:
        setting_of("--dialogue", str(path))
    assert str(caught.value).startswith(f"dialogue: {path}{',' if sentence.startswith('line') else ':'}"), (
        caught.value
    )
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_dialogue_may_be_as_long_as_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "dialogue"
    path.write_bytes(b"send x\n" + b"#" * (MOST - 7))
    assert len(setting_of("--dialogue", str(path)).probe.recipe.dialogue) == 1


def test_a_file_that_cannot_be_read_is_told_by_the_systems_words(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "none", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(SettingError, match=f"^dialogue: {re.escape(str(path))}: {words}$"):
            setting_of("--dialogue", str(path))
    with pytest.raises(SettingError, match=r"^dialogue: /dev/zero: not a regular file$"):
        setting_of("--dialogue", "/dev/zero")


# Secrets


def test_a_secret_is_the_first_line_of_its_file_or_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "password"
    for content in (b"pass word\n", b"pass word\r\nmore\n", b"pass word"):
        path.write_bytes(content)
        assert secret(f"file:{path}") == b"pass word"
    path.write_bytes(b"\xff{host}\\n\n")
    assert secret(f"file:{path}") == b"\xff{host}\\n"  # as it stands: no escapes, no blanks, any bytes
    monkeypatch.setenv("PASSWORD", "pass\nword\udcff")
    assert secret("env:PASSWORD") == b"pass\nword\xff"


def test_a_secret_that_is_none_is_told_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY", "")
    empty, huge, first = (tmp_path / name for name in ("empty", "huge", "first"))
    empty.write_bytes(b"")
    huge.write_bytes(b"x" * (MOST + 1))
    first.write_bytes(b"\r\nsecret\n")
    for name, words in (
        ("env:NOBODY", "the environment has no variable NOBODY"),
        ("env:EMPTY", "the environment's EMPTY is to hold the secret, and is empty"),
        ("env:", "{env:} names no variable"),
        ("file:", "{file:} names no file"),
        (f"file:{empty}", f"{empty}: its first line is to hold the secret, and is empty"),
        (f"file:{first}", f"{first}: its first line is to hold the secret, and is empty"),
        (f"file:{huge}", f"{huge}: longer than {MOST} bytes"),
        (f"file:{tmp_path}", f"{tmp_path}: Is a directory"),
        (f"file:{tmp_path}/none", f"{tmp_path}/none: No such file or directory"),
        ("file:/dev/zero", "/dev/zero: not a regular file"),
    ):
        with pytest.raises(SettingError) as caught:
            setting_of("--step", "send x", "--step", f"line {{{name}}}")
        assert str(caught.value) == f"step: step 2: {words}"


def test_a_file_that_one_may_not_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(b"x")
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read everything
        path.unlink()
        path.symlink_to(path)
    words = "Permission denied" if not path.is_symlink() else "Too many levels of symbolic links"
    with pytest.raises(SettingError, match=words):
        setting_of("--step", f"line {{file:{path}}}")


def hidden(text: object) -> bool:
    """Whether nothing of the secret stands there, in any spelling that we know."""
    told = str(text)
    return not any(
        each in told for each in (SECRET, SECRET[4:], SECRET[:-4], SECRET.encode().hex(), "hunter")
    )


@pytest.fixture
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", SECRET)


LOGIN = ["--step", r"expect 220 hello\r\n", "--step", "# log in", "--step", "line PASS {env:PASSWORD}"]


@pytest.mark.usefixtures("_secret")
def test_a_secret_is_in_no_repr() -> None:
    check = setting_of(*LOGIN, "--step", "expect 230")
    recipe = check.probe.recipe
    (say,) = [step for step in recipe.dialogue if isinstance(step, Say)]
    assert say.fill({}) == f"PASS {SECRET}\r\n".encode()
    for each in (recipe, say, *say.parts, check):
        assert hidden(repr(each))
    assert "Secret('env:PASSWORD')" in repr(recipe)
    # It is the same secret in another process, and equal by value.
    assert pickle.loads(pickle.dumps(say)) == say == copy.deepcopy(say)  # noqa: S301 - of our own
    assert say != parse(["line PASS {env:X}"], lambda _: b"other")[0]


@pytest.mark.usefixtures("_secret")
def test_a_secret_is_in_no_traceback() -> None:
    step = parse(["line {env:PASSWORD}"], secret)[0]
    try:
        step.parts[0].name = SECRET[:1]  # type: ignore[union-attr]
    except AttributeError:
        assert hidden(traceback.format_exc())
    try:
        Secret("x")  # type: ignore[call-arg]
    except TypeError:
        assert hidden(traceback.format_exc())


PASS = f"PASS {SECRET}\r\n".encode()
GREETING = b"220 hello\r\n"
ECHOES: dict[str, tuple[Any, ...]] = {
    "whole": (hear(PASS), b"530 no: " + PASS),
    "twice": (hear(PASS), PASS + PASS),
    "byte by byte": (hear(PASS), *(PASS[at : at + 1] for at in range(len(PASS)))),
    "cut short": (hear(PASS), PASS[:-6], END),
    "its end alone": (hear(PASS), PASS[9:], END),
    "at the end of what is kept": (hear(PASS), b"x" * 4088 + SECRET.encode()),
    "with much before it": (hear(PASS), b"x" * 70_000 + PASS),
    "as what is captured": (hear(PASS), b"230 user=" + SECRET.encode() + b" \r\n"),
    "at once": (PASS,),
    "then nothing": (hear(PASS),),
    "in place of TLS": (hear(PASS), hear(b"\x16"), PASS * 300),
}
HEARD = {
    "a mismatch": ["--step", "expect 230", "--expect-timeout", "0.1", "-t", "1"],
    "a match": ["--step", "capture user PASS (.*)|(?:user=.*)|x"],
    "a match within": ["--step", "expect hunt", "--step", "expect 999", "--expect-timeout", "0.1", "-t", "1"],
    "a rejection": ["--step", "reject unt", "--step", "expect 230", "-t", "1"],
    "an expression without end": ["--step", "expect-regex ^(.+)+$x", "-t", "1"],
    "an injection": ["--step", "expect PASS", "--step", "starttls", "--no-verify", "-t", "1"],
    "no TLS": ["--step", "starttls", "--no-verify", "-t", "1"],
}


@pytest.mark.usefixtures("_secret")
@pytest.mark.parametrize("ending", HEARD)
@pytest.mark.parametrize("echo", ECHOES)
def test_a_secret_that_comes_back_is_shown_nowhere(echo: str, ending: str) -> None:
    network = FakeNetwork({A: accepts(GREETING, *ECHOES[echo])})
    check = setting_of(*LOGIN, *HEARD[ending])
    verdict, _ = evaluate(check, network=network)
    assert PASS in network.heard[A]
    attempts = verdict.outcome.attempts
    assert all(hidden(repr(attempt)) for attempt in attempts), attempts[-1]
    scenario = Scenario("", " ".join(map(_quoted, ["-H", A, "-p", "{port}", *LOGIN, *HEARD[ending], "-vvv"])),
                        {A: accepts(GREETING, *ECHOES[echo])})  # fmt: skip
    assert hidden(on_fake(scenario).document)


def _quoted(word: str) -> str:
    if word == "{port}" or not re.search(r"[\s{}()|^$*]", word):
        return word
    return "'" + word.replace("{", "{{").replace("}", "}}") + "'"


@pytest.mark.usefixtures("_secret")
@pytest.mark.parametrize(
    ("answer", "expression", "shown"),
    [
        (b"230 user=%s \r\n", "hun(ter2-and)-a", b"***"),
        (b"230 user=%s \r\n", "user=hun(.)", b"***"),
        (b"230 user=%s \r\n", r"user=(\S*)", b"***"),
        (b"230 user=%s \r\n", r"(user=\S*)", b"user=***"),
        (b"230 user=%s \r\n", "(?P<x>2-and-a-h)alf", b"***"),
        (b"230 user=somebody \r\n", r"user=(\S*)", b"somebody"),
        (b"230 user=%s role=primary\r\n", "role=(.*)\\r", b"primary"),
    ],
)
def test_a_piece_of_a_secret_that_comes_back_is_hidden_too(
    answer: bytes, expression: str, shown: bytes
) -> None:
    """A capture may take what stands in the middle of a secret, where neither its end nor its beginning tell it."""
    said = answer.replace(b"%s", SECRET.encode())
    network = FakeNetwork({A: accepts(GREETING, hear(PASS), said, hear(b"\n"))})
    check = setting_of(*LOGIN, "--step", f"capture x {expression}")
    verdict, rounds = evaluate(check, network=network)
    assert verdict.outcome.attempts[-1].captured == (("x", shown),)
    assert hidden(plain(verdict, check, rounds))


@pytest.mark.usefixtures("_secret")
def test_what_was_captured_of_a_secret_is_sent_back_as_it_is() -> None:
    said = b"user=%s \r\n" % SECRET.encode()
    network = FakeNetwork({A: accepts(GREETING, hear(PASS), said, hear(b"ter2"), b"ok")})
    words = ["--step", "capture x hun(ter2)", "--step", "send {x}", "--step", "expect ok"]
    verdict, _ = evaluate(setting_of(*LOGIN, *words), network=network)
    assert verdict.state == 0
    assert network.heard[A] == PASS + b"ter2"


@pytest.mark.usefixtures("_secret")
def test_a_secret_behind_a_secret_that_begins_like_it_is_shown_neither(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHORT", SECRET[:6])
    both = f"{SECRET} {SECRET[:6]} ".encode()
    network = FakeNetwork({A: accepts(hear(both), both)})
    check = setting_of("--step", "send {env:SHORT} ", "--step", "send {env:PASSWORD} {env:SHORT} ", "--step", "expect !",
                       "--expect-timeout", "0.1")  # fmt: skip
    verdict, _ = evaluate(check, network=network)
    assert verdict.outcome.attempts[-1].received == b"*** *** "


@pytest.mark.usefixtures("_secret")
@pytest.mark.parametrize(
    "words", [["-v"], ["-vvv"], ["-vvv", "--explain"], ["--output", "json"], ["-vv", "-M", "ok"]]
)
def test_a_secret_is_in_no_output_of_the_program(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing listens on that port: what is shown are the settings, and the failure."""
    with pytest.raises(SystemExit):
        raise SystemExit(main(["-H", A, "-p", "9", *LOGIN, "--step", "expect 230", *words]))
    out, errors = capsys.readouterr()
    assert out
    assert hidden(out + errors)
    if "json" in words:
        assert hidden(json.loads(out))


@pytest.mark.usefixtures("_secret")
def test_a_secret_is_in_no_sentence_about_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--step", "{env:PASSWORD}"], ["--step", "line {env:PASSWORD} {"], ["--step", "starttls"]):
        with pytest.raises(SystemExit):
            raise SystemExit(main(["-H", A, "-p", "9", *LOGIN, *words]))
        out, errors = capsys.readouterr()
        assert hidden(out + errors)


@pytest.mark.usefixtures("_secret")
def test_a_secret_is_sent_through_tls_and_hidden_there_too() -> None:
    peer = starttls("smtp")
    words = [
        "--starttls",
        "smtp",
        "--no-verify",
        *LOGIN[2:],
        "--step",
        "expect-regex nothing",
        "--expect-timeout",
        "0.1",
    ]
    network = FakeNetwork({A: accepts(peer)})
    verdict, _ = evaluate(setting_of(*words), network=network)
    assert SECRET.encode() not in network.heard[A]
    assert SECRET.encode() in peer.notes.heard
    assert hidden(repr(verdict.outcome))
