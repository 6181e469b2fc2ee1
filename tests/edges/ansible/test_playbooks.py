# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbook rolling_update on this host. tests/acceptance/14-1-mesh runs all of them on ten hosts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.ansible_home import Ansible, find_ansible
from support.listener_process import listening

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.once
def test_a_rolling_update_runs_its_tasks_in_order(tmp_path: Path) -> None:
    programs = find_ansible()
    if programs is None:
        pytest.skip(
            "ansible-playbook is missing: make test installs ansible-core where Python is 3.11 or newer"
        )
    ansible = Ansible(tmp_path, programs)
    tasks = {}
    for name in ("begin", "update", "end"):
        file = tmp_path / f"{name}.yml"
        step = {"name": f"This is {name}", "ansible.builtin.debug": {"msg": name}}
        file.write_text(json.dumps([step]), encoding="utf-8")
        tasks[name] = str(file)
    with listening() as listener:
        variables = {"update_hosts": "localhost", "update_port": listener.port, "update_tasks": tasks}
        variables["update_settings"] = {"expect": "Hello"}
        output = ansible.run(
            "ansible-playbook", "-e", json.dumps(variables), "tcp_health.monitoring.rolling_update"
        )
        accepted = listener.wait_for("\n", 4)
    places = [output.index(f"This is {name}") for name in tasks]
    assert places == sorted(places)
    assert output.index("answers three times in a row") in range(places[1], places[2])
    assert accepted.count("127.0.0.1") > len(tasks)
