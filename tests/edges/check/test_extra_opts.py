# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`--extra-opts`: real ini files, compared with the C plugin where it is installed."""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tcp_health_plugins.check import extra_opts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

CHECK_TCP = "/usr/lib/nagios/plugins/check_tcp"


def expand(
    arguments: Sequence[str], program: str, environ: Mapping[str, str], stdin: BinaryIO | None
) -> list[str]:
    """The options of the files, and the other arguments after them."""
    options, rest = extra_opts.expand(arguments, program, environ, stdin)
    return options + rest


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    return tmp_path / "options.ini"


def words_of(ini: Path, content: str | bytes, *rest: str) -> list[str]:
    ini.write_bytes(content if isinstance(content, bytes) else content.encode())
    return expand([f"--extra-opts=@{ini}", *rest], "check_tcp", {}, None)


# The content of the file, and its words. The C plugin reads the same words (see below).
SAME_AS_C = [
    ("[check_tcp]\nport=80\nhostname=localhost\n", ["--port=80", "--hostname=localhost"]),
    ("[check_tcp]\nport=80", ["--port=80"]),
    ("[check_tcp]\nssl=\nv=\n", ["--ssl", "-v"]),
    ("[check_tcp]\nssl = \t\n", ["--ssl"]),
    ("[check_tcp]\n\t port =\t80 \t\n", ["--port=80"]),
    ("[check_tcp]\nsend=a=b = c\n", ["--send=a=b = c"]),
    ('[check_tcp]\nsend="a  b" ; no comment # here\n', ['--send="a  b" ; no comment # here']),
    ("[check_tcp]\nsend=100%(x)s: \\\n", ["--send=100%(x)s: \\"]),
    ("[check_tcp]\nPORT=80\n", ["--PORT=80"]),
    ("[check_tcp]\nport:80=81\n", ["--port:80=81"]),
    ("[check_tcp]\nexpect=a\nexpect=b\nexpect=a\n", ["--expect=a", "--expect=b", "--expect=a"]),
    ("[check_tcp]\r\nport=80\r\n\r\nssl=\r\nsend=x y\r\n", ["--port=80", "--ssl", "--send=x y"]),
    ("# a\n  ; b\n\n\t# c\n[check_tcp]\n# d\nport=1\n;port=2\n", ["--port=1"]),
    ("[other]\nport=1\nnonsense\n[check_tcp]\nport=2\n[other]\nport=3\n", ["--port=2"]),
    ("[check_tcp]\nport=1\n[other]\nport=2\n[check_tcp]\nssl=\n", ["--port=1", "--ssl"]),
    ("[ check_tcp\t] ; comment\nport=1\n", ["--port=1"]),
    ("  [check_tcp]port=1\nssl=\n", ["--port=1", "--ssl"]),
    ("[check_tcp][check_tcp]port=1\n", ["--port=1"]),
    ("[other]port=1\n[check_tcp]\nport=2\n", ["--port=2"]),
    ("[other\n[check_tcp]\nport=2\n", ["--port=2"]),
    ("[check_tcp2]\nport=1\n[check_tc]\nport=2\n[CHECK_TCP]\nport=3\n[check_tcp]\nport=4\n", ["--port=4"]),
    ("[check_tcp]\nsend=h\u00e9\u00a0\n", ["--send=h\u00e9\u00a0"]),
    ("[check_tcp]\nsend=a\rb\x0cc\u2028d\x85e\n", ["--send=a\rb\x0cc\u2028d\x85e"]),
]


@pytest.mark.parametrize(("content", "words"), SAME_AS_C)
def test_the_words_of_a_section_precede_the_command_line(ini: Path, content: str, words: list[str]) -> None:
    assert words_of(ini, content, "-p", "5") == [*words, "-p", "5"]


# Errors of the C plugin: a value after `-p=`, spaces that stay in the key, a refusal because of the byte order mark.
BETTER_THAN_C = [
    ("[check_tcp]\np=80\ne=-ERR\nH = a b\n", ["-p", "80", "-e", "-ERR", "-H", "a b"]),
    ("[check_tcp]\nport \t =80\n", ["--port=80"]),
    ("\ufeff[check_tcp]\nport=80\n", ["--port=80"]),
]


