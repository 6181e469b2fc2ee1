# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets in a dialogue: they are sent, and shown nowhere."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import pprint
import re
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from support.echoes import FORMS, FURTHER, Form, Search
from support.fake_network import FakeNetwork
from support.playing import on_fake
from support.scenario import Scenario
from support.scripted import END, accepts, hear
from support.secret_outputs import ENDINGS, leaks, outputs_of, result_of
from support.starttls_peers import starttls
from support.steps import setting_of
from tcp_health.conversation.attempt import AttemptBuilder
from tcp_health.dialogue.grammar import parse
from tcp_health.model.certificate import Certificate, Presented
from tcp_health.model.dialogue import Say, Secret
from tcp_health.model.outcome import TlsFacts
from tcp_health.model.target import Target
from tcp_health.network.tls import _password
from tcp_health.report.document import to_document
from tcp_health.report.sentence import output
from tcp_health.runs.repeat import evaluate
from tcp_health.text.files import secret
from tcp_health_plugins.check.main import main

if TYPE_CHECKING:
    from pathlib import Path

A = "127.0.0.2"
SECRET = "hunter2-and-a-half"  # noqa: S105 - no real password


def hidden(text: object) -> bool:
    """Whether the text contains no part of the secret, in any known encoding."""
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
    assert "Secret('env:PASSWORD', ***)" in repr(recipe)
    # It is the same secret in another process, and equal by value.
    assert pickle.loads(pickle.dumps(say)) == say == copy.deepcopy(say)  # noqa: S301 - of our own
    assert say != parse(["line PASS {env:X}"], lambda _: b"other")[0]


@pytest.mark.usefixtures("_secret")
def test_a_secret_is_in_no_traceback() -> None:
    step = parse(["line {env:PASSWORD}"], secret)[0]
    try:
        step.parts[0].name = SECRET[:1]  # type: ignore[attr-defined]
    except AttributeError:
        assert hidden(traceback.format_exc())
    try:
        Secret("x")  # type: ignore[call-arg]
    except TypeError:
        assert hidden(traceback.format_exc())


@pytest.mark.field(50)
def test_the_texts_of_a_secret_are_masks(caplog: pytest.LogCaptureFixture) -> None:
    noun: Any = Secret("env:PASSWORD", SECRET.encode())
    logging.getLogger("test").warning("%s %r %s", noun, noun, [noun])
    texts = [str(noun), repr(noun), f"{noun} {noun!r} {noun!s} {noun!a}", "%s %r" % (noun, noun), "{}".format(noun), caplog.text,  # noqa: UP031, UP032
             pprint.pformat({noun: noun}), str(ValueError(noun)), repr(ValueError(noun))]  # fmt: skip
    assert all(hidden(text) and "***" in text for text in texts), texts
    for use in (json.dumps, bytes, iter, len, "{:>20}".format, "".join):
        with pytest.raises(TypeError) as error:
            use(noun)
        assert hidden(error.value)
    assert noun.reveal() == SECRET.encode()


