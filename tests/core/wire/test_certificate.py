# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The certificate reader: built byte by byte, compared with the cryptography library, and mutated."""

from __future__ import annotations

import calendar
import random
import re
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support import fuzz_certificates
from support.der import (
    ALTERNATIVE_NAMES,
    COMMON_NAME,
    ED25519,
    OCTETS,
    OID,
    ORGANIZATION,
    SEQUENCE,
    SET,
    UTF8,
    alternative_names,
    certificate,
    dotted,
    element,
    generalized,
    name,
    utc,
)
from support.fuzz_certificates import spki
from tcp_health.model.certificate import Certificate
from tcp_health.wire.certificate import chain_weakness, days_left, fingerprint, presented, read, weakness

if TYPE_CHECKING:
    from pathlib import Path


def epoch(*moment: int) -> int:
    return calendar.timegm((*moment, 0, 0, 0))


def test_a_plain_certificate_gives_its_names_and_dates() -> None:
    assert read(certificate()) == Certificate(
        subject="CN=localhost",
        issuer="CN=localhost",
        common_name="localhost",
        issuer_common_name="localhost",
        self_signed=True,
        not_before=epoch(2026, 1, 1, 0, 0, 0),
        not_after=epoch(2027, 1, 1, 0, 0, 0),
        serial=5,
        key_type="Ed25519",
        key_size=256,
        signature_algorithm="Ed25519",
    )


def test_a_certificate_without_a_version_is_one_of_the_first_version() -> None:
    assert read(certificate(version=b"")) == read(certificate())


def test_the_first_common_name_counts_as_it_does_for_openssl() -> None:
    subject = name((ORGANIZATION, UTF8, b"org"), (COMMON_NAME, UTF8, b"first"), (COMMON_NAME, UTF8, b"last"))
    assert read(certificate(subject=subject)).common_name == "first"


def test_a_name_without_a_common_name_has_none() -> None:
    seen = read(certificate(subject=element(SEQUENCE), issuer=name((ORGANIZATION, UTF8, b"org"))))
    assert (seen.common_name, seen.issuer_common_name) == (None, None)


@pytest.mark.parametrize(
    ("tag", "octets", "text"),
    [
        (0x0C, "h\u00e9".encode(), "h\u00e9"),
        (0x0C, b"h\xe9", "h\ufffd"),
        (0x13, b"plain", "plain"),
        (0x16, b"a|b\r\n\x00c", "a|b\r\n\x00c"),
        (0x14, b"h\xe9", "h\u00e9"),
        (0x1E, "h\u00e9\u4e2d".encode("utf-16-be"), "h\u00e9\u4e2d"),
        (0x1E, b"\x00h\xd8\x00\x00i", "h\ufffdi"),
        (0x1E, b"\x00h\x00", "h\ufffd"),
        (0x1C, "h\u00e9\U0001f512".encode("utf-32-be"), "h\u00e9\U0001f512"),
        (0x1C, b"\xff\xff\xff\xff", "\ufffd"),
        (0x0C, b"", ""),
    ],
)
def test_every_string_type_is_decoded_and_never_fails(tag: int, octets: bytes, text: str) -> None:
    assert read(certificate(subject=name((COMMON_NAME, tag, octets)))).common_name == text


@pytest.mark.parametrize(
    ("field", "moment"),
    [
        (utc("491231235959Z"), (2049, 12, 31, 23, 59, 59)),
        (utc("500101000000Z"), (1950, 1, 1, 0, 0, 0)),
        (utc("991231235959Z"), (1999, 12, 31, 23, 59, 59)),
        (utc("000229120000Z"), (2000, 2, 29, 12, 0, 0)),
        (generalized("20500101000000Z"), (2050, 1, 1, 0, 0, 0)),
        (generalized("19490101000000Z"), (1949, 1, 1, 0, 0, 0)),
        (generalized("99991231235959Z"), (9999, 12, 31, 23, 59, 59)),
        (generalized("00010101000000Z"), (1, 1, 1, 0, 0, 0)),
    ],
)
def test_dates_are_read_as_rfc_5280_writes_them(field: bytes, moment: tuple[int, ...]) -> None:
    seen = read(certificate(not_after=field, not_before=field))
    expected = epoch(*moment)
    assert (seen.not_before, seen.not_after) == (expected, expected)


