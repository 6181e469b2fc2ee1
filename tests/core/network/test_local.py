# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What this host reports about itself: on loopback, in a namespace of its own, and where the system reports nothing."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from support.loopback import no_descriptors
from support.namespace import CANNOT
from tcp_health.model.local import Counters, HostsEntry, Interface, Neighbour, Reach, Route
from tcp_health.model.recipe import Recipe
from tcp_health.model.target import Address
from tcp_health.network import local
from tcp_health.network.network import Network

TESTS = Path(__file__).parents[2]
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="netlink and /proc are Linux'")
BACK = Address(4, "127.0.0.1", 80)
NOUNS = {each.__name__: each for each in (Counters, HostsEntry, Interface, Neighbour, Reach, Route)}


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    """The measurements in the namespace: one run for all tests, since a neighbour takes 3 s to fail."""
    done = subprocess.run(
        [sys.executable, "-m", "support.own_namespace"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(TESTS), str(TESTS.parent / "plugins")))},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if done.returncode == CANNOT:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def noun(text: str) -> Any:
    """The noun with this text."""
    return eval(text, {"__builtins__": {}}, NOUNS)  # noqa: S307 - text that our own process has written


# In a namespace

VIA = "10.98.0.2"


@linux
@pytest.mark.engine("ip", "iproute2")
@pytest.mark.parametrize(
    ("address", "route"),
    [
        ("127.0.0.1", Route("local", 0, "lo", source="127.0.0.1")),
        ("10.98.0.1", Route("local", 0, "lo", source="10.98.0.1")),
        ("10.98.0.7", Route("unicast", 0, "near", source="10.98.0.1")),
        ("10.98.0.255", Route("broadcast", 0, "near", source="10.98.0.1")),
        ("198.51.100.7", Route("unicast", 0, "near", VIA, "10.98.0.1")),
        ("198.51.101.7", Route("unicast", 0, "near", "fd98::2", "10.98.0.1")),
        ("198.51.102.7", Route("unicast", 0, "near", source="10.98.0.1", mtu=1400)),
        ("203.0.113.1", Route("none", error=errno.EHOSTUNREACH)),
        ("203.0.113.65", Route("none", error=errno.EACCES)),
        ("203.0.113.129", Route("none", error=errno.EINVAL)),
        ("192.0.2.1", Route("none", error=errno.ENETUNREACH)),
        ("::1", Route("local", 0, "lo", source="::1")),
        ("fd98::7", Route("unicast", 0, "near", source="fd98::1")),
        ("2001:db8:1::7", Route("unicast", 0, "near", "fd98::2", "fd98::1")),
        ("2001:db8:2::7", Route("none", error=errno.EHOSTUNREACH)),
        ("2001:db8:3::7", Route("none", error=errno.ENETUNREACH)),
    ],
)
def test_an_address_has_its_route(address: str, route: Route, measured: dict[str, Any]) -> None:
    found = noun(measured["reaches"][address])
    assert (found.route.index > 0) is (found.route.interface is not None)
    assert found == Reach(address, route.replace(index=found.route.index))


@linux
@pytest.mark.engine("ip", "iproute2")
@pytest.mark.parametrize(
    ("address", "hop"), [("10.98.0.8", "10.98.0.8"), ("198.51.100.8", VIA), ("fd98::8", "fd98::8")]
)
def test_a_next_hop_that_is_off_is_incomplete_and_then_failed(
    address: str, hop: str, measured: dict[str, Any]
) -> None:
    found = [noun(each) for each in measured["neighbours"][address]]
    assert {(each.address, each.is_missing) for each in found} == {(hop, True)}
    assert [each.state for each in found] == ["incomplete", "failed"]


@linux
@pytest.mark.engine("ip", "iproute2")
def test_an_interface_has_its_carrier_and_its_state(measured: dict[str, Any]) -> None:
    """The namespace has no /sys of its own: the one that it sees shows the interfaces of another namespace."""
    found = {name: noun(text) for name, text in measured["interfaces"].items()}
    assert found == {
        "lo": Interface("lo", True, True, "unknown"),
        "near": Interface("near", True, True, "up"),
        "unplugged": Interface("unplugged", True, False, "lowerlayerdown"),
        "off": Interface("off", False, None, "down"),
        "far": Interface("far", True, True, "unknown"),
        "none": None,
    }
    assert {name for name, each in found.items() if each is not None and each.is_down} == {"unplugged", "off"}


