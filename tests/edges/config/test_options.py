# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""tcp_health_config's command line."""

from __future__ import annotations

import re

import pytest

from tcp_health_plugins.common.usage import UsageError
from tcp_health_plugins.config import main as config
from tcp_health_plugins.config.options import parse


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "missing subcommand: render or command"),
        (["--force"], "missing subcommand: render or command"),
        (["draw"], "subcommand: invalid subcommand 'draw': must be render or command"),
        (["render"], "render requires --format"),
        (["render", "--format", "nagios"], "render requires --targets"),
        (["render", "--format", "nagios", "--targets", "x"], "render requires --output"),
        (["render", "--format", "zabbix"], "--format: invalid format 'zabbix': must be nagios or icinga2"),
        (["render", "--format"], "--format: expected one argument"),
        (["render", "--form", "nagios"], "unrecognized arguments: --form nagios: did you mean --format?"),
        (["render", "--output", ""], "--output: invalid path '': must not be empty"),
        (["render", "more"], "unrecognized arguments: more"),
        (["render", "--host-template", "a,b"], "--host-template: invalid name 'a,b': must not contain ','"),
        (["render", "--format", "nagios", "--targets", "x", "--output", "y", "--all-settings"],
         "render does not take --all-settings"),
        (["command", "--format", "nagios", "--targets", "x"], "command does not take --targets"),
        (["command", "--format", "nagios", "--host-template", "x"], "command does not take --host-template"),
        (["command"], "command requires --format"),
    ],
)  # fmt: skip
def test_invalid_arguments_are_one_message_the_usage_and_exit_code_3(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert config.main(words) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"tcp_health_config: {sentence}\n"
        "usage: tcp_health_config render --format nagios|icinga2 --targets FILE\n"
        "                                --output DIR [OPTION...]\n"
        "       tcp_health_config command --format nagios|icinga2 [OPTION...]\n"
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
def test_a_plugin_dir_that_is_not_a_plain_path_is_refused(style: str, folder: str) -> None:
    with pytest.raises(UsageError, match=r"--plugin-dir: invalid directory .*: must be an absolute path"):
        parse(["render", "--format", style, "--targets", "x", "--output", "y", "--plugin-dir", folder])


def test_help_and_version_go_to_stdout_with_exit_code_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert config.main(["--help"]) == 0
    text = capsys.readouterr().out
    assert "exit codes: 0 written or unchanged, 1 nothing was written" in text
    assert max(map(len, text.splitlines())) <= 80
    assert config.main(["-V"]) == 0
    assert re.fullmatch(r"tcp_health_config \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)
