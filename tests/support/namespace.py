# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A namespace with a scripted name service and a scripted network; plays the scenarios that need one.

Run as a program (PYTHONPATH=plugins:tests python3 -m support.namespace [WORDS OF A NAME]) it prints, for each such
scenario, a line of JSON: [name, what was seen]. It has no connection outside of its namespace: a loopback of its own,
and a TUN device whose other end is this process. Exit code 75 where the system allows no namespace.
"""

from __future__ import annotations

import fcntl
import heapq
import json
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios import SCENARIOS
from support.playing import on_real
from support.scenario import NAMESPACE
from support.scripted import Name, Server
from tcp_health.model.causes import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

INSIDE = "TCP_HEALTH_NAMESPACE"
OURS, OURS6 = "10.99.0.1", "fd99::1"
CANNOT = 75

# linux/if_tun.h, linux/sockios.h, linux/if.h
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK, SIOCGIFINDEX, IFF_UP = 0x8914, 0x8916, 0x891C, 0x8933, 1


class FarNetwork:
    """The far network, 10.99.0.0/24 and fd99::/64: each address there behaves as the scenario's servers do.

    Accepted connections go to a real server on our own address: the packets' addresses are swapped, which
    leaves their checksums as they are. Names are answered on 127.0.0.1:53.
    """

    def __init__(self) -> None:
        self._servers: dict[str, list[Server]] = {}
        self._names: Mapping[str, Name] = {}
        self._seen: dict[tuple[str, int], Server] = {}
        self._dropped: dict[tuple[str, int], int] = {}
        self._later: list[tuple[float, int, bytes]] = []
        self._serial = 0
        _loopback_up()
        self._tun = _tun_up()
        self._resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._resolver.bind(("127.0.0.1", 53))
        for work in (self._carry, self._answer_names):
            threading.Thread(target=work, daemon=True).start()

    def show(
        self, servers: Mapping[str, Server | Sequence[Server]], names: Mapping[str, Name]
    ) -> dict[str, Any]:
        """Play these servers from now on; return the servers that have to run here, by the address they listen on."""
        here: dict[str, Any] = {}
        self._seen.clear()
        self._dropped.clear()
        self._names = names
        self._servers = {}
        for text, each in servers.items():
            several = [each] if isinstance(each, Server) else list(each)
            if not text.startswith(("10.99.", "fd99:")):
                if each is several[0] and each.kind == "fail":
                    continue  # the connect fails on this machine
                here[text] = each
                continue
            self._servers[text] = several
            accepting = [server for server in several if server.kind == "accept"]
            if accepting:  # several far addresses share one server here; only their packets differ
                ours = OURS6 if ":" in text else OURS
                here[ours] = here.get(ours, []) + accepting
        return here or {"127.0.0.1": Server("refuse")}

    # Packets

    def _carry(self) -> None:
        while True:
            wait = max(0.0, self._later[0][0] - time.monotonic()) if self._later else None
            if select.select([self._tun], [], [], wait)[0]:
                self._take(os.read(self._tun, 65536))
            while self._later and self._later[0][0] <= time.monotonic():
                os.write(self._tun, heapq.heappop(self._later)[2])

    def _put(self, packet: bytes, delay: float = 0.0) -> None:
        self._serial += 1
        heapq.heappush(self._later, (time.monotonic() + delay, self._serial, packet))

    def _take(self, packet: bytes) -> None:
        version = packet[0] >> 4
        if version == 4 and packet[9] == socket.IPPROTO_TCP:
            header = (packet[0] & 15) * 4
            far = socket.inet_ntop(socket.AF_INET, packet[16:20])
            swapped = packet[:12] + packet[16:20] + packet[12:16] + packet[20:]
        elif version == 6 and packet[6] == socket.IPPROTO_TCP:
            header = 40
            far = socket.inet_ntop(socket.AF_INET6, packet[24:40])
            swapped = packet[:8] + packet[24:40] + packet[8:24] + packet[40:]
        else:
            return
        if far not in self._servers:
            return
        source, target = struct.unpack_from("!HH", packet, header)
        flags = packet[header + 13]
        if (
            flags & 0x12 != 0x02
        ):  # no first SYN: the connection is established, or this is the answer of the server here
            client = self._seen.get((far, source)) or self._seen.get((far, target))
            self._put(swapped, client.after / 2 if client is not None and not client.retransmits else 0.0)
            return
        server = self._seen.get((far, source))
        if server is None:
            several = self._servers[far]
            server = several.pop(0) if len(several) > 1 else several[0]
            self._seen[far, source] = server
        if server.kind == "icmp":
            self._put(_icmp(packet, server), server.after)
        elif server.kind == "accept":
            dropped = self._dropped.get((far, source), 0)
            if dropped < server.retransmits:
                self._dropped[far, source] = dropped + 1
            else:
                self._put(swapped, 0.0 if server.retransmits else server.after / 2)

    # Names (RFC 1035)

    def _answer_names(self) -> None:
        while True:
            query, client = self._resolver.recvfrom(4096)
            threading.Thread(target=self._answer, args=(query, client), daemon=True).start()

    def _answer(self, query: bytes, client: Any) -> None:
        labels, position = [], 12
        while query[position]:
            labels.append(query[position + 1 : position + 1 + query[position]].decode())
            position += 1 + query[position]
        kind = struct.unpack_from("!H", query, position + 1)[0]
        question = query[12 : position + 5]
        name = self._names.get(".".join(labels))
        code, records = 0, b""
        count = 0
        if name is None:
            code = 3
        elif name.silent:
            return
        else:
            time.sleep(name.after)
            if name.failure is not None:
                code = 3 if name.failure.cause == Cause.NAME_UNKNOWN else 2
            for text in name.addresses if code == 0 else ():
                family = socket.AF_INET6 if ":" in text else socket.AF_INET
                if kind == (28 if family == socket.AF_INET6 else 1):
                    raw = socket.inet_pton(family, text)
                    records += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(raw)) + raw
                    count += 1
        header = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, count, 0, 0)
        self._resolver.sendto(header + question + records, client)


def _icmp(packet: bytes, server: Server) -> bytes:
    """The message that a router sends for a packet: RFC 792, RFC 4443."""
    message = server.failure.icmp if server.failure is not None else None
    if message is None or message.offender is None:
        raise AssertionError("an icmp server has a message and an offender")
    body = struct.pack("!BBHI", message.kind, message.code, 0, 0)
    if message.version == 4:
        body += packet[:28]
        body = body[:2] + _checksum(body) + body[4:]
        source, target = socket.inet_aton(message.offender), packet[12:16]
        header = (
            struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, socket.IPPROTO_ICMP, 0)
            + source
            + target
        )
        return header[:10] + _checksum(header) + header[12:] + body
    body += packet[:100]
    source, target = socket.inet_pton(socket.AF_INET6, message.offender), packet[8:24]
    pseudo = source + target + struct.pack("!II", len(body), socket.IPPROTO_ICMPV6)
    body = body[:2] + _checksum(pseudo + body) + body[4:]
    return struct.pack("!IHBB", 0x60000000, len(body), socket.IPPROTO_ICMPV6, 64) + source + target + body


def _checksum(data: bytes) -> bytes:
    """RFC 1071."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def _tun_up() -> int:
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", b"far", IFF_TUN | IFF_NO_PI))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for request, text in ((SIOCSIFADDR, OURS), (SIOCSIFNETMASK, "255.255.255.0")):
            address = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(text))
            fcntl.ioctl(control, request, struct.pack("16s16s8x", b"far", address))
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"far", IFF_UP))
        index = struct.unpack("16si20x", fcntl.ioctl(control, SIOCGIFINDEX, struct.pack("16s24x", b"far")))[1]
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(
            control, SIOCSIFADDR, struct.pack("16sIi", socket.inet_pton(socket.AF_INET6, OURS6), 64, index)
        )
    return device


