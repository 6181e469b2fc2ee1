# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""What the evidence of a case shows, in words: for the sentence of a fault, and as a line for each fact."""

from __future__ import annotations

from ..model.causes import Cause
from ..text.clean import clean
from ..text.units import duration, plain
from .case import NOTICEABLE_DELAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model.certificate import Certificate
    from ..model.dialogue import Pattern, Step
    from ..model.evidence import Icmp
    from ..model.outcome import Attempt
    from ..model.recipe import Recipe
    from .case import Case

ICMP_NAMES = {
    (4, 3, 0): "net unreachable",
    (4, 3, 1): "host unreachable",
    (4, 3, 2): "protocol unreachable",
    (4, 3, 3): "port unreachable",
    (4, 3, 4): "fragmentation needed",
    (4, 3, 9): "net administratively prohibited",
    (4, 3, 10): "host administratively prohibited",
    (4, 3, 13): "administratively prohibited",
    (4, 11, 0): "time exceeded",
    (6, 1, 0): "net unreachable (no route)",
    (6, 1, 1): "administratively prohibited",
    (6, 1, 3): "host unreachable (address unreachable)",
    (6, 1, 4): "port unreachable",
    (6, 1, 5): "prohibited by source address policy",
    (6, 1, 6): "reject route, prohibited",
    (6, 3, 0): "hop limit exceeded",
}
"""Names of ICMP messages by version, type and code (RFC 792, RFC 1812 5.2.7.1, RFC 4443)."""


# Milliseconds. Less would be 0.0 ms; from the second one on, a person counts in seconds.
_SHORT = 0.1
_LONG = 10_000

# Characters of the comment of a step that fit into the first line.
_COMMENT = 50


def join(*parts: str) -> str:
    """Return the parts that are not empty, comma-separated."""
    return ", ".join(part for part in parts if part)


def plural(count: int, noun: str) -> str:
    """Return the number with the noun, which takes an s unless there is one of it."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def evidence_lines(case: Case) -> Iterator[str]:
    """Yield all evidence, a line each, whether the fault depends on it or not."""
    failure = case.failure
    if failure is not None:
        yield f"{failure.cause.replace('_', ' ')} in the {case.phase} phase{f': {failure.error}' if failure.error else ''}"
        if failure.retransmits:
            yield f"{plural(failure.retransmits, 'SYN')} retransmitted without an answer"
    secured = case.attempt.secured
    if secured is not None and secured.second:
        yield "the certificate was read on a second connection, without verification"
    if case.icmp is not None:
        yield icmp_message(case)
    if case.outcome.lag >= NOTICEABLE_DELAY:
        yield f"the event loop of the check was delayed for {case.outcome.lag:.3f} s"
    if case.path is not None:
        for hop in case.path.hops:
            time = f" in {hop.time * 1000:.1f} ms" if hop.time is not None and hop.kind != "silent" else ""
            yield f"hop {hop.ttl}: {hop.address or ''} {hop.kind}{time}".replace("  ", " ")
        yield path_end(case)
    if case.ttl is not None:
        yield f"the RST arrived with TTL {case.ttl}"
    if case.control is not None:
        ttl = f" with TTL {case.control.ttl}" if case.control.ttl is not None else ""
        yield f"{control_port(case)}{ttl}"
    yield from _local_lines(case)
    if case.name_server is not None:
        message = query_icmp(case)
        yield f"name server {case.name_server.address}: {case.name_server.answer}{f', {message}' if message else ''}"
    yield from _connection_lines(case)


def _local_lines(case: Case) -> Iterator[str]:
    """Yield what the monitoring host knows about its own part of the path."""
    reach, interface, counters, hosts = case.reach, case.interface, case.counters, case.hosts
    if reach is not None:
        if reach.next_hop is None:
            yield f"route to {reach.address}: {reach.route.kind}"
        else:
            way = f"through gateway {reach.route.gateway}" if reach.route.gateway else "on the same link"
            yield f"route to {reach.address}: {way}"
        if reach.neighbour is not None:
            yield f"neighbour {reach.neighbour.address}: {reach.neighbour.state}"
    if interface is not None and interface.is_down:
        carrier = "no carrier" if interface.carrier is False else "not up"
        yield f"interface {interface.name}: {carrier}, state {interface.state}"
    if counters is not None:
        if case.undelivered():
            yield f"{plural(case.undelivered(), 'packet')} arrived at the monitoring host and went nowhere"
        if counters.reverse_path_filtered:
            yield f"{plural(counters.reverse_path_filtered, 'packet')} dropped by rp_filter of the monitoring host"
    if hosts is not None and hosts.addresses:
        yield f"/etc/hosts: {hosts.name} is {', '.join(hosts.addresses)}"


def _connection_lines(case: Case) -> Iterator[str]:
    """Yield the kernel's view of the connection, and the result of each test that was made."""
    stall, tcp = case.stall, case.tcp
    if stall is None or tcp is None:
        return
    if acknowledged(case):
        yield acknowledged(case)
    if tcp.retransmits:
        yield f"{plural(tcp.retransmits, 'segment')} retransmitted, {tcp.unacked} not acknowledged"
    if tcp.window == 0:
        yield "the receive window of the peer is zero"
    if tcp.out_of_order is not None:
        yield (
            "a segment of the answer is missing: later ones wait for it" if tcp.out_of_order
            else "no received segment waits for an earlier one"
        )  # fmt: skip
    if tcp.probes:
        # The kernel counts probes of a closed window whether they are answered or not.
        answered = ", the peer answers" if case.window_probes_answered() else " not acknowledged"
        yield f"{plural(tcp.probes, 'probe')}{answered}"
    elif case.peer_alive():
        yield f"keepalive probes for {stall.asked:.1f} s: all acknowledged"
    elif stall.asked is not None:
        reason = (
            "data is not acknowledged" if tcp.unacked
            else "the window is closed" if tcp.window == 0
            else "no time"
        )  # fmt: skip
        yield f"no keepalive probe was acknowledged: {reason}"
    if stall.small is not None:
        yield small_segments(case)
    if stall.quiet is not None:
        yield (
            "a second connection without data: its keepalive probes are acknowledged" if case.quiet_acknowledged()
            else "a second connection without data: connected, its keepalive probes are not acknowledged"
        )  # fmt: skip


