# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""tcp_health_config's command line."""

from __future__ import annotations

import re

import pytest

from tcp_health_plugins import config
from tcp_health_plugins.config_options import UsageError, parse


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "no arguments: what is to be done is render"),
        (["--force"], "render is missing"),
        (["draw"], "action: what can be done is render, unlike 'draw'"),
        (["render"], "render needs --format"),
        (["render", "--format", "nagios"], "render needs --targets"),
        (["render", "--format", "nagios", "--targets", "x"], "render needs --output"),
        (["render", "--format", "zabbix"], "--format: takes nagios or icinga2, unlike 'zabbix'"),
        (["render", "--format"], "--format: expected one argument"),
        (["render", "--form", "nagios"], "unrecognized arguments: --form nagios"),
        (["render", "--output", ""], "--output: takes a path, unlike an empty text"),
        (["render", "more"], "unrecognized arguments: more"),
        (["render", "--host-template", "a,b"], "--host-template: a name in Nagios and Icinga cannot hold ','"),
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
    with pytest.raises(UsageError, match="--plugin-dir: takes an absolute path"):
        parse(["render", "--format", style, "--targets", "x", "--output", "y", "--plugin-dir", folder])


def test_help_and_version_are_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert config.main(["--help"]) == 0
    text = capsys.readouterr().out
    assert "exit codes: 0 written or unchanged, 1 nothing was written" in text
    assert max(map(len, text.splitlines())) <= 80
    assert config.main(["-V"]) == 0
    assert re.fullmatch(r"tcp_health_config \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)