@pytest.mark.parametrize(
    "field",
    [
        utc(""),
        utc("2601010000Z"),
        utc("260101000000+0000"),
        utc("260101000000X"),
        utc("26010100000 Z"),
        utc("2601010000-1Z"),
        utc("261301000000Z"),
        utc("260230000000Z"),
        utc("260101240000Z"),
        utc("260101000060Z"),
        utc("20260101000000Z"),
        generalized("260101000000Z"),
        generalized("20260101000000.5Z"),
        generalized("00000101000000Z"),
        element(0x0C, b"260101000000Z"),
        element(0x17, b"\xb226010100000Z"),
    ],
)
def test_a_date_in_another_form_is_refused(field: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not a readable certificate: it has a date "):
        read(certificate(not_after=field))


def test_alternative_names_are_the_dns_names_and_addresses_and_no_others() -> None:
    extensions = element(
        SEQUENCE,
        element(OID, b"\x55\x1d\x12"),
        element(OCTETS, element(SEQUENCE, element(0x82, b"issuer.example"))),
    ) + alternative_names(
        element(0x82, b"a.example"),
        element(0x81, b"mail@example"),
        element(0x87, b"\x7f\x00\x00\x01"),
        element(0x82, b"*.example"),
        element(0x87, bytes(15) + b"\x01"),
        element(0x87, b"\x7f\x00\x00\x00\xff\x00\x00\x00"),
        element(0xA0, element(OID, b"\x2b"), element(0xA0, element(UTF8, b"other"))),
    )
    seen = read(certificate(extensions=extensions))
    assert seen.dns_names == ("a.example", "*.example")
    assert seen.ip_addresses == ("127.0.0.1", "::1")


def test_a_critical_extension_is_read_like_any() -> None:
    extension = element(
        SEQUENCE,
        element(OID, ALTERNATIVE_NAMES),
        element(0x01, b"\xff"),
        element(OCTETS, element(SEQUENCE, element(0x82, b"a"))),
    )
    assert read(certificate(extensions=extension)).dns_names == ("a",)


def test_serial_numbers_are_signed_and_bounded() -> None:
    assert read(certificate(serial=b"\x00\xff")).serial == 255
    assert read(certificate(serial=b"\xff")).serial == -1
    assert read(certificate(serial=b"\x7f" * 64)).serial == int("7f" * 64, 16)
    for serial in (b"", b"\x01" * 65, b"\x01" * 70000):
        with pytest.raises(ValueError, match="serial number"):
            read(certificate(serial=serial))


@pytest.mark.parametrize(
    ("der", "sentence"),
    [
        (b"", "it lacks the certificate (byte 0 of 0)"),
        (b"\x30", "it ends too early (byte 0 of 1)"),
        (b"-----BEGIN CERTIFICATE-----", "it lacks the certificate (byte 0 of 27)"),
        (b"\x30\x80\x00\x00", "it has an invalid length (byte 0 of 4)"),
        (b"\x30\x85\x00\x00\x00\x00\x00", "it has an invalid length (byte 0 of 7)"),
        (b"\x30\xff", "it has an invalid length (byte 0 of 2)"),
        (b"\x30\x84\xff\xff\xff\xff", "it ends too early (byte 0 of 6)"),
        (b"\x30\x82\x00", "it ends too early (byte 0 of 3)"),
        (b"\x30\x00", "it lacks its signed part (byte 2 of 2)"),
        (b"\x30\x02\x30\x00", "it lacks its serial number (byte 4 of 4)"),
        (b"\x30\x02\x3f\x00", "it lacks its signed part (byte 2 of 4)"),
        (b"\x30\x05\x30\x03\xa0\x01\x00", "it lacks its serial number (byte 7 of 7)"),
    ],
)
def test_malformed_data_is_refused_in_one_message_with_its_place(der: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^not a readable certificate: {re.escape(sentence)}$"):
        read(der)


@pytest.mark.parametrize(
    ("fields", "what", "place"),
    [
        ({"behind": b"\x30\x00"}, "has data after its end", b"\x30\x00"),
        ({"version": b"\xa0\x84\x01\x00\x00\x00"}, "ends too early", b"\xa0\x84"),
        ({"subject": b"\x30\x02\x16\x00"}, "lacks a set in a name", b"\x16\x00"),
        ({"subject": b"\x30\x04\x31\x02\x16\x00"}, "lacks a pair in a name", b"\x16\x00"),
        ({"subject": b"\x30\x06\x31\x04\x30\x02\x16\x00"}, "lacks a type in a name", b"\x16\x00"),
        ({"subject": name((COMMON_NAME, 0x1F, b""))}, "has an invalid tag", b"\x1f\x00"),
        ({"extensions": b"\x16\x00"}, "lacks an extension", b"\x16\x00"),
        ({"extensions": b"\x30\x02\x16\x00"}, "lacks an extension's type", b"\x16\x00"),
        ({"extensions": b"\x30\x04\x06\x00\x16\x00"}, "lacks an extension's value", b"\x16\x00"),
        ({"extensions": alternative_names(b"\x82\x7f")}, "ends too early", b"\x82\x7f"),
    ],
)
def test_the_place_of_an_error_is_the_malformed_element(
    fields: dict[str, bytes], what: str, place: bytes
) -> None:
    der = certificate(**fields)  # type: ignore[arg-type]
    sentence = f"not a readable certificate: it {what} (byte {der.rindex(place)} of {len(der)})"
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        read(der)


def test_every_truncation_is_refused() -> None:
    whole = certificate(extensions=alternative_names(element(0x82, b"a.example")))
    read(whole)
    for end in range(len(whole)):
        with pytest.raises(ValueError, match=r"^not a readable certificate: it "):
            read(whole[:end])


def test_nesting_and_size_cost_no_more_than_their_bytes() -> None:
    nested = b""
    for _ in range(2000):
        nested = element(SEQUENCE, nested)
    many = alternative_names(*[element(0x82, b"a")] * 30000)
    begun = time.process_time()
    for der in (nested, b"\x30\x80" * 50000, b"\x30" * 100000, b"\xa0" * 100000):
        with pytest.raises(ValueError, match=r"^not a readable certificate"):
            read(der)
    assert len(read(certificate(extensions=many)).dns_names) == 30000
    assert time.process_time() - begun < 2


def test_days_left_are_fractions_and_negative_once_expired() -> None:
    assert days_left(86400 * 10, 86400 * 2.5) == 7.5
    assert days_left(0, 43200) == -0.5


@given(st.binary(max_size=300))
@example(b"\x30\x03\x02\x01\x05")
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_a_certificate_or_a_value_error(octets: bytes) -> None:
    assert fuzz_certificates.fault(octets, "a.example") is None


def test_twenty_thousand_malformed_inputs_are_read_or_refused_at_once() -> None:
    # The limit is three times that of the module's own run, for slow machines; quadratic time needs far more.
    assert fuzz_certificates.fuzz(5280, 0, 20000, slowest=3 * fuzz_certificates.SLOWEST) == []


def test_the_broken_inputs_are_of_every_kind_and_some_are_read_all_the_same() -> None:
    chance = random.Random(5280)  # noqa: S311 - the same inputs each time
    kinds: dict[str, list[bool]] = {}
    for _ in range(3000):
        kind, octets = fuzz_certificates.broken(5280, chance)
        kinds.setdefault(kind, []).append(is_read(octets))
        assert len(octets) <= fuzz_certificates.LONGEST
    assert set(kinds) == {"scattered", "lying", "cut", "spliced", "random", "nested", "long"}
    for kind in ("scattered", "lying"):
        assert 0.05 < sum(kinds[kind]) / len(kinds[kind]) < 0.95
    assert any(kinds["long"])
    assert not any(kinds["cut"] + kinds["random"])


def is_read(octets: bytes) -> bool:
    try:
        read(octets)
    except ValueError:
        return False
    return True


def test_four_hundred_certificates_read_as_the_cryptography_library_reads_them() -> None:
    assert fuzz_certificates.beside(509, 0, 400) == []


def test_the_certificates_that_are_compared_are_of_every_kind() -> None:
    chance = random.Random(509)  # noqa: S311 - the same certificates each time
    seen = [read(fuzz_certificates.generated(chance)) for _ in range(300)]
    assert {each.key_type for each in seen} == {"RSA", "EC", "DSA", "Ed25519", "Ed448"}
    assert {"secp256r1", "secp521r1", "brainpoolP384r1"} < {each.curve for each in seen}
    assert {"RSASSA-PSS-SHA256", "ecdsa-with-SHA3-256"} < {each.signature_algorithm for each in seen}
    assert {each.self_signed for each in seen} == {True, False}
    assert max(each.not_after for each in seen) == fuzz_certificates.LAST
    assert max(len(each.dns_names) for each in seen) > 50
    odd = [fuzz_certificates.odd(chance) for _ in range(300)]
    assert min(read(each).serial for each in odd) < 0


def test_a_difference_from_the_library_is_found() -> None:
    # The library reads alternative names on access; the reader refuses malformed ones at once.
    (difference,) = fuzz_certificates.differences(certificate(extensions=alternative_names(b"\x82\x7f")))
    assert difference.startswith("the library reads it, the reader does not: ")
    assert list(fuzz_certificates.compared("serial", 5, lambda: 6)) == ["serial: 5, the library says 6"]


def test_the_fuzzer_prints_its_seed_and_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz_certificates.main(["--seed", "7", "--certificates", "20", "--inputs", "200"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "seed 7"
    assert re.fullmatch(r"20 certificates .*: 0 wrong, [0-9.]+ s", lines[1])
    assert re.fullmatch(r"200 broken inputs: 0 wrong, [0-9.]+ s", lines[2])


def test_shares_are_the_whole() -> None:
    assert fuzz_certificates.shares(25, 10) == [(0, 10), (1, 10), (2, 5)]
    assert fuzz_certificates.shares(0, 10) == []


# Names as one text.


@pytest.mark.parametrize(
    ("pairs", "text"),
    [
        ([], ""),
        (
            [("2.5.4.6", b"DE"), ("2.5.4.10", b"Example"), ("2.5.4.3", b"a.example")],
            "C=DE, O=Example, CN=a.example",
        ),
        ([("2.5.4.3", b"a, O=b")], "CN=a\\, O=b"),
        ([("2.5.4.3", b'"+;<>\\')], 'CN=\\"\\+\\;\\<\\>\\\\'),
        ([("2.5.4.3", b" a b ")], "CN=\\ a b\\ "),
        ([("2.5.4.3", b" ")], "CN=\\ "),
        ([("2.5.4.3", b"#a#")], "CN=\\#a#"),
        ([("2.5.4.3", b"a\r\n\x00\x7f")], "CN=a\\0D\\0A\\00\\7F"),
        ([("2.5.4.3", "h\u00e9".encode())], "CN=h\u00e9"),
        ([("2.5.4.3", b"\xe9")], "CN=\ufffd"),
        ([("2.5.4.3", b"")], "CN="),
        (
            [("0.9.2342.19200300.100.1.25", b"org"), ("1.2.840.113549.1.9.1", b"a@b")],
            "DC=org, emailAddress=a@b",
        ),
        ([("1.2.3.4", b"a"), ("2.999.3", b"b")], "1.2.3.4=a, 2.999.3=b"),
    ],
)
def test_a_whole_name_is_one_text_that_only_its_own_parts_can_write(
    pairs: list[tuple[str, bytes]], text: str
) -> None:
    whole = name(*((dotted(kind), UTF8, value) for kind, value in pairs))
    seen = read(certificate(subject=whole, issuer=name((ORGANIZATION, UTF8, b"org"))))
    assert (seen.subject, seen.issuer) == (text, "O=org")


def test_pairs_of_one_set_are_joined_by_a_plus_and_an_empty_set_is_none() -> None:
    pairs = [
        element(SEQUENCE, element(OID, kind), element(UTF8, value))
        for kind, value in ((COMMON_NAME, b"a"), (ORGANIZATION, b"b"))
    ]
    whole = element(SEQUENCE, element(SET, *pairs), element(SET), element(SET, pairs[0]))
    assert read(certificate(subject=whole)).subject == "CN=a + O=b, CN=a"


def test_a_value_that_is_no_text_is_shown_in_hex() -> None:
    seen = read(certificate(subject=name((COMMON_NAME, 0x03, b"\x00\xff"))))
    assert seen.subject == "CN=#00ff"


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"", "#"),
        (b"\x80\x01", "#8001"),
        (b"\x55\x04\x80\x03", "#55048003"),
        (b"\x55\x84", "#5584"),
        (b"\x27", "0.39"),
        (b"\x28", "1.0"),
        (b"\x50", "2.0"),
        (b"\x88\x37", "2.999"),
        (b"\x2a" + b"\xff" * 62 + b"\x7f", f"1.2.{2**441 - 1}"),
        (b"\x2a" + b"\xff" * 63 + b"\x7f", "#2a" + "ff" * 63),
        (b"\x2a" * 65000, "#" + "2a" * 64),
    ],
)
def test_identifiers_are_numbers_and_dots_or_hex_where_they_are_malformed(octets: bytes, text: str) -> None:
    kind = element(SEQUENCE, element(OID, octets))
    key = element(SEQUENCE, kind, element(0x03, b"\x00"))
    seen = read(certificate(subject=name((octets, UTF8, b"a")), algorithm=kind, key=key))
    assert (seen.subject, seen.key_type, seen.signature_algorithm) == (f"{text}=a", text, text)


@pytest.mark.engine("openssl", "openssl")
@pytest.mark.once
def test_names_are_printed_as_openssl_prints_them(tmp_path: Path) -> None:
    chance = random.Random(4514)  # noqa: S311 - the same names each time
    options = "sep_comma_plus_space,sname,utf8,esc_2253,esc_ctrl"
    for number in range(20):
        octets = fuzz_certificates.generated(chance)
        seen = read(octets)
        path = tmp_path / f"{number}.der"
        path.write_bytes(octets)
        command = ["openssl", "x509", "-inform", "DER", "-in", str(path), "-noout", "-nameopt", options]
        done = subprocess.run(
            [*command, "-subject", "-issuer", "-fingerprint", "-sha256"], capture_output=True, check=True
        )
        subject, issuer, digest = done.stdout.decode().splitlines()
        assert (subject, issuer) == (f"subject={seen.subject}", f"issuer={seen.issuer}")
        assert digest.partition("=")[2].replace(":", "").lower() == fingerprint(octets)


def test_self_signed_means_the_same_bytes_and_not_the_same_text() -> None:
    printable, utf8 = name((COMMON_NAME, 0x13, b"a")), name((COMMON_NAME, UTF8, b"a"))
    assert read(certificate(subject=utf8, issuer=utf8)).self_signed
    seen = read(certificate(subject=utf8, issuer=printable))
    assert seen.subject == seen.issuer
    assert not seen.self_signed


# Keys.

RSA, RSA_PSS, EC, DSA = (
    "1.2.840.113549.1.1.1",
    "1.2.840.113549.1.1.10",
    "1.2.840.10045.2.1",
    "1.2.840.10040.4.1",
)
NULL = b"\x05\x00"


def integer(octets: bytes) -> bytes:
    return element(0x02, octets)


def modulus(octets: bytes) -> bytes:
    return element(SEQUENCE, integer(octets), integer(b"\x01\x00\x01"))


@pytest.mark.parametrize(
    ("key", "facts"),
    [
        (spki(RSA, NULL, modulus(b"\x00\x80" + bytes(255))), ("RSA", 2048, None)),
        (spki(RSA, NULL, modulus(b"\x7f" + bytes(255))), ("RSA", 2047, None)),
        (spki(RSA, NULL, modulus(b"\x00\x01" + bytes(128))), ("RSA", 1025, None)),
        (spki(RSA, b"", modulus(b"\x00" * 9)), ("RSA", 0, None)),
        (spki(RSA_PSS, b"", modulus(b"\x00\xff" + bytes(383))), ("RSA-PSS", 3072, None)),
        (spki(RSA, NULL, b"\x30\x7f\x02"), ("RSA", None, None)),
        (spki(RSA, NULL, b"\x30\x00"), ("RSA", None, None)),
        (spki(RSA, NULL, b""), ("RSA", None, None)),
        (spki(EC, element(OID, dotted("1.2.840.10045.3.1.7")), b""), ("EC", 256, "secp256r1")),
        (spki(EC, element(OID, dotted("1.3.132.0.35")), b""), ("EC", 521, "secp521r1")),
        (spki(EC, element(OID, dotted("1.3.132.0.38")), b""), ("EC", 571, "sect571k1")),
        (spki(EC, element(OID, dotted("1.2.3.4")), b""), ("EC", None, "1.2.3.4")),
        (spki(EC, element(SEQUENCE, integer(b"\x01")), b""), ("EC", None, None)),
        (spki(EC, NULL, b""), ("EC", None, None)),
        (spki(EC, b"", b""), ("EC", None, None)),
        (
            spki(DSA, element(SEQUENCE, integer(b"\x00\x80" + bytes(127)), integer(b"\x05")), b""),
            ("DSA", 1024, None),
        ),
        (spki(DSA, b"", b""), ("DSA", None, None)),
        (spki("1.3.101.112", b"", bytes(32)), ("Ed25519", 256, None)),
        (spki("1.3.101.113", b"", b""), ("Ed448", 456, None)),
        (spki("2.16.840.1.101.3.4.3.18", b"", bytes(1952)), ("ML-DSA-65", None, None)),
        (spki("1.2.3.4.5", b"what", b"ever"), ("1.2.3.4.5", None, None)),
    ],
)
def test_a_key_has_type_size_and_curve_and_an_unknown_one_is_no_error(
    key: bytes, facts: tuple[str, int | None, str | None]
) -> None:
    seen = read(certificate(key=key, extensions=alternative_names(element(0x82, b"a.example"))))
    assert (seen.key_type, seen.key_size, seen.curve) == facts
    assert (seen.common_name, seen.dns_names) == ("localhost", ("a.example",))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (spki(RSA, NULL, modulus(b"\x00\x80" + bytes(255))), ""),
        (spki(RSA, NULL, modulus(b"\x7f" + bytes(255))), "the RSA key of localhost has 2047 bits, the minimum is 2048"),
        (spki(RSA, NULL, modulus(b"\x00\x80" + bytes(63))), "the RSA key of localhost has 512 bits, the minimum is 2048"),
        (spki(RSA, b"", modulus(b"\x00" * 9)), "the RSA key of localhost has 0 bits, the minimum is 2048"),
        (spki(RSA_PSS, b"", modulus(b"\x00\x80" + bytes(127))),
         "the RSA-PSS key of localhost has 1024 bits, the minimum is 2048"),
        (spki(DSA, element(SEQUENCE, integer(b"\x00\x80" + bytes(127)), integer(b"\x05")), b""),
         "the DSA key of localhost has 1024 bits, the minimum is 2048"),
        (spki(EC, element(OID, dotted("1.2.840.10045.3.1.1")), b""),
         "the EC key of localhost has 192 bits, the minimum is 224"),
        (spki(EC, element(OID, dotted("1.3.132.0.33")), b""), ""),
        (spki(EC, element(OID, dotted("1.2.840.10045.3.1.7")), b""), ""),
        (spki(EC, element(OID, dotted("1.2.3.4")), b""), "the EC key of localhost has the unknown curve 1.2.3.4"),
        (spki(EC, element(OID, dotted("1.3.132.0.6")), b""), "the EC key of localhost has the unknown curve 1.3.132.0.6"),
        (spki(EC, element(SEQUENCE, integer(b"\x01")), b""), "the EC key of localhost has unknown parameters"),
        (spki(EC, element(OID, dotted("1.3.36.3.3.2.8.1.1.9")), b""), ""),
        (spki("1.3.101.112", b"", bytes(32)), ""),
        (spki("2.16.840.1.101.3.4.3.18", b"", bytes(1952)), ""),
        (spki("1.2.3.4.5", b"what", b"ever"), "the key of localhost has the unknown type 1.2.3.4.5"),
        (spki(RSA, NULL, b"no sequence"), "the RSA key of localhost has unknown parameters"),
    ],
)  # fmt: skip
@pytest.mark.field(53)
def test_a_key_of_less_than_112_bits_of_security_is_weak(key: bytes, words: str) -> None:
    assert weakness(presented(certificate(key=key))) == words


