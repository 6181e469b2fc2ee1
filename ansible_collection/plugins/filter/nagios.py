# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter nagios: the result of a task as one line of a Nagios plugin."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError
from ansible_collections.tcp_health.monitoring.plugins.module_utils.tcp_health.text.clean import clean
from ansible_collections.tcp_health.monitoring.plugins.module_utils.tcp_health.text.units import fixed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")

# Characters of the text: more than any line of the module has.
LONGEST = 1000


def nagios(result: Any) -> str:
    """Return SERVICE STATE - text | perfdata. A result without a state, as of an unreachable host, is UNKNOWN."""
    if not isinstance(result, dict):
        raise AnsibleFilterError(
            f"nagios: invalid result {result!r:.40}: must be what the module tcp_health returned"
        )
    state = result.get("state")
    if state not in STATES:
        return f"TCP UNKNOWN - {clean(str(result.get('msg') or 'the task returned no state'), LONGEST)}"
    if "output" in result:
        return f"{result['output']} | {result['perfdata']}" if result["perfdata"] else result["output"]
    if "checks" in result:
        text = result["msg"]
        perfdata = [f"{name}={number}" for name, number in result["summary"].items()]
        perfdata.append(f"elapsed={fixed(float(result['elapsed']), 's')}s")
    else:
        text = f"{result['name']}: {result['sentence'] or 'as required'}"
        perfdata = [] if result["time"] is None else [f"time={fixed(float(result['time']), 's')}s"]
    line = f"TCP {state} - {clean(text, LONGEST)}"
    return f"{line} | {' '.join(perfdata)}" if perfdata else line


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"nagios": nagios}
