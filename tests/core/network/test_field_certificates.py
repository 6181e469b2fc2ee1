# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What users met with certificates: each test has the number of its row in the field's table."""

from __future__ import annotations

import shlex
import ssl
import subprocess
import sys
import time
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from support import der
from support.fake_network import FakeNetwork
from support.loopback import Stage
from support.minting import TODAY, Authority, Minted
from support.playing import check_of
from support.scripted import END, RESET, accepts, refuses
from support.starttls_peers import HEALTHY, WITHHOLDS, starttls
from support.tls_defects import EXECUTABLE, minted
from support.tls_peers import (
    MIDDLE,
    NAMES,
    PEERS,
    ROOT,
    V1_0,
    V1_1,
    V1_2,
    V1_3,
    Peer,
    context,
    cut,
    speaks,
)
from tcp_health.conversation.session import Session
from tcp_health.report.details import long_output
from tcp_health.report.document import to_document
from tcp_health.runs.repeat import evaluate
from tcp_health.settings.table import SettingError
from tcp_health_plugins.check.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tcp_health.model.result import Check

# Python 3.9 reports only the server's own certificate.
CHAINS = sys.version_info >= (3, 10)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return minted(tmp_path_factory.mktemp("minted"))


class Seen(NamedTuple):
    """The result of a check: its document, all of its output, and the number of connections."""

    document: dict[str, Any]
    text: str
    connects: int

    @property
    def first(self) -> str:
        """The first line."""
        return str(self.document["output"])

    @property
    def secured(self) -> dict[str, Any]:
        """The TLS facts of the last attempt."""
        secured: dict[str, Any] = self.document["attempts"][-1]["secured"]
        return secured


def played(words: str, *peers: Peer, host: str = "-H tls.test --address 127.0.0.1") -> Seen:
    """Check a server; further peers are for the connections after the first."""
    with Stage({"127.0.0.1": [accepts(each) for each in peers]}) as stage:
        check: Check = check_of(f"{host} -p {stage.port} -t 5 {words}")
        result = evaluate(check)
    document = to_document(result)
    lines = [document["output"], *document["long_output"], *long_output(result)]
    return Seen(document, "\n".join(lines), sum(stage.connects.values()))


# Row 3: certificates that no client uses


def sent_with(leaf: Minted, *others: Minted) -> Minted:
    """The same certificate; the server also presents others."""
    shown = Minted(leaf.certificate, leaf.key, None)
    shown.chain = (*leaf.chain, *others)
    return shown


@lru_cache(maxsize=1)
def unrelated() -> Authority:
    return Authority("Unrelated CA", from_days=-3000.0, days=-329.0)


@lru_cache(maxsize=1)
def cross_sign() -> Minted:
    """The trusted root's key and name, signed by an older root; it has expired."""
    older = Authority("Older CA", from_days=-3000.0, days=-329.0)
    return older.cross_sign(ROOT, from_days=-2000.0, days=-329.0)


@pytest.mark.field(3)
@pytest.mark.parametrize("words", ["--warning-certificate-days 30", "-D 30,10"])
@pytest.mark.parametrize("extra", [unrelated, cross_sign], ids=["unrelated", "cross-sign"])
def test_an_expired_certificate_outside_the_verified_chain_does_not_count(
    extra: Any, words: str, places: dict[str, str]
) -> None:
    peer = speaks("surplus", context(sent_with(MIDDLE.leaf(NAMES), extra())))
    seen = played(f"--tls --ca-file {places['ca']} -v {words}", peer)
    assert seen.document["state"] == "OK", seen.text
    assert seen.document["measures"]["certificate_days"] == pytest.approx(90, abs=0.1)
    if not CHAINS:
        assert "only the server's own certificate is known: Python 3.9" in seen.text
        return
    name = "Unrelated CA" if extra is unrelated else "Test CA"
    assert f"surplus certificate, not in the chain: {name}, expired on 20" in seen.text
    assert "chain of 3: the first to expire is localhost on 20" in seen.text
    subjects = [[each["subject"] for each in seen.secured[which]] for which in ("certificates", "chain")]
    assert subjects == [
        ["CN=localhost", "CN=Test Intermediate", f"CN={name}"],
        ["CN=localhost", "CN=Test Intermediate", "CN=Test CA"],
    ]
    assert seen.secured["chain"][-1]["fingerprint"] == ROOT.fingerprint


