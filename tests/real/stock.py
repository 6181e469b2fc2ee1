# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nagios, Icinga 2 and NRPE with Debian's configuration unchanged, and our definitions copied beside it, in namespaces.

Run as a program, as root, inside `unshare -nm` (`stock.run()` does that): PLUGINS and SHARE are the folders of plugins
and of definitions of an installation. What is copied is mounted over Debian's folders and disappears with the namespace,
so the definitions run as they are, at the ports that they name. It prints a line of JSON: {engine: {service: [state,
first line]}}, and "invalid", the errors that the engines report about the configuration.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from real.daemon import Daemon, give, listens, wait_until
from support.minting import Authority

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("www.example.org", "mail.example.org")
SOCKET = Path("/run/app/app.sock")
OURS = ("database", "cache", "web", "mail")
NRPE = ("database", "cache", "mail", "socket")
DATABASE, TLS, MAIL, CACHE, NRPE_PORT = 5432, 443, 25, 6379, 5666
SECONDS = 60.0


def run(plugins: Path, share: Path) -> dict[str, dict[str, tuple[int, str]]]:
    """Run this module in new namespaces; return what the engines saw."""
    command = [
        "unshare",
        "-nm",
        "--propagation",
        "private",
        sys.executable,
        "-m",
        "real.stock",
        str(plugins),
        str(share),
    ]
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}/plugins:{ROOT}/tests"}
    done = subprocess.run(
        command,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    if done.returncode:
        raise RuntimeError(
            f"real.stock ended with {done.returncode}: {done.stdout[-500:]}{done.stderr[-3000:]}"
        )
    found: dict[str, dict[str, tuple[int, str]]] = json.loads(done.stdout.splitlines()[-1])
    return found


# The folders


def shadow(target: str, owner: str | None = None, fill: Callable[[Path], object] | None = None) -> None:
    """Mount a copy of a folder over it, with what `fill` adds."""
    copy = Path(tempfile.mkdtemp(prefix="shadow-", dir="/run"))
    subprocess.run(["cp", "-a", f"{target}/.", copy], check=True)
    if fill is not None:
        fill(copy)
    if owner is not None:
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                give(path, owner)
    subprocess.run(["mount", "--bind", copy, target], check=True)


def mount_all(plugins: Path, share: Path, authority: Authority) -> None:
    """Mount copies over all folders that the engines read or write."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"], check=True)
    for name in ("nagios", "nagios4", "icinga2", "icinga2/cmd", "app"):
        Path("/run", name).mkdir()
        give(Path("/run", name), "nagios")
    for name in (
        "/var/lib/nagios4",
        "/var/log/nagios4",
        "/var/lib/icinga2",
        "/var/log/icinga2",
        "/var/cache/icinga2",
    ):
        shadow(name, "nagios")
    shadow("/var/spool/icinga2", "nagios")
    shadow("/usr/lib/nagios/plugins", fill=lambda copy: link_all(plugins, copy))
    shadow("/etc/nagios4/conf.d", fill=lambda copy: copy_all(share / "nagios", copy))
    shadow(
        "/etc/icinga2/conf.d", "nagios", fill=lambda copy: copy_all(share / "icinga2", copy / "tcp_health")
    )
    shadow("/etc/nagios/nrpe.d", fill=lambda copy: copy_all(share / "nrpe", copy))
    shadow("/etc/ssl/certs", fill=lambda copy: trust(authority, copy))


def link_all(plugins: Path, folder: Path) -> None:
    (folder / "check_tcp_health").symlink_to(plugins / "check_tcp_health")


def copy_all(source: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for path in source.iterdir():
        shutil.copyfile(path, folder / path.name)


def trust(authority: Authority, folder: Path) -> None:
    """Add an authority to the system's: to the bundle, and under OpenSSL's name for it."""
    with (folder / "ca-certificates.crt").open("ab") as bundle:
        bundle.write(authority.root.pem)
    (folder / "of-the-test.pem").write_bytes(authority.root.pem)
    subprocess.run(["openssl", "rehash", folder], check=False, capture_output=True)


# The servers


@contextlib.contextmanager
def servers(authority: Authority) -> Iterator[None]:
    """Serve at each port that the definitions name."""
    with contextlib.ExitStack() as exits:
        chains = {name: certified(authority, name) for name in NAMES}
        for server, serve in (
            (socket.create_server(("127.0.0.1", DATABASE)), plain),
            (socket.create_server(("127.0.0.1", TLS)), lambda guest: secured(guest, chains[NAMES[0]])),
            (socket.create_server(("127.0.0.1", MAIL)), lambda guest: mail(guest, chains[NAMES[1]])),
            (unix_server(), plain),
        ):
            exits.enter_context(server)
            exits.callback(server.shutdown, socket.SHUT_RDWR)  # the close alone does not end the accept
            threading.Thread(target=accept, args=(server, serve), daemon=True).start()
        redis = ["redis-server", "--port", str(CACHE), "--bind", "127.0.0.1", "--save", "", "--dir", "/run"]
        daemon = exits.enter_context(Daemon(redis, Path("/run/redis.log")))
        daemon.wait_until(lambda: listens(CACHE), SECONDS, "redis-server")
        yield


def unix_server() -> socket.socket:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(SOCKET))
    SOCKET.chmod(0o777)
    server.listen()
    return server


def certified(authority: Authority, name: str) -> ssl.SSLContext:
    """Return a server's settings with a certificate for a name."""
    folder = Path(tempfile.mkdtemp(dir="/run"))
    minted = authority.leaf([name])
    (folder / "both.pem").write_bytes(b"".join(each.pem for each in minted.chain) + minted.key_pem)
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    settings.load_cert_chain(folder / "both.pem")
    return settings


def accept(server: socket.socket, serve: Callable[[socket.socket], object]) -> None:
    while True:
        try:
            guest, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=attend, args=(guest, serve), daemon=True).start()


