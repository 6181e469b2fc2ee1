# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The public Python API: what it takes, returns and raises, on real sockets."""

from __future__ import annotations

import json
import pickle
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import tcp_health
from support.listener_process import listening
from support.loopback import Stage
from support.scripted import HEAR, accepts
from tcp_health.settings.table import SETTINGS, SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"
PLUGINS = Path(__file__).resolve().parents[3] / "plugins"


@pytest.fixture
def greeting() -> Iterator[str]:
    """Yield the target of a server that sends a greeting."""
    with Stage({HOST: accepts(b"220 ready\r\n")}) as stage:
        yield f"{HOST}:{stage.port}"


@pytest.fixture
def silent() -> Iterator[str]:
    """Yield the target of a server that accepts and sends nothing."""
    with Stage({HOST: accepts()}) as stage:
        yield f"{HOST}:{stage.port}"


@pytest.fixture
def refused() -> Iterator[str]:
    """Yield a target that refuses: its port is bound, so that no other program can use it, but not listened on."""
    with socket.socket() as reserved:
        reserved.bind((HOST, 0))
        yield f"{HOST}:{reserved.getsockname()[1]}"


def descriptors() -> int:
    """The number of open descriptors of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


# Results


def test_a_healthy_check(greeting: str) -> None:
    result = tcp_health.check(greeting, timeout=5, expect=["220"])
    assert (result.target, result.ok, result.state, result.fault) == (greeting, True, "OK", None)
    host, _, port = greeting.partition(":")
    assert result.message.endswith(f" second response time on {host} port {port} [220 ready]")
    assert 0 < result.measures["connect"] <= result.measures["time"] < 5
    [attempt] = result.attempts
    assert (attempt.target, attempt.probe, attempt.number, attempt.ok) == (greeting, 1, 1, True)
    assert (attempt.address, attempt.cause, attempt.time) == (host, None, result.measures["time"])
    assert repr(result) == f"<tcp_health.Result {greeting} OK>"


def test_a_failed_check_has_its_attempts_and_its_fault(refused: str) -> None:
    told: list[tcp_health.Attempt] = []
    result = tcp_health.check(refused, retries=2, retry_delay="1ms", on_attempt=told.append)
    assert (result.ok, result.state) == (False, "CRITICAL")
    assert [str(each) for each in told] == [str(each) for each in result.attempts]
    assert [(each.number, each.ok, each.cause) for each in told] == [
        (1, False, "refused"), (2, False, "refused"), (3, False, "refused"),
    ]  # fmt: skip
    assert str(told[1]).startswith(f"{refused}: attempt 2: {HOST} refused (Connection refused) after 0.0")
    assert told[1].message.startswith(f"{HOST} refused (Connection refused) after 0.0")
    assert result.fault is not None
    assert str(result.fault) == "firewall or server: refused"
    assert result.message.endswith(" - firewall or server: refused - 3 attempts")
    assert result.fault.domains == ("firewall", "server")
    document = result.to_dict()["fault"]
    for name in ("name", "sentence", "box", "next"):
        assert getattr(result.fault, name) == document[name]
    assert list(result.fault.evidence) == document["evidence"]


def test_a_probe_of_a_count_is_named(greeting: str) -> None:
    result = tcp_health.check(greeting, count=2, interval=0.01)
    assert [each.probe for each in result.attempts] == [1, 2]
    assert str(result.attempts[1]).startswith(f"{greeting}: probe 2, attempt 1: ")
    assert result.attempts[1].message.startswith(f"{HOST} ok in ")


def test_the_document_is_the_one_of_the_plugin(greeting: str) -> None:
    result = tcp_health.check(greeting)
    document = result.to_dict()
    assert json.loads(json.dumps(document)) == document
    program = [sys.executable, str(PLUGINS / "check_tcp_health"), "-H", greeting, "--output", "json"]
    other = json.loads(subprocess.run(program, capture_output=True, check=True, timeout=30).stdout)
    assert set(document) == set(other)
    assert (document["state"], document["target"]) == (other["state"], other["target"])
    assert document is not result.to_dict()


def test_a_result_can_be_sent_to_another_process(refused: str) -> None:
    result = tcp_health.check(refused)
    copy = pickle.loads(pickle.dumps(result))  # noqa: S301 - our own bytes
    assert copy.to_dict() == result.to_dict()
    assert str(copy.fault) == str(result.fault)


# Settings


@pytest.mark.parametrize(
    "settings",
    [
        {"timeout": 1},
        {"timeout": "1:unknown", "retries": "2", "retry_delay": 1e-5},
        {"warning_time": 5, "critical_time": "0:10", "on_refused": "ok", "on_timeout": 1},
        {"expect": "220"},
        {"expect": ["221", b"220"], "read": "data"},
        {"send": b"\x00\xff", "expect": b"220"},
        {"send": "a\\r\\n", "escape": True},
        {"family": 4, "hide_output": True, "tls": False, "ca_file": None},
        {"certificate": None, "alpn": [], "step": ()},
        {"trace": "never", "address": HOST},
    ],
    ids=str,
)
def test_settings_are_python_values_or_texts(greeting: str, settings: dict[str, Any]) -> None:
    assert tcp_health.check(greeting, **settings).state == "OK"


def test_a_list_may_stand_for_a_comma_separated_text(greeting: str) -> None:
    port = int(greeting.partition(":")[2])
    assert tcp_health.check(HOST, any_port=[port, 1], expect_state="alive").ok


def test_bytes_are_sent_as_they_are(silent: str) -> None:
    data = bytes(range(256))
    play = accepts(HEAR)
    with Stage({HOST: play}) as stage:
        tcp_health.check(f"{HOST}:{stage.port}", send=data, close="polite")
        until = time.monotonic() + 5
        while stage.heard.get(HOST) != data and time.monotonic() < until:
            time.sleep(0.01)
        assert stage.heard[HOST] == data


def test_a_path_names_a_file(greeting: str, tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    steps.write_text("expect 220\n", encoding="utf-8")
    assert tcp_health.check(greeting, dialogue=steps).ok


@pytest.mark.parametrize(
    ("target", "settings", "sentence"),
    [
        ("db1", {}, "port: no port given for db1"),
        ("db1:99999", {}, "port: "),
        ("", {"port": 1}, "host: "),
        (5432, {}, "target: must be a text such as 'db1:5432', not 5432"),
        ("db1:1", {"host": "db2"}, "host: must not be given as a setting: it is the target"),
        ("db1:1", {"retrys": 1}, "retrys: unknown setting: did you mean retries?"),
        ("db1:1", {"zzz": 1}, "zzz: unknown setting"),
        ("db1:1", {"retries": 1.5}, "retries: "),
        ("db1:1", {"retries": True}, "retries: "),
        ("db1:1", {"timeout": float("inf")}, "timeout: "),
        ("db1:1", {"timeout": [1]}, "timeout: "),
        ("db1:1", {"tls": "maybe"}, "tls: "),
        ("db1:1", {"host": b"db1"}, "host: "),
        ("db1:1", {"warning_tls": 1}, "warning_tls: "),
        ("db1:1", {"network": "udp"}, "send: "),
    ],
    ids=str,
)
def test_what_is_invalid_is_a_value_error_that_begins_with_the_setting(
    target: Any, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=f"^{sentence.replace('?', '[?]')}"):
        tcp_health.check(target, **settings)


def test_every_setting_of_the_command_line_alone_is_refused_by_name() -> None:
    alone = [setting.name for setting in SETTINGS if "ansible" not in setting.edges]
    assert {"verbose", "output", "help", "tls_limit"} <= set(alone)
    for name in alone:
        given: dict[str, Any] = {name: 1}
        with pytest.raises(SettingError, match=f"^{name}: available on the command line only"):
            tcp_health.check("db1:1", **given)


# Many targets


def test_results_come_as_checks_end(greeting: str, refused: str) -> None:
    with Stage({HOST: accepts(0.3, b"220 late")}) as late:
        again = {"target": refused, "retries": 1, "retry_delay": 0.05}
        results = list(
            tcp_health.check_many([f"{HOST}:{late.port}", again, greeting], expect="220", timeout=5)
        )
    assert [(result.target, result.state, len(result.attempts)) for result in results] == [
        (greeting, "OK", 1),
        (refused, "CRITICAL", 2),
        (f"{HOST}:{late.port}", "OK", 1),
    ]


def test_a_mapping_overrides_the_shared_settings_and_has_a_key(greeting: str) -> None:
    host, _, port = greeting.partition(":")
    rows: list[dict[str, Any]] = [
        {"host": host, "port": int(port), "expect": "421", "key": ("row", 1)},
        {"target": greeting, "expect": None, "key": 2},
        {"target": greeting},
    ]
    results = tcp_health.check_many(rows, expect="220", on_mismatch="critical", expect_timeout=0)
    assert {result.key: result.state for result in results} == {("row", 1): "CRITICAL", 2: "OK", None: "OK"}


def test_attempts_of_many_name_their_targets(greeting: str, refused: str) -> None:
    told: list[str] = []
    list(tcp_health.check_many([greeting, refused], on_attempt=lambda each: told.append(each.target)))
    assert sorted(told) == sorted([greeting, refused])


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("x:99999", r"targets\[2\], 'x:99999': port: "),
        (
            {"target": "x:1", "retrys": 1},
            r"targets\[2\], 'x:1': retrys: unknown setting: did you mean retries[?]",
        ),
        ({"port": 1, "send": "secret"}, r"targets\[2\], None: target: must be a text"),
        (5432, r"targets\[2\], 5432: target: must be a text"),
        (
            {"target": "x:1", "host": "y"},
            r"targets\[2\], 'x:1': host: must not be given as a setting: it is the target",
        ),
        (
            {"target": "x:1", "output": "json"},
            r"targets\[2\], 'x:1': output: available on the command line only",
        ),
    ],
    ids=str,
)
def test_an_invalid_target_is_raised_after_the_results_of_those_before_it(
    greeting: str, target: Any, words: str
) -> None:
    results = tcp_health.check_many([greeting, greeting, target, greeting], timeout=5)
    assert [next(results).state, next(results).state] == ["OK", "OK"]
    with pytest.raises(ValueError, match=words) as caught:
        next(results)
    assert "secret" not in str(caught.value)
    with pytest.raises(StopIteration):
        next(results)


def test_a_target_is_a_row_with_a_group(greeting: str) -> None:
    host, _, port = greeting.rpartition(":")
    rows: list[dict[str, object]] = [
        {"target": host, "group": "g", "key": "a", "name": "x", "labels": {"site": "fra"}},
        {"host": host, "group": "g", "key": "b", "expect": "no", "expect_timeout": 0.1},
        {"target": greeting, "key": "c"},
    ]
    groups = {"g": {"port": port, "expect": "220"}}
    found = {each.key: each.state for each in tcp_health.check_many(rows, groups=groups, timeout=5)}
    assert found == {"a": "OK", "b": "WARNING", "c": "OK"}


def test_an_invalid_group_is_an_error(greeting: str) -> None:
    with pytest.raises(ValueError, match=r"groups\.g: retries: invalid number 'x'"):
        next(tcp_health.check_many([greeting], groups={"g": {"retries": "x"}}))


@pytest.mark.parametrize(
    ("targets", "settings", "words"),
    [
        ("db1:5432", {}, "invalid targets 'db1:5432': must be an iterable of targets"),
        ({"target": "db1:1"}, {}, "invalid targets "),
        ([], {"limit": 0}, "invalid limit 0: must be a number from 1"),
        ([], {"retries": "x"}, "retries: "),
        ([], {"verbose": 1}, "verbose: available on the command line only"),
        ([], {"host": "db1"}, "host: is not a shared setting"),
    ],
    ids=str,
)
def test_an_invalid_shared_setting_is_raised_at_the_call(
    targets: Any, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        tcp_health.check_many(targets, **settings)


def test_targets_are_taken_lazily_and_nothing_begins_before_the_first_result_is_asked_for(
    greeting: str,
) -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield greeting

    before = descriptors()
    results = tcp_health.check_many(endless(), limit=10)
    assert (taken, descriptors()) == (0, before)
    assert next(results).ok
    assert 1 <= taken <= 30
    results.close()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors by Linux's /proc")
def test_leaving_the_loop_closes_every_socket() -> None:
    ready = ("--greeting", "220 ready\r\n")
    # In processes of their own: what this process opens is ours alone.
    with listening("--quiet", *ready) as greeting, listening("--quiet", "--behaviour", "silent") as silent:
        before = descriptors()
        targets = [f"{HOST}:{silent.port}"] * 20 + [f"{HOST}:{greeting.port}"]
        for result in tcp_health.check_many(targets, expect="220", timeout=30):
            assert descriptors() > before + 10
            assert result.ok
            break
        # Leaving the loop drops the iterator, which closes it.
        assert descriptors() == before


INTERRUPTED = """
import os, signal, sys, threading
sys.path.insert(0, sys.argv[1])
import tcp_health
before = len(os.listdir("/proc/self/fd"))
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    {call}
except KeyboardInterrupt:
    print("interrupted", len(os.listdir("/proc/self/fd")) - before)
