# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""tcp_health_config: what it writes, that the engines read the same words from it, and what it says when it cannot."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from real.daemon import scratch_folder
from tcp_health.quoting import icinga2_value, nagios_value
from tcp_health.settings import SETTINGS
from tcp_health.targets import NAMING, Row, rows
from tcp_health_plugins.common.usage import UsageError
from tcp_health_plugins.config import main as config
from tcp_health_plugins.config import rendering
from tcp_health_plugins.config.definitions import hosts, icinga2_settings, services
from tcp_health_plugins.config.options import parse
from tcp_health_plugins.config.rendering import FILES, MARKER, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = [sys.executable, str(ROOT / "plugins/tcp_health_config")]
STYLES = ("nagios", "icinga2")
NOBODY = 65534

TEXT = st.text(st.characters(blacklist_characters="\n\0", blacklist_categories=["Cs"]), max_size=30)
NASTY = st.text("a \\'\"$;!|&#`*{}%\t\r()", max_size=12)


def command(*words: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the program as a shell would."""
    return subprocess.run(  # type: ignore[call-overload, no-any-return]  # options are subprocess.run's own
        [*PROGRAM, *map(str, words)], capture_output=True, text=True, check=False, **options
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a file of two targets."""
    (tmp_path / "targets").write_text("db1:5432 retries=2\n[2001:db8::7]:22 expect='SSH-2.0'\n")
    return tmp_path


def words_for(place: Path, style: str = "nagios", *more: str) -> list[str]:
    return ["render", "--format", style, "--targets", f"{place}/targets", "--output", f"{place}/out", *more]


def run(place: Path, style: str = "nagios", *more: str) -> int:
    return config.main(words_for(place, style, *more))


def everything(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder, hidden and half-written files included."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())} if folder.exists() else {}


# What it writes


@pytest.mark.parametrize("style", STYLES)
def test_a_run_writes_its_files_for_everyone_to_read(style: str, place: Path) -> None:
    before = os.umask(0o077)
    try:
        assert run(place, style) == 0
    finally:
        os.umask(before)
    assert set(everything(place / "out")) == set(FILES[style])
    assert (place / "out").stat().st_mode & 0o777 == 0o755
    for name, content in everything(place / "out").items():
        assert (place / "out" / name).stat().st_mode & 0o777 == 0o644
        assert content.startswith(MARKER.encode())
        assert content.endswith(b"}\n")


@pytest.mark.parametrize("style", STYLES)
def test_a_second_run_writes_the_same_and_touches_nothing(
    style: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(place, style)
    first = {path: path.stat().st_ino for path in (place / "out").iterdir()}
    capsys.readouterr()
    assert run(place, style) == 0
    assert {path: path.stat().st_ino for path in (place / "out").iterdir()} == first
    assert capsys.readouterr().out.count("as before") == 2


def test_only_what_changed_is_replaced(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(place)
    (place / "targets").write_text("db2:5432\n")
    capsys.readouterr()
    assert run(place) == 0
    assert re.findall(r"(\w+\.cfg) \((.*?)\)", capsys.readouterr().out) == [
        ("tcp_health_command.cfg", "as before"),
        ("tcp_health_targets.cfg", "new"),
    ]
    assert b"db1" not in (place / "out/tcp_health_targets.cfg").read_bytes()


def test_hosts_appear_once_in_the_order_of_the_rows(place: Path) -> None:
    (place / "targets").write_text("b:1\na:1\nb:2\n[::1]:5 host_name=b\n10.0.0.1:9 host_name=b\n")
    run(place)
    text = (place / "out/tcp_health_targets.cfg").read_text()
    found = re.findall(r"define host \{\n.*\n\s+host_name\s+(.*)\n\s+address\s+(.*)", text)
    assert found == [("b", "b"), ("a", "a")]
    run(place, "icinga2")
    text = (place / "out/tcp_health_targets.conf").read_text()
    assert 'object Host "b" {\n  import "generic-host"\n  address = "b"\n  address6 = "::1"\n}' in text


def test_hosts_that_are_defined_elsewhere_can_be_left_out(place: Path) -> None:
    (place / "targets").write_text("we$ird:1 host_name=known\n")
    assert run(place) == 1, "its address would go to other people's commands"
    assert run(place, "nagios", "--no-hosts") == 0
    assert b"define host" not in (place / "out/tcp_health_targets.cfg").read_bytes()


def test_the_place_of_the_plugin_and_the_templates_can_be_named(place: Path) -> None:
    more = ("--plugin-dir", "/opt/my-plugins/", "--host-template", "linux", "--service-template", "often")
    run(place, "nagios", *more)
    assert (
        "command_line  /opt/my-plugins/check_tcp_health $ARG1$\n"
        in (place / "out/tcp_health_command.cfg").read_text()
    )
    text = (place / "out/tcp_health_targets.cfg").read_text()
    assert re.findall(r"use +(\w+)", text) == ["linux", "linux", "often", "often"]
    run(place, "icinga2", *more)
    assert (
        'command = [ "/opt/my-plugins" + "/check_tcp_health" ]'
        in (place / "out/tcp_health_command.conf").read_text()
    )
    text = (place / "out/tcp_health_targets.conf").read_text()
    assert re.findall(r'import "(\w+)"', text) == ["linux", "linux", "often", "often"]


def test_a_check_that_takes_longer_than_the_engine_allows_is_provided_for(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "targets").write_text("a:1 wait=2m\nb:1 count=100\nc:1 timeout=40\n")
    run(place, "icinga2")
    assert capsys.readouterr().err == ""
    text = (place / "out/tcp_health_targets.conf").read_text()
    assert re.findall(r"check_timeout = (.*)", text) == ["130s", "120s"]
    run(place, "nagios")
    assert "note: a check may take 120 s: set service_check_timeout in nagios.cfg" in capsys.readouterr().err


def test_targets_come_from_standard_input_too(place: Path) -> None:
    options = ("--format", "nagios", "--output", place / "out")
    done = command("render", *options, "--targets", "-", input="\ufeffdb1:1\r\ndb1:x\r\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("standard input:2: port: ")
    done = command("render", *options, "--targets", "-", input="db1:1\r\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert b"--host=db1 --port=1\n" in (place / "out/tcp_health_targets.cfg").read_bytes()


def test_icinga_has_an_argument_for_every_setting_that_a_row_can_have() -> None:
    known = {each.name for each in icinga2_settings()}
    assert {each.name for each in SETTINGS if "rows" in each.edges} <= known
    assert known.isdisjoint({"help", "version", "output"})


# That the engines read the same words from it


def nagios_words(text: str) -> list[list[str]]:
    """The words that Nagios would run for each service of a configuration, as its source cuts and replaces them."""
    found = []
    for line in text.split("\n"):
        assert not line.endswith("\\"), "the next line would belong to it"
        comment = re.search(r"(?<!\\);", line)
        kept = (line[: comment.start()] if comment else line).strip().replace("\\;", ";")
        if not kept.startswith("check_command"):
            continue
        name, *arguments = re.split(r"(?<!\\)!", kept.split(None, 1)[1])
        [argument] = [each.replace("\\!", "!") for each in arguments]
        assert name == "check_tcp_health"
        assert not re.search(r"\$[^$]+\$", argument.replace("$$", "")), "a macro"
        found.append(shlex.split(argument.replace("$$", "$")))
    return found


ICINGA_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n", "\\t": "\t", "\\r": "\r"}


def icinga_literal(text: str) -> object:
    """What a literal of Icinga's configuration language stands for, after its macros were replaced."""
    if text in {"true", "false"}:
        return text == "true"
    if text.isdigit():
        return text
    if text.startswith("["):
        return [icinga_literal(each) for each in re.findall(r'"(?:[^"\\]|\\.)*"', text[1:-1])]
    assert re.fullmatch(r'"([^"\\\n]|\\["\\ntr])*"', text), text
    plain = re.sub(r"\\.", lambda match: ICINGA_ESCAPES[match.group()], text[1:-1])
    assert "$" not in plain.replace("$$", ""), "a macro"
    return plain.replace("$$", "$")


def icinga_words(command_text: str, targets_text: str) -> list[list[str]]:
    """The words that Icinga would run for each service, by the arguments of the CheckCommand."""
    arguments = re.findall(
        r'^    "(--[a-z0-9-]+)" = \{\n(.*?)^    \}', command_text, re.MULTILINE | re.DOTALL
    )
    found = []
    for body in re.findall(r"^object Service (.*?)^\}", targets_text, re.MULTILINE | re.DOTALL):
        values = {
            name: icinga_literal(literal)
            for name, literal in re.findall(r"^  vars\.(\w+) = (.*)$", body, re.MULTILINE)
        }
        words = []
        for flag, inside in sorted(arguments, key=lambda each: int(re.findall(r"order = (\d+)", each[1])[0])):
            key, variable = re.findall(r'(value|set_if) = "\$(\w+)\$"', inside + 'value = "$none$"')[0]
            value = values.pop(variable, None)
            if key == "set_if":
                words += [flag] if value else []
            elif value is not None:
                assert 'separator = "="' in inside
                assert isinstance(value, str) or "repeat_key = true" in inside
                words += [f"{flag}={each}" for each in (value if isinstance(value, list) else [value])]
        assert values == {}, "no argument takes them"
        found.append(words)
    return found


def texts_for(style: str, lines: Sequence[str]) -> dict[str, str]:
    """Return what would be written for LINES."""
    known = [each for each in rows(line.encode() for line in lines) if isinstance(each, Row)]
    found, wrong = services(known, style)
    homes, _ = hosts(known)
    assert len(found) == len(lines), wrong
    return render(
        style,
        {
            "plugin_dir": "PluginDir",
            "host_template": "generic-host",
            "service_template": "generic-service",
            "settings": icinga2_settings(),
            "hosts": homes,
            "services": found,
        },
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TEXT | NASTY, TEXT | NASTY, st.booleans()), min_size=1, max_size=4))
def test_the_engines_read_the_words_that_were_written(values: list[tuple[str, str, bool]]) -> None:
    lines = []
    for number, (send, expect, flag) in enumerate(values, 1):
        quoted = ["'" + text.replace("'", "'\"'\"'") + "'" for text in (send, expect)]
        lines.append(
            f"h:{number} send={quoted[0]} quit={quoted[1]} expect={quoted[1]} expect={quoted[0]}"
            f" retries=0{number} ssl={'yes' if flag else 'no'}"
        )
    wanted = [
        ["--host=h", f"--port={number}", f"--send={send}", f"--expect={expect}", f"--expect={send}",
         f"--quit={expect}", *(["--ssl"] if flag else [])]
        for number, (send, expect, flag) in enumerate(values, 1)
    ]  # fmt: skip
    from_nagios = nagios_words(texts_for("nagios", lines)["tcp_health_targets.cfg"])
    assert [[word for word in words if "retries" not in word] for words in from_nagios] == wanted
    icinga = texts_for("icinga2", lines)
    from_icinga = icinga_words(icinga["tcp_health_command.conf"], icinga["tcp_health_targets.conf"])
    assert [[word for word in words if "retries" not in word] for words in from_icinga] == wanted
    assert [words[2] for words in from_icinga] == [
        f"--retries={number}" for number in range(1, len(values) + 1)
    ]


@given(TEXT | NASTY)
def test_a_nagios_value_is_one_word_of_the_same_text(text: str) -> None:
    assert nagios_words(f"check_command check_tcp_health!{nagios_value(text)}") == [[text]]


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])))
def test_an_icinga_value_is_a_literal_of_the_same_text(text: str) -> None:
    assert icinga_literal(icinga2_value(text)) == text
    assert not set("\n\r\t") & set(icinga2_value(text))


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (True, "true"),
        (False, "false"),
        (5, "5"),
        (0.25, "0.25"),
        ((), "[ ]"),
        (["a", 'b"'], '[ "a", "b\\"" ]'),
    ],
)
def test_icinga_values_have_their_types(value: object, literal: str) -> None:
    assert icinga2_value(value) == literal


