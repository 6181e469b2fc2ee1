# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The forms of a host: what a row accepts, the command that is rendered from it accepts as well."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tcp_health.model.target import Target, is_literal
from tcp_health.settings.build import build
from tcp_health.settings.rows import Row, WrongRow, rows
from tcp_health.settings.table import SettingError
from tcp_health_plugins.check.options import parse

pytestmark = pytest.mark.field(56)


def one(line: str) -> Row | WrongRow:
    """The only row of a file with this line."""
    [row] = rows([line.encode()])
    return row


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("[db1:5432]:22", "only an IPv6 address can be in brackets"),
        ("[db1:5432]", "only an IPv6 address can be in brackets"),
        ("[10.0.0.1:80]:22", "only an IPv6 address can be in brackets"),
        ("[a:b]:22", "only an IPv6 address can be in brackets"),
        ("[fe80:1%eth0]:22", "only an IPv6 address can be in brackets"),
        ("[www:http:80]:22", "only an IPv6 address can be in brackets"),
        ("[db1]:22", "only an IPv6 address can be in brackets"),
        ("[]:22", "only an IPv6 address can be in brackets"),
        ("db1:22:5432 port=22", "must be a name, host:port or an IPv6 address"),
        ("fe80::1%eth0:22", ""),
    ],
)
def test_a_host_that_no_command_line_takes_is_a_wrong_row(target: str, sentence: str) -> None:
    row = one(target)
    assert isinstance(row, WrongRow), row
    assert row.name == ("host" if sentence else "port")
    assert sentence in row.sentence


HOSTS = st.one_of(
    st.sampled_from(
        ["db1", "10.0.0.1", "::1", "fe80::1%eth0", "2001:db8::5432", "/run/x.sock", "db1.example.org."]
    ),
    st.text("[]:/%.-_ab1=,@é", max_size=12),
    st.builds("[{}]".format, st.text(":%.-ab1", max_size=8)),
    st.builds("[{}]".format, st.ip_addresses(v=6).map(str)),
)
PORTS = st.sampled_from(["", ":22", ":5432", ":0", ":", ":ssh", " port=22", ":22 port=22", ":22 port=23"])


@settings(max_examples=1000)
@given(HOSTS, PORTS, st.sampled_from(["", " service=ftp", " starttls=lmtp", " address=10.0.0.1"]))
@example("[db1:5432]", ":22", "")
def test_the_rendered_command_of_a_row_makes_the_same_check(host: str, port: str, rest: str) -> None:
    row = next(rows([f"{host}{port}{rest}".encode()]), None)
    if not isinstance(row, Row):
        return
    command = parse(row.words(), "check_tcp_health", {})
    check = build(command.values, row.place)
    assert (check.probe, check.policy) == (row.check.probe, row.check.policy)
    assert not command.ignored
    target = row.check.probe.target
    if target.address is None:
        assert Target.parse(target.text) == target


def test_a_name_and_a_port_are_no_address() -> None:
    assert not is_literal("db1:5432")
    assert is_literal("::1")
    with pytest.raises(SettingError, match="must be an IP address"):
        build({"host": "db1", "port": 22, "address": "db1:5432"})
