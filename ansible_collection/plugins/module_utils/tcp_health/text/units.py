# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Numbers with units: text to base units (seconds, percent) and back to fixed point."""

from __future__ import annotations

# suffix: (decimal exponent, factor). The exponent is appended to the digits before they are read, so that
# `1.1ms` and `0.0011` are the same float; a product would differ in the last bit. `us` and `ms` come before
# `s`, whose letter they end with.
_SUFFIXES: dict[str, dict[str, tuple[str, int]]] = {
    "%": {"%": ("", 1)},
    "s": {"us": ("e-6", 1), "ms": ("e-3", 1), "s": ("", 1)},
}
_DURATIONS: dict[str, tuple[str, int]] = dict(_SUFFIXES["s"], m=("", 60), h=("", 3600))

# Beyond this a float has little room for a fraction, and perfdata would be a row of digits no graph can hold.
LARGEST = 1e15

# A shorter time is shown in microseconds: in seconds with three decimals it would be 0.000.
_MILLISECOND = 0.001


def number(text: str, unit: str = "") -> float:
    """The value of `text` in base units: `500ms` is 0.5 for the unit "s", `5%` is 5.0 for "%".

    Every other unit has no suffix. Decimal digits with an optional sign and point; no exponent, no `nan`, no
    `inf`. Raises ValueError with one sentence otherwise.
    """
    return _read(text, _SUFFIXES.get(unit, {}))


def seconds(text: str) -> float:
    """A duration in seconds, not negative: `1.5`, `500ms`, `2s`, `1m`, `250us`, `1h`. Raises ValueError."""
    value = _read(text, _DURATIONS)
    if value < 0:
        raise ValueError(f"{text[:40]!r} is a negative duration")
    return value


def fixed(value: float, unit: str = "") -> str:
    """`value` in fixed point, as perfdata wants it: six decimals for seconds, as few as needed for the rest.

    Neither exponent nor comma, whatever the locale; never a minus before zero. Raises ValueError for what is
    not finite.
    """
    if not -LARGEST <= value <= LARGEST:
        raise ValueError(f"{value!r} has no fixed-point form")
    text = f"{value:.6f}"
    if not text.strip("-0."):
        text = "0.000000"
    return text if unit == "s" else text.rstrip("0").rstrip(".")


def readable(value: float, unit: str = "") -> str:
    """Return a value with its unit for a person: `0.250 s`, `847 us`, `33.3 %`."""
    if unit == "s":
        return f"{value:.3f} s" if value >= _MILLISECOND else f"{value * 1e6:.0f} us"
    return f"{value:.3g}{unit and ' ' + unit}"


def _read(text: str, suffixes: dict[str, tuple[str, int]]) -> float:
    digits, exponent, factor = text.strip(), "", 1
    for suffix, scale in suffixes.items():
        if digits.endswith(suffix):
            digits, (exponent, factor) = digits[: -len(suffix)], scale
            break
    unsigned = digits[1:] if digits[:1] in ("-", "+") else digits
    figures = unsigned.replace(".", "", 1)
    if not (figures.isascii() and figures.isdigit()):
        raise ValueError(f"{text[:40]!r} is not a number{_expected(suffixes)}")
    value = float(digits + exponent) * factor
    if not -LARGEST <= value <= LARGEST:
        raise ValueError(f"{text[:40]!r} is too large")
    return value


def _expected(suffixes: dict[str, tuple[str, int]]) -> str:
    return f" with an optional unit ({', '.join(suffixes)})" if suffixes else ""
