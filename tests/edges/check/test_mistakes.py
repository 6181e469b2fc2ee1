# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mistyped command lines under our own name: understood, or refused with the reason and a hint; nothing is dropped."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.command_line import built, complaint, read
from tcp_health.settings.build import build
from tcp_health.settings.readers import TRUE
from tcp_health.settings.table import SETTINGS
from tcp_health.settings.urls import settings_of
from tcp_health_plugins.check.main import main

if TYPE_CHECKING:
    from pathlib import Path

LONG = [flag for each in SETTINGS if "plugin" in each.edges and each.kind != "ignored" for flag in each.flags if flag[1] == "-"]  # fmt: skip


def target(words: str | list[str]) -> str:
    return built(words).probe.target.text


# Hosts, ports and URLs


@pytest.mark.field(29)
@pytest.mark.parametrize(
    "words",
    ["db1 22", "db1:22", "-H db1:22", "db1 -p 22", "-p 22 db1", "-v db1 -t 5 22 -j", "-- db1 22", "db1 22 -w 1", "db1 22 ''", "-H db1 -p 22 '' ''",
     "tcp://db1:22"],
)  # fmt: skip
def test_host_and_port_are_read_in_every_usual_form(words: str) -> None:
    assert target(words) == "db1:22"


@pytest.mark.field(29)
@pytest.mark.parametrize(
    "words", ["[2001:db8::1]:22", "[2001:db8::1] 22", "2001:db8::1 22", "tcp://[2001:db8::1]:22/"]
)
def test_an_ipv6_address_is_read_with_its_port(words: str) -> None:
    assert target(words) == "[2001:db8::1]:22"


@pytest.mark.field(28)
@pytest.mark.parametrize(
    ("words", "where", "verified"),
    [
        ("https://www.example.org/", "www.example.org:443", True),
        ("-H https://www.example.org", "www.example.org:443", True),
        ("HTTPS://www.example.org:8443", "www.example.org:8443", True),
        ("https://www.example.org -p 8443", "www.example.org:8443", True),
        ("-p 8443 https://www.example.org", "www.example.org:8443", True),
        ("https://[2001:db8::1]/", "[2001:db8::1]:443", True),
        ("https://www.example.org --no-verify", "www.example.org:443", False),
        ("tls://www.example.org:5061", "www.example.org:5061", True),
        ("imaps://www.example.org", "www.example.org:993", True),
        ("http://www.example.org/", "www.example.org:80", None),
        ("redis://www.example.org", "www.example.org:6379", None),
        ("postgresql://www.example.org:5433", "www.example.org:5433", None),
    ],
)
def test_a_url_is_a_host_a_port_and_tls(words: str, where: str, verified: bool | None) -> None:
    check = built(words)
    plan = check.probe.recipe.tls
    assert check.probe.target.text == where
    assert (plan.verify if plan is not None else None) is verified


@pytest.mark.field(28)
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("https://www.example.org/health", "-H/--host: invalid URL: a check requests no path, it ends after the host and the port: https://www.example.org"),
        ("https://www.example.org?x", "-H/--host: invalid URL: a check requests no path"),
        ("htps://www.example.org/", "-H/--host: invalid URL: unknown scheme 'htps': did you mean https?"),
        ("foo://www.example.org", "-H/--host: invalid URL: unknown scheme 'foo': must be https, http, tls, tcp or a service"),
        ("https://", "-H/--host: invalid URL: no host after https://"),
        ("https://www.example.org:x", "-p/--port: invalid port 'x': must be a number from 1 to 65535"),
        ("https://www.example.org:8443 -p 443", "-p/--port: conflicting ports: 'www.example.org:8443' has port 8443, but port 443 is also given"),
        ("redis://www.example.org --service imap", "--service: conflicts with redis:// of the target"),
        ("tcp://www.example.org", "-p/--port: no port given for www.example.org"),
        ("udp://www.example.org:53", "-H/--host: invalid URL: unknown scheme 'udp'"),
    ],
)  # fmt: skip
def test_a_url_that_means_more_than_a_place_is_refused_with_the_form_to_write(
    words: str, sentence: str
) -> None:
    assert complaint(words).startswith(sentence)


