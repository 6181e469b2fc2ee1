# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make a textfile for Prometheus; the only module that imports prometheus_client."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric

from tcp_health.model.verdict import OK, STATES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .run import Run

_CODES = {word: code for code, word in STATES.items()}
_TIMES = ("time", "resolve", "connect", "tls", "first_byte", "rtt")
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_]")
_OURS = ("host", "check", "target", "row")


def textfile(run: Run) -> str:
    """Return the metrics of a run in the text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(run))
    text: bytes = generate_latest(registry)
    return text.decode()


class _Collected:
    """A collector of the metrics of a run."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        run = self._run
        state = Metric(
            "tcp_health_state", "State of a target: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN", "gauge"
        )
        group = Metric(
            "tcp_health_target_group", "Number of the group that explains the failure of a target", "gauge"
        )
        times = {
            name: Metric(f"tcp_health_{name}_seconds", f"The measure {name} of a target", "gauge")
            for name in _TIMES
        }
        seen: set[tuple[str, ...]] = set()
        for data in run.rows():
            if "state" not in data:
                continue
            labels = _labels(data)
            key = tuple(labels.items()).__repr__()
            if (key,) in seen:  # a series must be unique: the same target is in the list twice
                labels["row"] = data["place"]
            seen.add((key,))
            state.add_sample("tcp_health_state", labels, _CODES[data["state"]])
            if "group" in data:
                group.add_sample("tcp_health_target_group", labels, data["group"])
            # The times of a failure end with it, and would be read as those of an answer.
            if data["state"] == STATES[OK]:
                for name, metric in times.items():
                    if name in data["measures"]:
                        metric.add_sample(metric.name, labels, data["measures"][name])
        yield state
        yield group
        yield from times.values()
        targets = Metric("tcp_health_sweep_targets", "Number of rows by result", "gauge")
        for kind, count in run.store.counts.items():
            targets.add_sample("tcp_health_sweep_targets", {"result": kind}, count)
        yield targets
        members = Metric("tcp_health_sweep_group_targets", "Number of failed targets in a group", "gauge")
        for number, each in enumerate(run.explanation.groups, 1):
            labels = {"group": str(number), "cause": str(each.cause or ""), "box": str(each.box or "")}
            members.add_sample("tcp_health_sweep_group_targets", labels, each.count)
        yield members
        for name, words, value in (
            ("suspected", "Whether the monitoring host is suspected", float(bool(run.explanation.suspicion))),
            ("complete", "Whether every row has a result", float(run.ended == "complete")),
            ("start_timestamp_seconds", "Start of the run", run.start),
            ("end_timestamp_seconds", "End of the run", run.end),
        ):
            metric = Metric(f"tcp_health_sweep_{name}", words, "gauge")
            metric.add_sample(f"tcp_health_sweep_{name}", {}, value)
            yield metric


def _labels(data: dict[str, Any]) -> dict[str, str]:
    labels = {"host": data["host_name"], "check": data["name"], "target": data["target"]}
    for key, value in data.get("labels", {}).items():
        name = _NOT_IN_NAMES.sub("_", key)
        labels[
            f"label_{name}" if name in _OURS or name.startswith("__") or not name[:1].isalpha() else name
        ] = value
    return labels
