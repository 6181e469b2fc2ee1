# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""A check, and the result of carrying it out: what the report and every interface get."""

from __future__ import annotations

from .value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .outcome import Outcome
    from .recipe import Probe
    from .verdict import Fault, Policy, Verdict


class Options(Value, kw_only=True):
    """How a check is repeated and reported; shared by all checks with the same settings. Times are seconds.

    service            upper-case name for the first line
    host_named         whether the first line names the host (check_tcp omits a host that was given without -H)
    hide_output        whether the server's answer is hidden
    as_check_tcp       whether the output is check_tcp's wherever check_tcp has one, because the program has one of its names
    certificate_line   whether the first line is about the certificate, as with check_tcp's -D
    verbose, explain, output, perfdata, color, tls_limit   as the settings with these names
    wait               how long to repeat the check until it is OK; None: it runs once
    wait_interval      pause before the check is repeated
    consecutive        number of checks in a row that must be OK, or of probes of a watch that change the state
    failures_only, on_change   as the settings with these names, for a watch
    """

    service: str = "TCP"
    host_named: bool = True
    hide_output: bool = False
    as_check_tcp: bool = False
    certificate_line: bool = False
    verbose: int = 0
    explain: bool = False
    output: str = "text"
    perfdata: str | None = None
    color: str | None = None
    tls_limit: int = 64
    wait: float | None = None
    wait_interval: float = 1.0
    consecutive: int = 1
    failures_only: bool = False
    on_change: str | None = None


class Check(Value):
    """A complete check, as its settings describe it: what to probe, how to judge it, how to report it."""

    probe: Probe
    policy: Policy
    options: Options


class Rounds(Value):
    """How often a check was carried out (--wait).

    number   how often
    good     how many of the last were OK without a break
    wanted   how many in a row must be OK
    elapsed  seconds from the start of the first to the end of the wait; None: there was no wait
    """

    number: int = 1
    good: int = 0
    wanted: int = 1
    elapsed: float | None = None

    @property
    def held(self) -> bool:
        """Whether enough checks in a row were OK."""
        return self.good >= self.wanted


class Result(Value):
    """The result of a check.

    ``fault``    where the problem is, or None if there is no problem
    ``rounds``   how often the check was carried out
    """

    check: Check
    verdict: Verdict
    fault: Fault | None = None
    rounds: Rounds = Rounds()

    @property
    def state(self) -> int:
        """The state: a key of STATES, and the exit code."""
        return self.verdict.state

    @property
    def elapsed(self) -> float:
        """The duration in seconds, of all repetitions together."""
        whole = self.rounds.elapsed
        return self.verdict.outcome.elapsed if whole is None else whole

    @property
    def outcome(self) -> Outcome:
        """The facts that the verdict is about."""
        return self.verdict.outcome