@pytest.mark.field(28)
def test_a_password_in_a_url_is_not_repeated() -> None:
    for words in ("https://user:geheim@www.example.org/", "foo://user:geheim@www.example.org/"):
        for program in ("check_tcp_health", "check_tcp"):
            assert "geheim" not in complaint(f"-H {words} -p 80", program)


@pytest.mark.field(28)
def test_under_a_name_of_check_tcp_a_url_is_an_invalid_host() -> None:
    assert (
        complaint("-H https://h -p 443", "check_tcp")
        == "-H/--host: invalid host: must be a host name or an address, not a URL"
    )


def test_every_scheme_of_a_service_selects_it() -> None:
    assert settings_of("mqtts://h") == [("host", "h"), ("service", "mqtts")]
    assert {text for name, text in settings_of("ssl://h") if name == "tls"} <= TRUE


@pytest.mark.field(35)
@pytest.mark.parametrize(
    "words", ["-H fe80::1%nowhere0 -p 22", "[fe80::1%nowhere0]:22", "-H db1 -p 22 --address fe80::1%nowhere0"]
)
def test_a_zone_that_is_no_interface_is_a_problem_of_the_monitoring_host(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words.split(), "check_tcp_health") == 3
    assert ": no such interface: nowhere0 - local: unusable source|" in capsys.readouterr().out


# Options


@pytest.mark.parametrize(
    "words", ["db1 22 -w 1 -c 2 --retries 3", "-w 1 db1 -c 2 22 --retries 3", "--retries=3 -c2 db1:22 -w 1"]
)
def test_options_count_wherever_they_are(words: str) -> None:
    values = read(words).values
    assert (values["warning_time"].end, values["critical_time"].end, values["retries"]) == (1, 2, 3)


@pytest.mark.field(30)
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("db1:22 --retires 2", "unknown option --retires: did you mean --retries?"),
        ("db1:22 --retires=2", "unknown option --retires: did you mean --retries?"),
        ("db1:22 --warning_time 2", "unknown option --warning_time: did you mean --warning-time?"),
        ("db1:22 --warning-conect 2", "unknown option --warning-conect: did you mean --warning-connect?"),
        ("db1:22 --TLS", "unknown option --TLS: did you mean --tls?"),
        ("db1:22 --tsl", "unknown option --tsl: did you mean --tls?"),
        ("db1:22 --check-interval 1m", "unknown option --check-interval: a setting of Nagios and Icinga, not of the check"),
        ("db1:22 -T 5", "unknown option -T: did you mean -t?"),
        ("db1:22 -P", "unknown option -P: did you mean -p?"),
        ("db1:22 -x", "unknown option -x"),
        ("db1:22 -retires 2", "option -r: invalid state 'etires': must be ok, warning, critical or unknown: did you mean --retries?"),
        ("db1:22 -tls", "invalid option -tls: did you mean --tls?"),
        ("db1:22 -ssl", "invalid option -ssl: did you mean --ssl?"),
        ("db1:22 -sni=x", "invalid option -sni: did you mean --sni?"),
        ("db1:22 --service redsi", "--service: unknown service 'redsi': did you mean redis?"),
    ],
)  # fmt: skip
def test_a_mistyped_option_gets_the_option_that_was_meant(words: str, sentence: str) -> None:
    assert complaint(words).startswith(sentence)


@pytest.mark.field(30)
@pytest.mark.parametrize("option", ["--warning-latency", "--format"])
def test_an_option_that_is_similar_only_by_its_beginning_is_no_hint(option: str) -> None:
    assert "did you mean" not in complaint(f"db1:22 {option} 2")


