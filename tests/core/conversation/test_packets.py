# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The packets of TDS around a handshake: put together, cut at every byte, and in a check."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.playing import faults, on_fake
from support.scenario import CRITICAL, TLS, TO_A, A, Scenario
from support.scripted import END, accepts, hear
from support.starttls_peers import HEALTHY, starttls
from support.tls_peers import MIDDLE, NAMES, V1_2, bytewise, context
from tcp_health.conversation.packets import Packets
from tcp_health.model.causes import Cause
from tls_scenarios import CA, MINE

pytestmark = pytest.mark.field(16)

WORDS = TO_A + CA + "--verify-name tls.test --starttls mssql "
ANSWER = (
    b"\x04\x01\x00\x1a\x00\x00\x01\x00" + b"\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff" + bytes(6) + b"\x01"
)
ASKED = (hear(b"\xff" + bytes(6) + b"\x01"), ANSWER)


@given(st.binary(max_size=9000), st.integers(1, 5000))
def test_records_come_out_as_they_went_in(records: bytes, size: int) -> None:
    wrapped = Packets().wrap(records)
    packets = Packets()
    out = b"".join(packets.unwrap(wrapped[place : place + size]) for place in range(0, len(wrapped), size))
    assert out == records


def test_a_long_flight_has_several_packets_and_one_end() -> None:
    wrapped = Packets().wrap(bytes(5000))
    assert (wrapped[:4], len(wrapped)) == (b"\x12\x00\x10\x00", 5000 + 2 * 8)
    assert wrapped[4096:4100] == b"\x12\x01" + (8 + 5000 - 4088).to_bytes(2, "big")


@pytest.mark.parametrize(
    "data", [b"HTTP/1.1 400", b"\x15\x03\x01\x00\x02\x02\x46", b"\x12\x01\x00\x08\x00\x00\x00\x00"]
)
def test_what_is_no_packet_is_not_changed(data: bytes) -> None:
    assert Packets().unwrap(data) == data


def test_every_byte_of_a_handshake_in_packets_by_itself() -> None:
    scenario = Scenario("byte by byte", WORDS, {A: accepts(bytewise(starttls("mssql", HEALTHY)))})
    assert faults(scenario, on_fake(scenario), exact=True) == []


def test_a_client_certificate_is_sent_in_packets() -> None:
    settings = context(MIDDLE.leaf(NAMES), newest=V1_2, client="required")
    peer = starttls("mssql", HEALTHY, settings)
    scenario = Scenario("client certificate", WORDS + MINE, {A: accepts(peer)})
    assert faults(scenario, on_fake(scenario), exact=True) == []
    assert peer.notes.sessions[0].client is not None


def test_no_client_certificate_where_one_is_required() -> None:
    settings = context(MIDDLE.leaf(NAMES), newest=V1_2, client="required")
    scenario = Scenario(
        "no client certificate", WORDS, {A: accepts(starttls("mssql", HEALTHY, settings))}, state=CRITICAL,
        cause=Cause.CLIENT_CERTIFICATE_REQUIRED, phase=TLS,
    )  # fmt: skip
    assert faults(scenario, on_fake(scenario), exact=True) == []


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", Cause.TLS_INJECTION),
        (b"\x12\x01\x00\x0f\x00\x00\x00\x00\x15\x03\x03\x00\x02\x02\x28", Cause.TLS_ALERT),
        (b"\x12\x01\x00\x08\x00\x00\x00\x00", Cause.TLS_INJECTION),
        (b"\x12\x01\x40\x00\x00\x00\x00\x00", Cause.CLOSED_EARLY),
    ],
)
def test_what_may_come_in_place_of_a_handshake(answer: bytes, cause: str) -> None:
    scenario = Scenario(
        "an answer",
        WORDS,
        {A: accepts(*ASKED, hear(b"\x16\x03"), answer, END)},
        state=CRITICAL,
        cause=cause,
        phase=TLS,
    )
    assert faults(scenario, on_fake(scenario), exact=True) == []
