# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tests of the picture of a terminal."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from support.picture import letters, runs, svg


def test_letters_have_the_colours_in_force_across_lines() -> None:
    (first, second) = runs("\033[1;31mred\033[0m plain \033[30;42mOK\nnext")
    assert [(each.column, each.text, each.bold) for each in first] == [
        (0, "red", True),
        (3, " plain ", False),
        (10, "OK", False),
    ]
    assert first[1].ink is None
    assert second[0].ground == first[2].ground is not None


def test_a_picture_is_well_formed_and_has_every_letter() -> None:
    text = "$ check <a&b>\n\033[7mreversed\033[27m \033[38;5;196mred\033[39m\n\n\033[2K  last 日本"
    picture = svg(text, 40, "three lines & a title")
    root = ET.fromstring(picture)  # noqa: S314 - made here
    assert root.get("width") == str(24 + 40 * 8)
    assert letters(picture) == ["$ check &lt;a&amp;b&gt;", "reversedred", "last 日本"]
    assert picture == svg(text, 40, "three lines & a title")


def test_a_light_picture_differs_in_its_ground_only() -> None:
    assert letters(svg("text", 10, "d", dark=False)) == letters(svg("text", 10, "d"))
    assert svg("text", 10, "d", dark=False) != svg("text", 10, "d")
