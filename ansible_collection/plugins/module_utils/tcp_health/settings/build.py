# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Build a check from the values of its settings."""

from __future__ import annotations

from ..judgement.measures import MEASURES, applicable, needs
from ..model.causes import Cause
from ..model.recipe import Probe, Recipe
from ..model.result import Check, Options
from ..model.target import Target, split_port
from ..model.value import FieldError
from ..model.verdict import HANDSHAKE_STATES, OK, PORT_STATES, STATES, Policy
from ..text.clean import clean
from .table import DIALOGUE, TABLE, TLS, SettingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from typing import Any

    from ..model.dialogue import Step
    from ..model.ranges import Range
    from ..model.recipe import TlsPlan
    from ..model.service import Service
    from ..services.starttls import Opening

_DEFAULTS: dict[str, Any] = {name: setting.default for name, setting in TABLE.items()}

_INFINITY = float("inf")

# The settings that are for a watch only, or have values that are.
_OF_A_WATCH = ("watch", "failures_only", "on_change", "output")

# What has no meaning for a watch: it does not end, and prints no result of a check.
_NOT_OF_A_WATCH = ("count", "wait", "wait_interval", "explain", "perfdata", "log_attempts")

# Seconds. A shorter interval would be an attack on the server and not a watch.
SHORTEST_INTERVAL = 0.01

_THRESHOLDS = tuple((each.name, f"warning_{each.name}", f"critical_{each.name}") for each in MEASURES)
_THRESHOLD_OF = {setting: place for place, (_unused0, *both) in enumerate(_THRESHOLDS) for setting in both}
_THRESHOLD_OF["certificate"] = _THRESHOLD_OF["warning_certificate_days"]


def build(
    given: Mapping[str, Any],
    key: Hashable = None,
    *,
    service_shown: str = "",
    host_named: bool = True,
    check_tcp: bool = False,
    elsewhere: bool = False,
) -> Check:
    """Build a check from values by the names of their settings, as ``read`` returns them. Raises SettingError.

    A setting that is not given has the value of the named service, or its default.

    service_shown   upper-case name for the first line, or "" for that of the service
    host_named      whether the first line names the host
    check_tcp       whether the program has one of check_tcp's names: the output is check_tcp's, and thresholds that it
                    accepts are accepted, though one hides the other
    elsewhere       whether another host runs the check: then no file or variable of this host is read
    """
    values, target, plan, steps = _settled(given, elsewhere=elsewhere)
    if not given.keys().isdisjoint(_OF_A_WATCH):
        _check_watch(values, given, check_tcp=check_tcp)
    try:
        recipe = _recipe(values, given, plan, steps)
    except FieldError as error:
        raise SettingError(error.field, error.sentence) from None
    if recipe.any_port and values["expect_state"] != "alive":
        raise SettingError(
            "any_port", "requires --expect-state alive: any of the ports can be the first to answer"
        )
    if recipe.network == "udp" and not _is_exchange(recipe.dialogue):
        raise SettingError("send", "With UDP checks, a send/expect string must be specified.")
    probe = Probe(target, recipe, key)
    policy = _policy(values, given)
    if policy.thresholds:
        _refuse_idle_thresholds(probe, policy, given)
        if not check_tcp:
            _refuse_hidden_warnings(policy, values["certificate"])
    options = Options(
        service=(service_shown or values["service"] or values["starttls"] or values["network"]).upper(),
        host_named=host_named,
        hide_output=values["hide_output"],
        as_check_tcp=check_tcp,
        certificate_line=values["certificate"] is not None,
        verbose=values["verbose"],
        explain=values["explain"],
        output=values["output"],
        perfdata=values["perfdata"],
        color=values["color"],
        tls_limit=values["tls_limit"],
        wait=values["wait"],
        wait_interval=values["wait_interval"],
        consecutive=values["consecutive"],
        failures_only=values["failures_only"],
        on_change=values["on_change"],
    )
    return Check(probe, policy, options)


def _check_watch(values: Mapping[str, Any], given: Mapping[str, Any], *, check_tcp: bool) -> None:
    """Raise SettingError for a setting that needs --watch, or that it excludes."""
    if not values["watch"]:
        for name in ("failures_only", "on_change"):
            if values[name]:
                raise SettingError(name, "requires --watch")
        if values["output"] in ("jsonl", "csv"):
            raise SettingError("output", f"invalid format {values['output']!r}: requires --watch")
        return
    if check_tcp:
        raise SettingError("watch", "requires the program name check_tcp_health")
    for name in _NOT_OF_A_WATCH:
        if name in given:
            raise SettingError(name, "cannot be combined with --watch")
    if values["output"] == "json":
        raise SettingError("output", "invalid format 'json': with --watch, it must be text, jsonl or csv")
    if values["interval"] < SHORTEST_INTERVAL:
        raise SettingError(
            "interval", f"invalid interval {values['interval']:g}: with --watch, it must be at least 10ms"
        )


