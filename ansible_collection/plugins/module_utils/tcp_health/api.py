# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The public Python API: check, check_many, and what they return (docs/api.md)."""

from __future__ import annotations

from collections.abc import Mapping

from .model.verdict import STATES
from .report.details import attempt_line
from .report.document import to_document
from .report.sentence import fault_words, sentences
from .runs.repeat import evaluate, evaluate_many
from .settings.arguments import refuse_unknown, values
from .settings.build import build
from .settings.rows import Row, WrongRow, rows_of
from .settings.table import SettingError
from .text.clean import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from os import PathLike
    from typing import Any, Union

    from .model import outcome, result, verdict
    from .settings.rows import Item

    One = Union[str, bytes, float, PathLike[str]]
    Value = Union[None, One, list[str], list[bytes], list[int], list[One], tuple[One, ...]]
    Given = Union[str, Mapping[str, object]]

__all__ = ["Attempt", "Fault", "Result", "check", "check_many"]


class Attempt:
    """One attempt of a check. ``str()`` is a line for a log."""

    __slots__ = ("_attempt", "_check")

    def __init__(self, attempt: outcome.Attempt, check: result.Check) -> None:
        self._attempt = attempt
        self._check = check

    @property
    def target(self) -> str:
        """The target of the check, such as ``db1:5432``."""
        return self._check.probe.target.text

    @property
    def probe(self) -> int:
        """The number of the probe that it belongs to, from 1; above 1 only with the setting ``count``."""
        return self._attempt.probe + 1

    @property
    def number(self) -> int:
        """Its number within the probe, from 1."""
        return self._attempt.number

    @property
    def ok(self) -> bool:
        """Whether it succeeded. Thresholds apply to the whole check, not to an attempt."""
        return self._attempt.failure is None

    @property
    def time(self) -> float:
        """Seconds from its start to the last byte, or to the failure."""
        return self._attempt.time

    @property
    def address(self) -> str | None:
        """The address of the connection, or of the last one that was tried; None: no address was known."""
        address = self._attempt.address
        return None if address is None else clean(address.text)

    @property
    def cause(self) -> str | None:
        """Why it failed, such as ``refused`` (docs/settings.md lists the causes), or None."""
        return self._attempt.cause

    @property
    def message(self) -> str:
        """How it ended, as in ``127.0.0.1 ok in 0.000210 s``."""
        return attempt_line(self._attempt).partition(": ")[2]

    def __str__(self) -> str:
        return f"{clean(self.target, 255)}: {attempt_line(self._attempt, self._check.probe.recipe.count)}"

    def __repr__(self) -> str:
        return f"<tcp_health.Attempt {self}>"


class Fault:
    """Where the problem is. ``str()`` is the form of the first output line, such as ``server: hangs``."""

    __slots__ = ("_document", "_words")

    def __init__(self, fault: verdict.Fault, document: dict[str, Any]) -> None:
        self._words = fault_words(fault)
        self._document = document

    @property
    def name(self) -> str:
        """The name of its row in docs/diagnosis.md."""
        return str(self._document["name"])

    @property
    def domains(self) -> tuple[str, ...]:
        """The possible domains according to the evidence: dns, local, network, firewall, server, tls, content."""
        return tuple(self._document["domains"])

    @property
    def sentence(self) -> str:
        """The fault in one sentence."""
        return str(self._document["sentence"])

    @property
    def box(self) -> str | None:
        """The address of the device that the diagnosis names, or None."""
        box = self._document["box"]
        return None if box is None else str(box)

    @property
    def evidence(self) -> tuple[str, ...]:
        """The evidence, one line each."""
        return tuple(self._document["evidence"])

    @property
    def next(self) -> str:
        """A command to try next, or an empty text."""
        return str(self._document["next"])

    def __str__(self) -> str:
        return self._words

    def __repr__(self) -> str:
        return f"<tcp_health.Fault {self}>"


