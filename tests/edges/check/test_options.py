# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line: getopt_long's rules, check_tcp's habits, and one message for each error."""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.command_line import built, complaint, read, value
from tcp_health.model.ranges import Range
from tcp_health.model.verdict import CRITICAL, OK
from tcp_health.settings.build import build
from tcp_health.settings.table import SETTINGS, SettingError
from tcp_health_plugins.check.main import main
from tcp_health_plugins.check.options import parse
from tcp_health_plugins.common.usage import UsageError

# Forms


@pytest.mark.parametrize(
    "words",
    [
        "-p 80",
        "-p80",
        "--port 80",
        "--port=80",
        "--por 80",
        "--po=80",
        "-vp 80",
        "-vp80",
        "-Svp80",
        "-p 80 -p 80",
    ],
)
def test_a_value_follows_its_option_with_or_without_a_space(words: str) -> None:
    assert value(f"-H h {words}", "port") == 80


@pytest.mark.parametrize(
    ("words", "name", "wanted"),
    [
        ("-e -ERR", "expect", (b"-ERR",)),
        ("-e -- -w 1", "expect", (b"--",)),
        ("--expect=--port", "expect", (b"--port",)),
        ("-e --port:", "expect", (b"--port:",)),
        ("--expect=-ERR", "expect", (b"-ERR",)),
        ("--expect= -v", "expect", (b"",)),
        ("--expect=a=b", "expect", (b"a=b",)),
        ("-ea=b", "expect", (b"a=b",)),
        ("-e a -e b", "expect", (b"a", b"b")),
        ("-w -1:5", "warning_time", Range(-1, 5)),
        ("-w -0.5:", "warning_time", Range(-0.5, float("inf"))),
        ("-s -", "send", b"-"),
        ("-s ''", "send", b""),
        ("-H -x", "host", "-x"),
    ],
)
def test_a_value_may_look_like_an_option(words: str, name: str, wanted: object) -> None:
    assert value(words, name) == wanted


@pytest.mark.parametrize(
    ("cluster", "apart"),
    [("-je 220", "-j -e 220"), ("-Aje220", "-A -j -e 220"), ("-SEe 220", "-S -E -e 220"), ("-SD30", "-S -D 30"), ("-vv", "-v -v"),
     ("-4v", "-4 -v"), ("-6jvAS", "-6 -j -v -A -S")],
)  # fmt: skip
def test_flags_can_be_combined(cluster: str, apart: str) -> None:
    assert read(cluster).values == read(apart).values


@pytest.mark.parametrize(
    ("old", "new"),
    [("-to 5", "-t 5"), ("-wt 1", "-w 1"), ("-ct 2", "-c 2"), ("-to 5 -wt 1 -ct 2", "-t 5 -w 1 -c 2")],
)
def test_the_old_forms_have_their_old_meaning(old: str, new: str) -> None:
    assert read(old).values == read(new).values


def test_the_old_forms_are_replaced_in_values_too_as_check_tcp_does() -> None:
    values = read("-s -to -e -wt", "check_tcp").values
    assert (values["send"], values["expect"]) == (b"-t", (b"-w",))


@pytest.mark.parametrize(
    ("words", "name", "wanted"),
    [
        ("--re ok", "on_refused", OK),
        ("--crit 2", "critical_time", Range(0, 2)),
        ("--cri 2", "critical_time", Range(0, 2)),
        ("--warn 2", "warning_time", Range(0, 2)),
        ("--critical 2", "critical_time", Range(0, 2)),
        ("--warning=2", "warning_time", Range(0, 2)),
        ("--ho h", "host", "h"),
        ("--ce 30", "certificate", (30, 0)),
        ("--ss", "ssl", True),
        ("--sn name", "sni", "name"),
        ("--es", "escape", True),
        ("--ex 220", "expect", (b"220",)),
        ("--a", "expect_all", True),
        ("--ma 5", "max_bytes", 5),
        ("--mi crit", "on_mismatch", CRITICAL),
        ("--q BYE", "quit", b"BYE\r\n"),
        ("--j", "hide_output", True),
        ("--d 1", "receive_delay", 1.0),
        ("--t 5", "timeout", (5.0, None)),
        ("--verb", "verbose", 1),
        ("--retri 3", "retries", 3),
        ("--retry-d 3", "retry_delay", 3.0),
        ("--critical-los 5%", "critical_loss", Range(0, 5)),
        ("--ipv6", "family", "6"),
    ],
)
def test_an_abbreviation_is_check_tcp_s_first_and_then_ours(words: str, name: str, wanted: object) -> None:
    assert value(words, name) == wanted


