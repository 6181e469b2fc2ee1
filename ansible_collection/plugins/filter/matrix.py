# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter matrix: from which hosts a list of targets is reached, and what the failures have in common."""

from __future__ import annotations

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.tcp_health.monitoring.plugins.module_utils.tcp_health.runs.groups import group_facts
from ansible_collections.tcp_health.monitoring.plugins.module_utils.tcp_health.text.clean import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Failures that the lines name one by one.
MOST_LINES = 100


def matrix(results: Any) -> dict[str, Any]:
    """Return the matrix of results by the name of the host where the task ran. Each is of a task with targets."""
    if not isinstance(results, Mapping):
        raise AnsibleFilterError(
            f"matrix: invalid results {results!r:.40}: must be a dictionary of results by the name of the host"
        )
    cells: list[dict[str, Any]] = []
    missing = []
    for origin, result in results.items():
        checks = result.get("checks") if isinstance(result, Mapping) else None
        if checks is None:
            missing.append(origin)
            continue
        cells += [
            {"from": origin, "to": check["name"], **{key: check[key] for key in COPIED}} for check in checks
        ]
    failed = [cell for cell in cells if cell["state"] not in ("OK", "WARNING")]
    causes = _causes(cells, failed)
    lines = [f"{len(cells) - len(failed)} of {len(cells)} checks are OK"]
    lines += [f"no result from {origin}" for origin in missing]
    lines += [each["sentence"] for each in causes]
    lines += [f"{cell['from']} to {cell['to']}: {cell['sentence']}" for cell in failed[:MOST_LINES]]
    if len(failed) > MOST_LINES:
        lines.append(f"and {len(failed) - MOST_LINES} more")
    return {
        "ok": not failed and not missing,
        "total": len(cells),
        "failed": failed,
        "missing": missing,
        "causes": causes,
        "cells": cells,
        "lines": lines,
    }


COPIED = ("state", "cause", "domain", "sentence", "time")
"""What a cell has of a check."""


def _causes(cells: list[dict[str, Any]], failed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the causes that explain the failures, the largest first. Both directions of a link are one cause."""
    bad = {id(cell) for cell in failed}
    facts = [
        {
            "cause": (cell["cause"] or "open") if id(cell) in bad else None,
            "from": cell["from"],
            "address": _host(cell["to"]),
            "port": _port(cell["to"]),
            "key": index,
        }
        for index, cell in enumerate(cells)
    ]
    causes = []
    links: dict[frozenset[str], list[dict[str, Any]]] = {}
    for group in group_facts(facts).groups:
        members = [cells[int(str(key))] for key in group.members]
        if group.kind == "single":
            for cell in members:
                links.setdefault(frozenset((cell["from"], _host(cell["to"]))), []).append(cell)
        else:
            causes.append(_cause(group.kind, group.count, clean(group.sentence, 400), members))
    for ends, members in links.items():
        first = members[0]
        both = len({cell["from"] for cell in members}) > 1
        between = " and ".join(sorted(ends)) if both else f"{first['from']} and {_host(first['to'])}"
        how = ", in both directions" if both else f", from {first['from']} only"
        words = f"between {between}: {first['cause'] or 'open'}{how}"
        causes.append(_cause("link", len(members), words, members))
    return sorted(causes, key=lambda each: -each["count"])


def _cause(kind: str, count: int, sentence: str, members: list[dict[str, Any]]) -> dict[str, Any]:
    pairs = [f"{cell['from']} to {cell['to']}" for cell in members]
    return {"kind": kind, "count": count, "sentence": sentence, "members": pairs}


def _host(name: str) -> str:
    """Return the host of a target's name, as in db1:5432 or [2001:db8::1]:22."""
    host, colon, port = name.rpartition(":")
    return host.strip("[]") if colon and port.isdigit() else name


def _port(name: str) -> int:
    port = name.rpartition(":")[2]
    return int(port) if ":" in name and port.isdigit() else 0


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"matrix": matrix}
