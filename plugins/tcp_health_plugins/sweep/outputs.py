# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make the outputs of a sweep: each is a function of a finished run that yields text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tcp_health.model.verdict import CRITICAL, OK, STATES, UNKNOWN, WARNING, worst
from tcp_health.text.clean import clean
from tcp_health_plugins.common.terminal import columns

from .options import PROGRAM
from .run import members
from .store import EXCLUDED, INVALID, NOT_REACHED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from tcp_health.model.explanation import Group

    from .run import Run

COLUMNS = (
    "place", "host_name", "name", "target", "labels", "state", "at", "time", "resolve", "connect", "tls", "first_byte",
    "rtt", "retransmits", "cause", "phase", "fault", "domains", "address", "box", "group", "reason", "output",
)  # fmt: skip
"""The columns of the CSV output."""

# Words of a row without a state.
_UNCHECKED = {NOT_REACHED: "NOT REACHED", EXCLUDED: "EXCLUDED", INVALID: "INVALID"}


def summary(run: Run) -> dict[str, Any]:
    """Return what was run and what came of it, without the rows: the closing record of the JSON lines."""
    return {
        "schema": 1,
        "program": PROGRAM,
        "version": run.version,
        "command": run.command,
        "start": round(run.start, 3),
        "end": round(run.end, 3),
        "state": STATES[state_of(run)],
        "exit_code": state_of(run),
        "output": sentence(run),
        "ended": run.ended,
        "counts": {"rows": sum(run.store.counts.values()), **run.store.counts},
        "suspicion": run.explanation.suspicion,
        "groups": [
            _group(number, group)
            for number, group in enumerate(run.groups, 1)
        ],
        "limit": run.limit,
        "limit_lowered": run.lowered,
        "notes": list(run.notes),
    }  # fmt: skip


def _group(number: int, group: Group) -> dict[str, Any]:
    return {
        "number": number,
        "kind": group.kind,
        "sentence": clean(group.sentence, 400),
        "cause": group.cause,
        "domains": list(group.domains),
        "box": group.box,
        "resolver": group.resolver,
        "hop": group.hop,
        "prefix": group.prefix,
        "port": group.port,
        "count": group.count,
        "targets": group.targets,
        "examples": [clean(each, 300) for each in group.examples],
        "members": [row.place for row in members(group)],
        "more_members": group.more,
        "evidence": [clean(each, 300) for each in group.evidence],
        "next": clean(group.next, 300),
    }


def state_of(run: Run) -> int:
    """Return the state of the whole run."""
    store, options = run.store, run.options
    incomplete = bool(
        store.counts[NOT_REACHED] or store.counts[INVALID] or not store.checked or run.ended != "complete"
    )
    least = UNKNOWN if incomplete else OK
    if run.explanation.suspicion or run.unwritten:
        return UNKNOWN
    if options.warning_failed is None and options.critical_failed is None:
        return worst((least, *(code for code, word in STATES.items() if store.counts[word.lower()])))
    failed, checked = store.failed, store.checked
    if options.critical_failed is not None and options.critical_failed.is_exceeded(failed, checked):
        return CRITICAL
    if options.warning_failed is not None and options.warning_failed.is_exceeded(failed, checked):
        return WARNING
    return least


def sentence(run: Run) -> str:
    """Return the result in one sentence."""
    store = run.store
    counts, checked = store.counts, store.checked
    parts = [clean(each, 300) for each in run.unwritten]
    if run.explanation.suspicion:
        parts.append(clean(run.explanation.suspicion, 300))
    groups = run.groups
    if store.failed:
        parts.append(f"{store.failed} of {_targets(checked)} failed")
        if groups:
            inside = sum(group.count for group in groups)
            rest = store.failed - inside
            other = f", and {rest} others" if rest > 1 else ", and 1 other" if rest else ""
            parts[-1] += f": {len(groups)} group{'s' if len(groups) > 1 else ''} of {inside}{other}"
    else:
        parts.append(f"{_targets(checked)} OK")
    for kind, words in ((NOT_REACHED, "not reached"), (EXCLUDED, "excluded")):
        if counts[kind]:
            parts.append(f"{counts[kind]} {words}")
    if counts[INVALID]:
        parts.append(f"{counts[INVALID]} invalid row{'s' if counts[INVALID] > 1 else ''}")
    if run.ended != "complete":
        parts.append(run.ended)
    return ", ".join(parts)


def _targets(count: int) -> str:
    return f"{count} target{'' if count == 1 else 's'}"


def plugin(run: Run) -> Iterator[str]:
    """Yield one plugin result for all targets: the groups first, then the worst targets."""
    from tcp_health_plugins.check.nagios import summarized  # the one module that imports nagiosplugin

    store, options = run.store, run.options
    checked = store.checked

    def limit(threshold: Any) -> str:
        return "" if threshold is None else f"{threshold.count(checked):g}"

    items = [
        (
            "failed",
            f"{store.failed}",
            "",
            limit(options.warning_failed),
            limit(options.critical_failed),
            "0",
            f"{checked}",
        ),
        *((name, f"{count}", "", "", "", "0", "") for name, count in store.counts.items()),
        ("groups", f"{len(run.groups)}", "", "", "", "0", ""),
        ("time", f"{run.end - run.start:.6f}", "s", "", "", "0", ""),
    ]
    yield summarized("SWEEP", state_of(run), sentence(run), items, list(_lines(run))) + "\n"


