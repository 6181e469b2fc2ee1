# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The domains of a fault: evidence narrows them, and without the evidence they are wider. Every alert has some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from scenarios import SCENARIOS
from support.attempts import HERE, V4, bad, good, legs
from support.fake_network import FakeNetwork
from support.given import GIVEN, SLOW, Given
from support.playing import check_of
from tcp_health.dialogue.steps import exchange
from tcp_health.judgement import diagnosis
from tcp_health.judgement.judge import judge
from tcp_health.judgement.measures import BY_NAME, MEASURES
from tcp_health.model.causes import CAUSES, Phase
from tcp_health.model.outcome import Outcome
from tcp_health.model.ranges import Range
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.verdict import OK, PORT_STATES, Policy
from tcp_health.report.document import to_document
from tcp_health.runs.repeat import evaluate, fault_of
from tcp_health_plugins.common.usage import UsageError

if TYPE_CHECKING:
    from support.scenario import Scenario

PHASES = (Phase.RESOLVE, Phase.CONNECT, Phase.TLS, Phase.SEND, Phase.RECEIVE)


@pytest.mark.parametrize("given", GIVEN, ids=str)
def test_the_evidence_leads_to_its_domains(given: Given) -> None:
    fault = given.fault()
    shown = " / ".join((fault.short, fault.sentence, *fault.evidence))
    assert (fault.row, sorted(fault.domains)) == (given.row, sorted(given.domains)), shown
    for words in given.says:
        assert words in shown
    for words in given.never:
        assert words not in shown


@pytest.mark.parametrize("given", [each for each in GIVEN if each.without], ids=str)
def test_missing_evidence_widens_the_domains(given: Given) -> None:
    for attempt, domains in given.without:
        wider = given.fault(attempt)
        assert set(wider.domains) == set(domains.split()), wider
        assert set(given.fault().domains) < set(wider.domains), wider


@pytest.mark.parametrize("row", {each.row: each for each in GIVEN}.values(), ids=lambda each: each.row)
def test_without_its_row_the_evidence_leads_to_another(row: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    rest = tuple(each for each in diagnosis.TABLE if each.name != row.row)
    monkeypatch.setattr(diagnosis, "TABLE", rest)
    if row.row != "other":
        assert row.fault().row != row.row


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
@pytest.mark.parametrize(
    "words", ["", " -w 0 -c 1000", " --warning-connect 0", " --expect-state filtered", " --count 3"]
)
def test_every_alert_of_every_scenario_has_a_domain(scenario: Scenario, words: str) -> None:
    servers = {text.format(folder="/run/test"): each for text, each in scenario.servers.items()}
    network = FakeNetwork(servers, scenario.names)
    try:
        check = check_of(scenario.words + words)
    except (ValueError, UsageError):
        return  # the scenario has the option already, or excludes it
    document = to_document(evaluate(check, network=network))
    network.shut()
    assert (document["fault"] is not None) or document["state"] == "OK", document["output"]
    if document["fault"] is not None:
        assert document["fault"]["domains"]


@pytest.mark.parametrize(("row", "domains", "facts", "name"), SLOW)
def test_a_time_above_its_threshold_goes_to_its_largest_part(
    row: str, domains: str, facts: dict[str, Any], name: str
) -> None:
    policy = Policy({name: (threshold(name, "0.2"), None)})
    probe = check_of("-H db -p 5432 --tls --read data").probe
    fault = fault_of(judge(Outcome(probe, (good(**facts),)), policy))
    assert fault is not None
    assert (fault.row, sorted(fault.domains)) == (row, sorted(domains.split())), fault
    assert " ms" in fault.sentence


def test_probes_that_were_not_sent_are_attributed_as_their_time() -> None:
    slow = good(first_byte=4.0, time=4.1)
    verdict = judge(Outcome(Probe(HERE, Recipe(count=2, dialogue=exchange(read="data"))), (slow,)), Policy())
    fault = fault_of(verdict)
    assert fault is not None
    assert (fault.row, fault.domains) == ("slow-answer", ("server",))


attempts = st.one_of(
    st.builds(
        lambda cause, phase, time: bad(cause, phase=phase, time=time),
        st.sampled_from(sorted(CAUSES)), st.sampled_from(PHASES), st.floats(0, 20),
    ),
    st.builds(
        lambda time, rtt, connect, first, repeated: good(
            time=time, rtt=rtt, connect=connect, first_byte=first, retransmits=repeated
        ),
        st.floats(0, 20), st.none() | st.floats(0, 2), st.none() | st.floats(0, 4), st.none() | st.floats(0, 9),
        st.none() | st.integers(0, 3),
    ),
)  # fmt: skip


def threshold(name: str, text: str) -> Range:
    measure = BY_NAME[name]
    return Range.parse(text, measure.unit, less_is_worse=measure.less_is_worse)


@for_all(
    st.lists(attempts, min_size=1, max_size=3), st.integers(0, 2), st.sampled_from(sorted(PORT_STATES)),
    st.dictionaries(st.sampled_from([each.name for each in MEASURES]), st.sampled_from(["0", "1:", "@0:1000", "0.5"]), max_size=3),
)  # fmt: skip
def test_every_alert_has_a_domain(
    found: list[Any], unsent: int, expected: str, ranges: dict[str, str]
) -> None:
    finals = tuple(each.replace(probe=number) for number, each in enumerate(found))
    recipe: Any = {"count": len(finals) + unsent, "dialogue": exchange(read="data")}
    limits = {name: (None, threshold(name, text)) for name, text in ranges.items()}
    verdict = judge(
        Outcome(Probe(HERE, Recipe(**recipe)), finals, len(finals)), Policy(limits, expect_state=expected)
    )
    fault = fault_of(verdict)
    if verdict.state != OK:
        assert fault is not None
        assert fault.domains


def test_a_failed_address_of_several_has_a_domain() -> None:
    attempt = legs(good(), bad("other", address=V4), of=good())
    verdict = judge(Outcome(Probe(HERE, Recipe(addresses="all")), (attempt,)), Policy())
    fault = fault_of(verdict)
    assert fault is not None
    assert fault.row == "other"
