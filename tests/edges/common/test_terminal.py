# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the programs know about a terminal: width, colour, and wrapped text."""

from __future__ import annotations

import fcntl
import io
import os
import struct
import termios
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcp_health_plugins.common.terminal import coloured, columns, is_terminal, wants_colour, width, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


@pytest.fixture
def terminal() -> Iterator[TextIO]:
    """A terminal of 132 columns."""
    other, own = os.openpty()
    fcntl.ioctl(own, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 132, 0, 0))
    with open(own, "w", encoding="utf-8") as stream:  # noqa: PTH123 - it is no path
        yield stream
    os.close(other)


def closed() -> TextIO:
    stream = io.StringIO()
    stream.close()
    return stream


def test_only_a_terminal_is_one(terminal: TextIO) -> None:
    assert is_terminal(terminal)
    for other in (None, io.StringIO(), closed()):
        assert not is_terminal(other)


def test_the_width_is_that_of_the_terminal_unless_columns_is_set(terminal: TextIO) -> None:
    assert width(terminal, {}) == 132
    assert width(terminal, {"COLUMNS": "100"}) == 100
    for bad in ("", "0", "-5", "wide", "9" * 30, "\N{ARABIC-INDIC DIGIT FIVE}0"):
        assert width(terminal, {"COLUMNS": bad}) == 132, bad


def test_the_width_follows_a_terminal_that_is_resized(terminal: TextIO) -> None:
    fcntl.ioctl(terminal.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", 24, 90, 0, 0))
    assert width(terminal, {}) == 90


def test_without_a_terminal_the_width_is_80(terminal: TextIO) -> None:
    fcntl.ioctl(
        terminal.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", 0, 0, 0, 0)
    )  # as a serial line has it
    for stream in (terminal, None, io.StringIO(), closed()):
        assert width(stream, {}) == 80


def test_a_width_is_never_too_small_for_a_label_and_a_word() -> None:
    assert width(None, {"COLUMNS": "7"}) == 40


@pytest.mark.parametrize(
    ("choice", "environ", "wanted"),
    [
        ("auto", {"TERM": "xterm"}, True),
        ("auto", {"TERM": "xterm", "NO_COLOR": "1"}, False),
        ("auto", {"TERM": "xterm", "NO_COLOR": ""}, True),
        ("auto", {"TERM": "dumb"}, False),
        ("auto", {}, False),
        ("always", {"TERM": "dumb", "NO_COLOR": "1"}, True),
        ("never", {"TERM": "xterm"}, False),
    ],
)
def test_colour_is_wanted(terminal: TextIO, choice: str, environ: dict[str, str], wanted: bool) -> None:
    assert wants_colour(choice, terminal, environ) is wanted
    assert wants_colour(choice, io.StringIO(), environ) is (choice == "always")


def test_every_state_has_a_colour_and_it_ends_after_the_word() -> None:
    shown = {coloured("word", state) for state in ("OK", "WARNING", "CRITICAL", "UNKNOWN")}
    assert len(shown) == 4
    for each in shown:
        assert each.startswith("\033[")
        assert each.endswith("word\033[0m")


def test_columns_are_counted_as_a_terminal_shows_them() -> None:
    assert columns("abc") == 3
    assert columns("日本") == 4
    assert columns("e\N{COMBINING ACUTE ACCENT}") == 1
    assert columns("\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}") == 1


def test_text_is_wrapped_at_spaces_with_a_hanging_indent() -> None:
    assert wrapped("one two three four", 10, "  ") == ["one two", "  three", "  four"]
    assert wrapped("one two", 10) == ["one two"]
    assert wrapped("", 10) == [""]


def test_a_long_word_is_broken_and_a_wide_letter_is_not_cut() -> None:
    assert wrapped("a" * 12, 5, " ") == ["aaaaa", " aaaa", " aaa"]
    assert wrapped("日本語日本", 5) == ["日本", "語日", "本"]


def test_a_number_stays_with_its_unit() -> None:
    assert wrapped("after 0.25 s, connect", 11) == ["after", "0.25 s,", "connect"]
    assert wrapped("12345 s", 6) == ["12345", "s"], "there is no other place"


def test_spaces_at_the_beginning_and_within_a_line_are_kept() -> None:
    assert wrapped("  ab   cd ef", 10, "    ") == ["  ab   cd", "    ef"]


@given(st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=200), st.integers(4, 60))
def test_no_letter_is_lost_and_no_line_is_too_long(text: str, columns_given: int) -> None:
    lines = wrapped(text, columns_given, "  ")
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(columns(line) <= columns_given for line in lines)
