# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nagios and Icinga accept the output of tcp_health_config, run it, and pass every value byte for byte."""

from __future__ import annotations

import contextlib
import selectors
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from real.daemon import free_port, scratch_folder
from real.icinga import Icinga
from real.installed import installed_plugins
from real.nagios import Nagios
from tcp_health_plugins.config.definitions import NAGIOS_ARGUMENT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from typing_extensions import Self

pytestmark = pytest.mark.once

NEEDS = {
    "nagios": pytest.mark.engine("nagios4", "nagios4-core"),
    "icinga2": pytest.mark.engine("icinga2", "icinga2-bin"),
}
STYLES = [pytest.param(style, marks=mark) for style, mark in NEEDS.items()]
OK, WARNING, CRITICAL, UNKNOWN = range(4)

ICINGA_TEMPLATES = """
template Host "generic-host" { check_command = "dummy", check_interval = 1h }
template Service "generic-service" { check_interval = 1h, max_check_attempts = 1 }
"""

HOSTILE = (
    "two  blanks and a\ttab ",
    " '",
    "''",
    '"',
    "it's \"quoted\" 'twice'",
    "$",
    "$$ $USER1$ $HOSTADDRESS$ $ARG1$ $tcp_health_port$ $(id) ${HOME}",
    ";",
    "\\;",
    "\\\\;;\\",
    "!",
    "\\! !! \\\\! a!b",
    "\\",
    "\\\\ \\n \\r\\n \\x41 \\$ \\' \\\" end\\",
    "`id` $(id) | & && || > /dev/null < x",
    "# no comment",
    "* ? [a-z] ~ {a,b}",
    "-t",
    "-to",
    "--extra-opts=x@/y",
    "--",
    "=",
    "%s %n {{ x }} {% y %} {# z #} {{{ }}}",
    "naïve ✓ 日本 \u00a0\u2028\u0085",
    "\x01\x02\x07\x08\x0b\x0c\x1b[31m\x7f",
    "a\rb",
    "null",
    "define service {",
    "",
    "}",
)
ALL = "".join(HOSTILE)


class Heard(NamedTuple):
    """A service of the recorder: its greeting, and what each client sent before it closed its side."""

    greeting: bytes
    said: list[bytes]


class Recorder:
    """A server with a different greeting on each of its sockets; it records what it receives."""

    def __init__(self) -> None:
        self.exits = contextlib.ExitStack()
        self.selector = selectors.DefaultSelector()
        self.wake, self.stop = socket.socketpair()
        self.selector.register(self.wake, selectors.EVENT_READ, None)
        self.exits.callback(self.selector.close)
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def tcp(self, greeting: bytes, family: int = socket.AF_INET) -> tuple[int, list[bytes]]:
        """Return a new port on loopback, and the list to which the bytes of each client will be added."""
        listener = socket.socket(family)
        listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port, self._listen(listener, greeting)

    def unix(self, greeting: bytes, path: Path) -> list[bytes]:
        """Listen on a socket at PATH that every user may connect to."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        path.chmod(0o777)
        return self._listen(listener, greeting)

    def _listen(self, listener: socket.socket, greeting: bytes) -> list[bytes]:
        self.exits.enter_context(listener)
        listener.listen(8)
        listener.settimeout(5)
        heard = Heard(greeting, [])
        self.selector.register(listener, selectors.EVENT_READ, heard)
        return heard.said

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop.send(b"x")
        self.thread.join()
        self.exits.close()
        self.wake.close()
        self.stop.close()

    def _serve(self) -> None:
        while True:
            for key, _ in self.selector.select():
                if key.data is None:
                    return
                guest = key.fileobj.accept()[0]  # type: ignore[union-attr]  # all others are listeners
                with guest, contextlib.suppress(OSError):
                    guest.settimeout(5)
                    guest.sendall(key.data.greeting)
                    said = b"".join(iter(lambda: guest.recv(4096), b""))  # noqa: B023 - read before the next
                    key.data.said.append(said)


def written(text: str) -> str:
    """Return TEXT as a row's value."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


