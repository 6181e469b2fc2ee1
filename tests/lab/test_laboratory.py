# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The laboratory's parts that need no network: the comparison of verdicts, the draws, the table, the name server."""

from __future__ import annotations

import json
import re
import socket
import struct
from dataclasses import replace

import pytest

from lab import judging
from lab.drawn import MANY, drawn
from lab.faults import HEALTHY
from lab.nouns import Row
from lab.plan import NEVER_MORE_LOST, Plan
from lab.practice import PRACTICE
from lab.resolver import response, truncated
from lab.rows import PENDING, REVISED, ROWS, is_pending
from lab.trial import Trial, words_for

pytestmark = pytest.mark.once

ROW = Row(
    "silent", "the host drops in silence", "-H {host} -p {port} -t 5", ("firewall", "network", "server"), 2,
    says=("no answer to the SYN", "up to {router1}"), never=("port [0-9]+ answers",),
)  # fmt: skip
PLACES = Plan(1, ROW.name).placeholders()
RIGHT = {
    "output": "TCP CRITICAL - Socket timeout after 5 seconds - firewall, network or server",
    "long_output": [f"no answer to the SYN; the path answers up to {PLACES['router1']}", "more"],
    "elapsed": 5.0,
    "fault": {"domains": ["server", "firewall", "network"], "box": None},
}


def judged(
    row: Row = ROW, code: int = 2, bites: tuple[int, ...] = (5,), err: str = "", **changes: object
) -> str:
    """The errors found in a correct document with these changes."""
    trial = Trial(json.dumps({**RIGHT, **changes}), err, code, 5.1, list(bites))
    return "; ".join(judging.complaints(row, PLACES, trial))


def test_a_verdict_that_names_all_candidates_is_right() -> None:
    assert judged() == ""


@pytest.mark.parametrize(
    "domains", [["firewall"], ["firewall", "server"], ["dns", "firewall", "network", "server"], []]
)
def test_a_verdict_that_names_fewer_or_more_is_wrong(domains: list[str]) -> None:
    assert "expected firewall|network|server" in judged(fault={"domains": domains, "box": None})


def test_no_fault_is_wrong_for_a_fault_and_right_for_a_healthy_row() -> None:
    healthy = replace(ROW, domains=(), state=0, says=(), never=())
    assert "said no fault" in judged(fault=None)
    assert judged(healthy, code=0, fault=None) == ""
    assert "expected no fault" in judged(healthy, code=0)


def test_output_without_a_verdict_is_wrong_for_every_row() -> None:
    healthy = replace(ROW, domains=(), state=0, says=(), never=())
    trial = Trial("TCP OK - fine\n", "", 0, 0.1, [])
    assert judging.complaints(healthy, PLACES, trial) == ["there is no verdict in the output"]
    assert judging.said(trial, PLACES) == "OK no verdict"


def test_the_verdict_must_name_the_box_of_the_row() -> None:
    named = replace(ROW, box="router1")
    fault = {"domains": list(ROW.domains), "box": PLACES["router1"]}
    assert judged(named, fault=fault) == ""
    assert "named router1, expected no box" in judged(fault=fault)
    assert "named no box, expected router1" in judged(named)
    assert "named 192.0.2.1, expected router1" in judged(named, fault={**fault, "box": "192.0.2.1"})


def test_expressions_are_searched_in_the_first_two_lines_only() -> None:
    assert "does not say 'up to {router1}'" in judged(
        long_output=["no answer to the SYN", RIGHT["long_output"]]
    )
    assert "says 'port [0-9]+ answers'" in judged(output="no answer to the SYN; port 22 answers")


def test_an_address_in_an_expectation_is_no_expression() -> None:
    row = replace(ROW, says=("{router1}",))
    assert "does not say" in judged(row, long_output=[PLACES["router1"].replace(".", "x")])


def test_exit_code_overtime_and_stderr_count() -> None:
    assert "exit code 1, expected 2" in judged(code=1)
    assert "took 6.0 s with -t 5" in judged(elapsed=6.0)
    assert "wrote to stderr: oh" in judged(err="oh")


def test_a_result_that_comes_after_its_latest_time_is_wrong() -> None:
    early = replace(ROW, latest=4.1)
    assert "took 5.00 s, at most 4.1 s were expected" in judged(early)
    assert judged(early, elapsed=4.0) == ""


def test_evidence_is_looked_for_in_the_whole_output() -> None:
    assert judged(replace(ROW, tells=("MORE",))) == ""
    assert "does not tell 'hosts' anywhere" in judged(replace(ROW, tells=("hosts",)))


def test_a_fault_that_has_not_bitten_proves_nothing() -> None:
    assert "has not bitten" in judged(bites=(3, 0))


