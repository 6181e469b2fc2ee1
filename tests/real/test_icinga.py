# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Icinga 2 runs the plugin with the commands of its own template library, written for check_tcp."""

from __future__ import annotations

import pytest

from real.banners import BannerServer
from real.daemon import free_port
from real.icinga import LOOPBACK, Icinga, Item, Result, service
from real.installed import installed_plugins

pytestmark = [pytest.mark.engine("icinga2", "icinga2-bin"), pytest.mark.once]

OK, WARNING, CRITICAL, UNKNOWN = range(4)
SLOW = 0.3
"""Seconds that the slow server takes to greet."""


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    """The results of one run of Icinga over all services of this module."""
    greetings = [b"220 hello\r\n", b"* OK hello\r\n", b"+OK hello\r\n", b"PONG"]
    with BannerServer(greetings) as server, BannerServer([b"220 slow\r\n"], delay=SLOW) as slow:
        tcp, imap, pop, clamd = server.ports
        services: dict[str, tuple[str, dict[str, object]]] = {
            "plain": ("tcp", {"tcp_port": tcp}),
            "greeted": ("tcp", {"tcp_port": tcp, "tcp_expect": ["220", "hello"], "tcp_all": True}),
            "slow": (
                "tcp",
                {"tcp_port": slow.ports[0], "tcp_expect": "220", "tcp_wtime": 0.1, "tcp_ctime": 5},
            ),
            "mismatch": ("tcp", {"tcp_port": tcp, "tcp_expect": "250"}),
            "sent": (
                "tcp",
                {
                    "tcp_port": tcp,
                    "tcp_escape_send": True,
                    "tcp_send": "NOOP\\r\\n",
                    "tcp_escape_quit": True,
                    "tcp_quit": "QUIT\\r\\n",
                    "tcp_expect": "220 hello\r\n",
                },
            ),
            "dead": ("tcp", {"tcp_port": free_port()}),
            "wrong": ("tcp", {"tcp_port": tcp, "tcp_refuse": "perhaps"}),
            "ftp": ("ftp", {"ftp_port": tcp}),
            "imap": ("imap", {"imap_port": imap}),
            "pop": ("pop", {"pop_port": pop}),
            "clamd": ("clamd", {"clamd_address": "127.0.0.1", "clamd_port": clamd}),
            "imap-on-ftp": ("imap", {"imap_port": tcp}),
        }
        texts = [service(name, command, variables(values)) for name, (command, values) in services.items()]
        with Icinga(LOOPBACK + "".join(texts), installed_plugins()) as icinga:
            return icinga.results()


def variables(values: dict[str, object]) -> str:
    """Return lines of a service's body that set custom variables; lists and text as Icinga writes them."""
    return "\n".join(f"vars.{name} = {_written(value)}" for name, value in values.items())


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[ {', '.join(map(_written, value))} ]"
    if isinstance(value, str):
        text = value.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r").replace("\n", "\\n")
        return f'"{text}"'
    return str(value)


def time_of(result: Result) -> Item:
    """Return the only perfdata item, which must be the time."""
    [item] = result.items
    assert item is not None
    assert item.label == "time"
    assert item.unit == "seconds"
    return item


@pytest.mark.parametrize("name", ["plain", "greeted", "sent", "ftp", "imap", "pop", "clamd"])
def test_a_healthy_service_is_ok_and_its_perfdata_is_parsed(results: dict[str, Result], name: str) -> None:
    seen = results[name]
    assert seen.state == OK, seen
    word = name.upper() if name in {"ftp", "imap", "pop", "clamd"} else "TCP"
    assert seen.output.startswith(f"{word} OK - ")
    assert 0 <= time_of(seen).value < 5


def test_a_slow_service_is_a_warning_with_its_thresholds(results: dict[str, Result]) -> None:
    seen = results["slow"]
    assert seen.state == WARNING
    item = time_of(seen)
    assert SLOW <= item.value < 5
    assert (item.warn, item.crit) == (0.1, 5)


def test_another_answer_is_a_warning_that_shows_it(results: dict[str, Result]) -> None:
    assert results["mismatch"].state == WARNING
    assert "Unexpected response from host/socket: 220 hello" in results["mismatch"].output
    time_of(results["mismatch"])


def test_another_service_on_the_port_is_a_warning(results: dict[str, Result]) -> None:
    assert results["imap-on-ftp"].state == WARNING
    assert results["imap-on-ftp"].output.startswith("IMAP WARNING - ")


def test_a_dead_port_is_critical_and_still_has_perfdata(results: dict[str, Result]) -> None:
    seen = results["dead"]
    assert seen.state == CRITICAL
    assert "Connection refused" in seen.output
    time_of(seen)


def test_invalid_arguments_are_unknown_and_named_and_have_no_perfdata(results: dict[str, Result]) -> None:
    seen = results["wrong"]
    assert seen.state == UNKNOWN
    assert seen.output.startswith("TCP UNKNOWN - ")
    assert "perhaps" in seen.output
    assert seen.perfdata == []
