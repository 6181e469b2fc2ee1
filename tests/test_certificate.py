# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The certificate reader: built byte by byte, beside the cryptography library, and under mutation."""

from __future__ import annotations

import calendar
import datetime as dt
import ipaddress
import random
import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tcp_health.certificate import Certificate, days_left, read

if TYPE_CHECKING:
    from types import ModuleType

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.x509 import Certificate as Theirs

SEQUENCE, SET, INTEGER, OID, OCTETS, UTF8 = 0x30, 0x31, 0x02, 0x06, 0x04, 0x0C
COMMON_NAME = b"\x55\x04\x03"
ORGANIZATION = b"\x55\x04\x0a"
ALTERNATIVE_NAMES = b"\x55\x1d\x11"


def element(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    octets = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(octets)]) + octets + content


def name(*pairs: tuple[bytes, int, bytes]) -> bytes:
    return element(
        SEQUENCE,
        *(
            element(SET, element(SEQUENCE, element(OID, kind), element(tag, text)))
            for kind, tag, text in pairs
        ),
    )


def utc(text: str) -> bytes:
    return element(0x17, text.encode())


def generalized(text: str) -> bytes:
    return element(0x18, text.encode())


def certificate(
    *,
    version: bytes = b"\xa0\x03\x02\x01\x02",
    serial: bytes = b"\x05",
    issuer: bytes = b"",
    not_before: bytes = b"",
    not_after: bytes = b"",
    subject: bytes = b"",
    extensions: bytes = b"",
    behind: bytes = b"",
) -> bytes:
    plain = name((COMMON_NAME, UTF8, b"localhost"))
    algorithm = element(SEQUENCE, element(OID, b"\x2b\x65\x70"))
    body = element(
        SEQUENCE,
        version,
        element(INTEGER, serial),
        algorithm,
        issuer or plain,
        element(SEQUENCE, not_before or utc("260101000000Z"), not_after or utc("270101000000Z")),
        subject or plain,
        element(SEQUENCE, algorithm, element(0x03, b"\x00" * 33)),
        element(0xA3, element(SEQUENCE, extensions)) if extensions else b"",
    )
    return element(SEQUENCE, body, algorithm, element(0x03, b"\x00" * 65)) + behind


def alternative_names(*names: bytes) -> bytes:
    return element(SEQUENCE, element(OID, ALTERNATIVE_NAMES), element(OCTETS, element(SEQUENCE, *names)))


def epoch(*moment: int) -> int:
    return calendar.timegm((*moment, 0, 0, 0))


def test_a_plain_certificate_gives_its_names_and_dates() -> None:
    assert read(certificate()) == Certificate(
        common_name="localhost",
        issuer_common_name="localhost",
        not_before=epoch(2026, 1, 1, 0, 0, 0),
        not_after=epoch(2027, 1, 1, 0, 0, 0),
        serial=5,
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
        (b"\x30\x80\x00\x00", "it has a length that no certificate has (byte 0 of 4)"),
        (b"\x30\x85\x00\x00\x00\x00\x00", "it has a length that no certificate has (byte 0 of 7)"),
        (b"\x30\xff", "it has a length that no certificate has (byte 0 of 2)"),
        (b"\x30\x84\xff\xff\xff\xff", "it ends too early (byte 0 of 6)"),
        (b"\x30\x82\x00", "it ends too early (byte 0 of 3)"),
        (b"\x30\x00", "it lacks its signed part (byte 2 of 2)"),
        (b"\x30\x02\x30\x00", "it lacks its serial number (byte 4 of 4)"),
        (b"\x30\x02\x3f\x00", "it lacks its signed part (byte 2 of 4)"),
        (b"\x30\x05\x30\x03\xa0\x01\x00", "it lacks its serial number (byte 7 of 7)"),
    ],
)
def test_what_is_malformed_is_refused_in_one_sentence_with_its_place(der: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^not a readable certificate: {re.escape(sentence)}$"):
        read(der)


@pytest.mark.parametrize(
    ("fields", "what", "place"),
    [
        ({"behind": b"\x30\x00"}, "has something behind its end", b"\x30\x00"),
        ({"version": b"\xa0\x84\x01\x00\x00\x00"}, "ends too early", b"\xa0\x84"),
        ({"subject": b"\x30\x02\x16\x00"}, "lacks a set in a name", b"\x16\x00"),
        ({"subject": b"\x30\x04\x31\x02\x16\x00"}, "lacks a pair in a name", b"\x16\x00"),
        ({"subject": b"\x30\x06\x31\x04\x30\x02\x16\x00"}, "lacks a type in a name", b"\x16\x00"),
        ({"subject": name((COMMON_NAME, 0x1F, b""))}, "has a tag that no certificate has", b"\x1f\x00"),
        ({"extensions": b"\x16\x00"}, "lacks an extension", b"\x16\x00"),
        ({"extensions": b"\x30\x02\x16\x00"}, "lacks an extension's type", b"\x16\x00"),
        ({"extensions": b"\x30\x04\x06\x00\x16\x00"}, "lacks an extension's value", b"\x16\x00"),
        ({"extensions": alternative_names(b"\x82\x7f")}, "ends too early", b"\x82\x7f"),
    ],
)
def test_the_place_of_a_fault_is_the_element_that_has_it(
    fields: dict[str, bytes], what: str, place: bytes
) -> None:
    der = certificate(**fields)
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


def survives(der: bytes) -> bool:
    try:
        seen = read(der)
    except ValueError as error:
        text = str(error)
        assert text.startswith("not a readable certificate: it ")
        assert text.isprintable()
        return False
    assert -62135596800 <= seen.not_after <= 253402300799
    return True


@given(st.binary(max_size=300))
@example(b"\x30\x03\x02\x01\x05")
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_a_certificate_or_a_value_error(der: bytes) -> None:
    survives(der)


def mutate(der: bytes, chance: random.Random) -> bytes:
    changed = bytearray(der)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(changed))
        way = chance.randrange(5)
        if way == 0:
            changed[at] ^= 1 << chance.randrange(8)
        elif way == 1:
            changed[at] = chance.choice((0x00, 0x1F, 0x30, 0x7F, 0x80, 0x81, 0x84, 0xFF))
        elif way == 2:
            del changed[at : at + chance.randint(1, 8)]
        elif way == 3:
            changed[at:at] = chance.randbytes(chance.randint(1, 8))
        else:
            other = chance.randrange(len(changed))
            changed[at : at + 16] = changed[other : other + 16]
        if not changed:
            break
    return bytes(changed)


