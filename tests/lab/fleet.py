# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ten hosts on one bridge, each a network namespace with an SSH server and an application, and a host of services.

The services have the names of the documentation's examples, so that the examples run unchanged.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from real.daemon import need
from support.minting import Authority

from .namespaces import Namespace, end, let_go, own_files, own_folder, spawn

if TYPE_CHECKING:
    from collections.abc import Sequence

HOSTS = 10
APPLICATION = 8080

CONTROL, MAIL, PLAIN, CACHE, WEBSITE, API, SIX = (
    "10.77.0.50", "10.77.0.101", "10.77.0.102", "10.77.0.103", "10.77.0.104", "10.77.0.105", "2001:db8::1"
)  # fmt: skip
NAMES = {
    MAIL: ("mail.example.org",),
    PLAIN: ("db1", "db.example.org"),
    CACHE: ("cache1", "cache.example.org"),
    WEBSITE: ("www.example.org",),
    API: ("api.example.org",),
}

SSHD = """\
AddressFamily inet
Port 22
HostKey {key}
AuthorizedKeysFile {client}.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
MaxStartups 100
MaxSessions 50
SetEnv SSL_CERT_FILE={authority}
"""

# Waits of a server until something changes.
TICK = 0.05


class Fleet:
    """The namespaces and their processes. This process is the control node from now on.

    folder   of this fleet; its files are deleted by the caller
    hosts    the address of each host by name
    key      the file of the client's key
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hosts = {f"host{number}": f"10.77.0.{number}" for number in range(1, HOSTS + 1)}
        self.key = folder / "client_key"
        self._processes: list[int] = []
        self._switch = Namespace("switch")
        self._files()
        self._switch.ip("link set dev lo up", "link add name bridge type bridge", "link set dev bridge up")
        self._boxes = {name: Namespace(name) for name in (*self.hosts, "services", "control")}
        for number, (name, box) in enumerate(self._boxes.items()):
            addresses = [self.hosts.get(name, CONTROL)] if name != "services" else list(NAMES)
            self._plug(number, box, addresses)

    def _files(self) -> None:
        """Make the keys, and the files of the system that the examples use. This process alone sees these."""
        keygen = need("ssh-keygen", "openssh-client")
        for name in ("client_key", "host_key"):
            make = [keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)]
            subprocess.run(make, check=True, timeout=30)
        authority = Authority("Fleet CA")
        self._trusted = self.folder / "authority.pem"
        self._trusted.write_bytes(authority.pem)
        self._certificate = self.folder / "services.pem"
        every = [name for names in NAMES.values() for name in names]
        leaf = authority.leaf(every)
        self._certificate.write_bytes(leaf.chain_pem + leaf.key_pem)
        lines = ["127.0.0.1 localhost", "::1 localhost"]
        lines += [f"{address} {name}" for name, address in self.hosts.items()]
        lines += [f"{address} {' '.join(names)}" for address, names in NAMES.items()]
        (self.folder / "mount").mkdir()
        own_files({"/etc/hosts": "\n".join(lines) + "\n"}, self.folder / "mount")
        ours = self.folder / "ssl"
        shutil.copytree("/etc/ssl", ours, symlinks=True, ignore=shutil.ignore_patterns("private"))
        (ours / "our-ca.pem").write_bytes(authority.pem)
        own_folder("/etc/ssl", ours)

    def _plug(self, number: int, box: Namespace, addresses: Sequence[str]) -> None:
        box.ip(
            "link set dev lo up", f"link add name eth type veth peer name p{number} netns {self._switch.path}"
        )
        self._switch.ip(f"link set dev p{number} master bridge", f"link set dev p{number} up")
        box.ip(
            *(f"address add {address}/24 dev eth" for address in addresses),
            f"address add 2001:db8::{'1' if box.name == 'services' else f'f{number:x}'}/64 dev eth nodad",
            "link set dev eth up",
        )

    def start(self) -> None:
        """Start every server, and wait until each accepts connections."""
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # compiled into the program
        config = self.folder / "sshd_config"
        config.write_text(
            SSHD.format(key=self.folder / "host_key", client=self.key, authority=self._trusted),
            encoding="ascii",
        )
        sshd = need("sshd", "openssh-server")
        for name in self.hosts:
            self._boxes[name].enter()
            self.place(name).mkdir()
            self.serve(name, "1")
            self._processes.append(spawn(self._execute, [sshd, "-D", "-e", "-f", str(config)], name))
            self._processes.append(spawn(application, self.place(name)))
        self._boxes["services"].enter()
        redis = [
            need("redis-server", "redis-server"),
            "--bind",
            CACHE,
            "--protected-mode",
            "no",
            "--save",
            "",
        ]
        self._processes.append(spawn(self._execute, [*redis, "--dir", str(self.folder)], "redis"))
        self._processes.append(spawn(serve, self._certificate, self._trusted))
        self._boxes["control"].enter()
        for address, port in [
            *((address, port) for address in self.hosts.values() for port in (22, APPLICATION)),
            (CACHE, 6379), (MAIL, 25), (SIX, 22),
        ]:  # fmt: skip
            _until_open(address, port)

    def _execute(self, command: Sequence[str], name: str) -> None:
        log = os.open(self.folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for descriptor in (1, 2):
            os.dup2(log, descriptor)
        os.execv(command[0], list(command))  # noqa: S606 - a program with its arguments

    def place(self, name: str) -> Path:
        """Return the folder of a host."""
        return self.folder / name

    def serve(self, name: str, version: str) -> None:
        """Let a host's application have a version; "" stops it."""
        (self.place(name) / "version").write_text(version, encoding="ascii")

    def cut(self, name: str, other: str, verdict: str = "drop") -> None:
        """Cut the link between two hosts, at the first."""
        address = self.hosts[other]
        self._boxes[name].run(
            ["nft", "-f", "-"],
            "table ip cut {\n"
            f"chain input {{ type filter hook input priority 0; ip saddr {address} {verdict}; }}\n"
            f"chain output {{ type filter hook output priority 0; ip daddr {address} {verdict}; }}\n"
            "}\n",
        )
        self._boxes["control"].enter()

    def mend(self, name: str) -> None:
        """Remove the cut."""
        self._boxes[name].run(["nft", "delete", "table", "ip", "cut"])
        self._boxes["control"].enter()

    def stop(self) -> None:
        """End every process, by its number, and free the folder."""
        # A session of sshd outlives the server, and a connection that Ansible keeps open outlives the network.
        end([each for process in self._processes for each in (process, *_descendants(process))])
        let_go(self.folder / "mount")


