# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Icinga 2 from Debian, run on a scratch configuration, its results read back through its own API and parser."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import ssl
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

from parity.certificates import Mint
from real.daemon import Daemon, NotReadyError, Staged, account, free_port, give, group, need, scratch_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from typing_extensions import Self

PACKAGE = "icinga2-bin"
USER = "nagios"
"""The user of Debian's Icinga 2."""

NODE = "localhost"
"""The node's name, which its API certificate carries."""

PASSWORD = "only-on-loopback"  # noqa: S105 (a daemon that lives for one test and listens on loopback alone)

MAIN = """
const NodeName = "{node}"
const ZoneName = NodeName
const TicketSalt = ""
const PluginDir = "{plugins}"
const MaxConcurrentChecks = {parallel}
object Endpoint NodeName {{ }}
object Zone ZoneName {{ endpoints = [ NodeName ] }}
include <itl>
include <plugins>
object CheckerComponent "checker" {{ }}
object FileLogger "main-log" {{
  severity = "warning"
  path = LogDir + "/icinga2.log"
}}
include "objects.conf"
include "api.conf"
"""

API = """
object ApiListener "api" {{
  bind_host = "127.0.0.1"
  bind_port = {port}
}}
object ApiUser "test" {{
  password = "{password}"
  permissions = [ "*" ]
}}
"""

LOOPBACK = """
object Host "loopback" {
  address = "127.0.0.1"
  check_command = "dummy"
  check_interval = 1h
}
"""

READ = """
function parsed(item) {
  try {
    var p = parse_performance_data(item)
    return [ p.label, p.value, p.unit, p.warn, p.crit, p.min, p.max ]
  } except {
    return null
  }
}
function read(s) use(parsed) {
  var r = s.last_check_result
  if (!r) { return null }
  var items = r.performance_data
  if (!items) { items = [] }
  return {
    host = s.host_name
    service = s.name
    state = r.state
    output = r.output
    performance_data = items
    parsed = items.map(parsed)
  }
}
get_objects(Service).map(read)
"""
"""A program for Icinga's console: the results of every service, with perfdata from Icinga's own parser."""


class Item(NamedTuple):
    """One perfdata item as Icinga parsed it; times in seconds, independent of the plugin's unit."""

    label: str
    value: float
    unit: str
    warn: float | None
    crit: float | None
    minimum: float | None
    maximum: float | None


class Result(NamedTuple):
    """One service's last result; an item that Icinga could not parse is None in `items`."""

    host: str
    service: str
    state: int
    output: str
    long_output: str
    perfdata: list[str]
    items: list[Item | None]


def service(name: str, command: str, variables: str = "") -> str:
    """Return the definition of the service NAME on the host `loopback`; VARIABLES are lines of its body."""
    return (
        f'object Service "{name}" {{\n'
        '  host_name = "loopback"\n'
        f'  check_command = "{command}"\n'
        "  check_interval = 1h\n"
        "  max_check_attempts = 1\n"
        f"{variables}\n"
        "}\n"
    )