def _settled(
    given: Mapping[str, Any], *, elsewhere: bool
) -> tuple[dict[str, Any], Target, TlsPlan | None, tuple[Step, ...]]:
    """Return the values of all settings, and the target, TLS plan and steps that they make.

    A value is the given one, else that of the named service or protocol, else the default.
    """
    values = _DEFAULTS.copy()
    values.update(given)
    service = _apply_service(values, given)
    _settle_timeout(values, given)
    opening = _opening(values)
    if opening is not None and values["port"] is None and not names_port(values["host"]):
        values["port"] = opening.port
    target = _target(values)
    _fill_service_texts(values, target)
    # Most checks have no service and no setting of a dialogue or of TLS: there is nothing to plan.
    if (
        service is None
        and values["expect_state"] not in HANDSHAKE_STATES
        and not any(name in TABLE and TABLE[name].group in (DIALOGUE, TLS) for name in given)
    ):
        return values, target, None, ()
    from .plan import dialogue, own_steps, tls_plan

    own = own_steps(values, given, elsewhere=elsewhere)
    plan = tls_plan(values, service, target, begun=any(step.begins_tls for step in own))
    return values, target, plan, dialogue(values, given, service, plan, own)


def in_force(given: Mapping[str, Any]) -> list[str]:
    """Return the settings of a check that have an effect, each as name=value for display. Raises SettingError.

    Those with their default value end in " (default)". The target always counts as chosen.
    """
    values, *_unused = _settled(given, elsewhere=False)
    lines = []
    for name, value in values.items():
        setting = TABLE[name]
        if value is None or value is False or value == () or setting.kind == "ignored" or name == "explain":
            continue
        shown = STATES[value].lower() if setting.kind == "state" else _shown(value)
        default = value == setting.default and name != "host"
        lines.append(f"{name}={'***' if setting.secret else shown}{' (default)' if default else ''}")
    return lines


def _shown(value: Any) -> str:
    """Return a setting's value as one word for display."""
    if isinstance(value, bytes):
        return clean(repr(value)[1:])
    if isinstance(value, tuple):
        return ",".join(_shown(each) for each in value)
    if value is True:
        return "yes"
    text = getattr(value, "text", None)
    return clean(str(text if text is not None else value)).replace(" ", "_")


def _refuse_idle_thresholds(probe: Probe, policy: Policy, given: Mapping[str, Any]) -> None:
    """Raise SettingError for a threshold on a measure that the check does not have: it would never alert."""
    known = {measure.name for measure in applicable(probe, frozenset(policy.thresholds))}
    for name in policy.thresholds:
        if name not in known:
            level = "warning" if given.get(f"warning_{name}") is not None else "critical"
            raise SettingError(f"{level}_{name}", needs(name))


def _refuse_hidden_warnings(policy: Policy, days: tuple[int, int] | None) -> None:
    """Raise SettingError for a warning threshold that never alerts alone. days: the value of -D."""
    if days is not None and days[1] > days[0]:
        raise SettingError(
            "certificate",
            f"invalid days {days[0]},{days[1]}: the warning can never come first, so the larger number must come first",
        )
    for name, (warning, critical) in policy.thresholds.items():
        # Only the days until a certificate expires can be negative.
        least = 0.0 if name != "certificate_days" else -_INFINITY
        if warning is not None and critical is not None and critical.covers(warning, least):
            raise SettingError(
                f"warning_{name}",
                f"invalid threshold {warning.text!r}: the warning can never come first,"
                f" because the critical threshold {critical.text!r} alerts before it",
            )


def _is_exchange(steps: tuple[Step, ...]) -> bool:
    """Whether the steps send a text and expect one."""
    sends = any(not step.reads and not step.begins_tls for step in steps)
    return sends and any(step.wanted for step in steps)


def _apply_service(values: dict[str, Any], given: Mapping[str, Any]) -> Service | None:
    """Set the values of the named service for settings that are not given. Return the service, or None."""
    name = values["service"]
    if not name:
        return None
    from ..services.table import SERVICES  # most checks name no service

    service = SERVICES.get(name)
    if service is None:
        from ..text.nearest import did_you_mean, nearest  # only needed for an unknown name

        hint = (
            did_you_mean(nearest(name.lower(), SERVICES))
            or ": must be in docs/services.md, such as ftp or redis"
        )
        raise SettingError("service", f"unknown service {name[:40]!r}{hint}")
    if values["port"] is None and not names_port(values["host"]) and not values["starttls"]:
        values["port"] = service.port
    values["network"] = given.get("network", service.network)
    values["hide_output"] = values["hide_output"] or service.hide_output
    if given.get("send") is None:
        values["send"] = service.send.encode() or None
    if not given.get("expect"):
        values["expect"] = tuple(text.encode() for text in service.expect)
    if given.get("quit") is None:
        values["quit"] = service.quit.encode("latin-1")
    return service


def names_port(host: str) -> bool:
    """Whether a host contains a port, or cannot have one."""
    try:
        return host.startswith("/") or split_port(host)[1] is not None
    except FieldError:  # reported where the target is made
        return True


