# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nagios Core 4 from Debian, run on a scratch configuration, its results read back from status.dat."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

from real.daemon import Daemon, NotReadyError, Staged, account, give, group, need, scratch_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from typing_extensions import Self

PACKAGE = "nagios4-core"
USER = "nagios"
"""The user that Debian's Nagios changes to when root starts it; the scratch folder must belong to this user."""

CHECK_TCP = """
define command {
    command_name  check_tcp
    command_line  $USER1$/check_tcp -H $HOSTADDRESS$ -p $ARG1$ $ARG2$
}
"""
"""The definition in Nagios' own sample configuration (Debian: /etc/nagios4/objects/commands.cfg)."""

CHECK_TCP_QUOTED = """
define command {
    command_name  check_tcp
    command_line  $USER1$/check_tcp -H '$HOSTADDRESS$' -p '$ARG1$' '$ARG2$'
}
"""
"""The definition in Debian's /etc/nagios-plugins/config/tcp_udp.cfg: all options of a service are ONE word,
and that word is empty for a service without options."""

BASE = """
define command {
    command_name  tell-nobody
    command_line  /bin/true
}
define timeperiod {
    timeperiod_name  24x7
    alias            always
    sunday           00:00-24:00
    monday           00:00-24:00
    tuesday          00:00-24:00
    wednesday        00:00-24:00
    thursday         00:00-24:00
    friday           00:00-24:00
    saturday         00:00-24:00
}
define contact {
    contact_name                   nobody
    host_notification_period       24x7
    service_notification_period    24x7
    host_notification_options      n
    service_notification_options   n
    host_notification_commands     tell-nobody
    service_notification_commands  tell-nobody
}
define host {
    name                   generic-host
    register               0
    check_period           24x7
    check_interval         3600
    retry_interval         3600
    max_check_attempts     1
    notification_interval  0
    notification_period    24x7
    contacts               nobody
}
define service {
    name                   generic-service
    register               0
    check_period           24x7
    check_interval         3600
    retry_interval         3600
    max_check_attempts     1
    notification_interval  0
    notification_period    24x7
    contacts               nobody
}
"""
"""The common part of every configuration: templates with the names in Debian's samples, checked once in a run."""

LOOPBACK = """
define host {
    use        generic-host
    host_name  loopback
    address    127.0.0.1
}
"""

MAIN = """
cfg_file={folder}/objects.cfg
resource_file={folder}/resource.cfg
log_file={folder}/nagios.log
status_file={folder}/status.dat
object_cache_file={folder}/objects.cache
precached_object_file={folder}/objects.precache
state_retention_file={folder}/retention.dat
lock_file={folder}/nagios.pid
temp_file={folder}/nagios.tmp
temp_path={folder}/temp
check_result_path={folder}/results
command_file={folder}/nagios.cmd
query_socket={folder}/nagios.qh
nagios_user={user}
nagios_group={group}
interval_length=1
status_update_interval=1
check_result_reaper_frequency=1
service_inter_check_delay_method={delay:g}
host_inter_check_delay_method=n
max_service_check_spread=30
max_concurrent_checks=60
check_workers=2
check_external_commands=1
check_for_updates=0
retain_state_information=0
execute_host_checks=0
enable_notifications=0
enable_flap_detection=0
service_check_timeout=60
use_syslog=0
illegal_macro_output_chars=`~$&|'"<>
"""


STALLED = 30
"""Seconds without a new result after which missing ones are requested: on an overloaded machine a worker
of Nagios lost one."""


class Result(NamedTuple):
    """One service in status.dat; `output` is the first line, `long_output` the lines after it."""

    host: str
    service: str
    state: int
    output: str
    long_output: str
    perfdata: str
    fields: dict[str, str]


def service(name: str, command: str) -> str:
    """Return the definition of the service NAME on the host `loopback`, checked by COMMAND."""
    return (
        "define service {\n"
        "    use                  generic-service\n"
        "    host_name            loopback\n"
        f"    service_description  {name}\n"
        f"    check_command        {command}\n"
        "}\n"
    )


