# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Convert the values of settings to the steps of the dialogue and the TLS plan."""

from __future__ import annotations

from ..model.verdict import HANDSHAKE_STATES, TLS_REFUSALS
from .table import TLS_VERSIONS, SettingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..model.dialogue import Step
    from ..model.recipe import TlsPlan
    from ..model.service import Service
    from ..model.target import Target

# The settings of TLS by their effect on verification. Those in _VERIFY always enable it. Those in _SHAPE enable it
# unless -S is given. Those in _LAX, check_tcp's own options, do not enable it.
_VERIFY = ("tls", "no_verify", "ca_file", "ca_path", "verify_name", "no_verify_name")
_SHAPE = ("starttls", "fingerprint", "alpn", "tls_min", "tls_max", "ciphers", "client_cert", "client_key")
_LAX = ("ssl", "sni", "certificate")

# A check relays no client's connection: version 2 of the PROXY protocol has the command LOCAL for that (2.2). Version 1
# has UNKNOWN (2.1), which Postfix 3.7 rejects, so its header contains the addresses of the connection itself.
_LOCAL = b"\r\n\r\n\x00\r\nQUIT\n" + b"\x20\x00\x00\x00"


def tls_plan(
    values: Mapping[str, Any], service: Service | None, target: Target, *, begun: bool
) -> TlsPlan | None:
    """Return the TLS plan, or None for plain TCP. begun: whether a step of the user begins TLS. Raises SettingError."""
    _refuse_contradictions(values)
    of_service = service is not None and service.tls
    sound = _given(values, _VERIFY) or (
        not values["ssl"]
        and (
            _given(values, _SHAPE)
            or begun
            or values["expect_state"] in HANDSHAKE_STATES
            or (service is not None and of_service and not service.check_tcp)
        )
    )
    if not sound and not of_service and not begun and not _given(values, (*_LAX, *_SHAPE)):
        return None
    if values["network"] == "udp":
        raise SettingError("network", "TLS requires TCP: a UDP check cannot use it")
    from ..model.recipe import TlsPlan

    verify = sound and not values["no_verify"]
    refused = TLS_REFUSALS.get(values["expect_state"])
    plan = TlsPlan(
        verify=verify,
        lax=not sound,
        sni=values["sni"],
        verify_name=values["verify_name"],
        any_name=values["no_verify_name"],
        ca_file=values["ca_file"],
        ca_path=values["ca_path"],
        alpn=values["alpn"] or (),
        minimum=values["tls_min"] if refused is None else TLS_VERSIONS[0],
        maximum=values["tls_max"] if refused is None else refused,
        ciphers=values["ciphers"],
        client_cert=values["client_cert"],
        client_key=values["client_key"],
        client_key_password=values["client_key_password_file"],
        fingerprints=values["fingerprint"] or (),
    )
    if verify and not plan.any_name and plan.expected_name(target.host) is None:
        raise SettingError("verify_name", "required: a Unix socket has no host name to verify")
    return plan


