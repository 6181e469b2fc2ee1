# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An Ansible task as the module carries it out, on the fake network: states, waits, lists, what fails, what is returned."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from support.fake_network import FakeNetwork
from support.scripted import END, RESET, Local, accepts, hear, is_silent, refuses
from tcp_health.settings.table import SettingError
from tcp_health.settings.task import argument_spec, environment
from tcp_health.task import carry_out, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcp_health.task import Done

A, B, C = "10.0.0.1", "10.0.0.2", "10.0.0.3"


def task(network: FakeNetwork, **arguments: Any) -> Done:
    """Carry out a task with the defaults that AnsibleModule adds."""
    spec = argument_spec()
    given = {name: each.get("default") for name, each in spec.items()}
    assert set(arguments) <= set(spec)
    given.update(arguments)
    if "host" not in arguments and "targets" not in arguments and arguments.get("state") != "drained":
        given["host"] = A
    return carry_out(given, network)


def refused_reason(**arguments: Any) -> str:
    network = FakeNetwork({A: accepts()})
    with pytest.raises(SettingError) as caught:
        task(network, **arguments)
    assert network.time == network.start, "nothing was done"
    return str(caught.value)


# One target


def test_a_healthy_check_returns_the_brief_form() -> None:
    done = task(FakeNetwork({A: accepts(after=0.002)}), port=80)
    assert (done.failed, done.warning) == (False, "")
    assert list(done.values) == [
        "name", "state", "cause", "domain", "sentence", "time", "match_groups", "match_groupdict", "rounds", "msg",
        "elapsed", "changed",
    ]  # fmt: skip
    assert done.values["name"] == f"{A}:80"
    assert (done.values["state"], done.values["cause"], done.values["domain"]) == ("OK", None, None)
    assert (done.values["sentence"], done.values["time"], done.values["changed"]) == ("", 0.002, False)


def test_success_and_failure_have_the_same_keys() -> None:
    healthy = task(FakeNetwork({A: accepts()}), port=80)
    failed = task(FakeNetwork({A: refuses()}), port=80)
    assert healthy.values.keys() == failed.values.keys()
    assert failed.failed
    assert (failed.values["state"], failed.values["cause"]) == ("CRITICAL", "refused")
    assert failed.values["domain"] == "firewall or server"
    assert failed.values["msg"].endswith(" - firewall or server: refused")
    full = [
        task(FakeNetwork({A: server}), port=80, detail="full").values for server in (accepts(), refuses())
    ]
    assert full[0].keys() == full[1].keys() > healthy.values.keys()
    assert isinstance(full[0]["attempts"], int)


@pytest.mark.field(42)
def test_a_text_that_never_comes_fails_the_task_when_the_wait_is_over() -> None:
    network = FakeNetwork({A: accepts(b"starting\r\n", END)})
    done = task(network, port=80, expect="ready", wait="4")
    assert done.failed
    assert (done.values["state"], done.values["cause"]) == ("CRITICAL", "mismatch")
    assert done.values["rounds"] > 1
    assert done.values["msg"].endswith(", after 4 s")
    assert task(FakeNetwork({A: accepts(b"ready\r\n")}), port=80, expect="ready", wait="4").failed is False
    chosen = task(FakeNetwork({A: accepts(b"no\r\n", END)}), port=80, expect="ready", on_mismatch="warning")
    assert (chosen.failed, chosen.values["state"], chosen.warning) == (
        False,
        "WARNING",
        chosen.values["msg"],
    )


@pytest.mark.field(43)
def test_a_dialogue_that_ends_at_reject_fails_the_task() -> None:
    server = accepts(b"+OK\r\n", hear(b"USER monitoring\r\n"), b"-ERR no\r\n")
    steps = ["expect +OK", "line USER monitoring", "# the login failed", "reject -ERR", "expect +OK"]
    done = task(FakeNetwork({A: server}), port=110, step=steps)
    assert (done.failed, done.values["state"], done.values["cause"]) == (True, "CRITICAL", "mismatch")
    assert "the login failed" in done.values["sentence"]


@pytest.mark.field(44)
def test_elapsed_is_the_time_of_the_whole_wait() -> None:
    servers = [accepts(RESET), accepts(RESET), accepts(RESET), accepts(b"ready")]
    done = task(FakeNetwork({A: servers}), port=80, expect="ready", wait="60", detail="full")
    assert (done.failed, done.values["rounds"]) == (False, 4)
    assert 3 < done.values["elapsed"] < 3.1
    assert done.values["msg"].endswith(", after 3 s")


