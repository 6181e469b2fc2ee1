# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A namespace with a dead neighbour, a cable to pull and a network that loses segments: what this host reports of it.

Run as a program (PYTHONPATH=plugins:tests python3 -m support.own_namespace) it prints a line of JSON: for each
measurement its result, as the text of the nouns. It has no connection outside of its namespace: a veth pair without a
host at the other end, and a TUN device whose other end is this process. It measures as an ordinary user where the
system lets root become one. Exit code 75 where the system allows no namespace.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import socket
import struct
import subprocess
import sys
import termios  # noqa: F401 - what is measured imports it, and an ordinary user may not read this interpreter's files
import threading
import time
from pathlib import Path
from typing import Any

from support.namespace import CANNOT, IFF_NO_PI, IFF_TUN, INSIDE, TUNSETIFF, unshare
from tcp_health.model.recipe import Recipe, SynOptions
from tcp_health.model.target import Address
from tcp_health.network.network import Network

NOBODY = 65534

OURS, LOST, LATE, PLAIN = "10.99.0.1", "10.99.0.7", "10.99.0.8", "10.99.0.9"

SETUP = """\
link set lo up
link add near type veth peer name end
addr add 10.98.0.1/24 dev near
addr add fd98::1/64 dev near nodad
link set end up
link set near up
link add unplugged type veth peer name socket
link set unplugged up
link add off type veth peer name other
addr add 10.99.0.1/24 dev far
link set far up
route add 198.51.100.0/24 via 10.98.0.2
route add 198.51.101.0/24 via inet6 fd98::2 dev near
route add 198.51.102.0/24 dev near mtu 1400
route add unreachable 203.0.113.0/26
route add prohibit 203.0.113.64/26
route add blackhole 203.0.113.128/26
route add 2001:db8:1::/48 via fd98::2
route add unreachable 2001:db8:2::/48
"""

ADDRESSES = (
    "127.0.0.1", "10.98.0.1", "10.98.0.7", "10.98.0.255", "198.51.100.7", "198.51.101.7", "198.51.102.7", "203.0.113.1",
    "203.0.113.65", "203.0.113.129", "192.0.2.1", "::1", "fd98::7", "2001:db8:1::7", "2001:db8:2::7", "2001:db8:3::7",
)  # fmt: skip


class Carrier:
    """The far network: hands packets back to this host with their addresses swapped, as support.namespace does.

    Of what goes to LOST it drops the first segment of data whenever it is sent; to LATE the segments of data come in
    another order than they were sent.
    """

    def __init__(self) -> None:
        self._device = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self._device, TUNSETIFF, struct.pack("16sH22x", b"far", IFF_TUN | IFF_NO_PI))
        self._first: dict[bytes, bytes] = {}
        self._held: bytes | None = None

    def start(self) -> None:
        """Forward packets from now on."""
        threading.Thread(target=self._carry, daemon=True).start()

    def inject(self, source: str, target: str, count: int) -> None:
        """Let packets with a forged source address arrive."""
        header = (
            struct.pack("!BBHHHBBH", 0x45, 0, 28, 0, 0, 64, 17, 0)
            + socket.inet_aton(source)
            + socket.inet_aton(target)
        )
        total = sum(struct.unpack("!10H", header))
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        packet = (
            header[:10] + struct.pack("!H", ~total & 0xFFFF) + header[12:] + struct.pack("!HHHH", 9, 9, 8, 0)
        )
        for _ in range(count):
            os.write(self._device, packet)

    def _carry(self) -> None:
        while select.select([self._device], [], [])[0]:
            packet = os.read(self._device, 65536)
            if packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_TCP:
                continue
            header = (packet[0] & 15) * 4
            data = len(packet) - header - (packet[header + 12] >> 4) * 4
            far = socket.inet_ntoa(packet[16:20])
            swapped = packet[:12] + packet[16:20] + packet[12:16] + packet[20:]
            # Only what the server sends has data here.
            if data and far == LOST:
                place = packet[header : header + 4]
                if (
                    self._first.setdefault(place, packet[header + 4 : header + 8])
                    == packet[header + 4 : header + 8]
                ):
                    continue
            if data and far == LATE and place_once(self._first, packet[header : header + 4]):
                self._held = swapped
                continue
            os.write(self._device, swapped)
            if data and self._held is not None:
                os.write(self._device, self._held)
                self._held = None


