#!/usr/bin/python
# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Ansible module tcp_health: it builds a check from a task's arguments, carries it out, and returns its result."""

from __future__ import annotations

import os
import traceback

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.tcp_health.monitoring.plugins.module_utils.tcp_health.settings.mistakes import (
    unknown_setting,
)
from ansible_collections.tcp_health.monitoring.plugins.module_utils.tcp_health.settings.table import (
    SettingError,
)
from ansible_collections.tcp_health.monitoring.plugins.module_utils.tcp_health.settings.task import (
    argument_spec,
    environment,
)
from ansible_collections.tcp_health.monitoring.plugins.module_utils.tcp_health.task import carry_out
from ansible_collections.tcp_health.monitoring.plugins.module_utils.tcp_health.text.clean import clean


class Module(AnsibleModule):
    """An AnsibleModule that reports which parameters were probably meant by unsupported ones."""

    def fail_json(self, msg: str, **returned: object) -> None:
        """Fail the task. Ansible's own check of the parameters calls it with the list of all supported ones."""
        if msg.startswith("Unsupported parameters"):
            names = sorted(
                ".".join(name) if isinstance(name, tuple) else name
                for name in self.validation_result.unsupported_parameters
            )
            reasons = (
                f"{name}: {unknown_setting(name, 'ansible', tuple(argument_spec()))}" for name in names
            )
            msg = f"{clean('; '.join(reasons), 400)} - {msg}"
        super().fail_json(msg, **returned)


def main() -> None:
    """Carry out the task."""
    module = Module(argument_spec=argument_spec(), supports_check_mode=True)
    done, error = None, {}
    try:
        # The placeholder {env:NAME} reads them. A variable that is set here is in no process list.
        os.environ.update(environment(module.params["secrets"]))
        done = carry_out(module.params)
    except SettingError as problem:
        error = {"msg": clean(str(problem) if problem.name else problem.sentence, 1000)}
    except Exception as problem:  # noqa: BLE001 - the user must get a message, not a traceback
        words = clean(f"{type(problem).__name__}: {problem}", 400)
        error = {"msg": f"internal error: {words}", "exception": traceback.format_exc()}
    if done is None:
        module.fail_json(**error)
    if done.warning and not module.no_log:
        module.warn(done.warning)  # Ansible shows warnings even if the task has no_log
    if done.failed:
        module.fail_json(**done.values)
    module.exit_json(**done.values)


if __name__ == "__main__":
    main()
