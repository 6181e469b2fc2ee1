# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Carry out an Ansible task: one check, a list of checks, or the wait until a port of this host is drained."""

from __future__ import annotations

import re

from .model.dialogue import Hear
from .model.verdict import CRITICAL, OK, STATES, UNKNOWN, WARNING, worst
from .report.brief import to_brief
from .report.document import to_document
from .report.sentence import fault_words, output
from .runs.repeat import evaluate_many
from .settings.arguments import values
from .settings.build import build
from .settings.rows import WrongRow, rows_of
from .settings.table import SettingError
from .settings.task import DRAINED, Task, option_name, worded
from .text.clean import clean
from .text.files import unquoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from .conversation.doors import Network
    from .model.result import Check, Result

FAILING = {
    "critical": (CRITICAL,),
    "unknown": (CRITICAL, UNKNOWN),
    "warning": (CRITICAL, UNKNOWN, WARNING),
    "never": (),
}
"""The states that fail the task, by the value of ``fail_on``."""

# The host of a wait for a port without connections: any local address. Nothing is bound to it.
ANY = ("0.0.0.0", "::")  # noqa: S104

# Failed targets that the message of the task names, and invalid ones.
MOST_NAMED = 5

# Members of a fault group that are returned by name.
MOST_MEMBERS = 100

# An invalid list has one mistake more often than many. The message of the task has room for a few.
MOST_WRONG = 10


# Two digits are enough for a duration below this; longer ones are whole seconds.
_LONG = 10.0


class Done:
    """What a task returns.

    values   the returned values, with ``msg``
    failed   whether the task fails
    warning  a line for the user, or ""
    """

    __slots__ = ("failed", "values", "warning")

    def __init__(self, values: dict[str, Any], failed: bool, warning: str) -> None:
        self.values = values
        self.failed = failed
        self.warning = warning


class Prepared:
    """A task whose arguments are valid.

    task    the arguments
    checks  each check with its name
    drain   the keyword arguments of ``runs.drain.drain``, or None
    """

    __slots__ = ("checks", "drain", "task")

    def __init__(
        self, task: Task, checks: list[tuple[Check, str]], drain: dict[str, Any] | None = None
    ) -> None:
        self.task = task
        self.checks = checks
        self.drain = drain


def prepare(arguments: Mapping[str, Any]) -> Prepared:
    """Read the arguments of a task, AnsibleModule.params. Raises SettingError."""
    try:
        return _prepared(arguments)
    except SettingError as error:
        raise SettingError(option_name(error.name), worded(error.sentence)) from None


def _prepared(arguments: Mapping[str, Any]) -> Prepared:
    task = Task(arguments)
    if task.own["state"] == DRAINED:
        return Prepared(task, [], _drain(task))
    if task.targets is None:
        return Prepared(task, [(build(values(task.shared)), "")])
    return Prepared(task, _checks(task.targets, task.shared, task.groups))


def carry_out(arguments: Mapping[str, Any], network: Network | None = None) -> Done:
    """Carry out the task that AnsibleModule.params describe. Raises SettingError before anything is sent.

    network: the network to use, which is not closed; None: the real one.
    """
    prepared = prepare(arguments)
    task = prepared.task
    own = None
    if network is None:
        from .network.network import Network as RealNetwork

        network = own = RealNetwork()
    try:
        began = network.now()
        if task.own["wait_delay"]:
            network.poll(task.own["wait_delay"])
        if prepared.drain is not None:
            found = _drained(prepared.drain, network)
        else:
            results = _in_order(prepared.checks, network)
            found = _one(results[0], task) if task.targets is None else _many(results, prepared.checks, task)
        found["elapsed"] = round(network.now() - began, 3)
    finally:
        if own is not None:
            own.shut()
    return _done(found, task)


