# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The first line: check_tcp's phrases, and further details."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.command_line import built
from support.reported import bad, check_of, first_line, good, result_of
from tcp_health.model.causes import CAUSES, Cause, Phase
from tcp_health.model.certificate import Certificate, Presented
from tcp_health.model.evidence import Icmp
from tcp_health.model.outcome import TlsFacts
from tcp_health.model.target import Address
from tcp_health.report.sentence import sentences

if TYPE_CHECKING:
    from tcp_health.model.outcome import Attempt


@pytest.mark.parametrize(
    ("attempt", "line"),
    [
        (good(), "TCP OK - 0.001 second response time on db port 80"),
        (good(received=b"220 hi\r\n", size=8), "TCP OK - 0.001 second response time on db port 80 [220 hi]"),
        (bad(Cause.NAME_UNKNOWN, Phase.RESOLVE, "Name or service not known"),
         "TCP CRITICAL - Invalid hostname, address or socket: db - Name or service not known"),
        (bad(Cause.NO_ADDRESS, Phase.RESOLVE, "db is no IPv4 address"),
         "TCP CRITICAL - Invalid hostname, address or socket: db - db is no IPv4 address"),
        (bad(Cause.RESOLVER_FAILED, Phase.RESOLVE, "Temporary failure in name resolution"),
         "TCP CRITICAL - Invalid hostname, address or socket: db - Temporary failure in name resolution"),
        (bad(Cause.RESOLVER_SILENT, Phase.RESOLVE, time=10.0),
         "TCP CRITICAL - Socket timeout after 10 seconds - the name lookup had no answer"),
        (bad(Cause.TIMED_OUT, time=10.001), "TCP CRITICAL - Socket timeout after 10 seconds - no answer to the SYN"),
        (bad(Cause.TIMED_OUT, Phase.TLS, time=10.0),
         "TCP CRITICAL - Socket timeout after 10 seconds - connected, the TLS handshake stopped"),
        (bad(Cause.TIMED_OUT, Phase.SEND, time=10.0),
         "TCP CRITICAL - Socket timeout after 10 seconds - connected, the server does not read"),
        (bad(Cause.TIMED_OUT, Phase.RECEIVE, time=10.0),
         "TCP CRITICAL - Socket timeout after 10 seconds - connected, no answer came"),
        (bad(Cause.TIMED_OUT, Phase.RECEIVE, time=10.0, size=5, received=b"12345"),
         "TCP CRITICAL - Socket timeout after 10 seconds - the answer stopped in the middle"),
        (bad(Cause.TIMED_OUT, error="Connection timed out", time=3.0),
         "TCP CRITICAL - connect to address db and port 80: Connection timed out - no answer to the SYN"),
        (bad(Cause.REFUSED, error="Connection refused"), "TCP CRITICAL - connect to address db and port 80: Connection refused"),
        (bad(Cause.UNREACHABLE, error="No route to host", icmp=Icmp(4, 3, 1, "192.0.2.254")),
         "TCP CRITICAL - connect to address db and port 80: No route to host - ICMP host unreachable from 192.0.2.254"),
        (bad(Cause.MISMATCH, Phase.RECEIVE, received=b"421 busy\r\n", size=10),
         "TCP WARNING - Unexpected response from host/socket on db port 80 [421 busy]"),
        (bad(Cause.CLOSED_EARLY, Phase.RECEIVE), "TCP CRITICAL - No data received from host - closed before any data"),
        (bad(Cause.RESET, Phase.RECEIVE), "TCP CRITICAL - No data received from host - connection reset by peer"),
        (bad(Cause.PORT_UNREACHABLE, Phase.RECEIVE), "TCP CRITICAL - No data received from host - UDP port closed"),
        (bad(Cause.TLS_FAILED, Phase.TLS, "wrong version number"),
         "TCP CRITICAL - Cannot make SSL connection. - wrong version number"),
        (bad(Cause.RESET, Phase.TLS), "TCP CRITICAL - Cannot make SSL connection. - connection reset by peer"),
        (bad(Cause.NO_ROUTE, error="Network is unreachable"),
         "TCP UNKNOWN - connect to address db and port 80: Network is unreachable - monitoring host, not the target"),
    ],
)  # fmt: skip
def test_a_failure_has_check_tcp_s_phrase_and_details(attempt: Attempt, line: str) -> None:
    assert first_line("-e x", attempt) == line