@linux
@pytest.mark.engine("ip", "iproute2")
def test_packets_that_rp_filter_drops_are_counted(measured: dict[str, Any]) -> None:
    if measured["counters before"] == "None":
        pytest.skip("this system does not let /proc/net be read")
    filtered, undelivered = measured["counters"]
    assert filtered == 20
    assert undelivered >= 20


@linux
@pytest.mark.engine("ip", "iproute2")
@pytest.mark.parametrize(("far", "lost"), [("10.99.0.7", True), ("10.99.0.8", False), ("10.99.0.9", False)])
def test_segments_after_a_lost_one_are_out_of_order(far: str, lost: bool, measured: dict[str, Any]) -> None:
    size, before, unread, after, (state, ended) = measured["out of order"][far]
    assert before == 0
    if lost:
        assert size == 0
        assert after == unread == ended > 0
        return
    # After reordering, and with a complete answer: data was readable, and then no data is left.
    assert (size, unread, after) == (4000, None, 0)
    assert (state, ended) == (8, None), "the peer's FIN takes memory too"


# On loopback


@linux
@pytest.mark.parametrize(("family", "text"), [(4, "127.0.0.1"), (4, "127.9.9.9"), (6, "::1")])
def test_loopback_is_local(family: int, text: str) -> None:
    found = Network.reach(Address(family, text, 80), Recipe())
    assert found is not None
    assert (found.address, found.route.kind, found.route.interface) == (text, "local", "lo")
    assert (found.neighbour, found.next_hop) == (None, None)


@linux
def test_a_source_decides_about_the_route() -> None:
    """From 127.0.0.1 there is no route to another host (EINVAL); through lo there is one."""
    address = Address(4, "192.0.2.1", 80)
    found = Network.reach(address, Recipe(source="127.0.0.1"))
    assert found is not None
    assert (found.route.kind, found.route.error) == ("none", errno.EINVAL)
    through = Network.reach(address, Recipe(source="lo"))
    assert through is not None
    assert through.route.interface == "lo"


@linux
@pytest.mark.parametrize("source", ["::1", "no-such-interface", "", "\0", "x" * 300])
def test_a_source_of_another_family_is_no_error(source: str) -> None:
    assert local.reach(BACK, source) is not None


@pytest.mark.parametrize(
    "address", [Address(0, "/run/x", 0), Address(4, "db1", 80), Address(4, "::1", 80), Address(6, "\0", 80)]
)
def test_an_invalid_address_has_no_route(address: Address) -> None:
    assert local.reach(address) is None


@linux
def test_unread_data_is_not_out_of_order() -> None:
    network = Network()
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection: Any = network.connect(Address(4, "127.0.0.1", server.getsockname()[1]), Recipe())
        accepted, _ = server.accept()
        assert network.connected(connection) is True
        found: list[Any] = [network.inspect(connection)]
        accepted.sendall(b"x")
        time.sleep(0.05)
        found.append(network.inspect(connection))
        connection.readable = True
        assert network.receive(connection) == b"x"
        found.append(network.inspect(connection))
        accepted.close()
        time.sleep(0.05)
        found.append(network.inspect(connection))
        network.close(connection)
        found.append(network.inspect(connection))
    assert [each.out_of_order for each in found[:4]] == [0, None, 0, None]
    assert [each.state for each in found[:4]] == [1, 1, 1, 8]
    assert found[4] is None


@linux
def test_a_fin_that_arrives_meanwhile_is_not_out_of_order() -> None:
    """The FIN takes memory, and it can arrive after the connection's state was read."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as ours,
    ):
        accepted, _ = server.accept()
        assert local.out_of_order(ours) == 0
        accepted.close()
        time.sleep(0.05)
        assert local.out_of_order(ours) is None


# Where the system reports nothing


def test_without_netlink_there_is_no_route(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_NETLINK", raising=False)  # as on macOS and the BSDs
    assert Network.reach(BACK, Recipe()) is None


@pytest.mark.parametrize("family", [-1, 45])
def test_a_family_that_the_system_refuses_is_no_error(family: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        socket, "AF_NETLINK", family, raising=False
    )  # EAFNOSUPPORT, as a seccomp filter may answer
    assert Network.reach(BACK, Recipe()) is None


@linux
def test_without_descriptors_nothing_is_reported() -> None:
    Network.counters()  # loads its modules
    with no_descriptors():
        assert Network.reach(BACK, Recipe()) is None
        assert Network.interface("lo") is None
        assert Network.counters() is None
        assert Network.hosts_entry("localhost") is None


UNLOADED = """
import resource, socket
from tcp_health.model.recipe import Recipe
from tcp_health.model.target import Address
from tcp_health.network.network import Network
network = Network()
with socket.create_server(("127.0.0.1", 0)) as server:
    address = Address(4, "127.0.0.1", server.getsockname()[1])
    connection = network.connect(address, Recipe())
    network.connected(connection)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    state = network.inspect(connection)
    print(state.state, state.out_of_order)
    print(network.reach(address, Recipe()), network.interface("lo"), network.counters(), network.hosts_entry("db1"))
