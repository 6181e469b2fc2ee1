# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Convert numbers with units: text to base units (seconds, percent), and numbers and times to text."""

from __future__ import annotations

from time import gmtime, strftime

# suffix: (decimal exponent, factor). The exponent is appended to the digits before the conversion, so that `1.1ms`
# and `0.0011` give the same float; a product would differ in the last bit. `us` and `ms` come before `s`, because
# they end with it.
_SUFFIXES: dict[str, dict[str, tuple[str, int]]] = {
    "%": {"%": ("", 1)},
    "s": {"us": ("e-6", 1), "ms": ("e-3", 1), "s": ("", 1)},
}
_DURATIONS: dict[str, tuple[str, int]] = dict(_SUFFIXES["s"], m=("", 60), h=("", 3600))

# A larger float has hardly any precision left for a fraction.
LARGEST = 1e15

# A shorter time is shown in microseconds: in seconds with three decimals it would be 0.000.
_MILLISECOND = 0.001

# Numbers below it are shown with decimals.
_THREE_FIGURES = 99.95

# Milliseconds that would be shown as 1000 ms.
_ROUNDED_TO_A_SECOND = 999.5


def number(text: str, unit: str = "") -> float:
    """Return the value of `text` in base units: `500ms` is 0.5 for the unit "s", `5%` is 5.0 for "%".

    Other units have no suffix. Accepted are decimal digits with an optional sign and decimal point, but no exponent,
    `nan` or `inf`. Raises ValueError with one sentence.
    """
    return _read(text, _SUFFIXES.get(unit, {}))


def seconds(text: str) -> float:
    """Return a duration in seconds, not negative: `1.5`, `500ms`, `2s`, `1m`, `250us`, `1h`. Raises ValueError."""
    value = _read(text, _DURATIONS)
    if value < 0:
        raise ValueError(f"invalid duration {text[:40]!r}: must not be negative")
    return value


def fixed(value: float, unit: str = "") -> str:
    """Return `value` in fixed point for perfdata: six decimals for seconds, as few as necessary for other units.

    There is never an exponent, a decimal comma, or a minus sign before zero. Raises ValueError for a value that is
    not finite or exceeds LARGEST.
    """
    if not -LARGEST <= value <= LARGEST:
        raise ValueError(f"{value!r} cannot be written in fixed-point form")
    text = f"{value:.6f}"
    if not text.strip("-0."):
        text = "0.000000"
    return text if unit == "s" else text.rstrip("0").rstrip(".")


def readable(value: float, unit: str = "") -> str:
    """Return a value with its unit for a person: `0.250 s`, `847 us`, `33.3 %`."""
    if unit == "s":
        return f"{value:.3f} s" if value >= _MILLISECOND else f"{value * 1e6:.0f} us"
    size = abs(value)
    return f"{plain(value, 0 if size >= 100 else 1 if size >= 10 else 2)}{unit and ' ' + unit}"  # noqa: PLR2004 - three figures


def plain(value: float, decimals: int = 3) -> str:
    """Return a number as a person writes it: without an exponent, and without zeros at its end."""
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if decimals else text
    return "0" if text == "-0" else text


def duration(value: float) -> str:
    """Return a time in the unit that fits it: `47 us`, `0.4 ms`, `612 ms`, `1.25 s`."""
    if value < 0.1 * _MILLISECOND:
        return f"{value * 1e6:.0f} us"
    milliseconds = value * 1e3
    if milliseconds < _ROUNDED_TO_A_SECOND:
        return f"{milliseconds:.{1 if milliseconds < _THREE_FIGURES else 0}f} ms"
    return f"{value:.{2 if value < _THREE_FIGURES else 0}f} s"


def utc(at: float) -> str:
    """Return seconds since the epoch as a time in UTC with milliseconds, as RFC 3339 has it."""
    whole = int(at)
    return f"{strftime('%Y-%m-%dT%H:%M:%S', gmtime(whole))}.{int((at - whole) * 1000):03}Z"


def _read(text: str, suffixes: dict[str, tuple[str, int]]) -> float:
    digits, exponent, factor = text.strip(), "", 1
    for suffix, scale in suffixes.items():
        if digits.endswith(suffix):
            digits, (exponent, factor) = digits[: -len(suffix)], scale
            break
    unsigned = digits[1:] if digits[:1] in ("-", "+") else digits
    figures = unsigned.replace(".", "", 1)
    if not (figures.isascii() and figures.isdigit()):
        raise ValueError(f"invalid number {text[:40]!r}: must be a decimal number{_expected(suffixes)}")
    value = float(digits + exponent) * factor
    if not -LARGEST <= value <= LARGEST:
        raise ValueError(f"invalid number {text[:40]!r}: must be at most 1e15")
    return value


def _expected(suffixes: dict[str, tuple[str, int]]) -> str:
    return f" with an optional unit ({', '.join(suffixes)})" if suffixes else ""