def unshare(*command: str) -> int:
    """Run a command in a namespace of its own, as its root; return the exit code."""
    flags = "-nm" if os.geteuid() == 0 else "-Urnm"
    return subprocess.run(
        ["unshare", flags, *command], env={**os.environ, INSIDE: "1"}, check=False
    ).returncode


def prepare() -> FarNetwork | None:
    """The network of this process's namespace; None where the system does not allow one."""
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as configuration:
            configuration.write("nameserver 127.0.0.1\noptions timeout:5 attempts:2\n")
        Path(configuration.name).chmod(0o644)
        subprocess.run(
            ["mount", "--bind", configuration.name, "/etc/resolv.conf"], check=True, capture_output=True
        )
        Path(configuration.name).unlink()
        return FarNetwork()
    except (OSError, subprocess.CalledProcessError) as problem:
        sys.stderr.write(f"no namespace with a name service and a TUN device here: {problem}\n")
        return None


def _main() -> int:
    if INSIDE not in os.environ:
        if unshare("true"):
            sys.stderr.write("the system allows no namespaces here\n")
            return CANNOT
        return unshare(sys.executable, "-m", "support.namespace", *sys.argv[1:])
    far = prepare()
    if far is None:
        return CANNOT
    say: Callable[[str], object] = sys.stdout.write
    for scenario in SCENARIOS:
        if scenario.reality == NAMESPACE and (len(sys.argv) < 2 or sys.argv[1] in scenario.name):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    played = on_real(scenario, Path(folder), far).plain()
                except Exception:  # noqa: BLE001 - an error in one scenario must not end the others
                    played = {"fault": traceback.format_exc()}
            say(json.dumps([scenario.name, played]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
