# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base class of the nouns."""

from __future__ import annotations

from tcp_health.model.value import COMPILE_AFTER, Value


class Nothing(Value):
    """A noun without fields."""


def test_a_noun_without_fields_is_made_as_often_as_another() -> None:
    assert {Nothing() for _ in range(2 * COMPILE_AFTER)} == {Nothing()}
