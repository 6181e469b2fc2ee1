# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A measured figure and its goal."""

from __future__ import annotations


class Figure:
    """A figure and its goal.

    name   the name of the benchmark and of this part
    value  the figure
    words  a description, beginning with the unit
    least  the smallest value that meets the goal, or None
    most   the largest, or None
    notes  lines that are printed below it, for information
    """

    __slots__ = ("least", "most", "name", "notes", "value", "words")

    def __init__(
        self,
        name: str,
        value: float,
        words: str,
        *,
        least: float | None = None,
        most: float | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.value = value
        self.words = words
        self.least = least
        self.most = most
        self.notes = notes

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached; NaN never is."""
        above = self.least is None or self.value >= self.least
        below = self.most is None or self.value <= self.most
        return above and below

    @property
    def goal(self) -> str:
        """The goal as a formula."""
        if self.least is None:
            return f"goal ≤ {self.most:g}"
        if self.most is None:
            return f"goal ≥ {self.least:g}"
        return f"goal {self.least:g} to {self.most:g}"

    def __str__(self) -> str:
        verdict = "ok" if self.is_met else "MISS"
        line = f"{self.name}: {self.value:.2f} {self.words} ({self.goal}) {verdict}"
        return "\n".join((line, *(f"  {note}" for note in self.notes)))
