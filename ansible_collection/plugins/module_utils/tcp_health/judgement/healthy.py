# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Decide whether an outcome is a plain healthy one, which needs no judgement: the short path of a sweep."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.outcome import Outcome
    from ..model.verdict import Policy


def is_healthy(outcome: Outcome, policy: Policy) -> bool:
    """Whether a check is OK beyond doubt: one attempt of a plain TCP check succeeded, and no threshold is set.

    Then ``judge`` returns OK without a failing attempt, and there is no fault. False decides nothing. The tests compare
    both paths over the table of scenarios.
    """
    attempts = outcome.attempts
    if len(attempts) != 1:
        return False
    attempt = attempts[0]
    if attempt.failure is not None or attempt.retransmits or attempt.legs or attempt.address is None:
        return False
    recipe = outcome.probe.recipe
    return (
        recipe.count == 1
        and recipe.tls is None
        and recipe.network == "tcp"
        and attempt.address.family != 0
        and not policy.thresholds
        and policy.expect_state == "open"
    )