@pytest.mark.field(3)
def test_a_trusted_root_that_ends_first_counts(tmp_path: Path) -> None:
    """From its end on, OpenSSL rejects the chain: the row "expired root" shows that."""
    if not CHAINS:
        return
    root = Authority("Short Root", days=9.5, wall=time.time())
    files = root.leaf(NAMES).write(tmp_path)
    seen = played(
        f"--tls --ca-file {files.ca} --warning-certificate-days 30", speaks("", context(root.leaf(NAMES)))
    )
    assert seen.document["state"] == "WARNING"
    assert "certificate of Short Root expires in 9 days" in seen.first


@pytest.mark.field(3)
def test_a_chain_without_surplus_certificates_has_no_such_line(places: dict[str, str]) -> None:
    peer = speaks("with its root", context(MIDDLE.leaf(NAMES), root=True))
    seen = played(f"--tls --ca-file {places['ca']} -v", peer)
    assert seen.document["state"] == "OK"
    assert "surplus" not in seen.text


@pytest.mark.field(3)
def test_without_verification_an_unrelated_certificate_does_not_count() -> None:
    peer = speaks("surplus", context(sent_with(MIDDLE.leaf(NAMES), unrelated())))
    seen = played("--no-verify -v --warning-certificate-days 30", peer)
    assert seen.document["state"] == "OK", seen.text


@pytest.mark.field(3)
def test_many_surplus_certificates_are_counted(places: dict[str, str]) -> None:
    others = [Authority(f"CA {number}") for number in range(8)]
    seen = played(
        f"--tls --ca-file {places['ca']} -v", speaks("many", context(sent_with(MIDDLE.leaf(NAMES), *others)))
    )
    assert seen.text.count("surplus certificate,") == (5 if CHAINS else 0)
    assert ("3 more surplus certificates" in seen.text) is CHAINS


# Row 53: what cannot be measured is weak


def signed_by_hand(
    issuer: Minted,
    key: Any,
    algorithm: bytes,
    sign: Callable[[bytes], bytes],
    *,
    begin: bytes = der.utc("250101000000Z"),
    end: bytes = der.utc("490101000000Z"),
) -> Minted:
    """A certificate that current libraries refuse to sign."""
    names = b"".join(der.element(0x82, each.encode()) for each in NAMES[:2])
    made = der.certificate(
        issuer=issuer.certificate.subject.public_bytes(),
        not_before=begin,
        not_after=end,
        algorithm=algorithm,
        key=key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        extensions=der.alternative_names(names),
        sign=sign,
    )
    return Minted(x509.load_der_x509_certificate(made), key, issuer)  # type: ignore[arg-type]


def pss_with_sha_1() -> tuple[Minted, str]:
    root = Authority("RSA Root", key="rsa2048")
    algorithm = der.element(
        der.SEQUENCE, der.element(der.OID, der.dotted("1.2.840.113549.1.1.10")), der.element(der.SEQUENCE)
    )
    how = padding.PSS(padding.MGF1(hashes.SHA1()), 20)  # noqa: S303 - what the row is about
    leaf = signed_by_hand(
        root,
        ec.generate_private_key(ec.SECP256R1()),
        algorithm,
        lambda body: root.key.sign(body, how, hashes.SHA1()),  # noqa: S303
    )
    return leaf, "localhost is signed with RSASSA-PSS-SHA1, which can be forged"


def small_curve() -> tuple[Minted, str]:
    middle = ROOT.intermediate("Small Curve", key="ec192")
    return middle.leaf(NAMES), "the EC key of Small Curve has 192 bits, the minimum is 224"


@pytest.mark.field(53)
@pytest.mark.parametrize("make", [pss_with_sha_1, small_curve])
def test_with_old_tls_versions_a_weak_chain_is_rejected(make: Any, tmp_path: Path) -> None:
    leaf, words = make()
    ca = leaf.write(tmp_path).ca
    seen = played(f"--tls-min 1.1 --ca-file {ca}", speaks("weak", context(leaf, oldest=V1_1)))
    if make is not pss_with_sha_1 and not CHAINS:
        assert seen.document["state"] == "OK"  # the rest of the chain is not known
        return
    assert seen.document["state"] == "CRITICAL", seen.text
    assert words in seen.text


