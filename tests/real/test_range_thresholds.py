# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Nagios and Icinga 2 do with a range threshold in the perfdata: field row 27, decision 24."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from real.banners import BannerServer
from real.icinga import LOOPBACK as ICINGA_HOST
from real.icinga import PACKAGE as ICINGA_PACKAGE
from real.icinga import Icinga, Item
from real.icinga import service as icinga_service
from real.installed import installed_plugins
from real.nagios import LOOPBACK as NAGIOS_HOST
from real.nagios import PACKAGE as NAGIOS_PACKAGE
from real.nagios import Nagios
from real.nagios import service as nagios_service

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.once, pytest.mark.field(27)]

WORDS = "-e 220 -w 0: -c ~:5 --warning-connect 3 --critical-connect @0:1 --critical-rtt 2"
"""Ranges of each form, and plain numbers: above 0, up to 5, not from 0 to 1."""

THRESHOLDS = {
    "time": ("0.000000:", "~:5.000000"),
    "connect": ("3.000000", "@0.000000:1.000000"),
    "rtt": ("", "2.000000"),
}
"""The thresholds of these words in the perfdata: the plain number N for 0 to N, else the range of the plugin guidelines."""


def thresholds(item: str) -> tuple[str, str]:
    """The warning and the critical threshold of a perfdata item, as text."""
    warning, critical = f"{item};;".split(";")[1:3]
    return warning, critical


class Graphite:
    """What Icinga's GraphiteWriter sends, as the metrics' names and values."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(60)
        self.port: int = self._listener.getsockname()[1]
        self._text = b""
        self.connected = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._listener:
            connection, _ = self._listener.accept()
        self.connected = True
        with connection:
            while part := connection.recv(65536):
                self._text += part

    def has(self, name: str) -> bool:
        """Whether a metric with this end of its name has arrived."""
        return any(each.endswith(name) for each in self.metrics())

    def metrics(self) -> dict[str, float]:
        """Return the metrics that have arrived whole."""
        lines = self._text.decode().rpartition("\n")[0].splitlines()
        return {
            name.partition(".perfdata.")[2]: float(value)
            for name, value, _ in (line.split(" ") for line in lines)
        }


def definition(program: Path, port: int) -> str:
    """A CheckCommand of Icinga with these words."""
    words = ", ".join(
        f'"{word}"' for word in [str(program), "-H", "127.0.0.1", "-p", str(port), *WORDS.split()]
    )
    return f'object CheckCommand "ranges" {{\n  command = [ {words} ]\n}}\n'


@pytest.mark.engine("icinga2", ICINGA_PACKAGE)
def test_icinga_reads_the_values_and_plain_thresholds_and_drops_ranges() -> None:
    plugins, graphite = installed_plugins(), Graphite()
    with BannerServer([b"220 hello\r\n"]) as server:
        writer = (
            'object GraphiteWriter "graphite" {\n  host = "127.0.0.1"\n'
            f"  port = {graphite.port}\n  enable_send_thresholds = true\n}}\n"
        )
        command = definition(plugins / "check_tcp_health", server.ports[0])
        objects = ICINGA_HOST + command + writer + icinga_service("ranges", "ranges")
        with Icinga(objects, plugins) as icinga:
            # Icinga drops metrics until this writer connects, 10 s after the start.
            icinga.daemon.wait_until(lambda: graphite.connected, 60, "a connection of the GraphiteWriter")
            result = icinga.results()["ranges"]
            icinga.daemon.wait_until(lambda: graphite.has("rtt.value"), 60, "the last item in Graphite")
    assert {
        item.partition("=")[0]: thresholds(item)
        for item in result.perfdata
        if item.partition("=")[0] in THRESHOLDS
    } == THRESHOLDS
    read: dict[str, Item] = {item.label: item for item in result.items if item is not None}
    assert len(read) == len(result.perfdata)
    assert {name: (read[name].warn, read[name].crit) for name in THRESHOLDS} == {
        "time": (None, None), "connect": (3.0, None), "rtt": (None, 2.0),
    }  # fmt: skip
    sent = graphite.metrics()
    assert sent["time.value"] == read["time"].value
    assert sorted(name for name in sent if name.endswith((".warn", ".crit"))) == ["connect.warn", "rtt.crit"]


@pytest.mark.engine("icinga2", ICINGA_PACKAGE)
def test_without_the_colon_icinga_would_draw_a_line_and_read_the_opposite() -> None:
    """The number 20 means the range 0 to 20: a certificate with 90 days left would be in alert by its own perfdata."""
    plugins = installed_plugins()
    text = '  vars.dummy_text = "OK|certificate_days=90;20:;10: plain=90;20;10"\n'
    with Icinga(ICINGA_HOST + icinga_service("forms", "dummy", text), plugins) as icinga:
        ranged, plain = icinga.results()["forms"].items
    assert ranged == Item("certificate_days", 90.0, "", None, None, None, None)
    assert plain == Item("plain", 90.0, "", 20.0, 10.0, None, None)
    assert plain.value > (plain.warn or 0)


@pytest.mark.engine("nagios4", NAGIOS_PACKAGE)
def test_nagios_keeps_ranges_as_they_are() -> None:
    plugins = installed_plugins()
    with BannerServer([b"220 hello\r\n"]) as server:
        command = (
            "define command {\n    command_name  ranges\n"
            f"    command_line  $USER1$/check_tcp_health -H 127.0.0.1 -p {server.ports[0]} {WORDS}\n}}\n"
        )
        with Nagios(NAGIOS_HOST + command + nagios_service("ranges", "ranges"), plugins) as nagios:
            items = nagios.results()["ranges"].perfdata.split(" ")
    found = {item.partition("=")[0]: thresholds(item) for item in items}
    assert {name: found[name] for name in THRESHOLDS} == THRESHOLDS