# The path


def icmp_name(icmp: Icmp) -> str:
    """Return the name of an ICMP message, or its type and code."""
    return ICMP_NAMES.get((icmp.version, icmp.kind, icmp.code), f"type {icmp.kind} code {icmp.code}")


def query_icmp(case: Case) -> str:
    """Return the ICMP message that answered the query of the name server, or ""."""
    icmp = case.name_server.icmp if case.name_server is not None else None
    return (
        f"ICMP {icmp_name(icmp)} from {case.query_sender() or 'an unknown sender'}"
        if icmp is not None
        else ""
    )


def icmp_message(case: Case) -> str:
    """Return the ICMP message, its claimed sender, the sender's place on the path, and how often it arrived."""
    icmp = case.icmp
    if icmp is None:
        return ""
    name = icmp_name(icmp)
    tries = [
        each
        for attempt in case.outcome.attempts
        for each in (attempt.legs or (attempt,))
        if each.address == case.attempt.address
    ]
    same = sum(each.failure is not None and each.failure.icmp == icmp for each in tries)
    count = f", {same} of {len(tries)} tries" if len(tries) > 1 else ""
    return f"ICMP {name} from {case.sender}{_place_of_sender(case)}{count}"


def _place_of_sender(case: Case) -> str:
    if case.path is None or case.icmp is None or not case.path.hops or case.is_own_icmp():
        return ""
    if case.icmp.offender == case.address:
        return " (the host itself)"
    position = case.path.position(case.icmp.offender)
    if position is not None:
        return f" (hop {position})"
    if case.path.end is None:
        return f" (beyond hop {case.path.hops[-1].ttl})"
    # A silent hop can be the sender. Only a path without silent hops contradicts it.
    silent = any(hop.kind == "silent" for hop in case.path.hops)
    return " (not seen on the traced path)" if silent else " (does not fit the traced path)"


def path_end(case: Case) -> str:
    """Return how far the hops of the path answer."""
    path = case.path
    if path is None:
        return "the path was not traced"
    may_differ = "" if path.steady else " (paths may differ)"
    if not path.whole:
        may_differ += " (no time to finish the trace)"
    end = path.end
    if end is not None and end.kind in ("open", "refused"):
        return f"a SYN of the trace was answered at hop {end.ttl}{may_differ}"
    if end is not None:
        return f"the path ends at {end.address} (hop {end.ttl}){may_differ}"
    router = path.last_router
    if router is None:
        return "no hop of the path answers, not even hop 1"
    return f"the path answers up to {router.address} (hop {router.ttl}){may_differ}"


def control_port(case: Case) -> str:
    """Return what the control port answered, or "" if there is no control port."""
    control = case.control
    if control is None:
        return ""
    if control.kind in ("open", "refused"):
        return f"port {control.port} answers"
    return (
        f"port {control.port} does not answer"
        if control.kind == "silent"
        else f"port {control.port} is rejected"
    )


