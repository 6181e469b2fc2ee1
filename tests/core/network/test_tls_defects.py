# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every TLS defect against a server that has it: state, cause, diagnosis, output, and what the server saw."""

from __future__ import annotations

import os
import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from support.fake_network import FakeNetwork
from support.loopback import Stage
from support.minting import TODAY
from support.playing import check_of
from support.scripted import Name, accepts, refuses
from support.starttls_peers import PROTOCOLS, VARIANTS
from support.tls_defects import (
    CRITICAL,
    HUNDRED_DAYS,
    NAMED,
    ROWS,
    UNKNOWN,
    Row,
    differences,
    executed,
    minted,
    run,
    seen_differences,
)
from support.tls_peers import MIDDLE, NAMES, PEERS, context, speaks
from tcp_health.model.causes import TLS_CAUSES, Cause
from tcp_health.model.outcome import Failure
from tcp_health.network.network import Network
from tcp_health.report.details import long_output
from tcp_health.report.document import to_document
from tcp_health.runs.repeat import evaluate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

BY_TITLE = {row.title: row for row in ROWS}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return minted(tmp_path_factory.mktemp("minted"))


def played(row: Row, places: dict[str, str], folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Run the check; return its differences from the row."""
    peer, servers = row.begin()
    network = Network()
    try:
        with Stage({row.at.format(folder=folder): servers}) as stage:
            check = check_of(row.line(stage.port, folder, places).replace("{", "{{").replace("}", "}}"))
            result = evaluate(check, network=network)
    finally:
        network.shut()
    document = to_document(result)
    fault = document["fault"]["name"] if document["fault"] else ""
    lines = [document["output"], *document["long_output"], *long_output(result), document["perfdata"]]
    found = differences(row, document["state"], document["cause"] or "", fault, lines)
    return document, found + seen_differences(row, peer, sum(stage.connects.values()))


def rows() -> Iterator[Any]:
    """Every row; rows that do not depend on the interpreter run on one interpreter only."""
    for row in filter(Row.applies, ROWS):
        once = row.group in ("STARTTLS", "--no-verify", "-S", "PROXY", "unix socket", "trust")
        yield pytest.param(row, id=row.title, marks=[pytest.mark.once] if once else [])


@pytest.mark.parametrize("row", list(rows()))
def test_a_defect_is_reported_by_name(row: Row, places: dict[str, str], tmp_path: Path) -> None:
    _, found = played(row, places, tmp_path)
    assert not found, "\n".join(found)


def test_every_peer_and_every_attack_has_a_row() -> None:
    """The groups that play them with --tls; peers that need more options have rows of their own."""
    played = {
        row.peer for row in ROWS if isinstance(row.peer, str) and not row.group.startswith(("-", "several"))
    }
    assert set(PEERS) - played == set()
    assert {f"{name} {variant}" for name in PROTOCOLS for variant in VARIANTS} <= {row.name for row in ROWS}
    assert len(BY_TITLE) == len(ROWS)


def test_every_cause_of_tls_has_a_row() -> None:
    assert set(TLS_CAUSES) | {Cause.TLS_UNUSABLE} <= {row.cause for row in ROWS}


# Facts


def test_the_facts_of_a_second_connection_are_in_json(places: dict[str, str], tmp_path: Path) -> None:
    document, _ = played(BY_TITLE["certificate: name mismatch, an address"], places, tmp_path)
    secured = document["attempts"][0]["secured"]
    own = secured["certificates"][0]
    minted = MIDDLE.leaf(("other.test", "192.0.2.1"))
    assert (secured["second_connection"], secured["verification"]) == (True, "certificate_name_mismatch")
    assert (secured["protocol"], secured["client_certificate_asked"]) == ("TLSv1.3", False)
    assert (own["dns_names"], own["ip_addresses"]) == (["other.test"], ["192.0.2.1"])
    assert (own["subject"], own["issuer"], own["self_signed"]) == (
        "CN=other.test",
        "CN=Test Intermediate",
        False,
    )
    assert (own["key_type"], own["key_size"], own["fingerprint"]) == ("EC", 256, minted.fingerprint)
    assert int(own["serial"], 16) == minted.certificate.serial_number
    assert secured["chain_known"] is (sys.version_info >= (3, 10))
    assert len(secured["certificates"]) == (2 if secured["chain_known"] else 1)
    assert document["measures"]["certificate_days"] == pytest.approx(90, abs=0.1)


def test_the_second_connection_is_no_part_of_the_time_and_within_the_limit(
    places: dict[str, str], tmp_path: Path
) -> None:
    document, found = played(BY_TITLE["second connection: silent, within the limit"], places, tmp_path)
    assert not found
    assert document["attempts"][0]["time"] < 0.2
    assert 0.3 < document["elapsed"] < 1


def test_on_the_second_connection_we_ask_for_the_same_name_and_present_no_certificate(
    places: dict[str, str], tmp_path: Path
) -> None:
    expired = MIDDLE.leaf(NAMES, from_days=-90.0, days=-2.0)
    peer = speaks("expired", context(expired, client="optional"))
    words = "--tls --ca-file {ca} --client-cert {both}"
    row = Row(
        "",
        "",
        words,
        lambda: peer,
        CRITICAL,
        "certificate_expired",
        "certificate-expired",
        host=NAMED,
        connects=2,
    )
    _, found = played(row, places, tmp_path)
    assert not found
    assert [(each.name, each.client) for each in peer.notes.sessions] == [("tls.test", None)]


def test_only_a_request_for_a_client_certificate_meets_that_expectation(
    places: dict[str, str],
) -> None:
    proving = [row for row in ROWS if "client-certificate-required" in row.words]
    assert {row.state for row in proving if row.cause != Cause.CLIENT_CERTIFICATE_REQUIRED} == {CRITICAL}
    assert len(proving) == 9


# Several addresses: a name with two needs a scripted name service


def faked(words: str, servers: dict[str, Any], places: dict[str, str]) -> dict[str, Any]:
    network = FakeNetwork(servers, {"tls.test": Name(*servers)}, today=TODAY)
    check = check_of(f"-H tls.test -p 4000 {words}".format(**places))
    result = evaluate(check, network=network)
    assert not network.open
    return to_document(result)


def test_with_all_addresses_each_certificate_is_checked(places: dict[str, str]) -> None:
    servers = {
        each: accepts(PEERS[name]()) for each, name in (("127.0.0.2", "healthy"), ("127.0.0.3", "expired"))
    }
    document = faked("--addresses all --tls --ca-file {ca}", servers, places)
    assert (document["state"], document["cause"]) == ("WARNING", Cause.CERTIFICATE_EXPIRED)
    legs = document["attempts"][0]["addresses"]
    assert [leg["cause"] for leg in legs] == [None, Cause.CERTIFICATE_EXPIRED]
    assert [leg["secured"]["second_connection"] for leg in legs] == [False, True]
    assert "1 of 2 addresses failed: 127.0.0.3" in "".join([document["output"], *document["long_output"]])


def test_with_all_addresses_the_first_certificate_to_expire_counts(places: dict[str, str]) -> None:
    servers = {
        each: accepts(PEERS[name]()) for each, name in (("127.0.0.2", "healthy"), ("127.0.0.3", "expired"))
    }
    document = faked("--addresses all -D 30", servers, places)
    assert document["state"] == CRITICAL
    assert "expired on" in document["output"]
    assert document["measures"]["certificate_days"] < 0


def test_with_any_address_the_handshake_is_with_the_one_that_answers(places: dict[str, str]) -> None:
    servers = {"127.0.0.2": refuses(), "127.0.0.3": accepts(PEERS["healthy"]())}
    assert faked("--tls --ca-file {ca} -e 220", servers, places)["state"] == "OK"


def test_with_any_address_the_days_are_those_of_the_one_that_answers(places: dict[str, str]) -> None:
    """The address that refused has no certificate; the check must still have certificate days."""
    servers = {"127.0.0.2": refuses(), "127.0.0.3": accepts(HUNDRED_DAYS())}
    for words, state in (
        ("--warning-certificate-days 30", "OK"),
        ("--warning-certificate-days 40", "WARNING"),
        ("--critical-certificate-days 40", CRITICAL),
        ("-D 30,10", "WARNING"),
        ("-D 29,10", "OK"),
        ("-D 40,35", CRITICAL),
    ):
        document = faked(f"--tls --ca-file {{ca}} {words}", servers, places)
        assert document["state"] == state, document
        assert document["measures"]["certificate_days"] == pytest.approx(30.5, abs=0.1)
        assert re.search(r"\bcertificate_days=30\.[45]\d*;", document["perfdata"]), document["perfdata"]
        assert "no certificate" not in document["output"]
        assert "Cannot retrieve" not in document["output"]


@pytest.mark.parametrize(
    ("name", "cause", "state"),
    [
        ("unknown issuer", Cause.CERTIFICATE_UNKNOWN_ISSUER, CRITICAL),
        ("name mismatch", Cause.CERTIFICATE_NAME_MISMATCH, CRITICAL),
        ("healthy", Cause.FINGERPRINT_MISMATCH, CRITICAL),
        ("expired", Cause.CERTIFICATE_EXPIRED, "WARNING"),
        ("not yet valid", Cause.CERTIFICATE_NOT_YET_VALID, "WARNING"),
    ],
)
def test_another_server_at_one_of_several_addresses_is_critical(
    name: str, cause: str, state: str, places: dict[str, str]
) -> None:
    """A wrong certificate can be an attacker's: CRITICAL. An expired one is the service's own: WARNING."""
    servers = {"127.0.0.2": accepts(PEERS["healthy"]()), "127.0.0.3": accepts(PEERS[name]())}
    words = "--addresses all --tls --ca-file {ca}"
    if cause == Cause.FINGERPRINT_MISMATCH:
        other = MIDDLE.leaf(NAMES, days=50.0)
        servers["127.0.0.3"] = accepts(speaks("another", context(other)))
        words += " --fingerprint {pin}"
    document = faked(words, servers, places)
    assert (document["state"], document["cause"]) == (state, cause)
    assert [leg["cause"] for leg in document["attempts"][0]["addresses"]] == [None, cause]


@pytest.mark.parametrize(("name", "state"), [("unknown issuer", CRITICAL), ("expired", "WARNING")])
def test_another_server_in_one_of_several_probes_is_critical(
    name: str, state: str, places: dict[str, str]
) -> None:
    good = accepts(PEERS["healthy"]())
    servers = {"127.0.0.2": [good, accepts(PEERS[name]()), accepts(PEERS[name]()), good]}
    document = faked("--tls --ca-file {ca} --count 3 --interval 0.1", servers, places)
    assert [attempt["cause"] is None for attempt in document["attempts"]] == [True, False, True]
    assert document["state"] == state


class Deaf(FakeNetwork):
    """A network where the second send on a connection fails with a reset."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.sent: set[Any] = set()

    def send(self, connection: Any, data: bytes) -> int | Failure | None:
        """Send, successfully once for each connection."""
        if connection in self.sent:
            return Failure(Cause.RESET, "Connection reset by peer")
        self.sent.add(connection)
        return super().send(connection, data)


def test_a_reset_during_our_alert_hides_no_defect(places: dict[str, str]) -> None:
    """The certificate's defect is known before the alert is sent, and does not depend on the server's reaction."""
    network = Deaf({"127.0.0.2": accepts(PEERS["expired"]())}, {"tls.test": Name("127.0.0.2")})
    check = check_of(f"-H tls.test -p 4000 --tls --ca-file {places['ca']}")
    result = evaluate(check, network=network)
    document = to_document(result)
    assert (document["state"], document["cause"]) == (CRITICAL, Cause.CERTIFICATE_EXPIRED)
    assert document["fault"]["name"] == "certificate-expired"


def test_a_name_with_a_trailing_dot_is_sent_without_it(places: dict[str, str], tmp_path: Path) -> None:
    """RFC 6066, 3: the name is sent without a trailing dot."""
    for words in ("--verify-name tls.test.", "--sni tls.test."):
        peer = PEERS["healthy"]()
        row = Row("", words, f"--tls --ca-file {{ca}} {words}", lambda peer=peer: peer)  # type: ignore[misc]
        _, found = played(row, places, tmp_path)
        assert not found
        assert [each.name for each in peer.notes.sessions] == ["tls.test"]


def test_the_next_step_names_the_trusted_authorities(places: dict[str, str], tmp_path: Path) -> None:
    for title, words in (
        ("certificate: expired", f" -CAfile {places['ca']}"),
        ("trust: a folder of others", f" -CApath {places['no_ca_path']}"),
    ):
        document, _ = played(BY_TITLE[title], places, tmp_path)
        assert document["fault"]["next"].startswith("openssl s_client -connect 127.0.0.1:")
        assert words in document["fault"]["next"]
    document, _ = played(BY_TITLE["trust: the system's authorities"], places, tmp_path)
    assert "-CA" not in document["fault"]["next"]


# The program must not wait for a file that is not a regular file


@pytest.mark.parametrize(
    "words",
    [
        "--dialogue {fifo}",
        "--step 'line {{file:{fifo}}}'",
        "--tls --ca-file {fifo}",
        "--tls --client-cert {fifo}",
        "--tls --client-cert {client} --client-key {fifo}",
        "--tls --client-cert {client} --client-key {locked} --client-key-password-file {fifo}",
    ],
)
def test_a_fifo_is_refused_at_once(words: str, places: dict[str, str], tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    row = Row("", words, words, "healthy", UNKNOWN, "tls_unusable", "tls-unusable")
    done, _, _ = run(row, {**places, "fifo": str(fifo)}, tmp_path, patience=5)
    assert done.returncode == 3
    assert f"{fifo}: not a regular file" in done.stdout
    assert not done.stderr


# Through the executable

SAMPLE = [
    "certificate: expired", "certificate: name mismatch, a name", "agreement: only TLS 1.0",
    "client certificate: required is proven, 1.3", "client certificate: unusable: --client-cert client.pem --client-key public.pem",
    "days: -D with --tls", "second connection: nothing of the dialogue", "STARTTLS: smtp injects", "PROXY: v2 where it is expected",
    "unix socket: healthy",
]  # fmt: skip


@pytest.mark.parametrize("title", SAMPLE)
def test_the_executable_has_the_same_results(title: str, places: dict[str, str], tmp_path: Path) -> None:
    found = executed(BY_TITLE[title], places, tmp_path)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("password", ["", " --client-key-password-file {wrong_password}"])
def test_the_executable_never_asks_for_a_password(
    password: str, places: dict[str, str], tmp_path: Path
) -> None:
    words = "--tls --ca-file {ca} --client-cert {client} --client-key {locked}" + password
    row = Row("", "locked", words, "healthy", UNKNOWN, "tls_unusable", "tls-unusable")
    for terminal in (False, True):
        done, _, _ = run(row, places, tmp_path, terminal=terminal)
        said = done.stdout + done.stderr
        assert done.returncode == 3, said
        assert "phrase" not in said
        # A terminal's lines are wrapped.
        assert f"{places['locked']}:the" in "".join(said.split())


@pytest.mark.once
@pytest.mark.engine("openssl", "openssl")
def test_the_pinned_fingerprint_is_the_one_that_openssl_prints(
    places: dict[str, str], tmp_path: Path
) -> None:
    import subprocess

    leaf = tmp_path / "leaf.pem"
    leaf.write_bytes(MIDDLE.leaf(NAMES).pem)
    program = shutil.which("openssl") or ""
    command = [program, "x509", "-in", str(leaf), "-noout", "-fingerprint", "-sha256"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith(places["pin_colons"])
    plan = check_of(f"-H h -p 1 --fingerprint '{done.stdout.strip()}'").probe.recipe.tls
    assert plan is not None
    assert plan.fingerprints == (places["pin"],)
