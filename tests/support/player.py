# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plays the steps of a dialogue against a script, without a network or a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.scripted import END, Hear
from support.service_scenarios import OPENING_TALKS, Talk
from tcp_health.dialogue.matching import Match, Unwanted, matches
from tcp_health.model.dialogue import Hear as Hearing
from tcp_health.model.dialogue import Say
from tcp_health.services.starttls import STARTTLS
from tcp_health.services.table import SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from support.scripted import Step as Script
    from tcp_health.model.dialogue import Step


class Played:
    """The result of a dialogue: words as in a Talk, what was captured, and unexpected bytes."""

    def __init__(self, words: str | None, captured: dict[str, str], unread: bytes) -> None:
        self.words = words
        self.captured = captured
        self.unread = unread


class Player:
    """A server's script, and a dialogue; SIZE is how many bytes arrive at once."""

    def __init__(self, steps: Sequence[Step], script: Iterable[Script], size: int) -> None:
        self.steps = steps
        self.script = list(script)
        self.size = size
        self.said = b""
        self.waiting = b""
        self.unread = b""
        self.values = {"host": b"127.0.0.2", "port": b"4000", "helo": b"localhost"}
        self.captured: dict[str, str] = {}

    def play(self) -> Played:
        """Play to the end, or to the first step that fails."""
        for step in self.steps:
            if isinstance(step, Say):
                self.said += step.fill(self.values)
            elif isinstance(step, Hearing):
                words = self._hear(step)
                if words is not None:
                    return Played(words, self.captured, self.unread)
        self._serve()
        assert not self.waiting or self.size == 1, "the script goes on where the dialogue ends"
        assert not any(isinstance(step, Hear) for step in self.script), "the server waits for more"
        return Played(None, self.captured, self.unread + self.waiting)

    def _hear(self, step: Hearing) -> str | None:
        fresh = 0
        while True:
            found = matches(step, self.unread, fresh) if self.unread else None
            if isinstance(found, Unwanted):
                return found.words
            if isinstance(found, Match):
                self.unread = self.unread[found.end :]
                for name, value in found.captured.items():
                    self.values[name] = value
                    self.captured[name] = value.decode()
                return None
            self._serve()
            if not self.waiting:
                return "" if step.required or self.unread else None
            fresh = min(self.size, len(self.waiting))
            self.unread, self.waiting = self.unread + self.waiting[:fresh], self.waiting[fresh:]

    def _serve(self) -> None:
        while self.script:
            step = self.script[0]
            if isinstance(step, Hear):
                if step.data not in self.said:
                    return
                self.said = self.said.partition(step.data)[2]
            elif isinstance(step, bytes):
                self.waiting += step
            else:
                assert step is END
            self.script.pop(0)


def steps_of(talk: Talk) -> tuple[Step, ...]:
    return STARTTLS[talk.name].steps if talk in OPENING_TALKS else SERVICES[talk.name].steps
