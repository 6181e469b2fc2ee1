# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines, rows and variables from what a watch observes."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from support.command_line import built
from support.fake_network import FakeNetwork
from support.scripted import RESET, Name, accepts, refuses
from tcp_health.model.observation import Outage, Summary
from tcp_health.report.observed import (
    COLUMNS,
    clock,
    environment,
    milliseconds,
    outage_line,
    probe_line,
    row,
    summary_lines,
    summary_row,
)
from tcp_health.report.sentence import output
from tcp_health.runs.schedule import Schedule, observe
from tcp_health.text.units import utc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.scripted import Server
    from tcp_health.model.observation import Observation

A = "10.0.0.1"


@pytest.fixture(autouse=True)
def _zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A zone that is not UTC."""
    monkeypatch.setenv("TZ", "XYZ-2")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def row_of_lines(found: Observation) -> str:
    return " ".join(output(found.result)[1:])


def seen(words: str, number: int, *servers: Server) -> list[Observation]:
    network = FakeNetwork({A: list(servers)}, {"db1": Name(A)})
    observed = observe(Schedule([built(f"--watch {words} --trace never")]), network=network)
    found = list(islice(observed, number))
    observed.close()
    return found


def test_a_line_has_the_address_and_the_lookup_of_a_name_only_where_there_was_one() -> None:
    first, second = seen("db1:80", 2, accepts(after=0.1))
    assert probe_line(first, date=False).endswith(
        " db1:80 (10.0.0.1) resolve 1.00 ms, connect 100 ms, time 101 ms, rtt 100 ms"
    )
    assert probe_line(second, date=False).endswith(
        " db1:80 (10.0.0.1) connect 100 ms, time 100 ms, rtt 100 ms"
    )
    (literal,) = seen(f"{A}:80", 1, accepts(after=0.1))
    assert probe_line(literal, date=False).endswith(f" {A}:80 connect 100 ms, time 100 ms, rtt 100 ms")


def test_a_failure_has_its_reason_and_does_not_repeat_the_target() -> None:
    (failed,) = seen("db1:80", 1, refuses())
    assert probe_line(failed).endswith(
        " db1:80 (10.0.0.1) CRITICAL Connection refused - firewall or server: refused"
    )


def test_an_expected_failure_is_a_healthy_line() -> None:
    (expected,) = seen(f"{A}:80 --expect-state refused", 1, refuses())
    assert "CRITICAL" not in probe_line(expected)
    assert "refused" in probe_line(expected)
    assert not expected.failed


def test_the_line_of_an_outage_has_its_length() -> None:
    found = seen(f"{A}:80", 3, refuses(), refuses(), accepts())
    assert [outage_line(each) for each in found[:2]] == ["", ""]
    assert outage_line(found[2], date=False).partition(" ")[2].startswith(f"{A}:80 answers again after 2.0")
    assert outage_line(found[2]).endswith(" s, 2 probes failed")


def test_a_row_has_all_columns_and_harmless_text() -> None:
    (found,) = seen(f"{A}:80 -e 220 --expect-timeout 0.1", 1, accepts(b"\x1b[31mno | <b>\n"))
    facts = row(found)
    assert tuple(facts) == COLUMNS
    assert (facts["state"], facts["cause"], facts["failed"]) == ("WARNING", "mismatch", True)
    assert not set("\x1b|<\n") & set(facts["output"])


def test_times_are_local_in_text_and_utc_in_rows() -> None:
    assert clock(1_800_000_000.5) == "2027-01-15 10:00:00.500"
    assert clock(1_800_000_000.5, date=False) == "10:00:00.500"
    assert utc(1_800_000_000.5) == "2027-01-15T08:00:00.500Z"


def test_the_variables_of_a_change() -> None:
    first, second = seen("db1:80", 2, refuses(), accepts())
    assert environment(first) == {
        "TCP_HEALTH_TARGET": "db1:80",
        "TCP_HEALTH_HOST": "db1",
        "TCP_HEALTH_PORT": "80",
        "TCP_HEALTH_ADDRESS": A,
        "TCP_HEALTH_STATE": "CRITICAL",
        "TCP_HEALTH_STATE_BEFORE": "OK",
        "TCP_HEALTH_AT": row(first)["at"],
        "TCP_HEALTH_CAUSE": "refused",
        "TCP_HEALTH_PHASE": "connect",
        "TCP_HEALTH_FAULT": "firewall or server: refused",
        "TCP_HEALTH_OUTPUT": row(first)["output"],
        "TCP_HEALTH_LONG_OUTPUT": row_of_lines(first),
        "TCP_HEALTH_OUTAGE_SECONDS": "",
    }
    facts = environment(second)
    assert (facts["TCP_HEALTH_STATE"], facts["TCP_HEALTH_CAUSE"]) == ("OK", "")
    assert float(facts["TCP_HEALTH_OUTAGE_SECONDS"]) == pytest.approx(1.0, abs=0.01)


def test_the_outage_is_known_when_several_probes_confirm_its_end() -> None:
    found = seen(f"{A}:80 --consecutive 2", 4, refuses(), refuses(), accepts())
    assert found[3].before is not None
    assert float(environment(found[3])["TCP_HEALTH_OUTAGE_SECONDS"]) == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("servers", [[accepts(RESET)], [accepts(b"\0\xff" * 3000)], [accepts(b"a\0b=c")]])
def test_no_answer_puts_a_nul_or_a_line_into_a_variable(servers: list[Server]) -> None:
    for found in seen(f"{A}:80 -e 220 --expect-timeout 0.1", 1, *servers):
        assert all(value.isprintable() or not value for value in environment(found).values())


def test_durations_have_three_digits() -> None:
    shown = [milliseconds(each) for each in (0.0000123, 0.000412, 0.0012, 0.0123, 0.12, 1.204, 12.5)]
    assert shown == ["0.012 ms", "0.412 ms", "1.20 ms", "12.3 ms", "120 ms", "1204 ms", "12500 ms"]


def test_statistics_fit_eighty_columns() -> None:
    network = FakeNetwork({A: [accepts(after=0.1), refuses(), accepts(after=2)]})
    schedule = Schedule([built(f"--watch {A}:80 --trace never")])
    observed = observe(schedule, network=network)
    list(islice(observed, 4))
    observed.close()
    summary = schedule.targets[0].summary(network.now())
    lines = summary_lines(schedule.targets[0].check, summary)
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines[2:6]] == ["min", "connect", "rtt", "time"]
    assert lines[-1].startswith("1 outage, the longest: ")
    facts = summary_row(schedule.targets[0].check, summary)
    assert (facts["sent"], facts["failed"], facts["outages"]) == (4, 1, 1)
    assert facts["durations"]["connect"]["count"] == 3


def test_an_outage_of_several_days_has_both_dates_and_one_that_lasts_has_no_end() -> None:
    check = built(f"--watch {A}:80")

    def last(outage: Outage) -> str:
        return summary_lines(check, Summary(0.0, 9.0, 9, 9, 0, 0, 0, (), 1, outage, 2))[-1]

    assert last(Outage(1_800_000_000.0, 10.0, 3)).endswith("2027-01-15 10:00:00.000 to 10:00:10.000")
    assert last(Outage(1_800_000_000.0, 86400.0, 3)).endswith(" to 2027-01-16 10:00:00.000")
    assert last(Outage(1_800_000_000.0, 10.0, 3, ended=False)).endswith("2027-01-15 10:00:00.000 to now")
