# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows with equal settings share their recipe, policy, options and texts."""

from __future__ import annotations

import pytest

from tcp_health.settings.rows import Pool, Row, rows

KINDS = (
    "",
    "retries=2 warning_time=200ms critical_time=1s",
    "service=smtp timeout=5",
    r"escape=yes send='PING\r\n' expect=PONG",
    "tls=yes sni=db verify_name=db.example.org warning_certificate_days=30",
    "step='send x' step='expect y'",
)


def read(*lines: str) -> list[Row]:
    found = list(rows([line.encode() for line in lines]))
    assert all(isinstance(each, Row) for each in found), found
    return [each for each in found if isinstance(each, Row)]


@pytest.mark.parametrize("settings", KINDS)
def test_equal_settings_are_one_object(settings: str) -> None:
    first, second = read(f"a:1 {settings}", f"b:1 {settings}")
    assert first.check.probe.recipe is second.check.probe.recipe
    assert first.check.policy is second.check.policy
    assert first.check.options is second.check.options
    assert first.name is second.name
    assert [one is other for one, other in zip(first.texts, second.texts)][1:] == [True] * (
        len(first.texts) - 1
    )


def test_different_settings_are_different_objects() -> None:
    found = read(*(f"a:1 {settings}" for settings in KINDS))
    assert len({id(each.check.probe.recipe) for each in found}) == len(KINDS)
    assert len({id(each.check.policy) for each in found}) == 3


def test_equal_thresholds_keep_the_user_s_texts() -> None:
    first, second, third = read("a:1 warning_time=1s", "a:1 warning_time=1000ms", "b:2 warning_time=1s")
    assert first.check.policy == second.check.policy
    texts = [
        warning.text
        for each in (first, second, third)
        for warning, _ in each.check.policy.thresholds.values()
        if warning
    ]
    assert texts == ["1s", "1000ms", "1s"]
    assert first.check.policy is third.check.policy


def test_warning_and_critical_are_not_merged() -> None:
    first, second = read("a:1 warning_time=1s", "a:1 critical_time=1s")
    assert first.check.policy != second.check.policy
    assert first.check.policy is not second.check.policy


def test_a_host_name_is_one_text() -> None:
    for line in ("db1.example.org:1", "db1.example.org:1 host_name=db1.example.org"):
        (row,) = read(line)
        assert row.host_name is row.check.probe.target.host
        assert row.host_name is dict(row.texts)["host"]


def test_two_readings_share_nothing_that_is_made_for_a_row() -> None:
    (first,) = read("a:1 timeout=3")
    (second,) = read("a:1 timeout=3")
    assert first.check == second.check
    assert first.check.probe.recipe is not second.check.probe.recipe


def test_the_pool_is_bounded() -> None:
    pool = Pool(8)
    for number in range(100):
        text = str(number)
        assert pool.shared(text) is text
        assert pool.shared(str(number)) is text
        assert len(pool) <= 8
