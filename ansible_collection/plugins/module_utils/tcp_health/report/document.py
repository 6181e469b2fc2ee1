# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Make the document: a result as plain data, for JSON and for Ansible."""

from __future__ import annotations

from ..model.verdict import STATES
from ..text.clean import clean
from .perfdata import perfdata
from .sentence import output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..model.certificate import Presented
    from ..model.outcome import Attempt
    from ..model.result import Check, Result
    from ..model.verdict import Fault

# Alternative names of a certificate in the document: the certificates of large hosters have some hundred.
MOST_NAMES = 100


def to_document(result: Result) -> dict[str, Any]:
    """Return a result as plain data; docs/json.md describes its keys.

    Times are in seconds, text from remote hosts is cleaned, and unknown facts are None.
    """
    verdict, check = result.verdict, result.check
    outcome = verdict.outcome
    target = outcome.probe.target
    first, *rest = output(result)
    cause = verdict.failing.cause if verdict.failing is not None else None
    return {
        "schema": 1,
        "service": check.options.service,
        "target": {
            "host": _or_none(target.host),
            "port": target.port,
            "path": _or_none(target.path),
            "address": target.address,
        },
        "state": STATES[verdict.state],
        "exit_code": verdict.state,
        "output": first,
        "long_output": rest,
        "cause": cause,
        "phase": verdict.failing.phase if cause is not None and verdict.failing is not None else None,
        "fault": _fault(result.fault),
        "at": outcome.at,
        "elapsed": result.elapsed,
        "lag": outcome.lag,
        "count": outcome.probe.recipe.count,
        "sent": outcome.sent,
        "rounds": result.rounds.number,
        "measures": {metric.measure.name: metric.value for metric in verdict.metrics},
        "metrics": [
            {
                "name": metric.measure.name,
                "value": metric.value,
                "unit": metric.measure.unit,
                "warning": metric.warning.text if metric.warning is not None else None,
                "critical": metric.critical.text if metric.critical is not None else None,
                "state": STATES[metric.state],
            }
            for metric in verdict.metrics
        ],
        "perfdata": " ".join(map(str, perfdata(result))),
        "attempts": [_attempt(attempt, check) for attempt in outcome.listed],
        "attempts_omitted": len(outcome.attempts) - len(outcome.listed),
    }


def _tls_session(attempt: Attempt) -> dict[str, Any] | None:
    """Return the parameters of the TLS session, and the presented certificates."""
    secured = attempt.secured
    if secured is None:
        return None
    return {
        "protocol": clean(secured.protocol),
        "cipher": clean(secured.cipher),
        "alpn": clean(secured.alpn) if secured.alpn else None,
        "verification": secured.verification,
        "second_connection": secured.second,
        "client_certificate_asked": secured.asked,
        "chain_known": secured.chain_known,
        "certificates": [_certificate(each) for each in secured.presented],
        "chain": [_certificate(each) for each in secured.chain],
    }


def _certificate(shown: Presented) -> dict[str, Any]:
    from ..wire.certificate import fingerprint  # a plain check has no certificate

    certificate = shown.certificate
    if certificate is None:
        return {"error": clean(shown.problem), "fingerprint": fingerprint(shown.der)}
    return {
        "error": None,
        "fingerprint": fingerprint(shown.der),
        "subject": clean(certificate.subject),
        "issuer": clean(certificate.issuer),
        "serial": f"{certificate.serial:x}",
        "not_before": certificate.not_before,
        "not_after": certificate.not_after,
        "dns_names": [clean(each, 255) for each in certificate.dns_names[:MOST_NAMES]],
        "ip_addresses": list(certificate.ip_addresses[:MOST_NAMES]),
        "key_type": certificate.key_type,
        "key_size": certificate.key_size,
        "self_signed": certificate.self_signed,
    }


def _fault(fault: Fault | None) -> dict[str, Any] | None:
    if fault is None:
        return None
    return {
        "name": fault.row,
        "domains": list(fault.domains),
        "sentence": clean(fault.sentence, 400),
        "box": clean(fault.box) if fault.box is not None else None,
        "evidence": [clean(each, 300) for each in fault.evidence],
        "next": clean(fault.next, 300),
    }


def _attempt(attempt: Attempt, check: Check) -> dict[str, Any]:
    failure = attempt.failure
    icmp = failure.icmp if failure is not None else None
    return {
        "probe": attempt.probe + 1,
        "attempt": attempt.number,
        "began": attempt.began,
        "address": clean(attempt.address.text) if attempt.address is not None else None,
        "state": "failed" if failure is not None else "ok",
        "cause": failure.cause if failure is not None else None,
        "phase": attempt.phase if failure is not None else None,
        "error": clean(failure.error) if failure is not None and failure.error else None,
        "icmp": None if icmp is None else {
            "version": icmp.version, "type": icmp.kind, "code": icmp.code, "offender": icmp.offender,
        },
        "time": attempt.time,
        "resolve": attempt.resolve,
        "connect": attempt.connect,
        "tls": attempt.tls,
        "first_byte": attempt.first_byte,
        "rtt": attempt.rtt,
        "retransmits": attempt.retransmits,
        "size": attempt.size,
        "received": None if check.options.hide_output or not attempt.received else clean(attempt.received),
        "step": check.probe.recipe.own_step(attempt.step) or None,
        "captured": {} if check.options.hide_output else {name: clean(data) for name, data in attempt.captured},
        "secured": _tls_session(attempt),
        "addresses": [_attempt(leg, check) for leg in attempt.legs],
    }  # fmt: skip


def _or_none(text: str | None) -> str | None:
    return clean(text, 255) if text is not None else None
