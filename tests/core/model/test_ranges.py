# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Threshold ranges: the guidelines' vectors, invalid text, and a comparison with nagiosplugin."""

from __future__ import annotations

import copy
import pickle
import re

import nagiosplugin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcp_health.model.ranges import Range

INFINITY = float("inf")
NAN = float("nan")

# The guidelines' table and vectors: text, values that alert, values that do not.
GUIDELINES = [
    ("10", [-0.1, 10.1, INFINITY], [0, 5, 10]),
    ("10:", [9.9, -INFINITY], [10, 11, INFINITY]),
    ("~:10", [10.1], [10, 0, -1e9]),
    ("10:20", [9.9, 20.1], [10, 15, 20]),
    ("@10:20", [10, 15, 20], [9.9, 20.1]),
    ("@1:1", [1], [0.5, 0.999, 1.001, 5.2]),
    ("1:1", [0.5, 5.2], [1]),
    (":5.75", [-0.1, 5.76], [0, 5.75]),
    ("~:0", [0.5], [0, -10]),
    ("@0:657.8210567", [0, 300, 657.8210567], [-0.1, 657.9]),
    ("-1:5", [-1.1, 5.1], [-1, 0, 5]),
    ("~:", [], [-1e9, 0, 1e9]),
    ("@~:", [-1e9, 0, 1e9], []),
    ("0", [0.000001, -1], [0]),
]


@pytest.mark.parametrize(("text", "alerting", "quiet"), GUIDELINES)
def test_the_guidelines_vectors_hold(text: str, alerting: list[float], quiet: list[float]) -> None:
    threshold = Range.parse(text)
    assert [value for value in alerting if not threshold.alerts(value)] == []
    assert [value for value in quiet if threshold.alerts(value)] == []


BAD = [
    ("", "s", "invalid range '': must contain a number"),
    ("  ", "s", "invalid range '': must contain a number"),
    (":", "s", "invalid range ':': must contain a number"),
    ("@", "s", "invalid range '@': must contain a number"),
    ("@:", "s", "invalid range '@:': must contain a number"),
    ("2:1", "s", "invalid range '2:1': the end must not be below the start"),
    (
        "-1",
        "s",
        "invalid range '-1': the end must not be below the start, which is 0 (use '~:-1' for a range without a start)",
    ),
    (
        ":\n-1",
        "s",
        "invalid range ':\\n-1': the end must not be below the start, which is 0 (use '~:-1' for a range without a start)",
    ),
    (
        ":-1",
        "s",
        "invalid range ':-1': the end must not be below the start, which is 0 (use '~:-1' for a range without a start)",
    ),
    ("500:1500ms", "s", "invalid range '500:1500ms': the end must not be below the start"),
    ("1:2:3", "s", "invalid range '1:2:3': must contain at most one ':'"),
    ("~", "s", "invalid range '~': '~' (no lower end) must be before a ':'"),
    ("1:~", "s", "invalid range '1:~': '~' (no lower end) must be before a ':'"),
    ("abc", "s", "invalid number 'abc': must be a decimal number with an optional unit (us, ms, s)"),
    ("0,5", "s", "invalid number '0,5': must be a decimal number with an optional unit (us, ms, s)"),
    ("1e3", "s", "invalid number '1e3': must be a decimal number with an optional unit (us, ms, s)"),
    ("1m", "s", "invalid number '1m': must be a decimal number with an optional unit (us, ms, s)"),
    ("5%", "s", "invalid number '5%': must be a decimal number with an optional unit (us, ms, s)"),
    ("5s", "%", "invalid number '5s': must be a decimal number with an optional unit (%)"),
    ("5s", "", "invalid number '5s': must be a decimal number"),
    ("5s", "c", "invalid number '5s': must be a decimal number"),
    ("nan", "", "invalid number 'nan': must be a decimal number"),
    ("inf", "", "invalid number 'inf': must be a decimal number"),
    ("1:inf", "", "invalid number 'inf': must be a decimal number"),
    ("1_000", "", "invalid number '1_000': must be a decimal number"),
    ("\u0663", "", "invalid number '\u0663': must be a decimal number"),
    ("\u00b2", "", "invalid number '\u00b2': must be a decimal number"),
    ("0x10", "", "invalid number '0x10': must be a decimal number"),
    ("--1:", "", "invalid number '--1': must be a decimal number"),
    ("@@1", "", "invalid number '@1': must be a decimal number"),
    (".", "", "invalid number '.': must be a decimal number"),
    ("-", "", "invalid number '-': must be a decimal number"),
    ("1.2.3", "", "invalid number '1.2.3': must be a decimal number"),
    ("5 ms", "s", "invalid number '5 ms': must be a decimal number with an optional unit (us, ms, s)"),
    ("ms", "s", "invalid number 'ms': must be a decimal number with an optional unit (us, ms, s)"),
    ("1" * 400, "", f"invalid number '{'1' * 40}': must be at most 1e15"),
    ("1000000000000001", "", "invalid number '1000000000000001': must be at most 1e15"),
]