def test_twenty_thousand_mutations_neither_crash_nor_hang() -> None:
    chance = random.Random(5280)  # noqa: S311 - the same mutations each time
    names = alternative_names(element(0x82, b"a.example"), element(0x87, b"\x7f\x00\x00\x01"))
    whole = certificate(extensions=names, not_after=generalized("20500101000000Z"))
    begun = time.process_time()
    still_read = sum(survives(mutate(whole, chance)) for _ in range(20000))
    assert time.process_time() - begun < 20
    assert 1000 < still_read < 19000  # else the mutations were too wild or too tame to say anything


def signed_with_cryptography(x509: ModuleType, key: Ed25519PrivateKey, chance: random.Random) -> Theirs:
    oids = x509.NameOID
    letters = "abcXYZ 019.-*\u00e9\u4e2d\U0001f512"

    def words(longest: int) -> str:
        return "".join(chance.choice(letters) for _ in range(chance.randint(1, longest)))

    def some_name() -> object:
        kinds = [oids.COMMON_NAME, oids.ORGANIZATION_NAME, oids.ORGANIZATIONAL_UNIT_NAME, oids.COMMON_NAME]
        chosen = chance.sample(kinds, chance.randint(0, len(kinds)))
        return x509.Name([x509.NameAttribute(kind, words(20)) for kind in chosen])

    latest = 253402300799
    first, last = sorted(chance.sample(range(-631152000, chance.choice((2524608000, latest))), 2))
    builder = (
        x509.CertificateBuilder()
        .subject_name(some_name())
        .issuer_name(some_name())
        .public_key(key.public_key())
        .serial_number(chance.getrandbits(chance.randint(1, 159)) or 1)
        .not_valid_before(moment(first))
        .not_valid_after(moment(last))
    )
    if chance.random() < 0.7:
        names: list[object] = [x509.DNSName(f"h{at}.example") for at in range(chance.randint(0, 9))]
        names += [x509.IPAddress(ipaddress.IPv4Address(chance.getrandbits(32))) for _ in range(2)]
        names += [x509.IPAddress(ipaddress.IPv6Address(chance.getrandbits(128)))]
        names += [x509.RFC822Name("a@example"), x509.UniformResourceIdentifier("http://x.example")]
        chance.shuffle(names)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=chance.random() < 0.5)
    signed: Theirs = builder.sign(key, None)
    return signed


def moment(seconds: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc) + dt.timedelta(seconds=seconds)


def test_two_hundred_certificates_read_as_the_cryptography_library_reads_them() -> None:
    x509 = pytest.importorskip("cryptography.x509", reason="cryptography is missing: pip installs it")
    ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    key = ed25519.Ed25519PrivateKey.generate()
    chance = random.Random(509)  # noqa: S311 - the same certificates each time, but for their keys
    for _ in range(200):
        theirs = signed_with_cryptography(x509, key, chance)
        ours = read(theirs.public_bytes(serialization.Encoding.DER))
        subjects = theirs.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        issuers = theirs.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        assert ours.common_name == (subjects[0].value if subjects else None)
        assert ours.issuer_common_name == (issuers[0].value if issuers else None)
        assert ours.serial == theirs.serial_number
        assert moment(ours.not_before) == theirs.not_valid_before_utc
        assert moment(ours.not_after) == theirs.not_valid_after_utc
        try:
            names = theirs.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            assert (ours.dns_names, ours.ip_addresses) == ((), ())
        else:
            assert list(ours.dns_names) == names.get_values_for_type(x509.DNSName)
            assert list(ours.ip_addresses) == [
                str(each) for each in names.get_values_for_type(x509.IPAddress)
            ]
