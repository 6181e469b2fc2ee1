# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nagios Core 4 runs the plugin from service definitions that were written for check_tcp."""

from __future__ import annotations

import pytest

from real.banners import BannerServer
from real.daemon import free_port
from real.forgery import labels
from real.installed import installed_plugins
from real.nagios import CHECK_TCP, CHECK_TCP_QUOTED, LOOPBACK, Nagios, Result, service

pytestmark = [pytest.mark.engine("nagios4", "nagios4-core"), pytest.mark.once]

OK, WARNING, CRITICAL, UNKNOWN = range(4)
SLOW = 0.3
"""Seconds that the slow server takes to greet."""


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    """The results in status.dat of one run of Nagios over all services of this module."""
    quoted = CHECK_TCP_QUOTED.replace("  check_tcp\n", "  check_tcp_quoted\n", 1)
    with BannerServer([b"220 hello\r\n"]) as server, BannerServer([b"220 slow\r\n"], delay=SLOW) as slow:
        port, slow_port, dead_port = server.ports[0], slow.ports[0], free_port()
        commands = {
            "plain": f"check_tcp!{port}",
            "greeted": f'check_tcp!{port}!-e "220 hello" -w 5 -c 8',
            "slow": f"check_tcp!{slow_port}!-e 220 -w 0.1 -c 5",
            "very-slow": f"check_tcp!{slow_port}!-e 220 -w 0.1 -c 0.2",
            "mismatch": f"check_tcp!{port}!-e 250",
            "dead": f"check_tcp!{dead_port}",
            "dead-but-wanted": f"check_tcp!{dead_port}!-r ok",
            "silent": f"check_tcp!{slow_port}!-e 220 -t 0.1",
            "nonsense": f"check_tcp!{port}!--nonsense",
            "no-number": f"check_tcp!{port}!-w soon",
            "no-port": "check_tcp",
            "quoted-nothing": f"check_tcp_quoted!{port}",
            "quoted-threshold": f"check_tcp_quoted!{port}!-w 0.0000001",
            "quoted-expect": f"check_tcp_quoted!{port}!-e220 hello",
        }
        objects = LOOPBACK + CHECK_TCP + quoted + "".join(map(service, commands, commands.values()))
        with Nagios(objects, installed_plugins()) as nagios:
            return nagios.results()


def test_a_healthy_service_is_ok(results: dict[str, Result]) -> None:
    seen = results["plain"]
    assert seen.state == OK
    assert seen.output.startswith("TCP OK - ")
    assert "second response time on 127.0.0.1 port" in seen.output
    assert labels(seen.perfdata) == ["time"]


def test_a_matched_banner_is_shown_and_thresholds_are_in_the_perfdata(results: dict[str, Result]) -> None:
    seen = results["greeted"]
    assert seen.state == OK
    assert "[220 hello]" in seen.output
    assert [float(figure) for figure in seen.perfdata.split(";")[1:3]] == [5, 8]


def test_a_slow_service_is_a_warning(results: dict[str, Result]) -> None:
    seen = results["slow"]
    assert seen.state == WARNING
    assert seen.output.startswith("TCP WARNING - ")
    assert labels(seen.perfdata) == ["time"]
    assert SLOW <= seconds(seen) < 5


def test_a_very_slow_service_is_critical(results: dict[str, Result]) -> None:
    seen = results["very-slow"]
    assert seen.state == CRITICAL
    assert "second response time on" in seen.output
    assert seconds(seen) >= SLOW


def test_another_answer_is_a_warning_that_shows_it(results: dict[str, Result]) -> None:
    seen = results["mismatch"]
    assert seen.state == WARNING
    assert "Unexpected response from host/socket: 220 hello" in seen.output
    assert labels(seen.perfdata) == ["time"]


def test_a_dead_port_is_critical_and_still_has_perfdata(results: dict[str, Result]) -> None:
    seen = results["dead"]
    assert seen.state == CRITICAL
    assert seen.output.startswith("TCP CRITICAL - connect to address 127.0.0.1 and port ")
    assert "Connection refused" in seen.output
    assert labels(seen.perfdata) == ["time"]


def test_a_port_that_must_be_closed_is_ok(results: dict[str, Result]) -> None:
    seen = results["dead-but-wanted"]
    assert seen.state == OK
    assert "Connection refused" in seen.output


def test_a_silent_server_is_critical_and_still_has_perfdata(results: dict[str, Result]) -> None:
    seen = results["silent"]
    assert seen.state == CRITICAL
    assert "Socket timeout after" in seen.output
    assert labels(seen.perfdata) == ["time"]


@pytest.mark.parametrize(
    ("name", "named"), [("nonsense", "nonsense"), ("no-number", "soon"), ("no-port", "-p")]
)
def test_invalid_arguments_are_unknown_and_named_and_have_no_perfdata(
    results: dict[str, Result], name: str, named: str
) -> None:
    """The usage lines must not contain a bar: Nagios reads the text after it as perfdata."""
    seen = results[name]
    assert seen.state == UNKNOWN
    assert seen.output.startswith("TCP UNKNOWN - ")
    assert named in seen.output
    assert seen.perfdata == ""


def test_the_options_in_one_word_of_debians_definition_are_understood(results: dict[str, Result]) -> None:
    assert results["quoted-nothing"].state == OK
    assert results["quoted-threshold"].state == WARNING
    assert results["quoted-expect"].state == OK
    assert "[220 hello]" in results["quoted-expect"].output


def seconds(result: Result) -> float:
    """Return the value of the perfdata item `time`."""
    value, unit = result.perfdata.split("=")[1].split(";")[0], "s"
    assert value.endswith(unit)
    return float(value[: -len(unit)])
