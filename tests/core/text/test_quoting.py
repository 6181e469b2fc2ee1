# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values in the configuration of Nagios and of Icinga 2: they come out unchanged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.engine_words import NASTY, TEXT, icinga_literal, nagios_words
from tcp_health.text.quoting import icinga2_value, nagios_value


@given(TEXT | NASTY)
def test_a_nagios_value_is_one_word_of_the_same_text(text: str) -> None:
    assert nagios_words(f"check_command check_tcp_health!{nagios_value(text)}") == [[text]]


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])))
def test_an_icinga_value_is_a_literal_of_the_same_text(text: str) -> None:
    assert icinga_literal(icinga2_value(text)) == text
    assert not set("\n\r\t") & set(icinga2_value(text))


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (True, "true"),
        (False, "false"),
        (5, "5"),
        (0.25, "0.25"),
        ((), "[ ]"),
        (["a", 'b"'], '[ "a", "b\\"" ]'),
    ],
)
def test_icinga_values_have_their_types(value: object, literal: str) -> None:
    assert icinga2_value(value) == literal


@pytest.mark.parametrize(
    ("write", "value"),
    [(nagios_value, "a\nb"), (nagios_value, "a\0"), (icinga2_value, "a\0"), (icinga2_value, None)],
)
def test_values_that_no_configuration_can_hold_are_refused(write: object, value: object) -> None:
    with pytest.raises(ValueError, match=r"Nagios|Icinga"):
        write(value)  # type: ignore[operator]  # one of two functions
