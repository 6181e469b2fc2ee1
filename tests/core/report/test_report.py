# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole report: hidden answers, and hostile text that cannot forge output."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from support.foreign_text import harmless, hostile
from support.perfdata import Item, icinga, nagios
from support.reported import bad, check_of, first_line, good, judged, result_of
from tcp_health.model.causes import Cause, Phase
from tcp_health.model.outcome import TlsFacts
from tcp_health.report.details import long_output
from tcp_health.report.document import to_document
from tcp_health.report.perfdata import perfdata
from tcp_health.report.sentence import prefix, sentences
from tcp_health.wire.certificate import presented


def test_the_answer_is_hidden_on_request() -> None:
    attempt = bad(Cause.MISMATCH, Phase.RECEIVE, received=b"secret", size=6)
    assert (
        first_line("-j -e x", attempt) == "TCP WARNING - Unexpected response from host/socket on db port 80"
    )
    result = judged("-j -e x -vvv --output json", attempt, good(number=2, received=b"secret", size=6))
    assert "secret" not in "\n".join(
        [*sentences(result), *long_output(result), json.dumps(to_document(result))]
    )


def test_ten_thousand_banners_forge_nothing() -> None:
    check = check_of("-H db -p 80 -e x -vv")
    for seed in range(10_000):
        banner = hostile(seed)
        attempt = (
            bad(Cause.MISMATCH, Phase.RECEIVE, received=banner, size=len(banner))
            if seed % 2
            else good(received=banner, size=len(banner))
        )
        result = result_of(check, attempt)
        lines = [*sentences(result), *long_output(result)]
        assert all(map(harmless, lines)), banner
        perf = " ".join(map(str, perfdata(result)))
        output = f"{prefix(result)} - {lines[0]}|{perf}\n" + "\n".join(lines[1:])
        wanted = [Item.parse(str(item)) for item in perfdata(result)]
        assert nagios(output).items == wanted, banner
        assert icinga(output).items == wanted, banner


@given(st.text(min_size=1), st.text(), st.text(), st.binary(max_size=50))
def test_no_text_of_the_system_or_the_session_forges_anything(
    error: str, protocol: str, cipher: str, received: bytes
) -> None:
    attempt = bad(
        Cause.TLS_FAILED,
        Phase.TLS,
        error,
        secured=TlsFacts(protocol, cipher, (presented(received),)),
        received=received,
        size=len(received),
    )
    result = judged("-S -D 30 -vvv", attempt, attempt.replace(probe=1, legs=(attempt,)))
    assert all(map(harmless, [*sentences(result), *long_output(result)]))


@given(st.binary(max_size=300))
def test_no_certificate_forges_anything(certificate: bytes) -> None:
    result = judged("-S -D 30", good(secured=TlsFacts("TLSv1.3", "x", (presented(certificate),))))
    assert all(map(harmless, sentences(result)))


def test_hostile_values_of_settings_are_escaped() -> None:
    result = judged("-vv -e '<b>|x' -s '\x1b[31m'", good())
    assert all(map(harmless, long_output(result)))
