# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cleaning of text from other hosts: one harmless line of bounded length."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from support.foreign_text import harmless
from tcp_health.text.clean import SHOWN, clean


@given(st.one_of(st.binary(max_size=2000), st.text(max_size=2000)), st.integers(1, 300))
def test_cleaned_text_is_one_harmless_line_of_bounded_length(foreign: bytes | str, limit: int) -> None:
    line = clean(foreign, limit)
    assert harmless(line)
    assert len(line) <= limit + 1
    assert line == line.strip()
    assert "  " not in line


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126, blacklist_characters="|<>\\"), max_size=SHOWN)
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text
    assert clean(text.encode()) == text


def test_a_long_answer_is_cut_with_a_mark() -> None:
    assert clean(b"x" * 5000) == "x" * SHOWN + "…"
    assert clean("ä" * SHOWN) == "ä" * SHOWN
    assert len(clean(b"\xff" * (1 << 20))) == SHOWN + 1