@pytest.mark.parametrize(("content", "words"), BETTER_THAN_C)
def test_sections_that_c_misreads_are_read_correctly(ini: Path, content: str, words: list[str]) -> None:
    assert words_of(ini, content) == words


def test_a_section_cannot_include_another(ini: Path) -> None:
    assert words_of(ini, "[check_tcp]\nextra-opts=other\n[other]\nport=1\n") == ["--extra-opts=other"]


def test_bytes_that_are_no_text_are_read_as_on_the_command_line(ini: Path) -> None:
    (word,) = words_of(ini, b"[check_tcp]\nsend=\xff\xfe\n")
    assert os.fsencode(word) == b"--send=\xff\xfe"


LINE = "invalid line: must be KEY=VALUE, or KEY= for an option without a value"
REFUSED = [
    ("port=80\n[check_tcp]\nport=1\n", "{}, line 1: text before the first [section]"),
    ("# c\n\n  x\n", "{}, line 3: text before the first [section]"),
    ("[check_tcp]\nport=1\nssl\n", "{}, line 3: " + LINE),
    ("[check_tcp]\r\n=80\r\n", "{}, line 2: " + LINE),
    ("[check_tcp] x\nport=1\n", "{}, line 1: " + LINE),
    ("[check_tcp]]\nport=1\n", "{}, line 1: " + LINE),
    ("[check_tcp]\n--port=80\n", "{}, line 2: invalid key: must not begin with a dash"),
    ("[check_tcp]\nsend=a\0b\n", "{}, line 2: invalid line: must not contain a NUL byte"),
    ("", "{}: no section 'check_tcp'"),
    ("[other]\nport=1\n", "{}: no section 'check_tcp'"),
    ("[other][check_tcp]\nport=1\n", "{}: no section 'check_tcp'"),
    ("[check_tcp\nport=1\n", "{}: no section 'check_tcp'"),
    ("[check_tcp]\n# port=1\n[other]\nport=2\n", "{}: section 'check_tcp' is empty"),
]


@pytest.mark.parametrize(("content", "sentence"), REFUSED)
def test_an_invalid_file_is_one_message_with_file_and_line(ini: Path, content: str, sentence: str) -> None:
    expected = "--extra-opts: " + sentence.format(repr(str(ini)))
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        words_of(ini, content)


def test_the_text_of_an_invalid_line_is_not_repeated(ini: Path) -> None:
    with pytest.raises(ValueError, match="line 2") as refusal:
        words_of(ini, "[check_tcp]\nsecret hunter2\n")
    assert "hunter2" not in str(refusal.value)


@pytest.fixture
def sections(tmp_path: Path) -> str:
    path = tmp_path / "sections.ini"
    path.write_text("[check_tcp]\nport=80\n[one]\nport=1\n[two]\nport=2\nssl=\n[check_ftp]\nport=21\n")
    return str(path)


COMMAND_LINES = [
    (["--extra-opts=@{}", "x"], ["--port=80", "x"]),
    (["x", "--extra-opts=@{}"], ["--port=80", "x"]),
    (["-H", "h", "--extra-opts", "one@{}", "-p", "5"], ["--port=1", "-H", "h", "-p", "5"]),
    (
        ["x", "--extra-opts=one@{}", "y", "--extra-opts=two@{}", "z"],
        ["--port=1", "--port=2", "--ssl", "x", "y", "z"],
    ),
    (["--extra-opts", "two@{}", "--extra-opts", "@{}"], ["--port=2", "--ssl", "--port=80"]),
    (["--", "--extra-opts=one@{}"], ["--port=1", "--"]),
    (["-s", "--extra-opts=one@{}"], ["--port=1", "-s"]),
    (["--extra-opt=one@{}"], ["--extra-opt=one@{}"]),
    (["--extra-optsx", "a"], ["--extra-optsx", "a"]),
    (["-H", "h", "-p", "1"], ["-H", "h", "-p", "1"]),
    ([], []),
]


@pytest.mark.parametrize(("given", "expected"), COMMAND_LINES)
def test_the_option_may_be_anywhere_and_repeat(sections: str, given: list[str], expected: list[str]) -> None:
    filled = [word.format(sections) for word in given]
    kept = list(filled)
    assert expand(filled, "check_tcp", {}, None) == [word.format(sections) for word in expected]
    assert filled == kept


