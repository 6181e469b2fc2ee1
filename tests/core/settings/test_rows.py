# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows of a file: their syntax, the checks that they make, and the messages for invalid rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcp_health.dialogue.steps import exchange
from tcp_health.judgement.measures import needs
from tcp_health.settings.build import build
from tcp_health.settings.rows import NAMING, Row, WrongRow, rows, split
from tcp_health.settings.table import SETTINGS, TABLE, SettingError
from tcp_health_plugins.check.options import parse

if TYPE_CHECKING:
    from collections.abc import Iterator


def one(line: str | bytes) -> Row | WrongRow:
    """Return the only row of LINE."""
    [found] = rows([line if isinstance(line, bytes) else line.encode()])
    return found


def good(line: str | bytes) -> Row:
    found = one(line)
    assert isinstance(found, Row), found
    return found


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("db1:5432", ["--host=db1", "--port=5432"]),
        ("db1 port=5432", ["--host=db1", "--port=5432"]),
        ("db1:5432 port=5432", ["--host=db1", "--port=5432"]),
        ("10.0.0.1:22\tretries=2   timeout=5:ok", ["--host=10.0.0.1", "--port=22", "--timeout=5:ok", "--retries=2"]),
        ("[2001:db8::7]:22", ["--host=2001:db8::7", "--port=22"]),
        ("2001:db8::7 port=22", ["--host=2001:db8::7", "--port=22"]),
        ("/run/x.sock", ["--host=/run/x.sock"]),
        ("'/run/my sock=1'", ["--host=/run/my sock=1"]),
        ("mail service=imap", ["--host=mail", "--port=143", "--service=imap"]),
        ("mail:1143 service=imap", ["--host=mail", "--port=1143", "--service=imap"]),
        ("h:1 expect=a expect='b c'", ["--host=h", "--port=1", "--expect=a", "--expect=b c"]),
        ("h:1 ssl=yes expect_all=no", ["--host=h", "--port=1", "--ssl"]),
        ("h:1 send=", ["--host=h", "--port=1", "--send="]),
        ("h:1 send=a=b", ["--host=h", "--port=1", "--send=a=b"]),
        ("h:1 name=x host_name=y", ["--host=h", "--port=1"]),
    ],
)  # fmt: skip
def test_a_row_is_a_target_and_its_settings(line: str, words: list[str]) -> None:
    assert good(line).words() == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \t ", []),
        ("# nothing", []),
        ("  # it's nothing", []),
        ("a b#c # d e", ["a", "b#c"]),
        ("a 'b' # it's", ["a", "b"]),
        ("a k='b c'  k=\"d 'e'\"", ["a", "k=b c", "k=d 'e'"]),
        ("a k='it'\"'\"'s'", ["a", "k=it's"]),
        ("a '# b' k='#c'", ["a", "# b", "k=#c"]),
        ("a k='' ''", ["a", "k=", ""]),
        (r"a k=\r\n k='\' k=" + '"\\\\"', ["a", "k=\\r\\n", "k=\\", "k=\\\\"]),
        ("a\u00a0b\u2028c\x0bd", ["a\u00a0b\u2028c\x0bd"]),
    ],
)
def test_spaces_separate_words_and_quotes_protect_spaces(text: str, words: list[str]) -> None:
    assert split(text) == words


@given(st.lists(st.text(st.characters(blacklist_characters="\n\0", blacklist_categories=["Cs"]))))
def test_any_text_can_be_quoted(texts: list[str]) -> None:
    line = " ".join("k='" + text.replace("'", "'\"'\"'") + "'" for text in texts)
    assert split(line) == [f"k={text}" for text in texts]


