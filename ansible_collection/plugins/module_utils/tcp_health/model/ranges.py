# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Threshold ranges in the syntax of the plugin guidelines, and the text of each."""

from __future__ import annotations

from ..text.units import LARGEST, fixed, number
from .value import Value

_INFINITY = float("inf")


class Range(Value):
    """`[@]start:end` of the Monitoring Plugins Development Guidelines, "Threshold and Ranges".

    start    lowest value of the range, in base units (seconds, percent); can be infinite
    end      highest value of the range, likewise
    inside   whether a value inside the range alerts, instead of one outside (`@` in the text)
    text     the range as the user wrote it; parsing it returns an equal range, and it is not compared
    share    whether the ends are percentages of a whole that is known after the check only, as a certificate's lifetime

    Raises ValueError if start is above end, or an end is finite and beyond 1e15.
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
            raise ValueError(
                f"invalid range from {start!r} to {end!r}: must be ascending, within 1e15 or infinite"
            )
        text = self.text or ("@" if self.inside else "") + _span(float(start), float(end))
        self._complete(start=float(start), end=float(end), text=text)

    @classmethod
    def parse(cls, text: str, unit: str = "", *, less_is_worse: bool = False, share: bool = False) -> Range:
        """Parse `text`. Each end can have its own unit: `500ms:1.5s` (unit "s"), `5%` ("%").

        N alone means 0 to N, or with `less_is_worse` N and above. `@N` always means `@0:N`. Raises ValueError
        with one sentence.
        """
        stripped = text.strip()
        inside = stripped.startswith("@")
        first, colon, last = stripped[inside:].partition(":")
        if not colon:
            first, last = (first, "") if less_is_worse and not inside else ("", first)
        if not first and not last:
            raise ValueError(f"invalid range {stripped[:40]!r}: must contain a number")
        if ":" in last:
            raise ValueError(f"invalid range {stripped[:40]!r}: must contain at most one ':'")
        if last == "~" or (first == "~" and not colon):
            raise ValueError(f"invalid range {stripped[:40]!r}: '~' (no lower end) must be before a ':'")
        start = -_INFINITY if first == "~" else number(first, unit) if first else 0.0
        end = number(last, unit) if last else _INFINITY
        if start > end:
            hint = "" if first else f", which is 0 (use '~:{last.strip()[:40]}' for a range without a start)"
            raise ValueError(f"invalid range {stripped[:40]!r}: the end must not be below the start{hint}")
        text = stripped if colon or not first else stripped + ":"
        return cls(start, end, inside=inside, text=text, share=share)

    def of(self, whole: float) -> Range:
        """Return the range in the unit of `whole` if its ends are percentages of it, else the range itself."""
        if not self.share:
            return self
        whole = max(whole, 0.0)  # a server may send a certificate with a negative lifetime
        start, end = (
            each if abs(each) == _INFINITY else each * whole / 100 for each in (self.start, self.end)
        )
        return Range(start, end, inside=self.inside, text=self.text)

    def alerts(self, value: float) -> bool:
        """Whether `value`, in base units, alerts. Raises ValueError for NaN, which no range contains."""
        # pylint: disable-next=comparison-with-itself
        if value != value:  # noqa: PLR0124 - true of NaN alone; math.isnan would be an import for one use
            raise ValueError("a value that is not a number cannot be compared with a range")
        return (self.start <= value <= self.end) is self.inside

    def covers(self, other: Range, least: float) -> bool:
        """Return whether another range alerts only where this one does, and at fewer values, of those from `least`."""
        if self.share is not other.share:
            return False  # the whole is not known yet
        # Whether a range alerts changes only at its ends: the ends, and a value between each two, stand for all values.
        limits = {least, self.start, self.end, other.start, other.end} - {-_INFINITY, _INFINITY}
        ends = sorted(each for each in limits if each >= least)
        between = [(low + high) / 2 for low, high in zip(ends, ends[1:])]
        values = [*ends, *between]
        if ends:
            values += [each for each in (ends[0] - 1, ends[-1] + 1) if each >= least]
        mine = {each for each in values if self.alerts(each)}
        others = {each for each in values if other.alerts(each)}
        return bool(others) and others < mine

    @property
    def plain(self) -> float | None:
        """N if the range is 0 to N, the form that every monitoring system can read; else None."""
        return self.end if self.start == 0 and self.end < _INFINITY and not self.inside else None

    def words(self) -> str:
        """Return the values that alert, in words: `below 30` for the range 30:. The form N stays as it is."""
        first, colon, last = self.text.partition(":")
        if self.inside or not colon:
            return self.text
        if not last:
            return f"below {first}"
        return f"above {last}" if first == "~" else f"outside {first or 0} to {last}"

    def perfdata(self, unit: str = "") -> str:
        """Return the threshold for a perfdata item, in base units: a plain number if possible."""
        if self.plain is not None:
            return fixed(self.plain, unit)
        start = "~" if self.start == -_INFINITY else fixed(self.start, unit)
        end = "" if self.end == _INFINITY else fixed(self.end, unit)
        return f"{'@' if self.inside else ''}{start}:{end}"

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not Range:
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
    # repr is the shortest text of a float that parses to the same float, but has an exponent below 1e-4.
    mantissa, _sign, exponent = repr(value).partition("e")
    if not exponent:
        return mantissa
    sign = "-" if value < 0 else ""
    return f"{sign}0.{'0' * (-int(exponent) - 1)}{mantissa.replace('-', '').replace('.', '')}"
