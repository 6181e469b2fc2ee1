# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The demonstration that `make demo` runs: seven situations with the bundled listener, and what check_tcp prints in each."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
CERTIFICATE = Path(__file__).with_suffix(".pem").relative_to(ROOT)
# The executables next to this interpreter, with a path that the reader can use to run them again.
HERE = Path(sys.executable).parent
COMMANDS = HERE.relative_to(Path.cwd()) if HERE.is_relative_to(Path.cwd()) else HERE
HOST = "127.0.0.1"
GRACE = 20.0  # seconds after which a check or a listener counts as hanging

# Folders of plugins: of Debian, of Red Hat, of SUSE, and of the sources of the Monitoring Plugins and of Nagios.
FOLDERS = (
    "/usr/lib/nagios/plugins",
    "/usr/lib64/nagios/plugins",
    "/usr/lib/monitoring-plugins",
    "/usr/local/libexec",
    "/usr/local/nagios/libexec",
)

# Every third SYN is dropped, one that the kernel sends again included.
RULES = (
    "add table inet demo; add chain inet demo input { type filter hook input priority 0; };"
    " add rule inet demo input tcp flags & (syn | ack) == syn numgen inc mod 3 0 drop"
)
INSIDE = "inside"  # this program's argument in its network namespace
CANNOT = 75  # its exit code if no SYN can be dropped there
SIOCSIFFLAGS, IFF_UP = 0x8914, 1  # linux/sockios.h, linux/if.h

NEXT = (
    ("check_tcp_health 127.0.0.1 1 --explain", "a page about a port where nothing listens"),
    ("check_tcp_health --list-services", "what it can check by name, such as redis or imaps"),
    ("tcp_health_listener --bind 127.0.0.1 --port 4321 --flap 5s:2s", "a target of your own, down 2 of 7 seconds"),
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Show the situations; return 0 when each has its expected exit code."""
    if arguments == [INSIDE]:
        return lossy()
    began = time.monotonic()
    c_plugin = find_check_tcp()
    if not c_plugin:
        print(
            "check_tcp is not installed (on Debian: monitoring-plugins-basic), so its output is missing here.\n"
        )
    right = [*situations(c_plugin), counted(c_plugin)]
    print(f"{len(right)} situations in {time.monotonic() - began:.0f} s. To try next:")
    for command, what in NEXT:
        print(f"  {COMMANDS}/{command}\n      {what}")
    return 0 if all(right) else 1


def situations(c_plugin: str) -> Iterator[bool]:
    """Show all situations but the count; yield whether each had its exit code."""
    with listener("--tls-cert", str(CERTIFICATE)) as port:
        yield show(
            "1. A healthy server: each phase of the check has its time",
            c_plugin, port, 0, f"--tls --ca-file {CERTIFICATE} -e Hello", "-S -e Hello",
        )  # fmt: skip
        yield show(
            "2. A certificate that no authority has signed: the same server, and this check does not trust it",
            c_plugin, port, 2, "--tls -e Hello", "-S -e Hello",
        )  # fmt: skip
    with listener("--behaviour", "slow", "--delay", "0.6") as port:
        yield show("3. A slow server, with a warning above 0.3 s", c_plugin, port, 1, "-e Hello -w 0.3")
    with listener("--behaviour", "silent") as port:
        yield show("4. A server that hangs: it accepts the request and sends nothing", c_plugin, port, 2,
                   "-s PING -e PONG -t 2")  # fmt: skip
    with listener("--behaviour", "reset") as port:
        yield show("5. A server that accepts the connection and resets it", c_plugin, port, 2, "-e Hello")
    with listener("--flap", "2s:3s", until="Closed ") as port:
        yield show("6. A server that is down and up again: the check waits for it", c_plugin, port, 0,
                   "-e Hello --wait 20 --wait-interval 0.2", "-e Hello", first=True)  # fmt: skip


def counted(c_plugin: str) -> bool:
    """Show a count: in a network namespace that loses SYNs, or without loss where that is not possible."""
    reason = "unshare is missing"
    unshare = found("unshare")
    if unshare:
        command = [unshare, "--user", "--map-root-user", "--net"]
        tried = subprocess.run([*command, "true"], capture_output=True, text=True, timeout=GRACE, check=False)
        reason = "this system allows no network namespace here"
        if tried.returncode == 0:
            done = subprocess.run(
                [*command, sys.executable, __file__, INSIDE], timeout=3 * GRACE, check=False
            )
            if done.returncode != CANNOT:
                return done.returncode == 0
            reason = "nft is missing, or cannot drop packets in a namespace"
    print(f"Left out: the lost packets of the next situation, because {reason}.")
    with listener() as port:
        return show("7. A count of nine probes, without loss", c_plugin, port, 0,
                    "--count 9 --interval 0.1 --warning-loss 20%", "")  # fmt: skip


def lossy() -> int:
    """Show a count with loss; this process is in a network namespace of its own."""
    nft = found("nft")
    try:
        with socket.socket() as sock:
            fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
        if (
            not nft
            or subprocess.run([nft, RULES], capture_output=True, timeout=GRACE, check=False).returncode
        ):
            return CANNOT
    except OSError:
        return CANNOT
    with listener() as port:
        right = show("7. A network that loses every third SYN: a count of nine probes", find_check_tcp(), port, 1,
                     "--count 9 --interval 0.1 --warning-loss 20%", "")  # fmt: skip
    return 0 if right else 1


@contextmanager
def listener(*options: str, until: str = "Listening on ") -> Iterator[int]:
    """Run the bundled listener; yield its port as soon as its log has a line that begins with ``until``."""
    command = [str(COMMANDS / "tcp_health_listener"), "--bind", HOST, "--port", "0", "--grace", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline().strip()
            if not first.startswith("Listening on "):
                sys.exit(f"The listener did not start: {first}")
            line = first
            while line and not line.startswith(until):
                line = process.stdout.readline()
            yield int(first.rpartition(":")[2])
        finally:
            process.terminate()


def show(
    title: str, c_plugin: str, port: int, wanted: int, options: str, c_options: str | None = None, *, first: bool = False
) -> bool:  # fmt: skip
    """Run a check, and check_tcp beside it; return whether the check has the expected exit code.

    c_options   those of check_tcp, if it needs others
    first       whether check_tcp runs first, while the server is still down
    """
    print(title)
    ours = f"{COMMANDS}/check_tcp_health {HOST} {port} {options}"
    theirs = f"{c_plugin} -H {HOST} -p {port} {options if c_options is None else c_options}".strip()
    if c_plugin and first:
        run(theirs)
    code = run(ours)
    if c_plugin and not first:
        run(theirs)
    if code != wanted:
        print(f"  expected: exit code {wanted}")
    print(flush=True)
    return code == wanted


def run(command: str) -> int:
    """Run a command with its output where ours goes, so that a terminal gets what it would get; return its exit code."""
    print(f"$ {command}", flush=True)
    code = subprocess.run(command.split(), stdin=subprocess.DEVNULL, timeout=GRACE, check=False).returncode
    print(f"exit code {code}", flush=True)
    return code


def find_check_tcp() -> str:
    """Return the path of check_tcp, or "" without one. A check_tcp that is this project's is not another one."""
    for folder in FOLDERS:
        path = f"{folder}/check_tcp"
        if os.access(path, os.X_OK):
            done = subprocess.run([path, "-V"], capture_output=True, text=True, timeout=GRACE, check=False)
            if done.stdout.startswith("check_tcp v"):
                return path
    return ""


def found(program: str) -> str | None:
    """Return the path of a program; the folders of the administrator count too."""
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader has seen enough, as in make demo | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