@pytest.mark.parametrize(
    ("oid", "word"),
    [
        ("1.2.840.113549.1.1.2", "md2WithRSAEncryption"),
        ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
        ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption"),
        ("1.2.840.10045.4.1", "ecdsa-with-SHA1"),
        ("1.2.840.10040.4.3", "dsa-with-SHA1"),
        ("1.2.840.113549.1.1.11", ""),
        ("1.2.840.113549.1.1.14", ""),
        ("1.2.840.10045.4.3.4", ""),
        ("1.3.101.112", ""),
        ("2.16.840.1.101.3.4.3.17", ""),
        ("2.16.840.1.101.3.4.3.10", ""),
        ("1.2.156.10197.1.501", ""),
    ],
)
def test_a_forgeable_signature_is_weak_except_a_roots_own(oid: str, word: str) -> None:
    """OpenSSL also ignores the signature algorithm of a trusted root's own signature."""
    algorithm = element(SEQUENCE, element(OID, dotted(oid)), NULL)
    issued = certificate(algorithm=algorithm, issuer=name((COMMON_NAME, UTF8, b"CA")))
    assert weakness(presented(issued)) == (
        f"localhost is signed with {word}, which can be forged" if word else ""
    )
    assert weakness(presented(certificate(algorithm=algorithm))) == ""


