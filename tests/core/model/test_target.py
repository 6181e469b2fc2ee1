# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Targets: the texts that they are read from, and the field that an error names."""

from __future__ import annotations

import pickle

import pytest

from tcp_health.model.target import Target, is_literal, parse_port, split_port
from tcp_health.model.value import FieldError


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("db1:5432", Target("db1", 5432)),
        ("[::1]:80", Target("::1", 80)),
        ("/run/app.sock", Target(None, path="/run/app.sock")),
    ],
)
def test_a_target_is_read_from_its_own_text(text: str, target: Target) -> None:
    assert Target.parse(text) == target
    assert target.text == text


@pytest.mark.parametrize(
    ("text", "port", "address", "field", "sentence"),
    [
        ("", 80, None, "host", "no host given"),
        ("h", None, None, "port", "no port given for h"),
        ("report", None, None, "port", "no port given for report"),
        ("h", 0, None, "port", "invalid port 0: must be a number from 1 to 65535"),
        ("h:ssh", None, None, "port", "invalid port 'ssh': must be a number from 1 to 65535"),
        ("h:80", 81, None, "port", "conflicting ports: 'h:80' has port 80, but port 81 is also given"),
        (
            "[port",
            80,
            None,
            "host",
            "invalid host '[port': must be an IPv6 address in brackets, as in [::1]:80",
        ),
        ("[h]:80", None, None, "host", "invalid host '[h]:80': only an IPv6 address can be in brackets"),
        (
            "a port",
            80,
            None,
            "host",
            "invalid host name 'a port': must be at most 253 printable characters without spaces",
        ),
        ("h", 80, "port", "address", "invalid address 'port': must be an IP address"),
        ("h", 80, "1.2.3." + "4" * 5000, "address", None),
        (
            "/port\0",
            None,
            None,
            "host",
            "invalid socket path '/port\\x00': must begin with / and contain no NUL character",
        ),
        ("/port" * 30, None, None, "host", None),
        ("/port\ud800", None, None, "host", None),
    ],
)
def test_an_error_carries_the_field(
    text: str, port: int | None, address: str | None, field: str, sentence: str | None
) -> None:
    with pytest.raises(FieldError) as caught:
        Target.parse(text, port, address)
    assert caught.value.field == field
    assert sentence in (None, str(caught.value))


def test_a_unix_socket_has_no_other_field() -> None:
    for fields in ({"host": "h"}, {"host": None, "port": 80}, {"host": None, "address": "::1"}):
        with pytest.raises(FieldError) as caught:
            Target(**fields, path="/x")
        assert caught.value.field == list(fields)[-1]


def test_a_field_error_survives_pickling() -> None:
    with pytest.raises(FieldError) as caught:
        parse_port("x")
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert (again.field, again.sentence, str(again)) == ("port", caught.value.sentence, str(caught.value))


def test_bare_colons_are_an_ipv6_address() -> None:
    assert split_port("::1") == ("::1", None)
    assert split_port("[::1]") == ("::1", None)
    assert split_port("h:1") == ("h", 1)


def test_a_literal_has_the_form_of_an_ip_address() -> None:
    assert all(map(is_literal, ("1.2.3.4", "::1", "fe80::1%eth0")))
    assert not any(map(is_literal, ("1.2.3", "1.2.3.256", "db1", "1" * 5000)))