@pytest.mark.field(53)
@pytest.mark.engine("openssl", "openssl")
def test_a_curve_that_is_not_in_the_table_is_rejected(tmp_path: Path) -> None:
    """The certificate of an authority on secp160r1, which the package for minting does not know."""
    if not CHAINS:
        return
    key, request, made = (tmp_path / name for name in ("small.key", "small.csr", "small.pem"))
    folder = tmp_path / "root"
    folder.mkdir()
    files = ROOT.write(folder)
    run = partial(subprocess.run, check=True, capture_output=True)
    run(["openssl", "ecparam", "-name", "secp160r1", "-genkey", "-noout", "-out", key])
    run(["openssl", "req", "-new", "-key", key, "-subj", "/CN=Rare", "-out", request])
    extensions = tmp_path / "extensions"
    extensions.write_text("basicConstraints=critical,CA:TRUE\n")
    run(["openssl", "x509", "-req", "-in", request, "-CA", files.both, "-CAkey", files.key, "-days", "9", "-extfile",
         extensions, "-out", made])  # fmt: skip
    own, leaf = tmp_path / "leaf.csr", tmp_path / "leaf.pem"
    extensions.write_text("subjectAltName=DNS:tls.test\n")
    run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
         tmp_path / "leaf.key", "-subj", "/CN=leaf", "-out", own])  # fmt: skip
    run(
        [
            "openssl",
            "x509",
            "-req",
            "-in",
            own,
            "-CA",
            made,
            "-CAkey",
            key,
            "-days",
            "9",
            "-extfile",
            extensions,
            "-out",
            leaf,
        ]
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.set_ciphers("DEFAULT:@SECLEVEL=0")
    both = tmp_path / "both.pem"
    both.write_bytes(leaf.read_bytes() + made.read_bytes() + (tmp_path / "leaf.key").read_bytes())
    server.load_cert_chain(both)
    seen = played(f"--tls-min 1.1 --ca-file {files.ca}", speaks("rare", server))
    assert seen.document["state"] == "CRITICAL", seen.text
    assert "the EC key of Rare has the unknown curve 1.3.132.0.8" in seen.text


# Rows 14 and 18: what -D and --tls say of a healthy certificate


def output_of(program: str, words: str, peer: Peer, capsys: pytest.CaptureFixture[str]) -> str:
    """The output of the plugin under a name, without the perfdata."""
    with Stage({"127.0.0.1": accepts(peer)}) as stage:
        main(shlex.split(f"-H 127.0.0.1 -p {stage.port} -t 5 {words}"), program)
    return capsys.readouterr().out.partition("|")[0]


def without_common_name(*names: str) -> Peer:
    return speaks("no common name", context(MIDDLE.leaf(names, common_name="")))


@pytest.mark.field(14)
@pytest.mark.parametrize(
    ("names", "shown"),
    [(("first.test", "other.test"), "first.test"), (("192.0.2.7",), "192.0.2.7"), ((), "Unknown CN")],
)
def test_a_certificate_without_common_name_has_its_first_alternative_name(
    names: tuple[str, ...], shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = output_of("check_tcp_health", "-D 30", without_common_name(*names), capsys)
    assert ours.startswith(f"TCP OK - Certificate '{shown}' will expire on ")
    # check_tcp looks at the common name only.
    theirs = output_of("check_tcp", "-D 30", without_common_name(*names), capsys)
    assert theirs.startswith("TCP OK - Certificate 'Unknown CN' will expire on ")


@pytest.mark.field(14)
def test_a_threshold_names_a_certificate_without_common_name(places: dict[str, str]) -> None:
    words = f"--tls --ca-file {places['ca']} --warning-certificate-days 400"
    seen = played(words, without_common_name("tls.test"))
    assert "certificate of tls.test expires in" in seen.first


@pytest.mark.field(18)
def test_the_days_left_and_the_date_are_in_the_text_when_all_is_well(
    places: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    wall = time.time()

    def healthy() -> Peer:
        return speaks("healthy", context(MIDDLE.leaf(NAMES, days=40.5, wall=wall)))

    end = time.gmtime(wall + 40.5 * 86400)
    day, written = (time.strftime(form, end) for form in ("%Y-%m-%d", "%a %b %e %H:%M"))
    for words in (f"--tls --ca-file {places['ca']}", "--no-verify"):
        seen = output_of("check_tcp_health", words, healthy(), capsys)
        assert seen.endswith(f" - certificate until {day} (40 days)")
    for words in ("-D 30", f"--tls --ca-file {places['ca']} -D 30"):
        seen = output_of("check_tcp_health", words, healthy(), capsys)
        assert f"will expire on {written}" in seen
        assert seen.endswith(" +0000 (in 40 days).")
    for words in ("-S", f"--tls --ca-file {places['ca']} -D 30"):
        assert "40 days" not in output_of("check_tcp", words, healthy(), capsys)
    assert "certificate" not in output_of("check_tcp_health", "-S", healthy(), capsys)


@pytest.mark.field(18)
def test_the_date_is_that_of_the_certificate_of_the_chain_that_expires_first(places: dict[str, str]) -> None:
    short = ROOT.intermediate("Short", days=5.5, wall=time.time())
    seen = played(f"--tls --ca-file {places['ca']}", speaks("short", context(short.leaf(NAMES))))
    assert ("certificate of Short until 20" in seen.first) is CHAINS


# Row 58: clocks and dates of other ages


@pytest.mark.field(58)
def test_a_certificate_of_the_year_2_has_four_digits(capsys: pytest.CaptureFixture[str]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    algorithm = der.element(der.SEQUENCE, der.element(der.OID, der.dotted("1.2.840.10045.4.3.2")))
    ancient = signed_by_hand(
        ROOT, key, algorithm, lambda body: ROOT.key.sign(body, ec.ECDSA(hashes.SHA256())),
        begin=der.generalized("00010101000000Z"), end=der.generalized("00020101000000Z"),
    )  # fmt: skip
    make = partial(speaks, "ancient", context(ancient))
    ours = output_of("check_tcp_health", "-D 30", make(), capsys)
    assert ours.startswith(
        "TCP CRITICAL - Certificate 'localhost' expired on Tue Jan  1 00:00:00 0002 +0000."
    )
    assert "localhost expired on 0002-01-01" in played("-D 30", make()).text
    theirs = output_of("check_tcp", "-D 30", make(), capsys)
    assert "expired on Tue Jan  1 00:00:00 2 +0000." in theirs  # as the C library prints it
    assert "expired 739" in played("--no-verify --warning-certificate-days 30", make()).first


@pytest.mark.field(58)
@pytest.mark.once
@pytest.mark.engine("faketime", "faketime")
@pytest.mark.parametrize("shift", ["+7900y", "+300y", "-1999y"])
def test_a_clock_outside_pythons_range_is_named(shift: str, places: dict[str, str]) -> None:
    """Python counts nanoseconds in 64 bits: from the year 1677 to the year 2262. Python 3.9 does not start then."""
    if not CHAINS:
        return
    peer = PEERS["healthy"]
    for words, told in (
        (f"--tls --ca-file {places['ca']}", "the clock of the monitoring host is wrong, it shows the year"),
        ("-D 30 -vvv", "the clock of the monitoring host is wrong, it shows the year"),
        (f"--tls --ca-file {places['ca']} --output json", "or the clock of the monitoring host is"),
    ):
        with Stage({"127.0.0.1": [accepts(peer()), accepts(peer())]}) as stage:
            command = ["faketime", "--exclude-monotonic", "-f", shift, sys.executable, str(EXECUTABLE)]
            line = [*command, *shlex.split(f"-H 127.0.0.1 -p {stage.port} {words}")]
            done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=30)
        assert told in done.stdout, done
        assert "internal error" not in done.stdout
        assert not done.stderr
        assert done.returncode == (2 if "json" in words else 3)


# Rows 12 and 13: names that a certificate seems to cover


@pytest.mark.field(12)
@pytest.mark.parametrize(
    ("shown", "asked", "reason"),
    [
        ("*.tls.test", "a_b.tls.test", "in OpenSSL a wildcard matches no name with an underscore"),
        ("*.a_b.test", "x.a_b.test", "in OpenSSL a wildcard matches no name with an underscore"),
        ("*.tls.test", "a.b.tls.test", "a wildcard matches one label only"),
        ("*.tls.test", "tls.test", "*.tls.test does not match tls.test itself"),
        ("f*.tls.test", "foo.tls.test", "a wildcard must be a whole label"),
        ("*.test", "tls.test", "two labels must follow a wildcard"),
        (
            "127.0.0.1",
            "127.0.0.1",
            "an address counts only as an IP address of the certificate, not as a name",
        ),
    ],
)
def test_a_name_that_looks_covered_gets_the_reason(
    shown: str, asked: str, reason: str, places: dict[str, str]
) -> None:
    """OpenSSL decides, and the check's own comparison, for another --sni, decides the same."""
    leaf = MIDDLE.literal_leaf(shown)
    own = f"--tls --ca-file {places['ca']} --verify-name {asked}"
    for words, peers in ((own, 2), (f"{own} --sni other.test", 1)):
        seen = played(words, *[speaks("name", context(leaf))] * peers)
        assert seen.document["cause"] == "certificate_name_mismatch", seen.text
        assert f"it is for {shown}, {reason}" in seen.text


@pytest.mark.field(12)
def test_a_name_with_an_underscore_is_covered_by_itself(places: dict[str, str]) -> None:
    peer = speaks("underscore", context(MIDDLE.leaf(("a_b.tls.test",))))
    assert played(f"--ca-file {places['ca']} --verify-name a_b.tls.test", peer).document["state"] == "OK"
    wild = speaks("wildcard", context(MIDDLE.leaf(("*.tls.test",))))
    words = f"--ca-file {places['ca']} --sni a_b.tls.test --verify-name any.tls.test"
    assert played(words, wild).document["state"] == "OK"


@pytest.mark.field(13)
@pytest.mark.parametrize("names", [(), ("other.test",)])
def test_a_name_that_is_only_the_common_name_is_named(names: tuple[str, ...], places: dict[str, str]) -> None:
    def server() -> Peer:
        return speaks("common name", context(MIDDLE.leaf(names, common_name="TLS.test")))

    seen = played(f"--ca-file {places['ca']}", server(), server())
    assert seen.document["cause"] == "certificate_name_mismatch"
    assert "tls.test is only its common name, which does not count" in seen.text
    seen = played(f"--ca-file {places['ca']} --no-verify-name -v", server())
    assert seen.document["state"] == "OK", seen.text
    assert seen.secured["verification"] == "verified_without_name"
    assert "verified without name" in seen.text


@pytest.mark.field(13)
@pytest.mark.parametrize(
    ("words", "server", "cause"),
    [
        ("--no-verify-name", "healthy", "certificate_unknown_issuer"),
        ("-S --no-verify-name", "healthy", "certificate_unknown_issuer"),
        ("--no-verify-name --ca-file {ca}", "expired", "certificate_expired"),
        ("--no-verify-name --ca-file {ca} --fingerprint {other_pin}", "healthy", "fingerprint_mismatch"),
        ("--no-verify-name --ca-file {ca} --tls-min 1.0", "RSA 1024", "certificate_rejected"),
        ("--no-verify-name --ca-file {ca}", "name mismatch", None),
        ("--no-verify-name --ca-file {ca} --sni other.test", "healthy", None),
    ],
)
def test_without_the_name_everything_else_is_verified(
    words: str, server: str, cause: str | None, places: dict[str, str]
) -> None:
    seen = played(words.format(**places), PEERS[server](), PEERS[server]())
    assert seen.document["cause"] == cause, seen.text


@pytest.mark.field(13)
def test_without_the_name_a_unix_socket_needs_none(places: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with Stage({str(path): [accepts(PEERS["healthy"]())]}):
        result = evaluate(check_of(f"-H {path} --ca-file {places['ca']} --no-verify-name"))
    assert result.state == 0


@pytest.mark.field(13)
@pytest.mark.parametrize("other", ["--no-verify", "--verify-name tls.test"])
def test_the_setting_contradicts_others(other: str) -> None:
    with pytest.raises(SettingError, match="cannot be combined with"):
        check_of(f"-H tls.test -p 1 --no-verify-name {other}")


# Row 52: who sees the client certificate

REQUESTS = [
    f"client certificate {how}, {version}" for how in ("optional", "required") for version in ("1.2", "1.3")
]
MINE = "--client-cert {client} --client-key {key} "
OWN_CHECKS = {
    "fingerprint": "--tls --ca-file {ca} --fingerprint {other_pin}",
    "fingerprint, no verification": "--no-verify --fingerprint {other_pin}",
    "another name": "--ca-file {ca} --sni tls.test --verify-name other.test",
}


def clients_of(peer: Peer) -> list[bool]:
    """Whether the client presented a certificate, for each handshake that the server finished."""
    end = time.monotonic() + 2  # the server may still be busy with the end of the client
    while not (peer.notes.sessions or peer.notes.failures) and time.monotonic() < end:
        time.sleep(0.01)
    return [each.client is not None for each in peer.notes.sessions]


@pytest.mark.field(52)
@pytest.mark.parametrize("server", REQUESTS)
@pytest.mark.parametrize("check", OWN_CHECKS)
def test_a_server_that_fails_the_own_checks_does_not_see_the_client(
    check: str, server: str, places: dict[str, str]
) -> None:
    peer = PEERS[server]()
    seen = played((MINE + OWN_CHECKS[check]).format(**places), peer)
    if server == "client certificate required, 1.2" and not CHAINS:
        # The exception: Python 3.9 knows no certificate of a handshake that the server has ended.
        assert clients_of(peer) == [True]
        return
    cause = "certificate_name_mismatch" if check == "another name" else "fingerprint_mismatch"
    assert seen.document["cause"] == cause, seen.text
    assert (seen.connects, any(clients_of(peer))) == (1, False)
    assert "second connection" not in seen.text


@pytest.mark.field(52)
@pytest.mark.parametrize("required", [False, True])
def test_a_server_with_a_weak_certificate_does_not_see_the_client(
    required: bool, places: dict[str, str]
) -> None:
    weak = context(MIDDLE.leaf(NAMES, key="rsa1024"), client="required" if required else "optional")
    peer = speaks("weak", weak)
    seen = played((MINE + "--ca-file {ca} --tls-min 1.1").format(**places), peer)
    assert seen.document["cause"] == "certificate_rejected", seen.text
    assert not any(clients_of(peer))


@pytest.mark.field(52)
@pytest.mark.parametrize("server", REQUESTS)
def test_a_server_that_passes_the_own_checks_gets_the_certificate(
    server: str, places: dict[str, str]
) -> None:
    peer = PEERS[server]()
    words = "--tls --ca-file {ca} --fingerprint {pin} -e 220 -s HELLO -v"
    seen = played((MINE + words).format(**places), peer, peer)
    assert seen.document["state"] == "OK", seen.text
    assert seen.connects == 2
    assert clients_of(peer)[-1]
    assert not any(clients_of(peer)[:-1])
    assert "client certificate requested" in seen.text
    assert peer.notes.heard == b"HELLO"  # on the second connection only


@pytest.mark.field(52)
@pytest.mark.parametrize(
    ("words", "server", "connects"),
    [
        ("--ca-file {ca} --fingerprint {pin}", "healthy", 1),  # it does not ask
        (
            "--ca-file {ca}",
            "client certificate required, 1.3",
            1,
        ),  # OpenSSL alone checks, before the certificate
        ("--ca-file {ca} --fingerprint {pin}", "client certificate required, 1.3", 2),
    ],
)
def test_there_is_a_second_connection_only_where_it_is_needed(
    words: str, server: str, connects: int, places: dict[str, str]
) -> None:
    peer = PEERS[server]()
    seen = played((MINE + words).format(**places), peer, peer)
    assert (seen.document["state"], seen.connects) == ("OK", connects), seen.text


@pytest.mark.field(52)
def test_the_second_connection_repeats_starttls(places: dict[str, str]) -> None:
    asks = context(MIDDLE.leaf(NAMES), client="required")
    peer = starttls("smtp", HEALTHY, asks)
    seen = played((MINE + "--starttls smtp --ca-file {ca} --fingerprint {pin}").format(**places), peer, peer)
    assert (seen.document["state"], seen.connects) == ("OK", 2), seen.text
    assert clients_of(peer)[-1]
    peer = starttls("smtp", HEALTHY, asks)
    seen = played((MINE + "--starttls smtp --ca-file {ca} --fingerprint {other_pin}").format(**places), peer)
    assert (seen.document["cause"], any(clients_of(peer))) == ("fingerprint_mismatch", False)


@pytest.mark.field(52)
def test_own_steps_and_counted_connections_are_not_repeated(places: dict[str, str]) -> None:
    """The exceptions: the server sees the certificate in the only handshake."""
    # With TLS 1.2 the client waits for the server's end of the handshake.
    asks = context(MIDDLE.leaf(NAMES), client="required", newest=V1_2)
    peer = starttls("smtp", HEALTHY, asks)
    steps = (
        "--step 'expect 220' --step 'line EHLO me' --step 'expect-regex ^250 [^\\n]*\\n' --step 'line STARTTLS'"
        " --step 'expect-regex ^220[^\\n]*\\n' --step starttls"
    )
    seen = played(
        f"{MINE.format(**places)} --ca-file {places['ca']} --fingerprint {places['other_pin']} {steps}", peer
    )
    assert (seen.document["cause"], clients_of(peer)) == ("fingerprint_mismatch", [True]), seen.text
    line = "-H db -p 1 --service {} --tls --ca-file {ca} --fingerprint {pin} " + MINE
    assert not Session.withholds(check_of(line.format("mysql", **places)).probe.recipe)
    assert Session.withholds(check_of(line.format("redis", **places)).probe.recipe)


@pytest.mark.field(52)
def test_the_first_connection_is_no_part_of_the_time(places: dict[str, str]) -> None:
    peer = PEERS["client certificate required, 1.3"]()
    network = FakeNetwork({"127.0.0.2": accepts(peer, after=0.5)}, today=TODAY)
    words = MINE + "--tls --ca-file {ca} --verify-name tls.test --fingerprint {pin} -e 220"
    result = evaluate(check_of(f"-H 127.0.0.2 -p 4000 {words}".format(**places)), network=network)
    assert result.state == 0
    assert len(network.syns) == 2
    [attempt] = result.outcome.attempts
    assert attempt.time == pytest.approx(0.5)
    assert result.outcome.elapsed == pytest.approx(1.0)


@pytest.mark.field(52)
def test_a_key_that_cannot_be_used_is_reported_though_nobody_asks(places: dict[str, str]) -> None:
    words = "--client-cert {client} --client-key {stranger_key} --ca-file {ca} --fingerprint {pin}"
    seen = played(words.format(**places), PEERS["healthy"]())
    assert (seen.document["state"], seen.document["cause"]) == ("UNKNOWN", "tls_unusable")


# Row 15: a TLS version that must be refused


def offering(oldest: ssl.TLSVersion, newest: ssl.TLSVersion = V1_3, **settings: Any) -> Callable[[], Peer]:
    return lambda: speaks("versions", context(MIDDLE.leaf(NAMES), oldest=oldest, newest=newest, **settings))


REFUSES = "{how} --expect-state tls-{version}-refused"
VERIFIED = "--tls --ca-file {ca}"


@pytest.mark.field(15)
@pytest.mark.parametrize("how", [VERIFIED, "-S", "--no-verify"])
@pytest.mark.parametrize(
    ("version", "server"), [("1.0", V1_1), ("1.0", V1_2), ("1.1", V1_2), ("1.1", V1_3), ("1.2", V1_3)]
)
def test_a_refused_version_is_ok(
    version: str, server: ssl.TLSVersion, how: str, places: dict[str, str]
) -> None:
    words = REFUSES.format(how=how, version=version).format(**places)
    seen = played(f"{words} --retries 2", offering(server)())
    assert (seen.document["state"], seen.document["cause"], seen.connects) == ("OK", "tls_protocol", 1), (
        seen.text
    )
    assert seen.first.startswith("TCP OK - 0.")
    assert f"tls-{version}-refused, as expected" in seen.first
    assert seen.document["fault"] is None


@pytest.mark.field(15)
@pytest.mark.parametrize("how", [VERIFIED, "-S", "--no-verify"])
@pytest.mark.parametrize(
    ("version", "oldest", "newest", "chosen"),
    [
        ("1.0", V1_0, V1_3, "TLSv1"), ("1.1", V1_0, V1_3, "TLSv1.1"), ("1.1", V1_1, V1_3, "TLSv1.1"),
        ("1.1", V1_0, V1_0, "TLSv1"), ("1.2", V1_2, V1_3, "TLSv1.2"), ("1.2", V1_0, V1_0, "TLSv1"),
    ],
)  # fmt: skip
def test_an_accepted_version_is_critical(
    version: str,
    oldest: ssl.TLSVersion,
    newest: ssl.TLSVersion,
    chosen: str,
    how: str,
    places: dict[str, str],
) -> None:
    words = REFUSES.format(how=how, version=version).format(**places)
    seen = played(words, offering(oldest, newest)())
    assert seen.document["state"] == "CRITICAL", seen.text
    assert f"{chosen} is accepted, tls-{version}-refused expected" in seen.text
    assert "tls: old TLS version accepted" in seen.first
    assert seen.document["fault"]["name"] == "tls-version-accepted"


@pytest.mark.field(15)
@pytest.mark.parametrize("server", ["expired", "client certificate", "another name"])
def test_an_accepted_version_is_critical_whatever_follows(server: str, places: dict[str, str]) -> None:
    expired = MIDDLE.leaf(NAMES, from_days=-90.0, days=-2.0)
    peers: dict[str, Callable[[], Peer]] = {
        "expired": lambda: speaks("expired", context(expired, oldest=V1_0)),
        "client certificate": offering(V1_0, client="required"),
        "another name": lambda: speaks("name", context(MIDDLE.leaf(("other.test",)), oldest=V1_0)),
    }
    seen = played(f"--ca-file {places['ca']} --expect-state tls-1.1-refused", *[peers[server]()] * 2)
    assert (seen.document["state"], seen.document["fault"]["name"]) == ("CRITICAL", "tls-version-accepted"), (
        seen.text
    )
    assert "accepted, tls-1.1-refused expected" in seen.text


OUTAGES = ["reset after the ClientHello", "end after the ClientHello", "reset in the server's flight",
           "end in the server's flight", "SMTP", "HTTP", "alert internal_error", "alert handshake_failure",
           "silent after the ClientHello"]  # fmt: skip


@pytest.mark.field(15)
@pytest.mark.parametrize("server", OUTAGES)
def test_an_outage_is_no_refusal(server: str, places: dict[str, str]) -> None:
    words = f"-t 1 --ca-file {places['ca']} --expect-state tls-1.1-refused"
    # What breaks off in the server's flight must do so with an old version.
    peer = (
        PEERS[server] if "flight" not in server else partial(cut_off, "RESET" if "reset" in server else "END")
    )
    seen = played(words, peer(), peer())
    assert seen.document["state"] == "CRITICAL", seen.text
    assert "TLS version refusal unknown, tls-1.1-refused expected" in seen.text


def cut_off(end: str) -> Peer:
    return cut(offering(V1_0)(), RESET if end == "RESET" else END)


@pytest.mark.field(15)
def test_a_closed_port_is_no_refusal_of_a_version() -> None:
    network = FakeNetwork({"127.0.0.2": refuses()})
    result = evaluate(check_of("-H 127.0.0.2 -p 4000 -S --expect-state tls-1.1-refused"), network=network)
    assert (result.state, result.outcome.attempts[-1].cause) == (2, "refused")
    assert result.fault is not None
    assert result.fault.row != "tls-version-accepted"


@pytest.mark.field(15)
@pytest.mark.parametrize("server", ["reset after the ClientHello", "end after the ClientHello"])
def test_a_server_that_ends_the_handshake_refuses_if_it_speaks_a_newer_version(
    server: str, places: dict[str, str]
) -> None:
    """As servers on Windows do, and firewalls that look at the ClientHello."""
    words = f"--ca-file {places['ca']} --expect-state tls-1.1-refused"
    seen = played(words, PEERS[server](), PEERS["healthy"]())
    assert (seen.document["state"], seen.connects) == ("OK", 2), seen.text
    assert "the server ends the handshake, and speaks a newer TLS version" in seen.text
    # A newer version did not have to be refused.
    seen = played(words, PEERS[server](), PEERS["only TLS 1.1"]())
    assert seen.document["state"] == "CRITICAL", seen.text
    # The server had begun to answer: it did not refuse.
    seen = played(words, cut_off("RESET"), PEERS["healthy"]())
    assert (seen.document["state"], seen.connects) == ("CRITICAL", 1), seen.text


@pytest.mark.field(15)
def test_a_refused_version_behind_starttls(places: dict[str, str]) -> None:
    words = f"--starttls smtp --ca-file {places['ca']} --expect-state tls-1.1-refused"
    assert played(words, starttls("smtp", HEALTHY)).document["state"] == "OK"
    old = context(MIDDLE.leaf(NAMES), oldest=V1_0)
    assert played(words, starttls("smtp", HEALTHY, old)).document["state"] == "CRITICAL"
    seen = played(words, starttls("smtp", WITHHOLDS))
    assert (seen.document["state"], seen.document["cause"]) == ("CRITICAL", "starttls_refused")


@pytest.mark.field(15)
@pytest.mark.parametrize("state", ["tls-1.1-refused", "client-certificate-required"])
def test_a_problem_of_the_monitoring_host_is_no_outage(state: str, places: dict[str, str]) -> None:
    seen = played(f"--ca-file {places['missing']} --expect-state {state}", PEERS["healthy"]())
    assert (seen.document["state"], seen.document["cause"]) == ("UNKNOWN", "tls_unusable"), seen.text


@pytest.mark.field(15)
@pytest.mark.parametrize("server", ["only TLS 1.1", "client certificate required, 1.2"])
def test_a_host_that_refuses_a_handshake_is_alive(server: str, places: dict[str, str]) -> None:
    seen = played(f"--tls --ca-file {places['ca']} --expect-state alive", PEERS[server]())
    assert seen.document["state"] == "OK", seen.text


@pytest.mark.field(15)
@pytest.mark.parametrize("other", ["--tls-min 1.0", "--tls-max 1.1"])
def test_the_version_is_in_the_state_alone(other: str) -> None:
    with pytest.raises(SettingError, match=r"cannot be combined with --expect-state tls-1\.1-refused"):
        check_of(f"-H tls.test -p 1 --expect-state tls-1.1-refused {other}")
