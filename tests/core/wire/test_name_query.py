# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check's own DNS query: its bytes, and how any answer is read."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcp_health.network.network import Network
from tcp_health.wire.dns import RESPONSE_CODES, answer, name_servers, question


def response(identity: int, flags: int, behind: bytes = b"") -> bytes:
    """A header (RFC 1035, 4.1.1) and any data after it."""
    return struct.pack("!6H", identity, flags, 1, 0, 0, 0) + behind


def test_a_query_is_written_as_in_rfc_1035() -> None:
    assert question("db.example", 0x1234) == (
        b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + b"\x02db\x07example\x00" + b"\x00\x01\x00\x01"
    )


def test_a_query_for_ipv6_asks_for_aaaa() -> None:
    assert question("db", 1, 6).endswith(b"\x02db\x00\x00\x1c\x00\x01")
    assert question("db", 1, 4).endswith(b"\x02db\x00\x00\x01\x00\x01")


def test_a_dot_at_the_end_changes_nothing() -> None:
    assert question("db.example.", 7) == question("db.example", 7)


def test_a_name_beyond_ascii_is_sent_as_the_system_gives_it() -> None:
    assert b"\x07m\xc3\xbcnchen"[1:] in question("münchen", 7)


@pytest.mark.parametrize(
    "name", ["", ".", "a..b", ".a", "x" * 64, "a." * 130 + "a", ".".join(["x" * 63] * 4)]
)
def test_an_invalid_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must have"):
        question(name, 1)


@pytest.mark.parametrize("name", ["x" * 63, ".".join(["x" * 63] * 3 + ["x" * 61])])
def test_the_longest_names_are_accepted(name: str) -> None:
    assert len(question(name, 1)) <= 12 + 255 + 4


@given(st.text(max_size=300), st.integers(), st.sampled_from([0, 4, 6]))
def test_any_name_is_encoded_or_refused(name: str, identity: int, family: int) -> None:
    with suppress(ValueError):
        raw = question(name, identity, family)
        assert struct.unpack_from("!6H", raw) == (identity & 0xFFFF, 0x0100, 1, 0, 0, 0)
        assert len(raw) <= 12 + 255 + 4


@pytest.mark.parametrize(("code", "word"), RESPONSE_CODES.items())
def test_a_response_code_has_its_name(code: int, word: str) -> None:
    assert answer(response(7, 0x8180 | code), 7) == word


def test_an_unknown_response_code_has_its_number() -> None:
    assert answer(response(7, 0x818F), 7) == "rcode 15"


def test_an_answer_to_another_query_is_none() -> None:
    assert answer(response(8, 0x8180), 7) is None


def test_a_query_instead_of_an_answer_is_malformed() -> None:
    assert answer(question("db.example", 7), 7) == "malformed"


@pytest.mark.parametrize("size", range(12))
def test_a_truncated_answer_is_malformed(size: int) -> None:
    assert answer(response(7, 0x8180)[:size], 7) == "malformed"


@given(st.binary(max_size=600), st.integers(0, 0xFFFF))
def test_any_answer_is_read_without_an_error(raw: bytes, identity: int) -> None:
    found = answer(raw, identity)
    assert (
        found is None
        or found in RESPONSE_CODES.values()
        or found == "malformed"
        or found.startswith("rcode ")
    )
    assert found is None or found.isprintable()


@given(st.integers(0, 0xFFFF), st.binary(max_size=400))
def test_bytes_after_the_header_are_ignored(flags: int, behind: bytes) -> None:
    assert answer(response(7, flags, behind), 7) == answer(response(7, flags), 7)


def test_the_name_servers_are_the_first_three_of_resolv_conf() -> None:
    text = "# nameserver 192.0.2.9\nsearch example\nnameserver 192.0.2.1\n nameserver\t2001:db8::1 # here\nnameserver\n"
    assert name_servers(text) == ("192.0.2.1", "2001:db8::1")
    assert name_servers("nameserver 1.1.1.1\n" * 5) == ("1.1.1.1",) * 3


def test_without_a_name_server_it_is_this_machine() -> None:
    assert name_servers("") == ("127.0.0.1",)
    assert name_servers("options edns0\n") == ("127.0.0.1",)


@given(st.text(max_size=400))
def test_any_resolv_conf_is_read_without_an_error(text: str) -> None:
    found = name_servers(text)
    assert 1 <= len(found) <= 3
    assert all(found)


def test_the_network_s_name_servers_are_addresses() -> None:
    for each in Network.name_servers():
        assert each.family in (4, 6)
        assert each.port == 53
