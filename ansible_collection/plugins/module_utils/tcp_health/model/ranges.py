# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Threshold ranges: text to value and back, in the syntax of the plugin guidelines."""

from __future__ import annotations

from ..text.units import LARGEST, fixed, number
from .value import Value

_INFINITY = float("inf")


class Range(Value):
    """`[@]start:end` of the Monitoring Plugins Development Guidelines, "Threshold and Ranges".

    `start` and `end` are in base units (seconds, percent) and may be infinite; both belong to the range. A
    value outside alerts, or with `inside` (the text's `@`) a value inside. `text` says the same in the
    user's words, reads back as an equal range, and takes no part in equality. `share` says that the ends are
    percent of a whole that only the facts tell. Raises ValueError where start is above end, or an end is beyond
    1e15.
    """

    start: float
    end: float
    inside: bool = False
    text: str = ""
    share: bool = False

    def _validate(self) -> None:
        start, end = self.start, self.end
        finite = [each for each in (start, end) if each not in (-_INFINITY, _INFINITY)]
        ordered = start <= end and start < _INFINITY and end > -_INFINITY
        if not ordered or any(abs(each) > LARGEST for each in finite):
            raise ValueError(f"a range cannot go from {start!r} to {end!r}")
        text = self.text or ("@" if self.inside else "") + _span(float(start), float(end))
        self._complete(start=float(start), end=float(end), text=text)

    @classmethod
    def parse(cls, text: str, unit: str = "", *, less_is_worse: bool = False, share: bool = False) -> Range:
        """Read `text`, each end with a unit of its own if it likes: `500ms:1.5s` (unit "s"), `5%` ("%").

        A bare N is 0 to N, or with `less_is_worse` N and more; `@N` is `@0:N` either way. Raises ValueError
        with one sentence that does not name the option: the caller knows the place.
        """
        stripped = text.strip()
        inside = stripped.startswith("@")
        first, colon, last = stripped[inside:].partition(":")
        if not colon:
            first, last = (first, "") if less_is_worse and not inside else ("", first)
        if not first and not last:
            raise ValueError(f"the range {stripped[:40]!r} has no number")
        if ":" in last:
            raise ValueError(f"the range {stripped[:40]!r} has more than one ':'")
        if last == "~" or (first == "~" and not colon):
            raise ValueError(f"the range {stripped[:40]!r} has its '~' (no lower end) not before a ':'")
        start = -_INFINITY if first == "~" else number(first, unit) if first else 0.0
        end = number(last, unit) if last else _INFINITY
        if start > end:
            hint = "" if first else f" and starts at 0; '~:{last.strip()[:40]}' has no lower end"
            raise ValueError(f"the range {stripped[:40]!r} ends below its start{hint}")
        text = stripped if colon or not first else stripped + ":"
        return cls(start, end, inside=inside, text=text, share=share)

    def of(self, whole: float) -> Range:
        """The same in the unit of `whole`, where its ends are a share of it."""
        if not self.share:
            return self
        whole = max(whole, 0.0)  # the whole may be anybody's claim
        start, end = (
            each if abs(each) == _INFINITY else each * whole / 100 for each in (self.start, self.end)
        )
        return Range(start, end, inside=self.inside, text=self.text)

    def alerts(self, value: float) -> bool:
        """Whether `value`, in base units, is a problem. Raises ValueError for NaN, which is in no range."""
        if value != value:  # noqa: PLR0124 - true of NaN alone; math.isnan would be an import for one use
            raise ValueError("a value that is not a number cannot be held against a range")
        return (self.start <= value <= self.end) is self.inside

    @property
    def plain(self) -> float | None:
        """N where the range is just 0 to N, the form that every engine and grapher understands."""
        return self.end if self.start == 0 and self.end < _INFINITY and not self.inside else None

    def perfdata(self, unit: str = "") -> str:
        """The threshold as a perfdata item holds it, in base units: a plain number where it is one."""
        if self.plain is not None:
            return fixed(self.plain, unit)
        start = "~" if self.start == -_INFINITY else fixed(self.start, unit)
        end = "" if self.end == _INFINITY else fixed(self.end, unit)
        return f"{'@' if self.inside else ''}{start}:{end}"

    def __eq__(self, other: object) -> bool:
        if type(other) is not Range:
            return NotImplemented
        mine, others = ((each.start, each.end, each.inside, each.share) for each in (self, other))
        return mine == others

    def __hash__(self) -> int:
        return hash((Range, self.start, self.end, self.inside, self.share))


def _span(start: float, end: float) -> str:
    first = "~" if start == -_INFINITY else _digits(start)
    last = "" if end == _INFINITY else _digits(end)
    return f"{first}:{last}"


def _digits(value: float) -> str:
    # repr is the shortest text that reads back as the same float, but turns to an exponent below 1e-4.
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        return mantissa
    sign = "-" if value < 0 else ""
    return f"{sign}0.{'0' * (-int(exponent) - 1)}{mantissa.replace('-', '').replace('.', '')}"
