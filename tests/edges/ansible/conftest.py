# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible with the collection, for the tests of this folder."""

from __future__ import annotations

import pytest

from support.ansible_home import Ansible, find_ansible


@pytest.fixture(scope="module")
def ansible(tmp_path_factory: pytest.TempPathFactory) -> Ansible:
    programs = find_ansible()
    if programs is None:
        pytest.skip(
            "ansible-playbook is missing: make test installs ansible-core where Python is 3.11 or newer"
        )
    return Ansible(tmp_path_factory.mktemp("ansible"), programs)