def test_what_cannot_be_measured_is_weak() -> None:
    algorithm = element(SEQUENCE, element(OID, dotted("1.2.3.4")), NULL)
    issued = certificate(algorithm=algorithm, issuer=name((COMMON_NAME, UTF8, b"CA")))
    assert weakness(presented(issued)) == "localhost is signed with the unknown algorithm 1.2.3.4"
    assert weakness(presented(issued), trusted=True) == ""


def pss(*parameters: bytes) -> bytes:
    """The signature algorithm RSASSA-PSS."""
    return element(SEQUENCE, element(OID, dotted("1.2.840.113549.1.1.10")), *parameters)


def pss_with(digest: str) -> bytes:
    named = element(SEQUENCE, element(OID, dotted(digest)), NULL)
    return pss(element(SEQUENCE, element(0xA0, named), element(0xA2, integer(b"\x20"))))


@pytest.mark.field(53)
@pytest.mark.parametrize(
    ("algorithm", "word", "weak"),
    [
        (pss_with("2.16.840.1.101.3.4.2.1"), "SHA256", ""),
        (pss_with("2.16.840.1.101.3.4.2.10"), "SHA3-512", ""),
        (pss_with("1.3.14.3.2.26"), "SHA1", "which can be forged"),
        (pss_with("1.2.840.113549.2.5"), "MD5", "which can be forged"),
        (pss_with("1.2.3.4"), "1.2.3.4", "unknown algorithm"),
        (pss(element(SEQUENCE)), "SHA1", "which can be forged"),  # the default of RFC 4055, 3.1
        (pss(element(SEQUENCE, element(0xA2, integer(b"\x20")))), "SHA1", "which can be forged"),
        (pss(NULL), "unknown", "unknown algorithm"),
        (pss(), "unknown", "unknown algorithm"),
        (pss(element(SEQUENCE, element(0xA0, b"\x30\x7f"))), "unknown", "unknown algorithm"),
    ],
)
def test_rsassa_pss_is_as_strong_as_the_digest_in_its_parameters(
    algorithm: bytes, word: str, weak: str
) -> None:
    made = presented(certificate(algorithm=algorithm, issuer=name((COMMON_NAME, UTF8, b"CA"))))
    assert made.certificate is not None
    assert made.certificate.signature_algorithm == f"RSASSA-PSS-{word}"
    found = weakness(made)
    assert weak in found
    assert bool(weak) is bool(found)


