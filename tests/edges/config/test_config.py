# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""tcp_health_config: its output, the command lines that the engines read from it, and its errors."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from real.daemon import scratch_folder
from support.config_program import PROGRAM, STYLES, as_nobody, command, everything, run, words_for
from support.engine_words import NASTY, TEXT, icinga_words, nagios_words
from tcp_health.settings.rows import Row, rows
from tcp_health.settings.table import SETTINGS
from tcp_health_plugins.config import main as config
from tcp_health_plugins.config.definitions import hosts, icinga2_settings, services
from tcp_health_plugins.config.rendering import FILES, MARKER, render

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[3]


# Output


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


def test_a_check_that_exceeds_the_limit_of_the_engine_gets_a_longer_limit_or_a_note(
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


def texts_for(style: str, lines: Sequence[str]) -> dict[str, str]:
    """Return the output for LINES."""
    known = [each for each in rows(line.encode() for line in lines) if isinstance(each, Row)]
    found, wrong = services(known, style)
    homes, _ = hosts(known)
    assert len(found) == len(lines), wrong
    return render(
        style,
        "targets",
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
def test_the_engines_read_the_written_words(values: list[tuple[str, str, bool]]) -> None:
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


# Invalid rows


def test_every_invalid_row_is_reported_and_nothing_is_written(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "targets").write_text("a:1\na:x\n# no\na:1\nb:2 retries=no\nc;d:1 name=e\nd:1 name='100%'\n")
    assert run(place) == 1
    said = capsys.readouterr()
    at = f"{place}/targets"
    assert said.out == ""
    assert said.err.splitlines() == [
        f"{at}:2: port: invalid port: must be a number from 1 to 65535",
        f"{at}:4: name: duplicate service of host, first in line 1; set another name with name=",
        f"{at}:5: retries: invalid number: must be a whole number",
        f"{at}:6: host_name: invalid name: must not contain ';'; set another name with host_name=",
        f"{at}:6: host: invalid address: must be a host name or an IP address",
        f"{at}:7: name: invalid name: must not contain '%'; set another name with name=",
        "tcp_health_config: nothing was written: 5 of 6 rows are invalid",
    ]
    assert not (place / "out").exists()


@pytest.mark.parametrize("style", STYLES)
def test_secrets_and_dialogues_of_the_monitoring_host_are_not_read_here(style: str, place: Path) -> None:
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


def test_an_invalid_step_is_refused_though_its_secrets_are_elsewhere(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "targets").write_text("a:1 step='speak {env:NOBODY_HAS_THIS}'\n")
    assert run(place) == 1
    assert "targets:1: step: step 1: unknown step: must be one of" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["a!b", "a\\", "+a", " a", "null", "a\tb", "a,b", "$HOME$", "a;b", "a\u2028b"]
)
@pytest.mark.parametrize("key", ["name", "host_name"])
def test_a_name_that_an_engine_would_misread_is_refused(key: str, name: str, place: Path) -> None:
    (place / "targets").write_text(f"h:1 {key}='{name}'\n")
    assert run(place) == 1


@pytest.mark.parametrize("name", ["naïve ✓", "a - b_c.d:e/f [g] {h} #i @j", "tcp 80"])
def test_other_names_are_unchanged(name: str, place: Path) -> None:
    (place / "targets").write_text(f"h:1 name='{name}' host_name='{name}'\n")
    assert run(place) == 0
    assert f"service_description  {name}\n" in (place / "out/tcp_health_targets.cfg").read_text()


def test_the_same_target_may_appear_twice_under_two_names(place: Path) -> None:
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


def test_text_in_a_row_cannot_forge_a_line_of_the_report(place: Path) -> None:
    (place / "targets").write_bytes(b"a:1 x\x1b[31m\rfoo=1\n\xff\n")
    done = command(*words_for(place))
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].endswith("/targets:1: unknown setting")


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


@pytest.mark.parametrize(
    ("name", "reason"),
    [("nothing", "No such file or directory"), (".", "Is a directory"), ("secret", "Permission denied")],
)
def test_targets_that_cannot_be_read_are_one_message(
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


def test_without_jinja2_one_message_names_the_package(place: Path) -> None:
    """-S hides the installed packages from Python."""
    program = [sys.executable, "-S", *PROGRAM[1:], *words_for(place)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "tcp_health_config: the Python package jinja2 is missing: install jinja2"
        " (Debian and Fedora: python3-jinja2); nothing was written\n"
    )


# Terminals, pipes and signals


@pytest.mark.parametrize("locale", ["C", "de_DE.ISO-8859-1", "nonsense"])
def test_any_locale_writes_the_same_files_and_prints_the_same_errors(locale: str, place: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    (place / "targets").write_text("h:1 name='naïve ✓'\n", encoding="utf-8")
    done = command(*words_for(place), env=environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert "naïve ✓".encode() in (place / "out/tcp_health_targets.cfg").read_bytes()
    (place / "naïve✓").mkdir()
    (place / "naïve✓" / "targets").write_text("h:1 none=1\n", encoding="utf-8")
    words = [*PROGRAM, *words_for(place / "naïve✓")]
    raw = subprocess.run(words, env=environ, capture_output=True, check=False)
    assert raw.returncode == 1
    assert raw.stderr.decode().partition(str(place))[2] == (
        "/naïve✓/targets:1: unknown setting\ntcp_health_config: nothing was written: 1 of 1 row is invalid\n"
    )


def test_the_streams_may_be_closed(place: Path) -> None:
    for which in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        line = f"{shlex.join([*PROGRAM, *words_for(place)])} {which}"
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), which
    line = f"{shlex.join([*PROGRAM, *words_for(place)])} --targets - <&-"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "tcp_health_config: cannot read standard input: closed; nothing was written\n",
    )


def test_a_reader_that_closes_the_pipe_is_no_error(place: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*PROGRAM, *words_for(place)], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(everything(place / "out")) == 2


def test_an_output_that_cannot_be_written_is_reported(place: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == ("tcp_health_config: cannot write to standard output: No space left on device\n")


def test_ctrl_c_is_one_message_and_exit_code_130(place: Path) -> None:
    words = ["render", "--format", "nagios", "--targets", "-", "--output", f"{place}/out"]
    process = subprocess.Popen([*PROGRAM, *words], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdin is not None
    # More than a pipe holds: the write returns when the program reads, so it is running.
    process.stdin.write("# and so on\n" * 10_000)
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == "tcp_health_config: interrupted; nothing was written\n"
    assert not (place / "out").exists()