def loop(case: Case) -> str:
    """Return the routers of a routing loop."""
    path = case.path
    if path is None:
        return ""
    routers = [each or "a silent router" for each in path.loop]
    # A router may answer with another address before the loop than in it.
    place = path.position(next(filter(None, path.loop), None)) or 1
    before = next((hop.address for hop in path.hops if hop.ttl == place - 1 and hop.kind == "router"), None)
    return f"routing loop between {' and '.join(routers)}{f', after {before}' if before else ''}"


def next_hop(case: Case) -> str:
    """Return the address of the next hop."""
    return (case.reach.next_hop if case.reach is not None else None) or "unknown"


# The connection


def milliseconds(seconds: float | None) -> str:
    """Return a duration in milliseconds, with one decimal below 10 ms; in a unit that fits below 0.1 ms and from 10 s; or "unknown"."""
    if seconds is None:
        return "unknown"
    amount = seconds * 1000
    if amount < _SHORT:
        return duration(seconds)
    if amount >= _LONG:
        return f"{seconds:.1f} s"
    return f"{amount:.1f} ms" if amount < 10 else f"{amount:.0f} ms"


def small_segments(case: Case) -> str:
    """Return the result of the test with small segments, or "" if it was not made."""
    stall = case.stall
    if stall is None or stall.small is None:
        return ""
    if case.request_acknowledged():
        return f"in segments of 536 bytes {'an answer came' if stall.small else 'no answer came either'}"
    return f"segments of 536 bytes {'get through' if stall.small else 'are lost too'}"


def connected(case: Case) -> str:
    """Return how long the connect took."""
    connect = case.attempt.connect
    return f"connected in {connect * 1000:.1f} ms" if connect is not None else "connected"


def acknowledged(case: Case) -> str:
    """Return how many bytes of the request the peer's kernel acknowledged, or "" where that is unknown."""
    stall = case.stall
    if stall is None or stall.tcp is None or not stall.sent or stall.tcp.acked is None:
        return ""
    return f"{max(0, min(stall.tcp.acked - 1, stall.sent))} of {stall.sent} bytes acknowledged"


# The dialogue


def failed_step(case: Case) -> str:
    """Return the step that failed with its comment, what it expects, and how many bytes were received."""
    size = case.attempt.size
    came = f"{_expected(case)}, received {plural(size, 'byte')} that do{'es' if size == 1 else ''} not contain it"
    patience = case.recipe.expect_timeout
    if patience and (case.attempt.silence or 0.0) >= patience:
        came += f", then nothing for {plain(patience)} s (--expect-timeout)"
    step = own_step(case)
    return f"{step}{step and ': '}{case.error or came}"


def unexpected_answer(case: Case) -> str:
    """Return the step that failed with its comment, and what it expects, in a few words."""
    step = own_step(case)
    # The step may have a message of its own for this answer.
    return f"{step}{step and ': '}{case.error or _expected(case)}"


def _expected(case: Case) -> str:
    step = case.recipe.step(case.attempt.step)
    if step is not None and step.built_in:
        return f"expected {step.comment or 'another answer'}"
    return f"expected {expectation(step)}"


def own_step(case: Case) -> str:
    """Return the number and the comment of the user's step that failed, or "" if only one step reads.

    The user did not write a built-in step, and does not know its number.
    """
    number = case.attempt.step
    step = case.recipe.step(number)
    if step is None or step.built_in or (not step.comment and not several_answers(case.recipe)):
        return ""
    return (
        f"step {case.recipe.own_step(number)}{f' ({clean(step.comment, _COMMENT)})' if step.comment else ''}"
    )


def counted(case: Case) -> str:
    """Return the setting by which the server counts the connection that the check has broken, in words, or ""."""
    counter = case.recipe.broken_counts
    return f"the server counts this connection ({counter})" if counter and case.attempt.broke_off else ""


def waiting(attempt: Attempt, recipe: Recipe) -> str:
    """Return the step that an attempt waited in and what it expects, or "" where only one step reads."""
    step = recipe.step(attempt.step)
    if step is None or not step.wanted or (not step.comment and not several_answers(recipe)):
        return ""
    comment = step.comment
    if step.built_in:
        return f"waiting for {comment}" if comment else ""
    return f"step {recipe.own_step(attempt.step)}{f' ({comment})' if comment else ''} waited for {expectation(step)}"


def expectation(step: Step | None) -> str:
    """Return what a step expects, in words."""
    if step is None:
        return "an answer"
    between = " and " if step.every else " or "
    return between.join(_pattern(each) for each in step.wanted[:3]) or "an answer"