class Icinga(Staged):
    """A running Icinga 2: `with Icinga(objects, plugins) as icinga: icinga.results()`.

    OBJECTS is configuration text; the template library is included. PLUGINS is the value of PluginDir. ENVIRONMENT is
    that of the daemon and its plugins, by default ours.
    """

    def __init__(
        self, objects: str, plugins: Path, parallel: int = 8, environment: Mapping[str, str] | None = None
    ) -> None:
        self.program = need("icinga2", PACKAGE)
        self.user = account(USER)
        self.objects = objects
        self.plugins = plugins
        self.parallel = parallel
        self.environment = dict(os.environ if environment is None else environment)
        self.port = free_port()
        self.exits = contextlib.ExitStack()
        self.folder: Path
        self.daemon: Daemon

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as exits:
            self.folder = exits.enter_context(scratch_folder(self.user))
            self._write()
            self._open_api()
            command = [self.program, "daemon", *self._paths(), "-c", str(self.folder / "icinga2.conf")]
            self.daemon = exits.enter_context(
                Daemon(command, self.folder / "console.log", environment=self._environment())
            )
            self.daemon.wait_until(self._answers, 30, "Icinga's API")
            self.exits = exits.pop_all()
        return self

    def _write(self) -> None:
        for name in ("data", "log", "cache", "spool", "run", "zones.d", "data/certs"):
            (self.folder / name).mkdir()
            give(self.folder / name, self.user)
        (self.folder / "objects.conf").write_text(self.objects)
        (self.folder / "api.conf").write_text("")
        main = MAIN.format(node=NODE, plugins=self.plugins, parallel=self.parallel)
        (self.folder / "icinga2.conf").write_text(main)

    def complaints(self) -> list[str]:
        """Return the errors of `icinga2 daemon -C` about the objects; empty if they are valid."""
        with scratch_folder(self.user) as self.folder:
            self._write()
            done = subprocess.run(
                [self.program, "daemon", "-C", *self._paths(), "-c", str(self.folder / "icinga2.conf")],
                env=self._environment(),
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
        lines = (done.stdout + done.stderr).splitlines()
        found = [line for line in lines if "critical/" in line or "warning/" in line]
        return found or ([] if done.returncode == 0 else lines)

    def results(self, seconds: float = 150) -> dict[str, Result]:
        """Check every service now, and return the results by service name."""
        self.post("/v1/actions/reschedule-check", {"type": "Service", "filter": "true", "force": True})
        found: list[dict[str, Any] | None] = []

        def all_checked() -> bool:
            found[:] = self.ask(READ)
            return bool(found) and None not in found

        try:
            self.daemon.wait_until(all_checked, seconds, "a result for every service")
        except NotReadyError as error:
            raise NotReadyError(f"{found.count(None)} of {len(found)}: {error}") from None
        return {row["service"]: _result(row) for row in found if row is not None}

    def ask(self, script: str) -> Any:
        """Evaluate SCRIPT, in Icinga's configuration language, inside the daemon."""
        answer = self.post("/v1/console/execute-script", {"command": script})[0]
        if "result" not in answer:
            raise NotReadyError(f"the script failed in Icinga: {answer}")
        return answer["result"]

    def post(self, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the `results` of one API call; NotReadyError unless the status is 200."""
        context = ssl.create_default_context(cafile=str(self.folder / "data/certs/ca.crt"))
        context.check_hostname = False  # the only trusted certificate has its node's name as a CN only
        connection = http.client.HTTPSConnection(NODE, self.port, timeout=30, context=context)
        token = base64.b64encode(f"test:{PASSWORD}".encode()).decode()
        headers = {"Accept": "application/json", "Authorization": f"Basic {token}"}
        with contextlib.closing(connection):
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        if answer.status != http.client.OK:
            raise NotReadyError(f"{path}: {answer.status} {text[:500]}")
        results: list[dict[str, Any]] = json.loads(text)["results"]
        return results

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, NotReadyError, http.client.HTTPException):
            return bool(self.ask("true"))
        return False

    def _open_api(self) -> None:
        (self.folder / "api.conf").write_text(API.format(port=self.port, password=PASSWORD))
        # One elliptic key with a self-signed certificate: `icinga2 pki` creates two RSA keys, which takes seconds.
        pem = Mint(self.folder).certificate(NODE, [("CN", NODE)], 2).read_bytes()
        for name in ("ca.crt", f"{NODE}.crt", f"{NODE}.key"):
            path = self.folder / "data/certs" / name
            path.write_bytes(pem)
            path.chmod(0o600)
            give(path, self.user)

    def _paths(self) -> list[str]:
        places = {
            "ConfigDir": "",
            "ZonesDir": "zones.d",
            "DataDir": "data",
            "LogDir": "log",
            "CacheDir": "cache",
            "SpoolDir": "spool",
            "InitRunDir": "run",
        }
        return [f"-D{name}={self.folder / place}" for name, place in places.items()]

    def _environment(self) -> dict[str, str]:
        return {**self.environment, "ICINGA2_USER": self.user, "ICINGA2_GROUP": group(self.user)}


def _result(row: dict[str, Any]) -> Result:
    output, _, long_output = row["output"].partition("\n")
    return Result(
        host=row["host"],
        service=row["service"],
        state=int(row["state"]),
        output=output,
        long_output=long_output,
        perfdata=list(row["performance_data"]),
        items=[Item(*item) if item is not None else None for item in row["parsed"]],
    )