def test_the_delay_counts_as_elapsed_and_not_as_wait() -> None:
    network = FakeNetwork({A: [refuses(), accepts()]})
    done = task(network, port=80, wait="1", wait_interval="0.2", wait_delay="30")
    assert (done.failed, done.values["rounds"]) == (False, 2)
    assert done.values["msg"].endswith(", after 30 s")


# States


@pytest.mark.field(46)
@pytest.mark.parametrize(
    ("state", "server", "failed"),
    [
        ("open", accepts(), False),
        ("open", refuses(), True),
        ("open", is_silent(), True),
        ("closed", refuses(), False),
        ("closed", accepts(), True),
        ("closed", is_silent(), True),
        ("filtered", is_silent(), False),
        ("filtered", refuses(), True),
        ("filtered", accepts(), True),
        ("alive", refuses(), False),
        ("alive", accepts(), False),
        ("alive", is_silent(), True),
    ],
)
def test_only_the_wanted_state_is_ok(state: str, server: Any, failed: bool) -> None:
    assert task(FakeNetwork({A: server}), port=80, state=state).failed is failed
    waited = task(FakeNetwork({A: server}), port=80, state=state, wait="5")
    assert waited.failed is failed
    assert waited.values["elapsed"] <= 15


@pytest.mark.parametrize("state", ["open", "closed", "filtered", "alive"])
def test_an_unknown_name_is_no_state_of_a_port(state: str) -> None:
    done = task(FakeNetwork({}), host="nosuch.example.org", port=80, state=state, wait="2")
    assert (done.failed, done.values["cause"]) == (True, "name_unknown")


def test_the_end_of_a_wait_makes_no_port_filtered() -> None:
    # The answer takes longer than the rest of the wait.
    for wait in ("1.0005", "2.0011", "4.001"):
        network = FakeNetwork({A: refuses(after=0.3)})
        arguments = {"state": "filtered", "wait": wait, "wait_interval": "0.1", "timeout": "0.5"}
        assert task(network, port=80, **arguments).failed, wait


def test_a_port_that_becomes_filtered_ends_the_wait() -> None:
    network = FakeNetwork({A: [refuses(), refuses(), is_silent()]})
    done = task(network, port=80, state="filtered", wait="60", timeout="3")
    assert (done.failed, done.values["rounds"]) == (
        False,
        2,
    )  # the diagnosis of the first used the second refusal


# Drained


def connections(*moments: tuple[float, list[str]]) -> Callable[[float], list[tuple[str, str, int]]]:
    """The connections from the given remote hosts, from each time on."""

    def at(time: float) -> list[tuple[str, str, int]]:
        hosts = [each for began, each in moments if began <= time][-1]
        return [("10.0.0.9", host, 40000) for host in hosts]

    return at


def test_a_port_is_drained_when_its_last_connection_has_ended() -> None:
    local = Local(connections=connections((0, [A, B]), (2, [A]), (5, [])))
    done = task(FakeNetwork({}, local=local), port=8080, state="drained", wait="60")
    assert (done.failed, done.values["state"], done.values["rounds"]) == (False, "OK", 6)
    assert done.values["msg"] == "port 8080 has no connections, after 5 s"


def test_a_port_that_is_not_drained_in_time_fails_the_task() -> None:
    local = Local(connections=connections((0, [A, A, B])))
    done = task(FakeNetwork({}, local=local), port=8080, state="drained", wait="3")
    assert (done.failed, done.values["cause"]) == (True, "connected")
    assert done.values["msg"] == f"port 8080 has 3 connections, from {A}, {B}, after 3 s"
    once = task(FakeNetwork({}, local=local), port=8080, state="drained")
    assert (once.failed, once.values["rounds"]) == (True, 1)


def test_excluded_hosts_and_other_local_addresses_do_not_count() -> None:
    local = Local(connections=connections((0, [A, "2001:db8::1"])))
    for excluded, failed in (([A], True), ([A, "2001:db8::/32"], False), (["10.0.0.0/8"], True)):
        network = FakeNetwork({}, local=local)
        done = task(network, port=80, state="drained", exclude_hosts=excluded)
        assert done.failed is failed, excluded
    for host, failed in (("10.0.0.9", True), ("10.0.0.8", False), ("0.0.0.0", True), ("::", True)):  # noqa: S104
        assert task(FakeNetwork({}, local=local), host=host, port=80, state="drained").failed is failed, host


