# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The short path of a check asks for the same things as the long one, and has the same result."""

from __future__ import annotations

import sys
import threading
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from scenarios import SCENARIOS
from support.conversing import converse as carried_out
from support.fake_network import FakeConnection, FakeNetwork
from support.playing import check_of
from support.scripted import END, RESET, accepts, refuses
from tcp_health.conversation.probe import converse
from tcp_health.conversation.short import begin, is_short
from tcp_health.conversation.wants import Fork, Inspect, Pause, Want
from tcp_health.model.causes import Cause
from tcp_health.model.dialogue import Hear, Pattern, Say, StartTls
from tcp_health.model.outcome import Failure
from tcp_health.model.recipe import TlsPlan
from tcp_health.model.target import Address

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.scenario import Scenario
    from tcp_health.conversation.wants import Conversation
    from tcp_health.model.outcome import Attempt
    from tcp_health.model.recipe import Probe

SHORT = [each for each in SCENARIOS if is_short(check_of(each.words).probe.recipe)]
FOLDER = "/run/test"
ADDRESS = Address(4, "10.0.0.1", 4000)
PLAIN = check_of("-H 10.0.0.1 -p 4000").probe


def probe_of(scenario: Scenario) -> Probe:
    """The probe of a scenario."""
    return check_of(scenario.words, folder=FOLDER).probe


def network_of(scenario: Scenario) -> FakeNetwork:
    """A new network with the servers of a scenario."""
    servers = {text.format(folder=FOLDER): each for text, each in scenario.servers.items()}
    return FakeNetwork(servers, scenario.names)


def in_step(probe: Probe, start: float) -> Conversation:
    """Carry out the short conversation, and give its answers to the long one: both must ask for the same things.

    The children of a fork cannot be carried out twice. So the comparison ends there.
    """
    short, long = begin(probe, start), converse(probe, start)
    want, same = next(short), next(long)
    while True:
        if isinstance(want, Fork):
            assert isinstance(same, Fork)
            assert (want.deadline, len(want.children)) == (same.deadline, len(same.children))
            long.close()
            return (yield from going_on(short, want))
        assert want == same
        answer = yield want
        ends = []
        try:
            want = short.send(answer)
        except StopIteration as end:
            ends.append(end.value)
        try:
            same = long.send(answer)
        except StopIteration as end:
            ends.append(end.value)
        if ends:
            assert len(ends) == 2
            assert ends[0] == ends[1]
            return ends[0]


def going_on(conversation: Conversation, want: Want) -> Conversation:
    """Carry out the rest of a conversation, from a want that it has yielded."""
    try:
        while True:
            want = conversation.send((yield want))
    except StopIteration as end:
        return end.value


def played(conversation: Callable[..., Conversation], probe: Probe, network: FakeNetwork) -> Any:
    """Carry out a conversation that begins now."""
    return carried_out(conversation(probe, network.now()), network)


@pytest.mark.parametrize("scenario", SHORT, ids=str)
def test_both_paths_want_the_same(scenario: Scenario) -> None:
    played(in_step, probe_of(scenario), network_of(scenario))


@pytest.mark.parametrize("scenario", SHORT, ids=str)
def test_both_paths_have_the_same_result(scenario: Scenario) -> None:
    probe = probe_of(scenario)
    short, long = (played(way, probe, network_of(scenario)) for way in (begin, converse))
    assert short == long


def test_many_scenarios_take_the_short_path() -> None:
    assert len(SHORT) > 40


STARTS = ((), (0.01,), (0.3,), (0.6,))
PARTS = (
    (), (b"a",), (b"a", b"b"), (b"abc", 0.02, b"de", 0.01, b"f"), (b"abc", 0.7, b"de"), (b"x" * 5000, 0.01, b"y"),
    (b"abc", 9.8, b"d"), (0.01, b"a") * 20,
)  # fmt: skip
ENDS = ((), (END,), (0.05, END), (0.2, END), (0.05, b"z", 0.05, b"z", END), (RESET,))
WORDS = (
    "", "--read eof", "--read data", "--read eof -m 4", "--read data -m 2", "--read eof -m 4500",
    "--read eof --retries 2", "--read eof --attempt-timeout 0.65", "--read eof --trace never", "-t 0.6", "-e a",
    "--read eof -q bye", "--read eof --trace always", "--read eof --count 2 --interval 0.1", "-j", "-r ok",
)  # fmt: skip


@pytest.mark.parametrize("words", WORDS)
def test_every_answer_is_the_same(words: str) -> None:
    probe = check_of(f"-H 10.0.0.1 -p 4000 {words}").probe
    for start, parts, end in product(STARTS, PARTS, ENDS):
        results = []
        for way in (in_step, begin, converse):
            server = accepts(*start, *parts, *end)
            results.append(played(way, probe, FakeNetwork({"10.0.0.1": server})))
        assert results[1] == results[2], server
        assert results[0] == results[2], server


