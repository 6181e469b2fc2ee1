# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The JSON document: every kind of result fits the documented schema, and the exit code is the plugin's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from support.listener_process import listening
from support.loopback import Stage
from support.minting import TODAY, self_signed
from support.scripted import accepts
from support.tls_peers import GREETING, MIDDLE, NAMES, PEERS, ROOT, context, says_plainly, speaks
from tcp_health.model.causes import CAUSES, CERTIFICATE_CAUSES

if TYPE_CHECKING:
    from support.tls_peers import Peer

HERE = Path(__file__).parents[3]
SCHEMA = json.loads((HERE / "docs" / "check_tcp_health.schema.json").read_text())
PLUGIN = HERE / "plugins" / "check_tcp_health"


def document(*arguments: str) -> tuple[dict[str, Any], int]:
    done = subprocess.run(
        [sys.executable, PLUGIN, "--output", "json", *arguments],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert not done.stderr
    return json.loads(done.stdout), done.returncode


@pytest.mark.parametrize(
    ("arguments", "code", "cause"),
    [
        (("-H", "127.0.0.1", "-p", "{port}", "--read", "eof"), 0, None),
        (("-H", "localhost", "-p", "{port}", "--count", "3", "--interval", "0.05"), 0, None),
        (("-H", "localhost", "-p", "{port}", "--addresses", "all", "-w", "0:0"), 1, None),
        (("-H", "127.0.0.1", "-p", "{port}", "-e", "something else"), 1, "mismatch"),
        (("-H", "127.0.0.1", "-p", "1", "--retries", "1", "--retry-delay", "10ms"), 2, "refused"),
        (("-H", "127.0.0.1", "-p", "{port}", "-S"), 2, "not_tls"),
        (("-H", "127.0.0.1", "-p", "{port}", "--tls", "--ca-file", "/nonexistent.pem"), 3, "tls_unusable"),
        (("-H", "127.0.0.1", "-p", "{port}", "--starttls", "smtp"), 2, "starttls_refused"),
        (("-H", "127.0.0.1", "-p", "{port}", "--step", "expect-regex (?P<greeting>H\\w+), c"), 0, None),
        (("-H", "127.0.0.1", "-p", "{port}", "--step", "# its name", "--step", "expect 220"), 1, "mismatch"),
        (("-H", "127.0.0.1", "-p", "{port}", "--source", "203.0.113.9"), 3, "source_unusable"),
        (("-H", "/nonexistent/socket"), 2, "socket_missing"),
        (("-H", "127.0.0.1", "-p", "1", "--wait", "0.1"), 2, "refused"),
    ],
)
def test_every_kind_of_result_fits_the_schema(
    arguments: tuple[str, ...], code: int, cause: str | None
) -> None:
    with listening("--behaviour", "greet") as listener:
        found, exit_code = document(*(word.format(port=listener.port) for word in arguments))
    jsonschema.validate(found, SCHEMA)
    assert (exit_code, found["exit_code"], found["cause"]) == (code, code, cause)


# TLS and dialogues


def dialogue(*lines: str) -> tuple[str, ...]:
    """The command line for these steps."""
    return tuple(word for line in lines for word in ("--step", line))


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    """A file with the certificate of the peers' authority."""
    path = tmp_path / "ca.pem"
    path.write_bytes(ROOT.pem)
    return path


def attempt_at(peer: Peer, *arguments: str, code: int = 0) -> dict[str, Any]:
    """The only attempt in the document of a check of that peer."""
    with Stage({"127.0.0.1": accepts(peer)}) as stage:
        found, exit_code = document("-H", "127.0.0.1", "-p", str(stage.port), *arguments)
    jsonschema.validate(found, SCHEMA)
    assert exit_code == found["exit_code"] == code, found["output"]
    attempt: dict[str, Any] = found["attempts"][0]
    return attempt


def test_a_verified_handshake_has_its_certificates(trusted: Path) -> None:
    attempt = attempt_at(PEERS["healthy"](), "--tls", "--ca-file", str(trusted), "-e", "220")
    secured = attempt["secured"]
    certificates, chain = secured.pop("certificates"), secured.pop("chain")
    assert secured == {
        "protocol": "TLSv1.3",
        "cipher": secured["cipher"],
        "alpn": None,
        "verification": "verified",
        "second_connection": False,
        "client_certificate_asked": False,
        "chain_known": sys.version_info >= (3, 10),
    }
    leaf = MIDDLE.leaf(NAMES)
    own = certificates[0]
    assert own["fingerprint"] == leaf.fingerprint
    assert own["serial"] == f"{leaf.certificate.serial_number:x}"
    assert (own["subject"], own["issuer"]) == ("CN=localhost", "CN=Test Intermediate")
    assert own["dns_names"] + own["ip_addresses"] == list(NAMES)
    assert (own["key_type"], own["key_size"], own["self_signed"]) == ("EC", 256, False)
    assert [round((own[end] - TODAY) / 86400) for end in ("not_before", "not_after")] == [-1, 90]
    if secured["chain_known"]:
        assert [each["fingerprint"] for each in certificates] == [leaf.fingerprint, MIDDLE.fingerprint]
    assert chain[: len(certificates)] == (certificates if secured["chain_known"] else [])
    assert [each["fingerprint"] for each in chain[2:]] == ([ROOT.fingerprint] if chain else [])
    assert attempt["received"] == GREETING.decode().strip()


def test_a_rejected_certificate_is_read_on_the_second_connection(trusted: Path) -> None:
    attempt = attempt_at(PEERS["expired"](), "--tls", "--ca-file", str(trusted), "-e", "220", code=2)
    assert (attempt["cause"], attempt["phase"]) == ("certificate_expired", "tls")
    secured = attempt["secured"]
    assert (secured["verification"], secured["second_connection"]) == ("certificate_expired", True)
    assert secured["certificates"][0]["not_after"] < TODAY
    assert attempt["received"] is None


def test_tls_without_verification_is_marked_as_not_verified() -> None:
    attempt = attempt_at(PEERS["expired"](), "-S")
    assert attempt["secured"]["verification"] == "not verified"


def test_the_number_of_names_of_a_certificate_is_bounded() -> None:
    minted = self_signed([f"host{number}.test" for number in range(300)])
    attempt = attempt_at(speaks("many names", context(minted)), "-S")
    assert len(attempt["secured"]["certificates"][0]["dns_names"]) == 100


def test_captures_and_the_failed_step_are_in_the_document() -> None:
    steps = dialogue("capture name 220 (\\S+)", "line NOOP", "expect-regex 25(?P<digit>.)")
    peer = says_plainly("greets", b"220 tls.test|x ready\r\n", b"250 ok\r\n")
    attempt = attempt_at(peer, *steps)
    assert (attempt["captured"], attempt["step"]) == ({"name": "tls.test¦x", "digit": "0"}, None)
    assert attempt_at(peer, *steps, "--hide-output")["captured"] == {}
    attempt = attempt_at(says_plainly("refuses", b"220 tls.test\r\n", b"500 no\r\n"), *steps, code=1)
    assert (attempt["captured"], attempt["step"], attempt["cause"]) == ({"name": "tls.test"}, 3, "mismatch")


def test_a_secret_that_is_echoed_appears_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("open sesame\n", encoding="utf-8")
    peer = says_plainly("echoes", b"220 hello\r\n", b"250 you said open sesame\r\n")
    with Stage({"127.0.0.1": accepts(peer)}) as stage:
        words = dialogue("expect 220", f"line AUTH {{file:{secret}}}", "capture said 250 (.*)")
        found, _ = document("-H", "127.0.0.1", "-p", str(stage.port), *words)
        heard = stage.heard["127.0.0.1"]
    assert heard == b"AUTH open sesame\r\n"
    assert "said you said ***" in found["output"]
    assert "sesame" not in json.dumps(found)


def test_the_schema_knows_every_cause() -> None:
    causes = {*CAUSES, None}
    assert set(SCHEMA["properties"]["cause"]["enum"]) == causes
    assert set(SCHEMA["definitions"]["attempt"]["properties"]["cause"]["enum"]) == causes
    verification = SCHEMA["definitions"]["secured"]["properties"]["verification"]["enum"]
    assert set(verification) == {"verified", "verified_without_name", "not verified", *CERTIFICATE_CAUSES}


def test_a_field_that_the_schema_does_not_have_is_found() -> None:
    found, _ = document("-H", "127.0.0.1", "-p", "1")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**found, "surprise": 1}, SCHEMA)