def rendered(style: str, lines: list[str], folder: Path) -> str:
    """Return the output of the command for the rows LINES."""
    targets = folder / "targets"
    targets.write_bytes("".join(f"{line}\n" for line in lines).encode())
    program = Path(__file__).parents[3] / "plugins" / "tcp_health_config"
    done = subprocess.run(
        [
            sys.executable,
            program,
            "render",
            "--format",
            style,
            "--targets",
            targets,
            "--output",
            folder / "out",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return "".join(path.read_bytes().decode() for path in sorted((folder / "out").iterdir()))


class Run(NamedTuple):
    """The result of an engine: state and first line by service name, and what the recorder received."""

    states: dict[str, int]
    outputs: dict[str, str]
    heard: dict[str, list[bytes]]
    complaints: list[str]


@pytest.fixture(scope="module", params=STYLES)
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """One run of an engine over all rows of this module."""
    heard: dict[str, list[bytes]] = {}
    with Recorder() as recorder, scratch_folder() as folder:
        port, heard["healthy"] = recorder.tcp(b"220 hello\r\n")
        lines = [
            f"127.0.0.1:{port} name=healthy retries=1 retry_delay=0.1 warning_time=5 expect=220 expect=hello expect_all=yes",
            f"127.0.0.1:{free_port()} name=dead host_name=elsewhere labels=site=fra,team=x_y",
            f"{folder}/socket name=socket expect=hello",
        ]
        heard["socket"] = recorder.unix(b"hello", folder / "socket")
        port, heard["escaped"] = recorder.tcp(b"x")
        lines.append(
            f"127.0.0.1:{port} name=escaped quit='\\x41\\\\\\n' send='\\r\\n\\t\\\\$;!' escape=yes service=tcp"
        )
        if socket.has_ipv6:
            port, heard["six"] = recorder.tcp(b"x", socket.AF_INET6)
            lines.append(f"[::1]:{port} name=six")
        for first in range(0, len(HOSTILE), 2):
            one, two = HOSTILE[first : first + 2]
            greeting = f"{two} and {one}".encode()
            port, heard[f"hostile-{first}"] = recorder.tcp(greeting)
            expected = f"expect={written(one)} expect={written(two)} expect_all=yes"
            lines.append(
                f"127.0.0.1:{port} name=hostile-{first} send={written(one)} quit={written(two)} {expected}"
            )
        for name, greeting in (("whole", ALL.encode()), ("short", ALL.encode()[:-1] + b".")):
            port, _ = recorder.tcp(greeting)
            lines.append(f"127.0.0.1:{port} name={name} expect={written(ALL)} expect_timeout=0.1")
        port, heard["long"] = recorder.tcp(b"x")
        around = len(f"--host=127.0.0.1 --port={port} '--send=  '")
        heard["sent"] = [b" " + b"a" * (NAGIOS_ARGUMENT - around) + b" "]
        lines.append(f"127.0.0.1:{port} name=long send='{heard['sent'][0].decode()}'")
        text = rendered(request.param, lines, folder)
        engine: Nagios | Icinga = (
            Nagios(text, installed_plugins())
            if request.param == "nagios"
            else Icinga(ICINGA_TEMPLATES + text, installed_plugins())
        )
        complaints = engine.complaints()
        with engine:
            # Nagios' results have host names: these hosts differ from the one that its test module knows.
            results = {name.rpartition("/")[2]: each for name, each in engine.results().items()}
        yield Run(
            {name: each.state for name, each in results.items()},
            {name: each.output for name, each in results.items()},
            heard,
            complaints,
        )


def test_the_engine_accepts_the_configuration(run: Run) -> None:
    assert run.complaints == []


def test_a_healthy_target_is_ok(run: Run) -> None:
    assert run.states["healthy"] == OK, run.outputs["healthy"]
    assert "[220 hello]" in run.outputs["healthy"]


def test_a_dead_port_is_critical(run: Run) -> None:
    assert run.states["dead"] == CRITICAL
    assert "Connection refused" in run.outputs["dead"]


def test_a_unix_socket_is_checked(run: Run) -> None:
    assert run.states["socket"] == OK, run.outputs["socket"]


def test_an_ipv6_address_is_checked(run: Run) -> None:
    assert run.states.get("six", OK) == OK, run.outputs["six"]


def test_escapes_apply_anywhere_in_the_row(run: Run) -> None:
    assert run.states["escaped"] == OK, run.outputs["escaped"]
    assert run.heard["escaped"] == [b"\r\n\t\\$;!A\\\n"]


def test_every_hostile_value_arrives_byte_for_byte(run: Run) -> None:
    pairs = {f"hostile-{first}": HOSTILE[first : first + 2] for first in range(0, len(HOSTILE), 2)}
    # On a busy machine the greeting can be late. A check then looks with a second connection, and sends nothing or -s.
    heard = {
        name: [each for each in run.heard[name] if each not in (b"", pairs[name][0].encode())]
        for name in pairs
    }
    assert heard == {name: [f"{send}{quit_}\r\n".encode()] for name, (send, quit_) in pairs.items()}
    assert {name: run.states[name] for name in pairs} == dict.fromkeys(pairs, OK)


def test_a_hostile_expectation_matches_only_all_of_its_bytes(run: Run) -> None:
    assert (run.states["whole"], run.states["short"]) == (OK, WARNING)


def test_the_longest_value_that_is_allowed_arrives_whole(run: Run) -> None:
    assert run.heard["long"] == run.heard["sent"]
