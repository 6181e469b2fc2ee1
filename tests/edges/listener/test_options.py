# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""tcp_health_listener's command line, its help and its page."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import fields

import pytest

from support.listener_clients import run
from support.listener_process import PROGRAM
from tcp_health_plugins.behaviours import BEHAVIOURS, Behaviour
from tcp_health_plugins.listener import main
from tcp_health_plugins.listener_options import Options, WrongArgumentsError, options, parser, unescaped

WRONG = [
    (["--port", "65536"], "--port: takes a whole number from 0 to 65535, not '65536'"),
    (["--port", "-1"], "--port: takes a whole number from 0 to 65535, not '-1'"),
    (["--port", "٣"], "--port: takes a whole number from 0 to 65535, not '\\u0663'"),
    (["--port"], "--port: expected one argument"),
    (["--network", "udp"], "--network: takes tcp, tcp4 or tcp6, not 'udp'"),
    (["--bind", "a b"], "--bind: takes an address or a name, not 'a b'"),
    (["--bind", "[]"], "--bind: takes an address or a name, not '[]'"),
    (["--greeting", "\\q"], "--greeting: the escapes are \\r, \\n, \\t, \\0, \\\\ and \\xHH, not '\\\\q'"),
    (["--greeting", "end\\"], "--greeting: the escapes are \\r, \\n, \\t, \\0, \\\\ and \\xHH, not '\\\\'"),
    (
        ["--behaviour", "dance"],
        "--behaviour: 'dance' is none of greet, echo, silent, close, reset, slow, drip,",
    ),
    (["--behaviour", ""], "--behaviour: '' is none of greet,"),
    (["--behaviour", "refuse-some"], "--behaviour: 'refuse-some' is none of greet,"),
    (
        ["--behaviour", "echo,slow"],
        "--behaviour: 'echo,slow' says more than one behaviour and one refuse-some=N%",
    ),
    (
        ["--behaviour", "refuse-some=101%"],
        "--behaviour: refuse-some takes a whole number from 0% to 100%, not 101",
    ),
    (
        ["--behaviour", "refuse-some=x"],
        "--behaviour: refuse-some takes a whole number from 0% to 100%, not 'x'",
    ),
    (
        ["--behaviour", "flood", "--greeting", ""],
        "--behaviour flood repeats the greeting, and --greeting is empty",
    ),
    (["--delay", "soon"], "--delay: 'soon' is not a number with an optional unit (us, ms, s, m, h)"),
    (["--delay=-1"], "--delay: '-1' is a negative duration"),
    (["--flap", "5s"], "--flap: takes two durations like 5s:2s, not '5s'"),
    (["--flap", "0:1"], "--flap: takes durations of at least 10ms, not '0:1'"),
    (["--idle-timeout", "nan"], "--idle-timeout: 'nan' is not a number"),
    (["--max-connections", "0"], "--max-connections: takes a whole number from 1 to 1000000, not '0'"),
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
    assert unescaped(text) == data


@pytest.mark.parametrize("text", ["\\", r"\x", r"\x4", r"\xgg", r"\1", "\\\n"])
def test_other_escapes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the escapes are"):
        unescaped(text)


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
    with pytest.raises(WrongArgumentsError, match="--delay"):
        parser().parse_args(["--delay", "x"])
