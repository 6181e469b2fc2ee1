# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""What is wrong with what a user gave: one sentence, and the setting that it belongs to."""

from __future__ import annotations


class SettingError(ValueError):
    """A setting's value that cannot be: name is the setting's, the text one clear sentence without it."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(name, sentence)
        self.name = name
        self.sentence = sentence

    def __str__(self) -> str:
        return f"{self.name}: {self.sentence}"
