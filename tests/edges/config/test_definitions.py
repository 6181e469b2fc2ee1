# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The definitions to copy, docs/definitions: both engines accept them, and they run the check that they describe."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from real.banners import BannerServer
from real.daemon import Daemon, account, free_port, group, listens, scratch_folder
from real.icinga import Icinga
from real.installed import installed_plugins
from real.nagios import LOOPBACK, Nagios
from tcp_health.settings.table import SETTINGS, TABLE
from tcp_health_plugins.config import main as config
from tcp_health_plugins.config.definitions import COMMON, icinga2_settings

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "docs/definitions"
PORTS = ("5432", "443", "25")
OK, CRITICAL = 0, 2

ICINGA_TEMPLATES = """
template Host "generic-host" { check_command = "dummy", check_interval = 1h }
template Service "generic-service" { check_interval = 1h, max_check_attempts = 1 }
"""

pytestmark = pytest.mark.once


def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def moved(definitions: str, port: int) -> str:
    """Return definitions with the database at a port, and the other servers at ports where nothing listens."""
    definitions = re.sub(r"\b5432\b", str(port), definitions)
    definitions = re.sub(r"\bservice(=| = \"|!| )redis(\"?)", rf"port\g<1>{free_port()}\2", definitions)
    for other in PORTS[1:]:
        definitions = re.sub(rf"(?<=[!= ]){other}(?=[!\s])", str(free_port()), definitions)
    return definitions


def nagios_objects() -> str:
    host = LOOPBACK.replace("loopback", "localhost")
    return host + text("nagios/tcp_health_commands.cfg") + text("nagios/tcp_health_services.cfg")


def icinga_objects() -> str:
    names = ("command", "services", "hosts")
    return ICINGA_TEMPLATES + "".join(text(f"icinga2/tcp_health_{name}.conf") for name in names)


def test_the_common_settings_are_twenty() -> None:
    assert len(set(COMMON)) == 20
    assert set(COMMON) <= set(TABLE)
    flags = re.findall(r'^    "--([a-z0-9-]+)" = \{', text("icinga2/tcp_health_command.conf"), re.MULTILINE)
    assert {flag.replace("-", "_") for flag in flags} == set(COMMON)


def test_the_complete_command_has_every_setting_of_a_service(capsys: pytest.CaptureFixture[str]) -> None:
    assert config.main(["command", "--format", "icinga2", "--all-settings"]) == 0
    flags = re.findall(r'^    "--([a-z0-9-]+)" = \{', capsys.readouterr().out, re.MULTILINE)
    assert [flag.replace("-", "_") for flag in flags] == [each.name for each in icinga2_settings()]
    assert len(flags) > 80
    assert "list_services" not in {each.name for each in icinga2_settings()}
    assert len(SETTINGS) > len(flags)


@pytest.mark.field(41)
def test_the_command_takes_a_constant_of_its_own_for_the_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert config.main(["command", "--format", "icinga2"]) == 0
    assert capsys.readouterr().out == text("icinga2/tcp_health_command.conf")
    page = (ROOT / "docs/definitions.md").read_text(encoding="utf-8")
    [constant] = re.findall(r"^const (\w+) = ", page, re.MULTILINE)
    words = re.findall(rf"`tcp_health_config (command [^`]*{constant})`", page)
    assert config.main(words[0].split()) == 0
    assert f'command = [ {constant} + "/check_tcp_health" ]' in capsys.readouterr().out


@pytest.mark.field(41)
@pytest.mark.engine("icinga2", "icinga2-bin")
def test_icinga_accepts_the_constant_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["command", "--format", "icinga2", "--plugin-dir", "TcpHealthPluginDir"]
    assert config.main(words) == 0
    command = capsys.readouterr().out
    objects = icinga_objects().replace(text("icinga2/tcp_health_command.conf"), command)
    constant = 'const TcpHealthPluginDir = "/opt/tcp-health/lib/tcp-health"\n'
    assert Icinga(constant + objects, Path("/usr/lib/nagios/plugins")).complaints() == []


@pytest.mark.engine("nagios4", "nagios4-core")
def test_nagios_accepts_and_runs_the_definitions() -> None:
    assert Nagios(nagios_objects(), Path("/usr/lib/nagios/plugins")).complaints() == []
    with BannerServer([b"hello"]) as server:
        objects = moved(nagios_objects(), server.ports[0])
        with Nagios(objects, installed_plugins()) as nagios:
            results = nagios.results()
    states = {name.rpartition("/")[2]: (each.state, each.output) for name, each in results.items()}
    assert_one_is_up(states)


@pytest.mark.engine("icinga2", "icinga2-bin")
def test_icinga_accepts_and_runs_the_definitions() -> None:
    assert Icinga(icinga_objects(), Path("/usr/lib/nagios/plugins")).complaints() == []
    with BannerServer([b"hello"]) as server:
        objects = moved(icinga_objects(), server.ports[0])
        with Icinga(objects, installed_plugins()) as icinga:
            results = icinga.results()
    assert_one_is_up({name: (each.state, each.output) for name, each in results.items()})


@pytest.mark.engine("nrpe", "nagios-nrpe-server")
@pytest.mark.engine("check_nrpe", "nagios-nrpe-plugin")
def test_nrpe_runs_the_definitions() -> None:
    lines = text("nrpe/tcp_health.cfg").replace("/usr/lib/nagios/plugins", str(installed_plugins()))
    with BannerServer([b"hello"]) as server, scratch_folder(account("nagios")) as folder:
        (folder / "nrpe.d").mkdir()
        (folder / "nrpe.d/tcp_health.cfg").write_text(moved(lines, server.ports[0]), encoding="utf-8")
        port = free_port()
        user = account("nagios")
        (folder / "nrpe.cfg").write_text(
            f"server_address=127.0.0.1\nserver_port={port}\nnrpe_user={user}\nnrpe_group={group(user)}\n"
            f"allowed_hosts=127.0.0.1\npid_file={folder}/nrpe.pid\ninclude_dir={folder}/nrpe.d\n"
        )
        command = ["/usr/sbin/nrpe", "-c", str(folder / "nrpe.cfg"), "-f"]
        states = {}
        with Daemon(command, folder / "nrpe.log") as daemon:
            daemon.wait_until(lambda: listens(port), 30, "nrpe")
            for name in ("database", "cache", "mail"):
                ask = ["/usr/lib/nagios/plugins/check_nrpe", "-H", "127.0.0.1", "-p", str(port)]
                done = subprocess.run(
                    [*ask, "-c", f"tcp_health_{name}"],
                    capture_output=True,
                    text=True,
                    check=False,
                    env=dict(os.environ),
                )
                states[name] = (done.returncode, done.stdout)
    assert_one_is_up(states)


def assert_one_is_up(states: dict[str, tuple[int, str]]) -> None:
    """The database answers, and each other service is refused, in the words of our plugin."""
    state, output = states.pop("database")
    assert (state, output.partition(" - ")[0]) == (OK, "TCP OK")
    assert len(states) >= 2
    for name, (other, words) in states.items():
        assert other == CRITICAL, (name, words)
        assert "Connection refused" in words, (name, words)


def test_nrpe_s_checks_end_before_check_nrpe_does() -> None:
    limits = re.findall(r"^command\[.*\]=.* -t (\d+) ", text("nrpe/tcp_health.cfg"), re.MULTILINE)
    assert len(limits) == 4
    assert all(int(limit) < 10 for limit in limits)
