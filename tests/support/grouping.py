# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Results of many targets without any network: healthy ones, failures of every class, and what a trace adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcp_health.judgement.judge import judge
from tcp_health.model.causes import Cause, Phase
from tcp_health.model.certificate import Presented
from tcp_health.model.evidence import Evidence, Hop, Icmp, NameServer, Path
from tcp_health.model.outcome import Attempt, Failure, Outcome, TlsFacts
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.result import Check, Options, Result
from tcp_health.model.target import Address, Target
from tcp_health.model.verdict import Policy
from tcp_health.runs.groups import Groups
from tcp_health.runs.repeat import fault_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tcp_health.model.explanation import Explanation

RECIPE, POLICY, OPTIONS = Recipe(), Policy(), Options()
PROHIBITED, HOST_UNREACHABLE, NET_UNREACHABLE = (3, 13), (3, 1), (3, 0)


def check_of(host: str, port: int = 443) -> Check:
    """The check of a target; its key is the text of the target."""
    target = Target(host, port)
    return Check(Probe(target, RECIPE, target.text), POLICY, OPTIONS)


def result_of(check: Check, attempt: Attempt) -> Result:
    """The result that an attempt leads to."""
    verdict = judge(Outcome(check.probe, (attempt,)), check.policy)
    return Result(check, verdict, fault_of(verdict))


def address_of(text: str, port: int) -> Address:
    """The address of a connection."""
    return Address(6 if ":" in text else 4, text, port)


def good(host: str, port: int = 443, name: str = "") -> Result:
    """A healthy target, perhaps with a name."""
    attempt = Attempt(address=address_of(host, port), resolve=0.001, connect=0.01, time=0.02, rtt=0.01)
    return result_of(check_of(name or host, port), attempt)


def bad(
    host: str,
    port: int = 443,
    cause: str = Cause.TIMED_OUT,
    phase: str = Phase.CONNECT,
    icmp: Icmp | None = None,
    path: Path | None = None,
    name: str = "",
) -> Result:
    """A failed target."""
    evidence = Evidence(path=path) if path is not None else None
    attempt = Attempt(
        address=address_of(host, port),
        time=1.0,
        phase=phase,
        failure=Failure(cause, icmp=icmp),
        evidence=evidence,
    )
    return result_of(check_of(name or host, port), attempt)


def signed(host: str, offender: str, message: tuple[int, int] = PROHIBITED, port: int = 443) -> Result:
    """A target for which a device sends an ICMP message."""
    cause = Cause.PROHIBITED if message == PROHIBITED else Cause.UNREACHABLE
    return bad(host, port, cause, icmp=Icmp(4, *message, offender))


def expired(host: str, der: bytes, port: int = 443) -> Result:
    """A service whose certificate has expired."""
    facts = TlsFacts(
        "TLSv1.3", "x", (Presented(der, None, "not read"),), verification=Cause.CERTIFICATE_EXPIRED
    )
    failure = Failure(Cause.CERTIFICATE_EXPIRED, "certificate has expired")
    attempt = Attempt(
        address=address_of(host, port),
        connect=0.01,
        time=0.1,
        phase=Phase.TLS,
        secured=facts,
        failure=failure,
    )
    return result_of(check_of(host, port), attempt)


def unresolved(name: str, cause: str = Cause.RESOLVER_SILENT, server: str = "", port: int = 443) -> Result:
    """A name whose lookup fails, and what the own query of the check shows."""
    evidence = Evidence(name_server=NameServer(server, "silent")) if server else None
    attempt = Attempt(time=1.0, phase=Phase.RESOLVE, failure=Failure(cause), evidence=evidence)
    return result_of(check_of(name, port), attempt)


def ends_at(*routers: str) -> Path:
    """A trace that ends after these routers."""
    return Path(tuple(Hop(ttl, "router", each, 0.001) for ttl, each in enumerate(routers, 1)))


def key_of(result: Result) -> str:
    """The key that these results are added with."""
    return result.check.probe.target.text


def explained(
    results: Iterable[Result],
    traces: dict[str, Path] | None = None,
    witnesses: Sequence[Sequence[Result]] = (),
) -> Explanation:
    """Group results; what a trace of a target shows is given by the beginning of its address."""
    groups = Groups()
    for each in results:
        groups.add(each, key_of(each))
    for check in groups.to_trace():
        host = str(check.probe.target.host)
        path = next((path for start, path in (traces or {}).items() if host.startswith(start)), None)
        if path is not None:
            groups.traced(bad(host, check.probe.target.port or 0, path=path), check.probe.key)
    return groups.finish(witnesses)


def found(explanation: Explanation) -> list[tuple[str, int, str | None]]:
    """The groups with more than one failure: kind, count, and what they are named by."""
    return [
        (each.kind, each.count, each.box or each.resolver or each.hop or each.prefix)
        for each in explanation.groups
        if each.count > 1
    ]
