# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The short path of a check that connects, reads and closes: the wants of the long conversation, without its steps.

It has no result of its own but that of a healthy attempt. At any other answer the long conversation begins, is given the
answers so far, and goes on. So whatever fails is handled in one place, and both paths ask for the same things in the same
order: the tests compare them over the table of scenarios.
"""

from __future__ import annotations

from ..model.causes import Cause
from ..model.outcome import Attempt
from .probe import converse
from .session import DRAIN, FIRST_LOOK, KEPT, LEAST_RETRANSMISSION
from .wants import Close, Connect, Finish, Receive, Resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..model.recipe import Probe, Recipe
    from .wants import Answer, Conversation, Steps, Tell

# Answers that are kept for the long conversation. A greeting and its end are four.
_MOST_ANSWERS = 16


def begin(probe: Probe, start: float, tell: Tell | None = None) -> Conversation:
    """Return the conversation of a probe that begins at ``start``: the short one where its recipe allows it.

    tell and the result are as in ``converse``.
    """
    recipe = probe.recipe
    known = _last[0]  # read once: another thread may replace it
    if recipe is not known[0]:
        _last[0] = known = recipe, is_short(recipe)
    return _short(probe, start, tell) if known[1] else converse(probe, start, tell)


# The recipe of the last probe, and whether it is short: the rows of a sweep share few recipes.
_last: list[Any] = [(None, False)]


def is_short(recipe: Recipe) -> bool:
    """Whether a check is one attempt without TLS that sends nothing, and accepts any answer."""
    dialogue = recipe.dialogue
    if dialogue:
        step = dialogue[0]
        if len(dialogue) > 1 or not step.reads or step.wanted or step.unwanted:  # type: ignore[attr-defined]
            return False
    return (
        recipe.network == "tcp"
        and recipe.tls is None
        and recipe.count == 1
        and recipe.trace != "always"
        and recipe.close == "polite"
        and not (recipe.quit or recipe.any_port or recipe.receive_delay or recipe.broken_counts)
    )


def _short(  # noqa: PLR0915 - a generator for each part would take back a part of the time that it saves
    probe: Probe, start: float, tell: Tell | None
) -> Steps[object]:
    """Run the conversation of a probe whose recipe is short."""
    recipe = probe.recipe
    target = probe.target
    whole = start + recipe.timeout
    tries = recipe.retries + 1
    limit = recipe.attempt_timeout
    deadline = min(start + ((whole - start) / tries if limit is None else limit), whole)
    explains = tries == 1 and Cause.TIMED_OUT not in recipe.final
    looks = explains and recipe.trace != "never"
    look = min(start + FIRST_LOOK, deadline) if looks else deadline
    answers = []

    answer = yield Resolve(target, recipe, look)
    answers.append(answer)
    at, addresses, failure = answer
    if failure is not None or len(addresses) > 1 or not addresses[0].family:
        return (yield from _resumed(probe, start, tell, answers))
    address = addresses[0]
    resolve = at - start

    answer = yield Connect(address, recipe, look, None, look == deadline)
    answers.append(answer)
    at, connection, failure = answer
    if failure is not None or connection is None:
        return (yield from _resumed(probe, start, tell, answers))
    connect = at - connection.began

    first_byte = None
    received = b""
    size = 0
    pause = 0.0
    ended = False
    last = at
    if recipe.dialogue:
        most = recipe.max_bytes
        step: Any = recipe.dialogue[0]  # a Hear, whose class a check without a dialogue does not load
        to_the_end = step.read == "eof"
        while True:
            look = last + FIRST_LOOK
            answer = yield Receive(connection, min(deadline, look))
            answers.append(answer)
            now, data, failure = answer
            if failure is not None or len(answers) >= _MOST_ANSWERS or now >= deadline:
                return (yield from _resumed(probe, start, tell, answers))
            if first_byte is None:
                first_byte = now - at
                if first_byte >= LEAST_RETRANSMISSION and explains:
                    return (yield from _resumed(probe, start, tell, answers))
            if not data:
                if not size and step.required:
                    return (yield from _resumed(probe, start, tell, answers))
                ended = True
                last = now
                break
            if size and now - last > pause:
                pause = now - last
            last = now
            size += len(data)
            received += data
            if not to_the_end or (most and size >= most):
                break
        if most:
            received = received[:most]
        received = received[:KEPT]

    if not ended:
        until = min(last + DRAIN, deadline)
        yield Finish(connection)
        data = b"more"
        failure = None
        now = last
        while data and failure is None and now < until:
            now, data, failure = yield Receive(connection, until)
    yield Close(connection)
    attempt = Attempt(
        address=address,
        resolve=resolve,
        connect=connect,
        first_byte=first_byte,
        time=last - start,
        rtt=connection.rtt,
        retransmits=connection.retransmits,
        received=received,
        size=size,
        pause=pause,
    )
    return (attempt,), 1, tell is not None and _is_interrupted(tell, probe, attempt)


def _is_interrupted(tell: Tell, probe: Probe, attempt: Attempt) -> bool:
    """Call ``tell``; return whether the user interrupted that. The attempt has ended, and counts."""
    try:
        tell(probe, attempt)
    except KeyboardInterrupt:
        return True
    return False


def _resumed(probe: Probe, start: float, tell: Tell | None, answers: list[Answer]) -> Steps[object]:
    """Begin the long conversation, give it the answers so far, and continue with it."""
    long = converse(probe, start, tell)
    try:
        want = next(long)
        for answer in answers:
            want = long.send(answer)
        answers.clear()
        while True:
            try:
                answer = yield want
            except GeneratorExit:  # noqa: PERF203 - it takes no time where nothing is raised
                long.close()
                raise
            except KeyboardInterrupt as interrupt:
                want = long.throw(interrupt)
            else:
                want = long.send(answer)
    except StopIteration as end:
        return end.value
