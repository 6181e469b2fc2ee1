# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the table of step words in docs/dialogues.md."""

from __future__ import annotations

import re

from marks import write_table

from tcp_health.dialogue.grammar import WORDS

_CODE = re.compile(r"\\\S+|\{\w+\}|\{\{|\}\}|\^|\$|capture NAME REGEX|send-hex 00 ff")


def write_into(present: str) -> str:
    """Return the page with a new table."""
    rows = ((f"`{word}`", _CODE.sub(r"`\g<0>`", meaning)) for word, meaning in WORDS.items())
    return write_table(present, "words", ("word", "what it does"), rows)
