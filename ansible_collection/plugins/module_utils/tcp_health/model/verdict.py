# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The judgement of an outcome: policy, measures and metrics, the verdict, and the fault that explains it."""

from __future__ import annotations

from .causes import LOCAL_CAUSES, Cause
from .value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .outcome import Attempt, Outcome
    from .ranges import Range

OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3

STATES = {OK: "OK", WARNING: "WARNING", CRITICAL: "CRITICAL", UNKNOWN: "UNKNOWN"}
"""The states of the plugin guidelines: exit code and word."""

# The order in which the C plugins combine the states of several parts: a known problem outranks a missing answer.
# nagiosplugin ranks UNKNOWN above CRITICAL, so that a local problem would hide an outage.
RANK = {OK: 0, UNKNOWN: 1, WARNING: 2, CRITICAL: 3}


def worst(states: Iterable[int]) -> int:
    """Return the worst of several states: CRITICAL, then WARNING, then UNKNOWN, then OK."""
    return max(states, key=RANK.__getitem__, default=OK)


TLS_REFUSALS = {f"tls-{version}-refused": version for version in ("1.0", "1.1", "1.2")}
"""The values of --expect-state for a TLS version, and all older ones, that the server must refuse."""

PORT_STATES = {
    "open": frozenset(("open",)),
    "refused": frozenset(("refused",)),
    "rejected": frozenset(("rejected",)),
    "closed": frozenset(("refused", "rejected")),
    "filtered": frozenset(("filtered",)),
    "client-certificate-required": frozenset(("client-certificate-required",)),
    **dict.fromkeys(TLS_REFUSALS, frozenset(("tls-version-refused",))),
    "alive": frozenset(("open", "refused", "client-certificate-required", "tls-version-refused")),
}
"""The values of --expect-state, each with the port states (Attempt.port_state) that satisfy it."""

HANDSHAKE_STATES = frozenset(("client-certificate-required", *TLS_REFUSALS))
"""The values of --expect-state that only a TLS handshake shows."""

DNS, LOCAL, NETWORK, FIREWALL, SERVER, TLS, CONTENT = (
    "dns", "local", "network", "firewall", "server", "tls", "content",
)  # fmt: skip
DOMAINS = (DNS, LOCAL, NETWORK, FIREWALL, SERVER, TLS, CONTENT)
"""The domains that a fault may lie in, in the order in which a Fault names them."""


class Policy(Value):
    """The rules for the state: thresholds by measure as (warning, critical), and states by cause."""

    thresholds: Mapping[str, tuple[Range | None, Range | None]] = {}
    on_refused: int = CRITICAL
    on_mismatch: int = WARNING
    on_timeout: int = CRITICAL
    on_local: int = UNKNOWN
    expect_state: str = "open"

    def _validate(self) -> None:
        if self.expect_state not in PORT_STATES:
            raise ValueError(
                f"invalid port state {self.expect_state!r}: must be one of {', '.join(PORT_STATES)}"
            )
        for state in (self.on_refused, self.on_mismatch, self.on_timeout, self.on_local):
            if state not in STATES:
                raise ValueError(f"invalid state {state!r}: must be 0, 1, 2 or 3")

    def __hash__(self) -> int:
        states = self.on_refused, self.on_mismatch, self.on_timeout, self.on_local, self.expect_state
        return hash((Policy, frozenset(self.thresholds.items()), states))

    def is_bad(self, attempt: Attempt) -> bool:
        """Whether an attempt is reported: it failed, or the port is open but another state is expected."""
        return attempt.failure is not None or "open" not in PORT_STATES[self.expect_state]

    def of_failure(self, attempt: Attempt) -> int:
        """Return the state that an attempt's failure leads to; OK if it has no failure, or the expected one."""
        cause = attempt.cause
        if self.expect_state in HANDSHAKE_STATES and cause in LOCAL_CAUSES:
            return self.on_local  # no handshake was made
        if self.expect_state != "open" and attempt.port_state is not None:
            return OK if attempt.port_state in PORT_STATES[self.expect_state] else CRITICAL
        if cause is None:
            return OK
        if cause == Cause.REFUSED:
            # -r applies to TCP only. The address of a Unix socket has family 0.
            tcp = attempt.address is None or attempt.address.family != 0
            return self.on_refused if tcp else CRITICAL
        if cause == Cause.MISMATCH:
            return self.on_mismatch
        if cause in (Cause.TIMED_OUT, Cause.RESOLVER_SILENT):
            return self.on_timeout
        return self.on_local if cause in LOCAL_CAUSES else CRITICAL


class Measure(Value):
    """A number that an outcome may have: name, unit (s, % or ""), meaning, and whether a lower value is worse."""

    name: str
    unit: str
    help: str
    less_is_worse: bool = False


class Metric(Value):
    """A measure with its value, its thresholds, and the resulting state."""

    measure: Measure
    value: float
    warning: Range | None = None
    critical: Range | None = None
    state: int = OK

    @property
    def exceeded(self) -> Range | None:
        """The threshold that decided its state, or None for OK."""
        if self.state == OK:
            return None
        return self.critical if self.state == CRITICAL else self.warning


class Verdict(Value):
    """The judgement of an outcome: a state, and the reasons for it.

    base      the state because of failures and unsent probes, without thresholds
    metrics   every measure that is known, in the table's order
    failing   the attempt whose failure is reported, or None
    unsent    number of probes (--count) that were not started before the timeout
    """

    state: int
    base: int
    metrics: tuple[Metric, ...]
    outcome: Outcome
    policy: Policy
    failing: Attempt | None
    unsent: int


class Fault(Value):
    """Where the problem is.

    row        the name of the rule in the table of judgement/diagnosis.py
    domains    the possible domains according to the evidence, in the order of DOMAINS
    short      a few words for the first line
    sentence   one sentence for the second line
    box        the address of the device that has the problem or reported it, or None
    evidence   the evidence, a line each
    next       a command to try next, or ""
    """

    row: str
    domains: tuple[str, ...]
    short: str
    sentence: str
    box: str | None
    evidence: tuple[str, ...]
    next: str
