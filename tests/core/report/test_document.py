# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The JSON document, for any answer of the server."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from support.reported import bad, judged
from tcp_health.model.causes import Cause, Phase
from tcp_health.report.document import to_document


@given(st.binary(max_size=100))
def test_the_document_is_json_and_clean(received: bytes) -> None:
    result = judged(
        "-e x", bad(Cause.MISMATCH, Phase.RECEIVE, "a|b\n<c>", received=received, size=len(received))
    )
    text = json.dumps(to_document(result), allow_nan=False)
    assert not re.search(r"\\u00[01]|\\u007f", text)
    assert json.loads(text)["attempts"][0]["size"] == len(received)