def _pattern(pattern: Pattern) -> str:
    if pattern.kind == "regex":
        return f"/{pattern.data.decode('utf-8', 'backslashreplace')}/"
    return repr(pattern.data)[1:]


def several_answers(recipe: Recipe) -> bool:
    """Whether the user's dialogue waits for more than one answer."""
    return sum(step.reads and not step.opening for step in recipe.dialogue) > 1


# TLS


def accepted_versions(case: Case) -> str:
    """Return the TLS versions that the check accepts."""
    plan = case.recipe.tls
    if plan is None or (plan.lax and not (plan.minimum or plan.maximum)):
        return "any TLS version"
    least = "1.0" if plan.lax or plan.lowers_security else "1.2"
    oldest, newest = plan.minimum or min(least, plan.maximum or least), plan.maximum or "1.3"
    return f"TLS {oldest}" if oldest == newest else f"TLS {oldest} to {newest}"


def certificate(case: Case) -> str:
    """Return what matters of the presented certificate for the failure, or "" if the server presented no certificate."""
    secured = case.attempt.secured
    if secured is None or not secured.presented:
        return ""
    if secured.problem:
        return secured.problem
    found = secured.certificates
    words = join(_defect(case, found), _second_defect(case, found[0]))
    return f"{words} (seen on a second connection, without verification)" if secured.second else words


def expiry(case: Case) -> str:
    """Return the certificate of the server that expires first, with its date."""
    first = case.outcome.first_to_expire()
    if first is None:
        return "a certificate of the server expires"
    from ..wire.certificate import day  # loaded with the certificate

    ends = "expired on" if first.not_after < case.outcome.at else "is valid until"
    return f"{first.name or 'a certificate'} {ends} {day(first.not_after)}"


# Seconds. A certificate that expired so long ago is less likely than a clock that is wrong. 30 years of 365.25 days.
_LONG_AGO = 30 * 31557600


def is_clock_ahead(case: Case) -> bool:
    """Whether the clock of the monitoring host is probably wrong: a certificate of our time expired long ago."""
    first = case.outcome.first_to_expire()
    return first is not None and 0 < first.not_after < case.outcome.at - _LONG_AGO


def today(case: Case) -> str:
    """Return the date on which the check began, by the clock of the monitoring host."""
    from ..wire.certificate import day  # loaded with the certificate

    return day(case.outcome.at)


def _second_defect(case: Case, own: Certificate) -> str:
    """Return a clause if the certificate is also outside its dates: OpenSSL reports only one of several defects."""
    from ..wire.certificate import day  # loaded with the certificate

    if case.cause in (Cause.CERTIFICATE_EXPIRED, Cause.CERTIFICATE_NOT_YET_VALID):
        return ""
    if own.not_after < case.outcome.at:
        return f"and it expired on {day(own.not_after)}"
    return f"and it is valid from {day(own.not_before)}" if own.not_before > case.outcome.at else ""


def _defect(case: Case, found: tuple[Certificate, ...]) -> str:
    from ..wire.certificate import day  # loaded with the certificate

    own = found[0]
    name = own.name or "a certificate without a subject"
    if case.cause == Cause.CERTIFICATE_NAME_MISMATCH:
        names = [*own.dns_names, *own.ip_addresses]
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        from ..wire.certificate import near_miss

        plan = case.recipe.tls
        expected = plan.expected_name(case.target.host) if plan is not None else None
        return join(
            f"it is for {', '.join(names[:5]) or 'no name'}{more}",
            near_miss(own, expected) if expected else "",
        )
    if case.cause == Cause.CERTIFICATE_EXPIRED:
        first = min(found, key=lambda each: each.not_after)
        if first.not_after > case.outcome.at + case.outcome.elapsed:
            # The server does not present a trusted root, and Python 3.9 does not return intermediates.
            return f"{name} is valid until {day(own.not_after)}, but an intermediate or root certificate has expired"
        return f"{first.name or 'a certificate without a subject'} expired on {day(first.not_after)}"
    if case.cause == Cause.CERTIFICATE_NOT_YET_VALID:
        last = max(found, key=lambda each: each.not_before)
        if last.not_before <= case.outcome.at:
            return f"{name} is valid already, but an intermediate or root certificate is not"
        return f"{last.name or 'a certificate without a subject'} is valid from {day(last.not_before)}"
    issuer = own.issuer_common_name or own.issuer or "an issuer without a name"
    return f"{name} is self-signed" if own.self_signed else f"{name} was issued by {issuer}"