def test_the_default_section_is_the_programs_name(sections: str) -> None:
    assert expand([f"--extra-opts=@{sections}"], "check_ftp", {}, None) == ["--port=21"]


def test_a_dash_as_file_is_standard_input() -> None:
    stdin = io.BytesIO(b"[one]\nport=1\n")
    assert expand(["--extra-opts=one@-", "x"], "check_tcp", {}, stdin) == ["--port=1", "x"]
    with pytest.raises(ValueError, match=r"^--extra-opts: cannot read '-': standard input is closed$"):
        expand(["--extra-opts=one@-"], "check_tcp", {}, None)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("{}/none", "No such file or directory"),
        ("{}", "Is a directory"),
        ("", "No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, path: str, reason: str) -> None:
    named = path.format(tmp_path)
    with pytest.raises(ValueError, match=f"^--extra-opts: cannot read {re.escape(repr(named))}: {reason}$"):
        expand([f"--extra-opts=@{named}"], "check_tcp", {}, None)


def put(path: Path, port: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"[check_tcp]\nport={port}\n")
    return path


def test_the_file_is_sought_by_variable_then_path_then_in_the_standard_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standard = put(tmp_path / "etc.ini", 1)
    monkeypatch.setattr(extra_opts, "STANDARD_FILES", (str(tmp_path / "none.ini"), str(standard)))
    path = {"NAGIOS_CONFIG_PATH": f":{tmp_path}/none::{tmp_path}/a:{tmp_path}/b:"}
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "plugins.ini").symlink_to(tmp_path / "dangling")

    def found(environ: dict[str, str]) -> list[str]:
        return expand(["--extra-opts", "-v"], "check_tcp", environ, None)

    assert found({}) == found(path) == ["--port=1", "-v"]
    put(tmp_path / "b" / "monitoring-plugins.ini", 2)
    assert found(path) == ["--port=2", "-v"]
    put(tmp_path / "a" / "nagios-plugins.ini", 3)
    assert found(path) == ["--port=3", "-v"]
    (tmp_path / "a" / "plugins.ini").unlink()
    put(tmp_path / "a" / "plugins.ini", 4)
    assert found(path) == ["--port=4", "-v"]
    put(tmp_path / "a" / "monitoring-plugins.ini", 5)
    assert found(path) == ["--port=5", "-v"]
    assert found({**path, "MP_CONFIG_FILE": ""}) == ["--port=5", "-v"]
    assert found({**path, "MP_CONFIG_FILE": str(put(tmp_path / "mine.ini", 6))}) == ["--port=6", "-v"]
    with pytest.raises(ValueError, match=r"^--extra-opts: cannot read '/nowhere/x\.ini': No such file"):
        found({**path, "MP_CONFIG_FILE": "/nowhere/x.ini"})


def test_a_missing_file_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra_opts, "STANDARD_FILES", ())
    for line in (["--extra-opts"], ["--extra-opts=one"], ["--extra-opts="], ["--extra-opts", ""]):
        with pytest.raises(
            ValueError,
            match=r"^--extra-opts: no file in the standard locations: name one with --extra-opts=\[SECTION\]@FILE$",
        ):
            expand(line, "check_tcp", {}, None)


# Comparison: C with the ini file must do exactly the same as C with our words from the file. The port is
# refused, so that the output has no measured values.