class Nagios(Staged):
    """A running Nagios Core: `with Nagios(objects, plugins) as nagios: nagios.results()`.

    OBJECTS is the text of hosts, services and commands. PLUGINS is the value of $USER1$.
    DELAY is the time in seconds between the first checks of two services, so that hundreds do not start at once.
    ENVIRONMENT is that of the daemon and its plugins, by default ours.
    """

    def __init__(
        self, objects: str, plugins: Path, delay: float = 0.05, environment: Mapping[str, str] | None = None
    ) -> None:
        self.program = need("nagios4", PACKAGE)
        self.user = account(USER)
        self.objects = objects
        self.plugins = plugins
        self.delay = delay
        self.environment = environment
        self.exits = contextlib.ExitStack()
        self.folder: Path
        self.daemon: Daemon

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as exits:
            self.folder = exits.enter_context(scratch_folder(self.user))
            self._write()
            command = [self.program, str(self.folder / "nagios.cfg")]
            self.daemon = exits.enter_context(
                Daemon(command, self.folder / "console.log", environment=self.environment)
            )
            self.exits = exits.pop_all()
        return self

    def _write(self) -> None:
        for name in ("results", "temp"):
            (self.folder / name).mkdir()
            give(self.folder / name, self.user)
        (self.folder / "resource.cfg").write_text(f"$USER1$={self.plugins}\n")
        (self.folder / "objects.cfg").write_text(BASE + self.objects)
        main = MAIN.format(folder=self.folder, user=self.user, group=group(self.user), delay=self.delay)
        (self.folder / "nagios.cfg").write_text(main)

    def complaints(self) -> list[str]:
        """Return the errors and warnings of `nagios4 -v` about the objects; empty if they are valid."""
        with scratch_folder(self.user) as self.folder:
            self._write()
            done = subprocess.run(
                [self.program, "-v", str(self.folder / "nagios.cfg")],
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
        lines = [line.strip() for line in done.stdout.splitlines()]
        found = [line for line in lines if line.startswith(("Error:", "Warning:"))]
        return found or ([] if done.returncode == 0 else [done.stdout + done.stderr])

    def results(self, seconds: float = 150) -> dict[str, Result]:
        """Wait until every service has a result; return the results by `service`, or `host/service` if not on loopback."""
        found: list[Result] = []

        progress = (0, time.monotonic())

        def all_checked() -> bool:
            nonlocal progress
            found[:] = read_status(self.folder / "status.dat")
            missing = _unchecked(found)
            if len(found) - len(missing) > progress[0]:
                progress = (len(found) - len(missing), time.monotonic())
            elif time.monotonic() - progress[1] > STALLED:
                self.command(*(f"SCHEDULE_FORCED_SVC_CHECK;{each.host};{each.service};0" for each in missing))
                progress = (progress[0], time.monotonic())
            return bool(found) and not missing

        try:
            self.daemon.wait_until(all_checked, seconds, "a result for every service")
        except NotReadyError as error:
            missing = [each.service for each in _unchecked(found)]
            story = "\n".join(line for line in self.log_lines() if " ALERT: " not in line)
            raise NotReadyError(
                f"{len(missing)} of {len(found)}, such as {missing[:5]}: {error}\n{story[-4000:]}"
            ) from None
        return {
            each.service if each.host == "loopback" else f"{each.host}/{each.service}": each for each in found
        }

    def command(self, *lines: str) -> None:
        """Send external commands, given without their time, to Nagios through its command pipe."""
        pipe = os.open(self.folder / "nagios.cmd", os.O_WRONLY | os.O_NONBLOCK)
        try:
            for line in lines:
                os.write(pipe, f"[{int(time.time())}] {line}\n".encode())
        finally:
            os.close(pipe)

    def log_lines(self) -> list[str]:
        """Return the lines of Nagios' own log."""
        return (self.folder / "nagios.log").read_text(errors="surrogateescape").split("\n")


def _unchecked(found: list[Result]) -> list[Result]:
    return [each for each in found if each.fields["has_been_checked"] != "1"]


CUT = 4096
"""Bytes of output that Nagios is sure to keep. It reads this many at a time, and stops when the plugin has ended: of
31,518 bytes from `cat` it kept 4096 or 8192, depending on how many its worker had read by then."""

HALF = re.compile("[\udc80-\udcff]{1,3}$")
"""A character that is cut off there."""


def read_status(path: Path) -> list[Result]:
    """Return the services of a status.dat; an empty list while there is no such file.

    The file is cut at line feeds alone, as by Nagios' own readers, and must be UTF-8: any other byte stays visible
    as a lone surrogate.
    """
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return []
    blocks = (block for block in text.split("\n\n") if block.lstrip("\n").startswith("servicestatus {"))
    return [_result(block) for block in blocks]


def _result(block: str) -> Result:
    pairs = (line.lstrip("\t").split("=", 1) for line in block.split("\n") if "=" in line)
    fields = dict(pairs)
    long_output = _unescaped(fields["long_plugin_output"])
    if len(long_output.encode("utf-8", "surrogateescape")) > CUT // 2:
        long_output = HALF.sub("", long_output)
    return Result(
        host=fields["host_name"],
        service=fields["service_description"],
        state=int(fields["current_state"]),
        output=fields["plugin_output"],
        long_output=long_output,
        perfdata=fields["performance_data"],
        fields=fields,
    )


def _unescaped(text: str) -> str:
    r"""Undo what Nagios does to long output to fit it on one line: `\n` for a line feed, `\\` for a backslash."""
    return "\\".join(part.replace("\\n", "\n") for part in text.split("\\\\"))