"""


@linux
def test_without_descriptors_the_module_is_not_loaded_and_nothing_is_reported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNLOADED],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        cwd=TESTS.parent / "plugins",
    )
    assert done.stdout == "1 None\nNone None None None\n"


def test_an_interface_is_read_from_its_files_without_netlink(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(socket, "AF_NETLINK", raising=False)
    monkeypatch.setattr(local, "_INTERFACES", str(tmp_path))
    folder = tmp_path / "eth7"
    folder.mkdir()
    for name, text in (("flags", "0x1003\n"), ("carrier", "0\n"), ("operstate", "down\n" + "x" * 100_000)):
        (folder / name).write_text(text)
    assert Network.interface("eth7") == Interface("eth7", True, False, "unknown"), (
        "a file is read up to a limit"
    )
    (folder / "operstate").write_text("down\n")
    (folder / "carrier").unlink()
    (folder / "carrier").mkdir()
    assert Network.interface("eth7") == Interface("eth7", True, None, "down")
    for name in ("eth8", "", ".", "..", "../eth7", "eth7/", "\0"):
        assert Network.interface(name) is None


@linux
def test_an_interface_is_read_from_sys_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_NETLINK")
    if not Path("/sys/class/net/lo").exists():
        pytest.skip("this system has no /sys")
    found = Network.interface("lo")
    assert found is not None
    assert (found.name, found.up, found.is_down) == ("lo", True, False)


# Files


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "hosts"
    monkeypatch.setattr(local, "_HOSTS", str(path))
    return path


def test_a_hosts_entry_has_addresses_only(hosts: Path) -> None:
    hosts.write_text("192.0.2.1 db1\nnonsense db1\n2001:db8::1 db1 db2\n300.1.1.1 db2\n")
    assert Network.hosts_entry("db1") == HostsEntry("db1", ("192.0.2.1", "2001:db8::1"))
    assert Network.hosts_entry("DB2") == HostsEntry("DB2", ("2001:db8::1",))
    assert Network.hosts_entry("db3") == HostsEntry("db3")


def test_a_hosts_file_that_is_too_large_is_read_up_to_the_limit(
    hosts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "HOSTS_SIZE", 40)
    hosts.write_text("192.0.2.1 db1\n192.0.2.2 db2\n192.0.2.3 db3 db4\n")
    assert Network.hosts_entry("db2") == HostsEntry("db2", ("192.0.2.2",))
    assert Network.hosts_entry("db3") is None, "its line was cut"
    assert Network.hosts_entry("db9") is None


def test_a_hosts_file_that_cannot_be_read_is_none(hosts: Path) -> None:
    assert Network.hosts_entry("db1") is None
    hosts.mkdir()
    assert Network.hosts_entry("db1") is None
    hosts.rmdir()
    os.mkfifo(hosts)
    began = time.monotonic()
    assert Network.hosts_entry("db1") in (None, HostsEntry("db1"))
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("line", [b"192.0.2.1 db1 ", b"db1", b"#db1 ", b"\0", b"\xff", b"db1\n"])
def test_a_hostile_hosts_file_is_read_quickly(line: bytes, hosts: Path) -> None:
    hosts.write_bytes(line * (local.HOSTS_SIZE // len(line)))
    began = time.monotonic()
    Network.hosts_entry("db1")
    assert time.monotonic() - began < 3


def test_counters_are_none_where_they_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "_PROC", (str(tmp_path / "snmp"), str(tmp_path), str(tmp_path / "snmp6")))
    assert Network.counters() is None
    (tmp_path / "snmp6").write_text("Ip6InReceives 5\n" + "x" * 100_000 + "\nIp6InDelivers 5\n")
    assert Network.counters() == Counters(received6=5)


@linux
def test_the_counters_of_this_machine_grow() -> None:
    before = Network.counters()
    if before is None:
        pytest.skip("this system does not let /proc/net be read")
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        after = Network.counters()
    assert after is not None
    assert (after.since(before).received or 0) >= 2