def place_once(seen: dict[bytes, bytes], place: bytes) -> bool:
    """Whether this is the first packet between two ports."""
    if place in seen:
        return False
    seen[place] = b""
    return True


def become_nobody() -> bool:
    """Become an ordinary user, in this thread and later ones; return whether that was possible."""
    try:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    except OSError:
        return False
    return True


def reaches(network: Network) -> dict[str, str]:
    """How each address is reached."""
    return {
        text: repr(network.reach(Address(6 if ":" in text else 4, text, 80), Recipe())) for text in ADDRESSES
    }


def neighbours(network: Network) -> dict[str, list[str]]:
    """The neighbour entries of a next hop that does not exist, in order, for an attempt to connect to an address.

    The kernel may remove an entry that has failed, and a repeated SYN begins anew.
    """
    found: dict[str, list[str]] = {}
    addresses = [Address(4, "10.98.0.8", 80), Address(4, "198.51.100.8", 80), Address(6, "fd98::8", 80)]
    connections: list[Any] = [network.connect(each, Recipe()) for each in addresses]
    end = time.monotonic() + 8.0
    while time.monotonic() < end and any(
        len(found.get(each.text, [])) < len(("incomplete", "failed")) for each in addresses
    ):
        time.sleep(0.02)
        for each in addresses:
            reach: Any = network.reach(each, Recipe())
            text = repr(reach.neighbour)
            if reach.neighbour is not None and text not in found.setdefault(each.text, []):
                found[each.text].append(text)
    for connection in connections:
        network.close(connection)
    return found


def out_of_order(network: Network) -> dict[str, list[Any]]:
    """The state of connections to servers whose answer is lost in part, late in part, and whole; before and after reading.

    The answer is 4,000 bytes in several segments; what can be read is read before the state is.
    """
    found: dict[str, list[Any]] = {}
    with socket.create_server((OURS, 0)) as server:
        port = server.getsockname()[1]
        for far in (LOST, LATE, PLAIN):
            connection: Any = network.connect(Address(4, far, port), Recipe(), SynOptions(segment=1000))
            accepted, _ = server.accept()
            with accepted:
                while not network.connected(connection):
                    time.sleep(0.01)
                before: Any = network.inspect(connection)
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for _ in range(4):
                    accepted.sendall(b"x" * 1000)
                time.sleep(0.15)
                unread: Any = network.inspect(connection)
                size = 0
                connection.readable = True
                while data := network.receive(connection):
                    size += len(data) if isinstance(data, bytes) else 0
                    connection.readable = True
                after: Any = network.inspect(connection)
                found[far] = [size, before.out_of_order, unread.out_of_order, after.out_of_order]
            time.sleep(0.05)
            ended: Any = network.inspect(connection)
            found[far].append([ended.state, ended.out_of_order])
            network.close(connection)
    return found


def _main() -> int:
    if INSIDE not in os.environ:
        if unshare("true"):
            sys.stderr.write("the system allows no namespaces here\n")
            return CANNOT
        return unshare(sys.executable, "-m", "support.own_namespace")
    try:
        carrier = Carrier()
    except OSError as problem:
        sys.stderr.write(f"no TUN device here: {problem}\n")
        return CANNOT
    subprocess.run(["ip", "-batch", "-"], input=SETUP, text=True, check=True, capture_output=True)
    Path("/proc/sys/net/ipv4/conf/far/rp_filter").write_text("1", encoding="ascii")
    carrier.start()
    network = Network()
    found: dict[str, Any] = {"counters before": repr(network.counters())}
    before = network.counters()
    carrier.inject("10.98.0.50", OURS, 20)
    time.sleep(0.05)
    after = network.counters()
    if before is not None and after is not None:
        change = after.since(before)
        found["counters"] = [change.reverse_path_filtered, change.undelivered]
    found["nobody"] = become_nobody()
    found["reaches"] = reaches(network)
    found["interfaces"] = {
        name: repr(network.interface(name)) for name in ("lo", "near", "unplugged", "off", "far", "none")
    }
    found["out of order"] = out_of_order(network)
    found["neighbours"] = neighbours(network)
    network.shut()
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