def _checks(
    targets: Iterable[Any], shared: Mapping[str, Any], groups: Mapping[str, Any]
) -> list[tuple[Check, str]]:
    """Return the check and the name of each row of ``targets``. Raises SettingError that names the wrong rows."""
    made: list[tuple[Check, str]] = []
    wrong = []
    given = {f"targets[{index}]": _row(each) for index, each in enumerate(targets)}
    for row in rows_of(given.items(), shared, {name: _row(each) for name, each in groups.items()}):
        if not isinstance(row, WrongRow):
            # A key of the user's own may occur twice.
            check = row.check.replace(probe=row.check.probe.replace(key=len(made)))
            named = isinstance(given[row.place], dict) and given[row.place].get("name")
            made.append((check, row.name if named else ""))
        elif row.place == "defaults":  # a setting of the task
            raise SettingError(row.name, row.sentence)
        else:
            # The name of a setting is no secret in a dictionary. A value may be one.
            place = (
                f"{clean(row.place, 80)}.{clean(option_name(row.name), 40)}"
                if row.name
                else clean(row.place, 80)
            )
            if row.place not in given:  # a group: each target of it would be wrong, too
                raise SettingError("", f"{place}: {unquoted(row.sentence)}")
            wrong.append(f"{place}: {unquoted(row.sentence)}")
    if wrong:
        more = f"; and {len(wrong) - MOST_WRONG} more" if len(wrong) > MOST_WRONG else ""
        raise SettingError("", "; ".join(wrong[:MOST_WRONG]) + more)
    return made


def _row(given: Any) -> Any:
    """Return a row of the module as a row of every other program: ``state`` is the module's name of a setting."""
    if not isinstance(given, dict) or "state" not in given:
        return given
    row = dict(given)
    state = row.pop("state")
    return {"expect_state": state, **row}


def _in_order(made: list[tuple[Check, str]], network: Network) -> list[Result]:
    """Carry out the checks, and return their results in the same order."""
    if len(made) == 1:
        return list(evaluate_many([made[0][0]], network=network))
    found: dict[Any, Result] = {}
    for result in evaluate_many((check for check, _unused1 in made), network=network):
        found[result.check.probe.key] = result
    return [found[check.probe.key] for check, _unused1 in made]


def _one(result: Result, task: Task) -> dict[str, Any]:
    """Return the values of a task with one check."""
    found = _item(result, "", task.own["detail"])
    found.update(_groups(result))
    found["rounds"] = result.rounds.number
    found["msg"] = output(result)[0]
    return found


def _groups(result: Result) -> dict[str, Any]:
    """Return what the expressions of a check captured."""
    last = result.outcome.finals[-1] if result.outcome.finals else None
    if last is None or result.check.options.hide_output:
        return {"match_groups": [], "match_groupdict": {}}
    return {
        "match_groups": [clean(data) for data in last.groups],
        "match_groupdict": {name: clean(data) for name, data in last.captured},
    }


def _captures(check: Check) -> bool:
    """Return whether the user's steps can capture something. The brief form of other checks has no room for it."""
    return any(
        isinstance(step, Hear)
        and (step.capture or any(each.foreign and re.compile(each.data).groups for each in step.wanted))
        for step in check.probe.recipe.dialogue
    )


def _item(result: Result, name: str, detail: str) -> dict[str, Any]:
    """Return the values of a check."""
    found = to_brief(result, name)
    if detail == "full":
        document = to_document(result)
        del document["schema"]  # the documentation of the module is the schema
        # Ansible uses "attempts" as a number, and shows it even if the task has no_log.
        attempts = document.pop("attempts")
        found.update(
            document, attempts=len(attempts) + document.pop("attempts_omitted"), attempt_list=attempts
        )
    return found


def _many(results: list[Result], made: list[tuple[Check, str]], task: Task) -> dict[str, Any]:
    """Return the values of a task with a list of targets."""
    checks = [_item(result, name, task.own["detail"]) for result, (_unused0, name) in zip(results, made)]
    for result, item in zip(results, checks):
        if _captures(result.check):
            item.update(_groups(result))
    states = [result.state for result in results]
    summary = {STATES[state].lower(): states.count(state) for state in STATES}
    bad = [(result, item) for result, item in zip(results, checks) if result.state != OK]
    named = []
    for result, item in bad[:MOST_NAMED]:
        words = fault_words(result.fault) if result.fault is not None else item["sentence"]
        named.append(f"{clean(item['name'], 60)} {item['state']} ({clean(words, 100)})")
    more = f", and {len(bad) - MOST_NAMED} more" if len(bad) > MOST_NAMED else ""
    msg = f"{len(results) - len(bad)} of {len(results)} targets are OK"
    groups, suspicion = _explained(results, checks) if len(bad) > 1 else ([], None)
    if suspicion is not None:
        msg += f"; {suspicion}"
    elif groups:
        msg += f"; {clean(groups[0]['sentence'], 200)}"
    return {
        "state": STATES[worst(states)],
        "checks": checks,
        "summary": {"total": len(results), **summary},
        "fault_groups": groups,
        "suspicion": suspicion,
        "msg": f"{msg}; {', '.join(named)}{more}" if bad else msg,
    }