class Result:
    """The result of a check."""

    __slots__ = ("_result",)

    def __init__(self, result: result.Result) -> None:
        self._result = result

    @property
    def target(self) -> str:
        """The target, such as ``db1:5432``, ``[::1]:80`` or ``/run/app.sock``."""
        return self._result.check.probe.target.text

    @property
    def key(self) -> Any:
        """The ``key`` of the mapping that check_many was given, or None."""
        return self._result.check.probe.key

    @property
    def ok(self) -> bool:
        """Whether the state is OK."""
        return self.state == "OK"

    @property
    def state(self) -> str:
        """``OK``, ``WARNING``, ``CRITICAL`` or ``UNKNOWN``."""
        return STATES[self._result.state]

    @property
    def message(self) -> str:
        """The first output line, without its beginning (``TCP OK - ``) and without perfdata."""
        return sentences(self._result)[0]

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every attempt, in order; with the setting ``wait`` those of the last repetition."""
        check = self._result.check
        return tuple(Attempt(each, check) for each in self._result.outcome.attempts)

    @property
    def measures(self) -> dict[str, float]:
        """Every known measure by name: ``time`` always, times in seconds, shares in percent."""
        return {each.measure.name: each.value for each in self._result.verdict.metrics}

    @property
    def fault(self) -> Fault | None:
        """Where the problem is, or None."""
        fault = self._result.fault
        return None if fault is None else Fault(fault, self.to_dict()["fault"])

    def to_dict(self) -> dict[str, Any]:
        """Return the result as the document that docs/json.md describes. It contains only types that JSON has."""
        return to_document(self._result)

    def __repr__(self) -> str:
        return f"<tcp_health.Result {clean(self.target, 255)} {self.state}>"


def check(target: str, *, on_attempt: Callable[[Attempt], object] | None = None, **settings: Value) -> Result:
    """Check a target and return the result.

    Args:
        target: ``host:port``, ``[IPv6 address]:port``, the path of a Unix socket, or a host with the setting ``port``.
        on_attempt: called with each attempt when it ends.
        **settings: the settings of docs/settings.md by name.

    Raises:
        ValueError: the target or a setting is invalid. Nothing was sent.
    """
    refuse_unknown(settings)
    one = build(values(_with_host(target, settings)))
    wrapped = None if on_attempt is None else lambda attempt: on_attempt(Attempt(attempt, one))
    return Result(evaluate(one, on_attempt=wrapped))


def check_many(
    targets: Iterable[Given],
    *,
    limit: int = 1000,
    on_attempt: Callable[[Attempt], object] | None = None,
    groups: Mapping[str, Mapping[str, object]] | None = None,
    **settings: Value,
) -> Generator[Result, None, None]:
    """Check many targets at once; yield each result when its check ends.

    Targets are taken from the iterable only when there is room for another check. Closing the iterator ends all checks
    that are still running.

    Args:
        targets: texts as for ``check``, or rows as mappings (docs/targets.md): ``target``, settings that override the
            shared ones, ``group``, and ``key``, which ``Result.key`` returns.
        limit: the maximum number of connections at once.
        on_attempt: called with each attempt when it ends.
        groups: the settings of each group by its name. They override the shared ones.
        **settings: the settings of docs/settings.md by name, for all targets.

    Raises:
        ValueError: at the call, when a shared setting or the limit is invalid; from the iterator, when a target is
            invalid. It is raised after the results of all targets before this one, and has the target's index.
    """
    if isinstance(targets, (str, bytes, Mapping)):
        raise ValueError(f"invalid targets {targets!r:.60}: must be an iterable of targets")  # noqa: TRY004 - as documented
    if limit < 1:
        raise ValueError(f"invalid limit {limit!r}: must be a number from 1")
    refuse_unknown(settings)
    if settings.get("host") is not None:
        raise SettingError("host", "is not a shared setting: each target has its own")
    values(settings)
    return _check_many(_checks(targets, settings, groups), limit, on_attempt)


def _check_many(
    checks: Iterable[result.Check | ValueError], limit: int, on_attempt: Callable[[Attempt], object] | None
) -> Generator[Result, None, None]:
    problems: list[ValueError] = []

    def valid() -> Iterator[result.Check]:
        for each in checks:
            if isinstance(each, ValueError):
                problems.append(each)
                return
            yield each

    wrapped = None if on_attempt is None else lambda check, attempt: on_attempt(Attempt(attempt, check))
    results = evaluate_many(valid(), limit=limit, on_attempt=wrapped)
    try:
        for each in results:
            yield Result(each)
    finally:
        results.close()
    for problem in problems:
        raise problem


def _checks(
    targets: Iterable[Given],
    settings: Mapping[str, object],
    groups: Mapping[str, Mapping[str, object]] | None,
) -> Iterator[result.Check | ValueError]:
    """Yield the check of each target, or the reason why it is invalid."""
    named: list[object] = [""]

    def items() -> Iterator[Item]:
        for index, target in enumerate(targets):
            place = f"targets[{index}]"
            own: dict[str, object] = {"key": None}
            named[0] = target
            if isinstance(target, Mapping):
                own.update(target)
                named[0] = own.pop("target", None) or own.pop("host", None)
            try:
                yield place, _with_host(named[0], own)
            except SettingError as error:
                yield WrongRow(place, error.name, error.sentence)

    for row in rows_of(items(), settings, groups):
        if isinstance(row, Row):
            yield row.check
        else:
            # Only the target is shown: a setting may hold a secret.
            shown = f", {named[0]!r:.80}" if row.place.startswith("targets[") else ""
            yield ValueError(f"{row.place}{shown}: {row}")


def _with_host(target: object, settings: Mapping[str, object]) -> dict[str, object]:
    """Return the settings with the target as the host."""
    if not isinstance(target, str):
        raise SettingError("target", f"must be a text such as 'db1:5432', not {target!r:.40}")
    if settings.get("host") is not None:
        raise SettingError("host", "must not be given as a setting: it is the target")
    return {**settings, "host": target}
