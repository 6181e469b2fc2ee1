# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""STARTTLS with real servers from Debian, and of SQL Server, which Debian does not have, with a real client."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from real import servers, situations
from real.credentials import client_credentials
from real.daemon import need
from real.installed import linked_plugins
from support.loopback import Stage
from support.scripted import accepts
from support.starttls_peers import HEALTHY, WITHHOLDS, starttls
from support.tls_peers import ROOT

pytestmark = [pytest.mark.once, pytest.mark.field(16)]

PROTOCOLS = ("xmpp-server", "lmtp", "irc", "rdp")
"""What real servers of Debian speak; the older protocols are in the acceptance script 5-1-services."""

STARTS = {**servers.HEALTHY, **servers.FALSIFIED}

PROGRAMS = {"dovecot": "dovecot", "inspircd": "inspircd", "prosody": "prosody", "xrdp": "xrdp"}

CHECKS = [
    check
    for check in (*situations.HEALTHY, *situations.FALSIFIED)
    if check.server.rpartition("_")[2] in PROGRAMS and {*PROTOCOLS, "ircs"} & set(check.words)
]


def _params() -> list[object]:
    """A parameter for each server, with its package."""
    names = dict.fromkeys(check.server for check in CHECKS)
    marks = {name: PROGRAMS[name.rpartition("_")[2]] for name in names}
    return [
        pytest.param(name, marks=pytest.mark.engine(program, servers.PACKAGES[program]))
        for name, program in marks.items()
    ]


@pytest.mark.parametrize("name", _params())
def test_the_server_gets_the_result_of_the_table(name: str, tmp_path: Path) -> None:
    plugin = linked_plugins(tmp_path, ["check_tcp_health"]) / "check_tcp_health"
    authority = str(client_credentials().authority)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    with STARTS[name]() as server:
        for check in (each for each in CHECKS if each.server == name):
            words = [word.format(authority=authority) for word in check.words]
            seconds = "2" if check.phrase == situations.TIMEOUT else "10"
            done = subprocess.run(
                [plugin, "-H", "127.0.0.1", "-p", str(server[check.port]), *words, "-t", seconds],
                capture_output=True, text=True, check=False, timeout=30, env={**os.environ, "PATH": path},
            )  # fmt: skip
            assert done.returncode == check.code, (check, done)
            assert check.phrase in done.stdout, (check, done)


SETTINGS = """
[stub]
host = {host}
port = {port}
tds version = 7.4
encryption = require
ca file = {folder}/ca.pem
check certificate hostname = no
"""


@pytest.mark.engine("tsql", "freetds-bin")
@pytest.mark.parametrize("variant", [HEALTHY, WITHHOLDS])
def test_the_stub_of_sql_server_speaks_tds_with_freetds(variant: str, tmp_path: Path) -> None:
    """Its packets carry the handshake of a client that others wrote, and its login comes after them."""
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    peer = starttls("mssql", variant)
    with Stage({"127.0.0.2": accepts(peer)}) as stage:
        settings = SETTINGS.format(host="127.0.0.2", port=stage.port, folder=tmp_path)
        (tmp_path / "freetds.conf").write_text(settings)
        done = subprocess.run(
            [need("tsql", "freetds-bin"), "-S", "stub", "-U", "nobody", "-P", "nothing"],
            input="", capture_output=True, text=True, check=False, timeout=30,
            env={**os.environ, "FREETDSCONF": str(tmp_path / "freetds.conf")},
        )  # fmt: skip
    assert len(peer.notes.sessions) == (variant == HEALTHY)
    assert ("Login failed for user." in done.stdout + done.stderr) is (variant == HEALTHY), done