def test_a_loopback_address_that_is_given_is_the_local_address() -> None:
    local = Local(connections=connections((0, [A])))
    assert task(FakeNetwork({}, local=local), host="127.0.0.1", port=80, state="drained").failed is False


def test_connections_that_cannot_be_read_are_unknown() -> None:
    done = task(FakeNetwork({}), port=80, state="drained", wait="5")
    assert (done.failed, done.values["state"], done.values["elapsed"]) == (True, "UNKNOWN", 0)


def test_a_connection_between_two_counts_begins_anew() -> None:
    local = Local(connections=connections((0, []), (0.9, [A]), (1.9, [])))
    done = task(FakeNetwork({}, local=local), port=80, state="drained", wait="9", consecutive=2)
    assert (done.failed, done.values["rounds"]) == (False, 4)


# Lists


def test_a_list_is_checked_at_once_and_returned_in_order() -> None:
    network = FakeNetwork({A: accepts(after=0.3), B: refuses(after=0.1), C: accepts(after=0.2)})
    done = task(
        network,
        port=80,
        trace="never",
        targets=[A, {"host": B, "name": "the second"}, {"host": f"{C}:81", "port": None, "state": "closed"}],
    )
    assert done.failed
    checks = done.values["checks"]
    assert [(each["name"], each["state"]) for each in checks] == [
        (f"{A}:80", "OK"),
        ("the second", "CRITICAL"),
        (f"{C}:81", "CRITICAL"),
    ]
    assert done.values["summary"] == {"total": 3, "ok": 1, "warning": 0, "critical": 2, "unknown": 0}
    assert done.values["state"] == "CRITICAL"
    assert done.values["msg"].startswith("1 of 3 targets are OK; the second CRITICAL (firewall or server: ")
    assert done.values["elapsed"] < 1


def test_the_settings_of_the_task_are_for_all_and_a_target_overrides_them() -> None:
    prepared = prepare(
        {"port": 80, "timeout": "3", "warning_time": "1", "targets": [A, {"host": B, "timeout": "7"}]}
    )
    recipes = [check.probe.recipe for check, _ in prepared.checks]
    assert [recipe.timeout for recipe in recipes] == [3, 7]
    assert all("time" in check.policy.thresholds for check, _ in prepared.checks)


def test_a_group_has_settings_between_those_of_the_task_and_of_a_target() -> None:
    network = FakeNetwork({A: accepts(), B: accepts(), C: refuses()})
    targets = [A, {"host": B, "group": "old"}, {"host": C, "group": "old", "port": 81}]
    groups: dict[str, Any] = {"old": {"port": 8080, "state": "closed", "name": "old"}}
    done = task(network, port=80, targets=targets, groups=groups, trace="never")
    checks = done.values["checks"]
    assert [each["state"] for each in checks] == ["OK", "CRITICAL", "OK"]
    assert [each["name"] for each in checks] == [f"{A}:80", f"{B}:8080", f"{C}:81"]


def test_wrong_groups_are_refused_by_name() -> None:
    assert refused_reason(groups={"web": {"port": 80}}) == "groups: requires targets"
    wrong: tuple[dict[str, Any], ...] = ({"web": 80}, {"a b": {}}, {"web": {"host": A}})
    for groups in wrong:
        assert refused_reason(targets=[A], groups=groups).startswith("groups: invalid group ")
    reason = refused_reason(targets=[{"host": A, "group": "web"}], groups={"web": {"port": "ssh"}})
    assert reason.startswith(": groups.web.port: invalid port")
    reason = refused_reason(targets=[{"host": A, "group": "wbe"}], groups={"web": {"port": 80}})
    assert reason.startswith(": targets[0].group: unknown group")


def test_a_message_names_the_options_of_the_module() -> None:
    assert refused_reason(any_port="1,2").startswith("any_port: requires state: alive: ")
    reason = refused_reason(targets=[f"{A}:80", {"host": B, "any_port": "1,2"}])
    assert reason.startswith(": targets[1].any_port: requires state: alive: ")
    assert refused_reason(port=443, client_key="/nonexistent", tls=True) == "client_key: requires client_cert"