@pytest.mark.parametrize(
    ("write", "value"),
    [(nagios_value, "a\nb"), (nagios_value, "a\0"), (icinga2_value, "a\0"), (icinga2_value, None)],
)
def test_what_no_configuration_can_hold_is_refused(write: object, value: object) -> None:
    with pytest.raises(ValueError, match=r"Nagios|Icinga"):
        write(value)  # type: ignore[operator]  # one of two functions


# Wrong rows


def test_every_wrong_row_is_reported_and_nothing_is_written(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "targets").write_text("a:1\na:x\n# no\na:1\nb:2 retries=no\nc;d:1 name=e\nd:1 name='100%'\n")
    assert run(place) == 1
    said = capsys.readouterr()
    at = f"{place}/targets"
    assert said.out == ""
    assert said.err.splitlines() == [
        f"{at}:2: port: a port is a number from 1 to 65535, unlike 'x'",
        f"{at}:4: name: duplicate service 'tcp 1' of host a, first in line 1; set another name with name=",
        f"{at}:5: retries: takes a whole number, unlike 'no'",
        f"{at}:6: host_name: invalid name 'c;d': must not contain ';'; set another name with host_name=",
        f"{at}:6: host: invalid address 'c;d': must be a host name or an IP address",
        f"{at}:7: name: invalid name '100%': must not contain '%'; set another name with name=",
        "tcp_health_config: nothing was written: 5 of 6 rows are invalid",
    ]
    assert not (place / "out").exists()