@given(st.text("ab='\" #\t\\", max_size=12))
def test_splitting_a_line_loses_no_character_or_raises(text: str) -> None:
    try:
        words = split(text)
    except SettingError:
        return
    kept = "".join(words)
    quotes_and_spaces = str.maketrans("", "", "'\" \t")
    whole = text.translate(quotes_and_spaces)
    assert whole.startswith(kept.translate(quotes_and_spaces))
    assert len(kept) <= len(text)
    assert "#" in text or kept.translate(quotes_and_spaces) == whole


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("h", "port: no port given for h"),
        ("h:0", "port: invalid port 0: must be a number from 1 to 65535"),
        ("h:80 port=81", "port: conflicting ports: 'h:80' has port 80, but port 81 is also given"),
        ("/run/x.sock port=80", "port: a Unix socket has no port"),
        ("retries=2 h:80", "host: invalid target 'retries=2': a row must begin with its target, as in db1:5432"),
        ("h:80 host=x", "host: must be the first word of the row"),
        ("h:80 retrys=2", "retrys: unknown setting: did you mean retries?"),
        ("h:80 Retry-Delay=2", "Retry-Delay: unknown setting: did you mean retry_delay?"),
        ("h:80 hostname=2", "hostname: unknown setting: did you mean host_name?"),
        ("h:80 zebra=2", "zebra: unknown setting"),
        ("h:80 81", "port: unexpected '81': write the port as host:81 or port=81"),
        ("h:80 =81", "missing name of a setting before '=81': must be key=value"),
        ("h:80 verbose=2", "verbose: available on the command line only"),
        ("h:80 ssl", "ssl: missing value: write ssl=yes"),
        ("h:80 retries", "retries: missing value: write retries=N"),
        ("h:80 ssl=perhaps", "ssl: invalid value 'perhaps': must be yes or no"),
        ("h:80 retries=two", "retries: invalid number 'two': must be a whole number"),
        ("h:80 retries=1 retries=2", "retries: given twice"),
        ("h:80 name=a name=b", "name: given twice"),
        ("h:80 name=", "name: missing value: must be the name of the check on its host, as in 'tcp 5432'"),
        ("h:80 warning_time=fast", "warning_time: invalid number 'fast': must be a decimal number"),
        ("h:80 service=gofer", "service: unknown service 'gofer': did you mean gopher?"),
        ("h:53 network=udp", "send: With UDP checks, a send/expect string must be specified."),
        ("h:80 send='a", "send: missing closing quote"),
        ("h:80 send='a' 'b", "missing closing quote"),
        ("h:80 send='a''b", "send: missing closing quote"),
        ("h:80 send=it's", 'send: invalid quote inside "it\'s": quote the whole value'),
        ('h:80 se"nd=x', "invalid quote inside 'se\"nd=x': quote the whole value"),
        ('h:80 send="a\\"b" x', "send: missing space between the closing quote and 'b\"'"),
        ("h:80 send='a\0b'", "invalid row: must not contain a NUL character"),
        (b"caf\xe9:80", "invalid byte 0xe9 at position 4: must be UTF-8"),
        (b"\xff\xfeh\x00:\x008\x000\x00", "invalid encoding UTF-16: must be UTF-8"),
    ],
)  # fmt: skip
def test_an_invalid_row_gets_one_sentence_with_the_name_of_the_setting(
    line: str | bytes, sentence: str
) -> None:
    found = one(line)
    assert isinstance(found, WrongRow), found
    assert str(found)[: len(sentence)] == sentence
    assert "\n" not in str(found)


@pytest.mark.field(33)
@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("db1:22 =5", "missing name of a setting before '=5': must be key=value"),
        ("=5", "host: invalid target '=5': a row must begin with its target, as in db1:5432"),
        ("db1:22 check_interval=1m", "check_interval: a setting of Nagios and Icinga, not of the check: set it in the template of the service"),
        ("db1:22 max_check_attempts=3", "max_check_attempts: a setting of Nagios and Icinga, not of the check"),
        ("db1 22", "port: unexpected '22': write the port as host:22 or port=22"),
    ],
)  # fmt: skip
def test_an_invalid_row_gets_the_right_reason(line: str, sentence: str) -> None:
    assert str(one(line)).startswith(sentence)


@pytest.mark.field(30)
@pytest.mark.parametrize(
    ("name", "meant"),
    [("retires", "retries"), ("warning", "warning_time"), ("w", "warning_time"), ("hostname", "host_name"),
     ("ipv6", "family=6"), ("tsl", "tls"), ("maxbytes", "max_bytes"), ("timeuot", "timeout"), ("delay", "receive_delay")],
)  # fmt: skip
def test_a_mistyped_key_gets_the_setting_that_was_meant(name: str, meant: str) -> None:
    assert str(one(f"db1:22 {name}=2")) == f"{name}: unknown setting: did you mean {meant}?"


@pytest.mark.field(31)
def test_a_warning_that_can_never_come_first_is_refused_in_a_row() -> None:
    assert str(one("db1:22 warning_time=0.5 critical_time=0.2")).startswith(
        "warning_time: invalid threshold '0.5': the warning can never come first"
    )