def test_every_target_is_waited_for_in_one_time() -> None:
    servers: dict[str, Any] = {A: [refuses(), accepts()], B: [refuses(), refuses(), accepts()], C: refuses()}
    done = task(FakeNetwork(servers), port=80, targets=[A, B, C], wait="5", trace="never")
    assert [each["state"] for each in done.values["checks"]] == ["OK", "OK", "CRITICAL"]
    assert 5 <= done.values["elapsed"] < 5.2
    assert done.values["msg"].endswith(", after 5 s")


def test_a_brief_check_has_at_most_150_bytes_and_a_failed_one_400() -> None:
    flood = "ü" * 3000
    servers: dict[str, Any] = {
        A: accepts(),
        B: refuses(),
        C: is_silent(),
        "10.0.0.4": accepts(flood.encode(), END),
        "10.0.0.5": accepts(RESET),
    }
    targets = [
        *servers,
        "nosuch.example.org",
        "a-name-that-has-sixty-letters-in-all.production.example.org:5432",
    ]
    done = task(
        FakeNetwork(servers),
        port=None,
        step=["expect-regex ready", "# " + flood[:500], "expect x"],
        targets=[each if ":" in each else f"{each}:443" for each in targets],
        detail="brief",
    )
    sizes = [len(json.dumps(each, ensure_ascii=False).encode()) for each in done.values["checks"]]
    assert max(sizes) <= 400
    healthy = task(FakeNetwork({A: accepts()}), targets=[f"{A}:65535"]).values["checks"][0]
    assert len(json.dumps(healthy)) <= 150


def test_failures_with_one_cause_are_a_group() -> None:
    near = {f"10.0.1.{number}": is_silent() for number in range(1, 9)}
    others = {f"10.0.{number}.1": accepts() for number in range(2, 30)}
    done = task(
        FakeNetwork({**near, **others}), port=80, targets=[*near, *others], timeout="2", trace="never"
    )
    [group] = done.values["fault_groups"]
    assert (group["count"], group["cause"]) == (8, "timed_out")
    assert group["members"] == [f"{host}:80" for host in near]
    assert done.values["suspicion"] is None
    assert done.values["msg"].startswith(
        f"28 of 36 targets are OK; {group['sentence']}; 10.0.1.1:80 CRITICAL"
    )


def test_a_host_that_reaches_nothing_is_suspected() -> None:
    hosts = {f"10.{number}.1.1": is_silent() for number in range(2, 30)}
    done = task(FakeNetwork(hosts), port=80, targets=[*hosts], timeout="2", trace="never")
    assert "the monitoring host is suspected" in done.values["msg"]
    assert done.values["suspicion"]
    # The host does not reach the targets, whatever the reason. UNKNOWN would pass with fail_on: critical.
    assert {each["state"] for each in done.values["checks"]} == {"CRITICAL"}
    assert done.failed


# What fails


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [
        ("critical", {"CRITICAL"}),
        ("unknown", {"CRITICAL", "UNKNOWN"}),
        ("warning", {"CRITICAL", "UNKNOWN", "WARNING"}),
        ("never", set()),
    ],
)
def test_fail_on_decides_which_states_fail_the_task(fail_on: str, failing: set[str]) -> None:
    cases = {
        "OK": {},
        "WARNING": {"warning_time": "1ms"},
        "CRITICAL": {"critical_time": "1ms"},
        "UNKNOWN": {"on_refused": "unknown", "host": B},
    }
    for state, arguments in cases.items():
        for many in (False, True):
            given: dict[str, Any] = dict(arguments)
            if many:
                given = {"targets": [{"host": A, **arguments}, f"{C}"]}
            network = FakeNetwork({A: accepts(after=0.01), B: refuses(), C: accepts()})
            done = task(network, port=80, fail_on=fail_on, trace="never", **given)
            assert done.values["state"] == state
            assert done.failed is (state in failing)
            shown = state != "OK" and not done.failed and fail_on != "never"
            assert bool(done.warning) is shown


def test_msg_replaces_the_message_of_a_failure_only() -> None:
    assert task(FakeNetwork({A: refuses()}), port=80, msg="The database is away").values["msg"] == (
        "The database is away"
    )
    assert task(FakeNetwork({A: accepts()}), port=80, msg="x").values["msg"].startswith("TCP OK")


