# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The values that the texts of settings are read as."""

from __future__ import annotations

import pytest

from support.command_line import value
from tcp_health.model.verdict import CRITICAL, OK, UNKNOWN, WARNING


@pytest.mark.parametrize(
    ("words", "wanted"),
    [("-t 5", (5.0, None)), ("-t 0.5", (0.5, None)), ("-t 500ms", (0.5, None)), ("-t 5:OK", (5.0, OK)), ("-t :warning", (None, WARNING)),
     ("-t 5:3", (5.0, UNKNOWN)), ("-t 1m:crit", (60.0, CRITICAL)), ("-t :u", (None, UNKNOWN))],
)  # fmt: skip
def test_a_timeout_is_seconds_and_a_state(words: str, wanted: object) -> None:
    assert value(words, "timeout") == wanted


@pytest.mark.parametrize("word", ["ok", "okay", "o", "OK", "0"])
def test_a_state_is_a_word_an_abbreviation_or_a_number(word: str) -> None:
    assert value(f"-r {word}", "on_refused") == OK


def test_a_fingerprint_can_have_the_form_that_openssl_prints() -> None:
    digits = "0123456789abcdef" * 4
    colons = ":".join(digits[at : at + 2] for at in range(0, 64, 2)).upper()
    for text in (digits, colons, f"sha256 Fingerprint={colons}", f"SHA256 Fingerprint={colons}"):
        assert value(["--fingerprint", text], "fingerprint") == (digits,)
