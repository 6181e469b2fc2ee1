# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A row with the settings of an earlier row is the row that it would be alone, with the earlier row's recipe."""

from __future__ import annotations

import tracemalloc
from itertools import product
from typing import TYPE_CHECKING

import pytest

from tcp_health.services.table import SERVICES
from tcp_health.settings.rows import Row, WrongRow, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

HOSTS = (
    "db2:23", "db2", "db2:022", "db2:0", "db2:70000", "db2:ssh", "db2:", ":22", "[::1]:24", "[::1]", "::1", "::1:25", "[db2]:22",
    "fe80::1%eth0", "10.0.0.2:26", "10.0.0.300:26", "/run/x.sock", "unix:/run/x.sock", "https://db2/", "tcp://db2:27",
    "http://db2:28/path", "dü.example:29", "a" * 254 + ":30", "db_2:31", "db2.:32",
)  # fmt: skip
PORTS = ("", "port=33", "port=033", "port=0", "port=ssh", "port=123456", "port=' 34'", "port=+35", "port=٣")
SETTINGS = (
    "", "timeout=5", "timeout=5:warning", "warning_time=0.5 critical_time=2", "retries=2 retry_delay=0.1", "count=3 interval=0.5",
    "expect_state=closed", "any_port=80,81 expect_state=alive", "address=10.0.0.9", "source=10.0.0.1", "family=4", "addresses=all", "read=eof",
    "read=data max_bytes=5", "send=PING expect=PONG", "step='expect +OK' step='line QUIT'", "step='line HELO {host} {port}' step=expect",
    "tls=yes", "tls=yes sni=x.example", "tls=yes warning_certificate_days=20", "starttls=smtp", "network=udp send=a expect=b",
    "trace=never", "control_port=22", "warning_resolve=1", "name=one labels=a=b host_name=h", "key=k", "on_refused=ok", "verbose=2",
    *(f"service={name}" for name in sorted(SERVICES)),
)  # fmt: skip


def plain(row: Row | WrongRow) -> object:
    """A row without its place."""
    return row.replace(place="") if isinstance(row, WrongRow) else (row.replace(place="", check=row.check))


def read(*lines: str) -> Sequence[Row | WrongRow]:
    """The rows of lines."""
    return list(rows([line.encode() for line in lines]))


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_row_is_the_same_after_one_with_its_settings(settings: str) -> None:
    for host, port in product(HOSTS, PORTS):
        line = f"{host} {port} {settings}"
        [alone] = read(line)
        for model in ("db1:22", "10.0.0.1 port=22", "/run/y.sock"):
            first, after = read(f"{model} {settings}", line)
            if isinstance(alone, Row):
                assert isinstance(after, Row)
                assert plain(after) == plain(alone.replace(check=keyed(alone, "2"))), (model, line)
                assert after.words() == alone.words()
            else:
                assert plain(after) == plain(alone), (model, line)
            assert isinstance(first, (Row, WrongRow))


def keyed(row: Row, place: str) -> object:
    """The check of a row whose key is its place, with another place."""
    check = row.check
    return check.replace(probe=check.probe.replace(key=place)) if check.probe.key == row.place else check


def test_rows_with_equal_settings_share_their_objects() -> None:
    first, other, last = (
        row for row in read("db1:22", "db2:22 timeout=3", "db3 port=23") if isinstance(row, Row)
    )
    assert last.check.probe.recipe is first.check.probe.recipe
    assert last.check.policy is first.check.policy
    assert last.check.options is first.check.options
    assert other.check.probe.recipe is not first.check.probe.recipe
    assert [str(row.check.probe.target.text) for row in (first, last)] == ["db1:22", "db3:23"]


def test_a_section_that_begins_changes_the_rows_after_it() -> None:
    found = read(
        "[defaults] timeout=3",
        "a:1",
        "[group slow] timeout=9",
        "b:1",
        "[group no] port=5",
        "c",
        "c:6",
        "d:1 timeout=2",
    )
    assert [(row.check.probe.target.text, row.check.probe.recipe.timeout) for row in found if isinstance(row, Row)] == [
        ("a:1", 3), ("b:1", 9), ("c:5", 3), ("c:6", 3), ("d:1", 2),
    ]  # fmt: skip


def test_rows_that_are_all_different_take_little_memory() -> None:
    lines = (b"h%d:22 send=%06d%s" % (number, number, b"x" * 500) for number in range(12_000))
    tracemalloc.start()
    try:
        assert sum(isinstance(row, Row) for row in rows(lines)) == 12_000
        assert tracemalloc.get_traced_memory()[1] < 16 << 20  # 10 MiB; 23 MiB with 10,000 models
    finally:
        tracemalloc.stop()