def test_the_same_seed_draws_the_same_topology_and_another_seed_another() -> None:
    assert Plan(7, "a").placeholders() == Plan(7, "a").placeholders()
    assert Plan(7, "a").placeholders() != Plan(8, "a").placeholders()
    assert Plan(7, "a").placeholders() != Plan(7, "b").placeholders()
    assert {Plan(seed, "a").routers for seed in range(40)} == {2, 3, 4}


def test_no_two_boxes_have_the_same_address() -> None:
    for seed in range(200):
        plan = Plan(seed, "a")
        addresses = [plan.resolver, plan.stranger]
        for wire in plan.wires:
            addresses += [wire.left, wire.right, wire.left6, wire.right6, *wire.others, wire.off, wire.off6]
        assert len(set(addresses)) == len(addresses)
        assert len({plan.port, plan.control, plan.closed}) == 3


def test_a_lossy_path_loses_its_share_and_lets_one_of_four_through() -> None:
    for seed in range(200):
        lost = Plan(seed, "a").lost_syns(30)
        flags = "".join("x" if number in lost else "." for number in range(20)) * 2
        assert flags.count("x") == 12
        assert "x" * (NEVER_MORE_LOST + 1) not in flags


def test_rows_have_names_of_their_own_and_expectations_that_can_be_read() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    assert len(HEALTHY) >= 5
    assert all(row.domains == () and row.state == 0 and row.box is None for row in HEALTHY)
    known = {"dns", "local", "network", "firewall", "server", "tls", "content"}
    for row in ROWS:
        plan = Plan(1, row.name)
        places = plan.placeholders()
        assert "-t" in words_for(row, plan, True)
        assert row.box is None or row.box in places
        assert set(row.domains) <= known
        for each in row.says + row.never + row.tells:
            re.compile(each.format(**places))


def test_the_situations_from_practice_are_forty_further_rows() -> None:
    names = {row.name for row in PRACTICE}
    assert len(PRACTICE) == len(names) == 40
    assert not names & {row.name for row in ROWS}
    for row in PRACTICE:
        assert words_for(row, Plan(3, row.name), True)
        assert row.domains or row.state == 0


def test_a_box_is_expected_with_one_domain_or_with_its_own() -> None:
    """A router where the path ends is the network's, whatever is after it, and a name server is the name service's."""
    assert [
        row.name
        for row in ROWS
        if row.box is not None and len(row.domains) > 1 and not {"dns", "network"} & set(row.domains)
    ] == []


def test_lists_of_rows_name_rows_that_exist() -> None:
    names = {row.name for row in ROWS}
    kinds = {row.name.partition("-with-")[0] for seed in range(20) for row in drawn(seed)}
    assert set(REVISED) <= names
    assert set(PENDING) <= names | kinds
    assert not [row.name for row in HEALTHY if is_pending(row)]


def test_combinations_are_drawn_from_the_seed_and_follow_from_their_fault() -> None:
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)
    for seed in range(50):
        rows = drawn(seed)
        assert len({row.name for row in rows}) == MANY
        for row in rows:
            assert row.limit <= 10
            assert row.latest is None or row.latest <= row.limit + judging.OVERTIME
            assert row.domains


def test_a_row_without_a_timeout_has_that_of_the_plugins() -> None:
    assert replace(ROW, command="-H {host} -p {port}").limit == 10
    assert replace(ROW, command="-H {host} -p {port} -t 4:UNKNOWN").limit == 4


def query(name: str, kind: int) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)


def test_the_name_server_answers_queries() -> None:
    names = {"db.test": ("10.0.0.1", "fd00::1", "10.0.0.2")}
    reply = response(query("DB.test", 1), names)
    assert reply[:12] == struct.pack("!HHHHHH", 0x1234, 0x8580, 1, 2, 0, 0)
    assert reply.endswith(socket.inet_aton("10.0.0.2"))
    assert socket.inet_pton(socket.AF_INET6, "fd00::1") in response(query("db.test", 28), names)


def test_the_name_server_refuses_other_names_and_fails_on_request() -> None:
    names = {"db.test": ("10.0.0.1",)}
    assert response(query("x.test", 1), names)[3] & 15 == 3
    assert response(query("db.test", 28), names)[2:8] == struct.pack("!HHH", 0x8580, 1, 0)
    assert response(query("db.test", 1), names, 2)[2:8] == struct.pack("!HHH", 0x8582, 1, 0)
    assert response(b"\x12\x34", names) == b""
    assert response(query("db.test", 1)[:-3], names) == b""


def test_a_truncated_answer_has_the_question_alone() -> None:
    reply = truncated(response(query("db.test", 1), {"db.test": ("10.0.0.1",)}))
    assert reply == struct.pack("!HHHHHH", 0x1234, 0x8780, 1, 0, 0, 0) + query("db.test", 1)[12:]
