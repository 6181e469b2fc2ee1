# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The target, recipe and policy that are built from the values of settings."""

from __future__ import annotations

import pytest

from support.command_line import built
from tcp_health.model.ranges import Range
from tcp_health.model.verdict import CRITICAL, OK, UNKNOWN, WARNING


def test_a_timeout_with_a_state_only_keeps_the_default_limit() -> None:
    check = built("-H h -p 80 -t :ok")
    assert (check.probe.recipe.timeout, check.policy.on_timeout) == (10.0, OK)


@pytest.mark.parametrize(
    ("words", "limit"),
    [
        ("", 10.0),
        ("--count 20", 30.0),
        ("--count 20 --interval 0.5", 20.0),
        ("--count 20 -t 7", 7.0),
        ("--count 20 -t :ok", 30.0),
    ],
)
def test_the_default_timeout_of_a_count_is_count_times_interval_plus_10_s(words: str, limit: float) -> None:
    assert built(f"-H h -p 80 {words}").probe.recipe.timeout == limit


@pytest.mark.parametrize(
    ("words", "host", "port"),
    [
        ("-H h:80", "h", 80), ("-H h:80 -p 80", "h", 80), ("-H [::1]:80", "::1", 80), ("-H [::1] -p 80", "::1", 80),
        ("-H ::1 --starttls smtp", "::1", 25), ("-H [::1] --starttls smtp", "::1", 25),
        ("-H ::1 --service ftp", "::1", 21), ("-H [::1] --service ftp", "::1", 21),
        ("-H [::1]:26 --starttls smtp", "::1", 26), ("-H h:26 --starttls smtp", "h", 26), ("-H h --starttls smtp", "h", 25),
        ("-H [::1]:22 --service ftp", "::1", 22), ("-H ::1 --service ftp -p 22", "::1", 22),
        ("-H ::1 -p 80", "::1", 80), ("-H fe80::1%lo -p 80", "fe80::1%lo", 80), ("-H h -p ' 80'", "h", 80),
    ],
)  # fmt: skip
def test_a_target_is_host_and_port(words: str, host: str, port: int) -> None:
    target = built(words).probe.target
    assert (target.host, target.port) == (host, port)


def test_a_number_of_days_is_a_range_without_an_end() -> None:
    check = built("-H h -p 80 -S --warning-certificate-days 30")
    assert check.policy.thresholds["certificate_days"] == (Range(30, float("inf")), None)


@pytest.mark.parametrize(
    ("words", "verify", "lax"),
    [
        ("--tls", True, False),
        ("--tls -S", True, False),
        ("-S", False, True),
        ("--sni x", False, True),
        ("-D 30", False, True),
        ("-S -D 30 --sni x", False, True),
        ("--sni x --ca-file f", True, False),
        ("--expect-state client-certificate-required", True, False),
        ("--sni x --expect-state client-certificate-required", True, False),
        ("-D 30 --expect-state client-certificate-required", True, False),
        ("-S --expect-state client-certificate-required", False, True),
        ("-S --sni x -D 30 --expect-state client-certificate-required", False, True),
        ("--no-verify --sni x --expect-state client-certificate-required", False, False),
        ("--step starttls", True, False),
        ("--step 'expect 220' --step 'line STARTTLS' --step starttls --sni x", True, False),
        ("--step starttls -D 30", True, False),
        ("--step starttls -S", False, True),
        ("--step starttls --no-verify", False, False),
        ("--step 'expect 220' --sni x", False, True),
        ("--starttls smtp", True, False),
        ("--starttls smtp --sni x", True, False),
        ("--starttls smtp -S", False, True),
        ("--sni x --alpn h2", True, False),
        ("-D 30 --fingerprint " + "ab" * 32, True, False),
        ("-S --tls-min 1.2", False, True),
    ],
)
def test_only_check_tcp_s_own_options_do_not_verify(words: str, verify: bool, lax: bool) -> None:
    plan = built(f"-H h -p 80 {words}").probe.recipe.tls
    assert plan is not None
    assert (plan.verify, plan.lax) == (verify, lax)


@pytest.mark.parametrize(
    "words", ["", "-e 220", "--expect-state refused", "--step 'expect 220'", "--tls-limit 5"]
)
def test_a_check_without_tls_settings_has_no_tls_plan(words: str) -> None:
    assert built(f"-H h -p 80 {words}").probe.recipe.tls is None


def test_an_empty_server_name_is_valid_like_in_check_tcp() -> None:
    plan = built("-H h -p 80 --sni ''").probe.recipe.tls
    assert plan is not None
    assert (plan.lax, plan.sni) == (True, "")


def test_the_defaults_are_those_of_the_documentation() -> None:
    check = built("-H h -p 80")
    recipe = check.probe.recipe
    assert (recipe.retries, recipe.retry_delay, recipe.retry_backoff, recipe.retry_jitter) == (
        0,
        1.0,
        1.0,
        0.0,
    )
    assert (recipe.count, recipe.interval, recipe.timeout, recipe.attempt_timeout) == (1, 1.0, 10.0, None)
    assert (recipe.expect_timeout, recipe.dialogue, recipe.addresses, recipe.close) == (
        2.0,
        (),
        "any",
        "polite",
    )
    assert recipe.tls is None
    assert (check.options.wait, check.options.wait_interval, check.options.consecutive) == (None, 1.0, 1)
    policy = check.policy
    assert (policy.on_refused, policy.on_mismatch) == (CRITICAL, WARNING)
    assert (policy.on_timeout, policy.on_local) == (CRITICAL, UNKNOWN)