def attend(guest: socket.socket, serve: Callable[[socket.socket], object]) -> None:
    guest.settimeout(10)
    with guest, contextlib.suppress(OSError):
        serve(guest)


def plain(guest: socket.socket) -> None:
    guest.recv(4096)


def secured(guest: socket.socket, settings: ssl.SSLContext) -> None:
    with settings.wrap_socket(guest, server_side=True) as session:
        session.recv(4096)


def mail(guest: socket.socket, settings: ssl.SSLContext) -> None:
    """Speak as much SMTP as STARTTLS needs (RFC 3207)."""
    guest.sendall(b"220 mail.example.org ESMTP\r\n")
    while line := guest.recv(4096).upper():
        if line.startswith(b"EHLO"):
            guest.sendall(b"250-mail.example.org\r\n250 STARTTLS\r\n")
        elif line.startswith(b"STARTTLS"):
            guest.sendall(b"220 go ahead\r\n")
            guest = settings.wrap_socket(guest, server_side=True)
        elif line.startswith(b"QUIT"):
            guest.sendall(b"221 bye\r\n")
            return
        else:
            guest.sendall(b"250 OK\r\n")


# The engines


def checked(program: str, *words: str) -> list[str]:
    """Return the errors of an engine's verification of its configuration."""
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False, timeout=SECONDS)
    lines = (done.stdout + done.stderr).splitlines()
    errors = [line for line in lines if re.match(r"Error:|.*critical/", line)]
    return errors or ([] if done.returncode == 0 else lines[-5:])


