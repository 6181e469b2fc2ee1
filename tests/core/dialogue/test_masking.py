# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets in data from remote hosts are masked, in every form, in bounded time, and nothing else (field row 50)."""

from __future__ import annotations

import random
import time

import pytest

from support.echoes import FORMS, FURTHER, Form, Search
from tcp_health.dialogue.masking import MASK, Mask
from tcp_health.text.clean import clean

pytestmark = pytest.mark.field(50)

PASSWORD = b"hunter2-and-a-half"
SECRETS = {
    "a password": PASSWORD,
    "a token": b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "eight bytes": b"Pa55w0rd",
    "signs": b"p@$$%41&amp;\\n<w>|rd!",
    "words": b"open sesame, please",
    "digits": b"3141592653589793",
}

ECHOES = [
    pytest.param(form, secret, id=f"{form.name}-{name}")
    for form in (*FORMS, *FURTHER)
    for name, secret in SECRETS.items()
    if Search(form, secret).wanted
]


def test_there_are_eighteen_forms() -> None:
    assert len({form.name for form in FORMS}) == 18


@pytest.mark.parametrize(("form", "secret"), ECHOES)
def test_no_run_of_a_secret_is_left(form: Form, secret: bytes) -> None:
    search = Search(form, secret)
    mask = Mask([secret])
    for before, after in (
        (b"", b""),
        (b"-NO: ", b" |.\r\n"),
        (b"x", b"y"),
        (b"\xff", b"\xc3"),
        (b"a=", b"&"),
    ):
        answer = before + form.send(secret) + after
        assert search.found(clean(answer, 1 << 16)), "the search cannot find what is sent"
        masked = mask.masked(answer)
        assert not search.found(clean(masked, 1 << 16)), masked
        if before == b"-NO: ":
            assert masked.startswith(before)
            assert masked.endswith(after)


@pytest.mark.parametrize(
    ("secret", "answer", "wanted"),
    [
        # Nothing but the secret is replaced.
        (PASSWORD, b"220 mail.example.org ESMTP hunter ready", b"220 mail.example.org ESMTP hunter ready"),
        (PASSWORD, b"-ERR hunter2-and-a-half no", b"-ERR *** no"),
        (PASSWORD, b"hunter2-and-a-half hunter2-and-a-half", b"*** ***"),
        (b"mail-server-password", b"220 mail server, password please", b"220 *** please"),
        (b"mail-server-password", b"220 mail.example.org server", b"220 mail.example.org server"),
        # Seven bytes are shown, eight are not.
        (PASSWORD, b"er2-and ", b"er2-and "),
        (PASSWORD, b"er2-and-", b"***"),
        # Below eight bytes, all of it is masked, and no part.
        (b"Pa55w0r", b"PA55W0R Pa55w0 %50a55w0r", b"*** Pa55w0 ***"),
        (b"1234", b"12345 123 1 2 3 4 31323334 MTIzNA== &#49;234", b"***5 123 *** *** ***== ***"),
        # Below four bytes, only as it is.
        (b"abc", b"abc ABC a b c 616263", b"*** *** a b c 616263"),
        (b"a", b"banana", b"b***n***n***"),
        (b"a b c", b"a b c ab c", b"*** ab c"),
        (b"", b"anything", b"anything"),
        # A prefix of hexadecimal digits is not what looks like one.
        (b"P@55w0rd", b"0x50, 0x40, 0x35, 0x35, 0x77, 0x30, 0x72, 0x64x", b"***x"),
        (b"90123450", b'39:30:31:32:33:34:35:30{"x": 1}', b'***{"x": 1}'),
        # Letters beyond ASCII, in other cases and encodings.
        ("пароль-Größe".encode(), "ПАРОЛЬ-größe".encode(), b"***"),
        ("Schöne-Größe".encode(), "Schöne-Größe".encode("latin-1"), b"***"),
        ("Schöne-Größe".encode(), b"Sch\\u00f6ne-Gr\\u00f6\\u00dfe", b"***"),
        ("Schöne-Größe".encode(), b"Sch&ouml;ne-Gr&ouml;&szlig;e", b"***"),
        ("geheim-😀-geheim".encode(), b"geheim-\\ud83d\\ude00-geheim", b"***"),
        ("пароль-пароль".encode(), "пароль-пароль".encode("utf-16-le"), b"***\x04"),
        (b"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8", b"a\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8b", b"a***b"),
    ],
)  # fmt: skip
def test_what_is_masked_and_what_is_not(secret: bytes, answer: bytes, wanted: bytes) -> None:
    assert Mask([secret]).masked(answer) == wanted


def test_several_secrets_are_masked_and_merged() -> None:
    mask = Mask([PASSWORD, b"another-secret", b"xy"])
    assert mask.masked(b"hunter2-and-a-halfanother-secret XY z") == b"*** *** z"


def test_a_capture_of_a_part_of_an_echo_is_masked() -> None:
    mask = Mask([PASSWORD])
    answer = b"user=" + PASSWORD + b" aHVudGVyMi1hbmQtYS1oYWxm role"
    for captured, wanted in (
        (b"ter2", MASK), (b"user=" + PASSWORD, b"user=***"), (b"VudGVy", MASK), (b"role", b"role"), (b"", b""),
    ):  # fmt: skip
        assert mask.masked_capture(captured, answer) == wanted


def test_text_keeps_its_characters() -> None:
    mask = Mask([PASSWORD])
    assert mask.masked_text("CN=Größe \udce9, O=hunter2-AND-a-half") == "CN=Größe \ufffd\ufffd\ufffd, O=***"
    assert mask.masked_text("CN=Größe \udce9") == "CN=Größe \udce9"
    assert "hunter" not in repr(mask)


# Answers of 8 KiB, as many as a capture has, that cost the most.
HOSTILE = (
    b"hunter2-an", b"h u n t e r 2 ", b"a", b"%61", b"%2561", b"&amp;", b"&NotEqualTilde;", b"\\u0061", b"\\\\", b"=61", b"61",
    b"0x61,", b"YWFh", b"YWFhYWFhYWFh ", b"aHVudGVyMi", b"\0a", b"\xff", "\u200ba".encode(), b"%61h&#x61;\\u0061=61", b"&#9999999;",
)  # fmt: skip
LONG = bytes(random.Random(1).choices(range(33, 127), k=1 << 16))  # noqa: S311 - no real secret


@pytest.mark.parametrize("unit", [*HOSTILE, LONG], ids=lambda unit: repr(unit[:20]))
@pytest.mark.parametrize("secret", [PASSWORD, b"a" * (1 << 16), LONG], ids=["short", "equal", "long"])
def test_the_time_is_bounded(secret: bytes, unit: bytes) -> None:
    answer = (unit * ((1 << 13) // len(unit) + 1))[: 1 << 13]
    began = time.process_time()
    Mask([secret]).masked(answer)
    assert time.process_time() - began < 2  # it takes 0.2 s at most on an idle machine