def _given(values: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    return any(values[name] not in (None, False, ()) for name in names)


def _refuse_contradictions(values: Mapping[str, Any]) -> None:
    if values["no_verify"]:
        for name in ("ca_file", "ca_path", "verify_name", "no_verify_name"):
            if values[name]:
                raise SettingError(name, "cannot be combined with --no-verify")
    if values["no_verify_name"] and values["verify_name"] is not None:
        raise SettingError("verify_name", "cannot be combined with --no-verify-name")
    for name in ("client_key", "client_key_password_file"):
        if values[name] is not None and values["client_cert"] is None:
            raise SettingError(name, "requires --client-cert")
    oldest, newest = values["tls_min"], values["tls_max"]
    if values["expect_state"] in TLS_REFUSALS and (oldest or newest):
        raise SettingError(
            "tls_min" if oldest else "tls_max",
            f"cannot be combined with --expect-state {values['expect_state']}",
        )
    if oldest is not None and newest is not None and oldest > newest:
        raise SettingError("tls_max", f"invalid value {newest}: must not be older than --tls-min {oldest}")


def dialogue(
    values: dict[str, Any],
    given: Mapping[str, Any],
    service: Service | None,
    plan: TlsPlan | None,
    own: tuple[Step, ...],
) -> tuple[Step, ...]:
    """Return all steps, from the PROXY header to the last answer; own are the user's steps. Raises SettingError."""
    steps: tuple[Step, ...] = ()
    if values["proxy_protocol"] is not None:
        from ..model.dialogue import PROXY_LINE, Blank, Say

        if values["network"] == "udp":
            raise SettingError("proxy_protocol", "requires TCP")
        header = Blank(PROXY_LINE) if values["proxy_protocol"] == "v1" else _LOCAL
        steps = (Say((header,), shown=f"PROXY protocol {values['proxy_protocol']}", opening=True),)
    begun = any(step.begins_tls for step in own)
    if begun and values["starttls"]:
        raise SettingError("starttls", "cannot be combined with a step that begins TLS")
    greeting = True
    exchanged = given.get("send") is not None or bool(given.get("expect")) or values["read"] != "none"
    speaks = service is not None and bool(service.steps) and not exchanged and not own
    if (
        exchanged
        and service is not None
        and service.steps
        and given.get("send") is None
        and not service.steps[0].reads
    ):
        raise SettingError(
            "expect", f"requires --send, because it replaces the dialogue of {service.name}; or use --step"
        )
    if values["starttls"]:
        steps += _opening(values, given, quits=not speaks)
        greeting = False
    elif plan is not None and not begun:
        from ..model.dialogue import StartTls

        steps += (StartTls(opening=True),)
    if own:
        steps += own
    elif service is not None and speaks:
        steps += service.steps if greeting else service.after_starttls or ()
    else:
        steps += _exchange(values, given, service, greeting)
    return steps if values["helo"] is None else tuple(_named(each, values["helo"].encode()) for each in steps)


def _named(step: Step, helo: bytes) -> Step:
    """Return the step with the name that a mail client gives itself, if it sends one."""
    if step.reads or step.begins_tls:
        return step
    from ..model.dialogue import HELO, Blank, Say

    if not isinstance(step, Say):  # pragma: no cover - every step that sends is one
        return step
    blank = Blank(HELO)
    return step.replace(parts=tuple(helo if each == blank else each for each in step.parts))


def _exchange(
    values: Mapping[str, Any], given: Mapping[str, Any], service: Service | None, greeting: bool
) -> tuple[Step, ...]:
    """Return the steps of -s and -e, or of check_tcp's service."""
    send, expect = values["send"], values["expect"] or ()
    if not greeting and not given.get("expect") and given.get("send") is None:
        # The service sent its greeting before TLS.
        send, expect = None, ()
    if send is None and not expect and values["read"] == "none":
        return ()
    from ..dialogue.steps import exchange

    return exchange(
        send,
        expect,
        every=values["expect_all"],
        # A service's own text must begin the answer. A text of the user can be anywhere in it.
        anywhere=service is None or bool(given.get("expect")) or bool(service.steps),
        read=values["read"],
    )


def _opening(values: dict[str, Any], given: Mapping[str, Any], *, quits: bool) -> tuple[Step, ...]:
    """Return the steps with which a protocol begins TLS. quits: whether to set its quit command, if the user gave no other."""
    from ..model.dialogue import StartTls
    from ..services.starttls import STARTTLS

    opening = STARTTLS[values["starttls"]]
    if quits and given.get("quit") is None and not values["quit"]:
        values["quit"] = opening.quit.encode("latin-1")
    return (*opening.steps, StartTls(opening=True, packets=opening.packets))


def own_steps(
    values: Mapping[str, Any], given: Mapping[str, Any], *, elsewhere: bool = False
) -> tuple[Step, ...]:
    """Return the steps of --step or --dialogue. elsewhere: read no files, as in ``build``. Raises SettingError."""
    words, path = values["step"], values["dialogue"]
    if not words and path is None:
        return ()
    name = "step" if words else "dialogue"
    if words and path is not None:
        raise SettingError("step", "cannot be combined with --dialogue")
    for other in ("send", "expect"):
        if given.get(other):
            raise SettingError(name, f"cannot be combined with --{other}: write it as a step")
    if values["network"] == "udp":
        raise SettingError(name, "requires TCP")
    if elsewhere and not words:
        return ()
    from ..dialogue.grammar import StepError, parse
    from ..text.files import lines, secret, unquoted

    try:
        steps = parse(words or lines(path), (lambda _unused: b"secret") if elsewhere else secret)
    except StepError as problem:
        if words:
            raise SettingError(name, f"step {problem.number}: {problem.sentence}") from None
        # The file may be another one than the user meant, such as one of passwords.
        raise SettingError(name, f"{path}, line {problem.number}: {unquoted(problem.sentence)}") from None
    except ValueError as problem:
        raise SettingError(name, str(problem)) from None
    if not steps:
        raise SettingError(name, f"{path}: contains no step" if path else "contains no step")
    return steps