def _explained(
    results: list[Result], checks: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], str | None]:
    """Return the causes that several failures have in common, and why this host itself is suspected, or None."""
    from .runs.groups import Groups  # only failures have causes

    groups = Groups()
    for result, item in zip(results, checks):
        groups.add(result, item["name"])
    explanation = groups.finish()
    found = [
        {
            "kind": each.kind,
            "cause": each.cause,
            "domain": " or ".join(each.domains),
            "count": each.count,
            "sentence": clean(each.sentence, 400),
            "members": [str(member) for member in each.members[:MOST_MEMBERS]],
        }
        for each in explanation.groups
        if each.count > 1 and each.kind != "others"
    ]
    return found, explanation.suspicion


def _drain(task: Task) -> dict[str, Any]:
    """Return the arguments of the wait for a port without connections. Raises SettingError."""
    from .runs.drain import networks

    given = values(task.shared)
    check = build({**given, "host": given.get("host", ANY[0])})
    target, options = check.probe.target, check.options
    try:
        excluded = networks(task.own["exclude_hosts"] or ())
    except ValueError as error:
        raise SettingError("exclude_hosts", str(error)) from None
    try:
        address = str(networks([target.host or ""])[0].network_address)
    except ValueError:
        raise SettingError(
            "host",
            f"invalid host {clean(target.host or '', 60)!r}: must be an address of this host with state: drained",
        ) from None
    return {
        "port": target.port,
        "address": None if address in ANY else address,
        "excluded": excluded,
        "wait": options.wait,
        "interval": options.wait_interval,
        "consecutive": options.consecutive,
    }


def _drained(plan: dict[str, Any], network: Network) -> dict[str, Any]:
    """Wait until the port of this host has no connections, and return the values of the task."""
    from .runs.drain import drain

    port, address, consecutive = plan["port"], plan["address"], plan["consecutive"]
    found = drain(network, **plan)
    state, cause, sentence = OK, None, ""
    if found.count is None:
        state, cause = UNKNOWN, "connections_unreadable"
        sentence = "this host does not report its connections: /proc/net/tcp cannot be read"
    elif not found.held:
        state, cause = CRITICAL, "connected"
        number = f"{found.count} connection{'' if found.count == 1 else 's'}"
        sentence = f"port {port} has {number}, from {', '.join(found.hosts)}"
        if not found.count:
            sentence = f"port {port} was not drained {consecutive} times in a row"
    return {
        "name": f"port {port}" if address is None else f"{address} port {port}",
        "state": STATES[state],
        "cause": cause,
        "domain": None if state == OK else "local" if state == UNKNOWN else "server",
        "sentence": sentence,
        "time": None,
        "match_groups": [],
        "match_groupdict": {},
        "rounds": found.rounds,
        "msg": sentence or f"port {port} has no connections",
    }


def _done(found: dict[str, Any], task: Task) -> Done:
    """Return what the task returns, with the message of a failure."""
    state = next(number for number, word in STATES.items() if word == found["state"])
    if task.targets is not None:
        states = {number for number, word in STATES.items() if found["summary"][word.lower()]}
    else:
        states = {state}
    failed = bool(states.intersection(FAILING[task.own["fail_on"]]))
    if task.shared.get("wait") is not None or task.own["wait_delay"]:
        found["msg"] += f", after {_duration(found['elapsed'])}"
    message = task.own["msg"]
    if failed and message:
        found["msg"] = message
    warning = "" if failed or state == OK or task.own["fail_on"] == "never" else found["msg"]
    found["changed"] = False
    return Done(found, failed, warning)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= _LONG else f"{seconds:.2g} s"