def test_the_message_of_a_long_list_is_one_line_that_names_a_few() -> None:
    hosts = [f"10.0.1.{number}" for number in range(1, 41)]
    done = task(FakeNetwork({host: refuses() for host in hosts}), port=80, targets=hosts, trace="never")
    assert done.values["msg"].startswith(
        "0 of 40 targets are OK; refused: all 40 targets in 10.0.0.0/16, port 80; 10.0.1.1:80 CRITICAL ("
    )
    assert done.values["msg"].endswith(", and 35 more")
    assert "\n" not in done.values["msg"]


# Groups of expressions


def test_the_groups_of_an_expression_are_returned() -> None:
    network = FakeNetwork({A: accepts(b"220 mail.test ESMTP 8.2 ready\r\n")})
    step = r"expect-regex 220 (\S+) (?P<kind>\S+) (\d+)\.(\d+)( beta)?"
    done = task(network, port=25, step=step)
    assert done.values["match_groups"] == ["mail.test", "ESMTP", "8", "2", ""]
    assert done.values["match_groupdict"] == {"kind": "ESMTP"}
    hidden = task(network, port=25, step=step, hide_output=True)
    assert (hidden.values["match_groups"], hidden.values["match_groupdict"]) == ([], {})


def test_the_groups_of_each_target_are_returned_if_it_has_an_expression() -> None:
    network = FakeNetwork({A: accepts(b"220 a.test ready\r\n"), B: accepts(b"500 no\r\n"), C: accepts()})
    step = r"expect-regex 220 (?P<name>\S+)"
    targets = [{"host": A, "step": step}, {"host": B, "step": step}, {"host": C, "send": "x"}]
    first, second, third = task(network, port=25, targets=targets).values["checks"]
    assert (first["match_groups"], first["match_groupdict"]) == (["a.test"], {"name": "a.test"})
    assert (second["state"], second["match_groups"], second["match_groupdict"]) == ("CRITICAL", [], {})
    assert "match_groups" not in third


def test_a_secret_in_a_group_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "correct horse battery")
    server = accepts(hear(b"correct horse battery\r\n"), b"you said correct horse battery\r\n")
    steps = ["line {env:WORD}", r"expect-regex said (correct) (.*)\r"]
    done = task(FakeNetwork({A: server}), port=25, step=steps)
    assert done.values["state"] == "OK"
    assert not re.search("correct|horse|battery", json.dumps(done.values))


# Wrong arguments


def test_arguments_that_exclude_each_other_are_refused_by_name() -> None:
    assert refused_reason(host=A, targets=[B], port=80) == (
        "host: cannot be given with targets: each target has its own"
    )
    assert refused_reason(targets=[]) == "targets: invalid list []: must not be empty"
    assert refused_reason(port=80, exclude_hosts=[A]) == "exclude_hosts: requires state: drained"
    assert refused_reason(state="drained").startswith("port: missing")
    assert refused_reason(state="drained", port=80, targets=[A]).startswith("targets: cannot be given")
    assert refused_reason(state="drained", port=80, expect="x") == "expect: has no effect with state: drained"
    assert refused_reason(state="drained", port=80, host="db1").startswith("host: invalid host 'db1'")
    assert refused_reason(state="drained", port=80, exclude_hosts=["lb1"]).startswith(
        "exclude_hosts: invalid address 'lb1'"
    )
    assert refused_reason(port=80, wait_delay="soon").startswith("wait_delay: invalid number 'soon'")


def test_wrong_targets_are_named_by_their_index_and_reason() -> None:
    reason = refused_reason(
        port=80,
        targets=[
            A,
            {"host": B, "retires": 3},
            7,
            {"port": 5},
            {"host": C, "port": 70000},
            {"host": C, "state": "drained"},
        ],
    )
    assert [each.partition(": must be one of")[0] for each in reason.split("; ")] == [
        ": targets[1].retires: unknown setting: did you mean retries?",
        "targets[2]: invalid row: must be a target as in db1:5432, or names with values",
        "targets[3].host: missing host: a row must have its target, as in db1:5432",
        "targets[4].port: invalid port 70000: must be a number from 1 to 65535",
        "targets[5].state: invalid value",
    ]


def test_secrets_are_variables_with_a_name() -> None:
    assert environment(None) == {}
    assert environment({"A": "x", "B_2": 7}) == {"A": "x", "B_2": "7"}
    for wrong in ({"a b": "hush"}, {"A": ["hush"]}, {"A": "hu\0sh"}, {"A": True}, {"A=": "hush"}):
        with pytest.raises(SettingError) as caught:
            environment(wrong)
        assert "hush" not in str(caught.value)
        assert caught.value.name == "secrets"
