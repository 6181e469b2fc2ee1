# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Performance data: check_tcp's item, and lines that both engines can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from support.perfdata import icinga, nagios
from support.reported import bad, good, judged
from tcp_health.judgement.measures import applicable
from tcp_health.model.causes import CAUSES, Phase
from tcp_health.report.perfdata import perfdata

if TYPE_CHECKING:
    from tcp_health.model.outcome import Attempt


def test_check_tcp_s_item() -> None:
    result = judged("-w 0.5 -c 5 --perfdata time", good())
    assert [str(item) for item in perfdata(result)] == ["time=0.000847s;0.500000;5.000000;0.000000;10.000000"]


def test_perfdata_none_leaves_out_every_item() -> None:
    assert perfdata(judged("--perfdata none", good())) == ()


def test_an_item_without_thresholds_keeps_its_fields() -> None:
    result = judged("", good())
    assert str(perfdata(result)[0]) == "time=0.000847s;;;0.000000;10.000000"


def test_a_percentage_ends_at_100() -> None:
    result = judged("--count 2 --warning-failed 10% --critical-loss 5:", good(), good(probe=1))
    items = {item.label: str(item) for item in perfdata(result)}
    assert items["failed"] == "failed=0%;10;;0;100"
    assert items["loss"] == "loss=0%;;5:;0;100"


ATTEMPTS = st.builds(
    lambda failed, cause, phase, facts, number, known: (
        bad(cause, phase, **facts, number=number) if failed else good(**facts, number=number)
    ).replace(**dict.fromkeys(known)),
    st.booleans(),
    st.sampled_from(sorted(CAUSES)),
    st.sampled_from([Phase.RESOLVE, Phase.CONNECT, Phase.TLS, Phase.SEND, Phase.RECEIVE]),
    st.fixed_dictionaries(
        {name: st.floats(0, 1e6) for name in ("time", "resolve", "connect", "tls", "first_byte", "rtt")}
    ),
    st.integers(1, 3),
    st.sets(st.sampled_from(["resolve", "connect", "tls", "first_byte", "rtt", "retransmits"])),
)
SETTINGS = st.sampled_from(
    ["", "-w 0.5 -c 1:", "-e x", "--read eof -w ~:5", "--count 3", "--count 3 --warning-loss 5 --critical-rtt-p95 @1:2", "-S -D 30,5",
     "--retries 2 --critical-failed 50", "--warning-connect-max 5ms"]
)  # fmt: skip


@given(SETTINGS, st.lists(ATTEMPTS, min_size=1, max_size=5))
def test_every_perfdata_line_is_in_both_grammars_and_a_beginning_of_the_whole(
    words: str, attempts: list[Attempt]
) -> None:
    result = judged(words, *(attempt.replace(probe=index) for index, attempt in enumerate(attempts)))
    items = perfdata(result)
    line = " ".join(map(str, items))
    assert [item.label for item in nagios(f"text|{line}").items] == [item.label for item in items]
    assert [item.label for item in icinga(f"text|{line}").items] == [item.label for item in items]
    whole = [
        measure.name
        for measure in applicable(result.verdict.outcome.probe, frozenset(result.check.policy.thresholds))
    ]
    assert [item.label for item in items] == whole[: len(items)]
    assert items[0].label == "time"