@pytest.mark.parametrize(("text", "unit", "sentence"), BAD)
def test_an_invalid_range_is_one_clear_message(text: str, unit: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        Range.parse(text, unit)


@given(
    st.text(max_size=12) | st.text(alphabet="0123456789.:@~-+emsu% n", max_size=12),
    st.sampled_from(["s", "%", ""]),
)
@settings(max_examples=500, deadline=None)
def test_any_text_is_a_range_or_a_value_error_of_one_line(text: str, unit: str) -> None:
    try:
        threshold = Range.parse(text, unit)
    except ValueError as error:
        refusal = str(error)
        assert refusal
        assert refusal.isprintable()
    else:
        assert threshold.start <= threshold.end


UNITS = [
    ("500ms:1.5s", "s", 0.5, 1.5),
    ("250us:1", "s", 0.00025, 1.0),
    ("1.1ms", "s", 0.0, 0.0011),
    ("100us:", "s", 0.0001, INFINITY),
    ("~:500ms", "s", -INFINITY, 0.5),
    ("-5ms:+5ms", "s", -0.005, 0.005),
    ("5%", "%", 0.0, 5.0),
    ("5:10%", "%", 5.0, 10.0),
    (" 1 : 2 ", "", 1.0, 2.0),
    (".5:5.", "", 0.5, 5.0),
]


@pytest.mark.parametrize(("text", "unit", "start", "end"), UNITS)
def test_each_end_carries_its_own_unit(text: str, unit: str, start: float, end: float) -> None:
    threshold = Range.parse(text, unit)
    assert (threshold.start, threshold.end, threshold.inside) == (start, end, False)


def test_a_bare_number_means_at_least_where_less_is_worse() -> None:
    days = Range.parse("14", less_is_worse=True)
    assert days == Range.parse("14:")
    assert days.text == "14:"
    assert days.alerts(13.9)
    assert not days.alerts(14)
    assert Range.parse("-1", less_is_worse=True) == Range.parse("-1:")
    for text in ("@14", "7:14", ":14", "~:14"):
        assert Range.parse(text, less_is_worse=True) == Range.parse(text)


def test_a_value_that_is_not_a_number_is_an_error_and_never_in_range() -> None:
    for text in ("10", "~:", "@~:", "@5"):
        with pytest.raises(ValueError, match="not a number"):
            Range.parse(text).alerts(NAN)


PERFDATA = [
    ("0.5", "s", False, "0.500000"),
    ("500ms", "s", False, "0.500000"),
    (":500ms", "s", False, "0.500000"),
    ("0:5", "s", False, "5.000000"),
    ("500ms:1.5s", "s", False, "0.500000:1.500000"),
    ("~:1", "s", False, "~:1.000000"),
    ("@0.1:1", "s", False, "@0.100000:1.000000"),
    ("@1", "s", False, "@0.000000:1.000000"),
    ("1:", "s", False, "1.000000:"),
    ("-1:5", "s", False, "-1.000000:5.000000"),
    ("123456789012345", "s", False, "123456789012345.000000"),
    ("5%", "%", False, "5"),
    ("2.50%:10", "%", False, "2.5:10"),
    ("100", "", False, "100"),
    ("0", "", False, "0"),
    ("-0", "", False, "0"),
    ("14", "", True, "14:"),
]


@pytest.mark.parametrize(("text", "unit", "less_is_worse", "expected"), PERFDATA)
def test_perfdata_is_fixed_point_in_base_units(
    *, text: str, unit: str, less_is_worse: bool, expected: str
) -> None:
    assert Range.parse(text, unit, less_is_worse=less_is_worse).perfdata(unit) == expected


def test_only_a_range_from_zero_is_plain() -> None:
    assert [Range.parse(text).plain for text in ("5", ":5", "0:5", "-0:5")] == [5.0] * 4
    assert [Range.parse(text).plain for text in ("1:5", "@5", "5:", "~:5", "-1:5", "~:")] == [None] * 6


def test_ranges_are_equal_by_value_and_type() -> None:
    assert Range.parse("500ms", "s") == Range.parse("0.5", "s") == Range(0, 0.5)
    assert hash(Range.parse("500ms", "s")) == hash(Range(0, 0.5))
    assert Range.parse("5") != Range.parse("@5")
    assert Range.parse("5") != Range.parse("6")
    assert Range.parse("5") != (0.0, 5.0, False)
    assert (
        repr(Range.parse("500ms", "s"))
        == "Range(start=0.0, end=0.5, inside=False, text='500ms', share=False)"
    )


def test_a_range_is_frozen_and_valid_from_birth() -> None:
    threshold = Range.parse("5")
    with pytest.raises(AttributeError, match="frozen"):
        threshold.end = 6.0  # type: ignore[misc]  # the test does this
    with pytest.raises(AttributeError, match="frozen"):
        del threshold.end
    for start, end in ((2, 1), (NAN, 1), (1, NAN), (INFINITY, INFINITY), (-INFINITY, -INFINITY), (0, 1e16)):
        with pytest.raises(ValueError, match="invalid range from"):
            Range(start, end)
    for twin in (pickle.loads(pickle.dumps(threshold)), copy.deepcopy(threshold)):  # noqa: S301 - our own bytes
        assert (twin, twin.text) == (threshold, "5")


ends = st.floats(-1e15, 1e15)


@given(start=ends | st.just(-INFINITY), end=ends | st.just(INFINITY), inside=st.booleans())
@settings(max_examples=300, deadline=None)
def test_the_text_of_a_range_reads_back_as_the_same_range(*, start: float, end: float, inside: bool) -> None:
    if start > end:
        start, end = end, start
    threshold = Range(start, end, inside=inside)
    assert Range.parse(threshold.text) == threshold
    assert Range.parse(threshold.text).text == threshold.text


numbers = st.from_regex(r"-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?", fullmatch=True)
suffixes = st.sampled_from(["", "us", "ms", "s"])
spans = st.one_of(
    st.builds("{}{}".format, numbers, suffixes),
    st.builds("{}{}:".format, numbers, suffixes),
    st.builds("~:{}{}".format, numbers, suffixes),
    st.builds("{}{}:{}{}".format, numbers, suffixes, numbers, suffixes),
)


@given(mark=st.sampled_from(["", "@"]), span=spans, less_is_worse=st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_written_range_reads_back_for_every_measure(*, mark: str, span: str, less_is_worse: bool) -> None:
    try:
        threshold = Range.parse(mark + span, "s", less_is_worse=less_is_worse)
    except ValueError:
        return
    assert Range.parse(threshold.text, "s") == threshold
    printed = Range.parse(threshold.perfdata("s"), "s")
    assert printed.inside == threshold.inside
    assert printed.start == pytest.approx(threshold.start, abs=1e-6)
    assert printed.end == pytest.approx(threshold.end, abs=1e-6)


common = st.one_of(
    numbers,
    st.builds("{}:".format, numbers),
    st.builds(":{}".format, numbers),
    st.builds("~:{}".format, numbers),
    st.builds("{}:{}".format, numbers, numbers),
    st.just("~:"),
)


@given(st.sampled_from(["", "@"]), common, st.lists(st.floats(-2e6, 2e6) | st.integers(-9, 9), max_size=5))
@settings(max_examples=500, deadline=None)
def test_ranges_agree_with_nagiosplugin_on_the_common_part(mark: str, span: str, values: list[float]) -> None:
    try:
        theirs = nagiosplugin.Range(mark + span)
    except ValueError:
        with pytest.raises(ValueError, match="range"):
            Range.parse(mark + span)
        return
    ours = Range.parse(mark + span)
    for value in [*values, ours.start, ours.end]:
        assert ours.alerts(value) == (not theirs.match(value)), value


# Wanted differences, each with its reason.
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="an empty threshold is a forgotten one and not one without limits"),
        pytest.param(":", id="so is a colon alone"),
        pytest.param("@", id="nobody who writes this means an alert on everything"),
        pytest.param("1_000", id="Python's grouping is no notation of the guidelines"),
        pytest.param("1.0e3", id="an exponent is refused with a point as without one"),
        pytest.param("\u0663", id="digits are ASCII"),
    ],
)
def test_ranges_that_only_nagiosplugin_accepts_are_refused(text: str) -> None:
    nagiosplugin.Range(text)
    with pytest.raises(ValueError, match="number"):
        Range.parse(text)