def _lines(run: Run) -> Iterator[str]:
    """Yield the lines below the first: groups, the worst targets, invalid rows, notes."""
    store = run.store
    for number, group in enumerate(run.groups, 1):
        yield f"group {number}: {clean(group.sentence, 400)}"
        for each in group.evidence:
            yield f"  {clean(each, 300)}"
    shown = 0
    for data in store.worst:
        if not run.group_of(data["place"]):
            state = STATES[UNKNOWN] if run.explanation.suspicion else data["state"]
            yield f"{state} {clean(data['host_name'], 255)}, {clean(data['name'], 255)}: {_reason(data)}"
            shown += 1
    single = store.failed - sum(group.count for group in run.groups)
    if single > shown:
        yield f"{single - shown} more targets failed"
    yield from (f"invalid row: {each}" for each in store.invalid)
    if store.counts[INVALID] > len(store.invalid):
        yield f"{store.counts[INVALID] - len(store.invalid)} more invalid rows"
    yield from run.notes


def _reason(data: dict[str, Any]) -> str:
    """Return why a row is not OK: its output without the prefix."""
    text = str(data.get("output", ""))
    words = text.partition(" - ")[2] or text
    if data.get("measured_under_load"):
        words += " (measured under load)"
    return words


def json_document(run: Run) -> Iterator[str]:
    """Yield one JSON document: the summary, then the rows."""
    yield json.dumps(summary(run), indent=2)[:-2] + ',\n  "rows": ['
    separator = "\n"
    for data in run.rows():
        yield f"{separator}    {json.dumps(data)}"
        separator = ",\n"
    yield "\n  ]\n}\n"


def csv_table(run: Run) -> Iterator[str]:
    """Yield the rows as CSV with a header (RFC 4180); the summary has no place in it."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for data in run.rows():
        known = {**data, **data.get("measures", {})}
        known["labels"] = " ".join(f"{key}={value}" for key, value in data.get("labels", {}).items())
        known["domains"] = " ".join(data.get("domains", ()))
        known["state"] = state_word(data)
        known["reason"] = data.get(INVALID, "")
        writer.writerow([known.get(each, "") for each in COLUMNS])
        if text.tell() > 1 << 16:
            yield _taken(text)
    yield _taken(text)


def _taken(text: Any) -> str:
    value = str(text.getvalue())
    text.seek(0)
    text.truncate()
    return value


def state_word(data: dict[str, Any]) -> str:
    """Return the state of a row, or what replaces it."""
    for kind, word in _UNCHECKED.items():
        if kind in data:
            return word
    return str(data["state"])


def table(run: Run) -> Iterator[str]:
    """Yield a table for people: the result, the groups, then the rows, those that are not OK first."""
    yield f"{STATES[state_of(run)]}: {sentence(run)}\n"
    for number, group in enumerate(run.groups, 1):
        yield f"\nGroup {number}: {clean(group.sentence, 400)}\n"
        yield "".join(f"  {clean(each, 300)}\n" for each in group.evidence)
    widths = [columns(each) for each in _HEADINGS]
    for data in run.rows():
        widths = [max(width, columns(cell)) for width, cell in zip(widths, _cells(data))]
    yield "\n" + _line(_HEADINGS, widths)
    for healthy in (False, True):
        for data in run.rows():
            if (data.get("state") == STATES[OK]) == healthy:
                yield _line(_cells(data), widths)
    if run.notes:
        yield "\n" + "".join(f"{each}\n" for each in run.notes)


_HEADINGS = ("STATE", "GROUP", "HOST", "CHECK", "TIME", "REASON")

# Characters of the reason in the table.
_REASON = 100


def _cells(data: dict[str, Any]) -> tuple[str, ...]:
    time = data.get("measures", {}).get("time")
    return (
        state_word(data),
        str(data.get("group", "")),
        clean(data.get("host_name", ""), 60),
        clean(data.get("name", ""), 60),
        "" if time is None else f"{time * 1000:.1f} ms",
        clean(data.get(INVALID) or ("" if data.get("state") == STATES[OK] else _reason(data)), _REASON),
    )


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = (cell + " " * (width - columns(cell)) for cell, width in zip(cells, widths))
    return "  ".join(padded).rstrip() + "\n"


def prometheus(run: Run) -> Iterator[str]:
    """Yield metrics in Prometheus' text format, for the textfile collector of node_exporter."""
    from .textfile import textfile  # the one module that imports prometheus_client

    yield textfile(run)


WRITERS: dict[str, Callable[[Run], Iterator[str]]] = {
    "plugin": plugin,
    "json": json_document,
    "csv": csv_table,
    "prometheus": prometheus,
    "table": table,
}
"""The outputs that are made when the run has ended. The JSON lines are written while it goes on."""
