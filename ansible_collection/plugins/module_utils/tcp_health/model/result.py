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
    host_named         whether the first line names the host (check_tcp leaves out one given as a bare word)
    hide_output        whether what the server sent stays hidden
    certificate_line   whether the first line is about the certificate, as with check_tcp's -D
    verbose, explain, output, perfdata, tls_limit   as the settings of these names
    wait               how long to repeat the check until it is OK, or None: it is made once
    wait_interval      pause between two rounds
    consecutive        rounds in a row that must be OK
    """

    service: str = "TCP"
    host_named: bool = True
    hide_output: bool = False
    certificate_line: bool = False
    verbose: int = 0
    explain: bool = False
    output: str = "text"
    perfdata: str | None = None
    tls_limit: int = 64
    wait: float | None = None
    wait_interval: float = 1.0
    consecutive: int = 1


class Check(Value):
    """Everything that a set of settings asks for: what to probe, how to judge it, how to report it."""

    probe: Probe
    policy: Policy
    options: Options


class Rounds(Value):
    """How often a check was repeated (--wait).

    number   rounds made
    good     rounds in a row, up to the last, that were OK
    wanted   rounds in a row that had to be OK
    """

    number: int = 1
    good: int = 0
    wanted: int = 1

    @property
    def held(self) -> bool:
        """Whether enough rounds in a row were OK."""
        return self.good >= self.wanted


class Result(Value):
    """The result of a check.

    fault    where the problem is, or None where nothing is wrong
    rounds   how often it was repeated
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
    def outcome(self) -> Outcome:
        """The facts."""
        return self.verdict.outcome