@pytest.mark.parametrize("style", STYLES)
def test_secrets_and_dialogues_of_the_machine_that_checks_are_not_read_here(style: str, place: Path) -> None:
    (place / "targets").write_text(
        "a:1 step='line AUTH {env:NOBODY_HAS_THIS}' step='line {file:/nonexistent/secret}' step='expect ok'\n"
        "b:1 dialogue=/nonexistent/dialogue\n"
        "c:1 tls=yes ca_file=/nonexistent/ca.pem\n"
    )
    assert run(place, style) == 0
    written = b"".join(everything(place / "out").values()).decode()
    for words in (
        "env:NOBODY_HAS_THIS",
        "file:/nonexistent/secret",
        "/nonexistent/dialogue",
        "/nonexistent/ca.pem",
    ):
        assert words in written


def test_a_wrong_step_is_refused_though_its_secrets_are_elsewhere(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "targets").write_text("a:1 step='speak {env:NOBODY_HAS_THIS}'\n")
    assert run(place) == 1
    assert "targets:1: step: step 1: a step begins with one of" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["a!b", "a\\", "+a", " a", "null", "a\tb", "a,b", "$HOME$", "a;b", "a\u2028b"]
)
@pytest.mark.parametrize("key", list(NAMING))
def test_a_name_that_an_engine_would_misread_is_refused(key: str, name: str, place: Path) -> None:
    (place / "targets").write_text(f"h:1 {key}='{name}'\n")
    assert run(place) == 1


