# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Recipes and TLS plans: what they may contain, and the field that an error names."""

from __future__ import annotations

from typing import Any

import pytest

from tcp_health.model.dialogue import StartTls
from tcp_health.model.recipe import Recipe, TlsPlan
from tcp_health.model.value import FieldError
from tcp_health.settings.build import build
from tcp_health.settings.table import SettingError

WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("network", {"network": "sctp"}, "invalid value 'sctp': must be one of tcp, udp"),
    ("family", {"family": 5}, "invalid value 5: must be one of 0, 4, 6"),
    ("timeout", {"timeout": 0.0}, "invalid value 0.0: must be a number above 0"),
    ("timeout", {"timeout": float("nan")}, "invalid value nan: must be a number above 0"),
    ("attempt_timeout", {"attempt_timeout": -1.0}, "invalid value -1.0: must be a number above 0"),
    ("retries", {"retries": -1}, "invalid value -1: must be a number of at least 0"),
    ("interval", {"interval": float("inf")}, "invalid value inf: must be a number of at least 0"),
    ("control_port", {"control_port": 0}, "invalid port 0: must be a number from 1 to 65535"),
    ("any_port", {"any_port": (80, 65536)}, "invalid port 65536: must be a number from 1 to 65535"),
    ("final", {"final": frozenset({"bored"})}, "unknown cause 'bored'"),
    ("dialogue", {"dialogue": (StartTls(), StartTls())}, "only one step can begin TLS"),
    (
        "dialogue",
        {"dialogue": (StartTls(),)},
        "a step must begin TLS if there is a TLS plan, and only then",
    ),
    (
        "network",
        {"network": "udp", "tls": TlsPlan(), "dialogue": (StartTls(),)},
        "TLS requires TCP: a UDP check cannot use it",
    ),
]


@pytest.mark.parametrize(("field", "fields", "sentence"), WRONG)
def test_an_error_of_a_recipe_carries_the_field(field: str, fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(FieldError) as caught:
        Recipe(**fields)
    assert (caught.value.field, str(caught.value)) == (field, sentence)


def test_an_error_of_a_tls_plan_carries_the_field() -> None:
    with pytest.raises(FieldError) as caught:
        TlsPlan(verify=True, lax=True)
    assert caught.value.field == "lax"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("retries", {"retries": -1}),
        ("addresses", {"addresses": "some"}),
        ("control_port", {"control_port": 0}),
        ("any_port", {"any_port": (0,), "expect_state": "alive"}),
        ("port", {"port": 0}),
        ("host", {"host": "a port"}),
        ("address", {"address": "port"}),
    ],
)
def test_a_setting_s_error_has_the_name_of_the_invalid_field(name: str, given: dict[str, Any]) -> None:
    with pytest.raises(SettingError) as caught:
        build({"host": "h", "port": 80, **given})
    assert caught.value.name == name
