# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Numbers with units: durations as text, and fixed-point text of any number."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcp_health.text.units import duration, fixed, number, readable, seconds

INFINITY = float("inf")
NAN = float("nan")


DURATIONS = [("1.5", 1.5), ("500ms", 0.5), ("2s", 2.0), ("1m", 60.0), ("250us", 0.00025), ("1.5h", 5400.0)]


@pytest.mark.parametrize(("text", "value"), [*DURATIONS, ("0", 0.0), (" 10 ", 10.0), ("0.1ms", 0.0001)])
def test_a_duration_is_read_as_seconds(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "-1", "1d", "s", "1e3", "nan", "inf", "1,5", "5 s", "9" * 400, "1:00"])
def test_a_bad_duration_is_a_value_error(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"must be a decimal number|must not be negative|must be at most 1e15"
    ):
        seconds(text)


def test_a_bad_duration_names_the_units_it_takes() -> None:
    with pytest.raises(
        ValueError,
        match=r"^invalid number '1d': must be a decimal number with an optional unit \(us, ms, s, m, h\)$",
    ):
        seconds("1d")


@given(st.integers(0, 10**9))
@settings(max_examples=200, deadline=None)
def test_milliseconds_and_seconds_are_the_same_float(count: int) -> None:
    whole, rest = divmod(count, 1000)
    assert number(f"{count}ms", "s") == number(f"{whole}.{rest:03}", "s") == count / 1000


@given(st.floats(-1e15, 1e15))
@settings(max_examples=300, deadline=None)
def test_fixed_point_has_no_exponent_and_stays_within_half_a_millionth(value: float) -> None:
    for unit in ("s", "%", ""):
        text = fixed(value, unit)
        assert re.fullmatch(r"-?[0-9]+(\.[0-9]{1,6})?", text)
        assert float(text) == pytest.approx(value, abs=5.1e-7)


def test_fixed_point_never_prints_minus_zero_or_infinity() -> None:
    assert (fixed(-0.0), fixed(-1e-9), fixed(-1e-9, "s")) == ("0", "0", "0.000000")
    assert (fixed(5.1e-05, "s"), fixed(12.50), fixed(100.0, "%")) == ("0.000051", "12.5", "100")
    for value in (NAN, INFINITY, -INFINITY, 1e16):
        with pytest.raises(ValueError, match="fixed-point"):
            fixed(value)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.25, "s", "0.250 s"),
        (0.000847, "s", "847 us"),
        (100 / 3, "%", "33.3 %"),
        (2.0, "", "2"),
        (-3.2, "", "-3.2"),
    ],
)
def test_a_value_is_shown_to_a_person_with_its_unit(value: float, unit: str, shown: str) -> None:
    assert readable(value, unit) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0 us"),
        (0.000047, "47 us"),
        (0.000099999, "100 us"),
        (0.0001, "0.1 ms"),
        (0.000423, "0.4 ms"),
        (0.0123, "12.3 ms"),
        (0.09996, "100 ms"),
        (0.6118, "612 ms"),
        (0.99951, "1.00 s"),
        (1.25, "1.25 s"),
        (99.96, "100 s"),
        (3600.4, "3600 s"),
    ],
)
def test_a_duration_is_shown_in_the_unit_that_fits_it(value: float, shown: str) -> None:
    assert duration(value) == shown


@given(st.floats(1e-6, 1e6))
@settings(max_examples=300, deadline=None)
def test_a_duration_that_is_not_zero_is_never_shown_as_zero(value: float) -> None:
    number_shown, unit = duration(value).split()
    assert float(number_shown) > 0
    assert float(number_shown) * {"us": 1e-6, "ms": 1e-3, "s": 1.0}[unit] == pytest.approx(value, rel=0.51)