@pytest.mark.parametrize(("text", "unit"), [("500ms", "s"), ("0.5s", "s"), ("10%", "%")])
def test_units_are_accepted_that_nagiosplugin_refuses(text: str, unit: str) -> None:
    Range.parse(text, unit)
    with pytest.raises(ValueError, match=r"invalid literal|could not convert"):
        nagiosplugin.Range(text)


def test_zero_is_a_limit_and_nan_is_no_value_unlike_in_nagiosplugin() -> None:
    assert nagiosplugin.Range(0).match(5)
    assert Range(0, 0).alerts(5)
    assert nagiosplugin.Range("10").match(NAN)


@pytest.mark.parametrize("text", ["33%", "10:33%", "~:33%", "@33%:", "33%:", "0"])
@pytest.mark.parametrize("whole", [0.0, -0.0, -3.5, -1e9, 1e-300, 90.0])
def test_a_share_of_any_whole_is_a_range(text: str, whole: float) -> None:
    """The whole is the lifetime of a server's certificate, which may be zero or negative."""
    share = Range.parse(text, "%", less_is_worse=True, share=True)
    found = share.of(whole)
    for end, own in ((found.start, share.start), (found.end, share.end)):
        assert end == (own if abs(own) == INFINITY else own * max(whole, 0.0) / 100)
    assert (found.inside, found.share) == (share.inside, False)
    assert found.alerts(-1e12) is share.alerts(-1e12)
