# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Make the brief form of a result, as plain data: name, state, cause, domain, sentence, time."""

from __future__ import annotations

from ..model.verdict import OK, STATES
from ..text.clean import clean
from .sentence import sentences

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..model.result import Result

# With the other keys, the brief form of a failed check has at most 400 bytes of JSON.
MOST_BYTES = 230


def to_brief(result: Result, name: str = "") -> dict[str, Any]:
    """Return the brief form of a result.

    name  the name of the check; "": its target
    """
    verdict, fault = result.verdict, result.fault
    failing = verdict.failing
    sentence = ""
    if verdict.state != OK:
        sentence = fault.sentence if fault is not None else sentences(result)[0]
    time = next((each.value for each in verdict.metrics if each.measure.name == "time"), None)
    return {
        "name": clean(name or verdict.outcome.probe.target.text, 255),
        "state": STATES[verdict.state],
        "cause": failing.cause if failing is not None else None,
        "domain": " or ".join(fault.domains) if fault is not None else None,
        "sentence": _cut(clean(sentence, MOST_BYTES)),
        "time": None if time is None else round(time, 6),
    }


def _cut(text: str) -> str:
    """Return a text of at most MOST_BYTES bytes."""
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= MOST_BYTES else raw[: MOST_BYTES - 3].decode("utf-8", "ignore").rstrip() + "…"