@pytest.fixture(scope="module")
def refused_port() -> Iterator[int]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def run_c(*arguments: str, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [CHECK_TCP, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
        check=False,
        env={"LC_ALL": "C", **(environ or {})},
    )


def c_does_the_same(path: Path, rest: list[str]) -> None:
    given = [f"--extra-opts=@{path}", *rest]
    theirs = run_c(*given)
    try:
        ours = expand(given, "check_tcp", {}, None)
    except ValueError:
        assert theirs.returncode == 3
        assert re.match(b"Config file error|Invalid section|Can't read config file", theirs.stdout)
    else:
        plain = run_c(*ours)
        assert (theirs.returncode, theirs.stdout, theirs.stderr) == (
            plain.returncode,
            plain.stdout,
            plain.stderr,
        )


@pytest.mark.engine("check_tcp", "monitoring-plugins-basic")
@pytest.mark.parametrize("content", [row[0] for row in SAME_AS_C])
def test_c_reads_the_same_words_from_a_section(ini: Path, refused_port: int, content: str) -> None:
    ini.write_bytes(content.encode())
    c_does_the_same(ini, ["-H", "127.0.0.1", "-p", str(refused_port)])


# C reads a key with dashes as a host name, and drops the text after a NUL.
C_REFUSES_TOO = [content for content, _ in REFUSED if "--port" not in content and "\0" not in content]


@pytest.mark.engine("check_tcp", "monitoring-plugins-basic")
@pytest.mark.parametrize("content", C_REFUSES_TOO)
def test_c_refuses_the_same_files(ini: Path, content: str) -> None:
    ini.write_bytes(content.encode())
    assert run_c(f"--extra-opts=@{ini}", "-H", "127.0.0.1", "-p", "1").returncode == 3


@pytest.mark.engine("check_tcp", "monitoring-plugins-basic")
@pytest.mark.parametrize("given", [row[0] for row in COMMAND_LINES[:7]])
def test_c_puts_the_words_in_the_same_places(tmp_path: Path, refused_port: int, given: list[str]) -> None:
    path = tmp_path / "sections.ini"
    path.write_text(
        f"[check_tcp]\nport={refused_port}\nrefuse=ok\n[one]\nport=1\n[two]\nport=2\nrefuse=warn\n"
    )
    filled = [word.format(path) for word in given]
    plain = run_c(*expand(filled, "check_tcp", {}, None))
    theirs = run_c(*filled)
    assert (theirs.returncode, theirs.stdout, theirs.stderr) == (
        plain.returncode,
        plain.stdout,
        plain.stderr,
    )


keys = st.sampled_from(["port", "refuse", "hostname", "send", "x y", "S", "v"])
values = st.sampled_from(["", "80", "ok", "a b", "x=y", "# c", ";c", '"q"', "80 \t", "a\\", "%(x)s", "[a]"])
lines = st.one_of(
    st.builds("{}{}={}{}".format, st.sampled_from(["", " "]), keys, st.sampled_from(["", " "]), values),
    st.sampled_from(
        ["[check_tcp]", "[ check_tcp ]", "[other]", "[check_tcp2]", "[x", "# c", " ;c", "", "\t"]
    ),
    st.sampled_from(["junk", "=1", "[check_tcp]]"]),
)


@pytest.mark.engine("check_tcp", "monitoring-plugins-basic")
@given(st.sampled_from(["\n", "\r\n"]), st.lists(lines, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_c_reads_random_sections_as_we_do(ini: Path, refused_port: int, end: str, some: list[str]) -> None:
    content = end.join(["[check_tcp]", *some])
    assume(not re.search(r"(?m)^ ?\w ?= *[^\s]", content))  # C ignores a value after a one-letter key
    ini.write_bytes(content.encode())
    c_does_the_same(ini, ["-H", "127.0.0.1", "-p", str(refused_port)])


# Intended differences.
@pytest.mark.engine("check_tcp", "monitoring-plugins-basic")
def test_c_cannot_give_a_one_letter_key_its_value(ini: Path, refused_port: int) -> None:
    ini.write_text(f"[check_tcp]\np={refused_port}\n")
    line = [f"--extra-opts=@{ini}", "-H", "127.0.0.1"]
    theirs = run_c(*line)
    assert theirs.returncode == 3
    assert b"Port must be a positive integer" in theirs.stdout
    ours = run_c(*expand(line, "check_tcp", {}, None))
    assert ours.returncode == 2
    assert b"Connection refused" in ours.stdout


@pytest.mark.engine("check_tcp", "monitoring-plugins-basic")
def test_c_aborts_or_reads_the_file_that_the_variable_names(ini: Path, refused_port: int) -> None:
    ini.write_text(f"[check_tcp]\nport={refused_port}\n")
    line = ["--extra-opts", "-H", "127.0.0.1"]
    environ = {"MP_CONFIG_FILE": str(ini)}
    theirs = run_c(*line, environ=environ)
    if theirs.returncode >= 0:  # 2.3.3 reads the file, then frees memory that it did not allocate, and aborts
        assert theirs.stdout == run_c(*expand(line, "check_tcp", environ, None)).stdout