@pytest.mark.field(28)
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("https://db1/", ["--host=db1", "--port=443", "--tls"]),
        ("https://db1:8443 retries=2 tls=no", ["--host=db1", "--port=8443", "--retries=2", "--tls"]),
        ("https://db1 port=8443", ["--host=db1", "--port=8443", "--tls"]),
        ("imaps://db1", ["--host=db1", "--port=993", "--service=imaps"]),
    ],
)
def test_a_target_can_be_a_url(line: str, words: list[str]) -> None:
    assert good(line).words() == words


ELSEWHERE = (
    "h:80 step='line AUTH {env:NOBODY_HAS_THIS}' step='expect ok'",
    "h:80 step='line AUTH {file:/nonexistent/secret}' step='expect ok'",
    "h:80 dialogue=/nonexistent/dialogue",
    "h:80 tls=yes dialogue=/nonexistent/dialogue",
)


@pytest.mark.parametrize("line", ELSEWHERE)
def test_files_of_the_host_that_runs_the_check_are_read_there_only(line: str) -> None:
    [found] = rows([line.encode()], elsewhere=True)
    assert isinstance(found, Row), found
    [here] = rows([line.encode()])
    assert isinstance(here, WrongRow)


def test_an_invalid_dialogue_of_another_host_is_an_error_here() -> None:
    for line, sentence in (
        ("h:80 step='speak {env:NOBODY_HAS_THIS}'", "step: step 1: unknown step 'speak': must be one of"),
        ("h:80 step='line {env:NOBODY_HAS_THIS} {'", "step: step 1: single { is invalid"),
        ("h:80 step='line {nothing}'", "step: step 1: unknown placeholder {nothing}"),
        ("h:80 dialogue=/nonexistent send=x", "dialogue: cannot be combined with --send"),
        ("h:80 dialogue=/nonexistent step='send x'", "step: cannot be combined with --dialogue"),
        ("h:80 dialogue=/nonexistent network=udp", "dialogue: requires TCP"),
    ):
        [found] = rows([line.encode()], elsewhere=True)
        assert isinstance(found, WrongRow), line
        assert str(found).startswith(sentence), found


def test_lines_are_counted_and_rows_after_an_invalid_one_are_read() -> None:
    lines = b"\xef\xbb\xbf# all of them\r\na:1\r\n\r\nb:x\nc:3\r\nd:4".splitlines(keepends=True)
    assert [(each.place, isinstance(each, Row)) for each in rows(lines)] == [
        ("2", True), ("4", False), ("5", True), ("6", True),
    ]  # fmt: skip


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    [plain] = rows([b"h:1 send='a ' expect=b\n"])
    [windows] = rows([b"\xef\xbb\xbfh:1 send='a ' expect=b\r\n"])
    assert plain == windows


def test_rows_are_read_lazily() -> None:
    taken = []

    def lines() -> Iterator[bytes]:
        for number in range(1, 1_000_000):
            taken.append(number)
            yield b"h:%d\n" % (number % 60000 + 1)

    found = rows(lines())
    next(found)
    next(found)
    assert taken == [1, 2]


def test_the_key_of_the_probe_is_the_place_or_the_row_s_own() -> None:
    [_, second, third] = rows([b"a:1\n", b"b:2\n", b"c:3 key=c3\n"])
    assert isinstance(second, Row)
    assert isinstance(third, Row)
    assert (second.key, third.key) == ("2", "c3")


def test_escape_applies_wherever_it_is_in_the_row() -> None:
    for line in (r"h:1 escape=yes send=a\r\n quit=b\n", r"h:1 quit=b\n send=a\r\n escape=yes"):
        recipe = good(line).check.probe.recipe
        assert (recipe.dialogue, recipe.quit) == (exchange(b"a\r\n"), b"b\n")


@pytest.mark.parametrize(
    ("line", "host_name", "name"),
    [
        ("db1:5432", "db1", "tcp 5432"),
        ("[::1]:22", "::1", "tcp 22"),
        ("ns:53 network=udp send=a expect=b", "ns", "udp 53"),
        ("mail service=imap", "mail", "imap 143"),
        ("/run/x.sock", "localhost", "tcp /run/x.sock"),
        ("db1:5432 name='the db' host_name=dbs", "dbs", "the db"),
    ],
)
def test_a_row_without_a_name_is_named_after_its_target(line: str, host_name: str, name: str) -> None:
    assert (good(line).host_name, good(line).name) == (host_name, name)


