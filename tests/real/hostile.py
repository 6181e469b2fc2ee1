# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hostile banners checked by an engine's own scheduler, and a search for forgeries in its results."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from real import icinga, nagios
from real.banners import Banner, BannerServer
from real.forgery import forgeries, labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

OK = 0
WARNING = 1

BOTH = ((OK, WARNING),)
IN_TURN = ((OK,), (WARNING,))
"""Which states each banner is checked for: both, or alternating, which halves the number of checks."""

SHOWN = 20
"""How many findings a failing test prints."""

HARMLESS = "220 ready WORD"

ICINGA_COMMAND = """
object CheckCommand "tcp-with-option" {
  import "tcp"
  arguments["option"] = {
    value = "$tcp_option$"
    skip_key = true
  }
}
"""
"""The template library's `tcp`, which has no variable for our own options."""


class Case(NamedTuple):
    """One service: its port, the expected text, one more option, the required state, and the kind of output."""

    name: str
    port: int
    word: str
    option: str
    state: int
    shown: str

    @property
    def kind(self) -> tuple[str, int]:
        """The kind of a case: cases of one kind must have the same perfdata items."""
        return self.option, self.state


class Findings(NamedTuple):
    """The number of services with a result, and their errors, a line each."""

    checked: int
    forged: list[str]
    states: list[str]

    def __str__(self) -> str:
        wrong = [*self.forged, *self.states]
        return "\n".join([*wrong[:SHOWN], f"{len(wrong)} in all"])


class Seen(NamedTuple):
    """A result in the same form for both engines."""

    state: int
    output: str
    long_output: str
    perfdata: str


def cases(
    hostile: Sequence[Banner],
    ports: Sequence[int],
    options: Sequence[str],
    states: Sequence[Sequence[int]],
) -> list[Case]:
    """Return the cases of each banner, with alternating options and states.

    State 0 expects the banner's word, state 1 another one, so that the answer is a mismatch.
    """
    return [
        Case(
            name=f"{banner.name}-{state}",
            port=port,
            word=banner.word if state == OK else "ELSE",
            option=options[turn // len(states) % len(options)],
            state=state,
            shown=banner.word if banner.content.startswith(banner.word.encode()) else "",
        )
        for turn, (banner, port) in enumerate(zip(hostile, ports))
        for state in states[turn % len(states)]
    ]


def references(port: int, options: Sequence[str]) -> list[Case]:
    """Return a case of each kind against the harmless banner on PORT."""
    return [
        Case(f"harmless-{turn}-{state}", port, "WORD" if state == OK else "ELSE", option, state, "")
        for turn, option in enumerate(options)
        for state in (OK, WARNING)
    ]


def through_nagios(
    all_cases: Sequence[Case], plugins: Path, seconds: float, environment: Mapping[str, str] | None = None
) -> dict[str, Seen]:
    """Let Nagios check ALL_CASES with the check_tcp in PLUGINS; return its results by service name."""
    services = [
        nagios.service(case.name, f"check_tcp!{case.port}!-e {case.word} {case.option}") for case in all_cases
    ]
    objects = nagios.LOOPBACK + nagios.CHECK_TCP + "".join(services)
    with nagios.Nagios(objects, plugins, environment=environment) as engine:
        kept = engine.results(seconds)
    return {
        name: Seen(each.state, each.output, each.long_output, each.perfdata) for name, each in kept.items()
    }


def through_icinga(
    all_cases: Sequence[Case], plugins: Path, seconds: float, environment: Mapping[str, str] | None = None
) -> dict[str, Seen]:
    """Let Icinga check ALL_CASES with the check_tcp in PLUGINS; return its results by service name.

    An item that Icinga's own parser refuses, or reads under another name than we do, becomes `unreadable`.
    """
    services = [icinga.service(case.name, "tcp-with-option", _variables(case)) for case in all_cases]
    objects = icinga.LOOPBACK + ICINGA_COMMAND + "".join(services)
    with icinga.Icinga(objects, plugins, environment=environment) as engine:
        kept = engine.results(seconds)
    return {
        name: Seen(
            each.state, each.output, each.long_output, " ".join(map(_agreed, each.perfdata, each.items))
        )
        for name, each in kept.items()
    }


def _variables(case: Case) -> str:
    lines = [f"vars.tcp_port = {case.port}", f'vars.tcp_expect = "{case.word}"']
    if case.option:
        lines.append(f'vars.tcp_option = "{case.option}"')
    return "\n".join(lines)


def _agreed(text: str, item: icinga.Item | None) -> str:
    try:
        same = item is not None and [item.label] == labels(text)
    except ValueError:
        same = False
    return text if same else f"unreadable: {text!r}"


def judged(all_cases: Sequence[Case], reference: Sequence[Case], kept: dict[str, Seen]) -> Findings:
    """Return the errors in the results KEPT by an engine; REFERENCE has the right items."""
    expected = {case.kind: labels(kept[case.name].perfdata) for case in reference}
    forged: list[str] = []
    states: list[str] = []
    for case in all_cases:
        seen = kept[case.name]
        wrong = forgeries(seen.output, seen.long_output, seen.perfdata, expected[case.kind])
        forged += [f"{case.name}: {each}" for each in wrong]
        if seen.state != case.state:
            states.append(f"{case.name}: state {seen.state} instead of {case.state}: {seen.output[:200]!r}")
        if case.shown not in seen.output + seen.long_output:
            forged.append(f"{case.name}: the banner is not shown: {seen.output[:200]!r}")
    strangers = kept.keys() - {case.name for case in [*all_cases, *reference]}
    forged += [f"a service of the server's own: {name!r}" for name in sorted(strangers)]
    return Findings(len(all_cases), forged, states)


def checked(
    engine: str,
    hostile: Sequence[Banner],
    plugins: Path,
    options: Sequence[str],
    states: Sequence[Sequence[int]],
    environment: Mapping[str, str] | None = None,
) -> Findings:
    """Serve the HOSTILE banners, let ENGINE ("nagios" or "icinga") check them all, and judge its results.

    ENVIRONMENT is that of the engine, by default ours.
    """
    through = {"nagios": through_nagios, "icinga": through_icinga}[engine]
    contents = [HARMLESS.encode(), *(banner.content for banner in hostile)]
    with BannerServer(contents) as server:
        reference = references(server.ports[0], options)
        all_cases = cases(hostile, server.ports[1:], options, states)
        kept = through([*reference, *all_cases], plugins, 150 + len(all_cases) / 5, environment)
    return judged(all_cases, reference, kept)