def results(status: Path, pipe: Path, host: str) -> dict[str, tuple[int, str]]:
    """Order a check of each of our services, and return their results when all have one."""
    began = int(time.time())
    wait_until(pipe.exists, SECONDS, f"{pipe}")
    with pipe.open("w") as commands:
        for name in OURS:
            commands.write(f"[{began}] SCHEDULE_FORCED_SVC_CHECK;{host};{name};{began}\n")
    found: dict[str, tuple[int, str]] = {}

    def all_checked() -> bool:
        text = status.read_text(errors="replace") if status.exists() else ""
        for block in re.findall(r"^servicestatus \{\n(.*?)^\t\}", text, re.MULTILINE | re.DOTALL):
            # Icinga writes the file while we read it: a block can end in the middle, or have two halves.
            fields = dict(line.strip().partition("=")[::2] for line in block.splitlines())
            if not {"host_name", "service_description", "current_state", "plugin_output"} <= set(fields):
                continue
            if fields["host_name"] == host and float(fields.get("last_check") or 0) >= began - 1:
                found[fields["service_description"]] = (
                    int(fields["current_state"]),
                    fields["plugin_output"].partition("|")[0],
                )
        return set(OURS) <= set(found)

    wait_until(all_checked, SECONDS, f"a result for each of {', '.join(OURS)} in {status}")
    return {name: found[name] for name in OURS}


def nagios() -> dict[str, tuple[int, str]]:
    """Run Nagios with /etc/nagios4/nagios.cfg."""
    with Daemon(["nagios4", "/etc/nagios4/nagios.cfg"], Path("/run/nagios.log")):
        return results(
            Path("/var/lib/nagios4/status.dat"), Path("/var/lib/nagios4/rw/nagios.cmd"), "localhost"
        )


def icinga() -> dict[str, tuple[int, str]]:
    """Run Icinga 2 with /etc/icinga2/icinga2.conf, and with two of its features that are off at first."""
    more = Path("/run/features.conf")
    # As Debian's statusdata.conf, which writes the file after 60 s.
    status = 'object StatusDataWriter "status" { update_interval = 1s }'
    more.write_text(f'include "/etc/icinga2/features-available/command.conf"\n{status}\n')
    command = ["icinga2", "daemon", "-c", "/etc/icinga2/icinga2.conf", "-c", str(more)]
    with Daemon(command, Path("/run/icinga2.log")):
        return results(
            Path("/var/cache/icinga2/status.dat"), Path("/run/icinga2/cmd/icinga2.cmd"), "tcp-health-example"
        )


def nrpe() -> dict[str, tuple[int, str]]:
    """Run the NRPE daemon with /etc/nagios/nrpe.cfg, and ask it."""
    daemon = Daemon(["nrpe", "-c", "/etc/nagios/nrpe.cfg", "-f"], Path("/run/nrpe.log"))
    found = {}
    with daemon:
        daemon.wait_until(lambda: listens(NRPE_PORT), SECONDS, "nrpe")
        for name in NRPE:
            ask = ["/usr/lib/nagios/plugins/check_nrpe", "-H", "127.0.0.1", "-c", f"tcp_health_{name}"]
            done = subprocess.run(ask, capture_output=True, text=True, check=False, timeout=SECONDS)
            found[name] = (done.returncode, done.stdout.partition("\n")[0].partition("|")[0])
    return found


def main(plugins: Path, share: Path) -> None:
    """Mount, serve, run each engine, with servers and without; print what they saw."""
    authority = Authority()
    mount_all(plugins, share, authority)
    os.environ["PATH"] = "/usr/sbin:/sbin:/usr/bin:/bin"
    seen: dict[str, object] = {
        "invalid": {
            "nagios": checked("nagios4", "-v", "/etc/nagios4/nagios.cfg"),
            "icinga2": checked("icinga2", "daemon", "-C"),
        }
    }
    engines = {"nagios": nagios, "icinga2": icinga, "nrpe": nrpe}
    with servers(authority), ThreadPoolExecutor() as pool:  # most of it is waiting for their status files
        seen.update(zip(engines, pool.map(lambda engine: engine(), engines.values())))
    seen["nrpe without servers"] = nrpe()
    sys.stdout.write(json.dumps(seen) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