"""


@pytest.mark.parametrize(
    "call",
    [
        "tcp_health.check(sys.argv[2], expect='220', timeout=30)",
        "list(tcp_health.check_many([sys.argv[2]] * 20, expect='220', timeout=30))",
    ],
)
def test_ctrl_c_ends_it_at_once_and_closes_every_socket(silent: str, call: str) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(call=call), str(PLUGINS), silent],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("interrupted 0\n", "")
    assert time.monotonic() - began < 20


def test_it_works_in_another_thread(greeting: str) -> None:
    results: list[tcp_health.Result] = []
    thread = threading.Thread(target=lambda: results.append(tcp_health.check(greeting, expect="220")))
    thread.start()
    thread.join(10)
    assert [result.ok for result in results] == [True]


# The package


def test_the_public_names_are_imported_when_they_are_used() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import tcp_health; "
        "before = set(sys.modules); assert 'tcp_health.api' not in before; "
        "assert set(tcp_health.__all__) <= set(dir(tcp_health)); "
        "tcp_health.check; assert 'tcp_health.api' in sys.modules; "
        "assert not {'asyncio', 'threading', 'json', 'typing', 'argparse'} & (set(sys.modules) - before)"
    )
    subprocess.run([sys.executable, "-c", code, str(PLUGINS)], check=True, timeout=30)


def test_a_star_import_has_the_public_names_and_no_other() -> None:
    names: dict[str, Any] = {}
    exec("from tcp_health import *", names)  # noqa: S102 - only exec puts the names into a dictionary
    assert set(names) - {"__builtins__"} == {
        "Attempt", "Fault", "Result", "__version__", "check", "check_many",
    }  # fmt: skip


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'tcp_health' has no attribute 'chekc'"):
        _ = tcp_health.chekc  # type: ignore[attr-defined]
