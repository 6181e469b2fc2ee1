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
from tcp_health_plugins.common.usage import UsageError
from tcp_health_plugins.listener.behaviours import BEHAVIOURS, Behaviour
from tcp_health_plugins.listener.main import main
from tcp_health_plugins.listener.options import Options, options, parser, unescape

WRONG = [
    (["--port", "65536"], "--port: invalid port '65536': must be a whole number from 0 to 65535"),
    (["--port", "-1"], "--port: invalid port '-1': must be a whole number from 0 to 65535"),
    (["--port", "٣"], "--port: invalid port '\\u0663': must be a whole number from 0 to 65535"),
    (["--port"], "--port: expected one argument"),
    (["--network", "udp"], "--network: invalid network 'udp': must be tcp, tcp4 or tcp6"),
    (["--bind", "a b"], "--bind: invalid address 'a b': must be an IP address or a host name"),
    (["--bind", "[]"], "--bind: invalid address '[]': must be an IP address or a host name"),
    (["--greeting", "\\q"], "--greeting: invalid escape '\\\\q': must be \\r, \\n, \\t, \\0, \\\\ or \\xHH"),
    (["--greeting", "end\\"], "--greeting: invalid escape '\\\\': must be \\r, \\n, \\t, \\0, \\\\ or \\xHH"),
    (
        ["--behaviour", "dance"],
        "--behaviour: invalid behaviour 'dance': must be greet, echo, silent, close, reset, slow, drip,",
    ),
    (["--behavior", "dance"], "--behavior: invalid behaviour 'dance': must be greet, echo, silent,"),
    (["--behaviour", ""], "--behaviour: invalid behaviour '': must be greet,"),
    (["--behaviour", "refuse-some"], "--behaviour: invalid behaviour 'refuse-some': must be greet,"),
    (
        ["--behaviour", "echo,slow"],
        "--behaviour: invalid behaviour 'echo,slow': must be at most one behaviour and one refuse-some=N%",
    ),
    (
        ["--behaviour", "refuse-some=101%"],
        "--behaviour: invalid refuse-some '101': must be a whole number from 0% to 100%",
    ),
    (
        ["--behaviour", "refuse-some=x"],
        "--behaviour: invalid refuse-some 'x': must be a whole number from 0% to 100%",
    ),
    (
        ["--behaviour", "flood", "--greeting", ""],
        "invalid --greeting '': must not be empty with --behaviour flood",
    ),
    (
        ["--delay", "soon"],
        "--delay: invalid number 'soon': must be a decimal number with an optional unit (us, ms, s, m, h)",
    ),
    (["--delay=-1"], "--delay: invalid duration '-1': must not be negative"),
    (["--flap", "5s"], "--flap: invalid schedule '5s': must be two durations, as in 5s:2s"),
    (["--flap", "0:1"], "--flap: invalid schedule '0:1': both durations must be at least 10ms"),
    (["--idle-timeout", "nan"], "--idle-timeout: invalid number 'nan': must be a decimal number"),
    (
        ["--max-connections", "0"],
        "--max-connections: invalid number '0': must be a whole number from 1 to 1000000",
    ),
    (["--grace", "1e3"], "--grace: invalid number '1e3': must be a decimal number"),
    (["--tls-key", "key.pem"], "--tls-key: requires --tls-cert"),
    (["--tls-cert", ""], "--tls-cert: invalid file name '': must not be empty"),
    (["--por", "1"], "unrecognized arguments: --por 1: did you mean --port?"),
    (["127.0.0.1\n\x1b[31m"], "unrecognized arguments: 127.0.0.1\\n\\x1b[31m"),
]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    WRONG,
    ids=[" ".join(row[0]).encode("unicode_escape").decode() for row in WRONG],
)
def test_invalid_arguments_are_one_message_that_names_the_option(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 3
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith(f"tcp_health_listener: {sentence}")
    assert error.endswith((". See tcp_health_listener --help.\n", "? See tcp_health_listener --help.\n"))
    assert error.count("\n") == 1


def test_invalid_arguments_end_the_process_with_exit_code_3() -> None:
    ended = run("--port", "x")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (3, "", 1)


def test_the_help_names_every_option_and_its_examples_are_valid() -> None:
    ended = run("--help", env={**os.environ, "COLUMNS": "80"})
    assert (ended.returncode, ended.stderr) == (0, "")
    wanted = [
        "bind",
        "port",
        "network",
        "greeting",
        "behaviour",
        "delay",
        "tls-cert",
        "tls-key",
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


# The parser alone.


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
    assert unescape(text) == data


@pytest.mark.parametrize("text", ["\\", r"\x", r"\x4", r"\xgg", r"\1", "\\\n"])
def test_other_escapes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="invalid escape"):
        unescape(text)


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


@pytest.mark.parametrize("option", ["--behaviour", "--behavior"])
def test_both_spellings_of_behaviour_are_accepted(option: str) -> None:
    assert options(parser().parse_args([option, "drip"])).behaviour == Behaviour("drip")


def test_the_parser_raises_one_kind_of_error() -> None:
    with pytest.raises(UsageError, match="--delay"):
        parser().parse_args(["--delay", "x"])
