# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tests of the comparison between a document and a real run."""

from __future__ import annotations

import pytest

from support.shown import Shown, blocks, commands, difference, same


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("OK - 0.001 second|time=0.000615s …", "OK - 0.020 second|time=1.5s resolve=0.1s"),
        ("resolve 4.1 ms", "resolve 612 us"),
        ("until 2027-01-28 (60 days)", "until 2026-12-02 (60 days)"),
        ("rejected by 192.0.2.1|…", "rejected by 192.0.2.1|time=0.1s"),
    ],
)
def test_times_dates_and_what_is_cut_may_differ(shown: str, printed: str) -> None:
    assert same(shown, printed)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("rejected by 192.0.2.1|…", "rejected by 192.0.2.2|time=0.1s"),
        ("until 2027-01-28 (60 days)", "until 2027-01-28 (61 days)"),
        ("OK - 0.001 second", "WARNING - 0.001 second"),
        ("OK - 0.001 second", "OK - 0.001 second response"),
    ],
)
def test_everything_else_is_the_same(shown: str, printed: str) -> None:
    assert not same(shown, printed)


def test_a_block_has_commands_with_their_output() -> None:
    (block,) = blocks("text\n```console\n$ one\na\nb\n$ two\n```\n```sh\nthree\n```\n", "console")
    assert commands(block) == [Shown("one", ("a", "b")), Shown("two", ())]
    with pytest.raises(ValueError, match="must be a command"):
        commands("a\n")


def test_a_missing_line_and_a_different_one_are_differences() -> None:
    assert difference(Shown("one", ("a",)), "a\n") == ""
    assert "1 lines are shown, 2 are printed" in difference(Shown("one", ("a",)), "a\nb\n")
    assert "printed: b" in difference(Shown("one", ("a",)), "b\n")
