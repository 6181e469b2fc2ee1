# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""What a timeout interrupted, in words, for the diagnosis and for the report."""

from __future__ import annotations

from ..model.causes import Phase

# The timeout of a receive after some bytes of the answer.
MIDDLE = "middle"

# By phase, or MIDDLE: a few words, and a clause.
TIMEOUT_WORDS: dict[str, tuple[str, str]] = {
    Phase.RESOLVE: ("no answer", "the name lookup had no answer"),
    Phase.CONNECT: ("no answer to the SYN", "no answer to the SYN"),
    Phase.TLS: ("the handshake stops", "the TLS handshake stopped"),
    Phase.SEND: ("does not read", "the server does not read"),
    Phase.RECEIVE: ("no answer", "no answer came"),
    MIDDLE: ("the answer stops", "the answer stopped in the middle"),
}