@pytest.mark.parametrize("name", ["naïve ✓", "a - b_c.d:e/f [g] {h} #i @j", "tcp 80"])
def test_other_names_are_as_they_were_written(name: str, place: Path) -> None:
    (place / "targets").write_text(f"h:1 name='{name}' host_name='{name}'\n")
    assert run(place) == 0
    assert f"service_description  {name}\n" in (place / "out/tcp_health_targets.cfg").read_text()


def test_the_same_target_may_stand_there_twice_under_two_names(place: Path) -> None:
    (place / "targets").write_text("a:1\na:1 name=greeting expect=220\n")
    assert run(place) == 0


def test_settings_that_nagios_would_cut_short_are_refused(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "targets").write_text(f"a:1 send={'x' * 8300}\n")
    assert run(place, "icinga2") == 0
    assert run(place, "nagios") == 1
    assert "and Nagios takes at most 8191" in capsys.readouterr().err


def test_a_file_without_a_target_would_end_all_monitoring_and_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(place)
    before = everything(place / "out")
    (place / "targets").write_text("# all gone\n")
    assert run(place) == 1
    assert "targets contains no target; nothing was written" in capsys.readouterr().err
    assert everything(place / "out") == before


def test_foreign_words_cannot_forge_a_line_of_the_report(place: Path) -> None:
    (place / "targets").write_bytes(b"a:1 x\x1b[31m\rfoo=1\n\xff\n")
    done = command(*words_for(place))
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].endswith(":1: x\\x1b[31m\\rfoo: there is no such setting")