@pytest.mark.field(53)
def test_in_a_chain_only_the_trusted_certificates_signature_is_ignored() -> None:
    """A name that issues itself does not make a certificate trusted: an authority with a new key does so."""
    sha1 = element(SEQUENCE, element(OID, dotted("1.2.840.113549.1.1.5")), NULL)
    weak, sound = (presented(certificate(algorithm=each)) for each in (sha1, ED25519))
    assert chain_weakness((sound, weak)) == ""
    assert chain_weakness((weak, sound)) == (
        "localhost is signed with sha1WithRSAEncryption, which can be forged"
    )


def test_a_weak_key_without_a_common_name_is_reported_with_the_whole_name() -> None:
    key = spki(RSA, NULL, modulus(b"\x00\x80" + bytes(127)))
    made = certificate(key=key, subject=name((ORGANIZATION, UTF8, b"org")))
    assert weakness(presented(made)) == "the RSA key of O=org has 1024 bits, the minimum is 2048"
    assert weakness(presented(made[:-9])).startswith("not a readable certificate"), (
        "what cannot be read is not trusted"
    )


@pytest.mark.parametrize(
    ("oid", "word"),
    [
        ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption"),
        ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256"),
        ("1.3.101.113", "Ed448"),
        ("1.2.3.4", "1.2.3.4"),
    ],
)
def test_a_signature_algorithm_has_a_name_or_its_numbers(oid: str, word: str) -> None:
    algorithm = element(SEQUENCE, element(OID, dotted(oid)), NULL)
    assert read(certificate(algorithm=algorithm)).signature_algorithm == word


def test_a_certificate_without_a_key_or_a_signature_is_refused() -> None:
    whole = certificate()
    body = whole[3 : -len(ED25519) - 67]
    for octets, lacking in (
        (element(SEQUENCE, body), "its signature's algorithm"),
        (element(SEQUENCE, body, ED25519), "its signature"),
        (certificate(key=b"\x30\x00"), "its key's algorithm"),
        (certificate(key=NULL), "its public key"),
    ):
        with pytest.raises(ValueError, match=f"it lacks {lacking} "):
            read(octets)
    with pytest.raises(ValueError, match="has data after its signature"):
        read(element(SEQUENCE, body, ED25519, element(0x03, b"\x00"), NULL))


def test_the_lifetime_is_in_seconds() -> None:
    assert read(certificate()).lifetime == 365 * 86400
    seen = read(certificate(not_before=utc("260101000001Z"), not_after=utc("260101000000Z")))
    assert seen.lifetime == -1


def test_the_fingerprint_is_sha_256_in_lower_case_hex() -> None:
    assert fingerprint(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
