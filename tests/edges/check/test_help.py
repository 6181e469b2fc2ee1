# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The help texts and the version."""

from __future__ import annotations

import pytest

from tcp_health.services.table import SERVICES
from tcp_health.settings.table import SETTINGS
from tcp_health_plugins.check.help import text_for
from tcp_health_plugins.check.main import main


def test_the_short_help_fits_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-h"], "check_tcp_health") == 3
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 23
    assert max(map(len, lines)) <= 80


def test_the_whole_help_has_every_flag_and_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help-all"], "check_tcp_health") == 3
    text = capsys.readouterr().out
    for setting in SETTINGS:
        if "plugin" in setting.edges:
            for flag in setting.flags:
                assert flag in text
    assert "Examples:" in text
    services = text.partition("Services, for --service:")[2].partition("\n\n")[0]
    assert services.split() == list(SERVICES)
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.field(37)
def test_the_list_of_services_has_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list-services"], "check_tcp_health") == 3
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(SERVICES)
    [imaps] = [line for line in lines if line.startswith("imaps ")]
    assert imaps.split()[1:3] == ["993", "TLS"]
    assert all(SERVICES[line.split()[0]].means in line for line in lines)


def test_on_a_terminal_the_list_of_services_is_wrapped() -> None:
    text = text_for("list_services", 80)
    assert max(map(len, text.splitlines())) <= 80
    assert " ".join(text.split()) == " ".join(text_for("list_services").split())
    [imaps] = [place for place, line in enumerate(text.splitlines()) if line.startswith("imaps ")]
    assert text.splitlines()[imaps + 1].startswith(" " * 20)


def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-V"], "check_tcp") == 3
    assert len(capsys.readouterr().out.splitlines()) == 1