@pytest.mark.field(50)
def test_the_password_of_a_key_is_a_secret_too(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\r\nmore\n", encoding="utf-8")
    file.chmod(0o600)
    found = _password(str(file))
    assert found == Secret(f"file:{file}", SECRET.encode())


@pytest.mark.field(50)
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("form", [*FORMS, *FURTHER], ids=lambda form: form.name)
def test_no_form_of_a_secret_is_in_any_output(form: Form, ending: str) -> None:
    answer = b"-ERR " + form.send(SECRET.encode()) + b"\r\n"
    result, settings = result_of(SECRET.encode(), answer, ENDINGS[ending])
    assert Search(form, SECRET.encode()).found(*outputs_of(result, settings)) == []


@pytest.mark.field(50)
def test_no_random_secret_is_in_any_output() -> None:
    assert leaks(50, 300) == []


@pytest.mark.field(50)
def test_120_characters_of_a_token_that_redis_repeats_are_masked() -> None:
    """Redis quotes an unknown command and its arguments, cut after 128 characters."""
    token = "".join(f"{number:x}-" for number in range(100_000, 100_060))
    answer = f"-ERR unknown command 'AUTH2', with args beginning with: '{token[:120]}' \r\n".encode()
    result, _ = result_of(token.encode(), answer, ENDINGS["a mismatch"])
    assert "with args beginning with: '***'" in " ".join(output(result))


@pytest.mark.field(50)
def test_a_certificate_that_repeats_a_secret_is_masked() -> None:
    """A server that has got a secret can present it in the certificate of the next attempt."""
    text = SECRET.upper()
    certificate = Certificate(
        subject=f"CN={text}", issuer=f"CN=x\\, {text}", common_name=text, issuer_common_name=None, self_signed=False, not_before=0, not_after=1, serial=int(SECRET.encode().hex(), 16),
        dns_names=(f"{text}.example.org", "a.example.org"), key_type="RSA", signature_algorithm="x",
        ip_addresses=("192.0.2.1", "6875:6e74:6572:322d:616e:642d:612d:6861"),
    )  # fmt: skip
    builder = AttemptBuilder(Target("db", 443), 0, 1, 0.0, 0.0, (Secret("env:X", SECRET.encode()),))
    presented = (Presented(b"", certificate), Presented(b"", None, "too short"))
    builder.secured = TlsFacts("TLSv1.3", "x", presented, chain=presented)
    secured = builder.done().secured
    assert secured is not None
    assert hidden(secured)
    assert secured.chain == secured.presented
    shown, unread = secured.presented
    assert unread == presented[1]
    assert shown.certificate == certificate.replace(
        subject="CN=***", issuer="CN=x\\, ***", common_name="***", serial=0, dns_names=("***.example.org", "a.example.org"),
        ip_addresses=("192.0.2.1", "***"),
    )  # fmt: skip
    builder.secrets = (Secret("env:X", b"something-else"),)
    assert builder.done().secured == TlsFacts("TLSv1.3", "x", presented, chain=presented)


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
def test_an_echoed_secret_is_shown_nowhere(echo: str, ending: str) -> None:
    network = FakeNetwork({A: accepts(GREETING, *ECHOES[echo])})
    check = setting_of(*LOGIN, *HEARD[ending])
    result = evaluate(check, network=network)
    verdict = result.verdict
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
    """A capture may take the middle of a secret, without its beginning and its end."""
    said = answer.replace(b"%s", SECRET.encode())
    network = FakeNetwork({A: accepts(GREETING, hear(PASS), said, hear(b"\n"))})
    check = setting_of(*LOGIN, "--step", f"capture x {expression}")
    result = evaluate(check, network=network)
    verdict = result.verdict
    assert verdict.outcome.attempts[-1].captured == (("x", shown),)
    assert hidden(to_document(result))


@pytest.mark.usefixtures("_secret")
def test_a_captured_part_of_a_secret_is_sent_back_unchanged() -> None:
    said = b"user=%s \r\n" % SECRET.encode()
    network = FakeNetwork({A: accepts(GREETING, hear(PASS), said, hear(b"ter2"), b"ok")})
    words = ["--step", "capture x hun(ter2)", "--step", "send {x}", "--step", "expect ok"]
    result = evaluate(setting_of(*LOGIN, *words), network=network)
    verdict = result.verdict
    assert verdict.state == 0
    assert network.heard[A] == PASS + b"ter2"


@pytest.mark.usefixtures("_secret")
def test_of_two_secrets_with_the_same_beginning_neither_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHORT", SECRET[:6])
    both = f"{SECRET} {SECRET[:6]} ".encode()
    network = FakeNetwork({A: accepts(hear(both), both)})
    check = setting_of("--step", "send {env:SHORT} ", "--step", "send {env:PASSWORD} {env:SHORT} ", "--step", "expect !",
                       "--expect-timeout", "0.1")  # fmt: skip
    result = evaluate(check, network=network)
    verdict = result.verdict
    assert verdict.outcome.attempts[-1].received == b"*** *** "


@pytest.mark.usefixtures("_secret")
@pytest.mark.parametrize(
    "words", [["-v"], ["-vvv"], ["-vvv", "--explain"], ["--output", "json"], ["-vv", "-M", "ok"]]
)
def test_a_secret_is_in_no_output_of_the_program(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The port refuses: the output contains the settings and the failure."""
    with pytest.raises(SystemExit):
        raise SystemExit(main(["-H", A, "-p", "9", *LOGIN, "--step", "expect 230", *words]))
    out, errors = capsys.readouterr()
    assert out
    assert hidden(out + errors)
    if "json" in words:
        assert hidden(json.loads(out))


@pytest.mark.usefixtures("_secret")
def test_a_secret_is_in_no_message_about_settings(capsys: pytest.CaptureFixture[str]) -> None:
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
    result = evaluate(setting_of(*words), network=network)
    verdict = result.verdict
    assert SECRET.encode() not in network.heard[A]
    assert SECRET.encode() in peer.notes.heard
    assert hidden(repr(verdict.outcome))