@pytest.mark.field(30)
@given(
    st.sampled_from([flag for flag in LONG if len(flag) > 5]),
    st.integers(0, 30),
    st.sampled_from("rdix"),
    st.sampled_from(string.ascii_lowercase),
)
def test_one_wrong_letter_has_a_hint(flag: str, place: int, how: str, letter: str) -> None:
    word = flag[2:]
    at = place % len(word)
    wrong = "--" + {
        "r": word[:at] + letter + word[at + 1 :],
        "d": word[:at] + word[at + 1 :],
        "i": word[:at] + letter + word[at:],
        "x": word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    }[how]  # fmt: skip
    if any(
        each.startswith(wrong)
        for each in (*LONG, "--extra-opts", "--critical-codes", "--warning-codes", "--protocol")
    ):
        return  # another option, or an abbreviation
    assert "did you mean --" in complaint(["db1:22", wrong])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("-H db1 22", "unexpected argument '22': did you mean -p 22?"),
        ("-H db1 -p 22 443", "unexpected argument '443': the port is given already"),
        ("db1 22 443", "unexpected argument '443': the port is given already"),
        ("db1 22 -p 22", "unexpected argument '22': the port is given already"),
        ("db1 web1 -p 22", "unexpected argument 'web1': only a host and a port can be given without an option"),
        ("-H db1 web1 -p 22", "unexpected argument 'web1': the host is given already"),
        ("db1 22 -- -w", "unexpected argument '-w': no option can follow --"),
        ("db1 22 -- --retries=2", "unexpected argument '--retries=2': no option can follow --"),
        ("db1 ssh", "unexpected argument 'ssh': did you mean --service ssh?"),
        ("db1:443 tls", "unexpected argument 'tls': did you mean --tls?"),
        ("db1:443 retries 2", "unexpected argument 'retries': did you mean --retries?"),
        ("db1:443 retries=2", "unexpected argument 'retries=2': did you mean --retries?"),
        ("db1:443 w 2", "unexpected argument 'w': did you mean -w?"),
        ("db1:443 \u2013\u2013tls", "unexpected argument '\u2013\u2013tls': did you mean --tls?"),
        ("\u2013w 5 db1:443", "invalid argument '\u2013w': it begins with a dash, not with a hyphen: did you mean -w?"),
        ("22", "invalid host '22': a port must follow its host, as in db1 22"),
        ("22 db1", "invalid host '22': a port must follow its host"),
        ("db1 70000", "-p/--port: invalid port 70000: must be a number from 1 to 65535"),
        ("mail:22:33 -p 25", "-H/--host: invalid host 'mail:22:33': must be a name, host:port or an IPv6 address"),
        ("-p 22 ''", "-H/--host: no host given"),
        ("'' 22", "-H/--host: no host given"),
        ("db1 ''", "-p/--port: no port given for db1"),
        ("--- -p 22", "unknown option ---"),
    ],
)  # fmt: skip
def test_an_argument_too_many_is_refused(words: str, sentence: str) -> None:
    assert complaint(words).startswith(sentence)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("db1:22 -w -c 1", "option -w requires a value, and -c is an option: if it is the value, write --warning-time=-c"),
        ("db1:22 -s -v", "option -s requires a value, and -v is an option"),
        ("db1:22 -s -vv", "option -s requires a value, and -vv is an option"),
        ("db1:22 -e --tls", "option -e requires a value, and --tls is an option: if it is the value, write --expect=--tls"),
        ("db1:22 --sni --tls", "option --sni requires a value"),
        ("-H -p 22", "option -H requires a value"),
        ("db1:22 --read", "option --read requires a value: --read none or data or eof"),
        ("db1:22 -W 5", "option -W has no effect: did you mean -w?"),
        ("db1:22 -C 5", "option -C has no effect: did you mean -c?"),
        ("db1:22 --protocol tcp", "option --protocol has no effect: did you mean --network?"),
    ],
)  # fmt: skip
def test_an_option_that_would_be_lost_is_refused(words: str, sentence: str) -> None:
    assert complaint(words).startswith(sentence)


@pytest.mark.field(32)
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            "db1:22 -s a -s b",
            "option -s: given twice with different values; --step makes a dialogue of several texts",
        ),
        ("db1:22 -q a --quit b", "option --quit: given twice"),
        ("db1:22 -w 5 -w 1", "option -w: given twice"),
        ("-H db1 -H db2 -p 22", "option -H: given twice"),
        ("-H db1 -p 22 -p 23", "option -p: given twice"),
        ("db1:22 -4 -6", "option -6: given twice"),
    ],
)
def test_a_second_value_is_refused(words: str, sentence: str) -> None:
    assert complaint(words).startswith(sentence)


