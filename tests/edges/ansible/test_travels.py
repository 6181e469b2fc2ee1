# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which modules of the core Ansible sends to a managed host; test_module.py compares them with the modules that it really sends."""

from __future__ import annotations

import ast

import pytest

from support.travels import CORE, sent

pytestmark = pytest.mark.once

TRAVEL = {
    "text": "clean escapes files nearest units",
    "model": "causes certificate dialogue evidence explanation local outcome ranges recipe result service target value verdict",
    "wire": "certificate dns kernel netlink system_files",
    "dialogue": "beginnings grammar masking matching steps timed_search",
    "services": "data hosts mail protocols starttls table web",
    "conversation": "attempt investigation packets probe session short stream trace wants",
    "judgement": "case commands diagnosis evidence judge measures",
    "settings": "arguments build mistakes plan readers rows table task urls",
    "network": "errors local network pollers resolver tls",
    "engine": "engine pace tasks",
    "report": "brief document expiry perfdata sentence",
    "runs": "clusters cover drain group_words groups repeat",
}
"""What the module needs to check, by room."""

FOR_TYPES = {
    "conversation.doors",  # the Protocol of a network, in a room that the engine needs
}
"""Modules that are sent although only type checkers read them: Ansible does not know TYPE_CHECKING."""

STAY = {
    "api",  # playbooks use the module
    "model.observation",  # only the plugin watches
    "judgement.healthy",  # the lean path of a sweep
    "judgement.load",  # the load of a sweep
    "report.row",  # the lines of a sweep
    "runs.sweep",  # a sweep is check_tcp_sweep
    "report.details",  # only the plugin has long output
    "report.layout",  # and a terminal
    "report.observed",
    "runs.schedule",
    "runs.statistics",
    "text.quoting",  # the configuration of Nagios and Icinga is written by tcp_health_config
}
"""Modules that a managed host never needs."""


def test_the_modules_that_ansible_sends_are_listed() -> None:
    rooms = {f"{room}.{name}" for room, names in TRAVEL.items() for name in names.split()}
    assert sent() == rooms | FOR_TYPES | TRAVEL.keys() | {"", "task"}


def test_only_listed_modules_are_sent_for_type_checkers_alone() -> None:
    assert sent() - sent(for_types=False) == FOR_TYPES


def test_every_module_is_either_sent_or_kept() -> None:
    modules = {
        ".".join(path.relative_to(CORE).with_suffix("").parts).removesuffix("__init__").rstrip(".")
        for path in CORE.rglob("*.py")
    }
    assert modules - sent() == STAY


@pytest.mark.field(45)
def test_no_name_is_one_that_the_pylint_of_ansible_forbids() -> None:
    for path in (CORE.parents[1]).rglob("*.py"):
        names = [
            node
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Name)
        ]
        assert "_" not in {node.id for node in names}, path