def test_a_user_who_interrupts_a_short_check_has_no_attempt() -> None:
    """As in the long conversation, which has none before the first has ended."""
    for way in (begin, converse):
        conversation = way(PLAIN, 0.0)
        next(conversation)
        with pytest.raises(KeyboardInterrupt):
            conversation.throw(KeyboardInterrupt())


def test_an_interrupt_after_the_first_attempt_keeps_it() -> None:
    """A failure that a second attempt is to confirm is known, whatever the user interrupts then."""
    ends = []
    for way in (begin, converse):
        conversation = way(PLAIN, 0.0)
        next(conversation)
        conversation.send((0.1, (ADDRESS,), None))
        want = conversation.send((0.2, None, Failure(Cause.UNREACHABLE, "No route to host")))
        assert isinstance(want, Pause)
        with pytest.raises(StopIteration) as end:
            conversation.throw(KeyboardInterrupt())
        ends.append(end.value.value)
    attempts, sent, interrupted = ends[0]
    assert ([each.cause for each in attempts], sent, interrupted) == ([Cause.UNREACHABLE], 1, True)
    assert ends[0] == ends[1]


def test_an_interrupt_while_the_attempt_is_told_keeps_it() -> None:
    """The caller may write the attempt to a reader that is slow, and the user interrupts that."""

    def tell(_: Probe, attempt: Attempt) -> None:
        raise KeyboardInterrupt

    ends = []
    for way in (begin, converse):
        network = FakeNetwork({"10.0.0.1": accepts(b"a", END)})
        try:
            ends.append(carried_out(way(PLAIN, network.now(), tell), network))
        except KeyboardInterrupt:
            pytest.fail("the attempt is lost")
    attempts, sent, interrupted = ends[0]
    assert ([each.cause for each in attempts], sent, interrupted) == ([None], 1, True)
    assert ends[0] == ends[1]


def test_threads_do_not_mix_their_recipes() -> None:
    """A check with TLS must not take the short path, because another thread begins a plain one at the same time."""
    secure = PLAIN.replace(recipe=PLAIN.recipe.replace(tls=TlsPlan(), dialogue=(StartTls(),)))
    wrong: list[str] = []
    started = threading.Barrier(2)

    def begin_many(probe: Probe, name: str) -> None:
        started.wait(10)
        for _unused in range(30_000):
            own = probe.replace(recipe=probe.recipe)
            code: Any = begin(own, 0.0)
            if code.gi_code.co_name != name:
                wrong.append(code.gi_code.co_name)

    threads = [
        threading.Thread(target=begin_many, args=each) for each in ((PLAIN, "_short"), (secure, "converse"))
    ]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
    finally:
        sys.setswitchinterval(before)
    assert not wrong


def test_bytes_after_the_deadline_are_a_timeout_in_both() -> None:
    """A server that never stops sending leaves no time for a read to time out."""
    answers: list[Any] = [
        (0.1, (ADDRESS,), None), (0.2, FakeConnection(ADDRESS, accepts(), 0.1), None),
        (0.3, b"abc", None), (10.1, b"def", None),
    ]  # fmt: skip
    wants = []
    for way in (begin, converse):
        conversation = way(check_of("-H 10.0.0.1 -p 4000 --read eof").probe, 0.0)
        want = next(conversation)
        for answer in answers:
            want = conversation.send(answer)
        wants.append(want)
    assert wants == [Inspect(answers[1][1])] * 2


def test_each_attempt_is_told_in_both() -> None:
    told: list[list[Attempt]] = []
    for way in (begin, converse):
        for server in (accepts(b"a", END), refuses()):
            network = FakeNetwork({"10.0.0.1": server})
            ended: list[Attempt] = []

            def tell(_: Probe, attempt: Attempt, ended: list[Attempt] = ended) -> None:
                ended.append(attempt)

            conversation = way(PLAIN, network.now(), tell)
            carried_out(conversation, network)
            told.append(ended)
    assert [len(each) for each in told] == [1, 1, 1, 1]
    assert told[:2] == told[2:]


@pytest.mark.parametrize(
    "changes",
    [
        {"network": "udp"}, {"any_port": (80, 81)}, {"receive_delay": 0.1}, {"broken_counts": "max_connect_errors"},
        {"quit": b"bye"}, {"count": 2}, {"close": "reset"}, {"trace": "always"}, {"dialogue": (Say(parts=(b"a",)),)},
        {"dialogue": (Hear(), Hear())}, {"dialogue": (Hear(wanted=(Pattern("text", b"a"),)),)},
        {"dialogue": (Hear(unwanted=((Pattern("text", b"a"), ""),)),)}, {"tls": TlsPlan(), "dialogue": (StartTls(),)},
    ],
    ids=str,
)  # fmt: skip
def test_what_needs_more_takes_the_long_path(changes: dict[str, Any]) -> None:
    assert is_short(PLAIN.recipe)
    assert not is_short(PLAIN.recipe.replace(**changes))
