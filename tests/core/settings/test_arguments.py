# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings table as Ansible's argument_spec, and the values of a task's arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tcp_health.services.table import SERVICES
from tcp_health.settings.arguments import (
    ALIASES,
    DEPENDENT,
    TYPES,
    argument_spec,
    offered,
    specification,
    values,
)
from tcp_health.settings.build import build
from tcp_health.settings.readers import Given
from tcp_health.settings.table import SETTINGS, Setting, SettingError

if TYPE_CHECKING:
    from typing import Any


def test_every_setting_for_ansible_is_an_argument_of_a_known_type() -> None:
    spec = argument_spec()
    assert list(spec) == [setting.name for setting in SETTINGS if "ansible" in setting.edges]
    assert {"host", "port", "timeout", "retries", "retry_delay", "warning_time", "critical_time"} <= set(spec)
    assert {each["type"] for each in spec.values()} == set(TYPES.values()) | {"raw"}
    assert not {"verbose", "output", "perfdata", "help", "version"} & set(spec)


def test_the_time_thresholds_have_the_shorter_names_of_the_command_line() -> None:
    spec = argument_spec()
    assert spec["warning_time"]["aliases"] == ["warning"]
    assert spec["critical_time"]["aliases"] == ["critical"]
    assert not {alias for aliases in ALIASES.values() for alias in aliases} & set(spec)


def test_a_secret_setting_is_not_logged() -> None:
    assert specification(Setting("key", "text", "help", secret=True))["no_log"] is True
    assert not any(specification(setting).get("no_log") for setting in offered() if not setting.secret)


@pytest.mark.parametrize(
    "surroundings", [{}, {"count": 3}, *({"service": name} for name in SERVICES)], ids=str
)
def test_an_explicit_default_is_the_same_as_no_value(surroundings: dict[str, Any]) -> None:
    if surroundings.get("service") == "udp":
        surroundings = {**surroundings, "send": "a", "expect": "b"}
    arguments = {"port": 7, **surroundings}
    defaults = {name: each["default"] for name, each in argument_spec().items() if "default" in each}
    bare = build(values(arguments))
    for name, default in defaults.items():
        if name not in arguments:
            assert build(values({**arguments, name: default})) == bare, name
    assert len(defaults) > 15
    assert not DEPENDENT & set(defaults)


# The arguments of a task, as Ansible passes them, and the equivalent texts of a command line.
SAME = [
    ({"timeout": "5"}, {"timeout": ["5"]}),
    ({"timeout": "500ms:unknown"}, {"timeout": ["500ms:unknown"]}),
    ({"port": 25, "retries": 3}, {"port": ["25"], "retries": ["3"]}),
    ({"retry_backoff": 1.5}, {"retry_backoff": ["1.5"]}),
    ({"expect": "a, b"}, {"expect": ["a, b"]}),
    ({"expect": ["a", 220, 1.5]}, {"expect": ["a", "220", "1.5"]}),
    ({"expect": []}, {}),
    ({"ssl": True, "expect_all": False}, {"ssl": ["yes"], "expect_all": ["no"]}),
    (
        {"quit": r"a\n", "send": r"b\t", "escape": True},
        {"escape": ["yes"], "send": [r"b\t"], "quit": [r"a\n"]},
    ),
    ({"quit": r"a\n", "escape": False}, {"quit": [r"a\n"]}),
    ({"family": "4", "on_refused": "ok"}, {"family": ["4"], "on_refused": ["ok"]}),
    ({"warning_loss": "5%", "certificate": "30,14"}, {"warning_loss": ["5%"], "certificate": ["30,14"]}),
    ({"port": None, "host": "a"}, {"host": ["a"]}),
    ({"alpn": "h2,http/1.1"}, {"alpn": ["h2,http/1.1"]}),
    ({"alpn": ["h2", "http/1.1"]}, {"alpn": ["h2,http/1.1"]}),
    ({"alpn": []}, {}),
    ({"tls_min": "1.2", "ca_file": "/ca.pem"}, {"tls_min": ["1.2"], "ca_file": ["/ca.pem"]}),
    ({"fingerprint": ["AB:" * 31 + "AB", "0" * 64]}, {"fingerprint": ["ab" * 32, "0" * 64]}),
    ({"step": ["expect a, b", "line QUIT"]}, {"step": ["expect a, b", "line QUIT"]}),
    ({"step": "expect a, b"}, {"step": ["expect a, b"]}),
]


@pytest.mark.parametrize(("arguments", "words"), SAME, ids=lambda each: str(each)[:40])
def test_an_argument_is_read_like_an_option_of_the_command_line(
    arguments: dict[str, Any], words: dict[str, list[str]]
) -> None:
    table = {setting.name: setting for setting in SETTINGS}
    given = Given()
    for name, texts in words.items():
        for text in texts:
            given.put(table[name], text)
    read = values(arguments)
    assert {name: value for name, value in read.items() if value is not False} == {
        name: value for name, value in given.values.items() if value is not False
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"port": 70000}, "port: "),
        ({"retries": -1}, "retries: invalid number '-1': must be a whole number"),
        ({"retry_backoff": float("nan")}, "retry_backoff: invalid number 'nan'"),
        ({"timeout": "True"}, "timeout: invalid number 'True'"),
        ({"expect": {"a": 1}}, "expect: invalid value {'a': 1}: must be a string or a list of strings"),
        ({"expect": True}, "expect: invalid value True: must be a string or a list of strings"),
        ({"expect": [["a"]]}, "expect: invalid value ['a']: must be a string or a list of strings"),
        ({"warning_time": "2:1"}, "warning_time: "),
        (
            {"host": ["www", "db1"]},
            "host: invalid value ['www', 'db1']: must be one value, not a list: give several hosts as targets",
        ),
        ({"send": ["a"]}, "send: invalid value ['a']: must be one value, not a list"),
        ({"sni": True}, "sni: invalid value True: must be a string"),
        ({"alpn": [["h2"]]}, "alpn: invalid value ['h2']: must be a string or a list of strings"),
        ({"any_port": "[22, 443]"}, "any_port: invalid port"),
        ({"fingerprint": "0" * 63}, "fingerprint: invalid fingerprint '000000"),
    ],
    ids=str,
)
def test_an_invalid_argument_is_an_error_of_its_setting(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingError) as raised:
        values(arguments)
    assert str(raised.value).startswith(sentence)
    assert "\n" not in str(raised.value)