def _settle_timeout(values: dict[str, Any], given: Mapping[str, Any]) -> None:
    limit, state = given.get("timeout") or (None, None)
    if state is not None:
        values["on_timeout"] = state
    if limit is None:
        limit = TABLE["timeout"].default
        if values["count"] > 1:
            # Each probe needs its interval, and the last one the time of a single check.
            limit += values["count"] * values["interval"]
    values["timeout"] = limit


def _target(values: dict[str, Any]) -> Target:
    host = values["host"]
    if values["any_port"] and values["port"] is None and not host.startswith("/"):
        values["port"] = values["any_port"][0]
    try:
        if values["port"] is None and not host.startswith("/"):
            return Target.parse(host, None, values["address"])
        return Target.parse(host, values["port"], values["address"])
    except FieldError as error:
        raise SettingError(error.field, error.sentence) from None


def _fill_service_texts(values: dict[str, Any], target: Target) -> None:
    if values["service"] == "jabber" and values["send"]:
        values["send"] = values["send"].replace(
            b"{host}", (target.host or "").encode("utf-8", "surrogateescape")
        )


def _recipe(
    values: Mapping[str, Any], given: Mapping[str, Any], plan: TlsPlan | None, steps: tuple[Step, ...]
) -> Recipe:
    service = _service(values)
    opening = _opening(values)
    own = bool(values["step"] or values["dialogue"])
    # Any retry repeats check_tcp's -s as well. The user's own steps may change something at the server.
    asks_again = given.get("send") is not None or (service is not None and service.idempotent)
    return Recipe(
        network=values["network"],
        family=0 if values["family"] == "any" else int(values["family"]),
        addresses=values["addresses"],
        source=values["source"],
        tls=plan,
        timeout=values["timeout"],
        attempt_timeout=values["attempt_timeout"],
        retries=values["retries"],
        retry_delay=values["retry_delay"],
        retry_backoff=values["retry_backoff"],
        retry_jitter=values["retry_jitter"],
        count=values["count"],
        interval=values["interval"],
        dialogue=steps,
        expect_timeout=values["expect_timeout"],
        quit=values["quit"] or b"",
        max_bytes=values["max_bytes"] or 0,
        receive_delay=values["receive_delay"],
        close=values["close"],
        trace=values["trace"],
        control_port=values["control_port"],
        any_port=values["any_port"] or (),
        final=_final(values),
        repeatable=asks_again and not own,
        broken_counts=(service.broken_counts if service is not None else "")
        or (opening.broken_counts if opening is not None else ""),
        farewell=opening.quit.encode("latin-1") if opening is not None else b"",
    )


def _service(values: Mapping[str, Any]) -> Service | None:
    if not values["service"]:
        return None
    from ..services.table import SERVICES  # most checks name no service

    return SERVICES.get(values["service"])


def _opening(values: Mapping[str, Any]) -> Opening | None:
    if not values["starttls"]:
        return None
    from ..services.starttls import STARTTLS  # most checks begin no TLS

    return STARTTLS[values["starttls"]]


def _final(values: Mapping[str, Any]) -> frozenset[str]:
    """Return the causes after which no further attempt is made, because their state is OK."""
    fine = {
        Cause.REFUSED: values["on_refused"],
        Cause.MISMATCH: values["on_mismatch"],
        Cause.TIMED_OUT: values["on_timeout"],
    }
    wanted = PORT_STATES[values["expect_state"]]
    expected = {
        cause
        for cause, state in (
            (Cause.REFUSED, "refused"),
            (Cause.TIMED_OUT, "filtered"),
            (Cause.CLIENT_CERTIFICATE_REQUIRED, "client-certificate-required"),
            (Cause.TLS_PROTOCOL, "tls-version-refused"),
        )
        if state in wanted
    }
    return frozenset(cause for cause, state in fine.items() if state == OK) | expected


def _policy(values: Mapping[str, Any], given: Mapping[str, Any]) -> Policy:
    thresholds: dict[str, tuple[Range | None, Range | None]] = {}
    # No threshold has a default, and most checks have one or two of them at most.
    for place in sorted({_THRESHOLD_OF[each] for each in given if each in _THRESHOLD_OF}):
        name, warning_name, critical_name = _THRESHOLDS[place]
        pair = values[warning_name], values[critical_name]
        if name == "certificate_days" and values["certificate"] is not None:
            # check_tcp counts whole days and alerts at W and below: in fractional days, below W + 1. It compares
            # the critical number only if the warning number alerts.
            warning, critical = values["certificate"]
            from ..model.ranges import Range  # most checks have no threshold

            days = [Range(each + 1.0, float("inf")) for each in (warning, min(warning, critical))]
            pair = pair[0] or days[0], pair[1] or days[1]
        if pair != (None, None):
            thresholds[name] = pair
    return Policy(
        thresholds,
        on_refused=values["on_refused"],
        on_mismatch=values["on_mismatch"],
        on_timeout=values["on_timeout"],
        on_local=values["on_local"],
        expect_state=values["expect_state"],
    )