# Wrong arguments


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "missing subcommand: render"),
        (["--force"], "missing subcommand: render"),
        (["draw"], "subcommand: invalid subcommand 'draw': must be render"),
        (["render"], "render requires --format"),
        (["render", "--format", "nagios"], "render requires --targets"),
        (["render", "--format", "nagios", "--targets", "x"], "render requires --output"),
        (["render", "--format", "zabbix"], "--format: invalid format 'zabbix': must be nagios or icinga2"),
        (["render", "--format"], "--format: expected one argument"),
        (["render", "--form", "nagios"], "unrecognized arguments: --form nagios"),
        (["render", "--output", ""], "--output: invalid path '': must not be empty"),
        (["render", "more"], "unrecognized arguments: more"),
        (["render", "--host-template", "a,b"], "--host-template: invalid name 'a,b': must not contain ','"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_one_sentence_the_usage_and_exit_3(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert config.main(words) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"tcp_health_config: {sentence}\n"
        "usage: tcp_health_config render --format nagios|icinga2 --targets FILE\n"
        "                                --output DIR [OPTION...]\n"
        "Try 'tcp_health_config --help'.\n"
    )


@pytest.mark.parametrize(
    ("style", "folder"),
    [
        ("nagios", "plugins"),
        ("nagios", "$USER1$/x"),
        ("nagios", "PluginDir"),
        ("nagios", "/a b"),
        ("nagios", "/a;rm"),
        ("icinga2", "$USER1$"),
        ("icinga2", "/a\n"),
        ("icinga2", '/a"'),
        ("icinga2", "a + b"),
    ],
)
def test_a_plugin_dir_that_would_be_more_than_a_place_is_refused(style: str, folder: str) -> None:
    with pytest.raises(UsageError, match=r"--plugin-dir: invalid directory .*: must be an absolute path"):
        parse(["render", "--format", style, "--targets", "x", "--output", "y", "--plugin-dir", folder])


def test_help_and_version_are_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert config.main(["--help"]) == 0
    text = capsys.readouterr().out
    assert "exit codes: 0 written or unchanged, 1 nothing was written" in text
    assert max(map(len, text.splitlines())) <= 80
    assert config.main(["-V"]) == 0
    assert re.fullmatch(r"tcp_health_config \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)


def test_the_page_shows_the_help_and_its_example_as_they_are(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs/tcp_health_config.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    config.main(["--help"])
    assert f"$ tcp_health_config --help\n{capsys.readouterr().out}" in blocks
    [example] = [block for block in blocks if block.startswith("# our databases")]
    (place / "targets").write_text(example, encoding="utf-8")
    for style, name in (("nagios", "tcp_health_targets.cfg"), ("icinga2", "tcp_health_targets.conf")):
        assert run(place, style) == 0
        written = (place / "out" / name).read_text(encoding="utf-8")
        assert any(block in written for block in blocks if block.startswith(("define serv", "object Serv")))


# What can go wrong with files


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Lose root's privileges for a while; without them nothing is to be lost.

    The templates go along: a checkout may lie where nobody may enter.
    """
    if os.geteuid() != 0:
        yield
        return
    templates = rendering.TEMPLATES
    with scratch_folder() as folder:
        rendering.TEMPLATES = Path(shutil.copytree(templates, folder / "templates"))
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)
            rendering.TEMPLATES = templates


@pytest.mark.parametrize(
    ("name", "reason"),
    [("nothing", "No such file or directory"), (".", "Is a directory"), ("secret", "Permission denied")],
)
def test_targets_that_cannot_be_read_are_one_sentence(
    name: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with scratch_folder() as folder:
        (folder / "secret").write_text("a:1\n")
        (folder / "secret").chmod(0)
        words = ["--targets", f"{folder}/{name}", "--output", f"{folder}/out"]
        with as_nobody():
            assert config.main(["render", "--format", "nagios", *words]) == 1
        where = f"{folder}/{name}"
        assert capsys.readouterr().err == (
            f"tcp_health_config: cannot read {where}: {reason}; nothing was written\n"
        )


def test_an_output_that_is_a_file_is_one_sentence(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "out").write_text("mine")
    assert run(place) == 1
    assert capsys.readouterr().err.endswith("/out is not a directory; nothing was written\n")
    assert (place / "out").read_text() == "mine"


def test_an_output_whose_parent_is_missing_is_one_sentence(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert config.main([*words_for(place)[:-1], f"{place}/no/where"]) == 1
    assert capsys.readouterr().err == (
        f"tcp_health_config: cannot create the directory {place}/no/where: No such file or directory;"
        " nothing was written\n"
    )


def test_an_output_without_permission_is_one_sentence(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    targets = (place / "targets").read_text()
    with scratch_folder() as folder:
        (folder / "targets").write_text(targets)
        (folder / "out").mkdir(mode=0o555)
        with as_nobody():
            assert run(folder) == 1
        assert capsys.readouterr().err == (
            f"tcp_health_config: cannot write to {folder}/out: Permission denied; nothing was written\n"
        )
        assert everything(folder / "out") == {}


@pytest.mark.parametrize("style", STYLES)
def test_a_full_disk_leaves_the_earlier_set_as_it_was(style: str, place: Path) -> None:
    run(place, style)
    before = everything(place / "out")
    (place / "targets").write_text("".join(f"new{number}:1\n" for number in range(200)))

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = command(*words_for(place, style), preexec_fn=little_room)
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr
        == f"tcp_health_config: cannot write to {place}/out: File too large; nothing was written\n"
    )
    assert everything(place / "out") == before


def test_a_full_disk_leaves_no_folder_where_none_was(place: Path) -> None:
    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    done = command(*words_for(place), preexec_fn=no_room)
    assert done.returncode == 1
    assert not (place / "out").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make a file of another user")
@pytest.mark.parametrize("existed", [True, False])
def test_when_the_second_file_cannot_take_its_name_the_first_gives_it_back(
    existed: bool,
    place: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In a folder with the sticky bit, nobody may replace a file of root's."""
    targets = (place / "targets").read_text()
    with scratch_folder() as folder:
        (folder / "targets").write_text(targets)
        (folder / "out").mkdir()
        (folder / "out").chmod(0o1777)
        second = folder / "out/tcp_health_targets.cfg"
        second.write_text(f"{MARKER} long ago\n")
        first = folder / "out/tcp_health_command.cfg"
        if existed:
            first.write_text(f"{MARKER} long ago, too\n")
            os.chown(first, NOBODY, -1)
        before = everything(folder / "out")
        with as_nobody():
            assert run(folder) == 1
        assert "Operation not permitted; nothing was written" in capsys.readouterr().err
        assert everything(folder / "out") == before


@pytest.mark.parametrize("style", STYLES)
def test_a_file_of_somebody_else_is_left_alone_unless_forced(
    style: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "out").mkdir()
    for name in FILES[style]:
        theirs = place / "out" / name
        theirs.write_text("# written by hand\n")
        before = everything(place / "out")
        assert run(place, style) == 1
        assert f"{theirs} was not written by this program" in capsys.readouterr().err
        assert everything(place / "out") == before
        assert run(place, style, "--force") == 0
        assert theirs.read_text().startswith(MARKER)


def test_a_link_in_the_place_of_a_file_is_not_replaced_unless_forced(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(place)
    own = place / "out/tcp_health_targets.cfg"
    elsewhere = own.rename(place / "elsewhere.cfg")
    own.symlink_to(elsewhere)
    assert run(place) == 1
    assert f"{own} is not a regular file: replace it with --force" in capsys.readouterr().err
    (place / "targets").write_text("other:1\n")
    before = elsewhere.read_bytes()
    assert run(place, "nagios", "--force") == 0
    assert not own.is_symlink()
    assert elsewhere.read_bytes() == before


def test_a_folder_in_the_place_of_a_file_is_never_replaced(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "out/tcp_health_targets.cfg").mkdir(parents=True)
    assert run(place, "nagios", "--force") == 1
    assert "tcp_health_targets.cfg is a directory; nothing was written" in capsys.readouterr().err
    assert set(everything(place / "out/tcp_health_targets.cfg")) == set()


def test_without_jinja2_one_sentence_names_the_package(place: Path) -> None:
    """-S keeps Python from what is installed beside it."""
    program = [sys.executable, "-S", *PROGRAM[1:], *words_for(place)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "tcp_health_config: the Python package jinja2 is missing: install jinja2"
        " (Debian and Fedora: python3-jinja2); nothing was written\n"
    )


# Terminals, pipes and signals


@pytest.mark.parametrize("locale", ["C", "de_DE.ISO-8859-1", "nonsense"])
def test_any_locale_writes_the_same_and_can_name_what_is_wrong(locale: str, place: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    (place / "targets").write_text("h:1 name='naïve ✓'\n", encoding="utf-8")
    done = command(*words_for(place), env=environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert "naïve ✓".encode() in (place / "out/tcp_health_targets.cfg").read_bytes()
    (place / "targets").write_text("h:1 naïve✓=1\n", encoding="utf-8")
    raw = subprocess.run([*PROGRAM, *words_for(place)], env=environ, capture_output=True, check=False)
    assert raw.returncode == 1
    # Each locale has its own bytes, or an escape, for what it lacks.
    pattern = rb":1: na.{1,4}ve.+: there is no such setting\ntcp_health_config: nothing was written: 1 of 1 row is invalid\n"
    assert re.search(pattern, raw.stderr), raw.stderr


def test_the_streams_may_be_closed(place: Path) -> None:
    for which in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        line = f"{shlex.join([*PROGRAM, *words_for(place)])} {which}"
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), which
    line = f"{shlex.join([*PROGRAM, *words_for(place)])} --targets - <&-"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "tcp_health_config: standard input is closed; nothing was written\n",
    )


def test_a_reader_that_goes_away_is_no_failure(place: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*PROGRAM, *words_for(place)], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(everything(place / "out")) == 2


def test_an_output_that_cannot_be_written_is_said(place: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == ("tcp_health_config: cannot write to standard output: No space left on device\n")


def test_ctrl_c_is_one_sentence_and_130(place: Path) -> None:
    (place / "targets").unlink()
    os.mkfifo(place / "targets")
    process = subprocess.Popen([*PROGRAM, *words_for(place)], stderr=subprocess.PIPE, text=True)
    # The open returns when the program has opened the other end, so it is in the middle of its work.
    with (place / "targets").open("w") as pipe:
        pipe.write("a:1\n")
        pipe.flush()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == "tcp_health_config: interrupted; nothing was written\n"
    assert not (place / "out").exists()