@pytest.mark.parametrize(
    "word", ["--h", "--c", "--s", "--e", "--m", "--u", "--use-ipv", "--v", "--ver", "--retry"]
)
def test_an_abbreviation_of_several_names_them(word: str) -> None:
    assert complaint([word, "1"]).startswith(f"ambiguous option {word}: could be --")


def test_an_exact_name_wins_over_a_longer_one() -> None:
    assert value("--critical 2", "critical_time") == Range(0, 2)
    assert read("--help").action == "help"
    assert read("--help-all").action == "help_all"


@pytest.mark.parametrize(
    "setting", [each for each in SETTINGS if "plugin" in each.edges], ids=lambda each: each.name
)
def test_every_setting_has_its_canonical_flag_with_dashes(setting: Any) -> None:
    canonical = "--" + setting.name.replace("_", "-")
    assert canonical in setting.flags or setting.kind == "ignored"
    flags = [flag for each in SETTINGS for flag in each.flags]
    assert all(flags.count(flag) == 1 for flag in setting.flags)


# Arguments that are not options


@pytest.mark.parametrize(
    ("words", "host", "named"),
    [
        ("h -p 80", "h", False),
        ("-p 80 h", "h", False),
        ("-p 80 -- h", "h", False),
        ("h -p 80 extra", "extra", False),
        ("-p 80 h -H x", "h", False),
        ("h -H x -p 80", "x", True),
        ("-H h -p 80 extra", "h", True),
        ("-H a -H b -p 80", "b", True),
        ("-p 80", "127.0.0.1", False),
        ("--- -p 80", "---", False),
    ],
)
def test_which_word_is_the_host_for_check_tcp(words: str, host: str, named: bool) -> None:
    line = read(words, "check_tcp")
    assert (line.values.get("host", "127.0.0.1"), line.host_named) == (host, named)


def test_arguments_after_the_first_word_are_ignored_and_named_under_a_name_of_check_tcp() -> None:
    line = read("-p 80 h -e nope -w 0", "check_tcp")
    assert "expect" not in line.values
    assert line.ignored == ["-e", "nope", "-w", "0"]


@pytest.mark.parametrize(
    ("words", "action"),
    [("-h", "help"), ("--help", "help"), ("--help-all", "help_all"), ("-V", "version"), ("-Vx", "version"), ("-p 80 -V -q", "version"),
     ("-vh --nonsense", "help"), ("--vers", "version")],
)  # fmt: skip
def test_help_and_version_act_at_once(words: str, action: str) -> None:
    assert read(words).action == action


def test_an_error_before_the_version_is_reported_first() -> None:
    assert "unknown option" in complaint("--nonsense -V")


# -E and the texts


@pytest.mark.parametrize(
    ("words", "name", "wanted"),
    [
        ([r"-E", "-s", r"a\r\nb\t\\\0\x41"], "send", b"a\r\nb\t\\\0A"),
        (["-E", "-s", r"\q"], "send", b"q"),
        (["-E", "-q", r"bye\n"], "quit", b"bye\n"),
        (["-q", "bye"], "quit", b"bye\r\n"),
        (["-q", ""], "quit", b"\r\n"),
        (["-E", "-q", ""], "quit", b""),
        (["-E", "-e", r"a\n"], "expect", (rb"a\n",)),
        (["-s", "\udcff"], "send", b"\xff"),
        (["-s", "ä"], "send", "ä".encode()),
    ],
)
def test_the_option_for_escapes_applies_to_the_send_and_quit_after_it(
    words: list[str], name: str, wanted: object
) -> None:
    assert value(words, name) == wanted


@pytest.mark.parametrize("words", [["-s", r"a\n", "-E"], ["-q", "bye", "-E"]])
def test_the_option_for_escapes_after_the_texts_is_refused_except_under_a_name_of_check_tcp(
    words: list[str],
) -> None:
    assert complaint(["-p", "80", *words]) == "option -E: must come before the -s and -q that it changes"
    assert read(words, "check_tcp").values["escape"]


# Names


