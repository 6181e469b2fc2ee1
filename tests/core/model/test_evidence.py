# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is derived from evidence: distances, addresses that repeat in a path, the next hop of a route."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcp_health.model.evidence import FIRST_TTLS, Hop, Path, distance
from tcp_health.model.local import Interface, Neighbour, Reach, Route


def path(words: str, end: str = "") -> Path:
    """The path of routers with these letters as addresses, ``-`` for a silent one, and an end of some kind."""
    hops = [
        Hop(ttl, "silent") if each == "-" else Hop(ttl, "router", each) for ttl, each in enumerate(words, 1)
    ]
    return Path((*hops, *([Hop(len(hops) + 1, end, "HOST")] if end else [])))


# Distances


@pytest.mark.parametrize(
    ("ttl", "found"),
    [(64, (64, 0)), (62, (64, 2)), (33, (64, 31)), (32, (32, 0)), (30, (32, 2)), (65, (128, 63)), (126, (128, 2)),
     (128, (128, 0)), (129, (255, 126)), (253, (255, 2)), (255, (255, 0)), (1, (32, 31))],
)  # fmt: skip
def test_a_ttl_has_its_distance(ttl: int, found: tuple[int, int]) -> None:
    assert distance(ttl) == found


@pytest.mark.parametrize("ttl", [0, -1, -64, 256, 1 << 32])
def test_an_impossible_ttl_has_no_distance(ttl: int) -> None:
    assert distance(ttl) is None


@given(st.sampled_from(FIRST_TTLS), st.integers(0, 30))
def test_answers_of_one_host_have_one_distance_for_every_initial_ttl(first: int, routers: int) -> None:
    assert distance(first - routers) == (first, routers)


# Loops


@pytest.mark.parametrize(
    ("words", "loop"),
    [
        ("ABCBCBC", "BC"),
        ("ABABAB", "AB"),
        ("ABAB", "AB"),
        ("ABCDBCDBCD", "BCD"),
        ("ABCDBCD", "BCD"),
        ("XAB-BA-AB", "AB"),
        ("AB-B-B-B", "B-"),  # the other router of the loop is silent
        ("ABCB-B-B", "BC"),
        # The same address twice may come from two paths of different length.
        ("ABCB", ""),
        ("ABC-B", ""),
        # The path continues after the repetition: no loop.
        ("ABCBCD", ""),
        ("ABCBD", ""),
        # A router that answers at two TTLs, as a NAT does.
        ("ABBC", ""),
        ("ABBBB", ""),
        ("AABB", ""),
        ("ABC", ""),
        ("A", ""),
        ("", ""),
        ("----", ""),
        ("A---", ""),
    ],
)
def test_a_loop_repeats_to_the_end_of_the_path(words: str, loop: str) -> None:
    assert path(words).loop == tuple(None if each == "-" else each for each in loop)


@pytest.mark.parametrize("end", ["open", "refused", "icmp"])
def test_a_path_that_reaches_the_host_has_no_loop(end: str) -> None:
    assert path("ABABAB").loop == ("A", "B")
    assert path("ABABAB", end).loop == ()
    assert path("ABABAB", end).repeated == ("A", "B")


@pytest.mark.parametrize(
    ("words", "found"), [("ABC", ""), ("ABCB", "B"), ("AACBC", "AC"), ("A-A-", "A"), ("--", ""), ("", "")]
)
def test_addresses_that_answer_at_several_ttls_are_repeated(words: str, found: str) -> None:
    assert path(words).repeated == tuple(found)


@given(st.text("ABC-", max_size=30))
def test_a_loop_explains_every_answer_from_its_start_on(words: str) -> None:
    found = path(words)
    loop = found.loop
    if loop:
        named = [each for each in loop if each is not None]
        assert len(set(named)) == len(named)
        assert loop[0] in found.repeated
        assert any(
            all(each in ("-", loop[place % len(loop)] or "-") for place, each in enumerate(words[start:]))
            for start in range(len(words) - len(loop))
        )


@given(st.text("ABCDEF", min_size=2, max_size=5).filter(lambda each: len(set(each)) == len(each)), st.text("XY", max_size=3),
       st.integers(2, 6))  # fmt: skip
def test_every_loop_is_found(loop: str, before: str, rounds: int) -> None:
    before = "".join(dict.fromkeys(before))
    assert path(before + loop * rounds).loop == tuple(loop)


# The next hop


def test_the_next_hop_is_the_gateway_or_the_address() -> None:
    assert Reach("198.51.100.7", Route("unicast", 4, "eth0", "192.0.2.1")).next_hop == "192.0.2.1"
    assert Reach("192.0.2.7", Route("unicast", 4, "eth0")).next_hop == "192.0.2.7"
    for kind in ("none", "local", "broadcast", "unreachable"):
        assert Reach("192.0.2.7", Route(kind)).next_hop is None


@pytest.mark.parametrize(
    ("interface", "down"),
    [(Interface("a"), False), (Interface("a", up=True, carrier=True, state="up"), False), (Interface("a", up=False), True),
     (Interface("a", carrier=False), True), (Interface("a", state="lowerlayerdown"), True), (Interface("a", state="dormant"), False)],
)  # fmt: skip
def test_an_interface_is_down_only_where_that_is_known(interface: Interface, down: bool) -> None:
    assert interface.is_down is down


@pytest.mark.parametrize(
    ("state", "missing"), [("failed", True), ("incomplete", True), ("stale", False), ("none", False)]
)
def test_a_neighbour_is_missing_once_it_was_asked(state: str, missing: bool) -> None:
    assert Neighbour("192.0.2.1", state).is_missing is missing