def _descendants(process: int) -> list[int]:
    """Return the children of a process, and theirs."""
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    return [each for child in map(int, text.split()) for each in (child, *_descendants(child))]


def _until_open(address: str, port: int) -> None:
    ends = time.monotonic() + 30
    while not _is_open(address, port):
        if time.monotonic() > ends:
            raise RuntimeError(f"{address} port {port} is not open")
        time.sleep(TICK)


def _is_open(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), 1).close()
    except OSError:
        return False
    return True


# The application of a host


def application(folder: Path) -> None:
    """Serve the version that the file has: greet each client, and wait for its end. An empty version closes the port."""
    file = folder / "version"
    while True:
        version = file.read_text(encoding="ascii").strip()
        if not version:
            time.sleep(TICK)
            continue
        with socket.create_server(("", APPLICATION)) as server, selectors.DefaultSelector() as selector:
            selector.register(server, selectors.EVENT_READ)
            clients: set[socket.socket] = set()
            while file.read_text(encoding="ascii").strip() == version:
                for key, _ in selector.select(TICK):
                    if key.fileobj is server:
                        client, _ = server.accept()
                        client.sendall(f"version {version}\r\n".encode())
                        clients.add(client)
                        selector.register(client, selectors.EVENT_READ)
                        continue
                    client = key.fileobj  # type: ignore[assignment]  # only sockets are registered
                    with contextlib.suppress(OSError):
                        if client.recv(4096):
                            continue
                    selector.unregister(client)
                    client.close()
                    clients.remove(client)
            for client in clients:
                client.close()


# The services of the examples


def serve(certificate: Path, authority: Path) -> None:
    """Serve the ports of the examples."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    asks = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    asks.load_cert_chain(certificate)
    asks.verify_mode = ssl.CERT_REQUIRED
    asks.load_verify_locations(authority)
    for address, port, talk in (
        (MAIL, 25, _says(b"220 mail.example.org ESMTP\r\n")),
        (MAIL, 110, _mailbox(tls)),
        (PLAIN, 5432, _says(b"")),
        (WEBSITE, 443, _shakes_hands(tls)),
        (API, 443, _shakes_hands(asks)),
        (SIX, 22, _says(b"SSH-2.0-example\r\n")),
    ):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        server = socket.create_server((address, port), family=family, backlog=128)
        threading.Thread(target=_accept, args=(server, talk), daemon=True).start()
    threading.Event().wait()


def _accept(server: socket.socket, talk: Callable[[socket.socket], None]) -> None:
    while True:
        client, _ = server.accept()
        threading.Thread(target=_one, args=(client, talk), daemon=True).start()


def _one(client: socket.socket, talk: Callable[[socket.socket], None]) -> None:
    client.settimeout(10)
    with client, contextlib.suppress(OSError):
        talk(client)


def _says(greeting: bytes) -> Callable[[socket.socket], None]:
    def talk(client: socket.socket) -> None:
        client.sendall(greeting)
        while client.recv(4096):
            pass

    return talk


def _shakes_hands(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    def talk(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as secured:
            while secured.recv(4096):
                pass

    return talk


def _mailbox(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    def talk(client: socket.socket) -> None:
        client.sendall(b"+OK ready\r\n")
        if client.recv(4096) == b"STLS\r\n":
            client.sendall(b"+OK\r\n")
            with context.wrap_socket(client, server_side=True) as secured:
                while secured.recv(4096):
                    secured.sendall(b"+OK\r\n")

    return talk
