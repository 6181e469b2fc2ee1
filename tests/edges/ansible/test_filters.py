# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filters of the collection and the playbook of the mesh, on real Ansible."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.listener_process import listening

if TYPE_CHECKING:
    from support.ansible_home import Ansible

pytestmark = pytest.mark.once

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def made(ansible: Ansible) -> dict[str, Any]:
    """What the filters made of the results."""
    results = ansible.folder / "filters.json"
    with socket.socket() as reserved, listening() as server:
        reserved.bind(("127.0.0.1", 0))
        ports = {"open": server.port, "closed": reserved.getsockname()[1], "results": str(results)}
        ansible.run("ansible-playbook", "-e", json.dumps(ports), str(HERE / "filters.yml"))
    found: dict[str, Any] = json.loads(results.read_text(encoding="utf-8"))
    return found


def test_a_result_is_a_line_of_a_plugin(made: dict[str, Any]) -> None:
    assert re.fullmatch(r"TCP OK - 127\.0\.0\.1:\d+: as required \| time=0\.\d{6}s", made["brief"])
    assert re.fullmatch(r"TCP OK - 0\.\d{3} second response .* \| time=0\.\d{6}s;.* connect=.*", made["full"])
    assert re.fullmatch(
        r"TCP CRITICAL - 1 of 2 targets are OK; .* \| total=2 ok=1 warning=0 critical=1 unknown=0 elapsed=\d\.\d{6}s",
        made["two"],
    )
    assert made["unreachable"] == "TCP UNKNOWN - no ¦ route"


def test_targets_have_the_name_of_the_host_and_its_address(made: dict[str, Any]) -> None:
    assert made["named"] == [
        {"name": "localhost:22", "host": "localhost", "port": 22, "timeout": 3},
        {"name": "db1:22", "host": "db1", "port": 22, "timeout": 3},
    ]


def test_a_cut_link_is_one_cause_of_a_matrix(made: dict[str, Any]) -> None:
    matrix = made["matrix"]
    assert (matrix["ok"], matrix["total"], matrix["missing"]) == (False, 6, ["d"])
    [cause] = matrix["causes"]
    assert (cause["kind"], cause["count"]) == ("link", 2)
    assert cause["sentence"] == "between a and b: timed_out, in both directions"
    assert sorted(cause["members"]) == ["a to b:22", "b to a:22"]
    assert matrix["lines"][:3] == ["4 of 6 checks are OK", "no result from d", cause["sentence"]]
    assert made["whole"]["ok"] is True
    assert made["whole"]["causes"] == []


def test_the_mesh_is_a_playbook_that_runs(ansible: Ansible) -> None:
    inventory = ansible.folder / "mesh"
    with listening("--bind", "0.0.0.0") as server:  # noqa: S104 - the hosts are addresses of loopback
        inventory.write_text(
            "".join(
                f"h{number} ansible_connection=local ansible_host=127.0.0.{number}\n" for number in (1, 2, 3)
            ),
            encoding="utf-8",
        )
        words = ("-i", str(inventory), "-e", f"mesh_port={server.port}", "tcp_health.monitoring.mesh")
        assert "6 of 6 checks are OK" in ansible.run("ansible-playbook", *words)
    output = ansible.run("ansible-playbook", *words, code=2)
    assert "0 of 6 checks are OK" in output
