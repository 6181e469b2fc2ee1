# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Ansible module: its examples, and playbooks on real Ansible with the core as Ansible sends it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.interpreters import find
from support.listener_process import listening
from support.loopback import Stage
from support.scripted import accepts
from support.tls_peers import MIDDLE, NAMES, PEERS, says_plainly
from support.tls_peers import ROOT as AUTHORITY
from support.travels import sent
from tcp_health.settings.task import argument_spec
from tcp_health.task import prepare

if TYPE_CHECKING:
    from typing import Any

    from support.ansible_home import Ansible

ROOT = Path(__file__).resolve().parents[3]
COLLECTION = ROOT / "ansible_collection"
MODULE = "tcp_health.monitoring.tcp_health"
HOSTILE = "220 {{ 6 * 7 }}|time=0s <b>\x1b[2Jforged\nOK"


EXAMPLES = (
    "README.md",
    "docs/ansible.md",
    "ansible_collection/README.md",
    "ansible_collection/plugins/modules/tcp_health.yml",
)


@pytest.mark.once
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_a_valid_task(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML comes with ansible-core, for Python 3.11 and newer")
    text = (ROOT / name).read_text(encoding="utf-8")
    pattern = r"^EXAMPLES: \|-\n(.+?)^RETURN:" if name.endswith(".yml") else r"^```yaml\n(.+?)^```"
    tasks = [
        task
        for block in re.findall(pattern, text, re.DOTALL | re.MULTILINE)
        for task in yaml.safe_load(block)
    ]
    ours = [task[MODULE] for task in tasks if MODULE in task]
    assert ours
    real = {alias: name for name, spec in argument_spec().items() for alias in spec.get("aliases", ())}
    for task in tasks:
        for variable, value in task.get("environment", {}).items():
            monkeypatch.setenv(variable, value)
    for arguments in ours:
        named = {real.get(name, name): value for name, value in arguments.items()}
        assert set(named) <= set(argument_spec()), arguments
        for variable, value in named.get("secrets", {}).items():
            monkeypatch.setenv(variable, value)
        prepare(named)


# On real Ansible


def interpreters() -> dict[str, str]:
    """The system's Python, and the oldest other supported one; without both, this one.

    TCP_HEALTH_PYTHONS names versions instead, comma-separated, each to be found here.
    """
    found = {}
    for version in filter(None, os.environ.get("TCP_HEALTH_PYTHONS", "").split(",")):
        found[version] = find(version) or version
    if found:
        return found
    system = Path("/usr/bin/python3")
    if system.exists():
        found["system"] = str(system)
    others = (find(version) for version in ("3.9", "3.13", "3.11"))
    other = next((path for path in others if path and Path(path).resolve() != system.resolve()), None)
    if other:
        found["other"] = other
    return found or {"own": sys.executable}


INTERPRETERS = interpreters()


class Results:
    """The results of the tasks of tests/edges/ansible/checks.yml by host, and the output of Ansible.

    heard  the bytes that the server of the dialogues received, from all of them together
    """

    def __init__(self, output: str, returned: dict[str, dict[str, Any]], heard: bytes) -> None:
        self.output = output
        self.returned = returned
        self.heard = heard


SPOKEN = "correct horse"

DIALOGUE = """# the greeting
capture name 220 (\\S+)
line USER {{env:ACCOUNT}}, {{name}}
expect 331
line PASS {{file:{word}}}

# a mailbox that nobody has
expect 231
"""


# A hostile server can repeat a secret in its answer.
LOGIN = (
    b"220 mail.test ready\r\n",
    b"331 password, please\r\n",
    f"230 welcome, {SPOKEN}\r\n".encode(),
)


def write_files(folder: Path) -> dict[str, str]:
    """Write the files that the tasks name; return their paths by the playbook's variables."""
    paths = {name: folder / name for name in ("authority", "dialogue", "word")}
    paths["authority"].write_bytes(AUTHORITY.pem)
    paths["word"].write_text(f"{SPOKEN}\n", encoding="utf-8")
    paths["dialogue"].write_text(DIALOGUE.format(word=paths["word"]), encoding="utf-8")
    return {name: str(path) for name, path in paths.items()}


@pytest.fixture(scope="module")
def results(ansible: Ansible) -> Results:
    folder = ansible.folder / "results"
    folder.mkdir()
    inventory = ansible.folder / "inventory"
    inventory.write_text(
        "".join(
            f"{host} ansible_connection=local ansible_python_interpreter={python}\n"
            for host, python in INTERPRETERS.items()
        ),
        encoding="utf-8",
    )
    greeting = HOSTILE.replace("\n", r"\n").replace("\x1b", r"\x1b")
    with (
        socket.socket() as reserved,
        listening() as healthy,
        listening("--behaviour", "slow", "--delay", "300ms") as slow,
        listening("--greeting", greeting) as hostile,
        listening("--greeting", "confidential") as confidential,
        Stage({"127.0.0.1": accepts(PEERS["ALPN h2 and http/1.1"]())}) as secured,
        Stage({"127.0.0.1": accepts(PEERS["expired"]())}) as outdated,
        Stage({"127.0.0.1": accepts(says_plainly("logs in", *LOGIN))}) as talking,
    ):
        reserved.bind(
            ("127.0.0.1", 0)
        )  # bound without listening: it refuses, and no other program can bind it
        ports = {
            "healthy": healthy.port,
            "slow": slow.port,
            "hostile": hostile.port,
            "confidential": confidential.port,
            "dead": reserved.getsockname()[1],
            "secured": secured.port,
            "outdated": outdated.port,
            "talking": talking.port,
        }
        files = {**write_files(ansible.folder), "fingerprint": MIDDLE.leaf(NAMES).fingerprint}
        output = ansible.run(
            "ansible-playbook",
            "-i",
            str(inventory),
            "-v",  # prints what each task returned
            "-e",
            json.dumps({**ports, **files, "results": str(folder)}),
            str(ROOT / "tests/edges/ansible/checks.yml"),
        )
        heard = talking.heard["127.0.0.1"]
    returned = {host: json.loads((folder / f"{host}.json").read_text("utf-8")) for host in INTERPRETERS}
    return Results(output, returned, heard)


@pytest.fixture(params=sorted(INTERPRETERS))
def returned(request: pytest.FixtureRequest, results: Results) -> dict[str, Any]:
    """The results of the tasks on one of the interpreters."""
    return results.returned[request.param]


once = pytest.mark.once  # only the managed interpreter matters, and the tests choose it themselves


@once
def test_a_healthy_service_is_ok(returned: dict[str, Any]) -> None:
    ok = returned["ok"]
    assert (ok["state"], ok["exit_code"], ok["failed"], ok["changed"]) == ("OK", 0, False, False)
    assert re.fullmatch(
        r"TCP OK - \d\.\d{3} second response time on 127\.0\.0\.1 port \d+ \[Hello, client!\]", ok["output"]
    )
    assert ok["msg"] == ok["output"]
    assert ok["cause"] is None
    assert [(each["state"], each["received"]) for each in ok["attempt_list"]] == [("ok", "Hello, client!")]
    assert 0 < ok["measures"]["connect"] <= ok["measures"]["time"] < 2.5
    assert ok["metrics"][0]["warning"] == "2.5"
    assert ok["metrics"][0]["critical"] == "4s"


@once
def test_check_mode_checks(returned: dict[str, Any]) -> None:
    ok, dead = returned["ok_in_check_mode"], returned["dead_in_check_mode"]
    assert (ok["state"], ok["failed"], ok["changed"]) == ("OK", False, False)
    assert (dead["state"], dead["failed"], dead["changed"]) == ("CRITICAL", True, False)
    assert "skipped" not in ok


@once
def test_a_warning_lets_the_task_pass_and_is_shown(returned: dict[str, Any], results: Results) -> None:
    slow = returned["slow_service"]
    assert (slow["state"], slow["exit_code"], slow["failed"]) == ("WARNING", 1, False)
    assert slow["measures"]["time"] >= 0.3
    assert slow["warnings"] == [slow["output"]]
    assert f"[WARNING]: {slow['output']}" in " ".join(results.output.split())


@once
def test_a_critical_time_fails_the_task(returned: dict[str, Any]) -> None:
    slow = returned["too_slow"]
    assert (slow["state"], slow["exit_code"], slow["failed"]) == ("CRITICAL", 2, True)
    assert slow["cause"] is None
    assert slow["attempt_list"][0]["state"] == "ok"


@once
def test_a_dead_port_fails_the_task_after_its_retries(returned: dict[str, Any]) -> None:
    refused = returned["refused"]
    assert (refused["state"], refused["exit_code"], refused["failed"]) == ("CRITICAL", 2, True)
    assert (refused["cause"], refused["phase"]) == ("refused", "connect")
    assert [each["attempt"] for each in refused["attempt_list"]] == [1, 2, 3]
    assert refused["attempts"] == 3
    assert {each["cause"] for each in refused["attempt_list"]} == {"refused"}
    began = [each["began"] for each in refused["attempt_list"]]
    assert began[1] - began[0] >= 0.05
    assert refused["elapsed"] >= 0.1


@once
def test_failed_when_can_change_the_result_in_both_directions(returned: dict[str, Any]) -> None:
    fine, bad = returned["refused_and_fine"], returned["open_and_bad"]
    assert (fine["state"], fine["failed"]) == ("CRITICAL", False)
    assert (bad["state"], bad["failed"]) == ("OK", True)


@once
def test_a_problem_of_the_monitoring_host_is_unknown_and_fails_the_task(returned: dict[str, Any]) -> None:
    unknown = returned["unknown"]
    assert (unknown["state"], unknown["exit_code"], unknown["failed"]) == ("UNKNOWN", 3, True)
    assert unknown["cause"] == "source_unusable"


@once
def test_an_answer_is_one_line_without_control_characters_and_not_a_template(
    returned: dict[str, Any],
) -> None:
    mismatch = returned["mismatch"]
    assert (mismatch["state"], mismatch["cause"]) == ("CRITICAL", "mismatch")
    shown = mismatch["attempt_list"][0]["received"]
    assert shown == "220 {{ 6 * 7 }}¦time=0s ‹b› [2Jforged OK"
    assert shown in mismatch["output"]


@once
def test_the_keys_are_the_same_on_success_and_failure(returned: dict[str, Any]) -> None:
    # Ansible adds failed_when_result, exception, warnings.
    keys = {name: set(result) for name, result in returned.items() if "state" in result}
    common = set.intersection(*keys.values())
    added = {"failed_when_result", "exception", "warnings", "failed_when_suppressed_exception", "retries"}
    assert {name: found - common - added for name, found in keys.items()} == {name: set() for name in keys}
    assert {"state", "output", "attempts", "measures", "cause"} <= common
    assert len(keys) == 17


@once
def test_invalid_arguments_fail_with_one_sentence_in_spite_of_failed_when(returned: dict[str, Any]) -> None:
    sentences = {name: result["msg"] for name, result in returned.items() if name.startswith("wrong_")}
    assert all(returned[name]["failed"] and "state" not in returned[name] for name in sentences)
    assert sentences["wrong_value"].startswith("retry_delay: invalid number 'soon'")
    assert sentences["wrong_list"] == "expect: invalid value ['Hello']: must be a string or a list of strings"
    assert sentences["wrong_choice"].startswith("value of on_refused must be one of: ok, warning,")
    assert sentences["wrong_file"] == "dialogue: /nonexistent/dialogue: No such file or directory"
    # Ansible before 2.19 puts its own error about failed_when before our message.
    assert "70000" in sentences["wrong_port"] or "state" in sentences["wrong_port"]
    assert not any("Traceback" in text for text in sentences.values())


@once
@pytest.mark.field(33)
def test_a_list_of_hosts_is_refused_with_the_reason(returned: dict[str, Any]) -> None:
    assert returned["wrong_hosts"]["msg"] == (
        "host: invalid value ['www', 'db1']: must be one value, not a list: give several hosts as targets"
    )


@once
@pytest.mark.field(30)
def test_an_unsupported_parameter_gets_the_same_hint_as_an_option(returned: dict[str, Any]) -> None:
    assert returned["wrong_name"]["msg"].startswith(
        "check_interval: a setting of Nagios and Icinga, not of the check: set it in the template of the service;"
        " retires: unknown setting: did you mean retries? - Unsupported parameters for"
    )


@once
def test_attempts_is_a_number_if_ansible_repeats_the_task(returned: dict[str, Any]) -> None:
    repeated = returned["repeated"]
    assert repeated["state"] == "CRITICAL"
    assert isinstance(repeated["attempts"], int)
    assert len(repeated["attempt_list"]) == 1


@once
def test_a_task_with_no_log_shows_nothing(returned: dict[str, Any], results: Results) -> None:
    secret = returned["secret"]
    assert secret["state"] == "WARNING"
    assert secret["attempt_list"][0]["received"] == "confidential"
    assert "confidential" not in results.output


@once
def test_tls_is_verified_with_the_certificates_of_the_managed_host(returned: dict[str, Any]) -> None:
    verified, expired = returned["verified"], returned["expired"]
    assert (verified["state"], verified["cause"]) == ("OK", None)
    secured = verified["attempt_list"][0]["secured"]
    assert (secured["verification"], secured["alpn"]) == ("verified", "h2")
    assert 89 < verified["measures"]["certificate_days"] <= 90
    assert (expired["state"], expired["failed"], expired["cause"]) == (
        "CRITICAL",
        True,
        "certificate_expired",
    )
    secured = expired["attempt_list"][0]["secured"]
    assert (secured["verification"], secured["second_connection"]) == ("certificate_expired", True)


@once
def test_a_dialogue_is_carried_out_and_its_secrets_appear_nowhere(
    returned: dict[str, Any], results: Results
) -> None:
    told, untold = returned["told"], returned["untold"]
    assert (told["state"], told["cause"]) == ("OK", None)
    attempt = told["attempt_list"][0]
    assert attempt["captured"] == {"name": "mail.test", "wanted": "password, please"}
    assert attempt["received"] == "230 welcome, ***"
    assert (untold["state"], untold["cause"]) == ("CRITICAL", "mismatch")
    assert untold["attempt_list"][0]["step"] == 5
    assert "step 5 (a mailbox that nobody has)" in untold["fault"]["sentence"]
    words = f"USER monitoring, mail.test\r\nPASS {SPOKEN}\r\n".encode()
    assert results.heard == words * 2 * len(results.returned)
    assert SPOKEN not in json.dumps([told, untold])
    assert SPOKEN not in results.output


@once
def test_an_expression_is_matched_in_bounded_time_on_the_managed_host(returned: dict[str, Any]) -> None:
    stopped = returned["stopped"]
    assert (stopped["state"], stopped["cause"]) == ("UNKNOWN", "expression_stopped")
    assert "longer than 50 ms" in stopped["output"]


@once
def test_an_internal_error_is_one_sentence(ansible: Ansible) -> None:
    broken = shutil.copytree(ansible.folder / "collections", ansible.folder / "broken")
    rounds = (
        broken / "ansible_collections/tcp_health/monitoring/plugins/module_utils/tcp_health/runs/repeat.py"
    )
    source = rounds.read_text(encoding="utf-8")
    rounds.write_text(
        source.replace("    own = ", '    raise KeyError("lost\\nkey")\n    own = '), encoding="utf-8"
    )
    output = ansible.run("ansible", "localhost", "-m", MODULE, "-a", "port=9", collections=broken, code=2)
    assert '"msg": "internal error: KeyError: \'lost∖nkey\'"' in output
    assert "Traceback" not in output


@once
def test_no_traceback_is_printed(results: Results) -> None:
    assert "Traceback" not in results.output


@once
@pytest.mark.parametrize("host", sorted(INTERPRETERS))
def test_the_core_is_the_one_that_ansible_sends(host: str, ansible: Ansible, results: Results) -> None:
    done = subprocess.run(
        [INTERPRETERS[host], "-c", "import tcp_health"],
        cwd=ansible.folder,
        env=ansible.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ModuleNotFoundError: No module named 'tcp_health'" in done.stderr
    assert results.returned[host]["ok"]["state"] == "OK"


@once
def test_ansible_sends_the_listed_modules_of_the_core_and_no_others(ansible: Ansible) -> None:
    remote = ansible.folder / "kept"
    ansible.run(
        "ansible", "localhost", "-m", MODULE, "-a", "port=9", code=2,
        ANSIBLE_KEEP_REMOTE_FILES="1", ANSIBLE_PIPELINING="0", ANSIBLE_REMOTE_TMP=str(remote),
    )  # fmt: skip
    [payload] = remote.rglob("AnsiballZ_*.py")
    subprocess.run([sys.executable, payload, "explode"], check=True, capture_output=True, cwd=remote)
    [core] = remote.rglob("module_utils/tcp_health")
    found = {
        ".".join(path.relative_to(core).with_suffix("").parts).removesuffix("__init__").rstrip(".")
        for path in core.rglob("*.py")
    }
    assert found == sent()


@once
def test_the_documentation_has_exactly_the_options_and_return_values(
    ansible: Ansible, results: Results
) -> None:
    document = json.loads(ansible.run("ansible-doc", "--type", "module", "--json", MODULE))[MODULE]
    options = document["doc"]["options"]
    assert set(options) == set(argument_spec())
    returned = next(iter(results.returned.values()))
    for name in ("ok", "slow_service", "refused", "verified", "expired", "told"):
        by_ansible = {"changed", "failed", "warnings", "exception"}
        keys = set(document["return"]) - {"checks", "summary", "fault_groups", "suspicion"}
        assert keys == set(returned[name]) - by_ansible
        _documented(document["return"], {key: returned[name][key] for key in keys})


def _documented(documentation: dict[str, Any], result: dict[str, Any]) -> None:
    """Compare each part of a result with its documentation."""
    for name, value in result.items():
        inside = documentation[name].get("contains")
        for each in value if isinstance(value, list) else [value]:
            if inside and each is not None:
                assert set(inside) == set(each), name
                _documented(inside, each)