@pytest.mark.parametrize(
    ("program", "shown", "port"),
    [
        ("check_ftp", "FTP", 21), ("/x/y/check_imap", "IMAP", 143), ("check_simap", "SIMAP", 993), ("check_pop3", "POP3", 110),
        ("check_nntps", "NNTPS", 563), ("check_Ftp", "FTP", 21), ("check_ftps", "FTPS", 21), ("check_clamd", "CLAMD", 3310),
    ],
)  # fmt: skip
def test_a_link_s_name_is_a_service(program: str, shown: str, port: int) -> None:
    check = built("-H h", program)
    assert (check.options.service, check.probe.target.port) == (shown, port)


@pytest.mark.parametrize("program", ["check_tcp_health", "tcp", "foo_check_ftp", "check_", "x"])
def test_any_other_name_is_tcp(program: str) -> None:
    assert built("-H h -p 80", program).options.service == "TCP"


def test_an_unknown_service_s_link_is_named() -> None:
    assert "check_xyz" in complaint("-H h", "check_xyz")


# Errors: one message that names the option and its valid values


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("-p", ("-p", "PORT")),
        ("-H h -p 0", ("-p", "1 to 65535", "0")),
        ("-H h -p 65536", ("-p", "1 to 65535")),
        ("-H h -p http", ("-p", "'http'")),
        ("-H h -p 80x", ("-p", "'80x'")),
        ("-H h -p ٨٠", ("-p",)),
        ("-H h", ("-p", "no port")),
        ("-H '' -p 80", ("-H", "no host")),
        ("-H 'a b' -p 80", ("-H", "a b")),
        ("-H h:80 -p 81", ("port 80", "port 81")),
        ("-H [::1 -p 80", ("-H", "brackets")),
        ("-H [h]:80", ("-H", "IPv6")),
        ("-H h:x", ("'x'",)),
        (f"-H /{'x' * 120}", ("-H", "107")),
        (f"-H {'x' * 300} -p 80", ("-H",)),
        ("-H h -p 80 --address db", ("--address", "IP address", "'db'")),
        ("-H h -p 80 -t 0", ("-t", "above 0")),
        ("-H h -p 80 -t abc", ("-t", "'abc'")),
        ("-H h -p 80 -t -5", ("-t", "negative")),
        ("-H h -p 80 -t 5:fine", ("-t", "'fine'")),
        ("-H h -p 80 -t :", ("-t",)),
        ("-H h -p 80 -t 1e3", ("-t", "'1e3'")),
        ("-H h -p 80 -t inf", ("-t", "'inf'")),
        ("-H h -p 80 -t nan", ("-t", "'nan'")),
        ("-H h -p 80 -w abc", ("-w", "'abc'")),
        ("-H h -p 80 -w 0.5x", ("-w",)),
        ("-H h -p 80 -w ''", ("-w",)),
        ("-H h -p 80 -w 5:1", ("-w", "below the start")),
        ("-H h -p 80 -w nan", ("-w",)),
        ("-H h -p 80 -c 10%", ("-c",)),
        ("-H h -p 80 --warning-loss 5ms", ("--warning-loss",)),
        ("-H h -p 80 -r fine", ("-r", "ok, warning, critical or unknown", "'fine'")),
        ("-H h -p 80 -r ''", ("-r",)),
        ("-H h -p 80 -M xyz", ("-M",)),
        ("-H h -p 80 -m 0", ("-m", "from 1")),
        ("-H h -p 80 -m -5", ("-m",)),
        ("-H h -p 80 -m 99999999999", ("-m",)),
        ("-H h -p 80 -d 0", ("-d", "above 0")),
        ("-H h -p 80 -D abc", ("-D", "days")),
        ("-H h -p 80 -D 30,x", ("-D",)),
        ("-H h -p 80 -D 30,10,5", ("-D",)),
        ("-H h -p 80 --retries -1", ("--retries",)),
        ("-H h -p 80 --retries 1.5", ("--retries", "whole number")),
        ("-H h -p 80 --count 2000000000", ("--count", "at most 9 digits")),
        ("-H h -p 80 --count 0", ("--count", "from 1")),
        ("-H h -p 80 --retry-backoff 0", ("--retry-backoff",)),
        ("-H h -p 80 --addresses some", ("--addresses", "any, first, all", "'some'")),
        ("-H h -p 80 --read x", ("--read", "none, data, eof")),
        ("-H h -p 80 --close x", ("--close",)),
        ("-H h -p 80 --output xml", ("--output", "text, json")),
        ("-H h -p 80 --service xyz", ("--service", "ftp", "'xyz'", "docs/services.md")),
        ("-H h -p 80 --family 5", ("--family",)),
        ("-H h -p 80 --network udp", ("send/expect string must be specified",)),
        ("-H h -p 80 --network udp -s x -e y -S", ("TLS",)),
        *(
            (f"-H h -p 80 --network udp -s x -e y {words}", ("--network", "TLS requires TCP"))
            for words in ("--tls", "-S", "--starttls smtp", "-D 30", "--no-verify", "--alpn h2")
        ),
        *(
            (
                ["-H", "h", "-p", "80", "--tls", f"--{name}", text, *more],
                (f"--{name}", f"invalid {what} {text!r}: must not be empty"),
            )
            for name, what, *more in (
                ("ca-file", "file"),
                ("ca-path", "directory"),
                ("verify-name", "name"),
                ("ciphers", "list"),
                ("client-cert", "file"),
                ("client-key", "file", "--client-cert", "x"),
                ("client-key-password-file", "file", "--client-cert", "x"),
            )
            for text in ("", " ")
        ),
        ("-H h -p 80 --tls --alpn ''", ("--alpn", "names")),
        ("-H h -p 80 --tls --fingerprint ''", ("--fingerprint", "64 hexadecimal digits")),
        (
            "-H h -p 80 --tls --fingerprint 'sha1 Fingerprint=AB:CD'",
            ("--fingerprint", "64 hexadecimal digits"),
        ),
        ("-H h -p 80 --ssl=1", ("--ssl", "no value")),
        ("-H h -p 80 -4 --use-ipv4=1", ("--use-ipv4", "no value")),
        ("-H h -p 80 --expect", ("--expect", "TEXT")),
        ("-H h -p 80 -e", ("-e", "TEXT")),
        ("-H h -p 80 -x", ("-x",)),
        ("-H h -p 80 -jx", ("-x",)),
        ("-H h -p 80 --nonsense", ("--nonsense",)),
        ("-H h -p 80 -E -s 'a\\'", ("-s", "escape")),
        ("-H h -p 80 -E -s '\\xg1'", ("-s", "hexadecimal")),
        ("-H h -p 80 -E -s '\\x4'", ("-s", "hexadecimal")),
        ("-H h -p 80 -P 80", ("-P",)),
        ([], ("missing arguments",)),
        (["-H", "a\0b", "-p", "80"], ("-H", "NUL")),
        (["-H", "/a\0b"], ("-H", "NUL")),
    ],
)
def test_an_invalid_argument_gets_one_message_that_names_the_option(
    words: str | list[str], parts: tuple[str, ...]
) -> None:
    sentence = complaint(words)
    for part in parts:
        assert part in sentence, sentence
    assert len(sentence) < 300
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "words",
    [
        "",
        "-p",
        "-H h -p x",
        "-H h",
        "--nonsense",
        "-H h -p 80 -w 5:1",
        "-H h -p 80 -e \x1b]0;x\x07 -r \x1b[31m",
    ],
)
def test_invalid_arguments_are_exit_3_on_stdout_with_two_lines_of_usage(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(shlex.split(words), "check_tcp_health") == 3
    output, errors = capsys.readouterr()
    first, *usage = output.splitlines()
    assert first.startswith("TCP UNKNOWN - ")
    assert len(usage) == 2
    assert usage[0].startswith("Usage: check_tcp_health")
    assert not errors
    assert all(each.isprintable() for each in output.replace("\n", ""))


WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from([flag for setting in SETTINGS for flag in setting.flags]),
    st.sampled_from(
        [
            "-",
            "--",
            "---",
            "=",
            "--=",
            "-=",
            "",
            "h",
            "80",
            "-p80",
            "1:2",
            "@",
            "~:",
            "%",
            "-t:",
            "-vvv",
            "--extra",
        ]
    ),
)


@given(st.lists(WORDS, max_size=8))
def test_any_command_line_is_read_or_refused_with_one_message(words: list[str]) -> None:
    if any(word.startswith("--extra-opts") for word in words):
        return
    with suppress(UsageError, SettingError):
        line = parse(words, "check_tcp_health", {})
        if line.action == "check":
            build(line.values, host_named=line.host_named)


@given(
    st.lists(
        st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), min_size=1), max_size=5
    )
)
def test_every_expected_text_arrives_as_it_was_written(texts: list[str]) -> None:
    # After -e, an option such as --certificate would be refused.
    words = [
        word for text in texts for word in ([f"--expect={text}"] if text.startswith("-") else ["-e", text])
    ]
    assert value(["-v", *words], "expect") == (tuple(text.encode() for text in texts) or None)