@pytest.mark.parametrize("cause", sorted(CAUSES))
@pytest.mark.parametrize("phase", [Phase.RESOLVE, Phase.CONNECT, Phase.TLS, Phase.SEND, Phase.RECEIVE])
def test_every_cause_in_every_phase_has_a_text(cause: str, phase: str) -> None:
    line = first_line("", bad(cause, phase, "words of the system"))
    assert len(line.partition(" - ")[2]) > 10
    assert "None" not in line


@pytest.mark.field(22)
def test_a_host_without_an_option_is_named_unless_the_program_has_a_name_of_check_tcp() -> None:
    for words in ("db 80", "db:80", "db -p 80"):
        assert sentences(result_of(built(words), good())) == ["0.001 second response time on db port 80"]
    check = built("db -p 80", "check_tcp")
    assert sentences(result_of(check, good())) == ["0.001 second response time on port 80"]


def test_a_unix_socket_is_named_by_its_path() -> None:
    check = check_of("-H /run/s")
    fine = result_of(check, good(address=Address(0, "/run/s", 0)))
    assert sentences(fine) == ["0.001 second response time on socket /run/s"]
    gone = result_of(check, bad(Cause.SOCKET_MISSING, error="No such file or directory"))
    assert sentences(gone) == ["connect to file socket /run/s: No such file or directory"]


@pytest.mark.parametrize(
    ("words", "seconds", "shown"),
    [("-t 0.3", 0.3, "0.3"), ("-t 10", 10.02, "10"), ("-t 10 --attempt-timeout 2.5", 2.501, "2.5"), ("-t 10 --retries 2", 3.3341, "3.33"),
     ("-t 1200", 1200.0, "1200"), ("-t 250ms", 0.2501, "0.25")],
)  # fmt: skip
def test_a_timeout_names_the_limit_that_it_ran_into(words: str, seconds: float, shown: str) -> None:
    assert f"Socket timeout after {shown} seconds" in first_line(words, bad(Cause.TIMED_OUT, time=seconds))


@pytest.mark.parametrize(
    ("words", "left", "phrase"),
    [
        ("--warning-certificate-days 30", 20.9, "expires in 20 days, on 2027-02-05 (warning below 30)"),
        ("--warning-certificate-days 30 --critical-certificate-days 2", 1.5, "expires in 1 day, on 2027-01-16 (critical below 2)"),
        ("--critical-certificate-days 2", 0.5, "expires in 12 hours, on 2027-01-15 (critical below 2)"),
        ("--critical-certificate-days 2", 0.01, "expires in less than an hour, on 2027-01-15 (critical below 2)"),
        ("--warning-certificate-days 5", -3.2, "expired 3 days ago, on 2027-01-12 (warning below 5)"),
        ("--warning-certificate-days 33%", 20.0, "expires in 20 days, on 2027-02-04 (warning below 33% of its lifetime)"),
        ("--warning-certificate-days 30:398", 500.0, "expires in 500 days, on 2028-05-29 (warning outside 30 to 398)"),
        ("--warning-certificate-days ~:398", 500.0, "expires in 500 days, on 2028-05-29 (warning above 398)"),
        ("--warning-certificate-days @30", 20.0, "expires in 20 days, on 2027-02-04 (warning @30)"),
    ],
)  # fmt: skip
def test_a_certificate_that_expires_soon_is_named_with_its_date(words: str, left: float, phrase: str) -> None:
    now = 1_800_000_000.0
    end = int(now + left * 86400)
    certificate = Certificate(
        subject="CN=db1", issuer="CN=db1", common_name="db1", issuer_common_name="db1", self_signed=True,
        not_before=end - 90 * 86400, not_after=end, serial=1, key_type="EC", signature_algorithm="",
    )  # fmt: skip
    attempt = good(secured=TlsFacts("TLSv1.3", "x", (Presented(b"", certificate),)))
    line = first_line(f"--tls {words}", attempt)
    assert (
        line.partition(" - ")[2] == f"0.001 second response time on db port 80 - certificate of db1 {phrase}"
    )
