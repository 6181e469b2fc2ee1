# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a plugin said of a row what the table of faults expects. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .nouns import Row
    from .trial import Trial

STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")

OVERTIME = 0.5
"""Seconds by which a check may exceed its -t on a machine that is busy with a dozen others."""


class Said:
    """What check_tcp_health said: domains and box of its fault, its first two lines, its exit code.

    A document without the key `fault`, or no document at all, has no domains: None.
    """

    def __init__(self, trial: Trial) -> None:
        self.code = trial.code
        self.domains: frozenset[str] | None = None
        self.box: str | None = None
        self.lines: list[str] = trial.out.splitlines()[:2]
        self.elapsed = 0.0
        try:
            document: Any = json.loads(trial.out)
            self.lines = [document["output"], *document["long_output"][:1]]
            self.elapsed = float(document["elapsed"])
            fault = document["fault"]
            self.domains = frozenset(fault["domains"] if fault is not None else ())
            self.box = fault["box"] if fault is not None else None
        except (ValueError, KeyError, TypeError):
            pass


def complaints(row: Row, places: Mapping[str, str], trial: Trial) -> list[str]:
    """What is wrong with what was said of a row, a sentence each; nothing when all is right."""
    said = Said(trial)
    found = []
    if said.code != row.state:
        found.append(f"exit code {said.code}, expected {row.state}")
    if said.domains is None:
        found.append("there is no verdict in the output")
    elif said.domains != frozenset(row.domains):
        found.append(f"said {_joined(said.domains)}, expected {_joined(row.domains)}")
    box = places[row.box] if row.box is not None else None
    if said.domains is not None and said.box != box:
        found.append(f"named {_named(said.box, places)}, expected {_named(box, places)}")
    if said.domains is not None:
        found += _wording(row, places, " / ".join(said.lines))
        found += [
            f"does not tell {each!r} anywhere"
            for each in row.tells
            if not re.search(each.format(**_quoted(places)), trial.out, re.IGNORECASE)
        ]
    if said.elapsed > row.limit + OVERTIME:
        found.append(f"took {said.elapsed:.1f} s with -t {row.limit:g}")
    elif row.latest is not None and said.elapsed > row.latest:
        found.append(f"took {said.elapsed:.2f} s, at most {row.latest:g} s were expected")
    if trial.err:
        found.append(f"wrote to stderr: {trial.err.strip()[:300]}")
    if not all(trial.bites):
        found.append(f"the fault has not bitten: packets caught by its rules: {trial.bites}")
    return found


def _wording(row: Row, places: Mapping[str, str], text: str) -> list[str]:
    quoted = _quoted(places)
    found = [
        f"does not say {each!r}"
        for each in row.says
        if not re.search(each.format(**quoted), text, re.IGNORECASE)
    ]
    return found + [
        f"says {each!r}" for each in row.never if re.search(each.format(**quoted), text, re.IGNORECASE)
    ]


def _quoted(places: Mapping[str, str]) -> dict[str, str]:
    return {name: re.escape(value) for name, value in places.items()}


def expected(row: Row) -> str:
    """The expectation in a few words."""
    return _short(row.domains, row.box, row.state)


def said(trial: Trial, places: Mapping[str, str]) -> str:
    """What was said, in the same words."""
    each = Said(trial)
    box = _named(each.box, places) if each.box is not None else None
    return _short(each.domains, box, each.code)


def _short(domains: frozenset[str] | tuple[str, ...] | None, box: str | None, state: int) -> str:
    verdict = "no verdict" if domains is None else _joined(domains)
    code = STATES[state] if 0 <= state < len(STATES) else f"exit {state}"
    return f"{code} {verdict}{f' ({box})' if box else ''}"


def _joined(domains: frozenset[str] | tuple[str, ...]) -> str:
    return "|".join(sorted(domains)) or "no fault"


def _named(address: str | None, places: Mapping[str, str]) -> str:
    """An address by its placeholder's name, where it has one."""
    if address is None:
        return "no box"
    names = [name for name, value in places.items() if value == address and not name.startswith("last")]
    return names[0] if names else address
