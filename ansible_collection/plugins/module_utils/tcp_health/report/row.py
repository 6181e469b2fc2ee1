# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Make a row: the lean form of a result, one line of JSON."""

from __future__ import annotations

from json.encoder import encode_basestring_ascii as _quoted

from ..judgement.load import measured_under_load
from ..model.verdict import STATES
from ..text.clean import clean
from .sentence import output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from ..model.outcome import Outcome
    from ..model.result import Check, Result

    class Named(Protocol):
        """A row of a list of targets: where it comes from, and its names."""

        place: str
        host_name: str
        name: str
        labels: tuple[tuple[str, str], ...]
        check: Check


# Digits after the point of a second: a microsecond for times, a millisecond for the time of day.
_TIME, _DAY = 6, 3


def naming(row: Named) -> dict[str, Any]:
    """Return the beginning of every row: its place in the list of targets, and its names."""
    names = {
        "place": row.place,
        "host_name": row.host_name,
        "name": row.name,
        "target": row.check.probe.target.text,
    }
    return {**names, "labels": dict(row.labels)} if row.labels else names


def to_row(row: Named, result: Result) -> dict[str, Any]:
    """Return a result as a row of plain data; docs/check_tcp_sweep.md describes its keys. What is unknown is left out."""
    verdict = result.verdict
    outcome = verdict.outcome
    data = naming(row)
    data["state"] = STATES[verdict.state]
    data["at"] = round(outcome.at, _DAY)
    data["measures"] = {metric.measure.name: _rounded(metric.value) for metric in verdict.metrics}
    failing = verdict.failing
    fault = result.fault
    if verdict.state or failing is not None or fault is not None:
        data["output"] = output(result)[0]
    if failing is not None and failing.cause is not None:
        data["cause"] = failing.cause
        data["phase"] = failing.phase
        if failing.address is not None:
            data["address"] = clean(failing.address.text)
    if fault is not None:
        data["fault"] = fault.row
        data["domains"] = list(fault.domains)
        if fault.box is not None:
            data["box"] = clean(fault.box)
    late = measured_under_load(verdict)
    if late:
        data["measured_under_load"] = list(late)
        data["lag"] = _rounded(outcome.lag)
    return data


def _rounded(value: float) -> float:
    return round(value, _TIME)  # an int stays one


def healthy_line(row: Named, outcome: Outcome) -> str:
    """Return a line of JSON with the data of ``to_row`` for a healthy outcome (judgement/healthy.py), in less time."""
    attempt = outcome.attempts[0]
    head = (
        _quoted(row.place),
        _quoted(row.host_name),
        _quoted(row.name),
        _quoted(row.check.probe.target.text),
        _labels(row.labels) if row.labels else "",
        outcome.at,
        attempt.time,
    )
    resolve, connect, first_byte, rtt = attempt.resolve, attempt.connect, attempt.first_byte, attempt.rtt
    repeated = attempt.retransmits
    # Nearly every outcome has all of them. One format with all is twice as fast as their sum.
    if resolve is not None and connect is not None and repeated is not None and rtt is not None:
        if first_byte is not None:
            return _READING % (*head, resolve, connect, repeated, first_byte, rtt)
        return _CONNECTING % (*head, resolve, connect, repeated, rtt)
    rest = "".join(
        [
            f', "{name}": {value:{form}}'
            for name, value, form in (
                ("resolve", resolve, ".6f"),
                ("connect", connect, ".6f"),
                ("retransmits", repeated, "d"),
                ("first_byte", first_byte, ".6f"),
                ("rtt", rtt, ".6f"),
            )
            if value is not None
        ]
    )
    return _HEAD % head + rest + "}}"


_HEAD = (
    '{"place": %s, "host_name": %s, "name": %s, "target": %s%s, "state": "OK", "at": %.3f,'
    ' "measures": {"time": %.6f'
)
_CONNECTING = _HEAD + ', "resolve": %.6f, "connect": %.6f, "retransmits": %d, "rtt": %.6f}}'
_READING = _HEAD + ', "resolve": %.6f, "connect": %.6f, "retransmits": %d, "first_byte": %.6f, "rtt": %.6f}}'


def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    return ', "labels": {' + ", ".join([f"{_quoted(key)}: {_quoted(text)}" for key, text in labels]) + "}"