def test_a_naming_key_is_not_a_setting() -> None:
    assert not NAMING.keys() & TABLE.keys()


PRINTABLE = st.text(st.characters(blacklist_characters="\n\0", blacklist_categories=["Cs"]), max_size=20)
NUMBER = st.integers(1, 50).map(str)
SECONDS = st.sampled_from(["1", "0.5", "250ms", "2s", "1m"])
STATE = st.sampled_from(["ok", "warning", "crit", "3"])
BY_KIND = {
    "bytes": PRINTABLE,
    "integer": NUMBER,
    "seconds": SECONDS,
    "number": st.sampled_from(["1", "1.5"]),
    "timeout": st.sampled_from(["5", "2.5:warn", ":ok"]),
    "state": STATE,
    "range": st.sampled_from(["1", "0.5:2", "@1:2", "~:3"]),
    "days": st.sampled_from(["30", "30,14"]),
    "flag": st.sampled_from(["yes", "no", "True", "0"]),
    "words": st.sampled_from(["h2", "h2, http/1.1"]),
    "fingerprint": st.sampled_from(["ab" * 32, ":".join(["AB"] * 32)]),
}
BY_NAME = {
    "address": st.sampled_from(["127.0.0.1", "::1"]),
    "source": st.sampled_from(["127.0.0.1", "lo"]),
    "sni": st.sampled_from(["a.example", "-x"]),
    "service": st.sampled_from(["imap", "clamd", "jabber", "redis", "https"]),
    "ca_file": st.just("/etc/ca.pem"),
    "ca_path": st.just("/etc/certs"),
    "verify_name": st.sampled_from(["a.example", "b.example"]),
    "helo": st.sampled_from(["monitor.example.org", "[192.0.2.1]", "[IPv6:2001:db8::1]"]),
    "ciphers": st.just("HIGH:!aNULL"),
    "port": st.just("8080"),
    "control_port": st.just("22"),
    "any_port": st.sampled_from(["22", "22,443"]),
    # A backslash at the end of a text is an incomplete escape with -E.
    "escape": st.just("no"),
    "network": st.just("tcp"),
}


# Settings that exclude or require others: with them, few random rows would be valid.
EXCLUSIVE = {
    "host", "any_port", "step", "dialogue", "no_verify", "starttls", "tls_max", "client_cert", "client_key",
    "client_key_password_file",
}  # fmt: skip

ALWAYS = needs("time")


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A row with some of the settings, each with a valid text."""
    known = [each for each in SETTINGS if "rows" in each.edges and each.name not in EXCLUSIVE]
    # A threshold is an error for a check without its measure, so only measures of every check are used.
    known = [each for each in known if each.kind != "range" or needs(each.name.partition("_")[2]) == ALWAYS]
    words = [draw(st.sampled_from(["h:8080", "[::1]:8080", "10.0.0.1:8080"]))]
    for setting in draw(st.lists(st.sampled_from(known), unique=True, max_size=8)):
        texts = st.sampled_from(setting.choices) if setting.choices else BY_KIND.get(setting.kind)
        chosen = BY_NAME.get(setting.name, texts)
        assert chosen is not None, f"the test has no texts for {setting.name}"
        values = draw(st.lists(chosen, min_size=1, max_size=3 if setting.repeatable else 1))
        words += [setting.name + "='" + value.replace("'", "'\"'\"'") + "'" for value in values]
    return " ".join(words)


@settings(max_examples=300)
@given(lines())
def test_the_arguments_of_a_row_make_the_same_check_on_the_command_line(line: str) -> None:
    row = one(line)
    if isinstance(row, WrongRow):
        assert row.name in TABLE, row  # settings that cannot be combined
        return
    parsed = parse(row.words(), "check_tcp_health", {})
    check = build(parsed.values, row.place)
    assert (check.probe, check.policy) == (row.check.probe, row.check.policy)
    assert check.options == row.check.options


def test_most_random_rows_are_valid() -> None:
    """The property above would test nothing if most rows were invalid."""
    seen = []

    @settings(max_examples=100, database=None, derandomize=True)
    @given(lines())
    def look(line: str) -> None:
        seen.append(isinstance(one(line), Row))

    look()
    assert sum(seen) > len(seen) * 0.8