@pytest.mark.field(32)
def test_a_second_value_is_taken_where_nothing_is_lost() -> None:
    assert read("db1:22 -t 5 -t 7").values["timeout"] == (7.0, None)
    assert read("db1:22 -s a -s a").values["send"] == b"a"
    assert read("db1:22 -e a -e b").values["expect"] == (b"a", b"b")
    assert read("db1:22 -s a -s b", "check_tcp").values["send"] == b"b"


@pytest.mark.field(36)
def test_capital_n_is_the_server_name() -> None:
    assert read("db1:443 -N www.example.org").values == read("db1:443 --sni www.example.org").values


# Thresholds


@pytest.mark.field(31)
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("-w 5 -c 1", "-w/--warning-time: invalid threshold '5': the warning can never come first, because the critical threshold '1' alerts before it"),
        ("-w 0.5 -c 0.2", "-w/--warning-time: invalid threshold '0.5': the warning can never come first"),
        ("-w 500ms -c 200ms", "-w/--warning-time: invalid threshold '500ms': the warning can never come first"),
        ("-w @2:3 -c 1", "-w/--warning-time: invalid threshold '@2:3': the warning can never come first"),
        ("--warning-connect 2 --critical-connect ~:1", "--warning-connect: invalid threshold '2': the warning can never"),
        ("--tls --warning-certificate-days 7 --critical-certificate-days 30", "--warning-certificate-days: invalid threshold '7:': the warning"),
        ("-D 14,30", "-D/--certificate: invalid days 14,30: the warning can never come first"),
    ],
)  # fmt: skip
def test_a_warning_that_can_never_come_first_is_refused(words: str, sentence: str) -> None:
    assert complaint(f"db1:443 {words}").startswith(sentence)


@pytest.mark.field(31)
@pytest.mark.parametrize(
    "words",
    ["-w 1 -c 5", "-w 5 -c 5", "-w 1:2 -c 5", "-w @1:2 -c 5", "-w 0: -c 1", "-w 5", "-c 1", "-D 30,14", "-D 14,14", "-D 30",
     "--tls --warning-certificate-days 33% --critical-certificate-days 10"],
)  # fmt: skip
def test_other_thresholds_are_accepted(words: str) -> None:
    assert target(f"db1:443 {words}") == "db1:443"


@pytest.mark.field(31)
def test_check_tcp_accepts_a_warning_above_the_critical_threshold() -> None:
    for words in ("-w 5 -c 1", "-D 14,30"):
        line = read(f"-H db1 -p 443 {words}", "check_tcp")
        assert build(line.values, check_tcp=line.check_tcp).probe.target.text == "db1:443"


# Files


def stored(folder: Path, text: str) -> str:
    path = folder / "options.ini"
    path.write_text(f"[check_tcp_health]\n{text}", encoding="utf-8")
    return f"--extra-opts=@{path}"


@pytest.mark.field(30)
def test_a_mistyped_key_of_an_ini_file_gets_the_same_hint(tmp_path: Path) -> None:
    """The file may be the wrong one, so its text is not repeated."""
    words = ["db1", "22", stored(tmp_path, "retires=2\n")]
    place = f"'{tmp_path}/options.ini', line 2"
    assert complaint(words) == f"--extra-opts: {place}: unknown option: did you mean --retries?"


def test_the_command_line_replaces_what_an_ini_file_has(tmp_path: Path) -> None:
    words = [stored(tmp_path, "hostname=db1\nport=22\nwarning=5\ne=-w\n"), "db2", "-w", "1"]
    values: dict[str, Any] = read(words).values
    assert (values["host"], values["port"], values["warning_time"].end, values["expect"]) == (
        "db2",
        22,
        1,
        (b"-w",),
    )
    said = complaint([stored(tmp_path, "send=a\nsend=b\n"), "db2:1"])
    assert said.startswith(f"--extra-opts: '{tmp_path}/options.ini', line 3: option --send: given twice")


def test_the_message_is_the_first_line_of_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db1:22", "--retires", "2"], "check_tcp_health") == 3
    assert (
        capsys.readouterr().out.splitlines()[0]
        == "TCP UNKNOWN - unknown option --retires: did you mean --retries?"
    )
